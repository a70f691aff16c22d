"""A monitor of its own, without the dashboard: it stays until it is told to stop, and says each change in a line."""

import json
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

from seawall.app.monitor.channels import plain
from seawall.app.monitor.engine import Monitor
from seawall.app.server.settings import Settings
from seawall.app.service.answers import Record, clean

LOOK_S: Final = 0.2


def line_of(record: Record) -> str:
    """A state in one line."""
    books = ", ".join(f"{one['book']} {one['value_usd']:,.0f} USD" for one in record["books"]) or "no book valued yet"
    ages = ", ".join(f"{one['source']} {one['state']}" for one in record["sources"])
    regime = record["regime"]["state"] or "unknown"
    return plain(f"{record['status']}: {books}; regime {regime}; {ages}; {len(record['alerts'])} alerts active")


def stay(monitor: Monitor, settings: Settings | None, as_json: bool) -> None:
    """Poll until interrupted; serve health and metrics where an address is given."""
    stop = threading.Event()
    told = threading.Thread(target=_tell, args=(monitor, stop, as_json), daemon=True)

    def begin() -> None:
        monitor.start()
        told.start()

    try:
        if settings is not None:
            from seawall.app.monitor.health import serve

            serve(monitor, settings, begin)
        else:
            _wait(stop, begin)
    finally:
        stop.set()


def _wait(stop: threading.Event, begin: Callable[[], None]) -> None:
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        begin()
        while not stop.wait(LOOK_S):
            pass
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell(monitor: Monitor, stop: threading.Event, as_json: bool) -> None:
    """Print each observation as JSON, or a line whenever the status changed."""
    last: object = None
    while not stop.wait(LOOK_S):
        record = monitor.bus.last
        if not record or record.get("observation") is None:
            continue
        mark: object = record["at"] if as_json else (record["status"], len(record["alerts"]))
        if mark == last:
            continue
        last = mark
        try:
            sys.stdout.write((json.dumps(clean(record), allow_nan=False) if as_json else line_of(record)) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            return
