"""Option chains: vendor tables as text or Parquet, handed whole to ``data.chains``."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from seawall.core.errors import DataError, InputError
from seawall.data.files.archive import PARQUET
from seawall.data.files.batch import Batch

_OCC: Final = re.compile(rb"\b[A-Z]{1,6}\d{6}[CP]\d{8}\b")
_LOOKED_AT: Final = 64 << 10
ENOUGH: Final = 3
SOURCE: Final = "chain file"
MOST_NOTES: Final = 6
CHAIN_COLUMNS: Final = frozenset({"strike", "bid", "ask"})
_HEADER: Final = re.compile(
    rb"^(?=[^\n]*\bstrike(?:_price)?\b)(?=[^\n]*(?:bid|\bcall_bid))(?=[^\n]*(?:ask|offer))[^\n]*[,;\t]", re.IGNORECASE
)


def claims(content: bytes | Path) -> bool:
    """True for a Parquet table with strikes and quotes, and for text with listed option symbols."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            head = file.read(_LOOKED_AT)
    else:
        head = content[:_LOOKED_AT]
    if head.startswith(PARQUET):
        return set(parquet_columns(content)) >= CHAIN_COLUMNS
    return len(_OCC.findall(head)) >= ENOUGH or _HEADER.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def parquet_columns(content: bytes | Path) -> list[str]:
    """Column names in lower case. Raises ``InputError`` for a damaged file."""
    import io

    import polars as pl

    try:
        schema = pl.read_parquet_schema(io.BytesIO(content) if isinstance(content, bytes) else content)
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise InputError(f"the Parquet file is damaged ({str(fault)[:80]}): fetch it again") from None
    return [name.lower() for name in schema]


def read(name: str, content: bytes | Path) -> Batch:
    """The chains of a file. Raises ``SeawallError`` when it is none after all."""
    from seawall.data.chains import load_chains

    with tempfile.TemporaryDirectory(prefix="seawall-") as folder:
        stem = re.split(r"[\\/]", name)[-1] or "chain"
        path = Path(folder) / re.sub(r"[^\w.-]", "_", stem)[-100:]
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.symlink_to(content.resolve())
        chains = tuple(load_chains(path))
    if not chains:
        raise DataError(f"{name} looks like option quotes but holds none that can be read: check its columns")
    # The key of a stored row must not change with the file's name; the name itself stands in the provenance.
    stem = path.name
    chains = tuple(replace(one, source=SOURCE) if stem in one.source else one for one in chains)
    sources = {chain.source for chain in chains}
    lines = list(dict.fromkeys(re.sub(r"\d[\d,]* ", "some ", line) for one in chains for line in one.assumptions()))
    return Batch(
        source=", ".join(sorted(sources)), format="option chain", chains=chains,
        rows=sum(chain.size for chain in chains), notes=tuple(lines[:MOST_NOTES]),
    )  # fmt: skip
