"""`seawall backtest cndr|put|bxm|vxth`: a published strategy index by its rules, beside what was published."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seawall.app.cli.options import print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.market.history import History
    from seawall.sim.overlays import Rebuilt


class Asked(NamedTuple):
    """Index, range, and the options a user stated."""

    name: str
    start: dt.date | None
    end: dt.date | None
    given: dict[str, float]


def run_index(asked: Asked, as_json: bool, html: Path | None) -> None:
    """Rebuild, compare with the published series where the store has it, and show."""
    say_if_first_run()
    from seawall.data.days import known_history
    from seawall.report.overlay_tables import compared, overlay_json, print_overlay

    history = known_history()
    found = compared(_rebuilt(asked, history), history)
    if html is not None:
        from seawall.report.overlay_page import overlay_page

        write_page(html, overlay_page(found))
    if as_json:
        print_json(overlay_json(found))
    else:
        print_overlay(found)


def _rebuilt(asked: Asked, history: "History") -> "Rebuilt":
    from seawall.sim.overlays import Program, Strategy, rebuild
    from seawall.sim.vxth import rebuild_vxth

    given = dict(asked.given)
    if asked.name == "vxth":
        costs = given.pop("costs", 1.0)
        if given:
            raise InputError(f"--{next(iter(given))} is not for vxth: leave it out")
        return rebuild_vxth(history, asked.start, asked.end, costs)
    program = Program(
        Strategy(asked.name),
        given.get("collateral"),
        given.get("costs", 1.0),
    )
    return rebuild(program, history, asked.start, asked.end)
