"""The `programs` of a plan file: what each kind may say, and the program of the engine it becomes."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, FiniteFloat, PositiveInt, model_validator

from seawall.core.errors import InputError
from seawall.data.markets import Strict
from seawall.data.plan_coins import PerpKind, PoolKind
from seawall.data.plan_parts import ScalePart, StateName, states_of
from seawall.sim.programs import (
    Action,
    ByState,
    Entry,
    Exits,
    Leg,
    Listed,
    Program,
    Settle,
    SizeRule,
)
from seawall.sim.programs_made import CALENDAR_STRIKE, condor_legs, vix_calendar, vix_call, vix_future, vix_ladder

Named = Annotated[str, Field(min_length=1, max_length=40)]
Weekday = Literal["daily", "monday", "tuesday", "wednesday", "thursday", "friday", "expiry"]

RISK: Final = 0.10
PREMIUM: Final = 0.01


class SizePart(Strict):
    """How large: one of these. ``budget``: contracts a unit of the hedge package."""

    risk: FiniteFloat | None = None
    premium: FiniteFloat | None = None
    units: FiniteFloat | None = None
    notional: FiniteFloat | None = None
    budget: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("state one of risk, premium, units, notional, budget")
        return self

    def read(self) -> tuple[SizeRule, float]:
        """Return rule and amount."""
        rule: SizeRule
        for rule in ("risk", "premium", "units", "notional", "budget"):
            amount = getattr(self, rule)
            if amount is not None:
                break
        return rule, float(amount)


class Common(Strict):
    """What every kind may say."""

    name: Named
    size: SizePart | None = None
    entry: Weekday = "daily"
    dte: PositiveInt = 30
    least_dte: int | None = None
    tranches: PositiveInt = 1
    take_profit: FiniteFloat | None = None
    stop: FiniteFloat | None = None
    roll_dte: int | None = None
    at_roll_dte: Action = "roll"
    scale: ScalePart | None = None
    exit_in: tuple[StateName, ...] = ()
    monetise_in: tuple[StateName, ...] | None = None
    monetise: tuple[tuple[FiniteFloat, FiniteFloat], ...] = ()
    hedge: bool | None = None

    def exits(self, **more: float | str | None) -> Exits:
        """Return the exits all kinds share, and ``more``."""
        return Exits(
            take=self.take_profit,
            stop=self.stop,
            days=self.roll_dte,
            on_days=self.at_roll_dte,
            multiples=self.monetise,
            **more,  # type: ignore[arg-type]
        )

    def states(self) -> ByState:
        """Return what market states do."""
        return states_of(self.scale, self.exit_in, self.monetise_in)

    def opens(self, listed: Listed = "monthly", settle: Settle = "pm", later: int | None = None) -> Entry:
        """Return when it opens."""
        least = self.least_dte if self.least_dte is not None else (self.roll_dte or 0)
        return Entry(self.entry, self.dte, least, later, listed, settle)

    def program(self, legs: tuple[Leg, ...], entry: Entry, exits: Exits, size: SizePart, hedge: bool) -> Program:
        """Return the program made of these parts; ``hedge`` unless the file says."""
        rule, amount = (self.size or size).read()
        as_hedge = hedge if self.hedge is None else self.hedge
        return Program(self.name, legs, rule, amount, entry, exits, self.states(), self.tranches, as_hedge)


class CondorKind(Common):
    """A short SPX condor, by deltas or by expected moves (``short_move``, ``wing_move`` beyond the shorts)."""

    kind: Literal["condor"]
    short_delta: FiniteFloat | None = None
    wing_delta: FiniteFloat | None = None
    short_move: FiniteFloat | None = None
    wing_move: FiniteFloat = 0.5
    wing_points: FiniteFloat = 25.0
    listed: Listed | None = None
    settle: Settle = "pm"
    delta_trigger: FiniteFloat | None = None
    at_delta: Action = "close"
    gamma_k: FiniteFloat | None = None
    at_gamma: Action = "roll"

    def read(self) -> tuple[Program, ...]:
        """Return its program."""
        if self.short_move is not None and (self.short_delta is not None or self.wing_delta is not None):
            raise InputError(f"program {self.name}: strikes by delta or by move, not both: drop one")
        if self.short_move is None:
            legs = condor_legs(self.short_delta or 0.20, self.wing_delta or 0.05)
        else:
            legs = condor_legs(self.short_move, self.wing_move, "move", self.wing_points)
        more = {
            "delta": self.delta_trigger,
            "on_delta": self.at_delta,
            "gamma": self.gamma_k,
            "on_gamma": self.at_gamma,
        }
        listed = self.listed or ("monthly" if self.entry == "expiry" else "weekly")
        entry = self.opens(listed, self.settle)
        return (self.program(legs, entry, self.exits(**more), SizePart(risk=RISK), hedge=False),)


class PutKind(Common):
    """A long SPX put by delta or at a multiple of the forward (``strike`` 0.95 is 5 % out of the money)."""

    kind: Literal["put"]
    delta: FiniteFloat | None = None
    strike: FiniteFloat | None = None
    side: Literal["long", "short"] = "long"
    listed: Listed = "monthly"
    settle: Settle = "pm"

    def read(self) -> tuple[Program, ...]:
        """Return its program."""
        rule, aim = ("forward", self.strike) if self.strike is not None else ("delta", self.delta or 0.20)
        ratio = 1.0 if self.side == "long" else -1.0
        legs = (Leg("put", ratio=ratio, strike="forward" if rule == "forward" else "delta", aim=aim),)
        size = SizePart(premium=PREMIUM) if self.side == "long" else SizePart(notional=1.0)
        entry = self.opens(self.listed, self.settle)
        return (self.program(legs, entry, self.exits(), size, hedge=self.side == "long"),)


class VixCallKind(Common):
    """A long VIX call by delta or at a multiple of its future."""

    kind: Literal["vix_call"]
    delta: FiniteFloat | None = None
    strike: FiniteFloat | None = None

    def read(self) -> tuple[Program, ...]:
        """Return its program."""
        legs = vix_call(self.delta or 0.30) if self.strike is None else vix_call(self.strike, "forward")
        return (self.program(legs, self.opens(), self.exits(), SizePart(premium=PREMIUM), hedge=True),)


class VixLadderKind(Common):
    """VIX calls at 1.1, 1.3, 1.6 and 2 times their future, a quarter of the premium each: four programs."""

    kind: Literal["vix_ladder"]

    def read(self) -> tuple[Program, ...]:
        """Return its four programs."""
        rule, amount = (self.size or SizePart(premium=PREMIUM)).read()
        if rule != "premium":
            raise InputError(f"program {self.name}: a ladder spends premium: size it so, not by {rule}")
        return vix_ladder(self.name, amount, self.opens(), self.exits(), self.states())


class VixFutureKind(Common):
    """VIX futures, rolled when ``roll_dte`` days are left."""

    kind: Literal["vix_future"]
    side: Literal["long", "short"] = "long"

    def read(self) -> tuple[Program, ...]:
        """Return its program."""
        legs = vix_future(1.0 if self.side == "long" else -1.0)
        return (self.program(legs, self.opens(), self.exits(), SizePart(notional=0.1), hedge=self.side == "long"),)


class VixCalendarKind(Common):
    """VIX calls of two expiries at one strike (a multiple of the near future); the near one sold, or bought."""

    kind: Literal["vix_calendar"]
    near: Literal["short", "long"] = "short"
    strike: FiniteFloat = CALENDAR_STRIKE
    later_dte: PositiveInt = 60

    def read(self) -> tuple[Program, ...]:
        """Return its program; never counted as a hedge (METHOD 7.5)."""
        legs = vix_calendar(self.near == "short", self.strike)
        entry = self.opens(later=self.later_dte)
        return (self.program(legs, entry, self.exits(), SizePart(units=1.0), hedge=False),)


ProgramPart = Annotated[
    CondorKind | PutKind | VixCallKind | VixLadderKind | VixFutureKind | VixCalendarKind | PoolKind | PerpKind,
    Field(discriminator="kind"),
]
