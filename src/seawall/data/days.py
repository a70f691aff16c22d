"""The market of a past session, from daily series: observed where there is a series, modelled by rule elsewhere."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from seawall.core.clock import close_instant, settlement_instant, vix_expiries, vix_expiry, years_between
from seawall.core.datum import Datum, Origin
from seawall.core.errors import MissingDataError
from seawall.kernels.modelled import vvix_level
from seawall.market.curve import VixCurve, modelled_curve, vix_anchor
from seawall.market.history import History, Series, instant64
from seawall.market.index_smile import FED, index_smile
from seawall.market.smile import FlatSmile, Smile, VixSmile
from seawall.market.state import Asset, State, VixMarket

REALISED_SESSIONS: Final = 21
REALISED_DAYS: Final = 30
DIVIDEND_YIELD: Final = 0.02
SETTLE: Final = dt.timedelta(minutes=20)
"""A state of a session stands this long after its close: closes are known fifteen minutes after it."""

COINS: Final = ("ETH", "BTC")
FRESH: Final = dt.timedelta(days=4)
"""Oldest value taken as that of the session: one session across a long weekend."""

FUNDINGS_PER_YEAR: Final = 3.0 * 365.0
MONTHS: Final = 8
LEAST_FUTURES: Final = 2
_CONTRACT: Final = re.compile(r"VX_(\d{4})_(\d{2})")


def known_history(names: Sequence[str] | None = None) -> History:
    """History of the store, the embedded one where it has nothing: whole series, and SPX and VIX day by day.

    ``names``: only these series of the store, which is quicker than all of its contracts; None: all.
    """
    from seawall.data.embedded import embedded_history
    from seawall.data.store_file import store_path

    embedded = embedded_history()
    if not store_path().is_file():
        return embedded
    from seawall.data.store import Store

    with Store.open(read_only=True) as store:
        history = store.history(names)
    for series in embedded:
        history = history.with_series(
            _extended(history.get(series.name), series) if history.has(series.name) else series
        )
    return history


def _extended(stored: Series, embedded: Series) -> Series:
    """The stored series, with the days of the embedded one that it lacks."""
    fresh = embedded.where(~np.isin(embedded.dates, stored.dates))
    if not len(fresh):
        return stored
    order = np.argsort(np.concatenate([stored.dates, fresh.dates]))
    dates, values, known = (
        np.concatenate([getattr(stored, field), getattr(fresh, field)])[order]
        for field in ("dates", "values", "known_at")
    )
    source = f"{stored.source} (elsewhere: {fresh.source})"
    return Series(stored.name, dates, values, known, stored.unit, source, stored.origin)


def _fresh(history: History, name: str, now: dt.datetime, age: dt.timedelta = FRESH) -> Datum[float] | None:
    """Latest value known at ``now``, or None when there is none or it is older than ``age``."""
    if not history.has(name):
        return None
    try:
        found = history.last(name, now)
    except MissingDataError:
        return None
    return found if now - found.as_of <= age + dt.timedelta(days=1) else None


def _realised(history: History, name: str, now: dt.datetime, count: int, per_year: float) -> Datum[float] | None:
    """Volatility from the last ``count`` changes known at ``now``; None while there are fewer."""
    series = history.get(name)
    known = np.flatnonzero(series.known_at <= instant64(now))[-count - 1 :]
    if known.size <= count:
        return None
    returns = np.diff(np.log(series.values[known]))
    last = history.last(name, now)
    what = "sessions" if per_year == 252.0 else "days"
    source = f"close to close, {count} {what}, annualised with {per_year:g}, from {series.source}"
    return Datum(float(np.sqrt(per_year * np.mean(returns**2))), last.as_of, last.known_at, source, series.origin)


def _on(history: History, name: str, day: dt.date, now: dt.datetime) -> float | None:
    """Value of exactly ``day`` if it was known at ``now``."""
    when = np.array([np.datetime64(day, "D")])
    series = history.get(name)
    value, known = series.on(when)[0], series.known_on(when)[0]
    return float(value) if np.isfinite(value) and known <= instant64(now) else None


def market_time(day: dt.date) -> dt.datetime:
    """Instant at which the market of a session stands: its closes are known by then."""
    return close_instant(day) + SETTLE


def futures_of(history: History, day: dt.date, now: dt.datetime) -> tuple[dict[dt.date, float], str]:
    """VIX futures of ``day`` by expiry, and their source: the contracts, or VX1..VX8 where those reach further."""
    contracts: dict[dt.date, float] = {}
    for name in history.names:
        if found := _CONTRACT.fullmatch(name):
            level = _on(history, name, day, now)
            if level is not None:
                contracts[vix_expiry(int(found[1]), int(found[2]))] = level
    months = [f"VX{month}" for month in range(1, MONTHS + 1)]
    ranked: dict[dt.date, float] = {}
    # Such tables have rolled on the day a contract settles: 86 of 86 settlement days 2007-2014 against the contracts.
    for name, expiry in zip(months, vix_expiries(day, MONTHS), strict=True):
        level = _on(history, name, day, now) if history.has(name) else None
        if level is not None:
            ranked[expiry] = level
    after = [{e: v for e, v in found.items() if e > day} for found in (contracts, ranked)]
    if len(after[0]) >= len(after[1]):
        return after[0], "CFE settlements"
    return after[1], f"VX settlements by month, {history.get('VX1').source}"


def _curve(history: History, day: dt.date, now: dt.datetime, vix: float, anchor: float) -> VixCurve:
    levels, source = futures_of(history, day, now)
    if len(levels) < LEAST_FUTURES:
        return modelled_curve(vix, anchor, _family(history, day, now))
    expiries = sorted(levels)
    years = tuple(years_between(now, settlement_instant("VX", expiry)) for expiry in expiries)
    return VixCurve(vix, anchor, years, tuple(levels[expiry] for expiry in expiries), source, Origin.OBSERVED)


def _rate(history: History, now: dt.datetime, seen: tuple[dt.datetime, dt.datetime]) -> Datum[float]:
    funds = _fresh(history, "DFF", now)
    if funds is not None:
        source = f"effective federal funds rate, {funds.source}"
        return Datum(funds.value / 100.0, funds.as_of, funds.known_at, source, funds.origin)
    target = _fresh(history, "POLICY_RATE", now)
    return target or Datum(0.0, *seen, "assumed: no rate series", Origin.SYNTHETIC)


def _coin(history: History, coin: str, now: dt.datetime) -> Asset | None:
    """A coin at the session's close: last price known then, DVOL or realised volatility, funding as paid."""
    spot = _fresh(history, f"{coin}_US_CLOSE", now, dt.timedelta(0)) or _fresh(history, coin, now)
    realised = _realised(history, coin, now, REALISED_DAYS, 365.0) if history.has(coin) else None
    index = _fresh(history, f"{coin}_DVOL", now)
    if spot is None or (realised is None and index is None):
        return None
    if index is not None:
        smile = FlatSmile(index.value / 100.0, f"flat at the {coin} DVOL of {index.as_of:%Y-%m-%d}")
    else:
        assert realised is not None  # noqa: S101  (one of the two is there)
        smile = FlatSmile(realised.value, f"flat at the realised volatility of {REALISED_DAYS} days: no option data")
    paid = _fresh(history, f"{coin}_FUNDING", now)
    funding = None
    if paid is not None:
        source = f"mean of a day per 8 h, times {FUNDINGS_PER_YEAR:g}, {paid.source}"
        funding = Datum(paid.value * FUNDINGS_PER_YEAR, paid.as_of, paid.known_at, source, paid.origin)
    return Asset(spot=spot, smile=smile, realised_vol=realised, funding=funding)


