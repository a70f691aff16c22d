"""Grid files: which fields of a plan a sweep varies, and how, as a user writes them down."""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import FiniteFloat, NonNegativeInt, PositiveInt

from seawall.core.errors import InputError, SeawallError
from seawall.data.documents import Document, read_document
from seawall.data.markets import Strict
from seawall.sim.grid import LANES_MAX, Bootstrap, Grid, Leaf, Span, Value, fitted, leaf_of, steps
from seawall.sim.plan import Plan

RANGE_KEYS: Final = ("from", "to", "steps")


class BootstrapPart(Strict):
    """Drawn histories for every lane; what is left out takes the default of ``Bootstrap``."""

    lanes: PositiveInt
    mean_block: FiniteFloat | None = None
    seed: NonNegativeInt | None = None


class GridFile(Strict):
    """The document."""

    seawall_grid: Literal[1]
    axes: dict[str, Any]
    sample: PositiveInt | None = None
    seed: NonNegativeInt = 0
    bootstrap: BootstrapPart | None = None


def load_grid(path: Path, plan: Plan) -> Grid:
    """Read a grid file (YAML or JSON) for a plan; raises a ``SeawallError`` that starts with file and line."""
    document = read_document(path)
    file = document.parse(GridFile)
    try:
        drawn = None if file.bootstrap is None else Bootstrap(**file.bootstrap.model_dump(exclude_none=True))
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), "bootstrap") from None
    axes: dict[str, tuple[Value, ...] | Span] = {}
    for name, given in file.axes.items():
        try:
            axes[str(name)] = _axis(str(name), given, leaf_of(plan, str(name)), document)
        except SeawallError as fault:
            if str(fault).startswith(f"{path.name}:"):
                raise
            raise document.error(type(fault), str(fault), "axes", str(name)) from None
    try:
        return Grid(axes, file.sample, file.seed, drawn)
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), "axes") from None


def _axis(name: str, given: object, leaf: Leaf, document: Document) -> tuple[Value, ...] | Span:
    if isinstance(given, list):
        if len(given) > LANES_MAX:
            raise InputError(f"`{name}` has {len(given):,} values, more than {LANES_MAX:,}: list fewer")
        return tuple(fitted(leaf, name, value) for value in given)
    if isinstance(given, dict):
        return _range(name, given, leaf, document)
    return (fitted(leaf, name, given),)


def _range(name: str, given: dict[str, Any], leaf: Leaf, document: Document) -> tuple[Value, ...] | Span:
    strange = [str(key) for key in given if key not in RANGE_KEYS]
    if strange:
        raise document.error(
            InputError, f"unknown key `{strange[0]}`: a range has from, to and steps", "axes", name, strange[0]
        )
    low, high = (_end(name, key, given.get(key)) for key in RANGE_KEYS[:2])
    count = given.get("steps")
    if count is None and "steps" not in given:
        if float not in leaf.kinds:
            raise InputError(f"`{name}` takes no fractions: add `steps` to its range")
        return Span(float(low), float(high))
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= LANES_MAX:
        raise InputError(f"`steps` of `{name}` must be a whole number, 2 to {LANES_MAX:,}, was {count!r}")
    return tuple(fitted(leaf, name, value) for value in steps(low, high, count))


def _end(name: str, key: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"`{name}` needs a number for `{key}`, was {value!r}: write {{from: 0.1, to: 0.3, steps: 5}}")
    return value
