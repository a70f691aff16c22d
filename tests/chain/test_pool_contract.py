"""``PoolState`` against the deployed contract: the same random calls on both, everything compared to the last unit."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
from tests.chain.evm import ERC20, FACTORY, POOL, SUPPLY, ZERO, Evm, RevertedError, bytecode, keccak, lacking, payer

from seawall.core.errors import SeawallError
from seawall.instruments.pool_state import (
    Moved,
    PoolState,
    Range,
    Share,
    TickState,
    Tokens,
    burn,
    collect,
    mint,
    open_pool,
    swap,
)
from seawall.kernels.uniswap3_ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q96,
    U128,
    max_liquidity_per_tick,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
)

if why := lacking():
    pytest.skip(why, allow_module_level=True)

OWNERS: Final = ("0x" + "a1" * 20, "0x" + "b2" * 20)
STANDARD: Final = ((500, 10), (3000, 60), (10000, 200))
SEEDS: Final = range(100)
CALLS: Final = 40
POOL_INIT_CODE_HASH: Final = "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"
"""Hash of the creation code of every v3 pool on every chain; a constant of the published PoolAddress library."""


@dataclass
class World:
    """The factory and two tokens whose whole supply two accounts share."""

    evm: Evm
    factory: str
    tokens: tuple[str, str]

    @property
    def data(self) -> bytes:
        return b"".join(bytes(12) + bytes.fromhex(token[2:]) for token in self.tokens)

    def open(self, fee: int, spacing: int, sqrt_price: int) -> str:
        """A new pool at a price; fees that the factory does not have yet are enabled."""
        if (fee, spacing) not in STANDARD:
            self.evm.send(ZERO, self.factory, "enableFeeAmount(uint24,int24)", fee, spacing)
        create = "createPool(address,address,uint24)"
        (pool,) = self.evm.send(ZERO, self.factory, create, *self.tokens, fee, returns=["address"])
        self.evm.send(ZERO, pool, "initialize(uint160)", sqrt_price)
        return str(pool)


@pytest.fixture(scope="module")
def deployed() -> World:
    evm = Evm()
    for owner in OWNERS:
        evm.place(owner, payer())
    arguments = (["string", "string", "uint256", "address"], ["Token", "TOK", SUPPLY, OWNERS[0]])
    low, high = sorted(evm.deploy(ERC20, *arguments) for _ in range(2))
    for token in (low, high):
        evm.send(OWNERS[0], token, "transfer(address,uint256)", OWNERS[1], SUPPLY // 2)
    return World(evm, evm.deploy(FACTORY), (low, high))


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    with deployed.evm.undone():
        yield deployed


def said(fault: SeawallError) -> str:
    """The contract's word at the end of our message."""
    told = re.search(r"\(revert ?(\w*)\)$", str(fault))
    return told.group(1) if told else f"no revert: {fault}"


