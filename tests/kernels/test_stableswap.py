"""Stableswap against its own invariant in exact or 50-digit arithmetic, the published calls, and minimisation."""

import json
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from tests.published import reference

from seawall.core.errors import DomainError, NotConvergedError
from seawall.kernels.stableswap import exchange, get_d, get_y, invariant_of, spot_price, stable

COINS = st.lists(st.integers(10**21, 10**23), min_size=2, max_size=5)


def surplus(amplification: int, balances: list[int], d: int) -> Fraction:
    """Left side less right side of the invariant, exact; falls with D."""
    n = len(balances)
    product = Fraction(d ** (n + 1), n**n * int(np.prod([Fraction(b) for b in balances])))
    return amplification * n * sum(balances) + d - amplification * n * d - product


@settings(max_examples=60, deadline=None)
@given(st.integers(50, 10**4), COINS)
def test_d_is_the_root_of_the_invariant_to_its_last_units(amplification: int, balances: list[int]) -> None:
    d, slack = get_d(amplification, balances), 3 + 2 * len(balances)
    assert surplus(amplification, balances, d - slack) > 0 > surplus(amplification, balances, d + slack)


@settings(max_examples=60, deadline=None)
@given(st.integers(50, 10**4), COINS, st.integers(10**12, 10**21))
def test_an_exchange_never_takes_from_the_pool_and_its_fee_is_its_share(
    amplification: int, balances: list[int], amount: int
) -> None:
    paid, none = exchange(amplification, balances, 0, 1, amount, 0)
    after = [balances[0] + amount, balances[1] - paid, *balances[2:]]
    assert none == 0
    assert get_d(amplification, after) >= get_d(amplification, balances) - 1 - 2 * len(balances)
    less, kept = exchange(amplification, balances, 0, 1, amount, 4_000_000)
    assert (less + kept, kept) == (paid, paid * 4 // 10**4)


@settings(max_examples=60, deadline=None)
@given(st.integers(10, 5000), st.lists(st.integers(10**27, 10**29), min_size=2, max_size=5))
def test_spot_price_is_the_price_of_a_small_exchange(amplification: int, balances: list[int]) -> None:
    amount = min(balances) // 10**9
    paid, _ = exchange(amplification, balances, 0, 1, amount, 0)
    assert paid / amount == pytest.approx(spot_price(amplification, balances, 0, 1), rel=1e-5)


def test_published_calls_to_the_last_unit() -> None:
    rows = reference("curve_stableswap_vectors.csv")
    assert len(rows) > 20
    for row in rows:
        balances, a = json.loads(row["balances_18dec"]), int(row["A"])
        assert get_d(a, balances) == int(row["D"])
        found = exchange(a, balances, 0, len(balances) - 1, int(row["dx_coin0"]), 4_000_000)
        assert found == (int(row["dy_coin_last"]), int(row["fee"]))
        assert spot_price(a, balances, 0, len(balances) - 1) == float(row["spot_dydx_nofee"])


def test_the_vector_of_the_method() -> None:
    """METHOD 1.4: A 100, x 1e6, y 5e5: D 1499073.4926, spot .9917176313; amounts back from the price."""
    d = invariant_of(100.0, 1e6, 5e5)
    assert d == pytest.approx(1499073.4926, abs=5e-5)
    assert spot_price(100, [10**24, 5 * 10**23], 0, 1) == pytest.approx(0.9917176313, abs=5e-11)
    pool = stable(spot_price(100, [10**24, 5 * 10**23], 0, 1), 100.0, d)
    assert (float(pool.base), float(pool.quote)) == pytest.approx((1e6, 5e5), rel=1e-9)


def exact_amounts(a: float, price: float) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    """u, v and -du/dP of D = 1 at 60 digits, from Lagrange's conditions."""
    with mpmath.workdps(60):
        ann, p = 2 * mpmath.mpf(a), mpmath.mpf(price)

        def v_of(u: mpmath.mpf) -> mpmath.mpf:
            b = ann * (u - 1) + 1
            return (mpmath.sqrt(b**2 + ann / u) - b) / (2 * ann)

        def u_of(p: mpmath.mpf) -> mpmath.mpf:
            low, high = mpmath.mpf(10) ** -25, mpmath.mpf(10) ** 25
            for _ in range(260):
                u = mpmath.sqrt(low * high)
                v = v_of(u)
                spot = (ann + 1 / (4 * u**2 * v)) / (ann + 1 / (4 * u * v**2))
                low, high = (u, high) if spot > p else (low, u)
            return mpmath.sqrt(low * high)

        h = mpmath.mpf(10) ** -20
        u = u_of(p)
        return u, v_of(u), (u_of(p * (1 - h)) - u_of(p * (1 + h))) / (2 * h * p)


@pytest.mark.parametrize("a", [1.0, 100.0, 2000.0, 1e6])
@pytest.mark.parametrize("price", [1e-9, 0.4, 0.995, 1.0, 1.0000007, 3.0])
def test_amounts_and_density_at_sixty_digits(a: float, price: float) -> None:
    u, v, density = exact_amounts(a, price)
    pool = stable(price, a, 1.0)
    # the amounts at a price move by leverage times the rounding of the price
    assert float(pool.base) == pytest.approx(float(u), rel=1e-14 * (a + 10.0))
    assert float(pool.quote) == pytest.approx(float(v), rel=1e-14 * (a + 10.0))
    assert float(pool.density) == pytest.approx(float(density), rel=1e-14 * (a + 10.0))
    assert float(pool.value) == pytest.approx(float(u * price + v), rel=1e-14)


@pytest.mark.parametrize("price", [0.7, 0.99, 1.2])
def test_amounts_are_the_cheapest_on_the_invariant(price: float) -> None:
    pool = stable(price, 80.0, 1000.0)

    def cost(u: float) -> float:
        b = 160.0 * (u - 1.0) + 1.0
        v = (np.sqrt(b**2 + 160.0 / u) - b) / 320.0
        return 1000.0 * (u * price + v)

    best = minimize_scalar(cost, bounds=(1e-6, 10.0), method="bounded", options={"xatol": 1e-12})
    assert float(pool.value) == pytest.approx(best.fun, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.0, 1e5), st.floats(1e-50, 1e50), st.floats(1e-3, 1e4), st.floats(1e-3, 1e9))
