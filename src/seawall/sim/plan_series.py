"""Which series a plan can read, so that a run loads those and its data is named by those alone."""

import datetime as dt

from seawall.market.history import History
from seawall.market.index_smile import NAMES
from seawall.signals.contract import Signal
from seawall.signals.regime import SIGNALS_READ, TRIGGER_SERIES
from seawall.sim.coin_days import QUOTES
from seawall.sim.daily_inputs import BILLS, DIVIDENDS
from seawall.sim.plan import Plan
from seawall.sim.vix_futures import MONTHS

ALWAYS = ("SPX", *NAMES, "SKEW", "VVIX", *BILLS, DIVIDENDS)
OPENINGS = ("SET", "VIX_OPEN", "VIX_HIGH", "VIX_LOW")
DAY_BARS = ("", "_LOW", "_HIGH")
US_BARS = ("_US_CLOSE", "_US_LOW", "_US_HIGH", "_FUNDING")


def _inputs(signal: Signal) -> set[str]:
    names = {*signal.inputs, *signal.optional}
    for part in signal.carried:
        names |= _inputs(part.signal) if part.signal is not None else {part.name}
    return names


def regime_series() -> set[str]:
    """Every series that a market state can read."""
    names = {"SPX", "VIX", *TRIGGER_SERIES}
    for one in SIGNALS_READ:
        names |= _inputs(one)
    return names


def futures_series(start: dt.date, end: dt.date) -> set[str]:
    """The table of ranked VIX futures, and the contracts listed from ``start`` to ``end``."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month + MONTHS + 1
    contracts = {f"VX_{month // 12}_{month % 12 + 1:02d}" for month in range(first, last)}
    return contracts | {f"VX{rank + 1}" for rank in range(MONTHS)}


def plan_series(plan: Plan) -> tuple[str, ...]:
    """Names of all series that a run of the plan can read, sorted."""
    names = {*ALWAYS}
    if any(one.entry.settle == "am" for one in plan.structures):
        names |= {*OPENINGS}
    if any(one.underlying == "VIX" for one in plan.structures):
        names |= futures_series(plan.start, plan.end) | {"VRO", *OPENINGS}
    if any(one.states.reads_states for one in plan.every_program()):
        names |= regime_series()
    for coin in plan.coins:
        names |= {coin + quote + bar for quote in QUOTES for bar in DAY_BARS} | {coin + bar for bar in US_BARS}
    names |= {one.fees.volume for one in plan.pools if one.fees.volume}
    return tuple(sorted(names))


def read_by(plan: Plan, history: History) -> History:
    """Return the part of a history that a run of the plan can read."""
    return History.of(*(history.get(name) for name in plan_series(plan) if history.has(name)))
