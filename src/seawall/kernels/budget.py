"""Programs sized by the hedge budget: what a package costs to hold, how much four budgets pay for, and the buying.

All programs with the budget size rule are one package; its unit is their weights (METHOD 7.4). A flat one is bought on
the first session whose column gives it a weight; if the budget buys no whole lot it stays flat and is tried again.

Units n = yearly budget / yearly standstill cost of one unit. The budget is the smaller of a share of equity and a share
of the book's own yearly income: credit of what is sold, and what its pools earned a year since they were opened. A
program that its column switches off still counts at its base weight: it frees no budget for the others, and a boost is
paid inside the budget. The standstill cost of what is bought now and sold at its roll is its round-trip cost plus the
larger of two decays: VIX standing still (the future rolls down its curve) and the future standing still. The second
keeps an inverted curve, where rolling looks like income, from buying without limit.
"""

import math

from seawall.core.units import DAYS_PER_YEAR
from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.index_smile import density_at
from seawall.kernels.mark import order_of
from seawall.kernels.modelled import vix_at_money
from seawall.kernels.point import point_gain
from seawall.kernels.quote import View, future_at, half_of, mid_of, view_at
from seawall.kernels.size import impact_of
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms
from seawall.kernels.structure import open_structure, pick_legs, unit_price
from seawall.kernels.trade import Quote, commission_of, equity, fill, lots, marked, multiplier, quote_of


@borrowing
def later_view(book: Book, now: Now, tables: Tables, expiry: int, days: float, rolled: bool) -> View:
    """See an expiry as it stands ``days`` before its end in a market that stands still.

    ``rolled``: a VIX future has come down its curve; else it has not moved.
    """
    view, years = view_at(book, now, tables, expiry), days / DAYS_PER_YEAR
    forward, at_money, of = view.forward, 0.0, view.of
    if tables.expiry[expiry, at.EXPIRY_ROOT] == at.VRO:
        forward = future_at(now, days) if rolled else forward
        at_money = vix_at_money(years, now.vvix) if years > 0.0 else 0.0
    else:
        forward = now.spot * math.exp((now.rate - now.dividend) * years)
        of = density_at(now.levels, now.skew, years) if years > 0.0 else of
    return View(forward, math.exp(-now.rate * years), years, at_money, of)


@borrowing
def value_then(
    book: Book, tables: Tables, terms: Terms, now: Now, program: int, days: float, rolled: bool
) -> tuple[float, float]:
    """Dollars one unit picked is worth at its roll, and what selling it costs (nothing at a settlement)."""
    value, cost = 0.0, 0.0
    for leg in range(at.LEGS):
        spec, pick = tables.leg[program, leg], book.pick[program, leg]
        ratio, what = spec[at.LEG_RATIO], int(spec[at.LEG_WHAT])
        if ratio == 0.0:
            continue
        view = later_view(book, now, tables, int(pick[at.HELD_EXPIRY]), days, rolled)
        mid = mid_of(view, what, spec[at.LEG_SIDE], pick[at.HELD_STRIKE])
        paid = pick[at.HELD_MID] if what == at.FUTURE else 0.0  # a future is worth its change of price
        value += ratio * (mid - paid) * multiplier(what)
        if days > 0.0:
            half = min(half_of(terms, view, what, spec[at.LEG_SIDE], pick[at.HELD_STRIKE], mid), mid)
            cost += abs(ratio) * (half * multiplier(what) + commission_of(terms, what))
    return value, cost


