"""Hedge: tickets and the book before and after them, recomputed while budgets and layers are moved."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from seawall.app.desk.pages import hedge_parts as parts
from seawall.app.desk.pages.hedge_effects import effect_rows, effects
from seawall.app.desk.parts import kit
from seawall.app.desk.parts.figures import chart, drawn
from seawall.app.desk.parts.pane import Pane, Tiles
from seawall.app.desk.parts.panel import panel
from seawall.app.desk.parts.states import age_badge, aside, fill
from seawall.app.desk.view import View
from seawall.app.service.desk import Viewed
from seawall.app.service.hedging import SEED
from seawall.app.service.policies import BudgetName, Named, PolicyAsked, plan_with, shipped
from seawall.core.errors import SeawallError
from seawall.report.format import percent

if TYPE_CHECKING:
    from seawall.hedge.plan import HedgePlan

BUDGETS: Final[tuple[tuple[BudgetName, str, float, float, float], ...]] = (
    ("carry", "carry, share of equity a year", 0.0, 0.10, 0.0025),
    ("income", "share of the book's own carry", 0.0, 1.0, 0.05),
    ("premium", "premium, share of equity", 0.0, 0.30, 0.01),
    ("vega", "vega, multiple of short vega", 0.0, 2.0, 0.05),
)


@dataclass(slots=True, eq=False)
class Held:
    """What the page shows; budgets and switches stand in its address."""

    view: View
    seen: Viewed
    asked: PolicyAsked
    plan: "HedgePlan"
    before: bool
    after: bool
    panes: dict[str, Pane]
    sliders: dict[str, kit.Slider]
    tiles: Tiles | None = None
    said: ui.label | None = None
    layers: ui.element | None = None
    plot: ui.plotly | None = None
    serial: int = 0
    picture: dict[str, Any] | None = None

    @property
    def named(self) -> Named:
        """The policy as it ships."""
        return shipped()[self.asked.policy]

    def budget(self, name: BudgetName) -> float:
        """A budget as it stands: the reader's, else the policy's own."""
        own = getattr(self.asked, name)
        return float(getattr(self.named, name) if own is None else own)

    def keep(self) -> None:
        """Write the choice into the address."""
        given = self.asked
        changed = {name: "" if (own := getattr(given, name)) is None else f"{own:g}" for name, *_ in BUDGETS}
        self.view.keep(
            **changed, policy="" if given.policy == SEED else given.policy,
            off=",".join(str(place) for place in sorted(given.off)),
            before="" if self.before else "0", after="" if self.after else "0",
        )  # fmt: skip


async def build(view: View) -> None:
    """Heading, controls, tickets, before and after."""
    with kit.page("Hedge", "Layered VIX calls sized by the tightest budget. Move a budget: tickets follow.") as head:
        body = ui.element("div").style("display:contents")
    found: list[Held] = []
    if await fill(
        body, lambda: first(view), found.append, "Valuing the book and quoting the layers", 300, ui.navigate.reload
    ):
        with head:
            age_badge(found[0].seen.state.now, view.desk.clock())
        with body:
            _layout(found[0])


def first(view: View) -> Held:
    """What the page shows first, with its pictures, made beside the event loop; raises a ``SeawallError``."""
    named = view.query.get("policy", SEED)
    policy = named if named in shipped() else SEED
    numbers = {
        name: view.number(name, 0.0, low, high) if view.query.get(name) else None for name, _, low, high, _ in BUDGETS
    }
    off = frozenset(int(one) for one in view.query.get("off", "").split(",") if one.isdecimal() and len(one) < 3)
    asked = PolicyAsked(policy, off=off, **numbers)
    seen = view.seen()
    plan = plan_with(view.desk, seen, asked)
    held = Held(view, seen, asked, plan, view.flag("before", True), view.flag("after", True), {}, {})
    held.picture = _picture(held)
    return held


def _layout(held: Held) -> None:
    with ui.element("section").classes("sw-panel").props('aria-label="before and after"'):
        held.tiles = Tiles(ui.element("div"))
        held.said = kit.note("").props('role="status" aria-live="polite"').style("margin-top:.6rem")
    with panel("Policy", "Budgets bind, layers share. Every number below follows at once."):
        _controls(held)
    held.panes["tickets"] = Pane(
        panel(
            "Tickets",
            "What to trade, at most at the limit; * closes what the book holds.",
            lambda: parts.ticket_rows(held.plan),
        )
    )
    about = "Each by itself, beside the book: a ticket that loses with the book's tail says so."
    held.panes["effects"] = Pane(panel("What each ticket does", about, lambda: effect_rows(held.plan)))
    with kit.half():
        held.panes["budgets"] = Pane(
            panel("Budgets", "The smallest number of units binds.", lambda: parts.budget_rows(held.plan))
        )
        held.panes["sides"] = Pane(panel("Before and after", "The whole book.", lambda: parts.side_rows(held.plan)))
    place = panel(
        "In each named shock",
        "Full revaluation; the change stands beside the bars.",
        lambda: parts.shock_rows(held.plan),
    )
    with kit.half():
        shares = "Shares of the loss over the scenario set, with 90 % intervals."
        held.panes["shares"] = Pane(panel("What VIX can reach", shares, lambda: parts.share_rows(held.plan)))
        held.panes["advice"] = Pane(panel("Advice and state", "", lambda: parts.advice_rows(held.plan)))
    with place:
        _switches(held)
        held.plot = chart(
            held.picture, held.view.dark, "P&L of the book in each named shock, before and after the tickets."
        )
    _show(held)


def _picture(held: Held) -> dict[str, Any]:
    """The bars, drawn once for every reader of the same tickets' book; nobody may change them."""
    from seawall.app.service.hedging import around_of
    from seawall.report.hedge_figures import overlay_figure

    plan, before, after, dark = held.plan, held.before, held.after, held.view.dark
    known = around_of(held.view.desk, held.seen).known
    shown = ("bars", before, after, bool(plan.tickets), dark)
    return known.get(plan.after, shown, lambda: drawn(overlay_figure(plan, before, after), dark))


