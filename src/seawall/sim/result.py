"""What a run leaves behind: the account by day, every fill, counts, and what in it is modelled."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError, SelfFinancingError
from seawall.kernels import slots as at

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

TOLERANCE: Final = 1e-9
"""Of equity; METHOD 8.3."""

RULES: Final = {
    at.ENTER: "open",
    at.SETTLE: "settle",
    at.BOOST: "boost",
    at.MONETISE: "monetise",
    at.EXIT: "exit",
    at.ROLL: "roll",
    at.TAKE: "take",
    at.STOP: "stop",
    at.DELTA: "delta",
    at.GAMMA: "gamma",
    at.CALLED: "margin",
    at.RECENTRE: "recentre",
    at.LIQUIDATED: "liquidated",
    at.REBALANCE: "rebalance",
    at.REFILL: "refill",
}
HEDGE_ENTRY: Final = "base"
"""What opening is called in a hedge (METHOD 7.2, `L1.base`)."""
PATH_RULES: Final = (at.TAKE, at.STOP, at.DELTA, at.GAMMA)
BUDGETS: Final = {
    at.BY_CARRY: "carry_budget",
    at.BY_INCOME: "income_share",
    at.BY_PREMIUM: "premium_cap",
    at.BY_VEGA: "vega_cap",
}
INSTRUMENTS: Final = {at.PM: "SPXW", at.AM: "SPX", at.VRO: "VIX"}
RIGHTS: Final = {at.CALL: "call", at.PUT: "put", at.LINEAR: "future"}
COIN_RIGHTS: Final = {at.LP: "pool", at.SWAP: "perp"}


class Fill(NamedTuple):
    """One trade: ``quantity`` > 0 bought; ``price`` and ``mid`` in points; ``cost`` in dollars.

    The cost is ``price`` against ``mid``, impact of size, and commission. Cash moved by ``-quantity * mid * multiplier
    - cost``, that of a future (instrument "VX") by its cost. ``observed``: mid and spread were quotes. A pool
    (instrument "LP ETH") is one position worth ``mid`` dollars, a perp ("ETH perp") is in coins; neither has an expiry,
    and a perp moves cash by its cost and what went to its venue. Their prices are closes, which were observed.
    """

    date: dt.date
    instrument: str
    expiry: dt.date | None
    strike: float
    right: str
    quantity: float
    price: float
    mid: float
    cost: float
    rule: str
    slot: int
    observed: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How often things happened; structures, not legs.

    ``closed``: by a path rule (take, stop, delta, gamma). ``called``: closed by a margin call. ``binding``: purchases
    of hedge by year and by the budget that bound them. ``recentred``: pools; ``rebalanced``, ``liquidated``: perps.
    ``starved``: sessions on which a hedge wanted options and no
    whole lot fitted its budgets; ``skipped``: the same of the book's own programs.
    """

    opened: int
    skipped: int
    settled: int
    bought: int
    rolled: int
    boosted: int
    monetised: int
    exited: int
    closed: int
    called: int
    recentred: int
    rebalanced: int
    liquidated: int
    starved: int
    binding: dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One run by session. Columns of the tables are those of ``kernels.slots``.

    ``session`` (sessions, DAY_WIDTH), ``program`` (sessions, programs, RUN_WIDTH), ``records`` (fills, FILL_WIDTH).
    ``modelled``: one sentence for every number that was not observed, and every assumption. ``assets``: the coin of
    each program, "" for one without.
    """

    name: str
    dates: Days
    session: Floats
    program: Floats
    records: Floats
    program_names: tuple[str, ...]
    hedges: NDArray[np.bool_]
    expiries: Days
    roots: NDArray[np.int64]
    modelled: tuple[str, ...]
    assets: tuple[str, ...] = ()

    @property
    def nav(self) -> Floats:
        """Equity at mid in dollars, shape (sessions,)."""
        return self.session[:, at.DAY_EQUITY]

    @property
    def cash(self) -> Floats:
        """Cash in dollars, shape (sessions,)."""
        return self.session[:, at.DAY_CASH]

    @property
    def interest(self) -> Floats:
        """Interest of each session in dollars, shape (sessions,)."""
        return self.session[:, at.DAY_INTEREST]

    def of(self, name: str, column: int) -> Floats:
        """One column (``kernels.slots`` RUN_...) of one program, shape (sessions,). Raises ``MissingDataError``."""
        if name not in self.program_names:
            raise MissingDataError(f"{self.name} has no program {name}: it has {', '.join(self.program_names)}")
        return self.program[:, self.program_names.index(name), column]

    def row(self, day: dt.date) -> int:
        """Row of a session. Raises ``MissingDataError`` if the run has no such session."""
        found = np.flatnonzero(self.dates == np.datetime64(day, "D"))
        if not found.size:
            raise MissingDataError(f"{day} is no session of {self.name} ({self.dates[0]} .. {self.dates[-1]})")
        return int(found[0])

    @property
    def pnl(self) -> Floats:
        """Dollars gained on each session after costs, interest included; the first is its costs."""
        return np.diff(self.nav, prepend=self.nav[0] + self.program[0, :, at.RUN_COST].sum())

    @property
    def ruined_on(self) -> dt.date | None:
        """First session without equity, None if there is none; the path goes on without a trade and stays counted."""
        gone = np.flatnonzero(self.nav <= 0.0)
        day: dt.date | None = self.dates[gone[0]].item() if gone.size else None
        return day

    @property
    def hedge_net(self) -> Floats:
        """P&L of all hedges after their costs, dollars by session."""
        net: Floats = (self.program[:, self.hedges, at.RUN_PNL] - self.program[:, self.hedges, at.RUN_COST]).sum(axis=1)
        return net

    @property
    def modelled_share(self) -> float:
        """Share of the absolute P&L of all legs that rests on modelled marks; 0 where nothing moved."""
        moved = float(self.program[:, :, at.RUN_MOVED].sum())
        return float(self.program[:, :, at.RUN_MODELLED].sum()) / moved if moved > 0.0 else 0.0

    def columns(self) -> dict[str, Floats]:
        """Every dollar column by name, shape (sessions,); four a program."""
        named = {
            "nav": self.nav,
            "cash": self.cash,
            "interest": self.interest,
            "variation": self.session[:, at.DAY_VARIATION],
            "fees": self.session[:, at.DAY_FEES],
            "venue": self.session[:, at.DAY_VENUE],
            "margin": self.session[:, at.DAY_MARGIN],
        }
        words = (("mark", at.RUN_MARK), ("pnl", at.RUN_PNL), ("cost", at.RUN_COST), ("premium", at.RUN_PREMIUM))
        for place, name in enumerate(self.program_names):
            for word, column in words:
                named[f"{name}_{word}"] = self.program[:, place, column]
        return named

    def fills(self) -> tuple[Fill, ...]:
        """Every trade and settlement, oldest first."""
        return tuple(self._fill(record) for record in self.records.tolist())

    def _fill(self, record: list[float]) -> Fill:
        row, number, slot, what, expiry, strike, side, quantity, price, mid, cost, code, seen = record
        hedge = bool(self.hedges[int(number)])
        rule = HEDGE_ENTRY if hedge and code == at.ENTER else RULES[int(code)]
        if what in COIN_RIGHTS:
            asset = self.assets[int(number)]
            instrument, ends = f"LP {asset}" if what == at.LP else f"{asset} perp", None
        else:
            instrument = "VX" if what == at.FUTURE else INSTRUMENTS[int(self.roots[int(expiry)])]
            ends = self.expiries[int(expiry)].item()
        return Fill(
            self.dates[int(row)].item(),
            instrument,
            ends,
            strike,
            COIN_RIGHTS.get(int(what), RIGHTS[side]),
            quantity,
            price,
            mid,
            cost,
            f"{self.program_names[int(number)]}.{rule}",
            int(slot),
            seen > 0.0,
        )

    def counts(self) -> Counts:
        """How often things happened."""
        records = self.records
        keys = np.stack([records[:, at.FILL_RULE], records[:, at.FILL_ROW], records[:, at.FILL_PROGRAM]], axis=1)
        times = np.unique(np.column_stack([keys, records[:, at.FILL_SLOT]]), axis=0)
        hedge = self.hedges[times[:, 2].astype(np.int64)]
        own, bought = Counter(times[~hedge, 0].astype(int).tolist()), Counter(times[hedge, 0].astype(int).tolist())
        years = self.dates.astype("datetime64[Y]").astype(int) + 1970
        bound, starved = self.program[:, :, at.RUN_BOUND], self.program[:, :, at.RUN_STARVED]
        binding = {
            year: {name: int((bound[years == year] == code).sum()) for code, name in BUDGETS.items()}
            for year in sorted(set(years.tolist()))
        }
        return Counts(
            opened=own[at.ENTER],
            skipped=int(starved[:, ~self.hedges].sum()),
            settled=own[at.SETTLE],
            bought=bought[at.ENTER],
            rolled=bought[at.ROLL] + own[at.ROLL],
            boosted=bought[at.BOOST],
            monetised=int((records[:, at.FILL_RULE] == at.MONETISE).sum()),
            exited=bought[at.EXIT] + own[at.EXIT],
            closed=sum(own[rule] + bought[rule] for rule in PATH_RULES),
            called=own[at.CALLED] + bought[at.CALLED],
            recentred=own[at.RECENTRE] + bought[at.RECENTRE],
            rebalanced=own[at.REBALANCE] + bought[at.REBALANCE],
            liquidated=own[at.LIQUIDATED] + bought[at.LIQUIDATED],
            starved=int((starved[:, self.hedges] > 0.0).any(axis=1).sum()),
            binding=binding,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The same program with its hedge and without, on the same data."""

    with_hedge: Result
    without_hedge: Result


