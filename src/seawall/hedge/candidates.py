"""What a layer proposes: one unit of something a person can trade, with its cost, carry, margin and reason."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from seawall.core.datum import Origin
from seawall.instruments.base import Instrument

Kind = Literal["option", "future", "perp", "power_perp", "cash"]

COMMISSION_USD: Final = 1.0


class OrderLeg(NamedTuple):
    """One leg of one unit. ``ratio`` > 0 buys. Prices in points of ``root`` (dollars for a perp), NaN unquoted.

    ``root``: contract root as brokers list it (SPX, SPXW, VIX, VX, ETH-PERP). ``strike`` and ``right`` for options,
    ``expiry`` is the settlement day. ``multiplier``: dollars a point.
    """

    kind: Kind
    root: str
    ratio: float
    bid: float
    ask: float
    multiplier: float
    expiry: dt.date | None = None
    strike: float | None = None
    right: Literal["call", "put"] | None = None

    @property
    def mid(self) -> float:
        """Middle of bid and ask."""
        return 0.5 * (self.bid + self.ask)

    @property
    def price(self) -> float:
        """Price it trades at: bought at the ask, sold at the bid."""
        return self.ask if self.ratio > 0.0 else self.bid

    @property
    def name(self) -> str:
        """The contract in words."""
        when = "" if self.expiry is None else f" {self.expiry:%Y-%m-%d}"
        what = "" if self.strike is None else f" {self.strike:g} {self.right}"
        return f"{self.root}{when}{what}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit a layer would trade: ``sign`` (+1 bought, -1 sold) of ``instrument``, ``legs`` as they are ordered.

    Dollars a unit. ``carry_usd_per_year``: its cost a year in a market that stands still, below 0 if it earns.
    ``margin_usd``: what a broker blocks besides the premium. ``vega_usd_per_point``: per point of volatility of its own
    market.
    ``weight``: units in the fixed recipe. ``protects``: False for financing, which is never counted as protection.
    ``factor``: what it is a hedge of. ``cap``: units that may be held at most, inf if nothing limits them. ``note``:
    what to check before it is placed.
    """

    layer: str
    rule: str
    label: str
    legs: tuple[OrderLeg, ...]
    instrument: Instrument
    carry_usd_per_year: float
    margin_usd: float
    vega_usd_per_point: float
    weight: float
    factor: str
    sign: float = 1.0
    protects: bool = True
    lot: float = 1.0
    cap: float = math.inf
    origin: Origin = Origin.MODELLED
    note: str = ""

    @property
    def premium_usd(self) -> float:
        """Dollars paid for a unit at the quotes, fees included; below 0 for a credit. Nothing for futures and perps."""
        paid = sum(leg.ratio * leg.price * leg.multiplier for leg in self.legs if leg.kind in ("option", "power_perp"))
        return paid + self.fees_usd

    @property
    def fees_usd(self) -> float:
        """Commissions of one unit; a perp's taker fee is in its spread."""
        return sum(abs(leg.ratio) * COMMISSION_USD for leg in self.legs if leg.kind in ("option", "future"))

    @property
    def spread_usd(self) -> float:
        """Dollars lost against mid when a unit is traded, fees included."""
        half = sum(0.5 * abs(leg.ratio) * (leg.ask - leg.bid) * leg.multiplier for leg in self.legs)
        return half + self.fees_usd
