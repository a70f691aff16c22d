"""What VIX can and cannot do for a book: systemic, crypto-native and residual shares of its loss, and what follows.

The state form (METHOD 2.5: shape x asset x tenor) reads one day's convexity. This is the empirical form, over windows
of history: how much of the book's loss the moves of SPX and VIX explain (systemic), and within that how much VIX
instruments that are only bought would have tracked; how much more its coins explain (crypto-native); and the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.datum import Origin
from seawall.core.errors import DomainError
from seawall.core.status import Status
from seawall.hedge.reach_shares import Array, Freed, Rows, Sample, bootstrap, freed, shares, shares_of
from seawall.hedge.scenario_paths import Kind
from seawall.hedge.scenarios import ScenarioSet
from seawall.ledger.exposure import Ledger

__all__ = ["Reach", "Recommendation", "Sample", "Share", "Windows", "reach", "recommend", "shares", "windows_of"]

INTERVAL: Final = 0.90
LEAST_WINDOWS: Final = 30.0
"""Fewer windows of history that do not overlap than this make the interval thin."""
MOSTLY: Final = 0.50
"""A book is mostly of one kind when its interval starts here (METHOD 7.2, `LX.trim`),"""
CLEARLY: Final = 0.80
"""or when its share is this, however wide the interval."""
NOTHING: Final = 0.05
"""A systemic share whose interval starts below this is not distinguishable from none."""
NOTABLE: Final = 0.25


class Share(NamedTuple):
    """A share of the variance of the book's loss, with a 90 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reach:
    """``systemic``, ``crypto`` and ``residual`` add up to one; ``vix`` is the part of ``systemic`` that VIX reaches.

    ``windows``: of history that do not overlap; ``made``: probability of the scenarios in which a coin of the book
    moved by rule, whose crypto share is then an assumption. ``at_least``, ``at_most``: the state form of ``vix``.
    """

    vix: Share
    systemic: Share
    crypto: Share
    residual: Share
    windows: float
    made: float
    at_least: float
    at_most: float
    status: Status


class Windows(NamedTuple):
    """The windows of history a book is read on, and their regressions before any VIX instrument.

    ``rows``: of the scenarios; ``whole``: all of them; ``drawn``: the bootstrap's samples, none when nothing is lost.
    """

    rows: Rows
    windows: float
    made: float
    whole: Freed | None
    drawn: tuple[Freed, ...]


def windows_of(pnl: Array, scenarios: ScenarioSet, before: Ledger) -> Windows:
    """The replayed and resampled windows of a book's P&L (N,) (jumps and grinds are our own rules, so not).

    A book with coins is read on windows in which they were observed, if there are 30 that do not overlap. The interval
    draws as many windows as history has without overlap.
    """
    rows, windows, made = _rows(scenarios, before)
    loss = np.maximum(-pnl[rows], 0.0)
    if not rows.size or float(np.ptp(loss)) == 0.0:
        return Windows(rows, windows, made, None, ())
    weight = scenarios.weight[rows] / max(float(scenarios.weight[rows].sum()), 1e-300)
    factors = (_systemic(scenarios, rows), _coins(scenarios, rows))
    whole = freed(np.arange(rows.size), loss, factors, weight, windows)
    return Windows(rows, windows, made, whole, bootstrap(whole, loss, factors, max(int(windows), 10)))


def reach(
    pnl: Array, vix_pnl: Array, scenarios: ScenarioSet, before: Ledger, read_on: Windows | None = None
) -> Reach:  # fmt: skip
    """Shares of a book's loss over ``read_on``, None for its ``windows_of``.

    ``pnl``: of the book, (N,); ``vix_pnl``: of one unit of each VIX instrument, (N, m). ``Status.FLAT`` when the book
    loses in none, ``THIN`` below 30 windows. Raises ``DomainError`` for shapes that do not fit.
    """
    if pnl.shape != (scenarios.count,) or vix_pnl.shape[:1] != pnl.shape or vix_pnl.ndim != 2:
        raise DomainError(f"P&L {pnl.shape} and {vix_pnl.shape} are not of {scenarios.count} scenarios: revalue both")
    on = windows_of(pnl, scenarios, before) if read_on is None else read_on
    if on.whole is None:
        nothing, whole = Share(0.0, 0.0, 0.0), Share(1.0, 1.0, 1.0)
        each, status = [nothing, nothing, nothing, whole], Status.FLAT
    else:
        each = _with_interval(on.whole, on.drawn, vix_pnl[on.rows])
        thin = on.windows < LEAST_WINDOWS or scenarios.status is Status.THIN
        status = Status.THIN if thin else Status.FOUND
    least, most = before.share_at_least, before.share_at_most
    return Reach(each[0], each[1], each[2], each[3], on.windows, on.made, least, most, status)


