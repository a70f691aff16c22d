"""LX: what VIX cannot reach, hedged where it lives: a perp against delta, listed strikes and power perps for gamma."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from seawall.core.clock import years_between
from seawall.core.coin_expiries import coin_expiry_near
from seawall.core.errors import DomainError
from seawall.hedge.candidates import Candidate, OrderLeg
from seawall.hedge.held import HEDGES
from seawall.hedge.stack.base import Note, Proposal, Situation
from seawall.instruments.coin_perp import PowerPerp
from seawall.instruments.option import EuropeanOption
from seawall.instruments.perp import LinearPerp
from seawall.ledger.exposure import Row
from seawall.market.state import Asset

Tool = Literal["perp_delta", "strip", "power_perp"]
TOOLS: Final[tuple[str, ...]] = get_args(Tool)
TAKER: Final = 0.0005
"""Half of what a dollar of perp costs to trade, spread and fee: an assumption."""
STRIP_SPREAD: Final = 0.03
"""Half-spread of a coin option, a share of mid: an assumption (as in the pool page's static hedge)."""
STRIP_DEVIATIONS: Final = (-1.5, -1.0, 1.0, 1.5)
STRIP_DAYS: Final = 30.0
POWER: Final = 2.0
LEVERAGE: Final = 3.0
MAINTENANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class CryptoNative:
    """Hedges on the coins of the book. ``trim_below``: VIX share of a coin under which it asks for this first.

    ``tools``: perp_delta (a linear perp of one coin), strip (options near 30 days at four strikes), power_perp (S^2).
    """

    tools: tuple[Tool, ...] = ("perp_delta", "strip", "power_perp")
    trim_below: float = 0.5
    weight: float = 0.0
    name: str = "LX"

    def __post_init__(self) -> None:
        if unknown := [tool for tool in self.tools if tool not in TOOLS]:
            raise DomainError(f"no crypto tool {unknown[0]!r}: there are {', '.join(TOOLS)}")

    def propose(self, at: Situation) -> Proposal:
        """Candidates for every coin the book is short convexity in, and the trim where VIX does not reach."""
        made: list[Candidate] = []
        notes: list[Note] = []
        for row in at.ledger.by_factor:
            gamma, delta = without_hedges(at, row.factor)
            if row.factor in ("SPX", "VIX") or row.factor not in at.state.assets or gamma >= 0.0:
                continue
            made += self._of(at, row.factor, delta)
            share = at.state.asset(row.factor).spx_share
            if share is None or share.value < self.trim_below:
                notes.append(Note("LX.trim", _trim(row, None if share is None else share.value)))
        return Proposal(tuple(made), tuple(notes))

    def _of(self, at: Situation, name: str, delta: float) -> list[Candidate]:
        asset = at.state.asset(name)
        found: list[Candidate] = []
        if "perp_delta" in self.tools:
            found.append(_perp(name, delta, asset, self.weight))
        if "strip" in self.tools:
            found += _strip(at, name, asset, self.weight)
        if "power_perp" in self.tools:
            found.append(_power(at, name, asset, self.weight))
        return found


def _trim(row: Row, share: float | None) -> str:
    rent = "unknown" if row.rent_usd_per_year is None else f"{row.rent_usd_per_year:,.0f} USD a year"
    known = "unknown" if share is None else f"{share:.0%}"
    return (
        f"{row.factor}: rent {rent}, delta {row.exposure.delta_usd:,.0f} USD; share that VIX can reach {known}. "
        "Trim with a perp, listed strikes or size before buying more VIX"
    )


def without_hedges(at: Situation, name: str) -> tuple[float, float]:
    """Dollar gamma and delta of a coin without what a policy bought: a hedged book asks for the same."""
    own = [row.exposure for row in at.ledger.rows if row.factor == name and row.group != HEDGES]
    return sum(one.gamma_usd for one in own), sum(one.delta_usd for one in own)


def _perp(name: str, delta: float, asset: Asset, weight: float) -> Candidate:
    """One coin of perp against the book's delta, at most all of it: sold when the book is long."""
    spot, sign = asset.spot.value, -1.0 if delta > 0.0 else 1.0
    perp = LinearPerp(name, 1.0, spot, LEVERAGE, MAINTENANCE)
    leg = OrderLeg("perp", f"{name}-PERP", sign, spot * (1.0 - TAKER), spot * (1.0 + TAKER), 1.0)
    carry = 0.0 if asset.funding is None else sign * spot * asset.funding.value
    return Candidate("LX", "LX.trim", f"LX {name} perp", (leg,), perp, carry, spot / LEVERAGE, 0.0, weight, name,
                     sign=sign, cap=abs(delta) / spot)  # fmt: skip


def _strip(at: Situation, name: str, asset: Asset, weight: float) -> list[Candidate]:
    """Options of one coin at the listed expiry nearest to 30 days, four strikes: puts below the price, calls above."""
    expires = coin_expiry_near(at.state.now, STRIP_DAYS)
    spot, view, years = asset.spot.value, at.state.view(), years_between(at.state.now, expires)
    deviation = float(view.vol(name, spot, years)[0]) * math.sqrt(years)
    found = []
    for z in STRIP_DEVIATIONS:
        strike, step = rounded_strike(spot * math.exp(z * deviation))
        option = EuropeanOption(name, "put" if z < 0.0 else "call", strike, expires, 1.0)
        mid = float(option.value(view)[0])
        leg = OrderLeg("option", name, 1.0, mid * (1.0 - STRIP_SPREAD), mid * (1.0 + STRIP_SPREAD), 1.0,
                       expires.date(), strike, option.right)  # fmt: skip
        exposure = option.exposure(at.state)
        carry = 0.0 if exposure.carry_usd_per_year is None else -exposure.carry_usd_per_year
        label = f"LX {name} {expires:%b %d} {strike:g} {option.right}"
        found.append(Candidate("LX", "LX.trim", label, (leg,), option, carry, 0.0, exposure.vega_usd_per_point, weight,
                               name, lot=0.1, note=f"strike rounded to {step:g}, listed strikes unknown"))  # fmt: skip
    return found


def rounded_strike(wanted: float) -> tuple[float, float]:
    """A strike of three figures and the step it was rounded to: the venue's own list is not known to a rule.

    Deribit lists strikes in intervals that follow the price and time left, and deviates from them (Contract
    Introduction Policy).
    """
    step = 10.0 ** (math.floor(math.log10(wanted)) - 2)
    return float(f"{wanted:.3g}"), step


def _power(at: Situation, name: str, asset: Asset, weight: float) -> Candidate:
    """A squared perp worth one coin at today's price; its funding is the fair one, so its carry is modelled."""
    spot = asset.spot.value
    perp = PowerPerp(name, 1.0, POWER, 1.0 / spot)
    worth = float(perp.value(at.state.view())[0])
    leg = OrderLeg("power_perp", f"{name}-SQUARED", 1.0, worth * (1.0 - TAKER), worth * (1.0 + TAKER), 1.0)
    carry = worth * perp.fair_funding(at.state)
    return Candidate("LX", "LX.trim", f"LX {name} squared perp", (leg,), perp, carry, 0.0, 0.0, weight, name)
