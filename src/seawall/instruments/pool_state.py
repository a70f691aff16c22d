"""A Uniswap v3 pool with its initialised ticks and positions, exact to the last unit (METHOD 1.4).

``PoolState`` is frozen: every operation returns the state after it, so an operation that raises has changed nothing,
as a reverted transaction. Amounts are raw token units. Kept as in the contract: fee growth wraps at 256 bits, tokens
owed at 128. Left out: the price oracle, the protocol fee (zero, as deployed), flash loans and the token transfers.

Source: Adams, Zinsmeister, Salem, Keefer and Robinson, Uniswap v3 Core (2021), section 6.
"""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, final

from seawall.core.errors import BookError, BoundsError, DomainError, RangeError
from seawall.kernels.uniswap3 import (
    amount0_between,
    amount1_between,
    liquidity_after,
    mul_div,
    swap_step,
    valid_fee,
)
from seawall.kernels.uniswap3_ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q128,
    U128,
    U256,
    Stop,
    largest_tick,
    max_liquidity_per_tick,
    next_stop,
    signed,
    sqrt_price_at_tick,
    tick_at_sqrt_price,
    unsigned,
)


class Tokens(NamedTuple):
    """A number for each token: amounts, or fee growth per unit of liquidity in Q128.128."""

    token0: int = 0
    token1: int = 0


NOTHING: Final = Tokens()


class TickState(NamedTuple):
    """Liquidity that starts or ends at a tick, its net change when the price rises through, fee growth outside."""

    gross: int = 0
    net: int = 0
    outside: Tokens = NOTHING


class Range(NamedTuple):
    """Whose position, and between which ticks."""

    owner: str
    lower: int
    upper: int


class Share(NamedTuple):
    """A position: its liquidity, fee growth inside when last touched, and tokens owed and not collected."""

    liquidity: int = 0
    inside: Tokens = NOTHING
    owed: Tokens = NOTHING


@final
@dataclass(frozen=True, slots=True)
class PoolState:
    """Everything the pool remembers. ``fee`` in millionths; ``initialised`` are the keys of ``ticks``, rising.

    ``tick`` is kept beside the price because after a fall onto a tick it is one below that of the price.
    """

    fee: int
    spacing: int
    sqrt_price: int
    tick: int
    liquidity: int = 0
    growth: Tokens = NOTHING
    ticks: Mapping[int, TickState] = field(default_factory=dict)
    initialised: tuple[int, ...] = ()
    shares: Mapping[Range, Share] = field(default_factory=dict)


class Moved(NamedTuple):
    """A state, and what the pool received (positive) or paid (negative) on the way to it."""

    pool: PoolState
    amount0: int
    amount1: int


def open_pool(fee: int, spacing: int, sqrt_price: int) -> PoolState:
    """An empty pool at a Q64.96 price. Raises BoundsError for the price, DomainError for fee or spacing."""
    largest_tick(spacing)
    return PoolState(valid_fee(fee), spacing, sqrt_price, tick_at_sqrt_price(sqrt_price))


def growth_inside(pool: PoolState, lower: int, upper: int) -> Tokens:
    """Fee growth per liquidity between two ticks, modulo 2^256: only differences of it have a meaning."""
    found = list(pool.growth)
    for tick, below in ((lower, True), (upper, False)):
        outside = pool.ticks.get(tick, TickState()).outside
        here = pool.tick >= lower if below else pool.tick < upper
        for token in range(2):
            found[token] -= outside[token] if here else pool.growth[token] - outside[token]
    return Tokens(found[0] & U256, found[1] & U256)


def mint(pool: PoolState, at: Range, liquidity: int) -> Moved:
    """Add liquidity between two ticks; the amounts owed to the pool round up.

    Raises DomainError for no liquidity, too much of it at a tick (LO) or a tick off the spacing, RangeError when lower
    >= upper (TLU), BoundsError outside the ticks (TLM, TUM).
    """
    if unsigned(liquidity, 127, "liquidity") == 0:
        raise DomainError("cannot add a liquidity of 0: give a positive one, or burn 0 to book the fees (revert)")
    return _changed(pool, at, liquidity)


