"""`kernels.lvr` against METHOD 1.5, a simulation of reserves block by block, quadrature of swaps, and its laws."""

import math
from collections.abc import Callable
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from tests.published import reference

from seawall.core.errors import DomainError, NotConvergedError
from seawall.kernels import amm, lvr

Floats = NDArray[np.float64]

DAILY = 0.05
"""Volatility of the vectors, per square root of a day."""
BP = 1e-4


def per_day(fee_bp: float, seconds: float, gas_bp: float = 0.0, *, input_fee: bool = False) -> lvr.Blocks:
    return lvr.blocks(DAILY, 86400.0 / seconds, fee_bp * BP, gas_bp * BP, input_fee=input_fee)


# ---- vectors


@pytest.mark.parametrize(
    ("fee_bp", "seconds", "trade", "arb", "fee", "equal"),
    [
        (5.0, 12.0, 0.4545, 1.420455, 1.704546, 1.272157),
        (30.0, 12.0, 0.1220, 0.381098, 2.743904, 0.320883),
        (30.0, 2.0, 0.0537, 0.167683, 2.957318, 0.139475),
    ],
)
def test_split_of_method(fee_bp: float, seconds: float, trade: float, arb: float, fee: float, equal: float) -> None:
    terms = per_day(fee_bp, seconds)
    split = lvr.cpmm_split(terms)
    assert split.lvr / BP == pytest.approx(3.125, abs=1e-12)
    assert split.trade == lvr.trade_probability(terms) == pytest.approx(trade, abs=5e-5)
    assert split.arb / BP == pytest.approx(arb, abs=5e-7)
    assert split.fee / BP == pytest.approx(fee, abs=5e-7)
    assert split.lvr * lvr.equal_block_share(terms) / BP == pytest.approx(equal, abs=5e-7)
    assert split.gas == 0.0


def test_gas_of_method() -> None:
    split = lvr.cpmm_split(per_day(30.0, 12.0, 9.0))
    shares = [100.0 * float(part / split.lvr) for part in (split.net, split.gas, split.fee)]
    np.testing.assert_allclose(shares, [11.188, 8.259, 80.553], atol=5e-4, rtol=0)
    assert 0.5 * split.trade == pytest.approx(0.017702, abs=5e-7)
    net, _ = lvr.leading_gas_shares(per_day(30.0, 12.0, 9.0, input_fee=True))
    assert 100.0 * net == pytest.approx(7.66, abs=5e-3)  # METHOD: what the asymptotic form says of 11.19


def test_constant_and_fee_of_method() -> None:
    assert pytest.approx(1.7164519, abs=5e-8) == lvr.EQUAL_BLOCKS
    assert pytest.approx(float(mpmath.sqrt(2 * mpmath.pi) / -mpmath.zeta(0.5)), rel=1e-15) == lvr.EQUAL_BLOCKS
    assert lvr.log_fee(0.003) == pytest.approx(-math.log(0.997), rel=1e-14)


def test_example_of_rent_per_year() -> None:
    # METHOD 5.5: sigma 80 % a year, 12 s: 41.1 % at 5 bp and 10.4 % at 30 bp (Poisson), 36.5 and 8.7 (equal blocks)
    terms = lvr.blocks(0.8, 365.0 * 7200.0, lvr.log_fee(np.array([5.0, 30.0]) * BP))
    split = lvr.cpmm_split(terms)
    np.testing.assert_allclose(100.0 * split.arb / split.lvr, [41.1, 10.4], atol=0.05)
    np.testing.assert_allclose(100.0 * lvr.equal_block_share(terms), [36.5, 8.7], atol=0.05)
    np.testing.assert_allclose(split.lvr, 0.08, rtol=1e-14)


def test_published_trading_probabilities() -> None:
    # arXiv:2305.14604, Table 1, sigma 5 % a day
    for seconds, fee_bp, percent in ((600.0, 30.0, 49.6), (2.0, 5.0, 25.4), (120.0, 30.0, 30.5), (0.05, 1.0, 21.2)):
        assert 100.0 * lvr.trade_probability(per_day(fee_bp, seconds)) == pytest.approx(percent, abs=0.15)


