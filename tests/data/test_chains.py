"""Readers of chain files: small files in every dialect, typed by hand; the real ones; and noise."""

import contextlib
import datetime as dt
import io
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import DATA, existing

from seawall.core.datum import Origin
from seawall.core.errors import InputError, MissingDataError, SeawallError
from seawall.data import chains as module
from seawall.data.chains import chain_frame, load_chains, pick
from seawall.data.levels import read_levels
from seawall.data.stamps import read_stamp
from seawall.market.chain import Chain

SIDE = "Last Sale,Net,Bid,Ask,{vol},IV,Delta,Gamma,{oi}"
NAMES = f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}"
NEW = NAMES.format(vol="Volume", oi="Open Interest")
OLD = NAMES.format(vol="Vol", oi="Open Int")
ROWS = (
    "Fri Jun 10 2022,SPXW220610C03900000,5,0,4.1,4.3,12,0.25,0.51,0.002,100,"
    "3900.00,SPXW220610P03900000,4,0,3.9,4.2,7,0,-0.49,0.002,50\n"
    "Fri Jun 17 2022,SPX220617C03900000,60,0,58.5,59.5,1,0.27,0.52,0.001,900,"
    "3900.00,SPX220617P03900000,61,0,57.5,58.5,2,0.28,-0.48,0.001,800\n"
)
TITLE = "Standard & Poors 500 Index,Last: 3900.86,Change:  -116.96\n"


def saved(folder: Path, text: str | bytes, name: str = "quotes.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def only(path: Path) -> Chain:
    chains = load_chains(path)
    assert len(chains) == 1
    return chains[0]


# Instants worked out by hand: New York is UTC-4 in June and September, UTC-5 in December; Moscow is UTC+3.
@pytest.mark.parametrize(
    ("date_line", "as_of", "known_at"),
    [
        ('"Date: June 11, 2022, 8:47 PM EDT",Bid: 1,Ask: 2', "2022-06-10T20:00", "2022-06-12T00:47"),  # Saturday
        ('"Date: June 10, 2022 at 11:55 AM EDT",Bid: 1', "2022-06-10T15:55", "2022-06-10T15:55"),
        ('"Date: June 10, 2022 at 8:05 AM EDT",Bid: 1', "2022-06-09T20:00", "2022-06-10T12:05"),
        ("Date: 10 June 2022,Bid: 1", "2022-06-10T20:00", "2022-06-10T20:15"),
        ("Date: 10 июня 2022 г.,Bid: 1", "2022-06-10T20:00", "2022-06-10T20:15"),
        ("Date: 11 июня 2022 г. в 0:43 GMT+3,Bid: 1", "2022-06-10T20:00", "2022-06-10T21:43"),
        ("Date: 10-06-22,Bid: 1", "2022-06-10T20:00", "2022-06-10T20:15"),
        ("Date: 06/10/2022,Bid: 1", "2022-06-10T20:00", "2022-06-10T20:15"),
        ("Date: 10/06/2022,Bid: 1", "2022-06-10T20:00", "2022-06-10T20:15"),
        ('"Date: 10. Juni 2022 um 22:15 MESZ",Bid: 1', "2022-06-10T20:00", "2022-06-10T20:15"),
        ("Jun 10 2022 @ 15:47 ET,Bid,1", "2022-06-10T19:47", "2022-06-10T19:47"),
    ],
)
@pytest.mark.parametrize("header", [NEW, OLD])
def test_dates_of_delayed_quotes(tmp_path: Path, date_line: str, as_of: str, known_at: str, header: str) -> None:
    chain = only(saved(tmp_path, f"\n{TITLE}{date_line}\n{header}\n{ROWS}"))
    assert chain.as_of == dt.datetime.fromisoformat(as_of).replace(tzinfo=dt.UTC)
    assert chain.known_at == dt.datetime.fromisoformat(known_at).replace(tzinfo=dt.UTC)
    assert (chain.underlying, chain.spot) == ("SPX", 3900.86)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("9 декабря 2023 г.", dt.date(2023, 12, 9)),
        ("13-09-22", dt.date(2022, 9, 13)),
        ("9 June 2023", dt.date(2023, 6, 9)),
        ("9. März 2023", dt.date(2023, 3, 9)),
        ("1 août 2023", dt.date(2023, 8, 1)),
        ("3 de octubre de 2023", dt.date(2023, 10, 3)),
        ("30 września 2023", dt.date(2023, 9, 30)),
        ("2023年12月9日", dt.date(2023, 12, 9)),
        ("20231209", dt.date(2023, 12, 9)),
        ("2023-12-09T20:00:00+00:00", dt.date(2023, 12, 9)),
        ("12 Eylül 2023", dt.date(2023, 9, 12)),
        ("Sep 5, 2023", dt.date(2023, 9, 5)),
    ],
)
def test_dates_in_many_words(text: str, day: dt.date) -> None:
    stamp = read_stamp(text)
    assert stamp is not None
    assert stamp.days[0] == day


