"""Constants of kernels/index_smile.py from listed quotes, and their errors.

    python scripts/derive_index_smile.py CHAIN... [--leave-out]

Chains of SPX in any format ``seawall`` reads. Days count equally within a month, months
equally with each other. ``--leave-out`` repeats the fit without each month and prints the error on the one left out.
No return of any strategy index is read.
"""

import argparse
import datetime as dt
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr

from seawall.core.errors import SeawallError
from seawall.data.chains import load_chains
from seawall.kernels import index_smile as kernel
from seawall.kernels.strip import select_strip, strip_exact
from seawall.market.chain import Chain
from seawall.market.index import strip_quotes
from seawall.market.parity import parity, quoted
from seawall.market.repeats import repeats
from seawall.market.slice_fit import quotes_of, vols_of

TENORS = (5.0, 130.0)
DELTAS = (0.03, 0.97)
WIDEST = 0.25
QUOTES_A_SLICE = 24
DELTA_EDGES = (0.03, 0.07, 0.15, 0.25, 0.4, 0.6, 0.75, 0.85, 0.93, 0.97)
TENOR_EDGES = (5.0, 12.0, 20.0, 40.0, 70.0, 130.0)
START = (0.37, 0.017, 2.1, 8.0, 1.7, 5.2, 0.15, 0.31)


class Slice:
    """One expiry: quotes as k, out-of-the-money price over F, vega; its own strip and third moment."""

    def __init__(self, chain: Chain, fitted) -> None:
        rows = chain.rows(fitted.expiry, fitted.root)
        use = rows.take(quoted(rows))
        quotes = quotes_of(use.strike, use.right, use.bid, use.ask, fitted.forward, fitted.discount)
        vols = vols_of(quotes, fitted.years)
        strip = select_strip(strip_quotes(rows, fitted)[0], fitted.rate, fitted.years)
        exact = strip_exact(strip, fitted.rate, fitted.years)
        self.month, self.day, self.years = f"{chain.session:%Y-%m}", chain.session, fitted.years
        self.variance = (exact.variance + exact.tail_below + exact.tail_above) * fitted.years
        self.skew = cboe_skew(strip, fitted)
        vol = np.sqrt(vols.w / fitted.years)
        delta = ndtr(-quotes.k / (vol * fitted.years**0.5) + 0.5 * vol * fitted.years**0.5)
        good = vols.known & (delta > DELTAS[0]) & (delta < DELTAS[1])
        good &= quotes.half < WIDEST * np.maximum(quotes.mid, 1e-12)
        self.k, self.mid, self.vol, self.delta = (x[good] for x in (quotes.k, quotes.mid, vol, delta))
        self.vega, self.half = vols.vega[good], quotes.half[good]

    def thinned(self) -> np.ndarray:
        """Positions of about QUOTES_A_SLICE quotes, even in delta."""
        wanted = np.linspace(*DELTAS, QUOTES_A_SLICE)
        return np.unique([int(np.argmin(np.abs(self.delta - w))) for w in wanted])


def cboe_skew(strip, fitted) -> float:
    """SKEW of one expiry by Cboe's formula (white paper 2011) on the quotes of the strip."""
    strikes, quotes, forward = strip.strikes, strip.mids * np.exp(fitted.rate * fitted.years), fitted.forward
    step = np.gradient(strikes)
    step[0], step[-1] = strikes[1] - strikes[0], strikes[-1] - strikes[-2]
    weight, log = quotes * step / strikes**2, np.log(strikes / forward)
    centre, ratio = np.log(strip.centre / forward), forward / strip.centre
    first = -weight.sum() - (1.0 - centre - ratio)
    second = (2.0 * (1.0 - log) * weight).sum() + 2.0 * centre * (ratio - 1.0) + 0.5 * centre**2
    third = (3.0 * (2.0 * log - log**2) * weight).sum() + 3.0 * centre**2 * (centre / 3.0 - 1.0 + ratio)
    skewness = (third - 3.0 * first * second + 2.0 * first**3) / (second - first**2) ** 1.5
    return 100.0 - 10.0 * float(skewness)


def slices_of(chains: list[Chain]) -> list[Slice]:
    """Every expiry of TENORS that has a strip and ten quotes; holiday copies and stale days are left out."""
    stale = {one.session for one in repeats(chains)}
    found = []
    for chain in chains:
        if chain.session in stale:
            print(f"left out: {chain.session} repeats the day before")
            continue
        for fitted in parity(chain):
            if not (TENORS[0] < fitted.years * 365.0 < 200.0 and np.isfinite(fitted.forward)):
                continue
            try:
                one = Slice(chain, fitted)
            except SeawallError as fault:
                print(f"left out: {chain.session} {fitted.expiry}: {fault}")
                continue
            if one.k.size >= 10:
                found.append(one)
    return found


def at(slices: list[Slice], day: dt.date, what: str, days: float) -> float:
    """SKEW, or total variance, of a tenor of a day, linear between expiries."""
    mine = [one for one in slices if one.day == day]
    return float(np.interp(days / 365.0, [one.years for one in mine], [getattr(one, what) for one in mine]))


