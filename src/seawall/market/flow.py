"""What traded in one pool, bar by bar or swap by swap, in human units: what the replay of liquidity reads.

A price is quote token per base token in whole tokens, the quote token being the dollar-like one; liquidity ``L`` is
that of ``x y = L^2`` in whole tokens, which is the same whichever token is the quote (METHOD 1.4).
"""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError

Floats = NDArray[np.float64]
FeeModel = Literal["pro_rata", "swap_by_swap"]

LOG, ROOT, INVERSE = 0, 1, 2
"""Coordinates in which a row states the stretch of price it travelled: ln P, sqrt P, -1/sqrt P; all rise with P."""
TICK: Final = math.log1p(1e-4)
FEE_MODELS: Final[dict[str, str]] = {
    "pro_rata": (
        "pro_rata: input of the bar x fee x L/(L_pool + L), times the share of the ticks the bar touched (from the "
        "last close on, counted alike in ln P) that lie in the range; one liquidity of the pool for the whole bar"
    ),
    "swap_by_swap": (
        "swap_by_swap: input of each swap x fee x L/(L_pool + L), times the share of its square-root-price interval "
        "inside the range, exact while the pool's liquidity is constant; where a swap crossed ticks, the mean "
        "liquidity over its path, input after fee over the interval"
    ),
}


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """The two tokens of a pool in the contract's order, its fee as a fraction, and which token is the quote.

    ``quote``: 0 or 1, the dollar-like token. Raises DomainError.
    """

    token0: str
    decimals0: int
    token1: str
    decimals1: int
    fee: float
    quote: int

    def __post_init__(self) -> None:
        for token in (self.token0, self.token1):
            if not re.fullmatch(r"[A-Za-z0-9.$_+-]{1,24}", token):
                raise DomainError(f"{token[:30]!r} is no token symbol: use letters and digits, such as WETH")
        if self.token0 == self.token1:
            raise DomainError(f"both tokens are called {self.token0}: name them in the contract's order")
        for decimals in (self.decimals0, self.decimals1):
            if type(decimals) is not int or not 0 <= decimals <= 36:
                raise DomainError(f"decimals of a token are a whole number from 0 to 36, were {decimals!r}")
        if not (math.isfinite(self.fee) and 0.0 <= self.fee < 1.0):
            raise DomainError(f"fee is a fraction of the input (0.0005 = 0.05 %), was {self.fee}")
        if self.quote not in (0, 1):
            raise DomainError(f"quote says which token counts as dollars, 0 or 1, was {self.quote!r}")

    @property
    def symbols(self) -> tuple[str, str]:
        """Base and quote token."""
        return (self.token1, self.token0) if self.quote == 0 else (self.token0, self.token1)

    @property
    def base_decimals(self) -> int:
        """Decimals of the base token."""
        return self.decimals1 if self.quote == 0 else self.decimals0

    @property
    def quote_decimals(self) -> int:
        """Decimals of the quote token."""
        return self.decimals0 if self.quote == 0 else self.decimals1

    @property
    def unit(self) -> float:
        """What one unit of the contract's liquidity is in whole tokens: 10^(-(d0 + d1)/2)."""
        return float(10.0 ** (-0.5 * (self.decimals0 + self.decimals1)))

    def root(self, raw_root: Floats) -> Floats:
        """Square root of the price, from the square root of raw token1 per raw token0."""
        human = raw_root * 10.0 ** (0.5 * (self.decimals0 - self.decimals1))
        return np.asarray(human if self.quote == 1 else 1.0 / human)

    def log_at_tick(self, tick: Floats) -> Floats:
        """ln of the price at a tick."""
        human = np.asarray(tick, float) * TICK + (self.decimals0 - self.decimals1) * math.log(10.0)
        return np.asarray(human if self.quote == 1 else -human)

    def price_at_tick(self, tick: float) -> float:
        """Price at a tick, quote per base in whole tokens."""
        return float(np.exp(self.log_at_tick(np.array(tick))))


class Flow(NamedTuple):
    """Consecutive rows of one pool; every column has one length. Instants are microseconds since 1970, UTC.

    ``start`` and ``end``: square root of the price before and after the row. ``coordinate`` with ``low`` <= ``high``:
    the stretch of price the row travelled. ``base_in``, ``quote_in``: what traders paid in, fee included; ``base_out``,
    ``quote_out``: what they got. ``liquidity``: the pool's L over the row. ``until``: when the last row ends.
    ``gaps``: missing bars before rows; ``odd``: bars that close outside their own low and high; ``crossed``: swaps that
    crossed ticks; ``other``: mints, burns and collections read.
    """

    model: FeeModel
    at: NDArray[np.int64]
    start: Floats
    end: Floats
    coordinate: NDArray[np.int64]
    low: Floats
    high: Floats
    base_in: Floats
    quote_in: Floats
    base_out: Floats
    quote_out: Floats
    liquidity: Floats
    until: int
    gaps: int = 0
    odd: int = 0
    crossed: int = 0
    other: int = 0
