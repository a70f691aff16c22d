"""A chain in memory: published contract artifacts on py-evm, message by message, without blocks, gas or signatures.

Nothing here imports py-evm or eth-abi at the top, so that the folder can be collected where they are missing.
"""

import functools
import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from tests.conftest import ROOT

SWITCH: Final = "SEAWALL_TEST_CHAIN"
PACKAGES: Final = ROOT / ".venv" / "chain" / "node_modules"
CHAIN_ID: Final = 31337
BLOCK: Final = 1_234_567
TIMESTAMP: Final = 1_700_000_000
GAS: Final = 10**12
SUPPLY: Final = 1 << 255
ZERO: Final = "0x" + "00" * 20

FACTORY: Final = "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"
POOL: Final = "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json"
MANAGER: Final = (
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json"
)
ROUTER: Final = "@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json"
PAIR_FACTORY: Final = "@uniswap/v2-core/build/UniswapV2Factory.json"
PAIR: Final = "@uniswap/v2-core/build/UniswapV2Pair.json"
ERC20: Final = "@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json"


def lacking() -> str | None:
    """Why the published contracts cannot run here, in one line; None when they can."""
    if os.environ.get(SWITCH) != "1":
        return "the published contracts run in `make test-chain` only"
    for module, package in (("eth", "py-evm"), ("eth_abi", "eth-abi"), ("eth_hash", "eth-hash")):
        if importlib.util.find_spec(module) is None:
            return f"{package} is not installed: run `make test-chain`"
    gone = [path for path in (FACTORY, MANAGER, PAIR_FACTORY, ERC20) if not (PACKAGES / path).is_file()]
    return f"{gone[0]} is not in .venv/chain: install node and npm, then run `make test-chain`" if gone else None


class RevertedError(Exception):
    """A call that reverted, with what the contract said."""

    def __init__(self, data: bytes) -> None:
        from eth_abi import decode

        self.data = data
        self.name = str(decode(["string"], data[4:])[0]) if data[:4] == bytes.fromhex("08c379a0") else data.hex()
        super().__init__(f"reverted: {self.name or 'without a word'}")


def keccak(data: bytes) -> bytes:
    from eth_hash.auto import keccak as hashed

    return bytes(hashed(data))


@functools.cache
def selector(signature: str) -> bytes:
    """First four bytes of the hash of a signature such as ``transfer(address,uint256)``."""
    return keccak(signature.encode())[:4]


def types_of(signature: str) -> list[str]:
    """Argument types of a signature; at most one tuple, alone."""
    inside = signature[signature.index("(") + 1 : -1]
    return [inside] if inside.startswith("(") else inside.split(",") if inside else []


def bytecode(artifact: str) -> bytes:
    """Creation code of an artifact, as its publisher compiled it."""
    found = json.loads((PACKAGES / artifact).read_text())["bytecode"]
    return bytes.fromhex(str(found).removeprefix("0x"))


class Evm:
    """Accounts, code and storage. Addresses are ``0x`` texts, arguments and answers Python values."""

    def __init__(self) -> None:
        from eth.chains.base import MiningChain
        from eth.db.atomic import AtomicDB
        from eth.vm.forks.london import LondonVM

        made = MiningChain.configure("Local", vm_configuration=((0, LondonVM),), chain_id=CHAIN_ID)
        genesis = {"difficulty": 1, "gas_limit": 10**9, "timestamp": TIMESTAMP}
        self.state: Any = made.from_genesis(AtomicDB(), genesis).get_vm().state
        self._nonce = 0

    def _apply(self, sender: str, to: str, data: bytes, code: bytes) -> bytes:
        from eth.constants import CREATE_CONTRACT_ADDRESS
        from eth.vm.message import Message

        here = bytes.fromhex(sender[2:])
        state, create = self.state, to == ""
        target = bytes.fromhex(to[2:])
        made = None
        if create:
            self._nonce += 1
            made = keccak(b"created" + self._nonce.to_bytes(8, "big"))[12:]
        message = Message(
            GAS, CREATE_CONTRACT_ADDRESS if create else target, here, 0, b"" if create else data,
            code if create else state.get_code(target), create_address=made,
        )  # fmt: skip
        context = state.get_transaction_context_class()(gas_price=0, origin=here)
        kind = state.computation_class
        done = (kind.apply_create_message if create else kind.apply_message)(state, message, context)
        if done.is_error:
            if type(done.error).__name__ != "Revert":
                raise AssertionError(f"the machine broke: {done.error!r}")
            raise RevertedError(bytes(done.output))
        return bytes(made) if made is not None else bytes(done.output)

    def deploy(self, artifact: str, types: Sequence[str] = (), values: Sequence[object] = (), by: str = ZERO) -> str:
        """Address of a new contract."""
        from eth_abi import encode

        return "0x" + self._apply(by, "", b"", bytecode(artifact) + encode(types, values)).hex()

    def place(self, address: str, code: bytes) -> str:
        """Put code at an address."""
        self.state.set_code(bytes.fromhex(address[2:]), code)
        return address

    def send(self, sender: str, to: str, signature: str, *values: object, returns: Sequence[str] = ()) -> Any:
        """Call a function and keep what it changed; its return values. Raises ``RevertedError``."""
        from eth_abi import decode, encode

        data = selector(signature) + encode(types_of(signature), values)
        return decode(returns, self._apply(sender, to, data, b""))

    def read(self, to: str, signature: str, *values: object, returns: Sequence[str] = ("uint256",)) -> Any:
        """Call a function that changes nothing."""
        return self.send(ZERO, to, signature, *values, returns=returns)

    def raw(self, to: str, data: bytes) -> bytes:
        """Bytes that a call returns; whatever it changed is undone."""
        with self.undone():
            return self._apply(ZERO, to, data, b"")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is forgotten."""
        before = self.state.snapshot()
        try:
            yield
        finally:
            self.state.revert(before)


# ---- a callee that pays

OPCODES: Final = {
    "MUL": 0x02, "SGT": 0x13, "SHL": 0x1B, "CALLER": 0x33, "CALLDATALOAD": 0x35, "POP": 0x50, "MSTORE": 0x52,
    "GAS": 0x5A, "CALL": 0xF1,
}  # fmt: skip


def assemble(text: str) -> bytes:
    """EVM code of a listing: names of operations, and hexadecimal numbers to push (of 1 to 32 bytes)."""
    code = bytearray()
    for word in text.split():
        if word in OPCODES:
            code.append(OPCODES[word])
        else:
            pushed = bytes.fromhex(word)
            code += bytes([0x5F + len(pushed)]) + pushed
    return bytes(code)


def payer() -> bytes:
    """Code of an account that owes a pool nothing: any call of the form ``f(int256, int256, bytes)`` is paid for.

    Mint and swap callbacks are such calls: what is asked of token 0 and of token 1, and the bytes that were handed to
    the pool, here the two token addresses. ``transfer(caller, max(amount, 0))`` is sent to each.
    """
    listing = "a9059cbb e0 SHL 00 MSTORE CALLER 04 MSTORE "
    for amount, token in (("04", "84"), ("24", "a4")):
        listing += f"00 {amount} CALLDATALOAD SGT {amount} CALLDATALOAD MUL 24 MSTORE "
        listing += f"00 00 44 00 00 {token} CALLDATALOAD GAS CALL POP "
    return assemble(listing)
