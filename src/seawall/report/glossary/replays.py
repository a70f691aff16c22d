"""Time, shocks and the cause of a move."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="Temporal Theta",
        family=Family.IDEA,
        plain=(
            "Time decay changes with volatility. Read two ways by the sources: a complacent top (Big Top), and a "
            "ratio of decay after a shock to decay now. Owned options bleed faster too, so only a hedge that is sold "
            "gains."
        ),
        formula="TT = theta(shocked volatility) / theta(now)",
        unit="ratio",
        source="source articles; own definition M38",
        enters="`signals.book.temporal_theta`",
        evidence=(
            f"{UNTESTED}; true for both sides: an at-the-money option of 10 days decays 2.00 times faster at 32 than "
            "at 16 volatility"
        ),
        ids=("M38", "C08"),
        see_also=("Big Top", "M38", "theta/day"),
    ),
    Term(
        name="Time-Shifting",
        family=Family.IDEA,
        plain=(
            "To move a hedge or a book in time: replay a dated event on today's book, find days like today, or roll a "
            "layer to a later tenor before it is forced."
        ),
        formula=(
            "path: the event's log-returns and volatility moves applied to today; tenor: each layer + 30 or + 60 days"
        ),
        unit="USD per day",
        source="source articles",
        enters="`seawall replay`, `market.event_path.states_along`, `sim.tenor.tenor_table`",
        evidence=UNTESTED,
        aliases=("time shifting", "replay of an event"),
        ids=("A09", "A31"),
        see_also=("SHIFT.roll", "named shock", "analog"),
    ),
    Term(
        name="analog",
        family=Family.IDEA,
        plain="The days in the past most like today, and what followed them, shown as a band and never as a forecast.",
        formula=(
            "10 nearest dates by Mahalanobis distance on VIX, slope, VVIX, realised volatility, funding and dealer "
            "gamma; 60 days apart"
        ),
        unit="dates",
        source="own definition",
        enters="`seawall replay`, `sim.analog.twins`",
        evidence=UNTESTED,
        aliases=("twin", "days like today"),
        ids=("A09", "A27"),
        see_also=("Time-Shifting",),
    ),
    Term(
        name="event catalogue",
        family=Family.IDEA,
        plain=(
            "Dated crashes, rallies and slow grinds. Where the store has every session its path is followed; else a "
            "few typed closes with their source stand in, and rules fill what is missing, labelled so."
        ),
        formula="today's level x event level / level on its eve; missing VIX by -5.1, coins by 2.5 times SPX",
        unit="ratio to the eve",
        source="S&P 500, Cboe, coin closes; press where said",
        enters="`seawall replay`, `data.event_catalogue.known_event`, `data.event_paths.event_path`",
        aliases=("events", "typed facts"),
        ids=("A09",),
        see_also=("Time-Shifting", "named shock"),
    ),
    Term(
        name="excess margin",
        family=Family.IDEA,
        plain="Equity above what the options and perps of a book must keep as margin; below zero is a margin call.",
        formula="nav + P&L since the eve - margin of options - maintenance of perps",
        unit="USD, unknown without a nav",
        source="own definition",
        enters="`seawall replay`, `ledger.requirement.requirement`",
        aliases=("excess",),
        see_also=("maintenance margin",),
    ),
    Term(
        name="offset of an event",
        family=Family.IDEA,
        plain="What the hedges gained in one event per dollar that the rest of the book lost. Size can buy any share.",
        formula="- P&L of hedges / P&L of the rest, where the rest lost",
        unit="%",
        source="own definition",
        enters="`seawall replay`, `sim.hedge_rows.offset_ratio`",
        evidence="one event: no evidence about the next",
        see_also=("Time-Shifting",),
    ),
    Term(
        name="named shock",
        family=Family.IDEA,
        plain=(
            "A dated one-day move, or a stated jump of SPX with the volatility that usually goes with it, at which "
            "the whole book is valued anew."
        ),
        formula=(
            "in a jump ln VIX moves by -5.1 times the SPX log-return, ETH by 2.5 times SPX; other tenors by "
            "(30/days)^0.5"
        ),
        unit="return, points of VIX",
        source="daily closes; betas 2016 to 2022, exploratory",
        enters="`market.shock.named_shocks`, `seawall ledger`",
        aliases=("shock", "jump"),
        ids=("E09", "E20", "C32"),
        see_also=("worst case", "square-root rule"),
    ),
    Term(
        name="extrinsic value",
        family=Family.IDEA,
        plain="What an option costs above its value if exercised now: the part that time takes.",
        formula="price - max(0, D (F - K)) for a call",
        unit="USD",
        source="standard definition",
        enters="`signals.book.extrinsic_sold`",
        aliases=("time value",),
        ids=("M39",),
        see_also=("M39", "theta/day"),
    ),
    Term(
        name="negative gamma or vega expansion",
        family=Family.IDEA,
        plain=(
            "Did the market move because falls forced selling (gamma), or because volatility itself was repriced "
            "(vega)? The shares of a book, of a cascade and of a dated event are computed."
        ),
        formula=(
            "gamma share = Gamma dS^2 / 2 + theta dt; vega share = nu d(sigma) + volga d(sigma)^2 / 2; vanna is split "
            "in halves"
        ),
        unit="USD",
        source="Taylor expansion with the remainder shown; Shapley for the mixed term",
        enters="`kernels.cascade_split.two_loops`, `signals.book.gamma_vega_shares`",
        evidence=f"{UNTESTED}; prior: gamma first for perps on 2025-10-10, vega first for a 30-day straddle (H-06)",
        ids=("E18", "E23", "M18"),
        see_also=("attribution", "branching ratio", "M18"),
    ),
    Term(
        name="attribution",
        family=Family.IDEA,
        plain="A day's profit split by cause, with what the split cannot explain in its own column.",
        formula=(
            "dV = carry + theta + nu d(sigma) + Delta dS + Gamma dS^2 / 2 + vanna dS d(sigma) + volga d(sigma)^2 / 2 "
            "+ funding + fees - costs + remainder"
        ),
        unit="USD",
        source="Taylor expansion",
        enters="`ledger.attribution`, `seawall replay`",
        ids=("M18", "E11"),
        see_also=("negative gamma or vega expansion", "TAYLOR_WEAK"),
    ),
    Term(
        name="convexity of the book at expiry and now",
        family=Family.IDEA,
        plain=(
            "An option is a spike at expiry and a smooth hump before it; mixing the two is refused unless the horizon "
            "is stated."
        ),
        formula="Gamma$(S, t) = D E[-gammabar(S_T)]",
        unit="USD",
        source="martingale property of dollar gamma under Black 1976",
        enters="`convexity.price.dollar_gamma`",
        see_also=("terminal density", "instantaneous profile"),
    ),
)
