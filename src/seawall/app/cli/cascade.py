"""`seawall cascade`: what a fast move forces a market to trade, and whether it is negative gamma or vega expansion."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.app.cli.gather import gathered
from seawall.app.cli.options import AsJson, AsOf, HtmlPath, MarketPath, print_json, say_if_first_run, write_page
from seawall.core.errors import InputError

if TYPE_CHECKING:
    from seawall.data.cascade_market import Held
    from seawall.data.cascades import LoadedCascade
    from seawall.sim.cascade_case import CascadeMarket
    from seawall.sim.cascade_event import Event

EXAMPLES = (
    "Examples: seawall cascade demo | seawall cascade my.cascade.yaml --shock 10% --html out/cascade.html | "
    "seawall cascade my.book.yaml --asset ETH --accounts perps.csv --depth 15e6 --maintenance 0.01 | "
    "seawall cascade demo --map | seawall cascade --loop | seawall cascade --event 2025-10-10"
)
DEFAULT_SHOCKS = (0.05, 0.10, 0.20)


def _option(name: str, words: str, metavar: str = "NUMBER") -> Any:
    return typer.Option(name, metavar=metavar, help=words)


@dataclass(frozen=True)
class Asked:
    """The command line of the verb."""

    book: Annotated[
        str | None, typer.Argument(metavar="[BOOK]", help="A cascade file, a book file, or the word `demo`.")
    ] = None
    shock: Annotated[str | None, _option("--shock", "Sizes, read as falls and as rises.", "5%,10%,20%")] = None
    asset: Annotated[str | None, _option("--asset", "Asset of the perps; else the book's only one.", "NAME")] = None
    spot: Annotated[float | None, _option("--spot", "Its price, where no book says it.")] = None
    accounts: Annotated[Path | None, _option("--accounts", "Open positions, CSV.", "FILE")] = None
    open_interest: Annotated[
        str | None,
        _option("--open-interest", "Dollars, a CSV file of days, or `store`: a modelled book.", "USD|FILE|store"),
    ] = None
    max_leverage: Annotated[float | None, _option("--max-leverage", "Of the modelled book.")] = None
    depth: Annotated[float | None, _option("--depth", "Dollars that move the price 1 %: linear impact.", "USD")] = None
    adv: Annotated[float | None, _option("--adv", "Dollars traded a day: square-root impact.", "USD")] = None
    pool: Annotated[str | None, _option("--pool", "Impact along the curve of this pool of the book.", "LABEL")] = None
    venue: Annotated[str | None, _option("--venue", "Rules of a known venue.", "NAME")] = None
    maintenance: Annotated[float | None, _option("--maintenance", "Share of notional, in place of --venue.")] = None
    insurance: Annotated[float | None, _option("--insurance", "Insurance fund.", "USD")] = None
    chain: Annotated[Path | None, _option("--chain", "Option chain whose dealers hedge.", "FILE")] = None
    convention: Annotated[str, _option("--convention", "Their sign: naive or all_short.", "NAME")] = "naive"
    vol: Annotated[float | None, _option("--vol", "Volatility in points; else the market's.")] = None
    kap: Annotated[float | None, _option("--kap", "Volatility points gained per 1 % of price.")] = None
    eta: Annotated[float | None, _option("--eta", "Power at which depth thins as volatility rises.")] = None
    vol_flow: Annotated[float | None, _option("--vol-flow", "W: sold per volatility point gained.", "USD")] = None
    market: MarketPath = None
    asof: AsOf = None
    map: Annotated[bool, typer.Option("--map", help="Where shocks run away: leverage, depth, dealer gamma.")] = False
    loop: Annotated[bool, typer.Option("--loop", help="The coupled loop day by day, each link off in turn.")] = False
    seed: Annotated[int, _option("--seed", "Of the loop.")] = 1
    event: Annotated[str | None, _option("--event", "Replay of a known event: 2025-10-10.", "DATE")] = None
    facts: Annotated[Path | None, _option("--facts", "Folder with tables of the event's facts.", "DIR")] = None
    as_json: AsJson = False
    html: HtmlPath = None


@gathered(Asked)
def run(asked: Asked) -> None:
    """Follow a shock through liquidations, dealers, pools and depth: negative gamma or vega expansion, who pays."""
    say_if_first_run()
    if asked.event is not None:
        _event(asked, asked.event)
    elif asked.loop:
        _loop(asked)
    elif asked.book is None:
        raise InputError("name a cascade file, a book file or `demo`: see `seawall cascade --help`")
    else:
        _cascade(asked, asked.book)


def _cascade(asked: Asked, book: str) -> None:
    market, held, loaded = _market(asked, book)
    events = _events(asked, market, held, loaded)
    from seawall.report.cascade_tables import cascade_record, print_cascade
    from seawall.report.loop_tables import map_record, print_map
    from seawall.sim.runaway_map import runaway_map

    runaway = runaway_map(market.case) if asked.map else None
    if asked.html is not None:
        from seawall.report.cascade_page import cascade_page

        write_page(asked.html, cascade_page(market, events, runaway))
    if asked.as_json:
        record = cascade_record(market, events)
        print_json(record if runaway is None else {**record, "map": map_record(runaway)})
        return
    print_cascade(market, events)
    if runaway is not None:
        print_map(runaway)


def _loop(asked: Asked) -> None:
    from seawall.report.loop_tables import loop_page, loop_record, print_loop
    from seawall.sim.loop import STYLISED, loop_table

    if asked.seed < 0:
        raise InputError(f"--seed must be a whole number from 0 on, was {asked.seed}: give another")
    made = loop_table(STYLISED, asked.seed)
    if asked.html is not None:
        write_page(asked.html, loop_page(made))
    if asked.as_json:
        print_json(loop_record(made))
    else:
        print_loop(made)


def _event(asked: Asked, name: str) -> None:
    from seawall.data.events import ASSUMED, event_facts
    from seawall.report.loop_tables import event_page, event_record, print_event
    from seawall.sim.event_replay import replay_event

    replay = replay_event(event_facts(name, asked.facts), ASSUMED)
    if asked.html is not None:
        from seawall.report.cascade_charts import frames_figure

        write_page(asked.html, event_page(name, replay, frames_figure(replay.waterfall)))
    if asked.as_json:
        print_json(event_record(name, replay))
    else:
        print_event(name, replay)


def shocks_of(text: str) -> list[float]:
    """Shares of a list such as ``5%,10%``; raises ``InputError``."""
    found = []
    for word in text.split(","):
        plain = word.strip()
        try:
            size = float(plain.removesuffix("%")) / (100.0 if plain.endswith("%") else 1.0)
        except ValueError:
            size = -1.0
        if not 0.0 < size < 1.0:
            raise InputError(f"--shock {plain!r} is not between 0 and 100 %: write it as 10% or 0.1, without a sign")
        found.append(size)
    return found


def _market(asked: Asked, name: str) -> "tuple[CascadeMarket, Held, LoadedCascade]":
    from seawall.data.books import load_book, loaded_state
    from seawall.data.cascade_market import Held, cascade_market, demo_cascade
    from seawall.data.cascades import is_cascade, load_cascade

    path = demo_cascade() if name == "demo" else Path(name)
    files = frozenset(str(one) for one in (asked.accounts, asked.chain, _interest_file(asked)) if one is not None)
    cascade = is_cascade(path)
    loaded = load_cascade(path if cascade else None, _stated(asked), files)
    book = loaded.path(loaded.file.book, "book") if loaded.file.book is not None else None if cascade else path
    held = Held()
    if book is not None:
        read = load_book(book)
        held = Held(read, loaded_state(read, _other_market(asked)))
    return cascade_market(loaded, held), held, loaded


def _other_market(asked: Asked) -> Any:
    from seawall.app.cli.options import market_named

    return market_named(asked.market, asked.asof)


def _interest_file(asked: Asked) -> Path | None:
    if asked.open_interest is None or asked.open_interest == "store":
        return None
    try:
        float(asked.open_interest)
    except ValueError:
        return Path(asked.open_interest)
    return None


def _stated(asked: Asked) -> dict[str, Any]:
    """Options as the keys of a cascade file."""
    interest: dict[str, Any] = {}
    if asked.open_interest is not None:
        file = _interest_file(asked)
        interest = {"store": True} if asked.open_interest == "store" else {"file": str(file)}
        if file is None and asked.open_interest != "store":
            interest = {"usd": float(asked.open_interest)}
        interest |= _known({"max_leverage": asked.max_leverage})
    rule = {"name": asked.venue, "maintenance": asked.maintenance, "insurance_usd": asked.insurance}
    vol = None if asked.vol is None else asked.vol / 100.0
    volatility = {"level": vol, "response": asked.kap, "withdrawal": asked.eta, "flow_usd_per_point": asked.vol_flow}
    dealers = None if asked.chain is None else {"chain": str(asked.chain), "convention": asked.convention}
    blocks = {
        "impact": _known({"usd_per_pct": asked.depth, "adv_usd": asked.adv, "pool": asked.pool}),
        "venue": _known(rule),
        "volatility": _known(volatility),
        "open_interest": interest,
        "dealers": dealers or {},
    }
    plain = {
        "asset": asked.asset, "spot": asked.spot, "accounts": None if asked.accounts is None else str(asked.accounts)
    }  # fmt: skip
    return {**_known(plain), **{name: block for name, block in blocks.items() if block}}


def _known(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _events(asked: Asked, market: "CascadeMarket", held: "Held", loaded: "LoadedCascade") -> "list[Event]":
    from seawall.sim.cascade_event import read_event

    sizes = shocks_of(asked.shock) if asked.shock is not None else loaded.file.shocks or list(DEFAULT_SHOCKS)
    positions = held.book.book.positions if held.book is not None else ()
    signed = [side * size for side in (-1.0, 1.0) for size in sizes]
    return [read_event(market, share, positions, held.state) for share in signed]
