"""`seawall hedge` and `seawall policy` end to end: policies, exports, the record, and what a user gets wrong."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.conftest import ROOT
from tests.made_chains import flat_chain
from tests.published import DATA, existing

from seawall.app.cli import main
from seawall.data.chains import chain_frame
from seawall.hedge.charter import PRESETS, preset

BOOK = """seawall_book: 1
name: condors
nav: 1000000
positions:
  - {label: c, kind: condor, side: short, quantity: 3, root: SPXW, expiry: 2015-09-18,
     strikes: [1850, 1950, 2150, 2200]}
"""
LONG = """seawall_book: 1
name: long
nav: 1000000
positions:
  - {label: o, kind: option, side: long, quantity: 3, right: call, root: SPXW, strike: 2100, expiry: 2015-09-18}
"""
ETH = """seawall_book: 1
name: pool
nav: 200000
positions:
  - {label: p, kind: v2_pool, asset: ETH, deposit_usd: 100000, entry_price: 1036.79, opened: 2018-01-20, fee_apr: 0.22,
     fee: 0.003, block_seconds: 15}
"""

TICKET = ("id", "session", "rule", "state", "count", "inputs", "known_at", "legs", "binding", "carry_usd_per_year",
          "counterfactual", "netted", "note", "effects")  # fmt: skip
"""METHOD 7.6; bid and ask stand on every leg."""
EFFECTS = ("factor", "budgets", "cvar_usd", "vega_usd_per_point_by_days", "gamma_usd", "rate_per_year_by_vix_points",
           "break_even_vix", "wrong_way", "tail_correlation")  # fmt: skip


@pytest.fixture
def seawall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs the command line here, without a store: exit code, stdout, stderr."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seawall", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return call


def shape(value: Any) -> Any:
    """Keys of a record, without its values; the first entry stands for a list."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in sorted(value.items())}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__ in ("list",)


