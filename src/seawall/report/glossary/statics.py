"""Hedges that are bought once, and what they leave."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="static hedge",
        family=Family.HEDGE,
        plain=(
            "Listed options bought and sold once at bid and ask, the cheapest that leave no more than an allowed "
            "shortfall at any price at expiry. They answer for the loss of the move, not for volatility before "
            "that."
        ),
        formula="min sum of ask times bought - bid times sold + fees, with residual(S) >= -allowed at every S",
        unit="contracts",
        source="own definition; a linear program, for whole contracts with branches",
        enters="`convexity.static_hedge.static_hedge`, `ledger.lp_hedge.lp_hedge`, `seawall lp`",
        evidence=UNTESTED,
        aliases=("superhedge",),
        see_also=("tent hedge", "allowed shortfall", "residual", "state price"),
    ),
    Term(
        name="allowed shortfall",
        family=Family.HEDGE,
        plain="How much the hedge may fall short of what the position owes, at the worst price.",
        formula="0.5 % of the value of the position by default",
        unit="USD at expiry",
        source="own default",
        enters="`convexity.static_hedge.Terms`, `ledger.lp_hedge.ALLOWED`, `seawall lp`",
        aliases=("allowed",),
        see_also=("static hedge", "residual"),
    ),
    Term(
        name="residual",
        family=Family.HEDGE,
        plain="What the hedge pays at expiry less what the position owes, at each price.",
        formula="sum of contracts times payoff - loss(S)",
        unit="USD at expiry; below zero is short of the debt",
        source="own definition",
        enters="`convexity.static_hedge.StaticHedge`, `convexity.project.residual`, `seawall lp`",
        aliases=("worst shortfall",),
        see_also=("static hedge", "UNBOUNDED"),
    ),
    Term(
        name="state price",
        family=Family.HEDGE,
        plain=(
            "What one more dollar owed at one price would add to the cost of the hedge: the price of protection "
            "there, read off bid and ask."
        ),
        formula="dual values of the linear program",
        unit="USD today per USD at expiry",
        source="duality of linear programs",
        enters="`convexity.static_hedge.StatePrices`",
        aliases=("state prices",),
        see_also=("static hedge",),
    ),
    Term(
        name="whole contracts",
        family=Family.HEDGE,
        plain=(
            "The hedge in contracts that can be traded. Rounding may break the floor, and the search for the best "
            "rounding may be cut off; both are said."
        ),
        formula="contracts whole, a lot of so many units each",
        unit="contracts",
        source="own definition",
        enters="`convexity.static_hedge.rounded_hedge`, `seawall lp`",
        aliases=("lot",),
        see_also=("BELOW_FLOOR", "STOPPED"),
    ),
    Term(
        name="perp hedge",
        family=Family.HEDGE,
        plain=(
            "A short perp that holds the delta of a position. It takes away direction, not convexity, so the rent "
            "stays."
        ),
        formula="-delta/spot coins; turnover Gamma$^2 sigma^2/(2H) a year in a band of half-width H",
        unit="coins; USD per year",
        source="Leland 1985 for fixed intervals; Whalley and Wilmott 1997 for bands",
        enters="`instruments.perp_hedge.perp_hedge`, `instruments.perp_hedge.rehedged_every`, `seawall lp`",
        aliases=("delta hedge",),
        see_also=("BAND", "funding", "LX"),
    ),
    Term(
        name="quoted price of a loss",
        family=Family.HEDGE,
        plain=(
            "What listed options say the impermanent loss of a position is worth, at bid, middle and ask, and "
            "what lies beyond their strikes."
        ),
        formula="listed strikes + tails + loss already made",
        unit="USD today; points of volatility",
        source="own definition; Carr and Madan 1998",
        enters="`convexity.il_price.quoted_loss`, `convexity.il_price.smile_loss`, `seawall lp`",
        see_also=("price of a density", "IL-implied volatility"),
    ),
)
