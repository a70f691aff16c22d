"""One liquidity position read in a market: what it holds, what it owes to volatility, and what options pay for that.

A pool position is a short strangle over its range. Read here: its range, value and greeks (METHOD 1.4), the rent that
volatility takes and the fees that must pay it (2.2, 5.5), the market's price of its impermanent loss (2.3), its vega to
a horizon (2.4), the chance to leave its range, and the share a VIX hedge reaches (2.5).
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.price import break_even_vol, implied_il_vol, price_smile
from seawall.convexity.project import ShapeShare, shape_share
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, InputError, NotConvergedError
from seawall.core.status import Status
from seawall.instruments.base import Exposure, Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.pool import HORIZON_DAYS, LiquidityPosition
from seawall.instruments.pool_shapes import PoolShape, Span
from seawall.ledger.lp_exit import Exits, exits
from seawall.ledger.share import HedgeableShare, hedgeable_share
from seawall.market.state import Moves, State

Array = NDArray[np.float64]

YEARS: Final = HORIZON_DAYS / 365.0
REACH: Final = 3.0
"""A range end further than this many standard deviations to the horizon has no strike there: one deviation is used."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Tokens and dollars now; ``leverage`` over v2, None outside; ``fees_usd`` accrued and not in ``tokens_usd``."""

    tokens_usd: float
    base: float
    quote: float
    fees_usd: float
    leverage: float | None


@dataclass(frozen=True, slots=True)
class Rent:
    """Dollars a day that a volatility takes now, and the yearly fee rate over value that would pay it.

    ``vol`` None is unknown, and then so are the others, unless there is no convexity that could owe anything.
    """

    vol: float | None
    usd_per_day: float | None
    fee_apr_needed: float | None


@dataclass(frozen=True, slots=True)
class LossPrice:
    """Price of the impermanent loss to the horizon off the market's smile, and the flat vol with the same price.

    None with a ``status`` that says why: a smile whose wings are too fat has no price for an uncapped pool.
    """

    usd: float | None
    vol: float | None
    status: Status


@dataclass(frozen=True, slots=True)
class Strangle:
    """Short strangle to the horizon with the position's dollar gamma at spot: ``units`` of each option are sold.

    ``at_ends``: whether the put and the call strike are the ends of the range, else one standard deviation away.
    """

    put: EuropeanOption
    call: EuropeanOption
    units: float
    at_ends: tuple[bool, bool]
    premium_usd: float
    theta_usd_per_day: float
    vega_usd_per_point: float


@dataclass(frozen=True, slots=True)
class LpReading:
    """Everything that is read of one pool position. None is unknown; vols per square root of a year.

    ``implied_vol``: 30 days, at the money. ``fee_usd_per_day``: what it earns now, zero outside its range.
    ``break_even``: realised vol up to which fees pay the rent, with ``break_even_status``. ``horizon_shape``: its
    density against the variance swap of the same price to the horizon; None where options have no value at its strikes.
    ``share``: what VIX can reach; None where the question is void.
    """

    position: Position
    state: State
    shape: PoolShape
    spot: float
    exposure: Exposure
    holdings: Holdings
    exits: Exits
    implied_vol: float
    at_realised: Rent
    at_implied: Rent
    fee_apr: float | None
    fee_usd_per_day: float | None
    break_even: float | None
    break_even_status: Status
    loss: LossPrice
    strangle: Strangle | None
    share: HedgeableShare | None
    horizon_shape: ShapeShare | None

    @property
    def label(self) -> str:
        """Of the position."""
        return self.position.label

    @property
    def factor(self) -> str:
        """Its asset."""
        return self.position.instrument.factor

    @property
    def gamma_usd_per_pct(self) -> float:
        """Change of delta dollars for a 1 % move."""
        return self.exposure.gamma_usd / 100.0

    @property
    def crypto_native_share(self) -> float | None:
        """What VIX cannot reach; while the asset share is unknown, the least it can be."""
        return None if self.share is None else 1.0 - self.share.at_most

    @property
    def horizon_fees_usd(self) -> float | None:
        """Fees to the horizon if the price stays where it is."""
        return None if self.fee_usd_per_day is None else HORIZON_DAYS * self.fee_usd_per_day

    @property
    def band(self) -> Span:
        """Prices one standard deviation of log price below and above spot, to the horizon, at ``implied_vol``."""
        deviation = self.implied_vol * math.sqrt(YEARS)
        return self.spot * math.exp(-deviation), self.spot * math.exp(deviation)

    @property
    def modelled(self) -> bool:
        """Whether the price or the smile was not observed."""
        asset = self.state.asset(self.factor)
        return asset.spot.origin is not Origin.OBSERVED or asset.smile.origin is not Origin.OBSERVED

    def gamma_bar(self, prices: Array) -> Array:
        """Delta dollars the position gives up per 1 % of price, at each price: ``K^2 g(K)/100``."""
        return np.asarray(self.shape.pool(prices).density * prices**2 / 100.0)

    def strangle_gamma(self, prices: Array) -> Array | None:
        """The same of the strangle today, at each price; None where there is none."""
        if self.strangle is None:
            return None
        view = self.state.view(Moves({self.factor: prices / self.spot - 1.0}))
        both = self.strangle.put.dollar_gamma(view) + self.strangle.call.dollar_gamma(view)
        return np.asarray(self.strangle.units * both / 100.0)

    def value(self, prices: Array) -> Array:
        """Dollars of both tokens at each price."""
        return self.shape.pool(prices).value

    def held(self, prices: Array) -> Array:
        """Dollars of today's tokens, kept as they are, at each price."""
        return np.asarray(self.holdings.base * prices + self.holdings.quote)


