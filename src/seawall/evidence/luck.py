"""What the best lane of a sweep is worth after the search: deflated Sharpe ratio and probability of overfitting."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import SeawallError
from seawall.core.status import Status
from seawall.evidence.selection import BLOCKS, LEAST_BLOCK_ROWS, pbo
from seawall.evidence.sharpe import SharpeRecord, dsr
from seawall.evidence.trials import Trial

Array = NDArray[np.float64]

MOST_LANES: Final = 2000
"""Beyond so many lanes the splits do not fit into a small memory."""


class Luck(NamedTuple):
    """``dsr``: of the best lane against ``trials`` tries; ``pbo`` over ``lanes`` in ``blocks``; None with why."""

    dsr: float | None
    dsr_why: str
    trials: int
    pbo: float | None
    pbo_why: str
    blocks: int
    lanes: int


def luck(best: Trial | None, lanes: Sequence[Trial], trials: int, cash: Array | None) -> Luck:
    """Luck of a sweep. ``trials``: N, every run ever made; ``cash``: what it earned by session, (sessions,), or None.

    The variance of DSR is that of the Sharpe ratios of the lanes. PBO is over all lanes of one span that ended, in 16
    blocks or as many as leave ten sessions to each.
    """
    ratio, dsr_why = _dsr(best, lanes, trials)
    value, pbo_why, blocks = _pbo(lanes, cash)
    return Luck(ratio, dsr_why, trials, value, pbo_why, blocks, sum(one.record is not None for one in lanes))


def _dsr(best: Trial | None, lanes: Sequence[Trial], trials: int) -> tuple[float | None, str]:
    metrics = None if best is None or best.record is None else best.record.metrics
    ratios = [one.record.metrics.sharpe for one in lanes if one.record is not None]
    known = np.array([one for one in ratios if one is not None])
    if metrics is None or metrics.sharpe is None or metrics.skew is None or metrics.kurtosis is None:
        return None, "the best lane has no Sharpe ratio"
    if known.size < 2:
        return None, f"{known.size} lane with a Sharpe ratio has no variance of them"
    record = SharpeRecord(metrics.sharpe, metrics.sessions, metrics.skew, metrics.kurtosis)
    try:
        found = dsr(record, float(known.var(ddof=1)), max(trials, known.size))
    except SeawallError as fault:
        return None, str(fault)
    return (found.value, "") if found.status is Status.FOUND else (None, f"{record.n} returns are too few")


def _pbo(lanes: Sequence[Trial], cash: Array | None) -> tuple[float | None, str, int]:
    records = [one.record for one in lanes if one.record is not None]
    if len({(one.first, one.last, one.returns.size) for one in records}) > 1:
        return None, "the lanes have different sessions", 0
    if len(records) < 2:
        return None, f"{len(records)} lane was not chosen from any", 0
    if len(records) > MOST_LANES:
        return None, f"{len(records):,} lanes are more than {MOST_LANES:,}", 0
    rows = records[0].returns.size
    blocks = min(BLOCKS, rows // LEAST_BLOCK_ROWS // 2 * 2)
    if blocks < 2:
        return None, f"{rows} sessions do not fill two blocks", 0
    returns = np.column_stack([one.returns for one in records])
    if cash is not None and cash.size == rows:
        returns -= cash[:, None]
    try:
        return pbo(returns, blocks).value, "", blocks
    except SeawallError as fault:
        return None, str(fault), 0
