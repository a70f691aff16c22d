"""What every door that reads dealers' gamma does alike: the chain of a session, without its repeated rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from seawall.core.errors import UnknownParameterError
from seawall.data.chains import pick
from seawall.instruments.dealer import Convention, dealer_book
from seawall.instruments.dealer_gamma import DealerGamma, dealer_gamma
from seawall.market.chain import Chain
from seawall.market.cleaning import distinct
from seawall.market.parity import parity
from seawall.market.repeats import repeats

FIRST = (Convention.NAIVE, Convention.ALL_SHORT)


@dataclass(frozen=True, slots=True, eq=False)
class Dealers:
    """What the chain of a session says about dealers.

    ``notes``: what is assumed; ``repeat``: why it copies another day, or "".
    """

    found: DealerGamma
    notes: tuple[str, ...]
    repeat: str
    session: dt.date


def dealers_of(chains: Sequence[Chain], session: dt.date | None, convention: str, multiplier: float = 100.0) -> Dealers:
    """Dealers' gamma of a session, without one of the only chain there is; ``multiplier``: units a contract.

    Raises ``UnknownParameterError`` for a convention that cannot come first, ``MissingDataError`` for the session.
    """
    if convention not in FIRST:
        raise UnknownParameterError(
            f"convention {convention[:40]!r} cannot come first: choose naive or all_short (no volume is signed)"
        )
    picked = pick(chains, session)
    repeat = next((one.reason for one in repeats(chains) if one.session == picked.session), "")
    once = picked.take(distinct(picked))
    found = dealer_gamma(dealer_book(once, parity(once), multiplier), Convention(convention))
    dropped = picked.size - once.size
    notes = (*picked.assumptions(), *([f"{dropped:,} duplicate rows dropped"] if dropped else []))
    return Dealers(found, notes, repeat, picked.session)
