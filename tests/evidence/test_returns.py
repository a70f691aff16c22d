import datetime as dt
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from seawall.core.clock import sessions
from seawall.core.errors import DomainError, LookaheadError, MissingDataError
from seawall.core.status import Status
from seawall.data.embedded import embedded_history
from seawall.evidence.returns import delever, monthly_returns, performance

DAYS = sessions(dt.date(2016, 1, 4), dt.date(2018, 12, 31))


def walk(rows: int, seed: int = 5) -> NDArray[np.float64]:
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).standard_t(4, rows) * 0.008 + 0.0004))


def worst_mean(losses: NDArray[np.float64]) -> float:
    """CVaR95 by its definition: mean of the upper 5 % of the loss quantile function."""
    ranked, weight = np.sort(losses)[::-1], 0.05 * losses.size
    return float(sum(min(1.0, weight - k) * ranked[k] for k in range(math.ceil(weight))) / weight)


def test_every_figure_against_brute_force() -> None:
    nav = walk(DAYS.size)
    found = performance(nav, DAYS)
    r = nav[1:] / nav[:-1] - 1.0
    days = (DAYS[-1] - DAYS[0]).astype(int)
    assert found.sessions == r.size
    assert found.growth == pytest.approx((nav[-1] / nav[0]) ** (365.0 / days) - 1.0, rel=1e-12)
    assert found.volatility == pytest.approx(np.std(r, ddof=1) * np.sqrt(252.0), rel=1e-12)
    assert found.skew == pytest.approx(stats.skew(r), rel=1e-9)
    for horizon in (1, 5, 21):
        losses = 1.0 - nav[horizon:] / nav[:-horizon]
        tail = found.cvar(horizon)
        assert tail.value == pytest.approx(worst_mean(losses), rel=1e-9)
        assert tail.sample == pytest.approx(r.size / horizon)
        assert tail.status is Status.FOUND
    depths = 1.0 - nav / np.maximum.accumulate(nav)
    assert found.max_drawdown.size == pytest.approx(depths.max(), rel=1e-14)
    assert found.max_drawdown.end == DAYS[np.argmax(depths)].item()
    assert found.max_drawdown.start == DAYS[np.argmax(nav[: np.argmax(depths) + 1])].item()
    assert found.cdar95 == pytest.approx(worst_mean(depths), rel=1e-9)
    assert found.ulcer == pytest.approx(np.sqrt(np.mean(depths**2)), rel=1e-12)
    windows = nav[21:] / nav[:-21] - 1.0
    assert found.worst_window is not None
    assert found.worst_window.size == windows.min()
    assert found.worst_window.start == DAYS[np.argmin(windows)].item()
    assert found.worst_window.end == DAYS[np.argmin(windows) + 21].item()
    assert not found.ruined


def test_months_against_a_loop() -> None:
    nav = walk(DAYS.size)
    ends: dict[str, float] = {}
    for day, value in zip(DAYS, nav, strict=True):
        ends[str(day)[:7]] = value  # the last one of the month stays
    levels = [nav[0], *ends.values()]
    expected = [after / before - 1.0 for before, after in pairwise(levels)]
    dates, months = monthly_returns(nav, DAYS)
    np.testing.assert_allclose(months, expected, rtol=1e-13)
    assert [str(day)[:7] for day in dates] == list(ends)
    found = performance(nav, DAYS)
    gains = [month for month in expected if month > 0.0]
    assert found.worst_month.size == pytest.approx(min(expected), rel=1e-13)
    assert found.months_of_carry == pytest.approx(-min(expected) / (sum(gains) / len(gains)), rel=1e-12)
    assert found.worst_month.start.day == 1
    assert found.worst_month.end == dates[int(np.argmin(expected))].item()


def test_a_year_by_hand() -> None:
    dates = np.array(["2018-01-31", "2018-02-28", "2018-03-29", "2019-01-31"], dtype="datetime64[D]")
    found = performance(np.array([100.0, 80.0, 88.0, 110.0]), dates)
    assert found.growth == pytest.approx(0.10, rel=1e-12)  # 365 days
    assert (found.max_drawdown.start, found.max_drawdown.end) == (dt.date(2018, 1, 31), dt.date(2018, 2, 28))
    assert found.max_drawdown.size == pytest.approx(0.2)
    assert found.worst_month.size == pytest.approx(-0.20)
    assert found.months_of_carry == pytest.approx(0.20 / 0.175)  # gains of 10 % and 25 %
    assert found.worst_window is None
    assert found.cvar(21).status is Status.UNKNOWN
    assert found.cvar(1).status is Status.THIN
    assert found.cvar(1).value == pytest.approx(0.2)


