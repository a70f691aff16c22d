"""`app.verify.lvr`: tables computed here by other means pass, a changed number fails, what is not compared is said."""

import csv
from collections.abc import Callable
from pathlib import Path

import mpmath
import pytest
from scipy.integrate import quad
from tests.published import REFERENCE

from seawall.app.verify import COVERED, NOT_BUILT, Check, run_checks
from seawall.app.verify.files import check_file
from seawall.app.verify.lvr import BLACK_SCHOLES, LVR_TOPICS, STOCHASTIC

Rows = list[dict[str, str]]
SOURCE = "arXiv:2305.14604, facts typed, or computed here"


def write(folder: Path, name: str, rows: Rows) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def checked(folder: Path, topic: str) -> Check:
    return check_file(COVERED[topic], folder / f"{topic}.csv")


def table_1() -> Rows:
    """Facts of Table 1: block time, fee, percent of blocks with a trade, at 5 % a day."""
    facts = (("600", "30", "49.6"), ("2", "5", "25.4"), ("12", "100", "4.0"), ("0.05", "10", "2.6"))
    return [
        {"block_time_s": s, "fee_bp": f, "sigma_daily_pct": "5.0", "P_trade_pct_published": p, "source": SOURCE}
        for s, f, p in facts
    ]


def table_2() -> Rows:
    """Facts of Table 2, and the exact share by quadrature of the excess displacement."""
    rows = []
    for seconds, fee, gas, net, burnt in ((12, 1, 9, "34.5", "37.3"), (12, 30, 30, "7.7", "27.8"),
                                          (2, 30, 100, "2.1", "60.8"), (0.05, 30, 5, "0.8", "7.3")):  # fmt: skip
        with mpmath.workdps(30):
            rate, gam, d = mpmath.mpf(86400) / seconds, mpmath.mpf(fee) / 10000, mpmath.mpf(gas) / 10000
            a = mpmath.sqrt(2 * rate) / mpmath.mpf("0.05")

            def gain(y: mpmath.mpf, gam=gam) -> mpmath.mpf:
                return mpmath.exp(gam / 2) * 2 * (mpmath.cosh(y / 2) - 1)

            mean = mpmath.quad(lambda u, a=a, d=d, g=gain: mpmath.exp(-u) * g(d + u / a), [0, 5, 20, 60])
            sides = 1 / (1 + a * (gam + d) + a * a * ((gam + d) ** 2 - gam**2) / 2)
            exact = rate * sides * (mean - gain(d)) / (mpmath.mpf("0.05") ** 2 / 4)
        rows.append({
            "table": "2", "block_time_s": str(seconds), "fee_bp": str(fee), "gas_bp": str(gas),
            "ARB_pct_published": net, "GAS_pct_published": burnt,
            "ARB_pct_exact_integral": f"{float(100 * exact):.3f}", "source": SOURCE,
        })  # fmt: skip
    return rows


def exact() -> Rows:
    """Constant product by quadrature: profit and fee of a swap over exponential excess, 30 digits."""
    rows = []
    for gam_bp, seconds, sigma in ((5, 12, "5.0"), (30, 2, "5.0"), (100, 12, "8.0")):
        with mpmath.workdps(30):
            rate, gam, vol = mpmath.mpf(86400) / seconds, mpmath.mpf(gam_bp) / 10000, mpmath.mpf(sigma) / 100
            a = mpmath.sqrt(2 * rate) / vol
            trade = 1 / (1 + a * gam)
            gain = mpmath.quad(lambda u, a=a: mpmath.exp(-u) * (2 * mpmath.cosh(u / a / 2) - 2), [0, 5, 20, 90])
            paid = mpmath.quad(lambda u, a=a: mpmath.exp(-u) * 2 * mpmath.sinh(u / a / 2), [0, 5, 20, 90])
            c = mpmath.sqrt(2 * mpmath.pi) / abs(mpmath.zeta(0.5))
            found = {
                "lvr_bp_per_day": vol**2 / 8 * 10000,
                "p_trade": trade,
                "arb_bp_per_day_poisson": rate * trade * mpmath.cosh(gam / 2) * gain / 2 * 10000,
                "fee_bp_per_day_poisson": rate * trade * mpmath.sinh(gam / 2) * paid / 2 * 10000,
                "arb_bp_per_day_deterministic": vol**2 / 8 / (1 + c * gam * mpmath.sqrt(rate) / vol) * 10000,
            }
        given = {"log_fee_bp": str(gam_bp), "block_time_s": str(seconds), "sigma_daily_pct": sigma}
        rows.append(given | {name: repr(float(x)) for name, x in found.items()} | {"source": SOURCE})
    return rows


