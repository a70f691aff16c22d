"""What is to be replayed: ranges, when they are re-centred, what that costs, and the perp hedge beside them."""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from seawall.core.errors import DomainError, InputError, RangeError

RuleKind = Literal["hold", "exit", "time", "band"]
KINDS: Final = get_args(RuleKind)
HOUR: Final = 3600.0
_UNITS: Final = {"m": 60.0, "h": HOUR, "d": 24.0 * HOUR}
_EXAMPLE: Final = "write hold, exit, time:24h, time:7d or band:0.5"


class Rule(NamedTuple):
    """When a range is re-centred: ``value`` is seconds for "time", a share of the half-width in ln P for "band"."""

    kind: RuleKind = "hold"
    value: float = 0.0

    def __str__(self) -> str:
        """The rule as it is written in files."""
        if self.kind == "time":
            return f"time:{self.value / HOUR:g}h"
        return f"band:{self.value:g}" if self.kind == "band" else self.kind


HOLD: Final = Rule()


def rule_of(text: str) -> Rule:
    """The rule that ``hold``, ``exit``, ``time:24h`` or ``band:0.5`` names. Raises InputError, DomainError."""
    word, _, number = text.strip().lower().partition(":")
    if word in ("hold", "exit") and not number:
        return Rule("hold" if word == "hold" else "exit")
    if word == "time" and (found := re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([mhd])", number)):
        return checked_rule(Rule("time", float(found[1]) * _UNITS[found[2]]))
    if word == "band" and re.fullmatch(r"\d{0,3}(?:\.\d{1,6})?", number) and number:
        return checked_rule(Rule("band", float(number)))
    raise InputError(f"{text[:40]!r} is no rule of re-centring: {_EXAMPLE}")


def checked_rule(rule: Rule) -> Rule:
    """The rule, or DomainError for a value that can never or would always be met."""
    if rule.kind not in KINDS:
        raise DomainError(f"a rule is one of {', '.join(KINDS)}, was {rule.kind!r}: {_EXAMPLE}")
    if rule.kind in ("time", "band") and not (math.isfinite(rule.value) and rule.value > 0.0):
        raise DomainError(f"the rule {rule.kind} needs a number > 0, had {rule.value}: {_EXAMPLE}")
    return rule


@dataclass(frozen=True, slots=True)
class Range:
    """One position: prices ``low`` and ``high`` (neither: a v2 share), sized by ``liquidity`` or by ``deposit_usd``.

    Liquidity is in whole tokens; a deposit is turned into liquidity at the price of entry. Raises RangeError,
    DomainError.
    """

    label: str
    low: float | None = None
    high: float | None = None
    liquidity: float | None = None
    deposit_usd: float | None = None
    rule: Rule = HOLD

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise RangeError(f"{self.label}: a range needs both ends: give low and high, or neither for a v2 share")
        if (self.liquidity is None) == (self.deposit_usd is None):
            raise DomainError(f"{self.label}: give either liquidity or deposit_usd")
        for name in ("low", "high", "liquidity", "deposit_usd"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0.0):
                raise DomainError(f"{self.label}: {name} must be a finite number > 0, was {value}")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise RangeError(f"{self.label}: low must be below high, were {self.low:g} and {self.high:g}: swap them")
        if checked_rule(self.rule).kind != "hold" and self.low is None:
            raise DomainError(f"{self.label}: a full range has no centre to move: use the rule hold")

    @property
    def ends(self) -> tuple[float, float]:
        """Square roots of both ends; 0 and infinity for a full range."""
        if self.low is None or self.high is None:
            return 0.0, math.inf
        return math.sqrt(self.low), math.sqrt(self.high)


@dataclass(frozen=True, slots=True)
class LpCosts:
    """Dollars of gas per mint, burn and re-centring (its burn, swap and mint together), and the swap's rate.

    ``swap_rate``: fee and price impact of the re-balancing swap, a fraction of what is paid in. Raises DomainError.
    """

    mint_usd: float = 0.0
    burn_usd: float = 0.0
    recentre_usd: float = 0.0
    swap_rate: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise DomainError(f"{name} must be a finite number >= 0, was {value}")
        if self.swap_rate >= 1.0:
            raise DomainError(f"swap_rate must be below 1, was {self.swap_rate}: 0.003 is 0.3 %")


@dataclass(frozen=True, slots=True)
class PerpHedge:
    """A short perp that holds the position's delta, adjusted every ``every`` marks, marked at the pool's price.

    ``cost_bps`` of what is traded, opening and closing included; ``funding_year``: simple rate a year, positive when
    longs pay shorts, constant. Raises DomainError.
    """

    every: int = 1
    cost_bps: float = 0.0
    funding_year: float = 0.0

    def __post_init__(self) -> None:
        if type(self.every) is not int or self.every < 1:
            raise DomainError(f"the hedge is adjusted every so many marks, a whole number >= 1, was {self.every!r}")
        if not (math.isfinite(self.cost_bps) and 0.0 <= self.cost_bps < 10_000.0):
            raise DomainError(f"cost_bps must be from 0 to below 10000 (5 is 0.05 %), was {self.cost_bps}")
        if not (math.isfinite(self.funding_year) and abs(self.funding_year) <= 100.0):
            raise DomainError(f"funding_year is per 1.00 a year (0.10 = 10 %), was {self.funding_year}")


FREE: Final = LpCosts()


@dataclass(frozen=True, slots=True)
class LpPlan:
    """One replay. Marks come every ``mark_seconds`` (0: at every row); rules and hedge act at marks.

    ``vol``: per root of a year, for the model LVR; None takes the realised volatility of the marks themselves.
    ``block_seconds``: block time of the arbitrage model. ``markout_seconds``: when a swap is judged by the pool's own
    later price. ``followed``: positions whose path is kept for charts. Raises DomainError, InputError.
    """

    ranges: tuple[Range, ...]
    costs: LpCosts = FREE
    hedge: PerpHedge | None = None
    mark_seconds: int = 60
    vol: float | None = None
    block_seconds: float = 12.0
    markout_seconds: int = 300
    followed: int = 20

    def __post_init__(self) -> None:
        if not self.ranges:
            raise InputError("no position to replay: give at least one range")
        labels = [one.label for one in self.ranges]
        if len(set(labels)) < len(labels):
            twice = next(label for label in labels if labels.count(label) > 1)
            raise InputError(f"two positions are called {twice}: labels must differ")
        for name, least in (("mark_seconds", 0), ("markout_seconds", 1), ("followed", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise DomainError(f"{name} must be a whole number >= {least}, was {value!r}")
        if self.vol is not None and not (math.isfinite(self.vol) and self.vol > 0.0):
            raise DomainError(f"vol is per root of a year (0.80 = 80 points), was {self.vol}")
        if not (math.isfinite(self.block_seconds) and self.block_seconds > 0.0):
            raise DomainError(f"block_seconds must be > 0, was {self.block_seconds}")
