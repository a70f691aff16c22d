"""Checks that need no file: published vectors typed with their source, and values computed another way.

A number typed as text is compared to its last digit; the digits are the source's, or METHOD's.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.app.verify.checks import Case, Check, judged, to_digits
from seawall.app.verify.options import BOOK_ROUNDING, RELATIVE, SIDES, haug_greek
from seawall.convexity.density import of_v2, of_v3, of_weighted
from seawall.convexity.price import horizon_vega, price_flat
from seawall.convexity.project import shape_share
from seawall.core.clock import vix_expiry
from seawall.kernels import amm, filters, tails
from seawall.kernels.black import black, bsm
from seawall.kernels.implied import implied_vol_one, normalised_implied
from seawall.kernels.perp import isolated_liquidation_price
from seawall.kernels.strip import ChainQuotes, select_strip, strip_variance, vix_index

MONTH: Final = 30.0 / 365.0
STRIP_POINTS: Final = 1e-3
"""A strip of strikes one apart around 2000 misses a flat volatility by less than this."""


class Haug(NamedTuple):
    """One line of the book's tables: a value, or a greek by name."""

    name: str
    side: str
    strike: float
    spot: float
    dividend: float
    rate: float
    years: float
    vol: float
    value: float


HAUG: Final = (
    Haug("price", "call", 65.0, 60.0, 0.0, 0.08, 0.25, 0.30, 2.1334),
    Haug("price", "put", 19.0, 19.0, 0.10, 0.10, 0.75, 0.28, 1.7011),
    Haug("price", "call", 1.6, 1.56, 0.08, 0.06, 0.5, 0.12, 0.0291),
    Haug("price", "call", 40.0, 42.0, 0.08, 0.04, 0.75, 0.35, 5.0975),
    Haug("delta", "call", 100.0, 105.0, 0.1, 0.1, 0.5, 0.36, 0.5946),
    Haug("elasticity", "put", 100.0, 105.0, 0.1, 0.1, 0.5, 0.36, -4.8775),
    Haug("gamma", "put", 60.0, 55.0, 0.0, 0.1, 0.75, 0.30, 0.0278),
    Haug("vega", "call", 60.0, 55.0, 0.0, 0.1, 0.75, 0.30, 18.9358),
    Haug("theta_per_year", "put", 405.0, 430.0, 0.05, 0.07, 1.0 / 12.0, 0.20, -31.1924),
    Haug("rho", "call", 75.0, 72.0, 0.0, 0.09, 1.0, 0.19, 38.7325),
    Haug("dividend_rho", "put", 490.0, 500.0, 0.05, 0.08, 0.25, 0.15, 42.2254),
)
FIELDS: Final = ("price", "delta", "gamma", "vega", "theta", "vanna", "volga", "charm")
VIX_LIKE: Final = ("1.13323451841", ".226619731884", ".027256193621", "2.99818129831", "-6.55066947554",
                   ".352281737354", "2.61563289545", "-.765955032904")  # fmt: skip
SPX_PUT: Final = ("17.1991661359", "-.0900662089581", "", "341.86785918", "-262.740211511", "", "3058.76237962")
SPOT_CALL: Final = ("9.22700550815", ".586851146135", ".018950578755", "37.9011575100", "-5.08931891400",
                    "-.0947528937750", "", "-.0356394239648")  # fmt: skip


def _haug() -> Iterator[Case]:
    for row in HAUG:
        found = bsm(row.spot, row.strike, row.years, row.vol, row.rate, row.dividend, SIDES[row.side])
        value = haug_greek(row.name, found, row.spot, row.years)
        yield Case(abs((math.nan if value is None else value) - row.value), BOOK_ROUNDING, row.name)


def _greeks() -> Iterator[Case]:
    for found, digits in (
        (black(20.0, 35.0, 0.25, 1.10, 0.04, 1.0), VIX_LIKE),
        (black(6000.0, 5500.0, 45.0 / 365.0, 0.19, 0.04, -1.0), SPX_PUT),
        (bsm(100.0, 100.0, 1.0, 0.20, 0.05, 0.02, 1.0), SPOT_CALL),
    ):
        for name, text in zip(FIELDS, digits, strict=False):
            if text:
                yield to_digits(float(getattr(found, name)), text, name)


def textbook_black(forward: float, strike: float, stdev: float, side: float) -> float:
    """Undiscounted Black price with the error function of the standard library, nothing of ours."""
    d = math.log(forward / strike) / stdev
    up, down = (0.5 * math.erfc(-side * (d + h * stdev) / math.sqrt(2.0)) for h in (0.5, -0.5))
    return side * (forward * up - strike * down)


