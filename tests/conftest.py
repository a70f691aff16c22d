"""Shared by all tests."""

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent

os.environ["SEAWALL_HOME"] = tempfile.mkdtemp(prefix="seawall-tests-")
"""A developer's own store must not reach a test."""
