"""The terms of one position's P&L between two views of the market: greeks at the start, moves of its own inputs."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from seawall.core.clock import years_between
from seawall.instruments.base import Instrument, Position
from seawall.instruments.coin_perp import InversePerp, PowerPerp
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_account import AccountCash, CrossPerp
from seawall.instruments.structures import Structure
from seawall.instruments.vix import VixFuture, VixOption
from seawall.market.state import State, View

PERPS: Final = (LinearPerp, InversePerp, PowerPerp, CrossPerp)
CLOSED_BY_VENUE: Final = (LinearPerp, InversePerp, CrossPerp, AccountCash)


@dataclass(frozen=True, slots=True)
class Terms:
    """Dollars by cause (METHOD 5.2). ``carry`` is interest on cash only; ``funding`` and ``fees`` are paid, not marked.

    ``vol_of_vol``: what a VIX option's own volatility did, alone and together with its future. ``liquidation``: what a
    position lost beyond its linear P&L because it was closed (positive: a loss beyond the collateral that it was
    spared). ``vanna``, ``volga`` and ``gamma`` hold their halves already.
    """

    carry: float = 0.0
    theta: float = 0.0
    delta: float = 0.0
    gamma: float = 0.0
    vega: float = 0.0
    vanna: float = 0.0
    volga: float = 0.0
    vol_of_vol: float = 0.0
    funding: float = 0.0
    fees: float = 0.0
    costs: float = 0.0
    liquidation: float = 0.0

    @property
    def total(self) -> float:
        """Sum of all terms."""
        return float(sum(getattr(self, name) for name in NAMES))

    @property
    def gross(self) -> float:
        """Sum of their sizes."""
        return float(sum(abs(getattr(self, name)) for name in NAMES))

    @property
    def paid(self) -> float:
        """What is paid out rather than in the value: interest, funding, fees, less costs."""
        return self.carry + self.funding + self.fees + self.costs

    def scaled(self, quantity: float) -> "Terms":
        """The terms of ``quantity`` units."""
        return Terms(*(quantity * getattr(self, name) for name in NAMES))


NAMES: Final = tuple(field.name for field in fields(Terms))


def summed(parts: Iterable[Terms]) -> Terms:
    """Sum, cause by cause."""
    held = list(parts)
    return Terms(*(float(sum(getattr(each, name) for each in held)) for name in NAMES))


def _return(factor: str, start: View, end: View) -> float:
    before, after = float(start.spot(factor)[0]), float(end.spot(factor)[0])
    return after / before - 1.0


def _option(option: EuropeanOption, start: View, end: View, days: float) -> Terms:
    """Spot form, with the change of the volatility of its own strike; time only until it settles."""
    state, left = start.state, start.years(option.expires)
    e = option.exposure(state)
    r = _return(option.factor, start, end)
    before = start.vol(option.factor, option.strike, left)
    after_years = end.years(option.expires)
    after = end.vol(option.factor, option.strike, after_years) if after_years > 0.0 else before
    points = 100.0 * float((after - before)[0])
    return Terms(
        theta=e.theta_usd_per_year * min(days / 365.0, left),
        delta=e.delta_usd * r,
        gamma=0.5 * e.gamma_usd * r**2,
        vega=e.vega_usd_per_point * points,
        vanna=e.vanna_usd_per_point * r * points,
        volga=0.5 * e.volga_usd_per_point2 * points**2,
    )


def _vix_option(option: VixOption, start: View, end: View, days: float) -> Terms:
    """A move of its future is a move of SPX volatility: first order vega, second order volga."""
    greeks, future = option.greeks(start)
    g = option.multiplier
    moved = float((end.vix_future(option.expires) - future)[0])
    left = start.years(option.expires)
    vols = 0.0
    if end.years(option.expires) > 0.0:
        after, before = (view.vix_option_vol(option.strike, option.expires)[0] for view in (end, start))
        vols = float(after - before)
    own = float(greeks.vega[0]) * vols + float(greeks.vanna[0]) * moved * vols
    own += 0.5 * float(greeks.volga[0]) * vols**2
    return Terms(
        theta=g * float(greeks.theta[0]) * min(days / 365.0, left),
        vega=g * float(greeks.delta[0]) * moved,
        volga=0.5 * g * float(greeks.gamma[0]) * moved**2,
        vol_of_vol=g * own,
    )


def _vix_future(future: VixFuture, start: View, end: View) -> Terms:
    moved = float((end.vix_future(future.expires) - start.vix_future(future.expires))[0])
    return Terms(vega=future.multiplier * moved)


def _perp(perp: Instrument, start: View, end: View, days: float) -> Terms:
    """Delta, gamma of a power, funding at the starting rate, and what being closed took beyond the linear P&L."""
    e = perp.exposure(start.state)
    r = _return(perp.factor, start, end)
    delta, gamma = e.delta_usd * r, 0.5 * e.gamma_usd * r**2
    closed = 0.0
    if isinstance(perp, CLOSED_BY_VENUE) and not _alive(perp, end):
        closed = float((perp.value(end) - perp.value(start))[0]) - delta - gamma
    funding = (e.carry_usd_per_year or 0.0) * days / 365.0
    return Terms(delta=delta, gamma=gamma, funding=funding, liquidation=closed)


def _alive(instrument: LinearPerp | InversePerp | CrossPerp | AccountCash, view: View) -> bool:
    owner = instrument if isinstance(instrument, LinearPerp | InversePerp) else instrument.account
    return bool(owner.alive(view)[0])


def _cash(cash: AccountCash, start: View, end: View, days: float) -> Terms:
    e = cash.exposure(start.state)
    lost = float((cash.value(end) - cash.value(start))[0])
    return Terms(carry=(e.carry_usd_per_year or 0.0) * days / 365.0, liquidation=lost)


def _held(instrument: Instrument, start: View, end: View, days: float) -> Terms:
    """Anything else, a pool above all: delta, gamma, and its carry paid out as fees."""
    e = instrument.exposure(start.state)
    r = _return(instrument.factor, start, end)
    fees = (e.carry_usd_per_year or 0.0) * days / 365.0
    return Terms(delta=e.delta_usd * r, gamma=0.5 * e.gamma_usd * r**2, fees=fees)


def unit_terms(instrument: Instrument, start: View, end: View, days: float) -> Terms:
    """Terms of one unit; ``start`` is a state that stands still, ``end`` one move away or another state."""
    if isinstance(instrument, Structure):
        return summed(unit_terms(leg.option, start, end, days).scaled(leg.units) for leg in instrument.legs)
    if isinstance(instrument, EuropeanOption | VixOption | VixFuture):
        return _derivative(instrument, start, end, days)
    if isinstance(instrument, AccountCash):
        return _cash(instrument, start, end, days)
    return (_perp if isinstance(instrument, PERPS) else _held)(instrument, start, end, days)


def _derivative(held: EuropeanOption | VixOption | VixFuture, start: View, end: View, days: float) -> Terms:
    if isinstance(held, EuropeanOption):
        return _option(held, start, end, days)
    return _vix_option(held, start, end, days) if isinstance(held, VixOption) else _vix_future(held, start, end)


def anchored(instrument: Instrument, state: State) -> Instrument:
    """A perp whose entry is unknown, counted from the mark of ``state``, so that a later market can be compared."""
    if isinstance(instrument, LinearPerp) and instrument.entry is None and _alive(instrument, state.view()):
        return replace(instrument, entry=state.asset(instrument.factor).spot.value)
    if isinstance(instrument, CrossPerp | AccountCash):
        account = instrument.account
        legs = tuple(
            leg if leg.entry is not None else replace(leg, entry=state.asset(leg.factor).spot.value)
            for leg in account.legs
        )
        return replace(instrument, account=replace(account, legs=legs))
    return instrument


def legs_of(position: Position) -> tuple[Position, ...]:
    """A structure as its legs, each a position that settles by itself; anything else as it is."""
    if not isinstance(position.instrument, Structure):
        return (position,)
    return tuple(
        replace(position, instrument=leg.option, quantity=position.quantity * leg.units)
        for leg in position.instrument.legs
    )


def unknown_income(position: Position, state: State) -> str | None:
    """The word for income that is missing from the terms, or None when all of it is known."""
    if position.exposure(state).carry_usd_per_year is not None:
        return None
    return "funding" if isinstance(position.instrument, PERPS) else "fees"


def elapsed_days(start: State, end: View) -> float:
    """Calendar days from a state to a view."""
    return years_between(start.now, end.state.now) * 365.0 + end.moves.days
