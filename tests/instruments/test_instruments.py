"""Instruments against independent pricing, finite differences and their own terms."""

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from tests.worlds import EXPIRES, NOW, state

from seawall.core.clock import settlement_instant
from seawall.core.errors import (
    ConventionError,
    DomainError,
    MarginError,
    MissingDataError,
    RangeError,
    StrikesOutOfOrderError,
)
from seawall.core.status import Status
from seawall.instruments.base import Instrument, Position, total
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct, concentrated
from seawall.instruments.structures import calendar, call_ladder, condor, option_on, option_on_vix, vertical
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.curve import VixCurve
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves, State

VIX_EXPIRES = settlement_instant("VIX", date(2021, 4, 21))
WORLD = state(FlatSmile(0.2, "test"), rate=0.03, income=0.015)


def every_instrument() -> list[Instrument]:
    spx, vix = option_on("SPX"), option_on_vix()
    later = EXPIRES + timedelta(days=60)
    return [
        EuropeanOption("SPX", "put", 5800.0, EXPIRES),
        EuropeanOption("ETH", "call", 2200.0, EXPIRES, 1.0),
        vertical(spx, "put", (5500.0, 5700.0), EXPIRES),
        condor(spx, (5400.0, 5600.0, 6300.0, 6500.0), EXPIRES),
        calendar(spx, "call", 6100.0, EXPIRES, later),
        call_ladder(spx, (6300.0, 6500.0, 6700.0), (1.0, 2.0, 3.0), EXPIRES),
        VixFuture(VIX_EXPIRES, 17.0),
        VixOption("call", 25.0, VIX_EXPIRES),
        calendar(vix, "call", 22.0, VIX_EXPIRES, settlement_instant("VIX", date(2021, 6, 16))),
        LiquidityPosition("ETH", ConstantProduct(500.0), fee_apr=0.2),
        LiquidityPosition("ETH", concentrated(900.0, 1500.0, 2500.0), fee_apr=0.4),
        LinearPerp("ETH", -12.0, 2100.0, 5.0, 0.01),
    ]


@pytest.mark.parametrize(
    "instrument", [i for i in every_instrument() if i.factor != "VIX"], ids=lambda i: f"{i.kind}-{i.factor}"
)
def test_greeks_are_the_derivatives_of_value(instrument: Instrument) -> None:
    """Delta, gamma and theta of the exposure against central differences of full revaluation."""
    h = 1e-3

    def value(returns: list[float], days: float = 0.0) -> np.ndarray:
        return instrument.value(WORLD.view(Moves({instrument.factor: np.array(returns)}, {}, days)))

    down, mid, up = value([-h, 0.0, h])
    exposure = instrument.exposure(WORLD)
    scale = abs(exposure.delta_usd) + abs(exposure.gamma_usd) + abs(exposure.value_usd) * 1e-3 + 1.0
    assert exposure.value_usd == pytest.approx(mid, rel=1e-12, abs=1e-9)
    assert exposure.delta_usd == pytest.approx((up - down) / (2.0 * h), abs=2e-4 * scale)
    assert exposure.gamma_usd == pytest.approx((up - 2.0 * mid + down) / h**2, abs=2e-3 * scale)
    if instrument.settles:
        hour = 1.0 / 24.0
        slope = (value([0.0], hour) - mid)[0] / hour * 365.0
        assert exposure.theta_usd_per_year == pytest.approx(slope, rel=5e-3, abs=1e-3 * scale)


def test_spx_option_is_quantlib_black_scholes_merton() -> None:
    option = EuropeanOption("SPX", "put", 5800.0, EXPIRES)
    today = ql.Date(1, 3, 2021)
    ql.Settings.instance().evaluationDate = today
    handle = lambda r: ql.YieldTermStructureHandle(ql.FlatForward(today, r, ql.Actual365Fixed()))  # noqa: E731
    vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), 0.2, ql.Actual365Fixed()))
    spot = ql.QuoteHandle(ql.SimpleQuote(6000.0))
    process = ql.BlackScholesMertonProcess(spot, handle(0.015), handle(0.03), vol)
    other = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 5800.0), ql.EuropeanExercise(today + 45))
    other.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    mine = option.exposure(WORLD)
    assert mine.value_usd == pytest.approx(100.0 * other.NPV(), rel=1e-10)
    assert mine.delta_usd == pytest.approx(100.0 * other.delta() * 6000.0, rel=1e-10)
    assert mine.gamma_usd == pytest.approx(100.0 * other.gamma() * 6000.0**2, rel=1e-10)
    assert mine.vega_usd_per_point == pytest.approx(other.vega(), rel=1e-10)
    assert mine.theta_usd_per_year == pytest.approx(100.0 * other.theta(), rel=1e-8)


