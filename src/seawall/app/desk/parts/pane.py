"""The content of a panel that is shown anew while a control is moved: what is the same is not sent again."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, final

from nicegui import ui

from seawall.app.desk.parts.states import empty
from seawall.app.desk.parts.traced import Tile, Trace, tile
from seawall.app.service.answers import Record


class Content(NamedTuple):
    """``frame``: everything but the rows, compared; ``rows``: of the table that ``make`` builds and returns, if any."""

    frame: object
    rows: list[Record]
    make: Callable[[], ui.table | None]


def nothing(fact: str, remedy: str) -> Content:
    """An empty state."""

    def make() -> None:
        empty(fact, remedy)

    return Content((fact, remedy), [], make)


@final
class Pane:
    """Builds its elements anew where the frame changes; otherwise only rows go into the table that stands."""

    def __init__(self, place: ui.element) -> None:
        self._place = place
        self._shown: Content | None = None
        self._table: ui.table | None = None

    def put(self, content: Content) -> None:
        """Show it."""
        before, self._shown = self._shown, content
        if before is None or before.frame != content.frame:
            self._place.clear()
            with self._place:
                self._table = content.make()
        elif before.rows != content.rows and self._table is not None:
            self._table.update_rows(content.rows)


class Face(NamedTuple):
    """A number with its name above and a word below."""

    title: str
    shown: str
    trace: Trace
    note: str = ""


@final
class Tiles:
    """A row of numbers, built anew where other ones are named."""

    def __init__(self, place: ui.element) -> None:
        self._place = place
        self._titles: tuple[str, ...] = ()
        self._tiles: list[Tile] = []

    def put(self, faces: Sequence[Face]) -> None:
        """Show them."""
        titles = tuple(face.title for face in faces)
        if titles == self._titles:
            for one, face in zip(self._tiles, faces, strict=True):
                one.put(*face[1:])
            return
        self._titles = titles
        self._place.clear()
        with self._place, ui.element("div").classes("sw-tiles"):
            self._tiles = [tile(*face) for face in faces]
