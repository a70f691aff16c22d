"""H-12: VIX calls and the front VX future around CPI prints that surprise by one standard deviation or more."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.errors import MissingDataError
from seawall.core.status import Status
from seawall.evidence.contrast import Flags, ahead
from seawall.evidence.front import front_returns
from seawall.evidence.interval import Interval, interval_of
from seawall.evidence.placebo import shuffled
from seawall.evidence.resample import stationary_draws
from seawall.evidence.world import Ablation, Array, Days, Fact, Look, Outcome, Picture, Runner, World, estimates, span
from seawall.kernels.resampled import resampled_moments
from seawall.signals.base import evaluate
from seawall.signals.composite import SURPRISE_EXTREME
from seawall.signals.macro import CPI_SURPRISE
from seawall.sim.vix_calls import Quotes, call_quotes, call_trip

HOLD: Final = 10
BEFORE: Final = 2
LADDER: Final = (1, 3, 6)
"""Expiries after the exit, in months: the rungs, one third of the premium each."""
LEAST: Final = 8


class Prints(NamedTuple):
    """Prints by session: row of the session on which each was known before the close, its surprise in sd."""

    rows: NDArray[np.int64]
    z: Array


def prints_of(world: World, dates: Days) -> Prints:
    """Prints with a surprise known, each on the session whose close was the first to know it."""
    found = evaluate(CPI_SURPRISE, world.history)
    known = np.isfinite(found.values)
    at = np.searchsorted(dates, found.known_at[known].astype("datetime64[D]"), side="left")
    inside = at < dates.size
    return Prints(at[inside].astype(np.int64), found.values[known][inside])


def ladder_return(quotes: Quotes, row: int, costs: float = 1.0) -> float:
    """Return on the premium of the ladder bought at a close and sold ``HOLD`` sessions later."""
    return float(np.mean([call_trip(quotes, row, HOLD, month, costs) for month in LADDER]))


def mean_interval(values: Array, world: World, what: str) -> Interval:
    """Mean of events that do not overlap, resampled one by one; THIN below eight."""
    kept = np.ascontiguousarray(values[np.isfinite(values)])
    if kept.size < 2:
        raise MissingDataError(f"{kept.size} prints {what}: lengthen the release table")
    draws = stationary_draws(
        kept.size, 1, world.plan, lambda rows, lengths: resampled_moments(kept, rows, lengths)[:, 0]
    )
    told = (f"bootstrap of prints, percentile, {what}", kept.size, 1)
    return interval_of(float(kept.mean()), draws, world.plan, told, kept.size < LEAST)


def run(world: World) -> Outcome:
    """Mean return on the premium of the ladder bought at the close after a print with |z| of 1 or more."""
    vix = world.history.get("VIX")
    dates = vix.dates[np.isin(vix.dates, sessions(vix.dates[0].item(), vix.dates[-1].item()))]
    quotes = call_quotes(world.history, dates)
    prints = prints_of(world, dates)
    if not prints.rows.size:
        raise MissingDataError("no CPI print with a surprise in standard deviations: it needs 60 prints before it")
    large = np.abs(prints.z) >= SURPRISE_EXTREME
    rows = prints.rows
    after = np.array([ladder_return(quotes, row) for row in rows])
    twice = np.array([ladder_return(quotes, row, 2.0) for row in rows[large]])
    before = np.array([ladder_return(quotes, max(row - BEFORE - 1, 0)) for row in rows])
    front = front_returns(world.history, dates)
    future = ahead(front.net(), HOLD, 0)
    low = quotes.vvix[rows] < np.nanmedian(quotes.vvix)
    found = {
        "calls after |z| >= 1": mean_interval(after[large], world, "with |z| >= 1, calls after"),
        "calls after every print": mean_interval(after, world, "calls after"),
        "calls before every print": mean_interval(before, world, "calls before"),
        "calls after |z| >= 1, low VVIX": _low(after[large & low], world),
        "VX after |z| >= 1": mean_interval(future[rows[large]], world, "with |z| >= 1, VX after"),
    }
    shown = {name: one for name, one in found.items() if one is not None}
    main = found["calls after |z| >= 1"]
    assert main is not None  # noqa: S101  (the first is never left out)
    days = dates[rows[large]]
    return Outcome(
        effect=main.estimate,
        unit="mean return on the premium",
        interval=main,
        n=main.n,
        counted=f"prints with |z| >= 1 of {rows.size}",
        first=span(days)[0],
        last=span(days)[1],
        doubled=float(np.nanmean(twice)),
        modelled=1.0,
        trials=len(shown),
        pictures=(
            Picture(Look.INTERVALS, "Mean return around CPI prints",
                    f"Ladder of 30-delta VIX calls, {HOLD} sessions from the close, ask to bid; calls are modelled.",
                    "", "return", (estimates("mean", shown),), 0.0),
        ),
        facts=(*(Fact(name, one.says()) for name, one in shown.items()),
               Fact("at doubled cost, calls after |z| >= 1", f"{np.nanmean(twice):+.1%}")),
        ablations=_ablations(after, large, world),
        notes=(
            "every VIX call is modelled from VVIX and the future of its expiry: no quote is used",
            f"rungs: the first, third and sixth expiry after the exit, a third of the premium each, {HOLD} sessions",
            "CPI only: the store has no consensus of PPI" if not world.history.has("PPI_CONSENSUS_MOM") else "CPI only",
            "before a print its surprise is not known: the trades before are those before every print",
            "actuals are of the current vintage, off by up to 0.1 points from the first print",
        ),
    )  # fmt: skip


def _low(values: Array, world: World) -> Interval | None:
    if np.isfinite(values).sum() < 2:
        return None
    found = mean_interval(values, world, "with |z| >= 1 and low VVIX, calls after")
    return found if found.status is not Status.UNKNOWN else None


def _ablations(after: Array, large: Flags, world: World) -> tuple[Ablation, ...]:
    """The mean after prints with a surprise, after as many prints at random, and after all."""
    known = np.isfinite(after)
    values, flag = after[known], large[known]
    rng = np.random.default_rng(world.plan.seed)
    others = np.array([values[shuffled(flag, rng, 1)].mean() for _ in range(world.tries)])
    own = float(values[flag].mean())
    p = (1.0 + np.count_nonzero(others >= own)) / (1.0 + others.size)
    return (
        Ablation("as it is", own, float(p)),
        Ablation("as many prints at random, mean", float(others.mean()), None),
        Ablation("every print", float(values.mean()), None),
    )


RUNNER: Final = Runner("H-12", run, ("VIX", "CPI_MOM", "CPI_CONSENSUS_MOM", "VX1|VIXY|VX_*"))
