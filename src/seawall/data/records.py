"""What the store writes down about an import: where it came from, and the rows it did not take."""

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from seawall.data.staging import REJECTED_KEPT, Staging

if TYPE_CHECKING:
    import duckdb

    from seawall.data.store import Provenance


def record_import(
    db: "duckdb.DuckDBPyConnection",
    stamp: tuple[int, dt.datetime],
    provenance: "Provenance",
    staging: Staging,
    counts: tuple[int, ...],
) -> None:
    """One row of provenance; ``counts``: added, unchanged, revised, refused."""
    import_id, when = stamp
    added, unchanged, revised, refused = counts
    db.execute(
        "INSERT INTO provenance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            import_id, staging.source, staging.format, provenance.file, provenance.sha256, staging.rows,
            staging.absent, added, revised, unchanged, refused, "; ".join(staging.notes), when,
        ],
    )  # fmt: skip


def record_refused(
    db: "duckdb.DuckDBPyConnection", provenance: "Provenance", staging: Staging, conflicts: list[pl.DataFrame]
) -> None:
    """Rows of the file that were not stored: unreadable ones, and second values for one instant."""
    db.execute("DELETE FROM quarantine WHERE scope = ?", [provenance.sha256])
    for row in staging.rejected:
        db.execute(
            "INSERT INTO quarantine VALUES (?, 'file', ?, ?, NULL, 'row', 'unreadable', ?, NULL, ?, ?)",
            [provenance.sha256, provenance.file, staging.source, row.reason, row.line, row.text],
        )
    for frame in conflicts:
        for twice in frame.head(REJECTED_KEPT).iter_rows(named=True):
            db.execute(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, 'row', 'duplicate', ?, ?, NULL, NULL)",
                [
                    provenance.sha256, twice["table"], twice["subject"], twice["source"], twice["moment"],
                    "a second, different row for one instant: the first of the file is kept", twice["value"],
                ],
            )  # fmt: skip
