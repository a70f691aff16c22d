"""The tables of the engine: what a program is, what is held, what is written down; and what each column means.

A *program* opens *structures* of up to four legs again and again; each open structure sits in a *slot*. Tables are
plain float arrays, so that a compiled call has few arguments. Money is dollars, quotes are points.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.units import SPX_OPTION_MULTIPLIER, VIX_FUTURE_MULTIPLIER, VIX_OPTION_MULTIPLIER
from seawall.kernels.coin_slots import STATE_WIDTH

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

LEGS: Final = 4

INDEX, VOL, FUTURE, LP, SWAP = range(5)
"""What is traded: an SPX option, a VIX option, a VIX future; and, never a leg, a pool position, a perpetual swap."""
CALL: Final = 1.0
PUT: Final = -1.0
LINEAR: Final = 0.0
"""The side of a future."""

PM, AM, VRO = range(3)
"""What an expiry settles on: the close of its day, the opening print of SPX, the opening print of VIX."""
EXPIRY_TIME, EXPIRY_DAY, EXPIRY_ROOT = range(3)

BY_DELTA, BY_FORWARD, BY_MOVE, FROM_LEG = range(4)
"""Strike rules: size of the delta; multiple of the forward; expected moves out of the money; a distance from a leg."""
LEG_WHAT, LEG_SIDE, LEG_RATIO, LEG_RULE, LEG_AIM, LEG_BEYOND, LEG_LEAST, LEG_NEXT = range(8)
LEG_WIDTH: Final = 8
"""Columns of a leg. Beyond: the leg it must lie outside of, -1 none; least: points; next: 1 if of the later expiry."""

SIZE_RISK, SIZE_PREMIUM, SIZE_UNITS, SIZE_NOTIONAL, SIZE_BUDGET = range(5)
NUM_SIZE, NUM_AMOUNT, NUM_HEDGE, NUM_TRANCHES, NUM_TAKE, NUM_STOP = range(6)
NUM_DELTA, NUM_DELTA_ROLLS, NUM_GAMMA, NUM_GAMMA_ROLLS, NUM_DAYS, NUM_DAYS_ROLLS = range(6, 12)
NUM_MULTIPLES: Final = 12
MULTIPLES: Final = 3
NUM_WIDTH: Final = NUM_MULTIPLES + 2 * MULTIPLES
"""Numbers of a program; NaN switches a rule off. From NUM_MULTIPLES: pairs (multiple of the price paid,
share to sell)."""

COL_ENTER, COL_NEAR, COL_NEXT, COL_SCALE, COL_EXIT, COL_MONETISE = range(6)
COL_WIDTH: Final = 6
"""Columns by session of a program: may open, its two expiries, factor on its size, close all, act on multiples."""

SLOT_OPEN, SLOT_UNITS, SLOT_ROW, SLOT_PAID, SLOT_VALUE, SLOT_BEFORE, SLOT_BOUGHT = range(7)
SLOT_STAGE, SLOT_BOOSTED, SLOT_INCOME, SLOT_POINT, SLOT_TRIP, SLOT_TRIP_BEFORE, SLOT_STANDS, SLOT_MARGIN = range(7, 15)
SLOT_WIDTH: Final = 15
"""An open structure. Paid, value: dollars of one unit, negative where it owes; income, point: dollars a year of its
credit, and lost for one more VIX point, both when opened; trip: 1 delta, 2 gamma rule met;
stands: 0 the margin was not worked out since the last trade, 1 it was and stands, 2 it moves with the market."""
HELD_COUNT, HELD_STRIKE, HELD_MID, HELD_EXPIRY, HELD_SEEN = range(5)
HELD_WIDTH: Final = 5
PICK_HALF: Final = 5
PICK_WIDTH: Final = 6
"""A leg about to be traded has the columns of a held one, its ratio as count, and its half-spread."""

VIEW_STAMP, VIEW_FORWARD, VIEW_DISCOUNT, VIEW_YEARS, VIEW_AT_MONEY, VIEW_DENSITY = range(6)
VIEW_WIDTH: Final = 11
"""An expiry as it was last seen, at the row and the case of the stamp."""

WORK_WIDTH: Final = 5
"""Options to be valued together: forward, strike, deviation, side, value; three of them make an SPX option."""

PACK_ASK, PACK_POINT, PACK_YEARLY = range(3)
PACK_WIDTH: Final = 3
"""One unit of a hedge program as picked: dollars to buy it, gained for a VIX point, lost a year standing still."""

DAY_CASH, DAY_EQUITY, DAY_INTEREST, DAY_VARIATION, DAY_MARGIN, DAY_CALL, DAY_FEES, DAY_VENUE = range(8)
DAY_WIDTH: Final = 8
"""The account by session: variation is what futures paid in cash; call is 1 on a margin call, 2 from ruin on; fees are
what pools paid in cash; venue is cash that became margin of perps."""
PURSE_CASH, PURSE_COINS, PURSE_FEES = range(3)
PURSE_WIDTH: Final = 3
"""Cash, what pools and perps are worth, and the fees a year of the book's own pools."""
RUN_MARK, RUN_PNL, RUN_COST, RUN_PREMIUM, RUN_HELD, RUN_BOUND, RUN_STARVED, RUN_MODELLED, RUN_MOVED = range(9)
RUN_WIDTH: Final = 9
"""A program by session: modelled and moved are sums of absolute P&L of legs, without an observed quote and of all."""

