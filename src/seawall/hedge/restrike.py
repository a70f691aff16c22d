"""Held short condors by the rules: struck again wider, narrower or nearer, and rolled before gamma is punitive."""

import math
from dataclasses import replace
from typing import Final, NamedTuple

from seawall.core.clock import years_between
from seawall.core.errors import DomainError, MissingDataError, MissingExpiryError, StrikesOutOfOrderError
from seawall.hedge.candidates import Candidate
from seawall.hedge.charter import Policy
from seawall.hedge.condor import CondorRule, condor_signal
from seawall.hedge.layers import session_date
from seawall.hedge.moves import Move, Trade
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.financing import FinancingCondor, in_state
from seawall.hedge.stack.spx_quotes import expiry_in, legs_of, strike_listed
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.structures import Structure, condor, option_on
from seawall.ledger.book import Book
from seawall.ledger.breakeven import expiry_break_evens
from seawall.signals.regime import Regime

NORMAL_FUNDING: Final = 0.5
"""z of funding below which `L0.recentre` may act."""
ONE_DAY: Final = 1.0 / 365.0
ROLL_DAYS: Final = 7.0
"""A rolled condor goes so many days further, and at least so far away."""
PASSES: Final = 4
"""Rounds in which the strikes and the credit they leave find each other."""


class Edges(NamedTuple):
    """Break-evens at expiry below and above the price."""

    low: float
    high: float


def short_condors(book: Book) -> list[tuple[Position, Structure]]:
    """Short SPX condors of a book."""
    return [
        (one, one.instrument)
        for one in book.positions
        if isinstance(one.instrument, Structure)
        and one.instrument.kind == "condor"
        and one.quantity < 0.0
        and one.instrument.factor == "SPX"
    ]


def condor_moves(at: Situation, policy: Policy) -> list[Move]:
    """At most one move for every short SPX condor: `L0.roll` before the rule of the state."""
    found: list[Move] = []
    rule, share = state_rule(at, policy)
    for position, structure in short_condors(at.ledger.book):
        over = _gamma_over_credit(at, position, structure)
        if over is not None and over[0] > policy.roll_gamma:
            found.append(_rolled(at, policy, position, structure, over))
        elif rule == "L0.recentre":
            if position.moved_by != rule:
                found.append(_recentred(at, position, structure))
        elif rule and share != 0.0 and position.moved_by != rule:
            found += _moved(at, position, structure, rule, share)
    return found


def state_rule(at: Situation, policy: Policy) -> tuple[str, float]:
    """What the state asks of condors, and the share of the distance they move by; "" where it asks nothing."""
    if at.regime_state is Regime.ONSET:
        return "L0.widen", policy.widen
    if at.regime_state is Regime.EXHAUST:
        return "L0.narrow", -policy.narrow
    z = at.value("M40.Z.BTC")
    if at.regime is not None and at.regime.rule.startswith("ONSET>CALM") and z is not None and z < NORMAL_FUNDING:
        return "L0.recentre", 0.0
    return "", 0.0


def widened(low: float, high: float, spot: float, share: float) -> tuple[float, float]:
    """Break-evens moved away from spot by ``share`` of their distance (`L0.widen`); nearer for a share below 0."""
    return spot - (spot - low) * (1.0 + share), spot + (high - spot) * (1.0 + share)


def _moved(at: Situation, position: Position, structure: Structure, rule: str, share: float) -> list[Move]:
    """The condor closed and struck again so that its break-evens stand ``share`` of their distance further away."""
    spot = at.state.asset("SPX").spot.value
    alone = Book(position.label, (position,))
    edges = at.known.get(at.state, ("edges", alone), lambda: expiry_break_evens(alone, at.state, "SPX")).values
    below, above = [e for e in edges if e < spot], [e for e in edges if e > spot]
    if not (below and above):
        return [Move(rule, f"{position.label}: no break-even on both sides of the price, nothing to move")]
    wanted = Edges(*widened(below[-1], above[0], spot, share))
    now = _credit(at, structure)
    try:
        made, shift = structure, (0.0, 0.0)
        for _ in range(PASSES):
            _, put, call, _ = made.strikes()
            reached = Edges(put - _credit(at, made), call + _credit(at, made))
            shift = (shift[0] + wanted.low - reached.low, shift[1] + wanted.high - reached.high)
            made = _shifted(at, structure, shift, listed=False)
        made = _shifted(at, structure, shift)
    except (StrikesOutOfOrderError, DomainError) as fault:
        return [Move(rule, f"{position.label}: no listed strikes to move it to ({fault})")]
    words = (
        f"{position.label}: break-evens {below[-1]:,.1f} / {above[0]:,.1f} to {wanted.low:,.1f} / {wanted.high:,.1f} "
        f"({abs(share):.1%} {'wider' if share > 0.0 else 'narrower'}), mid credit {_credit(at, made):.2f} points "
        f"instead of {now:.2f}"
    )
    return [_again(at, position, structure, made, (rule, words))]


