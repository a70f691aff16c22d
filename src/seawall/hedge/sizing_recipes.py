"""Fixed proportions: the 4:4:2 recipe in its three readings, the VXTH weight, equal risk, and sizes as given."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from seawall.core.errors import DomainError, NotConvergedError
from seawall.core.status import Status
from seawall.hedge.sizing_problem import Array, Problem, Sized
from seawall.hedge.sizing_scale import along, within

RECIPE: Final = (4.0, 4.0, 2.0)
NOTIONAL: Final = (0.40, 0.40, 0.20)
OF_EQUITY: Final = (0.04, 0.04, 0.02)
VXTH_STEPS: Final = ((15.0, 0.0), (30.0, 0.01), (50.0, 0.005), (np.inf, 0.0))
"""Level of the VIX future up to and including which each weight holds (METHOD 8.4, the issuer's rule)."""
CYCLES: Final = 10_000
SETTLED: Final = 1e-12


class Reading(StrEnum):
    """How 4:4:2 is read; sources disagree (METHOD 7.1)."""

    CONTRACTS = "contracts"
    NOTIONAL = "notional_40_40_20"
    PORTFOLIO = "portfolio_4_4_2pct"


def vxth_weight(future: float) -> float:
    """Share of equity the VXTH rule spends on VIX calls at this level of the future of the same expiry."""
    if not (np.isfinite(future) and future > 0.0):
        raise DomainError(f"a VIX future of {future} is no level: give points above 0")
    return next(weight for level, weight in VXTH_STEPS if future <= level)


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """Units as given, (m,), scaled down to the limits."""

    units: Array

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return "fixed"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument."""
        if self.units.shape != (problem.instruments.count,) or not np.isfinite(self.units).all():
            raise DomainError(f"{self.units.shape} units for {problem.instruments.count} instruments: give one each")
        return within(problem, self.units)


@dataclass(frozen=True, slots=True, eq=False)
class Proportions:
    """The most units in these proportions, (m,), that the limits allow."""

    weights: Array
    label: str = "fixed proportions"

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return self.label

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument."""
        if self.weights.shape != (problem.instruments.count,):
            raise DomainError(f"{self.weights.shape} weights for {problem.instruments.count} instruments: one each")
        return along(problem, self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """4:4:2 on the first three instruments (30, 110, 220 days); the others get nothing.

    ``notional``: dollars of one unit, (3,), future times multiplier. ``contracts`` and ``notional_40_40_20`` fill the
    budget; ``portfolio_4_4_2pct`` spends these shares of ``equity_usd`` on premium, or what the limits allow of it.
    """

    reading: Reading = Reading.CONTRACTS
    notional: Array | None = None
    equity_usd: float | None = None

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return f"4:4:2, {self.reading}"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument. Raises ``DomainError`` for fewer than three, or without notional or equity."""
        count = problem.instruments.count
        if count < len(RECIPE):
            raise DomainError(f"4:4:2 needs three instruments, there are {count}: add a layer")
        if self.reading is Reading.CONTRACTS:
            return along(problem, _padded(np.array(RECIPE), count))
        if self.reading is Reading.NOTIONAL:
            if self.notional is None or self.notional.shape != (3,) or not (self.notional > 0.0).all():
                raise DomainError("40:40:20 of notional needs the dollars of one unit of each of the three layers")
            return along(problem, _padded(np.array(NOTIONAL) / self.notional, count))
        price = problem.instruments.array("price")[:3]
        if self.equity_usd is None or not (price > 0.0).all():
            raise DomainError("4:4:2 % of the portfolio needs its equity and the price of each layer: state them")
        return within(problem, _padded(np.array(OF_EQUITY) * self.equity_usd / price, count))


@dataclass(frozen=True, slots=True)
class Vxth:
    """VXTH: a share of equity that depends on the VIX future, spent on the first instrument (a 30-delta call)."""

    future: float
    equity_usd: float

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return "vxth"

    def size(self, problem: Problem) -> Sized:
        """Units of the first instrument."""
        price = float(problem.instruments.array("price")[0])
        if not price > 0.0:
            raise DomainError(f"a call at {price} has no number of contracts: state the price of the first instrument")
        bought = vxth_weight(self.future) * self.equity_usd / price
        return within(problem, _padded(np.array([bought]), problem.instruments.count))


def _padded(weights: Array, count: int) -> Array:
    return np.concatenate([weights, np.zeros(count - weights.size)])


@dataclass(frozen=True, slots=True)
class RiskParity:
    """Instruments bought so that each adds as much variance to the package as every other; the most limits allow."""

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return "risk parity"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument. Raises ``DomainError`` for one that never moves."""
        centred = problem.unit - problem.probability @ problem.unit
        covariance = centred.T @ (problem.probability[:, None] * centred)
        made = along(problem, equal_risk(covariance))
        thin = problem.book.size < 200
        return made._replace(status=Status.THIN) if thin and made.status is Status.FOUND else made


def equal_risk(covariance: Array) -> Array:
    """Positive weights with ``x_i (C x)_i`` the same for all i, (m,), of unit total variance.

    The minimum of ``x'Cx/2 - sum ln x`` (Spinu 2013), by cyclic descent: each step is the root of a quadratic. Raises
    ``DomainError`` for an instrument without variance, ``NotConvergedError``.
    """
    variance = np.diag(covariance)
    if not (variance > 0.0).all():
        raise DomainError("an instrument does not move in any scenario: leave it out of risk parity")
    size = np.sqrt(variance)
    matrix = covariance / size[:, None] / size[None, :]
    x = np.ones(size.size)
    for _ in range(CYCLES):
        before = x.copy()
        for i in range(x.size):
            rest = float(matrix[i] @ x) - matrix[i, i] * x[i]
            x[i] = (-rest + np.sqrt(rest * rest + 4.0 * matrix[i, i])) / (2.0 * matrix[i, i])
        if float(np.max(np.abs(x - before))) <= SETTLED * float(np.max(x)):
            scaled: Array = x / size
            return np.asarray(scaled / np.sqrt(float(scaled @ covariance @ scaled)))
    raise NotConvergedError("risk parity did not settle: drop instruments that mirror each other")
