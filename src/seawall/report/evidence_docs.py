"""The board as text and figures of statistics, one file a claim, to be checked in: no series of a vendor is in it."""

from seawall.evidence.board import Board, Row
from seawall.report.evidence_charts import svg_of
from seawall.report.evidence_tables import cells, chance, method, number
from seawall.report.evidence_words import HOW_TO_READ, caveats, command, lead, numbers, opening
from seawall.report.format import NOT_DEFINED

INDEX = "index.md"


def _why(row: Row) -> str:
    return f"{row.decision.verdict}: {row.decision.reason}" if row.outcome is None else str(row.decision.verdict)


def documents(board: Board) -> dict[str, str]:
    """File name -> content: the board, a page a claim, and their figures."""
    out = {INDEX: _index(board)}
    for row in board.rows:
        name = row.hypothesis.id.lower()
        pictures = () if row.outcome is None else row.outcome.pictures
        for i, picture in enumerate(pictures):
            out[f"{name}-{i}.svg"] = svg_of(picture)
        out[f"{name}.md"] = _claim(row, name)
    return out


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_cell(one) for one in row) + " |" for row in rows]
    return "\n".join(lines)


def _index(board: Board) -> str:
    heads = ("", "Claim", "Verdict", "Effect", "Interval", "Holm p", "DSR", "PBO", "n", "Episodes", "Data", "Modelled",
             "Trials")  # fmt: skip
    rows = []
    for row in board.rows:
        shown = cells(row)
        rows.append([f"[{shown[0]}]({shown[0].lower()}.md)", shown[1], _why(row), *shown[3:]])
    return (
        f"# The board\n\n{opening(board)}\n\n{HOW_TO_READ}\n\n{_table(heads, rows)}\n\n"
        f"{chance(board)}\n\n{method(board)}.\n\n"
        "Made by `seawall evidence --docs DIR` from a store of exchange, vendor and central-bank files; these pages "
        "hold statistics only. Not financial advice.\n"
    )


def _claim(row: Row, name: str) -> str:
    found = row.outcome
    parts = [f"# {row.hypothesis.id}: {_cell(row.hypothesis.claim)}", _cell(lead(row))]
    if found is not None:
        parts += [f"![{one.heading}]({name}-{i}.svg)\n\n*{_cell(one.heading)}.* {_cell(one.caption)}"
                  for i, one in enumerate(found.pictures)]  # fmt: skip
    parts.append(_table(("", ""), [[key, words] for key, words in numbers(row)]))
    if found is not None:
        parts.append(_table(("What else was measured", ""), [[one.name, one.text] for one in found.facts]))
        parts += [f"{one.heading}:\n\n{_table(one.heads, [list(row) for row in one.rows])}" for one in found.grids]
        if found.ablations:
            shown = [[a.how, number(a.effect), NOT_DEFINED if a.p is None else number(a.p)] for a in found.ablations]
            parts.append(_table(("The trigger, broken on purpose", "effect", "p of shuffles"), shown))
        parts.append("What limits it:\n\n" + "\n".join(f"* {_cell(one)}" for one in caveats(row)))
    parts.append(f"Reproduce: `{command(row)}`\n")
    return "\n\n".join(parts)
