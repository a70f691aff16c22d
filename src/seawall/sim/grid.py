"""A grid over a plan: axes by dotted name, lanes in a fixed order, and the plan that each lane stands for."""

import datetime as dt
import difflib
import itertools
import math
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import numpy as np

from seawall.core.errors import InputError, RangeError, SeawallError, UnknownParameterError
from seawall.sim.plan import Plan

Value = bool | int | float | str | dt.date | None

LANES_MAX: Final = 100_000
SEED_MAX: Final = 2**31 - 1
DENSE: Final = 4
"""A grid of at most so many times the sample is listed and drawn from; a larger one is drawn blindly."""

LABEL: Final = "name"
DIGITS: Final = 12
SCALARS: Final = (bool, int, float, str, dt.date, type(None))


@dataclass(frozen=True, slots=True)
class Span:
    """Every number from ``low`` to ``high``; lanes of it can only be drawn."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise RangeError(f"from {self.low} is not below to {self.high}: swap them")


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """``lanes`` drawn histories for every lane in blocks of ``mean_block`` sessions; history k has ``seed`` + k."""

    lanes: int
    mean_block: float = 21.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.lanes <= LANES_MAX:
            raise InputError(f"bootstrap draws 1 to {LANES_MAX:,} histories, was {self.lanes:,}: change lanes")
        if not (math.isfinite(self.mean_block) and self.mean_block >= 1.0):
            raise InputError(f"mean_block must be >= 1 session, was {self.mean_block}")
        if not 0 <= self.seed <= SEED_MAX:
            raise InputError(f"the seed of bootstrap must be 0 to {SEED_MAX}, was {self.seed}")


@dataclass(frozen=True, slots=True)
class Grid:
    """``axes``: values, or a span, by dotted name. ``sample``: lanes drawn with ``seed``; None takes every lane.

    ``bootstrap``: drawn histories for every lane, None runs the history there is.
    """

    axes: Mapping[str, tuple[Value, ...] | Span]
    sample: int | None = None
    seed: int = 0
    bootstrap: Bootstrap | None = None

    def __post_init__(self) -> None:
        if not self.axes:
            raise InputError("the grid has no axes: name a field of the plan and its values")
        if self.sample is not None and self.sample < 1:
            raise InputError(f"sample must be >= 1 lanes, was {self.sample}")
        for name, axis in self.axes.items():
            if not isinstance(axis, Span) and len(set(axis)) != max(len(axis), 1):
                raise InputError(f"`{name}` has no value, or one of them twice: list different values")

    @property
    def size(self) -> int | None:
        """Lanes there are in all; None with a span, which has no end of them."""
        sizes = [len(axis) for axis in self.axes.values() if not isinstance(axis, Span)]
        return math.prod(sizes) if len(sizes) == len(self.axes) else None


class GridLane(NamedTuple):
    """One point of a grid: the values of its parameters, in the order of the axes' names."""

    parameters: tuple[tuple[str, Value], ...]


class Leaf(NamedTuple):
    """What a field of a plan takes: kinds of value, and words if only those are allowed."""

    kinds: tuple[type, ...]
    words: tuple[str, ...] = ()


def steps(low: float, high: float, count: int) -> tuple[float, ...]:
    """``count`` numbers evenly from ``low`` to ``high``; whole ones stay whole. Raises ``RangeError``.

    To twelve digits: 0.15 is then 0.15 however it was reached, and a lane keeps its name.
    """
    if count < 2 or not (math.isfinite(low) and math.isfinite(high)) or low == high:
        raise RangeError(f"{count} steps from {low} to {high} are no range: give two ends and steps >= 2")
    values = [float(f"{low + (high - low) * at / (count - 1):.{DIGITS}g}") for at in range(count)]
    whole = isinstance(low, int) and isinstance(high, int) and all(one.is_integer() for one in values)
    return tuple(int(one) for one in values) if whole else tuple(values)


def grid_lanes(grid: Grid) -> tuple[GridLane, ...]:
    """Every lane in the order of the axes' names, the last one turning fastest; or ``sample`` different ones drawn.

    The order of the axes in a file changes nothing. Raises ``InputError`` for more than 100,000 lanes, or a span
    without a sample.
    """
    names = sorted(grid.axes)
    size = grid.size
    if grid.sample is None or (size is not None and size <= grid.sample):
        if size is None:
            span = next(name for name in names if isinstance(grid.axes[name], Span))
            raise InputError(f"{span} runs from one number to another without steps: add `steps`, or `sample: N`")
        _bounded(size)
        return _every(grid, names)
    _bounded(grid.sample)
    chance = np.random.default_rng(grid.seed)
    if size is not None and size <= DENSE * grid.sample:
        every = _every(grid, names)
        return tuple(every[at] for at in sorted(chance.choice(size, grid.sample, replace=False).tolist()))
    drawn: dict[GridLane, None] = {}
    while len(drawn) < grid.sample:
        drawn[GridLane(tuple((name, _drawn(grid.axes[name], chance)) for name in names))] = None
    return tuple(drawn)


def _every(grid: Grid, names: list[str]) -> tuple[GridLane, ...]:
    columns = [axis for axis in (grid.axes[name] for name in names) if not isinstance(axis, Span)]
    return tuple(GridLane(tuple(zip(names, point, strict=True))) for point in itertools.product(*columns))


