"""The coupled loop, the runaway map and the replay of an event: on a terminal, as JSON, and as pages."""

from collections.abc import Sequence
from typing import Final

from rich.markup import escape

from seawall.report.cascade_tables import table
from seawall.report.format import NOT_DEFINED, fixed, percent
from seawall.report.markup import Column, Line, Tile, chart, listing, paragraph, section, tiles
from seawall.report.markup import table as html_table
from seawall.report.page import document
from seawall.report.palette import LOSS, MUTED, PAPER, SERIES, Figure, axis, frame
from seawall.report.records import Record, finite
from seawall.report.tables import console
from seawall.sim.event_replay import Compared, EventReplay
from seawall.sim.loop import LoopTable
from seawall.sim.runaway_map import RunawayMap

STYLISED: Final = "a stylised model with round numbers, calibrated to nothing: read the differences between rows"
HEADS: Final = ("vol a year", "excess kurtosis", "mean worst fall", "worst fall", "runaway days a year", "forced share")
MAP_WORDS: Final = "shock over the move it ends in: 1 nothing is added, 0 runs away"


def loop_cells(table_: LoopTable) -> list[list[str]]:
    """One row a setting."""
    return [
        [one.name, percent(one.vol), fixed(one.kurtosis), percent(one.drawdown), percent(one.worst),
         fixed(one.runaway_days), percent(one.forced)]
        for one in table_.rows
    ]  # fmt: skip


def loop_notes(made: LoopTable) -> list[str]:
    """What the numbers are, every parameter among them."""
    terms = ", ".join(f"{name} {value:g}" for name, value in made.terms._asdict().items())
    return [STYLISED, f"{made.paths:,} paths of {made.days:,} days, seed {made.seed}, the same in every row", terms]


def print_loop(made: LoopTable) -> None:
    """The table and its parameters."""
    out = console()
    shown = table("The loop with each link off in turn", ["", *HEADS])
    for cells in loop_cells(made):
        shown.add_row(*cells)
    out.print(shown)
    for line in loop_notes(made):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print()


def loop_record(made: LoopTable) -> Record:
    """The table with its parameters."""
    return {
        "rows": [{**one._asdict(), "links": list(one.links)} for one in made.rows],
        "terms": made.terms._asdict(),
        "seed": made.seed,
        "paths": made.paths,
        "days": made.days,
        "notes": loop_notes(made),
    }


def loop_page(made: LoopTable) -> str:
    """One HTML document."""
    columns = [Column("", number=False), *(Column(name) for name in HEADS)]
    lines = [Line(cells, "total" if i == 0 else "") for i, cells in enumerate(loop_cells(made))]
    figure = chart(
        "loop-chart", _loop_figure(made), "One path, every link on",
        "Daily volatility and crowding of the first path; marks are runaway days.", modelled=True,
    )  # fmt: skip
    body = (
        section("links", "Each link off in turn", html_table(columns, lines, "the loop"), figure),
        section("assumed", "What is assumed", listing(loop_notes(made))),
    )
    title = "Funding, crowding, liquidation, volatility, dealers"
    return document(title, f"stylised model · {made.paths} paths of {made.days} days", body, {"links": "Links"})


def _loop_figure(made: LoopTable) -> Figure:
    from plotly import graph_objects as go

    figure, first = go.Figure(), made.first
    days = list(range(1, made.days + 1))
    figure.add_scatter(
        x=days, y=first.vol[0], name="volatility a day", mode="lines", line={"color": SERIES[0], "width": 1.5}
    )
    for i, (name, values) in enumerate((("longs", first.longs[0]), ("shorts", first.shorts[0]))):
        line = {"color": SERIES[1 + i], "width": 1.5}
        figure.add_scatter(x=days, y=values, name=f"crowding of {name}", yaxis="y2", mode="lines", line=line)
    ran = [day for day, yes in zip(days, first.runaway[0], strict=True) if yes]
    figure.add_scatter(
        x=ran, y=[float(first.vol[0, day - 1]) for day in ran], name="runaway day", mode="markers",
        marker={"color": LOSS, "size": 9},
    )  # fmt: skip
    below = {"orientation": "h", "x": 0.0, "y": 0.0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}}
    figure.update_layout(
        frame(
            460, legend=below, margin={"l": 56, "r": 12, "t": 12, "b": 100},
            xaxis=axis("day", anchor="y2", showgrid=False), yaxis=axis("volatility", domain=[0.52, 1.0], nticks=4),
            yaxis2=axis("crowding", domain=[0.0, 0.44], nticks=4, rangemode="tozero"),
        )
    )  # fmt: skip
    return figure


