"""Run the monitor for long at one update a second against a fake venue, and count: memory, processor time, alerts.

    python scripts/soak.py [--minutes 60] [--kill-every SECONDS]

The venue repeats a cycle of two minutes: a fall beyond the liquidation threshold and back, a lone wrong price, an
outage, ten seconds of garbage of one kind, slow answers. Every cycle must give exactly the notices that follow from it.
"""

import argparse
import datetime as dt
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fake_venue import GARBAGE, SLOW_S, Answer, Inbox, garbage, instant, marks, receiver, venue

CYCLE_S: Final = 120.0
PRICE: Final = 2_500.0
BOOK: Final = """seawall_book: 1
name: soak
nav: 100000
market: soak.market.yaml
positions:
  - {label: ETH perp, kind: linear_perp, side: long, quantity: 20, asset: ETH, entry: 2500, leverage: 5,
     maintenance: 0.01}
  - {label: ETH pool, kind: v3_pool, asset: ETH, deposit_usd: 50000, entry_price: 2500, low: 1500, high: 4000,
     fee_apr: 0.5, fee: 0.003, block_seconds: 12}
"""
MARKET: Final = """seawall_market: 1
now: {now}
source: soak
rate: 0.04
assets:
  ETH: {{spot: {{value: 2500, as_of: {now}}}, smile: {{flat: 0.6}}, realised_vol: 0.6, funding: 0.05}}
"""
CONFIG: Final = """seawall_monitor: 1
books: [soak.book.yaml]
every: 1
horizon_days: 7
venue: {{url: "{url}", allow_private: true, timeout: 4, stale_after: 6}}
tickets: {{move: 0.05, every: 300}}
rules:
  - {{rule: liquidation, at: 0.1, clear: 0.05}}
  - {{rule: stale, sources: [venue]}}
  - {{rule: refused, at: 4}}
channels:
  - {{channel: webhook, url_from: SOAK_URL, secret_from: SOAK_SECRET, allow_private: true}}
cool_down: 0
state: soak.sqlite
"""
EXPECTED: Final = Counter({
    ("liquidation", "alert"): 1, ("liquidation", "cleared"): 1, ("stale", "alert"): 2, ("stale", "cleared"): 2,
    ("refused", "alert"): 1, ("refused", "cleared"): 1,
})  # fmt: skip
"""Notices of one cycle: the fall; the outage and the garbage, each longer than the limit of age; the garbage."""


def price_at(at: float) -> float:
    """Price within a cycle: 12 % down in steps of 4 %, held, and back."""
    down = {30: 0.04, 31: 0.08}.get(int(at), 0.12) if 30.0 <= at < 44.0 else {44: 0.08, 45: 0.04}.get(int(at), 0.0)
    return PRICE * (1.0 - down) * (1.0 + 0.001 * math.sin(at))


