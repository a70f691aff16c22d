"""`seawall data position`: a liquidity position read from a chain, as an entry of a book file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import AsJson, print_json
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.data.chain.block import Block
    from seawall.data.chain.positions import ChainPosition

EXAMPLES = (
    "Examples: seawall data position v3-nft 12345 --rpc URL | seawall data position v2-pair PAIR --owner ADDRESS | "
    "seawall data position v3-pool POOL --owner ADDRESS --lower -100 --upper 100 --out my.book.yaml"
)
KINDS: Final = ("v3-nft", "v3-pool", "v2-pair", "weighted", "stable")


@dataclass(frozen=True, slots=True)
class Words:
    """What a user says: each field is an argument or an option."""

    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")]
    what: Annotated[str, typer.Argument(metavar="ADDRESS_OR_ID", help="Id of the NFT, or address of the pool.")]
    rpc: Annotated[
        str | None, typer.Option("--rpc", metavar="URL", help="A node's JSON-RPC; else SEAWALL_RPC_URL.")
    ] = None
    chain_id: Annotated[int | None, typer.Option("--chain-id", min=1, help="Refuse a node of another chain.")] = None
    block: Annotated[int | None, typer.Option("--block", min=0, help="Read at this block, not the last.")] = None
    owner: Annotated[str | None, typer.Option("--owner", metavar="ADDRESS", help="Whose position; not for NFTs.")] = (
        None
    )
    lower: Annotated[int | None, typer.Option("--lower", metavar="TICK", help="Lower tick (v3-pool).")] = None
    upper: Annotated[int | None, typer.Option("--upper", metavar="TICK", help="Upper tick (v3-pool).")] = None
    manager: Annotated[
        str | None, typer.Option("--manager", metavar="ADDRESS", help="Position manager (v3-nft); else Uniswap's own.")
    ] = None
    lp: Annotated[
        str | None, typer.Option("--lp", metavar="ADDRESS", help="Pool token (stable), if it is not the pool.")
    ] = None
    quote: Annotated[str | None, typer.Option("--quote", metavar="SYMBOL", help="Token that prices are in.")] = None
    asset: Annotated[str | None, typer.Option("--asset", metavar="NAME", help="Name of the other in the book.")] = None
    insecure_ok: Annotated[bool, typer.Option("--insecure-ok", help="Speak plain http to another machine.")] = False
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write a new book with this position.")] = (
        None
    )
    as_json: AsJson = False


@gathered(Words)
def run(words: Words) -> None:
    """Read a liquidity position from a chain, all at one block, and print it as an entry of a book file."""
    from seawall.data.chain.block import block_of
    from seawall.data.chain.entry import Choice, book_entry, uncollected
    from seawall.data.chain.rpc import Node, node_address

    if words.kind not in KINDS:
        raise InputError(f"there is no kind {words.kind[:30]!r}: choose one of {', '.join(KINDS)}")
    if words.out is not None and words.out.exists():
        raise InputError(f"{words.out} is there already: name a new file")
    _check_terms(words)
    with Node(node_address(words.rpc, words.insecure_ok)) as node:
        position = _read(words, block_of(node, words.block, words.chain_id))
    entry = book_entry(position, Choice(words.quote, words.asset))
    if words.out is not None:
        _write(words.out, entry)
    if words.as_json:
        print_json(entry)
    else:
        typer.echo(_yaml([entry]), nl=False)
    if any(position.owed) and "fees_usd" not in entry:
        parts = zip(uncollected(position), position.tokens, strict=True)
        told = " and ".join(f"{amount:.6g} {token.symbol}" for amount, token in parts)
        typer.echo(f"not in the entry: {told} uncollected, because the quote is not known to be a dollar", err=True)


def _check_terms(words: Words) -> None:
    """Raise ``InputError`` for an option that is missing, before the network is asked."""
    if words.kind == "v3-nft":
        if not (words.what.isascii() and words.what.isdigit() and len(words.what) <= 78):
            raise InputError(f"{words.what[:60]!r} is no NFT id: give its number")
        return
    if words.owner is None:
        raise InputError(f"{words.kind} needs whose position it is: give --owner ADDRESS")
    if words.kind == "v3-pool" and (words.lower is None or words.upper is None):
        raise InputError("v3-pool needs the range: give --lower TICK and --upper TICK")


def _read(words: Words, block: "Block") -> "ChainPosition":
    from seawall.data.chain import positions
    from seawall.instruments.pool_state import Range

    owner = words.owner or ""
    if words.kind == "v3-nft":
        return positions.v3_nft(block, int(words.what), words.manager)
    if words.kind == "v3-pool":
        return positions.v3_pool(block, words.what, Range(owner, words.lower or 0, words.upper or 0))
    if words.kind == "v2-pair":
        return positions.v2_pair(block, words.what, owner)
    if words.kind == "weighted":
        return positions.weighted(block, words.what, owner)
    return positions.stable(block, words.what, owner, words.lp)


def _yaml(content: Any) -> str:
    import yaml

    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _write(path: Path, entry: dict[str, Any]) -> None:
    book = {"seawall_book": 1, "name": entry["label"], "positions": [entry]}
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_yaml(book))
    except FileExistsError:
        raise InputError(f"{path} is there already: name a new file") from None
    except OSError as fault:
        raise InputError(f"{path} cannot be written ({fault.strerror}): choose another place") from None
