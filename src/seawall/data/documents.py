"""YAML and JSON documents from users: read safely, and every complaint with its file and line."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor

from seawall.core.errors import InputError, SeawallError, UnknownParameterError

Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES: Final = 1_000_000
DEEPEST: Final = 40
"""Brackets that may be open at once: a YAML reader's time grows with the square of them."""
QUICK: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The reader in C where PyYAML has it: ten times as fast."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file, and the line (from 1) on which each of its keys and items stands."""

    path: Path
    content: Any
    root: yaml.Node

    def line(self, *place: str | int) -> int:
        """Line of a place such as ``("positions", 0, "strikes")``; parts that are not in the file are passed over."""
        node, line = self.root, self.root.start_mark.line + 1
        for part in place:
            found = _child(node, part)
            if found is not None:
                node, line = found
        return line

    def keys(self, *place: str | int) -> list[str]:
        """Keys that stand at a place."""
        node = self.root
        for part in place:
            found = _child(node, part)
            if found is not None:
                node = found[0]
        return [str(k.value) for k, _ in node.value] if isinstance(node, yaml.MappingNode) else []

    def error(self, kind: type[SeawallError], message: str, *place: str | int) -> SeawallError:
        """An error that starts with ``file:line``."""
        return kind(f"{self.path.name}:{self.line(*place)}: {message}")

    def parse(self, model: type[Model]) -> Model:
        """Validate the content; raises ``InputError`` or ``UnknownParameterError`` for its first fault, with line."""
        if not isinstance(self.content, dict):
            raise self.error(InputError, f"expected keys and values, found {type(self.content).__name__}")
        try:
            return model.model_validate(self.content)
        except ValidationError as invalid:
            self._complain(invalid)

    def _complain(self, invalid: ValidationError) -> NoReturn:
        faults = invalid.errors(include_url=False)
        unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
        fault = (unknown or faults)[0]
        place = tuple(fault["loc"])
        more = "" if len(faults) == 1 else f" (and {len(faults) - 1} more)"
        name = next((str(part) for part in reversed(place) if isinstance(part, str)), "document")
        if fault["type"] == "extra_forbidden":
            hint = _suggest(name, _expected(fault, faults))
            raise self.error(UnknownParameterError, f"unknown key `{name}`{hint}{more}", *place) from None
        if fault["type"] == "missing":
            have = difflib.get_close_matches(name, self.keys(*place[:-1]), 1)
            hint = f": is `{have[0]}` meant?" if have else ": add it"
            raise self.error(InputError, f"`{name}` is missing{hint}{more}", *place[:-1]) from None
        raise self.error(InputError, f"`{name}`: {_sentence(fault)}{more}", *place) from None


def _expected(fault: Any, faults: Sequence[Any]) -> list[str]:
    place = fault["loc"][:-1]
    return [str(other["loc"][-1]) for other in faults if other["type"] == "missing" and other["loc"][:-1] == place]


def _suggest(name: str, missing: list[str]) -> str:
    near = difflib.get_close_matches(name, missing, 1, 0.5)
    return f": did you mean `{near[0]}`?" if near else ": remove it, or see docs/books.md for the keys"


def _sentence(fault: Any) -> str:
    text: str = fault["msg"].removeprefix("Value error, ")
    given = fault.get("input")
    shown = repr(given) if isinstance(given, str | int | float | bool) or given is None else ""
    text = text[0].lower() + text[1:]
    return f"{text}, was {shown}" if shown and shown not in text else text


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None


def _check_node(node: yaml.Node, name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{name}:{line}: a list or keys stand where one key should: name it by a word")
            if key.value in seen:
                raise InputError(
                    f"{name}:{line}: `{key.value}` stands twice, first on line {seen[key.value]}: remove one"
                )
            seen[key.value] = line
            _check_node(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_node(item, name)


def _bytes_of(path: Path) -> tuple[str, int]:
    """Text and size of a file."""
    try:
        return path.read_bytes()[: MAX_BYTES + 1].decode("utf-8"), path.stat().st_size
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, [p.name for p in _siblings(path)], 1)
        hint = f": did you mean {near[0]}?" if near else ": check the path"
        raise InputError(f"{path} does not exist{hint}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path} cannot be read as text ({type(fault).__name__}): give a YAML or JSON file") from None


def read_document(path: Path, text: str | None = None) -> Document:
    """Read a YAML or JSON file of at most 1 MB, or ``text`` as if it stood at ``path``.

    Tags, anchors and aliases are refused: a document is plain data. Raises ``InputError`` naming file and
    line.
    """
    text, size = _bytes_of(path) if text is None else (text, len(text.encode("utf-8", "replace")))
    if size > MAX_BYTES:
        raise InputError(f"{path.name} has {size:,} bytes, more than {MAX_BYTES:,}: split it")
    _check_depth(text, path.name)
    content = _json(text, path.name) if path.suffix.lower() == ".json" else None
    if content is not None:
        text = text.replace("\t", " ")
    try:
        try:
            root = _nodes(text, path.name, QUICK)
        except (yaml.YAMLError, ValueError):  # libyaml says less of what is wrong
            root = _nodes(text, path.name, yaml.SafeLoader)
        if root is None:
            raise InputError(f"{path.name} is empty: see docs/books.md for a book to start from")
        _check_node(root, path.name)
        return Document(path, content if content is not None else SafeConstructor().construct_document(root), root)
    except yaml.MarkedYAMLError as fault:
        line = (fault.problem_mark.line + 1) if fault.problem_mark else 1
        raise InputError(f"{path.name}:{line}: not valid YAML, {fault.problem}: check indentation and colons") from None
    except (yaml.YAMLError, ValueError) as fault:
        reason = str(fault).splitlines()[0]
        raise InputError(f"{path.name}: not valid YAML, {reason}: check the values") from None


def _nodes(text: str, name: str, reader: "type[yaml.SafeLoader | yaml.CSafeLoader]") -> yaml.Node | None:
    """The tree of a document that is plain data; a list in a list in a list is counted before it is made."""
    depth = 0
    for event in yaml.parse(text, Loader=reader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise InputError(f"{name}:{line}: anchors, aliases and tags are not read: write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InputError(f"{name}:{line}: nested more than {DEEPEST} deep: write it flat")
    return yaml.compose(text, Loader=reader)


def _check_depth(text: str, name: str) -> None:
    """Refuse nesting before it is parsed; brackets in quotes count too, which no book comes near."""
    depth = 0
    for line, row in enumerate(text.splitlines(), 1):
        for sign in row:
            if sign in "[{":
                depth += 1
            elif sign in "]}":
                depth -= 1
        if depth > DEEPEST:
            raise InputError(f"{name}:{line}: more than {DEEPEST} brackets are open: close them, or write it flat")


def _json(text: str, name: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise InputError(f"{name}: {constant} is not a number: give a finite value")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as fault:
        raise InputError(
            f"{name}:{fault.lineno}: not valid JSON, {fault.msg.lower()}: check commas and quotes"
        ) from None
    except RecursionError:
        raise InputError(f"{name}: nested too deeply: a book has three levels") from None


def _siblings(path: Path) -> list[Path]:
    try:
        return list(path.parent.iterdir())
    except OSError:
        return []


def below(path: Path, name: str) -> Path:
    """A file that a document names, next to it or below; raises ``InputError`` for any other place."""
    other = (path.parent / name).resolve()
    if not other.is_relative_to(path.parent.resolve()):
        raise InputError(f"{name} lies outside the folder of the file that names it: move it beside it")
    return other
