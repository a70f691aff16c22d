"""The board: every claim run on one world, corrected for their number, and judged by the rule written down before."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seawall.core.errors import MissingDataError, UnknownParameterError
from seawall.evidence.hypotheses import HYPOTHESES, Hypothesis
from seawall.evidence.runners import RUNNERS
from seawall.evidence.verdict import Decision, Found, Kind, Verdict, decide, holm
from seawall.evidence.world import Outcome, Runner, World

TESTS: Final = (Kind.SIZE, Kind.TEST)
"""Rules that read a p-value; the others read an interval or a list of conditions."""
CORRECTION: Final = "Holm over the claims of the board that are tests and could be run"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One claim: its outcome, None where it could not be run, its corrected p, its verdict, and the seconds it took."""

    hypothesis: Hypothesis
    outcome: Outcome | None
    corrected: tuple[float, ...]
    decision: Decision
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """All rows asked for. ``family``: number of claims the correction counts; ``trials``: configurations ever run."""

    rows: tuple[Row, ...]
    family: int
    trials: int
    world: World

    def row(self, identity: str) -> Row:
        """The row of a claim. Raises ``UnknownParameterError``."""
        for one in self.rows:
            if one.hypothesis.id == identity:
                return one
        raise UnknownParameterError(f"{identity} is not on this board: {', '.join(r.hypothesis.id for r in self.rows)}")

    def count(self, verdict: Verdict) -> int:
        """How many claims ended so."""
        return sum(one.decision.verdict is verdict for one in self.rows)


def claims_named(names: Sequence[str]) -> tuple[str, ...]:
    """Ids of claims in the order of the table, all without names. Raises ``UnknownParameterError``."""
    asked = {name.upper() for name in names}
    if unknown := sorted(asked - set(HYPOTHESES)):
        raise UnknownParameterError(f"no claim {unknown[0]!r}: there are {', '.join(HYPOTHESES)}")
    return tuple(one for one in HYPOTHESES if not asked or one in asked)


def _run(runner: Runner, world: World) -> tuple[Outcome | None, str, float]:
    started = time.perf_counter()
    missing = runner.missing(world)
    if missing:
        return None, missing, 0.0
    try:
        return runner.run(world), "", time.perf_counter() - started
    except MissingDataError as fault:
        return None, str(fault), time.perf_counter() - started


def run_board(
    world: World,
    names: Sequence[str] = (),
    began: Callable[[str, str], None] = lambda identity, claim: None,
    registered: int = 0,
) -> Board:
    """Run the claims and judge them; ``began`` is told each claim before it runs.

    p-values are corrected by Holm over every claim that is a test; one that was not asked for counts as one that could
    be run, with a p of 1, so that a claim asked for alone is corrected as strictly. ``registered``: runs the trial
    registry counts, this board's simulations among them. Raises ``UnknownParameterError``.
    """
    asked = claims_named(names)
    found: dict[str, tuple[Outcome | None, str, float]] = {}
    for identity in asked:
        began(identity, HYPOTHESES[identity].claim)
        found[identity] = _run(RUNNERS[identity], world)
    tests = {one: outcome for one, (outcome, _, _) in found.items() if outcome is not None and outcome.p}
    others = [
        one
        for one, claim in HYPOTHESES.items()
        if one not in asked and claim.rule.kind in TESTS and not RUNNERS[one].missing(world)
    ]
    corrected = holm(np.array([max(one.p) for one in tests.values()] + [1.0] * len(others)))
    factor = dict(zip(tests, corrected, strict=False))
    rows = tuple(_judged(one, found[one], factor.get(one)) for one in asked)
    spent = sum(outcome.trials for outcome, _, _ in found.values() if outcome is not None)
    return Board(rows, len(tests) + len(others), max(registered, 0) + spent, world)


def _judged(identity: str, found: tuple[Outcome | None, str, float], worst: float | None) -> Row:
    """``worst``: corrected p of the largest of the claim's own, which must all pass."""
    outcome, missing, seconds = found
    claim = HYPOTHESES[identity]
    if outcome is None:
        reason = missing if ":" in missing else f"needs {missing}"
        return Row(claim, None, (), Decision(Verdict.NOT_TESTABLE, reason), seconds)
    p = () if worst is None else (float(worst),)
    told = Found(outcome.effect, outcome.interval, p, outcome.doubled, outcome.holds, outcome.episodes)
    return Row(claim, outcome, p, decide(claim.rule, told), seconds)
