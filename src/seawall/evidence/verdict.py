"""What a claim ends as, by a rule that was written before the run.

Supported: corrected one-sided p < 0.05, an effect of at least the stated size, and the same sign at doubled cost.
Refuted: the 95 % interval lies on the wrong side of the stated size. Otherwise undecided, or, where the rule is a test
without a stated size, not supported. Fewer than eight distinct episodes, or a thin interval, leave any claim undecided.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, EvidenceError
from seawall.core.status import Status
from seawall.evidence.episodes import LEAST_EPISODES, independent
from seawall.evidence.interval import Interval

Array = NDArray[np.float64]

ALPHA: Final = 0.05
LEAST_DSR: Final = 0.95
MOST_PBO: Final = 0.20


class Verdict(StrEnum):
    """How a claim ends."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_TESTABLE = "not testable here"


class Direction(StrEnum):
    """Which way the effect must point; the sign of an effect is the first less the second, or the gain."""

    HIGHER = "higher"
    LOWER = "lower"
    EITHER = "either"


class Kind(StrEnum):
    """How a rule reads what was found."""

    SIZE = (
        "p below 0.05, effect at least the size, same sign at doubled cost; refuted if the interval excludes the size"
    )
    BOUND = "the interval lies beyond the size; refuted if it lies on the other side"
    TEST = "every p below 0.05 and every condition holds; refuted if the interval lies on the other side of zero"
    WITHIN = "the estimate lies between two bounds; refuted if not"
    ALL = "every condition holds; refuted if one does not"


@dataclass(frozen=True, slots=True)
class Rule:
    """One verdict rule. ``size``: the stated one (SIZE, BOUND), ``upper``: the other bound (WITHIN).

    ``reaching``: an interval that ends at the size is beyond it. ``episodic``: a statement about VIX
    above 30, which needs eight distinct episodes.
    """

    kind: Kind
    direction: Direction = Direction.HIGHER
    size: float = 0.0
    upper: float = 0.0
    reaching: bool = False
    episodic: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found. ``p``: corrected over the board, one-sided in the claimed direction (two-sided for EITHER).

    ``interval``: None where a test has none (SPA). ``doubled``: the effect at doubled cost; ``holds``: further
    conditions of the rule; ``episodes``: distinct ones; ``missing``: the data that is not there, "" if none.
    """

    effect: float
    interval: Interval | None = None
    p: tuple[float, ...] = ()
    doubled: float | None = None
    holds: tuple[bool, ...] = ()
    episodes: int | None = None
    missing: str = ""


class Decision(NamedTuple):
    """A verdict and the sentence that says why."""

    verdict: Verdict
    reason: str


def same_sign(effect: float, doubled: float | None) -> bool:
    """Whether the effect keeps its sign at doubled cost; an effect that was not measured there does not."""
    return doubled is not None and effect * doubled > 0.0


def decide(rule: Rule, found: Found, forced: bool = False) -> Decision:
    """Apply a rule. Raises ``TooFewEventsError`` if ``forced`` with too few episodes, ``EvidenceError`` where the
    rule needs what was not found.
    """
    if found.missing:
        return Decision(Verdict.NOT_TESTABLE, f"needs {found.missing}")
    if rule.episodic:
        if found.episodes is None:
            raise EvidenceError("a statement about VIX above 30 needs its number of distinct episodes: count them")
        if independent(found.episodes, forced) is Status.THIN:
            return Decision(Verdict.UNDECIDED, f"{found.episodes} distinct episodes, fewer than {LEAST_EPISODES}")
    if rule.kind in (Kind.WITHIN, Kind.ALL):
        return _by_condition(rule, found)
    if found.interval is not None and found.interval.status in (Status.THIN, Status.UNKNOWN):
        return Decision(Verdict.UNDECIDED, found.interval.says())
    if rule.kind is Kind.TEST:
        return _by_test(rule, found)
    if found.interval is None:
        raise EvidenceError("a verdict without an interval is refused: resample the effect")
    return (_by_size if rule.kind is Kind.SIZE else _by_bound)(rule, found, found.interval)


def _signed(rule: Rule, interval: Interval) -> tuple[float, float]:
    """Ends of the interval less the size, turned so that up is the claimed direction."""
    low, high = interval.low - rule.size, interval.high - rule.size
    return (-high, -low) if rule.direction is Direction.LOWER else (low, high)


def _by_condition(rule: Rule, found: Found) -> Decision:
    if rule.kind is Kind.WITHIN:
        passed = rule.size <= found.effect <= rule.upper
        words = f"{found.effect:.4g} against {rule.size:g} to {rule.upper:g}"
    else:
        if not found.holds:
            raise EvidenceError("the rule is a list of conditions and none was checked: check them")
        passed, words = all(found.holds), f"{sum(found.holds)} of {len(found.holds)} conditions hold"
    return Decision(Verdict.SUPPORTED if passed else Verdict.REFUTED, words)


def _by_bound(rule: Rule, found: Found, interval: Interval) -> Decision:
    low, high = _signed(rule, interval)
    beyond = low >= 0.0 if rule.reaching else low > 0.0
    verdict = Verdict.SUPPORTED if beyond else Verdict.REFUTED if high < 0.0 else Verdict.UNDECIDED
    return Decision(verdict, f"{interval.says()} against {rule.size:g}")


def _by_size(rule: Rule, found: Found, interval: Interval) -> Decision:
    if not found.p or rule.direction is Direction.EITHER:
        raise EvidenceError("a stated size needs a direction and a one-sided p: pass both")
    _, high = _signed(rule, interval)
    turned = -1.0 if rule.direction is Direction.LOWER else 1.0
    large = turned * (found.effect - rule.size) >= 0.0
    if high < 0.0:
        return Decision(Verdict.REFUTED, f"{interval.says()} excludes {rule.size:g}")
    if max(found.p) < ALPHA and large and same_sign(found.effect, found.doubled):
        return Decision(
            Verdict.SUPPORTED, f"{interval.says()}, corrected p {max(found.p):.3g}, same sign at doubled cost"
        )
    return Decision(Verdict.UNDECIDED, f"{interval.says()}, corrected p {max(found.p):.3g}, {_lack(found, large)}")


def _lack(found: Found, large: bool) -> str:
    if not large:
        return "below the stated size"
    return "sign kept at doubled cost" if same_sign(found.effect, found.doubled) else "sign not kept at doubled cost"


def _by_test(rule: Rule, found: Found) -> Decision:
    if not found.p:
        raise EvidenceError("the rule is a test and no p was found: run it")
    words = f"corrected p {max(found.p):.3g}"
    if found.interval is not None:
        words = f"{found.interval.says()}, {words}"
        if rule.direction is not Direction.EITHER and _signed(rule, found.interval)[1] < 0.0:
            return Decision(Verdict.REFUTED, f"{words}: the other way")
    if found.doubled is not None and not same_sign(found.effect, found.doubled):
        return Decision(Verdict.NOT_SUPPORTED, f"{words}, sign not kept at doubled cost")
    passed = max(found.p) < ALPHA and all(found.holds)
    return Decision(Verdict.SUPPORTED if passed else Verdict.NOT_SUPPORTED, words)


def holm(p: Array) -> Array:
    """p-values corrected for their number by Holm's steps, in the order given. Raises ``DomainError``."""
    raw = np.asarray(p, dtype=np.float64)
    if not ((raw >= 0.0) & (raw <= 1.0)).all():
        raise DomainError("p-values lie in [0, 1]: pass those of the board, leave out what was not run")
    order = np.argsort(raw, kind="stable")
    steps = np.minimum(np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)), 1.0)
    out = np.empty_like(raw)
    out[order] = steps
    return out


