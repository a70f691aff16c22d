"""The daily mark of what is open, its final settlement, and the two rules that look at its Greeks.

A leg is marked at its observed mid where there is one, else at its modelled mid; from the day of its expiry on, at its
intrinsic value on the official print. Settlement is a fill without cost.
"""

import math
from typing import Final

from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels import slots as at
from seawall.kernels.black import values_into
from seawall.kernels.compiled import borrowing
from seawall.kernels.index_smile import density_vol, mixed
from seawall.kernels.quote import delta_of, gamma_of, no_view, view_at
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms
from seawall.kernels.trade import Order, Quote, fill, multiplier, seen_mid

NO_TRIP: Final = 0.0
TRIP_DELTA: Final = 1.0
TRIP_GAMMA: Final = 2.0


@borrowing
def order_of(book: Book, tables: Tables, program: int, slot: int, leg: int, count: float, rule: int) -> Order:
    """Trade ``count`` contracts of one leg that is held."""
    held, spec = book.held[program, slot, leg], tables.leg[program, leg]
    return Order(
        program,
        slot,
        int(spec[at.LEG_WHAT]),
        spec[at.LEG_SIDE],
        int(held[at.HELD_EXPIRY]),
        held[at.HELD_STRIKE],
        count,
        rule,
    )


@borrowing
def value_together(book: Book, tables: Tables, now: Now) -> None:
    """Put the modelled mid of every SPX option held into ``book.mid``: all of a close at once, as vector code."""
    work, held, spec, count = book.work, book.held, tables.leg, 0
    for program in range(book.slot.shape[0]):
        for slot in range(book.most[program]):
            if book.slot[program, slot, at.SLOT_OPEN] == 0.0:
                continue
            for leg in range(at.LEGS):
                book.mid[program, slot, leg] = math.nan
                if held[program, slot, leg, at.HELD_COUNT] == 0.0 or spec[program, leg, at.LEG_WHAT] != at.INDEX:
                    continue
                view = view_at(book, now, tables, int(held[program, slot, leg, at.HELD_EXPIRY]))
                if view.years <= 0.0:
                    continue
                f, g, h, u, v, w = view.of
                work[0, count], work[0, count + 1], work[0, count + 2] = (
                    f * view.forward,
                    g * view.forward,
                    h * view.forward,
                )
                work[2, count], work[2, count + 1], work[2, count + 2] = u, v, w
                for part in range(count, count + 3):
                    work[1, part] = held[program, slot, leg, at.HELD_STRIKE]
                    work[3, part] = spec[program, leg, at.LEG_SIDE]
                book.mid[program, slot, leg] = view.discount
                count += 3
    values_into(work[0], work[1], work[2], work[3], work[4], count)
    count = 0
    for program in range(book.slot.shape[0]):
        for slot in range(book.most[program]):
            if book.slot[program, slot, at.SLOT_OPEN] == 0.0:
                continue
            for leg in range(at.LEGS):
                if not math.isnan(book.mid[program, slot, leg]):
                    book.mid[program, slot, leg] *= mixed(work[4, count], work[4, count + 1], work[4, count + 2])
                    count += 3


@borrowing
def mark_slot(book: Book, tables: Tables, quotes: Quotes, now: Now, program: int, slot: int) -> None:
    """Move one structure to the mids of this close and book its P&L; what its futures gained is paid in cash.

    Whole indices instead of rows: each row taken of a table costs a count up and down.
    """
    held, spec, line = book.held, tables.leg, now.row if book.program.shape[0] > 1 else 0
    view, last, value, gain, moved, modelled = no_view(), -1, 0.0, 0.0, 0.0, 0.0
    for leg in range(at.LEGS):
        count = held[program, slot, leg, at.HELD_COUNT]
        if count == 0.0:
            continue
        expiry, what = int(held[program, slot, leg, at.HELD_EXPIRY]), int(spec[program, leg, at.LEG_WHAT])
        if expiry != last:
            view, last = view_at(book, now, tables, expiry), expiry
        side, strike = spec[program, leg, at.LEG_SIDE], held[program, slot, leg, at.HELD_STRIKE]
        mid, seen = book.mid[program, slot, leg], False
        if quotes.key.size > 0 or math.isnan(mid):
            mid, seen = seen_mid(now, tables, quotes, view, expiry, (what, side, strike))
        size = count * multiplier(what)
        gained = size * (mid - held[program, slot, leg, at.HELD_MID])
        held[program, slot, leg, at.HELD_MID], held[program, slot, leg, at.HELD_SEEN] = mid, 1.0 if seen else 0.0
        gain, moved = gain + gained, moved + abs(gained)
        if not seen and view.years > 0.0 and what != at.FUTURE:
            modelled += abs(gained)
        if what == at.FUTURE:
            book.purse[0] += gained
            book.session[now.row, at.DAY_VARIATION] += gained
        else:
            value += size * mid
    book.program[line, program, at.RUN_PNL] += gain
    book.program[line, program, at.RUN_MOVED] += moved
    book.program[line, program, at.RUN_MODELLED] += modelled
    state = book.slot
    state[program, slot, at.SLOT_BEFORE] = state[program, slot, at.SLOT_VALUE]
    state[program, slot, at.SLOT_VALUE] = value / state[program, slot, at.SLOT_UNITS]
    if not (math.isnan(tables.number[program, at.NUM_DELTA]) and math.isnan(tables.number[program, at.NUM_GAMMA])):
        state[program, slot, at.SLOT_TRIP_BEFORE] = state[program, slot, at.SLOT_TRIP]
        state[program, slot, at.SLOT_TRIP] = tripped(book, tables, now, program, slot)


