"""What moved the book in a replay: tiles, the bar of causes, and the table by position."""

from typing import TYPE_CHECKING, Any

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.service.answers import Record
from seawall.report.format import percent, usd

if TYPE_CHECKING:
    from seawall.ledger.attribution import Attribution, BookAttribution


def _causes(one: "Attribution", names: list[str]) -> dict[str, float]:
    from seawall.report.attribution_tables import word

    return {word(name): float(getattr(one.terms, name)) for name in names} | {"residual": one.residual_usd}


def rows(found: "BookAttribution") -> list[Record]:
    """One row a position, the whole book last."""
    from seawall.report.attribution_tables import used_terms

    names = used_terms(found)
    return [
        {"position": one.label, "full_usd": one.full_usd, **_causes(one, names), "status": one.status.name}
        for one in (*found.rows, found.total)
    ]


def figure(found: "BookAttribution") -> Any:
    """A bar a cause, the full revaluation last."""
    from plotly import graph_objects as go

    from seawall.report.attribution_tables import used_terms
    from seawall.report.palette import ACCENT, INK, LOSS, axis, frame

    total = found.total
    causes = _causes(total, used_terms(found))
    names, values = [*causes, "full"], [*causes.values(), total.full_usd]
    colours = [*(ACCENT if value >= 0.0 else LOSS for value in causes.values()), INK]
    bar = {"type": "bar", "x": names, "y": values, "marker": {"color": colours},
           "hovertemplate": "%{x}: %{y:,.0f} USD<extra></extra>"}  # fmt: skip
    layout = frame(
        320,
        showlegend=False,
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("USD", tickformat="~s", zeroline=True),
    )
    return go.Figure({"data": [bar], "layout": layout}, _validate=False)


def notes(found: "BookAttribution") -> list[str]:
    """What is in no figure, and what is assumed."""
    from seawall.report.attribution_tables import warnings

    return [*warnings(found), *found.notes]


def tiles(found: "BookAttribution") -> None:
    """P&L, its two causes, and what none explains."""
    total, shares = found.total, found.total.shares

    def trace(name: str, plain: str, unit: str = "USD", formula: str = "") -> Trace:
        return Trace(name, plain, unit, formula, "docs/ledger.md", found.name, "computed")

    with ui.element("div").classes("sw-tiles"):
        tile(
            "full revaluation",
            usd(total.full_usd, signed=True),
            trace("P&L", "End less start, every position."),
            f"{round(found.days, 1):g} day{'' if found.days == 1.0 else 's'}",
        )
        delta = trace("delta", "Direction: delta at the start of each step.", "USD", "delta dS")
        tile("direction", usd(total.terms.delta, signed=True), delta, "delta")
        gamma = trace("gamma share", "With theta; vanna half to each.", "share", "Gamma dS^2 / 2 + theta dt")
        tile(
            "gamma",
            "none" if shares.gamma is None else percent(shares.gamma, 0),
            gamma,
            usd(shares.gamma_usd, signed=True),
        )
        vega = trace("vega share", "With volga; vanna half to each.", "share", "nu dv + volga dv^2 / 2")
        tile(
            "vega", "none" if shares.vega is None else percent(shares.vega, 0), vega, usd(shares.vega_usd, signed=True)
        )
        tile(
            "residual",
            usd(total.residual_usd, signed=True),
            trace("residual", "What no cause explains."),
            total.status.name.lower(),
        )


def said(found: "BookAttribution") -> str:
    """Direction first, then gamma against vega, and what neither explains."""
    from seawall.report.attribution_tables import answer

    total = found.total
    return f"direction (delta) {usd(total.terms.delta, signed=True)} USD; beyond it {answer(total)}"


def table(found: "BookAttribution") -> None:
    """Full first, then its causes, by position."""
    made = rows(found)
    keys = [key for key in made[0] if key not in ("position", "status")]
    trace = Trace("P&L by cause", "Taylor terms along the path.", "USD", "", "docs/ledger.md", found.name, "computed")
    columns = [kit.words("position", "position"), *(kit.number(key, key.replace("_usd", ""), trace) for key in keys)]
    shown = [
        kit.record(f"{i}-{one['position']}", {"position": one["position"]},
                   {key: (one[key], usd(one[key])) for key in keys}, rank=1 if i == len(made) - 1 else 0)
        for i, one in enumerate(made)
    ]  # fmt: skip
    kit.table(columns, shown, "P&L by position and cause")
