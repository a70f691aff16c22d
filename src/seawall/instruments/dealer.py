"""The dealers' side of a chain's open interest: dollar gamma, vanna and charm under a stated sign (METHOD 4).

Nobody publishes who holds what. A convention says on which side dealers stand; without one there is no number, and the
spread between the conventions is the uncertainty. Volatility stays with the strike, forwards move with the spot.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import ConventionError, DomainError, MissingDataError
from seawall.core.units import DAYS_PER_YEAR, PERCENT, SPX_OPTION_MULTIPLIER, VOL_POINT
from seawall.kernels.black import Greeks, black
from seawall.kernels.gex import gamma_profile
from seawall.kernels.implied import implied_vol
from seawall.market.chain import Chain
from seawall.market.parity import Forward, quoted

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
Words = NDArray[np.str_]
Mask = NDArray[np.bool_]


class Convention(StrEnum):
    """On which side of every open contract dealers are taken to stand."""

    NAIVE = "naive"
    ALL_SHORT = "all_short"
    FLOW_SIGNED = "flow_signed"

    @property
    def assumption(self) -> str:
        """The convention in words, to be printed with every number it made."""
        return ASSUMPTIONS[self]


ASSUMPTIONS: Final[Mapping[Convention, str]] = {
    Convention.NAIVE: "dealers long every call, short every put (customers sell calls, buy puts)",
    Convention.ALL_SHORT: "dealers short every call and every put (customers buy options)",
    Convention.FLOW_SIGNED: "dealers' side of each contract from signed opening and closing volume, -1 to +1",
}

NO_INTEREST: Final = "open interest unknown"
SETTLED: Final = "settled"
NO_FORWARD: Final = "no forward from parity"
NO_VOL: Final = "no implied volatility: no vendor figure, and no mid above intrinsic on either side of the strike"


def dealer_sign(convention: Convention | None, right: Array, flow: Array | None = None) -> Array:
    """Contracts dealers hold for one of open interest, a row each: +1 long, -1 short.

    ``right``: +1 call, -1 put. ``flow``: dealers' side from signed volume, in [-1, 1], for ``FLOW_SIGNED``.
    Raises ``ConventionError`` when no convention is stated, ``MissingDataError`` for signed flow without one,
    ``DomainError`` for a flow outside [-1, 1].
    """
    if convention is None:
        names = ", ".join(str(one) for one in Convention)
        raise ConventionError(f"dealers' side is not stated: choose a convention ({names}), there is no default")
    if convention is Convention.NAIVE:
        return np.sign(right)
    if convention is Convention.ALL_SHORT:
        return np.full(right.shape, -1.0)
    if flow is None:
        raise MissingDataError("flow_signed needs the signed volume of every row: the chain has none")
    if flow.shape != right.shape or not bool(np.all(np.abs(flow) <= 1.0)):
        raise DomainError("dealers' flow must be one number in [-1, 1] a row: divide by open interest and clip openly")
    return flow


@dataclass(frozen=True, slots=True)
class Unknown:
    """Rows that could not be counted, and the contracts they stand for (0 where open interest itself is unknown)."""

    reason: str
    rows: int
    contracts: float


@dataclass(frozen=True, slots=True, eq=False)
class DealerBook:
    """Open contracts that can be valued; every array has one entry a row.

    ``vol``, ``rate`` and ``years`` as in ``kernels.black``; ``forward`` of the row's expiry, ``group``
    a number for each (expiry, root). ``recomputed`` rows had no
    vendor volatility and took it from their mid, ``borrowed`` from the other side of their strike. ``unknown`` rows are
    in no number. ``flow`` is dealers' side from signed volume, when there is one.
    """

    underlying: str
    as_of: dt.datetime
    session: dt.date
    spot: float
    source: str
    multiplier: float
    expiry: Days
    root: Words
    group: NDArray[np.intp]
    strike: Array
    right: Array
    contracts: Array
    forward: Array
    years: Array
    rate: Array
    vol: Array
    flow: Array | None
    recomputed: int
    borrowed: int
    unknown: tuple[Unknown, ...]

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.strike.size)

    def greeks(self) -> Greeks:
        """Greeks of one unit of every row, on the forward."""
        return black(self.forward, self.strike, self.years, self.vol, self.rate, self.right)

    def held(self, convention: Convention | None) -> Array:
        """Underlying units dealers hold through each row: sign times contracts times multiplier. Raises as the sign."""
        return dealer_sign(convention, self.right, self.flow) * self.contracts * self.multiplier

    def profile(self, conventions: Sequence[Convention | None], spots: Array) -> Array:
        """Dollars of delta gained per 1 % at each spot, shape (conventions, spots); every option repriced there.

        Raises ``ConventionError``, ``MissingDataError``, and ``DomainError`` for a spot that is not positive.
        """
        if not (np.isfinite(spots).all() and (spots > 0.0).all()):
            raise DomainError("spots of a profile must be positive numbers: check the grid")
        unit = np.exp(-self.rate * self.years) * self.forward * PERCENT
        size = np.array([self.held(one) * unit for one in conventions]).reshape(len(conventions), self.size)
        stdev = self.vol * np.sqrt(self.years)
        return gamma_profile(np.log(self.forward / self.strike), stdev, size, np.log(spots / self.spot))


def dealer_book(
    chain: Chain, forwards: Sequence[Forward], multiplier: float = SPX_OPTION_MULTIPLIER, flow: Array | None = None
) -> DealerBook:
    """The open contracts of a chain with a volatility each.

    Volatility is the vendor's where it is positive; else from the mid with the parity forward; else that of the other
    side of the same strike, which parity makes equal. What remains is counted as unknown. Raises ``DomainError`` for a
    ``flow`` of another length than the chain.
    """
    if flow is not None and flow.shape != chain.strike.shape:
        raise DomainError(f"signed flow has {flow.size} entries, the chain {chain.size} rows: give one a row")
    group, years, forward, discount = _carried(chain, forwards)
    open_known = np.isfinite(chain.open_interest) & (chain.open_interest >= 0.0)
    live = years > 0.0
    carried = live & np.isfinite(forward) & (discount > 0.0)
    rate = np.where(carried, -np.log(np.where(carried, discount, 1.0)) / np.where(live, years, 1.0), 0.0)
    vol, source = _vols(chain, group, (carried, forward, years, rate))
    has = np.isfinite(vol) & (vol > 0.0)
    matters = ~open_known | (chain.open_interest > 0.0)
    reasons = (
        (NO_INTEREST, matters & ~open_known),
        (SETTLED, matters & open_known & ~live),
        (NO_FORWARD, matters & open_known & live & ~carried),
        (NO_VOL, matters & open_known & carried & ~has),
    )
    unknown = tuple(
        Unknown(reason, int(rows.sum()), float(np.nansum(np.where(open_known, chain.open_interest, 0.0)[rows])))
        for reason, rows in reasons
        if rows.any()
    )
    use = open_known & (chain.open_interest > 0.0) & carried & has
    return DealerBook(
        chain.underlying, chain.as_of, chain.session, chain.spot, chain.source, multiplier, chain.expiry[use],
        chain.root[use], group[use], chain.strike[use], chain.right[use], chain.open_interest[use], forward[use],
        years[use], rate[use], vol[use], None if flow is None else flow[use], int((source[use] == _MID).sum()),
        int((source[use] == _PARTNER).sum()), unknown,
    )  # fmt: skip


_VENDOR, _MID, _PARTNER = 0, 1, 2


def _carried(chain: Chain, forwards: Sequence[Forward]) -> tuple[NDArray[np.intp], Array, Array, Array]:
    """Number of each row's (expiry, root), its years, and its forward and discount, nan where parity has none."""
    by_pair = {(one.expiry, one.root): (one.forward, one.discount) for one in forwards}
    group = chain.group
    _, first = np.unique(group, return_index=True)
    nothing = (np.nan, np.nan)
    pairs = [(chain.expiry[i].astype("datetime64[D]").item(), str(chain.root[i])) for i in first]
    table = np.array([by_pair.get(pair, nothing) for pair in pairs], dtype=np.float64).reshape(-1, 2)
    return group, chain.years(), table[group, 0], table[group, 1]