def _implied() -> Iterator[Case]:
    for x in (-1.0, -0.4, -0.1, -0.01, 0.0):
        for s in (0.1, 0.3, 0.8, 1.5, 3.0):
            if abs(x) > 3.0 * s:
                continue  # the textbook difference has lost its digits there
            beta = textbook_black(math.exp(0.5 * x), math.exp(-0.5 * x), s, 1.0)
            yield Case(abs(normalised_implied(x, beta) / s - 1.0), RELATIVE, f"x {x} s {s}")
    for strike, side in ((5400.0, -1.0), (5900.0, -1.0), (6000.0, 1.0), (6300.0, 1.0), (6800.0, 1.0)):
        years, vol, rate = 45.0 / 365.0, 0.19, 0.04
        price = math.exp(-rate * years) * textbook_black(6000.0, strike, vol * math.sqrt(years), side)
        yield Case(abs(implied_vol_one(price, 6000.0, strike, years, rate, side) / vol - 1.0), RELATIVE, f"K {strike}")


def _flat_variance(forward: float, vol: float, years: float, rate: float) -> float:
    strikes = np.arange(0.4 * forward, 2.2 * forward)
    discount, stdev = math.exp(-rate * years), vol * math.sqrt(years)
    calls, puts = (
        np.array([discount * textbook_black(forward, float(k), stdev, side) for k in strikes]) for side in (1.0, -1.0)
    )
    calls, puts = np.maximum(calls, 0.0), np.maximum(puts, 0.0)
    return strip_variance(select_strip(ChainQuotes(strikes, calls, calls, puts, puts), rate, years), rate, years)


def _strip() -> Iterator[Case]:
    for vol in (0.12, 0.30):
        near, following = (_flat_variance(2000.0, vol, days / 365.0, 0.03) for days in (25.0, 32.0))
        index = vix_index(near, following, 25.0 * 1440.0, 32.0 * 1440.0)
        yield Case(abs(index - 100.0 * vol), STRIP_POINTS, f"vol {vol}")
    # total variance linear in time: .04 x 24 and .09 x 36 days are 2.1 variance days at 30, or .07 a year
    yield Case(abs(vix_index(0.04, 0.09, 24.0 * 1440.0, 36.0 * 1440.0) - 100.0 * math.sqrt(0.07)), 1e-9, "between")


def _ranges() -> Iterator[Case]:
    prices = np.array([1000.0, 1600.0, 2000.0, 2400.0, 3500.0])
    values = amm.v3(prices, 100.0, 1500.0, 2500.0).value
    for found, text in zip(values, ("581.9889", "927.0167", "1071.2886", "1124.9756", "1127.0167"), strict=True):
        yield to_digits(float(found), text, "value")
    at = amm.v3(2000.0, 100.0, 1500.0, 2500.0)
    yield to_digits(float(at.delta), ".2360679775", "delta")
    yield to_digits(-float(at.density), "-5.590170e-4", "gamma")
    yield to_digits(float(at.leverage), "8.349078", "leverage")
    yield to_digits(float(amm.lvr_rate(2000.0, at.density, 0.8)), "715.5418", "LVR")
    losses = ("-253.231689", "-49.844719", "-11.776940", "-40.740130", "-298.373876")
    for price, text in zip((1000.0, 1600.0, 1800.0, 2400.0, 3500.0), losses, strict=True):
        yield to_digits(float(amm.v3_loss(price, 2000.0, 100.0, 1500.0, 2500.0)), text, "IL")
    for width, text in ((1.05, "41.494"), (1.1, "21.488"), (1.25, "9.472"), (2.0, "3.414")):
        yield to_digits(float(amm.v3(1.0, 1.0, 1.0 / width, width).leverage), text, "leverage at the middle")


def _losses() -> Iterator[Case]:
    table = (
        (1.25, "-0.6"),
        (1.5, "-2.0"),
        (1.75, "-3.8"),
        (2.0, "-5.7"),
        (3.0, "-13.4"),
        (4.0, "-20.0"),
        (5.0, "-25.5"),
    )
    for ratio, text in table:
        yield to_digits(100.0 * float(amm.v2_loss_share(ratio)), text, f"ratio {ratio}")
        # weight 1/2 is the constant product, by another formula
        same = abs(float(amm.weighted_loss_share(ratio, 0.5) - amm.v2_loss_share(1.0 / ratio)))
        yield Case(same, 1e-12, f"weight 1/2, ratio {ratio}")
    yield to_digits(float(amm.v2_expected_loss_share(0.8, MONTH)), ".00655377", "expected, v2")
    share = float(amm.v3_expected_il(2000.0, 1500.0, 2500.0, 2000.0, 0.8, MONTH))
    yield to_digits(share * float(amm.v3(2000.0, 100.0, 1500.0, 2500.0).value), "51.4801076", "expected, v3")


def _rent() -> Iterator[Case]:
    yield to_digits(1e4 * float(amm.lvr_share(1.0, 0.05)), "3.125", "bp a day at 5 % a day")
    yield Case(abs(float(amm.lvr_share(amm.weighted(1.0, 1.0, 0.8).leverage, 1.0)) - 0.08), 1e-12, "weight .8")


