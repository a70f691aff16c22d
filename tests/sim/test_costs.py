"""Costs of a fill: what an order of a size pays, and what may be a cost."""

import pytest

from seawall.core.errors import DomainError
from seawall.kernels.impact import FREE_SHARE, size_impact
from seawall.sim.costs import FREE, Costs

# METHOD 8.2 by hand: Y sigma_d sqrt(Q / ADV) above a tenth of ADV, else nothing. Q, ADV, points a day, Y, points.
BY_HAND = [
    (400.0, 2500.0, 2.0, 1.0, 0.8),
    (-400.0, 2500.0, 2.0, 1.0, 0.8),
    (2500.0, 2500.0, 2.0, 0.5, 1.0),
    (10_000.0, 2500.0, 2.0, 1.0, 4.0),
    (250.0, 2500.0, 2.0, 1.0, 0.0),
    (0.0, 2500.0, 2.0, 1.0, 0.0),
]


@pytest.mark.parametrize(("quantity", "volume", "deviation", "factor", "points"), BY_HAND)
def test_size_pays_the_square_root_above_a_tenth_of_the_volume(
    quantity: float, volume: float, deviation: float, factor: float, points: float
) -> None:
    assert FREE_SHARE == 0.10
    assert size_impact(quantity, volume, deviation, factor) == pytest.approx(points, abs=1e-12)


def test_costs_multiply_and_refuse_what_is_no_cost() -> None:
    assert Costs().times(2.0).times(1.5).multiple == 3.0
    assert Costs().times(2.0).commission_per_future == Costs().commission_per_future
    assert FREE.multiple == 0.0
    for name, value in (("future_half_spread", -0.1), ("perp_taker_bp", float("nan")), ("vix_volume", 0.0)):
        with pytest.raises(DomainError, match=name):
            Costs(**{name: value})
