"""The layered VIX hedge inside the simulator: what is sold, what is bought, and how much.

Order of a session: settle, `L1.exit`, `L1.monetise`, roll out, roll in or re-enter, `L1.boost` (METHOD 7.2, 7.4).
A layer that is flat is bought on the first session whose column gives it a weight; if the budget buys no whole lot it
stays flat and is tried again on the next session.

Size: units n = yearly budget / yearly standstill cost of one unit of the package. The budget is the smaller of a share
of equity and a share of the condor's own yearly credit. The unit is the row's weights, and a layer that a state
switches off still counts at its base weight: it frees no budget for the others, and a boost is paid inside the budget.
The standstill cost of a call bought now and sold at its roll is its round-trip cost plus the larger of two decays:
VIX standing still (the future rolls down its curve) and the future standing still. The second keeps an inverted curve,
where rolling looks like income, from buying without limit.
"""

import math

import numpy as np

from seawall.core.units import DAYS_PER_YEAR
from seawall.kernels.account import (
    BOOST,
    ENTER,
    EXIT,
    MONETISE,
    MULTIPLIER,
    ROLL,
    SETTLE,
    Book,
    Floats,
    Listing,
    Market,
    Order,
    Rules,
    Terms,
    Trace,
    equity,
    half_spread,
    trade,
)
from seawall.kernels.compiled import compiled
from seawall.kernels.strikes import CALL, VolView, vol_price, vol_strike, vol_view

BY_CARRY, BY_INCOME, BY_PREMIUM, BY_VEGA = range(1, 5)
"""Which budget bound a purchase; 0 where nothing was bought."""

PICK_STRIKE, PICK_MID, PICK_POINT, PICK_YEARLY = range(4)


@compiled
def lots(contracts: float, lot: float) -> float:
    """Whole lots in ``contracts``, rounded down, in contracts; 0 if there are none."""
    return max(math.floor(contracts / lot), 0) * lot


@compiled
def point_gain(market: Market, listing: Listing, row: int, expiry: int, strike: float) -> float:
    """Dollars one VIX call gains for one VIX point more, its future following the modelled curve and VVIX unmoved."""
    years = listing.vol_time[expiry] - market.time[row]
    vix, anchor, vvix, rate = market.vix[row], market.anchor[row], market.vvix[row], market.rate[row]
    up = vol_price(vol_view(vix + 1.0, anchor, vvix, years, rate), strike)
    return MULTIPLIER * (up - vol_price(vol_view(vix, anchor, vvix, years, rate), strike))


@compiled
def yearly_cost(market: Market, terms: Terms, row: int, years: float, sold_at: float, strike: float) -> float:
    """Dollars a year one VIX call costs if the market stands still; sold ``sold_at`` years before its expiry."""
    vix, anchor, vvix, rate = market.vix[row], market.anchor[row], market.vvix[row], market.rate[row]
    view = vol_view(vix, anchor, vvix, years, rate)
    mid = vol_price(view, strike)
    rolled = vol_price(vol_view(vix, anchor, vvix, sold_at, rate), strike)
    unmoved = vol_price(VolView(view.future, sold_at, vvix, rate), strike)
    then = min(rolled, unmoved)
    cost = mid - then + half_spread(terms, 0, mid) + terms.commission / MULTIPLIER
    if sold_at > 0.0:
        cost += min(half_spread(terms, 0, then), then) + terms.commission / MULTIPLIER
    return MULTIPLIER * cost / (years - sold_at)


@compiled
def package(market: Market, listing: Listing, terms: Terms, rules: Rules, row: int) -> Floats:
    """What each layer would buy at this close, (4, layers): strike, mid, dollars per VIX point, dollars a year."""
    found = np.empty((4, rules.base.size))
    for layer in range(rules.base.size):
        expiry = listing.vol_target[row, layer]
        years = listing.vol_time[expiry] - market.time[row]
        view = vol_view(market.vix[row], market.anchor[row], market.vvix[row], years, market.rate[row])
        strike = vol_strike(view, rules.delta[layer])
        found[PICK_STRIKE, layer] = strike
        found[PICK_MID, layer] = vol_price(view, strike)
        found[PICK_POINT, layer] = point_gain(market, listing, row, expiry, strike)
        sold_at = rules.roll_days[layer] / DAYS_PER_YEAR
        found[PICK_YEARLY, layer] = yearly_cost(market, terms, row, years, sold_at, strike)
    return found


@compiled
def wants(weight: float, base: float, held: float, boosted: bool) -> bool:
    """True if a layer is flat and has a weight, or is held and its boost was not yet decided."""
    return weight > 0.0 if held == 0.0 else weight > base and not boosted


@compiled
def units(book: Book, rules: Rules, picks: Floats, row: int) -> tuple[float, int]:
    """Units the yearly budget pays for, and which budget it was; no units where standing still costs nothing."""
    carry, income = rules.carry_budget * equity(book), rules.income_share * book.income[0]
    yearly = 0.0
    for layer in range(rules.base.size):
        yearly += max(rules.weight[row, layer], rules.base[layer]) * picks[PICK_YEARLY, layer]
    count = max(min(carry, income), 0.0) / yearly if yearly > 0.0 else 0.0
    return count, BY_CARRY if carry <= income else BY_INCOME


