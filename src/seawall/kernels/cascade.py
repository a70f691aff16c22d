"""Forced selling that feeds on itself: the endogenous move of a shock, and what each loop added (METHOD 1.7).

    -dp = dx + lam(sig) [g(p)(-dp) + W dsig],   dsig = kap |dp|/p,   lam(sig) = lam0 (sig/sig0)^eta

Volatility follows the price, sig(p) = sig0 + kap |ln(p/p0)|, so the shock that carries the price to p is an integral,
x(p) = |p - p0| - int lam (g + W kap/p) |dp| - sum over masses passed of lam m, and the move is the first p at which x
reaches the shock. Rises are the mirror image. Branching ratios n_G = lam g and n_v = lam W kap/p add; where their sum
exceeds the cap it is held there, every part in proportion, and the interval is returned. A mass is a finite push and is
never capped.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, RangeError, SignError
from seawall.core.status import Status
from seawall.kernels.cascade_path import Path, Terms, march

Array = NDArray[np.float64]


class Flow(NamedTuple):
    """Forced units by price, in components whose parts are kept apart.

    ``density`` (c, n): units per unit of price, constant between ``edges`` (n + 1,), rising. ``units`` (m,) of
    ``component`` (m,) are traded at once when price reaches ``at`` (m,). Only what lies in the direction of the move
    counts, and masses at the start itself: one flow may hold those of falls and of rises.
    """

    edges: Array
    density: Array
    at: Array
    units: Array
    component: NDArray[np.int64]


class Cascade(NamedTuple):
    """The move, and its exact split along the path: ``sum(gamma) + vega_flow + vega_depth = move - shock + unmet``.

    ``move`` > 0 in the direction of the shock. ``gamma`` (c,): at the depth of the start. ``vega_depth``: what the
    thinning of depth added to all flows. ``traded`` (c,) and ``vol_traded``: forced units. ``capped``: low and high
    end of the prices where n exceeded the cap (1 without a cap), nan for none: then ``Status.RUNAWAY``. ``unmet``: part
    of the shock left when the price had fallen to nothing (or risen a millionfold), ``Status.UNBOUNDED``; else 0.
    """

    price: float
    move: float
    gamma: Array
    vega_flow: float
    vega_depth: float
    traded: Array
    vol_traded: float
    vol: float
    capped: tuple[float, float]
    unmet: float
    status: Status


def masses(at: ArrayLike, units: ArrayLike, component: ArrayLike | None = None) -> Flow:
    """A flow of masses alone; one component unless ``component`` numbers them."""
    return flow(np.empty(0), np.empty((0, 0)), at, units, component)


def flow(
    edges: ArrayLike,
    density: ArrayLike,
    at: ArrayLike = (),
    units: ArrayLike = (),
    component: ArrayLike | None = None,
    *,
    damping: bool = False,
) -> Flow:
    """A checked :class:`Flow`; ``density`` of shape (n,) is one component.

    Raises ``SignError`` for negative densities or units, unless ``damping``: hedgers who buy falls and sell rises then
    enter with a negative density. ``RangeError`` for edges that do not rise, ``DomainError`` otherwise.
    """
    knots = np.asarray(edges, dtype=np.float64)
    height = np.atleast_2d(np.asarray(density, dtype=np.float64))
    price, size = np.asarray(at, dtype=np.float64), np.asarray(units, dtype=np.float64)
    label = np.zeros(price.size, dtype=np.int64) if component is None else np.asarray(component, dtype=np.int64)
    if price.shape != size.shape or price.shape != label.shape or price.ndim != 1:
        raise DomainError(
            f"masses need a price, a size and a component each, had {price.size}, {size.size}, {label.size}"
        )
    if knots.ndim != 1 or height.shape[1] != max(knots.size - 1, 0):
        raise DomainError(f"{knots.size} edges hold {max(knots.size - 1, 0)} densities, had {height.shape[1]}")
    if not all(np.isfinite(one).all() for one in (knots, height, price, size)) or (knots < 0.0).any():
        raise DomainError("a flow must be of finite numbers at prices >= 0: drop what is unknown, and count it")
    if (size < 0.0).any() or (not damping and (height < 0.0).any()):
        raise SignError("forced units must be >= 0: flows against the move need damping=True, and no masses")
    if (np.diff(knots) <= 0.0).any():
        raise RangeError("edges of a density must rise: sort them")
    if label.size and int(label.min()) < 0:
        raise DomainError("components are numbered from 0")
    count = max(height.shape[0], int(label.max()) + 1 if label.size else 1)
    full = np.zeros((count, height.shape[1]))
    full[: height.shape[0]] = height
    return Flow(knots, full, price, size, label)


def check_terms(terms: Terms) -> None:
    """Raise ``SignError`` for impact, vol flow, response or withdrawal below zero, ``DomainError`` for other values."""
    if not all(math.isfinite(number) for number in terms[:5]) or not terms.vol > 0.0:
        raise DomainError(f"terms of a cascade must be finite numbers and volatility > 0, were {tuple(terms)}")
    if min(terms.impact, terms.vol_flow, terms.vol_response, terms.withdrawal) < 0.0:
        raise SignError("impact, vol flow, vol response and withdrawal must be >= 0: the loop only adds to a move")
    if not (0.0 < terms.cap < 1.0 or terms.cap == math.inf):
        raise DomainError(f"the cap on the branching ratio must be inside (0, 1), or inf for none, was {terms.cap}")


def cascade(start: float, shock: float, side: float, book: Flow, terms: Terms) -> Cascade:
    """Where a shock of ``shock`` (>= 0, price units) ends: ``side`` -1 falls, +1 rises.

    Raises ``SignError`` (negative shock or flow), ``DomainError`` (a side that is neither, a shock that is all of the
    price).
    """
    check_terms(terms)
    check_shock(start, shock, side)
    path = _path(start, shock, side, book)
    plain = Terms(*(float(one) for one in terms))
    price, units, sums, capped, unmet = march(plain, path)
    status = Status.FOUND if math.isnan(capped[0]) else Status.RUNAWAY
    if unmet > 0.0:
        status = Status.UNBOUNDED
    low, high = min(capped), max(capped)
    vol = terms.vol + terms.vol_response * abs(math.log(price / start))
    return Cascade(
        price, abs(price - start), terms.impact * units, terms.impact * sums[0], terms.impact * sums[1], units,
        sums[0], vol, (low, high), unmet, status,
    )  # fmt: skip


def check_shock(start: float, shock: float, side: float) -> None:
    """Raise ``SignError`` for a negative shock, ``DomainError`` for a price, shock or side that cannot be."""
    if not (math.isfinite(start) and start > 0.0 and math.isfinite(shock)):
        raise DomainError(f"price must be > 0 and the shock finite, were {start} and {shock}")
    if shock < 0.0:
        raise SignError(f"a shock is a size >= 0 and side its direction, was {shock}")
    if side not in (-1.0, 1.0):
        raise DomainError(f"side must be -1 (falls) or +1 (rises), was {side}")
    if side < 0.0 and shock >= start:
        raise DomainError(f"a fall of {shock} leaves nothing of a price of {start}: give the shock in price units")


def _path(start: float, shock: float, side: float, book: Flow) -> Path:
    """Everything ahead, sorted in the direction of the move."""
    ahead = book.edges[side * (book.edges - start) > 0.0]
    live = (side * (book.at - start) >= 0.0) & (book.at > 0.0)
    met = book.at[live]
    knots = np.unique(np.concatenate([[start], ahead, met]))
    knots = knots[knots > 0.0][:: int(side)]
    count = book.density.shape[0]
    density = np.zeros((count, knots.size))
    if book.edges.size:
        inside = np.append(0.5 * (knots[:-1] + knots[1:]), knots[-1] * (2.0 if side > 0.0 else 0.5))
        cell = np.searchsorted(book.edges, inside) - 1
        known = (cell >= 0) & (cell < book.density.shape[1])
        density[:, known] = book.density[:, cell[known]]
    push = np.zeros((count, knots.size))
    place = np.searchsorted(side * knots, side * met)
    np.add.at(push, (book.component[live], place), book.units[live])
    return Path(float(side), float(shock), np.ascontiguousarray(knots), density, push)
