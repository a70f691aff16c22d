"""Backtests and evidence as jobs."""

import tempfile
from pathlib import Path
from typing import Any, Final

from seawall.app.service.answers import Record
from seawall.app.service.desk import Desk
from seawall.app.service.jobs import Job, Report
from seawall.app.service.refusal import TOO_LARGE, RefusedError

MAX_PLAN: Final = 100_000
NO_EVIDENCE: Final = "no hypothesis has been run on this desk yet: the board is empty, not passed"


def backtest(desk: Desk, plan: str | None) -> Job:
    """Queue a backtest of a plan file's text, or of the default plan; raises a ``SeawallError`` for a bad plan."""
    from seawall.data.plans import default_plan, load_plan

    if plan is None:
        chosen = default_plan()
    else:
        if len(plan) > MAX_PLAN:
            raise RefusedError(TOO_LARGE, f"a plan has at most {MAX_PLAN:,} characters: shorten it")
        with tempfile.TemporaryDirectory(prefix="seawall-plan-") as folder:
            place = Path(folder) / "plan.yaml"
            place.write_text(plan, encoding="utf-8", errors="replace")
            chosen = load_plan(place)

    def work(report: Report) -> Any:
        from seawall.data.embedded import embedded_history
        from seawall.evidence.comparison import replay_record
        from seawall.report.records import replay_json
        from seawall.sim.engine import compare

        report(0.1, "reading the history")
        history = embedded_history()
        report(0.2, "running the program three ways")
        runs = compare(chosen, history)
        report(0.8, "measuring the paths")
        return replay_json(chosen.name, replay_record(runs))

    return desk.jobs.submit("backtest", chosen.name, work)


def evidence() -> Record:
    """The board of hypotheses."""
    return {"verdicts": [], "reason": NO_EVIDENCE}
