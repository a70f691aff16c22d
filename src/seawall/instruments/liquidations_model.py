"""A liquidation book from open interest and a guess about leverage, for markets whose positions are not public.

METHOD 4: ln leverage ~ N(ln median, .8), truncated to [1, max]; entries where open interest rose over 30 days. Three
medians are a band; none of the three is an observation, and the band is not a confidence interval.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.liquidations import LiquidationBook, Unknown, isolated_prices, ladder

Array = NDArray[np.float64]

MEDIANS: Final = (5.0, 8.0, 15.0)
LOG_SD: Final = 0.8
WINDOW_DAYS: Final = 30
BINS: Final = 100
"""Leverages of equal probability that stand for the distribution."""

OLDER: Final = "opened before the window: entry unknown"
IMPOSSIBLE: Final = "every modelled leverage of that day would have been liquidated since"


class InterestHistory(NamedTuple):
    """Daily rows, oldest first, arrays (t,): open ``contracts``, close, and the day's extremes.

    Contracts are units of the asset, or dollars when the perp is ``inverse`` (margined and paid in the asset): counted
    in the asset, their number would rise with every fall of price. Where extremes are unknown give the closes:
    liquidations inside a day are then missed, and too many positions taken for alive.
    """

    contracts: Array
    close: Array
    low: Array
    high: Array
    inverse: bool = False


class ModelledBooks(NamedTuple):
    """Books for median leverage 5, 8 and 15, all with ``assumption`` True; ``mean_entry`` is weighted by units."""

    low: LiquidationBook
    mid: LiquidationBook
    high: LiquidationBook
    mean_entry: float


def leverages(median: float, maximum: float, bins: int = BINS) -> Array:
    """``bins`` leverages of equal probability of the truncated lognormal, rising: the middle of each slice.

    Raises ``DomainError`` for a maximum that is not above 1, or a median that is not positive.
    """
    if not (np.isfinite(maximum) and maximum > 1.0 and np.isfinite(median) and median > 0.0):
        raise DomainError(f"median leverage must be > 0 and the maximum > 1, were {median} and {maximum}")
    ends = ndtr((np.log([1.0, maximum]) - np.log(median)) / LOG_SD)
    share = ends[0] + (ends[1] - ends[0]) * (np.arange(bins) + 0.5) / bins
    return np.asarray(np.exp(np.log(median) + LOG_SD * ndtri(share)))


def entries(history: InterestHistory) -> tuple[Array, float]:
    """Contracts of each of the last 30 days that are still open, (30,), and those older; their sum is the last row.

    Where open interest falls everyone closes the same share: who closes is not known.
    """
    units = history.contracts[-(WINDOW_DAYS + 1) :]
    kept = np.zeros(WINDOW_DAYS)
    older = float(units[0])
    for day in range(1, units.size):
        before, after = units[day - 1], units[day]
        if after >= before:
            kept[day - 1] = after - before
        else:
            kept *= after / before
            older *= after / before
    return kept, older


def modelled_books(factor: str, history: InterestHistory, maximum: float, maintenance: float) -> ModelledBooks:
    """Low, middle and high book of a market; ``maximum`` leverage and ``maintenance`` are its venue's.

    Longs and shorts each hold all open interest; dollars of an inverse perp count as units at the last close. A
    leverage that the prices since would have liquidated is not open any more: what its day still holds is spread over
    the others. Raises ``MissingDataError`` for fewer than 31 rows, ``DomainError`` for rows that cannot be,
    ``MarginError`` for a maximum that maintenance does not leave room for.
    """
    _check(history)
    kept, older = entries(history)
    low, mid, high = (_book(factor, history, (kept, older), leverages(m, maximum), maintenance, m) for m in MEDIANS)
    opened = float(kept.sum())
    mean = float(kept @ history.close[-WINDOW_DAYS:]) / opened if opened > 0.0 else np.nan
    return ModelledBooks(low, mid, high, mean)


def book_at_spot(factor: str, spot: float, units: float, leverage: Array, maintenance: float) -> LiquidationBook:
    """A book whose longs and shorts each hold ``units``, all opened at ``spot``, equal parts at each of ``leverage``.

    Raises as :func:`isolated_prices`.
    """
    entry, each = np.full(leverage.size, spot), np.full(leverage.size, units / leverage.size)
    account, everyone = np.full(leverage.size, -1, dtype=np.int64), np.ones(leverage.size, dtype=np.bool_)
    sides = [
        ladder(isolated_prices(entry, leverage, maintenance, np.full(leverage.size, side)), each, account, everyone)
        for side in (1.0, -1.0)
    ]
    basis = f"modelled: {units:,.6g} units opened at {spot:g}, {leverage.size} leverages to {leverage[-1]:.4g}"
    return LiquidationBook(factor, spot, basis, True, sides[0], sides[1], 0.0, 2.0 * units, ())


def _check(history: InterestHistory) -> None:
    days = history.contracts.size
    if days < WINDOW_DAYS + 1:
        raise MissingDataError(
            f"entries need {WINDOW_DAYS + 1} days of open interest, had {days}: give a longer history"
        )
    for column in (history.contracts, history.close, history.low, history.high):
        if column.shape != (days,) or not (np.isfinite(column).all() and (column > 0.0).all()):
            raise DomainError(
                "open interest and prices must be positive, one each a day: repair or fill the rows openly"
            )
    if (history.low > history.close).any() or (history.high < history.close).any():
        raise DomainError("a close lies outside its day's low and high: check the columns")


def _prices(entry: Array, leverage: Array, maintenance: float, side: float, *, inverse: bool) -> Array:
    """Isolated liquidation prices; an inverse perp is a linear one in 1/price, on the other side (METHOD 1.6)."""
    held = np.full(entry.size, side)
    if inverse:
        return np.asarray(1.0 / isolated_prices(1.0 / entry, leverage, maintenance, -held))
    return isolated_prices(entry, leverage, maintenance, held)


def _book(
    factor: str,
    history: InterestHistory,
    opened: tuple[Array, float],
    leverage: Array,
    maintenance: float,
    median: float,
) -> LiquidationBook:
    spot = float(history.close[-1])
    unit = spot if history.inverse else 1.0
    kept, older = opened[0] / unit, opened[1] / unit
    days = slice(-WINDOW_DAYS, None)
    entry = np.repeat(history.close[days], leverage.size)
    lever = np.tile(leverage, WINDOW_DAYS)
    lowest = np.append(np.minimum.accumulate(history.low[days][::-1])[::-1][1:], spot)
    highest = np.append(np.maximum.accumulate(history.high[days][::-1])[::-1][1:], spot)
    sides, gone = [], 0.0
    for side, extreme in ((1.0, lowest), (-1.0, highest)):
        price = _prices(entry, lever, maintenance, side, inverse=history.inverse)
        alive = side * (np.repeat(extreme, leverage.size) - price) > 0.0
        count = alive.reshape(WINDOW_DAYS, -1).sum(axis=1)
        each = np.where(count > 0, kept / np.maximum(count, 1), 0.0)
        gone += float(kept[count == 0].sum())
        account = np.full(entry.size, -1, dtype=np.int64)
        sides.append(ladder(price, np.repeat(each, leverage.size), account, alive))
    reasons = (Unknown(OLDER, 0, 2.0 * older), Unknown(IMPOSSIBLE, 0, gone))
    basis = (
        f"modelled: open interest, leverage lognormal with median {median:g} and log deviation {LOG_SD:g}, at most "
        f"{leverage[-1]:.4g}; entries where open interest rose in {WINDOW_DAYS} days"
    )
    return LiquidationBook(
        factor, spot, basis, True, sides[0], sides[1], 0.0, 2.0 * float(history.contracts[-1]) / unit,
        tuple(one for one in reasons if one.units > 0.0),
    )  # fmt: skip
