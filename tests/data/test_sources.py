"""Every source end to end against its vendor's real format on loopback, with everything that goes wrong on the way."""

import dataclasses
import datetime as dt
import json
import logging
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.data import vendor_server as vendor
from tests.data.vendor_server import KEY, NOW, SHARED, Vendors, vendors

from seawall.core.clock import close_instant
from seawall.core.errors import DataError, InputError, SeawallError
from seawall.data.sources import cboe_chain, cfe, exchanges, fomc, fred
from seawall.data.sources.address import base_address, check_public, printable
from seawall.data.sources.answer import remedy, retry_after
from seawall.data.sources.base import Ask, Item, Mark, Reply, Source
from seawall.data.sources.engine import Outcome, Sync, Wish
from seawall.data.sources.http import Client, Pace, Patience
from seawall.data.sources.memory import Memory
from seawall.data.sources.registry import SOURCES, wishes
from seawall.data.store import Store

HURRY = Patience(attempts=3, connect_s=2.0, read_s=0.4, first_wait_s=0.5, longest_wait_s=120.0)
BY_NAME = {source.name: source for source in SOURCES}
OVER_HTTP = [source for source in SOURCES if source.carrier is None]
PATHS = {
    "cboe-index": "/api/global/us_indices/daily_prices/VIX6M_History.csv",
    "cfe": "/resources/futures/archive/volume-and-price/CFE_F08_VX.csv",
    "fred": "/graph/fredgraph.csv",
    "alfred": "/fred/series/observations",
    "fomc": "/monetarypolicy/fomccalendars.htm",
    "deribit": "/api/v2/public/get_volatility_index_data",
    "hyperliquid": "/info",
    "cboe-chain": "/api/global/delayed_quotes/options/_SPX.json",
}
ONE = {
    "cboe-index": ("VIX6M",), "cfe": ("VX_2008_01",), "fred": ("SOFR",), "alfred": ("CPIAUCSL",), "fomc": (),
    "deribit": ("BTC", "dvol", "open-interest"), "hyperliquid": ("BTC", "funding"), "cboe-chain": ("SPX",),
}  # fmt: skip
"""The least that can be asked of each source."""


@pytest.fixture
def world() -> Iterator[Vendors]:
    with vendors() as served:
        yield served


