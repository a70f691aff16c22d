"""Margin by structure and by stress, the order of forced reductions, ruin, and lanes that depend on nothing else."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from tests.sim.lanes import closes, condor, fills, lane, nav, rows, run, tables, terms

from seawall.core.errors import DomainError, SettlementError
from seawall.data.embedded import embedded_history
from seawall.hedge.policy import AlvhPolicy
from seawall.kernels import slots as at
from seawall.kernels.lane import see
from seawall.kernels.requirement import gross_margin
from seawall.kernels.rows import Lane
from seawall.sim.engine import prepare, run_lanes, simulate
from seawall.sim.plan import Plan
from seawall.sim.programs import Entry, Exits, Leg, Program
from seawall.sim.programs_made import condor_legs, vix_calendar, vix_call, vix_future

DAYS = np.arange(0, 25)
REGT = {"margin": at.MARGIN_REGT}


def asked(legs, held, *, spot=2000.0, vix=20.0):
    """Gross margin of one unit with these strikes, mids and expiry numbers."""
    one = Program("P", legs, "units", 1.0, Entry("daily", 30, 0, 60))
    table = tables([0], [one])
    seen = see(rows([0], vix=vix), lane([0], spot), table, 0)
    block = np.zeros((at.LEGS, at.HELD_WIDTH))
    shift = 0 if one.underlying == "SPX" else len(table.expiry) // 2
    for row, leg, (strike, mid, expiry) in zip(block, legs, held, strict=False):
        row[:4] = leg.ratio, strike, mid, shift + expiry
    return gross_margin(table, terms(), seen, 0, block)


SHORT_PUT, SHORT_CALL = Leg("put", ratio=-1.0), Leg("call", ratio=-1.0)
CASES = [
    # METHOD 5.6: wings 205 and 235, greater side x 100
    (condor_legs(0.2, 0.05), [(5500, 1, 0), (5705, 5, 0), (6335, 5, 0), (6570, 1, 0)], 23_500.0),
    (condor_legs(0.2, 0.05), [(1900, 1, 0), (1910, 2, 0), (2090, 2, 0), (2100, 1, 0)], 1_000.0),
    # premium + max(15 % S - out of the money, 10 % K): 4 + max(300 - 100, 190) = 204; 2 + max(300 - 200, 180) = 182
    ((SHORT_PUT,), [(1900, 4, 0)], 20_400.0),
    ((SHORT_PUT,), [(1800, 2, 0)], 18_200.0),
    # premium + max(15 % S - out of the money, 10 % S): 1 + max(300 - 200, 200) = 201
    ((SHORT_CALL,), [(2200, 1, 0)], 20_100.0),
    ((Leg("put", ratio=1.0),), [(1900, 4, 0)], 0.0),
    ((Leg("future", "VIX", ratio=-1.0),), [(0, 20, 0)], 0.35 * 20 * 1000),
    # the short of a VIX calendar is naked: 1.5 + max(20 % of 20 - 4, 10 % of 20) = 3.5
    (vix_calendar(True), [(24, 1.5, 0), (24, 2.5, 1)], 350.0),
    # a later SPX long covers a shorter short of its strike
    ((SHORT_PUT, Leg("put", later=True)), [(1900, 4, 0), (1900, 9, 1)], 0.0),
    ((Leg("put"), Leg("put", ratio=-1.0, later=True)), [(1900, 4, 0), (1900, 9, 1)], 20_900.0),
    # one of two shorts is naked
    ((Leg("put"), Leg("put", ratio=-2.0)), [(1800, 2, 0), (1900, 4, 0)], 20_400.0),
]


@pytest.mark.parametrize(("legs", "held", "dollars"), CASES)
def test_margin_by_structure(legs, held, dollars):
    spot = 6020.0 if held[0][0] > 5000 else 2000.0
    assert asked(legs, held, spot=spot) == pytest.approx(dollars, rel=1e-12)


def test_a_condor_held_within_its_cash_is_never_called():
    """The wider wing is what it can lose: cash that covers it always does."""
    spot = np.concatenate([[2000.0], np.full(24, 1200.0)])
    book = run(rows(DAYS), DAYS, [condor(risk=1.0)], terms(**REGT), spot=spot, opens=DAYS == 0)
    assert (book.session[:, at.DAY_CALL] == 0.0).all()
    assert nav(book)[-1] > 0.0


def test_margin_bounds_what_can_be_opened():
    """Units of a naked put: floor(room / what one asks for), against asking for far more."""
    one = Program("P", (Leg("put", ratio=-1.0, aim=0.2),), "units", 1000.0)
    book = run(rows(DAYS), DAYS, [one], terms(**REGT), opens=DAYS == 0)
    record = fills(book)[0]
    strike, mid, count = record[at.FILL_STRIKE], record[at.FILL_MID], -record[at.FILL_QUANTITY]
    forward = 2000.0
    need = 100 * (mid + max(0.15 * forward - (forward - strike), 0.10 * strike)) - 100 * mid + 100 * 0.1 + 1.0
    assert count == np.floor(1e6 / need)
    assert book.session[0, at.DAY_MARGIN] <= nav(book)[0]


def called(hedge_ratio=1.0):
    """Naked puts and a hedge; SPX falls 12 % on day 5 and 30 % more on day 6."""
    spot = np.where(DAYS < 5, 2000.0, np.where(DAYS < 6, 1760.0, 1700.0))
    programs = [
        Program("A", (Leg("put", ratio=-1.0, aim=0.2),), "units", 20.0),
        Program("H", (Leg("put", strike="forward", aim=0.8),), "units", hedge_ratio, hedge=True),
        Program("B", (Leg("put", ratio=-1.0, aim=0.1),), "units", 20.0),
    ]
    once = np.repeat((DAYS == 0)[:, None], 3, axis=1)
    return run(rows(DAYS, vix=18.0), DAYS, programs, terms(**REGT), spot=spot, opens=once)


def test_a_margin_call_gives_up_the_book_in_order_and_hedges_last():
    book = called()
    calls = fills(book, rule=at.CALLED)
    assert calls[:, at.FILL_PROGRAM].tolist()[0] == 0.0
    assert 1.0 not in calls[:, at.FILL_PROGRAM]
    row = int(calls[0, at.FILL_ROW])
    assert book.session[row, at.DAY_CALL] == 1.0
    assert nav(book)[row] >= book.session[row, at.DAY_MARGIN]
    assert book.program[row, 1, at.RUN_HELD] == 1.0
    assert closes(book) < 1e-6


def test_ruin_ends_the_path_and_stays():
    spot = np.where(DAYS < 5, 2000.0, 1000.0)
    one = Program("A", (Leg("put", ratio=-1.0, aim=0.4),), "units", 40.0)
    book = run(rows(DAYS, rate=0.05), DAYS, [one], terms(**REGT), spot=spot)
    assert nav(book)[4] > 0.0 > nav(book)[5]
    assert (nav(book)[5:] == nav(book)[5]).all()
    assert (book.session[5:, at.DAY_CALL] == 2.0).all()
    assert (fills(book)[:, at.FILL_ROW] <= 5.0).all()
    assert book.program[5, 0, at.RUN_HELD] == 0.0


def test_stress_margin_is_the_worst_of_its_moves():
    """One long put and one short call, by the marks of runs whose market makes each move overnight."""
    pair = [
        Program("P", (Leg("put", aim=0.3),), "units", 1.0),
        Program("C", (Leg("call", ratio=-1.0, aim=0.3),), "units", 3.0),
    ]
    days = np.arange(2)
    moves = np.array([[0.8, 3.0], [1.1, 0.7], [1.2, 0.5]])
    table = tables(days, pair, opens=np.stack([days == 0] * 2, axis=1))._replace(stress=moves)
    from tests.sim.lanes import quotes

    from seawall.kernels.lane import run_lane

    costs = terms(margin=at.MARGIN_STRESS)
    plain = run_lane(rows(days), lane(days), table, costs, quotes(2), 1e6)
    losses = []
    for on_spot, on_vix in moves:
        moved = run_lane(
            rows(days, vix=np.array([15.0, 15.0 * on_vix])),
            lane(days, np.array([2000.0, 2000.0 * on_spot])),
            table,
            terms(),
            quotes(2),
            1e6,
        )
        losses.append(plain.program[1, :, at.RUN_MARK].sum() - moved.program[1, :, at.RUN_MARK].sum())
    assert plain.session[1, at.DAY_MARGIN] == pytest.approx(max(losses), rel=1e-9)


PLAN = Plan(
    name="lanes",
    hedge=AlvhPolicy(),
    programs=(
        Program(
            "W",
            condor_legs(0.16, 0.05),
            "risk",
            0.02,
            Entry("friday", 45, 21, None, "weekly"),
            Exits(take=0.5, stop=2.0, days=21),
            tranches=6,
        ),
    ),
)


@functools.cache
def inputs():
    return prepare(PLAN, embedded_history())


def resampled(seed):
    """Blocks of 21 sessions in random order; prices compounded."""
    one = inputs()
    size = one.when.dates.size
    starts = np.random.default_rng(seed).integers(1, size - 21, size // 21 + 1)
    source = (starts[:, None] + np.arange(21)).ravel()[:size]
    source[0] = 0
    spot = one.lane.spot[0] * np.cumprod(np.where(np.arange(size) == 0, 1.0, one.rows.move[source]))
    return Lane(source, spot, np.zeros((size, 0)))


def same(one, other):
    return (
        one.nav.tobytes() == other.nav.tobytes()
        and one.programs.tobytes() == other.programs.tobytes()
        and one.fills == other.fills
    )


def test_a_lane_does_not_depend_on_order_number_or_threads():
    lanes = [resampled(seed) for seed in range(6)]
    alone = [next(iter(run_lanes(inputs(), [one]))) for one in lanes]
    together = list(run_lanes(inputs(), iter(lanes), threads=4))
    back = list(run_lanes(inputs(), lanes[::-1], threads=2))[::-1]
    assert all(map(same, alone, together))
    assert all(map(same, alone, back))
    assert len({one.nav[-1] for one in alone}) == 6


def test_the_lean_lane_is_the_full_one():
    (lean,) = run_lanes(inputs(), [inputs().lane])
    full = simulate(inputs())
    assert np.array_equal(lean.nav, full.nav)
    assert lean.fills == len(full.records)
    flows = [at.RUN_PNL, at.RUN_COST, at.RUN_PREMIUM, at.RUN_STARVED]
    assert np.allclose(lean.programs[:, flows], full.program[:, :, flows].sum(axis=0), rtol=1e-12)
    assert np.array_equal(lean.programs[:, at.RUN_MARK], full.program[-1, :, at.RUN_MARK])


def test_a_lane_without_a_print_it_needs_is_refused():
    one = inputs()
    hold = one.tables.number.copy()
    hold[:, at.NUM_DAYS] = np.nan
    held = one._replace(tables=one.tables._replace(number=hold))
    with pytest.raises(SettlementError, match="without an official print"):
        list(run_lanes(held, [one.lane]))
    with pytest.raises(DomainError, match="threads"):
        list(run_lanes(one, [one.lane], threads=0))


def test_programs_are_the_sum_of_their_runs_when_they_do_not_meet():
    """Fixed units, no margin: two programs side by side gain what each gains alone."""
    two = [
        Program("A", condor_legs(0.2, 0.05), "units", 3.0, Entry("expiry")),
        Program("F", vix_future(1.0), "units", 2.0, Entry("daily", 60), Exits(days=7, on_days="roll")),
    ]
    days = np.arange(0, 61)
    spot = 2000.0 + 100.0 * np.sin(days / 5.0)
    seen = rows(days, slope=0.7)
    both = run(seen, days, two, spot=spot)
    alone = [run(seen, days, [one], spot=spot) for one in two]
    gains = [nav(one)[-1] - 1e6 for one in alone]
    assert nav(both)[-1] - 1e6 == pytest.approx(sum(gains), abs=1e-6)


def test_the_plan_with_everything_closes_its_books():
    """Every kind at once on the embedded closes: the account is checked to 1e-9 inside ``simulate``."""
    more = (
        Program("V", vix_call(1.3, "forward"), "premium", 0.002, Entry("daily", 90, 30), Exits(days=30), hedge=True),
        Program("F", vix_future(1.0), "notional", 0.02, Entry("daily", 60, 7), Exits(days=7, on_days="roll")),
        Program("C", vix_calendar(True), "units", 2.0, Entry("daily", 30, 7, 60), Exits(days=7)),
        Program("R", vix_calendar(False), "units", 2.0, Entry("daily", 30, 7, 60), Exits(days=7)),
        Program("D", condor_legs(1.2, 0.5, "move", 25.0), "risk", 0.01, Entry("daily", 5, 0, None, "daily")),
    )
    for margin in ("regt", "stress"):
        result = simulate(prepare(replace(PLAN, programs=PLAN.programs + more, margin=margin), embedded_history()))
        counts = result.counts()
        assert counts.closed > 0
        assert counts.opened > 300
        assert result.ruined_on is None
        assert result.of("F", at.RUN_PNL).sum() != 0.0
        assert {fill.instrument for fill in result.fills()} == {"SPXW", "VIX", "VX"}
