"""Checks as a table on the terminal."""

import math
from collections.abc import Sequence

from seawall.app.verify.checks import Check

STYLES = {"pass": "green", "fail": "bold red", "not covered": "dim"}


def _short(number: float) -> str:
    return f"{number:.2g}" if math.isfinite(number) else ("refused" if number > 0.0 else "")


def print_checks(checks: Sequence[Check]) -> None:
    """Print a line per check, then the notes, then how many passed."""
    from rich.markup import escape
    from rich.table import Table

    from seawall.report.tables import console

    table = Table(box=None, pad_edge=False)
    for name in ("topic", "cases", "worst error", "tolerance", "verdict"):
        table.add_column(name, justify="left" if name in ("topic", "verdict") else "right", no_wrap=name != "topic")
    for check in checks:
        verdict = f"[{STYLES[check.verdict]}]{check.verdict}[/]"
        table.add_row(
            escape(check.topic), str(check.cases), _short(check.worst_error), _short(check.tolerance), verdict
        )
    out = console(0)
    out.print(table)
    notes: dict[str, list[str]] = {}
    for check in checks:
        if check.note:
            notes.setdefault(check.note, []).append(check.topic)
    for note, topics in notes.items():
        out.print(f"{', '.join(topics)}: {note}", markup=False, soft_wrap=True)
    counts = {verdict: sum(check.verdict == verdict for check in checks) for verdict in STYLES}
    out.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count), markup=False)
