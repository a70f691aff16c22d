"""The modelled SPX smile: its strip is the index, its prices hold no arbitrage, and real quotes are near."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from tests.published import DATA, existing

from seawall.core.errors import CalendarArbitrageError, DomainError
from seawall.data.chains import load_chains
from seawall.kernels.index_smile import (
    CRASH_WEIGHT,
    HELD_DAYS,
    PILLARS,
    TYPICAL_SKEW,
    WING_WEIGHT,
    density_at,
    density_value,
    density_vol,
    family_values,
    strike_at_delta,
    total_variance,
)
from seawall.kernels.spread import SPX_SPREAD, VIX_SPREAD, half_spread
from seawall.kernels.strip import select_strip, strip_exact
from seawall.market.index import strip_quotes
from seawall.market.index_smile import IndexSmile, index_smile
from seawall.market.parity import parity, quoted
from seawall.market.slice_fit import quotes_of, vols_of

WEIGHTS = np.array([1.0 - WING_WEIGHT - CRASH_WEIGHT, WING_WEIGHT, CRASH_WEIGHT])
# Closes of VIX9D, VIX, VIX3M (Cboe) and VIX6M: a calm day, two crashes, a slow fall.
DAYS = {
    "2017-11-03": (7.5, 9.14, 12.2, 14.6, 136.0),
    "2018-02-05": (46.4, 37.32, 29.1, 25.5, 118.0),
    "2020-03-16": (99.0, 82.69, 72.2, 62.0, 112.0),
    "2022-06-10": (28.78, 27.75, 29.72, 30.2, 121.6),
}


def levels_of(day: str) -> np.ndarray:
    return np.array(DAYS[day][:4])


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("pillar", range(4))
def test_strip_of_the_smile_is_the_index(day: str, pillar: int) -> None:
    """2 int otm(K) / K^2 dK, priced by Black at the smile's own volatilities, against the index that went in."""
    smile = IndexSmile(DAYS[day][:4], DAYS[day][4], "made")
    years = PILLARS[pillar]
    wide = DAYS[day][pillar] / 100.0 * np.sqrt(years)
    k = np.linspace(-14.0 * wide, 9.0 * wide, 6001)
    vol = smile.vol(np.exp(k), np.ones(1), years)
    stdev = vol * np.sqrt(years)
    d1 = -k / stdev + 0.5 * stdev
    side = np.where(k >= 0.0, 1.0, -1.0)
    otm = side * (norm.cdf(side * d1) - np.exp(k) * norm.cdf(side * (d1 - stdev)))
    # The integral stops at -14 deviations, where the crash lognormal still has some weight.
    strip = 100.0 * np.sqrt(2.0 * np.trapezoid(otm * np.exp(-k), k) / years)
    assert strip == pytest.approx(DAYS[day][pillar], abs=0.02)


@given(st.floats(6.0, 90.0), st.floats(0.7, 1.3), st.floats(100.0, 165.0), st.floats(2.0 / 365.0, 1.0))
def test_density_keeps_the_forward_and_the_log_contract(vix: float, slope: float, skew: float, years: float) -> None:
    """sum w f = 1 and -2 E ln S = V, the mean of each lognormal's logarithm being ln f - s^2/2."""
    levels = vix * np.array([slope, 1.0, slope**-0.5, slope**-0.6])
    of = density_at(levels, skew, years)
    forward, stdev = np.array(of[:3]), np.array(of[3:])
    assert WEIGHTS @ forward == pytest.approx(1.0, abs=1e-10)
    expected = total_variance(levels, years)
    assert -2.0 * WEIGHTS @ (np.log(forward) - 0.5 * stdev**2) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_price_is_the_payoff_under_the_density(side: float) -> None:
    """Quadrature of the payoff against the three normals of ln S."""
    of = density_at(levels_of("2018-02-05"), 118.0, 30.0 / 365.0)
    mean = np.log(np.array(of[:3])) - 0.5 * np.array(of[3:]) ** 2
    for strike in (0.7, 0.9, 1.0, 1.08):

        def paid(x: float, strike: float = strike) -> float:
            gain = max(side * (np.exp(x) - strike), 0.0)
            return float(gain * (WEIGHTS @ norm.pdf(x, mean, np.array(of[3:]))))

        ends = (np.log(strike), 3.0) if side > 0.0 else (-6.0, np.log(strike))
        expected = sum(
            quad(paid, a, b, epsabs=1e-13, limit=400)[0]
            for a, b in zip(np.linspace(*ends, 9)[:-1], np.linspace(*ends, 9)[1:], strict=True)
        )
        assert density_value(strike, 1.0, 1.0, side, of) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("days", [2.0, 9.0, 30.0, 184.0, 365.0])
