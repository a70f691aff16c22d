"""Claims that read many series, each on a market with the truth built in."""

import datetime as dt

import numpy as np
import pytest
from tests.evidence.worlds import LIGHT, Days, days, series, world

from seawall.core.clock import NEW_YORK
from seawall.core.errors import MissingDataError
from seawall.evidence.board import run_board
from seawall.evidence.runners import RUNNERS
from seawall.evidence.runners.big_top import falls_within
from seawall.evidence.runners.context import realised_ahead
from seawall.evidence.runners.dealer import range_vol
from seawall.evidence.runners.prints import prints_of
from seawall.evidence.verdict import Verdict
from seawall.evidence.world import World
from seawall.market.history import Series, instant64


def unwind_world(seed: int, planted: bool, count: int = 1700) -> World:
    """Weeks of low gamma and of high funding; where both meet, moves of 6 % follow on a third of days."""
    rng = np.random.default_rng(seed)
    dates = days(count)
    weeks = rng.random((2, count // 6 + 1))
    low_week = weeks[0] < 0.09
    low, high = (np.repeat(one, 6)[:count] for one in (low_week, weeks[1] < np.where(low_week, 0.6, 0.01)))
    gamma = rng.normal(3e9, 5e8, count) - 5e9 * low
    calendar = np.arange(dates[0], dates[-1] + 1)
    paid = rng.normal(1e-4, 2e-5, calendar.size)
    paid += 1.5e-4 * high[np.minimum(np.searchsorted(dates, calendar), count - 1)]
    step = 0.004 * rng.standard_normal(count)
    chance = np.where(low & high, 0.35, 0.01) if planted else np.full(count, 0.015)
    struck = np.concatenate([[False, False], (rng.random(count) < chance)[:-2]])
    step = np.where(struck, -0.06, step)
    funding = Series("BTC_FUNDING", calendar, paid, calendar.astype("datetime64[s]") + np.timedelta64(20, "h"),
                     "per_8h", "a test")  # fmt: skip
    return world(
        series("GEX", dates, gamma), funding, series("SPX", dates, 2000.0 * np.exp(np.cumsum(step))),
        series("VIX", dates, np.full(count, 18.0)),
    )  # fmt: skip


def test_an_unwind_where_both_flags_meet_is_supported_at_its_size() -> None:
    """A daily chance of .35 against .01 is 1 - .65^5 against 1 - .99^5 a week: 5.0 in log odds, by arithmetic."""
    row = run_board(unwind_world(4, planted=True), ["H-04"]).row("H-04")
    assert row.decision.verdict is Verdict.SUPPORTED
    assert row.outcome is not None
    assert row.outcome.interval is not None
    odds = [np.log((1.0 - (1.0 - p) ** 5) / (1.0 - p) ** 5) for p in (0.35, 0.01)]
    assert row.outcome.interval.low < odds[0] - odds[1] < row.outcome.interval.high
    told = {one.how: one.effect for one in row.outcome.ablations}
    assert told["as it is"] > told["this trigger fires as often, at other times (mean)"]
    nothing = run_board(unwind_world(4, planted=False), ["H-04"]).row("H-04")
    assert nothing.decision.verdict is Verdict.NOT_SUPPORTED


def test_too_few_meetings_of_both_flags_leave_it_undecided() -> None:
    row = run_board(unwind_world(3, planted=True), ["H-04"]).row("H-04")
    assert row.decision.verdict is Verdict.UNDECIDED
    assert row.outcome is not None
    assert row.outcome.p[0] < 0.05  # errors of a logit know nothing of occasions


def test_flags_that_never_meet_are_not_testable() -> None:
    made = unwind_world(3, planted=True)
    paid = made.history.get("BTC_FUNDING")
    flat = Series("BTC_FUNDING", paid.dates, np.full(len(paid), 1e-4), paid.known_at, "per_8h", "a test")
    board = run_board(World(made.history.with_series(flat), plan=LIGHT, tries=5), ["H-04"])
    assert board.row("H-04").decision.verdict is Verdict.NOT_TESTABLE
    assert "on 0 of" in board.row("H-04").decision.reason


def context_world(seed: int, strength: float, count: int = 2600) -> World:
    """Volatility follows breadth of a month ago by ``strength`` in logs; VIX knows nothing of it."""
    rng = np.random.default_rng(seed)
    dates = days(count)
    breadth = np.zeros(count)
    for t in range(1, count):
        breadth[t] = 0.99 * breadth[t - 1] + 0.14 * rng.standard_normal()
    vol = 0.01 * np.exp(strength * np.concatenate([[0.0], breadth[:-1]]))
    spx = 1500.0 * np.exp(np.cumsum(vol * rng.standard_normal(count)))
    vix = 18.0 * np.exp(0.1 * rng.standard_normal(count))
    return world(
        series("SPX", dates, spx), series("VIX", dates, vix), series("VIX3M", dates, vix * 1.05),
        series("SP_BREADTH", dates, 50.0 + 10.0 * breadth),
        series("SP_NEW_LOW", dates, 50.0 + 10.0 * rng.standard_normal(count)),
    )  # fmt: skip


@pytest.mark.parametrize(("strength", "expected"), [(0.0, Verdict.NOT_SUPPORTED), (0.35, Verdict.SUPPORTED)])
def test_a_signal_that_knows_more_than_vix_is_found_among_the_others(strength: float, expected: Verdict) -> None:
    row = run_board(context_world(1, strength), ["H-13"]).row("H-13")
    assert row.decision.verdict is expected
    assert row.outcome is not None
    if expected is Verdict.SUPPORTED:
        accepted = next(one.text for one in row.outcome.facts if one.name == "StepM accepts")
        assert "M09.SP_BREADTH for RV" in accepted
        assert "NEW_LOW" not in accepted


def prints_world(seed: int, jump: float, count: int = 3000) -> World:
    """Monthly prints; after one that surprises by more than 1.5 sd VIX and its futures rise by ``jump``, then fade."""
    rng = np.random.default_rng(seed)
    dates = days(count)
    months = np.unique(dates.astype("datetime64[M]"))
    released = [dates[dates.astype("datetime64[M]") == month][8] for month in months[:-1]]
    surprise = rng.normal(0.0, 0.1, len(released))
    vix = 16.0 + 0.3 * rng.standard_normal(count)
    for day, one in zip(released, surprise, strict=True):
        row = int(np.searchsorted(dates, day))
        if abs(one) > 0.1:
            vix[row + 2 : row + 14] *= 1.0 + jump
    at = np.array([instant64(dt.datetime.combine(day.item(), dt.time(8, 30), NEW_YORK)) for day in released])
    stamps = np.array(months[:-1], dtype="datetime64[D]")
    prints = [
        Series("CPI_MOM", stamps, 0.2 + surprise, at, "percent", "a test"),
        Series(
            "CPI_CONSENSUS_MOM", stamps, np.full(stamps.size, 0.2), at - np.timedelta64(1, "D"), "percent", "a test"
        ),
    ]
    futures = [series(name, dates, vix) for name in ("VIX", "VX1", "VX2", "VX3", "VX4", "VX5", "VX6", "VX7", "VX8")]
    return world(*prints, *futures, series("VVIX", dates, np.full(count, 90.0)))


def test_prints_are_traded_at_the_close_of_their_own_day() -> None:
    made = prints_world(1, 0.0, 1800)
    vix = made.history.get("VIX").dates
    found = prints_of(made, vix)
    for row in found.rows:
        month = vix[vix.astype("datetime64[M]") == vix[row].astype("datetime64[M]")]
        assert vix[row] == month[8]


@pytest.mark.parametrize(("jump", "expected"), [(0.5, Verdict.SUPPORTED), (0.0, Verdict.REFUTED)])
def test_a_ladder_earns_where_prints_move_vix_and_bleeds_where_they_do_not(jump: float, expected: Verdict) -> None:
    row = run_board(prints_world(2, jump), ["H-12"]).row("H-12")
    assert row.decision.verdict is expected
    assert row.outcome is not None
    assert row.outcome.modelled == 1.0
    assert row.outcome.doubled is not None
    assert row.outcome.doubled < row.outcome.effect


def test_falls_and_volatility_ahead_by_hand() -> None:
    level = np.array([100.0, 105.0, 94.0, 95.0, 89.0, 100.0])
    assert falls_within(level, 2, 0.10).tolist()[:4] == [1.0, 1.0, 0.0, 0.0]
    assert np.isnan(falls_within(level, 2, 0.10)[4:]).all()
    spx = np.exp(np.array([0.0, 0.01, -0.01, 0.02]))
    expected = 0.5 * np.log((0.02**2 + 0.03**2) * 252.0 / 2.0)
    assert realised_ahead(spx, 2)[1] == pytest.approx(expected)
    assert range_vol(np.array([101.0, 100.0]), np.array([99.0, 100.0]))[0] == pytest.approx(
        np.sqrt(252.0 / (4.0 * np.log(2.0))) * np.log(101.0 / 99.0)
    )


def test_the_score_needs_five_of_its_flags() -> None:
    dates: Days = days(800)
    made = world(series("SPX", dates, np.linspace(100.0, 200.0, 800)), series("VIX", dates, np.full(800, 15.0)))
    with pytest.raises(MissingDataError, match="five of the eight flags"):
        RUNNERS["H-11"].run(made)