def _density() -> Iterator[Case]:
    lp = of_v3(100.0, 1500.0, 2500.0)
    yield to_digits(price_flat(lp, 2000.0, 0.8, MONTH), "51.4801076", "Pi")
    yield to_digits(horizon_vega(lp, 2000.0, 0.8, MONTH), "-106.604824", "vega, v3")
    yield to_digits(horizon_vega(of_v2(100.0), 2000.0, 0.8, MONTH), "-146.065532", "vega, v2")
    share = shape_share(lp, 2000.0, 0.8, MONTH)
    yield to_digits(share.a_star, "1957.31659", "a*")
    for density, text in (
        (lp, ".878696"),
        (of_v2(100.0), ".993450"),
        (of_v3(100.0, 1800.0, 2222.22), ".545858"),
        (of_v3(100.0, 1900.0, 2105.26), ".309036"),
        (of_weighted(1.0, 0.2), ".998948"),
        (of_weighted(1.0, 0.8), ".983283"),
    ):
        yield to_digits(shape_share(density, 2000.0, 0.8, MONTH).share, text, "shape share")


def _tails() -> Iterator[Case]:
    losses = np.arange(1.0, 101.0)
    yield Case(abs(tails.cvar(losses, 0.95)[0] - 98.0), 1e-9, "CVaR95")
    yield Case(abs(tails.cvar(losses, 0.97)[0] - 99.0), 1e-9, "CVaR97")
    yield Case(abs(tails.cvar(losses[:10], 0.95)[0] - 10.0), 1e-9, "CVaR95 of ten")
    nav = np.array([100.0, 120.0, 90.0, 110.0, 80.0, 130.0])
    yield Case(abs(tails.max_drawdown(nav).depth - 1.0 / 3.0), 1e-12, "deepest drawdown")
    yield to_digits(tails.cdar(nav, 0.5)[0], ".2222222", "CDaR50")
    yield to_digits(tails.ulcer(nav), ".1734722", "ulcer index")


WILDER: Final[NDArray[np.float64]] = np.array(
    [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.00]
)


def _filters() -> Iterator[Case]:
    line, signal = filters.macd(np.arange(1.0, 41.0))
    yield to_digits(float(line[-1]), "6.386727317590", "MACD")
    yield to_digits(float(signal[-1]), "6.114555740619", "signal")
    strength = filters.rsi(WILDER)
    yield to_digits(float(strength[14]), "70.464135", "RSI of 15 prices")
    yield to_digits(float(strength[15]), "66.249619", "RSI of 16 prices")


EXPIRIES: Final = (dt.date(2018, 2, 14), dt.date(2020, 3, 18), dt.date(2014, 3, 18), dt.date(2019, 3, 19))


def _expiries() -> Iterator[Case]:
    for day in EXPIRIES:
        yield Case(abs(float((vix_expiry(day.year, day.month) - day).days)), 0.0, day.isoformat())


def _perps() -> Iterator[Case]:
    for side, text in ((1.0, "90.452261"), (-1.0, "109.452736")):
        yield to_digits(isolated_liquidation_price(100.0, 10.0, 0.005, side), text, f"side {side:+g}")


EMBEDDED: Final[tuple[tuple[str, str, Callable[[], Iterator[Case]]], ...]] = (
    ("Haug prices and greeks", "Haug 1998, pp. 7-18", _haug),
    ("Black and Merton greeks", "METHOD 1.1, its digits recomputed at 50", _greeks),
    ("implied volatility", "the textbook formula by the standard library's erfc, inverted here", _implied),
    ("VIX strip of a flat chain", "the textbook formula by the standard library's erfc; arithmetic", _strip),
    ("concentrated liquidity", "METHOD 1.4", _ranges),
    ("impermanent loss", "Pintail 2019, 2 sqrt(r)/(1+r) - 1; METHOD 1.4", _losses),
    ("loss-versus-rebalancing", "arXiv:2208.06046; w (1-w)/2 per unit variance", _rent),
    ("price and shape of a density", "METHOD 2.6, 1.4", _density),
    ("tails", "METHOD 1.8", _tails),
    ("MACD and RSI", "METHOD 1.9; Wilder 1978 as reproduced in the usual tables", _filters),
    ("VIX expiries", "Cboe VX contract specification, METHOD 0.2", _expiries),
    ("isolated liquidation prices", "METHOD 1.6", _perps),
)
"""Topic, source and cases."""


def embedded_checks() -> list[Check]:
    """All checks that need no file."""
    found = []
    for topic, source, cases_of in EMBEDDED:
        cases = list(cases_of())
        found.append(judged(f"embedded: {topic}", len(cases), cases, source))
    return found
