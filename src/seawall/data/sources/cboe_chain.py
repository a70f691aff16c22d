"""Cboe delayed option chains: the whole chain of an underlying as JSON, 15 minutes behind. One snapshot a session.

There is no past to fetch: what is not collected on its day is lost. The snapshot of a session is taken after its close.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl

from seawall.core.clock import NEW_YORK
from seawall.core.datum import Origin
from seawall.core.errors import InputError
from seawall.data.chain_rows import close_of, session_of
from seawall.data.files import Batch
from seawall.data.sources.base import Ask, Item, Page, Source, bad_answer, json_of
from seawall.market.chain import Chain

PATH: Final = "/api/global/delayed_quotes/options/{}.json"
INDICES: Final = frozenset({"SPX", "VIX", "XSP", "NDX", "RUT", "DJX", "OEX", "XEO", "MRUT", "XND"})
"""Underlyings whose file starts with an underscore."""

DEFAULT: Final = ("SPX", "VIX", "SPY")
DELAY: Final = dt.timedelta(minutes=15)
"""How far the quotes are behind the `timestamp` of the answer, which is UTC."""

NIGHT_FROM: Final = dt.timedelta(hours=4, minutes=15)
"""SPX and VIX options trade again from 20:15 New York: quotes fetched later are not those of the close."""

SKEW: Final = dt.timedelta(hours=1)
INTRADAY: Final = "SEAWALL_COLLECT_NOW"
SYMBOL: Final = r"^([A-Z]{1,6})(\d{6})([CP])(\d{8})$"
NUMBERS: Final = ("bid", "ask", "open_interest", "volume", "iv", "delta", "gamma")
LARGEST: Final = 128 << 20


def described(now: dt.datetime) -> dt.datetime:
    """The instant that quotes fetched now describe: 15 minutes ago, or the close of the last session."""
    return session_of(now - DELAY)


def items(ask: Ask) -> Iterator[Item]:
    """One answer an underlying, unless its session is stored; picks may be any underlying Cboe lists."""
    session = described(ask.now).astimezone(NEW_YORK).date()
    if described(ask.now) < close_of(session) and ask.environ.get(INTRADAY) != "1":
        raise InputError(f"the session of {session} is open: collect after 16:15 New York, or now with --intraday")
    for pick in dict.fromkeys(pick.upper().lstrip("^_") for pick in ask.picks or DEFAULT):
        if not pick.isalnum() or len(pick) > 6:
            raise InputError(f"{pick!r} is no underlying: write it as SPX or SPY")
        if (ask.cursor(pick) or "") < session.isoformat():
            path = PATH.format(f"_{pick}" if pick in INDICES else pick)
            yield Item(pick, path, kind="json", largest=LARGEST, as_before=_still(pick, ask.cursor(pick)))


def read(item: Item, content: bytes, ask: Ask) -> Page:
    """The chain of one underlying at the instant its quotes describe."""
    told = json_of(item, content)
    data = told.get("data") if isinstance(told, dict) else None
    rows = data.get("options") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(rows, list) or not rows:
        raise bad_answer(item, "has no `data.options`")
    sent = _sent(item, told)
    if sent > ask.now + SKEW:
        raise bad_answer(item, f"is of {sent:%Y-%m-%d %H:%M} UTC, which is to come (is the clock right?)")
    as_of = described(sent)
    session = as_of.astimezone(NEW_YORK).date()
    if session.isoformat() <= (ask.cursor(item.key) or ""):
        return Page(None, note=_still(item.key, session.isoformat()))
    frame, refused = _rows(item, rows)
    spot = data.get("current_price")
    if not isinstance(spot, int | float) or spot <= 0.0:
        raise bad_answer(item, "has no `current_price`")
    columns = {name: np.array(frame[name].fill_null(float("nan")).to_numpy(), dtype=np.float64) for name in NUMBERS}
    columns["iv"] = np.where(columns["iv"] > 0.0, columns["iv"], np.nan)
    chain = Chain(
        underlying=item.key, as_of=as_of, known_at=max(sent, as_of), spot=float(spot), source="Cboe",
        origin=Origin.OBSERVED, expiry=frame["expiry"].to_numpy().astype("datetime64[D]"),
        root=frame["root"].to_numpy().astype(np.str_), strike=np.array(frame["strike"], dtype=np.float64),
        right=np.array(frame["right"], dtype=np.float64), bid=columns["bid"], ask=columns["ask"],
        open_interest=columns["open_interest"], volume=columns["volume"], iv=columns["iv"], delta=columns["delta"],
        gamma=columns["gamma"],
    )  # fmt: skip
    notes = (f"{refused:,} rows are no listed option",) if refused else ()
    batch = Batch("Cboe", "Cboe delayed chain", chains=(chain,), rows=len(rows), absent=refused, notes=notes)
    overnight = item.key in INDICES and sent - DELAY > as_of + NIGHT_FROM
    return Page(
        batch, session.isoformat(), note=f"{item.key}: quotes of the night after {session}" if overnight else None
    )


def _still(name: str, session: str | None) -> str:
    return f"{name}: Cboe still serves the quotes of {session}"


def _sent(item: Item, told: dict[str, Any]) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(str(told.get("timestamp"))).replace(tzinfo=dt.UTC)
    except ValueError:
        raise bad_answer(item, f"has the timestamp {str(told.get('timestamp'))[:40]!r}, which is no date") from None


def _rows(item: Item, rows: list[Any]) -> tuple[pl.DataFrame, int]:
    """Options with a symbol, a bid and an ask, and how many rows are none."""
    listed = [row for row in rows if isinstance(row, dict)]
    missing = [name for name in ("option", *NUMBERS) if not any(name in row for row in listed)]
    if missing:
        raise bad_answer(item, f"has no `{missing[0]}` in its options")
    table = pl.DataFrame(
        {
            "option": pl.Series([str(row.get("option")) for row in listed], dtype=pl.String),
            **{name: pl.Series([_number(row.get(name)) for row in listed], dtype=pl.Float64) for name in NUMBERS},
        }
    )
    parts = pl.col("option").str.extract_groups(SYMBOL)
    frame = table.with_columns(
        parts.struct.field("1").alias("root"),
        parts.struct.field("2").str.to_date("%y%m%d", strict=False).alias("expiry"),
        pl.when(parts.struct.field("3") == "C").then(1.0).otherwise(-1.0).alias("right"),
        (parts.struct.field("4").cast(pl.Float64, strict=False) / 1000.0).alias("strike"),
    ).drop_nulls(["root", "expiry", "strike", "bid", "ask"])
    if frame.is_empty():
        raise bad_answer(item, "has no option with a symbol, a bid and an ask")
    return frame, len(rows) - frame.height


def _number(cell: Any) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


SOURCE: Final = Source(
    "cboe-chain", "Option chains of SPX, VIX and SPY, one snapshot a session", "https://cdn.cboe.com",
    "Cboe delayed quotes: personal use, not to be redistributed", items, read, pause_s=1.0, by_name=True,
)  # fmt: skip