@pytest.mark.parametrize("text", ["", "Bid: 3878.48", "32 June 2023", "99-99-99", "hello", "1234567890123", "::::"])
def test_what_is_no_date(text: str) -> None:
    assert read_stamp(text) is None


def test_every_field_of_delayed_quotes(tmp_path: Path) -> None:
    chain = only(saved(tmp_path, f"{TITLE}Date: 10 June 2022\n{NEW}\n{ROWS}"))
    assert chain.size == 4
    assert chain.expiries() == [(dt.date(2022, 6, 10), "SPXW"), (dt.date(2022, 6, 17), "SPX")]
    put = chain.take((chain.root == "SPXW") & (chain.right == -1.0))
    figures = {
        n: float(getattr(put, n)[0]) for n in ("strike", "bid", "ask", "volume", "open_interest", "delta", "gamma")
    }
    assert figures == {
        "strike": 3900.0, "bid": 3.9, "ask": 4.2, "volume": 7.0, "open_interest": 50.0, "delta": -0.49, "gamma": 0.002
    }  # fmt: skip
    assert np.isnan(put.iv[0])
    assert chain.rows(dt.date(2022, 6, 17), "SPX").iv.tolist() == [0.27, 0.28]
    assert "iv is 0 in 1 rows: taken as unknown" in chain.notes


def test_trailing_commas_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = f'\ufeff{TITLE.strip()}{"," * 19}\n"Date: July 12, 2022, 11:55 AM EDT",Bid: 1{"," * 17}\n{NEW}\n{ROWS}'
    assert only(saved(tmp_path, text.replace("\n", "\r\n"))).size == 4


def test_without_any_header(tmp_path: Path) -> None:
    chain = only(saved(tmp_path, ROWS, "spx_2022-06-10.csv"))
    assert chain.as_of == dt.datetime(2022, 6, 10, 20, 0, tzinfo=dt.UTC)
    assert chain.spot == pytest.approx(3900.0 + 4.2 - 4.05)
    assert any("file name" in note for note in chain.notes)
    dateless = only(saved(tmp_path, ROWS, "quotes.csv"))
    assert dateless.origin is Origin.MODELLED
    assert any("first expiry" in note for note in dateless.notes)


def test_old_symbols_take_the_expiry_column(tmp_path: Path) -> None:
    row = (
        "06/15/2018,18 Jun 2780.00 (SPXW1815F2780-E),1,0,9.1,9.4,1,.1,.5,.01,5,"
        "2780,18 Jun 2780.00 (SPXW1815R2780-E),1,0,8.1,8.4,1,.1,-.5,.01,6\n"
    )
    chain = only(saved(tmp_path, f"SPX (S&P 500 INDEX),2781.25,-3.00,\nJun 12 2018 @ 15:47 ET,\n{OLD}\n{row}"))
    assert chain.expiries() == [(dt.date(2018, 6, 15), "SPXW")]
    assert (chain.spot, chain.size) == (2781.25, 2)


def test_bad_rows_are_counted_with_their_line(tmp_path: Path) -> None:
    bad = ROWS.splitlines()[0].replace("4.1,4.3", "n/a,4.3") + "\n"
    chain = only(saved(tmp_path, f"{TITLE}Date: 10 June 2022\n{NEW}\n{ROWS}{bad}"))
    assert chain.size == 5
    assert any(note.startswith("bid is not a number in 1 rows, first on line 6") for note in chain.notes)
    clash = ROWS.splitlines()[0].replace(",3900.00,", ",3950.00,") + "\n"
    chain = only(saved(tmp_path, f"{TITLE}Date: 10 June 2022\n{NEW}\n{ROWS}{clash}"))
    assert any("strike disagrees" in note for note in chain.notes)
    assert chain.size == 4


LONG = pl.DataFrame(
    {
        "date": [dt.date(2025, 9, 2)] * 4,
        "spot": [6400.5] * 4,
        "strike": [6400.0, 6400.0, 6500.0, 6500.0],
        "dte": [24, 24, 31, 31],
        "cp": ["C", "P", "C", "P"],
        "oi": [10, 20, 30, 40],
        "iv": [0.15, 0.0, 0.14, 0.16],
        "bid": [80.0, 70.0, 50.0, 150.0],
        "ask": [80.5, 70.5, 50.5, 150.5],
        "symbol": ["x"] * 4,
    }
)


