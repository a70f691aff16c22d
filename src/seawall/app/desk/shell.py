"""The frame of every page: header with the book picker, navigation, theme; and how the dashboard joins the server."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from nicegui import PageArguments, ui
from starlette.staticfiles import StaticFiles

from seawall.app.desk.editor import editor
from seawall.app.desk.pages import PAGES, unknown
from seawall.app.desk.parts.live import PACE_S
from seawall.app.desk.view import View, go
from seawall.app.service.desk import Desk
from seawall.report.palette import ACCENT, DARK

ASSETS: Final = Path(str(files("seawall.app.desk"))) / "assets"
THEME: Final = "seawall_theme"
ASK_THEME: Final = """<script>if (!document.cookie.includes("seawall_theme=")) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.cookie = `seawall_theme=${dark ? "dark" : "light"}; path=/; max-age=31536000; samesite=strict`;
  if (dark) location.reload();
}</script>"""
WIDE: Final = 1000
"""Pixels from which the navigation stays open."""


def mount(app: FastAPI) -> None:
    """Serve the dashboard on every path that the API does not serve."""
    desk: Desk = app.state.desk
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")

    async def frame(request: Request) -> None:
        _frame(desk, request)

    for path in ("/", "/{page}"):
        ui.page(path, language="en-US", response_timeout=30.0)(frame)
    ui.run_with(app, title="seawall", tailwind=False, show_welcome_message=False, reconnect_timeout=30.0)


def _frame(desk: Desk, request: Request) -> None:
    view = View(desk, request.cookies.get(THEME) == "dark")
    view.moved(request.url.path, dict(request.query_params))
    ui.dark_mode(view.dark)
    ui.colors(primary=DARK[ACCENT] if view.dark else ACCENT)
    ui.add_head_html(
        f'{ASK_THEME}<link rel="stylesheet" href="/assets/desk.css"><script src="/assets/desk.js" defer></script>'
    )
    # Not value=None: that asks the browser whether it is open, and a slow one fails to answer in time.
    drawer = ui.left_drawer(value=False, fixed=True).classes("sw-drawer")
    drawer.props(f"show-if-above width=210 breakpoint={WIDE} bordered=false")
    _header(view, drawer)
    with drawer:
        nav = ui.element("nav").classes("sw-nav").props('aria-label="pages"')
    _links(nav, view)
    ui.context.client.sub_pages_router.on_path_changed(lambda path: _moved(nav, view, path))
    _newer(view)
    with ui.element("main").props('id="sw-main" tabindex="-1"').style("width:100%"):
        routes = {page.path: _route(page.path, view) for page in PAGES}
        if view.path in routes:
            ui.sub_pages(routes, show_404=False)
        else:
            unknown.build(view, view.path)


def _route(path: str, view: View) -> Callable[..., Awaitable[None]]:
    page = next(one for one in PAGES if one.path == path)

    async def build(args: PageArguments) -> None:
        view.moved(path, dict(args.query_parameters))
        ui.page_title(f"{page.name} · seawall")
        await page.build(view)

    return build


def _moved(nav: ui.element, view: View, address: str) -> None:
    parts = urlsplit(address)
    view.moved(parts.path or "/", dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair))
    _links(nav, view)
    ui.run_javascript("document.getElementById('sw-main')?.focus({preventScroll: true})")


def _newer(view: View) -> None:
    """A button that brings the page to what a monitor has seen since; the Desk follows by itself."""

    async def take() -> None:
        router = ui.context.client.sub_pages_router
        router.current_path = view.address
        await router.refresh()

    badge = (
        ui.button("newer data", icon="update", on_click=take).classes("sw-newer").props("unelevated rounded no-caps")
    )
    badge.props('aria-label="newer data: show it"')

    def look() -> None:
        badge.set_visibility(view.path != "/" and view.newer)

    if view.desk.monitor is not None:
        ui.timer(PACE_S, look)
    badge.set_visibility(False)


def _links(nav: ui.element, view: View) -> None:
    nav.clear()
    with nav:
        for page in PAGES:
            link = ui.element("a").props(f'href="{view.href(page.path)}"')
            if page.path == view.path:
                link.props('aria-current="page"')
            with link:
                ui.icon(page.icon).props('aria-hidden="true"')
                ui.label(page.name)


def _header(view: View, drawer: ui.left_drawer) -> None:
    with ui.header(fixed=True).classes("sw-header"):
        ui.html("Skip to content", tag="a", sanitize=False).classes("sw-skip").props('href="#sw-main"')
        ui.button(icon="menu", on_click=drawer.toggle).props('flat dense round aria-label="show or hide the pages"')
        ui.link("seawall", view.href("/")).classes("sw-brand")
        _picker(view)
        ui.element("span").classes("sw-space")
        other = "light" if view.dark else "dark"
        theme = ui.button(icon="light_mode" if view.dark else "dark_mode").props("flat dense round")
        theme.props(f'aria-label="use {other} colours"')
        theme.on("click", js_handler=f"() => seawallTheme('{other}')")


def _picker(view: View) -> None:
    def choose(identity: str | None) -> None:
        if identity:
            address = view.href(view.path, book=identity)
            picker.set_options([one.id for one in view.desk.workspace.list()], value=identity)
            go(address)

    known = [one.id for one in view.desk.workspace.list()]
    chosen = view.book if view.book in known else None
    picker = ui.select(known, value=chosen, label="Book", on_change=lambda event: choose(event.value))
    picker.props("dense options-dense outlined")
    edit = ui.button("Edit", icon="edit_note", on_click=lambda: editor(view, choose)).props("flat dense no-caps")
    edit.props('aria-label="edit, upload or delete books"')
    if view.flag("edit", False):
        ui.timer(0.0, lambda: editor(view, choose), once=True)
