"""The store: idempotent, keeping what it replaces, whole after a kill, and polite to a second process."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.made_store import DAYS, dump, vix_batch

from seawall.core.errors import DataError, InputError, MissingDataError
from seawall.data.files import Bars, Batch, Funding, Observations, PoolRows, Releases
from seawall.data.store import Provenance, Store
from seawall.data.store_schema import EVERYTHING

ONE = Provenance("VIX_History.csv", "1" * 64, dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
TWO = Provenance("VIX_History.csv", "2" * 64, dt.datetime(2020, 1, 2, tzinfo=dt.UTC))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "s.duckdb"


def at(*days: str) -> np.ndarray:
    return np.array(days, dtype="datetime64[us]")


def everything() -> Batch:
    return Batch(
        source="made",
        format="made",
        observations=(Observations("DFF", at("2020-01-02", "2020-01-03"), np.array([1.55, 1.54])),),
        bars=(Bars("SPX", at("2020-01-02"), np.array([3257.85]), high=np.array([3258.14]), low=np.array([3235.53])),),
        releases=(Releases("CPIAUCSL", at("2019-12-01"), np.array([258.444])),),
        funding=(Funding("BTC", at("2020-01-02T08:00"), np.array([1e-4])),),
        pools=(PoolRows("P", "minute", at("2020-01-02T00:01"), {"liquidity": [str(2**200)]}),),
        rows=6,
    )


def test_a_second_import_changes_nothing(place: Path) -> None:
    with Store.open(place) as store:
        first = store.put(everything(), ONE)
        before = dump(store)
        second = store.put(everything(), ONE)
        after = dump(store)
    assert (first.added, first.unchanged, first.revised) == (6, 0, 0)
    assert (second.added, second.unchanged, second.revised) == (0, 6, 0)
    assert before == after
    assert before["provenance"]


def test_the_same_rows_from_another_file_are_only_noted(place: Path) -> None:
    with Store.open(place) as store:
        store.put(everything(), ONE)
        before = dump(store)
        receipt = store.put(everything(), TWO)
        after = dump(store)
    assert (receipt.added, receipt.unchanged) == (0, 6)
    changed = {name for name in EVERYTHING if before[name] != after[name]}
    assert changed == {"provenance"}


def test_a_corrected_value_keeps_the_old_one(place: Path) -> None:
    with Store.open(place) as store:
        store.put(vix_batch(), ONE)
        corrected = vix_batch(close={3: 14.25})
        receipt = store.put(corrected, TWO)
        assert (receipt.added, receipt.unchanged, receipt.revised) == (0, DAYS.size - 1, 1)
        old = store.query("SELECT * FROM revision").row(0, named=True)
        assert old["subject"] == "VIX"
        assert old["moment"].date() == DAYS[3].item()
        assert '"close":13.3' in old["old"]
        assert old["replaced_at"] == dt.datetime(2020, 1, 2)  # noqa: DTZ001  (the store keeps UTC without a zone)
        assert store.history().get("VIX").values[3] == 14.25
        store.put(corrected, TWO)
        assert store.count("revision") == 1


def test_two_values_for_one_instant_keep_the_first_and_say_so(place: Path) -> None:
    twice = Observations("DFF", at("2020-01-02", "2020-01-02", "2020-01-02"), np.array([1.55, 1.55, 9.0]))
    with Store.open(place) as store:
        receipt = store.put(Batch("FRED", "made", observations=(twice,), rows=3), ONE)
        assert (receipt.added, receipt.refused) == (1, 1)
        kept = store.query('SELECT "check", value FROM quarantine')
        assert kept.rows() == [("duplicate", 9.0)]
        assert store.history().get("DFF").values.tolist() == [1.55]


def test_huge_integers_come_back_digit_by_digit(place: Path) -> None:
    with Store.open(place) as store:
        store.put(everything(), ONE)
        assert store.query("SELECT liquidity FROM pool_minute").item() == str(2**200)


def test_a_later_vintage_is_seen_only_when_it_was_known(place: Path) -> None:
    prints = Releases(
        "CPIAUCSL",
        at("2019-12-01", "2019-12-01", "2020-01-01"),
        np.array([258.444, 258.203, 258.820]),
        ("2020-01-14", "2021-02-10", "2020-02-13"),
        at("2020-01-14T13:30", "2021-02-10T13:30", "2020-02-13T13:30"),
    )
    with Store.open(place) as store:
        store.put(Batch("FRED", "made", releases=(prints,), rows=3), ONE)
        first = store.history().get("CPIAUCSL")
        assert first.values.tolist() == [258.444, 258.820]
        assert store.history(now=dt.datetime(2020, 2, 1, tzinfo=dt.UTC)).get("CPIAUCSL").values.tolist() == [258.444]
        late = store.history(now=dt.datetime(2021, 3, 1, tzinfo=dt.UTC)).get("CPIAUCSL")
        assert late.values.tolist() == [258.203, 258.820]
        early = store.history(now=dt.datetime(2020, 1, 14, 13, 29, tzinfo=dt.UTC))
        assert not early.has("CPIAUCSL") or not len(early.get("CPIAUCSL"))


def test_a_monthly_value_is_known_at_its_release_not_at_its_date(place: Path) -> None:
    dated = Releases("CPIAUCSL", at("2019-12-01", "2020-01-01"), np.array([258.444, 258.820]))
    calendar = Releases("CPI_MOM", at("2019-12-01"), np.array([0.2]), "current", at("2020-01-14T13:30"))
    with Store.open(place) as store:
        store.put(Batch("FRED", "made", releases=(dated,), rows=2), ONE)
        by_rule = store.history().get("CPIAUCSL").known_at
        store.put(Batch("CPI release table", "made", releases=(calendar,), rows=1), TWO)
        by_calendar = store.history().get("CPIAUCSL").known_at
    assert by_rule.tolist() == [dt.datetime(2020, 1, 20, 13, 30), dt.datetime(2020, 2, 20, 13, 30)]  # noqa: DTZ001
    assert by_calendar.tolist() == [dt.datetime(2020, 1, 14, 13, 30), dt.datetime(2020, 2, 20, 13, 30)]  # noqa: DTZ001


def test_the_publisher_comes_before_a_compiled_table_and_month_ends_do_not_mix_in(place: Path) -> None:
    ours, theirs = vix_batch(), Observations("VIX", DAYS.astype("datetime64[us]"), np.full(DAYS.size, 50.0))
    months = Observations("VIX", at("1989-10-31", "1989-11-30", "1989-12-29"), np.array([20.0, 20.0, 20.0]))
    with Store.open(place) as store:
        store.put(Batch("table VIX..SPX", "made", observations=(theirs,), rows=1), TWO)
        store.put(ours, ONE)
        store.put(Batch("table BXM..GS3M", "made", observations=(months,), rows=1), Provenance("m", "3" * 64))
        series = store.history().get("VIX")
    assert series.dates[0] == DAYS[0]
    np.testing.assert_array_equal(series.values, ours.bars[0].close)


KILLED = """
import sys
from pathlib import Path
from seawall.data.store import Provenance, Store
from tests.made_store import long_batches
with Store.open(Path(sys.argv[1])) as store:
    print("open", flush=True)
    store.put(long_batches(), Provenance("long.csv", "9" * 64))
    print("done", flush=True)
