"""VIX and parity of a chain: terminal tables and JSON records; what is not known is "unknown", and null in JSON."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from seawall.market.index import IndexReading, Term
from seawall.market.scan import ExpiryParity, Opportunity, ParityScan
from seawall.report.format import NOT_DEFINED, fixed, percent, points
from seawall.report.records import Record, finite
from seawall.report.tables import console

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class IndexDay:
    """One day of a file: the reading or why there is none, the published close, and why its chain is not its own."""

    session: dt.date
    reading: IndexReading | None
    fault: str = ""
    published: float | None = None
    repeat: str = ""

    @property
    def gap(self) -> float | None:
        """Computed minus published, in points."""
        return None if self.reading is None or self.published is None else self.reading.vix - self.published


def mean_gap(days: Sequence[IndexDay]) -> tuple[float | None, int]:
    """Mean absolute gap to the published closes over the days whose chain is their own, and how many they are."""
    gaps = [abs(day.gap) for day in days if day.gap is not None and not day.repeat]
    return (sum(gaps) / len(gaps) if gaps else None), len(gaps)


def _term_record(term: Term) -> Record:
    return {
        "expiry": term.expiry.isoformat(),
        "root": term.root,
        "days": term.days,
        "rate": term.rate,
        "forward": term.forward,
        "k0": term.centre,
        "strikes": term.strikes,
        "lowest_strike": term.lowest,
        "highest_strike": term.highest,
        "strikes_passed_over": term.passed_over,
        "variance": term.variance,
        "tail_variance_below": finite(term.tail_below),
        "tail_variance_above": finite(term.tail_above),
    }


def _day_record(day: IndexDay) -> Record:
    reading = day.reading
    return {
        "date": day.session.isoformat(),
        "vix": None if reading is None else reading.vix,
        "published": finite(day.published),
        "gap": finite(day.gap),
        "repeats": day.repeat or None,
        "error": day.fault or None,
    }


def index_record(day: IndexDay, days: Sequence[IndexDay]) -> Record:
    """The index of one day, and a line for each day of the file when it holds several."""
    reading = day.reading
    if reading is None:
        return _day_record(day)
    mean, count = mean_gap(days)
    record = _day_record(day) | {
        "underlying": reading.underlying,
        "as_of": reading.as_of.isoformat(),
        "near": _term_record(reading.near),
        "next": _term_record(reading.following),
        "points_beyond_listed_strikes": finite(reading.unlisted),
        "notes": list(reading.notes),
    }
    if len(days) > 1:
        record |= {"days": [_day_record(one) for one in days], "mean_absolute_gap": mean, "days_compared": count}
    return record


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def print_index(day: IndexDay, days: Sequence[IndexDay]) -> None:
    """One day in full; the days of a file in one line each when it holds several."""
    out = console()
    reading = day.reading
    if reading is not None:
        out.print(_term_table(reading))
        beyond = f"strikes beyond the listed ones would add {points(reading.unlisted, 3)} points (not in the index)"
        out.print(f"[bold]{points(reading.vix, 2)}[/bold] on {day.session}; {beyond}")
        if day.published is not None:
            out.print(f"published {points(day.published, 2)}, gap {points(day.gap, 3, signed=True)}")
        for line in reading.notes:
            out.print(f"[dim]assumed: {escape(line)}[/dim]")
    if day.repeat:
        out.print(f"not its own day: {escape(day.repeat)}")
    if len(days) > 1:
        out.print(_day_table(days))
        mean, count = mean_gap(days)
        if mean is not None:
            out.print(f"mean absolute gap {points(mean, 4)} points over {count} days with a chain of their own")
    out.print()


def _term_table(reading: IndexReading) -> Table:
    table = _table(
        f"{reading.underlying}: 30-day index, {reading.as_of:%Y-%m-%d %H:%M} UTC",
        ("term", "expiry", "days", "rate", "forward", "K0", "strikes", "from", "to", "passed over", "vol"),
    )
    for name, term in (("near", reading.near), ("next", reading.following)):
        table.add_row(
            name, escape(f"{term.expiry} {term.root}"), fixed(term.days), percent(term.rate, 2), fixed(term.forward),
            fixed(term.centre, 0), str(term.strikes), fixed(term.lowest, 0), fixed(term.highest, 0),
            str(term.passed_over), points(100.0 * max(term.variance, 0.0) ** 0.5, 2),
        )  # fmt: skip
    return table


def _day_table(days: Sequence[IndexDay]) -> Table:
    table = _table("Every day of the file", ("day", "index", "published", "gap", "near", "next", ""))
    table.columns[-1].justify = "left"
    table.columns[-1].no_wrap = False
    for day in days:
        reading = day.reading
        shown = (
            (NOT_DEFINED, NOT_DEFINED) if reading is None else (str(reading.near.expiry), str(reading.following.expiry))
        )
        table.add_row(
            str(day.session), NOT_DEFINED if reading is None else points(reading.vix, 3),
            NOT_DEFINED if day.published is None else points(day.published, 2),
            NOT_DEFINED if day.gap is None else points(day.gap, 3, signed=True),
            *shown, escape(day.fault or day.repeat),
        )  # fmt: skip
    return table


def _expiry_record(one: ExpiryParity) -> Record:
    fitted = one.fitted
    return {
        "expiry": fitted.expiry.isoformat(),
        "root": fitted.root,
        "days": fitted.years * 365.0,
        "forward": finite(fitted.forward),
        "discount": finite(fitted.discount),
        "rate": finite(fitted.rate),
        "rate_error": finite(fitted.rate_error),
        "pairs": one.pairs,
        "status": fitted.status.name,
        "meaning": str(fitted.status),
        "gap_mean_points": finite(one.gap_mean),
        "gap_max_points": finite(one.gap_max),
        "pairs_outside_spread": one.outside,
        "box_lends": finite(one.lend),
        "box_borrows": finite(one.borrow),
        "settlement": finite(one.settlement),
        "settlement_gap": None if one.settlement is None else finite(fitted.forward - one.settlement),
    }


def _opportunity_record(one: Opportunity) -> Record:
    return {
        "kind": one.kind,
        "expiry": one.expiry.isoformat(),
        "root": one.root,
        "strikes": list(one.strikes),
        "edge_points": one.edge,
        "costs_points": one.costs,
        "rate": finite(one.rate),
    }


def parity_record(found: ParityScan, repeat: str = "") -> Record:
    """Parity of every expiry and every gap beyond bid, ask and costs."""
    record: dict[str, Any] = {
        "underlying": found.underlying,
        "as_of": found.as_of.isoformat(),
        "spot": found.spot,
        "expiries": [_expiry_record(one) for one in found.expiries],
        "opportunities": [_opportunity_record(one) for one in found.opportunities],
        "costs": {
            "option_usd": found.costs.option_usd,
            "forward_points": found.costs.forward_points,
            "multiplier": found.costs.multiplier,
        },
        "repeats": repeat or None,
        "notes": list(found.notes),
    }
    return record


def print_parity(found: ParityScan, repeat: str = "") -> None:
    """Forward, discount and rate by expiry, the gaps that could be traded, and the costs they were measured against."""
    out = console()
    names = [
        "expiry",
        "days",
        "forward",
        "discount",
        "rate",
        "±",
        "pairs",
        "mean gap",
        "max gap",
        "box lends",
        "borrows",
    ]
    settled = any(one.settlement is not None for one in found.expiries)
    table = _table(
        f"{found.underlying}: put-call parity, {found.as_of:%Y-%m-%d %H:%M} UTC, spot {fixed(found.spot)}",
        [*names, *(("future", "gap") if settled else ()), "status"],
    )
    for one in found.expiries:
        fitted = one.fitted
        future = "" if one.settlement is None else fixed(one.settlement, 3)
        gap = "" if one.settlement is None else fixed(fitted.forward - one.settlement, 3, signed=True)
        table.add_row(
            escape(f"{fitted.expiry} {fitted.root}".strip()), fixed(fitted.years * 365.0), fixed(fitted.forward),
            fixed(fitted.discount, 5), percent(fitted.rate, 2), percent(fitted.rate_error, 2), str(one.pairs),
            fixed(one.gap_mean, 3), fixed(one.gap_max, 3), percent(one.lend, 1), percent(one.borrow, 1),
            *((future, gap) if settled else ()), fitted.status.name.lower(),
        )  # fmt: skip
    out.print(table)
    _print_opportunities(found)
    if repeat:
        out.print(f"not its own day: {escape(repeat)}")
    for line in found.notes:
        out.print(f"[dim]assumed: {escape(line)}[/dim]")
    out.print()


def _print_opportunities(found: ParityScan) -> None:
    out, costs = console(), found.costs
    measured = f"{fixed(costs.option_usd)} USD a contract and leg, {fixed(costs.forward_points)} points for the forward"
    if not found.opportunities:
        out.print(f"no conversion, reversal or box beyond bid, ask and costs ({measured})")
        return
    table = _table(
        f"Beyond bid, ask and costs ({measured}): {len(found.opportunities)}, the best {SHOWN} shown",
        ("what", "expiry", "strikes", "edge, points", "rate"),
    )
    for one in found.opportunities[:SHOWN]:
        strikes = " / ".join(fixed(k, 2) for k in one.strikes)
        rate = percent(one.rate, 2) if one.rate == one.rate else NOT_DEFINED
        table.add_row(one.kind, escape(f"{one.expiry} {one.root}".strip()), strikes, fixed(one.edge, 3), rate)
    out.print(table)
