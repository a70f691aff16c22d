"""Statistics of a market by name, for a generated history and for the real series alike."""

import datetime as dt

import numpy as np

from seawall.kernels.filters import half_life, realised_vol
from seawall.market.history import History


def _logs(history, name, dates):
    return np.diff(np.log(history.values_on(name, dates)))


def _common(history, *names):
    dates = history.get(names[0]).dates
    for name in names[1:]:
        dates = np.intersect1d(dates, history.get(name).dates)
    return dates


def _levels(history, *names):
    dates = _common(history, *names)
    return [history.values_on(name, dates) for name in names]


def share(mask):
    return 100.0 * float(np.mean(mask))


def spx_and_vix(history):
    dates = _common(history, "SPX", "VIX")
    move, vix = _logs(history, "SPX", dates), history.values_on("VIX", dates)
    centred = move - move.mean()
    gap = vix[1:] - 100.0 * realised_vol(move, 21, 252.0)
    gap = gap[np.isfinite(gap)]
    return {
        "SPX volatility": 100.0 * float(move.std() * np.sqrt(252.0)),
        "SPX excess kurtosis": float((centred**4).mean() / (centred**2).mean() ** 2 - 3.0),
        "corr(r, dlnVIX)": float(np.corrcoef(move, np.diff(np.log(vix)))[0, 1]),
        "VIX mean": float(vix.mean()),
        "VIX median": float(np.median(vix)),
        "VIX half-life": half_life(np.log(vix))[0],
        "VIX < 15": share(vix < 15.0),
        "VIX 15-20": share((vix >= 15.0) & (vix <= 20.0)),
        "VIX > 20": share(vix > 20.0),
        "VIX > 30": share(vix > 30.0),
        "VIX - RV21 mean": float(gap.mean()),
        "VIX - RV21 > 0": share(gap > 0.0),
    }


def exceedances(history, since=dt.date(1990, 1, 1)):
    dates = _common(history, "SPX", "VIX")
    dates = dates[dates >= np.datetime64(since, "D")]
    vix = history.values_on("VIX", dates)[:-1]
    size = np.abs(_logs(history, "SPX", dates)) / (vix / 100.0 / np.sqrt(252.0))
    return {f"move > {times:g} VIX": share(size > times) for times in (1.0, 1.5, 2.0, 3.0)}


def slope(history):
    near, far = _levels(history, "VIX", "VIX3M")
    return {f"VIX/VIX3M > {level:g}": share(near / far > level) for level in (1.0, 0.95, 1.1)}


def _beta(x, y):
    moved = np.diff(x)
    return float(np.polyfit(moved, np.diff(y), 1)[0])


def index_betas(history):
    return {f"{name} beta": _beta(*_levels(history, "VIX", name)) for name in ("VIX9D", "VIX3M")}


def vvix(history):
    low, middle, high = np.percentile(history.get("VVIX").values, [5.0, 50.0, 95.0])
    return {"VVIX 5 %": float(low), "VVIX 50 %": float(middle), "VVIX 95 %": float(high)}


def curve(history):
    first, second = _levels(history, "VX1", "VX2")
    return {"VX2 < VX1": share(second < first)}


def curve_betas(history, since=dt.date(1990, 1, 1)):
    found = {}
    for name in ("VX1", "VX2", "VX4", "VX7"):
        dates = _common(history, "VIX", name)
        dates = dates[dates >= np.datetime64(since, "D")]
        found[f"{name} beta"] = _beta(history.values_on("VIX", dates), history.values_on(name, dates))
    return found


def eth(history, name="ETH_US_CLOSE"):
    """Correlations from session to session; a coin's return over a weekend is one return."""
    every = np.diff(np.log(history.get("ETH").values))
    dates = _common(history, "SPX", "VIX", name)
    coin, spx, vol = (_logs(history, one, dates) for one in (name, "SPX", "VIX"))
    high = history.values_on("VIX", dates)[1:] > 30.0
    return {
        "ETH volatility": 100.0 * float(every.std() * np.sqrt(365.0)),
        "corr(ETH, SPX)": float(np.corrcoef(coin, spx)[0, 1]),
        "corr(ETH, dlnVIX)": float(np.corrcoef(coin, vol)[0, 1]),
        "corr(ETH, dlnVIX), VIX > 30": float(np.corrcoef(coin[high], vol[high])[0, 1]),
    }


def funding(history):
    return {"BTC funding mean": 100.0 * float(history.get("BTC_FUNDING").values.mean())}


def gex(history):
    """Days by VIX and next-day moves by fifths of dealer gamma."""
    gamma, spx = _levels(history, "GEX", "SPX")
    move = 100.0 * np.diff(np.log(spx))
    fifth = np.digitize(gamma[:-1], np.quantile(gamma[:-1], [0.2, 0.4, 0.6, 0.8]))
    found = {f"SPX sd after GEX fifth {k + 1}": float(move[fifth == k].std()) for k in range(5)}
    return {**found, "GEX < 0": share(gamma < 0.0)}


ALL = (spx_and_vix, exceedances, slope, index_betas, vvix, curve, curve_betas, eth, funding, gex)


def facts_of(history: History) -> dict[str, float]:
    return {name: value for part in ALL for name, value in part(history).items()}
