"""From a plan and a history to a result: arrays in, one compiled run, the account checked.

The row of a session holds its own closes, which is what its trades are priced on, and the market state of the session
before, which is what they are decided on: a state that needs a close cannot act at that close (METHOD 8.1).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError, SettlementError
from seawall.hedge.layers import MONTHS_LISTED
from seawall.kernels.index_smile import TYPICAL_SKEW, fill_levels
from seawall.kernels.lane import run_lane
from seawall.kernels.modelled import REVERSION, VVIX_LEVEL, VVIX_PER_VIX
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import DAY_CALL, DAY_EQUITY, EXPIRY_ROOT, Quotes, Tables, Terms
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.signals.regime import Regime, RegimeHistory, classify
from seawall.sim.listing import Calendar, calendar, day_number
from seawall.sim.plan import Plan
from seawall.sim.result import Comparison, Result, check_account
from seawall.sim.tables import Prints, listing, terms_of

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

IN_FLIGHT: Final = 2
"""Lanes waiting for each thread."""


class Inputs(NamedTuple):
    """Everything one compiled run reads, and what of it is modelled."""

    plan: Plan
    when: Calendar
    rows: Rows
    lane: Lane
    tables: Tables
    terms: Terms
    quotes: Quotes
    expiries: Days
    modelled: tuple[str, ...]


class LaneRun(NamedTuple):
    """One lane in short: equity by day, sums by program (columns RUN_... of ``kernels.slots``), calls, number of fills.

    ``nav`` (days,) dollars; ``programs`` (programs, RUN_WIDTH); ``calls`` (days,): 1 on a margin call, 2 from ruin on.
    """

    nav: Floats
    programs: Floats
    calls: Floats
    fills: int


def _complete(history: History, name: str, dates: Days) -> Floats:
    values = history.values_on(name, dates)
    absent = np.isnan(values)
    if absent.any():
        first = dates[np.argmax(absent)]
        raise MissingDataError(
            f"series {name} has no value on {first} ({int(absent.sum())} of {dates.size} sessions): "
            "change the dates of the plan, or complete the series"
        )
    return values


def _positive(name: str, values: Floats, dates: Days) -> Floats:
    if not (values > 0.0).all():
        row = int(np.argmax(~(values > 0.0)))
        raise DomainError(f"series {name} is {values[row]} on {dates[row]}: a level must be > 0, repair the row")
    return values


def _tenors(history: History, dates: Days, vix: Floats) -> tuple[Floats, Floats]:
    """VIX9D, VIX, VIX3M and VIX6M where observed, the rest modelled, shape (sessions, 4); and the anchor of VIX."""
    levels = np.full((dates.size, 4), np.nan)
    levels[:, 1] = vix
    for place, name in ((0, "VIX9D"), (2, "VIX3M"), (3, "VIX6M")):
        if history.has(name):
            levels[:, place] = history.values_on(name, dates)
    every = history.get("VIX")
    every = every.where(np.isin(every.dates, history.get("SPX").dates))
    anchor = vix_anchor(every.values)[np.searchsorted(every.dates, dates)]
    return fill_levels(levels, anchor), anchor


def market_rows(history: History, plan: Plan) -> Rows:
    """Rows of SPX, VIX and its tenors, SKEW, VVIX and POLICY_RATE on the sessions of the plan; the absent, modelled.

    Row t is made of values up to t. Raises ``MissingDataError`` naming a series that is absent or has a gap.
    """
    when = calendar(plan.start, plan.end)
    dates = when.dates
    spot = _positive("SPX", _complete(history, "SPX", dates), dates)
    vix = _positive("VIX", _complete(history, "VIX", dates), dates)
    levels, anchor = _tenors(history, dates, vix)
    vvix, skew = VVIX_LEVEL + VVIX_PER_VIX * vix, np.full(dates.size, TYPICAL_SKEW)
    if history.has("VVIX"):
        observed = history.values_on("VVIX", dates)
        vvix = _positive("VVIX", np.where(np.isnan(observed), vvix, observed), dates)
    if history.has("SKEW"):
        observed = history.values_on("SKEW", dates)
        skew = np.where(np.isnan(observed), skew, observed)
    days, ends = day_number(dates), day_number(when.vol_expiries)
    month = np.searchsorted(ends, days, side="right")[:, None] + np.arange(MONTHS_LISTED)
    years = when.vol_time[month] - when.time[:, None]
    curve = anchor[:, None] * np.exp(np.log(vix / anchor)[:, None] * np.exp(-REVERSION * years))
    vro = history.values_on("VRO", dates) if history.has("VRO") else np.full(dates.size, np.nan)
    none = np.zeros((dates.size, 0))
    return Rows(
        move=np.concatenate([[1.0], spot[1:] / spot[:-1]]),
        opening=np.full(dates.size, np.nan),
        levels=levels,
        skew=skew,
        vvix=vvix,
        rate=_complete(history, "POLICY_RATE", dates),
        dividend=np.full(dates.size, plan.dividend_yield),
        curve_days=(ends[month] - days[:, None]).astype(np.float64),
        curve=curve,
        vro=vro,
        coin_move=none,
        coin_low=none,
        coin_high=none,
        funding=none,
        fees=none,
    )


def states_before(regimes: RegimeHistory, when: Calendar) -> NDArray[np.int8]:
    """State of the session before each session of ``when``; CALM where the history had not begun.

    Raises ``MissingDataError`` if a state inside the history is missing and ``LookaheadError`` if one was not known by
    the close it would act at.
    """
    dates = when.dates
    place = np.searchsorted(regimes.dates, dates, side="left") - 1
    begun = place >= 0
    previous = regimes.dates[np.maximum(place, 0)]
    gap = begun[1:] & (previous[1:] != dates[:-1])
    if gap.any():
        day = dates[:-1][np.argmax(gap)]
        raise MissingDataError(f"no market state for {day}: complete the series the states are made of")
    late = begun & ~(regimes.known_at[np.maximum(place, 0)] < when.close)
    if late.any():
        row = int(np.argmax(late))
        raise LookaheadError(
            f"the market state of {previous[row]} was not known by the close of {dates[row]}: "
            "check known_at of the series it is made of"
        )
    return np.where(begun, regimes.states[np.maximum(place, 0)], np.int8(Regime.CALM)).astype(np.int8)


def _modelled(history: History, plan: Plan, dates: Days, notes: tuple[str, ...]) -> tuple[str, ...]:
    half = "fitted to quotes of 2022-2026 (kernels.spread)" if plan.costs.spx_half_spread is None else "as stated"
    said = [
        "SPX option prices are modelled: a mixture of three lognormals whose variance strip is the VIX family and "
        "whose skew follows SKEW (kernels.index_smile); no SPX option quote is used",
        "tenors of VIX that were not observed follow VIX and its anchor, halfway between its mean of the last 252 "
        "sessions and its long-run mean of 1990-2013",
        f"SPX dividend yield {plan.dividend_yield:g}; SPXW settles on the close of its day",
        f"half-spreads of SPX options are {half}; costs are taken {plan.costs.multiple:g} times; trades are at closes",
        "cash, also borrowed cash, earns the policy rate (midpoint of the target range), continuous, ACT/365",
    ]
    if not history.has("SKEW"):
        said.append(f"SKEW is not observed: {TYPICAL_SKEW:g} throughout, its mean of 1990-2013")
    if any(one.underlying == "VIX" for one in plan.every_program()):
        observed = int(np.isfinite(history.values_on("VVIX", dates)).sum()) if history.has("VVIX") else 0
        said += [
            "VIX futures are modelled from VIX: ln VIX decays to the anchor, half in 34 sessions (kernels.modelled)",
            "VIX option volatilities are modelled from VVIX: one smile shape, falling with tenor (kernels.modelled)",
            f"VVIX is observed on {observed} of {dates.size} sessions, elsewhere {VVIX_LEVEL:g} + {VVIX_PER_VIX:g} VIX",
            f"VIX options: the next {MONTHS_LISTED} monthly expiries are taken as listed, strikes on a plain grid",
        ]
    if any(one.states.reads_states for one in plan.every_program()):
        said += [
            "market states act at the close after the one that made them; a condor is the same with and without "
            "the hedge (the policy's widening of the condor is not applied)",
            *(f"market states: {note}" for note in notes),
        ]
    return tuple(said)


def plain_lane(rows: Rows, spot: float) -> Lane:
    """Return the sessions themselves as a lane: row t on day t, from a first close of ``spot`` points."""
    coin = np.asarray(np.cumprod(rows.coin_move, axis=0), np.float64)
    return Lane(np.arange(rows.move.size), np.asarray(spot * np.cumprod(rows.move), np.float64), coin)


def no_quotes(rows: int) -> Quotes:
    """Return a table without a quote."""
    return Quotes(np.zeros(rows + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def prepare(plan: Plan, history: History, quotes: Quotes | None = None) -> Inputs:
    """Compile a plan to arrays.

    Raises ``MissingDataError``, ``MissingExpiryError``, ``SettlementError`` or ``DomainError`` before anything runs.
    """
    when = calendar(plan.start, plan.end)
    rows = market_rows(history, plan)
    notes: tuple[str, ...] = ()
    states = np.full(when.dates.size, np.int8(Regime.CALM))
    if any(one.states.reads_states for one in plan.every_program()):
        regimes = classify(history)
        states, notes = states_before(regimes, when), regimes.notes
    days = day_number(when.dates)
    prints = Prints(days[np.isfinite(rows.vro)], days[np.isfinite(rows.opening)])
    tables, expiries = listing(when, plan, states, prints)
    spot = history.values_on("SPX", when.dates)
    lane = plain_lane(rows, float(spot[0]))._replace(spot=spot)
    said = _modelled(history, plan, when.dates, notes)
    found = no_quotes(rows.move.size) if quotes is None else quotes
    return Inputs(plan, when, rows, lane, tables, terms_of(plan), found, expiries, said)


def simulate(inputs: Inputs) -> Result:
    """Run compiled inputs and check the account. Raises ``SelfFinancingError`` if the books do not close."""
    plan, when = inputs.plan, inputs.when
    book = run_lane(inputs.rows, inputs.lane, inputs.tables, inputs.terms, inputs.quotes, plan.capital)
    programs = plan.every_program()
    result = Result(
        plan.name,
        when.dates,
        book.session,
        book.program,
        book.fills[: int(book.filled[0])].copy(),
        tuple(one.name for one in programs),
        np.array([one.hedge for one in programs], np.bool_),
        inputs.expiries,
        inputs.tables.expiry[:, EXPIRY_ROOT].astype(np.int64),
        inputs.modelled,
    )
    check_account(result, plan.capital)
    return result


def run_lanes(inputs: Inputs, lanes: Iterable[Lane], threads: int = 1) -> Iterator[LaneRun]:
    """Run one plan over many lanes, in their order, on several threads; no more than a few are held at once.

    Lanes have the days of the plan. A lane's result depends on nothing but the lane: not on order, number or threads.
    A lane needs the official prints that a plan needs (see ``check_settlement``): a missing one makes its equity NaN
    and raises ``SettlementError``.
    """

    def one(lane: Lane) -> LaneRun:
        book = run_lane(inputs.rows, lane, inputs.tables, inputs.terms, inputs.quotes, inputs.plan.capital, full=False)
        nav = book.session[:, DAY_EQUITY].copy()
        if np.isnan(nav).any():
            day = inputs.when.dates[np.argmax(np.isnan(nav))]
            raise SettlementError(
                f"a lane of {inputs.plan.name} met a settlement on {day} without an official print: leave before it "
                "(roll_days, days)"
            )
        return LaneRun(nav, book.program[0], book.session[:, DAY_CALL].copy(), int(book.filled[0]))

    if threads < 1:
        raise DomainError(f"threads must be >= 1, was {threads}")
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[LaneRun]] = deque()
        for lane in lanes:
            waiting.append(pool.submit(one, lane))
            if len(waiting) > IN_FLIGHT * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def run(plan: Plan, history: History) -> Result:
    """Run a plan on a history. Raises what :func:`prepare` and :func:`simulate` raise."""
    return simulate(prepare(plan, history))


def compare(plan: Plan, history: History) -> Comparison:
    """Run a plan with its hedges and without. Raises ``DomainError`` if it has none, and what :func:`run` raises."""
    if not plan.hedged:
        raise DomainError(f"plan {plan.name} has no hedge to compare: give it one, for example AlvhPolicy()")
    return Comparison(run(plan, history), run(plan.without_hedge(), history))
