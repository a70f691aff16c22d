"""VIX calls as a hedge: money in and out by hand, on markets where the answer is known."""

import datetime as dt

import numpy as np
import pytest
from tests.evidence.worlds import days, series

from seawall.core.clock import vix_expiries, vix_expiry
from seawall.core.errors import MissingDataError
from seawall.market.history import History
from seawall.sim.vix_calls import Quotes, call_quotes, call_trip, future_on, rolled_calls

COUNT = 260


def flat(level: float = 18.0, **more: np.ndarray) -> Quotes:
    """A market that does not move: VIX and its first futures at one level."""
    dates = days(COUNT)
    still = {name: series(name, dates, np.full(COUNT, level)) for name in ("VIX", "VX1", "VX2", "VX3")}
    still |= {name: series(name, dates, values) for name, values in more.items()}
    return call_quotes(History.of(*still.values(), series("VVIX", dates, np.full(COUNT, 90.0))), dates)


def test_calls_that_expire_worthless_lose_exactly_what_was_paid() -> None:
    quotes = flat()
    found = rolled_calls(quotes, lambda future: 0.01)
    expiries = [vix_expiry(year, month) for year in (2010, 2011) for month in range(1, 13)]
    rolled = [day for day in quotes.dates.tolist() if day in expiries]
    assert quotes.dates[found.rolls].tolist() == rolled
    assert found.premium.sum() == pytest.approx(0.01 * len(rolled))
    closed = found.rolls[-1]
    assert found.pnl[:closed].sum() < 0.0
    settled = found.pnl[: closed + 1].sum() - _last_entry(found.pnl, quotes, int(closed))
    assert settled == pytest.approx(-0.01 * (len(rolled) - 1), rel=1e-12)
    assert found.seen == 1.0


def _last_entry(pnl: np.ndarray, quotes: Quotes, row: int) -> float:
    """The half-spread paid at the last roll: its premium at the ask less the mark of the same close."""
    from seawall.sim.vxth import CallMarket, call_ask, call_strike, call_value

    day = quotes.dates[row].item()
    years = (vix_expiries(day, 1)[0] - day).days / 365.0
    at = CallMarket(18.0, 90.0, 0.0)
    strike = call_strike(at, years)
    ask = call_ask(strike, at, years, 1.0)
    del pnl
    return 0.01 / ask * (call_value(strike, at, years) - ask)


def test_a_settlement_far_above_pays_its_intrinsic_value() -> None:
    dates = days(COUNT)
    spike = vix_expiry(2010, 5)
    settle = np.where(dates == np.datetime64(spike), 60.0, np.nan)
    calm, struck = rolled_calls(flat(), lambda future: 1.0), rolled_calls(flat(VRO=settle), lambda future: 1.0)
    row = int(np.flatnonzero(dates == np.datetime64(spike))[0])
    gained = struck.pnl[row] - calm.pnl[row]
    from seawall.sim.vxth import CallMarket, call_ask, call_strike

    bought = vix_expiry(2010, 4)
    years = (spike - bought).days / 365.0
    at = CallMarket(18.0, 90.0, 0.0)
    strike = call_strike(at, years)
    assert strike > 18.0
    assert gained == pytest.approx((60.0 - strike) / call_ask(strike, at, years, 1.0), rel=1e-9)


def test_no_weight_no_money() -> None:
    found = rolled_calls(flat(), lambda future: 0.0)
    assert not found.pnl.any()
    assert not found.premium.any()


def test_a_trip_costs_the_spread_twice_and_time() -> None:
    quotes = flat()
    free, once, twice = (call_trip(quotes, 20, 5, 1, costs) for costs in (0.0, 1.0, 2.0))
    assert twice < once < free < 0.0
    assert call_trip(quotes, 20, 0, 1, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(call_trip(quotes, COUNT - 3, 5))


def test_futures_by_contract_before_the_table_and_modelled_last() -> None:
    dates = days(COUNT)
    contract = series("VX_2010_03", dates[:30], np.full(30, 25.0))
    still = [series(name, dates, np.full(COUNT, 18.0)) for name in ("VIX", "VX1")]
    quotes = call_quotes(History.of(*still, contract), dates)
    march, january = vix_expiry(2010, 3), vix_expiry(2010, 1)
    assert future_on(quotes, 3, march) == (25.0, True)
    assert future_on(quotes, 3, january) == (18.0, True)  # first of the table
    assert future_on(quotes, 3, vix_expiry(2010, 6))[1] is False
    assert not quotes.seen_vvix.any()


def test_a_day_without_vix_is_refused() -> None:
    dates = days(10)
    with pytest.raises(MissingDataError, match="VIX has no close"):
        call_quotes(History.of(series("VIX", dates[1:], np.full(9, 18.0))), dates)
    assert dates[0].item() == dt.date(2010, 1, 4)