@borrowing
def yearly_cost(book: Book, tables: Tables, terms: Terms, now: Now, program: int) -> float:
    """Dollars a year one unit picked costs if the market stands still, bought now and sold at its roll."""
    days = tables.number[program, at.NUM_DAYS]
    days = 0.0 if math.isnan(days) else days
    value, cost = unit_price(book, tables, terms, program)
    still, still_cost = value_then(book, tables, terms, now, program, days, False)
    rolled, rolled_cost = value_then(book, tables, terms, now, program, days, True)
    then, sold = (rolled, rolled_cost) if rolled < still else (still, still_cost)
    near = int(tables.column[now.row, program, at.COL_NEAR])
    years = tables.expiry[near, at.EXPIRY_TIME] - now.time - days / DAYS_PER_YEAR
    return float((value + cost - then + sold) / years)


@borrowing
def wants(tables: Tables, book: Book, row: int, program: int) -> bool:
    """True if a budget program is flat and has a weight, or is held and its boost was not yet decided."""
    column, state = tables.column[row, program], book.slot[program, 0]
    if tables.number[program, at.NUM_SIZE] != at.SIZE_BUDGET or column[at.COL_ENTER] == 0.0:
        return False
    scale = column[at.COL_SCALE]
    return bool(scale > 0.0 if state[at.SLOT_OPEN] == 0.0 else scale > 1.0 and state[at.SLOT_BOOSTED] == 0.0)


@borrowing
def budget_units(book: Book, tables: Tables, terms: Terms, row: int) -> tuple[float, int]:
    """Units the yearly budget pays for, and which budget it was; no units where standing still costs nothing."""
    income, yearly = book.purse[at.PURSE_FEES], 0.0
    for program in range(book.slot.shape[0]):
        for slot in range(book.most[program]):
            income += book.slot[program, slot, at.SLOT_INCOME]
        if tables.number[program, at.NUM_SIZE] == at.SIZE_BUDGET:
            weight = tables.number[program, at.NUM_AMOUNT] * max(tables.column[row, program, at.COL_SCALE], 1.0)
            yearly += weight * book.pack[program, at.PACK_YEARLY]
    carry, share = terms.carry_budget * equity(book), terms.income_share * income
    count = max(min(carry, share), 0.0) / yearly if yearly > 0.0 else 0.0
    return count, at.BY_CARRY if carry <= share else at.BY_INCOME


@borrowing
def rooms(book: Book, tables: Tables, terms: Terms, now: Now) -> tuple[float, float]:
    """Dollars of premium and dollars per VIX point that the two caps leave."""
    premium, point = terms.premium_cap * equity(book), 0.0
    for program in range(book.slot.shape[0]):
        hedge = tables.number[program, at.NUM_HEDGE] > 0.0
        if hedge:
            premium -= marked(book, program)
        for slot in range(book.most[program]):
            if book.slot[program, slot, at.SLOT_OPEN] > 0.0:
                point += terms.vega_cap * book.slot[program, slot, at.SLOT_POINT]
                if hedge:
                    point -= point_gain(book, tables, now, program, book.held[program, slot])
    return premium, point


@borrowing
def capped(wanted: float, ask: float, point: float, room: tuple[float, float], bound: int) -> tuple[float, int]:
    """Units left of ``wanted`` after the premium cap and the vega cap, and what bound them."""
    size = wanted
    if size * ask > room[0]:
        size, bound = room[0] / ask, at.BY_PREMIUM
    if size * point > room[1]:
        size, bound = room[1] / point, at.BY_VEGA
    return max(size, 0.0), bound


@borrowing
def requote(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now, program: int) -> None:
    """Put the structure that is held into ``pick`` and ``pack``, at this close's quotes."""
    pick, held = book.pick[program], book.held[program, 0]
    for leg in range(at.LEGS):
        spec = tables.leg[program, leg]
        if spec[at.LEG_RATIO] == 0.0:
            continue
        expiry, strike = int(held[leg, at.HELD_EXPIRY]), held[leg, at.HELD_STRIKE]
        view = view_at(book, now, tables, expiry)
        quote = quote_of(now, tables, terms, quotes, view, expiry, (int(spec[at.LEG_WHAT]), spec[at.LEG_SIDE], strike))
        for column in range(at.HELD_WIDTH):
            pick[leg, column] = held[leg, column]
        pick[leg, at.HELD_COUNT], pick[leg, at.PICK_HALF] = spec[at.LEG_RATIO], quote.half
    value, cost = unit_price(book, tables, terms, program)
    book.pack[program, at.PACK_ASK] = value + cost
    book.pack[program, at.PACK_POINT] = point_gain(book, tables, now, program, pick)


