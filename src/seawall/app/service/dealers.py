"""Dealers' gamma as a page needs it: of a stored chain, or of one that was sent to this desk."""

from hashlib import sha256
from typing import TYPE_CHECKING

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk
from seawall.app.service.markets import sent_chains, stored_chains
from seawall.app.service.refusal import NOT_FOUND, RefusedError

if TYPE_CHECKING:
    import datetime as dt

    from seawall.app.dealers import Dealers
    from seawall.market.chain import Chain

UNDERLYINGS = ("SPX", "SPY", "VIX", "BTC", "ETH")


def keep_sent(desk: Desk, content: bytes, name: str) -> str:
    """Read a chain file somebody sent and remember it; returns the word that names it. Raises a ``SeawallError``."""
    word = sha256(content).hexdigest()[:12]
    desk.memo.get(("chain-sent", word), lambda: sent_chains(content, name))
    return word


def _chains(desk: Desk, underlying: str, sent: str) -> "list[Chain]":
    if not sent:
        return stored_chains(underlying)

    def gone() -> "list[Chain]":
        raise RefusedError(NOT_FOUND, "the chain that was sent is no longer remembered: send it again")

    return desk.memo.get(("chain-sent", sent), gone)


def _newest_first(chains: "list[Chain]") -> "tuple[dt.date, ...]":
    return tuple(sorted({one.session for one in chains}, reverse=True))


def sessions(desk: Desk, underlying: str, sent: str = "") -> "tuple[dt.date, ...]":
    """Sessions that have a chain, newest first; ``RefusedError`` where there is none."""
    return _newest_first(_chains(desk, underlying, sent))


def dealers(desk: Desk, underlying: str, asof: "dt.date | None", convention: str, sent: str = "") -> "Dealers":
    """Dealers' gamma of one session, without ``asof`` of the newest; ``RefusedError`` where there is no chain."""
    chains = _chains(desk, underlying, sent)
    there = _newest_first(chains)
    session = there[0] if asof is None else asof
    if session not in there:
        raise RefusedError(NOT_FOUND, f"there is no chain of {underlying} of {session}: choose another session")

    def compute() -> "Dealers":
        from seawall.app.dealers import dealers_of

        return dealers_of(chains, session, convention)

    return desk.memo.get(("dealers", underlying, session, convention, sent, len(chains)), compute)


def gex(chains: "list[Chain]", asof: "dt.date | None", convention: str, multiplier: float = 100.0) -> Record:
    """Dealers' gamma of a session, without ``asof`` of the newest, as `seawall gex --json` prints it."""
    from seawall.app.dealers import dealers_of
    from seawall.report.dealer_tables import dealer_record

    one = dealers_of(chains, asof or _newest_first(chains)[0], convention, multiplier)
    return dealer_record(one.found, one.notes, one.repeat)
