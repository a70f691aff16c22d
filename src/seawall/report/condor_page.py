"""The page of today's condor: its payoff under what the price may do, then the figures and the reasons."""

from collections.abc import Sequence

import numpy as np

from seawall.core.datum import Origin
from seawall.core.units import SPX_OPTION_MULTIPLIER
from seawall.hedge.condor import CondorSignal, payoff
from seawall.hedge.condor_tiers import Tier
from seawall.hedge.odds import smile_outcomes
from seawall.hedge.stand_aside import DailyRange, Reason
from seawall.report.condor_tables import NAMES, ON, headline, range_line, size_line, verdict
from seawall.report.format import NOT_DEFINED, fixed, percent, usd
from seawall.report.markup import Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document
from seawall.report.palette import ACCENT, BASELINE, INK, LOSS, MUTED, SERIES, Figure, axis, frame, tint

POINTS = 401


def condor_page(found: CondorSignal, reasons: Sequence[Reason], tiers: Sequence[Tier], edr: DailyRange | None) -> str:
    """One HTML document."""
    modelled = found.expiry.origin is not Origin.OBSERVED
    profit = found.odds[-1]
    evens = " / ".join(f"{x:,.0f}" for x in found.break_evens.at_expiry.values)
    facts = tiles(
        (
            Tile("Credit", f"{found.credit:.2f}", "points, at bid and ask"),
            Tile("Breaks even", evens or "never", "price"),
            Tile("Largest loss", usd(found.max_loss_usd), "USD a condor"),
            Tile("Size", str(found.contracts), f"at {percent(found.rule.risk)} of equity"),
            Tile("Profit, by past moves" if profit.windows else "Profit", percent(profit.profit, 0), "of outcomes"),
            Tile("CVaR95", usd(profit.cvar95_usd), "USD a condor"),
        )
    )
    diagram = chart(
        "payoff", payoff_chart(found), "Payoff at expiry",
        "Dollars of one condor by price at expiry; the shape behind is the market's own odds, the band one expected "
        "move either way, dotted lines the break-evens.", modelled=modelled,
    )  # fmt: skip
    surface = chart(
        "surface", break_even_chart(found), "Break-evens through time",
        "Prices at which the condor is worth what it was sold for, by days passed and move of volatility in points.",
        modelled=modelled,
    )  # fmt: skip
    parts = [
        section("condor", "Today's condor", paragraph(verdict(reasons)), facts, diagram, _legs(found)),
        section("why", "Reasons to stand aside", _reasons(reasons)),
        section("odds", "Odds beside the loss", _odds(found), paragraph(size_line(found), "note")),
        section("evens", "When volatility moves", surface),
        section("exits", "Ways out", listing([f"{one.rule}: {one.text}" for one in found.exits])),
    ]
    if tiers:
        parts.append(section("tiers", "Tiers of the public glossary", _tiers(tiers)))
    notes = [*found.expiry.notes, f"quotes: {found.expiry.source}", *([range_line(edr)] if edr else [])]
    parts.append(section("assumed", "What is assumed", listing(notes)))
    return document("Condor of the day", headline(found), tuple(parts))


def _legs(found: CondorSignal) -> str:
    columns = [Column("Leg", number=False), Column("Strike"), Column("Trade", number=False), Column("Bid", "points"),
               Column("Ask", "points"), Column("Delta"), Column("Volatility", "points")]  # fmt: skip
    lines = [
        Line([name, fixed(leg.strike, 0), "sell" if leg.units < 0.0 else "buy", fixed(leg.bid), fixed(leg.ask),
              fixed(leg.delta, 3), fixed(100.0 * leg.vol, 1)])
        for name, leg in zip(NAMES, found.legs, strict=True)
    ]  # fmt: skip
    return table(columns, lines, "Legs")


def _reasons(reasons: Sequence[Reason]) -> str:
    columns = [Column("Rule", number=False), Column("Now", number=False), Column("Why", number=False)]
    lines = [Line([one.rule, f"{ON[one.on]}{', hard' if one.hard else ''}", one.text]) for one in reasons]
    return table(columns, lines, "Reasons")


