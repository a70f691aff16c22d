"""What the address of the condor's page asks for."""

import math
from typing import TYPE_CHECKING, Final

from seawall.app.desk.view import View
from seawall.app.service.condors import Quoted
from seawall.app.service.markets import CondorAsked

if TYPE_CHECKING:
    from seawall.hedge.condor_maps import Strikes

LONGEST: Final = 90.0
NAV: Final = 1_000_000.0


def asked(view: View) -> CondorAsked:
    """Expiry, rule and equity of the address."""
    by = "delta" if view.query.get("by") == "delta" else "range"
    underlying = view.query.get("from") or None
    days = view.number("expiry", 7.0, 0.0, LONGEST)
    nav = view.number("nav", NAV, 1_000.0, 1e12)
    return CondorAsked(underlying, view.asof, None, days, "delta" if by == "delta" else "range", nav=nav)


def strikes(view: View, have: Quoted) -> "Strikes":
    """Strikes of the address, the signal's own without them."""
    own = have.own.strikes
    try:
        given = [float(one) for one in view.query.get("k", "").split(",")]
    except ValueError:
        given = []
    use = given if len(given) == 4 and all(math.isfinite(one) for one in given) else list(own)
    return use[0], use[1], use[2], use[3]
