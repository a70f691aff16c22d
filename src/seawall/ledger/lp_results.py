"""The three results of a liquidity position, never mixed: against cash, against holding, against rebalancing.

METHOD 5.4. Without fees: ``V - V0``; ``V - (x0 P + y0)``, the impermanent loss; minus the loss-versus-rebalancing.
Each also with fees. Emissions are a fourth line at their sale price, no part of any of the three. On a path
``hold = rebalancing + sum (x_i - x_0)(P_(i+1) - P_i)`` exactly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from seawall.core.clock import years_between
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_record import FeeModel
from seawall.instruments.pool_shapes import PoolShape
from seawall.kernels.lvr import realised_lvr
from seawall.market.state import State

Array = NDArray[np.float64]

TIMES: Final = 64
QUANTILES: Final = 1024
"""Grid of the modelled loss-versus-rebalancing: right to about one part in a thousand with the edges of a range."""


@dataclass(frozen=True, slots=True)
class LpResults:
    """Dollars since the opening. None is unknown; whatever needs an unknown is unknown too.

    ``cash``, ``hold``, ``rebalancing`` are without fees. ``rebalancing_origin``: whether the loss-versus-rebalancing is
    of an observed path or modelled, ``rebalancing_source`` how, ``rebalancing_error`` its standard error on a path.
    """

    cash: float
    hold: float
    rebalancing: float | None
    rebalancing_origin: Origin
    rebalancing_source: str
    rebalancing_error: float | None
    fees: float | None
    fee_model: FeeModel
    emissions: float | None

    def _with_fees(self, result: float | None) -> float | None:
        return None if result is None or self.fees is None else result + self.fees

    @property
    def cash_with_fees(self) -> float | None:
        """Against the dollars put in."""
        return self._with_fees(self.cash)

    @property
    def hold_with_fees(self) -> float | None:
        """Against keeping the tokens put in."""
        return self._with_fees(self.hold)

    @property
    def rebalancing_with_fees(self) -> float | None:
        """Against a portfolio that always held the pool's base token: fees less LVR."""
        return self._with_fees(self.rebalancing)


@dataclass(frozen=True, slots=True)
class Income:
    """What a position earned besides its price: fees, where they are from, emissions at their sale price."""

    fees: float | None = None
    fee_model: FeeModel = FeeModel.UNKNOWN
    emissions: float | None = None


NO_INCOME: Final = Income()


def results_on_path(shape: PoolShape, prices: ArrayLike, income: Income = NO_INCOME) -> LpResults:
    """Results over observed ``prices``, the first at the opening, the last now; LVR is realised, no model.

    Raises ``DomainError`` for fewer than 3 prices or one that is not positive.
    """
    path = np.asarray(prices, dtype=np.float64)
    pool = shape.pool(path)
    estimate = realised_lvr(path, pool.delta, pool.value)
    cash, hold = _cash_and_hold(shape, float(path[0]), float(path[-1]))
    return LpResults(
        cash, hold, -estimate.total, Origin.OBSERVED, f"realised on {path.size} prices", estimate.standard_error,
        income.fees, income.fee_model, income.emissions,
    )  # fmt: skip


def results_now(
    shape: PoolShape, entry: float, price: float, vol: float | None, years: float | None, income: Income = NO_INCOME
) -> LpResults:
    """Results from the two ends alone; LVR is modelled by :func:`bridge_lvr`, unknown without ``vol`` and ``years``."""
    cash, hold = _cash_and_hold(shape, entry, price)
    loss, source = None, "unknown: needs the date it was opened and a volatility"
    if vol is not None and years is not None:
        loss = -bridge_lvr(shape, entry, price, vol, years)
        source = f"expected between both prices at {100.0 * vol:.0f} % a year over {365.0 * years:.1f} days"
    return LpResults(
        cash, hold, loss, Origin.MODELLED, source, None, income.fees, income.fee_model, income.emissions
    )  # fmt: skip


def results_of(position: Position, state: State) -> LpResults:
    """Results of a liquidity position of a book, all units, at the state's price and realised volatility.

    Raises ``DomainError`` for another instrument, ``MissingDataError`` without an entry price.
    """
    held = position.instrument
    if not isinstance(held, LiquidityPosition):
        raise DomainError(f"{position.label} is a {held.kind}: only liquidity has these results")
    record = held.record
    if record.entry_price is None:
        raise MissingDataError(f"{position.label} states no entry price: add `entry_price`")
    asset = state.asset(held.factor)
    vol = None if asset.realised_vol is None else asset.realised_vol.value
    years = None if record.opened is None else years_between(record.opened, state.now)
    n = position.quantity
    income = Income(
        None if record.fees_usd is None else n * record.fees_usd,
        record.fee_model,
        None if record.emissions_usd is None else n * record.emissions_usd,
    )
    return results_now(held.shape.scaled(n), record.entry_price, asset.spot.value, vol, years, income)


def _cash_and_hold(shape: PoolShape, entry: float, price: float) -> tuple[float, float]:
    pool = shape.pool(np.array([entry, price]))
    held = float(pool.base[0]) * price + float(pool.quote[0])
    return float(pool.value[1] - pool.value[0]), float(pool.value[1]) - held


def bridge_lvr(shape: PoolShape, entry: float, price: float, vol: float, years: float) -> float:
    """Expected loss-versus-rebalancing in dollars of a price known at both ends only (> 0).

    ``1/2 vol^2 E int P^2 g dt`` of a Brownian bridge in ln P, which no drift changes: at each of 64 times the price is
    lognormal between the ends, taken at 1024 quantiles. Raises ``DomainError``.
    """
    for number, name in ((entry, "entry"), (price, "price"), (vol, "vol")):
        if not (np.isfinite(number) and number > 0.0):
            raise DomainError(f"{name} must be a positive number, was {number}")
    if not (np.isfinite(years) and years >= 0.0):
        raise DomainError(f"years must be a number >= 0, were {years}: the position was opened after the market's time")
    nodes, weights = np.polynomial.legendre.leggauss(TIMES)
    share = 0.5 * (1.0 + nodes)
    normal = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    spread = vol * np.sqrt(years * share * (1.0 - share))
    middle = np.log(entry) + share * np.log(price / entry)
    prices = np.exp(middle[:, None] + spread[:, None] * normal)
    at_times = np.mean(prices**2 * shape.pool(prices).density, axis=1)
    return float(0.5 * vol**2 * years * 0.5 * np.sum(weights * at_times))
