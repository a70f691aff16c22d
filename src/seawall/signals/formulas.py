"""Formulas that several families share: a level, its rank and its z, differences and changes."""

from collections.abc import Callable

import numpy as np

from seawall.kernels.filters import percentile_rank, zscore
from seawall.signals.contract import Array, Columns, Computed, plain

Formula = Callable[[Columns], Computed]


def lagged_change(x: Array, rows: int) -> Array:
    """Change over a number of rows, shape (n,); unknown before there are as many."""
    out = np.full(x.size, np.nan)
    out[rows:] = x[rows:] - x[:-rows]
    return out


def log_returns(close: Array) -> Array:
    """Change of the logarithm from the row before, shape (n,); the first is unknown."""
    return lagged_change(np.log(close), 1)


def level(name: str) -> Formula:
    """The column itself."""
    return lambda columns: plain(columns[name])


def difference(first: str, second: str) -> Formula:
    """One column less another."""
    return lambda columns: plain(columns[first] - columns[second])


def rank(name: str, window: int) -> Formula:
    """Share of the trailing window at or below the row."""
    return lambda columns: plain(percentile_rank(columns[name], window))


def z(name: str, window: int) -> Formula:
    """Distance from the trailing mean in standard deviations."""
    return lambda columns: plain(zscore(columns[name], window))


def z_of_change(name: str, rows: int, window: int) -> Formula:
    """The same of a change over ``rows``."""
    return lambda columns: plain(zscore(lagged_change(columns[name], rows), window))
