"""A book: positions that share one equity."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from seawall.core.errors import DomainError
from seawall.instruments.base import Position


@dataclass(frozen=True, slots=True)
class Book:
    """Named positions and the equity (``nav_usd``) that budgets are shares of; None when not stated."""

    name: str
    positions: tuple[Position, ...]
    nav_usd: float | None = None

    def __post_init__(self) -> None:
        if not self.positions:
            raise DomainError(f"book {self.name!r} has no positions: add one under `positions`")
        labels = Counter(position.label for position in self.positions)
        twice = sorted(label for label, times in labels.items() if times > 1)
        if twice:
            raise DomainError(f"labels must be unique, {twice[0]!r} stands twice: rename one")
        if self.nav_usd is not None and not (np.isfinite(self.nav_usd) and self.nav_usd > 0.0):
            raise DomainError(f"nav must be a positive number of dollars, was {self.nav_usd}")

    def with_positions(self, added: tuple[Position, ...]) -> "Book":
        """The same book holding more."""
        return replace(self, positions=self.positions + added)

    def scaled(self, factor: float) -> "Book":
        """The same book held ``factor`` times."""
        positions = tuple(replace(p, quantity=p.quantity * factor) for p in self.positions)
        return replace(self, positions=positions, nav_usd=None if self.nav_usd is None else self.nav_usd * factor)
