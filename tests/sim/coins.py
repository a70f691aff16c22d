"""Hand-made lanes of a coin: SPX and VIX stand still."""

import numpy as np
from tests.sim.lanes import quotes, rows, terms

from seawall.kernels import coin_slots as of
from seawall.kernels import slots as at
from seawall.kernels.lane import run_lane
from seawall.kernels.rows import Lane
from seawall.sim.listing import calendar
from seawall.sim.plan import Plan
from seawall.sim.tables import coin_columns, coin_numbers, coin_table, legs_of, numbers_of

YEAR = 365.0


def coin_tables(days, plan, structure=None):
    """Tables of coin programs; ``structure``: ``tests.sim.lanes.tables`` of the other programs, in their order."""
    programs = plan.every_program()
    states = np.zeros(len(days), np.int8)
    column = np.zeros((len(days), len(programs), at.COL_WIDTH))
    number, leg = np.full((len(programs), at.NUM_WIDTH), np.nan), np.zeros((len(programs), at.LEGS, at.LEG_WIDTH))
    used = 0
    for place, one in enumerate(programs):
        if hasattr(one, "asset"):
            column[:, place], number[place] = coin_columns(len(days), one, states), coin_numbers(one)
        else:
            column[:, place], used = structure.column[:, used], used + 1
            number[place], leg[place] = numbers_of(one), legs_of(one)
    expiry = np.zeros((0, 3)) if structure is None else structure.expiry
    days = np.asarray(days, np.int64)
    return at.Tables(days / YEAR, days, expiry, column, number, leg, np.zeros((0, 2)), coin_table(plan))


def run_coins(
    price, plan, *, low=None, high=None, funding=0.0, fees=0.0, structure=None, spot=2000.0, leave=(), **changes
):
    """Run a plan on closes of one coin, one a day; ``low``, ``high``: prices, else closes; ``leave``: days of exit."""
    price = np.asarray(price, float)
    size, before = price.size, np.concatenate([price[:1], price[:-1]])
    low = np.minimum(price, before) if low is None else np.minimum(np.asarray(low, float), np.minimum(price, before))
    high = np.maximum(price, before) if high is None else np.maximum(np.asarray(high, float), np.maximum(price, before))
    days = np.arange(size)
    seen = rows(days)._replace(
        coin_move=(price / before)[:, None],
        coin_low=(low / before)[:, None],
        coin_high=(high / before)[:, None],
        funding=np.concatenate([[0.0], np.full(size - 1, funding)])[:, None],
        fees=np.concatenate([[0.0], np.full(size - 1, fees)])[:, None] * np.ones((1, len(plan.pools))),
    )
    table = coin_tables(days, plan, structure)
    table.column[list(leave), :, at.COL_EXIT] = 1.0
    path = Lane(days, spot * np.ones(size), price[:, None])
    return run_lane(seen, path, table, terms(**changes), quotes(size), plan.capital)


def coin_plan(*programs, **changes):
    """A plan of pools and perps alone."""
    return Plan(condor=None, programs=programs, **changes)


def account_gaps(book, cash):
    """Largest gaps of the account's identities, dollars: equity, its change, cash from the log, margin of perps."""
    day, total = book.session, book.program.sum(axis=1)
    made = book.fills[: book.filled[0]]
    what = made[:, at.FILL_WHAT].astype(int)
    points = np.array([100.0, 100.0, 0.0, 1.0, 0.0])[what]
    paid = np.bincount(
        made[:, at.FILL_ROW].astype(int),
        points * made[:, at.FILL_QUANTITY] * made[:, at.FILL_MID] + made[:, at.FILL_COST],
        minlength=len(day),
    )
    equity = day[:, at.DAY_CASH] + total[:, at.RUN_MARK] - day[:, at.DAY_EQUITY]
    gained = day[:, at.DAY_INTEREST] + total[:, at.RUN_PNL] - total[:, at.RUN_COST]
    change = np.diff(day[:, at.DAY_EQUITY], prepend=cash) - gained
    flow = day[:, at.DAY_INTEREST] + day[:, at.DAY_VARIATION] + day[:, at.DAY_FEES] - day[:, at.DAY_VENUE]
    moved = np.diff(day[:, at.DAY_CASH], prepend=cash) - flow + paid
    return max(float(np.abs(one).max()) for one in (equity, change, moved))


__all__ = ["account_gaps", "calendar", "coin_plan", "of", "run_coins"]
