"""Option chains out of files, recognised by what is in them: Cboe downloads, Parquet, and tables with named columns."""

import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from seawall.core.clock import NEW_YORK
from seawall.core.errors import InputError, MissingDataError
from seawall.data.chain_dialects import PREAMBLE_LINES, days_of, find_quotedata, read_quotedata, split
from seawall.data.chain_rows import Reading, chains_of, close_of, numbers, sides, usable
from seawall.data.chain_terms import is_terms, read_terms
from seawall.data.stamps import read_stamp
from seawall.market.chain import Chain

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 4_000_000
MAX_COLUMNS: Final = 400
PARQUET: Final = b"PAR1"
ALIASES: Final = {
    "as_of": "date quote_date asof as_of quote_datetime trade_date session day datetime timestamp quote_readtime",
    "spot": "spot underlying_price underlying_last underlying_close active_underlying_price underlying_bid_ask_mid",
    "strike": "strike strike_price k",
    "expiry": "expiry expiration expiration_date expire_date exp_date expdate expiry_date maturity",
    "dte": "dte days days_to_expiry days_to_expiration",
    "right": "cp right type option_type call_put put_call cp_flag callput side",
    "open_interest": "oi open_interest openinterest open_int",
    "volume": "volume vol trade_volume",
    "bid": "bid bid_eod best_bid bid_1545 bid_price",
    "ask": "ask ask_eod best_ask ask_1545 ask_price offer",
    "iv": "iv implied_volatility impl_volatility implied_vol",
    "delta": "delta",
    "gamma": "gamma",
    "root": "root option_root class root_symbol",
    "underlying": "underlying underlying_symbol ticker",
}
_ALIAS: Final = {alias: name for name, line in ALIASES.items() for alias in line.split()}
FIGURES: Final = ("strike", "right", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma")
WIDE: Final[tuple[str, ...]] = ("call_bid", "call_ask", "put_bid", "put_ask")


def load_chains(path: Path) -> list[Chain]:
    """Every chain of a file, one an instant, in order of time.

    Reads Cboe quotedata CSVs, Parquet, CSV with named columns in any order (one row an option, or calls and puts side
    by side as ``call_bid`` ... ``put_ask``). Raises ``InputError`` naming the file, the line where there is one, and
    the remedy.
    """
    reading = Reading(path)
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file: give a chain as CSV or Parquet")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise reading.error(f"{size:,} bytes, more than {MAX_BYTES:,}: split it by day")
        content = path.read_bytes()
    except (OSError, ValueError) as fault:
        raise InputError(f"{path} cannot be read ({type(fault).__name__}): check the path") from None
    try:
        return _parquet(content, reading) if content[:4] == PARQUET else _text(content, reading)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError) as fault:
        reason = (str(fault).strip().splitlines() or [type(fault).__name__])[0][:120]
        raise reading.error(
            f"not a chain that can be read ({reason}): give a Cboe CSV, or the columns of an export"
        ) from None


def pick(chains: Sequence[Chain], asof: dt.date | None) -> Chain:
    """The chain of a day; without a day, the only one there is. Raises ``MissingDataError`` listing the days."""
    days = sorted({chain.session for chain in chains})
    listed = ", ".join(str(day) for day in days[:40]) + (" ..." if len(days) > 40 else "")
    if not chains:
        raise MissingDataError("the file holds no chain: give another one")
    if asof is None and len(chains) > 1:
        raise MissingDataError(f"the file holds {len(chains)} chains ({listed}): choose one with --asof DATE")
    found = [chain for chain in chains if asof is None or chain.session == asof]
    if not found:
        raise MissingDataError(f"the file holds no chain of {asof}: it has {listed}")
    return found[-1]


