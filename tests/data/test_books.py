"""Book and market files: what a user writes, what a user gets wrong, and the line that says so."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from seawall.core.datum import Origin
from seawall.core.errors import InputError, SeawallError, SettlementError, UnknownParameterError
from seawall.data.books import book_schema, load_book, loaded_state
from seawall.data.documents import read_document
from seawall.data.markets import load_market
from seawall.data.plans import default_plan, load_plan
from seawall.data.pool_files import AnyPool
from seawall.instruments.base import Position
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_curves import stable_of
from seawall.instruments.pool_shapes import SHAPES, Concentrated
from seawall.ledger.exposure import ledger

EXAMPLES = ROOT / "src" / "seawall" / "data" / "examples"
BOOK = (EXAMPLES / "eve.book.yaml").read_text()
MARKET = (EXAMPLES / "eve.market.yaml").read_text()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "eve.market.yaml").write_text(MARKET)
    return tmp_path


def load(desk: Path, text: str, name: str = "my.book.yaml") -> None:
    path = desk / name
    path.write_text(text)
    loaded_state(load_book(path), None)


def line_of(text: str, needle: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if needle in line)


def test_the_example_has_one_of_each_kind() -> None:
    loaded = load_book(EXAMPLES / "eve.book.yaml")
    kinds = {position.instrument.kind for position in loaded.book.positions}
    assert kinds == {
        "option",
        "vertical",
        "condor",
        "calendar",
        "call_ladder",
        "vix_future",
        "vix_option",
        "v2_pool",
        "v3_pool",
        "linear_perp",
    }
    assert loaded_state(loaded, None).vix_market().curve.origin is Origin.OBSERVED


def test_json_and_yaml_are_the_same_book(desk: Path) -> None:
    content = yaml.safe_load(BOOK)
    as_json = desk / "my.book.json"
    as_json.write_text(json.dumps(content, default=str, indent="\t"))
    as_yaml = desk / "my.book.yaml"
    as_yaml.write_text(BOOK)
    one, two = load_book(as_json), load_book(as_yaml)
    assert one.book == two.book


BROKEN = [
    # what stands in the file, what is written instead, the line that must be named, words that must be said
    ("strikes: [2465, 2605, 2855, 2915]", "strkes: [2465, 2605, 2855, 2915]", "strkes", "did you mean `strikes`"),
    ("kind: condor", "kind: condr", "label: SPX Mar condor", "condr"),
    ("[2465, 2605, 2855, 2915]", "[2605, 2465, 2855, 2915]", "2605, 2465", "did you mean (2465, 2605, 2855, 2915)"),
    ("[2465, 2605, 2855, 2915]", "[2465, 2605, 2855]", "2465, 2605, 2855", "4 strikes"),
    ("low: 700", "low: 1500", "low: 1500", "low < high"),
    ("low: 700", "low: -700", "low: -700", "greater than 0"),
    ("deposit_usd: 150000", "liquidity: -5", "liquidity: -5", "greater than 0"),
    ("quantity: 60", "quantity: .nan", "quantity: .nan", "quantity"),
    ("quantity: 60", "quantity: .inf", "quantity: .inf", "quantity"),
    ("leverage: 5", "leverage: 0.5", "leverage: 0.5", "greater than or equal to 1"),
    ("leverage: 5", "leverage: 200", "leverage: 200", "at most 100"),
    ("expiry: 2018-03-16", "expiry: 2018-01-19", "expiry: 2018-01-19", "before the market's time"),
    ("expiry: 2018-03-16", "expiry: 2018-03-17", "expiry: 2018-03-17", "not a session"),
    ("    root: SPXW\n    expiry: 2018-03-16", "    expiry: 2018-03-16", "expiry: 2018-03-16", "root"),
    ("label: ETH perp long", "label: ETH/USD v2 share", "positions:", "stands twice"),
    ("nav: 1000000", "nav: -1", "nav: -1", "greater than 0"),
    ("nav: 1000000", "nav: 1000000\nnav: 5", "nav: 5", "stands twice"),
    ("market: eve.market.yaml", "market: ../eve.market.yaml", "market: ../", "outside the folder"),
    ("quantity: 60", "quantity: !!python/object/apply:os.system [id]", "quantity: !!python", "tags are not read"),
    ("quantity: 60", "quantity: &a 60", "quantity: &a", "anchors"),
    ("seawall_book: 1", "seawall_book: 9", "seawall_book: 9", "1"),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), BROKEN, ids=[b[1][:40] for b in BROKEN])
def test_a_fault_names_its_file_its_line_and_the_remedy(desk: Path, old: str, new: str, where: str, words: str) -> None:
    text = BOOK.replace(old, new, 1)
    assert text != BOOK
    with pytest.raises(SeawallError) as caught:
        load(desk, text)
    message = str(caught.value)
    assert "\n" not in message
    assert words in message
    assert message.startswith("my.book.yaml:")
    assert abs(int(message.split(":")[1]) - line_of(text, where)) <= 1, message


POOLS = {
    "weighted": "{kind: weighted_pool, asset: ETH, weight: 0.8, base_amount: 40.0, quote_amount: 9500.0}",
    "stable": "{kind: stable_pool, asset: ETH, amplification: 100, balances: [400.0, 390000.0], rate: 960, share: 0.1}",
    "covered": "{kind: covered_call_pool, asset: ETH, strike: 1100, vol: 0.9, years: 0.1, size: 12}",
    "one range": "{kind: v3_pool, asset: ETH, liquidity: 900.0, low: 700, high: 1400, fees_usd: 12.5}",
    "ranges": "{kind: v3_pool, asset: ETH, ranges: [{low: 700, high: 1000, liquidity: 5}, "
    "{low: 900, high: 1400, liquidity: 9}]}",
    "split": "{kind: v3_pool, asset: ETH, deposit_usd: 9000, entry_price: 1000, fee: 0.003, block_seconds: 12, "
    "ranges: [{low: 700, high: 1100, weight: 2}, {low: 800, high: 1400}]}",
    "deposit": "{kind: weighted_pool, asset: ETH, weight: 0.8, deposit_usd: 5000, entry_price: 950, "
    "opened: 2018-01-05}",
    "stable deposit": "{kind: stable_pool, asset: ETH, amplification: 20, rate: 950, deposit_usd: 50, "
    "entry_price: 950}",
}
"""One of each form: those with amounts are what `seawall data position` writes."""


def with_pool(entry: str) -> str:
    return BOOK + f"  - {{label: new pool, {entry[1:]}\n"


def the_pool(desk: Path, entry: str) -> Position:
    path = desk / "my.book.yaml"
    path.write_text(with_pool(entry))
    loaded = load_book(path)
    state = loaded_state(loaded, None)
    row = ledger(loaded.book, state).rows[-1]
    assert row.label == "new pool"
    assert row.exposure.value_usd > 0.0 > row.exposure.gamma_usd
    return loaded.book.positions[-1]


@pytest.mark.parametrize("name", POOLS)
def test_every_kind_of_pool_is_valued(desk: Path, name: str) -> None:
    held = the_pool(desk, POOLS[name]).instrument
    assert isinstance(held, LiquidityPosition)
    assert held.kind in POOLS[name]


def test_a_deposit_is_worth_itself_at_its_price_and_splits_by_weight(desk: Path) -> None:
    held = the_pool(desk, POOLS["split"])
    assert held.entry == 9000.0
    shape = held.instrument.shape
    parts = [float(Concentrated((r,)).pool(np.array(1000.0)).value) for r in shape.ranges]
    assert parts == pytest.approx([6000.0, 3000.0], rel=1e-12)
    record = held.instrument.record
    assert (record.fee, record.block_seconds, record.fees_usd, record.fee_model) == (0.003, 12.0, None, "unknown")
    other = the_pool(desk, POOLS["deposit"])
    assert float(other.instrument.shape.pool(np.array(950.0)).value) == pytest.approx(5000.0, rel=1e-12)
    assert other.instrument.record.opened.isoformat().startswith("2018-01-05T21:00")


def test_a_share_of_balances_is_that_share(desk: Path) -> None:
    stable = the_pool(desk, POOLS["stable"]).instrument.shape
    assert stable == stable_of(100.0, 400.0, 390000.0, 960.0).scaled(0.1)
    ranged = the_pool(desk, POOLS["one range"]).instrument
    assert (ranged.fees_usd, ranged.record.fee_model) == (12.5, "stated")


BROKEN_POOLS = [
    ("one range", "liquidity: 900.0", "liquidity: 0", "greater than 0"),
    ("one range", "liquidity: 900.0", "liquidity: 1e400", "finite number"),
    ("one range", "liquidity: 900.0", "liquidity: 1.0e+300", "less than or equal to 1000000"),
    ("one range", "low: 700, high: 1400", "low: 1400, high: 700", "low < high"),
    ("one range", "low: 700, high: 1400", "low: 1.0e-60, high: 1.0e+60", "outside v3's ticks"),
    ("one range", "low: 700, high: 1400", "low: 0.0007, high: 0.0014", "base and quote token swapped"),
    ("one range", "high: 1400, ", "", "`low` and `high`"),
    ("one range", "liquidity: 900.0, ", "", "give either `liquidity`, or `deposit_usd`"),
    ("one range", "fees_usd: 12.5", "fees_usd: -12.5", "greater than or equal to 0"),
    ("one range", "fees_usd: 12.5", "fee_model: pro_rata", "add `fees_usd`"),
    ("one range", "fees_usd: 12.5", "fees_usd: 1, fee_model: guess", "fee_growth"),
    ("one range", "fees_usd: 12.5", "fee: 30", "less than 1"),
    ("one range", "fees_usd: 12.5", "block_seconds: 0", "greater than 0"),
    ("ranges", "liquidity: 9}", "liquidity: 9}], low: 5, x: [", "unknown key `x`"),
    ("ranges", "liquidity: 9}", "weight: 9}", "`liquidity of range 2` is missing"),
    ("ranges", "asset: ETH", "asset: ETH, low: 5", "or `ranges` with their own"),
    ("split", "low: 700, high: 1100", "low: 1100, high: 700", "low < high"),
    ("split", "entry_price: 1000", "entry_price: 0.001", "base and quote token swapped"),
    ("split", ", entry_price: 1000", "", "needs `entry_price`"),
    ("weighted", "weight: 0.8", "weight: 20", "0.2 for 20 %"),
    ("weighted", "weight: 0.8", "weight: 0", "inside (0, 1)"),
    ("weighted", "base_amount: 40.0, quote_amount: 9500.0", "base_amount: 9500.0, quote_amount: 40.0", "swapped"),
    ("weighted", ", quote_amount: 9500.0", "", "`quote_amount` is missing"),
    ("weighted", "base_amount: 40.0", "base_amount: -40.0", "greater than 0"),
    ("weighted", "base_amount: 40.0", "base_amount: .nan", "finite number"),
    ("weighted", "base_amount: 40.0", "base_amount: 1.0e-300", "smallest unit of a token"),
    ("stable", "rate: 960", "rate: 1.0e-300", "1e-12 to 1e12"),
    ("stable deposit", "entry_price: 950", "entry_price: 1.0e-300", "greater than or equal to"),
    ("stable", "[400.0, 390000.0]", "[400.0, -390000.0]", "greater than 0"),
    ("stable", "[400.0, 390000.0]", "[400.0]", "at least 2 items"),
    ("stable", "[400.0, 390000.0]", "[1, 2, 3]", "at most 2 items"),
    ("stable", "amplification: 100", "amplification: 0", "amplification must be 1 to 1e6"),
    ("stable", "amplification: 100", "amplification: 1e400", "finite number"),
    ("stable", "share: 0.1", "share: 10", "less than or equal to 1"),
    ("stable", "share: 0.1", "share: 0", "greater than 0"),
    ("covered", "years: 0.1", "years: 0", "all base token below the strike"),
    ("covered", "years: 0.1", "years: -1", "years must be a positive number"),
    ("covered", "vol: 0.9", "vol: 90", "0.8 is 80 % a year"),
    ("covered", "strike: 1100", "strike: 0.0011", "swapped"),
    ("covered", "size: 12", "size: 12, deposit_usd: 5, entry_price: 900", "give either `size`, or `deposit_usd`"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), BROKEN_POOLS, ids=[f"{b[0]}-{b[2]}" for b in BROKEN_POOLS])
def test_a_broken_pool_names_its_line_and_the_remedy(desk: Path, name: str, old: str, new: str, words: str) -> None:
    text = with_pool(POOLS[name])
    broken = text.replace(POOLS[name][1:], POOLS[name][1:].replace(old, new, 1))
    assert text != broken
    with pytest.raises(SeawallError) as caught:
        load(desk, broken)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert message.startswith(f"my.book.yaml:{line_of(broken, 'new pool')}:")


def test_the_models_of_files_are_the_table_of_shapes() -> None:
    assert {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(AnyPool)} == set(SHAPES)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 17.31", "value: -17.31", "greater than 0"),
        ("smile: {flat: 1.10", "smile: {flat: -1.10", "greater than 0"),
        ("value: 2762.13", "value: .nan", "finite"),
        ("now: 2018-02-03T00:30:00Z", "now: 2018-02-01T21:30:00Z", "is known at"),
        ("now: 2018-02-03T00:30:00Z", "now: 2018-02-20T21:30:00Z", "more than 4 days"),
        ("now: 2018-02-03T00:30:00Z", "now: 2018-02-03 00:30:00", "time zone"),
        ("level: 14.975", "level: 0", "greater than 0"),
        ("income_yield", "income_yeild", "unknown key `income_yeild`"),
        ("smile: {model: vix}", "smile: {model: vix, flat: 0.2}", "exactly one of"),
    ],
)
def test_a_market_fault_is_named(desk: Path, old: str, new: str, words: str) -> None:
    path = desk / "m.market.yaml"
    text = MARKET.replace(old, new, 1)
    assert text != MARKET
    path.write_text(text)
    with pytest.raises(SeawallError, match=r"^m\.market\.yaml:\d+: ") as caught:
        load_market(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


ACCOUNTS = """\
seawall_book: 1
name: accounts
market: eve.market.yaml
accounts:
  - {name: main, venue: hyperliquid, collateral_usd: 20000}
  - name: own
    collateral_usd: 5000
    on_liquidation: remainder
    tiers:
      ETH: [{start: 0, rate: 0.02, max_leverage: 25}, {start: 100000, rate: 0.04, max_leverage: 12}]
