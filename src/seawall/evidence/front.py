"""What a constant position in the front VIX future earned, session by session, from what the store holds.

A session's return is that of the contract that was nearest, and not yet expired, at the close before. In this order:
settlements by contract (``VX_2018_02``); the table VX1, VX2, which has rolled on the day a contract settles; and, where
neither reaches, the exchange-traded fund VIXY, which holds the first two months and pays its own fee.
"""

import re
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import vix_expiry
from seawall.core.errors import MissingDataError
from seawall.market.history import History

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]

HALF_SPREAD: Final = 0.05
"""Points paid a side to trade one VIX future (METHOD 8.2)."""
FUND: Final = "VIXY"
FUND_COST: Final = 0.0005
"""Share paid a side to trade the fund: an assumption."""
_CONTRACT: Final = re.compile(r"VX_(\d{4})_(\d{2})")


class Front(NamedTuple):
    """Session returns of the front future, (n,), NaN where unknown; what rolling cost then, once, as a share of value.

    ``side``: cost of trading one side then, a share of value. ``contracts``, ``table``, ``fund``: sessions by source.
    """

    dates: Days
    returns: Array
    cost: Array
    side: Array
    contracts: int
    table: int
    fund: int

    def net(self, times: float = 1.0) -> Array:
        """Returns less ``times`` the cost of the rolls."""
        return np.asarray(self.returns - times * self.cost)

    def note(self) -> str:
        """Where the sessions come from."""
        parts = ((self.contracts, "contracts"), (self.table, "the table VX1, VX2"), (self.fund, f"the fund {FUND}"))
        return "front VX by session: " + ", ".join(f"{count:,} from {name}" for count, name in parts if count)


def front_returns(history: History, dates: Days) -> Front:
    """Returns on ``dates`` (sessions, rising). Raises ``MissingDataError`` where there is no source at all."""
    n = dates.size
    out, cost, side = np.full(n, np.nan), np.zeros(n), np.full(n, np.nan)
    origin = np.zeros(n, dtype=np.int64)
    for code, found in enumerate((_contracts(history, dates), _table(history, dates), _fund(history, dates)), start=1):
        if found is not None:
            take = np.isnan(out) & np.isfinite(found[0])
            out[take], cost[take], side[take] = (column[take] for column in found)
            origin[take] = code
    if not np.isfinite(out).any():
        raise MissingDataError("no front VIX future: import VX contracts, VX1 and VX2, or VIXY")
    counts = [int(np.count_nonzero(origin == code)) for code in (1, 2, 3)]
    return Front(dates, out, cost, side, *counts)


def _contracts(history: History, dates: Days) -> tuple[Array, Array, Array] | None:
    found = [(vix_expiry(int(m[1]), int(m[2])), name) for name in history.names if (m := _CONTRACT.fullmatch(name))]
    if not found:
        return None
    found.sort()
    expiries = np.array([expiry for expiry, _ in found], dtype="datetime64[D]")
    levels = np.stack([history.values_on(name, dates) for _, name in found])
    nearest = np.searchsorted(expiries, dates[:-1], side="right")
    out, cost, side = np.full(dates.size, np.nan), np.zeros(dates.size), np.full(dates.size, np.nan)
    inside = np.flatnonzero(nearest < len(found))
    before, after = levels[nearest[inside], inside], levels[nearest[inside], inside + 1]
    out[inside + 1] = after / before - 1.0
    side[inside + 1] = HALF_SPREAD / before
    rolled = np.concatenate([[False], nearest[1:] != nearest[:-1]])
    cost[inside + 1] = np.where(rolled[inside], 2.0 * HALF_SPREAD / before, 0.0)
    return out, cost, side


def _table(history: History, dates: Days) -> tuple[Array, Array, Array] | None:
    if not (history.has("VX1") and history.has("VX2")):
        return None
    first, second = (history.values_on(name, dates) for name in ("VX1", "VX2"))
    days = dates.tolist()
    settles = np.isin(dates, np.array([vix_expiry(y, m) for y, m in _months(days[0], days[-1])], dtype="datetime64[D]"))
    held = np.where(settles[1:], second[:-1], first[:-1])
    out, cost, side = np.full(dates.size, np.nan), np.zeros(dates.size), np.full(dates.size, np.nan)
    out[1:] = first[1:] / held - 1.0
    side[1:] = HALF_SPREAD / held
    cost[1:] = np.where(settles[1:], 2.0 * HALF_SPREAD / held, 0.0)
    return out, cost, side


def _months(first: object, last: object) -> list[tuple[int, int]]:
    start, end = np.datetime64(str(first), "M"), np.datetime64(str(last), "M")
    months = np.arange(start, end + np.timedelta64(1, "M"))
    return [(int(str(one)[:4]), int(str(one)[5:7])) for one in months]


def _fund(history: History, dates: Days) -> tuple[Array, Array, Array] | None:
    if not history.has(FUND):
        return None
    level = history.values_on(FUND, dates)
    out = np.full(dates.size, np.nan)
    out[1:] = level[1:] / level[:-1] - 1.0
    return out, np.zeros(dates.size), np.full(dates.size, FUND_COST)