def _controls(held: Held) -> None:
    with ui.element("div").classes("sw-controls"):
        for name, words, low, high, step in BUDGETS:

            async def moved(value: float, name: BudgetName = name) -> None:
                held.asked = held.asked.with_budget(name, value)
                await _again(held)

            held.sliders[name] = kit.Slider(
                name, (low, high, step), min(held.budget(name), high),
                lambda v, words=words, name=name: f"{words}: {f'{v:.2f} x' if name == 'vega' else percent(v, 2)}",  # type: ignore[misc]
                moved,
            )  # fmt: skip
    with ui.element("div").classes("sw-controls"):

        async def chosen(value: str) -> None:
            held.asked = PolicyAsked(value)
            for name, _, _, high, _ in BUDGETS:
                held.sliders[name].put(min(held.budget(name), high))
            _layers(held)
            await _again(held)

        pick = ui.select(list(shipped()), value=held.asked.policy, label="Policy").props("dense outlined options-dense")
        pick.on_value_change(lambda event: chosen(str(event.value)))
        held.layers = ui.element("div").classes("sw-controls")
        _layers(held)


def _layers(held: Held) -> None:
    """A switch for every layer of the policy."""
    if held.layers is None:
        return
    held.layers.clear()
    with held.layers:
        for place, words in enumerate(held.named.layers):

            async def switched(value: bool, place: int = place) -> None:
                off = held.asked.off - {place} if value else held.asked.off | {place}
                held.asked = replace(held.asked, off=off)
                await _again(held)

            ui.checkbox(words, value=place not in held.asked.off).on_value_change(
                lambda event, f=switched: f(bool(event.value))
            )


def _switches(held: Held) -> None:
    async def shown(name: str, value: bool) -> None:
        setattr(held, name, value)
        held.keep()
        await _redraw(held)

    with ui.element("div").classes("sw-controls"):
        for name, words in (("before", "before"), ("after", "after the tickets")):
            box = ui.checkbox(words, value=getattr(held, name))
            box.on_value_change(lambda event, name=name: shown(name, bool(event.value)))


async def _again(held: Held) -> None:
    held.serial += 1
    mine, asked = held.serial, held.asked
    try:
        plan = await aside(lambda: plan_with(held.view.desk, held.seen, asked))
    except SeawallError as fault:
        _say(held, str(fault))
        return
    if mine != held.serial or held.said is None or held.said.is_deleted:
        return
    held.plan = plan
    _show(held)
    held.keep()
    await _redraw(held)


async def _redraw(held: Held) -> None:
    mine = held.serial
    made = await aside(lambda: _picture(held))
    if held.plot is None or mine != held.serial or held.plot.is_deleted or made == held.picture:
        return
    held.picture = made
    held.plot.update_figure(made)


def _say(held: Held, text: str) -> None:
    if held.said is not None:
        held.said.set_text(text)


def _show(held: Held) -> None:
    makers = {
        "tickets": parts.tickets,
        "effects": effects,
        "budgets": parts.budgets,
        "sides": parts.sides,
        "shares": parts.shares,
        "advice": parts.advice,
    }
    if held.tiles is not None:
        held.tiles.put(parts.tiles(held))
    for name, content in makers.items():
        held.panes[name].put(content(held))
    policy = held.plan.policy
    unverified = ", unverified numbers of public pages" if policy.unverified else ""
    tickets = len(held.plan.tickets)
    _say(
        held,
        f"{tickets} {'ticket' if tickets == 1 else 'tickets'} by policy {policy.name} {policy.digest}{unverified}; "
        "nothing is sent",
    )
