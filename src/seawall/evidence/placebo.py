"""The same rule with its triggers broken on purpose: what still works then did not come from the trigger."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError, MissingDataError
from seawall.evidence.interval import SEED

Flags = NDArray[np.bool_]

BLOCK: Final = 21
TRIES: Final = 200


class Placebo(StrEnum):
    """How a trigger is broken."""

    OFF = "this trigger never fires"
    SHUFFLED = "this trigger fires as often, at other times"
    ALWAYS = "this trigger always fires"
    NEVER = "no trigger ever fires"


class Variant(NamedTuple):
    """One broken rule: which trigger, how, and all triggers as they then are. ``trigger`` is empty for NEVER."""

    trigger: str
    placebo: Placebo
    triggers: dict[str, Flags]


class TimingTest(NamedTuple):
    """An effect against the same trigger at other times. ``p``: share of shuffles with at least that effect.

    ``late``: the effect of the trigger fired ``by`` rows later, ``late_p`` its share. ``vanishes``: the effect is there
    (p < 0.05) and gone a moment later. An honest signal seldom does that; one that has seen the day it trades does.
    """

    effect: float
    p: float
    late: float
    late_p: float
    by: int
    tries: int
    vanishes: bool


def shuffled(flags: Flags, rng: np.random.Generator, block: int = BLOCK) -> Flags:
    """The flags cut into blocks of ``block`` rows at a random offset and put in random order; as many stay set.

    Runs inside a block stay together. Raises ``DomainError`` for a block below 1.
    """
    if block < 1:
        raise DomainError(f"a block of {block} rows is empty: use 1 or more")
    turned = np.roll(np.asarray(flags, dtype=np.bool_), int(rng.integers(max(np.size(flags), 1))))
    pieces = np.split(turned, np.arange(block, turned.size, block))
    return np.concatenate([pieces[i] for i in rng.permutation(len(pieces))])


def variants(triggers: Mapping[str, Flags], seed: int = SEED, block: int = BLOCK) -> tuple[Variant, ...]:
    """Every trigger off, shuffled and always on, the others untouched; and once no trigger at all.

    ``triggers``: by name, each (n,). Raises ``MissingDataError`` without any, ``DomainError`` for lengths that differ.
    """
    if not triggers:
        raise MissingDataError("no triggers: a placebo needs one to break")
    if len({np.shape(flags) for flags in triggers.values()}) > 1:
        raise DomainError("triggers have different lengths: pass all of them on the same rows")
    rng = np.random.default_rng(seed)
    out = []
    for name, flags in triggers.items():
        nothing = np.zeros(np.shape(flags), dtype=np.bool_)
        broken = {Placebo.OFF: nothing, Placebo.SHUFFLED: shuffled(flags, rng, block), Placebo.ALWAYS: ~nothing}
        out += [Variant(name, how, {**triggers, name: instead}) for how, instead in broken.items()]
    never = {name: np.zeros(np.shape(flags), dtype=np.bool_) for name, flags in triggers.items()}
    return (*out, Variant("", Placebo.NEVER, never))


def late(flags: Flags, by: int = 1) -> Flags:
    """The flags ``by`` rows later; the first rows are not set. Raises ``DomainError`` for ``by`` below 0."""
    if by < 0:
        raise DomainError(f"a delay of {by} rows looks ahead: use 0 or more")
    out = np.zeros(np.shape(flags), dtype=np.bool_)
    out[by:] = np.asarray(flags, dtype=np.bool_)[: out.size - by]
    return out


def timing_test(
    effect: Callable[[Flags], float],
    flags: Flags,
    by: int = 1,
    tries: int = TRIES,
    seed: int = SEED,
    block: int = BLOCK,
) -> TimingTest:
    """Effect of a trigger, of the same one ``by`` rows later, and of ``tries`` block shuffles; larger is better.

    ``effect``: from flags (n,) to one number. Raises ``DomainError`` for parameters, or effects that are not finite.
    """
    if tries < 1:
        raise DomainError(f"{tries} shuffles say nothing: use {TRIES}")
    rng = np.random.default_rng(seed)
    others = np.array([effect(shuffled(flags, rng, block)) for _ in range(tries)])
    now, then = effect(np.asarray(flags, dtype=np.bool_)), effect(late(flags, by))
    if not (np.isfinite(others).all() and np.isfinite([now, then]).all()):
        raise DomainError("the effect of a trigger is not finite: measure it as 0 where the trigger never fires")
    p, late_p = ((1.0 + np.count_nonzero(others >= one)) / (1.0 + tries) for one in (now, then))
    return TimingTest(now, float(p), then, float(late_p), by, tries, bool(p < 0.05 <= late_p))
