"""Liquidity positions carried through a pool's bars or swaps: the compiled loop, rows x positions (METHOD 1.4, 5.4).

Prices are square roots of quote per base, amounts whole tokens, times seconds. A row first marks (when it starts a new
interval) at the price before it, then pays fees for what it traded. A mark moves the price, accrues realised LVR, may
re-centre the range, adjusts the perp hedge, and writes a line of the track. Fees stay outside the position.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.compiled import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HOLD, EXIT, TIME, BAND = 0, 1, 2, 3
"""Rules of re-centring: never; when a mark finds the price at or beyond an end; every so many seconds; when the price
is further from the centre than a share of the half-width, both in ln P."""

(
    LIQUIDITY, LOW, HIGH, LOG_LOW, LOG_HIGH, PRICE_ROOT, MARKED_AT, CENTRED_AT, HALF_WIDTH, BASE0, QUOTE0, ROOT0,
    STARTED_AT, FEE_BASE, FEE_QUOTE, FEE_EARNED, REBALANCED, LVR, LVR_SQUARED, VARIANCE_WEIGHT, TIME_IN, RECENTRES,
    TURNOVER, SWAP_COST, HEDGE, HEDGE_WAIT, HEDGE_PNL, HEDGE_COST, FUNDING,
) = range(29)  # fmt: skip
"""Columns of a position's state. VARIANCE_WEIGHT is the integral of P^2 g / 2: times sigma^2 it is the model's LVR."""
WIDTH: Final = 29

TRACK: Final = (
    "at", "price", "value", "holding", "fees", "rebalanced", "lvr", "swap_cost", "hedge", "low", "high", "recentres",
)  # fmt: skip
"""Columns of the track, one line a mark; dollars but for the instant, the price, the ends and the count."""
EVENT: Final = (
    "at",
    "price",
    "base_before",
    "quote_before",
    "base_sold",
    "cost",
    "base",
    "quote",
    "low",
    "high",
    "liquidity",
)
"""Columns of a re-centring: tokens before, base sold (negative: bought) at ``price``, cost in quote, tokens after."""


class Rows(NamedTuple):
    """One batch: ``mark_at`` seconds of the mark before the row, or -1; the rest as in ``market.flow.Flow``."""

    mark_at: Floats
    start: Floats
    coordinate: Integers
    low: Floats
    high: Floats
    base_fee: Floats
    quote_fee: Floats
    liquidity: Floats


class Costs(NamedTuple):
    """``swap``: fraction of what a re-centring sells. ``hedge_every`` marks, 0 for none; ``funding`` a second."""

    swap: float
    hedge_every: int
    hedge_cost: float
    funding: float


@compiled
def base_of(root: float, liquidity: float, low: float, high: float) -> float:
    """Base tokens of a range given by square roots; ``high`` may be infinite."""
    return liquidity * (1.0 / min(max(root, low), high) - 1.0 / high)


@compiled
def quote_of(root: float, liquidity: float, low: float, high: float) -> float:
    """Quote tokens of a range given by square roots."""
    return liquidity * (min(max(root, low), high) - low)


@compiled
def value_of(root: float, liquidity: float, low: float, high: float) -> float:
    """Both tokens in quote."""
    return base_of(root, liquidity, low, high) * root * root + quote_of(root, liquidity, low, high)


@compiled
def step_loss(root: float, before: float, liquidity: float, low: float, high: float) -> float:
    """``x_i (P_(i+1) - P_i) - (V_(i+1) - V_i)`` >= 0, without a difference of near numbers (METHOD 2.2)."""
    inside, origin = min(max(root, low), high), min(max(before, low), high)
    bend = (inside - origin) ** 2 / origin
    return liquidity * (bend + (1.0 / origin - 1.0 / inside) * (root * root - inside * inside))


@compiled
def _centre(s: Floats, root: float, at: float, swap: float, event: Floats) -> None:
    """Take everything out, swap into the ratio of a range of the same width around the price, put it in again."""
    price = root * root
    base, quote = base_of(root, s[LIQUIDITY], s[LOW], s[HIGH]), quote_of(root, s[LIQUIDITY], s[LOW], s[HIGH])
    wide = math.exp(0.5 * s[HALF_WIDTH])
    low, high = root / wide, root * wide
    ratio = (1.0 / root - 1.0 / high) * price / (root - low)
    surplus = base * price - ratio * quote
    if surplus > 0.0:
        sold = surplus / (1.0 + ratio * (1.0 - swap))
        cost = swap * sold
    else:
        sold = surplus / (1.0 - swap + ratio) * (1.0 - swap)
        cost = -surplus / (1.0 - swap + ratio) * swap
    event[0], event[1], event[2], event[3], event[4], event[5] = at, price, base, quote, sold / price, cost
    base, quote = base - sold / price, quote + sold - cost
    s[LIQUIDITY] = quote / (root - low)
    s[LOW], s[HIGH], s[LOG_LOW], s[LOG_HIGH] = low, high, 2.0 * math.log(low), 2.0 * math.log(high)
    s[CENTRED_AT] = at
    s[RECENTRES] += 1.0
    s[TURNOVER] += abs(sold)
    s[SWAP_COST] += cost
    event[6], event[7], event[8], event[9], event[10] = base, quote, low * low, high * high, s[LIQUIDITY]


@compiled
def _due(s: Floats, rule: int, value: float, root: float, at: float) -> bool:
    if rule == EXIT:
        return bool(root <= s[LOW] or root >= s[HIGH])
    if rule == TIME:
        return bool(at - s[CENTRED_AT] >= value)
    return bool(abs(2.0 * math.log(root) - 0.5 * (s[LOG_LOW] + s[LOG_HIGH])) > value * s[HALF_WIDTH])


@compiled
def _hedge(s: Floats, before: float, price: float, seconds: float, costs: Costs) -> None:
    """Profit of the short perp since the last mark, then the adjustment when it is due."""
    s[HEDGE_PNL] -= s[HEDGE] * (price - before)
    s[FUNDING] += s[HEDGE] * before * costs.funding * seconds
    s[HEDGE_WAIT] += 1.0
    if s[HEDGE_WAIT] >= costs.hedge_every:
        held = base_of(s[PRICE_ROOT], s[LIQUIDITY], s[LOW], s[HIGH])
        s[HEDGE_COST] += abs(held - s[HEDGE]) * price * costs.hedge_cost
        s[HEDGE] = held
        s[HEDGE_WAIT] = 0.0


@compiled
def _mark(s: Floats, rule: tuple[int, float], root: float, at: float, costs: Costs, event: Floats) -> bool:
    """Move a position to a new price; true when it re-centred."""
    before, seconds = s[PRICE_ROOT], at - s[MARKED_AT]
    if s[LOW] <= before < s[HIGH]:
        s[TIME_IN] += seconds
        s[VARIANCE_WEIGHT] += 0.25 * s[LIQUIDITY] * before * seconds
    move = root * root - before * before
    lost = step_loss(root, before, s[LIQUIDITY], s[LOW], s[HIGH])
    s[REBALANCED] += base_of(before, s[LIQUIDITY], s[LOW], s[HIGH]) * move
    s[LVR] += lost
    s[LVR_SQUARED] += lost * lost
    s[PRICE_ROOT], s[MARKED_AT] = root, at
    moved = rule[0] != HOLD and _due(s, rule[0], rule[1], root, at)
    if moved:
        _centre(s, root, at, costs.swap, event)
    if costs.hedge_every > 0:
        _hedge(s, before * before, root * root, seconds, costs)
    return moved


@compiled
def _pay(s: Floats, rows: Rows, i: int) -> None:
    """Fees of one row: the position's share of them, and of the stretch travelled that lies in its range."""
    kind = rows.coordinate[i]
    if kind == 0:
        low, high = s[LOG_LOW], s[LOG_HIGH]
    elif kind == 1:
        low, high = s[LOW], s[HIGH]
    else:
        low, high = -1.0 / s[LOW], -1.0 / s[HIGH]
    start, stop = rows.low[i], rows.high[i]
    if stop > start:
        inside = min(stop, high) - max(start, low)
        share = inside / (stop - start)
    else:
        share = 1.0 if low <= start < high else 0.0
    if share > 0.0:
        share *= s[LIQUIDITY] / (rows.liquidity[i] + s[LIQUIDITY])
        base, quote = share * rows.base_fee[i], share * rows.quote_fee[i]
        s[FEE_BASE] += base
        s[FEE_QUOTE] += quote
        s[FEE_EARNED] += quote + base * rows.start[i] * rows.start[i]


