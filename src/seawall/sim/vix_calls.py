"""VIX calls as a plain hedge: 30-delta one-month calls rolled on every VIX expiry, and single trips in and out.

No option quote is used: calls are modelled from VVIX and the future of their own expiry (contract, else VX1 .. VX8,
else modelled from the VIX family), bought at the ask and sold at the bid. Rolled calls are held to settlement: VRO,
else the opening of VIX, else its close.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import vix_expiries, vix_expiry
from seawall.core.errors import MissingDataError
from seawall.kernels.modelled import vvix_level
from seawall.kernels.vx_rule import future_from_family
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.sim.vxth import CallMarket, call_ask, call_strike, call_value

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

MONTHS: Final = 8
YEAR: Final = 365.0
_CONTRACT: Final = re.compile(r"VX_(\d{4})_(\d{2})")


class Quotes(NamedTuple):
    """What calls are priced on, by session (n,): VIX, the VIX family (n, 4) as observed, VVIX, the anchor of VIX;
    the future by session and expiry."""

    dates: Days
    vix: Floats
    family: Floats
    vvix: Floats
    anchor: Floats
    settle: Floats
    ranked: Floats
    contracts: dict[dt.date, Floats]
    seen_vvix: NDArray[np.bool_]


class CallPath(NamedTuple):
    """P&L by session of calls bought for one unit of money at each roll times its weight, (n,), and what was paid.

    ``seen``: share of roll days with an observed future and VVIX; the calls themselves are always modelled.
    """

    dates: Days
    pnl: Floats
    premium: Floats
    rolls: NDArray[np.int64]
    seen: float


def call_quotes(history: History, dates: Days) -> Quotes:
    """Everything a modelled VIX call is priced on, at each of ``dates`` (sessions with a VIX close).

    Raises ``MissingDataError`` where VIX has no close.
    """
    vix = history.values_on("VIX", dates)
    if np.isnan(vix).any():
        raise MissingDataError(f"VIX has no close on {dates[np.isnan(vix)][0]}: complete it, or choose other days")
    every = history.get("VIX")
    anchor = vix_anchor(every.values)[np.searchsorted(every.dates, dates, side="right") - 1]

    def on(name: str) -> Floats:
        return history.values_on(name, dates) if history.has(name) else np.full(dates.size, np.nan)

    seen = on("VVIX")
    modelled = np.array([vvix_level(level) for level in vix])
    settle = on("VRO")
    for other in (on("VIX_OPEN"), vix):
        settle = np.where(np.isnan(settle), other, settle)
    ranked = np.stack([on(f"VX{month}") for month in range(1, MONTHS + 1)])
    contracts = {
        vix_expiry(int(m[1]), int(m[2])): history.values_on(name, dates)
        for name in history.names
        if (m := _CONTRACT.fullmatch(name))
    }
    known = np.isfinite(seen)
    family = np.column_stack([on("VIX9D"), vix, on("VIX3M"), on("VIX6M")])
    return Quotes(dates, vix, family, np.where(known, seen, modelled), anchor, settle, ranked, contracts, known)


def future_on(quotes: Quotes, row: int, expiry: dt.date) -> tuple[float, bool]:
    """Future of an expiry at the close of a session, and whether it was observed."""
    contract = quotes.contracts.get(expiry)
    if contract is not None and np.isfinite(contract[row]):
        return float(contract[row]), True
    day: dt.date = quotes.dates[row].item()
    ahead = vix_expiries(day, MONTHS)
    if expiry in ahead and np.isfinite(quotes.ranked[ahead.index(expiry), row]):
        return float(quotes.ranked[ahead.index(expiry), row]), True
    years = max((expiry - day).days, 0) / YEAR
    return float(future_from_family(quotes.family[row], quotes.anchor[row], years)), False


def _market(quotes: Quotes, row: int, expiry: dt.date) -> tuple[CallMarket, float, bool]:
    level, seen = future_on(quotes, row, expiry)
    years = max((expiry - quotes.dates[row].item()).days, 0) / YEAR
    return CallMarket(level, float(quotes.vvix[row]), 0.0), years, seen and bool(quotes.seen_vvix[row])


def rolled_calls(quotes: Quotes, weight: Callable[[float], float], costs: float = 1.0) -> CallPath:
    """Calls of the next expiry bought on every VIX expiry for ``weight(future)`` of one unit of money, held to theirs.

    Starts on the first expiry among the dates; ``costs`` in modelled half-spreads.
    """
    n = quotes.dates.size
    pnl, premium = np.zeros(n), np.zeros(n)
    rolls: list[int] = []
    observed = 0
    held, mark, strike = 0.0, 0.0, np.nan
    days = quotes.dates.tolist()
    expiry = vix_expiries(days[0] - dt.timedelta(days=1), 1)[0]
    for row, day in enumerate(days):
        if held:
            at, years, _ = _market(quotes, row, expiry)
            worth = max(quotes.settle[row] - strike, 0.0) if day >= expiry else call_value(strike, at, years)
            pnl[row] += held * (worth - mark)
            mark = worth
        if day < expiry:
            continue
        expiry, held = vix_expiries(day, 1)[0], 0.0
        at, years, seen = _market(quotes, row, expiry)
        spent = weight(at.future)
        rolls.append(row)
        observed += seen
        if spent > 0.0:
            strike = call_strike(at, years)
            ask = call_ask(strike, at, years, costs)
            held, premium[row] = spent / ask, spent
            mark = call_value(strike, at, years)
            pnl[row] += held * (mark - ask)
    return CallPath(quotes.dates, pnl, premium, np.array(rolls, dtype=np.int64), observed / max(len(rolls), 1))


def call_trip(quotes: Quotes, row: int, hold: int, month: int = 1, costs: float = 1.0) -> float:
    """Return on the premium of one 30-delta call: bought at the ask of a close, sold at the bid ``hold`` sessions on.

    ``month``: which expiry after the exit is taken, 1 the first. NaN where the sessions end before.
    """
    if row + hold >= quotes.dates.size:
        return float("nan")
    leave: dt.date = quotes.dates[row + hold].item()
    expiry = vix_expiries(leave, month)[-1]
    at, years, _ = _market(quotes, row, expiry)
    strike = call_strike(at, years)
    paid = call_ask(strike, at, years, costs)
    then, left, _ = _market(quotes, row + hold, expiry)
    mid = call_value(strike, then, left)
    half = call_ask(strike, then, left, costs) - mid
    return max(mid - half, 0.0) / paid - 1.0
