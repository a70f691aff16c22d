"""One shock to one market: how far it goes, what each loop added, how near it was to running away, and who pays.

Two splits are kept. ``split``: every liquidated position reaches the market whole; with linear impact it is the
kernel's path integral, exact. ``ruled``: the waterfall under the venue's rules, read off its frames; parts, backstop,
insurance and deleveraging keep orders out of the market, so it stops earlier. Under another law both are the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.status import Status
from seawall.instruments.base import Position
from seawall.kernels.cascade import Flow, cascade, flow
from seawall.kernels.cascade_split import Branching, ThreeLoops, TwoLoops, branching, shapley, three_loops, two_loops
from seawall.market.state import Moves, State
from seawall.sim.cascade_case import CascadeCase, CascadeMarket
from seawall.sim.waterfall import FUND, LIQUIDATIONS, VOLATILITY, Waterfall, run_waterfall
from seawall.sim.waterfall_state import Accounts, Array

EXACT: Final = "path integral, exact"
FRAMES: Final = "frame by frame"
POINTS: Final = 160
GONE: Final = 1e-6
"""Share of price at which the reader's positions are valued when nothing is left of it."""
WINDOW: Final = 0.01
"""Liquidations are spread over cells of 1 % of price for the branching ratio along the path."""


class Split(NamedTuple):
    """Endogenous move by cause, in price units; with ``shock`` they add up to ``move`` (plus what was ``unmet``).

    ``gamma`` (c,): flows by price, one a component of ``names``. ``capped``: where n exceeded the cap, nan for none.
    """

    names: tuple[str, ...]
    gamma: Array
    vega_flow: float
    vega_depth: float
    shock: float
    move: float
    unmet: float
    capped: tuple[float, float]
    status: Status
    method: str

    @property
    def endogenous(self) -> float:
        """What was forced."""
        return float(self.gamma.sum()) + self.vega_flow + self.vega_depth

    @property
    def n_gamma(self) -> float:
        """Mean branching ratio of the flows by price along the path: their part of the whole move."""
        return float(self.gamma.sum()) / (self.shock + self.endogenous)

    @property
    def n_vega(self) -> float:
        """The same of volatility, by flow and by depth. ``1 - n_gamma - n_vega`` is shock over move."""
        return (self.vega_flow + self.vega_depth) / (self.shock + self.endogenous)

    @property
    def distance(self) -> float:
        """What is missing to a move that sustains itself."""
        return 1.0 - self.n_gamma - self.n_vega


class Jumped(NamedTuple):
    """Positions whose liquidation price lies inside the shock itself: closed at the worse price.

    ``worse``: mean distance from their level to the price after the shock, share of the level, weighted by units.
    """

    positions: int
    units: float
    worse: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One case after one shock (``share`` of price, < 0 falls). ``prices`` (n,) with ``ratios`` along the path."""

    share: float
    split: Split
    ruled: Split
    two: TwoLoops
    three: ThreeLoops
    prices: Array
    ratios: Branching
    waterfall: Waterfall
    jumped: Jumped


class Own(NamedTuple):
    """A position of the reader's book: dollars now, after the shock alone, and after the cascade."""

    label: str
    now: float
    after_shock: float
    after_cascade: float


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One shock read in every case of a market, and the reader's own positions in the chosen one."""

    share: float
    readings: dict[str, Reading]
    own: tuple[Own, ...]


def read_event(
    market: CascadeMarket, share: float, positions: Sequence[Position] = (), state: State | None = None
) -> Event:
    """Every case after a shock of ``share`` of price. Raises as ``kernels.cascade``."""
    readings = {name: read_case(case, share) for name, case in market.cases.items()}
    chosen = readings[market.chosen]
    own = () if state is None else own_positions(market, chosen, positions, state)
    return Event(share, readings, own)


def read_case(case: CascadeCase, share: float) -> Reading:
    """One case after one shock."""
    side, shock = float(np.sign(share)), abs(share) * case.start
    fall = run_waterfall(case.accounts, case.start, side * shock, case.venue, case.feedback())
    ruled = _framed(case, fall)
    split = _exact(case, shock, side) if case.linear else ruled
    if case.linear:
        flows, terms = case.flows().flow, case.terms()
        two = two_loops(case.start, shock, side, flows, terms)
        three = three_loops(case.start, shock, side, flows, terms)
    else:
        two, three = _by_waterfall(case, side * shock)
    prices = np.linspace(case.start, max(case.start + side * split.move, 1e-3 * case.start), POINTS)
    ratios = branching(case.start, prices, spread(case.flows().flow, case.start), case.terms())
    return Reading(share, split, ruled, two, three, prices, ratios, fall, _jumped(case, side, shock))


