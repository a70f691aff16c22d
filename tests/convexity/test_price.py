"""Prices of a density: METHOD 2.x vectors, mpmath and scipy quadrature of Black prices, laws."""

import csv
import itertools
import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from tests.published import REFERENCE

from seawall.convexity.density import (
    AnyHorizon,
    ConvexityDensity,
    FlowDensity,
    Instantaneous,
    Mass,
    Segment,
    of_condor,
    of_inverse_perp,
    of_power_perp,
    of_short_option,
    of_short_variance,
    of_v2,
    of_v3,
    of_weighted,
)
from seawall.convexity.price import (
    Wings,
    break_even_vol,
    convex_minorant,
    convexity_yield,
    dollar_gamma,
    horizon_vega,
    implied_il_vol,
    parity_terms,
    price_flat,
    price_quotes,
    price_smile,
    rent_rate,
)
from seawall.core.errors import (
    ButterflyArbitrageError,
    ConventionError,
    DomainError,
    NotConvergedError,
    StrikesOutOfOrderError,
)
from seawall.core.status import Status
from seawall.kernels import amm

MONTH = 30.0 / 365.0
LP = of_v3(100.0, 1500.0, 2500.0)
CONDOR = of_condor((5480.0, 5685.0, 6355.0, 6590.0), 1.0, 45 / 365)


def otm(forward, strikes, s):
    """Out-of-the-money Black prices, by scipy."""
    side = np.where(np.asarray(strikes) >= forward, 1.0, -1.0)
    d = np.log(forward / strikes) / s + 0.5 * s
    return side * (forward * norm.cdf(side * d) - strikes * norm.cdf(side * (d - s)))


def integral(f, low, high, *knots):
    points = sorted({low, high} | {k for k in knots if low < k < high})
    return sum(quad(f, a, b, epsabs=1e-13, epsrel=1e-12, limit=400)[0] for a, b in itertools.pairwise(points))


class Skewed:
    """A smooth smile: vol falls with log-moneyness, bounded."""

    def vol(self, strike, forward, years):
        return 0.4 - 0.1 * np.tanh(np.log(strike / forward) / 0.3)


class Flat:
    def __init__(self, level):
        self.level = level

    def vol(self, strike, forward, years):
        return np.full(np.shape(strike), self.level)


class Bent:
    """Piecewise linear in strike, with its bends named."""

    knots = np.array([1400.0, 1700.0, 2000.0, 2300.0])
    levels = np.array([0.9, 0.7, 0.6, 0.65])

    def vol(self, strike, forward, years):
        return np.interp(strike, self.knots, self.levels)


class SilentlyBent(Bent):
    """A jump in the middle of a cell that is not named."""

    knots = np.array([])

    def vol(self, strike, forward, years):
        return np.where(np.asarray(strike) < 1777.7, 0.5, 0.9)


def test_the_three_prices_of_method():
    # METHOD 2.6 table, S0 = F = 2000, sigma .8, 30 days.
    assert price_flat(LP, 2000.0, 0.8, MONTH) == pytest.approx(51.4801076, abs=5e-8)
    for step, price in ((100.0, 51.8457235), (25.0, 51.5029472)):
        strikes = np.arange(1500.0, 2500.0 + step / 2, step)
        quoted = price_quotes(LP, strikes, otm(2000.0, strikes, 0.8 * math.sqrt(MONTH)))
        assert quoted.price == pytest.approx(price, abs=5e-8)
        assert (quoted.tail, quoted.residual, quoted.status) == (0.0, 0.0, Status.FOUND)


def test_price_is_expected_loss_of_the_pool():
    loss = amm.v3_expected_il(2000.0, 1500.0, 2500.0, 2000.0, 0.8, MONTH) * amm.v3(2000.0, 100.0, 1500.0, 2500.0).value
    assert price_flat(LP, 2000.0, 0.8, MONTH) == pytest.approx(float(loss), rel=1e-13)


