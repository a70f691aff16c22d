"""`app.verify.surface`: tables made by other means pass, a changed number fails, and no row disappears unsaid."""

import csv
from pathlib import Path

import mpmath
import numpy as np
import pytest
from tests.published import REFERENCE

from seawall.app.verify import Check, run_checks
from seawall.app.verify.surface import VARIANCE_SWAP, check_variance_swap

Rows = list[dict[str, str]]


def write(folder: Path, name: str, rows: Rows) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def checked(folder: Path, topic: str) -> Check:
    return next(check for check in run_checks(folder) if check.topic == topic)


def slices() -> Rows:
    """Jump wings from their definitions at 30 digits; the sign of the density of Vogt from METHOD 1.2."""
    rows = []
    for a, b, rho, m, s, t, free in (
        (-0.041, 0.1331, 0.306, 0.3586, 0.4153, 1.0, "False"),
        (0.04, 0.4, -0.4, 0.05, 0.1, 0.5, "True"),
        (0.02, 0.0001, 0.1, 0.0, 0.3, 0.25, "True"),
    ):
        with mpmath.workdps(30):
            root = mpmath.sqrt(mpmath.mpf(m) ** 2 + mpmath.mpf(s) ** 2)
            w0 = a + b * (rho * -m + root)
            money = mpmath.sqrt(w0)
            wings = (w0 / t, b / 2 * (rho - m / root) / money, b * (1 - rho) / money, b * (1 + rho) / money)
            least = (a + b * s * mpmath.sqrt(1 - mpmath.mpf(rho) ** 2)) / t
        names = ("vt_JW", "psi_JW", "p_JW", "c_JW", "vtilde_JW")
        given = zip(("a", "b", "rho", "m", "sigma", "t"), (a, b, rho, m, s, t), strict=True)
        found = zip(names, (*wings, least), strict=True)
        rows.append({n: repr(float(x)) for n, x in (*given, *found)} | {"butterfly_free": free, "source": "made here"})
    return rows


NOTE = "S=100 q=0 r=0.05 t=0.246575; fair variance {} tol 1e-4"


def strip_rows(variance: str = "0.04189") -> Rows:
    """Derman, Kamal and Zou 1999, the example of section "Replicating with a finite set of options" (facts, typed)."""
    puts = [("put", k, 0.30 - 0.01 * (k - 50) / 5) for k in range(50, 101, 5)]
    calls = [("call", k, 0.20 - 0.01 * (k - 100) / 5) for k in range(100, 136, 5)]
    return [
        {"type": side, "strike": str(k), "vol": f"{v:.2f}", "note": NOTE.format(variance)}
        for side, k, v in puts + calls
    ]


def test_slices_made_at_thirty_digits_pass(tmp_path: Path) -> None:
    write(tmp_path, "svi_reference", slices())
    check = checked(tmp_path, "svi_reference")
    assert (check.verdict, check.cases) == ("pass", 3)


@pytest.mark.parametrize(("column", "value"), [("psi_JW", "0.2"), ("butterfly_free", "True"), ("vtilde_JW", "0.0117")])
def test_a_changed_slice_fails(column: str, value: str, tmp_path: Path) -> None:
    rows = slices()
    rows[0][column] = value
    write(tmp_path, "svi_reference", rows)
    assert checked(tmp_path, "svi_reference").verdict == "fail"


def test_a_slice_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    rows = slices()
    rows[1]["butterfly_free"] = "maybe"
    write(tmp_path, "svi_reference", rows)
    check = checked(tmp_path, "svi_reference")
    assert (check.verdict, check.cases) == ("pass", 2)
    assert "'maybe' is neither True nor False" in check.note


def test_published_variance_swap_to_its_printed_digits(tmp_path: Path) -> None:
    check = check_variance_swap(write(tmp_path, VARIANCE_SWAP, strip_rows()))
    assert (check.verdict, check.cases) == ("pass", 19)
    assert check.tolerance == pytest.approx(5e-6, rel=1e-3)


def test_variance_of_a_flat_smile_is_its_square(tmp_path: Path) -> None:
    """With one volatility for every strike the fair variance is that squared, but for the mesh of the strikes."""
    rows = [
        {"type": side, "strike": str(0.5 * k), "vol": "0.20", "note": NOTE.format("0.0400")}
        for side, low, high in (("put", 80, 200), ("call", 200, 440))
        for k in range(low, high + 1)
    ]
    check = check_variance_swap(write(tmp_path, VARIANCE_SWAP, rows))
    assert check.verdict == "pass"
    assert 1e-7 < check.worst_error < 5e-5


def test_a_changed_variance_fails(tmp_path: Path) -> None:
    assert check_variance_swap(write(tmp_path, VARIANCE_SWAP, strip_rows("0.04190"))).verdict == "fail"


def test_a_strip_with_missing_strikes_is_not_compared(tmp_path: Path) -> None:
    whole = strip_rows()
    for rows, words in (
        (whole[:4] + whole[5:], "strikes are missing"),
        (whole[:8], "do not meet"),
        (whole[4:], "tails"),
    ):
        check = check_variance_swap(write(tmp_path, VARIANCE_SWAP, rows))
        assert check.verdict == "not covered"
        assert words in check.note
    rows = strip_rows()
    rows[3]["vol"] = "n/a"
    assert "1 row unusable" in check_variance_swap(write(tmp_path, VARIANCE_SWAP, rows)).note
    rows[3]["note"] = "nothing"
    rows[3]["vol"] = "0.27"
    assert "without a published number" in check_variance_swap(write(tmp_path, VARIANCE_SWAP, rows)).note


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no published tables: set SEAWALL_SHARED to their parent folder")
def test_published_files_pass() -> None:
    verdicts = {check.topic: check.verdict for check in run_checks(REFERENCE)}
    for name in ("svi_reference", VARIANCE_SWAP):
        if (REFERENCE / f"{name}.csv").exists():
            assert verdicts[name] == "pass"


def test_types_of_rows_are_read_in_any_case(tmp_path: Path) -> None:
    rows = [row | {"type": row["type"].upper()} for row in strip_rows()]
    assert check_variance_swap(write(tmp_path, VARIANCE_SWAP, rows)).cases == len(rows)
    assert np.isfinite(check_variance_swap(tmp_path / f"{VARIANCE_SWAP}.csv").worst_error)
