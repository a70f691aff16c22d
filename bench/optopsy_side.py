"""Five years of weekly condors on one table of daily quotes: optopsy and the engine, the same trades.

optopsy is never a dependency of ours: the section makes a virtual environment of its own under ``out/`` and says so
where it cannot. The table holds, for every condor that the engine opens, the four options on each session from the
entry to the expiry: modelled mids, an uneven spread, and the intrinsic value without spread on the last day. optopsy
pairs entries and exits of all rows; the trades that both made are matched by entry, expiry and strikes.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench import Row, Section, seconds
from bench.engine import PLAN, synthetic
from seawall.kernels import slots as at
from seawall.kernels.index_smile import family_values
from seawall.kernels.lane import run_lane
from seawall.kernels.quote import quote_key
from seawall.sim.listing import Calendar
from seawall.sim.programs import Entry, Exits, Program
from seawall.sim.programs_made import condor_legs
from seawall.sim.tables import Listing, Prints, listing, terms_of

Floats = NDArray[np.float64]
SESSIONS = 1260
HOME = Path("out") / "bench-optopsy"
WANTED = "optopsy==2.2.0"
LADDER = Program(
    "weekly", condor_legs(0.16, 0.05), "units", 1.0, Entry("friday", 45, 21, None, "weekly"), Exits(), tranches=12
)
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas, optopsy
data = pandas.read_csv(sys.argv[1], parse_dates=["expiration", "quote_date"])
terms = dict(raw=True, slippage="spread", min_bid_ask=1e-9, max_otm_pct=0.9, exit_dte=0, max_entry_dte=90)
taken = []
for _ in range(4):
    start = time.perf_counter()
    made = optopsy.iron_condor(data, **terms)
    taken.append(time.perf_counter() - start)
names = ["dte_entry", *(f"strike_leg{i}" for i in range(1, 5))]
rows = [[str(e.date()), *map(float, row)] for e, row in zip(made.expiration, made[names].to_numpy())]
gain = (made.total_exit_proceeds - made.total_entry_cost).tolist()
print(json.dumps({"seconds": min(taken[1:]), "rows": rows, "gain": gain}))
"""

Key = tuple[str, float, float, float, float, float]


class Table(NamedTuple):
    """Quotes by row of the market: day, expiry number, strike, side, bid, ask; one row of the array each."""

    cells: Floats
    quotes: at.Quotes


def interpreter() -> Path | None:
    """Python of the bench's own environment with optopsy; None where it cannot be made."""
    python = HOME / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=False, capture_output=True)  # noqa: S603
    asked = [str(python), "-c", "import optopsy"]
    got = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", "install", WANTED]
    try:
        if subprocess.run(asked, check=False, capture_output=True).returncode:  # noqa: S603
            subprocess.run(got, check=True, capture_output=True, timeout=300)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return python


def quoted(book: at.Book, made: Listing, days: NDArray[np.int64], market: tuple[at.Floats, ...]) -> Table:
    """Daily quotes of what was opened; bid and ask 1 to 5 % off the modelled mid, uneven by option and day."""
    levels, skew, spot, clock = market
    opened = book.fills[: int(book.filled[0])]
    opened = opened[opened[:, at.FILL_RULE] == at.ENTER]
    parts = []
    for record in opened:
        expiry, strike, side = int(record[at.FILL_EXPIRY]), record[at.FILL_STRIKE], record[at.FILL_SIDE]
        last = int(np.searchsorted(days, made.tables.expiry[expiry, at.EXPIRY_DAY]))
        row = np.arange(int(record[at.FILL_ROW]), min(last, days.size - 1) + 1)
        years = np.maximum(made.tables.expiry[expiry, at.EXPIRY_TIME] - clock[row], 1e-6)
        one = np.ones(row.size)
        forward, discount = spot[row] * np.exp(0.01 * years), np.exp(-0.03 * years)
        mid = family_values(levels[row], skew[row], years, strike * one, forward, discount, side * one)
        half = mid * (0.01 + 0.04 * np.modf(np.sin(row * 12.9898 + strike) * 43758.5453)[0] ** 2)
        settled = row == last
        mid = np.where(settled, np.maximum(side * (spot[row] - strike), 0.0), mid)
        half = np.where(settled, 0.0, half)
        parts.append(np.column_stack([row, expiry * one, strike * one, side * one, mid - half, mid + half]))
    cells = np.unique(np.concatenate(parts), axis=0)
    ends = made.tables.expiry[:, at.EXPIRY_DAY].astype(int)
    keys = np.array([quote_key(at.PM, int(ends[int(e)]), k, s) for _, e, k, s, *_ in cells])
    order = np.lexsort((keys, cells[:, 0]))
    first = np.searchsorted(cells[order, 0], np.arange(days.size + 1))
    found = at.Quotes(first.astype(np.int64), keys[order], cells[order, 4].copy(), cells[order, 5].copy())
    return Table(cells[order], found)