"""


def started(place: Path, code: str = KILLED) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, str(place)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def test_a_kill_leaves_the_store_as_before_or_as_after(place: Path) -> None:
    with Store.open(place) as store:
        store.put(vix_batch(), ONE)
        before = dump(store)
    reference = place.with_name("whole.duckdb")
    reference.write_bytes(place.read_bytes())
    began = time.monotonic()
    child = started(reference)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    opened = time.monotonic()
    child.communicate(timeout=60)
    whole = time.monotonic() - opened
    with Store.open(reference) as store:
        rows_after = store.count("observation")
    assert rows_after > 0
    outcomes = set()
    rng = np.random.default_rng(int(began * 1e6) % 2**32)  # each run kills at other moments
    for share in (*rng.uniform(0.05, 1.05, 4), 0.9):
        target = place.with_name("killed.duckdb")
        target.write_bytes(place.read_bytes())
        child = started(target)
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        time.sleep(whole * share)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
        with Store.open(target) as store:
            after = dump(store)
        outcomes.add(len(after["observation"]))
        if after["observation"]:
            assert len(after["observation"]) == rows_after
            assert len(after["provenance"]) == 2
        else:
            assert after == before
        assert not list(place.parent.glob("*staging*"))
        for left in place.parent.glob("killed.duckdb*"):
            left.unlink()
    assert outcomes <= {0, rows_after}


HOLD = """
import sys, time
from pathlib import Path
from seawall.data.store import Store
with Store.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline() if len(sys.argv) > 2 else time.sleep(0.6)
"""


def test_a_second_process_is_told_who_holds_the_store(place: Path) -> None:
    Store.open(place).close()
    child = started(place, HOLD.replace("time.sleep(0.6)", "time.sleep(30)"))
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    try:
        for read_only in (False, True):
            with pytest.raises(DataError, match=f"process {child.pid} is using the store .* try again") as told:
                Store.open(place, read_only=read_only, wait_s=0.2)
            assert "\n" not in str(told.value)
    finally:
        child.kill()
        child.communicate(timeout=30)


def test_a_second_process_waits_for_the_first(place: Path) -> None:
    Store.open(place).close()
    child = started(place, HOLD)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    with Store.open(place, wait_s=30.0) as store:
        assert store.count("bar") == 0
    child.communicate(timeout=30)


def test_readers_share_the_store_and_cannot_write(place: Path) -> None:
    Store.open(place).close()
    with Store.open(place, read_only=True) as store, pytest.raises(DataError, match="open for reading"):
        store.put(vix_batch(), ONE)


def test_what_is_no_store_is_said_so(place: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"there is no store at .*seawall data import"):
        Store.open(place, read_only=True)
    place.write_bytes(b"no database at all, " * 400)
    with pytest.raises(DataError, match="cannot be opened"):
        Store.open(place)
    assert place.read_bytes().startswith(b"no database")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be made"):
        Store.open(tmp_path / "file" / "s.duckdb")


def test_a_failure_in_the_middle_stores_nothing(place: Path) -> None:
    def parts():  # type: ignore[no-untyped-def]
        yield vix_batch()
        raise InputError("the rest is damaged")

    with Store.open(place) as store:
        empty = dump(store)
        with pytest.raises(InputError, match="damaged"):
            store.put(parts(), ONE)
        assert dump(store) == empty


def test_a_query_leaves_nothing_on_stderr_and_no_pandas(place: Path) -> None:
    with Store.open(place) as store:
        store.put(vix_batch(), ONE)
    code = (
        "import sys; from pathlib import Path; from seawall.data.store import Store\n"
        "with Store.open(Path(sys.argv[1]), read_only=True) as s:\n"
        "    print(len(s.history().get('VIX')))\n"
        "print([m for m in ('pandas', 'pyarrow') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=False)
    assert (done.stdout.split("\n")[:2], done.stderr) == ([str(DAYS.size), "[]"], "")


def test_chains_come_back_as_they_went_in(place: Path) -> None:
    from tests.made_store import chain

    one = chain()
    with Store.open(place) as store:
        store.put(Batch("made", "option chain", chains=(one,), rows=one.size), ONE)
        again = store.put(Batch("made", "option chain", chains=(one,), rows=one.size), ONE)
        (back,) = store.chains("SPX", dt.date(2018, 2, 5))
        with pytest.raises(MissingDataError, match=r"no SPX chain of 2018-02-06 .*2018-02-05"):
            store.chains("SPX", dt.date(2018, 2, 6))
    assert again.unchanged == one.size
    assert (back.as_of, back.known_at, back.spot, back.source) == (one.as_of, one.known_at, one.spot, one.source)
    for name in ("expiry", "root", "strike", "right", "bid", "ask", "open_interest", "iv"):
        np.testing.assert_array_equal(getattr(back, name), getattr(one, name))


@pytest.mark.parametrize("folder", ["it's here", "a)b", "ä ö"])
def test_a_store_lies_in_any_folder(tmp_path: Path, folder: str) -> None:
    with Store.open(tmp_path / folder / "s.duckdb") as store:
        assert store.put(vix_batch(), ONE).added == DAYS.size
        twice = Observations("DFF", at("2020-01-02", "2020-01-02"), np.array([1.55, 9.0]))
        assert store.put(Batch("FRED", "made", observations=(twice,), rows=2), TWO).refused == 1
        assert len(store.history().get("VIX")) == DAYS.size


def test_a_folder_that_reads_as_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reads as a pattern"):
        Store.open(tmp_path / "a[b]*?" / "s.duckdb")


def test_frames_are_polars(place: Path) -> None:
    with Store.open(place) as store:
        frame = store.query("SELECT 1 AS n, TIMESTAMP '2020-01-01' AS t, 'x' AS s")
        with pytest.raises(InputError, match="cannot answer"):
            store.query("SELECT nothing FROM nowhere")
    assert isinstance(frame, pl.DataFrame)
    assert frame.row(0) == (1, dt.datetime(2020, 1, 1), "x")  # noqa: DTZ001
