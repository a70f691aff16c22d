"""From a checked cascade file to the market it describes: books, accounts, depth, dealers, pools."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from seawall.core.datum import Origin
from seawall.core.errors import InputError, MissingDataError, SeawallError
from seawall.data.books import LoadedBook
from seawall.data.cascades import InterestFile, LoadedCascade, venue_of, vol_of
from seawall.data.chains import load_chains, pick
from seawall.data.crowds import read_crowd
from seawall.data.days import known_history
from seawall.data.files.numbers import read_numbers
from seawall.data.files.tabular import date_column, rows_of, sniff
from seawall.instruments.dealer import Convention, dealer_book
from seawall.instruments.dealer_gamma import POINTS, REACH
from seawall.instruments.forced_flow import Hedging, Recentring, hedging, recentring
from seawall.instruments.liquidations_model import MEDIANS, WINDOW_DAYS, InterestHistory, modelled_books
from seawall.instruments.pool import LiquidityPosition
from seawall.instruments.pool_shapes import Concentrated, ConstantProduct
from seawall.kernels.impact import Impact, constant_product, ranges, square_root
from seawall.market.cleaning import distinct
from seawall.market.parity import parity
from seawall.market.state import State
from seawall.sim.cascade_case import RECENTRING, CascadeCase, CascadeMarket, VolTerms, accounts_of, depth
from seawall.sim.crowd import crowd
from seawall.sim.waterfall_state import Array, Venue

DEALERS: Final = "dealers"
BANDS: Final = ("low", "mid", "high")
YEAR_DAYS: Final = 365.0
FLAT: Final = (0.2, 5.0)
"""Shares of spot between which dealers of one stated gamma hedge."""


Rest = tuple[Venue, VolTerms, dict[str, Hedging], dict[str, Recentring]]


class Held(NamedTuple):
    """A reader's book in its market; both None when none was given."""

    book: LoadedBook | None = None
    state: State | None = None


def cascade_market(loaded: LoadedCascade, held: Held) -> CascadeMarket:
    """Everything forced to trade in the asset. Raises a ``SeawallError`` in one line for what is missing or wrong."""
    file = loaded.file
    asset = file.asset or _only_asset(held)
    history = _history(loaded, asset)
    spot = _spot(loaded, held, asset, None if history is None else float(history.close[-1]))
    vol, notes = vol_of(file.volatility, spot, _known_vol(held, asset, spot))
    impact, said = _impact(loaded, held, asset, spot, vol.level)
    venue, limits, rules = venue_of(loaded, asset, impact)
    hedges, dealer_notes = _dealers(loaded, spot)
    pools, pool_notes = _pools(held, asset) if file.pools_recentre else ({}, [])
    notes = [said, *rules, *notes, *dealer_notes, *pool_notes]
    rest = (venue, vol, hedges, pools)
    if file.accounts is not None:
        made = crowd(asset, spot, read_crowd(loaded.path(file.accounts, "accounts")), venue, limits)
        if made.entry_unknown:
            notes.append(
                f"{made.entry_unknown:,} accounts have a liquidation price and no entry: taken as opened at spot"
            )
        cases = {"book": CascadeCase(spot, made.book, made.accounts, *rest)}
        chosen = "book"
    else:
        cases, chosen = _modelled(loaded, asset, spot, history, rest)
        notes.append(f"{cases[chosen].book.basis}; band: medians {', '.join(f'{m:g}' for m in MEDIANS)}, not observed")
        notes.append("modelled accounts: isolated, opened at spot, exactly at maintenance at their liquidation price")
    if file.origin is not Origin.OBSERVED:
        notes.insert(0, f"{file.origin}: {file.source}")
    return CascadeMarket(file.name, asset, cases, chosen, tuple(notes))


def _only_asset(held: Held) -> str:
    found = {
        one.instrument.factor
        for one in (held.book.book.positions if held.book else ())
        if isinstance(one.instrument, LiquidityPosition) or "perp" in one.instrument.kind
    }
    if len(found) != 1:
        raise InputError(f"the asset is not clear (perps and pools of the book: {sorted(found)}): name it with --asset")
    return found.pop()


