"""A program: which structure is opened when, how large, and what closes it; named, so that reports can speak of it."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from seawall.core.errors import DomainError

Right = Literal["put", "call", "future"]
Underlying = Literal["SPX", "VIX"]
StrikeRule = Literal["delta", "forward", "move", "from_leg"]
SizeRule = Literal["risk", "premium", "units", "notional", "budget"]
Listed = Literal["monthly", "weekly", "daily"]
Settle = Literal["pm", "am"]
Action = Literal["close", "roll"]

ENTRIES: Final = ("daily", "monday", "tuesday", "wednesday", "thursday", "friday", "expiry")
STATES: Final = ("calm", "onset", "spike", "exhaust")
MOST_LEGS: Final = 4
MOST_TRANCHES: Final = 60
MOST_MULTIPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg: ``ratio`` contracts a unit, negative sold.

    ``strike``: "delta" (its size), "forward" (multiple of it), "move" (expected moves F sigma sqrt(T) out of the
    money) of ``aim``; "from_leg": ``aim`` expected moves, at least ``least`` points, outside leg number ``beyond``.
    With another rule ``beyond`` keeps the leg at least one listed strike outside that leg. ``later``: of the second
    expiry.
    """

    right: Right
    underlying: Underlying = "SPX"
    ratio: float = 1.0
    strike: StrikeRule = "delta"
    aim: float = 0.30
    beyond: int | None = None
    least: float = 0.0
    later: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """When a structure is opened and on which expiry.

    ``on``: every session, a weekday (the next session after a holiday), or the sessions on which the listed expiry
    ends. ``days``: the listed expiry nearest to so many calendar days ahead, and more than ``least_days`` ahead;
    with "expiry" simply the next one. ``later_days``: the same for a second expiry.
    """

    on: str = "daily"
    days: int = 30
    least_days: int = 0
    later_days: int | None = None
    listed: Listed = "monthly"
    settle: Settle = "pm"


@dataclass(frozen=True, slots=True)
class Exits:
    """What closes a structure before its settlement; None switches a rule off.

    ``take``: share of the price paid or the credit gained. ``stop``: the same lost. ``delta``: a short option's delta.
    ``gamma``: k of 1/2 |Gamma$| EM^2 > k x remaining credit (METHOD 7.2, `L0.roll`). ``days``: calendar days left.
    ``on_delta``, ``on_gamma``, ``on_days``: close, or roll (open anew at the same close). ``multiples``: (multiple of
    the price paid, share of the units bought to sell).
    """

    take: float | None = None
    stop: float | None = None
    delta: float | None = None
    on_delta: Action = "close"
    gamma: float | None = None
    on_gamma: Action = "roll"
    days: int | None = None
    on_days: Action = "close"
    multiples: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ByState:
    """What the market state of the session before does: factor on size, states that close all, states that monetise.

    ``scale``: CALM, ONSET, SPIKE, EXHAUST; 0 opens nothing.
    """

    scale: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    exit_in: tuple[str, ...] = ()
    monetise_in: tuple[str, ...] = STATES

    @property
    def reads_states(self) -> bool:
        """True if a market state changes anything."""
        return self != ANY_STATE


ANY_STATE: Final = ByState()
AT_ONCE: Final = Entry()
HELD: Final = Exits()


@dataclass(frozen=True, slots=True)
class Program:
    """One structure, opened again and again. ``amount`` is read by ``size``:

    "risk": share of equity over the largest loss of a unit; "premium": share of equity to spend; "units"; "notional":
    share of equity over the notional of a unit's first leg; "budget": contracts a unit of the hedge package. ``hedge``:
    counts as hedge (bought last, given up last, and in the caps). Raises ``DomainError``.
    """

    name: str
    legs: tuple[Leg, ...]
    size: SizeRule
    amount: float
    entry: Entry = AT_ONCE
    exits: Exits = HELD
    states: ByState = ANY_STATE
    tranches: int = 1
    hedge: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise DomainError("a program needs a name: reports print it")
        if not 1 <= len(self.legs) <= MOST_LEGS:
            raise DomainError(f"program {self.name}: 1 to {MOST_LEGS} legs, had {len(self.legs)}")
        if not (math.isfinite(self.amount) and self.amount >= 0.0):
            raise DomainError(f"program {self.name}: its size must be a number >= 0, was {self.amount}")
        if not 1 <= self.tranches <= MOST_TRANCHES:
            raise DomainError(f"program {self.name}: tranches must be 1 to {MOST_TRANCHES}, was {self.tranches}")
        _check_legs(self)
        _check_entry(self)
        _check_exits(self)
        _check_size(self)

    @property
    def underlying(self) -> Underlying:
        """What its legs are on."""
        return self.legs[0].underlying


