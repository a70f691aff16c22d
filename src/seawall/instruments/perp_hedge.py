"""Delta hedge of a pool (or anything with delta and gamma) by a linear perp: size, funding, and what re-hedging costs.

A perp has no gamma: it removes delta and leaves the rent. Hedged, an LP no longer has its impermanent loss, which
depends on where the price ends; it has loss-versus-rebalancing, the same in the mean under a martingale price and far
less spread out (METHOD 2.2). Costs here hold for today's gamma and volatility; both move, and a pool that leaves its
range has no gamma at all. Margin and liquidation are those of ``instruments.perp.LinearPerp``.
"""

import math
from dataclasses import dataclass

from seawall.core.errors import DomainError
from seawall.instruments.base import Exposure
from seawall.market.state import Asset


@dataclass(frozen=True, slots=True)
class PerpHedge:
    """The perp that makes delta zero now, and what goes on costing; None is unknown.

    ``size``: coins, negative when short. ``notional_usd``: size times spot. ``funding_usd_per_year``: received > 0.
    ``rent_usd_per_year``: half realised variance times short dollar gamma, a cost > 0, which no perp removes.
    """

    size: float
    notional_usd: float
    funding_usd_per_year: float | None
    rent_usd_per_year: float | None


@dataclass(frozen=True, slots=True)
class Rehedging:
    """A rule for trading the hedge, at constant dollar gamma. ``half_width_usd`` or ``interval_years`` is set.

    ``turnover_usd_per_year``: expected dollars traded; ``cost_usd_per_year``: the same times the cost of a dollar.
    ``error_usd``: standard deviation over a year of what the hedge misses.
    """

    half_width_usd: float | None
    interval_years: float | None
    turnover_usd_per_year: float
    cost_usd_per_year: float
    error_usd: float


def perp_hedge(exposure: Exposure, asset: Asset) -> PerpHedge:
    """The delta hedge of an exposure to ``asset``: ``-delta_usd/spot`` coins, funding at the asset's rate.

    A positive rate is paid by longs, so a short hedge receives ``delta_usd`` times it.
    """
    notional = -exposure.delta_usd
    funding = None if asset.funding is None else -notional * asset.funding.value
    rent: float | None = 0.0
    if exposure.gamma_usd != 0.0:
        rent = None if asset.realised_vol is None else -0.5 * asset.realised_vol.value**2 * exposure.gamma_usd
    return PerpHedge(notional / asset.spot.value, notional, funding, rent)


def _checked(gamma_usd: float, vol: float, cost: float) -> None:
    if not (math.isfinite(gamma_usd) and 0.0 <= vol < math.inf and 0.0 <= cost < 1.0):
        raise DomainError(
            f"gamma must be finite, vol >= 0, cost a share in [0, 1), were {gamma_usd}, {vol}, {cost}: 5 bp is 0.0005"
        )


def band_half_width(gamma_usd: float, cost: float, risk_aversion: float) -> float:
    """Dollars of delta either side of zero within which not to trade: ``(3/2 c Gamma$^2 / a)^(1/3)``.

    ``cost`` c: share of each dollar traded, one way. ``risk_aversion`` a: absolute, per dollar; an edge m (dollars a
    year) is worth a standard deviation s (dollars over a year) when ``m = a s^2/2``. Outside the band trade to its
    edge, not to its middle. Whalley and Wilmott 1997 (Mathematical Finance 7, 307-324), small costs, with the discount
    to the horizon left out. Raises DomainError.
    """
    _checked(gamma_usd, 0.0, cost)
    if not 0.0 < risk_aversion < math.inf:
        raise DomainError(f"risk aversion must be finite and > 0 (per dollar), was {risk_aversion}: 1/wealth is common")
    return math.cbrt(1.5 * cost * gamma_usd**2 / risk_aversion)


def rehedged_in_band(gamma_usd: float, vol: float, cost: float, half_width_usd: float) -> Rehedging:
    """Trading to the edge whenever delta leaves ``+-half_width_usd``: turnover ``Gamma$^2 sigma^2/(2 H)`` a year.

    Delta is a reflected Brownian motion of volatility ``Gamma$ sigma``: uniform on the band, so the error's variance is
    ``sigma^2 H^2/3`` a year, and pushed back at its ends at the rate of their local time (Ito on delta squared). Raises
    DomainError (a band of width 0: turnover has no bound).
    """
    _checked(gamma_usd, vol, cost)
    if gamma_usd * vol == 0.0:
        return Rehedging(half_width_usd, None, 0.0, 0.0, 0.0)
    if not 0.0 < half_width_usd < math.inf:
        raise DomainError(
            f"the band must be finite and > 0 dollars, was {half_width_usd}: hedging without one is endless"
        )
    turnover = (gamma_usd * vol) ** 2 / (2.0 * half_width_usd)
    return Rehedging(half_width_usd, None, turnover, cost * turnover, vol * half_width_usd / math.sqrt(3.0))


def rehedged_every(gamma_usd: float, vol: float, cost: float, interval_years: float) -> Rehedging:
    """Trading to zero delta at a fixed interval h: turnover ``|Gamma$| sigma sqrt(2/(pi h))`` a year (Leland 1985).

    Each trade is ``|Gamma$ r|`` dollars for a return r of variance ``sigma^2 h``; what is missed is ``Gamma$ (r^2 -
    sigma^2 h)/2``, of variance ``Gamma$^2 sigma^4 h/2`` a year. Raises DomainError.
    """
    _checked(gamma_usd, vol, cost)
    if not 0.0 < interval_years < math.inf:
        raise DomainError(f"the interval must be finite and > 0 years, was {interval_years}: an hour is 1/8760")
    turnover = abs(gamma_usd) * vol * math.sqrt(2.0 / (math.pi * interval_years))
    error = abs(gamma_usd) * vol**2 * math.sqrt(0.5 * interval_years)
    return Rehedging(None, interval_years, turnover, cost * turnover, error)
