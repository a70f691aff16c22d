"""What a signal is: a causal function of aligned columns, with its inputs, lookback, prior and what it is good for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import UnknownParameterError
from seawall.signals.align import Bars

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Dates = NDArray[np.datetime64]

MAX_AGE_SESSIONS: Final = 1
"""A reading older than this many sessions is unavailable: it is never filled forward (METHOD 3.1, 6)."""

PRESETS: Final = ("seed", "measured")
AFTER_CLOSE: Final = "15 minutes after the close"


class Prior(StrEnum):
    """What the literature says about a signal before we look (METHOD 6)."""

    SUPPORTED = "+"
    AGAINST = "-"
    NULL = "0"
    UNKNOWN = "?"


class Family(StrEnum):
    """What kind of thing a signal looks at."""

    TREND = "trend"
    VOL = "volatility"
    DEALER = "dealer"
    BREADTH = "breadth"
    CARRY = "carry"
    MACRO = "macro"
    PARITY = "parity"
    VALUE = "value"
    COMPOSITE = "composite"
    BOOK = "book"
    USER = "user"


class How(StrEnum):
    """How a carried input is read at the instant of a row."""

    LAST = "last"
    SINCE = "sessions since"
    UNTIL = "sessions until"


@dataclass(frozen=True, slots=True)
class Columns:
    """What a formula gets: the dates of the rows and a column of shape (n,) by name, NaN where unknown."""

    dates: Dates
    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


class Computed(NamedTuple):
    """What a formula returns, all of shape (n,): values (NaN unknown), rows that used the substitute, rows at rest."""

    values: Array
    substituted: Mask
    flat: Mask


def plain(values: Array) -> Computed:
    """Values without substitute and without rest."""
    none = np.zeros(values.size, dtype=np.bool_)
    return Computed(values, none, none)


@dataclass(frozen=True, slots=True)
class Carried:
    """An input with another rhythm: what was last known of it at the instant of a row, at most ``days`` old.

    ``days`` are calendar days between the date it describes and the row. ``how`` SINCE gives sessions since its last
    known date, UNTIL sessions to its next known one. ``signal``: take that signal instead of a series. Not
    ``needed``: the formula says what stands in.
    """

    name: str
    days: int
    how: How = How.LAST
    signal: "Signal | None" = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. ``inputs`` are needed; where an ``optional`` one is absent a rule stands in (``substitute``).

    ``lookback`` counts the observations (closed bars where ``bars`` is not DAY) before the first value; ``unit`` is a
    word; ``source`` the paper or rule; ``formula`` and ``would_do`` (what a rule would do with it) are sentences;
    ``known`` the rule for ``known_at``, which is the latest of the inputs'. ``substitute_origin`` is what a reading
    becomes when the rule stood in. ``sides``: what a negative and a positive value mean; ``conflict``: id of the
    contradiction between sources (``conflicts``). ``core``: has weight from the start; ``seed``: read by the rules of
    the source articles; ``passed``: the evidence room let it through, ``evidence`` says how. ``fires``: ("above", x) or
    ("below", x), where a reading at or beyond x is shown as fired.
    """

    id: str
    name: str
    family: Family
    inputs: tuple[str, ...]
    lookback: int
    unit: str
    source: str
    prior: Prior
    compute: Callable[[Columns], Computed]
    formula: str
    would_do: str
    known: str = AFTER_CLOSE
    parameters: tuple[tuple[str, float], ...] = ()
    optional: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    substitute: str = ""
    substitute_origin: Origin = Origin.OBSERVED
    bars: Bars = Bars.DAY
    max_age: int = MAX_AGE_SESSIONS
    sides: tuple[str, str] = ("", "")
    conflict: str = ""
    core: bool = False
    seed: bool = False
    passed: bool = False
    evidence: str = ""
    fires: tuple[str, float] | None = None

    def weight(self, preset: str) -> float:
        """Weight in a decision: 1 for the core and for what passed the evidence, in ``seed`` also for its own rules.

        Raises ``UnknownParameterError`` for another preset.
        """
        return weight(preset, self.core or self.passed, self.seed)


def weight(preset: str, earned: bool, seed: bool) -> float:
    """Weight in a decision under a preset. Raises ``UnknownParameterError`` for one that does not exist."""
    if preset not in PRESETS:
        raise UnknownParameterError(f"no preset {preset!r}: there are {', '.join(PRESETS)}")
    return 1.0 if earned or (preset == "seed" and seed) else 0.0
