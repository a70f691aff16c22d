"""Formulas of the signals by their definitions, written out; METHOD vectors; TA-Lib where it knows the indicator."""

import datetime as dt
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seawall.core.clock import sessions, vix_expiry
from seawall.core.errors import DomainError
from seawall.data.publication import Known, known_at
from seawall.market.history import History, Series
from seawall.signals.base import SignalHistory, evaluate
from seawall.signals.carry import annual, power_premium
from seawall.signals.composite import big_top, unwind_outcome
from seawall.signals.macro import surprise_z
from seawall.signals.parity import net_gap, persistence
from seawall.signals.registry import signal
from seawall.signals.vol_curve import expiries_after

Array = NDArray[np.float64]
DAYS = sessions(dt.date(2014, 1, 2), dt.date(2016, 12, 30))
RNG = np.random.default_rng(21)
CLOSE = Known("close")
SPX = 1800.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.01, DAYS.size)))
VIX = 16.0 * np.exp(RNG.normal(0.0, 0.15, DAYS.size))


def series(name: str, values: Array, days: NDArray[np.datetime64] = DAYS, known: Known = CLOSE) -> Series:
    return Series(name, days, values, known_at(known, days), "made", "test")


def run(identity: str, *parts: Series) -> SignalHistory:
    return evaluate(signal(identity), History.of(*parts))


def z_of(x: Array, t: int, window: int) -> float:
    part = x[t + 1 - window : t + 1]
    return float((part[-1] - part.mean()) / part.std(ddof=1))


def test_vectors() -> None:
    assert surprise_z(0.5 - 0.3, 0.13) == pytest.approx(1.54, abs=0.005)  # METHOD M11
    assert annual(np.array([1e-4]))[0] == pytest.approx(0.1095)  # M40: 10.95 % a year
    assert big_top(np.array([1.0, 1.0, 0.0, np.nan, 1.0, 0.0, 1.0, 1.0])[:, None])[0] == 0.625  # M37: five of eight
    assert dict(signal("M37").parameters)["on"] <= 0.625
    with pytest.raises(DomainError, match="spread by 0"):
        surprise_z(0.1, 0.0)


def test_surprise_in_spreads_of_the_sixty_before() -> None:
    months = np.arange("2005-01", "2012-01", dtype="datetime64[M]").astype("datetime64[D]")
    actual, consensus = np.round(RNG.normal(0.2, 0.2, months.size), 1), np.full(months.size, 0.2)
    release = Known("month_after", 14)
    found = run(
        "M11",
        series("CPI_MOM", actual, months, release),
        series("CPI_CONSENSUS_MOM", consensus, months, Known("month_after", 13)),
    )
    surprise = actual - consensus
    assert np.isnan(found.values[:60]).all()
    for t in (60, 83):
        assert found.values[t] == pytest.approx(surprise[t] / surprise[t - 60 : t].std(ddof=1))
    assert found.known_at[0] == np.datetime64("2005-02-14T13:30")  # 08:30 New York of the release, not of its month
    reading = found.reading(int(np.nanargmax(found.values)))
    assert reading.side == "hotter than expected"


