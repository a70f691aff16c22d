"""Positions of a book file: one model a kind, each turned into its instrument."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from seawall.core.clock import settlement_instant
from seawall.core.errors import SettlementUnknownError
from seawall.data.markets import When, instant
from seawall.data.perp_files import PERP_FILES, InversePerpFile, LinearPerpFile, PowerPerpFile
from seawall.data.pool_files import AnyPool, PoolFile
from seawall.data.position_file import PositionFile
from seawall.instruments.base import Instrument, Position
from seawall.instruments.option import EuropeanOption, Right
from seawall.instruments.perp_account import PerpAccount
from seawall.instruments.structures import (
    OptionMaker,
    calendar,
    call_ladder,
    condor,
    option_on,
    option_on_vix,
    vertical,
)
from seawall.instruments.vix import VixFuture, VixOption

Side = Literal["long", "short"]
Root = Literal["SPX", "SPXW", "VIX"]


class Optionlike(PositionFile):
    """Options and their structures: an underlying, and a root that says on which print they settle."""

    side: Side
    underlying: str = "SPX"
    root: Root | None = None
    multiplier: PositiveFloat = 100.0

    def settlement(self, expiry: date | datetime) -> datetime:
        """Instant of the settlement print."""
        if isinstance(expiry, datetime):
            return instant(expiry, expiry)
        root = "VIX" if self.underlying == "VIX" else self.root
        if root is None:
            raise SettlementUnknownError(
                "the root decides the settlement print: add `root: SPX` (open of the date) or `root: SPXW` (close), "
                "or write `expiry` as an instant such as 2018-03-30T08:00:00Z"
            )
        return settlement_instant(root, expiry)

    def maker(self) -> OptionMaker:
        """Makes the legs."""
        return option_on_vix() if self.underlying == "VIX" else option_on(self.underlying, self.multiplier)

    @property
    def sign(self) -> float:
        """+1 long, -1 short."""
        return 1.0 if self.side == "long" else -1.0


class OptionFile(Optionlike):
    """One European option."""

    kind: Literal["option"]
    right: Right
    strike: PositiveFloat
    expiry: When

    def instrument(self) -> Instrument:
        """The contract."""
        return EuropeanOption(self.underlying, self.right, self.strike, self.settlement(self.expiry), self.multiplier)


class VerticalFile(Optionlike):
    """Two strikes, one right, one expiry."""

    kind: Literal["vertical"]
    right: Right
    strikes: list[PositiveFloat]
    expiry: When

    def instrument(self) -> Instrument:
        """The structure."""
        return vertical(self.maker(), self.right, self.strikes, self.settlement(self.expiry))


class CondorFile(Optionlike):
    """Four rising strikes; ``side: short`` sells the iron condor."""

    kind: Literal["condor"]
    strikes: list[PositiveFloat]
    expiry: When

    def instrument(self) -> Instrument:
        """The structure."""
        return condor(self.maker(), self.strikes, self.settlement(self.expiry))


class CalendarFile(Optionlike):
    """One strike, a near expiry sold and a far one bought (``side: long``)."""

    kind: Literal["calendar"]
    right: Right
    strike: PositiveFloat
    near: When
    far: When

    def instrument(self) -> Instrument:
        """The structure."""
        return calendar(self.maker(), self.right, self.strike, self.settlement(self.near), self.settlement(self.far))


class LadderFile(Optionlike):
    """Calls at rising strikes, ``weights`` of each (default one)."""

    kind: Literal["call_ladder"]
    strikes: list[PositiveFloat]
    weights: list[PositiveFloat] | None = None
    expiry: When

    def instrument(self) -> Instrument:
        """The structure."""
        weights = self.weights or [1.0] * len(self.strikes)
        return call_ladder(self.maker(), self.strikes, weights, self.settlement(self.expiry))


class VixFutureFile(PositionFile):
    """VX contracts; ``entry`` is the level they were opened at."""

    kind: Literal["vix_future"]
    side: Side
    expiry: date
    entry: PositiveFloat

    def instrument(self) -> Instrument:
        """The contract."""
        return VixFuture(settlement_instant("VX", self.expiry), self.entry)


class VixOptionFile(Optionlike):
    """One VIX option, on the future of its own expiry."""

    kind: Literal["vix_option"]
    underlying: str = "VIX"
    right: Right
    strike: PositiveFloat
    expiry: date

    def instrument(self) -> Instrument:
        """The contract."""
        return VixOption(self.right, self.strike, settlement_instant("VIX", self.expiry), self.multiplier)


AnyPosition = Annotated[
    OptionFile
    | VerticalFile
    | CondorFile
    | CalendarFile
    | LadderFile
    | VixFutureFile
    | VixOptionFile
    | AnyPool
    | LinearPerpFile
    | InversePerpFile
    | PowerPerpFile,
    Field(discriminator="kind"),
]


Listed = OptionFile | VerticalFile | CondorFile | CalendarFile | LadderFile | VixFutureFile | VixOptionFile


def position_of(file: AnyPosition, accounts: Mapping[str, PerpAccount] = MappingProxyType({})) -> Position:
    """The position a file entry describes; raises a ``SeawallError`` for terms that cannot be."""
    if isinstance(file, PERP_FILES):
        made = file.position(accounts)
        volume = file.daily_volume
        return made if volume is None else replace(made, daily_volume=made.quantity * volume / file.quantity)
    made = _position(file)
    return replace(made, bought=file.bought, moved_by=file.moved_by, daily_volume=file.daily_volume)


def _position(file: Listed | AnyPool) -> Position:
    instrument = file.instrument()
    group = file.group or ("pools" if isinstance(file, PoolFile) else "options")
    if isinstance(file, PoolFile):
        return Position(file.label, instrument, file.quantity, group, file.entry_usd())
    if isinstance(file, VixFutureFile):
        sign = 1.0 if file.side == "long" else -1.0
        return Position(file.label, instrument, sign * file.quantity, group, 0.0)
    entry = None if file.entry is None else file.entry * file.multiplier
    return Position(file.label, instrument, file.sign * file.quantity, group, entry)
