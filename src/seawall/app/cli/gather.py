"""A verb with many options takes them as one frozen dataclass: its fields are the options."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

Options = TypeVar("Options")


def gathered(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Let the command line see the annotated fields of ``options`` as parameters of a function of one argument."""
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is dataclasses.MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in dataclasses.fields(options)  # type: ignore[arg-type]
    ]

    def wrap(verb: Callable[[Options], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            verb(options(**given))

        run.__doc__ = verb.__doc__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {}
        return run

    return wrap
