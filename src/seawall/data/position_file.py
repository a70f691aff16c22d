"""What every position of a book file says."""

from pydantic import Field, FiniteFloat, PositiveFloat

from seawall.data.markets import Strict


class PositionFile(Strict):
    """What every position says: a unique label, how many, and optionally its group and entry price."""

    label: str = Field(min_length=1, max_length=60)
    quantity: PositiveFloat = 1.0
    group: str | None = None
    entry: FiniteFloat | None = Field(None, description="price per unit paid when long, received when short")
