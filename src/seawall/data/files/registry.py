"""Which recogniser reads a file: asked in order, the first that claims it does."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain as chained
from pathlib import Path
from typing import Any, Final

import polars as pl

from seawall.core.errors import InputError, SeawallError
from seawall.data.files import bars, calendars, columns, funding, futures, open_interest, option_chains, pools
from seawall.data.files.archive import GZIP, PARQUET, ZIP, members
from seawall.data.files.batch import Batch
from seawall.data.files.reading import Hints, Reader
from seawall.data.files.tabular import LINE, Table, rows_of, sniff

RECOGNISERS: Final[tuple[Callable[[Table, Hints], Reader | None], ...]] = (
    pools.claim,
    futures.claim,
    open_interest.claim,
    funding.claim,
    calendars.claim,
    bars.claim,
    columns.claim,
)
LARGEST_PARQUET: Final = 256 << 20
NO_HINTS: Final = Hints()


def parts(name: str, content: bytes | Path, hints: Hints = NO_HINTS) -> Iterator[Batch]:
    """Batches of a file in order, each of bounded size.

    Raises ``SeawallError`` saying what the file is not, before the first batch.
    """
    try:
        yield from _parts(name, content, hints)
    except SeawallError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeError, OverflowError, OSError) as fault:
        said = (str(fault).strip() or type(fault).__name__).splitlines()[0][:100]
        raise InputError(f"{name} cannot be read ({said}): it stays where it is") from None


def _parts(name: str, content: bytes | Path, hints: Hints) -> Iterator[Batch]:
    if option_chains.claims(content):
        yield option_chains.read(name, content)
        return
    head = content[:4] if isinstance(content, bytes) else _first(content)
    if head.startswith((GZIP, ZIP)):
        raise InputError(f"{name} is packed: unpack it first")
    table = _from_parquet(name, content) if head.startswith(PARQUET) else sniff(name, content)
    reader = next((found for claim in RECOGNISERS if (found := claim(table, hints)) is not None), None)
    if reader is None:
        seen = ", ".join(cell or "?" for cell in table.header[:6])
        raise InputError(f"{name} is a table ({seen}) of no format known here: it stays where it is")
    for frame in rows_of(table, content):
        if frame.height:
            yield reader(frame)


def recognise(name: str, content: bytes | Path, hints: Hints = NO_HINTS) -> Batch:
    """One file or response as one batch; gzip is taken off. ``name`` only helps where the content does not tell.

    Raises ``SeawallError`` saying what the file is not.
    """
    head = content[:2] if isinstance(content, bytes) else _first(content)[:2]
    if head == GZIP:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="seawall-") as folder:
            path = content if isinstance(content, Path) else Path(folder) / "packed"
            if isinstance(content, bytes):
                path.write_bytes(content)
            with members(path) as inside:
                one = next(iter(inside))
                return recognise(name.removesuffix(".gz"), one.path, hints)
    return joined(list(parts(name, content, hints)), name)


def joined(batches: list[Batch], name: str) -> Batch:
    """One batch of several parts of a file."""
    if not batches:
        raise InputError(f"{name} holds no rows: fetch it again")
    fields = ("observations", "bars", "releases", "funding", "pools", "chains", "rejected")
    together: dict[str, Any] = {
        field: tuple(chained.from_iterable(getattr(batch, field) for batch in batches)) for field in fields
    }
    notes = tuple(dict.fromkeys(chained.from_iterable(batch.notes for batch in batches)))
    together |= {name: sum(getattr(batch, name) for batch in batches) for name in ("rows", "absent")}
    return replace(batches[0], **together, notes=notes)


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _from_parquet(name: str, content: bytes | Path) -> Table:
    """A Parquet table as text, so that one set of recognisers reads both."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > LARGEST_PARQUET:
        raise InputError(f"{name} is larger than {LARGEST_PARQUET >> 20} MB of Parquet: split it")
    frame = pl.read_parquet(io.BytesIO(content) if isinstance(content, bytes) else content, glob=False)
    header = tuple(frame.columns)
    flat = [pl.col(title).cast(pl.String).fill_null("").alias(str(at)) for at, title in enumerate(header)]
    text = frame.select(flat).with_row_index(LINE, offset=1).cast({LINE: pl.Int64})
    if not text.height or not header:
        raise InputError(f"{name} is an empty Parquet table: fetch it again")
    return Table(name, header, text, ",", "utf-8", 0, (), True, "point")
