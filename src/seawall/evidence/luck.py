"""What the best lane of a sweep, or the account of a claim, is worth after the search: DSR and PBO."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import SeawallError
from seawall.core.status import Status
from seawall.evidence.selection import BLOCKS, LEAST_BLOCK_ROWS, pbo
from seawall.evidence.sharpe import SharpeRecord, dsr, sharpe_record
from seawall.evidence.trials import Trial

Array = NDArray[np.float64]

MOST_LANES: Final = 2000
"""Beyond so many lanes the splits do not fit into a small memory."""

SAME_DIGITS: Final = 12
"""Sharpe ratios that agree to so many digits are of one account at two sizes, or under two names."""


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


def account_luck(name: str, lanes: Sequence[str], returns: Mapping[str, Array], cash: Array, trials: int) -> Luck:
    """Luck of the account ``name`` among ``returns`` by name, simple session returns, (n,) each.

    The variance of DSR is that of the Sharpe ratios above ``cash`` over all accounts, the same account once. PBO is
    that of choosing among ``lanes`` by that ratio.
    """
    above = {one: values - cash for one, values in returns.items()}
    moving = {one: sharpe_record(values) for one, values in above.items() if values.size > 1 and np.ptp(values) > 0.0}
    ratios = np.unique(np.round([one.ratio for one in moving.values()], SAME_DIGITS))
    if name not in moving:
        ratio, dsr_why = None, f"{name} does not move: it has no Sharpe ratio"
    elif ratios.size < 2:
        ratio, dsr_why = None, f"{ratios.size} account with a Sharpe ratio has no variance of them"
    else:
        ratio, dsr_why = _deflated(moving[name], ratios, trials)
    value, pbo_why, blocks = _overfitted(np.column_stack([above[one] for one in lanes]))
    return Luck(ratio, dsr_why, trials, value, pbo_why, blocks, len(lanes))


def _dsr(best: Trial | None, lanes: Sequence[Trial], trials: int) -> tuple[float | None, str]:
    metrics = None if best is None or best.record is None else best.record.metrics
    ratios = [one.record.metrics.sharpe for one in lanes if one.record is not None]
    known = np.array([one for one in ratios if one is not None])
    if metrics is None or metrics.sharpe is None or metrics.skew is None or metrics.kurtosis is None:
        return None, "the best lane has no Sharpe ratio"
    if known.size < 2:
        return None, f"{known.size} lane with a Sharpe ratio has no variance of them"
    return _deflated(SharpeRecord(metrics.sharpe, metrics.sessions, metrics.skew, metrics.kurtosis), known, trials)


def _deflated(record: SharpeRecord, ratios: Array, trials: int) -> tuple[float | None, str]:
    try:
        found = dsr(record, float(ratios.var(ddof=1)), max(trials, ratios.size))
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
    returns = np.column_stack([one.returns for one in records])
    if cash is not None and cash.size == len(returns):
        returns -= cash[:, None]
    return _overfitted(returns)


def _overfitted(returns: Array) -> tuple[float | None, str, int]:
    """PBO of returns, (n, lanes), with the number of blocks; None with why."""
    rows, lanes = returns.shape
    if lanes < 2:
        return None, f"{lanes} lane was not chosen from any", 0
    blocks = min(BLOCKS, rows // LEAST_BLOCK_ROWS // 2 * 2)
    if blocks < 2:
        return None, f"{rows} sessions do not fill two blocks", 0
    try:
        return pbo(returns, blocks).value, "", blocks
    except SeawallError as fault:
        return None, str(fault), 0
