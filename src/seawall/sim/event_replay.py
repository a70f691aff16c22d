"""A known liquidation event against the model: two numbers calibrated to two facts, every other fact only compared.

The model is one market with one venue's rules. Facts come from several markets, venues and definitions: each keeps its
own definition, and one that the model cannot speak about is ``not modelled`` (METHOD C30: no mixing).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from seawall.core.errors import MissingDataError
from seawall.instruments.liquidations_model import book_at_spot, leverages
from seawall.kernels.perp import PARTIAL_COOLDOWN
from seawall.sim.cascade_case import accounts_of, depth
from seawall.sim.waterfall import Waterfall, run_waterfall
from seawall.sim.waterfall_state import Feedback, Venue

MINUTE: Final = 60.0
WINDOW_MINUTES: Final = 40.0
HALVINGS: Final = 20
TURNS: Final = 3
LOWEST: Final = 0.05
BINS: Final = 400
MEDIANS: Final = (3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.5, 15.0, 20.0)
DEPTHS: Final = (1e7, 1e11)
"""Dollars for 1 % between which depth is searched."""


class Fact(NamedTuple):
    """A number as published, with what it counts."""

    name: str
    value: float
    unit: str
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What no fact states: assumptions, printed with the result. Money in dollars, ``frame_s`` seconds a frame."""

    open_interest_usd: float
    shock: float
    vol: float
    vol_response: float
    max_leverage: float
    maintenance: float
    insurance_usd: float
    frame_s: float = PARTIAL_COOLDOWN


class Compared(NamedTuple):
    """One fact beside the model; ``model`` None and ``role`` "not modelled" where it has nothing to say."""

    fact: Fact
    model: float | None
    role: str
    note: str

    @property
    def misfit(self) -> float | None:
        """Model over fact, less 1."""
        return None if self.model is None or self.fact.value == 0.0 else self.model / self.fact.value - 1.0


@dataclass(frozen=True, slots=True, eq=False)
class EventReplay:
    """The calibrated waterfall: ``usd_per_pct`` before the event and ``median`` leverage were fitted."""

    setting: Setting
    usd_per_pct: float
    median: float
    withdrawal: float
    waterfall: Waterfall
    rows: tuple[Compared, ...]


class Measured(NamedTuple):
    """What a waterfall says in the terms of the facts; seconds from the number of frames."""

    volume: float
    peak_minute: float
    deleveraged: float
    count_share: float
    waves: float
    duration_s: float
    lag_s: float | None
    before_first: float
    interest_drop: float
    deficit: float


def replay_event(facts: Mapping[str, Fact], setting: Setting) -> EventReplay:
    """Fit depth and leverage, then compare. Raises ``MissingDataError`` for a fact the fit needs."""
    for name in ("window volume", "peak minute", "depth fall"):
        if name not in facts:
            raise MissingDataError(f"the replay needs the fact {name!r}: give a folder that has it, or none")
    volume, peak = facts["window volume"].value, facts["peak minute"].value
    fits = []
    for median in MEDIANS:
        usd, withdrawal, fall = _fit(volume, facts["depth fall"].value, median, setting)
        got = measure(fall, setting)
        miss = abs(got.volume / volume - 1.0) + abs(got.peak_minute / peak - 1.0)
        fits.append((miss, median, usd, withdrawal, fall))
    _, median, usd, withdrawal, fall = min(fits, key=lambda one: one[0])
    return EventReplay(setting, usd, median, withdrawal, fall, _compare(facts, measure(fall, setting)))


def run(usd_per_pct: float, withdrawal: float, median: float, setting: Setting) -> Waterfall:
    """The waterfall of one depth and one median leverage; price starts at 100, units are open interest over it."""
    units = setting.open_interest_usd / 100.0
    book = book_at_spot("event", 100.0, units, leverages(median, setting.max_leverage, BINS), setting.maintenance)
    venue = Venue(setting.maintenance, depth(usd_per_pct, 100.0), insurance=setting.insurance_usd)
    feedback = Feedback(setting.vol, setting.vol_response, 0.0, withdrawal)
    return run_waterfall(accounts_of(book, venue), 100.0, -100.0 * setting.shock, venue, feedback)


