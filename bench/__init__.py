"""Measurements beside other libraries: `python -m bench [section ...]`.

A section is a function without arguments that returns a :class:`Section`; `__main__.py` lists them.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

REPEATS = 5


class Row(NamedTuple):
    """One library doing one piece of work."""

    work: str
    who: str
    figures: tuple[str, ...]


class Section(NamedTuple):
    """A table: a title, the names of the figures, the rows, and what a reader must know about them."""

    title: str
    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median wall time of `work` over `repeats` runs, after one run that compiles and warms up."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
