"""Impermanent loss priced off smiles, surfaces and quotes, and its implied vols: mpmath, closed forms, METHOD 2.3."""

import datetime as dt
import math

import mpmath as mp
import numpy as np
import pytest
from scipy.stats import norm

from seawall.convexity.density import FlowDensity, Mass, of_v2, of_v3
from seawall.convexity.il_price import out_of_the_money, quoted_loss, smile_loss
from seawall.convexity.option_quotes import modelled_quotes
from seawall.convexity.price import implied_il_vol, price_smile
from seawall.core.datum import Origin
from seawall.core.errors import ButterflyArbitrageError, ConventionError, DomainError
from seawall.core.status import Status
from seawall.kernels import amm
from seawall.kernels.mixture import Basis, normalised
from seawall.kernels.smile import Svi
from seawall.market.smile import FlatSmile, QuotedSmile, VixSmile
from seawall.market.surface import Slice, Surface

MONTH = 30.0 / 365.0
LP = of_v3(100.0, 1500.0, 2500.0)
SVI = Svi(0.02, 0.12, -0.4, 0.03, 0.15)
LATER = Svi(0.05, 0.15, -0.35, 0.02, 0.2)


def one_slice(svi, years=MONTH):
    day = dt.date(2026, 6, 26)
    return Slice(day, "ETH", years, 2000.0, 1.0, svi=svi)


def svi_w(k, p):
    """Total variance of raw SVI, in mpmath (Gatheral and Jacquier 2014, equation 3.1)."""
    a, b, rho, m, s = (mp.mpf(x) for x in p)
    return a + b * (rho * (k - m) + mp.sqrt((k - m) ** 2 + s**2))


def by_mpmath(variance, low, high, forward=2000):
    """int (L/2) K^-1.5 Q(K) dK with L = 100, at 25 digits."""
    with mp.workdps(25):

        def integrand(k):
            root = mp.sqrt(variance(mp.log(k / forward)))
            d, side = mp.log(forward / k) / root + root / 2, 1 if k >= forward else -1
            return 50 * k ** mp.mpf("-1.5") * side * (forward * mp.ncdf(side * d) - k * mp.ncdf(side * (d - root)))

        inner = [x for x in (low, 1750, forward, 2250, high) if low <= x <= high]
        return float(mp.quad(integrand, sorted(set(inner))))


def test_a_pool_off_an_svi_smile_is_the_integral_at_25_digits():
    surface = Surface((one_slice(SVI),), "made")
    exact = by_mpmath(lambda k: svi_w(k, SVI), 1500, 2500)
    price, vol = smile_loss(LP, 2000.0, surface, 2000.0, MONTH)
    assert price == pytest.approx(exact, rel=1e-12)
    assert vol.status is Status.FOUND
    # The implied vol prices it back, by the pool's own closed form.
    worth = float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value)
    back = worth * float(amm.v3_expected_il(2000.0, 1500.0, 2500.0, 2000.0, vol.value, MONTH))
    assert back == pytest.approx(exact, rel=1e-11)
    low, high = (math.sqrt(float(svi_w(mp.mpf(k), SVI)) / MONTH) for k in (0.2, -0.28))
    assert low < vol.value < high