@pytest.mark.shared
def test_table_2_to_the_digits_of_its_recomputed_columns() -> None:
    # those columns have the fee in the token that comes in; three digits are printed
    for row in reference("lvr_split_table2.csv"):
        terms = per_day(float(row["fee_bp"]), float(row["block_time_s"]), float(row["gas_bp"]), input_fee=True)
        split = lvr.cpmm_split(terms)
        net, gas = lvr.leading_gas_shares(terms)
        found = (net, gas, split.net / split.lvr, split.gas / split.lvr)
        names = ("ARB_pct_ours_eq19", "GAS_pct_ours_eq22", "ARB_pct_exact_integral", "GAS_pct_ours_eq22")
        for share, name in zip(found, names, strict=True):
            assert 100.0 * share == pytest.approx(float(row[name]), abs=6e-4), name


# ---- a pool of constant product, block by block


class Swapped(NamedTuple):
    """What the arbitrageur gains before gas, and the fee paid, in quote."""

    profit: Floats
    fee: Floats


def swap(pool: Floats, price: Floats, gam: float, *, input_fee: bool) -> Swapped:
    """Arbitrage of the pool ``x y = 1`` at its own price ``pool`` against ``price``, from its reserves."""
    buying = price > pool
    target = np.where(buying, price * math.exp(-gam), price * math.exp(gam))
    base, quote = pool**-0.5 - target**-0.5, target**0.5 - pool**0.5  # base out of the pool, quote into it
    fee_of_buy, fee_of_sale = math.expm1(gam) * quote, math.expm1(-gam) * quote
    if input_fee:
        fee_of_sale = -math.expm1(gam) * base * price
    fee = np.where(buying, fee_of_buy, fee_of_sale)
    return Swapped(base * price - quote - fee, fee)


class Simulated(NamedTuple):
    """Per path, per unit of time: net, gas, fee per value of the pool; and the share of blocks with a trade."""

    net: Floats
    gas: Floats
    fee: Floats
    trade: Floats


def simulate(terms: lvr.Blocks, seed: int, *, equal: bool = False, input_fee: bool = False) -> Simulated:
    paths, burn, steps = 4000, 400, 1500
    rng = np.random.default_rng(seed)
    vol, rate, gam, gas = (float(x) for x in terms[:4])
    weight = math.exp(0.5 * gam) if input_fee else math.cosh(0.5 * gam)
    cost = weight * (2.0 * math.cosh(0.5 * gas) - 2.0)
    z = np.zeros(paths)
    sums = np.zeros((4, paths))
    for step in range(burn + steps):
        wait = np.full(paths, 1.0 / rate) if equal else rng.exponential(1.0 / rate, paths)
        z += vol * np.sqrt(wait) * rng.standard_normal(paths)
        hit = np.abs(z) > gam + gas
        if step >= burn:
            gain, fee = swap(np.exp(-z[hit]), np.ones(hit.sum()), gam, input_fee=input_fee)
            for row, part in enumerate((gain - cost, np.full(gain.size, cost), fee, np.ones(gain.size))):
                sums[row, hit] += part
        z[hit] = np.sign(z[hit]) * gam
    sums[:3] *= rate / 2.0  # the value of the pool x y = 1 at price 1 is 2
    return Simulated(*(sums / steps))


def within(found: float, sample: Floats, errors: float = 3.0) -> bool:
    return abs(found - sample.mean()) < errors * sample.std(ddof=1) / math.sqrt(sample.size)


@pytest.mark.parametrize("input_fee", [False, True])
def test_simulated_reserves_with_gas(input_fee: bool) -> None:
    terms = lvr.blocks(0.8, 2000.0, 0.03, 0.01, input_fee=input_fee)  # large, so that the conventions differ
    found, seen = lvr.cpmm_split(terms), simulate(terms, 11, input_fee=input_fee)
    for name in Simulated._fields:
        assert within(float(getattr(found, name)), getattr(seen, name)), name
    for part in (seen.net, seen.gas, seen.fee, seen.trade):
        assert part.std(ddof=1) / math.sqrt(part.size) < 0.01 * part.mean()


