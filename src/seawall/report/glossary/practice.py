"""Words about data and signals: priors, causality, filters, and where a number comes from."""

from typing import Final

from seawall.report.glossary.term import Family, Term

TERMS: Final = (
    Term(
        name="prior",
        family=Family.STATISTIC,
        plain="What the literature says of a signal before it is tested here: supported, against, null or unknown.",
        formula="+, -, 0 or ?",
        unit="a sign",
        source="published papers",
        enters="`signals.contract.Prior`",
        see_also=("verdict",),
    ),
    Term(
        name="causality law",
        family=Family.STATISTIC,
        plain=(
            "A value of a day depends on nothing later. Every datum says when it was known, and the tests remove the "
            "future and see whether anything moves."
        ),
        formula="signal(data up to t) = signal(data) at t",
        unit="a law",
        source="own definition",
        enters="`signals.base.evaluate`, `hedge.tickets.Ticket`",
        aliases=("look-ahead", "known_at"),
        ids=("A27",),
        see_also=("signal",),
    ),
    Term(
        name="signal",
        family=Family.STATISTIC,
        plain="A causal reading of past data, with its unit, source and prior. It never is an order.",
        formula="one function of aligned daily columns",
        unit="stated by each",
        source="own definition",
        enters="`signals.registry.SIGNALS`",
        see_also=("prior", "causality law"),
    ),
    Term(
        name="EMA",
        family=Family.STATISTIC,
        plain=(
            "Filters of a series: an average that forgets, the difference of two of them, and the share of gains in "
            "recent moves."
        ),
        formula="EMA weight 2/(n + 1); MACD = EMA12 - EMA26, signal EMA9; RSI14 by Wilder's average",
        unit="of the series; RSI 0 to 100",
        source="Appel; Wilder 1978",
        enters="`kernels.filters.ema`, `kernels.filters.macd`, `kernels.filters.rsi`",
        aliases=("MACD", "RSI"),
        ids=("M01", "M05"),
        see_also=("M01", "M05", "FLAT"),
    ),
    Term(
        name="z-score",
        family=Family.STATISTIC,
        plain=(
            "How far a value is from the mean of its own window, in standard deviations; or the share of the window "
            "at or below it."
        ),
        formula="(x - mean)/sd over 252 sessions, today included",
        unit="standard deviations; share",
        source="standard definition",
        enters="`kernels.filters.zscore`, `kernels.filters.percentile_rank`",
        aliases=("percentile rank",),
        ids=("M07",),
        see_also=("M07",),
    ),
    Term(
        name="observed, modelled, synthetic",
        family=Family.STATISTIC,
        plain=(
            "Where a number comes from: a market, a stated rule that stands in for it, or a generator. What is not "
            "observed is always labelled."
        ),
        formula="one label a datum",
        unit="a word",
        source="own definition",
        enters="`core.datum.Origin`, `seawall ledger`",
        aliases=("observed", "modelled", "synthetic", "origin"),
        see_also=("UNKNOWN",),
    ),
    Term(
        name="quarantine",
        family=Family.STATISTIC,
        plain="Rows that fail a check are withheld with their reason and counted; nothing is repaired.",
        formula="rule and reason a row",
        unit="rows",
        source="own definition",
        enters="`data.quality`, `seawall data check`",
        see_also=("observed, modelled, synthetic",),
    ),
)
