"""Arithmetic written in a cell, such as ``50*(5%-2.5%)+0.56``: numbers, percent, + - * / and brackets, nothing else."""

import ast
import math
import operator
import re
from typing import Final

LONGEST: Final = 200
"""Characters of a cell that is read as text of a case: patterns take time on longer ones."""
PERCENT: Final = re.compile(r"(\d+\.?\d*|\.\d+)\s*%")
OPERATIONS: Final = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
"""No powers: a short text could ask for a number that never ends."""


def arithmetic(text: str) -> float | None:
    """The number that ``text`` comes to, or None when it is anything else. Nothing is executed."""
    if len(text) > LONGEST:
        return None
    try:
        return _number(ast.parse(PERCENT.sub(r"(\1/100)", text.strip()), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def finite(value: object) -> float | None:
    """A number out of JSON, or None when it is none, or beyond what a float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def all_finite(values: list[object]) -> list[float] | None:
    """Numbers out of a JSON list, or None when one of them is none."""
    found = [each for each in map(finite, values) if each is not None]
    return found if len(found) == len(values) else None


def _number(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return float(OPERATIONS[type(node.op)](_number(node.left), _number(node.right)))
    raise ValueError("not arithmetic")
