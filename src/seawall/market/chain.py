"""An option chain: the listed quotes of one underlying at one instant.

A row is one option. Prices are quote units, volatilities per square root of a year (0.20), open interest and volume in
contracts; time is ACT/365 by the minute (METHOD 0.2). ``market.cleaning`` drops bad rows with counted reasons,
``market.parity`` reads forwards and discounts, ``market.scan`` finds conversions and boxes, ``market.index`` is VIX.
"""

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import (
    CLOSE,
    FIRST_DAY,
    LAST_DAY,
    NEW_YORK,
    OPEN,
    close_instant,
    is_session,
    open_instant,
    spx_monthly_expiry,
    years_between,
)
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingExpiryError

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Words = NDArray[np.str_]
Mask = NDArray[np.bool_]

OPENING_ROOTS: Final = frozenset({"SPX", "VIX", "VIXW"})
"""Roots that settle on the opening print of their expiry; every other one on the close."""

CALL: Final = 1.0
PUT: Final = -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Quotes of one underlying at the instant ``as_of``; every array has one entry a row, shape (n,).

    ``expiry``: settlement date, datetime64[D]. ``root``: "SPX", "SPXW", "VIX", ... or "" when the source lost it.
    ``right``: +1 call, -1 put. ``open_interest``, ``volume``, ``iv``, ``delta``, ``gamma`` are the vendor's own, NaN
    where unknown. ``notes``: one line for everything the reader of the source had to assume. ``as_of`` and ``known_at``
    are aware UTC instants. Raises ``DomainError`` for arrays of unequal length or an instant without a time zone.
    """

    underlying: str
    as_of: dt.datetime
    known_at: dt.datetime
    spot: float
    source: str
    origin: Origin
    expiry: Days
    root: Words
    strike: Floats
    right: Floats
    bid: Floats
    ask: Floats
    open_interest: Floats
    volume: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in COLUMNS:
            if getattr(self, name).shape != self.strike.shape or self.strike.ndim != 1:
                raise DomainError(f"chain column {name} has another length than strike: give one entry a row")
        for instant in (self.as_of, self.known_at):
            if instant.utcoffset() is None:
                raise DomainError(f"{instant} has no time zone: pass an aware instant, for example in UTC")

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.strike.size)

    @property
    def session(self) -> dt.date:
        """New York date of ``as_of``."""
        return self.as_of.astimezone(NEW_YORK).date()

    @property
    def mid(self) -> Floats:
        """Half of bid plus ask, a row each."""
        return 0.5 * (self.bid + self.ask)

    def take(self, rows: Mask | NDArray[np.intp]) -> "Chain":
        """The chain of these rows only (a mask or positions)."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})

    @property
    def group(self) -> NDArray[np.intp]:
        """A number for every distinct (expiry, root), a row each."""
        return self._groups()[2]

    def expiries(self) -> list[tuple[dt.date, str]]:
        """Every (expiry, root), in order of their settlement."""
        days, roots, _ = self._groups()
        pairs = [(_date(day), str(root)) for day, root in zip(days, roots, strict=True)]
        return sorted(pairs, key=lambda pair: (settlement(self.underlying, pair[1], pair[0]), pair[1]))

    def rows(self, expiry: dt.date, root: str) -> "Chain":
        """Rows of one expiry. Raises ``MissingExpiryError`` naming the expiries there are."""
        found = (self.expiry == np.datetime64(expiry, "D")) & (self.root == root)
        if not np.any(found):
            known = ", ".join(f"{day} {name}".strip() for day, name in self.expiries()[:12]) or "none"
            raise MissingExpiryError(f"the chain has no expiry {expiry} {root}: it has {known}")
        return self.take(found)

    def years(self) -> Floats:
        """Years from ``as_of`` to the settlement print of each row, ACT/365 by the minute; <= 0 when past.

        A lost root is read as SPXW for SPX (closing print), as VIX for VIX (opening print): see ``assumptions``.
        """
        days, roots, group = self._groups()
        each = [
            years_between(self.as_of, settlement(self.underlying, str(root), _date(day)))
            for day, root in zip(days, roots, strict=True)
        ]
        return np.array(each, dtype=np.float64)[group]

    def assumptions(self) -> list[str]:
        """One line for everything about this chain that is not stated by its source."""
        lines = list(self.notes)
        lost = [day for day, root in self.expiries() if not root]
        if lost and self.underlying == "SPX":
            mixed = sum(_is_monthly(day) for day in lost)
            lines.append(
                f"SPX root lost on {len(lost)} expiries: taken as SPXW, settled at the close "
                f"({mixed} of them are monthly dates, where AM-settled SPX is listed too)"
            )
        elif lost and self.underlying == "VIX":
            lines.append(f"VIX root lost on {len(lost)} expiries: settled on the opening print")
        if self.origin is not Origin.OBSERVED:
            lines.append(f"chain: {self.origin}, {self.source}")
        return lines

    def _groups(self) -> tuple[Days, Words, NDArray[np.intp]]:
        """Distinct (expiry, root) and the position of each row's pair among them."""
        days, day_at = np.unique(self.expiry, return_inverse=True)
        roots, root_at = np.unique(self.root, return_inverse=True)
        codes, group = np.unique(day_at * max(roots.size, 1) + root_at, return_inverse=True)
        return days[codes // max(roots.size, 1)], roots[codes % max(roots.size, 1)], group


COLUMNS: Final = tuple(field.name for field in fields(Chain))[6:-1]


def _date(day: np.datetime64) -> dt.date:
    found: dt.date = day.astype("datetime64[D]").item()
    return found


def _is_monthly(day: dt.date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY and day == spx_monthly_expiry(day.year, day.month)


def settlement(underlying: str, root: str, expiry: dt.date) -> dt.datetime:
    """Instant (UTC) of the print an option settles on: the opening for SPX, VIX and VIXW, else the close.

    An empty root is SPXW for SPX and VIX for VIX. An expiry that is no session (the Saturday expiries before 2015, a
    date beyond the session table) settles at 09:30 or 16:00 New York of its date.
    """
    opening = root in OPENING_ROOTS or (not root and underlying == "VIX")
    if FIRST_DAY <= expiry <= LAST_DAY and is_session(expiry):
        return open_instant(expiry) if opening else close_instant(expiry)
    return dt.datetime.combine(expiry, OPEN if opening else CLOSE, NEW_YORK).astimezone(dt.UTC)


def volume_at(chain: Chain, strike: float) -> float | None:
    """Contracts traded at a strike over the rows of ``chain``; None where unknown, or where nothing was traded."""
    rows = chain.strike == strike
    traded = float(chain.volume[rows].sum()) if rows.any() else 0.0
    return traded if traded > 0.0 else None
