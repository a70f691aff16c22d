"""Orders for a broker: symbols against published ones, and legs that add up to their ticket."""

import datetime as dt

import pytest

from seawall.core.datum import Origin
from seawall.hedge.candidates import OrderLeg
from seawall.hedge.tickets import Ticket
from seawall.report.order_sheet import occ_symbol, ticket_orders

NOW = dt.datetime(2018, 2, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("symbol", "given"),
    [
        # The examples of Wikipedia, "Option symbol", section "The OCC option symbol".
        ("SPX   141122P00019500", ("SPX", dt.date(2014, 11, 22), "put", 19.5)),
        ("LAMR  150117C00052500", ("LAMR", dt.date(2015, 1, 17), "call", 52.5)),
        ("", ("TOOLONG", dt.date(2015, 1, 17), "call", 52.5)),
        ("", ("SPX", dt.date(2015, 1, 17), "call", 100_000.0)),
        ("", ("SPX", dt.date(2015, 1, 17), "call", 0.0)),
    ],
)
def test_symbols_are_those_of_the_clearing_house(symbol: str, given: tuple[str, dt.date, str, float]) -> None:
    assert occ_symbol(*given) == symbol


def test_legs_of_a_ticket_carry_its_units_and_its_net_limit() -> None:
    legs = (
        OrderLeg("option", "VIX", 1.0, 1.0, 1.2, 100.0, dt.date(2018, 3, 21), 23.0, "call"),
        OrderLeg("option", "VIX", -2.0, 0.4, 0.5, 100.0, dt.date(2018, 3, 21), 40.0, "call"),
        OrderLeg("future", "VX", -1.0, 15.0, 15.1, 1000.0, dt.date(2018, 3, 21)),
    )
    ticket = Ticket(
        "t1", NOW.date(), "L1.boost", "ONSET", "L1", "VIX Mar ratio", legs, 7.0, 0.2, -0.4, -280.0, 0.0, 0.0, 0.0,
        "carry", "seed", NOW, NOW, True, Origin.MODELLED,
    )  # fmt: skip
    rows = ticket_orders([ticket])
    assert [(row["action"], row["quantity"]) for row in rows] == [("BUY", 7.0), ("SELL", 14.0), ("SELL", 7.0)]
    assert {(row["net_limit"], row["debit_or_credit"]) for row in rows} == {(0.4, "CREDIT")}
    assert [row["symbol"] for row in rows] == ["VIX   180321C00023000", "VIX   180321C00040000", "VX"]
    assert {row["order"] for row in rows} == {"t1"}
