"""A monthly option-writing index, day by day: bills or shares, options rolled at expiry, marked at every close.

Rows are sessions. On a row that rolls the old options pay their intrinsic value at the settlement print, then new ones
trade at the market of the entry, then everything is marked at the close. Prices come from ``index_smile``.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled
from seawall.kernels.index_smile import Density, density_at, density_value, density_vol, strike_at_delta
from seawall.kernels.spread import SPX_SPREAD, half_spread

Floats = NDArray[np.float64]

WIDTH: Final = 0
"""Contracts so that the bills are ``multiple`` times the wider of the two wings."""
STRIKE: Final = 1
"""Contracts so that bills bought at the roll, premium included, grow to ``multiple`` times the strike."""
COVERED: Final = 2
"""One short call a share; the premium buys shares."""

MONEY: Final = 0.5
"""Target of a leg at the money: a put takes the listed strike at or below the index, a call the one at or above."""


class Quoted(NamedTuple):
    """What prices are made of, a row an instant: spot, VIX-family levels (n, 4), SKEW, bill rate, dividend yield."""

    spot: Floats
    levels: Floats
    skew: Floats
    rate: Floats
    dividend: Floats


class Sessions(NamedTuple):
    """The closes, the entries (used on rows that roll), and what ties them together; shape (n,) each.

    ``elapsed``: years since the row before. ``left``: years from the close to the expiry of the options held after it.
    ``entry_left``: the same from the entry. ``settle``: settlement print, NaN on rows that do not roll.
    """

    close: Quoted
    entry: Quoted
    elapsed: Floats
    left: Floats
    entry_left: Floats
    settle: Floats


class Rule(NamedTuple):
    """``target``: signed delta a leg, shape (m,); ``held``: contracts a unit, + long. ``sizing``: one of the above.

    ``multiple``: of the collateral. ``step``: strikes are
    multiples of it. ``costs``: times the modelled half-spread. ``bent``: scales the asymmetry of the smile.
    """

    target: Floats
    held: Floats
    sizing: int
    multiple: float
    step: float
    costs: float
    bent: float


class Run(NamedTuple):
    """``level`` (n,); per roll row (NaN elsewhere) strikes and mids (n, m) and units written (n,).

    ``interest``, ``shares``, ``options``, ``costs``: what each has added to the level since the start, shape (n,).
    """

    level: Floats
    strike: Floats
    mid: Floats
    units: Floats
    interest: Floats
    shares: Floats
    options: Floats
    costs: Floats


@compiled
def _market(of: Quoted, row: int, years: float, bent: float) -> tuple[float, float, Density]:
    """Forward, discount and density of a tenor."""
    forward = of.spot[row] * math.exp((of.rate[row] - of.dividend[row]) * years)
    return forward, math.exp(-of.rate[row] * years), density_at(of.levels[row], of.skew[row], years, bent)


@compiled
def _listed(target: float, spot: float, step: float, exact: float) -> float:
    if target == -MONEY:
        return step * math.floor(spot / step)
    if target == MONEY:
        return step * math.ceil(spot / step)
    return step * math.floor(exact / step + 0.5)


@compiled
def _open(days: Sessions, rule: Rule, row: int, strike: Floats, mid: Floats) -> float:
    """Choose strikes and price them at the entry; returns the half-spreads of one unit."""
    years, spot = days.entry_left[row], days.entry.spot[row]
    forward, discount, of = _market(days.entry, row, years, rule.bent)
    paid = 0.0
    for j in range(rule.target.size):
        target = rule.target[j]
        side = 1.0 if target > 0.0 else -1.0
        exact = spot if abs(target) == MONEY else strike_at_delta(target, forward, discount, of)
        strike[j] = _listed(target, spot, rule.step, exact)
        mid[j] = density_value(strike[j], forward, discount, side, of)
        vol = density_vol(strike[j], forward, years, of)
        half = half_spread(SPX_SPREAD, forward, abs(target), years, vol, mid[j])
        half *= rule.costs
        paid += abs(rule.held[j]) * (half if rule.held[j] > 0.0 else min(half, mid[j]))
    return paid


@compiled
def _units(rule: Rule, level: float, spot: float, net: float, strike: Floats, grown: float) -> float:
    """Units written on ``level``; ``net``: premium received a unit, costs paid."""
    if rule.sizing == COVERED:
        return float(level / (spot - net))
    if rule.sizing == STRIKE:
        return float(level / (rule.multiple * strike[0] / grown - net))
    put, call = 0.0, 0.0
    for j in range(strike.size):
        if rule.target[j] < 0.0:
            put -= rule.held[j] * strike[j]
        else:
            call += rule.held[j] * strike[j]
    return float(level / (rule.multiple * max(abs(put), abs(call))))


@compiled
def _settled(days: Sessions, rule: Rule, row: int, strike: Floats) -> float:
    """What one unit of the expiring options is worth at the settlement print."""
    worth = 0.0
    for j in range(strike.size):
        side = 1.0 if rule.target[j] > 0.0 else -1.0
        worth += rule.held[j] * max(side * (days.settle[row] - strike[j]), 0.0)
    return worth


@compiled
def _marked(days: Sessions, rule: Rule, row: int, strike: Floats) -> float:
    """What one unit of the options held is worth at the close."""
    forward, discount, of = _market(days.close, row, days.left[row], rule.bent)
    worth = 0.0
    for j in range(strike.size):
        side = 1.0 if rule.target[j] > 0.0 else -1.0
        worth += rule.held[j] * density_value(strike[j], forward, discount, side, of)
    return worth


@compiled
def run_written(days: Sessions, rule: Rule, start: float) -> Run:
    """The index from ``start`` on the first row that rolls; NaN before it. Dividends buy shares, interest stays."""
    n, m = days.settle.size, rule.target.size
    level, units = np.full(n, np.nan), np.full(n, np.nan)
    strikes, mids, parts = np.full((n, m), np.nan), np.full((n, m), np.nan), np.zeros((4, n))
    strike, mid = np.full(m, np.nan), np.full(m, np.nan)
    cash, shares, count, value = start, 0.0, 0.0, 0.0
    begun = False
    for t in range(n):
        if begun:
            interest = cash * math.expm1(days.close.rate[t - 1] * days.elapsed[t])
            cash += interest
            grown = shares * math.exp(days.close.dividend[t - 1] * days.elapsed[t])
            parts[:, t] = parts[:, t - 1]
            parts[0, t] += interest
            parts[1, t] += grown * days.close.spot[t] - shares * days.close.spot[t - 1]
            shares = grown
        if not math.isnan(days.settle[t]):
            paid = count * _settled(days, rule, t, strike) if begun else 0.0
            parts[2, t] += paid - count * value
            worth = cash + paid + shares * days.entry.spot[t]
            begun = True
            half = _open(days, rule, t, strike, mid)
            net = -half
            for j in range(m):
                net -= rule.held[j] * mid[j]
            count = _units(
                rule, worth, days.entry.spot[t], net, strike, math.exp(days.entry.rate[t] * days.entry_left[t])
            )
            held = count if rule.sizing == COVERED else 0.0
            parts[1, t] += (held - shares) * (days.close.spot[t] - days.entry.spot[t])
            parts[3, t] -= count * half
            cash, shares, value = worth + count * net - held * days.entry.spot[t], held, -(net + half)
            units[t], strikes[t], mids[t] = count, strike, mid
        if begun:
            now = _marked(days, rule, t, strike)
            parts[2, t] += count * (now - value)
            value = now
            level[t] = cash + shares * days.close.spot[t] + count * now
    return Run(level, strikes, mids, units, parts[0], parts[1], parts[2], parts[3])
