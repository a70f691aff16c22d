# ruff: noqa: S608  (every name put into a statement is a constant of this module)
"""Tables of the store: their columns, the key of a row, and how one is brought up to date inside a transaction.

A row whose key is new is added; one whose values differ replaces the old one, which goes to ``revision``; equal rows
are left alone, so that a second import of the same facts changes nothing.
"""

from dataclasses import dataclass
from typing import Final, final

import polars as pl

VERSION: Final = 1
MINUTE_COLUMNS: Final = (
    "net_amount0", "net_amount1", "close_tick", "open_tick", "lowest_tick", "highest_tick", "in_amount0", "in_amount1",
    "liquidity",
)  # fmt: skip
TICK_COLUMNS: Final = (
    "block_number", "log_index", "kind", "transaction", "sender", "amount0", "amount1", "total_liquidity",
    "liquidity_delta", "sqrt_price_x96", "tick", "position", "tick_lower", "tick_upper", "liquidity",
)  # fmt: skip
POOL_COLUMNS: Final = {"minute": MINUTE_COLUMNS, "tick": TICK_COLUMNS}
"""Every one is text: chain integers reach 2^256 and lose nothing as their decimal digits."""

SQL_TYPES: Final = {
    pl.String: "VARCHAR", pl.Float64: "DOUBLE", pl.Int64: "BIGINT", pl.Date: "DATE", pl.Datetime: "TIMESTAMP",
}  # fmt: skip
MOMENT: Final = pl.Datetime("us")
Kind = pl.DataType | type[pl.DataType]


