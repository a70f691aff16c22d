"""Where the sources of a signal contradict each other, and how that is resolved here (METHOD, last table)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from seawall.core.errors import UnknownParameterError


class Conflict(NamedTuple):
    """What the sources say against each other, and what is done about it."""

    sources: str
    resolution: str


CONFLICTS: Final[Mapping[str, Conflict]] = MappingProxyType(
    {
        "C03": Conflict(
            "widen the wings under stress, or narrow them on exhaustion",
            "both, in the order of the states: ONSET widens, EXHAUST narrows",
        ),
        "C04": Conflict(
            "positive or negative funding as the sign of danger",
            "both sides count and the sign is shown; H-04 decides",
        ),
        "C05": Conflict(
            "prints against the expectations of the FOMC, which projects PCE", "compared with survey consensus"
        ),
        "C07": Conflict(
            "dealers short calls and puts, or long calls and short puts",
            "every series carries its convention; same-day gamma is positive on average",
        ),
        "C08": Conflict(
            "Temporal Theta as complacency at the top, or as faster decay in expansion",
            "two definitions: the Big Top score M37 and the ratio M38, which is true of owned options too",
        ),
        "C09": Conflict(
            "protection returns 1.5 times the yield in calm, though bought volatility has negative carry",
            "H-09, expected to fail alone; the net package is shown beside it",
        ),
        "C10": Conflict("REITs as a low correlation", "a gate of .2 on the correlation in crises, expected to reject"),
        "C12": Conflict("impermanent loss and loss-versus-rebalancing under one name", "three results, never mixed"),
        "C15": Conflict(
            "no condors above VIX 20, yet condors every day", "only in the glossary preset: it idles 37 % of days"
        ),
        "C17": Conflict(
            "a rise of MACD(VVIX) as a signal to buy, while a high VVIX lowers later option returns",
            "tested on both sides (H-07), no weight in measured",
        ),
    }
)


def stated(identity: str) -> str:
    """A contradiction and its resolution in one line, empty for no id. Raises ``UnknownParameterError``."""
    if not identity:
        return ""
    if identity not in CONFLICTS:
        raise UnknownParameterError(f"no contradiction {identity!r}: there are {', '.join(CONFLICTS)}")
    found = CONFLICTS[identity]
    return f"{identity}: {found.sources}; {found.resolution}"
