"""The calendar of a run: sessions on a time axis, SPX and VIX expiries, and the expiry each layer would buy.

Assumptions a reader can dispute: SPX options are the PM-settled SPXW of the third Friday, which settle on that
session's close, because no opening settlement print is in daily data. VIX options are the monthly ones,
listed nine months out.
"""

import datetime as dt
import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import close_instant, open_instant, sessions, spx_monthly_expiry, vix_expiries, years_between
from seawall.core.errors import MissingExpiryError, SettlementError
from seawall.hedge.layers import FARTHEST_DAYS, MONTHS_LISTED
from seawall.hedge.policy import Layer
from seawall.kernels.account import Listing

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


class Calendar(NamedTuple):
    """Dates (datetime64[D]), closes (UTC, datetime64[s]), and instants as years after the first close."""

    dates: Days
    close: Days
    time: Floats
    index_expiries: Days
    index_time: Floats
    vol_expiries: Days
    vol_time: Floats


@functools.lru_cache(maxsize=64)
def calendar(start: dt.date, end: dt.date) -> Calendar:
    """Sessions from ``start`` to ``end`` and every expiry a position of theirs can have.

    Raises ``DomainError`` outside the session table and ``MissingExpiryError`` if there is no session in between.
    """
    dates = sessions(start, end)
    if not dates.size:
        raise MissingExpiryError(f"there is no session from {start} to {end}: widen the dates")
    closes = [close_instant(day) for day in dates.tolist()]
    first = closes[0]
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month + 2)
    index = [spx_monthly_expiry(month // 12, month % 12 + 1) for month in months]
    vol = vix_expiries(start, len(months) + MONTHS_LISTED)
    return Calendar(
        dates,
        np.array([close.replace(tzinfo=None) for close in closes], dtype="datetime64[s]"),
        np.array([years_between(first, close) for close in closes]),
        np.array(index, dtype="datetime64[D]"),
        np.array([years_between(first, close_instant(day)) for day in index]),
        np.array(vol, dtype="datetime64[D]"),
        np.array([years_between(first, open_instant(day)) for day in vol]),
    )


def day_number(dates: Days) -> Longs:
    """Calendar days since 1970-01-01."""
    return dates.astype("datetime64[D]").astype(np.int64)


def target_expiry(days: Longs, expiries: Longs, layer: Layer) -> Longs:
    """Return the number of the listed expiry nearest to the layer's target on each day, the earlier of two.

    Only expiries beyond the layer's roll qualify. Raises ``MissingExpiryError`` if none is within 30 days.
    """
    left = expiries[None, :] - days[:, None]
    order = np.arange(expiries.size) - np.searchsorted(expiries, days, side="right")[:, None]
    listed = (left > layer.roll_days) & (left > 0) & (order < MONTHS_LISTED)
    distance = np.where(listed, np.abs(left - layer.target_days), np.iinfo(np.int64).max)
    nearest: Longs = np.argmin(distance, axis=1)
    far = distance[np.arange(days.size), nearest] > FARTHEST_DAYS
    if far.any():
        day = np.datetime64(int(days[np.argmax(far)]), "D")
        raise MissingExpiryError(
            f"layer {layer.name}: no VIX expiry within {FARTHEST_DAYS} days of {layer.target_days} days on {day}: "
            f"{MONTHS_LISTED} monthly expiries are listed, change target_days"
        )
    return nearest


def check_settlement(when: Calendar, layers: tuple[Layer, ...], settle: Floats) -> None:
    """Raise ``SettlementError`` if a layer can be held into a VIX settlement whose opening print is unknown.

    A layer that rolls at least the longest gap between two sessions ahead is never held so long.
    """
    gap = int(np.max(np.diff(day_number(when.dates)), initial=1))
    late = [layer.name for layer in layers if layer.roll_days < gap]
    unknown = np.isnan(settle) & (when.vol_expiries <= when.dates[-1])
    if late and unknown.any():
        day = when.vol_expiries[np.argmax(unknown)]
        raise SettlementError(
            f"layer {late[0]} can be held into the VIX settlement of {day}, whose opening print (series VRO) "
            f"is missing: set roll_days >= {gap}, or add the series"
        )


def listing(when: Calendar, layers: tuple[Layer, ...], settle: Floats) -> Listing:
    """Calendar of the kernel. ``settle``: opening print of each VIX expiry in points, NaN where unknown.

    Raises ``MissingExpiryError`` and ``SettlementError`` before the run rather than in it.
    """
    check_settlement(when, layers, settle)
    days, index_days = day_number(when.dates), day_number(when.index_expiries)
    vol_days = day_number(when.vol_expiries)
    place = np.searchsorted(index_days, days)
    following = np.where(index_days[place] == days, place + 1, -1)
    target = np.empty((days.size, len(layers)), dtype=np.int64)
    for column, layer in enumerate(layers):
        target[:, column] = target_expiry(days, vol_days, layer)
    return Listing(when.index_time, index_days, following, when.vol_time, vol_days, settle, target)
