"""Rebuilt strategy indices: the rules by hand on made markets, the account, and that nothing sees tomorrow."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from seawall.core.clock import known_after_close, sessions, spx_monthly_expiry
from seawall.core.errors import DomainError, MissingDataError
from seawall.data.embedded import embedded_history
from seawall.market.history import History, Series
from seawall.sim.daily_inputs import OPEN_SHARE, opening_estimate
from seawall.sim.overlay_inputs import Settle, Surface
from seawall.sim.overlays import Program, Strategy, match, monthly, published, rebuild
from seawall.sim.vxth import rebuild_vxth, vxth_weight

FIRST, LAST = dt.date(2015, 1, 2), dt.date(2015, 6, 30)
RATE = 0.03


def series(name: str, values: np.ndarray, dates: np.ndarray, unit: str = "points") -> Series:
    return Series(name, dates, values, known_after_close(dates), unit, "made")


def world(spot: np.ndarray | float = 2002.0, vix: float = 20.0, last: dt.date = LAST) -> History:
    """SPX as given, VIX at one level, bills at 3 %, no dividends; daily."""
    dates = sessions(FIRST, last)
    ones = np.ones(dates.size)
    return History.of(
        series("SPX", spot * ones, dates),
        series("VIX", vix * ones, dates),
        series("UST_1M", RATE * ones, dates, "per_year"),
        series("SHILLER_DIVIDEND", 1e-12 * ones, dates, "usd"),
    )


def black(strike: float, years: float, side: float, spot: float = 2002.0, vol: float = 0.20) -> float:
    """Black-Scholes with the made world's rate, from the textbook."""
    rate = np.log1p(RATE)
    d1 = (np.log(spot / strike) + (rate + 0.5 * vol**2) * years) / (vol * np.sqrt(years))
    d2 = d1 - vol * np.sqrt(years)
    return float(side * (spot * norm.cdf(side * d1) - strike * np.exp(-rate * years) * norm.cdf(side * d2)))


def month_of_rolls(days: tuple[dt.date, dt.date]) -> float:
    """Years from 16:00 on the first roll day to the opening, 09:30, of the next."""
    return ((days[1] - days[0]).days - 6.5 / 24.0) / 365.0


@pytest.mark.parametrize(
    ("future", "weight"), [(15.0, 0.0), (15.05, 0.01), (30.0, 0.01), (30.05, 0.005), (50.0, 0.005), (50.05, 0.0)]
)
def test_vxth_weights(future: float, weight: float) -> None:
    """METHOD 8.4."""
    assert vxth_weight(future) == weight


def test_put_of_one_month_by_hand() -> None:
    """Flat SPX, flat 20 points: the put at 2000 expires worthless, bills and premium earn 3 %."""
    program = Program(Strategy.PUT, costs=0.0, settle=Settle.CLOSE, surface=Surface.FLAT)
    found = rebuild(program, world())
    rolls = (spx_monthly_expiry(2015, 1), spx_monthly_expiry(2015, 2))
    years, held = month_of_rolls(rolls), (rolls[1] - rolls[0]).days / 365.0
    premium = black(2000.0, years, -1.0)
    units = 100.0 / (2000.0 / (1.0 + RATE) ** years - premium)
    at = int(np.flatnonzero(found.dates == np.datetime64(rolls[1], "D"))[0])
    assert found.dates[0] == np.datetime64(rolls[0], "D")
    assert found.level[0] == pytest.approx(100.0, rel=1e-12)
    assert found.level[at] == pytest.approx((100.0 + units * premium) * (1.0 + RATE) ** held, rel=1e-9)


def test_buy_write_of_one_month_by_hand() -> None:
    """The call is the first strike at or above the index, 2005; its premium buys shares."""
    program = Program(Strategy.BXM, costs=0.0, settle=Settle.CLOSE, surface=Surface.FLAT)
    found = rebuild(program, world())
    rolls = (spx_monthly_expiry(2015, 1), spx_monthly_expiry(2015, 2))
    premium = black(2005.0, month_of_rolls(rolls), 1.0)
    at = int(np.flatnonzero(found.dates == np.datetime64(rolls[1], "D"))[0])
    assert found.level[at] == pytest.approx(100.0 * 2002.0 / (2002.0 - premium), rel=1e-9)