def test_the_token_of_the_fee_is_told_apart_by_the_simulation() -> None:
    terms = lvr.blocks(0.8, 2000.0, 0.06, 0.0)
    seen = simulate(terms, 12, input_fee=True)
    assert within(float(lvr.cpmm_split(terms._replace(input_fee=True)).net), seen.net)
    assert not within(float(lvr.cpmm_split(terms).net), seen.net)


@pytest.mark.parametrize(("fee_bp", "seed"), [(5.0, 13), (15.0, 14)])
def test_simulated_equal_blocks(fee_bp: float, seed: int) -> None:
    terms = per_day(fee_bp, 12.0)
    seen = simulate(terms, seed, equal=True)
    share = float(lvr.equal_block_share(terms))
    assert within(share * DAILY**2 / 8.0, seen.net)
    assert not within(float(lvr.cpmm_split(terms).arb), seen.net)


# ---- quadrature


def test_mispricing_by_quadrature_of_its_density() -> None:
    for vol, rate, gam, gas in (
        (0.8, 2000.0, 0.03, 0.01),
        (1.0, 0.5, 0.3, 0.2),
        (2.0, 3.0, 0.0, 0.4),
        (1.0, 2.0, 0.1, 0),
    ):
        a, b = mpmath.sqrt(2 * rate) / vol, mpmath.mpf(gam) + gas

        def density(z: mpmath.mpf, a=a, b=b, gam=gam, gas=gas) -> mpmath.mpf:
            if z > b:
                return mpmath.exp(-a * (z - b))
            return 1 + a * min(b - z, gas)

        ends = [*sorted({mpmath.mpf(0), mpmath.mpf(gam), b}), b + 20 / a, b + 200 / (a - 0.5)]
        mass = mpmath.quad(density, ends)
        mean = mpmath.quad(lambda z, f=density: f(z) * mpmath.cosh(z / 2), ends) / mass
        beyond = mpmath.quad(density, ends[-3:]) / mass
        terms = lvr.blocks(vol, rate, gam, gas)
        assert lvr.mispricing_cosh(terms) == pytest.approx(float(mean), rel=1e-12)
        assert lvr.trade_probability(terms) == pytest.approx(float(beyond), rel=1e-12)


PRICE = 2000.0
POOLS: dict[str, tuple[Callable[[Floats], amm.Pool], tuple[float, ...]]] = {
    "v2": (lambda q: amm.v2(q, 100.0), ()),
    "weight .8": (lambda q: amm.weighted(q, 3.0, 0.8), ()),
    "narrow range": (lambda q: amm.v3(q, 100.0, 1940.0, 2100.0), (1940.0, 2100.0)),
    "range above": (lambda q: amm.v3(q, 100.0, 2070.0, 2300.0), (2070.0, 2300.0)),
}


def swap_of(pool: Callable[[Floats], amm.Pool], x: float, gam: float, *, input_fee: bool) -> tuple[float, float]:
    """Mean over both directions of gross profit and fee at displacement gam + x, from token amounts."""
    gains, fees = [], []
    for side in (1.0, -1.0):
        before = pool(np.float64(PRICE * math.exp(-side * (gam + x))))
        after = pool(np.float64(PRICE * math.exp(-side * gam)))
        base, quote = float(before.base - after.base), float(after.quote - before.quote)
        fee = math.expm1(gam) * quote if side > 0.0 else math.expm1(-gam) * quote
        if side < 0.0 and input_fee:
            fee = -math.expm1(gam) * base * PRICE
        gains.append(base * PRICE - quote - fee)
        fees.append(fee)
    return 0.5 * sum(gains), 0.5 * sum(fees)


