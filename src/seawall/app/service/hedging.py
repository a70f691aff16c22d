"""The hedge of a book: the one place that knows what ``decide`` returns."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk, Viewed, history_of, viewed

if TYPE_CHECKING:
    from seawall.app.decide import Surroundings, Told
    from seawall.hedge.charter import Policy
    from seawall.hedge.decide import Prepared
    from seawall.hedge.plan import HedgePlan
    from seawall.market.chain import Chain
    from seawall.market.history import History
    from seawall.market.state import State
    from seawall.signals.regime import RegimeReading

SEED: Final = "seed"


def _told(seen: Viewed) -> "Told":
    """What says the regime: that of the market's session; of a live market, whose session may not be over, the last."""
    if not seen.live:
        from seawall.app.decide import regime_at

        return regime_at
    from seawall.app.monitor.figures import last_reading

    return lambda state, history, triggers: last_reading(history, state.now, triggers)[0]


def around_of(desk: Desk, seen: Viewed) -> "Surroundings":
    """What every policy meets alike in a book and its market, with what was worked out for others before."""

    def compute() -> "Surroundings":
        from seawall.app.decide import surroundings

        return surroundings(seen.loaded.book, seen.state, history_of(seen))

    return desk.memo.get(("hedge-around", seen.key), compute)


def _chains(desk: Desk, seen: Viewed) -> "tuple[Sequence[Chain], Sequence[Chain]]":
    """The store's SPX and VIX quotes of the session."""

    def compute() -> "tuple[Sequence[Chain], Sequence[Chain]]":
        from seawall.data.store_chains import session_chains

        return session_chains("SPX", seen.state.now), session_chains("VIX", seen.state.now)

    return desk.memo.get(("hedge-chains", seen.key), compute)


def prepared_of(desk: Desk, seen: Viewed, policy: "Policy") -> "Prepared":
    """What the layers of a policy offer to a book, on the store's quotes of its session where there are any."""

    def compute() -> "Prepared":
        from seawall.app.decide import prepared, quotes_on

        around, told = around_of(desk, seen), _told(seen)
        spx, vix = _chains(desk, seen)
        quotes = quotes_on(around.state, policy, spx, vix)

        def remembered(state: "State", history: "History", triggers: str) -> "RegimeReading | None":
            return desk.memo.get(("regime", seen.key, triggers), lambda: told(state, history, triggers))

        return prepared(around, policy, quotes, remembered)

    return desk.memo.get(("hedge-prepared", seen.key, policy.digest), compute)


def plan_of(desk: Desk, seen: Viewed, policy: str = SEED) -> "HedgePlan":
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
        return _told(seen)(seen.state, history_of(seen), SEED)

    return desk.memo.get(("regime", seen.key, SEED), compute)


def hedge(desk: Desk, book: str, asof: dt.date | None, policy: str = SEED) -> Record:
    """The plan as `seawall hedge --json` prints it."""
    from seawall.report.hedge_records import hedge_record

    return hedge_record(plan_of(desk, viewed(desk, book, asof), policy))
