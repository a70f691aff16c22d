"""Answers of the API: JSON without NaN, and every error as one fact and one remedy."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from seawall.app.service.answers import clean
from seawall.app.service.refusal import error_record, status_of
from seawall.core.errors import SeawallError

if TYPE_CHECKING:
    from starlette.responses import Response

LOG: Final = logging.getLogger("seawall")
REMEDIES: Final = {
    404: "no such page: GET /api/v1/openapi.json lists the routes",
    405: "this method is not served here: GET /api/v1/openapi.json lists the methods",
}


class ErrorAnswer(BaseModel):
    """What went wrong in one line, and what to do."""

    error: str = Field(description="the fact")
    remedy: str = Field(description="what to do")


ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorAnswer, "description": "what was asked cannot be served"},
    422: {"model": ErrorAnswer, "description": "what was sent cannot be used"},
    503: {"model": ErrorAnswer, "description": "the store is in use, or the server is starting"},
}


class Answer(JSONResponse):
    """JSON in which what is not a number is null."""

    def render(self, content: Any) -> bytes:
        """Bytes of the cleaned content."""
        return json.dumps(clean(content), allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")


def refused(status: int, message: str) -> Answer:
    """An error as an answer."""
    return Answer(error_record(message), status)


async def _ours(_: Request, fault: Exception) -> "Response":
    assert isinstance(fault, SeawallError)  # noqa: S101  (registered for these only)
    return refused(status_of(fault), str(fault))


async def _invalid(_: Request, fault: Exception) -> "Response":
    assert isinstance(fault, RequestValidationError)  # noqa: S101
    first = fault.errors()[0]
    if first["type"] == "json_invalid":
        why = str(first["ctx"]["error"])
        where = f"{why[:1].lower()}{why[1:]} at character {first['loc'][-1]}"
        return refused(422, f"the body is not JSON, {where}: correct it and send again")
    place = ".".join(str(part) for part in first["loc"] if part not in ("query", "path", "body"))
    told = " ".join(str(first["msg"]).split()).removeprefix("Value error, ").replace(": ", ", ")
    return refused(
        422, f"{place or 'the body'} cannot be used, {told[:1].lower()}{told[1:]}: correct it and send again"
    )


async def _http(_: Request, fault: Exception) -> "Response":
    assert isinstance(fault, HTTPException)  # noqa: S101
    answer = refused(fault.status_code, REMEDIES.get(fault.status_code, str(fault.detail)))
    answer.headers.update(fault.headers or {})
    return answer


async def _defect(_: Request, fault: Exception) -> "Response":
    LOG.error("a request failed by a defect", exc_info=fault)
    return refused(500, "the server met a defect: its log names it, please report it")


Handler = Callable[[Request, Exception], Awaitable["Response"]]


def install(app: FastAPI) -> None:
    """Let every error leave as one fact and one remedy."""
    handlers: dict[Any, Handler] = {
        SeawallError: _ours,
        RequestValidationError: _invalid,
        HTTPException: _http,
        Exception: _defect,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
