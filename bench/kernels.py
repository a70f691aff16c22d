"""Price with five greeks, and implied volatility, beside other libraries on the same options."""

import importlib
import math
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from bench import Row, Section, seconds
from seawall.kernels.black import price_and_greeks_into
from seawall.kernels.implied import implied_vol

Floats = NDArray[np.float64]
OPTIONS = 1_000_000
LOOPED = 20_000
"""A library that is called once an option runs on every 50th, and is scaled."""


GREEKS = ("price", "delta", "gamma", "vega", "theta", "rho")
CLOSE = 1e-6
"""A volatility further than this from the one that made the price counts as missed."""


class Chain(NamedTuple):
    """Options of an index like SPX, sorted by expiry."""

    forward: Floats
    strike: Floats
    years: Floats
    vol: Floats
    rate: Floats
    side: Floats

    def every(self, step: int) -> "Chain":
        """Every step-th option."""
        return Chain(*(np.ascontiguousarray(column[::step]) for column in self))


class Peer(NamedTuple):
    """What a library can do; each function takes a chain (and prices) and returns arrays."""

    name: str
    greeks: Callable[[Chain], dict[str, Floats]] | None
    implied: Callable[[Chain, Floats], Floats] | None
    step: int = 1


def chain(options: int = OPTIONS, seed: int = 20_260_102) -> Chain:
    """Twenty expiries from one day to two years, strikes in steps of 5 within 4 deviations, a skewed smile.

    All options beyond one deviation are out of the money; inside it one in four is in the money.
    """
    rng = np.random.default_rng(seed)
    expiries = np.array([1, 2, 3, 4, 7, 9, 11, 14, 18, 21, 28, 35, 45, 60, 91, 120, 182, 273, 365, 730]) / 365.0
    years = np.repeat(expiries, -(-options // expiries.size))[:options]
    rate = 0.043 - 0.004 * years
    forward = 6000.0 * np.exp((rate - 0.013) * years)
    z = np.clip(1.4 * rng.standard_normal(options) - 0.4, -4.0, 4.0)
    vol = 0.17 - 0.022 * z + 0.006 * z * z + 0.01 * rng.random(options)
    strike = np.round(forward * np.exp(z * vol * np.sqrt(years)) / 5.0) * 5.0
    out_side = np.where(strike >= forward, 1.0, -1.0)
    side = np.where((np.abs(z) < 1.0) & (rng.random(options) < 0.25), -out_side, out_side)
    return Chain(forward, strike, years, vol, rate, side)


def seawall_peer() -> Peer:
    """Ours: the array kernel for the greeks, the public function with its status codes for the volatility."""
    kept: dict[int, Floats] = {}

    def greeks(c: Chain) -> dict[str, Floats]:
        out = kept.setdefault(c.strike.size, np.empty((6, c.strike.size)))
        price_and_greeks_into(c.forward, c.strike, c.years, c.vol, c.rate, c.side, out)
        return dict(zip(GREEKS, out, strict=True))

    def implied(c: Chain, price: Floats) -> Floats:
        return implied_vol(price, c.forward, c.strike, c.years, c.rate, c.side)[0]

    return Peer("seawall", greeks, implied)


def fast_vollib_peers() -> list[Peer]:
    """Its numba backend (Halley) and its port of Jaeckel's method; arrays in, arrays out, no data frame."""
    backend = importlib.import_module("fast_vollib.backends.numba_backend")
    jaeckel = importlib.import_module("fast_vollib.jackel").jackel_iv_black
    flags: dict[int, NDArray[np.str_]] = {}

    def flag(c: Chain) -> NDArray[np.str_]:
        return flags.setdefault(c.side.size, np.where(c.side > 0, "c", "p"))

    def greeks(c: Chain) -> dict[str, Floats]:
        arguments = (flag(c), c.forward, c.strike, c.years, c.rate, c.vol)
        found = backend.greeks("black", *arguments)
        # per point and per day there; its rho is that of a spot and is left out of the comparison
        return {
            "price": backend.price_black(*arguments),
            "delta": found["delta"],
            "gamma": found["gamma"],
            "vega": found["vega"] * 100.0,
            "theta": found["theta"] * 365.0,
        }

    def halley(c: Chain, price: Floats) -> Floats:
        arguments = (price, c.forward, c.strike, c.years, c.rate, flag(c))
        return cast(Floats, backend.implied_volatility("black", *arguments, on_error="ignore"))

    def rational(c: Chain, price: Floats) -> Floats:
        undiscounted = price * np.exp(c.rate * c.years)
        return cast(Floats, jaeckel(undiscounted, c.forward, c.strike, c.years, c.side > 0))

    label = f"fast-vollib {version('fast-vollib')}"
    return [Peer(label, greeks, halley), Peer(f"{label} (Jaeckel)", None, rational)]


def vanilla_peer() -> Peer:
    """Its compiled scalar functions in a compiled loop: it has no array form for every greek."""
    from numba import njit

    library = importlib.import_module("vanilla_option_pricers.black_scholes")
    value, slope = library.compute_bsm_vanilla_price, library.compute_bsm_vanilla_delta
    bend, decay = library.compute_bsm_vanilla_gamma, library.compute_bsm_vanilla_theta
    sensitivity, infer = library.compute_bsm_vanilla_vega, library.infer_bsm_implied_vol

    @njit
    def greeks_loop(f, k, t, v, r, cp, out):  # type: ignore[no-untyped-def]
        for i in range(f.size):
            kind = "C" if cp[i] > 0 else "P"
            discount = math.exp(-r[i] * t[i])
            out[0, i] = value(f[i], k[i], t[i], v[i], kind, discount)
            out[1, i] = discount * slope(t[i], f[i], k[i], v[i], kind)
            out[2, i] = discount * bend(t[i], f[i], k[i], v[i])
            out[3, i] = discount * sensitivity(t[i], f[i], k[i], v[i])
            # it holds the spot; r F delta turns its theta into that of a held forward
            out[4, i] = decay(t[i], f[i], k[i], v[i], kind, discount, r[i]) + r[i] * f[i] * out[1, i]
            out[5, i] = -t[i] * out[0, i]

    @njit
    def implied_loop(price, f, k, t, r, cp, out):  # type: ignore[no-untyped-def]
        for i in range(f.size):
            kind = "C" if cp[i] > 0 else "P"
            out[i] = infer(f[i], t[i], k[i], price[i], math.exp(-r[i] * t[i]), kind)

    def greeks(c: Chain) -> dict[str, Floats]:
        out = np.empty((6, c.strike.size))
        greeks_loop(*c, out)
        return dict(zip(GREEKS, out, strict=True))

    def implied(c: Chain, price: Floats) -> Floats:
        out = np.empty(c.strike.size)
        implied_loop(price, c.forward, c.strike, c.years, c.rate, c.side, out)
        return out

    return Peer(f"vanilla-option-pricers {version('vanilla-option-pricers')}", greeks, implied)


def quantlib_peer() -> Peer:
    """BlackCalculator and blackFormulaImpliedStdDevLiRS, one call an option."""
    ql = importlib.import_module("QuantLib")
    sides = {1.0: ql.Option.Call, -1.0: ql.Option.Put}

    def greeks(c: Chain) -> dict[str, Floats]:
        out = np.empty((5, c.strike.size))
        for i, (f, k, t, v, r, cp) in enumerate(zip(*(column.tolist() for column in c), strict=True)):
            discount = math.exp(-r * t)
            one = ql.BlackCalculator(ql.PlainVanillaPayoff(sides[cp], k), f, v * math.sqrt(t), discount)
            # with spot = forward its theta holds the forward, as ours does
            out[:, i] = one.value(), one.deltaForward(), one.gammaForward(), one.vega(t), one.theta(f, t)
        return dict(zip(GREEKS[:5], out, strict=True))

    def implied(c: Chain, price: Floats) -> Floats:
        out = np.full(c.strike.size, np.nan)
        columns = [column.tolist() for column in (c.forward, c.strike, c.years, c.rate, c.side, price)]
        for i, (f, k, t, r, cp, v) in enumerate(zip(*columns, strict=True)):
            quote = (sides[cp], k, f, v, math.exp(-r * t))
            try:
                s = ql.blackFormulaImpliedStdDevLiRS(*quote, 0.0, ql.nullDouble(), 1.0, 1e-12)
            except RuntimeError:
                continue
            out[i] = s / math.sqrt(t)
        return out

    return Peer(f"QuantLib {version('quantlib')}", greeks, implied, OPTIONS // LOOPED)


def peers() -> tuple[list[Peer], list[str]]:
    """Libraries that are installed, and a line for each that is not."""
    found, absent = [seawall_peer()], []
    for name, make in (
        ("fast-vollib", fast_vollib_peers),
        ("vanilla-option-pricers", lambda: [vanilla_peer()]),
        ("QuantLib", lambda: [quantlib_peer()]),
    ):
        try:
            found += make()
        except ImportError as missing:
            absent.append(f"{name} is not measured: {missing}; pip install -e '.[bench]'")
    return found, absent


def difference(ours: dict[str, Floats], theirs: dict[str, Floats], scale: dict[str, Floats]) -> float:
    """Largest difference over the quantities both give, each relative to its natural size."""
    return max(float(np.max(np.abs(ours[name] - theirs[name]) / scale[name])) for name in theirs)


def sizes(c: Chain) -> dict[str, Floats]:
    """Natural size of value and greeks: forward, 1, and the greek at the money."""
    root = np.sqrt(c.years)
    return {
        "price": c.forward,
        "delta": np.ones_like(root),
        "gamma": 0.4 / (c.forward * c.vol * root),
        "vega": 0.4 * c.forward * root,
        "theta": 0.2 * c.forward * c.vol / root,
        "rho": c.forward * c.years,
    }


def greeks_rows(everyone: list[Peer], whole: Chain, ours: dict[str, Floats]) -> list[Row]:
    """One row for each library that has greeks."""
    rows, base = [], 0.0
    for peer in everyone:
        if peer.greeks is None:
            continue
        part = whole.every(peer.step)
        taken = 1e9 / part.strike.size * seconds(partial(peer.greeks, part))
        base = base or taken
        apart = difference({n: v[:: peer.step] for n, v in ours.items()}, peer.greeks(part), sizes(part))
        figures = (f"{taken:.1f}", f"{taken / base:.1f}", f"{apart:.0e}" if apart else "", "")
        rows.append(Row("price + 5 greeks", peer.name, figures))
    return rows


def implied_rows(everyone: list[Peer], whole: Chain, price: Floats) -> list[Row]:
    """One row for each library that inverts a price."""
    rows, base, answer = [], 0.0, whole.vol
    for peer in everyone:
        if peer.implied is None:
            continue
        part, quotes = whole.every(peer.step), np.ascontiguousarray(price[:: peer.step])
        taken = 1e9 / part.strike.size * seconds(partial(peer.implied, part, quotes))
        vol = peer.implied(part, quotes)
        if not base:
            base, answer = taken, vol
        near = np.abs(vol - part.vol) < CLOSE
        apart = float(np.max(np.abs(vol - answer[:: peer.step])[near], initial=0.0))
        missed = f"{100.0 * float(np.mean(~near)):.3f} %"
        figures = (f"{taken:.1f}", f"{taken / base:.1f}", f"{apart:.0e}" if apart else "", missed)
        rows.append(Row("implied vol", peer.name, figures))
    return rows


def run() -> Section:
    """Time every library on the same options and compare the answers."""
    whole = chain()
    everyone, absent = peers()
    out = np.empty((6, OPTIONS))
    price_and_greeks_into(whole.forward, whole.strike, whole.years, whole.vol, whole.rate, whole.side, out)
    ours = dict(zip(GREEKS, out, strict=True))
    rows = greeks_rows(everyone, whole, ours) + implied_rows(everyone, whole, ours["price"])
    notes = (
        f"{OPTIONS:,} options, 20 expiries of an index like SPX; QuantLib is called once an option, on {LOOPED:,}.",
        "apart: largest difference from seawall, relative to the forward or to the greek at the money; in volatility,",
        f"where both found it. missed: no volatility within {CLOSE:g} of the one that made the price. The rho of",
        "fast-vollib is that of a spot and is not compared; QuantLib's is not asked for. seawall writes its",
        "greeks into an array it is given, and checks every price of which it takes the volatility.",
    )
    return Section("kernels", ("ns an option", "times seawall", "apart", "missed"), rows, (*notes, *absent))
