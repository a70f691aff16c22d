"""Observations that need more than market series: a book, its history, a pool, scenarios; described like a signal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seawall.kernels.filters import zscore
from seawall.ledger import capital
from seawall.signals import book
from seawall.signals.contract import Array, Family, Prior, weight

WACC_WINDOW: Final = 20


@dataclass(frozen=True, slots=True)
class Card:
    """One observation of a book. ``needs`` says what ``compute`` is given; the other fields are those of a signal."""

    id: str
    name: str
    needs: str
    unit: str
    source: str
    formula: str
    would_do: str
    compute: Callable[..., object]
    prior: Prior = Prior.UNKNOWN
    family: Family = Family.BOOK
    conflict: str = ""
    passed: bool = False
    evidence: str = ""

    def weight(self, preset: str) -> float:
        """Weight in a decision: none until it passed the evidence. Raises ``UnknownParameterError`` for a preset."""
        return weight(preset, self.passed, False)


def wacc_z(costs: Array) -> Array:
    """M23: z of the cost of capital over 20 days, (n,). ``costs``: WACC a day, (n,)."""
    return zscore(costs, WACC_WINDOW)


CARDS_BOOK: Final = (
    Card("M03.LEAD", "Lead of a MACD over the gamma or vega label", "signal and book history", "correlation",
         "METHOD M03", "correlation of the signal with M18 one to ten sessions later",
         "Names the lag at which a cross would speak, or that none does.", book.lead_correlations),
    Card("M18", "Gamma or vega: what moved the book", "book history", "share", "METHOD 5.2, M18",
         "size of gamma and theta, and of vega and volga, summed over five sessions, as shares of both",
         "Gamma: re-centre or widen; vega: buy or sell volatility.", book.gamma_vega_shares),
    Card("M20", "Pool quick ratio", "pool", "ratio", "METHOD M20",
         "(quote executable within 2 % + unclaimed fees) over the 99th percentile of one-sided flow of a day",
         "Below 1 the position is too large for its own exit.", book.pool_quick_ratio),
    Card("M23", "Weighted average cost of capital", "rates and funding", "per year", "METHOD 5.7, M23",
         "dollars of each source times its rate, over all dollars; equity at SOFR + 4 %",
         "The hurdle of every layer's internal rate.", capital.wacc),
    Card("M23.Z", "Cost of capital against its norm", "rates and funding", "sd", "METHOD M23",
         "z over 20 days of M23", "Would tilt the hedge ratio; the tilt is 0 by default.", wacc_z),
    Card("M24", "Internal rate of the account", "book history", "per year", "METHOD 5.7, M24",
         "rate at which the dated flows of a span are worth nothing, hedged and unhedged",
         "A hedge that leaves the rate steadier pays for itself where the mean is equal.", capital.rolling_xirr,
         Prior.UNKNOWN, conflict="C09"),
    Card("EVA", "Economic value added", "book history", "usd per year", "METHOD 5.7", "(M24 - M23) times capital",
         "Below zero the book earns less than its capital costs.", capital.economic_value_added),
    Card("PCF", "Price over cash flow of a pool position", "pool", "years", "METHOD 5.7",
         "value of the position over its fees a year", "Sizes the hedge: 20 % of fees a year.",
         capital.price_to_cash_flow),
    Card("M26", "Book betas against their bands", "book", "NAV per 1.00", "METHOD M26",
         "delta to SPX over equity, within .05; vega over equity, within .25",
         "Outside its band a layer is resized until the beta is back.", book.book_betas),
    Card("M27", "Value of short volatility", "model", "usd per usd", "METHOD M27",
         "12 (F1 - VIX)/F1 times a haircut, over r - g", "Below the margin it ties up, the carry is not worth holding.",
         capital.short_vol_value),
    Card("M28", "Value of scheduled emissions", "schedule", "usd", "METHOD M28",
         "sum of tokens times price, discounted by the rate and the decay of the price",
         "Counted apart from fees, never inside them.", capital.emissions_value),
    Card("M28.SHARE", "Share of a yield that is emissions", "pool", "share", "METHOD M28",
         "emissions over emissions and fees; above half it is a promoter yield",
         "A promoter yield pays for no hedge budget.", capital.promoter_yield),
    Card("M32", "Change around governance votes", "events", "unit of the series", "METHOD M32",
         "mean of a series after the end of a vote less its mean before, over all votes",
         "Where votes move fees or depth, size is cut before them.", book.event_study),
    Card("M34", "Weights of equal risk", "scenarios", "share", "METHOD M34",
         "weights under which every part adds the same to CVaR", "A reference allocation beside the policy's own.",
         book.risk_parity, Prior.UNKNOWN),
    Card("M35", "Steward and Promoter", "book history", "0..1", "METHOD 7.3, M35",
         "Steward: coverage times rule adherence times share of sessions within the tail budget; Promoter: correlation "
         "of size with trailing yield", "A mirror for the owner: nothing is ordered by it.", book.stewardship),
    Card("M36", "Loyalty and motion", "book history", "share", "METHOD M36",
         "share of triggered sessions on which nothing was done; turnover over that of the band policy",
         "Shows whether holding on or trading too much costs more.", book.stewardship),
    Card("M38", "Temporal Theta", "model", "ratio", "METHOD M38",
         "decay of the next day at a shocked volatility over that now",
         "Owned options decay faster too: only a hedge that is sold in the spike gains.", book.temporal_theta,
         Prior.SUPPORTED, conflict="C08"),
    Card("M39", "Vega coverage", "book", "ratio", "METHOD 5.1, M39",
         "hedge vega over short vega by tenor, never more than there is to cover",
         "Below the policy's share, layers one to three are bought.", book.vega_coverage),
    Card("M39.EXTRINSIC", "Extrinsic value sold", "book", "usd", "METHOD 5.1, M39",
         "price less intrinsic value of every option sold", "What time can pay the book at most.",
         book.extrinsic_sold),
    Card("BUFFER", "Temporal buffer", "book", "days", "METHOD 5.7, C31",
         "365 C over (half of gamma times the squared double break-even volatility, less carry)",
         "Below five days: reduce before hedging.", capital.temporal_buffer),
    Card("ESCAPE.DAYS", "Days to flatten", "book", "days", "METHOD 5.7",
         "the slowest leg at a tenth of its daily volume", "Caps the size of a leg.", capital.days_to_flatten),
    Card("ESCAPE.LAYERS", "Hedge layers that gain in each stress", "scenarios", "layers", "METHOD 5.7",
         "layers with a positive result, of which two are required", "Fewer than two: another layer is offered.",
         capital.escape_layers),
    Card("RUIN", "Joint ruin of yield and hedge", "scenarios", "probability", "METHOD 5.7",
         "share of scenarios in which equity falls below maintenance while a quarter or less of the hedge is left",
         "Above the policy's limit the wrong-way layer is replaced.", capital.joint_ruin),
)  # fmt: skip
