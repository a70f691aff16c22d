"""The pool question against closed forms, the identity of the three LP results, planted hedges and a plain loop."""

import csv
import datetime as dt
import math
from itertools import pairwise

import numpy as np
import pytest
from tests.evidence.worlds import LIGHT, days, series
from tests.published import DATA, existing

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.evidence.episodes import windows
from seawall.evidence.interval import Plan
from seawall.evidence.lp_answer import CALLS, IL, LVR, NET, PERP, SMALLER, VX, sentence
from seawall.evidence.lp_question import DailyHedge, lp_question
from seawall.evidence.pool_windows import FEE_SHARE, PERP_COST, RANGE, PoolKind, pool_windows, variance_behind
from seawall.market.history import History, Series

CALENDAR = np.arange(np.datetime64("2018-01-01"), np.datetime64("2022-01-01"))


def one_window(price: np.ndarray, kind: PoolKind) -> tuple[float, ...]:
    dates = CALENDAR[: price.size]
    found = pool_windows(kind, price, windows(dates, np.full(price.size, 20.0), days=price.size - 1, step=price.size))
    assert found.il.size == 1
    return tuple(float(column[0]) for column in (found.il, found.lvr, found.fees, found.move, found.perp))


@pytest.mark.parametrize("ratio", [0.4, 0.9, 1.0, 1.3, 3.0])
def test_v2_loses_the_closed_form(ratio: float) -> None:
    il, _, _, move, _ = one_window(np.array([2000.0, 2000.0 * ratio]), PoolKind.V2)
    expected = -(2.0 * math.sqrt(ratio) / (1.0 + ratio) - 1.0) * (1.0 + ratio) / 2.0  # of the value put in
    assert (il, move) == (pytest.approx(expected, abs=1e-12), pytest.approx(ratio - 1.0))


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.2, 1.9])
def test_v3_loses_what_its_formula_says(ratio: float) -> None:
    """IL of METHOD 1.4: -L (sqrt P - sqrt p0)^2 / sqrt p0 inside; outside the frozen mix against the one put in."""
    low, high = 1.0 / RANGE, RANGE
    unit = 2.0 - math.sqrt(low) - 1.0 / math.sqrt(high)
    inside = min(max(ratio, low), high)
    loss = (math.sqrt(inside) - 1.0) ** 2
    put_in = 1.0 - 1.0 / math.sqrt(high)
    base = max(1.0 / math.sqrt(inside) - 1.0 / math.sqrt(high), 0.0)
    loss += (put_in - base) * (ratio - inside)
    il, *_ = one_window(np.array([1.0, ratio]), PoolKind.V3)
    assert il == pytest.approx(loss / unit, rel=1e-9)


@pytest.mark.parametrize("kind", list(PoolKind))
def test_the_three_results_are_linked(kind: PoolKind) -> None:
    """Undoing the pool's trades on a perp at no cost turns what is lost against holding into LVR (METHOD 5.4)."""
    rng = np.random.default_rng(4)
    price = 1500.0 * np.exp(np.cumsum(0.05 * rng.standard_normal(31)))
    dates = CALENDAR[:31]
    spans = windows(dates, np.full(31, 20.0), days=30, step=31)
    found = pool_windows(kind, price, spans)
    free = found.perp + (found.perp - found.perp_doubled)
    assert found.il - free == pytest.approx(found.lvr, rel=1e-9)
    assert (found.lvr > 0.0).all()
    assert (found.perp_doubled < found.perp).all()
    short = pool_windows(kind, price, spans, funding=np.full(31, 0.001)).perp - found.perp
    assert np.abs(short).max() < 0.001 * 30
    assert PERP_COST > 0.0


def test_fees_follow_their_rule() -> None:
    price = 1000.0 * np.exp(0.03 * (np.arange(62) % 2))
    dates = CALENDAR[:62]
    spans = windows(dates, np.full(62, 20.0), days=30, step=31)
    found = pool_windows(PoolKind.V2, price, spans)
    variance = variance_behind(price)
    assert variance[40] == pytest.approx(0.03**2 * 365.0)
    assert found.fees[1] == pytest.approx(FEE_SHARE * 0.03**2 / 8.0 * 30, rel=0.02)
    with pytest.raises(DomainError, match="positive"):
        pool_windows(PoolKind.V2, -price, spans)


