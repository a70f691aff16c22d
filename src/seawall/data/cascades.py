"""Cascade files: a market's forced flows as a user writes them down, checked line by line."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import numpy as np
import yaml
from pydantic import ConfigDict, Field, FiniteFloat, PositiveFloat, model_validator

from seawall.core.datum import Origin
from seawall.core.errors import InputError, SeawallError
from seawall.data.documents import Document, below, read_document
from seawall.data.markets import Strict
from seawall.instruments.liquidations_model import MEDIANS
from seawall.instruments.venues import venue as venue_named
from seawall.kernels.margin import BACKSTOP, schedule
from seawall.kernels.perp import PARTIAL_FROM, PARTIAL_SHARE
from seawall.sim.cascade_case import VOL_RESPONSE, WITHDRAWAL, VolTerms
from seawall.sim.crowd import Limits
from seawall.sim.waterfall_state import BY_LEVERAGED_PROFIT, Deleverage, Venue, pro_rata

NOT_FILE: Final = Path("command line")
NEEDED: Final = {
    (
        "accounts",
        "open_interest",
    ): "whose positions is not said: give --accounts FILE or --open-interest USD|FILE|store",
    ("impact",): "depth is unknown: give --depth USD that move the price 1 %, --adv USD, or --pool LABEL",
    ("venue",): "the venue's rules are unknown: give --venue NAME or --maintenance SHARE",
}
RULES: Final = ("name", "maintenance", "tiers")
POINTS: Final = 100.0
Share = Annotated[FiniteFloat, Field(ge=0.0, lt=1.0)]


class InterestFile(Strict):
    """Open interest: a ``file`` with daily rows, ``store: true`` for the store's, or one number in ``usd``.

    ``inverse``: the file counts dollars of a coin-margined perp. ``max_leverage``: the venue's.
    """

    file: str | None = None
    store: bool = False
    usd: PositiveFloat | None = None
    inverse: bool = False
    max_leverage: FiniteFloat = Field(50.0, gt=1.0)
    median: PositiveFloat = MEDIANS[1]

    @model_validator(mode="after")
    def _one(self) -> "InterestFile":
        if (self.file is not None) + self.store + (self.usd is not None) != 1:
            raise ValueError("give exactly one of `file` with daily open interest, `store: true`, or a number in `usd`")
        if self.median not in MEDIANS:
            raise ValueError(
                f"median leverage must be one of {', '.join(f'{m:g}' for m in MEDIANS)}: they are the band"
            )
        return self


class ImpactFile(Strict):
    """Exactly one of: ``usd_per_pct`` (linear), ``adv_usd`` (square root, with ``daily_vol``), ``pool`` of the book."""

    usd_per_pct: PositiveFloat | None = None
    adv_usd: PositiveFloat | None = None
    daily_vol: PositiveFloat | None = None
    factor: PositiveFloat = 1.0
    pool: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "ImpactFile":
        if sum(one is not None for one in (self.usd_per_pct, self.adv_usd, self.pool)) != 1:
            raise ValueError("give exactly one of `usd_per_pct`, `adv_usd` or `pool`")
        return self


class TierFile(Strict):
    """Maintenance ``rate`` from a notional in dollars on, and the leverage it allows."""

    above: FiniteFloat = Field(ge=0.0)
    rate: Share
    max_leverage: FiniteFloat | None = Field(None, ge=1.0)


class VenueFile(Strict):
    """``name`` of a known venue, or ``maintenance``, or ``tiers``; and what the venue does with those below it."""

    name: str | None = None
    maintenance: Share | None = None
    tiers: list[TierFile] | None = None
    first_part: FiniteFloat | None = Field(None, gt=0.0, le=1.0)
    part_above_usd: FiniteFloat | None = Field(None, ge=0.0)
    backstop: Share | None = None
    fee: Share = 0.0
    insurance_usd: FiniteFloat | None = Field(None, ge=0.0)
    deleverage: Literal["queue", "pro_rata"] = "queue"

    @model_validator(mode="after")
    def _one(self) -> "VenueFile":
        if sum(one is not None for one in (self.name, self.maintenance, self.tiers)) != 1:
            raise ValueError("give exactly one of `name`, `maintenance` or `tiers`")
        return self


class VolFile(Strict):
    """``level`` per square root of a year; ``response`` in points per 1 %; ``flow_usd_per_point`` sold as it rises."""

    level: PositiveFloat | None = None
    response: FiniteFloat | None = Field(None, ge=0.0)
    flow_usd_per_point: FiniteFloat | None = Field(None, ge=0.0)
    withdrawal: FiniteFloat | None = Field(None, ge=0.0)
    margin_power: FiniteFloat = Field(0.0, ge=0.0)


class DealerFile(Strict):
    """A chain whose dealers hedge in this asset, or their gamma as ``usd_per_pct`` at every price (short: < 0)."""

    chain: str | None = None
    asof: date | None = None
    convention: Literal["naive", "all_short"] | None = None
    multiplier: PositiveFloat = 100.0
    usd_per_pct: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one(self) -> "DealerFile":
        if (self.chain is None) == (self.usd_per_pct is None):
            raise ValueError("give either `chain` with a `convention`, or `usd_per_pct`")
        if self.chain is not None and self.convention is None:
            raise ValueError("a chain needs a `convention`, naive or all_short: who is long is not in open interest")
        return self


class CascadeFile(Strict):
    """The document."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, title="seawall cascade")

    seawall_cascade: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    asset: str | None = Field(None, min_length=1, max_length=20)
    spot: PositiveFloat | None = None
    book: str | None = Field(None, description="a book file beside this one")
    source: str = Field("cascade file", max_length=120)
    origin: Origin = Origin.OBSERVED
    accounts: str | None = None
    open_interest: InterestFile | None = None
    impact: ImpactFile
    venue: VenueFile
    volatility: VolFile = VolFile()
    dealers: DealerFile | None = None
    pools_recentre: bool = True
    shocks: list[Annotated[FiniteFloat, Field(gt=0.0, lt=1.0)]] | None = None

    @model_validator(mode="after")
    def _one_crowd(self) -> "CascadeFile":
        if (self.accounts is None) == (self.open_interest is None):
            raise ValueError("give either `accounts` (a CSV file) or `open_interest`")
        return self


