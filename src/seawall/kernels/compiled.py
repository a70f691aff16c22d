"""The one way a kernel is compiled, and where its machine code is kept.

numba's cache notices a change in the file of a function, but not in the functions it calls. The cache folder
therefore carries a hash of every kernel source: a changed kernel can never be mixed with a stale caller.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

KEPT_SECONDS = 14 * 24 * 3600
UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""numba's switch for its reference counts; numba does not document it, so a new numba may need another name."""

Function = TypeVar("Function", bound=Callable[..., Any])


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _forget_others(folder: Path) -> None:
    """Remove machine code of other versions that nobody made or used for two weeks."""
    for other in folder.parent.glob("kernels-*"):
        if other != folder and other.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _cache_folder() -> Path:
    root = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for base in (Path(root) / "seawall", Path(tempfile.gettempdir()) / f"seawall-{os.getuid()}"):
        folder = base / f"kernels-{_sources_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and folder.stat().st_uid == os.getuid():  # never run another user's code
            _forget_others(folder)
            return folder
    return Path(tempfile.mkdtemp(prefix="seawall-kernels-"))


CACHE_FOLDER = _cache_folder()
FIRST_RUN = not any(CACHE_FOLDER.iterdir())
setattr(config, "CACHE_DIR", str(CACHE_FOLDER))  # noqa: B010 (a module attribute numba declares at run time)


def compiled(function: Function) -> Function:
    """Compile ``function`` on first use and keep the machine code.

    Division by zero follows IEEE (no exception) and multiply-add may be fused; nothing else is relaxed. Other threads
    run meanwhile: a kernel touches its arguments only.
    """
    jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
    return cast(Function, jit(function))


def borrowing(function: Function) -> Function:
    """Compile ``function`` without counting references to its arrays: its caller holds them until it returns.

    For a loop that hands the same tables to many small functions, where counting is half of the time. Such a function
    makes no array, and returns none to Python; all that it calls with arrays is ``borrowing`` too, or returns numbers.
    """
    jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"}, **UNCOUNTED)
    return cast(Function, jit(function))


def borrowing_inline(function: Function) -> Function:
    """Compile as :func:`borrowing` and always inline: for a few lines that read one number from many tables."""
    jit = numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True, **UNCOUNTED)
    return cast(Function, jit(function))


def compiled_inline(function: Function) -> Function:
    """Compile ``function`` so that LLVM always inlines it: a loop over arrays is vectorised only if it calls nothing.

    The arithmetic rules are those of :func:`compiled`.
    """
    jit = numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
    return cast(Function, jit(function))
