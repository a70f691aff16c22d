"""The engine's loop: one lane of days, any number of programs, one cash account.

Day t sees row ``source[t]`` of the market, row t of the columns, and the book; nothing later exists for it. Order of a
session (METHOD 8.1): interest on the cash of the last close, pools and perps with their fees and funding, mark, settle,
margin test and forced reductions (perps, the book's own programs, hedges last), exits, entries (the book's own first,
then hedges under their budget, then pools and perps), write the row. Equity at or below zero is ruin: everything is
closed and nothing happens after it.
"""

import math

from seawall.kernels import slots as at
from seawall.kernels.budget import buy_hedges, wants
from seawall.kernels.coin_slots import KIND, NO_COIN, OPEN, PERP, POOL, STATE, VALUE
from seawall.kernels.coins_day import close_coin, follow_perp, open_pool, step_coins, sum_coins
from seawall.kernels.compiled import borrowing
from seawall.kernels.exits import ROLLED, leave, sell_units
from seawall.kernels.lent import lent
from seawall.kernels.mark import mark_slot, revalue_slot, settle_slot, value_together
from seawall.kernels.requirement import required
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms, new_book
from seawall.kernels.structure import open_structure, pick_legs, units_of
from seawall.kernels.trade import equity, marked

SOLVENT, CALL, RUIN = range(3)


def see(rows: Rows, lane: Lane, tables: Tables, row: int) -> Now:
    """What is seen at the close of one day of a lane."""
    source = lane.source[row]
    levels = rows.levels[source]
    return Now(
        row,
        tables.day[row],
        source,
        tables.time[row],
        lane.spot[row],
        rows.rate[source],
        rows.dividend[source],
        rows.skew[source],
        rows.vvix[source],
        rows.opening[source],
        rows.vro[source],
        (levels[0], levels[1], levels[2], levels[3]),
        rows.curve_days[source],
        rows.curve[source],
        1.0,
        0,
    )


look = borrowing(see)


@borrowing
def reduce(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now) -> int:
    """Test equity against margin; close structures until it holds. At or below zero everything goes.

    Order: perps, programs of the book in their order, then hedges; within a program by slot.
    """
    wealth = equity(book)
    ruined = wealth <= 0.0
    if not ruined and wealth >= required(book, tables, terms, now):
        return SOLVENT
    for program in range(book.slot.shape[0]):
        if tables.coin[program, KIND] == PERP and book.coin[program, VALUE] != 0.0:
            close_coin(book, tables, terms, now, program, at.CALLED)
            if not ruined and equity(book) >= required(book, tables, terms, now):
                return CALL
    for hedge in range(2):
        for program in range(book.slot.shape[0]):
            if (tables.number[program, at.NUM_HEDGE] > 0.0) != (hedge == 1):
                continue
            if book.coin[program, OPEN] > 0.0:
                close_coin(book, tables, terms, now, program, at.CALLED)
                if not ruined and equity(book) >= required(book, tables, terms, now):
                    return CALL
            for slot in range(book.most[program]):
                state = book.slot[program, slot]
                if state[at.SLOT_OPEN] == 0.0:
                    continue
                sell_units(book, tables, terms, quotes, now, (program, slot), (state[at.SLOT_UNITS], at.CALLED))
                if not ruined and equity(book) >= required(book, tables, terms, now):
                    return CALL
    return RUIN if equity(book) <= 0.0 else CALL


@borrowing
def enter(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, program: int) -> None:
    """Open one structure of a program if a slot is free and its size is a lot."""
    free = -1
    for slot in range(int(tables.number[program, at.NUM_TRANCHES])):
        if book.slot[program, slot, at.SLOT_OPEN] == 0.0:
            free = slot
            break
    if free < 0 or tables.column[now.row, program, at.COL_SCALE] <= 0.0:
        return
    pick_legs(book, tables, terms, quotes, now, program)
    units = units_of(book, tables, terms, now, program)
    if units > 0.0:
        open_structure(book, tables, terms, now, program, free, units)
    else:
        book.program[now.row if book.program.shape[0] > 1 else 0, program, at.RUN_STARVED] += 1.0


@borrowing
def trade_day(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now) -> None:
    """Exits of all programs, then entries: the book's own, hedges with a size of their own, hedges under the budget."""
    programs = book.slot.shape[0]
    again = book.again
    for program in range(programs):
        again[program] = 0.0
        for slot in range(int(tables.number[program, at.NUM_TRANCHES])):
            if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
                again[program] += leave(book, tables, terms, quotes, now, program, slot) == ROLLED
    budgeted = False
    for hedge in range(2):
        for program in range(programs):
            if (tables.number[program, at.NUM_HEDGE] > 0.0) != (hedge == 1):
                continue
            if tables.number[program, at.NUM_SIZE] == at.SIZE_BUDGET:
                budgeted = budgeted or wants(tables, book, now.row, program)
                continue
            if tables.coin[program, KIND] == NO_COIN and tables.column[now.row, program, at.COL_ENTER] > 0.0:
                again[program] = max(again[program], 1.0)
            for _ in range(int(again[program])):
                enter(book, tables, terms, quotes, now, program)
    if budgeted:
        buy_hedges(book, tables, terms, quotes, now)


