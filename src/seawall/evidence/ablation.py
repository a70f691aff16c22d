"""A claim's own trigger off, always on, at other times and a session later: the lines under every claim with one."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from seawall.evidence.placebo import Flags, Placebo, shuffled, timing_test
from seawall.evidence.world import Ablation, World

LATE: Final = 1
MEASURED: Final = 40


class Broken(NamedTuple):
    """The effect under each placebo, and whether it vanishes a session later (``placebo.timing_test``)."""

    rows: tuple[Ablation, ...]
    suspect: bool


def ablations(effect: Callable[[Flags], float], flags: Flags, world: World) -> Broken:
    """The effect as it is, off, shuffled, always on, and a session later; ``effect``: larger is better, 0 undefined."""
    told = timing_test(effect, flags, LATE, world.tries, world.plan.seed)
    rng = np.random.default_rng(world.plan.seed)
    moved = [effect(shuffled(flags, rng)) for _ in range(min(world.tries, MEASURED))]
    nothing = np.zeros(flags.size, dtype=np.bool_)
    rows = (
        Ablation("as it is", told.effect, told.p),
        Ablation(str(Placebo.OFF), effect(nothing), None),
        Ablation(f"{Placebo.SHUFFLED} (mean)", float(np.mean(moved)), None),
        Ablation(str(Placebo.ALWAYS), effect(~nothing), None),
        Ablation("the same trigger one session later", told.late, told.late_p),
    )
    return Broken(rows, told.vanishes)
