"""Shared by all tests."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parent.parent

os.environ["SEAWALL_HOME"] = tempfile.mkdtemp(prefix="seawall-tests-")
os.environ["SEAWALL_SIGNALS"] = tempfile.mkdtemp(prefix="seawall-signals-")
"""A developer's own store and signals must not reach a test."""

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
"""A run is the same everywhere; HYPOTHESIS_PROFILE=wide looks further, at other examples each time."""
