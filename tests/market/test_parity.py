"""Forwards and discounts out of chains that are known, and gaps that are planted."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.made_chains import chain_of, flat_chain

from seawall.core.status import Status
from seawall.market.chain import Chain
from seawall.market.pairs import Gaps, Given, fit_line, match
from seawall.market.parity import parity
from seawall.market.scan import Costs, box_rate, parity_gap, scan

OCTOBER, JUNE = dt.date(2025, 10, 17), dt.date(2026, 6, 18)


def test_box_and_gap_vectors_of_method_3_2() -> None:
    assert box_rate(198.5, 200.0, 0.25) == pytest.approx(0.030113, abs=5e-7)
    assert parity_gap(2.10, 1.35, 18.70, 18.0, float(np.exp(-0.04 * 30 / 365))) == pytest.approx(0.0523, abs=5e-5)
    assert np.isnan(box_rate(-1.0, 200.0, 0.25))


@settings(max_examples=40, deadline=None)
@given(st.floats(50.0, 9000.0), st.floats(-0.01, 0.08), st.floats(0.08, 0.9))
def test_forward_and_discount_are_recovered(forward: float, rate: float, vol: float) -> None:
    found = parity(flat_chain([(OCTOBER, "SPX"), (JUNE, "SPXW")], forward, rate, vol, half=1e-4))
    assert [one.status for one in found] == [Status.FOUND, Status.FOUND]
    for one in found:
        assert one.forward == pytest.approx(forward, rel=2e-5)
        assert one.discount == pytest.approx(np.exp(-rate * one.years), abs=2e-4)


def test_bad_quotes_do_not_move_the_line() -> None:
    chain = flat_chain([(JUNE, "SPXW")], 6000.0, 0.04, 0.2, half=0.25)
    rng = np.random.default_rng(3)
    bid, ask = chain.bid + rng.normal(0.0, 0.05, chain.size), chain.ask + rng.normal(0.0, 0.05, chain.size)
    spoiled = rng.random(chain.size) < 0.08
    shift = np.where(spoiled, 15.0, 0.0)
    one = parity(replace(chain, bid=np.maximum(bid + shift, 0.0), ask=ask + shift))[0]
    assert one.forward == pytest.approx(6000.0, abs=0.1)
    assert one.rate == pytest.approx(0.04, abs=3.0 * one.rate_error)
    assert one.rate_error < 2e-3


def test_wide_quotes_weigh_less() -> None:
    strike = np.arange(95.0, 105.5, 0.5)
    gap = 100.0 - strike
    spread = np.full(strike.size, 0.1)
    gap[::3], spread[::3] = gap[::3] + 0.5, 10.0
    assert fit_line(Gaps(strike, gap, spread), 0.5).forward == pytest.approx(100.0, abs=1e-3)


def test_a_discount_outside_its_range_is_held() -> None:
    strike = np.arange(96.0, 105.0)
    line = fit_line(Gaps(strike, 1.1 * (100.0 - strike), np.ones(strike.size)), 0.5)
    assert (line.status, line.discount) == (Status.HELD, 1.01)
    assert line.forward == pytest.approx(100.0, abs=1e-9)
    # Beyond a year the lower end follows: ten years at 5 % are 0.61.
    long = fit_line(Gaps(strike, 0.61 * (100.0 - strike), np.ones(strike.size)), 10.0)
    assert (long.status, long.discount) == (Status.FOUND, pytest.approx(0.61))


def test_few_pairs_take_the_discount_of_the_curve() -> None:
    strike = np.array([99.0, 101.0, 130.0])
    pairs = Gaps(strike, 0.98 * (100.4 - strike), np.ones(3))
    line = fit_line(pairs, 0.5, Given(0.98, 0.0))
    assert (line.status, line.pairs) == (Status.SPARSE, 2)
    assert line.forward == pytest.approx(100.4)
    assert fit_line(pairs, 0.5).status is Status.UNKNOWN
    assert fit_line(Gaps(*(np.empty(0),) * 3), 0.5, Given(0.98, 0.0)).status is Status.UNKNOWN


def test_rates_of_other_expiries_stand_in() -> None:
    dense = flat_chain([(OCTOBER, "SPXW"), (JUNE, "SPXW")], 100.0, 0.05, 0.2, half=1e-4)
    thin = (dense.expiry == np.datetime64(JUNE)) & ~np.isin(dense.strike, (90.0, 100.0, 110.0))
    sparse = parity(dense.take(~thin))[1]
    assert sparse.status is Status.SPARSE
    assert sparse.rate == pytest.approx(0.05, abs=1e-3)
    told = parity(dense.take(~thin), lambda years: 0.03)[1]
    assert told.rate == pytest.approx(0.03)


def test_one_rate_is_read_from_all_strikes_when_none_has_four_near_the_money() -> None:
    # As in VIX chains: strikes a dollar and more apart around 18.
    dense = flat_chain([(OCTOBER, "SPXW"), (JUNE, "SPXW")], 20.0, 0.045, 0.9, half=1e-4)
    wide = dense.take(
        np.isin(dense.strike, (10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 30.0, 34.0, 40.0))
    )
    found = parity(wide)
    assert {one.status for one in found} == {Status.SPARSE}
    assert found[1].forward == pytest.approx(20.0, abs=1e-3)
    assert found[1].rate == pytest.approx(0.045, abs=2e-3)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5), st.sampled_from([1.0, -1.0])), max_size=40))
def test_pairs_against_brute_force(rows: list[tuple[int, int, float]]) -> None:
    group = np.array([r[0] for r in rows], dtype=np.intp)
    strike, right = np.array([float(r[1]) for r in rows]), np.array([r[2] for r in rows])
    calls, puts = match(group, strike, right)
    keys = {(g, k) for g, k, s in rows if s > 0} & {(g, k) for g, k, s in rows if s < 0}
    assert [(group[i], strike[i]) for i in calls] == sorted(keys)
    for i, j in zip(calls, puts, strict=True):
        assert (group[i], strike[i], right[i], right[j]) == (group[j], strike[j], 1.0, -1.0)
        assert i == next(n for n, r in enumerate(rows) if (r[0], r[1], r[2]) == (group[i], strike[i], 1.0))


def shifted(chain: Chain, strike: float, right: float, points: float) -> Chain:
    at = (chain.strike == strike) & (chain.right == right)
    return replace(chain, bid=chain.bid + points * at, ask=chain.ask + points * at)


def test_a_fair_chain_has_no_opportunity() -> None:
    found = scan(flat_chain([(OCTOBER, "SPXW")], 6000.0, 0.04, 0.2, half=0.5))
    assert found.opportunities == ()
    one = found.expiries[0]
    assert one.lend < 0.04 < one.borrow
    assert one.gap_max < 0.01
    assert one.outside == 0


@pytest.mark.parametrize(("right", "kind"), [(1.0, "conversion"), (-1.0, "reversal")])
def test_a_planted_gap_is_found_at_its_size(right: float, kind: str) -> None:
    chain = shifted(flat_chain([(OCTOBER, "SPXW")], 6000.0, 0.04, 0.2, half=0.5), 6120.0, right, 3.0)
    found = scan(chain, Costs(option_usd=1.0, forward_points=0.25))
    single = [one for one in found.opportunities if one.kind == kind]
    # Dear by 3, two half-spreads of 0.5, two legs of 0.01 and 0.25 for the forward.
    assert [one.strikes for one in single] == [(6120.0,)]
    assert single[0].edge == pytest.approx(3.0 - 1.0 - 0.27, abs=0.01)
    boxes = [one for one in found.opportunities if one.kind.startswith("box")]
    assert len(boxes) == 1
    assert boxes[0].edge == pytest.approx(3.0 - 2.0 - 0.04, abs=0.01)
    # The box sells the synthetic forward at the dear strike, or buys it where the put is dear.
    assert boxes[0].strikes[0 if right > 0 else 1] == 6120.0
    lends = boxes[0].strikes[0] > boxes[0].strikes[1]
    assert boxes[0].kind == ("box, lends" if lends else "box, borrows")
    assert (boxes[0].rate > 0.04) == lends


def test_costs_and_spreads_hide_a_small_gap() -> None:
    chain = shifted(flat_chain([(OCTOBER, "SPXW")], 6000.0, 0.04, 0.2, half=0.5), 6120.0, 1.0, 1.2)
    assert scan(chain, Costs(option_usd=1.0, forward_points=0.25)).opportunities == ()
    assert [one.kind for one in scan(chain, Costs(0.0, 0.0)).opportunities] == ["conversion"]


def test_a_zero_bid_cannot_be_sold() -> None:
    chain = flat_chain([(OCTOBER, "SPXW")], 6000.0, 0.04, 0.2, half=0.5)
    chain = shifted(chain, 6120.0, 1.0, 3.0)
    at = (chain.strike == 6120.0) & (chain.right == 1.0)
    assert scan(replace(chain, bid=np.where(at, 0.0, chain.bid)), Costs(0.0, 0.0)).opportunities == ()


def test_futures_are_measured_against_the_options() -> None:
    chain = replace(flat_chain([(OCTOBER, "SPXW")], 20.0, 0.04, 0.9, half=0.005), underlying="VIX")
    found = scan(chain, Costs(0.0, 0.05), {OCTOBER: 20.5})
    assert found.expiries[0].settlement == 20.5
    assert {one.kind for one in found.opportunities if one.expiry == OCTOBER and len(one.strikes) == 1} == {"reversal"}


def test_early_exercise_is_said() -> None:
    chain = replace(flat_chain([(OCTOBER, "SPY")], 600.0, 0.04, 0.2), underlying="SPY")
    assert any("early" in note for note in scan(chain).notes)


def test_a_chain_without_pairs_has_no_expiry() -> None:
    chain = chain_of([(OCTOBER, "SPXW", 100.0, 1.0, 1.0, 1.1)])
    assert [one.status for one in parity(chain)] == [Status.UNKNOWN]
    assert scan(chain).expiries == ()
