"""The rows of a market (``kernels.rows``) from a history, how each value came to be, and the lanes over them.

A row holds what was known at the close of its session, but for two estimates of prices of the day itself that were not
recorded (the opening print, and where asked for VIX's final settlement); they decide nothing, trades settle on them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import FIRST_DAY, sessions
from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels.index_smile import TYPICAL_SKEW, fill_levels
from seawall.kernels.modelled import VVIX_LEVEL, VVIX_PER_VIX
from seawall.kernels.rows import Lane, Rows
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.market.index_smile import NAMES
from seawall.sim.coin_days import PAYMENTS_A_DAY, CoinClock, CoinDays, coin_days
from seawall.sim.daily_inputs import (
    MOST_CARRIED,
    OPEN_SHARE,
    WINDOW,
    Codes,
    Days,
    Floats,
    Found,
    How,
    bill_rates,
    closes_on,
    dividend_yields,
    opening_estimate,
    seen_on,
)
from seawall.sim.vix_futures import FuturesCurve, final_settlements, futures_curve

Longs = NDArray[np.int64]
FUTURES: Final = "VX"
NOTED: Final = ("CLOSES", "BILLS", "DIVIDEND", "OPENING", "VRO", FUTURES)
"""What the first notes of rows are about."""


class RowsOf(NamedTuple):
    """Rows of the sessions ``dates`` (n,), with where they come from.

    ``how``: by series, the ``How`` of each value, int8 of (n,), of ``VX`` (n, 8). Series: SPX, VIX9D, VIX, VIX3M,
    VIX6M, SKEW, VVIX, BILLS, DIVIDEND, OPENING, VX, VRO, and of each coin COIN, COIN_EXTREMES, COIN_FUNDING.
    ``first_spot`` and ``first_coin`` (A,) are the closes of row 0. ``notes``: one line a fact, in the order of
    ``NOTED`` and then of the coins.
    """

    rows: Rows
    dates: Days
    coins: tuple[str, ...]
    first_spot: float
    first_coin: Floats
    how: Mapping[str, Codes]
    notes: tuple[str, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many values of each series are observed, estimated, modelled, assumed, unknown; zeros left out."""
        told = {name: np.bincount(codes.ravel(), minlength=len(How)) for name, codes in self.how.items()}
        return {name: {h.name.lower(): int(n[h]) for h in How if n[h]} for name, n in told.items()}

    @property
    def years(self) -> Floats:
        """Calendar years since the session before, ACT/365, shape (n,); 0 on row 0."""
        return np.concatenate([[0.0], np.diff(self.dates).astype(np.float64)]) / 365.0


def market_rows(
    history: History,
    dates: Days,
    coins: Sequence[str] = (),
    *,
    coin_clock: CoinClock = CoinClock.UTC_DAY,
    estimate_vro: bool = False,
    assumed_funding: float | None = None,
) -> RowsOf:
    """Rows of every session from the first of ``dates`` to the last.

    Needed: SPX on each session, VIX (carried over at most three), a bill rate, and a daily close of each of ``coins``.
    The rest is observed where the history has it and filled by rule or NaN elsewhere, as ``how`` and ``notes`` say.
    ``coin_clock``: when coins are read (``sim.coin_days``). ``estimate_vro``: VIX's opening where no final settlement
    is known. ``assumed_funding``: rate per 8 hours taken where a coin's funding is unknown. Raises
    ``MissingDataError`` naming the series and the day, ``DomainError`` for dates that are not all sessions of a range.
    """
    dates = _checked(dates)
    spot, vix, anchor, opening = _index(history, dates)
    how: dict[str, Codes] = {"SPX": np.zeros(dates.size, np.int8)}
    family = _family(history, dates, vix, how)
    levels = np.asarray(fill_levels(family, anchor))
    skew = _filled(history, "SKEW", dates, np.full(dates.size, TYPICAL_SKEW), how)
    vvix = _filled(history, "VVIX", dates, VVIX_LEVEL + VVIX_PER_VIX * vix, how)
    found = {
        "BILLS": bill_rates(history, dates),
        "DIVIDEND": dividend_yields(history, dates, spot),
        "OPENING": opening,
        "VRO": final_settlements(history, dates, estimate_vro),
    }
    curve = futures_curve(history, dates, family, anchor)
    how |= {name: one.how for name, one in found.items()} | {FUTURES: curve.how}
    days = {coin: _coin(coin_days(history, coin, dates, coin_clock), coin, dates, assumed_funding) for coin in coins}
    for coin, one in days.items():
        how |= {coin: np.zeros(dates.size, np.int8), f"{coin}_EXTREMES": one.extremes, f"{coin}_FUNDING": one.funded}
    rows = Rows(
        np.concatenate([[1.0], spot[1:] / spot[:-1]]),
        found["OPENING"].values / spot,
        levels, skew, vvix, found["BILLS"].values, found["DIVIDEND"].values, curve.days, curve.levels,
        found["VRO"].values,
        _columns([one.move for one in days.values()], dates.size),
        _columns([one.low for one in days.values()], dates.size),
        _columns([one.high for one in days.values()], dates.size),
        _columns([one.funding for one in days.values()], dates.size),
        np.zeros((dates.size, 0)),
    )  # fmt: skip
    start = np.array([one.close[0] for one in days.values()])
    notes = _notes(how, found, curve, days)
    return RowsOf(rows, dates, tuple(coins), float(spot[0]), start, MappingProxyType(how), notes)


