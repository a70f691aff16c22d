"""Columns of the tables of pool and perp programs: what one is, and what it holds.

Row p of both tables belongs to program p of the run; a program of options or futures has kind ``NO_COIN``.
"""

from typing import Final

NO_COIN, POOL, PERP = range(3)

KIND, ASSET, AMOUNT, OF_EQUITY, MODELLED = range(5)
FEES, LOW, HIGH, GAS, RECENTRE, WIDTH, POOL_FEE, EVERY = range(5, 13)
AROUND, TARGET, LEVERAGE, MAINTENANCE, TAKER, BAND, REFILL, FOLLOWS = range(13, 21)
COIN_WIDTH: Final = 21
"""Asset: column of the coins. Amount: of a pool, dollars, or a share of equity where ``OF_EQUITY`` is 1. Modelled: 1
if what the market pays it (fees, funding) was not observed. Fees: column of the fee rates. Around: 1 if the
range is set by its width around the price of the opening.
Gas, pool fee and taker rate hold the multiple of the costs. Refill: margin below this share of what a trade would set
is topped up. Follows: the program of the pool whose delta is hedged, -1 none."""

OPEN, VALUE, PRICE, SINCE, SPREAD, STATE = range(6)
STATE_WIDTH: Final = STATE + 12
"""What is held: 1 if a pool is open, dollars (a pool's tokens, a perp's margin), last price, time of opening, ln(high /
low) of the session; then the fields of ``pool_leg.PoolState`` or ``perp_leg.PerpState``."""
