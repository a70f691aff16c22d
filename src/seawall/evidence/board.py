"""The board: every claim run on one world, corrected for their number, and judged by the rule written down before."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import SeawallError, UnknownParameterError
from seawall.evidence.hypotheses import HYPOTHESES, Hypothesis
from seawall.evidence.luck import Luck, account_luck
from seawall.evidence.runners import RUNNERS
from seawall.evidence.verdict import ALPHA, Decision, Found, Kind, Verdict, decide, holm
from seawall.evidence.world import Outcome, Runner, World

TESTS: Final = (Kind.SIZE, Kind.TEST)
"""Rules that read a p-value; the others read an interval or a list of conditions."""
CHANCE: Final = (*TESTS, Kind.BOUND)
"""Rules that luck can meet; identities and lists of facts it cannot."""
CORRECTION: Final = "Holm over the claims that chance can decide and that could be run"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One claim: its outcome, None where it could not be run, its verdict, and the seconds it took.

    ``p``: the largest of the claim's own, or of an interval that its size is not passed, None without either;
    ``corrected``: the same over the board, empty without. ``luck``: of its account, None where it has none.
    """

    hypothesis: Hypothesis
    outcome: Outcome | None
    p: float | None
    corrected: tuple[float, ...]
    decision: Decision
    seconds: float
    luck: Luck | None = None


class ByChance(NamedTuple):
    """Claims to be expected supported if none held: ``judged`` by chance at all, before and after correction."""

    judged: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """All rows asked for. ``family``: claims the correction counts; ``trials``: configurations ever run.

    ``by_chance``: of the rows that could be run.
    """

    rows: tuple[Row, ...]
    family: int
    trials: int
    world: World
    by_chance: ByChance

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
    """Outcome, or None and what the data lack, or what is wrong with them; one claim must not end the others."""
    started = time.perf_counter()
    missing = runner.missing(world)
    if missing:
        return None, missing, 0.0
    try:
        return runner.run(world), "", time.perf_counter() - started
    except SeawallError as fault:
        return None, str(fault), time.perf_counter() - started


def run_board(
    world: World,
    names: Sequence[str] = (),
    began: Callable[[str, str], None] = lambda identity, claim: None,
    registered: int = 0,
) -> Board:
    """Run the claims and judge them; ``began`` is told each claim before it runs.

    p-values are corrected by Holm over every claim that chance can decide; one that was not asked for counts as one
    that could be run, with a p of 1, so that a claim asked for alone is corrected as strictly. ``registered``: runs
    the trial registry counts, this board's simulations among them. Raises ``UnknownParameterError``.
    """
    asked = claims_named(names)
    found: dict[str, tuple[Outcome | None, str, float]] = {}
    for identity in asked:
        began(identity, HYPOTHESES[identity].claim)
        found[identity] = _run(RUNNERS[identity], world)
    worst = {one: p for one, (outcome, _, _) in found.items() if (p := _worst(one, outcome)) is not None}
    others = [
        one
        for one, claim in HYPOTHESES.items()
        if one not in asked and claim.rule.kind in CHANCE and not RUNNERS[one].missing(world)
    ]
    factor = dict(zip(worst, holm(np.array([*worst.values()] + [1.0] * len(others))).tolist(), strict=False))
    trials = _trials({one: outcome for one, (outcome, _, _) in found.items() if outcome is not None}, registered)
    rows = tuple(_judged(one, found[one], worst.get(one), factor.get(one), _luck(one, world, trials)) for one in asked)
    return Board(rows, len(worst) + len(others), trials, world, _by_chance(rows, world.plan.level))


def _worst(identity: str, outcome: Outcome | None) -> float | None:
    """The largest p of a claim, which must all pass; of a bound, the p of the draws on its wrong side."""
    rule = HYPOTHESES[identity].rule
    if outcome is None or rule.kind not in CHANCE:
        return None
    if outcome.p:
        return max(outcome.p)
    return None if outcome.interval is None else outcome.interval.p_above(rule.size)


def _trials(found: Mapping[str, Outcome], registered: int) -> int:
    """Configurations ever run: what is registered, at least this board's simulations, and what claims tried besides."""
    simulated = [one.trials for identity, one in found.items() if RUNNERS[identity].simulated]
    besides = sum(one.trials for identity, one in found.items() if not RUNNERS[identity].simulated)
    return max(registered, max(simulated, default=0)) + besides


def _luck(identity: str, world: World, trials: int) -> Luck | None:
    """Luck of the account a claim is about, which is the first of its runs."""
    runner = RUNNERS[identity]
    if world.runs is None or not runner.simulated or runner.missing(world):
        return None
    runs = world.runs
    lanes = [name for name in runner.lanes or runner.simulated if name in runs.returns]
    return account_luck(runner.simulated[0], lanes, runs.returns, runs.cash, trials)


def _by_chance(rows: Sequence[Row], level: float) -> ByChance:
    kinds = [one.hypothesis.rule.kind for one in rows if one.p is not None]
    tests, bounds = sum(one in TESTS for one in kinds) * ALPHA, kinds.count(Kind.BOUND) * (1.0 - level) / 2.0
    return ByChance(len(kinds), tests + bounds, min(tests, ALPHA) + bounds)


def _judged(
    identity: str,
    found: tuple[Outcome | None, str, float],
    worst: float | None,
    corrected: float | None,
    luck: Luck | None,
) -> Row:
    """``worst``: the largest p of the claim's own, which must all pass; ``corrected``: the same over the board."""
    outcome, missing, seconds = found
    claim = HYPOTHESES[identity]
    if outcome is None:
        reason = missing if ":" in missing else f"needs {missing}"
        return Row(claim, None, None, (), Decision(Verdict.NOT_TESTABLE, reason), seconds)
    p = () if corrected is None else (corrected,)
    told = Found(outcome.effect, outcome.interval, p, outcome.doubled, outcome.holds, outcome.episodes)
    return Row(claim, outcome, worst, p, decide(claim.rule, told), seconds, luck)
