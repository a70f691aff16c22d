"""One day of a kept run: what was held and since when, what each layer made, what was traded, whether it adds up.

What is held follows from the fills alone. What it has made since it was opened is the layer's P&L to date less what its
closed contracts made (average price, at mid), which also holds for futures, whose gains are paid every day.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from seawall.core.errors import SelfFinancingError
from seawall.sim.run_log import LoggedFill, RunLog

TOLERANCE: Final = 1e-9
"""Of equity, as in ``sim.result``."""
DUST: Final = 1e-9
"""Contracts below this are none."""


class Position(NamedTuple):
    """Contracts held at a close. ``mid``: average when opened; ``entry_cost``: dollars lost to spread and fees then.

    ``opened``, ``rule``: day and rule of the fill that opened it; ``state``: the market state that it acted on.
    """

    layer: str
    slot: int
    instrument: str
    quantity: float
    mid: float
    entry_cost: float
    opened: dt.date
    rule: str
    multiplier: float
    state: str = ""


class Held(NamedTuple):
    """Positions at a close, and dollars that closed contracts of each layer made at mid until then."""

    positions: tuple[Position, ...]
    realised: dict[str, float]


class LayerDay(NamedTuple):
    """One layer on one session, dollars. ``pnl``: at mid, before ``cost``; ``mark``: value of what is held.

    ``since_entry``: what the positions held at the close have made since opened, before costs, None if there are none.
    ``budget``: which budget bound the last purchase that is held, "" if none did; ``starved``: it wanted to open today
    and no whole lot fitted. ``total``: P&L after costs since the run began.
    """

    layer: str
    hedge: bool
    positions: tuple[Position, ...]
    pnl: float
    cost: float
    mark: float
    since_entry: float | None
    budget: str
    starved: bool
    total: float


@dataclass(frozen=True, slots=True)
class Explained:
    """One session of a run. Dollars; ``call``: 1 a margin call, 2 ruin; ``spx``, ``vix``: closes of the day.

    ``state``, ``rule``, ``fired``: market state the session acted on, of ``before``. ``before`` is None on the first.
    ``made``: change of equity. ``gap``: largest of the three sums of the account that must be 0.
    """

    run: str
    day: dt.date
    before: dt.date | None
    state: str
    rule: str
    fired: str
    spx: float
    vix: float
    layers: tuple[LayerDay, ...]
    fills: tuple[LoggedFill, ...]
    made: float
    interest: float
    variation: float
    cash: float
    equity: float
    margin: float
    call: int
    total: float
    gap: float


def replayed(fills: Iterable[LoggedFill]) -> Held:
    """Positions and realised gains after some fills, oldest first; averages by price, whatever closes first."""
    held: dict[tuple[str, int, str], Position] = {}
    realised: dict[str, float] = {}
    for fill in fills:
        key = (fill.layer, fill.slot, fill.instrument)
        old = held.get(key)
        if old is None:
            held[key] = _opened(fill, fill.quantity, fill.cost)
        elif old.quantity * fill.quantity > 0.0:
            count = old.quantity + fill.quantity
            mid = (old.quantity * old.mid + fill.quantity * fill.mid) / count
            held[key] = old._replace(quantity=count, mid=mid, entry_cost=old.entry_cost + fill.cost)
        else:
            closed = min(abs(fill.quantity), abs(old.quantity))
            gain = (fill.mid - old.mid) * old.multiplier * (closed if old.quantity > 0.0 else -closed)
            realised[fill.layer] = realised.get(fill.layer, 0.0) + gain
            left = old.quantity + fill.quantity
            if abs(left) <= DUST:
                del held[key]
            elif left * old.quantity > 0.0:
                held[key] = old._replace(quantity=left, entry_cost=old.entry_cost * left / old.quantity)
            else:
                held[key] = _opened(fill, left, fill.cost * left / fill.quantity)
    return Held(tuple(held.values()), realised)


def _opened(fill: LoggedFill, quantity: float, cost: float) -> Position:
    return Position(
        fill.layer, fill.slot, fill.instrument, quantity, fill.mid, cost, fill.day, fill.rule, fill.multiplier
    )


def explain(log: RunLog, day: dt.date) -> Explained:
    """One session of a kept run. Raises ``RangeError`` or ``MissingDataError`` for a day that is no session of it.

    Raises ``SelfFinancingError`` if the account of the day does not add up.
    """
    row = log.row(day)
    held = replayed(one for one in log.fills if one.day <= day)
    today = tuple(one for one in log.fills if one.day == day)
    account = {name: float(values[row]) for name, values in log.account.items()}
    start = log.capital if row == 0 else float(log.account["equity"][row - 1])
    gap = account_gap(log, row, today)
    if not gap <= TOLERANCE * max(abs(account["equity"]), 1.0):
        raise SelfFinancingError(
            f"the kept account of {log.name} does not add up on {day} (by {gap:.3g} dollars): run its plan again"
        )
    return Explained(
        log.name,
        day,
        log.dates[row - 1].item() if row else None,
        log.acted.state[row],
        log.acted.rule[row],
        log.acted.fired[row],
        account["spx"],
        account["vix"],
        tuple(_layer(log, row, place, held) for place in range(len(log.layers))),
        today,
        account["equity"] - start,
        account["interest"],
        account["variation"],
        account["cash"],
        account["equity"],
        account["margin"],
        int(account["call"]),
        account["equity"] - log.capital,
        gap,
    )


def _layer(log: RunLog, row: int, place: int, held: Held) -> LayerDay:
    name = log.layers[place]
    positions = tuple(
        one._replace(state=log.acted.state[log.row(one.opened)]) for one in held.positions if one.layer == name
    )
    to_date = float(log.layer["pnl"][: row + 1, place].sum())
    since = to_date - held.realised.get(name, 0.0) if positions else None
    opened = max((log.row(one.opened) for one in positions), default=None)
    return LayerDay(
        name,
        log.hedges[place],
        positions,
        float(log.layer["pnl"][row, place]),
        float(log.layer["cost"][row, place]),
        float(log.layer["mark"][row, place]),
        since,
        "" if opened is None else log.budget(opened, place),
        bool(log.layer["starved"][row, place] > 0.0),
        to_date - float(log.layer["cost"][: row + 1, place].sum()),
    )


def account_gap(log: RunLog, row: int, today: Iterable[LoggedFill]) -> float:
    """Largest absolute gap, dollars, of the three sums of a session (METHOD 8.3).

    Equity is cash and marks; it changes by P&L, interest and costs; cash changes by interest, what futures and
    pools paid, what went to venues, and the fills.
    """
    account, first = log.account, row == 0
    equity, cash = float(account["equity"][row]), float(account["cash"][row])
    start = log.capital if first else float(account["equity"][row - 1])
    begun = log.capital if first else float(account["cash"][row - 1])
    interest, variation = float(account["interest"][row]), float(account["variation"][row])
    gained = interest + float((log.layer["pnl"][row] - log.layer["cost"][row]).sum())
    fees, venue = float(account["fees"][row]), float(account["venue"][row])
    moved = interest + variation + fees - venue + sum(one.cash for one in today)
    gaps = (cash + float(log.layer["mark"][row].sum()) - equity, equity - start - gained, cash - begun - moved)
    return max(abs(gap) for gap in gaps)
