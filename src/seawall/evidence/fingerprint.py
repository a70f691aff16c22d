"""What names a run: hashes of its plan, its data and the code that ran it, and the seed (METHOD 9.3).

Two runs with the same four are the same run: whoever repeats one finds it and does not count it again.
"""

import datetime as dt
import functools
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from seawall.core.errors import DomainError
from seawall.market.history import History

ROOMS: Final = ("core", "kernels", "convexity", "market", "instruments", "ledger", "signals", "hedge", "sim")
"""Whatever can change a number of a run lies in these."""

LABEL: Final = "name"
"""Field of a plan that says what it is called, and changes no number."""

DIGITS: Final = 20
EXACT: Final = 2.0**53


class Fingerprint(NamedTuple):
    """Hashes of plan, data and code in hexadecimal digits, and the seed (0 where nothing is random)."""

    plan: str
    data: str
    code: str
    seed: int = 0

    @property
    def run_id(self) -> str:
        """Twenty hexadecimal digits that name the run."""
        return digest([self.plan, self.data, self.code, self.seed])


def canonical(thing: object) -> Any:
    """Plain JSON of a frozen plan: fields by name in alphabetical order, numbers by value.

    1 and 1.0 are one number, -0.0 is 0. A dataclass or NamedTuple carries the name of its class; arrays go by shape,
    kind and bytes. Raises ``DomainError`` for what has no value of its own (a function, an open file).
    """
    if thing is None or (isinstance(thing, bool | str) and not isinstance(thing, Enum)):
        return thing
    if isinstance(thing, Enum):
        return {"enum": f"{type(thing).__name__}.{thing.name}"}
    if isinstance(thing, int | float | np.integer | np.floating):
        return _number(float(thing) if isinstance(thing, float | np.floating) else int(thing))
    if isinstance(thing, dt.date | np.datetime64):
        return {"date": str(thing.isoformat() if isinstance(thing, dt.date) else thing)}
    if isinstance(thing, np.ndarray):
        return {"array": [str(thing.dtype), list(thing.shape), hashlib.sha256(thing.tobytes()).hexdigest()]}
    return _compound(thing)


def _compound(thing: object) -> Any:
    if is_dataclass(thing) and not isinstance(thing, type):
        held = {one.name: canonical(getattr(thing, one.name)) for one in fields(thing)}
        return {"class": type(thing).__name__, "fields": held}
    if isinstance(thing, tuple) and hasattr(thing, "_asdict"):
        return {"class": type(thing).__name__, "fields": {k: canonical(v) for k, v in thing._asdict().items()}}
    if isinstance(thing, list | tuple):
        return [canonical(one) for one in thing]
    if isinstance(thing, set | frozenset):
        return {"set": sorted(json.dumps(canonical(one), sort_keys=True) for one in thing)}
    if isinstance(thing, Mapping) and all(isinstance(key, str) for key in thing):
        return {"map": {key: canonical(value) for key, value in thing.items()}}
    raise DomainError(
        f"a {type(thing).__name__} cannot be part of a plan: its fields are numbers, dates, words, tuples"
    )


def _number(value: float) -> Any:
    if not math.isfinite(value):
        return {"number": str(value)}
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


def digest(content: object) -> str:
    """Twenty hexadecimal digits of what :func:`canonical` makes of ``content``."""
    text = json.dumps(canonical(content), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def plan_hash(plan: object) -> str:
    """Hash of a frozen plan by its values: neither the order of its fields nor what it is called matters."""
    content = canonical(plan)
    if isinstance(content, dict) and "fields" in content:
        content["fields"].pop(LABEL, None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def data_hash(history: History, until: dt.date | None = None) -> str:
    """Hash of every series of ``history``: name, unit, dates, values and when they were known.

    ``until``: rows of later dates are left out, because a run that ends there cannot have seen them.
    """
    total = hashlib.sha256()
    for name in history.names:
        one = history.get(name)
        end = one.dates.size if until is None else int(np.searchsorted(one.dates, np.datetime64(until, "D"), "right"))
        total.update(json.dumps([name, one.unit, end]).encode())
        days, known = (column[:end].astype("<i8") for column in (one.dates, one.known_at))
        total.update(days.tobytes() + one.values[:end].astype("<f8").tobytes() + known.tobytes())
    return total.hexdigest()[:DIGITS]


@functools.cache
def code_hash(rooms: tuple[str, ...] = ROOMS) -> str:
    """Hash of the sources of the rooms that make a run's numbers; the way a line ends does not matter."""
    package = Path(__file__).parent.parent
    total = hashlib.sha256()
    for room in rooms:
        for source in sorted((package / room).rglob("*.py")):
            text = source.read_bytes().replace(b"\r\n", b"\n")
            total.update(f"{source.relative_to(package).as_posix()}:{len(text)}\n".encode() + text)
    return total.hexdigest()[:DIGITS]
