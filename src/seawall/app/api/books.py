"""Routes of the books: list, read, check, keep, delete."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from seawall.app.api.answers import ERRORS
from seawall.app.service.books import MAX_FILES, MAX_TEXT, Entry, Workspace, check_id
from seawall.app.service.desk import Desk
from seawall.core.errors import SeawallError

ROUTES = APIRouter(prefix="/books", tags=["books"], responses=ERRORS)


def desk_of(request: Request) -> Desk:
    """The desk this server runs."""
    found: Desk = request.app.state.desk
    return found


Id = Annotated[str, Path(description="id of a book", max_length=80, examples=["demo"])]
AsOf = Annotated[dt.date | None, Query(description="market of a session; else the one the book names")]


class BookLine(BaseModel):
    """One book of the desk."""

    id: str
    kind: str = Field(description="example, file or workspace")
    revision: int
    saved: bool
    files: list[str] = Field(description="names of the files beside it")


class BookText(BookLine):
    """One book with its text."""

    text: str


class BookSent(BaseModel):
    """A book as it is sent. ``files``: texts of the files it names, such as its market."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    files: dict[str, str] = Field(default_factory=dict, max_length=MAX_FILES)
    save: bool = Field(True, description="write it into the workspace too; else it lives as long as the server")
    revision: int | None = Field(None, ge=0, le=2**31, description="the revision the edit began from")


class BookSaid(BaseModel):
    """What a check found."""

    valid: bool
    error: str = Field(description="file, line, fact and remedy; empty when valid")
    name: str = ""
    positions: int = 0


def _line(entry: Entry) -> dict[str, Any]:
    kept = {"id": entry.id, "kind": entry.kind, "revision": entry.revision, "saved": entry.saved}
    return {**kept, "files": sorted(entry.files)}


def _text(entry: Entry) -> dict[str, Any]:
    return {**_line(entry), "text": entry.text}


@ROUTES.get("", summary="Every book of the desk", response_model=list[BookLine])
def books(request: Request) -> list[dict[str, Any]]:
    """The example first, then the books named on the command line, then those of the workspace."""
    return [_line(entry) for entry in desk_of(request).workspace.list()]


@ROUTES.post("/validate", summary="Check a book without keeping it", response_model=BookSaid)
def validate(
    request: Request, sent: BookSent, identity: Annotated[str, Query(alias="id", max_length=80)] = "draft"
) -> Any:
    """The same checks as a file on the command line: the first fault with its line."""
    return checked(desk_of(request).workspace, check_id(identity), sent)


def checked(workspace: Workspace, identity: str, sent: BookSent) -> dict[str, Any]:
    """What the checks of a book file say."""
    try:
        _, loaded = workspace.draft(identity, sent.text, sent.files)
    except SeawallError as fault:
        return {"valid": False, "error": str(fault)}
    return {"valid": True, "error": "", "name": loaded.book.name, "positions": len(loaded.book.positions)}


@ROUTES.get("/{book}", summary="One book with its text", response_model=BookText)
def book(request: Request, book: Id) -> dict[str, Any]:
    """The text as it stands on the desk."""
    return _text(desk_of(request).workspace.get(book))


@ROUTES.put("/{book}", summary="Keep a book that passes its checks", response_model=BookText)
def put(request: Request, book: Id, sent: BookSent) -> dict[str, Any]:
    """Nothing changes when it is refused; with ``revision`` an edit of somebody else is not overwritten."""
    kept = desk_of(request).workspace.put(book, sent.text, sent.files, save=sent.save, over=sent.revision)
    return _text(kept)


@ROUTES.delete("/{book}", summary="Take a book off the desk", response_model=BookLine)
def delete(request: Request, book: Id) -> dict[str, Any]:
    """Out of the workspace's folder too; a file named on the command line stays on disk."""
    return _line(desk_of(request).workspace.delete(book))
