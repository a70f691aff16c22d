"""The account the simulator keeps: what is held, the one place where money moves, and the daily mark.

Money is dollars, quotes are points, both option multipliers are 100. The book carries the last mid of everything it
holds, so that the P&L of a session (position before the session times change of mid) is computed apart from the
cash: the two must agree, and ``sim.engine`` checks that they do.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.units import SPX_OPTION_MULTIPLIER, VIX_OPTION_MULTIPLIER
from seawall.kernels.compiled import compiled
from seawall.kernels.strikes import CALL, PUT, IndexView, index_price, vol_price, vol_view

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

MULTIPLIER: Final = SPX_OPTION_MULTIPLIER
if MULTIPLIER != VIX_OPTION_MULTIPLIER:
    raise AssertionError("the account assumes one option multiplier")

LEG_SIDE: Final = (PUT, PUT, CALL, CALL)
LEG_SIGN: Final = (1.0, -1.0, -1.0, 1.0)
LEGS: Final = 4

CONDOR: Final = -1
OPEN, SETTLE, ENTER, BOOST, MONETISE, EXIT, ROLL = range(7)
"""Why a fill happened; ``sim.result`` has their names."""

FILL_ROW, FILL_LAYER, FILL_EXPIRY, FILL_STRIKE, FILL_SIDE = range(5)
FILL_QUANTITY, FILL_PRICE, FILL_MID, FILL_COST, FILL_RULE = range(5, 10)
FILL_WIDTH: Final = 10


class Market(NamedTuple):
    """What is seen at each close, shape (sessions,): years since the first close, calendar day number, points."""

    time: Floats
    day: Longs
    spot: Floats
    vix: Floats
    anchor: Floats
    vvix: Floats
    rate: Floats


class Listing(NamedTuple):
    """The calendar: when each expiry ends, and which one a rule would pick on each session.

    ``index_*`` (SPX expiries,): time of the closing print and its day; ``index_next`` (sessions,): expiry of the condor
    to open at that close, -1 for none. ``vol_*`` (VIX expiries,): time of the opening print, its day and its value (NaN
    where unknown); ``vol_target`` (sessions, layers): expiry to buy.
    """

    index_time: Floats
    index_day: Longs
    index_next: Longs
    vol_time: Floats
    vol_day: Longs
    vol_settle: Floats
    vol_target: Longs


class Terms(NamedTuple):
    """Numbers of the condor program and of trading; costs already hold their multiple."""

    short_delta: float
    wing_delta: float
    risk_fraction: float
    strike_step: float
    dividend: float
    lot: float
    index_half: float
    vol_half_fraction: float
    vol_half_floor: float
    commission: float


class Rules(NamedTuple):
    """A hedge policy: columns by session, numbers by layer, budgets.

    ``lagged``: a multiple of the entry premium is judged on the mark of the session before.
    """

    weight: Floats
    monetise: Flags
    exit_first: Flags
    base: Floats
    delta: Floats
    roll_days: Longs
    multiples: Floats
    shares: Floats
    carry_budget: float
    income_share: float
    premium_cap: float
    vega_cap: float
    lagged: bool


class Book(NamedTuple):
    """What is held now; arrays, so that it can be written to. Scalars are arrays of one.

    ``income``: gross yearly carry of the last condor. ``point_loss``: dollars the last condor lost, when opened, for
    one more VIX point. ``paid``: average price paid per layer; ``bought``: contracts bought since the layer was flat.
    """

    cash: Floats
    contracts: Floats
    condor_expiry: Longs
    strikes: Floats
    legs: Floats
    income: Floats
    point_loss: Floats
    held: Floats
    expiry: Longs
    strike: Floats
    mid: Floats
    mid_before: Floats
    paid: Floats
    bought: Floats
    tranche: Longs
    boosted: Flags


class Trace(NamedTuple):
    """What happened, by session: (sessions,) for the account, (sessions, layers) for the hedge, and every fill.

    P&L is at mid; a cost is what the fill lost against mid, plus commission.
    """

    cash: Floats
    equity: Floats
    interest: Floats
    condor_mark: Floats
    condor_pnl: Floats
    condor_cost: Floats
    contracts: Floats
    hedge_mark: Floats
    hedge_pnl: Floats
    hedge_cost: Floats
    premium: Floats
    held: Floats
    binding: Longs
    starved: Flags
    fills: Floats
    filled: Longs


class Order(NamedTuple):
    """One trade: ``layer`` -1 is the condor; ``quantity`` > 0 buys; ``mid`` in points."""

    layer: int
    expiry: int
    strike: float
    side: float
    quantity: float
    mid: float
    rule: int


@compiled
def half_spread(terms: Terms, layer: int, mid: float) -> float:
    """Points between mid and the price a trade is filled at."""
    if layer == CONDOR:
        return terms.index_half
    return max(terms.vol_half_fraction * mid, terms.vol_half_floor)


@compiled
def trade(book: Book, trace: Trace, terms: Terms, row: int, order: Order) -> float:
    """Fill one order, move the cash, write it down; returns the price. Nothing else moves cash but interest.

    A sale never fetches less than nothing. A settlement is free of cost.
    """
    settled = order.rule == SETTLE
    half = 0.0 if settled else half_spread(terms, order.layer, order.mid)
    price = max(order.mid + half, 0.0) if order.quantity > 0.0 else max(order.mid - half, 0.0)
    fee = 0.0 if settled else terms.commission
    size = abs(order.quantity)
    cost = size * (abs(price - order.mid) * MULTIPLIER + fee)
    book.cash[0] -= order.quantity * order.mid * MULTIPLIER + cost
    if order.layer == CONDOR:
        trace.condor_cost[row] += cost
    else:
        trace.hedge_cost[row, order.layer] += cost
        trace.premium[row, order.layer] += max(order.quantity, 0.0) * price * MULTIPLIER
    record = trace.fills[trace.filled[0]]
    record[FILL_ROW], record[FILL_LAYER], record[FILL_EXPIRY] = row, order.layer, order.expiry
    record[FILL_STRIKE], record[FILL_SIDE], record[FILL_QUANTITY] = order.strike, order.side, order.quantity
    record[FILL_PRICE], record[FILL_MID], record[FILL_COST] = price, order.mid, cost
    record[FILL_RULE] = order.rule
    trace.filled[0] += 1
    return price


@compiled
def equity(book: Book) -> float:
    """Cash plus everything held at its last mid, in dollars."""
    points = 0.0
    for leg in range(LEGS):
        points += LEG_SIGN[leg] * book.legs[leg] * book.contracts[0]
    for layer in range(book.held.size):
        points += book.held[layer] * book.mid[layer]
    total: float = book.cash[0] + MULTIPLIER * points
    return total


@compiled
def index_view(market: Market, row: int, expiry_time: float, dividend: float) -> IndexView:
    """SPX options of one expiry as seen at the close of ``row``; the forward grows at rate less dividend yield."""
    years = expiry_time - market.time[row]
    forward = market.spot[row] * math.exp((market.rate[row] - dividend) * years)
    return IndexView(forward, years, market.vix[row], market.anchor[row], market.rate[row])


@compiled
def mark_condor(book: Book, market: Market, listing: Listing, terms: Terms, row: int) -> float:
    """Move the condor to the mids of this close (intrinsic on its last day); returns its P&L in dollars."""
    expiry = book.condor_expiry[0]
    view = index_view(market, row, listing.index_time[expiry], terms.dividend)
    if market.day[row] >= listing.index_day[expiry]:
        view = IndexView(market.spot[row], 0.0, view.vix, view.anchor, view.rate)
    change = 0.0
    for leg in range(LEGS):
        mid = index_price(view, book.strikes[leg], LEG_SIDE[leg])
        change += LEG_SIGN[leg] * (mid - book.legs[leg])
        book.legs[leg] = mid
    gained: float = MULTIPLIER * book.contracts[0] * change
    return gained


@compiled
def mark_layer(book: Book, market: Market, listing: Listing, row: int, layer: int) -> float:
    """Move one layer to the mid of this close (its settlement value once it has one); returns its P&L in dollars."""
    book.mid_before[layer] = book.mid[layer]
    expiry = book.expiry[layer]
    if market.day[row] >= listing.vol_day[expiry]:
        mid = max(listing.vol_settle[expiry] - book.strike[layer], 0.0)
    else:
        years = listing.vol_time[expiry] - market.time[row]
        view = vol_view(market.vix[row], market.anchor[row], market.vvix[row], years, market.rate[row])
        mid = vol_price(view, book.strike[layer])
    gained: float = MULTIPLIER * book.held[layer] * (mid - book.mid[layer])
    book.mid[layer] = mid
    return gained
