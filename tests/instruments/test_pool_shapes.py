"""Laws of every kind of pool there is: a shape in the table must obey them all, and is tested by being in it."""

import math

import numpy as np
import pytest

from seawall.convexity.price import price_flat
from seawall.core.errors import DomainError
from seawall.instruments.pool_curves import CoveredCall, Stable, Weighted, stable_of, weighted_of
from seawall.instruments.pool_shapes import SHAPES, Concentrated, PoolShape, PriceRange, concentrated
from seawall.kernels.segments import otm_prices

PRICES = (0.02, 1.0, 1999.0)
FITTED = 5e-4
"""Largest error of a fitted density at a price: stated by ``Stable.density`` and ``CoveredCall.density``."""
STEEP = 0.03

EVERY = [pytest.param(kind, price, id=f"{kind}-{price:g}") for kind in SHAPES for price in PRICES]
STEEPER = [
    Stable(2000.0, 1e6),
    Stable(100.0, 5e3, 1900.0),
    CoveredCall(2000.0, 0.8, 1.0 / 365.0),
    CoveredCall(1.0, 5.0, 1.0),
    Stable(1.0, 7.0),
]


def around(shape: PoolShape, price: float) -> np.ndarray:
    """Prices on all sides, none on an edge."""
    grid = price * np.exp(np.linspace(-1.0, 1.0, 41)) * 1.00037
    return grid[~shape.pool(grid).on_edge]


@pytest.mark.parametrize(("kind", "price"), EVERY)
def test_delta_and_density_are_derivatives_of_value(kind: str, price: float) -> None:
    shape = SHAPES[kind].typical(price)
    s = around(shape, price)
    h = 1e-4 * s
    down, here, up = shape.pool(s - h), shape.pool(s), shape.pool(s + h)
    smooth = np.sign(up.density) == np.sign(down.density)
    assert (up.value - down.value)[smooth] / (2.0 * h[smooth]) == pytest.approx(here.delta[smooth], rel=1e-5, abs=1e-9)
    slope = (down.delta - up.delta)[smooth] / (2.0 * h[smooth])
    assert slope == pytest.approx(here.density[smooth], rel=1e-4, abs=1e-9 / price)


@pytest.mark.parametrize(("kind", "price"), EVERY)
def test_amounts_make_the_value_and_base_falls(kind: str, price: float) -> None:
    shape = SHAPES[kind].typical(price)
    s = around(shape, price)
    pool = shape.pool(s)
    assert pool.base * s + pool.quote == pytest.approx(pool.value, rel=1e-12)
    assert np.all(pool.base >= 0.0)
    assert np.all(pool.quote >= -1e-12 * pool.value)
    assert np.all(np.diff(pool.base) <= 1e-12 * pool.base[:-1])
    assert np.all(np.diff(pool.quote) >= -1e-12 * pool.value[:-1])
    assert pool.delta == pytest.approx(pool.base, rel=1e-14)
    assert np.all(pool.density >= 0.0)
    assert pool.leverage == pytest.approx(4.0 * s**2 * pool.density / pool.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("kind", "price"), EVERY)
def test_holding_never_does_worse(kind: str, price: float) -> None:
    """Impermanent loss from any entry to any price is <= 0, and the value is concave."""
    shape = SHAPES[kind].typical(price)
    s = around(shape, price)
    pool = shape.pool(s)
    hold = pool.base[:, None] * s[None, :] + pool.quote[:, None]
    assert np.all(pool.value[None, :] - hold <= 1e-12 * hold)
    tangent = pool.value[1:-1] - np.interp(s[1:-1], s[::2], pool.value[::2])
    assert np.all(tangent >= -1e-12 * pool.value[1:-1])


@pytest.mark.parametrize(("kind", "price"), EVERY)
def test_the_density_is_the_pool(kind: str, price: float) -> None:
    """``V(S) = V(p0) + V'(p0)(S - p0) - int g OTM``, its slope, and ``g`` itself."""
    shape = SHAPES[kind].typical(price)
    s = around(shape, price)
    pool, density, pivot = shape.pool(s), shape.density(), 1.07 * price
    at = shape.pool(np.array(pivot))
    found = density.value(s, pivot, float(at.value), float(at.delta))
    assert found == pytest.approx(pool.value, abs=2e-6 * float(at.value))
    slopes = density.delta(s, pivot, float(at.delta))
    assert slopes == pytest.approx(pool.delta, abs=2e-4 * float(shape.pool(s[:1]).base[0]))
    kept = (pool.base > 1e-6 * pool.base[0]) & (pool.quote > 1e-6 * pool.quote[-1])
    assert density.at(s)[kept] == pytest.approx(pool.density[kept], rel=FITTED, abs=0.0)


@pytest.mark.parametrize(("kind", "price"), EVERY)
def test_twice_the_position_is_twice_everything(kind: str, price: float) -> None:
    shape = SHAPES[kind].typical(price)
    s = around(shape, price)
    one, three = shape.pool(s), shape.scaled(3.0).pool(s)
    for name in ("value", "delta", "density", "base", "quote"):
        assert getattr(three, name) == pytest.approx(3.0 * getattr(one, name), rel=1e-12)
    assert three.leverage == pytest.approx(one.leverage, rel=1e-12)
    assert shape.scaled(3.0).density().at(s) == pytest.approx(3.0 * shape.density().at(s), rel=1e-12)
    assert shape.kind == kind


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_trades_where_it_says(kind: str) -> None:
    shape = SHAPES[kind].typical(50.0)
    s = around(shape, 50.0)
    inside = np.any([(low <= s) & (s <= high) for low, high in shape.spans], axis=0)
    assert np.array_equal(inside, shape.pool(s).density > 0.0)


