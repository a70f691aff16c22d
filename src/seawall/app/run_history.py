"""The history that a plan runs on: the store's, the embedded one, or a synthetic market."""

from typing import TYPE_CHECKING, NamedTuple

from seawall.core.errors import InputError
from seawall.market.history import History
from seawall.sim.plan import Plan

if TYPE_CHECKING:
    from seawall.kernels.slots import Quotes


class Source(NamedTuple):
    """Which history is asked for: none of both means the store's, where there is one."""

    embedded: bool = False
    synthetic: int | None = None


def run_history(source: Source, *plans: Plan) -> History:
    """Series that any of ``plans``, or a market state, can read.

    A synthetic market reaches from the first start to the last end. Raises ``InputError`` for two sources at once.
    """
    if source.embedded and source.synthetic is not None:
        raise InputError("--embedded and --synthetic are two histories: name one")
    if source.embedded:
        from seawall.data.embedded import embedded_history

        return embedded_history()
    if source.synthetic is not None:
        return _made(source.synthetic, plans)
    from seawall.data.days import known_history
    from seawall.sim.plan_series import plan_series, regime_series

    names = regime_series().union(*(plan_series(one) for one in plans))
    return known_history(sorted(names))


def _made(seed: int, plans: tuple[Plan, ...]) -> History:
    import datetime as dt

    from seawall.core.clock import sessions
    from seawall.sim.daily_inputs import WINDOW
    from seawall.sim.synthetic import synthetic_history

    first = min(one.start for one in plans) - dt.timedelta(days=2 * WINDOW)
    return synthetic_history(seed, first, sessions(first, max(one.end for one in plans)).size)


def stored_quotes(source: Source, plan: Plan) -> "Quotes | None":
    """Quotes of the option chains the store holds on sessions of the plan; None where it holds none."""
    from seawall.data.store_file import store_path

    if source.embedded or source.synthetic is not None or not store_path().is_file():
        return None
    from seawall.core.clock import sessions
    from seawall.data.store import Store
    from seawall.market.quotes import CODES, quote_table
    from seawall.sim.seen_quotes import seen_quotes

    with Store.open(read_only=True) as store:
        days = [(name, day) for name in CODES for day in store.chain_days(name) if plan.start <= day <= plan.end]
        chains = [one for name, day in days for one in store.chains(name, day)]
    dates = sessions(plan.start, plan.end)
    table = quote_table(chains, dates)
    return seen_quotes(table, dates.size) if table.bid.size else None


def where_from(source: Source) -> str:
    """One line that names the history."""
    if source.synthetic is not None:
        return (
            f"data: a synthetic market of seed {source.synthetic}, made up from beginning to end; nothing is observed"
        )
    if source.embedded:
        return "data: the embedded series"
    from seawall.data.store_file import store_path

    return "data: the store, and the embedded series" if store_path().is_file() else "data: the embedded series"