def map_figure(made: RunawayMap) -> Figure:
    """Small multiples: a row a gamma of dealers, a column a shock; depth across, leverage up."""
    from plotly.subplots import make_subplots

    shocks = [f"{percent(abs(float(one)), 0)} fall" for one in made.shocks]
    rows, columns = made.gammas.size, made.shocks.size
    figure = make_subplots(
        rows, columns, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.03, vertical_spacing=0.04,
        subplot_titles=shocks,
    )  # fmt: skip
    x = [f"{one:g}x" for one in made.depths]
    y = [f"{one:g}" for one in made.medians]
    for g in range(rows):
        for s in range(columns):
            figure.add_heatmap(
                x=x, y=y, z=made.distance[g, s].clip(0.0, 1.0), zmin=0.0, zmax=1.0, showscale=g == s == 0,
                colorscale=[[0.0, "#8a3800"], [0.3, "#cf6a1d"], [0.6, "#f3c79b"], [1.0, PAPER]],
                colorbar={"orientation": "h", "thickness": 8, "y": -0.12, "yanchor": "top", "tickfont": {"size": 10}},
                hovertemplate="depth %{x}, leverage %{y}: %{z:.2f}<extra></extra>", row=g + 1, col=s + 1,
            )  # fmt: skip
    figure.update_layout(frame(760, margin={"l": 48, "r": 12, "t": 28, "b": 96}))
    figure.update_annotations(font={"size": 10, "color": MUTED})
    quiet = {"tickfont": {"size": 10, "color": MUTED}, "showgrid": False, "type": "category"}
    figure.update_xaxes(**quiet, nticks=5)
    figure.update_yaxes(**quiet, nticks=6)
    figure.update_xaxes(title={"text": "depth", "font": {"size": 11, "color": MUTED}}, row=rows)
    for g, gamma in enumerate(made.gammas):
        title = f"leverage; {gamma_words(float(gamma))}"
        figure.update_yaxes(title={"text": title, "font": {"size": 11, "color": MUTED}}, row=g + 1, col=1)
    return figure


def gamma_words(gamma: float) -> str:
    """Dealers' gamma as a share of depth."""
    return "no dealers" if gamma == 0.0 else f"dealers {'short' if gamma < 0.0 else 'long'} {percent(abs(gamma), 0)}"


def map_section(made: RunawayMap) -> str:
    """The map as a section of a page."""
    figure = chart(
        "runaway-map", map_figure(made), "Distance to runaway",
        f"{MAP_WORDS[0].upper()}{MAP_WORDS[1:]}; depth as multiples of today's, dealers' gamma as a share of it.",
        modelled=True,
    )  # fmt: skip
    return section("map", "Where shocks run away", figure)


def print_map(made: RunawayMap) -> None:
    """One table a gamma and a shock."""
    out = console()
    out.print(f"[bold]Where shocks run away[/bold]: {MAP_WORDS}; modelled")
    out.print(
        f"[dim]depth as multiples of {fixed(made.usd_per_pct, 0)} USD per 1 %, dealers' gamma as a share of it[/dim]"
    )
    for g, gamma in enumerate(made.gammas):
        for s, shock in enumerate(made.shocks):
            title = f"{percent(abs(float(shock)), 0)} fall, {gamma_words(float(gamma))}"
            shown = table(title, ["median leverage", *(f"{one:g}x" for one in made.depths)])
            for m, median in enumerate(made.medians):
                shown.add_row(f"{median:g}", *(cell(float(one)) for one in made.distance[g, s, m]))
            out.print(shown)
    out.print()


def cell(distance: float) -> str:
    """A number, or the word."""
    return "runs away" if distance <= 0.0 else fixed(distance)


def map_record(made: RunawayMap) -> Record:
    """Everything as lists."""
    return {
        "medians": made.medians.tolist(),
        "depths": made.depths.tolist(),
        "dealer_gammas": made.gammas.tolist(),
        "shocks": made.shocks.tolist(),
        "usd_per_pct": made.usd_per_pct,
        "distance": made.distance.tolist(),
        "means": MAP_WORDS,
    }


