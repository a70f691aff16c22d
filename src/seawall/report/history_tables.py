"""A sweep over drawn histories: the distribution of each lane's outcomes, in a terminal and as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.markup import escape

from seawall.evidence.histories import SPREAD, Outcomes, Spread
from seawall.evidence.trials import Counts, plain_lane
from seawall.report.data_tables import printable, show
from seawall.report.format import NOT_DEFINED, percent
from seawall.report.tables import console, table_of
from seawall.report.trial_tables import count_line
from seawall.sim.grid import Bootstrap, GridLane

Record = dict[str, Any]
Sets = Sequence[tuple[GridLane, Outcomes]]

SHOWN: Final = 20
LANE_WIDTH: Final = 60
NOT_LUCK: Final = (
    "Drawn histories keep what followed within a block and break what takes longer. DSR and PBO are of the history "
    "there is: run the grid without `bootstrap`."
)


def caveat(counts: Counts) -> str:
    """What stands below the table."""
    return f"{count_line(counts)}. {NOT_LUCK}"


def resampled_record(
    name: str, totals: Mapping[str, int], sets: Sets, metric: str, of: tuple[Bootstrap, Counts]
) -> Record:
    """A sweep over histories as plain objects, the best lane first."""
    drawn, counts = of
    return {
        "plan": name,
        **totals,
        "left": totals["runs"] - totals["found"] - totals["ran"],
        "bootstrap": {"lanes": drawn.lanes, "mean_block": drawn.mean_block, "seed": drawn.seed},
        "order": metric,
        "trials_ever": counts._asdict(),
        "caveat": caveat(counts),
        "sets": [{"lane": plain_lane(dict(lane.parameters))} | _outcomes(one) for lane, one in sets],
    }


def _outcomes(one: Outcomes) -> Record:
    return {name: value._asdict() if isinstance(value, Spread) else value for name, value in one._asdict().items()}


def print_resampled(
    name: str, totals: Mapping[str, int], sets: Sets, metric: str, of: tuple[Bootstrap, Counts],
    reasons: Mapping[str, int],
) -> None:  # fmt: skip
    """Lanes by the median of a metric: 5, 50 and 95 % of growth, drawdown and CVaR over histories, and the ruin."""
    drawn, counts = of
    out = console()
    title = f"{name}: {drawn.lanes:,} histories, blocks of {drawn.mean_block:g} sessions, seeds from {drawn.seed}"
    names = ["histories", *(f"{one} 5 / 50 / 95 %" for one in SPREAD), "ruin"]
    table = table_of(f"{title}; by median {metric}", [*((one, "right") for one in names), ("lane", "left")])
    for lane, one in sets[:SHOWN]:
        spreads = [_three(getattr(one, which)) for which in SPREAD]
        said = ", ".join(f"{key} {value}" for key, value in lane.parameters)
        ruin = NOT_DEFINED if one.ruin is None else percent(one.ruin, 2)
        table.add_row(f"{one.histories:,}", *spreads, ruin, printable(said, LANE_WIDTH))
    if sets:
        show(table)
    if len(sets) > SHOWN:
        out.print(f"and {len(sets) - SHOWN:,} more lanes: --json")
    left = totals["runs"] - totals["found"] - totals["ran"]
    out.print(
        f"{totals['ran']:,} runs ended, {totals['found']:,} were registered before"
        + (f", {totals['failed']:,} failed" if totals["failed"] else "")
        + (f", {left:,} are left: run it again" if left else "")
    )
    for reason, many in sorted(reasons.items(), key=lambda item: -item[1])[:5]:
        out.print(f"failed ({many:,}): {printable(reason, 200)}", soft_wrap=True)
    out.print(escape(caveat(counts)), soft_wrap=True)


def _three(spread: Spread | None) -> str:
    if spread is None:
        return NOT_DEFINED
    return " / ".join(percent(one, 2) for one in (spread.p5, spread.p50, spread.p95))
