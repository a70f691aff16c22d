"""What a rebuilt index reads: closes, VIX family, bills and dividends by session, at the close and at the roll."""

import datetime as dt
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, LAST_DAY, sessions, spx_monthly_expiry
from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels.index_smile import TYPICAL_SKEW, fill_levels
from seawall.kernels.written import Quoted, Sessions
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.market.index_smile import NAMES
from seawall.sim.daily_inputs import (
    MOST_CARRIED,
    Days,
    bill_rates,
    closes_on,
    dividend_yields,
    opening_estimate,
    seen_on,
    vix_openings,
)

Mask = NDArray[np.bool_]

DAY_HOURS: Final = 24.0
SESSION_HOURS: Final = 6.5
ENTRY_HOURS: Final = 1.5
"""11:00 New York, after the opening."""


class Settle(StrEnum):
    """The print that options settle on: the estimated opening (or ``SET`` where the history has it), or the close."""

    ESTIMATE = "estimate"
    CLOSE = "close"


class Surface(StrEnum):
    """What options are priced on: the VIX family and SKEW; VIX at every tenor with the same smile; VIX everywhere."""

    FAMILY = "family"
    VIX = "vix"
    FLAT = "flat"


class Inputs(NamedTuple):
    """Sessions, what the kernel reads on each, and one line a fact about where it comes from."""

    dates: Days
    days: Sessions
    notes: tuple[str, ...]


def overlay_inputs(
    history: History, start: dt.date | None, end: dt.date | None, settle: Settle, surface: Surface = Surface.FAMILY
) -> Inputs:
    """Arrays by session from the last roll on or before ``start``.

    Estimates of row t use closes up to t: they stand for prices of that day that were not recorded, and decide nothing.
    Raises ``MissingDataError`` for a session without SPX, ``DomainError`` for a range the wrong way round.
    """
    dates = _range(history, start, end)
    spot = closes_on(history, "SPX", dates, 0)
    vix = closes_on(history, "VIX", dates, MOST_CARRIED)
    seen = np.column_stack([vix if name == "VIX" else seen_on(history, name, dates) for name in NAMES])
    family = surface is Surface.FAMILY
    levels = fill_levels(seen, vix_anchor(vix)) if family else np.repeat(vix[:, None], len(NAMES), axis=1)
    skew = seen_on(history, "SKEW", dates)
    rate, _, bills = bill_rates(history, dates)
    dividend, _, paid = dividend_yields(history, dates, spot)
    expiries = _expiries(dates)
    rolls = np.isin(dates, expiries)
    if settle is Settle.CLOSE:
        opened, entry, lifted, how = spot, spot, np.ones(dates.size), "settlement and entry: the close of the roll day"
        hours = SESSION_HOURS
    else:
        opened, _, how = opening_estimate(history, dates, spot, vix)
        share = ENTRY_HOURS / SESSION_HOURS
        entry, hours = opened ** (1.0 - share) * spot**share, ENTRY_HOURS
        at_open = vix_openings(history, dates)
        lifted = np.where(np.isnan(at_open), 1.0, at_open / vix) ** (1.0 - share)
    days_left = (expiries[np.searchsorted(expiries, dates, side="right")] - dates).astype(float)
    full = np.where(np.isnan(skew), TYPICAL_SKEW, skew)
    when = Sessions(
        Quoted(spot, levels, full, rate, dividend),
        Quoted(entry, np.ascontiguousarray(levels * lifted[:, None]), full, rate, dividend),
        np.concatenate([[0.0], np.diff(dates).astype(float)]) / 365.0,
        (days_left - SESSION_HOURS / DAY_HOURS) / 365.0,
        (days_left - hours / DAY_HOURS) / 365.0,
        np.where(rolls, opened, np.nan),
    )
    first = _first(dates, rolls, start)
    cut = _from(when, first)
    counts = {**dict(zip(NAMES, seen[first:].T, strict=True)), "SKEW": skew[first:]}
    observed = ", ".join(f"{name} {int(np.isfinite(column).sum())}" for name, column in counts.items())
    notes = (
        "every option price is modelled from the VIX family (kernels.index_smile); no option quote is used",
        f"closes observed on {dates.size - first} sessions: {observed}; a missing index follows "
        f"the mean reversion of VIX, a missing SKEW is {TYPICAL_SKEW:g}",
        how,
        bills,
        paid,
    )
    return Inputs(dates[first:], cut, notes)


def _from(when: Sessions, first: int) -> Sessions:
    close, entry = (Quoted(*(np.ascontiguousarray(c[first:]) for c in part)) for part in when[:2])
    return Sessions(close, entry, *(np.ascontiguousarray(column[first:]) for column in when[2:]))


def _range(history: History, start: dt.date | None, end: dt.date | None) -> Days:
    """Every session from the first one of SPX and VIX to ``end``."""
    if start is not None and end is not None and end <= start:
        raise DomainError(f"the range runs from {start} to {end}: give a later end")
    ends = [history.get(name).dates[[0, -1]] for name in ("SPX", "VIX")]
    first, last = max(low for low, _ in ends).item(), min(high for _, high in ends).item()
    one = dt.timedelta(days=1)
    early = start is not None and start < first and (start < FIRST_DAY or sessions(start, first - one).size > 0)
    late = end is not None and end > last and (end > LAST_DAY or sessions(last + one, end).size > 0)
    if early or late or (start is not None and start > last):
        day = start if early or not late else end
        raise MissingDataError(f"SPX and VIX cover {first} to {last}, not {day}: import them, or change the range")
    return sessions(max(first, FIRST_DAY), min(end or last, last, LAST_DAY - dt.timedelta(days=60)))


def _first(dates: Days, rolls: Mask, start: dt.date | None) -> int:
    if start is None:
        return 0
    before = np.flatnonzero(rolls & (dates <= np.datetime64(start, "D")))
    return int(before[-1]) if before.size else 0


def _expiries(dates: Days) -> Days:
    first, last = dates[0].item(), dates[-1].item()
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month + 1)
    return np.array([spx_monthly_expiry(m // 12, m % 12 + 1) for m in months], dtype="datetime64[D]")
