"""What the desk refuses, with the status of HTTP that says why; and the two halves of a message."""

from typing import Final

from seawall.core.errors import (
    DataError,
    EvidenceError,
    LookaheadError,
    MissingDataError,
    MissingExpiryError,
    SeawallError,
    StaleDataError,
)

NOT_FOUND: Final = 404
CONFLICT: Final = 409
TOO_LARGE: Final = 413
UNUSABLE: Final = 422
TOO_MANY: Final = 429
BUSY: Final = 503
ABSENT: Final = (MissingDataError, MissingExpiryError, StaleDataError, LookaheadError, EvidenceError)


class RefusedError(SeawallError):
    """A request the desk does not serve; ``status`` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def status_of(fault: SeawallError) -> int:
    """404 for what is not there, 503 for a store that cannot be used now, 422 for every other wrong input."""
    if isinstance(fault, RefusedError):
        return fault.status
    if isinstance(fault, ABSENT):
        return NOT_FOUND
    return BUSY if isinstance(fault, DataError) else UNUSABLE


def halves(message: str) -> tuple[str, str]:
    """Fact and remedy of a one-line message: what stands before and after its last colon and blank."""
    line = " ".join(message.split())
    fact, sign, remedy = line.rpartition(": ")
    return (fact, remedy) if sign else (line, "see docs/desk.md")


def error_record(message: str) -> dict[str, str]:
    """The body of every error of the API."""
    fact, remedy = halves(message)
    return {"error": fact, "remedy": remedy}
