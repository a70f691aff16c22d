"""H-07: the front VX future over 21 sessions after MACD of VVIX crosses its signal line, either way."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.errors import MissingDataError
from seawall.evidence.ablation import ablations
from seawall.evidence.contrast import ahead, mean_contrast, signal_at_closes
from seawall.evidence.front import Front, front_returns
from seawall.evidence.interval import Interval, Plan
from seawall.evidence.selection import Superiority, spa
from seawall.evidence.world import Array, Days, Fact, Look, Outcome, Picture, Runner, World, estimates, span
from seawall.signals.trend import MACD_VVIX

HORIZON: Final = 21

Flags = NDArray[np.bool_]


def crosses(line: Array) -> tuple[Flags, Flags]:
    """Rows on which ``line`` (MACD less its signal) goes from at or below zero to above, and the other way."""
    above = line > 0.0
    known = np.isfinite(line)
    both = np.concatenate([[False], known[1:] & known[:-1]])
    before = np.concatenate([[False], above[:-1]])
    return both & above & ~before, both & ~above & before


def _sessions(world: World) -> Days:
    """Sessions on which VVIX was observed: the signal's stand-in for it is no VVIX."""
    seen = world.history.get("VVIX").dates
    return sessions(seen[0].item(), seen[-1].item())


def holding(flag: Flags, horizon: int) -> Array:
    """1 on rows whose return a position earns that enters one close after the flag and is held ``horizon`` rows."""
    out = np.zeros(flag.size)
    for row in np.flatnonzero(flag):
        out[row + 2 : row + 2 + horizon] = 1.0
    return out


def _search(up: Flags, down: Flags, front: Front, plan: Plan) -> Superiority:
    """Long and short after either cross, against the same average position all the time."""
    known = np.isfinite(front.returns)
    columns = []
    for flag in (up, down):
        held = holding(flag, HORIZON)[known]
        timing = (held - held.mean()) * front.net()[known]
        columns += [timing, -timing]
    return spa(np.column_stack(columns), plan)


def run(world: World) -> Outcome:
    """Mean 21-session return of the front future after up-crosses less that of all other sessions."""
    dates = _sessions(world)
    front = front_returns(world.history, dates)
    line = signal_at_closes(MACD_VVIX, world.history, dates, 0, observed=True)
    up, down = crosses(line)
    forward = ahead(front.net(), HORIZON)
    usable = np.isfinite(line) & np.isfinite(forward)
    if not (up & usable).any():
        raise MissingDataError("no session with VVIX, its MACD and 21 sessions of a VX future after it: lengthen both")
    side = 2.0 * float(np.nanmean(front.side[up & usable])) if np.isfinite(front.side[up & usable]).any() else 0.0
    rows = {
        "after an up-cross": mean_contrast(up[usable], forward[usable], HORIZON, world.plan, side),
        "after a down-cross": mean_contrast(down[usable], forward[usable], HORIZON, world.plan, side),
    }
    found = rows["after an up-cross"]
    net = front.net(2.0)
    twice = mean_contrast(up[usable], ahead(net, HORIZON)[usable], HORIZON, world.plan, 2.0 * side)
    picked = _search(up & usable, down & usable, front, world.plan)
    high = _level(world, dates, forward)
    interval = found.interval
    broken = ablations(_size(forward[usable]), up[usable], world)
    return Outcome(
        effect=interval.estimate,
        unit="return over 21 sessions",
        interval=interval,
        n=found.rows,
        counted=f"up-crosses on {int(usable.sum()):,} sessions",
        first=span(dates[usable])[0],
        last=span(dates[usable])[1],
        p=(found.p_two_sided, picked.p),
        doubled=twice.interval.estimate,
        trials=5,
        pictures=(
            Picture(
                Look.INTERVALS,
                "What the front VX future earned after a cross, less all other sessions",
                "Mean difference of the return over 21 sessions, entered at the next close, net of rolls and spread.",
                "",
                "return over 21 sessions",
                (estimates("difference", {name: one.interval for name, one in rows.items()} | high),),
                0.0,
            ),
        ),
        facts=(
            Fact("mean after an up-cross", f"{found.flagged:+.2%} net of {side:.2%} for a round trip"),
            Fact("mean of all other sessions", f"{found.elsewhere:+.2%}"),
            Fact("after a down-cross, difference", rows["after a down-cross"].interval.says()),
            *(Fact(f"{name}, difference", one.says()) for name, one in high.items()),
            Fact("SPA over long and short after either cross", f"p {picked.p:.3f}, 4 rules, blocks of {picked.block}"),
        ),
        ablations=broken.rows,
        suspect=broken.suspect,
        notes=(
            front.note(),
            "the table of VX ends before VIX does: the fund stands in there, with its fee in its returns",
            "a cross is known at the close and traded at the next",
        ),
    )


def _level(world: World, dates: Days, forward: Array) -> dict[str, Interval]:
    """The published claim beside it: VVIX above its median so far, and the return after."""
    vvix = world.history.values_on("VVIX", dates)
    median = np.array([np.nanmedian(vvix[: i + 1]) if i >= 252 else np.nan for i in range(vvix.size)])
    kept = np.isfinite(vvix) & np.isfinite(median) & np.isfinite(forward)
    return {"VVIX above its median": mean_contrast((vvix > median)[kept], forward[kept], HORIZON, world.plan).interval}


def _size(forward: Array) -> Callable[[Flags], float]:
    def effect(flag: Flags) -> float:
        return abs(float(forward[flag].mean() - forward[~flag].mean())) if flag.any() and not flag.all() else 0.0

    return effect


RUNNER: Final = Runner("H-07", run, ("VVIX", "VX1|VIXY|VX_*"))
