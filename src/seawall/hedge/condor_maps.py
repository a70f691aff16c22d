"""A condor at strikes of one's own, at once: what it pays, its odds with skew, and its value by price, date and vol."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import StrikesOutOfOrderError
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.condor import CondorLeg, CondorRule, as_state, legs_at, payoff
from seawall.hedge.odds import Odds, Outcomes, odds
from seawall.instruments.structures import option_on
from seawall.market.chain import CALL
from seawall.market.expiry import Expiry
from seawall.market.state import Moves

Floats = NDArray[np.float64]
Strikes = tuple[float, float, float, float]

PRICES: Final = 97
DATES: Final = 25
POINTS: Final = tuple(float(x) for x in range(-10, 31, 2))
"""Moves of 30-day volatility in points."""
REACH: Final = 1.3
"""Prices shown, in distances of the farther wing from spot."""


class Struck(NamedTuple):
    """One condor sold at given strikes. Points a unit, dollars a contract; ``skews``: of the payoff, by witness.

    ``low`` and ``high``: break-evens at expiry; NaN where the credit is not positive or a wing is too near.
    """

    legs: tuple[CondorLeg, ...]
    credit: float
    credit_mid: float
    max_loss_usd: float
    low: float
    high: float
    odds: tuple[Odds, ...]
    skews: tuple[float, ...]

    @property
    def strikes(self) -> tuple[float, ...]:
        """Put wing, short put, short call, call wing."""
        return tuple(leg.strike for leg in self.legs)


class CondorMaps(NamedTuple):
    """Dollars a contract against the credit taken: ``by_day`` (days, prices), ``by_vol`` (points, prices), today."""

    price: Floats
    days: Floats
    points: Floats
    by_day: Floats
    by_vol: Floats


def nearest_listed(of: Expiry, strikes: Strikes, moved: int | None = None) -> Strikes:
    """Listed strikes nearest to those asked for, in order; the one ``moved`` stays and pushes its neighbours.

    Raises ``StrikesOutOfOrderError`` when there is no room.
    """
    listed = (of.puts.strike, of.puts.strike, of.calls.strike, of.calls.strike)
    made = [float(of[np.argmin(np.abs(of - k))]) for of, k in zip(listed, strikes, strict=True)]
    start = 1 if moved is None else moved
    for i in range(start - 1, -1, -1):
        made[i] = _beyond(listed[i], made[i], made[i + 1], -1.0)
    for i in range(start + 1, 4):
        made[i] = _beyond(listed[i], made[i], made[i - 1], 1.0)
    return made[0], made[1], made[2], made[3]


def _beyond(listed: Floats, own: float, limit: float, side: float) -> float:
    """``own`` if it lies beyond ``limit``, else the next listed strike that does."""
    if side * (own - limit) > 0.0:
        return own
    room = listed[side * (listed - limit) > 0.0]
    if not room.size:
        raise StrikesOutOfOrderError(f"no strike is listed beyond {limit:g}: move the other strikes inward first")
    return float(room[np.argmin(np.abs(room - limit))])


def skewness(outcomes: Outcomes, profit: Floats) -> float:
    """Third standardised moment of a payoff under a witness; NaN where it does not vary."""
    centred = profit - float(outcomes.weight @ profit)
    variance = float(outcomes.weight @ centred**2)
    return float(outcomes.weight @ centred**3) / variance**1.5 if variance > 0.0 else float("nan")


def struck(of: Expiry, rule: CondorRule, strikes: Strikes, witnesses: tuple[Outcomes, ...]) -> Struck:
    """A condor at listed strikes at the quotes a seller meets; raises ``StrikesOutOfOrderError``."""
    if not strikes[0] < strikes[1] < strikes[2] < strikes[3]:
        raise StrikesOutOfOrderError(f"strikes of a condor rise, were {strikes}: put wing, put, call, call wing")
    legs = legs_at(of, strikes)
    fees = len(legs) * rule.commission_usd / SPX_OPTION_MULTIPLIER
    credit = -sum(leg.units * leg.price for leg in legs) - fees
    middle = -sum(leg.units * 0.5 * (leg.bid + leg.ask) for leg in legs)
    width = max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    profits = [SPX_OPTION_MULTIPLIER * payoff(legs, credit, one.price) for one in witnesses]
    inside = credit > 0.0
    low = strikes[1] - credit if inside and strikes[1] - strikes[0] > credit else float("nan")
    high = strikes[2] + credit if inside and strikes[3] - strikes[2] > credit else float("nan")
    return Struck(
        legs, credit, middle, SPX_OPTION_MULTIPLIER * (width - credit), low, high,
        tuple(odds(one, profit) for one, profit in zip(witnesses, profits, strict=True)),
        tuple(skewness(one, profit) for one, profit in zip(witnesses, profits, strict=True)),
    )  # fmt: skip


def leg_profits(of: Expiry, legs: tuple[CondorLeg, ...], price: Floats, days: float, points: Floats) -> Floats:
    """Dollars a contract each leg has gained against its trade price, shape (legs, n); commissions apart.

    ``price`` and ``points``: arrays (n,) of the underlying's price and the move of its 30-day volatility in points.
    After settlement a leg is the cash of its payoff.
    """
    left = 365.0 * of.years
    moves = Moves({of.underlying: price / of.spot - 1.0}, {of.underlying: points}, min(days, left))
    view, make = as_state(of).view(moves), option_on(of.underlying)
    rows = []
    for leg in legs:
        if days >= left:
            value = SPX_OPTION_MULTIPLIER * np.maximum(leg.side * (price - leg.strike), 0.0)
        else:
            value = make("call" if leg.side == CALL else "put", leg.strike, of.settles).value(view)
        rows.append(leg.units * (value - SPX_OPTION_MULTIPLIER * leg.price))
    return np.array(rows)


def condor_maps(of: Expiry, found: Struck, commission_usd: float) -> CondorMaps:
    """The condor fully revalued over price and date, and over price and volatility."""
    span = REACH * max(of.spot - found.strikes[0], found.strikes[3] - of.spot, of.expected_move)
    ends = np.array([k for k in (*found.strikes, found.low, found.high) if np.isfinite(k)])
    price = np.unique(np.concatenate([np.linspace(of.spot - span, of.spot + span, PRICES), ends]))
    price = price[price > 0.0]
    days, points = np.linspace(0.0, 365.0 * of.years, DATES), np.array(POINTS)
    fees, still = len(found.legs) * commission_usd, np.zeros(price.size)
    by_day = np.stack([leg_profits(of, found.legs, price, float(day), still).sum(axis=0) - fees for day in days])
    grid, moves = (one.ravel() for one in np.meshgrid(price, points))
    by_vol = leg_profits(of, found.legs, grid, 0.0, moves).sum(axis=0) - fees
    return CondorMaps(price, days, points, by_day, by_vol.reshape(points.size, price.size))


def crossings(price: Floats, profit: Floats) -> tuple[float, ...]:
    """Prices at which a row of a map changes sign, by linear interpolation between its nodes."""
    at = np.flatnonzero(np.sign(profit[:-1]) * np.sign(profit[1:]) < 0.0)
    share = profit[at] / (profit[at] - profit[at + 1])
    return tuple(float(x) for x in price[at] + share * (price[at + 1] - price[at]))