def _shifted(at: Situation, structure: Structure, shift: tuple[float, float], listed: bool = True) -> Structure:
    """Puts and calls moved by points, to listed strikes if asked; the wings keep their width as listed."""
    strikes = []
    for leg in structure.legs:
        option = leg.option
        assert isinstance(option, EuropeanOption)  # noqa: S101 (SPX)
        wanted = option.strike + shift[0 if option.right == "put" else 1]
        strikes.append(strike_listed(at, option, wanted) if listed else wanted)
    first = structure.legs[0].option
    return condor(option_on("SPX", first.multiplier), strikes, first.expires)


def _credit(at: Situation, structure: Structure) -> float:
    """Mid of a condor, points."""
    return float(structure.value(at.state.view())[0]) / structure.legs[0].option.multiplier


def _recentred(at: Situation, position: Position, structure: Structure) -> Move:
    """Shorts back to one expected move of what is left of its life; the wings keep their width."""
    asset, rule = at.state.asset("SPX"), "L0.recentre"
    years = max(years_between(at.state.now, structure.settles[-1]), 1e-4)
    move = asset.spot.value * float(at.state.view().vol("SPX", asset.spot.value, years)[0]) * math.sqrt(years)
    _, put, call, _ = structure.strikes()
    shift = (asset.spot.value - move - put, asset.spot.value + move - call)
    words = (
        f"{position.label}: ONSET is over and funding {at.value('M40.Z.BTC'):+.1f} sd: shorts back to one expected move"
    )
    try:
        made = _shifted(at, structure, shift)
    except (StrikesOutOfOrderError, DomainError) as fault:
        return Move(rule, f"{words}; no listed strikes for it ({fault})")
    return _again(at, position, structure, made, (rule, words))


def _again(at: Situation, position: Position, old: Structure, new: Structure, why: tuple[str, str]) -> Move:
    """Buy the condor back and sell the other one, as many; told only where the strikes stay or nothing is paid."""
    rule, words = why
    if new == old:
        return Move(rule, f"{words}; the listed strikes stay the same")
    count = -position.quantity
    closing, opening = (candidate(at, one, rule, sign) for one, sign in ((old, 1.0), (new, -1.0)))
    if opening.premium_usd >= 0.0:
        return Move(rule, f"{words}; at bid and ask the new one pays nothing: keep it")
    cost = count * (closing.premium_usd + opening.premium_usd)
    left = replace(position, instrument=new, entry=-opening.premium_usd, moved_by=rule)
    trades = (Trade(closing, count, True), Trade(opening, count, False))
    return Move(
        rule, f"{words}; {abs(cost):,.0f} USD {'paid' if cost > 0.0 else 'received'}", position.label, trades, left
    )


def candidate(at: Situation, structure: Structure, rule: str, sign: float) -> Candidate:
    """One condor bought back (+1) or sold (-1) at the quotes of the day; margin is what the wider wing can lose."""
    legs, origin = legs_of(at, structure, sign)
    low, put, call, high = structure.strikes()
    exposure = structure.exposure(at.state)
    carry = 0.0 if exposure.carry_usd_per_year is None else -sign * exposure.carry_usd_per_year
    points = -sum(leg.ratio * leg.price for leg in legs) if sign < 0.0 else sum(leg.ratio * leg.price for leg in legs)
    margin = structure.legs[0].option.multiplier * (max(put - low, high - call) - points)
    label = (
        f"L0 SPX {session_date(structure.settles[-1]):%b %d} {'/'.join(f'{k:g}' for k in structure.strikes())} condor"
    )
    return Candidate(
        "L0", rule, label, legs, structure, carry,
        -sign * margin, sign * exposure.vega_usd_per_point, 1.0, "SPX", sign=sign, protects=False, origin=origin,
    )  # fmt: skip


