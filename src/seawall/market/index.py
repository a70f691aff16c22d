"""VIX out of a chain by the exchange's rules: two Fridays that straddle thirty days, the strip of each (METHOD 1.3)."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.clock import FIRST_DAY, FRIDAY, LAST_DAY, is_session
from seawall.core.errors import MissingDataError, MissingExpiryError, SeawallError
from seawall.core.units import MINUTES_PER_YEAR
from seawall.kernels.strip import (
    MINUTES_PER_DAY,
    ChainQuotes,
    Strip,
    select_strip,
    strip_exact,
    strip_variance,
    vix_index,
)
from seawall.market.chain import CALL, OPENING_ROOTS, PUT, Chain
from seawall.market.cleaning import distinct
from seawall.market.parity import Forward, parity, quoted

NEAR_DAYS: Final = range(24, 31)
NEXT_DAYS: Final = range(31, 38)
"""Calendar days to a Friday: more than 23; on the Wednesday of the weekly roll, 30 and 37 (Cboe white paper)."""


class Term(NamedTuple):
    """One constituent expiry. ``variance`` and the tails are per year; ``strikes`` counts the options of the strip.

    ``passed_over``: strikes whose out-of-the-money option is not in the chain. ``tail_below`` and ``tail_above``:
    variance beyond the outermost strikes at their vols, not part of the index.
    """

    expiry: dt.date
    root: str
    days: float
    rate: float
    forward: float
    centre: float
    strikes: int
    lowest: float
    highest: float
    passed_over: int
    variance: float
    tail_below: float
    tail_above: float


@dataclass(frozen=True, slots=True)
class IndexReading:
    """The index in points at ``as_of``, its two terms with their constituents, and what was assumed on the way."""

    underlying: str
    as_of: dt.datetime
    vix: float
    near: Term
    following: Term
    strips: tuple[Strip, Strip]
    notes: tuple[str, ...]

    @property
    def unlisted(self) -> float:
        """Points the index would gain if the tails beyond the listed strikes were priced at their end vols."""
        near, following = (t.variance + t.tail_below + t.tail_above for t in (self.near, self.following))
        minutes = self.near.days * MINUTES_PER_DAY, self.following.days * MINUTES_PER_DAY
        return vix_index(near, following, *minutes, window=None) - self.vix


def vix_of(chain: Chain, rates: tuple[float, float] | None = None) -> IndexReading:
    """The index of a chain. ``rates``: continuous, of the near and the next expiry; else what parity implies for each.

    Near and next are the Friday expiries (a Thursday where the Friday is a holiday) 24-30 and 31-37 calendar days
    away; where one date has both an AM and a PM option, the AM-settled is taken. A strike whose out-of-the-money
    option is absent is passed over: it is not a zero bid. Raises ``MissingExpiryError`` naming the Fridays there are,
    ``MissingDataError`` without call-put pairs, and what the strip raises (``QuoteError``).
    """
    forwards = {(one.expiry, one.root): one for one in parity(chain)}
    near_rate, next_rate = rates or (None, None)
    pairs = _terms(chain)
    near, near_strip = _term(chain, pairs[0], forwards, near_rate)
    following, next_strip = _term(chain, pairs[1], forwards, next_rate)
    minutes = near.days * MINUTES_PER_DAY, following.days * MINUTES_PER_DAY
    index = vix_index(near.variance, following.variance, *minutes, window=None)
    notes = chain.assumptions()
    if rates is None:
        notes.append("interest rates are those of put-call parity, not Treasury yields")
    strips = (near_strip, next_strip)
    return IndexReading(chain.underlying, chain.as_of, index, near, following, strips, tuple(notes))


def friday_of(expiry: dt.date) -> dt.date | None:
    """The Friday an expiry stands for: itself, or the next day if it is a Thursday before a holiday; else None."""
    day = expiry + dt.timedelta(days=(FRIDAY - expiry.weekday()) % 7)
    if day == expiry:
        return day
    known = FIRST_DAY <= day <= LAST_DAY
    return day if known and (day - expiry).days == 1 and not is_session(day) else None


def _terms(chain: Chain) -> tuple[tuple[dt.date, str], tuple[dt.date, str]]:
    session = chain.session
    listed: dict[int, tuple[dt.date, str]] = {}
    for expiry, root in chain.expiries():
        friday = friday_of(expiry)
        if friday is not None:
            days = (friday - session).days
            if days not in listed or (root in OPENING_ROOTS and expiry.month == friday.month):
                listed[days] = (expiry, root)
    near = [days for days in listed if days in NEAR_DAYS]
    following = [days for days in listed if days in NEXT_DAYS]
    if not near or not following:
        known = ", ".join(f"{expiry} ({days} d)" for days, (expiry, _) in sorted(listed.items())[:12]) or "none"
        raise MissingExpiryError(
            f"the index of {session} needs a Friday expiry 24-30 and one 31-37 days away, the chain has: {known}"
        )
    return listed[max(near)], listed[min(following)]


def _term(
    chain: Chain, pair: tuple[dt.date, str], forwards: dict[tuple[dt.date, str], Forward], rate: float | None
) -> tuple[Term, Strip]:
    fitted = forwards.get(pair)
    if fitted is None or not np.isfinite(fitted.forward):
        raise MissingDataError(f"expiry {pair[0]} {pair[1]} has no strike with a call and a put: give the whole chain")
    r = fitted.rate if rate is None else rate
    quotes, passed_over = strip_quotes(chain.rows(*pair), fitted)
    try:
        strip = select_strip(quotes, r, fitted.years)
    except SeawallError as fault:
        raise type(fault)(f"expiry {pair[0]} {pair[1]}: {fault}") from None
    variance, exact = strip_variance(strip, r, fitted.years), strip_exact(strip, r, fitted.years)
    days = fitted.years * MINUTES_PER_YEAR / MINUTES_PER_DAY
    ends = float(strip.strikes[0]), float(strip.strikes[-1])
    term = Term(
        *pair, days, r, strip.forward, strip.centre, strip.strikes.size, *ends, passed_over,
        variance, exact.tail_below, exact.tail_above,
    )  # fmt: skip
    return term, strip


def strip_quotes(rows: Chain, fitted: Forward) -> tuple[ChainQuotes, int]:
    """Both sides of one expiry at rising strikes, and how many strikes lack their out-of-the-money option.

    Those strikes are left out. An in-the-money option that is absent or has no ask gets its parity price, so that it
    can neither be a constituent nor move the forward.
    """
    rows = rows.take(distinct(rows))
    out_of_money = np.where(rows.right == CALL, rows.strike >= fitted.forward, rows.strike < fitted.forward)
    zero = np.isfinite(rows.strike) & (rows.strike > 0.0) & (rows.bid == 0.0) & (rows.ask == 0.0)
    rows = rows.take(quoted(rows) | (out_of_money & zero))
    strikes = np.unique(rows.strike)
    bid, ask = {}, {}
    for side in (CALL, PUT):
        mine = rows.right == side
        bid[side], ask[side] = np.full(strikes.size, np.nan), np.full(strikes.size, np.nan)
        at = np.searchsorted(strikes, rows.strike[mine])
        bid[side][at], ask[side][at] = rows.bid[mine], rows.ask[mine]
    above = strikes >= fitted.forward
    kept = np.isfinite(np.where(above, ask[CALL], ask[PUT]))
    for side, other in ((CALL, PUT), (PUT, CALL)):
        gap = side * fitted.discount * (fitted.forward - strikes)
        price = np.maximum(0.5 * (bid[other] + ask[other]) + gap, 0.0)
        absent = np.isnan(ask[side])
        bid[side], ask[side] = np.where(absent, price, bid[side]), np.where(absent, price, ask[side])
    columns = (strikes, bid[CALL], ask[CALL], bid[PUT], ask[PUT])
    return ChainQuotes(*(column[kept] for column in columns)), int(np.count_nonzero(~kept))
