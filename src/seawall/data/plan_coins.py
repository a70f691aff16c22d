"""The pools and perps of a plan file: what they may say, and the programs of the engine they become."""

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from seawall.core.errors import InputError
from seawall.data.markets import Strict
from seawall.data.plan_parts import ScalePart, StateName, states_of
from seawall.sim.programs_coins import (
    FEE_TIER,
    MAINTENANCE,
    CoinSize,
    Opens,
    PerpProgram,
    PoolFees,
    PoolProgram,
    Recentre,
)

Named = Annotated[str, Field(min_length=1, max_length=40)]


class FeesPart(Strict):
    """What a pool pays: one of these. ``yield``: of value a year in range; ``fair``: times the loss to arbitrage."""

    yearly: FiniteFloat | None = Field(None, alias="yield")
    fair: FiniteFloat | None = None
    volume: str | None = None
    depth_usd: FiniteFloat | None = None
    tier: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.yearly, self.fair, self.volume)) != 1:
            raise ValueError("state one of yield, fair, volume")
        if self.volume is None and (self.depth_usd is not None or self.tier is not None):
            raise ValueError("depth_usd and tier go with volume: drop them")
        return self

    def read(self) -> PoolFees:
        """Return the rule."""
        if self.volume is not None:
            tier = FEE_TIER if self.tier is None else self.tier
            return PoolFees("volume", 0.0, self.volume, tier, self.depth_usd or 0.0)
        return PoolFees("yield", self.yearly) if self.yearly is not None else PoolFees("fair", self.fair or 0.0)


class CoinPart(Strict):
    """What both kinds may say."""

    name: Named
    asset: Named = "ETH"
    scale: ScalePart | None = None
    exit_in: tuple[StateName, ...] = ()
    hedge: bool = False


class PoolKind(CoinPart):
    """Liquidity in a pool; ``usd`` or ``share`` of equity, a range by ``low`` and ``high`` or by ``width``, or v2."""

    kind: Literal["pool"]
    usd: FiniteFloat | None = None
    share: FiniteFloat | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    width: FiniteFloat | None = None
    fees: FeesPart
    recentre: Recentre = "never"
    every_days: FiniteFloat = 0.0
    gas_usd: FiniteFloat = 0.0
    pool_fee: FiniteFloat = FEE_TIER
    opens: Opens = "start"

    def read(self) -> tuple[PoolProgram, ...]:
        """Return its program."""
        if (self.usd is None) == (self.share is None):
            raise InputError(f"program {self.name}: state usd or share (of equity), one of them")
        size: CoinSize = "usd" if self.share is None else "equity"
        amount = self.usd if self.usd is not None else self.share
        return (
            PoolProgram(
                self.name,
                self.asset,
                size,
                amount or 0.0,
                self.low,
                self.high,
                self.width,
                self.fees.read(),
                self.recentre,
                self.every_days,
                self.gas_usd,
                self.pool_fee,
                self.opens,
                states_of(self.scale, self.exit_in),
                self.hedge,
            ),
        )


class PerpKind(CoinPart):
    """A perp: against the delta of the pool it ``follows`` (``ratio`` -1), or ``notional`` per dollar of equity."""

    kind: Literal["perp"]
    follows: Named | None = None
    ratio: FiniteFloat | None = None
    notional: FiniteFloat | None = None
    leverage: FiniteFloat = 2.0
    maintenance: FiniteFloat = MAINTENANCE
    band: FiniteFloat = 0.05
    refill: FiniteFloat = 0.5

    def read(self) -> tuple[PerpProgram, ...]:
        """Return its program."""
        if (self.follows is None) == (self.notional is None):
            raise InputError(f"program {self.name}: state follows (a pool) or notional (of equity), one of them")
        if self.ratio is not None and self.follows is None:
            raise InputError(f"program {self.name}: ratio goes with follows: give notional alone")
        target = self.notional if self.notional is not None else (-1.0 if self.ratio is None else self.ratio)
        terms = self.leverage, self.maintenance, self.band, self.refill
        states = states_of(self.scale, self.exit_in)
        return (PerpProgram(self.name, self.asset, self.follows, target, *terms, states, self.hedge),)
