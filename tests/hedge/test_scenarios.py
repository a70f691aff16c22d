"""Scenario sets: history is replayed as it was, nothing later is read, both ways are there, rules are what they say."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.hedge.made_history import history, series
from tests.worlds import NOW, datum, state

from seawall.core.clock import close_instant, next_session, vix_expiries
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError
from seawall.core.status import Status
from seawall.hedge.factor_steps import factor_steps
from seawall.hedge.scenario_paths import GRINDS, SPX_JUMPS, Kind, ScenarioRules, block_rows
from seawall.hedge.scenarios import WEIGHTS, ScenarioSet, horizon_days, scenarios
from seawall.market.curve import SHOCK_BETA_DAYS, SHOCK_BETAS, VixCurve, shock_beta, shock_tenor
from seawall.market.history import History, Series
from seawall.market.shock import LN_VIX_BETA
from seawall.market.smile import FlatSmile
from seawall.market.state import Moves

WORLD = state(FlatSmile(0.18, "test"))
PAST = history()
RULES = ScenarioRules(replays=120, blocks=80)
MADE = scenarios(PAST, WORLD, RULES)


def same(one: ScenarioSet, other: ScenarioSet) -> bool:
    paths = [(one.vix_points, other.vix_points), (one.curve_points, other.curve_points), (one.weight, other.weight)]
    paths += [(one.returns[name], other.returns[name]) for name in one.returns]
    paths += [(one.funding[name], other.funding[name]) for name in one.funding]
    return one.names == other.names and all(np.array_equal(a, b) for a, b in paths)


def test_the_future_changes_nothing() -> None:
    """Causality: scrambling whatever became known after the state's time leaves every path as it was."""
    rng = np.random.default_rng(3)
    later = np.datetime64(NOW.replace(tzinfo=None), "s")
    scrambled = History.of(
        *(
            replace(one, values=np.where(one.known_at > later, rng.uniform(5.0, 9.0, len(one)), one.values))
            for one in PAST
        )
    )
    cut = History.of(*(one.upto(NOW) for one in PAST))
    assert same(MADE, scenarios(scrambled, WORLD, RULES))
    assert same(MADE, scenarios(cut, WORLD, RULES))
    assert same(MADE, scenarios(PAST, WORLD, RULES))
    assert not same(MADE, scenarios(PAST, WORLD, replace(RULES, seed=2)))


def test_a_replay_is_what_happened_applied_to_today() -> None:
    spx, vix, eth = (PAST.get(name) for name in ("SPX", "VIX", "ETH"))
    checked = 0
    for row in MADE.rows(Kind.REPLAY).tolist():
        if MADE.origin[row] is not Origin.OBSERVED:
            continue
        first, last = (np.datetime64(word) for word in MADE.names[row].removeprefix("replay ").split(" to "))
        start = spx.dates[np.searchsorted(spx.dates, first) - 1]
        base, end = spx.on(np.array([start, last]))
        assert MADE.returns["SPX"][row, -1] == pytest.approx(end / base - 1.0, rel=1e-12)
        base, end = eth.on(np.array([start, last]))
        assert MADE.returns["ETH"][row, -1] == pytest.approx(end / base - 1.0, rel=1e-12)
        base, end = vix.on(np.array([start, last]))
        assert MADE.vix_points[row, -1] == pytest.approx(max(18.0 * end / base, 9.0) - 18.0, abs=1e-9)
        checked += 1
    assert checked > 20


def test_the_worst_windows_are_always_replayed() -> None:
    known = PAST.get("SPX").upto(NOW).values
    worst = float(np.min(known[21:] / known[:-21])) - 1.0
    best = float(np.max(known[21:] / known[:-21])) - 1.0
    few = scenarios(PAST, WORLD, ScenarioRules(replays=5, blocks=0))
    rows = few.rows(Kind.REPLAY)
    assert few.returns["SPX"][rows, -1].min() == pytest.approx(worst)
    assert few.returns["SPX"][rows, -1].max() == pytest.approx(best)


