"""Dealer gamma and the surface of a whole made chain of 22,000 rows, one thread, with the limits they must keep."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from bench import Row, Section, seconds
from seawall.core.clock import close_instant, next_session
from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.instruments.dealer import Convention, dealer_book
from seawall.instruments.dealer_gamma import POINTS, dealer_gamma
from seawall.kernels.black import black
from seawall.kernels.smile import ssvi_variance
from seawall.market.chain import Chain
from seawall.market.parity import Forward, parity
from seawall.market.surface_fit import fit_surface

Floats = NDArray[np.float64]
ROWS = 22_000
DAY = dt.date(2018, 2, 2)
DAYS = (
    3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 17, 18, 19, 20, 21, 24, 25, 26, 27, 28, 31, 32, 33, 34, 35, 38, 41, 42, 49, 56,
    63, 70, 80, 98, 110, 126, 140, 161, 171, 189, 202, 217, 252, 280, 292, 308, 343, 370, 462, 553,
)  # fmt: skip
SPOT, RATE, INCOME = 6000.0, 0.043, 0.013
GEX_LIMIT_MS = 150.0
SURFACE_LIMIT_S = 2.0


def forwards() -> list[Forward]:
    """Fifty expiries out to a year and a half, each on a session."""
    found = []
    for days in DAYS:
        day = next_session(DAY + dt.timedelta(days=days - 1))
        t = (close_instant(day) - close_instant(DAY)).total_seconds() / (365.0 * 86400.0)
        if not found or found[-1].expiry != day:
            growth = float(np.exp((RATE - INCOME) * t))
            found.append(Forward(day, "SPXW", t, SPOT * growth, float(np.exp(-RATE * t)), RATE, 0.0, 9, Status.FOUND))
    return found


def chain(known: list[Forward], rows: int = ROWS) -> Chain:
    """Calls and puts on one strike ladder an expiry; a skewed smile with a ripple that no SVI slice follows."""
    rng = np.random.default_rng(20_260_102)
    each = -(-rows // (2 * len(known)))
    parts = []
    for one in known:
        theta = 0.16**2 * one.years
        z = np.linspace(-6.0, 4.0, each)
        strike = np.unique(np.round(one.forward * np.exp(z * np.sqrt(theta)) / 0.5) * 0.5)
        k = np.log(strike / one.forward)
        w = ssvi_variance(k, theta, min(0.7 / np.sqrt(theta), 8.0), -0.6)
        w = w * (1.0 + 0.004 * np.sin(2.0 * k / np.sqrt(theta)))
        for side in (1.0, -1.0):
            value = black(one.forward, strike, one.years, np.sqrt(w / one.years), RATE, side).price
            parts.append((np.full(strike.size, one.expiry, "datetime64[D]"), strike, np.full(strike.size, side), value,
                          np.sqrt(w / one.years)))  # fmt: skip
    expiry, strike, right, value, vol = (np.concatenate(column) for column in zip(*parts, strict=True))
    half = np.maximum(0.025, 0.002 * value)
    at, unknown = close_instant(DAY), np.full(strike.size, np.nan)
    vol[rng.random(vol.size) < 0.04] = 0.0
    return Chain(
        "SPX", at, at, SPOT, "made here", Origin.SYNTHETIC, expiry, np.full(strike.size, "SPXW"), strike, right,
        np.maximum(np.floor((value - half) / 0.05) * 0.05, 0.0), np.ceil((value + half) / 0.05) * 0.05,
        np.floor(rng.exponential(900.0, strike.size)), unknown, vol, unknown, unknown,
    )  # fmt: skip


def run() -> Section:
    """Time the book, its profile under two conventions with the zero levels, parity, and the surface."""
    known = forwards()
    made = chain(known)
    book = dealer_book(made, known)
    found = fit_surface(made, known)
    spots = SPOT * np.linspace(0.85, 1.15, POINTS)
    work = f"{made.size:,} rows, {len(known)} expiries"

    def row(what: str, name: str, taken: float, limit: str) -> Row:
        return Row(what, name, (f"{1e3 * taken:.1f}", limit))

    gex = f"dealer gamma, {work}"
    surface = f"surface, {work}"
    return Section(
        title="whole chains",
        columns=("ms", "limit"),
        rows=[
            row(gex, f"one profile on {POINTS} spots", seconds(lambda: book.profile([Convention.NAIVE], spots)), ""),
            row(gex, "volatilities, then both conventions with zero levels",
                seconds(lambda: dealer_gamma(dealer_book(made, known), Convention.NAIVE)), f"{GEX_LIMIT_MS:g}"),
            row(surface, "parity", seconds(lambda: parity(made)), ""),
            row(surface, "fit and checks of every expiry", seconds(lambda: fit_surface(made, known)),
                f"{1e3 * SURFACE_LIMIT_S:g}"),
        ],
        notes=(
            f"{100.0 * found.inside:.1f} % of the quotes between 5 and 95 delta inside bid-ask; calendar free: "
            f"{found.calendar_free}; butterfly free: {all(fit.butterfly_free for fit in found.fits)}",
        ),
    )  # fmt: skip
