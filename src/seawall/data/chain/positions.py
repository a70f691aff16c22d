"""A liquidity position as the chain has it, in raw token units, exact to what the contracts would pay out.

Sources: the public functions of Uniswap v2 and v3 core and v3 periphery, of Balancer's v2 vault and weighted pools, and
of Curve's stable pools.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, final

from seawall.core.errors import DataError, InputError, MissingDataError, RevertedError
from seawall.data.chain.abi import keccak
from seawall.data.chain.block import NOWHERE, Block, Token, address
from seawall.instruments.pool_state import PoolState, Range, Share, TickState, Tokens, burn
from seawall.kernels.uniswap3_ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE

MANAGERS: Final = {
    1: "0xc36442b4a4522e871399cd717abdd847ab11fe88",
    10: "0xc36442b4a4522e871399cd717abdd847ab11fe88",
    137: "0xc36442b4a4522e871399cd717abdd847ab11fe88",
    8453: "0x03a520b32c04bf3beef7beb72e919cf822ed34f1",
    42161: "0xc36442b4a4522e871399cd717abdd847ab11fe88",
}
"""Position manager of Uniswap v3 by chain id (Uniswap's list of deployments)."""
MOST_COINS: Final = 8


class V3Terms(NamedTuple):
    """Raw liquidity between two ticks, and the pool's price and tick."""

    liquidity: int
    lower: int
    upper: int
    sqrt_price: int
    tick: int


class ShareTerms(NamedTuple):
    """``held`` of ``supply`` pool tokens, and what the whole pool holds of each token."""

    held: int
    supply: int
    balances: tuple[int, ...]
    weights: tuple[float, ...] = ()
    amplification: int | None = None


@final
@dataclass(frozen=True, slots=True)
class ChainPosition:
    """A position at a block.

    ``fee`` is a fraction of the traded amount, None when the pool does not say it. ``amounts``: raw tokens that
    belong to the position without fees. ``owed``: fees and burnt liquidity not collected yet.
    """

    kind: str
    chain_id: int
    block: int
    at: str
    pool: str
    id: str
    tokens: tuple[Token, ...]
    fee: float | None
    amounts: tuple[int, ...]
    owed: tuple[int, ...]
    terms: V3Terms | ShareTerms


def _stamp(block: Block) -> str:
    return block.at.isoformat().replace("+00:00", "Z")


# ---- Uniswap v3

POSITION: Final = (
    "uint96", "address", "address", "address", "uint24", "int24", "int24", "uint128", "uint256", "uint256", "uint128",
    "uint128",
)  # fmt: skip
SHARE: Final = ("uint128", "uint256", "uint256", "uint128", "uint128")
SLOT: Final = ("uint160", "int24", "uint16", "uint16", "uint16", "uint8", "bool")
TICK: Final = ("uint128", "int128", "uint256", "uint256", "int56", "uint160", "uint32", "bool")


def v3_nft(block: Block, number: int, manager: str | None = None) -> ChainPosition:
    """The position behind an NFT of the position manager. Raises ``RevertedError`` for an unknown id."""
    if not 0 <= number < 1 << 256:
        raise InputError(f"an NFT id is a number from 0, was {number}: check it")
    told = manager or MANAGERS.get(block.chain_id)
    if told is None:
        raise InputError(f"the position manager of chain {block.chain_id} is not known here: give --manager ADDRESS")
    manager = address(told, "manager")
    _, _, token0, token1, fee, lower, upper, *share = block.call(manager, "positions(uint256)", (number,), POSITION)
    factory = block.address_at(manager, "factory()")
    pool = block.address_at(factory, "getPool(address,address,uint24)", token0, token1, fee)
    if pool == NOWHERE:
        raise DataError(f"the factory {factory} has no pool of position {number}: check the manager and the chain")
    return _v3(block, pool, Range(str(number), lower, upper), Share(share[0], Tokens(*share[1:3]), Tokens(*share[3:])))


def v3_pool(block: Block, pool: str, at: Range) -> ChainPosition:
    """The position that an address holds in a pool itself, without the position manager."""
    pool, owner = address(pool, "pool"), address(at.owner, "owner")
    for tick in at[1:]:
        if not -(1 << 23) <= tick < 1 << 23:
            raise InputError(f"tick {tick} is outside 24 bits: check it")
    packed = bytes.fromhex(owner[2:]) + b"".join(tick.to_bytes(3, "big", signed=True) for tick in at[1:])
    share = block.call(pool, "positions(bytes32)", (keccak(packed),), SHARE)
    if not any((share[0], *share[3:])):
        raise MissingDataError(f"{owner} has nothing in [{at.lower}, {at.upper}] of {pool}: check owner and ticks")
    return _v3(block, pool, at._replace(owner=owner), Share(share[0], Tokens(*share[1:3]), Tokens(*share[3:])))


def _v3(block: Block, pool: str, at: Range, share: Share) -> ChainPosition:
    """Price, fee growth and both ticks; the pool's own arithmetic then books fees and takes the liquidity out."""
    sqrt_price, tick, *_ = block.call(pool, "slot0()", (), SLOT)
    if not MIN_SQRT_PRICE <= sqrt_price < MAX_SQRT_PRICE:
        raise DataError(f"{pool} has no price at block {block.number}: it is not open yet, or no pool")
    growth = Tokens(*(block.number_at(pool, f"feeGrowthGlobal{token}X128()") for token in range(2)))
    fee = block.number_at(pool, "fee()", kind="uint24")
    spacing = block.number_at(pool, "tickSpacing()", kind="int24")
    ticks = {}
    for end in (at.lower, at.upper):
        gross, net, out0, out1, *_ = block.call(pool, "ticks(int24)", (end,), TICK)
        ticks[end] = TickState(gross, net, Tokens(out0, out1))
    liquidity = block.number_at(pool, "liquidity()", kind="uint128")
    state = PoolState(fee, spacing, sqrt_price, tick, liquidity, growth, ticks, (at.lower, at.upper), {at: share})
    owed, taken = share.owed, (0, 0)
    if share.liquidity:
        owed = burn(state, at, 0).pool.shares[at].owed
        moved = burn(state, at, share.liquidity)
        taken = (-moved.amount0, -moved.amount1)
    tokens = tuple(block.token(block.address_at(pool, f"token{token}()")) for token in range(2))
    name = at.owner if at.owner.isdigit() else f"{at.owner}:{at.lower}:{at.upper}"
    terms = V3Terms(share.liquidity, at.lower, at.upper, sqrt_price, tick)
    return ChainPosition(
        "v3_pool", block.chain_id, block.number, _stamp(block), pool, name, tokens, fee / 1e6, taken, owed, terms
    )


# ---- shares of a pool


def _held(block: Block, token: str, owner: str) -> tuple[int, int]:
    """Pool tokens of an owner and of all."""
    held = block.number_at(token, "balanceOf(address)", owner)
    supply = block.number_at(token, "totalSupply()")
    if not held:
        raise MissingDataError(f"{owner} holds nothing of {token} at block {block.number}: check the owner")
    if held > supply:
        raise DataError(f"{owner} holds more of {token} than there is: ask another node")
    return held, supply


def _shared(
    block: Block, kind: str, pool: str, owner: str, tokens: tuple[str, ...], fee: float | None, terms: ShareTerms
) -> ChainPosition:
    named = tuple(block.token(token) for token in tokens)
    amounts = tuple(balance * terms.held // terms.supply for balance in terms.balances)
    nothing = (0,) * len(tokens)
    return ChainPosition(
        kind, block.chain_id, block.number, _stamp(block), pool, owner, named, fee, amounts, nothing, terms
    )


def v2_pair(block: Block, pair: str, owner: str) -> ChainPosition:
    """An owner's share of a Uniswap v2 pair, at the pair's reserves. Its fees are inside the reserves already."""
    pair, owner = address(pair, "pair"), address(owner, "owner")
    held, supply = _held(block, pair, owner)
    reserves = block.call(pair, "getReserves()", (), ("uint112", "uint112", "uint32"))[:2]
    tokens = tuple(block.address_at(pair, f"token{token}()") for token in range(2))
    return _shared(block, "v2_pool", pair, owner, tokens, None, ShareTerms(held, supply, reserves))


def weighted(block: Block, pool: str, owner: str) -> ChainPosition:
    """An owner's share of a weighted pool of Balancer's v2 vault."""
    pool, owner = address(pool, "pool"), address(owner, "owner")
    held, supply = _held(block, pool, owner)
    (name,) = block.call(pool, "getPoolId()", (), ("bytes32",))
    vault = block.address_at(pool, "getVault()")
    tokens, balances, _ = block.call(vault, "getPoolTokens(bytes32)", (name,), ("address[]", "uint256[]", "uint256"))
    (weights,) = block.call(pool, "getNormalizedWeights()", (), ("uint256[]",))
    fee = block.number_at(pool, "getSwapFeePercentage()")
    if not len(tokens) == len(balances) == len(weights):
        raise DataError(f"{pool} has {len(tokens)} tokens and {len(weights)} weights: check that it is a weighted pool")
    terms = ShareTerms(held, supply, balances, tuple(weight / 1e18 for weight in weights))
    return _shared(block, "weighted_pool", pool, owner, tokens, fee / 1e18, terms)


def stable(block: Block, pool: str, owner: str, shares: str | None = None) -> ChainPosition:
    """An owner's share of a Curve stable pool. ``shares``: the pool token, where it is another contract."""
    pool, owner = address(pool, "pool"), address(owner, "owner")
    token = pool if shares is None else address(shares, "--lp")
    try:
        held, supply = _held(block, token, owner)
    except RevertedError:
        raise InputError(f"{token} is not its own pool token: give the one of the pool with --lp ADDRESS") from None
    tokens, balances = _coins(block, pool)
    terms = ShareTerms(held, supply, balances, amplification=block.number_at(pool, "A()"))
    return _shared(block, "stable_pool", pool, owner, tokens, block.number_at(pool, "fee()") / 1e10, terms)


def _coins(block: Block, pool: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Tokens and balances, one after another until the pool refuses; the oldest pools count in int128."""
    for kind in ("uint256", "int128"):
        tokens: list[str] = []
        for number in range(MOST_COINS + 1):
            try:
                found = block.address_at(pool, f"coins({kind})", number)
            except (RevertedError, MissingDataError):
                break
            if found == NOWHERE:
                break
            tokens.append(found)
        if 2 <= len(tokens) <= MOST_COINS:
            return tuple(tokens), tuple(block.number_at(pool, f"balances({kind})", n) for n in range(len(tokens)))
    raise DataError(f"{pool} names no two coins: check that it is a stable pool")
