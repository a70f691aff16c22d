"""Normal distribution, Mills ratio and the vectorisable elementary functions, against mpmath at 50 digits."""

import importlib.util
import math
from pathlib import Path

import mpmath as mp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.kernels import implied, normal

SCRIPT = Path(__file__).parents[2] / "scripts" / "derive_mills.py"


def relative(value: float, exact: mp.mpf) -> float:
    return float(abs(mp.mpf(value) / exact - 1)) if exact else abs(value)


def exact_mills(x: float) -> mp.mpf:
    x = mp.mpf(x)
    return mp.sqrt(mp.pi / 2) * mp.erfc(x / mp.sqrt(2)) * mp.exp(x * x / 2)


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(50):
        yield


@pytest.fixture(scope="module")
def derivation():
    spec = importlib.util.spec_from_file_location("derive_mills", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_coefficients_are_those_of_the_script(derivation):
    assert derivation.coefficients() == normal.MILLS


def test_first_guess_is_that_of_the_script(derivation):
    fitted, worst = derivation.start()
    assert fitted == pytest.approx(implied.NORMAL_START, rel=1e-6)
    assert worst < 6e-3


@pytest.mark.parametrize("x", [-0.25, -0.1, 0.0, 1e-9, 0.3, 1.0, 2.5, 5.0, 8.0, 13.0, 30.0, 80.0])
def test_mills_ratio(x):
    assert relative(normal.mills(x), exact_mills(x)) < 2e-15


@pytest.mark.parametrize("gap", [1e-9, 1e-5, 1e-2, 0.7, 6.0, 50.0])
@pytest.mark.parametrize("x", [-0.25, 0.0, 0.4, 2.0, 7.0, 30.0])
def test_mills_difference_does_not_cancel(x, gap):
    first, difference = normal.mills_pair(x, gap)
    assert relative(first, exact_mills(x)) < 2e-15
    # the argument x + gap as real numbers: what the kernel is asked for
    assert relative(difference, exact_mills(x) - exact_mills(mp.mpf(x) + mp.mpf(gap))) < 3e-15


@pytest.mark.parametrize("x", [-37.0, -30.1, -20.3, -8.7, -5.0, -1.1, -0.2, 0.0, 0.7, 3.3, 8.0])
def test_distribution_keeps_relative_accuracy_in_the_left_tail(x):
    assert relative(normal.norm_cdf(x), mp.ncdf(mp.mpf(x))) < 2e-15
    assert relative(normal.norm_pdf(x), mp.npdf(mp.mpf(x))) < 1e-15


def test_distribution_at_its_ends():
    assert normal.norm_cdf(-math.inf) == 0.0
    assert normal.norm_cdf(math.inf) == 1.0
    assert normal.norm_pdf(-math.inf) == normal.norm_pdf(math.inf) == 0.0
    assert math.isnan(normal.norm_cdf(math.nan))
    assert math.isnan(normal.norm_pdf(math.nan))


@settings(deadline=None)
@given(st.floats(-5.0, 5.0))
def test_both_tails_add_to_one(x):
    assert normal.norm_cdf(x) + normal.norm_cdf(-x) == pytest.approx(1.0, abs=3e-16)


@settings(deadline=None)
@given(st.floats(-707.0, 708.0))
def test_exponential(y):
    assert normal.exp_fast(y) == pytest.approx(math.exp(y), rel=5e-16)


def test_exponential_beyond_its_range():
    assert normal.exp_fast(-1e9) == 0.0
    assert normal.exp_fast(0.0) == 1.0
    assert normal.exp_fast(1e9) == normal.exp_fast(709.0) < math.inf


@settings(deadline=None)
@given(st.floats(1e-300, 1e300))
def test_logarithm(v):
    assert normal.log_fast(v) == pytest.approx(math.log(v), rel=1e-15, abs=1e-300)


@settings(deadline=None)
@given(st.floats(1e-100, 1e100), st.floats(1e-100, 1e100))
def test_logarithm_of_a_ratio(a, b):
    assert relative(normal.log_ratio(a, b), mp.log(mp.mpf(a) / mp.mpf(b))) < 1e-15


@pytest.mark.parametrize("gap", [1e-14, 1e-11, 1e-6, 1e-3])
def test_logarithm_of_a_ratio_near_one(gap):
    a = 6000.0 * (1.0 + gap)
    assert relative(normal.log_ratio(a, 6000.0), mp.log(mp.mpf(a) / 6000)) < 1e-15
