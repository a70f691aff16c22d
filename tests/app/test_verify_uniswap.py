"""`seawall verify` on tables of exact integers: right rows pass, one unit off fails, columns may stand in any order."""

from pathlib import Path

import pytest

from seawall.app.verify import run_checks
from seawall.app.verify.checks import Check
from seawall.core.errors import SeawallError

# METHOD 1.4 (contract values): tick -50, 500000 and the lowest tick; one swap step.
TICKS = {-50: 79030349367926598376800521322, 500000: 5697689776495288729098254600827762987878, -887272: 4295128739}
STEP = {
    "sqrtRatioCurrentX96": 2**96,
    "sqrtRatioTargetX96": 79623317895830914510639640423,
    "liquidity": 2 * 10**18,
    "amountRemaining": 10**18,
    "feePips": 600,
    "expected_sqrtRatioNextX96": 79623317895830914510639640423,
    "expected_amountIn": 9975124224178055,
    "expected_amountOut": 9925619580021728,
    "expected_feeAmount": 5988667735148,
}


def ticks(folder: Path, off: int = 0) -> Check:
    rows = [f"note,{price + off},getSqrtRatioAtTick,{tick}" for tick, price in TICKS.items()]
    (folder / "v3core_tickmath.csv").write_text("source,expected,function,input\n" + "\n".join(rows) + "\n")
    return next(check for check in run_checks(folder) if check.topic == "v3core_tickmath")


def step(folder: Path, name: str, value: object) -> Check:
    row = {**STEP, name: value}
    head, cells = ",".join(reversed(row)), ",".join(str(row[key]) for key in reversed(row))
    (folder / "v3core_swapmath.csv").write_text(f"{head},source\n{cells},note\n")
    return next(check for check in run_checks(folder) if check.topic == "v3core_swapmath")


def test_exact_rows_pass_in_any_order_of_columns(tmp_path: Path) -> None:
    found = ticks(tmp_path)
    assert (found.verdict, found.cases, found.worst_error) == ("pass", 3, 0.0)
    assert step(tmp_path, "feePips", 600).verdict == "pass"


def test_one_unit_off_fails_even_beyond_what_a_float_can_tell(tmp_path: Path) -> None:
    assert float(TICKS[500000]) == float(TICKS[500000] + 1)
    assert ticks(tmp_path, 1).verdict == "fail"


@pytest.mark.parametrize("name", [key for key in STEP if key.startswith("expected")])
def test_each_result_of_a_step_is_compared(tmp_path: Path, name: str) -> None:
    assert step(tmp_path, name, STEP[name] + 1).verdict == "fail"


def test_a_cell_that_is_no_integer_is_never_passed(tmp_path: Path) -> None:
    found = step(tmp_path, "expected_amountIn", "9.975e15")
    assert found.verdict != "pass"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "v3core_tickmath.csv").write_text("function,input\ngetSqrtRatioAtTick,-50\n")
    with pytest.raises(SeawallError, match=r"v3core_tickmath\.csv.*expected"):
        run_checks(tmp_path)
