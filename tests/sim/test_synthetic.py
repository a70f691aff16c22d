"""The synthetic market: its facts against METHOD 8.6, the same facts on real series, its laws and its labels."""

import csv
import datetime as dt
import functools
import hashlib
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.signal import lfilter
from tests.published import DATA, existing
from tests.sim import market_facts

from seawall.core.clock import LAST_DAY, close_instant, known_after_close, sessions, vix_expiries
from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.data.catalog import entry
from seawall.data.plans import default_plan
from seawall.data.publication import known_at
from seawall.evidence.comparison import replay_record
from seawall.kernels.synthetic import decaying
from seawall.market.history import History, Series, instant64
from seawall.report.page import replay_page
from seawall.report.records import replay_json
from seawall.signals.regime import classify
from seawall.sim import synthetic_paths as paths
from seawall.sim.engine import compare, run
from seawall.sim.synthetic import synthetic_history

START, YEARS30 = dt.date(1990, 1, 2), 7560
SEEDS = range(32)
SECTION = "METHOD 8.6"

# fact, target, source; a moment is held to 20 % of the target, a correlation to .1 (METHOD 8.6)
FACTS = [
    ("SPX volatility", 18.0, SECTION),
    ("SPX excess kurtosis", 10.9, SECTION),
    ("corr(r, dlnVIX)", -0.71, SECTION),
    ("VIX mean", 19.4, SECTION),
    ("VIX median", 17.6, SECTION),
    ("VIX half-life", 34.0, SECTION),
    ("VIX < 15", 32.0, "METHOD 8.6, bands of 6 M10"),
    ("VIX 15-20", 31.0, "METHOD 8.6, bands of 6 M10"),
    ("VIX > 20", 37.0, "METHOD 8.6, bands of 6 M10"),
    ("VIX > 30", 8.0, "METHOD 8.6, 6 M10: a part of VIX > 20"),
    ("VIX - RV21 mean", 3.9, SECTION),
    ("VIX - RV21 > 0", 85.0, SECTION),
    ("VIX/VIX3M > 1", 7.7, SECTION),
    ("VIX/VIX3M > 0.95", 19.0, SECTION),
    ("VIX/VIX3M > 1.1", 1.6, SECTION),
    ("VIX9D beta", 1.52, "METHOD 3.5"),
    ("VIX3M beta", 0.64, "METHOD 3.5"),
    ("VVIX 5 %", 71.0, SECTION),
    ("VVIX 50 %", 91.0, SECTION),
    ("VVIX 95 %", 122.0, SECTION),
    ("VX2 < VX1", 18.0, SECTION),
    ("VX1 beta", 0.65, "METHOD 3.4"),
    ("VX2 beta", 0.45, "METHOD 3.4"),
    ("VX4 beta", 0.25, "METHOD 3.4"),
    ("VX7 beta", 0.18, "METHOD 3.4"),
    ("move > 1 VIX", 18.8, "METHOD 7.7"),
    ("move > 1.5 VIX", 5.7, "METHOD 7.7"),
    ("move > 2 VIX", 1.7, "METHOD 7.7"),
    ("move > 3 VIX", 0.33, "METHOD 7.7"),
    ("ETH volatility", 85.0, SECTION),
    ("corr(ETH, SPX)", 0.40, SECTION),
    ("corr(ETH, dlnVIX)", -0.35, SECTION),
    ("corr(ETH, dlnVIX), VIX > 30", -0.56, SECTION),
    ("BTC funding mean", 0.0113, SECTION),
]
NAMES = [name for name, _, _ in FACTS]
REAL_SAMPLES = {"corr(ETH, dlnVIX), VIX > 30": 0.12, "BTC funding mean": 0.40}
"""Wider on the real series, which end in 2022: 134 sessions above VIX 30; funding of 2021 without 2023-26."""


def tolerance(name, target):
    return 0.1 if name.startswith("corr") else 0.2 * abs(target)


@functools.cache
def generated():
    """Mean of each fact over 32 markets of 30 years."""
    found = [market_facts.facts_of(synthetic_history(seed, START, YEARS30)) for seed in SEEDS]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


@pytest.mark.parametrize(("name", "target", "source"), FACTS, ids=NAMES)
def test_fact(name, target, source):
    assert generated()[name] == pytest.approx(target, abs=tolerance(name, target)), source


