"""What the board must say where the truth is known: a hedge that works, pure noise, and an account with free puts."""

import functools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.evidence.worlds import accounts, dealer_world, front_world, runs_of, top_world, world

from seawall.core.errors import SelfFinancingError
from seawall.data.embedded import embedded_history
from seawall.evidence.board import Board, run_board
from seawall.evidence.interval import Plan
from seawall.evidence.policy_runs import PUT_PREMIUM, session_returns
from seawall.evidence.runners.big_top import FALL, HORIZON
from seawall.evidence.verdict import ALPHA, Verdict
from seawall.kernels import slots as at
from seawall.sim.engine import run
from seawall.sim.plan import Plan as SimulatedPlan
from seawall.sim.programs import Entry, Leg, Program
from seawall.sim.result import Result, check_account

Array = NDArray[np.float64]
LONG = 600_000
SEEDS = 200
NOMINAL = 18
"""At a true rate of 5 % more than 18 of 200 happen less than once in a hundred times (binomial)."""


# A hedge that works by construction


@functools.cache
def truth() -> dict[str, Array]:
    """The same law over 2,400 years, from another seed."""
    return accounts(77, LONG, effect=1.0)[0]


def month_tail(returns: Array) -> float:
    """CVaR95 of the losses over 21 sessions, from sums of logs: no code of the product."""
    grown = np.concatenate([[0.0], np.cumsum(np.log1p(returns))])
    losses = np.sort(-np.expm1(grown[21:] - grown[:-21]))
    return float(losses[-losses.size // 20 :].mean())


@functools.cache
def working() -> Board:
    return run_board(world(runs=runs_of(1, effect=1.0)), ["H-03", "H-08", "H-10", "H-14"])


def true_size(claim: str) -> float:
    """The effect of a claim in the law, by arithmetic on the long path; cash earns nothing."""
    made = truth()
    mean = {name: float(one.mean()) for name, one in made.items()}
    if claim == "H-03":
        share = min(1.0, mean["hedged"] / mean["alone"])
        return month_tail(made["hedged"]) - month_tail(share * made["alone"])
    if claim == "H-14":
        share = min(1.0, mean["steward"] / mean["promoter"])
        other = min(1.0, mean["promoter"] / mean["steward"])
        return month_tail(other * made["steward"]) - month_tail(share * made["promoter"])
    if claim == "H-08":
        saved = month_tail(made["widened"]) - month_tail(made["not widened"])
        return saved - 21.0 * (mean["widened"] - mean["not widened"])
    ratio = {name: 21.0 * mean[name] / month_tail(made[name]) for name in ("band", "hold", "chase")}
    return ratio["band"] - max(ratio["hold"], ratio["chase"])


@pytest.mark.parametrize("claim", ["H-03", "H-08", "H-10", "H-14"])
def test_a_hedge_that_works_by_construction_is_supported_at_its_size(claim: str) -> None:
    row = working().row(claim)
    assert row.decision.verdict is Verdict.SUPPORTED
    assert row.corrected[0] < ALPHA
    assert row.outcome is not None
    interval = row.outcome.interval
    assert interval is not None
    size = true_size(claim)
    assert interval.low < size < interval.high
    assert row.outcome.effect == pytest.approx(size, rel=0.35)
    assert abs(size) > 0.01  # there is something to find


def test_every_hedge_tried_stands_against_the_same_book_held_smaller() -> None:
    outcome = working().row("H-03").outcome
    assert outcome is not None
    (grid,) = outcome.grids
    rows = {row[0]: dict(zip(grid.heads, row, strict=True)) for row in grid.rows}
    assert set(rows) == {"the policy", "HOLD", "CHASE"}
    assert rows["the policy"]["p"] == f"{outcome.p[0]:.3f}"
    assert rows["the policy"]["Difference"] == f"{outcome.effect:+.2%}"
    assert float(rows["HOLD"]["p"]) > 0.05  # it differs from the book by noise


def test_a_score_that_warns_by_construction_is_supported_at_its_size() -> None:
    """Falls are planted after the tops; the hazards follow from the planted mask and the path alone."""
    made, tops, spx = top_world(1, planted=True)
    row = run_board(made, ["H-11"]).row("H-11")
    assert row.decision.verdict is Verdict.SUPPORTED
    assert row.outcome is not None
    interval = row.outcome.interval
    assert interval is not None
    struck = np.array([_falls(spx[t : t + HORIZON + 1]) for t in range(spx.size - HORIZON)])
    on = tops[: struck.size]
    later = np.arange(struck.size) > 800
    size = np.log(1.0 - struck[on & later].mean()) / np.log(1.0 - struck[~on & later].mean())
    assert size > 1.5
    assert interval.low < size < interval.high
    assert row.outcome.effect == pytest.approx(size, rel=0.25)
    nothing = run_board(top_world(1, planted=False)[0], ["H-11"]).row("H-11")
    assert nothing.decision.verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


def _falls(path: Array) -> bool:
    return any(path[j] <= (1.0 - FALL) * path[: j + 1].max() for j in range(path.size))


# Pure noise


def test_noise_is_called_supported_no_more_often_than_stated() -> None:
    """200 worlds without any effect, a claim each, uncorrected but for its own family; half of them with clusters."""
    assert stats.binom.sf(NOMINAL, SEEDS, ALPHA) < 0.01
    plan, counted = Plan(reps=59, seed=5), Counter[Verdict]()
    for seed in range(SEEDS):
        turn, clustered = seed % 5, seed % 2 == 0
        if turn == 0:
            made, claim = dealer_world(seed, 0.0, count=1500), "H-05"
        elif turn == 1:
            made, claim = front_world(seed, 0.0, 1000), "H-07"
        else:
            runs = runs_of(seed, 2200, clustered=clustered)
            claim = ("H-08", "H-14", "H-03")[turn - 2]
            kept = {"H-08": ("widened", "not widened"), "H-14": ("steward", "promoter"), "H-03": ("hedged", "alone")}
            made = world(runs=replace(runs, returns={name: runs.returns[name] for name in kept[claim]}))
        tested = run_board(replace(made, plan=plan, tries=1), [claim])
        assert tested.row(claim).corrected[0] >= (tested.row(claim).p or 0.0)
        counted[tested.row(claim).decision.verdict] += 1
    assert counted[Verdict.SUPPORTED] <= NOMINAL
    assert counted[Verdict.NOT_TESTABLE] == 0


# An account with free puts

BOOK = SimulatedPlan(name="free puts")
PUT = Program(
    "put", (Leg("put", strike="forward", aim=0.95),), "premium", PUT_PREMIUM * 3.0, Entry("expiry"), hedge=True
)


@functools.cache
def honest() -> Result:
    return run(replace(BOOK, programs=(PUT,)), embedded_history())


def free(result: Result) -> Result:
    """The account whose premiums somebody else pays: cash and equity without them, and all else as it was."""
    fills, place = result.records, result.program_names.index("put")
    bought = (fills[:, at.FILL_PROGRAM] == place) & (fills[:, at.FILL_RULE] == at.ENTER)
    paid = 100.0 * fills[bought, at.FILL_QUANTITY] * fills[bought, at.FILL_MID] + fills[bought, at.FILL_COST]
    gift = np.cumsum(np.bincount(fills[bought, at.FILL_ROW].astype(np.int64), paid, minlength=result.dates.size))
    session = result.session.copy()
    session[:, at.DAY_CASH] += gift
    session[:, at.DAY_EQUITY] += gift
    return replace(result, session=session)


def test_an_account_with_free_puts_is_caught_by_the_accounting_oracle() -> None:
    """METHOD 8.7: the overlay is paid outside the account; its equity is consistent with its cash and still wrong."""
    given = free(honest())
    np.testing.assert_allclose(given.cash + given.program.sum(axis=1)[:, at.RUN_MARK], given.nav, rtol=1e-12)
    assert session_returns(given).mean() > session_returns(honest()).mean() + 2e-5  # it would look like a gift
    with pytest.raises(SelfFinancingError, match="are not the change of equity"):
        check_account(given, BOOK.capital)
    check_account(honest(), BOOK.capital)


def test_with_the_premiums_out_of_its_profit_too_its_cash_gives_it_away() -> None:
    """A better forgery books the gift as profit of the puts; the log of fills still says what was paid."""
    result = honest()
    given = free(result)
    program = given.program.copy()
    place = result.program_names.index("put")
    program[:, place, at.RUN_PNL] += np.diff(given.nav - result.nav, prepend=0.0)
    with pytest.raises(SelfFinancingError, match="fills and interest are not the change of cash"):
        check_account(replace(given, program=program), BOOK.capital)
