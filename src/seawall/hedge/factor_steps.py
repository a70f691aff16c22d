"""Daily moves of every factor a book depends on, from what was known; what was not observed is made and counted."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError
from seawall.market.curve import SHOCK_BETA_DAYS
from seawall.market.history import History
from seawall.market.state import State
from seawall.signals.vol_curve import expiries_after

Array = NDArray[np.float64]

FUNDINGS_PER_YEAR: Final = 3.0 * 365.0
COIN_CORRELATION: Final = 0.40
"""Correlation of a coin with SPX where the coin was not observed (METHOD 8.6, exploratory)."""
COIN_COMMON: Final = 0.9
"""Share of what coins do apart from SPX that they do together, where they were not observed: an assumption."""
COIN_VOL: Final = 0.85
"""Volatility of a coin that was not observed and states none (METHOD 8.6, exploratory)."""
MONTHS: Final = 8


class Made(NamedTuple):
    """Which daily rows of a factor were not observed, and by which rule they were filled."""

    rows: NDArray[np.bool_]
    rule: str


@dataclass(frozen=True, slots=True, eq=False)
class FactorSteps:
    """One row a session: the change since the row before, oldest first.

    ``dates``: (T,), the later of the two. ``log_return``: of SPX and each coin, (T,). ``log_vix``: of VIX. ``vix``:
    its level before the change. ``log_curve``: of VIX futures at the tenors of ``SHOCK_BETA_DAYS`` but the first,
    (T, 4), NaN where not known. ``funding``: change of what a long pays per year, by coin. ``made``: by factor.
    """

    dates: NDArray[np.datetime64]
    log_return: dict[str, Array]
    log_vix: Array
    vix: Array
    log_curve: Array
    funding: dict[str, Array]
    made: dict[str, Made]

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Rows in which nothing was made, (T,)."""
        rows = np.ones(self.dates.size, dtype=np.bool_)
        for made in self.made.values():
            rows &= ~made.rows
        return rows


def factor_steps(history: History, state: State, seed: int) -> FactorSteps:
    """Steps of SPX, VIX, its futures, and every other asset of the state, on the sessions that SPX and VIX share.

    Only what was known at the state's time is read. A coin without a price on both days moves by a rule: correlation
    .40 with SPX, its own volatility, noise from ``seed``. Raises ``MissingDataError`` for fewer than two sessions.
    """
    known = history.upto(state.now)
    dates = np.intersect1d(known.get("SPX").dates, known.get("VIX").dates)
    if dates.size < 2:
        raise MissingDataError("the history has no two sessions with SPX and VIX by then: import their closes")
    spx = np.diff(np.log(known.values_on("SPX", dates)))
    vix = known.values_on("VIX", dates)
    returns, funding, made = {"SPX": spx}, {}, {}
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(spx.size)
    for name in sorted(set(state.assets) - {"SPX"}):
        noise = COIN_COMMON * common + np.sqrt(1.0 - COIN_COMMON**2) * rng.standard_normal(spx.size)
        returns[name], filled = _coin(known, state, name, (dates, spx, noise))
        if filled.rows.any():
            made[name] = filled
        funding[name] = _funding(known, name, dates)
    return FactorSteps(dates[1:], returns, np.diff(np.log(vix)), vix[:-1], _curve(known, dates), funding, made)


def _coin(
    known: History, state: State, name: str, rows: tuple[NDArray[np.datetime64], Array, Array]
) -> tuple[Array, Made]:
    dates, spx, noise = rows
    price = np.full(dates.size, np.nan)
    for series in (f"{name}_US_CLOSE", name):
        if known.has(series):
            price = np.where(np.isnan(price), known.values_on(series, dates), price)
    steps = np.diff(np.log(price))
    asset = state.asset(name)
    vol = COIN_VOL if asset.realised_vol is None else asset.realised_vol.value
    spread = float(np.std(spx)) or 1.0
    made = vol / np.sqrt(252.0) * (COIN_CORRELATION * spx / spread + np.sqrt(1.0 - COIN_CORRELATION**2) * noise)
    absent = np.isnan(steps)
    rule = f"{name}: correlation {COIN_CORRELATION:g} with SPX, volatility {vol:.0%}, normal noise"
    return np.where(absent, made, steps), Made(absent, rule)


def _funding(known: History, name: str, dates: NDArray[np.datetime64]) -> Array:
    """Change of funding per year; 0 where it is not known on both days."""
    if not known.has(f"{name}_FUNDING"):
        return np.zeros(dates.size - 1)
    paid = known.values_on(f"{name}_FUNDING", dates) * FUNDINGS_PER_YEAR
    return np.nan_to_num(np.diff(paid), nan=0.0)


def _curve(known: History, dates: NDArray[np.datetime64]) -> Array:
    """Log change of the VIX futures at constant tenors, (T, 4); NaN where the futures do not reach them.

    The square is linear in days between futures (METHOD 3.4); the index itself stands at zero.
    """
    tenors = np.array(SHOCK_BETA_DAYS[1:])
    levels = np.full((dates.size, tenors.size), np.nan)
    names = [f"VX{month}" for month in range(1, MONTHS + 1) if known.has(f"VX{month}")]
    if names == [f"VX{month}" for month in range(1, len(names) + 1)] and names:
        quoted = np.column_stack([known.values_on(name, dates) for name in ("VIX", *names)]) ** 2
        apart = expiries_after(dates, len(names)) - dates[:, None]
        days = np.column_stack([np.zeros(dates.size), apart.astype("timedelta64[D]").astype(np.float64)])
        for row in range(dates.size):
            there = np.isfinite(quoted[row])
            if there[0] and there.sum() > 2:
                reach = days[row, there]
                squares = np.interp(tenors, reach, quoted[row, there])
                levels[row] = np.where(tenors <= reach[-1], np.sqrt(squares), np.nan)
    return np.diff(np.log(levels), axis=0)