def test_curve_signals() -> None:
    vx1, vx2 = VIX * 1.05, VIX * 1.10
    parts = (series("VIX", VIX), series("VX1", vx1), series("VX2", vx2))
    expiries = expiries_after(DAYS, 2)
    for t in range(0, DAYS.size, 61):
        day = DAYS[t].item()
        ahead = [vix_expiry(day.year + (day.month - 1 + m) // 12, (day.month - 1 + m) % 12 + 1) for m in range(4)]
        first, second = [e for e in ahead if e > day][:2]
        assert expiries[t].tolist() == [first, second]
        near, far = (first - day).days, (second - day).days
        weight = min((far - 30) / (far - near), 1.0)
        assert run("VX.CM30", *parts).values[t] == pytest.approx(weight * vx1[t] + (1 - weight) * vx2[t])
        business = np.busday_count(day, first)
        assert run("VX.ROLL", *parts).values[t] == pytest.approx((vx1[t] - VIX[t]) / business)
    assert run("VX.BASIS", *parts).values[-1] == pytest.approx(1.10 / 1.05 - 1.0)
    assert run("M27.CARRY", *parts).values[-1] == pytest.approx(12.0 * 0.05 / 1.05)


def test_premium_is_what_is_paid_over_what_came() -> None:
    found = run("VRP.TRAILING", series("SPX", SPX), series("VIX", VIX))
    moves = np.diff(np.log(SPX[-22:]))
    assert found.values[-1] == pytest.approx((VIX[-1] / 100) ** 2 - 252 / 21 * np.sum(moves**2))


def test_dealer_gamma_falls_sharply_by_its_definition() -> None:
    gex = RNG.normal(2e9, 2e9, DAYS.size)
    found = run("M17", series("GEX", gex, known=Known("next_session", clock=dt.time(9))))
    change = np.r_[np.full(5, np.nan), gex[5:] - gex[:-5]]
    fired = 0
    for t in range(256, DAYS.size):
        low = (gex[t - 251 : t + 1] <= gex[t]).mean() < 0.10
        expected = low and z_of(change, t, 252) < -1.0
        assert found.values[t] == expected
        fired += expected
    assert fired > 5


def test_trigger_of_dealer_gamma_is_that_of_the_session_before() -> None:
    gex = RNG.normal(2e9, 2e9, DAYS.size)
    own = series("GEX", gex, known=Known("next_session", clock=dt.time(9)))
    trigger, signal_ = run("T2", series("SPX", SPX), own), run("M17", own)
    np.testing.assert_array_equal(trigger.values[1:], signal_.values[:-1])


def test_funding_trigger_counts_both_sides_and_keeps_the_sign() -> None:
    days = np.arange("2014-01-01", "2016-12-31", dtype="datetime64[D]")
    rate = RNG.normal(1e-4, 1e-4, days.size)
    funding = series("BTC_FUNDING", rate, days, Known("stamp", minutes=16 * 60))
    found = run("T3", series("SPX", SPX), funding)
    seen = set()
    for t in range(300, DAYS.size):
        day = int((DAYS[t] - days[0]).astype(int))  # the day's last payment, 16:00 UTC, is known before the close
        z = z_of(rate, day, 365) if day >= 364 else math.nan
        expected = math.nan if math.isnan(z) else float(np.sign(z) * (abs(z) > 2.0))
        assert found.values[t] == expected or (math.isnan(expected) and math.isnan(found.values[t]))
        seen.add(expected)
    assert {-1.0, 0.0, 1.0} <= seen
    row = int(np.flatnonzero(found.values == -1.0)[0])
    assert found.reading(row).side == "shorts pay longs: crowded short"


def test_a_utc_day_that_ends_after_the_new_york_close_counts_from_the_next_session() -> None:
    days = np.arange("2014-01-01", "2016-12-31", dtype="datetime64[D]")
    rate = RNG.normal(1e-4, 1e-4, days.size)
    by_noon = run("T3", series("SPX", SPX), series("BTC_FUNDING", rate, days, Known("stamp", minutes=12 * 60)))
    at_midnight = run("T3", series("SPX", SPX), series("BTC_FUNDING", rate, days, Known("day_end", minutes=5)))
    z = run("M40.Z.BTC", series("BTC_FUNDING", rate, days)).values
    place = (DAYS - days[0]).astype(int)
    for found, lag in ((by_noon, 0), (at_midnight, 1)):
        seen = z[place - lag]
        expected = np.where(np.isnan(seen), np.nan, np.sign(seen) * (np.abs(seen) > 2.0))
        np.testing.assert_array_equal(found.values[2:], expected[2:])


def test_cluster_needs_the_move_and_the_crowd() -> None:
    days = np.arange("2014-01-01", "2016-12-31", dtype="datetime64[D]")
    price, rate = 300.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.05, days.size))), RNG.normal(1e-4, 1e-4, days.size)
    found = run("E27.BTC", series("BTC", price, days), series("BTC_FUNDING", rate, days)).values
    for t in range(364, days.size):
        window, move = rate[t - 364 : t + 1], price[t] / price[t - 1] - 1.0
        low, high = (window <= rate[t]).mean() < 0.05, (window >= rate[t]).mean() < 0.05
        assert found[t] == float(move > 0.05 and high) - float(move < -0.05 and low)
    assert {-1.0, 1.0} <= set(found[364:])


def test_power_perp_premium() -> None:
    price = np.exp(np.cumsum(RNG.normal(0.0, 0.03, 60)))
    moves = np.diff(np.log(price))[-30:]
    found = power_premium(np.full(60, 0.49), price)[-1]
    assert found == pytest.approx(0.7 - math.sqrt(365 / 30 * np.sum(moves**2)))
    assert np.isnan(power_premium(np.full(60, -0.1), price)[-1])  # negative funding pays no volatility


def test_breadth_divergence_and_line() -> None:
    up, down = np.round(RNG.uniform(500, 2500, (2, DAYS.size)))
    parts = (series("SPX", SPX), series("ADVANCERS", up), series("DECLINERS", down))
    line = np.cumsum(up - down)
    np.testing.assert_allclose(run("M09.LINE", *parts[1:]).values, line)
    found = run("M09", *parts).values
    kinds = set()
    for t in range(59, DAYS.size):
        price, breadth = SPX[t - 59 : t + 1], line[t - 59 : t + 1]
        stale = price.argmax() == 59 and 59 - breadth.argmax() > 10
        slopes = np.polyfit(np.arange(60), price, 1)[0] * np.polyfit(np.arange(60), breadth, 1)[0]
        assert found[t] == float(stale or slopes < 0.0)
        kinds.add((stale, slopes < 0.0))
    assert len(kinds) == 4


