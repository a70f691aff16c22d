"""How much of a pool's loss did a volatility hedge pay back while VIX was above 30, at what cost? METHOD 9.1, H-02.

An ETH/USD position in v2 and in v3, month by month, against five hedges: a constant position in the front VIX future,
one-month VIX calls of a fixed premium, the same with the weights of VXTH, a perp that undoes the pool's trades, and
simply a smaller pool. Any further hedge, an ALVH run for one, can be handed in as daily P&L.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import EvidenceError, MissingDataError
from seawall.core.units import DAYS_PER_YEAR
from seawall.evidence.episodes import GAP, LEAST_EPISODES, WIDE_GAP, Windows, episode_draws, episodes, windows
from seawall.evidence.front import Front, front_returns
from seawall.evidence.interval import Plan, interval_of
from seawall.evidence.lp_answer import (
    BUDGET,
    CALLS,
    IL,
    LVR,
    NET,
    PERP,
    SMALLER,
    VX,
    VXTH,
    Answer,
    LossShare,
    LpQuestion,
)  # fmt: skip
from seawall.evidence.offset import Stretch, offset_ratio, path_r2, worst_covered
from seawall.evidence.pool_windows import FEE_RULE, PoolKind, PoolWindows, pool_windows
from seawall.kernels.resampled import resampled_counts
from seawall.market.history import History
from seawall.sim.vix_calls import call_quotes, rolled_calls
from seawall.sim.vxth import vxth_weight

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]

STEP: Final = 1
FULL_WEIGHT: Final = 0.01


class DailyHedge(NamedTuple):
    """P&L of one unit of a hedge by day, shares of the pool's value; once and at twice the costs; modelled quotes.

    ``held``: daily returns of contracts that are held from a window's opening to its close, and so compound in it;
    otherwise money, which adds up.
    """

    dates: Days
    pnl: Array
    doubled: Array
    modelled: float | None
    held: bool = False


class _Setting(NamedTuple):
    days: Days
    price: Array
    spans: Windows
    hedges: dict[str, DailyHedge]
    front: Front
    funding: Array | None
    notes: list[str]


def lp_question(
    history: History,
    plan: Plan,
    more: Mapping[str, DailyHedge] | None = None,
    pools: tuple[PoolKind, ...] = tuple(PoolKind),
    losses: tuple[str, ...] = (IL, LVR, NET),
    hedges: tuple[str, ...] | None = None,
) -> LpQuestion:
    """Answer for every pool, loss and hedge. ``more``: further hedges by name. Raises ``MissingDataError``."""
    setting = _setting(history, more or {}, hedges)
    spans = setting.spans
    marks = _marked(setting)
    found = {pool: pool_windows(pool, setting.price, spans, setting.funding) for pool in pools}
    answers, shares = [], []
    for pool, one in found.items():
        for loss in losses:
            lost = _loss(one, loss)
            shares.append(_share(pool, loss, lost, one.move, spans))
            answers += [
                _answer((pool, loss, name), lost, (*marks[name], setting.hedges[name].modelled), one, spans, plan)
                for name in marks
            ]
            answers += [_unscaled(pool, one, spans, plan)] if loss == IL and (hedges is None or PERP in hedges) else []
            if loss != NET and (hedges is None or SMALLER in hedges):
                own = lost - one.fees
                answers.append(_answer((pool, loss, SMALLER), lost, (own, own, None), one, spans, plan))
    vix = history.values_on("VIX", setting.days)
    some = found[pools[0]]
    apart = np.arange(0, spans.opens.size, spans.days)
    return LpQuestion(
        first=setting.days[0].item(),
        last=setting.days[-1].item(),
        windows=spans.opens.size,
        apart=apart.size,
        stressed=int(spans.stressed.sum()),
        stressed_apart=int(spans.stressed[apart].sum()),
        episodes=int(np.unique(spans.episode[spans.stressed]).size),
        episodes_wide=len(episodes(setting.days, vix, WIDE_GAP)),
        answers=tuple(answers),
        shares=tuple(shares),
        scatter=(
            _loss(some, IL)[apart],
            marks[VX][0][apart] if VX in marks else some.perp[apart],
            spans.stressed[apart],
        ),
        notes=tuple(setting.notes),
    )


def _setting(history: History, more: Mapping[str, DailyHedge], wanted: tuple[str, ...] | None) -> _Setting:
    for name in ("ETH", "VIX"):
        if not history.has(name) or not len(history.get(name)):
            raise MissingDataError(f"no values of {name} in the years asked for: import it")
    eth, vix = history.get("ETH"), history.get("VIX")
    sessions = vix.dates[(vix.dates >= eth.dates[0]) & (vix.dates <= eth.dates[-1])]
    if sessions.size < 60:
        raise MissingDataError("ETH and VIX share fewer than 60 sessions: lengthen one")
    front = front_returns(history, sessions)
    known = np.flatnonzero(np.isfinite(front.returns))
    begin, end = sessions[max(int(known[0]) - 1, 0)], sessions[known[-1]]
    inside = (eth.dates >= begin) & (eth.dates <= end)
    days, price = eth.dates[inside], eth.values[inside]
    kept = sessions[(sessions >= begin) & (sessions <= end)]
    hedges: dict[str, DailyHedge] = {}
    once, twice = (np.nan_to_num(front.net(times)) for times in (1.0, 2.0))
    hedges[VX] = DailyHedge(sessions, once, twice, None, held=True)
    notes = [front.note(), FEE_RULE]
    if wanted is None or {CALLS, VXTH} & set(wanted):
        quotes = call_quotes(history, kept)
        for name, weight in ((CALLS, _always), (VXTH, _vxth)):
            paths = [rolled_calls(quotes, weight, times) for times in (1.0, 2.0)]
            hedges[name] = DailyHedge(kept, paths[0].pnl, paths[1].pnl, 1.0)
        notes.append(
            "every VIX call is modelled from VVIX and its future, bought at the modelled ask; no quote is used"
        )
    hedges |= more
    if wanted is not None:
        hedges = {name: one for name, one in hedges.items() if name in wanted or name in more}
    funding = None
    coin = next((one for one in ("ETH_FUNDING", "BTC_FUNDING") if history.has(one)), None)
    if coin is not None:
        rate = 3.0 * history.values_on(coin, days)
        funding = rate
        notes.append(f"funding of the perp: {coin} on {int(np.isfinite(rate).sum()):,} of {days.size:,} days, else 0")
    missing = int(np.isnan(front.returns[(sessions > begin) & (sessions <= end)]).sum())
    if missing:
        notes.append(f"{missing} sessions inside have no return of the front VX: counted as 0")
    spans = windows(days, history.values_on("VIX", days), GAP, step=STEP)
    if not spans.stressed.any() or spans.stressed.all():
        raise MissingDataError("the history has no window with VIX above 30, or no other: lengthen it")
    return _Setting(days, price, spans, hedges, front, funding, notes)


def _always(future: float) -> float:
    del future
    return 1.0


def _vxth(future: float) -> float:
    return vxth_weight(future) / FULL_WEIGHT


def _marked(setting: _Setting) -> dict[str, tuple[Array, Array]]:
    """P&L of one unit of each hedge in each window, once and at twice the costs."""
    out = {}
    for name, one in setting.hedges.items():
        columns = []
        for pnl in (one.pnl, one.doubled):
            daily = np.zeros(setting.days.size)
            row = np.searchsorted(setting.days, one.dates)
            inside = (row < setting.days.size) & (one.dates >= setting.days[0])
            np.add.at(daily, row[inside], pnl[inside])
            opens, closes = setting.spans.opens, setting.spans.closes
            total = np.cumsum(np.log1p(daily) if one.held else daily)
            gained = total[closes] - total[opens]
            columns.append(np.expm1(gained) if one.held else gained)
        out[name] = (columns[0], columns[1])
    return out


def _loss(found: PoolWindows, loss: str) -> Array:
    return {IL: found.il, LVR: found.lvr, NET: found.il - found.fees}[loss]


def _share(pool: PoolKind, loss: str, lost: Array, move: Array, spans: Windows) -> LossShare:
    stressed, total = spans.stressed, float(lost.sum())
    inside, rises = float(lost[stressed].sum()), float(lost[move > 0.0].sum())
    of = (math.nan, math.nan) if total <= 0.0 else (inside / total, rises / total)
    return LossShare(pool, loss, float(lost[stressed].mean()), float(lost[~stressed].mean()), *of)


def _answer(
    name: tuple[PoolKind, str, str],
    lost: Array,
    hedge: tuple[Array, Array, float | None],
    found: PoolWindows,
    spans: Windows,
    plan: Plan,
) -> Answer:
    once, twice, modelled = hedge
    stretch = Stretch(lost, once, spans.episode, spans.days, STEP, found.move)
    r2 = path_r2(once, lost)
    calm = ~spans.stressed
    try:
        ratio = offset_ratio(stretch, BUDGET, plan)
    except EvidenceError as fault:
        return Answer(
            *name, None, None, math.nan, None, None, r2, modelled, _refused(name, once[calm], str(fault), spans)
        )
    if name[2] == SMALLER and ratio.scale > 1.0:
        reason = f"at 2 % a year it would take {ratio.scale:.1f} times the pool: closing it whole costs less than that"
        return Answer(*name, None, None, math.nan, None, None, r2, modelled, reason)
    apart = np.arange(0, lost.size, spans.days)
    ratio = replace(ratio, covered=worst_covered(lost[apart], once[apart]))
    doubled = _bare(lost, twice, spans.stressed, spans.days)
    phases = [_bare(lost[i :: spans.days], once[i :: spans.days], spans.stressed[i :: spans.days], spans.days)
              for i in range(spans.days)]  # fmt: skip
    sound = [one for one in phases if one is not None]
    ends = (min(sound), max(sound)) if sound else None
    quiet = ratio.scale * float(once[calm].sum()) / float(lost[calm].sum()) if lost[calm].sum() > 0.0 else math.nan
    return Answer(*name, ratio, None, quiet, doubled, ends, r2, modelled, stretch=stretch)


def _refused(name: tuple[PoolKind, str, str], calm: Array, fault: str, spans: Windows) -> str:
    """Why no size of a hedge costs 2 % a year; of a smaller pool, what that says about the pool."""
    earned = float(calm.mean()) * DAYS_PER_YEAR / spans.days
    if name[2] == SMALLER and earned > 0.0:
        return f"by the fee rule the pool lost {earned:.1%} a year in calm after fees: less of it costs nothing"
    return fault


def _bare(lost: Array, hedge: Array, stressed: NDArray[np.bool_], days: int) -> float | None:
    """The ratio at 2 % a year without an interval; None where nothing costs or nothing was lost."""
    if not stressed.any() or stressed.all():
        return None
    cost = -float(hedge[~stressed].mean()) * DAYS_PER_YEAR / days
    gone = float(lost[stressed].sum())
    return BUDGET / cost * float(hedge[stressed].sum()) / gone if cost > 0.0 and gone > 0.0 else None


def _unscaled(pool: PoolKind, found: PoolWindows, spans: Windows, plan: Plan) -> Answer:
    """The perp has the size the pool gives it: its offset in stress, at whatever it cost elsewhere."""
    stressed = spans.stressed
    table = np.column_stack([found.perp * stressed, found.il * stressed])
    sums = episode_draws(
        spans.episode, spans.days, plan, lambda rows, lengths: resampled_counts(rows, lengths, len(table)) @ table
    )
    observed = table.sum(axis=0)
    count = int(np.unique(spans.episode[stressed]).size)
    what = (f"episode bootstrap, percentile, {spans.days}-day windows", count, spans.days)
    draws = sums[:, 0] / np.where(sums[:, 1] > 0.0, sums[:, 1], np.inf)
    interval = interval_of(float(observed[0] / observed[1]), draws, plan, what, count < LEAST_EPISODES)
    cost = -float(found.perp[~stressed].mean()) * DAYS_PER_YEAR / spans.days
    doubled = float((found.perp_doubled * stressed).sum() / observed[1])
    quiet = float(found.perp[~stressed].sum() / found.il[~stressed].sum())
    reason = f"it has the pool's own size: {cost:+.1%} of the pool a year in calm"
    return Answer(pool, IL, PERP, None, interval, quiet, doubled, None, path_r2(found.perp, found.il), None, reason)
