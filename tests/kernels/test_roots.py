"""All roots, against functions whose roots are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.status import Status
from seawall.kernels.roots import all_roots


@given(st.lists(st.integers(-95, 95), min_size=1, max_size=6, unique=True))
def test_every_simple_root_of_a_polynomial_is_found(integers: list[int]) -> None:
    roots = np.sort(np.array(integers, float)) + 0.37
    found, status = all_roots(lambda x: np.prod([x - r for r in roots], axis=0), np.linspace(-100.0, 100.0, 401))
    assert status is Status.FOUND
    assert found == pytest.approx(roots, abs=1e-7)


def test_a_root_on_a_node_counts_once_even_when_the_function_only_touches_zero() -> None:
    found, status = all_roots(lambda x: (x - 1.0) ** 2, np.linspace(0.0, 2.0, 5))
    assert (found.tolist(), status) == ([1.0], Status.FOUND)


def test_no_root_and_not_a_number_are_answers() -> None:
    grid = np.linspace(-1.0, 1.0, 11)
    assert all_roots(lambda x: x**2 + 1.0, grid)[1] is Status.ONE_SIDED
    assert all_roots(lambda x: np.where(x > 0.5, np.nan, x), grid)[1] is Status.NONFINITE


def test_a_kink_is_no_obstacle() -> None:
    found, _ = all_roots(lambda x: np.maximum(x, 0.0) - 0.3 + 1e-3 * x, np.linspace(-2.0, 2.0, 9))
    assert found == pytest.approx([0.3 / 1.001], abs=1e-9)