def test_the_join_of_two_slices_is_priced_through_its_kinks():
    # Joined, the later expiry is the larger of both variances: kinks that nobody names.
    near = Svi(0.005, 0.4, -0.2, 0.0, 0.05)
    surface = Surface(
        (one_slice(near), Slice(dt.date(2026, 7, 31), "ETH", 2 * MONTH, 2000.0, 1.0, svi=LATER, below=(0,))), "made"
    )
    k = np.linspace(-0.28, 0.22, 100_001)
    crossings = np.diff(np.sign([float(x) for x in surface.slices[0].variance(k) - surface.slices[1].variance(k)]))
    assert np.any(crossings != 0.0)
    strikes = 2000.0 * np.exp(k)
    root = np.sqrt(np.maximum(surface.slices[0].variance(k), surface.slices[1].variance(k)))
    side = np.where(k >= 0.0, 1.0, -1.0)
    d = -k / root + 0.5 * root
    quotes = side * (2000.0 * norm.cdf(side * d) - strikes * norm.cdf(side * (d - root)))
    inside = (strikes >= 1520.0) & (strikes <= 2480.0)
    value = np.trapezoid((50.0 * strikes**-0.5 * quotes)[inside], k[inside])
    ends = strikes[inside][[0, -1]]
    price, _ = smile_loss(of_v3(100.0, *map(float, ends)), 2000.0, surface, 2000.0, 2 * MONTH)
    assert price == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    "smile",
    [
        FlatSmile(0.8, "made"),
        QuotedSmile((1400.0, 1700.0, 2000.0, 2300.0), (0.9, 0.7, 0.6, 0.65), "made"),
        VixSmile(25.0, 20.0),
        Surface((one_slice(SVI), one_slice(LATER, 2 * MONTH)), "made"),
        Surface(
            (Slice(dt.date(2026, 6, 26), "E", MONTH, 2000.0, 1.0,
                   linear=(np.array([-0.4, -0.1, 0.0, 0.3]), np.array([0.08, 0.05, 0.04, 0.045]))),),
            "made",
        ),
        Surface(
            (Slice(dt.date(2026, 6, 26), "E", MONTH, 2000.0, 1.0,
                   mixture=normalised(np.array([0.3, 0.7]), Basis(np.array([0.95, 1.02]), np.array([0.25, 0.15])))),),
            "made",
        ),
    ],
    ids=["flat", "quoted", "vix", "surface", "linear slice", "mixture slice"],
)  # fmt: skip
@pytest.mark.parametrize("years", [MONTH, 1.5 * MONTH])
def test_every_smile_of_the_market_prices_a_pool(smile, years):
    # Against Black prices by scipy on 40,000 strikes, trapezium in ln K (both halves apart: kink at the forward).
    price = price_smile(LP, smile, 2000.0, years)
    total = 0.0
    for low, high in ((1500.0, 2000.0), (2000.0, 2500.0)):
        k = np.linspace(math.log(low / 2000.0), math.log(high / 2000.0), 20_001)
        strikes = 2000.0 * np.exp(k)
        root = np.asarray(smile.vol(strikes, np.asarray(2000.0), years)) * math.sqrt(years)
        side = -1.0 if high <= 2000.0 else 1.0
        d = -k / root + 0.5 * root
        quotes = side * (2000.0 * norm.cdf(side * d) - strikes * norm.cdf(side * (d - root)))
        total += float(np.trapezoid(50.0 * strikes**-0.5 * quotes, k))
    assert price == pytest.approx(total, rel=5e-8)


def test_bid_mid_and_ask_bracket_the_smile():
    surface = Surface((one_slice(SVI),), "made")
    quotes = modelled_quotes(surface, 2000.0, MONTH, np.arange(1500.0, 2501.0, 25.0), 0.03)
    found = quoted_loss(LP, 2000.0, quotes, 2000.0)
    exact = by_mpmath(lambda k: svi_w(k, SVI), 1500, 2500)
    assert found.mid.listed == pytest.approx(exact, rel=1e-3)
    assert found.mid.listed > exact  # quotes are convex: chords lie above them
    assert found.bid.listed / found.mid.listed == pytest.approx(0.97)
    assert found.ask.listed / found.mid.listed == pytest.approx(1.03)
    assert (found.tail, found.tail_status, found.moved) == (0.0, Status.FOUND, 0.0)
    assert found.origin is Origin.MODELLED
    worth = float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value)
    for side in (found.bid, found.mid, found.ask):
        back = worth * float(amm.v3_expected_il(2000.0, 1500.0, 2500.0, 2000.0, side.vol.value, MONTH))
        assert back == pytest.approx(side.listed, rel=1e-11)
    assert found.bid.vol.value < found.mid.vol.value < found.ask.vol.value


def test_the_strip_of_method():
    # METHOD 2.6 table: piecewise linear on 100-spaced and on 25-spaced strikes at a flat .8.
    for step, price in ((100.0, 51.8457235), (25.0, 51.5029472)):
        quotes = modelled_quotes(FlatSmile(0.8, "t"), 2000.0, MONTH, np.arange(1500.0, 2501.0, step), 0.0)
        assert quoted_loss(LP, 2000.0, quotes, 2000.0).mid.listed == pytest.approx(price, abs=5e-8)


