"""From programs to the tables of the kernel: numbers, legs, columns by date, and the expiries they point at."""

import datetime as dt
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.kernels import coin_slots as of
from seawall.kernels import slots as at
from seawall.market.shock import LN_VIX_BETA
from seawall.sim.listing import (
    Calendar,
    Family,
    check_settlement,
    day_number,
    enters_on,
    following_expiry,
    index_family,
    target_expiry,
    vix_family,
)
from seawall.sim.plan import Plan
from seawall.sim.policy_days import ByDay
from seawall.sim.programs import STATES, Program
from seawall.sim.programs_coins import PerpProgram, PoolProgram

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

NO_LEGS: Final = np.zeros((at.LEGS, at.LEG_WIDTH))
BASIS_POINT: Final = 1e-4
LONGEST_AHEAD: Final = 60
"""Days beyond a program's target for which SPX expiries are listed."""
STRESS_MOVES: Final = (-0.20, -0.10, -0.05, 0.05, 0.10, 0.20)
"""Moves of SPX in the stress margin; VIX moves by the beta of ``market.shock``."""
SIDES: Final = {"put": at.PUT, "call": at.CALL, "future": at.LINEAR}
RULES: Final = {"delta": at.BY_DELTA, "forward": at.BY_FORWARD, "move": at.BY_MOVE, "from_leg": at.FROM_LEG}
SIZES: Final = {
    "risk": at.SIZE_RISK,
    "premium": at.SIZE_PREMIUM,
    "units": at.SIZE_UNITS,
    "notional": at.SIZE_NOTIONAL,
    "budget": at.SIZE_BUDGET,
}
NO_DAYS: Final[Mapping[str, ByDay]] = MappingProxyType({})
MARGINS: Final = {"none": at.MARGIN_NONE, "regt": at.MARGIN_REGT, "stress": at.MARGIN_STRESS}


class Prints(NamedTuple):
    """Which official prints are known, by day number: rising days of known VIX settlements and SPX openings."""

    vix: NDArray[np.int64]
    opening: NDArray[np.int64]


class Listing(NamedTuple):
    """Tables of the kernel, and the expiry dates that their numbers mean."""

    tables: at.Tables
    expiries: Days


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def numbers_of(program: Program) -> Floats:
    """One row of ``Tables.number``."""
    exits = program.exits
    row = np.full(at.NUM_WIDTH, np.nan)
    row[at.NUM_SIZE], row[at.NUM_AMOUNT] = SIZES[program.size], program.amount
    row[at.NUM_HEDGE], row[at.NUM_TRANCHES] = float(program.hedge), program.tranches
    row[at.NUM_TAKE], row[at.NUM_STOP] = _number(exits.take), _number(exits.stop)
    row[at.NUM_DELTA], row[at.NUM_DELTA_ROLLS] = _number(exits.delta), float(exits.on_delta == "roll")
    row[at.NUM_GAMMA], row[at.NUM_GAMMA_ROLLS] = _number(exits.gamma), float(exits.on_gamma == "roll")
    row[at.NUM_DAYS], row[at.NUM_DAYS_ROLLS] = _number(exits.days), float(exits.on_days == "roll")
    for place, (multiple, share) in enumerate(exits.multiples):
        row[at.NUM_MULTIPLES + 2 * place : at.NUM_MULTIPLES + 2 * place + 2] = multiple, share
    return row


def coin_numbers(program: PoolProgram | PerpProgram) -> Floats:
    """One row of ``Tables.number`` for a program without structures."""
    row = np.full(at.NUM_WIDTH, np.nan)
    row[at.NUM_SIZE], row[at.NUM_AMOUNT] = at.SIZE_UNITS, 0.0
    row[at.NUM_HEDGE], row[at.NUM_TRANCHES] = float(program.hedge), 0.0
    return row


def coin_columns(days: int, program: PoolProgram | PerpProgram, states: NDArray[np.int8]) -> Floats:
    """One pool's or perp's columns, shape (sessions, COL_WIDTH)."""
    out = np.zeros((days, at.COL_WIDTH))
    out[:, at.COL_NEAR], out[:, at.COL_NEXT], out[:, at.COL_ENTER] = -1.0, -1.0, 1.0
    if isinstance(program, PoolProgram) and program.opens == "start":
        out[1:, at.COL_ENTER] = 0.0
    out[:, at.COL_SCALE] = np.array(program.states.scale, np.float64)[states]
    out[:, at.COL_EXIT] = np.isin(states, [STATES.index(name) for name in program.states.exit_in])
    return out


