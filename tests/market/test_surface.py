"""`market.surface`: known smiles come back, other code's smiles are met without arbitrage, real chains are met."""

import datetime as dt

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr
from tests.published import DATA, existing

from seawall.core.clock import close_instant
from seawall.core.datum import Origin
from seawall.core.errors import ButterflyArbitrageError, DomainError, MissingDataError
from seawall.core.status import Status
from seawall.kernels.smile import Svi, svi_variance
from seawall.market.chain import Chain
from seawall.market.cleaning import clean
from seawall.market.parity import Forward, parity
from seawall.market.quote_bounds import butterfly_strikes, calendar_strikes
from seawall.market.slice_fit import quotes_of
from seawall.market.smile import Smile
from seawall.market.surface import Form, Slice, Surface
from seawall.market.surface_fit import SurfaceFit, fit_surface

Floats = NDArray[np.float64]
AS_OF = close_instant(dt.date(2018, 2, 2))
EXPIRIES = (dt.date(2018, 2, 9), dt.date(2018, 3, 2), dt.date(2018, 6, 15), dt.date(2018, 12, 21))
SPOT, RATE = 2800.0, 0.02
SMILES = (
    Svi(0.0002, 0.012, -0.55, -0.005, 0.02),
    Svi(0.0006, 0.03, -0.6, -0.01, 0.05),
    Svi(0.003, 0.06, -0.6, -0.01, 0.12),
    Svi(0.009, 0.09, -0.6, 0.0, 0.2),
)


def black(k: Floats, w: Floats, side: Floats) -> Floats:
    """Undiscounted value over the forward, with scipy's normal distribution."""
    root = np.sqrt(w)
    d1 = -k / root + 0.5 * root
    return np.asarray(side * (ndtr(side * d1) - np.exp(k) * ndtr(side * (d1 - root))))


def years_of(day: dt.date) -> float:
    return (close_instant(day) - AS_OF).total_seconds() / (365.0 * 86400.0)


def forward_of(day: dt.date) -> Forward:
    t = years_of(day)
    return Forward(day, "SPXW", t, SPOT * np.exp(RATE * t), np.exp(-RATE * t), RATE, 0.0, 9, Status.FOUND)


def strikes_of(day: dt.date, deviation: float, count: int) -> Floats:
    k = deviation * np.linspace(-4.0, 3.0, count)
    return np.round(forward_of(day).forward * np.exp(k), 2)


def chain_of(values: dict[dt.date, tuple[Floats, Floats]], half: float) -> Chain:
    """Calls and puts of each expiry at (strikes, total variances), quoted ``half`` of a dollar around their value."""
    parts = []
    for day, (strike, w) in values.items():
        one = forward_of(day)
        for side in (1.0, -1.0):
            value = one.discount * one.forward * black(np.log(strike / one.forward), w, np.full(strike.size, side))
            parts.append((np.full(strike.size, day, "datetime64[D]"), strike, np.full(strike.size, side), value))
    expiry, strike, right, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    unknown = np.full(strike.size, np.nan)
    return Chain(
        "SPX", AS_OF, AS_OF, SPOT, "made here", Origin.SYNTHETIC, expiry, np.full(strike.size, "SPXW"), strike, right,
        np.maximum(value - half, 0.0), value + half, unknown, unknown, unknown, unknown, unknown,
    )  # fmt: skip


def forwards(of: Chain) -> list[Forward]:
    return [forward_of(day) for day, _ in of.expiries()]


def svi_chain(half: float, count: int = 60) -> Chain:
    made = {}
    for day, p in zip(EXPIRIES, SMILES, strict=True):
        strike = strikes_of(day, float(np.sqrt(svi_variance(0.0, p))), count)
        made[day] = (strike, svi_variance(np.log(strike / forward_of(day).forward), p))
    return chain_of(made, half)


def no_arbitrage(found: SurfaceFit, reach: float = 0.5) -> None:
    """Calls from the surface's own volatilities: convex and falling in strike, rising in time; by differences alone."""
    surface = found.surface
    k = np.linspace(-reach, reach, 801)
    strike = np.exp(k)
    before = np.zeros(k.size)
    ends = [one.years for one in surface.slices]
    times = np.unique([0.3 * ends[0], 0.7 * ends[0], *ends, *np.linspace(ends[0], ends[-1], 9)])
    for t in times:
        w = surface.vol(strike, np.ones(k.size), float(t)) ** 2 * t
        call = black(k, w, np.ones(k.size))
        slope = np.diff(call) / np.diff(strike)
        assert np.all(np.diff(slope) >= -1e-9)
        assert slope[0] >= -1.0 - 1e-9
        assert slope[-1] <= 1e-9
        assert np.all(w >= before * (1.0 - 1e-7))
        before = w


