"""Bid and ask of listed options of one expiry, as plain arrays; or modelled off a smile where nothing is listed."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.convexity.smile_price import Smile, checked_market
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, QuoteError
from seawall.kernels.black import black

Floats = NDArray[np.float64]

CALL = 1.0
PUT = -1.0


class OptionQuotes(NamedTuple):
    """Quotes of one expiry, arrays of one length; prices per unit of the underlying, today's money.

    ``right``: +1 call, -1 put. ``size``: contracts that can be traded each way, inf when not known. ``years``: to
    expiry. ``origin`` says whether anyone quoted them; ``source`` who, or the rule.
    """

    strikes: Floats
    right: Floats
    bid: Floats
    ask: Floats
    size: Floats
    years: float
    source: str
    origin: Origin = Origin.OBSERVED

    @property
    def mid(self) -> Floats:
        """Middle of bid and ask."""
        return 0.5 * (self.bid + self.ask)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "OptionQuotes":
        """The quotes of these rows (a mask or positions)."""
        return self._replace(
            strikes=self.strikes[rows],
            right=self.right[rows],
            bid=self.bid[rows],
            ask=self.ask[rows],
            size=self.size[rows],
        )


def checked_quotes(quotes: OptionQuotes) -> OptionQuotes:
    """The quotes as float arrays. Raises DomainError, QuoteError (a bid above its ask, or no ask)."""
    k, right, bid, ask, size = (np.asarray(column, dtype=np.float64) for column in quotes[:5])
    if k.ndim != 1 or k.size == 0 or any(column.shape != k.shape for column in (right, bid, ask, size)):
        raise DomainError("quotes need a strike, right, bid, ask and size a row: give arrays of one length, not empty")
    if not (np.all(np.isfinite(k)) and np.all(k > 0.0) and np.all(np.isin(right, (CALL, PUT)))):
        raise DomainError("strikes must be finite and > 0, rights +1 (call) or -1 (put): drop the other rows")
    if not np.all(size >= 0.0) or not 0.0 < quotes.years < math.inf:
        raise DomainError("sizes must be >= 0 (inf when not known) and years finite and > 0: check the chain")
    bad = ~((bid >= 0.0) & (bid <= ask) & (ask > 0.0) & np.isfinite(ask))
    if np.any(bad):
        i = int(np.argmax(bad))
        raise QuoteError(f"the quote at {k[i]:g} has bid {bid[i]:g} and ask {ask[i]:g}: drop crossed and empty rows")
    return quotes._replace(strikes=k, right=right, bid=bid, ask=ask, size=size)


def modelled_quotes(
    smile: Smile,
    forward: float,
    years: float,
    strikes: ArrayLike,
    half_spread: float,
    discount: float = 1.0,
    size: float = math.inf,
) -> OptionQuotes:
    """A put and a call at each strike, priced off a smile, bid and ask ``half_spread`` (a share of mid) away.

    For assets without listed options: nobody quotes these prices, and the spread is an assumption, so the origin is
    ``MODELLED`` and the source says both. Raises DomainError.
    """
    checked_market(forward, 0.0, years, discount)
    k = np.unique(np.asarray(strikes, dtype=np.float64))
    if not (k.size and np.all(np.isfinite(k)) and k[0] > 0.0 and years > 0.0 and 0.0 <= half_spread < 1.0):
        raise DomainError("strikes must be finite and > 0, years > 0, half_spread a share in [0, 1): 0.03 is 3 %")
    vols = np.array(smile.vol(k, np.asarray(forward, dtype=np.float64), years), dtype=np.float64)
    if not (np.all(np.isfinite(vols)) and np.all(vols >= 0.0)):
        raise DomainError("the smile has a vol that is not finite or below 0: refit it")
    at, right = np.concatenate([k, k]), np.repeat([PUT, CALL], k.size)
    mid = discount * black(forward, at, years, np.concatenate([vols, vols]), 0.0, right).price
    priced = mid > 0.0
    named = str(getattr(smile, "source", "a smile"))
    return OptionQuotes(
        at[priced],
        right[priced],
        (mid * (1.0 - half_spread))[priced],
        (mid * (1.0 + half_spread))[priced],
        np.full(int(np.count_nonzero(priced)), float(size)),
        years,
        f"modelled off {named}, half-spread {half_spread:.4g} of mid assumed",
        Origin.MODELLED,
    )
