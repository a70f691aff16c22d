"""VXTH rebuilt: the S&P 500 with dividends, and one-month 30-delta VIX calls for a weight set by the VIX future.

Rule (Cboe VXTH; weights as First Trust's VIXH states them): on the day VIX options expire, the old calls settle and new
ones of the next expiry are bought at the ask, held to theirs. Calls are modelled from VVIX; the future is VX1 where the
history has it, otherwise modelled from the VIX family.
"""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import vix_expiries
from seawall.core.errors import MissingDataError
from seawall.kernels.black import delta_one, value_one
from seawall.kernels.modelled import vix_option_vol, vvix_level
from seawall.kernels.spread import VIX_SPREAD, half_spread
from seawall.kernels.vx_rule import future_from_family
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.market.index_smile import NAMES
from seawall.sim.daily_inputs import seen_on
from seawall.sim.overlay_inputs import Settle, overlay_inputs
from seawall.sim.overlays import BASE, Rebuilt

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

DELTA: Final = 0.30
STEP: Final = 0.5
GRID_TO: Final = 8.0
"""Strikes looked at: multiples of 0.5 up to eight times the future."""


def vxth_weight(future: float) -> float:
    """Share of the portfolio put into VIX calls: 0 up to 15, 1 % up to 30, 0.5 % up to 50, 0 above (METHOD 8.4)."""
    if future <= 15.0 or future > 50.0:
        return 0.0
    return 0.01 if future <= 30.0 else 0.005


class CallMarket(NamedTuple):
    """The future of the calls held, VVIX and bill rate of one session."""

    future: float
    vvix: float
    rate: float


def call_value(strike: float, at: CallMarket, years: float) -> float:
    """Modelled mid of a VIX call, points."""
    vol = vix_option_vol(strike, at.future, max(years, 1e-6), at.vvix)
    return float(value_one(at.future, strike, years, vol, np.exp(-at.rate * years), 1.0))


def call_strike(at: CallMarket, years: float) -> float:
    """Listed strike whose call delta is nearest to 30 %."""
    strikes = np.arange(np.ceil(at.future / STEP) * STEP, GRID_TO * at.future, STEP)
    deltas = [delta_one(at.future, k, years, vix_option_vol(k, at.future, years, at.vvix), 1.0, 1.0) for k in strikes]
    return float(strikes[int(np.argmin(np.abs(np.array(deltas) - DELTA)))])


def call_ask(strike: float, at: CallMarket, years: float, costs: float) -> float:
    """What the call costs: its mid and ``costs`` modelled half-spreads."""
    vol = vix_option_vol(strike, at.future, years, at.vvix)
    mid = call_value(strike, at, years)
    return mid + costs * half_spread(VIX_SPREAD, at.future, DELTA, years, vol, mid)


def rebuild_vxth(
    history: History, start: dt.date | None = None, end: dt.date | None = None, costs: float = 1.0
) -> Rebuilt:
    """VXTH over ``start`` .. ``end``, 100 at its first roll. Raises what ``overlay_inputs`` raises.

    Settles on ``VRO``, else on VIX's opening, else on its close; shares are rebalanced on roll days only.
    """
    given = overlay_inputs(history, start, end, Settle.CLOSE)
    dates, close = given.dates, given.days.close
    vix = close.levels[:, 1]
    seen_future, seen_vvix, settle, family, anchor = _seen(history, dates, vix)
    level = np.full(dates.size, np.nan)
    shares, calls, strike, expiry = 0.0, 0.0, np.nan, dates[0].item()
    profit, mark = {"shares": 0.0, "options": 0.0}, 0.0
    rolls: list[np.datetime64] = []
    for t, day in enumerate(dates.tolist()):
        if rolls:
            grown = shares * np.exp(close.dividend[t - 1] * given.days.elapsed[t])
            profit["shares"] += grown * close.spot[t] - shares * close.spot[t - 1]
            shares = grown
        roll = day >= expiry if rolls else _is_expiry(day)
        if roll:
            paid = max(settle[t] - strike, 0.0) if calls else 0.0
            profit["options"] += calls * (paid - mark)
            worth = shares * close.spot[t] + calls * paid if rolls else BASE
            expiry = vix_expiries(day, 1)[0]
            rolls.append(dates[t])
        years = max((expiry - day).days, 0) / 365.0
        future = seen_future[t] if np.isfinite(seen_future[t]) else future_from_family(family[t], anchor[t], years)
        vvix = seen_vvix[t] if np.isfinite(seen_vvix[t]) else vvix_level(vix[t])
        at = CallMarket(float(future), float(vvix), float(close.rate[t]))
        if roll:
            weight = vxth_weight(at.future)
            strike = call_strike(at, years) if weight else np.nan
            mark = call_ask(strike, at, years, costs) if weight else 0.0
            calls = worth * weight / mark if weight else 0.0
            shares = worth * (1.0 - weight) / close.spot[t]
        if rolls:
            now = call_value(strike, at, years) if calls else 0.0
            profit["options"] += calls * (now - mark)
            mark = now
            level[t] = shares * close.spot[t] + calls * mark
    if not rolls:
        raise MissingDataError(f"no VIX expiry between {dates[0]} and {dates[-1]}: take a longer range")
    begun = np.isfinite(level)
    futures = int(np.isfinite(seen_future[begun]).sum())
    notes = (
        "every VIX call price is modelled from VVIX and the future; no option quote is used",
        f"the future is VX1 on {futures} of {int(begun.sum())} sessions, at its close, not its opening; else modelled",
        f"calls settle on VRO, else VIX's opening, else its close; bought at the modelled ask, {costs:g} half-spreads",
        *given.notes[-1:],
    )
    return Rebuilt("VXTH", dates[begun], level[begun], profit, np.array(rolls), 1.0, notes)


def _seen(history: History, dates: Days, vix: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """By session: VX1 and VVIX where observed, the print calls settle on, the VIX family (n, 4), the anchor of VIX."""
    every = history.get("VIX")
    anchor = vix_anchor(every.values)[np.searchsorted(every.dates, dates, side="right") - 1]
    family = np.column_stack([vix if name == "VIX" else seen_on(history, name, dates) for name in NAMES])
    future, vvix, official, opening = (seen_on(history, name, dates) for name in ("VX1", "VVIX", "VRO", "VIX_OPEN"))
    settle = np.where(np.isnan(official), opening, official)
    return future, vvix, np.where(np.isnan(settle), vix, settle), family, anchor


def _is_expiry(day: dt.date) -> bool:
    return vix_expiries(day - dt.timedelta(days=1), 1)[0] == day
