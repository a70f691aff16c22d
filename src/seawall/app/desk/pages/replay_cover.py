"""What covers an event on today's book: margin and equity by day, hedge layers against the rest, the action log."""

from typing import TYPE_CHECKING, Any

from nicegui import ui

from seawall.app.desk.pages.replay_path import chosen, dated
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import drawn
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import empty
from seawall.app.desk.parts.timed import marked, time_chart
from seawall.app.desk.parts.traced import Trace
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days
from seawall.app.service.replays import Followed
from seawall.report.format import NOT_DEFINED, percent, usd

if TYPE_CHECKING:
    from seawall.sim.replay_book import BookReplay


def pictures(view: View, path: Followed, row: int) -> dict[str, dict[str, Any]]:
    """What the browser draws, by the name of its panel; nothing for sessions as they were."""
    if path.lived is None:
        return {}
    from seawall.report.replay_charts import layers_figure, margin_figure

    made = {"margin": margin_figure(path.lived)}
    if path.lived.layers:
        made["layers"] = layers_figure(path.lived)
    for figure in made.values():
        figure.update_layout(shapes=[chosen(path, row)], margin={"l": 64, "r": 14, "t": 48, "b": 36})
        figure.update_xaxes(**dated(path))
    days, ends = marked_days(view.desk), (path.days[0], path.days[-1])
    return {name: drawn(marked(one, days, *ends, names=False), view.dark) for name, one in made.items()}


def trace_of(found: "BookReplay", name: str, plain: str, unit: str = "USD") -> Trace:
    """What stands behind a number of an event on today's book."""
    when = f"{found.path.days[0]} to {found.path.days[-1]}"
    return Trace(name, plain, unit, "", "docs/ledger.md", when, "modelled: today's market moved along the event")


def charts(
    view: View, found: "BookReplay", places: dict[str, ui.element], made: dict[str, dict[str, Any]]
) -> dict[str, ui.plotly]:
    """Margin, hedge layers and the log, each a panel; returns the charts, which mark the chosen day.

    ``places`` gets that of the layers' table, which changes with the day.
    """
    plots = {}
    with kit.half():
        about = "What must be covered at each close, and the equity that covers it."
        with panel("Margin and equity", about, lambda: margin_rows(found)):
            plots["margin"] = time_chart(made["margin"], view.dark, "Margin and equity by day of the event.")
            _margin_words(found)
        with panel("Hedge layers", "Dollars since the eve.", lambda: layer_rows(found)):
            if found.layers:
                plots["layers"] = time_chart(made["layers"], view.dark, "P&L of hedge layers and the rest by day.")
            places["layers"] = ui.element("div")
    with panel("Action log", "Text only; a rule is told when it first fires.", lambda: log_rows(found)):
        _log(found)
    return plots


def margin_rows(found: "BookReplay") -> list[Record]:
    """One row a close, the eve first, with every account."""
    needs = [found.start, *(day.need for day in found.days)]
    return [
        {"date": str(day), "margin_of_options_usd": need.options_usd, "maintenance_of_perps_usd": need.perps_usd,
         "equity_usd": need.equity_usd, "excess_usd": need.excess_usd}
        | {f"{one.name} {what}": value for one in need.accounts
           for what, value in (("equity_usd", one.equity_usd), ("maintenance_usd", one.maintenance_usd))}
        for day, need in zip(found.path.days, needs, strict=True)
    ]  # fmt: skip


def _margin_words(found: "BookReplay") -> None:
    from seawall.report.replay_tables import margin_words

    for line in margin_words(found):
        kit.note(f"{line[:1].upper()}{line[1:]}.")


def layer_rows(found: "BookReplay") -> list[Record]:
    """One row a close: each layer, the rest, and all together since the eve."""
    from seawall.report.replay_charts import layer_sums

    sums = layer_sums(found)
    return [{"date": str(day)} | {name: sums[name][i] for name in sums} for i, day in enumerate(found.path.days)]


def log_rows(found: "BookReplay") -> list[Record]:
    """One row an action."""
    from seawall.report.replay_tables import log_lines

    return [{"date": day, "rule": rule, "action": text} for day, rule, text in log_lines(found)]


def _log(found: "BookReplay") -> None:
    told = log_rows(found)
    if not told:
        empty("No rule fired.", "The policy's rules are in docs/hedge.md.")
        return
    actions([(one["date"], one["rule"], one["action"]) for one in told])


def actions(lines: list[tuple[str, str, str]]) -> None:
    """Day, rule, text; what was lost by force stands out."""
    with ui.element("ul").classes("sw-parts"):
        for day, rule, text in lines:
            with ui.element("li"):
                ui.label(day)
                ui.label(rule).classes("sw-badge sw-bad" if rule == "closed" else "sw-badge")
                ui.label(text).classes("sw-part-said")


def layers(found: "BookReplay", row: int) -> None:
    """What each layer has paid by the chosen day."""
    if not found.layers:
        empty("No hedge in the book.", "The hedge page proposes one.", [("Hedge", "/hedge")])
        return
    from seawall.report.replay_charts import layer_sums

    sums, loss = layer_sums(found), found.days[row - 1].book_usd
    says = {"start": ("worth on the eve", "Value before the event."), "gained": ("gained", "Up to the chosen day."),
            "carry": ("carry/yr", "If the market stands still, a year."),
            "share": ("of the loss", "Of what the rest lost up to the chosen day.")}  # fmt: skip
    columns = [kit.words("layer", "layer"), kit.words("positions", "positions")]
    columns[1:1] = [kit.number(key, head, trace_of(found, head, plain)) for key, (head, plain) in says.items()]
    shown = []
    for layer in found.layers:
        gained = sums[layer.layer][row]
        share = -gained / loss if loss < 0.0 else None
        numbers = {"start": (layer.start_usd, usd(layer.start_usd)), "gained": (gained, usd(gained, signed=True)),
                   "carry": (layer.carry_usd_per_year, usd(layer.carry_usd_per_year, signed=True)),
                   "share": (share, NOT_DEFINED if share is None else percent(share))}  # fmt: skip
        words = {"layer": layer.layer, "positions": ", ".join(layer.labels)}
        shown.append(kit.record(layer.layer, words, numbers))
    kit.table(columns, shown, "hedge layers", "none")