FILL_ROW, FILL_PROGRAM, FILL_SLOT, FILL_WHAT, FILL_EXPIRY, FILL_STRIKE, FILL_SIDE = range(7)
FILL_QUANTITY, FILL_PRICE, FILL_MID, FILL_COST, FILL_RULE, FILL_SEEN = range(7, 13)
FILL_WIDTH: Final = 13

ENTER, SETTLE, BOOST, MONETISE, EXIT, ROLL, TAKE, STOP, DELTA, GAMMA, CALLED = range(11)
RECENTRE, LIQUIDATED, REBALANCE, REFILL = range(11, 15)
"""Why a fill happened; ``sim.result`` has their names."""
BY_CARRY, BY_INCOME, BY_PREMIUM, BY_VEGA = range(1, 5)
"""Which budget bound a purchase; 0 where nothing was bought under a budget."""

MARGIN_NONE, MARGIN_REGT, MARGIN_STRESS = range(3)


class Terms(NamedTuple):
    """Numbers of trading and of the account; costs already hold their multiple.

    ``index_half``, ``vol_share``, ``vol_floor``: flat half-spreads, NaN for the fitted ones of ``kernels.spread`` times
    ``multiple``. ``index_volume`` .. ``perp_volume``: what usually trades a day, in contracts and dollars; ``impact``:
    factor of ``kernels.impact.size_impact``. ``lagged``: path rules act on the marks of the session before.
    ``future_margin``: share of notional.
    """

    step: float
    lot: float
    index_half: float
    vol_share: float
    vol_floor: float
    future_half: float
    commission: float
    future_commission: float
    index_volume: float
    vol_volume: float
    future_volume: float
    perp_volume: float
    impact: float
    multiple: float
    lagged: bool
    margin: int
    future_margin: float
    carry_budget: float
    income_share: float
    premium_cap: float
    vega_cap: float


class Tables(NamedTuple):
    """What does not change in a run: days D, expiries E, programs P.

    ``time``, ``day`` (D,): years since the first close, calendar day number. ``expiry`` (E, 3). ``column`` (D, P,
    COL_WIDTH), ``number`` (P, NUM_WIDTH), ``leg`` (P, LEGS, LEG_WIDTH). ``coin`` (P,
    ``coin_slots.COIN_WIDTH``): pools and perps. ``stress`` (k, 2): factors on SPX and on VIX.
    """

    time: Floats
    day: Longs
    expiry: Floats
    column: Floats
    number: Floats
    leg: Floats
    stress: Floats
    coin: Floats


class Quotes(NamedTuple):
    """Observed option quotes by row of the market: those of row r are ``key[first[r] : first[r + 1]]``, rising.

    ``key``: see :func:`seawall.kernels.quote.quote_key`. ``bid``, ``ask``: points.
    """

    first: Longs
    key: Longs
    bid: Floats
    ask: Floats


