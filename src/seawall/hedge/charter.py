"""A hedge policy as data: layers, wrappers, budgets, sizing and temper; hashed, diffable, the same on every machine."""

import hashlib
import json
import math
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, Literal, get_args

from seawall.core.errors import DomainError
from seawall.hedge.budgets import Budgets
from seawall.hedge.condor import CondorRule
from seawall.hedge.stack.base import Layer
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import MacroLadder
from seawall.hedge.stack.vix import VixCalendar, VixCalls
from seawall.hedge.wrappers import OPEN, Gate, Hysteresis, Monetise

Temper = Literal["band", "hold", "chase", "static"]
Sizing = Literal["recipe", "min_cvar", "stress", "greek", "regression", "risk_parity", "vxth", "fixed"]
Triggers = Literal["seed", "measured"]
Reading = Literal["contracts", "notional_40_40_20", "portfolio_4_4_2pct"]

BUDGETS: Final = Budgets()
MONETISE: Final = Monetise()
BAND: Final = Hysteresis()
NEAR: Final = VixCalls()
LONG: Final = VixCalls("L2", 110, 0.30, 4.0, 55, OPEN)
RESERVE: Final = VixCalls("L3", 220, 0.30, 2.0, 110, OPEN)
SEED_LAYERS: Final[tuple[Layer, ...]] = (NEAR, LONG, RESERVE)


@dataclass(frozen=True, slots=True)
class Policy:
    """``layers`` propose, ``sizing`` chooses how much under ``budgets``, ``temper`` says when to trade.

    ``recipe``: what the weights 4:4:2 count. ``roll_gamma``: k of `L0.roll`. ``shift``: days left and share of
    extrinsic lost at which half of the front layer moves on (`SHIFT.roll`). ``income_tilt``: eta of the WACC tilt.
    ``stress``: (named shock, share of equity that may be lost in it), for sizing by `stress` or `min_cvar`.
    ``delta_band``: share of equity beyond which SPX delta is trimmed (`SYN.trim`), None never. ``unverified`` marks
    numbers of public glossary pages. Raises ``DomainError``.
    """

    name: str
    layers: tuple[Layer, ...] = SEED_LAYERS
    budgets: Budgets = BUDGETS
    triggers: Triggers = "seed"
    sizing: Sizing = "recipe"
    recipe: Reading = "contracts"
    temper: Temper = "band"
    hysteresis: Hysteresis = BAND
    monetise: Monetise = MONETISE
    widen: float = 0.175
    narrow: float = 0.10
    roll_gamma: float = 1.0
    shift: tuple[int, float] = (21, 0.30)
    income_tilt: float = 0.0
    stress: tuple[tuple[str, float], ...] = ()
    horizon_days: int = 21
    confidence: float = 0.95
    unverified: bool = False
    delta_band: float | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DomainError("a policy needs a name: tickets and the trial registry print it")
        if not self.layers:
            raise DomainError(f"policy {self.name} has no layer: add one, or run without a hedge")
        for name, words in (("triggers", Triggers), ("sizing", Sizing), ("recipe", Reading), ("temper", Temper)):
            if getattr(self, name) not in get_args(words):
                raise DomainError(f"{name} is one of {', '.join(get_args(words))}, was {getattr(self, name)!r}")
        if not 0.0 <= self.widen < 1.0 or not 0.0 <= self.narrow < 1.0:
            raise DomainError(f"widen and narrow are shares in 0 .. 1, were {self.widen} and {self.narrow}")
        if not (0.5 < self.confidence < 1.0 and self.horizon_days > 0 and self.roll_gamma > 0.0):
            raise DomainError("need 0.5 < confidence < 1, horizon_days > 0 and roll_gamma > 0")
        if any(not 0.0 <= most < math.inf for _, most in self.stress):
            raise DomainError(f"losses allowed in a stress are shares of equity >= 0, were {self.stress}")
        if self.delta_band is not None and not 0.0 < self.delta_band < math.inf:
            raise DomainError(f"delta_band is a share of equity above 0, was {self.delta_band}")
        names = [layer.name for layer in self.layers]
        if len(set(map(repr, self.layers))) != len(self.layers):
            raise DomainError(f"policy {self.name} has the same layer twice ({', '.join(names)}): leave one out")

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this policy; printed on every ticket. The name is not part of it.

        A field that is None is left out, so that policies keep their digits when one is added.
        """
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "name"}
        content = {name: plain(value) for name, value in given.items() if value is not None}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def with_layers(self, *layers: Layer) -> "Policy":
        """The same policy with other layers."""
        return replace(self, layers=tuple(layers))


def vix_layers(policy: Policy) -> tuple[VixCalls, ...]:
    """Its layers of VIX calls, and those of the seed that it does not name: what held calls are read with."""
    own = [one for one in policy.layers if isinstance(one, VixCalls)]
    names = {one.name for one in own}
    return (*own, *(one for one in SEED_LAYERS if isinstance(one, VixCalls) and one.name not in names))


def protects(policy: Policy) -> bool:
    """Whether any of its layers is there to protect: all but financing condors and calendars are."""
    return any(not isinstance(layer, FinancingCondor | VixCalendar) for layer in policy.layers)


def plain(value: Any) -> Any:
    """Any part of a policy as plain data: what is hashed, compared and written."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **{one.name: plain(getattr(value, one.name)) for one in fields(value)}}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.name
    return value