positions:
  - {label: long, kind: linear_perp, side: long, asset: ETH, quantity: 50, entry: 980, margin: cross, account: main}
  - {label: short, kind: linear_perp, side: short, asset: ETH, quantity: 10, margin: cross, account: own}
  - {label: coin, kind: inverse_perp, side: long, asset: ETH, quantity: 900, entry: 950, leverage: 3, maintenance: 0.01}
  - {label: square, kind: power_perp, side: short, asset: ETH, quantity: 0.01, funding_apr: 0.9, entry: 840000}
  - {label: bare, kind: linear_perp, side: long, asset: ETH, quantity: 5, collateral_usd: 1500, maintenance: 0.01}
"""


def test_accounts_and_perps_of_every_kind_close(desk: Path) -> None:
    """Values at ETH 915.78 by hand; an entry that is unknown leaves P&L since entry unknown, not the value."""
    path = desk / "a.yaml"
    path.write_text(ACCOUNTS)
    loaded = load_book(path)
    table = ledger(loaded.book, loaded_state(loaded, None))
    values = {row.label: row.exposure.value_usd for row in table.rows}
    assert values == pytest.approx(
        {
            "long": 50.0 * (915.78 - 980.0),
            "short": 0.0,
            "coin": 915.78 * (900.0 / 950.0 / 3.0 + 900.0 / 950.0) - 900.0,
            "square": -0.01 * 915.78**2,
            "bare": 1500.0,
            "main collateral": 20000.0,
            "own collateral": 5000.0,
        }
    )
    assert table.total.exposure.value_usd == pytest.approx(sum(values.values()))
    entries = {p.label: p.entry for p in loaded.book.positions}
    assert (entries["long"], entries["short"], entries["bare"]) == (0.0, None, None)
    assert entries["square"] == -8400.0


BROKEN_ACCOUNTS = [
    # what stands in the file, what is written instead, the line that must be named, words that must be said
    ("entry: 980,", "entry: 980, leverage: 30,", "name: main", "leverage 30 is above the tier: at most 25"),
    ("collateral_usd: 20000", "collateral_usd: -1", "name: main", "greater than or equal to 0"),
    ("rate: 0.04", "rate: 0.01", "name: own", "rates must not fall"),
    ("start: 100000", "start: 0", "name: own", "bounds must rise"),
    (", max_leverage: 12", "", "name: own", "state it in all or in none"),
    (
        "account: main}",
        "account: mian}",
        "label: long",
        "unknown account 'mian': under `accounts` there are: main, own",
    ),
    ("account: main}", "account: main, venue: dydx}", "name: main", "venue dydx is not hyperliquid"),
    ("account: own}", "account: own, maintenance: 0.01}", "name: own", "state the margin in one place"),
    ("account: own}", "account: main}", "name: main", "two positions in ETH"),
    ("venue: hyperliquid", "venue: hyperliquids", "name: main", "did you mean hyperliquid?"),
    ("margin: cross, account: main", "margin: cross", "label: long", "needs `account`"),
    ("margin: cross, account: main", "account: main", "label: long", "goes with `margin: cross`"),
    ("name: own", "name: main", "name: main", "stands twice"),
    ("leverage: 3, maintenance: 0.01", "leverage: 3", "label: coin", "no margin rule"),
    ("leverage: 3,", "leverage: 3, coins: 2,", "label: coin", "either `coins`"),
    ("leverage: 3,", "leverage: 120,", "label: coin", "at most 100"),
    ("collateral_usd: 1500, ", "", "label: bare", "`entry` with `leverage`, or `collateral_usd`"),
    ("collateral_usd: 1500", "collateral_usd: 1500, venue: hyperliquid, premium: .nan", "label: bare", "finite"),
    ("collateral_usd: 1500", "collateral_usd: 1500, premium: 0.001", "label: bare", "needs `venue`"),
    ("collateral_usd: 1500", "collateral_usd: 1500, leverage: 2", "label: bare", "both state the collateral"),
    (
        "maintenance: 0.01}\n",
        "maintenance: 0.01, tiers: [{start: 0, rate: 0.01}]}\n",
        "label: coin",
        "both state the margin",
    ),
    ("funding_apr: 0.9", "funding_apr: 0.9, power: 0.5", "label: square", "power above 1"),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), BROKEN_ACCOUNTS, ids=[b[1][:40] for b in BROKEN_ACCOUNTS])
def test_a_fault_of_an_account_is_named(desk: Path, old: str, new: str, where: str, words: str) -> None:
    text = ACCOUNTS.replace(old, new, 1)
    assert text != ACCOUNTS
    with pytest.raises(SeawallError) as caught:
        load(desk, text)
    message = str(caught.value)
    assert "\n" not in message
    assert words in message
    at = max(i for i, line in enumerate(text.splitlines(), 1) if where in line)
    assert abs(int(message.split(":")[1]) - at) <= 1, message


def test_missing_market_series_is_named_with_its_remedy(desk: Path) -> None:
    text = MARKET.replace("  ETH:", "  BTC:")
    (desk / "eve.market.yaml").write_text(text)
    path = desk / "b.yaml"
    path.write_text(BOOK)
    loaded = load_book(path)
    with pytest.raises(SeawallError, match=r"no ETH .* add it under `assets`"):
        ledger(loaded.book, loaded_state(loaded, None))


def test_settled_positions_are_refused_not_valued(desk: Path) -> None:
    with pytest.raises(SettlementError, match="remove it or move the market back"):
        load(desk, BOOK.replace("expiry: 2018-02-16", "expiry: 2018-02-02"))


def test_unknown_key_has_its_own_error() -> None:
    assert issubclass(UnknownParameterError, InputError)


@pytest.mark.parametrize("text", ["", "[1, 2", "- a\n- b\n", "a: b: c", "\x00", "{", "!!binary x"])
def test_what_is_no_book_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    for suffix in (".yaml", ".json"):
        path = tmp_path / f"x{suffix}"
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            load_book(path)
        assert "\n" not in str(caught.value)


def test_a_huge_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_text("a: 1\n" * 300_000)
    with pytest.raises(InputError, match="split it"):
        read_document(big)
    with pytest.raises(InputError, match="cannot be read"):
        read_document(tmp_path)
    with pytest.raises(InputError, match=r"did you mean big\.yaml"):
        read_document(tmp_path / "bigg.yaml")


@given(st.binary(max_size=300))
def test_random_bytes_never_escape_as_anything_but_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "junk.yaml"
    path.write_bytes(junk)
    with pytest.raises(SeawallError):
        load_book(path)


def test_schema_names_every_kind_and_validates_the_example() -> None:
    schema = json.loads(book_schema())
    kinds = set(schema["properties"]["positions"]["items"]["discriminator"]["mapping"])
    used = {entry["kind"] for entry in yaml.safe_load(BOOK)["positions"]}
    assert used | set(SHAPES) <= kinds


def test_plan_files(tmp_path: Path) -> None:
    path = tmp_path / "p.plan.yaml"
    path.write_text("seawall_plan: 1\nname: mine\ncondor: {short_delta: 0.16}\nhedge: {carry_budget: 0.01}\n")
    plan = load_plan(path)
    assert (plan.condor.short_delta, plan.condor.wing_delta) == (0.16, default_plan().condor.wing_delta)
    assert plan.hedge is not None
    assert plan.hedge.carry_budget == 0.01
    path.write_text("seawall_plan: 1\nname: mine\ncondor: {short_delta: 0.02}\n")
    with pytest.raises(SeawallError, match=r"^p\.plan\.yaml:3: need 0 < wing_delta"):
        load_plan(path)
    path.write_text("seawall_plan: 1\nname: mine\ncondor: {short_dleta: 0.2}\n")
    with pytest.raises(UnknownParameterError, match=r"p\.plan\.yaml:3: unknown key `short_dleta`"):
        load_plan(path)


PROGRAMS = """seawall_plan: 1
name: many
programs:
  - {kind: condor, name: L0, entry: friday, dte: 45, tranches: 8, size: {risk: 0.03}, take_profit: 0.5, roll_dte: 21}
  - {kind: condor, name: S0, dte: 5, short_move: 1.2, listed: daily, gamma_k: 1}
  - {kind: vix_call, name: L1, roll_dte: 7, size: {budget: 4}, monetise: [[2, 0.5]], scale: {onset: 1.5, spike: 0}}
  - {kind: vix_ladder, name: M, dte: 90, roll_dte: 30, size: {premium: 0.004}}
  - {kind: vix_future, name: F, dte: 60, roll_dte: 7}
  - {kind: vix_calendar, name: C, near: long, later_dte: 60, roll_dte: 7}
  - {kind: put, name: P, strike: 0.95, roll_dte: 3, size: {notional: 0.1}}
