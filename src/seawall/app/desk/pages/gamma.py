"""Dealer gamma: profile, flip, strikes and expiries of a stored chain or of one that is sent."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from nicegui import events, ui

from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.panel import noted, panel
from seawall.app.desk.parts.states import age_badge, empty, failed, fill
from seawall.app.desk.parts.timed import marked, span, time_chart
from seawall.app.desk.parts.traced import Trace, tile
from seawall.app.desk.view import View, go
from seawall.app.service.answers import Record
from seawall.app.service.calendar import marked_days
from seawall.app.service.chains import MAX_CHAIN
from seawall.app.service.dealers import UNDERLYINGS, dealers, keep_sent, sessions
from seawall.app.service.refusal import NOT_FOUND, status_of
from seawall.core.errors import SeawallError
from seawall.report.format import fixed, usd

if TYPE_CHECKING:
    from seawall.app.dealers import Dealers
    from seawall.instruments.dealer_gamma import DealerView
    from seawall.market.history import Series

CONVENTIONS: Final = {
    "naive": "naive: dealers long calls, short puts",
    "all_short": "all short: dealers sold everything",
}
CLOSES: Final = 250


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What the page shows. ``levels``: name and price; ``far``: no closes reach the chain's day."""

    dealers: "Dealers"
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)
    levels: tuple[Record, ...] = ()
    far: bool = False


async def build(view: View) -> None:
    """Heading, choices, panels; a designed page where there is no chain."""
    about = "Which side dealers are on is assumed, never observed: change the convention and see the flip move."
    with kit.page("Dealer gamma", about) as head:
        with ui.element("section").classes("sw-panel").props('aria-label="choices"'):
            choices = _choices(view)
        body = ui.element("div").style("display:contents")
    found: list[Held | str] = []
    days: list[dt.date] = []

    def compute() -> Held | str:
        underlying, sent = _underlying(view), view.query.get("chain", "")
        try:
            days.extend(sessions(view.desk, underlying, sent))
            return _held(
                view, dealers(view.desk, underlying, view.date("session") or view.asof, _convention(view), sent)
            )
        except SeawallError as fault:
            if status_of(fault) == NOT_FOUND:
                return str(fault)
            raise

    if not await fill(body, compute, found.append, "Valuing every open contract", 300, ui.navigate.reload):
        return
    if days:
        with choices:
            _pick_session(view, days, None if isinstance(found[0], str) else found[0].dealers.session)
    with body:
        if isinstance(found[0], str):
            fact, _, remedy = found[0].partition(": ")
            with ui.element("section").classes("sw-panel"):
                words = f"{remedy[:1].upper()}{remedy[1:]}. Or send a chain file above."
                empty(f"{fact[:1].upper()}{fact[1:]}.", words, [("What the store holds", view.href("/data"))])
            return
        _layout(view, head, found[0])


def _underlying(view: View) -> str:
    asked = view.query.get("underlying", "SPX").upper()
    return asked if asked in UNDERLYINGS else "SPX"


def _convention(view: View) -> str:
    asked = view.query.get("convention", "naive")
    return asked if asked in CONVENTIONS else "naive"


def _href(view: View, **changes: str) -> str:
    kept = {key: view.query.get(key, "") for key in ("underlying", "convention", "session", "chain")} | changes
    return view.href("/gamma", **kept)


def _choices(view: View) -> ui.element:
    with ui.element("div").classes("sw-controls") as row:
        under = ui.select(list(UNDERLYINGS), value=_underlying(view), label="Underlying").props(
            "dense outlined options-dense"
        )
        under.on_value_change(lambda event: go(_href(view, underlying=str(event.value), chain="", session="")))
        side = ui.select(CONVENTIONS, value=_convention(view), label="Dealers' side").props(
            "dense outlined options-dense"
        )
        side.on_value_change(lambda event: go(_href(view, convention=str(event.value))))

        async def take(event: events.UploadEventArguments) -> None:
            content = await event.file.read()
            try:
                word = keep_sent(view.desk, content, event.file.name)
            except SeawallError as fault:
                ui.notify(str(fault), type="warning")
                return
            go(_href(view, chain=word, session=""))

        ui.upload(
            label="Send a chain (CSV or Parquet)", on_upload=take, auto_upload=True, max_file_size=MAX_CHAIN,
            on_rejected=lambda: ui.notify(f"larger than {MAX_CHAIN:,} bytes: import it", type="warning"),
        ).props('accept=".csv,.parquet" flat bordered')  # fmt: skip
    return row


def _pick_session(view: View, days: list[dt.date], shown: dt.date | None) -> None:
    """Sessions of the store or of the file, newest first."""
    pick = ui.select([str(day) for day in days], value=None if shown is None else str(shown), label="Session")
    pick.props("dense outlined options-dense").style("min-width:9rem")
    pick.on_value_change(lambda event: go(_href(view, session=str(event.value))))
    pick.move(target_index=1)


