"""A browser, a desk and a tab on it for every module that looks at pages; a module may bring a desk of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.browser import Running, Tab, chromium, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def desk(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("desk") / "books") as one:
        yield one


@pytest.fixture
def tab(browser: Any, desk: Running) -> Iterator[Tab]:
    one = Tab(browser, desk)
    yield one
    one.close()
