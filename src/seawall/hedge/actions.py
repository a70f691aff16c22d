"""What the state of the market asks of a book beside new tickets: one row a rule of METHOD 7.2 that fires."""

from typing import Final

import numpy as np

from seawall.core.clock import years_between
from seawall.hedge.charter import Policy
from seawall.hedge.stack.base import Situation
from seawall.hedge.tickets import Advice
from seawall.instruments.base import Position
from seawall.instruments.structures import Structure
from seawall.instruments.vix import VixOption
from seawall.ledger.book import Book
from seawall.ledger.breakeven import expiry_break_evens
from seawall.market.state import State
from seawall.signals.regime import Regime

NORMAL_FUNDING: Final = 0.5
"""z of funding below which `L0.recentre` may act."""
ONE_DAY: Final = 1.0 / 365.0


def actions(at: Situation, policy: Policy) -> tuple[Advice, ...]:
    """Every rule that fires today, in the order of METHOD 7.2; an unknown state says so and acts as CALM."""
    found: list[Advice] = []
    if at.regime is None:
        found.append(Advice("state", "no market history: state unknown, layers sized as in CALM"))
    state = at.regime_state
    if state is Regime.ONSET:
        found += moved_condors(at, policy.widen, "L0.widen")
    elif state is Regime.SPIKE:
        found.append(Advice("L0.stop", "open no new short condor while the state is SPIKE; manage or close by L0.roll"))
        found += _monetised(at, policy)
    elif state is Regime.EXHAUST:
        found += _exits(at)
        found += moved_condors(at, -policy.narrow, "L0.narrow")
    found += _rolls(at, policy)
    found += _shifts(at, policy)
    if at.regime is not None and at.regime.rule.startswith("ONSET>CALM"):
        found += _recentred(at)
    return tuple(found)


def widened(low: float, high: float, spot: float, share: float) -> tuple[float, float]:
    """Break-evens moved away from spot by ``share`` of their distance (`L0.widen`); nearer for a share below 0."""
    return spot - (spot - low) * (1.0 + share), spot + (high - spot) * (1.0 + share)


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


def moved_condors(at: Situation, share: float, rule: str) -> list[Advice]:
    """Where the next condor would stand if each short one were widened or narrowed, priced both ways."""
    found: list[Advice] = []
    if share == 0.0:
        return found
    for position, structure in short_condors(at.ledger.book):
        spot = at.state.asset("SPX").spot.value
        edges = expiry_break_evens(Book(position.label, (position,)), at.state, "SPX").values
        below, above = [e for e in edges if e < spot], [e for e in edges if e > spot]
        if not (below and above):
            continue
        low, high = widened(below[-1], above[0], spot, share)
        shift = (low - below[-1], high - above[0])
        credit, moved = (_credit(structure, at.state, each) for each in ((0.0, 0.0), shift))
        word = "wider" if share > 0.0 else "narrower"
        found.append(
            Advice(
                rule,
                f"{position.label}: break-evens {below[-1]:,.1f} / {above[0]:,.1f}; the next condor at {low:,.1f} / "
                f"{high:,.1f} ({abs(share):.1%} {word}): mid credit {moved:.2f} points instead of {credit:.2f}",
            )
        )
    return found


def _credit(structure: Structure, state: State, shift: tuple[float, float]) -> float:
    """Mid of a condor with its puts and calls moved by points, per unit of the index."""
    view, credit = state.view(), 0.0
    for leg in structure.legs:
        option = leg.option
        move = shift[0] if option.right == "put" else shift[1]
        moved = type(option)(option.factor, option.right, option.strike + move, option.expires, option.multiplier)  # type: ignore[call-arg,arg-type]
        credit += leg.units * float(moved.value(view)[0]) / option.multiplier
    return credit


def near_calls(at: Situation) -> list[tuple[Position, VixOption]]:
    """Long VIX calls of the book's first listed expiry: the near layer."""
    held = [
        (one, one.instrument)
        for one in at.ledger.book.positions
        if isinstance(one.instrument, VixOption) and one.quantity > 0.0 and one.instrument.expires > at.state.now
    ]
    if not held:
        return []
    first = min(option.expires for _, option in held)
    return [(position, option) for position, option in held if option.expires == first]


