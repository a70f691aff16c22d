"""Greek match: sizes that bring the book's greeks nearest to nothing (METHOD 7.4)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.errors import DomainError, NotConvergedError
from seawall.hedge.sizing_problem import Array, Problem, Sized
from seawall.hedge.sizing_scale import within

SWEEPS: Final = 20_000
SETTLED: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class GreekMatch:
    """Least ``|W (book + unit n)|^2 + thrift |n|_1`` within the liquidity; then scaled down to the limits.

    ``book``: (k,) greeks of the book, ``unit``: (k, m) those of one unit of each instrument, in the same units.
    ``weight``: (k,) importance of each greek, the diagonal of W; 1 over what a greek usually is makes them comparable.
    ``thrift``: what a unit held must at least improve, in the square of the weighted greeks.
    """

    book: Array
    unit: Array
    weight: Array
    thrift: float = 0.0

    def __post_init__(self) -> None:
        count = self.book.size
        if self.book.shape != (count,) or self.unit.shape[:1] != (count,) or self.weight.shape != (count,):
            raise DomainError(
                f"greeks {self.book.shape}, of units {self.unit.shape}, weights {self.weight.shape} do not fit: "
                "pass (k,), (k, m), (k,)"
            )
        finite = all(np.isfinite(one).all() for one in (self.book, self.unit, self.weight))
        if not finite or (self.weight < 0.0).any() or not self.thrift >= 0.0:
            raise DomainError("greeks must be finite, weights and thrift 0 or more")

    @property
    def name(self) -> str:
        """Printed beside the sizes."""
        return "greek match"

    def size(self, problem: Problem) -> Sized:
        """Units of every instrument. Raises ``DomainError`` when the greeks are of other instruments."""
        own = problem.instruments
        if self.unit.shape[1] != own.count:
            raise DomainError(f"greeks of {self.unit.shape[1]} instruments for {own.count}: give one column each")
        matrix, target = self.weight[:, None] * self.unit, -self.weight * self.book
        found = sparse_least_squares(matrix, target, own.array("least"), own.array("most"), self.thrift)
        return within(problem, found)


def sparse_least_squares(matrix: Array, target: Array, low: Array, high: Array, thrift: float) -> Array:
    """Least ``|A x - b|^2 + thrift |x|_1`` with ``low <= x <= high``, (m,).

    Without thrift a bounded least-squares problem (active sets, Stark and Parker 1995, through scipy); with it, the
    lasso in a box by coordinate descent, which converges because the part that is not smooth is separable (Tseng 2001).
    Raises ``NotConvergedError``.
    """
    if thrift == 0.0:
        from scipy.optimize import lsq_linear

        wide = high > low
        x = np.where(wide, 0.0, low)
        if wide.any():
            left = target - matrix[:, ~wide] @ x[~wide]
            short = np.zeros(max(int(wide.sum()) - matrix.shape[0], 0))
            # Rows of zeros change nothing; the method wants at least as many rows as columns.
            square = np.vstack([matrix[:, wide], np.zeros((short.size, int(wide.sum())))])
            found = lsq_linear(square, np.append(left, short), (low[wide], high[wide]), method="bvls", tol=1e-13)
            x[wide] = np.clip(found.x, low[wide], high[wide])
        return np.asarray(x)
    norms = np.sum(matrix * matrix, axis=0)
    x = np.clip(np.zeros(low.size), low, high)
    left = target - matrix @ x
    for _ in range(SWEEPS):
        moved = 0.0
        for j in range(x.size):
            pull = float(matrix[:, j] @ left) + norms[j] * x[j]
            free = 0.0 if norms[j] == 0.0 else np.sign(pull) * max(abs(pull) - 0.5 * thrift, 0.0) / norms[j]
            new = float(np.clip(free, low[j], high[j]))
            if new != x[j]:
                left -= matrix[:, j] * (new - x[j])
                moved = max(moved, abs(new - x[j]) * float(np.sqrt(norms[j])))
                x[j] = new
        if moved <= SETTLED * max(float(np.linalg.norm(target)), 1e-300):
            return x
    raise NotConvergedError("the greek match did not settle: drop instruments whose greeks are nearly the same")
