"""Total variance w(k) over log-moneyness k = ln(K/F): raw SVI, SSVI, and the tests of static arbitrage (METHOD 1.2).

w is volatility squared times years. Sources: Gatheral and Jacquier 2014, arXiv:1204.0646 (SVI, SSVI, jump-wings);
Durrleman 2003 (the function h); Lee 2004 (slopes of the wings).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.kernels.compiled import compiled
from seawall.kernels.roots import all_roots

Floats = NDArray[np.float64]

LEE_BOUND = 2.0
"""Largest slope of total variance in either wing."""
CHECK_REACH = 1.5
CHECK_POINTS = 401
"""Grid of METHOD 1.2 on which h is looked at: k in [-1.5, 1.5]."""
_WING = 40.0  # |k| up to which a sign change of h is looked for; beyond it the Lee bound decides


class Svi(NamedTuple):
    """Raw SVI: w(k) = a + b [rho (k - m) + sqrt((k - m)^2 + s^2)]."""

    a: float
    b: float
    rho: float
    m: float
    s: float


class JumpWings(NamedTuple):
    """SVI in traders' terms: variance and skew at the money, slopes of both wings, least variance; per year."""

    v: float
    psi: float
    p: float
    c: float
    v_least: float


class Shape(NamedTuple):
    """Total variance with its first and second derivative in k, arrays of one shape."""

    w: Floats
    slope: Floats
    bend: Floats


def checked_svi(p: Svi) -> Svi:
    """The parameters, if they are a total variance. Raises DomainError naming the condition that fails."""
    if not all(math.isfinite(x) for x in p):
        raise DomainError(f"SVI parameters must be finite, were {tuple(p)}")
    if p.b < 0.0 or abs(p.rho) >= 1.0 or p.s <= 0.0:
        raise DomainError(f"SVI needs b >= 0, |rho| < 1 and s > 0, had b {p.b}, rho {p.rho}, s {p.s}")
    if least_variance(p) < 0.0:
        raise DomainError(f"SVI has the negative minimum a + b s sqrt(1 - rho^2) = {least_variance(p):g}: raise a")
    return p


def least_variance(p: Svi) -> float:
    """Minimum of w over all k: a + b s sqrt(1 - rho^2)."""
    return p.a + p.b * p.s * math.sqrt(1.0 - p.rho * p.rho)


def svi_shape(k: ArrayLike, p: Svi) -> Shape:
    """Total variance and its derivatives. Raises DomainError for parameters that are no total variance."""
    checked_svi(p)
    y = np.asarray(k, dtype=np.float64) - p.m
    root = np.sqrt(y * y + p.s * p.s)
    w = p.a + p.b * (p.rho * y + root)
    return Shape(w, p.b * (p.rho + y / root), p.b * p.s * p.s / root**3)


def svi_variance(k: ArrayLike, p: Svi) -> Floats:
    """Total variance of raw SVI, shape of ``k``. Raises DomainError."""
    return svi_shape(k, p).w


def ssvi_as_svi(theta: float, phi: float, rho: float) -> Svi:
    """The raw parameters of an SSVI slice. Raises DomainError for theta, phi <= 0 or |rho| >= 1.

    w(k) = theta/2 [1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)].
    """
    if not (theta > 0.0 and phi > 0.0 and abs(rho) < 1.0):
        raise DomainError(f"SSVI needs theta > 0, phi > 0 and |rho| < 1, had {theta}, {phi}, {rho}")
    flat = 1.0 - rho * rho
    return Svi(0.5 * theta * flat, 0.5 * theta * phi, rho, -rho / phi, math.sqrt(flat) / phi)


def ssvi_variance(k: ArrayLike, theta: float, phi: float, rho: float) -> Floats:
    """Total variance of SSVI, shape of ``k``; theta is the total variance at the money. Raises DomainError."""
    return svi_variance(k, ssvi_as_svi(theta, phi, rho))


def ssvi_butterfly_free(theta: float, phi: float, rho: float) -> bool:
    """Whether theta phi (1 + |rho|) < 4 and theta phi^2 (1 + |rho|) <= 4: sufficient, not necessary."""
    wide = theta * phi * (1.0 + abs(rho))
    return wide < 4.0 and wide * phi <= 4.0


