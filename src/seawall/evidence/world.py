"""What a claim is tested on, and what its test found: one frozen world in, one outcome out, nothing else."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.evidence.interval import Interval, Plan
from seawall.evidence.placebo import TRIES
from seawall.evidence.simulated import SimulatedRuns
from seawall.market.history import History

if TYPE_CHECKING:
    from seawall.sim.event_replay import EventReplay

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]

QUICK_REPS: Final = 500
QUICK_TRIES: Final = 40
SIMULATION: Final = "a simulation"


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything a runner may read.

    ``history``: the series of the store; ``runs``: results of simulations, None without any; ``no_runs``: why there
    are none, in words; ``event``: the replay of the liquidation event; ``plan``: draws, seed and level of every
    interval; ``tries``: shuffles of a placebo.
    """

    history: History
    runs: SimulatedRuns | None = None
    event: "EventReplay | None" = None
    plan: Plan = field(default_factory=Plan)
    tries: int = TRIES
    no_runs: str = ""


class Look(StrEnum):
    """How a picture is drawn: estimates with intervals, lines, or points."""

    INTERVALS = "intervals"
    LINES = "lines"
    POINTS = "points"


class Trace(NamedTuple):
    """One line, cloud or row of estimates. ``x``: numbers, or labels of estimates; ``low``, ``high``: their ends."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class Picture(NamedTuple):
    """A chart as data: statistics only, no series of a vendor. ``mark``: the level that decides, None without one;
    ``modelled``: modelled option quotes are in it.
    """

    look: Look
    heading: str
    caption: str
    across: str
    up: str
    traces: tuple[Trace, ...]
    mark: float | None = None
    modelled: bool = False


class Fact(NamedTuple):
    """One line of the numbers under a claim, in words."""

    name: str
    text: str


class Grid(NamedTuple):
    """A table of numbers in words: heading, heads of its columns, rows."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Ablation(NamedTuple):
    """The effect with a trigger broken on purpose."""

    how: str
    effect: float
    p: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a run found, in the terms of its claim.

    ``effect`` in ``unit`` with ``interval`` (None where the test has none); ``p``: uncorrected, one-sided as
    claimed (two-sided for a claim without one); ``doubled``: the effect at doubled cost, None without costs;
    ``holds``: further conditions of the rule; ``n``: what was counted, ``counted`` says what; ``episodes``: distinct
    crises behind it, None where it is no statement about them; ``first``, ``last``: days used; ``modelled``: share of
    the option quotes that are modelled, None where there are none; ``trials``: configurations run; ``synthetic``: made
    without any observation; ``said``: the answer in a sentence of its own; ``suspect``: the effect is there and gone a
    session later, as that of a signal which has seen the day it trades.
    """

    effect: float
    unit: str
    interval: Interval | None
    n: int
    counted: str
    first: dt.date | None
    last: dt.date | None
    p: tuple[float, ...] = ()
    doubled: float | None = None
    holds: tuple[bool, ...] = ()
    episodes: int | None = None
    modelled: float | None = None
    trials: int = 1
    synthetic: bool = False
    pictures: tuple[Picture, ...] = ()
    facts: tuple[Fact, ...] = ()
    grids: tuple[Grid, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    notes: tuple[str, ...] = ()
    said: str = ""
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Runner:
    """A test of one claim. ``needs``: series, each "A" or "A|B" where either will do; ``simulated``: runs by name.

    The first of the runs is the account that the claim is about. ``lanes``: runs it was one of, else ``simulated``.
    """

    id: str
    run: Callable[[World], Outcome]
    needs: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()
    event: bool = False
    lanes: tuple[str, ...] = ()

    def missing(self, world: World) -> str:
        """What this world lacks for the claim, in words; empty if nothing."""
        gone = [name for name in self.needs if not any(has(world.history, one) for one in name.split("|"))]
        if self.event and world.event is None:
            gone.append("the event tape")
        if self.simulated and world.runs is None:
            why = f": {world.no_runs}" if world.no_runs else ""
            gone.append(f"{SIMULATION} ({', '.join(self.simulated)}){why}")
        elif world.runs is not None:
            gone += [f"{SIMULATION} of {name}" for name in self.simulated if name not in world.runs.returns]
        return ", ".join(one.replace("|", " or ") for one in gone)


def has(history: History, name: str) -> bool:
    """Whether a series is there with at least one row; ``name*`` any series that starts so."""
    if name.endswith("*"):
        return any(one.startswith(name[:-1]) and len(history.get(one)) for one in history.names)
    return history.has(name) and len(history.get(name)) > 0


def span(dates: Days) -> tuple[dt.date, dt.date]:
    """First and last day."""
    first, last = dates[0].item(), dates[-1].item()
    return first, last


def trace(name: str, x: Array, y: Array) -> Trace:
    """A trace of two arrays; rows that are not finite are left out."""
    kept = np.isfinite(x) & np.isfinite(y)
    return Trace(name, tuple(float(v) for v in x[kept]), tuple(float(v) for v in y[kept]))


def estimates(name: str, rows: Mapping[str, Interval]) -> Trace:
    """Labelled estimates with the ends of their intervals."""
    found = list(rows.values())
    return Trace(
        name,
        tuple(rows),
        tuple(one.estimate for one in found),
        tuple(one.low for one in found),
        tuple(one.high for one in found),
    )
