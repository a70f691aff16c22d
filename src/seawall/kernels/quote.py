"""The price of one leg at one close: a view of its expiry, then mid, delta, half-spread; and the strike a rule picks.

SPX options are priced on ``index_smile``, VIX futures on the curve of the row, VIX options on the future of their own
expiry (``modelled.vix_smile``). Whatever was not in the table of quotes is ``modelled``.
"""

import math
from typing import Final, NamedTuple

from seawall.core.units import DAYS_PER_YEAR
from seawall.kernels import slots as at
from seawall.kernels.black import delta_one, value_one
from seawall.kernels.compiled import borrowing, borrowing_inline
from seawall.kernels.index_smile import (
    CRASH_WEIGHT,
    WING_WEIGHT,
    Density,
    density_at,
    density_value,
    density_vol,
    strike_at_delta,
    vol_of_price,
)
from seawall.kernels.modelled import REVERSION, vix_at_money, vix_smile
from seawall.kernels.normal import norm_pdf
from seawall.kernels.slots import Book, Now, Quotes, Tables, Terms
from seawall.kernels.spread import SPX_SPREAD, VIX_SPREAD, half_spread
from seawall.kernels.strikes import strike_near, vol_grid, vol_place

KEY_STRIKE: Final = 1_000
KEY_STRIKES: Final = 1 << 26
ROOTS: Final = 3
NO_DENSITY: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
"""Stands where no density is needed."""
SMALLEST_MOVE: Final = 1e-8
AT_THE_MONEY: Final = 0.5


class View(NamedTuple):
    """One expiry at one close. ``years`` is 0 from its settlement on, and ``forward`` then the settlement print.

    ``at_money``: volatility at the money of VIX options; 0 for other expiries, which have a density.
    """

    forward: float
    discount: float
    years: float
    at_money: float
    of: Density


@borrowing
def quote_key(root: int, day: int, strike: float, side: float) -> int:
    """Name an option by one whole number; strikes to a thousandth of a point, below 67,000."""
    points = round(strike * KEY_STRIKE) % KEY_STRIKES
    return ((day * ROOTS + root) * KEY_STRIKES + points) * 2 + (1 if side > 0.0 else 0)


