"""Synthetic-forward trim: SPX delta beyond a band, taken off by C - P at one strike or by ES, whichever costs less.

METHOD 7.4. Prices in index points. A conversion sells the synthetic forward against the future, a reversal buys it.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import spx_monthly_expiry
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.candidates import COMMISSION_USD
from seawall.hedge.charter import Policy
from seawall.hedge.stack.base import Situation
from seawall.ledger.exposure import Ledger
from seawall.ledger.requirement import NAKED_SHARE
from seawall.market.chain import Chain
from seawall.market.pairs import match
from seawall.market.parity import Forward, parity, quoted
from seawall.market.scan import parity_gap

FUTURE_MULTIPLIER: Final = 50.0
FUTURE_TICK: Final = 0.25
"""Dollars a point and smallest step of an ES future (CME contract specification)."""
ROLL_DAYS: Final = 8
"""The quarter whose future is traded: the first that expires this far away or further."""


@dataclass(frozen=True, slots=True)
class TrimCosts:
    """What a trim costs beside bid and ask; every number is an assumption that a caller may state otherwise.

    ``option_usd``, ``future_usd``: a contract. ``future_half``: half a tick of ES, points. ``financing``: a year, over
    the riskless rate, on what is tied up: ``option_margin`` and ``future_margin``, shares of the index, and premium.
    Raises ``DomainError``.
    """

    option_usd: float = COMMISSION_USD
    future_usd: float = COMMISSION_USD
    future_half: float = 0.5 * FUTURE_TICK
    financing: float = 0.01
    option_margin: float = NAKED_SHARE
    future_margin: float = 0.06

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0.0 <= getattr(self, name) < math.inf:
                raise DomainError(f"{name} of a trim must be a number >= 0, was {getattr(self, name)}")


COSTS: Final = TrimCosts()


class Pair(NamedTuple):
    """Call and put of one strike. ``forward`` and ``discount`` of their expiry, where ES of that day would be fair.

    ``sure``: they rest on four pairs or more, so that this pair can be measured against them.
    """

    expiry: dt.date
    root: str
    strike: float
    call_bid: float
    call_ask: float
    put_bid: float
    put_ask: float
    forward: float
    discount: float
    years: float
    sure: bool

    @property
    def bid(self) -> float:
        """The synthetic forward is sold at this, points."""
        return self.call_bid - self.put_ask

    @property
    def ask(self) -> float:
        """And bought at this."""
        return self.call_ask - self.put_bid

    @property
    def fair(self) -> float:
        """``D (F - K)``."""
        return self.discount * (self.forward - self.strike)


class Gap(NamedTuple):
    """``C - P - D(F - K)`` of mids and what closing it costs: spreads, fees, financing; points per share.

    ``tradable`` only if the size of the gap is above the costs; ``profit_usd``: of one conversion (gap above 0) or
    reversal then, else 0.
    """

    points: float
    costs: float
    tradable: bool
    profit_usd: float


class Alternative(NamedTuple):
    """One way: ``contracts`` > 0 buys. ``delta_usd`` it adds, ``left_usd`` remains; ``cost_usd`` against fair value."""

    what: str
    contracts: int
    delta_usd: float
    left_usd: float
    cost_usd: float


class Trim(NamedTuple):
    """SPX delta beyond the band, and both ways to take it off. ``UNKNOWN``, with ``why``: no way can be priced."""

    delta_usd: float
    band_usd: float
    ways: tuple[Alternative, ...]
    gap: Gap | None
    status: Status
    why: str = ""

    @property
    def cheaper(self) -> Alternative | None:
        """The way that costs less per dollar of delta; None where neither trades a whole contract."""
        whole = [one for one in self.ways if one.contracts]
        return min(whole, key=lambda one: one.cost_usd / abs(one.delta_usd), default=None)


def future_expiry(today: dt.date) -> dt.date:
    """Last trading day of the ES future traded today: third Friday of March, June, September or December."""
    for ahead in range(12):
        year, month = today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1
        if month % 3 == 0 and (found := spx_monthly_expiry(year, month)) >= today + dt.timedelta(days=ROLL_DAYS):
            return found
    raise DomainError(f"no quarter follows {today}")  # pragma: no cover (twelve months have four)


def _financing(pair: Pair, costs: TrimCosts, share: float, premium: float) -> float:
    """Points for what is tied up until the pair settles."""
    return costs.financing * pair.years * (share * pair.forward + max(premium, 0.0))


def gap_of(pair: Pair, costs: TrimCosts = COSTS) -> Gap:
    """The gap of a pair against the future of its expiry, and whether it can be traded (METHOD 3.2, 7.4)."""
    points = parity_gap(
        0.5 * (pair.call_bid + pair.call_ask), 0.5 * (pair.put_bid + pair.put_ask), pair.forward, pair.strike,
        pair.discount,
    )  # fmt: skip
    spreads = 0.5 * (pair.ask - pair.bid) + pair.discount * costs.future_half
    futures = SPX_OPTION_MULTIPLIER / FUTURE_MULTIPLIER
    fees = (2.0 * costs.option_usd + futures * costs.future_usd) / SPX_OPTION_MULTIPLIER
    premium = pair.ask if points < 0.0 else -pair.bid
    financed = _financing(pair, costs, costs.option_margin, premium) + _financing(pair, costs, costs.future_margin, 0.0)
    whole = spreads + fees + financed
    edge = abs(points) - whole
    return Gap(points, whole, edge > 0.0, SPX_OPTION_MULTIPLIER * max(edge, 0.0))


def ways(delta_usd: float, pair: Pair, costs: TrimCosts = COSTS) -> tuple[Alternative, Alternative]:
    """Synthetic forward and ES future against a dollar delta, whole contracts, the nearest number of each."""
    buys = delta_usd < 0.0
    premium = pair.ask if buys else -pair.bid
    paid = pair.ask - pair.fair if buys else pair.fair - pair.bid
    synthetic = SPX_OPTION_MULTIPLIER * (paid + _financing(pair, costs, costs.option_margin, premium))
    future = FUTURE_MULTIPLIER * (costs.future_half + _financing(pair, costs, costs.future_margin, 0.0))
    name = f"{pair.root} {pair.expiry:%Y-%m-%d} {pair.strike:g} synthetic forward".lstrip()
    return (
        _way(name, delta_usd, SPX_OPTION_MULTIPLIER * pair.discount * pair.forward, synthetic + 2.0 * costs.option_usd),
        _way("ES future", delta_usd, FUTURE_MULTIPLIER * pair.forward, future + costs.future_usd),
    )


def _way(what: str, delta_usd: float, each: float, cost: float) -> Alternative:
    count = math.floor(abs(delta_usd) / each + 0.5)
    contracts = count if delta_usd < 0.0 else -count
    return Alternative(what, contracts, contracts * each, delta_usd + contracts * each, count * cost)


def best_pair(chain: Chain, near: dt.date) -> Pair | None:
    """Strike nearest to the forward with both rights quoted, of the expiry nearest to ``near``; None without one."""
    usable = chain.take(quoted(chain) & (chain.bid > 0.0))
    forwards = [one for one in parity(chain) if np.isfinite(one.forward)]
    for fitted in sorted(forwards, key=lambda one: (abs(one.expiry - near), one.root)):
        found = min(_pairs(usable, fitted), key=lambda one: abs(one.strike - one.forward), default=None)
        if found is not None:
            return found
    return None


def _pairs(usable: Chain, of: Forward) -> Iterator[Pair]:
    """Every strike of an expiry with both rights."""
    rows = usable.take((usable.expiry == np.datetime64(of.expiry, "D")) & (usable.root == of.root))
    for call, put in zip(*match(rows.group, rows.strike, rows.right), strict=True):
        yield Pair(
            of.expiry, of.root, float(rows.strike[call]), float(rows.bid[call]), float(rows.ask[call]),
            float(rows.bid[put]), float(rows.ask[put]), of.forward, of.discount, of.years,
            of.status is not Status.SPARSE,
        )  # fmt: skip


def trim_of(policy: Policy, after: Ledger, at: Situation) -> Trim | None:
    """The trim of a book with its tickets; None inside the band, or where the policy states none or trades nothing.

    Only positions on SPX count: what VIX and coins do beside SPX is not their delta.
    """
    nav = at.nav_usd
    if policy.delta_band is None or policy.temper == "hold":
        return None
    delta = sum(row.exposure.delta_usd for row in after.by_factor if row.factor == "SPX")
    if nav is None:
        return Trim(delta, math.nan, (), None, Status.UNKNOWN, "the book states no equity (`nav`)")
    band = policy.delta_band * nav
    if abs(delta) <= band:
        return None
    if at.spx_chain is None:
        return Trim(delta, band, (), None, Status.UNKNOWN, "no SPX quotes of that day (--chain)")
    pair = best_pair(at.spx_chain, future_expiry(at.today))
    if pair is None:
        return Trim(delta, band, (), None, Status.UNKNOWN, "the chain quotes no strike with both rights")
    return Trim(delta, band, ways(delta, pair), gap_of(pair) if pair.sure else None, Status.FOUND)


def trim_words(one: Trim) -> str:
    """The trim in a sentence each: delta, ways, parity."""
    limit = "unknown" if math.isnan(one.band_usd) else f"{one.band_usd:,.0f} USD"
    start = f"SPX delta of the book with its tickets {one.delta_usd:,.0f} USD, band {limit}"
    if one.status is Status.UNKNOWN:
        return f"{start}; cost of a trim unknown: {one.why}"
    best = one.cheaper
    if best is None:
        return f"{start}; less than half a contract: nothing to trade"
    told = "; or ".join(_way_words(way) for way in one.ways if way.contracts)
    if one.gap is None:
        parity_told = "parity gap unknown (fewer than four pairs)"
    elif one.gap.tradable:
        parity_told = f"parity gap {one.gap.points:+.2f} points, {one.gap.profit_usd:,.0f} USD a pair after costs"
    else:
        parity_told = f"parity gap {one.gap.points:+.2f} points within costs of {one.gap.costs:.2f}: not tradable"
    return (
        f"{start}: {told}. Cheaper after costs: {best.what}. ES at the chain's forward, half a tick; fees and "
        f"financing assumed; {parity_told}"
    )


def _way_words(way: Alternative) -> str:
    side = "buy" if way.contracts > 0 else "sell"
    return f"{side} {abs(way.contracts)} {way.what} for {way.cost_usd:,.0f} USD, delta left {way.left_usd:,.0f}"
