"""A replayed event in a terminal and for `--json`: the answer, the days, margin, hedge layers and the action log."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape

from seawall.market.event_path import EventPath
from seawall.report.attribution_tables import answer, attribution_record, warnings
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, usd
from seawall.report.records import Record, finite
from seawall.report.tables import console, table_of
from seawall.sim.replay_book import BookReplay, Day

SHOWN: Final = 30
"""Days a terminal shows in full; of more, the largest and the last."""
NO_LOSS: Final = "no loss to offset"
ONE_EVENT: Final = (
    "the offset is that of one event: any percentage can be bought with size, so read it beside what the layers cost"
)


def offset_word(offset: float | None) -> str:
    """A share, or that there was no loss."""
    return NO_LOSS if offset is None else percent(offset)


def headline(found: BookReplay) -> str:
    """The event in one line."""
    last = found.days[-1]
    whole = f"{usd(found.whole.total.full_usd, signed=True)} USD over {len(found.days)} steps"
    parts = f"hedges {usd(last.hedges_usd, signed=True)}, the rest {usd(last.book_usd, signed=True)}"
    return f"{whole}: {parts}; offset {offset_word(found.offset)}"


def causes(found: BookReplay) -> str:
    """Direction first, then gamma against vega."""
    total = found.whole.total
    return f"direction (delta) {usd(total.terms.delta, signed=True)} USD; beyond it {answer(total)}"


def worst_day(found: BookReplay) -> Day:
    """The step that cost most."""
    return min(found.days, key=lambda day: day.attribution.total.full_usd)


def shown_days(found: BookReplay) -> list[Day]:
    """All days, or of many the largest moves, days with actions, and the last."""
    if len(found.days) <= SHOWN:
        return list(found.days)
    largest = sorted(found.days, key=lambda day: -abs(day.attribution.total.full_usd))[: SHOWN // 2]
    return [day for day in found.days if day in largest or day.actions or day is found.days[-1]]


def day_cells(day: Day, coins: Sequence[str]) -> list[str]:
    """Dates, market, P&L of the step, its causes in two words, sums, margin."""
    line = day.attribution.total
    shares = line.shares
    return [
        str(day.event),
        str(day.today),
        UNKNOWN if day.regime is None else day.regime.state.name,
        *(fixed(day.levels.get(name)) for name in ("SPX", "VIX", *coins)),
        usd(line.full_usd, signed=True),
        usd(line.terms.delta, signed=True),
        usd(shares.gamma_usd, signed=True),
        usd(shares.vega_usd, signed=True),
        usd(line.full_usd - line.terms.delta - shares.gamma_usd - shares.vega_usd, signed=True),
        usd(day.book_usd + day.hedges_usd, signed=True),
        usd(day.hedges_usd, signed=True),
        usd(day.need.margin_usd),
        usd(day.need.excess_usd),
    ]


def day_heads(coins: Sequence[str]) -> list[str]:
    """Headings of ``day_cells``."""
    return [
        "event day", "as if", "state", "SPX", "VIX", *coins, "P&L", "delta", "gamma", "vega", "other", "sum", "hedges",
        "margin", "excess",
    ]  # fmt: skip


def coins_of(found: BookReplay) -> list[str]:
    """Assets beside SPX that the book holds."""
    held = {position.instrument.factor for position in found.book.positions}
    return [name for name in found.days[0].levels if name in held and name not in ("SPX", "VIX")]


def margin_words(found: BookReplay) -> list[str]:
    """What the margin figures do not say."""
    lines = []
    if found.start.equity_usd is None:
        lines.append("excess is unknown: the book states no nav")
    unknown = dict.fromkeys(label for need in (found.start, *(d.need for d in found.days)) for label in need.unknown)
    if unknown:
        lines.append(f"margin not known, in no figure: {', '.join(unknown)}")
    short = [day for day in found.days if day.need.excess_usd is not None and day.need.excess_usd < 0.0]
    if short:
        lines.append(f"margin call: equity falls below margin on {short[0].event}")
    return lines


def log_lines(found: BookReplay) -> list[tuple[str, str, str]]:
    """Day of the event, rule, text; the eve first."""
    eve = [(str(found.path.days[0]), one.rule, one.text) for one in found.opening]
    return eve + [(str(day.event), one.rule, one.text) for day in found.days for one in day.actions]


def print_replay(found: BookReplay) -> None:
    """The answer, days, layers, log, and what is assumed."""
    out = console(160)
    coins = coins_of(found)
    left = {"event day", "as if", "state"}
    days = table_of(
        f"{found.book.name}: {found.path.name} ({found.path.how}) on today's book, USD",
        [(head, "left" if head in left else "right") for head in day_heads(coins)],
    )
    shown = shown_days(found)
    for day in shown:
        days.add_row(*map(escape, day_cells(day, coins)))
    out.print(days)
    if len(shown) < len(found.days):
        out.print(f"[dim]{len(found.days) - len(shown)} quiet days are not shown; --json and --html have all[/dim]")
    out.print(escape(headline(found)), style="bold")
    out.print(escape(causes(found)))
    for line in (*margin_words(found), *warnings(found.whole)):
        out.print(escape(line))
    _print_layers(found)
    log = table_of("What the rules would have asked for", [("day", "left"), ("rule", "left"), ("action", "left")])
    for one in log_lines(found):
        log.add_row(*map(escape, one))
    out.print(log)
    for note in found.notes:
        out.print(f"[dim]{escape(note)}[/dim]")
    out.print()


def _print_layers(found: BookReplay) -> None:
    out = console()
    if not found.layers:
        out.print("no hedge in the book: `seawall hedge BOOK` proposes one")
        return
    shown = table_of(
        "What each hedge layer paid", [("layer", "left"), ("worth on the eve", "right"), ("gained", "right"),
        ("carry a year", "right"), ("of the loss", "right"), ("positions", "left")], ("positions",),
    )  # fmt: skip
    for layer in found.layers:
        cells = layer_cells(found, layer.layer)
        shown.add_row(*map(escape, cells))
    out.print(shown)
    out.print(f"[dim]{escape(ONE_EVENT)}[/dim]")


def layer_cells(found: BookReplay, name: str) -> list[str]:
    """One layer as words."""
    layer = next(one for one in found.layers if one.layer == name)
    loss = found.days[-1].book_usd
    share = -layer.pnl_usd / loss if found.offset is not None else None
    return [
        name, usd(layer.start_usd), usd(layer.pnl_usd, signed=True), usd(layer.carry_usd_per_year, signed=True),
        NOT_DEFINED if share is None else percent(share), ", ".join(layer.labels),
    ]  # fmt: skip


def path_record(path: EventPath) -> Record:
    """The event, its days, and where each of its legs comes from."""
    return {
        "event": path.name,
        "covered_by": path.how,
        "days": [str(day) for day in path.days],
        "legs": {name: {"origin": str(leg.origin), "source": leg.source} for name, leg in path.legs.items()},
    }


def _day_record(day: Day) -> Record:
    return {
        "event_day": str(day.event),
        "as_if": str(day.today),
        "levels": {name: finite(level) for name, level in day.levels.items()},
        "state": None if day.regime is None else day.regime.state.name,
        "pnl_usd": finite(day.attribution.total.full_usd),
        "terms_usd": {
            name: finite(getattr(day.attribution.total.terms, name)) for name in day.attribution.total.terms.__slots__
        },
        "residual_usd": finite(day.attribution.total.residual_usd),
        "book_since_eve_usd": finite(day.book_usd),
        "hedges_since_eve_usd": finite(day.hedges_usd),
        "margin_usd": finite(day.need.margin_usd),
        "equity_usd": finite(day.need.equity_usd),
        "excess_usd": finite(day.need.excess_usd),
        "accounts": [
            {"name": one.name, "equity_usd": finite(one.equity_usd), "maintenance_usd": finite(one.maintenance_usd)}
            for one in day.need.accounts
        ],
        "actions": [one._asdict() for one in day.actions],
    }


def replay_record(found: BookReplay) -> Record:
    """The whole replay in dollars; ``whole`` is the attribution of the event."""
    return {
        "mode": "path",
        "book": found.book.name,
        **path_record(found.path),
        "whole": attribution_record(found.whole),
        "start": {
            "margin_usd": finite(found.start.margin_usd),
            "equity_usd": finite(found.start.equity_usd),
            "actions": [one._asdict() for one in found.opening],
        },
        "steps": [_day_record(day) for day in found.days],
        "layers": [{**one._asdict(), "labels": list(one.labels)} for one in found.layers],
        "offset": finite(found.offset),
        "margin_unknown": sorted({label for day in found.days for label in day.need.unknown}),
        "assumptions": list(found.notes),
    }
