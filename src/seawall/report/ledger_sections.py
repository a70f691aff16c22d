"""The ledger's part of the page: the table, where its convexity sits, what a move costs, where it breaks even."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.ledger.breakeven import BreakEvens, Roots, price_factors
from seawall.ledger.exposure import Ledger, Row
from seawall.report.charts import density_chart, heat_map, short_positions
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, points, usd
from seawall.report.markup import Cell, Column, Line, chart, paragraph, section, table, text

COLUMNS: Final = (
    Column("Position", "quantity × kind", number=False),
    Column("Value", "USD"),
    Column("Delta", "USD per 100 %"),
    Column("Gamma", "USD per 1 %"),
    Column("Vega", "USD per point"),
    Column("Theta", "USD per day"),
    Column("Carry", "USD per year"),
    Column("Rent", "USD per year"),
    Column("Break-even vol", "points"),
    Column("VIX can reach", "share"),
    Column("Worst shock", "USD"),
)
READING: Final = (
    "Rent is half the realised variance times the short dollar gamma: what the market took from the position at the "
    "pace it moved. Carry is what the position is paid while nothing moves. Above its break-even volatility a "
    f"position loses. {NOT_DEFINED} means that a quantity has no meaning for the row: it is not short convexity with "
    "positive carry. Totals add dollars across factors, for a common percentage move of all of them; each row shows "
    "its own worst shock, the total that of the whole book."
)


def break_even_vol(row: Row) -> Cell:
    """Volatility at which carry pays the rent, or why there is none."""
    if row.break_even_vol is not None:
        return Cell(points(100.0 * row.break_even_vol))
    return Cell(UNKNOWN if row.break_even_status is Status.UNKNOWN else NOT_DEFINED, title=str(row.break_even_status))


def _share(row: Row) -> Cell:
    if row.share is None:
        return Cell(NOT_DEFINED, title="not short convexity in an asset")
    parts = (
        f"shape {percent(row.share.shape, 0)}, asset {percent(row.share.asset, 0)}, tenor {percent(row.share.tenor, 0)}"
    )
    if row.share.product is None:
        return Cell(UNKNOWN, f"at most {percent(row.share.at_most, 0)}", parts)
    return Cell(percent(row.share.product, 0), title=parts)


def total_share(ledger: Ledger) -> str:
    """Share of the book's short convexity that VIX can reach, a range while an asset share is unknown."""
    low, high = percent(ledger.share_at_least, 0), percent(ledger.share_at_most, 0)
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _held(row: Row) -> str:
    words = [f"{row.quantity:,.6g} × {row.kind.replace('_', ' ')}", *(str(s) for s in row.exposure.status)]
    return "; ".join(words)


def row_cells(row: Row, note: str, share: Cell) -> list[Cell | str]:
    """One row of the ledger in the order of ``COLUMNS``."""
    e = row.exposure
    return [
        Cell(row.label, note),
        usd(e.value_usd),
        usd(e.delta_usd),
        usd(row.gamma_usd_per_pct),
        usd(e.vega_usd_per_point),
        usd(row.theta_usd_per_day),
        usd(e.carry_usd_per_year),
        usd(row.rent_usd_per_year),
        break_even_vol(row),
        share,
        Cell(usd(row.worst.usd), row.worst.shock),
    ]


def ledger_table(ledger: Ledger) -> str:
    """Every position under its factor, each factor's subtotal, the total."""
    lines: list[Line] = []
    for subtotal in ledger.by_factor:
        held = [row for row in ledger.rows if row.factor == subtotal.factor]
        lines += [Line(row_cells(row, _held(row), _share(row))) for row in held]
        lines.append(Line(row_cells(subtotal, "", Cell("")), "subtotal"))
    lines.append(Line(row_cells(ledger.total, "", Cell(total_share(ledger))), "total"))
    return table(COLUMNS, lines, "the ledger")


def ledger_section(ledger: Ledger) -> str:
    """The table and how to read it."""
    horizon = ledger.total.exposure.horizon_vega_usd_per_point
    pools = (
        ""
        if horizon is None
        else paragraph(
            f"Marked as spot, a pool has no vega. To a 30-day horizon the pools have {usd(horizon)} USD per point, "
            "which is never added to option vega.",
            "note",
        )
    )
    lead = (
        "Condors, liquidity positions and perpetuals in the same columns, because they are the same trade: "
        "short convexity, paid for while nothing moves and charged for when something does."
    )
    return section("ledger", "One ledger", paragraph(lead), ledger_table(ledger), paragraph(READING, "note"), pools)


def modelled_market(ledger: Ledger, factor: str) -> bool:
    """Whether the price or the smile of a factor is not observed."""
    asset = ledger.state.asset(factor)
    return asset.spot.origin is not Origin.OBSERVED or asset.smile.origin is not Origin.OBSERVED


def _density_caption(ledger: Ledger, factor: str) -> str:
    densities = [p.density(ledger.state) for p in short_positions(ledger, factor)]
    said = []
    if any(d is not None and d.masses for d in densities):
        said.append("options give up delta in spikes at the strikes they sold and take it back at those they own")
    if any(d is not None and d.segments for d in densities):
        said.append("liquidity gives up delta bit by bit over its whole range")
    words = "; ".join(said) or "positions without a common horizon have no terminal density"
    return f"{factor}: {words}; the dotted line is the price now."


