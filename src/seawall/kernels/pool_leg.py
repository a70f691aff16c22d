"""A liquidity position on a series of closes: value, delta, fees, re-centring, and its loss told apart (METHOD 5.4).

Prices are quote (dollars) per coin. Tokens, value and both losses are the closed forms of ``kernels.amm``; v2 is the
range from 0 to infinity. Fees and costs are paid in cash beside the position, so that over any steps

    value now - value then = sum coins_before (price - price_before) - LVR        and P&L = that + fees - costs.

A re-centring changes the tokens and not the value: the pool's fee on what is swapped and the gas are costs.
"""

import math
from typing import Final, NamedTuple

from seawall.core.errors import DomainError, RangeError
from seawall.kernels.amm import v3_delta_one, v3_loss_one, v3_value_one
from seawall.kernels.compiled import compiled

NEVER: Final = 0
OUT_OF_RANGE: Final = 1
EVERY: Final = 2
DAYS_PER_YEAR: Final = 365.0
SAME_DAY: Final = 1e-6
"""Days by which a sum of steps may miss ``every``."""


class PoolTerms(NamedTuple):
    """What a position is: prices ``low`` and ``high`` (0 and infinity: v2) and what it pays.

    ``fee_share``: part of the fee rate that reaches the position. ``gas_usd``: of a re-centring, and of going in or
    out. ``recentre``: 0 never, 1 when a close is at or beyond an end, 2 when ``every`` days have passed. ``width``: a
    range set around a price P runs from P/width to P width. ``pool_fee``: fraction of what a swap pays in.
    """

    low: float
    high: float
    fee_share: float = 1.0
    gas_usd: float = 0.0
    recentre: int = NEVER
    width: float = 1.0
    pool_fee: float = 0.0
    every: float = 0.0


class PoolState(NamedTuple):
    """A position: liquidity and range, the tokens held at its opening (for HODL), and running totals in dollars.

    ``start``: price at opening. ``fees_usd``, ``gas_usd``, ``swap_usd`` (fee of the re-centrings' swaps) and
    ``lvr_usd`` >= 0 since opening; ``centred`` years since the range was set; ``recentres``: how often it was moved.
    """

    liquidity: float
    low: float
    high: float
    start: float
    hodl_coins: float
    hodl_usd: float
    fees_usd: float
    gas_usd: float
    swap_usd: float
    lvr_usd: float
    centred: float
    recentres: float


def checked_pool(terms: PoolTerms) -> PoolTerms:
    """The terms. Raises ``RangeError`` for ends out of order, ``DomainError`` for a number outside its domain."""
    if not 0.0 <= terms.low < terms.high:
        raise RangeError(f"low must be below high and not negative, were ({terms.low}, {terms.high}): swap or widen")
    if (terms.low == 0.0) != math.isinf(terms.high):
        raise RangeError("a range with one open end is no pool position: give both ends, or 0 and infinity for v2")
    if not (0.0 <= terms.fee_share <= 1.0 and 0.0 <= terms.pool_fee < 1.0 and 0.0 <= terms.gas_usd < math.inf):
        raise DomainError("fee_share must be in [0, 1], pool_fee in [0, 1) and gas_usd >= 0: 0.003 is 0.3 %")
    if terms.recentre not in (NEVER, OUT_OF_RANGE, EVERY):
        raise DomainError(f"recentre is 0 (never), 1 (out of range) or 2 (every so many days), was {terms.recentre}")
    if terms.recentre != NEVER and math.isinf(terms.high):
        raise DomainError("a full range has no centre to move: use recentre 0")
    if terms.recentre != NEVER and not 1.0 < terms.width < math.inf:
        raise DomainError(f"width must be above 1 to re-centre, was {terms.width}: 1.25 is from P/1.25 to 1.25 P")
    if terms.recentre == EVERY and not 0.0 < terms.every < math.inf:
        raise DomainError(f"every must be a positive number of days, was {terms.every}")
    return terms


@compiled
def pool_around(terms: PoolTerms, price: float) -> PoolTerms:
    """The same terms with a range of ``width`` around a price."""
    return PoolTerms(
        price / terms.width,
        price * terms.width,
        terms.fee_share,
        terms.gas_usd,
        terms.recentre,
        terms.width,
        terms.pool_fee,
        terms.every,
    )


