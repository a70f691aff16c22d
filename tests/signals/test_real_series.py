"""The signals on real series beside the checkout, against the exploratory numbers of METHOD 6."""

import datetime as dt
import functools

import numpy as np
import polars as pl
import pytest
from tests.published import DATA, existing
from tests.signals.worlds_of_series import check_causality, inputs_of, needed_by, only

from seawall.data.catalog import entry
from seawall.data.publication import Known, known_at
from seawall.market.history import History, Series
from seawall.signals.base import SignalHistory, evaluate
from seawall.signals.regime import RULES, Regime, RegimeHistory, classify
from seawall.signals.registry import SIGNALS, signal

pytestmark = pytest.mark.shared

FILES = {
    "SPX": ("equity/SPX_hlc.csv", "Date", "Close"),
    "VIX": ("vol/VIX_History.csv", "DATE", "CLOSE"),
    "VIX3M": ("vol/VIX3M_History.csv", "DATE", "CLOSE"),
    "VVIX": ("vol/VVIX_History.csv", "DATE", "VVIX"),
    "VX1": ("vol/vx_curve_VX1_VX8.csv", "DATE", "VX1"),
    "VX2": ("vol/vx_curve_VX1_VX8.csv", "DATE", "VX2"),
    "GEX": ("equity/DIX.csv", "date", "gex"),
    "SP_BREADTH": ("equity/breadth_sp500.csv", "date", "sp_breadth"),
    "BTC_FUNDING": ("crypto/BTC_funding_daily_mean.csv", "date", "funding_mean"),
}


def known_of(name: str) -> Known:
    return Known("stamp", minutes=16 * 60) if name == "BTC_FUNDING" else entry(name).known


@functools.cache
def real(name: str) -> Series:
    path, day, value = FILES[name]
    frame = pl.read_csv(existing(DATA / path), infer_schema=False).select(day, value).drop_nulls()
    form = "%m/%d/%Y" if "/" in frame[day][0] else "%Y-%m-%d"
    dates = frame[day].str.slice(0, 10).str.to_date(form).to_numpy().astype("datetime64[D]")
    return Series(
        name, dates, frame[value].cast(pl.Float64).to_numpy(), known_at(known_of(name), dates), "file", "file"
    )


def releases() -> tuple[Series, Series]:
    frame = pl.read_csv(existing(DATA / "macro/cpi_release_dates_consensus.csv"), try_parse_dates=True)
    months = frame["ref_month"].to_numpy().astype("datetime64[D]")
    day = frame["date"].to_numpy().astype("datetime64[D]")
    printed = known_at(Known("days_after", 0, dt.time(8, 30)), day)
    eve = known_at(Known("days_after", 0, dt.time(16)), day - np.timedelta64(1, "D"))
    return (
        Series("CPI_MOM", months, frame["mom_current_vintage"].to_numpy(), printed, "percent", "file"),
        Series("CPI_CONSENSUS_MOM", months, frame["consensus_mom_pct"].to_numpy(), eve, "percent", "file"),
    )


@functools.cache
def world() -> History:
    return History.of(*(real(name) for name in FILES), *releases())


def run(identity: str) -> SignalHistory:
    return evaluate(signal(identity), world())


@functools.cache
def regimes() -> RegimeHistory:
    return classify(world())


def returns_on(name: str) -> dict[np.datetime64, float]:
    one = real(name)
    return dict(zip(one.dates[1:], np.diff(np.log(one.values)), strict=True))


def test_days_in_each_vix_band_as_stated() -> None:
    # METHOD M10, 1990-2026: 32 % below 15, 31 % to 20, 37 % above, of which above 30 8 %; the files end in 2022
    bands = run("M10").values
    shares = [100.0 * np.mean(bands == band) for band in range(4)]
    assert shares[0] == pytest.approx(32.0, abs=3.0)
    assert shares[1] == pytest.approx(31.0, abs=3.0)
    assert shares[2] + shares[3] == pytest.approx(37.0, abs=3.0)
    assert shares[3] == pytest.approx(8.0, abs=1.5)


def test_the_next_session_moves_more_the_lower_dealer_gamma() -> None:
    # METHOD M17, 2011-2026: standard deviations by GEX quintile 1.79, 1.02, .78, .71, .72 %; the file ends in 2022
    gex, moves = real("GEX"), returns_on("SPX")
    sessions = real("SPX").dates
    following = sessions[np.minimum(np.searchsorted(sessions, gex.dates, side="right"), sessions.size - 1)]
    ahead = np.array([moves[day] for day in following])[:-1]
    rank = np.digitize(gex.values, np.quantile(gex.values, [0.2, 0.4, 0.6, 0.8]))[:-1]
    spreads = [100.0 * float(np.std(ahead[rank == fifth], ddof=1)) for fifth in range(5)]
    np.testing.assert_allclose(spreads, [1.79, 1.02, 0.78, 0.71, 0.72], atol=0.13)
    fired = run("M17").values[:-1]
    assert np.std(ahead[fired == 1.0]) > 1.4 * np.std(ahead[fired == 0.0])


