"""Liquidation cascades of whole venues, one thread, beside the time that sorting or reading alone would take."""

import numpy as np
from numpy.typing import NDArray

from bench import Row, Section, seconds
from seawall.kernels.cascade import cascade, flow
from seawall.kernels.cascade_book import Rungs, book_cascade, book_cascades, rungs
from seawall.kernels.cascade_path import Terms
from seawall.kernels.impact import linear, square_root
from seawall.sim.waterfall import run_waterfall
from seawall.sim.waterfall_state import Accounts, Feedback, Venue

Floats = NDArray[np.float64]
ACCOUNTS = 1_000_000
SMALLER = 100_000
SCENARIOS = 1_000
START = 100.0
ONE_LIMIT_MS = 100.0
MANY_LIMIT_MS = 5_000.0
BYTES_A_RUNG = 16
"""A scan reads the level of a rung and the units before it."""


def _accounts(n: int) -> tuple[Floats, Floats]:
    """Liquidation levels below the price, thinning out downwards, and lognormal sizes."""
    rng = np.random.default_rng(20_251_010)
    return START * np.exp(-np.abs(rng.normal(0.02, 0.3, n))), rng.lognormal(0.0, 1.5, n)


def _read_seconds(book: Rungs, reached: NDArray[np.int64]) -> float:
    """Time to read what the scans read, at the rate of a sum over the same two arrays."""
    once = seconds(lambda: (book.at.sum(), book.before.sum()))
    return once * float((reached + 1).sum()) / book.at.size


def _venue_rows() -> list[Row]:
    """One cascade of a million accounts, sorted and unsorted."""
    at, units = _accounts(ACCOUNTS)
    impact = linear(0.2 * START / units.sum())
    book = rungs(at, units, -1.0)
    found = book_cascade(START, 3.0, book, impact)
    work = f"{ACCOUNTS:,} accounts, {found.reached:,} liquidated"
    order = np.argsort(at)
    floor = seconds(lambda: np.argsort(at)) + seconds(lambda: (at[order], units[order])) + seconds(units.cumsum)
    whole = seconds(lambda: book_cascade(START, 3.0, rungs(at, units, -1.0), impact))
    sorted_once = seconds(lambda: book_cascade(START, 3.0, book, impact))
    read = seconds(lambda: (book.at.sum(), book.before.sum()))
    return [
        Row(work, "sort and cascade", _figures(whole, floor, ONE_LIMIT_MS)),
        Row(work, "cascade, sorted before", _figures(sorted_once, read, ONE_LIMIT_MS)),
    ]


def _figures(taken: float, floor: float | None, limit: float | None) -> tuple[str, str, str]:
    return (
        f"{1e3 * taken:.1f}",
        "" if floor is None else f"{1e3 * floor:.1f}",
        "" if limit is None else f"{limit:g}",
    )


def _scenario_rows() -> list[Row]:
    """A thousand shocks on a hundred thousand accounts, under two laws of impact."""
    at, units = _accounts(SMALLER)
    book, shocks = rungs(at, units, -1.0), np.linspace(1.0, 30.0, SCENARIOS)
    rows = []
    for name, law in (
        ("linear impact", linear(0.2 * START / units.sum())),
        ("square-root impact", square_root(0.05, float(units.sum()), START)),
    ):
        reached = book_cascades(START, shocks, book, law).reached
        work = f"{SCENARIOS:,} scenarios on {SMALLER:,} accounts"
        taken = seconds(lambda law=law: book_cascades(START, shocks, book, law))
        rows.append(Row(work, name, _figures(taken, _read_seconds(book, reached), MANY_LIMIT_MS)))
    return rows


def _loop_rows() -> list[Row]:
    """The continuous form on the same masses with a dealers' profile, and the waterfall frame by frame."""
    at, units = _accounts(SMALLER)
    edges = np.linspace(50.0, 150.0, 201)
    slope = 0.2 * START / units.sum()
    book = flow(edges, np.full(200, 0.2 / slope), at, units)
    terms = Terms(slope, 0.8, 0.2 * START / slope, 0.5, 1.5)
    rng = np.random.default_rng(7)
    position = units * rng.choice([-1.0, 1.0], SMALLER)
    leverage = np.clip(rng.lognormal(np.log(8.0), 0.8, SMALLER), 1.0, 50.0)
    made = Accounts(position, np.full(SMALLER, START), units * START / leverage)
    venue = Venue(0.005, linear(slope), first_part=0.2, backstop=2.0 / 3.0, insurance=1e-4 * float(units.sum()) * START)
    found = run_waterfall(made, START, -5.0, venue, Feedback(0.8, 0.5))
    work = f"{SMALLER:,} accounts"
    return [
        Row(work, "continuous form with both loops", _figures(seconds(lambda: cascade(START, 3.0, -1.0, book, terms)),
                                                              None, None)),
        Row(work, f"waterfall, {len(found.frames)} frames",
            _figures(seconds(lambda: run_waterfall(made, START, -5.0, venue, Feedback(0.8, 0.5))), None, None)),
    ]  # fmt: skip


def run() -> Section:
    """Time the discrete book, many scenarios, the continuous form and the waterfall."""
    return Section(
        title="cascades",
        columns=("ms", "floor", "limit"),
        rows=[*_venue_rows(), *_scenario_rows(), *_loop_rows()],
        notes=(
            "floor of a sort: numpy's argsort, two gathers and a cumulated sum; of a scan: the sum over the rungs it "
            f"reads, {BYTES_A_RUNG} bytes each",
        ),
    )
