"""The book before and after its tickets: P&L in each named shock, one picture that layers can be switched on."""

from seawall.hedge.plan import HedgePlan
from seawall.report.format import typeset, usd
from seawall.report.palette import ACCENT, BASELINE, INK, Figure, axis, frame, plain


def overlay_figure(plan: HedgePlan, before: bool = True, after: bool = True) -> Figure:
    """Bars of dollars by named shock; ``before`` and ``after`` switch the two layers."""
    from plotly import graph_objects as go

    old, new = plan.before.total.pnl_by_shock, plan.after.total.pnl_by_shock
    names = sorted(old, key=lambda name: old[name], reverse=True)
    labels = [f"{plain(name)} " for name in names]
    traces: list[dict[str, object]] = []
    for shown, word, pnl, colour in ((before, "before", old, BASELINE), (after, "after the tickets", new, ACCENT)):
        if shown:
            traces.append(
                {"type": "bar", "orientation": "h", "y": labels, "x": [pnl[name] for name in names], "name": word,
                 "marker": {"color": colour}, "hovertemplate": "%{y}: %{x:,.0f} USD<extra>%{fullData.name}</extra>"}
            )  # fmt: skip
    changes = [
        {"x": max(old[name], new[name], 0.0), "y": label, "text": typeset(usd(new[name] - old[name], signed=True)),
         "showarrow": False, "xanchor": "left", "xshift": 6, "font": {"size": 11, "color": INK}}
        for name, label in zip(names, labels, strict=True)
    ] if before and after and plan.tickets else []  # fmt: skip
    layout = frame(
        90 + 30 * len(names), barmode="group", bargap=0.28, annotations=changes,
        margin={"l": 56, "r": 76, "t": 34, "b": 44},
        xaxis=axis("USD", tickformat="~s", zeroline=True, nticks=6), yaxis=axis("", showgrid=False, type="category"),
    )  # fmt: skip
    return go.Figure({"data": traces, "layout": layout}, _validate=False)
