"""`app.verify.perps` and `perp_examples`: facts pass, changed numbers fail, what is not understood is never passed."""

import csv
from pathlib import Path

import pytest
from tests.published import REFERENCE

from seawall.app.verify import COVERED, NOT_BUILT, Check, run_checks
from seawall.app.verify.arithmetic import arithmetic
from seawall.app.verify.files import check_file
from seawall.app.verify.perps import BITMEX, OTHERS, check_bitmex

Rows = list[dict[str, str]]


def funding() -> Rows:
    """METHOD 1.6; Hyperliquid documentation and its worked examples (hyperliquid-math), facts typed."""
    facts = (
        ("HL BTC hourly rate from premium", '{"premium": 0.0}', "1.25e-05"),
        ("hl  eth HOURLY rate from premium", '{"premium": 0.0095}', "0.001125"),
        ("premium index", '{"impact_bid": 10100, "impact_ask": 10110, "oracle": 10000}', "0.01"),
        ("worked: premium, impact bid 110, ask 90, oracle 100", "{}", "0"),
        ("premium 0.04%", "{}", "0.0001"),
        ("Premium .3 %", "", "0.0025"),
        ("premium -0.3%", '{"P": -0.003}', "-0.0025"),
        ("worked: payment long 2 @100 rate .001", "{}", "0.2"),
        ("worked: payment SHORT 2 @ 100 rate 0.1%", "{}", "-0.2"),
        ("payment", '{"szi": -3, "oracle": 100, "rate": 0.001}', "-0.3"),
        ("payment: implied oracle px", '{"szi": -2, "usdc": 0.2, "rate": 0.001}', "-0.2"),
        ("8-hourly rate, premium 0, interest .0001", "{}", "0.0001"),
        ("daily cost example: rate .01% x 20000 x 3", "{}", "6"),
    )
    return [
        {"case": case, "inputs": inputs, "expected": expected, "source": "typed"} for case, inputs, expected in facts
    ]


def binance() -> Rows:
    """Binance FAQ worked example, two positions with a wallet of 1,535,443.01; and a short by hand."""
    eth, btc = ("3683.979", "1456.84", "0.1", "135365.0"), ("109.488", "32481.98", "0.025", "16300.0")
    as_other = {
        "ETH": '[["ETH", 1456.84, 3683.979, 1335.18, 0.1, 135365.0]]',
        "BTC": '[["BTC", 32481.98, 109.488, 31967.27, 0.025, 16300.0]]',
    }
    facts = (
        ("ETH", "isolated", eth, "[]", "1114.78"),
        ("BTC", "Isolated", btc, "", "18778.73"),
        ("ETH", "cross", eth, as_other["BTC"], "1153.26"),
        ("BTC", "cross", btc, as_other["ETH"], "26316.89"),
    )
    rows = [
        {"contract": name, "mode": mode, "wallet_balance": "1535443.01", "cum_maintenance_amount": held[3],
         "size": held[0], "entry": held[1], "mmr": held[2], OTHERS: others, "expected": expected, "source": "typed"}
        for name, mode, held, others, expected in facts
    ]  # fmt: skip
    # 100 - (P - 100) = .01 P
    short = {"size": "-1", "entry": "100", "mmr": "0.01", "cum_maintenance_amount": "0", "wallet_balance": "100"}
    return [*rows, rows[0] | short | {"expected": "198.0198"}]


def hyperliquid() -> Rows:
    """METHOD 1.6: isolated, backstop, and the published cross short."""
    names = (
        "case",
        "account_or_isolated_value",
        "signed_size",
        "mark",
        "other_maintenance",
        "max_leverage",
        "expected",
    )
    facts = (
        ("isolated long", "20", "1", "100", "0", "10", "84.2105263"),
        ("the same, Backstop at 2/3", "20", "1", "100", "0", "10", "82.7586207"),
        ("cross short", "3001412.122254", "-100480.9", "0.120830", "38190.91716153", "50", "29.3180423"),
    )
    return [dict(zip(names, fact, strict=True)) | {"source": "typed"} for fact in facts]


def deduction() -> Rows:
    """Binance coin-margined brackets and Hyperliquid's margin tiers."""
    facts = (
        ("coin-margined level 5", "50*(5%-2.5%)+0.56", "1.81"),
        ("HL BTC tier>150M: maxLev 40->20", "150e6*(2.5%-1.25%)", "1875000"),
        ("HL ETH tier>100M: 25 -> 15", "100e6 * (3.3333% - 2%)", "1333333.3333333333"),
        ("decimals", "20 * (0.05 - 0.025) + 0.1*2", "0.7"),
    )
    return [
        {"case": case, "expr": expr, "expected": found, "unit": "", "source": "typed"} for case, expr, found in facts
    ]


