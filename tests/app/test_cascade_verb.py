"""`seawall cascade` as a user meets it: the answer, the record, the page, and one line for every mistake."""

import json
import sys
from pathlib import Path

import pytest

from seawall.app import cli
from seawall.data.cascade_market import demo_cascade

ACCOUNTS = "side,size,liquidation_price\nlong,1000000,99\nlong,1000000,97.5\nlong,2000000,96\n"
FILE = """seawall_cascade: 1
name: three rungs
asset: X
spot: 100
accounts: a.csv
impact: {usd_per_pct: 100000000}
venue: {maintenance: 0.05}
volatility: {level: 0.5, response: 0, flow_usd_per_point: 0, withdrawal: 0}
"""


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seawall", "cascade", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


@pytest.fixture
def rungs(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(ACCOUNTS)
    (tmp_path / "three.yaml").write_text(FILE)
    return tmp_path / "three.yaml"


def test_the_discrete_vector_of_method_on_the_command_line(capsys, monkeypatch, rungs: Path) -> None:
    """METHOD 1.7: shock 1.5 -> 2 liquidations, price 96.5; so 2 beyond 1.5, n = 2/3.5."""
    code, out, err = run(capsys, monkeypatch, str(rungs), "--shock", "1.5%", "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    fall = record["events"][0]
    assert fall["shock"] == -0.015
    reading = fall["cases"]["book"]
    assert reading["split"]["beyond_share"] == pytest.approx(0.02)
    assert reading["split"]["n_gamma"] == pytest.approx(2.0 / 3.5)
    assert reading["waterfall"]["price"] == pytest.approx(96.5)
    assert reading["waterfall"]["accounts_liquidated"] == 2
    said = fall["sentences"][0]
    assert "negative gamma: of the 2.0 % beyond the 1.5 % shock, 100 % is negative-gamma flow" in said
    assert "n_gamma 0.57, n_vega 0.00, distance to runaway 0.43" in said
    assert "nothing is forced beyond the shock" in record["events"][1]["sentences"][0]


def test_the_demo_says_what_it_is_and_adds_up(capsys, monkeypatch) -> None:
    code, out, err = run(capsys, monkeypatch, "demo", "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["modelled"]
    assert record["notes"][0].startswith("synthetic")
    assert [event["shock"] for event in record["events"]] == [-0.05, -0.1, -0.2, 0.05, 0.1, 0.2]
    for event in record["events"]:
        assert set(event["cases"]) == {"low", "mid", "high"}
        for reading in event["cases"].values():
            split = reading["split"]
            parts = sum(split["gamma"].values()) + split["vega_flow"] + split["vega_depth"]
            assert parts == pytest.approx(split["move"] - split["shock"] + split["unmet"])
            assert abs(sum(reading["waterfall"]["who_pays_usd"].values())) < 1.0
        assert len(event["own"]) == 3
        assert all(line.strip() for line in event["sentences"])


def test_the_tables_lead_with_the_answer(capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "demo", "--shock", "10%")
    words = " ".join(out.split())
    assert code == 0
    assert words.index("negative-gamma flow") < words.index("Shapley values")
    for heading in ("who pays", "frame by frame", "Your positions", "synthetic", "not observed", "nobody's P&L"):
        assert heading in words
    assert "…" not in out


def test_unknown_vega_flow_is_unknown_and_not_zero(capsys, monkeypatch, rungs: Path) -> None:
    rungs.write_text(FILE.replace("flow_usd_per_point: 0, ", ""))
    code, out, _ = run(capsys, monkeypatch, str(rungs), "--shock", "1.5%", "--json")
    record = json.loads(out)
    assert code == 0
    assert record["events"][0]["cases"]["book"]["split"]["vega_flow"] is None
    assert "vega flow unknown" in record["events"][0]["sentences"][0]


def test_a_book_file_takes_its_crowd_from_the_command_line(capsys, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("side,size,entry,leverage\nlong,20000,915,20\nshort,20000,915,10\nlong,5,,\n")
    book = demo_cascade().parent / "eve.book.yaml"
    code, out, err = run(
        capsys, monkeypatch, str(book), "--accounts", str(tmp_path / "a.csv"), "--depth", "5e6", "--maintenance",
        "0.01", "--shock", "5%", "--eta", "0", "--kap", "0", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["asset"] == "ETH"
    assert not record["modelled"]
    assert any(line.startswith("unknown: 1 positions, 5.00 units") for line in record["notes"])
    # 20,000 sold where 5 m move the price 1 %: 915.78 x 20,000 / 5 m per cent, all of it gamma.
    split = record["events"][0]["cases"]["book"]["split"]
    assert split["beyond_share"] == pytest.approx(0.01 * 915.78 * 20_000 / 5e6)
    assert [one["label"] for one in record["events"][0]["own"]][-1] == "ETH perp long"


def test_the_map_and_a_pool_as_depth(capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "demo", "--shock", "5%", "--map", "--pool", "ETH/USD v3 range", "--json")
    record = json.loads(out)
    assert code == 0
    assert record["events"][0]["cases"]["mid"]["split"]["method"] == "frame by frame"
    assert len(record["map"]["distance"]) == 3


def test_the_loop_prints_its_parameters(capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "--loop", "--json")
    record = json.loads(out)
    assert code == 0
    assert record["rows"][0]["links"] == [True] * 4
    assert record["terms"]["vol"] == 0.03
    assert any("stylised" in line for line in record["notes"])


def test_the_replay_tunes_two_facts_and_states_every_misfit(capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "--event", "2025-10-10", "--json")
    record = json.loads(out)
    roles = {one["name"]: one["role"] for one in record["facts"]}
    assert code == 0
    assert [name for name, role in roles.items() if role == "calibrated"] == [
        "liquidations in 40 minutes",
        "liquidations in the peak minute",
    ]
    for one in record["facts"]:
        assert one["definition"]
        assert one["source"]
        if one["model"] is None:
            assert one["role"] in ("not modelled", "input")
        else:
            assert one["misfit"] == pytest.approx(one["model"] / one["value"] - 1.0)
    assert abs(record["facts"][0]["misfit"]) < 0.05


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name a cascade file, a book file or `demo`"),
        (("no.yaml",), "no.yaml does not exist"),
        (("demo", "--shock", "150%"), "--shock '150%' is not between 0 and 100 %"),
        (("demo", "--shock", "much"), "--shock 'much'"),
        (("demo", "--depth", "-3"), "`usd_per_pct`: input should be greater than 0"),
        (("demo", "--venue", "nowhere"), "unknown venue 'nowhere'"),
        (("demo", "--open-interest", "3e8", "--max-leverage", "200"), "leaves less than the maintenance margin"),
        (("demo", "--spot", "1000"), "spot 1000 is not the 915.78 of the book's market"),
        (("--event", "1987-10-19"), "unknown event '1987-10-19'"),
        (("--event", "2025-10-10", "--facts", "nowhere"), "--facts names a folder"),
        (("--loop", "--seed", "-1"), "--seed must be a whole number from 0 on"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(capsys, monkeypatch, words: tuple[str, ...], says: str) -> None:
    code, out, err = run(capsys, monkeypatch, *words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert err.startswith("seawall: ")


def test_a_refused_run_writes_nothing(capsys, monkeypatch, rungs: Path) -> None:
    (rungs.parent / "a.csv").write_text(ACCOUNTS.replace("99", "-99"))
    page = rungs.parent / "out.html"
    code, out, err = run(capsys, monkeypatch, str(rungs), "--html", str(page))
    assert (code, out) == (2, "")
    assert "a.csv:2: liquidation price must be a positive number" in err
    assert not page.exists()


def test_a_book_may_show_its_markets_flows_beside_the_ledger(capsys, monkeypatch, tmp_path: Path) -> None:
    """300 m a side at 915.78, all of it within the reach of leverage; dealers short 2.5 m of delta per 1 %."""
    folder = demo_cascade().parent
    for name in ("eve.market.yaml", "eve.cascade.yaml"):
        (tmp_path / name).write_text((folder / name).read_text())
    book = (folder / "eve.book.yaml").read_text()
    (tmp_path / "eve.book.yaml").write_text(book)
    (tmp_path / "with.book.yaml").write_text(book.replace("positions:", "market_flows: eve.cascade.yaml\npositions:"))
    monkeypatch.setattr(sys, "argv", ["seawall", "ledger", str(tmp_path / "with.book.yaml"), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    with_flows = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(sys, "argv", ["seawall", "ledger", str(tmp_path / "eve.book.yaml"), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    flows = with_flows.pop("market_flows")
    assert with_flows == json.loads(capsys.readouterr().out)  # never in a position or a total
    rows = {(row["component"], row["case"]): row["usd"] for row in flows["forced_usd"]}
    assert {case for component, case in rows if component == "liquidations"} == {"low", "mid", "high"}
    falls = rows["liquidations", "mid"]
    assert falls[0] < falls[1] < falls[2] <= 0.0 <= falls[3] < falls[4] < falls[5] < 3e8
    dealers = rows["dealers", None]
    assert dealers[2] == pytest.approx(-2.5e6, rel=0.02)
    assert dealers[3] == pytest.approx(2.5e6, rel=0.02)


def test_a_move_held_at_the_cap_says_so(capsys, monkeypatch, rungs: Path) -> None:
    """Dealers short 2 USD of delta per USD of depth: n = 2 everywhere, held at .95, so 1 % becomes 20 %."""
    rungs.write_text(f"{FILE}dealers: {{usd_per_pct: -200000000}}\n")
    (rungs.parent / "a.csv").write_text("side,size,liquidation_price\nlong,1,1\n")
    code, out, _ = run(capsys, monkeypatch, str(rungs), "--shock", "1%", "--json")
    fall = json.loads(out)["events"][0]
    assert code == 0
    assert "self-sustaining on part of the way, where the ratio is held at 0.95" in fall["sentences"][0]
    split = fall["cases"]["book"]["split"]
    assert split["move_share"] == pytest.approx(0.2)
    assert split["capped"] == pytest.approx([80.0, 100.0])
    assert split["distance"] == pytest.approx(0.05)
