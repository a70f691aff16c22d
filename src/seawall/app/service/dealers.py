"""Dealers' gamma as a page needs it: of a stored chain, or of one that was sent to this desk."""

from hashlib import sha256
from typing import TYPE_CHECKING

from seawall.app.service.answers import Record
from seawall.app.service.chains import chain_days, sent_chains, stored_chains
from seawall.app.service.desk import Desk
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


def _kept(desk: Desk, sent: str) -> "list[Chain]":
    def gone() -> "list[Chain]":
        raise RefusedError(NOT_FOUND, "the chain that was sent is no longer remembered: send it again")

    return desk.memo.get(("chain-sent", sent), gone)


def _newest_first(chains: "list[Chain]") -> "tuple[dt.date, ...]":
    return tuple(sorted({one.session for one in chains}, reverse=True))


def sessions(desk: Desk, underlying: str, sent: str = "") -> "tuple[dt.date, ...]":
    """Sessions that have a chain, newest first; none where the store has none."""
    return _newest_first(_kept(desk, sent)) if sent else chain_days(underlying)


def dealers(desk: Desk, underlying: str, asof: "dt.date | None", convention: str, sent: str = "") -> "Dealers":
    """Dealers' gamma of one session, without ``asof`` of the newest; raises ``RefusedError`` where there is no chain.

    ``sent``: the word of a chain somebody sent, "" for the store's.
    """
    days = sessions(desk, underlying, sent)

    def compute() -> "Dealers":
        from seawall.app.dealers import dealers_of

        chains = _kept(desk, sent) if sent else stored_chains(underlying, asof)
        return dealers_of(chains, asof or days[0], convention)

    return desk.memo.get(("dealers", underlying, asof, convention, sent, days), compute)


def gex(chains: "list[Chain]", asof: "dt.date | None", convention: str, multiplier: float = 100.0) -> Record:
    """Dealers' gamma of a session, without ``asof`` of the newest, as `seawall gex --json` prints it."""
    from seawall.app.dealers import dealers_of
    from seawall.report.dealer_tables import dealer_record

    one = dealers_of(chains, asof or _newest_first(chains)[0], convention, multiplier)
    return dealer_record(one.found, one.notes, one.repeat)
