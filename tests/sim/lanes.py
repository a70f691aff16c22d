"""Hand-made markets for the loop of the engine: flat unless changed, expiries every 30 days."""

import numpy as np

from seawall.kernels import slots as at
from seawall.kernels.coin_slots import COIN_WIDTH
from seawall.kernels.lane import run_lane
from seawall.kernels.rows import Lane, Rows
from seawall.sim.programs import Entry, Exits, Program
from seawall.sim.programs_made import condor_legs, vix_call
from seawall.sim.tables import legs_of, numbers_of

MONTH = 30
FREE = {
    "index_half": 0.0,
    "vol_share": 0.0,
    "vol_floor": 0.0,
    "future_half": 0.0,
    "commission": 0.0,
    "future_commission": 0.0,
}
NO_QUOTES = np.zeros(0)


def rows(days, *, vix=15.0, rate=0.0, vvix=91.0, skew=120.0, slope=0.0, opening=np.nan, vro=np.nan):
    """A market whose futures stand ``slope`` points above VIX for every 30 days."""
    size = len(days)
    one = np.ones(size)
    curve_days = np.tile(np.arange(10.0, 310.0, MONTH), (size, 1))
    level = (vix * one)[:, None]
    none = np.zeros((size, 0))
    return Rows(
        one,
        opening * one,
        np.repeat(level, 4, axis=1),
        skew * one,
        vvix * one,
        rate * one,
        0.0 * one,
        curve_days,
        level + slope * curve_days / MONTH,
        vro * one,
        none,
        none,
        none,
        none,
        none,
    )


def lane(days, spot=2000.0):
    """The rows one after the other."""
    size = len(days)
    return Lane(np.arange(size), spot * np.ones(size), np.zeros((size, 0)))


def tables(days, programs, *, root=None, opens=None, scale=None, leave=None, sell=None):
    """Both kinds of expiry end every 30 days; a program opens the one nearest to its target, or the next."""
    days = np.asarray(days, dtype=np.int64)
    ends = np.arange(MONTH, days[-1] + 400, MONTH)
    place = {"SPX": 0, "VIX": ends.size}
    both = np.concatenate([ends, ends])
    roots = np.repeat([at.PM if root is None else root, at.VRO], ends.size)
    column = np.zeros((days.size, len(programs), at.COL_WIDTH))
    for number, one in enumerate(programs):
        shift, entry = place[one.underlying], one.entry
        left = ends[None, :] - days[:, None]
        beyond = np.where(left > entry.least_days, np.abs(left - entry.days), 10**6)
        nearest = np.argmin(beyond, axis=1)
        on_expiry = entry.on == "expiry"
        column[:, number, at.COL_NEAR] = shift + (days // MONTH if on_expiry else nearest)
        column[:, number, at.COL_ENTER] = (days % MONTH == 0) if on_expiry else 1.0
        column[:, number, at.COL_NEXT] = -1.0 if entry.later_days is None else column[:, number, at.COL_NEAR] + 1
        column[:, number, at.COL_SCALE] = 1.0
        column[:, number, at.COL_MONETISE] = 1.0
    for name, given in ((at.COL_ENTER, opens), (at.COL_SCALE, scale), (at.COL_EXIT, leave), (at.COL_MONETISE, sell)):
        if given is not None:
            column[:, :, name] = np.asarray(given, float).reshape(days.size, -1)
    return at.Tables(
        days / 365.0,
        days,
        np.stack([both / 365.0, both, roots], axis=1).astype(float),
        column,
        np.stack([numbers_of(one) for one in programs]),
        np.stack([legs_of(one) for one in programs]),
        np.zeros((0, 2)),
        np.zeros((len(programs), COIN_WIDTH)),
    )


def terms(**changes):
    """Stated half-spreads, no margin rule."""
    plain = {
        "step": 5.0,
        "lot": 1.0,
        "index_half": 0.1,
        "vol_share": 0.075,
        "vol_floor": 0.05,
        "future_half": 0.05,
        "commission": 1.0,
        "future_commission": 1.0,
        "index_volume": 1e12,
        "vol_volume": 1e12,
        "future_volume": 1e12,
        "perp_volume": 1e15,
        "impact": 0.0,
        "multiple": 1.0,
        "lagged": True,
        "margin": at.MARGIN_NONE,
        "future_margin": 0.35,
        "carry_budget": 0.02,
        "income_share": 0.2,
        "premium_cap": 0.1,
        "vega_cap": 1.0,
    }
    return at.Terms(**{**plain, **changes})


def quotes(count, key=(), bid=(), ask=(), row=()):
    """A sorted table of quotes; empty unless given."""
    order = np.lexsort((np.asarray(key), np.asarray(row)))
    first = np.searchsorted(np.asarray(row, dtype=np.int64)[order], np.arange(count + 1))
    take = [np.asarray(column)[order] for column in (key, bid, ask)]
    return at.Quotes(first.astype(np.int64), take[0].astype(np.int64), take[1].astype(float), take[2].astype(float))


def condor(risk=0.1, **changes):
    """The monthly 20/5-delta condor."""
    plain = {"entry": Entry("expiry")}
    return Program("L0", condor_legs(0.20, 0.05), "risk", risk, **{**plain, **changes})


def layer(name, weight, target, roll, **changes):
    """A layer of VIX calls under the budget."""
    exits = Exits(days=roll, on_days="roll", multiples=changes.pop("multiples", ()))
    entry = Entry("daily", target, min(roll, target - 1))
    return Program(name, vix_call(0.3), "budget", weight, entry, exits, hedge=True, **changes)


def run(seen, days, programs, costs=None, *, cash=1e6, spot=2000.0, full=True, found=None, **columns):
    """Run one lane over rows."""
    table = tables(days, programs, **columns)
    where = lane(days, spot)
    return run_lane(seen, where, table, costs or terms(), found or quotes(len(days)), cash, full)


def fills(book, *, program=None, rule=None):
    """Fill records, of one program and rule if asked."""
    made = book.fills[: book.filled[0]]
    keep = np.ones(len(made), bool)
    if program is not None:
        keep &= made[:, at.FILL_PROGRAM] == program
    if rule is not None:
        keep &= made[:, at.FILL_RULE] == rule
    return made[keep]


def nav(book):
    """Equity by session."""
    return book.session[:, at.DAY_EQUITY]


def closes(book, cash=1e6):
    """Largest gap of the account's three identities, dollars."""
    total = book.program.sum(axis=1)
    marks = book.session[:, at.DAY_CASH] + total[:, at.RUN_MARK] - nav(book)
    gained = book.session[:, at.DAY_INTEREST] + total[:, at.RUN_PNL] - total[:, at.RUN_COST]
    return max(np.abs(marks).max(), np.abs(np.diff(nav(book), prepend=cash) - gained).max())