class Bench:
    """A store of its own, all sources moved to the local server, and a clock that only counts."""

    def __init__(self, world: Vendors, folder: Path) -> None:
        self.world, self.path = world, folder / "store.duckdb"
        self.slept: list[float] = []
        names = {f"SEAWALL_{source.name.upper().replace('-', '_')}_URL": world.url for source in SOURCES}
        self.environ: dict[str, str] = {**names, "FRED_API_KEY": KEY}
        self.now = NOW
        self.patience = HURRY

    def run(self, *words: str, sources: Mapping[str, Source] = BY_NAME) -> dict[str, Outcome]:
        asked = [dataclasses.replace(wish, source=sources[wish.source.name]) for wish in wishes(words)]
        pace = Pace(sleep=self.slept.append)
        sync = Sync(Memory(self.path), self.patience, pace, now=self.now, environ=self.environ)
        return {outcome.source: outcome for outcome in sync.run(asked)}

    def one(self, name: str) -> Outcome:
        return self.run(f"{name}:{','.join(ONE[name])}")[name]

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything stored, by table, without the ids of imports."""
        with Store.open(self.path) as store:
            return {
                table: sorted(store.query(f"SELECT * EXCLUDE (import_id) FROM {table}").rows(), key=str)  # noqa: S608
                for table in ("observation", "bar", "release", "funding", "chain")
            }

    def values(self, statement: str) -> list[tuple[Any, ...]]:
        with Store.open(self.path) as store:
            return store.query(statement).rows()


@pytest.fixture
def bench(world: Vendors, tmp_path: Path) -> Bench:
    return Bench(world, tmp_path)


# Laws of every source -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_says_what_it_is_and_asks_for_something(source: Source) -> None:
    assert source.title
    assert source.licence
    assert source.address.startswith("https://")
    assert source.pause_s > 0.0
    items = list(source.items(Ask(NOW)))
    assert items
    assert len({item.key for item in items}) == len(items)
    assert all(item.path.startswith("/") or source.carrier for item in items)


def test_names_are_unique_and_every_source_has_a_page_in_the_docs() -> None:
    from tests.conftest import ROOT

    text = (ROOT / "docs" / "sources.md").read_text()
    assert len(BY_NAME) == len(SOURCES)
    assert all(f"`{name}`" in text for name in BY_NAME)


PASSING = {
    "429 with a wait": vendor.status(429, Retry_After="7"),
    "429 without": vendor.status(429),
    "500": vendor.status(500),
    "503": vendor.status(503),
    "timeout": vendor.hang(5.0),
    "truncated": vendor.truncated(30),
    "truncated, no validator": lambda answer: vendor.Answer(answer.body, cut=20),
    "broken gzip": vendor.half_zipped(),
    "empty": vendor.body(b" "),
    "gzip": vendor.zipped(),
}
"""Faults one after the other, and at last the answer, packed."""


@pytest.mark.parametrize("source", OVER_HTTP, ids=lambda source: source.name)
def test_a_second_sync_changes_nothing_and_faults_that_pass_change_nothing(
    source: Source, world: Vendors, tmp_path: Path
) -> None:
    (tmp_path / "clean").mkdir()
    clean, hurt = Bench(world, tmp_path / "clean"), Bench(world, tmp_path)
    hurt.patience = dataclasses.replace(HURRY, attempts=len(PASSING), read_s=0.25)
    first = clean.one(source.name)
    assert first.state == "updated", first.why
    assert first.added > 0
    stored = clean.rows()
    again = clean.one(source.name)
    assert (again.state, again.added, again.revised) == ("unchanged", 0, 0), again.why
    assert clean.rows() == stored
    world.faults[PATHS[source.name]] = list(PASSING.values())
    outcome = hurt.one(source.name)
    assert outcome.state == "updated", outcome.why
    assert world.faults[PATHS[source.name]] == []
    assert hurt.rows() == stored
    assert 7.0 in hurt.slept


LASTING: dict[str, tuple[vendor.Fault, str]] = {
    "429": (vendor.status(429), "answered 429 after 3 attempts"),
    "500": (vendor.status(500), "answered 500 after 3 attempts"),
    "cut": (vendor.truncated(10), "broke off in the middle"),
    "refused": (vendor.status(401), "answered 401"),
    "asked to wait": (vendor.status(429, Retry_After="86400"), "asks to wait 86,400 s"),
    "redirect loop": (vendor.moved("?again"), "moved to|leads back to itself"),
    "into a private network": (vendor.moved("http://10.1.2.3/file"), "moved to|private address"),
    "another protocol": (vendor.moved("ftp://example.invalid/file"), "moved to|no http"),
    "strange packing": (
        lambda answer: vendor.Answer(answer.body, headers={"Content-Encoding": "br"}),
        "packed with 'br'",
    ),
    "nonsense": (vendor.body(b"\x00\x01\x02"), "format may have changed|captive portal"),
    "a page": (vendor.page(), "captive portal"),
    "another format": (lambda answer: vendor.Answer(b'{"a": 1}'), "format may have changed"),
}


@pytest.mark.parametrize("source", OVER_HTTP, ids=lambda source: source.name)
def test_faults_that_last_are_one_line_and_the_store_is_as_before(source: Source, bench: Bench) -> None:
    name, path = source.name, PATHS[source.name]
    assert bench.one(name).state == "updated"
    before = bench.rows()
    with Store.open(bench.path) as store:
        store._db.execute("DELETE FROM sync_mark")
    for fault, (happens, said) in LASTING.items():
        bench.world.always[path] = happens
        outcome = bench.one(name)
        assert outcome.state == "failed", fault
        (line,) = outcome.failed
        assert line.startswith(f"{name}: {path}")
        assert re.search(said, line), (fault, line)
        assert re.search(r": [a-z]", line.removeprefix(f"{name}: ")), "no remedy"
        assert "\n" not in line
        assert KEY not in line
        assert (outcome.added, outcome.revised) == (0, 0)
    assert bench.rows() == before


def test_a_web_page_that_is_not_the_calendar_is_told_as_one(bench: Bench) -> None:
    bench.world.always[PATHS["fomc"]] = vendor.page()
    assert "captive portal" in bench.one("fomc").why
    assert all(not rows for rows in bench.rows().values())


JUNK = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(junk=JUNK)
def test_any_answer_is_read_or_refused(source: Source, junk: bytes) -> None:
    for item in list(source.items(Ask(NOW)))[:6]:
        try:
            source.read(item, junk, Ask(NOW))
        except SeawallError as fault:
            assert str(fault)  # noqa: PT017


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from _paths(inner, (*at, name))


def _with(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = _with(value[at[0]], at[1:], new)
    return copy


@pytest.mark.parametrize("name", ["deribit", "hyperliquid", "cboe-chain", "alfred"])
def test_a_real_answer_with_one_part_replaced_is_read_or_refused(name: str) -> None:
    source = BY_NAME[name]
    for item in list(source.items(Ask(NOW, ONE[name])))[:6]:
        method = "POST" if item.body else "GET"
        query = {**dict(item.query), "api_key": KEY}
        content = vendor.serve(vendor.Request(method, item.path, query, {}, (item.body or "").encode()))
        assert content is not None
        told = json.loads(content)
        for at in _paths(told):
            for new in (None, "x", -1, 1e300, [], {}, True, [[]], "9999-99-99"):
                try:
                    source.read(item, json.dumps(_with(told, at, new)).encode(), Ask(NOW))
                except SeawallError as fault:
                    assert str(fault)  # noqa: PT017


# The client -----------------------------------------------------------------------------------------------------

PLAIN = Source("plain", "a test", "https://vendor.invalid", "none", lambda ask: [], lambda *_: None, pause_s=2.0)  # type: ignore[arg-type, return-value]
FILE = "/api/global/us_indices/daily_prices/SKEW_History.csv"


def client(world: Vendors, patience: Patience = HURRY, slept: list[float] | None = None) -> Client:
    pace = Pace(sleep=(slept if slept is not None else []).append)
    return Client(PLAIN, world.url, patience, pace, {})


def test_conditional_requests_use_what_was_sent_before(world: Vendors) -> None:
    with client(world) as way:
        first = way.fetch(Item("a", FILE), None)
        assert first.state == "new"
        mark = Mark(first.etag, first.modified, "hash")
        assert way.fetch(Item("a", FILE), mark).state == "same"
    headers = world.requests[-1].headers
    assert headers["if-none-match"] == first.etag
    assert headers["if-modified-since"] == first.modified
    assert "accept-encoding" in headers


def test_the_rest_of_an_answer_is_asked_for_and_not_the_whole(world: Vendors) -> None:
    whole = vendor.index_file("SKEW")
    assert whole is not None
    world.faults[FILE] = [vendor.truncated(25)]
    with client(world) as way:
        reply = way.fetch(Item("a", FILE), None)
    assert reply.content == whole
    assert world.requests[-1].headers["range"] == "bytes=25-"
    assert world.requests[-1].headers["if-range"] == reply.etag


def test_a_server_that_sends_the_wrong_part_is_asked_again(world: Vendors) -> None:
    wrong = lambda answer: vendor.Answer(b"x", 206, {"Content-Range": "bytes 3-4/99"})  # noqa: E731
    world.faults[FILE] = [vendor.truncated(25), wrong]
    with client(world) as way:
        assert way.fetch(Item("a", FILE), None).content == vendor.index_file("SKEW")


def test_gzip_is_taken_off_and_its_size_is_bounded(world: Vendors) -> None:
    world.files[FILE] = b"DATE,SKEW\n" + b"0" * 500_000
    world.always[FILE] = vendor.zipped()
    with client(world) as way:
        assert len(way.fetch(Item("a", FILE), None).content) == 500_010
        with pytest.raises(DataError, match="larger than 100,000 bytes"):
            way.fetch(Item("a", FILE, largest=100_000), None)


def test_a_body_beyond_its_limit_is_refused_by_its_header_and_by_count(world: Vendors) -> None:
    world.files[FILE] = b"x" * 5000
    with client(world) as way, pytest.raises(DataError, match="larger than 4,000 bytes"):
        way.fetch(Item("a", FILE, largest=4000), None)
    asked = len(world.requests)
    handler = lambda request: httpx2.Response(200, stream=httpx2.ByteStream(b"y" * 5000))  # noqa: E731
    with client(world) as way:
        way._http = httpx2.Client(transport=httpx2.MockTransport(handler))
        with pytest.raises(DataError, match="larger than 4,000 bytes"):
            way.fetch(Item("a", FILE, largest=4000), None)
    assert len(world.requests) == asked, "nothing beyond the limit was asked for again"


def test_redirects_are_followed_five_times_and_no_further(world: Vendors) -> None:
    world.faults[FILE] = [vendor.moved(f"{FILE}?{step}") for step in range(5)]
    with client(world) as way:
        assert way.fetch(Item("a", FILE), None).content == vendor.index_file("SKEW")
    world.faults[FILE] = [vendor.moved(f"{FILE}?{step}") for step in range(6)]
    with client(world) as way, pytest.raises(DataError, match="more than 5 redirects"):
        way.fetch(Item("a", FILE), None)


def test_a_redirect_in_a_circle_is_told_as_one(world: Vendors) -> None:
    world.faults[FILE] = [vendor.moved(f"{FILE}?b"), vendor.moved(FILE)]
    with client(world) as way, pytest.raises(DataError, match="leads back to itself"):
        way.fetch(Item("a", FILE), None)


def test_https_never_turns_into_http() -> None:
    answers = {
        "https": httpx2.Response(301, headers={"Location": "http://vendor.invalid/b"}),
        "http": httpx2.Response(200),
    }
    with Client(PLAIN, None, HURRY, Pace(sleep=lambda _: None), {}) as way:
        way._http = httpx2.Client(transport=httpx2.MockTransport(lambda request: answers[request.url.scheme]))
        with pytest.raises(DataError, match="from https to http"):
            way.fetch(Item("a", "/a"), None)


def test_a_redirect_to_another_port_of_this_machine_is_not_followed(world: Vendors) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        world.faults[FILE] = [vendor.moved(f"http://127.0.0.1:{other.getsockname()[1]}/")]
        with client(world) as way, pytest.raises(DataError, match="private address"):
            way.fetch(Item("a", FILE), None)


def test_hosts_are_not_asked_faster_than_they_allow(world: Vendors) -> None:
    slept: list[float] = []
    with client(world, slept=slept) as way:
        for _ in range(4):
            way.fetch(Item("a", FILE), None)
    assert len(slept) == 3
    assert all(wait > 1.0 for wait in slept)
    assert slept == sorted(slept), "with a clock that stands nearly still the queue grows"


def test_waits_between_attempts_grow_and_are_shaken(world: Vendors) -> None:
    patience = dataclasses.replace(HURRY, attempts=6, first_wait_s=4.0, longest_wait_s=30.0)
    slept: list[float] = []
    world.always[FILE] = vendor.status(503)
    quick = dataclasses.replace(PLAIN, pause_s=1e-9)
    with Client(quick, world.url, patience, Pace(sleep=slept.append), {}) as way, pytest.raises(DataError, match="503"):
        way.fetch(Item("a", FILE), None)
    assert len(slept) == 5
    for attempt, wait in enumerate(slept):
        assert min(4.0 * 2**attempt, 30.0) <= wait <= min(4.0 * 2**attempt + 4.0, 30.0)
    assert slept[0] != 4.0


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("0", 0.0), ("30", 30.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), (None, None)],
)
def test_retry_after_in_both_of_its_forms(stated: str | None, seconds: float | None) -> None:
    assert retry_after(stated, 60.0, Item("a", "/a")) == seconds


def test_a_server_that_is_not_there_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        Client(PLAIN, url, HURRY, Pace(sleep=lambda _: None), {}) as way,
        pytest.raises(DataError, match="cannot be reached"),
    ):
        way.fetch(Item("a", "/a"), None)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x", "vendor", "https://", "https://u:p@host", "https://host/?a=b", "https://h#x"],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="plain"):
        base_address("plain", "https://vendor.invalid", None, {"SEAWALL_PLAIN_URL": url})


def test_private_addresses_are_refused_unless_named_or_allowed() -> None:
    vendors_own = base_address("plain", "https://vendor.invalid", None, {})
    for host in (
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "localhost",
    ):
        url = f"http://{host}/x"
        with pytest.raises(DataError, match="private address"):
            check_public(url, vendors_own, {})
        check_public(url, vendors_own, {"SEAWALL_ALLOW_PRIVATE": "1"})
        check_public(url, base_address("plain", url, f"http://{host}", {}), {})
    check_public("https://8.8.8.8/", vendors_own, {})


def test_remedies_name_the_key_where_one_is_wanted() -> None:
    assert "FRED_API_KEY" in remedy(403, fred.VINTAGE_SOURCE)
    assert "network" in remedy(403, fred.SOURCE)
    assert remedy(418, fred.SOURCE)


# Secrets --------------------------------------------------------------------------------------------------------


def test_a_key_is_sent_and_shows_up_nowhere_else(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert bench.one("alfred").state == "updated"
    assert bench.world.requests[-1].query["api_key"] == KEY
    bench.world.always[PATHS["alfred"]] = vendor.status(400)
    bench.now += dt.timedelta(days=1)
    outcome = bench.one("alfred")
    assert outcome.state == "failed"
    assert "FRED_API_KEY" in outcome.why
    assert KEY not in repr(outcome) + caplog.text
    assert "fred/series/observations" in caplog.text, "the address was logged, without the key"
    assert all(KEY.encode() not in path.read_bytes() for path in bench.path.parent.iterdir() if path.is_file())
    assert bench.values("SELECT file FROM provenance")[0][0].startswith("alfred: http://127.0.0.1")


def test_a_key_goes_to_its_own_server_only(bench: Bench, world: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
    with vendors() as elsewhere:
        world.always[PATHS["alfred"]] = vendor.moved(f"{elsewhere.url}/fred/series/observations?offset=0")
        bench.environ["SEAWALL_ALLOW_PRIVATE"] = "1"
        bench.one("alfred")
        assert elsewhere.requests
        assert all(KEY not in f"{request.query}{request.headers}" for request in elsewhere.requests)


def test_without_its_key_a_source_is_left_out_and_named_it_fails(bench: Bench) -> None:
    del bench.environ["FRED_API_KEY"]
    for source in SOURCES:
        if source.name != "alfred":
            bench.world.always[PATHS.get(source.name, "")] = vendor.status(404)
    everything = Sync(Memory(bench.path), HURRY, Pace(sleep=lambda _: None), now=NOW, environ=bench.environ)
    (outcome,) = everything.run([Wish(fred.VINTAGE_SOURCE)])
    assert outcome.state == "skipped"
    assert "FRED_API_KEY" in outcome.why
    assert bench.run("alfred")["alfred"].state == "failed"
    bench.environ["FRED_API_KEY"] = "two words\r\nX-Injected: 1"
    assert "letters and digits" in bench.run("alfred")["alfred"].why


def test_keys_are_struck_out_of_addresses() -> None:
    assert printable(f"https://h/x?series_id=A&api_key={KEY}&b=1") == "https://h/x?series_id=A&api_key=***&b=1"


# One sync -------------------------------------------------------------------------------------------------------


def test_a_broken_source_does_not_stop_the_others(bench: Bench) -> None:
    bench.world.always[PATHS["fomc"]] = vendor.status(500)
    outcomes = bench.run("cboe-index:VIX6M", "fomc", "fred:SOFR")
    assert [outcome.state for outcome in outcomes.values()] == ["updated", "failed", "updated"]
    assert "/monetarypolicy/fomccalendars.htm" in outcomes["fomc"].why


def test_a_broken_item_does_not_stop_its_source_but_three_in_a_row_do(bench: Bench) -> None:
    bench.world.always["/api/global/us_indices/daily_prices/PUT_History.csv"] = vendor.status(500)
    outcome = bench.run("cboe-index:VIX6M,PUT,CNDR")["cboe-index"]
    assert len(outcome.failed) == 1
    assert outcome.new == 2
    bench.world.always = {path: vendor.status(500) for path in (PATHS["fred"],)}
    asked = len(bench.world.requests)
    outcome = bench.run("fred")["fred"]
    assert "left for the next sync" in outcome.failed[-1]
    assert len(bench.world.requests) - asked == 3 * HURRY.attempts


class Killed(BaseException):
    """As if the process had been killed."""


def test_a_sync_that_is_killed_goes_on_where_it_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("VIX6M", "VIX9D", "PUT", "CNDR")
    keep, calls = Memory.keep, []

    def dies(self: Memory, *words: Any) -> Any:
        calls.append(words[1].key)
        if len(calls) == 3:
            raise Killed
        return keep(self, *words)

    monkeypatch.setattr(Memory, "keep", dies)
    with pytest.raises(Killed):
        bench.run(f"cboe-index:{','.join(names)}")
    monkeypatch.setattr(Memory, "keep", keep)
    assert {series for (series,) in bench.values("SELECT DISTINCT series FROM bar")} == set(names[:2])
    bench.world.requests.clear()
    outcome = bench.run(f"cboe-index:{','.join(names)}")["cboe-index"]
    assert (outcome.same, outcome.new) == (2, 2)
    conditional = [request.path for request in bench.world.requests if "if-none-match" in request.headers]
    assert len(conditional) == 2


def test_a_sync_killed_between_two_pages_goes_on_behind_the_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, pages = Memory.keep, []

    def dies(self: Memory, *words: Any) -> Any:
        if words[1].key == "funding BTC":
            pages.append(json.loads(words[1].body)["startTime"])
            if len(pages) == 2:
                raise Killed
        return keep(self, *words)

    monkeypatch.setattr(Memory, "keep", dies)
    with pytest.raises(Killed):
        bench.one("hyperliquid")
    monkeypatch.setattr(Memory, "keep", keep)
    bench.world.requests.clear()
    bench.one("hyperliquid")
    starts = [json.loads(r.body)["startTime"] for r in bench.world.requests if b"fundingHistory" in r.body]
    assert starts[0] == pages[1]
    (count,) = bench.values("SELECT count(*) FROM funding")[0]
    assert count == len(range(vendor.FUNDING_FROM, int(NOW.timestamp() * 1000), vendor.HOUR_MS))


def test_a_vendor_that_serves_yesterdays_file_again_changes_nothing(bench: Bench) -> None:
    path = "/api/global/us_indices/daily_prices/CNDR_History.csv"
    old = b"DATE,CNDR\n12/28/2022,100.1\n12/29/2022,101.2\n"
    bench.world.etags = False
    bench.world.files[path] = old + b"12/30/2022,102.3\n"
    assert bench.run("cboe-index:CNDR")["cboe-index"].added == 3
    stored = bench.rows()
    assert bench.run("cboe-index:CNDR")["cboe-index"].same == 1
    bench.world.files[path] = old
    outcome = bench.run("cboe-index:CNDR")["cboe-index"]
    assert (outcome.state, outcome.unchanged) == ("unchanged", 2)
    assert bench.rows() == stored


def test_a_corrected_value_is_a_revision_and_the_old_one_is_kept(bench: Bench) -> None:
    path = "/api/global/us_indices/daily_prices/CNDR_History.csv"
    bench.world.files[path] = b"DATE,CNDR\n12/28/2022,100.1\n12/29/2022,101.2\n"
    bench.run("cboe-index:CNDR")
    bench.world.files[path] = b"DATE,CNDR\n12/28/2022,100.1\n12/29/2022,101.9\n"
    outcome = bench.run("cboe-index:CNDR")["cboe-index"]
    assert (outcome.added, outcome.revised, outcome.unchanged) == (0, 1, 1)
    assert len(bench.values("SELECT * FROM revision")) == 1


RENAMED = {
    "cboe-index": (b"CLOSE", b"LAST"),
    "cfe": (b"Settle", b"Settlement Price"),
    "fred": (b"SOFR", b"VALUE"),
    "alfred": (b'"realtime_start"', b'"vintage"'),
    "fomc": (b"2023 FOMC Meetings", b"2023 Meetings"),
    "deribit": (b'"data"', b'"rows"'),
    "hyperliquid": (b'"fundingRate"', b'"rate"'),
    "cboe-chain": (b'"options"', b'"contracts"'),
}


@pytest.mark.parametrize("name", [name for name in RENAMED if name != "fomc"])
def test_a_renamed_column_is_refused_by_name(name: str, bench: Bench) -> None:
    old, new = RENAMED[name]
    bench.world.always[PATHS[name]] = lambda answer: vendor.Answer(answer.body.replace(old, new))
    outcome = bench.one(name)
    assert outcome.state == "failed"
    assert "format may have changed" in outcome.failed[0]
    assert not any(bench.rows()["release"])


def test_a_network_that_is_shut_out_everywhere_is_not_taken_for_missing_files(bench: Bench) -> None:
    for name in ("CFE_F08_VX.csv", "CFE_G08_VX.csv"):
        bench.world.always[f"/resources/futures/archive/volume-and-price/{name}"] = vendor.status(403)
    outcome = bench.run("cfe:VX_2008_01,VX_2008_02")["cfe"]
    assert outcome.state == "failed"
    assert "shut out" in outcome.why
    bench.world.always.clear()
    assert bench.run("cfe:VX_2008_01")["cfe"].state == "updated", "they are asked for again"


def test_messages_carry_no_control_signs_of_an_answer(bench: Bench) -> None:
    bench.world.files[PATHS["cboe-index"]] = b"DATE,\x1b[2J\x1b]0;title\x07,CLOSE\n1,2,3\n"
    line = bench.one("cboe-index").failed[0]
    assert "\x1b" not in line
    assert "\x07" not in line


def test_unknown_words_are_refused_with_a_hint(bench: Bench) -> None:
    with pytest.raises(InputError, match="did you mean fred"):
        wishes(["frd"])
    assert "choose from" in bench.run("cboe-index:VXX2")["cboe-index"].why
    assert "is no FRED series" in bench.run("fred:a b")["fred"].why
    assert "pick contracts such as" in bench.run("cfe:VX99")["cfe"].why
    assert "is no underlying" in bench.run("cboe-chain:../../x")["cboe-chain"].why
    assert bench.world.requests == []


# What each source stores ----------------------------------------------------------------------------------------


def test_cboe_index_files_are_those_an_import_stores(bench: Bench) -> None:
    from seawall.data.files import recognise
    from seawall.data.store import Provenance

    bench.run("cboe-index:VIX6M,CNDR")
    with Store.open(bench.path) as store:
        for name in ("VIX6M", "CNDR"):
            content = vendor.index_file(name)
            assert content is not None
            receipt = store.put(recognise(f"{name}_History.csv", content), Provenance(name, name))
            assert (receipt.added, receipt.revised) == (0, 0)


@pytest.mark.shared
def test_the_real_index_files_hold_the_closes_everybody_knows(bench: Bench) -> None:
    if not SHARED.is_dir():
        pytest.skip("no market data: set SEAWALL_SHARED")
    outcome = bench.run("cboe-index:VIX")["cboe-index"]
    assert not outcome.failed
    found = bench.values("SELECT close FROM bar WHERE series = 'VIX' AND moment = TIMESTAMP '2020-03-16'")
    assert found == [(82.69,)]


def test_cfe_reads_both_forms_and_asks_for_a_settled_contract_once(bench: Bench) -> None:
    outcome = bench.run("cfe:VX_2008_01,VX_2023_01,VX_2023_02")["cfe"]
    assert outcome.failed == []
    stored = bench.values(
        "SELECT series, moment::DATE, close FROM bar WHERE moment >= TIMESTAMP '2008-01-16' ORDER BY 1, 2"
    )
    assert stored == [
        ("VX_2008_01", dt.date(2008, 1, 16), 24.18),
        ("VX_2023_01", dt.date(2022, 12, 29), 22.9286), ("VX_2023_01", dt.date(2022, 12, 30), 23.0693),
        ("VX_2023_02", dt.date(2022, 12, 29), 22.9286), ("VX_2023_02", dt.date(2022, 12, 30), 23.0693),
    ]  # fmt: skip
    bench.world.requests.clear()
    bench.run("cfe:VX_2008_01,VX_2023_01,VX_2023_02")
    assert [request.path.rsplit("/", 1)[1] for request in bench.world.requests] == [
        "VX_2023-01-18.csv",
        "VX_2023-02-15.csv",
    ]


def test_cfe_tries_the_days_beside_a_settlement_date(bench: Bench) -> None:
    # 2023-03-22 is the date by the rule; a file under the day before is found, and a contract nowhere is not there.
    moved = vendor.new_contract("VX_2023-01-18.csv")
    assert moved is not None
    folder = "/data/us/futures/market_statistics/historical_data/VX/"
    bench.world.files[f"{folder}VX_2023-03-21.csv"] = moved.replace(b"F (Jan 2023)", b"H (Mar 2023)")
    outcome = bench.run("cfe:VX_2023_03,VX_2023_04")["cfe"]
    assert (outcome.new, outcome.gone, outcome.failed) == (1, 1, [])


def test_cfe_skips_the_disclaimer_of_2013() -> None:
    content = vendor.new_contract("VX_2023-01-18.csv")
    assert content is not None
    with_line = b"CFE data is compiled for the convenience of site visitors,,,,,,,,,,\n" + content
    page = cfe.read(Item("VX_2023_01", "/x/VX_2023-01-18.csv"), with_line, Ask(NOW))
    assert page.batch is not None
    assert page.batch.bars[0].close.tolist() == [22.9286, 23.0693]


def test_fred_holidays_are_absent_and_releases_are_known_late(bench: Bench) -> None:
    outcome = bench.run("fred:DGS10,CPIAUCSL,RBUSBIS")["fred"]
    assert outcome.failed == []
    (last,) = bench.values("SELECT max(moment) FROM observation WHERE series = 'DGS10'")[0]
    assert last.date() == dt.date(2022, 12, 30)
    rows = bench.values(
        "SELECT series, source, max(reference)::DATE, max(known_at) FROM release GROUP BY ALL ORDER BY 1"
    )
    assert [row[:2] for row in rows] == [("CPIAUCSL", "FRED"), ("US_REER_BROAD_BIS", "FRED")]
    assert all(row[3].date() > dt.date(2023, 1, 1) for row in rows)


def test_alfred_stores_each_vintage_with_the_day_it_came_out(bench: Bench) -> None:
    assert bench.one("alfred").failed == []
    rows = bench.values("SELECT reference::DATE, vintage, value, known_at FROM release ORDER BY 1, 2")
    assert [row[:3] for row in rows] == [
        (dt.date(2022, 5, 1), "2022-06-10", 291.474),
        (dt.date(2022, 5, 1), "2023-02-10", 291.359),
        (dt.date(2022, 6, 1), "2022-07-13", 295.328),
    ]
    # 08:30 New York is 12:30 UTC in summer and 13:30 in winter.
    assert [row[3].replace(tzinfo=None) for row in rows] == [
        dt.datetime.fromisoformat(day) for day in ("2022-06-10T12:30", "2023-02-10T13:30", "2022-07-13T12:30")
    ]  # fmt: skip


def test_fomc_days_are_those_of_the_announcement(bench: Bench) -> None:
    bench.run("fomc")
    stored = bench.values("SELECT moment::DATE FROM observation WHERE series = 'FOMC' ORDER BY 1")
    assert [str(day) for (day,) in stored] == list(vendor.FOMC_DAYS)


@pytest.mark.parametrize(
    ("year", "month", "days", "expected"),
    [
        (2026, "January", "27-28", "2026-01-28"),
        (2026, "November", "4-5*", "2026-11-05"),
        (2024, "Apr/May", "30-1", "2024-05-01"),
        (2024, "April", "30-1", "2024-05-01"),
        (2026, "Dec/Jan", "31-1", "2027-01-01"),
        (2020, "March", "3 (unscheduled)", "2020-03-03"),
        (2020, "February", "30", None),
        (2020, "Whit", "3", None),
    ],
)
def test_decision_days(year: int, month: str, days: str, expected: str | None) -> None:
    found = fomc.decision_day(year, month, days)
    assert (found and found.isoformat()) == expected


@pytest.mark.shared
def test_fomc_days_agree_with_the_published_list() -> None:
    path = SHARED / "macro" / "fomc_dates.csv"
    if not path.is_file():
        pytest.skip("no market data: set SEAWALL_SHARED")
    known = set(path.read_text().split()[1:])
    assert set(vendor.FOMC_DAYS) <= known


def test_deribit_keeps_complete_days_in_order_and_asks_only_for_what_is_new(bench: Bench) -> None:
    outcome = bench.run("deribit:BTC")["deribit"]
    assert outcome.failed == []
    days = [day for (day,) in bench.values("SELECT moment::DATE FROM bar WHERE series = 'BTC_DVOL' ORDER BY 1")]
    # Answers of ten rows, continued backwards, leave no gap; the day that is not over is left out.
    assert days == [dt.date(2022, 12, 1) + dt.timedelta(days=n) for n in range(30)]
    rates = bench.values("SELECT count(*), min(hours), max(rate), max(moment) FROM funding WHERE source = 'Deribit'")[0]
    assert rates == (70, 1.0, 1e-6, dt.datetime.fromisoformat("2022-12-31T21:00"))
    assert bench.values("SELECT value FROM observation WHERE series = 'OI_BTC'") == [(500e6,)]
    assert bench.values("SELECT value FROM observation WHERE series = 'TERMS_BTC_TAKER_COMMISSION'") == [(0.0005,)]
    bench.world.requests.clear()
    bench.now += dt.timedelta(hours=3)
    bench.run("deribit:BTC")
    asked = {request.path.rsplit("/", 1)[1]: request.query for request in bench.world.requests}
    start = dt.datetime(2022, 12, 31, tzinfo=dt.UTC)
    assert int(asked["get_volatility_index_data"]["start_timestamp"]) == start.timestamp() * 1000


def test_deribit_errors_are_told_in_its_own_words(bench: Bench) -> None:
    refused = json.dumps({"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}}).encode()
    bench.world.always[PATHS["deribit"]] = vendor.body(refused)
    assert "too_many_requests" in bench.one("deribit").why


def test_hyperliquid_pages_forward_and_counts_dollars(bench: Bench) -> None:
    outcome = bench.run("hyperliquid")["hyperliquid"]
    assert outcome.failed == []
    counts = bench.values("SELECT instrument, count(*), max(moment) FROM funding GROUP BY 1 ORDER BY 1")
    # 2022-12-28 00:00 to 12-31 21:00, hourly; the stamps are taken to the second.
    assert counts == [(coin, 94, dt.datetime.fromisoformat("2022-12-31T21:00")) for coin in ("BTC", "ETH", "SOL")]
    held = bench.values("SELECT series, value FROM observation WHERE series LIKE 'OI_%' ORDER BY 1")
    assert held == [("OI_BTC", 100_000.0), ("OI_ETH", 202_000.0), ("OI_SOL", 412_000.0)]
    bars = bench.values("SELECT count(*), max(moment)::DATE FROM bar WHERE series = 'BTC_USD'")
    assert bars == [(3, dt.date(2022, 12, 30))]


# Chains ---------------------------------------------------------------------------------------------------------


def test_collect_stores_one_snapshot_a_session(bench: Bench) -> None:
    outcome = bench.run("cboe-chain")["cboe-chain"]
    assert outcome.failed == []
    (chain,) = _chains(bench, "SPX")
    assert chain.as_of == close_instant(dt.date(2022, 12, 30))
    assert chain.known_at == dt.datetime(2022, 12, 30, 21, 45, 10, tzinfo=dt.UTC)
    assert chain.spot == 3839.5
    assert chain.root.tolist() == ["SPXW", "SPXW"]
    assert sorted(chain.right.tolist()) == [-1.0, 1.0]
    assert np.isnan(chain.iv).sum() == 1, "an implied volatility of zero is none"
    asked = len(bench.world.requests)
    bench.now += dt.timedelta(days=1)
    assert bench.run("cboe-chain")["cboe-chain"].state == "unchanged"
    assert len(bench.world.requests) == asked, "the session is stored: nothing is asked for on Sunday"


def _chains(bench: Bench, name: str) -> list[Any]:
    with Store.open(bench.path) as store:
        return store.chains(name)


def test_collect_never_stores_a_session_twice_even_without_its_memory(bench: Bench) -> None:
    bench.run("cboe-chain:SPX")
    with Store.open(bench.path) as store:
        store._db.execute("DELETE FROM sync_mark")
    bench.world.files[PATHS["cboe-chain"]] = (vendor.chain_file("_SPX") or b"").replace(b"4.15", b"9.99")
    outcome = bench.run("cboe-chain:SPX")["cboe-chain"]
    assert (outcome.added, outcome.revised, outcome.failed) == (0, 0, [])
    (chain,) = _chains(bench, "SPX")
    assert 9.99 not in chain.bid


def test_collect_says_when_cboe_still_serves_the_last_session(bench: Bench) -> None:
    bench.run("cboe-chain:SPX")
    bench.now = dt.datetime(2023, 1, 3, 21, 40, tzinfo=dt.UTC)
    outcome = bench.run("cboe-chain:SPX")["cboe-chain"]
    assert outcome.state == "unchanged"
    assert "still serves the quotes of 2022-12-30" in outcome.why
    bench.world.files[PATHS["cboe-chain"]] = vendor.chain_file("_SPX", "2023-01-03 21:39:00", 2.0) or b""
    assert bench.run("cboe-chain:SPX")["cboe-chain"].state == "updated"
    assert [chain.session for chain in _chains(bench, "SPX")] == [dt.date(2022, 12, 30), dt.date(2023, 1, 3)]


def test_collect_waits_for_the_close_unless_told(bench: Bench) -> None:
    bench.now = dt.datetime(2022, 12, 30, 17, 0, tzinfo=dt.UTC)
    bench.world.files[PATHS["cboe-chain"]] = vendor.chain_file("_SPX", "2022-12-30 16:59:30") or b""
    assert "session of 2022-12-30 is open" in bench.run("cboe-chain:SPX")["cboe-chain"].why
    bench.environ[cboe_chain.INTRADAY] = "1"
    assert bench.run("cboe-chain:SPX")["cboe-chain"].state == "updated"
    (chain,) = _chains(bench, "SPX")
    assert chain.as_of == dt.datetime(2022, 12, 30, 16, 44, 30, tzinfo=dt.UTC)


def test_a_chain_from_the_future_is_refused(bench: Bench) -> None:
    bench.world.files[PATHS["cboe-chain"]] = vendor.chain_file("_SPX", "2031-01-01 00:00:00") or b""
    assert "is to come" in bench.run("cboe-chain:SPX")["cboe-chain"].why


# ccxt -----------------------------------------------------------------------------------------------------------


class FakeExchange:
    """The few methods of ccxt's unified interface that are used, 20 rows an answer."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def load_markets(self) -> None:
        self.calls.append(("load_markets", ()))

    def market(self, symbol: str) -> dict[str, Any]:
        precision = {"price": 0.1, "amount": 0.001}
        return {"symbol": symbol, "contractSize": 1.0, "maker": 0.0002, "taker": 0.0005, "precision": precision}

    def fetch_ohlcv(self, symbol: str, frame: str, since: int, limit: int) -> list[list[float]]:
        return [[day, 100.0, 110.0, 90.0, 105.0, 7.0] for day in _steps(since, vendor.DAY_MS)]

    def fetch_funding_rate_history(self, symbol: str, since: int, limit: int) -> list[dict[str, Any]]:
        return [{"symbol": symbol, "timestamp": at, "fundingRate": 1e-4} for at in _steps(since, 8 * vendor.HOUR_MS)]

    def fetch_open_interest_history(self, symbol: str, frame: str, since: int, limit: int) -> list[dict[str, Any]]:
        return [
            {"timestamp": at, "openInterestValue": 5e9, "openInterestAmount": 1e5}
            for at in _steps(since, vendor.DAY_MS)
        ]


