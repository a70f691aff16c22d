"""A hedge policy as programs of the engine; what the engine cannot do is said in notes, never left out in silence.

Layers of VIX calls and futures become one package under the policy's budgets; L0 becomes weekly condors, one program
for each distance of its strikes, open in the market states of that distance. What depends on more than the market state
is a factor by session (``sim.policy_days``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from seawall.hedge.charter import Policy
from seawall.hedge.sizing_recipes import OF_EQUITY
from seawall.hedge.stack.base import Layer
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import DeepLayers, HedgeRatio, MacroLadder
from seawall.hedge.stack.vix import VixCalendar, VixCalls, VixMonths
from seawall.hedge.wrappers import Gate
from seawall.signals.regime import Regime
from seawall.sim.programs import STATES, ByState, Entry, Exits, Leg, Program
from seawall.sim.programs_made import condor_legs, vix_calendar, vix_call, vix_future

LEAVE_DAYS: Final = 5
"""Calendar days before a VIX settlement at which a layer without a roll leaves, where it is not held into it."""
WING_POINTS: Final = 25.0
MONTH_DAYS: Final = 30
LADDER_SLACK: Final = 5
"""A ladder takes the first expiry in reach: the one nearest to so many days beyond the near end."""
CALENDAR_LEAST: Final = 5


class Part(NamedTuple):
    """One program and the layer it comes from."""

    program: Program
    layer: Layer


class PolicyPrograms(NamedTuple):
    """A policy as the engine runs it.

    ``parts``: programs in their order. ``package``: share of the yearly budgets left to programs sized by budget; the
    rest is spent as premium by programs that buy premium. ``notes``: what is not expressed, or otherwise than by hand.
    """

    parts: tuple[Part, ...]
    package: float
    notes: tuple[str, ...]

    @property
    def programs(self) -> tuple[Program, ...]:
        """The programs."""
        return tuple(part.program for part in self.parts)


def policy_programs(policy: Policy, to_settlement: bool = False) -> PolicyPrograms:
    """Programs of a policy.

    ``to_settlement``: layers without a roll are held into VIX's settlement, which needs its official prints; else they
    leave ``LEAVE_DAYS`` before it.
    """
    share = _ladder_share(policy)
    made: list[Part] = []
    notes: list[str] = []
    for number, layer in enumerate(policy.layers):
        programs, said = _layer(policy, layer, number, share, to_settlement)
        made += [Part(one, layer) for one in programs]
        notes += said
    return PolicyPrograms(_named(made), 1.0 - share, (*dict.fromkeys(notes), *_unsaid(policy)))


def _ladder_share(policy: Policy) -> float:
    """Share of the package's weights that buys premium when armed."""
    ladder = sum(one.weight for one in policy.layers if isinstance(one, MacroLadder))
    rest = sum(one.weight for one in policy.layers if isinstance(one, VixCalls | VixMonths | DeepLayers))
    return ladder / (ladder + rest) if ladder > 0.0 else 0.0


def needs_states(hedge: object) -> bool:
    """Whether a policy reads a trigger of the market states, whatever its programs do."""
    layers = hedge.layers if isinstance(hedge, Policy) else ()
    return any(isinstance(one, MacroLadder) and one.clock == "pre_print" for one in layers)


def without_hedges(policy: Policy) -> Policy | None:
    """The policy with the layers alone that are no hedge, condors and the calendar; None if it has no other, or none.

    What a hedge is worth is measured against the book that has the same income.
    """
    own = [one for one in policy.layers if isinstance(one, FinancingCondor | VixCalendar)]
    hedges = [part for part in policy_programs(policy).parts if part.program.hedge]
    return policy.with_layers(*own) if own and hedges else None


def _layer(
    policy: Policy, layer: Layer, number: int, share: float, to_settlement: bool
) -> tuple[Sequence[Program], Sequence[str]]:
    match layer:
        case FinancingCondor():
            found = _condors(policy, layer)
        case VixCalls():
            found = _calls(policy, layer, number, to_settlement)
        case VixMonths():
            found = _months(layer)
        case MacroLadder():
            found = _ladder(policy, layer, share)
        case DeepLayers():
            found = _deep(policy, layer, number, to_settlement)
        case VixCalendar():
            found = _calendar(layer)
        case HedgeRatio():
            found = _ratio(layer)
        case _:
            found = (), (f"{layer.name} {type(layer).__name__}: not run, the engine's programs are SPX and VIX",)
    return found