@pytest.mark.parametrize("input_fee", [False, True])
@pytest.mark.parametrize("gas", [0.0, 0.012])
@pytest.mark.parametrize("name", POOLS)
def test_split_of_a_density_is_the_quadrature_of_swaps(name: str, gas: float, input_fee: bool) -> None:
    pool, edges = POOLS[name]
    terms = lvr.blocks(0.8, 1500.0, 0.01, gas, input_fee=input_fee)
    a, side = math.sqrt(3000.0) / 0.8, 0.5 * float(lvr.trade_probability(terms))
    found = lvr.density_split(lambda q: pool(q).density, PRICE, terms, edges)
    cuts = [abs(math.log(edge / PRICE)) - 0.01 for edge in edges]

    def mean(part: int) -> float:
        points = [c for c in cuts if gas < c < gas + 0.6] or None
        return quad(
            lambda x: a * math.exp(-a * (x - gas)) * swap_of(pool, x, 0.01, input_fee=input_fee)[part],
            gas, gas + 0.6, points=points, epsabs=1e-13, epsrel=1e-11, limit=200,
        )[0]  # fmt: skip

    at_gas = swap_of(pool, gas, 0.01, input_fee=input_fee)[0]
    both = 1500.0 * 2.0 * side
    assert found.net == pytest.approx(both * (mean(0) - at_gas), rel=1e-7)
    assert found.gas == pytest.approx(both * at_gas, rel=1e-7, abs=1e-12)
    assert found.fee == pytest.approx(both * mean(1), rel=1e-7)
    assert found.lvr == pytest.approx(float(amm.lvr_rate(PRICE, pool(np.float64(PRICE)).density, 0.8)), rel=1e-12)
    by_profit = lvr.profit_split(
        lambda x: np.array([swap_of(pool, float(each), 0.01, input_fee=input_fee)[0] for each in x]), terms, cuts
    )
    assert by_profit[0] == pytest.approx(float(found.net), rel=1e-9)
    assert by_profit[1] == pytest.approx(float(found.gas), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("input_fee", [False, True])
@pytest.mark.parametrize(
    ("vol", "rate", "gam", "gas"), [(0.8, 2e6, 0.003, 0.001), (1.0, 0.5, 0.3, 0.2), (1.5, 1.0, 0, 0)]
)
def test_constant_product_is_the_integral_of_its_density(
    vol: float, rate: float, gam: float, gas: float, input_fee: bool
) -> None:
    terms = lvr.blocks(vol, rate, gam, gas, input_fee=input_fee)
    pool = amm.v2(PRICE, 7.0)
    found = lvr.density_split(lambda q: amm.v2(q, 7.0).density, PRICE, terms)
    exact = lvr.cpmm_split(terms)
    for name in ("lvr", "net", "gas", "fee"):
        assert getattr(found, name) == pytest.approx(float(getattr(exact, name) * pool.value), rel=1e-11)
    assert found.trade == exact.trade


# ---- laws

TERMS = st.tuples(
    st.floats(0.1, 2.0), st.floats(0.05, 600.0), st.floats(0.0, 0.02), st.one_of(st.just(0.0), st.floats(1e-5, 0.02)),
    st.booleans(),
)  # fmt: skip
YEAR = 365.0 * 86400.0


def yearly(vol: float, seconds: float, gam: float, gas: float, input_fee: bool) -> lvr.Blocks:
    return lvr.blocks(vol, YEAR / seconds, gam, gas, input_fee=input_fee)


@given(TERMS)
def test_parts_sum_to_lvr_times_mispricing_exactly_and_to_lvr_nearly(
    at: tuple[float, float, float, float, bool],
) -> None:
    terms = yearly(*at)
    split = lvr.cpmm_split(terms)
    assert min(split.net, split.gas, split.fee) >= 0.0
    assert split.loss == pytest.approx(float(split.lvr * lvr.mispricing_cosh(terms)), rel=1e-12)
    scale = at[2] + at[3] + at[0] * math.sqrt(at[1] / YEAR)  # E[z^2]/8 is below scale^2/8
    assert -1e-12 < split.loss / split.lvr - 1.0 < 0.126 * scale**2 + 1e-12


@given(TERMS, st.floats(1.01, 3.0))
def test_more_fee_or_gas_or_faster_blocks_leave_arbitrageurs_less(
    at: tuple[float, float, float, float, bool], factor: float
) -> None:
    vol, seconds, gam, gas, input_fee = at
    gam += 1e-5  # without fee and gas every block trades, however slow
    here = lvr.cpmm_split(yearly(vol, seconds, gam, gas, input_fee))
    dearer = lvr.cpmm_split(yearly(vol, seconds, factor * gam + 1e-5, gas, input_fee))
    slower = lvr.cpmm_split(yearly(vol, factor * seconds, gam, gas, input_fee))
    burnt = lvr.cpmm_split(yearly(vol, seconds, gam, factor * gas + 1e-5, input_fee))
    assert dearer.arb < here.arb
    assert dearer.trade < here.trade
    assert dearer.fee > here.fee
    assert slower.net > here.net
    assert slower.trade > here.trade
    assert burnt.net < here.net
    assert burnt.trade < here.trade
    equal, dear, slow = (
        lvr.equal_block_share(yearly(vol, t, g, 0.0, input_fee))
        for t, g in ((seconds, gam), (seconds, factor * gam), (factor * seconds, gam))
    )
    assert dear < equal < slow


@given(TERMS)
def test_unit_of_time_and_broadcasting_do_not_matter(at: tuple[float, float, float, float, bool]) -> None:
    vol, seconds, gam, gas, input_fee = at
    year = lvr.cpmm_split(yearly(*at))
    day = lvr.cpmm_split(lvr.blocks(vol / math.sqrt(365.0), [86400.0 / seconds] * 2, gam, gas, input_fee=input_fee))
    for name in ("lvr", "net", "gas", "fee"):
        np.testing.assert_allclose(365.0 * getattr(day, name), [float(getattr(year, name))] * 2, rtol=1e-12, atol=0)
    assert day.trade.shape == (2,)


# ---- paths


def paths(seed: int, count: int, steps: int, vols: Floats, dt: float) -> Floats:
    z = np.random.default_rng(seed).standard_normal((count, steps))
    logs = np.cumsum(vols * math.sqrt(dt) * z - 0.5 * vols**2 * dt, axis=1)
    return PRICE * np.exp(np.concatenate([np.zeros((count, 1)), logs], axis=1))


def test_realised_lvr_of_constant_product_is_a_sum_of_squares() -> None:
    price = paths(21, 1, 50, np.full(50, 0.8), 1e-3)[0]
    pool = amm.v2(price, 100.0)
    root = np.sqrt(price)
    expected = 100.0 * np.sum(np.diff(root) ** 2 / root[:-1])
    assert lvr.realised_lvr(price, pool.delta, pool.value).total == pytest.approx(expected, rel=1e-9)


def test_mean_realised_lvr_is_mean_impermanent_loss_with_a_smaller_spread() -> None:
    # METHOD 1.4: 30 days hourly, sigma .8: E[LVR] = E[-IL] = .655377 % of V0, IL about 18 times as spread
    price = paths(22, 3000, 720, np.full(720, 0.8), 1.0 / 8760.0)
    pool = amm.v2(price, 100.0)
    start = float(pool.value[0, 0])
    found = np.array([lvr.realised_lvr(*row).total for row in zip(price, pool.delta, pool.value, strict=True)]) / start
    loss = -amm.v3_loss(price[:, -1], PRICE, 100.0, 1e-9, 1e12) / start
    assert within(0.00655377, found)
    assert within(0.00655377, loss)
    assert loss.std() / found.std() == pytest.approx(18.0, rel=0.1)


def test_standard_error_of_realised_lvr_covers() -> None:
    vols = np.linspace(0.3, 1.5, 400)
    dt = 1.0 / 8760.0
    price = paths(23, 1500, 400, vols, dt)
    pool = amm.v2(price, 100.0)
    times = dt * np.arange(401)
    misses = []
    for p, delta, density, value in zip(price, pool.delta, pool.density, pool.value, strict=True):
        seen, true = lvr.realised_lvr(p, delta, value), lvr.model_lvr(p, density, times, vols)
        misses.append((seen.total - true.total) / seen.standard_error)
        assert true.standard_error == 0.0
    z = np.array(misses)
    assert z.std() == pytest.approx(1.0, abs=0.06)
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.02)


