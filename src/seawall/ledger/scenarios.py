"""A book over price, volatility and time: every cell fully revalued, legs that have settled counted as cash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.perp_account import AccountCash, CrossPerp
from seawall.instruments.together import together
from seawall.ledger.book import Book
from seawall.ledger.breakeven import paid_out
from seawall.ledger.terms import legs_of
from seawall.market.state import Moves, State, View

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


class Legs(NamedTuple):
    """What of a position lives at a time to come, and what has settled before it."""

    alive: tuple[Position, ...]
    settled: tuple[Position, ...]


def legs_at(position: Position, end: datetime) -> Legs:
    """The legs of a position at ``end``; the whole of it where nothing settles before.

    The price stands still until a leg settles and moves after it: a settled leg is the cash of its payoff at today's
    price and covers nothing afterwards. A leg that settles at the very end is paid at the moved price.
    """
    settles = position.instrument.settles
    if not settles or settles[0] >= end:
        return Legs((position,), ())
    legs = legs_of(position)
    gone = [bool(leg.instrument.settles) and max(leg.instrument.settles) < end for leg in legs]
    return Legs(
        tuple(leg for leg, over in zip(legs, gone, strict=True) if not over),
        tuple(leg for leg, over in zip(legs, gone, strict=True) if over),
    )


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
    moved = [depends_on(position, axes.factor) for position in book.positions]
    layers, settled = [], []
    now = float(together(book.positions).total_value(state.view())[0])
    paid = float(paid_out(book.positions, state).sum())
    for day in axes.days:
        moving, still, gone = list[Position](), list[Position](), list[str]()
        for position, moves in zip(book.positions, moved, strict=True):
            legs = legs_at(position, state.now + timedelta(days=day))
            (moving if moves else still).extend(legs.alive)
            still.extend(legs.settled)
            gone += [position.label] if legs.settled else []
        cash = float(together(still).total_value(state.view(Moves({}, {}, day)))[0]) + paid * day
        layers.append((together(moving).total_value(state.view(_at(axes, day))) + cash - now).reshape(shape))
        settled.append(tuple(gone))
    return Scenarios(axes, spot, now, np.stack(layers), tuple(settled))


def _sums(groups: Sequence[tuple[Position, ...]], view: View) -> Array:
    """Dollars of each group of positions in the one move of a view, shape (groups,)."""
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    held = together([one for group in groups for one in group])
    return np.asarray(np.bincount(owners, held.values(view)[:, 0], len(groups)), float)


def cell(book: Book, state: State, axes: Axes) -> tuple[Bar, ...]:
    """What each position gains in one cell, in the order of the book. Raises ``DomainError`` for more than one cell."""
    if (len(axes.returns), len(axes.vol_points), len(axes.days)) != (1, 1, 1):
        raise DomainError("a cell is one return, one volatility and one day: give one of each")
    state.asset(axes.factor)
    day = axes.days[0]
    legs = [legs_at(position, state.now + timedelta(days=day)) for position in book.positions]
    after = _sums([one.alive for one in legs], state.view(_at(axes, day)))
    after += _sums([one.settled for one in legs], state.view(Moves({}, {}, day)))
    gained = after + paid_out(book.positions, state) * day - together(book.positions).values(state.view())[:, 0]
    return tuple(
        Bar(position.label, position.group, float(usd), len(one.settled))
        for position, one, usd in zip(book.positions, legs, gained, strict=True)
    )


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
