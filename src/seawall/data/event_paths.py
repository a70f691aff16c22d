"""The path of an event by session: from the history where it has one, from typed facts or by rule where it has not.

A leg that is missing follows rules stated in METHOD: ln VIX moves -5.1 times the log-return of SPX and reverts with a
half-life of 34 sessions, a coin moves 2.5 times SPX. Typed closes anchor such a leg: the rule runs between them.
"""

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, sessions
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError
from seawall.data.days import COINS, FRESH, FUNDINGS_PER_YEAR, LEAST_FUTURES, futures_of, market_time
from seawall.market.curve import VixCurve
from seawall.market.event_path import TENOR_DAYS, EventPath, Leg
from seawall.market.history import History
from seawall.market.known_event import KnownEvent
from seawall.market.shock import ETH_PER_SPX, LN_VIX_BETA

Array = NDArray[np.float64]
Days = tuple[dt.date, ...]

HALF_LIFE: Final = 34.0
STORE: Final = "store"
STRIDE: Final = 5
TYPED: Final = "typed facts"
MIXED: Final = "store and typed facts"
NOTHING: Final[Mapping[dt.date, float]] = {}


def event_path(history: History, event: KnownEvent) -> EventPath:
    """A catalogued event: day by day if the history has SPX throughout, else one step from fact to fact."""
    typed = {
        factor: {knot.day: knot.levels[factor] for knot in event.knots if factor in knot.levels}
        for factor in event.factors
    }
    days = _session_days(event.start, event.end)
    if days is None or _closes(history, "SPX", days) is None:
        days = _between(tuple(knot.day for knot in event.knots))
    return _path(history, event.name, days, typed, event.source)


def path_between(history: History, days: Days, name: str) -> EventPath:
    """Any sessions of the history, the eve first.

    Raises ``MissingDataError`` where SPX has no close, ``DomainError`` for fewer than two sessions.
    """
    if len(days) < 2:
        raise DomainError(f"an event needs at least two days, {name} has {len(days)}: widen it")
    closes = _closes(history, "SPX", days)
    if closes is None:
        first, last = history.get("SPX").dates[[0, -1]]
        raise MissingDataError(f"SPX lacks a close in {name}: choose sessions between {first} and {last}")
    return _path(history, name, days, {}, "")


def covered(history: History, event: KnownEvent) -> dict[str, str]:
    """By factor, whether the history has every session, typed facts stand in, or a rule does."""
    days = _session_days(event.start, event.end)
    found = {}
    for factor in ("SPX", "VIX", *COINS):
        closes = None if days is None else _level(history, factor, days)
        found[factor] = STORE if closes is not None else TYPED if factor in event.factors else "rule"
    return found


def _session_days(start: dt.date, end: dt.date) -> Days | None:
    return None if start < FIRST_DAY else tuple(sessions(start, end).tolist())


def _between(known: Days) -> Days:
    """The typed days, and every fifth session where they lie further apart, so that expiries pass on the way."""
    if known[0] < FIRST_DAY:
        return known
    filled = [known[0]]
    for before, after in pairwise(known):
        inside = sessions(before, after).tolist()
        filled += [*inside[STRIDE:-1:STRIDE], after]
    return tuple(filled)


def _offsets(days: Days) -> tuple[int, ...]:
    first = days[0]
    if first < FIRST_DAY:  # before the table of sessions: weekdays
        return tuple(int(np.busday_count(first, day)) for day in days)
    return tuple(int(sessions(first, day).size) - 1 for day in days)


def _closes(history: History, name: str, days: Days) -> Array | None:
    """Values on every day, or None."""
    if not history.has(name):
        return None
    values = history.get(name).on(np.array(days, dtype="datetime64[D]"))
    return values if np.all(np.isfinite(values)) else None


def _level(history: History, name: str, days: Days) -> Array | None:
    """As ``_closes``; a coin as it stood at the close in New York."""
    if name not in COINS:
        return _closes(history, name, days)
    return (
        _as_known(history, f"{name}_US_CLOSE", days)
        if history.has(f"{name}_US_CLOSE")
        else _as_known(history, name, days)
    )


def _as_known(history: History, name: str, days: Days) -> Array | None:
    """Last value known at each close, or None where one is missing or older than a long weekend."""
    if not history.has(name):
        return None
    series = history.get(name)
    times = np.array([np.datetime64(market_time(day).replace(tzinfo=None), "s") for day in days])
    row = np.searchsorted(series.known_at, times, side="right") - 1
    if row.min() < 0:
        return None
    age = times.astype("datetime64[D]") - series.dates[row]
    return series.values[row] if np.all(age <= np.timedelta64(FRESH.days + 1, "D")) else None


