"""Reasons not to sell a condor today: each is on, off or unknown, with the figures that decide it."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from seawall.core.clock import FIRST_DAY, LAST_DAY
from seawall.hedge.condor import CondorSignal, gamma_over_credit
from seawall.market.expiry import Expiry
from seawall.signals.base import Reading
from seawall.signals.regime import Regime, RegimeReading

BIG_TOP: Final = 0.6
WIDE: Final = 0.25
"""Share of the mid credit that the spread may cost."""
GLOSSARY_TIERS: Final = ((15.0, "all tiers"), (20.0, "two tiers"))
EDR_WEIGHTS: Final = (0.1, 0.5)
EDR_SHARE: Final = 0.6
EDR_TRIGGER: Final = 0.94
"""Percent of spot: VIX 15 / sqrt(252) = .945, so it is on two days in three (METHOD 7.7)."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What was known beside the chain; None is unknown. Volatilities per square root of a year, VIX in points.

    ``events``: announcements between now and the expiry, named with their day. ``repeat``: why the chain is a copy of
    another day, or "".
    """

    regime: RegimeReading | None = None
    big_top: Reading | None = None
    realised: float | None = None
    vix: float | None = None
    vix9d: float | None = None
    events: tuple[str, ...] | None = None
    repeat: str = ""


class Reason(NamedTuple):
    """``on`` None is unknown. A ``hard`` one says do not sell; the others ask for less or for care."""

    rule: str
    on: bool | None
    hard: bool
    text: str


class DailyRange(NamedTuple):
    """Expected daily range of the public glossary: as printed (no unit), and scaled to percent of spot (METHOD 7.7)."""

    as_printed: float
    percent_of_spot: float


def daily_range(vix9d: float, hv20: float, multiplier: float = 1.0) -> DailyRange:
    """``.1 VIX9D + .5 HV20 m`` as printed, and ``m (.1 VIX9D + .5 HV20) / .6 / sqrt(252)``; both inputs in points.

    Vector: 16, 12, 1 -> 7.6 and .798.
    """
    first, second = EDR_WEIGHTS
    printed = first * vix9d + second * hv20 * multiplier
    scaled = multiplier * (first * vix9d + second * hv20) / EDR_SHARE / math.sqrt(252.0)
    return DailyRange(printed, scaled)


def reasons(found: CondorSignal, given: Conditions) -> tuple[Reason, ...]:
    """Every reason, the hard ones first."""
    every = (
        *_of_the_quotes(found, given),
        *_of_the_state(given),
        *_of_the_odds(found, given),
        *_of_the_calendar(found.expiry, given),
    )
    return tuple(sorted(every, key=lambda one: (one.on is not True, not one.hard)))


def stands_aside(every: tuple[Reason, ...]) -> bool:
    """Whether a hard reason is on."""
    return any(one.on and one.hard for one in every)


def _of_the_quotes(found: CondorSignal, given: Conditions) -> list[Reason]:
    share = found.spread_cost / found.credit_mid if found.credit_mid > 0.0 else math.inf
    wide = (
        "no credit at mid"
        if not math.isfinite(share)
        else f"{100.0 * share:.0f} % of the mid credit goes to spread and fees"
    )
    one = found.max_loss_usd
    risk = found.rule.risk
    room = f"one condor can lose {one:,.0f} USD, {100.0 * risk:.1f} % of equity is {risk * found.nav_usd:,.0f}"
    return [
        Reason("credit", found.credit <= 0.0, True, f"credit at bid and ask {found.credit:.2f} points"),
        Reason("spread", share > WIDE, False, f"{wide}; care above {100.0 * WIDE:.0f} %"),
        Reason("size", found.contracts == 0, True, room),
        Reason("copy", bool(given.repeat), True, given.repeat or "the chain is its own day's, as far as it shows"),
    ]


def _of_the_state(given: Conditions) -> list[Reason]:
    regime = given.regime
    if regime is None:
        state = Reason("L0.stop", None, True, "market state unknown: no history reaches this day")
    else:
        on = regime.state is Regime.SPIKE
        state = Reason("L0.stop", on, True, f"market state {regime.state.name} ({regime.day}); no new condor in SPIKE")
    top = given.big_top
    if top is None or top.value is None:
        cap = Reason("L0.cap", None, False, "Big Top score unknown")
    else:
        cap = Reason("L0.cap", top.value >= BIG_TOP, False, f"Big Top score {top.value:.2f}; half size from {BIG_TOP}")
    if given.vix is None:
        tier = Reason("VIX tiers", None, False, "VIX unknown")
    else:
        allowed = next((words for level, words in GLOSSARY_TIERS if given.vix < level), "none")
        words = f"VIX {given.vix:.2f}: {allowed} (glossary preset, unverified; above 20 it idles a third of all days)"
        tier = Reason("VIX tiers", allowed == "none", False, words)
    return [state, cap, tier]


def _of_the_odds(found: CondorSignal, given: Conditions) -> list[Reason]:
    made = []
    for one in found.odds[1:]:
        words = f"mean {one.mean_usd:+,.0f} USD a condor by {one.witness}"
        made.append(Reason("expectancy", one.mean_usd <= 0.0, False, words))
    implied = found.expiry.money_vol
    if given.realised is None:
        made.append(Reason("premium", None, False, "realised volatility unknown"))
    else:
        words = f"implied {100.0 * implied:.1f} against realised {100.0 * given.realised:.1f} points over 20 sessions"
        made.append(Reason("premium", implied <= given.realised, False, words))
    gamma = gamma_over_credit(found.expiry, found.legs, found.credit)
    if math.isfinite(gamma):
        k = found.rule.gamma_k
        words = f"a day's move costs {gamma:.2f} credits of gamma at the start; re-centred above {k:g}"
        made.append(Reason("L0.roll", gamma > k, False, words))
    return made


def _of_the_calendar(of: Expiry, given: Conditions) -> list[Reason]:
    if given.events is None:
        return [Reason("events", None, False, f"CPI, PPI and FOMC days up to {of.day} unknown: not in the store")]
    words = ", ".join(given.events) if given.events else f"no CPI, PPI or FOMC day known up to {of.day}"
    outside = "" if FIRST_DAY <= of.day <= LAST_DAY else "; beyond the session table"
    return [Reason("events", bool(given.events), False, words + outside)]
