"""Perps of a book file: isolated, cross on an account, margined in coin, or on a power of the price."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field, FiniteFloat, PositiveFloat, model_validator

from seawall.core.errors import ConventionError, MarginError
from seawall.data.markets import Strict
from seawall.instruments.base import Position
from seawall.instruments.coin_perp import InversePerp, PowerPerp, checked_coins
from seawall.instruments.margin_terms import MarginTerms, flat_terms, venue_terms
from seawall.instruments.perp import FundingTerms, LinearPerp
from seawall.instruments.perp_account import AccountCash, AccountLeg, CrossPerp, PerpAccount
from seawall.instruments.venues import venue as venue_named

Side = Literal["long", "short"]
GROUP = "perps"


class TierFile(Strict):
    """One maintenance tier: from a notional on, a rate, and optionally the leverage it allows."""

    start: FiniteFloat = Field(ge=0.0)
    rate: FiniteFloat
    max_leverage: PositiveFloat | None = None


def terms_of(tiers: list[TierFile]) -> MarginTerms:
    """Checked tiers. Raises ``MarginError`` for ones that contradict each other."""
    leverages = [tier.max_leverage for tier in tiers]
    known = tuple(leverage for leverage in leverages if leverage is not None)
    if known and len(known) != len(tiers):
        raise MarginError(f"max_leverage stands in {len(known)} of {len(tiers)} tiers: state it in all or in none")
    return MarginTerms(tuple(t.start for t in tiers), tuple(t.rate for t in tiers), known or None)


class PerpLabel(Strict):
    """What every perp says."""

    label: str = Field(min_length=1, max_length=60)
    quantity: PositiveFloat = 1.0
    group: str | None = None
    side: Side
    asset: str
    daily_volume: PositiveFloat | None = Field(None, description="traded a day, in the unit of quantity")

    @property
    def signed(self) -> float:
        """Quantity, negative when short."""
        return self.quantity if self.side == "long" else -self.quantity


class MarginedFile(PerpLabel):
    """A perp with maintenance margin: a rate, tiers, or a venue whose tiers are known."""

    leverage: FiniteFloat | None = Field(None, ge=1.0)
    maintenance: FiniteFloat | None = Field(None, ge=0.0, lt=1.0)
    tiers: list[TierFile] | None = Field(None, min_length=1)
    venue: str | None = None
    premium: FiniteFloat | None = Field(None, description="average premium per 8 h, for a venue's funding formula")

    @model_validator(mode="after")
    def _one_maintenance(self) -> "MarginedFile":
        if self.maintenance is not None and self.tiers is not None:
            raise ValueError("`maintenance` and `tiers` both state the margin: give one of them")
        if self.premium is not None and self.venue is None:
            raise ValueError("`premium` needs `venue`, whose formula turns it into funding")
        return self

    def stated_terms(self) -> MarginTerms | None:
        """Maintenance as this position states it; None when it does not."""
        if self.tiers is not None:
            return terms_of(self.tiers)
        return None if self.maintenance is None else flat_terms(self.maintenance)

    def terms(self) -> MarginTerms:
        """Maintenance stated here, else the venue's. Raises ``ConventionError`` when neither is there."""
        stated = self.stated_terms()
        if stated is None and self.venue is None:
            raise ConventionError("no margin rule: add `maintenance`, `tiers`, or a `venue` whose tiers are known")
        return stated or venue_terms(venue_named(self.venue or "").tiers_of(self.asset))

    def funding(self) -> FundingTerms:
        """The venue's rule, used only where the market does not say what was paid."""
        return FundingTerms(None if self.venue is None else venue_named(self.venue).name, self.premium)


