"""Forward and discount of every expiry from put-call parity: ``C - P = D F - D K`` (METHOD 3.2)."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from seawall.core.status import Status
from seawall.market.chain import Chain, Mask
from seawall.market.pairs import Gaps, Given, Line, fit_line, match

Rate = Callable[[float], float]

ALL_STRIKES: Final = 0.6
LEAST_ERROR: Final = 1e-4
SURE_RATE: Final = 0.01
"""Standard error of a rate that may stand for its neighbours: a day's discount says nothing about a year's."""


class Forward(NamedTuple):
    """What parity says of one expiry. ``rate``: continuous, per year; ``rate_error``: its standard error.

    ``pairs``: strikes used. Status ``FOUND``; ``HELD`` (discount held at the end of its range); ``SPARSE``
    (discount from the rate curve, forward from one strike); ``UNKNOWN`` (no pairs: forward and discount are nan).
    """

    expiry: dt.date
    root: str
    years: float
    forward: float
    discount: float
    rate: float
    rate_error: float
    pairs: int
    status: Status


def parity(chain: Chain, rate: Rate | None = None) -> list[Forward]:
    """Forward and discount of every unsettled expiry from put-call parity, in order of settlement (METHOD 3.2).

    ``rate`` gives the continuous rate for a number of years, for expiries with fewer than four pairs near the money;
    without it the rates of the chain's other expiries are interpolated, and if there is none, one rate is read from all
    pairs of all expiries. Rows with a crossed or missing quote are not used; an expiry without any other row is not
    listed.
    """
    usable = chain.take(quoted(chain))
    years, mid, width = usable.years(), usable.mid, usable.ask - usable.bid
    calls, puts = match(usable.group, usable.strike, usable.right)
    columns = Gaps(usable.strike[calls], mid[calls] - mid[puts], width[calls] + width[puts])
    of_pair = usable.group[calls]
    rows = {(usable.expiry[i].item(), str(usable.root[i])): i for i in np.unique(usable.group, return_index=True)[1]}
    live = [(pair, rows[pair]) for pair in usable.expiries() if pair in rows and years[rows[pair]] > 0.0]
    gaps = [Gaps(*(column[of_pair == usable.group[row]] for column in columns)) for _, row in live]
    times = [float(years[row]) for _, row in live]
    lines = [fit_line(pairs, t) for pairs, t in zip(gaps, times, strict=True)]
    given = _given(rate, lines, gaps, times)
    if given is not None:
        for i, line in enumerate(lines):
            if line.status is Status.UNKNOWN:
                lines[i] = fit_line(gaps[i], times[i], given(times[i]))
    return [_forward(*pair, t, line) for (pair, _), t, line in zip(live, times, lines, strict=True)]


def _forward(expiry: dt.date, root: str, years: float, line: Line) -> Forward:
    rate, error = float(-np.log(line.discount) / years), float(line.discount_error / line.discount / years)
    return Forward(expiry, root, years, line.forward, line.discount, rate, error, line.pairs, line.status)


def _given(
    rate: Rate | None, lines: Sequence[Line], gaps: Sequence[Gaps], times: Sequence[float]
) -> Callable[[float], Given] | None:
    """The discount of a time from the curve handed in, from the other expiries, or from one rate for all pairs."""
    if rate is not None:
        curve = rate
        return lambda t: Given(float(np.exp(-curve(t) * t)), 0.0)
    known = _known(lines, times)
    if not known:
        wide = [fit_line(pairs, t, None, ALL_STRIKES) for pairs, t in zip(gaps, times, strict=True)]
        spots = _known(wide, times)
        if not spots:
            return None
        weight = np.array([1.0 / max(error, LEAST_ERROR) ** 2 for _, _, error in spots])
        flat = float(weight @ np.array([r for _, r, _ in spots])) / float(weight.sum())
        known = [(times[0], flat, float(weight.sum() ** -0.5))]
    at, rates, errors = np.array(known).T

    def interpolated(t: float) -> Given:
        discount = float(np.exp(-np.interp(t, at, rates) * t))
        return Given(discount, float(np.interp(t, at, errors)) * t * discount)

    return interpolated


def _known(lines: Sequence[Line], times: Sequence[float]) -> list[tuple[float, float, float]]:
    """Time, rate and its standard error of the expiries whose discount is sure enough to stand for others."""
    found = [_forward(dt.date.min, "", t, line) for t, line in zip(times, lines, strict=True)]
    return [(f.years, f.rate, f.rate_error) for f in found if f.status is Status.FOUND and f.rate_error < SURE_RATE]


def quoted(chain: Chain) -> Mask:
    """Rows with a bid and an ask that can be one: finite, not crossed, ask above zero."""
    finite = np.isfinite(chain.strike) & np.isfinite(chain.bid) & np.isfinite(chain.ask)
    return finite & (chain.strike > 0.0) & (chain.bid >= 0.0) & (chain.ask > 0.0) & (chain.bid <= chain.ask)
