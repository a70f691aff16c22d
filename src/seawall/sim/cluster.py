"""The same lanes on a Dask cluster: sent once, answered once, whatever dies on the way.

A scheduler and its workers run whatever code a client sends them, and a client unpickles what they answer: use only a
cluster of your own. Workers need this package, in this version; each of them checks that.
"""

import importlib
import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from seawall.core.errors import DataError, InputError, MissingDataError, ProvenanceError
from seawall.market.history import History, Series
from seawall.sim.sweep import ROUNDS, Answer, Chunk, Job, Outcome, Work, chunks, one_line, run_job

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS: Final = re.compile(r"(?:tcp|tls)://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
CONNECT_S: Final = 10
ALONE_S: Final = 30.0
"""How long lanes wait for a worker when the last one is gone."""

TURN_S: Final = 1.0
CHUNK_MOST: Final = 32
RETRIES: Final = 3


class Cluster(NamedTuple):
    """Where it is, and a function that names the code: a worker with another answer is refused."""

    address: str
    code: "Callable[[], str]"


def run_cluster(
    work: Work[Outcome], jobs: Sequence[Job], history: History, cluster: Cluster
) -> Iterator[Answer[Outcome]]:
    """Answers of all jobs as they come, each once, the same as those of ``run_local``.

    Raises ``InputError`` (address, no such scheduler), ``MissingDataError`` (no extra, no worker), ``ProvenanceError``
    (a worker runs other code) or ``DataError`` (scheduler or all workers gone).
    """
    client = _connected(cluster.address)
    left = {job.run_id: job for job in jobs}
    said = "their workers died"
    try:
        for _ in range(ROUNDS):
            try:
                for answer in _round(client, work, list(left.values()), (history, cluster)):
                    if left.pop(answer.run_id, None) is not None:
                        yield answer
            except OSError as fault:  # a connection broke; the client looks for the scheduler by itself
                said = one_line(fault)[:80]
            if not left:
                return
        raise DataError(f"{cluster.address} lost {len(left)} lanes {ROUNDS} times ({said}): start it anew and repeat")
    finally:
        client.close(timeout=CONNECT_S)


def _connected(address: str) -> Any:
    if not ADDRESS.fullmatch(address):
        raise InputError(f"{address[:80]!r} is no address of a scheduler: write it as tcp://127.0.0.1:8786")
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise MissingDataError("a cluster needs the extra: pip install 'seawall[cluster]'") from None
    for name in ("distributed", "distributed.client", "distributed.core", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"no Dask scheduler answers at {address} ({one_line(fault)[:80]}): start one, or check the address"
        ) from None
    if not client.nthreads():
        client.close()
        raise MissingDataError(f"the scheduler {address} has no worker: start one with `dask worker {address}`")
    return client


def _round(
    client: Any, work: Work[Outcome], jobs: Sequence[Job], sent: tuple[History, Cluster]
) -> Iterator[Answer[Outcome]]:
    """Send every job out once and yield what comes back; what a dead worker took along is missing."""
    distributed: Any = importlib.import_module("distributed")
    history, cluster = sent
    _await_worker(client, cluster)
    code = cluster.code()
    workers = max(1, sum(client.nthreads().values()))
    kept = client.scatter([tuple(history)], broadcast=True, hash=False)[0]
    size = max(1, min(CHUNK_MOST, -(-len(jobs) // (8 * workers))))
    waiting: set[Any] = {
        client.submit(
            _on_worker, work, chunk, kept, (code, cluster.code),
            key=f"seawall-{kept.key[-12:]}-{chunk[0].run_id}", retries=RETRIES,
        )
        for chunk in map(list, chunks(jobs, size))
    }  # fmt: skip
    while waiting:
        try:
            with client.as_current():
                told = distributed.wait(waiting, timeout=TURN_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            _await_worker(client, cluster)
            continue
        except CancelledError:  # of tasks whose history was lost with its worker
            waiting = {future for future in waiting if future.status not in ("cancelled", "lost")}
            continue
        waiting = set(told.not_done)
        for future in told.done:
            yield from _answers(future)


def _await_worker(client: Any, cluster: Cluster) -> None:
    """Go on when there is a worker; one that a nanny starts again takes a few seconds."""
    if client.nthreads():
        return
    try:
        client.wait_for_workers(1, timeout=ALONE_S)
    except TimeoutError:
        raise MissingDataError(f"no worker is left at {cluster.address}: start one and repeat") from None


def _answers(future: Any) -> list[Any]:
    """What a chunk answered; nothing if its worker or the history on it was lost."""
    if future.status == "finished":
        return list(future.result())
    if future.status == "error":
        fault = future.exception()
        if isinstance(fault, ProvenanceError):
            raise fault
        if type(fault).__name__ != "KilledWorker":
            raise DataError(
                f"a worker cannot run a lane ({type(fault).__name__}: {one_line(fault)}): install seawall there"
            )
    return []


def _on_worker(
    work: Work[Outcome], chunk: Chunk, series: tuple[Series, ...], code: "tuple[str, Callable[[], str]]"
) -> list[Answer[Outcome]]:
    """On a worker: the lanes of a chunk, if it runs the client's code."""
    if code[1]() != code[0]:
        raise ProvenanceError("a worker runs another version of seawall: install the client's on every worker")
    history = History.of(*series)
    return [run_job(work, job, history) for job in chunk]
