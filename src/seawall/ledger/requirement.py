"""Margin of a whole book at one instant: options by their worst expiry, perps by their venues (METHOD 5.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seawall.instruments.base import Position
from seawall.instruments.option import EuropeanOption
from seawall.instruments.structures import Structure
from seawall.instruments.vix import VixFuture, VixOption
from seawall.ledger.book import Book
from seawall.ledger.margin import AccountMargin, account_margins
from seawall.market.state import State

NAKED_SHARE: Final = 0.15
NAKED_FLOOR: Final = 0.10
"""Of the index (a put: the floor of its strike) for a naked short option, besides its premium: check against source."""
WING_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Requirement:
    """Dollars of margin: ``options_usd`` and ``perps_usd``; ``equity_usd`` None when the book states no nav.

    ``unknown``: positions whose margin no rule here states; they are in no figure. ``accounts``: the perps'.
    """

    options_usd: float
    perps_usd: float
    equity_usd: float | None
    unknown: tuple[str, ...]
    accounts: tuple[AccountMargin, ...]

    @property
    def margin_usd(self) -> float:
        """Both together."""
        return self.options_usd + self.perps_usd

    @property
    def excess_usd(self) -> float | None:
        """Equity less margin; None when the equity is unknown."""
        return None if self.equity_usd is None else self.equity_usd - self.margin_usd


def requirement(positions: Sequence[Position], state: State, equity_usd: float | None) -> Requirement:
    """Margin of what is alive in a market; a settled position needs none. Raises ``MissingDataError``."""
    total, unknown = 0.0, []
    for position in positions:
        if position.instrument.settles and max(position.instrument.settles) <= state.now:
            continue
        needed = option_margin(position, state)
        if needed is None:
            unknown.append(position.label)
        else:
            total += needed
    accounts = account_margins(Book("margin", tuple(positions)), state)
    perps = sum(account.maintenance_usd for account in accounts if account.equity_usd > account.maintenance_usd)
    return Requirement(total, perps, equity_usd, tuple(unknown), accounts)


def option_margin(position: Position, state: State) -> float | None:
    """Margin of one option position; None where no rule is stated (VIX futures, short calendars and ladders).

    A condor needs its wider side if the wings are equal, else both (``strict_equal``); a vertical its width; a naked
    option its premium and the larger of 15 % of the price less what it is out of the money, and 10 %. What is long is
    paid in full and needs none, as do pools and perps here.
    """
    held = position.instrument
    if isinstance(held, VixFuture):
        return None
    if isinstance(held, Structure):
        return _structure(held, position.quantity)
    if isinstance(held, VixOption):
        return 0.0 if position.quantity > 0.0 else None
    if isinstance(held, EuropeanOption) and position.quantity < 0.0:
        return -position.quantity * _naked(held, state)
    return 0.0


def _structure(held: Structure, quantity: float) -> float | None:
    if quantity > 0.0:
        return 0.0
    strikes = held.strikes()
    multiplier = held.legs[0].option.multiplier
    if held.kind == "vertical":
        return abs(quantity) * multiplier * abs(strikes[1] - strikes[0])
    if held.kind == "condor":
        put, call = strikes[1] - strikes[0], strikes[3] - strikes[2]
        equal = abs(put - call) <= WING_TOLERANCE * max(put, call)
        return abs(quantity) * multiplier * (max(put, call) if equal else put + call)
    return None


def _naked(option: EuropeanOption, state: State) -> float:
    spot = state.asset(option.factor).spot.value
    premium = float(option.value(state.view())[0])
    call = option.right == "call"
    away = max(option.strike - spot if call else spot - option.strike, 0.0)
    floor = NAKED_FLOOR * (spot if call else option.strike)
    return premium + option.multiplier * max(NAKED_SHARE * spot - away, floor)
