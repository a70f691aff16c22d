"""What is remembered of a market: asked once, never for another market, and a program's matrix against one by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hedge.made_situation import STRUCTURE, WORLD

from seawall.core.errors import DomainError
from seawall.hedge.duration import decay
from seawall.hedge.known import KEPT, Known
from seawall.hedge.sizing_entries import Entries
from seawall.market.state import Moves


def test_an_answer_is_computed_once_and_belongs_to_one_market() -> None:
    known, asked = Known(), []

    def compute() -> float:
        asked.append(1)
        return float(len(asked))

    one, other = [1.0], [1.0]  # equal, and not the same
    assert [known.get(of, "question", compute) for of in (one, one, other, one)] == [1.0, 1.0, 2.0, 1.0]
    assert known.get(one, "another question", compute) == 3.0


def test_none_is_an_answer_and_an_error_is_not() -> None:
    known, asked = Known(), []

    def fails() -> None:
        raise DomainError("no answer: ask again")

    with pytest.raises(DomainError):
        known.get(WORLD, "fails", fails)
    assert len(known) == 0
    for _ in range(2):
        assert known.get(WORLD, "none", lambda: asked.append(1)) is None
    assert len(asked) == 1


def test_memory_does_not_grow() -> None:
    known = Known()
    for n in range(3 * KEPT):
        assert known.get(WORLD, n, lambda n=n: n) == n  # type: ignore[misc]
        assert len(known) <= KEPT


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_matrix_of_a_program_is_its_blocks_side_by_side(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wide, tall = rng.integers(-1, 3, (2, 3)).astype(np.float64), rng.integers(-1, 3, 4).astype(np.float64)
    made = Entries(9)
    made.add(np.array([1.0, 2.0]), (1, wide))
    made.loosen(7)
    made.add(np.arange(4.0), (0, tall), (4, -np.ones((4, 1))))
    matrix, right = made.built()
    by_hand = np.zeros((6, 9))
    by_hand[:2, 1:4], by_hand[:2, 7:9] = wide, -np.eye(2)
    by_hand[2:, :4], by_hand[2:, 4] = np.diag(tall), -1.0
    assert np.array_equal(matrix.toarray(), by_hand)
    assert right.tolist() == [1.0, 2.0, 0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("days", [1, 44, 45, 46, 47, 48, 90])
def test_decay_that_stops_at_the_settlement_is_that_of_every_day(days: int) -> None:
    worth = [float(STRUCTURE.value(WORLD.view(Moves(days=float(day))))[0]) for day in range(days + 1)]
    assert decay(STRUCTURE, WORLD, days) == pytest.approx(-np.diff(worth), abs=1e-9)
