"""Text tables: how one is written down (encoding, separator, preamble, header), and its rows in parts of bounded size.

Every cell stays text until a recogniser reads it: nothing in a file is ever evaluated.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, final

import polars as pl

from seawall.core.errors import InputError
from seawall.data.files.dates import Order, order_of, read_dates
from seawall.data.files.numbers import Style, style_of

SAMPLE_BYTES: Final = 4 << 20
PART_BYTES: Final = 8 << 20
LONGEST_LINE: Final = 1 << 20
SNIFFED_LINES: Final = 400
MOST_COLUMNS: Final = 600
LINE: Final = "line"
_SEPARATORS: Final = (",", ";", "\t", "|")
_NUMBER: Final = re.compile(r"^[+-]?[\d.,\s]*\d[\d.,]*([eE][+-]?\d+)?\s*%?$")
_MARKUP: Final = re.compile(rb"^\s*<(!doctype|html|\?xml|head|body|script)", re.IGNORECASE)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The first rows of a text table and how to read the rest.

    ``header``: column names as written, empty strings when there are none. ``frame``: text columns "0", "1", ... and
    ``line``; of the whole file when ``complete``. ``preamble``: what stands above the header.
    """

    name: str
    header: tuple[str, ...]
    frame: pl.DataFrame
    separator: str
    encoding: str
    skip: int
    preamble: tuple[str, ...]
    complete: bool
    style: Style

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.header)

    @property
    def keys(self) -> tuple[str, ...]:
        """Column names in lower case with words joined by one underscore."""
        return tuple(key(name) for name in self.header)

    @property
    def titled(self) -> bool:
        """True when the file names its columns."""
        return any(self.header)

    def cells(self, column: int) -> pl.Series:
        """Text of one column of the sample."""
        return self.frame[str(column)]

    def column(self, *names: str) -> int | None:
        """Position of the first column with one of these keys."""
        keys = self.keys
        return next((keys.index(name) for name in names if name in keys), None)


