"""Many positions valued together: options of one underlying and one expiry in one array, anything else by itself.

The answers are those of each position's own methods, to rounding. A structure of options is valued leg by leg among
the others. Arrays are cut into pieces that stay in the processor's cache.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.instruments.base import Exposure, Position, total
from seawall.instruments.option import EuropeanOption, Group, Strikes, grouped
from seawall.instruments.structures import Structure
from seawall.market.state import State, View

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

CELLS: Final = 32_768
"""Options times moves of one array."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Positions, and how they are valued: ``groups`` of options, and the indices of the rest. See ``together``."""

    positions: tuple[Position, ...]
    groups: tuple[Group, ...]
    rest: tuple[int, ...]

    def values(self, view: View) -> Array:
        """Dollars of each position in each move, shape (positions, n)."""
        return self._each(view, Strikes.values, _value)

    def total_value(self, view: View) -> Array:
        """Dollars of all positions in each move, shape (n,)."""
        return self._sum(view, Strikes.values, _value)

    def dollar_gammas(self, view: View) -> Array:
        """Gamma S^2 in dollars of each position in each move, shape (positions, n)."""
        return self._each(view, Strikes.dollar_gammas, _dollar_gamma)

    def total_dollar_gamma(self, view: View) -> Array:
        """Gamma S^2 in dollars of all positions, which share one underlying, in each move, shape (n,)."""
        return self._sum(view, Strikes.dollar_gammas, _dollar_gamma)

    def exposures(self, state: State) -> tuple[Exposure, ...]:
        """Value and sensitivities of each position now."""
        legs: dict[int, list[Exposure]] = {}
        for group in self.groups:
            for owner, exposure in group.exposures(state):
                legs.setdefault(owner, []).append(exposure)
        found = {index: parts[0] if len(parts) == 1 else total(parts) for index, parts in legs.items()}
        found |= {index: self.positions[index].exposure(state) for index in self.rest}
        return tuple(found[index] for index in range(len(self.positions)))

    def _parts(
        self, view: View, of: Callable[[Strikes, View], Array], alone: Callable[[Position, View], Array]
    ) -> Iterator[tuple[Indices, Array]]:
        """Indices of positions, (m,), and dollars of parts of them, (m, n)."""
        most = max(CELLS // view.moves.size, 1)
        for group in self.groups:
            for first in range(0, group.owners.size, most):
                which = slice(first, first + most)
                yield group.owners[which], group.units[which] * of(group.strikes.part(which), view)
        for index in self.rest:
            yield np.array([index]), np.broadcast_to(alone(self.positions[index], view), (1, view.moves.size))

    def _each(
        self, view: View, of: Callable[[Strikes, View], Array], alone: Callable[[Position, View], Array]
    ) -> Array:
        out = np.zeros((len(self.positions), view.moves.size))
        for owners, rows in self._parts(view, of, alone):
            np.add.at(out, owners, rows)
        return out

    def _sum(self, view: View, of: Callable[[Strikes, View], Array], alone: Callable[[Position, View], Array]) -> Array:
        out = np.zeros(view.moves.size)
        for _, rows in self._parts(view, of, alone):
            out += rows.sum(axis=0)
        return out


def _value(position: Position, view: View) -> Array:
    return position.value(view)


def _dollar_gamma(position: Position, view: View) -> Array:
    return position.quantity * position.instrument.dollar_gamma(view)


def _options(position: Position) -> list[tuple[float, EuropeanOption]]:
    """Units and options that a position is the sum of; none when it is anything else."""
    held = position.instrument
    if isinstance(held, EuropeanOption):
        return [(position.quantity, held)]
    if not isinstance(held, Structure):
        return []
    legs = [(position.quantity * leg.units, leg.option) for leg in held.legs if isinstance(leg.option, EuropeanOption)]
    return legs if len(legs) == len(held.legs) else []


def together(positions: Sequence[Position]) -> Together:
    """Positions, any number of any kind, ready to be valued at once."""
    options = [_options(position) for position in positions]
    groups = grouped((index, units, option) for index, held in enumerate(options) for units, option in held)
    return Together(tuple(positions), groups, tuple(index for index, held in enumerate(options) if not held))
