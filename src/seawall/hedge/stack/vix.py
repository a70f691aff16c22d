"""L1 and L2: long VIX calls and futures, near and far, and the VIX call calendar that counts as neither."""

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

import numpy as np

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.hedge.candidates import Candidate
from seawall.hedge.stack.base import CALL, NOTHING, Note, Proposal, Situation
from seawall.hedge.stack.vix_quotes import call_leg, calls, future, future_level, month_near, months, tradable_strike
from seawall.hedge.wrappers import OPEN, Gate
from seawall.instruments.structures import calendar, option_on_vix
from seawall.kernels.strikes import VolView, vol_strike
from seawall.market.state import Moves
from seawall.signals.regime import Regime

NEAR_GATE: Final = Gate(onset=1.5, spike=0.0, exhaust=0.0)
FRONT: Final = "L1"
"""The layer that catches the first spike; the others are refreshed by one rule."""
CALENDAR_RATIO: Final = 1.2
SPIKE_POINTS: Final = 20.0


@dataclass(frozen=True, slots=True)
class VixCalls:
    """Long VIX calls at a delta, near ``days`` (METHOD 7.1). ``weight``: contracts in the recipe.

    Rolled when ``roll_days`` or fewer remain. ``refresh_below``: opened only under this VIX (glossary), None always.
    """

    name: str = "L1"
    days: int = 30
    delta: float = 0.30
    weight: float = 4.0
    roll_days: int = 7
    gate: Gate = NEAR_GATE
    refresh_below: float | None = None

    def __post_init__(self) -> None:
        if not (0.0 < self.delta < 1.0 and self.weight >= 0.0 and 0 <= self.roll_days < self.days):
            raise DomainError(
                f"layer {self.name}: need 0 < delta < 1, weight >= 0 and 0 <= roll_days < days, were "
                f"({self.delta}, {self.weight}, {self.roll_days}, {self.days})"
            )

    def propose(self, at: Situation) -> Proposal:
        """The call nearest to the delta, or why none is bought."""
        factor = self.gate.factor(at.regime_state)
        if factor == 0.0:
            return Proposal((), (Note(self._rule(at), f"{self.name}: nothing is bought in {at.regime_state.name}"),))
        vix = at.state.vix_market()
        if self.refresh_below is not None and vix.vix.value >= self.refresh_below:
            words = f"{self.name}: refreshed only below VIX {self.refresh_below:g}, now {vix.vix.value:.2f}"
            return Proposal((), (Note("L23.refresh", words),))
        soonest = max(self.roll_days, at.shift_days) if self.name == FRONT else self.roll_days
        expiry = month_near(at.today, self.days, soonest, self.name)
        return Proposal((self.call(at, expiry, self._rule(at), self.weight * factor),))

    def call(self, at: Situation, expiry: dt.date, rule: str, weight: float = 0.0) -> Candidate:
        """The call of an expiry at the layer's delta."""
        years = max((expiry - at.today).days, 1) / 365.0
        view = VolView(future_level(at, expiry), years, at.state.vix_market().vvix.value, at.state.rate.value)
        strike = tradable_strike(at, expiry, vol_strike(view, self.delta))
        return calls(at, self.name, rule, expiry, ((strike, 1.0),), weight, self.roll_days)

    def _rule(self, at: Situation) -> str:
        if self.name != FRONT:
            return "L23.refresh"
        state = at.regime_state
        if state is Regime.ONSET:
            return "L1.boost"
        return "L1.exit" if state is Regime.EXHAUST else "L1.monetise" if state is Regime.SPIKE else "L1.base"


@dataclass(frozen=True, slots=True)
class VixMonths:
    """Long VIX futures of later months (METHOD 7.1: months 3-5), one candidate a month in reach."""

    name: str = "L2"
    low_days: int = 60
    high_days: int = 160
    weight: float = 1.0
    gate: Gate = OPEN

    def __post_init__(self) -> None:
        if not (0 <= self.low_days < self.high_days and self.weight >= 0.0):
            raise DomainError(f"layer {self.name}: need 0 <= low_days < high_days and weight >= 0")

    def propose(self, at: Situation) -> Proposal:
        """Every month in reach."""
        factor = self.gate.factor(at.regime_state)
        if factor == 0.0:
            return Proposal((), (Note("L23.refresh", f"{self.name}: no future is bought in {at.regime_state.name}"),))
        listed = months(at.today, self.low_days, self.high_days)
        if not listed:
            words = f"{self.name}: no VIX future {self.low_days} to {self.high_days} days away"
            return Proposal((), (Note("L23.refresh", words),))
        return Proposal(tuple(future(at, self.name, "L23.refresh", day, self.weight * factor) for day in listed))


