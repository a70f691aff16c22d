"""Perpetual futures, forced selling and its cascades."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="funding",
        family=Family.PERP,
        plain=(
            "What holders of a perp pay each other so that its price stays near the index. Above zero, longs pay "
            "shorts."
        ),
        formula=(
            "F = premium + clamp(interest - premium, -0.05 %, +0.05 %); payment = -position times price times rate"
        ),
        unit="per payment interval; per year = rate times 3 times 365 for 8 hours",
        source="venue documentation, dated; Ackerer, Hugonnier and Jermann 2025",
        enters="`kernels.funding.funding_rate`, `kernels.funding.payment`, `seawall ledger`",
        evidence=f"{UNTESTED}; BTC paid about 0.0113 % per 8 hours on average in 2019 to 2026, exploratory",
        aliases=("funding rate", "8-hour funding"),
        ids=("E25", "M40", "C29"),
        see_also=("crowding", "cluster flag", "M40"),
    ),
    Term(
        name="premium index",
        family=Family.PERP,
        plain="How far a perp's order book stands off the index, the input of funding.",
        formula="(max(bid - I, 0) - max(I - ask, 0)) / I at impact prices",
        unit="share of the index",
        source="venue documentation",
        enters="`kernels.funding.premium_index`",
        see_also=("funding",),
    ),
    Term(
        name="crowding",
        family=Family.PERP,
        plain="Funding far from its norm: one side pays a lot to stay. Both signs are shown.",
        formula="z over 252 of the 7-day mean of funding",
        unit="standard deviations",
        source="source articles name both signs as the danger",
        enters="`signals.carry.CARRY`",
        evidence=UNTESTED,
        aliases=("crowded longs", "crowded shorts"),
        ids=("E26", "C04"),
        see_also=("funding", "cluster flag"),
    ),
    Term(
        name="cluster flag",
        family=Family.PERP,
        plain="A deep fall with funding far below its norm: liquidations may be bunched.",
        formula="24-hour return below -5 % and funding below its 5th percentile",
        unit="on or off",
        source="source articles",
        enters="`signals.carry.CARRY`",
        evidence=UNTESTED,
        ids=("E27", "C04"),
        see_also=("funding", "liquidation waterfall"),
    ),
    Term(
        name="no-arbitrage level of a perp",
        family=Family.PERP,
        plain="Where the perp should trade against spot when rates are constant.",
        formula="f/S = (kappa - iota) / (kappa + r_b - r_a)",
        unit="ratio",
        source="Ackerer, Hugonnier and Jermann 2025",
        enters="`kernels.funding.no_arbitrage_ratio`",
        ids=("E31",),
        see_also=("funding",),
    ),
    Term(
        name="maintenance margin",
        family=Family.PERP,
        plain="The least equity a venue lets a position have before it closes it, in tiers that rise with size.",
        formula="MM(N) = N m_k - D_k, continuous across tiers",
        unit="USD",
        source="venue documentation, dated",
        enters="`kernels.margin.maintenance`, `instruments.venues.Tiers`",
        aliases=("maintenance",),
        see_also=("liquidation price",),
    ),
    Term(
        name="liquidation price",
        family=Family.PERP,
        plain="The price at which equity falls to maintenance and the venue steps in.",
        formula="x = (f (M_o - D_k) - A0 + q p0) / (q - f |q| m_k) in the tier that holds its own notional",
        unit="quote units",
        source="venue documentation; published worked examples",
        enters="`kernels.margin.liquidation_prices`, `seawall ledger`",
        ids=("C29",),
        see_also=("maintenance margin", "NEVER"),
    ),
    Term(
        name="bankruptcy price",
        family=Family.PERP,
        plain="The price at which equity is gone; a close beyond it leaves bad debt.",
        formula="max(p - equity/q, 0), q signed",
        unit="quote units",
        source="Chitra 2025, arXiv:2512.01112",
        enters="`kernels.perp.bankruptcy_price`, `kernels.perp.bad_debt`",
        see_also=("insurance fund", "ADL"),
    ),
    Term(
        name="insurance fund",
        family=Family.PERP,
        plain="What the venue pays bad debt from before it turns to the winners.",
        formula="fund covers deficits in order until it is empty",
        unit="USD",
        source="venue documentation",
        enters="`kernels.perp.insurance_waterfall`",
        aliases=("insurance waterfall",),
        see_also=("ADL",),
    ),
    Term(
        name="ADL",
        family=Family.PERP,
        plain=(
            "When the fund is empty the venue closes winners at a set price. It moves positions, not the market, so "
            "it ends a cascade while liquidation orders feed it."
        ),
        formula="winners in order of the venue's rank, or pro rata h = theta D / U",
        unit="units closed",
        source="Chitra 2025, arXiv:2512.01112; venue documentation",
        enters="`kernels.adl.queue_fill`, `kernels.adl.pro_rata`",
        evidence=UNTESTED,
        aliases=("auto-deleveraging", "autodeleveraging"),
        ids=("E17", "C29", "C30"),
        see_also=("liquidation waterfall", "insurance fund"),
    ),
    Term(
        name="liquidation waterfall",
        family=Family.PERP,
        plain=(
            "Forced selling lowers the price, which forces more selling. In the market it acts like a book of short "
            "gamma."
        ),
        formula=(
            "-dp = dx + lam (g(p)(-dp) + W d(sigma)); order of a step: mark, liquidate, impact, backstop, fund, ADL"
        ),
        unit="price",
        source="own model; Chitra 2025 for the end of the chain",
        enters="`kernels.cascade.cascade`, `sim.waterfall.run_waterfall`",
        evidence=f"{UNTESTED}; prior: gamma first on 2025-10-10 (H-06)",
        aliases=("liquidation cascade", "cascade"),
        ids=("E17", "E18", "E19", "E24", "E32", "C30"),
        see_also=("branching ratio", "flow density", "ADL"),
    ),
    Term(
        name="branching ratio",
        family=Family.PERP,
        plain=(
            "How much further selling one unit of selling causes. At one or more a fall feeds itself until positions "
            "thin out."
        ),
        formula="n = n_G + n_v with n_G = lam g and n_v = lam W kap / p; amplification 1 / (1 - n)",
        unit="number",
        source="own model",
        enters="`kernels.cascade_split.branching`, `kernels.cascade_split.amplification`",
        evidence=UNTESTED,
        aliases=("amplification", "n"),
        ids=("E17", "E19", "E24"),
        see_also=("liquidation waterfall", "RUNAWAY"),
    ),
    Term(
        name="price impact",
        family=Family.PERP,
        plain="How far the price moves against an order.",
        formula="linear: average fill = p - alpha dq / 2; root: p Y sigma_d sqrt(Q/ADV); pool: 1/sqrt(P) grows by Q/L",
        unit="quote units",
        source="linear by assumption; square root: Almgren et al. 2005",
        enters="`kernels.impact.Impact`, `kernels.perp.execution_price`",
        ids=("E16", "A38"),
        see_also=("branching ratio",),
    ),
    Term(
        name="power perp",
        family=Family.PERP,
        plain="A perp on a power of the price: long convexity that never expires, paid for by funding.",
        formula="Gamma$ = p (p - 1) S^p; fair funding p (p - 1) sigma^2 / 2",
        unit="USD",
        source="algebra of S^p",
        enters="`kernels.perp.power_gamma`, `kernels.perp.power_break_even_vol`",
        see_also=("M08", "LX"),
    ),
    Term(
        name="inverse perp",
        family=Family.PERP,
        plain="A perp settled in the coin itself: a long is short convexity counted in coin.",
        formula="P&L = N (1/P0 - 1/P) coins; Gamma = -2N/P^3",
        unit="coins, and USD beside it",
        source="algebra",
        enters="`kernels.perp.inverse_pnl`, `convexity.density.of_inverse_perp`",
        see_also=("linear_perp",),
    ),
    Term(
        name="venue",
        family=Family.PERP,
        plain="The dated rules of an exchange for perps: funding, price used, tiers, what happens at the end.",
        formula="a table with a date for each rule",
        unit="a table",
        source="venue documentation",
        enters="`instruments.venues.venue`",
        aliases=("binance", "hyperliquid", "deribit", "bitmex", "dydx"),
        ids=("C29",),
        see_also=("funding", "maintenance margin"),
    ),
    Term(
        name="liquidation book",
        family=Family.PERP,
        plain=(
            "How many units would be forced to trade at each price. Built from public positions, or modelled and "
            "marked as assumed."
        ),
        formula="sum over accounts of size at the liquidation price",
        unit="units per price",
        source="own model when positions are not public",
        enters="`instruments.liquidations.LiquidationBook`, `instruments.liquidations_model.modelled_books`",
        evidence=UNTESTED,
        ids=("E17",),
        see_also=("liquidation price", "flow density"),
    ),
)
