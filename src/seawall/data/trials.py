# ruff: noqa: S608  (names put into statements are constants of this module; values are parameters)
"""The trial registry: one row for every run ever made on this store, and none of them can vanish without a reason.

A file of its own beside the store, opened only for the moment of a read or a write, so that several processes can keep
it at once. A repeated run is the same row. Removed trials go to a table of their own and still count.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import duckdb
import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DataError, DomainError, InputError, UnregisteredTrialError
from seawall.data.store_file import PATIENCE_S, connect, home
from seawall.evidence.fingerprint import Fingerprint
from seawall.evidence.trials import Counts, Kind, Metrics, Outcome, Record, Trial, plain_lane

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

FILE: Final = "trials.duckdb"
LAYOUT: Final = 1
COLUMNS: Final = {
    "run_id": "VARCHAR", "kind": "VARCHAR", "name": "VARCHAR", "plan_hash": "VARCHAR", "data_hash": "VARCHAR",
    "code_hash": "VARCHAR", "seed": "BIGINT", "lane": "VARCHAR", "outcome": "VARCHAR", "reason": "VARCHAR",
    "metrics": "VARCHAR", "first": "DATE", "last": "DATE", "returns": "BLOB", "created_at": "TIMESTAMP",
    "version": "VARCHAR",
}  # fmt: skip
_DECLARED: Final = ", ".join(f'"{name}" {kind} NOT NULL' if name not in ("metrics", "first", "last", "returns")
                             else f'"{name}" {kind}' for name, kind in COLUMNS.items())  # fmt: skip
CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS registry (layout INTEGER PRIMARY KEY)",
    f"CREATE TABLE IF NOT EXISTS trial ({_DECLARED}, PRIMARY KEY (run_id))",
    f"CREATE TABLE IF NOT EXISTS removed ({_DECLARED}, removed_at TIMESTAMP NOT NULL, "
    "removal VARCHAR NOT NULL CHECK (length(trim(removal)) > 0))",
    "CREATE TABLE IF NOT EXISTS run_log (run_id VARCHAR PRIMARY KEY, kept_at TIMESTAMP NOT NULL, "
    "bytes BIGINT NOT NULL, about VARCHAR NOT NULL, fills BLOB NOT NULL, account BLOB NOT NULL, layers BLOB NOT NULL)",
    f"INSERT INTO registry SELECT {LAYOUT} WHERE NOT EXISTS (FROM registry)",
)
KEPT: Final = "<f4"
"""Returns are kept as 32-bit floats, little end first: seven digits, half the file."""

SHORTEST: Final = 4
REASON_MOST: Final = 400


class Family(NamedTuple):
    """Session returns of several trials over the same sessions: shape (sessions, trials), columns as ``run_ids``."""

    run_ids: tuple[str, ...]
    first: dt.date
    last: dt.date
    returns: NDArray[np.float64]


def registry_path() -> Path:
    """Where the registry is, or would be: beside the store, also where there is none."""
    return home() / FILE


@final
class Registry:
    """The registry at ``path``; every call opens the file and gives it back, waiting ``wait_s`` for its other users.

    Raises ``DataError`` when it stays in use, is damaged or of another layout; ``InputError`` if its folder cannot be
    made.
    """

    def __init__(self, path: Path | None = None, wait_s: float = PATIENCE_S) -> None:
        self.path = registry_path() if path is None else path
        self.wait_s = wait_s

    @contextmanager
    def opened(self, write: bool) -> "Iterator[duckdb.DuckDBPyConnection]":
        """The file for one read, or one transaction that is kept only if nothing in it fails."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise InputError(f"{self.path.parent} cannot be made ({fault.strerror}): set SEAWALL_HOME") from None
        connection = connect(self.path, not write, self.wait_s)
        try:
            if write:
                connection.execute("BEGIN TRANSACTION")
                for statement in CREATE:
                    connection.execute(statement)
            found = connection.execute("SELECT layout FROM registry").fetchone()
            if found is None or found[0] != LAYOUT:
                raise DataError(
                    f"{self.path} has layout {found and found[0]}, not {LAYOUT}: use the program that wrote it"
                )
            yield connection
            if write:
                connection.execute("COMMIT")
        except duckdb.Error as fault:
            said = str(fault).splitlines()[0][:120]
            raise DataError(f"the trial registry {self.path} cannot be used ({said}): free disk, or move it") from None
        finally:
            connection.close()

    def record(self, trials: Iterable[Trial]) -> int:
        """Append trials in one transaction; returns how many were new. A run that is there already is left as it is."""
        rows = [_row(trial) for trial in trials]
        if not rows:
            return 0
        columns = [list(column) for column in zip(*rows, strict=True)]
        marks = ", ".join(f"unnest(?::{kind}[])" for kind in COLUMNS.values())
        with self.opened(write=True) as connection:
            before = _one(connection, "SELECT count(*) FROM trial")
            connection.execute(f"INSERT OR IGNORE INTO trial SELECT {marks}", columns)
            return _one(connection, "SELECT count(*) FROM trial") - before

    def find(self, run_ids: Sequence[str]) -> dict[str, Trial]:
        """Those of the runs that are registered, by id."""
        rows = self._rows("trial", "run_id IN (SELECT unnest(?))", [list(run_ids)]) if run_ids else []
        return {str(row[0]): _trial(row) for row in rows}

    def measures(self, run_ids: Sequence[str]) -> dict[str, tuple[Metrics | None, str]]:
        """Metrics, or None and the reason, of those of the runs that are registered, by id; without their returns."""
        if not run_ids or not self.path.is_file():
            return {}
        with self.opened(write=False) as connection:
            rows = connection.execute(
                "SELECT run_id, metrics, reason FROM trial WHERE run_id IN (SELECT unnest(?))", [list(run_ids)]
            ).fetchall()
        return {str(row[0]): (None if row[1] is None else Metrics(**json.loads(row[1])), str(row[2])) for row in rows}

    def get(self, start: str) -> Trial:
        """The trial whose id begins with ``start``. Raises ``UnregisteredTrialError`` if there is none or not one."""
        ids = self._rows("trial", "starts_with(run_id, ?)", [start]) if len(start) >= SHORTEST else []
        if len(ids) != 1:
            fact = f"{len(ids)} trials begin with {start[:24]!r}" if ids else f"no trial begins with {start[:24]!r}"
            raise UnregisteredTrialError(f"{fact}: see `seawall trials`, and give {SHORTEST} digits or more")
        return _trial(ids[0])

    def trials(self, kind: Kind | None = None) -> list[Trial]:
        """Every registered trial, the oldest first."""
        where, values = ("kind = ?", [str(kind)]) if kind else ("true", [])
        return [_trial(row) for row in self._rows("trial", where, values)]

    def latest(self, count: int) -> list[Trial]:
        """The newest trials that ended, the newest first."""
        chosen = "run_id IN (SELECT run_id FROM trial WHERE outcome = ? ORDER BY created_at DESC, run_id LIMIT ?)"
        return [_trial(row) for row in self._rows("trial", chosen, [str(Outcome.DONE), count])][::-1]

    def removed(self) -> list[tuple[Trial, dt.datetime, str]]:
        """Every removed trial with the time and the reason of its removal, the oldest first."""
        rows = self._rows("removed", "true", [], ", removed_at, removal")
        return [(_trial(row), row[-2].replace(tzinfo=dt.UTC), str(row[-1])) for row in rows]

    def count(self, kind: Kind | None = None, plan: str | None = None, data: str | None = None) -> Counts:
        """Runs ever made, of a kind, of a plan or on some data if asked; each counted once, also when removed."""
        if not self.path.is_file():
            return Counts(0, 0, 0, 0)
        asked = {"kind": kind and str(kind), "plan_hash": plan, "data_hash": data}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(["true", *(f"{name} = ?" for name in given)])
        both = (
            "SELECT run_id, kind, plan_hash, data_hash, outcome, true AS here FROM trial UNION ALL "
            "SELECT run_id, kind, plan_hash, data_hash, outcome, false FROM removed"
        )
        told = f"SELECT run_id, plan_hash, outcome, bool_or(here) AS here FROM ({both}) WHERE {where} GROUP BY ALL"
        with self.opened(write=False) as connection:
            found = connection.execute(
                f"SELECT count(DISTINCT run_id) FILTER (outcome = '{Outcome.DONE}'), "
                f"count(DISTINCT run_id) FILTER (outcome = '{Outcome.DONE}' AND NOT here), "
                f"count(DISTINCT run_id) FILTER (outcome = '{Outcome.FAILED}'), "
                f"count(DISTINCT plan_hash) FILTER (outcome = '{Outcome.DONE}') FROM ({told})",
                list(given.values()),
            ).fetchone()
        return Counts(*(int(number) for number in found or (0, 0, 0, 0)))

    def frame(self, kind: Kind | None = None) -> "pl.DataFrame":
        """Registered trials, the oldest first: one column a name, a hash and a metric; lane parameters as JSON."""
        import polars as pl

        rows = [
            {
                "run_id": one.run_id, "kind": str(one.kind), "name": one.name, "plan_hash": one.fingerprint.plan,
                "data_hash": one.fingerprint.data, "code_hash": one.fingerprint.code, "seed": one.fingerprint.seed,
                "lane": _lane(one.lane), "outcome": str(one.outcome), "reason": one.reason,
                **(one.record.metrics._asdict() if one.record else dict.fromkeys(Metrics._fields)),
                "first": one.record and one.record.first, "last": one.record and one.record.last,
                "created_at": one.created_at, "version": one.version,
            }
            for one in self.trials(kind)
        ]  # fmt: skip
        return pl.DataFrame(rows, infer_schema_length=None)

    def family(self, run_ids: Sequence[str]) -> Family:
        """Returns of several trials side by side, for PBO: only ``run_ids`` that ended.

        Raises ``UnregisteredTrialError`` for one that is not there, ``DomainError`` if their sessions differ.
        """
        found = self.find(run_ids)
        absent = [one for one in run_ids if one not in found]
        if absent:
            raise UnregisteredTrialError(f"trial {absent[0][:24]} is not registered: run it first")
        records = {one: record for one in dict.fromkeys(run_ids) if (record := found[one].record) is not None}
        spans = {(record.first, record.last, record.returns.size) for record in records.values()}
        if len(spans) != 1:
            raise DomainError(f"{len(records)} trials over {len(spans)} spans of sessions: take those of one span")
        first, last, _ = next(iter(spans))
        return Family(tuple(records), first, last, np.column_stack([record.returns for record in records.values()]))

    def remove(self, run_ids: Sequence[str], reason: str) -> int:
        """Move trials to the removed ones, with the reason and the time; returns how many. They still count.

        Raises ``InputError`` without a reason and ``UnregisteredTrialError``, before anything moves, for a trial that
        is not there.
        """
        told = " ".join(reason.split())
        if not told or len(told) > REASON_MOST:
            raise InputError(f"a trial is removed only with a reason, 1 to {REASON_MOST} signs: say why")
        absent = [one for one in run_ids if one not in self.find(run_ids)]
        if absent:
            raise UnregisteredTrialError(f"trial {absent[0][:24]} is not registered: see `seawall trials`")
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        ids = list(dict.fromkeys(run_ids))
        with self.opened(write=True) as connection:
            chosen = "FROM trial WHERE run_id IN (SELECT unnest(?))"
            connection.execute(f"INSERT INTO removed SELECT {names}, ?, ? {chosen}", [now, told, ids])
            connection.execute(f"DELETE {chosen}", [ids])
            connection.execute("DELETE FROM run_log WHERE run_id IN (SELECT unnest(?))", [ids])
        return len(ids)

    def _rows(self, table: str, where: str, values: list[Any], more: str = "") -> list[tuple[Any, ...]]:
        if not self.path.is_file():
            return []
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        statement = f"SELECT {names}{more} FROM {table} WHERE {where} ORDER BY created_at, run_id"
        with self.opened(write=False) as connection:
            return connection.execute(statement, values).fetchall()