def _vols(
    chain: Chain, group: NDArray[np.intp], carry: tuple[Mask, Array, Array, Array]
) -> tuple[Array, NDArray[np.int8]]:
    """Volatility of each row (nan for none) and where it is from."""
    carried, forward, years, rate = carry
    vol = np.where(np.isfinite(chain.iv) & (chain.iv > 0.0), chain.iv, np.nan)
    source = np.full(chain.size, _VENDOR, dtype=np.int8)
    need = np.flatnonzero(np.isnan(vol) & carried & quoted(chain) & (chain.bid > 0.0))
    found, _ = implied_vol(
        chain.mid[need], forward[need], chain.strike[need], years[need], rate[need], chain.right[need]
    )
    good = np.isfinite(found) & (found > 0.0)
    vol[need[good]] = found[good]
    source[need[good]] = _MID
    missing = np.flatnonzero(np.isnan(vol) & carried)
    if missing.size:
        known = np.flatnonzero(np.isfinite(vol) & carried)
        keys = zip(group[known], chain.strike[known], chain.right[known], strict=True)
        names = dict(zip(keys, known, strict=True))
        for i in missing:
            partner = names.get((group[i], chain.strike[i], -chain.right[i]))
            if partner is not None:
                vol[i], source[i] = vol[partner], _PARTNER
    return vol, source


def gamma_usd(book: DealerBook, greeks: Greeks, convention: Convention | None) -> Array:
    """Dollars of delta per 1 % of each row at today's spot."""
    return np.asarray(book.held(convention) * greeks.gamma * book.forward**2 * PERCENT)


def vanna_usd_per_point(book: DealerBook, greeks: Greeks, convention: Convention | None) -> Array:
    """Dollars of delta each row gains when its volatility rises one point."""
    return np.asarray(book.held(convention) * greeks.vanna * book.forward * VOL_POINT)


def charm_usd_per_day(book: DealerBook, greeks: Greeks, convention: Convention | None) -> Array:
    """Dollars of delta each row gains in a calendar day at a constant spot (METHOD 1.1, spot form)."""
    carry = np.log(book.forward / book.spot) / book.years
    drift = greeks.charm - carry * greeks.delta - carry * book.forward * greeks.gamma
    return np.asarray(book.held(convention) * book.forward * drift / DAYS_PER_YEAR)
