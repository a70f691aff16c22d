"""Rules: pure functions over two good observations, or over the state of the sources. Nothing here is remembered.

A rule says of every subject whether its threshold is breached; a subject of which nothing is known is neither. Where an
alert is active already, it ends only beyond ``clear``: a value that trembles on the threshold alerts once.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from seawall.app.monitor.figures import Figures, Observation
from seawall.app.monitor.schema import AT, RuleFile
from seawall.app.service.alerts import Level

CLEAR: Final[Mapping[str, float]] = {"break_even": 0.95, "liquidation": 0.8, "hedge_drift": 0.8, "delta_drift": 0.9}
"""Where an alert ends, as a share of its threshold, if the rule does not say; a time buffer ends 10 % above."""
LEVELS: Final[Mapping[str, Level]] = {
    "break_even": Level.WATCH, "time_buffer": Level.ACT, "liquidation": Level.ACT, "stale": Level.WATCH,
    "refused": Level.WATCH, "hedge_drift": Level.WATCH, "delta_drift": Level.WATCH, "trouble": Level.WATCH,
}  # fmt: skip
STATES: Final = ("ONSET", "SPIKE", "EXHAUST")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one subject. ``breached`` None: unknown, so nothing changes."""

    key: str
    rule: str
    level: Level
    breached: bool | None
    fact: str
    remedy: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source. ``as_of``: instant of the oldest datum in use; ``failing``, ``refusing``: since when, with why."""

    name: str
    as_of: dt.datetime | None
    limit_s: float
    failing: dt.datetime | None = None
    refusing: dt.datetime | None = None
    why: str = ""

    def age_s(self, now: dt.datetime) -> float | None:
        """Seconds since the oldest datum in use."""
        return None if self.as_of is None else max((now - self.as_of).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something of the monitor's own that is wrong: a book that cannot be read, a store in use."""

    what: str
    reason: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """What the rules look at. ``now``: the newest good observation, ``before`` the one before it; ``clock``: now."""

    now: Observation | None
    before: Observation | None
    sources: tuple[SourceState, ...]
    troubles: tuple[Trouble, ...]
    clock: dt.datetime


Rule = Callable[[Scene, RuleFile, Collection[str]], Iterator[Finding]]


def _bounds(rule: RuleFile, rising: bool = True) -> tuple[float, float]:
    """Threshold and clearing level."""
    at = AT[rule.rule] if rule.at is None else rule.at
    if rule.clear is not None:
        return at, rule.clear
    return at, at * CLEAR[rule.rule] if rising else at * 1.1


def _breached(value: float | None, bounds: tuple[float, float], active: bool, rising: bool = True) -> bool | None:
    if value is None:
        return None
    at, clear = bounds
    if rising:
        return value >= at or (active and value > clear)
    return value < at or (active and value < clear)


def _books(scene: Scene, rule: RuleFile) -> Iterator[Figures]:
    if scene.now is not None:
        yield from (one for one in scene.now.books if rule.books is None or one.book in rule.books)


def _level(rule: RuleFile) -> Level:
    return rule.level or LEVELS[rule.rule]


