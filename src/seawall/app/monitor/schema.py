"""The schema of a monitor file: strict, with secrets by the name of their environment variable only."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PositiveFloat, field_validator, model_validator

from seawall.app.service.alerts import Level
from seawall.data.markets import Strict

Seconds = Annotated[float, Field(ge=0.0, le=31_557_600.0)]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,79}$", description="name of an environment variable")]
Kind = Literal[
    "regime", "break_even", "time_buffer", "liquidation", "stale", "refused", "hedge_drift", "delta_drift", "trouble"
]
AT: Final[Mapping[str, float]] = {
    "break_even": 1.0, "time_buffer": 5.0, "liquidation": 0.05, "refused": 60.0, "hedge_drift": 0.25,
    "delta_drift": 0.5, "trouble": 0.0,
}  # fmt: skip
"""Threshold of a rule that states none; `stale` takes the limit of each source."""
ONLY: Final[Mapping[str, frozenset[str]]] = {
    "states": frozenset({"regime"}),
    "against": frozenset({"break_even"}),
    "sources": frozenset({"stale", "refused"}),
    "books": frozenset({"break_even", "time_buffer", "liquidation", "hedge_drift", "delta_drift"}),
}
MOST_BOOKS: Final = 20


class RuleFile(Strict):
    """One rule. ``at``: its threshold; ``clear``: where it ends, on the safe side of it."""

    rule: Kind
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] | None = None
    level: Level | None = None
    at: Annotated[float, Field(ge=0.0)] | None = None
    clear: Annotated[float, Field(ge=0.0)] | None = None
    cool_down: Seconds | None = None
    repeat: Seconds | None = None
    states: list[Literal["ONSET", "SPIKE", "EXHAUST"]] | None = None
    against: Literal["realised", "implied"] | None = None
    sources: list[str] | None = None
    books: list[str] | None = None

    @model_validator(mode="after")
    def _belongs(self) -> "RuleFile":
        for key, kinds in ONLY.items():
            if getattr(self, key) is not None and self.rule not in kinds:
                raise ValueError(f"`{key}` is not for the rule {self.rule}, only for {', '.join(sorted(kinds))}")
        if self.rule == "regime" and (self.at is not None or self.clear is not None):
            raise ValueError("the rule regime has no threshold: name its `states`")
        if self.at is not None and self.clear is not None and self.rule in AT:
            safe = self.clear >= self.at if self.rule == "time_buffer" else self.clear <= self.at
            if not safe:
                raise ValueError("`clear` must be on the safe side of `at`")
        return self


class ConsoleFile(Strict):
    """A line on stdout."""

    channel: Literal["console"]


class DesktopFile(Strict):
    """A notification of the desktop (notify-send, osascript)."""

    channel: Literal["desktop"]


class WebhookFile(Strict):
    """JSON by POST. ``url_from`` and ``secret_from`` name environment variables."""

    channel: Literal["webhook"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "webhook"
    url_from: Variable
    secret_from: Variable | None = None
    allow_private: bool = False
    timeout: Annotated[float, Field(gt=0.0, le=60.0)] = 10.0


class MailFile(Strict):
    """E-mail. ``security`` plain is for a server on this machine only."""

    channel: Literal["email"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "email"
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:_-]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "plain"] = "starttls"
    sender: Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]
    to: Annotated[list[Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]], Field(min_length=1, max_length=20)]
    user: Annotated[str, Field(max_length=200)] | None = None
    password_from: Variable | None = None
    timeout: Annotated[float, Field(gt=0.0, le=120.0)] = 20.0

    @model_validator(mode="after")
    def _safe(self) -> "MailFile":
        if self.security == "plain" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("`security: plain` is for a server on this machine only: use starttls or tls")
        if (self.user is None) != (self.password_from is None):
            raise ValueError("give `user` and `password_from` together")
        return self


AnyChannel = Annotated[ConsoleFile | DesktopFile | WebhookFile | MailFile, Field(discriminator="channel")]


class VenueFile(Strict):
    """Where marks come from. ``jump``: log-return that needs a confirmation; ``ahead``: seconds into the future."""

    url: Annotated[str, Field(max_length=2000)] | None = None
    url_from: Variable | None = None
    allow_private: bool = False
    timeout: Annotated[float, Field(gt=0.0, le=30.0)] = 5.0
    jump: Annotated[float, Field(gt=0.0, le=2.0)] = 0.1
    confirm: Annotated[int, Field(ge=1, le=10)] = 2
    ahead: Annotated[float, Field(ge=0.0, le=300.0)] = 5.0
    stale_after: PositiveFloat | None = None

    @model_validator(mode="after")
    def _one(self) -> "VenueFile":
        if (self.url is None) == (self.url_from is None):
            raise ValueError("give exactly one of `url` and `url_from`")
        return self


class SyncFile(Strict):
    """Sources of `seawall data sync`, and how often."""

    sources: Annotated[list[str], Field(min_length=1)]
    every: Annotated[float, Field(ge=60.0, le=31_557_600.0)] = 21_600.0


class TicketsFile(Strict):
    """When tickets are decided anew: an input moved by more than this, or this long ago."""

    move: PositiveFloat = 0.01
    vix_points: PositiveFloat = 0.5
    every: Annotated[float, Field(ge=1.0)] = 3_600.0
    at_most_every: Annotated[float, Field(ge=0.0)] = 60.0


class QuietFile(Strict):
    """Hours without notices, but for those of level ``pierce`` or more urgent."""

    start: dt.time = Field(alias="from")
    end: dt.time = Field(alias="to")
    zone: str
    pierce: Level = Level.ACT

    @field_validator("zone")
    @classmethod
    def _zone(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("there is no such time zone: write it as Europe/Zurich") from None
        return given


class MonitorFile(Strict):
    """The document."""

    seawall_monitor: Literal[1]
    books: list[str] = Field(default=["demo"], min_length=1, max_length=MOST_BOOKS)
    market: Literal["book", "store"] = "book"
    policy: str = "seed"
    every: Annotated[float, Field(ge=0.2, le=86_400.0)] = 60.0
    horizon_days: Annotated[float, Field(gt=0.0, le=365.0)] = 7.0
    venue: VenueFile | None = None
    sync: SyncFile | None = None
    tickets: TicketsFile | None = TicketsFile()
    rules: list[RuleFile] | None = None
    channels: list[AnyChannel] | None = None
    quiet: QuietFile | None = None
    cool_down: Seconds = 900.0
    repeat: Seconds = 0.0
    cleared: bool = True
    give_up_after: PositiveFloat = 86_400.0
    state: str | None = None


def channel_name(channel: Any) -> str:
    """How a channel is called in the outbox and in metrics."""
    return str(getattr(channel, "name", channel.channel))
