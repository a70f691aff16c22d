"""Where the sources disagree, and what the program does about it."""

from typing import Final, NamedTuple

from seawall.report.glossary.term import Family, Term


class Contradiction(NamedTuple):
    """One conflict between sources: its id, subject, both sides, and the resolution."""

    id: str
    subject: str
    conflict: str
    resolution: str


CONTRADICTIONS: Final = (
    Contradiction(
        "C01",
        "first layer",
        "One source puts VIX calls first, another short SPX condors.",
        "A condor has the pool's own sign, so it is L0, financing; L1 is VIX calls.",
    ),
    Contradiction(
        "C02",
        "Second Engine",
        "It is defined five ways.",
        "Five plug-ins, default macro_ladder, all to be tested.",
    ),
    Contradiction(
        "C03",
        "wings",
        "Widen on stress, or narrow on exhaustion?",
        "Both, in order: ONSET widens, EXHAUST narrows.",
    ),
    Contradiction(
        "C04",
        "funding as danger",
        "Positive in one place, negative in another.",
        "Flags for both signs; the sign is printed and H-04 decides.",
    ),
    Contradiction(
        "C05",
        "inflation surprise",
        "Measured against FOMC expectations, although the FOMC projects another index.",
        "The survey consensus; the other index is a variant.",
    ),
    Contradiction(
        "C06",
        "what a pool does",
        "Said to buy high and sell low.",
        "It sells too low into rises and buys too high into falls, at stale prices (Milionis et al. 2022).",
    ),
    Contradiction(
        "C07",
        "dealers' side",
        "Short calls and puts, or long calls and short puts; same-day gamma was positive on average.",
        "The convention must be stated, and the spread of three is shown.",
    ),
    Contradiction(
        "C08",
        "Temporal Theta",
        "A complacent top, or decay in an expansion; said to help hedges.",
        "Two definitions are kept (M37, M38). Owned options bleed faster too, so only a hedge that is sold gains.",
    ),
    Contradiction(
        "C09",
        "calm hedges earn",
        "A protective rate of 1.5 times the yield in calm, although long volatility costs carry.",
        "H-09, expected to fail alone; the net package is shown beside it.",
    ),
    Contradiction(
        "C10",
        "property trusts",
        "Said to have low correlation.",
        "A crisis-correlation gate of 0.2; rejection is expected.",
    ),
    Contradiction(
        "C11",
        "60 to 75 % offset",
        "Stated as a property of the hedge.",
        "It is a statement of size; only OffsetRatio with its cost and interval is printed.",
    ),
    Contradiction(
        "C12",
        "IL and LVR",
        "Used as one word; the share of worst windows with VIX above 30 is 21 % or 46 % by sample.",
        "Same mean, an 18-fold spread, three separate results; both samples are quoted.",
    ),
    Contradiction(
        "C13",
        "4:4:2",
        "Contracts, notional shares or portfolio percent.",
        "Three readings, default contracts.",
    ),
    Contradiction(
        "C14",
        "condor limits",
        "1 to 2 % or 10 %; a stop at twice the credit or none; several costs and drawdowns.",
        (
            "Presets; the method takes 1.5 % a structure and 10 % in total. Claims are not repeated as facts. The "
            "replay's default risks 10 %."
        ),
    ),
    Contradiction(
        "C15",
        "no condors above 20",
        "It would idle the rule on 37 % of days, yet condors are daily.",
        "Only in the glossary preset.",
    ),
    Contradiction(
        "C16",
        "EDR",
        "A formula without a unit, and six expansions of its letters.",
        "edr_raw as printed, edr_norm of our own.",
    ),
    Contradiction(
        "C17",
        "MACD of VVIX",
        "Up means buy, while a high level lowered later option returns.",
        "A two-sided claim, H-07; no weight in measured.",
    ),
    Contradiction(
        "C18",
        "zero bids",
        "Two in a row, or two in all?",
        "Two in a row: 13.6858 meets the printed 13.69.",
    ),
    Contradiction(
        "C19",
        "arbitrage with a fee",
        "e^(gam/2) by one reading of the constant-product formula.",
        "cosh(gam/2), the mean of both sides; simulation agrees. The other reading is a flag.",
    ),
    Contradiction(
        "C20",
        "blocks at equal intervals",
        "Is gamma half or the full spread?",
        "The full spread, 2 gam; simulation agrees.",
    ),
    Contradiction(
        "C21",
        "gas",
        "An asymptotic formula and the exact integral differ.",
        "The exact closed form; simulation agrees.",
    ),
    Contradiction(
        "C22",
        "implied volatility of a pool",
        "Lambert's form and the break-even volatility.",
        "Equal when tick spacing is twice the fee tier; 2 sqrt(fee volume / (L sqrt P)) is used.",
    ),
    Contradiction(
        "C23",
        "stableswap A",
        "A n^n or A n.",
        "The contracts' convention, A n.",
    ),
    Contradiction(
        "C24",
        "wings of a smile",
        "Slope bound 4 or 2.",
        "2 in total variance.",
    ),
    Contradiction(
        "C25",
        "kurtosis in DSR",
        "Copies on the web say excess.",
        "Raw; published numbers fix it.",
    ),
    Contradiction(
        "C26",
        "VXTH bounds",
        "Which end belongs to a band differs between pages.",
        "(15, 30] as in the issuer's text.",
    ),
    Contradiction(
        "C27",
        "CNDR",
        "One page describes another index; growth was near zero after 2007.",
        "The delta rule of the product page; every sub-period is printed.",
    ),
    Contradiction(
        "C28",
        "condor margin",
        "The greater side, or only with equal wings.",
        "Both, strict by default.",
    ),
    Contradiction(
        "C29",
        "mark or oracle",
        "Which price funding and deleveraging use; a formula that drops the sign of shorts.",
        "A venue table with dates; the signed formula.",
    ),
    Contradiction(
        "C30",
        "2025-10-10",
        "9.9 or 19 billion USD liquidated, several deficits.",
        "Each number carries its definition; none are mixed.",
    ),
    Contradiction(
        "C31",
        "temporal buffer",
        "Implied variance and decay both subtracted.",
        "Decay already is that variance: subtract once.",
    ),
    Contradiction(
        "C32",
        "tenor rule",
        "A square-root rule against measured betas.",
        "Power 0.5 by default; the measured 0.37 is reported beside it.",
    ),
)

TERMS: Final = tuple(
    Term(
        name=f"{one.id}: {one.subject}",
        family=Family.CONTRADICTION,
        plain=one.conflict,
        formula=one.resolution,
        unit="a choice",
        source="the sources contradict each other",
        enters="`report.glossary.contradictions`",
        aliases=(one.id,),
        ids=(one.id,),
    )
    for one in CONTRADICTIONS
)