@compiled
def pool_value(state: PoolState, price: float) -> float:
    """Dollars of both tokens, without fees."""
    return v3_value_one(price, state.liquidity, state.low, state.high)


@compiled
def pool_delta(state: PoolState, price: float) -> float:
    """Coins held at a price: dV/dP."""
    return v3_delta_one(price, state.liquidity, state.low, state.high)


@compiled
def pool_open(terms: PoolTerms, price: float, usd: float) -> PoolState:
    """A position worth ``usd`` at ``price``; what entering costs is :func:`pool_turn_cost`."""
    liquidity = usd / v3_value_one(price, 1.0, terms.low, terms.high)
    coins = v3_delta_one(price, liquidity, terms.low, terms.high)
    rest = usd - coins * price
    return PoolState(liquidity, terms.low, terms.high, price, coins, rest, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@compiled
def pool_turn_cost(terms: PoolTerms, state: PoolState, price: float) -> float:
    """Dollars it costs to enter from cash or to leave into cash: gas, and the pool's fee on the coins swapped."""
    return terms.gas_usd + terms.pool_fee * pool_delta(state, price) * price


@compiled
def pool_loss(state: PoolState, price: float) -> float:
    """Value less that of the tokens of the opening, still held (HODL), dollars; impermanent loss while never moved."""
    return pool_value(state, price) - (state.hodl_coins * price + state.hodl_usd)


@compiled
def pool_in_range(state: PoolState, before: float, price: float) -> float:
    """Share of a step in the range: of the way from ln ``before`` to ln ``price``; for no move 1 inside, else 0."""
    if before == price:
        return 1.0 if state.low <= price < state.high else 0.0
    bottom, top = min(before, price), max(before, price)
    inside = math.log(min(top, state.high) / max(bottom, state.low))
    return max(inside / math.log(top / bottom), 0.0)


@compiled
def pool_recentred(terms: PoolTerms, state: PoolState, price: float) -> tuple[PoolState, float]:
    """The position moved to a range around ``price`` at the same value, and its cost: gas and the swap's fee."""
    value, held = pool_value(state, price), pool_delta(state, price)
    low, high = price / terms.width, price * terms.width
    liquidity = value / v3_value_one(price, 1.0, low, high)
    swap = terms.pool_fee * abs(v3_delta_one(price, liquidity, low, high) - held) * price
    moved = PoolState(
        liquidity,
        low,
        high,
        state.start,
        state.hodl_coins,
        state.hodl_usd,
        state.fees_usd,
        state.gas_usd + terms.gas_usd,
        state.swap_usd + swap,
        state.lvr_usd,
        0.0,
        state.recentres + 1.0,
    )
    return moved, terms.gas_usd + swap


@compiled
def _due(terms: PoolTerms, state: PoolState, price: float) -> bool:
    if terms.recentre == OUT_OF_RANGE:
        return price <= state.low or price >= state.high
    return terms.recentre == EVERY and state.centred * DAYS_PER_YEAR >= terms.every - SAME_DAY


@compiled
def pool_step(
    terms: PoolTerms, state: PoolState, before: float, price: float, fee_rate: float, years: float
) -> tuple[PoolState, float, float]:
    """One step of closes: the state after it, fees earned and costs of re-centring, both in dollars of cash.

    Fees are ``fee_share x fee_rate x value at the close before x share of the step in range``: ``fee_rate`` is what a
    dollar of value earns over the step while in range. The step's LVR is ``coins_before (price - before) - (value -
    value before)`` (METHOD 2.2). A re-centring happens at the close, after both.
    """
    share = pool_in_range(state, before, price)
    fees = terms.fee_share * fee_rate * pool_value(state, before) * share if share > 0.0 else 0.0
    stepped = PoolState(
        state.liquidity,
        state.low,
        state.high,
        state.start,
        state.hodl_coins,
        state.hodl_usd,
        state.fees_usd + fees,
        state.gas_usd,
        state.swap_usd,
        state.lvr_usd - v3_loss_one(price, before, state.liquidity, state.low, state.high),
        state.centred + years,
        state.recentres,
    )
    if not _due(terms, stepped, price):
        return stepped, fees, 0.0
    moved, cost = pool_recentred(terms, stepped, price)
    return moved, fees, cost
