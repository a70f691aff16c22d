"""A liquidation waterfall frame by frame: shock, mark, liquidations, impact, backstop, insurance, deleveraging.

METHOD 1.7, per step in this order. Cash is only passed on: after every frame accounts, insurance fund, backstop vault,
venue, hedgers and takers have together won and lost nothing since before the shock, to 1e-9 of what is held and traded.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError, SelfFinancingError
from seawall.core.status import Status
from seawall.instruments.forced_flow import Hedging
from seawall.kernels.cascade import check_shock
from seawall.kernels.impact import Impact, price_after, thinned
from seawall.sim.waterfall_default import Taken, resolve_defaults
from seawall.sim.waterfall_state import (
    Accounts,
    Array,
    Books,
    Executed,
    Feedback,
    Mask,
    Party,
    Venue,
    open_books,
    sell_accounts,
    trade_party,
)

LIQUIDATIONS: Final = "liquidations"
FUND: Final = "insurance fund"
VOLATILITY: Final = "volatility"
FRAMES: Final = 10_000
CLOSES: Final = 1e-9
STILL: Final = 1e-13
"""Share of price below which a move forces nobody any more."""
LOWEST: Final = 1e-9


class Changes(NamedTuple):
    """Dollars won since before the shock, at the mark; they add up to zero.

    ``winners``: accounts that were deleveraged; ``traders``: all others; ``venue``: minus the bad debt.
    """

    traders: float
    winners: float
    insurance: float
    vault: float
    venue: float
    hedgers: float
    takers: float


class Frame(NamedTuple):
    """One round: from ``mark`` to ``price``.

    ``forced``: signed units by component, ``pushed``: the price move each made, arrays in the order of the waterfall's
    ``components``. ``liquidated``: accounts reached for the first time. ``insurance``: worth of the fund, ``bad_debt``:
    what nobody paid, in dollars, so far. ``taken``: notional to vault, fund and winners in this frame. ``margin``: the
    maintenance share in force, of the first tier where there are several.
    """

    mark: float
    price: float
    vol: float
    margin: float
    forced: Array
    pushed: Array
    liquidated: int
    insurance: float
    bad_debt: float
    taken: Taken
    changes: Changes


@dataclass(frozen=True, slots=True, eq=False)
class Waterfall:
    """All frames. ``equity`` and ``units`` of the accounts at the end, ``liquidated`` and ``deleveraged`` (n,) of them.

    ``status``: FOUND when it came to rest, RUNAWAY when it had not after the last frame, UNBOUNDED when the price left
    for zero or there was nothing more to buy.
    """

    components: tuple[str, ...]
    start: float
    shock: float
    frames: tuple[Frame, ...]
    equity: Array
    units: Array
    liquidated: Mask
    deleveraged: Mask
    status: Status

    @property
    def price(self) -> float:
        """Where it ended."""
        return self.frames[-1].price

    @property
    def pushed(self) -> Array:
        """Price move by component; together with the shock the whole move."""
        return np.asarray(sum(frame.pushed for frame in self.frames))


@dataclass(slots=True)
class _Round:
    """A frame while it is being made."""

    impact: Impact
    price: float
    traded: dict[float, float]
    forced: Array
    pushed: Array

    def market(self, side: float) -> tuple[Impact, float, float]:
        return self.impact, self.price, self.traded[side]

    def exhausted(self, units: float, side: float) -> bool:
        """Whether the market cannot fill that many units at all."""
        return not math.isfinite(price_after(self.impact, self.price, units, side))

    def add(self, component: int, side: float, done: Executed) -> None:
        self.forced[component] += side * done.units
        self.pushed[component] += done.price - self.price
        self.traded[side] += done.units
        self.price = done.price


def run_waterfall(
    accounts: Accounts,
    start: float,
    move: float,
    venue: Venue,
    feedback: Feedback | None = None,
    frames: int = FRAMES,
) -> Waterfall:
    """Follow a sudden ``move`` (signed, price units) until nobody is forced any more, or for ``frames`` rounds.

    Raises ``DomainError`` for accounts or a move that cannot be; ``SelfFinancingError`` if cash does not close.
    """
    side = math.copysign(1.0, move)
    check_shock(start, abs(move), side)
    if frames < 1:
        raise DomainError(f"a waterfall needs at least one frame, was {frames}")
    terms = feedback or Feedback()
    names = (LIQUIDATIONS, FUND, *terms.hedges, VOLATILITY)
    books = open_books(accounts, venue.insurance, start)
    gross = max(float(np.abs(books.units).sum()) * start, 1.0)
    traded = {1.0: 0.0, -1.0: 0.0}
    seen, vol, mark, status = start, terms.vol, start + move, Status.RUNAWAY
    made: list[Frame] = []
    for _ in range(frames):
        now = terms.vol + terms.vol_response * abs(math.log(mark / start))
        stretch = now / terms.vol
        wider = stretch**terms.margin_power
        known = int(books.reached.sum())
        turn = _Round(
            thinned(venue.impact, stretch**terms.withdrawal), mark, traded, np.zeros(len(names)), np.zeros(len(names))
        )
        fits = _liquidate(books, venue, wider, turn) and _unwind(books, turn)
        fits = fits and _hedge(books, terms, (seen, mark), side * (now - vol), turn)
        seen, vol = mark, now
        taken = resolve_defaults(books, venue, turn.price, wider)
        books.close_dust()
        _pass_on_deficit(books)
        made.append(_frame(books, turn, (mark, now, wider * venue.maintenance), known, taken))
        _check(made[-1], gross + sum(traded.values()) * max(start, turn.price))
        moved, mark = abs(turn.price - mark), turn.price
        if not fits or not LOWEST * start < mark < math.inf:
            status = Status.UNBOUNDED
            break
        if moved <= STILL * start and not any(taken) and books.insurance.units == 0.0 and not turn.forced[0]:
            status = Status.FOUND
            break
    return Waterfall(
        names, start, move, tuple(made), books.equity(mark), books.units, books.reached, books.deleveraged, status
    )


def _liquidate(books: Books, venue: Venue, stretch: float, turn: _Round) -> bool:
    """Market orders of solvent accounts at or below their maintenance, the worst covered first."""
    equity = books.equity(turn.price)
    notional = np.abs(books.units) * turn.price
    need = venue.required(notional, stretch)
    breached = (books.units != 0.0) & (equity <= need) & (equity >= venue.backstop * need)
    for held in (1.0, -1.0):
        rows = np.flatnonzero(breached & (held * books.units > 0.0))
        if rows.size == 0:
            continue
        cover = equity[rows] / np.maximum(need[rows], np.finfo(np.float64).tiny)
        rows = rows[np.argsort(cover, kind="stable")]
        part = (notional[rows] > venue.part_above) & ~books.cut[rows]
        orders = np.abs(books.units[rows]) * np.where(part, venue.first_part, 1.0)
        if turn.exhausted(float(orders.sum()), -held):
            return False
        books.cut[rows] = True
        books.reached[rows] = True
        turn.add(0, -held, sell_accounts(books, orders, rows, turn.market(-held), venue.fee))
    return True


def _unwind(books: Books, turn: _Round) -> bool:
    """The fund sells what it took over in the frame before."""
    return _trade(books, books.insurance, -books.insurance.units, 1, turn)


def _hedge(books: Books, terms: Feedback, path: tuple[float, float], vol_units: float, turn: _Round) -> bool:
    """Hedgers follow the last move of the mark, and the last move of volatility (in the direction of the shock)."""
    for place, hedge in enumerate(terms.hedges.values()):
        if not _trade(books, books.hedgers, _flow(hedge, *path), 2 + place, turn):
            return False
    return _trade(books, books.hedgers, terms.vol_flow * vol_units, turn.forced.size - 1, turn)


def _trade(books: Books, party: Party, signed: float, component: int, turn: _Round) -> bool:
    """Whether the market could fill the order."""
    if signed == 0.0:
        return True
    side, units = math.copysign(1.0, signed), abs(signed)
    if turn.exhausted(units, side):
        return False
    turn.add(component, side, trade_party(books, party, units, side, turn.market(side)))
    return True


def _flow(hedge: Hedging, start: float, stop: float) -> float:
    """Units bought between two prices: the integral of the density."""
    whole = np.concatenate([[0.0], np.cumsum(hedge.density * np.diff(hedge.edges))])
    ends = np.interp([start, stop], hedge.edges, whole)
    return float(ends[1] - ends[0])


def _pass_on_deficit(books: Books) -> None:
    """A fund without positions cannot owe: what it lacks is the venue's bad debt."""
    if books.insurance.units == 0.0 and books.insurance.cash < 0.0:
        books.venue.cash += books.insurance.cash
        books.insurance.cash = 0.0


def _frame(books: Books, turn: _Round, at: tuple[float, float, float], known: int, taken: Taken) -> Frame:
    """The frame from ``at`` = mark, volatility, margin, with what everyone has won and lost."""
    price = turn.price
    gained = books.equity(price) - books.opening
    parties = [party.worth(price) - party.opening for party in books.parties()]
    changes = Changes(float(gained[~books.deleveraged].sum()), float(gained[books.deleveraged].sum()), *parties)
    fund, venue = books.insurance.worth(price), books.venue.worth(price)
    owed = max(-venue, 0.0) + max(-fund, 0.0)
    fresh = int(books.reached.sum()) - known
    return Frame(at[0], price, at[1], at[2], turn.forced, turn.pushed, fresh, fund, owed, taken, changes)


def _check(frame: Frame, gross: float) -> None:
    gap = math.fsum(frame.changes)
    if not abs(gap) <= CLOSES * gross:
        raise SelfFinancingError(
            f"a waterfall made {gap:g} dollars out of nothing: this is a defect, report the accounts"
        )
