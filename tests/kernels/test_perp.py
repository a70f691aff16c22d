"""`kernels.perp` against METHOD 1.6, Chitra's examples, derivatives by mpmath, and its laws."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import DomainError, MarginError
from seawall.kernels import perp

PAPER = "Chitra, arXiv:2512.01112, appendix on liquidations"


@pytest.mark.parametrize(
    ("size", "equity", "price"),
    [(1.0, 2.0, 0.0), (1.0, 2 / 3, 0.3333), (-4.0, 8 / 3, 1.6667), (1.0, 2 / 19, 0.8947), (-1.0, 10 / 99, 1.1010)],
)  # PAPER, accounts A to E
def test_bankruptcy_prices(size: float, equity: float, price: float) -> None:
    assert float(perp.bankruptcy_price(size, 1.0, equity)) == pytest.approx(price, abs=5e-5)


@pytest.mark.parametrize(
    ("closed", "price", "fill"), [(0.5, 1.30, 1.05), (0.2, 0.95, 0.85), (-2.0, 1.60, 2.60), (0.4, 0.98, 0.78)]
)  # PAPER, alpha = 1
def test_execution_prices(closed: float, price: float, fill: float) -> None:
    assert float(perp.execution_price(closed, price, 1.0)) == pytest.approx(fill, abs=1e-12)


def test_costs_and_bad_debt_of_the_paper() -> None:
    assert float(perp.closing_cost(0.5, 1.30, 1.32, 0.004, 0.0)) == pytest.approx(0.0026, abs=1e-12)
    assert float(perp.closing_cost(-0.5, 1.30, 1.32, 0.002, 0.001)) == pytest.approx(0.00196, abs=1e-12)
    assert float(perp.bad_debt(0.4, 0.98 - 2 / 19, 0.78)) == pytest.approx(0.0379, abs=5e-5)
    assert float(perp.bad_debt(-1.0, 1.05 + 10 / 99, 1.55)) == pytest.approx(0.399, abs=5e-4)
    assert float(perp.bad_debt(1.0, 0.8, 0.9)) == 0.0


@given(st.floats(0.1, 100.0), st.sampled_from([1.0, -1.0]), st.floats(1.0, 1e4), st.floats(-1e3, 1e5))
def test_equity_at_the_bankruptcy_price_is_nothing(units: float, side: float, price: float, equity: float) -> None:
    end = float(perp.bankruptcy_price(side * units, price, equity))
    if end > 0.0:
        left = equity + float(perp.linear_pnl(side * units, price, end))
        assert left == pytest.approx(0.0, abs=1e-9 * (abs(equity) + units * price))
        # a close one beyond it loses that, one short of it nothing
        assert float(perp.bad_debt(side * units, end, end * (1.0 - 0.1 * side))) == pytest.approx(0.1 * end * units)
        assert float(perp.bad_debt(side * units, end, end * (1.0 + 0.1 * side))) == 0.0


@given(st.floats(10.0, 1e4), st.sampled_from([1.0, -1.0]), st.floats(100.0, 1e5), st.floats(1e-3, 2.0))
def test_coins_at_the_inverse_bankruptcy_price_are_nothing(n: float, side: float, price: float, coins: float) -> None:
    end = float(perp.inverse_bankruptcy_price(side * n, price, coins))
    if math.isinf(end):
        assert side < 0.0
        assert coins >= n / price * (1.0 - 1e-12)  # all it can lose is what it was opened for
    else:
        left = coins + float(perp.inverse_pnl(side * n, price, end))
        assert left == pytest.approx(0.0, abs=1e-9 * (coins + n / price))


@pytest.mark.parametrize("contracts", [1000.0, -1000.0])
def test_inverse_greeks_are_derivatives(contracts: float) -> None:
    entry, price, coins = 40_000.0, 50_000.0, 0.05
    with mpmath.workdps(40):

        def in_coin(p: mpmath.mpf) -> mpmath.mpf:
            return contracts * (mpmath.mpf(1) / entry - 1 / p)

        def in_usd(p: mpmath.mpf) -> mpmath.mpf:
            return p * (mpmath.mpf(coins) + in_coin(p))

        coin = [float(mpmath.diff(in_coin, price, k)) for k in (0, 1, 2)]
        usd = [float(mpmath.diff(in_usd, price, k)) for k in (0, 1, 2)]
    assert float(perp.inverse_pnl(contracts, entry, price)) == pytest.approx(coin[0], rel=1e-13)
    assert float(perp.inverse_delta_coin(contracts, price)) == pytest.approx(coin[1], rel=1e-13)
    assert float(perp.inverse_gamma_coin(contracts, price)) == pytest.approx(coin[2], rel=1e-13)
    assert float(perp.inverse_gamma_coin(contracts, price)) * contracts < 0.0  # a long is short convexity in coin
    assert float(perp.inverse_value_usd(coins, contracts, entry, price)) == pytest.approx(usd[0], rel=1e-12)
    assert float(perp.inverse_delta_usd(coins, contracts, entry)) == pytest.approx(usd[1], rel=1e-13)
    assert usd[2] == pytest.approx(0.0, abs=1e-20)


def test_inverse_short_of_its_coins_is_a_synthetic_dollar() -> None:
    value = perp.inverse_value_usd(0.5, -20_000.0, 40_000.0, np.array([1e3, 4e4, 1e6]))
    np.testing.assert_allclose(value, 20_000.0, rtol=1e-12)


@pytest.mark.parametrize("power", [2.0, 3.0, 0.5, -1.0])
def test_power_perp_greeks_are_derivatives(power: float) -> None:
    price = 1.7
    with mpmath.workdps(30):
        first = float(mpmath.diff(lambda s: 3 * s**power, price, 1)) * price
        second = float(mpmath.diff(lambda s: 3 * s**power, price, 2)) * price**2
    assert float(perp.power_delta(3.0, price, power)) == pytest.approx(first, rel=1e-13)
    assert float(perp.power_gamma(3.0, price, power)) == pytest.approx(second, rel=1e-13)


def test_fair_funding_of_a_power_perp_is_the_drift_of_its_payoff() -> None:
    # E[S^p] grows at p(p-1) sigma^2/2 for a martingale S: Gauss-Hermite over one year
    x, w = np.polynomial.hermite_e.hermegauss(60)
    for power, vol in ((2.0, 0.8), (3.0, 0.4), (-1.0, 0.5)):
        terminal = np.exp(vol * x - 0.5 * vol**2) ** power
        growth = math.log(float(w @ terminal) / math.sqrt(2.0 * math.pi))
        assert float(perp.power_fair_funding(vol, power)) == pytest.approx(growth, rel=1e-9)
        assert float(perp.power_break_even_vol(growth, power)) == pytest.approx(vol, rel=1e-9)
    # METHOD 1.6: p = 2 gives sqrt(annual funding); a long that is paid breaks even at no volatility
    assert float(perp.power_break_even_vol(0.64, 2.0)) == pytest.approx(0.8, rel=1e-15)
    assert math.isnan(float(perp.power_break_even_vol(-0.1, 2.0)))


def test_close_out_of_method() -> None:
    found = perp.partial_close([4.0, 0.1], 10.0, 10.0, 0.05, 0.02)
    np.testing.assert_allclose(found.quantity, [2.0871215, 10.0], atol=5e-8)
    assert found.restored.tolist() == [True, False]


@given(
    st.floats(-50.0, 200.0), st.floats(0.5, 50.0), st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.floats(0.0, 5.0)
)  # fmt: skip
def test_close_out_restores_maintenance_with_the_least(
    equity: float, units: float, rate: float, impact: float, cost: float
) -> None:
    price = 10.0

    def spare(z: np.ndarray | float) -> np.ndarray:
        """Equity after selling z against linear impact and the fixed cost, less what the rest needs."""
        return np.asarray(equity - 0.5 * impact * np.square(z) - cost - rate * price * (units - np.asarray(z)))

    found = perp.partial_close(equity, -units, price, rate, impact, cost)
    quantity = float(found.quantity)
    assert 0.0 <= quantity <= units
    grid = np.linspace(0.0, units, 2001)
    if equity >= rate * price * units:
        assert quantity == 0.0
    elif found.restored:
        assert float(spare(quantity)) == pytest.approx(0.0, abs=1e-8)
        assert np.all(spare(grid[grid < quantity * (1.0 - 1e-9)]) < 1e-9)
    else:
        assert quantity == units
        assert np.all(spare(grid) < 1e-9)


def test_hyperliquid_sells_a_fifth_first() -> None:
    # Hyperliquid documentation, Liquidations: larger than 100k USDC; 30 s in which all of it is sent
    found = perp.hyperliquid_order(
        [2.0, -2.0, 2.0, 2.0, 1.0], [60e3, 60e3, 60e3, 60e3, 100e3], [math.inf, 31, 29.9, 30, 60]
    )
    np.testing.assert_allclose(found, [0.4, -0.4, 2.0, 0.4, 1.0], rtol=1e-15)


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=10), st.floats(0.0, 300.0))
def test_insurance_fund_pays_while_it_lasts(deficits: list[float], fund: float) -> None:
    found, left = perp.insurance_waterfall(deficits, fund), fund
    for i, owed in enumerate(deficits):
        paid = min(owed, left)
        left -= paid
        assert float(found.paid[i]) == pytest.approx(paid, abs=1e-10)
    assert found.fund == pytest.approx(left, abs=1e-10)
    np.testing.assert_allclose(found.paid + found.residual, deficits, atol=1e-12)
    assert fund - found.fund == pytest.approx(float(found.paid.sum()), abs=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: perp.bankruptcy_price(0.0, 1.0, 1.0),
        lambda: perp.inverse_pnl(1.0, 0.0, 1.0),
        lambda: perp.linear_pnl(1.0, 1.0, float("nan")),
        lambda: perp.power_break_even_vol(0.1, 0.5),
        lambda: perp.partial_close(1.0, 1.0, 1.0, 1.0, 0.1),
        lambda: perp.partial_close(1.0, 1.0, 1.0, 0.1, -0.1),
        lambda: perp.insurance_waterfall([-1.0], 1.0),
        lambda: perp.isolated_liquidation_price(100.0, 0.5, 0.01, 1.0),
    ],
)
def test_what_cannot_be_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(DomainError):
        call()


def test_a_position_that_would_end_on_opening_is_refused() -> None:
    with pytest.raises(MarginError, match="at most 20"):
        perp.isolated_liquidation_price(100.0, 25.0, 0.05, 1.0)
