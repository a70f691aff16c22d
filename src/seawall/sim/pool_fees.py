"""What a pool pays its liquidity, as a column of the rows: three rules, none of them an observation of a position.

A column holds the fees since the session before in units of the position's value while the price was in its range. It
is the same in every lane that reads the row. Row 0 earns nothing.
"""

from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels.amm import positive
from seawall.sim.daily_inputs import Codes, Floats, How
from seawall.sim.rows import RowsOf

CRYPTO_DAYS: Final = 365.0


class FeeColumn(NamedTuple):
    """Fees by session, shape (n,), how they came to be, and one line that says so."""

    values: Floats
    how: Codes
    note: str


def _column(found: RowsOf, values: Floats, how: How, note: str) -> FeeColumn:
    codes = np.full(values.size, how, np.int8)
    codes[0] = How.NONE
    return FeeColumn(np.concatenate([[0.0], values[1:]]), codes, note)


def yield_fees(found: RowsOf, apr: float) -> FeeColumn:
    """A constant simple yield a year, while in range. Raises ``DomainError`` for one that is negative."""
    rate = float(positive("apr", apr, zero=True))
    return _column(found, rate * found.years, How.ASSUMED, f"pool fees: {rate:.4g} of value a year in range, assumed")


def volume_fees(found: RowsOf, volume: Floats, fee_tier: float, depth_usd: Floats, leverage: float = 1.0) -> FeeColumn:
    """Fees of the pool's volume, shared by liquidity: ``volume x fee tier x leverage / depth``.

    ``volume`` (n,): dollars traded since the session before. ``depth_usd`` (n,) or one: ``2 L sqrt P`` of the liquidity
    active at the price, dollars; the value locked of a v2 pool. ``leverage``: liquidity per value over that of v2
    (``kernels.amm.v3``), 1 for v2; taken as constant over the range. The position is small beside the pool. Raises
    ``MissingDataError`` for a session without volume or depth, ``DomainError`` for a number outside its domain.
    """
    if not 0.0 <= fee_tier < 1.0:
        raise DomainError(f"fee_tier must be in [0, 1), was {fee_tier}: 0.003 is 0.3 %")
    scale = fee_tier * float(positive("leverage", leverage))
    size = found.dates.size
    traded, depth = (np.broadcast_to(np.asarray(one, dtype=np.float64), (size,)) for one in (volume, depth_usd))
    absent = ~(np.isfinite(traded) & np.isfinite(depth))
    absent[0] = False
    if absent.any():
        day = found.dates[np.argmax(absent)]
        raise MissingDataError(f"volume or depth of the pool is unknown on {day}: complete the series")
    shared = positive("volume", traded[1:], zero=True) / positive("depth_usd", depth[1:])
    note = f"pool fees: volume x {fee_tier:g} over the depth of the pool x leverage {leverage:g}, shared by liquidity"
    return _column(found, np.concatenate([[0.0], scale * shared]), How.ESTIMATED, note)


def fair_fees(
    found: RowsOf, coin: str, multiple: float, prior_vol: float, leverage: float = 1.0, window: int = 63
) -> FeeColumn:
    """``multiple`` times the LVR that trailing volatility makes: ``multiple x leverage x variance / 8`` a year.

    ``variance``: sum of squared log moves of ``coin`` over the calendar years of the ``window`` rows before, the row
    itself not among them; ``prior_vol`` (per root of a year) stands in for rows before the first. ``leverage`` as in
    :func:`volume_fees`. LVR of v2 is variance/8 of its value a year (arXiv:2208.06046). Raises ``MissingDataError`` for
    a coin the rows lack, ``DomainError`` for a number outside its domain.
    """
    if coin not in found.coins:
        raise MissingDataError(f"the rows have no {coin}: there are {', '.join(found.coins) or 'none'}")
    if window < 1:
        raise DomainError(f"window must be at least one row, was {window}")
    scale = float(positive("multiple", multiple, zero=True) * positive("leverage", leverage)) / 8.0
    years, moves = found.years, found.rows.coin_move[:, found.coins.index(coin)]
    usual = float(np.median(years[1:])) if years.size > 1 else 1.0 / CRYPTO_DAYS
    lead = np.full(window, usual)
    spans = np.concatenate([lead, years])
    squares = np.concatenate([lead * float(positive("prior_vol", prior_vol)) ** 2, np.log(moves) ** 2])
    time, sums = np.concatenate([[0.0], np.cumsum(spans)]), np.concatenate([[0.0], np.cumsum(squares)])
    row = np.arange(years.size) + window
    variance = (sums[row] - sums[row - window]) / (time[row] - time[row - window])
    note = (
        f"pool fees: {multiple:g} times the loss to arbitrage at {coin}'s volatility of the {window} sessions before "
        f"(at first {prior_vol:g}), leverage {leverage:g}: a stated rule, not an observation"
    )
    return _column(found, scale * variance * years, How.MODELLED, note)


def with_fees(found: RowsOf, *columns: FeeColumn) -> RowsOf:
    """The rows with one fee column a pool program, in order; series ``FEES_0``, ``FEES_1`` ... in ``how``.

    Raises ``DomainError`` for a column of another length.
    """
    for column in columns:
        if column.values.shape != found.dates.shape:
            raise DomainError(
                f"a fee column has {column.values.size} rows, the market {found.dates.size}: make it anew"
            )
    fees = np.column_stack([one.values for one in columns]) if columns else np.zeros((found.dates.size, 0))
    how = {**found.how, **{f"FEES_{place}": one.how for place, one in enumerate(columns)}}
    notes = (*found.notes, *(one.note for one in columns))
    return found._replace(rows=found.rows._replace(fees=fees), how=how, notes=notes)
