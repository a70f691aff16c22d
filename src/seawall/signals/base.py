"""The contract of a signal: a causal function of aligned daily columns, with its inputs, lookback and prior.

The first input sets the dates; every other column holds its value on exactly those dates and NaN where it
has none. Causality law, tested on the whole registry: the value of a row depends on rows up to it only, so
removing or changing the future never moves it, and asking live (``read``) equals the history
(``evaluate``).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.market.history import History, pick

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Columns = Mapping[str, Array]

MAX_AGE_SESSIONS: Final = 1
"""A reading older than this many sessions is unavailable: it is never filled forward (METHOD 3.1, 6)."""


class Prior(StrEnum):
    """What the literature says about a signal before we look (METHOD 6)."""

    SUPPORTED = "+"
    AGAINST = "-"
    NULL = "0"
    UNKNOWN = "?"


class Computed(NamedTuple):
    """What a formula returns, all of shape (n,): values (NaN unknown), rows that used the substitute, rows at rest."""

    values: Array
    substituted: Mask
    flat: Mask


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. ``inputs`` are needed; where an ``optional`` one is absent a rule stands in (``substitute``).

    ``lookback`` counts the observations before the first value; ``unit`` is a word; ``source`` the paper or
    rule; ``substitute_origin`` is what a reading becomes when the rule stood in.
    """

    id: str
    name: str
    inputs: tuple[str, ...]
    lookback: int
    unit: str
    source: str
    prior: Prior
    formula: Callable[[Columns], Computed]
    optional: tuple[str, ...] = ()
    substitute: str = ""
    substitute_origin: Origin = Origin.OBSERVED


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a signal as a person or a rule sees it. ``value`` is None if it is unavailable: it counts as 0.

    ``status`` is FOUND, FLAT (the input does not move) or UNKNOWN; ``as_of`` the session; ``note`` says
    what stood in for a missing input, or why there is no value.
    """

    value: float | None
    status: Status
    as_of: dt.date | None
    origin: Origin
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class SignalHistory:
    """A signal by date: values (NaN unknown), substituted and flat rows, and the instant each row was known (UTC)."""

    signal: Signal
    dates: NDArray[np.datetime64]
    values: Array
    substituted: Mask
    flat: Mask
    known_at: NDArray[np.datetime64]
    origin: Origin

    def on(self, dates: NDArray[np.datetime64]) -> "SignalHistory":
        """Return the rows of exactly ``dates``; a date without a row is unknown (NaN, not substituted)."""
        return SignalHistory(
            self.signal,
            dates,
            pick(self.dates, self.values, dates, np.nan),
            pick(self.dates, self.substituted, dates, False),
            pick(self.dates, self.flat, dates, False),
            pick(self.dates, self.known_at, dates, np.datetime64("NaT", "s")),
            self.origin,
        )

    def reading(self, row: int) -> Reading:
        """Return one row as a reading (negative rows count from the end)."""
        day: dt.date = self.dates[row].item()
        if np.isnan(self.values[row]):
            note = f"unknown: {self.signal.id} needs {self.signal.lookback} observations of its inputs in a row"
            return Reading(None, Status.UNKNOWN, day, self.origin, note)
        swapped = bool(self.substituted[row])
        origin = self.origin
        if swapped and self.signal.substitute_origin is not Origin.OBSERVED:
            origin = self.signal.substitute_origin
        status = Status.FLAT if self.flat[row] else Status.FOUND
        return Reading(float(self.values[row]), status, day, origin, self.signal.substitute if swapped else "")


def _weakest(origins: list[Origin]) -> Origin:
    for origin in (Origin.SYNTHETIC, Origin.MODELLED):
        if origin in origins:
            return origin
    return Origin.OBSERVED


def evaluate(signal: Signal, history: History) -> SignalHistory:
    """Compute a signal on every date of its first input.

    A row with an absent required input is unknown. ``known_at`` is the latest of all inputs so far. Raises
    ``MissingDataError`` if a required series does not exist.
    """
    dates = history.get(signal.inputs[0]).dates
    there = [name for name in signal.optional if history.has(name)]
    columns = {name: history.values_on(name, dates) for name in (*signal.inputs, *there)}
    columns |= {name: np.full(dates.size, np.nan) for name in signal.optional if name not in there}
    computed = signal.formula(columns)
    absent = np.any([np.isnan(columns[name]) for name in signal.inputs], axis=0)
    values = np.where(absent, np.nan, computed.values)
    used = [history.get(name) for name in (*signal.inputs, *there)]
    latest = used[0].known_at
    for series in used[1:]:
        latest = np.fmax(latest, series.known_on(dates))
    known = np.maximum.accumulate(latest)
    origin = _weakest([series.origin for series in used])
    return SignalHistory(signal, dates, values, computed.substituted, computed.flat, known, origin)


def read(signal: Signal, history: History, now: dt.datetime) -> Reading:
    """Return what the signal says at ``now`` (aware instant), from data known by then.

    The value is None, with the reason in ``note``, if an input does not exist, if there are too few rows,
    or if the last row is more than one session old. Raises ``ConventionError`` for a naive instant.
    """
    known = history.upto(now)
    absent = [name for name in signal.inputs if not known.has(name) or not len(known.get(name))]
    if absent:
        return Reading(None, Status.UNKNOWN, None, Origin.OBSERVED, f"unavailable: no {', '.join(absent)} yet")
    last = evaluate(signal, known).reading(-1)
    if last.as_of is not None:
        age = sessions(last.as_of, now.astimezone(dt.UTC).date()).size - 1
        if age > MAX_AGE_SESSIONS:
            note = f"unavailable: {signal.inputs[0]} ends {last.as_of}, {age} sessions before {now:%Y-%m-%d}"
            return Reading(None, Status.UNKNOWN, last.as_of, last.origin, note)
    return last
