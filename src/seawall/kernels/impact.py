"""Where forced orders leave the price, and what they are paid: linear, square-root, and the curve of a pool.

An :class:`Impact` is a code and a row of numbers, so that one compiled loop serves every law. ``side`` is -1 for sales
(the price falls) and +1 for purchases. ``before`` counts the units already traded in the same burst: only the
square-root law remembers them, because it is a law of the whole order (METHOD 1.7).
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.errors import DomainError, RangeError, SignError
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]

LINEAR: Final = 0
SQUARE_ROOT: Final = 1
CONSTANT_PRODUCT: Final = 2
RANGES: Final = 3

FREE_SHARE: Final = 0.10
"""Share of a day's volume up to which an order is taken to move nothing (METHOD 8.2)."""


class Impact(NamedTuple):
    """A law and its numbers.

    ``LINEAR``: (price per unit). ``SQUARE_ROOT``: (price per square root of a unit). ``CONSTANT_PRODUCT``:
    (liquidity L). ``RANGES``: (n, n + 1 rising edges, n liquidities), the pool of concentrated positions.
    """

    law: int
    numbers: Array


def linear(slope: float) -> Impact:
    """``slope`` price units per unit traded. Raises ``SignError`` below zero, ``DomainError`` when not finite."""
    _finite(slope, "impact per unit")
    if slope < 0.0:
        raise SignError(f"impact per unit must be >= 0, was {slope}: sales lower the price")
    return Impact(LINEAR, np.array([slope], dtype=np.float64))


def square_root(daily_vol: float, daily_volume: float, price: float, factor: float = 1.0) -> Impact:
    """``Y sigma_d sqrt(Q/ADV)`` of ``price``, on the cumulative units Q (METHOD 1.7; Almgren et al. 2005 for the form).

    ``daily_vol`` per day (.04 is 4 %), ``daily_volume`` in units a day, ``factor`` Y. Raises ``DomainError``.
    """
    if not (daily_vol >= 0.0 and daily_volume > 0.0 and price > 0.0 and factor >= 0.0):
        raise DomainError("square-root impact needs volume and price > 0, volatility and factor >= 0: check the units")
    slope = factor * daily_vol * price / math.sqrt(daily_volume)
    _finite(slope, "square-root impact")
    return Impact(SQUARE_ROOT, np.array([slope], dtype=np.float64))


def constant_product(liquidity: float) -> Impact:
    """The curve ``x y = L^2``: ``1/sqrt(P)`` grows by Q/L when Q units are sold. Raises ``DomainError``."""
    if not (math.isfinite(liquidity) and liquidity > 0.0):
        raise DomainError(f"liquidity must be a positive number, was {liquidity}")
    return Impact(CONSTANT_PRODUCT, np.array([liquidity], dtype=np.float64))


def ranges(edges: ArrayLike, liquidity: ArrayLike) -> Impact:
    """Concentrated liquidity: ``liquidity`` (n,) between ``edges`` (n + 1,), rising prices.

    Beyond its edges the pool is empty: sales leave the price at zero, purchases at infinity. Raises ``RangeError``
    unless the edges rise, ``DomainError`` for other numbers that cannot be.
    """
    at, held = np.asarray(edges, dtype=np.float64), np.asarray(liquidity, dtype=np.float64)
    if at.ndim != 1 or held.shape != (at.size - 1,) or held.size == 0:
        raise DomainError(f"a pool needs one liquidity between two edges each, had {held.size} and {at.size}")
    if not (np.isfinite(at).all() and (at > 0.0).all() and np.isfinite(held).all() and (held >= 0.0).all()):
        raise DomainError("edges of a pool must be positive numbers and its liquidity >= 0: check the table")
    if not (np.diff(at) > 0.0).all():
        raise RangeError("edges of a pool must rise: sort them and merge equal ones")
    return Impact(RANGES, np.concatenate([[float(held.size)], at, held]))


def thinned(impact: Impact, factor: float) -> Impact:
    """The same market with ``factor`` times the price move a unit (first order): depth divided by it."""
    if not (math.isfinite(factor) and factor > 0.0):
        raise DomainError(f"depth must be divided by a positive number, was {factor}")
    numbers = impact.numbers.copy()
    if impact.law in (LINEAR, SQUARE_ROOT):
        numbers *= factor
    elif impact.law == CONSTANT_PRODUCT:
        numbers /= factor
    else:
        numbers[int(numbers[0]) + 2 :] /= factor
    return Impact(impact.law, numbers)


def _finite(value: float, what: str) -> None:
    if not math.isfinite(value):
        raise DomainError(f"{what} must be a finite number, was {value}")


