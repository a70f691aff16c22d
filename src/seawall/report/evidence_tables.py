"""The board of claims as a terminal table and as plain objects."""

import math
from typing import Any, Final

from rich.markup import escape

from seawall.evidence.board import CORRECTION, Board, Row
from seawall.evidence.interval import Interval
from seawall.evidence.verdict import Verdict
from seawall.evidence.world import Outcome, Picture
from seawall.report.format import NOT_DEFINED, percent
from seawall.report.records import finite
from seawall.report.tables import console, table_of

Record = dict[str, Any]

HEADS: Final = (
    ("id", "left"), ("claim", "left"), ("verdict", "left"), ("effect", "right"), ("interval", "right"),
    ("Holm p", "right"), ("DSR", "right"), ("PBO", "right"), ("n", "right"), ("episodes", "right"), ("data", "left"),
    ("modelled", "right"), ("trials", "right"),
)  # fmt: skip
HEAD_NAMES: Final = tuple(name for name, _ in HEADS)
NARROW: Final = ("PBO", "data", "modelled")
"""Columns a terminal has no room for."""
TONES: Final = {
    Verdict.SUPPORTED: "green", Verdict.REFUTED: "red", Verdict.NOT_SUPPORTED: "red", Verdict.UNDECIDED: "yellow",
    Verdict.NOT_TESTABLE: "dim",
}  # fmt: skip


def number(value: float) -> str:
    """A statistic in three or four digits."""
    if math.isnan(value):
        return NOT_DEFINED
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    return f"{value:.4f}".rstrip("0").rstrip(".") if 0.0 < abs(value) < 0.1 else f"{value:.3g}"


def ends(interval: Interval | None) -> str:
    """Both ends of an interval."""
    return NOT_DEFINED if interval is None else f"{number(interval.low)} to {number(interval.high)}"


def days_of(outcome: Outcome) -> str:
    """Days used."""
    if outcome.first is None or outcome.last is None:
        return "no dates"
    return str(outcome.first) if outcome.first == outcome.last else f"{outcome.first} to {outcome.last}"


def months_of(outcome: Outcome) -> str:
    """The same in months, for a table; a single day whole."""
    if outcome.first is None or outcome.last is None or outcome.first == outcome.last:
        return days_of(outcome)
    return f"{outcome.first:%Y-%m} to {outcome.last:%Y-%m}"


def modelled_words(outcome: Outcome) -> str:
    """Share of option quotes that are modelled."""
    return "no options" if outcome.modelled is None else percent(outcome.modelled, 0)


def summary(board: Board) -> str:
    """How the board ends, in a sentence."""
    parts = [f"{board.count(one)} {one}" for one in Verdict if board.count(one)]
    return f"{len(board.rows)} claims: {', '.join(parts)}."


def method(board: Board) -> str:
    """How it was made, in a sentence."""
    plan = board.world.plan
    return (
        f"{plan.reps:,} draws, seed {plan.seed}, {plan.level:.0%} intervals; p-values corrected by {CORRECTION} "
        f"({board.family}); a claim judged by its interval keeps its verdict whatever its corrected p; {board.trials} "
        f"configurations ever run on this store, which the deflated Sharpe ratio counts"
    )


def chance(board: Board) -> str:
    """How many claims luck alone would be expected to support, in a sentence."""
    found, rest = board.by_chance, sum(row.outcome is not None for row in board.rows) - board.by_chance.judged
    fixed = f"; the other {rest} that could be run are identities or lists of facts, which luck does not meet"
    return (
        f"If no claim held, luck alone would be expected to support {found.before:.2f} of the {found.judged} that "
        f"chance can decide before correction and at most {found.after:.2f} after it{fixed if rest else ''}."
    )


def probability(value: float | None) -> str:
    """A probability in two digits, never rounded to certainty; a dash where there is none."""
    if value is None:
        return NOT_DEFINED
    if 0.0 < value < 0.005 or 0.995 < value < 1.0:
        return "below 0.01" if value < 0.5 else "above 0.99"
    return f"{value:.2f}"


def luck_words(row: Row) -> tuple[str, str]:
    """Deflated Sharpe ratio and probability of overfitting of a claim's account."""
    if row.luck is None:
        return NOT_DEFINED, NOT_DEFINED
    return probability(row.luck.dsr), probability(row.luck.pbo)


def cells(row: Row) -> list[str]:
    """One row of the board."""
    head = [row.hypothesis.id, row.hypothesis.claim, str(row.decision.verdict)]
    found = row.outcome
    if found is None:
        return [*head, *[NOT_DEFINED] * (len(HEADS) - len(head))]
    episodes = NOT_DEFINED if found.episodes is None else str(found.episodes)
    return [
        *head, f"{number(found.effect)} {found.unit}", ends(found.interval),
        probability(row.corrected[0] if row.corrected else None), *luck_words(row), f"{found.n:,}", episodes,
        months_of(found), modelled_words(found), str(found.trials),
    ]  # fmt: skip