@borrowing
def tripped(book: Book, tables: Tables, now: Now, program: int, slot: int) -> float:
    """Which Greek rule is met: a short option's delta, or 1/2 |Gamma$| EM^2 > k x remaining credit (METHOD 7.2).

    EM is one session's expected move, sigma_ATM / sqrt(252), as a return.
    """
    number, units = tables.number[program], book.slot[program, slot, at.SLOT_UNITS]
    gamma, move = 0.0, 0.0
    for leg in range(at.LEGS):
        held, spec = book.held[program, slot, leg], tables.leg[program, leg]
        count, what = held[at.HELD_COUNT], int(spec[at.LEG_WHAT])
        if count == 0.0 or what == at.FUTURE:
            continue
        view = view_at(book, now, tables, int(held[at.HELD_EXPIRY]))
        if view.years <= 0.0:
            continue
        strike = held[at.HELD_STRIKE]
        if count < 0.0 and delta_of(view, what, spec[at.LEG_SIDE], strike) >= number[at.NUM_DELTA]:
            return TRIP_DELTA
        if what == at.INDEX and not math.isnan(number[at.NUM_GAMMA]):
            gamma += multiplier(what) * count / units * gamma_of(view, strike) * view.forward**2
            move = density_vol(view.forward, view.forward, view.years, view.of) ** 2 / SESSIONS_PER_YEAR
    left = max(-book.slot[program, slot, at.SLOT_VALUE], 0.0)
    return TRIP_GAMMA if 0.5 * abs(gamma) * move > number[at.NUM_GAMMA] * left else NO_TRIP


@borrowing
def settle_slot(book: Book, tables: Tables, terms: Terms, now: Now, program: int, slot: int) -> int:
    """Pay out every leg whose day has come, at the mid it was marked at; returns how many were."""
    settled = 0
    for leg in range(at.LEGS):
        expiry = int(book.held[program, slot, leg, at.HELD_EXPIRY])
        if book.held[program, slot, leg, at.HELD_COUNT] == 0.0 or tables.expiry[expiry, at.EXPIRY_DAY] > now.day:
            continue
        held = book.held[program, slot, leg]
        order = order_of(book, tables, program, slot, leg, -held[at.HELD_COUNT], at.SETTLE)
        fill(book, terms, now.row, order, Quote(held[at.HELD_MID], 0.0, held[at.HELD_SEEN] > 0.0))
        held[at.HELD_COUNT] = 0.0
        settled += 1
    return settled


@borrowing
def revalue_slot(book: Book, tables: Tables, program: int, slot: int) -> None:
    """After a trade: value of a unit from the legs left; a slot without legs is free again."""
    value, left = 0.0, False
    state = book.slot[program, slot]
    state[at.SLOT_STANDS] = 0.0
    for leg in range(at.LEGS):
        held, what = book.held[program, slot, leg], int(tables.leg[program, leg, at.LEG_WHAT])
        if held[at.HELD_COUNT] != 0.0:
            left = True
            if what != at.FUTURE:
                value += multiplier(what) * held[at.HELD_COUNT] * held[at.HELD_MID]
    if left:
        state[at.SLOT_VALUE] = value / state[at.SLOT_UNITS]
    else:
        state[:] = 0.0
