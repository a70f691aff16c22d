"""A panel: heading, a line that says what it shows, buttons that export it, and a place for its content."""

import asyncio
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.service.answers import clean
from seawall.core.errors import SeawallError

Rows = Callable[[], Sequence[dict[str, Any]]]


def encoded(rows: Sequence[dict[str, Any]], kind: str) -> bytes:
    """Rows as CSV, Parquet or JSON."""
    plain = [clean(row) for row in rows]
    if kind == "json":
        return (json.dumps(plain, indent=2, allow_nan=False) + "\n").encode()
    import polars as pl

    frame = pl.DataFrame(plain, infer_schema_length=None, strict=False)
    texts = [name for name, of in frame.schema.items() if of == pl.String]
    out = io.BytesIO()
    if kind == "parquet":
        frame.write_parquet(out)
    else:
        # A cell that begins like a formula would be run by a spreadsheet.
        guarded = [
            pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]"))
            .then("'" + pl.col(name))
            .otherwise(pl.col(name))
            .alias(name)
            for name in texts
        ]
        frame.with_columns(guarded).write_csv(out)
    return out.getvalue()


def sheet(words: str, file: str, rows: Rows) -> None:
    """A button for rows in another shape, as CSV."""

    async def send() -> None:
        try:
            content = await asyncio.to_thread(lambda: encoded(rows(), "csv"))
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
            return
        ui.download.content(content, file, "application/octet-stream")

    ui.button(words, icon="download", on_click=send).props("outline dense no-caps").classes("sw-sheet")


def exports(name: str, rows: Rows) -> None:
    """Three buttons: the panel's rows as CSV, Parquet and JSON."""

    async def send(kind: str) -> None:
        try:
            content = await asyncio.to_thread(lambda: encoded(rows(), kind))
        except SeawallError as fault:
            ui.notify(str(fault), type="warning")
            return
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        ui.download.content(content, f"{stem}.{kind}", "application/octet-stream")

    group = ui.element("div").classes("sw-exports").props('role="group"')
    group.props["aria-label"] = f"export {name}"
    with group:
        for kind in ("csv", "parquet", "json"):
            said = {"csv": "CSV", "parquet": "Parquet", "json": "JSON"}[kind]
            button = ui.button(said, on_click=lambda kind=kind: send(kind)).props("flat dense no-caps size=sm")
            button.props["aria-label"] = f"export {name} as {said}"


def panel(title: str, about: str = "", rows: Rows | None = None) -> ui.element:
    """A section with its heading; returns the place of its content, to be used with ``with`` or ``fill``."""
    identity = "p-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    with ui.element("section").classes("sw-panel").props(f'aria-labelledby="{identity}"'):
        with ui.element("div").classes("sw-panel-head"):
            ui.html(html.escape(title), tag="h2", sanitize=False).props(f'id="{identity}"')
            if rows is not None:
                exports(title, rows)
        if about:
            ui.label(about).classes("sw-about")
        return ui.element("div").classes("sw-panel-body")


def noted(title: str, lines: Sequence[str], nothing: str) -> None:
    """A panel of lines of text; ``nothing`` where there are none."""
    with panel(title, "", lambda: [{"note": line} for line in lines]):
        kit.listing(lines or [nothing])