@compiled
def rooms(book: Book, market: Market, listing: Listing, rules: Rules, row: int) -> Floats:
    """Dollars of premium and dollars per VIX point that the two caps leave, shape (2,)."""
    room = np.empty(2)
    room[0] = rules.premium_cap * equity(book)
    room[1] = rules.vega_cap * book.point_loss[0]
    for layer in range(book.held.size):
        if book.held[layer] > 0.0:
            room[0] -= MULTIPLIER * book.held[layer] * book.mid[layer]
            gain = point_gain(market, listing, row, book.expiry[layer], book.strike[layer])
            room[1] -= book.held[layer] * gain
    return room


@compiled
def capped(wanted: float, ask: float, point: float, room: Floats, bound: int) -> tuple[float, int]:
    """Contracts left of ``wanted`` after the premium cap and the vega cap, and what bound them."""
    size = wanted
    if size * ask * MULTIPLIER > room[0]:
        size, bound = room[0] / (ask * MULTIPLIER), BY_PREMIUM
    if size * point > room[1]:
        size, bound = room[1] / point, BY_VEGA
    return max(size, 0.0), bound


@compiled
def buy(book: Book, trace: Trace, terms: Terms, row: int, order: Order) -> None:
    """Add to one layer, keeping the average price paid and the size bought."""
    layer = order.layer
    price = trade(book, trace, terms, row, order)
    total = book.held[layer] + order.quantity
    book.paid[layer] = (book.paid[layer] * book.held[layer] + price * order.quantity) / total
    book.held[layer] = total
    book.bought[layer] += order.quantity
    book.expiry[layer], book.strike[layer], book.mid[layer] = order.expiry, order.strike, order.mid


@compiled
def buy_layers(
    book: Book, market: Market, listing: Listing, terms: Terms, rules: Rules, trace: Trace, row: int
) -> None:
    """Buy what the columns ask for and the budgets allow: flat layers anew, a boost into the contract held."""
    picks = package(market, listing, terms, rules, row)
    count, budget = units(book, rules, picks, row)
    room = rooms(book, market, listing, rules, row)
    for layer in range(rules.base.size):
        weight, held = rules.weight[row, layer], book.held[layer]
        if not wants(weight, rules.base[layer], held, book.boosted[layer]):
            continue
        expiry, strike, mid = listing.vol_target[row, layer], picks[PICK_STRIKE, layer], picks[PICK_MID, layer]
        point = picks[PICK_POINT, layer]
        if held > 0.0:
            expiry, strike, mid = book.expiry[layer], book.strike[layer], book.mid[layer]
            point = point_gain(market, listing, row, expiry, strike)
        ask = mid + half_spread(terms, layer, mid)
        size, bound = capped(max(count * weight - held, 0.0), ask, point, room, budget)
        size = lots(size, terms.lot)
        book.boosted[layer] = weight > rules.base[layer] and held + size > 0.0
        if size > 0.0:
            order = Order(layer, expiry, strike, CALL, size, mid, BOOST if held > 0.0 else ENTER)
            buy(book, trace, terms, row, order)
            trace.binding[row, layer] = bound
            room[0] -= size * ask * MULTIPLIER
            room[1] -= size * point
        elif held == 0.0:
            trace.starved[row, layer] = True


@compiled
def sell(book: Book, trace: Trace, terms: Terms, row: int, order: Order) -> None:
    """Take ``-order.quantity`` contracts off one layer; a layer that is flat forgets its past."""
    layer = order.layer
    trade(book, trace, terms, row, order)
    book.held[layer] += order.quantity
    if book.held[layer] <= 0.0:
        book.held[layer], book.mid[layer] = 0.0, 0.0
        book.paid[layer], book.bought[layer] = 0.0, 0.0
        book.tranche[layer], book.boosted[layer] = 0, False


@compiled
def sale(book: Book, layer: int, quantity: float, rule: int) -> Order:
    """Return the order that sells ``quantity`` contracts of what the layer holds, at its mid."""
    return Order(layer, book.expiry[layer], book.strike[layer], CALL, -quantity, book.mid[layer], rule)


@compiled
def sell_layers(
    book: Book, market: Market, listing: Listing, terms: Terms, rules: Rules, trace: Trace, row: int
) -> None:
    """Settle, exit, monetise and roll out, in that order."""
    for layer in range(rules.base.size):
        if book.held[layer] == 0.0:
            continue
        left = listing.vol_day[book.expiry[layer]] - market.day[row]
        if left <= 0:
            sell(book, trace, terms, row, sale(book, layer, book.held[layer], SETTLE))
            continue
        if layer == 0 and rules.exit_first[row]:
            sell(book, trace, terms, row, sale(book, layer, book.held[layer], EXIT))
            continue
        seen = book.mid_before[layer] if rules.lagged else book.mid[layer]
        while layer == 0 and rules.monetise[row] and book.tranche[layer] < rules.multiples.size:
            tranche = book.tranche[layer]
            if seen < rules.multiples[tranche] * book.paid[layer]:
                break
            book.tranche[layer] += 1
            size = min(lots(rules.shares[tranche] * book.bought[layer], terms.lot), book.held[layer])
            if size > 0.0:
                sell(book, trace, terms, row, sale(book, layer, size, MONETISE))
            if book.held[layer] == 0.0:
                break
        if book.held[layer] > 0.0 and left <= rules.roll_days[layer]:
            sell(book, trace, terms, row, sale(book, layer, book.held[layer], ROLL))