def price(p, variance: float, asym: float, k: np.ndarray) -> np.ndarray:
    """Out-of-the-money price over F: the formulas of the kernel in NumPy, written apart from it."""
    weight = np.array([1.0 - p[0] - p[1], p[0], p[1]])
    mean, width = np.array([0.0, -p[2] * asym, -p[3] * asym]), np.array([1.0, p[4] ** asym, p[5] ** asym])
    mean = mean - weight @ mean
    unit = np.sqrt(weight @ (mean**2 + width**2))
    mean, width = mean / unit, width / unit
    s = np.sqrt(variance)
    for _ in range(40):
        part = weight * np.exp(s * mean + 0.5 * (s * width) ** 2)
        total = part.sum()
        s = max(s - (2.0 * np.log(total) - variance) * total / (2.0 * (part * (mean + s * width**2)).sum()), 0.2 * s)
    forward, stdev = part / weight / total, s * width
    side = np.where(k >= 0.0, 1.0, -1.0)[:, None]
    d1 = (np.log(forward) - k[:, None]) / stdev + 0.5 * stdev
    return (side * (forward * ndtr(side * d1) - np.exp(k)[:, None] * ndtr(side * (d1 - stdev)))) @ weight


def asymmetry(p, skew: float, years: float) -> float:
    """As the kernel has it, tenors held at its ends."""
    days = min(max(years * 365.0, kernel.HELD_DAYS[0]), kernel.HELD_DAYS[1])
    return float(np.exp(p[6] * (skew - kernel.SKEW_CENTRE) / 10.0 + p[7] * np.log(days / 30.0)))


def fit(slices: list[Slice], skews: dict[dt.date, float]) -> np.ndarray:
    """The eight constants: vega-scaled least squares, each month and each expiry of a day with the same weight."""
    use = [one for one in slices if one.years * 365.0 < TENORS[1]]
    months = {m: sum(one.month == m for one in use) for m in {one.month for one in use}}
    rows = [one.thinned() for one in use]

    def errors(x: np.ndarray) -> np.ndarray:
        p, out = np.exp(x[:6]), []
        for one, i in zip(use, rows, strict=True):
            asym = asymmetry(x, skews[one.day], one.years)
            gap = 100.0 * (price(p, one.variance, asym, one.k[i]) - one.mid[i]) / one.vega[i]
            out.append(np.nan_to_num(np.clip(gap, -3.0, 3.0), nan=3.0) / np.sqrt(i.size * months[one.month]))
        return np.concatenate(out)

    start = np.concatenate([np.log(START[:6]), START[6:]])
    found = least_squares(errors, start, x_scale=0.2, max_nfev=40).x
    return np.concatenate([np.exp(found[:6]), found[6:]])


def gaps(slices: list[Slice], skews: dict[dt.date, float], p, fed: str) -> list[tuple[Slice, np.ndarray]]:
    """Model less market in vol points. ``fed``: each expiry's ``own`` strip, or the four ``indices`` of the day."""
    out = []
    for one in slices:
        if one.years * 365.0 >= TENORS[1]:
            continue
        asym = asymmetry(p, skews[one.day], one.years)
        variance = one.variance
        if fed == "indices":
            levels = [100.0 * (at(slices, one.day, "variance", y * 365.0) / y) ** 0.5 for y in kernel.PILLARS]
            variance = kernel.total_variance(np.array(levels), one.years)
        out.append((one, 100.0 * (price(p, variance, asym, one.k) - one.mid) / one.vega))
    return out


def show(title: str, found: list[tuple[Slice, np.ndarray]]) -> None:
    """Mean and mean absolute error by month, tenor and delta of a call."""
    print(title)
    for month in sorted({one.month for one, _ in found}):
        mine = [(one, gap) for one, gap in found if one.month == month]
        every = np.concatenate([gap for _, gap in mine])
        print(f"  {month}: mean {every.mean():+.2f}, mean absolute {np.abs(every).mean():.2f} vol points")
        for low, high in pairwise(TENOR_EDGES):
            some = [(one, gap) for one, gap in mine if low <= one.years * 365.0 < high]
            if some:
                delta, gap = (np.concatenate(x) for x in ([one.delta for one, _ in some], [g for _, g in some]))
                cells = [gap[(delta >= a) & (delta < b)] for a, b in pairwise(DELTA_EDGES)]
                print(f"    {low:3.0f}-{high:3.0f} d", *(f"{c.mean():+6.2f}" if c.size else "     ." for c in cells))


def main() -> None:
    """Fit, and print the tables of docs/modelled.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("chains", nargs="+", type=Path)
    asked.add_argument("--leave-out", action="store_true")
    given = asked.parse_args()
    chains = [chain for path in given.chains for chain in load_chains(path)]
    slices = slices_of([chain for chain in chains if chain.underlying == "SPX"])
    skews = {day: at(slices, day, "skew", 30.0) for day in {one.day for one in slices}}
    found = fit(slices, skews)
    print("constants", np.round(found, 4))
    show("in sample, fed its own strip", gaps(slices, skews, found, "own"))
    show("in sample, fed four indices", gaps(slices, skews, found, "indices"))
    if given.leave_out:
        for month in sorted({one.month for one in slices}):
            rest = fit([one for one in slices if one.month != month], skews)
            print("without", month, np.round(rest, 4))
            left = [(one, g) for one, g in gaps(slices, skews, rest, "indices") if one.month == month]
            show("left out, fed four indices", left)


if __name__ == "__main__":
    main()