def _bounded(count: int) -> None:
    if count > LANES_MAX:
        raise InputError(f"the grid has {count:,} lanes, more than {LANES_MAX:,}: draw some with `sample: N`")


def _drawn(axis: tuple[Value, ...] | Span, chance: np.random.Generator) -> Value:
    if isinstance(axis, Span):
        return float(f"{chance.uniform(axis.low, axis.high):.{DIGITS}g}")
    return axis[int(chance.integers(len(axis)))]


def addresses(plan: object, prefix: str = "") -> Iterator[tuple[str, Leaf]]:
    """Dotted name of every field of a plan that an axis can vary, with what it takes; names of things are labels."""
    if is_dataclass(plan) and not isinstance(plan, type):
        hints = get_type_hints(type(plan))
        inside = [(one.name, getattr(plan, one.name), hints[one.name]) for one in fields(plan) if one.name != LABEL]
    elif isinstance(plan, tuple):
        inside = [(key, one, type(one)) for key, one in zip(_keys(plan), plan, strict=True)]
    else:
        return
    for key, held, hint in inside:
        if isinstance(held, tuple) or is_dataclass(held):
            yield from addresses(held, f"{prefix}{key}.")
        elif leaf := _leaf(hint):
            yield f"{prefix}{key}", leaf


def _keys(parts: tuple[Any, ...]) -> list[str]:
    """Parts of a tuple go by their names, if they have them and these differ, else by their places from 0."""
    names = [getattr(one, LABEL, None) for one in parts]
    told = [one for one in names if isinstance(one, str) and one and "." not in one]
    return told if len(set(told)) == len(parts) else [str(at) for at in range(len(parts))]


def _leaf(hint: Any) -> Leaf | None:
    origin = get_origin(hint)
    if origin is Literal:
        return Leaf((str,), tuple(str(word) for word in get_args(hint)))
    parts = get_args(hint) if origin in (Union, types.UnionType) else (hint,)
    kinds = tuple(part for part in parts if part in SCALARS)
    return Leaf(typing.cast("tuple[type, ...]", kinds)) if any(kind is not type(None) for kind in kinds) else None


def leaf_of(plan: Plan, name: str) -> Leaf:
    """What the field ``name`` takes. Raises ``UnknownParameterError`` with the nearest name there is."""
    there = dict(addresses(plan))
    if name in there:
        return there[name]
    if name == LABEL or name.endswith(f".{LABEL}"):
        raise UnknownParameterError(f"`{name}` is a label and changes no number: take another axis")
    near = difflib.get_close_matches(name, there, 1, 0.5)
    if not near:
        near = [one for one in there if one.rpartition(".")[2] == name.rpartition(".")[2]][:1]
    hint = f"did you mean `{near[0]}`?" if near else f"axes are fields of the plan, such as `{next(iter(there))}`"
    raise UnknownParameterError(f"the plan has no `{name}`: {hint}")


def fitted(leaf: Leaf, name: str, value: object) -> Value:
    """``value`` as the field takes it: a whole number for a real one, ISO text for a date. Raises ``InputError``."""
    if leaf.words:
        if value in leaf.words:
            return str(value)
        raise InputError(f"`{name}` must be one of {', '.join(leaf.words)}, was {value!r}")
    for kind in leaf.kinds:
        if type(value) is kind and not (isinstance(value, float) and not math.isfinite(value)):
            return typing.cast("Value", value)
    if isinstance(value, int) and not isinstance(value, bool) and float in leaf.kinds:
        return float(value)
    if isinstance(value, float) and value.is_integer() and int in leaf.kinds:
        return int(value)
    if isinstance(value, str) and dt.date in leaf.kinds:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "a word", dt.date: "a date"}
    wanted = " or ".join(words[kind] for kind in leaf.kinds if kind in words)
    raise InputError(f"`{name}` takes {wanted}, was {value!r}")


def lane_plan(plan: Plan, lane: GridLane) -> Plan:
    """The plan with the lane's values in place. Raises ``DomainError`` or ``RangeError`` if there is no such plan.

    Fields of one part are replaced together, so that a rule between two of them sees both new values.
    """
    made: Plan = _replaced(plan, dict(lane.parameters))
    return made


def grid_plans(plan: Plan, grid: Grid) -> tuple[Plan, ...]:
    """The plan and the different plans of a grid's lanes, without the lanes that are none."""
    found = {plan: None}
    for lane in grid_lanes(grid):
        try:
            found.setdefault(lane_plan(plan, lane))
        except SeawallError:
            continue
    return tuple(found)


def _replaced(node: Any, values: Mapping[str, Value]) -> Any:
    groups: dict[str, dict[str, Value]] = {}
    own: dict[str, Any] = {}
    for name, value in values.items():
        head, dot, rest = name.partition(".")
        if dot:
            groups.setdefault(head, {})[rest] = value
        else:
            own[head] = value
    if isinstance(node, tuple):
        parts = [
            own.get(key, _replaced(one, groups[key]) if key in groups else one)
            for key, one in zip(_keys(node), node, strict=True)
        ]
        return tuple(parts)
    own |= {head: _replaced(getattr(node, head), rest) for head, rest in groups.items()}
    return replace(node, **own)
