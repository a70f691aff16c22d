"""Margin of what is held: a rule by structure, or the worst of a few joint moves.

Reg-T style (METHOD 5.6): long options are paid in full; a side whose shorts are covered asks for its worst payoff, the
two sides of one structure for the greater; a naked short asks for its premium and 15 % of SPX (20 % of a VIX future)
less what it is out of the money, at least 10 %. A VIX future asks for a stated share of its notional. All of it must
be there in cash, so an account needs equity of these amounts plus the marks of its options. Pools and the margin that
venues hold are paid in full under either rule: nothing is borrowed on them.
"""

from typing import Final

from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.lent import lent
from seawall.kernels.quote import mid_of, view_at, view_of
from seawall.kernels.slots import Book, Floats, Now, Tables, Terms
from seawall.kernels.trade import marked, multiplier

NAKED_SHARE: Final = (0.15, 0.20)
NAKED_LEAST: Final = 0.10
UNKNOWN: Final = 0.0
STANDS: Final = 1.0
MOVES: Final = 2.0


@borrowing
def covers(what: int, long_expiry: float, short_expiry: float) -> bool:
    """True if a long option covers a short one: SPX if it does not end before, VIX on the same future only."""
    return long_expiry >= short_expiry if what == at.INDEX else long_expiry == short_expiry


@borrowing
def naked_margin(now: Now, tables: Tables, what: int, side: float, leg: Floats) -> float:
    """Points a naked short option asks for, its premium included."""
    level = now.spot if what == at.INDEX else view_of(now, tables, int(leg[at.HELD_EXPIRY])).forward
    out = max(side * (leg[at.HELD_STRIKE] - level), 0.0)
    floor = NAKED_LEAST * (level if side > 0.0 else leg[at.HELD_STRIKE])
    return float(leg[at.HELD_MID] + max(NAKED_SHARE[what] * level - out, floor))


@borrowing
def uncovered(tables: Tables, program: int, held: Floats, side: float) -> tuple[float, float, float]:
    """Short contracts of one side less the long ones that cover them; dollars a point; last expiry of the shorts.

    Dollars are 0 where there is no short.
    """
    naked, points, last = 0.0, 0.0, -1.0
    for leg in range(at.LEGS):
        if held[leg, at.HELD_COUNT] < 0.0 and tables.leg[program, leg, at.LEG_SIDE] == side:
            naked -= held[leg, at.HELD_COUNT]
            points = multiplier(int(tables.leg[program, leg, at.LEG_WHAT]))
            last = max(last, held[leg, at.HELD_EXPIRY])
    for leg in range(at.LEGS):
        what, expiry = int(tables.leg[program, leg, at.LEG_WHAT]), held[leg, at.HELD_EXPIRY]
        long = held[leg, at.HELD_COUNT] > 0.0 and tables.leg[program, leg, at.LEG_SIDE] == side
        if long and points > 0.0 and covers(what, expiry, last):
            naked -= held[leg, at.HELD_COUNT]
    return naked, points, last


@borrowing
def side_margin(tables: Tables, now: Now, program: int, held: Floats, side: float) -> float:
    """Dollars the calls (+1) or the puts (-1) of a structure ask for."""
    naked, points, last = uncovered(tables, program, held, side)
    spec, dearest = tables.leg[program], 0.0
    if points == 0.0:
        return 0.0
    if naked > 0.0:
        for leg in range(at.LEGS):
            if held[leg, at.HELD_COUNT] < 0.0 and spec[leg, at.LEG_SIDE] == side:
                what = int(spec[leg, at.LEG_WHAT])
                dearest = max(dearest, naked_margin(now, tables, what, side, held[leg]))
        return points * naked * dearest
    return points * worst_payoff(spec, held, side, last)


@borrowing
def worst_payoff(spec: Floats, held: Floats, side: float, last: float) -> float:
    """Points a covered side owes at worst: at zero or at one of its strikes."""
    worst = 0.0
    for point in range(-1, at.LEGS):
        level, payoff = 0.0 if point < 0 else held[point, at.HELD_STRIKE], 0.0
        for leg in range(at.LEGS):
            count = held[leg, at.HELD_COUNT]
            long_counts = covers(int(spec[leg, at.LEG_WHAT]), held[leg, at.HELD_EXPIRY], last)
            if spec[leg, at.LEG_SIDE] == side and (count < 0.0 or long_counts):
                payoff += count * max(side * (level - held[leg, at.HELD_STRIKE]), 0.0)
        worst = min(worst, payoff)
    return -worst


