"""How far a book's accounts stand from liquidation, and how long its equity lasts."""

from typing import TYPE_CHECKING, NamedTuple

from seawall.app.service.desk import Desk, Viewed, ledger_of

if TYPE_CHECKING:
    from seawall.hedge.endurance import TimeBuffer
    from seawall.ledger.margin import AccountMargin


class Margins(NamedTuple):
    """Accounts with their liquidation prices, the time buffer of the whole book, and what both take for granted."""

    accounts: "tuple[AccountMargin, ...]"
    buffer: "TimeBuffer"
    equity_usd: float | None
    notes: tuple[str, ...]


def margins_of(desk: Desk, seen: Viewed) -> Margins:
    """Margins of a book at the marks of its market; raises a ``SeawallError``."""

    def compute() -> Margins:
        from seawall.hedge.endurance import time_buffer
        from seawall.ledger.margin import account_margins, margin_notes

        nav = seen.loaded.book.nav_usd
        accounts = account_margins(seen.loaded.book, seen.state)
        return Margins(accounts, time_buffer(ledger_of(desk, seen), nav), nav, tuple(margin_notes(accounts)))

    return desk.memo.get(("margins", seen.key), compute)
