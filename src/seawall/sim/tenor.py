"""The VIX hedges of a book at later expiries, side by side in one event (METHOD 8.5, mode `tenor`)."""

import datetime as dt
from dataclasses import replace
from typing import Final, NamedTuple

from seawall.core.clock import NEW_YORK, settlement_instant, vix_expiries
from seawall.core.errors import MissingDataError
from seawall.hedge.charter import Policy, preset
from seawall.instruments.base import Position
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.attribution import attribute_path
from seawall.ledger.book import Book
from seawall.market.event_path import EventPath, states_along
from seawall.market.state import State
from seawall.sim.hedge_rows import is_hedge, layer_of, offset_ratio

SHIFTS: Final = (0, 30, 60)
MONTHS: Final = 18


class Shifted(NamedTuple):
    """One layer moved by ``days``: what it costs today, what it gained, its carry a year, and its expiries.

    ``offset``: its gain per dollar the rest of the book lost, None without a loss.
    """

    layer: str
    days: int
    labels: tuple[str, ...]
    expiries: tuple[dt.date, ...]
    start_usd: float
    pnl_usd: float
    carry_usd_per_year: float | None
    offset: float | None


def shifted(position: Position, days: int, state: State) -> Position:
    """A VIX option or future at the monthly expiry nearest to ``days`` later; the very same for 0.

    The strike stays. A moved future is entered at today's level, so that its P&L is that of the move.
    """
    held = position.instrument
    if not isinstance(held, VixOption | VixFuture) or days == 0:
        return position
    expiry = held.expires.astimezone(NEW_YORK).date()
    wanted = expiry + dt.timedelta(days=days)
    listed = vix_expiries(expiry, MONTHS)
    nearest = min(listed, key=lambda one: abs((one - wanted).days))
    expires = settlement_instant("VIX", nearest)
    if isinstance(held, VixFuture):
        level = float(state.view().vix_future(expires)[0])
        return replace(position, instrument=replace(held, expires=expires, entry=level), entry=0.0)
    return replace(position, instrument=replace(held, expires=expires), entry=None)


def tenor_table(
    book: Book, state: State, path: EventPath, policy: Policy | None = None, shifts: tuple[int, ...] = SHIFTS
) -> tuple[Shifted, ...]:
    """Every layer of the book's VIX hedges at every shift, by layer; the rest of the book stays.

    Raises ``MissingDataError`` when the book has no VIX hedge.
    """
    rules = policy or preset("seed")
    hedges = [one for one in book.positions if is_hedge(one) and isinstance(one.instrument, VixOption | VixFuture)]
    if not hedges:
        raise MissingDataError("the book holds no VIX option or future as a hedge: `seawall hedge BOOK` proposes some")
    states = states_along(state, path)
    whole = attribute_path(book, states, path.name)
    hedged = {one.label for one in book.positions if is_hedge(one)}
    lost = sum(row.full_usd for row in whole.rows if row.label not in hedged)
    layers: dict[str, list[Position]] = {}
    for one in hedges:
        layers.setdefault(layer_of(one, state, rules), []).append(one)
    return tuple(
        _shifted(name, days, [shifted(one, days, state) for one in layers[name]], states, lost)
        for name in sorted(layers)
        for days in shifts
    )


def _shifted(name: str, days: int, moved: list[Position], states: list[State], lost: float) -> Shifted:
    pnl = attribute_path(Book(name, tuple(moved)), states, name).total.full_usd
    carries = [one.exposure(states[0]).carry_usd_per_year for one in moved]
    known = [carry for carry in carries if carry is not None]
    return Shifted(
        name,
        days,
        tuple(one.label for one in moved),
        tuple(one.instrument.settles[-1].astimezone(NEW_YORK).date() for one in moved),
        float(sum(one.value(states[0].view())[0] for one in moved)),
        pnl,
        sum(known) if len(known) == len(carries) else None,
        offset_ratio(pnl, lost),
    )
