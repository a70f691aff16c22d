"""What a run leaves behind: the account by day, every fill, counts, and what in it is modelled."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import MissingDataError, SelfFinancingError
from seawall.kernels import account as kernel
from seawall.kernels import layers as sizing
from seawall.kernels.account import Trace

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

TOLERANCE: Final = 1e-9
"""Of equity; METHOD 8.3."""

CONDOR_RULES: Final = {kernel.OPEN: "L0.open", kernel.SETTLE: "L0.settle"}
LAYER_RULES: Final = {
    kernel.SETTLE: "settle",
    kernel.ENTER: "base",
    kernel.BOOST: "boost",
    kernel.MONETISE: "monetise",
    kernel.EXIT: "exit",
    kernel.ROLL: "roll",
}
BUDGETS: Final = {
    sizing.BY_CARRY: "carry_budget",
    sizing.BY_INCOME: "income_share",
    sizing.BY_PREMIUM: "premium_cap",
    sizing.BY_VEGA: "vega_cap",
}


class Fill(NamedTuple):
    """One trade: ``quantity`` > 0 bought; ``price`` and ``mid`` in points; ``cost`` in dollars.

    The cost is ``price`` against ``mid``, and commission. Cash moved by ``-quantity * mid * 100 - cost``.
    """

    date: dt.date
    instrument: str
    expiry: dt.date
    strike: float
    right: str
    quantity: float
    price: float
    mid: float
    cost: float
    rule: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How often things happened.

    ``binding``: purchases of hedge by year and by the budget that bound them. ``starved``: sessions on which a layer
    wanted options and no whole lot fitted its budgets.
    """

    opened: int
    skipped: int
    settled: int
    bought: int
    rolled: int
    boosted: int
    monetised: int
    exited: int
    starved: int
    binding: dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One run by session. ``nav``: dollars at mid, shape (sessions,). ``account``: every other column.

    ``modelled``: one sentence for every number that was not observed, and every assumption.
    """

    name: str
    dates: Days
    nav: Floats
    account: Trace
    layer_names: tuple[str, ...]
    index_expiries: Days
    vol_expiries: Days
    opens_on: NDArray[np.bool_]
    modelled: tuple[str, ...]

    def row(self, day: dt.date) -> int:
        """Row of a session. Raises ``MissingDataError`` if the run has no such session."""
        found = np.flatnonzero(self.dates == np.datetime64(day, "D"))
        if not found.size:
            raise MissingDataError(f"{day} is no session of {self.name} ({self.dates[0]} .. {self.dates[-1]})")
        return int(found[0])

    @property
    def pnl(self) -> Floats:
        """Dollars gained on each session after costs, interest included; the first is its costs."""
        return np.diff(self.nav, prepend=self.nav[0] + self.account.condor_cost[0] + self.account.hedge_cost[0].sum())

    @property
    def ruined_on(self) -> dt.date | None:
        """First session without equity, None if there is none; the path goes on without a trade and stays counted."""
        gone = np.flatnonzero(self.nav <= 0.0)
        day: dt.date | None = self.dates[gone[0]].item() if gone.size else None
        return day

    @property
    def hedge_net(self) -> Floats:
        """P&L of all layers after their costs, dollars by session."""
        net: Floats = (self.account.hedge_pnl - self.account.hedge_cost).sum(axis=1)
        return net

    def columns(self) -> dict[str, Floats]:
        """Every dollar column by name, shape (sessions,); one a layer for the hedge."""
        one = self.account
        named = {
            "nav": self.nav,
            "cash": one.cash,
            "interest": one.interest,
            "condor_mark": one.condor_mark,
            "condor_pnl": one.condor_pnl,
            "condor_cost": one.condor_cost,
        }
        for column, layer in enumerate(self.layer_names):
            named[f"{layer}_mark"] = one.hedge_mark[:, column]
            named[f"{layer}_pnl"] = one.hedge_pnl[:, column]
            named[f"{layer}_cost"] = one.hedge_cost[:, column]
            named[f"{layer}_premium"] = one.premium[:, column]
        return named

    def fills(self) -> tuple[Fill, ...]:
        """Every trade and settlement, oldest first."""
        return tuple(self._fill(record) for record in self._records().tolist())

    def _records(self) -> Floats:
        records: Floats = self.account.fills[: int(self.account.filled[0])]
        return records

    def _fill(self, record: list[float]) -> Fill:
        row, number, expiry, strike, side, quantity, price, mid, cost, code = record
        condor = number == kernel.CONDOR
        layer = "" if condor else self.layer_names[int(number)]
        return Fill(
            self.dates[int(row)].item(),
            "SPXW" if condor else "VIX",
            (self.index_expiries if condor else self.vol_expiries)[int(expiry)].item(),
            strike,
            "call" if side > 0 else "put",
            quantity,
            price,
            mid,
            cost,
            CONDOR_RULES[int(code)] if condor else f"{layer}.{LAYER_RULES[int(code)]}",
        )

    def counts(self) -> Counts:
        """How often things happened."""
        records = self._records()
        codes, condor = records[:, kernel.FILL_RULE], records[:, kernel.FILL_LAYER] == kernel.CONDOR
        hedge = Counter(codes[~condor].astype(int).tolist())
        opened = int((codes[condor] == kernel.OPEN).sum()) // kernel.LEGS
        years = self.dates.astype("datetime64[Y]").astype(int) + 1970
        binding: dict[int, dict[str, int]] = {}
        for year in sorted(set(years.tolist())):
            codes_of_year = self.account.binding[years == year]
            binding[year] = {name: int((codes_of_year == code).sum()) for code, name in BUDGETS.items()}
        return Counts(
            opened=opened,
            skipped=int(self.opens_on.sum()) - opened,
            settled=int((codes[condor] == kernel.SETTLE).sum()) // kernel.LEGS,
            bought=hedge[kernel.ENTER],
            rolled=hedge[kernel.ROLL],
            boosted=hedge[kernel.BOOST],
            monetised=hedge[kernel.MONETISE],
            exited=hedge[kernel.EXIT],
            starved=int(self.account.starved.any(axis=1).sum()),
            binding=binding,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The same program with its hedge and without, on the same data."""

    with_hedge: Result
    without_hedge: Result