def losses() -> Rows:
    """A row with the Black-Scholes loss by quadrature of the payoff, and two without."""
    p, low, high, sigma, years = 2200.0, 2000.0, 2400.0, 0.4861785891939535, 10.0 / 365.0
    dev = sigma * years**0.5

    def value(q: float) -> float:
        q_in = min(max(q, low), high)
        base, quote = q_in**-0.5 - high**-0.5, q_in**0.5 - low**0.5
        return base * q + quote

    def missing(z: float) -> float:
        q = p * float(mpmath.exp(dev * z - 0.5 * dev**2))
        held = (p**-0.5 - high**-0.5) * q + p**0.5 - low**0.5
        return float(mpmath.npdf(z)) * (held - value(q))

    ends = [(float(mpmath.log(edge / p)) + 0.5 * dev**2) / dev for edge in (low, high)]
    loss = 100.0 * quad(missing, -12.0, 12.0, points=ends, epsabs=1e-14, epsrel=1e-12, limit=300)[0] / value(p)
    row = {"p0=F": "2200", "pa": "2000", "pb": "2400", "T": "10/365", "model_params": f"sigma0={sigma} beta=-.27",
           STOCHASTIC: "1.7397", "mc_se_pct": "0.0037", BLACK_SCHOLES: repr(loss), "source": "made here"}  # fmt: skip
    bare = row | {"model_params": "beta=1", "mc_se_pct": "", BLACK_SCHOLES: ""}
    return [row, bare, bare]


TABLES: dict[str, tuple[Callable[[], Rows], int, str]] = {
    "lvr_ptrade_table1": (table_1, 4, "P_trade_pct_published"),
    "lvr_split_table2": (table_2, 4, "GAS_pct_published"),
    "lvr_cpmm_exact": (exact, 3, "fee_bp_per_day_poisson"),
    "il_sepp_logsv": (losses, 1, BLACK_SCHOLES),
}
"""Rows of each table, how many can be compared, and a column to spoil."""


def test_every_topic_is_registered_once_and_has_a_table_here() -> None:
    assert {topic.name for topic in LVR_TOPICS} == set(TABLES)
    assert not set(TABLES) & set(NOT_BUILT)


@pytest.mark.parametrize("name", TABLES)
def test_table_made_by_other_means_passes(name: str, tmp_path: Path) -> None:
    make, comparable, _ = TABLES[name]
    write(tmp_path, name, make())
    check = checked(tmp_path, name)
    assert (check.verdict, check.cases) == ("pass", comparable), check


@pytest.mark.parametrize("name", TABLES)
def test_one_changed_number_fails_and_its_line_is_named(name: str, tmp_path: Path) -> None:
    make, _, column = TABLES[name]
    rows = make()
    rows[0][column] = repr(float(rows[0][column]) + (1e-8 if name in ("lvr_cpmm_exact", "il_sepp_logsv") else 0.4))
    write(tmp_path, name, rows)
    check = checked(tmp_path, name)
    assert check.verdict == "fail"
    assert "line 2" in check.note


@pytest.mark.parametrize("column", ["ARB_pct_published", "ARB_pct_exact_integral"])
def test_every_column_of_table_2_is_compared(column: str, tmp_path: Path) -> None:
    rows = table_2()
    rows[3][column] = repr(float(rows[3][column]) + 0.3)
    write(tmp_path, "lvr_split_table2", rows)
    assert f"line 5 {column}" in checked(tmp_path, "lvr_split_table2").note


def test_losses_under_stochastic_volatility_are_counted_and_never_passed(tmp_path: Path) -> None:
    write(tmp_path, "il_sepp_logsv", losses())
    check = checked(tmp_path, "il_sepp_logsv")
    assert check.cases == 1
    assert f"3 rows whose {STOCHASTIC} is not compared" in check.note
    assert "line 2, 3, 4" in check.note
    assert "1 values in 1 columns of stochastic volatility" in check.note
    write(tmp_path, "il_sepp_logsv", losses()[1:])
    alone = checked(tmp_path, "il_sepp_logsv")
    assert (alone.verdict, alone.cases) == ("not covered", 0)


def test_rows_that_cannot_be_read_or_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "il_sepp_logsv", [*losses(), losses()[0] | {"T": "ten days"}])
    check = checked(tmp_path, "il_sepp_logsv")
    assert (check.verdict, check.cases) == ("pass", 1)
    assert "1 row unusable: T is no number of years" in check.note
    for field, value in (("block_time_s", "0"), ("fee_bp", "-1"), ("block_time_s", "1e12")):
        write(tmp_path, "lvr_ptrade_table1", [*table_1(), table_1()[0] | {field: value}])
        check = checked(tmp_path, "lvr_ptrade_table1")
        assert (check.verdict, check.cases) == ("fail", 5)
        assert "refused" in check.note


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no published tables: set SEAWALL_SHARED to their parent folder")
def test_published_files_pass() -> None:
    checks = {check.topic: check for check in run_checks(REFERENCE)}
    for name in TABLES:
        if (REFERENCE / f"{name}.csv").exists():
            assert checks[name].verdict == "pass", checks[name]