def test_model_lvr_of_a_still_price_and_its_error() -> None:
    # METHOD 1.4: L 100 on [1500, 2500] at 2000 owes 715.5418 a year at 80 %
    pool = amm.v3(np.full(5, PRICE), 100.0, 1500.0, 2500.0)
    times = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
    found = lvr.model_lvr(np.full(5, PRICE), pool.density, times, 0.8, 0.02)
    assert found.total == pytest.approx(715.5418, abs=5e-5)
    up, down = (lvr.model_lvr(np.full(5, PRICE), pool.density, times, 0.8 + h).total for h in (0.02, -0.02))
    assert found.standard_error == pytest.approx(0.5 * (up - down), rel=1e-12)


# ---- what is refused


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ((0.0, 1.0, 0.1), "vol must be finite and > 0"),
        ((0.5, -1.0, 0.1), "rate must be finite and > 0"),
        ((0.5, 0.0, 0.1), "rate must be"),
        ((0.5, 1.0, -0.1), "log_fee must be finite and >= 0"),
        ((0.5, 1.0, [0.1, math.nan]), "was nan"),
        ((0.5, 1.0, 0.1, -0.1), "gas must be"),
        ((2.0, 0.5, 0.1), "must be above 1/2, was 0.5"),
    ],
)
def test_terms_refused(terms: tuple[float, ...], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        lvr.blocks(*terms)


def test_other_input_refused() -> None:
    terms = per_day(30.0, 12.0, 9.0)
    with pytest.raises(DomainError, match="fraction, not percent"):
        lvr.log_fee(1.0)
    with pytest.raises(DomainError, match="Poisson"):
        lvr.equal_block_share(terms)
    with pytest.raises(DomainError, match="call it once for each"):
        lvr.density_split(lambda q: q**-1.5, PRICE, lvr.blocks(DAILY, [1.0, 2.0], 0.0))
    with pytest.raises(DomainError, match="density must be"):
        lvr.density_split(lambda q: -(q**-1.5), PRICE, terms)
    with pytest.raises(DomainError, match="price must be"):
        lvr.density_split(lambda q: q**-1.5, -1.0, terms)
    with pytest.raises(DomainError, match="edges must be"):
        lvr.density_split(lambda q: q**-1.5, PRICE, terms, (0.0, 1.0))
    with pytest.raises(NotConvergedError, match="raise rate"):
        lvr.profit_split(lambda x: np.exp(2.0 * x), lvr.blocks(1.0, 0.5, 0.1))
    with pytest.raises(NotConvergedError, match="does not fall off"):
        lvr.profit_split(lambda x: np.full(x.shape, np.nan), terms)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([1.0, 2.0], [1.0, 1.0], [1.0, 2.0]), "one length"),
        (([1.0, 2.0, 3.0], [1.0, 1.0], [1.0, 2.0, 3.0]), "one length"),
        (([1.0, 0.0, 3.0], [1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), "prices must be finite and > 0"),
        (([1.0, 2.0, 3.0], [1.0, math.nan, 1.0], [1.0, 2.0, 3.0]), "finite throughout"),
    ],
)
def test_paths_refused(columns: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        lvr.realised_lvr(*columns)
    with pytest.raises(DomainError, match=words):
        lvr.model_lvr(*columns, 0.5)


def test_model_input_refused() -> None:
    price, density = [1.0, 2.0, 3.0], [0.1, 0.1, 0.1]
    with pytest.raises(DomainError, match="times must rise"):
        lvr.model_lvr(price, density, [0.0, 0.0, 1.0], 0.5)
    with pytest.raises(DomainError, match="densities must be"):
        lvr.model_lvr(price, [0.1, -0.1, 0.1], [0.0, 0.5, 1.0], 0.5)
    with pytest.raises(DomainError, match="one entry for each of 2 steps"):
        lvr.model_lvr(price, density, [0.0, 0.5, 1.0], [0.5, 0.5, 0.5])
