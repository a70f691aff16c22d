"""Who was right: swaps judged by the pool's own price some time later, while they stream."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.market.flow import Floats, Flow

MICRO: Final = 1_000_000


class Markout(NamedTuple):
    """Empirical: ``share`` of the volume whose taker was ahead after ``seconds``, fee paid and gas not; dollars.

    ``taker_usd`` is what takers gained in all (negative: the pool did); ``ahead_usd`` what those ahead gained.
    ``unjudged``: volume whose later price lies beyond the end of the files.
    """

    seconds: int
    volume_usd: float
    share: float | None
    taker_usd: float
    ahead_usd: float
    unjudged_usd: float


class Markouts:
    """Swaps that wait for their later price, and the sums of those that met it."""

    __slots__ = ("ahead", "at", "base", "gained", "horizon", "quote", "volume", "won")

    def __init__(self, seconds: int) -> None:
        self.horizon = seconds * MICRO
        self.at: NDArray[np.int64] = np.zeros(0, np.int64)
        self.base: Floats = np.zeros(0)
        self.quote: Floats = np.zeros(0)
        self.volume = self.gained = self.won = self.ahead = 0.0

    def add(self, flow: Flow) -> None:
        """Judge what has waited long enough by the last price at or before its instant."""
        at = np.concatenate([self.at, flow.at])
        base = np.concatenate([self.base, flow.base_out - flow.base_in])
        quote = np.concatenate([self.quote, flow.quote_out - flow.quote_in])
        due = at + self.horizon
        ripe = int(np.searchsorted(due, flow.at[-1], side="left"))  # a price at the due instant may still follow
        if ripe:
            place = np.searchsorted(flow.at, due[:ripe], side="right") - 1
            root = np.where(place >= 0, flow.end[np.maximum(place, 0)], flow.start[0])
            self._judge(base[:ripe], quote[:ripe], root**2)
        self.at, self.base, self.quote = at[ripe:], base[ripe:], quote[ripe:]

    def _judge(self, base: Floats, quote: Floats, price: Floats) -> None:
        gain, size = base * price + quote, np.abs(quote)
        self.volume += float(np.sum(size))
        self.gained += float(np.sum(gain))
        self.won += float(np.sum(gain[gain > 0.0]))
        self.ahead += float(np.sum(size[gain > 0.0]))

    def result(self) -> Markout:
        """The sums so far; what still waits is not judged."""
        share = self.ahead / self.volume if self.volume > 0.0 else None
        left = float(np.sum(np.abs(self.quote)))
        return Markout(self.horizon // MICRO, self.volume, share, self.gained, self.won, left)
