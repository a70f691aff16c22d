"""Many readers without browsers: each speaks the page's own socket, moves a slider once a second, takes every answer.

A browser's drawing costs far more than the server's answer and runs on the same cores here, so it is left out: what is
measured is the server's own processor time. `python-socketio` comes with NiceGUI.
"""

import asyncio
import json
import os
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
CLIENT = re.compile(r"""['"]client_id['"]: ['"]([\w-]+)['"]""")
MESSAGE = re.compile(r"""['"]next_message_id['"]: (\d+)""")
SOCKET = "_nicegui_ws/socket.io"
WAIT_S = 60.0


class Load(NamedTuple):
    """What clients did in ``wall_s``: ``cores`` of the server, updates asked, pictures that came, bytes of messages."""

    cores: float
    idle_cores: float
    asked: int
    drawn: int
    wall_s: float
    late: int
    """Pictures that came within two seconds after the last update was asked."""


def cpu_seconds(process: int) -> float:
    """What a process has used, in all of its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


class Reader:
    """One tab of a page with a slider, without a browser."""

    def __init__(self, number: int) -> None:
        import socketio

        self.number, self.drawn, self.heard = number, 0, 0
        self._sio: Any = socketio.AsyncClient(reconnection=False)
        self._client, self._next = "", 0
        self._sliders: dict[str, tuple[int, str]] = {}
        self._sio.on("*", self._heard)

    async def open(self, address: str, path: str, slider: str | None) -> None:
        """Load the page and join its socket; returns when the slider is there, if one is named."""
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(address + path).read().decode())  # noqa: S310
        named, told = CLIENT.search(text), MESSAGE.search(text)
        assert named is not None, "the page names no client"
        assert told is not None, "the page names no message"
        self._client, self._next = named[1], int(told[1])
        query = {"client_id": named[1], "next_message_id": told[1], "implicit_handshake": "true",
                 "document_id": f"d{self.number}", "tab_id": f"t{self.number}"}  # fmt: skip
        await self._sio.connect(
            f"{address}?{urllib.parse.urlencode(query)}", socketio_path=SOCKET, transports=["websocket"]
        )
        if slider is None:
            return
        until = time.monotonic() + WAIT_S
        while slider not in self._sliders and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert slider in self._sliders, f"no slider {slider} came"

    async def _heard(self, kind: str, data: Any) -> None:
        if not isinstance(data, dict):
            return
        if isinstance(told := data.pop("_id", None), int):
            self._next = told + 1
        if kind != "update":
            return
        self.heard += 1
        for identity, element in data.items():
            props = (element or {}).get("props", {})
            named = re.search(r'data-slider="(\w+)"', str(props.get("innerHTML", "")))
            listens = [one for one in (element or {}).get("events", []) if one["type"] == "input"]
            if named and listens:
                self._sliders[named[1]] = (int(identity), listens[0]["listener_id"])
            self.drawn += "options" in props and "data" in (props["options"] or {})

    async def move(self, slider: str, value: float) -> None:
        """What the page sends when a reader drags it."""
        identity, listener = self._sliders[slider]
        await self._sio.emit(
            "event",
            {"id": identity, "client_id": self._client, "listener_id": listener, "args": [json.dumps(str(value))]},
        )
        await self.acknowledge()

    async def acknowledge(self) -> None:
        """Say what has come, as a page does, so that it is not kept to be sent again."""
        await self._sio.emit("ack", {"client_id": self._client, "next_message_id": self._next})

    async def close(self) -> None:
        """Leave."""
        await self._sio.disconnect()


async def _load(
    address: str, process: int, count: int, seconds: int, page: tuple[str, str], value: Callable[[int, int], float]
) -> Load:
    path, slider = page
    readers = [Reader(n) for n in range(count)]
    for one in readers:
        await one.open(address, path, slider)
    await asyncio.sleep(3.0)
    before, used, start = sum(one.drawn for one in readers), cpu_seconds(process), time.perf_counter()
    for tick in range(seconds):
        for n, one in enumerate(readers):  # spread over the second, as readers are
            await one.move(slider, value(n, tick))
            await asyncio.sleep(max(0.0, start + tick + (n + 1) / count - time.perf_counter()))
    wall = time.perf_counter() - start
    cores, drawn = (cpu_seconds(process) - used) / wall, sum(one.drawn for one in readers) - before
    await asyncio.sleep(2.0)
    late = sum(one.drawn for one in readers) - before - drawn
    used, start = cpu_seconds(process), time.perf_counter()
    await asyncio.sleep(4.0)
    idle = (cpu_seconds(process) - used) / (time.perf_counter() - start)
    for one in readers:
        await one.close()
    return Load(cores, idle, count * seconds, drawn, wall, late)


def load(
    address: str, process: int, count: int, seconds: int, page: tuple[str, str], value: Callable[[int, int], float]
) -> Load:
    """``count`` readers of a page (path, slider), each putting it to ``value(reader, tick)`` once a second."""
    with ThreadPoolExecutor(1) as own:  # a thread of its own: Playwright runs a loop in this one
        return own.submit(asyncio.run, _load(address, process, count, seconds, page, value)).result()
