"""What a rebuilt index reads: closes, VIX family, bills and dividends by session, and the estimated opening print."""

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

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Mask = NDArray[np.bool_]

BILLS: Final = ("UST_1M", "UST_3M", "DGS3MO", "GS3M", "DFF", "POLICY_RATE")
"""One-month bills, and what stands in for them, in this order, day by day."""
STALE_BILL: Final = {"GS3M": 62}
FRESH_DAYS: Final = 10
DIVIDENDS: Final = "SHILLER_DIVIDEND"
DIVIDEND_YIELD: Final = 0.02
DAY_HOURS: Final = 24.0
SESSION_HOURS: Final = 6.5
ENTRY_HOURS: Final = 1.5
"""11:00 New York, after the opening."""
WINDOW: Final = 252
FEWEST: Final = 126
OPEN_SHARE: Final = 0.35
"""Share of a day's log return that is made by the opening print, where no opening of VIX says better."""
MOST_CARRIED: Final = 3


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
    spot = _closes(history, "SPX", dates, 0)
    vix = _closes(history, "VIX", dates, MOST_CARRIED)
    seen = np.column_stack([vix if name == "VIX" else _seen(history, name, dates) for name in NAMES])
    family = surface is Surface.FAMILY
    levels = fill_levels(seen, vix_anchor(vix)) if family else np.repeat(vix[:, None], len(NAMES), axis=1)
    skew = _seen(history, "SKEW", dates)
    rate, bills = _bills(history, dates)
    dividend, paid = _dividend(history, dates, spot)
    expiries = _expiries(dates)
    rolls = np.isin(dates, expiries)
    if settle is Settle.CLOSE:
        opened, entry, lifted, how = spot, spot, np.ones(dates.size), "settlement and entry: the close of the roll day"
        hours = SESSION_HOURS
    else:
        opened, how = opening_estimate(history, dates, spot, vix)
        share = ENTRY_HOURS / SESSION_HOURS
        entry, hours = opened ** (1.0 - share) * spot**share, ENTRY_HOURS
        at_open = _vix_open(history, dates)
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


def _closes(history: History, name: str, dates: Days, carried: int) -> Floats:
    """Closes on every session; at most ``carried`` in a row may be that of the session before."""
    values = history.values_on(name, dates)
    gap = np.isnan(values)
    row = np.where(gap, 0, np.arange(dates.size))
    source = np.maximum.accumulate(row)
    late = np.arange(dates.size) - source > carried
    if gap[0] or late.any():
        day = dates[0] if gap[0] else dates[np.argmax(late)]
        raise MissingDataError(f"{name} has no close on {day}: complete the series, or change --from and --to")
    return values[source]


def _seen(history: History, name: str, dates: Days) -> Floats:
    if not history.has(name):
        return np.full(dates.size, np.nan)
    values = history.values_on(name, dates)
    return np.where(values > 0.0, values, np.nan)


def _latest(history: History, name: str, dates: Days, age: int) -> Floats:
    """Last value dated on or before each session and at most ``age`` days old, known by then; NaN elsewhere."""
    if not history.has(name):
        return np.full(dates.size, np.nan)
    series = history.get(name)
    dated = np.maximum(series.dates, series.known_at.astype("datetime64[D]"))
    row = np.searchsorted(np.maximum.accumulate(dated), dates, side="right") - 1
    fresh = (row >= 0) & ((dates - dated[np.maximum(row, 0)]).astype(int) <= age)
    scale = 0.01 if series.unit == "percent" else 1.0
    return np.where(fresh, series.values[np.maximum(row, 0)] * scale, np.nan)


def _bills(history: History, dates: Days) -> tuple[Floats, str]:
    rate = np.full(dates.size, np.nan)
    used = []
    for name in BILLS:
        values = _latest(history, name, dates, STALE_BILL.get(name, FRESH_DAYS))
        take = np.isnan(rate) & np.isfinite(values)
        if take.any():
            used.append(f"{name} {int(take.sum())}")
            rate = np.where(take, values, rate)
    gap = np.isnan(rate)
    if gap.all():
        raise MissingDataError(f"no bill rate among {', '.join(BILLS)}: import one, for example a Treasury table")
    note = f"bills, sessions by source: {', '.join(used)}"
    if gap.any():
        note += f"; none on {int(gap.sum())}, taken as 0"
    return np.where(gap, 0.0, np.log1p(np.where(gap, 0.0, rate))), note


def _dividend(history: History, dates: Days, spot: Floats) -> tuple[Floats, str]:
    paid = _latest(history, DIVIDENDS, dates, 400)
    known = np.isfinite(paid)
    if not known.any():
        return np.full(dates.size, DIVIDEND_YIELD), f"dividends: {DIVIDEND_YIELD:.0%} a year, assumed"
    return np.where(known, paid / spot, DIVIDEND_YIELD), (
        f"dividends: {DIVIDENDS} of a year over SPX, spread evenly, on {int(known.sum())} sessions; "
        f"elsewhere {DIVIDEND_YIELD:.0%}"
    )


def _vix_open(history: History, dates: Days) -> Floats:
    """Opening VIX where it is a print of its own: rows with one price for the whole day have none."""
    opened = _seen(history, "VIX_OPEN", dates)
    high, low = _seen(history, "VIX_HIGH", dates), _seen(history, "VIX_LOW", dates)
    flat = (high == low) | (opened > 1.5 * high) | (opened < low / 1.5)
    return np.where(flat, np.nan, opened)


def opening_estimate(history: History, dates: Days, spot: Floats, vix: Floats) -> tuple[Floats, str]:
    """SPX at the opening print of each session, shape (n,), and how it came about.

    ``SET`` where the history has it. Else ln(open / close before) = b v + f (r - b w): v the log change of VIX to its
    open, w and r those of VIX and SPX to the close, b the slope of r on w and f the overnight share of VIX's variance,
    both over the 252 sessions before. It is the mean of the overnight part of two Brownian motions given v, w and r.
    Without a usable VIX opening (none, or f above 1: opens noisier than whole days) it is 0.35 r.
    """
    previous = np.concatenate([[spot[0]], spot[:-1]])
    r, w = np.log(spot / previous), np.zeros(dates.size)
    w[1:] = np.diff(np.log(vix))
    v = np.zeros(dates.size)
    v[1:] = np.log(_vix_open(history, dates)[1:] / vix[:-1])
    usable = np.isfinite(v)
    slope = _ratio(_trailing(r * w), _trailing(w * w))
    share = _ratio(_trailing(np.where(usable, v * v, 0.0)), _trailing(np.where(usable, w * w, 0.0)))
    good = usable & (_trailing(usable.astype(float)) >= FEWEST) & (share <= 1.0)
    with_vix = slope * np.where(good, v, 0.0) + share * (r - slope * w)
    opened = previous * np.exp(np.where(good, with_vix, OPEN_SHARE * r))
    official = _seen(history, "SET", dates)
    printed = np.isfinite(official)
    note = (
        f"opening print: SET on {int(printed.sum())} sessions, estimated from VIX's opening on "
        f"{int((good & ~printed).sum())}, {OPEN_SHARE:g} of the day's return on {int((~good & ~printed).sum())}"
    )
    return np.where(printed, official, opened), note


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient, 0 where there is nothing below."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)


def _trailing(column: Floats) -> Floats:
    """Sum of the 252 rows before each row, fewer at the start."""
    total = np.concatenate([[0.0], np.cumsum(column)])
    row = np.arange(column.size)
    return np.asarray(total[row] - total[np.maximum(row - WINDOW, 0)])
