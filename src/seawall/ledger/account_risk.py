"""How likely one account is to be liquidated, what would make it safe, and what it costs (METHOD 1.6, 5.6, 5.7)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, UnknownParameterError
from seawall.core.status import Status
from seawall.instruments.margin_terms import MarginTerms
from seawall.instruments.perp import LinearPerp
from seawall.instruments.perp_account import PerpAccount
from seawall.kernels.survival import (
    Distance,
    VolDynamics,
    barrier_probability,
    margin_distance,
    survival,
    window_hits,
)
from seawall.ledger.book import Book
from seawall.ledger.margin import AccountMargin, Isolated, account_margins, cross_accounts, volatility_of
from seawall.market.history import History
from seawall.market.state import State

Array = NDArray[np.float64]

STEPS_A_DAY: Final = 4.0
MOST_STEPS: Final = 720
SAFE: Final = 0.99
HALF_LIFE_SESSIONS: Final = 34.0
STRESSED: Final = VolDynamics(float(np.log(2.0)) / (HALF_LIFE_SESSIONS / 252.0), 1.2, -0.3)
"""Assumed: log-volatility reverts with the half-life of ln VIX, moves 120 % a root year and falls as prices rise."""
BISECTIONS: Final = 40


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a run was: horizon in days, paths, the caller's seed, the dynamics of volatility, the assumed correlation.

    ``correlation``: of every pair of assets, where an account has several.
    """

    days: float = 30.0
    paths: int = 8192
    seed: int = 0
    dynamics: VolDynamics = STRESSED
    correlation: float = 0.6

    def __post_init__(self) -> None:
        if not (0.0 < self.days <= 365.0 and 100 <= self.paths <= 200_000 and -1.0 < self.correlation < 1.0):
            raise DomainError(
                f"need 0 < days <= 365, 100 to 200,000 paths and a correlation inside (-1, 1), were {self.days:g}, "
                f"{self.paths} and {self.correlation:g}"
            )


@dataclass(frozen=True, slots=True)
class Chances:
    """Chance of liquidation within the horizon, as shares; None where it is unknown, and why.

    ``simulated`` with its standard error; ``closed_form``: constant volatility and one asset; ``historical``: share of
    past windows, of which ``windows`` overlap and ``independent`` do not.
    """

    simulated: float
    standard_error: float
    closed_form: float | None
    historical: float | None
    windows: int
    independent: int
    history: str


@dataclass(frozen=True, slots=True)
class MarginProblem:
    """An account reduced to numbers at today's marks: legs by factor, size and mark, with their maintenance terms.

    ``coins``: collateral in coin, on one leg. ``fixed``: maintenance that does not change with the price, dollars.
    """

    name: str
    equity: float
    factors: tuple[str, ...]
    sizes: tuple[float, ...]
    marks: tuple[float, ...]
    terms: tuple[MarginTerms, ...]
    coins: float = 0.0
    fixed: float = 0.0

    def smaller(self, share: float) -> "MarginProblem":
        """The same account holding a share of every position; its equity stays."""
        return replace(self, sizes=tuple(share * size for size in self.sizes), fixed=share * self.fixed)

    def richer(self, dollars: float) -> "MarginProblem":
        """The same account with more collateral."""
        return replace(self, equity=self.equity + dollars)

    @property
    def gross(self) -> float:
        """Dollars of notional, both sides."""
        return float(sum(abs(q) * p for q, p in zip(self.sizes, self.marks, strict=True)))

    def distance(self, vols: Mapping[str, float], correlation: float) -> Distance:
        """The kernel's form."""
        k = len(self.sizes)
        sizes, marks = np.array(self.sizes) + self.coins, np.array(self.marks)
        schedules = [terms.schedule() for terms in self.terms]
        most = max(s.rates.size for s in schedules)
        tiers = np.zeros((k, 3, most))
        tiers[:, 0, :] = np.inf
        for j, s in enumerate(schedules):
            tiers[j, :, : s.rates.size] = np.stack(s)
        pairs = np.full((k, k), correlation)
        np.fill_diagonal(pairs, 1.0)
        base = self.equity - self.fixed - float(sizes @ marks)
        return Distance(base, marks, sizes, np.array([vols[f] for f in self.factors]), pairs, tiers)


def problem_of(margined: PerpAccount | Isolated, name: str, state: State) -> MarginProblem:
    """An account, or one isolated perp, as numbers.

    An inverse perp at price P is its coins of equity and N/P coins bought with N dollars; its maintenance in dollars
    does not change with the price, but for its tier, which is taken to be the one it is in now.
    """
    view = state.view()
    equity = float(margined.equity(view)[0])
    if isinstance(margined, PerpAccount):
        marks = tuple(state.asset(leg.factor).spot.value for leg in margined.legs)
        sizes = tuple(leg.size for leg in margined.legs)
        return MarginProblem(name, equity, margined.factors, sizes, marks, tuple(leg.terms for leg in margined.legs))
    mark = state.asset(margined.factor).spot.value
    if isinstance(margined, LinearPerp):
        return MarginProblem(name, equity, (margined.factor,), (margined.size,), (mark,), (margined.terms,))
    required = float(margined.maintenance_margin(view)[0])
    nothing = MarginTerms((0.0,), (0.0,))
    bought, coins = margined.contracts / mark, float(margined.coin_equity(view)[0])
    return MarginProblem(name, equity, (margined.factor,), (bought,), (mark,), (nothing,), coins, required)