Direction = Literal["short_near", "long_near"]


@dataclass(frozen=True, slots=True)
class VixCalendar:
    """VIX call calendar at about 1.2 F (METHOD 7.5), both directions. It never counts as protection.

    ``short_near`` (the sources' one) is short the spike: its legs are options on two futures and the near one moves
    more. ``traded`` None only shows it; the other direction and the naked front call stand beside it.
    """

    name: str = "CAL"
    ratio: float = CALENDAR_RATIO
    days: tuple[int, int] = (20, 50)
    traded: Direction | None = None
    risk: float = 0.0025
    states: tuple[Regime, ...] = field(default=(Regime.ONSET,))

    def propose(self, at: Situation) -> Proposal:
        """The chosen direction as a candidate, never more than ``risk`` of equity in a spike; the danger in words."""
        if at.regime_state not in self.states:
            return NOTHING
        near, far = (month_near(at.today, days, 5, self.name) for days in self.days)
        if near == far or at.nav_usd is None:
            why = "two different VIX months are needed" if near == far else "equity of the book is not stated"
            return Proposal((), (Note("CAL.add", f"no VIX call calendar: {why}"),))
        pair = {word: calendar_candidate(at, self.ratio, (near, far), word) for word in get_args(Direction)}
        danger = Note("CAL.add", _danger(at, pair["short_near"], pair["long_near"]))
        if self.traded is None:
            return Proposal((), (danger,))
        chosen = pair[self.traded]
        loss = -_spike(at, chosen)
        most = math.floor(self.risk * at.nav_usd / loss) if loss > 0.0 else 0
        return Proposal((replace(chosen, cap=float(most)),) if most else (), (danger,))


def _spike(at: Situation, one: Candidate) -> float:
    """Dollars a unit gains when VIX is 20 points higher on the next day."""
    moved = at.state.view(Moves(vol_points={"SPX": np.array([SPIKE_POINTS])}, days=1.0))
    return one.sign * float((one.instrument.value(moved) - one.instrument.value(at.state.view()))[0])


def _danger(at: Situation, short: Candidate, long: Candidate) -> str:
    near = short.legs[0]
    _, option, _ = call_leg(at, near.expiry or at.today, near.strike or 0.0)
    moved = at.state.view(Moves(vol_points={"SPX": np.array([SPIKE_POINTS])}, days=1.0))
    alone = float((option.value(moved) - option.value(at.state.view()))[0])
    return (
        f"VIX call calendar at {near.strike:g}, VIX +{SPIKE_POINTS:g} on the next day: selling the near call "
        f"{_spike(at, short):+,.0f} USD on {short.premium_usd:,.0f} paid, buying it {_spike(at, long):+,.0f}, the near "
        f"call alone {alone:+,.0f}. The near future moves more than the far one: it never counts as protection"
    )


def calendar_candidate(at: Situation, ratio: float, dates: tuple[dt.date, ...], direction: Direction) -> Candidate:
    """The calendar of two expiries at the listed strike nearest to ``ratio`` times the near future."""
    near, far = dates
    strike = tradable_strike(at, near, ratio * future_level(at, near))
    sign = 1.0 if direction == "short_near" else -1.0
    legs = [call_leg(at, near, strike, -sign), call_leg(at, far, strike, sign)]
    made = calendar(option_on_vix(), CALL, strike, legs[0].option.expires, legs[1].option.expires)
    exposure = made.exposure(at.state)
    carry = 0.0 if exposure.carry_usd_per_year is None else -sign * exposure.carry_usd_per_year
    short = legs[0] if sign > 0.0 else legs[1]
    margin = short.leg.ask * short.leg.multiplier
    return Candidate(
        "CAL", "CAL.add", f"VIX {near:%b}/{far:%b} {strike:g} call calendar, {direction.replace('_', ' ')}",
        tuple(one.leg for one in legs), made, carry, margin, sign * exposure.vega_usd_per_point, 1.0, "VIX", sign=sign,
        protects=False, origin=legs[0].origin if legs[0].origin is legs[1].origin else Origin.MODELLED,
    )  # fmt: skip
