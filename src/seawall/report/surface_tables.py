"""A fitted surface on a terminal and as JSON: what each expiry meets, and what arbitrage the market itself shows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.markup import escape
from rich.table import Table

from seawall.kernels.smile import jump_wings
from seawall.market.surface_fit import SliceFit, SurfaceFit
from seawall.report.format import NOT_DEFINED, fixed, percent
from seawall.report.records import Record, finite
from seawall.report.tables import console

STRIKES_SHOWN: Final = 8
RULE: Final = (
    "inside: share of out-of-the-money quotes between 5 and 95 delta reproduced within bid and ask; "
    "SVI where it meets 98 % of them and of all with a bid without arbitrage, else a mixture of lognormals, whose "
    "density is nowhere negative"
)
NO_CALENDAR: Final = "every expiry has its own future: total variance of different expiries is not ordered"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The chain a surface was fitted to: rows dropped by reason, what its source does not state, and copied days."""

    underlying: str
    as_of: dt.datetime
    spot: float
    dropped: Mapping[str, int]
    notes: Sequence[str]
    repeat: str = ""


def calendar_words(found: SurfaceFit) -> str:
    """Whether total variance rises with time."""
    if found.calendar_free is None:
        return f"not defined: {NO_CALENDAR}"
    return "free" if found.calendar_free else "total variance falls somewhere"


def money_vol(fit: SliceFit) -> float:
    """Volatility at the forward, in points."""
    one = fit.slice
    return float(100.0 * np.sqrt(one.variance(np.zeros(1))[0] / one.years))


def _fit_record(fit: SliceFit) -> Record:
    one = fit.slice
    svi = None
    if fit.svi is not None:
        svi = {
            "raw": fit.svi._asdict(),
            "jump_wings": jump_wings(fit.svi, one.years)._asdict(),
            "inside_bid_ask": finite(fit.svi_inside),
        }
    return {
        "expiry": str(one.expiry),
        "root": one.root,
        "years": one.years,
        "forward": one.forward,
        "form": str(one.form),
        "inside_bid_ask": finite(fit.inside),
        "inside_bid_ask_all": finite(fit.inside_all),
        "quotes": fit.quotes,
        "quotes_5_95_delta": fit.core,
        "rmse_vol_points": finite(fit.rmse_points),
        "atm_vol": finite(0.01 * money_vol(fit)),
        "butterfly_free": fit.butterfly_free,
        "least_durrleman": finite(fit.least_h),
        "svi": svi,
        "market_butterfly_strikes": list(fit.market_strikes),
        "status": str(fit.status),
    }


def surface_record(found: SurfaceFit, about: Cleaned) -> Record:
    """Every expiry, the calendar verdict, and the strikes where the quotes themselves are not free of arbitrage."""
    return {
        "underlying": about.underlying,
        "as_of": about.as_of.isoformat(),
        "spot": about.spot,
        "expiries": [_fit_record(fit) for fit in found.fits],
        "inside_bid_ask": finite(found.inside),
        "butterfly_free": all(fit.butterfly_free for fit in found.fits),
        "calendar_free": found.calendar_free,
        "market_calendar_gaps": [
            {"near": str(gap.near), "far": str(gap.far), "strikes": list(gap.strikes)} for gap in found.calendar_gaps
        ],
        "skipped": [{"expiry": str(s.expiry), "root": s.root, "reason": s.reason} for s in found.skipped],
        "dropped": dict(about.dropped),
        "repeats": about.repeat or None,
        "notes": [RULE, *about.notes],
    }


def market_lines(found: SurfaceFit) -> list[str]:
    """Where the quotes themselves hold arbitrage; one line that says so when they do not."""
    lines = []
    for fit in found.fits:
        if fit.market_strikes:
            lines.append(f"quotes of {fit.slice.expiry} not convex in strike at {_strikes(fit.market_strikes)}")
    lines += [
        f"bid of {gap.near} above the ask of {gap.far} at the same moneyness at {_strikes(gap.strikes)}"
        for gap in found.calendar_gaps
    ]
    return lines or ["the quotes themselves hold no butterfly, vertical or calendar arbitrage beyond bid and ask"]


def _strikes(strikes: Sequence[float]) -> str:
    shown = ", ".join(fixed(strike, 2) for strike in strikes[:STRIKES_SHOWN])
    return shown + (f" and {len(strikes) - STRIKES_SHOWN} more" if len(strikes) > STRIKES_SHOWN else "")


def print_surface(found: SurfaceFit, about: Cleaned) -> None:
    """One line an expiry; then the verdicts, what the market shows, and what was left out."""
    out = console()
    title = f"{about.underlying}: surface, {about.as_of:%Y-%m-%d %H:%M} UTC, spot {fixed(about.spot)}"
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    names = (
        "expiry",
        "days",
        "forward",
        "vol",
        "form",
        "quotes",
        "inside",
        "all inside",
        "error",
        "butterfly",
        "SVI inside",
    )
    for i, name in enumerate(names):
        table.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    for fit in found.fits:
        one = fit.slice
        table.add_row(
            escape(f"{one.expiry} {one.root}".strip()), fixed(365.0 * one.years), fixed(one.forward),
            fixed(money_vol(fit)), str(one.form), str(fit.quotes), percent(fit.inside), percent(fit.inside_all),
            fixed(fit.rmse_points, 3), "free" if fit.butterfly_free else "not free",
            NOT_DEFINED if np.isnan(fit.svi_inside) else percent(fit.svi_inside),
        )  # fmt: skip
    out.print(table)
    out.print(f"[bold]{percent(found.inside)}[/bold] inside bid and ask; calendar: {calendar_words(found)}")
    for line in market_lines(found):
        out.print(escape(line))
    out.print(f"[dim]{escape(RULE)}; error in volatility points[/dim]")
    for skipped in found.skipped:
        out.print(f"no slice for {escape(f'{skipped.expiry} {skipped.root}'.strip())}: {escape(skipped.reason)}")
    for reason, rows in about.dropped.items():
        out.print(f"[dim]{rows:,} rows dropped: {escape(reason)}[/dim]")
    if about.repeat:
        out.print(f"not its own day: {escape(about.repeat)}")
    for line in about.notes:
        out.print(f"[dim]assumed: {escape(line)}[/dim]")
    out.print()
