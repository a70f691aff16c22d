"""A user's own signals: YAML files of the declarative form.

Files lie where ``SEAWALL_SIGNALS`` says (a file or a folder), else in the folder ``signals`` of the user's
configuration. One that is broken, not causal or too costly is answered with its reason, never with an end of the run.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, FiniteFloat, StringConstraints

from seawall.core.errors import InputError, SeawallError
from seawall.data.documents import Document, read_document
from seawall.data.markets import Strict
from seawall.signals.contract import MAX_AGE_SESSIONS, Carried, Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.user import SHOWN_ONLY, admit, expressed

MOST: Final = 50
"""Files that are read; more would make every start slow."""
LARGEST_BYTES: Final = 8_000
BRACKETS: Final = 40
KINDS: Final = frozenset({".yaml", ".yml", ".json"})

Words = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
SeriesName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]


class Own(NamedTuple):
    """One signal of a user: admitted, or not and why. ``place`` is its file or package."""

    id: str
    name: str
    place: str
    signal: Signal | None
    reason: str = ""


class SignalFile(Strict):
    """A file of the declarative form."""

    seawall_signal: Literal[1]
    id: str = Field(max_length=24)
    name: Words
    inputs: list[SeriesName] = Field(min_length=1, max_length=8)
    expression: str
    unit: Words = "number"
    source: Words
    threshold: FiniteFloat | None = None
    fires: Literal["above", "below"] = "above"
    lookback: int | None = Field(None, ge=1)
    max_age: int = Field(MAX_AGE_SESSIONS, ge=1, le=400)
    carry: dict[SeriesName, Annotated[int, Field(ge=0, le=400)]] = Field(default_factory=dict)


def _nothing(columns: Columns) -> Computed:
    return plain(columns[next(iter(columns.values))])


def _signal(document: Document, taken: frozenset[str]) -> Signal:
    """The signal of a document. Raises ``InputError``, with file and line, for whatever keeps it out."""
    file = document.parse(SignalFile)
    held = tuple(Carried(name, file.carry[name]) for name in file.inputs if name in file.carry)
    exact = tuple(name for name in file.inputs if name not in file.carry)
    if not exact:
        raise document.error(InputError, "every input is carried: the first must give the dates", "carry")
    if extra := [name for name in file.carry if name not in file.inputs]:
        raise document.error(InputError, f"{extra[0]} is carried but no input: add it to `inputs`", "carry", extra[0])
    bare = Signal(
        id=file.id, name=file.name, family=Family.USER, inputs=exact, lookback=1, unit=file.unit, source=file.source,
        prior=Prior.UNKNOWN, compute=_nothing, formula=file.expression, would_do=SHOWN_ONLY, carried=held,
        max_age=file.max_age, fires=None if file.threshold is None else (file.fires, file.threshold),
        known="with the latest of its inputs",
    )  # fmt: skip
    try:
        made = expressed(bare, file.expression, file.lookback)
    except InputError as fault:
        raise document.error(InputError, str(fault), "expression") from None
    try:
        return admit(made, taken)
    except InputError as fault:
        raise document.error(InputError, str(fault), "id") from None


def _check_small(path: Path) -> None:
    """Refuse a file that is long or full of brackets before it is parsed: nesting makes a YAML reader slow."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
    except OSError:
        return  # the reader says why
    if len(text) > LARGEST_BYTES:
        raise InputError(f"{path.name} has more than {LARGEST_BYTES:,} bytes: one signal a file")
    if text.count(b"[") + text.count(b"{") > BRACKETS:
        raise InputError(f"{path.name} is nested too deeply, over {BRACKETS} brackets: write it flat")


def _from_file(path: Path, taken: frozenset[str]) -> Own:
    name = path.stem[:24]
    try:
        _check_small(path)
        document = read_document(path)
        if isinstance(document.content, dict) and isinstance(document.content.get("id"), str):
            name = "".join(filter(str.isprintable, document.content["id"]))[:24] or name
        signal = _signal(document, taken)
    except SeawallError as fault:
        return Own(name, path.name, path.name, None, f"unavailable: {fault}")
    except RecursionError:
        return Own(name, path.name, path.name, None, f"unavailable: {path.name}: nested too deeply: write it flat")
    return Own(signal.id, signal.name, path.name, signal)


def signal_files() -> list[Path]:
    """Files of the user's signals, sorted. Raises ``InputError`` if ``SEAWALL_SIGNALS`` names nothing."""
    stated = os.environ.get("SEAWALL_SIGNALS")
    if stated:
        place = Path(stated).expanduser()
    else:
        from platformdirs import user_config_dir

        place = Path(user_config_dir("seawall")) / "signals"
    if place.is_file():
        return [place]
    if place.is_dir():
        return sorted(path for path in place.iterdir() if path.suffix.lower() in KINDS and path.is_file())
    if stated:
        raise InputError(f"SEAWALL_SIGNALS names {place}, which does not exist: make it, or unset the variable")
    return []


def declared_signals(taken: Iterable[str]) -> list[Own]:
    """Every signal of the user's files; an id in ``taken``, or of a file before it, is refused."""
    try:
        files = signal_files()
    except (InputError, OSError) as fault:
        return [Own("SEAWALL_SIGNALS", "signals of your own", "SEAWALL_SIGNALS", None, f"unavailable: {fault}")]
    found: list[Own] = []
    known = set(taken)
    for path in files[:MOST]:
        one = _from_file(path, frozenset(known))
        found.append(one)
        known |= {one.id} if one.signal else set()
    if len(files) > MOST:
        reason = f"unavailable: {len(files)} files, of which the first {MOST} are read: move the others away"
        found.append(Own("SEAWALL_SIGNALS", "signals of your own", "SEAWALL_SIGNALS", None, reason))
    return found


def own_inputs(found: Iterable[Own]) -> set[str]:
    """Series that admitted signals read."""
    signals = [one.signal for one in found if one.signal is not None]
    return {name for one in signals for name in (*one.inputs, *(part.name for part in one.carried))}
