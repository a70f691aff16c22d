"""What a lane measures, against scipy and plain numpy on the path itself."""

import datetime as dt

import numpy as np
import pytest
import scipy.stats

from seawall.core.errors import MissingDataError, UnknownParameterError
from seawall.data.embedded import embedded_history
from seawall.data.plans import default_plan
from seawall.evidence.trials import Metrics, measured, ranked, run_lane_job
from seawall.market.history import History, Series
from seawall.sim.engine import run

DAYS = np.arange("2018-01-01", "2018-04-11", dtype="datetime64[D]")
RETURNS = np.random.default_rng(5).normal(0.001, 0.01, DAYS.size - 1)
NAV = 100.0 * np.concatenate([[1.0], np.cumprod(1.0 + RETURNS)])
NOTHING = History.of()


def cash(rate: float) -> History:
    known = DAYS.astype("datetime64[s]")
    return History.of(Series("POLICY_RATE", DAYS, np.full(DAYS.size, rate), known, "per_year", "made"))


def test_moments_are_those_of_scipy_on_returns_above_cash() -> None:
    found = measured(NAV, DAYS, cash(0.0365), 0.25).metrics
    above = RETURNS - 0.0001
    assert found.sharpe == pytest.approx(above.mean() / above.std(ddof=1), rel=1e-9)
    assert found.skew == pytest.approx(scipy.stats.skew(above), rel=1e-9)
    assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(above, fisher=False), rel=1e-9)
    assert found.volatility == pytest.approx(RETURNS.std(ddof=1) * np.sqrt(252), rel=1e-9)
    assert found.growth == pytest.approx((NAV[-1] / NAV[0]) ** (365 / 99) - 1, rel=1e-9)
    assert found.max_drawdown == pytest.approx(np.max(1 - NAV / np.maximum.accumulate(NAV)), rel=1e-9)
    assert found.cvar95_1 == pytest.approx(np.sort(-RETURNS)[-4:].sum() / 4.95 + 0.95 * np.sort(-RETURNS)[-5] / 4.95)
    assert (found.sessions, found.modelled_share, found.ruined) == (99, 0.25, False)


def test_without_a_rate_there_is_no_sharpe_ratio_and_a_still_path_has_no_moments() -> None:
    assert measured(NAV, DAYS, NOTHING, None).metrics.sharpe is None
    still = measured(np.full(DAYS.size, 100.0), DAYS, cash(0.0), None).metrics
    assert (still.sharpe, still.skew, still.kurtosis, still.modelled_share) == (None, None, None, None)
    assert still.growth == 0.0
    with pytest.raises(MissingDataError):
        measured(NAV[:1], DAYS[:1], NOTHING, None)


def test_a_ruined_path_stays_with_its_ruin() -> None:
    nav = NAV.copy()
    nav[60:] = -5.0
    record = measured(nav, DAYS, cash(0.0), None)
    assert record.metrics.ruined
    assert record.metrics.growth == -1.0
    assert record.metrics.sessions == 60
    assert record.returns.size == 99
    assert record.returns[59] == nav[60] / nav[59] - 1.0 < -1.0
    assert not record.returns[60:].any()


def test_a_lane_keeps_the_path_of_the_engine() -> None:
    plan, history = default_plan(), embedded_history()
    record, result = run_lane_job(plan, history), run(plan, history)
    assert np.allclose(result.nav[0] * np.cumprod(1.0 + record.returns), result.nav[1:], rtol=1e-12)
    assert (record.first, record.last) == (dt.date(2014, 1, 3), dt.date(2018, 12, 31))


def test_orders_are_metrics_and_a_slip_is_answered() -> None:
    assert {ranked(name) for name in ("sharpe", "max_drawdown")} <= set(Metrics._fields)
    with pytest.raises(UnknownParameterError, match="did you mean sharpe"):
        ranked("sharp")
