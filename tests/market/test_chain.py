"""The chain, its cleaning, and VIX out of it."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.made_chains import AS_OF, chain_of, flat_chain

from seawall.core.errors import DomainError, MissingDataError, MissingExpiryError, SeawallError
from seawall.market.chain import Chain, settlement
from seawall.market.cleaning import clean
from seawall.market.index import friday_of, strip_quotes, vix_of
from seawall.market.parity import parity
from seawall.market.repeats import repeats

FRIDAYS = [(dt.date(2025, 9, 26), "SPXW"), (dt.date(2025, 10, 3), "SPXW")]


@pytest.mark.parametrize(
    ("underlying", "root", "expiry", "utc"),
    [
        # Cboe specifications: SPX on the opening, SPXW on the close, VIX on the opening; New York is UTC-4 in summer.
        ("SPX", "SPX", dt.date(2025, 9, 19), "2025-09-19T13:30"),
        ("SPX", "SPXW", dt.date(2025, 9, 19), "2025-09-19T20:00"),
        ("SPX", "", dt.date(2025, 9, 19), "2025-09-19T20:00"),
        ("VIX", "", dt.date(2025, 9, 17), "2025-09-17T13:30"),
        ("SPY", "SPY", dt.date(2025, 11, 28), "2025-11-28T18:00"),
        ("SPX", "SPX", dt.date(2013, 10, 19), "2013-10-19T13:30"),
        ("SPX", "SPX", dt.date(2031, 12, 19), "2031-12-19T14:30"),
    ],
)
def test_settlement_instants(underlying: str, root: str, expiry: dt.date, utc: str) -> None:
    assert settlement(underlying, root, expiry) == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)


def test_years_are_minutes_over_525600() -> None:
    chain = chain_of(
        [(dt.date(2025, 9, 3), "SPXW", 100.0, 1.0, 1.0, 1.1), (dt.date(2025, 9, 19), "SPX", 100.0, 1.0, 1.0, 2.0)]
    )
    assert chain.years() * 525600.0 == pytest.approx([1440.0, 16 * 1440 + 17.5 * 60])
    assert chain.expiries() == [(dt.date(2025, 9, 3), "SPXW"), (dt.date(2025, 9, 19), "SPX")]


def test_lost_roots_are_said() -> None:
    chain = chain_of([(dt.date(2025, 9, 19), "", 100.0, 1.0, 1.0, 1.1)])
    assert "1 of them are monthly" in chain.assumptions()[0]
    assert chain.expiries() == [(dt.date(2025, 9, 19), "")]


def test_an_unknown_expiry_is_named() -> None:
    chain = flat_chain(FRIDAYS, 100.0, 0.0, 0.2)
    with pytest.raises(MissingExpiryError, match="2025-09-26 SPXW"):
        chain.rows(dt.date(2025, 9, 27), "SPXW")


def test_columns_of_unequal_length_are_refused() -> None:
    chain = flat_chain(FRIDAYS, 100.0, 0.0, 0.2)
    with pytest.raises(DomainError, match="bid"):
        replace(chain, bid=chain.bid[1:])
    with pytest.raises(DomainError, match="time zone"):
        replace(chain, as_of=dt.datetime(2025, 9, 2))  # noqa: DTZ001


def with_rows(chain: Chain, at: list[int], **columns: float) -> Chain:
    new = {}
    for name, value in columns.items():
        new[name] = getattr(chain, name).copy()
        new[name][at] = value
    return replace(chain, **new)


def test_every_dropped_row_has_its_reason() -> None:
    chain = flat_chain([*FRIDAYS, (dt.date(2025, 9, 2), "SPX")], 100.0, 0.03, 0.2, half=1e-4)
    settled = int(np.sum(chain.expiry == np.datetime64("2025-09-02")))
    chain = with_rows(chain, [200], ask=np.nan)
    chain = with_rows(chain, [203, 204], bid=0.0, ask=0.0)
    chain = with_rows(chain, [206], bid=99.0)
    far = int(np.argmax((chain.strike == 80.0) & (chain.right == 1.0)))
    chain = with_rows(chain, [far], bid=18.0, ask=18.2)  # below D (F - K), about 19.94
    twice = chain.take(np.concatenate([np.arange(chain.size), [210]]))
    kept, report = clean(twice)
    assert report.dropped == {
        "not a number": 1, "no ask": 2, "bid above ask": 1, "settled": settled, "duplicate": 1,
        "mid outside its bounds": 1,
    }  # fmt: skip
    assert report.kept == kept.size == twice.size - sum(report.dropped.values())
    assert report.rows == twice.size
    assert not np.any(report.flagged)


def test_zero_bids_stay_and_broken_shapes_are_flagged() -> None:
    chain = flat_chain(FRIDAYS, 100.0, 0.0, 0.2, half=0.001)
    zero = int(np.sum((chain.bid == 0.0) & (chain.years() > 0.0)))
    dear = int(np.argmax((chain.strike == 110.0) & (chain.right == 1.0)))
    kept, report = clean(with_rows(chain, [dear], bid=3.0, ask=3.01))
    assert int(np.sum(kept.bid == 0.0)) == zero > 0
    assert set(kept.strike[report.flagged]) >= {110.0}
    assert set(report.flags) == {"not monotone in strike", "not convex in strike"}
    assert np.all(np.abs(kept.strike[report.flagged] - 110.0) <= 0.51)


@pytest.mark.parametrize("vol", [0.12, 0.35])
def test_index_of_a_flat_smile_is_its_volatility(vol: float) -> None:
    # A strip over dense strikes of one volatility is that volatility (Carr-Madan); the grid leaves 1e-3 of it.
    reading = vix_of(flat_chain(FRIDAYS, 6000.0, 0.04, vol, half=1e-6))
    assert reading.vix == pytest.approx(100.0 * vol, rel=2e-3)
    assert reading.near.forward == pytest.approx(6000.0, abs=0.01)
    assert reading.near.rate == pytest.approx(0.04, abs=1e-3)


def test_missing_out_of_the_money_options_are_not_zero_bids() -> None:
    full = flat_chain(FRIDAYS, 6000.0, 0.04, 0.2, half=1e-6)
    rng = np.random.default_rng(5)
    absent = (rng.random(full.size) < 0.3) & (np.abs(full.strike / 6000.0 - 1.0) > 0.02)
    reading = vix_of(full.take(~absent))
    assert reading.near.passed_over > 20
    assert reading.vix == pytest.approx(vix_of(full).vix, rel=2e-3)


def test_two_zero_bids_in_a_row_end_the_strip_but_one_does_not() -> None:
    full = flat_chain(FRIDAYS, 6000.0, 0.04, 0.2, half=1e-6)
    puts = (full.right == -1.0) & (full.root == "SPXW")
    one = with_rows(full, np.flatnonzero(puts & (full.strike == 4800.0)).tolist(), bid=0.0, ask=0.0)
    two = with_rows(full, np.flatnonzero(puts & np.isin(full.strike, (4800.0, 4830.0))).tolist(), bid=0.0, ask=0.0)
    assert vix_of(one).near.lowest == vix_of(full).near.lowest < 4800.0
    assert vix_of(two).near.lowest == 4860.0


def test_strip_quotes_never_invent_a_constituent() -> None:
    full = flat_chain(FRIDAYS, 6000.0, 0.04, 0.2)
    rows = full.take((full.right == 1.0) | (full.strike >= 5900.0)).rows(*FRIDAYS[0])
    fitted = {(f.expiry, f.root): f for f in parity(full)}[FRIDAYS[0]]
    quotes, passed = strip_quotes(rows, fitted)
    assert quotes.strikes.min() >= 5900.0
    assert passed == int(np.sum(np.unique(rows.strike) < 5900.0))


@pytest.mark.parametrize(
    ("day", "friday"),
    [
        (dt.date(2026, 6, 18), dt.date(2026, 6, 19)),  # Juneteenth: Thursday stands for the Friday
        (dt.date(2026, 6, 25), None),
        (dt.date(2026, 6, 26), dt.date(2026, 6, 26)),
        (dt.date(2014, 4, 17), dt.date(2014, 4, 18)),  # Good Friday
    ],
)
def test_fridays(day: dt.date, friday: dt.date | None) -> None:
    assert friday_of(day) == friday


def test_on_the_wednesday_of_the_roll_thirty_and_thirty_seven_days() -> None:
    wednesday = dt.datetime(2025, 9, 3, 20, 0, tzinfo=dt.UTC)
    days = [dt.date(2025, 9, 26), dt.date(2025, 10, 3), dt.date(2025, 10, 10)]
    chain = replace(flat_chain([(d, "SPXW") for d in days], 6000.0, 0.04, 0.2), as_of=wednesday)
    reading = vix_of(chain)
    assert (reading.near.expiry, reading.following.expiry) == (days[1], days[2])


def test_am_options_are_taken_on_the_third_friday() -> None:
    third = dt.date(2025, 10, 17)
    chain = flat_chain([(third, "SPX"), (third, "SPXW"), (dt.date(2025, 10, 10), "SPXW")], 6000.0, 0.04, 0.2)
    reading = vix_of(replace(chain, as_of=dt.datetime(2025, 9, 12, 20, 0, tzinfo=dt.UTC)))
    assert reading.following.root == "SPX"


def test_index_says_what_is_missing() -> None:
    with pytest.raises(MissingExpiryError, match="2025-09-26"):
        vix_of(flat_chain(FRIDAYS[:1], 6000.0, 0.04, 0.2))
    full = flat_chain(FRIDAYS, 6000.0, 0.04, 0.2)
    with pytest.raises(MissingDataError, match="no strike with a call and a put"):
        vix_of(full.take(full.right == 1.0))
    with pytest.raises(SeawallError, match="2025-09-26"):
        vix_of(
            full.take((full.strike > 5900.0) & (full.strike < 6100.0) & ((full.right == 1.0) | (full.strike > 5990.0)))
        )


def test_a_day_that_repeats_another_is_told_from_its_content() -> None:
    first = replace(flat_chain(FRIDAYS, 100.0, 0.0, 0.2), spot=100.0)
    moved = flat_chain(FRIDAYS, 103.0, 0.0, 0.25)
    days = [dt.datetime(2025, 9, d, 20, 0, tzinfo=dt.UTC) for d in (3, 4, 5, 6)]
    own = replace(moved, as_of=days[0], spot=103.0)
    copied = replace(moved, as_of=days[1], spot=103.1)
    stale = replace(flat_chain(FRIDAYS, 110.0, 0.0, 0.3), as_of=days[2], spot=103.1)
    holiday = replace(flat_chain(FRIDAYS, 112.0, 0.0, 0.3), as_of=days[3], spot=112.0)
    found = {one.session.day: one.reason for one in repeats([first, own, copied, stale, holiday])}
    assert set(found) == {4, 5, 6}
    assert "100 % of its quotes repeat 2025-09-03" in found[4]
    assert "spot 103.10 repeats 2025-09-04, while its options imply 110.00" in found[5]
    assert found[6] == "no session of the exchange"


def test_made_chain_is_of_a_session() -> None:
    assert flat_chain(FRIDAYS, 100.0, 0.0, 0.2).session == AS_OF.date()
