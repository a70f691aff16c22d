"""Three results of liquidity: their link on any path, their vectors, and the modelled loss against simulation."""

from dataclasses import replace
from datetime import timedelta

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import EXPIRES, NOW, state

from seawall.convexity.price import price_flat
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_curves import CoveredCall
from seawall.instruments.pool_record import FeeModel, PoolRecord
from seawall.instruments.pool_shapes import SHAPES, ConstantProduct, concentrated
from seawall.ledger.lp_results import Income, bridge_lvr, results_now, results_of, results_on_path
from seawall.ledger.rent_split import Venue, rent_split, rent_split_of
from seawall.ledger.share import hedgeable_share
from seawall.market.smile import FlatSmile

WORLD = state(FlatSmile(0.2, "test"))
RANGE = concentrated(100.0, 1500.0, 2500.0)


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.5, 2.0), min_size=3, max_size=12))
def test_hold_is_rebalancing_plus_the_drift_of_what_is_held(kind: str, ratios: list[float]) -> None:
    """METHOD 5.4: (vs HODL) = (vs rebalancing) + sum (x_i - x_0)(P_(i+1) - P_i), exactly, on every path."""
    shape, path = SHAPES[kind].typical(100.0), 100.0 * np.array(ratios)
    found = results_on_path(shape, path)
    base = shape.pool(path).base
    drift = float(np.sum((base[:-1] - base[0]) * np.diff(path)))
    scale = float(np.max(shape.pool(path).value))
    assert found.rebalancing is not None
    assert found.hold == pytest.approx(found.rebalancing + drift, abs=1e-11 * scale)
    assert found.hold <= 1e-11 * scale
    assert found.rebalancing <= 1e-11 * scale
    assert found.rebalancing_origin is Origin.OBSERVED


@pytest.mark.parametrize(
    ("price", "loss"),
    [(1000.0, -253.231689), (1600.0, -49.844719), (1800.0, -11.776940), (2400.0, -40.740130), (3500.0, -298.373876)],
)
def test_vectors_of_the_method(price: float, loss: float) -> None:
    """METHOD 1.4: v3 L 100 on [1500, 2500], entry 2000."""
    found = results_now(RANGE, 2000.0, price, None, None, Income(40.0, FeeModel.PRO_RATA, 7.0))
    assert found.hold == pytest.approx(loss, abs=5e-7)
    assert found.hold_with_fees == pytest.approx(loss + 40.0, abs=5e-7)
    values = {1000.0: 581.9889, 1600.0: 927.0167, 2400.0: 1124.9756, 3500.0: 1127.0167}
    if price in values:
        assert found.cash == pytest.approx(values[price] - 1071.2886, abs=1.1e-4)
    assert (found.rebalancing, found.rebalancing_with_fees) == (None, None)
    assert (found.emissions, found.fee_model) == (7.0, FeeModel.PRO_RATA)


def test_unknown_fees_leave_every_result_with_fees_unknown() -> None:
    found = results_now(RANGE, 2000.0, 2100.0, 0.8, 0.1)
    assert (found.cash_with_fees, found.hold_with_fees, found.rebalancing_with_fees) == (None, None, None)
    assert found.fees is None
    assert found.rebalancing is not None


def test_the_modelled_loss_of_constant_product_is_its_integral() -> None:
    """``sigma^2 L/4 int E sqrt P dt`` of a Brownian bridge in ln P: a lognormal mean, integrated at 30 digits."""
    vol, years, entry, price = 0.9, 0.4, 1800.0, 2300.0
    with mpmath.workdps(30):

        def mean(t: mpmath.mpf) -> mpmath.mpf:
            middle = mpmath.log(entry) + t * mpmath.log(mpmath.mpf(price) / entry)
            return mpmath.exp(middle / 2 + mpmath.mpf(vol) ** 2 * years * t * (1 - t) / 8)

        expected = float(mpmath.mpf(vol) ** 2 * 50 / 4 * years * mpmath.quad(mean, [0, 1]))
    assert bridge_lvr(ConstantProduct(50.0), entry, price, vol, years) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_modelled_loss_averages_to_the_price_of_the_density(kind: str) -> None:
    """Over all ends of a martingale it is ``E[-IL]``, the price of the density (METHOD 2.2 and 2.3)."""
    shape, entry, vol, years = SHAPES[kind].typical(100.0), 100.0, 0.6, 0.25
    nodes, weights = np.polynomial.hermite_e.hermegauss(48)
    nodes, weights = nodes[weights > 1e-9], weights[weights > 1e-9]
    ends = entry * np.exp(vol * np.sqrt(years) * nodes - 0.5 * vol**2 * years)
    losses = [bridge_lvr(shape, entry, float(end), vol, years) for end in ends]
    mean = float(np.sum(weights * losses) / np.sum(weights))
    assert mean == pytest.approx(price_flat(shape.density(), entry, vol, years), rel=2e-3)


def position(**terms: object) -> Position:
    record = replace(PoolRecord(entry_price=1900.0), **terms)  # type: ignore[arg-type]
    return Position("pool", LiquidityPosition("ETH", RANGE, record=record), 3.0, "pools")