def _deep(
    policy: Policy, layer: DeepLayers, number: int, to_settlement: bool
) -> tuple[Sequence[Program], Sequence[str]]:
    each = [
        VixCalls(f"{layer.name}.{days}", days, layer.delta, layer.weight, days // 2, layer.gate) for days in layer.days
    ]
    made = [one for calls in each for one in _calls(policy, calls, number, to_settlement)[0]]
    return made, ("deep layers: the share of quarters is that of the session they open on; they are not scaled later",)


def _scale(gate: Gate, most: float = float("inf")) -> tuple[float, ...]:
    return tuple(min(gate.factor(Regime(code)), most) for code in range(len(STATES)))


def _only(scale: Sequence[float], states: Sequence[Regime]) -> tuple[float, ...]:
    return tuple(factor if Regime(code) in states else 0.0 for code, factor in enumerate(scale))


def _condors(policy: Policy, layer: FinancingCondor) -> tuple[Sequence[Program], Sequence[str]]:
    """L0 as weekly condors; in ONSET and EXHAUST those opened stand further out and nearer."""
    rule, (short, wing) = layer.rule, layer.rule.distances
    exits = Exits() if policy.temper == "hold" else Exits(rule.take_profit, rule.stop, gamma=policy.roll_gamma)
    scale = _scale(layer.gate)
    moved = {Regime.ONSET: (policy.widen, "L0.widen"), Regime.EXHAUST: (-policy.narrow, "L0.narrow")}
    by_range = rule.by == "range"
    apart = [state for state, (move, _) in moved.items() if by_range and move != 0.0 and policy.temper != "static"]
    kinds = [("L0.open", short, [state for state in Regime if state not in apart])]
    kinds += [(moved[state][1], short * (1.0 + moved[state][0]), [state]) for state in apart]
    made = [
        Program(
            name,
            condor_legs(aim, wing, "move" if by_range else "delta", WING_POINTS if by_range else 0.0),
            "risk",
            layer.each,
            Entry("expiry", days=7, listed="weekly"),
            exits,
            ByState(_only(scale, states)),
        )
        for name, aim, states in kinds
    ]
    said = ["L0: one SPXW condor at a time, from one Friday's expiry to the next; a weekly expiry is taken as listed"]
    if apart:
        said.append("L0: a condor is opened wider in ONSET and nearer in EXHAUST; an open one is left where it is")
    elif not by_range and policy.widen + policy.narrow > 0.0:
        said.append("L0: strikes by delta are not moved by the state")
    return made, said


def _calls(
    policy: Policy, layer: VixCalls, number: int, to_settlement: bool
) -> tuple[Sequence[Program], Sequence[str]]:
    near, free = layer.name == "L1", policy.temper in ("band", "chase")
    last = layer.roll_days if layer.roll_days > 0 and policy.temper != "hold" else None
    exits = Exits(
        days=last if last is not None or to_settlement else LEAVE_DAYS,
        on_days="roll" if last is not None else "close",
        multiples=policy.monetise.steps if near and free else (),
    )
    states = ByState(_scale(layer.gate, float("inf") if free else 1.0))
    if near and free:
        states = replace(states, exit_in=("exhaust",), monetise_in=("spike",))
    entry = Entry("daily", layer.days, layer.roll_days)
    size, amount = "budget", layer.weight
    said: list[str] = []
    if last is None and not to_settlement:
        said.append(f"{layer.name}: sold {LEAVE_DAYS} days before settlement, whose print is not taken as known")
    if policy.sizing == "vxth":
        entry, size, amount = Entry("expiry", layer.days), "premium", 1.0
        said.append("VXTH weights are read off the VIX future at the close before the roll, not at its opening")
    elif policy.recipe == "portfolio_4_4_2pct":
        place = [one for one in policy.layers if isinstance(one, VixCalls)]
        rank = place.index(layer) if layer in place else number
        size, amount = "premium", OF_EQUITY[min(rank, len(OF_EQUITY) - 1)]
    legs = vix_call(layer.delta)
    made = Program(layer.name, legs, size, amount, entry, exits, states, hedge=True)  # type: ignore[arg-type]
    return (made,), said


def _months(layer: VixMonths) -> tuple[Sequence[Program], Sequence[str]]:
    """One VIX future a month in reach, each rolled back when it has come a month nearer."""
    count = max((layer.high_days - layer.low_days) // MONTH_DAYS, 1)
    made = []
    for place in range(count):
        end = layer.low_days + MONTH_DAYS * place
        entry, exits = Entry("daily", end + MONTH_DAYS, end), Exits(days=max(end, LEAVE_DAYS), on_days="roll")
        states = ByState(_scale(layer.gate))
        name = f"{layer.name}.{end + MONTH_DAYS}"
        made.append(Program(name, vix_future(1.0), "budget", layer.weight, entry, exits, states, hedge=True))
    return made, ("margin of VIX futures is the plan's; the premium budget counts premium only",)


def _ratio(layer: HedgeRatio) -> tuple[Sequence[Program], Sequence[str]]:
    """A VIX future whose notional a column by session states."""
    roll = max(layer.days - MONTH_DAYS, LEAVE_DAYS)
    made = Program(
        f"{layer.name}.ratio",
        vix_future(1.0),
        "notional",
        1.0,
        Entry("daily", layer.days, roll),
        Exits(days=roll, on_days="roll"),
        hedge=True,
    )
    return (made,), (
        f"{layer.name} hedge ratio: the slope of the book without the hedge, run first, on the future over 252 "
        "sessions; the sizing's other regressions are not run",
    )


def _ladder(policy: Policy, layer: MacroLadder, share: float) -> tuple[Sequence[Program], Sequence[str]]:
    """Rungs of equal premium, bought when armed and sold when no longer."""
    premium = share * policy.budgets.carry / len(layer.multiples)
    entry = Entry("daily", layer.low_days + LADDER_SLACK, layer.low_days - 1)
    made = [
        Program(
            f"{layer.name}.{multiple:g}",
            vix_call(multiple, "forward"),
            "premium",
            premium,
            entry,
            Exits(days=LEAVE_DAYS),
            hedge=True,
        )
        for multiple in layer.multiples
    ]
    return made, (
        f"{layer.name} macro ladder: {share * policy.budgets.carry:.2%} of equity an arming, its weight's share of the "
        "carry budget, equal premium a rung; sold when no longer armed",
    )


def _calendar(layer: VixCalendar) -> tuple[Sequence[Program], Sequence[str]]:
    if layer.traded is None:
        return (), (f"{layer.name}: the VIX call calendar is shown, not traded",)
    if layer.traded == "long_near":
        return (), (f"{layer.name}: not run with the near call bought, its loss has no bound the engine can size by",)
    scale = _only((1.0,) * len(STATES), layer.states)
    near, far = layer.days
    legs: tuple[Leg, ...] = vix_calendar(near_short=True, multiple=layer.ratio)
    entry = Entry("daily", near, CALENDAR_LEAST, far)
    exits = Exits(days=CALENDAR_LEAST)
    made = Program(layer.name, legs, "risk", layer.risk, entry, exits, ByState(scale))
    return (made,), (
        f"{layer.name}: sized on what it costs ({layer.risk:.2%} of equity); in a spike it can lose a multiple of that",
    )


def _named(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same with different names: a second L3 is `L3 (2)`."""
    seen: dict[str, int] = {}
    made = []
    for program, layer in parts:
        count = seen[program.name] = seen.get(program.name, 0) + 1
        made.append(Part(program if count == 1 else replace(program, name=f"{program.name} ({count})"), layer))
    return tuple(made)


def _unsaid(policy: Policy) -> tuple[str, ...]:
    """What of the policy, besides its layers, the engine runs otherwise."""
    said = []
    if policy.sizing not in ("recipe", "vxth", "fixed"):
        said.append(
            f"sizing by {policy.sizing} needs scenarios on every session: the layers' weights fill the budgets instead"
        )
    if policy.recipe == "notional_40_40_20":
        said.append("40:40:20 of notional is run as 4:4:2 contracts: the three futures are taken as equal")
    words = {
        "band": "band: what is held is left alone between its roll and a change of state; no share is re-sized",
        "chase": "chase: VIX calls are sold and bought anew whenever the month or the strike to buy has changed, the "
        "whole round trip",
        "hold": "hold: nothing is boosted, monetised, sold on a state or rolled before its end",
    }
    calls = any(isinstance(one, VixCalls | DeepLayers) for one in policy.layers)
    if calls and policy.temper in words:
        said.append(words[policy.temper])
    if calls and policy.temper in ("band", "chase"):
        said.append(f"SHIFT.roll ({policy.shift[0]} days, half of the front layer) is not run: layers roll whole")
    if policy.income_tilt or policy.stress or policy.budgets.turnover:
        said.append("income tilt, stress limits and the turnover weight are not run")
    return tuple(said)
