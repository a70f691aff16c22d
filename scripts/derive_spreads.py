"""Constants of kernels/spread.py from listed quotes, and their errors.

    python scripts/derive_spreads.py CHAIN...

Out-of-the-money SPX and VIX options with a bid, 2 to 60 delta, 2 to 200 days (VIX: to 265); ln(half-spread / forward)
on ln(delta), ln(tenor) and ln(volatility) by least squares, every month with the same weight. VIX: monthly expiries
only, which are what a hedge holds; the weekly ones are printed apart. The fit is repeated without each session (and
without each month, where there are several) and the error is printed on what was left out.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from seawall.core.clock import vix_expiries
from seawall.data.chains import load_chains
from seawall.kernels.implied import implied_vol
from seawall.market.chain import Chain
from seawall.market.parity import parity, quoted
from seawall.market.repeats import repeats

CENTRE_VOL = {"SPX": 0.20, "VIX": 1.00}
DELTA_EDGES = (0.02, 0.05, 0.10, 0.20, 0.35, 0.60)
DAY_EDGES = (2.0, 12.0, 40.0, 100.0, 265.0)
LONGEST = {"SPX": 200.0, "VIX": 265.0}
HELD_DAYS = {"SPX": (2.0, 200.0), "VIX": (25.0, 265.0)}
VOL_EDGES = {"SPX": (0.0, 0.12, 0.18, 0.25, 0.35, 9.0), "VIX": (0.0, 0.5, 0.75, 1.0, 1.5, 9.0)}


def rows_of(chain: Chain) -> np.ndarray:
    """Columns month, delta, days, vol, half-spread over forward, over mid, session, and 1 for a monthly date."""
    found = []
    for one in parity(chain):
        if not (np.isfinite(one.forward) and DAY_EDGES[0] < one.years * 365.0 < LONGEST[chain.underlying]):
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
        session = np.full(rows.size, float(chain.session.toordinal()))
        monthly = np.full(rows.size, float(chain.underlying != "VIX" or one.expiry in vix_expiries(chain.session, 12)))
        columns = [month, delta, days, vol, half / one.forward, half / rows.mid, session, monthly]
        found.append(np.column_stack(columns)[good])
    return np.concatenate(found) if found else np.empty((0, 8))


def basis(rows: np.ndarray, name: str) -> np.ndarray:
    """1 and the three logarithms, shape (n, 4)."""
    days = np.clip(rows[:, 2], *HELD_DAYS[name])
    logs = [np.log(rows[:, 1] / 0.2), np.log(days / 30.0), np.log(rows[:, 3] / CENTRE_VOL[name])]
    return np.column_stack([np.ones(len(rows)), *logs])


def fit(rows: np.ndarray, name: str) -> np.ndarray:
    """Four coefficients; every month has the same weight."""
    _, at, counts = np.unique(rows[:, 0], return_inverse=True, return_counts=True)
    weight = counts[at] ** -0.5
    return np.linalg.lstsq(basis(rows, name) * weight[:, None], np.log(rows[:, 4]) * weight, rcond=None)[0]


def cells(name: str, column: np.ndarray, edges: tuple[float, ...], gap: np.ndarray, share: np.ndarray) -> None:
    """Median of model over quote, mean absolute gap of the logarithm, quoted share of the mid."""
    told = []
    for low, high in pairwise(edges):
        some = (column >= low) & (column < high)
        if some.any():
            ratio, miss = np.exp(np.median(gap[some])), np.abs(gap[some]).mean()
            told.append(f"{low:g}-{high:g}: {ratio:.2f}, {miss:.2f} ({100 * np.median(share[some]):.1f} %)")
    print(f"    by {name}:", "; ".join(told))


def left_out(rows: np.ndarray, column: int, name: str) -> np.ndarray:
    """ln(model / quote) of every row, by a fit that has not seen the rows with the same value of ``column``."""
    gap = np.empty(len(rows))
    for value in np.unique(rows[:, column]):
        mine = rows[:, column] == value
        gap[mine] = basis(rows[mine], name) @ fit(rows[~mine], name) - np.log(rows[mine, 4])
    return gap


def main() -> None:
    """Print the constants, and the ratio of model to quote by month, tenor, delta and volatility."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("chains", nargs="+", type=Path)
    chains = [chain for path in asked.parse_args().chains for chain in load_chains(path)]
    for name in CENTRE_VOL:
        mine = [chain for chain in chains if chain.underlying == name]
        stale = {one.session for one in repeats(mine)}
        parts = [rows_of(chain) for chain in mine if chain.session not in stale]
        if not parts:
            continue
        every = np.concatenate(parts)
        rows, weekly = every[every[:, 7] == 1.0], every[every[:, 7] == 0.0]
        powers = fit(rows, name)
        print(f"{name}: base {np.exp(powers[0]):.3e}, powers {np.round(powers[1:], 3)}, {len(rows)} quotes")
        told = [("in sample", rows, basis(rows, name) @ powers - np.log(rows[:, 4]))]
        told.append(("each session left out", rows, left_out(rows, 6, name)))
        if np.unique(rows[:, 0]).size > 1:
            told.append(("each month left out", rows, left_out(rows, 0, name)))
        if len(weekly):
            told.append(("weekly expiries, not fitted", weekly, basis(weekly, name) @ powers - np.log(weekly[:, 4])))
        for title, of, gap in told:
            spread = np.sqrt(np.mean(gap**2))
            print(f"  {title}: root mean square gap {spread:.2f}, median ratio {np.exp(np.median(gap)):.2f}")
            for month in np.unique(of[:, 0]):
                some = of[:, 0] == month
                print(f"    {month:.0f}: {np.exp(np.median(gap[some])):.2f}, {np.abs(gap[some]).mean():.2f}")
            cells("delta", of[:, 1], DELTA_EDGES, gap, of[:, 5])
            cells("days", of[:, 2], DAY_EDGES, gap, of[:, 5])
            cells("vol", of[:, 3], VOL_EDGES[name], gap, of[:, 5])


if __name__ == "__main__":
    main()
