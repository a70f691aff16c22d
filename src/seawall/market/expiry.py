"""One expiry as a seller of options sees it: quotes to trade on, a forward, and a smile to read odds from."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.convexity.option_quotes import OptionQuotes
from seawall.core.clock import close_instant, sessions, years_between
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError, MissingExpiryError
from seawall.kernels.black import black
from seawall.kernels.spread import SPX_SPREAD, half_spread
from seawall.market.chain import CALL, PUT, Chain, settlement
from seawall.market.cleaning import clean
from seawall.market.listed import expiry_near, listed_quotes
from seawall.market.parity import parity
from seawall.market.smile import Smile
from seawall.market.state import State
from seawall.market.surface_fit import fit_surface

Floats = NDArray[np.float64]

STEP: Final = 5.0
DEVIATIONS: Final = 6.0
"""Reach of modelled strikes around the forward."""
MODELLED_SPREADS: Final = "half-spreads modelled by delta, tenor and vol (kernels.spread)"


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Options of one right, strikes rising; prices in points, shape (n,)."""

    strike: Floats
    bid: Floats
    ask: Floats

    def at(self, strike: float) -> tuple[float, float]:
        """Bid and ask of a listed strike; raises ``MissingDataError``."""
        row = int(np.searchsorted(self.strike, strike))
        if row >= self.strike.size or self.strike[row] != strike:
            raise MissingDataError(f"no quote at strike {strike:g}: choose a listed one")
        return float(self.bid[row]), float(self.ask[row])


@dataclass(frozen=True, slots=True, eq=False)
class Expiry:
    """Quotes of one expiry. ``years`` to ``settles``; ``rate`` continuous per year; ``smile`` prices every strike.

    ``origin`` is that of the quotes; ``notes``: what was assumed, a line each.
    """

    underlying: str
    as_of: dt.datetime
    spot: float
    day: dt.date
    root: str
    settles: dt.datetime
    years: float
    forward: float
    rate: float
    smile: Smile
    puts: Side
    calls: Side
    source: str
    origin: Origin
    notes: tuple[str, ...] = ()

    @property
    def income_yield(self) -> float:
        """Continuous yield at which spot grows to the forward."""
        return self.rate - float(np.log(self.forward / self.spot)) / self.years

    def vol(self, strike: Floats) -> Floats:
        """Volatility at each strike, per square root of a year."""
        return self.smile.vol(strike, np.full(strike.shape, self.forward), self.years)

    @property
    def money_vol(self) -> float:
        """Volatility at the forward."""
        return float(self.vol(np.array([self.forward]))[0])

    @property
    def expected_move(self) -> float:
        """One deviation in points: ``S sigma_ATM sqrt(T)`` (METHOD 7.1)."""
        return self.spot * self.money_vol * float(np.sqrt(self.years))

    @property
    def straddle(self) -> float | None:
        """Mid of the straddle at the listed strike nearest to the forward; None where one side is not quoted."""
        both = np.intersect1d(self.puts.strike, self.calls.strike)
        if not both.size:
            return None
        strike = float(both[np.argmin(np.abs(both - self.forward))])
        return 0.5 * (sum(self.puts.at(strike)) + sum(self.calls.at(strike)))

    def delta(self, side: float, strike: Floats) -> Floats:
        """Size of the discounted Black delta to the forward, 0 to 1."""
        greeks = black(self.forward, strike, self.years, self.vol(strike), self.rate, side)
        return np.abs(greeks.delta)


