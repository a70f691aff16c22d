"""Lanes that misbehave, in a module of their own because worker processes import it."""

import os
import signal
from pathlib import Path

from seawall.core.errors import DomainError
from seawall.market.history import History
from seawall.sim.plan import Plan


def dies_once(plan: Plan, history: History) -> int:
    """Kills the worker process it runs in, the first time."""
    mark = Path(plan.name)
    if plan.lot == 7 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return plan.lot


def always_dies(plan: Plan, history: History) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return plan.lot


def fails(plan: Plan, history: History) -> int:
    if plan.lot == 1:
        raise DomainError("lot is 1: take 2\nand more")
    return 1 // (plan.lot - 2)