class LoadedCascade(NamedTuple):
    """A checked file and where it stands; ``files``: what the command line named, wherever it lies."""

    file: CascadeFile
    document: Document
    files: frozenset[str]

    def path(self, name: str, *place: str) -> Path:
        """A file the document names, beside it or below; one from the command line as it is."""
        if name in self.files:
            return Path(name)
        try:
            return below(self.document.path, name)
        except InputError as fault:
            raise self.document.error(InputError, str(fault), *place) from None


def is_cascade(path: Path) -> bool:
    """Whether a document says that it is a cascade."""
    content = read_document(path).content
    return isinstance(content, dict) and "seawall_cascade" in content


def load_cascade(path: Path | None, stated: dict[str, Any], files: frozenset[str] = frozenset()) -> LoadedCascade:
    """A cascade file with what the command line states in its place; without a file, the command line alone.

    Raises ``InputError`` or ``UnknownParameterError`` with file and line.
    """
    if path is None:
        for keys, remedy in NEEDED.items():
            if not any(key in stated for key in keys):
                raise InputError(remedy)
        top = yaml.Mark("", 0, 0, 0, None, 0)
        nothing = yaml.MappingNode("tag:yaml.org,2002:map", [], top, top)
        document = Document(NOT_FILE, {"seawall_cascade": 1, "name": "cascade"}, nothing)
    else:
        document = read_document(path)
    if isinstance(document.content, dict):
        document = Document(document.path, _over(document.content, stated), document.root)
    return LoadedCascade(document.parse(CascadeFile), document, files)


