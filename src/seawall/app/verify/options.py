"""Published option values, greeks and implied volatilities against `kernels.black` and `kernels.implied`."""

import math
import sys
from typing import Final

from seawall.app.verify.checks import Case
from seawall.app.verify.files import Outcome, Row, Topic
from seawall.kernels.black import Greeks, bsm
from seawall.kernels.implied import normalised_implied
from seawall.kernels.normal import norm_pdf

BOOK_ROUNDING: Final = 1e-4
RELATIVE: Final = 1e-10
OF_LARGEST_TERM: Final = 1e-12
"""Allowed part of the largest term of a greek that is a difference of large terms."""
ULPS: Final = 4.0
"""Roundings of a price on its way to the solver."""
SIDES: Final = {"call": 1.0, "c": 1.0, "put": -1.0, "p": -1.0}
HAUG: Final = ("strike", "spot", "q", "r", "t", "vol")
HIGHPREC: Final = {
    "price": "price",
    "delta": "delta",
    "gamma": "gamma",
    "vega": "vega",
    "theta_dV_dt_per_year": "theta",
    "rho": "rho",
    "vanna_d2V_dSdvol": "vanna",
    "volga_d2V_dvol2": "volga",
    "charm_ddelta_dt_per_year": "charm",
}
"""Column of the file and field of `Greeks`."""


def _side(row: Row) -> float | None:
    return SIDES.get(row.words["type"].lower())


def _no_side(row: Row) -> Outcome:
    return Outcome((), f"unusable: type {row.words['type']!r} is neither call nor put")


def _haug(row: Row) -> tuple[Greeks, float] | None:
    side = _side(row)
    if side is None:
        return None
    at = row.inputs
    return bsm(at["spot"], at["strike"], at["t"], at["vol"], at["r"], at["q"], side), side


def haug_greek(name: str, found: Greeks, spot: float, years: float) -> float | None:
    """A greek by the book's name, per 1.00 and per year unless the name says per day; None for another name."""
    price, delta, theta = float(found.price), float(found.delta), float(found.theta)
    derived = {
        "theta_per_year": theta,
        "theta_per_day": theta / 365.0,
        "elasticity": delta * spot / price if price > 0.0 else math.nan,
        "dividend_rho": -years * spot * delta,
    }
    if name in derived:
        return derived[name]
    return float(getattr(found, name)) if name in Greeks._fields else None


def _compare_value(row: Row) -> Outcome:
    found = _haug(row)
    if found is None:
        return _no_side(row)
    return Outcome((Case(abs(float(found[0].price) - row.published["value"].value), BOOK_ROUNDING),))


def _compare_greek(row: Row) -> Outcome:
    found = _haug(row)
    if found is None:
        return _no_side(row)
    name = row.words["greek"].lower()
    value = haug_greek(name, found[0], row.inputs["spot"], row.inputs["t"])
    if value is None:
        return Outcome((), f"not covered: greek {name!r}")
    return Outcome((Case(abs(value - row.published["value"].value), BOOK_ROUNDING, name),))


def _largest_terms(row: Row, found: Greeks) -> dict[str, float]:
    """Magnitude of the largest term in the sum that makes each greek (METHOD 1.1, spot form)."""
    at = row.inputs
    spot, strike, years, vol, rate, dividend = (at[name] for name in ("S", "K", "T", "vol", "r", "q"))
    stdev = vol * math.sqrt(years)
    x = abs(math.log(spot / strike) + (rate - dividend) * years)
    price, delta, gamma, vega, *_ = (abs(float(field)) for field in found)
    stock = spot * delta
    # the two parts of d1 and of d2, x/s and s/2
    d = max(x / stdev, 0.5 * stdev)
    bend = vega / (spot * math.sqrt(years))
    return {
        "price": max(stock, abs(stock - price)),
        "delta": delta,
        "gamma": gamma,
        "vega": vega,
        "theta": max(0.5 * vega * vol / years, abs(rate) * price, abs(rate - dividend) * stock),
        "rho": years * max(price, stock),
        "vanna": bend * d / vol,
        "volga": vega * d * d / vol,
        "charm": max(abs(rate) * delta, 0.5 * bend * d / years, abs(rate - dividend) * max(delta, spot * gamma)),
    }


def _compare_highprec(row: Row) -> Outcome:
    side = _side(row)
    if side is None:
        return _no_side(row)
    at = row.inputs
    found = bsm(at["S"], at["K"], at["T"], at["vol"], at["r"], at["q"], side)
    terms = _largest_terms(row, found)
    cases = []
    for column, reference in row.published.items():
        name = HIGHPREC[column]
        error = abs(float(getattr(found, name)) - reference.value)
        allowed = max(RELATIVE * abs(reference.value), OF_LARGEST_TERM * terms[name], sys.float_info.min)
        cases.append(Case(error / allowed * RELATIVE, RELATIVE, name))
    return Outcome(tuple(cases))


def _compare_implied(row: Row) -> Outcome:
    """Compare s where the price, as a double, still holds it to the tolerance."""
    x, beta = row.inputs["x_logFK(<=0)"], row.inputs["normalised_otm_price_beta"]
    s = row.published["total_stdev_s"].value
    if not s > 0.0:
        return Outcome((), "unusable: total_stdev_s is not above 0")
    slope = norm_pdf(x / s) * math.exp(-s * s / 8.0)
    blur = ULPS * sys.float_info.epsilon * beta
    if beta < sys.float_info.min or blur > RELATIVE * s * slope:
        return Outcome((), "where s is not representable: the price as a double does not hold it")
    return Outcome((Case(abs(normalised_implied(x, beta) / s - 1.0), RELATIVE),))


OPTION_TOPICS: Final = (
    Topic("haug_european_values", HAUG, ("type",), ("value",), _compare_value),
    Topic("haug_european_greeks", HAUG, ("greek", "type"), ("value",), _compare_greek),
    Topic(
        "bsm_highprec_mpmath", ("S", "K", "T", "r", "q", "vol"), ("type",), tuple(HIGHPREC), _compare_highprec,
        uncomputed="greeks not in this release",
    ),
    Topic(
        "iv_highprec_mpmath", ("x_logFK(<=0)", "normalised_otm_price_beta"), (), ("total_stdev_s",), _compare_implied
    ),
)  # fmt: skip
