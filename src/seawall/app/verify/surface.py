"""Published SVI parameters against `kernels.smile`, and a published variance swap against `kernels.strip`."""

import re
from pathlib import Path
from typing import Final

import numpy as np

from seawall.app.verify.checks import ROUNDING, Case, Check, Printed, Remark, judged, printed, remarks_in_one
from seawall.app.verify.files import Outcome, Row, Topic, number, read_table
from seawall.core.errors import SeawallError
from seawall.core.status import Status
from seawall.kernels.black import bsm
from seawall.kernels.smile import Svi, jump_wings, svi_butterfly
from seawall.kernels.strip import Strip, strip_exact

ABSOLUTE: Final = 1e-7
WINGS: Final = {"vt_JW": "v", "psi_JW": "psi", "p_JW": "p", "c_JW": "c", "vtilde_JW": "v_least"}
"""Column of the file and field of `JumpWings`."""
YES: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

VARIANCE_SWAP: Final = "derman_kamal_zou_varswap"
COLUMNS: Final = ("type", "strike", "vol", "note")
_SIGNED: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)"
TERMS: Final = re.compile(
    rf"S=(?P<spot>{_SIGNED}) q=(?P<q>{_SIGNED}) r=(?P<r>{_SIGNED}) t=(?P<t>{_SIGNED}); "
    rf"fair variance (?P<fair>{_SIGNED})"
)
FEWEST: Final = 3


def _compare_svi(row: Row) -> Outcome:
    """Jump wings to 1e-7, and the sign of Durrleman's h over all k as stated."""
    at = row.inputs
    stated = YES.get(row.words["butterfly_free"].lower())
    if stated is None:
        return Outcome((), f"unusable: butterfly_free {row.words['butterfly_free']!r} is neither True nor False")
    p = Svi(at["a"], at["b"], at["rho"], at["m"], at["sigma"])
    wings = jump_wings(p, at["t"])
    cases = [
        Case(abs(getattr(wings, field) - row.published[name].value), ABSOLUTE, name)
        for name, field in WINGS.items()
        if name in row.published
    ]
    free = svi_butterfly(p).status is Status.FOUND
    return Outcome((*cases, Case(float(free is not stated), 0.5, "Durrleman sign")))


SURFACE_TOPICS: Final = (
    Topic("svi_reference", ("a", "b", "rho", "m", "sigma", "t"), ("butterfly_free",), tuple(WINGS), _compare_svi),
)


def check_variance_swap(path: Path) -> Check:
    """Fair variance of every example in the file, an example being the rows of one note, to its printed digits.

    The strip is `strip_exact`: calls and puts piecewise linear between strikes, which is what the replicating portfolio
    of Derman, Kamal and Zou (1999) holds. Raises InputError for a file that is no such table.
    """
    table = read_table(path)
    remarks = list(table.remarks)
    examples: dict[str, list[tuple[float, float, float]]] = {}
    if table.rows:
        table.require(COLUMNS)
    for line in table.rows:
        side = {"call": 1.0, "c": 1.0, "put": -1.0, "p": -1.0}.get(line.cells["type"].lower())
        strike, vol = number(line.cells["strike"]), number(line.cells["vol"])
        if side is None or not isinstance(strike, Printed) or not isinstance(vol, Printed):
            remarks.append(Remark(line.line, "unusable: type, strike or vol cannot be read"))
        elif not TERMS.search(line.cells["note"]):
            remarks.append(
                Remark(line.line, "without a published number: the note states no S, q, r, t, fair variance")
            )
        else:
            examples.setdefault(line.cells["note"], []).append((side, strike.value, vol.value))
    cases: list[Case] = []
    rows, notes = 0, []
    for note, quotes in examples.items():
        found = _compare_example(note, quotes)
        if isinstance(found, str):
            notes.append(f"{len(quotes)} rows {found}")
        else:
            cases.append(found)
            rows += len(quotes)
    said = "; ".join([*notes, remarks_in_one(path.name, remarks)]).strip("; ")
    return judged(VARIANCE_SWAP, rows, cases, next(iter(examples), path.name), said)


def _compare_example(note: str, quotes: list[tuple[float, float, float]]) -> Case | str:
    """The comparison, or why there is none: strikes are missing from the strip the number was computed on."""
    terms = TERMS.search(note)
    assert terms is not None  # noqa: S101 (the caller keeps only notes that match)
    spot, q, r, t = (float(terms[name]) for name in ("spot", "q", "r", "t"))
    put = {k: v for side, k, v in quotes if side < 0.0}
    call = {k: v for side, k, v in quotes if side > 0.0}
    centre = max(put, default=0.0)
    strikes = sorted({*put, *call})
    if centre not in call or min(call) != centre or min(len(put), len(call)) < FEWEST:
        return "not compared: puts and calls do not meet at one strike with three of each"
    if not np.allclose(np.diff(strikes), strikes[1] - strikes[0], rtol=1e-9):
        return "not compared: strikes are missing inside the strip"
    try:
        puts = {k: float(bsm(spot, k, t, v, r, q, -1.0).price) for k, v in put.items()}
        calls = {k: float(bsm(spot, k, t, v, r, q, 1.0).price) for k, v in call.items()}
        middle = 0.5 * (puts[centre] + calls[centre])
        mids = [middle if k == centre else puts.get(k, calls.get(k, 0.0)) for k in strikes]
        forward = spot * float(np.exp((r - q) * t))
        strip = Strip(np.array(strikes), np.array(mids), forward, centre, puts[centre], calls[centre])
        found = strip_exact(strip, r, t)
    except SeawallError as fault:
        return f"refused: {fault}"
    value, half_unit = printed(terms["fair"])
    if found.tail_below + found.tail_above > half_unit:
        return "not compared: the strip ends before its tails are negligible"
    return Case(abs(found.variance - value), half_unit * (1.0 + ROUNDING), "fair variance")
