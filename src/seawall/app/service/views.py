"""A book seen from every side: market, ledger, break-evens, scenarios."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, ledger_of, viewed
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.ledger.breakeven import BreakEvens
    from seawall.ledger.scenarios import Axes, Bar, Scenarios

RETURNS: Final = tuple(round(-0.30 + 0.01 * step, 2) for step in range(61))
POINTS: Final = tuple(-10.0 + 2.0 * step for step in range(31))
MOST_CELLS: Final = 60_000
"""Cells of a grid times positions of the book are what a request costs."""
MOST_VALUES: Final = 40_000_000


def market_record(seen: Viewed) -> Record:
    """Every dated number of a book's market with source, instant and origin."""
    return {
        "as_of": seen.state.now.isoformat(),
        "assets": sorted(seen.state.assets),
        "data": [
            {"name": name, "value": value, "as_of": at.isoformat(), "source": source, "origin": str(origin)}
            for name, value, at, source, origin in seen.state.provenance()
        ],
        "assumptions": seen.state.assumptions(),
    }


def market(desk: Desk, book: str, asof: dt.date | None) -> Record:
    """The market a book is valued in."""
    return market_record(viewed(desk, book, asof))


def ledger(desk: Desk, book: str, asof: dt.date | None) -> Record:
    """The exposure table, as `seawall ledger --json` prints it."""
    from seawall.report.records import ledger_record

    return ledger_record(ledger_of(desk, viewed(desk, book, asof)))


def factors(seen: Viewed) -> tuple[str, ...]:
    """Underlyings of a book with a price of their own."""
    from seawall.ledger.breakeven import price_factors

    return price_factors(seen.loaded.book)


def _break_evens(desk: Desk, seen: Viewed, factor: str) -> "BreakEvens":
    from seawall.ledger.breakeven import break_evens

    return desk.memo.get(("breakeven", seen.key, factor), lambda: break_evens(seen.loaded.book, seen.state, factor))


def breakeven(desk: Desk, book: str, asof: dt.date | None, factor: str | None) -> Record:
    """Break-evens of one underlying or of all, as `seawall breakeven --json` prints them."""
    from seawall.ledger.scenarios import first_factor
    from seawall.report.records import break_even_record

    seen = viewed(desk, book, asof)
    named = factors(seen) if factor is None else (first_factor(seen.loaded.book, factors(seen), factor),)
    found = [_break_evens(desk, seen, name) for name in named]
    return {
        "book": seen.loaded.book.name,
        "as_of": seen.state.now.isoformat(),
        "factors": [break_even_record(one) for one in found],
    }


def axes_of(seen: Viewed, factor: str | None, days: tuple[float, ...], fine: tuple[Any, Any] | None = None) -> "Axes":
    """The grid of a factor (the first of the book without one); raises ``InputError`` when it is too large."""
    from seawall.ledger.scenarios import Axes, first_factor

    returns, points = fine or (RETURNS, POINTS)
    axes = Axes(first_factor(seen.loaded.book, factors(seen), factor), tuple(returns), tuple(points), days)
    cells = len(axes.returns) * len(axes.vol_points) * len(axes.days)
    if cells > MOST_CELLS or cells * len(seen.loaded.book.positions) > MOST_VALUES:
        raise InputError(
            f"a grid of {cells:,} cells is too large for {len(seen.loaded.book.positions)} positions: ask fewer days"
        )
    return axes


def scenario_grid(desk: Desk, seen: Viewed, axes: "Axes") -> "Scenarios":
    """The book on the grid, remembered."""
    from seawall.ledger.scenarios import scenarios

    return desk.memo.get(("grid", seen.key, axes), lambda: scenarios(seen.loaded.book, seen.state, axes))


def scenarios_record(found: "Scenarios") -> Record:
    """A grid as an object; P&L by day, then volatility, then return."""
    return {
        "factor": found.axes.factor,
        "spot": found.spot,
        "now_usd": found.now_usd,
        "returns": list(found.axes.returns),
        "vol_points": list(found.axes.vol_points),
        "days": list(found.axes.days),
        "pnl_usd": found.pnl_usd.tolist(),
        "settled": [list(labels) for labels in found.settled],
        "assumptions": [
            "other prices stand still; a leg that settles before a day is cash at today's price and covers nothing",
            "volatility moves by its 30-day points and fades with tenor",
        ],
    }


def scenarios(desk: Desk, book: str, asof: dt.date | None, factor: str | None, days: tuple[float, ...]) -> Record:
    """The book over price, volatility and time."""
    seen = viewed(desk, book, asof)
    axes = axes_of(seen, factor, days)
    return {"book": seen.loaded.book.name, "as_of": seen.state.now.isoformat()} | scenarios_record(
        scenario_grid(desk, seen, axes)
    )


def cell_bars(seen: Viewed, axes: "Axes") -> "tuple[Bar, ...]":
    """What each position gains in one cell."""
    from seawall.ledger.scenarios import cell

    return cell(seen.loaded.book, seen.state, axes)


def cell_record(bars: "tuple[Bar, ...]", axes: "Axes") -> Record:
    """One cell by position, largest effect first."""
    return {
        "factor": axes.factor,
        "return": axes.returns[0],
        "vol_points": axes.vol_points[0],
        "days": axes.days[0],
        "total_usd": sum(bar.pnl_usd for bar in bars),
        "legs": [
            {"label": bar.label, "group": bar.group, "pnl_usd": bar.pnl_usd, "settled_legs": bar.settled}
            for bar in sorted(bars, key=lambda bar: -abs(bar.pnl_usd))
        ],
    }


def scenario_cell(
    desk: Desk, book: str, asof: dt.date | None, factor: str | None, move: tuple[float, float, float]
) -> Record:
    """The waterfall of one cell (return, points of volatility, days)."""
    seen = viewed(desk, book, asof)
    axes = axes_of(seen, factor, (move[2],), ((move[0],), (move[1],)))
    return cell_record(cell_bars(seen, axes), axes)