class Now(NamedTuple):
    """What is seen at one close; ``source`` is the row of the market it comes from.

    ``on_vix``: factor on VIX that the curve still has to follow (see ``quote.future_at``);
    ``case``: 0 is the market itself, else the row of the stress table, counted from 1, that it was moved by.
    """

    row: int
    day: int
    source: int
    time: float
    spot: float
    rate: float
    dividend: float
    skew: float
    vvix: float
    opening: float
    vro: float
    levels: tuple[float, float, float, float]
    curve_days: Floats
    curve: Floats
    on_vix: float
    case: int


class Book(NamedTuple):
    """What is held and what was written down; arrays, so that they can be written to.

    ``purse`` (PURSE_WIDTH,). ``coin`` (P, ``coin_slots.STATE_WIDTH``). ``slot`` (P, T, SLOT_WIDTH), ``held`` (P, T,
    LEGS, HELD_WIDTH). ``pick`` (P, LEGS, PICK_WIDTH) and ``pack`` (P, PACK_WIDTH) are scratch. ``session`` (D,
    DAY_WIDTH); ``program`` (D or 1, P, RUN_WIDTH): one row holds sums. ``fills`` (most, FILL_WIDTH), of which
    ``filled`` (1,) were made, whether or not there was room to write them. ``most`` (P,): slots a program may use.
    ``seen``: expiries as last seen, of the market and of a stress case; ``mid`` (P, T, LEGS): modelled mids of this
    close, NaN where not worked out; ``work`` and ``again`` are scratch.
    """

    purse: Floats
    coin: Floats
    slot: Floats
    held: Floats
    pick: Floats
    pack: Floats
    again: Floats
    seen: Floats
    mid: Floats
    work: Floats
    session: Floats
    program: Floats
    fills: Floats
    filled: Longs
    most: Longs


MULTIPLIERS: Final = (SPX_OPTION_MULTIPLIER, VIX_OPTION_MULTIPLIER, VIX_FUTURE_MULTIPLIER, 1.0, 1.0)
"""Dollars a point of each instrument; of a pool position and a coin, a dollar."""


TRADES_A_DAY: Final = 3
"""Of a pool or perp, at most: re-centred or liquidated, called, opened anew."""


def new_book(cash: float, tables: Tables, full: bool) -> Book:
    """Return a book that holds cash only; without ``full`` it sums programs over the run and keeps no fills."""
    days, programs = tables.column.shape[:2]
    slots = max(int(tables.number[:, NUM_TRANCHES].max(initial=1.0)), 1)
    each = LEGS * 2 * max(int(tables.number[:, NUM_TRANCHES].sum()), 1) + 2 * MULTIPLES
    most = days * (each + TRADES_A_DAY * programs) if full else 0
    return Book(
        np.array([cash, 0.0, 0.0]),
        np.zeros((programs, STATE_WIDTH)),
        np.zeros((programs, slots, SLOT_WIDTH)),
        np.zeros((programs, slots, LEGS, HELD_WIDTH)),
        np.zeros((programs, LEGS, PICK_WIDTH)),
        np.zeros((programs, PACK_WIDTH)),
        np.zeros(programs),
        np.full((2, len(tables.expiry), VIEW_WIDTH), -1.0),
        np.full((programs, slots, LEGS), np.nan),
        np.empty((WORK_WIDTH, 3 * programs * slots * LEGS)),
        np.zeros((days, DAY_WIDTH)),
        np.zeros((days if full else 1, programs, RUN_WIDTH)),
        np.empty((most, FILL_WIDTH)),
        np.zeros(1, np.int64),
        np.maximum(tables.number[:, NUM_TRANCHES], 1.0).astype(np.int64),
    )


def emptied(book: Book, cash: float) -> Book:
    """The same arrays as :func:`new_book` leaves them, for another lane of the same tables."""
    for table in (book.purse, book.coin, book.slot, book.held, book.pick, book.pack, book.session, book.program):
        table[...] = 0.0
    book.filled[...] = 0
    book.seen[...] = -1.0
    book.purse[PURSE_CASH] = cash
    return book
