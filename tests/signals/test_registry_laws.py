"""The causality law on every registered signal, on real and on random data (METHOD 6)."""

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.signals.worlds_of_series import check_causality, inputs_of, needed_by, only, random_world

from seawall.core.datum import Origin
from seawall.core.errors import UnknownParameterError
from seawall.core.status import Status
from seawall.data.embedded import embedded_history
from seawall.kernels.filters import macd
from seawall.market.history import History
from seawall.signals.align import Bars, closed_bars
from seawall.signals.base import evaluate, read
from seawall.signals.conflicts import CONFLICTS
from seawall.signals.contract import Carried, Columns, Computed, Family, Prior, plain
from seawall.signals.regime import PRESETS
from seawall.signals.registry import SIGNALS, signal

REGISTERED = sorted(SIGNALS)
CORE = {"SLOPE", "M05", "M10", "M10.SPIKE", "RV5", "RV5_OVER_VIX", "M17", "T2"}


@functools.cache
def world(name: str) -> History:
    if name == "embedded":
        return embedded_history()
    return random_world(1) if name == "whole" else random_world(2, holes=0.03)


CASES = [(name, data) for name in REGISTERED for data in ("whole", "holed")]
CASES += [(name, "embedded") for name in REGISTERED if needed_by(SIGNALS[name]) <= set(embedded_history().names)]


@pytest.mark.parametrize(("identity", "data"), CASES)
def test_removing_or_scrambling_the_future_moves_nothing(identity: str, data: str) -> None:
    one = SIGNALS[identity]
    history = only(world(data), inputs_of(one))
    found = check_causality(one, history, 3)
    assert found or data != "whole"


def leaks_the_mean(columns: Columns) -> Computed:
    return plain(columns["SPX"] - np.nanmean(columns["SPX"]))


def leaks_tomorrow(columns: Columns) -> Computed:
    return plain(np.r_[columns["SPX"][1:], np.nan])


@pytest.mark.parametrize("leak", [leaks_the_mean, leaks_tomorrow])
def test_the_law_catches_a_signal_that_sees_the_future(leak: Callable[[Columns], Computed]) -> None:
    with pytest.raises(AssertionError):
        check_causality(replace(signal("M06.RSI"), compute=leak), only(world("whole"), {"SPX"}), 3)