"""


def test_a_plan_file_names_its_programs(tmp_path: Path) -> None:
    path = tmp_path / "p.plan.yaml"
    path.write_text(PROGRAMS)
    plan = load_plan(path)
    assert plan.condor is None
    assert plan.hedge is None
    named = {one.name: one for one in plan.every_program()}
    assert list(named) == ["L0", "S0", "L1", "M1", "M2", "M3", "M4", "F", "C", "P"]
    assert (named["L0"].entry.days, named["L0"].tranches, named["L0"].exits.days) == (45, 8, 21)
    assert [leg.strike for leg in named["S0"].legs] == ["from_leg", "move", "move", "from_leg"]
    assert named["L1"].states.scale == (1.0, 1.5, 0.0, 1.0)
    assert [named[f"M{n}"].legs[0].aim for n in (1, 2, 3, 4)] == [1.1, 1.3, 1.6, 2.0]
    assert [leg.ratio for leg in named["C"].legs] == [1.0, -1.0]
    assert [one.name for one in plan.without_hedge().every_program()] == ["L0", "S0", "C"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: put", "kind: putt", r"^p\.plan\.yaml:10: .*putt"),
        ("short_move: 1.2", "short_move: 1.2, wing_delta: 0.05", r"^p\.plan\.yaml:5: .*not both"),
        ("size: {risk: 0.03}", "size: {risk: 0.03, units: 2}", r"^p\.plan\.yaml:4: .*state one of"),
        ("take_profit: 0.5", "take_profit: -0.5", r"^p\.plan\.yaml:4: .*take must be > 0"),
        ("name: P", "name: L0", r"^p\.plan\.yaml:3: .*two programs named L0"),
        ("dte: 45", "dtee: 45", r"^p\.plan\.yaml:4: unknown key `dtee`"),
        ("size: {premium: 0.004}", "size: {units: 4}", r"^p\.plan\.yaml:7: .*spends premium"),
    ],
)
def test_a_program_that_cannot_run_is_refused_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "p.plan.yaml"
    path.write_text(PROGRAMS.replace(old, new, 1))
    with pytest.raises(SeawallError, match=words) as caught:
        load_plan(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["positions: " + "[" * 5000, "a: {" * 3000, '{"a":' * 3000])
def test_a_nest_of_brackets_is_refused_before_it_is_parsed(tmp_path: Path, text: str) -> None:
    for suffix in (".yaml", ".json"):
        path = tmp_path / f"nest{suffix}"
        path.write_text(text)
        with pytest.raises(InputError, match=r"nest\.(yaml|json):1: more than 40 brackets are open"):
            load_book(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n" + "- " * 3000 + "x\n", "not valid YAML"),
        ("- " * 3000 + "x\n", r"nest\.yaml:1: nested more than 40 deep"),
        ("a: 1\n? - b\n: c\n", r"nest\.yaml:2: a list or keys stand where one key should"),
        ("a: 1\nb: ! c\n", r"nest\.yaml:2: anchors, aliases and tags"),
        ("a: &x 1\nb: *x\n", r"nest\.yaml:1: anchors, aliases and tags"),
        ("a: [1\n", "expected ',' or '\\]'"),
    ],
    ids=["a list under a key", "lists", "a list as key", "a tag of its own", "an alias", "an open bracket"],
)
def test_what_is_no_plain_data_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_document(tmp_path / "nest.yaml", text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("quick", [True, False])
def test_both_readers_find_what_yaml_says(monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    """With libyaml and without it: the content is that of PyYAML's own loader, the lines are those of the text."""
    if not quick:
        monkeypatch.setattr("seawall.data.documents.QUICK", yaml.SafeLoader)
    for text in (BOOK, "a: 2018-03-16\nb:\n  - {c: 1.5, d: 'x'}\n  - |\n    lines\n    more\n<<: {e: null}\n"):
        found = read_document(Path("one.yaml"), text)
        assert found.content == yaml.safe_load(text)
    assert found.line("b", 1) == 4
    assert read_document(Path("book.yaml"), BOOK).line("nav") == line_of(BOOK, "nav:")