@pytest.mark.parametrize("multiple", [5.0, 10.0, 20.0])
def test_a_crash_costs_a_condor_one_part_in_the_multiple(multiple: float) -> None:
    """A fall through both puts loses the wider wing, 1/multiple of the level at the roll, less the credit."""
    dates = sessions(FIRST, LAST)
    crash = np.where(dates > np.datetime64(spx_monthly_expiry(2015, 2), "D"), 1000.0, 2002.0)
    found = rebuild(Program(Strategy.CNDR, multiple, costs=0.0, settle=Settle.CLOSE), world(crash))
    rolls = [spx_monthly_expiry(2015, month) for month in (2, 3)]
    at = [int(np.flatnonzero(found.dates == np.datetime64(day, "D"))[0]) for day in rolls]
    bills = (1.0 + RATE) ** ((rolls[1] - rolls[0]).days / 365.0)
    change = found.level[at[1]] / found.level[at[0]]
    assert bills - 1.0 / multiple < change < bills - 0.5 / multiple


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(Strategy)), st.floats(0.0, 3.0))
@settings(max_examples=15, deadline=None)
def test_the_account_closes(seed: int, strategy: Strategy, costs: float) -> None:
    """Interest, shares, options and costs sum to the change of the level; costs only cost."""
    dates = sessions(FIRST, LAST)
    path = 2000.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.02, dates.size)))
    found = rebuild(Program(strategy, costs=costs), world(path))
    assert sum(found.profit.values()) == pytest.approx(found.level[-1] - 100.0, abs=1e-9)
    assert found.profit["costs"] <= 0.0
    assert (found.profit["shares"] == 0.0) == (strategy is not Strategy.BXM)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_levels_do_not_know_the_future(strategy: Strategy) -> None:
    """Embedded data, cut after 2016-03: every earlier level stays what it was, to the last digit."""
    whole = embedded_history()
    cut = np.datetime64("2016-03-31")
    short = History.of(*(one.where(one.dates <= cut) for one in whole))
    full, part = rebuild(Program(strategy), whole), rebuild(Program(strategy), short)
    assert part.dates[-1] == cut
    assert part.level.tolist() == full.level[: part.dates.size].tolist()


def test_vxth_closes_its_account_and_does_not_know_the_future() -> None:
    whole = embedded_history()
    short = History.of(*(one.where(one.dates <= np.datetime64("2016-03-31")) for one in whole))
    full, part = rebuild_vxth(whole), rebuild_vxth(short)
    assert part.level.tolist() == full.level[: part.dates.size].tolist()
    assert sum(full.profit.values()) == pytest.approx(full.level[-1] - 100.0, abs=1e-9)


def test_a_from_date_keeps_its_whole_first_month() -> None:
    found = rebuild(Program(Strategy.PUT), world(), dt.date(2015, 4, 1), dt.date(2015, 5, 29))
    ends, returns = found.months()
    assert ends.astype(str).tolist() == ["2015-04-30", "2015-05-29"]
    assert found.dates[0] == np.datetime64(spx_monthly_expiry(2015, 3), "D")
    assert np.isfinite(returns).all()


def test_official_settlement_is_used_where_there_is_one() -> None:
    """A SET 10 % below the strike on the roll day is paid, although SPX closes where it was."""
    expiry = np.array([spx_monthly_expiry(2015, 2)], dtype="datetime64[D]")
    official = Series("SET", expiry, np.array([1800.0]), known_after_close(expiry), "points", "made")
    program = Program(Strategy.PUT, costs=0.0)
    plain, hit = (rebuild(program, one) for one in (world(), world().with_series(official)))
    at = int(np.flatnonzero(plain.dates == expiry[0])[0])
    assert hit.level[at - 1] == plain.level[at - 1]
    units = 100.0 / (2000.0 / (1.0 + RATE) ** (34.0 / 365.0))
    lost = plain.level[at] - hit.level[at]
    assert 0.8 * 200.0 * units < lost < 200.0 * units, "less what the put sold at the low 11:00 level earns back"
    assert "SET on 1 sessions" in hit.notes[2]


