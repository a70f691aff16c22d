"""Thirty years of synthetic sessions through the engine, one core: a weekly condor ladder, three layers of VIX calls, a
liquidity position that is re-centred, and the perp that follows it.

Beside it the same rules as plain Python: the same source with the compiler switched off (``NUMBA_DISABLE_JIT=1``, in a
process of its own, on fewer sessions) and with Black 1976 written with ``math.erfc``, because our own leans on compiler
intrinsics. Both must end with the same equity.
"""

import datetime as dt
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from bench import Row, Section, seconds
from seawall.hedge.policy import AlvhPolicy
from seawall.kernels import index_smile, mark, quote, strikes
from seawall.kernels.lane import run_lane
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import DAY_EQUITY, NUM_AMOUNT, Quotes, Tables, Terms
from seawall.sim.engine import Inputs, run_lanes
from seawall.sim.listing import Calendar, calendar, day_number
from seawall.sim.plan import Plan
from seawall.sim.programs import Entry, Exits, Program
from seawall.sim.programs_coins import PerpProgram, PoolProgram
from seawall.sim.programs_made import condor_legs
from seawall.sim.rows import lane_of, resampled
from seawall.sim.tables import Prints, listing, terms_of

SESSIONS = 7560
PLAIN_SESSIONS = 500
LIMIT_MS = 50.0
REPEATS = 15
LANES, ROUNDS, MANY = 24, 12, 10_000
MEAN_BLOCK = 21.0
RISKS = (0.01, 0.02, 0.03, 0.04)
PLAIN = "from bench.engine import plain; plain()"
LADDER = Program(
    "L0",
    condor_legs(0.16, 0.05),
    "risk",
    0.02,
    Entry("friday", 45, 21, None, "weekly"),
    Exits(take=0.5, stop=2.0, days=21),
    tranches=8,
)
PLAN = Plan(
    "thirty years",
    dt.date(1995, 1, 3),
    dt.date(2025, 1, 15),
    condor=None,
    programs=(
        LADDER,
        PoolProgram("LP", amount=0.1, width=1.5, recentre="out", gas_usd=20.0),
        PerpProgram("LPH", follows="LP"),
    ),
    hedge=AlvhPolicy(),
)


def synthetic(count: int) -> tuple[Rows, Lane, Calendar]:
    """Make rows of a mean-reverting ln VIX and an SPX that moves against it; a fixed seed."""
    when = calendar(PLAN.start, PLAN.end)
    when = when._replace(dates=when.dates[:count], close=when.close[:count], time=when.time[:count])
    draw = np.random.default_rng(7)
    shock = draw.normal(size=(count, 2))
    log_vix, spot = np.empty(count), np.empty(count)
    log_vix[0], spot[0] = math.log(17.0), 1000.0
    for t in range(1, count):
        log_vix[t] = log_vix[t - 1] + 0.02 * (math.log(17.5) - log_vix[t - 1]) + 0.07 * shock[t, 0]
        step = 0.8 * math.exp(log_vix[t - 1]) / 100.0 / math.sqrt(252.0)
        spot[t] = spot[t - 1] * math.exp(0.0003 + step * (0.7 * shock[t, 1] - 0.7 * shock[t, 0]))
    vix = np.exp(log_vix)
    tenors = 17.5 * (vix[:, None] / 17.5) ** np.array([1.1, 1.0, 0.8, 0.65])
    days, ends = day_number(when.dates), day_number(when.vol_expiries)
    month = np.searchsorted(ends, days, side="right")[:, None] + np.arange(9)
    left = (ends[month] - days[:, None]).astype(float)
    curve = 18.0 * (vix[:, None] / 18.0) ** np.exp(-5.1 * left / 365.0)
    one = np.ones(count)
    step, wide = 0.04 * draw.normal(size=(count, 1)), 0.02 * np.abs(draw.normal(size=(count, 2)))
    step[0] = 0.0
    coin_move = np.exp(step)
    coin_low = np.minimum(coin_move, 1.0) * np.exp(-wide[:, :1])
    coin_high = np.maximum(coin_move, 1.0) * np.exp(wide[:, 1:])
    rows = Rows(
        np.concatenate([[1.0], spot[1:] / spot[:-1]]),
        one,
        tenors,
        120.0 * one,
        80.0 + 0.75 * vix,
        0.03 * one,
        0.02 * one,
        left,
        curve,
        np.full(count, np.nan),
        coin_move,
        coin_low,
        coin_high,
        np.full((count, 1), 3e-4),
        np.full((count, 1), 5e-4),
    )
    return rows, Lane(np.arange(count), spot, 1000.0 * np.cumprod(coin_move, axis=0)), when