def _market(seed: int = 1) -> History:
    """Twelve crises of ten days each, a coin that moves more in them, and a flat fund."""
    rng = np.random.default_rng(seed)
    crisis = (np.arange(CALENDAR.size) % 120) < 10
    price = 1000.0 * np.exp(np.cumsum(np.where(crisis, 0.06, 0.03) * rng.standard_normal(CALENDAR.size)))
    eth = Series("ETH", CALENDAR, price, CALENDAR.astype("datetime64[s]") + np.timedelta64(1, "D"), "usd", "a test")
    open_days = days(6000)
    open_days = open_days[(open_days >= CALENDAR[0]) & (open_days <= CALENDAR[-1])]
    row = np.searchsorted(CALENDAR, open_days)
    vix = np.where(crisis[row], 40.0, 15.0)
    return History.of(eth, series("VIX", open_days, vix), series("VIXY", open_days, 0.999 ** np.arange(row.size) * 100))


def test_a_hedge_that_pays_what_the_pool_loses_is_found_to() -> None:
    """A hedge that in stress returns 60 % of IL at a cost of 2 % a year elsewhere, window by window, has ratio 0.6."""
    history = _market()
    eth = history.get("ETH")
    spans = windows(CALENDAR[: eth.values.size], history.values_on("VIX", CALENDAR), step=1)
    loss = pool_windows(PoolKind.V2, eth.values, spans).il
    target = np.where(spans.stressed, 0.6 * loss, -0.02 * 30 / 365.0)
    from seawall.evidence.offset import Stretch, offset_ratio

    found = offset_ratio(Stretch(loss, target, spans.episode, 30, 1), 0.02, LIGHT)
    assert found.interval.estimate == pytest.approx(0.6, rel=1e-9)
    assert found.interval.high - found.interval.low < 1e-6


def test_every_number_against_a_plain_loop() -> None:
    """A hedge handed in as daily P&L: windows, sizes and sums done by hand."""
    history = _market(2)
    rng = np.random.default_rng(3)
    vix = history.values_on("VIX", CALENDAR)
    last = int(np.flatnonzero(np.isfinite(vix))[-1])
    first = int(np.flatnonzero(np.isfinite(vix))[0])
    span = CALENDAR[first : last + 1]
    pnl = np.where(vix[first : last + 1] > 30.0, 0.004, -0.0003) + 0.0002 * rng.standard_normal(span.size)
    more = {"mine": DailyHedge(span, pnl, pnl - 0.0001, 1.0)}
    question = lp_question(history, LIGHT, more, pools=(PoolKind.V2,), losses=(IL,), hedges=("mine",))
    price = history.get("ETH").values[first : last + 1]
    level = vix[first : last + 1]
    rows = []
    for a in range(span.size - 30):
        inside = level[a + 1 : a + 31]
        ratio = price[a + 30] / price[a]
        rows.append((np.nanmax(inside) > 30.0, (1 + ratio) / 2 - math.sqrt(ratio), pnl[a + 1 : a + 31].sum()))
    stressed = np.array([one[0] for one in rows])
    loss, gain = (np.array([one[i] for one in rows]) for i in (1, 2))
    size = 0.02 / (-gain[~stressed].mean() * 365.0 / 30.0)
    answer = question.of(PoolKind.V2, IL, "mine")
    assert answer.ratio is not None
    assert (question.windows, question.stressed) == (len(rows), int(stressed.sum()))
    assert answer.ratio.scale == pytest.approx(size, rel=1e-9)
    expected = size * gain[stressed].sum() / loss[stressed].sum()
    assert answer.ratio.interval.estimate == pytest.approx(expected, rel=1e-9)
    assert answer.calm == pytest.approx(size * gain[~stressed].sum() / loss[~stressed].sum(), rel=1e-9)
    assert answer.modelled == 1.0
    assert question.episodes == 13
    at_three = answer.at(0.03)
    assert at_three is not None
    assert at_three.estimate == pytest.approx(1.5 * expected, rel=1e-9)
    assert answer.doubled is not None
    assert answer.doubled < answer.ratio.interval.estimate


