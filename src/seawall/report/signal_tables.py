"""The board of signals and the regime's spells as terminal tables and as plain objects."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from seawall.core.datum import Origin
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent
from seawall.report.records import finite
from seawall.report.tables import console, regime_lines, table_of
from seawall.signals.board import UNTESTED, Board, Row
from seawall.signals.cards import Card
from seawall.signals.contract import Family
from seawall.signals.regime import RegimeReading, Spell

Record = dict[str, Any]

WEIGHTLESS: Final = "Weight 0 until a signal has passed the evidence; evidence: not tested yet where nothing is said."
COLUMNS: Final = (
    ("id", "left"), ("name", "left"), ("value", "right"), ("unit", "left"), ("rank", "right"), ("state", "left"),
    ("age", "right"), ("prior", "left"), ("weight", "right"),
)  # fmt: skip
LEGEND: Final = (
    "rank: share of its own past at or below the value; age: sessions; prior: + supported, - against, 0 null, "
    "? unknown; * a rule stood in for a missing input"
)


def number(value: float | None) -> str:
    """A value of any size in about four digits."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    for scale, word in ((1e12, "tn"), (1e9, "bn"), (1e6, "m")):
        if size >= scale:
            return f"{fixed(value / scale)} {word}"
    digits = 0 if size >= 10_000 else 2 if size >= 10 or value == round(value, 2) else 4
    return fixed(value, digits)


def state_words(row: Row) -> str:
    """State of a row, starred where a rule stood in, with its origin where it was not observed."""
    star = "*" if row.reading.value is not None and row.reading.note else ""
    origin = "" if row.reading.origin is Origin.OBSERVED or row.reading.value is None else f" ({row.reading.origin})"
    return f"{row.state or NOT_DEFINED}{star}{origin}"


def weight_words(row: Row) -> str:
    """Weight of a row in the preset."""
    return f"{row.weight:g}"


def evidence_words(row: Row) -> str:
    """What the evidence says, empty where nothing was tested: that is said once."""
    return "" if row.evidence == UNTESTED else row.evidence


def why_unknown(rows: Sequence[Row]) -> list[str]:
    """Rows without a value in few lines: by the series they lack, by a series that ended, by a past too short."""
    lines = [f"{row.id}: {row.reading.note}" for row in rows if row.signal is None]
    rows = [row for row in rows if row.signal is not None]
    lacking = [row for row in rows if row.lacks]
    if lacking:
        names = sorted({name for row in lacking for name in row.lacks})
        lines.append(f"{len(lacking)} unknown for want of {', '.join(names)}: {_ids(lacking)}")
    rest: dict[str, list[Row]] = {}
    for row in rows:
        if not row.lacks:
            rest.setdefault(_reason(row), []).append(row)
    return lines + [f"{len(found)} unknown, {reason}: {_ids(found)}" for reason, found in rest.items()]


def _ids(rows: Iterable[Row]) -> str:
    return ", ".join(row.id for row in rows)


def _reason(row: Row) -> str:
    note = row.reading.note.removeprefix("unavailable: ").removeprefix("unknown: ")
    return "its past is too short" if "needs" in note else note


def regime_words(reading: RegimeReading | None, spell: Spell | None, missing: str) -> list[str]:
    """State, since when and by which rule, then triggers, inputs and contradictions."""
    if reading is None or spell is None:
        return [f"regime: unknown ({missing})"]
    lines = regime_lines(reading)
    since = f"{spell.state.name} since {spell.start}, {spell.sessions} sessions; moved there by: {spell.rule}"
    return [lines[0], f"  {since}", *lines[1:]]


def print_board(board: Board, top: Sequence[str], why_now: str, everything: bool, cards: Sequence[Card]) -> None:
    """The regime, then a table a family; rows without a value are gathered in a line unless ``everything``."""
    out = console()
    for line in (f"{board.now:%Y-%m-%d %H:%M} UTC, {why_now}; preset {board.preset}", *top):
        out.print(escape(line))
    out.print(f"[dim]{escape(WEIGHTLESS)} {escape(LEGEND)}[/dim]\n")
    for family, rows in board.by_family().items():
        _print_family(out, family, rows, everything)
    if cards:
        out.print(
            f"[bold]{Family.BOOK}[/bold]: {len(cards)} cards need a book, a pool or a model and are not read here"
        )
        told = [f"{one.id} {one.name} (needs {one.needs})" for one in cards] if everything else []
        for line in told or ["  " + ", ".join(one.id for one in cards)]:
            out.print(f"[dim]{escape(line)}[/dim]")
    found = sum(row.reading.value is not None for row in board.rows)
    out.print(f"\n{found} of {len(board.rows)} signals have a value. Not financial advice.")