def key(name: str) -> str:
    """A column name in lower case with words joined by one underscore."""
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def _encoding(head: bytes, name: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        raise InputError(f"{name} is not text and of no format known here: it stays where it is")
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8")
    except UnicodeDecodeError:
        cyrillic = sum(byte >= 0xC0 for byte in head) > 3 and re.search(r"[а-я]{3,}", head.decode("cp1251", "replace"))
        return "cp1251" if cyrillic else "cp1252"
    return "utf-8"


def _complete_lines(blob: bytes) -> bytes:
    end = blob.rfind(b"\n")
    return blob if end < 0 else blob[: end + 1]


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Blocks that end at the end of a line; a line longer than ``LONGEST_LINE`` is refused."""
    rest = b""
    while block := file.read(size):
        whole = rest + block
        end = whole.rfind(b"\n")
        if end < 0:
            if len(whole) > LONGEST_LINE + size:
                raise InputError("a line is longer than a million bytes: this is no table")
            rest = whole
            continue
        rest = whole[end + 1 :]
        yield whole[: end + 1]
    if rest:
        yield rest


def _separator(lines: list[str]) -> tuple[str, int]:
    """The separator under which most lines have one width above one, and that width."""
    best = (",", 1, 0)
    for separator in _SEPARATORS:
        widths = Counter(len(row) for row in _rows(lines, separator))
        width, votes = max(widths.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]), default=(1, 0))
        score = votes * (width > 1)
        if score > best[2] or (score == best[2] and width > best[1]):
            best = (separator, width, score)
    return best[0], best[1]


def _rows(lines: list[str], separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return [line.rstrip("\r\n").split(separator) for line in lines]


def _is_data(row: list[str]) -> bool:
    """True for a row that holds a number or a date where a header would hold words."""
    told = [cell.strip() for cell in row if cell.strip()]
    if not told:
        return False
    numbers = sum(bool(_NUMBER.match(cell)) for cell in told)
    dated = bool(re.match(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", told[0]))
    return dated or numbers * 2 > len(told)


def sniff(name: str, content: bytes | Path) -> Table:
    """How a text table is written, with its first rows.

    Raises ``InputError`` for what is no table of text: binary content, a web page, a single word.
    """
    blob, complete = _start(content)
    if not blob.strip():
        raise InputError(f"{name} is empty: fetch it again")
    if _MARKUP.match(blob[:200]):
        raise InputError(f"{name} is a web page, not a table: the address may have moved, or wants a login")
    encoding = _encoding(blob, name)
    text = blob.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith(("{", "[")):
        raise InputError(f"{name} is JSON of no kind known here: it stays where it is")
    lines = text.split("\n", SNIFFED_LINES)[:SNIFFED_LINES]
    separator, width = _separator([line for line in lines if line.strip()])
    if width > MOST_COLUMNS:
        raise InputError(f"{name} has {width} columns, more than {MOST_COLUMNS}: this is no table known here")
    # A line of the header's width that holds no number is the header; without one the first data line starts at once.
    skip, header = _header(lines, separator, width)
    frame = parse_rows("\n".join(text.split("\n")[skip:]), separator, width, skip)
    if not frame.height:
        raise InputError(f"{name} has no rows under its header: fetch it again")
    cells = [cell for column in range(width) for cell in frame[str(column)].head(200).drop_nulls().to_list()]
    preamble = tuple(line.strip() for line in lines[: max(skip - bool(any(header)), 0)] if line.strip())
    style = style_of(cells, separator)
    return Table(name, header, frame, separator, encoding, skip, preamble, complete, style)


def _start(content: bytes | Path) -> tuple[bytes, bool]:
    if isinstance(content, bytes):
        blob, size = content[:SAMPLE_BYTES], len(content)
    else:
        with content.open("rb") as file:
            blob = file.read(SAMPLE_BYTES)
        size = content.stat().st_size
    return (blob, True) if size <= SAMPLE_BYTES else (_complete_lines(blob), False)


def _header(lines: list[str], separator: str, width: int) -> tuple[int, tuple[str, ...]]:
    for number, line in enumerate(lines):
        row = _rows([line], separator)
        if not row or len(row[0]) < max(width, 1) or not line.strip():
            continue
        if _is_data(row[0]):
            return number, ("",) * width
        if len([cell for cell in row[0] if cell.strip()]) * 2 >= width:
            return number + 1, tuple(cell.strip().lstrip("\ufeff") for cell in row[0][:width])
    return 0, ("",) * width


def parse_rows(text: str, separator: str, width: int, skipped: int) -> pl.DataFrame:
    """Text columns "0".. and ``line`` (1 is the first of the file); blank lines are gone, short rows end in nulls."""
    names = [str(number) for number in range(width)]
    text = text.replace("\x00", "").strip("\r")
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()), has_header=False, separator=separator, schema=dict.fromkeys(names, pl.String),
            encoding="utf8-lossy", truncate_ragged_lines=True, empty_string_is_null=False, raise_if_empty=False,
            missing_columns="insert",
        )  # fmt: skip
    except (pl.exceptions.PolarsError, OSError):
        return _by_hand(text, separator, width, skipped)
    if frame.height != text.count("\n") + (not text.endswith("\n")):
        return _by_hand(text, separator, width, skipped)  # a quoted cell swallowed line ends, or blank lines are gone
    frame = frame.with_row_index(LINE, offset=skipped + 1).cast({LINE: pl.Int64})
    return frame.filter(pl.any_horizontal(pl.col(names).str.strip_chars() != ""))


def _by_hand(text: str, separator: str, width: int, skipped: int) -> pl.DataFrame:
    """The same, line by line, for parts with unbalanced quotes or lines of unequal width."""
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    for number, line in enumerate(text.split("\n"), skipped + 1):
        if line.strip():
            try:
                cells: list[str | None] = list(next(csv.reader([line], delimiter=separator)))
            except (csv.Error, StopIteration):
                cells = list(line.split(separator))
            rows.append((cells + [None] * width)[:width])
            numbers.append(number)
    columns = {str(at): pl.Series([row[at] for row in rows], dtype=pl.String) for at in range(width)}
    return pl.DataFrame({**columns, LINE: pl.Series(numbers, dtype=pl.Int64)})


def rows_of(table: Table, content: bytes | Path) -> Iterator[pl.DataFrame]:
    """All rows of the file, in parts: text columns "0".. and ``line``."""
    if table.complete:
        yield table.frame
        return
    if table.encoding == "utf-16":
        raise InputError(f"{table.name} is a large file in UTF-16: save it as UTF-8")
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        line = 0
        for block in _blocks(file, PART_BYTES):
            text = block.decode(table.encoding, "replace").replace("\r\n", "\n").removesuffix("\n")
            skip = max(table.skip - line, 0)
            count = text.count("\n") + 1
            if skip < count:
                kept = text.split("\n", skip)[-1] if skip else text
                yield parse_rows(kept, table.separator, table.width, line + skip)
            line += count


@final
@dataclass(frozen=True, slots=True)
class DateColumn:
    """Which column holds the dates, and in which dialect."""

    column: int
    order: Order

    def read(self, frame: pl.DataFrame) -> pl.Series:
        """Instants of a part, null where a cell is no date."""
        return read_dates(frame[str(self.column)].fill_null(""), self.order)


def date_column(table: Table, stated: Order | None = None, named: tuple[str, ...] = ()) -> DateColumn | None:
    """The first column of dates, one with a name in ``named`` before others; None when there is none."""
    first = [number for number, name in enumerate(table.keys) if name in named]
    for column in dict.fromkeys([*first, *range(min(table.width, 6))]):
        cells = table.cells(column)
        if stated is not None and read_dates(cells.fill_null(""), stated).drop_nulls().len() * 2 > cells.len():
            return DateColumn(column, stated)
        order = order_of(cells) if stated is None else None
        if order is not None and (order not in ("epoch", "compact") or column in first or not table.titled):
            return DateColumn(column, order)
    return None
