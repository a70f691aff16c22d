"""Signals that installed packages bring, by the entry point group ``seawall.signals``; none of their code runs here.

An entry point names a ``Signal``, several of them, or a function without arguments that returns either. Each is
loaded, put through the laws and computed on the history in a process of its own with a time limit, so that a package
that hangs or crashes costs its own signals and nothing else. What comes back is numbers by date.
"""

import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seawall.core.errors import SeawallError
from seawall.market.history import History, Series, pick
from seawall.signals.base import evaluate
from seawall.signals.contract import Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.user import SHOWN_ONLY, admit

if TYPE_CHECKING:
    from seawall.data.user_signals import Own

GROUP: Final = "seawall.signals"
TIME_LIMIT_S: Final = 20.0
"""For starting, loading, the laws and the values of one package."""
WORDS: Final = ("id", "name", "unit", "source", "formula", "known")


def _loaded(point: EntryPoint) -> list[Signal]:
    """What an entry point stands for; raises ``TypeError`` for anything but signals."""
    brought = point.load()
    made = brought() if callable(brought) and not isinstance(brought, Signal) else brought
    signals = [made] if isinstance(made, Signal) else list(made)
    if wrong := [one for one in signals if not isinstance(one, Signal)]:
        raise TypeError(f"it brings a {type(wrong[0]).__name__} instead of a Signal")
    return signals


def _record(signal: Signal, taken: frozenset[str], history: History) -> dict[str, Any]:
    """A signal as plain data: its description and its values, or why there is none."""
    try:
        mine = admit(signal, taken)
    except SeawallError as fault:
        return {"id": str(signal.id)[:24], "name": str(signal.name), "reason": str(fault)}
    about: dict[str, Any] = {word: str(getattr(mine, word)) for word in WORDS}
    about |= {"inputs": list(mine.inputs), "lookback": int(mine.lookback), "max_age": int(mine.max_age)}
    about |= {"sides": list(mine.sides), "fires": None if mine.fires is None else list(mine.fires)}
    if all(history.has(name) and len(history.get(name)) for name in mine.inputs):
        values = evaluate(mine, history)
        about |= {"dates": [str(day) for day in values.dates]}
        about |= {"values": [None if np.isnan(value) else float(value) for value in values.values]}
    return about


def run_one(request: Path) -> None:
    """In the process of its own: load one entry point and leave its signals as JSON beside ``request``."""
    name, value, taken, series = pickle.loads(request.read_bytes())  # noqa: S301  (written by the parent process)
    history = History.of(*(Series(*fields) for fields in series))
    try:
        signals = _loaded(EntryPoint(name, value, GROUP))
        answer = [_record(one, frozenset(taken), history) for one in signals]
    except Exception as fault:  # whatever a package does
        answer = [{"id": name[:24], "name": value, "reason": f"{type(fault).__name__}: {str(fault)[:120]}"}]
    request.with_suffix(".json").write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")


def _own(record: dict[str, Any], place: str) -> "Own":
    from seawall.data.user_signals import Own

    if "reason" in record:
        return Own(
            _printable(record["id"]), _printable(record["name"]), place, None, f"unavailable: {record['reason']}"
        )
    dates = np.array(record.get("dates", []), dtype="datetime64[D]")
    values = np.array([np.nan if value is None else value for value in record.get("values", [])], dtype=np.float64)

    def compute(columns: Columns) -> Computed:
        return plain(pick(dates, values, columns.dates, np.nan))

    words: dict[str, Any] = {word: _printable(record[word]) for word in WORDS}
    sides = [_printable(side) for side in record["sides"]]
    fires = record["fires"]
    signal = Signal(
        **words, family=Family.USER, inputs=tuple(record["inputs"]), lookback=record["lookback"],
        max_age=record["max_age"], sides=(sides[0], sides[1]), prior=Prior.UNKNOWN, compute=compute,
        would_do=SHOWN_ONLY, fires=None if fires is None else (str(fires[0]), float(fires[1])),
    )  # fmt: skip
    return Own(signal.id, signal.name, place, signal)


def _printable(words: str) -> str:
    return "".join(filter(str.isprintable, words))[:200]


def installed() -> bool:
    """True if a package brings signals."""
    return bool(entry_points(group=GROUP))


def plugin_signals(taken: Iterable[str], history: History, limit_s: float = TIME_LIMIT_S) -> "list[Own]":
    """Signals of every installed package that has some, with their values on ``history``.

    One process a package, all at once, each ended after ``limit_s`` seconds.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not points:
        return []
    ids = set(taken)
    found: list[Own] = []
    with tempfile.TemporaryDirectory() as folder:
        until = time.monotonic() + limit_s
        series = [(s.name, s.dates, s.values, s.known_at, s.unit, s.source, s.origin) for s in history]
        running = []
        for number, point in enumerate(points):
            request = Path(folder) / f"{number}.request"
            request.write_bytes(pickle.dumps((point.name, point.value, sorted(ids), series)))
            command = [sys.executable, "-m", "seawall.data.signal_plugins", str(request)]
            quiet = subprocess.DEVNULL
            running.append(subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet))  # noqa: S603
        for number, (point, process) in enumerate(zip(points, running, strict=True)):
            answer = Path(folder) / f"{number}.json"
            for one in _answered(point, process, answer, until):
                twice = one.signal is not None and one.id in ids
                found.append(one._replace(signal=None, reason=f"unavailable: {one.id} stands twice") if twice else one)
                ids |= {one.id} if one.signal else set()
    return found


def _answered(point: EntryPoint, process: "subprocess.Popen[bytes]", answer: Path, until: float) -> "list[Own]":
    from seawall.data.user_signals import Own

    place = f"{point.name} = {point.value}"[:80]
    try:
        code = process.wait(max(until - time.monotonic(), 0.0))
        return [_own(record, place) for record in json.loads(answer.read_text(encoding="utf-8"))]
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        why = "it took longer than its time limit: make it quicker"
    except OSError:
        why = f"its process ended with code {code} and no answer: run it alone to see why"
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as fault:
        why = f"its answer cannot be read ({type(fault).__name__}): describe the signal in plain words and numbers"
    return [Own(_printable(point.name)[:24], place, place, None, f"unavailable: {why}")]


if __name__ == "__main__":
    run_one(Path(sys.argv[1]))
