"""A small language over series, for signals that a user writes.

An expression is parsed, never run as Python: names of inputs, numbers, + - * / **, one comparison, and the functions
of ``FUNCTIONS``. Windows and lags are whole numbers written out, so the rows an expression looks back over and the
work it costs are known before it runs, and nothing in the language can loop, reach the future or name anything else.
"""

import ast
import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import InputError
from seawall.core.units import SESSIONS_PER_YEAR
from seawall.kernels import filters
from seawall.signals.contract import Array, Columns, Computed, plain
from seawall.signals.formulas import lagged_change, log_returns

LONGEST: Final = 500
"""Characters of an expression."""
PARTS: Final = 100
"""Names, numbers and operations in it."""
DEEPEST: Final = 12
"""Levels of nesting."""
WIDEST: Final = 1000
"""Rows of one window or lag."""
LOOKBACK: Final = 2520
"""Rows of all windows on one path: ten years of sessions."""
BUDGET: Final = 5000
"""Steps a row: the windows of all functions together."""
LARGEST: Final = 1e12
STEEPEST: Final = 8.0
"""Exponents reach from minus this to this."""


class Function(NamedTuple):
    """A word of the language. ``series``: how many columns (least, most); ``windows``: the default of each whole number
    after them, None where it must be written; ``least``: smallest value of those; ``rows``: rows before the first
    value."""

    series: tuple[int, int]
    windows: tuple[int | None, ...]
    least: int
    rows: Callable[..., int]
    apply: Callable[..., Array]


def _lag(x: Array, rows: int) -> Array:
    out = np.full(x.size, np.nan)
    out[rows:] = x[: max(x.size - rows, 0)]
    return out


def _macd(x: Array, fast: int, slow: int, smooth: int) -> Array:
    line, signal = filters.macd(x, fast, slow, smooth)
    return line - signal


def _mean(x: Array, window: int) -> Array:
    """Mean of each trailing window; summed lag by lag, so a row never depends on how many follow it."""
    total = np.zeros(x.size)
    for k in range(window):
        total += _lag(x, k)
    return total / window


def _sd(x: Array, window: int) -> Array:
    mean, total = _mean(x, window), np.zeros(x.size)
    for k in range(window):
        total += (_lag(x, k) - mean) ** 2
    root: Array = np.sqrt(total / (window - 1))
    return root


def _where(condition: Array, then: Array, other: Array) -> Array:
    return np.where(np.isnan(condition), np.nan, np.where(condition != 0.0, then, other))


def _least(*x: Array) -> Array:
    low: Array = np.minimum.reduce(x)
    return low


def _most(*x: Array) -> Array:
    high: Array = np.maximum.reduce(x)
    return high


FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function((1, 1), (), 0, lambda: 0, np.abs),
    "log": Function((1, 1), (), 0, lambda: 0, np.log),
    "min": Function((2, 8), (), 0, lambda: 0, _least),
    "max": Function((2, 8), (), 0, lambda: 0, _most),
    "where": Function((3, 3), (), 0, lambda: 0, _where),
    "lag": Function((1, 1), (None,), 0, lambda n: n, _lag),
    "diff": Function((1, 1), (1,), 1, lambda n: n, lagged_change),
    "mean": Function((1, 1), (None,), 1, lambda n: n - 1, _mean),
    "sd": Function((1, 1), (None,), 2, lambda n: n - 1, _sd),
    "ema": Function((1, 1), (None,), 1, lambda n: n - 1, filters.ema),
    "macd": Function((1, 1), (12, 26, 9), 1, lambda fast, slow, smooth: slow + smooth - 2, _macd),
    "rsi": Function((1, 1), (14,), 1, lambda n: n, filters.rsi),
    "z": Function((1, 1), (252,), 2, lambda n: n - 1, filters.zscore),
    "pct": Function((1, 1), (252,), 1, lambda n: n - 1, filters.percentile_rank),
    "rv": Function((1, 1), (21,), 1, lambda n: n,
                   lambda x, n: filters.realised_vol(log_returns(x), n, SESSIONS_PER_YEAR)),
}  # fmt: skip

_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Array, Array], Array]]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
}  # fmt: skip
_COMPARED: Final[Mapping[type[ast.cmpop], Callable[[Array, Array], Array]]] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
    ast.Eq: np.equal, ast.NotEq: np.not_equal,
}  # fmt: skip


_OUTSIDE: Final[Mapping[type[ast.expr], str]] = {
    ast.Attribute: "a dot", ast.Subscript: "an index", ast.Lambda: "a lambda", ast.BoolOp: "and/or",
    ast.Compare: "more than one comparison", ast.IfExp: "if/else", ast.Call: "a call of no name",
}  # fmt: skip


class Parsed(NamedTuple):
    """A part of an expression: how it is computed from columns, rows it looks back, names it reads, steps a row."""

    compute: Callable[[Columns], Array]
    back: int
    names: frozenset[str]
    steps: int


def _finite(x: Array) -> Array:
    """What overflowed or divided by zero is unknown."""
    return np.where(np.isfinite(x), x, np.nan)


