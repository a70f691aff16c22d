import datetime as dt

import numpy as np
import pytest
from numpy.typing import NDArray

from seawall.core.clock import known_after_close, sessions
from seawall.core.datum import Origin
from seawall.core.errors import DomainError, LookaheadError, MissingDataError, UnknownParameterError
from seawall.data.embedded import embedded_history
from seawall.kernels import states
from seawall.market.history import History, Series
from seawall.signals.regime import RULES, Regime, classify

CALM, ONSET, SPIKE, EXHAUST = Regime

# (VIX, VIX/VIX3M, RSI of the slope, count) -> state; METHOD 7.2
VECTOR = [
    ((14.0, 0.82, 50.0, 0), CALM),
    ((18.0, 0.97, 60.0, 2), ONSET),
    ((32.0, 1.12, 78.0, 4), SPIKE),
    ((29.0, 1.05, 72.0, 3), SPIKE),
    ((26.0, 0.99, 66.0, 2), EXHAUST),
    ((19.0, 0.92, 55.0, 1), EXHAUST),
    ((19.0, 0.92, 55.0, 1), EXHAUST),
    ((19.0, 0.92, 55.0, 1), CALM),
]
INTO_EXHAUST = [row for row, _ in VECTOR[:5]]


def path(rows: list[tuple[float, float, float, int]]) -> list[Regime]:
    vix, slope, rsi, count = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found, rules = states.regime_path(vix, slope, rsi, count.astype(np.int64))
    before = np.concatenate([[int(CALM)], found[:-1]])
    np.testing.assert_array_equal(rules != states.STAY, found != before)
    return [Regime(int(state)) for state in found]


def test_the_vector() -> None:
    assert path([row for row, _ in VECTOR]) == [state for _, state in VECTOR]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ((30.0, 1.1, 50.0, 1), CALM),  # both thresholds are strict
        ((30.01, 0.9, 50.0, 0), SPIKE),
        ((15.0, 1.1001, 50.0, 0), SPIKE),
        ((31.0, 1.2, 50.0, 6), SPIKE),  # the more severe first
        ((15.0, 0.9, 50.0, 2), ONSET),
        ((15.0, np.nan, np.nan, 0), CALM),
        ((31.0, np.nan, np.nan, 0), SPIKE),
    ],
)
def test_first_step_out_of_calm(row: tuple[float, float, float, int], state: Regime) -> None:
    assert path([row]) == [state]


def test_onset_needs_three_quiet_sessions_in_a_row() -> None:
    onset, quiet = (18.0, 0.97, 50.0, 2), (18.0, 0.97, 50.0, 1)
    assert path([onset, quiet, quiet, onset, quiet, quiet, quiet])[-2:] == [ONSET, CALM]
    assert path([onset, quiet, quiet]) == [ONSET] * 3


def test_exhaust_does_not_escalate_on_level_alone() -> None:
    assert path([*INTO_EXHAUST, (31.9, 0.99, 60.0, 5)])[-1] is EXHAUST
    assert path([*INTO_EXHAUST, (32.0, 0.99, 60.0, 5)])[-1] is EXHAUST  # the episode high itself
    assert path([*INTO_EXHAUST, (32.1, 0.99, 60.0, 0)])[-1] is SPIKE


def test_exhaust_escalates_on_a_second_inversion_only_after_the_first_ended() -> None:
    assert path([*INTO_EXHAUST, (28.0, 1.11, 60.0, 0)])[-1] is SPIKE  # .99 on the way
    still_inverted = [*INTO_EXHAUST[:4], (26.0, 1.05, 66.0, 2)]
    assert path([*still_inverted, (28.0, 1.11, 60.0, 0)])[-1] is EXHAUST
    assert path([*still_inverted, (25.0, 0.999, 60.0, 0), (28.0, 1.11, 60.0, 0)])[-1] is SPIKE


def test_the_three_quiet_sessions_start_after_the_state_was_entered() -> None:
    quiet = (19.0, 0.92, 66.0, 0)
    assert path([*INTO_EXHAUST[:4], quiet, quiet, quiet, quiet])[4:] == [EXHAUST, EXHAUST, EXHAUST, CALM]


def test_exhaust_ends_after_21_sessions_at_the_latest() -> None:
    tense = (25.0, 1.0, 50.0, 2)
    found = path([*INTO_EXHAUST, *[tense] * 21])
    assert found[-2:] == [EXHAUST, CALM]
    assert found[4:-1] == [EXHAUST] * 21


def test_spike_without_an_rsi_cross_waits_for_quiet() -> None:
    spike, quiet = (35.0, 1.2, 60.0, 3), (19.0, 0.9, 50.0, 0)
    assert path([spike, quiet, quiet, quiet]) == [SPIKE, SPIKE, SPIKE, CALM]
    assert path([spike, quiet, quiet, (20.0, 0.9, 50.0, 0), quiet, quiet])[-1] is SPIKE


@pytest.mark.parametrize(("sessions_later", "state"), [(20, EXHAUST), (21, SPIKE)])
def test_the_rsi_cross_counts_for_twenty_sessions_after_the_last_spike(sessions_later: int, state: Regime) -> None:
    waiting = [(25.0, 1.0, 75.0, 0)] * (sessions_later - 1)
    assert path([(35.0, 1.0, 75.0, 0), *waiting, (25.0, 1.0, 69.9, 0)])[-1] is state


def test_an_unknown_rsi_is_no_cross() -> None:
    assert path([(35.0, 1.2, 75.0, 0), (25.0, 1.0, np.nan, 0), (25.0, 1.0, 60.0, 0)])[-1] is SPIKE


