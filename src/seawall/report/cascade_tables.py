"""A cascade on a terminal and as JSON: the answer, the splits side by side, the frames, who pays, the reader's own."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from seawall.core.status import Status
from seawall.report.cascade_words import QUESTION, beyond, direction, millions, notes, sentences, shapley_words, shares
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, usd
from seawall.report.records import Record, finite
from seawall.report.tables import console
from seawall.sim.cascade_case import RECENTRING, CascadeMarket
from seawall.sim.cascade_event import Event, Reading, Split
from seawall.sim.waterfall import FUND, VOLATILITY, Changes, Frame, Waterfall

FRAMES_SHOWN: Final = 12
PARTIES: Final = {
    "traders": "traders not deleveraged",
    "winners": "winners deleveraged",
    "insurance": "insurance fund",
    "vault": "backstop vault",
    "venue": "venue (bad debt)",
    "hedgers": "hedgers",
    "takers": "takers of the orders",
}


def print_cascade(market: CascadeMarket, events: Sequence[Event]) -> None:
    """Sentences of every shock, the splits, and the frames of the worst fall."""
    out = console()
    out.print(f"[bold]{escape(market.name)}[/bold]: {QUESTION}")
    for event in events:
        for i, line in enumerate(sentences(market, event)):
            out.print(escape(line) if i == 0 else f"  [dim]{escape(line)}[/dim]")
    out.print()
    _print_splits(out, market, events)
    for event in _worst(events):
        _print_frames(out, market, event)
        _print_parties(out, market, event)
    _print_own(out, events)
    for line in notes(market):
        out.print(escape(line) if line.startswith("un") else f"[dim]{escape(line)}[/dim]")
    out.print()


def _worst(events: Sequence[Event]) -> list[Event]:
    """The deepest fall and the largest rise."""
    ends = sorted(events, key=lambda event: event.share)
    return [one for one in (ends[0], ends[-1]) if one.share == min(one.share, 0.0)] if ends else []


def table(title: str, names: Sequence[str]) -> Table:
    """A plain table whose first column is words."""
    made = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for i, name in enumerate(names):
        made.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    return made


def split_cells(reading: Reading, split: Split, vol_flow: bool) -> list[str]:
    """Cells of a row of splits: move beyond, parts, branching ratios."""
    start = reading.waterfall.start
    gamma, flow, depth = shares(split)
    told = [percent(one, 0) if np.isfinite(one) else NOT_DEFINED for one in (gamma, flow, depth)]
    if not vol_flow:
        told[1] = UNKNOWN
    runs = "" if split.status is Status.FOUND else f" {split.status.name.lower()}"
    return [f"{beyond(split.endogenous / start)}{runs}", *told, *(fixed(one) for one in ratios(split))]


def ratios(split: Split) -> tuple[float, float, float]:
    """Mean branching ratios along the path and the distance to 1."""
    return split.n_gamma, split.n_vega, split.distance


def _print_splits(out: Console, market: CascadeMarket, events: Sequence[Event]) -> None:
    names = ["", "beyond", "gamma", "vega flow", "depth", "n gamma", "n vega", "distance"]
    shown = table("Move beyond the shock and its parts, every order in the market", names)
    ruled = table("The same under the venue's rules (parts, backstop, insurance, deleveraging)", names)
    values = table("Shapley values of the move beyond the shock", ["", "gamma", "vega", "interaction", *names[2:5]])
    stated = market.case.vol.flow is not None
    for event in events:
        for name, reading in event.readings.items():
            label = direction(event.share) + (f", {name}" if len(event.readings) > 1 else "")
            style = "" if name == market.chosen else "dim"
            shown.add_row(label, *split_cells(reading, reading.split, stated), style=style)
            ruled.add_row(label, *split_cells(reading, reading.ruled, stated), style=style)
            values.add_row(label, *shapley_cells(reading), style=style)
    out.print(shown)
    out.print(ruled)
    out.print(values)
    out.print(
        "[dim]two loops with their interaction, then three; a runaway in any coalition makes them a lower bound[/dim]"
    )
    out.print()


def shapley_cells(reading: Reading) -> list[str]:
    """Two loops with their interaction (percent of start), and three loops as shares."""
    start, two, three = reading.waterfall.start, reading.two, reading.three
    whole = three.gamma + three.vega_flow + three.vega_depth
    parts = [beyond(one / start) for one in (two.gamma, two.vega, two.interaction)]
    return parts + [shapley_words(one, whole) for one in (three.gamma, three.vega_flow, three.vega_depth)]


def groups(fall: Waterfall) -> dict[str, list[int]]:
    """Components by the few names a table has room for; all pools are one."""
    short = {FUND: "fund sells", VOLATILITY: "vol flow"}
    found: dict[str, list[int]] = {}
    for i, name in enumerate(fall.components):
        found.setdefault("pools" if name.startswith(RECENTRING) else short.get(name, name), []).append(i)
    return found


def frame_cells(frame: Frame, fall: Waterfall) -> list[str]:
    """One row of the waterfall."""
    forced = [float(frame.forced[rows].sum()) for rows in groups(fall).values()]
    return [
        fixed(frame.mark), fixed(frame.price), *(fixed(units, 0, signed=True) for units in forced),
        fixed(frame.liquidated, 0), *(millions(one) for one in frame.taken), millions(frame.insurance),
        millions(frame.bad_debt),
    ]  # fmt: skip


def frame_names(fall: Waterfall) -> list[str]:
    """Headings of :func:`frame_cells`."""
    return ["mark", "price", *groups(fall), "accounts", "backstop", "insured", "ADL", "fund", "bad debt"]


def shown_frames(fall: Waterfall) -> list[int]:
    """The first frames and the last; every one of a short waterfall."""
    count = len(fall.frames)
    return list(range(count)) if count <= FRAMES_SHOWN else [*range(FRAMES_SHOWN - 1), count - 1]


def _print_frames(out: Console, market: CascadeMarket, event: Event) -> None:
    fall = event.readings[market.chosen].waterfall
    title = f"{direction(event.share)}, frame by frame: units forced (sold < 0), millions of USD taken over"
    shown = table(title, ["frame", *frame_names(fall)])
    for i in shown_frames(fall):
        shown.add_row(str(i + 1), *frame_cells(fall.frames[i], fall))
    out.print(shown)
    if len(fall.frames) > FRAMES_SHOWN:
        out.print(f"[dim]{len(fall.frames) - FRAMES_SHOWN} frames between not shown[/dim]")
    out.print()


def _print_parties(out: Console, market: CascadeMarket, event: Event) -> None:
    last = event.readings[market.chosen].waterfall.frames[-1]
    shown = table(f"{direction(event.share)}: who pays, USD since before the shock", ["", "USD"])
    for name, words in PARTIES.items():
        shown.add_row(words, usd(getattr(last.changes, name), signed=True))
    shown.add_row("together", usd(float(sum(last.changes)), signed=True), style="bold")
    out.print(shown)
    out.print()


def _print_own(out: Console, events: Sequence[Event]) -> None:
    if not any(event.own for event in events):
        return
    shown = table("Your positions, USD", ["", "now", "after the shock", "where the waterfall ends", "by the cascade"])
    for event in events:
        for one in event.own:
            cells = (one.now, one.after_shock, one.after_cascade, one.after_cascade - one.after_shock)
            shown.add_row(escape(f"{one.label}, {direction(event.share)}"), *(usd(cell) for cell in cells))
    out.print(shown)
    out.print()


def cascade_record(market: CascadeMarket, events: Sequence[Event]) -> Record:
    """Everything, units in the names; null for what is unknown."""
    return {
        "name": market.name,
        "asset": market.asset,
        "start": market.case.start,
        "modelled": market.modelled,
        "chosen": market.chosen,
        "question": QUESTION,
        "events": [_event_record(market, event) for event in events],
        "notes": notes(market),
    }


def _event_record(market: CascadeMarket, event: Event) -> Record:
    return {
        "shock": event.share,
        "sentences": list(sentences(market, event)),
        "cases": {name: _reading_record(market, reading) for name, reading in event.readings.items()},
        "own": [one._asdict() for one in event.own],
    }


def _split_record(split: Split, start: float, stated: bool) -> Record:
    return {
        "method": split.method,
        "status": str(split.status),
        "shock": split.shock,
        "move": split.move,
        "move_share": split.move / start,
        "beyond_share": split.endogenous / start,
        "gamma": {name: float(one) for name, one in zip(split.names, split.gamma, strict=True)},
        "vega_flow": split.vega_flow if stated else None,
        "vega_depth": split.vega_depth,
        "unmet": split.unmet,
        "n_gamma": finite(split.n_gamma),
        "n_vega": finite(split.n_vega),
        "distance": finite(split.distance),
        "capped": None if np.isnan(split.capped[0]) else list(split.capped),
    }


def _reading_record(market: CascadeMarket, reading: Reading) -> Record:
    start, fall, stated = market.case.start, reading.waterfall, market.case.vol.flow is not None
    return {
        "split": _split_record(reading.split, start, stated),
        "under_rules": _split_record(reading.ruled, start, stated),
        "shapley_two": {**reading.two._asdict(), "status": str(reading.two.status)},
        "shapley_three": {**reading.three._asdict(), "status": str(reading.three.status)},
        "path": {
            "price": reading.prices.tolist(),
            "n_gamma": reading.ratios.gamma.sum(axis=0).tolist(),
            "n_vega": reading.ratios.vega.tolist(),
        },
        "jumped": reading.jumped._asdict(),
        "waterfall": {
            "status": str(fall.status),
            "price": finite(fall.price),
            "accounts_liquidated": int(fall.liquidated.sum()),
            "winners_deleveraged": int(fall.deleveraged.sum()),
            "components": list(fall.components),
            "frames": [_frame_record(frame) for frame in fall.frames],
            "who_pays_usd": _changes(fall.frames[-1].changes),
        },
    }


def _frame_record(frame: Frame) -> Record:
    return {
        "mark": finite(frame.mark),
        "price": finite(frame.price),
        "forced_units": frame.forced.tolist(),
        "accounts": frame.liquidated,
        "backstop_usd": frame.taken.backstop,
        "insured_usd": frame.taken.insured,
        "deleveraged_usd": frame.taken.deleveraged,
        "insurance_usd": finite(frame.insurance),
        "bad_debt_usd": finite(frame.bad_debt),
    }


def _changes(changes: Changes) -> Record:
    return {name: finite(value) for name, value in changes._asdict().items()}
