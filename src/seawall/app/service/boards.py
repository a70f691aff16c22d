"""The board of claims as it was last run on this store, and whether that is still true."""

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk
from seawall.app.service.refusal import NOT_FOUND, RefusedError

NOT_RUN = (
    "no claim has been tested on this store yet, the board is empty, not passed: run it here or with `seawall evidence`"
)


def board(desk: Desk, check: bool = True) -> Record:
    """Every claim with its last result; those never run say so. ``reason``: why there is none, empty if there is.

    ``stale``: claims whose data or code have changed since, which takes a look at every series; not looked for without
    ``check``. Raises ``DataError`` for a damaged file.
    """
    from seawall.app.evidence_kept import kept

    found = kept()
    old = stale(desk) if found and check else {}
    rows = [_row(identity, found, old.get(identity, "")) for identity in _claims()]
    done = [row for row in rows if row["found"] is not None or row["mark"] is not None]
    return {
        "claims": rows,
        "reason": "" if done else NOT_RUN,
        "stale": sorted(old),
        "kept_at": max((row["mark"]["kept_at"] for row in done), default=None),
        "summary": summary(rows),
        "trials": max((row["mark"]["trials"] for row in done), default=0),
        "untested": [row["id"] for row in rows if row["mark"] is None],
    }


def claim(desk: Desk, identity: str, check: bool = True) -> Record:
    """One claim with its last result; raises ``RefusedError`` for one that is none."""
    for row in board(desk, check)["claims"]:
        if row["id"] == identity.upper():
            return dict(row)
    raise RefusedError(NOT_FOUND, f"there is no claim {identity[:20]!r}: GET /api/v1/evidence lists them")


def stale(desk: Desk) -> dict[str, str]:
    """Claims whose kept result was made from other data or other code, and of which."""
    from seawall.app.evidence_kept import kept, now_made_from, store_mark

    found = kept()
    if not found:
        return {}
    now = desk.memo.get(("board made from", *store_mark()), now_made_from)
    told: dict[str, str] = {}
    for identity, row in found.items():
        changed = [name for name in ("data", "code") if row["mark"].get(name) != getattr(now, name)]
        if changed:
            told[identity] = f"{' and '.join(changed)} changed since: run it again"
    return told


def _claims() -> tuple[str, ...]:
    from seawall.evidence.hypotheses import HYPOTHESES

    return tuple(HYPOTHESES)


def _row(identity: str, found: dict[str, Record], old: str) -> Record:
    if identity in found:
        return {**found[identity], "stale": old}
    from seawall.evidence.hypotheses import HYPOTHESES

    one = HYPOTHESES[identity]
    return {
        "id": one.id, "claim": one.claim, "origin": one.origin, "test": one.test, "data": one.data, "prior": one.prior,
        "rule": one.rule_text, "direction": str(one.direction), "verdict": None, "reason": "not run on this store yet",
        "found": None, "mark": None, "stale": "", "cells": None, "words": None,
    }  # fmt: skip


def summary(rows: list[Record]) -> str:
    """How the board ends, in a sentence."""
    from seawall.evidence.verdict import Verdict

    said = [(sum(row["verdict"] == str(one) for row in rows), str(one)) for one in Verdict]
    said.append((sum(row["mark"] is None for row in rows), "not run yet"))
    return f"{len(rows)} claims: {', '.join(f'{count} {word}' for count, word in said if count)}."
