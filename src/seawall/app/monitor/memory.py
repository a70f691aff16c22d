"""What outlives the process: alerts, notices to be sent, and the last good marks, in one SQLite file.

Alert and notice are written in one transaction before anything is sent, so a killed process neither loses nor repeats
one. The file belongs to one monitor at a time.
"""

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, final

from seawall.app.monitor.lifecycle import Alert, Notice, Step
from seawall.app.service.alerts import Level
from seawall.app.service.refusal import NOT_FOUND, RefusedError
from seawall.core.errors import InputError

VERSION: Final = 1
KEPT: Final = 500
"""Ended alerts, and delivered or abandoned notices, that are kept to be shown."""
LONGEST_WAIT_S: Final = 300.0
CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS alert (id TEXT PRIMARY KEY, key TEXT NOT NULL, rule TEXT NOT NULL, level TEXT NOT NULL,"
    " fact TEXT NOT NULL, remedy TEXT NOT NULL, value REAL, threshold REAL, since TEXT NOT NULL, told INTEGER NOT NULL,"
    " told_at TEXT, acknowledged TEXT, closed TEXT)",
    "CREATE INDEX IF NOT EXISTS alert_open ON alert (closed, key)",
    "CREATE TABLE IF NOT EXISTS sent (key TEXT PRIMARY KEY, at TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS outbox (id TEXT NOT NULL, channel TEXT NOT NULL, alert TEXT NOT NULL,"
    " kind TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL, not_before TEXT NOT NULL, attempts INTEGER NOT NULL"
    " DEFAULT 0, error TEXT NOT NULL DEFAULT '', done TEXT, failed INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (id, channel))",
    "CREATE INDEX IF NOT EXISTS outbox_due ON outbox (done, channel, not_before)",
    "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, content TEXT NOT NULL)",
)
FIELDS: Final = (
    "id", "key", "rule", "level", "fact", "remedy", "value", "threshold", "since", "told", "told_at", "acknowledged",
    "closed",
)  # fmt: skip
KEEP: Final = (
    f"INSERT INTO alert ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))}) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608
    "fact = excluded.fact, value = excluded.value, told = excluded.told, told_at = excluded.told_at, "
    "closed = excluded.closed, acknowledged = COALESCE(acknowledged, excluded.acknowledged)"
)
"""An acknowledgement that came in between is kept."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice for one channel, as it is sent."""

    id: str
    channel: str
    alert: str
    kind: str
    body: dict[str, Any]
    at: dt.datetime
    attempts: int


