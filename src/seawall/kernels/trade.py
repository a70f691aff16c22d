"""The one place where cash moves, and what a fill costs.

P&L is at mid; a cost is what the fill lost against mid, the impact of its size, and commission. A future costs no cash
but its costs: its gains are paid every session. An observed quote is filled at its ask or bid, whatever the multiple of
the costs.
"""

import math
from typing import NamedTuple

from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.quote import View, find_quote, half_of, mid_of, quote_key
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms


class Quote(NamedTuple):
    """One leg at one close: mid and half-spread in points, and whether both were observed."""

    mid: float
    half: float
    seen: bool


class Order(NamedTuple):
    """One trade of ``quantity`` contracts (> 0 buys) for a slot of a program."""

    program: int
    slot: int
    what: int
    side: float
    expiry: int
    strike: float
    quantity: float
    rule: int


@borrowing
def multiplier(what: int) -> float:
    """Dollars a point."""
    return float(at.MULTIPLIERS[what])


@borrowing
def seen_mid(
    now: Now, tables: Tables, quotes: Quotes, view: View, expiry: int, leg: tuple[int, float, float]
) -> tuple[float, bool]:
    """Mid of a leg (what, side, strike): observed where there is a quote, else modelled; and which."""
    what, side, strike = leg
    if quotes.key.size > 0 and what != at.FUTURE and view.years > 0.0:
        root, day = int(tables.expiry[expiry, at.EXPIRY_ROOT]), int(tables.expiry[expiry, at.EXPIRY_DAY])
        found = find_quote(quotes, now.source, quote_key(root, day, strike, side))
        if found >= 0:
            return 0.5 * (quotes.bid[found] + quotes.ask[found]), True
    return mid_of(view, what, side, strike), False


@borrowing
def quote_of(
    now: Now, tables: Tables, terms: Terms, quotes: Quotes, view: View, expiry: int, leg: tuple[int, float, float]
) -> Quote:
    """Mid and half-spread of a leg (what, side, strike)."""
    what, side, strike = leg
    mid, seen = seen_mid(now, tables, quotes, view, expiry, leg)
    if seen:
        root, day = int(tables.expiry[expiry, at.EXPIRY_ROOT]), int(tables.expiry[expiry, at.EXPIRY_DAY])
        found = find_quote(quotes, now.source, quote_key(root, day, strike, side))
        return Quote(mid, 0.5 * (quotes.ask[found] - quotes.bid[found]), True)
    half = 0.0 if view.years <= 0.0 else half_of(terms, view, what, side, strike, mid)
    return Quote(mid, half, False)


@borrowing
def price_of(what: int, quantity: float, quote: Quote) -> float:
    """Price of a fill; a sale never fetches less than nothing."""
    return quote.mid + quote.half if quantity > 0.0 else max(quote.mid - quote.half, min(quote.mid, 0.0))


@borrowing
def commission_of(terms: Terms, what: int) -> float:
    """Dollars of commission a contract."""
    return terms.future_commission if what == at.FUTURE else terms.commission


@borrowing
def move_cash(
    book: Book, row: int, order: Order, at_price: tuple[float, float], paid_cost: tuple[float, float], seen: bool
) -> None:
    """Pay what was ``paid`` and its ``cost``, and write the fill down with its (price, mid); every fill comes here."""
    cost = paid_cost[1]
    book.purse[at.PURSE_CASH] -= paid_cost[0] + cost
    book.program[row if book.program.shape[0] > 1 else 0, order.program, at.RUN_COST] += cost
    if book.filled[0] < book.fills.shape[0]:
        record = book.fills[book.filled[0]]
        record[at.FILL_ROW], record[at.FILL_PROGRAM], record[at.FILL_SLOT] = row, order.program, order.slot
        record[at.FILL_WHAT], record[at.FILL_EXPIRY], record[at.FILL_STRIKE] = order.what, order.expiry, order.strike
        record[at.FILL_SIDE], record[at.FILL_QUANTITY], record[at.FILL_PRICE] = order.side, order.quantity, at_price[0]
        record[at.FILL_MID], record[at.FILL_COST], record[at.FILL_RULE] = at_price[1], cost, order.rule
        record[at.FILL_SEEN] = 1.0 if seen else 0.0
    book.filled[0] += 1


@borrowing
def fill(book: Book, terms: Terms, row: int, order: Order, quote: Quote, impact: float = 0.0) -> float:
    """Fill one order of options or futures; returns the price. A settlement is free of cost.

    ``impact``: points a contract that the size of the order costs, beside the price (``kernels.size``).
    """
    settled = order.rule == at.SETTLE
    price = quote.mid if settled else price_of(order.what, order.quantity, quote)
    fee = 0.0 if settled else commission_of(terms, order.what)
    points, size = multiplier(order.what), abs(order.quantity)
    cost = size * ((abs(price - quote.mid) + impact) * points + fee)
    paid = 0.0 if order.what == at.FUTURE else order.quantity * quote.mid * points
    move_cash(book, row, order, (price, quote.mid), (paid, cost), quote.seen)
    if order.what != at.FUTURE:
        line = book.program[row if book.program.shape[0] > 1 else 0, order.program]
        line[at.RUN_PREMIUM] += max(order.quantity, 0.0) * price * points
    return price


@borrowing
def equity(book: Book) -> float:
    """Cash, pools, margin of perps, and every option held at its last mid, in dollars."""
    total = book.purse[at.PURSE_CASH] + book.purse[at.PURSE_COINS]
    for program in range(book.slot.shape[0]):
        total += marked(book, program)
    return float(total)


@borrowing
def marked(book: Book, program: int) -> float:
    """Dollars the open structures of a program are worth at their last mids; futures, paid daily, are worth 0."""
    total = 0.0
    for slot in range(book.most[program]):
        if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
            total += book.slot[program, slot, at.SLOT_VALUE] * book.slot[program, slot, at.SLOT_UNITS]
    return float(total)


@borrowing
def lots(contracts: float, lot: float) -> float:
    """Whole lots in ``contracts``, rounded down, in contracts; 0 if there are none."""
    return max(math.floor(contracts / lot), 0) * lot
