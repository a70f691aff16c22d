"""Today's iron condor: strikes, what it pays at bid and ask, where it breaks even, how many, and why not to sell it."""

import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Datum
from seawall.core.errors import DomainError, MissingDataError
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.odds import Odds, Outcomes, odds
from seawall.instruments.base import Position
from seawall.instruments.structures import condor, option_on
from seawall.kernels.black import black
from seawall.ledger.book import Book
from seawall.ledger.breakeven import BreakEvens, break_evens
from seawall.market.chain import CALL, PUT
from seawall.market.expiry import Expiry, Side
from seawall.market.state import Asset, State

Floats = NDArray[np.float64]
By = Literal["range", "delta"]

SHORT: Final = {"range": 1.2, "delta": 0.20}
WING: Final = {"range": 0.5, "delta": 0.05}
LEAST_WING: Final = 25.0
COMMISSION_USD: Final = 1.0
DAYS: Final = 365.0


@dataclass(frozen=True, slots=True)
class CondorRule:
    """How strikes and size are chosen (METHOD 7.1 L0, 7.2).

    ``by`` range: shorts ``short`` expected moves from spot, wings ``wing`` moves further and at least 25 points; delta:
    the listed strikes nearest to those deltas. ``risk``: largest loss as a share of equity. ``take_profit``: share of
    the credit; ``stop``: multiple of it; ``gamma_k``: k of `L0.roll`. ``skewed``: the put wing is wider by the ratio of
    the volatilities at the two short strikes, where puts are dearer (by range). Raises ``DomainError``.
    """

    by: By = "range"
    short: float | None = None
    wing: float | None = None
    risk: float = 0.015
    take_profit: float = 0.5
    stop: float = 2.0
    gamma_k: float = 1.0
    commission_usd: float = COMMISSION_USD
    skewed: bool = False

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise DomainError(f"strikes are chosen by {' or '.join(get_args(By))}, was {self.by!r}")
        short, wing = self.distances
        if self.by == "delta" and not 0.0 < wing < short < 0.5:
            raise DomainError(f"need 0 < wing < short < 0.5 as deltas, were {wing:g} and {short:g}: wings lie outside")
        if self.by == "range" and not (0.0 < short < 10.0 and 0.0 < wing < 10.0):
            raise DomainError(f"expected moves must lie in 0 .. 10, were short {short:g} and wing {wing:g}")
        if not 0.0 < self.risk <= 0.10:
            raise DomainError(f"risk is a share of equity in 0 .. 0.10 (0.015 = 1.5 %), was {self.risk:g}")
        if not 0.0 < self.take_profit <= 1.0:
            raise DomainError(f"take_profit is a share of the credit in 0 .. 1 (0.5 = half), was {self.take_profit:g}")
        for name in ("stop", "gamma_k"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise DomainError(f"{name} must be a positive number, was {getattr(self, name)}")
        if not (math.isfinite(self.commission_usd) and self.commission_usd >= 0.0):
            raise DomainError(f"commission must be dollars >= 0 a contract, was {self.commission_usd}")

    @property
    def distances(self) -> tuple[float, float]:
        """Short and wing, in the unit of ``by``."""
        short = SHORT[self.by] if self.short is None else self.short
        return short, WING[self.by] if self.wing is None else self.wing


class CondorLeg(NamedTuple):
    """One leg of one condor; prices in points. ``side`` +1 call, -1 put; ``units`` -1 sold, +1 bought."""

    side: float
    strike: float
    units: float
    bid: float
    ask: float
    vol: float
    delta: float

    @property
    def price(self) -> float:
        """What it trades at: sold at the bid, bought at the ask."""
        return self.bid if self.units < 0.0 else self.ask


class Exit(NamedTuple):
    """One way out: rule id, what it watches, and the level now."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class CondorSignal:
    """One condor, sold once. Points per unit; dollars per contract; ``contracts`` is the size at the rule's risk.

    ``credit`` at bid and ask less commissions; ``credit_mid`` at mid. ``max_loss_usd`` is of one contract. ``sizes``:
    contracts at 1 and 2 % of equity. ``break_evens`` prices and volatilities from now to expiry.
    """

    expiry: Expiry
    rule: CondorRule
    legs: tuple[CondorLeg, ...]
    credit: float
    credit_mid: float
    max_loss_usd: float
    low: float
    high: float
    break_evens: BreakEvens
    odds: tuple[Odds, ...]
    nav_usd: float
    contracts: int
    sizes: tuple[int, int]
    exits: tuple[Exit, ...]

    @property
    def strikes(self) -> tuple[float, ...]:
        """Put wing, short put, short call, call wing."""
        return tuple(leg.strike for leg in self.legs)

    @property
    def spread_cost(self) -> float:
        """Points given up against mid, commissions included."""
        return self.credit_mid - self.credit


def _nearest(strikes: Floats, wanted: float, near: float) -> float:
    """Listed strike nearest to ``wanted``; of two the one nearer to ``near``."""
    gap = np.abs(strikes - wanted)
    best = np.flatnonzero(gap <= gap.min() + 1e-9)
    return float(strikes[best[np.argmin(np.abs(strikes[best] - near))]])


def _outside(of: Side, limit: float, sign: float, what: str) -> Floats:
    """Listed strikes beyond ``limit``, on the side of ``sign``."""
    beyond = of.strike[sign * (of.strike - limit) > 0.0]
    if not beyond.size:
        raise MissingDataError(
            f"no {what} is quoted beyond {limit:g}: choose another expiry, or a nearer distance (--short, --wing)"
        )
    return beyond


def _pair(of: Expiry, rule: CondorRule, sign: float) -> tuple[float, float]:
    """Short strike and wing of one side; ``sign`` +1 calls, -1 puts."""
    listed, word = (of.calls, "call") if sign > 0.0 else (of.puts, "put")
    short, wing = rule.distances
    candidates = _outside(listed, of.forward, sign, word)
    if rule.by == "delta":
        inner = _by_delta(of, sign, candidates, short)
        return inner, _by_delta(of, sign, _outside(listed, inner, sign, word), wing)
    move = of.expected_move
    inner = _nearest(candidates, of.spot + sign * short * move, of.forward)
    skew = _skew(of, inner) if rule.skewed and sign < 0.0 else 1.0
    reach = inner + sign * max(wing * move * skew, LEAST_WING)
    return inner, _nearest(_outside(listed, inner, sign, word), reach, inner)


def _skew(of: Expiry, put: float) -> float:
    """Volatility at a put strike over that as far above the forward, at least 1."""
    vols = of.vol(np.array([put, 2.0 * of.forward - put]))
    return max(float(vols[0] / vols[1]), 1.0)


def _by_delta(of: Expiry, sign: float, strikes: Floats, target: float) -> float:
    return float(strikes[np.argmin(np.abs(of.delta(sign, strikes) - target))])


class Offer(NamedTuple):
    """A condor as a seller meets it: ``credit`` points after fees, ``max_loss_usd`` of one contract."""

    expiry: Expiry
    legs: tuple[CondorLeg, ...]
    credit: float
    max_loss_usd: float

    @property
    def strikes(self) -> tuple[float, float, float, float]:
        """Put wing, short put, short call, call wing."""
        low, put, call, high = (leg.strike for leg in self.legs)
        return low, put, call, high


def offer(of: Expiry, rule: CondorRule) -> Offer:
    """The condor of a rule at the quotes of an expiry; ``MissingDataError`` for a strike that is not quoted."""
    (put, low), (call, high) = _pair(of, rule, PUT), _pair(of, rule, CALL)
    legs = legs_at(of, (low, put, call, high))
    fees = len(legs) * rule.commission_usd / SPX_OPTION_MULTIPLIER
    credit = -sum(leg.units * leg.price for leg in legs) - fees
    return Offer(of, legs, credit, SPX_OPTION_MULTIPLIER * (max(put - low, high - call) - credit))


def legs_at(of: Expiry, strikes: tuple[float, float, float, float]) -> tuple[CondorLeg, ...]:
    """Put wing, short put, short call and call wing at listed strikes; ``MissingDataError`` for one without a quote."""
    made = []
    for (side, units), strike in zip(((PUT, 1.0), (PUT, -1.0), (CALL, -1.0), (CALL, 1.0)), strikes, strict=True):
        at = np.array([strike])
        bid, ask = (of.calls if side == CALL else of.puts).at(strike)
        made.append(CondorLeg(side, strike, units, bid, ask, float(of.vol(at)[0]), float(of.delta(side, at)[0])))
    return tuple(made)


def payoff(legs: tuple[CondorLeg, ...], credit: float, price: Floats) -> Floats:
    """Points at expiry of one condor sold for ``credit``, shape of ``price``."""
    out = np.full(price.shape, credit)
    for leg in legs:
        out += leg.units * np.maximum(leg.side * (price - leg.strike), 0.0)
    return out


def as_state(of: Expiry) -> State:
    """The expiry as a market of one asset, so that the ledger can look for break-evens on it."""
    spot = Datum(of.spot, of.as_of, of.as_of, of.source, of.origin)
    rate = Datum(of.rate, of.as_of, of.as_of, "put-call parity", of.origin)
    return State(of.as_of, {of.underlying: Asset(spot, of.smile, of.income_yield)}, rate)


def condor_signal(of: Expiry, rule: CondorRule, nav_usd: float, witnesses: tuple[Outcomes, ...]) -> CondorSignal:
    """The condor of an expiry by a rule, at the quotes a seller meets.

    A credit that is not positive is an answer (a reason to stand aside), not an error. Raises ``DomainError`` for
    equity that is not positive, ``MissingDataError`` for a strike that is not quoted.
    """
    if not (math.isfinite(nav_usd) and nav_usd > 0.0):
        raise DomainError(f"equity must be > 0 dollars, was {nav_usd}: give --nav")
    found = offer(of, rule)
    legs, credit, loss = found.legs, found.credit, found.max_loss_usd
    middle = -sum(leg.units * 0.5 * (leg.bid + leg.ask) for leg in legs)
    put, call = found.strikes[1:3]
    seen = tuple(odds(one, SPX_OPTION_MULTIPLIER * payoff(legs, credit, one.price)) for one in witnesses)
    made = condor(option_on(of.underlying), found.strikes, of.settles)
    sold = Position("condor", made, -1.0, "condors", SPX_OPTION_MULTIPLIER * credit)
    evens = break_evens(Book("condor", (sold,)), as_state(of), of.underlying)
    return CondorSignal(
        of, rule, legs, credit, middle, loss, put - credit, call + credit, evens, seen, nav_usd,
        _size(rule.risk, nav_usd, loss), (_size(0.01, nav_usd, loss), _size(0.02, nav_usd, loss)),
        _exits(of, rule, legs, credit),
    )  # fmt: skip


def _size(share: float, nav_usd: float, loss_usd: float) -> int:
    """Contracts whose largest loss is at most ``share`` of equity."""
    return math.floor(share * nav_usd / loss_usd + 1e-9) if loss_usd > 0.0 else 0


def gamma_over_credit(of: Expiry, legs: tuple[CondorLeg, ...], credit: float) -> float:
    """``1/2 |Gamma$| EM^2`` of one day over the credit (`L0.roll`); above k the roll is due. NaN without a credit."""
    if credit <= 0.0:
        return math.nan
    strikes, vols = np.array([leg.strike for leg in legs]), np.array([leg.vol for leg in legs])
    gamma = black(of.forward, strikes, of.years, vols, of.rate, CALL).gamma
    dollar = abs(float(np.array([leg.units for leg in legs]) @ gamma)) * of.forward**2
    return 0.5 * dollar * of.money_vol**2 / DAYS / credit


def _exits(of: Expiry, rule: CondorRule, legs: tuple[CondorLeg, ...], credit: float) -> tuple[Exit, ...]:
    if credit <= 0.0:
        return ()
    now = gamma_over_credit(of, legs, credit)
    keep = credit * (1.0 - rule.take_profit)
    return (
        Exit(
            "take profit",
            f"buy back at {keep:.2f} points or less: {100.0 * rule.take_profit:.0f} % of the credit is kept",
        ),
        Exit("stop", f"buy back at {credit * (1.0 + rule.stop):.2f} points: a loss of {rule.stop:g} times the credit"),
        Exit(
            "L0.roll",
            f"re-centre when half the dollar gamma times a day's expected move squared is over {rule.gamma_k:g} times "
            f"the credit left; now {now:.2f}",
        ),
        Exit("settlement", f"settles {of.settles:%Y-%m-%d %H:%M} UTC, {of.root or 'root lost, read as SPXW'}"),
    )
