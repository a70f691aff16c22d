"""`seawall data import`: files of any known format into the store, recognised by what they contain."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.app.cli.options import AsJson, print_json
from seawall.core.errors import InputError, SeawallError

if TYPE_CHECKING:
    from seawall.data.files.reading import Hints
    from seawall.data.store import Store

EXAMPLES = (
    "Examples: seawall data import VIX_History.csv | seawall data import downloads/ | "
    "seawall data import a.csv --as ETH"
)

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, archives or folders.")]
AsSeries = Annotated[
    str | None, typer.Option("--as", metavar="SERIES", help="Which series it is, when the file does not say.")
]
Dates = Annotated[
    str | None, typer.Option("--dates", metavar="ORDER", help="Order of its dates when unclear: dmy, mdy or ymd.")
]


def run(paths: Paths, series: AsSeries = None, dates: Dates = None, as_json: AsJson = False) -> None:
    """Read exchange, vendor and central-bank files into the store; a second import of the same file changes nothing."""
    from seawall.data.files.reading import Hints
    from seawall.data.store import Store

    if dates not in (None, "dmy", "mdy", "ymd"):
        raise InputError(f"--dates {dates} is none of dmy, mdy, ymd: give the order of day, month and year")
    hints = Hints(series, dates)  # type: ignore[arg-type]
    files = list(_files(paths))
    done: list[dict[str, Any]] = []
    left: list[tuple[str, str]] = []
    named = {str(path) for path in paths if not path.is_dir()}
    failed = [str(path) for path in paths if not path.exists()]
    left += [(path, f"{path} does not exist: check the name") for path in failed]
    if not files:
        raise InputError(left[0][1] if left else f"{paths[0]} holds no file: name one with data in it")
    with Store.open() as store:
        for path in _progress(files):
            name = str(path)
            try:
                done += _import(store, path, hints)
            except SeawallError as fault:
                left.append((path.name, str(fault)))
                failed += [name] if name in named else []
    if len(files) == len(left) == 1 and not as_json:
        raise InputError(left[0][1] if left[0][0] in left[0][1] else f"{left[0][0]}: {left[0][1]}")
    if as_json:
        print_json({"imported": done, "left": [{"file": name, "reason": why} for name, why in left]})
    else:
        from seawall.report.data_tables import print_imports

        print_imports(done, left)
    if failed or not (done or not files):
        raise typer.Exit(2)


def _files(paths: list[Path]) -> Iterator[Path]:
    """Every file named, and every plain file below a folder, links left out."""
    for path in paths:
        if path.is_dir():
            inside = (one for one in sorted(path.rglob("*")) if not one.name.startswith("."))
            yield from (one for one in inside if one.is_file() and not one.is_symlink())
        elif path.exists():
            yield path


def _progress(files: list[Path]) -> Iterator[Path]:
    from rich.console import Console
    from rich.progress import track

    shown = Console(stderr=True)
    yield from track(
        files, "importing", console=shown, disable=not sys.stderr.isatty() or len(files) < 2, transient=True
    )


def _import(store: "Store", path: Path, hints: "Hints") -> list[dict[str, Any]]:
    """Every table in a file or archive, each in its own transaction."""
    from seawall.data.files.archive import members
    from seawall.data.files.registry import parts
    from seawall.data.store import Provenance

    rows = []
    with members(path) as inside:
        for member in inside:
            told = (
                path.name if member.name in (path.name, path.name.removesuffix(".gz")) else f"{path.name}!{member.name}"
            )
            receipt = store.put(parts(member.name, member.path, hints), Provenance(told, member.sha256))
            series = list(dict.fromkeys(subject.name for subject in receipt.subjects))
            counts = ("rows", "added", "revised", "unchanged", "absent", "refused", "quarantined")
            rows.append(
                {"file": told, "format": receipt.format, "source": receipt.source, "series": series}
                | {name: getattr(receipt, name) for name in counts}
                | {"notes": list(receipt.notes)}
            )
    return rows
