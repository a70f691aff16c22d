"""Days whose chain is not their own: holiday copies and stale values, found in what the chains hold."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import FIRST_DAY, LAST_DAY, is_session
from seawall.market.chain import Chain
from seawall.market.cleaning import distinct
from seawall.market.parity import parity


class Repeat(NamedTuple):
    """A day whose chain is not its own, and what gives it away."""

    session: dt.date
    reason: str


SAME_QUOTES: Final = 0.5
SPOT_GAP: Final = 0.003
FEWEST: Final = 20


def repeats(chains: Sequence[Chain]) -> list[Repeat]:
    """Days of one underlying that repeat an earlier one, found in what the chains hold.

    A day that is no session; a spot equal to the day before to the last digit (an index is not, except VIX, which has
    two decimals); half of the quotes with a bid equal to those of the day before.
    """
    found = []
    for before, chain in itertools.pairwise(chains):
        reasons = []
        if FIRST_DAY <= chain.session <= LAST_DAY and not is_session(chain.session):
            reasons.append("no session of the exchange")
        if chain.spot == before.spot and chain.underlying == before.underlying != "VIX":
            reasons.append(f"spot {chain.spot:,.2f} repeats {before.session}" + _forward_says(chain))
        share = same_quotes(before, chain)
        if share > SAME_QUOTES:
            reasons.append(f"{100.0 * share:.0f} % of its quotes repeat {before.session}")
        if reasons:
            found.append(Repeat(chain.session, "; ".join(reasons)))
    return found


def _forward_says(chain: Chain) -> str:
    known = [one for one in parity(chain) if np.isfinite(one.forward) and one.years > 2.0 / 365.0]
    if not known:
        return ""
    gap = known[0].forward / chain.spot - 1.0
    return f", while its options imply {known[0].forward:,.2f}" if abs(gap) > SPOT_GAP else ""


def same_quotes(before: Chain, chain: Chain) -> float:
    """Share of the options with a bid in both chains whose bid and ask are the same; 0 when fewer than 20 meet."""
    live = [one.take((one.bid > 0.0) & distinct(one)) for one in (before, chain)]
    codes = np.zeros(live[0].size + live[1].size, dtype=np.int64)
    for name in ("expiry", "root", "strike", "right"):
        values, at = np.unique(np.concatenate([getattr(one, name) for one in live]), return_inverse=True)
        codes = codes * values.size + at
    first, second = codes[: live[0].size], codes[live[0].size :]
    _, a, b = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    if a.size < FEWEST:
        return 0.0
    return float(np.mean((live[0].bid[a] == live[1].bid[b]) & (live[0].ask[a] == live[1].ask[b])))
