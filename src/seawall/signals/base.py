"""Evaluating a signal: over a history, or live at one instant.

The first input sets the dates; every other input holds its value on exactly those dates and NaN where it has none.
A ``carried`` input (a slow series, a calendar or another signal) holds what was last known at the instant of each row.
Causality law, tested on the whole registry: the value of a row depends on what was known by then only, so removing or
changing the future never moves it, and asking live (``read``) equals the history (``evaluate``).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from seawall.core.clock import FIRST_DAY, sessions
from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.market.history import History, pick
from seawall.signals.align import Bars, closed_bars, held, sessions_since, sessions_until
from seawall.signals.conflicts import stated
from seawall.signals.contract import Array, Carried, Columns, Computed, Dates, How, Mask, Signal, plain


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a signal as a person or a rule sees it. ``value`` is None if it is unavailable: it counts as 0.

    ``status`` is FOUND, FLAT (the input does not move) or UNKNOWN; ``as_of`` the session; ``note`` says what stood in
    for a missing input, or why there is no value; ``side`` what the sign means; ``conflict`` where sources disagree.
    """

    value: float | None
    status: Status
    as_of: dt.date | None
    origin: Origin
    note: str
    side: str = ""
    conflict: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SignalHistory:
    """A signal by date: values (NaN unknown), substituted and flat rows, and the instant each row was known (UTC).

    ``missing``: by input, the rows without it.
    """

    signal: Signal
    dates: Dates
    values: Array
    substituted: Mask
    flat: Mask
    known_at: Dates
    origin: Origin
    missing: Mapping[str, Mask]

    def on(self, dates: Dates) -> "SignalHistory":
        """Return the rows of exactly ``dates``; a date without a row is unknown (NaN, not substituted)."""
        return SignalHistory(
            self.signal,
            dates,
            pick(self.dates, self.values, dates, np.nan),
            pick(self.dates, self.substituted, dates, False),
            pick(self.dates, self.flat, dates, False),
            pick(self.dates, self.known_at, dates, np.datetime64("NaT", "s")),
            self.origin,
            MappingProxyType({name: pick(self.dates, rows, dates, True) for name, rows in self.missing.items()}),
        )

    def reading(self, row: int) -> Reading:
        """Return one row as a reading (negative rows count from the end)."""
        one = self.signal
        day: dt.date = self.dates[row].item()
        absent = [name for name, rows in self.missing.items() if rows[row]]
        value = float(self.values[row])
        if np.isnan(value):
            return Reading(None, Status.UNKNOWN, day, self.origin, self._why(day, absent), "", stated(one.conflict))
        swapped = bool(self.substituted[row])
        origin = self.origin
        if swapped and one.substitute_origin is not Origin.OBSERVED:
            origin = one.substitute_origin
        gone = [part.name for part in one.carried if not part.needed and part.name in absent]
        note = f"{one.substitute}{': ' if gone else ''}{', '.join(gone)}" if swapped else ""
        side = one.sides[value > 0.0] if value else ""
        status = Status.FLAT if self.flat[row] else Status.FOUND
        return Reading(value, status, day, origin, note, side, stated(one.conflict))

    def _why(self, day: dt.date, absent: list[str]) -> str:
        one = self.signal
        needed = (*one.inputs, *(part.name for part in one.carried if part.needed))
        gone = [name for name in absent if name in needed]
        if gone:
            return f"unknown: no {', '.join(gone)} known for {day}"
        bars = {Bars.DAY: "observations", Bars.WEEK: "closed weeks", Bars.MONTH: "closed months"}[one.bars]
        return f"unknown: {one.id} needs {one.lookback} {bars} of its inputs in a row"


def _weakest(origins: list[Origin]) -> Origin:
    for origin in (Origin.SYNTHETIC, Origin.MODELLED):
        if origin in origins:
            return origin
    return Origin.OBSERVED


