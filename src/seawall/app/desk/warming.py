"""Compute what every page shows first, so that its libraries and kernels are there before somebody opens it."""

import logging
from typing import Final

from seawall.app.desk.pages import PAGES
from seawall.app.desk.parts.states import PATIENCE_S
from seawall.app.desk.view import View
from seawall.app.service.desk import Desk
from seawall.app.service.facts import glossary
from seawall.app.service.runs import sources
from seawall.core.errors import SeawallError

LOG: Final = logging.getLogger("seawall")


def warm_pages(desk: Desk, book: str) -> None:
    """One page after another; what a page cannot show for want of data is said when it is opened."""
    from seawall.data.store_file import patience

    view = View(desk, False, query={"book": book})
    for page in PAGES:
        if page.first is None:
            continue
        try:
            with patience(PATIENCE_S):
                page.first(view)
        except SeawallError as fault:
            LOG.info("%s was not warmed up: %s", page.name, fault)
        except Exception:
            LOG.exception("warming up %s failed by a defect", page.name)
    glossary(None)
    sources()
