"""Pool and perp programs inside the account: a session's step, their trades, and their forced closing.

A pool's tokens and the margin a venue holds are positions of the account and count in its equity; no other position can
borrow on them (``requirement``). Pool fees are paid in cash. A perp moves cash only by what goes to and comes from the
venue; a liquidation takes its margin and nothing else. Every trade is at the close, after the session's step.
"""

import math
from typing import Final

from seawall.kernels import coin_slots as of
from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.impact import size_impact
from seawall.kernels.margin import flat_liquidation_price
from seawall.kernels.perp_leg import (
    PerpState,
    PerpTerms,
    delta_target,
    notional_target,
    perp_due,
    perp_step,
    perp_trade,
)
from seawall.kernels.pool_leg import (
    PoolState,
    PoolTerms,
    pool_around,
    pool_delta,
    pool_open,
    pool_step,
    pool_turn_cost,
    pool_value,
)
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import Book, Floats, Now, Tables, Terms
from seawall.kernels.trade import Order, equity, move_cash

PARKINSON: Final = 2.0 * math.sqrt(math.log(2.0))
"""ln(high / low) over this is one deviation of the time between (Parkinson 1980)."""


@borrowing
def pool_terms(row: Floats) -> PoolTerms:
    """Terms of a pool program."""
    return PoolTerms(
        row[of.LOW],
        row[of.HIGH],
        1.0,
        row[of.GAS],
        int(row[of.RECENTRE]),
        row[of.WIDTH],
        row[of.POOL_FEE],
        row[of.EVERY],
    )


@borrowing
def pool_held(row: Floats) -> PoolState:
    """Position of a pool program."""
    k = of.STATE
    return PoolState(
        row[k], row[k + 1], row[k + 2], row[k + 3], row[k + 4], row[k + 5], row[k + 6], row[k + 7], row[k + 8],
        row[k + 9], row[k + 10], row[k + 11],
    )  # fmt: skip


@borrowing
def keep_pool(row: Floats, state: PoolState, price: float) -> None:
    """Write a position down."""
    for place in range(12):
        row[of.STATE + place] = state[place]
    row[of.VALUE] = pool_value(state, price)


@borrowing
def perp_terms(row: Floats, taker: float) -> PerpTerms:
    """Terms of a perp program that pays ``taker`` of what it trades."""
    return PerpTerms(row[of.TARGET], row[of.LEVERAGE], row[of.MAINTENANCE], taker, row[of.BAND])


@borrowing
def perp_held(row: Floats) -> PerpState:
    """Position of a perp program."""
    first = of.STATE
    return PerpState(
        row[first], row[first + 1], row[first + 2], row[first + 3], row[first + 4], row[first + 5], row[first + 6]
    )


@borrowing
def keep_perp(row: Floats, state: PerpState) -> None:
    """Write a position down."""
    for place in range(7):
        row[of.STATE + place] = state[place]
    row[of.VALUE] = state.margin


@borrowing
def sum_coins(book: Book, tables: Tables, time: float) -> None:
    """Sum what pools and perps are worth, and the fees a year of the book's own pools since they were opened."""
    worth, yearly = 0.0, 0.0
    for program in range(book.coin.shape[0]):
        row = book.coin[program]
        worth += row[of.VALUE]
        pool = tables.coin[program, of.KIND] == of.POOL and row[of.OPEN] > 0.0
        if pool and tables.number[program, at.NUM_HEDGE] == 0.0 and time > row[of.SINCE]:
            yearly += pool_held(row).fees_usd / (time - row[of.SINCE])
    book.purse[at.PURSE_COINS], book.purse[at.PURSE_FEES] = worth, yearly


@borrowing
def coin_order(program: int, kind: float, quantity: float, rule: int) -> Order:
    """Name a trade of a pool or perp in the log."""
    return Order(program, 0, at.LP if kind == of.POOL else at.SWAP, at.LINEAR, -1, 0.0, quantity, rule)


