"""The EVENT a user names: a shock by name, a shock by its moves, or a range of sessions."""

import datetime as dt
import math
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from seawall.app.cli.options import day_of
from seawall.core.errors import InputError, UnknownParameterError

if TYPE_CHECKING:
    from seawall.market.state import Moves, State

RANGE = ".."
LONGEST = 260
"""Sessions of a range: a year."""
FORMS = (
    'an event by name (2018-02-05), moves ("spx=-0.05,eth=-0.3,vol=+20,days=1"), or sessions (2018-02-02..2018-02-06)'
)


def is_range(event: str) -> bool:
    """Whether an event is a range of sessions."""
    return RANGE in event


def sessions_of(event: str) -> list[dt.date]:
    """Sessions of ``FROM..TO``, both ends included; raises ``InputError``."""
    from seawall.core.clock import sessions

    first, last = (day_of(part.strip()) for part in event.split(RANGE, 1))
    if not first < last:
        raise InputError(f"{first} is not before {last}: write the earlier session first")
    days: list[dt.date] = list(islice(sessions(first, last).tolist(), LONGEST + 1))
    if len(days) > LONGEST:
        raise InputError(f"{first} to {last} has more than {LONGEST} sessions: replay a year at a time")
    return days


def moves_of(event: str, state: "State", days: float) -> tuple[str, "Moves"]:
    """Name and moves of a shock, given by name or as ``key=value`` pairs; raises ``InputError``."""
    from seawall.data.event_catalogue import BY_NAME
    from seawall.market.shock import as_moves, named_shocks
    from seawall.market.state import Moves

    if "=" in event:
        return event, _pairs(event, state, days)
    shocks = {shock.name: shock for shock in named_shocks(state)}
    if event not in shocks:
        near = get_close_matches(event, [*shocks, *BY_NAME], 1)
        names = ", ".join(map(repr, shocks))
        meant = f"did you mean {near[0]!r}?" if near else f"known are {names}, and those of `seawall replay --list`."
        raise UnknownParameterError(f"unknown event {event!r}: {meant} Or give {FORMS}")
    still = as_moves((shocks[event],), state)
    return event, Moves(still.returns, still.vol_points, days, still.tenor_power)


def _pairs(event: str, state: "State", days: float) -> "Moves":
    import numpy as np

    from seawall.market.state import Moves

    returns: dict[str, float] = {}
    points: dict[str, float] = {}
    known = {name.lower(): name for name in state.assets}
    for key, value in read_pairs(event):
        asset, _, what = key.partition(".")
        if key == "days":
            if value < 0.0:
                raise InputError(f"days must not be negative, was {value:g}: time runs forward")
            days = value
        elif key == "vol":
            points["SPX"] = value
        elif asset in known and what == "vol":
            points[known[asset]] = value
        elif asset in known and not what:
            if value <= -1.0:
                raise InputError(f"{key}={value:g} leaves no price: write -30 % as -0.3")
            returns[known[asset]] = value
        else:
            names = ", ".join([*known, "vol", "<asset>.vol", "days"])
            raise UnknownParameterError(f"unknown move {key!r}: known are {names}")
    moved, shifted = ({name: np.array([x]) for name, x in each.items()} for each in (returns, points))
    return Moves(moved, shifted, days)


def read_pairs(event: str) -> Sequence[tuple[str, float]]:
    """Pairs ``key=value`` between commas, keys in lower case; raises ``InputError`` for one that is none, or twice."""
    pairs: list[tuple[str, float]] = []
    for part in event.split(","):
        key, sign, text = part.strip().lower().partition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not sign or not math.isfinite(value):
            raise InputError(f"{part.strip()!r} is not a key and a number: write pairs such as spx=-0.05,vol=+20")
        if key in (k for k, _ in pairs):
            raise InputError(f"{key!r} stands twice: give it once")
        pairs.append((key, value))
    return pairs
