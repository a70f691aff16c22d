"""What closes a structure before its settlement: the exit of the day, tranches at multiples, path rules, and days left.

Path rules compare a unit's mark with what was paid for it (negative: a credit): ``take`` of it gained, ``stop`` times
it lost, or a Greek rule (``mark.tripped``). They act on the marks of the session before unless the terms say otherwise.
"""

import math

from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.mark import TRIP_DELTA, TRIP_GAMMA, order_of, revalue_slot
from seawall.kernels.quote import half_of, view_at
from seawall.kernels.size import impact_of
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms
from seawall.kernels.trade import Quote, fill, lots, quote_of

NOTHING, CLOSED, ROLLED = range(3)


@borrowing
def sell_units(
    book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, place: tuple[int, int], deal: tuple[float, int]
) -> None:
    """Undo ``deal`` = (units, rule) of the structure at ``place`` = (program, slot), leg by leg."""
    program, slot = place
    units, rule = deal
    state = book.slot[program, slot]
    share = units / state[at.SLOT_UNITS]
    for leg in range(at.LEGS):
        held = book.held[program, slot, leg]
        if held[at.HELD_COUNT] == 0.0:
            continue
        count = -held[at.HELD_COUNT] if share >= 1.0 else -units * tables.leg[program, leg, at.LEG_RATIO]
        order = order_of(book, tables, program, slot, leg, count, rule)
        view = view_at(book, now, tables, order.expiry)
        mid = book.mid[program, slot, leg]
        if quotes.key.size > 0 or math.isnan(mid):
            quote = quote_of(now, tables, terms, quotes, view, order.expiry, (order.what, order.side, order.strike))
        else:
            quote = Quote(mid, half_of(terms, view, order.what, order.side, order.strike, mid), False)
        fill(book, terms, now.row, order, quote, impact_of(tables, terms, now, order))
        held[at.HELD_COUNT] += count
    state[at.SLOT_UNITS] = max(state[at.SLOT_UNITS] - units, 0.0)
    revalue_slot(book, tables, program, slot)


@borrowing
def days_left(book: Book, tables: Tables, now: Now, program: int, slot: int) -> float:
    """Calendar days to the nearest expiry held."""
    left = math.inf
    for leg in range(at.LEGS):
        if book.held[program, slot, leg, at.HELD_COUNT] != 0.0:
            expiry = int(book.held[program, slot, leg, at.HELD_EXPIRY])
            left = min(left, tables.expiry[expiry, at.EXPIRY_DAY] - now.day)
    return left


@borrowing
def broken(book: Book, tables: Tables, program: int, slot: int) -> bool:
    """True if a leg has settled and another has not: what is left is no longer the structure."""
    for leg in range(at.LEGS):
        if tables.leg[program, leg, at.LEG_RATIO] != 0.0 and book.held[program, slot, leg, at.HELD_COUNT] == 0.0:
            return True
    return False


@borrowing
def path_rule(book: Book, tables: Tables, terms: Terms, program: int, slot: int) -> int:
    """Which path rule closes a structure, -1 if none does."""
    seen = book.slot[program, slot, at.SLOT_BEFORE if terms.lagged else at.SLOT_VALUE]
    trip = book.slot[program, slot, at.SLOT_TRIP_BEFORE if terms.lagged else at.SLOT_TRIP]
    paid = book.slot[program, slot, at.SLOT_PAID]
    gained, size = seen - paid, abs(paid)
    if gained <= -tables.number[program, at.NUM_STOP] * size:
        return at.STOP
    if gained >= tables.number[program, at.NUM_TAKE] * size:
        return at.TAKE
    if trip == TRIP_DELTA:
        return at.DELTA
    return at.GAMMA if trip == TRIP_GAMMA else -1


@borrowing
def monetise(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, program: int, slot: int) -> None:
    """Sell each tranche whose multiple of the price paid is reached, once."""
    number, state = tables.number[program], book.slot[program, slot]
    seen = state[at.SLOT_BEFORE] if terms.lagged else state[at.SLOT_VALUE]
    while state[at.SLOT_OPEN] > 0.0 and state[at.SLOT_STAGE] < at.MULTIPLES:
        stage = at.NUM_MULTIPLES + 2 * int(state[at.SLOT_STAGE])
        if math.isnan(number[stage]) or not seen >= number[stage] * state[at.SLOT_PAID]:
            break
        state[at.SLOT_STAGE] += 1.0
        size = min(lots(number[stage + 1] * state[at.SLOT_BOUGHT], terms.lot), state[at.SLOT_UNITS])
        if size > 0.0:
            sell_units(book, tables, terms, quotes, now, (program, slot), (size, at.MONETISE))


@borrowing
def leave(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, program: int, slot: int) -> int:
    """Close one open structure if something says so; NOTHING, CLOSED, or ROLLED (open it anew this session)."""
    place = (program, slot)
    left = days_left(book, tables, now, program, slot)
    if tables.column[now.row, program, at.COL_EXIT] > 0.0 or broken(book, tables, program, slot):
        sell_units(book, tables, terms, quotes, now, place, (book.slot[program, slot, at.SLOT_UNITS], at.EXIT))
        return CLOSED
    if tables.column[now.row, program, at.COL_MONETISE] > 0.0 and not math.isnan(
        tables.number[program, at.NUM_MULTIPLES]
    ):
        monetise(book, tables, terms, quotes, now, program, slot)
        if book.slot[program, slot, at.SLOT_OPEN] == 0.0:
            return CLOSED
    rule = path_rule(book, tables, terms, program, slot)
    if rule >= 0:
        sell_units(book, tables, terms, quotes, now, place, (book.slot[program, slot, at.SLOT_UNITS], rule))
        rolls = (rule == at.DELTA and tables.number[program, at.NUM_DELTA_ROLLS] > 0.0) or (
            rule == at.GAMMA and tables.number[program, at.NUM_GAMMA_ROLLS] > 0.0
        )
        return ROLLED if rolls else CLOSED
    if left <= tables.number[program, at.NUM_DAYS]:
        sell_units(book, tables, terms, quotes, now, place, (book.slot[program, slot, at.SLOT_UNITS], at.ROLL))
        return ROLLED if tables.number[program, at.NUM_DAYS_ROLLS] > 0.0 else CLOSED
    return NOTHING
