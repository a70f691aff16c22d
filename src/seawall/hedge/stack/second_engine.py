"""L3, the Second Engine: five readings of one idea, each a plug-in chosen by name (C02, METHOD 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from seawall.core.errors import DomainError
from seawall.hedge.candidates import Candidate
from seawall.hedge.stack.base import Layer, Note, Proposal, Situation
from seawall.hedge.stack.vix import VixCalls
from seawall.hedge.stack.vix_quotes import call_leg, calls, future, future_level, months, tradable_strike
from seawall.hedge.wrappers import OPEN, Gate, Hysteresis, Staged

Clock = Literal["post_print", "pre_print"]
PRINT: Final = "M11"
LIFE: Final = 20
BAND: Final = Hysteresis()
QUARTERS: Final = Staged()


@dataclass(frozen=True, slots=True)
class MacroLadder:
    """Fully paid VIX call ladder armed by an inflation surprise: strikes F x multiples, equal premium a rung.

    Armed while ``|M11 z| >= arm`` was printed at most ``life`` sessions ago (``post_print``), or with trigger t6 of the
    regime, which also counts a print within two sessions (``pre_print``).
    """

    multiples: tuple[float, ...] = (1.1, 1.3, 1.6, 2.0)
    low_days: int = 60
    high_days: int = 120
    arm: float = 1.0
    life: int = LIFE
    clock: Clock = "post_print"
    weight: float = 2.0
    name: str = "L3"

    def __post_init__(self) -> None:
        if len(self.multiples) < 2 or list(self.multiples) != sorted(set(self.multiples)) or self.multiples[0] <= 0.0:
            raise DomainError(f"a ladder needs two or more rising multiples of the future, were {self.multiples}")
        if not (0 < self.low_days < self.high_days and self.arm > 0.0 and self.life > 0):
            raise DomainError("macro ladder: need 0 < low_days < high_days, arm > 0 and life > 0")

    def propose(self, at: Situation) -> Proposal:
        """The ladder if armed, else why it is not."""
        armed, words = self.armed(at)
        if not armed:
            rule = "L3.expire" if words.endswith("sessions") else "L3.arm"
            return Proposal((), (Note(rule, f"L3 macro ladder not armed: {words}"),))
        listed = months(at.today, self.low_days, self.high_days)
        if not listed:
            return Proposal((), (Note("L3.arm", f"no VIX expiry {self.low_days} to {self.high_days} days away"),))
        expiry = listed[0]
        level = future_level(at, expiry)
        strikes = sorted({tradable_strike(at, expiry, multiple * level) for multiple in self.multiples})
        asks = [call_leg(at, expiry, strike).leg.ask for strike in strikes]
        rungs = tuple((strike, asks[0] / ask) for strike, ask in zip(strikes, asks, strict=True))
        found = calls(at, "L3", "L3.arm", expiry, rungs, self.weight, roll_days=5)
        return Proposal((found,), (Note("L3.arm", f"L3 macro ladder armed: {words}; equal premium a rung"),))

    def armed(self, at: Situation) -> tuple[bool, str]:
        """Whether it is armed, and the figures."""
        if self.clock == "pre_print":
            if at.regime is None:
                return False, "market state unknown"
            on = "t6" in at.regime.fired
            return on, "trigger t6 is on" if on else "trigger t6 is off"
        print_z = at.signals.get(PRINT)
        if print_z is None or print_z.value is None:
            return False, "no CPI surprise is known"
        age = None if print_z.as_of is None else (at.today - print_z.as_of).days
        fresh = age is not None and age <= self.life * 7 // 5
        words = f"CPI surprise {print_z.value:+.2f} sd, printed {print_z.as_of}"
        return abs(print_z.value) >= self.arm and fresh, words if fresh else f"{words}: older than {self.life} sessions"


@dataclass(frozen=True, slots=True)
class HedgeRatio:
    """A VIX future in the ratio of a regression of the book's moves on it, with a dead band (METHOD 7.4)."""

    days: int = 60
    ratio: float = 1.0
    band: Hysteresis = BAND
    name: str = "L3"

    def propose(self, at: Situation) -> Proposal:
        """One future; the sizing's regression gives the number."""
        listed = months(at.today, self.days - 30, self.days + 30)
        if not listed:
            return Proposal((), (Note("L3.arm", f"no VIX future near {self.days} days"),))
        return Proposal((future(at, "L3", "L3.arm", listed[0], self.ratio),))


