"""Sentences for signals named by what they read."""

from typing import Final

from seawall.report.glossary.signals_base import Words

WORDS: Final = (
    Words(
        "SLOPE",
        "term-structure slope",
        "VIX against its three-month level: above one the curve is inverted.",
        note="the slope predicts variance returns (Johnson 2017)",
    ),
    Words(
        "RV5",
        "realised volatility of five sessions",
        "How much SPX moved in the last week.",
    ),
    Words(
        "RV5_OVER_VIX",
        "realised over implied",
        "Did SPX move more than VIX had said?",
        ids=("E02",),
    ),
    Words(
        "E21",
        "half-life of a VIX shock",
        "How long a jump of VIX has lately taken to lose half of its size.",
        ids=("E21",),
    ),
    Words(
        "E26",
        "crowding of a perp",
        "Has funding stood far from its usual for a week, so that one side is crowded? Both signs are shown.",
        ids=("E26",),
    ),
    Words(
        "E27",
        "cluster flag of a perp",
        "A large move on extreme funding: liquidations may have fed it.",
        ids=("E27",),
    ),
    Words(
        "E30",
        "parity gap after costs",
        "Do options imply another forward than the future trades at, by more than the costs of trading it?",
        ids=("E30", "M41"),
    ),
    Words(
        "GEX.PCT",
        "dealer gamma percentile",
        "Where dealer gamma stands among the days of the last year.",
        ids=("E03",),
    ),
    Words(
        "GEX.CHANGE",
        "dealer gamma change",
        "Whether dealer gamma is falling or rising unusually fast.",
        ids=("E03",),
    ),
    Words(
        "GEX.FLIP",
        "distance to zero gamma",
        "How far the index is from the level below which dealers' hedging amplifies moves.",
        ids=("E03",),
    ),
    Words(
        "SLOPE.9D",
        "front slope",
        "Nine-day volatility against one month: above one, the market fears the next days most.",
    ),
    Words(
        "VX.BASIS",
        "futures basis",
        "The second VIX future against the first: below zero the curve is inverted.",
    ),
    Words(
        "VX.ROLL",
        "daily roll",
        "What the first VIX future loses a day on its way to VIX, if VIX stands still.",
    ),
    Words(
        "VX.CM30",
        "constant-maturity VIX future",
        "A VIX future that always has a month to run, so that rolling from contract to contract makes no jump.",
    ),
    Words(
        "VX.PC2",
        "principal slope",
        "One number for how steep the whole curve of VIX futures is.",
    ),
    Words(
        "VVIX.PCT",
        "VVIX percentile rank",
        "Where the volatility of volatility stands among the days of the last year.",
    ),
    Words(
        "VVIX.PREMIUM",
        "VVIX premium",
        "What VIX options charge over how much VIX has really moved.",
    ),
    Words(
        "VIX.PCT",
        "VIX percentile rank",
        "Where VIX stands among the days of the last year.",
        ids=("M37",),
    ),
    Words(
        "RV10_OVER_VIX",
        "realised share of VIX",
        "How much of the movement that VIX prices was delivered in two weeks.",
        ids=("M37",),
    ),
    Words(
        "SKEW",
        "SKEW index",
        "What far puts cost against options near the price, as the exchange's index says it.",
    ),
    Words(
        "SKEW.PCT",
        "SKEW percentile rank",
        "Where the SKEW index stands among the days of the last year.",
    ),
    Words(
        "VRP",
        "variance risk premium",
        "What implied volatility pays over what is expected to follow: why selling options earns in calm years.",
        aliases=("volatility risk premium",),
        ids=("E02",),
    ),
    Words(
        "VRP.TRAILING",
        "trailing variance premium",
        "What implied volatility pays over the volatility of the last month, without a forecast.",
        ids=("E02",),
    ),
    Words(
        "UNWIND",
        "unwind probability",
        "The chance of an outsized move within a week when dealers are short gamma and perps are crowded.",
        note="claim H-04",
        ids=("E24", "E28"),
    ),
)
