"""Kinds of position a book file can hold."""

from typing import Final

from seawall.report.glossary.term import Family, Term

TERMS: Final = (
    Term(
        name="option",
        family=Family.KIND,
        plain="One European option on its parity forward, settled at the print its root says.",
        formula="Black 1976",
        unit="USD per contract",
        source="Black 1976",
        enters="`instruments.option.EuropeanOption`",
        see_also=("settlement",),
    ),
    Term(
        name="vertical",
        family=Family.KIND,
        plain="One option bought and one sold, same right and expiry, two strikes.",
        formula="sum of two legs",
        unit="USD per contract",
        source="standard structure",
        enters="`instruments.structures.vertical`",
        see_also=("condor",),
    ),
    Term(
        name="condor",
        family=Family.KIND,
        plain=(
            "A call spread and a put spread sold around the price: paid for a quiet market, with a loss that the "
            "wings cap."
        ),
        formula="sum of four legs at rising strikes; density + at the two shorts, - at the two wings",
        unit="USD per contract",
        source="standard structure",
        enters="`instruments.structures.condor`, `convexity.density.of_condor`",
        aliases=("iron condor",),
        ids=("E04", "E08", "E12"),
        see_also=("L0", "largest loss", "short convexity"),
    ),
    Term(
        name="calendar",
        family=Family.KIND,
        plain="A near option sold and a far one bought at one strike.",
        formula="far leg less near leg",
        unit="USD per contract",
        source="standard structure",
        enters="`instruments.structures.calendar`",
        ids=("A16",),
        see_also=("CAL.add",),
    ),
    Term(
        name="call_ladder",
        family=Family.KIND,
        plain="Calls at rising strikes, with a weight each.",
        formula="sum of weighted calls",
        unit="USD per contract",
        source="standard structure",
        enters="`instruments.structures.call_ladder`",
        aliases=("ladder", "call ladder"),
        ids=("A05", "A17"),
        see_also=("Second Engine",),
    ),
    Term(
        name="vix_future",
        family=Family.KIND,
        plain="A VX contract marked against the level it was opened at.",
        formula="1000 (F - entry)",
        unit="USD per contract",
        source="Cboe VX specification",
        enters="`instruments.vix.VixFuture`",
        ids=("A03",),
        see_also=("VIX futures curve",),
    ),
    Term(
        name="vix_option",
        family=Family.KIND,
        plain=(
            "An option on the VIX of its expiry. Its underlying is the VIX future of the same date, because VIX "
            "itself cannot be held."
        ),
        formula="Black 1976 on the same-expiry future",
        unit="USD per contract",
        source="Cboe specifications",
        enters="`instruments.vix.VixOption`",
        aliases=("VIX call", "VIX option"),
        ids=("A01", "A34"),
        see_also=("VIX futures curve", "settlement"),
    ),
    Term(
        name="v2_pool",
        family=Family.KIND,
        plain="A share of a constant-product pool: liquidity at every price.",
        formula="V = 2 L sqrt P; g = L / (2 P^1.5)",
        unit="USD",
        source="Uniswap v2",
        enters="`instruments.pool_shapes.ConstantProduct`, `seawall lp`",
        aliases=("v2 pool", "constant product"),
        ids=("E01",),
        see_also=("impermanent loss", "v3_pool"),
    ),
    Term(
        name="v3_pool",
        family=Family.KIND,
        plain="Liquidity within one or several price ranges.",
        formula="V = L (2 sqrt P - sqrt pa - P/sqrt pb) inside the range; g = L / (2 P^1.5) there, 0 outside",
        unit="USD",
        source="Uniswap v3",
        enters="`instruments.pool_shapes.Concentrated`, `seawall lp`",
        aliases=("v3 pool", "concentrated liquidity"),
        ids=("E01", "A30"),
        see_also=("range", "leverage over v2"),
    ),
    Term(
        name="weighted_pool",
        family=Family.KIND,
        plain="A share of a pool that keeps a fixed part of its value in the risky token, such as 80 %.",
        formula="V = c P^w; g = w (1 - w) c P^(w - 2)",
        unit="USD",
        source="Fukasawa, Maire and Wunsch, SSRN 4095029",
        enters="`instruments.pool_curves.Weighted`, `convexity.density.of_weighted`, `seawall lp`",
        aliases=("weighted pool", "Balancer pool"),
        see_also=("v2_pool", "short variance"),
    ),
    Term(
        name="stable_pool",
        family=Family.KIND,
        plain=(
            "A share of a two-coin pool for tokens that should trade near par: very flat there, and very short "
            "convexity at the edge."
        ),
        formula="Ann (x + y) + D = Ann D + D^3/(4xy), Ann = A n",
        unit="USD",
        source="Curve contracts; Egorov 2019",
        enters="`instruments.pool_curves.Stable`, `kernels.stableswap`, `seawall lp`",
        aliases=("stable pool", "stableswap", "Curve pool"),
        ids=("C23",),
        see_also=("v2_pool",),
    ),
    Term(
        name="covered_call_pool",
        family=Family.KIND,
        plain="A pool whose value follows a covered call: one token held, a call on it sold at a strike until a date.",
        formula="base 1 - N(d1), quote K N(d2); g = n(d1) / (S sigma sqrt(T))",
        unit="USD",
        source="RMM-01; Black-Scholes-Merton without rates",
        enters="`instruments.pool_curves.CoveredCall`, `kernels.rmm.covered_call`, `seawall lp`",
        aliases=("covered call pool", "RMM-01"),
        see_also=("option", "short convexity"),
    ),
    Term(
        name="linear_perp",
        family=Family.KIND,
        plain=(
            "A perpetual future with isolated collateral. By itself it has no gamma; the short gamma of perps sits in "
            "the liquidation book of all of them."
        ),
        formula="collateral + size (P - entry), nothing beyond the liquidation price",
        unit="USD",
        source="venue documentation",
        enters="`instruments.perp.LinearPerp`",
        aliases=("perp", "perpetual future"),
        ids=("E17",),
        see_also=("funding", "liquidation price"),
    ),
)
