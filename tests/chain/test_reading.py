"""Positions read over JSON-RPC from published contracts, against what these contracts then pay out."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Final

import pytest
from tests.chain.evm import (
    BLOCK,
    CHAIN_ID,
    ERC20,
    FACTORY,
    MANAGER,
    PAIR,
    PAIR_FACTORY,
    ROUTER,
    SUPPLY,
    TIMESTAMP,
    ZERO,
    Evm,
    RevertedError,
    bytecode,
    keccak,
    lacking,
    payer,
    selector,
)
from tests.data.rpc_server import SELECTORS, RefusedError, node

from seawall.core import errors
from seawall.data.chain.block import Block, block_of
from seawall.data.chain.entry import Choice, book_entry
from seawall.data.chain.positions import ChainPosition, V3Terms, v2_pair, v3_nft, v3_pool
from seawall.data.chain.rpc import Node
from seawall.data.sources.http import Pace
from seawall.instruments.pool_state import Range
from seawall.kernels.uniswap3_ticks import Q96, U128

if why := lacking():
    pytest.skip(why, allow_module_level=True)

ME: Final = "0x" + "c3" * 20
TRADER: Final = "0x" + "d4" * 20
PAYER: Final = "0x" + "e5" * 20
LATE: Final = 1 << 40
PAIR_INIT_CODE_HASH: Final = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
"""Hash of the creation code of every Uniswap v2 pair; a constant of the published UniswapV2Library."""


class World:
    """Both generations of Uniswap with two tokens of 18 decimals."""

    def __init__(self) -> None:
        self.evm = evm = Evm()
        arguments = ["string", "string", "uint256", "address"]
        deployed = sorted(evm.deploy(ERC20, arguments, ["Made", symbol, SUPPLY, ME]) for symbol in ("ABC", "XYZ"))
        self.tokens = deployed
        self.factory = evm.deploy(FACTORY)
        self.manager = evm.deploy(MANAGER, ["address"] * 3, [self.factory, ZERO, ZERO])
        self.router = evm.deploy(ROUTER, ["address"] * 2, [self.factory, ZERO])
        self.pairs = evm.deploy(PAIR_FACTORY, ["address"], [ZERO])
        evm.place(PAYER, payer())
        for token in deployed:
            for other in (TRADER, PAYER):
                evm.send(ME, token, "transfer(address,uint256)", other, SUPPLY // 4)
            for owner, spender in ((ME, self.manager), (TRADER, self.router)):
                evm.send(owner, token, "approve(address,uint256)", spender, SUPPLY)

    def open(self, fee: int, sqrt_price: int) -> str:
        create = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
        (pool,) = self.evm.send(ME, self.manager, create, *self.tokens, fee, sqrt_price, returns=["address"])
        return str(pool)

    def mint(self, fee: int, lower: int, upper: int, amount: int) -> int:
        """Id of a new NFT."""
        kinds = "(address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256)"
        words = (*self.tokens, fee, lower, upper, amount, amount, 0, 0, ME, LATE)
        return int(self.evm.send(ME, self.manager, f"mint({kinds})", words, returns=["uint256"])[0])

    def trade(self, fee: int, zero_for_one: bool, amount: int) -> None:
        there, back = self.tokens if zero_for_one else self.tokens[::-1]
        kinds = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
        words = (there, back, fee, TRADER, LATE, amount, 0, 0)
        self.evm.send(TRADER, self.router, f"exactInputSingle({kinds})", words)

    def respond(self, method: str, params: list[Any]) -> Any:
        """The machine as a node that remembers one block only."""
        if method == "eth_chainId":
            return hex(CHAIN_ID)
        if method == "eth_blockNumber":
            return hex(BLOCK)
        if method == "eth_getBlockByNumber":
            return {"number": params[0], "timestamp": hex(TIMESTAMP)} if int(params[0], 16) == BLOCK else None
        assert method == "eth_call"
        if params[1] != hex(BLOCK):
            raise RefusedError(-32000, "missing trie node 1234 (path )")
        try:
            return "0x" + self.evm.raw(params[0]["to"], bytes.fromhex(params[0]["data"][2:])).hex()
        except RevertedError as fault:
            raise RefusedError(3, "execution reverted", "0x" + fault.data.hex()) from None


@pytest.fixture(scope="module")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    with deployed.evm.undone():
        yield deployed


@contextmanager
def block(world: World) -> Iterator[Block]:
    with node(world.respond) as served, Node(served.url, pace=Pace(sleep=lambda _: None)) as asked:
        yield block_of(asked, chain_id=CHAIN_ID)


def read_nft(world: World, number: int) -> ChainPosition:
    with block(world) as here:
        return v3_nft(here, number, world.manager)


@pytest.mark.parametrize("seed", range(8))
def test_an_nft_is_worth_what_the_manager_pays_out(seed: int, world: World) -> None:
    draw, evm = random.Random(seed), world.evm  # noqa: S311
    fee, spacing = draw.choice(((500, 10), (3000, 60), (10000, 200)))
    start = draw.randrange(Q96 // 50, Q96 * 50)
    pool = world.open(fee, start)
    tick = evm.read(pool, "slot0()", returns=["uint160", "int24", "uint16", "uint16", "uint16", "uint8", "bool"])[1]
    here = tick // spacing * spacing
    ranges = [(here - draw.randint(1, 40) * spacing, here + draw.randint(1, 40) * spacing) for _ in range(4)]
    ranges += [(here - 50 * spacing, here - 5 * spacing), (here + 5 * spacing, here + 50 * spacing)]
    widest = 887_200 // spacing * spacing  # someone else, so that trades never run out of liquidity
    world.mint(fee, -widest, widest, 10**22)
    ids = [world.mint(fee, *ends, draw.randrange(10**18, 10**22)) for ends in ranges]
    for _ in range(12):
        world.trade(fee, draw.random() < 0.5, draw.randrange(10**15, 10**21))
    decrease = "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))"
    found = read_nft(world, ids[0])
    assert isinstance(found.terms, V3Terms)
    evm.send(ME, world.manager, decrease, (ids[0], found.terms.liquidity // 3, 0, 0, LATE))  # owed and still earning
    world.trade(fee, True, 10**19)
    assert any(sum(read_nft(world, number).owed) > 0 for number in ids)
    for number, ends in zip(ids, ranges, strict=True):
        found = read_nft(world, number)
        assert isinstance(found.terms, V3Terms)
        assert (found.pool, found.id, found.fee) == (pool, str(number), fee / 1e6)
        assert (found.block, found.chain_id, found.at) == (BLOCK, CHAIN_ID, "2023-11-14T22:13:20Z")
        assert (found.terms.lower, found.terms.upper) == ends
        collect = "collect((uint256,address,uint128,uint128))"
        fees = evm.send(ME, world.manager, collect, (number, ME, U128, U128), returns=["uint256"] * 2)
        assert found.owed == tuple(fees)
        out = evm.send(
            ME, world.manager, decrease, (number, found.terms.liquidity, 0, 0, LATE), returns=["uint256"] * 2
        )
        assert found.amounts == tuple(out)
        left = read_nft(world, number)
        assert (left.amounts, left.owed) == ((0, 0), tuple(out))
        evm.send(ME, world.manager, collect, (number, ME, U128, U128))
        evm.send(ME, world.manager, "burn(uint256)", number)
        with pytest.raises(errors.RevertedError, match="Invalid token ID"):
            read_nft(world, number)


def test_the_entry_s_liquidity_and_range_give_the_amounts_back(world: World) -> None:
    world.open(3000, Q96 * 3)
    number = world.mint(3000, 18000, 25020, 10**21)
    found = read_nft(world, number)
    symbols = [token.symbol for token in found.tokens]
    assert sorted(symbols) == ["ABC", "XYZ"]
    entry = book_entry(found, Choice(quote=symbols[1]))
    price = 9.0  # the square of the price the pool was opened at
    size, low, high = (float(entry[name]) for name in ("liquidity", "low", "high"))
    # white paper, equations 6.29 and 6.30
    assert size * (1 / price**0.5 - 1 / high**0.5) == pytest.approx(found.amounts[0] / 1e18, rel=1e-9)
    assert size * (price**0.5 - low**0.5) == pytest.approx(found.amounts[1] / 1e18, rel=1e-9)
    turned = book_entry(found, Choice(quote=symbols[0]))
    assert (turned["asset"], turned["liquidity"]) == (symbols[1], entry["liquidity"])
    assert (1 / turned["high"], 1 / turned["low"]) == pytest.approx((low, high))
    assert entry["origin"]["id"] == str(number)


def test_a_position_of_the_pool_itself(world: World) -> None:
    evm, pool = world.evm, world.open(500, Q96)
    data = b"".join(bytes(12) + bytes.fromhex(token[2:]) for token in world.tokens)
    evm.send(PAYER, pool, "mint(address,int24,int24,uint128,bytes)", PAYER, -600, 1200, 10**21, data)
    for there in (True, False, True):
        world.trade(500, there, 10**18)
    with block(world) as here:
        found = v3_pool(here, pool, Range(PAYER, -600, 1200))
        with pytest.raises(errors.MissingDataError, match="check owner and ticks"):
            v3_pool(here, pool, Range(ME, -600, 1200))
    assert found.id == f"{PAYER}:-600:1200"
    evm.send(PAYER, pool, "burn(int24,int24,uint128)", -600, 1200, 0)
    collect = "collect(address,int24,int24,uint128,uint128)"
    fees = evm.send(PAYER, pool, collect, PAYER, -600, 1200, U128, U128, returns=["uint128"] * 2)
    assert found.owed == tuple(fees)
    assert min(fees) > 0
    out = evm.send(PAYER, pool, "burn(int24,int24,uint128)", -600, 1200, 10**21, returns=["uint256"] * 2)
    assert found.amounts == tuple(out)


@pytest.mark.parametrize("seed", range(6))
def test_a_share_of_a_pair_is_worth_what_burning_it_pays(seed: int, world: World) -> None:
    draw, evm = random.Random(seed), world.evm  # noqa: S311
    create = "createPair(address,address)"
    (pair,) = evm.send(ME, world.pairs, create, *world.tokens, returns=["address"])
    transfer = "transfer(address,uint256)"
    for owner in (ME, TRADER):
        for token in world.tokens:
            evm.send(owner, token, transfer, pair, draw.randrange(10**18, 10**24))
        evm.send(owner, pair, "mint(address)", owner)
    reserves = evm.read(pair, "getReserves()", returns=["uint112", "uint112", "uint32"])
    paid = reserves[0] // 7
    got = paid * 997 * reserves[1] // (reserves[0] * 1000 + paid * 997)
    evm.send(TRADER, world.tokens[0], transfer, pair, paid)
    evm.send(TRADER, pair, "swap(uint256,uint256,address,bytes)", 0, got, TRADER, b"")
    with block(world) as here:
        found = v2_pair(here, pair, TRADER)
        with pytest.raises(errors.MissingDataError, match="holds nothing"):
            v2_pair(here, pair, PAYER)
    entry = book_entry(found, Choice(quote=found.tokens[1].symbol))
    amounts = [Fraction(amount, 10**18) for amount in found.amounts]
    assert Fraction(entry["liquidity"]) ** 2 == pytest.approx(float(amounts[0] * amounts[1]))
    (held,) = evm.read(pair, "balanceOf(address)", TRADER)
    evm.send(TRADER, pair, transfer, pair, held)
    out = evm.send(TRADER, pair, "burn(address)", TRADER, returns=["uint256", "uint256"])
    assert found.amounts == tuple(out)


def test_the_pair_is_the_deployed_one() -> None:
    assert keccak(bytecode(PAIR)).hex() == PAIR_INIT_CODE_HASH


def test_an_earlier_block_needs_an_archive(world: World) -> None:
    with node(world.respond) as served, Node(served.url, pace=Pace(sleep=lambda _: None)) as asked:
        with pytest.raises(errors.MissingDataError, match="archive node, or a later block"):
            block_of(asked, BLOCK - 1)
        with pytest.raises(errors.WrongChainError, match=f"chain {CHAIN_ID}, not 1"):
            block_of(asked, chain_id=1)


@pytest.mark.parametrize("signature", SELECTORS)
def test_selectors_are_the_hashes_of_their_signatures(signature: str) -> None:
    assert selector(signature).hex() == SELECTORS[signature]
