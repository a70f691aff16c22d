"""Constants of ``kernels.modelled.vix_option_vol`` from listed VIX options, and their errors.

    python scripts/derive_vix_smile.py CHAIN... --vvix VVIX_History.csv [--leave-out]

Chains of VIX in any format ``seawall`` reads, with ``--vvix`` a table of date and VVIX close in points. Rows are
cleaned, the future of each expiry is that of put-call parity, and VVIX of a day is the 30-day strip of its own chain.
How fast VVIX reverts is read off the table of closes; everything else is least squares on implied volatility, every
expiry of a day with the same weight, under the condition that the 30-day strip of the model is the VVIX that went in.
``--leave-out`` fits without each session and prints the error on it. No return of a strategy is read.
"""

import argparse
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import least_squares
from scipy.special import ndtr

from seawall.core.errors import SeawallError
from seawall.data.chains import load_chains
from seawall.kernels import modelled as kernel
from seawall.kernels.implied import implied_vol
from seawall.kernels.strip import select_strip, strip_exact
from seawall.market.chain import Chain
from seawall.market.cleaning import clean
from seawall.market.index import strip_quotes
from seawall.market.parity import parity, quoted
from seawall.market.repeats import repeats

MONTH = 30.0 / 365.0
LEAST_DELTA, WIDEST, LEAST_QUOTES = 0.02, 0.5, 8
DAYS = (4.0, 10.0, 20.0, 40.0, 75.0, 110.0, 160.0, 265.0)
DELTAS = ((-1, 0.02, 0.10), (-1, 0.10, 0.25), (-1, 0.25, 0.60), (1, 0.40, 0.60), (1, 0.25, 0.40), (1, 0.10, 0.25))
DELTAS += ((1, 0.05, 0.10), (1, 0.02, 0.05))
STRIPS = (0.6, 0.75, 0.9, 1.05, 1.2, 1.5, 1.8)
"""VVIX / 100 at which the 30-day strip of the model is asked to be VVIX."""
STRIP_WEIGHT = 100.0
FIRST_VVIX = 20
"""The first closes of the table, spring 2006, are trials of the index (one is 15.7)."""
LAG = 21
START = (0.9, 1.1, 85.0, 0.35, 2.0, 2.4, 0.27)
NAMES = ("AT", "MORE", "DAYS", "SLOPE", "BEND", "LOW", "SHORT")


class Slice:
    """One expiry: strike over future, side, implied vol, delta size, vega in points, half-spread and mid."""

    def __init__(self, chain: Chain, one, vvix: float) -> None:
        rows = chain.rows(one.expiry, one.root)
        side_out = np.where(rows.right > 0.0, rows.strike >= one.forward, rows.strike < one.forward)
        rows = rows.take(quoted(rows) & (rows.bid > 0.0) & side_out)
        vol, status = implied_vol(rows.mid, one.forward, rows.strike, one.years, one.rate, rows.right)
        with np.errstate(invalid="ignore", divide="ignore"):
            stdev, k = vol * np.sqrt(one.years), np.log(rows.strike / one.forward)
            d1 = -k / stdev + 0.5 * stdev
        delta, half = ndtr(rows.right * d1), 0.5 * (rows.ask - rows.bid)
        good = (status == 0) & (delta > LEAST_DELTA) & (half < WIDEST * rows.mid)
        self.day, self.years, self.future, self.rate, self.vvix = chain.session, one.years, one.forward, one.rate, vvix
        self.k, self.side, self.vol, self.delta, self.half, self.mid, self.strike = (
            x[good] for x in (k, rows.right, vol, delta, half, rows.mid, rows.strike)
        )
        self.vega = one.forward * np.exp(-0.5 * d1[good] ** 2 - one.rate * one.years) * (one.years / 2.0 / np.pi) ** 0.5


def strip_of(chain: Chain, one) -> float:
    """Total variance of an expiry, tails beyond the listed strikes included; NaN where there are too few quotes."""
    try:
        strip = select_strip(strip_quotes(chain.rows(one.expiry, one.root), one)[0], one.rate, one.years)
    except SeawallError:
        return math.nan
    exact = strip_exact(strip, one.rate, one.years)
    return (exact.variance + exact.tail_below + exact.tail_above) * one.years


