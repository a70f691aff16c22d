"""The page of liquidity positions: for each its tiles, its two pictures and its facts; models and inputs at the end."""

from collections.abc import Sequence

from seawall.core.status import Status
from seawall.instruments.pool import HORIZON_DAYS
from seawall.ledger.lp_reading import LpReading
from seawall.market.state import State
from seawall.report.format import NOT_DEFINED, UNKNOWN, percent, typeset, usd
from seawall.report.lp_charts import density_figure, loss_figure
from seawall.report.lp_facts import groups, remarks, verdict, where
from seawall.report.lp_parts import Group, LpPart, LpSection, chance, vol
from seawall.report.markup import Column, Line, Tile, chart, listing, paragraph, section, table, tiles
from seawall.report.page import document


def lp_page(book: str, parts: Sequence[LpPart], state: State) -> str:
    """One HTML document about the pool positions of a book; ``parts`` has at least one."""
    body = [_position(f"position-{i}", part) for i, part in enumerate(parts)]
    lines = dict.fromkeys(line for part in parts for line in remarks(part.reading))
    body.append(section("assumed", "Models and inputs", listing(list(lines))))
    if len(parts) > 1:
        body.insert(0, _overview([part.reading for part in parts]))
    title = parts[0].reading.label if len(parts) == 1 else book
    held = "1 pool position" if len(parts) == 1 else f"{len(parts)} pool positions"
    links = {"positions": "Positions"} | {f"position-{i}": part.reading.label for i, part in enumerate(parts)}
    return document(title, f"{book} · {state.now:%Y-%m-%d %H:%M} UTC · {held}", tuple(body), links)


def break_even(reading: LpReading) -> str:
    """Break-even volatility, or why there is none, in a word."""
    if reading.break_even is not None:
        return vol(reading.break_even)
    return UNKNOWN if reading.break_even_status is Status.UNKNOWN else NOT_DEFINED


def _overview(readings: Sequence[LpReading]) -> str:
    columns = [
        Column("Position", number=False), Column("Where", number=False), Column("Value", "USD"),
        Column("Fees", "USD per day"), Column("Rent", "USD per day, realised"), Column("Rent", "USD per day, implied"),
        Column("Break-even vol", "points"), Column("Implied", "points"), Column("Realised", "points"),
        Column("Leaves", f"within {HORIZON_DAYS:g} days"),
    ]  # fmt: skip
    lines = [
        Line(
            [r.label, where(r.exits), usd(r.exposure.value_usd), usd(r.fee_usd_per_day, 2),
             usd(r.at_realised.usd_per_day, 2), usd(r.at_implied.usd_per_day, 2), break_even(r), vol(r.implied_vol),
             vol(r.at_realised.vol), _leaves(r)]
        )
        for r in readings
    ]  # fmt: skip
    return section("positions", "Every pool position", table(columns, lines, "pool positions"))


def _leaves(reading: LpReading) -> str:
    if reading.exits.everywhere:
        return "never"
    return chance(reading.exits.horizons[-1].cross) if reading.exits.inside else "out of range"


def _tiles(reading: LpReading) -> str:
    inside = reading.exits.inside
    shares = reading.share
    reach = NOT_DEFINED if shares is None else percent(shares.product, 0)
    if shares is not None and shares.product is None:
        reach = f"≤ {percent(shares.at_most, 0)}"
    if reading.exits.everywhere:
        leaving = Tile("Leaves its range", "never", "it has no end")
    else:
        within = f"within {HORIZON_DAYS:g} days, modelled"
        leaving = Tile("Leaves its range" if inside else "Comes back", chance(reading.exits.horizons[-1].cross), within)
    return tiles(
        (
            Tile("Value", usd(reading.exposure.value_usd), f"USD, {where(reading.exits)}"),
            Tile("Fees", usd(reading.fee_usd_per_day, 2), "USD a day now"),
            Tile("Rent", usd(reading.at_realised.usd_per_day, 2), "USD a day, realised"),
            Tile("Break-even volatility", break_even(reading), f"points; implied {vol(reading.implied_vol)}"),
            leaving,
            Tile("VIX can reach", reach, "of its risk"),
        )
    )


def _position(anchor: str, part: LpPart) -> str:
    reading = part.reading
    pictures = (
        chart(
            f"{anchor}-density", density_figure(reading), "The strangle it is", _density_caption(reading),
            modelled=reading.modelled,
        ),
        chart(
            f"{anchor}-loss", loss_figure(reading), "Against holding", _loss_caption(reading), modelled=reading.modelled
        ),
    )  # fmt: skip
    columns = ("".join(_group(group) for group in groups(reading)[side::2]) for side in (0, 1))
    return section(
        anchor,
        reading.label,
        paragraph(verdict(reading), "lead"),
        _tiles(reading),
        f'<div class="pair">{"".join(pictures)}</div>',
        f'<div class="pair">{"".join(f"<div>{column}</div>" for column in columns)}</div>',
        *(optional_section(one) for one in part.sections),
    )


def _group(group: Group) -> str:
    heading = group.name[:1].upper() + group.name[1:]
    columns = [Column(heading, number=False), Column(""), Column("", number=False)]
    lines = [Line([fact.name, fact.value, typeset(fact.note)]) for fact in group.facts]
    return table(columns, lines, group.name)


def optional_section(given: LpSection | None) -> str:
    """A section whose input may be missing: results since entry, replayed swaps, a hedge. Nothing when it is."""
    if given is None:
        return ""
    return _group(given.group) + (paragraph(given.note, "note") if given.note else "")


def _density_caption(reading: LpReading) -> str:
    band = f"the grey band is one standard deviation over {HORIZON_DAYS:g} days"
    if reading.strangle is None:
        return f"Out of its range the position gives up no delta until the price comes back; {band}."
    near = "one standard deviation away where no end is near"
    strikes = "at the range ends" if all(reading.strangle.at_ends) else near
    return (
        "Delta handed over per 1 % of price: liquidity does it bit by bit over its range, the short strangle with the "
        f"same gamma now, struck {strikes}, in a bell around its strikes; {band}."
    )


def _loss_caption(reading: LpReading) -> str:
    fees = reading.horizon_fees_usd
    paid = (
        f"; where it stays above the dotted line {HORIZON_DAYS:g} days of fees pay for it, if it earns them throughout"
        if fees
        else ""
    )
    return f"The position never ends above its tokens held, wherever the price goes; the gap is the loss{paid}."
