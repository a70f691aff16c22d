"""The rows of a linear program, gathered one after the other and built into one sparse matrix."""

from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from seawall.hedge.sizing_problem import Array

Rows = NDArray[np.int64]


@final
class Entries:
    """Rows ``matrix @ x <= right`` as they are gathered: one matrix is built of all of them at the end."""

    def __init__(self, columns: int) -> None:
        self._columns, self._count = columns, 0
        self._rows: list[Rows] = []
        self._places: list[Rows] = []
        self._values: list[Array] = []
        self._right: list[Array] = []

    def add(self, right: Array, *parts: tuple[int, Array]) -> None:
        """As many rows as ``right`` has; each part: first column and a block (rows, width), or a diagonal."""
        count = right.size
        for start, block in parts:
            row = np.arange(self._count, self._count + count)
            place = np.arange(start, start + (count if block.ndim == 1 else block.shape[1]))
            if block.ndim == 2:
                row, place = np.repeat(row, place.size), np.tile(place, count)
            value = block.ravel()
            kept = np.flatnonzero(value)
            self._rows.append(row[kept])
            self._places.append(place[kept])
            self._values.append(value[kept])
        self._right.append(right)
        self._count += count

    def loosen(self, start: int) -> None:
        """Give every row so far a slack of its own, from column ``start`` on."""
        every = np.arange(self._count)
        self._rows.append(every)
        self._places.append(start + every)
        self._values.append(-np.ones(self._count))

    def built(self) -> tuple[sparse.csc_array, Array]:
        """Matrix and right side."""
        at = (np.concatenate(self._rows), np.concatenate(self._places))
        shape = (self._count, self._columns)
        return sparse.csc_array((np.concatenate(self._values), at), shape=shape), np.concatenate(self._right)
