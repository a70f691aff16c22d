"""How sure one can be."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="OffsetRatio",
        family=Family.STATISTIC,
        plain=(
            "The share of impermanent loss that a hedge paid back in months of stress, at a stated yearly cost. "
            "Without that cost and an interval it is refused, because any share can be bought with size."
        ),
        formula=(
            "-sum of hedge P&L / sum of IL over 30-day windows with VIX above 30, hedge scaled to cost b % a year "
            "elsewhere"
        ),
        unit="ratio",
        source="source articles claim 60 to 75 %; own definition",
        evidence=f"{UNTESTED}; prior: the mean can be reached, with a wide interval and a low path R2 (H-02)",
        aliases=("OffsetRatio@b", "offset ratio"),
        ids=("A10", "C11", "C12"),
        see_also=("H-02", "path R2"),
    ),
    Term(
        name="path R2",
        family=Family.STATISTIC,
        plain="How much of the path of losses a hedge's path explains; the arbiter of the three shares.",
        formula="R^2 of hedge P&L on IL, and on LVR",
        unit="share",
        source="standard regression",
        evidence=f"{UNTESTED}; exploratory: 0.06 to 0.22 on IL, 0.14 to 0.49 on LVR for a constant VIX future",
        see_also=("VIX share", "OffsetRatio"),
    ),
    Term(
        name="coverage",
        family=Family.STATISTIC,
        plain="The share of the worst windows in which the hedge gained.",
        formula="count of covered worst windows / count",
        unit="share",
        source="own definition",
        evidence=UNTESTED,
        ids=("M39",),
        see_also=("M39", "OffsetRatio"),
    ),
    Term(
        name="turnover",
        family=Family.STATISTIC,
        plain="How much is traded in a year, over equity.",
        formula="sum of |traded value| / mean equity",
        unit="per year",
        source="standard definition",
        see_also=("half-spread",),
    ),
    Term(
        name="calm carry",
        family=Family.STATISTIC,
        plain="What a hedge costs per year outside stress, and what it pays inside; shown side by side.",
        formula="P&L by state of the market / equity",
        unit="share per year; share",
        source="own definition",
        evidence=UNTESTED,
        aliases=("payout in SPIKE",),
        see_also=("carry budget", "SPIKE"),
    ),
    Term(
        name="synthetic market",
        family=Family.STATISTIC,
        plain=(
            "A made market with the moments of the real one, always labelled so. A result on it is a check of the "
            "program, not evidence."
        ),
        formula="joint daily draws; each moment within 20 %, each correlation within 0.1 of its target",
        unit="a history",
        source="own definition",
        see_also=("observed, modelled, synthetic",),
    ),
    Term(
        name="blow-up",
        family=Family.STATISTIC,
        plain="A loss of 20 % of equity within 21 days, or a margin breach.",
        formula="L >= 0.20 NAV in 21 days",
        unit="a count",
        source="own definition",
        evidence=UNTESTED,
        see_also=("joint ruin",),
    ),
    Term(
        name="stationary bootstrap",
        family=Family.STATISTIC,
        plain=(
            "Resampling a history in blocks of random length so that its memory survives; for crises, whole episodes "
            "are drawn."
        ),
        formula="geometric blocks, mean length by Patton, Politis and White; 5,000 draws with a logged seed",
        unit="draws",
        source="Politis and Romano 1994; Patton, Politis and White 2009",
        aliases=("bootstrap", "episode bootstrap"),
        see_also=("SPA",),
    ),
    Term(
        name="PSR",
        family=Family.STATISTIC,
        plain="The chance that a true Sharpe ratio beats a level, given skew and fat tails.",
        formula="Phi((SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1) SR^2 / 4)), g4 the raw kurtosis",
        unit="share",
        source="Bailey and Lopez de Prado 2014",
        aliases=("probabilistic Sharpe ratio",),
        ids=("C25",),
        see_also=("DSR", "MinTRL"),
    ),
    Term(
        name="MinTRL",
        family=Family.STATISTIC,
        plain="How long a record must be before its Sharpe ratio says anything.",
        formula="1 + (1 - g3 SR + (g4 - 1) SR^2 / 4) (z / (SR - SR*))^2",
        unit="observations",
        source="Bailey and Lopez de Prado 2014",
        aliases=("minimum track record length",),
        ids=("E12",),
        see_also=("PSR",),
    ),
    Term(
        name="DSR",
        family=Family.STATISTIC,
        plain="The same against the best Sharpe ratio that luck would give after every configuration ever tried.",
        formula="PSR(SR0), SR0 = sqrt(V[SR]) ((1 - gE) Phi^-1(1 - 1/N) + gE Phi^-1(1 - 1/(N e)))",
        unit="share",
        source="Bailey and Lopez de Prado 2014",
        aliases=("deflated Sharpe ratio",),
        ids=("C25",),
        see_also=("PBO", "trial registry"),
    ),
    Term(
        name="PBO",
        family=Family.STATISTIC,
        plain="How often the best choice in one half of the data is below the middle in the other half.",
        formula=(
            "share of all splits of 16 blocks in which the in-sample best ranks at or below the out-of-sample median"
        ),
        unit="share",
        source="Bailey et al. 2015",
        aliases=("probability of backtest overfitting", "CSCV"),
        see_also=("DSR", "SPA"),
    ),
    Term(
        name="SPA",
        family=Family.STATISTIC,
        plain="Whether the best of many rules beats its benchmark by more than chance.",
        formula="T = max_k max(sqrt(n) dbar_k / omega_k, 0) with a recentred bootstrap",
        unit="p-value",
        source="Hansen 2005",
        aliases=("superior predictive ability",),
        see_also=("stationary bootstrap",),
    ),
    Term(
        name="HAC",
        family=Family.STATISTIC,
        plain="Standard errors that allow for memory in the data.",
        formula="lag = max(horizon - 1, floor(4 (T/100)^(2/9)))",
        unit="same as the estimate",
        source="Newey and West 1987",
        aliases=("Newey-West",),
        see_also=("effective sample",),
    ),
    Term(
        name="walk-forward",
        family=Family.STATISTIC,
        plain="Fit on five years, test on the next one, with a gap between them.",
        formula="train 5 years, test 1 year, embargo 21 days",
        unit="a design",
        source="standard practice",
        aliases=("embargo",),
        see_also=("placebo",),
    ),
    Term(
        name="placebo",
        family=Family.STATISTIC,
        plain="The same rule with its trigger off, shuffled, always on and never on.",
        formula="four variants a trigger",
        unit="a design",
        source="standard practice",
        see_also=("walk-forward",),
    ),
    Term(
        name="Clopper-Pearson",
        family=Family.STATISTIC,
        plain="An exact interval for a share of successes.",
        formula="quantiles of two beta laws",
        unit="share",
        source="Clopper and Pearson 1934",
        see_also=("H-02",),
    ),
    Term(
        name="trial registry",
        family=Family.STATISTIC,
        plain="Every run ever made is a row, so that the number of tries is known and luck can be taken off.",
        formula="N of DSR = rows",
        unit="count",
        source="own definition",
        see_also=("DSR",),
    ),
    Term(
        name="verdict",
        family=Family.STATISTIC,
        plain=(
            "What a claim ends as, by a rule written before the run. Fewer than eight independent episodes leave it "
            "undecided."
        ),
        formula=(
            "supported: corrected one-sided p < 0.05, stated size, same sign at doubled cost; refuted: the 95 % "
            "interval excludes the stated size"
        ),
        unit="a word",
        source="own definition",
        aliases=("SUPPORTED", "REFUTED", "UNDECIDED"),
        see_also=("trial registry",),
    ),
)