def test_all_hedges_and_the_sentence() -> None:
    question = lp_question(_market(5), Plan(reps=100, seed=1))
    asked = {(one.pool, one.loss, one.hedge) for one in question.answers}
    assert (PoolKind.V3, IL, PERP) in asked
    assert (PoolKind.V3, LVR, SMALLER) in asked
    assert (PoolKind.V2, NET, CALLS) in asked
    assert (PoolKind.V2, LVR, PERP) not in asked  # a delta hedge does nothing about LVR
    perp = question.of(PoolKind.V2, IL, PERP)
    assert perp.ratio is None
    assert perp.unscaled is not None
    words = sentence(question)
    main = question.of(PoolKind.V2, IL, VX)
    assert main.ratio is not None
    assert f"{main.ratio.interval.estimate:.0%}" in words
    assert f"{question.episodes} distinct episodes" in words
    assert main.ratio.interval.status is Status.FOUND
    assert question.again(main, Plan(reps=100, seed=1)) == main.ratio.interval
    with pytest.raises(MissingDataError, match="was not run"):
        question.of(PoolKind.V2, IL, "another")


def test_a_history_without_crises_is_refused() -> None:
    history = _market()
    calm = history.get("VIX")
    with pytest.raises(MissingDataError, match="no window with VIX above 30"):
        lp_question(history.with_series(series("VIX", calm.dates, np.full(calm.dates.size, 15.0))), LIGHT)
    with pytest.raises(MissingDataError, match="no values of ETH"):
        lp_question(History.of(history.get("VIX")), LIGHT)


def test_the_real_front_future_against_a_plain_loop() -> None:
    """ETH and the VX table read from the files alone, to the end of the table; contracts held through each window."""
    from seawall.core.clock import vix_expiry

    with existing(DATA / "crypto" / "ETH_daily.csv").open(newline="") as file:
        eth = {row["Date"]: float(row["Adj_Close"]) for row in csv.DictReader(file)}
    with existing(DATA / "vol" / "vx_curve_VX1_VX8.csv").open(newline="") as file:
        curve = {row["DATE"]: row for row in csv.DictReader(file)}
    used = [day for day in sorted(curve) if day >= min(eth)]
    settles = {str(vix_expiry(y, m)) for y in range(2017, 2022) for m in range(1, 13)}
    step = {}
    for before, day in pairwise(used):
        held = float(curve[before]["VX2" if day in settles else "VX1"])
        cost = 0.1 / held if day in settles else 0.0
        step[day] = float(curve[day]["VX1"]) / held - 1.0 - cost
    calendar = [str(dt.date.fromisoformat(used[0]) + dt.timedelta(days=i)) for i in range(2000)]
    calendar = [day for day in calendar if day <= used[-1]]
    rows = []
    for i in range(len(calendar) - 30):
        inside = calendar[i + 1 : i + 31]
        ratio = eth[inside[-1]] / eth[calendar[i]]
        gain = math.prod(1.0 + step.get(day, 0.0) for day in inside) - 1.0
        top = max(float(curve[day]["VIX"]) for day in inside if day in curve)
        rows.append((top > 30.0, (1.0 + ratio) / 2.0 - math.sqrt(ratio), gain))
    stressed = np.array([one[0] for one in rows])
    loss, gain = (np.array([one[k] for one in rows]) for k in (1, 2))
    size = 0.02 / (-gain[~stressed].mean() * 365.0 / 30.0)
    expected = size * gain[stressed].sum() / loss[stressed].sum()

    coin = np.array(sorted(eth), dtype="datetime64[D]")
    known = coin.astype("datetime64[s]") + np.timedelta64(1, "D")
    sessions = np.array(sorted(curve), dtype="datetime64[D]")
    history = History.of(
        Series("ETH", coin, np.array([eth[str(day)] for day in coin]), known, "usd", "file"),
        *(series(name, sessions, np.array([float(curve[str(day)][name]) for day in sessions]))
          for name in ("VIX", "VX1", "VX2")),
    )  # fmt: skip
    found = lp_question(history, LIGHT, pools=(PoolKind.V2,), losses=(IL,), hedges=(VX,)).of(PoolKind.V2, IL, VX)
    assert found.ratio is not None
    assert found.ratio.interval.estimate == pytest.approx(expected, rel=1e-9)
    assert found.ratio.scale == pytest.approx(size, rel=1e-9)
