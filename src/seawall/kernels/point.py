"""What one VIX point is worth to a structure: every tenor moves as mean reversion has it, VVIX stands.

A shock to ln VIX halves every 34 sessions (``modelled``): a future moves by its decayed share, the expected variance of
another tenor by the ratio of average decays.
"""

import math
from typing import Final

from seawall.kernels import slots as at
from seawall.kernels.compiled import compiled
from seawall.kernels.index_smile import PILLARS, density_at
from seawall.kernels.modelled import INDEX_YEARS, REVERSION
from seawall.kernels.quote import View, mid_of, view_of
from seawall.kernels.slots import Floats, Now, Tables
from seawall.kernels.trade import multiplier

POINT: Final = 1.0
ONE_MONTH: Final = 1


@compiled
def average_decay(years: float) -> float:
    """Mean of exp(-reversion t) over 0 .. ``years``."""
    return -math.expm1(-REVERSION * years) / (REVERSION * years)


@compiled
def one_point_up(now: Now, view: View, what: int) -> View:
    """See the same expiry with VIX one point higher."""
    vix = now.levels[ONE_MONTH]
    if what == at.INDEX:
        levels = now.levels.copy()
        for tenor in range(levels.size):
            share = average_decay(PILLARS[tenor]) / average_decay(INDEX_YEARS)
            levels[tenor] = math.sqrt(levels[tenor] ** 2 + (2.0 * vix + POINT) * POINT * share)
        of = density_at(levels, now.skew, view.years)
        return View(view.forward, view.discount, view.years, view.rate, view.vvix, of)
    future = view.forward * ((vix + POINT) / vix) ** math.exp(-REVERSION * view.years)
    return View(future, view.discount, view.years, view.rate, view.vvix, view.of)


@compiled
def point_gain(tables: Tables, now: Now, program: int, held: Floats) -> float:
    """Dollars the legs of ``held`` (LEGS, at least HELD_WIDTH) gain for one VIX point more."""
    total = 0.0
    for leg in range(at.LEGS):
        count, spec = held[leg, at.HELD_COUNT], tables.leg[program, leg]
        if count == 0.0:
            continue
        view, what = view_of(now, tables, int(held[leg, at.HELD_EXPIRY])), int(spec[at.LEG_WHAT])
        if view.years <= 0.0:
            continue
        strike, side = held[leg, at.HELD_STRIKE], spec[at.LEG_SIDE]
        up = one_point_up(now, view, what)
        total += count * multiplier(what) * (mid_of(up, what, side, strike) - mid_of(view, what, side, strike))
    return total