def _path(
    history: History, name: str, days: Days, typed: Mapping[str, Mapping[dt.date, float]], source: str
) -> EventPath:
    before_table = days[0] < FIRST_DAY
    offsets = _offsets(days)
    stored = {f: None if before_table else _level(history, f, days) for f in ("SPX", "VIX", *COINS)}
    legs: dict[str, Leg] = {}
    for factor in ("SPX", "VIX", *COINS):
        found = stored[factor]
        if found is not None:
            legs[factor] = Leg(found / found[0], _source(history, factor))
        else:
            spx = None if factor == "SPX" else legs["SPX"].values
            legs[factor] = _filled(factor, days, offsets, typed.get(factor, NOTHING), spx, source)
    read = [factor for factor, values in stored.items() if values is not None]
    how = TYPED if not read else MIXED if typed and {"SPX", "VIX"} - set(read) else STORE
    vix = stored["VIX"]
    eve = float(vix[0]) if vix is not None else typed.get("VIX", NOTHING).get(days[0])
    extra = _extra(history, days) if vix is not None else (None, None)
    return EventPath(
        name, days, offsets, {f: legs[f] for f in ("SPX", *COINS)}, legs["VIX"], extra[0],
        _coins(history, days, "DVOL", before_table), _coins(history, days, "FUNDING", before_table), extra[1], how, eve,
    )  # fmt: skip


def _source(history: History, factor: str) -> str:
    name = f"{factor}_US_CLOSE" if history.has(f"{factor}_US_CLOSE") else factor
    return history.get(name).source


def _filled(
    factor: str, days: Days, offsets: tuple[int, ...], known: Mapping[dt.date, float], spx: Array | None, source: str
) -> Leg:
    """A leg by rule, through its typed closes where there are some."""
    if spx is None:
        if not {days[0], days[-1]} <= set(known):
            raise MissingDataError(f"SPX lacks a close between {days[0]} and {days[-1]}: import it, or choose others")
        rule = np.zeros(len(days))  # a straight line in between
    elif factor == "VIX":
        rule = _vix_rule(np.log(spx), offsets)
    else:
        rule = ETH_PER_SPX * np.log(spx)
    fixed = [i for i, day in enumerate(days) if day in known]
    if not fixed:
        return Leg(np.exp(rule), _rule(factor), Origin.SYNTHETIC)
    logs = np.log(np.array([known[days[i]] / known[days[0]] for i in fixed]))
    path = rule + _correction(np.array(offsets), np.array(fixed), logs - rule[fixed])
    exact = len(fixed) == len(days)
    words = source if exact else f"{source}; in between {_rule(factor)}"
    return Leg(np.exp(path), words, Origin.OBSERVED if exact else Origin.SYNTHETIC)


def _rule(factor: str) -> str:
    if factor == "SPX":
        return "a straight line in the logarithm"
    if factor == "VIX":
        return f"ln VIX moves {LN_VIX_BETA:g} per log-return of SPX, half-life {HALF_LIFE:g} sessions"
    return f"{factor} moves {ETH_PER_SPX:g} x SPX, assumed"


def _vix_rule(spx: Array, offsets: tuple[int, ...]) -> Array:
    out = np.zeros(spx.size)
    for i, (before, after) in enumerate(pairwise(offsets)):
        out[i + 1] = out[i] * 0.5 ** ((after - before) / HALF_LIFE) + LN_VIX_BETA * (spx[i + 1] - spx[i])
    return out


def _correction(offsets: NDArray[np.int64], fixed: NDArray[np.int64], gaps: Array) -> Array:
    """Linear in time between the typed days, flat after the last."""
    return np.interp(offsets, offsets[fixed], gaps)


def _extra(history: History, days: Days) -> tuple[Leg | None, Leg | None]:
    """VVIX and the futures at constant tenors, where every session has them."""
    vvix = _closes(history, "VVIX", days)
    first = None if vvix is None else Leg(vvix / vvix[0], history.get("VVIX").source)
    vix = history.get("VIX").on(np.array(days, dtype="datetime64[D]"))
    rows, source = [], ""
    for day, level in zip(days, vix, strict=True):
        levels, source = futures_of(history, day, market_time(day)) if _has_futures(history) else ({}, "")
        if len(levels) < LEAST_FUTURES:
            return first, None
        years = tuple((expiry - day).days / 365.0 for expiry in sorted(levels))
        curve = VixCurve(float(level), float(level), years, tuple(levels[one] for one in sorted(levels)))
        rows.append([curve.future(tenor / 365.0)[0] for tenor in TENOR_DAYS])
    table = np.array(rows)
    return first, Leg(table / table[0], source)


def _has_futures(history: History) -> bool:
    return history.has("VX1") or any(name.startswith("VX_") for name in history.names)


def _coins(history: History, days: Days, what: str, before_table: bool) -> dict[str, Leg]:
    """Ratio of DVOL, or change of funding a year, of the coins that have it throughout."""
    found = {}
    for coin in () if before_table else COINS:
        values = _as_known(history, f"{coin}_{what}", days)
        if values is not None:
            change = values / values[0] if what == "DVOL" else (values - values[0]) * FUNDINGS_PER_YEAR
            found[coin] = Leg(change, history.get(f"{coin}_{what}").source)
    return found