COINS = """seawall_plan: 1
name: coins
assumed_funding: 0.0001
programs:
  - {kind: pool, name: LP, share: 0.2, width: 1.5, fees: {fair: 1.5}, recentre: out, gas_usd: 20}
  - {kind: perp, name: H, follows: LP, leverage: 3}
  - {kind: perp, name: N, asset: BTC, notional: -0.1}
"""


def test_a_plan_file_names_pools_and_perps(tmp_path: Path) -> None:
    path = tmp_path / "p.plan.yaml"
    path.write_text(COINS)
    plan = load_plan(path)
    pool, hedge, short = plan.programs
    assert (pool.width, pool.fees.rule, pool.fees.rate, pool.recentre, pool.size) == (1.5, "fair", 1.5, "out", "equity")
    assert (hedge.follows, hedge.target, hedge.leverage) == ("LP", -1.0, 3.0)
    assert (short.follows, short.target, short.asset) == (None, -0.1, "BTC")
    assert plan.coins == ("ETH", "BTC")
    assert plan.assumed_funding == 0.0001


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share: 0.2", "share: 0.2, usd: 5", "usd or share"),
        ("fees: {fair: 1.5}", "fees: {fair: 1.5, yield: 0.1}", "one of yield, fair, volume"),
        ("fees: {fair: 1.5}", "fees: {volume: ETH_VOLUME}", "depth_usd"),
        ("follows: LP", "follows: LQ", "no pool here"),
        ("notional: -0.1", "ratio: -1", "follows .a pool. or notional"),
        ("width: 1.5", "width: 0.5", "above 1"),
        ("leverage: 3", "leverage: 0", "program H"),
    ],
)
def test_bad_pools_and_perps_are_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "p.plan.yaml"
    path.write_text(COINS.replace(old, new))
    with pytest.raises(SeawallError, match=said) as caught:
        load_plan(path)
    assert str(caught.value).startswith("p.plan.yaml:")
    assert "\n" not in str(caught.value)
