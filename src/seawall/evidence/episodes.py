"""Crises counted honestly: a month of VIX above 30 is one event, however many sessions it has.

Episodes are runs of sessions above a threshold, joined where the calm between them is short. Windows lie in an episode
when they contain one of its sessions. The episode bootstrap draws whole episodes, and the calm between them in blocks.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError, TooFewEventsError
from seawall.core.status import Status
from seawall.evidence.interval import Plan

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Rows = NDArray[np.int32]

THRESHOLD: Final = 30.0
GAP: Final = 21
WIDE_GAP: Final = 63
WINDOW_DAYS: Final = 30
STALE: Final = np.timedelta64(7, "D")
CHUNK_CELLS: Final = 4_000_000
LEAST_EPISODES: Final = 8
"""Below so many independent episodes a claim stays undecided (METHOD 9.2)."""


class Episode(NamedTuple):
    """A crisis: first and last row and day above the threshold, sessions above it, the highest level and its day."""

    first: int
    last: int
    start: dt.date
    end: dt.date
    above: int
    peak: float
    peak_day: dt.date


class Windows(NamedTuple):
    """Windows of ``days`` calendar days: the dates at which they open and close, and what VIX did inside.

    ``opens``, ``closes``: rows into the dates passed in; ``highest``: maximum after the open up to the close, NaN where
    no level is known; ``episode``: number of the episode of the highest level, -1 in calm.
    """

    days: int
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    highest: Array
    episode: NDArray[np.int64]

    @property
    def stressed(self) -> NDArray[np.bool_]:
        """Windows that lie in an episode."""
        return np.asarray(self.episode >= 0)


def _checked(dates: Days, level: Array) -> tuple[Days, Array]:
    days, values = np.asarray(dates, dtype="datetime64[D]"), np.asarray(level, dtype=np.float64)
    if days.shape != values.shape or days.ndim != 1:
        raise DomainError(f"dates {days.shape} and levels {values.shape} do not fit: pass one level per date")
    if not days.size:
        raise MissingDataError("no levels: an episode needs a history")
    if (np.diff(days) <= np.timedelta64(0, "D")).any():
        row = int(np.argmax(np.diff(days) <= np.timedelta64(0, "D"))) + 1
        raise LookaheadError(f"date {days[row]} at row {row} does not follow {days[row - 1]}: sort, drop duplicates")
    return days, values


def episodes(dates: Days, level: Array, gap: int = GAP, threshold: float = THRESHOLD) -> tuple[Episode, ...]:
    """Runs of sessions with ``level`` > ``threshold``, joined where at most ``gap`` sessions lie between them.

    ``dates``: rising, (n,); ``level``: (n,), NaN on days that are no session. ``gap`` 0 joins nothing. Raises
    ``MissingDataError``, ``DomainError`` or ``LookaheadError`` for dates and levels that do not fit or rise.
    """
    days, values = _checked(dates, level)
    if gap < 0:
        raise DomainError(f"a gap of {gap} sessions: use 0 or more ({GAP} and {WIDE_GAP} are reported)")
    sessions = np.flatnonzero(np.isfinite(values))
    above = np.flatnonzero(values[sessions] > threshold)
    if not above.size:
        return ()
    runs = np.split(above, np.flatnonzero(np.diff(above) - 1 > gap) + 1)
    return tuple(_episode(sessions[run], days, values) for run in runs)


def _episode(run: NDArray[np.intp], days: Days, values: Array) -> Episode:
    top = int(run[np.argmax(values[run])])
    first, last = int(run[0]), int(run[-1])
    return Episode(first, last, days[first].item(), days[last].item(), run.size, float(values[top]), days[top].item())


def windows(
    dates: Days,
    level: Array,
    gap: int = GAP,
    days: int = WINDOW_DAYS,
    step: int | None = None,
    threshold: float = THRESHOLD,
) -> Windows:
    """Windows of ``days`` calendar days that open every ``step`` days (back to back if None) from the first date on.

    A window opens and closes on the last of ``dates`` not after its ends; it is left out if that is more than a week
    before. A window is in the episode (of ``episodes`` with the same ``gap``) to which its highest level belongs, if
    that is above the threshold. Raises like ``episodes``.
    """
    stamps, values = _checked(dates, level)
    step = days if step is None else step
    if days < 1 or step < 1:
        raise DomainError(f"windows of {days} days each {step} days: use 1 or more")
    opening: Days = np.arange(stamps[0], stamps[-1] - np.timedelta64(days - 1, "D"), np.timedelta64(step, "D"))
    closing: Days = opening + np.timedelta64(days, "D")
    opens = np.searchsorted(stamps, opening, side="right") - 1
    closes = np.searchsorted(stamps, closing, side="right") - 1
    kept = (closes > opens) & (opening - stamps[opens] <= STALE) & (closing - stamps[closes] <= STALE)
    opens, closes = opens[kept], closes[kept]
    owner = np.full(stamps.size, -1, dtype=np.int64)
    for number, one in enumerate(episodes(stamps, values, gap, threshold)):
        owner[one.first : one.last + 1] = number
    owner[~(values > threshold)] = -1
    highest, episode = np.full(opens.size, np.nan), np.full(opens.size, -1, dtype=np.int64)
    for i, (a, b) in enumerate(zip(opens, closes, strict=True)):
        inside = values[a + 1 : b + 1]
        if np.isfinite(inside).any():
            top = a + 1 + int(np.nanargmax(inside))
            highest[i], episode[i] = values[top], owner[top]
    return Windows(days, opens, closes, highest, episode)


def independent(found: int, forced: bool = False) -> Status:
    """FOUND from ``LEAST_EPISODES`` distinct episodes on, THIN below: the claim stays undecided.

    Raises ``TooFewEventsError`` if a verdict is ``forced`` out of fewer.
    """
    if found >= LEAST_EPISODES:
        return Status.FOUND
    if forced:
        raise TooFewEventsError(
            f"{found} distinct episodes carry no verdict: leave it undecided below {LEAST_EPISODES}"
        )
    return Status.THIN


def stressed_count(dates: Days, level: Array) -> str:
    """What must stand beside every statement about VIX above 30: how many distinct episodes are behind it."""
    near, wide = len(episodes(dates, level, GAP)), len(episodes(dates, level, WIDE_GAP))
    return f"{near} distinct episodes (gaps up to {GAP} sessions joined; {wide} with gaps up to {WIDE_GAP})"


def episode_draws(episode: NDArray[np.int64], block: int, plan: Plan, measure: Callable[[Rows, Rows], Array]) -> Array:
    """Episode bootstrap: call ``measure(rows, lengths)`` on draws of whole episodes between stretches of calm.

    ``episode``: number of the episode of each row, -1 in calm, (n,). A draw has as many episodes as the sample, drawn
    with replacement and each with all its rows in order, and as many calm rows, in blocks of mean length ``block``
    from the calm rows joined to a circle; the calm is cut into equal pieces around the episodes. Raises
    ``TooFewEventsError`` without any episode.
    """
    numbers = np.unique(episode[episode >= 0])
    if not numbers.size:
        raise TooFewEventsError("no episode in the sample: there is nothing to draw, lengthen it")
    crises = [np.flatnonzero(episode == number).astype(np.int32) for number in numbers]
    calm = np.flatnonzero(episode < 0).astype(np.int32)
    longest = calm.size + numbers.size * max(one.size for one in crises)
    picks = np.random.default_rng(plan.seed).integers(numbers.size, size=(plan.reps, numbers.size))
    quiet = _calm_source(calm, block, plan.seed)
    cuts = np.linspace(0, calm.size, numbers.size + 2).astype(int)[1:-1]
    most = max(1, CHUNK_CELLS // longest)
    parts = []
    for first in range(0, plan.reps, most):
        chunk = picks[first : first + most]
        rows, lengths = np.zeros((len(chunk), longest), dtype=np.int32), np.zeros(len(chunk), dtype=np.int32)
        for i, chosen in enumerate(chunk):
            pieces = np.split(quiet(), cuts)
            drawn = [pieces[0]]
            for number, piece in zip(chosen, pieces[1:], strict=True):
                drawn += [crises[number], piece]
            joined = np.concatenate(drawn)
            rows[i, : joined.size], lengths[i] = joined, joined.size
        parts.append(measure(rows, lengths))
    return np.concatenate(parts)


def _calm_source(calm: Rows, block: int, seed: int) -> Callable[[], Rows]:
    if not calm.size:
        return lambda: calm
    from arch.bootstrap import StationaryBootstrap

    source = StationaryBootstrap(block, np.arange(calm.size), seed=seed + 1)
    return lambda: calm[source.update_indices()]