def _checked(dates: Days) -> Days:
    days = np.asarray(dates, dtype="datetime64[D]")
    if not days.size or not np.array_equal(days, sessions(days[0].item(), days[-1].item())):
        raise DomainError("rows are made of every session of a range: take the dates from core.clock.sessions")
    return days


def _index(history: History, dates: Days) -> tuple[Floats, Floats, Floats, Found]:
    """SPX, VIX, the anchor of VIX and the opening print; the year before the range is read where there is one."""
    begun = max(FIRST_DAY, *(history.get(name).dates[0].item() for name in ("SPX", "VIX") if len(history.get(name))))
    before = sessions(min(begun, dates[0].item()), dates[0].item())[-WINDOW - 2 : -1]
    whole, cut = np.concatenate([before, dates]), before.size
    spot, vix = closes_on(history, "SPX", whole, 0), closes_on(history, "VIX", whole, MOST_CARRIED)
    opened = opening_estimate(history, whole, spot, vix)
    codes = opened.how[cut:]
    counted = (f"{int((codes == h).sum())} {h.name.lower()}" for h in (How.OBSERVED, How.ESTIMATED, How.MODELLED))
    note = (
        f"opening print of SPX, sessions: {', '.join(counted)} (SET; from VIX's opening; "
        f"{OPEN_SHARE:g} of the day's return)"
    )
    return spot[cut:], vix[cut:], vix_anchor(vix)[cut:], Found(opened.values[cut:], codes, note)


def _family(history: History, dates: Days, vix: Floats, how: dict[str, Codes]) -> Floats:
    """The four indices as they were seen, NaN where not; ``vix`` is VIX, carried where a close is missing."""
    seen = np.column_stack([seen_on(history, name, dates) for name in NAMES])
    for column, name in enumerate(NAMES):
        other = How.ESTIMATED if name == "VIX" else How.MODELLED
        how[name] = np.where(np.isfinite(seen[:, column]), How.OBSERVED, other).astype(np.int8)
    seen[:, NAMES.index("VIX")] = vix
    return seen


def _filled(history: History, name: str, dates: Days, rule: Floats, how: dict[str, Codes]) -> Floats:
    """A series where it was observed, the rule elsewhere."""
    seen = seen_on(history, name, dates)
    there = np.isfinite(seen)
    how[name] = np.where(there, How.OBSERVED, How.MODELLED).astype(np.int8)
    return np.where(there, seen, rule)


