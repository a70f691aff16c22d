"""The market a book is watched in: its file or the store's last session, with the marks that are newer on top."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from seawall.app.monitor.marks import Mark
from seawall.core.clock import years_between
from seawall.core.datum import Datum, Origin
from seawall.core.errors import MissingDataError
from seawall.data.days import market_of
from seawall.kernels.modelled import vvix_level
from seawall.market.curve import VixCurve
from seawall.market.history import History
from seawall.market.smile import FlatSmile, VixSmile
from seawall.market.state import Asset, State, VixMarket

SOURCE: Final = "venue"


def store_market(history: History) -> State:
    """The market of the last session with both SPX and VIX; raises ``MissingDataError`` without one."""
    if not (history.has("SPX") and history.has("VIX") and len(history.get("SPX")) and len(history.get("VIX"))):
        raise MissingDataError("there is no close of SPX and VIX: `seawall data sync`, or `market: book`")
    last: dt.date = min(history.get("SPX").dates[-1], history.get("VIX").dates[-1]).item()
    return market_of(history, last)


def _datum(value: float, mark: Mark) -> Datum[float]:
    return Datum(value, mark.as_of, mark.as_of, SOURCE)


def _asset(base: Asset | None, mark: Mark) -> Asset | None:
    spot = _datum(mark.price, mark)
    flat = None if mark.implied_vol is None else FlatSmile(mark.implied_vol, f"flat at the {SOURCE}'s volatility")
    if base is None:
        return None if flat is None else _rest(Asset(spot, flat), mark)
    seen = base.smile_as_of or base.spot.as_of
    if flat is None:
        return _rest(replace(base, spot=spot, smile_as_of=seen), mark)
    return _rest(replace(base, spot=spot, smile=flat, smile_as_of=mark.as_of), mark)


def _rest(asset: Asset, mark: Mark) -> Asset:
    if mark.realised_vol is not None:
        asset = replace(asset, realised_vol=_datum(mark.realised_vol, mark))
    return asset if mark.funding is None else replace(asset, funding=_datum(mark.funding, mark))


def _vix(base: VixMarket, mark: Mark | None, years: float) -> VixMarket:
    """VIX at its mark; quoted futures keep their levels and come nearer, modelled ones follow the index."""
    curve = base.curve
    left = [(gone - years, level) for gone, level in zip(curve.years, curve.levels, strict=True) if gone > years]
    rolled: VixCurve = replace(curve, years=tuple(y for y, _ in left), levels=tuple(level for _, level in left))
    seen = base.curve_as_of or base.vix.as_of
    if mark is None:
        return replace(base, curve=rolled, curve_as_of=seen)
    index, vvix = _datum(mark.price, mark), base.vvix
    if vvix.origin is Origin.MODELLED:
        vvix = Datum(float(vvix_level(mark.price)), mark.as_of, mark.as_of, vvix.source, vvix.origin)
    return replace(base, vix=index, curve=replace(rolled, vix=mark.price), vvix=vvix, curve_as_of=seen)


def overlaid(base: State, marks: Mapping[str, Mark]) -> State:
    """The base market with every newer mark in it, at the time of the newest.

    An asset the base does not have needs an implied volatility. Raises ``StaleDataError`` when a price of the base is
    too old beside the marks, and ``LookaheadError`` never: time is that of the newest datum.
    """
    newer = {name: mark for name, mark in marks.items() if mark.as_of > _seen(base, name)}
    if not newer:
        return base
    now = max([base.now, *(mark.as_of for mark in newer.values())])
    assets = dict(base.assets)
    for name, mark in newer.items():
        made = None if name == "VIX" else _asset(base.assets.get(name), mark)
        if made is not None:
            assets[name] = made
    vix, mark_of_vix = base.vix, newer.get("VIX")
    if vix is not None:
        vix = _vix(vix, mark_of_vix, years_between(base.now, now))
        if mark_of_vix is not None:
            for name, asset in assets.items():
                if isinstance(asset.smile, VixSmile):
                    follows = replace(asset.smile, vix=mark_of_vix.price)
                    assets[name] = replace(asset, smile=follows, smile_as_of=mark_of_vix.as_of)
    return State(now, assets, base.rate, vix)


def _seen(base: State, name: str) -> dt.datetime:
    if name == "VIX":
        return dt.datetime.min.replace(tzinfo=dt.UTC) if base.vix is None else base.vix.vix.as_of
    if name not in base.assets:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return base.assets[name].spot.as_of


def prices(base: State) -> dict[str, float]:
    """Price of every asset of a market, and VIX."""
    found = {name: asset.spot.value for name, asset in base.assets.items()}
    return found if base.vix is None else found | {"VIX": base.vix.vix.value}
