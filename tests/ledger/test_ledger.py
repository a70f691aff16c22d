"""Laws of the ledger, on books drawn at random and on small ones with known answers."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import EXPIRES, NOW, datum, state

from seawall.core.datum import Datum
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.instruments.base import Exposure, Instrument, Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct, concentrated
from seawall.instruments.structures import condor, option_on
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.book import Book
from seawall.ledger.exposure import Ledger, Row, ledger
from seawall.ledger.share import tenor_share
from seawall.market.smile import FlatSmile
from seawall.market.state import Asset, State

WORLD = state(FlatSmile(0.2, "test"), rate=0.02)
POOL = [
    EuropeanOption("SPX", "put", 5800.0, EXPIRES),
    condor(option_on("SPX"), (5400.0, 5600.0, 6300.0, 6500.0), EXPIRES),
    LiquidityPosition("ETH", ConstantProduct(400.0), fee_apr=0.3),
    LiquidityPosition("ETH", concentrated(700.0, 1500.0, 2600.0), fee_apr=0.5),
    LinearPerp("ETH", 8.0, 1900.0, 4.0, 0.01),
    VixFuture(EXPIRES, 18.0),
    VixOption("call", 25.0, EXPIRES),
]
quantities = st.lists(st.floats(-50.0, 50.0).filter(lambda q: abs(q) > 0.01), min_size=len(POOL), max_size=len(POOL))


def book_of(amounts: list[float]) -> Book:
    positions = tuple(Position(f"p{i}", inst, q, "g") for i, (inst, q) in enumerate(zip(POOL, amounts, strict=True)))
    return Book("drawn", positions, 1e6)


def dollars(row: Row) -> dict[str, float | None]:
    columns = {f.name: getattr(row.exposure, f.name) for f in fields(Exposure) if f.name != "status"}
    return {**columns, "rent": row.rent_usd_per_year, "worst": row.worst.usd, **row.pnl_by_shock}


@settings(max_examples=15, deadline=None)
@given(quantities)
def test_doubling_the_book_doubles_every_dollar_column(amounts: list[float]) -> None:
    one, two = ledger(book_of(amounts), WORLD), ledger(book_of(amounts).scaled(2.0), WORLD)
    for row, twice in zip((*one.rows, *one.by_factor, one.total), (*two.rows, *two.by_factor, two.total), strict=True):
        for name, value in dollars(row).items():
            other = dollars(twice)[name]
            assert (value is None) == (other is None)
            if value is not None:
                assert other == pytest.approx(2.0 * value, rel=1e-9, abs=1e-7), name
        assert twice.break_even_status is row.break_even_status
        assert twice.break_even_vol == (None if row.break_even_vol is None else pytest.approx(row.break_even_vol))


@settings(max_examples=15, deadline=None)
@given(quantities)
def test_rows_add_up_to_factors_and_factors_to_the_total(amounts: list[float]) -> None:
    table = ledger(book_of(amounts), WORLD)
    for name in ("value_usd", "delta_usd", "gamma_usd", "vega_usd_per_point", "carry_usd_per_year"):
        whole = getattr(table.total.exposure, name)
        size = sum(abs(getattr(row.exposure, name)) for row in table.rows) + 1.0
        assert sum(getattr(row.exposure, name) for row in table.rows) == pytest.approx(whole, abs=1e-9 * size)
        assert sum(getattr(row.exposure, name) for row in table.by_factor) == pytest.approx(whole, abs=1e-9 * size)
    worst = min(sum(row.pnl_by_shock[shock] for row in table.rows) for shock in table.total.pnl_by_shock)
    assert table.total.worst.usd == pytest.approx(worst)


def one_row(instrument: object, quantity: float = 1.0, world: State = WORLD) -> Row:
    return ledger(Book("one", (Position("x", instrument, quantity, "g"),)), world).rows[0]  # type: ignore[arg-type]


def test_rent_is_half_realised_variance_times_short_gamma() -> None:
    """METHOD 1.4: v2 rent over value is sigma^2/8."""
    row = one_row(LiquidityPosition("ETH", ConstantProduct(400.0)))
    assert row.rent_usd_per_year == pytest.approx(row.exposure.value_usd * 0.8**2 / 8.0, rel=1e-12)


@pytest.mark.parametrize(("apr", "level"), [(0.10, 0.894), (0.20, 1.265), (0.40, 1.789)])
def test_break_even_vol_of_a_v2_pool(apr: float, level: float) -> None:
    """METHOD 2, vectors: v2 at 10, 20, 40 % a year."""
    assert one_row(LiquidityPosition("ETH", ConstantProduct(400.0), fee_apr=apr)).break_even_vol == pytest.approx(
        level, abs=5e-4
    )


def test_break_even_vol_of_a_v3_range() -> None:
    """METHOD 2, vectors: [1500, 2500] at 20 %: .437765, yield .095819."""
    row = one_row(LiquidityPosition("ETH", concentrated(100.0, 1500.0, 2500.0), fee_apr=0.2))
    assert row.break_even_vol == pytest.approx(0.437765, abs=5e-7)
    assert row.convexity_yield == pytest.approx(0.095819, abs=5e-7)


def test_what_is_not_short_convexity_has_no_break_even_vol() -> None:
    row = one_row(EuropeanOption("SPX", "call", 6000.0, EXPIRES))
    assert row.break_even_vol is None
    assert row.break_even_status is Status.NOT_SHORT
    assert row.share is None


def test_unknown_inputs_stay_unknown() -> None:
    quiet = Asset(datum(2000.0), FlatSmile(0.8, "test"))
    world = State(NOW, {"ETH": quiet}, datum(0.0))
    pool = one_row(LiquidityPosition("ETH", ConstantProduct(100.0)), 1.0, world)
    assert pool.rent_usd_per_year is None
    assert pool.break_even_status is Status.UNKNOWN
    assert pool.share is not None
    assert pool.share.product is None
    assert 0.0 < pool.share.at_most <= 1.0
    assert one_row(LinearPerp("ETH", 1.0, 2000.0, 3.0, 0.01), 1.0, world).exposure.carry_usd_per_year is None


def test_known_asset_share_makes_the_product_known() -> None:
    asset = Asset(datum(2000.0), FlatSmile(0.8, "test"), 0.0, datum(0.8), None, Datum(0.25, NOW, NOW, "test"))
    share = one_row(LiquidityPosition("ETH", ConstantProduct(100.0)), 1.0, State(NOW, {"ETH": asset}, datum(0.0))).share
    assert share is not None
    assert share.product == pytest.approx(share.shape * 0.25 * share.tenor)


def test_tenor_share_is_a_share_and_peaks_where_the_hedge_is() -> None:
    shares = [tenor_share(days) for days in (1.0, 7.0, 30.0, 120.0, 365.0)]
    assert all(0.0 < share <= 1.0 for share in shares)
    assert shares[0] < shares[2] < shares[3]


def test_book_refuses_what_it_cannot_hold() -> None:
    position = Position("same", POOL[0], 1.0, "g")
    with pytest.raises(DomainError, match="'same' stands twice"):
        Book("b", (position, position))
    with pytest.raises(DomainError, match="add one"):
        Book("b", ())
    with pytest.raises(DomainError, match="nav"):
        Book("b", (position,), -5.0)


def test_total_share_lies_between_its_bounds() -> None:
    table: Ledger = ledger(book_of([-1.0, -5.0, 1.0, 1.0, 1.0, 1.0, 1.0]), WORLD)
    assert 0.0 <= table.share_at_least <= table.share_at_most <= 1.0


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(POOL), st.floats(0.1, 50.0), st.booleans()), min_size=2, max_size=12))
def test_a_row_is_the_same_whatever_else_the_book_holds(parts: list[tuple[Instrument, float, bool]]) -> None:
    """Every column of every row, the shares with it, against the ledger of that position alone."""
    for n, (instrument, size, sold) in enumerate(parts):
        parts[n] = (instrument, size, sold and instrument.settles != ())
    positions = tuple(Position(f"p{n}", i, -q if sold else q, "g") for n, (i, q, sold) in enumerate(parts))
    for row, position in zip(ledger(Book("all", positions), WORLD).rows, positions, strict=True):
        alone = ledger(Book("one", (position,)), WORLD).rows[0]
        for name, value in dollars(alone).items():
            assert dollars(row)[name] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-7)), name
        assert (row.label, row.kind, row.factor, row.worst.shock) == (
            alone.label, alone.kind, alone.factor, alone.worst.shock
        )  # fmt: skip
        assert (row.share is None) == (alone.share is None)
        if row.share is not None and alone.share is not None:
            assert (row.share.asset, row.share.tenor) == (alone.share.asset, alone.share.tenor)
            assert row.share.shape == pytest.approx(alone.share.shape, rel=1e-9)