def chitra() -> Rows:
    """Printed in Chitra, arXiv:2512.01112: running example and appendix on liquidations."""
    facts = (
        ("bankruptcy price B", "[1, 0.6666666666666666, 1]", "0.3333"),
        ("Bankruptcy  price D", "", "0.8947"),
        ("bankruptcy price C p=1.6", "", "2.2667"),
        ("liquidation price A mu=0.1", "[1, 2.0, 1]", "0"),
        ("liquidation price C mu = 0.1", "[4, 2.6666666666666665, -1]", "1.5152"),
        ("funding cash t=1 C", "gamma=-0.3333 p=1.4", "1.8667"),
        ("funding cash t=2 E", "gamma=-0.44 p=1.3", "0.572"),
        ("PNL 0:1 B", "", "-0.0667"),
        ("PNL 0:2 C", "", "2.9547"),
        ("equity t=1 D", "", "0.0386"),
        ("equity t=2 C", "", "5.6214"),
        ("leverage t=1 E", "", "13.86"),
        ("exec price linear impact alpha=1 B sell", "p=0.95 dq=0.2", "0.85"),
        ("exec price linear impact alpha=1 E buy", "p=1.05 dq=0.4", "1.25"),
        ("liq cost Binance 40bp mark", "p=1.30 dq=.5", "0.0026"),
        ("liq costs, Binance 40 bps", "p=1.30 dq=.5", "0.0026"),
        ("liq cost HL 20bp mark+10bp exec", "p=1.30 dq=.5 exec=1.32", "0.00196"),
        ("bad debt D long", "0.98-2/19,0.78,0.4", "0.0379"),
        ("ADL queue seized acct1 (order 2,1,3; theta=.5)", "w=(8,4,.5) D=15", "3.5"),
        ("ADL queue seized acct5 (order 2,1,3; theta=.5)", "w=(8,4,.5) D=15", "0"),
        ("ADL pro-rata seized acct2", "h=0.6", "2.4"),
    )
    return [{"case": case, "inputs": inputs, "expected": found, "source": "typed"} for case, inputs, found in facts]


TABLES = {
    "funding_vectors": funding,
    "binance_liquidation_price": binance,
    "hyperliquid_liquidation_price": hyperliquid,
    "maintenance_deduction": deduction,
    "chitra_worked_examples": chitra,
}


def bitmex() -> Rows:
    """BitMEX, Auto-Deleveraging Examples: six longs, a short of 20 is liquidated; in another order."""
    facts = (("3", "20", "1", "100%", "20"), ("2", "10", "6", "20%", "0"), ("5", "20", "5", "40%", "10"),
             ("1", "10", "3", "80%", "10"), ("4", "30", "4", "60%", ""), ("6", "10", "2", "80%", "10"))  # fmt: skip
    names = ("account", "qty_before", "score", "percentile", "qty_after_liq_short_20")
    return [dict(zip(names, fact, strict=True)) for fact in facts]


def write(folder: Path, name: str, rows: Rows) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def checked(folder: Path, name: str, rows: Rows) -> Check:
    return check_file(COVERED[name], write(folder, name, rows))


def test_topics_are_covered() -> None:
    assert set(TABLES) <= set(COVERED)
    assert not {*TABLES, BITMEX} & set(NOT_BUILT)


@pytest.mark.parametrize("name", TABLES)
def test_facts_pass(name: str, tmp_path: Path) -> None:
    rows = TABLES[name]()
    check = checked(tmp_path, name, rows)
    assert (check.verdict, check.cases) == ("pass", len(rows)), check


