"""What every position of a book file says."""

from pydantic import AwareDatetime, Field, FiniteFloat, PositiveFloat

from seawall.data.markets import Strict


class OriginFile(Strict):
    """Where a position was read: chain, block and its time, pool, and the position's name there."""

    chain_id: int = Field(gt=0)
    block: int = Field(ge=0)
    at: AwareDatetime
    pool: str
    id: str


class PositionFile(Strict):
    """What every position says: a unique label, how many, and optionally its group and entry price."""

    label: str = Field(min_length=1, max_length=60)
    quantity: PositiveFloat = 1.0
    group: str | None = None
    entry: FiniteFloat | None = Field(None, description="price per unit paid when long, received when short")
    bought: PositiveFloat | None = Field(None, description="units when it was opened, if some were sold since")
    moved_by: str = Field("", max_length=40, description="rule that struck it last, as its ticket names it")
    daily_volume: PositiveFloat | None = Field(None, description="units its market trades a day")
    origin: OriginFile | None = None
