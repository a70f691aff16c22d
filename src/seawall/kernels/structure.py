"""Opening a structure: the strikes of its legs, how many units, and the fills.

Two passes choose strikes: legs with a rule of their own, then legs that lie outside another. The size rule is one of
risk (largest loss of a unit), premium, units or notional; a size below one lot is an answer: nothing is opened.
"""

import math

import numpy as np

from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.point import point_gain
from seawall.kernels.quote import View, beside, expected_move, on_grid, pick_strike, view_at, vol_move
from seawall.kernels.requirement import gross_margin, required
from seawall.kernels.size import impact_of
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms
from seawall.kernels.trade import Order, Quote, commission_of, equity, fill, lots, multiplier, quote_of


@borrowing
def leg_strike(tables: Tables, terms: Terms, view: View, program: int, leg: int, other: float) -> float:
    """Listed strike of one leg; ``other`` is the strike of the leg it must lie outside of, if it names one."""
    spec = tables.leg[program, leg]
    what, side, least = int(spec[at.LEG_WHAT]), spec[at.LEG_SIDE], spec[at.LEG_LEAST]
    if int(spec[at.LEG_RULE]) == at.FROM_LEG:
        move = expected_move(view) if what == at.INDEX else vol_move(view)
        distance = max(spec[at.LEG_AIM] * move, least)
        strike = on_grid(what, other + side * distance, terms.step)
        if distance == 0.0:
            return other
    else:
        strike = pick_strike(view, what, side, int(spec[at.LEG_RULE]), spec[at.LEG_AIM], terms.step)
    if spec[at.LEG_BEYOND] < 0.0 or what == at.FUTURE:
        return strike
    outside = beside(what, other, side, terms.step)
    return max(strike, outside) if side > 0.0 else min(strike, outside)


@borrowing
def pick_legs(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, program: int) -> None:
    """Write strike, mid, half-spread of every leg of a program into ``book.pick``, as of this close."""
    near, later = int(tables.column[now.row, program, at.COL_NEAR]), int(tables.column[now.row, program, at.COL_NEXT])
    first = view_at(book, now, tables, near)
    second = view_at(book, now, tables, later) if later >= 0 else first
    pick = book.pick[program]
    for leg in range(at.LEGS):
        pick[leg, at.HELD_COUNT] = tables.leg[program, leg, at.LEG_RATIO]
    for outside in range(2):
        for leg in range(at.LEGS):
            spec = tables.leg[program, leg]
            other = int(spec[at.LEG_BEYOND])
            if spec[at.LEG_RATIO] == 0.0 or (other >= 0) != (outside == 1):
                continue
            view = second if spec[at.LEG_NEXT] > 0.0 else first
            strike = leg_strike(tables, terms, view, program, leg, pick[max(other, 0), at.HELD_STRIKE])
            expiry = later if spec[at.LEG_NEXT] > 0.0 else near
            leg_of = (int(spec[at.LEG_WHAT]), spec[at.LEG_SIDE], strike)
            quote = quote_of(now, tables, terms, quotes, view, expiry, leg_of)
            pick[leg, at.HELD_STRIKE], pick[leg, at.HELD_MID], pick[leg, at.PICK_HALF] = strike, quote.mid, quote.half
            pick[leg, at.HELD_EXPIRY], pick[leg, at.HELD_SEEN] = expiry, 1.0 if quote.seen else 0.0


@borrowing
def unit_price(book: Book, tables: Tables, terms: Terms, program: int) -> tuple[float, float]:
    """Dollars of one unit picked: value of its options at mid, and cost of trading all its legs."""
    value, cost = 0.0, 0.0
    for leg in range(at.LEGS):
        spec, pick = tables.leg[program, leg], book.pick[program, leg]
        ratio, what = spec[at.LEG_RATIO], int(spec[at.LEG_WHAT])
        if ratio == 0.0:
            continue
        half = pick[at.PICK_HALF] if ratio > 0.0 else min(pick[at.PICK_HALF], pick[at.HELD_MID])
        cost += abs(ratio) * (half * multiplier(what) + commission_of(terms, what))
        value += 0.0 if what == at.FUTURE else ratio * pick[at.HELD_MID] * multiplier(what)
    return value, cost


