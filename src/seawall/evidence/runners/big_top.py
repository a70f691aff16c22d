"""H-11: the hazard of a 10 % drawdown within 63 sessions where the Big Top score is 0.6 or more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from seawall.core.clock import sessions
from seawall.core.errors import MissingDataError
from seawall.core.status import Status
from seawall.evidence.ablation import ablations
from seawall.evidence.contrast import Flags, signal_at_closes, spells
from seawall.evidence.episodes import LEAST_EPISODES
from seawall.evidence.interval import Interval, proportion
from seawall.evidence.regression import hazard_ratio
from seawall.evidence.world import Array, Days, Fact, Look, Outcome, Picture, Runner, World, estimates, span
from seawall.signals.base import evaluate
from seawall.signals.composite import BIG_TOP, BIG_TOP_SCORE

HORIZON: Final = 63
FALL: Final = 0.10


def falls_within(level: Array, horizon: int = HORIZON, fall: float = FALL) -> Array:
    """1 where the level falls by ``fall`` from its highest close since, within ``horizon`` rows; NaN while not over."""
    out = np.full(level.size, np.nan)
    for t in range(level.size - horizon):
        path = level[t : t + horizon + 1]
        out[t] = float((path <= (1.0 - fall) * np.maximum.accumulate(path)).any())
    return out


def run(world: World) -> Outcome:
    """Hazard where the score is on over that where it is off."""
    history = world.history
    spx = history.get("SPX")
    dates = sessions(spx.dates[0].item(), spx.dates[-1].item())
    score = signal_at_closes(BIG_TOP_SCORE, history, dates, 0)
    level = spx.on(dates)
    event = falls_within(level)
    first = _first_full(world, dates)
    kept = np.isfinite(score) & np.isfinite(event) & (dates >= first)
    days = dates[kept]
    flag, struck = score[kept] >= BIG_TOP - 1e-9, event[kept]
    if not flag.any():
        highest = f"{score[kept].max():.3f}" if kept.any() else "unknown"
        raise MissingDataError(
            f"no session has a score of {BIG_TOP} with 63 sessions after it (the highest is {highest}): "
            f"the series behind its eight flags are too few or too short"
        )
    found = hazard_ratio(flag.astype(float), struck, HORIZON, world.plan)
    occasions = spells(flag, HORIZON)
    if not struck[flag].any():
        found = _exact(found, occasions, float(struck[~flag].mean()))
    if occasions < LEAST_EPISODES:
        found = replace(found, status=Status.THIN)
    rows = {"0.6 or more": found}
    for name, bound in (("0.5 or more", 0.5), ("0.375 or more", 0.375)):
        other = score[kept] >= bound - 1e-9
        if other.any() and not other.all():
            rows[name] = hazard_ratio(other.astype(float), struck, HORIZON, world.plan)
    broken = ablations(_log_ratio(struck), flag, world)
    return Outcome(
        effect=found.estimate,
        unit="hazard ratio",
        interval=found,
        n=int(flag.sum()),
        counted=f"sessions at 0.6 or more of {days.size:,}, {occasions} occasions {HORIZON} sessions apart",
        first=span(days)[0],
        last=span(days)[1],
        trials=len(rows),
        pictures=(
            Picture(
                Look.INTERVALS, "Hazard of a 10 % drawdown within 63 sessions, on over off",
                "Above 1 the score warned; below 1 it reassured. Block bootstrap, blocks of at least 63 sessions.",
                "score", "hazard ratio", (estimates("hazard ratio", rows),), 1.0,
            ),
        ),
        facts=(
            Fact("drawdowns followed", f"{struck[flag].mean():.1%} of sessions at 0.6 or more, "
                 f"{struck[~flag].mean():.1%} of the others"),
            *(Fact(f"score {name}", one.says()) for name, one in rows.items()),
            Fact("occasions", _occasions(flag, struck)),
        ),
        ablations=broken.rows,
        suspect=broken.suspect,
        notes=(
            f"from {first}, the first session on which at least five of the eight flags have data",
            "flags without data count as 0, so that early years can hardly reach 0.6",
        ),
    )  # fmt: skip


def _exact(found: Interval, occasions: int, elsewhere: float) -> Interval:
    """Where no drawdown followed at all a bootstrap knows no doubt: the ends of the chance on separate occasions."""
    high = proportion(0, occasions, found.level).high
    ratio = float(np.log1p(-high) / np.log1p(-elsewhere)) if 0.0 < elsewhere < 1.0 else float("inf")
    method = f"Clopper-Pearson on {occasions} occasions, the hazard elsewhere taken as known"
    return replace(found, low=0.0, high=ratio, method=method, n=occasions, block=0, reps=0)


def _occasions(flag: Flags, struck: Array) -> str:
    """How many separate occasions there were, and how many of them a drawdown followed, with its exact interval."""
    rows = np.flatnonzero(flag)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > HORIZON) + 1)
    hit = sum(bool(struck[one].any()) for one in groups)
    share = proportion(hit, len(groups))
    return (
        f"{len(groups)}, at least {HORIZON} sessions apart, {hit} followed by a drawdown: "
        f"{share.low:.0%} to {share.high:.0%} (Clopper-Pearson)"
    )


def _first_full(world: World, dates: Days) -> np.datetime64:
    """First session on which five flags have data: before, 0.6 is out of reach whatever the market does."""
    found = evaluate(BIG_TOP_SCORE, world.history)
    known = np.sum([~rows for name, rows in found.missing.items() if name not in found.signal.inputs], axis=0)
    enough = np.flatnonzero(known >= 5)
    if not enough.size:
        raise MissingDataError("no session has data for five of the eight flags of the Big Top score")
    return np.datetime64(max(found.dates[enough[0]], dates[0]), "D")


def _log_ratio(struck: Array) -> Callable[[Flags], float]:
    def effect(flag: Flags) -> float:
        if not flag.any() or flag.all():
            return 0.0
        on, off = (min(max(float(struck[rows].mean()), 1e-3), 0.999) for rows in (flag, ~flag))
        return float(np.log(np.log1p(-on) / np.log1p(-off)))

    return effect


RUNNER: Final = Runner("H-11", run, ("SPX", "VIX"))