def _monetised(at: Situation, policy: Policy) -> list[Advice]:
    found = []
    for position, option in near_calls(at):
        if not position.entry or position.entry <= 0.0:
            found.append(Advice("L1.monetise", f"{position.label}: entry premium unknown, multiples cannot be read"))
            continue
        gain = float(option.value(at.state.view())[0]) / position.entry
        sold = policy.monetise.sold(gain)
        done = ", ".join(f"{share:.0%} at {multiple:g}x" for multiple, share in policy.monetise.steps)
        words = f"{position.label}: {gain:.1f} times its entry premium; {sold:.0%} should be sold by now ({done})"
        found.append(Advice("L1.monetise", words))
    return found or [Advice("L1.monetise", "no near VIX call is held: nothing to sell into the spike")]


def _exits(at: Situation) -> list[Advice]:
    held = near_calls(at)
    if not held:
        return [Advice("L1.exit", "no near VIX call is left to sell")]
    return [Advice("L1.exit", f"sell what is left of {position.label}: {position.quantity:g}") for position, _ in held]


def _rolls(at: Situation, policy: Policy) -> list[Advice]:
    """`L0.roll`: a day's gamma cost against what the condor can still earn."""
    found = []
    for position, structure in short_condors(at.ledger.book):
        exposure = position.exposure(at.state)
        left = -exposure.value_usd
        spot = at.state.asset("SPX").spot.value
        vol = float(at.state.view().vol("SPX", spot, max(years_between(at.state.now, structure.settles[-1]), 1e-4))[0])
        cost = 0.5 * abs(min(exposure.gamma_usd, 0.0)) * vol * vol * ONE_DAY
        if left > 0.0 and cost > policy.roll_gamma * left:
            words = (
                f"{position.label}: half its dollar gamma times a day's squared expected move is {cost:,.0f} USD, "
                f"{cost / left:.1f} times the {left:,.0f} USD it can still earn: re-centre before gamma is punitive"
            )
            found.append(Advice("L0.roll", words))
    return found


def _shifts(at: Situation, policy: Policy) -> list[Advice]:
    """`SHIFT.roll`: the front layer near its end, or most of its time value gone."""
    days_left, lost = policy.shift
    found = []
    for position, option in near_calls(at):
        days = years_between(at.state.now, option.expires) * 365.0
        future = float(at.state.view().vix_future(option.expires)[0])
        extrinsic = float(option.value(at.state.view())[0]) / option.multiplier - max(future - option.strike, 0.0)
        gone = None if not position.entry else 1.0 - extrinsic * option.multiplier / position.entry
        if days <= days_left or (gone is not None and gone >= lost):
            why = f"{days:.0f} days left" if days <= days_left else f"{gone:.0%} of its premium is gone"
            found.append(Advice("SHIFT.roll", f"{position.label}: {why}; roll half of it to the next tenor"))
    return found


def _recentred(at: Situation) -> list[Advice]:
    z = at.value("M40.Z.BTC")
    if z is None:
        return [Advice("L0.recentre", "funding unknown: short strikes stay where they are")]
    if z >= NORMAL_FUNDING:
        return [Advice("L0.recentre", f"funding {z:+.1f} sd: not normal yet, short strikes stay")]
    return [Advice("L0.recentre", f"ONSET is over and funding {z:+.1f} sd: shorts back to one expected move")]


def next_states(at: Situation) -> tuple[str, ...]:
    """What would change the state, from today's figures."""
    if at.regime is None:
        return ("any market history: the state is unknown",)
    vix = at.regime.inputs["vix"].value
    slope = at.regime.inputs["slope"].value
    seen = f"VIX {vix:.1f}, VIX/VIX3M {'unknown' if slope is None or not np.isfinite(slope) else f'{slope:.2f}'}"
    table = {
        Regime.CALM: "two triggers of six make it ONSET; VIX above 30 or VIX/VIX3M above 1.1 SPIKE",
        Regime.ONSET: "VIX above 30 or VIX/VIX3M above 1.1 makes it SPIKE; at most one trigger for 3 sessions CALM",
        Regime.SPIKE: "RSI of VIX/VIX3M falling below 70 makes it EXHAUST; VIX below 20 and slope below .95 CALM",
        Regime.EXHAUST: "VIX above the episode's high makes it SPIKE again; slope below .95 for 3 sessions CALM",
    }
    return (f"{table[at.regime.state]} (now {seen}, count {at.regime.count})",)