def strip(shape: PoolShape, forward: float, deviation: float) -> float:
    """``int g Q dK`` by the trapezium rule on the pool's own density."""
    x = np.linspace(-9.0 * deviation, 9.0 * deviation, 40001)
    strikes = forward * np.exp(x)
    options = otm_prices(forward, strikes, 1.0, np.full(x.size, deviation))
    return float(np.trapezoid(shape.pool(strikes).density * options * strikes, x))


@pytest.mark.parametrize("shape", [*STEEPER, Stable.typical(40.0), CoveredCall.typical(40.0)], ids=str)
@pytest.mark.parametrize(("deviation", "allowed"), [(0.03, 2e-3), (0.1, 1e-4), (0.5, 1e-4)])
def test_a_fitted_density_has_the_price_of_the_pool(shape: PoolShape, deviation: float, allowed: float) -> None:
    centre = shape.rate if isinstance(shape, Stable) else shape.strike
    for forward in (0.97 * centre, centre, 1.2 * centre):
        expected = strip(shape, forward, deviation)
        if expected > 1e-7 * float(shape.pool(np.array(forward)).value):
            assert price_flat(shape.density(), forward, deviation, 1.0) == pytest.approx(expected, rel=allowed)


@pytest.mark.parametrize("shape", STEEPER, ids=str)
def test_a_steep_density_keeps_value_and_slope(shape: PoolShape) -> None:
    centre = shape.rate if isinstance(shape, Stable) else shape.strike
    s = centre * np.exp(np.linspace(-0.2, 0.2, 301))
    pool, density, at = shape.pool(s), shape.density(), shape.pool(np.array(centre))
    assert density.value(s, centre, float(at.value), float(at.delta)) == pytest.approx(pool.value, rel=1e-5)
    assert density.delta(s, centre, float(at.delta)) == pytest.approx(pool.delta, abs=5e-4 * float(at.delta))
    kept = (pool.base > 1e-6 * pool.base[0]) & (pool.quote > 1e-6 * pool.quote[-1])
    assert density.at(s)[kept] == pytest.approx(pool.density[kept], rel=STEEP)
    assert min(segment.coefficient for segment in density.segments) > 0.0


def test_a_stable_density_keeps_its_own_tails() -> None:
    far = np.array([1e-20, 1e20])
    shape = Stable(100.0, 1.0)
    assert shape.density().at(far) == pytest.approx(shape.pool(far).density, rel=2e-3)


@pytest.mark.parametrize(("base", "quote", "weight"), [(3.0, 500.0, 0.8), (1e-3, 2e7, 0.05), (10.0, 10.0, 0.5)])
def test_a_weighted_share_holds_its_amounts_at_its_own_price(base: float, quote: float, weight: float) -> None:
    shape = weighted_of(base, quote, weight)
    own = quote / (1.0 - weight) / (base / weight)
    pool = shape.pool(np.array(own))
    assert (float(pool.base), float(pool.quote)) == pytest.approx((base, quote), rel=1e-12)


@pytest.mark.parametrize("rate", [1.0, 1.18, 1900.0])
def test_a_stable_share_holds_its_balances_at_its_own_price(rate: float) -> None:
    shape = stable_of(200.0, 300.0, 400.0 * rate, rate)
    prices = rate * np.exp(np.linspace(-0.2, 0.2, 40001))
    pool = shape.pool(prices)
    nearest = int(np.argmin(np.abs(pool.base - 300.0)))
    assert float(pool.quote[nearest]) == pytest.approx(400.0 * rate, rel=2e-3)


def test_ranges_of_one_position_add_and_join() -> None:
    low, high = concentrated(50.0, 900.0, 1100.0), concentrated(80.0, 1100.0, 1500.0)
    both = Concentrated(low.ranges + high.ranges)
    assert both.spans == ((900.0, 1500.0),)
    assert Concentrated((PriceRange(1.0, 2.0, 1.0), PriceRange(3.0, 4.0, 1.0))).spans == ((1.0, 2.0), (3.0, 4.0))
    s = np.array([800.0, 1000.0, 1300.0, 1600.0])
    assert both.pool(s).value == pytest.approx(low.pool(s).value + high.pool(s).value, rel=1e-14)
    assert both.density().at(s) == pytest.approx(low.density().at(s) + high.density().at(s), rel=1e-14)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Weighted(1.0, 20.0), "give a share, 0.2 for 20 %"),
        (lambda: Weighted(1.0, math.nan), "weight"),
        (lambda: Weighted(0.0, 0.5), "size of the pool"),
        (lambda: weighted_of(-1.0, 1.0, 0.5), "base_amount"),
        (lambda: Stable(0.0, 1.0), "give the contract's A"),
        (lambda: Stable(100.0, -1.0), "invariant"),
        (lambda: Stable(1e9, 1.0), "1 to 1e6"),
        (lambda: CoveredCall(2000.0, 0.8, 0.0), "all base token below the strike"),
        (lambda: CoveredCall(2000.0, 80.0, 0.5), "0.8 is 80 % a year"),
        (lambda: CoveredCall(2000.0, 0.8, 0.5, -1.0), "size"),
    ],
)
def test_bad_shapes_are_refused_with_a_remedy(make, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DomainError) as caught:
        make()
    assert words in str(caught.value)
