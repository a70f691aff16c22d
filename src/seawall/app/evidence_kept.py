"""The last result of each claim, kept beside the store: numbers, words and charts, and what they were made from."""

import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from seawall.core.errors import DataError
from seawall.data.days import known_history
from seawall.data.store_file import home, store_path
from seawall.evidence.board import Board
from seawall.evidence.fingerprint import ROOMS, code_hash, data_hash
from seawall.report.evidence_tables import HEADS, cells, method, row_record
from seawall.report.evidence_words import caveats, command, lead, numbers

Record = dict[str, Any]

FILE: Final = "evidence.json"
LAYOUT: Final = 1
MADE_BY: Final = (*ROOMS, "evidence")
"""Whatever can change the verdict of a claim lies in these rooms."""


class Now(NamedTuple):
    """What a board would be made from now."""

    data: str
    code: str


def kept_path() -> Path:
    """Where the results are, or would be."""
    return home() / FILE


def store_mark() -> list[int]:
    """Time and size of the store's file; empty where there is none. The same mark means the same data."""
    try:
        found = store_path().stat()
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def now_made_from() -> Now:
    """Hash of every series the claims may read, and of the code that tests them."""
    return Now(data_hash(known_history()), code_hash(MADE_BY))


def keep(board: Board) -> None:
    """Keep the rows of a board, each in place of the claim's last one; raises ``DataError`` if the disk refuses.

    A look with fewer draws does not replace a result with more on the same data and code.
    """
    plan, history = board.world.plan, board.world.history
    mark = {
        "kept_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "data": data_hash(history),
        "code": code_hash(MADE_BY), "draws": plan.reps, "seed": plan.seed, "level": plan.level,
        "placebo_shuffles": board.world.tries, "claims_corrected_for": board.family, "trials": board.trials,
        "synthetic": list(history.synthetic), "method": method(board),
    }  # fmt: skip
    claims = _there()
    for row in board.rows:
        before = claims.get(row.hypothesis.id)
        if before is not None and _better(before["mark"], mark):
            continue
        told = dict(zip((name for name, _ in HEADS), cells(row), strict=True))
        words = {"lead": lead(row), "numbers": numbers(row), "caveats": caveats(row), "command": command(row)}
        claims[row.hypothesis.id] = {**row_record(row), "cells": told, "words": words, "mark": mark}
    _write({"layout": LAYOUT, "claims": claims})


def kept() -> dict[str, Record]:
    """The last result of every claim that was run, by id; raises ``DataError`` for a damaged file."""
    place = kept_path()
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        claims: dict[str, Record] = found["claims"]
        if found["layout"] != LAYOUT or not all(one["mark"]["kept_at"] for one in claims.values()):
            raise ValueError("of another layout")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        said = (str(fault).splitlines() or [""])[0][:80]
        raise DataError(f"the kept board {place} cannot be read ({said}): run the board again") from None
    return claims


def _there() -> dict[str, Record]:
    """What is kept; nothing where it is damaged, because it is about to be made anew."""
    try:
        return kept()
    except DataError:
        return {}


def _better(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    same = all(before.get(name) == after[name] for name in ("data", "code"))
    return same and int(before.get("draws", 0)) > int(after["draws"])


def _write(content: Record) -> None:
    place = kept_path()
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        fresh.replace(place)
    except OSError as fault:
        fresh.unlink(missing_ok=True)
        raise DataError(
            f"the board cannot be kept in {place} ({fault.strerror}): free disk, or set SEAWALL_HOME"
        ) from None