def _fit(volume: float, thinned: float, median: float, setting: Setting) -> tuple[float, float, Waterfall]:
    """Depth that liquidates ``volume``, and the power at which it ends ``thinned`` lower: one after the other."""
    end, usd = 1.0 - setting.shock, 0.0
    withdrawal, fall = 0.0, None
    for _ in range(TURNS):
        stretch = 1.0 + setting.vol_response / setting.vol * abs(math.log(end))
        withdrawal = -math.log1p(-thinned) / math.log(stretch)
        usd, fall = _fit_depth(volume, withdrawal, median, setting)
        end = max(fall.price / fall.start, LOWEST)
    if fall is None:
        raise AssertionError("at least one turn")
    return usd, withdrawal, fall


def _fit_depth(volume: float, withdrawal: float, median: float, setting: Setting) -> tuple[float, Waterfall]:
    """Bisection: the deeper the market, the less is liquidated; volume jumps by accounts, so a misfit may stay."""
    low, high = (math.log(one) for one in DEPTHS)
    tried = []
    for _ in range(HALVINGS):
        usd = math.exp(0.5 * (low + high))
        fall = run(usd, withdrawal, median, setting)
        got = measure(fall, setting).volume
        tried.append((abs(got - volume), usd, fall))
        low, high = (math.log(usd), high) if got > volume else (low, math.log(usd))
    _, usd, fall = min(tried, key=lambda one: one[0])
    return usd, fall


def measure(fall: Waterfall, setting: Setting) -> Measured:
    """A waterfall in the terms of the facts: liquidations are orders sold plus positions the fund took over."""
    frames = fall.frames
    marks = np.array([one.mark for one in frames])
    sold = np.array([abs(float(one.forced[0])) for one in frames]) * marks
    taken = np.array([one.taken for one in frames])
    liquidated = sold + taken[:, 0] + taken[:, 1] + taken[:, 2]
    within = int(WINDOW_MINUTES * MINUTE / setting.frame_s)
    minute = max(int(MINUTE / setting.frame_s), 1)
    adl = taken[:, 2] > 0.0
    reached, winners = float(fall.liquidated.sum()), float(fall.deleveraged.sum())
    first = int(np.argmax(adl)) if adl.any() else None
    started = int(np.argmax(liquidated > 0.0))
    active = np.flatnonzero(adl)
    return Measured(
        volume=float(liquidated[:within].sum()),
        peak_minute=float(max(np.convolve(liquidated, np.ones(minute)))),
        deleveraged=float(taken[:, 2].sum()),
        count_share=winners / (winners + reached) if reached else 0.0,
        waves=float((np.diff(np.concatenate([[False], adl]).astype(np.int64)) == 1).sum()),
        duration_s=setting.frame_s * float(active[-1] - active[0] + 1) if active.size else 0.0,
        lag_s=None if first is None else setting.frame_s * float(first - started),
        before_first=0.0 if first is None else float(sum(one.liquidated for one in frames[:first])),
        interest_drop=float(liquidated.sum()) / setting.open_interest_usd,
        deficit=frames[-1].bad_debt + setting.insurance_usd - max(frames[-1].insurance, 0.0),
    )


def _compare(facts: Mapping[str, Fact], got: Measured) -> tuple[Compared, ...]:
    scope = "model: one market, all of it"
    known: dict[str, tuple[float | None, str, str]] = {
        "window volume": (got.volume, "calibrated", "by depth"),
        "peak minute": (got.peak_minute, "calibrated", "by median leverage, from a short list"),
        "ADL share of events": (got.count_share, "compared", f"{scope}, accounts; fact: events of one venue"),
        "ADL waves": (got.waves, "compared", f"{scope}; runs of frames with deleveraging"),
        "ADL duration": (got.duration_s, "compared", f"{scope}; frames times seconds a frame"),
        "long share": (1.0, "compared", "one fall forces longs only: shorts of other assets are not in it"),
        "lag to first ADL": (got.lag_s, "compared", f"{scope}; the shock is one jump, so bankruptcies come with it"),
        "open interest fall": (got.interest_drop, "compared", "follows from the assumed open interest; fact: BTC"),
    }
    rows = []
    for name, fact in facts.items():
        model, role, note = known.get(name, (None, "not modelled", fact.definition))
        if name == "depth fall":
            role, note = "input", "fixes the power at which depth thins"
        rows.append(Compared(fact, model, role if model is not None or role == "input" else "not modelled", note))
    return tuple(rows)