def chain_frame(chain: Chain) -> pl.DataFrame:
    """A chain as a frame that ``load_chains`` reads back from CSV or Parquet; one row an option."""
    days = pl.Series("expiry", chain.expiry.astype("datetime64[D]"))
    return pl.DataFrame(
        {
            "as_of": pl.Series([chain.as_of] * chain.size, dtype=pl.Datetime("us", "UTC")),
            "underlying": [chain.underlying] * chain.size,
            "spot": [chain.spot] * chain.size,
            "expiry": days.cast(pl.Date),
            "root": chain.root.tolist(),
            **{
                n: getattr(chain, n)
                for n in ("strike", "right", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma")
            },
        }
    )


def _parquet(content: bytes, reading: Reading) -> list[Chain]:
    lazy = pl.scan_parquet(io.BytesIO(content))
    names = lazy.collect_schema().names()
    if len(names) > MAX_COLUMNS:
        raise reading.error(f"{len(names)} columns, more than {MAX_COLUMNS}: keep those of the chain")
    height = int(lazy.select(pl.len()).collect().item())
    if height > MAX_ROWS:
        raise reading.error(f"{height:,} rows, more than {MAX_ROWS:,}: split it by day")
    columns = _wanted(names)
    return _tabular(lazy.select([pl.col(names[i]).alias(name) for name, i in columns.items()]).collect(), reading)


def _text(content: bytes, reading: Reading) -> list[Chain]:
    text = _decoded(content, reading)
    lines = text.split("\n", PREAMBLE_LINES + 1)[: PREAMBLE_LINES + 1]
    if any(len(line) > 100_000 for line in lines):
        raise reading.error("a line of more than 100,000 characters: give one row an option", 1)
    quotedata = find_quotedata(lines)
    if quotedata is not None:
        skip, columns = quotedata
        reading.first_line = skip + 1
        return read_quotedata(
            _csv(text, skip, ",", reading), columns, lines[: max(skip - 1, 0) if skip else 0], reading
        )
    start = next((i for i, line in enumerate(lines) if line.strip(" ,;\t\r")), None)
    if start is None:
        raise reading.error("the file is empty: give a chain as CSV or Parquet")
    separator = max(",;\t|", key=lines[start].count)
    names = [
        cell.strip()
        for cell in (split(lines[start].strip("\r")) if separator == "," else lines[start].split(separator))
    ]
    if len(names) > MAX_COLUMNS:
        raise reading.error(f"{len(names)} columns, more than {MAX_COLUMNS}: keep those of the chain")
    reading.first_line = start + 2
    raw = _csv(text, start + 1, separator, reading)
    if is_terms(names):
        return read_terms(raw, names, reading)
    present = {name: i for name, i in _wanted(names).items() if i < raw.width}
    return _tabular(raw.select([pl.col(raw.columns[i]).alias(name) for name, i in present.items()]), reading)


def _decoded(content: bytes, reading: Reading) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in content[:100_000]:
        raise reading.error("neither text nor Parquet: give a chain as CSV or Parquet")
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise reading.error("text in an unknown encoding: save it as UTF-8")


def _csv(text: str, skip: int, separator: str, reading: Reading) -> pl.DataFrame:
    """Rows after ``skip`` lines as text columns; a longer row is cut, a shorter one padded with nulls."""
    start = 0
    for _ in range(skip):
        at = text.find("\n", start)
        if at < 0:
            raise reading.error("a header and no rows: give the whole file")
        start = at + 1
    body = text[start:]
    if not body.strip():
        raise reading.error("a header and no rows: give the whole file")
    if body.count("\n") > MAX_ROWS:
        raise reading.error(f"more than {MAX_ROWS:,} rows: split it by day")
    return pl.read_csv(
        io.BytesIO(body.encode()), has_header=False, infer_schema=False, separator=separator, truncate_ragged_lines=True
    )


def _wanted(names: Sequence[str]) -> dict[str, int]:
    """Our name of each column we know, and where it stands; of two the one that comes first in the list of names."""
    plain = [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_") for name in names]
    known = {name: i for i, name in reversed(list(enumerate(plain)))}
    found = {name: known[name] for name in WIDE if name in known}
    for alias, name in _ALIAS.items():
        if alias in known and name not in found:
            found[name] = known[alias]
    return found


def _tabular(frame: pl.DataFrame, reading: Reading) -> list[Chain]:
    """Chains of a table with our column names: long, or wide with both sides in a row."""
    wide = all(name in frame.columns for name in WIDE)
    if wide:
        frame = pl.concat([_side(frame, side) for side in ("call", "put")])
    needed = ["as_of", "strike", "right", "bid", "ask"]
    missing = [name for name in needed if name not in frame.columns]
    if "expiry" not in frame.columns and "dte" not in frame.columns:
        missing.append("expiry or dte")
    if missing:
        there = ", ".join(frame.columns) or "none that is known"
        lack = ", ".join(missing)
        raise reading.error(
            f"no column for {lack} (found: {there}): name them date, expiry, strike, right, bid, ask", 1
        )
    frame = numbers(frame.with_columns(_instants(frame["as_of"], reading).alias("as_of")), reading)
    frame = sides(frame).with_columns(_expiry(frame, reading).alias("expiry"))
    for name in ("root", "underlying"):
        if name in frame.columns:
            frame = frame.with_columns(pl.col(name).cast(pl.String).str.strip_chars().str.strip_prefix("^"))
    return chains_of(usable(frame, reading), reading)


def _side(frame: pl.DataFrame, side: str) -> pl.DataFrame:
    other = [c for c in frame.columns if c not in (*WIDE, "bid", "ask", "right")]
    return frame.select(
        *other, pl.col(f"{side}_bid").alias("bid"), pl.col(f"{side}_ask").alias("ask"), pl.lit(side).alias("right")
    )


def _instants(column: pl.Series, reading: Reading) -> pl.Series:
    """The instant each row describes, UTC: the close of a date, or the time that is stated."""
    if isinstance(column.dtype, pl.Datetime):
        if not bool((column.dt.time() == dt.time(0)).all()):
            if column.dtype.time_zone is None:
                column = column.dt.replace_time_zone(str(NEW_YORK), non_existent="null", ambiguous="earliest")
            return column.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
        column = column.dt.date()
    told: dict[object, dt.datetime] = {}
    if column.dtype == pl.Date:
        told = {day: close_of(day) for day in column.drop_nulls().unique().to_list()}
    else:
        column = column.cast(pl.String)
        for text, day in days_of(column, reading).items():
            stamp = read_stamp(text)
            instant = stamp.instant(day) if stamp else None
            midnight = stamp is None or stamp.clock in (None, dt.time(0))
            told[text] = close_of(day) if instant is None or midnight else instant
    return column.replace_strict(told, default=None, return_dtype=pl.Datetime("us", "UTC"))


def _expiry(frame: pl.DataFrame, reading: Reading) -> pl.Series:
    """Settlement date of each row: stated, or so many calendar days after the New York date of the quotes."""
    if "expiry" not in frame.columns:
        day = pl.col("as_of").dt.convert_time_zone(str(NEW_YORK)).dt.date()
        near = pl.when(pl.col("dte").is_between(0, 40_000)).then(pl.col("dte"))
        return frame.select((day + pl.duration(days=near.cast(pl.Int64))).alias("expiry"))["expiry"]
    column = frame["expiry"]
    if column.dtype == pl.Date:
        return column
    if column.dtype == pl.Datetime:
        return column.dt.date()
    column = column.cast(pl.String)
    return column.replace_strict(days_of(column, reading), default=None, return_dtype=pl.Date)


def is_parquet(path: Path) -> bool:
    """True for a file that begins as Parquet does; raises ``InputError`` if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except (OSError, ValueError) as fault:
        raise InputError(f"{path} cannot be read ({type(fault).__name__}): check the path") from None