def test_blocks_keep_the_days_of_all_factors_together() -> None:
    steps = factor_steps(PAST, WORLD, RULES.seed)
    known = {round(a, 10): b for a, b in zip(steps.log_return["SPX"], steps.log_return["ETH"], strict=True)}
    rows = MADE.rows(Kind.BLOCK)
    spx, eth = (np.diff(np.log1p(MADE.returns[name][rows]), axis=1, prepend=0.0) for name in ("SPX", "ETH"))
    for a, b in zip(spx.ravel(), eth.ravel(), strict=True):
        assert known[round(a, 10)] == pytest.approx(b, abs=1e-11)


def test_blocks_are_geometric_with_the_stated_mean() -> None:
    """Politis and Romano: a block goes on with probability 1 - 1/mean; 4000 x 20 steps, five standard errors."""
    rules = ScenarioRules(blocks=4000, mean_block=8.0)
    rows = block_rows(np.arange(5000), 5000, rules)
    goes_on = float(((rows[:, 1:] - rows[:, :-1]) % 5000 == 1).mean())
    expected = 1.0 - 1.0 / 8.0 + 1.0 / 8.0 / 5000.0
    assert abs(goes_on - expected) < 5.0 * np.sqrt(expected * (1.0 - expected) / (4000 * 20))
    assert np.bincount(rows.ravel(), minlength=5000).std() / rows.size * 5000 < 0.6


def test_jumps_go_both_ways_by_the_stated_rule_and_grinds_step_by_step() -> None:
    at = {name: row for row, name in enumerate(MADE.names)}
    for size in SPX_JUMPS:
        row = at[f"jump {size:+.0%}"]
        assert MADE.returns["SPX"][row] == pytest.approx(np.full(21, size))
        after = max(18.0 * (1.0 + size) ** LN_VIX_BETA, 9.0)
        assert MADE.vix_points[row] == pytest.approx(np.full(21, after - 18.0))
        assert MADE.origin[row] is Origin.MODELLED
    assert MADE.returns["ETH"][at["coin jump -40%"], -1] == pytest.approx(-0.40)
    assert MADE.returns["SPX"][at["coin jump +40%"], -1] == 0.0
    for name, spx, ratio in GRINDS:
        row = at[name]
        steps = np.diff(np.log1p(MADE.returns["SPX"][row]), prepend=0.0)
        assert steps == pytest.approx(np.full(21, np.log1p(spx) / 21.0))
        assert MADE.vix_points[row, -1] == pytest.approx(18.0 * (ratio - 1.0))
        assert MADE.kinds[row] is Kind.GRIND


def test_probabilities_by_kind() -> None:
    assert MADE.weight.sum() == pytest.approx(1.0, abs=1e-12)
    for kind, share in WEIGHTS.items():
        assert MADE.weight[MADE.rows(kind)].sum() == pytest.approx(share)
    ruled = scenarios(PAST, WORLD, ScenarioRules(replays=0, blocks=0))
    assert ruled.weight[ruled.rows(Kind.JUMP)].sum() == pytest.approx(0.6)
    assert (ruled.returns["ETH"][:, -1] > 0.0).any()


def test_what_was_not_observed_is_counted_and_labelled() -> None:
    bare = scenarios(history(coins=False), WORLD, RULES)
    made = [one for one, kind in zip(bare.origin, bare.kinds, strict=True) if kind in (Kind.REPLAY, Kind.BLOCK)]
    assert set(made) == {Origin.SYNTHETIC}
    assert any(f"{len(made)} of {bare.count}" in note and "not observed" in note for note in bare.notes)
    assert any("by their betas" in note for note in bare.notes)
    steps = factor_steps(history(coins=False), WORLD, 1)
    assert np.std(steps.log_return["ETH"]) * np.sqrt(252.0) == pytest.approx(0.8, rel=0.05)  # the state's own vol
    assert np.corrcoef(steps.log_return["ETH"], steps.log_return["SPX"])[0, 1] == pytest.approx(0.40, abs=0.05)


def test_vix_is_not_taken_below_its_lowest_close_silently() -> None:
    assert (MADE.vix_points + 18.0).min() >= 9.0
    calm = replace(WORLD, vix=replace(WORLD.vix_market(), vix=datum(10.0), curve=VixCurve(10.0, 15.0)))
    low = scenarios(PAST, calm, RULES)
    assert any("held there" in note for note in low.notes)
    assert (low.vix_points + 10.0).min() == pytest.approx(9.0)


