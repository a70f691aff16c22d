"""Files as users have them: recognised by what they contain, read into a ``Batch``, never by their name alone.

    recognise(name, content) -> Batch             a whole file or response
    parts(name, content)     -> Iterator[Batch]   the same in parts of bounded size, for files of any size

One module a format, one line in ``registry.RECOGNISERS``. ``name`` is only a hint where the content cannot say what
it describes (a Cboe index file is ``DATE,OPEN,HIGH,LOW,CLOSE`` for every index).
"""

from seawall.data.files.batch import (
    BAR_FIELDS,
    Bars,
    Batch,
    Funding,
    Observations,
    PoolRows,
    Rejected,
    Releases,
)
from seawall.data.files.registry import parts, recognise

__all__ = [
    "BAR_FIELDS",
    "Bars",
    "Batch",
    "Funding",
    "Observations",
    "PoolRows",
    "Rejected",
    "Releases",
    "parts",
    "recognise",
]