def test_share_above_an_average_is_summed_like_advancers_less_decliners() -> None:
    share = RNG.uniform(10.0, 90.0, DAYS.size)
    alone = run("M09.SHARE", series("SPX", SPX), series("SP_BREADTH", share)).values
    lines = run("M09", series("SPX", SPX), series("ADVANCERS", share), series("DECLINERS", 100.0 - share)).values
    np.testing.assert_array_equal(alone, lines)


def test_half_life_of_a_shock_that_was_built_in() -> None:
    days = sessions(dt.date(1992, 1, 2), dt.date(2016, 12, 30))
    vix = np.full(days.size, 20.0)
    for t in range(1, days.size):
        vix[t] = 20.0 + 0.9 * (vix[t - 1] - 20.0) + RNG.normal(0.0, 0.5)
    found = run("E21", series("VIX", vix, days)).values
    # least squares over a year leans a few hundredths low in phi, so the median is a little under ln .5/ln .9 = 6.6
    assert 4.5 < np.nanmedian(found) < 6.6
    exact = 20.0 + 5.0 * 0.9 ** np.arange(260)
    assert run("E21", series("VIX", exact, days[:260])).values[-1] == pytest.approx(math.log(0.5) / math.log(0.9))


def test_mcclellan_against_talib() -> None:
    import talib

    up, down = RNG.uniform(500, 2500, (2, DAYS.size))
    found = run("M09.MCCLELLAN", series("ADVANCERS", up), series("DECLINERS", down)).values
    expected = talib.EMA(up - down, 19) - talib.EMA(up - down, 39)
    # seeded differently: by the first value here, by the first mean there; forgotten after some 350 rows
    np.testing.assert_allclose(found[400:], expected[400:], atol=1e-5)


def test_fomc_window_from_the_calendar_and_from_what_happened() -> None:
    meetings = np.array(["2014-03-19", "2014-04-30"], dtype="datetime64[D]")
    happened = series("FOMC", np.ones(2), meetings, Known("days_after", 0, dt.time(14)))
    blind = run("M12", series("SPX", SPX), happened)
    assert DAYS[blind.values == 1.0].tolist() == [dt.date(2014, 3, d) for d in (19, 20)] + [
        dt.date(2014, 4, 30),
        dt.date(2014, 5, 1),
    ]
    assert blind.reading(55).note.startswith("the session before is not marked")
    assert np.isnan(blind.values[0])
    announced = np.full(2, np.datetime64("2013-12-01T12:00", "s"))
    schedule = Series("FOMC_SCHEDULE", meetings, np.ones(2), announced, "flag", "test")
    ahead = run("M12", series("SPX", SPX), happened, schedule)
    assert np.datetime64("2014-04-29") in DAYS[ahead.values == 1.0]


def test_inflation_trigger_fires_on_the_eve_and_on_a_large_surprise() -> None:
    months = np.arange("2009-01", "2014-07", dtype="datetime64[M]").astype("datetime64[D]")
    consensus = np.full(months.size, 0.2)
    actual = 0.2 + 0.1 * np.where(np.arange(months.size) % 2, 1.0, -1.0)
    actual[-2], actual[-1] = 0.2, 0.9  # April as expected, June far above
    release = known_at(Known("month_after", 14), months)
    prints = Series("CPI_MOM", months, actual, release, "percent", "test")
    eve = Series("CPI_CONSENSUS_MOM", months, consensus, release - np.timedelta64(17, "h"), "percent", "test")
    found = run("T6", series("SPX", SPX), prints, eve)
    fired = DAYS[found.values == 1.0]
    assert np.datetime64("2014-07-14") in fired  # no session lies between the last print and its eve
    day = release[-1].astype("datetime64[D]")
    assert day in fired
    before = release[-2].astype("datetime64[D]")
    assert found.values[np.searchsorted(DAYS, before + np.timedelta64(3, "D"))] == 0.0


def test_price_earnings_are_known_when_the_earnings_are() -> None:
    months = np.arange("1990-01", "2014-07", dtype="datetime64[M]").astype("datetime64[D]")
    price, earnings = np.linspace(300.0, 2000.0, months.size), np.linspace(20.0, 100.0, months.size)
    earnings[-3:] = 0.0  # a vendor's zero is no P/E
    parts = (
        series("SHILLER_EARNINGS", earnings, months, Known("month_after", 90)),
        series("SHILLER_SP500", price, months, Known("month_after", 5)),
    )
    level, change = run("M29.LEVEL", *parts), run("M29", *parts)
    assert level.values[10] == pytest.approx(price[10] / earnings[10])
    assert np.isnan(level.values[-1])
    assert level.known_at[0] == np.datetime64("1990-05-01T12:30")
    ratio = np.log(price / np.where(earnings > 0, earnings, np.nan))
    np.testing.assert_allclose(change.values[3:], ratio[3:] - ratio[:-3])