@borrowing
def step_pool(book: Book, tables: Tables, row: int, program: int, fee_rate: float, price: float) -> None:
    """Move a pool to this close: tokens, fees into cash, and a re-centring that is due."""
    terms, held = pool_terms(tables.coin[program]), book.coin[program]
    years = tables.time[row] - tables.time[row - 1]
    worth, state = held[of.VALUE], pool_held(held)
    after, fees, cost = pool_step(terms, state, held[of.PRICE], price, fee_rate, years)
    keep_pool(held, after, price)
    line, gained = book.program[row if book.program.shape[0] > 1 else 0, program], held[of.VALUE] - worth
    book.purse[at.PURSE_CASH] += fees
    book.session[row, at.DAY_FEES] += fees
    line[at.RUN_PNL] += gained + fees
    line[at.RUN_MOVED] += abs(gained) + abs(fees)
    line[at.RUN_MODELLED] += abs(fees) * tables.coin[program, of.MODELLED]
    if after.recentres > state.recentres:
        move_cash(book, row, coin_order(program, of.POOL, 0.0, at.RECENTRE), (price, price), (0.0, cost), True)


@borrowing
def step_perp(
    book: Book, tables: Tables, row: int, program: int, extremes: tuple[float, float], price: float, funding: float
) -> None:
    """Move a perp to this close: P&L and funding on its margin; liquidated, its margin is gone."""
    held = book.coin[program]
    terms, state, before = perp_terms(tables.coin[program], 0.0), perp_held(held), held[of.PRICE]
    after, pnl, received, gone = perp_step(terms, state, before, extremes, price, funding)
    keep_perp(held, after)
    line = book.program[row if book.program.shape[0] > 1 else 0, program]
    line[at.RUN_PNL] += pnl + received
    line[at.RUN_MOVED] += abs(pnl) + abs(received)
    line[at.RUN_MODELLED] += abs(received) * tables.coin[program, of.MODELLED]
    if gone:
        safe = state.margin + min(-state.size * before * funding, 0.0)
        edge = flat_liquidation_price(state.size, before, safe, terms.maintenance)
        order = coin_order(program, of.PERP, -state.size, at.LIQUIDATED)
        move_cash(book, row, order, (edge, edge), (0.0, 0.0), True)


@borrowing
def step_coins(book: Book, rows: Rows, lane: Lane, tables: Tables, row: int) -> None:
    """Move every pool and perp from the close before to this one."""
    source = lane.source[row]
    for program in range(book.coin.shape[0]):
        kind, asset = tables.coin[program, of.KIND], int(tables.coin[program, of.ASSET])
        if kind == of.NO_COIN:
            continue
        price, held = lane.coin[row, asset], book.coin[program]
        if kind == of.POOL and held[of.OPEN] > 0.0:
            fee_rate = rows.fees[source, int(tables.coin[program, of.FEES])]
            step_pool(book, tables, row, program, fee_rate, price)
        elif kind == of.PERP and held[of.STATE] != 0.0:
            low, high = held[of.PRICE] * rows.coin_low[source, asset], held[of.PRICE] * rows.coin_high[source, asset]
            step_perp(book, tables, row, program, (low, high), price, rows.funding[source, asset])
        held[of.PRICE], held[of.SPREAD] = price, math.log(rows.coin_high[source, asset] / rows.coin_low[source, asset])
    sum_coins(book, tables, tables.time[row])


@borrowing
def open_pool(book: Book, tables: Tables, terms: Terms, now: Now, program: int, room: float) -> None:
    """Open a pool at its size, or at what ``room`` dollars pay for; nothing is an answer."""
    spec, held = tables.coin[program], book.coin[program]
    wanted = spec[of.AMOUNT] * tables.column[now.row, program, at.COL_SCALE]
    wanted *= equity(book) if spec[of.OF_EQUITY] > 0.0 else 1.0
    usd = min(wanted, (room - spec[of.GAS]) / (1.0 + spec[of.POOL_FEE]))
    if usd <= 0.0:
        book.program[now.row if book.program.shape[0] > 1 else 0, program, at.RUN_STARVED] += wanted > 0.0
        return
    plain = pool_terms(spec)
    given = pool_around(plain, held[of.PRICE]) if spec[of.AROUND] > 0.0 else plain
    state = pool_open(given, held[of.PRICE], usd)
    cost = pool_turn_cost(given, state, held[of.PRICE])
    keep_pool(held, state, held[of.PRICE])
    held[of.OPEN], held[of.SINCE] = 1.0, now.time
    move_cash(book, now.row, coin_order(program, of.POOL, 1.0, at.ENTER), (usd, usd), (held[of.VALUE], cost), True)


