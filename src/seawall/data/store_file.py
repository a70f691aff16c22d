"""Where the store lies, and opening its file when other processes use it too."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import duckdb

from seawall.core.errors import BusyError, DataError

FILE: Final = "seawall.duckdb"
MEMORY: Final = "400MB"
PATIENCE_S: Final = 10.0
"""How long an open waits for another process before it says so."""
_PATIENCE: Final[ContextVar[float]] = ContextVar("store_patience_s", default=PATIENCE_S)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within it an open that states no wait of its own waits this long; for a reader who looks at a screen."""
    before = _PATIENCE.set(seconds)
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def home() -> Path:
    """Folder of the store: ``SEAWALL_HOME``, else the user's data directory."""
    stated = os.environ.get("SEAWALL_HOME")
    if stated:
        return Path(stated).expanduser()
    from platformdirs import user_data_dir

    return Path(user_data_dir("seawall"))


def store_path() -> Path:
    """Where the store is, or would be."""
    return home() / FILE


def connect(path: Path, read_only: bool, wait_s: float | None = None) -> duckdb.DuckDBPyConnection:
    """Open the file, waiting while another process, or another thread of this one, uses it otherwise.

    Raises ``BusyError`` when it is still in use after ``wait_s`` seconds (None: of ``patience``, else 10),
    ``DataError`` when it is no store.
    """
    wait_s = _PATIENCE.get() if wait_s is None else wait_s
    config: dict[str, Any] = {"memory_limit": MEMORY, "threads": 2, "preserve_insertion_order": False}
    config |= {"autoinstall_known_extensions": False, "temp_directory": str(path.with_suffix(".spill"))}
    until = time.monotonic() + wait_s
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=config)
        except (duckdb.IOException, duckdb.ConnectionException) as fault:
            ours = isinstance(fault, duckdb.ConnectionException) and "different configuration" in str(fault)
            if not ours and "lock" not in str(fault):
                raise DataError(f"{path} cannot be opened as a store: move it away, or restore a backup") from None
            if time.monotonic() >= until:
                raise BusyError(_busy(path, f"PID {os.getpid()}" if ours else str(fault), wait_s)) from None
            time.sleep(0.1)
        except duckdb.Error as fault:
            said = str(fault).splitlines()[0][:120]
            raise DataError(f"{path} cannot be opened ({said}): close its other users, or move it away") from None


def _busy(path: Path, said: str, wait_s: float) -> str:
    who = re.search(r"PID (\d+)", said)
    process = f"process {who[1]}" if who else "another process"
    return f"{process} is using the store {path} (waited {wait_s:g} s): try again when it has ended"