def pool_positions(positions: tuple[Position, ...], only: str | None = None) -> tuple[Position, ...]:
    """The pool positions, or the one labelled ``only``. Raises ``InputError`` when there is none."""
    pools = tuple(p for p in positions if isinstance(p.instrument, LiquidityPosition))
    if only is not None:
        named = next((p for p in positions if p.label == only), None)
        if named is not None and named not in pools:
            raise InputError(f"{only!r} is a {named.instrument.kind}, not a pool position: {_choice(pools)}")
        if named is None:
            raise InputError(f"no position is labelled {only!r}: {_choice(pools)}")
        return (named,)
    if not pools:
        raise InputError("the book has no pool position: add one, such as `kind: v3_pool`")
    return pools


def _choice(pools: tuple[Position, ...]) -> str:
    return f"choose {' or '.join(repr(p.label) for p in pools)}" if pools else "the book has no pool position"


def read_position(position: Position, state: State) -> LpReading:
    """Read one pool position in a market.

    Raises ``InputError`` for a position that is not a pool held, ``MissingDataError`` when the market lacks its asset.
    """
    instrument = position.instrument
    if not isinstance(instrument, LiquidityPosition) or position.quantity <= 0.0:
        raise InputError(f"{position.label!r} is not a pool position that is held: give one of a pool, quantity > 0")
    asset = state.asset(instrument.factor)
    shape = instrument.shape.scaled(position.quantity)
    spot, exposure = asset.spot.value, position.exposure(state)
    implied = float(state.view().vol(instrument.factor, spot, YEARS)[0])
    pool = shape.pool(np.array([spot]))
    leverage, value = float(pool.leverage[0]), float(pool.value[0])
    holdings = Holdings(
        tokens_usd=value,
        base=float(pool.base[0]),
        quote=float(pool.quote[0]),
        fees_usd=position.quantity * instrument.fees_usd,
        leverage=leverage if leverage > 0.0 else None,
    )
    carry = exposure.carry_usd_per_year
    level, status = (math.nan, Status.UNKNOWN) if carry is None else break_even_vol(carry, -exposure.gamma_usd)
    return LpReading(
        position=position,
        state=state,
        shape=shape,
        spot=spot,
        exposure=exposure,
        holdings=holdings,
        exits=exits(shape.spans, instrument.factor, state, implied),
        implied_vol=implied,
        at_realised=_rent(exposure, value, None if asset.realised_vol is None else asset.realised_vol.value),
        at_implied=_rent(exposure, value, implied),
        fee_apr=instrument.fee_apr,
        fee_usd_per_day=None if carry is None else carry / 365.0,
        break_even=level if status is Status.FOUND else None,
        break_even_status=status,
        loss=_loss(shape, instrument.factor, state),
        strangle=_strangle(shape.spans, instrument.factor, state, -exposure.gamma_usd, implied),
        share=hedgeable_share(position, state),
        horizon_shape=_horizon_shape(shape, instrument.factor, state, implied),
    )


def _rent(exposure: Exposure, value: float, vol: float | None) -> Rent:
    if exposure.gamma_usd == 0.0:
        return Rent(vol, 0.0, 0.0)
    if vol is None:
        return Rent(None, None, None)
    yearly = -0.5 * vol**2 * exposure.gamma_usd
    return Rent(vol, yearly / 365.0, yearly / value)


def _loss(shape: PoolShape, factor: str, state: State) -> LossPrice:
    """Price with the forward as pivot; a position entered at spot differs by a linear term of second order in carry."""
    density, view = shape.density(), state.view()
    forward, discount = float(view.forward(factor, YEARS)[0]), math.exp(-view.rate() * YEARS)
    try:
        price = price_smile(density, state.asset(factor).smile, forward, YEARS, discount)
    except NotConvergedError:
        return LossPrice(None, None, Status.NONFINITE)
    vol, status = implied_il_vol(density, price, forward, YEARS, discount)
    return LossPrice(price, vol if status is Status.FOUND else None, status)


def _horizon_shape(shape: PoolShape, factor: str, state: State, vol: float) -> ShapeShare | None:
    try:
        return shape_share(shape.density(), float(state.view().forward(factor, YEARS)[0]), vol, YEARS)
    except DomainError:
        return None


def _strangle(spans: tuple[Span, ...], factor: str, state: State, short: float, vol: float) -> Strangle | None:
    """None where the position has no dollar gamma to match."""
    if short <= 0.0:
        return None
    spot = state.asset(factor).spot.value
    deviation = vol * math.sqrt(YEARS)
    low, high = next(span for span in spans if span[0] <= spot <= span[1])
    ends = (
        low > 0.0 and math.log(spot / low) <= REACH * deviation,
        math.isfinite(high) and math.log(high / spot) <= REACH * deviation,
    )
    strikes = (low if ends[0] else spot * math.exp(-deviation), high if ends[1] else spot * math.exp(deviation))
    expires = state.now + timedelta(days=HORIZON_DAYS)
    put = EuropeanOption(factor, "put", strikes[0], expires, 1.0)
    call = EuropeanOption(factor, "call", strikes[1], expires, 1.0)
    sold = (put.exposure(state), call.exposure(state))
    units = short / sum(one.gamma_usd for one in sold)
    return Strangle(
        put=put,
        call=call,
        units=units,
        at_ends=ends,
        premium_usd=units * sum(one.value_usd for one in sold),
        theta_usd_per_day=-units * sum(one.theta_usd_per_year for one in sold) / 365.0,
        vega_usd_per_point=-units * sum(one.vega_usd_per_point for one in sold),
    )
