"""Forward returns, occasions and conditional means against loops, and the front future against a table done by hand."""

import datetime as dt

import numpy as np
import pytest
from tests.evidence.worlds import LIGHT, days, series

from seawall.core.clock import vix_expiry
from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.evidence.contrast import ahead, at_closes, mean_contrast, spells
from seawall.evidence.front import HALF_SPREAD, front_returns
from seawall.evidence.interval import Plan
from seawall.market.history import History


@pytest.mark.parametrize(("horizon", "delay"), [(1, 0), (1, 1), (5, 0), (21, 1)])
def test_forward_returns_are_those_of_a_loop(horizon: int, delay: int) -> None:
    rng = np.random.default_rng(1)
    step = 0.02 * rng.standard_normal(60)
    step[30] = np.nan
    found = ahead(step, horizon, delay)
    for t in range(60):
        part = step[t + 1 + delay : t + 1 + delay + horizon]
        whole = part.size == horizon and np.isfinite(part).all()
        expected = np.prod(1.0 + part) - 1.0 if whole else np.nan
        assert found[t] == pytest.approx(expected, rel=1e-12, abs=1e-15, nan_ok=True)


def test_forward_returns_do_not_contain_the_row_that_decides() -> None:
    step = np.zeros(10)
    step[4] = 0.5
    assert ahead(step, 2, 0).tolist()[2:5] == pytest.approx([0.5, 0.5, 0.0])
    assert ahead(step, 2, 1).tolist()[1:5] == pytest.approx([0.5, 0.5, 0.0, 0.0])
    with pytest.raises(DomainError, match="at least 1 and 0"):
        ahead(step, 0)


def test_occasions() -> None:
    flag = np.zeros(40, dtype=np.bool_)
    flag[[3, 4, 9, 30]] = True
    assert [spells(flag, gap) for gap in (1, 5, 20, 21)] == [3, 2, 2, 1]
    assert spells(np.zeros(3, dtype=np.bool_), 5) == 0


def test_conditional_mean_and_its_cost() -> None:
    rng = np.random.default_rng(2)
    flag = rng.random(800) < 0.3
    value = 0.05 * flag + 0.02 * rng.standard_normal(800)
    found = mean_contrast(flag, value, 1, LIGHT, cost=0.01)
    assert found.interval.estimate == pytest.approx(value[flag].mean() - 0.01 - value[~flag].mean())
    assert found.interval.low > 0.03
    assert found.p_higher < 0.05 < found.p_lower
    assert found.interval.status is Status.FOUND


def test_few_occasions_are_thin() -> None:
    flag = np.zeros(800, dtype=np.bool_)
    flag[:200] = True
    value = np.random.default_rng(3).standard_normal(800)
    assert mean_contrast(flag, value, 21, LIGHT).interval.status is Status.THIN
    with pytest.raises(MissingDataError, match="never or always"):
        mean_contrast(np.ones(800, dtype=np.bool_), value, 1, LIGHT)


def test_values_are_seen_when_they_are_known() -> None:
    dates = days(6)
    history = History.of(series("A", dates, np.arange(6.0), delay=1))
    assert at_closes(history, "A", dates).tolist()[1:] == [0.0, 1.0, 2.0, 3.0, 4.0]  # a day late, across a weekend too


def _table(first: dt.date, count: int) -> History:
    """VX1 and VX2 that fall by 1 % a session, contract by contract, on a curve rising by 2 points a month."""
    from seawall.core.clock import sessions, vix_expiries

    dates = sessions(first, dt.date(2030, 12, 31))[:count]
    levels = {1: [], 2: []}
    for i, day in enumerate(dates.tolist()):
        ahead_of = vix_expiries(day, 2)
        for rank, expiry in enumerate(ahead_of, start=1):
            month = expiry.year * 12 + expiry.month
            levels[rank].append((20.0 + 2.0 * (month - first.year * 12 - first.month)) * 0.99**i)
    return History.of(*(series(f"VX{rank}", dates, np.array(values)) for rank, values in levels.items()))


def test_front_future_earns_its_own_contract_and_not_the_jump_of_a_roll() -> None:
    history = _table(dt.date(2012, 1, 3), 60)
    dates = history.get("VX1").dates
    found = front_returns(history, dates)
    assert found.returns[1:] == pytest.approx(np.full(59, -0.01), rel=1e-12)
    jump = history.get("VX1").values[1:] / history.get("VX1").values[:-1] - 1.0
    assert jump.max() > 0.05  # the table itself does jump
    settles = np.isin(dates, np.array([vix_expiry(2012, m) for m in (1, 2, 3)], dtype="datetime64[D]"))
    assert np.flatnonzero(found.cost).tolist() == np.flatnonzero(settles).tolist()
    row = int(np.flatnonzero(settles)[0])
    assert found.cost[row] == pytest.approx(2 * HALF_SPREAD / history.get("VX2").values[row - 1])
    assert found.net(2.0)[row] == pytest.approx(-0.01 - 2 * found.cost[row])


def test_contracts_come_before_the_table_and_the_fund_last() -> None:
    history = _table(dt.date(2012, 1, 3), 40)
    dates = history.get("VX1").dates
    march = series("VX_2012_03", dates[30:], 30.0 * 1.02 ** np.arange(10.0))
    fund = series("VIXY", np.concatenate([dates, days(1000)[-3:]]), 100.0 * 1.03 ** np.arange(43.0))
    every = fund.dates
    found = front_returns(History.of(*history, march, fund), every)
    assert (found.contracts, found.table, found.fund) == (9, 30, 3)
    assert found.returns[31:40] == pytest.approx(np.full(9, 0.02))
    assert found.returns[-2:] == pytest.approx([0.03, 0.03])
    assert "the fund VIXY" in found.note()
    with pytest.raises(MissingDataError, match="no front VIX future"):
        front_returns(History.of(series("VIX", dates, np.full(40, 20.0))), dates)


def test_blocks_are_as_long_as_the_outcome_stretches() -> None:
    rng = np.random.default_rng(5)
    flag, value = rng.random(500) < 0.2, rng.standard_normal(500)
    assert mean_contrast(flag, value, 21, LIGHT).interval.block >= 21
    assert mean_contrast(flag, value, 21, Plan(reps=50, block=30)).interval.block == 30
