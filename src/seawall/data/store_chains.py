"""Option chains of a session out of the store, for those who can do without."""

import datetime as dt
from contextlib import suppress

from seawall.core.clock import NEW_YORK
from seawall.core.errors import MissingDataError
from seawall.data.store import Store
from seawall.data.store_file import store_path
from seawall.market.chain import Chain


def session_chains(underlying: str, now: dt.datetime) -> list[Chain]:
    """Chains of the session of ``now`` that were known by then; none without a store or without that session."""
    if not store_path().is_file():
        return []
    with Store.open(read_only=True) as store, suppress(MissingDataError):
        return [one for one in store.chains(underlying, now.astimezone(NEW_YORK).date()) if one.known_at <= now]
    return []