def burn(pool: PoolState, at: Range, liquidity: int) -> Moved:
    """Take liquidity out; the amounts, rounded down, and the fees so far become owed until collected.

    A liquidity of 0 books the fees only. Raises DomainError for more than the position holds (LS), BookError when there
    is no position to book fees for (NP), and as ``mint`` for the ticks.
    """
    moved = _changed(pool, at, -unsigned(liquidity, 127, "liquidity"))
    share = moved.pool.shares[at]
    owed = Tokens((share.owed.token0 - moved.amount0) & U128, (share.owed.token1 - moved.amount1) & U128)
    return moved._replace(pool=_with_share(moved.pool, at, share._replace(owed=owed)))


def collect(pool: PoolState, at: Range, amount0: int = U128, amount1: int = U128) -> Moved:
    """Pay out what a position is owed, at most the amounts asked for; an unknown position is owed nothing."""
    share = pool.shares.get(at, Share())
    paid0 = min(unsigned(amount0, 128, "amount0"), share.owed.token0)
    paid1 = min(unsigned(amount1, 128, "amount1"), share.owed.token1)
    if not paid0 and not paid1:
        return Moved(pool, 0, 0)
    left = share._replace(owed=Tokens(share.owed.token0 - paid0, share.owed.token1 - paid1))
    return Moved(_with_share(pool, at, left), -paid0, -paid1)


def _with_share(pool: PoolState, at: Range, share: Share) -> PoolState:
    return replace(pool, shares={**pool.shares, at: share})


def _changed(pool: PoolState, at: Range, delta: int) -> Moved:
    """Add or take liquidity and book the fees so far."""
    _check_ticks(at)
    ticks = dict(pool.ticks)
    if delta:
        for tick, sign in ((at.lower, 1), (at.upper, -1)):
            ticks[tick] = _updated(pool, tick, delta, sign * delta)
        for tick in (at.lower, at.upper):
            if tick % pool.spacing:
                raise DomainError(f"tick {tick} is no multiple of {pool.spacing}: round it to the spacing (revert)")
    # fees are read while both ticks still exist: an emptied one is forgotten only afterwards
    share = _booked(replace(pool, ticks=ticks), at, delta)
    kept = {tick: state for tick, state in ticks.items() if state.gross} if delta < 0 else ticks
    inside = at.lower <= pool.tick < at.upper
    after = replace(
        _with_share(pool, at, share),
        ticks=kept,
        initialised=_initialised(pool, at, kept),
        liquidity=liquidity_after(pool.liquidity, delta) if inside else pool.liquidity,
    )
    return Moved(after, *_amounts(pool, at, delta))


def _check_ticks(at: Range) -> None:
    for tick in (at.lower, at.upper):
        signed(tick, 24, "a tick")
    if at.lower >= at.upper:
        raise RangeError(f"lower tick {at.lower} must be below upper tick {at.upper}: swap them (revert TLU)")
    if at.lower < MIN_TICK:
        raise BoundsError(f"lower tick {at.lower} is below {MIN_TICK}: raise it (revert TLM)")
    if at.upper > MAX_TICK:
        raise BoundsError(f"upper tick {at.upper} is above {MAX_TICK}: lower it (revert TUM)")


def _updated(pool: PoolState, tick: int, delta: int, net: int) -> TickState:
    before = pool.ticks.get(tick)
    if before is None:
        # by convention all growth so far happened below a new tick
        before = TickState(outside=pool.growth if tick <= pool.tick else NOTHING)
    gross = liquidity_after(before.gross, delta)
    most = max_liquidity_per_tick(pool.spacing)
    if gross > most:
        raise DomainError(f"tick {tick} would hold a liquidity of {gross}: at most {most} fits (revert LO)")
    return TickState(gross, before.net + net, before.outside)


def _booked(pool: PoolState, at: Range, delta: int) -> Share:
    share = pool.shares.get(at, Share())
    if delta == 0 and share.liquidity == 0:
        raise BookError(f"{at.owner} has no liquidity in [{at.lower}, {at.upper}]: mint first (revert NP)")
    liquidity = liquidity_after(share.liquidity, delta)
    inside = growth_inside(pool, at.lower, at.upper)
    earned = (
        mul_div((now - last) & U256, share.liquidity, Q128) for now, last in zip(inside, share.inside, strict=True)
    )
    owed = Tokens(*((old + new) & U128 for old, new in zip(share.owed, earned, strict=True)))
    return Share(liquidity, inside, owed)


def _initialised(pool: PoolState, at: Range, ticks: Mapping[int, TickState]) -> tuple[int, ...]:
    found = [tick for tick in pool.initialised if tick in ticks]
    for tick in (at.lower, at.upper):
        if tick in ticks and tick not in pool.ticks:
            insort(found, tick)
    return tuple(found)