def _rows(scenarios: ScenarioSet, before: Ledger) -> tuple[Rows, float, float]:
    """Rows to read, how many windows that do not overlap they rest on, and the weight of those with made coins."""
    rows = scenarios.rows(Kind.REPLAY, Kind.BLOCK)
    coins = set(scenarios.returns) - {"SPX"}
    if not rows.size or not coins & {row.factor for row in before.rows}:
        return rows, scenarios.independent, 0.0
    observed = np.array([one is Origin.OBSERVED for one in scenarios.origin])
    replayed = scenarios.rows(Kind.REPLAY)
    windows = scenarios.independent * float(observed[replayed if replayed.size else rows].mean())
    if windows >= LEAST_WINDOWS:
        return rows[observed[rows]], windows, 0.0
    weight = scenarios.weight[rows]
    return rows, scenarios.independent, float(weight @ ~observed[rows] / weight.sum())


def _with_interval(whole: Freed, drawn: Sequence[Freed], vix: Array) -> list[Share]:
    found = np.array([shares_of(one, vix) for one in drawn]) if drawn else np.zeros((1, 4))
    edges = np.quantile(found, [(1.0 - INTERVAL) / 2.0, (1.0 + INTERVAL) / 2.0], axis=0)
    each = zip(shares_of(whole, vix), *edges.tolist(), strict=True)
    return [Share(value, min(low, value), max(high, value)) for value, low, high in each]


def _both_ways(move: Array) -> list[Array]:
    """Falls and rises of a move, from zero and beyond its usual size, and its square, (n,) each.

    Condors and pools lose on both sides, and a condor loses no more beyond its wings.
    """
    usual = float(np.sqrt(np.mean(move**2)))
    return [np.maximum(sign * move - knot, 0.0) for sign in (-1.0, 1.0) for knot in (0.0, usual)] + [move**2]


def _systemic(scenarios: ScenarioSet, rows: Rows) -> Array:
    points = scenarios.vix_points[rows, -1]
    return np.column_stack([*_both_ways(scenarios.returns["SPX"][rows, -1]), points, points**2])


def _coins(scenarios: ScenarioSet, rows: Rows) -> Array:
    moves = [path[rows, -1] for name, path in sorted(scenarios.returns.items()) if name != "SPX"]
    columns = [part for move in moves for part in _both_ways(move)]
    return np.column_stack(columns) if columns else np.empty((rows.size, 0))


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the shares ask for: ``vix_share`` of the hedge budget at most, whether to buy more VIX at all, and why.

    ``mostly_crypto``: the shares say so clearly. ``order``: where to act, the largest share first: "vix", "spx" (listed
    strikes), "crypto", "size".
    """

    vix_share: float
    more_vix: bool
    mostly_crypto: bool
    order: tuple[str, ...]
    reasons: tuple[str, ...]


def recommend(found: Reach) -> Recommendation:
    """The rule of METHOD 2.5: VIX up to what it reaches, listed strikes or crypto-native gamma next, then size.

    A book that is mostly crypto-native, or whose VIX share cannot be told from nothing, is sold no more VIX.
    """
    vix, crypto, residual = found.vix, found.crypto, found.residual
    beyond = max(found.systemic.value - vix.value, 0.0)
    mostly, none = crypto.low >= MOSTLY or crypto.value >= CLEARLY, vix.low < NOTHING
    more = not (mostly or none)
    parts = {"vix": vix.value, "spx": beyond, "crypto": crypto.value, "size": residual.value}
    order = tuple(sorted((one for one in parts if more or one != "vix"), key=lambda one: -parts[one]))
    reasons = [
        f"{_words(found.systemic)} of the loss is systemic, {_words(vix)} of the loss within reach of VIX; "
        f"{_words(crypto)} is crypto-native, {_words(residual)} neither"
    ]
    if mostly:
        reasons.append(
            f"{crypto.value:.0%} of the risk is crypto-native: buy no more VIX calls; hedge it with a perp, listed "
            "strikes on the coin, or a smaller or re-centred position"
        )
    if none:
        reasons.append("what VIX reaches cannot be told from nothing: its calls would be a bet, not a hedge")
    if beyond >= NOTABLE:
        reasons.append(f"{beyond:.0%} comes from SPX but not as VIX pays: listed SPX strikes, wider wings, or size")
    if residual.value >= NOTABLE:
        reasons.append(f"{residual.value:.0%} follows neither SPX, VIX nor a coin: re-centre or reduce")
    if found.made > 0.0:
        reasons.append(f"in {found.made:.0%} of the windows a coin moved by a rule: its share is an assumption there")
    return Recommendation(vix.value if more else 0.0, more, mostly, order, tuple(reasons))


def _words(share: Share) -> str:
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"
