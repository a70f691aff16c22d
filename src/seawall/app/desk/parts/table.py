"""A table of numbers whose rows exist only while they are seen, so that a thousand positions stay quick.

Nothing a user wrote goes into the template: names and texts are data of the rows.
"""

from collections.abc import Sequence
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

HEAD: Final = """
<q-th :props="props">
  <span v-if="props.col.trace" class="sw-th" tabindex="0" :data-trace="props.col.trace">{{ props.col.label }}</span>
  <span v-else>{{ props.col.label }}</span>
</q-th>"""

CELL: Final = """
<q-td :props="props" :class="'sw-rank' + (props.row.rank || 0)">
  <span v-if="props.col.trace" class="sw-num" tabindex="-1"
    :class="{'sw-unknown': props.row[props.col.name] === null,
      'sw-neg': String(props.row[props.col.name + '_s']).startsWith('-')}"
    :data-trace="props.col.trace" :data-more="props.row.more">{{ props.row[props.col.name + '_s'] }}</span>
  <span v-else :tabindex="props.pageIndex === 0 ? 0 : -1" class="sw-name">{{ props.row[props.col.name] }}</span>
</q-td>"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``trace``: what stands behind its numbers, None for a column of words."""

    name: str
    label: str
    trace: Trace | None = None


def table(columns: Sequence[Column], rows: list[dict[str, Any]], said: str, height: str = "62vh") -> ui.table:
    """Rows with ``id``, a raw value and its text (``name`` and ``name_s``) a column; ``rank`` 1, 2 marks totals.

    ``more``: JSON of what a row adds to the trace of its numbers. ``height`` "none": few rows, all there, words wrap.
    """
    import json

    shown = [
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
    made = ui.table(columns=shown, rows=rows, row_key="id", pagination=0)
    made.props("flat dense hide-pagination :rows-per-page-options=[0]")
    if height == "none":
        made.classes("sw-wrap")
    else:
        made.props("virtual-scroll :virtual-scroll-item-size=33")
    made._props[":sort-method"] = TOTALS_FIRST
    made._props["aria-label"] = said
    made.props("data-grid")
    made.classes("sw-table").style(f"max-height:{height}")
    made.add_slot("header-cell", HEAD)
    made.add_slot("body-cell", CELL)
    return made
