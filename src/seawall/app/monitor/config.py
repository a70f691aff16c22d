"""A monitor file read and checked: its books, policy, rules, channels, and where its state lies."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from seawall.app.monitor.schema import AnyChannel, ConsoleFile, Kind, MonitorFile, RuleFile, channel_name
from seawall.core.errors import InputError, SeawallError
from seawall.data.documents import read_document

if TYPE_CHECKING:
    from seawall.hedge.charter import Policy

EXAMPLE: Final = "example.yaml"
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Config:
    """A checked file, its books by path (None: the example), its policy, its rules by name, and its state file."""

    file: MonitorFile
    books: tuple[Path | None, ...]
    policy: "Policy"
    rules: tuple[RuleFile, ...]
    channels: tuple[AnyChannel, ...]
    state: Path


EVERY_RULE: Final[tuple[Kind, ...]] = (
    "regime", "break_even", "time_buffer", "liquidation", "stale", "refused", "hedge_drift", "trouble",
)  # fmt: skip


def example() -> str:
    """A whole file with every key, to start from."""
    return (files("seawall.app.monitor") / EXAMPLE).read_text(encoding="utf-8")


def default_state(name: str) -> Path:
    """The state file of a configuration that names none, in the user's state folder."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("seawall")) / f"monitor-{name}.sqlite"


def load_config(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read a monitor file; the example book with every rule on the console without one.

    Raises a ``SeawallError`` that starts with file and line; a secret that is not in the environment is one.
    """
    if path is None:
        return _config(MonitorFile(seawall_monitor=1), Path("default.yaml"), environ)
    return _read(path, lambda file: _config(file, path, environ))


def check_config(path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Raise what ``load_config`` would, but for its policy and its sources, without importing what computes."""
    _read(path, lambda file: _plain(file, path, environ))


def _read(path: Path, use: Callable[[MonitorFile], Answer]) -> Answer:
    document = read_document(path)
    if isinstance(document.content, dict) and "seawall_monitor" not in document.content:
        raise document.error(InputError, "not a monitor file: it must start with `seawall_monitor: 1`")
    try:
        return use(document.parse(MonitorFile))
    except _PlaceError as fault:
        raise document.error(InputError, str(fault), *fault.place) from None


class _PlaceError(InputError):
    """A fault that the schema cannot see, and where it stands."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place


def _plain(
    file: MonitorFile, path: Path, environ: Mapping[str, str]
) -> tuple[tuple[Path | None, ...], tuple[RuleFile, ...], tuple[AnyChannel, ...]]:
    """Books, rules and channels: what the file alone says."""
    books: list[Path | None] = []
    for index, name in enumerate(file.books):
        place = None if name == "demo" else (path.parent / Path(name).expanduser()).resolve()
        if place in books:
            raise _PlaceError(f"{name} stands twice: name each book once", "books", index)
        books.append(place)
    rules = _named(file.rules if file.rules is not None else [RuleFile(rule=kind) for kind in EVERY_RULE])
    channels = tuple(file.channels if file.channels is not None else [ConsoleFile(channel="console")])
    _check_names(channels)
    _check_secrets(file, channels, environ)
    return tuple(books), rules, channels


def _config(file: MonitorFile, path: Path, environ: Mapping[str, str]) -> Config:
    from seawall.data.policies import policy_named

    books, rules, channels = _plain(file, path, environ)
    try:
        policy = policy_named(_beside(path, file.policy))
    except SeawallError as fault:
        raise _PlaceError(str(fault), "policy") from None
    try:
        if file.sync is not None:
            from seawall.data.sources.registry import wishes

            wishes(file.sync.sources)
    except SeawallError as fault:
        raise _PlaceError(str(fault), "sync", "sources") from None
    stated = None if file.state is None else (path.parent / Path(file.state).expanduser()).resolve()
    return Config(file, books, policy, rules, channels, stated or default_state(path.stem))


def _beside(path: Path, name: str) -> str:
    """A policy's name, or its file beside the configuration."""
    beside = path.parent / name
    return str(beside) if Path(name).suffix and beside.exists() else name


def _named(rules: list[RuleFile]) -> tuple[RuleFile, ...]:
    found: dict[str, RuleFile] = {}
    for index, one in enumerate(rules):
        name = one.name or one.rule
        if one.name is None and name in found:
            name = next(f"{one.rule}-{n}" for n in range(2, 1000) if f"{one.rule}-{n}" not in found)
        if name in found:
            raise _PlaceError(f"two rules are called {name!r}: rename one", "rules", index, "name")
        found[name] = one.model_copy(update={"name": name})
    return tuple(found.values())


def _check_names(channels: tuple[AnyChannel, ...]) -> None:
    seen: set[str] = set()
    for index, one in enumerate(channels):
        if channel_name(one) in seen:
            raise _PlaceError(f"two channels are called {channel_name(one)!r}: give one a `name`", "channels", index)
        seen.add(channel_name(one))


def _check_secrets(file: MonitorFile, channels: tuple[AnyChannel, ...], environ: Mapping[str, str]) -> None:
    wanted: list[tuple[str, tuple[str | int, ...]]] = []
    if file.venue is not None and file.venue.url_from is not None:
        wanted.append((file.venue.url_from, ("venue", "url_from")))
    for index, one in enumerate(channels):
        for key in ("url_from", "secret_from", "password_from"):
            if (variable := getattr(one, key, None)) is not None:
                wanted.append((variable, ("channels", index, key)))
    for variable, place in wanted:
        if not environ.get(variable, "").strip():
            raise _PlaceError(f"{variable} is not set in the environment: export it before the monitor starts", *place)