def test_vix_option_is_on_the_future_of_its_own_expiry() -> None:
    """Put-call parity holds against that future and fails against the index by the discounted basis."""
    call, put = VixOption("call", 20.0, VIX_EXPIRES), VixOption("put", 20.0, VIX_EXPIRES)
    view = WORLD.view()
    future = view.vix_future(VIX_EXPIRES)[0]
    discount = math.exp(-0.03 * view.years(VIX_EXPIRES))
    gap = (call.value(view) - put.value(view))[0] / 100.0
    assert gap == pytest.approx(discount * (future - 20.0), abs=1e-10)
    assert abs(gap - discount * (18.0 - 20.0)) > 0.1


def test_vix_future_follows_the_shock_betas_and_rolls_down_the_curve() -> None:
    future = VixFuture(NOW + timedelta(days=45), 17.0)
    still, up = future.value(WORLD.view())[0], future.value(WORLD.view(Moves({}, {"SPX": np.array([10.0])})))[0]
    assert up - still == pytest.approx(1000.0 * 0.45 * 10.0, rel=1e-12)  # VX2 beta, METHOD 3.4
    at_expiry = future.value(WORLD.view(Moves({}, {}, 45.0)))[0]
    assert at_expiry == pytest.approx(1000.0 * (18.0 - 17.0), abs=1e-6)


def test_vix_carry_is_theta_plus_roll_plus_the_rise_of_volatility_towards_expiry() -> None:
    option = VixOption("call", 22.0, VIX_EXPIRES)
    exposure, day = option.exposure(WORLD), Moves({}, {}, 1.0)
    now, tomorrow = WORLD.view(), WORLD.view(day)
    roll = (tomorrow.vix_future(VIX_EXPIRES) - now.vix_future(VIX_EXPIRES))[0] * 365.0
    rise = (tomorrow.vix_option_vol(22.0, VIX_EXPIRES) - now.vix_option_vol(22.0, VIX_EXPIRES))[0] * 365.0
    parts = exposure.theta_usd_per_year + exposure.vega_usd_per_point * roll
    parts += exposure.vol_of_vol_usd_per_point * 100.0 * rise
    assert exposure.carry_usd_per_year == pytest.approx(parts, rel=0.03)


def test_pool_vectors_of_the_method() -> None:
    """METHOD 1.4: v3 L 100 on [1500, 2500] at 1000, 1600, 2000, 2400, 3500; at 2000 delta and gamma."""
    pool = LiquidityPosition("ETH", concentrated(100.0, 1500.0, 2500.0))
    prices = np.array([1000.0, 1600.0, 2000.0, 2400.0, 3500.0])
    values = pool.value(WORLD.view(Moves({"ETH": prices / 2000.0 - 1.0})))
    assert values == pytest.approx([581.9889, 927.0167, 1071.2886, 1124.9756, 1127.0167], abs=5e-5)
    exposure = pool.exposure(WORLD)
    assert exposure.delta_usd / 2000.0 == pytest.approx(0.2360679775, abs=5e-11)
    assert exposure.gamma_usd / 2000.0**2 == pytest.approx(-5.590170e-4, abs=5e-11)
    assert exposure.horizon_vega_usd_per_point == pytest.approx(-1.06604824, rel=1e-7)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(2100.0, 2500.0, Status.OUT_OF_RANGE), (2000.0, 2500.0, Status.ON_EDGE), (1500.0, 2500.0, None)],
)
def test_a_range_says_where_the_price_is_and_earns_only_inside(
    low: float, high: float, expected: Status | None
) -> None:
    exposure = LiquidityPosition("ETH", concentrated(100.0, low, high), fee_apr=0.3).exposure(WORLD)
    assert exposure.status == (() if expected is None else (expected,))
    assert (exposure.carry_usd_per_year == 0.0) == (expected is Status.OUT_OF_RANGE)


def test_unknown_carry_stays_unknown_in_the_sum() -> None:
    known, unknown = (
        LiquidityPosition("ETH", ConstantProduct(100.0), fee_apr=0.1),
        LiquidityPosition("ETH", ConstantProduct(100.0)),
    )
    assert unknown.exposure(WORLD).carry_usd_per_year is None
    assert total([known.exposure(WORLD), unknown.exposure(WORLD)]).carry_usd_per_year is None


