"""What of a policy changes by session and not only by market state: factors on size, and sessions on which it leaves.

Row t is decided on what was known at the close before it, and traded at its own close.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError
from seawall.hedge.charter import Policy
from seawall.hedge.sizing_recipes import vxth_weight
from seawall.hedge.stack.financing import BIG_TOP, FinancingCondor
from seawall.hedge.stack.second_engine import PRINT, DeepLayers, HedgeRatio, MacroLadder
from seawall.hedge.stack.vix import VixCalls
from seawall.kernels.rows import Rows
from seawall.market.history import History
from seawall.signals.align import held, sessions_since
from seawall.signals.base import evaluate
from seawall.signals.regime import RegimeHistory
from seawall.signals.registry import signal
from seawall.sim.listing import Calendar
from seawall.sim.policy_futures import hedge_ratio, restruck
from seawall.sim.policy_programs import policy_programs

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Days = NDArray[np.datetime64]

PRINT_DAYS: Final = 100
"""From the first day of the month a print is about: it is read for 70 sessions, as the signal is."""
WEEK_DAYS: Final = 7
BREADTH: Final = "M09"
TOP: Final = "M37"


class ByDay(NamedTuple):
    """Factor on a program's size by session, (sessions,), and sessions on which all of it is closed; None for none."""

    scale: Floats
    leave: Mask | None = None


class PolicyDays(NamedTuple):
    """Columns by the name of a program, and one line a fact about them."""

    columns: Mapping[str, ByDay]
    notes: tuple[str, ...]


class Seen(NamedTuple):
    """What columns are made of: the history, the calendar of the run, its rows and the market states (None unread).

    ``book``: runs the book without the hedge and returns its equity, (sessions,); only a hedge ratio asks for it.
    """

    history: History
    when: Calendar
    rows: Rows
    regimes: RegimeHistory | None
    book: Callable[[], Floats] | None = None

    @property
    def instants(self) -> Days:
        """Close before each session; for the first session a day before its own."""
        close = self.when.close
        return np.concatenate([close[:1] - np.timedelta64(1, "D"), close[:-1]])

    def signal(self, name: str, days: int) -> tuple[Floats, Floats]:
        """Value of a signal known at the close before, at most ``days`` old, and sessions since it was published.

        NaN where unknown. Raises ``MissingDataError`` for a signal whose series are not there.
        """
        found = evaluate(signal(name), self.history)
        known = np.isfinite(found.values)
        dates, values, stamps = found.dates[known], found.values[known], found.known_at[known]
        at = (self.when.dates, self.instants)
        return held(dates, values, stamps, at, days), sessions_since(at, dates, stamps, days)


def policy_days(policy: Policy, seen: Seen, to_settlement: bool = False) -> PolicyDays:
    """Columns of the programs of a policy that need them, and everything to say about the policy."""
    made = policy_programs(policy, to_settlement)
    columns: dict[str, ByDay] = {}
    notes: list[str] = []
    size = seen.when.dates.size
    for program, layer in made.parts:
        found: ByDay | None = None
        if isinstance(layer, MacroLadder):
            found = _armed(layer, seen, notes)
        elif isinstance(layer, DeepLayers):
            found = ByDay(_staged(layer, seen, notes))
        elif isinstance(layer, FinancingCondor) and layer.big_top_cap < 1.0:
            found = ByDay(_capped(layer, seen, notes))
        elif isinstance(layer, VixCalls):
            found = _calls(policy, layer, seen)
        elif isinstance(layer, HedgeRatio):
            book = np.ones(size) if seen.book is None else seen.book()
            found = ByDay(*hedge_ratio(layer, policy.budgets, (seen.when, seen.rows), program, book))
        if policy.temper == "chase" and isinstance(layer, VixCalls | DeepLayers):
            base = np.ones(size) if found is None else found.scale
            found = ByDay(base, restruck(seen.when, seen.rows, program))
        if found is not None:
            columns[program.name] = found
    said = (f"policy {policy.name} {policy.digest}: {note}" for note in dict.fromkeys((*made.notes, *notes)))
    return PolicyDays(columns, tuple(said))


def _armed(layer: MacroLadder, seen: Seen, notes: list[str]) -> ByDay:
    """1 while armed; the ladder is sold on the first session it is not."""
    size = seen.when.dates.size
    armed = np.zeros(size, np.bool_)
    if layer.clock == "pre_print":
        fired = None if seen.regimes is None else seen.regimes.triggers.get("t6")
        if fired is None or seen.regimes is None:
            notes.append(f"{layer.name} macro ladder never armed: trigger t6 is not among the triggers counted")
        else:
            place = np.searchsorted(seen.regimes.dates, seen.when.dates, side="left") - 1
            armed = (place >= 0) & fired[np.maximum(place, 0)]
    else:
        try:
            z, age = seen.signal(PRINT, PRINT_DAYS)
        except MissingDataError as fault:
            notes.append(f"{layer.name} macro ladder never armed: {fault}")
        else:
            armed = (np.abs(z) >= layer.arm) & (age <= layer.life)
    notes.append(f"{layer.name} macro ladder armed on {int(armed.sum())} of {size} sessions")
    return ByDay(armed.astype(np.float64), ~armed)


def _staged(layer: DeepLayers, seen: Seen, notes: list[str]) -> Floats:
    z = np.full(seen.when.dates.size, np.nan)
    for name, days in ((BREADTH, WEEK_DAYS), (PRINT, PRINT_DAYS)):
        try:
            z = np.fmax(z, np.abs(seen.signal(name, days)[0]))
        except MissingDataError as fault:
            notes.append(f"{layer.name} deep layers without {name}: {fault}")
    return np.array([layer.staged.factor(one) for one in z.tolist()])


def _capped(layer: FinancingCondor, seen: Seen, notes: list[str]) -> Floats:
    """The cap under a Big Top, 1 elsewhere and where the score is unknown."""
    try:
        score, _ = seen.signal(TOP, WEEK_DAYS)
    except MissingDataError as fault:
        notes.append(f"L0.cap never fires: {fault}")
        return np.ones(seen.when.dates.size)
    top = score >= BIG_TOP
    notes.append(
        f"L0.cap on {int(top.sum())} of {top.size} sessions, its score unknown on {int(np.isnan(score).sum())}"
    )
    return np.where(top, layer.big_top_cap, 1.0)


def _calls(policy: Policy, layer: VixCalls, seen: Seen) -> ByDay | None:
    """VXTH's weight, or 1 under the level of VIX at which a layer is refreshed."""
    if policy.sizing == "vxth":
        return ByDay(vxth_weights(seen.rows, seen.when.dates))
    if layer.refresh_below is None:
        return None
    before = np.concatenate([[np.nan], seen.rows.levels[:-1, 1]])
    return ByDay((before < layer.refresh_below).astype(np.float64))


def vxth_weights(rows: Rows, dates: Days) -> Floats:
    """VXTH's weight by session, from the future of the next expiry at the close before; 0 on the first session."""
    gap = np.diff(dates).astype("timedelta64[D]").astype(np.float64)
    out = np.zeros(dates.size)
    months = (rows.curve_days[:-1] > gap[:, None]).argmax(axis=1)
    levels = rows.curve[np.arange(gap.size), months]
    out[1:] = [vxth_weight(float(level)) for level in levels]
    return out
