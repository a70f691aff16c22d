"""Option chains of the store by their session, and chains that somebody sends."""

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seawall.app.service.refusal import NOT_FOUND, TOO_LARGE, RefusedError
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.market.chain import Chain

MAX_CHAIN: Final = 16 * 1024 * 1024


def chain_days(underlying: str) -> tuple[dt.date, ...]:
    """Sessions whose chain the store holds, newest first; none without a store."""
    from seawall.data.store import Store
    from seawall.data.store_file import store_path

    if not underlying.isalnum() or len(underlying) > 12:
        raise UnknownParameterError(f"{underlying[:20]!r} is no underlying: write it as SPX")
    if not store_path().is_file():
        return ()
    with Store.open(read_only=True) as store:
        return tuple(reversed(store.chain_days(underlying.upper())))


def stored_chains(underlying: str, day: dt.date | None) -> "list[Chain]":
    """The chain of a session, without ``day`` of the newest, behind that of the session before it (to see copies).

    Raises ``RefusedError`` where there is none.
    """
    from seawall.data.store import Store

    days = chain_days(underlying)
    if not days:
        raise RefusedError(NOT_FOUND, f"the store holds no chain of {underlying.upper()}: `seawall data import` one")
    if day is not None and day not in days:
        raise RefusedError(
            NOT_FOUND, f"there is no chain of {underlying.upper()} of {day}: choose a session (the newest is {days[0]})"
        )
    at = 0 if day is None else days.index(day)
    with Store.open(read_only=True) as store:
        return [chain for one in reversed(days[at : at + 2]) for chain in store.chains(underlying.upper(), one)]


def sent_chains(content: bytes, name: str) -> "list[Chain]":
    """Chains of a file somebody sent; its name only tells the format. Raises a ``SeawallError``."""
    from seawall.data.chains import load_chains

    if len(content) > MAX_CHAIN:
        raise RefusedError(
            TOO_LARGE, f"a chain of {len(content):,} bytes is more than {MAX_CHAIN:,}: `seawall data import` it"
        )
    suffix = ".parquet" if content[:4] == b"PAR1" else ".csv"
    with tempfile.TemporaryDirectory(prefix="seawall-chain-") as folder:
        place = Path(folder) / f"chain{suffix}"
        place.write_bytes(content)
        try:
            return load_chains(place)
        except InputError as fault:
            raise InputError(str(fault).replace(str(place), name)) from None