def _lane(lane: Mapping[str, object]) -> str:
    return json.dumps(plain_lane(lane), allow_nan=False)


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


def _row(trial: Trial) -> list[Any]:
    mark, record = trial.fingerprint, trial.record
    kept: list[Any] = [None, None, None, None]
    if record is not None:
        told = json.dumps(record.metrics._asdict(), allow_nan=False)
        kept = [told, record.first, record.last, record.returns.astype(KEPT).tobytes()]
    when = trial.created_at.astimezone(dt.UTC).replace(tzinfo=None)
    return [
        trial.run_id, str(trial.kind), trial.name, mark.plan, mark.data, mark.code, mark.seed, _lane(trial.lane),
        str(trial.outcome), trial.reason, *kept, when, trial.version,
    ]  # fmt: skip


def _trial(row: Sequence[Any]) -> Trial:
    held = dict(zip(COLUMNS, row, strict=False))
    record = None
    if held["metrics"] is not None:
        returns = np.frombuffer(held["returns"], dtype=KEPT).astype(np.float64)
        record = Record(Metrics(**json.loads(held["metrics"])), held["first"], held["last"], returns)
    return Trial(
        Fingerprint(held["plan_hash"], held["data_hash"], held["code_hash"], held["seed"]),
        Kind(held["kind"]), held["name"], json.loads(held["lane"]), record, held["reason"],
        held["created_at"].replace(tzinfo=dt.UTC), held["version"],
    )  # fmt: skip
