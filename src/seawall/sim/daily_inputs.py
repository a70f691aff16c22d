"""What daily series say on each session: closes, bills, dividends, and the estimated opening print of SPX."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.market.history import History

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Codes = NDArray[np.int8]

BILLS: Final = ("UST_1M", "UST_3M", "DGS3MO", "GS3M", "DFF", "POLICY_RATE")
"""One-month bills, and what stands in for them, in this order, day by day."""
STALE_BILL: Final = {"GS3M": 62}
FRESH_DAYS: Final = 10
DIVIDENDS: Final = "SHILLER_DIVIDEND"
DIVIDEND_YIELD: Final = 0.02
WINDOW: Final = 252
FEWEST: Final = 126
OPEN_SHARE: Final = 0.35
"""Share of a day's log return that is made by the opening print, where no opening of VIX says better."""
MOST_CARRIED: Final = 3


class How(IntEnum):
    """How a value of one session came to be; ``NONE``: there is none to know, as a settlement on a plain day."""

    OBSERVED = 0
    ESTIMATED = 1
    MODELLED = 2
    ASSUMED = 3
    UNKNOWN = 4
    NONE = 5


class Found(NamedTuple):
    """A series by session: values (n,), the ``How`` of each (n,) int8, and one line on where they come from."""

    values: Floats
    how: Codes
    note: str


def closes_on(history: History, name: str, dates: Days, carried: int) -> Floats:
    """Closes on every session; at most ``carried`` in a row may be that of the session before."""
    values = history.values_on(name, dates)
    gap = np.isnan(values)
    if (values <= 0.0).any():
        wrong = int(np.argmax(values <= 0.0))
        raise DomainError(f"{name} is {values[wrong]:g} on {dates[wrong]}: a level must be > 0, repair the row")
    row = np.where(gap, 0, np.arange(dates.size))
    source = np.maximum.accumulate(row)
    late = np.arange(dates.size) - source > carried
    if gap[0] or late.any():
        day = dates[0] if gap[0] else dates[np.argmax(late)]
        raise MissingDataError(f"{name} has no close on {day}: complete the series, or change the range (--from, --to)")
    return values[source]


def seen_on(history: History, name: str, dates: Days) -> Floats:
    """Positive values of exactly the sessions; NaN elsewhere, or for a name the history lacks."""
    if not history.has(name):
        return np.full(dates.size, np.nan)
    values = history.values_on(name, dates)
    return np.where(values > 0.0, values, np.nan)


def latest_on(history: History, name: str, dates: Days, age: int) -> Floats:
    """Last value dated on or before each session and at most ``age`` days old, known by then; NaN elsewhere."""
    if not history.has(name):
        return np.full(dates.size, np.nan)
    series = history.get(name)
    dated = np.maximum(series.dates, series.known_at.astype("datetime64[D]"))
    row = np.searchsorted(np.maximum.accumulate(dated), dates, side="right") - 1
    fresh = (row >= 0) & ((dates - dated[np.maximum(row, 0)]).astype(int) <= age)
    scale = 0.01 if series.unit == "percent" else 1.0
    return np.where(fresh, series.values[np.maximum(row, 0)] * scale, np.nan)


def bill_rates(history: History, dates: Days) -> Found:
    """Bills, continuous per year: observed from the first of ``BILLS``, estimated from what stands in, else 0.

    Raises ``MissingDataError`` where there is none at all.
    """
    rate = np.full(dates.size, np.nan)
    how = np.full(dates.size, How.ASSUMED, np.int8)
    used = []
    for name in BILLS:
        values = latest_on(history, name, dates, STALE_BILL.get(name, FRESH_DAYS))
        take = np.isnan(rate) & np.isfinite(values)
        if take.any():
            used.append(f"{name} {int(take.sum())}")
            rate = np.where(take, values, rate)
            how[take] = How.OBSERVED if name == BILLS[0] else How.ESTIMATED
    gap = np.isnan(rate)
    if gap.all():
        raise MissingDataError(f"no bill rate among {', '.join(BILLS)}: import one, for example a Treasury table")
    note = f"bills, sessions by source: {', '.join(used)}"
    if gap.any():
        note += f"; none on {int(gap.sum())}, taken as 0"
    return Found(np.where(gap, 0.0, np.log1p(np.where(gap, 0.0, rate))), how, note)


