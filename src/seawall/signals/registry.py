"""Every signal and every card by its id; the law tests run over the signals."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from seawall.core.errors import UnknownParameterError
from seawall.signals.breadth import BREADTH
from seawall.signals.cards import CARDS_BOOK, Card
from seawall.signals.carry import CARRY
from seawall.signals.composite import COMPOSITE
from seawall.signals.contract import Signal
from seawall.signals.dealer import DEALER
from seawall.signals.macro import MACRO
from seawall.signals.momentum import MOMENTUM
from seawall.signals.parity import PARITY
from seawall.signals.trend import TREND
from seawall.signals.value import VALUE
from seawall.signals.vol import VOL
from seawall.signals.vol_curve import VOL_CURVE

_FAMILIES: Final = (TREND, MOMENTUM, VOL, VOL_CURVE, DEALER, BREADTH, CARRY, MACRO, PARITY, VALUE, COMPOSITE)

SIGNALS: Final[Mapping[str, Signal]] = MappingProxyType({one.id: one for family in _FAMILIES for one in family})

CARDS: Final[Mapping[str, Card]] = MappingProxyType({one.id: one for one in CARDS_BOOK})


def signal(identity: str) -> Signal:
    """Return the signal with this id. Raises ``UnknownParameterError`` naming those that exist."""
    if identity not in SIGNALS:
        raise UnknownParameterError(f"no signal {identity!r}: there are {', '.join(SIGNALS)}")
    return SIGNALS[identity]


def card(identity: str) -> Card:
    """Return the card with this id. Raises ``UnknownParameterError`` naming those that exist."""
    if identity not in CARDS:
        raise UnknownParameterError(f"no card {identity!r}: there are {', '.join(CARDS)}")
    return CARDS[identity]
