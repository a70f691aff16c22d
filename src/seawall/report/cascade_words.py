"""What a cascade says in words: the answer first, then what the venue's rules change, then what is not known."""

import math
from collections.abc import Sequence
from typing import Final

from seawall.core.status import Status
from seawall.kernels.cascade_path import CAP
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent
from seawall.sim.cascade_case import CascadeMarket
from seawall.sim.cascade_event import Event, Reading, Split

QUESTION: Final = "When price moves fast, does the waterfall act like negative gamma or like vega expansion?"
MARKET_LEVEL: Final = "A cascade is a flow of the whole market: it stands beside the ledger and is in nobody's P&L."
ROUNDING: Final = 1e-9
SMALL: Final = 0.01
UNREST: Final = {
    Status.UNBOUNDED: "no price stops it",
    Status.RUNAWAY: "still moving after the last frame",
}
LARGE: Final = 2.0
"""One cause is named alone when it is this many times the other."""


def direction(share: float) -> str:
    """``10 % fall``."""
    return f"{100.0 * abs(share):.4g} % {'fall' if share < 0.0 else 'rise'}"


def beyond(share: float) -> str:
    """A move in percent, with another digit where it is small."""
    return percent(share, 1 if abs(share) >= SMALL else 3)


def verdict(split: Split) -> str:
    """Negative gamma, vega expansion, or both, in a few words."""
    if split.status is Status.UNBOUNDED:
        return "it runs away"
    gamma, vega = float(split.gamma.sum()), split.vega_flow + split.vega_depth
    if split.endogenous <= 1e-9 * (split.shock + split.move):
        return "nothing is forced" if gamma > -1e-9 * split.shock else "positive gamma: hedgers soften the move"
    if gamma > LARGE * vega:
        return "negative gamma"
    return "vega expansion" if vega > LARGE * gamma else "both, in comparable parts"


def shares(split: Split) -> tuple[float, float, float]:
    """Parts of the endogenous move: gamma, vega flow, depth; nan when nothing was forced."""
    whole = split.endogenous
    if whole == 0.0:
        return math.nan, math.nan, math.nan
    return float(split.gamma.sum()) / whole, split.vega_flow / whole, split.vega_depth / whole


def answer(market: CascadeMarket, event: Event) -> str:
    """The sentence with the numbers, for the chosen case, every forced order reaching the market."""
    reading = event.readings[market.chosen]
    split, start = reading.split, market.case.start
    if split.endogenous == 0.0:
        return f"{market.asset}, {direction(event.share)}: nothing is forced beyond the shock."
    gamma, flow, depth = shares(split)
    flow_words = f"{percent(flow, 0)} vega flow" if market.case.vol.flow is not None else f"vega flow {UNKNOWN}"
    extra = f"of the {beyond(split.endogenous / start)} beyond the {100.0 * abs(event.share):.4g} % shock"
    if split.status is Status.UNBOUNDED:
        extra = f"no price stops it; {extra}"
    elif split.status is Status.RUNAWAY:
        extra = f"self-sustaining on part of the way, where the ratio is held at {CAP:g}; {extra}"
    ratios = (
        f"branching n_gamma {fixed(split.n_gamma)}, n_vega {fixed(split.n_vega)}, "
        f"distance to runaway {fixed(split.distance)}"
    )
    return (
        f"{market.asset}, {direction(event.share)}, {verdict(split)}: {extra}, {percent(gamma, 0)} is negative-gamma "
        f"flow, {flow_words}, {percent(depth, 0)} liquidity withdrawal; {ratios}."
    )


def under_rules(market: CascadeMarket, event: Event) -> str:
    """What parts, backstop, insurance and deleveraging leave of it."""
    reading = event.readings[market.chosen]
    fall, last = reading.waterfall, reading.waterfall.frames[-1]
    taken = [sum(frame.taken[i] for frame in fall.frames) for i in range(3)]
    went = f"{percent(fall.price / fall.start - 1.0, signed=True)} in {len(fall.frames)} frames"
    if fall.status is not Status.FOUND:
        went += f" ({UNREST.get(fall.status, str(fall.status))})"
    return (
        f"Under the venue's rules it ends at {went}: {int(fall.liquidated.sum()):,} accounts liquidated, "
        f"{millions(taken[0])} to the backstop, {millions(taken[1])} to insurance, {millions(taken[2])} deleveraged "
        f"against {int(fall.deleveraged.sum()):,} winners, bad debt {millions(last.bad_debt)} (million USD)."
    )


def band(market: CascadeMarket, event: Event) -> str:
    """The spread over modelled books, or nothing when the book was observed."""
    if len(event.readings) == 1:
        return ""
    ends = [one.split.endogenous / market.case.start for one in event.readings.values()]
    gammas = [shares(one.split)[0] for one in event.readings.values()]
    return (
        f"The liquidation book is modelled: over its three books the move beyond the shock is {percent(min(ends))} to "
        f"{percent(max(ends))}, its gamma part {percent(min(gammas), 0)} to {percent(max(gammas), 0)}."
    )


def jumped(reading: Reading) -> str:
    """Positions whose level the shock itself passed over."""
    one = reading.jumped
    if not one.positions:
        return "The shock passes over no liquidation price."
    return (
        f"The shock itself passes over {one.positions:,} liquidation levels ({fixed(one.units, 0)} units): they are "
        f"closed at the price after it, {percent(one.worse)} beyond their level on average."
    )


def capped(split: Split) -> str:
    """Where the branching ratio was held at the cap."""
    if math.isnan(split.capped[0]):
        return ""
    low, high = (fixed(end) for end in split.capped)
    return f"Between {low} and {high} the move sustains itself: the branching ratio there is held at {CAP:g}."


def bounds(reading: Reading) -> str:
    """The largest branching ratio on the path and where."""
    total = reading.ratios.total
    at = int(total.argmax())
    peak = f"largest branching ratio on the path {fixed(float(total[at]))} at {fixed(float(reading.prices[at]))}"
    return f"{peak}, liquidations spread over cells of 1 % of price"


def notes(market: CascadeMarket) -> list[str]:
    """What is assumed, and what is in no number."""
    book = market.case.book
    lines = [*market.assumptions]
    lines += [
        f"unknown: {one.positions:,} positions, {fixed(one.units, 2)} units: {one.reason}"
        for one in book.unknown
        if one.positions or one.units > ROUNDING * book.total_units
    ]
    known = f"{fixed(book.known_units, 2)} units ahead, {fixed(book.never_units, 2)} never, "
    lines.append(f"units: {known}{fixed(book.unknown_units, 2)} unknown, {fixed(book.total_units, 2)} in all")
    return [*lines, MARKET_LEVEL]


def sentences(market: CascadeMarket, event: Event) -> Sequence[str]:
    """Everything said about one shock, the answer first."""
    reading = event.readings[market.chosen]
    said = (
        answer(market, event), under_rules(market, event), band(market, event), jumped(reading), capped(reading.split),
    )  # fmt: skip
    return [one for one in said if one]


def millions(value: float) -> str:
    """Dollars in millions."""
    return fixed(value / 1e6, 1)


def shapley_words(value: float, whole: float) -> str:
    """A Shapley value as part of its whole; a dash when nothing was forced."""
    return percent(value / whole, 0) if whole else NOT_DEFINED
