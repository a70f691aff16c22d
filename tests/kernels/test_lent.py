"""A lent tuple reads as the tuple does: compiled and interpreted code agree, also where one is lent in a loop."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import borrowing
from seawall.kernels.lent import lent


class Inner(NamedTuple):
    """What changes from turn to turn."""

    values: NDArray[np.float64]
    factor: float
    pair: tuple[float, float]


class Outer(NamedTuple):
    """What does not."""

    values: NDArray[np.float64]
    count: int
    whole: bool


@borrowing
def add_up(outer: Outer, inner: Inner, place: int) -> None:
    """Write into what is lent: the arrays are the caller's."""
    outer.values[place] += inner.values[place] * inner.factor + inner.pair[1] + outer.count * outer.whole


@borrowing
def walk(outer: Outer) -> float:
    """Lend one tuple for the run, another at every turn; the turns before must not be seen."""
    outer, total = lent(outer), 0.0
    for place in range(outer.values.size):
        inner = lent(Inner(outer.values, 2.0 + place, (0.0, 0.5 * place)))
        add_up(outer, inner, place)
        total += inner.factor + inner.pair[1]
    return total


def test_compiled_code_reads_and_writes_what_was_lent() -> None:
    given = Outer(np.array([1.0, 10.0, 100.0, 1000.0]), 7, True)
    assert walk(given) == (2.0 + 3.0 + 4.0 + 5.0) + 0.5 * (0.0 + 1.0 + 2.0 + 3.0)
    by_hand = [1.0 + 2.0 + 7.0, 10.0 + 30.0 + 0.5 + 7.0, 100.0 + 400.0 + 1.0 + 7.0, 1000.0 + 5000.0 + 1.5 + 7.0]
    assert given.values.tolist() == by_hand


def test_outside_compiled_code_it_is_the_tuple_itself() -> None:
    given = Outer(np.zeros(1), 0, False)
    assert lent(given) is given