@borrowing
def largest_loss(book: Book, tables: Tables, program: int, paid: float) -> float:
    """Most that one unit can lose at expiry: what was ``paid`` less the worst payoff, at zero or at a strike.

    Legs of two expiries cannot end below nothing together (same strikes, later leg held): their worst is 0.
    """
    worst = np.inf
    for point in range(-1, at.LEGS):
        if point >= 0 and tables.leg[program, point, at.LEG_RATIO] == 0.0:
            continue
        spot = 0.0 if point < 0 else book.pick[program, point, at.HELD_STRIKE]
        payoff = 0.0
        for leg in range(at.LEGS):
            spec = tables.leg[program, leg]
            if spec[at.LEG_NEXT] > 0.0:
                return paid
            gain = max(spec[at.LEG_SIDE] * (spot - book.pick[program, leg, at.HELD_STRIKE]), 0.0)
            payoff += spec[at.LEG_RATIO] * gain * multiplier(int(spec[at.LEG_WHAT]))
        worst = min(worst, payoff)
    return paid - worst


@borrowing
def notional(book: Book, tables: Tables, now: Now, program: int) -> float:
    """Dollars of one unit's first leg: multiplier times SPX, or times its VIX future."""
    what = int(tables.leg[program, 0, at.LEG_WHAT])
    if what == at.INDEX:
        return multiplier(what) * now.spot
    if what == at.FUTURE:
        return multiplier(what) * float(book.pick[program, 0, at.HELD_MID])
    return multiplier(what) * view_at(book, now, tables, int(tables.column[now.row, program, at.COL_NEAR])).forward


@borrowing
def units_of(book: Book, tables: Tables, terms: Terms, now: Now, program: int) -> float:
    """Units to open by the program's size rule, within the margin there is; whole lots, 0 is an answer."""
    number, wealth = tables.number[program], equity(book)
    rule, amount = int(number[at.NUM_SIZE]), number[at.NUM_AMOUNT] * tables.column[now.row, program, at.COL_SCALE]
    value, cost = unit_price(book, tables, terms, program)
    wanted = amount
    if rule == at.SIZE_RISK:
        loss = largest_loss(book, tables, program, value + cost)
        worth = loss > 0.0 and (value >= 0.0 or -value > cost)
        wanted = amount * wealth / loss if worth else 0.0
    elif rule == at.SIZE_PREMIUM:
        wanted = amount * wealth / (value + cost) if value + cost > 0.0 else 0.0
    elif rule == at.SIZE_NOTIONAL:
        wanted = amount * wealth / notional(book, tables, now, program)
    wanted = lots(wanted, terms.lot)
    if terms.margin == at.MARGIN_NONE or wanted == 0.0:
        return wanted
    need = gross_margin(tables, terms, now, program, book.pick[program]) + value + cost
    room = wealth - required(book, tables, terms, now)
    return min(wanted, lots(room / need, terms.lot)) if need > 0.0 else wanted


@borrowing
def open_structure(book: Book, tables: Tables, terms: Terms, now: Now, program: int, slot: int, units: float) -> None:
    """Trade all legs picked into a free slot; note what was paid, the credit a year and the loss for a VIX point."""
    near, state = int(tables.column[now.row, program, at.COL_NEAR]), book.slot[program, slot]
    state[:] = 0.0
    paid, value = 0.0, 0.0
    for leg in range(at.LEGS):
        spec, pick, held = tables.leg[program, leg], book.pick[program, leg], book.held[program, slot, leg]
        count, what = units * spec[at.LEG_RATIO], int(spec[at.LEG_WHAT])
        held[:] = 0.0
        book.mid[program, slot, leg] = math.nan
        if count == 0.0:
            continue
        strike, mid, expiry = pick[at.HELD_STRIKE], pick[at.HELD_MID], int(pick[at.HELD_EXPIRY])
        order = Order(program, slot, what, spec[at.LEG_SIDE], expiry, strike, count, at.ENTER)
        quote = Quote(mid, pick[at.PICK_HALF], pick[at.HELD_SEEN] > 0.0)
        price = fill(book, terms, now.row, order, quote, impact_of(tables, terms, now, order))
        for column in range(at.HELD_WIDTH):
            held[column] = pick[column]
        held[at.HELD_COUNT] = count
        if what != at.FUTURE:
            paid += spec[at.LEG_RATIO] * price * multiplier(what)
            value += spec[at.LEG_RATIO] * mid * multiplier(what)
    state[at.SLOT_OPEN], state[at.SLOT_UNITS], state[at.SLOT_ROW] = 1.0, units, now.row
    state[at.SLOT_PAID], state[at.SLOT_VALUE], state[at.SLOT_BEFORE] = paid, value, np.nan
    state[at.SLOT_BOUGHT] = units
    if tables.number[program, at.NUM_HEDGE] == 0.0:
        years = tables.expiry[near, at.EXPIRY_TIME] - now.time
        state[at.SLOT_INCOME] = units * max(-value, 0.0) / years
        state[at.SLOT_POINT] = max(-point_gain(book, tables, now, program, book.held[program, slot]), 0.0)
