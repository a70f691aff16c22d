"""What a hedge may cost, what a condor may risk, and whether a hedge returned what the rule asks of it."""

from math import floor
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.ledger.capital import InternalRate, hedge_budget, price_to_cash_flow

CARRY_SHARE: Final = 0.02
"""Share of equity a hedge may cost a year (METHOD 7.4)."""
RISK_SHARE: Final = 0.015
RISK_RANGE: Final = (0.01, 0.02)
"""Share of equity one condor may lose at most (METHOD 5.6)."""
HURDLE: Final = 1.5
"""The protective internal rate asked for, as a multiple of the pool's yield (METHOD 9.3, H-09)."""


class HedgeBudget(NamedTuple):
    """Dollars a year for hedges: from income (None unknown) and from equity (None not stated); the smaller holds.

    ``price_to_cash_flow``: value over yearly fees, None without fees.
    """

    from_income: float | None
    from_notional: float | None
    price_to_cash_flow: float | None

    @property
    def usd_per_year(self) -> float | None:
        """The smaller of what is known; None when nothing is."""
        known = [one for one in (self.from_income, self.from_notional) if one is not None]
        return min(known) if known else None

    @property
    def binding(self) -> str:
        """Which rule it comes from."""
        least = self.usd_per_year
        if least is None:
            return "unknown"
        return "income" if least == self.from_income else "notional"


def yearly_budget(
    annual_income_usd: float | None, value_usd: float | None = None, equity_usd: float | None = None
) -> HedgeBudget:
    """Kappa times yearly fees or gross carry (P/CF rule, METHOD 5.7), and 2 % of equity; None for what is not known.

    Raises ``DomainError`` for equity that is not above 0.
    """
    if equity_usd is not None and not (np.isfinite(equity_usd) and equity_usd > 0.0):
        raise DomainError(f"equity of {equity_usd} has no budget: give dollars above 0, or leave it out")
    income = None if annual_income_usd is None else hedge_budget(max(annual_income_usd, 0.0))
    notional = None if equity_usd is None else CARRY_SHARE * equity_usd
    fees = annual_income_usd is not None and value_usd is not None and annual_income_usd > 0.0
    ratio = price_to_cash_flow(value_usd, annual_income_usd) if fees and value_usd and annual_income_usd else None
    return HedgeBudget(income, notional, ratio)


def condors_at_risk(equity_usd: float, max_loss_usd: float, share: float = RISK_SHARE) -> int:
    """Condors whose greatest loss is at most a share of equity, 1-2 %; zero is an answer, never rounded up.

    Vector: 1,000,000 dollars and a condor that can lose 19,209.50 give 0. Raises ``DomainError`` outside 1-2 %.
    """
    if not RISK_RANGE[0] <= share <= RISK_RANGE[1]:
        raise DomainError(f"a condor risks 1-2 % of equity, not {share:.2%}: choose a share between .01 and .02")
    if not (equity_usd > 0.0 and max_loss_usd > 0.0 and np.isfinite(equity_usd) and np.isfinite(max_loss_usd)):
        raise DomainError(f"equity {equity_usd} and greatest loss {max_loss_usd} must be dollars above 0")
    return floor(share * equity_usd / max_loss_usd + 1e-9)


class Hurdle(NamedTuple):
    """The internal rate of a hedge beside 1.5 times the yield it protects; ``met`` None while either is unknown."""

    rate: float | None
    hurdle: float
    met: bool | None
    status: Status


def irr_test(rate: InternalRate, pool_yield: float, multiple: float = HURDLE) -> Hurdle:
    """Whether a hedge's internal rate is at least 1.5 times the yield of what it protects: shown, never assumed.

    An ambiguous or missing rate gives ``met`` None with its status. Raises ``DomainError`` for a yield that is no
    number.
    """
    if not np.isfinite(pool_yield):
        raise DomainError(f"a yield of {pool_yield} sets no hurdle: give a number per year")
    hurdle = multiple * pool_yield
    if rate.status is not Status.FOUND:
        return Hurdle(None, hurdle, None, rate.status)
    return Hurdle(rate.rates[0], hurdle, rate.rates[0] >= hurdle, Status.FOUND)
