"""Observed quotes reach the engine: both tables find the same option, and what is not quoted is not found."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.made_chains import flat_chain

from seawall.core.clock import sessions
from seawall.kernels import slots as at
from seawall.kernels.quote import find_quote as find_place
from seawall.kernels.quote import quote_key
from seawall.kernels.quotes import find_quote
from seawall.market.quotes import SPX_OPENING, quote_table
from seawall.sim.seen_quotes import seen_quotes

FRIDAYS = [(dt.date(2025, 9, 26), "SPXW"), (dt.date(2025, 10, 17), "SPX")]
DATES = sessions(dt.date(2025, 8, 29), dt.date(2025, 9, 5))


@pytest.fixture(scope="module")
def table():
    return quote_table([replace(flat_chain(FRIDAYS, 6000.0, 0.04, 0.20), underlying="SPX", spot=6000.0)], DATES)


def test_both_tables_hold_the_same_quotes(table) -> None:
    made = seen_quotes(table, DATES.size)
    assert made.first[-1] == table.bid.size > 1000
    for i in range(0, table.bid.size, 97):
        row, code, day, points, side = table.keys[i].tolist()
        root = at.AM if code == SPX_OPENING else at.PM
        place = find_place(made, row, quote_key(root, day, points / 1000.0, float(side)))
        bid, ask = find_quote(table, row, code, day, points / 1000.0, float(side))
        assert (made.bid[place], made.ask[place]) == (bid, ask)


def test_what_is_not_quoted_is_not_found(table) -> None:
    made = seen_quotes(table, DATES.size)
    day = int(np.datetime64("2025-09-26", "D").astype(np.int64))
    quoted = int(np.flatnonzero(sessions(dt.date(2025, 8, 29), dt.date(2025, 9, 5)) == np.datetime64("2025-09-02"))[0])
    assert find_place(made, quoted, quote_key(at.PM, day, 6000.0, 1.0)) >= 0
    assert find_place(made, quoted, quote_key(at.PM, day, 6000.5, 1.0)) == -1
    assert find_place(made, quoted, quote_key(at.AM, day, 6000.0, 1.0)) == -1
    assert find_place(made, quoted + 1, quote_key(at.PM, day, 6000.0, 1.0)) == -1


def test_no_chain_is_an_empty_table() -> None:
    made = seen_quotes(quote_table([], DATES), DATES.size)
    assert made.first.tolist() == [0] * (DATES.size + 1)
