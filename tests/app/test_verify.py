"""`app.verify`: tables made here by other means pass, a changed number fails, and no row disappears unsaid."""

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats
from tests.published import REFERENCE

from seawall.app.verify import COVERED, NOT_BUILT, Check, as_json, failed, run_checks
from seawall.app.verify.checks import Case, judged, printed, to_digits
from seawall.app.verify.files import check_file, number
from seawall.app.verify.table import print_checks
from seawall.app.verify.vix import check_vix
from seawall.core.errors import InputError

Rows = list[dict[str, str]]


# ---- tables, from other code than ours


def haug_values() -> Rows:
    """Haug 1998, European options: facts typed from the book."""
    lines = ["call,65,60,0,.08,.25,.3,2.1334", "put,19,19,.1,.1,.75,.28,1.7011", "call,1.6,1.56,.08,.06,.5,.12,.0291"]
    names = ("type", "strike", "spot", "q", "r", "t", "vol", "value")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def haug_greeks() -> Rows:
    """Haug 1998, European greeks: facts typed from the book."""
    lines = [
        "delta,call,100,105,.1,.1,.5,.36,.5946",
        "elasticity,put,100,105,.1,.1,.5,.36,-4.8775",
        "theta_per_day,put,405,430,.05,.07,.0833333333333,.2,-.0855",
        "dividend_rho,put,490,500,.05,.08,.25,.15,42.2254",
        "rho,call,75,72,0,.09,1,.19,38.7325",
    ]
    names = ("greek", "type", "strike", "spot", "q", "r", "t", "vol", "value")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def normal_cdf(x: mpmath.mpf) -> mpmath.mpf:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def spot_price(side: int, *at: mpmath.mpf) -> mpmath.mpf:
    s, k, t, r, q, v = at
    dev = v * mpmath.sqrt(t)
    d1 = (mpmath.log(s / k) + (r - q) * t) / dev + dev / 2
    stock, cash = s * mpmath.exp(-q * t), k * mpmath.exp(-r * t)
    return side * (stock * normal_cdf(side * d1) - cash * normal_cdf(side * (d1 - dev)))


def highprec() -> Rows:
    """Prices at 60 digits; greeks by numerical differentiation of the price."""
    orders = {
        "delta": (1, 0, 0, 0, 0, 0), "gamma": (2, 0, 0, 0, 0, 0), "vega": (0, 0, 0, 0, 0, 1), "rho": (0, 0, 0, 1, 0, 0),
        "vanna_d2V_dSdvol": (1, 0, 0, 0, 0, 1), "volga_d2V_dvol2": (0, 0, 0, 0, 0, 2),
        "theta_dV_dt_per_year": (0, 0, 1, 0, 0, 0), "charm_ddelta_dt_per_year": (1, 0, 1, 0, 0, 0),
    }  # fmt: skip
    rng = np.random.default_rng(5)
    rows: Rows = []
    with mpmath.workdps(60):
        for i in range(10):
            side = 1 if i % 2 else -1
            spot, years, vol = (float(rng.choice(x)) for x in ((20.0, 5000.0), (0.003, 0.1, 2.0), (0.1, 0.9)))
            strike = float(f"{spot * math.exp(rng.normal(0.0, 2.0) * vol * math.sqrt(years)):.5g}")
            at = (spot, strike, years, rng.uniform(-0.01, 0.1), rng.uniform(0.0, 0.05), vol)
            exact = tuple(mpmath.mpf(x) for x in at)
            row = dict(zip(("S", "K", "T", "r", "q", "vol"), map(repr, at), strict=True))
            row |= {"type": "call" if side > 0 else "put", "price": mpmath.nstr(spot_price(side, *exact), 17)}
            for name, order in orders.items():
                value = mpmath.diff(lambda *x, side=side: spot_price(side, *x), exact, order)
                row[name] = mpmath.nstr(-value if order[2] else value, 17)
            rows.append(row | {"speed_d3V_dS3": "0.001"})
    return rows


def implied() -> Rows:
    """Normalised prices at 60 digits; the last row's price is 1 to the last bit of a double."""
    rows: Rows = []
    with mpmath.workdps(60):
        for x, s in ((-0.3, 0.02), (-0.01, 0.3), (0.0, 1.0), (-5.0, 4.0), (-1e-3, 7.5), (-1e-3, 20.0)):
            half, dev = mpmath.mpf(x) / 2, mpmath.mpf(s)
            beta = mpmath.exp(half) * normal_cdf(2 * half / dev + dev / 2)
            beta -= mpmath.exp(-half) * normal_cdf(2 * half / dev - dev / 2)
            beta_text = mpmath.nstr(beta, 30)
            rows.append({"x_logFK(<=0)": repr(x), "total_stdev_s": repr(s), "normalised_otm_price_beta": beta_text})
    return rows


