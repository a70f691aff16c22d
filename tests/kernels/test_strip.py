"""The VIX formula against the published white-paper chains, and against Black chains whose vol is known."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.published import REFERENCE

from seawall.core.errors import DomainError, MissingExpiryError, QuoteError, StrikesOutOfOrderError
from seawall.kernels.strip import (
    ChainQuotes,
    Strip,
    end_deviation,
    outward,
    select_strip,
    strip_exact,
    strip_variance,
    vix_index,
)


def black(forward, strikes, s, side):
    d = np.log(forward / strikes) / s + 0.5 * s
    return side * (forward * norm.cdf(side * d) - strikes * norm.cdf(side * (d - s)))


def chain(forward=2000.0, vol=0.2, years=30 / 365, step=5.0, spread=0.0, low=1000.0, high=3500.0):
    strikes = np.arange(low, high + step / 2, step)
    call, put = (black(forward, strikes, vol * math.sqrt(years), side) for side in (1.0, -1.0))
    call, put = np.maximum(call, 0.0), np.maximum(put, 0.0)
    return ChainQuotes(strikes, call - spread * call, call + spread * call, put - spread * put, put + spread * put)


def white_paper(year):
    params, quotes = REFERENCE / "vix_whitepaper_params.csv", REFERENCE / f"vix_whitepaper_{year}_chain.csv"
    if not (params.exists() and quotes.exists()):
        pytest.skip(f"no white-paper chain in {REFERENCE}: set SEAWALL_SHARED")
    with params.open(newline="") as file:
        given = next(row for row in csv.DictReader(file) if row["example"] == str(year))
    with quotes.open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("strike", "call_bid", "call_ask", "put_bid", "put_ask")
    terms = {
        term: ChainQuotes(*(np.array([float(r[c]) for r in rows if r["term"] == term]) for c in columns))
        for term in ("near", "next")
    }
    return given, terms


@pytest.mark.shared
def test_white_paper_2014():
    given, terms = white_paper(2014)
    variances = {}
    # METHOD 1.3, published: forward, K0, number of strikes, variance.
    published = {"near": (1962.89996, 1960.0, 146, 0.0184629239), "next": (1962.40006, 1960.0, 122, 0.0188210077)}
    for term, (forward, centre, count, variance) in published.items():
        rate, years = float(given[f"{term}_rate"]), float(given[f"{term}_minutes"]) / 525_600.0
        strip = select_strip(terms[term], rate, years)
        variances[term] = strip_variance(strip, rate, years)
        assert strip.forward == pytest.approx(forward, abs=5e-6)
        assert strip.centre == centre
        assert strip.strikes.size == count
        assert variances[term] == pytest.approx(variance, abs=5e-11)
    minutes = float(given["near_minutes"]), float(given["next_minutes"])
    index = vix_index(variances["near"], variances["next"], *minutes)
    assert index == pytest.approx(float(given["expected_vix"]), abs=5e-5)
    assert index == pytest.approx(13.6858, abs=5e-5)


def cumulative(bids):
    """The known wrong rule: stop at the second zero bid, consecutive or not."""
    zeros = np.cumsum(bids <= 0.0)
    return np.flatnonzero((bids > 0.0) & (zeros < 2))


@pytest.mark.shared
def test_the_cumulative_rule_gives_another_index():
    given, terms = white_paper(2014)
    variances = []
    for term in ("near", "next"):
        rate, years = float(given[f"{term}_rate"]), float(given[f"{term}_minutes"]) / 525_600.0
        quotes = terms[term]
        right = select_strip(quotes, rate, years)
        at = int(np.searchsorted(quotes.strikes, right.centre))
        low = at - 1 - cumulative(quotes.put_bid[:at][::-1])[::-1]
        high = at + 1 + cumulative(quotes.call_bid[at + 1 :])
        wrong = Strip(
            np.concatenate([quotes.strikes[low], [right.centre], quotes.strikes[high]]),
            np.concatenate(
                [
                    0.5 * (quotes.put_bid + quotes.put_ask)[low],
                    [0.5 * (right.centre_put + right.centre_call)],
                    0.5 * (quotes.call_bid + quotes.call_ask)[high],
                ]
            ),
            *right[2:],
        )
        variances.append(strip_variance(wrong, rate, years))
    index = vix_index(*variances, float(given["near_minutes"]), float(given["next_minutes"]))
    assert index == pytest.approx(13.6771, abs=5e-5)


def test_index_of_the_2009_paper():
    # Published variances of 9- and 37-day months; METHOD 1.3: 61.2180 with the window off.
    minutes = 12_960.0, 53_280.0
    with pytest.raises(MissingExpiryError):
        vix_index(0.472767225, 0.366818155, *minutes)
    near, following = 0.472767225 * minutes[0], 0.366818155 * minutes[1]
    mixed = near + (following - near) * (43_200.0 - minutes[0]) / (minutes[1] - minutes[0])
    assert vix_index(0.472767225, 0.366818155, *minutes, window=None) == pytest.approx(
        100 * math.sqrt(mixed / 43_200.0)
    )


@pytest.mark.parametrize("vol", [0.08, 0.2, 0.6])
@pytest.mark.parametrize("forward", [2000.0, 2002.5, 1997.1])
def test_a_flat_chain_returns_its_vol(vol, forward):
    years = 30 / 365
    strip = select_strip(chain(forward, vol, years, step=2.0), 0.0, years)
    assert strip.forward == pytest.approx(forward, abs=1e-9)
    # The sum is a trapezoid rule: its error is the kink at the forward, about (step/K)^2/(6 T) of variance.
    assert strip_variance(strip, 0.0, years) == pytest.approx(vol**2, abs=2.0 * (2.0 / 2000.0) ** 2 / years)
    exact = strip_exact(strip, 0.0, years)
    whole = exact.variance + exact.tail_below + exact.tail_above
    assert whole == pytest.approx(vol**2, abs=2.0 * (2.0 / 2000.0) ** 2 / years)


def test_exact_strip_converges_with_the_square_of_the_step():
    years, vol = 30 / 365, 0.2
    errors = [
        strip_exact(select_strip(chain(2000.0, vol, years, step), 0.0, years), 0.0, years).variance - vol**2
        for step in (20.0, 10.0, 5.0)
    ]
    # Straight lines lie above convex prices, so every error is positive, and a quarter of the one before.
    assert errors[0] > errors[1] > errors[2] > 0.0
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.05)


def test_truncation_goes_to_the_tails():
    years, vol = 30 / 365, 0.3
    full = strip_exact(select_strip(chain(vol=vol, low=600.0, high=5000.0), 0.0, years), 0.0, years)
    cut = strip_exact(select_strip(chain(vol=vol, low=1700.0, high=2300.0), 0.0, years), 0.0, years)
    assert cut.variance < full.variance
    assert cut.tail_below > 0.0
    assert cut.tail_above > 0.0
    assert cut.variance + cut.tail_below + cut.tail_above == pytest.approx(full.variance, abs=2e-6)


def test_rate_moves_the_forward_and_grows_the_quotes():
    rate, years = 0.05, 30 / 365
    plain = chain(2000.0, 0.2, years)
    paid = ChainQuotes(plain.strikes, *(math.exp(-rate * years) * column for column in plain[1:]))
    strip, same = select_strip(paid, rate, years), select_strip(plain, 0.0, years)
    assert strip.forward == pytest.approx(2000.0, abs=1e-9)
    assert strip_variance(strip, rate, years) == pytest.approx(strip_variance(same, 0.0, years), rel=1e-12)


@pytest.mark.parametrize(
    ("bids", "taken"),
    [
        ([1, 1, 1], [1, 1, 1]),
        ([1, 0, 1, 0, 1], [1, 0, 1, 0, 1]),
        ([1, 0, 0, 1], [1, 0, 0, 0]),
        ([0, 1, 0, 0, 1], [0, 1, 0, 0, 0]),
        ([0, 0, 1], [0, 0, 0]),
        ([], []),
    ],
)
def test_two_zero_bids_in_a_row_stop(bids, taken):
    # Cboe white paper, step 1: skip a zero bid, stop after two consecutive ones.
    np.testing.assert_array_equal(outward(np.array(bids, dtype=float)), np.array(taken, dtype=bool))


@given(st.lists(st.sampled_from([0.0, 0.05, 1.0]), max_size=40))
@settings(max_examples=100, deadline=None)
def test_nothing_beyond_the_first_pair_of_zeros(bids):
    text = "".join("x" if bid > 0 else "0" for bid in bids)
    reach = text.index("00") if "00" in text else len(text)
    expected = [bid > 0 and i < reach for i, bid in enumerate(bids)]
    np.testing.assert_array_equal(outward(np.array(bids, dtype=float)), np.array(expected, dtype=bool))


@given(vol=st.floats(0.02, 3.0), k=st.floats(-1.5, 1.5))
@settings(max_examples=60, deadline=None)
def test_end_deviation_inverts_black(vol, k):
    strike = math.exp(k)
    price = float(black(1.0, strike, vol, 1.0 if strike >= 1.0 else -1.0))
    if price > 1e-12:
        assert end_deviation(1.0, strike, price) == pytest.approx(vol, rel=1e-6)


def test_no_quote_no_deviation():
    assert end_deviation(100.0, 120.0, 0.0) == 0.0


def test_index_interpolates_total_variance():
    assert vix_index(0.04, 0.04, 36_000.0, 46_000.0) == pytest.approx(20.0, rel=1e-13)
    assert vix_index(0.04, 0.09, 43_200.0, 46_000.0) == pytest.approx(20.0, rel=1e-13)
    assert vix_index(0.04, 0.09, 36_000.0, 43_200.0) == pytest.approx(30.0, rel=1e-13)


def replaced(**columns):
    return chain()._replace(**columns)


@pytest.mark.parametrize(
    ("quotes", "error"),
    [
        (lambda: replaced(call_bid=chain().call_ask + 1.0), QuoteError),
        (lambda: replaced(put_bid=chain().put_ask + 1.0), QuoteError),
        (lambda: replaced(strikes=chain().strikes[::-1]), StrikesOutOfOrderError),
        (lambda: replaced(strikes=chain().strikes * 0.0), DomainError),
        (lambda: replaced(call_ask=chain().call_ask * math.nan), DomainError),
        (lambda: replaced(call_ask=chain().call_ask[:-1]), DomainError),
        (lambda: chain(forward=995.0, vol=0.05, low=1000.0), QuoteError),
        (lambda: chain(low=1990.0), QuoteError),
        (lambda: chain(high=2010.0), QuoteError),
        (lambda: ChainQuotes(*(np.empty(0) for _ in range(5))), QuoteError),
    ],
)
def test_bad_chains_are_named(quotes, error):
    with pytest.raises(error):
        select_strip(quotes(), 0.0, 30 / 365)


@pytest.mark.parametrize("years", [0.0, -1.0, math.nan])
def test_years_must_be_positive(years):
    with pytest.raises(DomainError):
        select_strip(chain(), 0.0, years)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0.04, 0.04, 40_000.0, 40_000.0), DomainError),
        ((0.04, math.nan, 36_000.0, 46_000.0), DomainError),
        ((0.04, 0.04, 10_000.0, 46_000.0), MissingExpiryError),
        ((0.04, 0.04, 36_000.0, 60_000.0), MissingExpiryError),
    ],
)
def test_bad_terms_are_named(arguments, error):
    with pytest.raises(error):
        vix_index(*arguments)


def test_contradicting_terms_are_named():
    with pytest.raises(DomainError):
        vix_index(0.01, 0.09, 46_000.0, 53_000.0, window=None)
