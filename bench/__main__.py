"""Print the measurements: `python -m bench` for all sections, `python -m bench kernels` for one."""

import importlib
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import REPEATS, Section

SECTIONS = {
    "kernels": "bench.kernels:run",
    "engine": "bench.engine:measure",
    "lanes": "bench.engine:measure_lanes",
    "optopsy": "bench.optopsy_side:run",
    "chains": "bench.chains:run",
    "cascade": "bench.cascade:run",
    "pools": "bench.pools:run",
    "desk": "bench.desk:run",
}
"""Name of a section and where its function is."""

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def processor() -> str:
    """The processor as the system names it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def show(section: Section, console: Console) -> None:
    """Print one section as a table and its notes."""
    table = Table(title=section.title)
    table.add_column("work")
    table.add_column("library")
    for column in section.columns:
        table.add_column(column, justify="right")
    before = ""
    for row in section.rows:
        if before and row.work != before:
            table.add_section()
        table.add_row("" if row.work == before else row.work, row.who, *row.figures)
        before = row.work
    console.print(table)
    for note in section.notes:
        console.print(f"  {note}")


def main() -> int:
    """Run the sections named on the command line, or all."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    names = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        console.print(f"no section {unknown[0]!r}: choose from {', '.join(SECTIONS)}")
        return 2
    console.print(
        f"{processor()}, {platform.system()}, Python {platform.python_version()}; one thread; median of {REPEATS} runs"
    )
    os.environ.update(dict.fromkeys(THREADS, "1"))  # before a section imports a library that reads it
    for name in names:
        module, _, function = SECTIONS[name].partition(":")
        show(getattr(importlib.import_module(module), function)(), console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