def _coin(one: CoinDays, coin: str, dates: Days, assumed: float | None) -> CoinDays:
    """With the funding that is assumed where it is unknown."""
    gap = one.funded == How.UNKNOWN
    if assumed is None or not gap.any():
        return one
    days = np.concatenate([[0.0], np.diff(dates).astype(np.float64)])
    return one._replace(
        funding=np.where(gap, PAYMENTS_A_DAY * days * assumed, one.funding),
        funded=np.where(gap, How.ASSUMED, one.funded).astype(np.int8),
        notes=(*one.notes, f"{coin} funding: {assumed:g} per 8 h assumed on {int(gap.sum())} sessions"),
    )


def _columns(columns: list[Floats], size: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((size, 0))


def _notes(how: dict[str, Codes], found: dict[str, Found], curve: FuturesCurve, days: dict[str, CoinDays]) -> tuple[
    str, ...
]:  # fmt: skip
    size = how["SPX"].size
    counted = (f"{name} {int((how[name] == How.OBSERVED).sum())}" for name in (*NAMES, "SKEW", "VVIX"))
    return (
        f"closes observed on {size} sessions: {', '.join(counted)}; a missing VIX is that of the session before, "
        f"another missing index follows the mean reversion of VIX, a missing SKEW is {TYPICAL_SKEW:g}, a missing VVIX "
        f"{VVIX_LEVEL:g} + {VVIX_PER_VIX:g} VIX",
        *(one.note for one in found.values()),
        curve.note,
        *(note for one in days.values() for note in one.notes),
    )


def require(found: RowsOf, *names: str) -> None:
    """Refuse rows in which a series is unknown on a session. Raises ``MissingDataError`` naming both."""
    for name in names:
        if name not in found.how:
            raise MissingDataError(f"the rows have no {name}: there are {', '.join(found.how)}")
        unknown = (found.how[name] == How.UNKNOWN).reshape(found.dates.size, -1).any(axis=1)
        if unknown.any():
            raise MissingDataError(
                f"{name} is unknown on {found.dates[np.argmax(unknown)]} ({int(unknown.sum())} of {unknown.size} "
                "sessions): import it, change the range, or state an assumption"
            )


def lane_of(rows: Rows, start_spot: float, start_coin: Floats, source: Longs | None = None) -> Lane:
    """One path from its first day's prices: row t on day t, or the rows of ``source`` (days,), their moves compounded.

    Day 0 stands at ``start_spot`` and ``start_coin`` (A,) whatever row it reads. Raises ``DomainError`` for a row that
    is not there or a price that is not positive.
    """
    days = np.arange(rows.move.size) if source is None else np.asarray(source, dtype=np.int64)
    if not days.size or days.min() < 0 or days.max() >= rows.move.size:
        raise DomainError(f"a lane reads rows 0 to {rows.move.size - 1}: give at least one of them a day")
    start = np.asarray(start_coin, dtype=np.float64)
    if not (start_spot > 0.0 and np.all(start > 0.0)) or start.shape != rows.coin_move.shape[1:]:
        raise DomainError(f"a lane starts at one positive price for SPX and each of {rows.coin_move.shape[1]} coins")
    move, coin = rows.move[days], rows.coin_move[days]
    move[0], coin[0] = start_spot, start
    return Lane(days, move.cumprod(), coin.cumprod(axis=0))


def resampled(rows: Rows, seed: int | Sequence[int], mean_block: float, days: int) -> Longs:
    """Rows that each of ``days`` reads: the stationary bootstrap, joint over all series, shape (days,).

    Blocks have geometric lengths of mean ``mean_block`` and uniform starts, and wrap at the end (Politis and Romano
    1994). Row 0 is left out: it has no move. The same seed gives the same rows. Raises ``DomainError`` for a mean below
    1, no day, or fewer than two rows.
    """
    pool = rows.move.size - 1
    if not (mean_block >= 1.0 and days >= 1 and pool >= 1):
        raise DomainError(f"{days} days of blocks of {mean_block:g} from {pool + 1} rows: give at least 1, 1 and 2")
    random = np.random.default_rng(seed)
    new = random.random(days) < 1.0 / mean_block
    new[0] = True
    starts = random.integers(0, pool, days)
    day = np.arange(days)
    begun = np.maximum.accumulate(np.where(new, day, 0))
    return np.asarray(1 + (starts[begun] + day - begun) % pool, dtype=np.int64)
