"""The store in a terminal and as JSON: what was imported, what is there, what was withheld and why."""

import datetime as dt
import math
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from seawall.report.tables import console

Record = dict[str, Any]
WIDEST: Final = 34
UNBOUNDED: Final = 1000
SHOWN: Final = 12
"""Rows of one kind that `data check` prints unless all are asked for."""


def printable(text: object, width: int = WIDEST) -> str:
    """Text of a file made harmless for a terminal: no control signs, cut to ``width``."""
    told = "".join(sign if unicodedata.category(sign)[0] != "C" else "·" for sign in str(text))
    return escape(told if len(told) <= width else f"{told[: width - 1]}…")


def _table(title: str, columns: Sequence[tuple[str, str]]) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False,
                  padding=(0, 2, 0, 0))  # fmt: skip
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=True, overflow="fold")  # type: ignore[arg-type]
    return table


def plain(frame: pl.DataFrame) -> list[Record]:
    """Rows of a frame for JSON: dates as ISO text, nothing that is not a number."""
    return [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def show(table: Table) -> None:
    """Print a table as wide as it needs to be: a narrow terminal wraps lines rather than lose a figure."""
    probe = Console(file=sys.stdout)
    needed = Measurement.get(probe, probe.options.update(width=UNBOUNDED), table).maximum
    console(needed).print(table)


def print_imports(done: Sequence[Mapping[str, Any]], left: Sequence[tuple[str, str]]) -> None:
    """What each file became; and the files that were left where they are, with the reason."""
    out = console()
    names = ("file", "is", "became", "rows", "added", "revised", "unchanged", "absent", "refused", "withheld")
    table = _table("imported", [(name, "left" if at < 3 else "right") for at, name in enumerate(names)])
    for row in done:
        numbers = [f"{row[name]:,}" for name in ("rows", "added", "revised", "unchanged", "absent", "refused")]
        became = ", ".join(row["series"][:4]) + (
            f" and {len(row['series']) - 4} more" if len(row["series"]) > 4 else ""
        )
        table.add_row(
            printable(row["file"], 48), printable(row["format"]), printable(became, 44), *numbers,
            f"{row['quarantined']:,}",
        )  # fmt: skip
    if done:
        show(table)
        for note, files in _notes(done).items():
            out.print(f"[dim]{printable(note, 200)} ({files} file{'s' if files > 1 else ''})[/dim]")
    for name, why in left:
        out.print(f"left: {printable(why if name in why else f'{name}: {why}', 300)}", soft_wrap=True)


def _notes(done: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in done:
        for note in row["notes"]:
            counted[note] = counted.get(note, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1])[:SHOWN])


STATUS_COLUMNS: Final = (
    "series", "source", "unit", "rows", "first", "last", "missing", "longest gap", "age", "withheld", "revised",
)  # fmt: skip


def print_status(frame: pl.DataFrame, place: str, everything: bool) -> None:
    """Coverage, gaps, age and source of each series; VIX contracts on one line unless ``everything``."""
    out = console()
    left = ("series", "source", "unit")
    table = _table(f"store {place}", [(name, "left" if name in left else "right") for name in STATUS_COLUMNS])
    contracts = frame.filter(pl.col("series").str.starts_with("VX_"))
    shown = frame if everything else frame.filter(~pl.col("series").str.starts_with("VX_"))
    for row in shown.iter_rows(named=True):
        table.add_row(*_status_cells(row))
    if contracts.height and not everything:
        together = {
            "series": f"VX contracts ({contracts.height})", "source": contracts["source"][0], "unit": "points",
            "rows": contracts["rows"].sum(), "first": contracts["first"].min(), "last": contracts["last"].max(),
            "missing": contracts["missing"].sum(), "longest_gap": contracts["longest_gap"].max(), "age": None,
            "stale": False, "withheld": contracts["withheld"].sum(), "revised": contracts["revised"].sum(),
        }  # fmt: skip
        table.add_row(*_status_cells(together))
    show(table)
    out.print(
        "missing: days of its calendar without a row; longest gap and age: calendar days; * older than it should be"
    )


def _status_cells(row: Mapping[str, Any]) -> list[str]:
    age = "-" if row["age"] is None else f"{row['age']:,}{'*' if row['stale'] else ''}"
    missing = "-" if row["missing"] is None else f"{row['missing']:,}"
    return [
        printable(row["series"]), printable(row["source"]), printable(row["unit"], 12), f"{row['rows']:,}",
        str(row["first"]), str(row["last"]), missing, f"{row['longest_gap']:,}", age, f"{row['withheld']:,}",
        f"{row['revised']:,}",
    ]  # fmt: skip


def print_check(frame: pl.DataFrame, everything: bool) -> None:
    """Values withheld and rows refused, by series and check."""
    out = console()
    if not frame.height:
        out.print("nothing is in quarantine")
        return
    out.print(f"{frame.height:,} findings; a withheld value stays in the store and out of every history")
    for part in frame.partition_by("subject", "source", "check", "field", maintain_order=True):
        row = part.row(0, named=True)
        title = f"{row['subject']} ({row['source']}), {row['check']} of {row['field']}: {part.height:,}"
        table = _table(title, (("when", "left"), ("value", "right"), ("why", "left"), ("text", "left")))
        for one in (part if everything else part.head(SHOWN)).iter_rows(named=True):
            when = (
                f"line {one['line']}"
                if one["moment"] is None
                else f"{one['moment']:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
            )
            value = "" if one["value"] is None else f"{one['value']:,.6g}"
            table.add_row(when, value, printable(one["reason"], 96), printable(one["text"] or "", 40))
        show(table)
        if part.height > SHOWN and not everything:
            out.print(f"[dim]and {part.height - SHOWN:,} more: --all[/dim]")
