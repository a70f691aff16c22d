"""From units of candidates to tickets and positions: what a person places, and what the book holds after it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy
from seawall.hedge.held import FINANCING, HEDGES
from seawall.hedge.moves import Trade, fresh_label
from seawall.hedge.stack.base import Situation
from seawall.hedge.tickets import Input, Ticket
from seawall.instruments.base import Array, Instrument, Position
from seawall.ledger.book import Book
from seawall.market.chain import Chain
from seawall.market.state import Moves, State

SHOWN_POINTS: Final = (5.0, 10.0, 20.0)
"""VIX points on the next day at which a ticket says what it pays."""

Package = Sequence[tuple[Candidate, float]]


def trades_of(package: Package) -> list[Trade]:
    """Orders of sized candidates; units below 0 sell what is held."""
    return [
        Trade(one if units > 0.0 else turned(one), abs(units), units < 0.0) for one, units in package if units != 0.0
    ]


def named(trades: Sequence[Trade], at: Situation, policy: Policy) -> list[Trade]:
    """The same orders with the ids of their tickets; numbered where one stands twice."""
    day, mark = f"{at.today:%Y%m%d}", policy.digest[:6]
    ids = [f"{day}-{one.candidate.layer}-{_short(one.candidate)}-{mark}" for one in trades]
    distinct = [name if name not in ids[:n] else f"{name}-{ids[: n + 1].count(name)}" for n, name in enumerate(ids)]
    return [one._replace(id=name) for one, name in zip(trades, distinct, strict=True)]


def netted(trades: Sequence[Trade]) -> list[Trade]:
    """One contract is not bought and sold in one session: the smaller order is taken off the larger (METHOD 7.6).

    What is left keeps the ids of both. Of equal orders nothing is left: the first stays, with no units.
    """
    kept: list[Trade] = []
    for new in trades:
        one = new
        for place, other in enumerate(kept):
            if other.candidate.instrument == one.candidate.instrument and other.candidate.sign != one.candidate.sign:
                off = min(one.units, other.units)
                left = other._replace(units=other.units - off)
                if off > 0.0 and left.units == 0.0 < one.units - off:
                    one, left = one._replace(netted=(*one.netted, other.id, *other.netted)), left._replace(netted=())
                elif off > 0.0:
                    left = left._replace(netted=(*other.netted, one.id, *one.netted))
                one, kept[place] = one._replace(units=one.units - off), left
        kept.append(one)
    return [one for one in kept if one.units > 0.0 or one.netted]


def tickets_of(trades: Sequence[Trade], at: Situation, policy: Policy, binding: Sequence[str]) -> tuple[Ticket, ...]:
    """A ticket for every named order; ``binding``: what decided the size of each."""
    inputs, digest = inputs_of(at), policy.digest
    return tuple(_ticket(one, at, digest, why, inputs) for one, why in zip(trades, binding, strict=True))


def inputs_of(at: Situation) -> tuple[Input, ...]:
    """Everything dated that a decision may have looked at: the market, its state, quotes and signals.

    A signal is read from what was known by the market's time; its own instant is not kept.
    """
    found = [Input(name, datum.as_of, datum.known_at) for name, datum in at.state.data()]
    if at.regime is not None:
        found.append(Input("market state", at.regime.day, at.regime.known_at))
    found += [Input(name, chain.as_of, chain.known_at) for name, chain in _chains(at).items()]
    read = [(name, one) for name, one in at.signals.items() if one.value is not None]
    return (*found, *(Input(f"signal {name}", one.as_of, None) for name, one in read))


def _chains(at: Situation) -> dict[str, Chain]:
    """The quotes of the day. They may be published after the market's time: the decision waits for them."""
    given = {"SPX chain": at.spx_chain, "VIX chain": at.vix_chain}
    return {name: chain for name, chain in given.items() if chain is not None}


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


def _pays(instrument: Instrument, state: State) -> Array:
    """What one unit gains on the next day at the VIX points shown, dollars."""
    moved = state.view(Moves(vol_points={"SPX": np.array(SHOWN_POINTS)}, days=1.0))
    return instrument.value(moved) - float(instrument.value(state.view())[0])


def _ticket(trade: Trade, at: Situation, digest: str, binding: str, inputs: tuple[Input, ...]) -> Ticket:
    one, units = trade.candidate, trade.units
    gain = one.sign * units * at.known.get(at.state, ("pays", one.instrument), lambda: _pays(one.instrument, at.state))
    return Ticket(
        id=trade.id,
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
        policy=digest,
        decided_at=max([at.state.now, *(chain.known_at for chain in _chains(at).values())]),
        known_at=max(known.known_at for known in inputs if known.known_at is not None),
        protects=one.protects,
        origin=one.origin,
        closes=trade.closes,
        pays=tuple(zip(SHOWN_POINTS, gain.tolist(), strict=True)),
        count=None if at.regime is None else at.regime.count,
        inputs=inputs,
        netted=trade.netted,
        note=one.note,
    )


def _short(one: Candidate) -> str:
    """The contract in the few letters an order label may have; different for different contracts of a layer."""
    leg = one.legs[0]
    when = "" if leg.expiry is None else f"{leg.expiry:%m%d}"
    strike = "" if leg.strike is None else f"{leg.strike:g}{'C' if leg.right == 'call' else 'P'}"
    return f"{leg.root}{when}{strike}"