def slices_of(chains: list[Chain]) -> list[Slice]:
    """Every expiry of DAYS with enough quotes; days that repeat another are left out."""
    stale, found = {one.session for one in repeats(chains)}, []
    for chain in (clean(chain)[0] for chain in chains if chain.session not in stale):
        fits = [one for one in parity(chain) if np.isfinite(one.forward)]
        strips = np.array([[one.years, strip_of(chain, one)] for one in fits])
        strips = strips[np.isfinite(strips[:, 1])]
        vvix = float(np.sqrt(np.interp(MONTH, strips[:, 0], strips[:, 1]) / MONTH))
        some = [Slice(chain, one, vvix) for one in fits if DAYS[0] < one.years * 365.0 < DAYS[-1]]
        found += [one for one in some if one.k.size >= LEAST_QUOTES]
    return found


def reversion(path: Path) -> tuple[float, float]:
    """Root mean square of VVIX / 100, and the yearly speed at which ln VVIX reverts, from its LAG-day correlation."""
    table = pl.read_csv(path)
    log = np.log(table[table.columns[-1]].to_numpy()[FIRST_VVIX:] / 100.0)
    lagged = float(np.corrcoef(log[:-LAG], log[LAG:])[0, 1])
    print(f"VVIX: {log.size} closes, correlation over {LAG} sessions {lagged:.2f}")
    return float(np.sqrt(np.mean(np.exp(2.0 * log)))), -math.log(lagged) * 252.0 / LAG


def at_money(p, years: float, vvix: float, level: float, speed: float) -> float:
    """As the kernel has it, written apart from it."""
    fade = (-np.expm1(-speed * years) / years) / (-np.expm1(-speed * MONTH) / MONTH)
    return float(p[0] * level * (vvix / level) ** (p[1] * fade) * (1.0 + (365.0 * years / p[2]) ** 2) ** -0.25)


def smile(p, k: np.ndarray, years: float, at: float) -> np.ndarray:
    """Volatility at log-strikes."""
    s = at * np.sqrt(years)
    z, low = k / s, p[5] * s * s / (s * s + p[6] ** 2)
    up = np.maximum(z, 0.0)
    return at * (1.0 + p[3] * np.where(z < 0.0, z / np.sqrt(1.0 + (z / low) ** 2), up / (1.0 + up * s**1.5 / p[4])))


def own_strip(p, years: float, at: float) -> float:
    """Strip of the model over a fine grid, as a volatility."""
    k = np.linspace(-8.0, 16.0, 1201) * at * np.sqrt(years)
    stdev = smile(p, k, years, at) * np.sqrt(years)
    d1, side = -k / stdev + 0.5 * stdev, np.where(k >= 0.0, 1.0, -1.0)
    price = side * (ndtr(side * d1) - np.exp(k) * ndtr(side * (d1 - stdev)))
    return float(np.sqrt(2.0 * np.trapezoid(price * np.exp(-k), k) / years))


def fit(slices: list[Slice], level: float, speed: float) -> np.ndarray:
    """The seven constants."""

    def errors(p: np.ndarray) -> np.ndarray:
        out = []
        for one in slices:
            weight = np.sqrt(one.vega / one.vega.max() / one.vol.size)
            model = smile(p, one.k, one.years, at_money(p, one.years, one.vvix, level, speed))
            out.append(100.0 * weight * (model - one.vol))
        strips = [own_strip(p, MONTH, at_money(p, MONTH, v, level, speed)) / v - 1.0 for v in STRIPS]
        return np.concatenate([*out, STRIP_WEIGHT * np.array(strips)])

    ends = ([0.5, 0.5, 20.0, 0.1, 0.1, 0.8, 0.0], [1.5, 2.0, 300.0, 0.6, 20.0, 2.45, 1.0])
    return least_squares(errors, START, x_scale=np.abs(START), bounds=ends).x


def naive(one: Slice) -> np.ndarray:
    """METHOD 8.6: VVIX (30 / T)^.5; its positive skew slope is not stated, taken as that of the fit, on ln K/F."""
    at = one.vvix * math.sqrt(MONTH / one.years)
    return at * (1.0 + 0.35 * np.maximum(one.k / (at * one.years**0.5), -2.4))