def expected_loss() -> Rows:
    """E[-IL]/V0 by quadrature of holding minus the position, from the token amounts."""

    def tokens(p: float, low: float, high: float) -> tuple[float, float]:
        p = min(max(p, low), high)
        return 1.0 / math.sqrt(p) - 1.0 / math.sqrt(high), math.sqrt(p) - math.sqrt(low)

    rows: Rows = []
    for at in ((2000.0, 1500.0, 2500.0, 2000.0, 0.8, 0.1), (2000.0, 1900.0, 2100.0, 2200.0, 0.5, 0.25)):
        entry, low, high, forward, vol, years = at
        base, quote = tokens(entry, low, high)
        dev = vol * math.sqrt(years)

        def missing(z: float, at=at, base=base, quote=quote, dev=dev) -> float:
            p = at[3] * math.exp(dev * z - 0.5 * dev * dev)
            x, y = tokens(p, at[1], at[2])
            return ((base - x) * p + quote - y) * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

        knots = [math.log(k / forward) / dev + 0.5 * dev for k in (low, high)]
        loss = integrate.quad(missing, -12.0, 12.0, points=knots, epsabs=1e-13, limit=400)[0]
        names = ("p0", "pa", "pb", "forward", "sigma", "T_years")
        row = dict(zip(names, map(repr, at), strict=True))
        rows.append(row | {"EIL_over_V0_closed_form": repr(loss / (base * entry + quote)), "EIL_over_V0_strip": "nan"})
    return rows


def weighted() -> Rows:
    rows: Rows = []
    for w, r in ((0.2, 4.0), (0.6, 0.3)):
        loss, rent = r**w / (w * r + 1 - w) - 1, w * (1 - w) / 2
        rows.append(
            {"weight_risky": str(w), "price_ratio": str(r), "IL": repr(loss), "LVR_coeff_times_sigma2": repr(rent)}
        )
    return rows


def headlines() -> Rows:
    """Ratios other than the usual ones: 2 sqrt(r)/(1 + r) - 1 by hand, and sigma^2/8."""
    facts = [
        ("CPMM LVR, sigma=5%/day", "3.125", "bp of pool value per day"),
        ("CPMM LVR, sigma=4%/day", "2.0", "bp of pool value per day"),
        ("v2 IL at price ratio 9", "-40.0", "%"),
        ("v2 IL at price ratio 0.25", "-20.0", "%"),
        ("share of pools that lose", "", "1%-6%"),
        ("cut in arbitrage loss", "20-70", "%"),
        ("pools: fees earned", "199.3", "USD m"),
    ]
    return [dict(zip(("what", "published", "unit"), fact, strict=True)) for fact in facts]


def fee_vols() -> Rows:
    """Volume 1e6 in a pool with L = 3e7 at price 2500: depth of one tick spacing by the two square roots."""
    liquidity, volume, price = 3e7, 1e6, 2500.0
    rows: Rows = []
    for spacing, fee in ((1, 0.0001), (4, 0.0002), (60, 0.003)):
        half = 1.0001 ** (spacing / 4)
        depth = liquidity * math.sqrt(price) * (half - 1 / half)
        lambert = 2 * fee * math.sqrt(volume / depth)
        ours = math.sqrt(4 * fee * volume / (liquidity * math.sqrt(price)))
        row = {"tick_spacing": str(spacing), "fee": str(fee), "ratio": f"{lambert / ours:.4f}"}
        rows.append(row | {"IV_Lambert_daily": f"{lambert:.8f}", "IV_breakeven_daily": f"{ours:.8f}"})
    return rows


TABLES: dict[str, tuple[Callable[[], Rows], int, str]] = {
    "haug_european_values": (haug_values, 3, "value"),
    "haug_european_greeks": (haug_greeks, 5, "value"),
    "bsm_highprec_mpmath": (highprec, 10, "theta_dV_dt_per_year"),
    "iv_highprec_mpmath": (implied, 5, "total_stdev_s"),
    "il_bsm_reference": (expected_loss, 2, "EIL_over_V0_closed_form"),
    "weighted_pool_il": (weighted, 2, "IL"),
    "lp_headline_numbers": (headlines, 4, "published"),
    "lp_implied_vol_check": (fee_vols, 3, "IV_breakeven_daily"),
}
"""Rows of each table, how many of them can be compared, and a column to spoil."""


