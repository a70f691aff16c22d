"""Dealers' gamma as a page needs it: of a stored chain, or of one that was sent to this desk."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from seawall.app.service.desk import Desk
from seawall.app.service.markets import sent_chains, stored_chains
from seawall.app.service.refusal import NOT_FOUND, RefusedError
from seawall.core.errors import UnknownParameterError

if TYPE_CHECKING:
    import datetime as dt

    from seawall.instruments.dealer_gamma import DealerGamma
    from seawall.market.chain import Chain

UNDERLYINGS = ("SPX", "SPY", "VIX", "BTC", "ETH")


@dataclass(frozen=True, slots=True, eq=False)
class Dealers:
    """What the chain of a session says about dealers.

    ``notes``: what is assumed; ``repeat``: why it copies another day, or "".
    """

    found: "DealerGamma"
    notes: tuple[str, ...]
    repeat: str
    session: "dt.date"


def keep_sent(desk: Desk, content: bytes, name: str) -> str:
    """Read a chain file somebody sent and remember it; returns the word that names it. Raises a ``SeawallError``."""
    word = sha256(content).hexdigest()[:12]
    desk.memo.get(("chain-sent", word), lambda: sent_chains(content, name))
    return word


def _chains(desk: Desk, underlying: str, sent: str) -> "list[Chain]":
    if not sent:
        found = stored_chains(underlying)
        if not found:
            raise RefusedError(NOT_FOUND, f"the store holds no chain of {underlying}: `seawall data import` one")
        return found

    def gone() -> "list[Chain]":
        raise RefusedError(NOT_FOUND, "the chain that was sent is no longer remembered: send it again")

    return desk.memo.get(("chain-sent", sent), gone)


def _newest_first(chains: "list[Chain]") -> "tuple[dt.date, ...]":
    return tuple(sorted({one.session for one in chains}, reverse=True))


def sessions(desk: Desk, underlying: str, sent: str = "") -> "tuple[dt.date, ...]":
    """Sessions that have a chain, newest first; ``RefusedError`` where there is none."""
    return _newest_first(_chains(desk, underlying, sent))


def dealers(desk: Desk, underlying: str, asof: "dt.date | None", convention: str, sent: str = "") -> Dealers:
    """Dealers' gamma of one session, without ``asof`` of the newest; ``RefusedError`` where there is no chain."""
    chains = _chains(desk, underlying, sent)
    there = _newest_first(chains)
    session = there[0] if asof is None else asof
    if session not in there:
        raise RefusedError(NOT_FOUND, f"there is no chain of {underlying} of {session}: choose another session")

    def compute() -> Dealers:
        from seawall.data.chains import pick
        from seawall.instruments.dealer import Convention, dealer_book
        from seawall.instruments.dealer_gamma import dealer_gamma
        from seawall.market.cleaning import distinct
        from seawall.market.parity import parity
        from seawall.market.repeats import repeats

        if convention not in (Convention.NAIVE, Convention.ALL_SHORT):
            raise UnknownParameterError(f"convention {convention[:40]!r} cannot come first: choose naive or all_short")
        picked = pick(chains, session)
        repeat = next((one.reason for one in repeats(chains) if one.session == picked.session), "")
        once = picked.take(distinct(picked))
        found = dealer_gamma(dealer_book(once, parity(once), 100.0), Convention(convention))
        dropped = picked.size - once.size
        notes = (*picked.assumptions(), *([f"{dropped:,} duplicate rows dropped"] if dropped else []))
        return Dealers(found, notes, repeat, session)

    return desk.memo.get(("dealers", underlying, session, convention, sent, len(chains)), compute)
