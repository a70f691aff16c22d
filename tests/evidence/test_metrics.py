import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.errors import DomainError, MissingDataError
from seawall.evidence.benchmarks import BENCHMARKS, Needs, cash_stop, overlaid
from seawall.evidence.metrics import Account, blow_ups, joint_ruin_interval, metrics
from seawall.evidence.returns import performance
from seawall.kernels import tails
from seawall.sim.vxth import vxth_weight

Array = NDArray[np.float64]
DAYS = sessions(dt.date(2016, 1, 4), dt.date(2018, 12, 31))


def walk(rows: int, seed: int = 5) -> Array:
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).standard_t(4, rows) * 0.008 + 0.0004))


def test_the_row_of_a_run_against_its_definitions() -> None:
    n = DAYS.size
    nav, unhedged = walk(n), walk(n, 6)
    rng = np.random.default_rng(1)
    hedge, traded, margin = rng.normal(size=n), rng.normal(size=n), rng.uniform(0, 30, n)
    spike = np.zeros(n, dtype=bool)
    spike[100:120], spike[130:140], spike[400:410] = True, True, True  # the first two are 10 sessions apart
    found = metrics(Account(DAYS, nav, hedge, spike, traded, margin, None, unhedged), worst=5)
    assert found.performance == performance(nav, DAYS)
    for tail in found.cvar99:
        losses = 1.0 - nav[tail.horizon :] / nav[: -tail.horizon]
        assert tail.value == pytest.approx(tails.cvar(losses, 0.99)[0])
    share = [hedge[t] / nav[t - 1] for t in range(1, n)]
    calm = [one for one, hot in zip(share, spike[1:], strict=True) if not hot]
    assert found.calm_carry == pytest.approx(252.0 * np.mean(calm))
    assert found.spike_payout == pytest.approx(sum(share) - sum(calm))
    assert found.spike_episodes == 2
    worst = tails.worst_windows(unhedged, 21, 5).starts
    assert found.coverage is not None
    assert found.coverage.estimate == pytest.approx(np.mean([hedge[s + 1 : s + 22].sum() > 0 for s in worst]))
    assert found.turnover == pytest.approx(np.abs(traded).sum() / nav.mean() / ((n - 1) / 252.0))
    assert found.margin_peak == pytest.approx((margin / nav).max())


def test_what_the_account_does_not_say_is_not_measured() -> None:
    found = metrics(Account(DAYS[:60], walk(60)))
    assert [found.calm_carry, found.spike_payout, found.spike_episodes, found.coverage] == [None] * 4
    assert (found.turnover, found.margin_peak) == (None, None)
    with pytest.raises(DomainError, match="hedge has shape"):
        Account(DAYS[:60], walk(60), hedge=np.ones(3))
    with pytest.raises(DomainError, match="margin must be finite"):
        Account(DAYS[:2], walk(2), margin=np.array([1.0, np.nan]))


def test_margin_without_equity_is_unbounded() -> None:
    account = Account(DAYS[:3], np.array([100.0, 50.0, -5.0]), margin=np.array([10.0, 10.0, 10.0]))
    found = metrics(account)
    assert found.margin_peak == math.inf
    assert found.performance.ruined
    assert found.blow_ups == 2  # half is lost, then the rest


@pytest.mark.parametrize(
    ("nav", "breached", "count"),
    [
        ([100.0, 90.0, 80.0, 80.0, 80.0], [], 1),
        ([100.0, 90.0, 81.0], [], 0),
        ([100.0, 80.0, 64.0, 64.0], [], 2),  # a second fall from where the first ended
        ([100.0 - 0.9 * k for k in range(59)], [], 2),  # rows 28 (74.8 of 93.7 at row 7) and 45 (59.5 of 74.8)
        ([100.0] * 60, [5, 6, 50], 2),  # breaches next to each other are one
        ([100.0, 70.0, 70.0], [2], 1),  # the margin call of the same fall
    ],
)
def test_blow_ups_by_hand(nav: list[float], breached: list[int], count: int) -> None:
    flags = np.zeros(len(nav), dtype=bool)
    flags[breached] = True
    assert blow_ups(np.array(nav), flags) == count


