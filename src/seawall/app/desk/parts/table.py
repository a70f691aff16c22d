"""A table of numbers whose rows exist only while they are seen, so that a thousand positions stay quick.

Nothing a user wrote goes into an expression: names and texts are data of the rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nicegui import ui

from seawall.app.desk.parts.traced import Trace

TOTALS_FIRST: Final = """(rows, by, down) => {
  const value = (row) => row[by];
  const order = (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    const told = typeof x === 'number' ? x - y : String(x).localeCompare(String(y));
    return down ? -told : told;
  };
  const rest = rows.filter((row) => !row.rank);
  return [...rows.filter((row) => row.rank), ...(by ? rest.sort(order) : rest)];
}"""
"""Totals stay on top whatever is sorted; what is unknown goes last."""

HEAD: Final = {":props": "props", ":key": "props.col.name", ":id": "undefined"}
HEAD_TEXT: Final = {
    ":class": "props.col.trace ? 'sw-th' : ''",
    ":tabindex": "props.col.trace ? 0 : undefined",
    ":data-trace": "props.col.trace || undefined",
    ":textContent": "props.col.label",
    ":id": "undefined",
}
CELL: Final = {**HEAD, ":class": "'sw-rank' + (props.row.rank || 0)"}
CELL_TEXT: Final = {
    ":class": """!props.col.trace ? 'sw-name' : ['sw-num', {
      'sw-unknown': props.row[props.col.name] === null,
      'sw-neg': String(props.row[props.col.name + '_s']).startsWith('-')}]""",
    ":tabindex": "!props.col.trace && props.pageIndex === 0 ? 0 : -1",
    ":data-trace": "props.col.trace || undefined",
    ":data-more": "props.col.trace ? props.row.more : undefined",
    ":textContent": "props.row[props.col.trace ? props.col.name + '_s' : props.col.name]",
    ":id": "undefined",
}
"""Elements and no template: a template is made anew whenever anything on the page changes, and loses the focus."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``trace``: what stands behind its numbers, None for a column of words."""

    name: str
    label: str
    trace: Trace | None = None


def records(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Columns as the browser's table takes them."""
    return [
        {
            "name": column.name,
            "label": column.label,
            "field": column.name,
            "align": "left" if column.trace is None else "right",
            "sortable": True,
            "trace": None if column.trace is None else json.dumps(column.trace.record()),
        }
        for column in columns
    ]


def table(columns: Sequence[Column], rows: list[dict[str, Any]], said: str, height: str = "62vh") -> ui.table:
    """Rows with ``id``, a raw value and its text (``name`` and ``name_s``) a column; ``rank`` 1, 2 marks totals.

    ``more``: JSON of what a row adds to the trace of its numbers. ``height`` "none": few rows, all there, words wrap.
    """
    made = ui.table(columns=records(columns), rows=rows, row_key="id", pagination=0)
    made.props("flat dense hide-pagination :rows-per-page-options=[0]")
    if height == "none":
        made.classes("sw-wrap")
    else:
        made.props("virtual-scroll :virtual-scroll-item-size=33")
    made._props[":sort-method"] = TOTALS_FIRST
    made._props["aria-label"] = said
    made.props("data-grid")
    made.classes("sw-table").style(f"max-height:{height}")
    for slot, tag, around, inside in (
        ("header-cell", "q-th", HEAD, HEAD_TEXT),
        ("body-cell", "q-td", CELL, CELL_TEXT),
    ):
        with made.add_slot(slot), _bound(tag, around):
            _bound("span", inside)
    return made


def _bound(tag: str, props: Mapping[str, str]) -> ui.element:
    """An element whose properties the browser works out from a cell."""
    made = ui.element(tag)
    made._props.update(props)
    return made
