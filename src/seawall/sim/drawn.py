"""A plan on a history drawn from the one there is: the stationary bootstrap, joint over every series of the rows.

Prices, volatilities, rates and market states are those of the row that a day reads; the calendar, and with it entry
days and expiries, is that of the plan. A day acts on the state of the session before it in the drawn order.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels import slots as at
from seawall.market.history import History
from seawall.sim.engine import Inputs, LaneRun, prepare, run_lanes
from seawall.sim.plan import Plan
from seawall.sim.rows import lane_of, resampled

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

BY_STATE = (at.COL_SCALE, at.COL_EXIT, at.COL_MONETISE)
"""Columns of a program that the market state decides."""


class Drawn(NamedTuple):
    """A plan and the history it runs on: blocks of ``mean_block`` sessions on average, drawn with ``seed``."""

    plan: Plan
    seed: int
    mean_block: float


class DrawnRun(NamedTuple):
    """One run on a drawn history: ``rate`` (sessions,) is the yearly rate of cash on the row each day reads."""

    run: LaneRun
    dates: NDArray[np.datetime64]
    rate: Floats


_LAST: list[tuple[Plan, History, Inputs]] = []
"""Of this process: the plan prepared last; lanes of one plan come one after the other."""


def _prepared(plan: Plan, history: History) -> Inputs:
    for known, on, inputs in _LAST[:1]:
        if on is history and known == plan:
            return inputs
    inputs = prepare(plan, history)
    _LAST[:] = [(plan, history, inputs)]
    return inputs


def drawn_inputs(inputs: Inputs, source: Longs) -> Inputs:
    """The same inputs where day t acts on the state made at row ``source[t - 1]``, shape (days,).

    The state made at the last row acts on no session of the table: the one before stands in for it.
    """
    if not any(one.states.reads_states for one in inputs.plan.every_program()):
        return inputs
    column = inputs.tables.column.copy()
    after = np.minimum(source[:-1] + 1, column.shape[0] - 1)
    for one in BY_STATE:
        column[1:, :, one] = inputs.tables.column[after, :, one]
    return inputs._replace(tables=inputs.tables._replace(column=column))


def run_drawn(drawn: Drawn, history: History) -> DrawnRun:
    """Run a plan on one drawn history. Raises what ``prepare``, ``resampled`` and ``run_lanes`` raise."""
    inputs = _prepared(drawn.plan, history)
    source = resampled(inputs.rows, drawn.seed, drawn.mean_block, inputs.when.dates.size)
    lane = lane_of(inputs.rows, float(inputs.lane.spot[0]), inputs.lane.coin[0], source)
    (run,) = run_lanes(drawn_inputs(inputs, source), [lane])
    return DrawnRun(run, inputs.when.dates, inputs.rows.rate[source])