def parse(text: str, inputs: tuple[str, ...]) -> Parsed:
    """Read an expression over ``inputs``; raises ``InputError`` naming what is not in the language or too large."""
    if len(text) > LONGEST:
        raise InputError(f"the expression has {len(text)} characters, more than {LONGEST}: shorten it")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        count = sum(1 for _ in ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        said = fault.msg if isinstance(fault, SyntaxError) else "it is nested too deeply"
        raise InputError(f"the expression cannot be read ({said}): write it like z(log(VVIX / VIX), 252)") from None
    if count > 4 * PARTS:  # every call, name and operator is a node of its own
        raise InputError(f"the expression has over {PARTS} parts: split it into two signals")
    parsed = _part(tree, inputs, 1)
    if not parsed.names:
        raise InputError("the expression reads no input: name one of " + ", ".join(inputs))
    if unused := [name for name in inputs if name not in parsed.names]:
        raise InputError(f"input {unused[0]} is not in the expression: use it, or leave it out")
    if parsed.back + 1 > LOOKBACK:
        raise InputError(f"the expression looks back {parsed.back + 1} rows, more than {LOOKBACK}: shorten its windows")
    if parsed.steps > BUDGET:
        raise InputError(f"the expression takes {parsed.steps} steps a row, more than {BUDGET}: shorten its windows")
    return parsed


def _part(node: ast.expr, inputs: tuple[str, ...], depth: int) -> Parsed:
    if depth > DEEPEST:
        raise InputError(f"the expression is nested deeper than {DEEPEST} levels: split it into two signals")
    if isinstance(node, ast.Constant):
        return _number(node)
    if isinstance(node, ast.Name):
        return _input(node.id, inputs)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        one = _part(node.operand, inputs, depth + 1)
        return one._replace(compute=lambda columns: -one.compute(columns))
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _operation(node, inputs, depth)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        return _comparison(node, inputs, depth)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node, inputs, depth)
    what = _OUTSIDE.get(type(node), type(node).__name__)
    raise InputError(f"the expression has {what}: use names, numbers, + - * / **, a comparison, {', '.join(FUNCTIONS)}")


def _number(node: ast.Constant) -> Parsed:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{str(value)[:20]!r} is not a number of the language: write a plain number")
    if not abs(value) <= LARGEST:
        raise InputError(f"a number of the expression is beyond {LARGEST:g}: scale the series")
    number = float(value)
    return Parsed(lambda columns: np.full(columns.dates.size, number), 0, frozenset(), 0)


def _input(name: str, inputs: tuple[str, ...]) -> Parsed:
    if name not in inputs:
        raise InputError(f"{name[:40]} is none of the inputs ({', '.join(inputs)}): add it to `inputs`")
    return Parsed(lambda columns: columns[name], 0, frozenset({name}), 0)


def _pair(one: Parsed, other: Parsed, of: Callable[[Columns], Array]) -> Parsed:
    return Parsed(of, max(one.back, other.back), one.names | other.names, one.steps + other.steps)


def _operation(node: ast.BinOp, inputs: tuple[str, ...], depth: int) -> Parsed:
    left, right = (_part(side, inputs, depth + 1) for side in (node.left, node.right))
    operate = _ARITHMETIC[type(node.op)]
    if isinstance(node.op, ast.Pow):
        exponent = _literal(node.right)
        if exponent is None or not abs(exponent) <= STEEPEST:
            raise InputError(f"an exponent must be a number from -{STEEPEST:g} to {STEEPEST:g}: write it out")
    return _pair(left, right, lambda columns: _finite(operate(left.compute(columns), right.compute(columns))))


def _comparison(node: ast.Compare, inputs: tuple[str, ...], depth: int) -> Parsed:
    left, right = (_part(side, inputs, depth + 1) for side in (node.left, node.comparators[0]))
    compare = _COMPARED[type(node.ops[0])]

    def of(columns: Columns) -> Array:
        a, b = left.compute(columns), right.compute(columns)
        return np.where(np.isnan(a) | np.isnan(b), np.nan, compare(a, b))

    return _pair(left, right, of)


def _literal(node: ast.expr) -> float | None:
    """A number as it is written, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _literal(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) <= LARGEST else math.inf
    return None


def _call(name: str, node: ast.Call, inputs: tuple[str, ...], depth: int) -> Parsed:
    if name not in FUNCTIONS:
        raise InputError(f"no function {name[:40]!r}: there are {', '.join(FUNCTIONS)}")
    function = FUNCTIONS[name]
    (least, most), windows = function.series, function.windows
    needed = least + sum(1 for window in windows if window is None)
    if node.keywords or not needed <= len(node.args) <= most + len(windows):
        takes = f"{needed}" if needed == most + len(windows) else f"{needed} to {most + len(windows)}"
        raise InputError(f"{name} takes {takes} values in order, no keywords: was given {len(node.args)}")
    split = len(node.args) if not windows else least
    columns_ = [_part(one, inputs, depth + 1) for one in node.args[:split]]
    rows = [_window(name, one, function.least) for one in node.args[split:]]
    rows += [window for window in windows[len(rows) :] if window is not None]
    if name == "macd" and rows[0] >= rows[1]:
        raise InputError(f"macd: fast window {rows[0]} must be shorter than slow window {rows[1]}")
    return Parsed(
        lambda columns: _finite(function.apply(*(one.compute(columns) for one in columns_), *rows)),
        max(one.back for one in columns_) + function.rows(*rows),
        frozenset().union(*(one.names for one in columns_)),
        sum(one.steps for one in columns_) + sum(rows),
    )


def _window(name: str, node: ast.expr, least: int) -> int:
    value = _literal(node)
    if value is None or value != math.floor(value):
        raise InputError(f"{name}: a window or lag must be a whole number written out")
    if value < 0.0:
        raise InputError(f"{name}: {value:g} rows would be the future: use {least} or more")
    if not least <= value <= WIDEST:
        raise InputError(f"{name}: {value:g} rows is outside {least} .. {WIDEST}: choose another window")
    return int(value)


def formula(parsed: Parsed, lookback: int) -> Callable[[Columns], Computed]:
    """The expression as the formula of a signal: unknown on the first ``lookback`` - 1 rows."""

    def compute(columns: Columns) -> Computed:
        with np.errstate(all="ignore"):
            values = _finite(parsed.compute(columns))
        values[: lookback - 1] = np.nan
        return plain(values)

    return compute
