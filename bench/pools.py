"""Liquidity replayed on pool minutes: position-bars a second, and beside demeter on the same files.

Demeter is installed into an environment of its own, `.venv/demeter`, because it pins other libraries. The files are the
real ones of SEAWALL_SHARED where they are, else five made days in the same format.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench import Row, Section, seconds
from seawall.data.swaps import SwapReader
from seawall.kernels import lp_replay
from seawall.market.flow import PoolTerms
from seawall.sim.lp import replay_positions
from seawall.sim.lp_result import LpReplay
from seawall.sim.lp_rules import LpPlan, Range, Rule

DEMETER = "zelos-demeter==1.3.0"
HOME = Path(__file__).parents[1] / ".venv" / "demeter"
TERMS = PoolTerms("USDC", 6, "WETH", 18, 0.0005, 0)
FIRST, DAYS = dt.date(2023, 8, 13), 5
LIQUIDITY, TICKS = 10**15, (200_800, 201_800)
POSITIONS = 5000
LEAST, TIMES = 5e6, 100.0

SCRIPT = """
import json, logging, sys, time
from datetime import date
from decimal import Decimal
logging.disable(logging.CRITICAL)
from demeter import Actuator, MarketInfo, Strategy, TokenInfo
from demeter.uniswap import UniLpMarket, UniV3Pool
folder, first, last, low, high, liquidity = json.loads(sys.argv[1])
usdc, weth = TokenInfo("usdc", 6), TokenInfo("weth", 18)
market = UniLpMarket(MarketInfo("pool"), UniV3Pool(usdc, weth, 0.05, usdc), data_path=folder)

class Hold(Strategy):
    def initialize(self):
        price = market.data.iloc[0].openTick
        root = Decimal("1.0001") ** (Decimal(int(price)) / 2)
        a, b = (Decimal("1.0001") ** (Decimal(tick) / 2) for tick in (low, high))
        root = min(max(root, a), b)
        amount0 = liquidity * (1 / root - 1 / b) / 10**6
        amount1 = liquidity * (root - a) / 10**18
        market.add_liquidity_by_tick(low, high, amount1, amount0)

start = time.perf_counter()
market.load_data("polygon", "0x0", date.fromisoformat(first), date.fromisoformat(last))
loaded = time.perf_counter()
actuator = Actuator()
actuator.broker.add_market(market)
actuator.broker.set_balance(usdc, 10**9)
actuator.broker.set_balance(weth, 10**6)
actuator.strategy = Hold()
actuator.set_price(market.get_price_from_data())
actuator.run(False)
done = time.perf_counter()
held = list(market.positions.values())[0]
told = {"load": loaded - start, "run": done - loaded, "bars": len(market.data), "liquidity": int(held.liquidity),
        "fees": [float(held.pending_amount0), float(held.pending_amount1)]}
print("RESULT " + json.dumps(told))
"""


def _names() -> list[str]:
    return [f"{FIRST + dt.timedelta(days=n)}.minute.csv" for n in range(DAYS)]


def _made(folder: Path) -> None:
    """Five days of a random walk in ticks, with flows of its direction."""
    rng, tick = np.random.default_rng(7), 201_300
    for n, name in enumerate(_names()):
        start = dt.datetime.combine(FIRST + dt.timedelta(days=n), dt.time())
        lines = [
            "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity"
        ]
        for minute in range(1440):
            before, tick = tick, tick + int(rng.integers(-3, 4))
            size = int(rng.integers(10**8, 10**10))
            other = int(size * 1.0001**tick)
            flows = (-size, other, 0, other) if tick >= before else (size, -other, size, 0)
            cells = (start + dt.timedelta(minutes=minute), flows[0], flows[1], tick, before, min(before, tick),
                     max(before, tick), flows[2], flows[3], 25 * 10**17)  # fmt: skip
            lines.append(",".join(map(str, cells)))
        (folder / f"polygon-0x0-{name}").write_text("\n".join(lines) + "\n")


def _files(folder: Path) -> tuple[list[Path], str]:
    """The days under demeter's names, and whether they are real."""
    shared = Path(os.environ.get("SEAWALL_SHARED", HOME.parents[2] / "shared")) / "data" / "uniswap"
    real = [shared / f"polygon_USDC_WETH_005_{name}" for name in _names()]
    if all(path.exists() for path in real):
        for path, name in zip(real, _names(), strict=True):
            shutil.copyfile(path, folder / f"polygon-0x0-{name}")
        kind = "real minutes of a Polygon USDC/WETH 0.05 % pool"
    else:
        _made(folder)
        kind = "made minutes (no SEAWALL_SHARED)"
    return [folder / f"polygon-0x0-{name}" for name in _names()], kind


