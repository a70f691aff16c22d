"""The programs a plan can name, as instances of one structure: condors, VIX calls, ladders, futures, calendars."""

from typing import Final

import numpy as np

from seawall.hedge.policy import AlvhPolicy, compile_policy
from seawall.sim.programs import ANY_STATE, STATES, ByState, Entry, Exits, Leg, Program

LADDER: Final = (1.1, 1.3, 1.6, 2.0)
"""Rungs of the macro ladder over the future (METHOD 7.1)."""
CALENDAR_STRIKE: Final = 1.2


def condor_legs(short: float, wing: float, rule: str = "delta", least: float = 0.0) -> tuple[Leg, ...]:
    """Put wing, put, call, call wing. By delta: deltas of both. By move: shorts, and wings further out by ``wing``."""
    if rule == "delta":
        return (
            Leg("put", aim=wing, beyond=1),
            Leg("put", ratio=-1.0, aim=short),
            Leg("call", ratio=-1.0, aim=short),
            Leg("call", aim=wing, beyond=2),
        )
    return (
        Leg("put", strike="from_leg", aim=wing, beyond=1, least=least),
        Leg("put", ratio=-1.0, strike="move", aim=short),
        Leg("call", ratio=-1.0, strike="move", aim=short),
        Leg("call", strike="from_leg", aim=wing, beyond=2, least=least),
    )


def vix_call(aim: float, rule: str = "delta") -> tuple[Leg, ...]:
    """One long VIX call by delta, or at a multiple of its future."""
    return (Leg("call", "VIX", strike="forward" if rule == "forward" else "delta", aim=aim),)


def vix_future(side: float) -> tuple[Leg, ...]:
    """One VIX future, +1 long or -1 short."""
    return (Leg("future", "VIX", ratio=side),)


def vix_calendar(near_short: bool, multiple: float = CALENDAR_STRIKE) -> tuple[Leg, ...]:
    """Same strike, ``multiple`` of the near future; the near call sold and the later bought, or the reverse."""
    near = -1.0 if near_short else 1.0
    return (
        Leg("call", "VIX", ratio=near, strike="forward", aim=multiple),
        Leg("call", "VIX", ratio=-near, strike="from_leg", aim=0.0, beyond=0, later=True),
    )


def vix_ladder(
    name: str, premium: float, entry: Entry, exits: Exits, states: ByState = ANY_STATE
) -> tuple[Program, ...]:
    """Four programs of VIX calls at multiples of their future, each with a quarter of the premium (METHOD 7.1)."""
    return tuple(
        Program(
            f"{name}{number}",
            vix_call(multiple, "forward"),
            "premium",
            premium / len(LADDER),
            entry,
            exits,
            states,
            hedge=True,
        )
        for number, multiple in enumerate(LADDER, 1)
    )


def alvh_programs(policy: AlvhPolicy) -> tuple[Program, ...]:
    """The layers of a policy under its budget.

    What each market state does is read off ``hedge.policy.compile_policy``, which tickets use too.
    """
    wanted = compile_policy(policy, np.arange(len(STATES), dtype=np.int8))
    made = []
    for number, layer in enumerate(policy.layers):
        factor = wanted.weight[:, number] / layer.weight if layer.weight > 0.0 else np.zeros(len(STATES))
        first = number == 0
        states = ByState(
            tuple(factor.tolist()),
            tuple(name for name, leaves in zip(STATES, wanted.exit_first, strict=True) if leaves and first),
            tuple(name for name, sells in zip(STATES, wanted.monetise, strict=True) if sells and first),
        )
        made.append(
            Program(
                layer.name,
                vix_call(layer.delta),
                "budget",
                layer.weight,
                Entry("daily", layer.target_days, layer.roll_days),
                Exits(days=layer.roll_days, on_days="roll", multiples=policy.monetise if first else ()),
                states,
                hedge=True,
            )
        )
    return tuple(made)
