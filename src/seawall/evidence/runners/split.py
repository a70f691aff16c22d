"""H-06: whether 2025-10-10 was negative gamma for the perp book and volatility for a 30-day straddle, both splits.

The perp book: what the calibrated cascade forced by price (gamma) against by volatility and lost depth (vega). The
straddle: delta-hedged value along the straight path from before to after, dS and dsigma together, and by Shapley.
"""

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.evidence.world import Fact, Look, Outcome, Picture, Runner, Trace, World
from seawall.kernels.black import delta_one, value_one
from seawall.sim.cascade_case import CascadeCase, VolTerms, accounts_of, depth
from seawall.sim.cascade_event import read_case
from seawall.sim.waterfall_state import Venue

if TYPE_CHECKING:
    from seawall.sim.event_replay import EventReplay, Setting

TENOR: Final = 30.0 / 365.0
STEPS: Final = 400
RESPONSES: Final = (1.0, 2.0, 3.0, 4.0)
START: Final = 100.0
CONDITIONS: Final = (
    "gamma leads for the perp book, path",
    "gamma leads for the perp book, Shapley",
    "volatility leads for the straddle, path",
    "volatility leads for the straddle, Shapley",
)
EVENT: Final = dt.date(2025, 10, 10)


class Halves(NamedTuple):
    """Gamma and vega parts, along the path and by Shapley, in units of their own."""

    gamma_path: float
    vega_path: float
    gamma_shapley: float
    vega_shapley: float

    def gap(self) -> float:
        """Gamma share less vega share of the path split, shares of the sum of absolute parts."""
        return (abs(self.gamma_path) - abs(self.vega_path)) / (abs(self.gamma_path) + abs(self.vega_path))

    def gap_shapley(self) -> float:
        """The same by Shapley value."""
        gamma, vega = abs(self.gamma_shapley), abs(self.vega_shapley)
        return (gamma - vega) / (gamma + vega)


def case_of(replay: "EventReplay", setting: "Setting") -> CascadeCase:
    """The fitted market as a case: everything forced in it, depth thinning included."""
    from seawall.instruments.liquidations_model import book_at_spot, leverages
    from seawall.sim.event_replay import BINS

    units = setting.open_interest_usd / START
    book = book_at_spot(
        "event", START, units, leverages(replay.median, setting.max_leverage, BINS), setting.maintenance
    )
    venue = Venue(setting.maintenance, depth(replay.usd_per_pct, START), insurance=setting.insurance_usd)
    vol = VolTerms(setting.vol, setting.vol_response, None, replay.withdrawal)
    return CascadeCase(START, book, accounts_of(book, venue), venue, vol)


def perp_halves(replay: "EventReplay", setting: "Setting") -> tuple[Halves, float]:
    """The forced move of the perp book by cause, under the venue's rules, and where its price ends."""
    reading = read_case(case_of(replay, setting), -setting.shock)
    split, two = reading.ruled, reading.two
    halves = Halves(float(split.gamma.sum()), split.vega_flow + split.vega_depth, two.gamma, two.vega)
    return halves, reading.waterfall.price


def straddle_halves(end: float, vol: float, response: float) -> Halves:
    """A delta-hedged at-the-money straddle of 30 days from 1 to ``end`` of price, volatility up by ``response`` a log.

    Gamma: value change at a fixed volatility less the delta at the start; vega: the rest. The path split integrates
    both along the straight path in steps of a 400th.
    """
    risen = vol + response * abs(math.log(end))

    def value(price: float, sigma: float) -> float:
        call, put = (value_one(price, 1.0, TENOR, sigma, 1.0, side) for side in (1.0, -1.0))
        return call + put

    held = sum(delta_one(1.0, 1.0, TENOR, vol, 1.0, side) for side in (1.0, -1.0))

    def hedged(price: float, sigma: float) -> float:
        return value(price, sigma) - held * price

    at, sigma = np.linspace(1.0, end, STEPS + 1), np.linspace(vol, risen, STEPS + 1)
    gamma = vega = 0.0
    for i in range(STEPS):
        middle = 0.5 * (sigma[i] + sigma[i + 1])
        gamma += hedged(at[i + 1], middle) - hedged(at[i], middle)
        price = 0.5 * (at[i] + at[i + 1])
        vega += hedged(price, sigma[i + 1]) - hedged(price, sigma[i])
    corner = hedged(1.0, vol)
    alone_gamma, alone_vega = hedged(end, vol) - corner, hedged(1.0, risen) - corner
    together = hedged(end, risen) - corner - alone_gamma - alone_vega
    return Halves(gamma, vega, alone_gamma + 0.5 * together, alone_vega + 0.5 * together)


