"""What a venue for perps does when an account runs dry."""

from typing import Final

from seawall.report.glossary.term import Family, Term

TERMS: Final = (
    Term(
        name="maintenance tier",
        family=Family.PERP,
        plain=(
            "A bracket of position size with its own maintenance rate: the larger the position, the larger the "
            "share of equity it must keep."
        ),
        formula="rate m_k from notional N_k on",
        unit="share of notional",
        source="venue documentation, dated",
        enters="`kernels.margin.Schedule`, `instruments.venues.Tiers`",
        aliases=("tier", "tiers"),
        see_also=("maintenance margin", "deduction"),
    ),
    Term(
        name="deduction",
        family=Family.PERP,
        plain="The amount taken off in a tier so that maintenance does not jump at its edge.",
        formula="D_0 = 0, D_k = D_{k-1} + N_k (m_k - m_{k-1})",
        unit="USD",
        source="venue documentation; continuity",
        enters="`kernels.margin.deductions`",
        aliases=("maintenance amount",),
        see_also=("maintenance tier",),
    ),
    Term(
        name="backstop",
        family=Family.PERP,
        plain="A vault of the venue that takes over accounts too thin for the order book, before the fund is asked.",
        formula="equity below 2/3 of maintenance",
        unit="share of maintenance",
        source="Hyperliquid documentation",
        enters="`kernels.margin.BACKSTOP`, `sim.waterfall_state.Venue`",
        aliases=("backstop vault", "liquidator vault"),
        see_also=("maintenance margin", "insurance fund", "ADL"),
    ),
    Term(
        name="ADL rank",
        family=Family.PERP,
        plain="Who among the winners is closed first: each venue has its own formula of profit and leverage.",
        formula=(
            "Hyperliquid: (mark/entry) notional/value; BitMEX: P&L share times leverage; Binance: max(0, "
            "U)/max(1, WB) times MM/(WB + U)"
        ),
        unit="number; the highest is closed first",
        source="venue documentation, dated",
        enters="`kernels.adl.hyperliquid_rank`, `kernels.adl.bitmex_rank`, `kernels.adl.binance_rank`",
        aliases=("ADL ranks", "ADL queue", "leveraged profit"),
        see_also=("ADL",),
    ),
    Term(
        name="bad debt",
        family=Family.PERP,
        plain="What is missing when a position is closed beyond its bankruptcy price.",
        formula="max(q (p_bk - p_exec), 0), q signed as held",
        unit="USD",
        source="Chitra 2025, arXiv:2512.01112",
        enters="`kernels.perp.bad_debt`, `sim.waterfall.Frame`",
        aliases=("deficit",),
        see_also=("bankruptcy price", "insurance fund", "ADL"),
    ),
    Term(
        name="partial liquidation",
        family=Family.PERP,
        plain="A large position of which a part is closed first, and all of it if that was not enough.",
        formula="above 100000 USD: 20 %; all of it within 30 seconds after such a part",
        unit="units",
        source="Hyperliquid documentation",
        enters="`kernels.perp.hyperliquid_order`, `kernels.cascade_book.partial_rungs`",
        see_also=("liquidation price",),
    ),
)
