"""What every door that replays does alike: the path of an event, the regimes of its days, twins and what followed."""

import datetime as dt

import numpy as np

from seawall.core.datum import Origin
from seawall.core.errors import MissingDataError, SeawallError
from seawall.data.event_catalogue import BY_NAME, known_event
from seawall.data.event_paths import event_path, path_between
from seawall.ledger.attribution import attribute_days
from seawall.ledger.book import Book
from seawall.market.event_path import EventPath, session_of, states_along
from seawall.market.history import History
from seawall.market.shock import EVENTS as SHOCKS
from seawall.market.state import State
from seawall.signals.regime import classify
from seawall.sim.analog import Analog, Twins, band_of, features, twins
from seawall.sim.replay_book import BookReplay, replay_book
from seawall.sim.replay_log import Seen


def goes_by_days(event: str) -> bool:
    """Whether an event is followed day by day unless asked otherwise: one of the catalogue that is no shock too."""
    return event in BY_NAME and event not in {shock.name for shock in SHOCKS}


def path_of(history: History, event: str, days: tuple[dt.date, ...] | None) -> EventPath:
    """A catalogued event, or the sessions ``days`` of the history; raises ``UnknownParameterError``."""
    return event_path(history, known_event(event)) if days is None else path_between(history, days, event)


def regimes_on(history: History, path: EventPath) -> dict[dt.date, Seen]:
    """The regime on the event's own days, from what was known at each close; empty where the history has no VIX."""
    try:
        regimes = classify(history)
    except SeawallError:
        return {}
    found = {}
    for day in path.days:
        try:
            one = regimes.on(day)
        except MissingDataError:
            continue
        fired = f", {', '.join(one.fired)} fired" if one.fired else ""
        found[day] = Seen(one.state, f"{one.rule}{fired}")
    return found


def replayed(book: Book, state: State, history: History, path: EventPath) -> BookReplay:
    """A book through an event, with the regimes of its days."""
    return replay_book(book, state, path, regimes_on(history, path))


def eve_of(event: str | None, days: tuple[dt.date, ...] | None) -> dt.date | None:
    """The eve of an event; None for the day of the market."""
    return None if event is None else known_event(event).start if days is None else days[0]


def analog(book: Book, state: State, history: History, eve: dt.date | None, size: tuple[int, int]) -> Analog:
    """Days like the eve of an event, or like the market's own day, and what followed each; ``size``: k and horizon.

    Nothing that became known after the market's time is used.
    """
    k, horizon = size
    known = history.upto(state.now)
    day = session_of(state.now) if eve is None else eve
    there = known if eve is None else history
    dates, columns, _ = features(there)
    row = int(np.searchsorted(dates, np.datetime64(day, "D")))
    has = row < dates.size and dates[row] == np.datetime64(day, "D")
    if has:
        asked = {name: float(column[row]) for name, column in columns.items()}
        found = twins(known, state.now, asked, k, horizon, day)
    else:
        if eve is not None:
            raise MissingDataError(
                f"no session {eve} with SPX and VIX in the history: import it, or leave out the event"
            )
        found = twins(known, state.now, _own(state), k, horizon, day)
    dates, _, _ = features(known)
    paths = []
    for twin in found.found:
        first = int(np.searchsorted(dates, np.datetime64(twin.day, "D")))
        path = path_between(known, tuple(dates[first : first + horizon + 1].tolist()), str(twin.day))
        steps = attribute_days(book, states_along(state, path), path.name)
        paths.append(np.concatenate([[0.0], np.cumsum([step.total.full_usd for step in steps])]))
    name = f"{day}, {'the eve of the event' if eve is not None else 'the day of the market'}"
    return Analog(book, name, horizon, found, band_of(paths), _notes(found, state, has, steps[0].left_out))


def _own(state: State) -> dict[str, float]:
    """Features that the market itself states."""
    if state.vix is None:
        return {}
    own = {"VIX": state.vix.vix.value}
    if state.vix.vvix.origin is Origin.OBSERVED:
        own["VVIX"] = state.vix.vvix.value
    if "SPX" in state.assets and state.assets["SPX"].realised_vol is not None:
        own["RV"] = state.assets["SPX"].realised_vol.value
    return own


def _notes(found: Twins, state: State, has: bool, left_out: tuple[str, ...]) -> tuple[str, ...]:
    where = "of the history" if has else "as the market states them: the history does not have its session"
    lines = [
        f"compared by {', '.join(found.used)} {where}; {found.candidates:,} days compete, all known by "
        f"{state.now:%Y-%m-%d}",
        "twins lie 60 days apart; their following sessions move today's levels by ratios, nothing is traded",
        "a band of so few days is no forecast and no confidence interval",
        *(f"not known, so not compared: {name}" for name in found.unused),
        *(f"left out, {reason}" for reason in left_out),
    ]
    return (*lines, *state.assumptions())
