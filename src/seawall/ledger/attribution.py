"""What moved a book: its P&L between two markets, cause by cause, and what no cause explains (METHOD 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.instruments.base import Position
from seawall.instruments.perp_account import CASH, AccountCash, CrossPerp
from seawall.ledger.book import Book
from seawall.ledger.terms import Terms, anchored, elapsed_days, legs_of, summed, unit_terms, unknown_income
from seawall.market.state import State, View

WEAK: Final = 0.10
"""Residual, as a share of the gross terms, beyond which the expansion is called weak."""


class Shares(NamedTuple):
    """The answer to "gamma or vega": dollars of each, and gamma's share of their sizes; None when both are zero."""

    gamma_usd: float
    vega_usd: float
    gamma: float | None

    @property
    def vega(self) -> float | None:
        """One less the share of gamma."""
        return None if self.gamma is None else 1.0 - self.gamma


@dataclass(frozen=True, slots=True)
class Attribution:
    """One line: a position, a group or the book. ``full_usd``: full revaluation plus what was paid out.

    ``unknown``: income that is in neither, because its rate is not known.
    """

    label: str
    group: str
    start_usd: float
    end_usd: float
    terms: Terms
    unknown: tuple[str, ...] = ()

    @property
    def full_usd(self) -> float:
        """Dollars gained."""
        return self.end_usd - self.start_usd + self.terms.paid

    @property
    def residual_usd(self) -> float:
        """Full revaluation less every term."""
        return self.full_usd - self.terms.total

    @property
    def status(self) -> Status:
        """``TAYLOR_WEAK`` where the residual is above a tenth of the gross terms."""
        weak = abs(self.residual_usd) > WEAK * self.terms.gross
        return Status.TAYLOR_WEAK if weak else Status.FOUND

    @property
    def shares(self) -> Shares:
        """Gamma: half gamma dS^2 and theta; vega: first and second order in volatility; vanna is split half to each."""
        t = self.terms
        gamma = t.gamma + t.theta + 0.5 * t.vanna
        vega = t.vega + t.volga + 0.5 * t.vanna
        both = abs(gamma) + abs(vega)
        return Shares(gamma, vega, abs(gamma) / both if both > 0.0 else None)


@dataclass(frozen=True, slots=True)
class BookAttribution:
    """Rows, groups and total between two markets. ``left_out``: positions that no such market prices, and why."""

    book: Book
    name: str
    days: float
    rows: tuple[Attribution, ...]
    groups: tuple[Attribution, ...]
    total: Attribution
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def attribute_position(position: Position, start: State, end: View) -> Attribution:
    """One position from ``start`` to ``end``, a move of it or another state.

    Raises ``DomainError`` for an end before the start or one of several moves, ``MissingDataError`` when a market lacks
    an asset.
    """
    days = elapsed_days(start, end)
    if end.moves.size != 1 or days < 0.0:
        raise DomainError(f"an attribution needs one end, not before its start; had {end.moves.size}, {days:g} days")
    position = replace(position, instrument=anchored(position.instrument, start))
    view = start.view()
    terms = unit_terms(position.instrument, view, end, days).scaled(position.quantity)
    missing = unknown_income(position, start)
    return Attribution(
        position.label,
        position.group,
        float(position.value(view)[0]),
        float(position.value(end)[0]),
        terms,
        () if missing is None else (f"{missing} of {position.label}",),
    )


def added(rows: Sequence[Attribution], label: str, group: str) -> Attribution:
    """Sum of lines."""
    return Attribution(
        label,
        group,
        float(sum(row.start_usd for row in rows)),
        float(sum(row.end_usd for row in rows)),
        summed(row.terms for row in rows),
        tuple(dict.fromkeys(word for row in rows for word in row.unknown)),
    )


def _whole(book: Book, name: str, days: float, rows: Sequence[Attribution]) -> BookAttribution:
    names = dict.fromkeys(row.group for row in rows)
    groups = tuple(added([row for row in rows if row.group == group], group, group) for group in names)
    return BookAttribution(book, name, days, tuple(rows), groups, added(rows, book.name, "book"))


