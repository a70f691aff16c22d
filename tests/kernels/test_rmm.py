"""The covered-call pool against its published invariant at 40 digits and against Black-Scholes."""

import mpmath
import numpy as np
import pytest

from seawall.core.errors import DomainError
from seawall.kernels.black import black
from seawall.kernels.rmm import covered_call

PRICES = np.array([0.3, 0.8, 1.0, 1.3, 4.0]) * 2000.0


@pytest.mark.parametrize(("vol", "years"), [(0.8, 30.0 / 365.0), (0.5, 1.0), (1.5, 0.01)])
def test_amounts_are_on_the_trading_curve(vol: float, years: float) -> None:
    """arXiv:2103.14769, covered call: ``y = K N(N^-1(1 - x) - s)``, and the price is ``-dy/dx``."""
    pool = covered_call(PRICES, 2000.0, vol, years)
    with mpmath.workdps(40):
        s = mpmath.mpf(vol) * mpmath.sqrt(years)

        def curve(x: mpmath.mpf) -> mpmath.mpf:
            return 2000 * mpmath.ncdf(-mpmath.sqrt(2) * mpmath.erfinv(2 * x - 1) - s)

        for price, base, quote in zip(PRICES, pool.base, pool.quote, strict=True):
            if 1e-6 < base < 1.0 - 1e-6:
                assert quote == pytest.approx(float(curve(mpmath.mpf(float(base)))), rel=1e-9)
                slope = mpmath.diff(curve, mpmath.mpf(float(base)), h=mpmath.mpf(10) ** -15)
                assert price == pytest.approx(-float(slope), rel=1e-8)


def test_value_is_the_coin_less_a_call_without_interest() -> None:
    pool = covered_call(PRICES, 2000.0, 0.8, 0.25)
    call = black(PRICES, 2000.0, 0.25, 0.8, 0.0, 1.0)
    assert pool.value == pytest.approx(PRICES - call.price, rel=1e-12)
    assert pool.delta == pytest.approx(1.0 - call.delta, abs=1e-12)
    assert pool.density == pytest.approx(call.gamma, rel=1e-10)


def test_expiry_and_bad_terms_are_refused() -> None:
    with pytest.raises(DomainError, match=r"all base token below the strike"):
        covered_call(2000.0, 2000.0, 0.8, 0.0)
    for terms in ((0.0, 1.0, 1.0, 1.0), (1.0, -1.0, 1.0, 1.0), (1.0, 1.0, np.nan, 1.0), (1.0, 1.0, 1.0, -1.0)):
        with pytest.raises(DomainError, match="must be finite and > 0"):
            covered_call(*terms)
