"""Luck of a sweep against METHOD's vectors, and outcomes over histories against hand counts."""

import datetime as dt
import math

import numpy as np
import pytest

from seawall.evidence.fingerprint import Fingerprint
from seawall.evidence.histories import outcomes
from seawall.evidence.luck import luck
from seawall.evidence.trials import Kind, Metrics, Record, Trial

FIRST, LAST = dt.date(2018, 1, 2), dt.date(2018, 12, 31)
BLANK = Metrics(1250, *[None] * 13, False)


def lane(sharpe: float | None, returns: np.ndarray, last: dt.date = LAST) -> Trial:
    metrics = BLANK._replace(sharpe=sharpe, skew=-3.0, kurtosis=10.0)
    record = Record(metrics, FIRST, last, returns)
    return Trial(Fingerprint("p", "d", "c"), Kind.SWEEP, "x", {}, record, "", dt.datetime.now(dt.UTC), "0")


# METHOD 9.2: SR 2.5/sqrt250, T 1250, g3 -3, g4 10, V .5/250: N 100 -> DSR .900397, N 46 -> .950502
@pytest.mark.parametrize(("trials", "value"), [(100, 0.900397), (46, 0.950502)])
def test_dsr_is_that_of_the_best_lane_against_every_trial(trials: int, value: float) -> None:
    best = 2.5 / math.sqrt(250.0)
    apart = math.sqrt(2.0 * 0.5 / 250.0)
    lanes = [lane(best, np.ones(400)), lane(best - apart, np.zeros(400))]
    assert luck(lanes[0], lanes, trials, None).dsr == pytest.approx(value, abs=1e-6)


def test_pbo_of_one_lane_better_everywhere_is_zero_and_says_its_blocks() -> None:
    wave = np.tile([0.01, -0.01], 100)
    lanes = [lane(0.1, wave + gain) for gain in (0.004, 0.001, 0.0)]
    found = luck(lanes[0], lanes, 9, np.zeros(200))
    assert (found.pbo, found.blocks, found.lanes) == (0.0, 16, 3)
    short = [lane(0.1, (wave + gain)[:50]) for gain in (0.004, 0.001)]
    assert luck(short[0], short, 9, None).blocks == 4


def test_what_is_undefined_says_why() -> None:
    one = lane(None, np.zeros(400))
    alone = luck(one, [one], 1, None)
    assert (alone.dsr, alone.dsr_why) == (None, "the best lane has no Sharpe ratio")
    assert (alone.pbo, alone.pbo_why) == (None, "1 lane was not chosen from any")
    lanes = [lane(0.1, np.zeros(400)), lane(0.2, np.zeros(400), dt.date(2018, 12, 28))]
    assert luck(lanes[1], lanes, 2, None).pbo_why == "the lanes have different sessions"
    few = [lane(0.1, np.zeros(9)), lane(0.2, np.zeros(9))]
    assert luck(few[1], few, 2, None).pbo_why == "9 sessions do not fill two blocks"
    assert luck(None, [], 0, None).dsr is None


def test_outcomes_keep_ruin_in_every_number() -> None:
    fine = [BLANK._replace(growth=g, max_drawdown=0.1, cvar95_21=0.05, sharpe=g) for g in (0.0, 0.1, 0.2)]
    ruined = BLANK._replace(growth=-1.0, max_drawdown=1.1, cvar95_21=None, ruined=True)
    found = outcomes([*fine, ruined, None], "sharpe")
    assert (found.histories, found.failed, found.ruin) == (4, 1, 0.25)
    assert found.growth is not None
    assert found.cvar95_21 is not None
    assert found.order is not None
    # sorted -1, 0, .1, .2: position 3 p, linear between neighbours
    assert found.growth[:3] == pytest.approx((-0.85, 0.05, 0.185))
    assert (found.growth.known, found.cvar95_21.known, found.order.known) == (4, 4, 3)
    assert found.cvar95_21.p95 == pytest.approx(0.05 + 0.85 * 0.95)
    nothing = outcomes([None], "sharpe")
    assert (nothing.histories, nothing.ruin, nothing.growth) == (0, None, None)
