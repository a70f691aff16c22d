"""Constants of kernels/vx_rule.py from VIX futures, and the errors of this and of other rules.

    python scripts/derive_vx_rule.py FILE...

Files that ``seawall data import`` reads, which together hold VIX, VIX3M, VIX6M and the futures VX1 .. VX8 by month. The
constants are fitted on odd years to the sessions where VIX6M is known; errors are printed for the even years, for the
other way round, and for sessions on which only VIX is fed. No return of a strategy is read.
"""

import argparse
import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from seawall.core.clock import close_instant, is_session, settlement_instant, vix_expiries, years_between
from seawall.data.files import parts
from seawall.data.files.archive import members
from seawall.data.store import Provenance, Store
from seawall.kernels import vx_rule as kernel
from seawall.kernels.index_smile import PILLARS, fill_levels, total_variance
from seawall.kernels.modelled import REVERSION
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.market.index_smile import NAMES

MONTHS = 8
MONTH = PILLARS[1]
SHOWN = ("2008-10-24", "2008-11-20", "2018-02-05", "2020-03-16")
START = (15.0, 3.0, np.log(0.55), np.log(0.8), np.log(0.2), -0.1, 0.3, 0.3)
NAMED = ("FAST", "SLOW", "LEVEL_DEVIATION", "FAST_DEVIATION", "NOISE", "SHARE", "FADE_YEARS", "LEVEL_MEAN")
ALONE = 0.5
"""Weight in the fit of the same sessions fed VIX alone, and fed VIX and VIX3M."""
CLIP = 0.3
"""Largest error of ln(model / observed) that the fit hears."""


class Seen:
    """Sessions with a futures curve: levels (n, 4) as observed and filled, anchor, years and futures (n, 8)."""

    def __init__(self, history: History) -> None:
        days = history.get("VX1").dates
        days = np.array([day for day in days.tolist() if is_session(day)], dtype="datetime64[D]")
        levels = np.column_stack([history.values_on(name, days) for name in NAMES])
        good = np.isfinite(levels[:, 1])
        self.days, self.levels = days[good], levels[good]
        every = history.get("VIX")
        self.anchor = vix_anchor(every.values)[np.searchsorted(every.dates, self.days)]
        self.futures = np.column_stack([history.values_on(f"VX{m}", self.days) for m in range(1, MONTHS + 1)])
        self.years = np.array([tenors(day) for day in self.days.tolist()])
        self.full = fill_levels(self.levels, self.anchor)
        self.alone = np.where(np.arange(4) == 1, self.levels, np.nan)
        self.three = np.where(np.arange(4) == 3, np.nan, self.levels)
        self.known = np.isfinite(self.levels[:, 3])
        self.odd = self.days.astype("datetime64[Y]").astype(int) % 2 == 1


def tenors(day: dt.date) -> list[float]:
    """Years from the close of a session to the settlement of its next eight futures."""
    return [years_between(close_instant(day), settlement_instant("VX", one)) for one in vix_expiries(day, MONTHS)]


