"""Every signal by its id; the law tests run over this table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from seawall.core.errors import UnknownParameterError
from seawall.signals.base import Signal
from seawall.signals.trend import MACD_VVIX, RSI_SLOPE
from seawall.signals.vol import RV5, RV5_OVER_VIX, SLOPE, VIX_BAND, VIX_SPIKE

SIGNALS: Final[Mapping[str, Signal]] = MappingProxyType(
    {one.id: one for one in (MACD_VVIX, RSI_SLOPE, SLOPE, RV5, RV5_OVER_VIX, VIX_BAND, VIX_SPIKE)}
)


def signal(identity: str) -> Signal:
    """Return the signal with this id. Raises ``UnknownParameterError`` naming those that exist."""
    if identity not in SIGNALS:
        raise UnknownParameterError(f"no signal {identity!r}: there are {', '.join(SIGNALS)}")
    return SIGNALS[identity]
