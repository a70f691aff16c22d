"""The adaptive layered VIX hedge: its layers, its rules and its budgets."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="ALVH",
        family=Family.HEDGE,
        plain=(
            "VIX calls in layers by tenor, sized by budgets and changed by the market's state. Built on what the "
            "ledger shows, and only as far as VIX can reach."
        ),
        formula="4:4:2 calls at 30, 110 and 220 days, delta 0.30, the largest size that every budget allows",
        unit="contracts",
        source="source articles",
        enters="`hedge.decide.decide`, `hedge.charter.Policy`, `seawall hedge`, `seawall backtest`",
        evidence=(
            "in the embedded replay of 2014 to 2018, with modelled option prices, it did not beat simply holding "
            "less; one sample. Claim H-03 not tested yet"
        ),
        aliases=("adaptive layered VIX hedge", "layered hedge"),
        ids=("A11", "A21", "A24", "A27", "C13", "E23"),
        see_also=("L1", "L2", "L3", "L0", "LX", "static recipe"),
    ),
    Term(
        name="L0",
        family=Family.HEDGE,
        plain=(
            "Short condors whose income may pay for the hedge. They are short convexity like the book, so they never "
            "count as protection."
        ),
        formula="program of the replay: short delta 0.20, wings 0.05, one monthly expiry to the next",
        unit="contracts",
        source="source articles; Cboe CNDR",
        enters="`hedge.stack.financing.FinancingCondor`, `sim.plan.CondorProgram`, `seawall hedge`, `seawall backtest`",
        evidence=f"{UNTESTED}; in published levels the CNDR index grew 0.61 % a year from 2007 to 2025",
        aliases=("financing condor", "financing condors"),
        ids=("A02", "A13", "C01"),
        see_also=("condor", "cndr", "L0.widen"),
    ),
    Term(
        name="L1",
        family=Family.HEDGE,
        plain="Near VIX calls for the first spike.",
        formula="weight 4, target 30 days, rolled at 7, delta 0.30",
        unit="contracts",
        source="source articles; DeLisle, Doran and Krieger, SSRN 2534081",
        enters="`hedge.stack.vix.VixCalls`, `seawall hedge`",
        evidence=f"{UNTESTED}; such calls protected better than SPX puts and lost on average",
        aliases=("near layer",),
        ids=("A01", "C01"),
        see_also=("L1.base", "L1.boost", "L1.monetise"),
    ),
    Term(
        name="L2",
        family=Family.HEDGE,
        plain="VIX calls of about four months for slower shocks.",
        formula="weight 4, target 110 days, rolled at 55, delta 0.30",
        unit="contracts",
        source="source articles",
        enters="`hedge.stack.vix.VixCalls`, `seawall hedge`",
        evidence=UNTESTED,
        aliases=("deep layer",),
        ids=("A03", "A04"),
        see_also=("L23.refresh",),
    ),
    Term(
        name="L3",
        family=Family.HEDGE,
        plain=(
            "The farthest layer, an armed reserve. In the static recipe VIX calls of about seven months; as Second "
            "Engine a plug-in."
        ),
        formula="weight 2, target 220 days, rolled at 110, delta 0.30",
        unit="contracts",
        source="source articles",
        enters="`hedge.stack.vix.VixCalls`, `seawall hedge`",
        evidence=UNTESTED,
        ids=("A04",),
        see_also=("Second Engine", "L23.refresh"),
    ),
    Term(
        name="LX",
        family=Family.HEDGE,
        plain="What VIX cannot reach, hedged on the coin: perps against delta, strikes and power perps against gamma.",
        formula="1 - VIX share of the position",
        unit="share",
        source="own definition",
        enters="`hedge.stack.crypto.CryptoNative`, `seawall hedge`, `seawall lp`",
        evidence=UNTESTED,
        aliases=("crypto-native layer",),
        see_also=("LX.trim", "VIX share", "tent hedge"),
    ),
    Term(
        name="Second Engine",
        family=Family.HEDGE,
        plain=(
            "The armed reserve of the hedge. The sources define it five ways, so all five are plug-ins: a call ladder "
            "on inflation surprises, a re-estimated hedge ratio, a cash buffer on chain, low-correlation proxies, "
            "deeper layers."
        ),
        formula=(
            "macro_ladder: calls at F times 1.1, 1.3, 1.6 and 2.0, equal premium a rung, armed by an inflation "
            "surprise of one deviation"
        ),
        unit="contracts",
        source="source articles",
        enters="`hedge.stack.second_engine.SECOND_ENGINES`, `seawall hedge`",
        evidence=(
            f"{UNTESTED}; prior: no edge for the ladder (H-12); rejection of the low-correlation plug-in is expected"
        ),
        aliases=("second engines",),
        ids=("A05", "A06", "A07", "A08", "C02", "C10", "M33"),
        see_also=("L3", "M11", "M33"),
    ),
    Term(
        name="static recipe",
        family=Family.HEDGE,
        plain="The same layers bought and never changed: the benchmark that an adaptive hedge must beat.",
        formula="4:4:2 as contracts; notional shares and portfolio percent are other readings of the sources",
        unit="contracts",
        source="source articles",
        enters="`hedge.charter.Policy`",
        evidence=UNTESTED,
        aliases=("4:4:2", "four four two"),
        ids=("A23", "A24", "C13"),
        see_also=("B3", "ALVH"),
    ),
)