@borrowing
def room_of(book: Book, terms: Terms, asked: float) -> float:
    """Dollars of cash that no margin asks for; ``asked``: margin of all that is no pool or perp."""
    return math.inf if terms.margin == at.MARGIN_NONE else equity(book) - asked - book.purse[at.PURSE_COINS]


@borrowing
def trade_coins(book: Book, tables: Tables, terms: Terms, now: Now, asked: float) -> None:
    """Close and open pools, then bring perps to their targets: from cash that is free."""
    for program in range(book.coin.shape[0]):
        if tables.coin[program, KIND] == POOL:
            column = tables.column[now.row, program]
            if column[at.COL_EXIT] > 0.0:
                close_coin(book, tables, terms, now, program, at.EXIT)
            elif column[at.COL_ENTER] > 0.0 and book.coin[program, OPEN] == 0.0:
                open_pool(book, tables, terms, now, program, room_of(book, terms, asked))
                sum_coins(book, tables, now.time)
    for program in range(book.coin.shape[0]):
        if tables.coin[program, KIND] == PERP:
            column = tables.column[now.row, program]
            if column[at.COL_ENTER] > 0.0 or column[at.COL_EXIT] > 0.0:
                follow_perp(book, tables, terms, now, program, room_of(book, terms, asked))
                sum_coins(book, tables, now.time)


@borrowing
def write_day(book: Book, tables: Tables, row: int) -> None:
    """Write the end of the session."""
    book.session[row, at.DAY_CASH], book.session[row, at.DAY_EQUITY] = book.purse[at.PURSE_CASH], equity(book)
    line = row if book.program.shape[0] > 1 else 0
    for program in range(book.slot.shape[0]):
        book.program[line, program, at.RUN_MARK] = marked(book, program)
        held = 0.0
        for slot in range(book.most[program]):
            held += book.slot[program, slot, at.SLOT_UNITS]
        book.program[line, program, at.RUN_HELD] = held
        if tables.coin[program, KIND] != NO_COIN:
            book.program[line, program, at.RUN_MARK] = book.coin[program, VALUE]
            is_pool = tables.coin[program, KIND] == POOL
            book.program[line, program, at.RUN_HELD] = book.coin[program, OPEN if is_pool else STATE]


@borrowing
def step_lane(book: Book, rows: Rows, lane: Lane, tables: Tables, terms: Terms, quotes: Quotes) -> None:
    """Step the book through all days of a lane."""
    book, rows, lane, tables, terms, quotes = (
        lent(book),
        lent(rows),
        lent(lane),
        lent(tables),
        lent(terms),
        lent(quotes),
    )
    state = SOLVENT
    for row in range(lane.source.size):
        if state == RUIN:
            book.session[row, at.DAY_CASH] = book.session[row, at.DAY_EQUITY] = book.purse[0]
            book.session[row, at.DAY_CALL] = RUIN
            continue
        now = lent(look(rows, lane, tables, row))
        if row > 0:
            years = tables.time[row] - tables.time[row - 1]
            earned = book.purse[0] * math.expm1(rows.rate[lane.source[row - 1]] * years)
            book.session[row, at.DAY_INTEREST] = earned
            book.purse[0] += earned
        step_coins(book, rows, lane, tables, row)
        held = book.purse[at.PURSE_COINS] != 0.0
        value_together(book, tables, now)
        for program in range(book.slot.shape[0]):
            for slot in range(book.most[program]):
                if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
                    mark_slot(book, tables, quotes, now, program, slot)
                    if settle_slot(book, tables, terms, now, program, slot) > 0:
                        revalue_slot(book, tables, program, slot)
                    held = True
        state = reduce(book, tables, terms, quotes, now) if held else SOLVENT
        book.session[row, at.DAY_CALL] = state
        if state != RUIN:
            trade_day(book, tables, terms, quotes, now)
            asked = required(book, tables, terms, now) - book.purse[at.PURSE_COINS]
            trade_coins(book, tables, terms, now, asked)
            if terms.margin != at.MARGIN_NONE:
                book.session[row, at.DAY_MARGIN] = asked + book.purse[at.PURSE_COINS]
        write_day(book, tables, row)


def run_lane(
    rows: Rows, lane: Lane, tables: Tables, terms: Terms, quotes: Quotes, cash: float, full: bool = True
) -> Book:
    """Run one lane from ``cash`` dollars. Without ``full`` programs are summed over the run and no fill is kept."""
    book = new_book(cash, tables, full)
    step_lane(book, rows, lane, tables, terms, quotes)
    return book
