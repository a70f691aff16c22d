"""Parity: gaps between the same risk quoted twice, after what it costs to close them (M41, E30)."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from seawall.signals.contract import Array, Columns, Computed, Family, Prior, Signal, plain

PERSISTENT: Final = 5
QUOTE: Final = "quote time"

_parity = partial(Signal, family=Family.PARITY, prior=Prior.UNKNOWN, known=QUOTE, source="METHOD M41, E30, 7.4")


def net_gap(gap: Array, cost: Array) -> Array:
    """What is left of a gap after spreads, fees and financing, with its sign; 0 where the cost is larger, shape (n,).

    A gap is tradable only if it is larger than its cost (METHOD 7.4).
    """
    return np.sign(gap) * np.maximum(np.abs(gap) - cost, 0.0)


def persistence(gap: Array, rows: int) -> Array:
    """+1 or -1 where a gap had that sign on each of the last ``rows`` rows, else 0, shape (n,); NaN where unknown."""
    out = np.full(gap.size, np.nan)
    if gap.size >= rows:
        windows = np.lib.stride_tricks.sliding_window_view(np.sign(gap), rows)
        known = ~np.isnan(windows).any(axis=1)
        same = np.where((windows == windows[:, -1:]).all(axis=1), windows[:, -1], 0.0)
        out[rows - 1 :] = np.where(known, same, np.nan)
    return out


def _net(first: str, second: str, cost: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(net_gap(columns[first] - columns[second], columns[cost]))


def _gap(name: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(net_gap(columns[f"{name}_GAP"], columns[f"{name}_GAP_COST"]))


def _persistent(name: str) -> Callable[[Columns], Computed]:
    return lambda columns: plain(persistence(net_gap(columns[f"{name}_GAP"], columns[f"{name}_GAP_COST"]), PERSISTENT))


def _chain_spread(columns: Columns) -> Computed:
    parts = np.stack([columns[name] for name in _CHAINS])
    return plain(parts.max(axis=0) - parts.min(axis=0))


_CHAINS: Final = ("USDC_APY_ETHEREUM", "USDC_APY_ARBITRUM", "USDC_APY_BASE")
_SIDES: Final = ("synthetic forward below the future: reversal", "synthetic forward above the future: conversion")
_GAPS: Final = (("SPX", "SPX conversion and reversal"), ("VIX", "VIX options against the VIX future"))

PARITY: Final = (
    *(
        _parity(id=f"E30.{name}", name=f"{title}: gap after costs", inputs=(f"{name}_GAP", f"{name}_GAP_COST"),
                lookback=1, unit="points", compute=_gap(name), sides=_SIDES,
                formula="forward from put-call parity less the traded future, less spreads, fees and financing",
                would_do="Trims delta through the cheaper leg; nothing is done inside the costs.")
        for name, title in _GAPS
    ),
    *(
        _parity(id=f"E30.{name}.PERSISTENT", name=f"{title}: persistent gap", lookback=PERSISTENT, unit="-1, 0 or 1",
                inputs=(f"{name}_GAP", f"{name}_GAP_COST"), compute=_persistent(name), sides=_SIDES,
                formula="sign of the gap after costs where it was the same for 5 sessions",
                would_do="Names the side on which inventory is stuck; shown beside dealer gamma.",
                parameters=(("sessions", PERSISTENT),))
        for name, title in _GAPS
    ),
    *(
        _parity(id=f"M41.IV.{coin}", name=f"{coin} implied volatility, exchange against on chain", lookback=1,
                inputs=(f"{coin}_DVOL", f"{coin}_CHAIN_IV", f"{coin}_IV_COST"), unit="points",
                compute=_net(f"{coin}_DVOL", f"{coin}_CHAIN_IV", f"{coin}_IV_COST"),
                formula="DVOL less implied volatility on chain, less fees and gas in points",
                would_do="Sells the dearer venue and buys the cheaper, only outside the costs.",
                sides=("on chain dearer", "exchange dearer"))
        for coin in ("BTC", "ETH")
    ),
    _parity(id="M41.RATE", name="USDC supply rate between chains", inputs=_CHAINS, lookback=1, unit="percent",
            compute=_chain_spread, known="block time", formula="highest less lowest supply rate of three chains",
            would_do="Moves idle collateral once the gap pays for the bridge."),
)  # fmt: skip
