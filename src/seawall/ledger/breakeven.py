"""Where a book breaks even: in price at expiry and today, in implied volatility, over time, and on the whole grid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.price import break_even_vol
from seawall.core.clock import years_between
from seawall.core.errors import MissingDataError
from seawall.core.status import Status
from seawall.instruments.base import Position, total
from seawall.instruments.perp_account import CASH, AccountCash, CrossPerp
from seawall.instruments.together import together
from seawall.kernels.roots import all_roots
from seawall.ledger.book import Book
from seawall.market.shock import as_moves, named_shocks
from seawall.market.state import STILL, Moves, State

Array = NDArray[np.float64]

SPAN: Final = 0.6
"""Half-width of the price grid, in log-return; a book's strikes and range ends are added to it as nodes."""
NODES: Final = 241
SURFACE_DAYS: Final = (0.0, 1.0, 5.0, 10.0, 20.0)
SURFACE_VOL_POINTS: Final = (-5.0, -3.0, 0.0, 3.0, 5.0, 10.0)
VOL_MOVES: Final = (-40.0, 80.0)


@dataclass(frozen=True, slots=True)
class Roots:
    """All roots found, rising, and a status that says why there is none."""

    values: tuple[float, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class SurfacePoint:
    """Break-even prices when ``days`` have passed and 30-day volatility has moved by ``vol_points``."""

    days: float
    vol_points: float
    roots: Roots


@dataclass(frozen=True, slots=True)
class BreakEvens:
    """The break-evens of a book along one factor (METHOD 5.3); prices in quote units, vols in points.

    ``reference_usd``: the value that breaks even: the entry cost where every position states one, else today's value.
    Volatility moves are parallel, the same at every tenor.
    ``at_expiry``: prices on the first expiry date. ``today``: prices now. ``vol_points``: moves of volatility at
    unchanged price that eat the carry of each number of days. ``days_to_repay``: days of carry that repay each named
    shock.
    """

    factor: str
    spot: float
    reference_usd: float
    reference: str
    at_expiry: Roots
    expiry_days: float | None
    today: Roots
    vol_points: tuple[tuple[float, Roots], ...]
    surface: tuple[SurfacePoint, ...]
    days_to_repay: tuple[tuple[str, Roots], ...]
    realised_vol: Roots
    """Realised volatility, per square root of a year, at which rent eats the whole carry."""


def _entry(positions: tuple[Position, ...], state: State) -> tuple[float, str]:
    entries = [None if p.entry is None else p.entry * p.quantity for p in positions]
    known = [entry for entry in entries if entry is not None]
    if len(known) == len(entries):
        return float(sum(known)), "entry"
    return float(together(positions).total_value(state.view())[0]), "today's value"


def paid_out(positions: tuple[Position, ...], state: State) -> Array:
    """Dollars a day, by position, of carry that is paid rather than marked: fees, funding (theta is in the value)."""
    held = [None if position.instrument.settles else position.exposure(state) for position in positions]
    return np.array([0.0 if one is None else (one.carry_usd_per_year or 0.0) / 365.0 for one in held])


def book_value(positions: tuple[Position, ...], state: State) -> Callable[[Moves], Array]:
    """Values all positions after moves: dollars, fees and funding of the elapsed days included, shape (n,)."""
    held, paid = together(positions), float(paid_out(positions, state).sum())
    return lambda moves: held.total_value(state.view(moves)) + paid * moves.days


def _special_prices(positions: tuple[Position, ...], state: State) -> list[float]:
    prices: list[float] = []
    for position in positions:
        density = position.density(state)
        if density is not None:
            prices += [float(k) for k in density.knots() if 0.0 < k < np.inf]
    return prices


def price_grid(positions: tuple[Position, ...], state: State, factor: str) -> Array:
    """Prices to scan, rising: log-spaced around spot, with every strike and range end as a node."""
    spot = state.asset(factor).spot.value
    grid = spot * np.exp(np.linspace(-SPAN, SPAN, NODES))
    extra = [p for p in _special_prices(positions, state) if grid[0] < p < grid[-1]]
    return np.unique(np.concatenate([grid, extra]))


def _roots(function: Callable[[Array], Array], grid: Array) -> Roots:
    values, status = all_roots(function, grid)
    return Roots(tuple(float(v) for v in values), status)


def _factors(position: Position) -> tuple[str, ...]:
    """Prices a position depends on: its own, and for a row of a cross account those of the whole account."""
    instrument = position.instrument
    return instrument.factors if isinstance(instrument, CrossPerp | AccountCash) else (instrument.factor,)


def expiry_break_evens(book: Book, state: State, factor: str) -> Roots:
    """Prices at the first expiry at which the positions on ``factor`` are worth what was paid, and nothing else."""
    positions = tuple(p for p in book.positions if factor in _factors(p))
    expiries = [t for p in positions for t in p.instrument.settles if t > state.now]
    if not expiries:
        return Roots((), Status.NO_EXPIRY)
    spot, (reference, _) = state.asset(factor).spot.value, _entry(positions, state)
    worth = book_value(positions, state)
    days = years_between(state.now, min(expiries)) * 365.0

    def pnl(prices: Array) -> Array:
        moves = Moves({factor: prices / spot - 1.0}, {factor: np.zeros(prices.size)}, days, 0.0)
        return worth(moves) - reference

    return _roots(pnl, price_grid(positions, state, factor))


def break_evens(book: Book, state: State, factor: str) -> BreakEvens:
    """All break-evens of the positions of ``book`` that depend on ``factor``.

    Every root on the grid is returned, with a status where there is none. Raises ``MissingDataError`` when no position
    depends on the factor, or the market does not price it.
    """
    positions = tuple(p for p in book.positions if factor in _factors(p))
    if not positions:
        held = ", ".join(sorted({p.instrument.factor for p in book.positions}))
        raise MissingDataError(f"no position depends on {factor}: choose one of {held}")
    spot = state.asset(factor).spot.value
    grid = price_grid(positions, state, factor)
    (reference, what), worth = _entry(positions, state), book_value(positions, state)
    expiries = [t for p in positions for t in p.instrument.settles if t > state.now]
    first = years_between(state.now, min(expiries)) * 365.0 if expiries else None

    def pnl(days: float, vol_points: float) -> Callable[[Array], Array]:
        def at(prices: Array) -> Array:
            moves = Moves({factor: prices / spot - 1.0}, {factor: np.full(prices.size, vol_points)}, days, 0.0)
            return worth(moves) - reference

        return at

    surface = tuple(
        SurfacePoint(days, points, _roots(pnl(days, points), grid))
        for days in SURFACE_DAYS
        for points in SURFACE_VOL_POINTS
        if first is None or days < first
    )
    return BreakEvens(
        factor=factor,
        spot=spot,
        reference_usd=reference,
        reference=what,
        at_expiry=expiry_break_evens(book, state, factor),
        expiry_days=first,
        today=_roots(pnl(0.0, 0.0), grid),
        vol_points=_vol_break_evens(positions, state, factor, first),
        surface=surface,
        days_to_repay=_days_to_repay(positions, state),
        realised_vol=_realised_vol(positions, state),
    )


def _realised_vol(positions: tuple[Position, ...], state: State) -> Roots:
    held = total(together(positions).exposures(state))
    if held.carry_usd_per_year is None:
        return Roots((), Status.UNKNOWN)
    level, status = break_even_vol(held.carry_usd_per_year, -held.gamma_usd)
    return Roots((level,) if status is Status.FOUND else (), status)


def _vol_break_evens(
    positions: tuple[Position, ...], state: State, factor: str, first: float | None
) -> tuple[tuple[float, Roots], ...]:
    """Move of volatility, at unchanged price, that eats what each number of days has earned."""
    worth = book_value(positions, state)
    now = float(worth(STILL)[0])
    grid = np.linspace(*VOL_MOVES, 121)
    found = []
    for days in SURFACE_DAYS[1:]:
        if first is not None and days >= first:
            continue

        def pnl(points: Array, days: float = days) -> Array:
            return worth(Moves({}, {factor: points}, days, 0.0)) - now

        found.append((days, _roots(pnl, grid)))
    return tuple(found)


def _days_to_repay(positions: tuple[Position, ...], state: State) -> tuple[tuple[str, Roots], ...]:
    """Days of carry that repay each named shock; ``Status.NOT_SHORT`` when the shock is a gain or nothing is earned."""
    shocks, worth = named_shocks(state), book_value(positions, state)
    losses = float(worth(STILL)[0]) - worth(as_moves(shocks, state))
    carries = [exposure.carry_usd_per_year for exposure in together(positions).exposures(state)]
    if any(carry is None for carry in carries):
        return tuple((shock.name, Roots((), Status.UNKNOWN)) for shock in shocks)
    carry = sum(c for c in carries if c is not None)
    out = []
    for shock, loss in zip(shocks, losses, strict=True):
        if loss <= 0.0 or carry <= 0.0:
            out.append((shock.name, Roots((), Status.NOT_SHORT)))
        else:
            out.append((shock.name, Roots((float(loss / carry * 365.0),), Status.FOUND)))
    return tuple(out)


def price_factors(book: Book) -> tuple[str, ...]:
    """Underlyings of a book with a price of their own, in the order they first appear (not VIX, not dollars)."""
    factors = dict.fromkeys(p.instrument.factor for p in book.positions)
    return tuple(factor for factor in factors if factor not in ("VIX", CASH))
