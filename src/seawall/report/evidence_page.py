"""The evidence as one page: the board first, then a screen a claim with its chart, its numbers, and what limits it."""

from seawall.evidence.board import Board, Row
from seawall.evidence.world import Grid, Outcome
from seawall.report.evidence_charts import figure_of
from seawall.report.evidence_tables import HEAD_NAMES, cells, chance, method, number
from seawall.report.evidence_words import HOW_TO_READ, caveats, command, lead, numbers, opening
from seawall.report.format import NOT_DEFINED, typeset
from seawall.report.markup import Cell, Column, Line, chart, listing, paragraph, section, table, text
from seawall.report.page import document


def evidence_page(board: Board) -> str:
    """The board and its claims as one HTML document."""
    body = (_board(board), *(_claim(row) for row in board.rows))
    links = {"board": "The board"} | {anchor(row): row.hypothesis.id for row in board.rows}
    return document("Does it reduce the blow-ups?", f"{len(board.rows)} claims, tested in the open", body, links)


def anchor(row: Row) -> str:
    """Anchor of a claim."""
    return row.hypothesis.id.lower()


def _board(board: Board) -> str:
    heads = (
        Column("Claim", number=False), Column("Verdict", number=False), Column("Effect"), Column("Interval"),
        Column("Holm p"), Column("DSR", "PBO"), Column("n", "episodes"), Column("Data"),
        Column("Modelled", "of quotes"), Column("Trials"),
    )  # fmt: skip
    lines = []
    for row in board.rows:
        found = row.outcome
        shown = dict(zip(HEAD_NAMES, cells(row), strict=True))
        unit, why = ("", row.decision.reason) if found is None else (found.unit, "")
        effect = NOT_DEFINED if found is None else number(found.effect)
        lines.append(Line([
            Cell(f"{shown['id']} {shown['claim']}", unit), Cell(shown["verdict"], why), effect, shown["interval"],
            shown["Holm p"], _over(shown["DSR"], shown["PBO"]), _over(shown["n"], shown["episodes"]), shown["data"],
            shown["modelled"], shown["trials"],
        ]))  # fmt: skip
    notes = [*board.world.history.synthetic, chance(board), method(board)]
    return section(
        "board", "The board", paragraph(opening(board), "lead"), paragraph(HOW_TO_READ, "note"),
        table(heads, lines, "the board"), listing(notes),
    )  # fmt: skip


def _over(value: str, below: str) -> Cell:
    """A number with a second one below it, unless that is none."""
    return Cell(value, "" if below == NOT_DEFINED else below)


def _claim(row: Row) -> str:
    found = row.outcome
    name = f"{row.hypothesis.id}: {row.hypothesis.claim}"
    parts = [paragraph(lead(row), "lead")]
    if found is not None:
        parts += [
            chart(
                f"{anchor(row)}-{i}",
                figure_of(one),
                one.heading,
                one.caption,
                modelled=one.modelled or bool(found.modelled),
            )
            for i, one in enumerate(found.pictures)
        ]
    parts.append(_facts("The numbers", [(name, words) for name, words in numbers(row)]))
    if found is not None:
        parts.append(_facts("What else was measured", [(one.name, one.text) for one in found.facts]))
        parts += [_grid(one) for one in found.grids]
        parts.append(_ablations(found))
        parts.append("<h3>What limits it</h3>" + listing(caveats(row)))
    parts.append(f"<p class=note>Reproduce: <code>{text(command(row))}</code></p>")
    return section(anchor(row), name, *parts)


def _facts(heading: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = [Line([Cell(name), Cell(typeset(words))]) for name, words in rows]
    return f"<h3>{text(heading)}</h3>" + table((Column("", number=False), Column("", number=False)), lines, heading)


def _grid(grid: Grid) -> str:
    heads = [Column(name, number=False) for name in grid.heads]
    return f"<h3>{text(grid.heading)}</h3>" + table(
        heads, [Line([typeset(one) for one in row]) for row in grid.rows], grid.heading
    )


def _ablations(found: Outcome) -> str:
    if not found.ablations:
        return ""
    heads = (Column("The trigger", number=False), Column("Effect"), Column("p", "of shuffles"))
    lines = [
        Line([one.how, number(one.effect), NOT_DEFINED if one.p is None else number(one.p)]) for one in found.ablations
    ]
    return "<h3>Its trigger, broken on purpose</h3>" + table(heads, lines, "ablations")