def print_board(board: Board) -> None:
    """The table, then what each claim lacks, then how it was made."""
    out = console()
    for line in board.world.history.synthetic:
        out.print(f"[bold]{escape(line)}[/bold]")
    kept = [i for i, (name, _) in enumerate(HEADS) if name not in NARROW]
    table = table_of("the board", [HEADS[i] for i in kept], wrapped=("claim", "effect", "verdict"))
    for row in board.rows:
        words = [escape(one) for one in cells(row)]
        words[2] = f"[{TONES[row.decision.verdict]}]{words[2]}[/]"
        table.add_row(*(words[i] for i in kept))
    out.print(table)
    for row in board.rows:
        out.print(f"[dim]{row.hypothesis.id}: {escape(row.decision.reason)}[/dim]")
    if len(board.rows) == 1:
        _print_one(board.rows[0])
    out.print(f"\n{summary(board)}")
    out.print(f"[dim]{escape(chance(board))}[/dim]")
    out.print(f"[dim]{escape(method(board))}. Not financial advice.[/dim]")


def _print_one(row: Row) -> None:
    out, found = console(), row.outcome
    for name, words in (("rule", row.hypothesis.rule_text), ("prior", row.hypothesis.prior)):
        out.print(f"{name}: {escape(words)}")
    if found is None:
        return
    if found.said:
        out.print(escape(found.said))
    for fact in found.facts:
        out.print(f"  {escape(fact.name)}: {escape(fact.text)}")
    for grid in found.grids:
        shown = table_of(grid.heading, [(name, "left") for name in grid.heads], wrapped=grid.heads)
        for cells_of in grid.rows:
            shown.add_row(*(escape(one) for one in cells_of))
        out.print(shown)
    for one in found.ablations:
        p = "" if one.p is None else f", p {one.p:.3f}"
        out.print(f"  {escape(one.how)}: {number(one.effect)}{p}")
    for note in found.notes:
        out.print(f"[dim]  {escape(note)}[/dim]")


def interval_record(interval: Interval | None) -> Record | None:
    """An interval as plain data."""
    if interval is None:
        return None
    return {
        "estimate": finite(interval.estimate), "low": finite(interval.low), "high": finite(interval.high),
        "level": interval.level, "method": interval.method, "n": interval.n, "block": interval.block,
        "draws": interval.reps, "seed": interval.seed, "status": interval.status.name,
    }  # fmt: skip


def picture_record(picture: Picture) -> Record:
    """A chart as plain data."""
    return {
        "look": str(picture.look), "heading": picture.heading, "caption": picture.caption, "across": picture.across,
        "up": picture.up, "mark": picture.mark, "modelled": picture.modelled,
        "traces": [
            {"name": one.name, "x": list(one.x), "y": [finite(v) for v in one.y], "low": [finite(v) for v in one.low],
             "high": [finite(v) for v in one.high]}
            for one in picture.traces
        ],
    }  # fmt: skip


def luck_record(row: Row) -> Record | None:
    """Deflated Sharpe ratio and PBO of a claim's account as plain data, each with why it is not there."""
    one = row.luck
    if one is None:
        return None
    return {
        "dsr": finite(one.dsr), "dsr_missing": one.dsr_why, "trials": one.trials, "pbo": finite(one.pbo),
        "pbo_missing": one.pbo_why, "lanes": one.lanes, "blocks": one.blocks,
    }  # fmt: skip


def row_record(row: Row) -> Record:
    """One claim as plain data."""
    claim, found = row.hypothesis, row.outcome
    head: Record = {
        "id": claim.id, "claim": claim.claim, "origin": claim.origin, "test": claim.test, "data": claim.data,
        "prior": claim.prior, "rule": claim.rule_text, "direction": str(claim.direction),
        "verdict": str(row.decision.verdict), "reason": row.decision.reason, "seconds": round(row.seconds, 2),
    }  # fmt: skip
    if found is None:
        return {**head, "found": None}
    return {
        **head,
        "found": {
            "effect": finite(found.effect), "unit": found.unit, "interval": interval_record(found.interval),
            "p": [finite(p) for p in found.p], "p_largest": finite(row.p),
            "p_corrected": [finite(p) for p in row.corrected], "luck": luck_record(row),
            "effect_at_doubled_cost": finite(found.doubled), "conditions": list(found.holds), "n": found.n,
            "counted": found.counted, "episodes": found.episodes,
            "first": None if found.first is None else found.first.isoformat(),
            "last": None if found.last is None else found.last.isoformat(),
            "modelled_share": finite(found.modelled), "trials": found.trials, "synthetic": found.synthetic,
            "facts": [{"name": one.name, "text": one.text} for one in found.facts],
            "tables": [{"heading": g.heading, "columns": list(g.heads), "rows": [list(r) for r in g.rows]}
                       for g in found.grids],
            "said": found.said, "suspect": found.suspect,
            "ablations": [{"how": a.how, "effect": finite(a.effect), "p": finite(a.p)} for a in found.ablations],
            "notes": list(found.notes), "pictures": [picture_record(one) for one in found.pictures],
        },
    }  # fmt: skip


def board_record(board: Board) -> Record:
    """The whole board as plain data."""
    plan = board.world.plan
    return {
        "claims": [row_record(row) for row in board.rows],
        "draws": plan.reps, "seed": plan.seed, "level": plan.level, "placebo_shuffles": board.world.tries,
        "correction": CORRECTION, "claims_corrected_for": board.family, "trials": board.trials,
        "synthetic": list(board.world.history.synthetic), "summary": summary(board), "chance": chance(board),
        "by_chance": {"claims": board.by_chance.judged, "expected_before_correction": board.by_chance.before,
                      "expected_at_most_after": board.by_chance.after},
    }  # fmt: skip
