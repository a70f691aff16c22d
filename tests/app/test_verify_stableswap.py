"""`seawall verify` on stableswap calls: rows of any size and fee, one unit off, cells that are absent or no number."""

from pathlib import Path

import pytest

from seawall.app.verify import run_checks
from seawall.app.verify.checks import Check
from seawall.core.errors import InputError

# The invariant is linear in balances that are equal: D is their sum, and the price is one less the fee.
ROW = {
    "balances_18dec": '"[5000000000000000000, 5000000000000000000, 5000000000000000000, 5000000000000000000]"',
    "D": "20000000000000000000",
    "n": "4",
    "A": "85",
    "spot_dydx_nofee": "1.0",
    "spot_dydx_fee": "0.997",
}


def check(folder: Path, **cells: str) -> Check:
    row = {key: cell for key, cell in (ROW | cells).items() if cell != "no column"}
    text = ",".join(row) + ",source\n" + ",".join(row.values()) + ",note\n"
    (folder / "curve_stableswap_vectors.csv").write_text(text)
    return next(found for found in run_checks(folder) if found.topic == "curve_stableswap_vectors")


def test_any_number_of_coins_and_absent_columns(tmp_path: Path) -> None:
    found = check(tmp_path)
    assert (found.verdict, found.cases) == ("pass", 1)
    assert check(tmp_path, spot_dydx_fee="no column").verdict == "pass"


# METHOD 1.4 names D; amounts and fee of 30 bp follow from the invariant: see test_stableswap for the laws.
def paid(gross: int, rate: int) -> dict[str, str]:
    fee = gross * rate // 10**10
    return {"dx_coin0": "1000000000000000000", "dy_coin_last": str(gross - fee), "fee": str(fee)}


def test_other_fees_are_read_from_the_row_and_one_unit_off_fails(tmp_path: Path) -> None:
    from fractions import Fraction

    def surplus(y: int) -> Fraction:  # of the invariant, exact, with one coin more of the first and y of the last
        x, d, ann = [6 * 10**18, 5 * 10**18, 5 * 10**18, y], 20 * 10**18, 340
        return ann * sum(x) + d - ann * d - Fraction(d**5, 256 * x[0] * x[1] * x[2] * x[3])

    low, high = 1, 5 * 10**18
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if surplus(middle) > 0 else (middle, high)
    verdicts = {}
    for more in range(-4, 5):
        verdicts[more] = check(tmp_path, **paid(5 * 10**18 - low - 1 + more, 30_000_000)).verdict
    assert sorted(verdicts.values()) == ["fail"] * 8 + ["pass"]
    right = next(more for more, verdict in verdicts.items() if verdict == "pass")
    cells = paid(5 * 10**18 - low - 1 + right, 30_000_000)
    assert check(tmp_path, **(cells | {"fee": str(int(cells["fee"]) + 1)})).verdict == "fail"
    assert check(tmp_path, **cells, spot_dydx_nofee="", spot_dydx_fee="").verdict == "pass"
    assert check(tmp_path, **(cells | {"fee": "no column"})).verdict == "pass"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"balances_18dec": "nonsense"}, "no list of integers"),
        ({"balances_18dec": '"[5e18, 5e18]"'}, "no list of integers"),
        ({"n": "3"}, "4 coins"),
        ({"A": "85.5"}, "not an integer"),
        ({"spot_dydx_nofee": "one"}, "not a number"),
        ({"D": "", "spot_dydx_nofee": ""}, "without a published number"),
    ],
)
def test_a_row_that_cannot_be_read_is_counted_never_passed(tmp_path: Path, cells: dict[str, str], words: str) -> None:
    found = check(tmp_path, **cells)
    assert found.verdict == "not covered"
    assert words in found.note


@pytest.mark.parametrize("cells", [{"D": "20000000000000000001"}, {"spot_dydx_nofee": "0.9999999999999"}])
def test_a_wrong_number_fails(tmp_path: Path, cells: dict[str, str]) -> None:
    assert check(tmp_path, **cells).verdict == "fail"


def test_a_refused_pool_fails_and_a_missing_column_is_named(tmp_path: Path) -> None:
    assert check(tmp_path, A="0").verdict == "fail"
    with pytest.raises(InputError, match="'A' is missing"):
        check(tmp_path, A="no column")