def test_no_butterfly_is_negative(day: str, days: float) -> None:
    of = density_at(levels_of(day), DAYS[day][4], days / 365.0)
    strikes = np.linspace(0.3, 1.8, 1501)
    calls = np.array([density_value(k, 1.0, 1.0, 1.0, of) for k in strikes])
    assert np.diff(calls, 2).min() > -1e-14
    assert np.diff(calls).max() <= 1e-15


@pytest.mark.parametrize("day", [day for day in DAYS if day != "2018-02-05"])
def test_time_adds_value_at_every_moneyness(day: str) -> None:
    """2018-02-05 is the one session of 1990-2022 that fails, by 0.2 basis points: docs/modelled.md."""
    tenors = np.array([1.0, 3.0, 5.0, 9.0, 14.0, 21.0, 30.0, 60.0, 93.0, 130.0, 184.0, 365.0]) / 365.0
    for strike in np.exp(np.linspace(-0.9, 0.4, 40)):
        side = 1.0 if strike > 1.0 else -1.0
        worth = [density_value(strike, 1.0, 1.0, side, density_at(levels_of(day), DAYS[day][4], t)) for t in tenors]
        assert np.diff(worth).min() > -1e-13


def test_beyond_the_held_tenor_the_calendar_holds_by_construction() -> None:
    """One X for every tenor above HELD_DAYS: prices rise with variance, whatever the levels."""
    levels = np.array([20.0, 20.0, 20.0, 14.5])
    assert np.sqrt(PILLARS[2] / PILLARS[3]) * 20.0 < 14.5, "variance still rises, but hardly"
    near, far = (density_at(levels, 150.0, days / 365.0) for days in (HELD_DAYS[1], 184.0))
    for strike in np.exp(np.linspace(-1.5, 0.5, 60)):
        side = 1.0 if strike > 1.0 else -1.0
        assert density_value(strike, 1.0, 1.0, side, far) >= density_value(strike, 1.0, 1.0, side, near)


@pytest.mark.parametrize("target", [-0.45, -0.2, -0.05, 0.05, 0.2, 0.45])
def test_strike_at_delta_has_that_delta(target: float) -> None:
    """N(d1) from the definition, at the volatility that prices the option."""
    years, discount, forward = 28.0 / 365.0, 0.996, 2000.0
    of = density_at(levels_of("2017-11-03"), 136.0, years)
    strike = strike_at_delta(target, forward, discount, of)
    stdev = density_vol(strike, forward, years, of) * np.sqrt(years)
    d1 = np.log(forward / strike) / stdev + 0.5 * stdev
    assert discount * (norm.cdf(d1) - (target < 0.0)) == pytest.approx(target, abs=1e-9)


def test_rows_are_priced_each_on_its_own_day() -> None:
    levels = np.array([DAYS[day][:4] for day in DAYS])
    skew, years = np.array([DAYS[day][4] for day in DAYS]), np.array([5.0, 20.0, 40.0, 300.0]) / 365.0
    strike, one = np.array([0.97, 0.8, 1.1, 1.0]), np.ones(4)
    found = family_values(levels, skew, years, strike, one, 0.99 * one, -one)
    alone = [density_value(strike[i], 1.0, 0.99, -1.0, density_at(levels[i], skew[i], years[i])) for i in range(4)]
    assert found.tolist() == alone


def test_missing_tenors_keep_the_ratio_of_the_nearest_known_one() -> None:
    """VIX at its anchor models every tenor at the anchor; an observed VIX3M a tenth above lifts VIX6M by a tenth."""
    alone = index_smile(20.0, 20.0, {})
    assert alone.levels == pytest.approx((20.0, 20.0, 20.0, 20.0))
    assert alone.skew == TYPICAL_SKEW
    tied = index_smile(20.0, 20.0, {"VIX3M": 22.0})
    assert tied.levels == pytest.approx((20.0, 20.0, 22.0, 22.0))
    assert "VIX3M" in tied.source
    assert "VIX6M" not in tied.source
    full = index_smile(20.0, 20.0, {"VIX9D": 17.0, "VIX3M": 22.0, "VIX6M": 23.5, "SKEW": 140.0})
    assert full.levels == (17.0, 20.0, 22.0, 23.5)
    assert [full.index(years) for years in PILLARS] == pytest.approx(full.levels)