def _held(view: View, of: "Dealers") -> Held:
    """Pictures and levels, made beside the event loop."""
    from seawall.report.dealer_levels import level_figure, levels
    from seawall.report.dealer_page import expiry_chart, profile_chart, strike_chart

    book, one = of.found.book, of.found.view
    if one is None:
        return Held(of)
    found = levels(one, book.spot)
    inside = _closes(of)
    if inside is None:
        dates = [str(book.as_of.date() - dt.timedelta(days=1)), str(book.as_of.date())]
        price = [book.spot, book.spot]
    else:
        dates, price = [str(day) for day in inside.dates[-CLOSES:]], inside.values[-CLOSES:].tolist()
    figures = {
        "profile": profile_chart(of.found), "strike": strike_chart(one, book.spot), "expiry": expiry_chart(one),
        "levels": marked(level_figure(dates, price, found, book.underlying), marked_days(view.desk), *span(dates)),
    }  # fmt: skip
    if inside is None:
        figures["levels"].update_xaxes(tickvals=dates)
    rows: list[Record] = [{"level": level.name, "price": level.price} for level in found]
    pictures = {name: drawn(figure, view.dark) for name, figure in figures.items()}
    return Held(of, pictures, tuple(rows), inside is None)


def _closes(of: "Dealers") -> "Series | None":
    """Closes of the underlying up to the chain; None where they end a month before it, or there are none."""
    from seawall.data.days import known_history

    book, history = of.found.book, known_history()
    if not history.has(book.underlying):
        return None
    inside = history.get(book.underlying).upto(book.as_of)
    near = len(inside) and (book.as_of.date() - inside.dates[-1].item()).days < 30
    return inside if near else None


def _layout(view: View, head: ui.element, held: Held) -> None:
    from seawall.report.dealer_tables import notes_of

    found = held.dealers.found
    book, one = found.book, found.view
    if one is None:
        failed("the chosen convention cannot be computed: choose the other")
        return
    with head:
        age_badge(book.as_of, view.desk.clock(), "chain")
        kit.badge(f"{book.underlying}, {book.size:,} rows")
    with ui.element("section").classes("sw-panel").props('aria-label="levels"'):
        _tiles(held.dealers, one)
        if held.dealers.repeat:
            kit.note(f"Not its own day: {held.dealers.repeat}")
    with panel("Over the spot", "Every option repriced at each spot; dots: the flips.", lambda: _profile_rows(one)):
        chart(held.pictures["profile"], view.dark, f"Dealers' gamma over the spot of {book.underlying} by convention.")
    with kit.half():
        with panel("By strike", "Within 15 % of spot.", lambda: _strike_rows(one)):
            chart(held.pictures["strike"], view.dark, "Dealers' gamma today by strike.")
        with panel("By expiry", "", lambda: _expiry_rows(one)):
            chart(held.pictures["expiry"], view.dark, "Dealers' gamma today by expiry.")
    _levels(view, held)
    noted("What is assumed", notes_of(found, held.dealers.notes), "nothing")


def _tiles(held: "Dealers", one: "DealerView") -> None:
    from seawall.report.dealer_tables import zero_words

    book = held.found.book

    def trace(name: str, plain: str, unit: str) -> Trace:
        when = f"{book.as_of:%Y-%m-%d %H:%M} UTC"
        return Trace(
            name, plain, unit, "sum OI x side x gamma x S^2 x 1 %", "docs/gex.md", when, "modelled: side assumed"
        )

    with ui.element("div").classes("sw-tiles"):
        tile(
            "gamma",
            usd(one.usd_per_pct / 1e6, 1),
            trace("gamma", "Delta dealers gain per 1 %.", "million USD"),
            "million USD per 1 %",
        )
        tile(
            "flip",
            zero_words(one),
            trace("flip", "Spot at which gamma changes sign.", "price"),
            f"spot {fixed(book.spot)}",
        )
        tile(
            "vanna",
            usd(one.vanna_usd_per_point / 1e6, 1),
            trace("vanna", "Per point of volatility.", "million USD"),
            "million USD per point",
        )
        tile(
            "charm",
            usd(one.charm_usd_per_day / 1e6, 1),
            trace("charm", "Per day.", "million USD"),
            "million USD per day",
        )


def _levels(view: View, held: Held) -> None:
    book = held.dealers.found.book
    with panel("Levels on the price", "Flip, and the strikes that hold most gamma.", lambda: held.levels):
        if held.far:
            kit.note(
                f"No closes of {book.underlying} reach {book.as_of.date()}: the levels stand against its spot alone."
            )
        time_chart(held.pictures["levels"], view.dark, f"Closes of {book.underlying} with dealers' levels.")


def _profile_rows(one: "DealerView") -> list[Record]:
    return [{"spot": float(x), "usd_per_pct": float(y)} for x, y in zip(one.spots, one.profile, strict=True)]


def _strike_rows(one: "DealerView") -> list[Record]:
    return [{"strike": float(x), "usd_per_pct": float(y)} for x, y in zip(one.strikes, one.by_strike, strict=True)]


def _expiry_rows(one: "DealerView") -> list[Record]:
    return [{"expiry": str(e.expiry), "root": e.root, "usd_per_pct": e.usd_per_pct} for e in one.by_expiry]
