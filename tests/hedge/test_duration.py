"""The duration match: brute force over a grid, the value's own decay, and what a book without pools is told."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hedge.made_situation import POOL, STRUCTURE, WORLD, book, reading, situation

from seawall.core.errors import DomainError
from seawall.hedge.duration import decay, duration_match, duration_notes, matched, pool_rent
from seawall.hedge.stack.financing import FinancingCondor
from seawall.signals.regime import Regime


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 500.0))
def test_no_mix_on_a_grid_is_nearer(seed: int, rent: float) -> None:
    table = np.random.default_rng(seed).uniform(-5.0, 40.0, (12, 3))
    best = duration_match(table, rent)
    assert (best >= 0.0).all()
    least = float(((table @ best - rent) ** 2).sum())
    for scale in product(np.linspace(0.0, 2.0, 7), repeat=3):
        other = (best + 0.1) * np.array(scale)
        assert least <= float(((table @ other - rent) ** 2).sum()) + 1e-6


def test_one_condor_is_matched_by_the_mean_of_its_decay() -> None:
    """Normal equation of one column: n = rent sum(d) / sum(d^2)."""
    column = np.array([[10.0], [20.0], [30.0]])
    assert duration_match(column, 100.0)[0] == pytest.approx(100.0 * 60.0 / 1400.0)
    with pytest.raises(DomainError, match="finite table"):
        duration_match(np.empty((0, 2)), 1.0)


def test_a_condor_decays_by_its_whole_value_when_nothing_moves() -> None:
    """At 6000, between its shorts, it ends worthless: what the seller keeps sums to the value today."""
    days = decay(STRUCTURE, WORLD, 50)
    assert days.sum() == pytest.approx(float(STRUCTURE.value(WORLD.view())[0]))
    assert days[46:] == pytest.approx(0.0)


def test_the_mix_of_a_book_with_a_pool_earns_about_its_rent() -> None:
    """Rent of x y = k is sigma^2/8 of its value a year (METHOD 1.4); 2 x 900 sqrt(2000) dollars at 80 %."""
    at = situation(book(60.0, 5e6, POOL))
    rent = 0.8**2 / 8.0 * 2.0 * 900.0 * np.sqrt(2000.0) / 365.0
    assert pool_rent(at) == pytest.approx(rent)
    found = matched(at, FinancingCondor())
    assert found is not None
    assert found.decay_usd == pytest.approx(rent, rel=0.35)
    assert "duration match" in duration_notes(at, FinancingCondor())[0].text
    assert duration_notes(situation(), FinancingCondor()) == ()
    assert duration_notes(situation(book(60.0, 5e6, POOL), reading(Regime.SPIKE)), FinancingCondor()) == ()
