"""The rows and the lane that a plan reads from a history, and every sentence about what in them was not observed."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError
from seawall.kernels.index_smile import TYPICAL_SKEW
from seawall.kernels.rows import Lane, Rows
from seawall.kernels.slots import VRO
from seawall.market.history import History
from seawall.sim.coin_days import CoinClock, summed_days
from seawall.sim.daily_inputs import How
from seawall.sim.plan import Plan
from seawall.sim.pool_fees import FeeColumn, fair_fees, volume_fees, with_fees, yield_fees
from seawall.sim.programs_coins import PRIOR_VOL, PoolProgram
from seawall.sim.rows import FUTURES, NOTED, RowsOf, lane_of, market_rows

Days = NDArray[np.datetime64]

V2: Final = 2.0
"""Value of a full range is 2 L sqrt(P)."""


class PlanRows(NamedTuple):
    """The market of a plan: rows with their provenance, the lane of its sessions, and the clock of its coins."""

    found: RowsOf
    lane: Lane
    clock: CoinClock


def coin_clock(history: History, coins: tuple[str, ...], dates: Days) -> CoinClock:
    """New York's close where every coin has one on all sessions, else UTC days."""
    whole = all(
        history.has(f"{coin}_US_CLOSE") and np.isfinite(history.values_on(f"{coin}_US_CLOSE", dates)).all()
        for coin in coins
    )
    return CoinClock.US_CLOSE if coins and whole else CoinClock.UTC_DAY


def plan_rows(plan: Plan, history: History, dates: Days) -> PlanRows:
    """Rows of the sessions of a plan. Raises ``MissingDataError`` for a series it needs and the history lacks."""
    clock = coin_clock(history, plan.coins, dates)
    found = market_rows(
        history,
        dates,
        plan.coins,
        coin_clock=clock,
        estimate_vro=plan.vix_print == "opening",
        assumed_funding=plan.assumed_funding,
    )
    if plan.dividend_yield is not None:
        flat = np.full(dates.size, plan.dividend_yield)
        found = found._replace(rows=found.rows._replace(dividend=flat))
    for coin in dict.fromkeys(one.asset for one in plan.perps):
        _check_funding(found, coin)
    found = with_fees(found, *(pool_column(found, history, one) for one in plan.pools))
    lane = lane_of(found.rows, found.first_spot, found.first_coin)
    return PlanRows(found, lane._replace(spot=history.values_on("SPX", dates)), clock)


def _check_funding(found: RowsOf, coin: str) -> None:
    unknown = found.how[f"{coin}_FUNDING"] == How.UNKNOWN
    if unknown.any():
        raise MissingDataError(
            f"funding of {coin} is unknown on {found.dates[np.argmax(unknown)]} ({int(unknown.sum())} of "
            f"{unknown.size} sessions): import it, change the dates, or state assumed_funding (per 8 hours)"
        )


def pool_column(found: RowsOf, history: History, pool: PoolProgram) -> FeeColumn:
    """Fees of one pool by its rule; liquidity per value is that of its range at the first price."""
    rule = pool.fees
    if rule.rule == "yield":
        return yield_fees(found, rule.rate)
    price = float(found.first_coin[found.coins.index(pool.asset)])
    leverage = range_leverage(pool, price)
    if rule.rule == "fair":
        return fair_fees(found, pool.asset, rule.rate, PRIOR_VOL, leverage)
    volume = summed_days(history, rule.volume, found.dates)
    return volume_fees(found, volume, rule.tier, np.full(found.dates.size, rule.depth_usd), leverage)


def range_leverage(pool: PoolProgram, price: float) -> float:
    """Liquidity per value of a range over that of v2, at ``price``; at an end of the range beyond it."""
    terms = pool.terms(price)
    low, high = np.sqrt(terms.low), np.sqrt(terms.high)
    root = min(max(np.sqrt(price), low), high)
    value = root - low + (root - root * root / high if np.isfinite(high) else root)
    return float(V2 * root / value)


def settled_anyhow(rows: Rows) -> Rows:
    """Rows for resampled lanes: VIX settles on the row's own print, else on the VIX of the row.

    A resampled lane meets its expiry days on rows of other days, which have no settlement print.
    """
    return rows._replace(vro=np.where(np.isnan(rows.vro), rows.levels[:, 1], rows.vro))


def said_of(plan: Plan, of: PlanRows, roots: NDArray[np.int64]) -> tuple[str, ...]:
    """One sentence for every input that was not observed, and every assumption, as far as the plan reads it.

    ``roots``: what its expiries settle on (``kernels.slots``).
    """
    notes = dict(zip(NOTED, of.found.notes, strict=False))
    told = len(NOTED)
    half = "fitted to quotes of 2022-2026 (kernels.spread)" if plan.costs.spx_half_spread is None else "as stated"
    said = [
        "SPX option prices are modelled: a mixture of three lognormals whose variance strip is the VIX family and "
        "whose skew follows SKEW (kernels.index_smile)",
        notes["CLOSES"],
        "a VIX index that was not observed reverts to an anchor, halfway between VIX's mean of the last 252 sessions "
        "and its long-run mean of 1990-2013",
        _dividends(plan, notes["DIVIDEND"]),
        f"{notes['BILLS']}; cash, also borrowed cash, earns the bill rate, continuous, ACT/365",
        f"half-spreads of SPX options are {half}; costs are taken {plan.costs.multiple:g} times; trades are at closes",
    ]
    if not (of.found.how["SKEW"] == How.OBSERVED).any():
        said.append(f"SKEW is not observed: {TYPICAL_SKEW:g} throughout, its mean of 1990-2013")
    if any(one.entry.settle == "am" for one in plan.structures):
        said.append(f"SPX options of root SPX settle on the opening print, others on the close; {notes['OPENING']}")
    if (roots == VRO).any():
        said += [
            notes[FUTURES],
            "VIX option volatilities are modelled from VVIX: one smile shape, falling with tenor (kernels.modelled)",
            "VIX options: the next 9 monthly expiries are taken as listed, strikes on a plain grid",
            f"{notes['VRO']}; a program that leaves before needs none",
        ]
    if plan.coins:
        by_day = "of the UTC day that had ended, about twenty hours older than those of SPX: there are no hourly bars"
        said.append(f"prices of coins are {'at the close of New York' if of.clock is CoinClock.US_CLOSE else by_day}")
        said += of.found.notes[told:]
    if plan.perps:
        said.append(
            "a perp pays funding at the price of the close before, is liquidated at the session's extreme, and loses "
            f"its margin only; its taker fee is {plan.costs.perp_taker_bp:g} basis points"
        )
    if not any(one.underlying == "SPX" for one in plan.structures):
        said = [line for line in said if not line.startswith(("SPX option prices", "half-spreads of SPX"))]
    return tuple(said)


def as_made(said: tuple[str, ...], made: bool) -> tuple[str, ...]:
    """The same sentences about a synthetic market, in which nothing was observed."""
    if not made:
        return said
    words = (("closes observed on", "closes made on"), (": observed on", ": made on"))
    for old, new in words:
        said = tuple(line.replace(old, new) for line in said)
    return said


def _dividends(plan: Plan, note: str) -> str:
    return note if plan.dividend_yield is None else f"dividends: SPX dividend yield {plan.dividend_yield:g}, as stated"
