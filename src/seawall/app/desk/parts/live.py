"""The live part of the Desk page: state and age of the sources, the book's figures, and alerts with their buttons."""

import asyncio
import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from nicegui import ui

from seawall.app.desk.parts.panel import panel
from seawall.app.desk.view import View
from seawall.app.service.answers import Record
from seawall.app.service.desk import Viewed
from seawall.app.service.refusal import RefusedError
from seawall.report.format import UNKNOWN, percent, usd
from seawall.report.format import points as in_points

if TYPE_CHECKING:
    from seawall.app.monitor.engine import Monitor

PACE_S: Final = 1.0
"""Between two looks at the newest state: what a tab is too slow for is never sent to it."""
PRICES: Final = ("market", "venue")
"""Sources of the prices a book is shown in; the regime and the syncs have their own badges."""
FIGURES: Final = (
    ("value_usd", "value"), ("delta_usd", "delta"), ("gamma_usd_per_pct", "gamma/1%"),
    ("vega_usd_per_point", "vega/pt"), ("time_buffer_days", "time buffer"),
    ("liquidation", "liquidation"), ("hedge_drift", "hedge drift"),
)  # fmt: skip


def age_text(seconds: float | None) -> str:
    """An age in the largest unit that says it."""
    if seconds is None:
        return "no data"
    for unit, length in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2.0 * length:
            return f"{seconds / length:,.0f} {unit} old"
    return f"{seconds:,.0f} s old"


def figure_text(book: Record, key: str) -> str:
    """One figure of a book as it is shown."""
    if key == "liquidation":
        worst = max((one["share"] for one in book["liquidation"].values()), default=None)
        return "no perp" if worst is None else percent(worst, 1)
    value = book[key]
    if value is None:
        return UNKNOWN
    if key == "time_buffer_days":
        return f"{value:,.1f} days"
    return percent(value, 0) if key == "hedge_drift" else usd(value)


def volatility_text(book: Record) -> str:
    """Break-even and realised volatility of each factor, in points."""
    held = {name: one for name, one in book["break_evens"].items() if one["level"] is not None}
    pairs = [f"{name} {_points(one['level'])} against {_points(one['realised'])}" for name, one in held.items()]
    return f"break-even against realised volatility, points: {', '.join(pairs)}" if pairs else ""


def _points(vol: float | None) -> str:
    return UNKNOWN if vol is None else in_points(100.0 * vol)


def live_rows(state: Record) -> list[Record]:
    """One row a watched book, for export; null where unknown."""
    return [
        {"at": state["at"], "status": state["status"], "book": one["book"]}
        | {key: one[key] for key, _ in FIGURES if key != "liquidation"}
        | {f"liquidation {name}": found["share"] for name, found in one["liquidation"].items()}
        | {f"break-even {name}": found["level"] for name, found in one["break_evens"].items()}
        for one in state.get("books", [])
    ]