def romano_wolf(effects: Array, draws: Array) -> Array:
    """One-sided p-values (effect above zero) corrected by Romano and Wolf's steps over joint draws, (m,).

    ``effects``: (m,), ``draws``: the same quantities resampled together, (reps, m). Both are divided by the standard
    deviation of the draws. Source: Romano and Wolf 2005, 2016. Raises ``DomainError`` for shapes, values that are not
    finite, or an effect that no draw changes.
    """
    observed, drawn = np.asarray(effects, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    if drawn.ndim != 2 or drawn.shape[1:] != observed.shape or not (np.isfinite(drawn).all() and len(drawn) > 1):
        raise DomainError(f"effects {observed.shape} and draws {drawn.shape}: pass finite joint draws by effects")
    spread = drawn.std(axis=0, ddof=1)
    if (spread == 0.0).any():
        raise DomainError(f"effect {int(np.argmin(spread))} is the same in every draw: leave it out")
    score, centred = observed / spread, (drawn - observed) / spread
    order = np.argsort(-score, kind="stable")
    highest = np.maximum.accumulate(centred[:, order[::-1]], axis=1)[:, ::-1]
    shares = (1.0 + np.count_nonzero(highest >= score[order], axis=0)) / (1.0 + len(drawn))
    out = np.empty_like(observed)
    out[order] = np.maximum.accumulate(shares)
    return out


def earns_weight(spa_p: float, dsr: float, pbo: float) -> bool:
    """Whether a signal may have weight in ``measured``: SPA p < 0.05, DSR > 0.95 and PBO < 0.2 (METHOD 9.3)."""
    return bool(spa_p < ALPHA and dsr > LEAST_DSR and pbo < MOST_PBO)