def _installed() -> str:
    """Why demeter cannot be run; empty when it can. Installs it when it is not there."""
    stamp, python = HOME / DEMETER, HOME / "bin" / "python"
    if stamp.exists():
        return ""
    words = [[sys.executable, "-m", "venv", str(HOME)], [str(python), "-m", "pip", "-q", "install", DEMETER]]
    try:
        for command in words:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603
        stamp.touch()
    except (OSError, subprocess.SubprocessError) as fault:
        told = (getattr(fault, "stderr", "") or str(fault)).strip().splitlines()
        return f"demeter is left out: {DEMETER} cannot be installed ({told[-1][:90] if told else 'no reason given'})"
    return ""


def _demeter(folder: Path) -> dict[str, Any] | str:
    if reason := _installed():
        return reason
    last = FIRST + dt.timedelta(days=DAYS - 1)
    words = json.dumps([str(folder), str(FIRST), str(last), *TICKS, LIQUIDITY])
    done = subprocess.run(  # noqa: S603
        [str(HOME / "bin" / "python"), "-W", "ignore", "-c", SCRIPT, words],
        capture_output=True, text=True, timeout=600, check=False, cwd=folder, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not told:
        return f"demeter is left out: it stopped with {done.stderr.strip().splitlines()[-1:]}"
    found: dict[str, Any] = json.loads(told[-1][7:])
    return found


def _plan(liquidity: float, rule: Rule | None = None, count: int = 1) -> LpPlan:
    low, high = sorted(TERMS.price_at_tick(tick) for tick in TICKS)
    wide = np.linspace(1.0, 0.5, count)
    middle = (low * high) ** 0.5
    ranges = tuple(
        Range(
            str(n),
            middle * (low / middle) ** w,
            middle * (high / middle) ** w,
            liquidity * TERMS.unit,
            rule=rule or Rule(),
        )
        for n, w in enumerate(wide)
    )
    return LpPlan(ranges, followed=min(count, 1))


def run() -> Section:
    """Time both, and compare the fees of one held position."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files, kind = _files(folder)
        flow = list(SwapReader(files, TERMS))
        theirs = _demeter(folder)
        one = _plan(LIQUIDITY if isinstance(theirs, str) else theirs["liquidity"])

        def whole() -> LpReplay:
            return replay_positions(one, SwapReader(files, TERMS), TERMS)

        result = whole()
        ours, loop = seconds(whole), seconds(lambda: replay_positions(one, flow, TERMS))
        bars = result.traded.rows
        rows = [Row("one held position", "seawall, files to result", _figures(ours, bars))]
        rows.append(Row("one held position", "seawall, rows in memory", _figures(loop, bars)))
        notes = [f"{kind}, {bars} bars of {DAYS} days"]
        if isinstance(theirs, str):
            notes.append(theirs)
        else:
            rows.append(
                Row("one held position", "demeter, files to result", _figures(theirs["load"] + theirs["run"], bars))
            )
            rows.append(Row("one held position", "demeter, its loop alone", _figures(theirs["run"], bars)))
            notes += _beside(result, theirs, ours, loop)
        for name, rule in (("held", Rule()), ("re-centred at exit", Rule("exit"))):
            many = _plan(LIQUIDITY, rule, POSITIONS)
            taken = seconds(lambda plan=many: replay_positions(plan, flow, TERMS), 3)
            rows.append(Row(f"{POSITIONS} positions", f"seawall, {name}", _figures(taken, POSITIONS * bars)))
        notes.append(f"limit: at least {LEAST / 1e6:g} million position-bars a second, held")
    return Section("liquidity on pool minutes", ("ms", "million position-bars/s"), rows, tuple(notes))


def _figures(taken: float, bars: int) -> tuple[str, str]:
    return f"{1e3 * taken:,.1f}", f"{bars / taken / 1e6:.4g}"


def _beside(result: LpReplay, theirs: dict[str, Any], ours: float, loop: float) -> list[str]:
    usdc, weth = (float(result.column(i)[0]) for i in (lp_replay.FEE_QUOTE, lp_replay.FEE_BASE))
    gaps = [usdc / theirs["fees"][0] - 1.0, weth / theirs["fees"][1] - 1.0]
    return [
        f"demeter takes {(theirs['load'] + theirs['run']) / ours:,.0f} times as long from files to result, its loop "
        f"{theirs['run'] / loop:,.0f} times (asked: {TIMES:g})",
        f"fees over demeter's: USDC {100.0 * gaps[0]:+.3f} %, WETH {100.0 * gaps[1]:+.3f} %",
    ]
