"""Arbitrage that the quotes themselves show: spreads that can be sold for more than they can ever cost."""

import numpy as np

from seawall.market.slice_fit import Array, Quotes


def butterfly_strikes(quotes: Quotes) -> Array:
    """k of quotes whose bid is above what their neighbours ask for more: a vertical or a butterfly at a negative price.

    Puts and calls are looked at apart, so parity and its forward do not enter. Source: Carr and Madan 2005.
    """
    found = []
    for side in (quotes.k < 0.0, quotes.k >= 0.0):
        k, bid, ask = quotes.k[side], quotes.bid[side], quotes.ask[side]
        if k.size < 2:
            continue
        strike = np.exp(k)
        nearer = np.append(ask[1:], np.inf) if k[0] < 0.0 else np.append(np.inf, ask[:-1])
        bad = bid > nearer * (1.0 + 1e-12)
        left = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
        bad[1:-1] |= bid[1:-1] > (left * ask[:-2] + (1.0 - left) * ask[2:]) * (1.0 + 1e-12)
        found.append(k[bad])
    return np.concatenate(found) if found else np.empty(0)


def calendar_strikes(near: Quotes, far: Quotes) -> Array:
    """k where the near expiry's bid is above what the far one asks for the same moneyness.

    The far ask between strikes is the chord, which costs at least the option there. Carry is taken as known.
    """
    found = []
    for side_near, side_far in ((near.k < 0.0, far.k < 0.0), (near.k >= 0.0, far.k >= 0.0)):
        k, bid = near.k[side_near], near.bid[side_near]
        if not side_far.any():
            continue
        strikes, asks = np.exp(far.k[side_far]), far.ask[side_far]
        inside = (np.exp(k) >= strikes[0]) & (np.exp(k) <= strikes[-1])
        found.append(k[inside & (bid > np.interp(np.exp(k), strikes, asks) * (1.0 + 1e-12))])
    return np.concatenate(found) if found else np.empty(0)