def test_joint_ruin_by_hand() -> None:
    equity = np.array([[10.0, 1.0], [10.0, 1.0], [10.0, 9.0], [1.0, 10.0]])
    sleeve = np.array([[4.0, 1.0], [4.0, 1.1], [4.0, 0.5], [4.0, 1.0]])
    found = joint_ruin_interval(equity, np.full((4, 2), 2.0), sleeve)
    # only the first is below maintenance at the moment its hedge is at a quarter; 1 of 4 has bounds 1 - .975^(1/4) ..
    assert found.estimate == 0.25
    assert found.low == pytest.approx(1.0 - 0.975**0.25)
    with pytest.raises(DomainError, match="one shape"):
        joint_ruin_interval(equity, equity[:2], sleeve)


# Benchmarks


def test_the_table_of_benchmarks() -> None:
    assert [one.id for one in BENCHMARKS] == [f"B{k}" for k in range(7)]
    assert [one.id for one in BENCHMARKS if one.needs is Needs.OVERLAY] == ["B2", "B3", "B4", "B5"]


def test_no_overlay_is_free() -> None:
    """Spending b a month on options that expire worthless leaves (1 - b)^n (METHOD 8.3), here twelve times."""
    for spent, expected in ((0.005, -0.05838), (0.01, -0.11362), (0.033, -0.33147)):
        found = overlaid(np.zeros(12), np.full(12, -1.0), spent)
        assert np.prod(1.0 + found) - 1.0 == pytest.approx(expected, abs=5e-6)
    np.testing.assert_allclose(overlaid(np.array([0.1]), np.array([0.5]), 0.02, funded=False), [0.11])
    np.testing.assert_allclose(overlaid(np.array([0.1]), np.array([0.5]), 0.02), [0.098 + 0.01])


def test_weights_of_vxth_make_b2() -> None:
    weights = np.array([vxth_weight(future) for future in (15.0, 15.05, 30.0, 30.05, 50.0, 50.05)])
    found = overlaid(np.zeros(6), np.full(6, -1.0), weights)
    np.testing.assert_allclose(-100.0 * found, [0.0, 1.0, 1.0, 0.5, 0.5, 0.0])  # METHOD 8.4


def test_stop_by_hand() -> None:
    book = np.array([0.10, -0.06, -0.06, -0.50, 0.40, -0.20, 0.10])
    stopped = cash_stop(book, 0.10, 0.001)
    # 1.1, then .94^2 of it: the stop is seen at the close and the third loss is suffered in full
    np.testing.assert_allclose(stopped.returns, [0.10, -0.06, -0.06, 0.001, 0.001, 0.001, 0.001])
    assert stopped.in_cash.tolist() == [False] * 3 + [True] * 4
    again = cash_stop(book, 0.10, 0.0, wait=2)
    assert again.in_cash.tolist() == [False, False, False, True, True, False, True]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=60), st.floats(0.02, 0.5), st.integers(1, 9))
def test_stop_never_looks_ahead(values: list[float], stop: float, wait: int) -> None:
    book = np.array(values)
    whole = cash_stop(book, stop, 0.0, wait)
    part = cash_stop(book[: book.size // 2 + 1], stop, 0.0, wait)
    np.testing.assert_array_equal(whole.in_cash[: part.in_cash.size], part.in_cash)
    held = ~whole.in_cash
    np.testing.assert_array_equal(whole.returns[held], book[held])
    assert (whole.returns[whole.in_cash] == 0.0).all()


def test_benchmark_errors() -> None:
    with pytest.raises(DomainError, match="same sessions"):
        overlaid(np.zeros(3), np.zeros(4), 0.1)
    with pytest.raises(DomainError, match="not negative"):
        overlaid(np.zeros(3), np.zeros(3), -0.1)
    with pytest.raises(DomainError, match="is a fall of 10 %"):
        cash_stop(np.zeros(3), 10.0)
    with pytest.raises(DomainError, match="None to stay"):
        cash_stop(np.zeros(3), 0.1, wait=0)
    with pytest.raises(MissingDataError, match="one return per session"):
        cash_stop(np.array([]), 0.1)
