"""The rules by which the market's state changes, by the text that the program prints."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from seawall.kernels import states
from seawall.report.glossary.term import UNTESTED, Family, Term
from seawall.signals.regime import RULES

WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        states.STAY: "No rule fired: the state stays what it was.",
        states.ONSET_BY_COUNT: "Two or more triggers fired at one close.",
        states.SPIKE_BY_LEVEL: "VIX closed above 30.",
        states.SPIKE_BY_SLOPE: "VIX closed more than a tenth above its three-month level.",
        states.AGAIN_BY_HIGH: "VIX made a new high of the episode after the spike had faded.",
        states.AGAIN_BY_SLOPE: "The curve inverted again after it had been normal.",
        states.EXHAUST_BY_RSI: "The RSI of the slope crossed from 70 or more to less, within 20 sessions of the spike.",
        states.CALM_FROM_ONSET: "The warnings have been gone for three sessions.",
        states.CALM_FROM_EXHAUST: "The curve has been normal and the warnings few for three sessions.",
        states.CALM_BY_TIME: "A faded spike is over after 21 sessions, whatever the rest says.",
        states.CALM_FROM_SPIKE: "VIX has been low and the curve normal for three sessions without an RSI cross.",
    }
)

TERMS: Final = tuple(
    Term(
        name=RULES[number],
        family=Family.REGIME,
        plain=plain,
        formula=RULES[number],
        unit="a rule",
        source="own state machine",
        enters="`signals.regime.RULES`, `seawall hedge`",
        evidence=UNTESTED,
        see_also=("regime",),
    )
    for number, plain in WORDS.items()
)
