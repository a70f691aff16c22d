"""From a plan and a history to a result: arrays in, one compiled run, the account checked.

The row of a session holds its own closes, which is what its trades are priced on, and the market state of the session
before, which is what they are decided on: a state that needs a close cannot act at that close (METHOD 8.1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, LookaheadError, MissingDataError
from seawall.hedge.layers import MONTHS_LISTED
from seawall.hedge.policy import AlvhPolicy, PolicyColumns, compile_policy
from seawall.kernels.account import Listing, Market, Rules, Terms
from seawall.kernels.book import run_book
from seawall.kernels.modelled import VVIX_LEVEL, VVIX_PER_VIX
from seawall.market.curve import vix_anchor
from seawall.market.history import History
from seawall.signals.regime import Regime, RegimeHistory, classify
from seawall.sim.listing import Calendar, calendar, day_number, listing
from seawall.sim.plan import Plan
from seawall.sim.result import Comparison, Result, check_account

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


class Inputs(NamedTuple):
    """Everything one compiled run reads, and what of it is modelled."""

    plan: Plan
    when: Calendar
    market: Market
    listing: Listing
    terms: Terms
    rules: Rules
    modelled: tuple[str, ...]


def _complete(history: History, name: str, dates: Days) -> Floats:
    values = history.values_on(name, dates)
    absent = np.isnan(values)
    if absent.any():
        first = dates[np.argmax(absent)]
        raise MissingDataError(
            f"series {name} has no value on {first} ({int(absent.sum())} of {dates.size} sessions): "
            "change the dates of the plan, or complete the series"
        )
    return values


def _positive(name: str, values: Floats, dates: Days) -> Floats:
    if not (values > 0.0).all():
        row = int(np.argmax(~(values > 0.0)))
        raise DomainError(f"series {name} is {values[row]} on {dates[row]}: a level must be > 0, repair the row")
    return values


def market_arrays(history: History, plan: Plan) -> Market:
    """Rows of SPX, VIX, POLICY_RATE and, where observed, VVIX on the sessions of the plan; anchor and VVIX modelled.

    Row t is made of values up to t. Raises ``MissingDataError`` naming a series that is absent or has a gap.
    """
    when = calendar(plan.start, plan.end)
    dates = when.dates
    spot = _positive("SPX", _complete(history, "SPX", dates), dates)
    vix = _positive("VIX", _complete(history, "VIX", dates), dates)
    every = history.get("VIX")
    every = every.where(np.isin(every.dates, history.get("SPX").dates))
    anchor = vix_anchor(every.values)[np.searchsorted(every.dates, dates)]
    vvix = VVIX_LEVEL + VVIX_PER_VIX * vix
    if history.has("VVIX"):
        observed = history.values_on("VVIX", dates)
        vvix = _positive("VVIX", np.where(np.isnan(observed), vvix, observed), dates)
    rate = _complete(history, "POLICY_RATE", dates)
    return Market(when.time, day_number(dates), spot, vix, anchor, vvix, rate)


def states_before(regimes: RegimeHistory, when: Calendar) -> NDArray[np.int8]:
    """State of the session before each session of ``when``; CALM where the history had not begun.

    Raises ``MissingDataError`` if a state inside the history is missing and ``LookaheadError`` if one was not known by
    the close it would act at.
    """
    dates = when.dates
    place = np.searchsorted(regimes.dates, dates, side="left") - 1
    begun = place >= 0
    previous = regimes.dates[np.maximum(place, 0)]
    gap = begun[1:] & (previous[1:] != dates[:-1])
    if gap.any():
        day = dates[:-1][np.argmax(gap)]
        raise MissingDataError(f"no market state for {day}: complete the series the states are made of")
    late = begun & ~(regimes.known_at[np.maximum(place, 0)] < when.close)
    if late.any():
        row = int(np.argmax(late))
        raise LookaheadError(
            f"the market state of {previous[row]} was not known by the close of {dates[row]}: "
            "check known_at of the series it is made of"
        )
    return np.where(begun, regimes.states[np.maximum(place, 0)], np.int8(Regime.CALM)).astype(np.int8)


def _terms(plan: Plan) -> Terms:
    condor, costs = plan.condor, plan.costs
    return Terms(
        condor.short_delta,
        condor.wing_delta,
        condor.risk_fraction,
        condor.strike_step,
        plan.dividend_yield,
        float(plan.lot),
        costs.spx_half_spread * costs.multiple,
        costs.vix_half_spread_fraction * costs.multiple,
        costs.vix_half_spread_floor * costs.multiple,
        costs.commission_per_contract * costs.multiple,
    )


def _rules(policy: AlvhPolicy | None, columns: PolicyColumns, lagged: bool) -> Rules:
    layers = policy.layers if policy else ()
    tranches = policy.monetise if policy else ()
    return Rules(
        np.ascontiguousarray(columns.weight),
        columns.monetise,
        columns.exit_first,
        np.array([layer.weight for layer in layers], dtype=np.float64),
        np.array([layer.delta for layer in layers], dtype=np.float64),
        np.array([layer.roll_days for layer in layers], dtype=np.int64),
        np.array([multiple for multiple, _ in tranches], dtype=np.float64),
        np.array([share for _, share in tranches], dtype=np.float64),
        policy.carry_budget if policy else 0.0,
        policy.income_share if policy else 0.0,
        policy.premium_cap if policy else 0.0,
        policy.vega_cap if policy else 0.0,
        lagged,
    )


def _modelled(history: History, plan: Plan, dates: Days, notes: tuple[str, ...]) -> tuple[str, ...]:
    said = [
        "SPX option prices are modelled from VIX: one smile shape in standardised strike, its level from VIX and the "
        "anchor (kernels.modelled.spx_vol); no SPX option quote is used",
        "the anchor of VIX is halfway between its mean of the last 252 sessions and its long-run mean of 1990-2013",
        f"SPX options are SPXW, settled on the third Friday's close; their dividend yield is {plan.dividend_yield:g}",
        f"costs are assumed, not quoted, and taken {plan.costs.multiple:g} times; all trades are at the close",
        "cash, also borrowed cash, earns the policy rate (midpoint of the target range), simple, ACT/365",
    ]
    if plan.hedge is None:
        return tuple(said)
    observed = int(np.isfinite(history.values_on("VVIX", dates)).sum()) if history.has("VVIX") else 0
    said += [
        "VIX futures are modelled from VIX: ln VIX decays to the anchor, half in 34 sessions (kernels.modelled)",
        "VIX option volatilities are modelled from VVIX: one smile shape, falling with tenor (kernels.modelled)",
        f"VVIX is observed on {observed} of {dates.size} sessions, elsewhere {VVIX_LEVEL:g} + {VVIX_PER_VIX:g} VIX",
        f"VIX options: the next {MONTHS_LISTED} monthly expiries are taken as listed, strikes on a plain grid",
        "market states act at the close after the one that made them; the condor is the same with and without "
        "the hedge (the policy's widening of the condor is not applied)",
        *(f"market states: {note}" for note in notes),
    ]
    return tuple(said)


def prepare(plan: Plan, history: History) -> Inputs:
    """Compile a plan to arrays.

    Raises ``MissingDataError``, ``MissingExpiryError``, ``SettlementError`` or ``DomainError`` before anything runs.
    """
    when = calendar(plan.start, plan.end)
    market = market_arrays(history, plan)
    size = when.dates.size
    notes: tuple[str, ...] = ()
    if plan.hedge is None:
        none = np.zeros(size, dtype=np.bool_)
        columns = PolicyColumns(np.zeros((size, 0)), none, none)
    else:
        regimes = classify(history)
        columns = compile_policy(plan.hedge, states_before(regimes, when))
        notes = regimes.notes
    layers = plan.hedge.layers if plan.hedge else ()
    settle = np.full(when.vol_expiries.size, np.nan)
    if history.has("VRO"):
        settle = history.values_on("VRO", when.vol_expiries)
    return Inputs(
        plan,
        when,
        market,
        listing(when, layers, settle),
        _terms(plan),
        _rules(plan.hedge, columns, plan.fill == "next"),
        _modelled(history, plan, when.dates, notes),
    )


def simulate(inputs: Inputs) -> Result:
    """Run compiled inputs and check the account. Raises ``SelfFinancingError`` if the books do not close."""
    plan, when = inputs.plan, inputs.when
    trace = run_book(inputs.market, inputs.listing, inputs.terms, inputs.rules, plan.capital)
    layers = plan.hedge.layers if plan.hedge else ()
    result = Result(
        plan.name,
        when.dates,
        trace.equity,
        trace,
        tuple(layer.name for layer in layers),
        when.index_expiries,
        when.vol_expiries,
        inputs.listing.index_next >= 0,
        inputs.modelled,
    )
    check_account(result, plan.capital)
    return result


def run(plan: Plan, history: History) -> Result:
    """Run a plan on a history. Raises what :func:`prepare` and :func:`simulate` raise."""
    return simulate(prepare(plan, history))


def compare(plan: Plan, history: History) -> Comparison:
    """Run a plan with its hedge and without. Raises ``DomainError`` if it has none, and what :func:`run` raises."""
    if plan.hedge is None:
        raise DomainError(f"plan {plan.name} has no hedge to compare: give it one, for example AlvhPolicy()")
    return Comparison(run(plan, history), run(plan.without_hedge(), history))
