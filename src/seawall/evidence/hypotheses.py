"""The claims, each with its test, prior and verdict rule, written down before any run. Data only.

The verdict of H-12 is on the edge that the articles claim, as its rule says: supported means the ladder earns.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from seawall.core.errors import UnknownParameterError
from seawall.evidence.verdict import Direction, Kind, Rule

ARTICLES: Final = "source articles"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One claim. ``direction`` is that of ``rule``; ``data``: what it needs; ``rule_text``: the rule in words."""

    id: str
    claim: str
    origin: str
    test: str
    data: str
    prior: str
    rule_text: str
    rule: Rule

    @property
    def direction(self) -> Direction:
        """Which way the effect must point."""
        return self.rule.direction


_TABLE: Final = (
    Hypothesis(
        "H-01",
        "condor, LP delta-hedged P&L on 1/2 Gamma$(RV - IV)dt",
        "identity of Black 1976; Milionis et al. 2022",
        "slope",
        "any, also synthetic",
        "true by construction",
        "slope in 1 +- .05 (engineering)",
        Rule(Kind.WITHIN, Direction.EITHER, 0.95, 1.05),
    ),
    Hypothesis(
        "H-02",
        "OffsetRatio@2 % >= 60 % when VIX > 30",
        ARTICLES,
        "OffsetRatio, path R2",
        "ETH pool or price, VX/VIX options",
        "mean reachable, CI wide, R2 low",
        "CI lower >= .60 supported; upper < .60 refuted",
        Rule(Kind.BOUND, Direction.HIGHER, 0.60, reaching=True, episodic=True),
    ),
    Hypothesis(
        "H-03",
        "ALVH lowers CVaR95(21 d) and maxDD against B1 at equal mean",
        ARTICLES,
        "paired difference",
        "ETH pool or price, VX/VIX options, chains",
        "35 %",
        "both p < .05",
        Rule(Kind.TEST, Direction.LOWER),
    ),
    Hypothesis(
        "H-04",
        "GEX < P10 and funding z > 2 raise P(RV5 > 2 IV or a 3-sd move)",
        ARTICLES,
        "logit interaction, AUC, Brier walk-forward",
        "GEX, funding",
        "GEX small yes, interaction ?",
        "interaction p < .05 and Brier gain",
        Rule(Kind.TEST),
    ),
    Hypothesis(
        "H-05",
        "GEX sign predicts next-day RV and 5-min autocorrelation, given VIX",
        "Baltussen et al. 2021; Ni et al. 2021",
        "incremental OOS R2, HAC",
        "GEX, SPX",
        "yes, R2 about .05",
        "R2 gain CI > 0",
        Rule(Kind.BOUND),
    ),
    Hypothesis(
        "H-06",
        "2025-10-10: gamma share > vega share for the perp book, reverse for a 30-d straddle",
        ARTICLES,
        "attribution and gamma/vega splits",
        "event tape",
        "yes",
        "both orders hold in path and Shapley",
        Rule(Kind.ALL, Direction.EITHER),
    ),
    Hypothesis(
        "H-07",
        "MACD(VVIX) cross -> 21-d hedge return, two-sided",
        "source articles; Park 2015",
        "mean difference, SPA",
        "VVIX, VX",
        "?, level sign negative",
        "p < .05 either side",
        Rule(Kind.TEST, Direction.EITHER),
    ),
    Hypothesis(
        "H-08",
        "widening 17.5 % lowers CVaR95 by more than the credit lost",
        ARTICLES,
        "paired per trigger",
        "chains",
        "?",
        "p < .05",
        Rule(Kind.TEST, Direction.LOWER),
    ),
    Hypothesis(
        "H-09",
        "hedge XIRR in calm >= 1.5 x LP yield",
        ARTICLES,
        "XIRR, hedge alone and L0-L3 net",
        "a run of the hedge, yield of a pool",
        "fails for long vol",
        "95 % CI of XIRR - 1.5 y above 0 / below 0",
        Rule(Kind.BOUND),
    ),
    Hypothesis(
        "H-10",
        "BAND beats HOLD and CHASE net of cost",
        "source articles; Whalley and Wilmott 1997",
        "CVaR-adjusted mean, paired",
        "a run of each policy",
        "mild yes",
        "both p < .05",
        Rule(Kind.TEST),
    ),
    Hypothesis(
        "H-11",
        "Big Top >= .6 raises the 63-d hazard of a 10 % drawdown",
        ARTICLES,
        "hazard ratio, block bootstrap",
        "the inputs of Big Top, SPX",
        "?",
        "95 % CI above 1",
        Rule(Kind.BOUND, Direction.HIGHER, 1.0),
    ),
    Hypothesis(
        "H-12",
        "ladder at CPI/PPI abs(z) >= 1: post-print and pre-print mean return <= 0; conditional on low VVIX?",
        ARTICLES,
        "mean, CI",
        "consensus, VIX options",
        "no edge",
        "CI of the mean above 0 supports an edge, below 0 refutes",
        Rule(Kind.BOUND),
    ),
    Hypothesis(
        "H-13",
        "A/D, P/CF, quick ratio, REER, rates, P/E, rotation, IPO add OOS R2 over {VIX, slope, RV}",
        "source articles; Fang, Qin and Jacobsen 2014",
        "SPA across signals",
        "each signal's series, VIX, its slope, RV",
        "null",
        "SPA p < .05",
        Rule(Kind.TEST),
    ),
    Hypothesis(
        "H-14",
        "Steward beats Promoter on CVaR95 at equal mean",
        ARTICLES,
        "paired",
        "a run of each policy",
        "yes",
        "p < .05",
        Rule(Kind.TEST, Direction.LOWER),
    ),
)

HYPOTHESES: Final = MappingProxyType({one.id: one for one in _TABLE})


def hypothesis(identity: str) -> Hypothesis:
    """The claim of an id. Raises ``UnknownParameterError``."""
    if identity not in HYPOTHESES:
        raise UnknownParameterError(f"no claim {identity!r}: there are {', '.join(HYPOTHESES)}")
    return HYPOTHESES[identity]
