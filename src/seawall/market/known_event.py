"""An event as a handful of typed closes with their source."""

import datetime as dt
from typing import NamedTuple


class Knot(NamedTuple):
    """Closes of one day, by factor; a factor may be absent from a day but the first."""

    day: dt.date
    levels: dict[str, float]


class KnownEvent(NamedTuple):
    """One event: ``direction`` is "down", "up", "grind down", "grind up" or "crypto"; knots in order of day."""

    name: str
    title: str
    direction: str
    knots: tuple[Knot, ...]
    source: str

    @property
    def start(self) -> dt.date:
        """The eve."""
        return self.knots[0].day

    @property
    def end(self) -> dt.date:
        """Last session."""
        return self.knots[-1].day

    @property
    def factors(self) -> tuple[str, ...]:
        """Factors with typed facts on the first and on another day."""
        later = {name for knot in self.knots[1:] for name in knot.levels}
        return tuple(name for name in self.knots[0].levels if name in later)
