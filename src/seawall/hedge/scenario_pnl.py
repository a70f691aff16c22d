"""P&L of a book and of hedge instruments in every scenario: full revaluation along the path, never an expansion.

An option that settles before the horizon is worth its payoff at the first session that closes after it; a leveraged
position that is liquidated on the way stays so. Fees are earned while the pool trades, funding while the perp lives.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import years_between
from seawall.core.errors import MissingDataError
from seawall.hedge.scenarios import ScenarioSet
from seawall.instruments.base import Instrument
from seawall.instruments.perp_account import AccountCash, CrossPerp
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.structures import Structure
from seawall.ledger.book import Book
from seawall.market.state import State, View

Array = NDArray[np.float64]

KEPT: Final = 128
"""Instruments whose P&L is remembered: budgets are moved many times over one market and one scenario set."""
_KNOWN: "WeakKeyDictionary[ScenarioSet, dict[tuple[int, Instrument, tuple[int, ...]], tuple[State, UnitPnl]]]" = (
    WeakKeyDictionary()
)
"""By scenario set; a market is known by its identity, and kept so that no other gets it."""


@runtime_checkable
class Mortal(Protocol):
    """What can be liquidated."""

    def equity(self, view: View) -> Array:
        """Dollars as if it never were, (n,)."""

    def maintenance_margin(self, view: View) -> Array:
        """Dollars that must be left, (n,)."""

    def alive(self, view: View) -> NDArray[np.bool_]:
        """Where it has not been, (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioPnl:
    """Dollars gained from now to some sessions, by position: (positions, N, steps), the last step the horizon.

    ``unknown``: positions whose fees or funding are not known and count as none.
    """

    labels: tuple[str, ...]
    by_position: Array
    value_now: Array
    unknown: tuple[str, ...]

    @property
    def total(self) -> Array:
        """Of the book at the horizon, (N,)."""
        return np.asarray(self.by_position[:, :, -1].sum(axis=0))

    @property
    def path(self) -> Array:
        """Of the book at every step, (N, steps)."""
        return np.asarray(self.by_position.sum(axis=0))


def scenario_pnl(book: Book, state: State, scenarios: ScenarioSet, steps: tuple[int, ...] = (-1,)) -> ScenarioPnl:
    """P&L of every position in every scenario at some sessions (from 0; -1 the horizon).

    Raises ``MissingDataError`` when no scenario raises the price of a pool's asset: pools lose on both sides.
    """
    _both_ways(book, scenarios)
    parts = [instrument_pnl(position.instrument, state, scenarios, steps) for position in book.positions]
    scaled = [position.quantity * part.pnl for position, part in zip(book.positions, parts, strict=True)]
    return ScenarioPnl(
        tuple(position.label for position in book.positions),
        np.array(scaled),
        np.array([position.quantity * part.now for position, part in zip(book.positions, parts, strict=True)]),
        tuple(p.label for p, part in zip(book.positions, parts, strict=True) if not part.income_known),
    )


def unit_pnl(instruments: tuple[Instrument, ...], state: State, scenarios: ScenarioSet) -> Array:
    """P&L to the horizon of one unit of each instrument, (N, m): the H of sizing."""
    columns = [instrument_pnl(one, state, scenarios).pnl[:, -1] for one in instruments]
    return np.column_stack(columns) if columns else np.empty((scenarios.count, 0))


class UnitPnl(NamedTuple):
    """Dollars gained by one unit, (N, steps), whether its income is known, and what it is worth now."""

    pnl: Array
    income_known: bool
    now: float


def instrument_pnl(
    instrument: Instrument, state: State, scenarios: ScenarioSet, steps: tuple[int, ...] = (-1,)
) -> UnitPnl:
    """P&L of one unit of an instrument, read-only; a structure is the sum of its legs, each to its own settlement."""
    known = _KNOWN.setdefault(scenarios, {})
    key = (id(state), instrument, steps)
    if (kept := known.get(key)) is not None:
        return kept[1]
    found = _instrument_pnl(instrument, state, scenarios, steps)
    found.pnl.setflags(write=False)
    if len(known) >= KEPT:
        known.clear()
    known[key] = (state, found)
    return found


def _instrument_pnl(instrument: Instrument, state: State, scenarios: ScenarioSet, steps: tuple[int, ...]) -> UnitPnl:
    if isinstance(instrument, Structure):
        legs = [(leg.units, instrument_pnl(leg.option, state, scenarios, steps)) for leg in instrument.legs]
        pnl = np.asarray(sum(units * part.pnl for units, part in legs))
        return UnitPnl(pnl, True, float(sum(units * part.now for units, part in legs)))
    now = float(instrument.value(state.view())[0])
    wanted = [step % scenarios.steps for step in steps]
    if instrument.settles:
        return UnitPnl(_settled(instrument, state, scenarios, wanted) - now, True, now)
    if isinstance(instrument, LiquidityPosition):
        return _pool(instrument, state, scenarios, wanted, now)
    return _perpetual(instrument, state, scenarios, wanted, now)


def _settled(instrument: Instrument, state: State, scenarios: ScenarioSet, wanted: list[int]) -> Array:
    """Value of one contract with one expiry, (N, steps)."""
    life = years_between(state.now, instrument.settles[-1]) * 365.0
    last = int(np.searchsorted(scenarios.days, life))
    columns = []
    for step in wanted:
        moves = scenarios.moves(step) if last > step else scenarios.moves(last, max(life, 0.0))
        columns.append(instrument.value(state.view(moves)))
    return np.column_stack(columns)


def _pool(pool: LiquidityPosition, state: State, scenarios: ScenarioSet, wanted: list[int], now: float) -> UnitPnl:
    """Value of the tokens, and fees on them for the sessions on which it trades."""
    length = np.diff(scenarios.days, prepend=0.0) / 365.0
    earned, columns = np.zeros(scenarios.count), {}
    for step in range(max(wanted) + 1):
        if pool.fee_apr is None and step not in wanted:
            continue
        view = state.view(scenarios.moves(step))
        value = pool.value(view)
        if pool.fee_apr is not None:
            trading = pool.dollar_gamma(view) < 0.0
            earned = earned + pool.fee_apr * np.where(trading, value - pool.fees_usd, 0.0) * length[step]
        columns[step] = value - now + earned
    return UnitPnl(np.column_stack([columns[step] for step in wanted]), pool.fee_apr is not None, now)


def _perpetual(instrument: Instrument, state: State, scenarios: ScenarioSet, wanted: list[int], now: float) -> UnitPnl:
    """Value and funding of a position without expiry; what was liquidated stays at what was left of it."""
    exposure = instrument.exposure(state)
    known = exposure.carry_usd_per_year is not None
    shift = scenarios.funding.get(instrument.factor)
    length = np.diff(scenarios.days, prepend=0.0) / 365.0
    mortal = mortal_of(instrument)
    lives = mortal is None or bool(mortal.alive(state.view())[0])
    alive = np.full(scenarios.count, lives)
    left, paid = np.full(scenarios.count, now), np.zeros(scenarios.count)
    columns = {}
    for step in range(max(wanted) + 1):
        view = state.view(scenarios.moves(step))
        left = np.where(alive, instrument.value(view), left)
        alive = alive if mortal is None else alive & mortal.alive(view)
        if exposure.carry_usd_per_year is not None:
            rate = np.full(scenarios.count, exposure.carry_usd_per_year)
            if shift is not None:
                rate = rate - exposure.delta_usd * shift[:, step]
            paid = paid + np.where(alive, rate * length[step], 0.0)
        columns[step] = left - now + paid
    return UnitPnl(np.column_stack([columns[step] for step in wanted]), known, now)


def mortal_of(instrument: Instrument) -> Mortal | None:
    """What decides whether it lives: itself, or the account it belongs to."""
    if isinstance(instrument, CrossPerp | AccountCash):
        account: Mortal = instrument.account
        return account
    return instrument if isinstance(instrument, Mortal) else None


def _both_ways(book: Book, scenarios: ScenarioSet) -> None:
    for position in book.positions:
        path = scenarios.returns.get(position.instrument.factor)
        if isinstance(position.instrument, LiquidityPosition) and (path is None or not (path[:, -1] > 0.0).any()):
            raise MissingDataError(
                f"no scenario raises {position.instrument.factor}: pools lose on both sides, add up-moves"
            )
