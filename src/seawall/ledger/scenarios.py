"""A book over price, volatility and time: every cell fully revalued, legs that have settled counted as cash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.perp_account import AccountCash, CrossPerp
from seawall.ledger.book import Book
from seawall.ledger.breakeven import accrued
from seawall.ledger.terms import legs_of
from seawall.market.state import Moves, State

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axes:
    """What moves. ``returns``: simple, of the factor; ``vol_points``: of its 30-day volatility; ``days``: calendar.

    Raises ``DomainError`` for an axis that is empty or not finite, a return of -1 or less, days below zero.
    """

    factor: str
    returns: tuple[float, ...]
    vol_points: tuple[float, ...]
    days: tuple[float, ...]

    def __post_init__(self) -> None:
        for name, least in (("returns", -1.0), ("vol_points", -np.inf), ("days", -1e-12)):
            given = np.asarray(getattr(self, name), float)
            if not given.size or not np.isfinite(given).all() or (given <= least).any():
                raise DomainError(f"{name} of a scenario must be finite and above {least:g}, at least one: check them")


@dataclass(frozen=True, slots=True, eq=False)
class Scenarios:
    """P&L against today's value in dollars, shape (days, vol_points, returns). ``settled``: legs already cash, by day.

    Carry that is paid out rather than marked (fees, funding) is in it.
    """

    axes: Axes
    spot: float
    now_usd: float
    pnl_usd: Array
    settled: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """What one position gains in one cell, dollars; ``settled``: how many of its legs are cash by then."""

    label: str
    group: str
    pnl_usd: float
    settled: int


def _at(axes: Axes, day: float) -> Moves:
    points, returns = np.meshgrid(np.asarray(axes.vol_points, float), np.asarray(axes.returns, float), indexing="ij")
    return Moves({axes.factor: returns.ravel()}, {axes.factor: points.ravel()}, day)


def held_value(position: Position, state: State, moves: Moves) -> tuple[Array, int]:
    """Dollars of a position after ``moves``, shape (n,), and how many of its legs settled before they end.

    The price stands still until a leg settles and moves after it: a settled leg is the cash of its payoff at today's
    price and covers nothing afterwards. A leg that settles at the very end is paid at the moved price.
    """
    end = state.now + timedelta(days=moves.days)
    view = state.view(moves)
    value, gone = np.zeros(moves.size), 0
    if not any(instant < end for instant in position.instrument.settles):
        return np.broadcast_to(position.value(view), (moves.size,)), 0
    still = state.view(Moves({}, {}, moves.days))
    for leg in legs_of(position):
        settled = bool(leg.instrument.settles) and max(leg.instrument.settles) < end
        gone += settled
        value = value + (float(leg.value(still)[0]) if settled else leg.value(view))
    return value, gone


def depends_on(position: Position, factor: str) -> bool:
    """Whether a price or its volatility moves a position: SPX volatility moves VIX too."""
    instrument = position.instrument
    if isinstance(instrument, CrossPerp | AccountCash):
        return factor in instrument.factors
    return instrument.factor == factor or (factor == "SPX" and instrument.factor == "VIX")


def scenarios(book: Book, state: State, axes: Axes) -> Scenarios:
    """The book on the grid; other prices stand still. Raises ``MissingDataError`` for a factor without a price."""
    spot = state.asset(axes.factor).spot.value
    shape = (len(axes.vol_points), len(axes.returns))
    size = shape[0] * shape[1]
    layers, settled = [], []
    now = float(sum(position.value(state.view())[0] for position in book.positions))
    for day in axes.days:
        moves, still = _at(axes, day), Moves({}, {}, day)
        total, gone = np.full(size, accrued(book.positions, state, day)), []
        for position in book.positions:
            value, legs = held_value(position, state, moves if depends_on(position, axes.factor) else still)
            total = total + value
            gone += [position.label] if legs else []
        layers.append(total.reshape(shape) - now)
        settled.append(tuple(gone))
    return Scenarios(axes, spot, now, np.stack(layers), tuple(settled))


def cell(book: Book, state: State, axes: Axes) -> tuple[Bar, ...]:
    """What each position gains in one cell, in the order of the book. Raises ``DomainError`` for more than one cell."""
    if (len(axes.returns), len(axes.vol_points), len(axes.days)) != (1, 1, 1):
        raise DomainError("a cell is one return, one volatility and one day: give one of each")
    state.asset(axes.factor)
    moves, today = _at(axes, axes.days[0]), state.view()
    bars = []
    for position in book.positions:
        value, legs = held_value(position, state, moves)
        paid = accrued((position,), state, axes.days[0])
        gained = float(value[0]) + paid - float(position.value(today)[0])
        bars.append(Bar(position.label, position.group, gained, legs))
    return tuple(bars)


def live_days(book: Book, state: State, factor: str) -> tuple[float, ...]:
    """Calendar days to each settlement of the positions that ``factor`` moves, rising, each once."""
    found = {
        (instant - state.now).total_seconds() / 86400.0
        for position in book.positions
        if depends_on(position, factor)
        for instant in position.instrument.settles
        if instant > state.now
    }
    return tuple(sorted(found))


def first_factor(book: Book, factors: Sequence[str], asked: str | None) -> str:
    """The factor asked for, else the first of the book; raises ``MissingDataError`` when there is none such."""
    if asked is not None and asked not in factors:
        raise MissingDataError(f"no position depends on {asked[:40]!r}: choose one of {', '.join(factors) or 'none'}")
    if not factors:
        raise MissingDataError(f"{book.name} holds nothing with a price of its own: add an option, a pool or a perp")
    return asked or factors[0]