@borrowing
def add_units(book: Book, tables: Tables, terms: Terms, now: Now, program: int, units: float) -> None:
    """Buy more of the structure held in slot 0, keeping the average price paid."""
    state, paid = book.slot[program, 0], 0.0
    for leg in range(at.LEGS):
        spec, pick, held = tables.leg[program, leg], book.pick[program, leg], book.held[program, 0, leg]
        count = units * spec[at.LEG_RATIO]
        if count == 0.0:
            continue
        quote = Quote(pick[at.HELD_MID], pick[at.PICK_HALF], pick[at.HELD_SEEN] > 0.0)
        order = order_of(book, tables, program, 0, leg, count, at.BOOST)
        price = fill(book, terms, now.row, order, quote, impact_of(tables, terms, now, order))
        paid += spec[at.LEG_RATIO] * price * multiplier(int(spec[at.LEG_WHAT]))
        held[at.HELD_COUNT] += count
    total = state[at.SLOT_UNITS] + units
    state[at.SLOT_PAID] = (state[at.SLOT_PAID] * state[at.SLOT_UNITS] + paid * units) / total
    state[at.SLOT_UNITS] = total
    state[at.SLOT_BOUGHT] += units
    state[at.SLOT_STANDS] = 0.0


@borrowing
def package(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now) -> None:
    """Pick what each budget program would buy at this close; ask, VIX point and yearly cost of a unit into ``pack``."""
    for program in range(book.slot.shape[0]):
        if tables.number[program, at.NUM_SIZE] == at.SIZE_BUDGET:
            pick_legs(book, tables, terms, quotes, now, program)
            value, cost = unit_price(book, tables, terms, program)
            book.pack[program, at.PACK_ASK] = value + cost
            book.pack[program, at.PACK_POINT] = point_gain(book, tables, now, program, book.pick[program])
            book.pack[program, at.PACK_YEARLY] = yearly_cost(book, tables, terms, now, program)


@borrowing
def buy_hedges(book: Book, tables: Tables, terms: Terms, quotes: Quotes, now: Now) -> None:
    """Buy what the columns ask for and the budgets allow: flat programs anew, a boost into what is held."""
    package(book, tables, terms, quotes, now)
    count, budget = budget_units(book, tables, terms, now.row)
    room = rooms(book, tables, terms, now)
    for program in range(book.slot.shape[0]):
        if not wants(tables, book, now.row, program):
            continue
        state, line = book.slot[program, 0], book.program[now.row if book.program.shape[0] > 1 else 0, program]
        held, scale = state[at.SLOT_UNITS], tables.column[now.row, program, at.COL_SCALE]
        if held > 0.0:
            requote(book, tables, terms, quotes, now, program)
        ask, point = book.pack[program, at.PACK_ASK], book.pack[program, at.PACK_POINT]
        wanted = max(count * tables.number[program, at.NUM_AMOUNT] * scale - held, 0.0)
        size, bound = capped(wanted, ask, point, room, budget)
        size = lots(size, terms.lot)
        if size > 0.0:
            if held > 0.0:
                add_units(book, tables, terms, now, program, size)
            else:
                open_structure(book, tables, terms, now, program, 0, size)
            line[at.RUN_BOUND] = bound
            room = (room[0] - size * ask, room[1] - size * point)
        elif held == 0.0:
            line[at.RUN_STARVED] += 1.0
        state[at.SLOT_BOOSTED] = 1.0 if scale > 1.0 and held + size > 0.0 else 0.0