def _gamma_over_credit(at: Situation, position: Position, structure: Structure) -> tuple[float, float, float] | None:
    """A day's gamma cost over what the condor can still earn, and both in dollars; None with nothing left to earn."""
    exposure = position.exposure(at.state)
    left, spot = -exposure.value_usd, at.state.asset("SPX").spot.value
    years = max(years_between(at.state.now, structure.settles[-1]), 1e-4)
    vol = float(at.state.view().vol("SPX", spot, years)[0])
    cost = 0.5 * abs(min(exposure.gamma_usd, 0.0)) * vol * vol * ONE_DAY
    return (cost / left, cost, left) if left > 0.0 else None


def _rolled(
    at: Situation, policy: Policy, position: Position, old: Structure, over: tuple[float, float, float]
) -> Move:
    """`L0.roll`: closed, and but in SPIKE sold again a week further at the distance of the state, no larger a loss."""
    ratio, cost, left = over
    words = (
        f"{position.label}: half its dollar gamma times a day's squared expected move is {cost:,.0f} USD, "
        f"{ratio:.1f} times the {left:,.0f} USD it can still earn: re-centre before gamma is punitive"
    )
    count = -position.quantity
    closing = candidate(at, old, "L0.roll", 1.0)
    closed = (Trade(closing, count, True),)
    if at.regime_state is Regime.SPIKE:
        return Move("L0.roll", f"{words}; closed, nothing new is sold in SPIKE", position.label, closed)
    try:
        new = _further(at, policy, old)
    except (MissingDataError, MissingExpiryError, StrikesOutOfOrderError, DomainError) as fault:
        return Move("L0.roll", f"{words}; closed, no further one is quoted ({fault})", position.label, closed)
    opening = candidate(at, new, "L0.roll", -1.0)
    fits = math.floor(count * min(_width(old) / _width(new), 1.0) + 1e-9)
    again = _gamma_over_credit(at, Position("new", new, -1.0, ""), new)
    if fits < 1 or opening.premium_usd >= 0.0 or again is None or again[0] > policy.roll_gamma:
        why = "a further one would lose more" if fits < 1 else "a further one would be due at once"
        return Move("L0.roll", f"{words}; closed, {why}", position.label, closed)
    rule, _ = state_rule(at, policy)
    moved = Position(opening.label, new, -float(fits), position.group, -opening.premium_usd, moved_by=rule or "L0.roll")
    net = count * closing.premium_usd + fits * opening.premium_usd
    words += (
        f"; {fits:g} at {opening.label.removeprefix('L0 ')}, {abs(net):,.0f} USD {'paid' if net > 0.0 else 'received'}"
    )
    return Move("L0.roll", words, position.label, (*closed, Trade(opening, float(fits), False)), None, (moved,))


def _width(structure: Structure) -> float:
    low, put, call, high = structure.strikes()
    return max(put - low, high - call)


def _further(at: Situation, policy: Policy, old: Structure) -> Structure:
    """The policy's condor at a later expiry; raises where none is quoted."""
    days = max((session_date(old.settles[-1]) - at.today).days + ROLL_DAYS, ROLL_DAYS)
    of = expiry_in(at, days)
    if of.settles <= old.settles[-1]:
        raise MissingExpiryError(f"no expiry after {session_date(old.settles[-1])} is quoted")
    layer = next((one for one in policy.layers if isinstance(one, FinancingCondor)), None)
    rule = in_state(CondorRule() if layer is None else layer.rule, at)
    if state_rule(at, policy)[0] == "L0.recentre" and rule.by == "range":
        rule = replace(rule, short=1.0, wing=rule.distances[1])
    found = condor_signal(of, rule, at.nav_usd or 1.0, ())
    return condor(option_on("SPX", old.legs[0].option.multiplier), found.strikes, of.settles)
