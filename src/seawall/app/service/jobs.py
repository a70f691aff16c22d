"""Long work beside the requests: a queue of jobs with progress, one at a time, cancelled at their next word."""

import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from seawall.app.service.refusal import NOT_FOUND, TOO_MANY, RefusedError
from seawall.core.errors import SeawallError

LOG: Final = logging.getLogger("seawall")
KEPT: Final = 50
WAITING: Final = 8
"""Jobs that may wait or run at once."""


class Stage(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({Stage.DONE, Stage.FAILED, Stage.CANCELLED})


class Part(NamedTuple):
    """One part of a job, such as a source of a sync: where it stands in a word, its share done, and its outcome."""

    name: str
    state: str
    progress: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands now. ``progress``: share from 0 to 1; ``error``: one line when it failed.

    ``parts``: what it consists of, where that is known.
    """

    id: str
    kind: str
    title: str
    stage: Stage
    progress: float
    message: str
    asked_at: dt.datetime
    ended_at: dt.datetime | None = None
    error: str = ""
    result: Any = None
    parts: tuple[Part, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.stage in ENDED


class Report(Protocol):
    """What a job's work calls with its progress, a word and its parts; it raises when the job was cancelled."""

    def __call__(self, progress: float, message: str, parts: Iterable[Part] | None = None, /) -> None:
        """Tell how far it is; without ``parts`` they stay as they were."""
        ...  # pragma: no cover


Work = Callable[[Report], Any]


class _Stopped(Exception):  # noqa: N818  (not an error: the job was asked to stop)
    """Raised inside the work of a cancelled job."""


class JobBoard:
    """Jobs by id; the newest fifty are kept. Work runs one at a time, in the order asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._cancelled: set[str] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="seawall-job")

    def submit(self, kind: str, title: str, work: Work) -> Job:
        """Queue work; raises ``RefusedError`` when too much is waiting."""
        with self._lock:
            if sum(not job.ended for job in self._jobs.values()) >= WAITING:
                raise RefusedError(TOO_MANY, f"{WAITING} jobs wait already: let one end, or cancel one")
            job = Job(secrets.token_hex(6), kind, title, Stage.QUEUED, 0.0, "waiting", _now())
            self._jobs[job.id] = job
            for old in [one.id for one in self._jobs.values() if one.ended][: max(len(self._jobs) - KEPT, 0)]:
                del self._jobs[old]
        ended: Future[None] = self._pool.submit(self._run, job.id, work)
        ended.add_done_callback(lambda _: None)
        return job

    def _run(self, identity: str, work: Work) -> None:
        def report(progress: float, message: str, parts: Iterable[Part] | None = None, /) -> None:
            if identity in self._cancelled:
                raise _Stopped
            told = {} if parts is None else {"parts": tuple(parts)}
            share = min(max(progress, 0.0), 1.0)
            self._change(identity, stage=Stage.RUNNING, progress=share, message=message, **told)

        try:
            report(0.0, "started")
            result = work(report)
            report(1.0, "finished")
            self._change(identity, stage=Stage.DONE, result=result, ended_at=_now())
        except _Stopped:
            self._change(identity, stage=Stage.CANCELLED, message="cancelled", ended_at=_now())
        except SeawallError as fault:
            self._change(identity, stage=Stage.FAILED, error=str(fault), message="failed", ended_at=_now())
        except Exception:
            LOG.exception("a job failed by a defect")
            told = "a defect stopped the job: the log of the server names it"
            self._change(identity, stage=Stage.FAILED, error=told, message="failed", ended_at=_now())

    def _change(self, identity: str, **news: Any) -> None:
        with self._lock:
            if identity in self._jobs and not self._jobs[identity].ended:
                self._jobs[identity] = replace(self._jobs[identity], **news)

    def get(self, identity: str) -> Job:
        """One job; raises ``RefusedError``."""
        with self._lock:
            found = self._jobs.get(identity)
        if found is None:
            raise RefusedError(NOT_FOUND, "there is no such job: GET /api/v1/jobs lists those that are kept")
        return found

    def list(self) -> tuple[Job, ...]:
        """Every job kept, newest first."""
        with self._lock:
            return tuple(reversed(self._jobs.values()))

    def cancel(self, identity: str) -> Job:
        """Ask a job to stop: at once when it waits, at its next word when it runs."""
        job = self.get(identity)
        if not job.ended:
            self._cancelled.add(identity)
        if job.stage is Stage.QUEUED:
            self._change(identity, stage=Stage.CANCELLED, message="cancelled", ended_at=_now())
        return self.get(identity)

    def close(self) -> None:
        """Ask everything to stop, and take nothing more."""
        with self._lock:
            self._cancelled.update(self._jobs)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
