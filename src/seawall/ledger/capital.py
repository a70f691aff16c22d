"""What capital costs and earns: internal rate, WACC, EVA, discounted carry and emissions, buffers (METHOD 5.7).

Rates are per year as fractions (.10 = 10 %), cash flows dollars, received positive.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.core.units import DAYS_PER_YEAR
from seawall.kernels.roots import all_roots

Array = NDArray[np.float64]

EQUITY_SPREAD: Final = 0.04
"""Equity costs this much over SOFR (METHOD 5.7)."""

HEDGE_SHARE: Final = 0.20
FUNDINGS_PER_YEAR: Final = 3.0 * 365.0
STRESS_VOL: Final = 2.0
RATE_GRID: Final = np.linspace(np.log(1e-4), np.log(1e4), 4001)
"""Logarithms of 1 + rate searched: from a loss of 99.99 % a year to a gain of 10,000 times."""


class InternalRate(NamedTuple):
    """Every rate at which dated flows are worth nothing, rising; ``AMBIGUOUS`` for several, ``ONE_SIDED`` for none."""

    rates: tuple[float, ...]
    status: Status


class Funding(NamedTuple):
    """One source of capital: dollars and what they cost a year."""

    amount_usd: float
    rate: float


def _finite(**numbers: float) -> None:
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise DomainError(f"{name} is {value}: pass a number")


def xirr(flows: Sequence[tuple[dt.date, float]]) -> InternalRate:
    """Internal rate of dated flows, ACT/365, including posted and released margin and the terminal mark.

    Vector: -1000 then +1100 after 365 days is 10 %. Raises ``MissingDataError`` for fewer than two flows,
    ``DomainError`` for a flow that is not finite.
    """
    if len(flows) < 2:
        raise MissingDataError(f"{len(flows)} flows have no internal rate: pass what was paid and what came back")
    first = min(day for day, _ in flows)
    years = np.array([(day - first).days / DAYS_PER_YEAR for day, _ in flows])
    cash = np.array([amount for _, amount in flows], dtype=np.float64)
    _finite(flow=float(cash.sum()))

    def worth(log_rate: Array) -> Array:
        # scaled by the last date's discount, which is positive, so that far dates neither overflow nor vanish
        scale = np.exp(np.minimum(log_rate, 0.0) * years.max())
        value: Array = (np.exp(-np.multiply.outer(log_rate, years)) @ cash) * scale
        return value

    roots, status = all_roots(worth, RATE_GRID)
    if roots.size > 1:
        status = Status.AMBIGUOUS
    return InternalRate(tuple(float(rate) for rate in np.expm1(roots)), status)


def rolling_xirr(dates: NDArray[np.datetime64], value: Array, paid_in: Array, rows: int) -> Array:
    """Internal rate over each trailing span of ``rows``, (n,); NaN before it is full or where it is not unique (M24).

    ``value``: dollars of the account; ``paid_in``: dollars added on a row (taken out below 0), both (n,), the first
    row's addition already in its value. Hedged and unhedged accounts are two calls. Raises ``DomainError`` for shapes
    that do not fit.
    """
    if not dates.shape == value.shape == paid_in.shape:
        raise DomainError(f"dates {dates.shape}, value {value.shape}, paid in {paid_in.shape}: pass one row a date")
    out = np.full(value.size, np.nan)
    days = dates.astype("datetime64[D]").tolist()
    for end in range(rows, value.size):
        inside = range(end - rows + 1, end + 1)
        flows = [(days[end - rows], -float(value[end - rows]))]
        flows += [(days[row], -float(paid_in[row])) for row in inside if paid_in[row] != 0.0]
        found = xirr([*flows, (days[end], float(value[end]))])
        if found.status is Status.FOUND:
            out[end] = found.rates[0]
    return out


def equity_cost(sofr: float) -> float:
    """Cost of equity a year: SOFR and 4 %."""
    return sofr + EQUITY_SPREAD


def perp_cost(mean_rate_8h: float, side: float) -> float:
    """Cost a year of financing through a perp: its mean rate of 8 hours times 1095, times +1 long, -1 short."""
    return FUNDINGS_PER_YEAR * mean_rate_8h * side


def wacc(sources: Sequence[Funding]) -> float:
    """Weighted cost of capital a year: margin debt, borrows, perps and equity by their dollars.

    Raises ``DomainError`` for a negative amount or no capital at all.
    """
    amounts = np.array([source.amount_usd for source in sources], dtype=np.float64)
    rates = np.array([source.rate for source in sources], dtype=np.float64)
    if not (np.isfinite(amounts).all() and np.isfinite(rates).all() and (amounts >= 0.0).all() and amounts.sum() > 0.0):
        raise DomainError(f"capital is {amounts.tolist()} at {rates.tolist()}: pass dollars not below 0, some above")
    return float(amounts @ rates / amounts.sum())


def economic_value_added(internal_rate: float, cost: float, capital_usd: float) -> float:
    """Dollars a year earned over the cost of capital: (internal rate - WACC) times capital."""
    _finite(internal_rate=internal_rate, cost=cost, capital_usd=capital_usd)
    return (internal_rate - cost) * capital_usd


def price_to_cash_flow(value_usd: float, annual_fees_usd: float) -> float:
    """P/CF of a pool position: its value over its fees a year. Raises ``DomainError`` for fees not above 0."""
    _finite(value_usd=value_usd)
    if not annual_fees_usd > 0.0:
        raise DomainError(f"fees of {annual_fees_usd} a year have no P/CF: pass dollars above 0")
    return value_usd / annual_fees_usd


def hedge_budget(annual_income_usd: float, share: float = HEDGE_SHARE) -> float:
    """Dollars a year for hedges: a share of fees or gross carry."""
    return share * annual_income_usd


def discounted_carry(cash_flow: float, rate: float, growth: float) -> float:
    """Present value of a carry that grows for ever, CF/(r - g). Raises ``DomainError`` unless r is above g."""
    _finite(cash_flow=cash_flow, rate=rate, growth=growth)
    if not rate > growth:
        raise DomainError(f"growth {growth} is not below the rate {rate}: a perpetuity has no value, lower the growth")
    return cash_flow / (rate - growth)


def short_vol_value(front: float, vix: float, haircut: float, rate: float, growth: float) -> float:
    """Value of one dollar of short volatility (M27): 12 (F1 - VIX)/F1 a year after a haircut, as a perpetuity.

    ``front``, ``vix``: points. ``haircut``: share of the roll that is kept. Raises ``DomainError`` unless r is above g
    and the future is positive.
    """
    if not front > 0.0:
        raise DomainError(f"the first VIX future is {front}: pass points above 0")
    return discounted_carry(12.0 * (front - vix) / front * haircut, rate, growth)


def emissions_value(tokens: Array, prices: Array, years: Array, rate: float, decay: float) -> float:
    """Present value of scheduled emissions, sum E P e^{-(r + delta) t} (M28).

    ``tokens``: emitted; ``prices``: dollars a token expected to be sold at; ``years``: from now; all (n,). ``decay``:
    how fast the price gives way, per year. Raises ``DomainError`` for shapes that do not fit or negative times.
    """
    if not tokens.shape == prices.shape == years.shape or (years < 0.0).any():
        raise DomainError("emissions need tokens, prices and years not below 0 of one length")
    return float(np.sum(tokens * prices * np.exp(-(rate + decay) * years)))


def promoter_yield(emissions_usd: float, fees_usd: float) -> tuple[float, bool]:
    """Share of a yield that is emissions, and whether it is over half ("promoter yield", M28).

    Raises ``DomainError`` for negative amounts or no yield at all.
    """
    if not (emissions_usd >= 0.0 and fees_usd >= 0.0 and emissions_usd + fees_usd > 0.0):
        raise DomainError(f"a yield of {emissions_usd} and {fees_usd} has no shares: pass dollars not below 0")
    share = emissions_usd / (emissions_usd + fees_usd)
    return share, share > 0.5


def temporal_buffer(cushion_usd: float, gamma_usd: float, carry_usd_per_year: float) -> float:
    """Days a cushion lasts at twice the break-even volatility: 365 C/(1/2 |Gamma$| sigma_s^2 - carry); inf if it does.

    ``gamma_usd``: negative when short convexity. Vector: 10,000 dollars and one condor, 34.1 days. Raises
    ``DomainError`` unless the book is short convexity with positive carry, where break-even volatility exists.
    """
    _finite(cushion_usd=cushion_usd)
    if not (gamma_usd < 0.0 < carry_usd_per_year):
        raise DomainError(f"gamma {gamma_usd}, carry {carry_usd_per_year}: a buffer needs short convexity and carry")
    stress = STRESS_VOL**2 * 2.0 * carry_usd_per_year / -gamma_usd
    drain = 0.5 * -gamma_usd * stress - carry_usd_per_year
    return DAYS_PER_YEAR * cushion_usd / drain if drain > 0.0 else float("inf")


def days_to_flatten(sizes: Array, daily_volume: Array, share: float = 0.1) -> float:
    """Days to close every leg at no more than ``share`` of its daily volume: the slowest leg.

    ``sizes``, ``daily_volume``: (legs,) in one unit a leg. Raises ``DomainError`` for volumes not above 0.
    """
    if sizes.shape != daily_volume.shape or not sizes.size or not (daily_volume > 0.0).all():
        raise DomainError("every leg needs a size and a daily volume above 0")
    return float(np.max(np.abs(sizes) / (share * daily_volume)))


def escape_layers(layer_pnl: Array, required: int = 2) -> tuple[NDArray[np.int64], bool]:
    """Hedge layers that gain in each stress, (stresses,), and whether there are always enough.

    ``layer_pnl``: (stresses, layers) dollars.
    """
    gains = np.asarray((layer_pnl > 0.0).sum(axis=1), dtype=np.int64)
    return gains, bool((gains >= required).all())


def joint_ruin(
    equity: Array, maintenance: Array, sleeve: Array, left: float = 0.25, probability: Array | None = None
) -> float:
    """Share of scenarios in which at some time equity is below maintenance while little of the hedge is left.

    All (scenarios, times) dollars; little is ``left`` of the sleeve at the first time, or less. ``probability``: of
    each scenario, equal ones if None. Raises ``DomainError`` for shapes that do not fit.
    """
    if not equity.shape == maintenance.shape == sleeve.shape or equity.ndim != 2 or not equity.size:
        raise DomainError("equity, maintenance and sleeve must be tables (scenarios, times) of one shape")
    both = (equity < maintenance) & (sleeve <= left * sleeve[:, :1])
    ruined = both.any(axis=1)
    return float(ruined.mean() if probability is None else probability @ ruined)
