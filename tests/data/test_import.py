"""Recognisers: every shared file, other dialects of the same facts, and what must be refused."""

import datetime as dt
import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import InputError, SeawallError
from seawall.data.files import Batch, parts, recognise
from seawall.data.files.archive import members
from seawall.data.files.dates import order_of, read_dates
from seawall.data.files.numbers import read_numbers
from seawall.data.files.reading import Hints

FIVE = [dt.date(2018, 2, 1), dt.date(2018, 2, 2), dt.date(2018, 2, 5), dt.date(2018, 2, 14), dt.date(2018, 2, 15)]
CLOSES = [13.47, 17.31, 37.32, 19.26, 19.13]
RU = {1: "января", 2: "февраля", 12: "декабря"}


def bars(
    dates: list[str], separator: str = ",", comma: bool = False, header: str = "Date,Open,High,Low,Close"
) -> bytes:
    def number(value: float) -> str:
        return f"{value:.2f}".replace(".", ",") if comma else f"{value:.2f}"

    lines = [header.replace(",", separator)] if header else []
    for date, close in zip(dates, CLOSES, strict=True):
        told = f'"{date}"' if separator in date else date
        lines.append(separator.join([told, *(number(x) for x in (close - 0.2, close + 1, close - 1, close))]))
    return ("\n".join(lines) + "\n").encode()


ISO = [day.isoformat() for day in FIVE]
DIALECTS = {
    "ISO": bars(ISO),
    "Cboe": bars([f"{d:%m/%d/%Y}" for d in FIVE], header="DATE,OPEN,HIGH,LOW,CLOSE"),
    "day first": bars([f"{d:%d/%m/%Y}" for d in FIVE]),
    "no zeros": bars([f"{d.month}/{d.day}/{d.year}" for d in FIVE]),
    "two-digit year, day first": bars([f"{d:%d-%m-%y}" for d in FIVE]),
    "German": bars([f"{d:%d.%m.%Y}" for d in FIVE], ";", True, "Datum,Eröffnung,Hoch,Tief,Schluss"),
    "Russian words": bars([f"{d.day} {RU[d.month]} {d.year} г." for d in FIVE]),
    "English words": bars([f"{d:%B} {d.day}, {d.year}, 4:15 PM EST" for d in FIVE]),
    "Cboe words": bars([f"{d:%a %b %d %Y}" for d in FIVE]),
    "compact": bars([f"{d:%Y%m%d}" for d in FIVE]),
    "epoch ms": bars([str(int(dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp() * 1000)) for d in FIVE]),
    "newest first": b"\n".join(bars(ISO).split(b"\n")[i] for i in (0, 5, 4, 3, 2, 1)),
    "no header": bars(ISO, header=""),
    "tabs": bars(ISO, "\t"),
    "preamble": b"Some vendor, 2018\nNo warranty.\n\n" + bars(ISO),
    "blank lines and CRLF": bars(ISO).replace(b"\n", b"\r\n\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + bars(ISO),
    "UTF-16": bars(ISO).decode().encode("utf-16"),
    "cp1251": bars([f"{d.day} {RU[d.month]} {d.year} г." for d in FIVE]).decode().encode("cp1251"),
    "columns reversed": bars(ISO).replace(b"Date,Open,High,Low,Close", b"Date,Open,High,Low,Close,Volume"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_table_in_every_dialect(dialect: str) -> None:
    batch = recognise("VIX_History.csv", DIALECTS[dialect])
    (one,) = batch.bars
    order = np.argsort(one.at)
    assert one.series == "VIX"
    np.testing.assert_array_equal(one.at[order].astype("datetime64[D]"), np.array(FIVE, dtype="datetime64[D]"))
    np.testing.assert_allclose(one.close[order], CLOSES, rtol=0, atol=1e-12)
    assert one.high is not None
    np.testing.assert_allclose(one.high[order], np.array(CLOSES) + 1.0)
    assert not batch.rejected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1.234,56", None),
        ("1,234.56", 1234.56),
        ("12,34", None),
        ("(1.5)", -1.5),
        ("\u22122.5", -2.5),
        ("$3.10", 3.10),
        ("4.4%", 4.4),
        ("1.2M", 1.2e6),
        ("1e400", None),
        ("1.00E+10", 1e10),
        ("=1+1", None),
        ("0x10", None),
        ("1_000", None),
        ("١٢", None),
    ],
)
def test_numbers(text: str, told: float | None) -> None:
    assert read_numbers(pl.Series([text]), "point").to_list() == [told]


def test_comma_numbers() -> None:
    cells = pl.Series(["1.234,56", "0,5", "1 234,5", "1.234", "1,2,3"])
    assert read_numbers(cells, "comma").to_list() == [1234.56, 0.5, 1234.5, 1234.0, None]


def test_a_date_that_can_be_read_two_ways_is_asked_about() -> None:
    content = bars(["01/02/2018", "02/02/2018", "05/02/2018", "06/02/2018", "07/02/2018"])
    with pytest.raises(InputError, match=r"two ways: say --dates dmy or --dates mdy"):
        recognise("VIX.csv", content)
    at = recognise("VIX.csv", content, Hints(dates="dmy")).bars[0].at.astype("datetime64[D]")
    assert at[0] == np.datetime64("2018-02-01")


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2068, 12, 31)), min_size=30, max_size=40, unique=True))
@settings(max_examples=25, deadline=None)
def test_dates_in_either_order_come_back(days: list[dt.date]) -> None:
    days = sorted(days)
    if max(day.day for day in days) < 13:
        return
    for pattern in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y", "%Y-%m-%d"):
        cells = pl.Series([day.strftime(pattern) for day in days])
        order = order_of(cells)
        assert order is not None
        assert read_dates(cells, order).dt.date().to_list() == days


