"""Marks of a venue: the document it sends, and the gate that keeps garbage from the books.

A mark is refused with its reason, and counted; it never moves a book. A jump beyond the stated bound waits until a
later reading agrees with it.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal, NoReturn, final

from pydantic import Field, FiniteFloat, ValidationError

from seawall.core.errors import DataError
from seawall.data.markets import Strict

MOST_BYTES: Final = 1_000_000
MOST_MARKS: Final = 500
HIGHEST_VOL: Final = 10.0
"""Per square root of a year; above it a volatility is taken for one in percent."""
WIDEST_FUNDING: Final = 20.0
"""Per year of notional."""
VOL_JUMP: Final = math.log(3.0)


class MarkFile(Strict):
    """One price. Volatilities per square root of a year; ``funding`` per year, paid by a long if above 0."""

    price: FiniteFloat
    as_of: dt.datetime | None = None
    funding: FiniteFloat | None = None
    implied_vol: FiniteFloat | None = None
    realised_vol: FiniteFloat | None = None


class MarksFile(Strict):
    """What a venue's address answers."""

    seawall_marks: Literal[1]
    as_of: dt.datetime
    marks: Annotated[dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")], MarkFile], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Mark:
    """One reading of one asset; ``VIX`` is the index in points."""

    name: str
    price: float
    as_of: dt.datetime
    funding: float | None = None
    implied_vol: float | None = None
    realised_vol: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken: the asset (empty for a whole answer), the kind that is counted, and the reason."""

    name: str
    kind: str
    reason: str


def read_marks(content: bytes) -> tuple[Mark, ...]:
    """The marks of an answer; raises ``DataError`` for one that is not as documented."""
    try:
        given = json.loads(content.decode("utf-8"), parse_constant=_refuse)
        file = MarksFile.model_validate(given)
    except ValidationError as invalid:
        fault = invalid.errors(include_url=False)[0]
        named = ".".join(str(part) for part in fault["loc"])[:80]
        place = "".join(sign if sign.isprintable() else "?" for sign in named)
        raise DataError(f"the answer breaks the format at {place or 'its top'}: see docs/monitor.md") from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise DataError("the answer is no JSON: see docs/monitor.md for the format") from None
    if len(file.marks) > MOST_MARKS:
        raise DataError(f"the answer has {len(file.marks):,} marks, more than {MOST_MARKS}: ask for fewer")
    found = []
    for name, one in file.marks.items():
        when = one.as_of or file.as_of
        if when.utcoffset() is None:
            raise DataError(f"the time of {name} has no zone: write 2018-02-02T21:00:00Z")
        found.append(
            Mark(name.upper(), one.price, when.astimezone(dt.UTC), one.funding, one.implied_vol, one.realised_vol)
        )
    return tuple(found)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _out_of_range(mark: Mark) -> str:
    if not (math.isfinite(mark.price) and mark.price > 0.0):
        return f"{mark.name} at {mark.price:g}: a price is above zero"
    for what, vol in (("implied", mark.implied_vol), ("realised", mark.realised_vol)):
        if vol is not None and not 0.0 < vol <= HIGHEST_VOL:
            return f"{what} volatility of {mark.name} at {vol:g}: it lies between 0 and {HIGHEST_VOL:g} a root year"
    if mark.funding is not None and not abs(mark.funding) <= WIDEST_FUNDING:
        return f"funding of {mark.name} at {mark.funding:g}: it lies within {WIDEST_FUNDING:g} a year"
    return ""


def _agree(one: Mark, other: Mark, jump: float) -> bool:
    if abs(math.log(one.price) - math.log(other.price)) > jump:
        return False
    pairs = ((one.implied_vol, other.implied_vol), (one.realised_vol, other.realised_vol))
    return all(a is None or b is None or abs(math.log(a) - math.log(b)) <= VOL_JUMP for a, b in pairs)


@final
@dataclass(slots=True)
class Gate:
    """What was accepted last, by asset, and the jumps that wait to be confirmed.

    ``jump``: log-return between two readings that needs ``confirm`` readings in agreement; ``ahead``: how far in the
    future a time may lie. An accepted mark keeps what the reading left out.
    """

    jump: float
    confirm: int
    ahead: dt.timedelta
    accepted: dict[str, Mark] = field(default_factory=dict)
    _waiting: dict[str, tuple[Mark, int]] = field(default_factory=dict)

    def admit(
        self, marks: tuple[Mark, ...], now: dt.datetime, baseline: Mapping[str, float]
    ) -> tuple[tuple[Mark, ...], tuple[Refusal, ...]]:
        """Marks that are news, and what was refused. ``baseline``: prices to compare a first reading with."""
        taken: list[Mark] = []
        refused: list[Refusal] = []
        for mark in marks:
            known = self.accepted.get(mark.name)
            if mark == known or (known is not None and mark.as_of == known.as_of and mark.price == known.price):
                continue
            fault = self._fault(mark, known, now, baseline)
            if fault is not None:
                refused.append(fault)
                continue
            kept = mark if known is None else _filled(mark, known)
            self.accepted[mark.name] = kept
            self._waiting.pop(mark.name, None)
            taken.append(kept)
        return tuple(taken), tuple(refused)

    def _fault(self, mark: Mark, known: Mark | None, now: dt.datetime, baseline: Mapping[str, float]) -> Refusal | None:
        if told := _out_of_range(mark):
            return Refusal(mark.name, "range", told)
        if mark.as_of > now + self.ahead:
            said = f"{mark.name} is of {mark.as_of:%Y-%m-%d %H:%M:%S} UTC, in the future"
            return Refusal(mark.name, "future", said)
        if known is not None and mark.as_of < known.as_of:
            return Refusal(mark.name, "backwards", f"{mark.name} goes back to {mark.as_of:%Y-%m-%d %H:%M:%S} UTC")
        if known is not None and mark.as_of == known.as_of:
            return Refusal(mark.name, "contradiction", f"{mark.name} has two prices at {mark.as_of:%H:%M:%S} UTC")
        reference = known
        if reference is None and baseline.get(mark.name, 0.0) > 0.0:
            reference = Mark(mark.name, baseline[mark.name], mark.as_of)
        if reference is None or _agree(mark, reference, self.jump):
            return None
        return self._jumped(mark, reference)

    def _jumped(self, mark: Mark, reference: Mark) -> Refusal | None:
        first, seen = self._waiting.get(mark.name, (mark, 0))
        if seen and not (first.as_of < mark.as_of and _agree(mark, first, self.jump)):
            seen = 0
        if seen + 1 >= self.confirm:
            return None
        self._waiting[mark.name] = (mark, seen + 1)
        move = mark.price / reference.price - 1.0
        said = f"{mark.name} jumped {move:+.1%} from {reference.price:g} to {mark.price:g} and waits for a confirmation"
        return Refusal(mark.name, "jump", said)


def _filled(mark: Mark, known: Mark) -> Mark:
    """The reading, with what it left out taken from the one before."""
    return replace(
        mark,
        funding=known.funding if mark.funding is None else mark.funding,
        implied_vol=known.implied_vol if mark.implied_vol is None else mark.implied_vol,
        realised_vol=known.realised_vol if mark.realised_vol is None else mark.realised_vol,
    )
