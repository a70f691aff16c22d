"""Static hedge of a density on listed strikes at bid and ask: cost, what is left, and the worst price (METHOD 2.6).

Bought at the ask and sold at the bid, out of the money at the pivot, held to expiry. Amounts owed and paid at expiry
are money of that date, premiums and fees money of today.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity, Mass, Terminal
from seawall.convexity.hedge_program import Program, cheapest, least_shortfall
from seawall.convexity.option_quotes import CALL, PUT, OptionQuotes, checked_quotes
from seawall.convexity.smile_price import terminal
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, InfeasibleError, RangeError
from seawall.core.status import Status

Floats = NDArray[np.float64]

ADDED_PRICES: Final = 200
"""Log-spaced prices added where the density changes sign: between them the residual is not concave."""
CHECKED_PER_CELL: Final = 16
EXTENSION: Final = 10.0
SETTLED: Final = 1e-9
"""A position below this share of the largest one is rounding of the solver."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the hedge must respect.

    ``allowed``: largest shortfall at any price, money at expiry (METHOD's default is 0.5 % of the position's value).
    ``lot``: units of the underlying in a contract; ``whole``: contracts are whole numbers. ``fee``: per contract bought
    or sold. ``budget``: most premium and fees; the worst shortfall is then minimised and ``allowed`` is not used.
    ``span``: prices to protect, every price >= 0 when None. Raises DomainError, RangeError.
    """

    allowed: float
    lot: float = 1.0
    whole: bool = False
    fee: float = 0.0
    budget: float | None = None
    span: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (0.0 <= self.allowed < math.inf and 0.0 < self.lot < math.inf and 0.0 <= self.fee < math.inf):
            raise DomainError(
                f"allowed and fee must be finite and >= 0, lot > 0, were {self.allowed}, {self.fee} and {self.lot}"
            )
        if self.budget is not None and not math.isfinite(self.budget):
            raise DomainError(f"budget must be finite, was {self.budget}: leave it out for no budget")
        if self.span is not None and not 0.0 < self.span[0] < self.span[1] < math.inf:
            raise RangeError(f"the span must have 0 < low < high, was {self.span}: swap or widen it")


class StatePrices(NamedTuple):
    """Cost today of one more dollar owed at each of ``prices``; ``slope``: of one more unit owed above all of them."""

    prices: Floats
    costs: Floats
    slope: float


@dataclass(frozen=True, slots=True, eq=False)
class StaticHedge:
    """A hedge and what it leaves; arrays over the usable options, contracts > 0 bought and < 0 sold.

    ``paid``: ask or bid of each per unit, nan where nothing is traded. ``premium`` and ``fee`` add up to ``cost``.
    ``prices``, ``residual``: hedge payoff less what the density owes, at expiry. ``worst`` is its least value (-inf
    when the loss has no bound above all prices) and ``worst_at`` where. ``slope_above``: its slope far above.
    ``state_prices``: None for whole contracts. ``left``: density of position plus hedge. ``gap``: how far the cost (or,
    with a budget, the shortfall) can be from the least, a share; nan when rounded.
    """

    quotes: OptionQuotes
    pivot: float
    lot: float
    contracts: Floats
    paid: Floats
    premium: float
    fee: float
    prices: Floats
    residual: Floats
    worst: float
    worst_at: float
    slope_above: float
    state_prices: StatePrices | None
    left: ConvexityDensity
    gap: float
    status: Status

    @property
    def cost(self) -> float:
        """Premium and fees, today."""
        return self.premium + self.fee

    def payoff(self, spot: ArrayLike) -> Floats:
        """What the hedge pays at expiry, shape of ``spot``."""
        return _payoffs(self.quotes, spot) @ (self.lot * self.contracts)

    def assumptions(self) -> tuple[str, ...]:
        """One line for everything that is not observed."""
        if self.quotes.origin is Origin.OBSERVED:
            return ()
        return (f"option quotes are {self.quotes.source}",)


def _payoffs(quotes: OptionQuotes, spot: ArrayLike) -> Floats:
    """Payoff of one unit of each option, shape of ``spot`` with the options last."""
    s = np.asarray(spot, dtype=np.float64)[..., None]
    return np.maximum(quotes.right * (s - quotes.strikes), 0.0)


def _owed(density: ConvexityDensity, pivot: float, prices: Floats) -> Floats:
    """``density.loss``, at price zero too."""
    positive = prices > 0.0
    owed = np.full(prices.size, density.integral(0.0, pivot).first if not np.all(positive) else 0.0)
    owed[positive] = density.loss(prices[positive], pivot)
    return owed


def usable(quotes: OptionQuotes, pivot: float) -> OptionQuotes:
    """Puts below the pivot and calls above it; both at the pivot, or at the strikes either side if it is not listed."""
    below = float(np.max(quotes.strikes[quotes.strikes <= pivot], initial=0.0))
    above = float(np.min(quotes.strikes[quotes.strikes >= pivot], initial=math.inf))
    puts = (quotes.right == PUT) & (quotes.strikes <= above)
    calls = (quotes.right == CALL) & (quotes.strikes >= below)
    return quotes.take(puts | calls)


def _protected(density: ConvexityDensity, quotes: OptionQuotes, span: tuple[float, float] | None) -> Floats:
    """Prices at which the floor is imposed: strikes, knots, both ends; more where the density changes sign."""
    knots = np.concatenate([quotes.strikes, density.knots()])
    low, high = span if span is not None else (float(np.min(knots)), float(np.max(knots)))
    added = [np.array([0.0] if span is None else span)]
    if any(segment.coefficient < 0.0 for segment in density.segments):
        if span is None:
            low = low / EXTENSION if any(s.low == 0.0 for s in density.segments) else low
            high = high * EXTENSION if any(s.high == math.inf for s in density.segments) else high
        added.append(np.geomspace(low, high, ADDED_PRICES))
    prices = np.unique(np.concatenate([knots, *added]))
    return prices if span is None else prices[(prices >= span[0]) & (prices <= span[1])]


def _dips(density: ConvexityDensity, prices: Floats) -> Floats:
    """How far the residual can fall between a price and its neighbours: ``max -g dS^2/8`` where the density is < 0.

    Not for the cell that starts at price zero. Zeros where the density is positive.
    """
    low, step = prices[:-1], np.diff(prices)
    inside = low[:, None] + step[:, None] * np.array([1e-9, 0.5, 1.0 - 1e-9])
    deep = np.maximum(-density.at(inside), 0.0).max(axis=1) * step**2 / 8.0
    deep[low == 0.0] = 0.0
    return np.asarray(np.maximum(np.append(deep, 0.0), np.append(0.0, deep)))


def _program(density: ConvexityDensity, pivot: float, quotes: OptionQuotes, terms: Terms) -> Program:
    prices = _protected(density, quotes, terms.span)
    owed = _owed(density, pivot, prices)
    slope = density.integral(pivot, math.inf).plain if terms.span is None else 0.0
    if not (np.all(np.isfinite(owed)) and math.isfinite(slope)):
        raise InfeasibleError("what is owed has no limit as price nears 0 or infinity: give a span of prices")
    return Program(
        prices,
        terms.lot * _payoffs(quotes, prices),
        owed + _dips(density, prices),
        terms.lot * (quotes.right == CALL) if terms.span is None else None,
        slope,
        terms.lot * quotes.ask,
        terms.lot * quotes.bid,
        quotes.size,
        terms.fee,
        terms.whole,
    )


def _checked(
    density: ConvexityDensity | FlowDensity, pivot: float, quotes: OptionQuotes
) -> tuple[ConvexityDensity, OptionQuotes]:
    quotes = checked_quotes(quotes)
    density = terminal(density, quotes.years)
    if not (math.isfinite(pivot) and pivot > 0.0):
        raise DomainError(f"the pivot must be finite and > 0, was {pivot}: for a pool, its price at entry")
    return density, usable(quotes, pivot)


def static_hedge(
    density: ConvexityDensity | FlowDensity, pivot: float, quotes: OptionQuotes, terms: Terms
) -> StaticHedge:
    """The cheapest hedge that leaves at most ``terms.allowed`` at any price; with a budget, the least such loss.

    Where the density is positive the residual is concave between strikes and knots, so the floor holds at every price
    >= 0, not only on the grid; where it is negative more is asked at the grid, by what the residual can dip beside it.
    With ``whole`` a mixed-integer program; status STOPPED if its search was cut off, which
    beyond some 60 options is the rule and takes seconds: choose strikes first.
    Raises InfeasibleError, UnboundedError, NotConvergedError, ConventionError (flow, profile, another expiry),
    DomainError, QuoteError.
    """
    density, quotes = _checked(density, pivot, quotes)
    program = _program(density, pivot, quotes, terms)
    allowed, gap, stopped = terms.allowed, 0.0, False
    if terms.budget is not None:
        # The least shortfall first, then the least cost that keeps to it.
        allowed, gap, stopped = least_shortfall(program, terms.budget)
        allowed += SETTLED * float(np.max(np.abs(program.owed)))
    found = cheapest(program, allowed)
    small = np.abs(found.contracts) <= SETTLED * np.max(np.abs(found.contracts), initial=0.0)
    contracts = np.where(small, 0.0, found.contracts)
    duals = None
    if found.duals is not None:
        duals = StatePrices(program.prices, found.duals, found.slope_dual or 0.0)
    hedge = _measured(density, pivot, quotes, terms, contracts)
    status = Status.STOPPED if stopped or found.stopped else Status.FOUND
    return replace(hedge, state_prices=duals, gap=max(gap, found.gap), status=status)


def rounded_hedge(
    density: ConvexityDensity | FlowDensity, pivot: float, quotes: OptionQuotes, terms: Terms
) -> StaticHedge:
    """The divisible hedge rounded to the nearest whole contracts, and measured again: the floor need not hold.

    Status BELOW_FLOOR when it does not; ``whole`` is not used. Raises as ``static_hedge``.
    """
    density, quotes = _checked(density, pivot, quotes)
    exact = static_hedge(density, pivot, quotes, replace(terms, whole=False))
    hedge = _measured(density, pivot, quotes, terms, np.round(exact.contracts))
    floor = min(exact.worst, -terms.allowed if terms.budget is None else exact.worst)
    kept = hedge.worst >= floor - SETTLED * float(np.max(np.abs(hedge.residual)))
    within = terms.budget is None or hedge.cost <= terms.budget
    return replace(hedge, gap=math.nan, status=Status.FOUND if kept and within else Status.BELOW_FLOOR)


def _measured(
    density: ConvexityDensity, pivot: float, quotes: OptionQuotes, terms: Terms, contracts: Floats
) -> StaticHedge:
    """Cost and residual of any contracts, by the payoffs themselves."""
    bought, sold = np.maximum(contracts, 0.0), np.maximum(-contracts, 0.0)
    prices = _protected(density, quotes, terms.span)
    last = np.append(prices, 1.25 * prices[-1]) if terms.span is None else prices
    fine = np.linspace(last[:-1], last[1:], CHECKED_PER_CELL, endpoint=False).T.ravel()
    prices = np.append(fine, last[-1])
    residual = _payoffs(quotes, prices) @ (terms.lot * contracts) - _owed(density, pivot, prices)
    above = terms.lot * float(contracts @ (quotes.right == CALL)) - density.integral(pivot, math.inf).plain
    at = int(np.argmin(residual))
    worst, worst_at = float(residual[at]), float(prices[at])
    scale = terms.lot * float(np.max(np.abs(contracts), initial=0.0))
    if terms.span is None and above < -SETTLED * scale:
        worst, worst_at = -math.inf, math.inf
    masses = tuple(Mass(float(k), -terms.lot * float(n)) for k, n in zip(quotes.strikes, contracts, strict=True))
    return StaticHedge(
        quotes=quotes,
        pivot=float(pivot),
        lot=terms.lot,
        contracts=contracts,
        paid=np.where(contracts > 0.0, quotes.ask, np.where(contracts < 0.0, quotes.bid, math.nan)),
        premium=terms.lot * float(quotes.ask @ bought - quotes.bid @ sold),
        fee=terms.fee * float(np.sum(bought + sold)),
        prices=prices,
        residual=residual,
        worst=worst,
        worst_at=worst_at,
        slope_above=above,
        state_prices=None,
        left=density + ConvexityDensity((), masses, Terminal(quotes.years)),
        gap=0.0,
        status=Status.FOUND,
    )