def check_account(result: Result, capital: float) -> None:
    """Raise ``SelfFinancingError`` on the first session whose books do not close to 1e-9 of equity (METHOD 8.3).

    Four identities: equity is cash plus marks; equity changes by P&L of positions, interest and costs only; cash
    changes by interest, what futures and pools paid, what went to venues, and the fills only, summed here from the fill
    log; what venues hold changes by the P&L of perps and by what went there.
    """
    nav, cash, interest = result.nav, result.cash, result.interest
    variation, records = result.session[:, at.DAY_VARIATION], result.records
    total = result.program.sum(axis=1)
    gained = interest + total[:, at.RUN_PNL] - total[:, at.RUN_COST]
    what = records[:, at.FILL_WHAT].astype(np.int64)
    points = np.where((what == at.FUTURE) | (what == at.SWAP), 0.0, np.array(at.MULTIPLIERS)[what])
    paid = points * records[:, at.FILL_QUANTITY] * records[:, at.FILL_MID] + records[:, at.FILL_COST]
    moved = np.bincount(records[:, at.FILL_ROW].astype(np.int64), paid, minlength=nav.size)
    change = np.diff(cash, prepend=capital)
    fees, venue = result.session[:, at.DAY_FEES], result.session[:, at.DAY_VENUE]
    perps = np.isin(np.arange(result.program.shape[1]), result.records[what == at.SWAP, at.FILL_PROGRAM])
    held = result.program[:, perps].sum(axis=1)
    gaps = {
        "cash plus positions is not equity": cash + total[:, at.RUN_MARK] - nav,
        "P&L, interest and costs are not the change of equity": np.diff(nav, prepend=capital) - gained,
        "fills and interest are not the change of cash": change - interest - variation - fees + venue + moved,
        "P&L of perps and deposits are not the change of their margin": np.diff(held[:, at.RUN_MARK], prepend=0.0)
        - held[:, at.RUN_PNL]
        - venue,
    }
    for fact, gap in gaps.items():
        broken = ~(np.abs(gap) <= TOLERANCE * np.maximum(np.abs(nav), 1.0))
        if broken.any():
            row = int(np.argmax(broken))
            raise SelfFinancingError(
                f"{result.name} on {result.dates[row]}: {fact} (by {gap[row]:.3e} dollars of {nav[row]:.6g}): "
                "the run is void, report it with its plan"
            )