def write(path: Path, rows: Rows, columns: list[str] | None = None) -> Path:
    names = columns or list(rows[0])
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def core(check: Check) -> tuple[str, int, float, float, str]:
    return check.topic, check.cases, check.worst_error, check.tolerance, check.verdict


def of_topic(checks: list[Check], topic: str) -> Check:
    return next(check for check in checks if check.topic == topic)


# ---- embedded


def test_every_embedded_check_passes_and_names_its_source() -> None:
    checks = [check for check in run_checks(None) if check.topic.startswith("embedded: ")]
    assert len(checks) >= 12
    for check in checks:
        assert check.verdict == "pass", check
        assert check.cases > 0
        assert check.worst_error <= check.tolerance
        assert check.source


def test_topics_not_built_are_listed_without_a_folder_and_never_passed() -> None:
    rest = [check for check in run_checks(None) if not check.topic.startswith("embedded: ")]
    assert [check.topic for check in rest] == list(NOT_BUILT)
    assert {check.verdict for check in rest} == {"not covered"}


# ---- tables


@pytest.mark.parametrize("name", TABLES)
def test_table_made_by_other_code_passes(name: str, tmp_path: Path) -> None:
    rows, comparable, _ = TABLES[name]
    check = check_file(COVERED[name], write(tmp_path / f"{name}.csv", rows()))
    assert (check.verdict, check.cases) == ("pass", comparable), check
    assert check.worst_error <= check.tolerance


@pytest.mark.parametrize("name", TABLES)
def test_one_changed_number_fails_and_its_line_is_named(name: str, tmp_path: Path) -> None:
    make, _, column = TABLES[name]
    rows = make()
    rows[1][column] = repr(float(rows[1][column]) * 1.01 + 0.1 * (name == "lp_headline_numbers"))
    check = check_file(COVERED[name], write(tmp_path / f"{name}.csv", rows))
    assert check.verdict == "fail"
    assert check.worst_error > check.tolerance
    assert "line 3" in check.note
    assert failed([check])


def test_highprec_tolerance_is_tight(tmp_path: Path) -> None:
    rows = highprec()
    rows[0]["gamma"] = repr(float(rows[0]["gamma"]) * (1.0 + 3e-10))
    check = check_file(COVERED["bsm_highprec_mpmath"], write(tmp_path / "bsm_highprec_mpmath.csv", rows))
    assert (check.verdict, check.worst_error) == ("fail", pytest.approx(3e-10, rel=0.01))


@pytest.mark.parametrize("name", TABLES)
def test_order_of_rows_and_columns_and_further_columns_do_not_matter(name: str, tmp_path: Path) -> None:
    rows = TABLES[name][0]()
    plain = check_file(COVERED[name], write(tmp_path / "plain.csv", rows))
    mixed = [row | {"remark": "seen", "desk": "7"} for row in reversed(rows)]
    columns = sorted(mixed[0], reverse=True)
    assert core(check_file(COVERED[name], write(tmp_path / "mixed.csv", mixed, columns))) == core(plain)


def test_every_row_that_is_not_compared_is_counted_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "haug_european_values.csv", haug_values())
    good = path.read_text()
    path.write_text(
        good + "\n,,,,,,,\ncall,1,1,0,0,1,abc,0.1\ncall,1,1,0,0,1,,0.1\ncall,1,1,0,0,1,.2,\ncall,1,1\n"
        "straddle,1,1,0,0,1,.2,0.1\ncall,1,1,0,0,1,inf,0.1\n"
    )
    check = check_file(COVERED["haug_european_values"], path)
    assert (check.verdict, check.cases) == ("pass", 3)
    for expected in (
        "2 rows blank (haug_european_values.csv line 5, 6)",
        "1 row unusable: vol 'abc' is not a number (haug_european_values.csv line 7)",
        "1 row unusable: vol is blank (haug_european_values.csv line 8)",
        "1 row without a published number (haug_european_values.csv line 9)",
        "1 row unusable: 3 cells under a header of 8 (haug_european_values.csv line 10)",
        "type 'straddle' is neither call nor put (haug_european_values.csv line 11)",
        "vol 'inf' is not a number (haug_european_values.csv line 12)",
    ):
        assert expected in check.note


