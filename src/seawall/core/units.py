"""Units and signs, written once.

Prices, strikes and liquidation prices are positive quote units. Volatility is per square root of a year
(0.20 = 20 %) inside, points (20.0) when shown. Values are dollars to the holder: long > 0. Gamma of a short
convexity position is negative; its density ``g = -V''`` is positive. Theta, carry, rent and funding are
dollars per year inside; theta is shown per day (1/365). Rent is a positive cost.
"""

from typing import Final

DAYS_PER_YEAR: Final = 365.0
MINUTES_PER_YEAR: Final = 525_600.0
SESSIONS_PER_YEAR: Final = 252.0
VOL_POINT: Final = 0.01
PERCENT: Final = 0.01

SPX_OPTION_MULTIPLIER: Final = 100.0
VIX_OPTION_MULTIPLIER: Final = 100.0
VIX_FUTURE_MULTIPLIER: Final = 1000.0
