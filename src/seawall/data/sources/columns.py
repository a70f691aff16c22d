"""What readers of CSV answers share: the header as it is written, and that the answer holds the series asked for."""

import csv
from dataclasses import replace

from seawall.core.errors import InputError
from seawall.data.files.batch import Bars, Batch, Observations, Releases
from seawall.data.sources.base import Item, bad_answer


def header_of(content: bytes) -> list[str]:
    """Cells of the first line."""
    line = content[:4096].removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def one_series(item: Item, batch: Batch, name: str, source: str | None = None) -> Batch:
    """The batch when it holds the series ``name`` and nothing else, under its publisher ``source``."""
    tables: list[Observations | Bars | Releases] = [*batch.observations, *batch.bars, *batch.releases]
    found = {table.series for table in tables}
    if found != {name}:
        raise bad_answer(item, f"holds {', '.join(sorted(found)) or 'nothing'}, not {name}")
    return batch if source is None else replace(batch, source=source)


def picked(picks: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The names a user picked, in capitals; all without a pick. Raises ``InputError`` for one that is not offered."""
    chosen = tuple(dict.fromkeys(pick.upper() for pick in picks))
    offered = [name.upper() for name in known]
    if unknown := [pick for pick in chosen if pick not in offered]:
        raise InputError(f"{unknown[0]!r} is not offered: choose from {', '.join(known)}")
    return chosen or tuple(offered)
