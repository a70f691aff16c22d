"""Perpetual futures: liquidation of one isolated position (METHOD 1.6)."""

import math

from seawall.core.errors import DomainError, MarginError


def isolated_liquidation_price(entry: float, leverage: float, maintenance: float, side: float) -> float:
    """Price at which an isolated linear perp reaches its maintenance margin.

    Long ``entry (1 - 1/leverage) / (1 - maintenance)``, short ``entry (1 + 1/leverage) / (1 + maintenance)``;
    ``side`` is +1 or -1, ``maintenance`` a share of notional. Zero for a long with leverage 1: it cannot be liquidated.
    Raises ``DomainError`` for leverage < 1 or maintenance outside [0, 1), ``MarginError`` when it would be liquidated
    on opening.
    """
    if not (math.isfinite(leverage) and leverage >= 1.0):
        raise DomainError(f"leverage must be at least 1, was {leverage}")
    if not 0.0 <= maintenance < 1.0:
        raise DomainError(f"maintenance margin must be in [0, 1), was {maintenance}: write 0.5 % as 0.005")
    if maintenance * leverage >= 1.0:
        raise MarginError(
            f"leverage {leverage:g} leaves less than the maintenance margin {maintenance:g}: "
            f"at most {1.0 / maintenance:.4g} can be opened"
        )
    return entry * (1.0 - side / leverage) / (1.0 - side * maintenance)