def case(count: int) -> tuple[Rows, Lane, Tables, Terms, Quotes]:
    """Return the arguments of ``run_lane`` but the cash."""
    rows, path, when = synthetic(count)
    nothing = np.zeros(0, np.int64)
    states = ((rows.levels[:, 1] > 22.0) * 1 + (rows.levels[:, 1] > 30.0)).astype(np.int8)
    tables = listing(when, PLAN, states, Prints(nothing, nothing)).tables
    empty = Quotes(np.zeros(count + 1, np.int64), nothing, np.zeros(0), np.zeros(0))
    return rows, path, tables, terms_of(PLAN), empty


def _black(
    forward: float, strike: float, years: float, vol: float, discount: float, side: float
) -> tuple[float, float]:
    stdev = vol * math.sqrt(years)
    if stdev <= 0.0:
        return discount * max(side * (forward - strike), 0.0), 0.0
    d1 = math.log(forward / strike) / stdev + 0.5 * stdev
    inside = 0.5 * math.erfc(-side * d1 / math.sqrt(2.0))
    beyond = 0.5 * math.erfc(-side * (d1 - stdev) / math.sqrt(2.0))
    return discount * side * (forward * inside - strike * beyond), discount * side * inside


def _implied(x: float, beta: float) -> float:
    """Deviation s with Black's normalised out-of-the-money price ``beta`` at log-moneyness ``x``, by bracketing."""
    wide = abs(x)
    grown = math.exp(0.5 * wide)

    def off(s: float) -> float:
        return _black(1.0 / grown, grown, 1.0, s, 1.0, 1.0)[0] - beta

    return float(brentq(off, 1e-6, 20.0, xtol=1e-15, rtol=1e-14)) if off(1e-6) < 0.0 else math.nan


def _values_into(*work: Any) -> None:
    forward, strike, stdev, side, out, count = work
    for i in range(count):
        out[i] = _black(forward[i], strike[i], 1.0, stdev[i], 1.0, side[i])[0]


def plain() -> None:
    """Print seconds and final equity of one run; meant for a process without a compiler."""
    index_smile.value_one = quote.value_one = lambda *terms: _black(*terms)[0]
    index_smile.normalised_implied = _implied
    index_smile.value_delta = _black
    mark.values_into = _values_into
    quote.norm_pdf = lambda x: math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    quote.delta_one = strikes.delta_one = lambda *terms: _black(*terms)[1]
    given = case(PLAIN_SESSIONS)
    equity = run_lane(*given, 1e6, False).session[-1, DAY_EQUITY]
    print(seconds(lambda: run_lane(*given, 1e6, False), repeats=2), float(equity))


