import datetime as dt
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.datum import Origin
from seawall.core.errors import ConventionError, DomainError, LookaheadError, MissingDataError, ProvenanceError
from seawall.market.history import History, Series

DATES = np.array(["2018-02-01", "2018-02-02", "2018-02-05"], dtype="datetime64[D]")
VALUES = np.array([13.47, 17.31, 37.32])
KNOWN = DATES.astype("datetime64[s]") + np.timedelta64(21 * 60 + 15, "m")


def vix(**changes: object) -> Series:
    fields: dict = {
        "name": "VIX",
        "dates": DATES,
        "values": VALUES,
        "known_at": KNOWN,
        "unit": "points",
        "source": "Cboe",
    }
    return Series(**(fields | changes))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_what_is_known_grows_with_time() -> None:
    history = History.of(vix())
    assert len(history.upto(at("2018-02-05T21:14:59")).get("VIX")) == 2
    assert len(history.upto(at("2018-02-05T21:15")).get("VIX")) == 3
    assert len(history.upto(at("2018-01-31T21:15")).get("VIX")) == 0
    new_york = dt.timezone(-dt.timedelta(hours=5))
    assert len(history.upto(dt.datetime(2018, 2, 5, 16, 15, tzinfo=new_york)).get("VIX")) == 3


def test_a_late_publication_is_hidden_until_it_is_out() -> None:
    late = KNOWN.copy()
    late[0] += np.timedelta64(30, "D")
    early = History.of(vix(known_at=late)).upto(at("2018-02-06T00:00"))
    np.testing.assert_array_equal(early.get("VIX").dates, DATES[1:])


@given(st.permutations([0, 1, 2]), st.integers(0, 4))
def test_upto_keeps_exactly_the_rows_known(order: list[int], hours: int) -> None:
    known = (np.datetime64("2018-02-05T00:00:00") + np.array(order) * np.timedelta64(1, "h")).astype("datetime64[s]")
    kept = vix(known_at=known).upto(at("2018-02-05T00:00") + dt.timedelta(hours=hours))
    assert kept.values.tolist() == [value for value, hour in zip(VALUES, order, strict=True) if hour <= hours]


def test_values_match_dates_exactly_and_are_never_filled() -> None:
    wanted = np.array(["2018-01-31", "2018-02-02", "2018-02-03", "2018-02-05", "2018-02-06"], dtype="datetime64[D]")
    history = History.of(vix(), vix(name="EMPTY", dates=DATES[:0], values=VALUES[:0], known_at=KNOWN[:0]))
    np.testing.assert_array_equal(history.values_on("VIX", wanted), [np.nan, 17.31, np.nan, 37.32, np.nan])
    assert np.isnan(history.values_on("EMPTY", wanted)).all()
    known = history.get("VIX").known_on(wanted)
    assert np.isnat(known[[0, 2, 4]]).all()
    assert known[1] == KNOWN[1]


def test_last_is_a_datum_with_both_clocks() -> None:
    datum = History.of(vix(origin=Origin.MODELLED)).last("VIX", at("2018-02-05T20:00"))
    assert datum.value == 17.31
    assert datum.as_of == at("2018-02-02T00:00")
    assert datum.known_at == at("2018-02-02T21:15")
    assert (datum.source, datum.origin) == ("Cboe", Origin.MODELLED)
    with pytest.raises(MissingDataError, match="nothing of series VIX was known"):
        History.of(vix()).last("VIX", at("2018-01-01T00:00"))


def test_names() -> None:
    history = History.of(vix(), vix(name="SPX"))
    assert history.names == ("SPX", "VIX")
    assert history.has("VIX")
    assert not history.has("VVIX")
    with pytest.raises(MissingDataError, match="no series VVIX: there are SPX, VIX"):
        history.get("VVIX")
    with pytest.raises(MissingDataError, match="there are none"):
        History.of().get("VIX")
    with pytest.raises(DomainError, match="stored as SPX"):
        History({"SPX": vix()})


def test_nothing_can_be_changed_in_place() -> None:
    values = VALUES.copy()
    series = vix(values=values)
    values[0] = 99.0
    assert series.values[0] == 13.47
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 1.0
    with pytest.raises(FrozenInstanceError):
        series.unit = "percent"  # type: ignore[misc]
    history = History.of(series)
    with pytest.raises(TypeError):
        history.series["VIX"] = series  # type: ignore[index]
    other = history.with_series(vix(name="SPX")).with_series(vix(values=VALUES + 1.0))
    assert history.names == ("VIX",)
    assert other.get("VIX").values[0] == 14.47
    assert other.has("SPX")


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"dates": DATES[[0, 2, 1]]}, LookaheadError, r"row 2 \(2018-02-02\) follows 2018-02-05: sort by date"),
        ({"dates": DATES[[0, 1, 1]]}, LookaheadError, r"row 2 \(2018-02-02\).*drop the duplicate"),
        ({"values": np.array([1.0, np.nan, 2.0])}, DomainError, r"row 1 \(2018-02-02\) is nan: drop it"),
        ({"values": np.array([1.0, 2.0, np.inf])}, DomainError, r"row 2 \(2018-02-05\) is inf"),
        ({"values": VALUES[:2]}, DomainError, "one length"),
        (
            {"dates": np.array(["2018-02-01", "NaT", "2018-02-05"], dtype="datetime64[D]")},
            DomainError,
            "row 1 has no date",
        ),
        ({"known_at": np.array([KNOWN[0], KNOWN[1], np.datetime64("NaT")])}, ProvenanceError, "row 2 .* no known_at"),
        ({"source": ""}, ProvenanceError, "publisher"),
    ],
)
def test_construction_names_the_row_and_the_remedy(changes: dict, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        vix(**changes)


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ConventionError, match="time zone"):
        History.of(vix()).upto(dt.datetime(2018, 2, 5))  # noqa: DTZ001


def test_frame_keeps_every_row_and_its_provenance() -> None:
    frame = History.of(vix(), vix(name="SPX", origin=Origin.SYNTHETIC)).frame()
    assert frame.columns == ["name", "date", "value", "known_at", "unit", "source", "origin"]
    assert frame.height == 6
    assert frame.row(2) == ("VIX", dt.date(2018, 2, 5), 37.32, at("2018-02-05T21:15"), "points", "Cboe", "observed")
    assert set(frame["origin"]) == {"observed", "synthetic"}
    assert History.of().frame().height == 0
