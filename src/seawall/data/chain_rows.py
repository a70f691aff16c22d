"""From a frame of option rows to chains: strict numbers, every row that is left out counted with its reason."""

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seawall.core.clock import (
    CLOSE,
    FIRST_DAY,
    LAST_DAY,
    NEW_YORK,
    PUBLISHED_AFTER_CLOSE,
    close_instant,
    is_session,
    open_instant,
    previous_session,
    spx_monthly_expiry,
)
from seawall.core.datum import Origin
from seawall.core.errors import InputError
from seawall.market.chain import Chain

NUMBERS: Final = ("strike", "bid", "ask", "spot", "open_interest", "volume", "iv", "delta", "gamma", "dte")
NEEDED: Final = ("strike", "bid", "ask")
_SIDES: Final = {"c": 1.0, "call": 1.0, "calls": 1.0, "1": 1.0, "1.0": 1.0, "+1": 1.0} | {
    "p": -1.0, "put": -1.0, "puts": -1.0, "-1": -1.0, "-1.0": -1.0
}  # fmt: skip
_THOUSANDS: Final = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
_DECIMAL_COMMA: Final = r"^[+-]?\d+,\d+$"
_SINGLE_DIGITS: Final = 7
"""Decimal digits that single precision keeps."""
KNOWN_NAMES: Final = ("SPXW", "SPX", "VIXW", "VIX", "SPY", "XSP", "NDX", "RUT", "QQQ", "IWM")


@dataclass(slots=True)
class Reading:
    """What happened while a file was read: where it is, what was assumed, what was left out."""

    path: Path
    notes: list[str] = field(default_factory=list)
    origin: Origin = Origin.OBSERVED
    first_line: int | None = None

    def error(self, message: str, line: int | None = None) -> InputError:
        """An error that starts with the name of the file, and the line where there is one."""
        return InputError(f"{self.path.name}{'' if line is None else f':{line}'}: {message}")