def jump_wings(p: Svi, years: float) -> JumpWings:
    """Jump-wing parameters of a slice. Raises DomainError for years <= 0 or no variance at the money."""
    checked_svi(p)
    w0 = float(svi_variance(0.0, p))
    if not (years > 0.0 and w0 > 0.0):
        raise DomainError(f"jump wings need years > 0 and variance at the money, had {years} and {w0}")
    root = math.sqrt(w0)
    psi = 0.5 * p.b * (p.rho - p.m / math.hypot(p.m, p.s)) / root
    return JumpWings(w0 / years, psi, p.b * (1.0 - p.rho) / root, p.b * (1.0 + p.rho) / root, least_variance(p) / years)


def lee_slope(p: Svi) -> float:
    """Slope of the steeper wing, b (1 + |rho|); above 2 a moment is missing and the wing has arbitrage."""
    return p.b * (1.0 + abs(p.rho))


@compiled
def durrleman_one(k: float, w: float, slope: float, bend: float) -> float:
    """h at one point with w > 0; see :func:`durrleman`."""
    tilt = 1.0 - 0.5 * k * slope / w
    return tilt * tilt - 0.25 * slope * slope * (1.0 / w + 0.25) + 0.5 * bend


def durrleman(k: ArrayLike, shape: Shape) -> Floats:
    """h(k); the density of ln(S/F) is h e^(-d2^2/2) / sqrt(2 pi w), so h < 0 is a butterfly with a negative price.

    h = (1 - k w'/(2w))^2 - (w'^2/4)(1/w + 1/4) + w''/2. NaN where w = 0.
    """
    at = np.asarray(k, dtype=np.float64)
    w = np.where(shape.w > 0.0, shape.w, np.nan)
    tilt = 1.0 - 0.5 * at * shape.slope / w
    return np.asarray(tilt**2 - 0.25 * shape.slope**2 * (1.0 / w + 0.25) + 0.5 * shape.bend)


def check_grid() -> Floats:
    """The 401 values of k on which h is looked at."""
    return np.linspace(-CHECK_REACH, CHECK_REACH, CHECK_POINTS)


class Butterfly(NamedTuple):
    """Least h and where; the intervals of k where h < 0; and what that means."""

    least: float
    at: float
    intervals: tuple[tuple[float, float], ...]
    status: Status


def svi_butterfly(p: Svi) -> Butterfly:
    """Where raw SVI has butterfly arbitrage: h on a fine grid around m and out to |k| = 40, and the Lee bound beyond.

    Far out h tends to 1/4 - slope^2/16, which is negative exactly above the Lee bound. Status.FOUND when there is
    none, else Status.BUTTERFLY. Raises DomainError for parameters that are no total variance, or w = 0 somewhere.
    """
    checked_svi(p)
    if least_variance(p) == 0.0:
        raise DomainError("SVI touches zero variance, where h is not defined: raise a")

    def h(k: Floats) -> Floats:
        return durrleman(k, svi_shape(k, p))

    near = p.m + p.s * np.sinh(np.linspace(-4.0, 4.0, CHECK_POINTS))
    far = np.geomspace(CHECK_REACH, _WING, 60)
    grid = np.unique(np.concatenate([check_grid(), near[np.abs(near) < _WING], far, -far]))
    values = h(grid)
    roots, _ = all_roots(h, grid)
    edges = np.concatenate([[-math.inf], roots, [math.inf]])
    inside = np.clip(0.5 * (np.clip(edges[:-1], -_WING, _WING) + np.clip(edges[1:], -_WING, _WING)), -_WING, _WING)
    low = tuple((float(a), float(b)) for a, b, x in zip(edges[:-1], edges[1:], h(inside), strict=True) if x < 0.0)
    worst = int(np.argmin(values))
    bad = bool(low) or lee_slope(p) > LEE_BOUND
    return Butterfly(float(values[worst]), float(grid[worst]), low, Status.BUTTERFLY if bad else Status.FOUND)
