"""Small markets and books that several tests price in."""

from datetime import UTC, datetime, timedelta

import numpy as np

from seawall.core.datum import Datum, Origin
from seawall.instruments.structures import Structure, condor, option_on
from seawall.market.curve import VixCurve
from seawall.market.smile import FlatSmile, QuotedSmile, Smile
from seawall.market.state import Asset, State, VixMarket

NOW = datetime(2021, 3, 1, 21, 0, tzinfo=UTC)
EXPIRES = NOW + timedelta(days=45)
CONDOR_STRIKES = (5480.0, 5685.0, 6355.0, 6590.0)


def datum(value: float) -> Datum[float]:
    """A number observed now."""
    return Datum(value, NOW, NOW, "test")


def state(
    smile: Smile, spot: float = 6000.0, rate: float = 0.0, income: float = 0.0, realised: float | None = 0.15
) -> State:
    """SPX with a smile, ETH at 2000 with 80 % vol and 0.1095 funding, VIX 18 with a modelled curve."""
    known = None if realised is None else datum(realised)
    assets = {
        "SPX": Asset(datum(spot), smile, income, known),
        "ETH": Asset(datum(2000.0), FlatSmile(0.8, "test"), 0.0, datum(0.8), datum(0.1095)),
    }
    vvix = Datum(93.5, NOW, NOW, "test", Origin.MODELLED)
    return State(NOW, assets, datum(rate), VixMarket(datum(18.0), VixCurve(18.0, 19.0), vvix, datum(1.2)))


def method_smile() -> QuotedSmile:
    """Smile of the condor example in METHOD 4: .16 - .35 ln(K/S) for puts, - .15 for calls, S 6000."""
    moneyness = np.log(np.array(CONDOR_STRIKES) / 6000.0)
    vols = 0.16 - np.where(moneyness < 0.0, 0.35, 0.15) * moneyness
    return QuotedSmile(CONDOR_STRIKES, tuple(float(v) for v in vols), "METHOD 4")


def method_condor(multiplier: float = 1.0) -> Structure:
    """The condor of METHOD 4, long, per unit."""
    return condor(option_on("SPX", multiplier), CONDOR_STRIKES, EXPIRES)
