"""What the state of the market asks of what a book holds: one row a rule of METHOD 7.2 that fires, with its orders."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.hedge.charter import Policy
from seawall.hedge.moves import Move
from seawall.hedge.restrike import NORMAL_FUNDING, condor_moves, short_condors, widened
from seawall.hedge.stack.base import Situation
from seawall.hedge.tickets import Advice
from seawall.hedge.tranches import call_moves
from seawall.signals.regime import Regime

__all__ = ["actions", "moves", "next_states", "told", "widened"]

MANAGING: Final = ("band", "chase")
"""Tempers that trade what is held: `static` only buys its recipe, `hold` waits for the expiry."""


def moves(at: Situation, policy: Policy) -> tuple[Move, ...]:
    """Every rule that fires on a held condor or VIX call, with the orders that carry it out.

    The orders leave a book on which the same rules ask for no more. `hold` asks for nothing, `static` only tells.
    """
    if policy.temper == "hold":
        return ()
    found = (*call_moves(at, policy), *condor_moves(at, policy))
    return found if policy.temper in MANAGING else tuple(Move(one.rule, one.text) for one in found)


def told(at: Situation, policy: Policy, found: Sequence[Move]) -> tuple[Advice, ...]:
    """Those rules in words, and what the state asks beside them; an unknown state says so and acts as CALM."""
    if policy.temper == "hold":
        return ()
    said: list[Advice] = []
    if at.regime is None:
        said.append(Advice("state", "no market history: state unknown, layers sized as in CALM"))
    if at.regime_state is Regime.SPIKE:
        said.append(Advice("L0.stop", "open no new short condor while the state is SPIKE; manage or close by L0.roll"))
    said += [Advice(one.rule, one.text) for one in found]
    if at.regime is not None and at.regime.rule.startswith("ONSET>CALM") and short_condors(at.ledger.book):
        said += _kept(at)
    return tuple(said)


def actions(at: Situation, policy: Policy) -> tuple[Advice, ...]:
    """Every rule that fires today, in words."""
    at = informed(at, policy)
    return told(at, policy, moves(at, policy))


def informed(at: Situation, policy: Policy) -> Situation:
    """The situation with the policy's floor for the front layer: what it buys is not what `SHIFT.roll` sells."""
    return replace(at, shift_days=policy.shift[0] if policy.temper in MANAGING else 0)


def _kept(at: Situation) -> list[Advice]:
    """Why short strikes stay where they are after ONSET."""
    z = at.value("M40.Z.BTC")
    if z is None:
        return [Advice("L0.recentre", "funding unknown: short strikes stay where they are")]
    if z >= NORMAL_FUNDING:
        return [Advice("L0.recentre", f"funding {z:+.1f} sd: not normal yet, short strikes stay")]
    return []


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
