"""What the controls of the scenarios' page say; all of it stands in its address."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.view import View
from seawall.app.service import views
from seawall.app.service.desk import Viewed

if TYPE_CHECKING:
    from seawall.ledger.scenarios import Axes

LEAST_DAYS: Final = 30.0
MOST_DAYS: Final = 365.0
FIRST_MOVE: Final = -0.05
FIRST_POINTS: Final = 10.0
"""The cell that is open at first: an ordinary bad day, so that the waterfall says something."""


@dataclass(slots=True, eq=False)
class Chosen:
    """The choice, and what on the page follows it."""

    view: View
    seen: Viewed
    factor: str
    last: float
    days: float
    move: float
    points: float
    contours: bool
    break_even: bool
    tickets: bool
    plot: ui.plotly | None = None
    said: ui.label | None = None
    cell: ui.element | None = None
    dates: ui.plotly | None = None
    slider: kit.Slider | None = None
    stops: tuple[float, ...] = field(default_factory=tuple)

    @property
    def where(self) -> tuple[float, float, float]:
        """The chosen cell: return, points, days."""
        return self.move, self.points, self.days

    def axes(self) -> "Axes":
        """The grid of the chosen day."""
        return views.axes_of(self.seen, self.factor, (self.days,))

    def keep(self) -> None:
        """Write the choice into the address."""
        self.view.keep(
            factor=self.factor, days=f"{self.days:g}", move=f"{self.move:g}", points=f"{self.points:g}",
            contours="" if self.contours else "0", line="" if self.break_even else "0",
            tickets="1" if self.tickets else "",
        )  # fmt: skip


def chosen_of(view: View) -> Chosen:
    """The choice of an address; raises a ``SeawallError``."""
    from seawall.ledger.scenarios import first_factor, live_days

    seen = view.seen()
    factors = views.factors(seen)
    asked = view.query.get("factor")
    factor = first_factor(seen.loaded.book, factors, asked if asked in factors else None)
    stops = live_days(seen.loaded.book, seen.state, factor)
    last = float(np.ceil(min(max([LEAST_DAYS, *stops]), MOST_DAYS)))
    days = view.number("days", 0.0, 0.0, last)
    move = view.number("move", FIRST_MOVE, -0.95, 10.0)
    points = view.number("points", FIRST_POINTS, -100.0, 500.0)
    flags = (view.flag("contours", True), view.flag("line", True), view.flag("tickets", False))
    return Chosen(view, seen, factor, last, days, move, points, *flags, stops=stops)