def regime(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """The market's state has become one of the named; one alert a state, which ends when the state does."""
    if scene.now is None:
        return
    seen, before = scene.now.regime, scene.before.regime if scene.before else None
    for name in rule.states or STATES:
        level = rule.level or (Level.WATCH if name == "EXHAUST" else Level.ACT)
        breached = None if seen.state is None else seen.state == name
        moved = f" (from {before.state})" if before and before.state not in (None, seen.state) else ""
        fact = f"the regime of {seen.day} is {seen.state}{moved}: {seen.rule}"
        yield Finding(f"{rule.name}/{name}", str(rule.name), level, breached, fact, "see the tickets: seawall hedge")


def break_even(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Volatility over break-even volatility, by factor: from 1 the rent is above the carry."""
    which, bounds = rule.against or "realised", _bounds(rule)
    for book in _books(scene, rule):
        for factor, found in book.break_evens.items():
            key = f"{rule.name}/{book.book}/{factor}"
            vol = found.realised if which == "realised" else found.implied
            ratio = None if vol is None or found.level is None or found.level <= 0.0 else vol / found.level
            fact = (
                f"{book.name}: {which} volatility of {factor} {vol:.1%} against its break-even {found.level:.1%}"
                if ratio is not None
                else f"{book.name}: the break-even of {factor} is not known now ({found.status})"
            )
            breached = _breached(ratio, bounds, key in active)
            if found.level is None and found.status.startswith("not short"):
                breached = False
            yield Finding(
                key, str(rule.name), _level(rule), breached, fact, "widen, hedge or hold less", ratio, bounds[0]
            )


def buffer(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Days the equity lasts at twice the break-even volatility."""
    bounds = _bounds(rule, rising=False)
    for book in _books(scene, rule):
        key, days = f"{rule.name}/{book.book}", book.buffer_days
        breached = _breached(days, bounds, key in active, rising=False)
        if days is None and book.buffer_status.startswith("not short"):
            breached = False
        told = f"{days:.1f} days" if days is not None else f"not known now ({book.buffer_status})"
        fact = f"{book.name}: the time buffer is {told}"
        yield Finding(key, str(rule.name), _level(rule), breached, fact, "add equity or hold less", days, bounds[0])


def liquidation(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Chance of liquidation within the horizon, by account."""
    bounds = _bounds(rule)
    for book in _books(scene, rule):
        for account, chance in book.chances.items():
            key = f"{rule.name}/{book.book}/{account}"
            breached = _breached(chance.share, bounds, key in active)
            fact = f"{book.name}: {account} is liquidated with chance {chance.share:.1%} ({chance.method})"
            remedy = "add collateral or hold less: seawall account"
            yield Finding(key, str(rule.name), _level(rule), breached, fact, remedy, chance.share, bounds[0])


def hedge_drift(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Share of the protection its policy wants that is still to be traded."""
    bounds = _bounds(rule)
    for book in _books(scene, rule):
        key, drift = f"{rule.name}/{book.book}", book.drift
        share = None if drift is None else drift.share
        breached = _breached(share, bounds, key in active)
        count = 0 if drift is None else len(drift.tickets)
        told = "not decided yet" if share is None else f"{share:.0%} off its policy, {count} tickets"
        fact = f"{book.name}: the hedge is {told}"
        yield Finding(key, str(rule.name), _level(rule), breached, fact, "place the tickets", share, bounds[0])


def delta_drift(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Absolute delta as a share of equity."""
    bounds = _bounds(rule)
    for book in _books(scene, rule):
        key, share = f"{rule.name}/{book.book}", book.net_delta
        breached = _breached(share, bounds, key in active)
        told = "unknown" if share is None else f"{book.delta_usd:,.0f} USD, {share:.0%} of equity"
        fact = f"{book.name}: delta is {told}"
        yield Finding(key, str(rule.name), _level(rule), breached, fact, "hedge the delta", share, bounds[0])


def stale(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """A source whose newest datum is older than its limit, or that never answered."""
    for one in scene.sources:
        if rule.sources is not None and one.name not in rule.sources:
            continue
        limit = one.limit_s if rule.at is None else rule.at
        age = one.age_s(scene.clock)
        if age is None and one.failing is not None:
            age = (scene.clock - one.failing).total_seconds()
        breached = None if age is None else age > limit
        why = f", {one.why}" if one.why else ""
        told = "has not answered yet" if one.as_of is None else f"is of {one.as_of:%Y-%m-%d %H:%M:%S} UTC"
        fact = f"{one.name} {told}{why}".replace(": ", ", ")
        remedy = "the last good state is shown: check the source"
        yield Finding(f"{rule.name}/{one.name}", str(rule.name), _level(rule), breached, fact, remedy, age, limit)


def refused(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """Data that is refused without a break for longer than the threshold."""
    at = AT["refused"] if rule.at is None else rule.at
    for one in scene.sources:
        if rule.sources is not None and one.name not in rule.sources:
            continue
        lasts = 0.0 if one.refusing is None else (scene.clock - one.refusing).total_seconds()
        fact = f"data of {one.name} is refused: {one.why}".replace(": ", ", ")
        breached = one.refusing is not None and lasts >= at
        remedy = "no alert rests on it: check the source"
        yield Finding(f"{rule.name}/{one.name}", str(rule.name), _level(rule), breached, fact, remedy, lasts, at)


def trouble(scene: Scene, rule: RuleFile, active: Collection[str]) -> Iterator[Finding]:
    """A book that cannot be read, or the monitor's own trouble, for longer than the threshold."""
    at = AT["trouble"] if rule.at is None else rule.at
    for one in scene.troubles:
        lasts = (scene.clock - one.since).total_seconds()
        fact = f"{one.what}: {one.reason}; the last good state is kept"
        key = f"{rule.name}/{one.what}"
        yield Finding(key, str(rule.name), _level(rule), lasts >= at, fact, "correct it", lasts, at)


RULES: Final[Mapping[str, Rule]] = MappingProxyType({
    "regime": regime, "break_even": break_even, "time_buffer": buffer, "liquidation": liquidation,
    "hedge_drift": hedge_drift, "delta_drift": delta_drift, "stale": stale, "refused": refused, "trouble": trouble,
})  # fmt: skip
OF_MARKET: Final = frozenset({"regime", "break_even", "time_buffer", "liquidation", "hedge_drift", "delta_drift"})
"""Rules that look at a good observation: they are asked only when there is a new one."""


def evaluated(scene: Scene, rules: tuple[RuleFile, ...], active: Collection[str], fresh: bool) -> tuple[Finding, ...]:
    """Findings of every rule that has something to look at; of an active key that no rule speaks of, that it is gone.

    ``fresh``: whether the observation is a new one.
    """
    found: list[Finding] = []
    for rule in rules:
        if rule.rule in OF_MARKET and not (fresh and scene.now is not None):
            continue
        said = list(RULES[rule.rule](scene, rule, active))
        known = {one.key for one in said}
        gone = [key for key in active if key.partition("/")[0] == rule.name and key not in known]
        found += said
        found += [Finding(key, str(rule.name), _gone(rule), False, f"{key} is over", "nothing to do") for key in gone]
    return tuple(found)


def _gone(rule: RuleFile) -> Level:
    return rule.level or LEVELS.get(rule.rule, Level.NOTE)
