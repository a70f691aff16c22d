"""Random histories that hold every series a signal may ask for, in the rhythm and with the delay of the catalogue."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.datum import Origin
from seawall.data.catalog import entry
from seawall.data.publication import Known, known_at
from seawall.market.history import History, Series
from seawall.signals.base import evaluate
from seawall.signals.contract import Signal
from seawall.signals.registry import SIGNALS

START = dt.date(2006, 6, 1)
END = dt.date(2012, 12, 31)
SIGNED = ("GEX", "_FUNDING", "_MOM", "_GAP", "FOMC_MP1", "DFF")


def inputs_of(one: Signal) -> set[str]:
    """Every series a signal reads, through the signals it carries too."""
    carried = {name for part in one.carried if part.signal for name in inputs_of(part.signal)}
    return {*one.inputs, *one.optional, *carried, *(part.name for part in one.carried if part.signal is None)}


NAMES = tuple(sorted(set().union(*(inputs_of(one) for one in SIGNALS.values()))))


def rhythm(name: str) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Dates of a series from START to END, and when each was known."""
    listed = entry(name)
    days = np.arange(np.datetime64(START), np.datetime64(END) + 1)
    if name == "FOMC" or name.endswith("_SCHEDULE") or name == "FOMC_MP1":
        days = days[20::32]
        after = np.datetime64("1998-12-01", "us") + np.zeros(days.size, dtype="timedelta64[us]")
        return days, after if name.endswith("_SCHEDULE") else known_at(Known("days_after", 0, dt.time(14)), days)
    if listed.frequency == "monthly":
        months = np.arange(np.datetime64("1989-01"), np.datetime64(END, "M")).astype("datetime64[D]")
        rule = listed.known._replace(days=listed.known.days - 2) if "CONSENSUS" in name else listed.known
        return months, known_at(rule, months)
    if listed.calendar == "every day" or name.endswith("_FUNDING"):
        return days, known_at(Known("day_end", minutes=5), days)
    if listed.calendar == "weekdays":
        days = days[np.is_busday(days)]
        return days, known_at(listed.known, days)
    days = sessions(START, END)
    return days, known_at(listed.known, days)


def random_series(name: str, rng: np.random.Generator) -> Series:
    dates, known = rhythm(name)
    steps = np.cumsum(rng.normal(0.0, 0.02, dates.size))
    if any(part in name for part in SIGNED) and not name.endswith("_POWER_FUNDING"):
        values = rng.normal(0.0, 1.0, dates.size) * 1e-3 + 1e-4
    elif name in ("ADVANCERS", "DECLINERS"):
        values = np.round(rng.uniform(500.0, 2500.0, dates.size))
    else:
        values = 20.0 * np.exp(steps - np.linspace(0.0, steps[-1], dates.size))
    return Series(name, dates, values, known, "made", "random walk", Origin.SYNTHETIC)


def random_world(seed: int, holes: float = 0.0) -> History:
    """All series; with ``holes`` that share of the rows is missing, but of SPX and VIX none."""
    rng = np.random.default_rng(seed)
    parts = [random_series(name, rng) for name in NAMES]
    return History.of(
        *(one if one.name in ("SPX", "VIX") else one.where(rng.random(len(one)) >= holes) for one in parts)
    )


def only(history: History, names: set[str]) -> History:
    return History({name: history.get(name) for name in names if history.has(name)})


def needed_by(one: Signal) -> set[str]:
    """The series without which a signal has no value, through the signals it carries."""
    parts = [part for part in one.carried if part.needed]
    return {*one.inputs}.union(*(needed_by(part.signal) if part.signal else {part.name} for part in parts))


def scrambled_after(history: History, instant: np.datetime64, seed: int) -> History:
    """Same dates, but every value that was not known at ``instant`` is drawn anew."""
    rng = np.random.default_rng(seed)
    parts = []
    for one in history:
        noise = np.where(one.known_at > instant, np.exp(rng.normal(0.0, 0.5, len(one))), 1.0)
        parts.append(Series(one.name, one.dates, one.values * noise, one.known_at, one.unit, one.source, one.origin))
    return History.of(*parts)


def check_causality(one: Signal, history: History, count: int) -> int:
    """Cut and scramble what was not known yet at rows over the whole span; returns how many rows have a value."""
    batch = evaluate(one, history)
    found = np.flatnonzero(np.isfinite(batch.values))
    rows = np.linspace(0, batch.dates.size - 2, count).astype(int)
    if found.size:
        rows = np.unique([*rows, *found[np.linspace(0, found.size - 1, count).astype(int)]])
    for row in rows:
        known = batch.known_at[row]
        cut = evaluate(one, history.upto(known.item().replace(tzinfo=dt.UTC)))
        same = cut.dates <= batch.dates[row]
        assert same.sum() == row + 1
        np.testing.assert_array_equal(cut.values[same], batch.values[: row + 1])
        np.testing.assert_array_equal(cut.substituted[same], batch.substituted[: row + 1])
        other = evaluate(one, scrambled_after(history, known, int(row)))
        np.testing.assert_array_equal(other.values[: row + 1], batch.values[: row + 1])
    return found.size