@pytest.mark.shared
def test_reference_rows_through_the_density():
    path = REFERENCE / "il_bsm_reference.csv"
    if not path.exists():
        pytest.skip(f"no {path}: set SEAWALL_SHARED")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        entry, low, high, forward = (float(row[c]) for c in ("p0", "pa", "pb", "forward"))
        vol, years = float(row["sigma"]), float(row["T_years"])
        g = of_v3(1.0, low, high)
        # Price with the entry as pivot: the price at the forward plus the parity terms of METHOD 2.3.
        price = price_flat(g, forward, vol, years) + parity_terms(g, entry, forward)
        worth = float(amm.v3(entry, 1.0, low, high).value)
        assert price / worth == pytest.approx(float(row["EIL_over_V0_closed_form"]), abs=1e-12)


@pytest.mark.parametrize(
    ("g", "forward", "years"),
    [
        (LP, 2000.0, MONTH),
        (LP + of_short_option(1800.0, 0.2, MONTH), 2100.0, MONTH),
        (of_weighted(5.0, 0.2).restricted(900.0, 5000.0), 2000.0, 0.5),
        (of_short_variance(1.0, MONTH).restricted(1000.0, 4000.0) + LP, 1900.0, MONTH),
    ],
)
@pytest.mark.parametrize("vol", [0.3, 0.8])
def test_price_flat_is_the_integral_of_black_prices(g, forward, years, vol):
    s = vol * math.sqrt(years)
    ends = g.knots()
    smooth = integral(
        lambda k: float(g.at(k)) * float(otm(forward, k, s)),
        float(ends[0]),
        float(ends[-1]),
        forward,
        *map(float, ends),
    )
    options = sum(m.size * float(otm(forward, m.strike, s)) for m in g.masses)
    assert price_flat(g, forward, vol, years) == pytest.approx(smooth + options, rel=1e-10)
    assert price_flat(g, forward, vol, years, 0.9) == pytest.approx(0.9 * (smooth + options), rel=1e-10)


def test_strip_price_at_thirty_digits():
    with mp.workdps(30):
        s = mp.mpf("0.8") * mp.sqrt(mp.mpf(30) / 365)

        def integrand(k):
            d, side = mp.log(2000 / k) / s + s / 2, 1 if k >= 2000 else -1
            quote = side * (2000 * mp.ncdf(side * d) - k * mp.ncdf(side * (d - s)))
            return 50 * k ** mp.mpf("-1.5") * quote

        exact = float(mp.quad(integrand, [1500, 1750, 2000, 2250, 2500]))
    assert price_flat(LP, 2000.0, 0.8, MONTH) == pytest.approx(exact, rel=1e-13)


def test_condor_credit_of_method():
    # METHOD 2.6 table: credit at flat .16, and N* = credit/sigma^2.
    credit = price_flat(CONDOR, 6000.0, 0.16, 45 / 365)
    assert credit == pytest.approx(42.9210, abs=5e-5)
    assert credit / 0.16**2 == pytest.approx(1676.60, abs=5e-3)


def test_condor_credit_off_the_smile_of_method():
    # METHOD 4: sigma(K) = .16 - .35 ln(K/S) for puts, -.15 for calls; credit 42.904973 at flat F = S.
    class Kinked:
        knots = np.array([6000.0])

        def vol(self, strike, forward, years):
            k = np.log(strike / forward)
            return 0.16 - np.where(k < 0.0, 0.35, 0.15) * k

    assert price_smile(CONDOR, Kinked(), 6000.0, 45 / 365) == pytest.approx(42.904973, abs=5e-4)


@pytest.mark.parametrize("vol", [0.1, 0.8])
def test_variance_costs_its_square(vol):
    # VIX^2 is the price of 2/(T K^2): one unit of notional costs sigma^2 (METHOD 1.3).
    assert price_flat(of_short_variance(1.0, MONTH), 2000.0, vol, MONTH) == pytest.approx(vol**2, rel=1e-12)


