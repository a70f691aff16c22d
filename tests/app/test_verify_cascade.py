"""`app.verify.cascade`: cases computed here pass whatever their ratio, changed ones fail, others are counted."""

import csv
from pathlib import Path

import pytest
from tests.published import REFERENCE, existing

from seawall.app.verify import COVERED, NOT_BUILT, Check, run_checks
from seawall.app.verify.cascade import identity
from seawall.app.verify.files import check_file

TOPIC = "cascade_identities"


def checked(folder: Path, rows: list[tuple[str, str]]) -> Check:
    path = folder / f"{TOPIC}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("rule", "expected", "case"))
        writer.writerows(("drop", expected, case) for case, expected in rows)
    return check_file(COVERED[TOPIC], path)


def made(ratio: float) -> tuple[str, str]:
    return f"constant density n={ratio}", repr(2.0 / (1.0 - ratio))


ROWS = [
    *(made(ratio) for ratio in (0.0, 0.25, 0.6, 0.97, 0.995)),
    ("vega only, small shock", repr(0.001 / (1.0 - 0.001 * 1e5 * 0.3 / 100.0))),
    ("both, small shock", repr(0.001 / (1.0 - 0.3 - 0.3))),
]


def test_any_ratio_passes(tmp_path: Path) -> None:
    check = checked(tmp_path, ROWS)
    assert (check.verdict, check.cases, check.note) == ("pass", len(ROWS), "")
    assert check.worst_error <= check.tolerance == 1e-9


@pytest.mark.parametrize("place", range(len(ROWS)))
def test_a_changed_number_fails(tmp_path: Path, place: int) -> None:
    rows = list(ROWS)
    rows[place] = (rows[place][0], repr(float(rows[place][1]) + 2e-9))
    assert checked(tmp_path, rows).verdict == "fail"


def test_other_cases_are_not_covered_and_counted(tmp_path: Path) -> None:
    rows = [
        *ROWS[:1],
        ("step density n=0.4", "1.0"),
        ("constant density n=1.2", "1.0"),
        ("constant density n=x", "1.0"),
    ]
    check = checked(tmp_path, rows)
    assert (check.verdict, check.cases) == ("pass", 1)
    assert "3 rows not covered: a case without a formula here" in check.note
    assert checked(tmp_path, rows[1:]).verdict == "not covered"
    assert identity("constant density n=1.2") is None


def test_an_infinite_answer_is_no_number_to_compare_with(tmp_path: Path) -> None:
    check = checked(tmp_path, [*ROWS[:1], ("constant density n=1", "inf")])
    assert check.cases == 1
    assert "without a published number" in check.note


def test_the_published_table_passes_through_the_door() -> None:
    existing(REFERENCE / f"{TOPIC}.csv")
    check = next(check for check in run_checks(REFERENCE) if check.topic == TOPIC)
    assert (check.verdict, check.note) == ("pass", "")
    assert check.cases > 0
    assert TOPIC not in NOT_BUILT
