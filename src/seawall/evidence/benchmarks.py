"""What a hedge is compared with, as transformations of session returns (METHOD 8.4); B1 is ``returns.delever``.

Benchmarks that hold something else need its returns too: they come from a run of that overlay.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError

Array = NDArray[np.float64]


class Needs(StrEnum):
    """What a benchmark is made of, besides the returns of the book."""

    NOTHING = "the book's returns only"
    TARGET = "the hedged book's mean return and the return of cash"
    OVERLAY = "the returns of an overlay of its own"
    STOP = "the loss at which it stops, and the return of cash"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: its id, what it is, and what it needs."""

    id: str
    plain: str
    needs: Needs


BENCHMARKS: Final = (
    Benchmark("B0", "the book without a hedge", Needs.NOTHING),
    Benchmark("B1", "the book held smaller, the rest in cash, at the hedged mean", Needs.TARGET),
    Benchmark("B2", "the book with the weights of vxth in VIX calls", Needs.OVERLAY),
    Benchmark("B3", "the book with the static 4:4:2 recipe", Needs.OVERLAY),
    Benchmark("B4", "the book with monthly puts 5 % out of the money", Needs.OVERLAY),
    Benchmark("B5", "the book with perp delta and a strip of listed strikes", Needs.OVERLAY),
    Benchmark("B6", "cash after a stated loss", Needs.STOP),
)


@dataclass(frozen=True, slots=True, eq=False)
class Stopped:
    """Returns under a stop, and on which sessions the book was in cash, (n,)."""

    returns: Array
    in_cash: NDArray[np.bool_]


def _returns(values: Array, what: str) -> Array:
    out = np.asarray(values, dtype=np.float64)
    if out.ndim != 1 or not out.size:
        raise MissingDataError(f"{what} of shape {out.shape}: pass one return per session")
    if not np.isfinite(out).all():
        raise DomainError(f"{what} must be finite: drop the sessions that are not")
    return out


def overlaid(book: Array, overlay: Array, weight: Array | float, funded: bool = True) -> Array:
    """The book with ``weight`` of NAV in an overlay, session returns (n,): B2 to B5.

    ``overlay``: session returns of the overlay on what was paid for it. ``weight``: known before each session, one
    number or (n,), >= 0. ``funded``: the weight is taken out of the book; otherwise the book stays whole and the
    overlay's P&L is added (a future). Nothing is free: the overlay's losses leave the account. Raises
    ``MissingDataError`` or ``DomainError``.
    """
    base, other = _returns(book, "book returns"), _returns(overlay, "overlay returns")
    if base.shape != other.shape:
        raise DomainError(f"book {base.shape} and overlay {other.shape} do not fit: pass the same sessions")
    held = np.broadcast_to(np.asarray(weight, dtype=np.float64), base.shape)
    if not (np.isfinite(held).all() and (held >= 0.0).all()):
        raise DomainError("weights must be finite and not negative: a share of NAV known before the session")
    return np.asarray(((1.0 - held) if funded else 1.0) * base + held * other)


def cash_stop(book: Array, stop: float, cash: float | Array = 0.0, wait: int | None = None) -> Stopped:
    """B6: into cash on the session after the book has fallen by ``stop`` from its highest level since it was entered.

    ``stop``: share, 0.10 = 10 %; ``wait``: sessions in cash before it enters again, None for never. The fall that trips
    the stop is suffered in full: it is seen at the close. Raises ``MissingDataError`` or ``DomainError``.
    """
    base = _returns(book, "book returns")
    idle = np.broadcast_to(np.asarray(cash, dtype=np.float64), base.shape)
    if not (math.isfinite(stop) and 0.0 < stop < 1.0):
        raise DomainError(f"a stop at {stop} is outside (0, 1): 0.10 is a fall of 10 %")
    if wait is not None and wait < 1:
        raise DomainError(f"a wait of {wait} sessions: use 1 or more, or None to stay in cash")
    out, away = base.copy(), np.zeros(base.size, dtype=np.bool_)
    level, peak, left = 1.0, 1.0, 0
    for t in range(base.size):
        if left > 0:
            out[t], away[t] = idle[t], True
            left -= 1
            level, peak = 1.0, 1.0
            continue
        level *= 1.0 + base[t]
        peak = max(peak, level)
        if level <= (1.0 - stop) * peak:
            left = base.size if wait is None else wait
    return Stopped(out, away)