def test_the_index_in_2008() -> None:
    spx = embedded_history().get("SPX")
    found = performance(spx.values, spx.dates)
    # S&P 500: peak 1565.15 on 2007-10-09, low 676.53 on 2009-03-09, October 2008 -16.94 %
    assert found.max_drawdown.size == pytest.approx(1.0 - 676.53 / 1565.15, abs=1e-5)
    assert (found.max_drawdown.start, found.max_drawdown.end) == (dt.date(2007, 10, 9), dt.date(2009, 3, 9))
    assert found.worst_month.end == dt.date(2008, 10, 31)
    assert found.worst_month.size == pytest.approx(-0.1694, abs=5e-5)


def test_a_year_is_thin_at_21_sessions() -> None:
    found = performance(walk(253), DAYS[:253])
    assert found.cvar(21).sample == 12.0
    assert [tail.status for tail in found.cvar95] == [Status.FOUND, Status.FOUND, Status.THIN]


def test_ruin_ends_a_path_and_stays_in_it() -> None:
    found = performance(np.array([100.0, 50.0, -5.0]), DAYS[:3])
    assert found.ruined
    assert found.growth == -1.0
    assert found.max_drawdown.size == pytest.approx(1.05)
    with pytest.raises(DomainError, match="ends at ruin"):
        performance(np.array([100.0, 0.0, 5.0]), DAYS[:3])


def test_a_path_at_rest() -> None:
    found = performance(np.full(40, 100.0), DAYS[:40])
    assert (found.growth, found.volatility, found.skew, found.ulcer) == (0.0, 0.0, 0.0, 0.0)
    assert found.skew_status is Status.FLAT
    assert found.carry_status is Status.INVALID


def test_errors() -> None:
    with pytest.raises(MissingDataError, match="at least two"):
        performance(np.array([1.0]), DAYS[:1])
    with pytest.raises(DomainError, match="one NAV per session"):
        performance(np.ones(3), DAYS[:2])
    with pytest.raises(LookaheadError, match="row 1"):
        performance(np.ones(2), DAYS[[1, 0]])
    with pytest.raises(DomainError, match="row 1 is nan"):
        performance(np.array([1.0, np.nan]), DAYS[:2])
    with pytest.raises(MissingDataError, match="1, 5, 21"):
        performance(np.ones(3), DAYS[:3]).cvar(63)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.05, 0.06), min_size=2, max_size=50), st.floats(0.01, 1.0), st.floats(0.0, 1e-4))
def test_delevered_book_has_the_target_mean(returns: list[float], share: float, cash: float) -> None:
    book = np.array(returns)
    if book.mean() - cash <= 1e-6:
        return
    target = share * book.mean() + (1.0 - share) * cash
    found = delever(book, target, cash)
    assert found.status is Status.FOUND
    assert found.scale == pytest.approx(share, rel=1e-6)
    assert found.returns.mean() == pytest.approx(target, abs=1e-12)
    assert np.std(found.returns) <= np.std(book) * (1.0 + 1e-6)


def test_delevered_by_hand() -> None:
    found = delever(np.array([0.02, -0.01, 0.02]), 0.0025)
    assert found.scale == pytest.approx(0.25)
    np.testing.assert_allclose(found.returns, [0.005, -0.0025, 0.005], rtol=1e-12)


@pytest.mark.parametrize(
    ("returns", "target", "cash", "reason"),
    [
        ([0.01, -0.02], 0.001, 0.0, "not above cash: no share"),
        ([0.01, 0.01], -0.001, 0.0, "cash alone"),
        ([0.01, 0.01], 0.0, 0.0, "cash alone"),
        ([0.01, 0.01], 0.02, 0.0, "leverage"),
        ([0.01, 0.01], 0.005, 0.01, "no share"),
    ],
)
def test_no_delevered_benchmark(returns: list[float], target: float, cash: float, reason: str) -> None:
    found = delever(np.array(returns), target, cash)
    assert found.status is Status.INVALID
    assert math.isnan(found.scale)
    assert np.isnan(found.returns).all()
    assert reason in found.reason


def test_delever_errors() -> None:
    with pytest.raises(MissingDataError, match="at least one"):
        delever(np.array([]), 0.01)
    with pytest.raises(DomainError, match="finite"):
        delever(np.array([0.01, np.nan]), 0.01)
