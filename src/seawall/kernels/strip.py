"""The VIX formula: which quotes enter, the variance of one expiry, and the index from two (METHOD 1.3).

The strip prices the density ``2/(K^2 T)``. Prices in quote units, ``rate`` per year, ``years`` ACT/365 by the
minute; variance is per year, the index in points. Source: Cboe VIX white papers 2009 and 2014.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingExpiryError, QuoteError, StrikesOutOfOrderError
from seawall.kernels.black import value_one
from seawall.kernels.compiled import compiled
from seawall.kernels.segments import segment_on_quotes, segment_price

Floats = NDArray[np.float64]

MINUTES_PER_DAY = 1440.0
MINUTES_30_DAYS = 43_200.0
WINDOW_DAYS = (23.0, 37.0)
# After this many zero bids in a row nothing further out is used; the count restarts at every bid.
ZERO_BIDS_TO_STOP = 2
FEWEST_STRIKES_A_SIDE = 3


class ChainQuotes(NamedTuple):
    """One expiry: rising strikes with bids and asks of both sides, arrays of one length."""

    strikes: Floats
    call_bid: Floats
    call_ask: Floats
    put_bid: Floats
    put_ask: Floats


class Strip(NamedTuple):
    """The constituents: out-of-the-money mids at rising strikes, with both mids at ``centre`` (K0)."""

    strikes: Floats
    mids: Floats
    forward: float
    centre: float
    centre_put: float
    centre_call: float


class ExactStrip(NamedTuple):
    """Variance of the listed part, mids linear between strikes; and of the tails beyond, at flat end vols."""

    variance: float
    tail_below: float
    tail_above: float


def _checked(quotes: ChainQuotes) -> ChainQuotes:
    chain = ChainQuotes(*(np.array(column, dtype=np.float64) for column in quotes))
    if len({column.shape for column in chain}) != 1 or chain.strikes.ndim != 1:
        raise DomainError("strikes, bids and asks must be arrays of one length: align them by strike")
    if not all(np.all(np.isfinite(column)) for column in chain):
        raise DomainError("strikes and quotes must be finite: drop the rows without numbers")
    if np.any(chain.strikes <= 0.0) or any(np.any(column < 0.0) for column in chain[1:]):
        raise DomainError("strikes must be > 0 and quotes >= 0: check the columns")
    if np.any(np.diff(chain.strikes) <= 0.0):
        raise StrikesOutOfOrderError("strikes must rise and be distinct: sort them and drop duplicates")
    for side, bid, ask in (("call", chain.call_bid, chain.call_ask), ("put", chain.put_bid, chain.put_ask)):
        crossed = bid > ask
        if np.any(crossed):
            strike = chain.strikes[np.argmax(crossed)]
            raise QuoteError(f"{side} {strike:g} has its bid above its ask: drop the quote or refresh the chain")
    return chain


def _horizon(rate: float, years: float) -> None:
    if not (np.isfinite(rate) and np.isfinite(years) and years > 0.0):
        raise DomainError(f"rate must be finite and years > 0, were {rate} and {years}: years = minutes/525600")


@compiled
def outward(bids: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which bids, ordered outward, enter: zero bids do not, nothing beyond two of them in a row does."""
    taken = np.zeros(bids.size, dtype=np.bool_)
    zeros = 0
    for i in range(bids.size):
        if bids[i] > 0.0:
            taken[i] = True
            zeros = 0
        else:
            zeros += 1
            if zeros == ZERO_BIDS_TO_STOP:
                break
    return taken


def select_strip(quotes: ChainQuotes, rate: float, years: float) -> Strip:
    """Forward, K0 and the out-of-the-money mids of one expiry by the Cboe rule.

    The forward is read at the strike of least ``|C - P|`` (the lowest on a tie); K0 is the largest strike at
    or below it. Raises QuoteError (crossed, no strike at or below the forward, fewer than 3 strikes on a
    side), StrikesOutOfOrderError, DomainError.
    """
    chain = _checked(quotes)
    _horizon(rate, years)
    calls = 0.5 * (chain.call_bid + chain.call_ask)
    puts = 0.5 * (chain.put_bid + chain.put_ask)
    if calls.size == 0:
        raise QuoteError("the chain is empty: give at least 3 strikes on each side")
    nearest = int(np.argmin(np.abs(calls - puts)))
    forward = float(chain.strikes[nearest] + np.exp(rate * years) * (calls[nearest] - puts[nearest]))
    at = int(np.searchsorted(chain.strikes, forward, side="right")) - 1
    if at < 0:
        raise QuoteError(f"no strike at or below the forward {forward:g}: the chain lacks its lower half")
    below = np.flatnonzero(outward(np.ascontiguousarray(chain.put_bid[:at][::-1])))
    above = np.flatnonzero(outward(chain.call_bid[at + 1 :]))
    if min(below.size, above.size) < FEWEST_STRIKES_A_SIDE:
        raise QuoteError(
            f"{below.size} puts and {above.size} calls with a bid around {forward:g}, 3 of each are needed: "
            "use another expiry"
        )
    low, high = at - 1 - below[::-1], at + 1 + above
    centre = 0.5 * (puts[at] + calls[at])
    return Strip(
        np.concatenate([chain.strikes[low], chain.strikes[[at]], chain.strikes[high]]),
        np.concatenate([puts[low], [centre], calls[high]]),
        forward, float(chain.strikes[at]), float(puts[at]), float(calls[at]),
    )  # fmt: skip


