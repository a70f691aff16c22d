"""What every door does alike for today's condor: quotes or their model, what else was known, signal and reasons."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.app.decide import regime_at
from seawall.core.clock import NEW_YORK, close_instant, is_session
from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError, MissingExpiryError
from seawall.data.days import known_history, market_of
from seawall.hedge.condor import CondorRule, CondorSignal, condor_signal
from seawall.hedge.condor_tiers import Tier, tiers
from seawall.hedge.odds import Outcomes, flat_outcomes, past_outcomes, smile_outcomes
from seawall.hedge.stand_aside import Conditions, DailyRange, Reason, daily_range, reasons
from seawall.market.chain import Chain
from seawall.market.expiry import Expiry, modelled_expiry, quoted_expiry
from seawall.market.history import History
from seawall.market.repeats import repeats
from seawall.market.state import State
from seawall.signals.base import read
from seawall.signals.registry import signal

REALISED: Final = 20
PRESETS: Final = ("measured", "glossary")
GLOSSARY_DAYS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: the rule, equity, and the expiry by its day or its distance in calendar days."""

    rule: CondorRule
    nav_usd: float = 1_000_000.0
    expiry: dt.date | None = None
    days: float = 7.0
    preset: str = "measured"


@dataclass(frozen=True, slots=True, eq=False)
class CondorReport:
    """The signal, the reasons to stand aside, the tiers of the glossary preset, and the daily range it quotes."""

    signal: CondorSignal
    reasons: tuple[Reason, ...]
    tiers: tuple[Tier, ...]
    daily_range: DailyRange | None
    conditions: Conditions
    history: History


def from_chain(asked: Asked, chain: Chain, others: list[Chain] | None = None) -> CondorReport:
    """The condor of a quoted chain; ``others``: chains of the same file, to see whether this one is a copy."""
    if asked.preset == "glossary" and _at_the_close(chain.as_of):
        raise MissingDataError(
            f"the glossary preset enters after the close, and these quotes are of {chain.as_of:%Y-%m-%d %H:%M} UTC: "
            "give a chain stamped later, or leave out --preset glossary"
        )
    history = known_history()
    of = quoted_expiry(chain, asked.expiry, _days(asked))
    copy = next((one.reason for one in repeats(others or [chain]) if one.session == chain.session), "")
    return _report(asked, of, history, _conditions(history, chain.session, of, copy))


def modelled(asked: Asked, day: dt.date | None) -> CondorReport:
    """The condor of a session priced from the VIX family; the last session there is data for without a ``day``."""
    if asked.preset == "glossary":
        raise MissingDataError("the glossary preset enters after the close on quotes of that time: give a chain")
    history = known_history()
    state = market_of(history, day or _last_session(history))
    of = modelled_expiry(state, asked.expiry, _days(asked))
    return _report(asked, of, history, _conditions(history, state.now.astimezone(NEW_YORK).date(), of, "", state))


def _days(asked: Asked) -> float:
    return GLOSSARY_DAYS if asked.preset == "glossary" else asked.days


def _at_the_close(moment: dt.datetime) -> bool:
    day = moment.astimezone(NEW_YORK).date()
    return not is_session(day) or moment <= close_instant(day)


def _last_session(history: History) -> dt.date:
    both = np.intersect1d(history.get("SPX").dates, history.get("VIX").dates)
    if not both.size:
        raise MissingDataError("no session has both SPX and VIX: `seawall data sync`, or give a chain")
    found: dt.date = both[-1].item()
    return found


def witnesses_of(of: Expiry, history: History, realised: float | None) -> tuple[Outcomes, ...]:
    """Where the price may end: the market's smile, realised volatility where it is known, past moves where enough."""
    witnesses: list[Outcomes] = [smile_outcomes(of.smile, of.forward, of.years, "the market's smile", of.origin)]
    if realised is not None:
        words = f"realised volatility, {REALISED} sessions ({100.0 * realised:.1f} points)"
        witnesses.append(flat_outcomes(realised, of.forward, of.years, words, Origin.MODELLED))
    if (past := past_outcomes(history, of.as_of, of)) is not None:
        witnesses.append(past)
    return tuple(witnesses)


def _report(asked: Asked, of: Expiry, history: History, given: Conditions) -> CondorReport:
    witnesses = witnesses_of(of, history, given.realised)
    found = condor_signal(of, asked.rule, asked.nav_usd, witnesses)
    shelf = tiers(of, asked.rule, asked.nav_usd, witnesses) if asked.preset == "glossary" else ()
    edr = None
    if given.vix9d is not None and given.realised is not None:
        edr = daily_range(given.vix9d, 100.0 * given.realised)
    return CondorReport(found, reasons(found, given), shelf, edr, given, history)


def _conditions(history: History, day: dt.date, of: Expiry, copy: str, state: State | None = None) -> Conditions:
    """What the history knew at the instant of the quotes."""
    known = history.upto(of.as_of)
    try:
        there = state or market_of(known, day)
        regime = regime_at(there, known)
    except (MissingDataError, MissingExpiryError):
        regime = None
    top = read(signal("M37"), known, of.as_of)
    return Conditions(
        regime,
        top if top.as_of == day else None,
        _realised(known, day),
        _level(known, "VIX", day),
        _level(known, "VIX9D", day),
        _events(known, day, of.day),
        copy,
    )


def _level(known: History, name: str, day: dt.date) -> float | None:
    if not known.has(name):
        return None
    value = float(known.get(name).on(np.array([np.datetime64(day, "D")]))[0])
    return value if np.isfinite(value) else None


def _realised(known: History, day: dt.date) -> float | None:
    """Volatility of the last 20 sessions up to ``day``; None where the history does not reach it."""
    if not known.has("SPX") or len(known.get("SPX")) <= REALISED or known.get("SPX").dates[-1].item() != day:
        return None
    moves = np.diff(np.log(known.get("SPX").values[-REALISED - 1 :]))
    return float(np.sqrt(252.0 * np.mean(moves**2)))


def _events(known: History, day: dt.date, until: dt.date) -> tuple[str, ...] | None:
    """Scheduled announcements after ``day`` up to ``until``; None where no schedule reaches beyond ``day``."""
    if not known.has("FOMC_SCHEDULE") or not (known.get("FOMC_SCHEDULE").dates > np.datetime64(day, "D")).any():
        return None
    dates = known.get("FOMC_SCHEDULE").dates
    inside = dates[(dates > np.datetime64(day, "D")) & (dates <= np.datetime64(until, "D"))]
    return tuple(f"FOMC {one}" for one in inside)