def number(value: float | None, unit: str) -> str:
    """A fact in its unit; dollars in billions or millions."""
    if value is None:
        return NOT_DEFINED
    if unit == "USD":
        return f"{fixed(value / 1e9)} bn USD" if abs(value) >= 1e9 else f"{fixed(value / 1e6, 1)} m USD"
    return percent(value) if unit.startswith("share") else f"{fixed(value, 1).removesuffix('.0')} {unit}".rstrip()


def event_cells(one: Compared) -> list[str]:
    """Fact, model, misfit and role."""
    miss = NOT_DEFINED if one.misfit is None else percent(one.misfit, 0, signed=True)
    return [one.fact.name, number(one.fact.value, one.fact.unit), number(one.model, one.fact.unit), miss, one.role]


def event_notes(replay: EventReplay) -> list[str]:
    """Assumptions, and the definition and source of every fact."""
    setting = ", ".join(f"{name} {getattr(replay.setting, name):g}" for name in replay.setting.__slots__)
    lines = [f"assumed, stated by no fact: {setting}"]
    lines += [f"{one.fact.name}: {one.fact.definition}; {one.fact.source}; {one.note}" for one in replay.rows]
    return lines


def event_words(replay: EventReplay) -> str:
    """What was fitted."""
    fall = replay.waterfall
    return (
        f"fitted: {number(replay.usd_per_pct, 'USD')} to move the price 1 % before the event, median leverage "
        f"{replay.median:g}; depth thins as volatility to the power {fixed(replay.withdrawal)}; the model ends at "
        f"{percent(fall.price / fall.start - 1.0, signed=True)} in {len(fall.frames)} frames"
    )


def print_event(name: str, replay: EventReplay) -> None:
    """The table, what was fitted, what was assumed."""
    out = console()
    shown = table(f"{name}: facts beside the model", ["fact", "published", "model", "misfit", "role"])
    for one in replay.rows:
        shown.add_row(*event_cells(one))
    out.print(shown)
    out.print(escape(event_words(replay)))
    for line in event_notes(replay):
        out.print(f"[dim]{escape(line)}[/dim]")
    out.print()


def event_record(name: str, replay: EventReplay) -> Record:
    """Facts with definition, source and misfit; null where the model has nothing to say."""
    return {
        "event": name,
        "facts": [
            {**one.fact._asdict(), "model": finite(one.model), "misfit": finite(one.misfit), "role": one.role,
             "note": one.note}
            for one in replay.rows
        ],
        "fitted": {"usd_per_pct": replay.usd_per_pct, "median_leverage": replay.median},
        "withdrawal": replay.withdrawal,
        "assumed": {name: getattr(replay.setting, name) for name in replay.setting.__slots__},
        "notes": event_notes(replay),
    }  # fmt: skip


def event_page(name: str, replay: EventReplay, frames: Figure) -> str:
    """One HTML document; ``frames``: the picture of the waterfall."""
    heads: Sequence[Column] = (
        Column("Fact", number=False), Column("Published"), Column("Model"), Column("Misfit"),
        Column("Role", number=False),
    )  # fmt: skip
    facts = html_table(heads, [Line(event_cells(one)) for one in replay.rows], "facts")
    shown = tiles(
        (
            Tile("Depth", number(replay.usd_per_pct, "USD"), "for 1 %, fitted"),
            Tile("Median leverage", f"{replay.median:g}", "fitted"),
            Tile("Compared", str(sum(one.role == "compared" for one in replay.rows)), "facts, none tuned"),
            Tile("Not modelled", str(sum(one.role == "not modelled" for one in replay.rows)), "facts"),
        )
    )
    picture = chart(
        "frames", frames, "The model, round by round",
        "Price (100 before the event), units forced, positions taken over, and what is left of the fund.",
        modelled=True,
    )  # fmt: skip
    body = (
        section("facts", "Facts beside the model", paragraph(event_words(replay), "lead"), shown, facts),
        section("rounds", "The model's waterfall", picture),
        section("assumed", "What is assumed", listing(event_notes(replay))),
    )
    return document(f"Liquidations of {name}", "a replay by a model", body, {"facts": "Facts", "rounds": "Rounds"})
