"""The one ledger: every position in the same dollar columns, by factor and in total (METHOD 5.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.price import break_even_vol, convexity_yield
from seawall.core.clock import years_between
from seawall.core.status import Status
from seawall.instruments.base import Exposure, Position, total
from seawall.instruments.together import together
from seawall.ledger.book import Book
from seawall.ledger.share import HedgeableShare, hedgeable_shares
from seawall.market.curve import shock_beta
from seawall.market.shock import Shock, as_moves, named_shocks
from seawall.market.state import State

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The named shock that costs most, and what it costs (negative dollars), fully revalued."""

    usd: float
    shock: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger. None is unknown; ``break_even_status`` says why a break-even is missing.

    ``rent_usd_per_year``: half realised variance times short dollar gamma, a cost > 0. ``convexity_yield``:
    carry over short dollar gamma. ``break_even_vol``: per square root of a year. ``pnl_by_shock``: dollars, by name.
    """

    label: str
    group: str
    kind: str
    factor: str
    quantity: float
    exposure: Exposure
    rent_usd_per_year: float | None
    convexity_yield: float | None
    break_even_vol: float | None
    break_even_status: Status
    share: HedgeableShare | None
    worst: WorstCase
    pnl_by_shock: dict[str, float]

    @property
    def gamma_usd_per_pct(self) -> float:
        """Change of delta dollars for a 1 % move."""
        return self.exposure.gamma_usd / 100.0

    @property
    def theta_usd_per_day(self) -> float:
        """Dollars per calendar day."""
        return self.exposure.theta_usd_per_year / 365.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows, subtotals by factor, and the total of a book in one market."""

    book: Book
    state: State
    rows: tuple[Row, ...]
    by_factor: tuple[Row, ...]
    total: Row
    share_at_least: float
    """Rent-weighted VIX-hedgeable share of the short-convexity rows, unknown shares counted as zero."""
    share_at_most: float
    """The same, unknown asset shares counted as one."""


def _realised_vol(position: Position, state: State) -> float | None:
    """Realised volatility of what the position is convex in; of a VIX future, VIX's own scaled by the shock beta."""
    factor = position.instrument.factor
    if factor != "VIX":
        known = state.asset(factor).realised_vol
        return None if known is None else known.value
    market = state.vix_market()
    if market.realised_vol is None or not position.instrument.settles:
        return None
    expires = position.instrument.settles[0]
    level = float(state.view().vix_future(expires)[0])
    beta = shock_beta(max(years_between(state.now, expires), 0.0))
    return market.realised_vol.value * beta * market.vix.value / level


def _rent(position: Position, exposure: Exposure, state: State) -> float | None:
    if exposure.gamma_usd == 0.0:
        return 0.0
    vol = _realised_vol(position, state)
    return None if vol is None else -0.5 * vol**2 * exposure.gamma_usd


def _worst(pnl: dict[str, float]) -> WorstCase:
    name = min(pnl, key=lambda shock: pnl[shock])
    return WorstCase(pnl[name], name)


def _break_even(exposure: Exposure) -> tuple[float | None, float | None, Status]:
    if exposure.carry_usd_per_year is None:
        return None, None, Status.UNKNOWN
    level, status = break_even_vol(exposure.carry_usd_per_year, -exposure.gamma_usd)
    if status is not Status.FOUND:
        return None, None, status
    earned, _ = convexity_yield(exposure.carry_usd_per_year, -exposure.gamma_usd)
    return earned, level, status


def _rows(positions: tuple[Position, ...], state: State, shocks: tuple[Shock, ...]) -> tuple[Row, ...]:
    held = together(positions)
    known = held.exposures(state)
    shares = hedgeable_shares(positions, known, state)
    names = [shock.name for shock in shocks]
    shocked = held.values(state.view(as_moves(shocks, state))).tolist()
    return tuple(
        _row(position, state, exposure, share, dict(zip(names, [v - exposure.value_usd for v in after], strict=True)))
        for position, exposure, share, after in zip(positions, known, shares, shocked, strict=True)
    )


def _row(
    position: Position, state: State, exposure: Exposure, share: HedgeableShare | None, pnl: dict[str, float]
) -> Row:
    """One position in the ledger's columns."""
    earned, level, status = _break_even(exposure)
    return Row(
        label=position.label,
        group=position.group,
        kind=position.instrument.kind,
        factor=position.instrument.factor,
        quantity=position.quantity,
        exposure=exposure,
        rent_usd_per_year=_rent(position, exposure, state),
        convexity_yield=earned,
        break_even_vol=level,
        break_even_status=status,
        share=share,
        worst=_worst(pnl),
        pnl_by_shock=pnl,
    )


def _sum(rows: Sequence[Row], label: str, factor: str) -> Row:
    exposure = total(row.exposure for row in rows)
    rents = [row.rent_usd_per_year for row in rows]
    known = [rent for rent in rents if rent is not None]
    pnl = {name: sum(row.pnl_by_shock[name] for row in rows) for name in rows[0].pnl_by_shock}
    earned, level, status = _break_even(exposure)
    return Row(
        label=label,
        group="total",
        kind="total",
        factor=factor,
        quantity=1.0,
        exposure=exposure,
        rent_usd_per_year=float(sum(known)) if len(known) == len(rents) else None,
        convexity_yield=earned,
        break_even_vol=level,
        break_even_status=status,
        share=None,
        worst=_worst(pnl),
        pnl_by_shock=pnl,
    )


def _weighted_share(rows: Sequence[Row], share: Callable[[HedgeableShare], float]) -> float:
    """Average over the short-convexity rows, weighted by rent, or by dollar gamma when a rent is unknown."""
    short = [(row, row.share) for row in rows if row.share is not None]
    rents = [row.rent_usd_per_year for row, _ in short]
    weights = [-row.exposure.gamma_usd if None in rents else row.rent_usd_per_year or 0.0 for row, _ in short]
    whole = sum(weights)
    return sum(share(s) * w for (_, s), w in zip(short, weights, strict=True)) / whole if whole > 0.0 else 0.0


def ledger(book: Book, state: State, shocks: tuple[Shock, ...] | None = None) -> Ledger:
    """The exposure table of a book in a market, shocked by ``shocks`` (default: the named events and jumps).

    Totals add dollars across factors: delta and gamma of the total answer a common percentage move of every factor;
    its break-even is the one volatility that, realised by every factor, eats the whole carry. Raises
    ``MissingDataError`` when a position needs an asset or a VIX curve the market does not have.
    """
    used = named_shocks(state) if shocks is None else shocks
    rows = _rows(book.positions, state, used)
    factors = dict.fromkeys(row.factor for row in rows)
    subtotals = tuple(_sum([row for row in rows if row.factor == f], f"all {f}", f) for f in factors)
    return Ledger(
        book=book,
        state=state,
        rows=rows,
        by_factor=subtotals,
        total=_sum(rows, "total", "all"),
        share_at_least=_weighted_share(rows, lambda s: s.product or 0.0),
        share_at_most=_weighted_share(rows, lambda s: s.at_most),
    )
