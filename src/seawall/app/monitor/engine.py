"""The loop: look, compute, judge, write, tell. It survives whatever comes in, and a defect of its own."""

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TextIO, final

from seawall.app.monitor import metrics, records
from seawall.app.monitor.bus import Bus
from seawall.app.monitor.channels import Channel, made, tested
from seawall.app.monitor.config import Config
from seawall.app.monitor.courier import Courier
from seawall.app.monitor.feeds import BookFeed, HistoryFeed, SyncFeed, VenueFeed, book_ids
from seawall.app.monitor.figures import Good
from seawall.app.monitor.lifecycle import Alert, Step, Terms, alert_id, step
from seawall.app.monitor.memory import Letter, Memory
from seawall.app.monitor.rules import Finding, Scene, SourceState, evaluated
from seawall.app.monitor.watch import Watch
from seawall.app.service.alerts import Level
from seawall.app.service.answers import Record
from seawall.app.service.desk import utc_now
from seawall.app.service.refusal import TOO_MANY, RefusedError

LOG: Final = logging.getLogger("seawall")
SAVE_S: Final = 30.0
"""Between two savings of the last good state; alerts are saved at once."""
TEST_S: Final = 10.0
STALLED: Final = 10.0
"""Missed polls, at least a minute, after which the loop counts as stalled."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a monitor is made of where it is not the usual: clock, history, the venue's answer, channels, sync."""

    clock: Callable[[], dt.datetime] = utc_now
    history: HistoryFeed | None = None
    fetch: Callable[[], bytes] | None = None
    channels: tuple[Channel, ...] | None = None
    console: TextIO | None = None
    sync: SyncFeed | None = None
    environ: Mapping[str, str] | None = None