def spread(book: Flow, start: float) -> Flow:
    """The same flow with its masses spread over cells of 1 % of price: units are kept, cell by cell."""
    known = book.at[book.at > 0.0]
    span = np.concatenate([known, book.edges[book.edges > 0.0], [start]])
    low, high = np.floor(np.log(span.min() / start) / WINDOW), np.ceil(np.log(span.max() / start) / WINDOW)
    cells = start * np.exp(WINDOW * np.arange(low - 1.0, high + 2.0))
    edges = np.unique(np.concatenate([cells, book.edges]))
    middle, width = 0.5 * (edges[:-1] + edges[1:]), np.diff(edges)
    density = np.zeros((book.density.shape[0], middle.size))
    if book.edges.size:
        inside = np.searchsorted(book.edges, middle) - 1
        held = (inside >= 0) & (inside < book.density.shape[1])
        density[:, held] = book.density[:, inside[held]]
    cell_width = np.diff(cells)
    home, at = np.searchsorted(cells, middle) - 1, np.searchsorted(cells, book.at) - 1
    for component in range(density.shape[0]):
        rows = (book.component == component) & (book.at > 0.0)
        units = np.bincount(at[rows], book.units[rows], cell_width.size)
        live = (home >= 0) & (home < cell_width.size) & (width > 0.0)
        density[component, live] += units[home[live]] / cell_width[home[live]]
    return flow(edges, density, damping=True)


def own_positions(
    market: CascadeMarket, reading: Reading, positions: Sequence[Position], state: State
) -> tuple[Own, ...]:
    """Positions on the market's asset, revalued where the waterfall ends; volatility follows as the case says."""
    ends = np.array([0.0, reading.share, max(reading.waterfall.price / market.case.start, GONE) - 1.0])
    points = 100.0 * market.case.vol.response * np.abs(np.log1p(ends))
    view = state.view(Moves({market.asset: ends}, {market.asset: points}))
    held = [one for one in positions if one.instrument.factor == market.asset]
    return tuple(Own(one.label, *(float(value) for value in one.value(view))) for one in held)


def _exact(case: CascadeCase, shock: float, side: float) -> Split:
    flows = case.flows()
    run = cascade(case.start, shock, side, flows.flow, case.terms())
    return Split(
        flows.names, run.gamma, run.vega_flow, run.vega_depth, shock, run.move, run.unmet, run.capped, run.status, EXACT
    )


def _framed(case: CascadeCase, fall: Waterfall) -> Split:
    """The waterfall's pushes at the depth of the start, and apart from them what thinning added."""
    side = float(np.sign(fall.shock))
    pushed, thinned = np.zeros(len(fall.components)), 0.0
    for frame in fall.frames:
        factor = (frame.vol / case.vol.level) ** case.vol.withdrawal
        pushed += side * frame.pushed / factor
        thinned += side * float(frame.pushed.sum()) * (1.0 - 1.0 / factor)
    by_name = dict(zip(fall.components, pushed, strict=True))
    by_name[LIQUIDATIONS] += by_name.pop(FUND)
    vega = float(by_name.pop(VOLATILITY))
    move, shock = abs(fall.price - fall.start), abs(fall.shock)
    gamma = np.array(list(by_name.values()))
    return Split(
        tuple(by_name), gamma, vega, thinned, shock, move, 0.0, (np.nan, np.nan), fall.status, FRAMES
    )  # fmt: skip


def _by_waterfall(case: CascadeCase, move: float) -> tuple[TwoLoops, ThreeLoops]:
    """Shapley values from the waterfall with each loop on and off."""
    quiet = Accounts(*(np.empty(0) for _ in range(3)))
    full = case.feedback()

    def extra(flows: bool, sells: bool, thins: bool, moves: bool = True) -> tuple[float, Status]:
        feedback = type(full)(
            full.vol, full.vol_response if moves else 0.0, full.vol_flow if sells else 0.0,
            full.withdrawal if thins else 0.0, full.margin_power if flows else 0.0, full.hedges if flows else {},
        )  # fmt: skip
        run = run_waterfall(case.accounts if flows else quiet, case.start, move, case.venue, feedback)
        return abs(run.price - run.start) - abs(move), run.status

    game = [extra(bool(i & 1), bool(i & 2), bool(i & 4)) for i in range(8)]
    found = {status for _, status in game}
    worst = next((one for one in (Status.UNBOUNDED, Status.RUNAWAY) if one in found), Status.FOUND)
    gamma, vega, both = extra(True, False, False, moves=False)[0], game[6][0], game[7][0]
    together = both - gamma - vega
    values = shapley([value for value, _ in game])
    two = TwoLoops(gamma + 0.5 * together, vega + 0.5 * together, gamma, vega, together, worst)
    return two, ThreeLoops(float(values[0]), float(values[1]), float(values[2]), worst)


def _jumped(case: CascadeCase, side: float, shock: float) -> Jumped:
    rows = case.book.sells if side < 0.0 else case.book.buys
    end = case.start + side * shock
    passed = side * (end - rows.at) > 0.0
    units = rows.units[passed]
    if not passed.any():
        return Jumped(0, 0.0, 0.0)
    worse = float(np.average(np.abs(rows.at[passed] - end) / rows.at[passed], weights=units))
    return Jumped(int(passed.sum()), float(units.sum()), worse)
