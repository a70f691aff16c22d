"""What a layer sees in the VIX market on each session: its future, the call it would buy, the hedge ratio."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.hedge.budgets import Budgets
from seawall.hedge.stack.second_engine import HedgeRatio
from seawall.hedge.stack.vix_quotes import FUTURE_MARGIN
from seawall.kernels.rows import Rows
from seawall.kernels.strikes import VolView, vol_strike
from seawall.sim.listing import Calendar, day_number, target_expiry, vix_family
from seawall.sim.programs import Program

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

WINDOW: Final = 252
MONTH: Final = 30.0
DAYS_PER_YEAR: Final = 365.0


class Target(NamedTuple):
    """The expiry a program would open on each session: its day number, calendar days to it, its future; (n,) each."""

    expiry: NDArray[np.int64]
    days: Floats
    future: Floats


def future_at(rows: Rows, days: Floats) -> Floats:
    """VIX future by days to settlement on each row, (n,): VIX at 0 days, linear between months, flat beyond them."""
    return np.array([
        np.interp(day, np.r_[0.0, at], np.r_[vix, curve])
        for day, at, vix, curve in zip(days, rows.curve_days, rows.levels[:, 1], rows.curve, strict=True)
    ])  # fmt: skip


def target_of(when: Calendar, rows: Rows, program: Program) -> Target:
    """Target of a program on every session. Raises ``MissingExpiryError``."""
    today, family = day_number(when.dates), vix_family(when)
    number = target_expiry(today, family, program.entry.days, program.entry.least_days, program.name)
    expiry = family.days[number]
    days = (expiry - today).astype(np.float64)
    return Target(expiry, days, future_at(rows, days))


def restruck(when: Calendar, rows: Rows, program: Program) -> Mask:
    """Sessions on which a chaser trades, (n,): at the close before, the month or the strike to buy was another one."""
    target = target_of(when, rows, program)
    delta = program.legs[0].aim
    strike = [
        vol_strike(VolView(future, days / DAYS_PER_YEAR, vvix, rate), delta)
        for future, days, vvix, rate in zip(target.future, target.days, rows.vvix, rows.rate, strict=True)
    ]
    wanted = list(zip(target.expiry.tolist(), strike, strict=True))
    out, held = np.zeros(target.days.size, np.bool_), wanted[0]
    for row in range(1, out.size):
        if wanted[row - 1] != held:
            out[row], held = True, wanted[row]
    return out


class Ratio(NamedTuple):
    """Notional of VIX futures to hold, share of equity, (n,); and the sessions on which it leaves its band."""

    share: Floats
    leave: Mask


def hedge_ratio(
    layer: HedgeRatio, budgets: Budgets, seen: tuple[Calendar, Rows], program: Program, book: Floats
) -> Ratio:
    """``-Cov / Var`` of the book's returns on those of the future over the 252 sessions before, within the budgets.

    ``book``: its equity without the hedge, (n,). 0 until there are as many sessions, and where the slope asks for a
    short future. The premium budget bounds the margin, the carry budget the roll of a month down the curve. Between
    re-estimates that leave the band the ratio stays (METHOD 7.4).
    """
    when, rows = seen
    target = target_of(when, rows, program)
    future = np.zeros(book.size)
    before = np.maximum(target.days[:-1] - np.diff(day_number(when.dates)), 0.0)
    future[1:] = future_at(rows, np.r_[0.0, before])[1:] / target.future[:-1] - 1.0
    returns = np.r_[0.0, np.diff(book) / np.maximum(book[:-1], 1.0)]
    rolled = future_at(rows, np.maximum(target.days - MONTH, 0.0))
    yearly = DAYS_PER_YEAR / MONTH * (1.0 - rolled / target.future)
    most = np.full(book.size, budgets.premium / FUTURE_MARGIN if budgets.carry > 0.0 else 0.0)
    most = np.minimum(most, np.divide(budgets.carry, yearly, out=np.full(book.size, np.inf), where=yearly > 0.0))
    share, leave, held = np.zeros(book.size), np.zeros(book.size, np.bool_), 0.0
    for row in range(WINDOW + 1, book.size):
        x, y = future[row - WINDOW : row], returns[row - WINDOW : row]
        middle = x - x.mean()
        slope = float(middle @ y / (middle @ middle)) if x.any() else 0.0
        wanted = min(max(-layer.ratio * slope, 0.0), float(most[row - 1]))
        if not layer.band.keeps(held, wanted):
            leave[row], held = held > 0.0, wanted
        share[row] = held
    return Ratio(share, leave)