def _family(history: History, day: dt.date, now: dt.datetime) -> dict[str, float]:
    """Closes of ``day`` among VIX9D, VIX3M, VIX6M and SKEW."""
    closes = {name: _on(history, name, day, now) for name in FED if history.has(name)}
    return {name: level for name, level in closes.items() if level is not None}


def _index_smile(history: History, day: dt.date, now: dt.datetime, vix: float, anchor: float) -> Smile:
    """From the VIX family and SKEW where any of it but VIX has a close of ``day``, else the plain rule of VIX alone."""
    seen = _family(history, day, now)
    return index_smile(vix, anchor, seen) if seen else VixSmile(vix, anchor)


def market_of(history: History, day: dt.date) -> State:
    """State after the close of ``day``: SPX and VIX closes, and whatever else the history knew by then.

    Observed where there is a series: VIX futures (contracts, or VX1..VX8), VVIX, the rate (DFF, or the policy rate),
    ETH and BTC with their funding. Modelled and labelled elsewhere: the smile, futures, VVIX. Raises
    ``MissingDataError`` for a day without SPX or VIX.
    """
    now = market_time(day)
    for name in ("SPX", "VIX"):
        if _on(history, name, day, now) is None:
            first, last = history.get(name).dates[[0, -1]]
            raise MissingDataError(f"{name} has no close on {day}: choose a session between {first} and {last}")
    vix = history.last("VIX", now)
    anchor = float(vix_anchor(history.get("VIX").upto(now).values)[-1])
    seen = (vix.as_of, vix.known_at)
    rule = "linear in VIX, 80 + 0.75 VIX, mean error 12 points"
    modelled = Datum(float(vvix_level(vix.value)), *seen, rule, Origin.MODELLED)
    market = VixMarket(
        vix,
        _curve(history, day, now, vix.value, anchor),
        _fresh(history, "VVIX", now) or modelled,
        _realised(history, "VIX", now, REALISED_SESSIONS, 252.0),
    )
    spx = Asset(
        spot=history.last("SPX", now),
        smile=_index_smile(history, day, now, vix.value, anchor),
        income_yield=DIVIDEND_YIELD,
        realised_vol=_realised(history, "SPX", now, REALISED_SESSIONS, 252.0),
    )
    coins = {coin: asset for coin in COINS if (asset := _coin(history, coin, now)) is not None}
    return State(now, {"SPX": spx, **coins}, _rate(history, now, seen), market)
