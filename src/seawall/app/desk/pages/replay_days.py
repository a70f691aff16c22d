"""An event on today's book by day: the chosen day, its margin and actions, the regime, and the table of all."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from nicegui import ui

from seawall.app.desk.pages import replay_cover
from seawall.app.desk.pages.replay_cover import trace_of
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.traced import tile
from seawall.app.service.answers import Record
from seawall.app.service.replays import legs_in, stylised
from seawall.report.format import UNKNOWN, fixed, usd

if TYPE_CHECKING:
    from seawall.market.state import State
    from seawall.sim.replay_book import BookReplay, Day

ABOUT: Final = (
    "Today's book at each close of the event: what it made, what it would have had to post, which rules would have "
    "fired. Nothing is traded, so nothing is closed to meet a margin."
)
TOLD: Final = {
    "pnl_usd": ("P&L", "Of the step."), "delta_usd": ("delta", "Direction."), "gamma_usd": ("gamma", "With theta."),
    "vega_usd": ("vega", "With volga."), "other_usd": ("other", "Income, closing of positions, and the residual."),
    "since_eve_usd": ("sum", "Since the eve."), "hedges_since_eve_usd": ("hedges", "Since the eve."),
    "margin_usd": ("margin", "Options by their rules, perps by their venues."),
    "excess_usd": ("excess", "Equity less margin."),
}  # fmt: skip
"""Columns of dollars: heading and what it holds."""


@dataclass(slots=True, eq=False)
class Panels:
    """What the chosen day changes. ``places``: by name; ``here``: its place in the band; ``table``: of all days."""

    found: "BookReplay"
    places: dict[str, ui.element]
    here: ui.element
    table: ui.table


def badges(state: "State", found: "BookReplay") -> None:
    """What of the event is observed, what a rule draws, and what is modelled with it."""
    path = found.path
    drawn_by_rule = stylised(path, state)
    seen = [name for name in legs_in(path, state) if name not in drawn_by_rule]
    said = {name: f"{name}: {path.legs[name].source}" for name in (*seen, *drawn_by_rule)}
    if seen:
        kit.badge(f"observed: {', '.join(seen)}", "; ".join(said[name] for name in seen))
    if drawn_by_rule:
        told = "; ".join(said[name] for name in drawn_by_rule)
        kit.badge(f"stylised: {', '.join(drawn_by_rule)}", f"drawn by a rule, {told}", "sw-stale")
    modelled = ["smiles", "margin"]
    if state.vix is not None:
        modelled += [name for name, leg in (("VIX futures", path.futures), ("VVIX", path.vvix)) if leg is None]
    kit.badge(f"modelled: {', '.join(modelled)}", "the last panel says by which rules")


def rows(found: "BookReplay") -> list[Record]:
    """One row a step of the event, with everything the panels show."""
    from seawall.report.replay_charts import layer_sums

    sums = layer_sums(found)
    return [
        _row(day)
        | {f"{layer.layer}_since_eve_usd": sums[layer.layer][i + 1] for layer in found.layers}
        | {"actions": "; ".join(f"{one.rule}: {one.text}" for one in day.actions)}
        for i, day in enumerate(found.days)
    ]


def _row(day: "Day") -> Record:
    line, need = day.attribution.total, day.need
    shares = line.shares
    return {
        "event_day": str(day.event),
        "as_if": str(day.today),
        "state": _state(day),
        "why": "" if day.regime is None else day.regime.why,
        **day.levels,
        "pnl_usd": line.full_usd,
        "delta_usd": line.terms.delta,
        "gamma_usd": shares.gamma_usd,
        "vega_usd": shares.vega_usd,
        "other_usd": line.full_usd - line.terms.delta - shares.gamma_usd - shares.vega_usd,
        "since_eve_usd": day.book_usd + day.hedges_usd,
        "rest_since_eve_usd": day.book_usd,
        "hedges_since_eve_usd": day.hedges_usd,
        "margin_usd": need.margin_usd,
        "margin_of_options_usd": need.options_usd,
        "maintenance_of_perps_usd": need.perps_usd,
        "equity_usd": need.equity_usd,
        "excess_usd": need.excess_usd,
    }


def day_by_day(found: "BookReplay") -> Panels:
    """The chosen day above the table of all days."""
    with panel("Day by day", ABOUT, lambda: rows(found)):
        places = {"tiles": ui.element("div"), "state": ui.element("div").style("margin-top:.7rem")}
        here = _band(found)
        places["actions"] = ui.element("div").style("margin:.5rem 0 .8rem")
        return Panels(found, places, here, _table(found))


def _table(found: "BookReplay") -> ui.table:
    from seawall.report.replay_tables import coins_of

    levels = [name for name in ("SPX", "VIX", *coins_of(found)) if name in found.days[0].levels]
    columns = [kit.words("event_day", "event day"), kit.words("state", "state")]
    columns += [kit.number(name, name, trace_of(found, name, "Today's level, moved.", "level")) for name in levels]
    columns += [kit.number(key, head, trace_of(found, head, plain)) for key, (head, plain) in TOLD.items()]
    columns += [kit.words("rules", "rules"), kit.words("as_if", "as if")]
    shown = []
    for i, (row, day) in enumerate(zip(rows(found), found.days, strict=True)):
        words = {name: str(row[name]) for name in ("event_day", "as_if", "state")}
        words["rules"] = ", ".join(dict.fromkeys(one.rule for one in day.actions)) or "none"
        numbers = {name: (row[name], fixed(row[name])) for name in levels}
        plain = {"margin_usd", "excess_usd"}
        numbers |= {key: (row[key], usd(row[key], signed=key not in plain)) for key in TOLD}
        shown.append(kit.record(str(i + 1), words, numbers))
    return kit.table(columns, shown, "days of the event", "22rem")


def show(held: Panels, row: int) -> None:
    """The day of ``row``, from 1 on."""
    found = held.found
    day = found.days[row - 1]
    for place in held.places.values():
        place.clear()
    with held.places["tiles"]:
        _tiles(found, row)
    with held.places["state"]:
        why = "the history lacks what it is read from" if day.regime is None else day.regime.why
        kit.note(f"State of the market on {day.event}: {_state(day)} ({why})")
    passed = found.path.sessions
    start, length = (100.0 * one / passed[-1] for one in (passed[row - 1], passed[row] - passed[row - 1]))
    held.here.style(f"left:{start:.3f}%;width:{length:.3f}%")
    with held.places["actions"]:
        if day.actions:
            replay_cover.actions([(str(day.event), one.rule, one.text) for one in day.actions])
        else:
            kit.note(f"No rule fired and nothing was closed on {day.event}.")
    with held.places["layers"]:
        replay_cover.layers(found, row)


def mark(held: Panels, row: int) -> None:
    """Mark the row of that day in the table, and bring it into sight."""
    held.table.selected = [held.table.rows[row - 1]]
    held.table.run_method("scrollTo", row - 1, "center")


def _tiles(found: "BookReplay", row: int) -> None:
    day = found.days[row - 1]
    need, before = day.need, found.start if row == 1 else found.days[row - 2].need
    with ui.element("div").classes("sw-tiles"):
        made = usd(day.attribution.total.full_usd, signed=True)
        tile("P&L of the day", made, trace_of(found, "P&L", "Of this step."), f"on {day.event}")
        margin = trace_of(found, "margin", "Options by their rules, perps by their venues.")
        tile("margin", usd(need.margin_usd), margin, _change(need.margin_usd, before.margin_usd))
        told = "the book states no nav" if need.equity_usd is None else "marked at the close"
        tile("equity", usd(need.equity_usd), trace_of(found, "equity", "nav of the book and its P&L since."), told)
        excess = trace_of(found, "excess", "Equity less margin; below zero it is a call.")
        short = need.excess_usd is not None and need.excess_usd < 0.0
        note = "margin call" if short else _change(need.excess_usd, before.excess_usd)
        tile("excess", usd(need.excess_usd), excess, note)
        hedges = trace_of(found, "hedges", "All layers since the eve.")
        tile("hedges", usd(day.hedges_usd, signed=True), hedges, "since the eve")
        rest = trace_of(found, "the rest", "Everything but the hedges.")
        tile("the rest", usd(day.book_usd, signed=True), rest, "since the eve")


def _change(now: float | None, before: float | None) -> str:
    return "" if now is None or before is None else f"{usd(now - before, signed=True)} in the step"


def _state(day: "Day") -> str:
    return UNKNOWN if day.regime is None else day.regime.state.name


def _band(found: "BookReplay") -> ui.element:
    """The regime by spell, as long as it lasted; returns the outline of the chosen day."""
    passed = dict(zip(found.path.days, found.path.sessions, strict=True))
    spells, before = [(state, list(days)) for state, days in groupby(found.days, _state)], 0
    with ui.element("ol").classes("sw-band").props('aria-label="regime by day of the event, oldest first"'):
        for state, days in spells:
            made = ui.element("li").classes(f"sw-{state}").style(f"flex:{passed[days[-1].event] - before}")
            made._props["title"] = made._props["aria-label"] = f"{state}, {days[0].event} to {days[-1].event}"
            before = passed[days[-1].event]
        here = ui.element("li").classes("sw-here").props('aria-hidden="true"')
    with ui.element("div").classes("sw-keys"):
        for name in ("CALM", "ONSET", "SPIKE", "EXHAUST", UNKNOWN):
            if any(state == name for state, _ in spells):
                ui.html(f'<i class="sw-{name}"></i>{name}', tag="span", sanitize=False)
        ui.label(f"{found.days[0].event} to {found.days[-1].event}")
    return here
