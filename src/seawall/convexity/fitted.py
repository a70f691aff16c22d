"""A smooth density as power laws: for positions whose ``-V''`` is no power law itself.

Each cell ``[a, b]`` gets the one power law that has the cell's own ``int g`` and ``int q g``. So value and delta are
those of the position at every knot, and what is wrong inside a cell cancels twice over once prices spread wider than
it. METHOD 2.1.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.pieces import Segment
from seawall.core.errors import NotConvergedError

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

TOLERANCE: Final = 5e-4
"""Largest relative error of a fitted density at any one price, hence of its price for any horizon."""
STEEP_TOLERANCE: Final = 0.03
"""The same where the density is too steep for its power: prices spread over many such cells at once."""
LARGEST_EXPONENT: Final = 600.0
HALVINGS: Final = 40
NEWTON_STEPS: Final = 40
STEP: Final = 1e-12

_legendre = np.polynomial.legendre.leggauss(16)
NODES: Final = _legendre[0]
WEIGHTS: Final = _legendre[1]


def steepest_power(scale: float) -> float:
    """Largest power whose ``q^-power`` still is a number for prices within a factor of 20 of ``scale``."""
    return LARGEST_EXPONENT / (abs(math.log(scale)) + 3.0)


def power_laws(density: Function, knots: Floats, steepest: float) -> list[Segment]:
    """Segments over rising ``knots``, halved in ln q until the density is met within 5e-4 everywhere checked.

    ``density`` takes and returns an array of any shape and is positive. Checked at both ends, the middle and 16 nodes
    of every cell. Where it is steeper than the power ``steepest`` that power stands, with the right ``int g`` only, and
    3 % is allowed. Raises NotConvergedError for a density with a corner or a jump off the knots.
    """
    left, right = np.log(knots[:-1]), np.log(knots[1:])
    done: list[Segment] = []
    for _ in range(HALVINGS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            size, power, error = _fit(density, left, right, steepest)
        good = error <= np.where(np.abs(power) < steepest, TOLERANCE, STEEP_TOLERANCE)
        ends = np.exp(left[good]), np.exp(right[good])
        done += [Segment(*map(float, row)) for row in zip(*ends, size[good], power[good], strict=True)]
        if np.all(good):
            return sorted(done)
        middle = 0.5 * (left[~good] + right[~good])
        left, right = np.concatenate([left[~good], middle]), np.concatenate([middle, right[~good]])
    raise NotConvergedError("the density has a corner or a jump inside a cell: give its price as a knot")


def _fit(density: Function, left: Floats, right: Floats, steepest: float) -> tuple[Floats, Floats, Floats]:
    """Coefficient, power and largest relative error of every cell, given its ends in ln q."""
    half, centre = 0.5 * (right - left), 0.5 * (right + left)
    t = half[:, None] * NODES
    exact = density(np.exp(centre[:, None] + t))
    weight = half[:, None] * WEIGHTS * np.exp(t)
    mass = np.sum(weight * exact, axis=1)
    lean = np.sum(weight * exact * np.expm1(t), axis=1) / mass
    at_ends = density(np.exp(np.stack([left, centre, right])))
    power = np.log(at_ends[0] / at_ends[2]) / (right - left)
    for _ in range(NEWTON_STEPS):  # a cell too wide for one power may overflow here: its error is then no number
        shape = weight * np.exp(-power[:, None] * t)
        total = np.sum(shape, axis=1)
        first = np.sum(shape * np.expm1(t), axis=1) / total
        slope = np.sum(shape * t * (first[:, None] - np.expm1(t)), axis=1) / total
        step = (first - lean) / slope
        power = power - step
        if np.all(np.abs(step) <= STEP * (1.0 + np.abs(power)) / (right - left)):
            break
    power = np.clip(power, -steepest, steepest)
    level = mass / np.sum(weight * np.exp(-power[:, None] * t), axis=1)
    fitted = level[:, None] * np.exp(-power[:, None] * np.concatenate([t, np.stack([-half, 0 * half, half], 1)], 1))
    true = np.concatenate([exact, at_ends.T], axis=1)
    return level * np.exp(power * centre), power, np.max(np.abs(fitted / true - 1.0), axis=1)
