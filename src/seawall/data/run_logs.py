"""Kept runs in the registry file: fills, account and layers of a run as three compressed tables in one row.

One row is one transaction: whatever stops a save leaves the file as it was. The newest runs are kept, up to a bounded
size; the trial itself stays when its log is pushed out.
"""

import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import numpy as np

from seawall.core.errors import DataError, MissingDataError
from seawall.data.trials import Registry
from seawall.sim.run_log import ACCOUNT, LAYER, MARKET, Acted, LoggedFill, RunLog

if TYPE_CHECKING:
    import duckdb
    import polars as pl

MOST_BYTES: Final = 256 * 2**20
"""Of all kept runs together, compressed."""
ONE_MOST: Final = 64 * 2**20
"""Of one run."""
INSERT: Final = "INSERT OR REPLACE INTO run_log VALUES (?, ?, ?, ?, ?, ?, ?)"
PUSH_OUT: Final = (
    "DELETE FROM run_log WHERE run_id IN (SELECT run_id FROM (SELECT run_id, sum(bytes) OVER "
    "(ORDER BY kept_at DESC, run_id) AS total FROM run_log) WHERE total > ?)"
)


class Kept(NamedTuple):
    """A kept run and the trial it belongs to."""

    run_id: str
    log: RunLog


@final
class RunLogs:
    """Kept runs of a registry, at most ``most`` bytes of them."""

    def __init__(self, registry: Registry | None = None, most: int = MOST_BYTES) -> None:
        self.registry = registry or Registry()
        self.most = most

    def save(self, run_id: str, log: RunLog) -> bool:
        """Keep a run; the oldest ones leave if there is no room. False, and nothing written, if it is too large."""
        tables = [_packed(frame) for frame in (fills_frame(log.fills), _account_frame(log), _layer_frame(log))]
        size = sum(map(len, tables))
        if size > min(ONE_MOST, self.most):
            return False
        about = {
            "name": log.name,
            "capital": log.capital,
            "layers": log.layers,
            "hedges": log.hedges,
            "modelled": log.modelled,
        }
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        with self.registry.opened(write=True) as connection:
            connection.execute(INSERT, [run_id, now, size, json.dumps(about), *tables])
            connection.execute(PUSH_OUT, [self.most])
        return True

    def listed(self) -> dict[str, tuple[bool, ...]]:
        """Ids of the kept runs, and for each which of its layers are hedges."""
        if not self.registry.path.is_file():
            return {}
        with self.registry.opened(write=False) as connection:
            rows = connection.execute("SELECT run_id, about FROM run_log").fetchall() if _there(connection) else []
        return {str(run_id): tuple(json.loads(about)["hedges"]) for run_id, about in rows}

    def load(self, start: str) -> Kept:
        """The kept run whose id begins with ``start``.

        Raises ``UnregisteredTrialError`` if there is no such trial, ``MissingDataError`` if its log was not kept.
        """
        run_id = self.registry.get(start).run_id
        with self.registry.opened(write=False) as connection:
            rows = _selected(connection, run_id)
        if not rows:
            raise MissingDataError(
                f"trial {run_id[:8]} has no fill log (a lane of a sweep, --no-save, or pushed out by newer runs): run "
                "its plan with `seawall backtest`"
            )
        return Kept(run_id, _read(run_id, rows[0]))


def _read(run_id: str, row: tuple[Any, ...]) -> RunLog:
    """The tables of a row. Raises ``DataError`` if they are damaged."""
    import polars as pl

    try:
        return _log(*row)
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError) as fault:
        said = (str(fault).splitlines() or [""])[0][:80]
        raise DataError(f"the fill log of trial {run_id[:8]} is damaged ({said}): run its plan again") from None


def _there(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the file has a table of runs; one of an older program has none."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'run_log'").fetchone()
    return found is not None


def _selected(connection: "duckdb.DuckDBPyConnection", run_id: str) -> list[tuple[Any, ...]]:
    if not _there(connection):
        return []
    return connection.execute("SELECT about, fills, account, layers FROM run_log WHERE run_id = ?", [run_id]).fetchall()


def _packed(frame: "pl.DataFrame") -> bytes:
    held = io.BytesIO()
    frame.write_parquet(held, compression="zstd")
    return held.getvalue()


def fills_frame(fills: Sequence[LoggedFill]) -> "pl.DataFrame":
    """Fills as a table, columns as in ``LoggedFill``."""
    import polars as pl

    kinds = {
        "day": pl.Date, "layer": pl.String, "slot": pl.Int64, "instrument": pl.String, "quantity": pl.Float64,
        "price": pl.Float64, "mid": pl.Float64, "cost": pl.Float64, "rule": pl.String, "observed": pl.Boolean,
        "multiplier": pl.Float64, "cash": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(list(fills), schema=kinds, orient="row")


def _account_frame(log: RunLog) -> "pl.DataFrame":
    import polars as pl

    columns = {name: np.asarray(values) for name, values in log.account.items()}
    return pl.DataFrame({"day": log.dates.astype("datetime64[D]"), **columns, **log.acted._asdict()})


def _layer_frame(log: RunLog) -> "pl.DataFrame":
    """One column a layer and number, named ``place.number``: layers may have any name."""
    import polars as pl

    return pl.DataFrame(
        {f"{at}.{name}": values[:, at] for at in range(len(log.layers)) for name, values in log.layer.items()}
    )


def _log(about: str, fills: bytes, account: bytes, layers: bytes) -> RunLog:
    import polars as pl

    said = json.loads(about)
    days, held = pl.read_parquet(io.BytesIO(account)), pl.read_parquet(io.BytesIO(layers))
    return RunLog(
        said["name"],
        said["capital"],
        days["day"].to_numpy().astype("datetime64[D]"),
        {name: days[name].to_numpy() for name in (*ACCOUNT, *MARKET)},
        {
            name: np.stack([held[f"{at}.{name}"].to_numpy() for at in range(len(said["layers"]))], axis=1)
            for name in LAYER
        },
        tuple(said["layers"]),
        tuple(said["hedges"]),
        Acted(*(tuple(days[name].to_list()) for name in Acted._fields)),
        tuple(LoggedFill(*row) for row in pl.read_parquet(io.BytesIO(fills)).iter_rows()),
        tuple(said["modelled"]),
    )
