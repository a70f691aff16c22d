"""Liquidity positions through real swaps: batches in, one account a position out (METHOD 1.4, 1.5, 2.2, 5.4).

Positions enter at the price before the first row and leave at the last. A position is small: its share of a fee counts
its own liquidity, but the price goes where it went without it.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels import lp_replay as kernel
from seawall.market.flow import Floats, Flow, PoolTerms
from seawall.sim.lp_markout import Markouts
from seawall.sim.lp_path import PathKeeper, Returns
from seawall.sim.lp_result import LpReplay, Traded
from seawall.sim.lp_rules import KINDS, LpPlan

MICRO: Final = 1_000_000
YEAR: Final = 365.0 * 86_400.0
PART: Final = 8_192
"""Rows handed to the compiled loop at a time: the track of one part stays small whatever the batch."""
NEVER: Final = 1 << 62


def kernel_costs(plan: LpPlan) -> kernel.Costs:
    """The rates the loop needs; funding a second."""
    hedge = plan.hedge
    if hedge is None:
        return kernel.Costs(plan.costs.swap_rate, 0, 0.0, 0.0)
    return kernel.Costs(plan.costs.swap_rate, hedge.every, 1e-4 * hedge.cost_bps, hedge.funding_year / YEAR)


def opened(plan: LpPlan, root: float, at: float, costs: kernel.Costs) -> Floats:
    """States of all positions at entry. Raises DomainError for a deposit that no liquidity can hold."""
    ends = np.array([one.ends for one in plan.ranges])
    states = np.zeros((len(plan.ranges), kernel.WIDTH))
    states[:, kernel.LOW], states[:, kernel.HIGH] = ends[:, 0], ends[:, 1]
    inside = np.clip(root, ends[:, 0], ends[:, 1])
    unit = (1.0 / inside - 1.0 / ends[:, 1]) * root**2 + inside - ends[:, 0]
    sizes = [
        one.liquidity if one.liquidity is not None else (one.deposit_usd or 0.0) / unit[i]
        for i, one in enumerate(plan.ranges)
    ]
    states[:, kernel.LIQUIDITY] = sizes
    if not np.all(np.isfinite(states[:, kernel.LIQUIDITY])):
        label = plan.ranges[int(np.argmax(~np.isfinite(states[:, kernel.LIQUIDITY])))].label
        raise DomainError(f"{label}: the range is too narrow to hold a deposit: widen it")
    kernel.open_positions(states, root, at, costs)
    return states


class Marks:
    """Which rows start a new interval, across batches."""

    __slots__ = ("bucket", "step")

    def __init__(self, step: int, first: int) -> None:
        self.step = step * MICRO
        self.bucket = first // self.step if step else first

    def of(self, at: NDArray[np.int64]) -> Floats:
        """Seconds of the mark before each row; -1 where there is none."""
        buckets = at // self.step if self.step else at
        new = np.diff(buckets, prepend=self.bucket) > 0
        self.bucket = int(buckets[-1])
        instants = buckets * self.step if self.step else at
        return np.where(new, instants / MICRO, -1.0)


def kernel_rows(flow: Flow, mark_at: Floats, fee: float) -> kernel.Rows:
    """One batch as the loop reads it."""
    return kernel.Rows(
        mark_at,
        flow.start,
        flow.coordinate,
        flow.low,
        flow.high,
        fee * flow.base_in,
        fee * flow.quote_in,
        flow.liquidity,
    )


def _cut(rows: kernel.Rows, start: int) -> kernel.Rows:
    stop = start + PART
    return kernel.Rows(
        rows.mark_at[start:stop],
        rows.start[start:stop],
        rows.coordinate[start:stop],
        rows.low[start:stop],
        rows.high[start:stop],
        rows.base_fee[start:stop],
        rows.quote_fee[start:stop],
        rows.liquidity[start:stop],
    )


def _last(root: float, at: float) -> kernel.Rows:
    """A row that only marks."""
    one = np.array([root])
    none = np.zeros(1)
    return kernel.Rows(np.array([at]), one, np.array([1]), one, one, none, none, np.ones(1))


class _Run:
    """What a replay carries from batch to batch."""

    __slots__ = ("costs", "keeper", "marks", "rules", "states", "values")

    def __init__(self, plan: LpPlan, first: Flow) -> None:
        at, self.costs = int(first.at[0]), kernel_costs(plan)
        self.states = opened(plan, float(first.start[0]), at / MICRO, self.costs)
        self.rules = np.array([KINDS.index(one.rule.kind) for one in plan.ranges], np.int64)
        self.values = np.array([one.rule.value for one in plan.ranges])
        self.marks = Marks(plan.mark_seconds, at)
        self.keeper = PathKeeper(min(plan.followed, len(plan.ranges)))

    def through(self, rows: kernel.Rows) -> None:
        """Carry every position through the rows."""
        self._through(rows, self.rules, self.costs)

    def finish(self, root: float, at: float) -> None:
        """Mark once more, where nothing is re-centred or adjusted, and close the hedge."""
        hedge_every = NEVER if self.costs.hedge_every else 0
        self._through(_last(root, at), np.zeros_like(self.rules), self.costs._replace(hedge_every=hedge_every))
        held = self.states[:, kernel.HEDGE]
        self.states[:, kernel.HEDGE_COST] += np.abs(held) * root**2 * self.costs.hedge_cost
        held[:] = 0.0

    def _through(self, rows: kernel.Rows, rules: NDArray[np.int64], costs: kernel.Costs) -> None:
        for start in range(0, rows.start.size, PART):
            part = _cut(rows, start)
            marks = int(np.sum(part.mark_at >= 0.0))
            tracks, events = self.keeper.room(marks)
            written = kernel.replay(self.states, rules, self.values, part, costs, tracks, events)
            self.keeper.keep(tracks, events, written)


def replay_positions(plan: LpPlan, flow: Iterable[Flow], terms: PoolTerms) -> LpReplay:
    """Replay every position of ``plan`` through the batches in order.

    Raises MissingDataError for no row, DomainError for batches of two fee models or out of order.
    """
    run: _Run | None = None
    returns, traded, markouts = Returns(), Traded(), Markouts(plan.markout_seconds)
    first = last = None
    for batch in flow:
        if not batch.at.size:
            continue
        if run is None or last is None:
            run, first = _Run(plan, batch), batch
            returns.begin(float(batch.start[0]))
        elif batch.model != last.model or batch.at[0] < last.at[-1]:
            raise DomainError("batches of two formats or out of order: give the files of one kind by date")
        mark_at = run.marks.of(batch.at)
        returns.add(batch.start[mark_at >= 0.0])
        traded = traded.plus(batch, terms.fee)
        if batch.model == "swap_by_swap":
            markouts.add(batch)
        run.through(kernel_rows(batch, mark_at, terms.fee))
        last = batch
    if run is None or last is None or first is None:
        raise MissingDataError("the files hold no swap: nothing was replayed")
    end, until = float(last.end[-1]), last.until / MICRO
    run.finish(end, until)
    returns.add(np.array([end]))
    return LpReplay(
        plan=plan,
        terms=terms,
        model=last.model,
        states=run.states,
        started=int(first.at[0]),
        ended=last.until,
        traded=traded,
        returns=returns.estimate((last.until - int(first.at[0])) / MICRO / YEAR),
        paths=run.keeper.paths(),
        markout=markouts.result() if last.model == "swap_by_swap" else None,
    )
