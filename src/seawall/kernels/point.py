"""What one VIX point is worth to a structure: every tenor moves as mean reversion has it, VVIX stands.

A shock to ln VIX halves every 34 sessions (``modelled``): a future moves by its decayed share, the expected variance of
another tenor by the ratio of average decays.
"""

import math
from typing import Final

from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.index_smile import PILLARS, density_at
from seawall.kernels.modelled import INDEX_YEARS, REVERSION
from seawall.kernels.quote import View, mid_of, no_view, view_at
from seawall.kernels.slots import Book, Floats, Now, Tables
from seawall.kernels.trade import multiplier

POINT: Final = 1.0
ONE_MONTH: Final = 1


@borrowing
def average_decay(years: float) -> float:
    """Mean of exp(-reversion t) over 0 .. ``years``."""
    return -math.expm1(-REVERSION * years) / (REVERSION * years)


@borrowing
def one_point_up(now: Now, view: View, what: int) -> View:
    """See the same expiry with VIX one point higher."""
    vix = now.levels[ONE_MONTH]
    if what == at.INDEX:
        more = (2.0 * vix + POINT) * POINT / average_decay(INDEX_YEARS)
        a, b, c, d = now.levels
        levels = (
            math.sqrt(a * a + more * average_decay(PILLARS[0])),
            math.sqrt(b * b + more * average_decay(PILLARS[1])),
            math.sqrt(c * c + more * average_decay(PILLARS[2])),
            math.sqrt(d * d + more * average_decay(PILLARS[3])),
        )
        of = density_at(levels, now.skew, view.years)
        return View(view.forward, view.discount, view.years, 0.0, of)
    future = view.forward * ((vix + POINT) / vix) ** math.exp(-REVERSION * view.years)
    return View(future, view.discount, view.years, view.at_money, view.of)


@borrowing
def point_gain(book: Book, tables: Tables, now: Now, program: int, held: Floats) -> float:
    """Dollars the legs of ``held`` (LEGS, at least HELD_WIDTH), marked at this close, gain for one VIX point more."""
    total, up, last = 0.0, no_view(), -1
    for leg in range(at.LEGS):
        count, spec = held[leg, at.HELD_COUNT], tables.leg[program, leg]
        if count == 0.0:
            continue
        expiry, what = int(held[leg, at.HELD_EXPIRY]), int(spec[at.LEG_WHAT])
        view = view_at(book, now, tables, expiry)
        if view.years <= 0.0:
            continue
        if expiry != last:
            up, last = one_point_up(now, view, what), expiry
        strike, side, mid = held[leg, at.HELD_STRIKE], spec[at.LEG_SIDE], held[leg, at.HELD_MID]
        still = mid_of(view, what, side, strike) if held[leg, at.HELD_SEEN] > 0.0 else mid
        total += count * multiplier(what) * (mid_of(up, what, side, strike) - still)
    return total
