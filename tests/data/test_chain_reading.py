"""Reading positions from a node: typed answers with known positions, and every way in which a node fails."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from tests.conftest import ROOT
from tests.data import vendor_server as vendor
from tests.data.rpc_server import SELECTORS, FakeChain, RefusedError, node
from tests.data.vendor_server import Fault, Vendors

from seawall.app.cli import main
from seawall.core import errors
from seawall.core.errors import DataError, InputError, MissingDataError, RevertedError, SeawallError, WrongChainError
from seawall.data.books import load_book
from seawall.data.chain.rpc import VARIABLE, Node, node_address
from seawall.data.sources.http import Pace, Patience

pytest.importorskip("eth_abi", reason="needs eth-abi: pip install 'seawall[chain]'")
pytest.importorskip("eth_hash", reason="needs eth-hash: pip install 'seawall[chain]'")

from seawall.data.chain import positions
from seawall.data.chain.abi import selector
from seawall.data.chain.block import Block, block_of
from seawall.data.chain.entry import Choice, book_entry, uncollected

OWNER: Final = "0x" + "0a" * 20
POOL: Final = "0x" + "b0" * 20
VAULT: Final = "0x" + "7a" * 20
LP: Final = "0x" + "1b" * 20
MANAGER: Final = "0xc36442b4a4522e871399cd717abdd847ab11fe88"
FACTORY: Final = "0x" + "fa" * 20
COINS: Final = tuple("0x" + f"c{n}" * 20 for n in range(3))
Q96: Final = 1 << 96
Q128: Final = 1 << 128

QUICK: Final = Patience(attempts=2, connect_s=2.0, read_s=5.0, first_wait_s=0.0, longest_wait_s=0.0)
KEY: Final = "k3yk3yk3yk3y"
PASSWORD: Final = "pa55w0rd"  # noqa: S105


def pace() -> Pace:
    return Pace(sleep=lambda _: None)


@contextmanager
def reading(chain: FakeChain, number: int | None = None) -> Iterator[Block]:
    with node(chain.respond) as served, Node(served.url, QUICK, pace()) as asked:
        yield block_of(asked, number)


def usdc_weth(chain: FakeChain) -> None:
    chain.token(COINS[0], "USDC", 6)
    chain.token(COINS[1], "WETH", 18)


# ---- positions with known answers


def v2_chain() -> FakeChain:
    """A pair of 4,000,000 USDC and 2,000 WETH, of which the owner has a quarter."""
    chain = FakeChain()
    usdc_weth(chain)
    chain.put(POOL, "token0()", ["address"], [COINS[0]])
    chain.put(POOL, "token1()", ["address"], [COINS[1]])
    chain.put(POOL, "getReserves()", ["uint112", "uint112", "uint32"], [4_000_000 * 10**6, 2000 * 10**18, 1])
    chain.put(POOL, "totalSupply()", ["uint256"], [1000])
    chain.put(POOL, "balanceOf(address)", ["uint256"], [250], OWNER)
    return chain


def test_a_share_of_a_pair() -> None:
    with reading(v2_chain()) as here:
        found = positions.v2_pair(here, POOL, OWNER)
    assert found.amounts == (1_000_000 * 10**6, 500 * 10**18)
    entry = book_entry(found)
    assert (entry["kind"], entry["asset"]) == ("v2_pool", "ETH")
    assert entry["liquidity"] == pytest.approx((1e6 * 500) ** 0.5)
    assert entry["origin"] == {
        "chain_id": 1, "block": 19_000_000, "at": "2024-01-11T19:06:40Z", "pool": POOL, "id": OWNER,
    }  # fmt: skip
    assert book_entry(found, Choice(asset="ETH-USD"))["asset"] == "ETH-USD"


def v3_chain(number: int = 77) -> FakeChain:
    """USDC/WETH, 0.05 %: a raw unit costs a raw unit, in the middle of the range [-600, 600]."""
    chain = FakeChain()
    usdc_weth(chain)
    liquidity, inside = 10**18, (5 * Q128 // 10**9, 3 * Q128 // 10**9)
    row = (0, OWNER, COINS[0], COINS[1], 500, -600, 600, liquidity, 0, Q128 // 10**9, 11, 7)
    chain.put(MANAGER, "positions(uint256)", list(positions.POSITION), list(row), number)
    chain.put(MANAGER, "factory()", ["address"], [FACTORY])
    chain.put(FACTORY, "getPool(address,address,uint24)", ["address"], [POOL], COINS[0], COINS[1], 500)
    chain.put(POOL, "slot0()", list(positions.SLOT), [Q96, 0, 0, 1, 1, 0, True])
    for token in range(2):
        chain.put(POOL, f"feeGrowthGlobal{token}X128()", ["uint256"], [inside[token]])
        chain.put(POOL, f"token{token}()", ["address"], [COINS[token]])
    for tick in (-600, 600):
        net = liquidity if tick < 0 else -liquidity
        chain.put(POOL, "ticks(int24)", list(positions.TICK), [liquidity, net, 0, 0, 0, 0, 0, True], tick)
    chain.put(POOL, "liquidity()", ["uint128"], [liquidity])
    chain.put(POOL, "fee()", ["uint24"], [500])
    chain.put(POOL, "tickSpacing()", ["int24"], [10])
    return chain


def test_an_nft_of_v3() -> None:
    with reading(v3_chain()) as here:
        found = positions.v3_nft(here, 77)
    # growth inside is 5 and 3 units per 10^9 of liquidity; 0 and 1 of them were booked before, and 11 and 7 units wait
    grown = (5 * Q128 // 10**9, 3 * Q128 // 10**9 - Q128 // 10**9)
    assert found.owed == (grown[0] * 10**18 // Q128 + 11, grown[1] * 10**18 // Q128 + 7)
    # 10^18 (1 - 1.0001^-300) of each at a price of 1
    assert found.amounts == pytest.approx((1e18 * (1 - 1.0001**-300),) * 2, rel=1e-9)
    entry = book_entry(found)
    assert (entry["kind"], entry["asset"]) == ("v3_pool", "ETH")
    # USDC is token 0: a WETH (10^18 units) costs 10^12 USDC (10^6 units) when a unit costs a unit
    assert (entry["low"], entry["high"]) == pytest.approx((1e12 * 1.0001**-600, 1e12 * 1.0001**600))
    assert entry["liquidity"] == pytest.approx(1e18 / 1e12)
    owed = uncollected(found)
    assert entry["fees_usd"] == pytest.approx(owed[0] + owed[1] * 1e12)
    assert "fees_usd" not in book_entry(found, Choice(quote="WETH"))


def test_everything_is_read_at_one_block_and_nothing_is_sent() -> None:
    chain = v3_chain()
    with reading(chain, 18_000_000) as here:
        found = positions.v3_nft(here, 77)
    assert found.block == 18_000_000
    calls = [params for method, params in chain.asked if method == "eth_call"]
    assert {params[1] for params in calls} == {hex(18_000_000)}
    others = {"eth_chainId", "eth_blockNumber", "eth_getBlockByNumber", "eth_call"}
    assert {method for method, _ in chain.asked} == others


def test_an_unknown_nft_and_an_unknown_manager() -> None:
    chain = v3_chain()
    with reading(chain) as here, pytest.raises(RevertedError):
        positions.v3_nft(here, 78)
    chain.chain_id = 12345
    with reading(chain) as here, pytest.raises(InputError, match="--manager"):
        positions.v3_nft(here, 77)


def test_a_pool_without_a_price() -> None:
    chain = v3_chain()
    chain.put(POOL, "slot0()", list(positions.SLOT), [0, 0, 0, 0, 0, 0, False])
    with reading(chain) as here, pytest.raises(DataError, match="has no price"):
        positions.v3_nft(here, 77)


def test_a_weighted_share() -> None:
    chain = FakeChain()
    usdc_weth(chain)
    name = b"\x01" * 32
    chain.put(POOL, "balanceOf(address)", ["uint256"], [3], OWNER)
    chain.put(POOL, "totalSupply()", ["uint256"], [12])
    chain.put(POOL, "getPoolId()", ["bytes32"], [name])
    chain.put(POOL, "getVault()", ["address"], [VAULT])
    balances = [400_000 * 10**6, 800 * 10**18]
    kinds = ["address[]", "uint256[]", "uint256"]
    chain.put(VAULT, "getPoolTokens(bytes32)", kinds, [list(COINS[:2]), balances, 9], name)
    chain.put(POOL, "getNormalizedWeights()", ["uint256[]"], [[2 * 10**17, 8 * 10**17]])
    chain.put(POOL, "getSwapFeePercentage()", ["uint256"], [3 * 10**15])
    with reading(chain) as here:
        found = positions.weighted(here, POOL, OWNER)
    assert found.fee == pytest.approx(0.003)
    entry = book_entry(found)
    assert (entry["kind"], entry["asset"], entry["weight"]) == ("weighted_pool", "ETH", 0.8)
    assert (entry["base_amount"], entry["quote_amount"]) == (200.0, 100_000.0)


@pytest.mark.parametrize("kind", ["uint256", "int128"])
def test_a_stable_share(kind: str) -> None:
    """The oldest pools count coins in int128 and have a pool token of their own."""
    chain, token = FakeChain(), LP if kind == "int128" else POOL
    for number, (symbol, decimals) in enumerate((("DAI", 18), ("USDC", 6), ("USDT", 6))):
        chain.token(COINS[number], symbol, decimals)
        chain.put(POOL, f"coins({kind})", ["address"], [COINS[number]], number)
        chain.put(POOL, f"balances({kind})", ["uint256"], [(number + 1) * 10 ** (decimals + 6)], number)
    chain.put(POOL, "A()", ["uint256"], [2000])
    chain.put(POOL, "fee()", ["uint256"], [1_000_000])
    chain.put(token, "balanceOf(address)", ["uint256"], [5 * 10**18], OWNER)
    chain.put(token, "totalSupply()", ["uint256"], [50 * 10**18])
    with reading(chain) as here:
        found = positions.stable(here, POOL, OWNER, LP if kind == "int128" else None)
        if kind == "int128":
            with pytest.raises(InputError, match="--lp"):
                positions.stable(here, POOL, OWNER)
    assert found.fee == pytest.approx(1e-4)
    with pytest.raises(InputError, match="--quote"):
        book_entry(found)
    entry = book_entry(found, Choice(quote="usdc"))
    assert (entry["asset"], entry["amplification"], entry["share"]) == ("DAI-USDT", 2000, 0.1)
    assert entry["balances"] == [1e6, 3e6, 2e6]


def test_an_old_token_says_its_symbol_in_32_bytes() -> None:
    chain = FakeChain()
    chain.token(COINS[0], b"MKR" + bytes(29), 18)
    chain.token(COINS[1], "A\x1b[31m", 18)
    with reading(chain) as here:
        assert here.token(COINS[0]) == (COINS[0], "MKR", 18)
        with pytest.raises(DataError, match="no symbol"):
            here.token(COINS[1])


@pytest.mark.parametrize("signature", SELECTORS)
def test_selectors_are_those_that_explorers_list(signature: str) -> None:
    assert selector(signature).hex() == SELECTORS[signature]


# ---- a node that fails


def error(code: int, message: str, data: object = None) -> Fault:
    content = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message, "data": data}}
    return vendor.body(json.dumps(content).encode())


def result(content: Any) -> Fault:
    return vendor.body(json.dumps({"jsonrpc": "2.0", "id": 1, "result": content}).encode())


TEXT: Final = "0x08c379a0" + f"{32:064x}{4:064x}" + b"NOPE".hex().ljust(64, "0")
FAILURES: Final[tuple[tuple[str, list[Fault], type[SeawallError], str], ...]] = (
    ("429 twice", [vendor.status(429)] * 2, DataError, "answered 429 after 2 attempts"),
    ("500 twice", [vendor.status(500)] * 2, DataError, "answered 500 after 2 attempts"),
    ("asked to wait long", [vendor.status(429, retry_after="900")], DataError, "asks to wait 900 s"),
    ("busy in JSON", [error(-32005, "rate limit exceeded")] * 2, DataError, "is busy"),
    ("broken off", [vendor.truncated(20)] * 2, DataError, "broke off"),
    ("half of JSON", [vendor.body(b'{"jsonrpc": "2.0", "id')], DataError, "no JSON"),
    ("a web page", [vendor.page()], DataError, "a web page"),
    ("an empty answer", [vendor.body(b"")], DataError, "answered 200 and 0 bytes"),
    ("a list", [vendor.body(b"[]")], DataError, "answers no question"),
    ("neither result nor error", [vendor.body(b'{"id": 1}')], DataError, "answers no question"),
    ("deep JSON", [vendor.body(b"[" * 100_000)], DataError, "no JSON"),
    ("another answer", [vendor.body(b'{"id": 99, "result": "0x1"}')], DataError, "another question"),
    ("too much", [vendor.body(b" " * ((1 << 20) + 1))], DataError, "more than 1 MB"),
    ("gzip unasked", [vendor.zipped()], DataError, "packed its answer"),
    ("moved", [vendor.moved("http://203.0.113.9/steal")], DataError, "leads elsewhere"),
    ("no key", [vendor.status(401)], DataError, "check the key"),
    ("no such path", [vendor.status(404)], DataError, "answered 404"),
    ("no number", [result("12")], DataError, "with no number"),
    ("no text", [result(7)], DataError, "with no number"),
    ("unknown method", [error(-32601, "the method does not exist")], DataError, "refused the question"),
    ("a text", [error(3, "execution reverted", TEXT)], RevertedError, "it says 'NOPE'"),
    ("a text in a mapping", [error(-32015, "VM execution error", {"data": TEXT})], RevertedError, "it says 'NOPE'"),
    ("a panic", [error(3, "execution reverted", "0x4e487b71" + f"{17:064x}")], RevertedError, "0x11: a number ran"),
    ("its own error", [error(3, "execution reverted", "0xdeadbeef")], RevertedError, "its own error 0xdeadbeef"),
    ("a revert without a word", [error(-32000, "execution reverted")], RevertedError, "execution reverted"),
    ("lost history", [error(-32000, "missing trie node 4d2a (path )")], MissingDataError, "archive node, or a later"),
    ("lost header", [error(-32000, "header not found")], MissingDataError, "archive node, or a later"),
    ("an echo", [error(-32000, f"bad key {KEY} for {PASSWORD}\x1b[2J")], DataError, r"bad key \*\*\*"),
)


@pytest.mark.parametrize(("faults", "kind", "said"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_every_failure_is_one_line_without_secrets(faults: list[Fault], kind: type[SeawallError], said: str) -> None:
    with node(FakeChain().respond) as served:
        served.faults["*"] = list(faults)
        url = served.url.replace("//", f"//me:{PASSWORD}@") + f"/v2/{KEY}?apikey={KEY}2"
        with Node(url, QUICK, pace()) as asked, pytest.raises(kind, match=said) as caught:
            block_of(asked)
        assert len(served.requests) == len(faults)
    told = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in told
    assert "\x1b" not in told
    assert not any(secret in told for secret in (KEY, PASSWORD, "me:", "/v2"))
    # the chain of causes is printed by a traceback: it holds no address either
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_secrets_reach_the_node() -> None:
    with node(FakeChain().respond) as served:
        url = served.url.replace("//", f"//me:{PASSWORD}@") + f"/v2/{KEY}?apikey={KEY}2"
        with Node(url, QUICK, pace()) as asked:
            assert block_of(asked).number == 19_000_000
        (request, *_) = served.requests
    assert (request.path, request.query) == (f"/v2/{KEY}", {"apikey": f"{KEY}2"})
    assert request.headers["authorization"] == "Basic bWU6cGE1NXcwcmQ="  # me:pa55w0rd in base 64


@pytest.mark.parametrize(
    "fault", [vendor.status(429, retry_after="0"), vendor.status(503), vendor.truncated(5), error(429, "slow down")]
)
def test_a_fault_that_passes_is_waited_for(fault: Fault) -> None:
    with node(FakeChain().respond) as served:
        served.faults["*"] = [fault]
        with Node(served.url, QUICK, pace()) as asked:
            assert asked.ask("eth_chainId") == "0x1"


def test_a_node_that_is_silent_or_not_there() -> None:
    impatient = Patience(attempts=1, connect_s=1.0, read_s=0.1)
    with node(FakeChain().respond) as served:
        served.faults["*"] = [vendor.hang(20.0)]
        with Node(served.url, impatient, pace()) as asked, pytest.raises(DataError, match="did not answer in time"):
            asked.ask("eth_chainId")
    with Node(served.url, impatient, pace()) as asked, pytest.raises(DataError, match="cannot be reached"):
        asked.ask("eth_chainId")


def test_an_answer_of_the_wrong_shape() -> None:
    chain = v2_chain()
    chain.answers[POOL, "0x" + SELECTORS["totalSupply()"]] = "0x1234"
    with reading(chain) as here, pytest.raises(DataError, match=r"totalSupply\(\) is not uint256"):
        positions.v2_pair(here, POOL, OWNER)
    chain.answers[POOL, "0x" + SELECTORS["totalSupply()"]] = "0x"
    with reading(chain) as here, pytest.raises(MissingDataError, match="check the address and the chain"):
        positions.v2_pair(here, POOL, OWNER)
    chain.answers[POOL, "0x" + SELECTORS["totalSupply()"]] = "0xzz"
    with reading(chain) as here, pytest.raises(DataError, match="with no bytes"):
        positions.v2_pair(here, POOL, OWNER)


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = v2_chain()
    monkeypatch.setitem(sys.modules, "eth_abi", None)
    with reading(chain) as here, pytest.raises(MissingDataError, match=r"pip install 'seawall\[chain\]'"):
        positions.v2_pair(here, POOL, OWNER)


def test_the_chain_and_the_block_are_checked() -> None:
    with node(FakeChain().respond) as served, Node(served.url, QUICK, pace()) as asked:
        with pytest.raises(WrongChainError, match="speaks for chain 1, not 10"):
            block_of(asked, chain_id=10)
        with pytest.raises(MissingDataError, match="is not there yet"):
            block_of(asked, 19_000_001)


def no_block(method: str, params: list[Any]) -> Any:
    return None if method == "eth_getBlockByNumber" else "0x5"


def other_block(method: str, params: list[Any]) -> Any:
    return {"number": "0x4", "timestamp": "0x1"} if method == "eth_getBlockByNumber" else "0x5"


def refused(method: str, params: list[Any]) -> Any:
    raise RefusedError(-32000, "history has been pruned for this block")


@pytest.mark.parametrize(
    ("respond", "said"), [(no_block, "has no block 5"), (other_block, "another block than 5"), (refused, "archive")]
)
def test_a_block_that_the_node_does_not_give(respond: Callable[[str, list[Any]], Any], said: str) -> None:
    with (
        node(respond) as served,
        Node(served.url, QUICK, pace()) as asked,
        pytest.raises(errors.DataError, match=said),
    ):
        block_of(asked)


@pytest.mark.parametrize(
    ("url", "insecure", "said"),
    [
        (None, False, "give --rpc URL, or set SEAWALL_RPC_URL"),
        ("ftp://host/x", False, "no http"),
        ("node.example/key", False, "no http"),
        ("https://", False, "no http"),
        ("https://host:port/", False, "no http"),
        ("https://ho st/", False, "no http"),
        ("http://node.example/s3cret", False, "plain http to node.example"),
        ("http://192.168.1.5:8545", False, "plain http"),
    ],
)
def test_addresses_that_are_refused(url: str | None, insecure: bool, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        node_address(url, insecure, {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "insecure"),
    [
        ("https://node.example/key", False), ("http://127.0.0.1:8545", False), ("http://[::1]:8545", False),
        ("http://localhost:8545", False), ("http://192.168.1.5:8545", True),
    ],
)  # fmt: skip
def test_addresses_that_are_used(url: str, insecure: bool) -> None:
    assert node_address(url, insecure, {}) == url
    assert node_address(None, insecure, {VARIABLE: url}) == url


# ---- the verb


def seawall(served: Vendors, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "seawall.app", "data", "position", *words],
        cwd=ROOT,
        env={**os.environ, VARIABLE: f"{served.url}/v2/{KEY}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_verb_prints_an_entry_and_writes_a_book_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.book.yaml"
    with node(v3_chain().respond) as served:
        done = seawall(served, "v3-nft", "77", "--out", str(path), "--json", "--chain-id", "1")
        assert (done.returncode, done.stderr) == (0, "")
        again = seawall(served, "v3-nft", "77", "--out", str(path))
        wrong = seawall(served, "v3-nft", "77", "--chain-id", "10")
    (entry,) = load_book(path).document.content["positions"]
    assert entry == json.loads(done.stdout)
    (position,) = load_book(path).book.positions
    assert position.instrument.kind == "v3_pool"
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == f"seawall: {path} is there already: name a new file\n"
    assert wrong.returncode == 2
    assert "not 10" in wrong.stderr
    assert KEY not in wrong.stderr


def test_the_verb_prints_yaml_and_says_which_fees_are_left_out() -> None:
    import yaml

    with node(v3_chain().respond) as served:
        done = seawall(served, "v3-nft", "77", "--quote", "WETH")
    (entry,) = yaml.safe_load(done.stdout)
    assert entry["asset"] == "USDC"
    assert done.stderr.startswith("not in the entry: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("v4", "1"), "no kind"),
        (("v3-nft", "-1"), ""),
        (("v3-nft", "seven"), "no NFT id"),
        (("v2-pair", POOL), "--owner"),
        (("v2-pair", "0x12", "--owner", OWNER), "no address"),
        (("v3-pool", POOL, "--owner", OWNER), "--lower"),
        (("v2-pair", POOL, "--owner", OWNER, "--rpc", "http://node.example/s3cret"), "plain http"),
    ],
)
def test_bad_words_are_one_line(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with node(v2_chain().respond) as served:
        monkeypatch.setenv(VARIABLE, f"{served.url}/v2/{KEY}")
        monkeypatch.setattr(sys, "argv", ["seawall", "data", "position", *words])
        with pytest.raises(SystemExit) as left:
            main()
        calls = [request for request in served.requests if b"eth_call" in request.body]
    told = capsys.readouterr()
    assert (left.value.code, told.out) == (2, "")
    (line,) = told.err.splitlines()
    assert line.startswith("seawall: ")
    assert said in line
    assert "s3cret" not in line
    assert calls == []
