"""A market's day and a scenario set in which every number of a decision can be checked."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
from tests.hedge.made_history import path_set
from tests.worlds import EXPIRES, NOW, state

from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.hedge.scenarios import ScenarioSet
from seawall.hedge.stack.base import Situation
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import ConstantProduct
from seawall.instruments.structures import condor, option_on
from seawall.ledger.book import Book
from seawall.ledger.exposure import ledger
from seawall.market.smile import FlatSmile
from seawall.signals.base import Reading
from seawall.signals.regime import Regime, RegimeReading

WORLD = state(FlatSmile(0.18, "test"))
STRUCTURE = condor(option_on("SPX"), (5400.0, 5600.0, 6350.0, 6550.0), EXPIRES)
POOL = Position("pool", LiquidityPosition("ETH", ConstantProduct(900.0), fee_apr=0.4), 1.0, "pools")


def book(contracts: float = 60.0, nav: float | None = 5e6, *more: Position) -> Book:
    return Book("sold", (Position("condor", STRUCTURE, -contracts, "options"), *more), nav)


def score(value: float | None, day: dt.date | None = None) -> Reading:
    found = Status.FOUND if value is not None else Status.UNKNOWN
    return Reading(value, found, day or NOW.date(), Origin.OBSERVED, "")


def reading(
    regime: Regime, known_at: dt.datetime = NOW, rule: str = "test", fired: tuple[str, ...] = ("t1", "t4")
) -> RegimeReading:
    inputs = {"vix": score(18.0), "slope": score(0.9)}
    return RegimeReading(NOW.date(), regime, rule, 2, fired, inputs, known_at, ())


def situation(
    held: Book | None = None, regime: RegimeReading | None = None, signals: Mapping[str, Reading] | None = None,
    **more: object,
) -> Situation:  # fmt: skip
    at = ledger(held or book(), WORLD)
    return Situation(WORLD, at, regime or reading(Regime.CALM), signals or {}, **more)  # type: ignore[arg-type]


def made_scenarios(rows: int = 400, seed: int = 3) -> ScenarioSet:
    """Falls of SPX with rises of VIX, in one session, and ETH on its own."""
    rng = np.random.default_rng(seed)
    spx = np.clip(0.05 * rng.standard_t(5, (rows, 1)), -0.4, 0.4)
    points = np.maximum(-160.0 * spx, -6.0)
    eth = np.clip(0.2 * rng.standard_t(5, (rows, 1)), -0.8, 1.5)
    return path_set({"SPX": spx, "ETH": eth}, points)
