"""`instruments.dealer` and `dealer_gamma`: books counted by hand, other code's greeks, and what is unknown."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm
from tests.published import DATA, existing

from seawall.core.clock import close_instant
from seawall.core.datum import Origin
from seawall.core.errors import ConventionError, DomainError, MissingDataError
from seawall.core.status import Status
from seawall.instruments.dealer import (
    NO_INTEREST,
    NO_VOL,
    SETTLED,
    Convention,
    charm_usd_per_day,
    dealer_book,
    dealer_sign,
    gamma_usd,
    vanna_usd_per_point,
)
from seawall.instruments.dealer_gamma import BUCKETS, dealer_gamma, zero_levels
from seawall.market.chain import Chain
from seawall.market.parity import Forward, parity

Floats = NDArray[np.float64]
SPOT, RATE, INCOME = 6000.0, 0.04, 0.013
AS_OF = close_instant(dt.date(2018, 2, 2))
NEAR, FAR = dt.date(2018, 2, 9), dt.date(2018, 3, 16)


def merton(spot: float, strike: float, years: float, vol: float, side: float) -> float:
    """Merton 1973 with scipy's normal distribution."""
    stdev = vol * np.sqrt(years)
    d1 = (np.log(spot / strike) + (RATE - INCOME) * years) / stdev + 0.5 * stdev
    stock, cash = spot * np.exp(-INCOME * years), strike * np.exp(-RATE * years)
    return float(side * (stock * norm.cdf(side * d1) - cash * norm.cdf(side * (d1 - stdev))))


def derivative(f: Callable[[float], float], at: float, step: float, order: int) -> float:
    if order == 1:
        return (f(at - 2 * step) - 8 * f(at - step) + 8 * f(at + step) - f(at + 2 * step)) / (12 * step)
    return (-f(at - 2 * step) + 16 * f(at - step) - 30 * f(at) + 16 * f(at + step) - f(at + 2 * step)) / (12 * step**2)


def chain(rows: list[tuple[dt.date, float, float, float, float]], **given: Floats) -> Chain:
    """Rows of (expiry, strike, side, open interest, vol), quoted one cent around their value."""
    expiry, strike, side, interest, vol = (np.array(column) for column in zip(*rows, strict=True))
    count = len(rows)
    unknown = np.full(count, np.nan)
    blank = Chain(
        "SPX", AS_OF, AS_OF, SPOT, "made here", Origin.SYNTHETIC, expiry.astype("datetime64[D]"),
        np.full(count, "SPXW"), strike, side, np.zeros(count), np.ones(count), interest, unknown, vol, unknown, unknown,
    )  # fmt: skip
    value = np.array([merton(SPOT, *row) for row in zip(strike, blank.years(), vol, side, strict=True)])
    columns = {"bid": np.maximum(value - 0.01, 0.0), "ask": value + 0.01} | given
    return Chain(**{name: getattr(blank, name) for name in Chain.__slots__} | columns)


def forwards(of: Chain) -> list[Forward]:
    found = {}
    for day, root, years in zip(of.expiry, of.root, of.years(), strict=True):
        found[day] = Forward(
            day.item(), str(root), float(years), SPOT * float(np.exp((RATE - INCOME) * years)),
            float(np.exp(-RATE * years)), RATE, 0.0, 9, Status.FOUND,
        )  # fmt: skip
    return list(found.values())


ROWS = [
    (NEAR, 6100.0, 1.0, 1000.0, 0.15),
    (NEAR, 5900.0, -1.0, 1500.0, 0.18),
    (FAR, 6000.0, 1.0, 700.0, 0.16),
    (FAR, 6000.0, -1.0, 300.0, 0.16),
]


def test_a_convention_must_be_stated() -> None:
    book = dealer_book(chain(ROWS), forwards(chain(ROWS)))
    for ask in (
        lambda: dealer_sign(None, book.right),
        lambda: book.held(None),
        lambda: book.profile([None], np.array([6000.0])),
        lambda: dealer_gamma(book, None),
    ):
        with pytest.raises(ConventionError, match="choose a convention"):
            ask()