def test_beyond_the_strikes_the_wings_price_the_rest_apart():
    smile = FlatSmile(0.8, "t")
    quotes = modelled_quotes(smile, 2000.0, MONTH, np.arange(1600.0, 2401.0, 10.0), 0.01)
    unknown = quoted_loss(LP, 2000.0, quotes, 2000.0)
    assert math.isnan(unknown.tail)
    assert (unknown.tail_status, unknown.mid.vol.status) == (Status.UNKNOWN, Status.UNKNOWN)
    found = quoted_loss(LP, 2000.0, quotes, 2000.0, wings=smile)
    beyond = by_mpmath(lambda k: mp.mpf("0.64") * 30 / 365, 1500, 1600)
    beyond += by_mpmath(lambda k: mp.mpf("0.64") * 30 / 365, 2400, 2500)
    assert found.tail == pytest.approx(beyond, rel=1e-11)
    assert found.mid.listed == unknown.mid.listed
    assert found.mid.vol.value == pytest.approx(0.8, rel=2e-4)
    assert found.mid.vol == implied_il_vol(LP, found.mid.listed + found.tail, 2000.0, MONTH)


def test_the_loss_already_made_is_stated_apart():
    # Entered at 2000, forward now 2200: what is expected of the loss from entry, by the pool's closed form.
    years, forward = MONTH, 2200.0
    price, vol = smile_loss(LP, 2000.0, FlatSmile(0.8, "t"), forward, years)
    worth = float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value)
    expected = worth * float(amm.v3_expected_il(2000.0, 1500.0, 2500.0, forward, 0.8, years))
    assert price == pytest.approx(expected, rel=1e-12)
    assert vol.value == pytest.approx(0.8, rel=1e-11)
    quotes = modelled_quotes(FlatSmile(0.8, "t"), forward, years, np.arange(1500.0, 2501.0, 5.0), 0.0)
    found = quoted_loss(LP, 2000.0, quotes, forward)
    assert found.moved == pytest.approx(-float(amm.v3_loss(forward, 2000.0, 100.0, 1500.0, 2500.0)), rel=1e-12)
    assert found.mid.listed + found.tail + found.moved == pytest.approx(expected, rel=1e-4)


def test_quotes_that_are_not_convex_are_refused_or_repaired_in_the_open():
    quotes = modelled_quotes(FlatSmile(0.8, "t"), 2000.0, MONTH, np.arange(1500.0, 2501.0, 100.0), 0.0)
    raised = (quotes.strikes == 2200.0) & (quotes.right > 0.0)
    bent = quotes._replace(bid=quotes.bid + 30.0 * raised, ask=quotes.ask + 30.0 * raised)
    with pytest.raises(ButterflyArbitrageError, match="2200"):
        quoted_loss(LP, 2000.0, bent, 2000.0)
    found = quoted_loss(LP, 2000.0, bent, 2000.0, repair=True)
    assert found.mid.repair > 20.0
    chord = (quotes.strikes != 2200.0) | (quotes.right < 0.0)
    assert found.mid.listed == pytest.approx(quoted_loss(LP, 2000.0, quotes.take(chord), 2000.0).mid.listed)


def test_only_out_of_the_money_quotes_count():
    quotes = modelled_quotes(FlatSmile(0.8, "t"), 2010.0, MONTH, [1900.0, 2000.0, 2100.0], 0.02)
    chosen = out_of_the_money(quotes, 2010.0)
    assert chosen.strikes.tolist() == [1900.0, 2000.0, 2100.0]
    assert chosen.right.tolist() == [-1.0, -1.0, 1.0]


def test_what_has_no_price_is_refused():
    quotes = modelled_quotes(FlatSmile(0.8, "t"), 2000.0, MONTH, [1500.0, 2000.0, 2500.0], 0.02)
    with pytest.raises(DomainError, match="forward"):
        quoted_loss(LP, 2000.0, quotes, math.nan)
    with pytest.raises(ConventionError):
        quoted_loss(FlowDensity((Mass(1800.0, 1.0),), ()), 2000.0, quotes, 2000.0)
    assert quoted_loss(of_v2(1.0), 2000.0, quotes, 2000.0).tail_status is Status.UNKNOWN


@pytest.mark.parametrize("level", [1e-9, 1e-7])
def test_a_vol_of_almost_nothing_is_refused_not_cut_into_endless_panels(level):
    with pytest.raises(DomainError, match="check its units"):
        price_smile(LP, FlatSmile(level, "t"), 2000.0, MONTH)