def test_exact_svi_quotes_come_back_as_their_parameters() -> None:
    found = fit_surface(svi_chain(0.005), forwards(svi_chain(0.005)))
    assert found.calendar_free
    for fit, p in zip(found.fits, SMILES, strict=True):
        assert fit.slice.form is Form.SVI
        assert fit.svi == pytest.approx(p, rel=2e-3, abs=1e-6)
        assert fit.inside == 1.0
        assert fit.butterfly_free
    no_arbitrage(found)


def heston_chain(seed: int, half: float) -> Chain:
    """Prices of QuantLib's Heston engine for random parameters, as total variances of their out-of-the-money side."""
    rng = np.random.default_rng(seed)
    today = ql.Date(2, 2, 2018)
    ql.Settings.instance().evaluationDate = today
    flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    v0, theta = rng.uniform(0.01, 0.06, 2)
    process = ql.HestonProcess(
        flat, flat, ql.QuoteHandle(ql.SimpleQuote(1.0)), v0, rng.uniform(1.0, 4.0), theta,
        rng.uniform(0.2, 0.9), rng.uniform(-0.85, -0.2),
    )  # fmt: skip
    engine = ql.AnalyticHestonEngine(ql.HestonModel(process), 192)
    made = {}
    for day in EXPIRIES[1:]:
        t = (day - dt.date(2018, 2, 2)).days
        deviation = float(np.sqrt(0.5 * (v0 + theta) * t / 365.0))
        strike = strikes_of(day, 0.8 * deviation, 45)
        w = []
        for x in strike / forward_of(day).forward:
            side = ql.Option.Call if x >= 1.0 else ql.Option.Put
            option = ql.VanillaOption(ql.PlainVanillaPayoff(side, float(x)), ql.EuropeanExercise(today + t))
            option.setPricingEngine(engine)
            w.append(ql.blackFormulaImpliedStdDev(side, float(x), 1.0, option.NPV(), 1.0, 0.0, 0.2, 1e-12, 400) ** 2)
        made[day] = (strike, np.array(w))
    return chain_of(made, half)


@pytest.mark.parametrize("seed", range(5))
def test_heston_smiles_of_other_code_are_met_inside_tight_spreads(seed: int) -> None:
    made = heston_chain(seed, 0.03)
    found = fit_surface(made, forwards(made))
    assert found.inside >= 0.99
    assert found.calendar_free
    for fit in found.fits:
        assert fit.butterfly_free
        assert fit.least_h >= 0.0
        assert fit.market_strikes == ()
    no_arbitrage(found)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31))
def test_mixtures_with_two_humps_are_met_where_five_parameters_cannot(seed: int) -> None:
    """An event smile: two lognormals apart, which no SVI slice can follow within a cent."""
    rng = np.random.default_rng(seed)
    share, gap, wide = rng.uniform(0.3, 0.7), rng.uniform(0.04, 0.06), rng.uniform(0.012, 0.02)
    means = np.array([1.0 - (1.0 - share) * gap, 1.0 + share * gap])
    strike = np.round(forward_of(EXPIRIES[1]).forward * np.exp(np.linspace(-0.10, 0.10, 61)), 2)
    k = np.log(strike / forward_of(EXPIRIES[1]).forward)
    side = np.where(k >= 0.0, 1.0, -1.0)
    price = sum(
        s * m * black(k - np.log(m), np.full(k.size, wide**2), side)
        for s, m in zip((share, 1.0 - share), means, strict=True)
    )
    w = [
        ql.blackFormulaImpliedStdDev(ql.Option.Call if c > 0 else ql.Option.Put, float(np.exp(x)), 1.0, float(p), 1.0,
                                     0.0, 0.05, 1e-13, 400) ** 2
        for x, c, p in zip(k, side, price, strict=True)
    ]  # fmt: skip
    made = chain_of({EXPIRIES[1]: (strike, np.array(w))}, 0.25)
    found = fit_surface(made, forwards(made))
    fit = found.fits[0]
    assert fit.slice.form is Form.MIXTURE
    assert fit.inside >= 0.95
    assert fit.inside > fit.svi_inside
    assert fit.least_h >= 0.0
    no_arbitrage(found, 0.12)


