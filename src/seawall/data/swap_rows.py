"""Rows of a pool file as they stream: text in bounded blocks, chain integers as doubles, every fault with its line.

A double holds any integer of the chain to 16 digits, and rounding keeps the order of square-root prices.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple, NoReturn, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.core.errors import InputError
from seawall.data.files.dates import read_dates
from seawall.data.files.pools import MINUTE, TICK
from seawall.data.files.tabular import key

Floats = NDArray[np.float64]
Kind = Literal["minute", "tick"]

BLOCK_BYTES: Final = 8 << 20
LONGEST_LINE: Final = 1 << 16
MOST_COLUMNS: Final = 100
INTEGER: Final = r"^-?\d{1,78}$"
WORD: Final = r"^[A-Z]{3,12}$"
AMOUNT_END: Final = 2.0**127
LIQUIDITY_END: Final = 2.0**128
NEEDED: Final[dict[Kind, tuple[str, ...]]] = {
    "minute": ("net_amount0", "net_amount1", "close_tick", "open_tick", "lowest_tick", "highest_tick", "in_amount0",
               "in_amount1", "liquidity"),
    "tick": ("block_number", "log_index", "kind", "amount0", "amount1", "total_liquidity", "sqrt_price_x96", "tick"),
}  # fmt: skip
"""Columns read, under the names of ``data.files.pools``."""
STATED: Final = ("SWAP", "MINT", "BURN")
"""Events whose total liquidity counts: on others, such as COLLECT, real files repeat that of an older row."""
EMPTY_ALLOWED: Final = frozenset({"amount0", "amount1", "total_liquidity", "sqrt_price_x96", "tick"})
"""Columns an event other than a swap may leave empty."""


class Block(NamedTuple):
    """Some rows: ``line`` of the first (the header is 1), instants in microseconds, columns as doubles (nan: empty).

    ``swap``: rows that are swaps; every row of a minute file is.
    """

    path: Path
    line: int
    kind: Kind
    at: NDArray[np.int64]
    swap: NDArray[np.bool_]
    columns: dict[str, Floats]

    def refuse(self, bad: NDArray[np.bool_], words: str) -> None:
        """Raise InputError for the first bad row, if there is one."""
        if np.any(bad):
            raise InputError(f"{self.path.name} line {self.line + int(np.argmax(bad))}: {words}")


class Header(NamedTuple):
    """Which format a file has, and where its columns stand."""

    kind: Kind
    width: int
    time: int
    places: dict[str, int]


def header_of(path: Path, line: str) -> Header:
    """The format a header announces. Raises InputError for neither, a column missing or named twice."""
    names = [key(name.lstrip("\ufeff")) for name in line.strip().split(",")]
    if len(names) > MOST_COLUMNS:
        raise InputError(f"{path.name} has {len(names)} columns: this is no pool file")
    if {"netamount0", "closetick", "currentliquidity"} <= set(names):
        kind, known, time = "minute", MINUTE, "timestamp"
    elif {"tx_type", "sqrtpricex96", "block_number"} <= set(names):
        kind, known, time = "tick", TICK, "block_timestamp"
    else:
        raise InputError(f"{path.name} line 1 is the header of neither demeter's minutes nor its ticks: {line[:60]!r}")
    places = {ours: names.index(theirs) for theirs, ours in known.items() if theirs in names}
    chosen: Kind = "minute" if kind == "minute" else "tick"
    missing = [name for name in NEEDED[chosen] if name not in places]
    if time not in names or missing:
        raise InputError(f"{path.name} lacks the column {(missing or [time])[0]}: fetch it again")
    if len(set(names)) < len(names):
        raise InputError(f"{path.name} names a column twice: fetch it again")
    return Header(chosen, len(names), names.index(time), places)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


def _texts(path: Path) -> Iterator[bytes]:
    """Blocks that end at a line's end, the header first and alone. Raises InputError for a file that cannot be read."""
    try:
        with _opened(path) as file:
            yield file.readline(LONGEST_LINE)
            rest = b""
            while block := file.read(BLOCK_BYTES):
                end = block.rfind(b"\n") + 1
                if not end and len(rest) + len(block) > LONGEST_LINE:
                    raise InputError(f"{path.name} has a line longer than {LONGEST_LINE} bytes: this is no pool file")
                if end:
                    yield rest + block[:end]
                    rest = b""
                rest += block[end:]
            if rest:
                yield rest + b"\n"
    except (OSError, EOFError, zlib.error) as fault:
        raise InputError(f"{path.name} cannot be read ({_why(fault)}): fetch it again") from None