@pytest.mark.parametrize("name", TABLES)
def test_any_one_changed_number_fails(name: str, tmp_path: Path) -> None:
    for i, row in enumerate(TABLES[name]()):
        rows = TABLES[name]()
        value = float(row["expected"])
        rows[i]["expected"] = (
            f"{value + max(abs(value) * 0.001, 0.0011 if name == 'chitra_worked_examples' else 1e-9):.12g}"
        )
        if name == "binance_liquidation_price":
            rows[i]["expected"] = f"{value + 0.02:.2f}"
        check = checked(tmp_path, name, rows)
        assert check.verdict == "fail", row
        assert f"line {i + 2}" in check.note


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("funding_vectors", {"case": "something else", "inputs": "{}"}, "not covered: neither a premium"),
        ("funding_vectors", {"inputs": "{"}, "unusable: inputs is no JSON object"),
        ("funding_vectors", {"inputs": '{"premium": "0"}'}, "unusable: inputs is no JSON object"),
        ("funding_vectors", {"inputs": '{"premium": NaN}'}, "unusable: inputs is no JSON object"),
        ("funding_vectors", {"inputs": "[" * 100_000}, "unusable: inputs is no JSON object"),
        ("funding_vectors", {"inputs": '{"szi": 0, "usdc": 1, "rate": 0}'}, "not covered"),
        ("funding_vectors", {"inputs": '{"premium": 1' + "0" * 400 + "}"}, "unusable: inputs is no JSON object"),
        ("funding_vectors", {"case": "premium " * 10_000}, "unusable"),
        ("maintenance_deduction", {"expr": "5" + " " * 100_000 + "*(5%-2%)"}, "not covered"),
        ("chitra_worked_examples", {"case": "bad debt " + "long " * 10_000}, "unusable"),
        ("binance_liquidation_price", {OTHERS: '[["BTC", 1, 1, 1, 1, 1' + "0" * 400 + "]]"}, "no list of six"),
        ("binance_liquidation_price", {"mode": "hedge"}, "unusable: mode is neither"),
        ("binance_liquidation_price", {OTHERS: '[["BTC", 1]]'}, "no list of six"),
        ("binance_liquidation_price", {"size": "many"}, "unusable: size"),
        ("maintenance_deduction", {"expr": "__import__('os').getcwd()"}, "not covered: expr is no bound"),
        ("maintenance_deduction", {"expr": "a*(b-c)"}, "unusable: expr is not arithmetic"),
        ("maintenance_deduction", {"expr": "9**9**9*(5%-2%)"}, "unusable: expr is not arithmetic"),
        ("chitra_worked_examples", {"case": "moral hazard of A"}, "not covered: a case of no kind known here"),
        ("chitra_worked_examples", {"inputs": "[1, 2]"}, "not covered: its inputs are not those"),
        ("chitra_worked_examples", {"case": "PNL 0:7 A", "inputs": ""}, "not covered: its inputs are not those"),
        ("chitra_worked_examples", {"case": "ADL queue seized acct1 (order 1,1,3)"}, "not covered: its inputs"),
    ],
)
def test_rows_that_are_not_understood_are_said_and_never_passed(
    name: str, changed: dict[str, str], said: str, tmp_path: Path
) -> None:
    rows = TABLES[name]()
    check = checked(tmp_path, name, [rows[0] | changed, *rows[1:]])
    assert (check.verdict, check.cases) == ("pass", len(rows) - 1)
    assert said in check.note
    alone = checked(tmp_path, name, [rows[0] | changed])
    assert (alone.verdict, alone.cases) == ("not covered", 0)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("binance_liquidation_price", {"size": "0"}),
        ("hyperliquid_liquidation_price", {"max_leverage": "0.1"}),
        ("maintenance_deduction", {"expr": "50*(2.5%-5%)+0.56"}),
        ("chitra_worked_examples", {"case": "liquidation price B mu=1", "inputs": ""}),
    ],
)
def test_a_refusal_fails_its_row(name: str, changed: dict[str, str], tmp_path: Path) -> None:
    rows = TABLES[name]()
    check = checked(tmp_path, name, [rows[0] | changed, *rows[1:]])
    assert check.verdict == "fail"
    assert "refused" in check.note


def test_an_implied_oracle_price_is_told(tmp_path: Path) -> None:
    assert "only signs are tested" in checked(tmp_path, "funding_vectors", funding()).note


def test_published_queue(tmp_path: Path) -> None:
    check = check_bitmex(write(tmp_path, BITMEX, bitmex()))
    assert (check.verdict, check.cases) == ("pass", 6), check
    for column, value in (("percentile", "60%"), ("qty_after_liq_short_20", "9")):
        rows = bitmex()
        rows[2][column] = value
        changed = check_bitmex(write(tmp_path, BITMEX, rows))
        assert changed.verdict == "fail"
        assert f"line 4 {column}" in changed.note
    bad = check_bitmex(write(tmp_path, BITMEX, [*bitmex(), bitmex()[0] | {"score": "high"}]))
    assert "1 row unusable" in bad.note
    refused = check_bitmex(write(tmp_path, BITMEX, [*bitmex(), bitmex()[0] | {"qty_before": "-5"}]))
    assert refused.verdict == "fail"
    assert "refused" in refused.note
    (tmp_path / "empty.csv").write_text("")
    assert check_bitmex(tmp_path / "empty.csv").verdict == "not covered"


@pytest.mark.parametrize(
    ("text", "value"),
    [("50*(5%-2.5%)+0.56", 1.81), (" 1.05+10/99 ", 1.05 + 10 / 99), ("-(2)*3e2", -600.0), (".5%", 0.005)],
)
def test_arithmetic(text: str, value: float) -> None:
    assert arithmetic(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text", ["", "2**9", "1/0", "abs(1)", "x", "1 if 1 else 2", "True", "'a'", "1,2", "(" * 150, "1" * 201, "1j", "[1]"]
)
def test_nothing_else_is_arithmetic(text: str) -> None:
    assert arithmetic(text) is None


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no published tables: set SEAWALL_SHARED to their parent folder")
def test_published_files_pass_without_a_row_left_out() -> None:
    for name in (*TABLES, BITMEX):
        path = REFERENCE / f"{name}.csv"
        if path.exists():
            check = check_bitmex(path) if name == BITMEX else check_file(COVERED[name], path)
            assert check.verdict == "pass", check
            assert "not covered" not in check.note
            assert "unusable" not in check.note


def test_the_queue_is_found_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, BITMEX, bitmex())
    assert {check.topic: check.verdict for check in run_checks(tmp_path)}[BITMEX] == "pass"
