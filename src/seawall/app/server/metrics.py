"""Counts of a running server in the text format of Prometheus."""

import threading
import time
from collections import Counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seawall.app.server.templates import Template, template_of
from seawall.app.service.desk import Desk

BUCKETS: Final = (0.01, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._below: Counter[float] = Counter()
        self._seconds = 0.0
        self._started = time.time()

    def seen(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._seconds += seconds
            for bound in BUCKETS:
                self._below[bound] += seconds <= bound

    def text(self, desk: Desk) -> str:
        """Everything as text, format 0.0.4."""
        with self._lock:
            requests, below, seconds = dict(self._requests), dict(self._below), self._seconds
        stages = Counter(str(job.stage) for job in desk.jobs.list())
        whole = sum(requests.values())
        lines = ["# HELP seawall_requests_total Requests answered.", "# TYPE seawall_requests_total counter"]
        lines += [
            f'seawall_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
            for (method, route, status), count in sorted(requests.items())
        ]
        lines += ["# HELP seawall_request_seconds Time to answer.", "# TYPE seawall_request_seconds histogram"]
        lines += [f'seawall_request_seconds_bucket{{le="{bound:g}"}} {below.get(bound, 0)}' for bound in BUCKETS]
        lines += [
            f'seawall_request_seconds_bucket{{le="+Inf"}} {whole}',
            f"seawall_request_seconds_sum {seconds:.6f}",
            f"seawall_request_seconds_count {whole}",
            "# HELP seawall_books Books on the desk.",
            "# TYPE seawall_books gauge",
            f"seawall_books {len(desk.workspace.list())}",
            "# HELP seawall_jobs Jobs kept, by stage.",
            "# TYPE seawall_jobs gauge",
            *(f'seawall_jobs{{stage="{stage}"}} {count}' for stage, count in sorted(stages.items())),
            "# HELP seawall_ready Whether the first answers have been computed.",
            "# TYPE seawall_ready gauge",
            f"seawall_ready {int(desk.ready.is_set())}",
            "# HELP seawall_start_time_seconds When the server started, Unix time.",
            "# TYPE seawall_start_time_seconds gauge",
            f"seawall_start_time_seconds {self._started:.3f}",
        ]
        lines += [] if desk.monitor is None else desk.monitor.metrics()
        return "\n".join(lines) + "\n"


class Counted:
    """The ASGI application that counts; a route is its template, so an id never becomes a label."""

    def __init__(self, app: ASGIApp, metrics: Metrics, known: tuple[Template, ...]) -> None:
        self._app, self._metrics, self._known = app, metrics, known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            path = str(scope["path"])
            found = template_of(self._known, path)
            route = found.path if found else "other" if path.startswith(("/_nicegui", "/api/")) else "page"
            self._metrics.seen(str(scope["method"])[:10], route, status, time.perf_counter() - began)