def numbers(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Every numeric column as float64; a cell that holds something else is null and its row counted in the notes."""
    for name in NUMBERS:
        if name not in frame.columns:
            continue
        column = frame[name]
        if column.dtype == pl.Float32:
            parsed = column.cast(pl.Float64).round_sig_figs(_SINGLE_DIGITS)
        elif column.dtype.is_numeric():
            parsed = column.cast(pl.Float64)
        else:
            text = frame.select(pl.col(name).cast(pl.String).str.strip_chars())[name]
            shown = pl.DataFrame({"t": text}).select(
                pl.when(pl.col("t").str.contains(_THOUSANDS))
                .then(pl.col("t").str.replace_all(",", "", literal=True))
                .when(pl.col("t").str.contains(_DECIMAL_COMMA))
                .then(pl.col("t").str.replace(",", ".", literal=True))
                .otherwise(pl.col("t"))
            )["t"]
            parsed = shown.cast(pl.Float64, strict=False)
            wrong = parsed.is_null() & text.is_not_null() & (text != "")
            _count(wrong, f"{name} is not a number", reading)
        parsed = pl.DataFrame({name: parsed}).select(pl.when(pl.col(name).is_finite()).then(pl.col(name)))[name]
        frame = frame.with_columns(parsed.alias(name))
    return frame


def _count(wrong: pl.Series, reason: str, reading: Reading) -> None:
    count = int(wrong.sum() or 0)
    if count:
        first = wrong.arg_true()[0]
        line = f", first on line {first + reading.first_line}" if reading.first_line is not None else ""
        reading.notes.append(f"{reason} in {count:,} rows{line}")


def sides(frame: pl.DataFrame) -> pl.DataFrame:
    """Column ``right`` as +1, -1 or null."""
    text = pl.col("right").cast(pl.String).str.strip_chars().str.to_lowercase()
    return frame.with_columns(text.replace_strict(_SIDES, default=None, return_dtype=pl.Float64).alias("right"))


def usable(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Rows with a day, an expiry, a side, a strike and both quotes; the others are counted in the notes."""
    for name, what in (("as_of", "date"), ("expiry", "expiry"), ("right", "side"), *((n, n) for n in NEEDED)):
        _count(frame[name].is_null(), f"no {what}: left out,", reading)
    kept = frame.drop_nulls(["as_of", "expiry", "right", *NEEDED])
    if kept.is_empty():
        why = "; ".join(reading.notes) or "no rows"
        raise reading.error(f"no row is an option quote ({why}): check the columns")
    return kept


def session_of(instant: dt.datetime) -> dt.datetime:
    """The instant quotes saved at ``instant`` describe: itself during a session, else the close before it."""
    day = instant.astimezone(NEW_YORK).date()
    if not FIRST_DAY < day <= LAST_DAY:
        return instant
    if is_session(day):
        if instant >= close_instant(day):
            return close_instant(day)
        if instant >= open_instant(day):
            return instant
    return close_instant(previous_session(day))


def close_of(day: dt.date) -> dt.datetime:
    """Close of a day, 16:00 New York when it is no session."""
    if FIRST_DAY <= day <= LAST_DAY and is_session(day):
        return close_instant(day)
    return dt.datetime.combine(day, CLOSE, NEW_YORK).astimezone(dt.UTC)


def chains_of(frame: pl.DataFrame, reading: Reading, known_at: dt.datetime | None = None) -> list[Chain]:
    """One chain an instant and underlying, in order of time.

    ``frame``: ``as_of`` (UTC, aware), ``expiry`` (Date), ``right``, ``strike``, ``bid``, ``ask``, and where known
    ``underlying``, ``root``, ``spot``, ``open_interest``, ``volume``, ``iv``, ``delta``, ``gamma``.
    """
    found = []
    keys = ["as_of", "underlying"] if "underlying" in frame.columns else ["as_of"]
    for (as_of, *name), rows in frame.partition_by(keys, maintain_order=True, as_dict=True).items():
        assert isinstance(as_of, dt.datetime)  # noqa: S101 - narrows the type of a partition key
        found.append(_chain(rows, as_of, str(name[0]) if name and name[0] else "", reading, known_at))
    return sorted(found, key=lambda chain: (chain.as_of, chain.underlying))


def _column(rows: pl.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in rows.columns:
        return np.full(rows.height, np.nan)
    return rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)


def _chain(
    rows: pl.DataFrame, as_of: dt.datetime, underlying: str, reading: Reading, known_at: dt.datetime | None
) -> Chain:
    notes = list(reading.notes)
    expiry = rows["expiry"].to_numpy().astype("datetime64[D]")
    root = rows["root"].fill_null("").to_numpy().astype(np.str_) if "root" in rows.columns else None
    spots = _column(rows, "spot")
    spot = float(np.nanmedian(spots)) if np.any(np.isfinite(spots)) else np.nan
    if not underlying:
        underlying = _named(root, spot, expiry, reading, notes)
    if root is None or not np.any(root != ""):
        root = _roots_by_order(underlying, expiry, notes)
    iv = _column(rows, "iv")
    unknown = iv <= 0.0
    if np.any(unknown):
        notes.append(f"iv is 0 in {int(np.sum(unknown)):,} rows: taken as unknown")
    strike, bid, ask, right = (_column(rows, name) for name in ("strike", "bid", "ask", "right"))
    if not np.isfinite(spot) or spot <= 0.0:
        spot = _spot_by_parity(expiry, strike, right, 0.5 * (bid + ask))
        notes.append("spot is not stated: the parity forward of the first expiry stands for it")
    if not np.isfinite(spot):
        raise reading.error("no spot, and no strike has both a call and a put: add a spot column")
    return Chain(
        underlying, as_of, known_at or as_of + PUBLISHED_AFTER_CLOSE, spot, reading.path.name, reading.origin,
        expiry, root, strike, right, bid, ask, _column(rows, "open_interest"), _column(rows, "volume"),
        np.where(unknown, np.nan, iv), _column(rows, "delta"), _column(rows, "gamma"), tuple(notes),
    )  # fmt: skip


def _named(
    root: NDArray[np.str_] | None, spot: float, expiry: NDArray[np.datetime64], reading: Reading, notes: list[str]
) -> str:
    if root is not None and np.any(root != ""):
        names, counts = np.unique(root[root != ""], return_counts=True)
        name = str(names[np.argmax(counts)])
        return {"SPXW": "SPX", "VIXW": "VIX", "SPXPM": "SPX"}.get(name, name)
    # 1970-01-01 was a Thursday, so day 6 of a week counted from it is a Wednesday.
    midweek = np.mean(np.isin(expiry.astype(np.int64) % 7, (5, 6)))
    if spot < 100.0 and midweek > 0.99:
        found = "VIX"
    elif spot > 1000.0:
        found = "SPX"
    else:
        words = re.findall(r"[A-Z]+", reading.path.name.upper())
        found = next((word for word in words if word in KNOWN_NAMES), "unknown")
    notes.append(f"underlying is not stated: taken as {found}")
    return found


def _roots_by_order(underlying: str, expiry: NDArray[np.datetime64], notes: list[str]) -> NDArray[np.str_]:
    """Roots of an SPX chain that lost them: SPX and SPXW stand in two blocks, each with its expiries in order."""
    lost = np.full(expiry.size, "", dtype="U4")
    breaks = np.flatnonzero(np.diff(expiry.astype(np.int64)) < 0)
    if underlying != "SPX" or breaks.size != 1:
        return lost
    first = expiry[: breaks[0] + 1]
    if not all(_is_monthly(day) for day in np.unique(first).tolist()):
        return lost
    notes.append("SPX and SPXW are told apart by the two blocks of rows: the first holds monthly dates only")
    return np.where(np.arange(expiry.size) <= breaks[0], "SPX", "SPXW").astype(np.str_)


def _is_monthly(day: dt.date) -> bool:
    return not FIRST_DAY <= day <= LAST_DAY or day == spx_monthly_expiry(day.year, day.month)


def _spot_by_parity(
    expiry: NDArray[np.datetime64], strike: NDArray[np.float64], right: NDArray[np.float64], mid: NDArray[np.float64]
) -> float:
    from seawall.market.pairs import match

    calls, puts = match(expiry.astype(np.int64), strike, right)
    if calls.size == 0:
        return float("nan")
    first = expiry[calls] == expiry[calls].min()
    gap = (mid[calls] - mid[puts])[first]
    best = int(np.argmin(np.abs(gap)))
    return float(strike[calls][first][best] + gap[best])
