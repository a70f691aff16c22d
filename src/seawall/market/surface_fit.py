"""A whole chain as a surface: expiry by expiry in order of settlement, each not below the ones before (METHOD 1.2)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import ButterflyArbitrageError, CalendarArbitrageError, MissingDataError
from seawall.core.status import Status
from seawall.kernels.mixture import mixture_reach
from seawall.kernels.smile import Svi, least_variance, svi_butterfly
from seawall.market.chain import Chain
from seawall.market.parity import Forward, quoted
from seawall.market.quote_bounds import butterfly_strikes, calendar_strikes
from seawall.market.slice_fit import Array, Floor, Quotes, Vols, inside, mixture_of, quotes_of, svi_of, vols_of
from seawall.market.surface import REACH, Slice, Surface, otm_price

SVI_ENOUGH: Final = 0.98
"""Share inside bid-ask, of the quotes between 5 and 95 delta and of all with a bid, from which SVI is kept."""
FEWEST: Final = 3
SPARSE: Final = 5
"""Quotes: below the first there is no slice, below the second it is piecewise linear."""
CALENDAR_GRID: Final = np.sort(np.append(0.02 * np.sinh(np.linspace(-5.99, 5.99, 320)), 0.0))
"""The k at which slices are compared, |k| <= 4, dense at the money."""
_RELATIVE: Final = 1e-9


class SliceFit(NamedTuple):
    """How one expiry was met; shares are of quotes with a bid, nan where there is none to count.

    ``inside``: between 5 and 95 delta, of ``core`` quotes; ``inside_all``: of every quote with a bid. ``rmse_points``:
    error at the mid in volatility points, weighted by vega, of the core. ``least_h``: Durrleman, within the quotes.
    ``market_strikes``: where bid and ask themselves hold a butterfly or vertical spread at a negative price.
    """

    slice: Slice
    quotes: int
    core: int
    inside: float
    inside_all: float
    rmse_points: float
    least_h: float
    butterfly_free: bool
    svi: Svi | None
    svi_inside: float
    market_strikes: tuple[float, ...]
    status: Status


class Skipped(NamedTuple):
    """An expiry without a slice, and why."""

    expiry: dt.date
    root: str
    reason: str


class CalendarGap(NamedTuple):
    """Strikes whose bid is above what the next expiry asks for the same moneyness."""

    near: dt.date
    far: dt.date
    strikes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SurfaceFit:
    """A surface with the record of its making. ``calendar_free`` is None where expiries have different underlyings."""

    surface: Surface
    fits: tuple[SliceFit, ...]
    skipped: tuple[Skipped, ...]
    calendar_free: bool | None
    calendar_gaps: tuple[CalendarGap, ...]

    @property
    def inside(self) -> float:
        """Share of all quotes between 5 and 95 delta inside bid-ask."""
        core = np.array([fit.core for fit in self.fits], dtype=np.float64)
        share = np.array([fit.inside if fit.core else 0.0 for fit in self.fits])
        return float(share @ core / core.sum()) if core.sum() > 0.0 else float("nan")


def fit_surface(chain: Chain, forwards: Sequence[Forward], *, strict: bool = False) -> SurfaceFit:
    """Fit every unsettled expiry of a chain, given the forwards of its expiries.

    An expiry without a forward or with fewer than three quotes is skipped and named. With ``strict`` arbitrage that is
    left in the surface raises ``ButterflyArbitrageError`` or ``CalendarArbitrageError``. Raises ``MissingDataError``
    when no expiry can be fitted.
    """
    joined = chain.underlying != "VIX"
    usable = chain.take(quoted(chain))
    fits: list[SliceFit] = []
    skipped: list[Skipped] = []
    kept: list[Quotes] = []
    table: list[Array] = []
    for one in sorted(forwards, key=lambda f: f.years):
        if not (one.years > 0.0 and np.isfinite(one.forward) and one.discount > 0.0):
            skipped.append(Skipped(one.expiry, one.root, "settled" if one.years <= 0.0 else "no forward from parity"))
            continue
        rows = usable.rows(one.expiry, one.root)
        quotes = quotes_of(rows.strike, rows.right, rows.bid, rows.ask, one.forward, one.discount)
        vols = vols_of(quotes, one.years)
        if vols.known.sum() < FEWEST:
            skipped.append(Skipped(one.expiry, one.root, f"{int(vols.known.sum())} quotes with a volatility"))
            continue
        before = np.max(table, axis=0) if joined and table else None
        fit = _fit_one(one, quotes, vols, before)
        w = fit.slice.variance(CALENDAR_GRID)
        if joined:
            below = tuple(j for j, other in enumerate(table) if np.any(other > w * (1.0 + _RELATIVE)))
            fit = fit._replace(slice=replace(fit.slice, below=below))
        table.append(w)
        kept.append(quotes)
        fits.append(fit)
    if not fits:
        raise MissingDataError("no expiry has a forward and three quotes with a volatility: check the chain's quotes")
    surface = Surface(tuple(fit.slice for fit in fits), f"{chain.source}, quotes fitted", chain.origin, joined)
    judged = tuple(_judged(surface, i, fit, kept[i]) for i, fit in enumerate(fits))
    gaps = _gaps(judged, kept) if joined else ()
    done = SurfaceFit(surface, judged, tuple(skipped), calendar_free(surface) if joined else None, gaps)
    if strict:
        _refuse(done)
    return done


def _fit_one(one: Forward, quotes: Quotes, vols: Vols, before: Array | None) -> SliceFit:
    """SVI if it is enough and free of arbitrage, else the mixture; convex lines for fewer than five quotes."""
    core = vols.core if vols.core.any() else vols.known
    part = (one.expiry, one.root, one.years, one.forward, one.discount)
    market = tuple(float(x) for x in one.forward * np.exp(butterfly_strikes(quotes)))
    blank = (int(vols.known.sum()), int(vols.core.sum()), np.nan, np.nan, np.nan, np.nan, True)
    lines = Slice(*part, linear=(quotes.k[vols.known], vols.w[vols.known]))
    sparse = int(vols.known.sum()) < SPARSE
    if sparse and _slice_free(lines):
        return SliceFit(lines, *blank, None, np.nan, market, Status.SPARSE)
    svi = svi_of(quotes, vols, one.years)
    share = np.nan
    if svi is not None and least_variance(svi) > 0.0:
        trial = Slice(*part, svi=svi)
        met = inside(quotes, otm_price(quotes.k, trial.variance(quotes.k)))
        share = float(met[core].mean())
        enough = min(share, float(met[vols.known].mean())) >= SVI_ENOUGH
        clear = before is None or bool(np.all(trial.variance(CALENDAR_GRID) >= before))
        if enough and clear and svi_butterfly(svi).status is Status.FOUND:
            return SliceFit(trial, *blank, svi, share, market, Status.FOUND)
    mixture = mixture_of(quotes, vols, _floor(quotes, before))
    if mixture is not None:
        slice_ = Slice(*part, mixture=mixture, reach=mixture_reach(mixture))
        return SliceFit(slice_, *blank, svi, share, market, Status.SPARSE if sparse else Status.FOUND)
    return SliceFit(lines, *blank, svi, share, market, Status.SPARSE)


def _floor(quotes: Quotes, before: Array | None) -> Floor | None:
    """The surface so far as prices, at the grid points among the quotes and a little beyond."""
    if before is None:
        return None
    span = 0.25 * (quotes.k[-1] - quotes.k[0])
    first, last = np.searchsorted(CALENDAR_GRID, (quotes.k[0] - span, quotes.k[-1] + span))
    at = CALENDAR_GRID[first:last]
    return Floor(at, otm_price(at, before[first:last])) if at.size else None


def _judged(surface: Surface, index: int, fit: SliceFit, quotes: Quotes) -> SliceFit:
    """The figures of one expiry, of the surface rather than of its slice alone."""
    vols = vols_of(quotes, fit.slice.years)
    w = surface.variance_at(index, quotes.k)
    met = inside(quotes, otm_price(quotes.k, w))
    core = vols.core if vols.core.any() else vols.known
    error = 100.0 * (np.sqrt(w / fit.slice.years) - np.sqrt(vols.w / fit.slice.years))[core]
    rmse = float(np.sqrt(np.average(error**2, weights=np.maximum(vols.vega[core], 1e-12))))
    grid = np.linspace(quotes.k[0], quotes.k[-1], 401)
    h = fit.slice.durrleman(grid)
    least = float(np.min(h)) if np.isfinite(h).all() else float("nan")
    free = butterfly_free(surface, index)
    status = fit.status if free else Status.BUTTERFLY
    return fit._replace(
        inside=float(met[core].mean()), inside_all=float(met[vols.known].mean()), rmse_points=rmse, least_h=least,
        butterfly_free=free, status=status,
    )  # fmt: skip


def butterfly_free(surface: Surface, index: int) -> bool:
    """Whether every form in this expiry's maximum has a density that is nowhere negative.

    True for a mixture by its form; for SVI by h on a fine grid and the Lee bound; for lines by convexity of calls.
    """
    own = surface.slices[index]
    return all(_slice_free(surface.slices[j]) for j in (*own.below, index))


def _slice_free(one: Slice) -> bool:
    if one.svi is not None:
        return svi_butterfly(one.svi).status is Status.FOUND
    if one.linear is None:
        return True
    at = np.unique(np.round(np.concatenate([np.linspace(-1.0, 1.0, 2001), one.linear[0]]), 9))
    strike = np.exp(at)
    call = otm_price(at, one.variance(at)) + np.where(at < 0.0, 1.0 - strike, 0.0)
    slope = np.diff(call) / np.diff(strike)
    return bool(np.all(np.diff(slope) >= -1e-6) and slope[0] >= -1.0 - 1e-6 and slope[-1] <= 1e-6)


def calendar_free(surface: Surface) -> bool:
    """Whether total variance never falls from one expiry to the next, on 641 values of |k| <= 4."""
    at = np.unique(np.concatenate([CALENDAR_GRID, np.linspace(-REACH, REACH, 320)]))
    w = [surface.variance_at(i, at) for i in range(len(surface.slices))]
    return all(bool(np.all(far >= near * (1.0 - 1e-8))) for near, far in pairwise(w))


def _gaps(fits: Sequence[SliceFit], quotes: Sequence[Quotes]) -> tuple[CalendarGap, ...]:
    found = []
    for i in range(len(fits) - 1):
        near, far = fits[i].slice, fits[i + 1].slice
        at = calendar_strikes(quotes[i], quotes[i + 1])
        if at.size:
            found.append(CalendarGap(near.expiry, far.expiry, tuple(float(x) for x in near.forward * np.exp(at))))
    return tuple(found)


def _refuse(done: SurfaceFit) -> None:
    for fit in done.fits:
        if not fit.butterfly_free:
            raise ButterflyArbitrageError(
                f"the slice of {fit.slice.expiry} is not convex in strike: drop its outlying quotes or use strict=False"
            )
    if done.calendar_free is False:
        raise CalendarArbitrageError("total variance falls with maturity: drop the stale expiry or use strict=False")
