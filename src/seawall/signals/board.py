"""The board: what every signal says at one instant, with its place in its own past, its age and what it lacks."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.datum import Origin
from seawall.core.errors import SeawallError
from seawall.core.status import Status
from seawall.market.history import History
from seawall.signals.base import Reading, SignalHistory, latest, sessions_old
from seawall.signals.contract import Family, Signal

LEAST: Final = 20
"""Values below which a rank among them says nothing."""

FLAGS: Final = frozenset({"0 or 1", "-1, 0 or 1"})
"""Units of signals that fire or do not."""

UNTESTED: Final = "not tested yet"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One signal on the board.

    ``signal`` is None for a user's signal that was not admitted. ``rank``: share of the values known so far that are
    at or below this one, in (0, 1], None below ``LEAST`` of them or for a flag. ``state``: the side, "fired", "flat"
    or "unknown". ``age``: sessions since ``reading.as_of``. ``lacks``: series it would need. ``history``: the values
    behind it, known by the instant of the board.
    """

    id: str
    name: str
    family: Family
    signal: Signal | None
    reading: Reading
    rank: float | None
    state: str
    age: int | None
    weight: float
    evidence: str
    lacks: tuple[str, ...] = ()
    history: SignalHistory | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Every row at ``now``, by preset."""

    now: dt.datetime
    preset: str
    rows: tuple[Row, ...]

    def by_family(self) -> Mapping[Family, list[Row]]:
        """Rows grouped in the order of the families."""
        groups = {family: [row for row in self.rows if row.family is family] for family in Family}
        return {family: rows for family, rows in groups.items() if rows}


def state_of(signal: Signal, reading: Reading) -> str:
    """A reading in a word: unknown, flat, fired, not fired, or what its sign means; empty where a level says all."""
    if reading.value is None:
        return "unknown"
    if reading.status is Status.FLAT:
        return "flat"
    if signal.fires is not None:
        side, threshold = signal.fires
        beyond = reading.value >= threshold if side == "above" else reading.value <= threshold
        return "fired" if beyond else "not fired"
    if reading.side:
        return reading.side
    if signal.unit in FLAGS:
        return "fired" if reading.value else "not fired"
    return ""


def lacking(signal: Signal, known: History) -> tuple[str, ...]:
    """Series that a signal needs, through the signals it carries too, and that are absent or empty."""
    gone = [name for name in signal.inputs if not known.has(name) or not len(known.get(name))]
    for part in signal.carried:
        if part.needed and part.signal is not None:
            gone += lacking(part.signal, known)
        elif part.needed and (not known.has(part.name) or not len(known.get(part.name))):
            gone.append(part.name)
    return tuple(dict.fromkeys(gone))


def series_of(signal: Signal) -> tuple[str, ...]:
    """Every series a signal reads, through the signals it carries too; sorted."""
    names = {*signal.inputs, *signal.optional}
    for part in signal.carried:
        names |= {part.name} if part.signal is None else set(series_of(part.signal))
    return tuple(sorted(names))


def _rank(signal: Signal, reading: Reading, history: SignalHistory | None) -> float | None:
    if reading.value is None or history is None or signal.unit in FLAGS:
        return None
    values = history.values[np.isfinite(history.values)]
    return float(np.mean(values <= reading.value)) if values.size >= LEAST else None


def row(signal: Signal, known: History, now: dt.datetime, preset: str) -> Row:
    """One signal at ``now``, from a history already cut at it."""
    try:
        reading, history = latest(signal, known, now)
    except SeawallError as fault:  # one signal that data breaks must not end the others
        reading, history = Reading(None, Status.UNKNOWN, None, Origin.OBSERVED, f"unavailable: {fault}"), None
    return Row(
        id=signal.id,
        name=signal.name,
        family=signal.family,
        signal=signal,
        reading=reading,
        rank=_rank(signal, reading, history),
        state=state_of(signal, reading),
        age=None if reading.as_of is None else sessions_old(reading.as_of, now),
        weight=signal.weight(preset),
        evidence=signal.evidence or UNTESTED,
        lacks=lacking(signal, known) if reading.value is None else (),
        history=history,
    )


def refused(identity: str, name: str, reason: str) -> Row:
    """A user's signal that was not admitted, with the reason."""
    reading = Reading(None, Status.UNKNOWN, None, Origin.OBSERVED, reason)
    return Row(identity, name, Family.USER, None, reading, None, "unknown", None, 0.0, UNTESTED)


def board(signals: Iterable[Signal], history: History, now: dt.datetime, preset: str) -> Board:
    """Read every signal at ``now`` (aware instant) from what was known by then.

    Raises ``ConventionError`` for a naive instant, ``UnknownParameterError`` for a preset that does not exist.
    """
    known = history.upto(now)
    return Board(now, preset, tuple(row(one, known, now, preset) for one in signals))