def _why(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or (str(fault) or type(fault).__name__)[:80]


def blocks_of(path: Path) -> Iterator[Block]:
    """All rows of a file. Raises InputError with the line of the first row that cannot be read."""
    texts = _texts(path)
    first = next(texts, b"")
    if not first.strip():
        raise InputError(f"{path.name} is empty: fetch it again")
    header = header_of(path, first.decode("utf-8", "replace"))
    line = 2
    for text in texts:
        frame = _frame(path, text, header, line)
        if frame.height:
            yield _block(path, frame, header, line)
        line += text.count(b"\n")
    if line == 2:
        raise InputError(f"{path.name} has no rows under its header: fetch it again")


def _frame(path: Path, text: bytes, header: Header, line: int) -> pl.DataFrame:
    names = [str(number) for number in range(header.width)]
    text = text.rstrip(b"\r\n") + b"\n"
    if not text.strip():
        return pl.DataFrame()
    try:
        frame = pl.read_csv(
            text, has_header=False, schema=dict.fromkeys(names, pl.String), quote_char=None, encoding="utf8-lossy",
            raise_if_empty=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        _unreadable(path, text, header, line)
    if frame.height != text.count(b"\n"):
        _unreadable(path, text, header, line)
    return frame


def _unreadable(path: Path, text: bytes, header: Header, line: int) -> NoReturn:
    """Name the first line that has not the header's number of cells."""
    for number, row in enumerate(text.split(b"\n"), line):
        if row.count(b",") != header.width - 1:
            raise InputError(f"{path.name} line {number} has {row.count(b',') + 1} cells, the header {header.width}")
    raise InputError(f"{path.name} cannot be read from line {line} on: fetch it again")


def _at_once(frame: pl.DataFrame, header: Header) -> pl.DataFrame:
    """Time stamps and integers in the formats' own form, null where they are of another: most files in one pass."""
    stamp = pl.col(str(header.time)).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    names = [name for name in NEEDED[header.kind] if name != "kind"]
    short = [pl.col(str(header.places[n])).cast(pl.Int128, strict=False).cast(pl.Float64).alias(n) for n in names]
    return frame.select(stamp.alias("at"), *short)


def _integers(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Doubles of a column of integers of any length (null where empty), and which cells are one."""
    cells = cells.fill_null("").str.strip_chars()
    cells = cells.str.strip_suffix(".0")  # pandas writes an integer column with gaps as 199045.0
    return cells.replace("", None).cast(pl.Float64, strict=False), cells.str.contains(INTEGER)


def _block(path: Path, frame: pl.DataFrame, header: Header, line: int) -> Block:
    def refuse(bad: pl.Series, words: str) -> None:
        if bad.any():
            raise InputError(f"{path.name} line {line + int(bad.arg_max() or 0)}: {words}")

    simple = _at_once(frame, header)
    moments = simple["at"]
    if moments.has_nulls():
        moments = read_dates(frame[str(header.time)], "ymd")
    refuse(moments.is_null(), "the time stamp cannot be read")
    swap, stale = np.ones(frame.height, np.bool_), np.zeros(frame.height, np.bool_)
    if header.kind == "tick":
        kinds = frame[str(header.places["kind"])].fill_null("")
        refuse(~kinds.str.contains(WORD), "the kind of event is no word such as SWAP, MINT or BURN")
        swap = (kinds == "SWAP").to_numpy()
        stale = ~kinds.is_in(STATED).to_numpy()
    columns: dict[str, Floats] = {}
    for name in NEEDED[header.kind]:
        if name == "kind":
            continue
        values = simple[name]
        if values.has_nulls():
            cells = frame[str(header.places[name])]
            values, fine = _integers(cells)
            if name in EMPTY_ALLOWED:
                fine |= (cells.fill_null("").str.strip_chars() == "") & pl.Series(~swap)
            refuse(~fine, f"{name} is not an integer")
        columns[name] = (values.fill_null(float("nan")) if values.has_nulls() else values).to_numpy()
    if np.any(stale):
        columns["total_liquidity"] = np.where(stale, np.nan, columns["total_liquidity"])
    at = moments.to_physical().to_numpy()
    return Block(path, line, header.kind, at.astype(np.int64), swap, columns)
