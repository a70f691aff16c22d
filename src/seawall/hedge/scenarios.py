"""Scenarios: replayed history, joint bootstrap blocks, jumps both ways, slow grinds, as paths of every factor.

Each is a path of 21 sessions from today (METHOD 7.4), so that options that expire on the way, liquidations on the way
and joint ruin are seen. VIX moves by ratio (METHOD 8.5), prices by log-return.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seawall.core.clock import LAST_DAY, close_instant, sessions, years_between
from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError
from seawall.core.status import Status
from seawall.hedge.factor_steps import FactorSteps, factor_steps
from seawall.hedge.layers import session_date
from seawall.hedge.scenario_paths import Kind, Paths, ScenarioRules, blocks, replays, ruled
from seawall.kernels.tails import effective_sample
from seawall.market.curve import SHOCK_BETA_DAYS, SHOCK_BETAS
from seawall.market.history import History
from seawall.market.state import Moves, State

Array = NDArray[np.float64]

LEAST_ROWS: Final = 200
"""Fewer rows of history than this are thin (METHOD 7.4)."""
VIX_FLOOR: Final = 9.0
"""Points; the lowest close on record is 9.14, of 2017-11-03 (Cboe)."""
WEIGHTS: Final = {Kind.REPLAY: 0.50, Kind.BLOCK: 0.45, Kind.JUMP: 0.03, Kind.GRIND: 0.02}
"""Probability of each kind, shared equally within it: an assumption, printed with the result."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ScenarioSet:
    """N scenarios of H sessions from a state.

    ``returns``: simple return since today by asset, (N, H). ``vix_points``: change of VIX. ``curve_points``: of VIX
    futures at the tenors of ``SHOCK_BETA_DAYS``, (N, H, 5). ``funding``: change of what a long pays per year, by
    asset. ``days``: calendar days from now to each session, (H,). ``weight``: probabilities, (N,). ``origin``: of each
    scenario. ``independent``: windows of history that do not overlap, which is what its statistics rest on. ``status``:
    thin when history gave fewer than 200 windows. ``notes``: what was made or held, and how often.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    weight: Array
    origin: tuple[Origin, ...]
    returns: dict[str, Array]
    vix_points: Array
    curve_points: Array
    funding: dict[str, Array]
    days: Array
    independent: float
    status: Status
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of scenarios, N."""
        return len(self.names)

    @property
    def steps(self) -> int:
        """Number of sessions, H."""
        return int(self.days.size)

    def moves(self, step: int, days: float | None = None) -> Moves:
        """All scenarios after session ``step`` (from 0; -1 is the horizon), at its close or ``days`` from now."""
        return Moves(
            {name: path[:, step] for name, path in self.returns.items()},
            {"SPX": self.vix_points[:, step]},
            float(self.days[step]) if days is None else days,
            curve_points=self.curve_points[:, step],
        )

    def rows(self, *kinds: Kind) -> NDArray[np.int64]:
        """Rows of some kinds."""
        return np.flatnonzero([kind in kinds for kind in self.kinds])


def scenarios(history: History, state: State, rules: ScenarioRules | None = None) -> ScenarioSet:
    """The scenario set of a state: only history known by then; jumps and grinds by rule, up-moves always among them.

    Raises ``MissingDataError`` when history is shorter than one horizon, or the state has no VIX.
    """
    used = rules or ScenarioRules()
    vix = state.vix_market().vix.value
    coins = tuple(sorted(set(state.assets) - {"SPX"}))
    families, available = [ruled(coins, vix, used.sessions)], 0
    if used.replays or used.blocks:
        steps = factor_steps(history, state, used.seed)
        starts = _starts(steps, used, vix)
        available = int(starts.size)
        families += [replays(steps, used, starts)] if used.replays else []
        families += [blocks(steps, used, starts)] if used.blocks else []
    return _joined(families, state, used, available)