def test_signs_by_hand() -> None:
    right = np.array([1.0, -1.0])
    assert dealer_sign(Convention.NAIVE, right).tolist() == [1.0, -1.0]
    assert dealer_sign(Convention.ALL_SHORT, right).tolist() == [-1.0, -1.0]
    assert dealer_sign(Convention.FLOW_SIGNED, right, np.array([0.2, -0.7])).tolist() == [0.2, -0.7]
    with pytest.raises(MissingDataError, match="signed volume"):
        dealer_sign(Convention.FLOW_SIGNED, right)
    with pytest.raises(DomainError, match=r"\[-1, 1\]"):
        dealer_sign(Convention.FLOW_SIGNED, right, np.array([1.5, 0.0]))


def test_published_example_of_dollar_gamma() -> None:
    """METHOD 4: gamma .0005, 1000 contracts, spot 6000 -> 18.0 m USD per 1 %: the one option with that gamma."""
    years, vol = float(chain(ROWS[:1]).years()[0]), 0.15
    stdev = vol * np.sqrt(years)

    def beyond(strike: float) -> float:
        d1 = (np.log(SPOT / strike) + (RATE - INCOME) * years) / stdev + 0.5 * stdev
        return float(np.exp(-INCOME * years) * norm.pdf(d1) / (SPOT * stdev)) - 0.0005

    strike = brentq(beyond, 6050.0, 7000.0, xtol=1e-10)
    one = chain([(NEAR, strike, 1.0, 1000.0, vol)])
    book = dealer_book(one, forwards(one))
    assert float(gamma_usd(book, book.greeks(), Convention.NAIVE)[0]) == pytest.approx(18.0e6, rel=1e-9)


def test_gamma_vanna_and_charm_are_differences_of_other_codes_values() -> None:
    made = chain(ROWS)
    book = dealer_book(made, forwards(made))
    greeks = book.greeks()
    for convention, sign in ((Convention.NAIVE, made.right), (Convention.ALL_SHORT, -np.ones(4))):
        size = sign * made.open_interest * 100.0
        for i in range(4):
            k, t, v, side = float(made.strike[i]), float(made.years()[i]), float(made.iv[i]), float(made.right[i])
            gamma = derivative(lambda s: merton(s, k, t, v, side), SPOT, 6.0, 2)  # noqa: B023

            def delta(vol: float, years: float) -> float:
                return derivative(lambda s: merton(s, k, years, vol, side), SPOT, 6.0, 1)  # noqa: B023

            vanna = derivative(lambda x: delta(x, t), v, 1e-3, 1)  # noqa: B023
            charm = -derivative(lambda x: delta(v, x), t, 1e-4, 1)  # noqa: B023
            assert gamma_usd(book, greeks, convention)[i] == pytest.approx(size[i] * gamma * SPOT**2 * 0.01, rel=1e-5)
            assert vanna_usd_per_point(book, greeks, convention)[i] == pytest.approx(
                size[i] * vanna * SPOT * 0.01, rel=1e-4
            )
            assert charm_usd_per_day(book, greeks, convention)[i] == pytest.approx(
                size[i] * charm * SPOT / 365.0, rel=1e-4
            )


def test_the_profile_passes_through_todays_total() -> None:
    made = chain(ROWS)
    found = dealer_gamma(dealer_book(made, forwards(made)), Convention.NAIVE)
    for convention in (Convention.NAIVE, Convention.ALL_SHORT):
        view = found.views[convention]
        assert view is not None
        assert view.spots.size == 200
        assert view.spots[[0, -1]] == pytest.approx([0.85 * SPOT, 1.15 * SPOT])
        today = found.book.profile([convention], np.array([SPOT]))[0, 0]
        assert today == pytest.approx(view.usd_per_pct, rel=1e-12)
        assert sum(one.usd_per_pct for one in view.by_expiry) == pytest.approx(view.usd_per_pct, rel=1e-12)
        assert view.by_strike.sum() == pytest.approx(view.usd_per_pct, rel=1e-12)
        assert sum(one.usd_per_pct for one in view.buckets) == pytest.approx(view.usd_per_pct, rel=1e-12)


