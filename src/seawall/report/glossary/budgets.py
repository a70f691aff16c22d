"""Temperaments, budgets and sizing of the hedge."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="Steward and Promoter",
        family=Family.HEDGE,
        plain=(
            "Two temperaments as runnable policies. The Steward covers the book, sizes by the tail and trades only "
            "outside a band; the Promoter follows trailing yield, with symmetric wings and no hedge."
        ),
        formula="Steward: BAND, CVaR sizing, coverage at or above 0.20; Promoter: size proportional to 30-day yield",
        unit="a policy",
        source="source articles",
        enters="`hedge.charter.PRESETS`, `seawall hedge`, `seawall policy explain`",
        evidence=f"{UNTESTED}; prior: yes for the Steward (H-14)",
        aliases=("Steward", "Promoter"),
        ids=("M35",),
        see_also=("BAND", "M35", "Loyalty and Motion"),
    ),
    Term(
        name="BAND",
        family=Family.HEDGE,
        plain="When to rebalance: never, every session, outside a band that grows with costs, or as a recipe says.",
        formula="H = (1.5 c Gamma$^2 / a)^(1/3), c cost of a dollar traded, a risk aversion per dollar",
        unit="USD of delta",
        source="Whalley and Wilmott 1997",
        enters=(
            "`hedge.amounts.amounts`, `instruments.perp_hedge.band_half_width`, "
            "`instruments.perp_hedge.rehedged_in_band`, `seawall hedge`, `seawall lp`"
        ),
        evidence=f"{UNTESTED}; prior: mild yes (H-10)",
        aliases=("HOLD", "CHASE", "STATIC", "rebalancing band", "temper"),
        ids=("M36", "A31"),
        see_also=("Steward and Promoter",),
    ),
    Term(
        name="Big Top",
        family=Family.HEDGE,
        plain="Eight signs of complacency averaged into one score; at 0.6 or more new short volatility is halved.",
        formula=(
            "mean of 8 flags: low VIX, steep curve, high dealer gamma, high funding, calm realised volatility, "
            "breadth divergence, high P/E, beta inversion"
        ),
        unit="share from 0 to 1",
        source="source articles",
        enters="`signals.composite.COMPOSITE`",
        evidence=f"{UNTESTED}; claim H-11",
        aliases=("Big Top cash press", "BIG_TOP"),
        ids=("M37", "A23", "C08"),
        see_also=("M37", "L0.open"),
    ),
    Term(
        name="carry budget",
        family=Family.HEDGE,
        plain="The most that the hedge may cost per year if the market stands still.",
        formula="2 % of equity",
        unit="USD per year",
        source="own policy",
        enters="`hedge.budgets.Budgets`, `seawall hedge`",
        ids=("A21",),
        see_also=("bound by", "income share"),
    ),
    Term(
        name="income share",
        family=Family.HEDGE,
        plain="The same as a share of what the book itself earns per year; the smaller of the two binds.",
        formula="20 % of the book's own positive carry",
        unit="USD per year",
        source="source articles",
        enters="`hedge.amounts.amounts`, `seawall hedge`",
        aliases=("hedge budget", "kappa"),
        ids=("A19",),
        see_also=("Hedge P/CF", "carry budget"),
    ),
    Term(
        name="premium budget",
        family=Family.HEDGE,
        plain="The most premium that hedges may hold.",
        formula="10 % of equity",
        unit="USD",
        source="own policy",
        enters="`hedge.amounts.amounts`, `seawall hedge`",
        ids=("A21",),
        see_also=("bound by",),
    ),
    Term(
        name="short vega budget",
        family=Family.HEDGE,
        plain="The hedge's vega stops at the book's own short SPX vega times what VIX can reach of it.",
        formula="short SPX vega times its VIX share",
        unit="USD per point",
        source="own policy",
        enters="`hedge.amounts.amounts`, `seawall hedge`",
        aliases=("short vega",),
        ids=("A21",),
        see_also=("VIX share", "bound by"),
    ),
    Term(
        name="ticket",
        family=Family.HEDGE,
        plain=(
            "One order a person can place: contract, size, limit, cost, the rule that asked for it, the budget that "
            "bound it, and the newest input used."
        ),
        formula="none later than its session",
        unit="an order",
        source="own definition",
        enters="`hedge.tickets.Ticket`, `seawall hedge`",
        ids=("A27", "A35", "M42"),
        see_also=("rule", "bound by"),
    ),
    Term(
        name="progressive scale",
        family=Family.HEDGE,
        plain="Hedge size in quarters as indicators leave their norm.",
        formula="clip((z - 1)/2, 0, 1), rounded to quarters",
        unit="share",
        source="source articles",
        enters="`signals.momentum.MOMENTUM`",
        evidence=UNTESTED,
        ids=("A28", "M07"),
        see_also=("M07",),
    ),
    Term(
        name="sizing by scenarios",
        family=Family.HEDGE,
        plain=(
            "Choose the hedge that lowers the mean of the worst outcomes most, over replayed, resampled and stated "
            "scenarios, inside the budgets."
        ),
        formula=(
            "min zeta + mean of worst losses beyond it / (1 - a) + cost; gamma only, vega only and joint are shown "
            "side by side"
        ),
        unit="contracts",
        source="Rockafellar and Uryasev 2000",
        enters="`hedge.sizing.fit`, `hedge.amounts.amounts`, `seawall hedge`",
        evidence=UNTESTED,
        aliases=("min-CVaR", "minimum CVaR hedge", "REER and rate grid"),
        ids=("A14", "E23", "A06"),
        see_also=("CVaR", "XIRR"),
    ),
    Term(
        name="duration match",
        family=Family.HEDGE,
        plain="Choose the days to expiry of condors so that their decay resembles the pools' rent per day.",
        formula="min sum (theta_condor - LVR per day)^2",
        unit="days",
        source="source articles",
        enters="`hedge.duration.duration_match`, `seawall hedge`",
        evidence=UNTESTED,
        aliases=("L0.match",),
        ids=("A29",),
        see_also=("theta/day", "rent"),
    ),
    Term(
        name="half-spread",
        family=Family.HEDGE,
        plain="What a fill costs off the middle where no quote was observed.",
        formula=(
            "F base (delta/.2)^a (days/30)^b (vol/centre)^c fitted to chains, at least half a tick; VIX future 0.05 "
            "points; commission 1 USD a contract"
        ),
        unit="points",
        source="own assumption; every report can repeat it at twice the cost",
        enters="`kernels.spread.option_half`, `sim.costs.Costs`",
        ids=("A38",),
        see_also=("limit",),
    ),
    Term(
        name="EDR",
        family=Family.HEDGE,
        plain=(
            "A formula from public glossary pages, printed without a unit. It is kept as printed and, apart, in a "
            "form with one."
        ),
        formula="edr_raw = 0.1 VIX9D + 0.5 HV20 m; edr_norm = m (0.1 VIX9D + 0.5 HV20)/0.6/sqrt(252)",
        unit="none as printed; percent of spot for edr_norm",
        source="public glossary pages, unverified",
        enters="`hedge.stand_aside.daily_range`, `seawall condor`",
        evidence=UNTESTED,
        aliases=("edr_raw", "edr_norm"),
        ids=("C16", "M42"),
        see_also=("vixshield-glossary",),
    ),
)
