"""Constants of kernels/spread.py from listed quotes, and their errors.

    python scripts/derive_spreads.py CHAIN...

Out-of-the-money SPX and VIX options with a bid, 2 to 60 delta, 2 to 200 days; ln(half-spread / forward) on ln(delta),
ln(tenor) and ln(volatility) by least squares, every month with the same weight.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from seawall.data.chains import load_chains
from seawall.kernels.implied import implied_vol
from seawall.market.chain import Chain
from seawall.market.parity import parity, quoted
from seawall.market.repeats import repeats

CENTRE_VOL = {"SPX": 0.20, "VIX": 1.00}
DELTA_EDGES = (0.02, 0.05, 0.10, 0.20, 0.35, 0.60)
DAY_EDGES = (2.0, 12.0, 40.0, 100.0, 200.0)


def rows_of(chain: Chain) -> np.ndarray:
    """Columns month, delta, days, vol, half-spread over the forward, and over the mid."""
    found = []
    for one in parity(chain):
        if not (np.isfinite(one.forward) and DAY_EDGES[0] < one.years * 365.0 < DAY_EDGES[-1]):
            continue
        rows = chain.rows(one.expiry, one.root)
        out = np.where(rows.right > 0.0, rows.strike >= one.forward, rows.strike < one.forward)
        rows = rows.take(quoted(rows) & (rows.bid > 0.0) & out & (rows.ask > rows.bid))
        vol, status = implied_vol(rows.mid, one.forward, rows.strike, one.years, one.rate, rows.right)
        with np.errstate(invalid="ignore", divide="ignore"):
            stdev = vol * np.sqrt(one.years)
            delta = ndtr(rows.right * (np.log(one.forward / rows.strike) / stdev + 0.5 * stdev))
        good = (status == 0) & (delta > DELTA_EDGES[0]) & (delta <= DELTA_EDGES[-1])
        half = 0.5 * (rows.ask - rows.bid)
        month = np.full(rows.size, 100.0 * chain.session.year + chain.session.month)
        days = np.full(rows.size, one.years * 365.0)
        found.append(np.column_stack([month, delta, days, vol, half / one.forward, half / rows.mid])[good])
    return np.concatenate(found) if found else np.empty((0, 6))


def main() -> None:
    """Print the constants, and the ratio of model to quote by month, tenor and delta."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("chains", nargs="+", type=Path)
    chains = [chain for path in asked.parse_args().chains for chain in load_chains(path)]
    for name, centre in CENTRE_VOL.items():
        mine = [chain for chain in chains if chain.underlying == name]
        stale = {one.session for one in repeats(mine)}
        parts = [rows_of(chain) for chain in mine if chain.session not in stale]
        if not parts:
            continue
        month, delta, days, vol, half, share = np.concatenate(parts).T
        base = np.column_stack([np.ones(month.size), np.log(delta / 0.2), np.log(days / 30.0), np.log(vol / centre)])
        counts = dict(zip(*np.unique(month, return_counts=True), strict=True))
        weight = np.array([counts[one] ** -0.5 for one in month])
        powers = np.linalg.lstsq(base * weight[:, None], np.log(half) * weight, rcond=None)[0]
        gap = base @ powers - np.log(half)
        print(f"{name}: base {np.exp(powers[0]):.3e}, powers {np.round(powers[1:], 3)}, {month.size} quotes")
        print(f"  deviation of the logarithm {np.sqrt(np.average(gap**2, weights=weight**2)):.2f}")
        for one in counts:
            print(f"  {one:.0f}: model over quote, median {np.exp(np.median(gap[month == one])):.2f}")
            for low, high in pairwise(DAY_EDGES):
                some = (month == one) & (days >= low) & (days < high)
                cells = [some & (delta >= a) & (delta < b) for a, b in pairwise(DELTA_EDGES)]
                told = [
                    f"{np.exp(np.median(gap[c])):.2f} ({100 * np.median(share[c]):.1f} %)" for c in cells if c.any()
                ]
                print(f"    {low:3.0f}-{high:3.0f} d", *told)


if __name__ == "__main__":
    main()
