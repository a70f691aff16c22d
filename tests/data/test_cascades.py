"""Cascade files and tables of positions: what is read, what is counted, what is refused."""

import csv
from pathlib import Path

import numpy as np
import pytest
from tests.published import DATA, REFERENCE, existing

from seawall.core.errors import SeawallError
from seawall.data.books import load_book, loaded_state
from seawall.data.cascade_market import Held, cascade_market, demo_cascade
from seawall.data.cascades import load_cascade
from seawall.data.crowds import read_crowd
from seawall.data.events import OCTOBER_2025, event_facts
from seawall.kernels.impact import price_after

ACCOUNTS = """side,size,entry,leverage,collateral,liquidation_price,account
long,100,900,10,,,x
Short,100,900,10,,,y
long,50,,,,,z
long,20,,,,850,w
short,10,920,,5000,,v
,7,900,5,,,u
long,,900,5,,,t
long,3,900,1,,,s
long,5,900,,,890,r
"""
FILE = """seawall_cascade: 1
name: hand-made
asset: ETH
spot: 880
accounts: a.csv
impact: {usd_per_pct: 100000}
venue: {maintenance: 0.01}
volatility: {level: 0.8}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(ACCOUNTS)
    (tmp_path / "c.yaml").write_text(FILE)
    return tmp_path


def market(folder: Path, text: str = FILE, accounts: str = ACCOUNTS):
    (folder / "a.csv").write_text(accounts)
    (folder / "c.yaml").write_text(text)
    return cascade_market(load_cascade(folder / "c.yaml", {}), Held())


def test_positions_are_priced_counted_and_add_up(folder: Path) -> None:
    """Isolated formula of METHOD 1.6 by hand; row r is passed at 880 (its level is 890), s has no leverage."""
    book = market(folder).case.book
    assert book.sells.at.tolist() == pytest.approx([900.0 * 0.9 / 0.99, 850.0])
    # Short of 10 from 920 with 5,000: equity 5,000 - 10 (p - 920) = .01 x 10 p.
    assert book.buys.at.tolist() == pytest.approx([900.0 * 1.1 / 1.01, 14200.0 / 10.1])
    assert book.never_units == 3.0
    assert {one.reason.split(":")[0]: (one.positions, one.units) for one in book.unknown} == {
        "size or side unknown": (2, 7.0),
        "neither liquidation price nor entry with leverage known": (1, 50.0),
        "liquidation price already passed": (1, 5.0),
    }
    assert book.known_units + book.never_units + book.unknown_units == book.total_units == 295.0


def test_accounts_stand_at_their_maintenance_at_their_level(folder: Path) -> None:
    case = market(folder).case
    held = case.accounts
    at = np.array([900.0 * 0.9 / 0.99, 900.0 * 1.1 / 1.01, 850.0, 14200.0 / 10.1])
    live = np.isin(np.abs(held.position), [100.0, 20.0, 10.0])
    equity = held.collateral[live] + held.position[live] * (at - held.entry[live])
    assert equity == pytest.approx(0.01 * np.abs(held.position[live]) * at)
    assert any("1 accounts have a liquidation price and no entry" in line for line in market(folder).assumptions)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("long,100,900,10", "long,100,900,0.5", "a.csv:2: leverage must be at least 1, was 0.5"),
        ("long,100,900,10", "long,100,900,200", "a.csv:2: leverage 200 leaves less than the maintenance"),
        ("short,10,920,,5000", "short,10,920,,-5000", "a.csv:6: collateral must be >= 0, was -5000"),
        ("long,50,", "long,-50,", "a.csv:4: size must be >= 0, was -50"),
        ("long,20,,,,850", "long,20,,,,-850", "a.csv:5: liquidation price must be a positive number"),
        ("long,50,", "sideways,50,", "a.csv:4: `side` 'sideways' is neither long nor short"),
        ("long,50,", "long,fifty,", "a.csv:4: `size` 'fifty' is not a number"),
        ("side,size", "side,sighs", "a.csv has no `size` column"),
    ],
)
def test_bad_positions_are_refused_with_their_line(folder: Path, old: str, new: str, says: str) -> None:
    assert old in ACCOUNTS
    with pytest.raises(SeawallError) as refused:
        market(folder, accounts=ACCOUNTS.replace(old, new))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{maintenance: 0.01}", "{name: hyperliquid}", ""),
        ("{maintenance: 0.01}", "{name: deribit}", "c.yaml:7: no maintenance tiers of ETH on deribit"),
        ("{maintenance: 0.01}", "{tiers: [{above: 0, rate: .05}, {above: 9, rate: .01}]}", "c.yaml:7: tier 2: "),
        (
            "{maintenance: 0.01}", "{tiers: [{above: 0, rate: .01, max_leverage: 5}]}",
            "a.csv:2: leverage 10 is above the 5 that the venue's tier allows for 90,000",
        ),
        ("usd_per_pct: 100000", "usd_per_pct: -1", "c.yaml:6: `usd_per_pct`: input should be greater than 0"),
        ("usd_per_pct: 100000", "usd_per_pct: 1, adv_usd: 2", "give exactly one of `usd_per_pct`, `adv_usd` or `pool`"),
        ("usd_per_pct: 100000", "pool: none", "c.yaml:6: the book has no pool 'none' of ETH"),
        ("accounts: a.csv", "accounts: ../a.csv", "c.yaml:5: ../a.csv lies outside the folder"),
        ("accounts: a.csv", "acounts: a.csv", "c.yaml:5: unknown key `acounts`"),
        ("level: 0.8", "response: 2", "volatility is unknown"),
        ("spot: 880\n", "", "no price of ETH"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_one_line(folder: Path, old: str, new: str, says: str) -> None:
    assert old in FILE
    if not says:
        market(folder, FILE.replace(old, new))
        return
    with pytest.raises(SeawallError) as refused:
        market(folder, FILE.replace(old, new))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_tiers_of_a_position_decide_its_level(folder: Path) -> None:
    """2 % to 50,000, 5 % above with deduction 1,500: 100 long at 10x lie above the bound at their level."""
    tiers = "{tiers: [{above: 0, rate: 0.02}, {above: 50000, rate: 0.05}]}"
    sells = market(folder, FILE.replace("{maintenance: 0.01}", tiers)).case.book.sells
    # 9,000 + 100 (p - 900) = .05 x 100 p - 1,500
    assert sells.at[0] == pytest.approx((81_000.0 - 1_500.0) / 95.0)


def test_the_command_line_takes_the_place_of_the_file(folder: Path) -> None:
    loaded = load_cascade(folder / "c.yaml", {"impact": {"adv_usd": 1e9}, "volatility": {"response": 0.0}})
    assert (loaded.file.impact.usd_per_pct, loaded.file.impact.adv_usd) == (None, 1e9)
    assert (loaded.file.volatility.level, loaded.file.volatility.response) == (0.8, 0.0)
    interest = load_cascade(folder / "c.yaml", {"open_interest": {"usd": 1e6}})
    assert interest.file.accounts is None
    with pytest.raises(SeawallError, match="depth is unknown"):
        load_cascade(None, {"accounts": "a.csv", "venue": {"maintenance": 0.01}})


def test_depth_moves_the_price_one_per_cent(folder: Path) -> None:
    case = market(folder).case
    assert price_after(case.venue.impact, 880.0, 100_000.0 / 880.0, -1.0) == pytest.approx(880.0 * 0.99)


def test_a_table_without_sides_reads_the_sign(tmp_path: Path) -> None:
    (tmp_path / "signed.csv").write_text("size;entry;leverage\n-2;100;5\n3;100;5\n0;100;5\n")
    rows = read_crowd(tmp_path / "signed.csv")
    assert rows.side[:2].tolist() == [-1.0, 1.0]
    assert rows.size.tolist() == [2.0, 3.0, 0.0]


def test_the_example_is_synthetic_and_says_so() -> None:
    loaded = load_cascade(demo_cascade(), {})
    book = load_book(loaded.path("eve.book.yaml"))
    made = cascade_market(loaded, Held(book, loaded_state(book, None)))
    assert made.assumptions[0].startswith("synthetic")
    assert list(made.cases) == ["low", "mid", "high"]
    assert made.modelled
    assert any("not observed" in line for line in made.assumptions)
    # 300 m of open interest a side, at the price of the book's market.
    assert made.case.book.sells.units.sum() == pytest.approx(3e8 / 915.78)


def test_real_open_interest_gives_a_band(tmp_path: Path) -> None:
    prices = {}
    with existing(DATA / "crypto" / "coinbase_daily_BTC_ETH_LINK.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["base"] == "BTC":
                prices[row["date"]] = row
    lines = ["date,open_interest,close,low,high"]
    with existing(DATA / "crypto" / "open_interest_daily.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            day = prices.get(row["date"])
            if row["coin_symbol"] == "BTC" and day is not None:
                lines.append(f"{row['date']},{row['oi_close']},{day['close']},{day['low']},{day['high']}")
    (tmp_path / "oi.csv").write_text("\n".join(lines) + "\n")
    text = FILE.replace("accounts: a.csv", "open_interest: {file: oi.csv, inverse: true, max_leverage: 40}")
    made = market(tmp_path, text.replace("asset: ETH\nspot: 880", "asset: BTC"))
    last = lines[-1].split(",")
    assert made.case.start == float(last[2])
    for case in made.cases.values():
        assert case.book.assumption
        assert case.book.total_units == pytest.approx(2.0 * float(last[1]) / float(last[2]))


def test_facts_typed_in_are_those_of_the_table() -> None:
    existing(REFERENCE / "event_2025_10_10.csv")
    read = event_facts("2025-10-10", REFERENCE)
    assert set(read) == set(OCTOBER_2025)
    for name, fact in read.items():
        assert fact.value == pytest.approx(OCTOBER_2025[name].value, rel=1e-12), name


def test_unknown_events_and_broken_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SeawallError, match="unknown event '1987'"):
        event_facts("1987", None)
    with pytest.raises(SeawallError, match="cannot be read"):
        event_facts("2025-10-10", tmp_path)
    (tmp_path / "event_2025_10_10.csv").write_text("fact,value,unit,source\nx,many,,\n")
    with pytest.raises(SeawallError, match=r"event_2025_10_10.csv:2: 'many' is not a number"):
        event_facts("2025-10-10", tmp_path)