class Badge:
    """State and age of what a watched book is shown in, beside its name."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._seen: Viewed | None = None
        self._label = ui.label("").classes("sw-badge").props('data-live="badge"')

    def put(self, seen: Viewed) -> None:
        """Another state of the book."""
        self._seen = seen
        self.look()

    def look(self) -> None:
        """Tell the state and the age as they are now."""
        from seawall.app.monitor.records import DOWN, LIVE, STALE, status_of

        monitor, seen = self._view.desk.monitor, self._seen
        if monitor is None or seen is None:
            return
        state = monitor.bus.last
        told_by = [one for one in state.get("sources", []) if one["source"] in PRICES]
        word = status_of(told_by, monitor.ready)
        own = {f"value of {seen.key.book}", f"book {seen.key.book}"}
        if word == LIVE and any(one["what"] in own for one in state.get("troubles", [])):
            word = STALE
        age = (self._view.desk.clock() - seen.state.now).total_seconds()
        self._label.set_text(f"{word}, {age_text(age)}")
        tone = {LIVE: "sw-good", DOWN: "sw-bad"}.get(word, "sw-stale")
        self._label.classes(replace=f"sw-badge {tone}")
        told = f"market of {seen.state.now:%Y-%m-%d %H:%M:%S} UTC"
        if self._label._props.get("title") != told:
            self._label._props["title"] = told


class _Alert:
    """One alert of the monitor with its button, shown anew in place."""

    def __init__(self, acknowledge: Callable[[str], None]) -> None:
        self._id = ""
        with ui.element("li"):
            self._level = ui.label("")
            with ui.element("div"):
                self._fact = ui.label("")
                self._remedy = ui.html("", tag="small", sanitize=False)
                self._button = ui.button("Acknowledge", on_click=lambda: acknowledge(self._id))
                self._button.props("flat dense no-caps size=sm")
                self._seen = ui.label("acknowledged").classes("sw-foot")

    def put(self, one: Record) -> None:
        """Say how it stands."""
        self._id = one["id"]
        self._level.set_text(one["level"])
        self._level.classes(replace=f"sw-level sw-level-{one['level']}")
        self._fact.set_text(one["fact"])
        self._remedy.set_content(html.escape(f"{one['remedy']} (since {one['since'][:16].replace('T', ' ')} UTC)"))
        self._button.set_visibility(one["acknowledged"] is None)
        self._seen.set_visibility(one["acknowledged"] is not None)


class Live:
    """What a tab shows of the monitor, updated in place: only what changed is sent to it."""

    def __init__(self, view: View, monitor: "Monitor") -> None:
        self._view, self._monitor = view, monitor
        self._figures: dict[str, ui.label] = {}
        self._lines: dict[str, _Alert] = {}
        about = "The newest good state, whatever the sources do; alerts stay until they are over."
        with panel("Live", about, lambda: live_rows(monitor.bus.last)):
            with ui.element("div").classes("sw-tiles sw-tiles-wide"):
                self._badges = ui.element("div").style("display:flex;flex-wrap:wrap;gap:.4rem;margin-bottom:.5rem")
            with ui.element("div").classes("sw-tiles"):
                for key, name in FIGURES:
                    with ui.element("div").classes("sw-tile"):
                        ui.label(name).classes("sw-tile-name")
                        self._figures[key] = ui.label(UNKNOWN).classes("sw-tile-value").props(f'data-live="{key}"')
            self._vols = ui.label("").classes("sw-foot")
            self._alerts = ui.element("ul").classes("sw-alerts").props('aria-live="polite" aria-label="alerts"')
            self._alerts.style("margin:.8rem 0")
            with ui.element("div"):
                button = ui.button("Send a test", icon="send", on_click=self._test).props("flat dense no-caps")
                button.props('aria-label="send a test through every channel"')
            self._note = ui.label("").classes("sw-foot")
        self.show()
        ui.timer(PACE_S, self.show)

    def show(self) -> None:
        """Bring the panel to the newest state."""
        state = self._monitor.bus.last
        if not state or "sources" not in state:
            return
        self._show_badges(state)
        book = next((one for one in state["books"] if one["book"] == self._view.book), None)
        for key, label in self._figures.items():
            label.set_text(UNKNOWN if book is None else figure_text(book, key))
        self._vols.set_text("" if book is None else volatility_text(book))
        troubles = [f"{one['what']}: {one['reason']}" for one in state.get("troubles", [])]
        if book is None:
            troubles.append("this book is not watched: name it in the monitor's file")
        self._note.set_text("; ".join(troubles))
        self._show_alerts(state.get("alerts", []))

    def _show_badges(self, state: Record) -> None:
        said = [
            (
                str(state["status"]),
                state["status"] != "live",
                f"state of the monitor at {state['at'][:19].replace('T', ' ')} UTC",
            )
        ]
        for one in state["sources"]:
            words = f"{one['source']}: {one['state']}, {age_text(one['age_s'])}"
            said.append((words, one["state"] != "live", one["why"] or words))
        known = list(self._badges.default_slot.children)
        if len(known) != len(said):
            self._badges.clear()
            with self._badges:
                known = [ui.label("").classes("sw-badge") for _ in said]
        for label, (words, bad, why) in zip(known, said, strict=True):
            assert isinstance(label, ui.label)  # noqa: S101  (made above)
            label.set_text(words)
            if label._props.get("title") != why:
                label._props["title"] = why
            label.classes(replace="sw-badge sw-stale" if bad else "sw-badge")

    def _show_alerts(self, alerts: list[Record]) -> None:
        if [one["id"] for one in alerts] != list(self._lines):
            self._alerts.clear()
            with self._alerts:
                self._lines = {one["id"]: _Alert(self._acknowledge) for one in alerts}
        for one in alerts:
            self._lines[one["id"]].put(one)

    def _acknowledge(self, identity: str) -> None:
        try:
            self._monitor.acknowledge(identity)
        except RefusedError as fault:
            ui.notify(str(fault), type="warning")
            return
        ui.notify("acknowledged", type="positive")

    async def _test(self) -> None:
        try:
            found = await asyncio.to_thread(self._monitor.test)
        except RefusedError as fault:
            ui.notify(str(fault), type="warning")
            return
        for one in found:
            told = f"{one['channel']}: " + ("arrived" if one["arrived"] else one["error"])
            ui.notify(told, type="positive" if one["arrived"] else "warning")


def live(view: View) -> None:
    """The live panel, where the desk has a monitor."""
    if view.desk.monitor is not None:
        Live(view, view.desk.monitor)