@dataclass
class Twin:
    """A pool twice: the contract, and the model."""

    world: World
    address: str
    model: PoolState
    held: tuple[int, int] = (0, 0)
    ranges: set[Range] = field(default_factory=set)
    reverts: list[str] = field(default_factory=list)

    def call(self, label: str, ours: Callable[[PoolState], Moved], owner: str, signature: str, *values: object) -> None:
        """Do the same on both; amounts or reverts must agree, and so must everything that can be read cheaply."""
        amounts = ["int256" if signature.startswith("swap") else "uint256"] * 2
        if signature.startswith("collect"):
            amounts = ["uint128"] * 2
        try:
            got = self.world.evm.send(owner, self.address, signature, *values, returns=amounts)
            theirs: object = (got[0], got[1])
        except RevertedError as fault:
            theirs = fault.name
        try:
            moved = ours(self.model)
            sign = 1 if signature.startswith(("mint", "swap")) else -1
            found: object = (sign * moved.amount0, sign * moved.amount1)
        except SeawallError as fault:
            moved, found = None, said(fault)
        assert found == theirs, label
        if moved is None:
            self.reverts.append(str(found))
        else:
            self.model = moved.pool
            if not signature.startswith("burn"):  # which pays nothing out: it only books
                self.held = (self.held[0] + moved.amount0, self.held[1] + moved.amount1)
        self.compare(label)

    def mint(self, owner: str, lower: int, upper: int, liquidity: int) -> None:
        at = Range(owner, lower, upper)
        words = (owner, lower, upper, liquidity, self.world.data)
        self.call(f"mint {at} {liquidity}", lambda p: mint(p, at, liquidity), owner, MINT, *words)
        self.ranges.add(at)

    def burn(self, at: Range, liquidity: int) -> None:
        words = (at.lower, at.upper, liquidity)
        self.call(f"burn {at} {liquidity}", lambda p: burn(p, at, liquidity), at.owner, BURN, *words)

    def collect(self, at: Range, amount0: int, amount1: int) -> None:
        words = (at.owner, at.lower, at.upper, amount0, amount1)
        self.call(f"collect {words}", lambda p: collect(p, at, amount0, amount1), at.owner, COLLECT, *words)

    def swap(self, zero_for_one: bool, amount: int, limit: int | None) -> None:
        end = limit if limit is not None else MIN_SQRT_PRICE + 1 if zero_for_one else MAX_SQRT_PRICE - 1
        words = (OWNERS[0], zero_for_one, amount, end, self.world.data)
        self.call(
            f"swap {zero_for_one} {amount} {limit} from {self.model.sqrt_price}",
            lambda p: swap(p, zero_for_one, amount, limit), OWNERS[0], SWAP, *words,
        )  # fmt: skip

    def compare(self, label: str) -> None:
        """Price, tick, liquidity and fee growth."""
        read, model = self.world.evm.read, self.model
        slot = read(self.address, "slot0()", returns=SLOT)
        growth = tuple(read(self.address, f"feeGrowthGlobal{token}X128()")[0] for token in range(2))
        (liquidity,) = read(self.address, "liquidity()", returns=["uint128"])
        ours = (model.sqrt_price, model.tick, model.liquidity, tuple(model.growth))
        assert ours == (slot[0], slot[1], liquidity, growth), label

    def compare_all(self) -> None:
        """Every tick and position that was ever named, and the balances."""
        read, model = self.world.evm.read, self.model
        for tick in sorted({end for at in self.ranges for end in at[1:] if abs(end) < 1 << 23}):
            gross, net, out0, out1, *_, initialised = read(self.address, "ticks(int24)", tick, returns=TICK)
            assert model.ticks.get(tick, TickState()) == (gross, net, (out0, out1)), tick
            assert initialised == (tick in model.initialised)
        for at in self.ranges:
            packed = bytes.fromhex(at.owner[2:]) + b"".join(end.to_bytes(3, "big", signed=True) for end in at[1:])
            found = read(self.address, "positions(bytes32)", keccak(packed), returns=POSITION)
            assert model.shares.get(at, Share()) == Share(found[0], Tokens(*found[1:3]), Tokens(*found[3:])), at
        for token, held in zip(self.world.tokens, self.held, strict=True):
            assert read(token, "balanceOf(address)", self.address) == (held,)


MINT: Final = "mint(address,int24,int24,uint128,bytes)"
BURN: Final = "burn(int24,int24,uint128)"
COLLECT: Final = "collect(address,int24,int24,uint128,uint128)"
SWAP: Final = "swap(address,bool,int256,uint160,bytes)"
SLOT: Final = ("uint160", "int24", "uint16", "uint16", "uint16", "uint8", "bool")
TICK: Final = ("uint128", "int128", "uint256", "uint256", "int56", "uint160", "uint32", "bool")
POSITION: Final = ("uint128", "uint256", "uint256", "uint128", "uint128")


