"""Where a book breaks even, and what it may lose."""

from typing import Final

from seawall.report.glossary.term import Family, Term

TERMS: Final = (
    Term(
        name="six break-evens",
        family=Family.FINANCE,
        plain=(
            "Six questions, six answers: price at expiry; price today over time and volatility; the volatility move "
            "that eats the carry; realised volatility; days that repay a shock; and the VIX level that returns a "
            "hedge's premium."
        ),
        formula="roots of value + carry - reference on a grid, refined; every root with a status",
        unit="price, points, days",
        source="own definition",
        enters="`ledger.breakeven.break_evens`, `seawall breakeven`",
        aliases=("break-evens", "break-even"),
        ids=("E11", "M06"),
        see_also=(
            "break-even at expiry",
            "break-even surface",
            "vol break-even",
            "break-even volatility",
            "days to repay",
            "hedge break-even",
        ),
    ),
    Term(
        name="break-even at expiry",
        family=Family.FINANCE,
        plain="The prices at which the book is worth what it cost, on its first expiry.",
        formula="roots of V(T, S) + carry = entry value, else today's value",
        unit="price",
        source="own definition",
        enters="`ledger.breakeven.BreakEvens`, `seawall breakeven`",
        aliases=("price at expiry",),
        ids=("E11",),
        see_also=("six break-evens",),
    ),
    Term(
        name="break-even surface",
        family=Family.FINANCE,
        plain=(
            "The same for every day passed and every move of volatility; where no price breaks even the cell says so."
        ),
        formula="roots of V(t, S, sigma + d) + carry = reference on the grid of days and points",
        unit="price",
        source="own definition",
        enters="`ledger.breakeven.SurfacePoint`, `seawall breakeven`",
        ids=("E11",),
        see_also=("six break-evens", "ONE_SIDED"),
    ),
    Term(
        name="vol break-even",
        family=Family.FINANCE,
        plain="How many points volatility may rise, price unchanged, before the carry of so many days is gone.",
        formula="root in points of V(t, sigma + d) = V(0)",
        unit="points",
        source="own definition",
        enters="`ledger.breakeven.BreakEvens`, `seawall breakeven`",
        ids=("E10", "E11"),
        see_also=("six break-evens",),
    ),
    Term(
        name="days to repay",
        family=Family.FINANCE,
        plain="Days of carry that repay a named shock.",
        formula="365 loss in the shock / carry per year",
        unit="days",
        source="own definition",
        enters="`ledger.breakeven.BreakEvens`, `seawall breakeven`",
        see_also=("named shock", "temporal buffer"),
    ),
    Term(
        name="hedge break-even",
        family=Family.FINANCE,
        plain=(
            "The VIX level at expiry that returns the hedge's premium. The moves of price and VIX where the hedged "
            "book is flat are not built yet."
        ),
        formula="roots in VIX of payoff = premium",
        unit="points",
        source="own definition",
        enters="`hedge.effects.vix_break_even`, `seawall hedge`",
        ids=("E11", "M06"),
        see_also=("six break-evens",),
    ),
    Term(
        name="margin",
        family=Family.FINANCE,
        plain=(
            "What a broker holds against a short condor. Some recognise one side only if the wings are equal, so the "
            "strict reading is the default of the method."
        ),
        formula="strict: wider side if wings are equal, else both sides; times 100",
        unit="USD",
        source="broker rules differ",
        enters="`hedge.candidates.Candidate`, `seawall hedge`",
        aliases=("condor margin",),
        ids=("C28",),
        see_also=("condor",),
    ),
    Term(
        name="largest loss",
        family=Family.FINANCE,
        plain="The most a condor can lose: the wider side less the credit.",
        formula="(max width - credit after costs) times 100",
        unit="USD per contract",
        source="payoff of the four legs",
        enters="`sim.plan.CondorProgram`, `seawall backtest`",
        aliases=("maximum loss",),
        ids=("A13", "C14"),
        see_also=("risk fraction",),
    ),
    Term(
        name="risk fraction",
        family=Family.FINANCE,
        plain=(
            "The share of equity that one condor may lose. The sources say 1 to 2 %, and also 10 %; the replay's "
            "default is 10 %."
        ),
        formula="contracts = floor(share times equity / largest loss); zero is an answer",
        unit="share",
        source="source articles",
        enters="`sim.plan.CondorProgram`, `seawall backtest`",
        ids=("A13", "C14"),
        see_also=("largest loss",),
    ),
)
