import datetime as dt
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels.modelled import INDEX_YEARS, REVERSION
from seawall.market.history import History, Series
from seawall.signals.base import SignalHistory, evaluate
from seawall.signals.trend import MACD_VVIX, RSI_SLOPE, votes
from seawall.signals.vol import RV5, RV5_OVER_VIX, SLOPE, VIX_BAND, VIX_SPIKE, VixBand, modelled_vix3m

Array = NDArray[np.float64]
DAYS = sessions(dt.date(2017, 1, 3), dt.date(2017, 12, 29))
RNG = np.random.default_rng(11)
VIX = 15.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.05, 120)) * 0.5)
VIX3M = VIX * np.exp(RNG.normal(0.06, 0.03, 120))
VVIX = 90.0 * np.exp(RNG.normal(0.0, 0.08, 120))
SPX = 2300.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.01, 120)))


def series(name: str, values: Array, days: NDArray[np.datetime64] | None = None) -> Series:
    dates = DAYS[: values.size] if days is None else days
    return Series(name, dates, values, known_after_close(dates), "points", "test")


def brute_rsi(x: Array) -> float:
    """Wilder's definition, written out."""
    moves = np.diff(x)
    gain, loss = np.maximum(moves, 0.0), np.maximum(-moves, 0.0)
    up, down = float(np.mean(gain[:14])), float(np.mean(loss[:14]))
    for one, other in zip(gain[14:], loss[14:], strict=True):
        up, down = (13.0 * up + one) / 14.0, (13.0 * down + other) / 14.0
    return 100.0 - 100.0 / (1.0 + up / down)


def brute_ema(x: Array, window: int) -> Array:
    """Closed form: the seed keeps (1 - a)^t, an observation s rows ago weighs a (1 - a)^s."""
    a = 2.0 / (window + 1)
    out = []
    for t in range(x.size):
        weights = np.array([(1 - a) ** t] + [a * (1 - a) ** (t - s) for s in range(1, t + 1)])
        out.append(float(weights @ x[: t + 1]))
    return np.array(out)


def last(history: SignalHistory) -> float:
    return float(history.values[-1])


def test_rsi_is_taken_on_the_slope_and_falls_back_to_vix() -> None:
    both = evaluate(RSI_SLOPE, History.of(series("VIX", VIX), series("VIX3M", VIX3M)))
    assert last(both) == pytest.approx(brute_rsi(VIX / VIX3M), rel=1e-12)
    assert both.reading(-1).note == ""
    alone = evaluate(RSI_SLOPE, History.of(series("VIX", VIX)))
    assert last(alone) == pytest.approx(brute_rsi(VIX), rel=1e-12)
    reading = alone.reading(-1)
    assert reading.origin is Origin.OBSERVED
    assert reading.note.startswith("RSI(14) of VIX")


def test_rsi_changes_over_once_the_slope_has_its_lookback() -> None:
    late = series("VIX3M", VIX3M[50:], DAYS[50:120])
    history = evaluate(RSI_SLOPE, History.of(series("VIX", VIX), late))
    assert history.substituted[14:64].all()
    assert not history.substituted[64:].any()
    assert history.values[64] == pytest.approx(brute_rsi(VIX[50:65] / VIX3M[50:65]), rel=1e-12)
    assert history.values[63] == pytest.approx(brute_rsi(VIX[:64]), rel=1e-12)


def test_macd_is_taken_on_the_log_of_vvix_and_falls_back_to_vix() -> None:
    for names, x in ((("VIX", "VVIX"), np.log(VVIX)), (("VIX",), np.log(VIX))):
        history = evaluate(MACD_VVIX, History.of(*[series(n, {"VIX": VIX, "VVIX": VVIX}[n]) for n in names]))
        line = brute_ema(x, 12) - brute_ema(x, 26)
        assert last(history) == pytest.approx(line[-1] - brute_ema(line, 9)[-1], rel=1e-9)
        assert bool(history.reading(-1).note) == (names == ("VIX",))


