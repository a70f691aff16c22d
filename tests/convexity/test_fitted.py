"""Power laws on cells: exact for a power law, moments kept in every cell, and what is not smooth is refused."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.convexity.fitted import TOLERANCE, power_laws, steepest_power
from seawall.core.errors import NotConvergedError


@settings(max_examples=40, deadline=None)
@given(st.floats(-8.0, 8.0), st.floats(0.1, 10.0))
def test_a_power_law_is_found_as_it_is(power: float, size: float) -> None:
    (only,) = power_laws(lambda q: size * q**-power, np.array([0.5, 2.0]), 200.0)
    assert (only.low, only.high) == pytest.approx((0.5, 2.0), rel=1e-14)
    assert (only.coefficient, only.power) == pytest.approx((size, power), rel=1e-9, abs=1e-9)


def test_every_cell_has_its_mass_and_its_first_moment() -> None:
    """Against the integrals of ``q e^-q`` and ``q^2 e^-q`` at 30 digits."""
    cells = power_laws(lambda q: q * np.exp(-q), np.array([0.01, 1.0, 30.0]), 200.0)
    assert [a.high for a in cells[:-1]] == pytest.approx([b.low for b in cells[1:]], rel=1e-15)
    assert len(cells) < 200
    with mpmath.workdps(30):
        for low, high, c, p in cells:
            for order in (0, 1):
                exact = mpmath.gammainc(2 + order, low, high)
                found = c * mpmath.quad(lambda q, n=order - p: q**n, [low, high])
                assert float(found / exact) == pytest.approx(1.0, abs=1e-11)
    q = np.geomspace(0.0101, 29.9, 5001)
    fitted = np.select([(q >= s.low) & (q <= s.high) for s in cells], [s.coefficient * q**-s.power for s in cells])
    assert fitted == pytest.approx(q * np.exp(-q), rel=TOLERANCE)


def test_no_power_is_steeper_than_allowed_and_the_mass_stays() -> None:
    cells = power_laws(lambda q: np.exp(-400.0 * (q - 1.0)), np.array([0.98, 1.02]), 100.0)
    assert max(abs(s.power) for s in cells) <= 100.0
    mass = sum(float(mpmath.quad(lambda q, s=s: s.coefficient * q**-s.power, [s.low, s.high])) for s in cells)
    assert mass == pytest.approx((np.exp(8.0) - np.exp(-8.0)) / 400.0, rel=1e-12)


def test_a_jump_is_refused() -> None:
    with pytest.raises(NotConvergedError, match="give its price as a knot"):
        power_laws(lambda q: np.where(q > 1.3, 2.0, 1.0), np.array([1.0, 2.0]), 200.0)


def test_the_steepest_power_stays_a_number_near_its_scale() -> None:
    for scale in (1e-12, 1.0, 2000.0, 1e12):
        assert np.isfinite((20.0 * scale) ** steepest_power(scale))
        assert (scale / 20.0) ** -steepest_power(scale) < np.inf