@borrowing
def find_quote(quotes: Quotes, source: int, key: int) -> int:
    """Place of an observed quote, -1 if there is none."""
    low, high = quotes.first[source], quotes.first[source + 1]
    while low < high:
        middle = (low + high) // 2
        if quotes.key[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < quotes.first[source + 1] and quotes.key[low] == key else -1


@borrowing
def future_at(now: Now, days: float) -> float:
    """VIX future that settles in ``days``, points: linear from VIX at 0 days through known months, flat beyond."""
    before, level = 0.0, now.levels[1]
    for month in range(now.curve.size):
        if math.isnan(now.curve[month]) or now.curve_days[month] <= 0.0:
            continue
        settled = now.curve[month]
        if now.on_vix != 1.0:
            settled *= now.on_vix ** math.exp(-REVERSION * now.curve_days[month] / DAYS_PER_YEAR)
        if days <= now.curve_days[month]:
            share = (days - before) / (now.curve_days[month] - before)
            return float(level + share * (settled - level))
        before, level = now.curve_days[month], settled
    return float(level)


@borrowing
def view_of(now: Now, tables: Tables, expiry: int) -> View:
    """See an expiry from a close; on and after its day, its settlement print."""
    root = tables.expiry[expiry, at.EXPIRY_ROOT]
    days = tables.expiry[expiry, at.EXPIRY_DAY] - now.day
    if days <= 0.0:
        final = now.spot if root == at.PM else (now.spot * now.opening if root == at.AM else now.vro)
        return View(final, 1.0, 0.0, 0.0, NO_DENSITY)
    years = tables.expiry[expiry, at.EXPIRY_TIME] - now.time
    discount = math.exp(-now.rate * years)
    if root == at.VRO:
        return View(future_at(now, days), discount, years, vix_at_money(years, now.vvix), NO_DENSITY)
    forward = now.spot * math.exp((now.rate - now.dividend) * years)
    return View(forward, discount, years, 0.0, density_at(now.levels, now.skew, years))


@borrowing
def no_view() -> View:
    """Stand where no expiry has been seen yet."""
    return View(0.0, 0.0, 0.0, 0.0, NO_DENSITY)


@borrowing
def renew_view(book: Book, now: Now, tables: Tables, expiry: int, plane: int, stamp: float) -> None:
    """See an expiry and keep it."""
    view, kept = view_of(now, tables, expiry), book.seen[plane, expiry]
    kept[at.VIEW_STAMP], kept[at.VIEW_FORWARD] = stamp, view.forward
    kept[at.VIEW_DISCOUNT], kept[at.VIEW_YEARS], kept[at.VIEW_AT_MONEY] = view.discount, view.years, view.at_money
    f, g, h, u, v, w = view.of
    kept[at.VIEW_DENSITY], kept[at.VIEW_DENSITY + 1], kept[at.VIEW_DENSITY + 2] = f, g, h
    kept[at.VIEW_DENSITY + 3], kept[at.VIEW_DENSITY + 4], kept[at.VIEW_DENSITY + 5] = u, v, w


@borrowing_inline
def view_at(book: Book, now: Now, tables: Tables, expiry: int) -> View:
    """Return what :func:`view_of` does, worked out once a close: one plane for the market, one for the case in hand."""
    plane, stamp = min(now.case, 1), float(now.row * (tables.stress.shape[0] + 1) + now.case)
    kept = book.seen
    if kept[plane, expiry, at.VIEW_STAMP] != stamp:
        renew_view(book, now, tables, expiry, plane, stamp)
    of = (
        kept[plane, expiry, at.VIEW_DENSITY],
        kept[plane, expiry, at.VIEW_DENSITY + 1],
        kept[plane, expiry, at.VIEW_DENSITY + 2],
        kept[plane, expiry, at.VIEW_DENSITY + 3],
        kept[plane, expiry, at.VIEW_DENSITY + 4],
        kept[plane, expiry, at.VIEW_DENSITY + 5],
    )
    return View(
        kept[plane, expiry, at.VIEW_FORWARD],
        kept[plane, expiry, at.VIEW_DISCOUNT],
        kept[plane, expiry, at.VIEW_YEARS],
        kept[plane, expiry, at.VIEW_AT_MONEY],
        of,
    )


@borrowing
def mid_of(view: View, what: int, side: float, strike: float) -> float:
    """Modelled mid of a leg in points; its intrinsic value once settled."""
    if what == at.FUTURE:
        return view.forward
    if view.years <= 0.0:
        return max(side * (view.forward - strike), 0.0)
    if what == at.INDEX:
        return density_value(strike, view.forward, view.discount, side, view.of)
    vol = vix_smile(strike, view.forward, view.years, view.at_money)
    return value_one(view.forward, strike, view.years, vol, view.discount, side)


@borrowing
def vol_of(view: View, what: int, strike: float) -> float:
    """Implied volatility of a modelled leg; that at the money where a price is too small to have one."""
    if what == at.VOL:
        return vix_smile(strike, view.forward, view.years, view.at_money)
    vol = density_vol(strike, view.forward, view.years, view.of)
    return density_vol(view.forward, view.forward, view.years, view.of) if math.isnan(vol) else vol


@borrowing
def delta_of(view: View, what: int, side: float, strike: float) -> float:
    """Size of the discounted forward delta at a leg's own implied volatility; 1 for a future."""
    if what == at.FUTURE or view.years <= 0.0:
        return 1.0
    return abs(delta_one(view.forward, strike, view.years, vol_of(view, what, strike), view.discount, side))


@borrowing
def gamma_of(view: View, strike: float) -> float:
    """d2V/dF2 of an SPX option: the average of Black gammas over the mixture."""
    if view.years <= 0.0:
        return 0.0
    f, g, h, u, v, w = view.of
    body, x = 1.0 - WING_WEIGHT - CRASH_WEIGHT, math.log(view.forward / strike)
    total = body * f * norm_pdf((x + math.log(f)) / u + 0.5 * u) / u
    total += WING_WEIGHT * g * norm_pdf((x + math.log(g)) / v + 0.5 * v) / v
    total += CRASH_WEIGHT * h * norm_pdf((x + math.log(h)) / w + 0.5 * w) / w
    return view.discount * total / view.forward


@borrowing
def half_of(terms: Terms, view: View, what: int, side: float, strike: float, mid: float) -> float:
    """Points between the modelled ``mid`` and the price of a fill, before a sale is held at zero."""
    if what == at.FUTURE:
        return terms.future_half
    if what == at.INDEX and not math.isnan(terms.index_half):
        return terms.index_half
    if what == at.VOL and not math.isnan(terms.vol_share):
        return max(terms.vol_share * mid, terms.vol_floor)
    vol = math.nan
    if what == at.INDEX and side * (strike - view.forward) > 0.0:
        vol = vol_of_price(strike, view.forward, view.years, mid / view.discount)
    if math.isnan(vol):
        vol = vol_of(view, what, strike)
    delta = abs(delta_one(view.forward, strike, view.years, vol, view.discount, side))
    spread = SPX_SPREAD if what == at.INDEX else VIX_SPREAD
    return terms.multiple * half_spread(spread, view.forward, delta, view.years, vol, mid)


@borrowing
def expected_move(view: View) -> float:
    """One deviation to expiry in points, F sigma_ATM sqrt(T) (METHOD 7.1)."""
    return view.forward * density_vol(view.forward, view.forward, view.years, view.of) * math.sqrt(view.years)


@borrowing
def _exact(view: View, what: int, side: float, rule: int, aim: float) -> float:
    if rule == at.BY_FORWARD:
        return view.forward * aim
    if rule == at.BY_MOVE:
        move = expected_move(view) if what == at.INDEX else vol_move(view)
        return max(view.forward + side * aim * move, SMALLEST_MOVE)
    return strike_at_delta(side * aim, view.forward, view.discount, view.of)


@borrowing
def vol_move(view: View) -> float:
    """One deviation of a VIX future to expiry, in points."""
    return view.forward * vix_smile(view.forward, view.forward, view.years, view.at_money) * math.sqrt(view.years)


@borrowing
def on_grid(what: int, strike: float, step: float) -> float:
    """Nearest listed strike: a multiple of ``step`` for SPX (at least one), the plain grid for VIX."""
    if what == at.INDEX:
        return max(math.floor(strike / step + 0.5), 1.0) * step
    place = vol_place(strike)
    low, high = vol_grid(place), vol_grid(place + 1)
    return low if strike - low <= high - strike else high


@borrowing
def beside(what: int, strike: float, side: float, step: float) -> float:
    """Next listed strike on one side (+1 above)."""
    if what == at.INDEX:
        return strike + side * step
    place = vol_place(strike)
    if side > 0.0:
        return vol_grid(place + 1)
    return vol_grid(max(place - 1, 0)) if vol_grid(place) >= strike else vol_grid(place)


@borrowing
def pick_strike(view: View, what: int, side: float, rule: int, aim: float, step: float) -> float:
    """Listed strike nearest to what a rule asks for; a VIX option by delta takes the strike nearest in delta.

    An SPX option of less than 50 delta stays out of the money, however coarse the strikes.
    """
    if what == at.FUTURE:
        return 0.0
    if what == at.VOL and rule == at.BY_DELTA:
        target = aim if side > 0.0 else view.discount - aim
        return strike_near(view.forward, view.years, view.at_money, view.discount, target)
    strike = on_grid(what, _exact(view, what, side, rule, aim), step)
    if what == at.INDEX and rule == at.BY_DELTA and aim < AT_THE_MONEY:
        out = math.ceil(view.forward / step) if side > 0.0 else math.floor(view.forward / step)
        return max(strike, out * step) if side > 0.0 else min(strike, out * step)
    return strike