def test_a_position_of_a_book_has_results_of_all_its_units() -> None:
    opened = NOW - timedelta(days=73)
    held = position(opened=opened, fees_usd=5.0, fee_model=FeeModel.FEE_GROWTH, emissions_usd=2.0)
    found = results_of(held, WORLD)
    one = results_now(RANGE, 1900.0, 2000.0, 0.8, 0.2)
    assert (found.cash, found.hold) == pytest.approx((3.0 * one.cash, 3.0 * one.hold))
    assert found.rebalancing == pytest.approx(3.0 * (one.rebalancing or 0.0))
    assert (found.fees, found.emissions) == (15.0, 6.0)
    assert (found.rebalancing_origin, found.fee_model) == (Origin.MODELLED, FeeModel.FEE_GROWTH)
    assert "80 % a year over 73.0 days" in found.rebalancing_source
    assert results_of(position(), WORLD).rebalancing is None


def test_what_has_no_results_is_refused() -> None:
    with pytest.raises(MissingDataError, match="add `entry_price`"):
        results_of(position(entry_price=None), WORLD)
    option = Position("o", EuropeanOption("SPX", "call", 6000.0, EXPIRES), 1.0, "options")
    with pytest.raises(DomainError, match="only liquidity"):
        results_of(option, WORLD)
    with pytest.raises(DomainError, match="only liquidity"):
        rent_split_of(option, WORLD)
    with pytest.raises(DomainError, match="after the market's time"):
        results_of(position(opened=NOW + timedelta(days=1)), WORLD)
    with pytest.raises(DomainError, match="say where fees are from"):
        PoolRecord(fees_usd=5.0)


@pytest.mark.parametrize(("fee", "poisson", "equal"), [(0.0005, 41.1, 36.5), (0.003, 10.4, 8.7)])
def test_rent_split_of_the_method(fee: float, poisson: float, equal: float) -> None:
    """METHOD 5.5: sigma 80 %, 12 s blocks: arbitrage share 41.1 % and 10.4 % (Poisson), 36.5 % and 8.7 %."""
    for shape in (ConstantProduct(50.0), RANGE):
        split = rent_split(shape, 2000.0, 0.8, Venue(fee, 12.0))
        assert split.rent == pytest.approx(0.5 * 0.8**2 * 2000.0**2 * float(shape.density().at(2000.0)), rel=1e-12)
        assert 100.0 * split.poisson.arbitrage / split.rent == pytest.approx(poisson, abs=0.05)
        assert split.equal_blocks is not None
        assert 100.0 * split.equal_blocks.arbitrage / split.rent == pytest.approx(equal, abs=0.05)
        assert split.preferred == split.equal_blocks
        assert split.poisson.arbitrage + split.poisson.recaptured == pytest.approx(split.rent, rel=1e-5)
        assert split.equal_blocks.arbitrage + split.equal_blocks.recaptured == pytest.approx(split.rent, rel=1e-12)


def test_gas_calls_for_poisson_blocks() -> None:
    """METHOD 1.5: 5 % a day, 30 bp, 12 s, gas 9 bp: 11.188 % to arbitrageurs, 8.259 % gas, 80.553 % back."""
    vol, fee = 0.05 * np.sqrt(365.0), -np.expm1(-0.003)
    split = rent_split(ConstantProduct(50.0), 2000.0, vol, Venue(fee, 12.0, 0.0009))
    shares = [100.0 * x / split.rent for x in (split.poisson.arbitrage, split.poisson.gas, split.poisson.recaptured)]
    assert shares == pytest.approx([11.188, 8.259, 80.553], abs=5e-4)
    assert split.equal_blocks is None
    assert split.preferred == split.poisson


def test_a_book_without_fee_or_blocks_has_no_split_and_out_of_range_pays_none() -> None:
    assert rent_split_of(position(), WORLD) is None
    assert rent_split_of(position(fee=0.003), WORLD) is None
    split = rent_split_of(position(fee=0.003, block_seconds=12.0), WORLD)
    assert split is not None
    assert split.rent == pytest.approx(3.0 * 715.5418, rel=1e-6)  # METHOD 1.4
    idle = rent_split(concentrated(100.0, 3000.0, 4000.0), 2000.0, 0.8, Venue(0.003, 12.0))
    assert (idle.rent, idle.poisson.arbitrage) == (0.0, 0.0)
    with pytest.raises(DomainError, match="Ethereum has 12"):
        rent_split(RANGE, 2000.0, 0.8, Venue(0.003, 0.0))


def test_a_covered_call_far_from_its_strike_has_nothing_to_hedge() -> None:
    far = Position("far", LiquidityPosition("ETH", CoveredCall(4000.0, 0.5, 1.0 / 365.0)), 1.0, "pools")
    near = Position("near", LiquidityPosition("ETH", CoveredCall(2100.0, 0.5, 0.1)), 1.0, "pools")
    assert far.exposure(WORLD).gamma_usd < 0.0
    assert hedgeable_share(far, WORLD) is None
    assert hedgeable_share(near, WORLD) is not None