@dataclass(frozen=True, slots=True)
class OnchainBuffer:
    """Cash for resting orders on chain, ``share`` of the pools' value. Metric: slippage avoided, not convexity."""

    share: float = 0.05
    name: str = "L3"

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise DomainError(f"an on-chain buffer is a share of the pools' value in 0 .. 1, was {self.share}")

    def propose(self, at: Situation) -> Proposal:
        """Cash to set aside; it hedges nothing and is said so."""
        pools = [row for row in at.ledger.rows if "pool" in row.kind]
        worth = sum(row.exposure.value_usd for row in pools)
        if worth <= 0.0:
            return Proposal((), (Note("L3.arm", "L3 on-chain buffer: the book holds no pool"),))
        words = f"L3 on-chain buffer: keep {self.share * worth:,.0f} USD for resting orders; it offsets no convexity"
        return Proposal((), (Note("L3.arm", words),))


@dataclass(frozen=True, slots=True)
class LowCorrelation:
    """REIT volatility and VIX rolls as a low-correlation sleeve: rejected if they fall together with the market (C10).

    ``most``: crisis correlation on the worst 5 % of SPX days at which it is refused.
    """

    most: float = 0.2
    name: str = "L3"

    def propose(self, at: Situation) -> Proposal:
        """Nothing but the verdict of the gate."""
        found = at.crisis_correlation
        if found is None:
            return Proposal((), (Note("L3.arm", "L3 low correlation: crisis correlation of REITs unknown"),))
        verdict = "rejected" if found >= self.most else "allowed"
        words = f"L3 low correlation {verdict}: crisis correlation {found:+.2f}, gate {self.most:g}"
        return Proposal((), (Note("L3.arm", words),))


@dataclass(frozen=True, slots=True)
class DeepLayers:
    """L2 and L3 calls scaled in by weak breadth and inflation prints, in quarters (METHOD 7.2, progressive scale)."""

    days: tuple[int, ...] = (110, 220)
    delta: float = 0.30
    weight: float = 4.0
    staged: Staged = QUARTERS
    gate: Gate = OPEN
    name: str = "L3"

    def propose(self, at: Situation) -> Proposal:
        """Both tenors at the staged share."""
        z = [abs(value) for value in (at.value("M09"), at.value(PRINT)) if value is not None]
        share = self.staged.factor(max(z) if z else None)
        if share == 0.0:
            told = f"{max(z):.2f}" if z else "unknown"
            return Proposal((), (Note("L3.arm", f"L3 deep layers: breadth and inflation {told}, entered from 1 sd"),))
        made: list[Candidate] = []
        for days in self.days:
            one = VixCalls("L3", days, self.delta, share * self.weight, days // 2, self.gate)
            made.extend(one.propose(at).candidates)
        return Proposal(tuple(made), (Note("L3.arm", f"L3 deep layers at {share:.0%} of their weight"),))


SECOND_ENGINES: Final[Mapping[str, type]] = MappingProxyType(
    {
        "macro_ladder": MacroLadder,
        "hedge_ratio": HedgeRatio,
        "onchain_buffer": OnchainBuffer,
        "low_corr": LowCorrelation,
        "deep_layers": DeepLayers,
    }
)
"""Plug-ins by the name a policy file uses."""


def second_engine(name: str) -> Layer:
    """The plug-in of a name with its defaults. Raises ``DomainError`` naming those there are."""
    if name not in SECOND_ENGINES:
        raise DomainError(f"no Second Engine {name!r}: there are {', '.join(SECOND_ENGINES)}")
    made: Layer = SECOND_ENGINES[name]()
    return made
