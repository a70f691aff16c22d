"""Every source, one line each; the laws in ``tests/data/test_sources.py`` run over this list."""

import difflib
from collections.abc import Sequence
from typing import Final

from seawall.core.errors import InputError
from seawall.data.sources import cboe_chain, cboe_index, cfe, deribit, exchanges, fomc, fred, hyperliquid
from seawall.data.sources.base import Source
from seawall.data.sources.engine import Wish

SOURCES: Final[tuple[Source, ...]] = (
    cboe_index.SOURCE,
    cfe.SOURCE,
    fred.SOURCE,
    fred.VINTAGE_SOURCE,
    fomc.SOURCE,
    deribit.SOURCE,
    hyperliquid.SOURCE,
    exchanges.SOURCE,
    cboe_chain.SOURCE,
)


def wishes(words: Sequence[str]) -> list[Wish]:
    """What a user asks for: ``SOURCE`` or ``SOURCE:ITEM,ITEM``; without a word everything but ``cboe-chain``.

    Raises ``InputError`` for an unknown source.
    """
    if not words:
        return [Wish(source) for source in SOURCES if not source.by_name]
    known = {source.name: source for source in SOURCES}
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        name, _, rest = word.partition(":")
        if name.lower() not in known:
            near = difflib.get_close_matches(name.lower(), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise InputError(f"{name!r} is no source: {hint}")
        picks = tuple(pick.strip() for pick in rest.split(",") if pick.strip())
        found[name.lower()] = found.get(name.lower(), ()) + picks
    return [Wish(known[name], picks, named=True) for name, picks in found.items()]
