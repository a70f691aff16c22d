"""Hedge ratios from regressions of the book's P&L on that of the instruments, and the tilt by the cost of capital."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError, NotConvergedError
from seawall.core.status import Status
from seawall.hedge.sizing_greeks import sparse_least_squares
from seawall.hedge.sizing_problem import Array, Problem, Sized
from seawall.hedge.sizing_scale import within

LEAST_ROWS: Final = 200
"""Fewer rows than this are thin (METHOD 7.4)."""
DECAY: Final = 0.97
HUBER: Final = 1.345
"""Residuals beyond this many scales are weighted down: 95 % efficient for a normal (Huber 1981)."""
NORMAL_MAD: Final = 0.6744897501960817
REWEIGHTS: Final = 200
SETTLED: Final = 1e-10


class Fitted(StrEnum):
    """How rows count in a regression."""

    OLS = "ols"
    HUBER = "huber"
    EWMA = "ewma"
    CRASH = "spx below -1 sd"


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """``h = -Cov/Var``, jointly for all instruments and within their liquidity, then scaled down to the limits.

    ``how``: every row alike; Huber weights; EWMA with the last row newest; or only rows in which ``market`` (SPX
    returns, (N,)) lies more than one standard deviation below its mean. ``tilt``: eta of ``h (1 - eta z)``, with
    ``cost_z`` the z-score of the WACC (METHOD 7.4, 0 by default). Fewer than 200 rows are ``Status.THIN``.
    """

    how: Fitted = Fitted.OLS
    market: Array | None = None
    tilt: float = 0.0
    cost_z: float = 0.0

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return f"regression, {self.how}"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument. Raises ``MissingDataError`` without rows that count, ``NotConvergedError``."""
        rows = self._rows(problem)
        weight = problem.probability[rows]
        if self.how is Fitted.EWMA:
            weight = weight * DECAY ** np.arange(rows.sum() - 1, -1, -1)
        x, y = problem.unit[rows], problem.book[rows]
        own = problem.instruments
        box = own.array("least"), own.array("most")
        ratio = _huber(x, y, weight, box) if self.how is Fitted.HUBER else _fit(x, y, weight, box)
        count = int(rows.sum())
        thin = count < LEAST_ROWS
        notes = (f"{count} rows",) + ((f"fewer than {LEAST_ROWS}",) if thin else ())
        tilted = np.clip(ratio * tilted_by(self.tilt, self.cost_z), *box)
        return within(problem, tilted, Status.THIN if thin else Status.FOUND, notes)

    def _rows(self, problem: Problem) -> NDArray[np.bool_]:
        rows = np.ones(problem.book.size, dtype=np.bool_)
        if self.how is Fitted.CRASH:
            if self.market is None or self.market.shape != rows.shape:
                raise DomainError("a ratio for falling markets needs the SPX return of every row")
            centre = float(problem.probability @ self.market)
            spread = float(np.sqrt(problem.probability @ (self.market - centre) ** 2))
            rows = self.market < centre - spread
        if int(rows.sum()) <= problem.instruments.count:
            raise MissingDataError(
                f"{int(rows.sum())} rows for {problem.instruments.count} ratios: give more scenarios"
            )
        return rows


def tilted_by(tilt: float, z: float) -> float:
    """Factor ``1 - eta z`` on a hedge when capital is dearer than usual; never below 0."""
    return max(1.0 - tilt * z, 0.0)


def _fit(x: Array, y: Array, weight: Array, box: tuple[Array, Array]) -> Array:
    """Least weighted variance of ``y + x h`` within the box, (m,)."""
    mass = weight / weight.sum()
    root = np.sqrt(mass)
    left, right = root[:, None] * (x - mass @ x), root * (y - mass @ y)
    size = np.linalg.norm(left, axis=0)
    size = np.where(size > 0.0, size, 1.0)
    # Columns of length one: the search stops by the size of its steps.
    return sparse_least_squares(left / size, -right, box[0] * size, box[1] * size, 0.0) / size


def _huber(x: Array, y: Array, weight: Array, box: tuple[Array, Array]) -> Array:
    """Huber's M-estimate with the median absolute deviation as scale, by reweighting. Raises ``NotConvergedError``."""
    ratio, mass = _fit(x, y, weight, box), weight
    for _ in range(REWEIGHTS):
        centre = mass @ (y + x @ ratio) / mass.sum()
        left = y + x @ ratio - centre
        scale = float(np.median(np.abs(left - np.median(left)))) / NORMAL_MAD
        if scale == 0.0:
            return ratio
        far = np.abs(left) / (HUBER * scale)
        mass = weight / np.maximum(far, 1.0)
        new = _fit(x, y, mass, box)
        if float(np.max(np.abs(new - ratio))) <= SETTLED * max(float(np.max(np.abs(new))), 1e-300):
            return new
        ratio = new
    raise NotConvergedError(f"Huber weights did not settle in {REWEIGHTS} rounds: use another regression")
