"""From units of candidates to tickets and positions: what a person places, and what the book holds after it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy
from seawall.hedge.held import FINANCING, HEDGES
from seawall.hedge.moves import Trade, fresh_label
from seawall.hedge.stack.base import Situation
from seawall.hedge.tickets import Ticket
from seawall.instruments.base import Position
from seawall.ledger.book import Book
from seawall.market.state import Moves

SHOWN_POINTS: Final = (5.0, 10.0, 20.0)
"""VIX points on the next day at which a ticket says what it pays."""

Package = Sequence[tuple[Candidate, float]]


def trades_of(package: Package) -> list[Trade]:
    """Orders of sized candidates; units below 0 sell what is held."""
    return [
        Trade(one if units > 0.0 else turned(one), abs(units), units < 0.0) for one, units in package if units != 0.0
    ]


def netted(trades: Sequence[Trade]) -> list[Trade]:
    """One contract is not bought and sold in one session: the smaller order is taken off the larger (METHOD 7.6)."""
    kept: list[Trade] = []
    for one in trades:
        units = one.units
        for place, other in enumerate(kept):
            if other.candidate.instrument == one.candidate.instrument and other.candidate.sign != one.candidate.sign:
                off = min(units, other.units)
                units -= off
                kept[place] = other._replace(units=other.units - off)
        kept.append(one._replace(units=units))
    return [one for one in kept if one.units > 0.0]


def tickets_of(trades: Sequence[Trade], at: Situation, policy: Policy, binding: Sequence[str]) -> tuple[Ticket, ...]:
    """A ticket for every order; ``binding``: what decided the size of each."""
    known = [datum.known_at for _, datum in at.state.data()]
    if at.regime is not None:
        known.append(at.regime.known_at)
    newest = max(known)
    made = [_ticket(one, at, policy, why, newest) for one, why in zip(trades, binding, strict=True)]
    return tuple(replace(one, id=name) for one, name in zip(made, _distinct([one.id for one in made]), strict=True))


def _distinct(names: Sequence[str]) -> list[str]:
    """The same names, numbered where one stands twice."""
    return [name if name not in names[:n] else f"{name}-{names[: n + 1].count(name)}" for n, name in enumerate(names)]


def turned(one: Candidate) -> Candidate:
    """The other side of a candidate: selling what was bought. It frees what it had tied up."""
    legs = tuple(leg._replace(ratio=-leg.ratio) for leg in one.legs)
    return replace(
        one, legs=legs, sign=-one.sign, carry_usd_per_year=-one.carry_usd_per_year, margin_usd=-one.margin_usd,
        vega_usd_per_point=-one.vega_usd_per_point,
    )  # fmt: skip


def positions_of(package: Package, book: Book) -> list[Position]:
    """What the traded units add to a book."""
    made = []
    for one, units in package:
        if units != 0.0:
            entry = one.sign * one.premium_usd
            group = HEDGES if one.protects else FINANCING
            label = fresh_label(one.label, {position.label for position in book.positions})
            moved_by = one.rule if group == FINANCING else ""
            made.append(Position(label, one.instrument, one.sign * units, group, entry or None, moved_by=moved_by))
    return made


def _ticket(trade: Trade, at: Situation, policy: Policy, binding: str, newest: dt.datetime) -> Ticket:
    one, units = trade.candidate, trade.units
    moved = at.state.view(Moves(vol_points={"SPX": np.array(SHOWN_POINTS)}, days=1.0))
    gain = one.sign * units * (one.instrument.value(moved) - float(one.instrument.value(at.state.view())[0]))
    return Ticket(
        id=f"{at.today:%Y%m%d}-{one.layer}-{_short(one)}-{policy.digest[:6]}",
        session=at.today,
        rule=one.rule,
        state="unknown" if at.regime is None else at.regime.state.name,
        layer=one.layer,
        contract=one.label.removeprefix(f"{one.layer} "),
        legs=one.legs,
        contracts=round(units, 9),
        mid=round(sum(leg.ratio * leg.mid for leg in one.legs), 4),
        limit=round(sum(leg.ratio * leg.price for leg in one.legs), 4),
        cost_usd=units * one.premium_usd,
        margin_usd=units * one.margin_usd,
        carry_usd_per_year=units * one.carry_usd_per_year,
        vega_usd_per_point=units * one.vega_usd_per_point,
        binding=binding,
        policy=policy.digest,
        decided_at=at.state.now,
        known_at=newest,
        protects=one.protects,
        origin=one.origin,
        closes=trade.closes,
        pays=tuple(zip(SHOWN_POINTS, gain.tolist(), strict=True)),
    )


def _short(one: Candidate) -> str:
    """The contract in the few letters an order label may have; different for different contracts of a layer."""
    leg = one.legs[0]
    when = "" if leg.expiry is None else f"{leg.expiry:%m%d}"
    strike = "" if leg.strike is None else f"{leg.strike:g}{'C' if leg.right == 'call' else 'P'}"
    return f"{leg.root}{when}{strike}"
