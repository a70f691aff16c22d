"""The columns of the tables: one unit and one sign each, dollars to the holder."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="value",
        family=Family.COLUMN,
        plain=(
            "What the position is worth now. A VIX future shows its unsettled gain, a perp its collateral plus "
            "unrealised gain, a pool both tokens plus accrued fees."
        ),
        formula="mark of the whole position",
        unit="USD; long above zero",
        source="standard definition",
        enters="`instruments.base.Exposure`, `seawall ledger`",
        aliases=("value_usd",),
        see_also=("delta",),
    ),
    Term(
        name="delta",
        family=Family.COLUMN,
        plain="What the position gains per 100 % rise of its factor, at today's slope.",
        formula="Delta S",
        unit="USD per 100 %",
        source="standard definition",
        enters="`instruments.base.Exposure`, `seawall ledger`",
        aliases=("delta_usd", "delta dollars"),
        see_also=("gamma/1%",),
    ),
    Term(
        name="gamma/1%",
        family=Family.COLUMN,
        plain="How much delta dollars change for a 1 % move. A 1 % move itself earns 1/200 of it.",
        formula="Gamma S^2 / 100",
        unit="USD per 1 %; negative is short convexity",
        source="standard definition",
        enters="`ledger.exposure.Row`, `seawall ledger`",
        aliases=("gamma", "gamma_usd_per_pct", "gamma per 1 %"),
        see_also=("dollar gamma", "rent/yr"),
    ),
    Term(
        name="vega/pt",
        family=Family.COLUMN,
        plain=(
            "What one point of implied volatility earns: at the position's tenor for SPX options, of its own future "
            "for VIX instruments, of that asset for other options."
        ),
        formula="dV/d(sigma) / 100",
        unit="USD per point; negative is short volatility",
        source="Black 1976",
        enters="`instruments.base.Exposure`, `kernels.black.black`, `seawall ledger`",
        aliases=("vega", "vega_usd_per_point", "vega per point"),
        ids=("E09", "E20"),
        see_also=("horizon vega", "vol of vol", "volga"),
    ),
    Term(
        name="vol of vol",
        family=Family.COLUMN,
        plain="What a VIX option gains when its own volatility rises by a point; kept apart from vega.",
        formula="dV/d(own volatility) / 100",
        unit="USD per point",
        source="Black 1976 on the VIX future of the same expiry",
        enters="`instruments.vix.VixOption`",
        aliases=("vol_of_vol_usd_per_point",),
        see_also=("VVIX", "vega/pt"),
    ),
    Term(
        name="horizon vega",
        family=Family.COLUMN,
        plain=(
            "A pool marked as spot has no vega. To a stated horizon, 30 days, its value less the price of its "
            "expected loss has one; it is never added to option vega."
        ),
        formula="vega_T = -integral of g(K) vega(K, T) dK",
        unit="USD per point",
        source="own definition",
        enters="`convexity.price.horizon_vega`, `instruments.pool.LiquidityPosition`",
        aliases=("horizon_vega_usd_per_point", "vega to 30 days"),
        see_also=("price of a density", "vega/pt"),
    ),
    Term(
        name="theta/day",
        family=Family.COLUMN,
        plain="What a calendar day adds or takes while price and volatility stand still.",
        formula="dV/dt / 365",
        unit="USD per day; negative for a long option",
        source="Black 1976, forward held",
        enters="`ledger.exposure.Row`, `seawall ledger`",
        aliases=("theta", "theta_usd_per_day"),
        see_also=("Temporal Theta", "carry/yr"),
    ),
    Term(
        name="carry/yr",
        family=Family.COLUMN,
        plain=(
            "Everything received per year while the market stands still: decay, fees while in range, funding, and the "
            "roll of VIX futures."
        ),
        formula=(
            "365 theta/day for options; fee rate times value for pools; -delta times funding for perps; roll for VIX"
        ),
        unit="USD per year; received above zero; unknown when a rate is",
        source="own definition",
        enters="`instruments.base.Exposure`, `seawall ledger`",
        aliases=("carry", "carry_usd_per_year"),
        ids=("E05",),
        see_also=("rent/yr", "yield"),
    ),
    Term(
        name="rent/yr",
        family=Family.COLUMN,
        plain="What the market took at the pace at which it moved.",
        formula="-sigma_realised^2 Gamma$ / 2",
        unit="USD per year; a cost above zero, negative when the position collects it",
        source="Milionis et al. 2022 for pools",
        enters="`ledger.exposure.Row`, `seawall ledger`",
        aliases=("rent_usd_per_year",),
        ids=("E13",),
        see_also=("rent", "cost of gamma"),
    ),
    Term(
        name="yield",
        family=Family.COLUMN,
        plain="Carry per unit of dollar gamma: one number that ranks a condor, a pool and a power perp.",
        formula="Y = carry / (S^2 g) = sigma_BE^2 / 2",
        unit="per year",
        source="algebra of rent and carry",
        enters="`convexity.price.convexity_yield`, `seawall ledger`",
        aliases=("convexity yield", "convexity_yield", "Y"),
        see_also=("BE vol",),
    ),
    Term(
        name="BE vol",
        family=Family.COLUMN,
        plain=(
            "The break-even volatility of the row. A dash where the row is not short convexity with positive carry, "
            "the word unknown where its carry is."
        ),
        formula="100 sqrt(2 carry / short dollar gamma)",
        unit="points; per square root of a year in JSON",
        source="algebra of rent and carry",
        enters="`ledger.exposure.Row`, `seawall ledger`",
        aliases=("break_even_vol",),
        see_also=("break-even volatility", "NOT_SHORT"),
    ),
    Term(
        name="VIX share",
        family=Family.COLUMN,
        plain=(
            "How much of a position's risk a hedge in VIX can reach at all. The rest needs listed strikes, "
            "crypto-native gamma or less size."
        ),
        formula='R_shape R_asset R_tenor; "<=" shows the bound while the asset share is unknown',
        unit="share from 0 to 1",
        source="own definition; an approximation unless the residuals are orthogonal",
        enters="`ledger.share.hedgeable_share`, `seawall ledger`",
        evidence=f"{UNTESTED}; the path R2 of hedge on loss decides",
        aliases=(
            "VIX-hedgeable share",
            "hedgeable share",
            "three hedgeable shares",
            "vix_hedgeable_share",
            "VIX can reach",
        ),
        see_also=("shape share", "asset share", "tenor share"),
    ),
    Term(
        name="worst case",
        family=Family.COLUMN,
        plain=(
            "The named shock that costs most, with the position valued anew in it. Each row shows its own, the total "
            "that of the whole book."
        ),
        formula="min over named shocks of V(shock) - V(now)",
        unit="USD; a loss below zero",
        source="own definition",
        enters="`ledger.exposure.WorstCase`, `seawall ledger`",
        aliases=("worst_case_usd", "worst shock"),
        see_also=("named shock",),
    ),
    Term(
        name="Position",
        family=Family.COLUMN,
        plain="So many units of one instrument under a label of your choice.",
        formula="quantity times instrument; negative when sold",
        unit="as the kind of position states it",
        source="own definition",
        enters="`instruments.base.Position`, `seawall ledger`",
        see_also=("factor",),
    ),
    Term(
        name="factor",
        family=Family.COLUMN,
        plain="The price that a position depends on, such as SPX, ETH or VIX. Subtotals are by factor.",
        formula="one name a position",
        unit="a name",
        source="own definition",
        enters="`instruments.base.Instrument`, `seawall ledger`",
        see_also=("Position",),
    ),
)
