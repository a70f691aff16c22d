"""Series as the world delivers them: gaps, doubled and unsorted days, two clocks, months dated before they were known.

Each is either handled by a rule that is stated, or refused by name; none is repaired.
"""

import datetime as dt

import numpy as np
import pytest

from seawall.core.clock import known_after_close, sessions
from seawall.core.errors import DomainError, LookaheadError, ProvenanceError
from seawall.core.status import Status
from seawall.market.history import History, Series
from seawall.signals.base import evaluate, latest, read
from seawall.signals.board import board
from seawall.signals.contract import Carried, Family, Prior, Signal, plain
from seawall.signals.regime import classify
from seawall.signals.registry import signal
from seawall.signals.user import expressed

DAYS = sessions(dt.date(2017, 1, 3), dt.date(2018, 6, 29))
KNOWN = known_after_close(DAYS)
RNG = np.random.default_rng(11)
SPX = 2500.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.01, DAYS.size)))
VIX = 16.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.03, DAYS.size)))


def series(name: str, values: np.ndarray, dates: np.ndarray = DAYS, known: np.ndarray = KNOWN) -> Series:
    return Series(name, dates, values, known, "points", "made")


def own(inputs: tuple[str, ...], text: str, carried: tuple[Carried, ...] = ()) -> Signal:
    bare = Signal(
        id="MY.ONE", name="mine", family=Family.USER, inputs=inputs, lookback=1, unit="x", source="me",
        prior=Prior.UNKNOWN, compute=lambda c: plain(c[inputs[0]]), formula="", would_do="", carried=carried,
    )  # fmt: skip
    return expressed(bare, text, None)


def utc(moment: np.datetime64) -> dt.datetime:
    made: dt.datetime = moment.astype("datetime64[s]").item()
    return made.replace(tzinfo=dt.UTC)


def test_doubled_unsorted_endless_and_undated_rows_are_refused_by_name() -> None:
    twice = DAYS.copy()
    twice[100] = twice[99]
    with pytest.raises(LookaheadError, match=rf"series SPX: row 100.*{DAYS[99]}: drop the duplicate"):
        series("SPX", SPX, twice)
    swapped = DAYS.copy()
    swapped[[100, 101]] = swapped[[101, 100]]
    with pytest.raises(LookaheadError, match=r"series SPX: row 101.*sort by date"):
        series("SPX", SPX, swapped)
    for bad in (np.nan, np.inf):
        values = SPX.copy()
        values[50] = bad
        with pytest.raises(DomainError, match=rf"series SPX: row 50 .*{DAYS[50]}.* an absent value has no row"):
            series("SPX", values)
    undated = KNOWN.copy()
    undated[7] = np.datetime64("NaT")
    with pytest.raises(ProvenanceError, match=r"row 7 .*no known_at"):
        series("SPX", SPX, known=undated)


def test_a_gap_is_passed_over_by_an_average_and_empties_a_window() -> None:
    """A row absent in the second input: recursions go on, a window that holds it is unknown (kernels.filters)."""
    hole = 300
    kept = np.arange(DAYS.size) != hole
    whole = History.of(series("SPX", SPX), series("VIX", VIX))
    holed = whole.with_series(whole.get("VIX").where(kept))
    smooth = own(("SPX", "VIX"), "ema(VIX, 10) + 0 * SPX")
    found = evaluate(smooth, holed).values
    alone = evaluate(own(("VIX",), "ema(VIX, 10)"), History.of(holed.get("VIX"))).values
    assert np.isnan(found[hole])
    np.testing.assert_allclose(found[kept], alone)
    window = evaluate(own(("SPX", "VIX"), "mean(VIX, 5) + 0 * SPX"), holed).values
    assert np.isnan(window[hole : hole + 5]).all()
    assert np.isfinite(window[[hole - 1, hole + 5]]).all()
    row = evaluate(smooth, holed).reading(hole)
    assert row.note == f"unknown: no VIX known for {DAYS[hole]}"


def test_a_session_without_vix_is_no_session_of_the_regime_and_one_without_spx_is_left_out() -> None:
    whole = History.of(series("SPX", SPX), series("VIX", VIX))
    gone = np.array([200, 201, 250])
    kept = ~np.isin(np.arange(DAYS.size), gone)
    without_vix = classify(whole.with_series(whole.get("VIX").where(kept)))
    without_spx = classify(whole.with_series(whole.get("SPX").where(kept)))
    for regimes in (without_vix, without_spx):
        assert regimes.dates.tolist() == DAYS[kept].tolist()