def check_account(result: Result, capital: float) -> None:
    """Raise ``SelfFinancingError`` on the first session whose books do not close to 1e-9 of equity (METHOD 8.3).

    Three identities: equity is cash plus marks; equity changes by P&L of positions, interest and costs only; cash
    changes by interest and the fills only, summed here from the fill log.
    """
    one, nav = result.account, result.nav
    marks = one.condor_mark + one.hedge_mark.sum(axis=1)
    costs = one.condor_cost + one.hedge_cost.sum(axis=1)
    gained = one.interest + one.condor_pnl + one.hedge_pnl.sum(axis=1) - costs
    records = one.fills[: int(one.filled[0])]
    paid = kernel.MULTIPLIER * records[:, kernel.FILL_QUANTITY] * records[:, kernel.FILL_MID]
    moved = np.bincount(
        records[:, kernel.FILL_ROW].astype(np.int64), paid + records[:, kernel.FILL_COST], minlength=nav.size
    )
    gaps = {
        "cash plus positions is not equity": one.cash + marks - nav,
        "P&L, interest and costs are not the change of equity": np.diff(nav, prepend=capital) - gained,
        "fills and interest are not the change of cash": np.diff(one.cash, prepend=capital) - one.interest + moved,
    }
    for fact, gap in gaps.items():
        broken = ~(np.abs(gap) <= TOLERANCE * np.maximum(np.abs(nav), 1.0))
        if broken.any():
            row = int(np.argmax(broken))
            raise SelfFinancingError(
                f"{result.name} on {result.dates[row]}: {fact} (by {gap[row]:.3e} dollars of {nav[row]:.6g}): "
                "the run is void, report it with its plan"
            )