def _amounts(pool: PoolState, at: Range, delta: int) -> tuple[int, int]:
    """Both amounts of a change in liquidity; by tick, not by price: they differ on the edge of a range."""
    low, high = sqrt_price_at_tick(at.lower), sqrt_price_at_tick(at.upper)
    middle = low if pool.tick < at.lower else high if pool.tick >= at.upper else pool.sqrt_price
    sign, size, round_up = (1, delta, True) if delta > 0 else (-1, -delta, False)
    amount0, amount1 = amount0_between(middle, high, size, round_up), amount1_between(low, middle, size, round_up)
    return sign * amount0, sign * amount1


def swap(pool: PoolState, zero_for_one: bool, amount: int, sqrt_limit: int | None = None) -> Moved:
    """Trade through as many ticks as it takes: ``amount > 0`` is exact input, ``amount < 0`` exact output.

    Stops at ``sqrt_limit`` (None: just inside the last price), so it may spend or deliver less than asked. Raises
    DomainError for an amount of 0 (AS) or numbers out of bits, RangeError for a limit on the wrong side of the price
    and BoundsError for one outside the bounds (both SPL).
    """
    limit = _limit(pool, zero_for_one, amount, sqrt_limit)
    # rounding leaves all amounts below 2^255, so the contract's checks of signed overflow cannot fire
    left, other = amount, 0
    paid_in = 0 if zero_for_one else 1
    growth, crossed = list(pool.growth), dict[int, TickState]()
    price, tick, liquidity = pool.sqrt_price, pool.tick, pool.liquidity
    while left and price != limit:
        stop, start = next_stop(pool.initialised, tick, pool.spacing, zero_for_one), price
        end = sqrt_price_at_tick(stop.tick)
        target = max(end, limit) if zero_for_one else min(end, limit)
        step = swap_step(price, target, liquidity, left, pool.fee)
        price = step.sqrt_price
        spent = step.amount_in + step.fee
        if amount > 0:
            left, other = left - spent, other - step.amount_out
        else:
            left, other = left + step.amount_out, other + spent
        if liquidity:
            growth[paid_in] = (growth[paid_in] + mul_div(step.fee, Q128, liquidity)) & U256
        if price == end:
            liquidity = _crossed(pool, stop, liquidity, Tokens(*growth), crossed)
            tick = stop.tick - 1 if zero_for_one else stop.tick
        elif price != start:
            tick = tick_at_sqrt_price(price)
    after = replace(
        pool, sqrt_price=price, tick=tick, liquidity=liquidity, growth=Tokens(*growth),
        ticks={**pool.ticks, **crossed} if crossed else pool.ticks,
    )  # fmt: skip
    used = amount - left
    return Moved(after, used, other) if zero_for_one == (amount > 0) else Moved(after, other, used)


def _limit(pool: PoolState, zero_for_one: bool, amount: int, sqrt_limit: int | None) -> int:
    if signed(amount, 256, "an amount") == 0:
        raise DomainError("an amount of 0 is no swap: positive is input, negative is output (revert AS)")
    if sqrt_limit is None:
        sqrt_limit = MIN_SQRT_PRICE + 1 if zero_for_one else MAX_SQRT_PRICE - 1
    elif not MIN_SQRT_PRICE < unsigned(sqrt_limit, 160, "the price limit") < MAX_SQRT_PRICE:
        raise BoundsError(
            f"the price limit must lie between {MIN_SQRT_PRICE} and {MAX_SQRT_PRICE}, was {sqrt_limit} (revert SPL)"
        )
    if not (sqrt_limit < pool.sqrt_price if zero_for_one else sqrt_limit > pool.sqrt_price):
        side = "below" if zero_for_one else "above"
        raise RangeError(
            f"the price limit {sqrt_limit} must be {side} the price {pool.sqrt_price}: turn the swap round (revert SPL)"
        )
    return sqrt_limit


def _crossed(pool: PoolState, stop: Stop, liquidity: int, growth: Tokens, crossed: dict[int, TickState]) -> int:
    """Liquidity beyond a stop; an initialised tick turns its fee growth outside to the other side."""
    if not stop.initialised:
        return liquidity
    state = pool.ticks[stop.tick]
    outside = Tokens(*((now - old) & U256 for now, old in zip(growth, state.outside, strict=True)))
    crossed[stop.tick] = state._replace(outside=outside)
    rising = stop.tick > pool.tick
    return liquidity_after(liquidity, state.net if rising else -state.net)
