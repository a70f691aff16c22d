"""Forced selling that feeds itself: its model, its splits and its book."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="gamma loop",
        family=Family.PERP,
        plain=(
            "Forced selling by price: a fall reaches liquidation prices and hedgers who must sell, and their "
            "orders lower the price."
        ),
        formula="n_G = lam g(p)",
        unit="number",
        source="own model",
        enters="`kernels.cascade_split.Branching`, `kernels.cascade.Cascade`",
        evidence=UNTESTED,
        aliases=("n_G",),
        ids=("E17", "E18"),
        see_also=("branching ratio", "vega loop"),
    ),
    Term(
        name="vega loop",
        family=Family.PERP,
        plain=(
            "Forced selling by volatility: a fall raises volatility, and those who must then cut their positions "
            "lower the price."
        ),
        formula="n_v = lam W kap / p",
        unit="number",
        source="own model",
        enters="`kernels.cascade_split.Branching`, `kernels.cascade.Cascade`",
        evidence=UNTESTED,
        aliases=("n_v",),
        ids=("E18",),
        see_also=("branching ratio", "gamma loop"),
    ),
    Term(
        name="distance to a runaway",
        family=Family.PERP,
        plain="What is missing until a move feeds itself; negative beyond that.",
        formula="1 - n",
        unit="number",
        source="own model",
        enters="`kernels.cascade_split.Branching`",
        aliases=("distance",),
        see_also=("branching ratio", "RUNAWAY"),
    ),
    Term(
        name="cap of the branching ratio",
        family=Family.PERP,
        plain=(
            "The largest ratio the model lets a fall run at. Where it was reached the size of the fall is that of "
            "the cap, and the status says so."
        ),
        formula="n <= 0.95 by default",
        unit="number",
        source="own assumption",
        enters="`kernels.cascade_path.CAP`",
        aliases=("n cap",),
        see_also=("RUNAWAY", "branching ratio"),
    ),
    Term(
        name="withdrawal of depth",
        family=Family.PERP,
        plain="How the order book thins as volatility rises, so that the same order moves the price further.",
        formula="lam = lam0 (sigma/sigma0)^eta",
        unit="power",
        source="own model",
        enters="`kernels.cascade_path.Terms`, `sim.waterfall_state.Feedback`",
        evidence=UNTESTED,
        aliases=("thinning of depth",),
        see_also=("price impact", "vega loop"),
    ),
    Term(
        name="split along the path",
        family=Family.PERP,
        plain=(
            "Which loop traded what while the price went down. It hides who needed whom, so a Shapley value "
            "stands beside it."
        ),
        formula="gamma + vega flow + vega depth = move - shock + unmet",
        unit="price",
        source="own model",
        enters="`kernels.cascade.Cascade`",
        aliases=("path split",),
        see_also=("Shapley split",),
    ),
    Term(
        name="Shapley split",
        family=Family.PERP,
        plain=(
            "The share of each loop as the mean over all orders of switching them on; what neither does alone is "
            "shown as interaction."
        ),
        formula="mean over orders of the added move",
        unit="price",
        source="Shapley 1953",
        enters="`kernels.cascade_split.two_loops`, `kernels.cascade_split.three_loops`",
        aliases=("Shapley value", "interaction"),
        see_also=("split along the path", "negative gamma or vega expansion"),
    ),
    Term(
        name="modelled liquidation book",
        family=Family.PERP,
        plain=(
            "Liquidation prices guessed from the history of open interest and a spread of leverages, three books "
            "for three leverages. Always marked as assumed."
        ),
        formula="units opened on each day at median leverages 5, 8 and 15, log sd 0.8",
        unit="units per price",
        source="own model",
        enters="`instruments.liquidations_model.modelled_books`",
        evidence=UNTESTED,
        see_also=("liquidation book", "liquidation print"),
    ),
    Term(
        name="liquidation print",
        family=Family.PERP,
        plain="Liquidations that a venue reported, to which a modelled book can be scaled.",
        formula="factor = printed / modelled units",
        unit="units",
        source="venue data",
        enters="`instruments.liquidations.calibrate`",
        aliases=("calibration of the book",),
        see_also=("modelled liquidation book",),
    ),
    Term(
        name="rung",
        family=Family.PERP,
        plain=(
            "One account's forced order in the discrete book. Between two consistent ends the cascade stops at "
            "the first."
        ),
        formula="smallest k: impact of k rungs does not reach rung k + 1",
        unit="price, units",
        source="own model",
        enters="`kernels.cascade_book.Rungs`, `kernels.cascade_book.book_cascade`",
        aliases=("rungs",),
        see_also=("liquidation book", "AMBIGUOUS"),
    ),
    Term(
        name="waterfall account",
        family=Family.PERP,
        plain=(
            "Where every dollar of a cascade went: traders, deleveraged winners, fund, vault, venue, hedgers, takers. "
            "The parts must close."
        ),
        formula="traders + winners + insurance + vault + venue + hedgers + takers = 0",
        unit="USD",
        source="own definition",
        enters="`sim.waterfall.Changes`, `sim.waterfall.run_waterfall`",
        aliases=("waterfall closes",),
        see_also=("liquidation waterfall", "self-financing"),
    ),
)
