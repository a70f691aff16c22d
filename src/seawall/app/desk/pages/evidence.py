"""Evidence: the board of hypotheses, or how to make one."""

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty, fill
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.runs import evidence


async def build(view: View) -> None:
    """Heading and the board."""
    about = (
        "What was claimed, how it was tested, and what came out. Unknown is a verdict; an empty board proves nothing."
    )
    with kit.page("Evidence", about):
        place = panel("Board", "", lambda: evidence()["verdicts"])
    await fill(place, evidence, lambda found: _board(view, found), "Reading the board")


def _board(view: View, found: Record) -> None:
    if not found["verdicts"]:
        fact, _, rest = str(found["reason"]).partition(": ")
        remedy = (
            f"{rest[:1].upper()}{rest[1:]}. `seawall backtest` runs the program; "
            "each term of the glossary says what is untested."
        )
        links = [("Run a backtest", view.href("/backtest")), ("Untested terms", view.href("/glossary", q="not tested"))]
        empty(f"{fact[:1].upper()}{fact[1:]}.", remedy, links)
        return
    names = list(found["verdicts"][0])
    columns = [kit.words(name, name.replace("_", " ")) for name in names]
    rows = [
        {"id": str(i), "rank": 0, **{name: str(one.get(name, "")) for name in names}}
        for i, one in enumerate(found["verdicts"])
    ]
    kit.table(columns, rows, "verdicts")
    ui.label(f"{len(rows)} verdicts").classes("sw-foot")