def test_betas_of_volatility_products_as_stated() -> None:
    # METHOD M25: -5.1, -3.4, -2.5 for VIX, VX1, VX2, 2016 until the futures end in 2021
    spx = returns_on("SPX")
    for name, stated in (("VIX", -5.1), ("VX1", -3.4), ("VX2", -2.5)):
        own = returns_on(name)
        days = [d for d in spx if d in own and np.datetime64("2016") <= d <= np.datetime64("2021-12-31")]
        beta = np.polyfit([spx[d] for d in days], [own[d] for d in days], 1)[0]
        assert beta == pytest.approx(stated, abs=0.1)
    rolling = run("M25.VX1")
    late = rolling.values[rolling.dates >= np.datetime64("2016")]
    assert np.median(late) < -2.5


def test_surprises_and_vix_on_the_day_as_stated() -> None:
    # METHOD M11: correlation .09 with the change of VIX on the day (2008-26); the files end in 2022
    actual, consensus = releases()
    vix = real("VIX")
    change = dict(zip(vix.dates[1:], np.diff(vix.values), strict=True))
    days = actual.known_at.astype("datetime64[D]")
    kept = [row for row in range(days.size) if days[row] in change]
    surprise = (actual.values - consensus.values)[kept]
    assert np.corrcoef(surprise, [change[days[row]] for row in kept])[0, 1] == pytest.approx(0.09, abs=0.03)
    assert len(kept) > 150


def test_funding_at_rest_is_the_venues_interest() -> None:
    # METHOD M40, 1.6: .01 % of 8 hours, 10.95 % a year, is what a perp at par pays
    yearly = run("M40.BTC").values
    assert np.median(yearly) == pytest.approx(0.1095, abs=1e-4)
    assert 0.05 < yearly.mean() < 0.25


def test_the_whole_path_since_1990() -> None:
    found = regimes()
    assert found.dates[0] == np.datetime64("1990-01-02")
    assert found.dates[-1] == np.datetime64("2022-12-30")
    assert set(found.reported) == {"t2", "t3", "t5", "t6"}
    for name, since in (("t2", "2012-05"), ("t3", "2020-09"), ("t5", "2008-03"), ("t6", "2008-03")):
        known = found.dates[~found.unknown[name]]
        assert known[0].astype("datetime64[M]") == np.datetime64(since)
        assert found.triggers[name].any()
    for day in ((2008, 10, 10), (2018, 2, 5), (2020, 3, 16)):
        assert found.on(dt.date(*day)).state is Regime.SPIKE
    assert not any("unavailable" in note for note in found.notes)
    assert "t2, t3, t5, t6 unavailable: counted as 0" in found.on(dt.date(1995, 6, 1)).notes


def test_every_transition_has_its_rule_and_the_triggers_that_caused_it() -> None:
    found = regimes()
    moved = np.flatnonzero(np.diff(found.states)) + 1
    assert moved.size > 100
    for row in moved:
        reading = found.on(found.dates[row].item())
        assert reading.rule != RULES[0]
        if reading.rule == "CALM>ONSET: two triggers":
            assert len(reading.fired) >= 2
        if reading.state is Regime.CALM and "at most one" in reading.rule:
            assert (found.count[row - 2 : row + 1] <= 1).all()  # hysteresis: three quiet sessions in a row
        assert reading.resolved[0].startswith("C03")
        assert ("widen" in reading.resolved[0].split("now ")[1]) == (reading.state is Regime.ONSET)
        for name in reading.fired:
            assert name in ("t1", "t4") or reading.inputs[name].value != 0.0


def test_triggers_of_the_path_see_nothing_later() -> None:
    found = regimes()
    for day in ("2013-06-20", "2018-02-05", "2020-09-24", "2022-06-13"):
        row = int(np.searchsorted(found.dates, np.datetime64(day)))
        cut = classify(world().upto(found.known_at[row].item().replace(tzinfo=dt.UTC)))
        np.testing.assert_array_equal(cut.states, found.states[: row + 1])
        for name in found.triggers:
            np.testing.assert_array_equal(cut.triggers[name], found.triggers[name][: row + 1])


HELD = {*FILES, "CPI_MOM", "CPI_CONSENSUS_MOM"}


@pytest.mark.parametrize("identity", sorted(name for name, one in SIGNALS.items() if needed_by(one) <= HELD))
def test_causality_on_real_series(identity: str) -> None:
    one, history = SIGNALS[identity], world()
    assert check_causality(one, only(history, inputs_of(one)), 2)


def test_big_top_names_the_flags_it_lacks() -> None:
    found = run("M37")
    early = found.reading(300)
    assert early.note.startswith("flags without data count as 0: ")
    assert "GEX.PCT" in early.note
    late = found.reading(int(np.searchsorted(found.dates, np.datetime64("2021-06-30"))))
    assert "GEX.PCT" not in late.note
    assert "M29.PCT" in late.note  # no earnings were loaded
