"""A value that says what it describes, when it was known, who said it and how much it can be trusted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

Value_co = TypeVar("Value_co", covariant=True)


class Origin(StrEnum):
    """How a value came to be. Reports print anything but ``OBSERVED`` beside the value."""

    OBSERVED = "observed"
    MODELLED = "modelled"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Datum(Generic[Value_co]):
    """One value with its provenance.

    ``as_of`` is the instant the value describes; ``known_at`` the first instant anyone could know it
    (UTC, timezone-aware). ``source`` names the publisher, or the rule when the origin is modelled.
    """

    value: Value_co
    as_of: datetime
    known_at: datetime
    source: str
    origin: Origin = Origin.OBSERVED