class LinearPerpFile(MarginedFile):
    """A linear perp; ``quantity`` is coins. Isolated, or a leg of an account with ``margin: cross``."""

    kind: Literal["linear_perp"]
    margin: Literal["isolated", "cross"] = "isolated"
    account: str | None = None
    entry: PositiveFloat | None = None
    collateral_usd: FiniteFloat | None = Field(None, gt=0.0)

    @model_validator(mode="after")
    def _one_margin(self) -> "LinearPerpFile":
        if self.margin == "cross":
            if self.account is None:
                raise ValueError("`margin: cross` needs `account`, the name of one under `accounts`")
            if self.collateral_usd is not None:
                raise ValueError("collateral of a cross position is the account's: write it under `accounts`")
            return self
        if self.account is not None:
            raise ValueError("`account` goes with `margin: cross`: add that, or remove it")
        if self.collateral_usd is None and (self.entry is None or self.leverage is None):
            raise ValueError("an isolated perp needs `entry` with `leverage`, or `collateral_usd`")
        if self.collateral_usd is not None and self.leverage is not None:
            raise ValueError("`leverage` and `collateral_usd` both state the collateral: give one of them")
        return self

    def position(self, accounts: Mapping[str, PerpAccount]) -> Position:
        """The position, one unit that holds all of the coins."""
        group = self.group or GROUP
        if self.account is not None:
            account = accounts[self.account]
            index = [leg.label for leg in account.legs].index(self.label)
            return Position(self.label, CrossPerp(account, index), 1.0, group, None if self.entry is None else 0.0)
        perp = LinearPerp(
            self.asset, self.signed, self.entry, self.leverage, self.terms(), self.collateral_usd, self.funding()
        )
        return Position(self.label, perp, 1.0, group, None if self.entry is None else perp.collateral)

    def leg(self, account: "AccountFile") -> AccountLeg:
        """This position on its account. Raises ``MarginError`` when the two name different venues."""
        if self.venue and account.venue and self.venue.lower() != account.venue.lower():
            raise MarginError(
                f"venue {self.venue} is not {account.venue}, that of account {account.name}: an account has one venue"
            )
        placed = self.model_copy(update={"venue": self.venue or account.venue})
        shared = account.tiers.get(self.asset)
        stated = self.stated_terms()
        if shared is not None and stated is not None:
            raise MarginError(f"account {account.name} has tiers for {self.asset} too: state the margin in one place")
        terms = terms_of(shared) if shared is not None else placed.terms()
        return AccountLeg(self.label, self.asset, self.signed, self.entry, terms, placed.funding(), self.leverage)


class InversePerpFile(MarginedFile):
    """An inverse perp; ``quantity`` is dollars of notional, collateral is ``coins`` or follows from ``leverage``."""

    kind: Literal["inverse_perp"]
    entry: PositiveFloat
    coins: FiniteFloat | None = Field(None, gt=0.0)

    @model_validator(mode="after")
    def _posted_once(self) -> "InversePerpFile":
        if (self.coins is None) == (self.leverage is None):
            raise ValueError("an inverse perp needs either `coins` of collateral or `leverage`")
        return self

    def position(self, accounts: Mapping[str, PerpAccount]) -> Position:
        """The position; what it cost in dollars is the coins at the entry price."""
        coins = self.coins or checked_coins(self.quantity, self.entry, self.leverage or 1.0)
        perp = InversePerp(self.asset, self.signed, self.entry, coins, self.terms(), self.funding())
        return Position(self.label, perp, 1.0, self.group or GROUP, coins * self.entry)


class PowerPerpFile(PerpLabel):
    """A power perp; ``quantity`` is units of ``scale S^power``, ``entry`` dollars per unit."""

    kind: Literal["power_perp"]
    power: FiniteFloat = 2.0
    scale: PositiveFloat = 1.0
    funding_apr: FiniteFloat | None = Field(None, description="paid by longs per year, share of value")
    entry: PositiveFloat | None = None

    def position(self, accounts: Mapping[str, PerpAccount]) -> Position:
        """The position, one unit that holds all of them."""
        perp = PowerPerp(self.asset, self.signed, self.power, self.scale, self.funding_apr)
        paid = None if self.entry is None else self.signed * self.entry
        return Position(self.label, perp, 1.0, self.group or GROUP, paid)


PerpFile = LinearPerpFile | InversePerpFile | PowerPerpFile
PERP_FILES = (LinearPerpFile, InversePerpFile, PowerPerpFile)


class AccountFile(Strict):
    """A cross-margin account: its collateral, and optionally its own tiers by asset."""

    name: str = Field(min_length=1, max_length=60)
    venue: str | None = None
    collateral_usd: FiniteFloat = Field(ge=0.0)
    mode: Literal["cross"] = "cross"
    tiers: dict[str, list[TierFile]] = Field(default_factory=dict)
    on_liquidation: Literal["nothing", "remainder"] = Field(
        "nothing", description="what the account keeps when it is closed before the backstop"
    )
    interest: FiniteFloat = 0.0


def account_of(file: AccountFile, held: Iterable[LinearPerpFile]) -> PerpAccount:
    """The account with its legs. Raises ``MarginError``, ``UnknownParameterError`` (venue) or ``DomainError``."""
    name = None if file.venue is None else venue_named(file.venue).name
    legs = tuple(entry.leg(file) for entry in held)
    account = PerpAccount(file.name, name, file.collateral_usd, legs)
    return replace(account, keeps_remainder=file.on_liquidation == "remainder", interest=file.interest)


def collateral_of(account: PerpAccount) -> Position:
    """The collateral as a position of its own."""
    return Position(f"{account.name} collateral", AccountCash(account), 1.0, GROUP, account.collateral)
