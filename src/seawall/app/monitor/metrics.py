"""The monitor in the text format of Prometheus. What is not known has no line: an absent series is not a zero."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, final

from seawall.app.monitor.figures import Figures, Observation
from seawall.app.monitor.lifecycle import Alert
from seawall.app.monitor.rules import SourceState

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
REGIMES: Final = ("CALM", "ONSET", "SPIKE", "EXHAUST")
PREFIX: Final = "seawall_monitor_"
Labels = tuple[tuple[str, str], ...]


class Family(NamedTuple):
    """One metric: its name without the prefix, its kind, its help, and its samples."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


@final
class Polls:
    """Ticks by outcome and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.results: Counter[str] = Counter()
        self._below: Counter[float] = Counter()
        self._seconds = 0.0

    def seen(self, result: str, seconds: float) -> None:
        """Count one."""
        with self._lock:
            self.results[result] += 1
            self._seconds += seconds
            for bound in BUCKETS:
                self._below[bound] += seconds <= bound

    def histogram(self) -> list[str]:
        """Lines of the histogram."""
        with self._lock:
            below, total, seconds = dict(self._below), sum(self.results.values()), self._seconds
        name = f"{PREFIX}poll_seconds"
        return [
            f"# HELP {name} Time of one poll with everything computed from it.", f"# TYPE {name} histogram",
            *(f'{name}_bucket{{le="{bound:g}"}} {below.get(bound, 0)}' for bound in BUCKETS),
            f'{name}_bucket{{le="+Inf"}} {total}', f"{name}_sum {seconds:.6f}", f"{name}_count {total}",
        ]  # fmt: skip


@final
class Shown(NamedTuple):
    """What is exported."""

    seen: Observation | None
    sources: tuple[SourceState, ...]
    alerts: Mapping[str, Alert]
    deliveries: Mapping[tuple[str, str], int]
    waiting: Mapping[str, tuple[int, str]]
    refused: Mapping[str, int]
    readers: int
    rules: tuple[tuple[str, str], ...]
    now: dt.datetime


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _books(shown: Shown) -> tuple[Figures, ...]:
    return () if shown.seen is None else shown.seen.books


def _by_book(shown: Shown, field: str) -> tuple[tuple[Labels, float], ...]:
    found = ((one.book, getattr(one, field)) for one in _books(shown))
    return tuple(((("book", book),), float(value)) for book, value in found if value is not None)


def _vols(shown: Shown, field: str) -> tuple[tuple[Labels, float], ...]:
    return tuple(
        ((("book", one.book), ("factor", factor)), float(value))
        for one in _books(shown)
        for factor, found in one.break_evens.items()
        if (value := getattr(found, field)) is not None
    )


def _market(shown: Shown) -> Iterable[Family]:
    yield Family("book_value_usd", "gauge", "Value of a book.", _by_book(shown, "value_usd"))
    yield Family("book_delta_usd", "gauge", "Delta dollars of a book.", _by_book(shown, "delta_usd"))
    yield Family("book_gamma_usd_per_pct", "gauge", "Change of delta for one percent.",
                 _by_book(shown, "gamma_usd_per_pct"))  # fmt: skip
    yield Family("book_vega_usd_per_point", "gauge", "Dollars for one point of volatility.",
                 _by_book(shown, "vega_usd_per_point"))  # fmt: skip
    yield Family("break_even_vol", "gauge", "Volatility that eats the carry, per root year.", _vols(shown, "level"))
    yield Family("realised_vol", "gauge", "Realised volatility, per root year.", _vols(shown, "realised"))
    yield Family("implied_vol", "gauge", "Implied volatility of 30 days, per root year.", _vols(shown, "implied"))
    yield Family("time_buffer_days", "gauge", "Days equity lasts at twice the break-even volatility.",
                 _by_book(shown, "buffer_days"))  # fmt: skip
    chances = tuple(((("book", one.book), ("account", account)), found.share)
                    for one in _books(shown) for account, found in one.chances.items())  # fmt: skip
    yield Family("liquidation_probability", "gauge", "Chance of liquidation within the horizon.", chances)
    drifts = tuple(((("book", one.book),), one.drift.share) for one in _books(shown) if one.drift is not None)
    yield Family("hedge_drift", "gauge", "Share of the wanted protection still to be traded.", drifts)
    state = None if shown.seen is None else shown.seen.regime.state
    known = tuple(((("state", name),), float(name == state)) for name in REGIMES) if state is not None else ()
    yield Family("regime", "gauge", "State of the market, one of four is 1; absent while unknown.", known)


def _one(label: str, counts: Iterable[tuple[str, float]]) -> tuple[tuple[Labels, float], ...]:
    return tuple((((label, name),), float(count)) for name, count in counts)


def _own(shown: Shown, polls: Polls) -> Iterable[Family]:
    ages = [(one.name, one.age_s(shown.now)) for one in shown.sources]
    known = [(name, age) for name, age in ages if age is not None]
    yield Family("data_age_seconds", "gauge", "Age of the oldest datum in use, by source.", _one("source", known))
    up = [(one.name, float(one.failing is None)) for one in shown.sources]
    yield Family("source_up", "gauge", "Whether a source answered last time.", _one("source", up))
    active = Counter((one.rule, str(one.level)) for one in shown.alerts.values())
    alerts = tuple(
        ((("rule", rule), ("level", level)), float(active[rule, level]))
        for rule, level in dict.fromkeys((*shown.rules, *active))
    )
    yield Family("alerts_active", "gauge", "Alerts that have not ended.", alerts)
    deliveries = tuple(
        ((("channel", channel), ("result", result)), float(count))
        for (channel, result), count in sorted(shown.deliveries.items())
    )
    yield Family("deliveries_total", "counter", "Notices by channel: arrived, failed attempts, given up.", deliveries)
    waiting = _one("channel", ((name, float(count)) for name, (count, _) in sorted(shown.waiting.items())))
    yield Family("deliveries_waiting", "gauge", "Notices that have not arrived yet.", waiting)
    yield Family("polls_total", "counter", "Polls by outcome.", _one("result", sorted(polls.results.items())))
    yield Family("refused_total", "counter", "Data refused, by kind.", _one("kind", sorted(shown.refused.items())))
    yield Family("readers", "gauge", "Clients that follow the stream.", (((), float(shown.readers)),))
    last: tuple[tuple[Labels, float], ...] = () if shown.seen is None else (((), shown.seen.at.timestamp()),)
    yield Family("last_good_timestamp_seconds", "gauge", "Last good observation, Unix time.", last)


def lines(shown: Shown, polls: Polls) -> list[str]:
    """Every family with its samples."""
    found: list[str] = []
    for one in (*_market(shown), *_own(shown, polls)):
        found += [f"# HELP {PREFIX}{one.name} {one.help}", f"# TYPE {PREFIX}{one.name} {one.kind}"]
        for labels, value in one.samples:
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            found.append(f"{PREFIX}{one.name}{'{' + inside + '}' if inside else ''} {value:.12g}")
    return found + polls.histogram()