def test_every_zero_level_is_found() -> None:
    """A long call between two short puts in gamma: the profile changes sign twice, at roots of scipy's own solver."""
    made = chain(
        [(NEAR, 5700.0, -1.0, 1000.0, 0.2), (NEAR, 6000.0, 1.0, 1000.0, 0.15), (NEAR, 6300.0, -1.0, 900.0, 0.2)]
    )
    book = dealer_book(made, forwards(made))

    def total(spot: float) -> float:
        rows = zip(made.strike, made.years(), made.iv, made.right, made.open_interest, strict=True)
        return sum(
            side * size * derivative(lambda s: merton(s, k, t, v, side), spot, 4.0, 2)  # noqa: B023
            for k, t, v, side, size in rows
        )

    expected = [brentq(total, 5700.0, 6000.0), brentq(total, 6000.0, 6300.0)]
    view = dealer_gamma(book, Convention.NAIVE).view
    assert view is not None
    assert view.zero_status is Status.FOUND
    assert view.zero_gamma == pytest.approx(expected, abs=0.02)
    levels, status = zero_levels(book, Convention.NAIVE, view.spots)
    assert (levels, status) == (pytest.approx(expected, abs=0.02), Status.FOUND)


def test_without_a_sign_change_there_is_no_level() -> None:
    made = chain(ROWS)
    found = dealer_gamma(dealer_book(made, forwards(made)), Convention.ALL_SHORT)
    view = found.view
    assert view is not None
    assert view.zero_gamma == ()
    assert view.zero_status is Status.ONE_SIDED


def test_flow_signed_is_unknown_without_flow_and_counted_with_it() -> None:
    made = chain(ROWS)
    assert dealer_gamma(dealer_book(made, forwards(made)), Convention.NAIVE).views[Convention.FLOW_SIGNED] is None
    flow = np.array([0.5, -0.5, 0.0, 1.0])
    book = dealer_book(made, forwards(made), flow=flow)
    view = dealer_gamma(book, Convention.FLOW_SIGNED).view
    assert view is not None
    unsigned = -gamma_usd(book, book.greeks(), Convention.ALL_SHORT)
    assert view.usd_per_pct == pytest.approx(float(flow @ unsigned), rel=1e-12)
    with pytest.raises(DomainError, match="one a row"):
        dealer_book(made, forwards(made), flow=flow[:2])


def test_a_missing_volatility_comes_from_the_mid_then_from_the_other_side() -> None:
    made = chain(ROWS)
    whole = dealer_book(made, forwards(made))
    iv = made.iv.copy()
    iv[0] = 0.0
    iv[2] = np.nan
    bid = made.bid.copy()
    bid[2] = 0.0  # no mid either: the put of the same strike has the same volatility
    short = chain(ROWS, iv=iv, bid=bid)
    book = dealer_book(short, forwards(short))
    assert (book.size, book.recomputed, book.borrowed, book.unknown) == (4, 1, 1, ())
    assert book.vol == pytest.approx(whole.vol, rel=1e-6)


