"""Observed option quotes in the form the engine reads: fills at bid and ask, marks at mid, where there are chains."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.kernels import slots as at
from seawall.kernels.quote import KEY_STRIKES, ROOTS
from seawall.kernels.quotes import QuoteTable
from seawall.kernels.slots import Quotes
from seawall.kernels.spread import SPX, VIX
from seawall.market.quotes import SPX_OPENING

ROOT_OF: Final = ((SPX, at.PM), (SPX_OPENING, at.AM), (VIX, at.VRO))
"""Underlying's code of a quote table, and the engine's settlement of it."""


def seen_quotes(table: QuoteTable, rows: int) -> Quotes:
    """A quote table of ``rows`` sessions for ``sim.engine.prepare``, options named by ``kernels.quote.quote_key``."""
    row, code, day, points, side = table.keys.T
    root = np.zeros(code.size, dtype=np.int64)
    for underlying, settled in ROOT_OF:
        root[code == underlying] = settled
    named = ((day * ROOTS + root) * KEY_STRIKES + points % KEY_STRIKES) * 2 + (side > 0)
    order = np.lexsort((named, row))
    first: NDArray[np.int64] = np.searchsorted(row[order], np.arange(rows + 1)).astype(np.int64)
    return Quotes(first, named[order].astype(np.int64), table.bid[order], table.ask[order])
