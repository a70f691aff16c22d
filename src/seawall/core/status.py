"""What a solver or a formula found, next to its values; the text is what a reader needs to know."""

from enum import StrEnum


class Status(StrEnum):
    """Outcome of a computation that has more answers than a number."""

    FOUND = "found"
    ONE_SIDED = "the result keeps one sign over the grid: no root"
    NONFINITE = "a value on the grid is not a number"
    EXPIRED = "expired: value is intrinsic"
    AT_BOUND = "price equals intrinsic: volatility is zero"
    BELOW_INTRINSIC = "price below intrinsic: check bid, ask and forward"
    ABOVE_MAXIMUM = "price above its no-arbitrage maximum: check units"
    INVALID = "a number is missing or outside its domain"
    NOT_SHORT = "not short convexity with positive carry: undefined"
    ON_EDGE = "price is on the edge of the range"
    OUT_OF_RANGE = "price is outside the range: no fees, no convexity"
    THIN = "too few observations for this level"
    FLAT = "the series does not move"
    EXTRAPOLATED = "outside the quoted expiries"
    NO_EXPIRY = "nothing expires"
    NEVER = "cannot be liquidated at a positive price"
    BREACHED = "the price is already beyond its liquidation price"
    ENDLESS = "may never come: no finite expectation"
    UNBOUNDED = "the loss has no floor"
    UNKNOWN = "unknown: an input is missing"
    AMBIGUOUS = "more than one root"
    RUNAWAY = "self-sustaining: the cap was reached"
    BUTTERFLY = "not convex in strike"
    SPARSE = "too few quotes: interpolated"
    HELD = "outside its range: held at the end of it"
    TAYLOR_WEAK = "the expansion explains less than 90 % of the move"
