"""The simulator's inner loop: a monthly condor, the layered hedge on it, one cash account, one row a session.

Row t sees row t of its columns and the book; nothing later exists for it. Order of a session: interest on the cash of
the last close, mark, settle, sell hedge, open condor, buy hedge, write the row (METHOD 8.1).
"""

import numpy as np

from seawall.kernels.account import (
    CONDOR,
    FILL_WIDTH,
    LEG_SIDE,
    LEG_SIGN,
    LEGS,
    MULTIPLIER,
    OPEN,
    SETTLE,
    Book,
    Listing,
    Market,
    Order,
    Rules,
    Terms,
    Trace,
    equity,
    index_view,
    mark_condor,
    mark_layer,
    trade,
)
from seawall.kernels.compiled import compiled
from seawall.kernels.layers import buy_layers, lots, sell_layers, wants
from seawall.kernels.strikes import CALL, PUT, IndexView, index_price, index_strike


def new_book(cash: float, layers: int) -> Book:
    """Return a book that holds cash only."""
    return Book(
        np.array([cash]),
        np.zeros(1),
        np.zeros(1, np.int64),
        np.zeros(LEGS),
        np.zeros(LEGS),
        np.zeros(1),
        np.zeros(1),
        np.zeros(layers),
        np.zeros(layers, np.int64),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers, np.int64),
        np.zeros(layers, np.bool_),
    )


def new_trace(sessions: int, layers: int, tranches: int) -> Trace:
    """Return an empty record, with room for every fill the rules can make."""
    most = sessions * (2 * LEGS + layers * (4 + tranches)) + 1
    return Trace(
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros(sessions),
        np.zeros((sessions, layers)),
        np.zeros((sessions, layers)),
        np.zeros((sessions, layers)),
        np.zeros((sessions, layers)),
        np.zeros((sessions, layers)),
        np.zeros((sessions, layers), np.int64),
        np.zeros((sessions, layers), np.bool_),
        np.empty((most, FILL_WIDTH)),
        np.zeros(1, np.int64),
    )


@compiled
def trade_condor(book: Book, trace: Trace, terms: Terms, row: int, contracts: float, rule: int) -> None:
    """Trade all four legs at their mids: ``contracts`` > 0 opens a short condor, < 0 closes one."""
    for leg in range(LEGS):
        quantity = LEG_SIGN[leg] * contracts
        expiry, strike = book.condor_expiry[0], book.strikes[leg]
        trade(book, trace, terms, row, Order(CONDOR, expiry, strike, LEG_SIDE[leg], quantity, book.legs[leg], rule))
    book.contracts[0] += contracts


@compiled
def pick_legs(book: Book, view: IndexView, terms: Terms) -> float:
    """Write strikes and mids of the four legs by delta, wings at least one step outside; returns the wider side."""
    step = terms.strike_step
    put, call = (
        index_strike(view, PUT, terms.short_delta, step),
        index_strike(view, CALL, terms.short_delta, step),
    )
    book.strikes[0] = min(index_strike(view, PUT, terms.wing_delta, step), put - step)
    book.strikes[1], book.strikes[2] = put, call
    book.strikes[3] = max(index_strike(view, CALL, terms.wing_delta, step), call + step)
    for leg in range(LEGS):
        book.legs[leg] = index_price(view, book.strikes[leg], LEG_SIDE[leg])
    width: float = max(put - book.strikes[0], book.strikes[3] - call)
    return width


@compiled
def open_condor(book: Book, market: Market, listing: Listing, terms: Terms, trace: Trace, row: int) -> None:
    """Sell condors of the next expiry: floor(risk share of equity / largest loss of one, costs included); 0 is one.

    Also notes the program's gross yearly carry and its loss for one VIX point, which the hedge budgets use.
    """
    expiry = listing.index_next[row]
    wealth = equity(book)
    view = index_view(market, row, listing.index_time[expiry], terms.dividend)
    book.condor_expiry[0] = expiry
    width = pick_legs(book, view, terms)
    up = IndexView(view.forward, view.years, view.vix + 1.0, view.anchor, view.rate)
    credit, point = 0.0, 0.0
    for leg in range(LEGS):
        credit -= LEG_SIGN[leg] * book.legs[leg]
        moved = index_price(up, book.strikes[leg], LEG_SIDE[leg])
        point -= LEG_SIGN[leg] * (moved - book.legs[leg])
    cost = LEGS * (terms.index_half + terms.commission / MULTIPLIER)
    loss = MULTIPLIER * (width - (credit - cost))
    contracts = lots(terms.risk_fraction * wealth / loss, terms.lot) if credit > cost and loss > 0.0 else 0.0
    book.income[0] = MULTIPLIER * contracts * credit / view.years
    book.point_loss[0] = MULTIPLIER * contracts * max(point, 0.0)
    if contracts > 0.0:
        trade_condor(book, trace, terms, row, contracts, OPEN)


@compiled
def write_row(book: Book, trace: Trace, row: int) -> None:
    """Write the end of the session."""
    trace.cash[row], trace.equity[row], trace.contracts[row] = book.cash[0], equity(book), book.contracts[0]
    for leg in range(LEGS):
        trace.condor_mark[row] += MULTIPLIER * LEG_SIGN[leg] * book.legs[leg] * book.contracts[0]
    for layer in range(book.held.size):
        trace.hedge_mark[row, layer] = MULTIPLIER * book.held[layer] * book.mid[layer]
        trace.held[row, layer] = book.held[layer]


@compiled
def step_all(book: Book, market: Market, listing: Listing, terms: Terms, rules: Rules, trace: Trace) -> None:
    """Step the book through all sessions and fill the trace.

    A call that is handed all these arrays costs half a microsecond before it does anything, so what has nothing to do
    on a session is not called.
    """
    for row in range(market.spot.size):
        if row > 0:
            elapsed = market.time[row] - market.time[row - 1]
            trace.interest[row] = book.cash[0] * market.rate[row - 1] * elapsed
            book.cash[0] += trace.interest[row]
        if book.contracts[0] > 0.0:
            trace.condor_pnl[row] = mark_condor(book, market, listing, terms, row)
        due = rules.exit_first[row] or rules.monetise[row]
        for layer in range(rules.base.size):
            if book.held[layer] > 0.0:
                trace.hedge_pnl[row, layer] = mark_layer(book, market, listing, row, layer)
                left = listing.vol_day[book.expiry[layer]] - market.day[row]
                due = due or left <= rules.roll_days[layer]
        if book.contracts[0] > 0.0 and market.day[row] >= listing.index_day[book.condor_expiry[0]]:
            trade_condor(book, trace, terms, row, -book.contracts[0], SETTLE)
        if due:
            sell_layers(book, market, listing, terms, rules, trace, row)
        if listing.index_next[row] >= 0 and book.contracts[0] == 0.0:
            open_condor(book, market, listing, terms, trace, row)
        wanted = False
        for layer in range(rules.base.size):
            weight, base = rules.weight[row, layer], rules.base[layer]
            wanted = wanted or wants(weight, base, book.held[layer], book.boosted[layer])
        if wanted:
            buy_layers(book, market, listing, terms, rules, trace, row)
        write_row(book, trace, row)


def run_book(market: Market, listing: Listing, terms: Terms, rules: Rules, capital: float) -> Trace:
    """Run the program over all sessions from ``capital`` dollars; inputs are trusted, see ``sim.engine``."""
    book = new_book(capital, rules.base.size)
    trace = new_trace(market.spot.size, rules.base.size, rules.multiples.size)
    step_all(book, market, listing, terms, rules, trace)
    return trace
