"""Books in place: read, edit, check, keep, upload, delete.

Nothing typed is lost: not when a check fails, not when the dialog is closed, not when the page loads anew or the server
goes away. The tab keeps the text until it is saved or given up, and the address says that the dialog is open.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from nicegui import events, ui

from seawall.app.desk.view import View
from seawall.app.service.books import COMPANION, DEMO, MAX_BYTES, MAX_TEXT, Entry, book_id, check_id
from seawall.core.errors import SeawallError

BESIDE = (".market.yaml", ".cascade.yaml", ".csv")
"""Ends of the names of files that stand beside a book rather than being one."""
SLOWEST_S = 30.0
"""A tab that does not say within this what it holds of an edit is not asked again."""


@dataclass(slots=True, eq=False)
class Editing:
    """The dialog: the book it began from, its fields, and the files that were uploaded."""

    view: View
    entry: Entry
    opened: Callable[[str | None], None]
    dialog: ui.dialog
    name: ui.input
    text: ui.textarea
    said: ui.label
    files: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """The tab keeps this draft no longer."""
        ui.run_javascript(f"seawallForget({json.dumps(self.entry.id)})")

    def saved_text(self) -> None:
        """Give up what was typed."""
        self.text.set_value(self.entry.text)
        self.forget()
        self.tell(f"revision {self.entry.revision} as it was saved")

    @property
    def beside(self) -> dict[str, str]:
        """Files that go along: a copy of the example takes the example's with it."""
        return {**self.entry.files, **self.files} if self.entry.kind == "example" else self.files

    def tell(self, words: str, fault: bool = False) -> None:
        """One line below the text."""
        self.said.set_text(words)
        self.said.classes(replace="sw-failed" if fault else "")

    async def take(self, event: events.UploadEventArguments) -> None:
        """An uploaded file: beside the book, or the book itself."""
        content = (await event.file.read()).decode("utf-8", "replace")
        name = event.file.name
        if name.endswith(BESIDE) and COMPANION.fullmatch(name):
            self.files[name] = content
            self.tell(f"{name} will stand beside the book")
            return
        self.name.set_value(book_id(name))
        self.text.set_value(content)
        self.tell(f"{name} is read: check it, then save")

    async def check(self) -> bool:
        """Say whether the text is a book, or its first fault with its line."""
        name, text, beside = str(self.name.value), str(self.text.value), self.beside
        try:
            _, loaded = await asyncio.to_thread(lambda: self.view.desk.workspace.draft(check_id(name), text, beside))
        except SeawallError as fault:
            self.tell(str(fault), fault=True)
            return False
        self.tell(f"valid: {loaded.book.name}, {len(loaded.book.positions)} positions")
        return True

    async def save(self) -> None:
        """Keep a text that passes, and open it."""
        if not await self.check():
            return
        name, text, beside = str(self.name.value), str(self.text.value), self.beside
        over = self.entry.revision if name == self.entry.id else None
        try:
            kept = await asyncio.to_thread(lambda: self.view.desk.workspace.put(name, text, beside, over=over))
        except SeawallError as fault:
            self.tell(str(fault), fault=True)
            return
        self.forget()
        self.dialog.close()
        ui.notify(f"{kept.id} is saved" if kept.saved else f"{kept.id} is kept until the server stops")
        self.opened(kept.id)

    def delete(self) -> None:
        """Take the book off the desk."""
        try:
            self.view.desk.workspace.delete(self.entry.id)
        except SeawallError as fault:
            self.tell(str(fault), fault=True)
            return
        self.forget()
        self.dialog.close()
        self.opened(DEMO)


async def editor(view: View, opened: Callable[[str | None], None]) -> None:
    """A dialog with the text of the book looked at; ``opened`` is called with the id of what was kept."""
    try:
        entry = view.desk.workspace.get(view.book)
    except SeawallError:
        entry = view.desk.workspace.get(DEMO)
    with ui.dialog(value=True).props('aria-label="edit a book"') as dialog, ui.card().classes("sw-dialog"):
        ui.html("Edit a book", tag="h2", sanitize=False).style("margin:0;font-size:1.2rem")
        own = entry.id if entry.kind != "example" else "my-book"
        name = ui.input("Save as (letters, digits, hyphens)", value=own).props("dense outlined").classes("full-width")
        text = ui.textarea("Text of the book (YAML or JSON)", value=entry.text).classes("sw-editor full-width")
        text.props(f'outlined debounce=250 spellcheck="false" maxlength="{MAX_TEXT}" data-draft="{entry.id}"')
        said = ui.label(f"{entry.id}, {entry.kind}, revision {entry.revision}")
        said.props('role="status" aria-live="polite"')
        editing = Editing(view, entry, opened, dialog, name, text, said)
        _buttons(editing)
        ui.button("Close", on_click=dialog.close).props("flat no-caps").classes("self-end")
    dialog.on_value_change(lambda event: None if event.value else view.keep(edit=""))
    view.keep(edit="1")
    await _restore(editing)


async def _restore(editing: Editing) -> None:
    """Bring back what this tab holds of an edit that was not saved."""
    try:
        draft = await ui.run_javascript(f"seawallDraft({json.dumps(editing.entry.id)})", timeout=SLOWEST_S)
    except TimeoutError:
        return
    if isinstance(draft, str) and draft and draft != editing.entry.text and not editing.text.is_deleted:
        editing.text.set_value(draft[:MAX_TEXT])
        editing.tell("an edit that was not saved is back: check and save it, or take the saved text")


def _buttons(editing: Editing) -> None:
    with ui.element("div").classes("sw-controls"):
        ui.button("Check", on_click=editing.check).props("outline no-caps")
        ui.button("Save", on_click=editing.save).props("unelevated no-caps")
        ui.button("Take the saved text", on_click=editing.saved_text).props("flat no-caps")
        if editing.entry.kind == "workspace":
            ui.button("Delete", on_click=editing.delete).props("flat no-caps color=negative")
        ui.upload(
            label="Upload a book, or files beside it",
            on_upload=editing.take,
            multiple=True,
            auto_upload=True,
            max_file_size=MAX_TEXT,
            max_total_size=MAX_BYTES,
            on_rejected=lambda: ui.notify(f"larger than {MAX_TEXT:,} bytes: split it", type="warning"),
        ).props('accept=".yaml,.yml,.json,.csv" flat bordered')