def dividend_yields(history: History, dates: Days, spot: Floats) -> Found:
    """Dividends of the last year over SPX, per year; 2 % where they are not known."""
    paid = latest_on(history, DIVIDENDS, dates, 400)
    known = np.isfinite(paid)
    how = np.where(known, How.OBSERVED, How.ASSUMED).astype(np.int8)
    if not known.any():
        return Found(np.full(dates.size, DIVIDEND_YIELD), how, f"dividends: {DIVIDEND_YIELD:.0%} a year, assumed")
    note = (
        f"dividends: {DIVIDENDS} of a year over SPX, spread evenly, on {int(known.sum())} sessions; "
        f"elsewhere {DIVIDEND_YIELD:.0%}"
    )
    return Found(np.where(known, paid / spot, DIVIDEND_YIELD), how, note)


def vix_openings(history: History, dates: Days) -> Floats:
    """Opening VIX where it is a print of its own: rows with one price for the whole day have none."""
    opened = seen_on(history, "VIX_OPEN", dates)
    high, low = seen_on(history, "VIX_HIGH", dates), seen_on(history, "VIX_LOW", dates)
    flat = (high == low) | (opened > 1.5 * high) | (opened < low / 1.5)
    return np.where(flat, np.nan, opened)


def opening_estimate(history: History, dates: Days, spot: Floats, vix: Floats) -> Found:
    """SPX at the opening print of each session, and how it came about.

    ``SET`` where the history has it. Else ln(open / close before) = b v + f (r - b w): v the log change of VIX to its
    open, w and r those of VIX and SPX to the close, b the slope of r on w and f the overnight share of VIX's variance,
    both over the 252 sessions before. It is the mean of the overnight part of two Brownian motions given v, w and r.
    Without a usable VIX opening (none, or f above 1: opens noisier than whole days) it is 0.35 r.
    """
    previous = np.concatenate([[spot[0]], spot[:-1]])
    r, w = np.log(spot / previous), np.zeros(dates.size)
    w[1:] = np.diff(np.log(vix))
    v = np.zeros(dates.size)
    v[1:] = np.log(vix_openings(history, dates)[1:] / vix[:-1])
    usable = np.isfinite(v)
    slope = _ratio(_trailing(r * w), _trailing(w * w))
    share = _ratio(_trailing(np.where(usable, v * v, 0.0)), _trailing(np.where(usable, w * w, 0.0)))
    good = usable & (_trailing(usable.astype(float)) >= FEWEST) & (share <= 1.0)
    with_vix = slope * np.where(good, v, 0.0) + share * (r - slope * w)
    opened = previous * np.exp(np.where(good, with_vix, OPEN_SHARE * r))
    official = seen_on(history, "SET", dates)
    printed = np.isfinite(official)
    note = (
        f"opening print: SET on {int(printed.sum())} sessions, estimated from VIX's opening on "
        f"{int((good & ~printed).sum())}, {OPEN_SHARE:g} of the day's return on {int((~good & ~printed).sum())}"
    )
    how = np.where(printed, How.OBSERVED, np.where(good, How.ESTIMATED, How.MODELLED)).astype(np.int8)
    return Found(np.where(printed, official, opened), how, note)


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient, 0 where there is nothing below."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)


def _trailing(column: Floats) -> Floats:
    """Sum of the 252 rows before each row, fewer at the start."""
    total = np.concatenate([[0.0], np.cumsum(column)])
    row = np.arange(column.size)
    return np.asarray(total[row] - total[np.maximum(row - WINDOW, 0)])