def test_dealer_gamma_is_negative_on_a_tenth_of_days_and_foretells_the_size_of_moves():
    """METHOD 6 M17: 1.79/1.02/.78/.71/.72 by fifth; the sign alone is listed in 8.6, so the order of size is held."""
    found = generated()
    after = [found[f"SPX sd after GEX fifth {k}"] for k in range(1, 6)]
    assert after[0] > after[1] > after[2] > max(after[3:])
    assert after[0] / after[4] > 1.6
    assert 5.0 < found["GEX < 0"] < 15.0


# ---------------------------------------------------------------- the list of facts itself, on real series


def _rows(name):
    with existing(DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _series(name, pairs):
    pairs = sorted((day, float(value)) for day, value in pairs if value not in ("", None))
    dates = np.array([day for day, _ in pairs], dtype="datetime64[D]")
    known = dates.astype("datetime64[s]") + np.timedelta64(23, "h")
    return Series(name, dates, np.array([value for _, value in pairs]), known, "points", "shared series")


def _iso(text):
    month, day, year = text.split("/")
    return f"{year}-{month}-{day}"


def _cboe(name, column="CLOSE"):
    return _series(name, [(_iso(row["DATE"]), row[column]) for row in _rows(f"vol/{name}_History.csv")])


def _eth_at_us_close():
    existing(DATA / "crypto" / "ETHUSDT_1h.csv")
    bars = pl.read_csv(DATA / "crypto" / "ETHUSDT_1h.csv").with_columns(pl.col("datetime").str.to_datetime())
    ended = (pl.col("datetime") + pl.duration(hours=1)).dt.replace_time_zone("UTC")
    bars = bars.with_columns(ended.dt.convert_time_zone("America/New_York").alias("at"))
    bars = bars.filter(pl.col("at").dt.hour() == 16).unique("at", keep="first").sort("at")
    return _series("ETH_US_CLOSE", zip(bars["at"].dt.date().to_list(), bars["close"].to_list(), strict=True))


@functools.cache
def real():
    since = dt.date(2016, 1, 1)
    vvix = _cboe("VVIX", "VVIX")
    futures = _rows("vol/vx_curve_VX1_VX8.csv")
    history = History.of(
        _series("SPX", [(row["Date"], row["Close"]) for row in _rows("equity/SPX_hlc.csv")]),
        _cboe("VIX"), _cboe("VIX9D"), _cboe("VIX3M"),
        vvix.where(vvix.dates >= np.datetime64("2007-01-01")),
        *(_series(name, [(row["DATE"], row[name]) for row in futures]) for name in ("VX1", "VX2", "VX4", "VX7")),
        _series("ETH", [(row["Date"], row["Adj_Close"]) for row in _rows("crypto/ETH_daily.csv")]),
        _eth_at_us_close(),
        _series("BTC_FUNDING", [(r["date"], r["funding_mean"]) for r in _rows("crypto/BTC_funding_daily_mean.csv")]),
    )  # fmt: skip
    parts = (
        market_facts.spx_and_vix(history), market_facts.exceedances(history, dt.date(2009, 1, 1)),
        market_facts.slope(history), market_facts.index_betas(history), market_facts.vvix(history),
        market_facts.curve(history), market_facts.curve_betas(history, since), market_facts.eth(history),
        market_facts.funding(history),
    )  # fmt: skip
    return {name: value for part in parts for name, value in part.items()}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "target", "source"), FACTS, ids=NAMES)
def test_fact_on_the_real_series(name, target, source):
    """Samples as METHOD states them where it does (3.4: 2016-2021; 7.7: from 2009), all to 2022 at most."""
    wide = REAL_SAMPLES.get(name)
    allowed = tolerance(name, target) if wide is None else wide * (1.0 if name.startswith("corr") else abs(target))
    assert real()[name] == pytest.approx(target, abs=allowed), source


@pytest.mark.shared
def test_the_four_bands_are_three_and_a_part_of_the_third():
    """32/31/37/8 % sum to 108: the first three are all days, the last is the part of the third above 30."""
    found = real()
    assert found["VIX < 15"] + found["VIX 15-20"] + found["VIX > 20"] == pytest.approx(100.0, abs=1e-9)
    assert found["VIX > 30"] < found["VIX > 20"]


# ---------------------------------------------------------------- laws


