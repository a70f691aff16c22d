# ruff: noqa: S608  (names put into statements are constants of this module; values are parameters)
"""What the store holds as the objects of ``market``: a ``History`` of series, and ``Chain``s.

A series that several sources tell takes, day by day, the publisher of the catalogue before the others. Values in
quarantine are left out. Bars give NAME (the close), NAME_OPEN, NAME_HIGH, NAME_LOW. Intraday bars in dollars give
COIN_US_CLOSE, the last price known when the New York session closed, and COIN_US_LOW and COIN_US_HIGH, the extremes
since the close of the session before where no hour is missing. Funding gives COIN_FUNDING, the mean of a UTC
day as a simple rate per 8 hours.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from seawall.core.clock import FIRST_DAY, LAST_DAY, close_instant, sessions
from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError
from seawall.data.catalog import Entry, entry
from seawall.data.quality import on_calendar
from seawall.market.history import History, Series

if TYPE_CHECKING:
    from seawall.data.store import Store
    from seawall.market.chain import Chain

NEW_YORK: Final = ZoneInfo("America/New_York")
PRICE_FIELDS: Final = {"close": "", "open": "_OPEN", "high": "_HIGH", "low": "_LOW"}
CPI: Final = ("CPIAUCSL", "CPILFESL", "US_CPI", "US_CPI_CHANGE")
CALENDAR: Final = "CPI_MOM"
SPARSE: Final = 8.0
_GOOD: Final = (
    "NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.scope = 'series' AND q.\"table\" = '{table}' "
    "AND q.subject = t.{subject} AND q.source = t.source AND q.moment = t.{time} "
    "AND (q.field = 'row' OR contains(q.field, '{field}')))"
)


def history(store: "Store", names: Sequence[str] | None = None, now: dt.datetime | None = None) -> History:
    """Stored daily and monthly series; ``names`` None: all. See ``Store.history``."""
    frames = [_observed(store), _barred(store), _released(store, now), _funded(store)]
    rows = pl.concat(frame for frame in frames if frame.height) if any(f.height for f in frames) else frames[0]
    if names is not None:
        rows = rows.filter(pl.col("series").is_in(list(names)))
    found = [_series(str(part["series"][0]), part) for part in rows.partition_by("series")] if rows.height else []
    history_ = History.of(*found)
    for series in _at_us_close(store):
        if names is None or series.name in names:
            history_ = history_.with_series(series)
    return history_ if now is None else history_.upto(now)


def _observed(store: "Store") -> pl.DataFrame:
    good = _GOOD.format(table="observation", subject="series", time="moment", field="value")
    return store.query(f"SELECT series, source, moment, value, known_at FROM observation t WHERE {good}")


def _barred(store: "Store") -> pl.DataFrame:
    daily = [name for (name,) in store.query("SELECT DISTINCT series FROM bar").iter_rows()]
    daily = [name for name in daily if entry(name).frequency == "daily"]
    parts = []
    for field, suffix in PRICE_FIELDS.items():
        good = _GOOD.format(table="bar", subject="series", time="moment", field=field)
        parts.append(
            store.query(
                f"SELECT series || '{suffix}' AS series, source, moment, {field} AS value, known_at FROM bar t "
                f"WHERE {field} IS NOT NULL AND list_contains(?, series) AND {good}",
                [daily],
            )
        )
    return pl.concat(parts)


def _released(store: "Store", now: dt.datetime | None) -> pl.DataFrame:
    """One vintage a reference: the last known at ``now``, or the first print."""
    rows = store.query("SELECT series, source, reference AS moment, value, known_at FROM release")
    calendar = rows.filter(pl.col("series") == CALENDAR).select("moment", pl.col("known_at").alias("stated"))
    calendar = calendar.unique("moment", keep="first", maintain_order=True)
    rows = rows.join(calendar, on="moment", how="left").with_columns(
        known_at=pl.when(pl.col("series").is_in(CPI) & pl.col("stated").is_not_null())
        .then(pl.col("stated")).otherwise(pl.col("known_at"))
    ).drop("stated")  # fmt: skip
    if now is not None:
        rows = rows.filter(pl.col("known_at") <= now.astimezone(dt.UTC).replace(tzinfo=None))
    rows = rows.sort("known_at", descending=now is not None, maintain_order=True)
    return rows.unique(["series", "source", "moment"], keep="first", maintain_order=True)


def _funded(store: "Store") -> pl.DataFrame:
    """Mean rate of a UTC day, per 8 hours, known with its last payment."""
    return store.query(
        "SELECT instrument || '_FUNDING' AS series, source, date_trunc('day', moment)::TIMESTAMP AS moment, "
        "avg(rate * 8.0 / hours) AS value, max(known_at) AS known_at FROM funding "
        "GROUP BY ALL HAVING count(*) * max(hours) >= 24 OR source LIKE '%daily mean'"
    )


def _series(name: str, rows: pl.DataFrame) -> Series:
    """One series of rows of several sources."""
    base = name
    for suffix in ("_OPEN", "_HIGH", "_LOW"):
        base = base.removesuffix(suffix)
    one = entry(base)
    unit = "per_8h" if name.endswith("_FUNDING") else one.unit
    rank = pl.when(pl.col("source") == one.source).then(0).otherwise(1)
    day = pl.col("moment").dt.date().alias("day")
    rows = _dense(rows, one)
    best = rows.with_columns(rank.alias("rank"), day).sort("day", "rank", "source", "moment")
    best = best.unique("day", keep="first", maintain_order=True).sort("day")
    sources = best.group_by("source").len().sort("len", descending=True)["source"].to_list()
    said = sources[0] if len(sources) == 1 else f"{sources[0]} (elsewhere: {', '.join(sources[1:])})"
    dates = best["day"].to_numpy().astype("datetime64[D]")
    values = best["value"].to_numpy().astype(np.float64)
    return Series(name, dates, values, best["known_at"].to_numpy().astype("datetime64[s]"), unit, said)


def _dense(rows: pl.DataFrame, one: Entry) -> pl.DataFrame:
    """Rows without the month-ends of sparse sources, but where they fill a session the dense ones miss."""
    if rows["source"].n_unique() == 1:
        return rows
    spans = (
        rows.sort("source", "moment")
        .with_columns(gap=pl.col("moment").diff().over("source").dt.total_hours())
        .group_by("source")
        .agg(pl.col("gap").median().fill_null(24.0), first=pl.col("moment").min(), last=pl.col("moment").max())
    )
    dense = spans.filter(pl.col("gap") <= SPARSE * pl.col("gap").min())
    within = pl.col("moment").is_between(dense["first"].min(), dense["last"].max())
    fits = pl.Series(on_calendar(one, rows["moment"].to_numpy()))
    return rows.filter(pl.col("source").is_in(dense["source"].to_list()) | (within & fits))


def _at_us_close(store: "Store") -> list[Series]:
    """Last intraday price at each New York close, and the extremes since the one before, of coins in dollars."""
    names = [name for (name,) in store.query("SELECT DISTINCT series FROM bar").iter_rows()]
    found: dict[str, Series] = {}
    for name in sorted(name for name in names if entry(name).frequency == "intraday"):
        base = name.rpartition("_")[0]
        coin = base.removesuffix("USDT").removesuffix("USDC").removesuffix("USD")
        if not coin or coin == base or f"{coin}_US_CLOSE" in found:
            continue
        good = _GOOD.format(table="bar", subject="series", time="moment", field="close")
        rows = store.query(
            f"SELECT known_at, close FROM bar t WHERE series = ? AND close IS NOT NULL AND {good} "
            "AND hour(moment) BETWEEN 16 AND 20 ORDER BY known_at, moment",
            [name],
        )
        if rows.height:
            found[f"{coin}_US_CLOSE"] = close = _sampled(f"{coin}_US_CLOSE", rows, name)
            for field, pick in (("low", np.minimum), ("high", np.maximum)):
                found[f"{coin}_US_{field.upper()}"] = _extreme(store, f"{coin}_US_{field.upper()}", close, field, pick)
    return [series for series in found.values() if len(series)]


def _extreme(store: "Store", series: str, close: Series, field: str, pick: np.ufunc) -> Series:
    """Lowest or highest price since the close of the session before, on sessions without a missing hour."""
    name = close.source.split(" ")[0]
    good = _GOOD.format(table="bar", subject="series", time="moment", field=field)
    worst = "min" if field == "low" else "max"
    rows = store.query(
        f"SELECT date_trunc('hour', moment) AS hour, {worst}({field}) AS value FROM bar t "
        f"WHERE series = ? AND {field} IS NOT NULL AND {good} GROUP BY 1 ORDER BY 1",
        [name],
    )
    hours = rows["hour"].to_numpy().astype("datetime64[h]").astype(np.int64)
    if not len(close):
        return close
    days = sessions(close.dates[0].item(), close.dates[-1].item())
    ends = np.array([close_instant(day).replace(tzinfo=None) for day in days.tolist()], dtype="datetime64[h]")
    place = np.searchsorted(hours, ends.astype(np.int64))
    whole = np.diff(place) == np.diff(ends).astype(np.int64)
    values = pick.reduceat(np.append(rows["value"].to_numpy(), np.nan), place)[:-1][whole]
    known = ends[1:][whole].astype("datetime64[s]")
    return Series(series, days[1:][whole], values, known, "usd", f"{name} bars, since the New York close before")


def _sampled(series: str, rows: pl.DataFrame, source: str) -> Series:
    known = rows["known_at"].to_numpy().astype("datetime64[s]")
    first = max(known[0].astype("datetime64[D]").item(), FIRST_DAY)
    days = sessions(first, min(known[-1].astype("datetime64[D]").item(), LAST_DAY))
    closes = np.array([close_instant(day).replace(tzinfo=None) for day in days.tolist()], dtype="datetime64[s]")
    place = np.searchsorted(known, closes, side="right") - 1
    fresh = (place >= 0) & (closes - known[np.maximum(place, 0)] <= np.timedelta64(1, "h"))
    place = place[fresh]
    prices = rows["close"].to_numpy()[place]
    return Series(series, days[fresh], prices, known[place], "usd", f"{source} bars, last at the New York close")


def chain_days(store: "Store", underlying: str) -> list[dt.date]:
    """New York dates of the stored chains of an underlying that passed the checks, oldest first; may be empty."""
    good = _GOOD.format(table="chain", subject="underlying", time="as_of", field="row")
    moments = store.query(f"SELECT DISTINCT as_of FROM chain t WHERE underlying = ? AND {good}", [underlying])
    return sorted({at.replace(tzinfo=dt.UTC).astimezone(NEW_YORK).date() for (at,) in moments.iter_rows()})


def chains(store: "Store", underlying: str, day: dt.date | None = None) -> "list[Chain]":
    """Stored chains of an underlying that passed the checks, oldest first; of one New York date if ``day`` is given.

    Raises ``MissingDataError`` naming the dates there are.
    """
    good = _GOOD.format(table="chain", subject="underlying", time="as_of", field="row")
    moments = store.query(
        f"SELECT DISTINCT source, as_of FROM chain t WHERE underlying = ? AND {good} ORDER BY as_of, source",
        [underlying],
    )
    dated = [(source, at, at.replace(tzinfo=dt.UTC).astimezone(NEW_YORK).date()) for source, at in moments.iter_rows()]
    wanted = [(source, at) for source, at, local in dated if day is None or local == day]
    if not wanted:
        known = f"{dated[0][2]} .. {dated[-1][2]}" if dated else "none"
        when = day or "any day"
        raise MissingDataError(f"the store has no {underlying} chain of {when} (it has {known}): import one")
    return [_chain(store, underlying, source, at) for source, at in wanted]


def _chain(store: "Store", underlying: str, source: str, at: dt.datetime) -> "Chain":
    from seawall.market.chain import Chain

    rows = store.query(
        "SELECT * FROM chain WHERE underlying = ? AND source = ? AND as_of = ? "
        'ORDER BY expiry, root, strike, "right", copy',
        [underlying, source, at],
    )
    numbers = ("strike", "right", "bid", "ask", "open_interest", "volume", "iv", "delta", "gamma")
    columns: dict[str, Any] = {name: rows[name].fill_null(float("nan")).to_numpy() for name in numbers}
    return Chain(
        underlying=underlying, as_of=at.replace(tzinfo=dt.UTC), known_at=rows["known_at"][0].replace(tzinfo=dt.UTC),
        spot=float(rows["spot"][0]), source=source, origin=Origin(rows["origin"][0]),
        expiry=rows["expiry"].to_numpy().astype("datetime64[D]"),
        root=np.array(rows["root"].to_list(), dtype=np.str_), **columns,
    )  # fmt: skip
