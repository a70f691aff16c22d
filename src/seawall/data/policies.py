"""Policy files: a hedge policy as a user writes it down, or the name of a shipped one to start from."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, FiniteFloat, Tag

from seawall.core.errors import DomainError, SeawallError
from seawall.data.documents import read_document
from seawall.data.markets import Strict
from seawall.hedge.charter import LONG, NEAR, PRESETS, RESERVE, Policy, preset
from seawall.hedge.condor import CondorRule
from seawall.hedge.stack.base import Layer
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import SECOND_ENGINES
from seawall.hedge.stack.vix import VixCalendar, VixMonths
from seawall.hedge.wrappers import Gate, Hysteresis, Monetise, Staged


class GateFile(Strict):
    """Factor by market state; what is left out is 1."""

    calm: FiniteFloat = 1.0
    onset: FiniteFloat = 1.0
    spike: FiniteFloat = 1.0
    exhaust: FiniteFloat = 1.0


class CondorFile(Strict):
    """L0."""

    layer: Literal["L0"]
    by: Literal["range", "delta"] = "range"
    short: FiniteFloat | None = None
    wing: FiniteFloat | None = None
    each: FiniteFloat | None = None
    total: FiniteFloat | None = None
    big_top_cap: FiniteFloat | None = None
    full_yield: FiniteFloat | None = None
    skewed: bool = False
    gate: GateFile | None = None


class CallsFile(Strict):
    """L1 to L3: VIX calls at a delta."""

    layer: Literal["L1", "L2", "L3"]
    kind: Literal["calls"] = "calls"
    days: int | None = None
    delta: FiniteFloat | None = None
    weight: FiniteFloat | None = None
    roll_days: int | None = None
    refresh_below: FiniteFloat | None = None
    gate: GateFile | None = None


class MonthsFile(Strict):
    """L2: VIX futures."""

    layer: Literal["L2"]
    kind: Literal["futures"]
    low_days: int | None = None
    high_days: int | None = None
    weight: FiniteFloat | None = None
    gate: GateFile | None = None


class EngineFile(Strict):
    """L3: a Second Engine by name, with its own numbers."""

    layer: Literal["L3"]
    kind: Literal["engine"]
    engine: str
    multiples: list[FiniteFloat] | None = None
    low_days: int | None = None
    high_days: int | None = None
    arm: FiniteFloat | None = None
    life: int | None = None
    clock: Literal["post_print", "pre_print"] | None = None
    weight: FiniteFloat | None = None
    days: int | list[int] | None = None
    ratio: FiniteFloat | None = None
    share: FiniteFloat | None = None
    most: FiniteFloat | None = None
    delta: FiniteFloat | None = None
    staged: tuple[FiniteFloat, FiniteFloat] | None = None


class CryptoFile(Strict):
    """LX."""

    layer: Literal["LX"]
    tools: list[str] | None = None
    trim_below: FiniteFloat | None = None
    weight: FiniteFloat | None = None


class CalendarFile(Strict):
    """The VIX call calendar."""

    layer: Literal["CAL"]
    ratio: FiniteFloat | None = None
    days: tuple[int, int] | None = None
    traded: Literal["short_near", "long_near"] | None = None
    risk: FiniteFloat | None = None


def _tag(value: Any) -> str | None:
    """Which of the layers below a mapping in a file is; None for none of them."""
    if not isinstance(value, dict):
        return None
    layer, kind = value.get("layer"), value.get("kind", "calls")
    if layer in ("L0", "LX", "CAL"):
        return str(layer)
    return str(kind) if (layer, kind) in KINDS else None


KINDS: Final = (("L1", "calls"), ("L2", "calls"), ("L2", "futures"), ("L3", "calls"), ("L3", "engine"))
LayerFile = Annotated[
    Annotated[CondorFile, Tag("L0")]
    | Annotated[CallsFile, Tag("calls")]
    | Annotated[MonthsFile, Tag("futures")]
    | Annotated[EngineFile, Tag("engine")]
    | Annotated[CryptoFile, Tag("LX")]
    | Annotated[CalendarFile, Tag("CAL")],
    Discriminator(
        _tag,
        custom_error_type="layer",
        custom_error_message="a layer is L0, L1, L2 (kind: calls or futures), L3 (kind: calls or engine), LX or CAL",
    ),
]


class BudgetsFile(Strict):
    """Budgets; what is left out takes the default."""

    carry: FiniteFloat | None = None
    income: FiniteFloat | None = None
    premium: FiniteFloat | None = None
    vega: FiniteFloat | None = None
    condor: FiniteFloat | None = None
    condors: FiniteFloat | None = None
    turnover: FiniteFloat | None = None
    coverage: FiniteFloat | None = None


class PolicyFile(Strict):
    """The document. ``like`` names the shipped policy that everything left out is taken from."""

    seawall_policy: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    like: str = "seed"
    layers: list[LayerFile] | None = None
    budgets: BudgetsFile | None = None
    triggers: str | None = None
    sizing: str | None = None
    recipe: str | None = None
    temper: str | None = None
    hysteresis: FiniteFloat | None = None
    monetise: list[tuple[FiniteFloat, FiniteFloat]] | None = None
    widen: FiniteFloat | None = None
    narrow: FiniteFloat | None = None
    roll_gamma: FiniteFloat | None = None
    shift: tuple[int, FiniteFloat] | None = None
    income_tilt: FiniteFloat | None = None
    stress: dict[str, FiniteFloat] | None = None
    horizon_days: int | None = None
    confidence: FiniteFloat | None = None
    delta_band: FiniteFloat | None = None


SIMPLE = ("triggers", "sizing", "recipe", "temper", "widen", "narrow", "roll_gamma", "shift", "income_tilt",
          "horizon_days", "confidence", "delta_band")  # fmt: skip


def _given(part: Strict, *without: str) -> dict[str, Any]:
    named = {key: getattr(part, key) for key in part.model_fields_set}
    return {key: value for key, value in named.items() if value is not None and key not in ("layer", "kind", *without)}


def _layer(part: Any) -> Layer:
    given = _given(part, "gate", "by", "short", "wing", "skewed", "engine", "staged")
    gate = getattr(part, "gate", None)
    if gate is not None:
        given["gate"] = Gate(**gate.model_dump())
    if isinstance(part, CondorFile):
        rule = CondorRule(part.by, part.short, part.wing, given.get("each", 0.015), skewed=part.skewed)
        return FinancingCondor(rule, **given)
    if isinstance(part, CallsFile):
        start = {one.name: one for one in (NEAR, LONG, RESERVE)}
        return dataclasses.replace(start[part.layer], **given)
    if isinstance(part, MonthsFile):
        return VixMonths(**given)
    if isinstance(part, CryptoFile):
        return CryptoNative(**{**given, **({"tools": tuple(given["tools"])} if "tools" in given else {})})
    if isinstance(part, CalendarFile):
        return VixCalendar(**given)
    return _engine(part, given)


def _engine(part: EngineFile, given: dict[str, Any]) -> Layer:
    if part.engine not in SECOND_ENGINES:
        raise DomainError(f"no Second Engine {part.engine!r}: there are {', '.join(SECOND_ENGINES)}")
    kind = SECOND_ENGINES[part.engine]
    if part.staged is not None:
        given["staged"] = Staged(*part.staged)
    for name in ("multiples", "days"):
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    known = {one.name for one in dataclasses.fields(kind)} - {"name"}
    if strange := sorted(set(given) - known):
        raise DomainError(f"{part.engine} has no {strange[0]}: it has {', '.join(sorted(known))}")
    made: Layer = kind(**given)
    return made


def load_policy(path: Path) -> Policy:
    """Read a policy file (YAML or JSON); raises a ``SeawallError`` that starts with file and line."""
    document = read_document(path)
    file = document.parse(PolicyFile)
    place = "like"
    try:
        found = preset(file.like)
        changes: dict[str, Any] = {"name": file.name, **{key: value for key in SIMPLE
                                                         if (value := getattr(file, key)) is not None}}  # fmt: skip
        place = "layers"
        if file.layers is not None:
            changes["layers"] = tuple(_layer(part) for part in file.layers)
        place = "budgets"
        if file.budgets is not None:
            changes["budgets"] = dataclasses.replace(found.budgets, **_given(file.budgets))
        place = "hysteresis"
        if file.hysteresis is not None:
            changes["hysteresis"] = Hysteresis(file.hysteresis)
        place = "monetise"
        if file.monetise is not None:
            changes["monetise"] = Monetise(tuple((multiple, share) for multiple, share in file.monetise))
        if file.stress is not None:
            changes["stress"] = tuple(file.stress.items())
        place = "name"
        return dataclasses.replace(found, **changes)
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), place) from None


def policy_named(name: str) -> Policy:
    """A shipped policy by its name, else the policy of a file; raises ``SeawallError`` naming what there is."""
    if any(one.name == name for one in PRESETS):
        return preset(name)
    path = Path(name)
    if path.suffix or len(path.parts) > 1 or path.exists():
        return load_policy(path)
    return preset(name)