@compiled
def _sold_into_ranges(numbers: Array, price: float, units: float) -> tuple[float, float]:
    """Price after selling ``units`` of base into concentrated liquidity, and the proceeds."""
    count = int(numbers[0])
    left, cash = units, 0.0
    for i in range(count - 1, -1, -1):
        low, high, held = numbers[1 + i], numbers[2 + i], numbers[2 + count + i]
        if low >= price or left <= 0.0:
            continue
        price = min(price, high)
        if held <= 0.0:
            price = low
            continue
        room = held * (1.0 / math.sqrt(low) - 1.0 / math.sqrt(price))
        after = low if left >= room else 1.0 / (1.0 / math.sqrt(price) + left / held) ** 2
        cash += held * (math.sqrt(price) - math.sqrt(after))
        left -= min(room, left)
        price = after
    return (0.0 if left > 0.0 else price), cash


@compiled
def _bought_from_ranges(numbers: Array, price: float, units: float) -> tuple[float, float]:
    """Price after buying ``units`` of base from concentrated liquidity, and the cost."""
    count = int(numbers[0])
    left, cash = units, 0.0
    for i in range(count):
        low, high, held = numbers[1 + i], numbers[2 + i], numbers[2 + count + i]
        if high <= price or left <= 0.0:
            continue
        price = max(price, low)
        if held <= 0.0:
            price = high
            continue
        room = held * (1.0 / math.sqrt(price) - 1.0 / math.sqrt(high))
        after = high if left >= room else 1.0 / (1.0 / math.sqrt(price) - left / held) ** 2
        cash += held * (math.sqrt(after) - math.sqrt(price))
        left -= min(room, left)
        price = after
    return (math.inf if left > 0.0 else price), (math.inf if left > 0.0 else cash)


@compiled
def _on_curve(liquidity: float, price: float, units: float, side: float) -> tuple[float, float]:
    """Price and cash of a trade along ``x y = L^2``."""
    root = 1.0 / math.sqrt(price) - side * units / liquidity
    if root <= 0.0:
        return math.inf, math.inf
    after = 1.0 / (root * root)
    return after, liquidity * abs(math.sqrt(price) - math.sqrt(after))


@compiled
def traded(impact: Impact, price: float, before: float, units: float, side: float) -> tuple[float, float]:
    """Price after ``units`` (>= 0) more, and the cash paid for them at the prices on the way.

    ``before``: units of the same burst already in ``price``. Sales that meet no bid end at price 0 and earn nothing
    more, purchases that meet no offer at infinity.
    """
    numbers = impact.numbers
    if units <= 0.0:
        return price, 0.0
    if impact.law == CONSTANT_PRODUCT:
        return _on_curve(numbers[0], price, units, side)
    if impact.law == RANGES:
        return _sold_into_ranges(numbers, price, units) if side < 0.0 else _bought_from_ranges(numbers, price, units)
    if impact.law == LINEAR:
        move, mean = numbers[0] * units, 0.5 * numbers[0] * units
    else:
        first, last = math.sqrt(before), math.sqrt(before + units)
        move = numbers[0] * (last - first)
        mean = numbers[0] * ((2.0 / 3.0) * (last * last + last * first + first * first) / (last + first) - first)
    after = price + side * move
    if after >= 0.0:
        return after, units * (price + side * mean)
    return _to_zero(impact, price, before)


@compiled
def _to_zero(impact: Impact, price: float, before: float) -> tuple[float, float]:
    """Sales that would push the price below zero: bids end at zero, and what is left earns nothing."""
    slope = impact.numbers[0]
    if impact.law == LINEAR:
        return 0.0, 0.5 * price * price / slope
    first = math.sqrt(before)
    last = first + price / slope
    area = (2.0 / 3.0) * (last**3 - first**3) - first * (last * last - first * first)
    return 0.0, price * (last * last - before) - slope * area


@compiled
def price_after(impact: Impact, start: float, units: float, side: float) -> float:
    """Price once ``units`` in all have been traded from ``start``."""
    return traded(impact, start, 0.0, units, side)[0]


@compiled
def traded_in_turn(impact: Impact, price: float, before: float, units: Array, side: float) -> tuple[Array, float]:
    """Cash of each order (n,) of ``units`` executed one after the other, and the price after the last."""
    cash = np.empty(units.size)
    done = before
    for i in range(units.size):
        price, cash[i] = traded(impact, price, done, units[i], side)
        done += units[i]
    return cash, price


@compiled
def size_impact(quantity: float, volume: float, deviation: float, factor: float) -> float:
    """Points a unit that an order of ``quantity`` (either sign) pays on top of the half-spread; >= 0.

    ``factor deviation sqrt(quantity / volume)`` once the order is above FREE_SHARE of ``volume``, the units a day;
    nothing below, so it steps there. ``deviation``: points the price moves a day (one standard deviation), an option's
    being delta times that of its forward. METHOD 8.2; the square root is that of Almgren et al. 2005 and later work.
    """
    share = abs(quantity) / volume
    return factor * deviation * math.sqrt(share) if share > FREE_SHARE else 0.0