vols = st.floats(0.05, 1.5)
terms = st.floats(0.01, 1.5)
pools = st.builds(
    lambda low, width, size: of_v3(size, low, low * width),
    st.floats(500.0, 4000.0),
    st.floats(1.02, 5.0),
    st.floats(-10.0, 10.0).filter(lambda x: abs(x) > 0.1),
)
books = st.builds(
    lambda g, strike, size: ConvexityDensity(g.segments, (Mass(strike, size),), AnyHorizon()),
    pools,
    st.floats(600.0, 6000.0),
    st.floats(-0.5, 0.5),
)


@given(books, books, vols, terms)
@settings(max_examples=60, deadline=None)
def test_price_is_linear(a, b, vol, years):
    parts = price_flat(a, 2000.0, vol, years), 3.0 * price_flat(b, 2000.0, vol, years)
    whole = price_flat(a + b.scaled(3.0), 2000.0, vol, years)
    assert whole == pytest.approx(sum(parts), rel=1e-9, abs=1e-11 * (abs(parts[0]) + abs(parts[1])) + 1e-12)


@given(books, vols, terms, st.floats(500.0, 6000.0))
@settings(max_examples=60, deadline=None)
def test_a_density_costs_what_its_mirror_costs(g, vol, years, forward):
    # Put-call symmetry of the flat strip, r = 0: Q(F e^k)/sqrt(F e^k) is even in k.
    k = 0.37
    pair = otm(forward, forward * np.exp([k, -k]), vol * math.sqrt(years)) / np.exp([k / 2, -k / 2])
    assert pair[0] == pytest.approx(pair[1], rel=1e-6, abs=1e-12 * forward)
    price = price_flat(g, forward, vol, years)
    scale = sum(abs(price_flat(part, forward, vol, years)) for part in (
        ConvexityDensity(g.segments, (), g.horizon), ConvexityDensity((), g.masses, g.horizon)
    ))  # fmt: skip
    assert price_flat(g.mirrored(forward), forward, vol, years) == pytest.approx(price, rel=1e-9, abs=1e-10 * scale)


@given(pools, vols, vols, terms)
@settings(max_examples=60, deadline=None)
def test_price_rises_with_vol(g, first, second, years):
    low, high = sorted((first, second))
    g = g.scaled(math.copysign(1.0, g.segments[0].coefficient))
    assert price_flat(g, 2000.0, low, years) <= price_flat(g, 2000.0, high, years) * (1.0 + 1e-11)


@given(books, vols, terms)
@settings(max_examples=40, deadline=None)
def test_vega_is_the_slope_of_price(g, vol, years):
    step = 1e-5 * vol
    slope = (price_flat(g, 2000.0, vol + step, years) - price_flat(g, 2000.0, vol - step, years)) / (2.0 * step)
    vega = horizon_vega(g, 2000.0, vol, years)
    scale = abs(price_flat(g, 2000.0, vol, years)) / vol + 1e-3
    assert vega == pytest.approx(-slope, rel=1e-5, abs=1e-6 * scale)
    assert dollar_gamma(g, 2000.0, vol, years) * vol * years == pytest.approx(vega, rel=1e-12)


def test_horizon_vega_of_method():
    # METHOD 2.4 and the table of 2.6.
    assert horizon_vega(LP, 2000.0, 0.8, MONTH) == pytest.approx(-106.604824, abs=5e-7)
    assert horizon_vega(of_v2(100.0), 2000.0, 0.8, MONTH) == pytest.approx(-146.065532, abs=5e-7)
    worth = float(amm.v2(2000.0, 100.0).value)
    closed = -worth * 0.8 * MONTH / 4.0 * math.exp(-(0.8**2) * MONTH / 8.0)
    assert horizon_vega(of_v2(100.0), 2000.0, 0.8, MONTH) == pytest.approx(closed, rel=1e-13)
    assert horizon_vega(LP, 2000.0, 0.0, MONTH) == 0.0


