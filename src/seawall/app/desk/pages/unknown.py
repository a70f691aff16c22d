"""An address that no page has."""

from nicegui import ui

from seawall.app.desk.parts.states import empty
from seawall.app.desk.view import View


def build(view: View, path: str) -> None:
    """Say so, and the way back."""
    with ui.element("div").classes("sw-page"):
        ui.html("Nothing here", tag="h1", sanitize=False)
        empty(f"The desk has no page {path[:80]}.", "Choose one on the left.", [("Back to the desk", view.href("/"))])
