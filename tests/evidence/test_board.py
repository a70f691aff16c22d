"""The board on planted truths and on a leak; its corrections, its refusals, and that it repeats itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from tests.evidence.worlds import LIGHT, days, dealer_world, front_world, runs_of, world

from seawall.core.errors import DomainError, LookaheadError, UnknownParameterError
from seawall.core.status import Status
from seawall.evidence.board import Board, claims_named, run_board
from seawall.evidence.equal_mean import equal_mean, shares
from seawall.evidence.hypotheses import HYPOTHESES
from seawall.evidence.interval import Plan
from seawall.evidence.resample import Measure, Statistic
from seawall.evidence.runners import RUNNERS
from seawall.evidence.runners.calm_rate import rates
from seawall.evidence.selection import pbo
from seawall.evidence.simulated import SimulatedRuns
from seawall.evidence.verdict import ALPHA, Kind, Verdict
from seawall.evidence.world import World
from seawall.market.history import History
from seawall.report.evidence_tables import chance

EMPTY = World(History.of(), plan=Plan(reps=50, seed=1), tries=5)


def verdict(board: Board, claim: str) -> Verdict:
    return board.row(claim).decision.verdict


def test_every_claim_has_a_runner_and_names_what_it_lacks() -> None:
    assert set(RUNNERS) == set(HYPOTHESES)
    board = run_board(EMPTY)
    untested = {row.hypothesis.id for row in board.rows if row.decision.verdict is Verdict.NOT_TESTABLE}
    assert untested == set(HYPOTHESES) - {"H-01"}  # an identity needs no data
    for identity in untested:
        reason = board.row(identity).decision.reason
        runner = RUNNERS[identity]
        named = [*(one.replace("|", " or ") for one in runner.needs), *runner.simulated]
        assert all(name in reason for name in named), identity
        assert "simulation" in reason or not runner.simulated
    assert verdict(board, "H-01") is Verdict.SUPPORTED


def test_dealer_gamma_with_a_planted_effect_is_supported_at_its_size() -> None:
    """ln range = ln VIX + 0.4 noise + s sign, sign set on 30 %: R2 gain (s^2 0.21)/(0.16 + s^2 0.21), by arithmetic."""
    board = run_board(dealer_world(1, 0.5), ["H-05"])
    found = board.row("H-05").outcome
    assert found is not None
    assert found.interval is not None
    assert verdict(board, "H-05") is Verdict.SUPPORTED
    noise = 0.16
    share = 0.25 * 0.21 / (noise + 0.25 * 0.21)
    assert found.interval.low < share < found.interval.high
    assert not found.suspect
    ablation = {one.how: one.effect for one in found.ablations}
    assert ablation["this trigger never fires"] == 0.0
    assert abs(ablation["this trigger fires as often, at other times (mean)"]) < 0.02
    assert ablation["this trigger always fires"] == pytest.approx(0.0, abs=1e-9)


def test_a_leaked_signal_is_caught_by_its_placebo() -> None:
    """The leak passes the rule, because the rule cannot know; the placebo a session later says so."""
    found = run_board(dealer_world(1, 0.5, leaked=True), ["H-05"]).row("H-05").outcome
    assert found is not None
    assert found.suspect
    told = {one.how: one for one in found.ablations}
    assert told["as it is"].p is not None
    assert told["as it is"].p < ALPHA
    late = told["the same trigger one session later"].p
    assert late is not None
    assert late >= ALPHA


def test_a_cross_that_pays_is_supported_at_its_size() -> None:
    """Planted: 21 sessions after a cross earn 10 % together; the spread of the fund is 5 bp a side."""
    found = run_board(front_world(1, 0.15), ["H-07"])
    outcome = found.row("H-07").outcome
    assert verdict(found, "H-07") is Verdict.SUPPORTED
    assert outcome is not None
    assert outcome.doubled is not None
    assert 0.0 < outcome.doubled < outcome.effect < 0.15
    assert 0.0 < outcome.effect - outcome.doubled < 0.002  # one more round trip of a fund at 5 bp a side


def test_policies_that_work_by_construction_are_supported() -> None:
    board = run_board(world(runs=runs_of(1, effect=1.0)), ["H-03", "H-08", "H-09", "H-10", "H-14"])
    assert {row.hypothesis.id: row.decision.verdict for row in board.rows} == dict.fromkeys(
        ["H-03", "H-08", "H-09", "H-10", "H-14"], Verdict.SUPPORTED
    )
    steward = board.row("H-14").outcome
    assert steward is not None
    assert steward.effect < -0.02
    # simulations are shared by claims and are in the registry already: 9 of them, each counted once
    assert {row.outcome.trials for row in board.rows if row.outcome is not None} == {9}
    assert board.trials == 9
    assert run_board(board.world, ("H-14",), registered=700).trials == 700


def test_what_a_claim_tried_besides_simulations_is_added_to_the_registry() -> None:
    found = run_board(dealer_world(1, 0.0, count=1500), ["H-05"], registered=50)
    outcome = found.row("H-05").outcome
    assert outcome is not None
    assert outcome.trials > 0
    assert found.trials == 50 + outcome.trials


def test_policies_that_harm_by_construction_are_refuted() -> None:
    """The same accounts with the names exchanged."""
    runs = runs_of(1, effect=1.0)
    turned = {"alone": "hedged", "hedged": "alone", "widened": "not widened", "not widened": "widened",
              "steward": "promoter", "promoter": "steward", "band": "hold", "hold": "band",
              "chase": "band"}  # fmt: skip
    wrong = replace(
        runs,
        returns={name: runs.returns[other] for name, other in turned.items()},
        doubled={name: runs.doubled[other] for name, other in turned.items()},
    )
    board = run_board(world(runs=wrong), ["H-03", "H-08", "H-10", "H-14"])
    assert {row.decision.verdict for row in board.rows} <= {Verdict.REFUTED, Verdict.NOT_SUPPORTED}
    assert verdict(board, "H-08") is Verdict.REFUTED


def test_a_claim_alone_is_corrected_as_strictly_as_on_the_board() -> None:
    made = world(runs=runs_of(1, effect=1.0))
    names = ["H-03", "H-08", "H-09", "H-10", "H-14"]
    board = run_board(made, names)
    alone = run_board(made, ["H-14"])
    decided = [
        one for one, claim in HYPOTHESES.items()
        if claim.rule.kind in (Kind.TEST, Kind.BOUND) and not RUNNERS[one].missing(made)
    ]  # fmt: skip
    assert board.family == alone.family == len(decided) == 5
    worst = board.row("H-14").outcome
    assert worst is not None
    assert alone.row("H-14").corrected == (pytest.approx(5 * max(worst.p)),)
    assert board.row("H-14").corrected[0] <= alone.row("H-14").corrected[0]


def test_the_corrected_column_is_that_of_statsmodels() -> None:
    """Every claim that chance can decide, bounds by the share of their draws on the wrong side of the size."""
    board = run_board(world(runs=runs_of(4, 2200)), ["H-03", "H-08", "H-09", "H-10", "H-14"])
    raw = [row.p for row in board.rows]
    bound = board.row("H-09").outcome
    assert bound is not None
    assert bound.interval is not None
    assert bound.interval.draws is not None
    assert board.row("H-09").p == (1 + np.count_nonzero(bound.interval.draws <= 0.0)) / (1 + LIGHT.reps)
    np.testing.assert_allclose([row.corrected[0] for row in board.rows], multipletests(raw, method="holm")[1])


def test_what_luck_would_support_is_stated() -> None:
    """Four tests at 5 % and one interval of 95 %: .2 + .025 before, .05 + .025 after; an identity adds nothing."""
    board = run_board(world(runs=runs_of(4, 2200)), ["H-01", "H-03", "H-08", "H-09", "H-10", "H-14"])
    assert board.by_chance == (5, pytest.approx(0.225), pytest.approx(0.075))
    assert run_board(EMPTY).by_chance == (0, 0.0, 0.0)
    assert "0.23 of the 5" in chance(board) or "0.22 of the 5" in chance(board)
    assert "at most 0.07" in chance(board) or "at most 0.08" in chance(board)
    assert "the other 1" in chance(board)


def test_the_luck_of_an_account_counts_every_run_of_the_store() -> None:
    """Sharpe ratio and moments by scipy, SR0 by the formula of METHOD 9.2, PBO by hand counts elsewhere."""
    runs = runs_of(4, 2200, effect=1.0)
    found = run_board(world(runs=runs), ["H-14"], registered=400).row("H-14").luck
    assert found is not None
    ratios = np.array([one.mean() / one.std(ddof=1) for one in runs.returns.values()])
    own = runs.returns["steward"]
    ratio = own.mean() / own.std(ddof=1)
    first, second = stats.norm.ppf([1.0 - 1.0 / 400.0, 1.0 - 1.0 / (400.0 * np.e)])
    best = ratios.std(ddof=1) * ((1.0 - np.euler_gamma) * first + np.euler_gamma * second)
    skew, kurtosis = stats.skew(own), stats.kurtosis(own, fisher=False)
    score = (ratio - best) * np.sqrt(own.size - 1.0) / np.sqrt(1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2)
    assert found.dsr == pytest.approx(stats.norm.cdf(score), rel=1e-9)
    assert (found.trials, found.lanes, found.blocks) == (400, 2, 16)
    assert found.pbo == pytest.approx(pbo(np.column_stack([own, runs.returns["promoter"]])).value)
    less = run_board(world(runs=runs), ["H-14"], registered=20).row("H-14").luck
    assert less is not None
    assert less.dsr is not None
    assert found.dsr is not None
    assert found.dsr < less.dsr  # more tries, more luck to take off
    assert run_board(dealer_world(1, 0.0, count=1500), ["H-05"]).row("H-05").luck is None  # no account of its own


def test_the_same_world_gives_the_same_board() -> None:
    made = dealer_world(3, 0.1)
    first, second = (run_board(made, ["H-05", "H-01"]) for _ in range(2))
    assert [row.decision for row in first.rows] == [row.decision for row in second.rows]
    assert [row.outcome and row.outcome.interval for row in first.rows] == [
        row.outcome and row.outcome.interval for row in second.rows
    ]


def test_names() -> None:
    assert claims_named(["h-05", "H-01"]) == ("H-01", "H-05")
    assert claims_named([]) == tuple(HYPOTHESES)
    with pytest.raises(UnknownParameterError, match="no claim 'H-99'"):
        claims_named(["H-99"])
    with pytest.raises(UnknownParameterError, match="not on this board"):
        run_board(EMPTY, ["H-03"]).row("H-05")


def test_equal_mean_holds_the_better_earner_smaller() -> None:
    assert shares(0.02, 0.01) == (0.5, 1.0)
    assert shares(0.01, 0.02) == (1.0, 0.5)
    assert shares(-0.01, 0.02) == (1.0, 0.0)  # nothing of it earns as little
    assert shares(-0.01, -0.02) == (1.0, 1.0)


def test_equal_mean_of_one_account_at_two_sizes_is_no_difference() -> None:
    """Leverage alone is no skill: the same returns at a third of the size differ by nothing at equal mean."""
    book = 0.001 + 0.01 * np.random.default_rng(1).standard_normal(4300)
    found = equal_mean(book, book / 3.0, np.zeros(4300), Statistic(Measure.VOLATILITY), Plan(reps=50, seed=1))
    assert found.scales == (pytest.approx(1.0 / 3.0), 1.0)
    assert found.interval.estimate == pytest.approx(0.0, abs=1e-12)
    assert max(abs(found.interval.low), abs(found.interval.high)) < 1e-12


def test_internal_rates_of_months() -> None:
    """-1 and 1.01 after 252 sessions is 1 % a year; two halves of a loss of everything but a tenth are -100 %."""
    year = np.zeros((1, 253))
    year[0, 0], year[0, -1] = -1.0, 1.01
    assert rates(year)[0] == pytest.approx(0.01, rel=1e-9)
    month = np.zeros((1, 22))
    month[0, 0], month[0, -1] = -1.0, 0.1
    assert rates(month)[0] == pytest.approx(0.1**12 - 1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"cash": np.zeros(3)}, DomainError, "cash has shape"),
        ({"returns": {"band": np.full(10, np.nan)}}, DomainError, "not finite"),
        ({"returns": {"magic": np.zeros(10)}}, DomainError, "no claim reads"),
        ({"doubled": {}}, DomainError, "not run at doubled cost"),
        ({"dates": days(10)[::-1]}, LookaheadError, "do not rise"),
    ],
)
def test_simulated_runs_are_checked(change: dict[str, object], error: type[Exception], words: str) -> None:
    plain = {"dates": days(10), "returns": {"band": np.zeros(10)}, "doubled": {"band": np.zeros(10)},
             "cash": np.zeros(10), "vix": np.full(10, np.nan)}  # fmt: skip
    with pytest.raises(error, match=words):
        SimulatedRuns(**{**plain, **change})  # type: ignore[arg-type]


def test_a_score_that_never_warned_is_undecided_not_refuted() -> None:
    """No drawdown after a handful of occasions is no proof: the interval is that of the occasions, and THIN."""
    from seawall.evidence.interval import Interval
    from seawall.evidence.runners.big_top import _exact

    bare = Interval(0.0, 0.0, 0.0, 0.95, "bootstrap", 1000, 63, 99, 1, Status.FLAT)
    found = _exact(bare, 5, 0.256)
    chance = 1.0 - 0.025 ** (1.0 / 5.0)  # Clopper and Pearson 1934, no success
    assert found.high == pytest.approx(np.log1p(-chance) / np.log1p(-0.256), rel=1e-9)
    assert found.high > 1.0