def plain_loop() -> tuple[float, float]:
    """Seconds and final equity of the loop as plain Python."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", PLAIN], env=environment, capture_output=True, text=True, check=True
    )
    taken, equity = done.stdout.split()
    return float(taken), float(equity)


def inputs_of(count: int) -> Inputs:
    """Return the case as ``run_lanes`` takes it; many lanes need no notes and no names of expiries."""
    rows, path, tables, terms, quotes = case(count)
    when = calendar(PLAN.start, PLAN.end)
    when = when._replace(dates=when.dates[:count], close=when.close[:count], time=when.time[:count])
    return Inputs(PLAN, when, rows, path, tables, terms, quotes, np.zeros(0, "datetime64[D]"), ())


def lanes_of(inputs: Inputs, count: int) -> Iterator[Lane]:
    """Yield bootstrapped histories of the same length, made one at a time."""
    days = inputs.when.dates.size
    for seed in range(count):
        source = resampled(inputs.rows, seed, MEAN_BLOCK, days)
        yield lane_of(inputs.rows, 1000.0, np.full(inputs.rows.coin_move.shape[1], 1000.0), source)


class Rate(NamedTuple):
    """Lanes a second by the clock, seconds of processor a lane, and how much of its cores the run got (1: all)."""

    by_clock: float
    processor: float
    share: float


def rate(inputs: Inputs, count: int, threads: int) -> Rate:
    """Run ``count`` lanes of a plan and keep one number of each: what a sweep keeps."""
    start, used = time.perf_counter(), time.process_time()
    ends = [one.nav[-1] for one in run_lanes(inputs, lanes_of(inputs, count), threads)]
    taken, used = time.perf_counter() - start, time.process_time() - used
    return Rate(len(ends) / taken, used / len(ends), used / (threads * taken))


def grid(count: int) -> list[Inputs]:
    """The plan at four risks a condor."""
    one = inputs_of(count)
    made = []
    for risk in RISKS:
        number = one.tables.number.copy()
        number[0, NUM_AMOUNT] = risk
        made.append(one._replace(tables=one.tables._replace(number=number)))
    return made


def measure_lanes(sessions: int = SESSIONS, count: int = LANES, rounds: int = ROUNDS) -> Section:
    """Many lanes on one thread and on two: short blocks of the same lanes turn by turn, compared pair by pair.

    Other work on the machine moves slowly against a block, so it slows both of a pair; the order turns every pair.
    """
    plans = grid(sessions)
    rate(plans[0], 2, 2)
    before, pairs = peak_mb(), []
    for turn in range(rounds):
        plan = plans[turn % len(plans)]
        found = {threads: rate(plan, count, threads) for threads in ((1, 2), (2, 1))[turn % 2]}
        pairs.append((found[1], found[2]))
    work = f"{rounds} blocks of {count} bootstrapped histories of {sessions} sessions, {len(plans)} plans"

    def row(name: str, blocks: Sequence[Rate]) -> Row:
        speed = [block.by_clock for block in blocks]
        figures = (
            f"{max(speed):.1f}",
            f"{median(speed):.1f}",
            f"{1e3 * min(block.processor for block in blocks):.1f}",
            f"{median(block.share for block in blocks):.0%}",
            f"{MANY / max(speed) / 60.0:.1f}",
        )
        return Row(work, name, figures)

    one, two = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    best = max(block.by_clock for block in two) / max(block.by_clock for block in one)
    return Section(
        title="many lanes",
        columns=("lanes/s, best", "median", "processor ms a lane", "of its cores", f"minutes for {MANY:,}, at best"),
        rows=[row("one thread", one), row("two threads", two)],
        notes=(
            f"two threads run at {median(b.by_clock / a.by_clock for a, b in pairs) / 2.0:.0%} of twice one by the "
            f"clock (median of {rounds} pairs; the best block of each: {best / 2.0:.0%}), at "
            f"{median(a.processor / b.processor for a, b in pairs):.0%} by processor time a lane",
            "of its cores: median of processor time over the clock, each thread a core; the rest went to the machine's "
            "other work, or a thread waited for the last lane of a block",
            f"peak memory {peak_mb():.0f} MB, {before:.0f} MB before the lanes: a book a thread and a few results, "
            "whatever the number of lanes",
        ),
    )


def peak_mb() -> float:
    """Most memory the process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def best(work: Callable[[], object]) -> tuple[float, float]:
    """Least seconds by the clock and of the processor over the runs, after one that compiles."""
    work()
    taken, used = [], []
    for _ in range(REPEATS):
        start, begun = time.perf_counter(), time.thread_time()
        work()
        taken.append(time.perf_counter() - start)
        used.append(time.thread_time() - begun)
    return min(taken), min(used)


def measure() -> Section:
    """Time one lane in full and in short, and the plain loop."""
    given, part = case(SESSIONS), case(PLAIN_SESSIONS)
    book = run_lane(*given, 1e6)
    slow, equity = plain_loop()
    short = run_lane(*part, 1e6, False).session[-1, DAY_EQUITY]
    if abs(equity / short - 1.0) > 1e-9:
        raise AssertionError(f"the plain loop ends at {equity}, the compiled one at {short}")
    full, lean = (best(lambda k=k: run_lane(*given, 1e6, k)) for k in (True, False))
    slow *= SESSIONS / PLAIN_SESSIONS

    def row(name: str, who: str, taken: float, used: float) -> Row:
        figures = (f"{1e3 * taken:.1f}", f"{1e3 * used:.1f}", f"{1e6 * taken / SESSIONS:.2f}", f"{slow / taken:.0f}x")
        return Row(name, who, figures)

    work = f"{SESSIONS} sessions, {int(book.filled[0])} fills"
    return Section(
        title="thirty years: condor ladder, three VIX layers, pool and perp",
        columns=("ms", "processor ms", "us per session", "against plain"),
        rows=[
            row(work, "seawall, every column and fill kept", *full),
            row(work, "seawall, equity and sums kept", *lean),
            row(
                f"{PLAIN_SESSIONS} sessions, times {SESSIONS / PLAIN_SESSIONS:.1f}",
                "the same rules, plain Python",
                slow,
                slow,
            ),
        ],
        notes=(
            f"limit for one warm run on one core: {LIMIT_MS:g} ms; best of {REPEATS} runs",
            "the plain loop is the same source without the compiler, Black 1976 by math.erfc; same equity to 1e-9",
        ),
    )