@final
class Monitor:
    """One monitor over one configuration; opened it holds the state file, closed it gives it back."""

    def __init__(self, config: Config, parts: Parts = Parts()) -> None:
        """Read every book and open the state file; raises a ``SeawallError`` for what is wrong from the start."""
        self.config, self.clock = config, parts.clock
        environ = os.environ if parts.environ is None else parts.environ
        given, file = config.file, config.file
        self.channels = made(config.channels, environ, parts.console) if parts.channels is None else parts.channels
        ids = book_ids(config.books)
        books = tuple(BookFeed(name, path) for name, path in zip(ids, config.books, strict=True))
        self._venue = None if given.venue is None else VenueFeed(given.venue, file.every, parts.fetch, environ)
        self.watch = Watch(config, books, parts.history or HistoryFeed(), self._venue)
        self._homes = {one.feed.path.resolve(): one for one in self.watch.books}
        self._sync = parts.sync or (None if file.sync is None else SyncFeed(file.sync))
        self._terms = {
            str(rule.name): Terms(
                file.cool_down if rule.cool_down is None else rule.cool_down,
                file.repeat if rule.repeat is None else rule.repeat,
                file.cleared,
            )
            for rule in config.rules
        }
        self.memory = Memory(config.state)
        self.courier = Courier(self.memory, self.channels, self.clock, file.give_up_after)
        self.bus, self.polls = Bus(), metrics.Polls()
        self.started, self.looked = self.clock(), time.monotonic()
        self._unjudged = self._closed = False
        self._values: dict[str, float | None] = {}
        self._sources: tuple[SourceState, ...] = ()
        self._saved, self._tested = self.started, -TEST_S
        self._stop, self._thread = (
            threading.Event(),
            threading.Thread(target=self._run, name="seawall-monitor", daemon=True),
        )
        self._restore()

    def _restore(self) -> None:
        """Begin with what a former run knew; alerts of rules that are gone end without a word."""
        if self._venue is not None:
            self._venue.restore(self.memory.recall("marks"))
        now = self.clock()
        gone = [one for one in self.memory.active().values() if one.rule not in self._terms]
        self.memory.write(Step(tuple(replace(one, closed=now) for one in gone), ()), ())
        last = records.restored(self.memory.recall("state"))
        if last:
            self.bus.publish({**last, "alerts": self._alerts()})

    def start(self) -> None:
        """Begin to poll and to deliver, each in threads of its own."""
        self.courier.start()
        self._thread.start()

    def close(self) -> None:
        """Stop, save the last good state, and give the state file back; a second time nothing happens."""
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(60.0)
        self.courier.close()
        for one in (self._venue, self._sync, self.watch):
            if one is not None:
                one.close()
        self._save(self.clock())
        self.memory.close()

    def settle(self, wait_s: float = 30.0) -> None:
        """Wait for tickets that are being decided, judge them, and deliver what is due, without threads of its own."""
        self.watch.wait(wait_s)
        self.tick()
        for one in self.channels:
            while self.courier.one(one):
                pass

    def good(self, home: Path, edited: bool = False) -> Good | None:
        """What the last good figures of the book at ``home`` were made of; None for one that is not watched yet.

        ``edited``: the desk changed the file, so that only a reading of what lies there now counts.
        """
        one = self._homes.get(home.resolve())
        if one is None or (edited and not (one.feed.current and one.good and one.good.stamp == one.feed.stamp)):
            return None
        return one.good

    def watches(self, home: Path) -> bool:
        """Whether the book at ``home`` is one of its books."""
        return home.resolve() in self._homes

    @property
    def ready(self) -> bool:
        """Whether there has been a good observation."""
        return self.watch.now is not None

    @property
    def stalled(self) -> bool:
        """Whether the loop has not come round for far too long."""
        longest = max(60.0, STALLED * self.config.file.every)
        return self._thread.is_alive() and time.monotonic() - self.looked > longest

    def _run(self) -> None:
        every, due = self.config.file.every, time.monotonic()
        while not self._stop.is_set():
            self.tick()
            due += every
            late = time.monotonic() - due
            if late > 0.0:
                due += every * (late // every + 1.0)
            self._stop.wait(max(due - time.monotonic(), 0.0))

    def tick(self) -> None:
        """One poll with everything that follows; never raises."""
        began = time.perf_counter()
        try:
            result = self._poll()
        except Exception:
            LOG.exception("a poll failed by a defect")
            result = "defect"
        self.polls.seen(result, time.perf_counter() - began)
        self.looked = time.monotonic()

    def _poll(self) -> str:
        watch = self.watch
        fresh = watch.refresh(self.clock())
        if self._venue is not None:
            fresh |= self._venue.poll(self.clock, watch.baseline(), watch.used)
        now = self.clock()
        if self._sync is not None:
            self._sync.refresh(now)
        fresh |= watch.take_tickets(now)
        observed = fresh and watch.observe(now)
        watch.ask_tickets(now)
        self._sources = (*watch.sources(), *(self._sync.states.values() if self._sync is not None else ()))
        self._unjudged |= observed
        known = self._venue is None or self._venue.answered
        self._judge(now, self._unjudged and known)
        self._unjudged &= not known
        self.bus.publish(self.record(now))
        if (now - self._saved).total_seconds() >= SAVE_S:
            self._save(now)
        return "observed" if observed else "refused" if fresh else "unchanged"

    def _judge(self, now: dt.datetime, observed: bool) -> None:
        active = self.memory.active()
        scene = Scene(self.watch.now, self.watch.before, self._sources, self.watch.troubles(), now)
        found: tuple[Finding, ...] = evaluated(scene, self.config.rules, active, observed)
        self._values.update({one.key: one.value for one in found})
        made_of = step(active, found, now, self._terms, self.memory.sent(), self.config.file.quiet)
        if made_of.alerts or made_of.notices:
            self.memory.write(made_of, [one.name for one in self.channels])
            self.courier.wake()
            self._save(now)

    def _save(self, now: dt.datetime) -> None:
        self._saved = now
        if self._venue is not None:
            self.memory.remember("marks", self._venue.kept())
        if self.watch.now is not None:
            seen = records.observation_record(self.watch.now, self.watch.regime)
            kept = {key: seen[key] for key in ("last_good_at", "regime", "books")}
            self.memory.remember("state", {"at": now.isoformat(), **kept})

    def _alerts(self) -> list[Record]:
        order = list(Level)
        found = sorted(self.memory.active().values(), key=lambda one: (order.index(one.level), one.since))
        return [records.alert_record(one, self._values.get(one.key)) for one in found]

    def record(self, now: dt.datetime | None = None) -> Record:
        """Everything as one object."""
        now = now or self.clock()
        sources = [records.source_record(one, now) for one in self._sources]
        names = [one.name for one in self.channels]
        seen = self.watch.now
        whole = records.observation_record(seen, self.watch.regime)
        if seen is None and self.bus.last:
            whole |= {key: self.bus.last[key] for key in ("last_good_at", "regime", "books")}
        return {
            "at": now.isoformat(), "started_at": self.started.isoformat(), "every_s": self.config.file.every,
            "status": records.status_of(sources, self.ready), **whole, "sources": sources,
            "troubles": [records.trouble_record(one) for one in self.watch.troubles()], "alerts": self._alerts(),
            "deliveries": records.deliveries_record(self.courier.counts, self.memory.waiting(), names),
            "polls": dict(self.polls.results),
            "refused": {} if self._venue is None else dict(self._venue.refused),
        }  # fmt: skip

    def ended(self) -> list[Record]:
        """Alerts that have ended, newest first."""
        return [records.alert_record(one) for one in self.memory.ended()]

    def acknowledge(self, identity: str) -> Record:
        """Somebody has seen an alert; raises ``RefusedError`` for one that is not there."""
        found: Alert = self.memory.acknowledge(identity, self.clock())
        return records.alert_record(found, self._values.get(found.key))

    def test(self) -> list[Record]:
        """Send one test notice through every channel, past the outbox; which arrived, and why not."""
        if time.monotonic() - self._tested < TEST_S:
            raise RefusedError(TOO_MANY, f"a test was sent less than {TEST_S:g} seconds ago: wait a little")
        self._tested = time.monotonic()
        now = self.clock()
        identity = alert_id("test", now)
        body: dict[str, Any] = {
            "seawall_alert": 1, "id": f"{identity}-test", "alert": identity, "kind": "test", "rule": "test",
            "key": "test", "level": str(Level.NOTE), "fact": "this is a test of seawall's monitor",
            "remedy": "nothing to do", "value": None, "threshold": None, "since": now.isoformat(),
            "at": now.isoformat(), "told": 1,
        }  # fmt: skip
        found = []
        for one in self.channels:
            fault = tested(one, Letter(body["id"], one.name, identity, "test", body, now, 0))
            found.append({"channel": one.name, "arrived": not fault, "error": fault})
        return found

    def _deliveries(self) -> dict[tuple[str, str], int]:
        known = {(one.name, result): 0 for one in self.channels for result in ("ok", "failed", "abandoned")}
        return known | self.courier.counts

    def _waiting(self) -> dict[str, tuple[int, str]]:
        return {one.name: (0, "") for one in self.channels} | self.memory.waiting()

    def metrics(self) -> list[str]:
        """Lines for Prometheus."""
        rules = tuple((str(rule.name), str(level)) for rule in self.config.rules if (level := rule.level) is not None)
        shown = metrics.Shown(
            self.watch.now, self._sources, self.memory.active(), self._deliveries(), self._waiting(),
            {} if self._venue is None else dict(self._venue.refused), self.bus.readers, rules, self.clock(),
        )  # fmt: skip
        return metrics.lines(shown, self.polls)
