"""Rules of perpetual venues, each a fact with its date and source: funding, payment price, mark, maintenance tiers.

Venues change them, so a table holds from its date on and a newer one stands beside it. A number that no source supports
is not here: asking for it raises ``MarginError`` or ``MissingDataError`` with the remedy, to state it in the book.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seawall.core.datum import Datum, Origin
from seawall.core.errors import MarginError, MissingDataError, UnknownParameterError
from seawall.kernels.funding import FORMULA_HOURS, funding_rate, paid_rate
from seawall.kernels.margin import Schedule, leverage_schedule, schedule

Array = NDArray[np.float64]


class PaidOn(StrEnum):
    """Price that turns coins into the notional funding is paid on."""

    MARK = "mark"
    INDEX = "index"
    ORACLE = "oracle"


@final
@dataclass(frozen=True, slots=True)
class FundingRule:
    """How a venue sets the funding rate, from ``as_of`` on.

    ``interest`` and ``clamp`` (half-width of the damper; None: interest is added undamped) per 8 hours. ``hours``
    between payments, each a share of the 8-hour rate; ``continuous`` where it accrues within them. ``cap`` per payment,
    None where it depends on the market; ``paid_on`` None where the source does not say.
    ``rising``: later samples of the premium weigh more.
    """

    hours: float
    interest: float
    clamp: float | None
    cap: float | None
    paid_on: PaidOn | None
    sampling: str
    as_of: date
    source: str
    rising: bool = False
    continuous: bool = False

    def rate(self, premium: ArrayLike) -> Array:
        """Rate per 8 hours from an average premium, before the cap."""
        if self.clamp is None:
            return np.asarray(np.asarray(premium, np.float64) + self.interest)
        return funding_rate(premium, self.interest, self.clamp)

    def paid(self, premium: ArrayLike) -> Array:
        """Rate of one payment from an average premium: its share of 8 hours, within the cap."""
        return paid_rate(self.rate(premium), self.hours, self.cap, formula_hours=FORMULA_HOURS)


@final
@dataclass(frozen=True, slots=True)
class Tiers:
    """Maintenance tiers of one market from ``as_of`` on; bounds and ``limit`` in ``unit`` of notional.

    Without ``rates`` maintenance is half the initial margin at maximum leverage. Above ``limit`` the table ends.
    """

    market: str
    unit: str
    lower_bounds: tuple[float, ...]
    max_leverages: tuple[float, ...] | None
    as_of: date
    source: str
    rates: tuple[float, ...] | None = None
    limit: float | None = None

    def schedule(self) -> Schedule:
        """Checked tiers for :mod:`seawall.kernels.margin`. Raises ``MarginError`` naming a tier that contradicts."""
        if self.rates is not None:
            return schedule(self.lower_bounds, self.rates, max_leverages=self.max_leverages)
        if self.max_leverages is None:
            raise MarginError(f"tiers of {self.market} have neither rates nor leverages: state one of them")
        return leverage_schedule(self.lower_bounds, self.max_leverages)

    def require(self, notional: float) -> None:
        """Raise ``MarginError`` for a notional the table does not reach."""
        if self.limit is not None and abs(notional) > self.limit:
            raise MarginError(
                f"a notional of {abs(notional):,.10g} {self.unit} is above the {self.limit:,.10g} that the table of "
                f"{self.market} ({self.as_of}) covers: state the tiers in the book"
            )


@final
@dataclass(frozen=True, slots=True)
class Venue:
    """One venue: its funding rule, what marks positions, its tiers (oldest first), and what it does at the end."""

    name: str
    funding: FundingRule
    mark: str
    tiers: tuple[Tiers, ...]
    margin: str
    liquidation: str

    def tiers_of(self, market: str, on: date | None = None) -> Tiers:
        """Newest tiers of a market, or those in force ``on`` a day. Raises ``MarginError`` where none is known."""
        known = [each for each in self.tiers if each.market == market.upper()]
        if not known:
            raise MarginError(f"no maintenance tiers of {market} on {self.name} are known: state the tiers in the book")
        in_force = [each for each in known if on is None or each.as_of <= on]
        if not in_force:
            raise MarginError(
                f"tiers of {market} on {self.name} are known from {known[0].as_of}, not on {on}: "
                "state the tiers in the book"
            )
        return in_force[-1]


def paid_or_modelled(rule: FundingRule, paid: Datum[float] | None, premium: Datum[float] | None) -> Datum[float]:
    """The rate as it was paid, untouched by today's rule; without it, the rule's from an average premium, so labelled.

    Raises ``MissingDataError`` with neither: a funding rate is never assumed.
    """
    if paid is not None:
        return paid
    if premium is None:
        raise MissingDataError("funding has neither a paid rate nor a premium: import the rates the venue paid")
    return Datum(
        value=float(rule.paid(premium.value)),
        as_of=premium.as_of,
        known_at=premium.known_at,
        source=f"formula of {rule.as_of} on the premium of {premium.source}",
        origin=Origin.SYNTHETIC if premium.origin is Origin.SYNTHETIC else Origin.MODELLED,
    )


def venue(name: str) -> Venue:
    """A venue by name, in any case. Raises ``UnknownParameterError`` that suggests the nearest."""
    found = VENUES.get(name.strip().lower())
    if found is None:
        near = get_close_matches(name.strip().lower(), VENUES, n=1)
        meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(VENUES)}"
        raise UnknownParameterError(f"unknown venue {name!r}: {meant}")
    return found


READ: Final = date(2026, 11, 21)
"""Day on which pages without a date of their own were read, in stored copies."""
HYPERLIQUID_READ: Final = date(2026, 7, 19)
"""Day of the Hyperliquid documentation the rules below were compared with."""
_HYPERLIQUID_TIERS: Final = "Hyperliquid documentation, Trading > Margin tiers"

BINANCE: Final = Venue(
    name="binance",
    funding=FundingRule(
        hours=8.0, interest=0.0001, clamp=0.0005, cap=None, paid_on=PaidOn.MARK, rising=True,
        sampling="premium index every 5 s, average with rising weights; some markets pay every 4, 2 or 1 hours",
        as_of=READ, source="Binance FAQ on funding rates as quoted elsewhere (2022-01-27); cap by market, announced",
    ),
    mark="the venue's mark price; its formula is not modelled",
    tiers=(
        Tiers(
            market="BTC", unit="USDT", as_of=date(2021, 3, 18), limit=5e8,
            lower_bounds=(0.0, 5e4, 2.5e5, 1e6, 1e7, 2e7, 5e7, 1e8, 2e8, 3e8),
            rates=(0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.125, 0.15, 0.25, 0.5),
            max_leverages=(125.0, 100.0, 50.0, 20.0, 10.0, 5.0, 4.0, 3.0, 2.0, 1.0),
            source="Binance announcement of 2021-03-18, margin tiers of BTCUSDT 125x; changed since",
        ),
    ),
    margin="notional x rate - amount of the bracket, on the mark",
    liquidation="insurance fund, then ADL by leverage P&L at the bankruptcy price",
)  # fmt: skip
HYPERLIQUID: Final = Venue(
    name="hyperliquid",
    funding=FundingRule(
        hours=1.0, interest=0.0001, clamp=0.0005, cap=0.04, paid_on=PaidOn.ORACLE,
        sampling="premium of impact prices over the oracle every 5 s, plain average of the hour",
        as_of=HYPERLIQUID_READ, source="Hyperliquid documentation, Trading > Funding",
    ),
    mark="from other venues' prices and its own book; its formula is not modelled",
    tiers=(
        Tiers("BTC", "USDC", (0.0, 1.5e8), (40.0, 20.0), HYPERLIQUID_READ, _HYPERLIQUID_TIERS),
        Tiers("ETH", "USDC", (0.0, 1e8), (25.0, 15.0), HYPERLIQUID_READ, _HYPERLIQUID_TIERS),
        Tiers("SOL", "USDC", (0.0, 7e7), (20.0, 10.0), HYPERLIQUID_READ, _HYPERLIQUID_TIERS),
    ),
    margin="1 / (2 x maximum leverage of the tier), continuous, on the mark",
    liquidation="all of it, 20 % first above 100,000 USDC and all of it for 30 s after; backstop vault below 2/3 of "
    "maintenance; ADL by (mark / entry)(notional / account value)",
)  # fmt: skip
DERIBIT: Final = Venue(
    name="deribit",
    funding=FundingRule(
        hours=8.0, interest=0.0, clamp=0.00025, cap=None, paid_on=None, continuous=True,
        sampling="mark over index, at every instant", as_of=READ,
        source="Deribit support, Funding Specifications; undated. Its older pages have a damper of 0.05 %",
    ),
    mark="the venue's mark price; its formula is not modelled",
    tiers=(),
    margin="1 % + 0.005 % a BTC, 2 % + 0.0005 % a SOL (linear): it grows within the position, not in tiers",
    liquidation="in parts until margin is met; insurance fund",
)  # fmt: skip
BITMEX: Final = Venue(
    name="bitmex",
    funding=FundingRule(
        hours=8.0, interest=0.0001, clamp=0.0005, cap=0.00375, paid_on=PaidOn.MARK,
        sampling="premium index, plain average of 8 h; paid at 04:00, 12:00 and 20:00 UTC", as_of=READ,
        source="BitMEX Swaps Guide; cap of XBTUSD from the 1.125 % a day of its blog on swap funding; undated",
    ),
    mark="fair price; its formula is not modelled",
    tiers=(
        Tiers(
            market="BTC", unit="XBT", lower_bounds=(0.0,), rates=(0.005,), max_leverages=(100.0,), limit=200.0,
            as_of=date(2021, 8, 31), source="BitMEX, Risk Limits Examples, XBTUSD with steps of 150 XBT",
        ),
    ),
    margin="base rate up to the base risk limit; 0.5 % more on the whole position for each step above: not continuous",
    liquidation="insurance fund, then ADL by P&L share and effective leverage at the bankruptcy price",
)  # fmt: skip
_DYDX_TIERS: Final = "dYdX documentation, liquidity tier 0 (Large-Cap): initial 2 %, maintenance 0.6 of it; undated"
DYDX: Final = Venue(
    name="dydx",
    funding=FundingRule(
        hours=1.0, interest=0.0, clamp=None, cap=0.006, paid_on=PaidOn.ORACLE,
        sampling="median of the proposers' premiums each minute, plain average of 60", as_of=READ,
        source="dYdX Chain help, Default funding rates; cap of Large-Cap, 6 x (initial - maintenance) / 8; undated",
    ),
    mark="oracle price",
    tiers=(
        Tiers("BTC", "USDC", (0.0,), (50.0,), READ, _DYDX_TIERS, rates=(0.012,)),
        Tiers("ETH", "USDC", (0.0,), (50.0,), READ, _DYDX_TIERS, rates=(0.012,)),
    ),
    margin="one fraction of notional at the oracle price; governance changes it",
    liquidation="insurance fund, then deleveraging",
)  # fmt: skip

VENUES: Final[Mapping[str, Venue]] = MappingProxyType(
    {each.name: each for each in (BINANCE, HYPERLIQUID, DERIBIT, BITMEX, DYDX)}
)
