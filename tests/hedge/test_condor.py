"""The condor of the day: strikes by hand, the METHOD 4 example, odds against closed forms, and each reason."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.made_chains import AS_OF, flat_chain

from seawall.core.datum import Origin
from seawall.core.errors import DomainError, MissingDataError, MissingExpiryError
from seawall.core.status import Status
from seawall.hedge.condor import CondorRule, CondorSignal, condor_signal, gamma_over_credit, payoff
from seawall.hedge.condor_tiers import PRESET, tiers
from seawall.hedge.odds import Outcomes, flat_outcomes, odds, past_outcomes, smile_outcomes
from seawall.hedge.stand_aside import Conditions, daily_range, reasons, stands_aside
from seawall.kernels.black import black
from seawall.market.expiry import Expiry, Side, modelled_expiry, quoted_expiry
from seawall.market.history import History, Series
from seawall.market.smile import FlatSmile, QuotedSmile
from seawall.signals.base import Reading

NAV = 1_000_000.0
EXAMPLE = tuple(
    (strike, 0.16 - (0.35 if strike < 6000.0 else 0.15) * math.log(strike / 6000.0))
    for strike in (5480.0, 5685.0, 6355.0, 6590.0)
)
"""METHOD 4: 45 days, S = F = 6000, rates zero; vols .16 - .35 ln(K/S) for puts, - .15 for calls."""


def example(half: float = 0.0) -> Expiry:
    """The example as an expiry whose four legs are quoted ``half`` a point around their Black values."""
    years = 45.0 / 365.0
    smile = QuotedSmile(tuple(k for k, _ in (*EXAMPLE[:2], (6000.0, 0.16), *EXAMPLE[2:])),
                        tuple(v for _, v in (*EXAMPLE[:2], (6000.0, 0.16), *EXAMPLE[2:])), "METHOD 4")  # fmt: skip
    sides = []
    for side, legs in ((-1.0, EXAMPLE[:2]), (1.0, EXAMPLE[2:])):
        strike = np.array([k for k, _ in legs])
        mid = black(6000.0, strike, years, np.array([v for _, v in legs]), 0.0, side).price
        sides.append(Side(strike, mid - half, mid + half))
    now = dt.datetime(2018, 2, 2, 21, 0, tzinfo=dt.UTC)
    ends = now + dt.timedelta(days=45)
    return Expiry("SPX", now, 6000.0, ends.date(), "SPXW", ends, years, 6000.0, 0.0, smile, *sides, "made",
                  Origin.SYNTHETIC)  # fmt: skip


def of_example(half: float = 0.0, nav: float = NAV, **rule: float) -> CondorSignal:
    fees = {"commission_usd": 0.0, **rule}
    made = CondorRule("delta", 0.15, 0.05, **fees)  # type: ignore[arg-type]
    return condor_signal(example(half), made, nav, (flat_outcomes(0.16, 6000.0, 45 / 365, "flat", Origin.MODELLED),))


def test_the_method_example() -> None:
    found = of_example()
    assert found.strikes == (5480.0, 5685.0, 6355.0, 6590.0)
    assert found.credit == pytest.approx(42.904973, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((5642.0950, 6397.9050), abs=1e-4)
    assert found.max_loss_usd == pytest.approx(19209.50, abs=0.01)
    assert found.break_evens.at_expiry.values == pytest.approx((found.low, found.high), abs=1e-6)
    gamma = 0.5 * 28583.84 * 0.16**2 / 365.0 / 42.904973
    assert gamma_over_credit(found.expiry, found.legs, found.credit) == pytest.approx(gamma, rel=1e-5)


def test_the_spread_and_the_fees_come_off_the_credit() -> None:
    found = of_example(half=0.25, commission_usd=1.0)
    assert found.credit_mid - found.credit == pytest.approx(4 * 0.25 + 4 * 0.01)
    assert found.spread_cost == pytest.approx(1.04)


@pytest.mark.parametrize(
    ("risk", "nav", "contracts"), [(0.015, 1e6, 0), (0.02, 1e6, 1), (0.02, 2e6, 2), (0.1, 1e6, 5), (0.015, 1e5, 0)]
)
def test_size_is_the_share_of_equity_that_can_be_lost(risk: float, nav: float, contracts: int) -> None:
    assert of_example(nav=nav, risk=risk).contracts == contracts == math.floor(risk * nav / 19209.50)


FRIDAYS = [(dt.date(2025, 9, 9), "SPXW"), (dt.date(2025, 9, 26), "SPXW"), (dt.date(2025, 10, 17), "SPXW")]


@pytest.fixture(scope="module")
def quoted() -> Expiry:
    chain = replace(flat_chain(FRIDAYS, 6000.0, 0.04, 0.20), spot=6000.0, underlying="SPX")
    return quoted_expiry(chain, dt.date(2025, 9, 26), 7.0)


def test_an_expiry_of_a_flat_chain(quoted: Expiry) -> None:
    assert quoted.forward == pytest.approx(6000.0, abs=0.05)
    assert quoted.rate == pytest.approx(0.04, abs=1e-3)
    assert quoted.money_vol == pytest.approx(0.20, abs=2e-3)
    assert quoted.expected_move == pytest.approx(6000.0 * 0.20 * math.sqrt(24.0 / 365.0), rel=0.01)
    straddle = 6000.0 * 2.0 * (2.0 * stats.norm.cdf(0.1 * math.sqrt(24 / 365)) - 1.0) * math.exp(-0.04 * 24 / 365)
    assert quoted.straddle == pytest.approx(straddle, abs=0.01)
    assert np.all(quoted.puts.bid > 0.0)
    assert np.all(quoted.calls.bid > 0.0)


def test_strikes_by_range_are_the_nearest_listed(quoted: Expiry) -> None:
    found = condor_signal(quoted, CondorRule(), NAV, ())
    move = 6000.0 * 0.20 * math.sqrt(24.0 / 365.0)
    listed = np.round(6000.0 * np.arange(0.4, 2.2, 0.005), 2)
    wanted = (6000.0 - 1.7 * move, 6000.0 - 1.2 * move, 6000.0 + 1.2 * move, 6000.0 + 1.7 * move)
    assert found.strikes == pytest.approx([listed[np.argmin(np.abs(listed - k))] for k in wanted], abs=30.0)
    assert found.strikes[1] == listed[np.argmin(np.abs(listed - wanted[1]))]
    assert found.strikes[2] == listed[np.argmin(np.abs(listed - wanted[2]))]


def test_strikes_by_delta_are_the_nearest_of_all_listed(quoted: Expiry) -> None:
    found = condor_signal(quoted, CondorRule("delta"), NAV, ())
    root = 0.20 * math.sqrt(quoted.years)
    for leg, target in zip(found.legs, (0.05, 0.20, 0.20, 0.05), strict=True):
        side = quoted.calls if leg.side > 0.0 else quoted.puts
        d1 = np.log(6000.0 / side.strike) / root + 0.5 * root
        delta = math.exp(-0.04 * quoted.years) * stats.norm.cdf(leg.side * d1)
        beyond = leg.side * (side.strike - 6000.0) > 0.0
        best = side.strike[beyond][np.argmin(np.abs(delta[beyond] - target))]
        assert leg.strike == best
        assert leg.price == (side.at(best)[0] if leg.units < 0.0 else side.at(best)[1])


@pytest.mark.parametrize("vol", [0.08, 0.2, 0.9])
@pytest.mark.parametrize("days", [1.0, 30.0])
def test_outcomes_of_a_flat_smile_are_lognormal(vol: float, days: float) -> None:
    years = days / 365.0
    found = flat_outcomes(vol, 4000.0, years, "flat", Origin.MODELLED)
    assert found.price @ found.weight == pytest.approx(4000.0, rel=1e-6)
    root = vol * math.sqrt(years)
    for z in (-2.0, -1.0, 0.0, 1.5):
        level = 4000.0 * math.exp(z * root)
        exact = stats.norm.cdf((math.log(level / 4000.0) + 0.5 * root**2) / root)
        assert found.weight[found.price <= level].sum() == pytest.approx(exact, abs=2e-3)


def test_odds_of_a_handful_of_outcomes() -> None:
    rows = Outcomes("dice", Origin.SYNTHETIC, np.arange(1.0, 11.0), np.full(10, 0.1))
    found = odds(rows, np.array([-50.0, -10.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, -50.0]))
    assert found.profit == pytest.approx(0.7)
    assert found.mean_usd == pytest.approx(-7.5)
    assert found.worst == pytest.approx(0.2)
    assert found.cvar95_usd == pytest.approx(50.0)


def test_the_market_prices_its_own_condor_at_the_mid(quoted: Expiry) -> None:
    """Discounted risk-neutral mean of the payoff is the mid: what is lost on average is the spread."""
    market = smile_outcomes(quoted.smile, quoted.forward, quoted.years, "market", Origin.OBSERVED)
    found = condor_signal(quoted, CondorRule("delta", commission_usd=0.0), NAV, (market,))
    worth = math.exp(-quoted.rate * quoted.years) * float(market.weight @ payoff(found.legs, 0.0, market.price))
    assert -worth == pytest.approx(found.credit_mid, rel=5e-3)


def test_past_moves_are_read_up_to_the_quotes_only() -> None:
    days = np.arange("2016-01-04", "2018-02-03", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    known = days.astype("datetime64[s]") + np.timedelta64(21 * 3600, "s")
    rng = np.random.default_rng(5)
    level = 2000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, days.size)))
    history = History.of(
        Series("SPX", days, level, known, "points", "made"),
        Series("VIX", days, np.full(days.size, 16.0), known, "points", "made"),
    )
    of = replace(example(), day=dt.date(2018, 2, 9))
    found = past_outcomes(history, of.as_of, of)
    assert found is not None
    moves = np.log(level[5:] / level[:-5]) / (0.16 * math.sqrt(5.0 / 252.0)) * 0.16 * math.sqrt(of.years)
    assert found.price == pytest.approx(np.sort(6000.0 * np.exp(moves)), rel=1e-12)
    early = past_outcomes(history, of.as_of - dt.timedelta(days=365), of)
    assert early is not None
    assert early.price.size < found.price.size
    assert past_outcomes(history, of.as_of - dt.timedelta(days=700), of) is None


def test_the_daily_range_of_the_glossary() -> None:
    found = daily_range(16.0, 12.0)
    assert found.as_printed == pytest.approx(7.6)
    assert found.percent_of_spot == pytest.approx(0.798, abs=5e-4)


def _on(found: CondorSignal, given: Conditions) -> dict[str, bool | None]:
    return {one.rule: one.on for one in reasons(found, given)}


def _score(value: float) -> Reading:
    return Reading(value, Status.FOUND, dt.date(2018, 2, 2), Origin.OBSERVED, "")


@pytest.mark.parametrize(
    ("rule", "given", "on"),
    [
        ("L0.cap", Conditions(big_top=_score(0.6)), True),
        ("L0.cap", Conditions(big_top=_score(0.59)), False),
        ("L0.cap", Conditions(), None),
        ("VIX tiers", Conditions(vix=20.0), True),
        ("VIX tiers", Conditions(vix=19.99), False),
        ("premium", Conditions(realised=0.17), True),
        ("premium", Conditions(realised=0.15), False),
        ("premium", Conditions(), None),
        ("events", Conditions(events=("FOMC 2018-02-05",)), True),
        ("events", Conditions(events=()), False),
        ("events", Conditions(), None),
        ("copy", Conditions(repeat="no session of the exchange"), True),
        ("L0.stop", Conditions(), None),
    ],
)
def test_each_reason(rule: str, given: Conditions, on: bool | None) -> None:
    assert _on(of_example(risk=0.02), given)[rule] is on


def test_a_credit_that_is_none_is_a_reason_and_no_error() -> None:
    found = of_example(half=25.0, risk=0.02)
    assert found.credit < 0.0
    every = reasons(found, Conditions())
    assert stands_aside(every)
    assert every[0].hard
    assert every[0].on
    assert not stands_aside(reasons(of_example(risk=0.02), Conditions()))


def test_tiers_take_the_widest_condor_that_pays(quoted: Expiry) -> None:
    for one in tiers(quoted, CondorRule(), NAV, ()):
        assert (one.name, one.low, one.high) in [row[:3] for row in PRESET]
        if one.signal is not None:
            assert one.low <= one.signal.credit <= one.high


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"by": "delta", "short": 0.05, "wing": 0.2}, "0 < wing < short < 0.5"),
        ({"by": "premium"}, "range or delta"),
        ({"risk": 1.5}, "share of equity"),
        ({"short": -1.0}, "expected moves"),
        ({"stop": 0.0}, "positive"),
        ({"take_profit": 50.0}, "share of the credit"),
    ],
)
def test_a_rule_that_cannot_be(rule: dict[str, object], says: str) -> None:
    with pytest.raises(DomainError, match=says):
        CondorRule(**rule)  # type: ignore[arg-type]


def test_what_cannot_be_quoted(quoted: Expiry) -> None:
    one = Side(*(column[:1] for column in (quoted.calls.strike, quoted.calls.bid, quoted.calls.ask)))
    with pytest.raises(MissingDataError, match="no call is quoted beyond"):
        condor_signal(replace(quoted, calls=one), CondorRule(), NAV, ())
    with pytest.raises(DomainError, match="equity"):
        condor_signal(quoted, CondorRule(), 0.0, ())
    with pytest.raises(MissingExpiryError, match="nearest is"):
        quoted_expiry(flat_chain(FRIDAYS, 6000.0, 0.04, 0.20), dt.date(2025, 9, 30), 7.0)
    assert quoted.settles > AS_OF


def test_a_modelled_expiry_is_priced_on_the_smile_of_its_market() -> None:
    from seawall.core.datum import Datum
    from seawall.market.state import Asset, State

    now = dt.datetime(2018, 2, 2, 21, 20, tzinfo=dt.UTC)
    datum = Datum(2762.13, now, now, "typed")
    state = State(now, {"SPX": Asset(datum, FlatSmile(0.16, "flat"), 0.02)}, Datum(0.014, now, now, "typed"))
    of = modelled_expiry(state, None, 7.0)
    assert (of.day, of.origin) == (dt.date(2018, 2, 9), Origin.MODELLED)
    row = int(np.searchsorted(of.calls.strike, 2800.0))
    d1 = (math.log(of.forward / 2800.0) + 0.5 * 0.0256 * of.years) / (0.16 * math.sqrt(of.years))
    worth = math.exp(-0.014 * of.years) * (
        of.forward * stats.norm.cdf(d1) - 2800.0 * stats.norm.cdf(d1 - 0.16 * math.sqrt(of.years))
    )
    assert 0.5 * (of.calls.bid[row] + of.calls.ask[row]) == pytest.approx(worth, rel=1e-9)
    assert of.income_yield == pytest.approx(0.02, abs=1e-12)
    with pytest.raises(MissingExpiryError, match="no session"):
        modelled_expiry(state, dt.date(2018, 2, 10), 7.0)
