"""Cards of a book: METHOD vectors, identities and brute force."""

import math

import numpy as np
import pytest

from seawall.core.errors import DomainError, MissingDataError, UnknownParameterError
from seawall.core.status import Status
from seawall.ledger.capital import wacc, xirr
from seawall.signals import book
from seawall.signals.cards import wacc_z
from seawall.signals.conflicts import CONFLICTS, stated
from seawall.signals.contract import Prior
from seawall.signals.registry import CARDS, SIGNALS, card

ELSEWHERE = {"M42"}
"""The daily report is a verb, not an observation."""


def test_every_row_of_the_table_has_a_signal_or_a_card() -> None:
    ids = {identity.split(".")[0] for identity in (*SIGNALS, *CARDS)}
    assert {f"M{row:02d}" for row in range(1, 43)} - ELSEWHERE <= ids
    assert not set(SIGNALS) & set(CARDS)


def test_every_card_describes_itself_and_has_no_weight() -> None:
    for identity, one in CARDS.items():
        assert one.id == identity
        assert one.formula
        assert one.source
        assert one.needs
        assert one.unit
        assert one.would_do.endswith(".")
        assert isinstance(one.prior, Prior)
        assert one.evidence == ""
        assert one.weight("seed") == one.weight("measured") == 0.0
        assert callable(one.compute)
        assert not one.conflict or one.conflict in CONFLICTS
    assert card("M23").compute is wacc
    with pytest.raises(UnknownParameterError, match="M38"):
        card("M99")
    with pytest.raises(UnknownParameterError, match="C03"):
        stated("C99")
    assert xirr is not None


@pytest.mark.parametrize(
    ("strike", "side", "ratio"),
    [
        (6000.0, 1.0, 2.00),  # METHOD M38: at the money, 10 days, 16 to 32
        (6000.0, -1.0, 2.00),
        (5760.0, -1.0, 5.11),  # and a put 4 % below
    ],
)
def test_temporal_theta_vectors(strike: float, side: float, ratio: float) -> None:
    assert book.temporal_theta(6000.0, strike, 10.0 / 365.0, (0.16, 0.32), side) == pytest.approx(ratio, abs=0.005)


def test_temporal_theta_of_an_instant_is_the_ratio_of_the_greek() -> None:
    # theta of Black is -F phi(d1) vol/(2 sqrt T): the ratio is 2 phi(d1 shocked)/phi(d1)
    root = math.sqrt(10.0 / 365.0)
    first, second = (math.log(1 / 0.96) / (v * root) + 0.5 * v * root for v in (0.16, 0.32))
    expected = 2.0 * math.exp(0.5 * (first**2 - second**2))
    found = book.temporal_theta(6000.0, 5760.0, 10.0 / 365.0, (0.16, 0.32), -1.0, 1e-7)
    assert found == pytest.approx(expected, rel=1e-3)


def test_temporal_theta_needs_decay() -> None:
    with pytest.raises(DomainError, match="an option that decays"):
        book.temporal_theta(6000.0, 6000.0, 0.0, (0.16, 0.32), 1.0)


def test_pool_quick_ratio_vector() -> None:
    # METHOD M20: L 1e6, P 2000: depth 449,472.3, over 300,000 = 1.498
    assert book.pool_quick_ratio(1e6, 2000.0, 0.0, np.full(50, -3e5)) == pytest.approx(1.498, abs=5e-4)
    assert book.pool_quick_ratio(1e6, 2000.0, 150_527.7, np.array([3e5])) == pytest.approx(2.0, abs=1e-6)
    with pytest.raises(MissingDataError, match="no flows"):
        book.pool_quick_ratio(1e6, 2000.0, 0.0, np.empty(0))
    with pytest.raises(DomainError, match="nothing ever flowed"):
        book.pool_quick_ratio(1e6, 2000.0, 0.0, np.zeros(5))