def density_section(ledger: Ledger) -> str:
    """One panel for each factor that holds short convexity."""
    shown = [f for f in price_factors(ledger.book) if short_positions(ledger, f)]
    if not shown:
        return ""
    charts = "".join(
        chart(
            f"density-{i}",
            density_chart(ledger, factor),
            f"Convexity of {factor}",
            _density_caption(ledger, factor),
            modelled=modelled_market(ledger, factor),
        )
        for i, factor in enumerate(shown)
    )
    lead = (
        "A condor and a liquidity position are the same trade. Both hand over delta as the price moves and are paid "
        "for it; they differ only in where along the price axis they do so. Above, what each position hands over "
        "per 1 % today; below, at its horizon: an option's spike at a strike against a pool's curve over a range."
    )
    return section("convexity", "Where the convexity sits", paragraph(lead), f'<div class="pair">{charts}</div>')


def heat_chart(ledger: Ledger) -> str:
    """The spot x volatility map along the book's first price factor."""
    factors = price_factors(ledger.book)
    if not factors:
        return ""
    factor = factors[0]
    figure = heat_map(ledger, factor)
    worst = float(np.min(figure.data[0].z))
    caption = (
        f"Orange is a loss, blue a gain, the line is break-even and the cross the market now: the worst corner costs "
        f"{usd(-worst)} USD while every other price stands still."
    )
    return chart(
        "heat",
        figure,
        f"P&L of the whole book: {factor} against volatility",
        caption,
        modelled=modelled_market(ledger, factor),
    )


def _roots(roots: Roots, shown: Callable[[float], str]) -> Cell:
    if roots.values:
        return Cell(" / ".join(shown(value) for value in roots.values))
    if roots.status is Status.UNKNOWN:
        return Cell(UNKNOWN, title=str(roots.status))
    return Cell("none" if roots.status is Status.ONE_SIDED else NOT_DEFINED, title=str(roots.status))


def _expiry(one: BreakEvens) -> Cell:
    if one.expiry_days is None:
        return Cell(NOT_DEFINED, "nothing expires")
    found = _roots(one.at_expiry, lambda v: fixed(v, 1))
    return found._replace(note=f"in {one.expiry_days:.1f} days")


def _in_price_and_vol(found: Sequence[BreakEvens]) -> list[Line]:
    lines = [
        Line([Cell("Price at the first expiry"), *(_expiry(one) for one in found)]),
        Line([Cell("Price today"), *(_roots(one.today, lambda v: fixed(v, 1)) for one in found)]),
    ]
    for days in sorted({d for one in found for d, _ in one.vol_points}):
        asked = Cell("Volatility move, points", f"that eats {days:g} day{'' if days == 1.0 else 's'} of carry")
        at = [dict(one.vol_points).get(days) for one in found]
        lines.append(Line([asked, *(_at_horizon(roots) for roots in at)]))
    return lines


def _at_horizon(roots: Roots | None) -> Cell:
    if roots is None:
        return Cell(NOT_DEFINED, title="after the first expiry")
    return _roots(roots, lambda v: points(v, 2, signed=True))


def _in_days(found: Sequence[BreakEvens]) -> list[Line]:
    names = dict.fromkeys(name for one in found for name, _ in one.days_to_repay)
    repay = [dict(one.days_to_repay) for one in found]
    return [Line([name, *(_roots(at[name], lambda v: fixed(v, 0)) for at in repay)]) for name in names]


def _surface(one: BreakEvens) -> str:
    moves = sorted({point.vol_points for point in one.surface})
    columns = [Column("Days passed"), *(Column(f"{move:+g}", "points") for move in moves)]
    lines = []
    for days in sorted({point.days for point in one.surface}):
        at = {point.vol_points: point.roots for point in one.surface if point.days == days}
        lines.append(Line([f"{days:g}", *(_roots(at[move], lambda v: fixed(v, 0)) for move in moves)]))
    name = f"{one.factor}: break-even prices by days passed and volatility move"
    return f"<details><summary>{text(name)}</summary>{table(columns, lines, name)}</details>"


def break_even_section(found: Sequence[BreakEvens]) -> str:
    """All break-evens by factor, every root of each, and the surface folded below."""
    if not found:
        return ""
    against = [Column(one.factor, f"{fixed(one.spot, 2)}, against {one.reference}") for one in found]
    prices = [Column("Where", "level now, and value it is measured against", number=False), *against]
    shocks = [Column("Days of carry that repay", "shock", number=False), *(Column(one.factor, "days") for one in found)]
    note = (
        '"none" means that the result keeps one sign over the whole grid; '
        f"{NOT_DEFINED} that the question does not arise: nothing expires, the shock is a gain, or nothing is earned."
    )
    return section(
        "break-evens",
        "Where it breaks even",
        f'<div class="pair">{table(prices, _in_price_and_vol(found), "break-evens in price and volatility")}'
        f"{table(shocks, _in_days(found), 'days of carry that repay a shock')}</div>",
        paragraph(note, "note"),
        *(_surface(one) for one in found),
    )
