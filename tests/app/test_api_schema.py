"""The whole API under generated requests: no defect, nothing that its own description does not promise, never NaN."""

import json
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.app.monitor.watching import World

from seawall.app.server.build import build, guarded
from seawall.app.server.settings import Limits, Settings
from seawall.app.service.books import Workspace
from seawall.app.service.desk import Desk

EXAMPLES = 10
ROUTES = (
    "DELETE /api/v1/books/{book}", "DELETE /api/v1/jobs/{job}", "GET /api/v1/books", "GET /api/v1/books/{book}",
    "GET /api/v1/books/{book}/alerts", "GET /api/v1/books/{book}/breakeven", "GET /api/v1/books/{book}/cascade",
    "GET /api/v1/books/{book}/events", "GET /api/v1/books/{book}/hedge", "GET /api/v1/books/{book}/ledger",
    "GET /api/v1/books/{book}/market", "GET /api/v1/books/{book}/replay", "GET /api/v1/books/{book}/scenarios",
    "GET /api/v1/books/{book}/scenarios/cell", "GET /api/v1/condor", "GET /api/v1/data/sources",
    "GET /api/v1/data/status", "GET /api/v1/evidence", "GET /api/v1/evidence/{claim}",
    "GET /api/v1/gex", "GET /api/v1/glossary", "GET /api/v1/glossary/{term}", "GET /api/v1/jobs",
    "GET /api/v1/jobs/{job}", "GET /api/v1/monitor", "GET /api/v1/regime", "GET /api/v1/runs",
    "GET /api/v1/runs/compared", "GET /api/v1/signals", "GET /api/v1/signals/{name}", "GET /api/v1/version",
    "POST /api/v1/books/validate", "POST /api/v1/gex", "POST /api/v1/jobs/backtest", "POST /api/v1/jobs/evidence",
    "POST /api/v1/jobs/sync", "POST /api/v1/monitor/alerts/{alert}/ack", "POST /api/v1/monitor/test",
    "PUT /api/v1/books/{book}",
)  # fmt: skip


NAMES_ONLY = {
    "DELETE /api/v1/books/{book}", "DELETE /api/v1/jobs/{job}", "GET /api/v1/books", "GET /api/v1/books/{book}",
    "GET /api/v1/data/sources", "GET /api/v1/data/status", "GET /api/v1/evidence", "GET /api/v1/evidence/{claim}",
    "GET /api/v1/glossary/{term}", "GET /api/v1/jobs", "GET /api/v1/jobs/{job}", "GET /api/v1/monitor",
    "GET /api/v1/runs", "GET /api/v1/version", "POST /api/v1/monitor/alerts/{alert}/ack", "POST /api/v1/monitor/test",
}  # fmt: skip
"""Routes whose every request is as described: they take no more than a name."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Operations of the API by name. What it promises is what it says of itself."""
    import schemathesis

    watched = World(tmp_path_factory.mktemp("monitor"))
    watched.ticks(2)
    desk, hold = Desk(Workspace(None), monitor=watched.monitor), threading.Event()
    desk.jobs.submit(
        "test", "holds the queue, so that no job of a request runs", lambda report: hold.wait(600) and None
    )
    app = build(desk, Settings(names=("testserver",), limits=Limits(rate=1e9, burst=10**9)))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", guarded(app))
    operations = [found.ok() for found in schema.get_all_operations()]
    yield {f"{one.method.upper()} {one.path}": one for one in operations}
    hold.set()
    desk.close()


def refuse(word: str) -> NoReturn:
    raise AssertionError(f"{word} in JSON")


def test_every_route_is_under_test(described: dict[str, Any]) -> None:
    assert sorted(described) == list(ROUTES)


@pytest.mark.parametrize(
    ("route", "negative"),
    [(route, False) for route in ROUTES] + [(route, True) for route in ROUTES if route not in NAMES_ONLY],
)
def test_no_request_meets_a_defect(described: dict[str, Any], route: str, negative: bool) -> None:
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    promised = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    operation = described[route]
    mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def ask(case: Any) -> None:
        if "{book}" in route and not route.startswith("DELETE"):
            case.path_parameters["book"] = "demo" if route.startswith("GET") else "mine"
        answer = case.call()
        case.validate_response(answer, checks=promised)
        assert answer.status_code < 500
        said = json.loads(answer.content, parse_constant=refuse)
        if answer.status_code >= 400:
            assert set(said) == {"error", "remedy"}

    ask()


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("events", {}),
        ("events", {"asof": "2018-01-16"}),
        ("replay", {"event": "2018-02-05"}),
        ("replay", {"event": "2018-02-05", "mode": "path"}),
        ("replay", {"event": "2020-03"}),
        ("replay", {"event": "1987"}),
        ("replay", {"event": "spx=-0.05,vol=+20", "days": 3}),
        ("replay", {"event": "2018-02-01..2018-02-08"}),
        ("replay", {"event": "2018-02-01..2018-02-08", "mode": "path", "asof": "2018-01-16"}),
    ],
)
def test_what_a_replay_answers_is_as_described(described: dict[str, Any], route: str, query: dict[str, object]) -> None:
    from schemathesis.specs.openapi import checks

    case = described[f"GET /api/v1/books/{{book}}/{route}"].Case(path_parameters={"book": "demo"}, query=query)
    answer = case.call()
    assert answer.status_code == 200, answer.content
    case.validate_response(answer, checks=[checks.status_code_conformance, checks.response_schema_conformance])
