"""A hedge policy in plain words: who acts when, with how much, and what stops it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from seawall.hedge.charter import Policy, differences
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import DeepLayers, HedgeRatio, LowCorrelation, MacroLadder, OnchainBuffer
from seawall.hedge.stack.vix import VixCalendar, VixCalls, VixMonths
from seawall.hedge.wrappers import Gate
from seawall.report.tables import console, table_of

STATES: Final = ("CALM", "ONSET", "SPIKE", "EXHAUST")
TRIGGERS: Final = MappingProxyType(
    {
        "seed": "all six triggers t1-t6 count towards ONSET, as the source articles state them",
        "measured": "only t1, t2 and t4 count: term structure, dealer gamma, realised over implied",
    }
)
SIZINGS: Final = MappingProxyType(
    {
        "recipe": "the fixed weights, in the largest multiple that every budget allows",
        "min_cvar": "the sizes with the lowest CVaR over the scenario set that the budgets allow",
        "stress": "the cheapest sizes that keep the loss in each named stress under its cap",
        "greek": "the sizes that come nearest to flat vega and gamma",
        "regression": "the ratio of a regression of the book's moves on each hedge's",
        "risk_parity": "sizes that give every layer the same risk",
        "vxth": "a share of equity by the level of the VIX future: 1 % from 15 to 30, half of that to 50, else nothing",
        "fixed": "the weights as they are, the budgets only checked",
    }
)
TEMPERS: Final = MappingProxyType(
    {
        "band": "trades only when what is held is {0:.0f} % off what is wanted",
        "hold": "does nothing until expiry",
        "chase": "rebalances every session",
        "static": "buys the recipe and rolls it, whatever the state",
    }
)
RECIPES: Final = MappingProxyType(
    {
        "contracts": "weights count contracts",
        "notional_40_40_20": "weights are shares of the hedge's notional, 40:40:20",
        "portfolio_4_4_2pct": "weights are percent of equity, 4, 4 and 2",
    }
)


def _gate(gate: Gate) -> str:
    parts = [(state, gate.factor(i)) for i, state in enumerate(STATES)]  # type: ignore[arg-type]
    if all(factor == 1.0 for _, factor in parts):
        return "in every state"
    closed = [state for state, factor in parts if factor == 0.0]
    scaled = [f"x{factor:g} in {state}" for state, factor in parts if factor not in (0.0, 1.0)]
    told = [*scaled, *([f"not in {', '.join(closed)}"] if closed else [])]
    return "; ".join(told)


def _condor(one: FinancingCondor) -> str:
    short, wing = one.rule.distances
    skew = "; the put wing wider where puts are dearer" if one.rule.skewed else ""
    chased = (
        "" if one.full_yield is None else f"; sized in proportion to the book's yield, in full at {one.full_yield:.0%}"
    )
    unit = "expected moves" if one.rule.by == "range" else "delta"
    return (
        f"short SPX condors, shorts at {short:g} and wings {wing:g} {unit}, at most {100 * one.each:g} % of "
        f"equity at risk each and {100 * one.total:g} % in all; {_gate(one.gate)}; {one.big_top_cap:.0%} of that under "
        f"a Big Top{skew}{chased}. Financing: never counted as protection"
    )


def _calls(one: VixCalls) -> str:
    when = "" if one.refresh_below is None else f", bought only below VIX {one.refresh_below:g}"
    return (
        f"VIX calls near {one.days} days at {one.delta:g} delta, weight {one.weight:g}, rolled at {one.roll_days} "
        f"days{when}; {_gate(one.gate)}"
    )


def _months(one: VixMonths) -> str:
    return f"VIX futures {one.low_days} to {one.high_days} days away, weight {one.weight:g}; {_gate(one.gate)}"


def _ladder(one: MacroLadder) -> str:
    rungs = ", ".join(f"{m:g}" for m in one.multiples)
    clock = "after the print" if one.clock == "post_print" else "within two sessions of a scheduled print too"
    return (
        f"Second Engine: VIX calls at {rungs} times the future, {one.low_days} to {one.high_days} days, equal premium "
        f"a rung, fully paid, armed by a CPI surprise of {one.arm:g} sd {clock}, for {one.life} sessions"
    )


def _crypto(one: CryptoNative) -> str:
    tools = ", ".join(one.tools).replace("_", " ")
    return f"hedges on the coin itself ({tools}), offered before more VIX where VIX reaches under {one.trim_below:.0%}"


def _calendar(one: VixCalendar) -> str:
    traded = "shown, not traded" if one.traded is None else f"traded {one.traded.replace('_', ' ')} in ONSET"
    return f"VIX call calendar at {one.ratio:g} times the near future, {traded}; not protection"


WORDS: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        FinancingCondor: _condor,
        VixCalls: _calls,
        VixMonths: _months,
        MacroLadder: _ladder,
        CryptoNative: _crypto,
        VixCalendar: _calendar,
        HedgeRatio: lambda one: f"Second Engine: a VIX future near {one.days} days in the ratio of a regression",
        OnchainBuffer: lambda one: f"Second Engine: {one.share:.0%} of the pools' value in cash for resting orders",
        LowCorrelation: lambda one: f"Second Engine: low-correlation sleeve, gate at crisis correlation {one.most:g}",
        DeepLayers: lambda one: (
            f"Second Engine: VIX calls near {' and '.join(map(str, one.days))} days, scaled in by quarters from "
            f"{one.staged.start:g} to {one.staged.full:g} sd of breadth or inflation"
        ),
    }
)


def policy_lines(policy: Policy) -> list[str]:
    """The policy, a sentence a line."""
    b = policy.budgets
    steps = "; ".join(f"{share:.0%} at {multiple:g} times the premium" for multiple, share in policy.monetise.steps)
    claim = ": numbers of public glossary pages, unverified" if policy.unverified else ""
    lines = [
        f"{policy.name} ({policy.digest}){claim}",
        f"state: {TRIGGERS[policy.triggers]}",
        *(f"{layer.name}: {WORDS[type(layer)](layer)}" for layer in policy.layers),
        f"size: {SIZINGS[policy.sizing]}{'; ' + RECIPES[policy.recipe] if policy.sizing == 'recipe' else ''}",
        f"budgets: {100 * b.carry:g} % of equity and {100 * b.income:g} % of the book's own income a year, premium and "
        f"margin {100 * b.premium:g} % of equity, vega {b.vega:g} times the book's short vega",
        f"when: {TEMPERS[policy.temper].format(100 * policy.hysteresis.share)}",
        f"ONSET: short strikes and wings {policy.widen:.1%} further out; EXHAUST: {policy.narrow:.0%} nearer again",
        f"SPIKE: near VIX calls are sold, {steps}; what is left goes in EXHAUST",
        f"any state: a condor is re-centred when a day's gamma cost exceeds {policy.roll_gamma:g} times the credit "
        f"left; half of the front layer moves on at {policy.shift[0]} days or {policy.shift[1]:.0%} of time value lost",
    ]
    if b.coverage:
        lines.append(
            f"coverage: hedge vega at least {b.coverage:.0%} of the short vega within reach, where budgets allow"
        )
    if policy.stress:
        caps = "; ".join(f"{name} {100 * most:g} %" for name, most in policy.stress)
        lines.append(f"stress: losses allowed, in percent of equity: {caps}")
    if policy.delta_band is not None:
        lines.append(
            f"trim: SPX delta beyond {policy.delta_band:.0%} of equity by a synthetic forward or ES; told only"
        )
    if policy.income_tilt:
        lines.append(f"tilt: less hedge where capital is dear, eta {policy.income_tilt:g}")
    return lines


def policy_record(policy: Policy) -> dict[str, Any]:
    """Name, digest, the whole policy as plain data, and its words."""
    from seawall.hedge.charter import plain

    return {"name": policy.name, "digest": policy.digest, "policy": plain(policy), "words": policy_lines(policy)}


def print_differences(one: Policy, other: Policy) -> None:
    """What differs, a row each."""
    rows = differences(one, other)
    table = table_of(
        f"{one.name} ({one.digest}) against {other.name} ({other.digest})",
        (("", "left"), (one.name, "left"), (other.name, "left")),
        wrapped=(one.name, other.name),
    )
    for row in rows:
        table.add_row(*row)
    console().print(table if rows else "the two are the same policy")
