"""The hedge of a book under a policy and budgets of one's own; what budgets do not change is computed once."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from seawall.app.service.desk import Desk, Viewed
from seawall.app.service.hedging import SEED, plan_of, prepared_of

if TYPE_CHECKING:
    from seawall.hedge.charter import Policy
    from seawall.hedge.plan import HedgePlan

BudgetName = Literal["carry", "income", "premium", "vega"]
BUDGETS: Final[tuple[BudgetName, ...]] = ("carry", "income", "premium", "vega")


@dataclass(frozen=True, slots=True)
class PolicyAsked:
    """A shipped policy, budgets where they differ from its own (None its own), and the layers that are off.

    Budgets are shares; ``vega`` is a multiple of short vega. ``off``: places of layers in the policy, from 0.
    """

    policy: str = SEED
    carry: float | None = None
    income: float | None = None
    premium: float | None = None
    vega: float | None = None
    off: frozenset[int] = frozenset()

    def with_budget(self, name: BudgetName, value: float) -> "PolicyAsked":
        """The same with one budget of one's own."""
        own = {one: getattr(self, one) for one in BUDGETS} | {name: value}
        return PolicyAsked(self.policy, own["carry"], own["income"], own["premium"], own["vega"], self.off)


class Named(NamedTuple):
    """A shipped policy and its layers in words."""

    name: str
    layers: tuple[str, ...]
    carry: float
    income: float
    premium: float
    vega: float


def shipped() -> dict[str, Named]:
    """Every shipped policy, in the order of `seawall policy list`."""
    from seawall.hedge.charter import PRESETS

    return {one.name: _named(one) for one in PRESETS}


def _named(policy: "Policy") -> Named:
    words = tuple(f"{layer.name} {_spoken(type(layer).__name__)}" for layer in policy.layers)
    given = policy.budgets
    return Named(policy.name, words, given.carry, given.income, given.premium, given.vega)


def _spoken(name: str) -> str:
    """Words of a class name."""
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name).strip().lower()
    return spaced.replace("vix", "VIX")


def policy_asked(asked: PolicyAsked) -> "Policy | None":
    """The policy with these budgets and without the layers that are off, None without any; raises ``SeawallError``."""
    from seawall.hedge.charter import preset

    base = preset(asked.policy)
    kept = tuple(layer for place, layer in enumerate(base.layers) if place not in asked.off)
    if not kept:
        return None
    own: dict[str, float] = {name: getattr(asked, name) for name in BUDGETS if getattr(asked, name) is not None}
    if base.budgets.coverage > own.get("vega", base.budgets.vega):
        own["coverage"] = own["vega"]
    changed = replace(base, budgets=replace(base.budgets, **own), layers=kept)
    return changed if changed == base else replace(changed, name=f"{base.name}, changed")


def plan_with(desk: Desk, seen: Viewed, asked: PolicyAsked) -> "HedgePlan":
    """Tickets under these budgets; a layer that is off proposes nothing. Raises ``SeawallError``."""
    from seawall.hedge.decide import decide_prepared
    from seawall.hedge.plan import HedgePlan
    from seawall.hedge.tickets import Advice

    policy, same = policy_asked(asked), policy_asked(PolicyAsked(asked.policy, off=asked.off))
    if policy is None or same is None:
        whole, words = plan_of(desk, seen, asked.policy), "no layer is on"
        said = (Advice("none", words),)
        return HedgePlan(whole.book, whole.policy, whole.regime, (), said, (), words, whole.before, whole.before)
    given = policy
    key = ("hedge-moved", seen.key, given.digest)
    return desk.memo.get(key, lambda: decide_prepared(given, prepared_of(desk, seen, same)))