def test_gamma_and_vega_shares() -> None:
    gamma = np.array([1.0, -2.0, 3.0, -10.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    vega = np.array([0.0, 0.0, -1.0, -20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    found = book.gamma_vega_shares(gamma, vega)
    assert np.isnan(found.gamma[:4]).all()
    assert found.gamma[4] == pytest.approx(7.0 / 28.0)
    assert found.vega[4] == pytest.approx(21.0 / 28.0)
    assert found.label[4] == -1.0
    assert np.isnan(found.gamma[-1])  # nothing moved: no share
    with pytest.raises(DomainError, match="one column each"):
        book.gamma_vega_shares(gamma, vega[1:])


def test_lead_correlations_find_the_lag_that_was_built_in() -> None:
    rng = np.random.default_rng(2)
    signal = rng.normal(size=4000)
    label = np.r_[rng.normal(size=3), signal[:-3]]
    label[50] = np.nan
    found = book.lead_correlations(signal, label)
    assert found.shape == (10,)
    assert int(np.argmax(found)) + 1 == 3
    assert found[2] == pytest.approx(1.0)
    assert np.abs(np.delete(found, 2)).max() < 0.1
    assert np.isnan(book.lead_correlations(np.zeros(50), label[:50])).all()


def test_book_betas_and_their_bands() -> None:
    found = book.book_betas(-60_000.0, 2_000.0, 1_000_000.0)
    assert found == (-0.06, 0.2, False, True)
    with pytest.raises(DomainError, match="equity"):
        book.book_betas(1.0, 1.0, 0.0)


def test_coverage_lends_nothing_between_buckets() -> None:
    found = book.vega_coverage({"30d": 300.0, "90d": 0.0}, {"30d": 100.0, "90d": 100.0, "180d": 0.0})
    assert dict(found.by_bucket) == {"30d": 3.0, "90d": 0.0}
    assert found.total == 0.5
    with pytest.raises(MissingDataError, match="nothing to cover"):
        book.vega_coverage({"30d": 1.0}, {"30d": 0.0})
    with pytest.raises(DomainError, match="not below 0"):
        book.vega_coverage({"30d": -1.0}, {"30d": 1.0})


def test_extrinsic_value_sold_counts_short_options_only() -> None:
    prices, intrinsic = np.array([12.0, 5.0, 9.0]), np.array([10.0, 0.0, 1.0])
    assert book.extrinsic_sold(prices, intrinsic, np.array([-2.0, 3.0, -1.0]), 100.0) == pytest.approx(1200.0)


def log(**changes: np.ndarray) -> book.BookLog:
    size = np.array([1.0, 2.0, 3.0, 4.0])
    base = book.BookLog(
        coverage=np.array([0.5, 1.5, 1.0, 1.0]),
        triggered=np.array([True, True, False, True]),
        followed=np.array([True, False, True, True]),
        tail_loss=np.array([0.05, 0.10, 0.11, 0.02]),
        size=size,
        trailing_yield=0.1 * size,
        turnover=np.array([10.0, 0.0, 20.0, 0.0]),
        band_turnover=np.array([0.0, 5.0, 0.0, 5.0]),
    )
    return base._replace(**changes)


def test_steward_and_promoter() -> None:
    found = book.stewardship(log())
    assert found.coverage == pytest.approx(3.5 / 4.0)
    assert found.adherence == pytest.approx(2.0 / 3.0)
    assert found.sizing == pytest.approx(0.75)
    assert found.steward == pytest.approx(3.5 / 4.0 * 2.0 / 3.0 * 0.75)
    assert found.promoter == pytest.approx(1.0)  # size follows the trailing yield one to one
    assert found.loyalty == pytest.approx(1.0 / 3.0)
    assert found.motion == pytest.approx(3.0)
    against = book.stewardship(log(trailing_yield=np.array([0.4, 0.3, 0.2, 0.1])))
    assert against.promoter == 0.0
    quiet = book.stewardship(log(triggered=np.zeros(4, bool), band_turnover=np.zeros(4), size=np.ones(4)))
    assert (quiet.steward, quiet.adherence, quiet.loyalty, quiet.motion, quiet.promoter) == (None,) * 5
    with pytest.raises(DomainError, match="differ in length"):
        book.stewardship(log(size=np.ones(3)))
    with pytest.raises(MissingDataError, match="empty"):
        book.stewardship(book.BookLog(*(column[:0] for column in log())))


def test_equal_risk_of_comonotone_parts_is_the_inverse_of_their_size() -> None:
    x = np.random.default_rng(5).standard_t(4, 2000)
    weights, status = book.risk_parity(np.stack([x, 2.0 * x, 4.0 * x], axis=1))
    assert status is Status.FOUND
    np.testing.assert_allclose(weights, np.array([4.0, 2.0, 1.0]) / 7.0, atol=5e-4)
    with pytest.raises(DomainError, match="reduces the tail"):
        book.risk_parity(np.stack([x, -0.5 * x], axis=1))


def test_equal_risk_contributions_are_equal() -> None:
    rng = np.random.default_rng(6)
    pnl = rng.normal(size=(20_000, 3)) @ np.array([[1.0, 0.5, 0.2], [0.0, 1.0, 0.3], [0.0, 0.0, 2.0]])
    weights, status = book.risk_parity(pnl)
    losses = -pnl @ weights
    worst = np.argsort(losses)[-1000:]
    parts = weights * -pnl[worst].mean(axis=0)
    if status is Status.FOUND:
        np.testing.assert_allclose(parts / parts.sum(), 1.0 / 3.0, atol=1e-3)
    assert parts.max() / parts.min() < 1.05
    assert weights.sum() == pytest.approx(1.0)


def test_event_study_finds_the_step_that_was_built_in() -> None:
    dates = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    events = dates[20:340:40]
    values = np.zeros(dates.size)
    for event in events:
        values[np.searchsorted(dates, event) :] += 3.0
    found = book.event_study(dates, values, events, 10)
    assert found == (3.0, 0.0, 8, Status.FOUND)
    assert book.event_study(dates, values, events[:3], 10).status is Status.THIN
    alone = book.event_study(dates, values, dates[:1], 10)  # no window before it
    assert alone.events == 0
    assert math.isnan(alone.change)


def test_z_of_the_cost_of_capital() -> None:
    costs = np.random.default_rng(7).normal(0.1, 0.01, 60)
    expected = (costs[-1] - costs[-20:].mean()) / costs[-20:].std(ddof=1)
    assert wacc_z(costs)[-1] == pytest.approx(expected)
