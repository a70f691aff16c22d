"""What was worked out about one market and is asked for again while budgets and policies are moved over it."""

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast, final

KEPT: Final = 1024
"""Answers remembered; then all are forgotten."""
Answer = TypeVar("Answer")


@final
class Known:
    """Answers by what they are of and what was asked. Whoever gets one must not change it.

    ``of`` (a market, a scenario set, quotes) is told by its identity and kept, so that no other takes its place.
    """

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[tuple[int, Hashable], tuple[object, Any]] = {}

    def get(self, of: object, asked: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer to ``asked``, computed where it is not known; an error is not kept."""
        key = (id(of), asked)
        if (found := self._answers.get(key)) is not None:
            return cast(Answer, found[1])
        answer = compute()
        if len(self._answers) >= KEPT:
            self._answers.clear()
        self._answers[key] = (of, answer)
        return answer

    def __len__(self) -> int:
        """How many answers are remembered."""
        return len(self._answers)
