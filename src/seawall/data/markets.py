"""Market files: the world at one instant as a user writes it down, every number with its source."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, PositiveFloat, model_validator

from seawall.core.clock import close_instant, is_session, settlement_instant, years_between
from seawall.core.datum import Datum, Origin
from seawall.core.errors import ConventionError, InputError, MissingDataError, SeawallError
from seawall.data.documents import Document, read_document
from seawall.kernels.modelled import vvix_level
from seawall.market.curve import LONG_RUN_VIX, VixCurve
from seawall.market.smile import FlatSmile, QuotedSmile, Smile, VixSmile
from seawall.market.state import Asset, State, VixMarket


class Strict(BaseModel):
    """A part of a document that refuses unknown keys, NaN and infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


def _day(given: Any) -> Any:
    """A bare date in JSON is text of ten characters; without this it would be read as midnight."""
    return date.fromisoformat(given) if isinstance(given, str) and len(given) == len("2018-02-02") else given


When = Annotated[datetime | date, BeforeValidator(_day)]
"""An instant, or a date whose instant the contract decides."""


class NumberFile(Strict):
    """A number with its provenance. A bare number takes the document's time and source."""

    value: FiniteFloat
    as_of: When | None = None
    source: str | None = None
    origin: Origin = Origin.OBSERVED

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, int | float) and not isinstance(given, bool) else given


class SmileFile(Strict):
    """Exactly one of: ``model: vix``, ``flat``, or ``strikes`` with ``vols``."""

    model: Literal["vix"] | None = None
    flat: PositiveFloat | None = None
    strikes: list[PositiveFloat] | None = None
    vols: list[PositiveFloat] | None = None
    source: str = "market file"
    origin: Origin = Origin.OBSERVED

    @model_validator(mode="after")
    def _one_form(self) -> "SmileFile":
        forms = [self.model is not None, self.flat is not None, self.strikes is not None and self.vols is not None]
        if sum(forms) != 1:
            raise ValueError("give exactly one of `model: vix`, `flat: 0.20`, or `strikes` with `vols`")
        return self


class AssetFile(Strict):
    """One underlying."""

    spot: NumberFile
    smile: SmileFile
    income_yield: FiniteFloat = 0.0
    realised_vol: NumberFile | None = None
    funding: NumberFile | None = None
    spx_share: NumberFile | None = None


class FutureFile(Strict):
    """One VIX future: settlement date and level."""

    expiry: date
    level: PositiveFloat


class VixFile(Strict):
    """VIX and what is known around it; futures and VVIX are modelled where they are absent."""

    value: PositiveFloat
    as_of: When | None = None
    source: str | None = None
    anchor: PositiveFloat = LONG_RUN_VIX
    vvix: NumberFile | None = None
    realised_vol: NumberFile | None = None
    futures: list[FutureFile] = []


class MarketFile(Strict):
    """The document."""

    seawall_market: Literal[1]
    now: datetime
    source: str
    rate: NumberFile
    assets: Annotated[dict[str, AssetFile], Field(min_length=1)]
    vix: VixFile | None = None


def instant(moment: datetime | date | None, now: datetime) -> datetime:
    """A date means its New York close (midnight UTC at its end when it is no session); an instant needs a zone."""
    if moment is None:
        return now
    if isinstance(moment, datetime):
        if moment.utcoffset() is None:
            raise ConventionError(f"{moment} has no time zone: write 2018-02-02T21:00:00Z")
        return moment.astimezone(UTC)
    if is_session(moment):
        return close_instant(moment)
    return datetime.combine(moment, time(23, 59), UTC)


def _datum(number: NumberFile, file: MarketFile, now: datetime) -> Datum[float]:
    seen = instant(number.as_of, now)
    return Datum(number.value, seen, seen, number.source or file.source, number.origin)


def _smile(smile: SmileFile, file: MarketFile) -> Smile:
    if smile.strikes is not None and smile.vols is not None:
        return QuotedSmile(tuple(smile.strikes), tuple(smile.vols), smile.source, smile.origin)
    if smile.flat is not None:
        origin = Origin.MODELLED if smile.origin is Origin.OBSERVED else smile.origin
        return FlatSmile(smile.flat, f"flat, {smile.source}", origin)
    if file.vix is None:
        raise MissingDataError(
            "`smile: {model: vix}` needs VIX: add a `vix` block, or give `flat` or `strikes` with `vols`"
        )
    return VixSmile(file.vix.value, file.vix.anchor)


def _vix(vix: VixFile, file: MarketFile, now: datetime) -> VixMarket:
    seen = instant(vix.as_of, now)
    index = Datum(vix.value, seen, seen, vix.source or file.source)
    curve = VixCurve(vix.value, vix.anchor)
    if vix.futures:
        years = tuple(years_between(now, settlement_instant("VX", future.expiry)) for future in vix.futures)
        levels = tuple(future.level for future in vix.futures)
        curve = VixCurve(vix.value, vix.anchor, years, levels, vix.source or file.source, Origin.OBSERVED)
    if vix.vvix is None:
        rule = "linear in VIX, 80 + 0.75 VIX, mean error 12 points"
        vvix = Datum(float(vvix_level(vix.value)), seen, seen, rule, Origin.MODELLED)
    else:
        vvix = _datum(vix.vvix, file, now)
    realised = None if vix.realised_vol is None else _datum(vix.realised_vol, file, now)
    return VixMarket(index, curve, vvix, realised)


def market_from(document: Document) -> State:
    """A state from a parsed market document; raises ``SeawallError`` naming file and line."""
    file = document.parse(MarketFile)
    place: tuple[str | int, ...] = ("now",)
    try:
        now = instant(file.now, file.now)
        assets = {}
        for name, asset in file.assets.items():
            place = ("assets", name)
            assets[name] = Asset(
                spot=_datum(asset.spot, file, now),
                smile=_smile(asset.smile, file),
                income_yield=asset.income_yield,
                realised_vol=None if asset.realised_vol is None else _datum(asset.realised_vol, file, now),
                funding=None if asset.funding is None else _datum(asset.funding, file, now),
                spx_share=None if asset.spx_share is None else _datum(asset.spx_share, file, now),
            )
        place = ("vix",)
        vix = None if file.vix is None else _vix(file.vix, file, now)
        place = ("now",)
        return State(now, assets, _datum(file.rate, file, now), vix)
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), *place) from None


def load_market(path: Path) -> State:
    """Read a market file (YAML or JSON)."""
    document = read_document(path)
    if isinstance(document.content, dict) and "seawall_market" not in document.content:
        raise document.error(InputError, "not a market file: it must start with `seawall_market: 1`")
    return market_from(document)