def answer_at(elapsed: float, count: int) -> Answer | None:
    """What the venue says so many seconds after its start."""
    cycle, at = int(elapsed // CYCLE_S), elapsed % CYCLE_S
    prices, now = {"ETH": price_at(at)}, instant()
    if 20.0 <= at < 21.2:
        return 200, marks({"ETH": prices["ETH"] * 0.5}, now) if count % 2 else marks({"ETH": prices["ETH"] * 2.0}, now)
    if 60.0 <= at < 72.0:
        return None if cycle % 2 else (503, b"")
    if 80.0 <= at < 92.0:
        return 200, garbage(GARBAGE[cycle % len(GARBAGE)], prices, now, count)
    if 100.0 <= at < 108.0:
        time.sleep(SLOW_S)
    return 200, marks(prices, now)


def process_of(pid: int) -> tuple[float, float]:
    """Resident megabytes and seconds of processor time of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, ticks / os.sysconf("SC_CLK_TCK")


def slope(points: list[tuple[float, float]]) -> float:
    """Megabytes an hour by least squares, after the first five minutes where there are more."""
    late = [one for one in points if one[0] > 300.0]
    used = late if len(late) > 10 else points[len(points) // 2 :]
    mean_t, mean_m = (sum(one[k] for one in used) / len(used) for k in (0, 1))
    spread = sum((t - mean_t) ** 2 for t, _ in used)
    return 3600.0 * sum((t - mean_t) * (m - mean_m) for t, m in used) / spread if spread else 0.0


def metric(url: str, name: str) -> dict[str, float]:
    """Samples of a metric by their labels."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310  (loopback)
        rows = [line for line in answer.read().decode().splitlines() if line.startswith(name)]
    return {row.rpartition(" ")[0].removeprefix(name): float(row.rpartition(" ")[2]) for row in rows}


def started(folder: Path, environ: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """A monitor of its own process, and its address."""
    words = [sys.executable, "-m", "seawall.app", "monitor", "soak.monitor.yaml", "--listen", "0"]
    process = subprocess.Popen(
        words, cwd=folder, env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None  # noqa: S101  (it is piped)
    line = process.stderr.readline()
    if "is at http" not in line:
        raise SystemExit(f"the monitor did not start: {line}{process.stderr.read()}")
    return process, line.split()[-1].removesuffix("/metrics")


def ready(url: str) -> None:
    """Return when the monitor has observed once: kernels are compiled by then."""
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=10):  # noqa: S310  (loopback)
                return
        except OSError:
            time.sleep(0.2)


def counted(inbox: Inbox, since: dt.datetime) -> dict[int, Counter[tuple[str, str]]]:
    """Distinct notices by cycle."""
    found: dict[int, Counter[tuple[str, str]]] = {}
    for body in {one["id"]: one for one in inbox.bodies()}.values():
        cycle = int((dt.datetime.fromisoformat(body["at"]) - since).total_seconds() // CYCLE_S)
        found.setdefault(cycle, Counter())[body["rule"], body["kind"]] += 1
    return found


def soak(minutes: float, kill_every: float) -> int:
    """Run, print, and return 0 when nothing is missed and memory is flat."""
    begun = time.monotonic()
    start: dict[str, float] = {}
    inbox = Inbox()

    def answer(count: int) -> Answer | None:
        return answer_at(time.monotonic() - start["at"] if start else 0.0, count)

    with tempfile.TemporaryDirectory() as name, venue(answer) as market, receiver(inbox) as target:
        folder = Path(name)
        now = (instant() - dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        (folder / "soak.book.yaml").write_text(BOOK)
        (folder / "soak.market.yaml").write_text(MARKET.format(now=now))
        (folder / "soak.monitor.yaml").write_text(CONFIG.format(url=market.url + "/marks"))
        environ = {**os.environ, "SOAK_URL": target.url + "/hook", "SOAK_SECRET": "soak", "SEAWALL_HOME": name}
        process, url = started(folder, environ)
        ready(url)
        start |= {"at": time.monotonic(), "clock": instant().timestamp()}
        kills, killed, points, ticks = 0, time.monotonic(), [], 0.0
        touched: set[int] = set()
        try:
            while time.monotonic() - begun < 60.0 * minutes:
                time.sleep(10.0)
                megabytes, seconds = process_of(process.pid)
                polls = metric(url, "seawall_monitor_poll_seconds_count").get("", 0.0)
                points.append((time.monotonic() - begun, megabytes))
                ticks = max(ticks, polls)
                print(f"{points[-1][0]:7.0f} s  {megabytes:7.1f} MB  {seconds:7.1f} s processor  {polls:6.0f} polls  "
                      f"{len(inbox.bodies()):4d} notices", flush=True)  # fmt: skip
                if kill_every and time.monotonic() - killed > kill_every:
                    gone = int((time.monotonic() - start["at"]) // CYCLE_S)
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    process, url = started(folder, environ)
                    ready(url)
                    touched |= set(range(gone, int((time.monotonic() - start["at"]) // CYCLE_S) + 1))
                    kills, killed = kills + 1, time.monotonic()
            cost = process_of(process.pid)[1] / max(metric(url, "seawall_monitor_poll_seconds_count")[""], 1.0)
            refused = metric(url, "seawall_monitor_refused_total")
        finally:
            process.terminate()
            process.wait(30)
        return judged(
            inbox,
            start,
            points,
            {
                "kills": kills,
                "cycles_with_a_kill": sorted(touched),
                "cpu_s_per_poll": round(cost, 4),
                "refused": refused,
            },
        )


def balance(inbox: Inbox) -> dict[str, int]:
    """Beginnings without an end, by rule: at most the one that is active now; never below zero."""
    told = {(one["rule"], one["kind"], one["id"]) for one in inbox.bodies()}
    begun, ended = (Counter(rule for rule, what, _ in told if what == kind) for kind in ("alert", "cleared"))
    return {rule: begun[rule] - ended[rule] for rule in begun | ended}


def judged(inbox: Inbox, start: dict[str, float], points: list[tuple[float, float]], more: dict[str, Any]) -> int:
    """The sums at the end."""
    since = dt.datetime.fromtimestamp(start["clock"], dt.UTC)
    whole = int((time.monotonic() - start["at"]) // CYCLE_S)
    found = counted(inbox, since)
    whole_ones = [cycle for cycle in range(whole) if cycle not in more["cycles_with_a_kill"]]
    missed = sum((EXPECTED - found.get(cycle, Counter())).total() for cycle in whole_ones)
    extra = sum((found.get(cycle, Counter()) - EXPECTED).total() for cycle in range(whole))
    ids = [one["id"] for one in inbox.bodies()]
    told = {
        "cycles": whole, "expected": EXPECTED.total() * len(whole_ones), "missed": missed, "extra": extra,
        "unended": balance(inbox), "sent_twice": len(ids) - len(set(ids)),
        "memory_mb": [round(points[0][1], 1), round(points[-1][1], 1)],
        "slope_mb_per_hour": round(slope(points), 2), **more,
    }  # fmt: skip
    print(json.dumps(told, indent=2))
    for cycle in range(whole):
        if found.get(cycle, Counter()) != EXPECTED:
            print(f"cycle {cycle}: {dict(found.get(cycle, Counter()))}")
    return int(missed > 0 or extra > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--kill-every", type=float, default=0.0)
    given = parser.parse_args()
    raise SystemExit(soak(given.minutes, given.kill_every))
