"""Chains whose forward, discount and volatility are known, priced by QuantLib."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import QuantLib

from seawall.core.datum import Origin
from seawall.data.chains import chain_frame
from seawall.market.chain import Chain, settlement

AS_OF = dt.datetime(2025, 9, 2, 20, 0, tzinfo=dt.UTC)


def black(forward: float, strike: float, deviation: float, discount: float, right: float) -> float:
    kind = QuantLib.Option.Call if right > 0 else QuantLib.Option.Put
    return QuantLib.blackFormula(kind, strike, forward, deviation, discount)


def chain_of(
    rows: Sequence[tuple[dt.date, str, float, float, float, float]], underlying: str = "SPX", as_of: dt.datetime = AS_OF
) -> Chain:
    """From (expiry, root, strike, right, bid, ask)."""
    expiry, root, strike, right, bid, ask = zip(*rows, strict=True)
    unknown = np.full(len(rows), np.nan)
    days = np.array(expiry, dtype="datetime64[D]")
    return Chain(
        underlying, as_of, as_of, 100.0, "made", Origin.SYNTHETIC, days, np.array(root),
        np.array(strike, float), np.array(right, float), np.array(bid, float), np.array(ask, float),
        unknown, unknown, unknown, unknown, unknown,
    )  # fmt: skip


def flat_chain(
    expiries: Sequence[tuple[dt.date, str]], forward: float, rate: float, vol: float, half: float = 0.05
) -> Chain:
    """Strikes from 40 % to 220 % of the forward in 0.5 % steps, mids at one volatility, half-spread ``half``."""
    rows = []
    for expiry, root in expiries:
        years = max((settlement("SPX", root, expiry) - AS_OF).total_seconds() / (365.0 * 86400.0), 0.0)
        for strike in np.round(forward * np.arange(0.4, 2.2, 0.005), 2):
            for right in (1.0, -1.0):
                mid = black(forward, strike, vol * years**0.5, float(np.exp(-rate * years)), right)
                rows.append((expiry, root, float(strike), right, max(mid - half, 0.0), mid + half))
    return chain_of(rows)


def two_sessions(folder: Path) -> Path:
    """A file of two days of SPX: three open puts to a call on the first, calls alone on the next."""
    expiries = [(dt.date(2025, 9, 19), "SPX"), (dt.date(2025, 10, 17), "SPX")]
    first, later = (flat_chain(expiries, 6400.0, 0.04, vol) for vol in (0.15, 0.16))
    calls, next_day = first.right > 0.0, AS_OF + dt.timedelta(days=1)
    first = replace(first, spot=6400.0, open_interest=np.where(calls, 300.0, 900.0))
    later = replace(
        later, spot=6401.0, as_of=next_day, known_at=next_day, open_interest=np.where(calls, 300.0, 0.0)
    )  # fmt: skip
    place = folder / "chains.parquet"
    pl.concat([chain_frame(first), chain_frame(later)]).write_parquet(place)
    return place
