"""Exports: symbols as published, last trading days, combinations, and what no place trades."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from tests.worlds import NOW

from seawall.core.datum import Origin
from seawall.core.errors import InputError
from seawall.data.orders import FORMS, checked_export, exported, last_trading_day, occ_symbol
from seawall.hedge.candidates import OrderLeg
from seawall.hedge.tickets import Ticket


def leg(root: str, expiry: str, strike: float | None, right: str | None, ratio: float = 1.0) -> OrderLeg:
    kind = "option" if right else "future"
    return OrderLeg(kind, root, ratio, 1.0, 1.2, 100.0, dt.date.fromisoformat(expiry), strike, right)  # type: ignore[arg-type]


def ticket(*legs: OrderLeg, contracts: float = 3.0, **more: object) -> Ticket:
    given: dict[str, object] = {
        "id": "20210301-L1-VIX0317C30-abcdef", "session": NOW.date(), "rule": "L1.base", "state": "CALM", "layer": "L1",
        "contract": "made", "legs": legs, "contracts": contracts, "mid": sum(one.ratio * one.mid for one in legs),
        "limit": sum(one.ratio * one.price for one in legs), "cost_usd": 1.0, "margin_usd": 0.0,
        "carry_usd_per_year": 1.0, "vega_usd_per_point": 1.0, "binding": "carry", "policy": "abcdef", "decided_at": NOW,
        "known_at": NOW, "protects": True, "origin": Origin.MODELLED,
    }  # fmt: skip
    return Ticket(**{**given, **more})  # type: ignore[arg-type]


CALL = leg("VIX", "2021-03-17", 30.0, "call")
CONDOR = tuple(
    leg("SPXW", "2021-03-08", strike, right, ratio)
    for strike, right, ratio in ((3600.0, "put", 1), (3650.0, "put", -1), (4000.0, "call", -1), (4050.0, "call", 1))
)
FUTURE = leg("VX", "2021-05-19", None, None)
PERP = OrderLeg("perp", "ETH-PERP", -1.0, 1999.0, 2001.0, 1.0)
COIN = OrderLeg("option", "ETH", 1.0, 100.0, 106.0, 1.0, dt.date(2021, 3, 26), 1800.0, "put")
SQUARED = OrderLeg("power_perp", "ETH-SQUARED", 1.0, 1999.0, 2001.0, 1.0)
ALL = (ticket(CALL), ticket(*CONDOR, layer="L0"), ticket(FUTURE), ticket(PERP), ticket(COIN), ticket(SQUARED))


def rows(form: str, *tickets: Ticket) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(tickets, form))))


@pytest.mark.parametrize(
    ("root", "expiry", "strike", "right", "symbol"),
    [
        # The Options Clearing Corporation's symbology, as its own and brokers' pages print it.
        ("SPX", "2014-11-22", 19.5, "put", "SPX   141122P00019500"),
        ("LAMR", "2015-01-17", 52.5, "call", "LAMR  150117C00052500"),
        ("SPXW", "2022-06-17", 3900.0, "put", "SPXW  220617P03900000"),
        ("VIX", "2021-03-17", 30.0, "call", "VIX   210317C00030000"),
    ],
)
def test_option_symbols(root: str, expiry: str, strike: float, right: str, symbol: str) -> None:
    assert occ_symbol(leg(root, expiry, strike, right)) == symbol


@pytest.mark.parametrize(
    ("root", "right", "expiry", "last"),
    [
        ("VIX", "call", "2021-03-17", "2021-03-16"),  # Cboe: VIX options stop trading the business day before
        ("SPX", "put", "2021-03-19", "2021-03-18"),  # AM-settled SPX: the day before the opening print
        ("SPX", "put", "2021-04-16", "2021-04-15"),
        ("SPXW", "put", "2021-03-19", "2021-03-19"),  # PM-settled: the day itself
        ("VIX", "call", "2014-04-16", "2014-04-15"),
        ("SPX", "call", "2019-04-18", "2019-04-17"),  # Good Friday was the 19th: settled on the Thursday
        ("VIX", "call", "2022-01-19", "2022-01-18"),  # the Monday was a holiday
        ("VX", None, "2021-05-19", "2021-05-19"),  # futures trade until the morning of settlement
    ],
)
def test_last_trading_days(root: str, right: str | None, expiry: str, last: str) -> None:
    assert last_trading_day(leg(root, expiry, 3000.0 if right else None, right)) == dt.date.fromisoformat(last)


def test_a_combination_is_written_leg_by_leg_under_one_tag() -> None:
    found = rows("ibkr", ticket(*CONDOR, contracts=2.0, layer="L0"))
    assert [(row["Action"], row["Quantity"], row["Strike"], row["Right"]) for row in found] == [
        ("BUY", "2", "3600", "P"), ("SELL", "2", "3650", "P"), ("SELL", "2", "4000", "C"), ("BUY", "2", "4050", "C"),
    ]  # fmt: skip
    assert len({row["BasketTag"] for row in found}) == 1
    assert {(row["Symbol"], row["TradingClass"], row["SecType"]) for row in found} == {("SPX", "SPXW", "OPT")}
    same = rows("tastytrade", ticket(*CONDOR, contracts=2.0, layer="L0"))
    assert len({(row["order"], row["price"], row["price-effect"]) for row in same}) == 1
    assert same[0]["price-effect"] == ("Debit" if ticket(*CONDOR).limit >= 0.0 else "Credit")


def test_a_future_has_its_month_code() -> None:
    """CFE months: K is May; the year is its last digit in tastytrade's form."""
    assert rows("tastytrade", ticket(FUTURE))[0]["symbol"] == "/VXK1"
    found = rows("ibkr", ticket(FUTURE))[0]
    assert (found["Symbol"], found["SecType"], found["Exchange"], found["TradingClass"]) == ("VIX", "FUT", "CFE", "VX")


