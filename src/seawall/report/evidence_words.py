"""What a claim's result says in sentences made from its numbers; the page and the documents share them."""

from typing import Final

from seawall.evidence.board import Board, Row
from seawall.evidence.luck import Luck
from seawall.evidence.verdict import Verdict
from seawall.evidence.world import Outcome
from seawall.report.evidence_tables import days_of, number, probability, summary

MEANING: Final = {
    Verdict.SUPPORTED: "The rule written down before the run is met.",
    Verdict.NOT_SUPPORTED: "The test finds no such effect. That is no proof that there is none.",
    Verdict.REFUTED: "The data contradict the claim as it was stated.",
    Verdict.UNDECIDED: "The data reach neither verdict: too few crises, or an interval on both sides of the line.",
    Verdict.NOT_TESTABLE: "This store cannot test the claim.",
}
IN_MODEL: Final = {
    Verdict.SUPPORTED: "In the simulation the rule written down before the run is met; no observed series decides it.",
    Verdict.REFUTED: "In the model the claim fails as it was stated; no observed series decides it.",
}
QUESTION: Final = "H-03"
"""The claim that the title of the page asks about."""
HOW_TO_READ: Final = (
    "Every claim, its test and its verdict rule were written down before any run. Holm p is the p-value after "
    "correction for every claim that chance can decide. A claim that is a test needs it below 0.05; a claim judged by "
    "its interval does not, and one in forty of such claims would be called supported by luck alone: read its Holm p "
    "beside the verdict. DSR is the probability that the Sharpe ratio of the claim's account is above the best that so "
    "many tries bring without skill; PBO is the share of splits of time in which the best way tried in one half was "
    "at or below the median in the other. Fewer than eight distinct crises leave a claim undecided however many days "
    "they have. Nothing here is a forecast, and past behaviour of a hedge promises nothing."
)


def command(row: Row) -> str:
    """What reproduces a claim."""
    return f"seawall evidence {row.hypothesis.id}"


def lead(row: Row) -> str:
    """The result in one or two sentences."""
    found, verdict = row.outcome, row.decision.verdict
    if found is None:
        return f"Not testable here: {row.decision.reason}."
    meaning = IN_MODEL.get(verdict, MEANING[verdict]) if found.synthetic else MEANING[verdict]
    said = [f"{str(verdict).capitalize()}. {meaning}", found.said or _effect(found), _sample(found)]
    return " ".join(one for one in said if one)


def _effect(found: Outcome) -> str:
    text = f"The effect is {number(found.effect)} ({found.unit})"
    if found.interval is not None:
        one = found.interval
        text += f", {one.level:.0%} interval {number(one.low)} to {number(one.high)}"
    if found.doubled is not None:
        text += f"; at doubled cost {number(found.doubled)}"
    return f"{text}."


def _sample(found: Outcome) -> str:
    days = "" if found.first is None else f", {days_of(found)}"
    crises = "" if found.episodes is None else f", in {found.episodes} distinct episodes of VIX above 30"
    return f"It rests on {found.n:,} {found.counted}{crises}{days}."


def numbers(row: Row) -> list[tuple[str, str]]:
    """Name and value of everything a sceptic asks for first."""
    claim, found = row.hypothesis, row.outcome
    rows = [("Claim", claim.claim), ("Origin", claim.origin), ("Test", claim.test), ("Rule", claim.rule_text),
            ("Prior", claim.prior), ("Verdict", f"{row.decision.verdict}: {row.decision.reason}")]  # fmt: skip
    if found is None:
        return rows
    if found.p:
        raw = ", ".join(number(p) for p in found.p)
        rows.append(("p-values", f"{raw}; corrected {', '.join(number(p) for p in row.corrected)}"))
    elif row.p is not None:
        held = f"{number(row.p)} that the size is not passed"
        rows.append(("p-value", f"{held}; corrected {', '.join(number(p) for p in row.corrected)}"))
    if found.holds:
        rows.append(("Conditions", f"{sum(found.holds)} of {len(found.holds)} hold"))
    if found.doubled is not None:
        rows.append(("At doubled cost", number(found.doubled)))
    share = (
        "no option quotes in it" if found.modelled is None else f"{found.modelled:.0%} of the option quotes modelled"
    )
    rows.append(("Quotes", share))
    rows.append(("Trials", f"{found.trials} configurations run for this claim"))
    return rows + _luck(row.luck)


def _luck(luck: Luck | None) -> list[tuple[str, str]]:
    if luck is None:
        return []
    tries = f"against the best of {luck.trials:,} tries without skill, every run on this store counted"
    ratio = f"none: {luck.dsr_why}" if luck.dsr is None else f"{probability(luck.dsr)}, {tries}"
    chosen = f"choosing among {luck.lanes} accounts by Sharpe ratio, {luck.blocks} blocks"
    overfit = f"none: {luck.pbo_why}" if luck.pbo is None else f"{probability(luck.pbo)}, {chosen}"
    return [("Deflated Sharpe ratio", ratio), ("Probability of overfitting", overfit)]


def caveats(row: Row) -> list[str]:
    """What limits the result."""
    found = row.outcome
    if found is None:
        return []
    first = ["made by simulation: no observed series decides it"] if found.synthetic else []
    if found.suspect:
        first.append("the effect is gone one session later: look for a signal that has seen the day it trades")
    return [*first, *found.notes]


def opening(board: Board) -> str:
    """The first paragraph: how the board ends, without praise."""
    dated = [one.outcome for one in board.rows if one.outcome is not None and not one.outcome.synthetic]
    starts = [one.first for one in dated if one.first is not None]
    ends = [one.last for one in dated if one.last is not None]
    span = f" Data from {min(starts)} to {max(ends)}." if starts and ends else ""
    asked = [one for one in board.rows if one.hypothesis.id == QUESTION]
    answer = f" Whether the hedge reduces blow-ups is {QUESTION}: {asked[0].decision.verdict}." if asked else ""
    return f"{summary(board)}{span}{answer}"
