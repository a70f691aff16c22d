"""Who gets the rent a pool pays: arbitrageurs, gas, or the pool itself through its fee (METHOD 5.5 and 1.5)."""

import math
from dataclasses import dataclass
from typing import Final

from seawall.core.errors import DomainError
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import PoolShape
from seawall.kernels.lvr import blocks, density_split, equal_block_share, log_fee
from seawall.market.state import State

YEAR_SECONDS: Final = 365.0 * 86400.0


@dataclass(frozen=True, slots=True)
class Shares:
    """Dollars a year: what arbitrageurs keep, what they pay for gas, what the pool gets back as fee."""

    arbitrage: float
    gas: float
    recaptured: float


@dataclass(frozen=True, slots=True)
class RentSplit:
    """``rent``: ``1/2 sigma^2 S^2 g`` in dollars a year; its two splits, and which one the chain calls for.

    ``equal_blocks`` is None with gas, which that form leaves out. ``preferred``: equal blocks where it is known.
    """

    rent: float
    poisson: Shares
    equal_blocks: Shares | None

    @property
    def preferred(self) -> Shares:
        """Blocks at equal intervals, as on proof-of-stake chains; with gas, Poisson blocks."""
        return self.poisson if self.equal_blocks is None else self.equal_blocks


@dataclass(frozen=True, slots=True)
class Venue:
    """The swap ``fee`` as a fraction, the chain's ``block_seconds``, and ``gas`` as a log displacement."""

    fee: float
    block_seconds: float
    gas: float = 0.0


def rent_split(shape: PoolShape, price: float, vol: float, venue: Venue) -> RentSplit:
    """Split of the rent at a ``price`` and a yearly ``vol``.

    The Poisson split is the exact integral over the shape's density; equal blocks are to leading order, and what is no
    arbitrage is fee. Raises ``DomainError``, ``NotConvergedError``.
    """
    if not (math.isfinite(venue.block_seconds) and venue.block_seconds > 0.0):
        raise DomainError(f"block_seconds must be a positive number, were {venue.block_seconds}: Ethereum has 12")
    terms = blocks(vol, YEAR_SECONDS / venue.block_seconds, log_fee(venue.fee), venue.gas)
    edges = [end for span in shape.spans for end in span if 0.0 < end < math.inf]
    split = density_split(lambda q: shape.pool(q).density, price, terms, edges)
    rent = float(split.lvr)
    poisson = Shares(float(split.net), float(split.gas), float(split.fee))
    if venue.gas > 0.0:
        return RentSplit(rent, poisson, None)
    arbitrage = rent * float(equal_block_share(terms))
    return RentSplit(rent, poisson, Shares(arbitrage, 0.0, rent - arbitrage))


def rent_split_of(position: Position, state: State, gas: float = 0.0) -> RentSplit | None:
    """Split of a liquidity position of a book, all units; None where fee, block time or volatility is not stated.

    Raises ``DomainError`` for another instrument.
    """
    held = position.instrument
    if not isinstance(held, LiquidityPosition):
        raise DomainError(f"{position.label} is a {held.kind}: only liquidity pays this rent")
    vol = state.asset(held.factor).realised_vol
    record = held.record
    if record.fee is None or record.block_seconds is None or vol is None:
        return None
    venue = Venue(record.fee, record.block_seconds, gas)
    return rent_split(held.shape.scaled(position.quantity), state.asset(held.factor).spot.value, vol.value, venue)