def test_dollar_gamma_is_a_martingale():
    # METHOD 2.1: K 110, F 100, sigma .3, a quarter year, against its expectation at a tenth of a year.
    now = dollar_gamma(of_short_option(110.0, 1.0, 0.25), 100.0, 0.3, 0.25)
    assert -now == pytest.approx(227.3127644, abs=5e-8)
    later = of_short_option(110.0, 1.0, 0.15)
    s = 0.3 * math.sqrt(0.1)

    def integrand(z):
        spot = 100.0 * math.exp(s * z - 0.5 * s * s)
        return dollar_gamma(later, spot, 0.3, 0.15) * norm.pdf(z)

    assert integral(integrand, -10.0, 10.0, 0.0) == pytest.approx(now, rel=1e-10)


def test_dollar_gamma_of_a_pool_is_its_expected_rent():
    # Gamma$ = -E[S^2 g(S)]: the pool's own convexity, averaged (METHOD 2.1), here by quadrature.
    s = 0.8 * math.sqrt(MONTH)
    kinks = [(math.log(k / 2000.0) + 0.5 * s * s) / s for k in (1500.0, 2500.0)]

    def integrand(z):
        return float(LP.dollar_gamma_bar(2000.0 * math.exp(s * z - 0.5 * s * s))) * norm.pdf(z)

    assert dollar_gamma(LP, 2000.0, 0.8, MONTH) == pytest.approx(-integral(integrand, -9.0, 9.0, *kinks), rel=1e-9)


WHOLE_LINE = [
    of_v2(100.0), of_weighted(3.0, 0.2), of_weighted(3.0, 0.8), of_short_variance(1.0, MONTH),
    of_power_perp(2.0, 1.0), of_inverse_perp(2000.0), LP, CONDOR.restricted(5000.0, 7000.0).scaled(2.0),
]  # fmt: skip


@pytest.mark.parametrize("g", WHOLE_LINE)
@pytest.mark.parametrize("vol", [0.15, 0.8])
def test_a_flat_smile_gives_the_flat_price(g, vol):
    forward, years = (6000.0, 45 / 365) if g.masses else (2000.0, MONTH)
    flat = price_flat(g, forward, vol, years, 0.97)
    assert price_smile(g, Flat(vol), forward, years, 0.97) == pytest.approx(flat, rel=1e-12)


@pytest.mark.parametrize(("smile", "knots"), [(Skewed(), []), (Bent(), list(Bent.knots))])
def test_price_smile_is_the_integral(smile, knots):
    s = math.sqrt(MONTH)

    def integrand(k):
        return float(LP.at(k)) * float(otm(2000.0, k, s * float(smile.vol(np.array(k), 2000.0, MONTH))))

    exact = integral(integrand, 1500.0, 2500.0, 2000.0, *knots)
    assert price_smile(LP, smile, 2000.0, MONTH) == pytest.approx(exact, rel=1e-12)


def test_whole_line_off_a_skew():
    # E[-2 ln(S/F)] off the smile's own density: integrate the log contract by options, in ln K, by scipy.
    smile = Skewed()

    def integrand(y):
        k = 2000.0 * math.exp(y)
        return 2.0 / k * float(otm(2000.0, k, 0.5 * float(smile.vol(np.array(k), 2000.0, 0.25))))

    exact = integral(integrand, -6.0, 6.0, -1.0, 0.0, 1.0) / 0.25
    assert price_smile(of_short_variance(1.0, 0.25), smile, 2000.0, 0.25) == pytest.approx(exact, rel=1e-11)


def test_bad_smiles_are_named():
    class Broken(Flat):
        def vol(self, strike, forward, years):
            return np.where(np.asarray(strike) > 2200.0, np.nan, 0.5)

    with pytest.raises(DomainError):
        price_smile(LP, Broken(0.5), 2000.0, MONTH)


def test_a_jump_without_a_knot_is_still_priced_by_halving():
    smile, s = SilentlyBent(), math.sqrt(MONTH)

    def integrand(k):
        return float(LP.at(k)) * float(otm(2000.0, k, s * float(smile.vol(np.array(k), 2000.0, MONTH))))

    exact = integral(integrand, 1500.0, 2500.0, 1777.7, 2000.0)
    assert price_smile(LP, smile, 2000.0, MONTH) == pytest.approx(exact, rel=1e-11)


