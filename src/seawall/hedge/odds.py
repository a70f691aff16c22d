"""Where the price may end at an expiry, by three witnesses: the market's smile, realised volatility, and past moves.

Each is a discrete distribution: prices and weights that sum to one. The market's is risk-neutral: the mass between two
strikes is the change of the slope of undiscounted call prices (Breeden and Litzenberger 1978).
"""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import sessions
from seawall.core.datum import Origin
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels.black import black
from seawall.kernels.tails import effective_sample
from seawall.market.expiry import Expiry
from seawall.market.history import History
from seawall.market.smile import FlatSmile, Smile

Floats = NDArray[np.float64]

NODES: Final = 6001
BELOW: Final = 12.0
ABOVE: Final = 8.0
"""Deviations around the forward that the grid covers."""
LEVEL: Final = 0.95
FEWEST: Final = 250
"""Past windows below which past moves are no witness."""


class Outcomes(NamedTuple):
    """Prices at expiry, rising, and their weights; ``windows`` independent ones behind it, 0 for a model."""

    witness: str
    origin: Origin
    price: Floats
    weight: Floats
    windows: float = 0.0


class Odds(NamedTuple):
    """What a payoff does under one witness: chance of a gain, mean, CVaR95 of the loss, chance of the largest loss.

    Dollars per contract at expiry, not discounted; a chance of 1 is certainty.
    """

    witness: str
    origin: Origin
    profit: float
    mean_usd: float
    cvar95_usd: float
    worst: float
    windows: float


def smile_outcomes(smile: Smile, forward: float, years: float, witness: str, origin: Origin) -> Outcomes:
    """Risk-neutral distribution of a smile; the smile must be free of butterfly arbitrage where it has weight."""
    money = float(smile.vol(np.array([forward]), np.array([forward]), years)[0]) * float(np.sqrt(years))
    strike = forward * np.exp(money * np.linspace(-BELOW, ABOVE, NODES))
    vol = smile.vol(strike, np.full(NODES, forward), years)
    call = black(forward, strike, years, vol, 0.0, 1.0).price
    slope = np.concatenate([[-1.0], np.diff(call) / np.diff(strike), [0.0]])
    weight = np.maximum(np.diff(slope), 0.0)
    return Outcomes(witness, origin, strike, weight / weight.sum())


def flat_outcomes(vol: float, forward: float, years: float, witness: str, origin: Origin) -> Outcomes:
    """Lognormal with mean ``forward``: no view on direction, only on how far."""
    return smile_outcomes(FlatSmile(vol, witness, origin), forward, years, witness, origin)


def past_outcomes(history: History, upto: dt.datetime, of: Expiry) -> Outcomes | None:
    """Past moves of SPX over as many sessions, each over the VIX of its first day, times today's volatility.

    Overlapping windows, all equally likely, of what was known at ``upto``; None with fewer than 250 of them.
    """
    if not (history.has("SPX") and history.has("VIX")):
        return None
    spx, vix = (history.get(name).upto(upto) for name in ("SPX", "VIX"))
    if not len(spx):
        return None
    span = max(int(sessions(of.as_of.date() + dt.timedelta(days=1), of.day).size), 1)
    levels = vix.on(spx.dates)[:-span]
    moves = np.log(spx.values[span:] / spx.values[:-span])
    scaled = moves / (levels / 100.0 * np.sqrt(span / SESSIONS_PER_YEAR))
    scaled = scaled[np.isfinite(scaled)]
    if scaled.size < FEWEST:
        return None
    price = np.sort(of.forward * np.exp(scaled * of.money_vol * np.sqrt(of.years)))
    words = f"past moves over {span} session{'s' if span > 1 else ''} in units of VIX, since {spx.dates[0]}"
    weight = np.full(price.size, 1.0 / price.size)
    return Outcomes(words, Origin.OBSERVED, price, weight, effective_sample(scaled.size, span))


def odds(outcomes: Outcomes, profit: Floats) -> Odds:
    """Chances and means of a payoff; ``profit``: dollars at each outcome, shape of ``outcomes.price``."""
    order = np.argsort(profit)
    loss, weight = -profit[order], outcomes.weight[order]
    tail = 1.0 - LEVEL
    before = np.cumsum(weight) - weight
    share = np.clip(tail - before, 0.0, weight)
    least = float(profit.min())
    return Odds(
        outcomes.witness,
        outcomes.origin,
        float(outcomes.weight[profit > 0.0].sum()),
        float(outcomes.weight @ profit),
        float(share @ loss) / tail,
        float(outcomes.weight[profit <= least + 1e-9 * max(abs(least), 1.0)].sum()),
        outcomes.windows,
    )