def _spot(loaded: LoadedCascade, held: Held, asset: str, last: float | None) -> float:
    """What the file says, else the book's market, else the last close beside open interest."""
    known = held.state.assets.get(asset) if held.state is not None else None
    if loaded.file.spot is not None:
        if known is not None and abs(loaded.file.spot / known.spot.value - 1.0) > 1e-9:
            raise loaded.document.error(
                InputError, f"spot {loaded.file.spot:g} is not the {known.spot.value:g} of the book's market: keep one",
                "spot",
            )  # fmt: skip
        return loaded.file.spot
    if known is None and last is not None:
        return last
    if known is None:
        raise MissingDataError(f"no price of {asset}: state `spot` (--spot) or give a book whose market has it")
    return known.spot.value


def _known_vol(held: Held, asset: str, spot: float) -> float | None:
    if held.state is None or asset not in held.state.assets:
        return None
    return float(held.state.view().vol(asset, spot, 30.0 / YEAR_DAYS)[0])


def _impact(loaded: LoadedCascade, held: Held, asset: str, spot: float, level: float) -> tuple[Impact, str]:
    file = loaded.file.impact
    if file.usd_per_pct is not None:
        return depth(file.usd_per_pct, spot), f"linear impact: {file.usd_per_pct:,.0f} USD move the price 1 %"
    if file.adv_usd is not None:
        daily = file.daily_vol if file.daily_vol is not None else level / YEAR_DAYS**0.5
        said = (
            f"square-root impact, factor {file.factor:g}: {file.adv_usd:,.0f} USD a day, {100 * daily:.2f} % daily vol"
        )
        return square_root(daily, file.adv_usd / spot, spot, file.factor), said
    for one in held.book.book.positions if held.book else ():
        shape = one.instrument.shape if isinstance(one.instrument, LiquidityPosition) else None
        if one.label == file.pool and shape is not None and one.instrument.factor == asset:
            return _curve(shape, one.quantity), f"impact: the curve of {one.label}, which thinning scales"
    raise loaded.document.error(InputError, f"the book has no pool {file.pool!r} of {asset}: check its label", "impact")


def _curve(shape: object, quantity: float) -> Impact:
    if isinstance(shape, ConstantProduct):
        return constant_product(quantity * shape.liquidity)
    if isinstance(shape, Concentrated):
        edges = np.unique([end for one in shape.ranges for end in (one.low, one.high)])
        held = np.zeros(edges.size - 1)
        for one in shape.ranges:
            held += np.where((edges[:-1] >= one.low) & (edges[1:] <= one.high), quantity * one.liquidity, 0.0)
        return ranges(edges, held)
    raise InputError(f"the curve of a {type(shape).__name__} is not one of the impact laws: choose a v2 or v3 pool")


def _dealers(loaded: LoadedCascade, spot: float) -> tuple[dict[str, Hedging], list[str]]:
    file = loaded.file.dealers
    if file is None:
        return {}, ["no dealer book given: nobody hedges options in here"]
    if file.usd_per_pct is not None:
        grid = spot * np.linspace(*FLAT, POINTS)
        said = f"dealers gain {file.usd_per_pct:,.0f} USD of delta per 1 % at every price: stated, not observed"
        return {DEALERS: hedging(np.full(grid.size, file.usd_per_pct), grid)}, [said]
    chain = pick(load_chains(loaded.path(str(file.chain), "dealers", "chain")), file.asof)
    once = chain.take(distinct(chain))
    book = dealer_book(once, parity(once), file.multiplier)
    moves = np.linspace(1.0 - REACH, 1.0 + REACH, POINTS)
    convention = Convention(str(file.convention))
    profile = book.profile([convention], book.spot * moves)[0]
    said = (
        f"dealer gamma of {book.underlying} on {book.session} under {convention}: {convention.assumption}; each price "
        f"is taken at its distance from spot, and beyond {REACH:.0%} nobody hedges"
    )
    return {DEALERS: hedging(profile, spot * moves)}, [said]