def test_a_later_expiry_that_is_too_cheap_is_raised_to_the_earlier_one() -> None:
    """Variances in the wrong order: the surface stays free and says that the quotes are not met, and where."""
    made = {}
    for day, scale in ((EXPIRIES[1], 1.0), (EXPIRIES[2], 0.7)):
        strike = strikes_of(day, float(np.sqrt(svi_variance(0.0, SMILES[1]))), 50)
        made[day] = (strike, scale * svi_variance(np.log(strike / forward_of(day).forward), SMILES[1]))
    bad = chain_of(made, 0.05)
    found = fit_surface(bad, forwards(bad))
    assert found.calendar_free
    assert found.fits[0].inside == 1.0
    assert found.fits[1].inside < 0.5
    gap = found.calendar_gaps[0]
    assert (gap.near, gap.far) == (EXPIRIES[1], EXPIRIES[2])
    assert len(gap.strikes) > 20
    no_arbitrage(found, 0.3)


def test_quotes_with_a_butterfly_are_named_and_not_followed() -> None:
    made = svi_chain(0.02)
    day = np.datetime64(EXPIRIES[2], "D")
    rows = (made.expiry == day) & (made.right == -1.0) & (made.strike < 0.97 * SPOT) & (made.bid > 5.0)
    spoiled = np.flatnonzero(rows)[-5]
    bid, ask = made.bid.copy(), made.ask.copy()
    bid[spoiled] += 3.0
    ask[spoiled] += 3.0
    bad = Chain(**{name: getattr(made, name) for name in Chain.__slots__} | {"bid": bid, "ask": ask})
    found = fit_surface(bad, forwards(bad))
    fit = found.fits[2]
    assert fit.market_strikes == pytest.approx((float(made.strike[spoiled]),))
    assert fit.butterfly_free
    assert fit.inside < 1.0
    no_arbitrage(found)


def test_quote_checks_on_three_strikes_by_hand() -> None:
    strike, right = np.array([100.0, 105.0, 110.0]), np.ones(3)
    fair = quotes_of(strike, right, np.array([4.9, 2.4, 0.9]), np.array([5.1, 2.6, 1.1]), 99.0, 1.0)
    assert butterfly_strikes(fair).size == 0
    dear = quotes_of(strike, right, np.array([4.9, 3.2, 0.9]), np.array([5.1, 3.4, 1.1]), 99.0, 1.0)
    assert 99.0 * np.exp(butterfly_strikes(dear)) == pytest.approx([105.0])  # 3.2 > (5.1 + 1.1) / 2
    assert calendar_strikes(dear, fair) * 0.0 == pytest.approx([0.0])
    assert 99.0 * np.exp(calendar_strikes(dear, fair)) == pytest.approx([105.0])  # 3.2 > 2.6
    assert calendar_strikes(fair, dear).size == 0


def test_few_quotes_are_joined_by_lines_or_refused() -> None:
    one = forward_of(EXPIRIES[2])
    k = np.array([-0.1, -0.02, 0.03, 0.1])
    strike = one.forward * np.exp(k)
    flat = chain_of({EXPIRIES[2]: (strike, np.full(4, 0.01))}, 0.01)
    found = fit_surface(flat, forwards(flat))
    fit = found.fits[0]
    assert fit.status is Status.SPARSE
    assert fit.slice.form is Form.LINEAR
    assert found.surface.vol(np.array([strike[0] / 2.0]), np.array([one.forward]), one.years) == pytest.approx(
        np.sqrt(0.01 / one.years), rel=1e-6
    )
    two = flat.take(np.abs(np.log(flat.strike / one.forward)) < 0.05)
    with pytest.raises(MissingDataError, match="three quotes"):
        fit_surface(two, forwards(two))


def test_an_expiry_without_a_forward_is_named() -> None:
    made = svi_chain(0.02)
    broken = [f._replace(forward=np.nan) if f.expiry == EXPIRIES[0] else f for f in forwards(made)]
    found = fit_surface(made, broken)
    assert [(s.expiry, s.reason) for s in found.skipped] == [(EXPIRIES[0], "no forward from parity")]
    assert len(found.fits) == 3