def check_long(chain: Chain) -> None:
    assert (chain.underlying, chain.spot, chain.size) == ("SPX", 6400.5, 4)
    assert chain.as_of == dt.datetime(2025, 9, 2, 20, 0, tzinfo=dt.UTC)
    assert chain.expiries() == [(dt.date(2025, 9, 26), ""), (dt.date(2025, 10, 3), "")]
    assert chain.right.tolist() == [1.0, -1.0, 1.0, -1.0]
    assert chain.ask.tolist() == [80.5, 70.5, 50.5, 150.5]
    assert chain.open_interest.tolist() == [10.0, 20.0, 30.0, 40.0]
    assert np.isnan(chain.delta).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(LONG.columns), st.sampled_from([",", ";", "\t"]), st.booleans())
def test_columns_in_any_order(order: list[str], separator: str, parquet: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        buffer = io.BytesIO()
        frame = LONG.select(order)
        frame.write_parquet(buffer) if parquet else frame.write_csv(buffer, separator=separator)
        check_long(only(saved(Path(folder), buffer.getvalue(), "x.dat")))


def test_other_names_and_decimal_commas(tmp_path: Path) -> None:
    text = (
        "Quote_Date;Underlying_Last;Strike Price;Expiration;Option Type;Best_Bid;Best_Ask\n"
        "02.09.2025;6400,5;6400;26.09.2025;call;80,0;80,5\n02.09.2025;6400,5;6400;26.09.2025;put;70,0;70,5\n"
    )
    chain = only(saved(tmp_path, text))
    assert chain.expiries() == [(dt.date(2025, 9, 26), "")]
    assert chain.bid.tolist() == [80.0, 70.0]


def test_both_sides_in_a_row(tmp_path: Path) -> None:
    text = (
        "date,expiry,root,spot,strike,call_bid,call_ask,put_bid,put_ask\n"
        '2025-09-02,2025-09-26,SPXW,6400.5,"6,400",80,80.5,70,70.5\n'
    )
    chain = only(saved(tmp_path, text))
    assert (chain.strike.tolist(), chain.right.tolist()) == ([6400.0, 6400.0], [1.0, -1.0])
    assert chain.mid.tolist() == [80.25, 70.25]


def test_roots_from_two_blocks_of_rows(tmp_path: Path) -> None:
    # SPX (third Fridays 2025-09-19 and 2025-10-17), then SPXW from the first expiry again.
    days = [17, 45, 3, 17, 45]
    frame = pl.DataFrame({"date": dt.date(2025, 9, 2), "spot": 6400.5, "strike": 6400.0, "dte": days, "cp": "C",
                          "bid": 1.0, "ask": 1.2})  # fmt: skip
    frame.write_parquet(tmp_path / "a.parquet")
    assert only(tmp_path / "a.parquet").root.tolist() == ["SPX", "SPX", "SPXW", "SPXW", "SPXW"]
    frame.with_columns(dte=pl.Series([17, 44, 3, 17, 45])).write_parquet(tmp_path / "b.parquet")
    assert set(only(tmp_path / "b.parquet").root.tolist()) == {""}


def test_several_days_and_how_one_is_picked(tmp_path: Path) -> None:
    later = LONG.with_columns(date=pl.lit(dt.date(2025, 9, 3)))
    pl.concat([later, LONG]).write_csv(tmp_path / "two.csv")
    chains = load_chains(tmp_path / "two.csv")
    assert [chain.session.day for chain in chains] == [2, 3]
    assert pick(chains, dt.date(2025, 9, 3)) is chains[1]
    assert pick(chains[:1], None) is chains[0]
    with pytest.raises(MissingDataError, match=r"2025-09-02, 2025-09-03.*--asof"):
        pick(chains, None)
    with pytest.raises(MissingDataError, match="no chain of 2024-01-02: it has 2025-09-02"):
        pick(chains, dt.date(2024, 1, 2))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_chain_survives_its_frame(tmp_path: Path, kind: str) -> None:
    chain = only(saved(tmp_path, f"{TITLE}Date: 10 June 2022 at 11:55 AM EDT\n{NEW}\n{ROWS}"))
    frame = chain_frame(chain)
    frame.write_csv(tmp_path / "f.csv") if kind == "csv" else frame.write_parquet(tmp_path / "f.parquet")
    back = only(tmp_path / f"f.{kind}")
    assert (back.as_of, back.underlying, back.spot) == (chain.as_of, chain.underlying, chain.spot)
    for name in ("expiry", "root", "strike", "right", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma"):
        assert np.array_equal(getattr(back, name), getattr(chain, name), equal_nan=name not in ("expiry", "root")), name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"strike,bid\n", "header and no rows"),
        (b"a,b,c\n1,2,3\n", "no column for as_of, strike, right, bid, ask, expiry or dte"),
        (b"\0\1\2\3binary", "neither text nor Parquet"),
        (b"PAR1 and nothing else", "cannot|not a chain"),
        (b"date,expiry,strike,cp,bid,ask\nx,y,z,w,v,u\n", "no row is an option quote"),
        (b"date,expiry,strike,cp,bid,ask,spot\n2025-09-02,2025-09-26,inf,C,1,2,3\n", "no row is an option quote"),
        (b"x" * 200_001, "100,000 characters"),
    ],
)
def test_errors_name_the_file(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as failed:
        load_chains(saved(tmp_path, content, "bad.csv"))
    assert "bad.csv" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_files_that_are_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="not a file"):
        load_chains(tmp_path)
    with pytest.raises(InputError, match="not a file"):
        load_chains(tmp_path / "absent.csv")
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="split it"):
        load_chains(saved(tmp_path, ROWS))
    monkeypatch.undo()
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    LONG.write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(InputError, match="4 rows, more than 3"):
        load_chains(tmp_path / "rows.parquet")