def _check_legs(of: Program) -> None:
    if any(leg.underlying != of.underlying for leg in of.legs):
        raise DomainError(f"program {of.name}: all legs must be on one underlying: make two programs")
    for number, leg in enumerate(of.legs):
        if leg.right == "future" and leg.underlying == "SPX":
            raise DomainError(f"program {of.name}: futures are VIX futures: give the leg underlying VIX")
        if leg.ratio == 0.0 or not math.isfinite(leg.ratio):
            raise DomainError(f"program {of.name}: leg {number} has ratio {leg.ratio}: leave it out")
        other = leg.beyond
        if (leg.strike == "from_leg" and other is None) or (
            other is not None and (not 0 <= other < len(of.legs) or of.legs[other].beyond is not None)
        ):
            raise DomainError(f"program {of.name}: leg {number} needs beyond, a leg that has a strike rule of its own")
        if leg.right != "future" and leg.strike == "delta" and not 0.0 < leg.aim < 1.0:
            raise DomainError(f"program {of.name}: a delta must be in 0 .. 1, was {leg.aim}")
        if leg.later and of.entry.later_days is None:
            raise DomainError(f"program {of.name}: leg {number} is of a later expiry: state later_days")


def _check_entry(of: Program) -> None:
    entry = of.entry
    if entry.on not in ENTRIES:
        raise DomainError(f"program {of.name}: entry must be one of {', '.join(ENTRIES)}, was {entry.on!r}")
    for word, given, known in (("listed", entry.listed, Listed), ("settle", entry.settle, Settle)):
        if given not in get_args(known):
            raise DomainError(f"program {of.name}: {word} must be one of {', '.join(get_args(known))}, was {given!r}")
    if not 0 <= entry.least_days < max(entry.days, 1):
        raise DomainError(f"program {of.name}: need 0 <= least_days < days, were {entry.least_days} and {entry.days}")
    if of.underlying == "VIX" and entry.listed != "monthly":
        raise DomainError(f"program {of.name}: VIX expiries are the monthly ones: leave listed out")


def _check_exits(of: Program) -> None:
    exits = of.exits
    for word in ("take", "stop", "delta", "gamma"):
        value = getattr(exits, word)
        if value is not None and not 0.0 < value < math.inf:
            raise DomainError(f"program {of.name}: {word} must be > 0, was {value}: leave it out to switch it off")
    if exits.days is not None and exits.days < 0:
        raise DomainError(f"program {of.name}: days left must be >= 0, was {exits.days}")
    if len(exits.multiples) > MOST_MULTIPLES:
        raise DomainError(f"program {of.name}: at most {MOST_MULTIPLES} multiples, had {len(exits.multiples)}")
    futures = any(leg.right == "future" for leg in of.legs)
    if futures and (exits.take or exits.stop or exits.multiples):
        raise DomainError(f"program {of.name}: a future has no price paid: drop take, stop and multiples")


def _check_size(of: Program) -> None:
    if of.size not in get_args(SizeRule):
        raise DomainError(f"program {of.name}: size must be one of {', '.join(get_args(SizeRule))}, was {of.size!r}")
    if of.size == "risk":
        calls = sum(leg.ratio for leg in of.legs if leg.right == "call")
        later = sum(leg.ratio for leg in of.legs if leg.later)
        if calls < 0.0 or later < 0.0 or any(leg.right == "future" for leg in of.legs):
            raise DomainError(f"program {of.name}: its loss has no bound: size it by units or notional")
        if of.amount > 1.0:
            raise DomainError(f"program {of.name}: risk is a share of equity (0.10 = 10 %), was {of.amount}")
    if of.size == "budget" and (not of.hedge or of.tranches != 1):
        raise DomainError(
            f"program {of.name}: the hedge budget is for a hedge with one tranche: set hedge, drop tranches"
        )