def test_two_processes_print_the_same_bytes() -> None:
    digests = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        words = [sys.executable, "-m", "seawall.app", "hedge", "demo", "--policy", "alvh", "--json"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, env=env, timeout=300)
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("name", [one.name for one in PRESETS])
def test_every_shipped_policy_decides_on_the_demo(seawall: Any, name: str) -> None:
    code, out, err = seawall("hedge", "demo", "--policy", name, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["policy"] == {"name": name, "digest": preset(name).digest, "unverified": preset(name).unverified}
    for one in found["tickets"]:
        assert one["rule"]
        assert one["known_at"] <= one["decided_at"]
        assert one["policy"] == preset(name).digest
        assert all(leg["bid"] <= leg["ask"] for leg in one["legs"])
        assert all(key in one for key in TICKET), one.keys()
        assert one["effects"].keys() == set(EFFECTS)
        assert {"name", "as_of", "known_at"} == one["inputs"][0].keys()
        assert all((key["known_at"] or "") <= one["decided_at"] for key in one["inputs"])
        assert len(one["effects"]["budgets"]) == len(found["budgets"])
    assert len({one["id"] for one in found["tickets"]}) == len(found["tickets"])


def test_a_band_of_delta_is_read_from_a_policy_and_told(seawall: Any, tmp_path: Path) -> None:
    """METHOD 7.4, A32: without quotes of the day the cost is unknown, and says what is missing."""
    (tmp_path / "band.yaml").write_text("seawall_policy: 1\nname: band\nlike: seed\ndelta_band: 0.000001\n")
    code, out, _ = seawall("hedge", "demo", "--policy", tmp_path / "band.yaml", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["synthetic_trim"]["status"] == "unknown"
    assert found["synthetic_trim"]["band_usd"] == pytest.approx(1.0)
    assert any(one["rule"] == "SYN.trim" and "no SPX quotes" in one["text"] for one in found["advice"])
    assert json.loads(seawall("hedge", "demo", "--json")[1])["synthetic_trim"] is None
    (tmp_path / "band.yaml").write_text("seawall_policy: 1\nname: band\ndelta_band: -1\n")
    code, _, err = seawall("hedge", "demo", "--policy", tmp_path / "band.yaml")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "delta_band" in err


def test_the_record_has_the_same_keys_whatever_is_decided(seawall: Any, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(BOOK)
    (tmp_path / "l.yaml").write_text(LONG)
    records = [json.loads(seawall("hedge", "demo", "--json")[1])]
    records += [
        json.loads(seawall("hedge", tmp_path / f"{name}.yaml", "--asof", "2015-08-21", "--json")[1]) for name in "cl"
    ]
    assert len({tuple(sorted(one)) for one in records}) == 1
    first, second = (one["tickets"][0] for one in records[:2])
    assert shape(first).keys() == shape(second).keys()
    assert records[2]["tickets"] == []
    assert records[2]["risk"] is None


def test_a_book_of_coins_is_sold_no_vix(seawall: Any, tmp_path: Path) -> None:
    market = ROOT / "src" / "seawall" / "data" / "examples" / "eve.market.yaml"
    (tmp_path / "p.yaml").write_text(ETH)
    for policy in ("seed", "alvh", "steward"):
        code, out, _ = seawall("hedge", tmp_path / "p.yaml", "--market", market, "--policy", policy, "--json")
        found = json.loads(out)
        assert code == 0
        assert found["risk"]["more_vix"] is False
        assert all(leg["root"] not in ("VIX", "VX") for one in found["tickets"] for leg in one["legs"])
        assert any(one["rule"] == "LX.trim" for one in found["advice"])


def test_the_screen_states_before_it_sells(seawall: Any) -> None:
    _, out, _ = seawall("hedge", "demo")
    order = ("state ONSET", "shares of the loss", "tickets in USD", "before", "after", "worst cases")
    places = [out.index(word) for word in (*order, "cost if the market stands still", "would change it")]
    assert places == sorted(places)
    assert "nothing is sent" in out
    assert max(map(len, out.splitlines())) <= 128
    assert len(out.splitlines()) <= 45
    _, more, _ = seawall("hedge", "demo", "--verbose")
    assert "probabilities by kind are assumed" in more
    assert "probabilities by kind are assumed" not in out


def test_buffer_and_escape_velocities_stand_on_every_form_of_the_page(seawall: Any, tmp_path: Path) -> None:
    """Unknown volume is said; where it is stated, 3 of 6 a day at a tenth take five days (METHOD 5.7)."""
    known = BOOK.replace("quantity: 3,", "quantity: 3, daily_volume: 6,")
    page = tmp_path / "p.html"
    for text, words, days in ((BOOK, "unknown (no daily volume of c)", None), (known, "5.0 days to flatten", 5.0)):
        (tmp_path / "c.yaml").write_text(text)
        given = ("hedge", tmp_path / "c.yaml", "--asof", "2015-08-21")
        code, out, _ = seawall(*given, "--html", page)
        screen = " ".join(out.split())
        assert code == 0
        assert words in screen
        assert "time buffer:" in screen
        assert "2 asked for" in screen
        assert words in page.read_text(encoding="utf-8")
        assert "2 asked for" in page.read_text(encoding="utf-8")
        found = json.loads(seawall(*given, "--json")[1])["endurance"]
        assert found["escape"]["before"]["days_to_flatten"] == (days and pytest.approx(days))
        assert found["escape"]["before"]["volume_unknown"] == (["c"] if days is None else [])
        assert found["escape"]["before"]["layers_gaining"]["jump -20%"] == 0
        assert found["escape"]["after"]["layers_gaining"]["jump -20%"] > 0
        assert found["time_buffer"]["status"] in ("found", "unknown", "not_short")
    (tmp_path / "c.yaml").write_text(BOOK.replace("nav: 1000000\n", ""))
    poor = json.loads(seawall("hedge", tmp_path / "c.yaml", "--asof", "2015-08-21", "--json")[1])["endurance"]
    assert poor["time_buffer"] == {"days": None, "status": "unknown", "alarm": False}


@pytest.mark.parametrize("form", ["ibkr", "tastytrade"])
def test_export_and_page(seawall: Any, tmp_path: Path, form: str) -> None:
    out, page = tmp_path / "orders.csv", tmp_path / "page.html"
    code, text, _ = seawall("hedge", "demo", "--export", form, "--out", out, "--html", page, "--json")
    tickets = json.loads(text)["tickets"]
    lines = out.read_bytes().split(b"\r\n")
    assert code == 0
    assert len(lines) == 2 + sum(len(one["legs"]) for one in tickets)
    assert all(one["contract"] in page.read_text(encoding="utf-8") for one in tickets)


def test_coin_orders(seawall: Any, tmp_path: Path) -> None:
    for form in ("deribit", "ccxt"):
        out = tmp_path / f"{form}.json"
        assert seawall("hedge", "demo", "--policy", "alvh", "--export", form, "--out", out)[0] == 0
        assert json.loads(out.read_text())


def test_a_file_is_a_policy(seawall: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.policy.yaml"
    path.write_text("seawall_policy: 1\nname: mine\nlike: seed\nbudgets: {carry: 0.001}\n")
    mine = json.loads(seawall("hedge", "demo", "--policy", path, "--json")[1])
    seed = json.loads(seawall("hedge", "demo", "--json")[1])
    assert mine["carry_usd_per_year"] < seed["carry_usd_per_year"]
    assert mine["carry_usd_per_year"] <= 0.001 * 1e6
    assert seawall("policy", "diff", "seed", path)[0] == 0
    assert json.loads(seawall("policy", "diff", "seed", path, "--json")[1])["differs"] == [
        ["name", "seed", "mine"],
        ["budgets.carry", "0.02", "0.001"],
    ]


@pytest.mark.parametrize("name", [one.name for one in PRESETS])
def test_every_policy_is_written_out(seawall: Any, name: str) -> None:
    code, out, _ = seawall("policy", "explain", name)
    assert code == 0
    assert out.startswith(f"{name} ({preset(name).digest})")
    found = json.loads(seawall("policy", "explain", name, "--json")[1])
    assert found["digest"] == preset(name).digest
    joined = " ".join(out.split())
    assert all(" ".join(line.split()) in joined for line in found["words"])


def test_the_list_has_every_policy(seawall: Any) -> None:
    _, out, _ = seawall("policy", "list")
    listed = json.loads(seawall("policy", "list", "--json")[1])
    assert [one["name"] for one in listed] == [one.name for one in PRESETS]
    assert all(one.digest in out for one in PRESETS)


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("hedge", "demo", "--policy", "stewart"), "no policy 'stewart'"),
        (("hedge", "demo", "--policy", "nowhere.yaml"), "nowhere.yaml"),
        (("hedge", "demo", "--export", "ibkr"), "give both"),
        (("hedge", "demo", "--out", "x.csv"), "give both"),
        (("hedge", "demo", "--export", "etrade", "--out", "x.csv"), "tastytrade, ibkr, deribit, ccxt"),
        (("hedge", "demo", "--export", "deribit", "--out", "x.csv"), "no ticket of"),
        (("hedge", "demo", "--policy", "promoter", "--export", "ibkr", "--out", "x.csv"), "no ticket to export"),
        (("hedge", "demo", "--chain", "nowhere.csv"), "nowhere.csv"),
        (("hedge", "demo", "--vix-chain", "nowhere.csv"), "nowhere.csv"),
        (("hedge", "demo", "--asof", "1999-01-04"), "between"),
        (("policy", "explain", "sed"), "no policy 'sed'"),
        (("policy", "diff", "seed", "sed"), "no policy 'sed'"),
    ],
)
def test_a_mistake_is_one_line(
    seawall: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], fact: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = seawall(*words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert fact in err
    assert list(tmp_path.iterdir()) == []


def test_real_vix_quotes_are_traded_and_said(seawall: Any, tmp_path: Path) -> None:
    """Chains of 2026-06: the call that is bought has the day's bid and ask; another day's chain is refused."""
    chains = existing(DATA / "options" / "VIX_chains_202606.parquet")
    book, market = tmp_path / "b.yaml", tmp_path / "m.yaml"
    book.write_text(
        BOOK.replace("2015-09-18", "2026-08-21").replace("[1850, 1950, 2150, 2200]", "[5400, 5700, 6500, 6700]")
    )
    market.write_text(
        "seawall_market: 1\nnow: 2026-06-15T20:20:00Z\nsource: made\nrate: {value: 0.04, as_of: 2026-06-15}\n"
        "assets:\n  SPX:\n    spot: {value: 6100, as_of: 2026-06-15}\n    smile: {model: vix}\n"
        "vix: {value: 17, as_of: 2026-06-15, vvix: {value: 95, as_of: 2026-06-15}}\n"
    )
    code, out, err = seawall("hedge", book, "--market", market, "--vix-chain", chains, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["tickets"]
    assert found
    assert {one["origin"] for one in found if one["layer"] == "L1"} == {"observed"}
    code, _, err = seawall("hedge", "demo", "--vix-chain", chains)
    assert code == 2
    assert "2018-02-02" in err


def test_vix_quotes_of_the_store_are_traded(seawall: Any, tmp_path: Path) -> None:
    """A chain of one VIX expiry, imported: calls of that month trade at its quotes, the store named or not."""
    chain = flat_chain([(dt.date(2025, 10, 22), "VIX")], 19.0, 0.04, 0.9)
    chain_frame(chain).with_columns(underlying=pl.lit("VIX")).write_csv(tmp_path / "v.csv")
    book, market = tmp_path / "b.yaml", tmp_path / "m.yaml"
    book.write_text(
        BOOK.replace("2015-09-18", "2025-10-17").replace("[1850, 1950, 2150, 2200]", "[5400, 5700, 6500, 6700]")
    )
    market.write_text(
        "seawall_market: 1\nnow: 2025-09-02T21:00:00Z\nsource: made\nrate: {value: 0.04, as_of: 2025-09-02}\n"
        "assets:\n  SPX:\n    spot: {value: 6100, as_of: 2025-09-02}\n    smile: {model: vix}\n"
        "vix: {value: 17, as_of: 2025-09-02, vvix: {value: 95, as_of: 2025-09-02}}\n"
    )

    def near(*words: str) -> dict[str, Any]:
        code, out, err = seawall("hedge", book, "--market", market, "--json", *words)
        assert (code, err) == (0, "")
        found: dict[str, Any] = next(one for one in json.loads(out)["tickets"] if one["layer"] == "L1")
        return found

    assert near()["origin"] == "modelled"
    assert seawall("data", "import", tmp_path / "v.csv")[0] == 0
    stored, named = near(), near("--vix-chain", "VIX")
    assert stored == named
    assert stored["origin"] != "modelled"
    leg = stored["legs"][0]
    row = int(np.flatnonzero((chain.strike == leg["strike"]) & (chain.right == 1.0))[0])
    assert (leg["bid"], leg["ask"]) == pytest.approx((chain.bid[row], chain.ask[row]))
