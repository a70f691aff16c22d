"""The published values and the real data beside the checkout; a test that needs them skips, and says what it missed."""

import csv
import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[2] / "shared")).resolve()
REFERENCE = SHARED / "reference"
DATA = SHARED / "data"


def existing(path: Path) -> Path:
    """The path, or a skipped test."""
    if not path.exists():
        pytest.skip(f"no {path}: set SEAWALL_SHARED")
    return path


def reference(name: str) -> list[dict[str, str]]:
    """Rows of a table of published values."""
    with existing(REFERENCE / name).open(newline="") as file:
        return list(csv.DictReader(file))
