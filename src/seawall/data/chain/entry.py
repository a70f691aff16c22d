"""A position from a chain as an entry of a book file: human units, one token as the asset, the other as the money."""

import math
from fractions import Fraction
from typing import Any, Final, NamedTuple

from seawall.core.errors import InputError
from seawall.data.chain.block import Token
from seawall.data.chain.positions import ChainPosition, ShareTerms, V3Terms
from seawall.kernels.uniswap3_ticks import Q96, sqrt_price_at_tick

DOLLARS: Final = frozenset(
    {"USDC", "USDT", "DAI", "USDC.e", "USDbC", "USDT0", "USD₮0", "PYUSD", "LUSD", "FRAX", "crvUSD", "GHO", "USDS"}
)
"""Symbols taken for a US dollar when the user names no quote."""
WRAPPED: Final = {"WETH": "ETH", "WBTC": "BTC"}
"""Tokens booked under the name of what they wrap."""


class Choice(NamedTuple):
    """What the user says of the names: the symbol of the quote, and the asset's name in the book."""

    quote: str | None = None
    asset: str | None = None


AS_FOUND: Final = Choice()


def book_entry(position: ChainPosition, choice: Choice = AS_FOUND) -> dict[str, Any]:
    """The position as a mapping for a book file; ``origin`` says where it was read.

    Prices are quote per base in human units. Liquidity is scaled so that base times quote is its square, in human
    units. Raises ``InputError`` when the quote is not clear, or the position is empty.
    """
    quote = _quote(position.tokens, choice.quote)
    others = [token.symbol for index, token in enumerate(position.tokens) if index != quote]
    symbol = "-".join(others)
    pair = f"{symbol}/{position.tokens[quote].symbol}"
    short = position.id if len(position.id) <= 20 else f"{position.id[:6]}..{position.id[38:]}"
    entry: dict[str, Any] = {
        "label": f"{pair} {short}"[:60],
        "kind": position.kind,
        "asset": choice.asset or WRAPPED.get(symbol, symbol),
    }
    if isinstance(position.terms, V3Terms):
        entry |= _range(position, position.terms, quote)
    elif position.kind == "v2_pool":
        amounts = _human(position.amounts, position.tokens)
        entry["liquidity"] = _positive(math.sqrt(float(amounts[0] * amounts[1])))
    elif position.kind == "weighted_pool":
        entry |= _weighted(position, position.terms, quote)
    else:
        entry |= _stable(position, position.terms, quote)
    at = {"chain_id": position.chain_id, "block": position.block, "at": position.at}
    return entry | {"origin": {**at, "pool": position.pool, "id": position.id}}


def uncollected(position: ChainPosition) -> tuple[float, ...]:
    """What is owed and not collected, in human units of each token."""
    return tuple(float(amount) for amount in _human(position.owed, position.tokens))


def _human(amounts: tuple[int, ...], tokens: tuple[Token, ...]) -> list[Fraction]:
    return [Fraction(amount, 10**token.decimals) for amount, token in zip(amounts, tokens, strict=True)]


def _quote(tokens: tuple[Token, ...], told: str | None) -> int:
    """Which token is the quote: the one named, else the only one that looks like a dollar."""
    symbols = [token.symbol for token in tokens]
    if told is not None:
        fits = [index for index, symbol in enumerate(symbols) if symbol.casefold() == told.casefold()]
        if len(fits) != 1:
            raise InputError(f"--quote {told[:20]} is not one of {', '.join(symbols)}: name one of them")
        return fits[0]
    dollars = [index for index, symbol in enumerate(symbols) if symbol in DOLLARS]
    if len(dollars) != 1:
        raise InputError(f"{', '.join(symbols)}: which of them are prices in? Say it with --quote SYMBOL")
    return dollars[0]


def _positive(size: float) -> float:
    if not size > 0.0:
        raise InputError("the position holds no liquidity: there is nothing to book")
    return size


def _price(sqrt_price: int, tokens: tuple[Token, ...], quote: int) -> Fraction:
    """Quote per base of a Q64.96 square-root price, which is token 1 per token 0 in raw units."""
    price = Fraction(sqrt_price, Q96) ** 2 * Fraction(10) ** (tokens[0].decimals - tokens[1].decimals)
    return price if quote == 1 else 1 / price


def _range(position: ChainPosition, terms: V3Terms, quote: int) -> dict[str, Any]:
    tokens = position.tokens
    scale = 10.0 ** ((tokens[0].decimals + tokens[1].decimals) / 2)
    ends = sorted(_price(sqrt_price_at_tick(tick), tokens, quote) for tick in (terms.lower, terms.upper))
    found: dict[str, Any] = {"liquidity": _positive(terms.liquidity / scale)}
    found |= {"low": float(ends[0]), "high": float(ends[1])}
    if tokens[quote].symbol in DOLLARS and any(position.owed):
        owed = _human(position.owed, tokens)
        found["fees_usd"] = float(owed[quote] + owed[1 - quote] * _price(terms.sqrt_price, tokens, quote))
    return found


def _weighted(position: ChainPosition, terms: ShareTerms, quote: int) -> dict[str, Any]:
    if len(position.tokens) != 2:
        raise InputError(f"a weighted pool of {len(position.tokens)} tokens has no kind in a book: only two do")
    amounts = [float(amount) for amount in _human(position.amounts, position.tokens)]
    base = 1 - quote
    held = {"base_amount": _positive(amounts[base]), "quote_amount": _positive(amounts[quote])}
    return {"weight": terms.weights[base], **held}


def _stable(position: ChainPosition, terms: ShareTerms, quote: int) -> dict[str, Any]:
    """The whole pool and the owner's part of it; the quote's balance stands last."""
    balances = [float(amount) for amount in _human(terms.balances, position.tokens)]
    ordered = [balance for index, balance in enumerate(balances) if index != quote] + [balances[quote]]
    return {
        "amplification": terms.amplification, "balances": ordered, "share": terms.held / terms.supply,
    }  # fmt: skip
