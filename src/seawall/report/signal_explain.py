"""One signal or card explained: definition, inputs, rules, its last values and what the sources say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from rich.markup import escape

from seawall.market.history import History
from seawall.report.records import finite
from seawall.report.signal_tables import number, row_record, state_words
from seawall.report.tables import console
from seawall.signals.align import Bars
from seawall.signals.board import Row, series_of
from seawall.signals.cards import Card
from seawall.signals.conflicts import stated
from seawall.signals.contract import PRESETS, Signal

BARS: Final = "▁▂▃▄▅▆▇█"
SPARK: Final = 96
"""Last rows drawn in a terminal."""
LAST: Final = 10

Facts = list[tuple[str, str]]


class Fed(NamedTuple):
    """An input series: its last date and value known by then, None where it is absent, and who published it."""

    name: str
    as_of: dt.date | None
    value: float | None
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A row with its inputs, its last values by date (None unknown) and its definition as facts."""

    row: Row
    facts: Facts
    inputs: tuple[Fed, ...]
    last: tuple[tuple[dt.date, float | None], ...]


def fed(name: str, known: History) -> Fed:
    """An input as it stands in a history cut at the instant."""
    if not known.has(name) or not len(known.get(name)):
        return Fed(name, None, None, "")
    series = known.get(name)
    return Fed(name, series.dates[-1].item(), float(series.values[-1]), series.source)


def _lookback(signal: Signal) -> str:
    unit = {Bars.DAY: "rows", Bars.WEEK: "closed weeks", Bars.MONTH: "closed months"}[signal.bars]
    return f"{signal.lookback} {unit} before the first value; unavailable over {signal.max_age} sessions old"


def definition(row: Row) -> Facts:
    """What a signal is, as names and words."""
    signal = row.signal
    if signal is None:
        return [("Name", row.name), ("Not admitted", row.reading.note)]
    carried = [f"{part.name} (at most {part.days} days old)" for part in signal.carried]
    weights = ", ".join(f"{preset} {signal.weight(preset):g}" for preset in PRESETS)
    facts = [
        ("Name", signal.name),
        ("Family", str(signal.family)),
        ("Formula", signal.formula),
        ("Unit", signal.unit),
        ("Source", signal.source),
        ("Reads", ", ".join((*signal.inputs, *carried, *(f"{name} (optional)" for name in signal.optional)))),
        ("Known", signal.known),
        ("Looks back", _lookback(signal)),
        ("Parameters", ", ".join(f"{name} {value:g}" for name, value in signal.parameters) or "none"),
        ("Prior", _prior(str(signal.prior))),
        ("Weight", f"{weights}; 0 until passed unless it is of the core or of the preset's own rules"),
        ("Evidence", row.evidence),
        ("Would do", signal.would_do),
    ]
    if signal.substitute:
        facts.append(("Stands in", signal.substitute))
    if signal.fires is not None:
        facts.append(("Fires", f"at {signal.fires[1]:g} or {signal.fires[0]}"))
    if any(signal.sides):
        facts.append(("Sides", f"below zero: {signal.sides[0]}; above: {signal.sides[1]}"))
    if signal.conflict:
        facts.append(("Sources disagree", stated(signal.conflict)))
    return facts


def _prior(code: str) -> str:
    words = {"+": "published support", "-": "published sign against", "0": "expected null", "?": "unknown"}
    return f"{code} ({words[code]})"


def card_facts(card: Card) -> Facts:
    """What a card of a book is."""
    facts = [("Name", card.name), ("Family", f"{card.family} (a card: it needs more than market series)"),
             ("Needs", card.needs), ("Formula", card.formula), ("Unit", card.unit), ("Source", card.source),
             ("Prior", _prior(str(card.prior))),
             ("Weight", ", ".join(f"{preset} {card.weight(preset):g}" for preset in PRESETS)),
             ("Evidence", card.evidence or "not tested yet"), ("Would do", card.would_do)]  # fmt: skip
    return facts + ([("Sources disagree", stated(card.conflict))] if card.conflict else [])


def explain(row: Row, known: History) -> Explained:
    """Everything about a row, from the history it was read from."""
    inputs = () if row.signal is None else tuple(fed(name, known) for name in series_of(row.signal))
    last: tuple[tuple[dt.date, float | None], ...] = ()
    if row.history is not None:
        pairs = zip(row.history.dates[-LAST:].tolist(), row.history.values[-LAST:].tolist(), strict=True)
        last = tuple((day, finite(value)) for day, value in pairs)
    return Explained(row, definition(row), inputs, last)


def sparkline(values: Sequence[float]) -> str:
    """Values as one line of bars, a blank where unknown; a middle bar throughout if they do not move."""
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    if not known.any():
        return ""
    low, high = float(x[known].min()), float(x[known].max())
    span = high - low
    steps = [len(BARS) // 2 if span == 0.0 else min(int((v - low) / span * len(BARS)), len(BARS) - 1) if k else -1
             for v, k in zip(x.tolist(), known.tolist(), strict=True)]  # fmt: skip
    return "".join(BARS[step] if step >= 0 and k else " " for step, k in zip(steps, known.tolist(), strict=True))


def print_facts(identity: str, facts: Facts) -> None:
    """A definition, a line a fact."""
    out = console()
    out.print(f"[bold]{escape(identity)}[/bold]")
    for name, words in facts:
        out.print(f"  {escape(name):<17} {escape(words)}")


def print_explained(found: Explained) -> None:
    """The definition, the inputs with their dates, the last values and a line of bars."""
    row, out = found.row, console()
    print_facts(row.id, found.facts)
    for one in found.inputs:
        said = "absent" if one.as_of is None else f"{one.as_of}  {number(one.value):>12}  {one.source}"
        out.print(f"  [dim]input[/dim] {escape(f'{one.name:<18} {said}')}")
    reading = row.reading
    unit = "" if row.signal is None else f" {row.signal.unit}"
    now = f"{number(reading.value)}{unit}, {state_words(row)}" if reading.value is not None else reading.note
    out.print(f"  {'Now':<17} {escape(now)}{f', as of {reading.as_of}' if reading.as_of else ''}")
    if reading.value is not None and reading.note:
        out.print(f"  {'Stood in':<17} {escape(reading.note)}")
    for day, value in found.last:
        out.print(f"  [dim]{day}[/dim]        {number(value)}")
    if row.history is not None:
        out.print(
            f"  last {min(SPARK, row.history.values.size)} rows: {sparkline(row.history.values[-SPARK:].tolist())}"
        )
    out.print("Not financial advice.")


def explained_record(found: Explained) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **row_record(found.row),
        "definition": dict(found.facts),
        "inputs": [
            {"series": one.name, "as_of": None if one.as_of is None else one.as_of.isoformat(),
             "value": finite(one.value), "source": one.source}
            for one in found.inputs
        ],
        "last": [{"date": day.isoformat(), "value": value} for day, value in found.last],
    }  # fmt: skip
