# ruff: noqa: S608  (names put into statements are constants of store_schema; values are parameters)
"""The store: one DuckDB file with every series, chain, pool, release and the record of where each came from.

An import is one transaction: after a crash the store is as before it or as after it. Rows enter through Parquet files
beside the store and leave through one, so that neither pyarrow nor pandas is needed (reading a relation straight into
polars works too, but leaves nanobind's leak report on stderr when the process ends).
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import duckdb
import polars as pl

from seawall.core.errors import DataError, InputError, MissingDataError
from seawall.data.files.batch import Batch
from seawall.data.staging import Staging, Subject
from seawall.data.store_file import connect, store_path
from seawall.data.store_schema import CREATE, TABLES, VERSION, Merge

if TYPE_CHECKING:
    from seawall.market.chain import Chain
    from seawall.market.history import History


@final
@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a batch came from: file name or address, and the SHA-256 of its bytes."""

    file: str
    sha256: str
    when: dt.datetime | None = None


@final
@dataclass(frozen=True, slots=True)
class Receipt:
    """What an import did.

    ``quarantined``: stored values that fail a check now, of the series it touched;
    ``refused``: rows of the file that were not stored (unreadable, or a second value for one instant).
    """

    added: int
    unchanged: int
    revised: int
    quarantined: int
    refused: int = 0
    absent: int = 0
    rows: int = 0
    source: str = ""
    format: str = ""
    subjects: tuple[Subject, ...] = ()
    notes: tuple[str, ...] = ()