def history_of(files: list[Path]) -> History:
    """The series in the files."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "derive.duckdb") as store:
        for path in files:
            with members(path) as inside:
                for one in inside:
                    store.put(parts(one.name, one.path), Provenance(path.name, one.sha256))
        return store.history()


def curve(p: np.ndarray, seen: Seen, levels: np.ndarray) -> np.ndarray:
    """Futures of the rule, shape (n, 8), written apart from the kernel. A gap in ``levels`` is NaN."""
    out = np.empty(seen.years.shape)
    for known in kernel.KNOWN:
        has = [any(last == at for _, last in known) for at in (2, 3)]
        rows = (np.isfinite(levels[:, 2:]) == has).all(axis=1)
        if rows.any():
            out[rows] = part(p, levels[rows], seen.anchor[rows, None], seen.years[rows], known)
    return out


def part(p: np.ndarray, levels: np.ndarray, anchor: np.ndarray, years: np.ndarray, known) -> np.ndarray:
    """Sessions that know the same indices."""
    fast, slow, share, fade, mean = p[0], p[1], p[5], p[6], p[7]
    weights = kernel.gain(known, (fast, slow, *np.exp(p[2:5])))
    total = np.column_stack([np.zeros(len(levels)), levels[:, 1:] ** 2 * np.array(kernel.EDGES[1:])])
    bucket = [
        np.maximum(
            (total[:, j] - total[:, i]) / (kernel.EDGES[j] - kernel.EDGES[i]), (kernel.FLOOR * levels[:, j]) ** 2
        )
        for i, j in known
    ]
    state = np.array([mean, 0.0, 0.0]) + (0.5 * np.log(np.array(bucket).T) - np.log(anchor) - mean) @ weights.T
    state = state * np.array([1.0] + [-np.expm1(-k * MONTH) / (k * MONTH) for k in (fast, slow)])
    beyond = np.log(levels[:, 1:2] / anchor) - state.sum(axis=1, keepdims=True) - share
    log = state[:, :1] + state[:, 1:2] * np.exp(-fast * years) + state[:, 2:] * np.exp(-slow * years)
    return anchor * np.exp(share + log + beyond * np.exp(-years / fade))


def variance(p: np.ndarray, seen: Seen) -> np.ndarray:
    """Forward variance, linear between the pillars, flat beyond, less a convexity of p0 over a time of 1 / p1."""
    start = np.minimum(seen.years, PILLARS[3] - MONTH)
    ends = [
        np.array([[total_variance(row, t) for t in times] for row, times in zip(seen.full, at, strict=True)])
        for at in (start, start + MONTH)
    ]
    forward = 100.0 * np.sqrt(np.maximum(ends[1] - ends[0], 1e-6) / MONTH)
    return forward * np.exp(-p[0] * -np.expm1(-p[1] * seen.years))


def plain(seen: Seen) -> np.ndarray:
    """ln VIX reverts to its anchor, from VIX alone."""
    ratio = (seen.levels[:, 1] / seen.anchor)[:, None]
    return seen.anchor[:, None] * ratio ** np.exp(-REVERSION * seen.years)


def fit(models, start: tuple[float, ...], seen: Seen, rows: np.ndarray) -> np.ndarray:
    """Least squares on ln(model / observed), clipped; ``models``: each with its weight."""

    def errors(p: np.ndarray) -> np.ndarray:
        gaps = [weight * np.clip(np.log(model(p)[rows] / seen.futures[rows]), -CLIP, CLIP) for model, weight in models]
        return 20.0 * np.concatenate(gaps).ravel()

    return least_squares(errors, start, x_scale=np.maximum(np.abs(start), 0.02), loss="soft_l1").x


def told(title: str, model: np.ndarray, seen: Seen, rows: np.ndarray) -> None:
    """Mean and mean absolute error in points by month."""
    gap = (model - seen.futures)[rows]
    each = " | ".join(f"{m:+.2f}, {a:.2f}" for m, a in zip(gap.mean(axis=0), np.abs(gap).mean(axis=0), strict=True))
    print(f"| {title} ({int(rows.sum())}) | {each} | {np.abs(gap).mean():.2f} |")


def shown(title: str, model: np.ndarray, seen: Seen) -> None:
    """Model and observed on the days everybody asks for."""
    for day in SHOWN:
        t = int(np.flatnonzero(seen.days == np.datetime64(day))[0])
        pairs = " | ".join(f"{a:.1f} / {b:.1f}" for a, b in zip(model[t], seen.futures[t], strict=True))
        print(f"| {title} {day} | {pairs} |")


def main() -> None:
    """Fit, and print the tables of docs/modelled.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="+", type=Path)
    seen = Seen(history_of(asked.parse_args().files))
    odd, even = seen.known & seen.odd, seen.known & ~seen.odd
    print(f"{seen.days.size} sessions {seen.days[0]} .. {seen.days[-1]}, {int(seen.known.sum())} with VIX6M")
    fed = ((seen.levels, 1.0), (seen.alone, ALONE), (seen.three, ALONE))
    models = [(lambda p, levels=levels: curve(p, seen, levels), weight) for levels, weight in fed]
    rule = {}
    for name, rows in (("odd", odd), ("even", even)):
        p = rule[name] = fit(models, START, seen, rows)
        said = [*p[:2], *np.exp(p[2:6]), *p[6:]]
        print(f"fitted on {name} years:", dict(zip(NAMED, np.round(said, 3).tolist(), strict=True)))
    forward = fit([(lambda p: variance(p, seen), 1.0)], (0.1, 10.0), seen, odd)
    print("forward variance, fitted on odd years:", np.round(forward, 3))
    final = kernel.family_curve(seen.levels, seen.anchor, seen.years)
    alone = kernel.family_curve(seen.alone, seen.anchor, seen.years)
    models = {
        "ln VIX reverts": plain(seen), "forward variance": variance(forward, seen), "the rule": final,
        "the rule, fitted on even years": curve(rule["even"], seen, seen.levels), "the rule, fed VIX alone": alone,
        "the rule, VIX alone, fitted on even years": curve(rule["even"], seen, seen.alone),
        "the rule, fed VIX and VIX3M": kernel.family_curve(seen.three, seen.anchor, seen.years),
    }  # fmt: skip
    for half, rows in (("even years", even), ("odd years", odd), ("no VIX6M", ~seen.known)):
        for name, model in models.items():
            told(f"{name}, {half}", model, seen, rows)
    for name in ("ln VIX reverts", "forward variance", "the rule", "the rule, fed VIX alone"):
        shown(name, models[name], seen)
    worst = np.argsort(-np.abs(final - seen.futures)[seen.known].mean(axis=1))[:10]
    for t in np.flatnonzero(seen.known)[worst]:
        gap = (final - seen.futures)[t]
        print(f"| {seen.days[t]} | {seen.levels[t, 1]:.1f} | " + " | ".join(f"{x:+.1f}" for x in gap) + " |")


if __name__ == "__main__":
    main()
