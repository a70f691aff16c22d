"""The idea that carries the program: short convexity, its rent and its price."""

from typing import Final

from seawall.report.glossary.term import Family, Term

TERMS: Final = (
    Term(
        name="short convexity",
        family=Family.IDEA,
        plain="A position that loses when the price moves either way and is paid for standing still.",
        formula="V''(S) < 0, so g(S) = -V''(S) > 0",
        unit="dollar gamma below zero",
        source="Carr and Madan 1998; Milionis et al. 2022",
        enters="`convexity.density`, `seawall ledger`",
        evidence=(
            "a condor and a pool share the sign by construction; claim H-01, the slope on data, is not tested yet"
        ),
        aliases=("negative gamma", "short gamma"),
        ids=("E01", "E02", "E08", "E12"),
        see_also=("convexity density", "dollar gamma", "rent"),
    ),
    Term(
        name="convexity density",
        family=Family.IDEA,
        plain=(
            "How much convexity the holder is short at each price: a spike at an option's strike, a smooth curve over "
            "a pool's range."
        ),
        formula="g(q) = -V''(q)",
        unit="USD per price unit squared; positive means short convexity",
        source="Carr and Madan 1998; Fukasawa, Maire and Wunsch, SSRN 4095029",
        enters="`convexity.density.ConvexityDensity`, `seawall lp`",
        aliases=("g", "density"),
        ids=("E01", "E04"),
        see_also=("gammabar", "dollar gamma", "terminal density", "instantaneous profile"),
    ),
    Term(
        name="gammabar",
        family=Family.IDEA,
        plain="The convexity density at a price, in dollars: what a relative move around that price would cost.",
        formula="gammabar(K) = K^2 g(K)",
        unit="USD; positive means short convexity",
        source="Carr and Madan 1998",
        enters="`convexity.density.ConvexityDensity`, `ledger.lp_reading`",
        aliases=("gamma bar", "dollar-gamma density"),
        see_also=("convexity density", "dollar gamma", "shape share"),
    ),
    Term(
        name="dollar gamma",
        family=Family.IDEA,
        plain="The second derivative of value in price, scaled so that it answers relative moves.",
        formula="Gamma$ = Gamma S^2; a return r earns Gamma$ r^2 / 2",
        unit="USD; negative is short convexity",
        source="standard definition",
        enters="`instruments.base.Exposure`, `convexity.price.dollar_gamma`",
        aliases=("gamma dollars", "cash gamma"),
        see_also=("gamma/1%", "gammabar", "rent/yr"),
    ),
    Term(
        name="terminal density",
        family=Family.IDEA,
        plain=(
            "The density of what a position pays at a stated horizon: exact, and what a static option hedge acts on."
        ),
        formula="g_T(K) = -payoff''(K)",
        unit="USD per price unit squared",
        source="Carr and Madan 1998",
        enters="`convexity.pieces.Terminal`",
        see_also=("instantaneous profile", "tent hedge"),
    ),
    Term(
        name="instantaneous profile",
        family=Family.IDEA,
        plain="The curvature of today's value as today's price moves: what delta hedging and rent act on.",
        formula="-d2V/dS2 at the present instant",
        unit="USD per price unit squared",
        source="standard definition",
        enters="`convexity.pieces.Instantaneous`",
        see_also=("terminal density", "rent"),
    ),
    Term(
        name="flow density",
        family=Family.IDEA,
        plain=(
            "Units that the market must trade as the price crosses a level, such as liquidations. It moves the price "
            "but is nobody's payoff, so it never enters a holder's profit."
        ),
        formula="forced units per unit of price, one-sided",
        unit="units per price unit",
        source="own definition",
        enters="`convexity.pieces.FlowDensity`",
        aliases=("forced-flow density",),
        ids=("E17", "E19", "E32"),
        see_also=("liquidation waterfall", "branching ratio"),
    ),
    Term(
        name="rent",
        family=Family.IDEA,
        plain=(
            "What realised volatility takes from a short-convexity position per unit of time. For a pool it is "
            "loss-versus-rebalancing, for an option book the gamma bleed: the same number."
        ),
        formula="rent = sigma^2 S^2 g(S) / 2",
        unit="USD per year; positive is a cost",
        source="Milionis et al. 2022, arXiv:2208.06046",
        enters="`convexity.price.rent_rate`, `ledger.exposure`, `seawall lp`",
        evidence="true by construction; claim H-01, the slope on data, is not tested yet",
        aliases=("LVR rent", "gamma bleed"),
        ids=("E05", "E06", "E10", "E13"),
        see_also=("rent/yr", "LVR", "break-even volatility"),
    ),
    Term(
        name="break-even volatility",
        family=Family.IDEA,
        plain=(
            "The realised volatility at which rent eats the whole carry; the position earns only while the market "
            "moves less."
        ),
        formula="sigma_BE = sqrt(2 carry / (S^2 g))",
        unit="per square root of a year; shown in points",
        source="algebra of rent and carry; for pools Milionis et al. 2022",
        enters="`convexity.price.break_even_vol`, `seawall lp`, `seawall breakeven`",
        aliases=("sigma_BE",),
        ids=("E02", "E05", "C22"),
        see_also=("BE vol", "yield", "rent"),
    ),
    Term(
        name="price of a density",
        family=Family.IDEA,
        plain=(
            "What the option market charges for a shape of convexity over a horizon. For a pool it is the market "
            "price of its expected impermanent loss."
        ),
        formula="Pi(g) = integral of g(K) Q(K) dK, Q the out-of-the-money option prices",
        unit="USD; positive when the holder is short convexity",
        source="Carr and Madan 1998",
        enters="`convexity.smile_price.price_smile`, `convexity.quote_price.price_quotes`, `seawall lp`",
        aliases=("Pi(g)",),
        see_also=("impermanent loss", "IL-implied volatility"),
    ),
    Term(
        name="IL-implied volatility",
        family=Family.IDEA,
        plain="The flat volatility at which the price of a pool's expected loss equals the price read off the smile.",
        formula="the sigma with Pi_sigma(g) = Pi(g)",
        unit="per square root of a year; shown in points",
        source="own definition; compare Lucic and Sepp 2024",
        enters="`convexity.price.implied_il_vol`, `seawall lp`",
        aliases=("implied IL vol",),
        see_also=("price of a density", "break-even volatility"),
    ),
    Term(
        name="tent hedge",
        family=Family.IDEA,
        plain=(
            "Listed options whose payoff follows a density from strike to strike, so that the pool plus the hedge "
            "never loses to the move at the horizon."
        ),
        formula=(
            "on a cell [a, b]: n_a += (b I0 - I1)/(b - a), n_b += (I1 - a I0)/(b - a), I0 and I1 the integrals of g "
            "and gK"
        ),
        unit="units per strike",
        source="piecewise-linear interpolation of the payoff; Carr and Madan 1998",
        enters="`convexity.project.tent_weights`",
        aliases=("tent weights",),
        see_also=("terminal density", "LX"),
    ),
    Term(
        name="expected local time",
        family=Family.IDEA,
        plain=(
            "Why expected rent equals expected impermanent loss: an option's time value is half the expected time "
            "that the price spends at its strike."
        ),
        formula="E[integral of sigma^2 S^2 g / 2 dt] = Pi(g) when the price is a martingale",
        unit="USD",
        source="Tanaka's formula",
        enters="`convexity.price.price_flat`",
        ids=("C12",),
        see_also=("LVR", "impermanent loss"),
    ),
)