def digest(history):
    whole = hashlib.sha256()
    for one in history:
        for part in (one.name.encode(), one.dates.tobytes(), one.values.tobytes(), one.known_at.tobytes()):
            whole.update(part)
    return whole.hexdigest()


ELSEWHERE = """
import datetime as dt, hashlib
from seawall.sim.synthetic import synthetic_history
whole = hashlib.sha256()
for one in synthetic_history(11, dt.date(2001, 1, 1), 1500):
    for part in (one.name.encode(), one.dates.tobytes(), one.values.tobytes(), one.known_at.tobytes()):
        whole.update(part)
print(whole.hexdigest())
"""


@pytest.mark.parametrize(
    "setting",
    [{"NUMBA_NUM_THREADS": "1"}, {"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "generic", "NPY_DISABLE_CPU_FEATURES":
     "AVX2 AVX512F AVX512_SKX"}],
    ids=["one thread", "not compiled, so nothing fused", "a plainer processor"],
)  # fmt: skip
def test_same_bytes_elsewhere(setting):
    environment = {**os.environ, **setting, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest(synthetic_history(11, dt.date(2001, 1, 1), 1500))


@given(st.integers(0, 2**64 - 1), st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_more_sessions_only_add_to_the_end(seed, count, more):
    short, long = (
        synthetic_history(seed, dt.date(2019, 6, 3), count),
        synthetic_history(seed, dt.date(2019, 6, 3), count + more),
    )
    assert short.names == long.names
    for one in short:
        other = long.get(one.name)
        for field in ("dates", "values", "known_at"):
            np.testing.assert_array_equal(getattr(one, field), getattr(other, field)[: len(one)])


def test_another_seed_is_another_market():
    one, other = synthetic_history(1, START, 600), synthetic_history(2, START, 600)
    for series in one:
        assert (series.values != other.get(series.name).values).any(), series.name


@given(st.integers(0, 2**64 - 1))
@settings(max_examples=15, deadline=None)
def test_every_series_is_labelled_positive_and_within_its_bar(seed):
    history = synthetic_history(seed, dt.date(2010, 1, 4), 300)
    for one in history:
        assert one.origin is Origin.SYNTHETIC
        assert f"seed {seed}" in one.source
        if one.unit in ("points", "usd"):
            assert (one.values > 0.0).all()
    for name in ("SPX", "ETH", "BTC"):
        opened, high, low, close = (history.get(name + end).values for end in ("_OPEN", "_HIGH", "_LOW", ""))
        assert (high >= np.maximum(opened, close)).all()
        assert (low <= np.minimum(opened, close)).all()


def test_sessions_and_days_are_those_of_the_calendar():
    history = synthetic_history(5, dt.date(2015, 7, 4), 400)
    dates = sessions(dt.date(2015, 7, 4), LAST_DAY)[:400]
    for name in ("SPX", "VIX", "VX8", "GEX", "POLICY_RATE", "ETH_US_CLOSE"):
        np.testing.assert_array_equal(history.get(name).dates, dates)
    np.testing.assert_array_equal(history.get("BTC").dates, np.arange(dates[0], dates[-1] + 1))


def test_names_units_and_publication_are_those_of_the_store():
    history = synthetic_history(5, dt.date(2015, 7, 6), 300)
    for name in ("SPX", "VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW", "VX1", "VX8", "ETH", "BTC"):
        one, listed = history.get(name), entry(name)
        assert one.unit == listed.unit
        np.testing.assert_array_equal(one.known_at, known_at(listed.known, one.dates).astype("datetime64[s]"))
    gamma = history.get("GEX")
    assert gamma.unit == entry("GEX").unit
    assert (gamma.known_at >= known_at(entry("GEX").known, gamma.dates)).all()  # the next session, never sooner
    assert (gamma.known_at < known_after_close(sessions(dt.date(2015, 7, 7), LAST_DAY)[:300])).all()
    at_close = history.get("ETH_US_CLOSE")
    assert at_close.known_at[0] == instant64(close_instant(at_close.dates[0].item()))


def test_a_future_becomes_vix_at_its_expiry():
    history = synthetic_history(4, START, YEARS30)
    vix, first = history.get("VIX"), history.get("VX1")
    left = np.array([(vix_expiries(day, 1)[0] - day).days for day in vix.dates[:2000].tolist()])
    gap = np.abs(np.log(first.values[:2000] / vix.values[:2000]))
    assert gap[left == 1].mean() < 0.25 * gap[left >= 25].mean()
    final = history.get("VRO")
    assert final.dates[0].item() == vix_expiries(START, 1)[0]
    assert np.isin(final.dates, vix.dates).all()


def test_a_future_beyond_the_table_has_no_row():
    history = synthetic_history(4, dt.date(2030, 1, 2), 200)
    assert len(history.get("VX1")) == 200
    assert 0 < len(history.get("VX8")) < 200
    for month in range(1, 8):
        assert len(history.get(f"VX{month}")) > len(history.get(f"VX{month + 1}")) or month == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (-1,), (2**64,), (1.5,), (True,), ("7",), (1, dt.date(1989, 12, 29)), (1, dt.date(2031, 1, 2)),
        (1, dt.date(2030, 1, 2), 253), (1, START, 0), (1, START, -5),
    ],
)  # fmt: skip
def test_refused_in_one_line(arguments):
    with pytest.raises(DomainError) as told:
        synthetic_history(*arguments)
    assert "\n" not in str(told.value)
    assert ":" in str(told.value)