def _pools(held: Held, asset: str) -> tuple[dict[str, Recentring], list[str]]:
    found = {}
    for one in held.book.book.positions if held.book else ():
        shape = one.instrument.shape if isinstance(one.instrument, LiquidityPosition) else None
        if isinstance(shape, Concentrated) and one.instrument.factor == asset and one.quantity > 0.0:
            for i, part in enumerate(shape.ranges):
                name = one.label if i == 0 else f"{one.label} ({i + 1})"
                found[f"{RECENTRING}{name}"] = recentring(one.quantity * part.liquidity, part.low, part.high)
    return found, ["range positions of the book re-centre when price leaves them: assumed"] if found else []


def _modelled(
    loaded: LoadedCascade, asset: str, spot: float, history: InterestHistory | None, rest: Rest
) -> tuple[dict[str, CascadeCase], str]:
    file = loaded.file.open_interest
    if file is None:
        raise AssertionError("either accounts or open interest is given")
    venue = rest[0]
    try:
        books = modelled_books(asset, history or _flat(file, spot), file.max_leverage, venue.maintenance)
    except SeawallError as fault:
        raise loaded.document.error(type(fault), str(fault), "open_interest") from None
    if abs(books.mid.spot / spot - 1.0) > 1e-9:
        raise loaded.document.error(
            InputError, f"the last close {books.mid.spot:g} of open interest is not the spot {spot:g}: align the dates",
            "open_interest",
        )  # fmt: skip
    cases = {}
    for name, book in zip(BANDS, books[:3], strict=True):
        cases[name] = CascadeCase(spot, book, accounts_of(book, venue), *rest)
    return cases, BANDS[MEDIANS.index(file.median)]


def _flat(file: InterestFile, spot: float) -> InterestHistory:
    """One number: everything opened today at spot."""
    units = (file.usd or 0.0) / (1.0 if file.inverse else spot)
    rows = np.full(WINDOW_DAYS + 1, units)
    rows[:-1] = units * 1e-12
    price = np.full(rows.size, spot)
    return InterestHistory(rows, price, price, price, file.inverse)


def _history(loaded: LoadedCascade, asset: str) -> InterestHistory | None:
    """Open interest by day from the store or a file; None where one number, or no open interest, is given."""
    file = loaded.file.open_interest
    if file is None or file.usd is not None:
        return None
    return _stored(asset, file.inverse) if file.store else _filed(loaded, file)


def _stored(asset: str, inverse: bool) -> InterestHistory:
    """Days on which the store has open interest and price; a day without extremes takes its close."""
    history = known_history()
    held = history.get(f"OI_{asset}")
    close = history.values_on(asset, held.dates)
    day = np.isfinite(close)
    if not day.any():
        raise MissingDataError(f"the store has no price of {asset} on the days of its open interest: import both")
    low, high = (
        history.values_on(f"{asset}_{end}", held.dates) if history.has(f"{asset}_{end}") else close
        for end in ("LOW", "HIGH")
    )
    low, high = (np.where(np.isfinite(one), one, close) for one in (low, high))
    return InterestHistory(held.values[day], close[day], low[day], high[day], inverse)


def _filed(loaded: LoadedCascade, file: InterestFile) -> InterestHistory:
    """Daily rows of a file: date, open interest, close, and low and high where it has them."""
    path = loaded.path(str(file.file), "open_interest", "file")
    try:
        table = sniff(path.name, path)
        frame = pl.concat(list(rows_of(table, path)))
    except OSError as fault:
        raise InputError(f"{path} cannot be read ({fault.strerror}): give a CSV file of daily rows") from None
    dates = date_column(table, named=("date", "day", "timestamp"))
    held, close = table.column("open_interest", "oi", "oi_close"), table.column("close", "price")
    if dates is None or held is None or close is None:
        raise InputError(f"{path.name} needs the columns date, open_interest and close: name them in the header")
    order = np.argsort(dates.read(frame).to_numpy(), kind="stable")
    low, high = table.column("low"), table.column("high")

    def column(place: int | None) -> Array:
        cells = frame[str(close if place is None else place)]
        return read_numbers(cells, table.style).fill_null(float("nan")).to_numpy().astype(np.float64)[order]

    return InterestHistory(column(held), column(close), column(low), column(high), file.inverse)


def demo_cascade() -> Path:
    """The example that ships with the package: its crowd is synthetic."""
    from importlib.resources import files

    return Path(str(files("seawall.data"))) / "examples" / "eve.cascade.yaml"
