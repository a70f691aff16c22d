"""The market regime by session: CALM, ONSET, SPIKE, EXHAUST (METHOD 7.2), with the reason for every session.

Triggers: t1 the slope VIX/VIX3M above .95 and higher than five sessions ago; t4 RV5 above VIX/100. The others (t2
dealer gamma, t3 funding, t5 breadth, t6 inflation prints) are the signals T2, T3, T5, T6 as known at the close; a
series of the history with such a name (values 0 or 1) stands before the signal. An absent one counts 0 and is named in
the notes.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, LookaheadError, MissingDataError, UnknownParameterError
from seawall.core.status import Status
from seawall.kernels import states
from seawall.market.history import History
from seawall.signals.base import Reading, SignalHistory, evaluate
from seawall.signals.composite import TRIGGERS
from seawall.signals.conflicts import stated
from seawall.signals.contract import Array, Mask
from seawall.signals.trend import MACD_VVIX, RSI_SLOPE
from seawall.signals.vol import RV5, SLOPE

ONSET_SLOPE: Final = 0.95
SLOPE_LAG: Final = 5

PRESETS: Final = MappingProxyType({"seed": ("t1", "t2", "t3", "t4", "t5", "t6"), "measured": ("t1", "t2", "t4")})

_BEHIND: Final = MappingProxyType({one.id.lower(): one for one in TRIGGERS})

SIGNALS_READ: Final = (SLOPE, RV5, RSI_SLOPE, MACD_VVIX, *TRIGGERS)
"""Signals that a market state can read; a series of a trigger's own name stands in for its signal."""
TRIGGER_SERIES: Final = tuple(name.upper() for name in PRESETS["seed"])

RULES: Final = MappingProxyType(
    {
        states.STAY: "stay",
        states.ONSET_BY_COUNT: "CALM>ONSET: two triggers",
        states.SPIKE_BY_LEVEL: ">SPIKE: VIX above 30",
        states.SPIKE_BY_SLOPE: ">SPIKE: VIX/VIX3M above 1.1",
        states.AGAIN_BY_HIGH: "EXHAUST>SPIKE: VIX above the episode high",
        states.AGAIN_BY_SLOPE: "EXHAUST>SPIKE: VIX/VIX3M above 1.1 after below 1.0",
        states.EXHAUST_BY_RSI: "SPIKE>EXHAUST: RSI fell below 70",
        states.CALM_FROM_ONSET: "ONSET>CALM: at most one trigger for 3 sessions",
        states.CALM_FROM_EXHAUST: "EXHAUST>CALM: slope below .95 and at most one trigger for 3 sessions",
        states.CALM_BY_TIME: "EXHAUST>CALM: 21 sessions elapsed",
        states.CALM_FROM_SPIKE: "SPIKE>CALM: VIX below 20 and slope below .95 for 3 sessions",
    }
)


class Regime(IntEnum):
    """State of the market; the numbers are those of ``kernels.states``."""

    CALM = states.CALM
    ONSET = states.ONSET
    SPIKE = states.SPIKE
    EXHAUST = states.EXHAUST


