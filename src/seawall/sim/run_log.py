"""A run as it is kept: every fill in words, the account by day, each layer by day, and the market that it acted on.

Nothing here needs the run again: what was held on a day, what it cost and what it made follow from these columns.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError, RangeError
from seawall.core.units import SPX_OPTION_MULTIPLIER, VIX_FUTURE_MULTIPLIER, VIX_OPTION_MULTIPLIER
from seawall.kernels import slots as at
from seawall.sim.result import BUDGETS, Fill, Result

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

ACCOUNT: Final = {
    "cash": at.DAY_CASH, "equity": at.DAY_EQUITY, "interest": at.DAY_INTEREST, "variation": at.DAY_VARIATION,
    "fees": at.DAY_FEES, "venue": at.DAY_VENUE, "margin": at.DAY_MARGIN, "call": at.DAY_CALL,
}  # fmt: skip
"""Columns of the account by session; see ``kernels.slots``."""
LAYER: Final = {
    "mark": at.RUN_MARK, "pnl": at.RUN_PNL, "cost": at.RUN_COST, "units": at.RUN_HELD, "bound": at.RUN_BOUND,
    "starved": at.RUN_STARVED,
}  # fmt: skip
"""Columns of a layer by session. ``pnl`` is at mid, before ``cost``."""
MARKET: Final = ("spx", "vix")
RENAMED: Final = {"settle": "settle", "margin": "margin call", "liquidation": "liquidation"}
"""Rules that are the same for every layer are told without its name."""
SHIFT: Final = "SHIFT.roll"
"""What rolling a hedge is called (METHOD 7.2)."""
PAID_DAILY: Final = ("future", "perp")
"""What moves cash by its cost only: its gains are paid by the day, or stay with its venue."""
DOLLARS_A_POINT: Final = {
    "SPXW": SPX_OPTION_MULTIPLIER, "SPX": SPX_OPTION_MULTIPLIER, "VIX": VIX_OPTION_MULTIPLIER,
    "VX": VIX_FUTURE_MULTIPLIER,
}  # fmt: skip


class LoggedFill(NamedTuple):
    """One trade or settlement. ``quantity`` > 0 bought; ``price``, ``mid`` in points; ``cost``, ``cash`` in dollars.

    ``slot`` tells structures of one layer apart. ``cash``: what it moved into the account. ``multiplier``: dollars a
    point. ``observed``: mid and spread were quotes, else modelled.
    """

    day: dt.date
    layer: str
    slot: int
    instrument: str
    quantity: float
    price: float
    mid: float
    cost: float
    rule: str
    observed: bool
    multiplier: float
    cash: float


class Acted(NamedTuple):
    """The market state each session acted on, of the session before; shape (sessions,), "" where there was none.

    ``rule``: what put it into this state; ``fired``: the triggers of that session.
    """

    state: tuple[str, ...]
    rule: tuple[str, ...]
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RunLog:
    """One run. ``account``: columns ACCOUNT and MARKET, (sessions,); ``layer``: columns LAYER, (sessions, layers).

    ``budgets``: what the numbers of ``bound`` mean. Fills are in the order they were made. A market level is NaN where
    it is not known.
    """

    name: str
    capital: float
    dates: Days
    account: Mapping[str, Floats]
    layer: Mapping[str, Floats]
    layers: tuple[str, ...]
    hedges: tuple[bool, ...]
    acted: Acted
    fills: tuple[LoggedFill, ...]
    modelled: tuple[str, ...]

    def row(self, day: dt.date) -> int:
        """Row of a session. Raises ``RangeError`` for a day outside the run, ``MissingDataError`` for no session."""
        first, last = self.dates[0].item(), self.dates[-1].item()
        if not first <= day <= last:
            raise RangeError(f"{day} is outside the run, which goes from {first} to {last}: name a day in between")
        row = int(np.searchsorted(self.dates, np.datetime64(day, "D")))
        if self.dates[row].item() != day:
            before, after = self.dates[row - 1], self.dates[row]
            raise MissingDataError(f"{day} is not a session: the nearest are {before} and {after}")
        return row

    def budget(self, row: int, place: int) -> str:
        """Which budget bound a layer's purchase on a session; "" if it bought nothing under one."""
        return BUDGETS.get(int(self.layer["bound"][row, place]), "")


def in_words(fill: Fill) -> str:
    """Instrument in words: ``SPX 2018-02-16 2600 put``, ``VIX Mar18 20 call``, ``VX Mar18``; others by their name.

    An SPX option that settles on the opening print says AM.
    """
    if fill.instrument == "VX":
        return f"VX {fill.expiry:%b%y}"
    if fill.instrument == "VIX":
        return f"VIX {fill.expiry:%b%y} {fill.strike:g} {fill.right}"
    if fill.instrument in ("SPX", "SPXW"):
        settled = " AM" if fill.instrument == "SPX" else ""
        return f"SPX {fill.expiry}{settled} {fill.strike:g} {fill.right}"
    return fill.instrument


def _logged(fill: Fill, hedge: bool) -> LoggedFill:
    layer, _, word = fill.rule.rpartition(".")
    rule = SHIFT if hedge and word == "roll" else RENAMED.get(word, fill.rule)
    points = float(DOLLARS_A_POINT.get(fill.instrument, 1))
    paid = 0.0 if fill.right in PAID_DAILY else fill.quantity * fill.mid * points
    return LoggedFill(
        fill.date, layer, fill.slot, in_words(fill), fill.quantity, fill.price, fill.mid, fill.cost, rule,
        fill.observed, points, -paid - fill.cost,
    )  # fmt: skip


def run_log(result: Result, capital: float, market: Mapping[str, Floats], acted: Acted | None = None) -> RunLog:
    """Keep a run. ``market``: SPX and VIX closes by name of MARKET, (sessions,); an absent one is unknown."""
    size = result.dates.size
    hedges = dict(zip(result.program_names, result.hedges.tolist(), strict=True))
    unknown = np.full(size, np.nan)
    account = {name: result.session[:, column] for name, column in ACCOUNT.items()}
    account |= {name: market.get(name, unknown) for name in MARKET}
    none = ("",) * size
    return RunLog(
        result.name, capital, result.dates, account,
        {name: result.program[:, :, column] for name, column in LAYER.items()},
        result.program_names, tuple(hedges.values()), acted or Acted(none, none, none),
        tuple(_logged(fill, hedges[fill.rule.rpartition(".")[0]]) for fill in result.fills()), result.modelled,
    )  # fmt: skip