def test_selling_what_is_held_closes_it() -> None:
    sold = ticket(CALL._replace(ratio=-1.0), closes=True)
    assert rows("tastytrade", sold)[0]["action"] == "Sell to Close"
    assert rows("tastytrade", ticket(CALL))[0]["action"] == "Buy to Open"


def test_deribit_requests() -> None:
    """JSON-RPC 2.0, method, and linear instrument names as Deribit documents them: ETH_USDC-26MAR21-1800-P."""
    perp, coin = json.loads(exported((ticket(PERP), ticket(COIN, contracts=0.7)), "deribit"))
    assert (perp["jsonrpc"], perp["method"]) == ("2.0", "private/sell")
    assert perp["params"]["instrument_name"] == "ETH_USDC-PERPETUAL"
    assert coin["params"]["instrument_name"] == "ETH_USDC-26MAR21-1800-P"
    assert (coin["method"], coin["params"]["amount"], coin["params"]["price"]) == ("private/buy", 0.7, 106.0)
    assert perp["id"] != coin["id"]


def test_ccxt_arguments() -> None:
    """Unified symbols of ccxt: BASE/QUOTE:SETTLE, and -YYMMDD-STRIKE-C|P for options."""
    perp, coin = json.loads(exported((ticket(PERP), ticket(COIN)), "ccxt"))
    assert (perp["symbol"], perp["side"], perp["type"]) == ("ETH/USDC:USDC", "sell", "limit")
    assert coin["symbol"] == "ETH/USDC:USDC-210326-1800-P"


@pytest.mark.parametrize("form", FORMS)
def test_no_cell_can_be_read_as_a_formula_and_labels_stay_within_bounds(form: str) -> None:
    text = exported(ALL, form)
    if form in ("ibkr", "tastytrade"):
        for row in csv.reader(io.StringIO(text)):
            assert not any(cell.startswith(("=", "+", "@", "\t", "-")) for cell in row), row
    else:
        for order in json.loads(text):
            assert len(json.dumps(order)) < 400


def test_what_no_place_trades_is_said_in_one_line() -> None:
    for form, other in (("ibkr", PERP), ("tastytrade", COIN), ("deribit", CALL), ("ccxt", SQUARED)):
        with pytest.raises(InputError, match=f"trades on {form}"):
            exported((ticket(other),), form)
        with pytest.raises(InputError, match="no ticket to export"):
            exported((), form)


def test_format_and_file_come_together() -> None:
    assert checked_export(None, None) is None
    for form, path in (("ibkr", None), (None, Path("x.csv"))):
        with pytest.raises(InputError, match="give both"):
            checked_export(form, path)
    with pytest.raises(InputError, match="tastytrade, ibkr, deribit, ccxt"):
        checked_export("etrade", Path("x.csv"))
