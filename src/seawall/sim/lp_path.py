"""What a replay keeps while it streams: thinned paths of the followed positions, their re-centrings, and returns."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.kernels.lp_replay import EVENT, TRACK

Floats = NDArray[np.float64]

MOST_POINTS: Final = 4096
"""Lines kept of a path; beyond it every second one goes, again and again."""
MOST_EVENTS: Final = 100_000
"""Re-centrings kept of one position; all are counted."""


class LpPath(NamedTuple):
    """One position by mark, columns ``kernels.lp_replay.TRACK``; its re-centrings, columns ``EVENT``."""

    track: Floats
    events: Floats

    def column(self, name: str) -> Floats:
        """One column of the track."""
        return np.asarray(self.track[:, TRACK.index(name)])


class Volatility(NamedTuple):
    """Realised volatility per root of a year from ``count`` returns of the marks, and its standard error."""

    vol: float
    standard_error: float
    returns: int


class PathKeeper:
    """Paths of the first positions, thinned to a bounded number of lines."""

    __slots__ = ("events", "followed", "last", "seen", "stride", "tracks")

    def __init__(self, followed: int) -> None:
        self.followed, self.stride, self.seen = followed, 1, 0
        self.tracks: list[Floats] = []
        self.last: Floats = np.zeros((followed, 0, len(TRACK)))
        self.events: list[list[Floats]] = [[] for _ in range(followed)]

    def room(self, marks: int) -> tuple[Floats, Floats]:
        """Arrays for the loop to write into."""
        return np.empty((self.followed, marks, len(TRACK))), np.empty((self.followed, marks + 1, len(EVENT)))

    def keep(self, tracks: Floats, events: Floats, written: NDArray[np.int64]) -> None:
        """Keep what one part wrote."""
        marks = tracks.shape[1]
        if not marks:
            return
        chosen = np.flatnonzero((self.seen + np.arange(marks)) % self.stride == 0)
        self.tracks.append(tracks[:, chosen])
        self.last = tracks[:, -1:].copy()
        self.seen += marks
        if sum(part.shape[1] for part in self.tracks) > 2 * MOST_POINTS:
            whole = np.concatenate(self.tracks, axis=1)
            while whole.shape[1] > MOST_POINTS:
                whole, self.stride = whole[:, ::2], 2 * self.stride
            self.tracks = [np.ascontiguousarray(whole)]
        for own, new, count in zip(self.events, events, written, strict=True):
            if count and sum(part.shape[0] for part in own) < MOST_EVENTS:
                own.append(new[:count].copy())

    def paths(self) -> tuple[LpPath, ...]:
        """One path a followed position, its last mark included."""
        if not self.tracks:
            return ()
        whole = np.concatenate([*self.tracks, self.last], axis=1)
        if whole.shape[1] > 1 and np.array_equal(whole[:, -1, 0], whole[:, -2, 0]):
            whole = whole[:, :-1]
        none = np.zeros((0, len(EVENT)))
        return tuple(LpPath(whole[n], np.concatenate(own) if own else none) for n, own in enumerate(self.events))


class Returns:
    """Sums of squares of log returns from mark to mark."""

    __slots__ = ("count", "fourth", "root", "second")

    def __init__(self) -> None:
        self.root, self.second, self.fourth, self.count = 1.0, 0.0, 0.0, 0

    def begin(self, root: float) -> None:
        """Start at a price."""
        self.root = root

    def add(self, roots: Floats) -> None:
        """More marks."""
        if roots.size:
            squares = (2.0 * np.diff(np.log(roots), prepend=np.log(self.root))) ** 2
            self.second += float(np.sum(squares))
            self.fourth += float(np.sum(squares**2))
            self.count += roots.size
            self.root = float(roots[-1])

    def estimate(self, years: float) -> Volatility:
        """Volatility and its error, ``sqrt(2/3 sum r^4)`` for the variance (Barndorff-Nielsen and Shephard 2002)."""
        if years <= 0.0 or self.second <= 0.0:
            return Volatility(0.0, 0.0, self.count)
        vol = (self.second / years) ** 0.5
        return Volatility(vol, (2.0 / 3.0 * self.fourth) ** 0.5 / years / (2.0 * vol), self.count)
