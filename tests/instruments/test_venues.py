"""`instruments.venues`: every fact is dated and sourced, tiers hold together, paid rates stay as they were paid."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from seawall.core.datum import Datum, Origin
from seawall.core.errors import MarginError, MissingDataError, UnknownParameterError
from seawall.instruments.venues import VENUES, PaidOn, Tiers, Venue, paid_or_modelled, venue
from seawall.kernels.margin import maintenance

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)
ALL_TIERS = [(each.name, tiers) for each in VENUES.values() for tiers in each.tiers]


def test_the_five_venues() -> None:
    assert set(VENUES) == {"binance", "hyperliquid", "deribit", "bitmex", "dydx"}


@pytest.mark.parametrize("each", VENUES.values(), ids=list(VENUES))
def test_every_rule_has_a_date_and_a_source(each: Venue) -> None:
    assert venue(f" {each.name.upper()} ") is each
    assert each.funding.as_of > date(2016, 5, 1)  # the first perpetual
    assert each.funding.source
    assert each.funding.sampling
    assert each.margin
    assert each.liquidation
    assert 0.0 < each.funding.hours <= 8.0


@pytest.mark.parametrize(("name", "tiers"), ALL_TIERS, ids=[f"{name}-{tiers.market}" for name, tiers in ALL_TIERS])
def test_every_table_is_continuous_and_sourced(name: str, tiers: Tiers) -> None:
    taken = tiers.schedule()  # raises where rates, bounds or leverages contradict
    assert tiers.source
    assert tiers.as_of > date(2016, 5, 1)
    for bound in taken.lower_bounds[1:]:
        below, above = maintenance([bound * (1.0 - 1e-12), bound * (1.0 + 1e-12)], taken)
        assert above == pytest.approx(below, rel=1e-9), name


@pytest.mark.parametrize(
    ("name", "market", "notional", "margin"),
    [
        ("hyperliquid", "BTC", 200e6, 3_125_000.0),  # METHOD 1.6
        ("hyperliquid", "ETH", 150e6, 150e6 / 30 - 100e6 * (1 / 30 - 1 / 50)),  # 25x to 15x at 100m
        ("hyperliquid", "SOL", 80e6, 80e6 * 0.05 - 1_750_000.0),  # 20x to 10x at 70m
        ("binance", "BTC", 250_000.0, 50_000 * 0.004 + 200_000 * 0.005),  # announcement of 2021-03-18
        ("bitmex", "BTC", 180.0, 0.9),  # Risk Limits Examples: 180 XBT at .50 % is 0.90 XBT
        ("dydx", "BTC", 1_000_000.0, 12_000.0),  # 2 % x 0.6
    ],
)
def test_margins_by_hand(name: str, market: str, notional: float, margin: float) -> None:
    assert float(maintenance(notional, venue(name).tiers_of(market).schedule())) == pytest.approx(margin, rel=1e-12)


def test_numbers_nobody_supports_are_asked_for() -> None:
    with pytest.raises(MarginError, match="no maintenance tiers of SOL on binance are known: state the tiers"):
        venue("binance").tiers_of("SOL")
    with pytest.raises(MarginError, match="no maintenance tiers of BTC on deribit"):
        venue("deribit").tiers_of("BTC")
    with pytest.raises(MarginError, match="known from 2021-03-18, not on 2020-03-12"):
        venue("binance").tiers_of("btc", date(2020, 3, 12))
    assert venue("binance").tiers_of("btc", date(2021, 3, 18)).market == "BTC"
    base = venue("bitmex").tiers_of("BTC")
    base.require(-200.0)
    with pytest.raises(MarginError, match="above the 200"):
        base.require(230.0)
    with pytest.raises(MarginError, match="neither rates nor leverages"):
        Tiers("X", "USD", (0.0,), None, date(2026, 1, 1), "made up").schedule()


def test_a_newer_table_stands_beside_the_older() -> None:
    old = Tiers("BTC", "USD", (0.0,), (10.0,), date(2024, 1, 1), "made up")
    new = Tiers("BTC", "USD", (0.0,), (5.0,), date(2025, 1, 1), "made up")
    made = Venue("made", venue("dydx").funding, "", (old, new), "", "")
    assert made.tiers_of("BTC") is new
    assert made.tiers_of("BTC", date(2024, 12, 31)) is old
    assert made.tiers_of("BTC", date(2025, 1, 1)) is new


def test_names_are_suggested() -> None:
    with pytest.raises(UnknownParameterError, match="did you mean hyperliquid"):
        venue("hyperliqid")
    with pytest.raises(UnknownParameterError, match="known are binance, hyperliquid"):
        venue("?")


def test_funding_rules_by_hand() -> None:
    hyperliquid, deribit, dydx = (venue(name).funding for name in ("hyperliquid", "deribit", "dydx"))
    # documentation of each: premium 1 % is .95 % per 8 h, an eighth each hour; a rate of 40 % hits the 4 % cap
    np.testing.assert_allclose(hyperliquid.paid([0.01, 0.4]), [0.0095 / 8, 0.04], rtol=1e-13)
    # maximum(.025 %, p) + minimum(-.025 %, p)
    np.testing.assert_allclose(deribit.rate([0.0002, 0.001, -0.001]), [0.0, 0.00075, -0.00075], atol=1e-18)
    # premium / 8 + interest of 0; at most 6 x (2 % - 1.2 %) / 8
    np.testing.assert_allclose(dydx.paid([0.0002, 0.5]), [0.000025, 0.006], rtol=1e-13)
    # BitMEX: 1.125 % a day at the most, in three payments
    assert 3.0 * float(venue("bitmex").funding.paid(0.1)) == pytest.approx(0.01125, rel=1e-13)
    assert hyperliquid.paid_on is PaidOn.ORACLE
    assert dydx.paid_on is PaidOn.ORACLE


def datum(value: float, origin: Origin = Origin.OBSERVED) -> Datum[float]:
    return Datum(value, NOON, NOON + timedelta(minutes=1), "made", origin)


def test_a_paid_rate_is_never_recomputed() -> None:
    # beyond today's cap, and contradicted by its premium: still what was paid
    paid = datum(0.09)
    assert paid_or_modelled(venue("hyperliquid").funding, paid, datum(0.0)) is paid
    assert paid_or_modelled(venue("bitmex").funding, paid, None) is paid


@pytest.mark.parametrize(
    ("origin", "label"),
    [(Origin.OBSERVED, Origin.MODELLED), (Origin.MODELLED, Origin.MODELLED), (Origin.SYNTHETIC, Origin.SYNTHETIC)],
)
def test_a_rate_from_a_premium_is_labelled(origin: Origin, label: Origin) -> None:
    premium = datum(0.003, origin)
    found = paid_or_modelled(venue("binance").funding, None, premium)
    assert found.value == pytest.approx(0.0025, rel=1e-13)  # METHOD 1.6
    assert found.origin is label
    assert (found.as_of, found.known_at) == (premium.as_of, premium.known_at)
    assert "formula" in found.source


def test_without_either_nothing_is_assumed() -> None:
    with pytest.raises(MissingDataError, match="import the rates"):
        paid_or_modelled(venue("dydx").funding, None, None)
