"""Five years of the condor with its hedge, day by day: the compiled loop beside the same rules as plain Python.

The plain loop is the same source with the compiler switched off (``NUMBA_DISABLE_JIT=1``, in a process of its own) and
with Black 1976 written with ``math.erfc``, because our own leans on compiler intrinsics. Both must end with the same
equity.
"""

import math
import os
import subprocess
import sys

from bench import Row, Section, seconds
from seawall.data.embedded import embedded_history
from seawall.hedge.policy import AlvhPolicy
from seawall.kernels import strikes
from seawall.sim.engine import prepare, run, simulate
from seawall.sim.plan import Plan

PLAN = Plan(name="five years", hedge=AlvhPolicy())
LIMIT_MS = 20.0
REPEATS = 25
PLAIN = "from bench.engine import plain; plain()"


def _black(
    forward: float, strike: float, years: float, vol: float, discount: float, side: float
) -> tuple[float, float]:
    stdev = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / stdev + 0.5 * stdev
    inside = 0.5 * math.erfc(-side * d1 / math.sqrt(2.0))
    beyond = 0.5 * math.erfc(-side * (d1 - stdev) / math.sqrt(2.0))
    return discount * side * (forward * inside - strike * beyond), discount * side * inside


def plain() -> None:
    """Print seconds and final equity of one run; meant for a process without a compiler."""
    strikes.value_one = lambda *terms: _black(*terms)[0]
    strikes.delta_one = lambda *terms: _black(*terms)[1]
    inputs = prepare(PLAN, embedded_history())
    print(seconds(lambda: simulate(inputs), repeats=3), float(simulate(inputs).nav[-1]))


def plain_loop() -> tuple[float, float]:
    """Seconds and final equity of the loop as plain Python."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", PLAIN], env=environment, capture_output=True, text=True, check=True
    )
    taken, equity = done.stdout.split()
    return float(taken), float(equity)


def measure() -> Section:
    """Time the simulation alone, the whole way from series to result, and the plain loop."""
    history = embedded_history()
    inputs, alone = prepare(PLAN, history), prepare(PLAN.without_hedge(), history)
    result = simulate(inputs)
    sessions, fills = result.nav.size, len(result.fills())
    slow, equity = plain_loop()
    if abs(equity / result.nav[-1] - 1.0) > 1e-9:
        raise AssertionError(f"the plain loop ends at {equity}, the compiled one at {result.nav[-1]}")
    fast = seconds(lambda: simulate(inputs), REPEATS)
    work = f"{sessions} sessions, {fills} fills, hedged"

    def row(name: str, who: str, taken: float) -> Row:
        return Row(name, who, (f"{1e3 * taken:.2f}", f"{1e6 * taken / sessions:.2f}", f"{slow / taken:.0f}x"))

    return Section(
        title="five-year daily run",
        columns=("ms", "us per session", "against plain"),
        rows=[
            row(work, "seawall, compiled loop and account check", fast),
            row(work, "seawall, from series to result", seconds(lambda: run(PLAN, history), REPEATS)),
            row(work, "the same rules, plain Python loop", slow),
            row(
                "the condor alone",
                "seawall, compiled loop and account check",
                seconds(lambda: simulate(alone), REPEATS),
            ),
        ],
        notes=(
            f"limit for one warm run: {LIMIT_MS:g} ms",
            "the plain loop is the same source without the compiler, Black 1976 by math.erfc; same equity to 1e-9",
        ),
    )
