"""What a hedge is compared with."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="B0",
        family=Family.BENCHMARK,
        plain="The book without a hedge.",
        formula="same program, no hedge",
        unit="a path",
        source="own definition",
        enters="`sim.engine.compare`, `seawall backtest`",
        ids=("A11",),
        see_also=("B1",),
    ),
    Term(
        name="B1",
        family=Family.BENCHMARK,
        plain=(
            "The same book held smaller, the rest in cash, until its mean equals the hedged mean. Most hedges fail "
            "against it."
        ),
        formula="scale s with mean(s r + (1 - s) cash) = hedged mean, 0 < s <= 1",
        unit="a path",
        source="Israelov (AQR) on put overlays",
        enters="`evidence.returns.delever`, `seawall backtest`",
        evidence=(
            "in the embedded replay of 2014 to 2018 it had less drawdown than the hedge at the same mean; one sample, "
            "modelled option prices"
        ),
        aliases=("de-levered", "held smaller", "delevered"),
        ids=("A11",),
        see_also=("H-03", "ALVH"),
    ),
    Term(
        name="B2",
        family=Family.BENCHMARK,
        plain="The vxth rule as an overlay.",
        formula="see vxth",
        unit="a path",
        source="Cboe",
        evidence=UNTESTED,
        see_also=("vxth",),
    ),
    Term(
        name="B3",
        family=Family.BENCHMARK,
        plain="The static 4:4:2 recipe.",
        formula="see static recipe",
        unit="a path",
        source="source articles",
        evidence=UNTESTED,
        ids=("A23", "A24"),
        see_also=("static recipe",),
    ),
    Term(
        name="B4",
        family=Family.BENCHMARK,
        plain="A monthly put overlay, 5 % out of the money.",
        formula="long put at 0.95 S, rolled monthly",
        unit="a path",
        source="Cboe PPUT; Israelov (AQR)",
        evidence=f"{UNTESTED}; published: a similar overlay returned like a smaller holding at twice its volatility",
        see_also=("B1",),
    ),
    Term(
        name="B5",
        family=Family.BENCHMARK,
        plain="A crypto-native hedge: a perp against the delta of each pool, and a strip of listed strikes.",
        formula="puts and calls 1.5 and 2 expected moves out of the money, monthly, at the carry budget; perp = -delta",
        unit="a path",
        source="own definition",
        evidence=UNTESTED,
        see_also=("LX",),
    ),
    Term(
        name="B6",
        family=Family.BENCHMARK,
        plain="A stop into cash after a stated loss.",
        formula="cash after a fall of x %",
        unit="a path",
        source="own definition",
        enters="`evidence.benchmarks.cash_stop`",
        evidence=UNTESTED,
        see_also=("B0",),
    ),
)
