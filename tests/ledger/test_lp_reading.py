"""A pool position read in a market: METHOD's vectors, closed forms, and what is said at and beyond the ends."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.worlds import NOW, datum, method_condor, state

from seawall.convexity.price import price_flat
from seawall.core.errors import InputError, MissingDataError
from seawall.core.status import Status
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import (
    SHAPES,
    Concentrated,
    ConstantProduct,
    PoolShape,
    PriceRange,
    concentrated,
)
from seawall.kernels.black import black
from seawall.ledger.lp_reading import LpReading, pool_positions, read_position
from seawall.ledger.share import hedgeable_share
from seawall.market.smile import FlatSmile, QuotedSmile
from seawall.market.state import State

MARKET = state(FlatSmile(0.16, "test"))
METHOD = concentrated(100.0, 1500.0, 2500.0)


def read(shape: PoolShape, fee_apr: float | None = 0.2, market: State = MARKET, quantity: float = 1.0) -> LpReading:
    return read_position(Position("held", LiquidityPosition("ETH", shape, fee_apr), quantity, "pools"), market)


def moved(**changes: object) -> State:
    return replace(MARKET, assets={**MARKET.assets, "ETH": replace(MARKET.assets["ETH"], **changes)})


def test_the_vectors_of_method() -> None:
    """METHOD 1.4, 2.4, 2.5, 2.6: v3, L 100, [1500, 2500] at 2000, sigma .8, 30 days, r 0, fees 20 %/yr."""
    found = read(METHOD)
    assert found.holdings.tokens_usd == pytest.approx(1071.2886, abs=5e-5)
    assert found.holdings.leverage == pytest.approx(8.349078, abs=5e-7)
    assert found.holdings.base == pytest.approx(0.2360679775, abs=5e-11)
    assert found.exposure.gamma_usd == pytest.approx(-5.590170e-4 * 2000.0**2, rel=1e-6)
    assert 365.0 * found.at_implied.usd_per_day == pytest.approx(715.5418, abs=5e-5)
    assert 365.0 * found.at_realised.usd_per_day == pytest.approx(715.5418, abs=5e-5)
    assert found.at_implied.fee_apr_needed == pytest.approx(8.349078 * 0.64 / 8.0, rel=1e-6)
    assert found.loss.usd == pytest.approx(51.4801076, abs=5e-8)
    assert found.loss.usd / found.holdings.tokens_usd == pytest.approx(480.54e-4, abs=5e-7)
    assert found.loss.vol == pytest.approx(0.8, abs=1e-9)
    assert 100.0 * found.exposure.horizon_vega_usd_per_point == pytest.approx(-106.604824, abs=5e-7)
    assert found.horizon_shape.share == pytest.approx(0.878696, abs=5e-7)
    assert found.horizon_shape.variance_notional == pytest.approx(80.437668, abs=5e-7)
    assert found.break_even == pytest.approx(0.437765, abs=5e-7)
    assert found.fee_usd_per_day == pytest.approx(0.2 * 1071.28856 / 365.0, rel=1e-7)


def test_v2_at_fees_of_method() -> None:
    """METHOD 2.6: v2 at 10, 20, 40 %/yr breaks even at .894, 1.265, 1.789; share, vega; 1.4: its loss .00655377."""
    for apr, level in ((0.1, 0.894), (0.2, 1.265), (0.4, 1.789)):
        assert read(ConstantProduct(100.0), apr).break_even == pytest.approx(level, abs=5e-4)
    found = read(ConstantProduct(100.0))
    assert found.loss.usd / found.holdings.tokens_usd == pytest.approx(0.00655377, abs=5e-9)
    assert 100.0 * found.exposure.horizon_vega_usd_per_point == pytest.approx(-146.065532, abs=5e-7)
    assert found.horizon_shape.share == pytest.approx(0.993450, abs=5e-7)
    assert found.exits.everywhere
    assert found.exits.horizons == ()
    assert (found.exits.low, found.exits.high, found.exits.expected_days) == (None, None, None)
    assert found.exits.status is Status.ENDLESS


def test_needed_fees_pay_exactly_the_rent() -> None:
    """A position that earns the needed rate breaks even at the volatility it was needed for."""
    market = moved(realised_vol=datum(1.1))
    for shape in (METHOD, ConstantProduct(3.0), concentrated(7.0, 1990.0, 2020.0)):
        bare = read(shape, None, market)
        assert read(shape, bare.at_realised.fee_apr_needed, market).break_even == pytest.approx(1.1)
        assert read(shape, bare.at_implied.fee_apr_needed, market).break_even == pytest.approx(0.8)


def test_distances_and_exits() -> None:
    found = read(METHOD).exits
    daily = 0.8 / math.sqrt(365.0)
    assert (found.low.price, found.low.move) == (1500.0, -0.25)
    assert found.low.daily_deviations == pytest.approx(math.log(0.75) / daily)
    assert found.high.daily_deviations == pytest.approx(math.log(1.25) / daily)
    assert [h.days for h in found.horizons] == [1.0, 7.0, 30.0]
    for h in found.horizons:
        assert h.outside < h.cross < 2.5 * h.outside
    assert found.low_first == 0.5
    # E[tau] = (2/sigma^2)(ln S - E ln S_exit), even odds at 2000
    years = 2.0 / 0.64 * (math.log(2000.0) - 0.5 * math.log(1500.0 * 2500.0))
    assert found.expected_days == pytest.approx(365.0 * years)


def test_outside_at_the_horizon_is_two_black_deltas() -> None:
    """P(S_T < K) is minus the strike derivative of the put; by differences of Black prices."""
    found = read(METHOD).exits.horizons[2]
    years, step = 30.0 / 365.0, 1e-3

    def below(strike: float) -> float:
        put = [float(black(2000.0, strike + h, years, 0.8, 0.0, -1.0).price) for h in (-step, step)]
        return (put[1] - put[0]) / (2.0 * step)

    assert found.outside == pytest.approx(below(1500.0) + 1.0 - below(2500.0), abs=1e-7)


def test_the_strangle_has_its_gamma_and_its_rent_as_theta() -> None:
    """Same dollar gamma, same vol, r 0: theta of the strangle is the rent (METHOD 1.1, last identity)."""
    for shape in (METHOD, ConstantProduct(100.0), concentrated(100.0, 1980.0, 2020.0), concentrated(9.0, 1.0, 1e9)):
        found = read(shape)
        made = found.strangle
        spot = np.array([2000.0])
        assert found.strangle_gamma(spot)[0] == pytest.approx(found.gamma_bar(spot)[0])
        assert found.strangle_gamma(spot)[0] == pytest.approx(-found.gamma_usd_per_pct)
        assert made.theta_usd_per_day == pytest.approx(found.at_implied.usd_per_day)
        assert made.put.expires == NOW + timedelta(days=30)
        assert made.put.strike < 2000.0 < made.call.strike
    strikes = read(METHOD).strangle
    assert (strikes.put.strike, strikes.call.strike, strikes.at_ends) == (1500.0, 2500.0, (True, True))
    far = read(concentrated(9.0, 1.0, 2100.0)).strangle
    assert far.at_ends == (False, True)
    assert far.put.strike == pytest.approx(2000.0 * math.exp(-0.8 * math.sqrt(30.0 / 365.0)))


@pytest.mark.parametrize(
    ("low", "high", "room", "back", "holds"),
    [(2100.0, 2500.0, (0.0, 2100.0), 0.05, "base"), (1000.0, 1600.0, (1600.0, math.inf), -0.2, "quote")],
)
def test_out_of_range(low: float, high: float, room: tuple[float, float], back: float, holds: str) -> None:
    found = read(concentrated(100.0, low, high), 0.2)
    ends = found.exits
    assert not ends.inside
    assert ends.room == room
    assert (ends.low if back > 0 else ends.high).move == pytest.approx(back)
    assert found.at_realised.usd_per_day == found.at_implied.usd_per_day == found.fee_usd_per_day == 0.0
    assert found.strangle is None
    assert found.strangle_gamma(np.array([2000.0])) is None
    assert found.share is None
    assert found.break_even is None
    assert found.break_even_status is Status.NOT_SHORT
    assert found.loss.usd > 0.0
    assert found.holdings.leverage is None
    assert (found.holdings.base > 0.0) is (holds == "base")
    assert (found.holdings.quote > 0.0) is (holds == "quote")
    assert all(h.cross >= 1.0 - h.outside for h in ends.horizons)


def test_it_may_never_rise_but_surely_falls_back() -> None:
    """A driftless lognormal tends to zero: an expected wait exists only for a range below the price."""
    assert read(concentrated(1.0, 2100.0, 2500.0)).exits.status is Status.ENDLESS
    below = read(concentrated(1.0, 1000.0, 1600.0)).exits
    assert below.expected_days == pytest.approx(365.0 * 2.0 / 0.64 * math.log(1.25))


def test_unknown_stays_unknown_unless_nothing_is_owed() -> None:
    market = moved(realised_vol=None)
    found = read(METHOD, None, market)
    assert (found.at_realised.vol, found.at_realised.usd_per_day, found.at_realised.fee_apr_needed) == (None,) * 3
    assert (found.fee_usd_per_day, found.break_even, found.break_even_status) == (None, None, Status.UNKNOWN)
    assert found.share.product is None
    assert found.crypto_native_share == pytest.approx(1.0 - found.share.at_most)
    away = read(concentrated(1.0, 3000.0, 4000.0), None, market)
    assert away.at_realised.usd_per_day == 0.0
    assert away.fee_usd_per_day == 0.0


def test_share_is_the_ledgers() -> None:
    market = moved(spx_share=datum(0.25))
    position = Position("held", LiquidityPosition("ETH", METHOD), 3.0, "pools")
    found = read_position(position, market)
    assert found.share == hedgeable_share(position, market)
    assert found.crypto_native_share == pytest.approx(1.0 - found.share.product)


@pytest.mark.parametrize("edge", ["low", "high"])
def test_on_an_end(edge: str) -> None:
    low, high = (2000.0, 2500.0) if edge == "low" else (1500.0, 2000.0)
    found = read(concentrated(100.0, low, high))
    assert found.exits.inside
    assert found.exposure.status == (Status.ON_EDGE,)
    assert found.exits.expected_days == 0.0
    assert [h.cross for h in found.exits.horizons] == [1.0, 1.0, 1.0]
    assert found.at_implied.usd_per_day > 0.0
    assert found.strangle is not None


def test_a_gap_between_two_ranges() -> None:
    shape = Concentrated((PriceRange(1000.0, 1800.0, 5.0), PriceRange(2200.0, 3000.0, 9.0)))
    found = read(shape).exits
    assert not found.inside
    assert found.room == (1800.0, 2200.0)
    assert found.low_first == 0.5
    assert found.nearest == (2200.0, 3000.0)  # ln(2200/2000) < ln(2000/1800)
    inside = read(Concentrated((PriceRange(1000.0, 2100.0, 5.0), PriceRange(2200.0, 3000.0, 9.0)))).exits
    assert (inside.inside, inside.nearest, inside.room) == (True, (1000.0, 2100.0), (1000.0, 2100.0))


def test_loss_price_reads_the_whole_smile() -> None:
    """Dearer puts make the loss dearer than at the money's volatility, and the volatility in the price says so."""
    smile = QuotedSmile((1200.0, 2000.0, 3000.0), (1.0, 0.8, 0.8), "test")
    found = read(METHOD, market=moved(smile=smile))
    at_the_money = price_flat(METHOD.density(), 2000.0, 0.8, 30.0 / 365.0)
    assert found.implied_vol == pytest.approx(0.8)
    assert found.loss.usd > at_the_money
    assert 0.8 < found.loss.vol < 1.0


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_every_shape_is_read(kind: str) -> None:
    """Value is tokens at price, and holding today's tokens is never worse anywhere."""
    found = read(SHAPES[kind].typical(2000.0))
    grid = np.geomspace(700.0, 6000.0, 60)
    assert found.holdings.base * 2000.0 + found.holdings.quote == pytest.approx(found.holdings.tokens_usd)
    assert np.all(found.held(grid) >= found.value(grid) - 1e-9 * found.holdings.tokens_usd)
    assert found.value(np.array([2000.0]))[0] == pytest.approx(found.holdings.tokens_usd)


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_dollars_scale_and_ratios_do_not(kind: str) -> None:
    shape = SHAPES[kind].typical(2000.0)
    one, five = read(shape), read(shape, quantity=5.0)
    assert five.holdings.tokens_usd == pytest.approx(5.0 * one.holdings.tokens_usd)
    assert five.loss.usd == pytest.approx(5.0 * one.loss.usd)
    assert five.at_implied.usd_per_day == pytest.approx(5.0 * one.at_implied.usd_per_day)
    assert five.fee_usd_per_day == pytest.approx(5.0 * one.fee_usd_per_day)
    assert five.at_implied.fee_apr_needed == pytest.approx(one.at_implied.fee_apr_needed)
    assert five.break_even == pytest.approx(one.break_even)
    assert five.exits == one.exits