def test_futures_move_as_they_did_where_they_are_known() -> None:
    """VX levels of the made history are 18 + (VIX - 18) .85^k, so the tenor's level is known on every date."""
    past = history(coins=False, futures=True)
    moved = scenarios(past, WORLD, ScenarioRules(replays=60, blocks=0))
    row = int(moved.rows(Kind.REPLAY)[30])
    first, last = (np.datetime64(word) for word in moved.names[row].removeprefix("replay ").split(" to "))
    dates = past.get("VIX").dates
    start = dates[np.searchsorted(dates, first) - 1]
    levels = []
    for day in (start, last):
        date = day.item()
        listed = vix_expiries(date, 8)
        squares = [past.get("VIX").on(np.array([day]))[0] ** 2]
        squares += [past.get(f"VX{k}").on(np.array([day]))[0] ** 2 for k in range(1, 9)]
        days = [0.0, *[float((one - date).days) for one in listed]]
        levels.append(np.sqrt(np.interp(SHOCK_BETA_DAYS[1:], days, squares)))
    today = np.array([WORLD.vix_market().curve.future(one / 365.0)[0] for one in SHOCK_BETA_DAYS[1:]])
    assert moved.curve_points[row, -1, 1:] == pytest.approx(today * (levels[1] / levels[0] - 1.0), rel=1e-9)
    assert moved.curve_points[row, -1, 0] == moved.vix_points[row, -1]
    jumped = moved.names.index("jump -20%")
    assert moved.curve_points[jumped, -1] == pytest.approx(np.array(SHOCK_BETAS) * moved.vix_points[jumped, -1])


@pytest.mark.parametrize("years", [0.0, 0.02, 0.1, 0.3, 0.54, 2.0])
def test_curve_points_by_beta_are_the_plain_rule(years: float) -> None:
    """With points at the five tenors equal to beta times VIX points, the view's future is that of the plain rule."""
    assert shock_tenor(years) @ np.array(SHOCK_BETAS) == pytest.approx(shock_beta(years), rel=1e-12)
    points = np.array([-3.0, 0.0, 12.0])
    expires = NOW + dt.timedelta(days=365.0 * years)
    plain = WORLD.view(Moves({}, {"SPX": points})).vix_future(expires)
    spread = WORLD.view(Moves({}, {"SPX": points}, curve_points=points[:, None] * np.array(SHOCK_BETAS)))
    assert spread.vix_future(expires) == pytest.approx(plain, rel=1e-12)


def test_the_horizon_counts_sessions() -> None:
    days = horizon_days(WORLD, 21)
    day = NOW.date()
    for ahead in days:
        day = next_session(day)
        assert ahead == pytest.approx((close_instant(day) - NOW).total_seconds() / 86400.0, abs=1e-6)


def test_a_band_of_vix_keeps_only_windows_that_start_like_today_and_says_when_they_are_few() -> None:
    banded = scenarios(PAST, WORLD, ScenarioRules(replays=2000, blocks=0, vix_band=1.1))
    vix = PAST.get("VIX")
    for row in banded.rows(Kind.REPLAY).tolist():
        first = np.datetime64(banded.names[row].split(" ")[1])
        level = vix.values[np.searchsorted(vix.dates, first) - 1]
        assert 18.0 / 1.1 <= level <= 18.0 * 1.1
    assert banded.status is Status.FOUND
    short = History.of(*(one.where(one.dates >= np.datetime64("2020-09-01")) for one in PAST))
    assert scenarios(short, WORLD, RULES).status is Status.THIN
    far = replace(WORLD, vix=replace(WORLD.vix_market(), vix=datum(95.0)))
    with pytest.raises(MissingDataError, match="widen the band"):
        scenarios(PAST, far, ScenarioRules(vix_band=1.05))


def test_too_little_history_is_refused() -> None:
    short = History.of(*(one.where(one.dates >= np.datetime64("2021-02-10")) for one in PAST))
    with pytest.raises(MissingDataError, match="import more"):
        scenarios(short, WORLD, RULES)
    later: Series = series("VIX", PAST.get("SPX").dates[-3:], np.array([20.0, 21.0, 22.0]))
    with pytest.raises(MissingDataError, match="no two sessions"):
        scenarios(History.of(PAST.get("SPX"), later), WORLD, RULES)
    with pytest.raises(DomainError, match="at least one session"):
        ScenarioRules(sessions=0)
