"""The hedge of a book: the one place that knows what ``decide`` returns."""

import datetime as dt
from typing import TYPE_CHECKING

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, history_of, viewed

if TYPE_CHECKING:
    from seawall.app.decide import Told
    from seawall.hedge.charter import Policy
    from seawall.hedge.decide import Prepared
    from seawall.hedge.plan import HedgePlan
    from seawall.signals.regime import RegimeReading


def _told(seen: Viewed) -> "Told":
    """What says the regime: that of the market's session; of a live market, whose session may not be over, the last."""
    if not seen.live:
        from seawall.app.decide import regime_at

        return regime_at
    from seawall.app.monitor.figures import last_reading

    return lambda state, history, triggers: last_reading(history, state.now, triggers)[0]


def prepared_of(desk: Desk, seen: Viewed, policy: "Policy") -> "Prepared":
    """What the layers of a policy offer to a book, on the store's quotes of its session where there are any."""

    def compute() -> "Prepared":
        from seawall.app.decide import prepared, quotes_on
        from seawall.data.store_chains import session_chains

        now = seen.state.now
        quotes = quotes_on(seen.state, policy, session_chains("SPX", now), session_chains("VIX", now))
        return prepared(seen.loaded.book, seen.state, history_of(seen), policy, quotes, _told(seen))

    return desk.memo.get(("hedge-prepared", seen.key, policy.digest), compute)


def plan_of(desk: Desk, seen: Viewed, policy: str = "seed") -> "HedgePlan":
    """Tickets, advice, budgets, and the ledger before and after, by a shipped policy."""

    def compute() -> "HedgePlan":
        from seawall.app.decide import with_context
        from seawall.hedge.charter import preset
        from seawall.hedge.decide import decide_prepared

        chosen = preset(policy)
        plan = decide_prepared(chosen, prepared_of(desk, seen, chosen))
        return with_context(plan, history_of(seen), seen.state.now)

    return desk.memo.get(("hedge", seen.key, policy), compute)


def regime_of(desk: Desk, seen: Viewed) -> "RegimeReading | None":
    """The regime of the session of a book's market, the last that is known in a live one; None where there is none."""

    def compute() -> "RegimeReading | None":
        return _told(seen)(seen.state, history_of(seen), "seed")

    return desk.memo.get(("regime", seen.key), compute)


def hedge(desk: Desk, book: str, asof: dt.date | None, policy: str = "seed") -> Record:
    """The plan as `seawall hedge --json` prints it."""
    from seawall.report.hedge_records import hedge_record

    return hedge_record(plan_of(desk, viewed(desk, book, asof), policy))
