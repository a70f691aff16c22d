"""The four states of a panel beside its content: loading, empty, failed, stale; and filling one without blocking."""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from nicegui import ui

from seawall.app.service.refusal import halves
from seawall.core.errors import SeawallError

LOG: Final = logging.getLogger("seawall")
OLD: Final = dt.timedelta(days=4)
PATIENCE_S: Final = 2.0
"""Longest wait for a store that another process uses: somebody looks at the screen."""
BREATH_S: Final = 0.01
"""For what stands already to be on its way before anything is computed."""
Answer = TypeVar("Answer")


def loading(said: str, height: int = 120) -> None:
    """Grey bars where the content will be, and words for a reader who cannot see them."""
    with ui.element("div").classes("sw-state sw-loading").props('role="status"').style(f"min-height:{height}px"):
        ui.label(said)
        for width in (92, 78, 85):
            ui.element("div").classes("sw-bar").style(f"width:{width}%").props('aria-hidden="true"')


def empty(fact: str, remedy: str, links: Sequence[tuple[str, str]] = ()) -> None:
    """Nothing to show, why, and what would fill it."""
    with ui.element("div").classes("sw-state sw-empty"):
        ui.icon("inbox").props('aria-hidden="true"')
        ui.label(fact).classes("sw-fact")
        ui.label(remedy).classes("sw-remedy")
        for words, address in links:
            ui.link(words, address)


def failed(message: str, again: Callable[[], object] | None = None) -> None:
    """One line of fact, one of remedy, and a button to try again where that can help."""
    fact, remedy = halves(message)
    with ui.element("div").classes("sw-state sw-failed").props('role="alert"'):
        ui.icon("error_outline").props('aria-hidden="true"')
        ui.label(fact[:1].upper() + fact[1:]).classes("sw-fact")
        ui.label(remedy[:1].upper() + remedy[1:]).classes("sw-remedy")
        if again is not None:
            ui.button("Try again", on_click=again).props("flat dense no-caps")


def age_words(as_of: dt.datetime, now: dt.datetime) -> str:
    """How old something is, in the largest unit that says it."""
    seconds = (now - as_of).total_seconds()
    for unit, length in (("year", 31_557_600.0), ("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0)):
        if seconds >= 2.0 * length:
            return f"{seconds / length:,.0f} {unit}s old"
    return "now"


def age_badge(as_of: dt.datetime, now: dt.datetime, what: str = "market") -> None:
    """A small badge with the age of data; stale beyond four days."""
    stale = now - as_of > OLD
    said = f"{what} of {as_of:%Y-%m-%d %H:%M} UTC"
    with ui.element("span").classes("sw-badge sw-stale" if stale else "sw-badge").props(f'title="{said}"'):
        ui.icon("history" if stale else "schedule").props('aria-hidden="true"')
        ui.label(f"{as_of:%Y-%m-%d}, {age_words(as_of, now)}")


async def aside(compute: Callable[[], Answer]) -> Answer:
    """What ``compute`` returns, beside the event loop; a store that is busy is waited for two seconds only."""

    def patient() -> Answer:
        from seawall.data.store_file import patience

        with patience(PATIENCE_S):
            return compute()

    return await asyncio.to_thread(patient)


async def fill(
    place: ui.element,
    compute: Callable[[], Answer],
    show: Callable[[Answer], object],
    said: str = "Computing",
    height: int = 120,
    again: Callable[[], object] | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> bool:
    """Compute beside the event loop and show the answer in ``place``, or what went wrong; whether it was shown.

    An empty ``said`` keeps what is there until the answer has come. ``again``: what "Try again" does; without one, this
    panel anew. ``wanted``: whether the answer is still the one asked for when it comes; another is on its way if not.
    """

    async def anew() -> None:
        await fill(place, compute, show, said, height)

    if said:
        place.clear()
        with place:
            loading(said, height)
        await asyncio.sleep(BREATH_S)
    fault, answer = "", None
    try:
        answer = await aside(compute)
    except SeawallError as told:
        fault = str(told)
    except Exception:
        LOG.exception("a panel failed by a defect")
        fault = "this panel met a defect: the log of the server names it"
    if place.is_deleted or not wanted():
        return False
    place.clear()
    with place:
        if fault or answer is None:
            failed(fault or "there is no answer: try again", again or anew)
        else:
            show(answer)
    return not fault
