"""The claims on other stores: later data, series missing, and a series with a hole."""

import datetime as dt

import numpy as np
import pytest
from tests.evidence.worlds import days, series

from seawall.app import evidence
from seawall.core.errors import MissingDataError
from seawall.data.embedded import embedded_history
from seawall.evidence.board import run_board
from seawall.evidence.hypotheses import HYPOTHESES
from seawall.evidence.interval import Plan
from seawall.evidence.lp_question import lp_question
from seawall.evidence.runners import RUNNERS
from seawall.evidence.verdict import Verdict
from seawall.evidence.world import World
from seawall.market.history import History, Series


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))


def level(name: str, count: int) -> Series:
    return series(name, days(count), np.full(count, 20.0))


def test_the_policies_run_to_the_last_session_of_the_store() -> None:
    """`days` begin on 2010-01-04; futures, where there are any, decide both ends."""
    first, last = days(1)[0].item(), days(4000)[-1].item()
    early = days(3500)[-1].item()
    plan, said = evidence.base_plan(History.of(level("SPX", 4000), level("VIX", 4000)))
    assert (plan.start, plan.end) == (dt.date(2014, 1, 3), last)
    assert not plan.to_settlement
    assert said == ("no series VX1: VIX futures are modelled from VIX throughout",)
    plan, said = evidence.base_plan(History.of(level("SPX", 4000), level("VIX", 4000), level("VX1", 3500)))
    assert (plan.start, plan.end, said) == (first, early, ())
    plan, _ = evidence.base_plan(embedded_history())
    assert (plan.start, plan.end) == (dt.date(2014, 1, 3), dt.date(2018, 12, 31))


def test_a_hole_is_named_by_the_claims_it_stops_and_by_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = embedded_history()
    spx = whole.get("SPX")
    away = (spx.dates >= np.datetime64("2016-03-01")) & (spx.dates <= np.datetime64("2016-03-08"))
    monkeypatch.setattr(evidence, "known_history", lambda: whole.with_series(spx.where(~away)))
    board = run_board(evidence.world_of_store(quick=True), ["H-06", "H-08", "H-14"])
    assert board.row("H-06").outcome is not None
    for claim in ("H-08", "H-14"):
        row = board.row(claim)
        assert row.decision.verdict is Verdict.NOT_TESTABLE
        assert "SPX has no close on 2016-03-0" in row.decision.reason
    assert evidence.registered() == 0  # nothing ran, nothing is counted


@pytest.mark.parametrize("gone", ["ETH", "VIX", "SPX", "GEX", "VVIX", "BTC_FUNDING", "CPI_MOM", "VIX3M"])
def test_a_claim_whose_series_is_missing_says_which(gone: str) -> None:
    needed = sorted({one.split("|")[0].rstrip("*") for runner in RUNNERS.values() for one in runner.needs})
    assert gone in needed
    history = History.of(*(level(name, 300) for name in needed if name != gone))
    world = World(history, plan=Plan(reps=20, seed=1), tries=2)
    for identity, runner in RUNNERS.items():
        if gone in runner.needs:
            assert gone in runner.missing(world), identity
        elif not runner.simulated and not runner.event:
            assert runner.missing(world) == "", identity


def test_what_is_wrong_with_a_series_ends_one_claim_only() -> None:
    """Three hundred equal closes carry no test: each claim ends with a reason of its own, none with an error."""
    needed = sorted({one.split("|")[0].rstrip("*") for runner in RUNNERS.values() for one in runner.needs})
    world = World(History.of(*(level(name, 300) for name in needed)), plan=Plan(reps=20, seed=1), tries=2)
    board = run_board(world)
    assert {row.hypothesis.id for row in board.rows} == set(HYPOTHESES)
    for row in board.rows:
        assert row.decision.reason
    with pytest.raises(MissingDataError):
        RUNNERS["H-03"].run(world)


def test_a_series_that_ends_before_the_years_asked_for_is_missing_there() -> None:
    """A store to 2019 has no ETH for the part of the pool question that begins in 2020."""
    eth = level("ETH", 300)
    empty = eth.where(eth.dates >= np.datetime64("2020-01-01"))
    with pytest.raises(MissingDataError, match="no values of ETH"):
        lp_question(History.of(empty, level("VIX", 300)), Plan(reps=20, seed=1))
