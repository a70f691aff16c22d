"""Which route an address belongs to, read off the API's own description."""

import re
from typing import Final, NamedTuple

from fastapi import FastAPI

LONGEST: Final = 500
"""Characters of an address that are compared."""


class Template(NamedTuple):
    """A route as it is described, what matches it, and its methods."""

    path: str
    pattern: re.Pattern[str]
    methods: tuple[str, ...]


def templates(app: FastAPI) -> tuple[Template, ...]:
    """Every described route, those without a parameter first."""
    found = []
    for path, methods in app.openapi()["paths"].items():
        pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)))
        found.append(Template(path, pattern, tuple(sorted(name.upper() for name in methods))))
    return tuple(sorted(found, key=lambda one: one.path.count("{")))


def template_of(known: tuple[Template, ...], path: str) -> Template | None:
    """The route of an address, None where there is none."""
    if len(path) > LONGEST:
        return None
    return next((one for one in known if one.pattern.fullmatch(path)), None)
