"""Families of scenarios as paths of log moves: windows of history, bootstrap blocks, jumps and slow grinds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.hedge.factor_steps import FactorSteps
from seawall.kernels.tails import worst_windows
from seawall.market.curve import SHOCK_BETAS
from seawall.market.shock import ETH_PER_SPX, jump

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

SESSIONS: Final = 21
WORST: Final = 8
"""Worst windows of history that are always replayed, for each way that a factor can hurt."""
SPX_JUMPS: Final = (-0.20, -0.10, -0.05, 0.05, 0.10, 0.20)
COIN_JUMPS: Final = (-0.40, -0.20, 0.20, 0.40)
"""Moves of every coin while SPX and VIX stand still: 2021-05-19 was -27 % with VIX up one point."""
GRINDS: Final = (("slow grind down", -0.04, 0.95), ("hard grind down", -0.09, 1.05), ("slow grind up", 0.04, 0.85))
"""Name, SPX return and VIX ratio over the horizon, a small step a session, as in 2022, when SPX lost a quarter in nine
months without a spike of VIX and calls on it decayed. Sizes are assumptions."""


class Kind(StrEnum):
    """Where a scenario comes from."""

    REPLAY = "replay"
    BLOCK = "block"
    JUMP = "jump"
    GRIND = "grind"


@dataclass(frozen=True, slots=True)
class ScenarioRules:
    """How many of what. ``mean_block``: sessions. ``vix_band``: replay and resample only windows that started with VIX
    within this factor of today's, None for all of history.
    """

    sessions: int = SESSIONS
    replays: int = 1000
    blocks: int = 960
    mean_block: float = 10.0
    seed: int = 1
    vix_band: float | None = None

    def __post_init__(self) -> None:
        if self.sessions < 1 or self.replays < 0 or self.blocks < 0 or not self.mean_block >= 1.0:
            raise DomainError("scenarios need at least one session, counts not below 0 and blocks of a session or more")
        if self.vix_band is not None and not self.vix_band > 1.0:
            raise DomainError(f"a VIX band of {self.vix_band} holds nothing: give a factor above 1, such as 1.5")


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Log moves since today of N scenarios over H sessions.

    ``log_return``: SPX and coins, (N, H); ``log_vix``: (N, H); ``log_curve``: VIX futures at the tenors of
    ``SHOCK_BETA_DAYS`` but the first, (N, H, 4), NaN where not known; ``funding``: change per year, by coin, (N, H).
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    origin: tuple[Origin, ...]
    log_return: dict[str, Array]
    log_vix: Array
    log_curve: Array
    funding: dict[str, Array]


def along_rows(steps: FactorSteps, rows: Rows, kind: Kind, names: tuple[str, ...]) -> Paths:
    """Paths along rows (N, H) of the daily steps: all factors take the same rows, so they stay together."""
    fine: list[bool] = np.all(steps.observed[rows], axis=1).tolist()
    return Paths(
        names,
        (kind,) * len(names),
        tuple(Origin.OBSERVED if one else Origin.SYNTHETIC for one in fine),
        {name: np.cumsum(one[rows], axis=1) for name, one in steps.log_return.items()},
        np.cumsum(steps.log_vix[rows], axis=1),
        np.cumsum(steps.log_curve[rows], axis=1),
        {name: np.cumsum(one[rows], axis=1) for name, one in steps.funding.items()},
    )


def worst_starts(steps: FactorSteps, sessions: int) -> set[int]:
    """First rows of the worst windows of each factor, falling and rising, among days on which it was observed."""
    found: set[int] = set()
    for name, moves in steps.log_return.items():
        seen = moves if name not in steps.made else np.where(steps.made[name].rows, 0.0, moves)
        for sign in (1.0, -1.0):
            path = np.exp(np.concatenate([[0.0], np.cumsum(sign * seen)]))
            windows = worst_windows(path, sessions, WORST)
            found |= set(windows.starts[windows.returns < 0.0].tolist())
    return found


def replays(steps: FactorSteps, rules: ScenarioRules, starts: Rows) -> Paths:
    """Windows of history that begin at some of ``starts``, evenly spread, and the worst ones of each factor."""
    count = min(rules.replays, starts.size)
    spread = starts[np.unique(np.linspace(0, starts.size - 1, count).round().astype(np.int64))]
    worst = worst_starts(steps, rules.sessions) & set(starts.tolist())
    rows = np.array(sorted(worst | set(spread.tolist())), dtype=np.int64)[:, None] + np.arange(rules.sessions)
    names = tuple(f"replay {steps.dates[row[0]]} to {steps.dates[row[-1]]}" for row in rows)
    return along_rows(steps, rows, Kind.REPLAY, names)


def block_rows(starts: Rows, total: int, rules: ScenarioRules) -> Rows:
    """Rows of the joint stationary bootstrap, (blocks, sessions): blocks of geometric length, wrapped at the end.

    Source: Politis and Romano 1994. Blocks begin at any of ``starts``; ``total`` rows there are.
    """
    rng = np.random.default_rng(rules.seed)
    fresh = starts[rng.integers(0, starts.size, (rules.blocks, rules.sessions))]
    begin = rng.random((rules.blocks, rules.sessions)) < 1.0 / rules.mean_block
    rows = fresh.copy()
    for step in range(1, rules.sessions):
        rows[:, step] = np.where(begin[:, step], fresh[:, step], (rows[:, step - 1] + 1) % total)
    return rows


def blocks(steps: FactorSteps, rules: ScenarioRules, starts: Rows) -> Paths:
    """Joint stationary bootstrap of the daily steps."""
    rows = block_rows(starts, steps.dates.size, rules)
    return along_rows(steps, rows, Kind.BLOCK, tuple(f"block {number}" for number in range(rules.blocks)))


def ruled(coins: tuple[str, ...], vix: float, sessions: int) -> Paths:
    """Jumps on the first session, held to the horizon, both ways; and grinds in equal steps."""
    table: list[tuple[str, Kind, float, float, float]] = []
    for size in SPX_JUMPS:
        shock = jump(size, vix)
        spx, ratio, coin = (float(np.log1p(one)) for one in (size, shock.vix_points / vix, shock.returns["ETH"]))
        table.append((shock.name, Kind.JUMP, spx, ratio, coin))
    if coins:
        table += [(f"coin jump {size:+.0%}", Kind.JUMP, 0.0, 0.0, float(np.log1p(size))) for size in COIN_JUMPS]
    for name, fall, factor in GRINDS:
        coin = float(np.log1p(ETH_PER_SPX * fall))
        table.append((name, Kind.GRIND, float(np.log1p(fall)), float(np.log(factor)), coin))
    slope = np.linspace(1.0 / sessions, 1.0, sessions)
    form = np.where(np.array([[row[1] is Kind.JUMP] for row in table]), 1.0, slope)
    spx_path, vix_path, coin_path = (np.array([[row[place]] for row in table]) * form for place in (2, 3, 4))
    return Paths(
        tuple(row[0] for row in table),
        tuple(row[1] for row in table),
        (Origin.MODELLED,) * len(table),
        {"SPX": spx_path, **dict.fromkeys(coins, coin_path)},
        vix_path,
        np.full((len(table), sessions, len(SHOCK_BETAS) - 1), np.nan),
        {name: np.zeros(spx_path.shape) for name in coins},
    )
