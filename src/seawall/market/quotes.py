"""Observed option quotes of many sessions as one sorted table, for fills and marks."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.kernels.quotes import KEYS, STRIKE_UNITS, QuoteTable
from seawall.kernels.spread import SPX, VIX
from seawall.market.chain import Chain
from seawall.market.cleaning import clean
from seawall.market.repeats import repeats

CODES: Final = {"SPX": SPX, "VIX": VIX}
"""Underlyings of a table and their codes; chains of others are passed over."""
SPX_OPENING: Final = 2
"""Code of SPX options that settle on the opening print (root SPX); they can share their expiry day with SPXW."""
OPENING_ROOT: Final = "SPX"


def quote_table(chains: Iterable[Chain], dates: NDArray[np.datetime64]) -> QuoteTable:
    """Cleaned quotes of the sessions in ``dates`` (n,), rising; row t of the table's keys is the session dates[t].

    Underlying codes: ``SPX`` (0) settles at the close, ``VIX`` (1), ``SPX_OPENING`` (2). Chains are cleaned
    (``market.cleaning``), days that repeat another are left out, and of several chains of one session the last counts.
    Raises ``DomainError`` unless ``dates`` rise, and when a chain quotes one option under two roots.
    """
    days = np.asarray(dates, dtype="datetime64[D]")
    if np.any(np.diff(days) <= np.timedelta64(0, "D")):
        raise DomainError("sessions of a quote table must rise: sort them and drop duplicates")
    wanted = [chain for chain in chains if chain.underlying in CODES and np.any(days == np.datetime64(chain.session))]
    latest = {(chain.underlying, chain.session): chain for chain in sorted(wanted, key=lambda one: one.as_of)}
    stale = {(name, one.session) for name in CODES for one in repeats(_of(latest.values(), name))}
    parts = [
        _rows(clean(chain)[0], int(np.searchsorted(days, np.datetime64(chain.session))))
        for key, chain in latest.items()
        if key not in stale
    ]
    keys = np.concatenate([np.empty((0, KEYS), dtype=np.int64), *(part[0] for part in parts)])
    bid, ask = (np.concatenate([np.empty(0), *(part[i] for part in parts)]) for i in (1, 2))
    order = np.lexsort(keys.T[::-1])
    if np.any(np.all(np.diff(keys[order], axis=0) == 0, axis=1)):
        raise DomainError("a chain quotes one option under two roots: keep the rows of one of them")
    return QuoteTable(np.ascontiguousarray(keys[order]), bid[order], ask[order])


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, the expiry of a key."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _of(chains: Iterable[Chain], name: str) -> Sequence[Chain]:
    return [chain for chain in chains if chain.underlying == name]


def _rows(chain: Chain, row: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Keys, bids and asks of one cleaned chain."""
    keys = np.empty((chain.size, KEYS), dtype=np.int64)
    opening = (chain.underlying == "SPX") & (chain.root == OPENING_ROOT)
    keys[:, 0], keys[:, 1] = row, np.where(opening, SPX_OPENING, CODES[chain.underlying])
    keys[:, 2] = chain.expiry.astype("datetime64[D]").astype(np.int64)
    keys[:, 3] = np.floor(chain.strike * STRIKE_UNITS + 0.5).astype(np.int64)
    keys[:, 4] = np.where(chain.right > 0.0, 1, -1)
    return keys, chain.bid, chain.ask
