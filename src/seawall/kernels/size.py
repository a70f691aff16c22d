"""The impact of a large order of options or futures: METHOD 8.2 on top of the half-spread."""

import math

from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels import slots as at
from seawall.kernels.compiled import borrowing
from seawall.kernels.impact import FREE_SHARE, size_impact
from seawall.kernels.quote import View, delta_of, view_of, vol_of
from seawall.kernels.slots import Now, Tables, Terms
from seawall.kernels.trade import Order


@borrowing
def usual_volume(terms: Terms, what: int) -> float:
    """Contracts that trade on a usual day."""
    if what == at.INDEX:
        return terms.index_volume
    return terms.vol_volume if what == at.VOL else terms.future_volume


@borrowing
def day_deviation(view: View, what: int, side: float, strike: float) -> float:
    """Points the price of a leg moves on a usual day: its delta times one deviation of its forward."""
    level = view.forward if what == at.FUTURE else strike
    vol = vol_of(view, at.VOL if what == at.FUTURE else what, level)
    return delta_of(view, what, side, strike) * view.forward * vol / math.sqrt(SESSIONS_PER_YEAR)


@borrowing
def impact_of(tables: Tables, terms: Terms, now: Now, order: Order) -> float:
    """Points a contract that an order pays for its size; 0 up to a tenth of the usual volume."""
    volume = usual_volume(terms, order.what)
    if abs(order.quantity) <= FREE_SHARE * volume or terms.impact == 0.0:
        return 0.0
    view = view_of(now, tables, order.expiry)
    if view.years <= 0.0:
        return 0.0
    return size_impact(order.quantity, volume, day_deviation(view, order.what, order.side, order.strike), terms.impact)
