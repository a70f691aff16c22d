"""Quotes of one expiry of a chain in the form that pricing and hedging of densities take."""

import datetime as dt
import math

import numpy as np

from seawall.convexity.option_quotes import OptionQuotes
from seawall.core.errors import MissingDataError, MissingExpiryError
from seawall.market.chain import Chain
from seawall.market.cleaning import distinct
from seawall.market.parity import quoted


def listed_quotes(chain: Chain, expiry: dt.date, root: str, size: float = math.inf) -> OptionQuotes:
    """Bid and ask of an expiry, rows that cannot be quotes and repeats left out; years ACT/365 to its settlement.

    A chain does not say how many contracts stand behind a quote: ``size`` is the assumption, both ways. Raises
    MissingExpiryError, MissingDataError (nothing quoted, or settled).
    """
    rows = chain.rows(expiry, root)
    rows = rows.take(quoted(rows))
    rows = rows.take(distinct(rows))
    years = float(rows.years()[0]) if rows.size else 0.0
    if not years > 0.0:
        raise MissingDataError(f"the chain quotes nothing for {expiry} {root} that is still to settle: choose another")
    order = np.lexsort((rows.right, rows.strike))
    columns = (rows.strike[order], rows.right[order], rows.bid[order], rows.ask[order])
    return OptionQuotes(*columns, np.full(rows.size, float(size)), years, rows.source, rows.origin)


def expiry_near(chain: Chain, wanted: dt.date | None, days: float = 30.0) -> tuple[dt.date, str]:
    """Expiry and root of ``wanted``, or the one nearest to ``days`` from the chain's session.

    Raises MissingExpiryError for a day that is not listed.
    """
    listed = chain.expiries()
    if wanted is None:
        return min(listed, key=lambda one: abs((one[0] - chain.session).days - days))
    found = [one for one in listed if one[0] == wanted]
    if not found:
        nearest = min(listed, key=lambda one: abs((one[0] - wanted).days))[0]
        raise MissingExpiryError(f"the chain lists no expiry on {wanted}: the nearest is {nearest}")
    return found[-1]
