"""One block of a chain, and calls to contracts as they stood at its end."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

from seawall.core.errors import DataError, InputError, MissingDataError, WrongChainError
from seawall.data.chain.abi import decoded, encoded
from seawall.data.chain.rpc import Node

NOWHERE: Final = "0x" + "00" * 20
SYMBOL_SIGNS: Final = 20


class Token(NamedTuple):
    """An ERC-20: where it lives, what it calls itself, and the digits of its unit."""

    address: str
    symbol: str
    decimals: int


@final
@dataclass(frozen=True, slots=True)
class Block:
    """A block. Every call below reads the state at its end, so that all numbers belong together."""

    node: Node
    chain_id: int
    number: int
    at: dt.datetime

    def call(self, to: str, signature: str, values: Sequence[object], types: Sequence[str]) -> tuple[Any, ...]:
        """What a contract's function returns. Raises ``RevertedError``, and ``MissingDataError`` without an answer."""
        question = {"to": to, "data": encoded(signature, values)}
        told = self.node.ask("eth_call", question, hex(self.number))
        if not isinstance(told, str) or not re.fullmatch(r"0x([0-9a-fA-F]{2})*", told):
            raise DataError(f"{self.node.name} answered {signature} with no bytes: check the address of the node")
        if told == "0x":
            raise MissingDataError(f"{to} has no {signature} at block {self.number}: check the address and the chain")
        return decoded(signature, types, bytes.fromhex(told[2:]))

    def number_at(self, to: str, signature: str, *values: object, kind: str = "uint256") -> int:
        """A function that returns one integer."""
        return int(self.call(to, signature, values, (kind,))[0])

    def address_at(self, to: str, signature: str, *values: object) -> str:
        """A function that returns one address."""
        return str(self.call(to, signature, values, ("address",))[0])

    def token(self, address: str) -> Token:
        """A token's symbol (text, or 32 bytes as the oldest tokens have it) and decimals."""
        return Token(address, self._symbol(address), self.number_at(address, "decimals()", kind="uint8"))

    def _symbol(self, address: str) -> str:
        try:
            found = str(self.call(address, "symbol()", (), ("string",))[0])
        except MissingDataError:
            raise
        except DataError:
            words: bytes = self.call(address, "symbol()", (), ("bytes32",))[0]
            found = words.rstrip(b"\0").decode(errors="replace")
        if not 0 < len(found) <= SYMBOL_SIGNS or any(unicodedata.category(sign)[0] in "CZ" for sign in found):
            raise DataError(f"{address} has no symbol that can be shown: check that it is a token")
        return found


def address(text: str, what: str) -> str:
    """An address of 20 bytes in lower case. Raises ``InputError``."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise InputError(f"{what} {text[:60]!r} is no address: write 0x and 40 hexadecimal digits")
    return text.lower()


def _integer(told: object, node: Node, method: str) -> int:
    if not isinstance(told, str) or not re.fullmatch(r"0x[0-9a-fA-F]{1,16}", told):
        raise DataError(f"{node.name} answered {method} with no number: check the address of the node")
    return int(told, 16)


def block_of(node: Node, number: int | None = None, chain_id: int | None = None) -> Block:
    """A block by its number, or the last one. Raises ``WrongChainError`` when the node is for another chain."""
    found = _integer(node.ask("eth_chainId"), node, "eth_chainId")
    if chain_id is not None and found != chain_id:
        raise WrongChainError(f"{node.name} speaks for chain {found}, not {chain_id}: give that chain's node")
    height = _integer(node.ask("eth_blockNumber"), node, "eth_blockNumber")
    if number is not None and number > height:
        raise MissingDataError(f"block {number} is not there yet, the last is {height}: give an earlier one")
    number = height if number is None else number
    header = node.ask("eth_getBlockByNumber", hex(number), False)
    if header is None:
        raise MissingDataError(f"{node.name} has no block {number}: use an archive node, or a later block")
    if not isinstance(header, dict) or _integer(header.get("number"), node, "eth_getBlockByNumber") != number:
        raise DataError(f"{node.name} sent another block than {number}: ask another node")
    stamp = _integer(header.get("timestamp"), node, "eth_getBlockByNumber")
    try:
        at = dt.datetime.fromtimestamp(stamp, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise DataError(f"{node.name} dates block {number} at {stamp}: ask another node") from None
    return Block(node, found, number, at)