def coin_table(plan: Plan) -> Floats:
    """``Tables.coin`` of a plan; coins and fee columns in the order of the plan."""
    programs, coins = plan.every_program(), plan.coins
    names, pools = [one.name for one in programs], [one.name for one in plan.pools]
    out = np.zeros((len(programs), of.COIN_WIDTH))
    for row, one in zip(out, programs, strict=True):
        if isinstance(one, PoolProgram):
            terms, times = one.terms(1.0), plan.costs.multiple
            row[[of.KIND, of.ASSET, of.AMOUNT]] = of.POOL, coins.index(one.asset), one.amount
            row[[of.OF_EQUITY, of.MODELLED, of.FEES]] = float(one.size == "equity"), 1.0, pools.index(one.name)
            row[[of.LOW, of.HIGH, of.RECENTRE]] = terms.low, terms.high, terms.recentre
            row[[of.GAS, of.POOL_FEE, of.EVERY]] = times * one.gas_usd, min(times * one.pool_fee, 1.0), one.days
            row[[of.WIDTH, of.AROUND]] = terms.width, float(one.width is not None)
        elif isinstance(one, PerpProgram):
            row[[of.KIND, of.ASSET, of.TARGET]] = of.PERP, coins.index(one.asset), one.target
            row[[of.LEVERAGE, of.MAINTENANCE, of.BAND]] = one.leverage, one.maintenance, one.band
            row[[of.REFILL, of.MODELLED]] = one.refill, float(plan.assumed_funding is not None)
            row[of.TAKER] = plan.costs.multiple * plan.costs.perp_taker_bp * BASIS_POINT
            row[of.FOLLOWS] = -1.0 if one.follows is None else names.index(one.follows)
    return out


def legs_of(program: Program) -> Floats:
    """One block of ``Tables.leg``; a leg of ratio 0 is none."""
    block = np.zeros((at.LEGS, at.LEG_WIDTH))
    block[:, at.LEG_BEYOND] = -1.0
    for row, leg in zip(block, program.legs, strict=False):
        what = at.INDEX if leg.underlying == "SPX" else (at.FUTURE if leg.right == "future" else at.VOL)
        row[at.LEG_WHAT], row[at.LEG_SIDE], row[at.LEG_RATIO] = what, SIDES[leg.right], leg.ratio
        row[at.LEG_RULE], row[at.LEG_AIM], row[at.LEG_LEAST] = RULES[leg.strike], leg.aim, leg.least
        row[at.LEG_BEYOND], row[at.LEG_NEXT] = -1.0 if leg.beyond is None else leg.beyond, float(leg.later)
    return block


def _family_key(program: Program) -> tuple[str, str]:
    return ("VIX", "") if program.underlying == "VIX" else (program.entry.listed, program.entry.settle)


def families_of(when: Calendar, programs: tuple[Program, ...]) -> dict[tuple[str, str], Family]:
    """Every kind of expiry the programs use."""
    found: dict[tuple[str, str], Family] = {}
    for key in dict.fromkeys(_family_key(one) for one in programs):
        if key == ("VIX", ""):
            found[key] = vix_family(when)
            continue
        users = [one.entry for one in programs if _family_key(one) == key]
        ahead = max(max(entry.days, entry.later_days or 0) for entry in users) + LONGEST_AHEAD
        found[key] = index_family(when, users[0].listed, users[0].settle, ahead)
    return found


def columns_of(when: Calendar, program: Program, family: Family, offset: int, states: NDArray[np.int8]) -> Floats:
    """One program's columns, shape (sessions, COL_WIDTH); ``offset``: number of its family's first expiry."""
    days, entry = day_number(when.dates), program.entry
    if entry.on == "expiry":
        near = following_expiry(days, family)
    else:
        near = target_expiry(days, family, entry.days, entry.least_days, program.name)
    out = np.empty((days.size, at.COL_WIDTH))
    out[:, at.COL_NEAR], out[:, at.COL_NEXT] = near + offset, -1.0
    if entry.later_days is not None:
        later = target_expiry(days, family, entry.later_days, entry.least_days, program.name)
        out[:, at.COL_NEXT] = np.maximum(later, near + 1) + offset
    out[:, at.COL_ENTER] = enters_on(when, entry, family)
    out[:, at.COL_SCALE] = np.array(program.states.scale, np.float64)[states]
    for column, names in ((at.COL_EXIT, program.states.exit_in), (at.COL_MONETISE, program.states.monetise_in)):
        out[:, column] = np.isin(states, [STATES.index(name) for name in names])
    return out