def _text(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _alert(row: sqlite3.Row) -> Alert:
    given = {name: row[name] for name in FIELDS}
    for name in ("since", "told_at", "acknowledged", "closed"):
        given[name] = _instant(given[name])
    return Alert(**{**given, "level": Level(given["level"])})


def body_of(notice: Notice) -> dict[str, Any]:
    """A notice as a receiver reads it."""
    alert = notice.alert
    return {
        "seawall_alert": 1, "id": notice.id, "alert": alert.id, "kind": notice.kind, "rule": alert.rule,
        "key": alert.key, "level": str(alert.level), "fact": alert.fact, "remedy": alert.remedy, "value": alert.value,
        "threshold": alert.threshold, "since": _text(alert.since), "at": _text(notice.at), "told": alert.told,
    }  # fmt: skip


@final
class Memory:
    """The open file. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises ``InputError`` when it is in use, damaged, or cannot be written."""
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=2.0, check_same_thread=False, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._prepare()
        except sqlite3.OperationalError as fault:
            reason = "another monitor is using it" if "locked" in str(fault) else str(fault)
            raise InputError(f"the state file {path} cannot be used ({reason}): stop it, or name another") from None
        except sqlite3.DatabaseError as fault:
            raise InputError(f"the state file {path} is damaged ({fault}): move it away") from None
        except OSError as fault:
            raise InputError(f"{path.parent} cannot be made ({fault.strerror}): name another `state`") from None

    def _prepare(self) -> None:
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        with self._writing():
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, VERSION):
                raise InputError(
                    f"the state file {self.path} has layout {found}, this program writes {VERSION}: move it"
                )
            for statement in CREATE:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def active(self) -> dict[str, Alert]:
        """Alerts that have not ended, by key."""
        with self._lock:
            rows = self._db.execute("SELECT * FROM alert WHERE closed IS NULL").fetchall()
        return {row["key"]: _alert(row) for row in rows}

    def ended(self, most: int = 50) -> tuple[Alert, ...]:
        """Alerts that have ended, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT * FROM alert WHERE closed IS NOT NULL ORDER BY closed DESC LIMIT ?", (most,)
            ).fetchall()
        return tuple(_alert(row) for row in rows)

    def sent(self) -> dict[str, dt.datetime]:
        """When each key was told last."""
        with self._lock:
            rows = self._db.execute("SELECT key, at FROM sent").fetchall()
        return {row["key"]: dt.datetime.fromisoformat(row["at"]) for row in rows}

    def write(self, made: Step, channels: Sequence[str]) -> None:
        """Alerts and notices of one step, all or nothing."""
        if not made.alerts and not made.notices:
            return
        with self._writing():
            for alert in made.alerts:
                values = [getattr(alert, name) for name in FIELDS]
                plain = [_text(one) if isinstance(one, dt.datetime) else one for one in values]
                self._db.execute(KEEP, plain)
            for notice in made.notices:
                self._enqueue(notice, channels)
            self._prune()

    def _enqueue(self, notice: Notice, channels: Sequence[str]) -> None:
        for channel in channels:
            if notice.kind == "cleared" and self._told_in_one(notice, channel):
                continue
            self._db.execute(
                "INSERT INTO outbox (id, channel, alert, kind, body, at, not_before)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, channel) DO NOTHING",
                (notice.id, channel, notice.alert.id, notice.kind, json.dumps(body_of(notice)), _text(notice.at),
                 _text(notice.not_before)),
            )  # fmt: skip
        if notice.kind in ("alert", "again"):
            self._db.execute(
                "INSERT OR REPLACE INTO sent (key, at) VALUES (?, ?)", (notice.alert.key, _text(notice.at))
            )

    def _told_in_one(self, notice: Notice, channel: str) -> bool:
        """Whether the beginning still waits for the end of quiet hours: then one notice tells both."""
        found = self._db.execute(
            "SELECT id, body FROM outbox WHERE alert = ? AND channel = ? AND kind = 'alert' AND done IS NULL"
            " AND attempts = 0 AND not_before > ?",
            (notice.alert.id, channel, _text(notice.at)),
        ).fetchone()
        if found is None:
            return False
        body = json.loads(found["body"]) | {"over_at": _text(notice.at)}
        body["fact"] += f" (over since {notice.at:%Y-%m-%d %H:%M} UTC)"
        self._db.execute(
            "UPDATE outbox SET body = ? WHERE id = ? AND channel = ?", (json.dumps(body), found["id"], channel)
        )
        return True

    def _prune(self) -> None:
        self._db.execute(
            "DELETE FROM alert WHERE closed IS NOT NULL AND id NOT IN"
            " (SELECT id FROM alert WHERE closed IS NOT NULL ORDER BY closed DESC LIMIT ?)", (KEPT,)
        )  # fmt: skip
        self._db.execute(
            "DELETE FROM outbox WHERE done IS NOT NULL AND rowid NOT IN"
            " (SELECT rowid FROM outbox WHERE done IS NOT NULL ORDER BY done DESC LIMIT ?)", (KEPT,)
        )  # fmt: skip

    def due(self, channel: str, now: dt.datetime) -> Letter | None:
        """The oldest notice of a channel that may be sent now; of one alert never the end before its beginning."""
        with self._lock:
            row = self._db.execute(
                "SELECT * FROM outbox WHERE done IS NULL AND channel = ? AND not_before <= ? AND NOT EXISTS"
                " (SELECT 1 FROM outbox AS first WHERE first.alert = outbox.alert AND first.channel = outbox.channel"
                " AND first.done IS NULL AND first.at < outbox.at) ORDER BY not_before, at LIMIT 1",
                (channel, _text(now)),
            ).fetchone()  # fmt: skip
        if row is None:
            return None
        at = dt.datetime.fromisoformat(row["at"])
        return Letter(row["id"], channel, row["alert"], row["kind"], json.loads(row["body"]), at, row["attempts"])

    def delivered(self, letter: Letter, now: dt.datetime) -> None:
        """A notice arrived."""
        self._settle(letter, "done = ?, error = ''", (_text(now),))

    def failed(self, letter: Letter, error: str, again: dt.datetime | None, now: dt.datetime) -> None:
        """A notice did not arrive: when to try again, None for never."""
        if again is None:
            self._settle(letter, "done = ?, failed = 1, error = ?", (_text(now), error))
        else:
            self._settle(letter, "not_before = ?, error = ?", (_text(again), error))

    def _settle(self, letter: Letter, what: str, values: tuple[str | None, ...]) -> None:
        with self._writing():
            self._db.execute(
                f"UPDATE outbox SET attempts = attempts + 1, {what} WHERE id = ? AND channel = ?",  # noqa: S608
                (*values, letter.id, letter.channel),
            )

    def waiting(self) -> dict[str, tuple[int, str]]:
        """By channel: notices that have not arrived yet, and the last error among them."""
        with self._lock:
            rows = self._db.execute(
                "SELECT channel, COUNT(*) AS n, MAX(error) AS error FROM outbox WHERE done IS NULL GROUP BY channel"
            ).fetchall()
        return {row["channel"]: (int(row["n"]), str(row["error"])) for row in rows}

    def acknowledge(self, identity: str, now: dt.datetime) -> Alert:
        """Somebody has seen an alert: it is not repeated. Raises ``RefusedError`` for one that is not there."""
        with self._writing():
            row = self._db.execute("SELECT * FROM alert WHERE id = ?", (identity,)).fetchone()
            if row is None:
                raise RefusedError(NOT_FOUND, "there is no such alert: GET /api/v1/monitor lists them")
            found = _alert(row)
            if found.acknowledged is None:
                self._db.execute("UPDATE alert SET acknowledged = ? WHERE id = ?", (_text(now), identity))
                found = replace(found, acknowledged=now)
        return found

    def remember(self, name: str, content: Mapping[str, Any]) -> None:
        """Keep an object under a name."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, json.dumps(content)))

    def recall(self, name: str) -> dict[str, Any]:
        """The object of a name; empty without one."""
        with self._lock:
            row = self._db.execute("SELECT content FROM memory WHERE name = ?", (name,)).fetchone()
        return {} if row is None else dict(json.loads(row["content"]))
