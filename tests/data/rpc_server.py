"""A node on a loopback port: JSON-RPC answered by a function, with the faults of the vendors' server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.data.vendor_server import Answer, Request, Vendors, vendors

Respond = Callable[[str, list[Any]], Any]


class RefusedError(Exception):
    """What a node says in the `error` of its answer."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


@contextmanager
def node(respond: Respond) -> Iterator[Vendors]:
    """Answers every question by ``respond(method, params)``; ``faults["*"]`` are used up first, one a request."""
    with vendors() as world:

        def answer(request: Request) -> Answer:
            question = json.loads(request.body)
            told = {"jsonrpc": "2.0", "id": question["id"]}
            try:
                told["result"] = respond(question["method"], question["params"])
            except RefusedError as fault:
                told["error"] = fault.error
            plain = Answer(json.dumps(told).encode(), headers={"Content-Type": "application/json"})
            queue = world.faults.get("*")
            return queue.pop(0)(plain) if queue else plain

        world.answer = answer  # type: ignore[method-assign]
        yield world


SELECTORS: Final = {
    "symbol()": "95d89b41", "decimals()": "313ce567", "balanceOf(address)": "70a08231", "totalSupply()": "18160ddd",
    "token0()": "0dfe1681", "token1()": "d21220a7", "getReserves()": "0902f1ac", "slot0()": "3850c7bd",
    "liquidity()": "1a686502", "positions(bytes32)": "514ea4bf", "positions(uint256)": "99fbab88",
    "ticks(int24)": "f30dba93", "feeGrowthGlobal0X128()": "f3058399", "feeGrowthGlobal1X128()": "46141319",
    "fee()": "ddca3f43", "tickSpacing()": "d0c93a7c", "factory()": "c45a0155",
    "getPool(address,address,uint24)": "1698ee82", "getPoolId()": "38fff2d0", "getVault()": "8d928af8",
    "getPoolTokens(bytes32)": "f94d4668", "getNormalizedWeights()": "f89f27ed", "getSwapFeePercentage()": "55c67628",
    "coins(uint256)": "c6610657", "balances(uint256)": "4903b0d1", "A()": "f446c1d0", "coins(int128)": "23746eb8",
    "balances(int128)": "065a80d8",
}  # fmt: skip
"""First four bytes of the hash of each signature, as block explorers list them."""


@dataclass
class FakeChain:
    """Contracts that know their answers by heart."""

    chain_id: int = 1
    block: int = 19_000_000
    timestamp: int = 1_705_000_000
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)

    def put(self, to: str, signature: str, types: list[str], values: list[object], *arguments: object) -> None:
        """What a function of a contract returns for some arguments."""
        from eth_abi import encode

        inside = signature[signature.index("(") + 1 : -1]
        words = encode(inside.split(",") if inside else [], arguments).hex()
        self.answers[to, f"0x{SELECTORS[signature]}{words}"] = "0x" + encode(types, values).hex()

    def token(self, address: str, symbol: str | bytes, decimals: int) -> None:
        """A token; one whose symbol is bytes answers with 32 of them."""
        kind = "string" if isinstance(symbol, str) else "bytes32"
        self.put(address, "symbol()", [kind], [symbol])
        self.put(address, "decimals()", ["uint8"], [decimals])

    def respond(self, method: str, params: list[Any]) -> Any:
        """One answer of the node."""
        self.asked.append((method, params))
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_blockNumber":
            return hex(self.block)
        if method == "eth_getBlockByNumber":
            known = int(params[0], 16) <= self.block
            return {"number": params[0], "timestamp": hex(self.timestamp), "hash": "0x0"} if known else None
        if method == "eth_call":
            found = self.answers.get((params[0]["to"], params[0]["data"]))
            if found is None:
                raise RefusedError(3, "execution reverted", "0x")
            return found
        raise RefusedError(-32601, "the method does not exist")