def stress_table(margin: str) -> Floats:
    """Factors on SPX and VIX of the stress margin, shape (k, 2); none for another margin rule."""
    if margin != "stress":
        return np.zeros((0, 2))
    spot = 1.0 + np.array(STRESS_MOVES)
    return np.ascontiguousarray(np.stack([spot, spot**LN_VIX_BETA], axis=1))


def narrow(column: Floats, by_day: ByDay | None, name: str) -> None:
    """Put what changes by session into one program's columns. Raises ``DomainError`` for factors that are none."""
    if by_day is None:
        return
    if by_day.scale.shape != column.shape[:1] or not (np.isfinite(by_day.scale) & (by_day.scale >= 0.0)).all():
        raise DomainError(f"program {name}: factors by session must be numbers >= 0, one for each: correct them")
    column[:, at.COL_SCALE] *= by_day.scale
    if by_day.leave is not None:
        column[:, at.COL_EXIT] = np.maximum(column[:, at.COL_EXIT], by_day.leave)


def listing(
    when: Calendar, plan: Plan, states: NDArray[np.int8], prints: Prints, by_day: Mapping[str, ByDay] = NO_DAYS
) -> Listing:
    """Tables of a plan. ``states``: market state each session acts on; ``by_day``: more, by program.

    Raises ``MissingExpiryError`` and ``SettlementError`` before the run rather than in it.
    """
    programs, structures = plan.every_program(), plan.structures
    families = families_of(when, structures)
    keys = list(families)
    starts = np.concatenate([[0], np.cumsum([families[key].days.size for key in keys])])
    expiry = np.concatenate(
        [
            np.zeros((0, at.EXPIRY_ROOT + 1)),
            *(np.stack([one.time, one.days, np.full(one.days.size, one.root)], axis=1) for one in families.values()),
        ]
    )
    ends = expiry[:, at.EXPIRY_DAY].astype(np.int64).astype("datetime64[D]")
    column = np.empty((when.dates.size, len(programs), at.COL_WIDTH))
    for place, one in enumerate(programs):
        if not isinstance(one, Program):
            column[:, place] = coin_columns(when.dates.size, one, states)
            continue
        key = _family_key(one)
        column[:, place] = columns_of(when, one, families[key], int(starts[keys.index(key)]), states)
        narrow(column[:, place], by_day.get(one.name), one.name)
        used = np.unique(column[:, place, at.COL_NEAR : at.COL_NEXT + 1])
        used = used[used >= 0.0].astype(np.int64)
        root = families[key].root
        if root != at.PM:
            known = np.isin(expiry[used, at.EXPIRY_DAY], prints.vix if root == at.VRO else prints.opening)
            check_settlement(when, one, ends[used], known)
    tables = at.Tables(
        when.time,
        day_number(when.dates),
        np.ascontiguousarray(expiry),
        np.ascontiguousarray(column),
        np.stack([numbers_of(one) if isinstance(one, Program) else coin_numbers(one) for one in programs]),
        np.stack([legs_of(one) if isinstance(one, Program) else NO_LEGS for one in programs]),
        stress_table(plan.margin),
        coin_table(plan),
    )
    return Listing(tables, ends)


def terms_of(plan: Plan) -> at.Terms:
    """Numbers of trading and of the account."""
    costs, limits = plan.costs, plan.limits
    spx, share, floor = costs.spx_half_spread, costs.vix_half_spread_fraction, costs.vix_half_spread_floor or 0.0
    return at.Terms(
        plan.strike_step,
        float(plan.lot),
        _number(spx) * costs.multiple,
        _number(share) * costs.multiple,
        floor * costs.multiple,
        costs.future_half_spread * costs.multiple,
        costs.commission_per_contract * costs.multiple,
        costs.commission_per_future * costs.multiple,
        costs.spx_volume,
        costs.vix_volume,
        costs.future_volume,
        costs.perp_volume_usd,
        costs.impact_factor * costs.multiple,
        costs.multiple,
        plan.fill == "next",
        MARGINS[plan.margin],
        plan.future_margin,
        limits.carry_budget,
        limits.income_share,
        limits.premium_cap,
        limits.vega_cap,
    )


def expiry_date(expiries: Days, number: int) -> dt.date:
    """Date of an expiry by its number in the tables."""
    day: dt.date = expiries[number].item()
    return day
