"""Many plans on one history: in this process, on its threads, or in worker processes of this machine.

Each lane is a pure function of its plan and the history, so that neither the order, the number of workers nor the
chunks change a number. Lanes come back as they end, each exactly once, also when a worker process dies.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Generic, NamedTuple, TypeVar

from seawall.core.errors import DataError, SeawallError
from seawall.market.history import History, Series
from seawall.sim.drawn import Drawn
from seawall.sim.plan import Plan

Outcome = TypeVar("Outcome")
Work = Callable[[Plan | Drawn, History], Outcome]

ROUNDS: Final = 3
"""How often lanes that were lost with their worker are sent out again."""

AHEAD: Final = 2
"""Jobs waiting for each thread."""

CHUNK_MOST: Final = 16
WORTH_S: Final = 6.0
"""Less work than this is done here: a worker process takes about two seconds to start."""


class Job(NamedTuple):
    """One lane to run: what names it, and its plan, or a plan on a drawn history."""

    run_id: str
    plan: Plan | Drawn


class Answer(NamedTuple, Generic[Outcome]):
    """What became of a job: an outcome, or the one line that says why there is none."""

    run_id: str
    outcome: Outcome | None
    fault: str = ""
    defect: bool = False


Chunk = Sequence[Job]


def run_job(work: Work[Outcome], job: Job, history: History) -> Answer[Outcome]:
    """Run one lane. A fault is an answer; ``defect`` if it is none that a user can cause."""
    try:
        return Answer(job.run_id, work(job.plan, history))
    except SeawallError as fault:
        return Answer(job.run_id, None, one_line(fault))
    except Exception as fault:
        return Answer(job.run_id, None, f"{type(fault).__name__}: {one_line(fault)}", defect=True)


def one_line(fault: BaseException) -> str:
    """First line of an error, at most 300 signs."""
    return next(iter(str(fault).strip().splitlines()), "no reason given")[:300]


def run_local(
    work: Work[Outcome], jobs: Sequence[Job], history: History, workers: int | None = None
) -> Iterator[Answer[Outcome]]:
    """Answers of all jobs as they come, each once. ``work`` is a function of a module.

    ``workers`` None: a lane is timed here, and one worker process a core is started if the rest is worth it.
    Raises ``DataError`` if worker processes keep dying.
    """
    rest, each = list(jobs), 0.0
    if workers is None:
        for job in rest[:2]:  # the first compiles, the second is timed
            begun = time.perf_counter()
            answer = run_job(work, job, history)
            each = time.perf_counter() - begun
            yield answer
        rest = rest[2:]
    count = min(workers or os.cpu_count() or 1, len(rest))
    if count <= 1 or (workers is None and each * len(rest) < WORTH_S):
        yield from (run_job(work, job, history) for job in rest)
        return
    size = max(1, min(CHUNK_MOST, -(-len(rest) // (8 * count))))
    yield from _pooled(work, rest, history, (count, size))


def run_threads(
    work: Work[Outcome], jobs: Sequence[Job], history: History, threads: int | None = None
) -> Iterator[Answer[Outcome]]:
    """Answers of all jobs in their order, on threads of this process (None: one a core); few are held at once.

    For work that is nearly all compiled: one copy of the history and of what is made of it serves every thread.
    """
    count = min(threads or os.cpu_count() or 1, max(len(jobs), 1))
    waiting: deque[Future[Answer[Outcome]]] = deque()
    pool = ThreadPoolExecutor(count)
    try:
        for job in jobs:
            waiting.append(pool.submit(run_job, work, job, history))
            if len(waiting) > AHEAD * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def chunks(jobs: Sequence[Job], size: int) -> list[Chunk]:
    """Jobs in chunks of ``size``, in their order."""
    return [jobs[at : at + size] for at in range(0, len(jobs), size)]


def _pooled(
    work: Work[Outcome], jobs: Sequence[Job], history: History, shape: tuple[int, int]
) -> Iterator[Answer[Outcome]]:
    """Worker processes until every job is answered; those of a dead worker are sent out again."""
    left = {job.run_id: job for job in jobs}
    for attempt in range(ROUNDS):
        for answer in _round(work, list(left.values()), history, (shape[0], shape[1] if attempt == 0 else 1)):
            if left.pop(answer.run_id, None) is not None:
                yield answer
        if not left:
            return
    raise DataError(f"worker processes died {ROUNDS} times, {len(left)} lanes are left: try --workers 1")


def _round(
    work: Work[Outcome], jobs: Sequence[Job], history: History, shape: tuple[int, int]
) -> Iterator[Answer[Outcome]]:
    pool = ProcessPoolExecutor(
        shape[0], multiprocessing.get_context("spawn"), initializer=_begin, initargs=(tuple(history),)
    )
    try:
        waiting: set[Future[list[Answer[Outcome]]]] = {
            pool.submit(_in_worker, work, chunk) for chunk in chunks(jobs, shape[1])
        }
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    answers = future.result()
                except BrokenProcessPool:
                    continue
                yield from answers
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_HISTORY: list[History] = []
"""Of a worker process: the history it was given when it started."""


def _begin(series: tuple[Series, ...]) -> None:
    """Start of a worker process: it keeps the history, leaves Ctrl-C to its parent and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _HISTORY[:] = [History.of(*series)]
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_worker(work: Work[Outcome], chunk: Chunk) -> list[Answer[Outcome]]:
    return [run_job(work, job, _HISTORY[0]) for job in chunk]
