"""What a book already has of a hedge, what it earns, and how far VIX reaches its short vega: budgets count these."""

from collections.abc import Collection
from typing import Final, NamedTuple

from seawall.core.clock import years_between
from seawall.hedge.candidates import Candidate
from seawall.hedge.layers import carry_to_roll
from seawall.instruments.base import Instrument, Position
from seawall.instruments.perp import LinearPerp
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger
from seawall.market.state import State

ROLLS: Final = ((30.0, 7.0), (110.0, 55.0), (220.0, 110.0))
"""Tenor and roll of the three layers, in days: what is held is taken to be rolled as the nearest of them."""
HEDGES: Final = "hedges"
"""Group of the positions that a policy bought."""
FINANCING: Final = "condors"
"""Group of those it sold."""


class Held(NamedTuple):
    """Hedges the book already owns: yearly carry cost, premium and vega, measured as a new ticket's are."""

    carry_usd_per_year: float
    premium_usd: float
    vega_usd_per_point: float


def is_hedge(position: Position) -> bool:
    """Whether a position protects: a long VIX option, or what a policy bought."""
    return position.group == HEDGES or (isinstance(position.instrument, VixOption) and position.quantity > 0.0)


def held_already(book: Book, state: State, but: Collection[Instrument] = ()) -> Held:
    """Sum over the hedges of a book ``but`` some; a VIX option is held to the roll of the layer nearest its tenor."""
    carry = premium = vega = 0.0
    for position in book.positions:
        if not is_hedge(position) or any(position.instrument == one for one in but):
            continue
        exposure = position.exposure(state)
        if isinstance(position.instrument, VixOption):
            days = years_between(state.now, position.instrument.expires) * 365.0
            _, roll = min(ROLLS, key=lambda one: abs(one[0] - days))
            carry += position.quantity * carry_to_roll(position.instrument, state, days - roll)
        else:
            carry += max(-(exposure.carry_usd_per_year or 0.0), 0.0)
        premium += max(exposure.value_usd, 0.0)
        vega += exposure.vega_usd_per_point if position.instrument.factor == "VIX" else 0.0
    return Held(carry, premium, vega)


def units_held(one: Candidate, book: Book) -> float:
    """Units of exactly this candidate that the book holds; below 0 when it holds the other side.

    Perps of a coin that a policy bought are the same contract, whatever their entry.
    """
    if isinstance(one.instrument, LinearPerp):
        return one.sign * sum(
            p.quantity
            for p in book.positions
            if isinstance(p.instrument, LinearPerp) and p.group == HEDGES and p.instrument.factor == one.factor
        )
    return one.sign * sum(p.quantity for p in book.positions if p.instrument == one.instrument)


def income_of(before: Ledger, sold: bool = True) -> float:
    """Carry per year that the book itself earns: rows with a known positive carry, the hedges apart.

    ``sold`` False leaves out the condors that a policy sold too.
    """
    apart = (HEDGES,) if sold else (HEDGES, FINANCING)
    rows = [row for row in before.rows if row.factor != "VIX" and row.group not in apart]
    carries = [row.exposure.carry_usd_per_year for row in rows]
    return sum(carry for carry in carries if carry is not None and carry > 0.0)


def vix_reach(before: Ledger) -> float:
    """VIX-hedgeable share of the book's short SPX vega; the recommendation stops there (METHOD 2.5)."""
    rows = [row for row in before.rows if row.share is not None and row.exposure.vega_usd_per_point < 0.0]
    short = [(-row.exposure.vega_usd_per_point, row.share.product or 0.0) for row in rows if row.share is not None]
    whole = sum(vega for vega, _ in short)
    return sum(vega * share for vega, share in short) / whole if whole > 0.0 else 1.0
