"""What jobs do, each in a process of its own: a backtest, the board of claims, a sync. See ``child``."""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any, Final, final

from seawall.app.service.answers import Record, clean
from seawall.app.service.jobs import Part, Report
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from seawall.data.sources.engine import Outcome
    from seawall.sim.plan import Plan

LOG: Final = logging.getLogger("seawall")
POLITE: Final = 5
"""How much the work gives way to the desk (see nice)."""
SIMULATIONS: Final = 0.6
"""Share of the board's time that simulations take."""
LOCK_S: Final = 3.0
"""How long a sync waits for a store that is in use before it says so."""


def asked_plan(text: str | None, policy: str | None) -> "Plan":
    """The plan of a file's text, else the default one, hedged by a shipped policy if one is named.

    Raises a ``SeawallError`` that names the line of a bad text.
    """
    import tempfile
    from dataclasses import replace
    from pathlib import Path

    from seawall.data.plans import default_plan, load_plan

    if text is None:
        chosen = default_plan()
    else:
        with tempfile.TemporaryDirectory(prefix="seawall-plan-") as folder:
            place = Path(folder) / "plan.yaml"
            place.write_text(text, encoding="utf-8", errors="replace")
            chosen = load_plan(place)
    if policy is None:
        return chosen
    from seawall.hedge.charter import preset

    return replace(chosen, hedge=preset(policy))


def backtest(asked: Record, report: Report) -> Any:
    """As `seawall backtest --json`: registered as trials, fills and account kept."""
    from seawall.app.recording import record_backtest
    from seawall.app.run_history import Source, run_history, stored_quotes, where_from
    from seawall.evidence.comparison import replay_record, single_record
    from seawall.report.records import replay_json
    from seawall.sim.engine import run
    from seawall.sim.result import Comparison

    chosen, source = asked_plan(asked["plan"], asked["policy"]), Source()
    report(0.05, "reading the history")
    history, quotes = run_history(source, chosen), stored_quotes(source, chosen)
    both = chosen.hedged and chosen.has_own
    report(0.2, "running it with its hedge" if both else "running it")
    first = run(chosen, history, quotes)
    results = [first]
    if both:
        report(0.5, "running it without its hedge")
        results.append(run(chosen.without_hedge(), history, quotes))
    report(0.8, "measuring and keeping the runs")
    ids = record_backtest(chosen, history, results)
    named = chosen.hedge.name if asked["policy"] is not None and chosen.hedge is not None else ""
    replay = replay_record(Comparison(*results), named) if both else single_record(first)
    return {**replay_json(chosen.name, replay), "data": where_from(source), "runs": ids._asdict()}


def evidence(asked: Record, report: Report) -> Any:
    """As `seawall evidence`: the claims tested, and kept."""
    from seawall.app.evidence import registered, world_of_store
    from seawall.app.evidence_kept import keep
    from seawall.evidence.board import claims_named, run_board
    from seawall.evidence.interval import SEED

    names = claims_named(asked["claims"])
    parts = {name: Part(name, "waiting") for name in names}
    report(0.01, "reading the store", parts.values())
    done = 0

    def simulated(plan: str) -> None:
        nonlocal done
        done += 1
        report(SIMULATIONS * done / (done + 6.0), f"simulating {plan}")

    def began(identity: str, claim: str) -> None:
        for name, one in parts.items():
            if one.state == "running":
                parts[name] = Part(name, "tested", 1.0)
        parts[identity] = Part(identity, "running")
        share = names.index(identity) / len(names)
        report(SIMULATIONS + (1.0 - SIMULATIONS) * share, f"testing {identity} {claim}", parts.values())

    world = world_of_store(names, asked["quick"], SEED, simulated)
    board = run_board(world, names, began, registered())
    keep(board)
    rows = [{"id": row.hypothesis.id, "verdict": str(row.decision.verdict)} for row in board.rows]
    report(1.0, "kept", [Part(row["id"], row["verdict"], 1.0) for row in rows])
    return {"claims": rows}


@final
class Heard:
    """Hands the words of a sync on to a job."""

    def __init__(self, names: Iterable[str], report: Report) -> None:
        self.parts = {name: Part(name, "waiting") for name in names}
        self._items: dict[str, int] = {}
        self._report = report

    def _tell(self, message: str) -> None:
        share = sum(one.progress for one in self.parts.values()) / max(len(self.parts), 1)
        self._report(share, message, self.parts.values())

    def started(self, source: str, items: int) -> None:
        """A source starts."""
        self._items[source] = max(items, 1)
        self.parts[source] = Part(source, "running", 0.0, f"{items:,} to ask for")
        self._tell(source)

    def advanced(self, source: str, item: str) -> None:
        """An item is finished."""
        before = self.parts[source].progress
        share = min(before + 1.0 / self._items[source], 1.0)
        self.parts[source] = Part(source, "running", share, item)
        self._tell(f"{source}: {item}")

    def finished(self, outcome: "Outcome") -> None:
        """A source is finished."""
        counts = {"added": outcome.added, "revised": outcome.revised, "unchanged": outcome.unchanged,
                  "refused": outcome.refused}  # fmt: skip
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        said = "; ".join(one for one in (told, outcome.why) if one) or "nothing new"
        self.parts[outcome.source] = Part(outcome.source, outcome.state, 1.0, said)
        self._tell(f"{outcome.source}: {outcome.state}")


def sync(asked: Record, report: Report) -> Any:
    """As `seawall data sync --json`. A store that another process holds is told before anything is asked for."""
    from seawall.app.cli.data.sync import record
    from seawall.data.sources.engine import Sync
    from seawall.data.sources.memory import Memory
    from seawall.data.sources.registry import wishes
    from seawall.data.store import Store

    wanted = wishes(asked["sources"])
    heard = Heard((wish.source.name for wish in wanted), report)
    report(0.0, "opening the store", heard.parts.values())
    Store.open(wait_s=LOCK_S).close()
    return {"sources": [record(outcome) for outcome in Sync(Memory(), listener=heard).run(wanted)]}


WORKS: Final[Mapping[str, Callable[[Record, Report], Any]]] = {
    "backtest": backtest, "evidence": evidence, "sync": sync,
}  # fmt: skip


def _speaking(out: IO[str]) -> Report:
    def report(progress: float, message: str, parts: Iterable[Part] | None = None, /) -> None:
        _say(out, {"progress": progress, "message": message, "parts": None if parts is None else list(parts)})

    return report


def _say(out: IO[str], content: Record) -> None:
    out.write(json.dumps(clean(content), allow_nan=False) + "\n")
    out.flush()


def _leave_with_the_desk() -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock a thread must not hold when the interpreter ends
        pass
    os._exit(1)


def main() -> None:
    """One piece of work, asked for on the first line of the input."""
    out, sys.stdout = sys.stdout, sys.stderr  # whatever else speaks must not break the lines
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_desk, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(POLITE)
    try:
        _say(out, {"result": WORKS[sys.argv[1]](asked, _speaking(out))})
    except SeawallError as fault:
        _say(out, {"error": str(fault)})
    except Exception:
        LOG.exception("a job failed by a defect")
        _say(out, {"error": "a defect stopped the job: the log of the server names it"})


if __name__ == "__main__":
    main()