def attribute(book: Book, start: State, end: View, name: str) -> BookAttribution:
    """The book between two markets in one step; ``name`` says what happened."""
    rows = [attribute_position(position, start, end) for position in book.positions]
    return _whole(book, name, elapsed_days(start, end), rows)


def _priced(position: Position, states: Sequence[State]) -> str | None:
    """Why a position cannot be followed through the states, or None."""
    instrument = position.instrument
    needed = instrument.factors if isinstance(instrument, CrossPerp | AccountCash) else (instrument.factor,)
    for factor in needed:
        if factor in ("VIX", CASH):
            continue
        absent = [state for state in states if factor not in state.assets]
        if absent:
            return f"{position.label}: no {factor} in the market of {absent[0].now:%Y-%m-%d}"
    if instrument.settles and max(instrument.settles) <= states[0].now:
        return f"{position.label}: settled before {states[0].now:%Y-%m-%d}"
    return None


def attribute_path(book: Book, states: Sequence[State], name: str) -> BookAttribution:
    """The book held through successive markets: greeks renewed in each, terms added up.

    A position that settles leaves at the end of that step, one that is liquidated stays at what it was left with.
    Positions that a market does not price are left out and named. Raises ``DomainError`` for fewer than two markets,
    ``MissingDataError`` when nothing can be followed.
    """
    return joined(attribute_days(book, states, name), name)


def attribute_days(book: Book, states: Sequence[State], name: str) -> tuple[BookAttribution, ...]:
    """As ``attribute_path``, one attribution a step; what has settled stands in later steps at its last value."""
    if len(states) < 2:
        raise DomainError("an attribution over time needs at least two sessions: widen the range")
    reasons = {position.label: _priced(position, states) for position in book.positions}
    held = [position for position in book.positions if reasons[position.label] is None]
    left_out = tuple(reason for reason in reasons.values() if reason is not None)
    if not held:
        raise MissingDataError(f"no position can be followed through {name}: {'; '.join(left_out)}")
    rows = [_follow(position, states) for position in held]
    return tuple(
        replace(
            _whole(book, f"{end.now:%Y-%m-%d}", elapsed_days(start, end.view()), [steps[i] for steps in rows]),
            left_out=left_out,
        )
        for i, (start, end) in enumerate(pairwise(states))
    )


def joined(days: Sequence[BookAttribution], name: str) -> BookAttribution:
    """Successive steps of one book as a single attribution."""
    first, last = days[0], days[-1]
    rows = [
        replace(
            added([day.rows[i] for day in days], row.label, row.group),
            start_usd=row.start_usd,
            end_usd=last.rows[i].end_usd,
        )
        for i, row in enumerate(first.rows)
    ]
    note = (
        f"{len(days)} steps, greeks renewed at each close; what settles is valued at the close of that session, "
        "and a liquidation is seen at a close"
    )
    whole = _whole(first.book, name, sum(day.days for day in days), rows)
    return replace(whole, left_out=first.left_out, notes=(note,))


def _follow(position: Position, states: Sequence[State]) -> list[Attribution]:
    """One position step by step, each leg until it settles or its account ends."""
    known = replace(position, instrument=anchored(position.instrument, states[0]))
    legs = [_follow_leg(leg, states) for leg in legs_of(known)]
    return [added(step, position.label, position.group) for step in zip(*legs, strict=True)]


def _follow_leg(leg: Position, states: Sequence[State]) -> list[Attribution]:
    steps = [attribute_position(leg, states[0], states[1].view())]
    for start, end in pairwise(states[1:]):
        settled = bool(leg.instrument.settles) and max(leg.instrument.settles) <= start.now
        if settled or Status.BREACHED in leg.exposure(start).status:
            still = Attribution(leg.label, leg.group, steps[-1].end_usd, steps[-1].end_usd, Terms())
            return steps + [still] * (len(states) - 1 - len(steps))
        steps.append(attribute_position(leg, start, end.view()))
    return steps
