"""Pieces of HTML: everything a user wrote is escaped here, and nowhere else is markup made from text."""

import html
from collections.abc import Sequence
from typing import NamedTuple

from seawall.report.format import typeset
from seawall.report.palette import Figure


class Cell(NamedTuple):
    """Text of one cell; ``note`` stands small below it, ``title`` shows when pointed at."""

    text: str
    note: str = ""
    title: str = ""


class Column(NamedTuple):
    """Heading, its unit, and whether it holds numbers."""

    name: str
    unit: str = ""
    number: bool = True


class Line(NamedTuple):
    """One row of a table; ``kind`` is "", "subtotal" or "total"."""

    cells: Sequence[Cell | str]
    kind: str = ""


class Tile(NamedTuple):
    """One large number of a page, its name above and its unit below."""

    name: str
    value: str
    unit: str = ""


def text(words: str) -> str:
    """Anyone's words, inert in HTML text and attributes."""
    return html.escape(words, quote=True)


def prose(words: str) -> str:
    """Our own words and numbers, with proper minus signs, escaped. A user's label goes through ``text`` untouched."""
    return text(typeset(words))


def _cell(column: Column, cell: Cell | str, *, head: bool) -> str:
    one = Cell(cell) if isinstance(cell, str) else cell
    tag, scope = ("th", ' scope="row"') if head else ("td", "")
    kind = ' class="n"' if column.number else ""
    title = f' title="{text(one.title)}"' if one.title else ""
    note = f"<small>{prose(one.note)}</small>" if one.note else ""
    body = prose(one.text) if column.number else text(one.text)
    return f"<{tag}{scope}{kind}{title}>{body}{note}</{tag}>"


def table(columns: Sequence[Column], lines: Sequence[Line], name: str) -> str:
    """A table that scrolls sideways inside its own box when the screen is narrow; ``name`` is read to the blind."""
    heads = "".join(
        f'<th scope="col"{" class=n" if c.number else ""}>{text(c.name)}'
        f"{f'<small>{text(c.unit)}</small>' if c.unit else ''}</th>"
        for c in columns
    )
    rows = []
    for line in lines:
        pairs = enumerate(zip(columns, line.cells, strict=True))
        cells = "".join(_cell(column, cell, head=i == 0) for i, (column, cell) in pairs)
        rows.append(f"<tr{f' class={line.kind}' if line.kind else ''}>{cells}</tr>")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(name)}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def tiles(facts: Sequence[Tile]) -> str:
    """Large numbers side by side."""
    made = "".join(
        f"<div><dt>{text(one.name)}</dt><dd>{prose(one.value)}<small>{prose(one.unit)}</small></dd></div>"
        for one in facts
    )
    return f'<dl class="tiles">{made}</dl>'


def data(json: str) -> str:
    """JSON that can stand inside a script element whatever its strings hold."""
    for character in "<>&\u2028\u2029":
        json = json.replace(character, f"\\u{ord(character):04x}")
    return json


def chart(name: str, figure: Figure, heading: str, caption: str, *, modelled: bool) -> str:
    """A figure with its heading, its caption, and the word "modelled" where a modelled input is in it."""
    label = ' <span class="tag">modelled</span>' if modelled else ""
    height = int(figure.layout.height)
    return (
        f'<figure id="{text(name)}"><h3>{text(heading)}</h3>'
        f'<div class="plot" style="height:{height}px" role="img" aria-label="{text(caption)}"></div>'
        f'<script type="application/json">{data(figure.to_json())}</script>'
        f"<figcaption>{prose(caption)}{label}</figcaption></figure>"
    )


def listing(lines: Sequence[str]) -> str:
    """A plain list."""
    return f"<ul>{''.join(f'<li>{prose(line)}</li>' for line in lines)}</ul>" if lines else ""


def paragraph(words: str, kind: str = "") -> str:
    """One paragraph."""
    return f"<p{f' class={kind}' if kind else ''}>{prose(words)}</p>"


def section(name: str, heading: str, *parts: str) -> str:
    """A section with an anchor."""
    return f'<section id="{text(name)}"><h2>{text(heading)}</h2>{"".join(parts)}</section>'
