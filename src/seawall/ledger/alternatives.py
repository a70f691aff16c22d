"""What an account could do instead: a smaller size, more collateral, a bought option; each with its cost and chance."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from seawall.core.status import Status
from seawall.instruments.option import EuropeanOption, Right
from seawall.ledger.account_risk import (
    SAFE,
    Chances,
    MarginProblem,
    Simulation,
    chances,
    collateral_for,
    liquidation_chance,
    margined,
    problem_of,
)
from seawall.ledger.book import Book
from seawall.ledger.holding_cost import AdlAssumption, Funding, adl_loss, funding_cost
from seawall.ledger.margin import AccountMargin
from seawall.market.history import History
from seawall.market.state import State

SMALLER: Final = 0.5
RICHER: Final = 0.5
STRIKE_SHARE: Final = 0.5
"""A bought option is struck this far from the mark to the liquidation price."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to hold the account for the horizon.

    ``cost_usd``: premium paid now. ``cash_usd``: collateral to bring (negative: free to take out). ``funding_usd``: a
    year; None unknown. ``chance`` of liquidation. ``loss_usd``: of equity when it happens, after what a bought option
    is worth at that price at expiry. ``note``: how it is done.
    """

    name: str
    cost_usd: float
    cash_usd: float
    funding_usd: float | None
    chance: float
    loss_usd: float
    note: str


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """Everything about one account. ``collateral_99``: dollars to add for 99 % survival, negative: to spare."""

    margin: AccountMargin
    run: Simulation
    chances: Chances
    collateral_99: float | None
    funding: Funding
    adl_usd: float | None
    adl: AdlAssumption | None
    alternatives: tuple[Alternative, ...]


def _protection(
    margin: AccountMargin, state: State, days: float, chance: float, funding: Funding
) -> Alternative | None:
    """A put (a call for a short) on the nearest leg, struck halfway to its liquidation, off the smile."""
    leg = margin.nearest
    if leg is None or leg.liquidation.status is not Status.FOUND:
        return None
    coin = margin.mode == "isolated, in coin"
    units = abs(leg.size) / (leg.mark if coin else 1.0)
    strike = leg.mark + STRIKE_SHARE * (leg.liquidation.price - leg.mark)
    right: Right = "put" if leg.size > 0.0 else "call"
    expires = state.now + dt.timedelta(days=days)
    option = EuropeanOption(leg.factor, right, strike, expires, units)
    cost = float(option.value(state.view())[0])
    payoff = units * abs(strike - leg.liquidation.price)
    note = f"{units:,.6g} {leg.factor} {right}s at {strike:,.2f}, {days:g} days; held elsewhere, it is no collateral"
    return Alternative(f"buy a {right}", cost, 0.0, funding.usd_per_year, chance, margin.equity_usd - payoff, note)


def _alternatives(
    problem: MarginProblem, margin: AccountMargin, state: State, run: Simulation, found: tuple[float, float]
) -> tuple[Alternative, ...]:
    chance, extra = found
    funding, equity = funding_cost(margin, state), margin.equity_usd
    half = liquidation_chance(problem.smaller(SMALLER), state, run)[0]
    more = RICHER * equity
    rich = liquidation_chance(problem.richer(more), state, run)[0]
    safe = liquidation_chance(problem.richer(extra), state, run)[0]
    smaller = funding_cost(margin, state, SMALLER).usd_per_year
    cost = funding.usd_per_year
    bought = _protection(margin, state, run.days, chance, funding)
    return (
        Alternative("as it stands", 0.0, 0.0, cost, chance, equity, "nothing is done"),
        Alternative(
            "half the size", 0.0, 0.0, smaller, half, equity, "closed at the mark; fees and impact not counted"
        ),
        Alternative("half as much again", 0.0, more, cost, rich, equity + more, "collateral brought, not spent"),
        Alternative(f"{SAFE:.0%} survival", 0.0, extra, cost, safe, equity + extra, "collateral that makes it so"),
        *(() if bought is None else (bought,)),
    )


def account_risk(
    book: Book,
    state: State,
    name: str | None,
    run: Simulation,
    history: History | None = None,
    adl: AdlAssumption | None = None,
) -> AccountRisk:
    """The risk of one account or isolated perp of a book, and what would change it.

    ``name`` None: the only one. Raises ``UnknownParameterError`` for a name that is not there, ``MissingDataError``
    when the market lacks an asset.
    """
    owner, margin = margined(book, state, name)
    problem = problem_of(owner, margin.name, state)
    funding = funding_cost(margin, state)
    found = chances(problem, margin, state, run, history)
    if margin.status is Status.BREACHED:
        found = replace(found, simulated=1.0, standard_error=0.0, historical=None, history=str(Status.BREACHED))
        return AccountRisk(margin, run, found, None, funding, adl_loss(margin, adl), adl, ())
    extra = collateral_for(problem, state, run)
    others = _alternatives(problem, margin, state, run, (found.simulated, extra))
    return AccountRisk(margin, run, found, extra, funding, adl_loss(margin, adl), adl, others)