@dataclass
class Dice:
    """Draws calls, most of them sound."""

    draw: random.Random

    def size(self, digits: float) -> int:
        """A number of 1 to ``10^digits``, evenly in its logarithm."""
        return max(int(10 ** self.draw.uniform(0, digits)), 1)

    def terms(self) -> tuple[int, int, int]:
        """Fee, spacing and starting price."""
        if self.draw.random() < 0.4:
            fee, spacing = self.draw.choice(STANDARD)
        else:
            fee = self.draw.choice((0, 1, 100, 2500, 999_999, self.draw.randrange(1, 10**6)))
            spacing = self.draw.choice((1, 2, 7, 50, 100, 887, 16383))
        far = self.draw.random() < 0.15
        tick = self.draw.randint(MIN_TICK, MAX_TICK - 1) if far else self.draw.randint(-210_000, 210_000)
        low = sqrt_price_at_tick(tick)
        return fee, spacing, self.draw.randrange(low, sqrt_price_at_tick(tick + 1))

    def range(self, twin: Twin) -> tuple[int, int]:
        """Ticks around or beside the price; now and then wrong ones."""
        spacing, widest = twin.model.spacing, MAX_TICK // twin.model.spacing
        here, reach = twin.model.tick // spacing, self.draw.choice((2, 20, 500, widest))
        ends = [min(max(here + self.draw.randint(-reach, reach), -widest), widest) * spacing for _ in range(2)]
        if ends[0] == ends[1]:
            ends[1] += spacing
        lower, upper = sorted(ends)
        wrong = self.draw.random()
        if wrong < 0.02:
            return upper, lower
        if wrong < 0.04:
            return lower, upper + 1
        if wrong < 0.06:
            return self.draw.choice(((-(1 << 23), upper), (lower, (1 << 23) - 1)))
        return lower, upper

    def act(self, twin: Twin) -> None:
        """One call."""
        kind = self.draw.choices(("mint", "swap", "burn", "collect"), (3, 6, 2, 1))[0]
        if kind == "mint" or not twin.ranges:
            most = max_liquidity_per_tick(twin.model.spacing)
            liquidity = self.draw.choices((self.size(24), 0, most), (96, 1, 3))[0]
            twin.mint(self.draw.choice(OWNERS), *self.range(twin), liquidity)
        elif kind == "swap":
            self.swap(twin)
        else:
            at = self.draw.choice(sorted(twin.ranges))
            if self.draw.random() < 0.05:
                at = Range(self.draw.choice(OWNERS), *self.range(twin))
                twin.ranges.add(at)
            share = twin.model.shares.get(at, Share())
            if kind == "burn":
                part = self.draw.randint(0, share.liquidity)
                twin.burn(at, self.draw.choices((part, share.liquidity, 0, share.liquidity + 1), (5, 3, 2, 1))[0])
            else:
                owed = tuple(self.draw.choice((U128, self.draw.randint(0, most + 1), 0)) for most in share.owed)
                twin.collect(at, *owed)

    def swap(self, twin: Twin) -> None:
        """Either direction, exact input or output, with and without a limit, sizes from dust to more than there is."""
        zero_for_one, model = self.draw.random() < 0.5, twin.model
        amount = self.draw.choices((self.size(26), 0, (1 << 255) - 1), (96, 1, 3))[0]
        if self.draw.random() < 0.5:
            amount = -amount
        reach = self.draw.choice((model.spacing // 2, model.spacing * 3, model.spacing * 256 * 5)) + 1
        tick = min(max(model.tick + (-reach if zero_for_one else reach), MIN_TICK + 1), MAX_TICK - 1)
        limit: int | None = sqrt_price_at_tick(tick)
        if model.spacing >= 50 and self.draw.random() < 0.4:  # a finer spacing has thousands of empty words to walk
            limit = None
        elif self.draw.random() < 0.04:
            limit = self.draw.choice((0, MIN_SQRT_PRICE, MAX_SQRT_PRICE, (1 << 160) - 1, model.sqrt_price))
        twin.swap(zero_for_one, amount, limit)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_calls_do_the_same_to_both(seed: int, world: World) -> None:
    dice = Dice(random.Random(seed))  # noqa: S311
    fee, spacing, sqrt_price = dice.terms()
    twin = Twin(world, world.open(fee, spacing, sqrt_price), open_pool(fee, spacing, sqrt_price))
    for _ in range(CALLS):
        dice.act(twin)
    twin.compare_all()
    for at in sorted(twin.model.shares):  # at last everyone leaves
        twin.burn(at, twin.model.shares[at].liquidity) if twin.model.shares[at].liquidity else None
        twin.collect(at, U128, U128)
    twin.compare_all()
    assert twin.model.liquidity == 0


def test_the_contract_is_the_deployed_one() -> None:
    assert keccak(bytecode(POOL)).hex() == POOL_INIT_CODE_HASH


def test_every_price_has_the_contract_s_tick(world: World) -> None:
    create = "createPool(address,address,uint24)"
    (pool,) = world.evm.send(ZERO, world.factory, create, *world.tokens, 3000, returns=["address"])
    draw = random.Random(7)  # noqa: S311
    ticks = [MIN_TICK, -1, 0, 1, MAX_TICK - 1, *(draw.randint(MIN_TICK, MAX_TICK - 1) for _ in range(300))]
    prices = {sqrt_price_at_tick(tick) + nudge for tick in ticks for nudge in (-1, 0, 1)}
    for price in sorted(prices):
        with world.evm.undone():
            try:
                world.evm.send(ZERO, pool, "initialize(uint160)", price)
            except RevertedError as fault:
                with pytest.raises(SeawallError, match=rf"\(revert {fault.name}\)$"):
                    tick_at_sqrt_price(price)
                continue
            assert world.evm.read(pool, "slot0()", returns=SLOT)[1] == tick_at_sqrt_price(price)


@pytest.mark.parametrize("spacing", [1, 2, 3, 10, 60, 200, 887, 16383])
def test_the_most_a_tick_may_hold(spacing: int, world: World) -> None:
    pool = world.open(42, spacing, Q96)
    assert world.evm.read(pool, "maxLiquidityPerTick()", returns=["uint128"]) == (max_liquidity_per_tick(spacing),)


E18: Final = 10**18
A: Final = OWNERS[0]
REVERTS: Final[tuple[tuple[str, Callable[[Twin], None]], ...]] = (
    ("", lambda t: t.mint(A, -60, 60, 0)),
    ("TLU", lambda t: t.mint(A, 60, -60, 1)),
    ("TLU", lambda t: t.mint(A, 60, 60, 1)),
    ("TLM", lambda t: t.mint(A, -887280, 60, 1)),
    ("TUM", lambda t: t.mint(A, -60, 887280, 1)),
    ("", lambda t: t.mint(A, -61, 60, 1)),
    ("LO", lambda t: t.mint(A, -60, 60, max_liquidity_per_tick(60))),
    ("LS", lambda t: t.burn(Range(A, -60, 60), E18 + 1)),
    ("LS", lambda t: t.burn(Range(OWNERS[1], -60, 60), 1)),
    ("NP", lambda t: t.burn(Range(OWNERS[1], -60, 60), 0)),
    ("TLU", lambda t: t.burn(Range(A, 60, -60), 0)),
    ("AS", lambda t: t.swap(True, 0, None)),
    ("SPL", lambda t: t.swap(True, 1, Q96)),
    ("SPL", lambda t: t.swap(False, 1, Q96)),
    ("SPL", lambda t: t.swap(True, 1, MIN_SQRT_PRICE)),
    ("SPL", lambda t: t.swap(False, 1, MAX_SQRT_PRICE)),
)


@pytest.mark.parametrize(("word", "action"), REVERTS)
def test_every_revert_has_the_contract_s_word(word: str, action: Callable[[Twin], None], world: World) -> None:
    twin = Twin(world, world.open(3000, 60, Q96), open_pool(3000, 60, Q96))
    twin.mint(A, -60, 60, E18)
    action(twin)
    assert twin.reverts == [word]
