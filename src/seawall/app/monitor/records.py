"""The monitor as one plain object: what the API answers, readers are sent, and a restart begins with."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from seawall.app.monitor.figures import Figures, Observation, RegimeView
from seawall.app.monitor.lifecycle import Alert
from seawall.app.monitor.rules import SourceState, Trouble
from seawall.app.service.answers import Record

LIVE: Final = "live"
STALE: Final = "stale"
DOWN: Final = "source down"
STARTING: Final = "starting"


def book_record(one: Figures) -> Record:
    """Figures of one book."""
    drift = one.drift
    return {
        "book": one.book, "name": one.name, "as_of": one.as_of.isoformat(), "value_usd": one.value_usd,
        "delta_usd": one.delta_usd, "gamma_usd_per_pct": one.gamma_usd_per_pct,
        "vega_usd_per_point": one.vega_usd_per_point, "nav_usd": one.nav_usd,
        "break_evens": {name: found._asdict() for name, found in one.break_evens.items()},
        "time_buffer_days": one.buffer_days, "time_buffer_status": one.buffer_status,
        "liquidation": {name: found._asdict() for name, found in one.chances.items()},
        "hedge_drift": None if drift is None else drift.share,
        "tickets": [] if drift is None else [ticket._asdict() for ticket in drift.tickets],
        "tickets_decided_at": None if drift is None else drift.decided_at.isoformat(),
        "modelled": list(one.modelled),
    }  # fmt: skip


def regime_record(one: RegimeView) -> Record:
    """The regime of the last known session."""
    return {"state": one.state, "day": None if one.day is None else one.day.isoformat(), "rule": one.rule}


def source_record(one: SourceState, now: dt.datetime) -> Record:
    """One source with its age."""
    age = one.age_s(now)
    state = DOWN if one.failing is not None else STALE if age is None or age > one.limit_s else LIVE
    return {
        "source": one.name, "state": state, "as_of": None if one.as_of is None else one.as_of.isoformat(),
        "age_s": age, "limit_s": one.limit_s,
        "refused_since": None if one.refusing is None else one.refusing.isoformat(),
        "failing_since": None if one.failing is None else one.failing.isoformat(), "why": one.why,
    }  # fmt: skip


def alert_record(one: Alert, value: float | None = None) -> Record:
    """One alert; ``value``: that of the newest finding."""
    when = {name: getattr(one, name) for name in ("since", "acknowledged", "closed")}
    return {
        "id": one.id, "key": one.key, "rule": one.rule, "level": str(one.level), "fact": one.fact,
        "remedy": one.remedy, "value": one.value if value is None else value, "threshold": one.threshold,
        "told": one.told, **{name: None if at is None else at.isoformat() for name, at in when.items()},
    }  # fmt: skip


def status_of(sources: Sequence[Record], observed: bool) -> str:
    """The monitor in one word: the worst of its sources."""
    if not observed:
        return STARTING
    states = {one["state"] for one in sources}
    return next((word for word in (DOWN, STALE) if word in states), LIVE)


def observation_record(seen: Observation | None, regime: RegimeView) -> Record:
    """The last good observation; nulls without one."""
    return {
        "observation": 0 if seen is None else seen.number,
        "last_good_at": None if seen is None else seen.at.isoformat(),
        "regime": regime_record(regime),
        "books": [] if seen is None else [book_record(one) for one in seen.books],
    }


def trouble_record(one: Trouble) -> Record:
    """One trouble."""
    return {"what": one.what, "reason": one.reason, "since": one.since.isoformat()}


def deliveries_record(
    counts: Mapping[tuple[str, str], int], waiting: Mapping[str, tuple[int, str]], names: Collection[str]
) -> list[Record]:
    """By channel: notices that arrived, attempts that failed, and what still waits with the last error."""
    none: tuple[int, str] = (0, "")
    return [
        {"channel": name, "ok": counts.get((name, "ok"), 0), "failed": counts.get((name, "failed"), 0),
         "abandoned": counts.get((name, "abandoned"), 0), "waiting": waiting.get(name, none)[0],
         "error": waiting.get(name, none)[1]}
        for name in names
    ]  # fmt: skip


def restored(kept: Mapping[str, Any]) -> Record:
    """The last state of a former run, marked as one of which nothing is known now."""
    return {**kept, "status": STARTING, "sources": [], "troubles": []} if kept else {}
