"""A page that is not built yet says so, and where its numbers are meanwhile."""

from nicegui import ui

from seawall.app.desk.parts.states import empty
from seawall.app.desk.view import View


def build(view: View, name: str, verb: str) -> None:
    """The heading, the verb that prints the same, and the way back."""
    with ui.element("div").classes("sw-page"):
        ui.html(name, tag="h1", sanitize=False)
        fact = f"The page {name} is not built yet."
        empty(fact, f"The same numbers: `seawall {verb}`, and the API.", [("Back to the desk", view.href("/"))])


def unknown(view: View, path: str) -> None:
    """An address that no page has."""
    with ui.element("div").classes("sw-page"):
        ui.html("Nothing here", tag="h1", sanitize=False)
        empty(f"The desk has no page {path[:80]}.", "Choose one on the left.", [("Back to the desk", view.href("/"))])