@final
class Store:
    """The open store; use it with ``with``. Rows are never deleted: what is corrected stays in ``revision``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, read_only: bool) -> None:
        self._db = connection
        self.path = path
        self.read_only = read_only

    @staticmethod
    def open(path: Path | None = None, read_only: bool = False, wait_s: float | None = None) -> "Store":
        """Open the store, and make it unless ``read_only``.

        Many readers or one writer at a time: a second process waits ``wait_s`` seconds (None: as ``connect``). Raises
        ``MissingDataError`` when there is none to read, ``DataError`` when it is in use, damaged or of another version.
        """
        place = store_path() if path is None else path
        if read_only and not place.is_file():
            raise MissingDataError(f"there is no store at {place}: fill one with `seawall data import PATH`")
        if set("*?[") & set(str(place)):
            raise InputError(f"{place} has one of * ? [ in its name, which DuckDB reads as a pattern: set SEAWALL_HOME")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise InputError(f"{place.parent} cannot be made ({fault.strerror}): set SEAWALL_HOME") from None
        store = Store(connect(place, read_only, wait_s), place, read_only)
        try:
            store._prepare()
        except duckdb.Error as fault:
            store.close()
            raise DataError(f"{place} is not a seawall store ({str(fault).splitlines()[0][:80]}): move it") from None
        except DataError:
            store.close()
            raise
        return store

    def _prepare(self) -> None:
        if not self.read_only:
            with self._transaction():
                for statement in CREATE:
                    self._db.execute(statement)
            for left in self.path.parent.glob(f"{self.path.stem}.staging-*"):
                shutil.rmtree(left, ignore_errors=True)  # of an import that was killed: we hold the only lock
        found = self._db.execute("SELECT version FROM schema_version").fetchone()
        if found is None or found[0] != VERSION:
            raise DataError(f"{self.path} has layout {found and found[0]}, this program writes {VERSION}: import anew")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
        shutil.rmtree(self.path.with_suffix(".spill"), ignore_errors=True)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection, for a room neighbour that keeps a table of its own here."""
        return self._db

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """A folder of our own beside the store, gone afterwards."""
        place = self.path.parent if not self.read_only else None
        folder = Path(tempfile.mkdtemp(prefix=f"{self.path.stem}.staging-", dir=place))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Result of a SELECT as a frame, through a Parquet file. Raises ``InputError`` when it cannot be run."""
        with self._folder() as folder:
            out = folder / "result.parquet"
            try:
                self._db.execute(f"COPY ({statement}) TO '{_quoted(out)}' (FORMAT parquet)", list(parameters))
            except duckdb.Error as fault:
                raise InputError(f"the store cannot answer that: {str(fault).splitlines()[0]}") from None
            return pl.read_parquet(out, glob=False)

    def count(self, table: str) -> int:
        """Rows of a table."""
        found = self._db.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def put(self, batch: Batch | Iterable[Batch], provenance: Provenance) -> Receipt:
        """Store a batch, or the parts of one, in one transaction; then check the series it touched.

        Raises ``DataError`` when the store was opened to read or the disk refuses; nothing is stored then.
        """
        if self.read_only:
            raise DataError(f"{self.path} is open for reading: open it with read_only=False to store")
        with self._folder() as folder:
            staging = Staging(folder)
            for part in (batch,) if isinstance(batch, Batch) else batch:
                staging.add(part)
            try:
                with self._transaction():
                    return self._merge(staging, provenance)
            except duckdb.Error as fault:
                said = str(fault).splitlines()[0][:160]
                raise DataError(f"nothing of {provenance.file} was stored ({said}): free disk or memory") from None

    def _merge(self, staging: Staging, provenance: Provenance) -> Receipt:
        from seawall.data.quality import judge
        from seawall.data.records import record_import, record_refused

        when = (provenance.when or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
        import_id, is_new = self._import_id(provenance)
        totals = {"added": 0, "unchanged": 0, "revised": 0}
        conflicts = 0
        refused: list[pl.DataFrame] = []
        for name, files in staging.files().items():
            listed = ", ".join(f"'{_quoted(file)}'" for file in files)
            relation = f"read_parquet([{listed}])"
            if not staging.rising[name]:
                numbered = f"read_parquet([{listed}], filename = true, file_row_number = true)"
                relation, twice = self._distinct(name, numbered)
                conflicts += twice.height
                refused.append(twice)
            self._merge_table(Merge(TABLES[name], relation), staging, (when, import_id), totals)
        counts = (*totals.values(), staging.refused + conflicts)
        record_refused(self._db, provenance, staging, refused)
        if is_new:
            record_import(self._db, (import_id, when), provenance, staging, counts)
        subjects = tuple(sorted(staging.subjects))
        quarantined = sum(judge(self._db, subject) for subject in subjects)
        return Receipt(
            totals["added"], totals["unchanged"], totals["revised"], quarantined, staging.refused + conflicts,
            staging.absent, staging.rows, staging.source, staging.format, subjects, tuple(staging.notes),
        )  # fmt: skip

    def _import_id(self, provenance: Provenance) -> tuple[int, bool]:
        same = "SELECT import_id FROM provenance WHERE sha256 = ? AND file = ?"
        found = self._db.execute(same, [provenance.sha256, provenance.file]).fetchone()
        if found:
            return int(found[0]), False
        last = self._db.execute("SELECT coalesce(max(import_id), 0) + 1 FROM provenance").fetchone()
        return int(last[0]) if last else 1, True

    def _merge_table(
        self, merge: Merge, staging: Staging, stamp: tuple[dt.datetime, int], totals: dict[str, int]
    ) -> None:
        when, import_id = stamp
        if not any(self._has(subject) for subject in staging.subjects if subject.table == merge.table.name):
            done = self._db.execute(merge.add_all(), [import_id]).fetchone()
            totals["added"] += int(done[0]) if done else 0
            return
        found = self._db.execute(merge.count()).fetchone() or (0, 0, 0)
        if found[2]:
            self._db.execute(merge.keep_old(), [when, import_id])
            self._db.execute(merge.replace(), [import_id])
        if found[0]:
            self._db.execute(merge.add(), [import_id])
        for name, number in zip(totals, found, strict=True):
            totals[name] += int(number)

    def _has(self, subject: Subject) -> bool:
        table = TABLES[subject.table]
        statement = f'SELECT 1 FROM {table.name} WHERE "{table.subject}" = ? AND source = ? LIMIT 1'
        return self._db.execute(statement, [subject.name, subject.source]).fetchone() is not None

    def _distinct(self, name: str, relation: str) -> tuple[str, pl.DataFrame]:
        """One row a key, the first of the file; and the later ones that say something else."""
        table = TABLES[name]
        key = ", ".join(f'"{column}"' for column in table.key)
        numbered = f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY filename, file_row_number) AS nth FROM "
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE staged_{name} AS {numbered} {relation}")
        match = " AND ".join(f'a."{column}" = b."{column}"' for column in table.key)
        differ = " OR ".join(f'a."{column}" IS DISTINCT FROM b."{column}"' for column in table.values)
        value = next(
            (f'a."{column}"' for column in ("close", "value", "rate", "bid") if column in table.values), "NULL"
        )
        conflicts = self.query(
            f'SELECT a."{table.subject}" AS subject, a.source AS source, a."{table.time}" AS moment, {value} AS value, '
            f"'{name}' AS \"table\" FROM staged_{name} a JOIN staged_{name} b ON {match} "
            f"WHERE a.nth > 1 AND b.nth = 1 AND ({differ}) ORDER BY ALL"
        )
        return f"(SELECT * FROM staged_{name} WHERE nth = 1)", conflicts

    def check(self) -> int:
        """Run every check anew over everything stored; returns how many values are withheld."""
        from seawall.data.quality import judge

        total = 0
        for table in TABLES.values():
            listed = f'SELECT DISTINCT "{table.subject}", source FROM {table.name}'
            subjects = [Subject(table.name, *pair) for pair in self._db.execute(listed).fetchall()]
            with self._transaction():
                total += sum(judge(self._db, subject) for subject in sorted(subjects))
        return total

    def history(self, names: Sequence[str] | None = None, now: dt.datetime | None = None) -> "History":
        """Daily and monthly series as a ``History``: what passed the checks, the best source a day.

        Of a release the vintage known at ``now`` is taken, the first print without it. See ``data.series``.
        """
        from seawall.data.series import history

        return history(self, names, now)

    def chain_days(self, underlying: str) -> list[dt.date]:
        """New York dates of the stored chains of an underlying, oldest first."""
        from seawall.data.series import chain_days

        return chain_days(self, underlying)

    def chains(self, underlying: str, day: dt.date | None = None) -> "list[Chain]":
        """Stored chains of an underlying, of one New York date or all, oldest first."""
        from seawall.data.series import chains

        return chains(self, underlying, day)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