def test_the_pool_is_the_same_seen_from_either_coin(a: float, ratio: float, rate: float, size: float) -> None:
    here, there = stable(ratio * rate, a, size, rate), stable(1.0 / ratio, a, size)
    assert float(here.quote) == pytest.approx(float(there.base), rel=1e-9)
    assert float(here.base) * rate == pytest.approx(float(there.quote), rel=1e-9)
    assert float(here.leverage) == pytest.approx(float(there.leverage), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.0, 1e5), st.floats(1e-6, 1e9), st.floats(1e-6, 1e9), st.floats(0.01, 100.0))
def test_d_in_floats_is_on_the_invariant(a: float, base: float, quote: float, rate: float) -> None:
    d = invariant_of(a, base, quote, rate)
    with mpmath.workdps(40):
        x, y, ann, big = mpmath.mpf(base) * mpmath.mpf(rate), mpmath.mpf(quote), 2 * mpmath.mpf(a), mpmath.mpf(d)
        gap = ann * (x + y) + big - ann * big - big**3 / (4 * x * y)
        slope = ann - 1 + 3 * big**2 / (4 * x * y)
        assert abs(gap / slope) < 1e-14 * big


def test_a_pool_so_lopsided_that_the_contract_cycles_is_no_number() -> None:
    """The integer Newton steps of the contract alternate for ever here: it reverts."""
    with pytest.raises(NotConvergedError, match="too far apart"):
        get_d(1, [563090952500019055, 1000000000000000])


@pytest.mark.parametrize(
    "call",
    [
        lambda: get_d(0, [1, 1]),
        lambda: get_d(100, [10**18]),
        lambda: get_d(100, [10**18, -1]),
        lambda: get_y(100, [10**18, 10**18], 0, 0, 5),
        lambda: get_y(100, [10**18, 10**18], 0, 2, 5),
        lambda: get_y(100, [10**18, 10**18], 0, 1, 0),
        lambda: exchange(100, [10**18, 10**18], 0, 1, -1, 0),
        lambda: exchange(100, [10**18, 10**18], 0, 1, 5, 10**11),
        lambda: exchange(100, [10**18, 10**18], 0, 1, 0, 0),
        lambda: stable(0.0, 100.0, 1.0),
        lambda: stable(1.0, 0.0, 1.0),
        lambda: stable(1e70, 100.0, 1.0),
        lambda: invariant_of(100.0, -1.0, 1.0),
    ],
)
def test_what_is_no_pool_is_refused_in_one_line(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DomainError, match=":") as caught:
        call()
    assert "\n" not in str(caught.value)