@borrowing
def gross_margin(tables: Tables, terms: Terms, now: Now, program: int, held: Floats) -> float:
    """Dollars of cash the legs of ``held`` (LEGS, at least HELD_WIDTH) ask for; nothing for options that are held."""
    asks = False
    for leg in range(at.LEGS):
        future = int(tables.leg[program, leg, at.LEG_WHAT]) == at.FUTURE
        asks = asks or held[leg, at.HELD_COUNT] < 0.0 or (future and held[leg, at.HELD_COUNT] != 0.0)
    if not asks:
        return 0.0
    total = max(
        side_margin(tables, now, program, held, at.CALL),
        side_margin(tables, now, program, held, at.PUT),
    )
    for leg in range(at.LEGS):
        if int(tables.leg[program, leg, at.LEG_WHAT]) == at.FUTURE:
            notional = abs(held[leg, at.HELD_COUNT]) * held[leg, at.HELD_MID] * multiplier(at.FUTURE)
            total += terms.future_margin * notional
    return total


@borrowing
def stands(tables: Tables, program: int, held: Floats) -> bool:
    """True if what the legs ask for hangs on strikes only: no future, and no short option without a cover."""
    for leg in range(at.LEGS):
        if held[leg, at.HELD_COUNT] != 0.0 and int(tables.leg[program, leg, at.LEG_WHAT]) == at.FUTURE:
            return False
    return uncovered(tables, program, held, at.CALL)[0] <= 0.0 and uncovered(tables, program, held, at.PUT)[0] <= 0.0


@borrowing
def slot_margin(book: Book, tables: Tables, terms: Terms, now: Now, program: int, slot: int) -> float:
    """:func:`gross_margin` of one open structure, worked out again only where it can have changed."""
    state = book.slot
    if state[program, slot, at.SLOT_STANDS] != STANDS:
        held = book.held[program, slot]
        if state[program, slot, at.SLOT_STANDS] == UNKNOWN:
            state[program, slot, at.SLOT_STANDS] = STANDS if stands(tables, program, held) else MOVES
        state[program, slot, at.SLOT_MARGIN] = gross_margin(tables, terms, now, program, held)
    return float(state[program, slot, at.SLOT_MARGIN])


@borrowing
def stressed_value(book: Book, tables: Tables, now: Now, program: int, slot: int) -> float:
    """Dollars one structure is worth on the modelled market of ``now``, futures against their last mark."""
    total = 0.0
    for leg in range(at.LEGS):
        held, spec = book.held[program, slot, leg], tables.leg[program, leg]
        if held[at.HELD_COUNT] != 0.0:
            what = int(spec[at.LEG_WHAT])
            view = view_at(book, now, tables, int(held[at.HELD_EXPIRY]))
            mid = mid_of(view, what, spec[at.LEG_SIDE], held[at.HELD_STRIKE])
            base = held[at.HELD_MID] if what == at.FUTURE else 0.0
            total += held[at.HELD_COUNT] * multiplier(what) * (mid - base)
    return total


@borrowing
def shocked(now: Now, case: int, on_spot: float, on_vix: float) -> Now:
    """See the same close with SPX times one factor, the VIX family and its curve by another, faded by tenor."""
    a, b, c, d = now.levels
    return Now(
        now.row,
        now.day,
        now.source,
        now.time,
        now.spot * on_spot,
        now.rate,
        now.dividend,
        now.skew,
        now.vvix,
        now.opening,
        now.vro,
        (a * on_vix, b * on_vix, c * on_vix, d * on_vix),
        now.curve_days,
        now.curve,
        now.on_vix * on_vix,
        case,
    )


@borrowing
def stress_loss(book: Book, tables: Tables, now: Now) -> float:
    """Dollars lost in the worst row of ``tables.stress``; 0 if none loses."""
    worst = 0.0
    for case in range(tables.stress.shape[0]):
        then, gained = lent(shocked(now, case + 1, tables.stress[case, 0], tables.stress[case, 1])), 0.0
        for program in range(book.slot.shape[0]):
            for slot in range(book.most[program]):
                if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
                    gained += stressed_value(book, tables, then, program, slot)
                    gained -= stressed_value(book, tables, now, program, slot)
        worst = min(worst, gained)
    return -worst


@borrowing
def required(book: Book, tables: Tables, terms: Terms, now: Now) -> float:
    """Dollars of equity the account must have."""
    if terms.margin == at.MARGIN_NONE:
        return 0.0
    if terms.margin == at.MARGIN_STRESS:
        return float(book.purse[at.PURSE_COINS]) + stress_loss(book, tables, now)
    total = float(book.purse[at.PURSE_COINS])
    for program in range(book.slot.shape[0]):
        for slot in range(book.most[program]):
            if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
                total += slot_margin(book, tables, terms, now, program, slot)
        total += marked(book, program)
    return total
