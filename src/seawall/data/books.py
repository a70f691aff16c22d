"""Book files: positions as a user writes them down, checked, and turned into a book."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PositiveFloat

from seawall.core.errors import DomainError, InputError, SeawallError, SettlementError, UnknownParameterError
from seawall.data.documents import Document, below, read_document
from seawall.data.markets import Strict, load_market, market_from
from seawall.data.perp_files import AccountFile, LinearPerpFile, account_of, collateral_of
from seawall.data.positions import AnyPosition, position_of
from seawall.instruments.perp_account import PerpAccount
from seawall.instruments.pool import LiquidityPosition
from seawall.ledger.book import Book
from seawall.market.state import State


class BookFile(Strict):
    """The document."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, title="seawall book")

    seawall_book: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    nav: PositiveFloat | None = None
    market: str | dict[str, Any] | None = Field(None, description="a market file beside the book, or its content")
    accounts: list[AccountFile] = Field(default_factory=list)
    market_flows: str | None = Field(None, description="a cascade file beside the book: the block beside its ledger")
    positions: Annotated[list[AnyPosition], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class LoadedBook:
    """A book, the market and the cascade file it names (None when it names none), and the document it came from."""

    book: Book
    market: State | None
    document: Document
    flows: Path | None = None


def check_alive(book: Book, state: State, document: Document) -> None:
    """Raise ``SettlementError`` with its line for a position that has settled before the market's time."""
    for index, position in enumerate(book.positions):
        gone = [when for when in position.instrument.settles if when <= state.now]
        if gone:
            raise document.error(
                SettlementError,
                f"{position.label} settled {gone[0]:%Y-%m-%d %H:%M} UTC, before the market's time "
                f"{state.now:%Y-%m-%d %H:%M}: remove it or move the market back",
                "positions",
                index,
                "expiry",
            )


def check_tokens(book: Book, state: State, document: Document) -> None:
    """Raise ``DomainError`` with its line for a pool whose terms fit the market only with its tokens swapped."""
    for index, position in enumerate(book.positions):
        held = position.instrument
        if isinstance(held, LiquidityPosition) and held.factor in state.assets:
            fault = held.record.swapped_tokens(state.asset(held.factor).spot.value)
            if fault:
                raise document.error(DomainError, f"{position.label}: {fault}", "positions", index, "kind")


def load_book(path: Path, text: str | None = None) -> LoadedBook:
    """Read a book file (YAML or JSON) and the market it names; ``text`` is read as if it stood at ``path``.

    Raises a ``SeawallError`` whose message starts with file and line for the first fault found.
    """
    document = read_document(path, text)
    file = document.parse(BookFile)
    accounts = _accounts(file, document)
    positions = []
    for index, entry in enumerate(file.positions):
        try:
            positions.append(position_of(entry, accounts))
        except SeawallError as fault:
            place = ("positions", index, _guilty_key(str(fault), document.content["positions"][index]))
            raise document.error(type(fault), f"{entry.label}: {fault}", *place) from None
    positions += [collateral_of(account) for account in accounts.values()]
    try:
        book = Book(file.name, tuple(positions), file.nav)
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), "positions") from None
    return LoadedBook(book, _market(file, document), document, _flows(file, document))


def _accounts(file: BookFile, document: Document) -> dict[str, PerpAccount]:
    """Cross accounts by name with the legs that name them; a leg of an account that is not there is a fault."""
    names = [account.name for account in file.accounts]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise document.error(InputError, f"account {name!r} stands twice: rename one", "accounts", index)
    held: dict[str, list[LinearPerpFile]] = {name: [] for name in names}
    for index, entry in enumerate(file.positions):
        if isinstance(entry, LinearPerpFile) and entry.account is not None:
            if entry.account not in held:
                known = ", ".join(names) or "none"
                raise document.error(
                    UnknownParameterError,
                    f"{entry.label}: unknown account {entry.account!r}: under `accounts` there are: {known}",
                    "positions",
                    index,
                    "account",
                )
            held[entry.account].append(entry)
    accounts: dict[str, PerpAccount] = {}
    for index, account in enumerate(file.accounts):
        try:
            accounts[account.name] = account_of(account, held[account.name])
        except SeawallError as fault:
            raise document.error(type(fault), str(fault), "accounts", index) from None
    return accounts


def _guilty_key(message: str, given: dict[str, Any]) -> str:
    """The key of the position that the message speaks of, by its name, its value or its subject."""
    words = {"range": "low", "strikes": "strikes", "leverage": "leverage", "weights": "weights", "root": "expiry"}
    named = [
        key
        for key, value in given.items()
        if len(str(value)) > 3 and str(value) in message and key not in ("label", "kind")
    ]
    named += [key for key in given if key in message]
    named += [key for word, key in words.items() if word in message]
    return named[0] if named else "kind"


def _market(file: BookFile, document: Document) -> State | None:
    if file.market is None:
        return None
    if isinstance(file.market, str):
        try:
            path = below(document.path, file.market)
        except InputError as fault:
            raise document.error(InputError, str(fault), "market") from None
        return load_market(path)
    node = next(value for key, value in document.root.value if key.value == "market")
    return market_from(Document(document.path, file.market, node))


def _flows(file: BookFile, document: Document) -> Path | None:
    if file.market_flows is None:
        return None
    try:
        return below(document.path, file.market_flows)
    except InputError as fault:
        raise document.error(InputError, str(fault), "market_flows") from None


def book_schema() -> str:
    """JSON Schema of a book file, for editors and other programs."""
    return json.dumps(BookFile.model_json_schema(), indent=2)


def loaded_state(loaded: LoadedBook, market: State | None) -> State:
    """The market to value a loaded book in: the one given, else its own; checked that nothing has settled."""
    state = market or loaded.market
    if state is None:
        raise loaded.document.error(InputError, "the book names no market: add `market:` or pass --market FILE", "name")
    check_alive(loaded.book, state, loaded.document)
    check_tokens(loaded.book, state, loaded.document)
    return state