def test_named_knots_spare_halvings():
    class Counted(Bent):
        def __init__(self, named):
            self.knots = Bent.knots if named else np.array([])
            self.asked = 0

        def vol(self, strike, forward, years):
            self.asked += np.size(strike)
            return np.interp(strike, Bent.knots, self.levels)

    named, unnamed = Counted(True), Counted(False)
    prices = [price_smile(LP, smile, 2000.0, MONTH) for smile in (named, unnamed)]
    assert prices[0] == pytest.approx(prices[1], rel=1e-12)
    assert 3 * named.asked < unnamed.asked


def test_wings_too_fat_have_no_price():
    class Fat(Flat):
        def vol(self, strike, forward, years):
            # Total variance 4 |k|: beyond Lee's bound of 2, puts do not even fall to zero with the strike.
            return np.sqrt((0.01 + 4.0 * np.abs(np.log(np.asarray(strike) / forward))) / years)

    with pytest.raises(NotConvergedError):
        price_smile(of_short_variance(1.0, MONTH), Fat(0.0), 2000.0, MONTH)


def test_quotes_cover_masses_and_leave_the_tail_apart():
    s = 0.8 * math.sqrt(MONTH)
    strikes = np.arange(1600.0, 2401.0, 10.0)
    g = LP + of_short_option(1400.0, 2.0, MONTH) + of_short_option(1700.0, 3.0, MONTH)
    wings = Wings(Flat(0.8), 2000.0, MONTH)
    quoted = price_quotes(g, strikes, otm(2000.0, strikes, s), wings)
    assert quoted.status is Status.FOUND
    assert quoted.price + quoted.tail == pytest.approx(price_flat(g, 2000.0, 0.8, MONTH), rel=1e-4)
    beyond = of_v3(100.0, 1500.0, 1600.0) + of_v3(100.0, 2400.0, 2500.0) + of_short_option(1400.0, 2.0, MONTH)
    assert quoted.tail == pytest.approx(price_flat(beyond, 2000.0, 0.8, MONTH), rel=1e-11)
    unknown = price_quotes(g, strikes, otm(2000.0, strikes, s))
    assert unknown.price == quoted.price
    assert math.isnan(unknown.tail)
    assert unknown.status is Status.UNKNOWN


@pytest.mark.parametrize("strike", [1600.0, 2400.0])
def test_a_mass_on_the_last_strike_is_listed(strike):
    strikes = np.arange(1600.0, 2401.0, 100.0)
    quotes = otm(2000.0, strikes, 0.8 * math.sqrt(MONTH))
    quoted = price_quotes(of_short_option(strike, 2.0, MONTH), strikes, quotes)
    assert quoted.price == pytest.approx(2.0 * quotes[int(np.flatnonzero(strikes == strike)[0])], rel=1e-14)
    assert (quoted.tail, quoted.status) == (0.0, Status.FOUND)


def test_quote_prices_are_linear_and_ordered():
    s, strikes = 0.8 * math.sqrt(MONTH), np.arange(1500.0, 2501.0, 50.0)
    mids = otm(2000.0, strikes, s)
    bid, mid, ask = (price_quotes(LP, strikes, f * mids).price for f in (0.97, 1.0, 1.03))
    assert bid < mid < ask
    assert ask - mid == pytest.approx(mid - bid, rel=1e-9)
    # Straight lines between convex quotes are above them.
    assert mid > price_flat(LP, 2000.0, 0.8, MONTH)


def test_quotes_must_be_convex_or_are_repaired():
    s, strikes = 0.8 * math.sqrt(MONTH), np.arange(1500.0, 2501.0, 100.0)
    mids = otm(2000.0, strikes, s)
    bumped = mids.copy()
    bumped[2] += 10.0
    with pytest.raises(ButterflyArbitrageError, match="1700"):
        price_quotes(LP, strikes, bumped)
    repaired = price_quotes(LP, strikes, bumped, repair=True)
    # The largest convex minorant leaves the other puts alone and puts 1700 on the line of its neighbours.
    line = 0.5 * (mids[1] + mids[3])
    expected = mids.copy()
    expected[2] = line
    assert repaired.residual == pytest.approx(bumped[2] - line, rel=1e-12)
    assert repaired.price == pytest.approx(price_quotes(LP, strikes, expected).price, rel=1e-12)


