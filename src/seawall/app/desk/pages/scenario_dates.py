"""The map of price and date on the scenarios' page: at the chosen volatility, every day until the last settlement."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from nicegui import events, ui

from seawall.app.desk.pages.scenario_choice import Chosen
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.states import aside, fill
from seawall.app.service import views
from seawall.app.service.answers import Record
from seawall.app.service.hedging import plan_of
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seawall.ledger.scenarios import Axes, Scenarios

ROWS: Final = 24
"""Days of the map between today and the last one; fewer for a book of many that are valued one by one on each day."""
FEWEST: Final = 6
WIDE: Final = 100

Found = tuple["Scenarios", Any]


def axes_of(chosen: Chosen) -> "Axes":
    """Every price, the chosen volatility, a row of days."""
    from seawall.instruments.together import together

    alone = len(together(chosen.seen.loaded.book.positions).rest)
    rows = ROWS if alone <= WIDE else max(FEWEST, ROWS * WIDE // alone)
    days = tuple(float(day) for day in np.round(np.linspace(0.0, chosen.last, rows + 1), 2))
    return views.axes_of(chosen.seen, chosen.factor, days, (views.RETURNS, (chosen.points,)))


def _computed(chosen: Chosen) -> Found:
    from seawall.ledger.scenarios import scenarios

    axes, desk = axes_of(chosen), chosen.view.desk
    found = views.scenario_grid(desk, chosen.seen, axes)
    if not chosen.tickets:
        return found, None
    plan = plan_of(desk, chosen.seen)
    key = ("grid-after", chosen.seen.key, axes)
    return found, desk.memo.get(key, lambda: scenarios(plan.after.book, chosen.seen.state, axes)).pnl_usd[:, 0, :]


def _figure(chosen: Chosen, found: Found) -> Any:
    from seawall.report.desk_charts import Layers
    from seawall.report.scenario_dates import date_figure

    grid, other = found
    bound = float(np.max(np.abs(grid.pnl_usd))) or 1.0
    layers = Layers(chosen.contours, chosen.break_even, other, (chosen.move, chosen.days))
    return date_figure(grid, bound, layers, chosen.stops)


def picture(chosen: Chosen) -> dict[str, Any]:
    """The map as the browser draws it; raises a ``SeawallError``."""
    return drawn(_figure(chosen, _computed(chosen)), chosen.view.dark)


async def show(chosen: Chosen, place: ui.element, again: "Callable[[], Awaitable[None]]") -> None:
    """Fill the panel; a click chooses move and day, and ``again`` draws what follows from them."""

    def first(made: dict[str, Any]) -> None:
        said = f"Map of P&L over the price of {chosen.factor} and days from now."
        chosen.dates = chart(made, chosen.view.dark, said)

        async def clicked(event: events.GenericEventArguments) -> None:
            point = next((one for one in event.args.get("points", []) if "x" in one and "y" in one), None)
            if point is not None:
                chosen.move = float(point["x"]) / 100.0
                chosen.days = min(max(float(point["y"]), 0.0), chosen.last)
                await again()

        chosen.dates.on("plotly_click", clicked)

    await fill(place, lambda: picture(chosen), first, "Revaluing every day", 380)


async def redraw(chosen: Chosen) -> None:
    """The same map after a control has moved; what was overtaken is not drawn."""
    plot, wanted = chosen.dates, (chosen.where, chosen.tickets)
    if plot is None or plot.is_deleted:
        return
    try:
        made = await aside(lambda: picture(chosen))
    except SeawallError:
        return
    if wanted == (chosen.where, chosen.tickets) and not plot.is_deleted:
        plot.update_figure(made)


def rows(chosen: Chosen) -> list[Record]:
    """The map for export."""
    found = views.scenario_grid(chosen.view.desk, chosen.seen, axes_of(chosen))
    return [
        {
            "factor": chosen.factor, "days": day, "return": move, "price": found.spot * (1.0 + move),
            "vol_points": chosen.points, "pnl_usd": float(found.pnl_usd[i, 0, j]),
        }
        for i, day in enumerate(found.axes.days)
        for j, move in enumerate(found.axes.returns)
    ]  # fmt: skip