def test_inversion_when_the_hedge_no_longer_moves() -> None:
    spx = np.diff(np.log(SPX))
    vix = np.exp(np.r_[3.0, 3.0 + np.cumsum(np.where(np.arange(spx.size) < 400, -5.0 * spx, 0.2 * spx))])
    vx1 = np.exp(np.r_[3.0, 3.0 + np.cumsum(-3.0 * spx)])
    found = run("M25", series("VX1", vx1), series("SPX", SPX), series("VIX", vix)).values
    assert (found[20:400] == 0.0).all()
    assert (found[421:] == 1.0).all()
    assert run("M25.VX1", series("VX1", vx1), series("SPX", SPX)).values[-1] == pytest.approx(-3.0)


def test_reit_convexity_is_the_square_that_was_built_in() -> None:
    spx = np.diff(np.log(SPX))
    vnq = np.exp(np.r_[4.0, 4.0 + np.cumsum(1e-4 + 0.8 * spx - 2.5 * spx**2)])
    parts = (series("VNQ", vnq), series("SPX", SPX))
    assert run("M33.CONVEXITY", *parts).values[-1] == pytest.approx(-2.5, rel=1e-6)
    assert run("M33.BETA", *parts).values[-1] == pytest.approx(0.8, rel=1e-8)


def test_gaps_count_only_beyond_their_cost_and_when_they_stay() -> None:
    gap, cost = np.array([0.3, -0.5, 0.1, np.nan]), np.array([0.1, 0.2, 0.2, 0.1])
    np.testing.assert_allclose(net_gap(gap, cost), [0.2, -0.3, 0.0, np.nan])
    np.testing.assert_array_equal(
        persistence(np.array([1.0, 2.0, 3.0, -1.0, -1.0, -2.0, 0.0]), 3), [np.nan, np.nan, 1.0, 0.0, 0.0, -1.0, 0.0]
    )
    days = DAYS[:20]
    found = run(
        "E30.VIX.PERSISTENT",
        series("VIX_GAP", np.r_[np.full(10, 0.4), np.full(10, 0.05)], days),
        series("VIX_GAP_COST", np.full(20, 0.1), days),
    ).values
    np.testing.assert_array_equal(found[4:10], 1.0)
    np.testing.assert_array_equal(found[14:], 0.0)


def test_unwind_outcome_looks_five_sessions_ahead() -> None:
    spx, vix = np.full(40, 2000.0), np.full(40, 16.0)
    spx[20:] = 2000.0 * 1.031  # 3.05 %: three daily standard deviations of a VIX of 16 are 3.02 %
    found = unwind_outcome(spx, vix)
    assert np.flatnonzero(found == 1.0).tolist() == [15, 16, 17, 18, 19]
    assert np.isnan(found[-5:]).all()
    calm = np.full(40, 2000.0)
    calm[20:] = 2000.0 * 1.028
    assert not np.nansum(unwind_outcome(calm, vix))
    jagged = 2000.0 * np.where(np.arange(40) % 2, 1.0, 1.0215)  # RV5 33.7 %, over twice 16 %, no move of three sd
    assert (unwind_outcome(jagged, vix)[:-5] == 1.0).all()


def test_rotation_signs() -> None:
    days = sessions(dt.date(2012, 1, 3), dt.date(2016, 12, 30))
    drift = np.r_[np.zeros(days.size - 100), np.linspace(0.0, 0.3, 100)]
    large, small = np.full(days.size, 1000.0), 500.0 * np.exp(RNG.normal(0.0, 0.002, days.size) + drift)
    reading = run("M30.SIZE", series("RUT", small, days), series("SPX", large, days)).reading(-1)
    assert reading.value is not None
    assert reading.value > 1.0
    assert reading.side == "rising"


def test_progressive_scale_moves_in_quarters() -> None:
    found = run("M07", series("VIX", VIX), series("VIX3M", VIX * 1.05), series("VVIX", VIX * 5.0))
    z = 0.5 * (
        run("M07.RSI", series("VIX", VIX), series("VIX3M", VIX * 1.05)).values
        + run("M07.MACD", series("VIX", VIX), series("VVIX", VIX * 5.0)).values
    )
    known = np.isfinite(found.values)
    assert set(found.values[known]) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    for row in np.flatnonzero(known)[::50]:
        assert found.values[row] == round(4.0 * min(max((z[row] - 1.0) / 2.0, 0.0), 1.0)) / 4.0
