"""Pages of a chain: where the variance of the index sits, and what parity says by expiry."""

from collections.abc import Sequence

import numpy as np

from seawall.market.index import IndexReading
from seawall.market.scan import ParityScan
from seawall.report.chain_tables import IndexDay
from seawall.report.format import NOT_DEFINED, fixed, percent, points
from seawall.report.markup import Column, Line, chart, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.palette import INK, SERIES, Figure, axis, frame, plain


def index_page(day: IndexDay, days: Sequence[IndexDay]) -> str:
    """The index of a day as one HTML document, with every day of its file."""
    reading = day.reading
    parts = []
    if reading is not None:
        caption = (
            f"Share of each expiry's variance by strike, per point of strike. The index is {points(reading.vix, 2)}; "
            f"strikes beyond the listed ones would add {points(reading.unlisted, 3)} points."
        )
        drawn = chart("strip", _strip_chart(reading), "Where the variance sits", caption, modelled=False)
        parts.append(
            section("strip", f"Index {points(reading.vix, 2)}", _terms(reading), drawn, listing(reading.notes))
        )
    if day.repeat:
        parts.append(paragraph(f"Not its own day: {day.repeat}"))
    if len(days) > 1:
        parts.append(section("days", "Every day of the file", _days(days)))
    return document("VIX from the chain", f"{day.session}", tuple(parts))


def _terms(reading: IndexReading) -> str:
    columns = [Column("Term", number=False), Column("Expiry", number=False), Column("Days"), Column("Rate"),
               Column("Forward"), Column("K0"), Column("Strikes"), Column("Volatility", "points")]  # fmt: skip
    lines = [
        Line(
            [name, f"{t.expiry} {t.root}".strip(), fixed(t.days), percent(t.rate, 2), fixed(t.forward),
             fixed(t.centre, 0), str(t.strikes), points(100.0 * max(t.variance, 0.0) ** 0.5, 2)]
        )
        for name, t in (("near", reading.near), ("next", reading.following))
    ]  # fmt: skip
    return table(columns, lines, "Terms of the index")


def _days(days: Sequence[IndexDay]) -> str:
    columns = [Column("Day", number=False), Column("Index", "points"), Column("Published", "points"),
               Column("Gap", "points"), Column("Remark", number=False)]  # fmt: skip
    lines = [
        Line(
            [str(day.session), NOT_DEFINED if day.reading is None else points(day.reading.vix, 3),
             NOT_DEFINED if day.published is None else points(day.published, 2),
             NOT_DEFINED if day.gap is None else points(day.gap, 3, signed=True), day.fault or day.repeat]
        )
        for day in days
    ]  # fmt: skip
    return table(columns, lines, "Every day of the file")


def _strip_chart(reading: IndexReading) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    for i, (term, strip) in enumerate(zip((reading.near, reading.following), reading.strips, strict=True)):
        steps = np.gradient(strip.strikes)
        density = strip.mids / strip.strikes**2
        share = 100.0 * density / float(np.sum(density * steps))
        figure.add_scatter(
            x=strip.strikes,
            y=share,
            name=plain(f"{term.expiry} {term.root}".strip()),
            mode="lines",
            line={"color": SERIES[i], "width": 2},
            hovertemplate="%{x:,.0f}: %{y:.3f} % a point<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(frame(380, xaxis=axis("strike"), yaxis=axis("% of the variance per point of strike")))
    return figure


def parity_page(found: ParityScan, repeat: str = "") -> str:
    """Parity of a chain as one HTML document."""
    if found.underlying == "VIX":
        caption = "The future that put-call parity implies for each expiry, by days to settlement."
        drawn = chart("rates", _forward_chart(found), "Futures in the chain", caption, modelled=False)
    else:
        caption = "Continuous rate that put-call parity implies, with two standard errors, by days to settlement."
        drawn = chart("rates", _rate_chart(found), "The rate in the chain", caption, modelled=False)
    parts = [section("rates", "Put-call parity", drawn, _expiries(found), listing(found.notes))]
    if found.opportunities:
        parts.append(section("gaps", "Beyond bid, ask and costs", _gaps(found)))
    else:
        parts.append(paragraph("No conversion, reversal or box pays after bid, ask and costs."))
    if repeat:
        parts.append(paragraph(f"Not its own day: {repeat}"))
    standfirst = f"{found.as_of:%Y-%m-%d %H:%M} UTC · spot {fixed(found.spot)}"
    return document(f"Parity of {found.underlying}", standfirst, tuple(parts))


def _expiries(found: ParityScan) -> str:
    columns = [Column("Expiry", number=False), Column("Days"), Column("Forward"), Column("Discount"), Column("Rate"),
               Column("Pairs"), Column("Mean gap", "points"), Column("Status", number=False)]  # fmt: skip
    lines = [
        Line(
            [f"{one.fitted.expiry} {one.fitted.root}".strip(), fixed(one.fitted.years * 365.0),
             fixed(one.fitted.forward), fixed(one.fitted.discount, 5), percent(one.fitted.rate, 2), str(one.pairs),
             fixed(one.gap_mean, 3), one.fitted.status.name.lower()]
        )
        for one in found.expiries
    ]  # fmt: skip
    return table(columns, lines, "Parity by expiry")


def _gaps(found: ParityScan) -> str:
    columns = [
        Column("What", number=False),
        Column("Expiry", number=False),
        Column("Strikes"),
        Column("Edge", "points"),
    ]
    lines = [
        Line(
            [
                one.kind,
                f"{one.expiry} {one.root}".strip(),
                " / ".join(fixed(k) for k in one.strikes),
                fixed(one.edge, 3),
            ]
        )
        for one in found.opportunities[:100]
    ]
    return table(columns, lines, "Gaps that could be traded")


def _rate_chart(found: ParityScan) -> Figure:
    from plotly import graph_objects as go

    shown = [one.fitted for one in found.expiries if one.fitted.years * 365.0 >= 7.0 and np.isfinite(one.fitted.rate)]
    figure = go.Figure()
    figure.add_scatter(
        x=[one.years * 365.0 for one in shown],
        y=[100.0 * one.rate for one in shown],
        error_y={"array": [200.0 * np.nan_to_num(one.rate_error) for one in shown], "color": SERIES[0]},
        text=[f"{one.expiry} {one.root}".strip() for one in shown],
        mode="markers",
        marker={"color": INK, "size": 6},
        hovertemplate="%{text}: %{y:.2f} %<extra></extra>",
    )
    figure.update_layout(frame(380, xaxis=axis("days to settlement", type="log"), yaxis=axis("% a year")))
    return figure


def _forward_chart(found: ParityScan) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    settled = [one for one in found.expiries if one.settlement is not None]
    for shown, name, colour in ((found.expiries, "implied by the options", SERIES[0]), (settled, "future", SERIES[1])):
        if shown:
            figure.add_scatter(
                x=[one.fitted.years * 365.0 for one in shown],
                y=[one.settlement if name == "future" else one.fitted.forward for one in shown],
                name=name,
                mode="lines+markers" if name != "future" else "markers",
                line={"color": colour, "width": 2},
                hovertemplate="%{x:.0f} days: %{y:.2f}<extra>%{fullData.name}</extra>",
            )
    figure.update_layout(frame(380, xaxis=axis("days to settlement"), yaxis=axis("index points")))
    return figure
