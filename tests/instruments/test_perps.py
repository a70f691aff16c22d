"""Perps as instruments and accounts: published prices, brute-force liquidation, and sums that close."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.published import reference
from tests.worlds import NOW, state

from seawall.core.datum import Datum, Origin
from seawall.core.errors import ConventionError, DomainError, MarginError
from seawall.core.status import Status
from seawall.instruments.base import Position, total
from seawall.instruments.coin_perp import InversePerp, PowerPerp
from seawall.instruments.margin_terms import MarginTerms, flat_terms, venue_terms
from seawall.instruments.perp import FundingTerms, LinearPerp
from seawall.instruments.perp_account import AccountCash, AccountLeg, CrossPerp, PerpAccount
from seawall.instruments.venues import venue
from seawall.kernels.margin import BACKSTOP
from seawall.ledger.book import Book
from seawall.ledger.breakeven import break_evens, price_factors
from seawall.ledger.exposure import ledger
from seawall.ledger.margin import account_margins, power_notes
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves, State

WORLD = state(FlatSmile(0.2, "test"))
TIERS = MarginTerms((0.0, 50_000.0, 200_000.0), (0.01, 0.02, 0.05), (40.0, 20.0, 8.0))
THREE = st.sampled_from([flat_terms(0.01), TIERS, venue_terms(venue("hyperliquid").tiers_of("ETH"))])


def prices(factor: str, *levels: float) -> object:
    base = WORLD.asset(factor).spot.value
    return WORLD.view(Moves({factor: np.array(levels) / base - 1.0}))


def without_funding() -> State:
    return replace(WORLD, assets={name: replace(asset, funding=None) for name, asset in WORLD.assets.items()})


@settings(deadline=None)
@given(st.one_of(st.just(1.0), st.floats(1.01, 19.0)), st.booleans(), THREE)
def test_a_linear_perp_ends_exactly_at_its_liquidation_price(leverage: float, long: bool, terms: MarginTerms) -> None:
    perp = LinearPerp("ETH", 40.0 if long else -40.0, 2000.0, leverage, terms)
    found = perp.liquidation_price(2000.0)
    if found.status is Status.NEVER:
        assert long
        assert perp.value(prices("ETH", 1.0))[0] > 0.0
        return
    beyond = -1e-9 if long else 1e-9
    values = perp.value(prices("ETH", found.price * (1.0 - beyond), found.price * (1.0 + beyond)))
    assert values[0] > 0.0
    assert values[1] == 0.0
    assert perp.equity(prices("ETH", perp.bankruptcy_price(2000.0)))[0] == pytest.approx(0.0, abs=1e-7)
    backstop = perp.backstop_price(2000.0)
    if backstop.status is Status.FOUND:
        at = prices("ETH", backstop.price)
        assert perp.equity(at)[0] == pytest.approx(BACKSTOP * perp.maintenance_margin(at)[0], rel=1e-9)


def test_an_unknown_entry_counts_from_the_mark_and_agrees_with_a_known_one() -> None:
    known = LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01)
    worth = known.value(WORLD.view())[0]
    bare = LinearPerp("ETH", 3.0, None, None, 0.01, posted=float(worth))
    grid = prices("ETH", 1000.0, 1500.0, 1800.0, 2600.0)
    assert bare.value(grid) == pytest.approx(known.value(grid))
    assert bare.liquidation_price(2000.0).price == pytest.approx(known.liquidation_price(2000.0).price)
    with pytest.raises(ConventionError, match="give it"):
        bare.liquidation_price()


def test_a_mark_beyond_the_liquidation_price_says_so() -> None:
    gone = LinearPerp("ETH", 1.0, 2600.0, 5.0, 0.01)
    assert gone.liquidation_price(2000.0).status is Status.BREACHED
    assert gone.exposure(WORLD).status == (Status.BREACHED,)
    assert gone.exposure(WORLD).value_usd == 0.0


def test_funding_is_the_paid_rate_and_else_the_venues_formula_labelled() -> None:
    """Hyperliquid, premium .0025 per 8 h: .0025 + clamp(.0001 - .0025, +-.0005) = .0020, an eighth an hour."""
    terms = FundingTerms("hyperliquid", 0.0025)
    paid = terms.rate(WORLD, "ETH")
    assert paid is not None
    assert (paid.value, paid.origin) == (0.1095, Origin.OBSERVED)
    modelled = terms.rate(without_funding(), "ETH")
    assert modelled is not None
    assert modelled.value == pytest.approx(0.0020 * 3 * 365)
    assert modelled.origin is Origin.MODELLED
    assert FundingTerms("hyperliquid").rate(without_funding(), "ETH") is None
    perp = LinearPerp("ETH", 3.0, 1900.0, 5.0, 0.01)
    assert perp.exposure(without_funding()).carry_usd_per_year is None


@settings(deadline=None)
@given(st.floats(500.0, 20_000.0), st.booleans(), st.floats(0.5, 8.0))
def test_an_inverse_perp_in_coin_and_in_dollars(notional: float, long: bool, coins: float) -> None:
    """Value in dollars is value in coin at the price; liquidation is where the coins meet the coin maintenance."""
    perp = InversePerp("ETH", notional if long else -notional, 1900.0, coins, flat_terms(0.01))
    levels = np.array([300.0, 1200.0, 2000.0, 3500.0, 90_000.0])
    view = prices("ETH", *levels)
    assert perp.value(view) == pytest.approx(perp.coin_value(view) * levels, rel=1e-9, abs=1e-6)
    own = coins + perp.contracts * (1.0 / 1900.0 - 1.0 / levels)
    assert perp.coin_equity(view) == pytest.approx(own)
    found = perp.liquidation_price(2000.0)
    if found.status is Status.NEVER:
        assert not long
        assert math.isinf(found.price)
        assert perp.alive(view)[-1]
        return
    at = prices("ETH", found.price)
    if found.status is Status.FOUND:
        assert perp.coin_equity(at)[0] == pytest.approx(perp.coin_maintenance(at)[0], rel=1e-7, abs=1e-9)


def test_a_short_inverse_perp_on_its_own_notional_is_dollars() -> None:
    """C = N/P0: delta zero, value N whatever the price; in coin a long has gamma -2N/P^3 and density 2N/q^3."""
    perp = InversePerp("ETH", -3800.0, 1900.0, 2.0, 0.01)
    assert perp.exposure(WORLD).delta_usd == pytest.approx(0.0, abs=1e-9)
    assert perp.value(prices("ETH", 100.0, 2000.0, 50_000.0)) == pytest.approx([3800.0] * 3)
    long = InversePerp("ETH", 3800.0, 1900.0, 2.0, 0.01)
    assert long.coin_gamma(prices("ETH", 2000.0))[0] == pytest.approx(-2.0 * 3800.0 / 2000.0**3)
    assert float(long.coin_density().at(2000.0)) == pytest.approx(2.0 * 3800.0 / 2000.0**3)
    assert long.density(WORLD) is None
    margin = account_margins(Book("b", (Position("p", long, 1.0, "perps"),)), WORLD)[0]
    assert margin.equity_coin == pytest.approx(2.0 + 3800.0 * (1.0 / 1900.0 - 1.0 / 2000.0))
    assert margin.equity_usd == pytest.approx(2000.0 * (margin.equity_coin or 0.0))


def test_a_power_perp_is_long_gamma_and_its_funding_is_paid_or_unknown() -> None:
    """p = 2: dollar gamma 2 S^2 q, fair funding sigma^2; Delta 2 q S^2 (METHOD 1.6)."""
    square = PowerPerp("ETH", 0.003, 2.0, scale=1e-1)
    exposure = square.exposure(WORLD)
    value = 0.0003 * 2000.0**2
    assert (exposure.value_usd, exposure.delta_usd, exposure.gamma_usd) == pytest.approx((value, 2 * value, 2 * value))
    assert exposure.carry_usd_per_year is None
    assert square.fair_funding(WORLD) == pytest.approx(0.8**2)
    assert PowerPerp("ETH", 0.003, 3.0).fair_funding(WORLD) == pytest.approx(3.0 * 0.8**2)
    paid = PowerPerp("ETH", -0.003, 2.0, scale=1e-1, paid=0.7).exposure(WORLD)
    assert paid.carry_usd_per_year == pytest.approx(0.7 * value)
    assert float(square.density(WORLD).at(2000.0)) == pytest.approx(-2.0 * 0.0003)
    row = ledger(Book("b", (Position("short", PowerPerp("ETH", -0.003, 2.0, paid=0.49), 1.0, "perps"),)), WORLD).rows[0]
    assert row.break_even_vol == pytest.approx(0.7)  # sigma_BE = sqrt(annual funding), METHOD 1.6
    told = power_notes(Book("b", (Position("sq", square, 1.0, "perps"),)), WORLD)
    assert told == [
        "fair funding of sq at the implied volatility of 30 days: 64.0 % of its value a year, modelled; paid: unknown"
    ]
    with pytest.raises(DomainError, match="power above 1"):
        PowerPerp("ETH", 1.0, 0.5)


def account(collateral: float = 900.0, *, keeps: bool = False, short: float = -0.5) -> PerpAccount:
    legs = (
        AccountLeg("eth", "ETH", 5.0, 1900.0, TIERS),
        AccountLeg("spx", "SPX", short, 6100.0, flat_terms(0.01)),
    )
    return PerpAccount("main", "hyperliquid", collateral, legs, keeps, 0.02)


def rows(held: PerpAccount) -> tuple[Position, ...]:
    legs = tuple(Position(leg.label, CrossPerp(held, i), 1.0, "perps", 0.0) for i, leg in enumerate(held.legs))
    return (*legs, Position("collateral", AccountCash(held), 1.0, "perps", held.collateral))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 5000.0), st.floats(-0.9, 1.0), st.floats(-0.3, 0.3), st.booleans())
def test_the_rows_of_an_account_add_up_to_it_in_every_move(c: float, eth: float, spx: float, keeps: bool) -> None:
    held = account(c, keeps=keeps)
    view = WORLD.view(Moves({"ETH": np.array([eth]), "SPX": np.array([spx])}))
    equity = c + 5.0 * (2000.0 * (1.0 + eth) - 1900.0) - 0.5 * (6000.0 * (1.0 + spx) - 6100.0)
    required = 0.01 * 5.0 * 2000.0 * (1.0 + eth) + 0.01 * 0.5 * 6000.0 * (1.0 + spx)
    worth = equity
    if equity <= required:
        worth = equity if keeps and equity >= 2.0 / 3.0 * required else 0.0
    assert sum(p.value(view)[0] for p in rows(held)) == pytest.approx(worth, abs=1e-8)


@settings(deadline=None)
@given(st.floats(100.0, 6000.0), st.floats(-0.9, 0.9).filter(lambda q: abs(q) > 0.01))
def test_cross_liquidation_prices_are_where_the_account_ends(collateral: float, short: float) -> None:
    held = account(collateral, short=short)
    for leg, found, bankrupt in zip(held.legs, held.liquidations(WORLD), held.bankruptcies(WORLD), strict=True):
        if found.status is not Status.FOUND:
            continue
        at = prices(leg.factor, found.price)
        assert held.equity(at)[0] == pytest.approx(held.maintenance_margin(at)[0], rel=1e-7, abs=1e-6)
        if bankrupt > 0.0:
            assert held.equity(prices(leg.factor, bankrupt))[0] == pytest.approx(0.0, abs=1e-6)


def bracket(rate: float, deduction: float) -> MarginTerms:
    """A published bracket as tiers that are continuous: nothing up to D / rate, the rate beyond."""
    return MarginTerms((0.0, deduction / rate), (0.0, rate))


def test_binance_worked_examples_through_accounts() -> None:
    """Published: cross and isolated ETH and BTC positions, to the printed cent."""
    rows_ = reference("binance_liquidation_price.csv")
    assert {row["mode"] for row in rows_} == {"isolated", "cross"}
    for row in rows_:
        size, entry, rate = float(row["size"]), float(row["entry"]), float(row["mmr"])
        own = AccountLeg("own", row["contract"], size, entry, bracket(rate, float(row["cum_maintenance_amount"])))
        marks, legs = {row["contract"]: entry}, [own]
        for name, other_entry, held, mark, mmr, cum in json.loads(row["other_positions(sym,entry,size,mark,mmr,cum)"]):
            marks[name] = mark
            legs.append(AccountLeg("other", name, held, other_entry, bracket(mmr, cum)))
        assets = {name: replace(WORLD.assets["ETH"], spot=Datum(p, NOW, NOW, "test")) for name, p in marks.items()}
        held_by = PerpAccount("a", "binance", float(row["wallet_balance"]), tuple(legs))
        found = held_by.liquidations(State(NOW, assets, WORLD.rate))[0]
        assert found.price == pytest.approx(float(row["expected"]), abs=0.0051)


def test_margin_of_a_book_names_the_nearest_leg_in_deviations() -> None:
    """ETH at 80 % and SPX at 15 %: distances in daily deviations are |ln(x/p)| / (sigma / sqrt 365)."""
    isolated = Position("alone", LinearPerp("ETH", -2.0, 2000.0, 4.0, 0.01), 1.0, "perps", 1000.0)
    cross, alone = account_margins(Book("b", (*rows(account()), isolated)), WORLD)
    assert (cross.name, cross.mode, cross.equity_usd) == ("main", "cross", pytest.approx(900.0 + 500.0 + 50.0))
    assert cross.maintenance_usd == pytest.approx(0.01 * (10_000.0 + 3000.0))
    assert cross.ratio == pytest.approx(130.0 / 1450.0)
    eth = cross.legs[0]
    # 1450 + 5 (x - 2000) = .05 x + 30: the account ends at x = 8580 / 4.95
    assert eth.liquidation.price == pytest.approx(8580.0 / 4.95)
    assert eth.distance == pytest.approx(8580.0 / 4.95 / 2000.0 - 1.0)
    assert eth.deviations == pytest.approx(-math.log(8580.0 / 4.95 / 2000.0) / (0.8 / math.sqrt(365.0)))
    assert cross.nearest is eth
    assert eth.pnl_usd == pytest.approx(500.0)
    assert alone.legs[0].liquidation.price == pytest.approx(2000.0 * 1.25 / 1.01)
    assert (alone.status, account_margins(Book("b", rows(account(0.0, short=-0.9))), WORLD)[0].status) == (
        Status.FOUND,
        Status.FOUND,
    )
    gone = account_margins(Book("b", (Position("g", LinearPerp("ETH", 1.0, 2600.0, 5.0, 0.01), 1.0, "perps"),)), WORLD)
    assert gone[0].status is Status.BREACHED
    safe = account_margins(Book("b", (Position("s", LinearPerp("ETH", 1.0, 2000.0, 1.0, 0.01), 1.0, "perps"),)), WORLD)
    assert (safe[0].status, safe[0].nearest) == (Status.NEVER, None)


def test_the_ledger_of_an_account_closes_and_its_break_even_sees_the_collateral() -> None:
    held = account()
    book = Book("b", rows(held))
    table = ledger(book, WORLD)
    assert table.total.exposure.value_usd == pytest.approx(1450.0)
    assert table.total.exposure.delta_usd == pytest.approx(10_000.0 - 3000.0)
    assert [row.exposure.carry_usd_per_year for row in table.rows] == [
        pytest.approx(-1095.0),
        None,
        pytest.approx(18.0),
    ]
    assert price_factors(book) == ("ETH", "SPX")
    found = break_evens(book, replace(WORLD, assets=WORLD.assets), "ETH")
    assert found.reference_usd == pytest.approx(900.0)
    # 1450 + 5 (x - 2000) = 900 at x = 1890
    assert found.today.values == pytest.approx((1890.0,))


def test_an_account_whose_leg_has_no_entry_counts_it_from_the_mark() -> None:
    bare = replace(account(), legs=(replace(account().legs[0], entry=None), account().legs[1]))
    assert bare.equity(WORLD.view())[0] == pytest.approx(900.0 + 50.0)
    margins = account_margins(Book("b", rows(bare)), WORLD)[0]
    assert [leg.pnl_usd for leg in margins.legs] == [None, pytest.approx(50.0)]
    table = ledger(Book("b", rows(bare)), WORLD)
    assert table.total.exposure.value_usd == pytest.approx(950.0)


def test_an_account_marks_at_the_price_of_each_state() -> None:
    later = Datum(1000.0, NOW, NOW, "test")
    crashed = replace(WORLD, assets={**WORLD.assets, "ETH": replace(WORLD.assets["ETH"], spot=later)})
    assert sum(p.value(crashed.view())[0] for p in rows(account())) == 0.0
    assert all(Status.BREACHED in p.exposure(crashed).status for p in rows(account()))
    assert total(p.exposure(crashed) for p in rows(account())).delta_usd == 0.0


def test_contradictions_are_refused_by_name() -> None:
    with pytest.raises(MarginError, match="rates must not fall"):
        MarginTerms((0.0, 10.0), (0.02, 0.01))
    with pytest.raises(MarginError, match="neither rates nor leverages"):
        MarginTerms((0.0,))
    with pytest.raises(MarginError, match="at most 20 at a notional of 100,000"):
        LinearPerp("ETH", 50.0, 2000.0, 30.0, TIERS)
    with pytest.raises(MarginError, match="that these tiers cover"):
        LinearPerp("BTC", 1e5, 60_000.0, 2.0, venue_terms(venue("binance").tiers_of("BTC")))
    with pytest.raises(MarginError, match="two positions in ETH"):
        PerpAccount("a", None, 1.0, (account().legs[0], account().legs[0]))
    with pytest.raises(MarginError, match="carries no position"):
        PerpAccount("a", None, 1.0, ())
    with pytest.raises(DomainError, match="must not be negative"):
        account(-1.0)
    with pytest.raises(DomainError, match="size of a perp"):
        InversePerp("ETH", 0.0, 2000.0, 1.0, 0.01)