def test_a_published_case_the_program_refuses_is_a_failure(tmp_path: Path) -> None:
    rows = [*haug_values(), {**haug_values()[0], "strike": "-65"}]
    check = check_file(COVERED["haug_european_values"], write(tmp_path / "haug_european_values.csv", rows))
    assert (check.verdict, check.cases) == ("fail", 4)
    assert "refused: strike must be finite > 0" in check.note
    assert as_json([check])[0]["worst_error"] is None


def test_facts_without_a_formula_are_counted_and_not_passed(tmp_path: Path) -> None:
    path = write(tmp_path / "lp_headline_numbers.csv", headlines()[4:])
    check = check_file(COVERED["lp_headline_numbers"], path)
    assert (check.verdict, check.cases) == ("not covered", 0)
    assert "1 row not covered: a fact without a formula here" in check.note
    assert "'20-70' is not a number" in check.note


def test_greeks_not_built_are_skipped_and_counted(tmp_path: Path) -> None:
    check = check_file(COVERED["bsm_highprec_mpmath"], write(tmp_path / "bsm_highprec_mpmath.csv", highprec()))
    assert "10 values in 1 columns of greeks not in this release skipped: speed_d3V_dS3" in check.note
    rows = [*haug_greeks(), {**haug_greeks()[0], "greek": "strike_sensitivity"}]
    check = check_file(COVERED["haug_european_greeks"], write(tmp_path / "haug_european_greeks.csv", rows))
    assert (check.verdict, check.cases) == ("pass", 5)
    assert "1 row not covered: greek 'strike_sensitivity'" in check.note


def test_a_price_that_no_longer_holds_its_volatility_is_not_a_case(tmp_path: Path) -> None:
    check = check_file(COVERED["iv_highprec_mpmath"], write(tmp_path / "iv_highprec_mpmath.csv", implied()))
    assert "1 row where s is not representable" in check.note
    assert "line 7" in check.note


@pytest.mark.parametrize("content", ["", "type,strike\n", "\n\n"])
def test_a_file_without_rows_is_not_covered(content: str, tmp_path: Path) -> None:
    (tmp_path / "haug_european_values.csv").write_text(content)
    check = check_file(COVERED["haug_european_values"], tmp_path / "haug_european_values.csv")
    assert check.verdict == "not covered"
    assert "has no rows" in check.note


