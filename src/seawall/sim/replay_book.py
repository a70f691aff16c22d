"""A book taken through an event day by day: what moved it, its margin, its hedge layers, the rules that would fire.

Nothing is traded: the log says what the rules of METHOD 7.2 would have asked for with what was known at each close.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from seawall.core.datum import Origin
from seawall.hedge.charter import Policy, preset
from seawall.instruments.base import Position
from seawall.kernels.states import SPIKE_VIX
from seawall.ledger.attribution import BookAttribution, attribute_days, joined
from seawall.ledger.book import Book
from seawall.ledger.requirement import Requirement, requirement
from seawall.ledger.terms import anchored
from seawall.market.event_path import EventPath, session_of, states_along
from seawall.market.state import State
from seawall.signals.regime import Regime
from seawall.sim.hedge_rows import is_hedge, layer_of, offset_ratio
from seawall.sim.replay_log import Action, Seen, actions_of


class LayerPaid(NamedTuple):
    """One hedge layer through the event: dollars gained, what it was worth before, its labels."""

    layer: str
    labels: tuple[str, ...]
    start_usd: float
    pnl_usd: float
    carry_usd_per_year: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One step: the event's day and the day of today's calendar it stands for; P&L of the step, and since the eve.

    ``levels``: SPX, VIX and coins of today's market moved so far. ``need``: margin at its close.
    """

    event: date
    today: date
    levels: Mapping[str, float]
    attribution: BookAttribution
    book_usd: float
    hedges_usd: float
    need: Requirement
    regime: Seen | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class BookReplay:
    """The whole event. ``book_usd`` and ``hedges_usd`` of a day are sums since the eve; ``offset`` None without a loss.

    ``start``: margin before the event. ``opening``: what the rules ask for on the eve.
    """

    book: Book
    path: EventPath
    whole: BookAttribution
    days: tuple[Day, ...]
    layers: tuple[LayerPaid, ...]
    start: Requirement
    opening: tuple[Action, ...]
    offset: float | None
    notes: tuple[str, ...]


def replay_book(
    book: Book,
    state: State,
    path: EventPath,
    regimes: Mapping[date, Seen] | None = None,
    policy: Policy | None = None,
) -> BookReplay:
    """Take a book and its market through an event.

    ``regimes``: state of the market on the event's own days, where known. Raises ``MissingDataError`` when no position
    can be followed, ``DomainError`` beyond the table of sessions.
    """
    rules = policy or preset("seed")
    states = states_along(state, path)
    steps = attribute_days(book, states, path.name)
    whole = joined(steps, path.name)
    seen = _seen(path, regimes or {})
    followed = {row.label for row in whole.rows}
    held = tuple(
        replace(one, instrument=anchored(one.instrument, state)) for one in book.positions if one.label in followed
    )
    logs = actions_of(held, states, seen, rules)
    hedges = {position.label for position in held if is_hedge(position)}
    days, sums, equity = [], [0.0, 0.0], book.nav_usd
    for i, step in enumerate(steps):
        for row in step.rows:
            sums[row.label in hedges] += row.full_usd
        after = states[i + 1]
        nav = None if equity is None else equity + sum(sums)
        levels = {name: asset.spot.value for name, asset in after.assets.items()}
        levels |= {} if after.vix is None else {"VIX": after.vix.vix.value}
        need = requirement(held, after, nav)
        days.append(
            Day(path.days[i + 1], session_of(after.now), levels, step, sums[0], sums[1], need, seen[i + 1], logs[i + 1])
        )
    layers = _layers(held, whole, state, rules)
    found = tuple(dict.fromkeys((*_words(path, state), *whole.notes, *state.assumptions())))
    before = requirement(held, state, equity)
    return BookReplay(
        book, path, replace(whole, notes=found), tuple(days), layers, before, logs[0],
        offset_ratio(sums[1], sums[0]), found,
    )  # fmt: skip


def _seen(path: EventPath, known: Mapping[date, Seen]) -> list[Seen | None]:
    """The regime by day of the event; without a history only what VIX alone decides: above 30 it is SPIKE."""
    found: list[Seen | None] = []
    for row, day in enumerate(path.days):
        level = None if path.vix_eve is None else path.vix_eve * float(path.vix.values[row])
        alone = (
            Seen(Regime.SPIKE, "VIX above 30; its other inputs are not known") if level and level > SPIKE_VIX else None
        )
        found.append(known.get(day, alone))
    return found


def _layers(held: Sequence[Position], whole: BookAttribution, state: State, policy: Policy) -> tuple[LayerPaid, ...]:
    rows = {row.label: row for row in whole.rows}
    grouped: dict[str, list[Position]] = {}
    for position in held:
        if is_hedge(position):
            grouped.setdefault(layer_of(position, state, policy), []).append(position)
    paid = []
    for name in sorted(grouped):
        ones = grouped[name]
        carries = [one.exposure(state).carry_usd_per_year for one in ones]
        known = [carry for carry in carries if carry is not None]
        paid.append(
            LayerPaid(
                name,
                tuple(one.label for one in ones),
                sum(rows[one.label].start_usd for one in ones),
                sum(rows[one.label].full_usd for one in ones),
                sum(known) if len(known) == len(carries) else None,
            )
        )
    return tuple(paid)


def _words(path: EventPath, state: State) -> list[str]:
    """What the replay takes for granted."""
    lines = [
        "today's levels move by the event's ratios; a smile made from VIX is made again from the new VIX, any other "
        "keeps its shape at the same moneyness and rises by the change of VIX, fading with tenor; nothing is traded",
    ]
    for name, leg in path.legs.items():
        if leg.origin is not Origin.OBSERVED and (name in state.assets or name.startswith("VIX")):
            lines.append(f"{name} of the event: {leg.origin}, {leg.source}")
    if path.futures is None and state.vix is not None:
        lines.append("VIX futures of the event: modelled, by the shock betas of their tenors")
    if path.vvix is None and state.vix is not None:
        lines.append("VVIX of the event: modelled, 0.75 points per point of VIX")
    lines += [f"{name} stands still: the event has no such leg" for name in state.assets if name not in path.prices]
    coins = [name for name in state.assets if name != "SPX" and name not in path.vols]
    lines += [f"implied volatility of {name} stands still: the event has none" for name in coins]
    lines += [f"funding of {name} stays as it is: the event has none" for name in coins if name not in path.funding]
    return lines
