"""Words of the Ethereum ABI, by eth-abi; the extra ``chain``, imported when first used."""

import functools
import importlib
from collections.abc import Sequence
from typing import Any, Final

from seawall.core.errors import DataError, MissingDataError

EXTRA: Final = "chain"


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingDataError(f"reading a chain needs eth-abi and eth-hash: pip install 'seawall[{EXTRA}]'") from None


def keccak(data: bytes) -> bytes:
    """Keccak-256."""
    return bytes(_library("eth_hash.auto").keccak(data))


@functools.cache
def selector(signature: str) -> bytes:
    """First four bytes of the hash of a signature such as ``balanceOf(address)``."""
    return keccak(signature.encode())[:4]


def encoded(signature: str, values: Sequence[object]) -> str:
    """A call as hexadecimal text. Arguments are of plain types, no tuples."""
    inside = signature[signature.index("(") + 1 : -1]
    types = inside.split(",") if inside else []
    words: bytes = _library("eth_abi").encode(types, values)
    return "0x" + (selector(signature) + words).hex()


def decoded(signature: str, types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values of an answer. Raises ``DataError`` when the words are not of these types."""
    exceptions = _library("eth_abi.exceptions")
    try:
        return tuple(_library("eth_abi").decode(types, data))
    except (exceptions.DecodingError, ValueError, OverflowError):
        raise DataError(
            f"the answer to {signature} is not {', '.join(types)}: check that the address is such a contract"
        ) from None