def strip_variance(strip: Strip, rate: float, years: float) -> float:
    """Annual variance ``(2/T) sum dK/K^2 e^{RT} Q - (1/T)(F/K0 - 1)^2``. Raises DomainError."""
    _horizon(rate, years)
    strikes = strip.strikes
    # Half the distance between the neighbours inside is what np.gradient gives, a full step at the ends.
    steps = np.gradient(strikes)
    total = float(np.sum(steps / strikes**2 * strip.mids)) * np.exp(rate * years)
    return float((2.0 * total - (strip.forward / strip.centre - 1.0) ** 2) / years)


@compiled
def end_deviation(forward: float, strike: float, quote: float) -> float:
    """Deviation at which an out-of-the-money option has this undiscounted price, by bisection; 0 for none."""
    side = 1.0 if strike >= forward else -1.0
    low, high = 0.0, 10.0
    if quote <= 0.0:
        return 0.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if value_one(forward, strike, 1.0, middle, 1.0, side) < quote:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def strip_exact(strip: Strip, rate: float, years: float) -> ExactStrip:
    """Variance of the same quotes without sums: ``2/(T K^2)`` on mids linear in strike (METHOD 2.3).

    Puts run up to K0 and calls from it, and ``(F/K0 - 1) - ln(F/K0)`` replaces its square. The tails beyond
    the outermost constituents are priced at the vol of the end quote and reported apart, never added. Raises
    DomainError.
    """
    _horizon(rate, years)
    growth = float(np.exp(rate * years))
    at = int(np.searchsorted(strip.strikes, strip.centre))
    puts, calls = strip.mids[: at + 1].copy(), strip.mids[at:].copy()
    puts[-1], calls[0] = strip.centre_put, strip.centre_call
    first, last = float(strip.strikes[0]), float(strip.strikes[-1])
    listed = segment_on_quotes(first, strip.centre, 2.0, strip.strikes[: at + 1], puts)
    listed += segment_on_quotes(strip.centre, last, 2.0, strip.strikes[at:], calls)
    gap = strip.forward / strip.centre
    variance = 2.0 / years * (growth * listed - ((gap - 1.0) - np.log(gap)))
    below = end_deviation(strip.forward, first, growth * puts[0])
    above = end_deviation(strip.forward, last, growth * calls[-1])
    return ExactStrip(
        float(variance),
        2.0 / years * segment_price(0.0, first, 2.0, strip.forward, below),
        2.0 / years * segment_price(last, np.inf, 2.0, strip.forward, above),
    )


def vix_index(
    near_variance: float,
    next_variance: float,
    near_minutes: float,
    next_minutes: float,
    window: tuple[float, float] | None = WINDOW_DAYS,
) -> float:
    """Index in points: total variance interpolated in minutes to 30 days, annualised, times 100.

    ``window`` bounds the constituents in days; ``None`` switches it off (older rules, extrapolation). Raises
    MissingExpiryError outside the window, DomainError for equal minutes or a negative interpolated variance.
    """
    numbers = (near_variance, next_variance, near_minutes, next_minutes)
    if not all(np.isfinite(x) for x in numbers) or min(near_minutes, next_minutes) <= 0.0:
        raise DomainError(f"variances must be finite and minutes > 0, were {numbers}: check the expiries")
    if near_minutes == next_minutes:
        raise DomainError(f"both expiries are {near_minutes:g} minutes away: give two different expiries")
    if window is not None:
        for minutes in (near_minutes, next_minutes):
            days = minutes / MINUTES_PER_DAY
            if not window[0] <= days <= window[1]:
                raise MissingExpiryError(
                    f"an expiry is {days:.2f} days away, outside {window[0]:g}-{window[1]:g}: "
                    "choose another expiry, or window=None"
                )
    near, following = near_variance * near_minutes, next_variance * next_minutes
    span = next_minutes - near_minutes
    mixed = (near * (next_minutes - MINUTES_30_DAYS) + following * (MINUTES_30_DAYS - near_minutes)) / span
    if mixed < 0.0:
        raise DomainError("the variance at 30 days is negative: the two expiries contradict each other")
    return float(100.0 * np.sqrt(mixed / MINUTES_30_DAYS))