def quoted_expiry(chain: Chain, day: dt.date | None, days: float) -> Expiry:
    """The expiry of ``day``, else the one nearest to ``days`` calendar days away, of a chain, cleaned and fitted.

    Only options with a bid are kept. Raises ``MissingExpiryError``, and ``MissingDataError`` for an expiry that has no
    forward or nothing quoted on one side.
    """
    kept, _ = clean(chain)
    if not kept.size:
        raise MissingDataError(f"{chain.source}: no option of the chain can be traded: give another day")
    when, root = expiry_near(kept, day, days)
    quotes = listed_quotes(kept, when, root)
    forwards = parity(kept)
    found = next((one for one in forwards if one.expiry == when and one.root == root), None)
    if found is None or not (np.isfinite(found.forward) and np.isfinite(found.rate)):
        raise MissingDataError(f"put-call parity finds no forward for {when} {root}: choose another expiry")
    fitted = fit_surface(kept, forwards)
    if not any(one.slice.expiry == when and one.slice.root == root for one in fitted.fits):
        raise MissingDataError(f"too few quotes to fit a smile for {when} {root}: choose another expiry")
    return Expiry(
        chain.underlying, chain.as_of, chain.spot, when, root, settlement(chain.underlying, root, when), found.years,
        found.forward, found.rate, fitted.surface, _quoted_side(quotes, PUT), _quoted_side(quotes, CALL), chain.source,
        chain.origin, tuple(chain.assumptions()),
    )  # fmt: skip


def _quoted_side(quotes: OptionQuotes, right: float) -> Side:
    rows = (quotes.right == right) & (quotes.bid > 0.0)
    if not rows.any():
        raise MissingDataError(f"no {'put' if right == PUT else 'call'} of the expiry has a bid: choose another one")
    return Side(quotes.strikes[rows], quotes.bid[rows], quotes.ask[rows])


def modelled_expiry(state: State, day: dt.date | None, days: float) -> Expiry:
    """SPX options of one session priced on the market's smile with modelled half-spreads, strikes five points apart.

    ``day``: a session after the market's time, else the one nearest to ``days`` calendar days away, taken as listed and
    settled on its close. Raises ``MissingExpiryError`` for a day that is no session ahead.
    """
    asset, today = state.asset("SPX"), state.now.date()
    ahead = [one for one in sessions(today, today + dt.timedelta(days=400)).tolist() if close_instant(one) > state.now]
    if day is not None and day not in ahead:
        raise MissingExpiryError(f"{day} is no session within 400 days of {today}: choose another expiry")
    when = day or min(ahead, key=lambda one: abs((one - today).days - days))
    settles = close_instant(when)
    years = years_between(state.now, settles)
    forward = asset.spot.value * float(np.exp((state.rate.value - asset.income_yield) * years))
    deviation = float(asset.smile.vol(np.array([forward]), np.array([forward]), years)[0]) * float(np.sqrt(years))
    if not deviation > 0.0:
        raise DomainError(f"the smile is {deviation} at the money: check the market's volatility")
    low, high = (STEP * round(forward * float(np.exp(s * DEVIATIONS * deviation)) / STEP) for s in (-1.0, 1.0))
    strikes = np.arange(max(low, STEP), high + STEP, STEP)
    vols = asset.smile.vol(strikes, np.full(strikes.shape, forward), years)
    puts, calls = (_modelled_side(side, strikes, vols, forward, years, state.rate.value) for side in (PUT, CALL))
    notes = ("strikes every 5 points, every session taken as an expiry, " + MODELLED_SPREADS, *state.assumptions())
    source = f"modelled: {asset.smile.source}"
    return Expiry(
        "SPX", state.now, asset.spot.value, when, "SPXW", settles, years, forward, state.rate.value, asset.smile,
        puts, calls, source, Origin.MODELLED, notes,
    )  # fmt: skip


def _modelled_side(side: float, strikes: Floats, vols: Floats, forward: float, years: float, rate: float) -> Side:
    greeks = black(forward, strikes, years, vols, rate, side)
    columns = zip(np.abs(greeks.delta), vols, greeks.price, strict=True)
    half = np.array([half_spread(SPX_SPREAD, forward, delta, years, vol, mid) for delta, vol, mid in columns])
    half = np.minimum(half, greeks.price)
    live = greeks.price - half > 0.0
    return Side(strikes[live], (greeks.price - half)[live], (greeks.price + half)[live])
