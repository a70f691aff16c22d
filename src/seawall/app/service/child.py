"""Work in a process of its own, so that the desk stays quick and a cancelled job ends at once.

The child gets one line of JSON, what is asked, and answers with lines of JSON: how far it is, and at last its result or
its fault. It ends when the desk does, because nobody holds the other end of its input any more.
"""

import json
import queue
import subprocess
import sys
import threading
from typing import IO, Any, Final

from seawall.app.service.answers import Record
from seawall.app.service.jobs import Part, Report
from seawall.core.errors import SeawallError

LOOK_S: Final = 0.1
"""Between two looks whether the job was cancelled."""
STOP_S: Final = 5.0


class WorkError(SeawallError):
    """The fault of a child, in its own words."""


def in_child(kind: str, asked: Record, report: Report) -> Any:
    """The result of a work of ``works.WORKS``; raises ``WorkError`` for its fault, and what ``report`` raises."""
    command = [sys.executable, "-m", "seawall.app.service.works", kind]
    child = subprocess.Popen(  # noqa: S603  (our own module)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    with child:
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(child.stdout, lines), daemon=True)
        reader.start()
        try:
            if child.stdin is not None:
                child.stdin.write((json.dumps(asked) + "\n").encode())
                child.stdin.flush()
            return _followed(lines, report)
        except BrokenPipeError:
            raise WorkError("the process of the job ended before it began: look into the log of the server") from None
        finally:
            _stop(child)
            reader.join(STOP_S)


def _read(out: IO[bytes] | None, lines: "queue.SimpleQueue[bytes]") -> None:
    for line in out or ():
        lines.put(line)
    lines.put(b"")


def _followed(lines: "queue.SimpleQueue[bytes]", report: Report) -> Any:
    progress, message = 0.0, "starting"
    while True:
        report(progress, message)
        try:
            line = lines.get(timeout=LOOK_S)
        except queue.Empty:
            continue
        if not line:
            raise WorkError("the process of the job ended before its work was done: look into the log of the server")
        said = json.loads(line)
        if "error" in said:
            raise WorkError(said["error"])
        if "result" in said:
            return said["result"]
        progress, message = said["progress"], said["message"]
        if said["parts"] is not None:
            report(progress, message, [Part(*one) for one in said["parts"]])


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
