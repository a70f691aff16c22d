"""From a plan and a history to a result: arrays in, one compiled run, the account checked.

The row of a session holds its own closes, which is what its trades are priced on, and the market state of the session
before, which is what they are decided on: a state that needs a close cannot act at that close (METHOD 8.1).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError, SettlementError
from seawall.hedge.charter import Policy
from seawall.kernels.lane import run_lane, step_lane
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import DAY_CALL, DAY_EQUITY, EXPIRY_ROOT, Book, Quotes, Tables, Terms, emptied, new_book
from seawall.market.history import History
from seawall.signals.regime import Regime, RegimeHistory, classify
from seawall.sim.listing import Calendar, calendar, day_number
from seawall.sim.plan import Plan
from seawall.sim.plan_rows import PlanRows, as_made, plan_rows, said_of, settled_anyhow
from seawall.sim.policy_days import PolicyDays, Seen, policy_days
from seawall.sim.policy_programs import needs_states
from seawall.sim.result import Comparison, Result, check_account
from seawall.sim.tables import NO_DAYS, Prints, listing, terms_of

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


def _states_said(plan: Plan, notes: tuple[str, ...]) -> tuple[str, ...]:
    if not any(one.states.reads_states for one in plan.every_program()):
        return ()
    return (
        "market states act at the close after the one that made them; the plan's own condor is the same with and "
        "without the hedge (it is not widened)",
        *(f"market states: {note}" for note in notes),
    )


def no_quotes(rows: int) -> Quotes:
    """Return a table without a quote."""
    return Quotes(np.zeros(rows + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def prepare(plan: Plan, history: History, quotes: Quotes | None = None, resampled: bool = False) -> Inputs:
    """Compile a plan to arrays.

    ``resampled``: the inputs are for resampled lanes only, which need no settlement print of the sessions. Raises
    ``MissingDataError``, ``MissingExpiryError``, ``SettlementError`` or ``DomainError`` before anything runs.
    """
    when = calendar(plan.start, plan.end)
    return assemble(plan, history, plan_rows(plan, history, when.dates), quotes, resampled)


def assemble(
    plan: Plan, history: History, market: PlanRows, quotes: Quotes | None = None, resampled: bool = False
) -> Inputs:
    """Inputs from a plan and rows that are already made. Raises what :func:`prepare` raises."""
    when = calendar(plan.start, plan.end)
    rows, lane = market.found.rows, market.lane
    notes: tuple[str, ...] = ()
    states = np.full(when.dates.size, np.int8(Regime.CALM))
    regimes: RegimeHistory | None = None
    if any(one.states.reads_states for one in plan.every_program()) or needs_states(plan.hedge):
        regimes = classify(history, plan.hedge.triggers if isinstance(plan.hedge, Policy) else "seed")
        states, notes = states_before(regimes, when), regimes.notes
    seen = Seen(history, when, rows, regimes, lambda: simulate(assemble(plan.without_hedge(), history, market)).nav)
    more = (
        policy_days(plan.hedge, seen, plan.to_settlement) if isinstance(plan.hedge, Policy) else PolicyDays(NO_DAYS, ())
    )
    days = day_number(when.dates)
    known = np.ones(days.size, np.bool_) if resampled else np.isfinite(rows.vro)
    tables, expiries = listing(when, plan, states, Prints(days[known], days[np.isfinite(rows.opening)]), more.columns)
    said = (
        *history.synthetic,
        *as_made(said_of(plan, market, tables.expiry[:, EXPIRY_ROOT].astype(np.int64)), bool(history.synthetic)),
        *_states_said(plan, notes),
        *more.notes,
    )
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
        tuple(getattr(one, "asset", "") for one in programs),
    )
    check_account(result, plan.capital)
    return result


def run_lanes(inputs: Inputs, lanes: Iterable[Lane], threads: int = 1) -> Iterator[LaneRun]:
    """Run one plan over many lanes, in their order, on several threads. Held: a book a thread, a few results.

    Lanes have the days of the plan. A lane's result depends on nothing but the lane: not on order, number or threads.
    The lane of the sessions themselves needs the official prints that the plan needs (see ``check_settlement``): a
    missing one makes its equity NaN and raises ``SettlementError``. A resampled lane settles VIX on the print of the
    row it reads, or on that row's VIX (``plan_rows.settled_anyhow``).
    """
    settled = settled_anyhow(inputs.rows)
    plain = np.arange(inputs.when.dates.size)
    if threads < 1:
        raise DomainError(f"threads must be >= 1, was {threads}")
    books: SimpleQueue[Book] = SimpleQueue()
    for _ in range(threads):
        books.put(new_book(inputs.plan.capital, inputs.tables, full=False))

    def one(lane: Lane) -> LaneRun:
        book = books.get()
        try:
            rows = inputs.rows if np.array_equal(lane.source, plain) else settled
            return _lane_run(inputs, rows, lane, book)
        finally:
            books.put(book)

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[LaneRun]] = deque()
        for lane in lanes:
            waiting.append(pool.submit(one, lane))
            if len(waiting) > IN_FLIGHT * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _lane_run(inputs: Inputs, rows: Rows, lane: Lane, book: Book) -> LaneRun:
    """One lane in ``book``, which every lane of a thread writes over; what is handed on is a copy."""
    emptied(book, inputs.plan.capital)
    step_lane(book, rows, lane, inputs.tables, inputs.terms, inputs.quotes)
    nav = book.session[:, DAY_EQUITY].copy()
    if np.isnan(nav).any():
        day = inputs.when.dates[np.argmax(np.isnan(nav))]
        raise SettlementError(
            f"a lane of {inputs.plan.name} met a settlement on {day} without an official print: leave before it "
            "(roll_days, days)"
        )
    return LaneRun(nav, book.program[0].copy(), book.session[:, DAY_CALL].copy(), int(book.filled[0]))


def run(plan: Plan, history: History, quotes: Quotes | None = None) -> Result:
    """Run a plan on a history, and on observed quotes where there are any. Raises what preparing and simulating do."""
    return simulate(prepare(plan, history, quotes))


def compare(plan: Plan, history: History, quotes: Quotes | None = None) -> Comparison:
    """Run a plan with its hedges and without. Raises ``DomainError`` if it has none, and what :func:`run` raises."""
    if not plan.hedged:
        raise DomainError(f"plan {plan.name} has no hedge to compare: give it one, for example AlvhPolicy()")
    return Comparison(run(plan, history, quotes), run(plan.without_hedge(), history, quotes))