def _steps(since: int, step: int) -> list[int]:
    first = max(since, int(dt.datetime(2022, 12, 10, tzinfo=dt.UTC).timestamp() * 1000))
    begin = -(-first // step) * step
    return list(range(begin, int(NOW.timestamp() * 1000), step))[:20]


def library(exchange: Any) -> dict[str, Source]:
    fake = exchanges.Library(exchange, "fakex")
    return {**BY_NAME, "ccxt": dataclasses.replace(exchanges.SOURCE, extra=None, carrier=lambda ask: fake)}


def test_ccxt_missing_is_said_with_the_name_of_the_extra(bench: Bench) -> None:
    pytest.importorskip("tenacity")
    from importlib.util import find_spec

    if find_spec("ccxt") is not None:
        pytest.skip("ccxt is installed here")
    assert "seawall[exchanges]" in bench.run("ccxt")["ccxt"].why
    sync = Sync(Memory(bench.path), now=NOW, environ=bench.environ)
    assert sync.run([Wish(exchanges.SOURCE)])[0].state == "skipped"
    with pytest.raises(InputError, match="exchanges"):
        exchanges.open_library(Ask(NOW))


def test_ccxt_pages_forward_and_stores_what_an_exchange_returns(bench: Bench) -> None:
    bench.environ[exchanges.CHOICE] = "fakex"
    sources = library(FakeExchange())
    outcome = bench.run("ccxt:BTC", sources=sources)["ccxt"]
    assert outcome.failed == []
    assert bench.values("SELECT source, count(*), max(moment)::DATE FROM bar GROUP BY 1") == [
        ("fakex", 21, dt.date(2022, 12, 30))
    ]
    assert bench.values("SELECT count(*), min(hours) FROM funding") == [(66, 8.0)]
    assert bench.values("SELECT count(*) FROM observation WHERE series = 'OI_BTC'") == [(21,)]
    assert bench.values("SELECT value FROM observation WHERE series = 'TERMS_BTC_TAKER_COMMISSION'") == [(0.0005,)]
    stored = bench.rows()
    assert bench.run("ccxt:BTC", sources=sources)["ccxt"].state == "unchanged"
    assert bench.rows() == stored


def test_ccxt_faults_are_one_line_and_ours_are_not_hidden(bench: Bench) -> None:
    class NetworkError(Exception):
        pass

    NetworkError.__module__ = "ccxt.base.errors"

    class Broken(FakeExchange):
        def fetch_ohlcv(self, *words: Any) -> list[list[float]]:
            raise NetworkError("a\nlong\nanswer")

        def fetch_funding_rate_history(self, *words: Any) -> list[dict[str, Any]]:
            raise ZeroDivisionError

    way = exchanges.Library(Broken(), "fakex")
    with pytest.raises(DataError, match="NetworkError"):
        way.fetch(Item("bars BTC", "fetch_ohlcv", body="[]"), None)
    with pytest.raises(ZeroDivisionError):
        way.fetch(Item("funding BTC", "fetch_funding_rate_history", body="[]"), None)


def test_a_reply_is_plain_data() -> None:
    assert Reply("new", "https://h/x").content == b""
