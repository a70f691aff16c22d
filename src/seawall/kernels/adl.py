"""Auto-deleveraging: who is first in the queue, and what is taken from whom (METHOD 1.6).

It moves positions at a set price and has no market impact. Ranks order one side of one market; the highest goes first.
Every function takes arrays of shape (n,).
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError

Array = NDArray[np.float64]

LIGHTS: Final = 5
"""Steps of the queue indicator: 20 % each."""
ROUNDING: Final = 1e-12


def _numbers(values: ArrayLike, what: str) -> Array:
    found = np.asarray(values, np.float64)
    if not np.all(np.isfinite(found)):
        raise DomainError(f"{what} has a missing number: leave the account out or state it")
    return found


def hyperliquid_rank(mark: ArrayLike, entry: ArrayLike, notional: ArrayLike, value: ArrayLike) -> Array:
    """Index ``(mark / entry) (notional / account value)`` (Hyperliquid documentation, auto-deleveraging).

    As published it has no sign of the position: shorts with much profit have a small ``mark / entry``. Raises
    ``DomainError`` for a price or an account value that is not positive.
    """
    prices, opened, worth = _numbers(mark, "mark"), _numbers(entry, "entry"), _numbers(value, "account value")
    if np.any(prices <= 0.0) or np.any(opened <= 0.0) or np.any(worth <= 0.0):
        raise DomainError("mark, entry and account value must be positive: only solvent accounts are ranked")
    return np.asarray(prices / opened * np.abs(_numbers(notional, "notional")) / worth)


def bitmex_rank(mark_value: ArrayLike, bankrupt_value: ArrayLike, entry_value: ArrayLike) -> Array:
    """P&L share times effective leverage where it is positive, divided by it where negative (BitMEX documentation).

    Effective leverage ``|MV| / (MV - BV)``, P&L share ``(MV - EV) / |EV|``. Values are signed, a short's negative, at
    the mark, the bankruptcy price and the average entry. Raises ``DomainError`` for an entry value of 0 or a position
    at or beyond its bankruptcy price.
    """
    mark, entry = _numbers(mark_value, "mark value"), _numbers(entry_value, "entry value")
    room = mark - _numbers(bankrupt_value, "bankrupt value")
    if np.any(entry == 0.0) or np.any(mark == 0.0) or np.any(room <= 0.0):
        raise DomainError("mark value must exceed bankrupt value, entry value not be 0: give a short negative values")
    leverage, share = np.abs(mark) / room, (mark - entry) / np.abs(entry)
    return np.asarray(np.where(share > 0.0, share * leverage, share / leverage))


def binance_rank(unrealised: ArrayLike, wallet: ArrayLike, maintenance: ArrayLike) -> Array:
    """Binance's leverage P&L: ``max(0, U) / max(1, WB) x MM / (WB + U)``, 0 where ``WB + U <= 0``.

    U unrealised P&L, WB wallet balance, MM maintenance margin, in dollars (Binance FAQ, auto-deleveraging).
    """
    profit, balance = _numbers(unrealised, "unrealised P&L"), _numbers(wallet, "wallet balance")
    required, worth = _numbers(maintenance, "maintenance margin"), profit + balance
    ratio = np.divide(required, worth, out=np.zeros(np.broadcast(required, worth).shape), where=worth > 0.0)
    return np.asarray(np.maximum(profit, 0.0) / np.maximum(balance, 1.0) * ratio)


def _amounts(values: ArrayLike, what: str) -> Array:
    found = np.atleast_1d(_numbers(values, what))
    if np.any(found < 0.0):
        raise DomainError(f"{what} must be zero or positive: give sizes without sign")
    return found


def queue_order(ranks: ArrayLike) -> NDArray[np.intp]:
    """Positions from the highest rank to the lowest; equal ranks in the order given."""
    return np.argsort(-np.atleast_1d(_numbers(ranks, "rank")), kind="stable")


def queue_share(ranks: ArrayLike, sizes: ArrayLike) -> Array:
    """Share of all contracts that stand at or before each one in the queue, in steps of 20 %: .2 is first (BitMEX)."""
    held, order = _amounts(sizes, "size"), queue_order(ranks)
    before = np.cumsum(held[order])
    if not before[-1] > 0.0:
        raise DomainError("all sizes are 0: nothing stands in the queue")
    share = np.empty(held.size)
    share[order] = np.ceil(LIGHTS * before / before[-1] - ROUNDING) / LIGHTS
    return share


def queue_fill(ranks: ArrayLike, amounts: ArrayLike, need: float) -> Array:
    """What is taken from each of ``amounts`` (contracts or winnings), highest rank first.

    Until ``need`` is met or nothing is left. Raises ``DomainError`` for amounts or a need below 0.
    """
    held, order = _amounts(amounts, "amount"), queue_order(ranks)
    if order.size != held.size:
        raise DomainError(f"{order.size} ranks for {held.size} amounts: state one of each")
    wanted = float(_amounts(need, "need")[0])
    before = np.concatenate(([0.0], np.cumsum(held[order])[:-1]))
    taken = np.empty(held.size)
    taken[order] = np.clip(wanted - before, 0.0, held[order])
    return taken


def pro_rata(amounts: ArrayLike, need: float) -> Array:
    """The neutral alternative: the same share ``h = need / total``, at most 1, from every one of ``amounts``."""
    held = _amounts(amounts, "amount")
    total, wanted = float(held.sum()), float(_amounts(need, "need")[0])
    return held * min(wanted / total, 1.0) if total > 0.0 else np.zeros(held.size)
