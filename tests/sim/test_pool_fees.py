"""Fee columns of a pool: by hand, against the closed form of LVR, and their labels."""

import math

import numpy as np
import pytest
from tests.sim.test_rows import RANGE, world

from seawall.core.errors import DomainError, MissingDataError
from seawall.kernels.amm import lvr_share, v3
from seawall.sim.coin_days import summed_days
from seawall.sim.daily_inputs import How
from seawall.sim.pool_fees import fair_fees, volume_fees, with_fees, yield_fees
from seawall.sim.rows import RowsOf, market_rows


@pytest.fixture(scope="module")
def found() -> RowsOf:
    return market_rows(world(), RANGE, ("ETH",))


def test_a_yield_is_paid_by_the_calendar_day(found: RowsOf) -> None:
    column = yield_fees(found, 0.365)
    gaps = np.diff(RANGE).astype(float)
    np.testing.assert_allclose(column.values[1:], 0.001 * gaps, rtol=1e-12)
    assert column.values[0] == 0.0
    assert (column.how[1:] == How.ASSUMED).all()


def test_volume_is_shared_by_liquidity(found: RowsOf) -> None:
    """10 m of volume at 0.3 % on 100 m locked: 3 bp of value; the leverage of a range multiplies it."""
    flat = volume_fees(found, np.full(RANGE.size, 1e7), 0.003, np.full(RANGE.size, 1e8))
    np.testing.assert_allclose(flat.values[1:], 3e-4, rtol=1e-12)
    wide = float(v3(2000.0, 1.0, 2000.0 / 1.25, 2500.0).leverage)
    ranged = volume_fees(found, np.full(RANGE.size, 1e7), 0.003, np.full(RANGE.size, 1e8), wide)
    np.testing.assert_allclose(ranged.values, wide * flat.values, rtol=1e-12)
    # the same from liquidity: a position of 1 dollar has L/V, the pool 2 L sqrt P = 1e8 of active liquidity
    own = 1.0 / float(v3(2000.0, 1.0, 2000.0 / 1.25, 2500.0).value)
    active = 1e8 / (2.0 * math.sqrt(2000.0))
    assert ranged.values[1] == pytest.approx(1e7 * 0.003 * own / active, rel=1e-12)
    gap = np.full(RANGE.size, 1e7)
    gap[9] = np.nan
    with pytest.raises(MissingDataError, match=str(RANGE[9])):
        volume_fees(found, gap, 0.003, np.full(RANGE.size, 1e8))


def test_a_volume_is_summed_over_the_days_of_a_session() -> None:
    """A Monday sums Friday, Saturday and Sunday."""
    history = world()
    total = summed_days(history, "ETH", RANGE)
    monday = int(np.flatnonzero(np.datetime64("2020-03-16") == RANGE)[0])
    days = np.array(["2020-03-13", "2020-03-14", "2020-03-15"], dtype="datetime64[D]")
    assert total[monday] == pytest.approx(history.values_on("ETH", days).sum(), rel=1e-12)
    assert np.isnan(summed_days(history, "NONE", RANGE)[1:]).all()


def test_a_fair_fee_is_the_loss_at_trailing_volatility(found: RowsOf) -> None:
    """Against the closed form of LVR, variance from the rows before by hand; the row's own move is not read."""
    column = fair_fees(found, "ETH", 1.5, 0.9, leverage=2.0, window=20)
    logs, years = np.log(found.rows.coin_move[:, 0]), found.years
    for t in (40, 77):
        vol = math.sqrt((logs[t - 20 : t] ** 2).sum() / years[t - 20 : t].sum())
        assert column.values[t] == pytest.approx(1.5 * float(lvr_share(2.0, vol)) * years[t], rel=1e-9)
    assert column.values[1] == pytest.approx(1.5 * float(lvr_share(2.0, 0.9)) * years[1], rel=1e-2)
    moved = found.rows.coin_move.copy()
    moved[50] *= 2.0
    other = fair_fees(found._replace(rows=found.rows._replace(coin_move=moved)), "ETH", 1.5, 0.9, 2.0, 20)
    changed = np.flatnonzero(~np.isclose(other.values, column.values, rtol=1e-9))
    assert changed.tolist() == list(range(51, 71))
    assert (column.how[1:] == How.MODELLED).all()


def test_columns_are_attached_with_their_words(found: RowsOf) -> None:
    columns = (yield_fees(found, 0.1), fair_fees(found, "ETH", 1.0, 0.8))
    full = with_fees(found, *columns)
    assert full.rows.fees.shape == (RANGE.size, 2)
    assert full.notes[-2:] == tuple(one.note for one in columns)
    assert full.counts()["FEES_0"] == {"assumed": RANGE.size - 1, "none": 1}
    assert "assumed" in full.notes[-2]
    with pytest.raises(DomainError, match="rows"):
        with_fees(found, columns[0]._replace(values=np.zeros(3)))


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_numbers_that_cannot_be_are_refused(found: RowsOf, bad: float) -> None:
    with pytest.raises(DomainError):
        yield_fees(found, bad)
    with pytest.raises(DomainError):
        fair_fees(found, "ETH", bad, 0.8)
    with pytest.raises(DomainError):
        volume_fees(found, np.ones(RANGE.size), bad, np.ones(RANGE.size))
    with pytest.raises(MissingDataError, match="the rows have no SOL"):
        fair_fees(found, "SOL", 1.0, 0.8)
