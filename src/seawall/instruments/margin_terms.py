"""Maintenance terms of one market as a book or a venue states them: tiers of notional, and the leverage each allows."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from seawall.core.errors import DomainError, MarginError
from seawall.instruments.venues import Tiers
from seawall.kernels.margin import Schedule, leverage_schedule, schedule

STATED = "stated in the book"


@lru_cache(maxsize=256)
def _schedule(
    bounds: tuple[float, ...], rates: tuple[float, ...] | None, leverages: tuple[float, ...] | None
) -> Schedule:
    if rates is not None:
        return schedule(bounds, rates, max_leverages=leverages)
    if leverages is None:
        raise MarginError("margin tiers have neither rates nor leverages: state one of them")
    return leverage_schedule(bounds, leverages)


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """Tiers from ``lower_bounds`` of notional on; rates are shares of notional, ``source`` says whose they are.

    Without ``rates`` maintenance is half the initial margin at maximum leverage. Raises ``MarginError`` naming a tier
    that contradicts the one before, or itself.
    """

    lower_bounds: tuple[float, ...]
    rates: tuple[float, ...] | None = None
    max_leverages: tuple[float, ...] | None = None
    limit: float | None = None
    source: str = STATED

    def __post_init__(self) -> None:
        self.schedule()

    def schedule(self) -> Schedule:
        """Checked tiers for :mod:`seawall.kernels.margin`."""
        return _schedule(self.lower_bounds, self.rates, self.max_leverages)

    def check_opening(self, notional: float, leverage: float | None) -> None:
        """Raise ``MarginError`` for a notional beyond the table or a leverage its tier does not allow.

        ``leverage`` None: not stated. Raises ``DomainError`` for one below 1.
        """
        if self.limit is not None and notional > self.limit:
            raise MarginError(
                f"a notional of {notional:,.10g} is above the {self.limit:,.10g} that these tiers cover "
                f"({self.source}): state the tiers in the book"
            )
        if leverage is None:
            return
        if not (np.isfinite(leverage) and leverage >= 1.0):
            raise DomainError(f"leverage must be at least 1, was {leverage}")
        tiers = self.schedule()
        k = int(np.searchsorted(tiers.lower_bounds, notional, side="right")) - 1
        if self.max_leverages is not None and leverage > self.max_leverages[k]:
            raise MarginError(
                f"leverage {leverage:g} is above the tier: at most {self.max_leverages[k]:g} at a notional of "
                f"{notional:,.10g} ({self.source})"
            )
        share = float(tiers.rates[k] - tiers.deductions[k] / notional)
        if share * leverage >= 1.0:
            raise MarginError(
                f"leverage {leverage:g} leaves less than the maintenance margin {share:g}: "
                f"at most {1.0 / share:.4g} can be opened"
            )


def flat_terms(rate: float) -> MarginTerms:
    """One maintenance rate for every notional."""
    return MarginTerms((0.0,), (rate,))


def venue_terms(tiers: Tiers) -> MarginTerms:
    """The tiers of a venue table, with their date."""
    return MarginTerms(
        tiers.lower_bounds, tiers.rates, tiers.max_leverages, tiers.limit, f"{tiers.source}, as of {tiers.as_of}"
    )