def former(one: Slice) -> np.ndarray:
    """The rule before this one: 0.9 VVIX, the average volatility of a mean-reverting ln VIX, a parabola."""

    def decay(years: float) -> float:
        return -math.expm1(-kernel.REVERSION * 2.0 * years) / (kernel.REVERSION * 2.0 * years)

    at = 0.9 * one.vvix * math.sqrt(decay(one.years) / decay(MONTH))
    z = np.clip(one.k / (at * math.sqrt(one.years)), -1.5, 4.0)
    return at * (1.0 + 0.42 * z - 0.05 * z * z)


def told(title: str, pairs: list[tuple[Slice, np.ndarray]], cells: bool = True) -> None:
    """Mean error by tenor and delta, mean absolute error in vol and price points, share within the half-spread."""
    print(title)
    for low, high in [*pairwise(DAYS), (DAYS[0], DAYS[-1])]:
        mine = [(one, model) for one, model in pairs if low <= 365.0 * one.years < high]
        gap = np.concatenate([100.0 * (model - one.vol) for one, model in mine])
        points = np.concatenate([black(one, model) - one.mid for one, model in mine])
        inside = np.concatenate([one.half for one, _ in mine]) >= np.abs(points)
        side, delta = (np.concatenate([getattr(one, name) for one, _ in mine]) for name in ("side", "delta"))
        row = []
        for sign, a, b in DELTAS if cells else ():
            cell = (side == sign) & (delta >= a) & (delta < b)
            row.append(f"{gap[cell].mean():+.1f} ({points[cell].mean():+.2f})" if cell.any() else ".")
        every = (
            f"{gap.mean():+.1f}, {np.abs(gap).mean():.1f} | {np.abs(points).mean():.3f} | {100 * inside.mean():.0f} %"
        )
        print(f"| {low:.0f}-{high:.0f} |", " | ".join([*row, every]), "|")


def black(one: Slice, vol: np.ndarray) -> np.ndarray:
    """Prices in points at these volatilities."""
    stdev = vol * np.sqrt(one.years)
    d1 = -one.k / stdev + 0.5 * stdev
    value = one.side * (one.future * ndtr(one.side * d1) - one.strike * ndtr(one.side * (d1 - stdev)))
    return np.exp(-one.rate * one.years) * value


def main() -> None:
    """Fit, and print the tables of docs/modelled.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("chains", nargs="+", type=Path)
    asked.add_argument("--vvix", required=True, type=Path)
    asked.add_argument("--leave-out", action="store_true")
    given = asked.parse_args()
    chains = [chain for path in given.chains for chain in load_chains(path) if chain.underlying == "VIX"]
    slices = slices_of(chains)
    level, speed = reversion(given.vvix)
    days = sorted({one.day for one in slices})
    print(f"{len(slices)} expiries of {len(days)} sessions, {sum(one.k.size for one in slices)} quotes")
    print("VVIX by day", {f"{one.day:%m-%d}": round(100.0 * one.vvix, 1) for one in slices})
    print(f"LEVEL {100 * level:.1f}, half-life {252.0 * math.log(2.0) / speed:.1f} sessions")
    found = fit(slices, level, speed)
    print(dict(zip(NAMES, np.round(found, 4).tolist(), strict=True)))

    def modelled(p, one: Slice, times: float = 1.0) -> np.ndarray:
        return smile(p, one.k, one.years, at_money(p, one.years, times * one.vvix, level, speed))

    def compiled(one: Slice) -> np.ndarray:
        return np.array([kernel.vix_option_vol(k, one.future, one.years, 100.0 * one.vvix) for k in one.strike])

    told("fitted", [(one, modelled(found, one)) for one in slices])
    told("the constants of the kernel", [(one, compiled(one)) for one in slices], False)
    told("the rule before", [(one, former(one)) for one in slices], False)
    told("the naive rule", [(one, naive(one)) for one in slices], False)
    for times in (0.8, 0.9, 1.1, 1.2):
        told(f"fed {times:g} VVIX", [(one, modelled(found, one, times)) for one in slices], False)
    for vvix in (0.55, 0.7, 0.9, 1.1, 1.5, 2.1):
        strip = own_strip(found, MONTH, at_money(found, MONTH, vvix, level, speed))
        print(f"VVIX {100 * vvix:.0f}: its own 30-day strip {100 * strip:.1f}")
    if given.leave_out:
        left = []
        for day in days:
            rest = fit([one for one in slices if one.day != day], level, speed)
            print(day, np.round(rest, 3))
            left += [(one, modelled(rest, one)) for one in slices if one.day == day]
        told("left out", left)


if __name__ == "__main__":
    main()