@final
@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``key`` names a row, ``values`` are compared, ``other`` comes along without being compared."""

    name: str
    subject: str
    time: str
    key: dict[str, Kind]
    values: dict[str, Kind]
    other: dict[str, Kind]

    @property
    def columns(self) -> dict[str, Kind]:
        """All columns in order."""
        return {**self.key, **self.values, **self.other}

    def create(self) -> str:
        """Statement that makes the table."""
        columns = ", ".join(f'"{name}" {_sql(kind)}' for name, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}, import_id BIGINT)"


def _sql(kind: Kind) -> str:
    base = kind if isinstance(kind, type) else type(kind)
    return SQL_TYPES[base]


def _floats(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, pl.Float64)


def _texts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, pl.String)


_KNOWN: Final[dict[str, Kind]] = {"known_at": MOMENT}
_SERIES_KEY: Final[dict[str, Kind]] = {**_texts("series", "source"), "moment": MOMENT}

TABLES: Final = {
    table.name: table
    for table in (
        Table("observation", "series", "moment", _SERIES_KEY, _floats("value"), _KNOWN),
        Table(
            "bar", "series", "moment", _SERIES_KEY,
            _floats("open", "high", "low", "close", "volume", "open_interest"), _KNOWN,
        ),
        Table(
            "release", "series", "reference", {**_texts("series", "source", "vintage"), "reference": MOMENT},
            _floats("value"), _KNOWN,
        ),
        Table(
            "funding", "instrument", "moment", {**_texts("instrument", "source"), "moment": MOMENT},
            _floats("rate", "hours"), _KNOWN,
        ),
        Table(
            "pool_minute", "pool", "moment", {**_texts("pool", "source"), "moment": MOMENT},
            _texts(*MINUTE_COLUMNS), {},
        ),
        Table(
            "pool_tick", "pool", "moment",
            {**_texts("pool", "source"), "moment": MOMENT, **_texts("block_number", "log_index")},
            _texts(*TICK_COLUMNS[2:]), {},
        ),
        Table(
            "chain", "underlying", "as_of",
            {**_texts("underlying", "source"), "as_of": MOMENT, "expiry": pl.Date, **_texts("root"),
             **_floats("strike", "right"), "copy": pl.Int64},
            _floats("spot", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma"),
            {**_KNOWN, **_texts("origin")},
        ),
    )
}  # fmt: skip

_QUARANTINE: Final = (
    'CREATE TABLE IF NOT EXISTS quarantine (scope VARCHAR, "table" VARCHAR, subject VARCHAR, source VARCHAR, '
    'moment TIMESTAMP, field VARCHAR, "check" VARCHAR, reason VARCHAR, value DOUBLE, line BIGINT, text VARCHAR)'
)
"""``scope``: "series" for a stored value that failed a check, else the SHA-256 of the file whose row was refused."""

_PROVENANCE: Final = (
    "CREATE TABLE IF NOT EXISTS provenance (import_id BIGINT, source VARCHAR, format VARCHAR, file VARCHAR, "
    "sha256 VARCHAR, rows BIGINT, absent BIGINT, added BIGINT, revised BIGINT, unchanged BIGINT, refused BIGINT, "
    "notes VARCHAR, imported_at TIMESTAMP)"
)
_REVISION: Final = (
    'CREATE TABLE IF NOT EXISTS revision ("table" VARCHAR, subject VARCHAR, source VARCHAR, moment TIMESTAMP, '
    '"key" VARCHAR, old VARCHAR, replaced_at TIMESTAMP, import_id BIGINT)'
)
EVERYTHING: Final = (*TABLES, "quarantine", "provenance", "revision")

CREATE: Final = (
    *(table.create() for table in TABLES.values()),
    _QUARANTINE,
    _PROVENANCE,
    _REVISION,
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT)",
    f"INSERT INTO schema_version SELECT {VERSION} WHERE NOT EXISTS (FROM schema_version)",
)


def _match(table: Table, left: str, right: str) -> str:
    return " AND ".join(f'{left}."{name}" = {right}."{name}"' for name in table.key)


def _differ(table: Table, left: str, right: str) -> str:
    return " OR ".join(f'{left}."{name}" IS DISTINCT FROM {right}."{name}"' for name in table.values)


def _packed(names: dict[str, Kind], alias: str) -> str:
    return "to_json(struct_pack(" + ", ".join(f'"{name}" := {alias}."{name}"' for name in names) + "))"


@final
@dataclass(frozen=True, slots=True)
class Merge:
    """Statements that bring one table up to date; ``staged`` is a relation with the columns of the table."""

    table: Table
    staged: str

    def count(self) -> str:
        """Rows that are new, equal and different."""
        table = self.table
        any_key = next(iter(table.key))
        return (
            f'SELECT count(*) FILTER (t."{any_key}" IS NULL), '
            f'count(*) FILTER (t."{any_key}" IS NOT NULL AND NOT ({_differ(table, "s", "t")})), '
            f'count(*) FILTER (t."{any_key}" IS NOT NULL AND ({_differ(table, "s", "t")})) '
            f"FROM {self.staged} s LEFT JOIN {table.name} t ON {_match(table, 's', 't')}"
        )

    def keep_old(self) -> str:
        """Copy what is about to be replaced into ``revision``; parameters: instant, import id."""
        table = self.table
        kept = {**table.values, **table.other}
        return (
            f'INSERT INTO revision SELECT \'{table.name}\', t."{table.subject}", t.source, t."{table.time}", '
            f"{_packed(table.key, 't')}, {_packed(kept, 't')}, ?, ? "
            f"FROM {table.name} t JOIN {self.staged} s ON {_match(table, 's', 't')} WHERE {_differ(table, 's', 't')}"
        )

    def replace(self) -> str:
        """Overwrite the different rows; parameter: import id. A row keeps the time from which it was known."""
        table = self.table
        setting = ", ".join(f'"{name}" = s."{name}"' for name in table.values)
        return (
            f"UPDATE {table.name} AS t SET {setting}, import_id = ? FROM {self.staged} s "
            f"WHERE {_match(table, 's', 't')} AND ({_differ(table, 's', 't')})"
        )

    def add(self) -> str:
        """Insert the new rows; parameter: import id."""
        table = self.table
        names = ", ".join(f's."{name}"' for name in table.columns)
        return (
            f"INSERT INTO {table.name} SELECT {names}, ? FROM {self.staged} s "
            f"ANTI JOIN {table.name} t ON {_match(table, 's', 't')}"
        )

    def add_all(self) -> str:
        """Insert every staged row: for subjects the table does not have yet; parameter: import id."""
        names = ", ".join(f'"{name}"' for name in self.table.columns)
        return f"INSERT INTO {self.table.name} SELECT {names}, ? FROM {self.staged}"
