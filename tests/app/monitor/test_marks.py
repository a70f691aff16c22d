"""What a venue may say: the documented format, and the gate that lets no garbage into a book."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fake_venue import GARBAGE, garbage, marks

from seawall.app.monitor.marks import MOST_MARKS, Gate, Mark, read_marks
from seawall.core.errors import DataError

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def gate(confirm: int = 2) -> Gate:
    return Gate(0.1, confirm, dt.timedelta(seconds=5))


def offered(to: Gate, price: float, at: dt.datetime = NOW, now: dt.datetime | None = None) -> str:
    """The kind of refusal, empty when it was taken or is no news."""
    refused = to.admit((Mark("ETH", price, at),), now or at, {})[1]
    return refused[0].kind if refused else ""


def test_a_document_is_read_as_it_is_described() -> None:
    content = b"""{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {
      "eth": {"price": 2500, "funding": 0.11, "implied_vol": 0.7},
      "VIX": {"price": 17.3, "as_of": "2026-03-02T11:59:00Z"}}}"""
    eth, vix = read_marks(content)
    assert eth == Mark("ETH", 2500.0, NOW, 0.11, 0.7, None)
    assert vix == Mark("VIX", 17.3, NOW - dt.timedelta(minutes=1))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{", b"<html>", b"\xff\xfe", b'{"seawall_marks": 1}', b"[" * 50_000,
        b'{"seawall_marks": 2, "as_of": "2026-03-02T12:00:00Z", "marks": {"ETH": {"price": 1}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00", "marks": {"ETH": {"price": 1}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {"ETH": {"price": NaN}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {"ETH": {"price": 1e999}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {"ETH": {"price": "x"}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {"ETH": {"price": 1, "extra": 2}}}',
        b'{"seawall_marks": 1, "as_of": "2026-03-02T12:00:00Z", "marks": {"E\\u001b[2J": {"price": 1}}}',
        marks({f"A{n}": 1.0 for n in range(MOST_MARKS + 1)}, NOW),
    ],
)  # fmt: skip
def test_what_breaks_the_format_is_one_line(content: bytes) -> None:
    with pytest.raises(DataError) as told:
        read_marks(content)
    assert len(str(told.value).splitlines()) == 1
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("price", "at", "kind"),
    [
        (2510.0, NOW + SECOND, ""),
        (0.0, NOW + SECOND, "range"),
        (-1.0, NOW + SECOND, "range"),
        (math.nan, NOW + SECOND, "range"),
        (math.inf, NOW + SECOND, "range"),
        (2500.0, NOW + 30 * SECOND, "future"),
        (2500.0, NOW - SECOND, "backwards"),
        (2501.0, NOW, "contradiction"),
        (2500.0, NOW, ""),
        (2500.0 * math.exp(0.099), NOW + SECOND, ""),
        (2500.0 * math.exp(0.101), NOW + SECOND, "jump"),
        (2500.0 * math.exp(-0.101), NOW + SECOND, "jump"),
    ],
)
def test_a_second_reading_is_taken_or_refused_with_its_kind(price: float, at: dt.datetime, kind: str) -> None:
    to = gate()
    assert offered(to, 2500.0) == ""
    assert offered(to, price, at, NOW + SECOND) == kind
    assert to.accepted["ETH"].price == (price if not kind else 2500.0)


@pytest.mark.parametrize(
    ("prices", "last"),
    [
        ([2500, 1800, 1810], 1810),  # a fall that the next reading confirms
        ([2500, 1800, 2500, 1800, 2500], 2500),  # lone wrong prices
        ([2500, 1800, 4000, 1800, 4000], 2500),  # two wrong prices that contradict each other
        ([2500, 1800, 1500, 1510], 1510),  # it falls on while it waits
    ],
)
def test_a_jump_counts_when_a_later_reading_agrees(prices: list[float], last: float) -> None:
    to = gate()
    for number, price in enumerate(prices):
        offered(to, price, NOW + number * SECOND)
    assert to.accepted["ETH"].price == last


def test_the_same_reading_twice_confirms_nothing() -> None:
    to = gate()
    offered(to, 2500.0)
    for _ in range(5):
        assert offered(to, 1800.0, NOW + SECOND) == "jump"
    assert to.accepted["ETH"].price == 2500.0


def test_a_first_reading_is_compared_with_the_market_of_the_book() -> None:
    to = gate()
    wrong, right = Mark("ETH", 25.0, NOW), Mark("ETH", 2500.0, NOW + SECOND)
    assert to.admit((wrong,), NOW, {"ETH": 2490.0})[1][0].kind == "jump"
    assert to.admit((right,), NOW + SECOND, {"ETH": 2490.0}) == ((right,), ())


def test_what_a_reading_leaves_out_is_kept() -> None:
    to = gate()
    to.admit((Mark("ETH", 2500.0, NOW, 0.1, 0.6, 0.5),), NOW, {})
    to.admit((Mark("ETH", 2501.0, NOW + SECOND),), NOW + SECOND, {})
    assert to.accepted["ETH"] == Mark("ETH", 2501.0, NOW + SECOND, 0.1, 0.6, 0.5)


@pytest.mark.parametrize("kind", GARBAGE)
def test_no_kind_of_garbage_moves_a_price(kind: str) -> None:
    to = gate()
    offered(to, 2500.0)
    for number in range(1, 12):
        now = NOW + number * SECOND
        try:
            taken, refused = to.admit(read_marks(garbage(kind, {"ETH": 2500.0}, now, number)), now, {})
        except DataError:
            continue
        assert refused
        assert not taken
    assert to.accepted["ETH"].price == 2500.0


PRICES = st.one_of(st.floats(), st.sampled_from([0.0, 2500.0, 2600.0, 1800.0, 1850.0, 5000.0]))


@given(st.lists(PRICES, max_size=20), st.integers(2, 4))
def test_an_accepted_price_is_near_the_last_or_confirmed(prices: list[float], confirm: int) -> None:
    to, last, run = gate(confirm), 2500.0, [2500.0]
    offered(to, last)
    for number, price in enumerate(prices, 1):
        offered(to, price, NOW + number * SECOND)
        if math.isfinite(price) and price > 0.0:
            near = abs(math.log(price) - math.log(run[-1])) <= 0.1
            run = [*run, price] if near else [price]
        now = to.accepted["ETH"].price
        if now != last:
            assert now == price
            assert abs(math.log(now) - math.log(last)) <= 0.1 or len(run) >= confirm
        last = now
