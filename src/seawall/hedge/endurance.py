"""How long a book can wait and how fast it can leave: the time buffer and the escape velocities of METHOD 5.7."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from seawall.core.status import Status
from seawall.hedge.held import is_hedge
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.spx_quotes import volume_of
from seawall.hedge.stack.vix_quotes import call_volume
from seawall.instruments.base import Instrument
from seawall.instruments.option import EuropeanOption
from seawall.instruments.structures import Structure
from seawall.instruments.vix import VixOption
from seawall.ledger.capital import days_to_flatten, escape_layers, temporal_buffer
from seawall.ledger.exposure import Ledger

BUFFER_ALARM_DAYS: Final = 5.0
REQUIRED: Final = 2
"""Hedge layers that have to gain in a stress in which the rest of the book loses."""
LAYERS: Final = ("L0", "L1", "L2", "L3", "LX", "CAL")


class TimeBuffer(NamedTuple):
    """Days the cushion lasts at twice the break-even volatility; None where that is undefined. ``alarm`` below 5 d."""

    days: float | None
    alarm: bool
    status: Status


def time_buffer(before: Ledger, cushion_usd: float | None) -> TimeBuffer:
    """How long the book can bleed (METHOD 5.7). ``cushion_usd``: equity that may be lost, None unknown.

    ``Status.UNKNOWN`` when it or a carry is, ``NOT_SHORT`` when the book is not short convexity with positive carry.
    """
    exposure = before.total.exposure
    if exposure.carry_usd_per_year is None:
        return TimeBuffer(None, False, Status.UNKNOWN)
    if not exposure.gamma_usd < 0.0 < exposure.carry_usd_per_year:
        return TimeBuffer(None, False, Status.NOT_SHORT)
    if cushion_usd is None:
        return TimeBuffer(None, False, Status.UNKNOWN)
    days = temporal_buffer(cushion_usd, exposure.gamma_usd, exposure.carry_usd_per_year)
    return TimeBuffer(days, days < BUFFER_ALARM_DAYS, Status.FOUND)


class Escape(NamedTuple):
    """How fast the book can leave: days to flatten at a tenth of daily volume, and layers that gain in each stress.

    ``days`` is None, with the legs in ``unknown``, while a leg's volume is not known; ``slowest`` is the leg that takes
    longest, None while one is unknown. ``gaining``: hedge layers with a gain, by named shock. ``fewest``: the shock in
    which the rest of the book loses and the fewest layers gain, None where it loses in none. ``enough``: two layers or
    more gain in every shock in which the rest loses.
    """

    days: float | None
    unknown: tuple[str, ...]
    gaining: dict[str, int]
    enough: bool
    slowest: str | None = None
    fewest: str | None = None


class Endurance(NamedTuple):
    """The time buffer of a book as it stands, and its escape velocities without and with the tickets."""

    buffer: TimeBuffer
    before: Escape
    after: Escape


def endurance(before: Ledger, after: Ledger, at: Situation) -> Endurance:
    """How long the book can wait and how fast it can leave, with the volumes that are stated or quoted that day."""
    old, new = (escape(one, daily_volumes(one, at)) for one in (before, after))
    return Endurance(time_buffer(before, before.book.nav_usd), old, new)


def daily_volumes(of: Ledger, at: Situation) -> dict[str, float]:
    """Units traded a day by label: as the position states it, else as the day's quotes do; the others are left out."""
    found = {}
    for position in of.book.positions:
        volume = position.daily_volume or _quoted(position.instrument, at)
        if volume is not None:
            found[position.label] = volume
    return found


def _quoted(instrument: Instrument, at: Situation) -> float | None:
    """Contracts traded that day; a structure trades no faster than its slowest leg. None unless every leg is known."""
    if isinstance(instrument, Structure):
        legs = [(abs(leg.units), _quoted(leg.option, at)) for leg in instrument.legs]
        known = [volume / units for units, volume in legs if volume is not None]
        return min(known) if len(known) == len(legs) else None
    if isinstance(instrument, VixOption):
        return call_volume(at, instrument)
    return volume_of(at, instrument) if isinstance(instrument, EuropeanOption) else None


def escape(of: Ledger, daily_volume: Mapping[str, float]) -> Escape:
    """Escape velocities (METHOD 5.7). ``daily_volume``: by label, in units of the position's quantity.

    Positions of one layer, as tickets name it first in their labels, count once.
    """
    rows = of.rows
    unknown = tuple(row.label for row in rows if row.label not in daily_volume)
    sizes = np.array([row.quantity for row in rows])
    volumes = np.array([daily_volume.get(row.label, np.nan) for row in rows])
    days = None if unknown else days_to_flatten(sizes, volumes)
    slowest = None if unknown else rows[int(np.argmax(np.abs(sizes) / volumes))].label
    held = {position.label for position in of.book.positions if is_hedge(position)}
    hedges = [row for row in rows if row.label in held]
    layers = list(dict.fromkeys(_layer(row.label) for row in hedges))
    shocks = list(of.total.pnl_by_shock)
    table = np.zeros((len(shocks), len(layers)))
    for row in hedges:
        table[:, layers.index(_layer(row.label))] += [row.pnl_by_shock[shock] for shock in shocks]
    gains, _ = escape_layers(table, REQUIRED)
    rest = np.array([of.total.pnl_by_shock[shock] for shock in shocks]) - table.sum(axis=1)
    losing = np.flatnonzero(rest < 0.0)
    _, enough = escape_layers(table[losing], REQUIRED)
    fewest = min(losing, key=lambda n: (gains[n], rest[n]), default=None)
    return Escape(
        days, unknown, dict(zip(shocks, gains.tolist(), strict=True)), enough, slowest,
        None if fewest is None else shocks[fewest],
    )  # fmt: skip


def _layer(label: str) -> str:
    """The layer of a label that a ticket gave (`L1 VIX Mar 18 23 call`), else the label."""
    first = label.split(" ", 1)[0]
    return first if first in LAYERS else label
