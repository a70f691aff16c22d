"""Signals of a user's own: what they must pass before they are admitted. Their weight is always 0."""

import re
from dataclasses import replace
from typing import Final

from seawall.core.errors import InputError, SeawallError
from seawall.signals.contract import Family, Prior, Signal
from seawall.signals.language import LOOKBACK, formula, parse
from seawall.signals.laws import broken_law

IDENTITY: Final = re.compile(r"[A-Z][A-Z0-9._-]{1,23}")
SHOWN_ONLY: Final = "Shown only: a signal of your own has weight 0."


def own(signal: Signal) -> Signal:
    """A signal as the user's: in the family of those, without weight, evidence or a side in any decision."""
    return replace(signal, family=Family.USER, core=False, seed=False, passed=False, evidence="", conflict="")


def admit(signal: Signal, taken: frozenset[str]) -> Signal:
    """Return the signal with weight 0 if it may stand on the board.

    Raises ``InputError`` for an id that cannot be one or is taken, or a broken law.
    """
    if not IDENTITY.fullmatch(signal.id):
        raise InputError(f"{signal.id[:40]!r} cannot be an id: 2 to 24 of A-Z, 0-9, dot, hyphen, underscore")
    if signal.id in taken:
        raise InputError(f"there is a signal {signal.id} already: choose another id")
    mine = own(signal)
    try:
        broken = broken_law(mine)
    except SeawallError:
        raise
    except Exception as fault:  # whatever a user's formula raises
        raise InputError(f"it fails on made series ({type(fault).__name__}: {str(fault)[:80]}): repair it") from None
    if broken:
        raise InputError(broken)
    return mine


def expressed(signal: Signal, text: str, lookback: int | None) -> Signal:
    """The signal computed by an expression. Raises ``InputError`` for an expression or a lookback it cannot have."""
    names = (*signal.inputs, *(part.name for part in signal.carried))
    parsed = parse(text, names)
    needed = parsed.back + 1
    rows = needed if lookback is None else lookback
    if not needed <= rows <= LOOKBACK:
        raise InputError(f"lookback {rows}: the expression needs {needed} rows, {LOOKBACK} at most: set it so")
    return replace(signal, lookback=rows, formula=text, compute=formula(parsed, rows), prior=Prior.UNKNOWN)
