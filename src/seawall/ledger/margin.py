"""What stands between a margined position and its liquidation: equity, maintenance, prices (METHOD 1.6, 5.6)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seawall.core.datum import Datum, Origin
from seawall.core.status import Status
from seawall.instruments.coin_perp import InversePerp, PowerPerp
from seawall.instruments.perp import FundingTerms, LinearPerp
from seawall.instruments.perp_account import AccountCash, CrossPerp, PerpAccount
from seawall.kernels.margin import BACKSTOP, Liquidation
from seawall.ledger.book import Book
from seawall.market.state import State

VOL_YEARS = 30.0 / 365.0
DAYS_A_YEAR = 365.0
"""Perps trade every day: a daily standard deviation is the yearly one over the root of 365."""

Isolated = LinearPerp | InversePerp


@dataclass(frozen=True, slots=True)
class LegMargin:
    """One position: its mark, and the prices at which it ends while the other marks stand still.

    ``distance``: share the price must move to the liquidation price, negative when it must fall; ``deviations``: the
    same in daily standard deviations of the log price, >= 0. None where there is no such price.
    ``pnl_usd``: since the entry, None when the entry is unknown. ``funding``: what a long pays per year, None unknown.
    """

    label: str
    factor: str
    size: float
    mark: float
    liquidation: Liquidation
    backstop: Liquidation
    bankruptcy: float
    distance: float | None
    deviations: float | None
    volatility: float
    volatility_source: str
    pnl_usd: float | None
    funding: Datum[float] | None


@dataclass(frozen=True, slots=True)
class AccountMargin:
    """A cross account, or one isolated position: ``ratio`` is maintenance over equity; at 1 it is liquidated."""

    name: str
    venue: str | None
    mode: str
    collateral_usd: float
    equity_usd: float
    maintenance_usd: float
    legs: tuple[LegMargin, ...]
    terms: str
    equity_coin: float | None = None
    """The same equity in coin, where the margin is coin."""

    @property
    def ratio(self) -> float | None:
        """Maintenance over equity; None without equity."""
        return self.maintenance_usd / self.equity_usd if self.equity_usd > 0.0 else None

    @property
    def status(self) -> Status:
        """FOUND where a price ends it, NEVER where none does, BREACHED where it has ended."""
        if self.equity_usd <= self.maintenance_usd:
            return Status.BREACHED
        return Status.NEVER if self.nearest is None else Status.FOUND

    @property
    def nearest(self) -> LegMargin | None:
        """The leg whose liquidation price is the fewest standard deviations away; None when no price ends it."""
        reachable = [(leg.deviations, i) for i, leg in enumerate(self.legs) if leg.deviations is not None]
        return self.legs[min(reachable)[1]] if reachable else None


def volatility_of(state: State, factor: str) -> tuple[float, str]:
    """Volatility a distance is measured in, per root year: realised where known, else implied at 30 days; and which."""
    asset = state.asset(factor)
    if asset.realised_vol is not None:
        return asset.realised_vol.value, f"realised: {asset.realised_vol.source}"
    level = float(state.view().vol(factor, asset.spot.value, VOL_YEARS)[0])
    return level, f"implied at 30 days: {asset.smile.source}"


def _distance(mark: float, found: Liquidation, volatility: float) -> tuple[float | None, float | None]:
    if found.status is not Status.FOUND or not (math.isfinite(found.price) and found.price > 0.0):
        return None, None
    daily = volatility / math.sqrt(DAYS_A_YEAR)
    return found.price / mark - 1.0, abs(math.log(found.price / mark)) / daily


def _leg(
    names: tuple[str, str],
    size: float,
    ends: tuple[Liquidation, Liquidation, float],
    pnl: float | None,
    funding: FundingTerms,
    state: State,
) -> LegMargin:
    label, factor = names
    mark = state.asset(factor).spot.value
    volatility, source = volatility_of(state, factor)
    distance, deviations = _distance(mark, ends[0], volatility)
    rate = funding.rate(state, factor)
    return LegMargin(label, factor, size, mark, *ends, distance, deviations, volatility, source, pnl, rate)


def _isolated(label: str, perp: Isolated, state: State) -> AccountMargin:
    view, mark = state.view(), state.asset(perp.factor).spot.value
    equity = float(perp.equity(view)[0])
    if isinstance(perp, LinearPerp):
        size, collateral = perp.size, perp.collateral
        pnl = None if perp.entry is None else equity - collateral
    else:
        size, collateral = perp.contracts, perp.coins * mark
        pnl = equity - collateral
    ends = (perp.liquidation_price(mark), perp.backstop_price(mark), perp.bankruptcy_price(mark))
    leg = _leg((label, perp.factor), size, ends, pnl, perp.funding, state)
    required = float(perp.maintenance_margin(view)[0])
    mode, coins = "isolated", None
    if isinstance(perp, InversePerp):
        mode, coins = "isolated, in coin", float(perp.coin_equity(view)[0])
    terms = perp.terms.source
    return AccountMargin(label, perp.funding.venue, mode, collateral, equity, required, (leg,), terms, coins)


def cross_margin(account: PerpAccount, state: State) -> AccountMargin:
    """One cross account at the market's marks."""
    view = state.view()
    ends = zip(
        account.liquidations(state), account.liquidations(state, BACKSTOP), account.bankruptcies(state), strict=True
    )
    legs = tuple(
        _leg(
            (leg.label, leg.factor),
            leg.size,
            end,
            None if leg.entry is None else float(account.pnl(i, view)[0]),
            leg.funding,
            state,
        )
        for i, (leg, end) in enumerate(zip(account.legs, ends, strict=True))
    )
    return AccountMargin(
        account.name,
        account.venue,
        "cross",
        account.collateral,
        float(account.equity(view)[0]),
        float(account.maintenance_margin(view)[0]),
        legs,
        "; ".join(dict.fromkeys(leg.terms.source for leg in account.legs)),
    )