def _odds(found: CondorSignal) -> str:
    columns = [Column("By", number=False), Column("Profit", "of outcomes"), Column("Mean", "USD"),
               Column("CVaR95", "USD"), Column("Largest loss", "of outcomes"), Column("Windows")]  # fmt: skip
    lines = [
        Line([f"{one.witness} ({one.origin})", percent(one.profit), usd(one.mean_usd, signed=True), usd(one.cvar95_usd),
              percent(one.worst), fixed(one.windows, 0) if one.windows else NOT_DEFINED])
        for one in found.odds
    ]  # fmt: skip
    return table(columns, lines, "Odds")


def _tiers(tiers: Sequence[Tier]) -> str:
    columns = [Column("Tier", number=False), Column("Credit", "aimed at"), Column("Strikes", number=False),
               Column("Credit", "points"), Column("Profit"), Column("Claimed", "unverified")]  # fmt: skip
    lines = []
    for one in tiers:
        aim = f"{one.low:.2f}-{one.high:.2f}"
        if one.signal is None:
            lines.append(Line([one.name, aim, "no distance pays it", NOT_DEFINED, NOT_DEFINED, one.claimed]))
            continue
        strikes = " / ".join(f"{strike:,.0f}" for strike in one.signal.strikes)
        profit = percent(one.signal.odds[-1].profit)
        lines.append(Line([one.name, aim, strikes, fixed(one.signal.credit), profit, one.claimed]))
    return table(columns, lines, "Tiers")


def payoff_chart(found: CondorSignal) -> Figure:
    """Payoff over the market's odds."""
    from plotly import graph_objects as go

    of = found.expiry
    span = max(of.spot - found.strikes[0], found.strikes[3] - of.spot) * 1.25
    price = np.unique(np.concatenate([np.linspace(of.spot - span, of.spot + span, POINTS), np.array(found.strikes)]))
    money = SPX_OPTION_MULTIPLIER * payoff(found.legs, found.credit, price)
    odds = smile_outcomes(of.smile, of.forward, of.years, "", of.origin)
    density = odds.weight / np.gradient(odds.price)
    inside = (odds.price > price[0]) & (odds.price < price[-1])
    figure = go.Figure()
    figure.add_scatter(
        x=odds.price[inside], y=density[inside], yaxis="y2", mode="lines", line={"width": 0}, fill="tozeroy",
        fillcolor=tint(MUTED), name="the market's odds", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=price, y=money, mode="lines", name="one condor at expiry", line={"color": SERIES[0], "width": 2.5},
        hovertemplate="%{x:,.0f}: %{y:,.0f} USD<extra></extra>",
    )  # fmt: skip
    figure.add_vrect(
        x0=of.spot - of.expected_move, x1=of.spot + of.expected_move, fillcolor=tint(ACCENT), line_width=0,
        layer="below",
    )  # fmt: skip
    figure.add_vline(x=of.spot, line={"color": INK, "width": 1})
    for even in found.break_evens.at_expiry.values:
        figure.add_vline(x=even, line={"color": LOSS, "width": 1, "dash": "dot"})
    figure.add_hline(y=0.0, line={"color": BASELINE, "width": 1})
    figure.update_layout(
        frame(400, xaxis=axis(f"{of.underlying} at expiry"), yaxis=axis("USD a condor"),
              yaxis2={"overlaying": "y", "side": "right", "visible": False, "range": [0.0, 3.0 * float(density.max())]})
    )  # fmt: skip
    return figure


def break_even_chart(found: CondorSignal) -> Figure:
    """Break-even prices by days passed, a line for each move of volatility."""
    from plotly import graph_objects as go

    figure = go.Figure()
    moves = sorted({point.vol_points for point in found.break_evens.surface})
    for i, move in enumerate(moves):
        points = [one for one in found.break_evens.surface if one.vol_points == move and one.roots.values]
        for side, end in ((0, "low"), (-1, "high")):
            figure.add_scatter(
                x=[one.days for one in points], y=[one.roots.values[side] for one in points], mode="lines+markers",
                name=f"{move:+.0f} points", legendgroup=f"{move}", showlegend=end == "low",
                line={"color": SERIES[i % len(SERIES)], "width": 2},
                hovertemplate="day %{x:.0f}: %{y:,.1f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.add_hline(y=found.expiry.spot, line={"color": INK, "width": 1})
    figure.update_layout(frame(340, xaxis=axis("days passed"), yaxis=axis("break-even price")))
    return figure
