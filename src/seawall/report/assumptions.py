"""Every assumption behind a page, in words, with the numbers taken from where they are used."""

from collections.abc import Sequence

from seawall.core.datum import Origin
from seawall.evidence.comparison import Replay
from seawall.instruments.pool import HORIZON_DAYS
from seawall.instruments.pool_shapes import SHAPES
from seawall.kernels.modelled import VVIX_PER_VIX
from seawall.ledger.exposure import Ledger
from seawall.ledger.margin import power_notes
from seawall.ledger.share import HEDGE_SESSIONS, HEDGE_WEIGHTS, TENOR_CORRELATION_DECAY
from seawall.market.curve import SHOCK_BETA_DAYS, SHOCK_BETAS
from seawall.market.shock import ETH_PER_SPX, LN_VIX_BETA, Shock, named_shocks
from seawall.market.state import MINIMUM_VOL
from seawall.report.format import fixed, percent, points
from seawall.report.markup import listing, paragraph, section, text
from seawall.signals.regime import RegimeHistory


def _shock_words(shock: Shock) -> str:
    moves = [f"{name} {percent(size, 1, signed=True)}" for name, size in shock.returns.items()]
    moved = ", ".join([*moves, f"VIX {points(shock.vix_points, 2, signed=True)} points"])
    return f"{shock.name}: {moved} ({shock.origin}; {shock.source})"


def ledger_assumptions(ledger: Ledger) -> list[str]:
    """What the revaluation of a book takes for granted, beyond the inputs that are not observed."""
    kinds = {row.kind for row in ledger.rows}
    betas = ", ".join(f"{beta:g} at {days:g} days" for days, beta in zip(SHOCK_BETA_DAYS, SHOCK_BETAS, strict=True))
    lines = [
        "option volatilities are sticky by strike; a move of volatility is in 30-day points, larger for shorter and "
        f"smaller for longer tenors, and never takes a volatility below {100.0 * MINIMUM_VOL:g} point",
        f"a VIX future moves with VIX by a beta of its tenor: {betas}",
        f"VVIX moves {VVIX_PER_VIX:g} points per point of VIX",
        f"the share that VIX can reach assumes a hedge of {':'.join(f'{w:g}' for w in HEDGE_WEIGHTS)}, prices "
        f"{HEDGE_SESSIONS} sessions ahead, and volatilities at tenors a and b that correlate "
        f"exp(-{TENOR_CORRELATION_DECAY:g} |ln a/b|)",
    ]
    if kinds & SHAPES.keys():
        lines.append(
            "fee income of a pool is the yearly rate stated in the book, earned only in range; its vega is for a "
            f"horizon of {HORIZON_DAYS:g} days"
        )
    if "covered_call_pool" in kinds:
        lines.append("a covered-call pool keeps the years to expiry stated in the book, whatever time passes")
    if kinds & {"linear_perp", "inverse_perp"}:
        lines.append("a perpetual or an account that reaches its liquidation price is worth nothing from there on")
    lines += power_notes(ledger.book, ledger.state)
    return lines


def _observed(ledger: Ledger) -> list[str]:
    lines = [
        f"{name}: {fixed(datum.value, 4).rstrip('0').rstrip('.')} as of {datum.as_of:%Y-%m-%d}, {datum.source}"
        for name, datum in ledger.state.data()
        if datum.origin is Origin.OBSERVED
    ]
    vix = ledger.state.vix
    if vix is not None and vix.curve.origin is Origin.OBSERVED:
        lines.append(f"VIX futures: {len(vix.curve.levels)} settlements, {vix.curve.source}")
    return lines


def _group(heading: str, lines: Sequence[str]) -> str:
    return f"<h3>{text(heading)}</h3>{listing(lines)}" if lines else ""


def modelled_section(ledger: Ledger | None, replay: Replay | None, regimes: RegimeHistory | None) -> str:
    """Everything on the page that was not observed, and what was."""
    parts = [paragraph("Nothing here is a quote unless it is said to be observed.")]
    if ledger is not None:
        shocks = [
            _shock_words(shock) for shock in named_shocks(ledger.state) if shock.name in ledger.total.pnl_by_shock
        ]
        rule = f"in a parametric jump ln VIX moves {LN_VIX_BETA:g} per log-return of SPX, ETH {ETH_PER_SPX:g} times SPX"
        parts += [
            _group("Inputs that were not observed", ledger.state.assumptions()),
            _group("Inputs that were", _observed(ledger)),
            _group("Revaluation", ledger_assumptions(ledger)),
            _group("Shocks", [*shocks, rule]),
        ]
    if replay is not None:
        parts.append(_group("Replay", replay.hedge_result.modelled))
    told = "\n".join(replay.hedge_result.modelled) if replay is not None else ""
    if regimes is not None and not all(note in told for note in regimes.notes):
        parts.append(_group(f"Regime, preset {regimes.preset}", regimes.notes))
    return section("modelled", "What is modelled", *parts)