@pytest.mark.parametrize("forward", [1950.0, 1999.0, 2000.0, 2030.0])
def test_the_ridge_at_the_forward_is_no_butterfly(forward):
    s, strikes = 0.8 * math.sqrt(MONTH), np.arange(1500.0, 2501.0, 100.0)
    quotes = otm(forward, strikes, s)
    assert price_quotes(LP, strikes, quotes).residual == 0.0
    assert price_quotes(LP, strikes, quotes, Wings(Flat(0.8), forward, MONTH)).price > 0.0


@given(st.lists(st.floats(0.0, 10.0), min_size=3, max_size=12))
@settings(max_examples=100, deadline=None)
def test_minorant_is_the_largest_convex_function_below(quotes):
    q = np.array(quotes)
    k = np.cumsum(np.linspace(1.0, 2.0, q.size))
    lower = convex_minorant(k, q)
    # Brute force: the minorant at k_i is the least chord value over all pairs around it (Caratheodory).
    for i in range(q.size):
        chords = [q[i]] + [
            q[a] + (q[b] - q[a]) * (k[i] - k[a]) / (k[b] - k[a]) for a in range(i) for b in range(i + 1, q.size)
        ]
        assert lower[i] == pytest.approx(min(chords), abs=1e-11)


@given(pools, vols, terms)
@settings(max_examples=40, deadline=None)
def test_implied_vol_returns_the_vol(g, vol, years):
    price = price_flat(g, 2000.0, vol, years, 0.98)
    vega = abs(horizon_vega(g, 2000.0, vol, years, 0.98))
    if vega * vol > 1e-3 * abs(price) and abs(price) > 1e-9:
        answer = implied_il_vol(g, price, 2000.0, years, 0.98)
        assert answer.status is Status.FOUND
        assert answer.value == pytest.approx(vol, rel=1e-7)


def test_implied_vol_says_when_there_is_none():
    top = float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value)
    assert implied_il_vol(LP, top, 2000.0, MONTH).status is Status.ABOVE_MAXIMUM
    assert implied_il_vol(LP, -1.0, 2000.0, MONTH).status is Status.BELOW_INTRINSIC
    assert implied_il_vol(LP, 0.0, 2000.0, MONTH) == (0.0, Status.AT_BOUND)
    # A short call spread is worth least at both ends of vol: two vols give one price.
    spread = of_short_option(2200.0, 1.0, MONTH) + of_short_option(2400.0, -1.0, MONTH)
    assert implied_il_vol(spread, price_flat(spread, 2000.0, 0.8, MONTH), 2000.0, MONTH).status is Status.AMBIGUOUS
    assert implied_il_vol(spread, 300.0, 2000.0, MONTH).status is Status.NONFINITE
    assert math.isnan(implied_il_vol(spread, 300.0, 2000.0, MONTH).value)


def test_parity_terms_are_the_loss_at_the_forward():
    assert parity_terms(LP, 2000.0, 2000.0) == 0.0
    loss = -float(amm.v3_loss(1700.0, 2000.0, 100.0, 1500.0, 2500.0))
    assert parity_terms(LP, 2000.0, 1700.0, 0.9) == pytest.approx(0.9 * loss, rel=1e-12)


def test_rent_is_lvr():
    prices = np.array([1000.0, 1600.0, 2000.0])
    pool = amm.v3(prices, 100.0, 1500.0, 2500.0)
    np.testing.assert_allclose(rent_rate(LP, prices, 0.8), amm.lvr_rate(prices, pool.density, 0.8), rtol=1e-13)
    assert rent_rate(LP, 2000.0, 0.8) == pytest.approx(715.5418, abs=5e-5)