@dataclass(frozen=True, slots=True)
class RegimeReading:
    """One session: its state, the rule that moved it there, the triggers that fired and what they were fed with.

    ``resolved``: the contradictions of the sources as they stand on the day.
    """

    day: dt.date
    state: Regime
    rule: str
    count: int
    fired: tuple[str, ...]
    inputs: Mapping[str, Reading]
    known_at: dt.datetime
    notes: tuple[str, ...]
    resolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RegimeHistory:
    """The regime by session; arrays of shape (n,). ``states`` holds ``Regime`` numbers, ``rules`` keys of ``RULES``.

    ``vix``: points. ``slope``, ``rsi``, ``rv5``: the signals behind the triggers with their substituted rows.
    ``triggers``: fired or not, by name, for every trigger of the preset. ``known_at``: UTC, when the state
    was known. ``reported``: the signals behind the other triggers, where there is data. ``unknown``: by trigger, the
    sessions without data. ``macd``: MACD of VVIX, without a say. ``notes``: generators, substitutions, absent triggers.
    """

    preset: str
    dates: NDArray[np.datetime64]
    states: NDArray[np.int8]
    rules: NDArray[np.int8]
    count: NDArray[np.int64]
    triggers: Mapping[str, Mask]
    vix: Array
    vix_origin: Origin
    slope: SignalHistory
    rsi: SignalHistory
    rv5: SignalHistory
    macd: SignalHistory
    reported: Mapping[str, SignalHistory]
    unknown: Mapping[str, Mask]
    known_at: NDArray[np.datetime64]
    notes: tuple[str, ...]

    def on(self, day: dt.date) -> RegimeReading:
        """Return one session. Raises ``MissingDataError`` if it is not one of the classified sessions."""
        row = int(np.searchsorted(self.dates, np.datetime64(day, "D")))
        if row >= self.dates.size or self.dates[row] != np.datetime64(day, "D"):
            span = f"{self.dates[0]} .. {self.dates[-1]}" if self.dates.size else "none"
            raise MissingDataError(f"no regime on {day}: classified are the sessions {span} with both SPX and VIX")
        fired = tuple(name for name, column in self.triggers.items() if column[row])
        return RegimeReading(
            day=day,
            state=Regime(int(self.states[row])),
            rule=RULES[int(self.rules[row])],
            count=int(self.count[row]),
            fired=fired,
            inputs=self._inputs(row),
            known_at=self.known_at[row].item().replace(tzinfo=dt.UTC),
            notes=(
                *_substitutions(self.slope, self.rsi),
                *_absent([n for n, rows in self.unknown.items() if rows[row]]),
            ),
            resolved=self._resolved(row),
        )

    def _inputs(self, row: int) -> dict[str, Reading]:
        level = Reading(float(self.vix[row]), Status.FOUND, self.dates[row].item(), self.vix_origin, "")
        signals = {"slope": self.slope, "rsi": self.rsi, "rv5": self.rv5}
        signals |= {name: one for name, one in self.reported.items() if not self.unknown[name][row]}
        return {"vix": level, **{name: one.reading(row) for name, one in signals.items()}}

    def _resolved(self, row: int) -> tuple[str, ...]:
        state = Regime(int(self.states[row]))
        wings = {Regime.ONSET: "now ONSET: widen", Regime.EXHAUST: "now EXHAUST: narrow"}
        told = {"C03": wings.get(state, f"now {state.name}: neither")}
        if "t3" in self.reported and not self.unknown["t3"][row]:
            told["C04"] = f"now {self.reported['t3'].reading(row).side or 'within 2 sd'}"
        macd = self.macd.reading(row)
        if macd.value is not None:
            told["C17"] = f"now {macd.side or 'on its signal line'}{' (of VIX)' if macd.note else ''}"
        return tuple(f"{stated(name)}; {now}" for name, now in told.items())


def _on_sessions(history: History) -> History:
    """Keep the VIX rows of sessions: the index is also published on days when its options do not trade."""
    vix, spx = history.get("VIX"), history.get("SPX")
    return history.with_series(vix.where(np.isin(vix.dates, spx.dates)))


def _reported(history: History, name: str, dates: NDArray[np.datetime64], known: NDArray[np.datetime64]) -> Mask:
    """Read a trigger series: 1 fired, 0 or absent not; refuse one that was published after the session it decides."""
    fired = history.values_on(name, dates)
    strange = ~np.isnan(fired) & (fired != 0.0) & (fired != 1.0)
    if strange.any():
        row = int(np.argmax(strange))
        raise DomainError(f"trigger {name} is {fired[row]} on {dates[row]}: use 1 for fired and 0 for not")
    published = history.get(name).known_on(dates)
    late = ~np.isnan(fired) & (published > known)
    if late.any():
        row = int(np.argmax(late))
        raise LookaheadError(
            f"trigger {name} of {dates[row]} was known at {published[row]} UTC, after the session's {known[row]}: "
            "date it by the session at whose close it is known"
        )
    return np.asarray(fired == 1.0)