def test_what_cannot_be_counted_is_named_and_is_in_no_number() -> None:
    expired = dt.date(2018, 2, 2)
    rows = [*ROWS[:2], (NEAR, 9000.0, 1.0, 40.0, 0.2), (expired, 6000.0, 1.0, 77.0, 0.2), (FAR, 6500.0, 1.0, 5.0, 0.2)]
    given = chain([*rows[:3], *rows[4:]])
    iv = np.array([0.15, 0.18, np.nan, np.nan, 0.2])
    interest = np.array([1000.0, 1500.0, 40.0, 77.0, np.nan])
    bid, ask = np.zeros(5), np.full(5, 0.05)
    bid[[0, 1, 4]], ask[[0, 1, 4]] = given.bid[[0, 1, 3]], given.ask[[0, 1, 3]]
    made = Chain(
        "SPX", AS_OF, AS_OF, SPOT, "made here", Origin.SYNTHETIC, np.array([r[0] for r in rows], "datetime64[D]"),
        np.full(5, "SPXW"), np.array([r[1] for r in rows]), np.array([r[2] for r in rows]), bid, ask, interest,
        np.full(5, np.nan), iv, np.full(5, np.nan), np.full(5, np.nan),
    )  # fmt: skip
    book = dealer_book(made, forwards(given))
    assert book.size == 2
    assert {(u.reason, u.rows, u.contracts) for u in book.unknown} == {
        (SETTLED, 1, 77.0),
        (NO_VOL, 1, 40.0),
        (NO_INTEREST, 1, 0.0),
    }


def test_buckets_hold_same_day_expiry_before_the_close() -> None:
    """Quotes of the morning: the expiry of the day itself has its own bucket."""
    day = dt.date(2018, 2, 2)
    made = chain([(NEAR, 6000.0, 1.0, 10.0, 0.15)])
    morning = AS_OF - dt.timedelta(hours=5)
    same = Chain(
        **{name: getattr(made, name) for name in Chain.__slots__}
        | {"as_of": morning, "known_at": morning, "expiry": np.array([day], "datetime64[D]")}
    )
    view = dealer_gamma(dealer_book(same, forwards(same)), Convention.NAIVE).view
    assert view is not None
    assert view.buckets[0].name == BUCKETS[0][0] == "0DTE"
    assert view.buckets[0].contracts == 10.0
    assert view.buckets[0].usd_per_pct == pytest.approx(view.usd_per_pct)
    assert view.usd_per_pct > 0.0


def test_a_profile_refuses_a_spot_that_is_no_price() -> None:
    made = chain(ROWS)
    with pytest.raises(DomainError, match="positive"):
        dealer_book(made, forwards(made)).profile([Convention.NAIVE], np.array([-1.0, 6000.0]))


def test_a_balanced_book_has_no_level_made_of_rounding() -> None:
    """The same open interest in calls and puts nets to nothing at every spot under `naive`."""
    rows = [(NEAR, k, side, 100.0 + k / 7.0, 0.17) for k in (5800.0, 5900.0, 6010.0, 6200.0) for side in (1.0, -1.0)]
    made = chain(rows)
    view = dealer_gamma(dealer_book(made, forwards(made)), Convention.NAIVE).view
    assert view is not None
    assert abs(view.usd_per_pct) < 1.0
    assert (view.zero_gamma, view.zero_status) == ((), Status.ONE_SIDED)


def test_a_chain_without_open_interest_is_refused_not_zero() -> None:
    made = chain([(*row[:3], np.nan, row[4]) for row in ROWS])
    with pytest.raises(MissingDataError, match="4 rows: open interest unknown"):
        dealer_gamma(dealer_book(made, forwards(made)), Convention.NAIVE)


@pytest.mark.shared
def test_real_chain_agrees_with_the_vendors_own_gamma() -> None:
    """Total dollar gamma from our repricing against the sum of the gammas the vendor prints (four decimals)."""
    from seawall.data.chains import load_chains

    path = existing(DATA / "options" / "SPX_chains_202606.parquet")
    for made in load_chains(path)[:2]:
        book = dealer_book(made, parity(made))
        ours = float(gamma_usd(book, book.greeks(), Convention.ALL_SHORT).sum())
        live = made.years() > 0.0
        vendor = -float((made.gamma * made.open_interest)[live].sum()) * 100.0 * made.spot**2 * 0.01
        assert ours == pytest.approx(vendor, rel=0.03)
        assert sum(u.contracts for u in book.unknown if u.reason != SETTLED) < 0.002 * book.contracts.sum()