def run(world: World) -> Outcome:
    """Four conditions: gamma leads for the perp book and vega for the straddle, on the path and by Shapley."""
    replay = world.event
    if replay is None:
        raise MissingDataError("no event tape: the claim is about one event")
    setting = replay.setting
    perp, price = perp_halves(replay, setting)
    end = price / START
    straddle = straddle_halves(end, setting.vol, setting.vol_response)
    gaps = (perp.gap(), perp.gap_shapley(), -straddle.gap(), -straddle.gap_shapley())
    holds = tuple(bool(gap > 0.0) for gap in gaps)
    book, straddles = [], []
    for response in RESPONSES:
        other, price_then = perp_halves(replay, replace(setting, vol_response=response))
        book.append(other.gap())
        straddles.append(straddle_halves(price_then / START, setting.vol, response).gap())
    failing = [name for name, held in zip(CONDITIONS, holds, strict=True) if not held]
    rows = (Trace("perp book", RESPONSES, tuple(book)), Trace("30-day straddle", RESPONSES, tuple(straddles)))
    agreed = sum(one > 0.0 > two for one, two in zip(book, straddles, strict=True))
    return Outcome(
        effect=perp.gap(),
        unit="gamma share less vega share, perp book",
        interval=None,
        n=1,
        counted="event",
        first=EVENT,
        last=EVENT,
        holds=holds,
        modelled=1.0,
        trials=len(RESPONSES),
        synthetic=True,
        pictures=(
            Picture(
                Look.LINES, "Gamma share less vega share, by how strongly volatility answers",
                "Above zero negative gamma did more, below it volatility did. The event is read at 3.",
                "volatility points per 1 % of price", "gamma less vega share", rows, 0.0,
            ),
        ),
        facts=(
            Fact("perp book, path", _words(perp.gamma_path, perp.vega_path, "of price")),
            Fact("perp book, Shapley", _words(perp.gamma_shapley, perp.vega_shapley, "of price")),
            Fact("straddle, path", _words(100 * straddle.gamma_path, 100 * straddle.vega_path, "of the strike")),
            Fact("straddle, Shapley", _words(100 * straddle.gamma_shapley, 100 * straddle.vega_shapley,
                                             "of the strike")),
            Fact("price and volatility", f"{end - 1.0:+.1%}, {100 * setting.vol:.0f} to "
                 f"{100 * (setting.vol + setting.vol_response * abs(math.log(end))):.0f} points"),
            Fact("conditions that fail", ", ".join(failing) or "none"),
            Fact("other answers of volatility", f"both orders hold at {agreed} of {len(RESPONSES)} values tried"),
        ),
        notes=(
            "a model calibrated to two published facts of the event; no book, no option quote of that day is in it",
            "how far volatility rose, and how depth thinned with it, is assumed or fitted, not observed: "
            "the verdict stands and falls with it",
            "one event has no interval",
        ),
    )  # fmt: skip


def _words(gamma: float, vega: float, of: str) -> str:
    return f"gamma {gamma:.2f} %, vega {vega:.2f} % {of}"


RUNNER: Final = Runner("H-06", run, event=True)