@pytest.mark.parametrize("identity", REGISTERED)
def test_live_reading_equals_history(identity: str) -> None:
    one = SIGNALS[identity]
    history = only(world("whole"), inputs_of(one))
    batch = evaluate(one, history)
    for row in np.linspace(batch.dates.size // 2, batch.dates.size - 2, 4).astype(int):
        now = batch.known_at[row].item().replace(tzinfo=dt.UTC)
        assert read(one, history, now) == batch.reading(row)


@pytest.mark.parametrize("identity", REGISTERED)
def test_lookback_is_the_first_row_with_a_value(identity: str) -> None:
    one = SIGNALS[identity]
    parts = [part for part in one.carried if part.needed] or one.carried
    needed = {*one.inputs, *(name for part in parts for name in carried_inputs(part))}
    batch = evaluate(one, only(world("whole"), needed))
    first = int(np.argmax(np.isfinite(batch.values)))
    rows = batch.dates.size if one.bars is Bars.DAY else closed_bars(batch.dates, one.bars)[1][first] + 1
    place = first if one.bars is Bars.DAY else rows - 1
    assert np.isfinite(batch.values).any()
    # what a carried input needs of its own comes on top
    assert place == one.lookback - 1 if not one.carried else place >= one.lookback - 1


def carried_inputs(part: Carried) -> set[str]:
    return inputs_of(part.signal) if part.signal else {part.name}


def test_a_missing_or_old_input_is_unavailable_and_says_so() -> None:
    whole = world("whole")
    spx_only = History.of(whole.get("SPX"))
    now = dt.datetime(2012, 12, 3, 21, 15, tzinfo=dt.UTC)
    reading = read(signal("M05"), spx_only, now)
    assert (reading.value, reading.status, reading.note) == (None, Status.UNKNOWN, "unavailable: no VIX yet")
    vix = whole.get("VIX")
    last = vix.known_at[-2].item().replace(tzinfo=dt.UTC)
    early = History.of(vix.where(vix.dates < vix.dates[-1]))
    assert read(signal("M10"), early, last).status is Status.FOUND
    a_week_old = read(signal("M10"), early, last + dt.timedelta(days=7))
    assert a_week_old.value is None
    assert "unavailable: VIX ends" in a_week_old.note
    short = read(signal("M05"), whole, vix.known_at[3].item().replace(tzinfo=dt.UTC))
    assert short.value is None
    assert "needs 15 observations" in short.note


def test_a_hole_in_a_needed_input_is_named_not_filled() -> None:
    whole = world("whole")
    vx1 = whole.get("VX1")
    day = vx1.dates[600]
    holed = only(whole, {"VX2"}).with_series(vx1.where(vx1.dates != day))
    history = evaluate(signal("VX.BASIS"), History.of(*holed, whole.get("VX2")))
    assert day not in history.dates
    other_way = only(whole, {"VX1"}).with_series(whole.get("VX2").where(whole.get("VX2").dates != day))
    row = int(np.searchsorted(vx1.dates, day))
    basis = evaluate(signal("GEX.FLIP"), whole.with_series(whole.get("GEX_FLIP").where(vx1.dates != day)))
    assert basis.reading(row).note == f"unknown: no GEX_FLIP known for {day}"
    assert basis.reading(row + 1).status is Status.FOUND
    assert np.isnan(evaluate(signal("VX.BASIS"), other_way).values[row])


def test_a_carried_input_past_its_age_is_unknown_and_named() -> None:
    whole = world("whole")
    gex = whole.get("GEX")
    ends = np.datetime64("2010-06-30")
    history = evaluate(signal("T2"), only(whole, {"SPX"}).with_series(gex.where(gex.dates <= ends)))
    known = history.dates[np.isfinite(history.values)]
    assert known[-1] == np.datetime64(
        "2010-07-02"
    )  # five days hold over the weekend's eve, not over the fourth of July
    late = int(np.searchsorted(history.dates, np.datetime64("2010-07-08")))
    assert history.reading(late).note == "unknown: no M17 known for 2010-07-08"


def test_a_weekly_value_moves_only_when_a_week_closes_and_ignores_the_open_one() -> None:
    spx = world("whole").get("SPX")
    weekly = evaluate(signal("M03.SPX.W"), History.of(spx))
    weekday = (spx.dates.astype(int) + 3) % 7
    moved = np.flatnonzero(np.diff(weekly.values) != 0.0) + 1
    moved = moved[np.isfinite(weekly.values[moved - 1])]
    following = np.r_[spx.dates[1:], np.datetime64("2013-01-02")]
    last_of_week = (following - spx.dates).astype(int) > 6 - weekday
    assert last_of_week[moved].all()
    closes = spx.values[np.flatnonzero(last_of_week)]
    line, smooth = macd(np.log(closes))
    assert weekly.values[np.flatnonzero(last_of_week)[-1]] == (line - smooth)[-1]


def test_a_week_without_its_last_session_counts_from_the_next_one() -> None:
    days = np.array(["2012-03-05", "2012-03-08", "2012-03-12", "2012-03-16"], dtype="datetime64[D]")
    rows, place = closed_bars(days, Bars.WEEK)
    assert rows.tolist() == [1, 3]
    assert place.tolist() == [-1, -1, 0, 1]
    good_friday = np.array(["2012-04-04", "2012-04-05", "2012-04-09"], dtype="datetime64[D]")
    assert closed_bars(good_friday, Bars.WEEK)[1].tolist() == [-1, 0, 0]  # the week of Good Friday closes on Thursday


def test_unknown_identity() -> None:
    assert signal("M05").name == "RSI(14) of VIX/VIX3M"
    with pytest.raises(UnknownParameterError, match="M01"):
        signal("M99")


def test_every_signal_describes_itself() -> None:
    for identity, one in SIGNALS.items():
        assert one.id == identity
        assert one.source
        assert one.formula
        assert one.would_do
        assert one.unit
        assert one.known
        assert isinstance(one.family, Family)
        assert isinstance(one.prior, Prior)
        assert one.evidence == ""
        assert one.would_do.endswith(".")
        stands_in = bool(one.optional) or any(not part.needed for part in one.carried)
        assert stands_in == bool(one.substitute), identity
        assert not one.conflict or one.conflict in CONFLICTS
    assert len({one.name for one in SIGNALS.values()}) == len(SIGNALS)


def test_only_the_core_has_weight_until_the_evidence_lets_a_signal_through() -> None:
    assert {name for name, one in SIGNALS.items() if one.weight("measured")} == CORE
    for name, one in SIGNALS.items():
        assert replace(one, passed=True).weight("measured") == 1.0
        assert one.weight("seed") == float(name in CORE or one.seed)
    with pytest.raises(UnknownParameterError, match="seed, measured"):
        signal("M05").weight("mesured")


def test_the_regime_counts_a_signal_only_where_it_has_weight() -> None:
    for preset, triggers in PRESETS.items():
        for name in ("T2", "T3", "T5", "T6"):
            assert bool(signal(name).weight(preset)) == (name.lower() in triggers)


def test_readings_of_two_sided_signals_say_their_side_and_the_contradiction() -> None:
    funding = evaluate(signal("M40.Z.BTC"), world("whole"))
    for row in np.flatnonzero(np.isfinite(funding.values))[::400]:
        reading = funding.reading(row)
        assert reading.value is not None
        assert reading.side == (
            "longs pay shorts: crowded long" if reading.value > 0 else "shorts pay longs: crowded short"
        )
        assert "both sides count" in reading.conflict
    macd_of_vvix = evaluate(signal("M01"), world("whole")).reading(-1)
    assert "tested on both sides" in macd_of_vvix.conflict
    assert macd_of_vvix.origin is Origin.SYNTHETIC
