"""A Desk page that follows a monitor: it looks once a second, and shows what is new where it stands.

What is computed for one tab serves all that look at the book, beside the event loop and not in the monitor's thread. A
tab never takes more than a tenth of the time, so a long ledger is shown anew less often.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from nicegui import ui

from seawall.app.desk.pages.desk_parts import First, Head, Regime, Rows, Totals, lines_of
from seawall.app.desk.parts.live import PACE_S
from seawall.app.desk.view import View
from seawall.app.service.alerts import Alert, alerts_of
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed, ledger_of
from seawall.app.service.observing import Band, band_of
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seawall.ledger.exposure import Ledger

REST: Final = 9.0
"""Times the last look that a tab rests after it."""
ROWS_A_SECOND: Final = 100.0
CHARTS_S: Final = 10.0
"""Between two drawings of the charts."""


class State(NamedTuple):
    """Everything of one state that the page shows."""

    seen: Viewed
    ledger: "Ledger"
    lines: list[Record]
    alerts: tuple[Alert, ...]
    band: Band


def state_of(view: View) -> State:
    """The newest state; raises a ``SeawallError``."""
    seen = view.newest()
    found = ledger_of(view.desk, seen)
    return State(seen, found, lines_of(found), alerts_of(view.desk, seen), band_of(view.desk, seen))


@dataclass(slots=True, eq=False)
class Shown:
    """The parts of a page; ``charts`` and ``inputs`` draw theirs anew for the state the page keeps to."""

    head: Head | None = None
    totals: Totals | None = None
    rows: Rows | None = None
    first: First | None = None
    regime: Regime | None = None
    charts: "list[Callable[[], Awaitable[object]]] | None" = None
    inputs: "Callable[[], Awaitable[object]] | None" = None


class Following:
    """Keeps a page at the newest state; what fails leaves the last good one."""

    def __init__(self, view: View, shown: Shown) -> None:
        self._view, self._shown = view, shown
        self._rest_until = 0.0
        self._drawn = time.monotonic()
        if view.watched:
            ui.timer(PACE_S, self.look)

    async def look(self) -> None:
        """Show what is new, if there is anything."""
        head, began = self._shown.head, time.monotonic()
        if head is not None and head.badge is not None:
            head.badge.look()
        if not self._view.newer or began < self._rest_until:
            return
        try:
            state = await asyncio.to_thread(state_of, self._view)
        except SeawallError:
            return  # the monitor's panel says what is wrong
        self._show(state)
        if began - self._drawn >= CHARTS_S:
            self._drawn = began
            await self._draw()
        took = time.monotonic() - began
        self._rest_until = time.monotonic() + max(REST * took, len(state.ledger.rows) / ROWS_A_SECOND - PACE_S)

    def _show(self, state: State) -> None:
        shown = self._shown
        if shown.head is not None:
            shown.head.put(state.seen)
        if shown.totals is not None:
            shown.totals.put(state.seen, state.ledger)
        if shown.rows is not None:
            shown.rows.put(state.seen, state.ledger, state.lines)
        if shown.first is not None:
            shown.first.put(state.alerts)
        if shown.regime is not None:
            shown.regime.put(state.band)

    async def _draw(self) -> None:
        for draw in self._shown.charts or ():
            await draw()
        if self._shown.inputs is not None:
            await self._shown.inputs()
