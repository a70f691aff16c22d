"""LP: the range of a position, rent against fees, and its three results against both baselines."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import noted, panel
from seawall.app.desk.parts.states import age_badge, empty, fill
from seawall.app.desk.parts.traced import Trace, of_term, tile
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.app.service.liquidity import Pool, pools
from seawall.report.format import NOT_DEFINED, UNKNOWN, percent, points, usd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seawall.report.lp_parts import Group

RESULTS: Final = (
    ("cash", "against cash", "V - V0: the dollars put in"),
    ("hold", "against holding (IL)", "V - (x0 P + y0): the tokens put in"),
    ("rebalancing", "against rebalancing (LVR)", "minus loss-versus-rebalancing"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What is said about a position."""

    verdict: str = ""
    groups: "tuple[Group, ...]" = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What the page shows; ``chosen`` is None where the book holds no position."""

    seen: Viewed
    pools: tuple[Pool, ...]
    chosen: Pool | None = None
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: Words = Words()


async def build(view: View) -> None:
    """Heading, picker, panels of the chosen position."""
    with kit.page("LP", "A liquidity position is a short strangle that is paid in fees.") as head:
        body = ui.element("div").style("display:contents")
    found: list[Held] = []
    if not await fill(body, lambda: first(view), found.append, "Reading the positions", 300, ui.navigate.reload):
        return
    held = found[0]
    with head:
        age_badge(held.seen.state.now, view.desk.clock())
    with body:
        if held.chosen is None:
            remedy = "Add a v2_pool, v3_pool or another pool to the book: docs/books.md lists their fields."
            empty("This book holds no liquidity position.", remedy, [("Back to the desk", view.href("/"))])
            return
        _layout(view, held, held.chosen)


def first(view: View) -> Held:
    """Positions and the pictures of the chosen one, drawn beside the event loop."""
    from seawall.report.lp_baselines import baselines_figure
    from seawall.report.lp_charts import density_figure
    from seawall.report.lp_facts import groups, remarks, verdict

    seen = view.seen()
    held = pools(view.desk, seen)
    if not held:
        return Held(seen, ())
    chosen = next((one for one in held if one.reading.label == view.query.get("position")), held[0])
    of = chosen.reading
    pictures = {"shape": drawn(density_figure(of), view.dark), "value": drawn(baselines_figure(of), view.dark)}
    words = Words(verdict(of), tuple(groups(of)), tuple(remarks(of)))
    return Held(seen, held, chosen, pictures, words)


def _layout(view: View, held: Held, chosen: Pool) -> None:
    seen, reading, words = held.seen, chosen.reading, held.words
    with ui.element("section").classes("sw-panel").props('aria-label="the position"'):
        with ui.element("div").classes("sw-controls"):
            pick = ui.select([one.reading.label for one in held.pools], value=reading.label, label="Position")
            pick.props("dense outlined options-dense")
            pick.on_value_change(lambda event: go(view.href("/lp", position=str(event.value))))
        _tiles(seen, chosen)
        ui.label(words.verdict).classes("sw-fact").props('role="status"').style("margin-top:.6rem")
        with ui.element("div").classes("sw-controls"):
            ui.link("Hedge this book", view.href("/hedge"))
            ui.link("Its price and volatility", view.href("/scenarios", factor=chosen.reading.factor))
    with kit.half():
        with panel(
            "Its range", "Delta handed over per 1 % of price, beside the strangle it is.", lambda: _shape_rows(chosen)
        ):
            chart(
                held.pictures["shape"],
                view.dark,
                f"Delta that {reading.label} gives up per 1 % of price, with its range.",
            )
        with panel(
            "Against both baselines", "Holding the tokens of the entry, and of now.", lambda: _value_rows(chosen)
        ):
            said = "Value of the position over price, with the tokens held at entry and now."
            chart(held.pictures["value"], view.dark, said)
    with kit.half():
        with panel("Three results since entry", "Never added together.", lambda: _result_rows(chosen)):
            _results(seen, chosen)
        with panel(
            "Rent against fees",
            "Dollars a day: what the convexity costs, and what it earns.",
            lambda: _rent_rows(chosen),
        ):
            _rent(seen, chosen)
    with kit.half():
        for group in words.groups:
            _group(group)
    noted("Not observed", words.remarks, "nothing: every input is observed")


def _trace(
    seen: Viewed, name: str, plain: str, unit: str = "USD", formula: str = "", origin: str = "modelled"
) -> Trace:
    return Trace(name, plain, unit, formula, "docs/lp.md", f"{seen.state.now:%Y-%m-%d %H:%M} UTC", origin)


def _tiles(seen: Viewed, chosen: Pool) -> None:
    from seawall.report.lp_facts import where

    reading, when = chosen.reading, f"{seen.state.now:%Y-%m-%d %H:%M} UTC"
    even = UNKNOWN if reading.break_even is None else points(100.0 * reading.break_even)
    with ui.element("div").classes("sw-tiles"):
        tile("value", usd(reading.exposure.value_usd), of_term("value", as_of=when), where(reading.exits))
        tile(
            "fees", usd(reading.fee_usd_per_day, 2), _trace(seen, "fees", "At today's rate.", "USD a day"), "USD a day"
        )
        rent = _trace(seen, "rent", "What arbitrage takes at realised volatility.", "USD a day", "1/2 sigma^2 |Gamma$|")
        tile("rent", usd(reading.at_realised.usd_per_day, 2), rent, "USD a day, realised")
        tile("BE vol", even, of_term("BE vol", as_of=when), f"implied {points(100.0 * reading.implied_vol)}")
        share = reading.share
        reach = NOT_DEFINED if share is None else percent(share.product, 0)
        if share is not None and share.product is None:
            reach = f"0 % to {percent(share.at_most, 0)}"
        tile("VIX can reach", reach, of_term("VIX share", as_of=when), "of its risk")


def _result_rows(chosen: Pool) -> list[Record]:
    held = chosen.results
    if held is None:
        return []
    rows: list[Record] = [
        {
            "result": words,
            "without_fees": getattr(held, key),
            "with_fees": getattr(held, f"{key}_with_fees"),
            "formula": formula,
        }
        for key, words, formula in RESULTS
    ]
    now = chosen.reading.value(_spot(chosen))[0] - chosen.reading.held(_spot(chosen))[0]
    fees = held.fees
    rows.append({"result": "against holding now", "without_fees": float(now),
                 "with_fees": None if fees is None else float(now) + fees,
                 "formula": "V - (x P + y) of today's tokens"})  # fmt: skip
    return rows


def _spot(chosen: Pool) -> "NDArray[np.float64]":
    import numpy as np

    return np.array([chosen.reading.spot])


def _results(seen: Viewed, chosen: Pool) -> None:
    rows = _result_rows(chosen)
    if chosen.results is None or not rows:
        empty("The book states no entry price.", "Add `entry_price` (and `opened`) to the position: results need them.")
        return
    columns = [kit.words("result", "result")]
    columns += [
        kit.number("without_fees", "without fees", _trace(seen, "result", "Since entry.", "USD")),
        kit.number("with_fees", "with fees", _trace(seen, "result with fees", "Fees of the record added.", "USD")),
    ]
    import json

    shown = [
        kit.record(str(one["result"]), {"result": one["result"]},
                   {key: (one[key], usd(one[key])) for key in ("without_fees", "with_fees")},
                   more=json.dumps({"row": one["result"], "formula": one["formula"]}))
        for one in rows
    ]  # fmt: skip
    kit.table(columns, shown, "results since entry", "none")
    held = chosen.results
    kit.note(f"LVR {held.rebalancing_origin}: {held.rebalancing_source}. Fee model: {held.fee_model}.")
    kit.note(
        "Holding now starts from today's tokens: it is zero at today's price, and the two baselines part afterwards."
    )


def _rent_rows(chosen: Pool) -> list[Record]:
    reading = chosen.reading
    fee = reading.fee_usd_per_day
    return [
        {"at": name, "vol_points": None if rent.vol is None else 100.0 * rent.vol, "rent_usd_per_day": rent.usd_per_day,
         "fees_usd_per_day": fee,
         "kept_usd_per_day": None if fee is None or rent.usd_per_day is None else fee - rent.usd_per_day}
        for name, rent in (("realised", reading.at_realised), ("implied", reading.at_implied))
    ]  # fmt: skip


def _rent(seen: Viewed, chosen: Pool) -> None:
    names = {"vol_points": "vol", "rent_usd_per_day": "rent", "fees_usd_per_day": "fees", "kept_usd_per_day": "kept"}
    columns = [kit.words("at", "at volatility")]
    columns += [
        kit.number(key, name, _trace(seen, name, "Per day.", "points" if name == "vol" else "USD a day"))
        for key, name in names.items()
    ]
    shown = [
        kit.record(one["at"], {"at": one["at"]},
                   {key: (one[key], points(one[key]) if key == "vol_points" else usd(one[key], 2)) for key in names})
        for one in _rent_rows(chosen)
    ]  # fmt: skip
    kit.table(columns, shown, "rent against fees", "none")


def _group(group: "Group") -> None:
    rows: list[Record] = [{"fact": one.name.strip(), "value": one.value, "note": one.note} for one in group.facts]
    with panel(group.name[:1].upper() + group.name[1:], "", lambda: rows):
        columns = [kit.words("fact", "fact"), kit.words("value", "value"), kit.words("note", "note")]
        kit.table(columns, [{"id": str(i), "rank": 0, **one} for i, one in enumerate(rows)], group.name, "none")


def _shape_rows(chosen: Pool) -> list[Record]:
    from seawall.report.lp_charts import prices

    x = prices(chosen.reading)
    return [{"price": float(a), "usd_per_pct": float(b)} for a, b in zip(x, chosen.reading.gamma_bar(x), strict=True)]


def _value_rows(chosen: Pool) -> list[Record]:
    from seawall.report.lp_baselines import held_at_entry
    from seawall.report.lp_charts import prices

    reading = chosen.reading
    x = prices(reading)
    entry = held_at_entry(reading, x)
    return [
        {"price": float(a), "position_usd": float(b), "hold_now_usd": float(c),
         "hold_at_entry_usd": None if entry is None else float(entry[i])}
        for i, (a, b, c) in enumerate(zip(x, reading.value(x), reading.held(x), strict=True))
    ]  # fmt: skip
