"""Rows that cannot be quotes are dropped under a counted reason; strikes that break the shape of prices are flagged.

METHOD 3.2. Also here: days of a file whose chain repeats an earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.market.chain import CALL, Chain, Floats, Mask
from seawall.market.parity import Forward, parity

FOLDED: Final = 1e-9
"""Tolerance of a bound, as a share of the forward: quotes are often stored in single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class CleanReport:
    """What cleaning did: rows in, rows kept, rows dropped by reason, and kept rows flagged by reason (not dropped).

    ``flagged`` is a mask over the kept rows.
    """

    rows: int
    kept: int
    dropped: Mapping[str, int]
    flags: Mapping[str, int]
    flagged: Mask


def clean(chain: Chain) -> tuple[Chain, CleanReport]:
    """Drop what cannot be a quote, each row under its first reason; flag strikes that break the shape of the prices.

    Reasons: not a number, no ask, bid above ask, settled, duplicate (the first of equals stays), mid outside
    ``[max(0, D cp(F-K)), D F or D K]``. Zero bids stay: the VIX strip needs them. Prices that are not monotone or
    not convex in strike within half-spreads are flagged. METHOD 3.2.
    """
    years = chain.years()
    finite = np.isfinite(chain.strike) & np.isfinite(chain.bid) & np.isfinite(chain.ask)
    tests = (
        ("not a number", ~(finite & (chain.strike > 0.0) & (chain.bid >= 0.0))),
        ("no ask", chain.ask <= 0.0),
        ("bid above ask", chain.bid > chain.ask),
        ("settled", years <= 0.0),
    )
    dropped: dict[str, int] = {}
    kept = np.arange(chain.size)
    for reason, fails in tests:
        kept = _drop(kept, fails[kept], reason, dropped)
    once = distinct(chain.take(kept))
    kept = _drop(kept, ~once, "duplicate", dropped)
    chain = chain.take(kept)
    inside = _inside(chain, parity(chain))
    if not np.all(inside):
        dropped["mid outside its bounds"] = int(np.count_nonzero(~inside))
    chain, rows = chain.take(inside), int(years.size)
    monotone, convex = shape_flags(chain)
    flags = {"not monotone in strike": monotone, "not convex in strike": convex}
    counted = {name: int(np.count_nonzero(mask)) for name, mask in flags.items() if np.any(mask)}
    return chain, CleanReport(rows, chain.size, dropped, counted, monotone | convex)


def _drop(kept: NDArray[np.intp], fails: Mask, reason: str, dropped: dict[str, int]) -> NDArray[np.intp]:
    if np.any(fails):
        dropped[reason] = int(np.count_nonzero(fails))
    return kept[~fails]


def distinct(chain: Chain) -> Mask:
    """True for the first row of every (expiry, root, strike, right)."""
    order = np.lexsort((np.arange(chain.size), chain.right, chain.strike, chain.group))
    columns = [column[order] for column in (chain.group, chain.strike, chain.right)]
    again = np.ones(max(chain.size - 1, 0), dtype=np.bool_)
    for column in columns:
        again &= column[1:] == column[:-1]
    first = np.ones(chain.size, dtype=np.bool_)
    first[order[1:][again]] = False
    return first


def _inside(chain: Chain, forwards: Sequence[Forward]) -> Mask:
    forward, discount = terms(chain, forwards)
    intrinsic = np.maximum(0.0, discount * chain.right * (forward - chain.strike))
    most = discount * np.where(chain.right == CALL, forward, chain.strike)
    slack = FOLDED * forward
    # Without a forward nothing can be said against a row.
    return ~((chain.mid < intrinsic - slack) | (chain.mid > most + slack))


def terms(chain: Chain, forwards: Sequence[Forward]) -> tuple[Floats, Floats]:
    """Forward and discount of each row, nan where its expiry has none, shapes (n,)."""
    forward, discount = np.full(chain.size, np.nan), np.full(chain.size, np.nan)
    for one in forwards:
        mine = (chain.expiry == np.datetime64(one.expiry, "D")) & (chain.root == one.root)
        forward[mine], discount[mine] = one.forward, one.discount
    return forward, discount


def shape_flags(chain: Chain) -> tuple[Mask, Mask]:
    """Rows whose mid breaks monotonicity, and convexity, in strike by more than the half-spreads allow, shapes (n,)."""
    order = np.lexsort((chain.strike, chain.right, chain.group))
    sets = chain.group[order] * 2 + (chain.right[order] == CALL)
    strike, mid, half = chain.strike[order], chain.mid[order], 0.5 * (chain.ask - chain.bid)[order]
    monotone, convex = np.zeros(chain.size, dtype=np.bool_), np.zeros(chain.size, dtype=np.bool_)
    rise = np.diff(mid) * chain.right[order][1:]
    wrong = (np.diff(sets) == 0) & (rise > half[1:] + half[:-1])
    monotone[order[1:][wrong]] = monotone[order[:-1][wrong]] = True
    if chain.size > 2:
        low = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
        chord = low * mid[:-2] + (1.0 - low) * mid[2:]
        room = low * half[:-2] + (1.0 - low) * half[2:] + half[1:-1]
        bent = (sets[2:] == sets[:-2]) & (mid[1:-1] > chord + room)
        convex[order[1:-1][bent]] = True
    return monotone, convex