def _over(content: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """Blocks are merged key by key, unless what is stated replaces another way of saying the same."""
    merged = dict(content)
    for key, value in stated.items():
        if key == "accounts":
            merged.pop("open_interest", None)
        if key == "open_interest":
            merged.pop("accounts", None)
        old = merged.get(key)
        if key == "venue" and isinstance(old, dict) and any(one in value for one in RULES):
            old = {name: one for name, one in old.items() if name not in RULES}
        both = isinstance(value, dict) and isinstance(old, dict) and key not in ("impact", "open_interest", "dealers")
        merged[key] = {**old, **value} if both and isinstance(old, dict) else value
    return merged


def venue_of(loaded: LoadedCascade, asset: str, impact: Any) -> tuple[Venue, Limits | None, list[str]]:
    """Rules of the venue, largest leverages by notional, and what was assumed.

    Raises ``MarginError`` for tiers that contradict each other or are not known.
    """
    file = loaded.file.venue
    try:
        return _venue(file, asset, impact)
    except SeawallError as fault:
        raise loaded.document.error(type(fault), str(fault), "venue", "tiers") from None


def _venue(file: VenueFile, asset: str, impact: Any) -> tuple[Venue, Limits | None, list[str]]:
    notes, limits, tiers = [], None, None
    part, above, backstop = 1.0, 0.0, 0.0
    if file.name is not None:
        known = venue_named(file.name)
        table = known.tiers_of(asset)
        if table.unit not in ("USDC", "USDT", "USD"):
            raise InputError(f"tiers of {asset} on {known.name} are in {table.unit}: state them in dollars as `tiers`")
        tiers = table.schedule()
        if table.max_leverages is not None:
            limits = Limits(np.array(table.lower_bounds), np.array(table.max_leverages))
        if known.name == "hyperliquid":
            part, above, backstop = PARTIAL_SHARE, PARTIAL_FROM, BACKSTOP
        notes.append(f"venue {known.name}: maintenance tiers of {table.as_of}, {table.source}")
    elif file.tiers is not None:
        levers = [one.max_leverage for one in file.tiers]
        stated = [one for one in levers if one is not None]
        full = stated if len(stated) == len(levers) else None
        bounds = [one.above for one in file.tiers]
        tiers = schedule(bounds, [one.rate for one in file.tiers], max_leverages=full)
        limits = Limits(np.array(bounds), np.array(full)) if full else None
    rate = file.maintenance if file.maintenance is not None else float(tiers.rates[0]) if tiers is not None else 0.0
    if file.insurance_usd is None:
        notes.append("insurance fund not stated: none, so that every deficit is closed against winners")
    made = Venue(
        rate, impact, part if file.first_part is None else file.first_part,
        above if file.part_above_usd is None else file.part_above_usd,
        backstop if file.backstop is None else file.backstop, file.fee, file.insurance_usd or 0.0,
        _rule(file.deleverage), tiers,
    )  # fmt: skip
    return made, limits, notes


def _rule(name: str) -> Deleverage:
    return BY_LEVERAGED_PROFIT if name == "queue" else pro_rata


def vol_of(file: VolFile, spot: float, known: float | None) -> tuple[VolTerms, list[str]]:
    """Terms of volatility in the kernels' units, and what was assumed. Raises ``InputError`` without a level."""
    level = file.level if file.level is not None else known
    if level is None:
        raise InputError("volatility is unknown: state `volatility: {level: 0.80}` or --vol 80")
    notes = []
    if file.response is None:
        notes.append(f"volatility response not stated: {VOL_RESPONSE:g} points per 1 % of price")
    if file.withdrawal is None:
        notes.append(f"withdrawal of depth not stated: depth falls as volatility to the power {WITHDRAWAL:g}")
    if file.flow_usd_per_point is None:
        notes.append(
            "units sold as volatility rises (margin and VaR targets, vanna) are unknown: no vega flow is in here"
        )
    flow = None if file.flow_usd_per_point is None else POINTS * file.flow_usd_per_point / spot
    response = VOL_RESPONSE if file.response is None else file.response
    withdrawal = WITHDRAWAL if file.withdrawal is None else file.withdrawal
    return VolTerms(level, response, flow, withdrawal, file.margin_power), notes


def cascade_schema() -> dict[str, Any]:
    """JSON Schema of a cascade file."""
    return CascadeFile.model_json_schema()