# METHOD 2.6 table: v2 at 10, 20, 40 % carry a year; v3 at 20 %.
@pytest.mark.parametrize(("carry", "vol"), [(0.10, 0.894), (0.20, 1.265), (0.40, 1.789)])
def test_break_even_vol_of_v2(carry, vol):
    pool = amm.v2(2000.0, 100.0)
    found = break_even_vol(carry * float(pool.value), float(2000.0**2 * pool.density))
    assert found.value == pytest.approx(vol, abs=5e-4)
    assert found.status is Status.FOUND


def test_break_even_vol_of_v3():
    carry = 0.2 * float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value)
    density = float(LP.dollar_gamma_bar(2000.0))
    assert break_even_vol(carry, density).value == pytest.approx(0.437765, abs=5e-7)
    assert convexity_yield(carry, density).value == pytest.approx(0.095819, abs=5e-7)
    # At the break-even vol the rent is the carry.
    assert rent_rate(LP, 2000.0, break_even_vol(carry, density).value) == pytest.approx(carry, rel=1e-13)


@pytest.mark.parametrize(("carry", "density"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (1.0, -1.0)])
def test_break_even_is_undefined_for_the_buyer(carry, density):
    for answer in (break_even_vol(carry, density), convexity_yield(carry, density)):
        assert answer.status is Status.NOT_SHORT
        assert math.isnan(answer.value)


FLOW = FlowDensity((Mass(1800.0, 5.0),), ())
PROFILE = ConvexityDensity((Segment(1500.0, 2500.0, 50.0, 1.5),), (), Instantaneous())
STRIKES = np.array([1500.0, 2000.0, 2500.0])


@pytest.mark.parametrize("g", [FLOW, PROFILE, of_short_option(2000.0, 1.0, 0.5)])
@pytest.mark.parametrize(
    "price",
    [
        lambda g: price_flat(g, 2000.0, 0.8, MONTH),
        lambda g: price_smile(g, Flat(0.8), 2000.0, MONTH),
        lambda g: horizon_vega(g, 2000.0, 0.8, MONTH),
        lambda g: implied_il_vol(g, 1.0, 2000.0, MONTH),
        lambda g: price_quotes(g, STRIKES, np.ones(3), Wings(Flat(0.8), 2000.0, MONTH)),
    ],
)
def test_only_a_payoff_at_that_date_has_a_price(g, price):
    with pytest.raises(ConventionError):
        price(g)


@pytest.mark.parametrize("g", [FLOW, PROFILE])
def test_quotes_price_payoffs_only(g):
    with pytest.raises(ConventionError):
        price_quotes(g, STRIKES, np.ones(3))


@pytest.mark.parametrize("g", [FLOW, CONDOR, of_short_variance(1.0, MONTH)])
def test_rent_is_owed_on_profiles_only(g):
    with pytest.raises(ConventionError):
        rent_rate(g, 2000.0, 0.8)
    assert rent_rate(PROFILE, 2000.0, 0.8) > 0.0


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: price_flat(LP, -1.0, 0.8, MONTH), DomainError),
        (lambda: price_flat(LP, 2000.0, math.nan, MONTH), DomainError),
        (lambda: price_flat(LP, 2000.0, 0.8, MONTH, 0.0), DomainError),
        (lambda: dollar_gamma(LP, 2000.0, 0.0, MONTH), DomainError),
        (lambda: implied_il_vol(LP, math.nan, 2000.0, MONTH), DomainError),
        (lambda: implied_il_vol(LP, 1.0, 2000.0, 0.0), DomainError),
        (lambda: break_even_vol(math.nan, 1.0), DomainError),
        (lambda: price_quotes(LP, [1.0], [1.0]), DomainError),
        (lambda: price_quotes(LP, [1.0, 2.0], [1.0]), DomainError),
        (lambda: price_quotes(LP, [0.0, 2.0], [1.0, 1.0]), DomainError),
        (lambda: price_quotes(LP, [1.0, 2.0], [1.0, -1.0]), DomainError),
        (lambda: price_quotes(LP, [2.0, 1.0], [1.0, 1.0]), StrikesOutOfOrderError),
    ],
)
def test_bad_input_is_named(call, error):
    with pytest.raises(error):
        call()
