"""Listed VIX futures and their final settlements by session: observed where recorded, modelled elsewhere."""

import re
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import LAST_DAY, vix_expiry
from seawall.core.errors import DomainError
from seawall.kernels.vx_rule import family_curve
from seawall.market.history import History
from seawall.sim.daily_inputs import Codes, Days, Floats, Found, How, seen_on, vix_openings

MONTHS: Final = 8
DAYS_PER_YEAR: Final = 365.0
CONTRACT: Final = re.compile(r"VX_(\d{4})_(\d{2})")


class FuturesCurve(NamedTuple):
    """Calendar days to final settlement and levels in points, (n, MONTHS), with the ``How`` of each; and one line."""

    days: Floats
    levels: Floats
    how: Codes
    note: str


def monthly_expiries(dates: Days, months: int = MONTHS) -> Days:
    """The next ``months`` VIX expiries strictly after each session, shape (n, months).

    Raises ``DomainError`` where the session table ends before the last of them.
    """
    first, last = dates[0].item(), dates[-1].item()
    count = (last.year - first.year) * 12 + last.month - first.month + months + 1
    start = first.year * 12 + first.month - 1
    if (start + count) // 12 > LAST_DAY.year:
        raise DomainError(f"VIX futures {months} months after {last} are beyond {LAST_DAY}: give an earlier end")
    every = np.array([vix_expiry(m // 12, m % 12 + 1) for m in range(start, start + count)], dtype="datetime64[D]")
    found: Days = every[np.searchsorted(every, dates, side="right")[:, None] + np.arange(months)]
    return found


def _contracts(history: History, dates: Days, expiries: Days) -> Floats:
    """Settlements of the contract that expires on each of ``expiries`` (n, months); NaN where there is none."""
    out = np.full(expiries.shape, np.nan)
    for name in history.names:
        if found := CONTRACT.fullmatch(name):
            row, column = np.nonzero(expiries == np.datetime64(vix_expiry(int(found[1]), int(found[2])), "D"))
            out[row, column] = seen_on(history, name, dates[row])
    return out


def _observed(history: History, dates: Days, expiries: Days) -> tuple[Floats, str]:
    """Contracts, or the table VX1..VX8 on the sessions it reaches further (``data.days.futures_of``)."""
    ranked = np.column_stack([seen_on(history, f"VX{month + 1}", dates) for month in range(expiries.shape[1])])
    contracts = _contracts(history, dates, expiries)
    further = np.isfinite(ranked).sum(axis=1) > np.isfinite(contracts).sum(axis=1)
    own = np.isfinite(contracts).any(axis=1) & ~further
    note = f"of contracts on {int(own.sum())} sessions, of the table VX1..VX{expiries.shape[1]} on {int(further.sum())}"
    return np.where(further[:, None], ranked, contracts), note


def futures_curve(history: History, dates: Days, family: Floats, anchor: Floats) -> FuturesCurve:
    """VIX futures of the next eight monthly expiries, observed or by the rule of the VIX family.

    ``family`` (n, 4): VIX9D, VIX, VIX3M, VIX6M in points as they were seen, NaN where one was not (never VIX itself);
    ``anchor`` (n,): what VIX reverts to. The rule is ``kernels.vx_rule``. On a session with some months observed, the
    others are estimated: the rule times observed over modelled, linear in days between the observed months and flat
    beyond them.
    """
    expiries = monthly_expiries(dates)
    days = (expiries - dates[:, None]).astype(np.float64)
    model = family_curve(np.ascontiguousarray(family), np.ascontiguousarray(anchor), days / DAYS_PER_YEAR)
    levels, source = _observed(history, dates, expiries)
    there = np.isfinite(levels)
    how = np.where(there, How.OBSERVED, How.MODELLED).astype(np.int8)
    full = there.all(axis=1)
    for t in np.flatnonzero(there.any(axis=1) & ~full):
        seen = there[t]
        ratio = np.interp(days[t], days[t, seen], levels[t, seen] / model[t, seen])
        levels[t] = np.where(seen, levels[t], ratio * model[t])
        how[t, ~seen] = How.ESTIMATED
    none = ~there.any(axis=1)
    levels[none] = model[none]
    switched = int((np.diff(none.astype(np.int8)) != 0).sum())
    note = (
        f"VIX futures: settlements {source}; {int((how == How.ESTIMATED).sum())} levels of missing months estimated; "
        f"all modelled on {int(none.sum())} sessions (forward volatilities of the VIX family, kernels.vx_rule); "
        f"{switched} times a session passes from one to the other, and its change holds the model's error"
    )
    return FuturesCurve(days, levels, how, note)


def final_settlements(history: History, dates: Days, estimate: bool) -> Found:
    """Final settlement values of VIX on its expiry days: ``VRO``, else the contract's last settlement; NaN elsewhere.

    ``estimate``: on expiry days without either, VIX's own opening where it has one, labelled as such.
    """
    expiries = np.isin(dates, monthly_expiries(dates - np.timedelta64(1, "D"), 1))
    days = dates[expiries]
    values = seen_on(history, "VRO", days)
    contract = _contracts(history, days, days[:, None])[:, 0]
    values = np.where(np.isnan(values), contract, values)
    observed = np.isfinite(values)
    if estimate:
        values = np.where(observed, values, vix_openings(history, days))
    out, how = np.full(dates.size, np.nan), np.full(dates.size, How.NONE, np.int8)
    out[expiries] = values
    how[expiries] = np.where(observed, How.OBSERVED, np.where(np.isfinite(values), How.ESTIMATED, How.UNKNOWN))
    guessed = int((how == How.ESTIMATED).sum())
    note = (
        f"VIX final settlements: observed on {int(observed.sum())} of {days.size} expiry days, "
        f"estimated by VIX's opening on {guessed}, unknown on {days.size - int(observed.sum()) - guessed}"
    )
    return Found(out, how, note)
