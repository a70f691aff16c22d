"""ALVH as data: the layers, the budgets and what each market state does to them; compiled to columns by date.

What depends only on the market becomes a column before the simulator runs; what depends on the path of the
book (rolls, multiples of the entry premium, budgets) stays a number that the simulator applies. Look-ahead is
impossible by construction: row t of a column is made of states up to t.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.signals.regime import Regime


@dataclass(frozen=True, slots=True)
class Layer:
    """One rung of VIX calls: ``weight`` contracts per unit, bought near ``target_days`` at ``delta``.

    Rolled into the target tenor when ``roll_days`` or fewer calendar days remain.
    """

    name: str
    weight: float
    target_days: int
    roll_days: int
    delta: float = 0.30


@dataclass(frozen=True, slots=True)
class AlvhPolicy:
    """The baseline Adaptive Layered VIX Hedge: 4:4:2 VIX calls at 30, 110 and 220 days (METHOD 7.1, seed reading).

    ``carry_budget``: share of equity per year the hedge may cost if the market stands still.
    ``income_share``: the same as a share of the book's own yearly carry; the smaller of the two binds.
    ``premium_cap``: hedge premium as a share of equity. ``vega_cap``: hedge vega as a multiple of the book's
    short vega. ``onset_boost``: factor on the first layer in ONSET. ``monetise``: in SPIKE, (multiple of
    entry premium, share of the entry size to sell).
    """

    name: str = "seed"
    layers: tuple[Layer, ...] = (
        Layer("L1", 4.0, 30, 7),
        Layer("L2", 4.0, 110, 55),
        Layer("L3", 2.0, 220, 110),
    )
    carry_budget: float = 0.02
    income_share: float = 0.20
    premium_cap: float = 0.10
    vega_cap: float = 1.0
    onset_boost: float = 1.5
    monetise: tuple[tuple[float, float], ...] = ((2.0, 1.0 / 3.0), (4.0, 1.0 / 3.0))
    widen: float = 0.175

    def __post_init__(self) -> None:
        if not self.layers:
            raise DomainError("a hedge policy needs at least one layer: add one, or run without a hedge")
        for layer in self.layers:
            if not 0.0 < layer.delta < 1.0 or layer.weight < 0.0 or not 0 <= layer.roll_days < layer.target_days:
                raise DomainError(
                    f"layer {layer.name}: need 0 < delta < 1, weight >= 0 and 0 <= roll_days < target_days, were "
                    f"({layer.delta}, {layer.weight}, {layer.roll_days}, {layer.target_days})"
                )
        for name in ("carry_budget", "income_share", "premium_cap", "vega_cap", "onset_boost"):
            if not 0.0 <= getattr(self, name) < np.inf:
                raise DomainError(f"{name} must be a number >= 0, was {getattr(self, name)}")

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this policy; printed on every ticket."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:12]


class PolicyColumns(NamedTuple):
    """A policy by date, shape (sessions,) and (sessions, layers): what the simulator may look up on row t."""

    weight: NDArray[np.float64]
    """(sessions, layers): target contracts per unit, after the state's factor."""
    monetise: NDArray[np.bool_]
    """(sessions,): sell at multiples of the entry premium."""
    exit_first: NDArray[np.bool_]
    """(sessions,): sell what is left of the first layer (`L1.exit`)."""


def compile_policy(policy: AlvhPolicy, states: NDArray[np.int8]) -> PolicyColumns:
    """Columns by date from the market states of the same dates (METHOD 7.2: `L1.boost`, `L1.monetise`, `L1.exit`).

    The first layer is boosted in ONSET, is not bought again in SPIKE, and is sold in EXHAUST.
    """
    weight = np.tile(np.array([layer.weight for layer in policy.layers]), (states.size, 1))
    weight[states == Regime.ONSET, 0] *= policy.onset_boost
    weight[(states == Regime.SPIKE) | (states == Regime.EXHAUST), 0] = 0.0
    return PolicyColumns(weight, states == Regime.SPIKE, states == Regime.EXHAUST)
