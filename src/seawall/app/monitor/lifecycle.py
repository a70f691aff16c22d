"""From findings to notices: an alert begins, waits out its cool-down and the quiet hours, repeats, and ends.

Pure: what is active, what was found, and the clock give what is active now and what is to be told. The memory writes
both in one transaction.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from seawall.app.monitor.rules import Finding
from seawall.app.monitor.schema import QuietFile
from seawall.app.service.alerts import Level

ORDER: Final = (Level.ACT, Level.WATCH, Level.NOTE)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. ``told_at``: when its first notice was written, None while it waits; ``told``: notices so far."""

    id: str
    key: str
    rule: str
    level: Level
    fact: str
    remedy: str
    value: float | None
    threshold: float | None
    since: dt.datetime
    told: int = 0
    told_at: dt.datetime | None = None
    acknowledged: dt.datetime | None = None
    closed: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told: ``kind`` alert, again, cleared or test. ``id`` is the same however often it is sent."""

    id: str
    kind: str
    alert: Alert
    at: dt.datetime
    not_before: dt.datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a rule: seconds between notices of one key, between repeats (0: none), and whether an end is told."""

    cool_down: float
    repeat: float
    cleared: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What changed: alerts to write, notices to send."""

    alerts: tuple[Alert, ...]
    notices: tuple[Notice, ...]


def alert_id(key: str, since: dt.datetime) -> str:
    """The same for the same alert, on any machine and after a restart."""
    return sha256(f"{key}\0{since.isoformat()}".encode()).hexdigest()[:16]


def quiet_until(quiet: QuietFile | None, level: Level, now: dt.datetime) -> dt.datetime:
    """When a notice of a level may be sent: now, or at the end of the quiet hours."""
    if quiet is None or ORDER.index(level) <= ORDER.index(quiet.pierce):
        return now
    local = now.astimezone(ZoneInfo(quiet.zone))
    start, end, clock = quiet.start, quiet.end, local.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return now
    day = local.date() if clock < end else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, end, local.tzinfo).astimezone(dt.UTC)


def step(
    active: Mapping[str, Alert],
    findings: Sequence[Finding],
    now: dt.datetime,
    terms: Mapping[str, Terms],
    sent: Mapping[str, dt.datetime],
    quiet: QuietFile | None,
) -> Step:
    """What follows from the findings. ``sent``: when each key was told last, also by alerts that have ended."""
    alerts: list[Alert] = []
    notices: list[Notice] = []

    def tell(alert: Alert, kind: str) -> None:
        again = f"-{alert.told}" if kind == "again" else ""
        notices.append(Notice(f"{alert.id}-{kind}{again}", kind, alert, now, quiet_until(quiet, alert.level, now)))

    for one in findings:
        known, rule = active.get(one.key), terms[one.rule]
        if one.breached is None or (known is None and not one.breached):
            continue
        if not one.breached and known is not None:
            ended = replace(known, closed=now, value=one.value)
            alerts.append(ended)
            if known.told and rule.cleared:
                tell(replace(ended, fact=f"over: {known.fact}" if not one.fact else f"over: {one.fact}"), "cleared")
            continue
        alert = _begun(one, now) if known is None else replace(known, fact=one.fact, value=one.value)
        last = sent.get(one.key)
        if not alert.told and (last is None or (now - last).total_seconds() >= rule.cool_down):
            alert = replace(alert, told=1, told_at=now)
            tell(alert, "alert")
        elif alert.told and _due(alert, rule, now):
            alert = replace(alert, told=alert.told + 1, told_at=now)
            tell(alert, "again")
        if known is None or alert.told != known.told:
            alerts.append(alert)
    return Step(tuple(alerts), tuple(notices))


def _begun(one: Finding, now: dt.datetime) -> Alert:
    return Alert(
        alert_id(one.key, now), one.key, one.rule, one.level, one.fact, one.remedy, one.value, one.threshold, now
    )


def _due(alert: Alert, rule: Terms, now: dt.datetime) -> bool:
    if rule.repeat <= 0.0 or alert.acknowledged is not None or alert.told_at is None:
        return False
    return (now - alert.told_at).total_seconds() >= rule.repeat
