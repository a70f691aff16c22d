"""A plan on drawn histories: the history itself gives the run itself, and states go with the rows they were made at."""

import datetime as dt

import numpy as np
import pytest

from seawall.data.embedded import embedded_history
from seawall.hedge.policy import AlvhPolicy
from seawall.sim.drawn import BY_STATE, Drawn, drawn_inputs, run_drawn
from seawall.sim.engine import prepare, run, run_lanes
from seawall.sim.plan import Plan
from seawall.sim.rows import lane_of, resampled

PLAN = Plan("drawn", dt.date(2017, 11, 1), dt.date(2018, 4, 30), hedge=AlvhPolicy())


def test_the_rows_in_their_own_order_are_the_run_itself() -> None:
    inputs = prepare(PLAN, embedded_history())
    order = np.arange(inputs.when.dates.size)
    lane = lane_of(inputs.rows, float(inputs.lane.spot[0]), inputs.lane.coin[0], order)
    (found,) = run_lanes(drawn_inputs(inputs, order), [lane])
    plain = run(PLAN, embedded_history())
    assert found.nav == pytest.approx(plain.nav, rel=1e-9)
    assert found.fills == plain.records.shape[0]


def test_a_day_acts_on_the_state_made_on_the_row_before_it() -> None:
    inputs = prepare(PLAN, embedded_history())
    size = inputs.when.dates.size
    source = resampled(inputs.rows, 5, 10.0, size)
    column, drawn = inputs.tables.column, drawn_inputs(inputs, source).tables.column
    for day in range(1, size):
        made = min(source[day - 1] + 1, size - 1)
        assert np.array_equal(drawn[day][:, BY_STATE], column[made][:, BY_STATE])
    others = [one for one in range(column.shape[2]) if one not in BY_STATE]
    assert np.array_equal(drawn[:, :, others], column[:, :, others])
    assert not np.array_equal(drawn, column)


def test_a_seed_is_one_history_and_another_is_another() -> None:
    history = embedded_history()
    first = run_drawn(Drawn(PLAN, 7, 21.0), history)
    other = run_drawn(Drawn(PLAN, 8, 21.0), history)
    again = run_drawn(Drawn(PLAN, 7, 21.0), history)
    assert first.run.nav.tobytes() == again.run.nav.tobytes()
    assert not np.array_equal(first.run.nav, other.run.nav)
    assert first.dates.size == first.rate.size == first.run.nav.size