def cross_accounts(book: Book) -> tuple[PerpAccount, ...]:
    """Cross accounts whose rows a book holds, in order."""
    held = (p.instrument.account for p in book.positions if isinstance(p.instrument, CrossPerp | AccountCash))
    return tuple(dict.fromkeys(held))


def account_margins(book: Book, state: State) -> tuple[AccountMargin, ...]:
    """Every cross account of a book, then every isolated perp; empty without perps.

    Raises ``MissingDataError`` when the market lacks an asset.
    """
    isolated = [_isolated(p.label, p.instrument, state) for p in book.positions if isinstance(p.instrument, Isolated)]
    return (*(cross_margin(account, state) for account in cross_accounts(book)), *isolated)


def margin_notes(margins: Sequence[AccountMargin]) -> list[str]:
    """What the margin figures take for granted, one line each."""
    if not margins:
        return []
    sources = dict.fromkeys(f"{leg.factor} {leg.volatility_source}" for each in margins for leg in each.legs)
    modelled = [
        f"funding of {leg.label}: {leg.funding.origin}, {leg.funding.source}"
        for each in margins
        for leg in each.legs
        if leg.funding is not None and leg.funding.origin is Origin.MODELLED
    ]
    coins = [
        f"equity of {each.name} in coin: {each.equity_coin:,.6g} {each.legs[0].factor}"
        for each in margins
        if each.equity_coin is not None
    ]
    return [
        "a liquidation price moves one market while the others stand still; a liquidated account is worth nothing "
        "unless it says that it keeps the remainder",
        f"distance in daily standard deviations: {'; '.join(sources)}",
        f"margin rules: {'; '.join(dict.fromkeys(each.terms for each in margins))}",
        *modelled,
        *coins,
    ]


def power_notes(book: Book, state: State) -> list[str]:
    """What the funding of each power perp would be if it were fair, one line each."""
    notes = []
    for position in book.positions:
        if isinstance(position.instrument, PowerPerp):
            fair, paid = position.instrument.fair_funding(state), position.instrument.paid
            word = "unknown" if paid is None else f"{100.0 * paid:.1f} %"
            notes.append(
                f"fair funding of {position.label} at the implied volatility of 30 days: {100.0 * fair:.1f} % of its "
                f"value a year, modelled; paid: {word}"
            )
    return notes


def finite_price(price: float) -> float | None:
    """A price, or None where it is infinite or zero: there is none."""
    return float(price) if np.isfinite(price) and price > 0.0 else None