def test_strict_refuses_what_is_left() -> None:
    """A linear slice with a concave kink, which only the sparse rule could make, is marked and refused."""
    t = years_of(EXPIRIES[2])
    kinked = Slice(
        EXPIRIES[2], "SPXW", t, SPOT, 1.0, linear=(np.array([-0.1, 0.0, 0.1]), np.array([0.005, 0.03, 0.005]))
    )
    from seawall.market.surface_fit import _refuse, butterfly_free, calendar_free

    surface = Surface((kinked,), "made here")
    assert not butterfly_free(surface, 0)
    assert calendar_free(surface)
    made = svi_chain(0.02)
    done = fit_surface(made, forwards(made), strict=True)
    spoiled = tuple(fit._replace(butterfly_free=False) for fit in done.fits)
    with pytest.raises(ButterflyArbitrageError, match=str(EXPIRIES[0])):
        _refuse(SurfaceFit(done.surface, spoiled, (), True, ()))


def test_the_surface_is_a_smile_and_is_sticky_in_moneyness() -> None:
    made = svi_chain(0.02)
    surface: Smile = fit_surface(made, forwards(made)).surface
    assert surface.knots == ()
    assert surface.origin is Origin.SYNTHETIC
    assert "made here" in surface.source
    t = years_of(EXPIRIES[2])
    grid = surface.vol(np.array([[2700.0], [2900.0]]), np.array([2750.0, 2800.0, 2850.0]), t)
    assert grid.shape == (2, 3)
    assert surface.vol(np.array(2700.0), np.array(2800.0), t) == pytest.approx(
        surface.vol(np.array(27.0), np.array(28.0), t), rel=1e-12
    )
    p = SMILES[2]
    assert grid == pytest.approx(
        np.sqrt(svi_variance(np.log(np.array([[2700.0], [2900.0]]) / np.array([2750.0, 2800.0, 2850.0])), p) / t),
        rel=1e-3,
    )


def test_between_expiries_variance_at_the_money_is_linear_in_time() -> None:
    made = svi_chain(0.02)
    surface = fit_surface(made, forwards(made)).surface
    first, second = surface.slices[1].years, surface.slices[2].years
    at = np.zeros(1)
    ends = [float(surface.variance(at, t)[0]) for t in (first, second)]
    for share in (0.2, 0.5, 0.9):
        found = float(surface.variance(at, first + share * (second - first))[0])
        assert found == pytest.approx(ends[0] + share * (ends[1] - ends[0]), rel=1e-9)
    early, late = surface.slices[0], surface.slices[-1]
    wing = np.array([-0.05, 0.04])
    for one, t in ((early, 0.5 * early.years), (late, 2.0 * late.years)):
        assert surface.variance(wing, t) / t == pytest.approx(surface.variance(wing, one.years) / one.years, rel=1e-12)


def test_vix_slices_stand_alone() -> None:
    """Every VIX expiry has its own future, so variances of different expiries are not compared."""
    made = svi_chain(0.02)
    vix = Chain(**{name: getattr(made, name) for name in Chain.__slots__} | {"underlying": "VIX"})
    found = fit_surface(vix, forwards(made))
    assert found.calendar_free is None
    assert all(one.below == () for one in found.surface.slices)


def test_a_slice_has_one_form_and_a_surface_its_order() -> None:
    with pytest.raises(DomainError, match="one form"):
        Slice(EXPIRIES[0], "", 0.1, 1.0, 1.0)
    later = Slice(EXPIRIES[1], "", 0.2, 1.0, 1.0, svi=SMILES[1])
    sooner = Slice(EXPIRIES[0], "", 0.1, 1.0, 1.0, svi=SMILES[0])
    for slices in ((), (later, sooner)):
        with pytest.raises(DomainError, match="rising"):
            Surface(slices, "made here")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("SPX_chains_202606.parquet", 0.98),
        ("cboe_spx_quotedata_2022-06-10.csv", 0.98),
        ("VIX_chains_202606.parquet", 0.95),
    ],
)
def test_real_chains_are_met_without_arbitrage(name: str, floor: float) -> None:
    from seawall.data.chains import load_chains

    kept, _ = clean(load_chains(existing(DATA / "options" / name))[0])
    found = fit_surface(kept, parity(kept))
    assert found.inside >= floor
    assert all(fit.butterfly_free for fit in found.fits)
    assert found.calendar_free in (True, None)
    assert np.median([fit.inside for fit in found.fits]) >= 0.9
    if kept.underlying == "SPX":
        no_arbitrage(found, 0.3)
