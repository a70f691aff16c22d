"""What holding a perp account costs besides its risk: funding against the cost of capital, and deleveraging."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.errors import DomainError
from seawall.kernels.adl import LIGHTS
from seawall.ledger.margin import AccountMargin
from seawall.market.state import State

EQUITY_PREMIUM: Final = 0.04
"""Cost of equity over the risk-free rate (METHOD 5.7: SOFR + 4 %)."""


@dataclass(frozen=True, slots=True)
class Funding:
    """What holding the account costs a year: funding, and the weighted cost of its capital (METHOD 5.7); None unknown.

    ``perp_rate``: funding over gross notional. ``wacc``: that on what is borrowed (gross notional beyond equity), the
    rate plus 4 % on equity.
    """

    usd_per_year: float | None
    perp_rate: float | None
    equity_rate: float
    wacc: float | None


@dataclass(frozen=True, slots=True)
class AdlAssumption:
    """Stated by the user: the chance of a deleveraging wave within the horizon, the share of the winning side it
    closes, the account's place in the queue (.2 = first fifth), and how much worse than the mark it is closed.
    """

    probability: float
    closed: float
    rank: float
    gap: float

    def __post_init__(self) -> None:
        values = (self.probability, self.closed, self.rank, self.gap)
        if not all(0.0 <= value <= 1.0 for value in values):
            raise DomainError(f"assumptions of a deleveraging are shares between 0 and 1, were {values}")

    @property
    def share(self) -> float:
        """Share of the account's position that is closed: its fifth of the queue fills in turn."""
        return float(np.clip(LIGHTS * (self.closed - self.rank) + 1.0, 0.0, 1.0))


def funding_cost(margin: AccountMargin, state: State, share: float = 1.0) -> Funding:
    """Funding and weighted cost of capital of ``share`` of the account's positions at today's rates."""
    paid: list[float | None] = []
    gross = 0.0
    for leg in margin.legs:
        notional = leg.size if margin.mode == "isolated, in coin" else leg.size * leg.mark
        gross += share * abs(notional)
        paid.append(None if leg.funding is None else share * notional * leg.funding.value)
    known = [each for each in paid if each is not None]
    equity_rate = state.rate.value + EQUITY_PREMIUM
    if len(known) != len(paid) or margin.equity_usd <= 0.0:
        return Funding(None, None, equity_rate, None)
    cost = float(sum(known))
    rate = cost / gross
    debt = max(gross - margin.equity_usd, 0.0)
    wacc = (debt * rate + margin.equity_usd * equity_rate) / (debt + margin.equity_usd)
    return Funding(cost, rate, equity_rate, wacc)


def adl_loss(margin: AccountMargin, assumed: AdlAssumption | None) -> float | None:
    """Expected dollars lost to deleveraging: chance x share closed x gap x notional of the legs in profit.

    None without a stated assumption, or while a leg's P&L is unknown; 0 when nothing is in profit.
    """
    if assumed is None or any(leg.pnl_usd is None for leg in margin.legs):
        return None
    winning = [leg for leg in margin.legs if leg.pnl_usd is not None and leg.pnl_usd > 0.0]
    coin = margin.mode == "isolated, in coin"
    notional = sum(abs(leg.size) * (1.0 if coin else leg.mark) for leg in winning)
    return assumed.probability * assumed.share * assumed.gap * notional
