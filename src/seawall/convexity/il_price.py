"""What options say impermanent loss is worth: price and implied vol at bid, mid and ask (METHOD 2.3).

The price of a pool's density off one expiry is the market's expected impermanent loss to that date; the flat vol with
the same price is to be set beside the vol that its fees pay for (``kernels.amm.fee_implied_vol``,
``convexity.price.break_even_vol``).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.density import ConvexityDensity, FlowDensity
from seawall.convexity.option_quotes import CALL, OptionQuotes, checked_quotes
from seawall.convexity.price import Answer, implied_il_vol, parity_terms
from seawall.convexity.quote_price import Wings, price_quotes
from seawall.convexity.smile_price import Smile, price_smile, terminal
from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.core.status import Status

Floats = NDArray[np.float64]


class QuotedLoss(NamedTuple):
    """``listed``: price of the part between the listed strikes. ``vol``: flat vol of the whole density's price.

    ``repair``: the most any quote was lowered to make the prices convex in strike.
    """

    listed: float
    vol: Answer
    repair: float


class LossPrices(NamedTuple):
    """Expected impermanent loss at the bids, mids and asks of one expiry, today's money.

    A price of the whole is ``listed + tail + moved``: ``tail`` is what lies beyond the strikes, priced on the wings
    (nan with UNKNOWN without wings; the vols are then unknown too); ``moved`` is the loss already made between the
    pivot and the forward.
    """

    bid: QuotedLoss
    mid: QuotedLoss
    ask: QuotedLoss
    tail: float
    tail_status: Status
    moved: float
    origin: Origin
    source: str


def out_of_the_money(quotes: OptionQuotes, forward: float) -> OptionQuotes:
    """Puts below the forward and calls from it on, strikes rising."""
    side = np.where(quotes.strikes >= forward, CALL, -CALL)
    chosen = quotes.take(quotes.right == side)
    return chosen.take(np.argsort(chosen.strikes, kind="stable"))


def _vol(
    density: ConvexityDensity, listed: float, tail: float, forward: float, years: float, discount: float
) -> Answer:
    if not math.isfinite(tail):
        return Answer(math.nan, Status.UNKNOWN)
    return implied_il_vol(density, listed + tail, forward, years, discount)


def quoted_loss(
    density: ConvexityDensity | FlowDensity,
    pivot: float,
    quotes: OptionQuotes,
    forward: float,
    discount: float = 1.0,
    *,
    wings: Smile | None = None,
    repair: bool = False,
) -> LossPrices:
    """Price and implied vol of the loss from ``pivot`` (the entry price), off bids, mids and asks.

    ``wings`` prices the strikes beyond the quotes. ``repair`` lowers quotes that are not convex in strike, which asks
    and bids one by one often are not; without it they raise ButterflyArbitrageError. Raises ConventionError (flow,
    profile, another expiry), DomainError, QuoteError.
    """
    quotes = checked_quotes(quotes)
    density = terminal(density, quotes.years)
    if not (math.isfinite(forward) and forward > 0.0 and math.isfinite(discount) and discount > 0.0):
        raise DomainError(f"forward and discount must be finite and > 0, were {forward} and {discount}: use parity")
    outside = out_of_the_money(quotes, forward)
    beyond = None if wings is None else Wings(wings, forward, quotes.years, discount)
    sides = []
    for column in (outside.bid, outside.mid, outside.ask):
        found = price_quotes(density, outside.strikes, column, beyond, repair=repair)
        vol = _vol(density, found.price, found.tail, forward, quotes.years, discount)
        sides.append((QuotedLoss(found.price, vol, found.residual), found))
    tail, status = sides[0][1].tail, sides[0][1].status
    moved = parity_terms(density, pivot, forward, discount)
    return LossPrices(sides[0][0], sides[1][0], sides[2][0], tail, status, moved, quotes.origin, quotes.source)


def smile_loss(
    density: ConvexityDensity | FlowDensity,
    pivot: float,
    smile: Smile,
    forward: float,
    years: float,
    discount: float = 1.0,
) -> tuple[float, Answer]:
    """Price today of the expected loss from ``pivot`` off a smile, and its implied vol (of the part not yet made).

    Raises ConventionError, DomainError, NotConvergedError.
    """
    density = terminal(density, years)
    price = price_smile(density, smile, forward, years, discount)
    vol = implied_il_vol(density, price, forward, years, discount)
    return price + parity_terms(density, pivot, forward, discount), vol