def test_opening_estimate_follows_the_opening_of_vix() -> None:
    """SPX returns are exactly -0.1 times those of VIX: the estimate must put the opening at -0.1 v, whatever f."""
    dates = sessions(dt.date(2013, 1, 2), dt.date(2015, 6, 30))
    rng = np.random.default_rng(5)
    night, day = rng.normal(0.0, 0.02, (2, dates.size))
    vix = 20.0 * np.exp(np.cumsum(night + day))
    spot = 2000.0 * np.exp(-0.1 * np.cumsum(night + day))
    opened = vix * np.exp(-day)
    made = History.of(
        series("VIX_OPEN", opened, dates),
        series("VIX_HIGH", np.maximum(opened, vix) * 1.001, dates),
        series("VIX_LOW", np.minimum(opened, vix) * 0.999, dates),
    )
    found, _, note = opening_estimate(made, dates, spot, vix)
    late = slice(300, None)
    expected = spot * np.exp(0.1 * day)
    assert found[late] == pytest.approx(expected[late], rel=1e-9)
    alone, _, _ = opening_estimate(History.of(), dates, spot, vix)
    previous = np.concatenate([[spot[0]], spot[:-1]])
    assert alone == pytest.approx(previous * (spot / previous) ** OPEN_SHARE)
    assert "VIX's opening" in note


def test_match_counts_only_shared_whole_months() -> None:
    dates = sessions(dt.date(2010, 1, 4), dt.date(2013, 3, 14))
    level = 100.0 * np.exp(np.cumsum(np.random.default_rng(2).normal(0.0, 0.01, dates.size)))
    ends, returns = monthly(dates, level)
    assert str(ends[0]) == "2010-02-26"
    assert str(ends[-1]) == "2013-02-28"
    assert np.prod(1.0 + returns) == pytest.approx(
        level[dates == ends[-1]][0] / level[dates == np.datetime64("2010-01-29")][0]
    )
    made = History.of(series("PUT", 2.0 * level, dates))
    theirs = published(made, "PUT")
    assert theirs is not None
    same = match((ends, returns), theirs)
    assert same is not None
    assert (same.months, same.last) == (returns.size, "2013-02")
    assert same.correlation == pytest.approx(1.0)
    assert same.tracking_error == pytest.approx(0.0, abs=1e-12)
    half = match((ends, 0.5 * returns), theirs)
    assert half is not None
    assert half.beta == pytest.approx(2.0)
    assert match((ends, returns), theirs, dt.date(2012, 1, 1)) is None
    assert published(made, "BXM") is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: Program(Strategy.CNDR, 0.0), "collateral multiple"),
        (lambda: Program(Strategy.BXM, 2.0), "no collateral multiple"),
        (lambda: Program(Strategy.PUT, costs=-1.0), "costs must be"),
        (lambda: rebuild(Program(Strategy.PUT), world(), LAST, FIRST), "give a later end"),
    ],
)
def test_impossible_programs_are_refused(asked: object, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        asked()  # type: ignore[operator]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingDataError, match="SPX and VIX cover 2015-01-02 to 2015-06-30"):
        rebuild(Program(Strategy.PUT), world(), dt.date(2014, 1, 2))
    whole = world()
    gap = History.of(
        *(one.where(one.dates != np.datetime64("2015-03-04")) if one.name == "SPX" else one for one in whole)
    )
    with pytest.raises(MissingDataError, match="SPX has no close on 2015-03-04"):
        rebuild(Program(Strategy.PUT), gap)
    unpaid = History.of(*(one for one in whole if one.name != "UST_1M"))
    with pytest.raises(MissingDataError, match="no bill rate"):
        rebuild(Program(Strategy.PUT), unpaid)