def test_votes() -> None:
    np.testing.assert_array_equal(votes(np.array([0.2, -0.1, 0.0, np.nan])), [1.0, -1.0, 0.0, 0.0])


def test_slope_observed_and_modelled() -> None:
    holed = np.delete(np.arange(120), 40)
    history = evaluate(SLOPE, History.of(series("VIX", VIX), series("VIX3M", VIX3M[holed], DAYS[holed])))
    np.testing.assert_allclose(np.delete(history.values, 40), (VIX / VIX3M)[holed], rtol=1e-15)
    assert history.substituted.sum() == 1
    reading = history.reading(40)
    assert reading.origin is Origin.MODELLED
    assert "modelled from VIX" in reading.note
    assert history.reading(39).origin is Origin.OBSERVED


def test_modelled_three_month_index_against_its_integral() -> None:
    # expected variance reverts exponentially; the index squared is its mean over the tenor, exact at 30 days
    level, anchor, years = 37.32, 15.0, 93.0 / 365.0

    def mean_decay(t: float) -> float:
        return (1.0 - math.exp(-REVERSION * t)) / (REVERSION * t)

    spread = (level**2 - anchor**2) * mean_decay(years) / mean_decay(INDEX_YEARS)
    # the anchor is half the mean so far and half the long-run mean 20.2: choose a first close that makes it 15
    first = 2.0 * 15.0 - 20.2
    assert modelled_vix3m(np.array([first]))[0] > first  # below its anchor the curve rises
    prefix = np.full(251, (252 * first - level) / 251)
    assert modelled_vix3m(np.append(prefix, level))[-1] == pytest.approx(math.sqrt(anchor**2 + spread), rel=1e-9)
    with pytest.raises(DomainError, match="row 1"):
        modelled_vix3m(np.array([15.0, -1.0]))


def test_realised_over_implied() -> None:
    history = History.of(series("SPX", SPX), series("VIX", VIX))
    squares = [math.log(SPX[t] / SPX[t - 1]) ** 2 for t in range(115, 120)]
    realised = math.sqrt(252.0 / 5.0 * math.fsum(squares))
    assert last(evaluate(RV5, history)) == pytest.approx(realised, rel=1e-12)
    assert last(evaluate(RV5_OVER_VIX, history)) == pytest.approx(realised - VIX[-1] / 100.0, rel=1e-10)
    resting = evaluate(RV5, History.of(series("SPX", np.full(20, 2300.0))))
    assert resting.reading(-1).status is Status.FLAT
    assert resting.reading(-1).value == 0.0


def test_a_session_without_vix_is_unknown() -> None:
    holed = np.delete(np.arange(120), 60)
    history = evaluate(RV5_OVER_VIX, History.of(series("SPX", SPX), series("VIX", VIX[holed], DAYS[holed])))
    assert np.isnan(history.values[60])
    assert np.isfinite(history.values[61])


@pytest.mark.parametrize(
    ("vix", "band"),
    [
        (9.14, VixBand.LOW),
        (14.99, VixBand.LOW),
        (15.0, VixBand.NORMAL),
        (20.0, VixBand.NORMAL),
        (20.01, VixBand.HIGH),
        (30.0, VixBand.HIGH),
        (30.01, VixBand.STRESS),
        (82.69, VixBand.STRESS),
    ],
)
def test_bands(vix: float, band: VixBand) -> None:
    assert last(evaluate(VIX_BAND, History.of(series("VIX", np.array([vix]))))) == band


def test_spike_is_a_level_or_a_jump() -> None:
    closes = np.array([31.0, 29.0, 17.0, 22.0, 26.9, 30.5])
    history = evaluate(VIX_SPIKE, History.of(series("VIX", closes)))
    np.testing.assert_array_equal(history.values, [1.0, 0.0, 0.0, 1.0, 0.0, 1.0])
    quiet = evaluate(VIX_SPIKE, History.of(series("VIX", np.array([17.0, 18.0]))))
    assert np.isnan(quiet.values[0])  # the jump into the first session is not known
