"""What the address of the condor's page asks for."""

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

from seawall.app.desk.view import View, go
from seawall.app.service.condors import Quoted
from seawall.app.service.markets import CondorAsked

if TYPE_CHECKING:
    from seawall.hedge.condor_maps import Strikes

MODELLED: Final = "modelled from VIX"
QUOTED: Final = "SPX"
LONGEST: Final = 90.0
NAV: Final = 1_000_000.0


def asked(view: View) -> CondorAsked:
    """Quotes, expiry, rule and equity of the address."""
    by = "delta" if view.query.get("by") == "delta" else "range"
    session = view.date("session")
    days = view.number("expiry", 7.0, 0.0, LONGEST)
    nav = view.number("nav", NAV, 1_000.0, 1e12)
    underlying, day = (None, view.asof) if session is None else (QUOTED, session)
    return CondorAsked(underlying, day, None, days, "delta" if by == "delta" else "range", nav=nav)


def quotes(asked: CondorAsked, days: tuple[dt.date, ...]) -> tuple[dict[str, str], str]:
    """Where the quotes may come from, by the session of the address ("": priced from VIX), and which it is."""
    listed = {str(day): f"chain of {day}" for day in days}
    return {"": MODELLED, **listed}, "" if asked.underlying is None else str(asked.asof)


def strikes(view: View, have: Quoted) -> "Strikes":
    """Strikes of the address, the signal's own without them."""
    own = have.own.strikes
    try:
        given = [float(one) for one in view.query.get("k", "").split(",")]
    except ValueError:
        given = []
    use = given if len(given) == 4 and all(math.isfinite(one) for one in given) else list(own)
    return use[0], use[1], use[2], use[3]


def reopen(view: View, **changes: str) -> None:
    """Open the page anew with other quotes, another expiry, rule or equity; strikes are the signal's own again."""
    kept = {key: view.query.get(key, "") for key in ("expiry", "by", "nav", "session")} | changes
    go(view.href("/condor", **kept))
