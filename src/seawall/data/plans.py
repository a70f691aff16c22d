"""Plan files: programs, their hedge and their costs as a user writes them down."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, FiniteFloat, PositiveFloat

from seawall.core.errors import SeawallError
from seawall.data.documents import read_document
from seawall.data.markets import Strict
from seawall.data.plan_programs import ProgramPart
from seawall.hedge.policy import AlvhPolicy, Layer
from seawall.sim.costs import Costs
from seawall.sim.plan import AnyProgram, Budget, CondorProgram, Plan


class CondorPart(Strict):
    """The short condor program; what is left out takes the default of ``CondorProgram``."""

    short_delta: FiniteFloat | None = None
    wing_delta: FiniteFloat | None = None
    risk_fraction: FiniteFloat | None = None
    strike_step: FiniteFloat | None = None
    """Of the whole plan; kept here too because plans were written so."""


class LayerPart(Strict):
    """One layer of VIX calls."""

    name: str
    weight: FiniteFloat
    target_days: int
    roll_days: int
    delta: FiniteFloat = 0.30


class HedgePart(Strict):
    """The hedge; what is left out takes the default of ``AlvhPolicy``."""

    name: str | None = None
    layers: list[LayerPart] | None = None
    carry_budget: FiniteFloat | None = None
    income_share: FiniteFloat | None = None
    premium_cap: FiniteFloat | None = None
    vega_cap: FiniteFloat | None = None
    onset_boost: FiniteFloat | None = None


class BudgetPart(Strict):
    """What programs sized by budget may cost, where there is no ``hedge``; defaults of ``Budget``."""

    carry_budget: FiniteFloat | None = None
    income_share: FiniteFloat | None = None
    premium_cap: FiniteFloat | None = None
    vega_cap: FiniteFloat | None = None


class CostsPart(Strict):
    """Costs of a fill; what is left out takes the default of ``Costs``."""

    spx_half_spread: FiniteFloat | None = None
    vix_half_spread_fraction: FiniteFloat | None = None
    vix_half_spread_floor: FiniteFloat | None = None
    future_half_spread: FiniteFloat | None = None
    commission_per_contract: FiniteFloat | None = None
    commission_per_future: FiniteFloat | None = None
    perp_taker_bp: FiniteFloat | None = None
    spx_volume: FiniteFloat | None = None
    vix_volume: FiniteFloat | None = None
    future_volume: FiniteFloat | None = None
    perp_volume_usd: FiniteFloat | None = None
    impact_factor: FiniteFloat | None = None
    multiple: FiniteFloat | None = None


class PlanFile(Strict):
    """The document."""

    seawall_plan: Literal[1]
    name: str = Field(min_length=1, max_length=120)
    start: dt.date | None = None
    end: dt.date | None = None
    capital: PositiveFloat | None = None
    dividend_yield: FiniteFloat | None = None
    strike_step: FiniteFloat | None = None
    fill: Literal["next", "close"] | None = None
    margin: Literal["regt", "stress", "none"] | None = None
    future_margin: FiniteFloat | None = None
    vix_print: Literal["official", "opening"] | None = None
    assumed_funding: FiniteFloat | None = None
    condor: CondorPart | None = None
    hedge: HedgePart | None = None
    programs: tuple[ProgramPart, ...] = ()
    budget: BudgetPart | None = None
    costs: CostsPart = CostsPart()


def _given(part: Strict, *without: str) -> dict[str, Any]:
    return {k: v for k, v in part.model_dump(exclude=set(without)).items() if v is not None}


def _hedge(part: HedgePart) -> AlvhPolicy:
    policy = AlvhPolicy(**_given(part, "layers"))
    if part.layers is not None:
        policy = replace(policy, layers=tuple(Layer(**_given(one)) for one in part.layers))
    return policy


def load_plan(path: Path) -> Plan:
    """Read a plan file (YAML or JSON); raises a ``SeawallError`` that starts with file and line.

    Without ``programs`` the condor and the hedge are there whether stated or not; with them, only if stated.
    """
    document = read_document(path)
    file = document.parse(PlanFile)
    place: tuple[str | int, ...] = ("name",)
    try:
        place = ("condor",)
        stated = file.condor or (None if file.programs else CondorPart())
        condor = None if stated is None else CondorProgram(**_given(stated, "strike_step"))
        place = ("hedge",)
        part = file.hedge or (None if file.programs else HedgePart())
        policy = None if part is None else _hedge(part)
        programs: list[AnyProgram] = []
        for number, one in enumerate(file.programs):
            place = ("programs", number)
            programs += one.read()
        place = ("costs",)
        costs = Costs(**_given(file.costs))
        place = ("budget",)
        budget = Budget(**_given(file.budget or BudgetPart()))
        place = ("programs",) if file.programs else ("start",)
        rest = _given(file, "seawall_plan", "condor", "hedge", "costs", "programs", "budget")
        if stated is not None and stated.strike_step is not None:
            rest = {"strike_step": stated.strike_step, **rest}
        return Plan(**rest, condor=condor, hedge=policy, costs=costs, programs=tuple(programs), budget=budget)
    except SeawallError as fault:
        raise document.error(type(fault), str(fault), *place) from None


def default_plan() -> Plan:
    """The monthly 20/5-delta condor program with the baseline ALVH, on the embedded data."""
    return Plan(name="monthly 20/5-delta condor", hedge=AlvhPolicy())
