"""What stands next to a number, or in its place: every ``Status``, in a sentence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from seawall.core.status import Status
from seawall.report.glossary.term import Family, Term

WORDS: Final[Mapping[Status, tuple[str, str]]] = MappingProxyType(
    {
        Status.FOUND: (
            "The number is there and nothing is to be said about it.",
            "`core.status.Status`, `seawall ledger`",
        ),
        Status.ONE_SIDED: (
            "Over the whole grid the result is a gain, or a loss, so nothing breaks even.",
            "`kernels.roots.all_roots`, `seawall breakeven`",
        ),
        Status.NONFINITE: (
            "Somewhere on the grid there is no number, so roots there cannot be ruled out.",
            "`kernels.roots.all_roots`, `seawall breakeven`",
        ),
        Status.EXPIRED: (
            "The contract has ended, or the perp was liquidated.",
            "`kernels.black.black`, `seawall ledger`",
        ),
        Status.AT_BOUND: (
            "The quote holds no time value, so no volatility can be read from it but zero.",
            "`kernels.implied.implied_vol`",
        ),
        Status.BELOW_INTRINSIC: (
            "The quote is worth less than exercising it: one of its inputs is wrong.",
            "`kernels.implied.implied_vol`",
        ),
        Status.ABOVE_MAXIMUM: (
            "The quote is dearer than the option can ever be: one of its inputs is wrong.",
            "`kernels.implied.implied_vol`",
        ),
        Status.INVALID: (
            "An input cannot be used, and so there is no answer.",
            "`kernels.implied.implied_vol`, `evidence.returns.delever`",
        ),
        Status.NOT_SHORT: (
            "The question only makes sense for a position that is short convexity and is paid for it.",
            "`convexity.price.break_even_vol`, `seawall ledger`",
        ),
        Status.ON_EDGE: (
            "The price is exactly at the end of a range; the values of the inside are shown.",
            "`instruments.pool.LiquidityPosition`, `seawall lp`",
        ),
        Status.OUT_OF_RANGE: (
            "The position has stopped trading until the price comes back.",
            "`instruments.pool.LiquidityPosition`, `seawall lp`",
        ),
        Status.THIN: (
            "The number rests on very few independent observations.",
            "`kernels.tails.cvar`, `seawall backtest`",
        ),
        Status.FLAT: (
            "The input has not changed over its window, so a measure of change says nothing.",
            "`kernels.filters.flat`, `signals.base.Reading`",
        ),
        Status.EXTRAPOLATED: (
            "The curve was read beyond its last quote.",
            "`market.curve.VixCurve`, `seawall ledger`",
        ),
        Status.NO_EXPIRY: (
            "Nothing in the book ends, so there is no price at expiry.",
            "`ledger.breakeven.break_evens`, `seawall breakeven`",
        ),
        Status.NEVER: (
            "No positive price closes this position.",
            "`instruments.perp.LinearPerp`",
        ),
        Status.BREACHED: (
            "The venue would close the position at once.",
            "`kernels.margin.liquidation_prices`",
        ),
        Status.ENDLESS: (
            "The event may not happen, so its mean time is not a number.",
            "`ledger.lp_exit.exits`, `seawall lp`",
        ),
        Status.UNBOUNDED: (
            "Nothing limits what can be lost: a hedge leaves a loss that grows with the price, or a fall met no buyer.",
            "`kernels.cascade.cascade`, `kernels.cascade_book.book_cascade`, `sim.waterfall.run_waterfall`",
        ),
        Status.UNKNOWN: (
            "An input is missing. The answer is unknown, which is not zero.",
            "`ledger.exposure.Row`, `seawall ledger`",
        ),
        Status.AMBIGUOUS: (
            "Several answers solve the equation; none is picked in silence.",
            "`convexity.price.implied_il_vol`, `seawall lp`",
        ),
        Status.RUNAWAY: (
            "The cascade feeds itself up to the cap that the model sets, or had not come to rest.",
            "`kernels.cascade.cascade`, `sim.waterfall.run_waterfall`",
        ),
        Status.BUTTERFLY: (
            "Quotes or a smile let three options make money for nothing.",
            "`market.surface_fit.fit_surface`, `seawall surface`",
        ),
        Status.SPARSE: (
            "Too few quotes for a smile: lines stand in between them.",
            "`market.surface_fit.fit_surface`, `seawall surface`",
        ),
        Status.HELD: (
            "A fitted discount left its sensible range and was held at the end of it.",
            "`market.pairs.fit_line`, `seawall parity`",
        ),
        Status.TAYLOR_WEAK: (
            "The split by causes misses more than a tenth of the move, so the full number leads.",
            "`ledger.attribution`, `seawall replay`",
        ),
        Status.STOPPED: (
            "The search for the best whole contracts was cut off: the hedge keeps its floor and may not be cheapest.",
            "`convexity.static_hedge.static_hedge`, `seawall lp`",
        ),
        Status.BELOW_FLOOR: (
            "After rounding to whole contracts the hedge leaves more than the allowed shortfall.",
            "`convexity.static_hedge.rounded_hedge`, `seawall lp`",
        ),
    }
)
"""Sentence, and where it is used, by status."""


def _term(status: Status) -> Term:
    plain, enters = WORDS[status]
    return Term(
        name=status.name,
        family=Family.STATUS,
        plain=plain,
        formula=str(status),
        unit="a word beside a number",
        source="own definition",
        enters=enters,
        aliases=(str(status),),
    )


TERMS: Final = tuple(_term(status) for status in WORDS)
