"""Conversions, reversals and boxes of a chain: what parity says, and what could be traded beyond bid, ask and costs.

A conversion buys the forward and the put and sells the call; a reversal is its opposite; a box is a conversion at one
strike with a reversal at another. Prices are quote units per share (METHOD 3.2).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.status import Status
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.market.chain import Chain, Floats
from seawall.market.pairs import NEAR_MONEY, match
from seawall.market.parity import Forward, parity, quoted

EUROPEAN: Final = frozenset({"SPX", "XSP", "VIX", "NDX", "RUT"})
SURE: Final = 2.0
"""Standard errors of the fitted discount that a gap must also exceed: far strikes lean on the slope of the line."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What trading costs: ``option_usd`` per contract and leg, ``forward_points`` for the forward, half its spread."""

    option_usd: float = 0.65
    forward_points: float = 0.05
    multiplier: float = SPX_OPTION_MULTIPLIER

    def conversion(self) -> float:
        """Points for two options and the forward."""
        return 2.0 * self.option_usd / self.multiplier + self.forward_points

    def box(self) -> float:
        """Points for four options."""
        return 4.0 * self.option_usd / self.multiplier


class Opportunity(NamedTuple):
    """A gap beyond bid, ask and costs. ``edge``: present value in points after costs and the line's own uncertainty.

    ``strikes``: one for a conversion or reversal; sold and bought synthetic forward for a box. ``rate``: the rate a box
    locks in, before costs; nan for the others.
    """

    kind: str
    expiry: dt.date
    root: str
    strikes: tuple[float, ...]
    edge: float
    costs: float
    rate: float


class ExpiryParity(NamedTuple):
    """Parity of one expiry. ``gap_mean`` and ``gap_max``: of ``|C - P - D(F-K)|`` of mids near the money, points.

    ``lend`` and ``borrow``: best rates at which boxes between the near-money strikes lend and borrow across bid and
    ask, costs in; nan where there is none. ``outside`` is the number of pairs whose gap exceeds their half-spreads.
    ``settlement``: the future of the same expiry, if given.
    """

    fitted: Forward
    pairs: int
    gap_mean: float
    gap_max: float
    outside: int
    lend: float
    borrow: float
    settlement: float | None


@dataclass(frozen=True, slots=True)
class ParityScan:
    """The whole chain: parity by expiry, executable gaps, and what was assumed."""

    underlying: str
    as_of: dt.datetime
    spot: float
    expiries: tuple[ExpiryParity, ...]
    opportunities: tuple[Opportunity, ...]
    costs: Costs
    notes: tuple[str, ...]


def box_rate(price: float, width: float, years: float) -> float:
    """Continuous rate a box of ``width`` bought at ``price`` earns over ``years``: ``-ln(price/width)/years``."""
    return float(-np.log(price / width) / years) if price > 0.0 and width > 0.0 and years > 0.0 else float("nan")


def parity_gap(call: float, put: float, forward: float, strike: float, discount: float) -> float:
    """``C - P - D (F - K)``: above zero the call is dear."""
    return call - put - discount * (forward - strike)


class _Pairs(NamedTuple):
    """Synthetic forwards of one expiry at rising strikes: bought at ``ask``, sold at ``bid``."""

    strike: Floats
    bid: Floats
    ask: Floats


def scan(
    chain: Chain,
    costs: Costs | None = None,
    settlements: Mapping[dt.date, float] | None = None,
    rate: Callable[[float], float] | None = None,
) -> ParityScan:
    """Parity of every expiry and the gaps beyond bid, ask and ``costs``.

    ``settlements``: futures prices by expiry; where one is given, conversions and reversals are measured against it,
    elsewhere against the fitted forward, if it rests on four pairs or more. Zero bids cannot be sold.
    """
    costs = costs or Costs()
    usable = chain.take(quoted(chain))
    forwards = parity(chain, rate)
    calls, puts = match(usable.group, usable.strike, usable.right)
    # Nobody buys at a zero bid: selling that side is impossible at any price.
    sellable = np.where(usable.bid > 0.0, usable.bid, -np.inf)
    bid, ask = sellable[calls] - usable.ask[puts], usable.ask[calls] - sellable[puts]
    expiries, found = [], []
    for fitted in forwards:
        if not np.isfinite(fitted.forward):
            continue
        mine = (usable.expiry[calls] == np.datetime64(fitted.expiry, "D")) & (usable.root[calls] == fitted.root)
        settlement = (settlements or {}).get(fitted.expiry)
        pairs = _Pairs(usable.strike[calls][mine], bid[mine], ask[mine])
        mids = (usable.mid[calls] - usable.mid[puts])[mine]
        expiries.append(_expiry(pairs, mids, fitted, costs, settlement))
        found += _opportunities(pairs, fitted, costs, settlement)
    found.sort(key=lambda one: -one.edge)
    notes = chain.assumptions()
    if chain.underlying not in EUROPEAN:
        notes.append(
            f"{chain.underlying} options may be exercised early: parity holds only within bounds, rates are off"
        )
    return ParityScan(
        chain.underlying, chain.as_of, chain.spot, tuple(expiries), tuple(found), costs, tuple(notes)
    )  # fmt: skip