def test_impossible_levels_are_refused() -> None:
    with pytest.raises(CalendarArbitrageError, match="VIX 40 and VIX3M 20"):
        IndexSmile((40.0, 40.0, 20.0, 20.0), 120.0, "made")
    with pytest.raises(DomainError, match="positive"):
        IndexSmile((40.0, float("nan"), 20.0, 20.0), 120.0, "made")


@pytest.mark.parametrize("name", ["cboe_spx_quotedata_2022-07-12.csv", "cboe_spx_quotedata_2023-02-07.csv"])
def test_real_quotes_are_within_a_point(name: str) -> None:
    """Fed the day's own four strips, mean absolute error between 3 and 97 delta at 5 to 130 days: docs say 0.5-0.7."""
    chain = load_chains(existing(DATA / "options" / name))[0]
    fitted = [one for one in parity(chain) if 5.0 < one.years * 365.0 < 200.0 and np.isfinite(one.forward)]
    strips = [select_strip(strip_quotes(chain.rows(f.expiry, f.root), f)[0], f.rate, f.years) for f in fitted]
    exact = [strip_exact(s, f.rate, f.years) for s, f in zip(strips, fitted, strict=True)]
    total = [(e.variance + e.tail_below + e.tail_above) * f.years for e, f in zip(exact, fitted, strict=True)]
    years = [f.years for f in fitted]
    levels = [100.0 * float(np.sqrt(np.interp(t, years, total) / t)) for t in PILLARS]
    smile = IndexSmile((levels[0], levels[1], levels[2], levels[3]), 121.0, "strips of the chain")
    gaps = []
    for one in fitted:
        if one.years * 365.0 > 130.0:
            continue
        rows = chain.rows(one.expiry, one.root)
        rows = rows.take(quoted(rows))
        quotes = quotes_of(rows.strike, rows.right, rows.bid, rows.ask, one.forward, one.discount)
        vols = vols_of(quotes, one.years)
        model = smile.vol(np.exp(quotes.k), np.ones(1), one.years)
        gaps.append((100.0 * (model - np.sqrt(vols.w / one.years)))[vols.core])
    every = np.concatenate(gaps)
    assert every.size > 500
    assert np.mean(np.abs(every)) < 1.0


def test_half_spread_is_its_base_at_the_centre_and_never_below_half_a_tick() -> None:
    centre = half_spread(SPX_SPREAD, 4000.0, 0.20, 30.0 / 365.0, 0.20, 20.0)
    assert centre == pytest.approx(4000.0 * SPX_SPREAD.base)
    assert half_spread(VIX_SPREAD, 20.0, 0.20, 30.0 / 365.0, 1.0, 1.0) == pytest.approx(20.0 * VIX_SPREAD.base)
    assert half_spread(SPX_SPREAD, 400.0, 0.02, 2.0 / 365.0, 0.05, 0.10) == 0.025
    assert half_spread(SPX_SPREAD, 400.0, 0.05, 2.0 / 365.0, 0.05, 3.00) == 0.05
    folded = [half_spread(SPX_SPREAD, 4000.0, d, 0.1, 0.2, 50.0) for d in (0.75, 0.25)]
    assert folded[0] == folded[1]


def test_family_of_a_session_is_used_only_where_it_is_known() -> None:
    from seawall.core.clock import known_after_close
    from seawall.data.days import market_of
    from seawall.data.embedded import embedded_history
    from seawall.market.history import Series
    from seawall.market.smile import VixSmile

    history = embedded_history()
    day = dt.date(2018, 2, 5)
    assert isinstance(market_of(history, day).asset("SPX").smile, VixSmile)
    dates = np.array(["2018-02-05"], dtype="datetime64[D]")
    seen = Series("VIX3M", dates, np.array([29.1]), known_after_close(dates), "points", "Cboe")
    smile = market_of(history.with_series(seen), day).asset("SPX").smile
    assert isinstance(smile, IndexSmile)
    assert smile.levels[1:3] == (37.32, 29.1)
    later = market_of(history.with_series(seen), dt.date(2018, 2, 6)).asset("SPX").smile
    assert isinstance(later, VixSmile)
