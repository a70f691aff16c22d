"""Words borrowed from corporate finance, and how long a book lasts."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="XIRR",
        family=Family.FINANCE,
        plain=(
            "The yearly rate at which dated flows, margin included, are worth nothing. With several sign changes all "
            "roots are shown."
        ),
        formula="sum of flow_i / (1 + x)^(days_i / 365) = 0",
        unit="per year",
        source="standard definition",
        enters="`ledger.capital.xirr`, `ledger.capital.rolling_xirr`",
        evidence=UNTESTED,
        aliases=("IRR", "internal rate of return"),
        ids=("A14", "A20", "A35", "A37", "M24"),
        see_also=("WACC", "EVA", "M24"),
    ),
    Term(
        name="WACC",
        family=Family.FINANCE,
        plain=(
            "What the capital of a hedged book costs: debt, perps and margin at their rates, equity at cash plus 4 %."
        ),
        formula="sum (D_i/total) r_i + (E/total) r_e; r_perp = 3 times 365 times mean funding",
        unit="per year",
        source="corporate finance by analogy",
        enters="`ledger.capital.wacc`",
        evidence=UNTESTED,
        aliases=("WACC analog", "cost of capital"),
        ids=("E14", "A22", "A37", "M23"),
        see_also=("EVA", "XIRR", "M23"),
    ),
    Term(
        name="EVA",
        family=Family.FINANCE,
        plain="What a book earns above the cost of its capital.",
        formula="(XIRR - WACC) times capital",
        unit="USD per year",
        source="corporate finance by analogy",
        enters="`ledger.capital.economic_value_added`",
        evidence=UNTESTED,
        aliases=("economic value added",),
        ids=("A37",),
        see_also=("WACC", "XIRR"),
    ),
    Term(
        name="DDM analog",
        family=Family.FINANCE,
        plain=(
            "A fair value for a short-volatility carry or for emissions as a stream that grows; refused when growth "
            "is not below the discount rate."
        ),
        formula="CF / (r - g)",
        unit="USD",
        source="corporate finance by analogy",
        enters="`ledger.capital.discounted_carry`",
        evidence=UNTESTED,
        aliases=("dividend discount model", "DDM"),
        ids=("M27", "M28"),
        see_also=("M27", "M28"),
    ),
    Term(
        name="Hedge P/CF",
        family=Family.FINANCE,
        plain=(
            "What a pool position costs per dollar of yearly fees; a share of those fees may be spent on protection."
        ),
        formula="V / annual fees; hedge budget = 0.20 annual fees",
        unit="years",
        source="source articles",
        enters="`ledger.capital.price_to_cash_flow`, `ledger.capital.hedge_budget`",
        evidence=UNTESTED,
        aliases=(
            "price to cash flow of a pool",
            "PCF",
        ),
        ids=("A19",),
        see_also=("income share", "M19"),
    ),
    Term(
        name="quick ratio analog",
        family=Family.FINANCE,
        plain="What a pool can pay out at once, against the largest one-sided flow of a day; below one it is fragile.",
        formula="(depth within 2 % + unclaimed fees) / P99 of 24-hour one-sided net flow",
        unit="ratio",
        source="source articles; own definition",
        enters="`signals.book.pool_quick_ratio`",
        evidence=UNTESTED,
        aliases=("quick ratio", "quick ratio of a pool"),
        ids=("M20", "M22"),
        see_also=("M20", "M21", "quote depth"),
    ),
    Term(
        name="temporal buffer",
        family=Family.FINANCE,
        plain="Days until an equity cushion is gone if the market moves at twice the break-even volatility.",
        formula=(
            "365 C / (|Gamma$| sigma_s^2 / 2 - carry), sigma_s = 2 sigma_BE; endless when the denominator is not "
            "positive"
        ),
        unit="days",
        source="source articles; own definition",
        enters="`hedge.endurance.time_buffer`, `seawall hedge`",
        evidence=UNTESTED,
        aliases=(
            "T_buf",
            "BUFFER",
        ),
        ids=("A25", "C31"),
        see_also=("days to repay",),
    ),
    Term(
        name="escape velocity",
        family=Family.FINANCE,
        plain=(
            "How fast a book can be closed, and in how many ways: days to flatten at a tenth of volume, and hedge "
            "layers that gain in each stress."
        ),
        formula="days = size / (10 % of daily volume); at least two layers with a gain",
        unit="days; number",
        source="source articles; own definition",
        enters="`hedge.endurance.escape`, `seawall hedge`",
        evidence=UNTESTED,
        aliases=(
            "escape velocities",
            "ESCAPE.DAYS",
            "ESCAPE.LAYERS",
        ),
        ids=("A26",),
        see_also=("temporal buffer",),
    ),
    Term(
        name="joint ruin",
        family=Family.FINANCE,
        plain="The chance that the book is liquidated while its hedge is worth a quarter or less of its start.",
        formula="share of scenarios with both at one time",
        unit="share",
        source="own definition",
        enters="`ledger.capital.joint_ruin`, `evidence.metrics.joint_ruin_interval`",
        evidence=UNTESTED,
        aliases=(
            "wrong-way flag",
            "RUIN",
        ),
        ids=("A12",),
        see_also=("blow-up",),
    ),
    Term(
        name="cost of gamma",
        family=Family.FINANCE,
        plain="What gamma cost per cycle over what it was paid; above one the premium was too small.",
        formula="sum |Gamma$| RV dt / 2 over sum of carry",
        unit="ratio",
        source="source articles",
        evidence=UNTESTED,
        ids=("A36", "E13"),
        see_also=("rent/yr", "carry/yr"),
    ),
    Term(
        name="five-point column",
        family=Family.FINANCE,
        plain="What five points of volatility cost a condor at once, beside what they add to a pool's rent.",
        formula="V(+5 points) - V; S^2 g (sigma1^2 - sigma0^2) dt / 2",
        unit="USD",
        source="source articles",
        ids=("E10",),
        see_also=("vega/pt", "rent"),
    ),
    Term(
        name="credit and debit",
        family=Family.FINANCE,
        plain="An option sold brings a credit, one bought a debit. Both leave or reach the cash account on the day.",
        formula="sum of quantity times price times multiplier",
        unit="USD",
        source="standard definition",
        enters="`sim.engine.run`",
        aliases=("credit", "debit"),
        ids=("E05",),
        see_also=("self-financing",),
    ),
)
