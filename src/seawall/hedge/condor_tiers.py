"""Tiers of a condor by the credit they aim at: a preset of public glossary pages, shipped unverified (METHOD 7.7)."""

from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError, MissingDataError, StrikesOutOfOrderError
from seawall.hedge.condor import CondorRule, CondorSignal, condor_signal
from seawall.hedge.odds import Outcomes
from seawall.market.expiry import Expiry

PRESET: Final = (("High", 1.30, 2.85, "80-85 %"), ("Medium", 0.75, 1.30, "85-90 %"), ("Low", 0.55, 0.95, "90-95 %"))
"""Name, lowest and highest credit in points, and the win rate its source claims (vixshield.com, not verified)."""
DISTANCES: Final = tuple(float(x) for x in np.arange(0.5, 4.01, 0.1).round(2))


class Tier(NamedTuple):
    """The nearest condor, from far to near, whose credit reaches the tier; None where no distance does."""

    name: str
    low: float
    high: float
    claimed: str
    signal: CondorSignal | None


def tiers(of: Expiry, rule: CondorRule, nav_usd: float, witnesses: tuple[Outcomes, ...]) -> tuple[Tier, ...]:
    """For each tier the widest condor, in tenths of an expected move, whose credit at bid and ask lies in it."""
    made: dict[float, CondorSignal] = {}
    for distance in DISTANCES:
        one = CondorRule("range", distance, None, rule.risk, rule.take_profit, rule.stop, rule.gamma_k)
        try:
            made[distance] = condor_signal(of, one, nav_usd, witnesses)
        except (MissingDataError, StrikesOutOfOrderError, DomainError):
            continue
    found = []
    for name, low, high, claimed in PRESET:
        inside = [distance for distance, one in made.items() if low <= one.credit <= high]
        found.append(Tier(name, low, high, claimed, made[max(inside)] if inside else None))
    return tuple(found)
