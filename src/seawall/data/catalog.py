"""What series there are: name, unit, rhythm, calendar, publisher, when they are known, and what they may look like.

A series that is not listed can be stored too: it gets the entry ``other``, with no checks of level.
"""

import datetime as dt
import functools
import re
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, final

from seawall.data.publication import Known

Frequency = Literal["daily", "monthly", "intraday", "irregular"]
Calendar = Literal["XNYS", "weekdays", "every day", "none"]

CLOSE: Final = Known("close")
UTC_DAY: Final = Known("day_end", minutes=5)
H15: Final = Known("next_session", clock=dt.time(16, 15))
MORNING: Final = Known("next_session", clock=dt.time(9, 0))


class Fact(NamedTuple):
    """A published close by which an unnamed file can be told from another."""

    day: str
    value: float


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One series. ``jump``: how far (natural log, down and up) a lone value may stand off its neighbourhood.

    ``bounds``: values that can be; outside is an error of unit or typing. ``repeats``: as many equal values in a row
    are stale (0: never). ``absent``: values that mean "none".
    """

    name: str
    title: str
    unit: str
    source: str
    frequency: Frequency = "daily"
    calendar: Calendar = "XNYS"
    known: Known = CLOSE
    bounds: tuple[float, float] = (-float("inf"), float("inf"))
    jump: tuple[float, float] | None = None
    repeats: int = 0
    release: bool = False
    aliases: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    absent: tuple[float, ...] = ()
    max_age_days: int = 5


_VOL: Final = {"unit": "points", "source": "Cboe", "bounds": (1.0, 250.0), "repeats": 5}
_JUMP_VIX: Final = (0.9, 1.2)
_JUMP_VVIX: Final = (0.5, 1.0)


def _vol(name: str, title: str, jump: tuple[float, float] = _JUMP_VIX, facts: tuple[Fact, ...] = ()) -> Entry:
    return Entry(name, title, jump=jump, facts=facts, **_VOL)  # type: ignore[arg-type]


def _price(name: str, title: str, source: str, *aliases: str, jump: tuple[float, float] = (0.45, 0.45)) -> Entry:
    return Entry(name, title, "usd", source, bounds=(1e-9, 1e9), jump=jump, repeats=5, aliases=aliases)


def _macro(name: str, title: str, unit: str, source: str, *aliases: str, days: int = 20) -> Entry:
    known, age = Known("month_after", days), 45 + days
    return Entry(name, title, unit, source, "monthly", "none", known, release=True, aliases=aliases, max_age_days=age)


def _rate(name: str, title: str, known: Known = H15, *aliases: str) -> Entry:
    return Entry(name, title, "percent", "FRED", calendar="weekdays", known=known, bounds=(-5.0, 40.0), aliases=aliases)


def _index(name: str, title: str, facts: tuple[Fact, ...] = ()) -> Entry:
    return Entry(name, title, "index", "Cboe", bounds=(1.0, 1e5), jump=(0.4, 0.4), repeats=5, facts=facts)


_ENTRIES: Final = (
    Entry("SPX", "S&P 500 index", "points", "S&P Dow Jones Indices", bounds=(10.0, 1e5), jump=(0.35, 0.35), repeats=4,
          aliases=("SP500", "GSPC", "S&P 500"), facts=(Fact("2020-03-23", 2237.40), Fact("2018-02-05", 2648.94),
          Fact("2008-10-15", 907.84))),
    _vol("VIX", "Cboe Volatility Index", facts=(Fact("2018-02-05", 37.32), Fact("2020-03-16", 82.69),
          Fact("2008-11-20", 80.86))),
    _vol("VIX1D", "Cboe 1-day volatility index", (1.5, 1.8)),
    _vol("VIX9D", "Cboe 9-day volatility index", (1.2, 1.5)),
    _vol("VIX3M", "Cboe 3-month volatility index", (0.7, 1.0)),
    _vol("VIX6M", "Cboe 6-month volatility index", (0.6, 0.9)),
    _vol("VIX1Y", "Cboe 1-year volatility index", (0.6, 0.9)),
    _vol("VXO", "Cboe S&P 100 volatility index"),
    _vol("VXN", "Cboe Nasdaq-100 volatility index"),
    _vol("RVX", "Cboe Russell 2000 volatility index"),
    _vol("OVX", "Cboe crude oil volatility index", (0.9, 1.4)),
    _vol("GVZ", "Cboe gold volatility index"),
    replace(_vol("VVIX", "Cboe volatility of VIX", _JUMP_VVIX), bounds=(10.0, 400.0)),
    replace(_vol("SKEW", "Cboe SKEW index", (0.25, 0.35)), bounds=(80.0, 250.0)),
    *(_index(name, f"Cboe {name} strategy index") for name in (
        "BXM", "BXMD", "BXY", "PUT", "CLL", "BFLY", "CLLZ", "CMBO", "CNDR", "PPUT", "VXTH", "LOVOL", "WPUT")),
    _index("SPTR", "S&P 500 total return index"),
    *(replace(_vol(f"VX{month}", f"VIX future, month {month}, settlement", (0.9, 1.2)), bounds=(5.0, 100.0))
      for month in range(1, 10)),
    *(_price(name, f"{name}, adjusted close", "Yahoo Finance", jump=(1.8, 1.2)) for name in (
        "VXX", "VIXY", "VIXM", "SVXY", "UVXY")),
    _price("SPY", "SPDR S&P 500 ETF, adjusted close", "Yahoo Finance"),
    _price("VNQ", "US real estate ETF, adjusted close", "Yahoo Finance"),
    Entry("DXY", "US dollar index", "index", "ICE", calendar="weekdays", bounds=(50.0, 200.0), jump=(0.15, 0.15),
          repeats=5, aliases=("DX-Y.NYB",)),
    Entry("DIX", "dark-pool indicator", "fraction", "SqueezeMetrics", known=MORNING, bounds=(0.0, 1.0)),
    Entry("GEX", "dealer gamma, vendor's sign", "usd_per_pct", "SqueezeMetrics", known=MORNING),
    *(Entry(name, title, "percent", "breadth table", bounds=(0.0, 100.0)) for name, title in (
        ("SP_BREADTH", "members above a short average"), ("SP_BREADTH_200", "members above the 200-day average"),
        ("SP_NEW_LOW", "members at a new low"))),
    *(Entry(name, title, "percent", "breadth table", calendar="weekdays", bounds=(0.0, 100.0)) for name, title in (
        ("GL_BREADTH", "global breadth"), ("GL_NEW_LOW", "global new lows"))),
    *(Entry(coin, f"{coin} in USD, daily close at 24:00 UTC", "usd", "Yahoo Finance", calendar="every day",
            known=UTC_DAY, bounds=(1e-9, 1e9), jump=(1.0, 1.0), repeats=5) for coin in ("BTC", "ETH", "SOL", "LINK")),
    *(Entry(f"{coin}_DVOL", f"Deribit {coin} volatility index", "points", "Deribit", calendar="every day",
            known=UTC_DAY, bounds=(5.0, 400.0), jump=(0.8, 1.2), repeats=5) for coin in ("BTC", "ETH")),
    replace(_rate("DFF", "effective federal funds rate", MORNING), calendar="every day"),
    _rate("DGS2", "2-year Treasury yield"), _rate("DGS10", "10-year Treasury yield"), _rate("DGS3MO", "3-month bill"),
    _rate("T10YIE", "10-year breakeven inflation"), _rate("SOFR", "secured overnight rate", MORNING),
    replace(_rate("BAMLH0A0HYM2", "US high yield option-adjusted spread", MORNING, "HY_OAS"), calendar="none"),
    Entry("DTWEXBGS", "broad dollar index", "index", "FRED", calendar="weekdays",
          known=Known("days_after", 7, dt.time(16, 15)), bounds=(50.0, 250.0)),
    _macro("FEDFUNDS", "effective federal funds rate, month", "percent", "FRED", days=5),
    _macro("GS3M", "3-month Treasury bill, month", "percent", "compiled table", days=5),
    _macro("CPIAUCSL", "consumer prices, all items, adjusted", "index", "FRED"),
    _macro("CPILFESL", "consumer prices, core, adjusted", "index", "FRED"),
    _macro("PPIFIS", "producer prices, final demand", "index", "FRED"),
    _macro("US_CPI", "consumer prices, all items, not adjusted", "index", "BLS"),
    _macro("US_CPI_CHANGE", "consumer prices, change in the month", "percent", "BLS"),
    _macro("US_REER_BROAD_BIS", "US broad real effective exchange rate", "index", "BIS", "REER", days=45),
    _macro("CPI_MOM", "CPI, change in the month, current vintage", "percent", "CPI release table"),
    _macro("CPI_CONSENSUS_MOM", "CPI, consensus of the change in the month", "percent", "CPI release table"),
    _macro("CPI_SURPRISE_MOM", "CPI, surprise against consensus, current vintage", "percent", "CPI release table"),
    Entry("FOMC", "FOMC announcement days", "flag", "Federal Reserve", "irregular", "none",
          Known("days_after", 0, dt.time(14, 0))),
    Entry("FOMC_MP1", "surprise in the policy rate on announcement days", "percent", "FOMC surprise table",
          "irregular", "none", Known("days_after", 0, dt.time(14, 30)), bounds=(-5.0, 5.0),
          aliases=("MP1",), absent=(1e10,)),
    *(Entry(name, f"{title} issues of the exchange", "issues", "breadth table", bounds=(0.0, 2e4)) for name, title in (
        ("ADVANCERS", "rising"), ("DECLINERS", "falling"))),
    *(Entry(f"GEX_{name}", f"dealer gamma, convention {name.lower()}", "usd_per_pct", "chain archive", known=MORNING)
      for name in ("NAIVE", "ALL_SHORT", "FLOW_SIGNED")),
    Entry("GEX_FLIP", "level where dealer gamma changes sign", "points", "chain archive", known=MORNING),
    Entry("SPX_ADV", "mean daily dollar volume of SPX members", "usd", "exchange volume", bounds=(0.0, 1e14)),
    *(Entry(name, title, "points", source, bounds=(10.0, 1e5), jump=(0.35, 0.35), repeats=4)
      for name, title, source in (
        ("SPX_EQUAL", "S&P 500 equal weight index", "S&P Dow Jones Indices"),
        ("RUT", "Russell 2000 index", "FTSE Russell"))),
    *(Entry(f"{name}_GAP{cost}", f"{name} parity gap{' cost' if cost else ''}", "points", "chain archive")
      for name in ("SPX", "VIX") for cost in ("", "_COST")),
    *(replace(_rate(name, f"{title} 2-year yield", MORNING), source="central bank", calendar="none")
      for name, title in (("DE2Y", "German"), ("JP2Y", "Japanese"))),
    Entry("GDP_NOWCAST", "nowcast of real growth", "percent", "nowcast", "irregular", "none", Known("days_after", 1)),
    _macro("PPI_MOM", "PPI, change in the month", "percent", "PPI release table"),
    _macro("PPI_CONSENSUS_MOM", "PPI, consensus of the change in the month", "percent", "PPI release table", days=19),
    *(Entry(f"{name}_SCHEDULE", f"announced days of {name}: state when each was known", "flag", "schedule", "irregular",
            "none", Known("days_after", 0)) for name in ("CPI", "FOMC")),
    *(_macro(name, title, unit, "listing table", days=15) for name, title, unit in (
        ("IPO_COUNT", "initial offerings", "count"), ("IPO_PROCEEDS", "proceeds of initial offerings", "usd"))),
    Entry("VOL_PCF", "price over cash flow, volatility-sensitive holdings", "ratio", "filings", known=MORNING),
    *(Entry(f"QUICK_{name}", f"quick ratio, {name.lower()}", "ratio", "filings", "irregular", "none",
            Known("days_after", 90), max_age_days=190) for name in ("MARKET", "REIT", "ETF")),
    *(Entry(name, title, unit, source, calendar="every day", known=UTC_DAY) for name, title, unit, source in (
        ("POOL_QUICK", "quick ratio of a pool", "ratio", "chain"), ("BTC_DOMINANCE", "BTC share of value", "percent",
        "market table"), ("TOKEN_UNLOCK", "tokens unlocked", "tokens", "vesting schedule"), ("TOKEN_ADV_30",
        "mean daily volume of 30 days", "tokens", "exchange bars"))),
)  # fmt: skip

_SHILLER: Final = {
    "SP500": 5, "DIVIDEND": 90, "EARNINGS": 90, "CONSUMER_PRICE_INDEX": 20, "LONG_INTEREST_RATE": 5, "REAL_PRICE": 20,
    "REAL_DIVIDEND": 90, "REAL_EARNINGS": 90, "PE10": 20,
}  # fmt: skip

_OTHER: Final = Entry("", "series of a user's file", "unknown", "file", calendar="none")
_CONTRACT: Final = re.compile(r"VX_(\d{4})_(\d{2})")
_HOURLY: Final = re.compile(r"([A-Z0-9]{2,12}?)_?(USDT|USDC|USD)_(\d+)(H|M)")
_PAIR: Final = re.compile(r"([A-Z0-9]{2,12})_(USDT|USDC|USD)")
_OPEN_INTEREST: Final = re.compile(r"OI_([A-Z0-9]+)")
_ON_CHAIN: Final = re.compile(r"[A-Z0-9]{2,12}_(PERP|POWER_FUNDING|CHAIN_IV|IV_COST)|USDC_APY(_[A-Z0-9]+)?")
_TREASURY: Final = re.compile(r"UST_(\d+)(M|Y)")


@functools.cache
def _table() -> dict[str, Entry]:
    shiller = {
        name: replace(
            _macro(f"SHILLER_{name}", f"Shiller table, {name.lower()}", "level", "Shiller", days=days), absent=(0.0,)
        )
        for name, days in _SHILLER.items()
    }
    return {entry.name: entry for entry in (*_ENTRIES, *shiller.values())}


def entries() -> tuple[Entry, ...]:
    """Every listed series."""
    return tuple(_table().values())


def known_names() -> dict[str, str]:
    """Name or alias in capitals -> name of the series."""
    return {word.upper(): entry.name for entry in entries() for word in (entry.name, *entry.aliases)}


@functools.cache
def entry(name: str) -> Entry:
    """The entry of a series; families (``VX_2018_02``, ``ETHUSDT_1H``, ``BTC_USD``) by pattern, else a bare one."""
    return _table().get(name) or _family(name) or _on_chain(name) or replace(_OTHER, name=name)


def _on_chain(name: str) -> Entry | None:
    found = _ON_CHAIN.fullmatch(name)
    if found is None:
        return None
    what = {"PERP": "usd", "POWER_FUNDING": "per_year", "CHAIN_IV": "points", "IV_COST": "points"}
    unit = what.get(found[1] or "", "percent")
    return Entry(name, name.replace("_", " ").lower(), unit, "venue", calendar="every day", known=UTC_DAY)


def _family(name: str) -> Entry | None:
    if _CONTRACT.fullmatch(name):
        return Entry(name, f"VIX future {name[3:]}, settlement", "points", "CFE", bounds=(5.0, 100.0),
                     jump=(0.9, 1.2), max_age_days=100_000)  # fmt: skip
    if hourly := _HOURLY.fullmatch(name):
        minutes = int(hourly[3]) * (60 if hourly[4] == "H" else 1)
        return Entry(name, f"{hourly[1]} in {hourly[2]}, bars of {minutes} minutes", "usd", "exchange bars", "intraday",
                     "every day", Known("stamp", minutes=minutes), (1e-9, 1e9), (0.7, 0.7), 0)  # fmt: skip
    if treasury := _TREASURY.fullmatch(name):
        return Entry(name, f"Treasury par yield, {treasury[1]}{treasury[2].lower()}", "per_year", "US Treasury",
                     calendar="weekdays", known=H15, bounds=(-0.05, 0.4))  # fmt: skip
    if _PAIR.fullmatch(name):
        return Entry(name, f"{name.replace('_', '/')}, daily bars", "usd", "exchange bars", calendar="every day",
                     known=UTC_DAY, bounds=(1e-9, 1e9), jump=(1.0, 1.0), repeats=5)  # fmt: skip
    if _OPEN_INTEREST.fullmatch(name):
        return Entry(name, f"open interest of {name[3:]}", "usd", "exchange", calendar="every day", known=UTC_DAY,
                     bounds=(0.0, 1e13))  # fmt: skip
    return None