def test_perp_liquidation_and_funding() -> None:
    """METHOD 1.6: isolated 100, 10x, maintenance .005: long 90.452261, short 109.452736."""
    long, short = LinearPerp("ETH", 1.0, 100.0, 10.0, 0.005), LinearPerp("ETH", -1.0, 100.0, 10.0, 0.005)
    assert long.liquidation_price() == (pytest.approx(90.452261, abs=5e-7), Status.FOUND)
    assert short.liquidation_price() == (pytest.approx(109.452736, abs=5e-7), Status.FOUND)
    assert LinearPerp("ETH", 1.0, 100.0, 1.0, 0.005).liquidation_price() == (0.0, Status.NEVER)
    held = LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01)
    assert held.exposure(WORLD).carry_usd_per_year == pytest.approx(-3.0 * 2000.0 * 0.1095)
    crash = held.value(WORLD.view(Moves({"ETH": np.array([-0.5, 0.0])})))
    assert crash == pytest.approx([0.0, 3.0 * 1900.0 / 5.0 + 3.0 * 100.0])


def test_position_is_linear_in_quantity() -> None:
    option = EuropeanOption("SPX", "call", 6100.0, EXPIRES)
    one, three = Position("a", option, 1.0, "options"), Position("b", option, -3.0, "options")
    assert three.exposure(WORLD).gamma_usd == pytest.approx(-3.0 * one.exposure(WORLD).gamma_usd)
    assert three.density(WORLD) == one.density(WORLD).scaled(-3.0)


def test_a_calendar_has_no_one_density_and_a_condor_has_four_masses() -> None:
    spx = option_on("SPX")
    assert calendar(spx, "put", 6000.0, EXPIRES, EXPIRES + timedelta(days=30)).density(WORLD) is None
    masses = condor(spx, (5400.0, 5600.0, 6300.0, 6500.0), EXPIRES).density(WORLD).scaled(-1.0).masses
    assert [m.size for m in masses] == [-100.0, 100.0, 100.0, -100.0]


def test_bad_terms_are_refused_with_a_remedy() -> None:
    spx = option_on("SPX")
    with pytest.raises(StrikesOutOfOrderError, match=r"did you mean \(5400, 5600, 6300, 6500\)"):
        condor(spx, (5600.0, 5400.0, 6300.0, 6500.0), EXPIRES)
    with pytest.raises(DomainError, match="4 strikes"):
        condor(spx, (5600.0, 5400.0), EXPIRES)
    with pytest.raises(ConventionError, match="swap them"):
        calendar(spx, "put", 6000.0, EXPIRES, EXPIRES)
    with pytest.raises(DomainError, match="every rung is owned"):
        call_ladder(spx, (6000.0, 6100.0), (1.0, -1.0), EXPIRES)
    with pytest.raises(RangeError, match=r"did you mean \[1500, 2500\]"):
        LiquidityPosition("ETH", concentrated(1.0, 2500.0, 1500.0))
    with pytest.raises(DomainError, match="liquidity"):
        LiquidityPosition("ETH", ConstantProduct(-1.0))
    with pytest.raises(MarginError, match="at most 20"):
        LinearPerp("ETH", 1.0, 100.0, 25.0, 0.05)
    with pytest.raises(MissingDataError, match="no BTC"):
        LiquidityPosition("BTC", ConstantProduct(1.0)).exposure(WORLD)
    with pytest.raises(DomainError, match="quantity"):
        Position("x", EuropeanOption("SPX", "call", 6000.0, EXPIRES), 0.0, "options")


def test_expired_option_is_worth_its_intrinsic_value() -> None:
    gone = EuropeanOption("SPX", "call", 5900.0, datetime(2021, 2, 26, 21, tzinfo=UTC))
    exposure = gone.exposure(WORLD)
    assert exposure.value_usd == pytest.approx(100.0 * 100.0)
    assert exposure.status == (Status.EXPIRED,)
    assert exposure.gamma_usd == 0.0


def test_future_beyond_the_last_quote_says_so() -> None:
    curve = VixCurve(18.0, 19.0, (0.1, 0.2), (19.0, 20.0), "test")
    assert curve.future(0.15)[0] == pytest.approx(math.sqrt((19.0**2 + 20.0**2) / 2.0))
    assert curve.future(0.5) == (20.0, Status.EXTRAPOLATED)
    assert curve.future(0.0)[0] == 18.0


def test_state_without_vix_names_the_remedy() -> None:
    bare = State(NOW, WORLD.assets, WORLD.rate)
    with pytest.raises(MissingDataError, match="add `vix`"):
        VixFuture(VIX_EXPIRES, 17.0).exposure(bare)
