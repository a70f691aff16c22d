"""One self-contained page: the sections in order, the style, the script, and Plotly once; it asks no network."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from seawall.evidence.comparison import Replay
from seawall.hedge.plan import HedgePlan
from seawall.ledger.breakeven import BreakEvens
from seawall.ledger.exposure import Ledger
from seawall.report.assumptions import modelled_section
from seawall.report.format import usd
from seawall.report.hedge_sections import hedge_section, regime_section, replay_section
from seawall.report.ledger_sections import (
    break_even_section,
    break_even_vol,
    density_section,
    heat_chart,
    ledger_section,
    total_share,
)
from seawall.report.margin_blocks import margin_section
from seawall.report.markup import Tile, data, listing, paragraph, section, text, tiles
from seawall.report.palette import DARK
from seawall.signals.regime import RegimeHistory

NOT_ADVICE: Final = (
    "Not financial advice. Modelled inputs are listed at the end; a claim that fails is shown as failed."
)
NO_SCRIPT: Final = "The charts need JavaScript; the tables do not."
SECTIONS: Final = {
    "ledger": "Ledger",
    "margin": "Margin",
    "convexity": "Convexity",
    "moves": "Moves",
    "break-evens": "Break-evens",
    "market-flows": "Forced flows",
    "regime": "Regime",
    "hedge": "Hedge",
    "replay": "Replay",
    "modelled": "What is modelled",
    "strip": "Strip",
    "days": "Days",
    "rates": "Rates",
    "gaps": "Gaps",
    "profile": "Profile",
    "where": "By strike and expiry",
    "surface": "Surface",
    "expiries": "Expiries",
    "results": "Results",
    "paths": "Paths",
    "spread": "Every position",
    "attribution": "Cause by cause",
    "by-position": "By position",
    "assumed": "What is assumed",
}
NO_LINKS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class PageParts:
    """Everything the demo page shows. ``plan_name``: the program that was replayed."""

    title: str
    ledger: Ledger
    break_evens: tuple[BreakEvens, ...]
    hedge: HedgePlan
    replay: Replay
    regimes: RegimeHistory
    plan_name: str


def demo_page(parts: PageParts) -> str:
    """The whole way through the house as one HTML document."""
    reading = parts.hedge.regime
    state = "unknown" if reading is None else reading.state.name
    body = (
        _tiles(parts.ledger, ("Regime", state, "" if reading is None else f"on {reading.day}")),
        *_ledger_parts(parts.ledger, parts.break_evens),
        regime_section(reading, parts.regimes),
        hedge_section(parts.hedge),
        replay_section(parts.replay, parts.regimes, parts.plan_name),
        modelled_section(parts.ledger, parts.replay, parts.regimes),
    )
    return document(parts.title, _as_of(parts.ledger), body)


def hedge_page(plan: HedgePlan) -> str:
    """One decision as one HTML document."""
    state = "unknown" if plan.regime is None else plan.regime.state.name
    lead = (
        f"{plan.before.state.now:%Y-%m-%d %H:%M} UTC · state {state} · policy {plan.policy.name} {plan.policy.digest}"
    )
    assumed = section("assumed", "What is assumed", listing(plan.before.state.assumptions()))
    return document(f"Hedge of {plan.book.name}", lead, (hedge_section(plan), assumed))


def ledger_page(ledger: Ledger, break_evens: tuple[BreakEvens, ...], flows: str = "") -> str:
    """The ledger of one book as one HTML document; ``flows``: the market-level block beside it."""
    body = (_tiles(ledger), *_ledger_parts(ledger, break_evens), flows, modelled_section(ledger, None, None))
    return document(ledger.book.name, _as_of(ledger), body)


def replay_page(replay: Replay, regimes: RegimeHistory) -> str:
    """A replay as one HTML document."""
    span = f"{replay.dates[0]} to {replay.dates[-1]}, {replay.dates.size:,} sessions"
    body = (replay_section(replay, regimes, ""), modelled_section(None, replay, regimes))
    return document("With and without the hedge", span, body)


def _ledger_parts(ledger: Ledger, break_evens: tuple[BreakEvens, ...]) -> tuple[str, ...]:
    heat = heat_chart(ledger)
    moves = section("moves", "What a move costs", heat) if heat else ""
    return (
        ledger_section(ledger),
        margin_section(ledger),
        density_section(ledger),
        moves,
        break_even_section(break_evens),
    )


def _as_of(ledger: Ledger) -> str:
    equity = "" if ledger.book.nav_usd is None else f"equity {usd(ledger.book.nav_usd)} USD · "
    return f"{ledger.state.now:%Y-%m-%d %H:%M} UTC · {equity}{len(ledger.rows)} positions"


def _tiles(ledger: Ledger, *more: tuple[str, str, str]) -> str:
    whole, worst = ledger.total, ledger.total.worst
    carry, rent = usd(whole.exposure.carry_usd_per_year), usd(whole.rent_usd_per_year)
    return tiles(
        (
            Tile("Carry", carry, "USD a year while nothing moves"),
            Tile("Rent", rent, "USD a year at the realised pace"),
            Tile("Break-even volatility", break_even_vol(whole).text, "points, realised by every factor"),
            Tile("Worst shock", usd(worst.usd), f"USD, {worst.shock}"),
            Tile("VIX can reach", total_share(ledger), "of the short convexity"),
            *(Tile(*one) for one in more),
        )
    )


@cache
def _packaged(name: str) -> str:
    return files("seawall.report").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def document(title: str, standfirst: str, parts: tuple[str, ...], links: Mapping[str, str] = NO_LINKS) -> str:
    """A whole self-contained page: its style, its two scripts and the charts' library are inside it.

    ``links``: names of the sections that only this page has, by their anchors.
    """
    from plotly.offline import get_plotlyjs

    body = "".join(parts)
    plotly, script = get_plotlyjs(), _packaged("page.js")
    anchors = "".join(
        f'<a href="#{name}">{text(words)}</a>'
        for name, words in {**links, **SECTIONS}.items()
        if f'<section id="{name}"' in body
    )
    # Only the two scripts named by their digests may run, and nothing may be fetched: a label is never code.
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src {_digest(plotly)} {_digest(script)}"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(title)} · seawall</title>
<link rel="icon" href="data:,">
<style>{_packaged("page.css")}</style>
</head>
<body>
<header>
<p class="brand">seawall</p>
<h1>{text(title)}</h1>
<p class="standfirst">{text(standfirst)} · not financial advice</p>
<nav aria-label="Sections">{anchors}</nav>
</header>
<main>{body}</main>
<footer>{paragraph(NOT_ADVICE)}<noscript>{paragraph(NO_SCRIPT)}</noscript></footer>
<script type="application/json" id="dark">{data(json.dumps(dict(DARK)))}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""