def test_a_missing_column_is_one_line_with_file_column_and_remedy(tmp_path: Path) -> None:
    columns = [name for name in haug_values()[0] if name != "vol"]
    write(tmp_path / "haug_european_values.csv", haug_values(), columns)
    with pytest.raises(InputError, match=r"haug_european_values\.csv: column 'vol' is missing: add it") as caught:
        run_checks(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "cannot be read"),
        (b'type,strike\n"call', "cannot be read"),
        (b"type,type,strike\ncall,call,1\n", "column 'type' stands 2 times"),
    ],
)
def test_a_file_that_is_no_table(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "haug_european_values.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        run_checks(tmp_path)


def test_nothing_to_compare_with_in_the_columns(tmp_path: Path) -> None:
    write(tmp_path / "haug_european_values.csv", haug_values(), ["type", "strike", "spot", "q", "r", "t", "vol"])
    with pytest.raises(InputError, match="none of the columns value is there"):
        run_checks(tmp_path)


# ---- folders


def test_any_subset_of_files_and_what_is_said_of_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "weighted_pool_il.csv", weighted())
    write(tmp_path / "heston_reference.csv", [{"type": "call", "price": "1"}])
    write(tmp_path / "event_2020_03_12.csv", [{"fact": "fall", "value": "1"}])
    write(tmp_path / "diary.csv", [{"a": "1"}])
    (tmp_path / "README.md").write_text("not a table")
    rest = [check for check in run_checks(tmp_path) if not check.topic.startswith("embedded: ")]
    verdicts = {check.topic: check.verdict for check in rest}
    assert verdicts == {
        "weighted_pool_il": "pass",
        "heston_reference": "not covered",
        "event_2020_03_12": "not covered",
        "other files": "not covered",
    }
    assert "diary.csv" in of_topic(rest, "other files").note


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no known table"):
        run_checks(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        run_checks(tmp_path / "absent")


# ---- VIX examples


def flat_chain(term: str, forward: float, vol: float, minutes: float, rate: float) -> Rows:
    """Quotes without width, at scipy's normal distribution; strikes so dense that sum and integral agree to 5e-5."""
    years = minutes / 525_600.0
    dev = vol * math.sqrt(years)
    strikes = np.arange(forward * math.exp(-6.5 * dev), forward * math.exp(6.5 * dev), 0.4)
    d1 = np.log(forward / strikes) / dev + 0.5 * dev
    call, put = (
        np.maximum(side * (forward * stats.norm.cdf(side * d1) - strikes * stats.norm.cdf(side * (d1 - dev))), 0.0)
        * math.exp(-rate * years)
        for side in (1.0, -1.0)
    )
    columns = {"strike": strikes, "call_bid": call, "call_ask": call, "put_bid": put, "put_ask": put}
    texts = [[repr(float(x)) for x in column] for column in columns.values()]
    return [{"term": term, **dict(zip(columns, cells, strict=True))} for cells in zip(*texts, strict=True)]


def index_of_flat(near: tuple[float, float], following: tuple[float, float]) -> float:
    """Total variances at flat vols, linear in time to 30 days."""
    (n1, v1), (n2, v2) = near, following
    total = np.interp(43_200.0, [n1, n2], [v1**2 * n1, v2**2 * n2])
    return 100.0 * math.sqrt(float(total) / 43_200.0)


def example(name: str, near: tuple[float, float], following: tuple[float, float], folder: Path) -> dict[str, str]:
    """Write a chain of two flat expiries (minutes, vol), shuffled; its row of the parameter file."""
    rows = flat_chain("near", 1000.0, near[1], near[0], 0.02) + flat_chain(
        "next", 1001.0, following[1], following[0], 0.03
    )
    rows = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    write(folder / f"vix_whitepaper_{name}_chain.csv", rows)
    return {
        "example": name, "near_minutes": str(near[0]), "next_minutes": str(following[0]), "near_rate": "0.02",
        "next_rate": "0.03", "forward_near": "1000.0", "expected_vix": repr(index_of_flat(near, following)),
    }  # fmt: skip


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two examples: months inside 23-37 days, and 9 and 40 days."""
    folder = tmp_path_factory.mktemp("examples")
    rows = [
        example("inside", (35_924.0, 0.5), (46_394.0, 0.55), folder),
        example("2099", (12_960.0, 0.6), (57_600.0, 0.5), folder),
    ]
    write(folder / "vix_whitepaper_params.csv", rows)
    return folder


def copied(examples: Path, folder: Path) -> tuple[Path, Rows]:
    shutil.copytree(examples, folder, dirs_exist_ok=True)
    with (folder / "vix_whitepaper_params.csv").open() as file:
        return folder, list(csv.DictReader(file))


def test_two_examples_one_with_months_outside_the_window(examples: Path) -> None:
    check = check_vix(examples)
    assert (check.topic, check.cases, check.verdict, check.note) == ("vix_whitepaper_params", 2, "pass", "")
    assert check.tolerance == 1e-4


def test_a_changed_index_or_quote_fails(examples: Path, tmp_path: Path) -> None:
    folder, rows = copied(examples, tmp_path)
    rows[1]["expected_vix"] = str(float(rows[1]["expected_vix"]) + 3e-4)
    write(folder / "vix_whitepaper_params.csv", rows)
    check = check_vix(folder)
    assert check.verdict == "fail"
    assert "line 3 2099" in check.note


def test_an_example_without_its_chain_is_not_covered_and_a_chain_without_its_row_is_said(
    examples: Path, tmp_path: Path
) -> None:
    folder, rows = copied(examples, tmp_path)
    rows[0]["example"] = "1887"
    write(folder / "vix_whitepaper_params.csv", rows)
    check = check_vix(folder)
    assert (check.cases, check.verdict) == (1, "pass")
    assert "not covered: no vix_whitepaper_1887_chain.csv" in check.note
    assert "chain inside has no row" in check.note


def test_forward_stated_otherwise_and_rows_left_out_are_said(examples: Path, tmp_path: Path) -> None:
    folder, rows = copied(examples, tmp_path)
    rows[0]["forward_near"] = "1000.7"
    write(folder / "vix_whitepaper_params.csv", rows)
    path = folder / "vix_whitepaper_inside_chain.csv"
    path.write_text(path.read_text() + "near,1,,2,3,4\nlater,1,1,2,3,4\n")
    check = check_vix(folder)
    assert (check.cases, check.verdict) == (2, "pass")
    assert "1 row has another near forward: 1000 here" in check.note
    assert "1 row left out: call_bid is not a number (vix_whitepaper_inside_chain.csv" in check.note
    assert "1 row left out: term 'later' is neither near nor next" in check.note


@pytest.mark.parametrize("file", ["vix_whitepaper_params.csv", "vix_whitepaper_2099_chain.csv"])
def test_a_missing_column_of_either_file(examples: Path, tmp_path: Path, file: str) -> None:
    folder, _ = copied(examples, tmp_path)
    column = "expected_vix" if "params" in file else "put_ask"
    path = folder / file
    path.write_text(path.read_text().replace(column, "other", 1))
    with pytest.raises(InputError, match=rf"{file}: column '{column}' is missing"):
        run_checks(folder)


def test_chains_alone_are_not_covered(examples: Path, tmp_path: Path) -> None:
    folder, _ = copied(examples, tmp_path)
    (folder / "vix_whitepaper_params.csv").unlink()
    check = of_topic(run_checks(folder), "vix_whitepaper_params")
    assert check.verdict == "not covered"
    assert "is not there" in check.note


# ---- results


def test_json_has_the_documented_keys_and_only_finite_numbers() -> None:
    records = as_json(run_checks(None))
    assert {"topic", "cases", "worst_error", "tolerance", "verdict"} <= set(records[0])
    assert json.loads(json.dumps(records, allow_nan=False)) == records


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ([Case(1.0, 2.0), Case(0.0, 0.0)], "pass"),
        ([Case(0.0, 0.0)], "pass"),
        ([Case(1.0, 2.0), Case(math.nan, 1.0)], "fail"),
        ([Case(1.0, 2.0), Case(1e-300, 0.0)], "fail"),
        ([Case(1.0, 2.0), Case(2.0, 1.0)], "fail"),
        ([], "not covered"),
    ],
)
def test_verdict_follows_the_worst_case(cases: list[Case], verdict: str) -> None:
    check = judged("topic", len(cases), cases)
    assert check.verdict == verdict
    assert failed([check]) == (verdict == "fail")
    if verdict == "pass":
        assert check.worst_error <= check.tolerance


def test_digits_of_a_printed_number() -> None:
    assert printed("-13.40") == (-13.4, pytest.approx(0.005))
    assert printed("-5.590170e-4") == (-5.59017e-4, pytest.approx(5e-11))
    assert printed("20").half_unit == 0.5
    assert to_digits(1.2345, "1.23").error < to_digits(1.2345, "1.23").allowed
    assert to_digits(1.2355, "1.23").error > to_digits(1.2355, "1.23").allowed


@pytest.mark.parametrize("text", ["1_000", "0x10", "1,5", "1%-6%", "inf", "1e999", "--1", "1 2"])
def test_numbers_are_read_strictly(text: str) -> None:
    assert isinstance(number(text), str)


def test_table_on_the_terminal_names_every_topic(capsys: pytest.CaptureFixture[str]) -> None:
    checks = run_checks(None)
    print_checks(checks)
    shown = capsys.readouterr().out
    assert all(name in shown for name in NOT_BUILT)
    assert "12 pass" in shown
    assert f"{len(NOT_BUILT)} not covered" in shown


# ---- published tables, where this machine has them


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no published tables: set SEAWALL_SHARED to their parent folder")
def test_every_covered_published_table_passes() -> None:
    checks = run_checks(REFERENCE)
    verdicts = {check.topic: check.verdict for check in checks}
    present = {path.stem for path in REFERENCE.glob("*.csv")}
    assert present - {name for name in present if name.endswith("_chain")} <= set(verdicts)
    for name in (*COVERED, "vix_whitepaper_params"):
        if name in present:
            check = of_topic(checks, name)
            assert check.verdict == "pass", check
            assert check.worst_error <= check.tolerance
    assert not failed(checks)


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no published tables: set SEAWALL_SHARED to their parent folder")
@pytest.mark.parametrize(
    ("name", "column"),
    [*((name, entry[2]) for name, entry in TABLES.items()), ("vix_whitepaper_params", "expected_vix")],
)
def test_a_spoiled_copy_of_a_published_table_fails(name: str, column: str, tmp_path: Path) -> None:
    for path in REFERENCE.glob(f"{name.replace('params', '')}*.csv"):
        shutil.copy(path, tmp_path)
    path = tmp_path / f"{name}.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = repr(float(rows[0][column]) * 1.01)
    write(path, rows)
    assert of_topic(run_checks(tmp_path), name).verdict == "fail"
