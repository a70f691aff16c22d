"""Programs on coins: a liquidity position in a pool, and a perpetual swap beside it or on its own."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from seawall.core.errors import DomainError, MarginError, RangeError
from seawall.kernels.perp_leg import PerpTerms, checked_perp
from seawall.kernels.pool_leg import EVERY, NEVER, OUT_OF_RANGE, PoolTerms, checked_pool
from seawall.sim.programs import ANY_STATE, ByState

FeeRule = Literal["yield", "volume", "fair"]
Recentre = Literal["never", "out", "every"]
CoinSize = Literal["usd", "equity"]
Opens = Literal["start", "daily"]

RECENTRES: Final = {"never": NEVER, "out": OUT_OF_RANGE, "every": EVERY}
PRIOR_VOL: Final = 0.80
"""Volatility a year that stands in for the sessions before the first, in the rule of fair fees."""
FEE_TIER: Final = 0.003
MAINTENANCE: Final = 0.0125


@dataclass(frozen=True, slots=True)
class PoolFees:
    """What a pool pays (``sim.pool_fees``): none of the rules is an observation of a position.

    ``rule`` "yield": ``rate`` of value a year in range. "fair": ``rate`` times the loss to arbitrage at trailing
    volatility. "volume": the series ``volume`` (dollars a UTC day) times ``tier`` over ``depth_usd``.
    """

    rule: FeeRule = "yield"
    rate: float = 0.10
    volume: str = ""
    tier: float = FEE_TIER
    depth_usd: float = 0.0

    def __post_init__(self) -> None:
        if self.rule not in get_args(FeeRule):
            raise DomainError(f"the fee rule must be one of {', '.join(get_args(FeeRule))}, was {self.rule!r}")
        if not 0.0 <= self.rate < math.inf:
            raise DomainError(f"the rate of a pool's fees must be a number >= 0, was {self.rate}: 0.10 is 10 % a year")
        if self.rule == "volume" and not (self.volume and 0.0 < self.depth_usd < math.inf and 0.0 <= self.tier < 1.0):
            raise DomainError("fees by volume need the series of the volume, depth_usd above 0 and a tier below 1")


YIELD: Final = PoolFees()


@dataclass(frozen=True, slots=True)
class PoolProgram:
    """Liquidity in one pool of a coin against dollars, held until a rule or a margin call closes it.

    Range: prices ``low`` and ``high``, or ``width`` W around the price of the opening (from P/W to P W), or none of
    them: v2. ``amount``: dollars, or a share of equity. ``recentre``: "never", "out" of range at a close, or "every" so
    many ``days``. ``gas_usd`` and ``pool_fee`` (of what is swapped) are paid on the way in, out and at a re-centring.
    ``opens``: at the first session only, or on any session it is not open. Raises ``DomainError`` or ``RangeError``.
    """

    name: str
    asset: str = "ETH"
    size: CoinSize = "equity"
    amount: float = 0.20
    low: float | None = None
    high: float | None = None
    width: float | None = None
    fees: PoolFees = YIELD
    recentre: Recentre = "never"
    days: float = 0.0
    gas_usd: float = 0.0
    pool_fee: float = FEE_TIER
    opens: Opens = "start"
    states: ByState = ANY_STATE
    hedge: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name, self.asset)
        if self.size not in get_args(CoinSize) or self.opens not in get_args(Opens):
            raise DomainError(f"program {self.name}: size is usd or equity, opens start or daily")
        if self.recentre not in RECENTRES:
            raise DomainError(f"program {self.name}: recentre must be one of {', '.join(RECENTRES)}")
        most = 1.0 if self.size == "equity" else math.inf
        if not 0.0 < self.amount <= most or math.isinf(self.amount):
            raise DomainError(
                f"program {self.name}: its amount must be above 0 (0.2 = 20 % of equity), was {self.amount}"
            )
        if (self.low is None) != (self.high is None) or (self.width is not None and self.low is not None):
            raise DomainError(f"program {self.name}: give low and high, or a width, or neither for a full range")
        if self.width is not None and not 1.0 < self.width < math.inf:
            raise DomainError(f"program {self.name}: width must be above 1, was {self.width}: 1.25 is P/1.25 to 1.25 P")
        try:
            checked_pool(self.terms(1.0))
        except (DomainError, RangeError) as fault:
            raise type(fault)(f"program {self.name}: {fault}") from None

    def terms(self, price: float) -> PoolTerms:
        """Terms of the kernel, with a range by width around ``price``."""
        code, width = RECENTRES[self.recentre], self.width or 1.0
        low, high = (0.0, math.inf) if self.low is None or self.high is None else (self.low, self.high)
        if self.width is not None:
            low, high = price / self.width, price * self.width
        elif self.low is not None and code != NEVER:
            width = math.sqrt(high / low)
        return PoolTerms(low, high, 1.0, self.gas_usd, code, width, self.pool_fee, self.days)


@dataclass(frozen=True, slots=True)
class PerpProgram:
    """A linear perpetual swap on isolated margin.

    ``follows``: name of the pool program whose delta it trades against, ``target`` coins for each coin of it (-1 is a
    full hedge); None: ``target`` is notional per dollar of equity, negative for a short. It trades when it is off its
    target by more than ``band`` of it. ``leverage``: notional over margin after a trade. ``maintenance``: a share of
    notional. Margin below ``refill`` of notional over leverage is filled up at the close; 0 never. Raises
    ``DomainError`` or ``MarginError``.
    """

    name: str
    asset: str = "ETH"
    follows: str | None = None
    target: float = -1.0
    leverage: float = 2.0
    maintenance: float = MAINTENANCE
    band: float = 0.05
    refill: float = 0.5
    states: ByState = ANY_STATE
    hedge: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name, self.asset)
        try:
            checked_perp(self.terms(0.0))
        except (DomainError, MarginError) as fault:
            raise type(fault)(f"program {self.name}: {fault}") from None
        if self.target == 0.0:
            raise DomainError(f"program {self.name}: a target of 0 never trades: leave the program out")
        if not 0.0 <= self.refill <= 1.0:
            raise DomainError(f"program {self.name}: refill is a share in 0 .. 1, was {self.refill}")

    def terms(self, fee: float) -> PerpTerms:
        """Terms of the kernel at a taker fee."""
        return PerpTerms(self.target, self.leverage, self.maintenance, fee, self.band)


def _check_name(name: str, asset: str) -> None:
    if not name:
        raise DomainError("a program needs a name: reports print it")
    if not asset:
        raise DomainError(f"program {name}: name its coin, for example ETH")


def check_pairs(pools: tuple[PoolProgram, ...], perps: tuple[PerpProgram, ...]) -> None:
    """Raise ``DomainError`` if a perp follows no pool of its coin."""
    by_name = {one.name: one for one in pools}
    for perp in perps:
        if perp.follows is not None and perp.follows not in by_name:
            there = ", ".join(by_name) or "none"
            raise DomainError(f"program {perp.name} follows {perp.follows}, which is no pool here: there are {there}")
        if perp.follows is not None and by_name[perp.follows].asset != perp.asset:
            raise DomainError(f"program {perp.name} is in {perp.asset}, the pool it follows in another coin: use one")
