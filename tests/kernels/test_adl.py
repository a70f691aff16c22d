"""`kernels.adl` against METHOD 1.6, a venue's published queue, queues served one by one, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import DomainError
from seawall.kernels import adl

QUEUE = {2: (10.0, 6.0), 5: (20.0, 5.0), 4: (30.0, 4.0), 1: (10.0, 3.0), 6: (10.0, 2.0), 3: (20.0, 1.0)}
"""Account: quantity and score. BitMEX, Auto-Deleveraging Examples."""


def test_published_queue_of_bitmex() -> None:
    accounts = sorted(QUEUE)  # in another order than the published table
    held, score = np.array([QUEUE[a][0] for a in accounts]), [QUEUE[a][1] for a in accounts]
    published = {2: 0.2, 5: 0.4, 4: 0.6, 1: 0.8, 6: 0.8, 3: 1.0}
    np.testing.assert_allclose(adl.queue_share(score, held), [published[a] for a in accounts], rtol=1e-14)
    # a short of 20 is liquidated: account 2 wholly, account 5 keeps 10
    left = dict(zip(accounts, held - adl.queue_fill(score, held, 20.0), strict=True))
    assert left == {1: 10.0, 2: 0.0, 3: 20.0, 4: 30.0, 5: 10.0, 6: 10.0}


def test_queue_and_pro_rata_of_method() -> None:
    # Chitra, arXiv:2512.01112: deficit 15, severity one half, winners 8, 4, .5 in the order 2, 1, 3
    winners = (8.0, 4.0, 0.5)
    np.testing.assert_allclose(adl.queue_fill((2.0, 3.0, 1.0), winners, 7.5), [3.5, 4.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(adl.pro_rata(winners, 7.5), [4.8, 2.4, 0.3], rtol=1e-15)


AMOUNTS = st.lists(st.tuples(st.integers(-3, 3), st.floats(0.0, 100.0)), min_size=1, max_size=12)


@given(AMOUNTS, st.floats(0.0, 500.0))
def test_queue_is_served_one_by_one(rows: list[tuple[int, float]], need: float) -> None:
    ranks, held = [float(rank) for rank, _ in rows], [amount for _, amount in rows]
    left, expected = need, [0.0] * len(rows)
    for i in sorted(range(len(rows)), key=lambda i: -ranks[i]):  # sorted keeps equal ranks in order
        expected[i] = min(held[i], left)
        left -= expected[i]
    taken = adl.queue_fill(ranks, held, need)
    np.testing.assert_allclose(taken, expected, atol=1e-10)
    assert float(taken.sum()) == pytest.approx(min(need, sum(held)), abs=1e-9)


@given(AMOUNTS, st.floats(0.0, 500.0))
def test_pro_rata_takes_the_same_share_of_all(rows: list[tuple[int, float]], need: float) -> None:
    held = np.array([amount for _, amount in rows])
    taken = adl.pro_rata(held, need)
    assert np.all(taken <= held)
    assert float(taken.sum()) == pytest.approx(min(need, float(held.sum())), abs=1e-9)
    assert np.ptp(taken[held > 1e-6] / held[held > 1e-6]) < 1e-12 if np.any(held > 1e-6) else True


def test_hyperliquid_rank_by_hand() -> None:
    # mark 120, entry 100, notional 600 on an account of 200: 1.2 x 3
    np.testing.assert_allclose(
        adl.hyperliquid_rank([120.0, 120.0], [100.0, 150.0], [600.0, 600.0], [200.0, 400.0]), [3.6, 1.2], rtol=1e-15
    )


def test_bitmex_rank_by_hand() -> None:
    # long 1 from 100 at 110, bankrupt at 90: 10 % x 110/20. Short 1 from 100 at 90, bankrupt at 120: 10 % x 90/30
    gain = adl.bitmex_rank([110.0, -90.0], [90.0, -120.0], [100.0, -100.0])
    np.testing.assert_allclose(gain, [0.55, 0.3], rtol=1e-14)
    # a loss is divided: long 1 from 100 at 80, bankrupt at 60: -20 % / 4; less leverage ranks lower
    loss = adl.bitmex_rank([80.0, 80.0], [60.0, 40.0], [100.0, 100.0])
    np.testing.assert_allclose(loss, [-0.05, -0.1], rtol=1e-14)


def test_binance_rank_of_a_published_question() -> None:
    # Binance developer forum 17801: P&L 40.2, wallet 4.27, margin ratio 13.42 %: 9.41 x 13.42 % = 1.26
    required = 0.1342 * (40.2 + 4.27)
    assert float(adl.binance_rank(40.2, 4.27, required)) == pytest.approx(1.26, abs=5e-3)
    # small wallets count as one dollar; losers and insolvent accounts rank zero
    np.testing.assert_allclose(
        adl.binance_rank([4.0, -1.0, 2.0], [0.5, 10.0, -3.0], [0.9, 1.0, 1.0]), [0.8, 0.0, 0.0], rtol=1e-14
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: adl.queue_fill([1.0, 2.0], [1.0], 1.0),
        lambda: adl.queue_fill([1.0], [-1.0], 1.0),
        lambda: adl.queue_fill([float("nan")], [1.0], 1.0),
        lambda: adl.pro_rata([1.0], -1.0),
        lambda: adl.queue_share([1.0], [0.0]),
        lambda: adl.bitmex_rank(100.0, 110.0, 90.0),
        lambda: adl.hyperliquid_rank(100.0, 90.0, 100.0, 0.0),
    ],
)
def test_what_cannot_be_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(DomainError):
        call()
