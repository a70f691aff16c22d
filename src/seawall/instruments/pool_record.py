"""What is on record about a pool position besides its shape: its opening, its fees and their origin, its chain."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from seawall.core.errors import DomainError

SWAPPED_FACTOR: Final = 10.0
"""A price further than this from the one the position speaks of raises the question of the order of its tokens."""


class FeeModel(StrEnum):
    """Where the fees of a position are from; printed beside them."""

    FEE_GROWTH = "fee_growth"
    SWAP_BY_SWAP = "swap_by_swap"
    PRO_RATA = "pro_rata"
    STATED = "stated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """None is unknown, never zero.

    ``entry_price``: dollars per base token when it was opened; ``fees_usd``: all fees since then, by ``fee_model``;
    ``emissions_usd``: reward tokens at their sale price, no part of fees; ``fee``: the pool's swap fee as a fraction;
    ``block_seconds``: of its chain. Raises ``DomainError`` for numbers outside their domain.
    """

    entry_price: float | None = None
    opened: datetime | None = None
    fees_usd: float | None = None
    fee_model: FeeModel = FeeModel.UNKNOWN
    emissions_usd: float | None = None
    fee: float | None = None
    block_seconds: float | None = None
    orientation: tuple[float, float] | None = None
    """The price the terms speak of, and what it would be with base and quote token swapped."""

    def __post_init__(self) -> None:
        for name in ("entry_price", "block_seconds"):
            number = getattr(self, name)
            if number is not None and not (math.isfinite(number) and number > 0.0):
                raise DomainError(f"{name} must be a positive number, was {number}: leave it out when unknown")
        if self.fee is not None and not 0.0 <= self.fee < 1.0:
            raise DomainError(f"fee must be inside [0, 1), was {self.fee}: give a fraction, 0.003 for 30 bp")
        if (self.fees_usd is None) != (self.fee_model is FeeModel.UNKNOWN):
            raise DomainError(
                f"fees_usd {self.fees_usd} cannot have fee_model {self.fee_model}: say where fees are from"
            )

    def swapped_tokens(self, price: float) -> str:
        """What to tell the owner when the terms fit ``price`` far better with the tokens swapped; else nothing."""
        if self.orientation is None:
            return ""
        as_stated, swapped = (abs(math.log(own / price)) for own in self.orientation)
        if as_stated <= math.log(SWAPPED_FACTOR) or swapped > 0.5 * as_stated:
            return ""
        return (
            f"its terms speak of a price near {self.orientation[0]:g}, but the price is {price:g}: are base and quote "
            "token swapped? Prices are dollars per base token"
        )


NO_RECORD: Final = PoolRecord()
