"""Delivery: one thread a channel takes what is due from the outbox; a channel that is down delays no other."""

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, final

from tenacity import RetryCallState, wait_exponential_jitter

from seawall.app.monitor.channels import Channel
from seawall.app.monitor.memory import LONGEST_WAIT_S, Letter, Memory
from seawall.core.errors import SeawallError

LOG: Final = logging.getLogger("seawall")
LOOK_S: Final = 1.0
"""Between two looks at the outbox; a new notice wakes the threads at once."""
BACKOFF: Final = wait_exponential_jitter(initial=1.0, max=LONGEST_WAIT_S, jitter=1.0)


def pause_s(attempts: int) -> float:
    """Seconds until a notice is tried again after so many attempts: 1, 2, 4 and so on to five minutes, and a jitter."""
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.attempt_number = max(attempts, 1)
    return float(BACKOFF(state))


@final
class Courier:
    """Delivers until it is closed. At least once: a notice that was sent while the process died is sent again."""

    def __init__(
        self, memory: Memory, channels: Sequence[Channel], clock: Callable[[], dt.datetime], give_up_s: float
    ) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._memory, self._clock, self._give_up_s = memory, clock, give_up_s
        self._stop = threading.Event()
        self._wake = [threading.Event() for _ in channels]
        self._threads = [
            threading.Thread(target=self._run, args=(one, wake), name=f"seawall-{one.name}", daemon=True)
            for one, wake in zip(channels, self._wake, strict=True)
        ]

    def start(self) -> None:
        """Begin with what a former run left."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something new is in the outbox."""
        for one in self._wake:
            one.set()

    def close(self, wait_s: float = 5.0) -> None:
        """Let what is being sent end, and stop; the rest stays in the outbox."""
        self._stop.set()
        self.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(wait_s)

    def _run(self, channel: Channel, wake: threading.Event) -> None:
        while not self._stop.is_set():
            wake.clear()
            try:
                while not self._stop.is_set() and self.one(channel):
                    pass
            except Exception:
                LOG.exception("delivery by %s failed by a defect", channel.name)
            wake.wait(LOOK_S)

    def one(self, channel: Channel) -> bool:
        """Send the oldest notice that is due; whether there was one."""
        letter = self._memory.due(channel.name, self._clock())
        if letter is None:
            return False
        try:
            channel.send(letter)
        except Exception as fault:
            self._missed(letter, fault)
        else:
            self._memory.delivered(letter, self._clock())
            self.counts[channel.name, "ok"] += 1
        return True

    def _missed(self, letter: Letter, fault: Exception) -> None:
        told = str(fault) if isinstance(fault, SeawallError) else f"a defect ({type(fault).__name__})"
        if not isinstance(fault, SeawallError):
            LOG.exception("delivery by %s failed by a defect", letter.channel)
        now = self._clock()
        again = now + dt.timedelta(seconds=pause_s(letter.attempts + 1))
        lost = (again - letter.at).total_seconds() > self._give_up_s
        self.counts[letter.channel, "failed"] += 1
        if lost:
            self.counts[letter.channel, "abandoned"] += 1
            LOG.warning("%s: notice %s was given up (%s)", letter.channel, letter.id, told)
        elif letter.attempts == 0:
            LOG.warning("%s: notice %s did not arrive (%s); it is tried again", letter.channel, letter.id, told)
        self._memory.failed(letter, told, None if lost else again, now)