def test_a_series_that_ends_is_unavailable_after_its_age_and_named_on_the_board() -> None:
    history = History.of(series("SPX", SPX), series("VIX", VIX).where(np.arange(DAYS.size) < DAYS.size - 3))
    (row,) = board([signal("M10")], history, utc(KNOWN[-1]), "seed").rows
    assert (row.state, row.reading.value, row.age) == ("unknown", None, 3)
    assert row.reading.note == f"unavailable: VIX ends {DAYS[-4]}, 3 sessions before {DAYS[-1]}"
    (fresh,) = board([signal("M10")], history, utc(KNOWN[-3]), "seed").rows
    assert (fresh.reading.status, fresh.age) == (Status.FOUND, 1)


def test_a_close_at_midnight_utc_does_not_reach_the_new_york_close_of_its_date() -> None:
    """The day D of a coin ends at 00:00 UTC of D + 1, after New York's close of D: METHOD 0.2, known_at rules."""
    days = np.arange(np.datetime64("2017-01-03"), np.datetime64("2018-06-30"))
    midnight = (days + 1).astype("datetime64[s]")
    coin = series("BTC", 9000.0 + np.arange(days.size, dtype=float), days, midnight)
    history = History.of(series("SPX", SPX), coin)
    together = own(("SPX", "BTC"), "BTC + 0 * SPX")
    row = 250
    assert KNOWN[row] < midnight[np.searchsorted(days, DAYS[row])]
    at_close, _ = latest(together, history.upto(utc(KNOWN[row])), utc(KNOWN[row]))
    assert at_close.as_of == DAYS[row].item()
    assert at_close.value is None
    assert at_close.note == f"unknown: no BTC known for {DAYS[row]}"
    found = evaluate(together, history)
    assert found.known_at[row] == midnight[np.searchsorted(days, DAYS[row])]
    after = read(together, history, utc(found.known_at[row]))
    assert (after.as_of, after.value) == (DAYS[row].item(), coin.on(DAYS[row : row + 1])[0])
    held = own(("SPX",), "BTC + 0 * SPX", (Carried("BTC", 5),))
    eve = read(held, history, utc(KNOWN[row]))
    assert eve.value == coin.on(DAYS[row : row + 1] - 1)[0]  # what was last known: the day that ended before


def test_a_month_dated_before_it_was_known_is_read_from_its_publication_only() -> None:
    months = np.arange("2016-06", "2018-06", dtype="datetime64[M]")
    dated = months.astype("datetime64[D]")
    out = (months + 1).astype("datetime64[D]") + np.timedelta64(14, "D")
    published = out.astype("datetime64[s]") + np.timedelta64(13 * 3600 + 1800, "s")
    index = series("CPI", 240.0 + np.arange(months.size, dtype=float), dated, published)
    history = History.of(series("SPX", SPX), index)
    carried = own(("SPX",), "CPI + 0 * SPX", (Carried("CPI", 90),))
    values = evaluate(carried, history).values
    for row in range(0, DAYS.size, 7):
        known = [value for value, moment in zip(index.values, published, strict=True) if moment <= KNOWN[row]]
        assert values[row] == known[-1]
    exact = evaluate(own(("SPX", "CPI"), "CPI + 0 * SPX"), history)
    rows = np.flatnonzero(np.isfinite(exact.values))
    assert rows.size  # by its own date a month meets a session only where the first of the month is one
    for row in rows:
        assert exact.known_at[row] >= published[np.searchsorted(dated, DAYS[row])]


def test_a_month_past_its_age_is_unknown_not_filled_forward() -> None:
    first = np.array(["2017-01-01"], dtype="datetime64[D]")
    one = series("CPI", np.array([242.0]), first, np.array(["2017-02-15T13:30"], dtype="datetime64[s]"))
    history = History.of(series("SPX", SPX), one)
    values = evaluate(own(("SPX",), "CPI + 0 * SPX", (Carried("CPI", 60),)), history).values
    ages = (DAYS - first[0]).astype(int)
    known = one.known_at[0] <= KNOWN
    np.testing.assert_array_equal(np.isfinite(values), known & (ages <= 60))


def test_a_restated_value_counts_from_its_restatement_only() -> None:
    """A history holds one value a date: a later vintage is another history, and the earlier one stays."""
    before = History.of(series("SPX", SPX))
    restated = SPX.copy()
    restated[100] *= 1.02
    late = KNOWN.copy()
    late[100] = KNOWN[300]
    after = History.of(series("SPX", restated, known=late))
    one = own(("SPX",), "mean(SPX, 5)")
    then = utc(KNOWN[200])
    with_it, without = evaluate(one, before.upto(then)), evaluate(one, after.upto(then))
    assert DAYS[100] not in without.dates  # unknown until it was restated, and so is no window that would hold it
    assert with_it.dates.size == without.dates.size + 1
    whole = evaluate(one, after)
    assert (whole.known_at[100:301] >= KNOWN[300]).all()  # what uses it is known no earlier