def _expiry(pairs: _Pairs, mids: Floats, fitted: Forward, costs: Costs, settlement: float | None) -> ExpiryParity:
    near = np.abs(pairs.strike / fitted.forward - 1.0) <= NEAR_MONEY
    line = fitted.discount * (fitted.forward - pairs.strike)
    gap, half = np.abs(mids - line)[near], 0.5 * (pairs.ask - pairs.bid)[near]
    lend, borrow = _rates(_Pairs(*(column[near] for column in pairs)), fitted.years, costs.box())
    count = int(np.count_nonzero(near))
    mean, most = (float(np.mean(gap)), float(np.max(gap))) if count else (float("nan"), float("nan"))
    return ExpiryParity(fitted, count, mean, most, int(np.sum(gap > half)), lend, borrow, settlement)


def _rates(pairs: _Pairs, years: float, cost: float) -> tuple[float, float]:
    """Highest rate a bought box earns and lowest a sold box pays, over all pairs of strikes."""
    width = pairs.strike[None, :] - pairs.strike[:, None]
    wide = width > 0.0
    if not np.any(wide):
        return float("nan"), float("nan")
    price = pairs.ask[:, None] - pairs.bid[None, :] + cost
    paid = pairs.bid[:, None] - pairs.ask[None, :] - cost
    with np.errstate(divide="ignore", invalid="ignore"):
        bought = np.where(wide & np.isfinite(price) & (price > 0.0), price / width, np.nan)
        sold = np.where(wide & np.isfinite(paid) & (paid > 0.0), paid / width, np.nan)
    lend = float("nan") if np.all(np.isnan(bought)) else float(-np.log(np.nanmin(bought)) / years)
    borrow = float("nan") if np.all(np.isnan(sold)) else float(-np.log(np.nanmax(sold)) / years)
    return lend, borrow


def _opportunities(pairs: _Pairs, fitted: Forward, costs: Costs, settlement: float | None) -> list[Opportunity]:
    error = 0.0 if np.isnan(fitted.rate_error) else fitted.rate_error * fitted.years * fitted.discount
    boxes = _box(pairs, fitted, costs, SURE * error)
    if settlement is None and fitted.status is Status.SPARSE:
        # The forward is then one strike's own gap: a bad quote there would make an opportunity of every other one.
        return boxes
    forward = fitted.forward if settlement is None else settlement
    value = fitted.discount * (forward - pairs.strike)
    unsure = SURE * error * np.abs(pairs.strike - forward)
    found = []
    for kind, gain in (("conversion", pairs.bid - value), ("reversal", value - pairs.ask)):
        edge = gain - costs.conversion() - unsure
        for i in np.flatnonzero(edge > 0.0):
            strikes = (float(pairs.strike[i]),)
            found.append(
                Opportunity(kind, fitted.expiry, fitted.root, strikes, float(edge[i]), costs.conversion(), np.nan)
            )
    return found + boxes


def _box(pairs: _Pairs, fitted: Forward, costs: Costs, unsure: float) -> list[Opportunity]:
    """The best box of an expiry: the synthetic forward sold dearest against the one bought cheapest."""
    if pairs.strike.size < 2:
        return []
    sell = int(np.argmax(pairs.bid + fitted.discount * pairs.strike))
    buy = int(np.argmin(pairs.ask + fitted.discount * pairs.strike))
    low, high = float(pairs.strike[sell]), float(pairs.strike[buy])
    paid = float(pairs.bid[sell] - pairs.ask[buy])
    edge = paid + fitted.discount * (low - high) - costs.box() - unsure * abs(low - high)
    if not edge > 0.0 or low == high:
        return []
    # Sold low and bought high borrows; the other way round lends.
    r = box_rate(abs(paid), abs(high - low), fitted.years)
    kind = "box, borrows" if low < high else "box, lends"
    return [Opportunity(kind, fitted.expiry, fitted.root, (low, high), edge, costs.box(), r)]
