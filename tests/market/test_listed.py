"""One expiry of a chain as plain quotes."""

import datetime as dt

import numpy as np
import pytest
from tests.made_chains import AS_OF, chain_of

from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError, MissingExpiryError
from seawall.market.listed import listed_quotes

NEAR, FAR = dt.date(2025, 9, 19), dt.date(2025, 10, 17)


def test_rows_of_one_expiry_sorted_and_without_what_is_no_quote():
    chain = chain_of(
        [
            (NEAR, "SPXW", 110.0, 1.0, 1.0, 1.2),
            (NEAR, "SPXW", 90.0, -1.0, 0.0, 0.3),
            (NEAR, "SPXW", 90.0, 1.0, 10.0, 10.4),
            (NEAR, "SPXW", 95.0, -1.0, 0.9, 0.7),
            (NEAR, "SPXW", 105.0, 1.0, 0.0, 0.0),
            (NEAR, "SPXW", 110.0, 1.0, 5.0, 6.0),
            (FAR, "SPXW", 100.0, 1.0, 3.0, 3.2),
        ]
    )
    found = listed_quotes(chain, NEAR, "SPXW", size=50.0)
    assert found.strikes.tolist() == [90.0, 90.0, 110.0]
    assert found.right.tolist() == [-1.0, 1.0, 1.0]
    assert found.bid.tolist() == [0.0, 10.0, 1.0]
    assert found.ask.tolist() == [0.3, 10.4, 1.2]
    assert found.size.tolist() == [50.0] * 3
    assert (found.source, found.origin) == ("made", Origin.SYNTHETIC)
    # 16:00 New York of the expiry, ACT/365 by the minute (METHOD 0.2).
    settles = dt.datetime(2025, 9, 19, 20, 0, tzinfo=dt.UTC)
    assert found.years == pytest.approx((settles - AS_OF).total_seconds() / (365 * 86400))
    assert np.all(np.isinf(listed_quotes(chain, FAR, "SPXW").size))


def test_what_is_not_there_is_said():
    chain = chain_of([(NEAR, "SPXW", 95.0, -1.0, 0.9, 0.7), (dt.date(2025, 8, 29), "SPXW", 95.0, -1.0, 0.5, 0.7)])
    with pytest.raises(MissingExpiryError):
        listed_quotes(chain, FAR, "SPXW")
    with pytest.raises(MissingDataError, match="quotes nothing"):
        listed_quotes(chain, NEAR, "SPXW")
    with pytest.raises(MissingDataError, match="still to settle"):
        listed_quotes(chain, dt.date(2025, 8, 29), "SPXW")