def differences(one: Policy, other: Policy) -> list[tuple[str, str, str]]:
    """What differs between two policies: place, value in the first, value in the second; ``-`` where it is absent."""
    left, right = (dict(_flat("", plain(policy))) for policy in (one, other))
    places = [*left, *(place for place in right if place not in left)]
    return [
        (place, str(left.get(place, "-")), str(right.get(place, "-")))
        for place in places
        if left.get(place) != right.get(place)
    ]


def _flat(place: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [row for key, one in value.items() for row in _flat(f"{place}.{key}".strip("."), one)]
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [row for i, one in enumerate(value) for row in _flat(f"{place}[{one.get('name', i)}]", one)]
    return [(place, value)]


_OPEN_ALL: Final = Gate()

PRESETS: Final[tuple[Policy, ...]] = (
    Policy("seed"),
    Policy("measured", triggers="measured"),
    Policy(
        "alvh", (FinancingCondor(), NEAR, LONG, MacroLadder(), CryptoNative(), VixCalendar()), sizing="min_cvar"
    ),
    Policy(
        "steward", (FinancingCondor(CondorRule(skewed=True), each=0.01), NEAR, LONG, RESERVE, CryptoNative()),
        Budgets(coverage=0.20), sizing="min_cvar",
    ),
    Policy(
        "promoter", (FinancingCondor(each=0.02, gate=_OPEN_ALL, big_top_cap=1.0, full_yield=0.20),),
        Budgets(carry=0.0, income=0.0), temper="chase", sizing="fixed", widen=0.0, narrow=0.0,
    ),
    Policy("static-4-4-2", tuple(replace(one, gate=_OPEN_ALL) for one in (NEAR, LONG, RESERVE)), temper="static"),
    Policy(
        "vxth", (VixCalls("L1", 30, 0.30, 1.0, 0, _OPEN_ALL),), Budgets(carry=1.0, income=1.0, vega=1e9),
        temper="hold", sizing="vxth",
    ),
    Policy(
        "vixshield-glossary",
        (FinancingCondor(), replace(NEAR, delta=0.50), *(replace(one, refresh_below=15.0) for one in (LONG, RESERVE))),
        unverified=True,
    ),
)  # fmt: skip
"""Shipped policies: `seed` is the default because the product tests it; `measured` counts supported triggers only."""


def preset(name: str) -> Policy:
    """A shipped policy. Raises ``DomainError`` naming those there are."""
    for one in PRESETS:
        if one.name == name:
            return one
    raise DomainError(f"no policy {name!r}: there are {', '.join(one.name for one in PRESETS)}, or give a file")
