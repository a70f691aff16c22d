"""Verbs with many options: they are fields of a dataclass, spread into the signature the command line wants."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Words = TypeVar("Words")


def spread(words: type[Words]) -> Callable[[Callable[[Words], None]], Callable[..., None]]:
    """A decorator: the verb takes one ``words``, its command every field of it as a parameter of its own."""
    of = inspect.Parameter
    parameters = [
        of(one.name, of.KEYWORD_ONLY, annotation=one.type)
        if one.default is MISSING
        else of(one.name, of.KEYWORD_ONLY, annotation=one.type, default=one.default)
        for one in fields(words)  # type: ignore[arg-type]
    ]

    def decorate(verb: Callable[[Words], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            verb(words(**given))

        command.__doc__ = verb.__doc__
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return command

    return decorate