def _carried(part: Carried, history: History, dates: Dates, known: Dates) -> tuple[Array, list[Origin]]:
    """Column of a carried input and the origin of what it was read from."""
    nothing = np.full(dates.size, np.nan)
    if part.signal is not None:
        if not all(history.has(name) and len(history.get(name)) for name in part.signal.inputs):
            return nothing, []
        of = evaluate(part.signal, history)
        return held(of.dates, of.values, of.known_at, (dates, known), part.days), [of.origin]
    if not history.has(part.name):
        return nothing, []
    series, at = history.get(part.name), (dates, known)
    if part.how is How.SINCE:
        column = sessions_since(at, series.dates, series.known_at, part.days)
    elif part.how is How.UNTIL:
        column = sessions_until(at, series.dates, series.known_at, part.days)
    else:
        column = held(series.dates, series.values, series.known_at, at, part.days)
    return column, [series.origin]


def evaluate(signal: Signal, history: History) -> SignalHistory:
    """Compute a signal on every date of its first input.

    A row with an absent required input is unknown. ``known_at`` is the latest of all inputs so far. Raises
    ``MissingDataError`` if a required series does not exist.
    """
    dates = history.get(signal.inputs[0]).dates
    there = [name for name in signal.optional if history.has(name)]
    columns = {name: history.values_on(name, dates) for name in (*signal.inputs, *there)}
    columns |= {name: np.full(dates.size, np.nan) for name in signal.optional if name not in there}
    used = [history.get(name) for name in (*signal.inputs, *there)]
    latest = used[0].known_at
    for series in used[1:]:
        latest = np.fmax(latest, series.known_on(dates))
    known = np.maximum.accumulate(latest)
    origins = [series.origin for series in used]
    for part in signal.carried:
        columns[part.name], origin = _carried(part, history, dates, known)
        origins += origin
    needed = (*signal.inputs, *(part.name for part in signal.carried if part.needed))
    missing = {name: np.isnan(column) for name, column in columns.items()}
    absent = np.any([missing[name] for name in needed], axis=0)
    computed = _on_bars(signal, dates, columns)
    values = np.where(absent, np.nan, computed.values)
    return SignalHistory(
        signal, dates, values, computed.substituted, computed.flat, known, _weakest(origins), MappingProxyType(missing)
    )


def _on_bars(signal: Signal, dates: Dates, columns: Mapping[str, Array]) -> Computed:
    """The formula on the closed bars, each value standing from the row that closed its bar."""
    if signal.bars is Bars.DAY:
        return signal.compute(Columns(dates, columns))
    rows, place = closed_bars(dates, signal.bars)
    if not rows.size:
        return plain(np.full(dates.size, np.nan))
    computed = signal.compute(Columns(dates[rows], {name: column[rows] for name, column in columns.items()}))
    none = place < 0
    return Computed(
        np.where(none, np.nan, computed.values[place]),
        computed.substituted[place] & ~none,
        computed.flat[place] & ~none,
    )


def latest(signal: Signal, known: History, now: dt.datetime) -> tuple[Reading, SignalHistory | None]:
    """Return what the signal says at ``now`` from a history already cut at it, and its own history where it has one.

    As ``read``; for many signals at one instant the history is cut once.
    """
    absent = [name for name in signal.inputs if not known.has(name) or not len(known.get(name))]
    if absent:
        note = f"unavailable: no {', '.join(absent)} yet"
        return Reading(None, Status.UNKNOWN, None, Origin.OBSERVED, note), None
    history = evaluate(signal, known)
    last = history.reading(-1)
    if last.as_of is not None and (age := sessions_old(last.as_of, now)) > signal.max_age:
        note = f"unavailable: {signal.inputs[0]} ends {last.as_of}, {age} sessions before {now:%Y-%m-%d}"
        return Reading(None, Status.UNKNOWN, last.as_of, last.origin, note), history
    return last, history


def sessions_old(day: dt.date, now: dt.datetime) -> int:
    """Sessions after ``day`` up to the UTC date of ``now``, that one included."""
    first, last = max(day + dt.timedelta(days=1), FIRST_DAY), now.astimezone(dt.UTC).date()
    return int(sessions(first, last).size) if first <= last else 0


def read(signal: Signal, history: History, now: dt.datetime) -> Reading:
    """Return what the signal says at ``now`` (aware instant), from data known by then.

    The value is None, with the reason in ``note``, if an input does not exist, if there are too few rows,
    or if the last row is more than ``max_age`` sessions old. Raises ``ConventionError`` for a naive instant.
    """
    return latest(signal, history.upto(now), now)[0]