@borrowing
def close_coin(book: Book, tables: Tables, terms: Terms, now: Now, program: int, rule: int) -> None:
    """Turn a pool or perp into cash at this close."""
    spec, held = tables.coin[program], book.coin[program]
    if spec[of.KIND] == of.POOL and held[of.OPEN] > 0.0:
        worth = held[of.VALUE]
        cost = pool_turn_cost(pool_terms(spec), pool_held(held), held[of.PRICE])
        held[of.OPEN], held[of.VALUE] = 0.0, 0.0
        move_cash(book, now.row, coin_order(program, of.POOL, -1.0, rule), (worth, worth), (-worth, cost), True)
    elif spec[of.KIND] == of.PERP and held[of.STATE] != 0.0:
        trade_perp(book, tables, terms, now, program, 0.0, rule)
    sum_coins(book, tables, now.time)


@borrowing
def taker_rate(book: Book, tables: Tables, terms: Terms, program: int, usd: float) -> float:
    """What trading ``usd`` of a perp costs, as a share of it: taker fee, and the impact of a large order."""
    deviation = book.coin[program, of.SPREAD] / PARKINSON
    return float(tables.coin[program, of.TAKER] + size_impact(usd, terms.perp_volume, deviation, terms.impact))


@borrowing
def trade_perp(book: Book, tables: Tables, terms: Terms, now: Now, program: int, wanted: float, rule: int) -> None:
    """Trade to ``wanted`` coins and set the margin; cash goes to the venue or comes back."""
    held = book.coin[program]
    state, price = perp_held(held), held[of.PRICE]
    usd = abs(wanted - state.size) * price
    given = perp_terms(tables.coin[program], taker_rate(book, tables, terms, program, usd))
    after, fee, deposit = perp_trade(given, state, price, wanted)
    keep_perp(held, after)
    book.session[now.row, at.DAY_VENUE] += deposit - fee
    order = coin_order(program, of.PERP, wanted - state.size, rule)
    half = fee / abs(order.quantity) if order.quantity != 0.0 else 0.0
    paid = price + math.copysign(half, order.quantity)
    move_cash(book, now.row, order, (paid, price), (deposit - fee, fee), True)


@borrowing
def perp_wanted(book: Book, tables: Tables, now: Now, program: int) -> float:
    """Coins a perp program asks for at this close."""
    spec, held = tables.coin[program], book.coin[program]
    if tables.column[now.row, program, at.COL_EXIT] > 0.0:
        return 0.0
    scale, terms, pool = tables.column[now.row, program, at.COL_SCALE], perp_terms(spec, 0.0), int(spec[of.FOLLOWS])
    if pool < 0:
        return float(scale * notional_target(terms, equity(book), held[of.PRICE]))
    if book.coin[pool, of.OPEN] == 0.0:
        return 0.0
    return float(scale * delta_target(terms, pool_delta(pool_held(book.coin[pool]), held[of.PRICE])))


@borrowing
def follow_perp(book: Book, tables: Tables, terms: Terms, now: Now, program: int, room: float) -> None:
    """Trade a perp that is off its target by more than its band, or fill its margin up; within ``room`` dollars."""
    spec, held = tables.coin[program], book.coin[program]
    state, price, wanted = perp_held(held), held[of.PRICE], perp_wanted(book, tables, now, program)
    rate = taker_rate(book, tables, terms, program, abs(wanted - state.size) * price)
    most = max(state.margin + room, 0.0) * spec[of.LEVERAGE] / (price * (1.0 + spec[of.LEVERAGE] * rate))
    if abs(wanted) > max(most, abs(state.size)):
        book.program[now.row if book.program.shape[0] > 1 else 0, program, at.RUN_STARVED] += 1.0
        wanted = math.copysign(max(most, min(abs(state.size), abs(wanted))), wanted)
    full = abs(state.size) * price / spec[of.LEVERAGE]
    if perp_due(perp_terms(spec, rate), state, wanted):
        rule = at.ENTER if state.size == 0.0 else (at.EXIT if wanted == 0.0 else at.REBALANCE)
        trade_perp(book, tables, terms, now, program, wanted, rule)
    elif state.margin < spec[of.REFILL] * full and room >= full - state.margin:
        trade_perp(book, tables, terms, now, program, state.size, at.REFILL)