def margined(book: Book, state: State, name: str | None) -> tuple[PerpAccount | Isolated, AccountMargin]:
    """The account or isolated perp called ``name``, or the only one. Raises ``UnknownParameterError`` naming them."""
    owners: dict[str, PerpAccount | Isolated] = {account.name: account for account in cross_accounts(book)}
    owners |= {p.label: p.instrument for p in book.positions if isinstance(p.instrument, Isolated)}
    known = ", ".join(owners) or "none"
    if name is None and len(owners) != 1:
        raise UnknownParameterError(f"the book has {len(owners)} accounts and isolated perps ({known}): name one")
    wanted = next(iter(owners)) if name is None else name
    if wanted not in owners:
        raise UnknownParameterError(f"no account or perp {wanted!r}: there are {known}")
    shown = {margin.name: margin for margin in account_margins(book, state)}
    return owners[wanted], shown[wanted]


def _draws(problem: MarginProblem, run: Simulation) -> tuple[Array, Array]:
    """Standard normals, the second half the mirror of the first."""
    steps = int(np.clip(np.ceil(run.days * STEPS_A_DAY), 1, MOST_STEPS))
    rng, half = np.random.default_rng(run.seed), (run.paths + 1) // 2
    shocks = rng.standard_normal((half, steps, len(problem.sizes)))
    own = rng.standard_normal((half, steps))
    return np.concatenate([shocks, -shocks]), np.concatenate([own, -own])


def _vols(problem: MarginProblem, state: State) -> dict[str, float]:
    return {factor: volatility_of(state, factor)[0] for factor in problem.factors}


def liquidation_chance(problem: MarginProblem, state: State, run: Simulation) -> tuple[float, float]:
    """Chance of liquidation within the horizon on simulated paths, and its standard error (of mirrored pairs)."""
    distance = problem.distance(_vols(problem, state), run.correlation)
    lives = survival(distance, run.dynamics, run.days / 365.0, *_draws(problem, run))
    pairs = 0.5 * (lives[: lives.size // 2] + lives[lives.size // 2 :])
    return float(1.0 - lives.mean()), float(pairs.std() / np.sqrt(pairs.size))


def collateral_for(problem: MarginProblem, state: State, run: Simulation, safe: float = SAFE) -> float:
    """Dollars to add so that the account survives with chance ``safe``; negative: to spare. Same paths throughout."""
    vols, draws = _vols(problem, state), _draws(problem, run)

    def lives(extra: float) -> float:
        distance = problem.richer(extra).distance(vols, run.correlation)
        return float(survival(distance, run.dynamics, run.days / 365.0, *draws).mean())

    now = margin_distance(problem.distance(vols, run.correlation))
    low, high = -now, max(problem.gross, 1.0)
    while lives(high) < safe:
        low, high = high, 2.0 * high
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if lives(middle) < safe else (low, middle)
        if high - low < 1e-4 * problem.gross:
            break
    return high


def closed_form(margin: AccountMargin, days: float) -> float | None:
    """Chance at constant volatility, no drift, of the one leg's price being touched; None for several legs."""
    if len(margin.legs) != 1:
        return None
    leg = margin.legs[0]
    if leg.liquidation.status is not Status.FOUND:
        return 0.0 if leg.liquidation.status is Status.NEVER else 1.0
    return float(barrier_probability(np.log(leg.liquidation.price / leg.mark), leg.volatility, days / 365.0))


def past_prices(history: History, factors: tuple[str, ...], now: dt.datetime) -> tuple[NDArray[np.datetime64], Array]:
    """Closes known at ``now`` on the days that every factor has one: dates and prices, shapes (n,) and (n, k).

    Raises ``MissingDataError`` for a factor without a series.
    """
    series = [history.get(factor).upto(now) for factor in factors]
    dates = series[0].dates
    for one in series[1:]:
        dates = np.intersect1d(dates, one.dates)
    return dates, np.stack([one.on(dates) for one in series], axis=1)


def historical_chance(
    problem: MarginProblem, state: State, history: History | None, days: float
) -> tuple[float | None, int, int, str]:
    """Share of past windows of ``days`` that would have ended the account, their number, and what they are."""
    missing = [f for f in problem.factors if history is None or not history.has(f)]
    if history is None or missing:
        return None, 0, 0, f"no daily closes of {', '.join(missing)}: `seawall data sync` or import them"
    dates, prices = past_prices(history, problem.factors, state.now)
    span = float((dates[-1] - dates[0]).astype(float)) if dates.size > 1 else 0.0
    length = max(round(days * (dates.size - 1) / span), 1) if span > 0.0 else 1
    if dates.size <= length:
        return None, 0, 0, f"{dates.size} closes are too few for windows of {days:g} days: import more"
    hit = window_hits(problem.distance(_vols(problem, state), 0.0), prices, length)
    told = f"closes {dates[0]} to {dates[-1]}; a move between closes does not count"
    return float(hit.mean()), int(hit.size), int(hit.size // length) or 1, told


def chances(
    problem: MarginProblem, margin: AccountMargin, state: State, run: Simulation, history: History | None
) -> Chances:
    """All three answers to how likely a liquidation is."""
    simulated, error = liquidation_chance(problem, state, run)
    share, windows, independent, told = historical_chance(problem, state, history, run.days)
    return Chances(simulated, error, closed_form(margin, run.days), share, windows, independent, told)