def _print_family(out: Console, family: Family, rows: Sequence[Row], everything: bool) -> None:
    known = [row for row in rows if row.reading.value is not None]
    shown = list(rows) if everything else known
    if shown:
        table = table_of(str(family), COLUMNS, wrapped=("name", "state"))
        for row in shown:
            table.add_row(*(escape(cell) for cell in _cells(row)))
        out.print(table)
    else:
        out.print(f"[bold]{escape(family)}[/bold]")
    for line in [] if everything else why_unknown([row for row in rows if row.reading.value is None]):
        out.print(f"[dim]{escape(line)}[/dim]")
    for words, ids in would_do(known).items():
        out.print(f"[dim]{escape(ids)}: {escape(words)}[/dim]")
    stood = dict.fromkeys(row.reading.note for row in known if row.reading.note)
    for note in stood:
        out.print(f"[dim]* {escape(note)}[/dim]")
    for row in rows:
        if evidence_words(row):
            out.print(f"[dim]{escape(row.id)}: {escape(row.evidence)}[/dim]")
    out.print()


def _cells(row: Row) -> list[str]:
    signal = row.signal
    state = state_words(row)
    if row.reading.value is None:
        reason = f"unknown: {', '.join(row.lacks)} absent" if row.lacks else f"unknown: {_reason(row)}"
        state = row.reading.note if signal is None else reason
    rank = NOT_DEFINED if row.rank is None else percent(row.rank, 0)
    unit, prior = ("", "") if signal is None else (signal.unit, str(signal.prior))
    age = NOT_DEFINED if row.age is None else str(row.age)
    return [row.id, row.name, number(row.reading.value), unit, rank, state, age, prior, weight_words(row)]


def would_do(rows: Iterable[Row]) -> dict[str, str]:
    """What rows would do, and the ids of those that would do the same."""
    said: dict[str, list[Row]] = {}
    for row in rows:
        if row.signal is not None:
            said.setdefault(row.signal.would_do, []).append(row)
    return {words: _ids(found) for words, found in said.items()}


def print_spells(spells: Sequence[Spell]) -> None:
    """Every spell of the regime, oldest first."""
    table = table_of(
        "regime spells",
        (("start", "left"), ("end", "left"), ("sessions", "right"), ("state", "left"), ("rule", "left")),
    )
    for one in spells:
        table.add_row(str(one.start), str(one.end), str(one.sessions), one.state.name, escape(one.rule))
    out = console()
    out.print(table)
    out.print("[dim]the last spell is still open; the first is how the history begins[/dim]")


def row_record(row: Row) -> Record:
    """One signal as plain data."""
    signal, reading = row.signal, row.reading
    return {
        "id": row.id,
        "name": row.name,
        "family": str(row.family),
        "value": finite(reading.value),
        "unit": None if signal is None else signal.unit,
        "rank": finite(row.rank),
        "state": row.state,
        "status": reading.status.name,
        "as_of": None if reading.as_of is None else reading.as_of.isoformat(),
        "age_sessions": row.age,
        "origin": str(reading.origin),
        "note": reading.note,
        "lacks": list(row.lacks),
        "would_do": None if signal is None else signal.would_do,
        "prior": None if signal is None else str(signal.prior),
        "weight": row.weight,
        "evidence": row.evidence,
        "conflict": reading.conflict,
    }


def spell_record(spell: Spell) -> Record:
    """One spell as plain data."""
    return {
        "start": spell.start.isoformat(),
        "end": spell.end.isoformat(),
        "sessions": spell.sessions,
        "state": spell.state.name,
        "rule": spell.rule,
    }


def regime_record(reading: RegimeReading | None, spell: Spell | None, missing: str) -> Record:
    """The regime as plain data; ``state`` null with the ``reason`` where there is none."""
    if reading is None or spell is None:
        return {"state": None, "reason": missing}
    return {
        "state": reading.state.name,
        "session": reading.day.isoformat(),
        "since": spell.start.isoformat(),
        "moved_by": spell.rule,
        "rule_of_the_session": reading.rule,
        "count": reading.count,
        "fired": list(reading.fired),
        "known_at": reading.known_at.isoformat(),
        "inputs": {
            name: {"value": finite(one.value), "origin": str(one.origin), "note": one.note}
            for name, one in reading.inputs.items()
        },
        "notes": list(reading.notes),
        "resolved": list(reading.resolved),
    }


def board_record(board: Board, regime: Record, why_now: str, cards: Sequence[Card]) -> Record:
    """The whole board as plain data."""
    return {
        "now": board.now.isoformat(),
        "now_is": why_now,
        "preset": board.preset,
        "regime": regime,
        "signals": [row_record(row) for row in board.rows],
        "cards": [{"id": one.id, "name": one.name, "needs": one.needs, "unit": one.unit} for one in cards],
    }