def horizon_days(state: State, count: int) -> Array:
    """Calendar days from the state's time to the close of each of the next sessions, (count,)."""
    today = session_date(state.now)
    last = min(today + dt.timedelta(days=2 * count + 14), LAST_DAY)
    closes = [close_instant(day) for day in sessions(today, last).tolist()]
    ahead = [365.0 * years_between(state.now, close) for close in closes if close > state.now][:count]
    if len(ahead) < count:
        raise MissingDataError(f"the calendar ends before {count} sessions after {today}: shorten the horizon")
    return np.array(ahead)


def _starts(steps: FactorSteps, used: ScenarioRules, vix: float) -> NDArray[np.int64]:
    last = steps.dates.size - used.sessions
    if last < 0:
        raise MissingDataError(f"history has {steps.dates.size} daily moves, fewer than {used.sessions}: import more")
    starts = np.arange(last + 1)
    if used.vix_band is None:
        return starts
    level = steps.vix[starts]
    kept = starts[(level <= vix * used.vix_band) & (level >= vix / used.vix_band)]
    if not kept.size:
        raise MissingDataError(f"VIX was never within a factor {used.vix_band:g} of {vix:g}: widen the band")
    return kept


def _joined(families: list[Paths], state: State, used: ScenarioRules, available: int) -> ScenarioSet:
    kinds = tuple(kind for one in families for kind in one.kinds)
    origin = tuple(each for one in families for each in one.origin)
    vix = state.vix_market().vix.value
    level = vix * np.exp(np.concatenate([one.log_vix for one in families]))
    curve = np.concatenate([one.log_curve for one in families])
    lost = np.isnan(curve).any(axis=1, keepdims=True)
    points = np.maximum(level, min(VIX_FLOOR, vix)) - vix
    return ScenarioSet(
        names=tuple(name for one in families for name in one.names),
        kinds=kinds,
        weight=_weights(kinds),
        origin=origin,
        returns={
            name: np.expm1(np.concatenate([one.log_return[name] for one in families]))
            for name in families[0].log_return
        },
        vix_points=points,
        curve_points=_curve_points(state, points, np.where(lost, np.nan, curve)),
        funding={name: np.concatenate([one.funding[name] for one in families]) for name in families[0].funding},
        days=horizon_days(state, used.sessions),
        independent=effective_sample(available, used.sessions),
        status=Status.THIN if available < LEAST_ROWS else Status.FOUND,
        notes=_notes(origin, lost, level < min(VIX_FLOOR, vix)),
    )


def _notes(origin: tuple[Origin, ...], lost: NDArray[np.bool_], low: NDArray[np.bool_]) -> tuple[str, ...]:
    notes = [f"probabilities by kind are assumed: {', '.join(f'{kind} {share:g}' for kind, share in WEIGHTS.items())}"]
    count, made = len(origin), sum(one is Origin.SYNTHETIC for one in origin)
    if made:
        notes.append(f"{made} of {count} scenarios have days on which a coin was not observed and moves by rule")
    by_beta = int(lost.any(axis=(1, 2)).sum())
    if by_beta:
        notes.append(f"{by_beta} of {count} scenarios move some VIX futures by their betas, not as they moved")
    held = int(low.any(axis=1).sum())
    if held:
        notes.append(f"{held} of {count} scenarios would take VIX below {VIX_FLOOR:g}: held there")
    return tuple(notes)


def _weights(kinds: tuple[Kind, ...]) -> Array:
    counts = {kind: kinds.count(kind) for kind in Kind}
    whole = sum(WEIGHTS[kind] for kind in Kind if counts[kind])
    return np.array([WEIGHTS[kind] / whole / counts[kind] for kind in kinds])


def _curve_points(state: State, points: Array, curve: Array) -> Array:
    """Points of the futures at each tenor, (N, H, 5): as observed where known, else by beta."""
    found: Array = points[:, :, None] * np.array(SHOCK_BETAS)
    today = np.array([state.vix_market().curve.future(tenor / 365.0)[0] for tenor in SHOCK_BETA_DAYS[1:]])
    found[:, :, 1:] = np.where(np.isnan(curve), found[:, :, 1:], today * np.expm1(curve))
    return found
