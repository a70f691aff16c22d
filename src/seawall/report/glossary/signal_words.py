"""Sentences for signals and cards M01 to M15."""

from typing import Final

from seawall.report.glossary.signals_base import Words

WORDS: Final = (
    Words(
        "M01",
        "MACD on VVIX",
        "Is the volatility of volatility speeding up? The side of its MACD line is a vote, tested in both directions.",
        note="high VVIX preceded low VIX-call returns for 3 to 4 weeks (Park 2015); claim H-07",
        ids=("M01", "E22", "C17"),
    ),
    Words(
        "M02",
        "multi-timeframe MACD",
        "The vote of the MACD on VVIX on closed daily, weekly and monthly bars, added up.",
        ids=("M02",),
    ),
    Words(
        "M03",
        "MACD lead of the regime",
        "Does a MACD of VIX, SPX, dealer gamma or DVOL turn before the gamma or vega share of the book does?",
        ids=("M03", "E22"),
    ),
    Words(
        "M04",
        "MACD of dealer gamma and funding",
        "Do dealer gamma and funding lean the same way at the same time?",
        ids=("M04",),
    ),
    Words(
        "M05",
        "RSI of the term structure",
        "How stretched is the change of near against far volatility? A fall of it from a high ends a spike.",
        note="the slope predicts variance returns (Johnson 2017)",
        ids=("M05", "A17"),
    ),
    Words(
        "M06",
        "RSI divergence",
        "The price makes a higher high while its momentum makes a lower one; shown beside the hedge's own break-even.",
        ids=("M06",),
    ),
    Words(
        "M06.RSI",
        "RSI of SPX",
        "How stretched the last two weeks of SPX are, up or down.",
        ids=("M06",),
    ),
    Words(
        "M06.LOW",
        "RSI divergence at lows",
        "The price makes a lower low while its momentum makes a higher one: selling may be tired.",
        ids=("M06",),
    ),
    Words(
        "M07",
        "divergence from norms",
        "How far RSI and MACD stand from their own year; the deep layers would be scaled by it.",
        ids=("M07", "A28"),
    ),
    Words(
        "M08",
        "funding premium",
        "What holders of a perp pay for leverage above the usual rate, read beside momentum.",
        ids=("M08",),
    ),
    Words(
        "M08.RSI",
        "RSI of a coin",
        "How stretched the last two weeks of a coin are, read beside what its perp pays.",
        ids=("M08",),
    ),
    Words(
        "M08.POWER",
        "squared-perp premium",
        "What holders of a squared perp pay for its convexity, over what the coin's moves were worth.",
        ids=("M08",),
    ),
    Words(
        "M09",
        "breadth divergence",
        "The index makes highs that rising less falling shares, added up, do not; or the two trend apart.",
        note="of 93 indicators none beat holding (Fang, Qin and Jacobsen 2014)",
        ids=("M09", "E22", "A04"),
    ),
    Words(
        "M09.LINE",
        "advance-decline line",
        "Rising less falling shares, added up day by day.",
        ids=("M09",),
    ),
    Words(
        "M09.MCCLELLAN",
        "McClellan oscillator",
        "Whether more shares rise than fall, and whether that is speeding up.",
        ids=("M09",),
    ),
    Words(
        "M09.SP_BREADTH",
        "breadth above the short average",
        "How many members of the index stand above their own short average.",
        ids=("M09",),
    ),
    Words(
        "M09.SP_BREADTH_200",
        "breadth above the long average",
        "How many members of the index stand above their own average of 200 days.",
        ids=("M09",),
    ),
    Words(
        "M09.SP_NEW_LOW",
        "members at a new low",
        "How many members of the index have just made a new low.",
        ids=("M09",),
    ),
    Words(
        "M10",
        "VIX band",
        "Which of four bands VIX is in.",
        ids=("M10",),
    ),
    Words(
        "M10.SPIKE",
        "VIX spike",
        "VIX above 30, or five points up in a session.",
        ids=("M10",),
    ),
    Words(
        "M11",
        "inflation surprise",
        "How far the first print of CPI or PPI was from the survey, in usual surprises.",
        note="correlation with the same day's VIX change 0.09 since 2008, 0.35 since 2021, exploratory",
        ids=("M11", "A04", "A05", "C05"),
    ),
    Words(
        "M12",
        "FOMC day",
        "The session of a rate decision, with a session on either side.",
        note="VIX fell about 3 % on such days (Fernandez-Perez et al.)",
        ids=("M12", "E22", "E29"),
    ),
    Words(
        "M12.SURPRISE",
        "FOMC surprise",
        "How far a rate decision was from what fed-funds futures had priced.",
        ids=("M12",),
    ),
    Words(
        "M13",
        "GDP trend",
        "A slow control: is growth above or below its usual pace?",
        ids=("M13",),
    ),
    Words(
        "M14",
        "effective exchange rate",
        "Three-month change of the broad exchange rate against its own history.",
        ids=("M14", "E22"),
    ),
    Words(
        "M15",
        "rate differential",
        "Does capital earn more elsewhere, by country or by chain?",
        ids=("M15",),
    ),
    Words(
        "M15.CHAIN",
        "on-chain rate gap",
        "What a stablecoin earns on chain over what cash earns off it.",
        ids=("M15", "A07"),
    ),
)