def trades(book: at.Book, made: Listing, when: Calendar) -> dict[Key, float]:
    """Points that every condor held to its expiry gained."""
    opened: dict[int, list[Floats]] = {}
    gains: dict[Key, float] = {}
    for record in book.fills[: int(book.filled[0])]:
        legs = opened.setdefault(int(record[at.FILL_SLOT]), [])
        legs.append(record)
        if len(legs) == 2 * at.LEGS:
            expiry = made.expiries[int(legs[0][at.FILL_EXPIRY])]
            left = float((expiry - when.dates[int(legs[0][at.FILL_ROW])]).astype(int))
            strikes = sorted(float(one[at.FILL_STRIKE]) for one in legs[: at.LEGS])
            gains[(str(expiry), left, strikes[0], strikes[1], strikes[2], strikes[3])] = -float(
                sum(one[at.FILL_QUANTITY] * one[at.FILL_PRICE] for one in legs)
            )
            opened[int(record[at.FILL_SLOT])] = []
    return gains


def write(path: Path, table: Table, made: Listing, when: Calendar, spot: Floats) -> None:
    """Write the table as optopsy reads it."""
    names = ("underlying_symbol", "underlying_price", "option_type", "expiration", "quote_date", "strike", "bid", "ask")
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(names)
        for row, expiry, strike, side, bid, ask in table.cells:
            right = "c" if side > 0.0 else "p"
            day, end = when.dates[int(row)], made.expiries[int(expiry)]
            out.writerow(["SPX", spot[int(row)], right, end, day, strike, repr(float(bid)), repr(float(ask))])


def run() -> Section:
    """Both on the same table; skipped with a line where optopsy cannot be installed."""
    title = f"iron condors on one table of quotes, {SESSIONS} sessions"
    python = interpreter()
    if python is None:
        return Section(title, (), [], (f"skipped: {WANTED} could not be installed into {HOME}",))
    rows, lane, when = synthetic(SESSIONS)
    nothing = np.zeros(0, np.int64)
    plan = replace(PLAN, programs=(LADDER,), hedge=None)
    made = listing(when, plan, np.zeros(SESSIONS, np.int8), Prints(nothing, nothing))
    terms = terms_of(plan)._replace(commission=0.0, margin=at.MARGIN_NONE)
    blank = at.Quotes(np.zeros(SESSIONS + 1, np.int64), nothing, np.zeros(0), np.zeros(0))
    first = run_lane(rows, lane, made.tables, terms, blank, 1e6)
    market = (rows.levels, rows.skew, lane.spot, made.tables.time)
    start = time.perf_counter()
    table = quoted(first, made, made.tables.day, market)
    building = time.perf_counter() - start
    book = run_lane(rows, lane, made.tables, terms, table.quotes, 1e6)
    ours = trades(book, made, when)
    taken = seconds(lambda: run_lane(rows, lane, made.tables, terms, table.quotes, 1e6))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.csv"
        write(path, table, made, when, lane.spot)
        done = subprocess.run([str(python), "-c", THEIRS, str(path)], capture_output=True, text=True, check=True)  # noqa: S603
    said = json.loads(done.stdout)
    theirs = {tuple(row): gain for row, gain in zip(said["rows"], said["gain"], strict=True)}
    both = [key for key in ours if key in theirs]
    worst = max((abs(ours[key] - theirs[key]) for key in both), default=float("nan"))

    def row(who: str, spent: float, count: int) -> Row:
        return Row(f"{len(table.cells)} quotes", who, (f"{1e3 * spent:.1f}", str(count), f"{1e6 * spent / count:.0f}"))

    return Section(
        title,
        ("ms", "trades", "us a trade"),
        [row("seawall, account marked every session", taken, len(ours)), row(WANTED, said["seconds"], len(theirs))],
        (
            f"{len(both)} of our {len(ours)} trades are among theirs; profits differ by at most {worst:.1e} points",
            "optopsy makes every trade the rows allow (each day is an entry) and has no account; it does not mark",
            f"bought at ask, sold at bid, settled at intrinsic; making the table took {building:.1f} s, not counted",
        ),
    )