def test_formulas_are_only_text(tmp_path: Path) -> None:
    row = ROWS.splitlines()[0].replace("4.1,4.3", '"=1+1",4.3')
    chain = only(saved(tmp_path, f"{TITLE}Date: 10 June 2022\n{NEW}\n{ROWS}{row}\n"))
    assert 2.0 not in chain.bid


def survive(content: bytes) -> None:
    """Read, or refused in our own words: any other exception fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        chains = []
        with contextlib.suppress(SeawallError):
            chains = load_chains(saved(Path(folder), content, "noise.csv"))
        assert all(chain.size > 0 for chain in chains)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda b: b"PAR1" + b + b"PAR1"),
                 st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace"))))  # fmt: skip
def test_noise_is_refused_in_one_line(content: bytes) -> None:
    survive(content)


SAMPLE = f"{TITLE}Date: 10 June 2022\n{NEW}\n{ROWS}".encode()
TABLE = LONG.write_csv().encode()
BUFFER = io.BytesIO()
LONG.write_parquet(BUFFER)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([SAMPLE, TABLE, BUFFER.getvalue()]), st.data())
def test_damaged_files_are_read_or_refused(good: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(good)))
    width = data.draw(st.integers(0, 40))
    survive(good[:start] + data.draw(st.binary(max_size=20)) + good[start + width :])


CELLS = st.one_of(
    st.sampled_from(["", "C", "P", "2025-09-02", "2025-09-26", "1e400", "-1", "99999999999", "nan", "6400", "0", '"']),
    st.floats().map(str), st.text(max_size=6),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.permutations(["date", "expiry", "strike", "cp", "bid", "ask", "spot", "root", "dte", "iv"]),
       st.lists(st.lists(CELLS, min_size=10, max_size=10), max_size=6))  # fmt: skip
def test_any_cells_under_a_good_header(names: list[str], rows: list[list[str]]) -> None:
    survive("\n".join(",".join(row) for row in [names, *rows]).encode("utf-8", "replace"))


def test_levels(tmp_path: Path) -> None:
    # 02/02 reads either way and must not turn 06/10 around.
    path = saved(tmp_path, "DATE,OPEN,CLOSE\n02/02/2022,1,22.09\n06/10/2022,1,27.75\n06/13/2022,1,\n", "v.csv")
    assert read_levels(path) == {dt.date(2022, 2, 2): 22.09, dt.date(2022, 6, 10): 27.75}
    with pytest.raises(InputError, match="name them date and close"):
        read_levels(saved(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(InputError, match=r"quotes.csv:3: 'soon' is not a date"):
        read_levels(saved(tmp_path, "date,close\n2022-06-10,1\nsoon,2\n"))


@pytest.mark.shared
def test_real_files() -> None:
    folder = existing(DATA / "options")
    # Rows and spots counted and read in the files with other tools.
    for name, as_of, spot, size in (
        ("cboe_spx_quotedata_2022-06-10.csv", "2022-06-10T20:00", 3900.8601, 19670),
        ("cboe_spx_quotedata_2022-07-12.csv", "2022-07-12T15:55", 3856.28, 19378),
        ("cboe_spx_quotedata_2023-02-07.csv", "2023-02-07T21:00", 4164.0, 18962),
        ("cboe_spy_quotedata_2025-09-25.csv", "2025-09-25T20:00", 658.05, 3716),
    ):
        chain = only(folder / name)
        assert chain.as_of == dt.datetime.fromisoformat(as_of).replace(tzinfo=dt.UTC)
        assert (chain.spot, chain.size) == (spot, size)
    spx = load_chains(folder / "SPX_chains_202606.parquet")
    assert len(spx) == 13
    assert sum(chain.size for chain in spx) == 293790
    assert all(set(chain.root.tolist()) == {"SPX", "SPXW"} for chain in spx)
    vix = load_chains(folder / "VIX_chains_202606.parquet")
    assert [chain.underlying for chain in vix] == ["VIX"] * 13
    assert (vix[0].spot, sum(chain.size for chain in vix)) == (17.68, 14268)