def _triggers(
    preset: str, history: History, slope: SignalHistory, rv5: SignalHistory, vix: Array
) -> tuple[dict[str, Mask], dict[str, Mask], dict[str, SignalHistory]]:
    """Fired and unknown rows by trigger of the preset, and the signals behind those that are not computed here."""
    dates = slope.dates
    before = np.full(dates.size, np.nan)
    before[SLOPE_LAG:] = slope.values[:-SLOPE_LAG]
    fired: dict[str, Mask] = {
        "t1": (slope.values > ONSET_SLOPE) & (slope.values > before),
        "t4": rv5.values > vix / 100.0,
    }
    known = np.fmax(slope.known_at, rv5.known_at)
    unknown: dict[str, Mask] = {}
    signals: dict[str, SignalHistory] = {}
    for name in PRESETS[preset]:
        if name in fired:
            continue
        if history.has(name.upper()):
            fired[name], unknown[name] = _reported(history, name.upper(), dates, known), np.zeros(dates.size, np.bool_)
            continue
        signals[name] = evaluate(_BEHIND[name], history).on(dates)
        values = signals[name].values
        unknown[name] = np.isnan(values)
        fired[name] = ~unknown[name] & (values != 0.0)
    return {name: fired[name] for name in PRESETS[preset]}, unknown, signals


def _absent(names: list[str]) -> list[str]:
    return [f"{', '.join(names)} unavailable: counted as 0"] if names else []


def _gaps(unknown: Mapping[str, Mask]) -> list[str]:
    """Triggers without data on some sessions, and those without any."""
    partly = [
        f"{name} known on {int((~rows).sum())} of {rows.size} sessions: 0 on the others"
        for name, rows in unknown.items()
        if rows.any() and not rows.all()
    ]
    return partly + _absent([name for name, rows in unknown.items() if rows.size and rows.all()])


def _substitutions(*signals: SignalHistory) -> list[str]:
    return [
        f"{one.signal.id}: {one.signal.substitute} ({int(one.substituted.sum())} of {one.dates.size} sessions)"
        for one in signals
        if one.substituted.any()
    ]


def classify(history: History, preset: str = "seed") -> RegimeHistory:
    """Classify every session that has both SPX and VIX; the session before the first one counts as CALM.

    Needs series SPX and VIX (points); VIX3M is modelled where absent. ``preset``: "seed" counts all six
    triggers, "measured" t1, t2 and t4. Raises ``UnknownParameterError`` (preset), ``MissingDataError`` (no
    SPX or VIX), ``DomainError`` or ``LookaheadError`` (a trigger series that cannot be used).
    """
    if preset not in PRESETS:
        raise UnknownParameterError(f"no preset {preset!r}: there are {', '.join(PRESETS)}")
    regular = _on_sessions(history)
    vix_series = regular.get("VIX")
    dates = vix_series.dates
    slope, rsi = evaluate(SLOPE, regular), evaluate(RSI_SLOPE, regular)
    rv5 = evaluate(RV5, regular).on(dates)
    triggers, unknown, reported = _triggers(preset, regular, slope, rv5, vix_series.values)
    count = np.asarray(np.sum(list(triggers.values()), axis=0), dtype=np.int64)
    path, rules = states.regime_path(vix_series.values, slope.values, rsi.values, count)
    return RegimeHistory(
        preset=preset,
        dates=dates,
        states=path,
        rules=rules,
        count=count,
        triggers=MappingProxyType(triggers),
        vix=vix_series.values,
        vix_origin=vix_series.origin,
        slope=slope,
        rsi=rsi,
        rv5=rv5,
        macd=evaluate(MACD_VVIX, regular),
        reported=MappingProxyType(reported),
        unknown=MappingProxyType(unknown),
        known_at=np.fmax(slope.known_at, rv5.known_at),
        notes=(*history.synthetic, *_substitutions(slope, rsi), *_gaps(unknown)),
    )


class Spell(NamedTuple):
    """Sessions in one state without a break: first, last, and the rule that moved it there ("stay" for the first)."""

    start: dt.date
    end: dt.date
    sessions: int
    state: Regime
    rule: str


def spells(regimes: RegimeHistory) -> tuple[Spell, ...]:
    """Every spell, oldest first; the last one is still open. Empty without sessions."""
    if not regimes.dates.size:
        return ()
    starts = np.flatnonzero(np.r_[True, np.diff(regimes.states) != 0])
    ends = np.r_[starts[1:], regimes.dates.size] - 1
    return tuple(
        Spell(
            regimes.dates[start].item(), regimes.dates[end].item(), int(end - start + 1),
            Regime(int(regimes.states[start])), RULES[int(regimes.rules[start])],
        )
        for start, end in zip(starts, ends, strict=True)
    )  # fmt: skip