@compiled
def _line(s: Floats, track: Floats) -> None:
    root, price = s[PRICE_ROOT], s[PRICE_ROOT] * s[PRICE_ROOT]
    track[0], track[1] = s[MARKED_AT], price
    track[2] = value_of(root, s[LIQUIDITY], s[LOW], s[HIGH])
    track[3] = s[BASE0] * price + s[QUOTE0]
    track[4] = s[FEE_BASE] * price + s[FEE_QUOTE]
    track[5], track[6], track[7] = s[REBALANCED], s[LVR], s[SWAP_COST]
    track[8] = s[HEDGE_PNL] + s[FUNDING] - s[HEDGE_COST]
    track[9], track[10], track[11] = s[LOW] * s[LOW], s[HIGH] * s[HIGH], s[RECENTRES]


@compiled
def replay(
    states: Floats, rules: Integers, values: Floats, rows: Rows, costs: Costs, tracks: Floats, events: Floats
) -> Integers:
    """Carry every position through a batch; ``states`` (positions, WIDTH) changes in place.

    The first ``tracks.shape[0]`` positions write a line a mark into ``tracks`` (position, mark, column) and their
    re-centrings into ``events`` (position, number, column). Returns how many events each of them wrote.
    """
    written = np.zeros(tracks.shape[0], np.int64)
    nowhere = np.empty(len(EVENT))
    for n in range(states.shape[0]):
        s, followed, marks = states[n], n < tracks.shape[0], 0
        rule = (rules[n], values[n])
        for i in range(rows.start.size):
            if rows.mark_at[i] >= 0.0:
                event = events[n, written[n]] if followed else nowhere
                moved = _mark(s, rule, rows.start[i], rows.mark_at[i], costs, event)
                if followed:
                    _line(s, tracks[n, marks])
                    marks += 1
                    written[n] += moved
            _pay(s, rows, i)
    return written


@compiled
def open_positions(states: Floats, root: float, at: float, costs: Costs) -> None:
    """Start every position at a price: ``states`` holds LIQUIDITY, LOW and HIGH, the rest is filled in."""
    for n in range(states.shape[0]):
        s = states[n]
        s[LOG_LOW], s[LOG_HIGH] = 2.0 * math.log(s[LOW]), 2.0 * math.log(s[HIGH])
        s[HALF_WIDTH] = 0.5 * (s[LOG_HIGH] - s[LOG_LOW])
        s[PRICE_ROOT], s[ROOT0] = root, root
        s[MARKED_AT], s[CENTRED_AT], s[STARTED_AT] = at, at, at
        s[BASE0] = base_of(root, s[LIQUIDITY], s[LOW], s[HIGH])
        s[QUOTE0] = quote_of(root, s[LIQUIDITY], s[LOW], s[HIGH])
        if costs.hedge_every > 0:
            s[HEDGE] = s[BASE0]
            s[HEDGE_COST] = s[BASE0] * root * root * costs.hedge_cost