def test_accrued_fees_are_in_the_value_and_not_in_the_tokens() -> None:
    held = LiquidityPosition("ETH", METHOD, 0.2, 12.5)
    found = read_position(Position("held", held, 2.0, "pools"), MARKET)
    assert found.holdings.fees_usd == 25.0
    assert found.exposure.value_usd == pytest.approx(found.holdings.tokens_usd + 25.0)


def test_what_is_not_a_pool_is_refused() -> None:
    condor = Position("condor", method_condor(), -1.0, "options")
    pool = Position("pool", LiquidityPosition("ETH", METHOD), 1.0, "pools")
    with pytest.raises(InputError, match="'condor' is not a pool position"):
        read_position(condor, MARKET)
    with pytest.raises(InputError, match="held"):
        read_position(replace(pool, quantity=-1.0), MARKET)
    with pytest.raises(InputError, match="no pool position"):
        pool_positions((condor,))
    with pytest.raises(InputError, match="choose 'pool'"):
        pool_positions((condor, pool), "condor")
    with pytest.raises(InputError, match="no position is labelled 'x'"):
        pool_positions((condor, pool), "x")
    assert pool_positions((condor, pool)) == pool_positions((condor, pool), "pool") == (pool,)


def test_a_market_without_the_asset() -> None:
    with pytest.raises(MissingDataError, match="BTC"):
        read_position(Position("p", LiquidityPosition("BTC", METHOD), 1.0, "pools"), MARKET)
