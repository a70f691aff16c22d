"""What a replay of liquidity leaves: tokens, fees, three P&Ls, LVR, the hedge, and what in it is assumed (METHOD 5.4).

Arrays have one entry a position, in dollars (quote tokens) unless the name says otherwise. Fees stay outside the
position as the tokens they were paid in and are valued at the last price. Costs are gas and re-balancing swaps.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.kernels import lp_replay as kernel
from seawall.kernels.lvr import EQUAL_BLOCKS, blocks, cpmm_split, equal_block_share, log_fee
from seawall.market.flow import FEE_MODELS, FeeModel, Floats, Flow, PoolTerms
from seawall.sim.lp_markout import Markout
from seawall.sim.lp_path import LpPath, Volatility
from seawall.sim.lp_rules import LpPlan

YEAR: Final = 365.0 * 86_400.0


class Traded(NamedTuple):
    """Sums over the rows: how many, volume and fees paid to the pool in dollars of their moment, and what was met."""

    rows: int = 0
    volume: float = 0.0
    fees: float = 0.0
    gaps: int = 0
    odd: int = 0
    crossed: int = 0
    other: int = 0

    def plus(self, flow: Flow, fee: float) -> "Traded":
        """With one batch more."""
        size = float(np.sum(flow.base_in * flow.start**2 + flow.quote_in))
        return Traded(
            self.rows + flow.at.size,
            self.volume + size,
            self.fees + fee * size,
            self.gaps + flow.gaps,
            self.odd + flow.odd,
            self.crossed + flow.crossed,
            self.other + flow.other,
        )


class ArbShare(NamedTuple):
    """Model (METHOD 1.5) at the pool's fee and block time: share of LVR kept by arbitrageurs; the rest is fee.

    ``block_vol`` is the volatility of one block; ``volume`` the share of the observed fees that the returned part of
    the model LVR would be, pool price taken for the market's; nan where a position earned nothing.
    """

    equal_blocks: float
    poisson: float
    block_vol: float
    volume: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LpReplay:
    """One replay of one or many positions; made by ``sim.lp.replay_positions``."""

    plan: LpPlan
    terms: PoolTerms
    model: FeeModel
    states: Floats
    started: int
    ended: int
    traded: Traded
    returns: Volatility
    paths: tuple[LpPath, ...]
    markout: Markout | None

    def column(self, index: int) -> Floats:
        """One column of the kernel's state."""
        return np.asarray(self.states[:, index])

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the positions."""
        return tuple(one.label for one in self.plan.ranges)

    @property
    def seconds(self) -> float:
        """Length of the replay."""
        return (self.ended - self.started) / 1e6

    @property
    def entry_price(self) -> float:
        """Price at entry."""
        return float(self.states[0, kernel.ROOT0] ** 2)

    @property
    def price(self) -> float:
        """Price at the end."""
        return float(self.states[0, kernel.PRICE_ROOT] ** 2)

    @property
    def tokens(self) -> tuple[Floats, Floats]:
        """Base and quote tokens in the position at the end, fees apart."""
        root, size, low, high = (self.column(i) for i in (kernel.PRICE_ROOT, kernel.LIQUIDITY, kernel.LOW, kernel.HIGH))
        inside = np.clip(root, low, high)
        return size * (1.0 / inside - 1.0 / high), size * (inside - low)

    @property
    def value(self) -> Floats:
        """Both tokens at the last price, fees apart."""
        base, quote = self.tokens
        return base * self.price + quote

    @property
    def entry_value(self) -> Floats:
        """Both tokens at entry."""
        return self.column(kernel.BASE0) * self.entry_price + self.column(kernel.QUOTE0)

    @property
    def fees(self) -> Floats:
        """Fee tokens at the last price."""
        return self.column(kernel.FEE_BASE) * self.price + self.column(kernel.FEE_QUOTE)

    @property
    def fees_when_earned(self) -> Floats:
        """The same at the prices of their moments."""
        return self.column(kernel.FEE_EARNED)

    @property
    def gas(self) -> Floats:
        """Mint, burn and every re-centring."""
        costs = self.plan.costs
        return costs.mint_usd + costs.burn_usd + costs.recentre_usd * self.column(kernel.RECENTRES)

    @property
    def costs(self) -> Floats:
        """Gas, and fee and impact of the re-balancing swaps."""
        return self.gas + self.column(kernel.SWAP_COST)

    @property
    def lvr(self) -> Floats:
        """Realised loss-versus-rebalancing, from mark to mark at the pool's price."""
        return self.column(kernel.LVR)

    @property
    def lvr_error(self) -> Floats:
        """Its standard error as an estimate of the continuous LVR: ``sqrt(2/3 sum term^2)``, see ``kernels.lvr``."""
        return np.sqrt(2.0 / 3.0 * self.column(kernel.LVR_SQUARED))

    @property
    def vol(self) -> Volatility:
        """Volatility of the model LVR: stated (without error), else realised."""
        return self.returns if self.plan.vol is None else Volatility(self.plan.vol, 0.0, 0)

    @property
    def model_lvr(self) -> Floats:
        """``1/2 sigma^2`` times the integral of ``P^2 g``."""
        return self.vol.vol**2 * self.column(kernel.VARIANCE_WEIGHT) / YEAR

    @property
    def model_lvr_error(self) -> Floats:
        """Error of the volatility, common to all marks."""
        return 2.0 * self.vol.vol * self.vol.standard_error * self.column(kernel.VARIANCE_WEIGHT) / YEAR

    def vs_cash(self, *, fees: bool = True) -> Floats:
        """``V_t - V_0``, after costs, with or without fees."""
        # the tokens of re-centred positions are already short of their swaps' cost
        return self.value - self.entry_value - self.gas + self.fees * fees

    def vs_hold(self, *, fees: bool = True) -> Floats:
        """Against holding the tokens of entry, after costs."""
        held = self.column(kernel.BASE0) * self.price + self.column(kernel.QUOTE0)
        return self.value - held - self.gas + self.fees * fees

    def vs_rebalancing(self, *, fees: bool = True) -> Floats:
        """Against a portfolio that holds the position's own base tokens throughout: fees less LVR less costs."""
        return -self.lvr - self.costs + self.fees * fees

    @property
    def drift(self) -> Floats:
        """``sum (x_i - x_0)(P_(i+1) - P_i)``: what links the last two (METHOD 5.4)."""
        return self.column(kernel.REBALANCED) - self.column(kernel.BASE0) * (self.price - self.entry_price)

    @property
    def link_error(self) -> Floats:
        """``vs_hold - vs_rebalancing - drift`` over the value at entry: rounding only."""
        return (self.vs_hold() - self.vs_rebalancing() - self.drift) / self.entry_value

    @property
    def hedge(self) -> Floats | None:
        """Profit of the short perp, funding and costs in it; None without one."""
        if self.plan.hedge is None:
            return None
        return self.column(kernel.HEDGE_PNL) + self.column(kernel.FUNDING) - self.column(kernel.HEDGE_COST)

    @property
    def hedged(self) -> Floats | None:
        """``vs_cash`` with fees, and the hedge; None without one."""
        hedge = self.hedge
        return None if hedge is None else self.vs_cash() + hedge

    @property
    def time_in_range(self) -> Floats:
        """Share of the time, by the price at the start of each interval."""
        return self.column(kernel.TIME_IN) / max(self.seconds, 1e-300)

    @property
    def recentres(self) -> Floats:
        """How often each range was moved."""
        return self.column(kernel.RECENTRES)

    @property
    def break_even_vol(self) -> Floats:
        """Volatility at which the model LVR eats the fees, ``LVR(sigma) = fees``; nan where undefined."""
        weight = self.column(kernel.VARIANCE_WEIGHT) / YEAR
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weight > 0.0, np.sqrt(self.fees / weight), np.nan)

    def arbitrage(self) -> ArbShare | None:
        """The model's split; None without volatility or fee, or where a block's volatility is of order one."""
        vol, rate = self.vol.vol, YEAR / self.plan.block_seconds
        if vol <= 0.0 or self.terms.fee <= 0.0 or np.sqrt(2.0 * rate) / vol <= 0.5:
            return None
        split = cpmm_split(blocks(vol, rate, log_fee(self.terms.fee), input_fee=True))
        back = float(split.fee / split.lvr) * self.model_lvr
        earned = np.where(self.fees > 0.0, self.fees, np.nan)
        equal = float(equal_block_share(blocks(vol, rate, log_fee(self.terms.fee))))
        return ArbShare(equal, float(split.arb / split.lvr), float(vol / np.sqrt(rate)), back / earned)

    def assumptions(self) -> tuple[str, ...]:
        """One sentence for every number that was not observed."""
        plan = self.plan
        every = f"every {plan.mark_seconds} s" if plan.mark_seconds else "at every row"
        vol = "the realised volatility of the marks" if plan.vol is None else f"a stated {100.0 * plan.vol:g} points"
        lines = [
            FEE_MODELS[self.model],
            "the position is small: it dilutes fees by its own liquidity and does not move the price",
            "price is the pool's own"
            + (", known to one tick (0.01 %)" if self.model == "pro_rata" else " after each swap"),
            f"marked {every}; rules and hedge act at marks; LVR is realised from mark to mark",
            f"model LVR takes {vol}, constant; its error is that of the volatility alone",
            "fees are collected at the end, not compounded; no protocol fee is taken off",
            "ranges are not rounded to the pool's tick spacing",
            f"{self.terms.symbols[1]} counts as one dollar",
        ]
        if np.any(self.recentres > 0.0):
            lines.append(f"re-balancing swaps pay {100.0 * plan.costs.swap_rate:g} % for fee and impact, a stated rate")
        if plan.hedge is not None:
            lines.append("the perp is marked at the pool's price; its funding rate is stated and constant")
        lines.append(
            f"arbitrage shares are modelled: blocks of {plan.block_seconds:g} s, equal (c = {EQUAL_BLOCKS:.4f}) "
            "and Poisson"
        )
        return tuple(lines)