def test_an_unnamed_file_is_told_by_its_published_closes_and_a_wrong_name_is_refused() -> None:
    content = bars(ISO)
    assert recognise("download (3).csv", content).bars[0].series == "VIX"
    other = content.replace(b"37.32", b"36.00").replace(b"38.32", b"37.00")
    with pytest.raises(InputError, match="name it with --as SERIES"):
        recognise("download (3).csv", other)
    with pytest.raises(InputError, match="contradicts its published closes"):
        recognise("VIX.csv", other)
    assert recognise("x.csv", other, Hints("MYVIX")).bars[0].series == "MYVIX"


def test_bad_rows_are_named_and_the_rest_is_kept() -> None:
    content = bars(ISO).replace(b"2018-02-02", b"2018-02-31").replace(b"18.26", b"=cmd|' /C calc'!A0")
    batch = recognise("VIX.csv", content)
    assert len(batch.bars[0].close) == 3
    assert [(row.line, row.reason) for row in batch.rejected] == [
        (3, "the date cannot be read"),
        (5, "column 4 is not a number"),
    ]
    assert "=cmd" in batch.rejected[1].text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"<!DOCTYPE html><html>moved</html>", "web page"),
        ("a.csv", b'{"error": "no"}', "JSON of no kind"),
        ("a.csv", b"\x00\x01\x02" * 50, "not text"),
        ("a.csv", b"name,place\nx,y\nz,w\n", "of no format known here: it stays where it is"),
        ("a.csv", b"just a sentence\n", "no "),
        ("a.csv", b"Date,Close\n", "no rows|no format"),
        ("prices.csv", b"Date,Close\n2020-01-02,5\n2020-01-03,6\n", "does not say of what"),
        ("a.parquet", b"PAR1 and then nothing", "damaged"),
        ("a.csv", b"Date,Apples,Pears\n2020-01-02,5,6\n2020-01-03,6,7\n", "none of which is known"),
        ("p.minute.csv", b"timestamp,netAmount0,closeTick,currentLiquidity\n2020-01-01,1,2,3\n", "which pool"),
        (
            "f.csv",
            b"date,funding_rate\n2020-01-01 00:00,0.0001\n2020-01-01 08:00,0.0001\n",
            "does not say of what",
        ),
    ],
)
def test_what_cannot_be_placed_is_said_so(name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as told:
        recognise(name, content)
    assert "\n" not in str(told.value)


def test_percent_and_decimal_funding_mean_the_same() -> None:
    stamps = [f"2022-11-0{d} {h:02d}:00:00.016" for d in (3, 4, 5) for h in (0, 8, 16)]
    percent = "utc,value\n" + "".join(f"{s},0.01\n" for s in stamps)
    decimal = "utc,funding_rate\n" + "".join(f"{s},0.0001\n" for s in stamps)
    for text in (percent, decimal):
        (one,) = recognise("BTC_funding_8h.csv", text.encode()).funding
        assert (one.instrument, one.hours) == ("BTC", 8.0)
        np.testing.assert_allclose(one.rate, 1e-4)


def test_a_contract_is_told_by_its_rows_and_zeros_are_no_prices() -> None:
    text = (
        "CFE data is compiled for the convenience of site visitors.\n"
        "Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
        "07/20/2007,F (Jan 08),0.00,0.00,0.00,0.00,0.00,0.00,0,0,0\n"
        "07/23/2007,F (Jan 08),0.00,0.00,0.00,0.00,17.92,17.92,0,0,200\n"
        "07/24/2007,F (Jan 08),17.85,18.00,17.80,17.90,17.95,0.03,5,0,205\n"
        "07/25/2007,Q (Jan 08),17.85,18.00,17.80,17.90,17.95,0.03,5,0,205\n"
    )
    batch = recognise("whatever.txt", text.encode())
    (one,) = batch.bars
    assert (one.series, batch.absent, len(batch.rejected)) == ("VX_2008_01", 1, 1)
    assert one.close.tolist() == [17.92, 17.95]
    assert one.open is not None
    assert np.isnan(one.open[0])


def test_pool_integers_stay_integers() -> None:
    head = (
        "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,"
        "currentLiquidity\n"
    )
    huge = str(2**127 + 1)
    rows = f"2023-08-13 00:00:00,-1,{huge},201101.0,1,1,1,0,0,{huge}\n2023-08-13 00:01:00,1.5,0,1,1,1,1,0,0,1\n"
    batch = recognise("polygon_USDC_WETH_005_2023-08-13.minute.csv", (head + rows).encode())
    (one,) = batch.pools
    assert one.pool == "POLYGON_USDC_WETH_005"
    assert one.columns["liquidity"] == [huge]
    assert one.columns["close_tick"] == ["201101"]
    assert [row.reason for row in batch.rejected] == ["net_amount0 is not an integer"]


def test_parquet_is_read_like_text(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"Date": FIVE, "VVIX": [100.0, 101.5, 177.34, 110.0, 109.0]}).write_parquet(path)
    (one,) = recognise("x.parquet", path).observations
    assert one.series == "VVIX"
    assert one.value[2] == 177.34


