"""Liquidity positions: ranges, results, and kinds of pool."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="leverage over v2",
        family=Family.POOL,
        plain="How many times more rent and fees a dollar in a range bears than a dollar on the whole axis.",
        formula="A = 1 / (1 - (sqrt(pa/P) + sqrt(P/pb))/2)",
        unit="times",
        source="algebra of the v3 value",
        enters="`kernels.amm.lvr_share`, `seawall lp`",
        aliases=("leverage", "A", "concentration"),
        ids=("A30",),
        see_also=("range", "v3_pool"),
    ),
    Term(
        name="range",
        family=Family.POOL,
        plain=(
            "The prices between which a concentrated position trades and earns. It plays the part of a condor's wings."
        ),
        formula="half-width r = sqrt(pb/pa)",
        unit="prices",
        source="Uniswap v3",
        enters="`instruments.pool_shapes.PriceRange`, `seawall lp`",
        aliases=("wing width", "range half-width"),
        ids=("A30", "E04"),
        see_also=("leverage over v2", "OUT_OF_RANGE"),
    ),
    Term(
        name="in range and out of range",
        family=Family.POOL,
        plain=(
            "Outside its range a position is all one token: it earns no fees and owes no rent, but it still moves "
            "with that token."
        ),
        formula="g = 0 outside [pa, pb]",
        unit="a state",
        source="Uniswap v3",
        enters="`ledger.lp_exit.exits`, `seawall lp`",
        see_also=("range", "OUT_OF_RANGE"),
    ),
    Term(
        name="first exit",
        family=Family.POOL,
        plain=(
            "The chance of leaving the range within a horizon, and how long that takes on average, if the price is "
            "lognormal without drift."
        ),
        formula="two-barrier law of a driftless lognormal price at implied volatility",
        unit="share; days",
        source="standard first-passage series",
        enters="`kernels.barrier.exit_probability`, `ledger.lp_exit.exits`, `seawall lp`",
        aliases=("first passage", "exit probability"),
        see_also=("ENDLESS",),
    ),
    Term(
        name="equivalent strangle",
        family=Family.POOL,
        plain=(
            "The short strangle that has the pool's dollar gamma today: what the position is in the words of options."
        ),
        formula=(
            "strikes at the range ends, or one standard deviation away; units = Gamma$ of the pool / Gamma$ of one "
            "strangle"
        ),
        unit="units",
        source="own definition",
        enters="`ledger.lp_reading.Strangle`, `seawall lp`",
        aliases=("strangle",),
        ids=("E04",),
        see_also=("range",),
    ),
    Term(
        name="three pool results",
        family=Family.POOL,
        plain=(
            "A pool's result against cash, against holding the tokens, and against rebalancing are three different "
            "numbers and are never mixed."
        ),
        formula="vs HODL = IL + fees; vs rebalancing = fees - LVR; vs cash = value change + fees",
        unit="USD",
        source="Milionis et al. 2022",
        enters="`ledger.lp_results.LpResults`, `sim.lp_result.LpReplay`, `seawall lp`",
        aliases=(
            "HODL",
            "vs cash",
            "vs HODL",
            "vs rebalancing",
            "Against cash",
            "Against holding",
            "Against rebalancing",
        ),
        ids=("E06", "E07", "C12"),
        see_also=("impermanent loss", "LVR"),
    ),
    Term(
        name="fees needed",
        family=Family.POOL,
        plain="The yearly fee rate on value that would just pay the rent.",
        formula="rent per year / value",
        unit="share per year",
        source="algebra",
        enters="`ledger.lp_reading.Rent`, `seawall lp`",
        ids=("E05",),
        see_also=("break-even volatility",),
    ),
    Term(
        name="fee-implied volatility",
        family=Family.POOL,
        plain="The volatility that a pool's trading volume pays for.",
        formula="sigma = 2 sqrt(fee volume / (L sqrt P))",
        unit="per square root of a year",
        source="algebra of LVR; Lambert's form differs on the 1 bp tier",
        enters="`kernels.amm.fee_implied_vol`",
        aliases=("Lambert's implied volatility",),
        ids=("C22",),
        see_also=("break-even volatility",),
    ),
    Term(
        name="quote depth",
        family=Family.POOL,
        plain="How much can be sold into a pool before its price falls by a given share.",
        formula="L (sqrt P - sqrt((1 - x) P))",
        unit="quote tokens",
        source="Uniswap v3",
        enters="`kernels.amm.quote_depth`",
        ids=("M20",),
        see_also=("quick ratio of a pool",),
    ),
    Term(
        name="tick",
        family=Family.POOL,
        plain="The grid of prices on which a concentrated pool keeps its liquidity.",
        formula="price = 1.0001^tick",
        unit="an integer from -887272 to 887272",
        source="Uniswap v3",
        enters="`kernels.uniswap3_ticks`",
        see_also=("range",),
    ),
    Term(
        name="fee growth",
        family=Family.POOL,
        plain=(
            "Fees per unit of liquidity inside a range, as the contract counts them: what a position earned to the "
            "last unit. A share pro rata to liquidity is only an estimate."
        ),
        formula="difference of fee growth inside times liquidity",
        unit="tokens",
        source="Uniswap v3",
        enters="`instruments.pool_state.growth_inside`",
        aliases=("feeGrowthInside",),
        see_also=("fees needed",),
    ),
    Term(
        name="short variance",
        family=Family.POOL,
        plain="The position whose convexity has the same dollars everywhere. VIX squared is its price.",
        formula="g(K) = 2N / (T K^2)",
        unit="USD per 1.00 of variance",
        source="Carr and Madan 1998",
        enters="`convexity.density.of_short_variance`",
        see_also=("VIX", "shape share"),
    ),
    Term(
        name="emissions",
        family=Family.POOL,
        plain=(
            "Tokens paid on top of fees. They are valued at what they sell for, in their own line, and are never "
            "counted as fees."
        ),
        formula="share of the yield that is emissions; above one half is called promoter yield",
        unit="USD, share",
        source="source articles",
        enters="`ledger.capital.emissions_value`, `ledger.capital.promoter_yield`",
        evidence=UNTESTED,
        aliases=("promoter yield",),
        ids=("M28",),
        see_also=("M28", "Steward and Promoter"),
    ),
)
