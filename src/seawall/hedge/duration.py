"""Duration match: a mix of condor expiries whose decay day by day resembles what the pools lose to arbitrage."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from seawall.core.clock import years_between
from seawall.core.errors import DomainError, MissingDataError, MissingExpiryError
from seawall.hedge.condor import offer
from seawall.hedge.stack.base import Note, Situation
from seawall.hedge.stack.financing import FinancingCondor, in_state
from seawall.hedge.stack.spx_quotes import expiry_in
from seawall.instruments.base import Instrument
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.structures import condor, option_on
from seawall.market.state import Moves, State
from seawall.signals.regime import Regime

Array = NDArray[np.float64]

TENORS: Final = (7, 14, 30, 45)
"""Days to expiry that are mixed."""
DAYS: Final = 365.0
LEAST: Final = 0.05
"""Units below it are not shown."""


class Mix(NamedTuple):
    """Short condors of each expiry, and dollars a day: the pools' rent, and the mix's decay on average to its end."""

    days: tuple[int, ...]
    units: tuple[float, ...]
    rent_usd: float
    decay_usd: float


def duration_match(decay: Array, rent: float) -> Array:
    """Units >= 0 that minimise ``sum_t (decay_t . n - rent)^2`` (METHOD 7.4), (condors,).

    ``decay``: (days, condors) dollars a day of one unit. Raises ``DomainError`` for a table without rows or columns.
    """
    if decay.ndim != 2 or not decay.size or not np.isfinite(decay).all():
        raise DomainError("decay is a finite table (days, condors) with at least one of each")
    found, _ = nnls(decay, np.full(decay.shape[0], rent))
    return np.asarray(found)


def pool_rent(at: Situation) -> float | None:
    """What the pools of a book lose to arbitrage a day, dollars; None without a pool, or where a rent is unknown."""
    pools = {one.label for one in at.ledger.book.positions if isinstance(one.instrument, LiquidityPosition)}
    rents = [row.rent_usd_per_year for row in at.ledger.rows if row.label in pools]
    known = [rent for rent in rents if rent is not None]
    return sum(known) / DAYS if known and len(known) == len(rents) else None


def matched(at: Situation, layer: FinancingCondor) -> Mix | None:
    """The mix of a layer's condors for a book's pools; None without a rent, or without quotes for a condor."""
    rent = pool_rent(at)
    if rent is None or at.nav_usd is None or "SPX" not in at.state.assets:
        return None
    rule = in_state(layer.rule, at)
    made: dict[int, Instrument] = {}
    for days in TENORS:
        try:
            of = expiry_in(at, days)
            found = offer(of, rule)
        except (MissingDataError, MissingExpiryError):
            continue
        if found.credit > 0.0:
            made.setdefault((of.day - at.today).days, condor(option_on(of.underlying), found.strikes, of.settles))
    if not made:
        return None
    last = max(made)
    columns = [
        at.known.get(at.state, ("decay", one, last), lambda one=one: decay(one, at.state, last))  # type: ignore[misc]
        for one in made.values()
    ]
    table = np.column_stack(columns)
    units = duration_match(table, rent)
    return Mix(tuple(made), tuple(units.tolist()), rent, float((table @ units).mean()))


def decay(structure: Instrument, state: State, days: int) -> Array:
    """Dollars a day that a seller of one unit keeps while nothing moves, (days,); 0 after its settlement."""
    life = max((years_between(state.now, one) * 365.0 for one in structure.settles), default=math.inf)
    last = days if life >= days else min(days, math.ceil(life) + 1)
    worth = [float(structure.value(state.view(Moves(days=float(day))))[0]) for day in range(last + 1)]
    return -np.diff(np.array(worth + worth[-1:] * (days - last)))


def duration_notes(at: Situation, layer: FinancingCondor) -> tuple[Note, ...]:
    """The mix in words beside what the caps allow; nothing for a book without pools, or in SPIKE."""
    found = None if at.regime_state is Regime.SPIKE else matched(at, layer)
    if found is None:
        return ()
    pairs = zip(found.days, found.units, strict=True)
    parts = [f"{units:.1f} expiring in {days} days" for days, units in pairs if units >= LEAST]
    return (
        Note(
            "L0.match",
            f"duration match: condors {', '.join(parts) or 'of no expiry'} would decay by {found.decay_usd:,.0f} USD a "
            f"day while nothing moves, beside the pools' rent of {found.rent_usd:,.0f}; caps decide how many",
        ),
    )