# archives


def packed_zip(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path) -> list[Batch]:
    with members(path) as inside:
        return [batch for one in inside for batch in parts(one.name, one.path)]


def test_archives_are_opened(tmp_path: Path) -> None:
    content = bars(ISO)
    plain = tmp_path / "VIX.csv.gz"
    plain.write_bytes(gzip.compress(content))
    zipped = packed_zip(
        tmp_path / "a.zip", **{"in/VIX.csv": content, "VVIX.csv": b"DATE,VVIX\n2018-02-05,177.34\n2018-02-06,150.2\n"}
    )
    tarred = tmp_path / "a.tar.gz"
    with tarfile.open(tarred, "w:gz") as archive:
        info = tarfile.TarInfo("VIX.csv")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    assert [batch.bars[0].series for batch in read_all(plain)] == ["VIX"]
    assert [batch.format for batch in read_all(zipped)] == ["bars", "dated values"]
    assert [batch.bars[0].series for batch in read_all(tarred)] == ["VIX"]
    assert recognise("VIX.csv.gz", plain.read_bytes()).bars[0].series == "VIX"


@pytest.mark.parametrize("name", ["../../etc/x.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"])
def test_a_path_out_of_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    zipped = packed_zip(tmp_path / "a.zip", **{"VIX.csv": bars(ISO), name: bars(ISO)})
    tarred = tmp_path / "a.tar"
    with tarfile.open(tarred, "w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    before = sorted(tmp_path.rglob("*"))
    for path in (zipped, tarred):
        with pytest.raises(InputError, match="names a file outside itself"):
            read_all(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_links_bombs_nests_and_locks_are_refused(tmp_path: Path) -> None:
    link = tmp_path / "link.tar"
    with tarfile.open(link, "w") as archive:
        info = tarfile.TarInfo("x.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(InputError, match="no plain file"):
        read_all(link)
    bomb = tmp_path / "VIX.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * (40 << 20)))
    with pytest.raises(InputError, match="refused as a bomb"):
        read_all(bomb)
    with pytest.raises(InputError, match="refused as a bomb"):
        read_all(packed_zip(tmp_path / "bomb.zip", **{"VIX.csv": b"0" * (40 << 20)}))
    with pytest.raises(InputError, match="holds another archive"):
        read_all(packed_zip(tmp_path / "nest.zip", **{"a.zip": (packed_zip(tmp_path / "b.zip", x=b"1")).read_bytes()}))
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(gzip.compress(bars(ISO) * 50)[:-20])
    with pytest.raises(InputError, match="damaged"):
        read_all(torn)
    (tmp_path / "x.bz2").write_bytes(b"BZh91AY&SY")
    with pytest.raises(InputError, match="packed with bzip2"):
        read_all(tmp_path / "x.bz2")


# fuzz: whatever comes in, only a SeawallError comes out


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes_never_break_it(content: bytes) -> None:
    try:
        recognise("VIX_x.csv", content)
    except SeawallError:
        return


CELLS = st.sampled_from(
    [
        "2018-02-05",
        "05/02/18",
        "37.32",
        "1,5",
        "",
        ".",
        "nan",
        "=1",
        "F (Jan 08)",
        "x",
        '"',
        "1e999",
        "BTC/USD",
        "-",
        "é",
    ]
)
HEADS = st.sampled_from(
    ["Date", "DATE", "open", "High", "low", "Close", "settle", "Futures", "value", "funding_rate", "symbol", "date",
     "oi_close", "ref_month", "consensus", "VIX", "tx_type", "sqrtPriceX96", "block_number", "", "strike", "bid", "ask"]
)  # fmt: skip


@given(
    st.lists(HEADS, min_size=1, max_size=9),
    st.lists(st.lists(CELLS, max_size=10), max_size=12),
    st.sampled_from(",;\t|"),
)
@settings(max_examples=150, deadline=None)
def test_random_tables_never_break_it(head: list[str], rows: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(row) for row in [head, *rows])
    try:
        batch = recognise("VIX BTC.csv", text.encode())
    except SeawallError:
        return
    assert batch.rows <= len(rows) + 1


@given(st.permutations(["Date", "Open", "High", "Low", "Close", "Volume"]))
@settings(max_examples=30, deadline=None)
def test_columns_may_stand_in_any_order(order: list[str]) -> None:
    values = {"Open": 13.0, "High": 39.0, "Low": 12.0, "Volume": 5.0}
    lines = [",".join(order)]
    for day, close in zip(ISO, CLOSES, strict=True):
        row = {**values, "Date": day, "Close": close}
        lines.append(",".join(str(row[name]) for name in order))
    (one,) = recognise("VIX.csv", "\n".join(lines).encode()).bars
    assert one.close.tolist() == CLOSES
    assert one.high is not None
    assert set(one.high) == {39.0}


# memory: what a longer file takes more

GROWTH = """
import resource, sys
from pathlib import Path
from seawall.data.files import parts
from seawall.data.store import Provenance, Store
with Store.open(Path(sys.argv[1])) as store:
    store.put(parts("BTCUSD.csv", Path(sys.argv[2])), Provenance("x", "y"))
    print(store.count("bar"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def long_file(path: Path, rows: int) -> Path:
    at = np.datetime64("2015-01-01T00:00", "us") + np.arange(rows) * np.timedelta64(1, "m")
    frame = pl.DataFrame({"timestamp": at, "open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 1.25})
    frame.with_columns(pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S")).write_csv(path, float_precision=6)
    return path


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks, sizes = [], []
    for rows in (300_000, 900_000):
        path = long_file(tmp_path / f"{rows}.csv", rows)
        done = subprocess.run(
            [sys.executable, "-c", GROWTH, str(tmp_path / f"{rows}.duckdb"), str(path)],
            capture_output=True, text=True, check=True, env={**os.environ, "POLARS_MAX_THREADS": "2"},
        )  # fmt: skip
        stored, peak = done.stdout.split()
        assert int(stored) == rows
        peaks.append(int(peak) / 1024)
        sizes.append(path.stat().st_size / 2**20)
    # What the libraries themselves take differs by machine; what a longer file adds must not.
    # A gigabyte more would add a thousand times this; what DuckDB may hold in memory is capped besides.
    assert (peaks[1] - peaks[0]) / (sizes[1] - sizes[0]) < 4.0
