"""What a book says about itself: shares of gamma and vega, betas, stewardship, Temporal Theta, coverage (METHOD 6)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.core.units import DAYS_PER_YEAR
from seawall.kernels.amm import quote_depth
from seawall.kernels.black import black
from seawall.signals.contract import Array, Mask

LABEL_SESSIONS: Final = 5
SPX_BAND: Final = 0.05
VIX_BAND: Final = 0.25
DEPTH: Final = 0.02
FLOW_LEVEL: Final = 0.99
DAY: Final = 1.0 / DAYS_PER_YEAR
PARITY_STEPS: Final = 500
PARITY_TOLERANCE: Final = 1e-3


class Shares(NamedTuple):
    """Shares of gamma and vega in the gross of both over a window, each (n,), and which was larger: +1 gamma."""

    gamma: Array
    vega: Array
    label: Array


def gamma_vega_shares(gamma_pnl: Array, vega_pnl: Array, window: int = LABEL_SESSIONS) -> Shares:
    """M18: share of gamma (with theta) and of vega (with volga) in the P&L of the last sessions, (n,).

    ``gamma_pnl``, ``vega_pnl``: dollars a session from the attribution, (n,). Unknown until the window is full, or if
    nothing happened in it. Raises ``DomainError`` for shapes that do not fit.
    """
    if gamma_pnl.shape != vega_pnl.shape or gamma_pnl.ndim != 1:
        raise DomainError(f"gamma {gamma_pnl.shape} and vega {vega_pnl.shape} must be one column each, of one length")
    sums = []
    for column in (gamma_pnl, vega_pnl):
        out = np.full(column.size, np.nan)
        if column.size >= window:
            out[window - 1 :] = np.abs(np.lib.stride_tricks.sliding_window_view(column, window).sum(axis=1))
        sums.append(out)
    gross = sums[0] + sums[1]
    gross = np.where(gross > 0.0, gross, np.nan)
    return Shares(sums[0] / gross, sums[1] / gross, np.sign(sums[0] - sums[1]))


def lead_correlations(signal: Array, label: Array, most: int = 10) -> Array:
    """M03: correlation of the signal with the label ``k`` rows later, k = 1 .. ``most``, (most,); NaN if flat.

    Both (n,), NaN where unknown: such pairs are left out.
    """
    found = np.full(most, np.nan)
    for lag in range(1, most + 1):
        x, y = signal[:-lag], label[lag:]
        kept = np.isfinite(x) & np.isfinite(y)
        if kept.sum() > 2 and np.ptp(x[kept]) > 0.0 and np.ptp(y[kept]) > 0.0:
            found[lag - 1] = float(np.corrcoef(x[kept], y[kept])[0, 1])
    return found


class Betas(NamedTuple):
    """Book betas against their bands (M26). ``vix``: NAV per 1.00 of volatility."""

    spx: float
    vix: float
    spx_inside: bool
    vix_inside: bool


def book_betas(delta_usd: float, vega_usd_per_point: float, nav_usd: float) -> Betas:
    """M26: the book's delta to SPX and vega, in units of its equity, against 0 +- .05 and 0 +- .25.

    Raises ``DomainError`` for equity not above 0.
    """
    if not nav_usd > 0.0:
        raise DomainError(f"equity is {nav_usd}: betas need dollars above 0")
    spx, vix = delta_usd / nav_usd, 100.0 * vega_usd_per_point / nav_usd
    return Betas(spx, vix, abs(spx) <= SPX_BAND, abs(vix) <= VIX_BAND)


def temporal_theta(
    forward: float, strike: float, years: float, vols: tuple[float, float], side: float, step: float = DAY
) -> float:
    """M38: decay of the next day at the shocked volatility over that now, rates zero; true for seller and owner alike.

    ``vols``: now and shocked, per sqrt(year); ``step``: years of decay, at most the option's life. Vectors: at the
    money, 10 days, .16 to .32: 2.00; a put 4 % below: 5.11. Raises ``DomainError`` where nothing decays, and like
    ``kernels.black.black``.
    """
    later = max(years - step, 0.0)
    values = black(forward, strike, np.array([years, later])[:, None], np.array(vols), 0.0, side).price
    decay = values[0] - values[1]
    if not decay[0] > 0.0:
        raise DomainError(f"the option loses {decay[0]} in the step: the ratio needs an option that decays")
    return float(decay[1] / decay[0])


class Coverage(NamedTuple):
    """Hedge vega over short vega: by bucket, and of the book without lending between buckets (M39)."""

    by_bucket: Mapping[str, float]
    total: float


def vega_coverage(hedge: Mapping[str, float], short: Mapping[str, float]) -> Coverage:
    """M39: hedge vega per short vega by tenor bucket, dollars a point, both not below 0.

    Buckets without shorts drop out; the total counts in each bucket no more hedge than there is to cover. Raises
    ``MissingDataError`` without short vega, ``DomainError`` for a negative number.
    """
    if any(value < 0.0 for value in (*hedge.values(), *short.values())):
        raise DomainError("coverage compares sizes: pass hedge and short vega as numbers not below 0")
    owed = {name: value for name, value in short.items() if value > 0.0}
    if not owed:
        raise MissingDataError("the book is short no vega: there is nothing to cover")
    by_bucket = {name: hedge.get(name, 0.0) / value for name, value in owed.items()}
    covered = sum(min(hedge.get(name, 0.0), value) for name, value in owed.items())
    return Coverage(by_bucket, covered / sum(owed.values()))


def extrinsic_sold(prices: Array, intrinsic: Array, quantities: Array, multiplier: float) -> float:
    """M39: dollars of price above intrinsic value in the options a book is short. All (n,); quantities sold below 0."""
    sold = np.where(quantities < 0.0, -quantities, 0.0)
    return float(multiplier * np.sum(sold * (prices - intrinsic)))


def pool_quick_ratio(liquidity: float, price: float, unclaimed_usd: float, one_sided_flow: Array) -> float:
    """M20: (quote executable within 2 % and unclaimed fees) over the 99th percentile of one-sided flow of 24 hours.

    Below 1 a pool is fragile. ``one_sided_flow``: net dollars of past days, (n,). Vector: L 1e6, P 2000, 300,000:
    1.498. Raises ``MissingDataError`` without flows, ``DomainError`` if their percentile is not above 0.
    """
    if not one_sided_flow.size:
        raise MissingDataError("no flows: a quick ratio needs the net flow of past days")
    flow = float(np.quantile(np.abs(one_sided_flow), FLOW_LEVEL))
    if not flow > 0.0:
        raise DomainError("nothing ever flowed: the quick ratio has no denominator")
    return (float(quote_depth(liquidity, price, DEPTH)) + unclaimed_usd) / flow


class Stewardship(NamedTuple):
    """Scores of a book's history, all in 0..1 but ``motion``; None where there was nothing to judge (M35, M36).

    ``steward`` is the product of coverage, adherence and sizing; ``promoter`` how far size follows trailing yield;
    ``loyalty`` the share of days held against a triggered rule; ``motion`` turnover over that of the band policy.
    """

    steward: float | None
    promoter: float | None
    coverage: float
    adherence: float | None
    sizing: float
    loyalty: float | None
    motion: float | None


class BookLog(NamedTuple):
    """A book's history by session, arrays of shape (n,).

    ``coverage``: M39 total; ``triggered``: a rule asked for an action; ``followed``: it was taken by the next session;
    ``tail_loss``: CVaR or largest loss of what is held, share of equity; ``size``: dollars of short convexity;
    ``trailing_yield``: of the last 30 days; ``turnover``, ``band_turnover``: traded dollars, own and of BAND.
    """

    coverage: Array
    triggered: Mask
    followed: Mask
    tail_loss: Array
    size: Array
    trailing_yield: Array
    turnover: Array
    band_turnover: Array


def stewardship(log: BookLog, budget: float = 0.10) -> Stewardship:
    """Steward and Promoter scores, and loyalty and motion, of a book's own history (M35, M36).

    Coverage counts up to 1 a session; adherence is the share of triggered sessions that were followed; sizing the share
    of sessions with a tail loss within ``budget``; Promoter the correlation of size with trailing yield where positive.
    Raises ``MissingDataError`` for an empty log, ``DomainError`` for columns of different lengths.
    """
    if len({column.shape for column in log}) != 1:
        raise DomainError("the log's columns differ in length: give every session one row")
    if not log.size.size:
        raise MissingDataError("the log is empty: keep a book for at least one session")
    coverage = float(np.mean(np.minimum(log.coverage, 1.0)))
    asked = int(log.triggered.sum())
    adherence = float((log.triggered & log.followed).sum() / asked) if asked else None
    sizing = float(np.mean(log.tail_loss <= budget))
    moved = log.size.size > 2 and np.ptp(log.size) > 0.0 and np.ptp(log.trailing_yield) > 0.0
    promoter = max(float(np.corrcoef(log.size, log.trailing_yield)[0, 1]), 0.0) if moved else None
    band = float(log.band_turnover.sum())
    return Stewardship(
        steward=None if adherence is None else coverage * adherence * sizing,
        promoter=promoter,
        coverage=coverage,
        adherence=adherence,
        sizing=sizing,
        loyalty=None if adherence is None else 1.0 - adherence,
        motion=float(log.turnover.sum()) / band if band > 0.0 else None,
    )


def risk_parity(pnl: Array, level: float = 0.95) -> tuple[Array, Status]:
    """M34: weights, (k,), under which every column adds the same to CVaR; ``RUNAWAY`` if they do not settle.

    ``pnl``: (scenarios, k) dollars per unit of each. A weight moves by the root of wanted over actual share until all
    shares agree within a thousandth. Raises ``DomainError`` where a column takes risk away: no positive weights then
    contribute equally.
    """
    k = pnl.shape[1]
    weights = np.full(k, 1.0 / k)
    for _ in range(PARITY_STEPS):
        losses = -pnl @ weights
        tail = losses >= np.sort(losses)[-max(round(pnl.shape[0] * (1.0 - level)), 1)]
        parts = weights * -pnl[tail].mean(axis=0)
        total = float(parts.sum())
        if not (total > 0.0 and (parts > 0.0).all()):
            raise DomainError("a column reduces the tail: equal contributions need columns that all add to it")
        gap = parts / total * k
        if np.abs(gap - 1.0).max() < PARITY_TOLERANCE:
            return weights, Status.FOUND
        weights = weights / np.sqrt(gap)
        weights /= weights.sum()
    return weights, Status.RUNAWAY


class EventStudy(NamedTuple):
    """Mean change of a series around events, its standard error, and how many counted (M32)."""

    change: float
    error: float
    events: int
    status: Status


def event_study(dates: NDArray[np.datetime64], values: Array, events: NDArray[np.datetime64], rows: int) -> EventStudy:
    """M32: mean of the ``rows`` values from an event's date on, less the mean of as many before it, over all events.

    For votes on emissions and parameters, dated by the end of the vote; the series is TVL, fee rate or volatility. An
    event without full windows is left out. ``THIN`` below eight events (METHOD 9.2).
    """
    changes = []
    for place in np.searchsorted(dates, events):
        before, after = values[max(place - rows, 0) : place], values[place : place + rows]
        if before.size == rows == after.size and np.isfinite(before).all() and np.isfinite(after).all():
            changes.append(float(after.mean() - before.mean()))
    if len(changes) < 2:
        return EventStudy(float("nan"), float("nan"), len(changes), Status.THIN)
    error = float(np.std(changes, ddof=1) / np.sqrt(len(changes)))
    return EventStudy(float(np.mean(changes)), error, len(changes), Status.FOUND if len(changes) >= 8 else Status.THIN)
