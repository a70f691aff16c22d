"""Pools of a book file: one model a kind, each turned into its shape.

A new kind of pool is one kernel, one shape with its line in ``SHAPES``, and a model of its keys here, in ``AnyPool``.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import AfterValidator, Field, FiniteFloat, PositiveFloat, model_validator

from seawall.core.errors import DomainError
from seawall.data.markets import Strict, When, instant
from seawall.data.position_file import PositionFile
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_curves import CoveredCall, Stable, stable_of, weighted_of
from seawall.instruments.pool_record import FeeModel, PoolRecord
from seawall.instruments.pool_shapes import Concentrated, ConstantProduct, PoolShape, PriceRange, concentrated


def _no_dust(amount: float) -> float:
    if amount < DUST:
        raise ValueError(f"below {DUST:g}, the smallest unit of a token: give human units")
    return amount


DUST: Final = 1e-18
Amount = Annotated[FiniteFloat, Field(gt=0.0, le=1e30), AfterValidator(_no_dust)]
"""Tokens in human units, liquidity or dollars."""
NO_TIME: Final = datetime.max.replace(tzinfo=UTC)


def own_price(file: "PoolFile", shape: PoolShape) -> tuple[float, float] | None:
    """The price that the terms of a file speak of, and the one if its tokens were swapped; None when they name none."""
    if isinstance(file, WeightedFile) and file.base_amount is not None and file.quote_amount is not None:
        ratio, odds = file.quote_amount / file.base_amount, file.weight / (1.0 - file.weight)
        return ratio * odds, odds / ratio
    if isinstance(shape, Concentrated):
        middle = math.sqrt(min(r.low for r in shape.ranges)) * math.sqrt(max(r.high for r in shape.ranges))
        return middle, 1.0 / middle
    if isinstance(shape, CoveredCall):
        return shape.strike, 1.0 / shape.strike
    return (shape.rate, 1.0 / shape.rate) if isinstance(shape, Stable) else None


class PoolFile(PositionFile):
    """What every pool says: its asset, its size or a deposit at a price, what is known of its fees and its chain."""

    asset: str
    deposit_usd: Amount | None = None
    entry_price: FiniteFloat | None = Field(
        None, ge=1e-12, le=1e12, description="dollars per base token when it was opened"
    )
    opened: When | None = None
    fee_apr: FiniteFloat | None = Field(None, ge=0.0, description="fees a year over value; left out when unknown")
    fees_usd: FiniteFloat | None = Field(None, ge=0.0, description="accrued and unclaimed; left out when unknown")
    fee_model: FeeModel | None = Field(None, description="where fees_usd is from; `stated` unless said otherwise")
    emissions_usd: FiniteFloat | None = Field(None, ge=0.0, description="reward tokens at their sale price")
    fee: FiniteFloat | None = Field(None, ge=0.0, lt=1.0, description="swap fee of the pool, 0.003 for 30 bp")
    block_seconds: PositiveFloat | None = None

    @abstractmethod
    def sizes(self) -> Mapping[str, Any]:
        """The keys that state its size, with their values."""

    @abstractmethod
    def unit(self) -> PoolShape:
        """The shape at its stated size; without one, at any."""

    @model_validator(mode="after")
    def _sized_once(self) -> "PoolFile":
        sizes = self.sizes()
        names = " and ".join(f"`{name}`" for name in sizes)
        missing = [name for name, value in sizes.items() if value is None]
        if (len(missing) == len(sizes)) == (self.deposit_usd is None):
            raise ValueError(f"give either {names}, or `deposit_usd` with `entry_price`")
        if missing and self.deposit_usd is None:
            raise ValueError(f"`{missing[0]}` is missing: give {names}")
        if self.deposit_usd is not None and self.entry_price is None:
            raise ValueError("`deposit_usd` needs `entry_price`, the price at which it was deposited")
        if self.fees_usd is None and self.fee_model not in (None, FeeModel.UNKNOWN):
            raise ValueError("`fee_model` says where fees are from: add `fees_usd` or remove it")
        return self

    def shape(self) -> PoolShape:
        """The shape; a deposit is turned into size at its entry price."""
        unit = self.unit()
        if self.deposit_usd is None or self.entry_price is None:
            return unit
        worth = float(unit.pool(np.array(self.entry_price)).value)
        if not worth > 0.0:
            raise DomainError(f"nothing can be deposited at entry_price {self.entry_price:g}: check the price")
        return unit.scaled(self.deposit_usd / worth)

    def entry_usd(self) -> float | None:
        """What one of it was worth when it was opened."""
        if self.deposit_usd is not None or self.entry_price is None:
            return self.deposit_usd
        return float(self.shape().pool(np.array(self.entry_price)).value)

    def instrument(self) -> LiquidityPosition:
        """The position."""
        shape = self.shape()
        known = self.fees_usd is not None and self.fee_model is not FeeModel.UNKNOWN
        record = PoolRecord(
            entry_price=self.entry_price,
            opened=None if self.opened is None else instant(self.opened, NO_TIME),
            fees_usd=self.fees_usd if known else None,
            fee_model=(self.fee_model or FeeModel.STATED) if known else FeeModel.UNKNOWN,
            emissions_usd=self.emissions_usd,
            fee=self.fee,
            block_seconds=self.block_seconds,
            orientation=own_price(self, shape),
        )
        if self.entry_price is not None and (fault := record.swapped_tokens(self.entry_price)):
            raise DomainError(f"{fault} (entry_price)")
        return LiquidityPosition(self.asset, shape, self.fee_apr, self.fees_usd or 0.0, record)


class V2File(PoolFile):
    """A share of a constant-product pool."""

    kind: Literal["v2_pool"]
    liquidity: Amount | None = None

    def sizes(self) -> Mapping[str, Any]:
        """L."""
        return {"liquidity": self.liquidity}

    def unit(self) -> PoolShape:
        """``2 L sqrt P``."""
        return ConstantProduct(self.liquidity or 1.0)


class RangeFile(Strict):
    """One price range: its ``liquidity``, or its ``weight`` in a deposit."""

    low: PositiveFloat
    high: PositiveFloat
    liquidity: Amount | None = None
    weight: Amount = 1.0


class V3File(PoolFile):
    """A concentrated position: one range, or several, of which a deposit is split by ``weight``."""

    kind: Literal["v3_pool"]
    low: PositiveFloat | None = None
    high: PositiveFloat | None = None
    liquidity: Amount | None = None
    ranges: Annotated[list[RangeFile], Field(min_length=1, max_length=1000)] | None = None

    @model_validator(mode="after")
    def _ranged_once(self) -> "V3File":
        if self.ranges is None and (self.low is None or self.high is None):
            raise ValueError("a v3_pool needs the price range `low` and `high`, or `ranges`")
        if self.ranges is not None and not (self.low is None and self.high is None and self.liquidity is None):
            raise ValueError("give either `low`, `high` and `liquidity`, or `ranges` with their own")
        return self

    def sizes(self) -> Mapping[str, Any]:
        """L, of the one range or of each."""
        if self.ranges is None:
            return {"liquidity": self.liquidity}
        return {f"liquidity of range {number}": r.liquidity for number, r in enumerate(self.ranges, 1)}

    def unit(self) -> PoolShape:
        """Each range at its liquidity, or at its weight of the value at the entry price."""
        if self.ranges is None:
            return concentrated(self.liquidity or 1.0, self.low or 0.0, self.high or 0.0)
        if self.entry_price is None or self.deposit_usd is None:
            return Concentrated(tuple(PriceRange(r.low, r.high, r.liquidity or 1.0) for r in self.ranges))
        at = np.array(self.entry_price)
        worth = [float(concentrated(1.0, r.low, r.high).pool(at).value) for r in self.ranges]
        return Concentrated(
            tuple(PriceRange(r.low, r.high, r.weight / of_one) for r, of_one in zip(self.ranges, worth, strict=True))
        )


class WeightedFile(PoolFile):
    """A share of a weighted pool; ``weight`` is the share of value in the asset."""

    kind: Literal["weighted_pool"]
    weight: FiniteFloat
    base_amount: Amount | None = None
    quote_amount: Amount | None = None

    def sizes(self) -> Mapping[str, Any]:
        """Its amounts."""
        return {"base_amount": self.base_amount, "quote_amount": self.quote_amount}

    def unit(self) -> PoolShape:
        """``c P^w``."""
        return weighted_of(self.base_amount or 1.0, self.quote_amount or 1.0, self.weight)


class StableFile(PoolFile):
    """A ``share`` of a two-coin stableswap pool with these ``balances`` of asset and dollars."""

    kind: Literal["stable_pool"]
    amplification: FiniteFloat
    balances: Annotated[list[Amount], Field(min_length=2, max_length=2)] | None = None
    share: Annotated[FiniteFloat, Field(gt=0.0, le=1.0)] = 1.0
    rate: PositiveFloat = 1.0

    def sizes(self) -> Mapping[str, Any]:
        """The balances of the pool."""
        return {"balances": self.balances}

    def unit(self) -> PoolShape:
        """The amounts on the invariant."""
        base, quote = self.balances or (1.0, self.rate)
        return stable_of(self.amplification, base, quote, self.rate).scaled(self.share)


class CoveredCallFile(PoolFile):
    """Units of a covered-call pool; ``years`` to its expiry are kept as stated."""

    kind: Literal["covered_call_pool"]
    strike: PositiveFloat
    vol: PositiveFloat
    years: FiniteFloat
    size: Amount | None = None

    def sizes(self) -> Mapping[str, Any]:
        """Units."""
        return {"size": self.size}

    def unit(self) -> PoolShape:
        """``S (1 - N(d1)) + K N(d2)``."""
        return CoveredCall(self.strike, self.vol, self.years, self.size or 1.0)


AnyPool = V2File | V3File | WeightedFile | StableFile | CoveredCallFile
