"""The page of a surface: smiles by expiry, the volatility at the money over time, and what each expiry meets."""

from typing import Final

import numpy as np

from seawall.market.surface_fit import SliceFit, SurfaceFit
from seawall.report.format import NOT_DEFINED, fixed, percent
from seawall.report.markup import Column, Line, chart, listing, paragraph, section, table
from seawall.report.page import document
from seawall.report.palette import INK, SERIES, Figure, axis, frame, plain
from seawall.report.surface_tables import RULE, Cleaned, calendar_words, market_lines, money_vol

SMILES: Final = 6
"""Expiries drawn, spread over the surface."""
DEVIATIONS: Final = (-5.0, 3.0)


def surface_page(found: SurfaceFit, about: Cleaned) -> str:
    """A fitted surface as one HTML document."""
    smiles = chart(
        "smiles", _smile_chart(found), "Smiles",
        "Fitted volatility by ln(strike / forward) in deviations at the money, for six of the expiries.",
        modelled=True,
    )  # fmt: skip
    money = chart(
        "money", _money_chart(found), "At the money", "Volatility at the forward by days to expiry.", modelled=True
    )
    free = all(fit.butterfly_free for fit in found.fits)
    verdict = (
        f"{percent(found.inside)} of the quotes between 5 and 95 delta are met within bid and ask; butterflies: "
        f"{'free' if free else 'not free'}; calendar: {calendar_words(found)}."
    )
    lines = [*market_lines(found), *(f"no slice for {s.expiry} {s.root}: {s.reason}" for s in found.skipped)]
    parts = [
        section("surface", "The surface", paragraph(verdict), smiles, money),
        section("expiries", "Every expiry", paragraph(RULE, "note"), _expiries(found.fits)),
        section("assumed", "What the quotes say, and what is assumed", listing([*lines, *about.notes])),
    ]
    if about.repeat:
        parts.append(paragraph(f"Not its own day: {about.repeat}"))
    standfirst = f"{about.as_of:%Y-%m-%d %H:%M} UTC · spot {fixed(about.spot)} · {len(found.fits)} expiries"
    return document(f"Surface of {about.underlying}", standfirst, tuple(parts))


def _expiries(fits: tuple[SliceFit, ...]) -> str:
    columns = [Column("Expiry", number=False), Column("Days"), Column("Forward"), Column("Volatility", "points"),
               Column("Form", number=False), Column("Quotes"), Column("Inside", "5 to 95 delta"),
               Column("Inside", "all"), Column("Error", "points"), Column("Butterfly", number=False),
               Column("SVI inside")]  # fmt: skip
    lines = [
        Line(
            [f"{f.slice.expiry} {f.slice.root}".strip(), fixed(365.0 * f.slice.years), fixed(f.slice.forward),
             fixed(money_vol(f)), str(f.slice.form), str(f.quotes), percent(f.inside), percent(f.inside_all),
             fixed(f.rmse_points, 3), "free" if f.butterfly_free else "not free",
             NOT_DEFINED if np.isnan(f.svi_inside) else percent(f.svi_inside)]
        )
        for f in fits
    ]  # fmt: skip
    return table(columns, lines, "Fit by expiry")


def _smile_chart(found: SurfaceFit) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    for i, index in enumerate(np.unique(np.linspace(0, len(found.fits) - 1, SMILES).round().astype(int))):
        one = found.fits[index].slice
        deviation = float(np.sqrt(one.variance(np.zeros(1))[0]))
        z = np.linspace(*DEVIATIONS, 161)
        figure.add_scatter(
            x=z,
            y=100.0 * np.sqrt(found.surface.variance_at(int(index), z * deviation) / one.years),
            name=plain(f"{one.expiry} {one.root}".strip()),
            mode="lines",
            line={"color": SERIES[i % len(SERIES)], "width": 2},
            hovertemplate="%{x:.2f} deviations: %{y:.2f} points<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        frame(420, xaxis=axis("ln(strike / forward), deviations at the money"), yaxis=axis("volatility (points)"))
    )
    return figure


def _money_chart(found: SurfaceFit) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[365.0 * fit.slice.years for fit in found.fits],
        y=[money_vol(fit) for fit in found.fits],
        text=[plain(f"{fit.slice.expiry} {fit.slice.root}".strip()) for fit in found.fits],
        mode="lines+markers",
        line={"color": SERIES[0], "width": 1},
        marker={"color": INK, "size": 5},
        hovertemplate="%{text}: %{y:.2f} points<extra></extra>",
    )
    figure.update_layout(
        frame(320, showlegend=False, xaxis=axis("days to expiry", type="log"), yaxis=axis("volatility (points)"))
    )
    return figure
