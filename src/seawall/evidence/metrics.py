"""The full record of a hedged book (METHOD 9.1): what it earned, how it hurt, what the hedge cost and when it paid."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.evidence.episodes import GAP, episodes
from seawall.evidence.interval import Interval, proportion
from seawall.evidence.returns import HORIZONS, Performance, TailLoss, performance, tail_loss
from seawall.kernels.tails import worst_windows
from seawall.ledger.capital import joint_ruin

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

FAR_LEVEL: Final = 0.99
BLOW_UP: Final = 0.20
WINDOW: Final = 21
WORST_WINDOWS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One run by session, (n,) each. What is None gives no metric; nothing is assumed in its place.

    ``nav``: dollars after costs. ``hedge``: P&L of all hedges after costs, dollars. ``spike``: sessions in SPIKE.
    ``traded``: dollars bought and sold. ``margin``: dollars required. ``breached``: margin calls not met.
    ``unhedged``: NAV of the same book without its hedge, for coverage.
    """

    dates: Days
    nav: Array
    hedge: Array | None = None
    spike: Flags | None = None
    traded: Array | None = None
    margin: Array | None = None
    breached: Flags | None = None
    unhedged: Array | None = None

    def __post_init__(self) -> None:
        for name in ("nav", "hedge", "spike", "traded", "margin", "breached", "unhedged"):
            column = getattr(self, name)
            if column is not None and np.shape(column) != np.shape(self.dates):
                raise DomainError(
                    f"{name} has shape {np.shape(column)}, dates {np.shape(self.dates)}: pass one a session"
                )
            if column is not None and not np.isfinite(column).all():
                raise DomainError(f"{name} must be finite: cut the path at ruin, drop sessions without a mark")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The row of one run; None where the account does not say.

    ``cvar99``: as ``performance.cvar95``. ``calm_carry``: hedge P&L over NAV per year of calm sessions; negative is a
    cost. ``spike_payout``: hedge P&L over NAV, summed over SPIKE sessions, from ``spike_episodes`` distinct episodes.
    ``coverage``: share of the worst windows without hedge in which the hedge gained. ``turnover``: traded value per
    year over mean NAV. ``margin_peak``: largest share of NAV. ``blow_ups``: distinct losses of 20 % within 21 sessions,
    and margin breaches.
    """

    performance: Performance
    cvar99: tuple[TailLoss, ...]
    calm_carry: float | None
    spike_payout: float | None
    spike_episodes: int | None
    coverage: Interval | None
    turnover: float | None
    margin_peak: float | None
    blow_ups: int


def metrics(account: Account, worst: int = WORST_WINDOWS) -> Metrics:
    """Measure one run. ``worst``: windows of 21 sessions for coverage. Raises like ``performance``."""
    nav = np.asarray(account.nav, dtype=np.float64)
    calm, paid, crises = _by_state(account, nav)
    return Metrics(
        performance=performance(nav, account.dates),
        cvar99=tuple(tail_loss(nav, horizon, FAR_LEVEL) for horizon in HORIZONS),
        calm_carry=calm,
        spike_payout=paid,
        spike_episodes=crises,
        coverage=_coverage(account, worst),
        turnover=None if account.traded is None else _turnover(account.traded, nav),
        margin_peak=None if account.margin is None else _margin_peak(account.margin, nav),
        blow_ups=blow_ups(nav, account.breached),
    )


def _by_state(account: Account, nav: Array) -> tuple[float | None, float | None, int | None]:
    """Calm carry per year, payout in SPIKE, and its distinct episodes."""
    if account.hedge is None or account.spike is None:
        return None, None, None
    share, spike = np.asarray(account.hedge, dtype=np.float64)[1:] / nav[:-1], np.asarray(account.spike)[1:]
    calm = float(share[~spike].mean()) * SESSIONS_PER_YEAR if not spike.all() else None
    crises = episodes(account.dates[1:], spike.astype(np.float64), GAP, 0.5)
    return calm, float(share[spike].sum()), len(crises)


def _coverage(account: Account, worst: int) -> Interval | None:
    if account.hedge is None or account.unhedged is None:
        return None
    found = worst_windows(np.asarray(account.unhedged, dtype=np.float64), WINDOW, worst)
    if not found.starts.size:
        return None
    total = np.cumsum(account.hedge)
    gained = total[found.starts + WINDOW] - total[found.starts] > 0.0
    return proportion(int(np.count_nonzero(gained)), gained.size)


def _turnover(traded: Array, nav: Array) -> float:
    years = (nav.size - 1) / SESSIONS_PER_YEAR
    return float(np.abs(traded).sum() / nav.mean() / years)


def _margin_peak(margin: Array, nav: Array) -> float:
    """Largest margin over NAV; infinite where margin is required and no NAV is left."""
    required = np.asarray(margin, dtype=np.float64)
    share = np.divide(required, nav, out=np.full(nav.size, math.inf), where=nav > 0.0)
    return float(np.where(required == 0.0, 0.0, share).max())


def blow_ups(nav: Array, breached: Flags | None = None, within: int = WINDOW, loss: float = BLOW_UP) -> int:
    """Distinct falls of ``loss`` or more within ``within`` sessions, and margin breaches.

    A fall is measured from the highest of the last ``within`` + 1 values of NAV; after an event the next one starts
    from the level it left, and breaches within ``within`` sessions of an event belong to it.
    """
    values = np.asarray(nav, dtype=np.float64)
    broken = np.zeros(values.size, dtype=np.bool_) if breached is None else np.asarray(breached)
    count, start, last = 0, 0, -within - 1
    for t in range(values.size):
        first = max(start, t - within)
        fell = values[t] <= (1.0 - loss) * values[first : t + 1].max()
        if fell or (broken[t] and t - last > within):
            count += 1
            start, last = t, t
    return count


def joint_ruin_interval(equity: Array, maintenance: Array, sleeve: Array) -> Interval:
    """Chance of ``ledger.capital.joint_ruin`` with its exact interval over scenarios; raises as that does."""
    count = np.shape(equity)[0] if np.ndim(equity) else 0
    return proportion(round(joint_ruin(equity, maintenance, sleeve) * count), count)