def test_at_most_one_named_rule_a_session() -> None:
    rng = np.random.default_rng(4)
    vix, slope = rng.uniform(10, 45, 4000), rng.uniform(0.8, 1.2, 4000)
    found, rules = states.regime_path(vix, slope, rng.uniform(40, 90, 4000), rng.integers(0, 5, 4000))
    before = np.concatenate([[int(CALM)], found[:-1]])
    assert set(np.unique(rules)) <= set(RULES)
    for state, previous, rule in zip(found, before, rules, strict=True):
        assert (rule == states.STAY) == (state == previous)
    moves = {(int(a), int(b)) for a, b in zip(before, found, strict=True) if a != b}
    allowed = {(0, 1), (0, 2), (1, 2), (3, 2), (2, 3), (1, 0), (3, 0), (2, 0)}
    assert moves <= allowed


def test_february_2018_on_the_embedded_data() -> None:
    regimes = classify(embedded_history())
    reading = regimes.on(dt.date(2018, 2, 5))
    assert reading.state is SPIKE
    assert reading.rule == ">SPIKE: VIX above 30"
    assert reading.inputs["vix"].value == 37.32
    assert reading.inputs["slope"].origin is Origin.MODELLED
    assert reading.known_at == dt.datetime(2018, 2, 5, 21, 15, tzinfo=dt.UTC)
    assert any("VIX3M modelled" in note for note in reading.notes)
    assert "t2, t3, t5, t6 unavailable: counted as 0" in reading.notes
    assert regimes.on(dt.date(2018, 1, 26)).state is CALM
    assert regimes.dates[0] == np.datetime64("2014-01-03")
    assert regimes.dates[-1] == np.datetime64("2018-12-31")
    with pytest.raises(MissingDataError, match="both SPX and VIX"):
        regimes.on(dt.date(2018, 2, 4))


def test_triggers_on_the_embedded_data_by_their_definition() -> None:
    history = embedded_history()
    regimes = classify(history)
    spx = history.get("SPX")
    for row in range(5, regimes.dates.size, 97):
        day = regimes.dates[row]
        end = int(np.searchsorted(spx.dates, day))
        moves = np.diff(np.log(spx.values[end - 5 : end + 1]))
        assert regimes.triggers["t4"][row] == (np.sqrt(252 / 5 * np.sum(moves**2)) > regimes.vix[row] / 100.0)
        slope = regimes.slope.values
        assert regimes.triggers["t1"][row] == (slope[row] > 0.95 and slope[row] > slope[row - 5])
        assert regimes.count[row] == sum(column[row] for column in regimes.triggers.values())


def test_causality_of_the_whole_path() -> None:
    history = embedded_history()
    full = classify(history)
    for day in ("2014-03-03", "2015-08-24", "2018-02-05", "2018-12-24"):
        row = int(np.searchsorted(full.dates, np.datetime64(day)))
        cut = classify(history.upto(full.known_at[row].item().replace(tzinfo=dt.UTC)))
        np.testing.assert_array_equal(cut.states, full.states[: row + 1])
        np.testing.assert_array_equal(cut.count, full.count[: row + 1])


def fixed(name: str, dates: NDArray[np.datetime64], value: float, late: int = 0) -> Series:
    known = known_after_close(dates) + np.timedelta64(late, "h")
    return Series(name, dates, np.full(dates.size, value), known, "0 or 1", "test")


def quiet_market() -> History:
    days = sessions(dt.date(2017, 1, 3), dt.date(2017, 3, 31))
    return History.of(fixed("SPX", days, 2300.0), fixed("VIX", days, 14.0), fixed("VIX3M", days, 16.0))


def test_reported_triggers_are_counted_and_presets_choose_among_them() -> None:
    market = quiet_market()
    days = market.get("VIX").dates
    fired = market.with_series(fixed("T3", days[20:22], 1.0)).with_series(fixed("T2", days[20:22], 1.0))
    seed, measured = classify(fired), classify(fired, "measured")
    assert seed.count[19:23].tolist() == [0, 2, 2, 0]
    assert Regime(int(seed.states[20])) is ONSET
    assert measured.count[19:23].tolist() == [0, 1, 1, 0]
    assert not measured.states.any()
    assert seed.on(days[20].item()).fired == ("t2", "t3")
    assert seed.notes[-1] == "t5, t6 unavailable: counted as 0"
    assert not any("VIX3M" in note and "SLOPE" in note for note in seed.notes)


def test_triggers_that_cannot_be_used() -> None:
    market = quiet_market()
    days = market.get("VIX").dates
    with pytest.raises(LookaheadError, match="after the session"):
        classify(market.with_series(fixed("T2", days, 1.0, late=12)))
    with pytest.raises(DomainError, match="use 1 for fired"):
        classify(market.with_series(fixed("T3", days, 2.5)))
    with pytest.raises(UnknownParameterError, match="seed, measured"):
        classify(market, "mesured")
    with pytest.raises(MissingDataError, match="no series VIX"):
        classify(History.of(market.get("SPX")))


def test_vix_on_a_day_without_a_session_is_left_out() -> None:
    market = quiet_market()
    spx = market.get("SPX")
    holiday = market.with_series(spx.where(spx.dates != np.datetime64("2017-02-15")))
    found = classify(holiday)
    assert np.datetime64("2017-02-15") not in found.dates
    assert found.dates.size == spx.dates.size - 1