# ---------------------------------------------------------------- parts against independent computation


def test_decaying_is_the_linear_filter():
    shocks = np.random.default_rng(1).normal(size=500)
    np.testing.assert_allclose(decaying(shocks, 0.93), lfilter([1.0], [1.0, -0.93], shocks), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("days", [9.0, 30.0, 93.0, 184.0])
def test_loading_of_an_index_is_the_average_of_what_is_left_of_a_shock(days):
    for place, kept in enumerate(paths.EQUITY.decay):

        def left(day, kept=kept):
            return kept ** (day * 252.0 / 365.0)

        wanted = (quad(left, 0.0, days)[0] / days) / (quad(left, 0.0, 30.0)[0] / 30.0)
        assert paths._loading(days)[place] == pytest.approx(wanted, rel=1e-10)


def test_bar_extreme_has_the_law_of_a_bridge():
    """Against 4000 bridges of 2000 steps; a discrete path misses .5826 of a step's deviation (Broadie et al. 1997)."""
    rng, steps, vol, end = np.random.default_rng(2), 2000, 0.02, 0.01
    walk = np.cumsum(rng.normal(0.0, vol / np.sqrt(steps), (4000, steps)), axis=1)
    time = np.arange(1, steps + 1) / steps
    highest = np.maximum((walk + np.outer(end - walk[:, -1], time)).max(axis=1), 0.0) + 0.5826 * vol / np.sqrt(steps)
    uniform = rng.uniform(size=4000)
    ours = paths._bridge_extreme(np.zeros(4000), np.full(4000, end), np.full(4000, vol), uniform, 1.0)
    assert stats.ks_2samp(ours, highest).pvalue > 0.01


# ---------------------------------------------------------------- accepted, and labelled


@functools.cache
def market():
    return synthetic_history(7)


def test_the_regime_takes_it_and_says_synthetic():
    regimes = classify(market())
    assert regimes.vix_origin is Origin.SYNTHETIC
    assert regimes.slope.origin is Origin.SYNTHETIC
    assert not regimes.slope.substituted.any()
    assert "every series: synthetic (synthetic market, seed 7), not observed" in regimes.notes
    assert set(np.unique(regimes.states)) == {0, 1, 2, 3}


def test_the_default_plan_runs_on_it():
    result = run(default_plan(), market())
    assert np.isfinite(result.nav).all()
    assert any("synthetic (synthetic market, seed 7)" in line for line in result.modelled)


def test_its_reports_say_synthetic():
    replay = replay_record(compare(default_plan(), market()))
    assert "synthetic market, seed 7" in str(replay_json("plan", replay)["modelled"])
    assert "synthetic market, seed 7" in replay_page(replay, classify(market()))
    assert set(market().frame()["origin"].unique()) == {"synthetic"}


def test_a_mixed_history_names_what_is_synthetic():
    vix = market().get("VIX")
    observed = Series("SPX", vix.dates, vix.values, vix.known_at, "points", "test")
    assert History.of(observed, vix).synthetic == ("VIX: synthetic (synthetic market, seed 7), not observed",)
    assert History.of(observed).synthetic == ()
