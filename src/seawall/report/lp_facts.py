"""A reading of a pool position in words and numbers: groups of facts that the terminal and the page both show."""

import math
from typing import Final

from seawall.core.status import Status
from seawall.instruments.pool import HORIZON_DAYS
from seawall.ledger.lp_exit import MODEL, Distance, Exits
from seawall.ledger.lp_reading import LpReading, Rent
from seawall.report.format import NOT_DEFINED, UNKNOWN, fixed, percent, points, usd
from seawall.report.lp_parts import Fact, Group, amount, chance, duration, price, vol

DAYS: Final = f"{HORIZON_DAYS:g}"
WHOLE_AXIS: Final = "whole axis"
FAR_MOVE: Final = 100.0
"""A move to an end of more than so many times the price is not written as percent."""


def on_end(found: Exits) -> bool:
    """Whether the price is on an end of its range."""
    return any(distance is not None and distance.move == 0.0 for distance in (found.low, found.high))


def where(found: Exits) -> str:
    """Where the price is, in words."""
    if found.everywhere:
        return "in range, everywhere"
    if found.inside:
        return "on the end of its range" if on_end(found) else "in range"
    side = "below" if found.low is not None and found.low.move > 0.0 else "above"
    return f"out of range, {side} it" if len(found.spans) == 1 else "out of range"


def verdict(reading: LpReading) -> str:
    """Whether fees pay the rent, in one sentence."""
    if reading.exposure.gamma_usd == 0.0:
        return f"Out of range: no fees and no rent until the price {_way_back(reading)}."
    if reading.break_even is None:
        why = "its fee income is unknown" if reading.fee_usd_per_day is None else "it earns no fees"
        return (
            f"No break-even volatility: {why}; it owes {usd(reading.at_implied.usd_per_day, 2)} USD a day at implied."
        )
    sides = [("implied", reading.implied_vol), ("realised", reading.at_realised.vol)]
    said = [
        f"{'above' if reading.break_even > level else 'below'} {name} {vol(level)}" for name, level in sides if level
    ]
    return f"Fees pay for a volatility of {vol(reading.break_even)} points: {', '.join(said)}."


def _way_back(reading: LpReading) -> str:
    ends = (("falls", reading.exits.room[0]), ("rises", reading.exits.room[1]))
    ways = [
        f"{verb} {percent(abs(end / reading.spot - 1.0))} to {price(end)}" for verb, end in ends if 0.0 < end < math.inf
    ]
    return " or ".join(ways)


def _distance(name: str, found: Distance | None, inside: bool) -> Fact:
    if found is None:
        return Fact(name, WHOLE_AXIS, "no end on this side")
    deviations = f"{fixed(abs(found.daily_deviations), 1)} daily standard deviations away"
    way = "" if inside else ", outside now"
    move = percent(found.move, 1, signed=True) if found.move < FAR_MOVE else f"{found.move:.3g} times the price"
    return Fact(name, price(found.price), f"{move}, {deviations}{way}")


def _range(reading: LpReading) -> Group:
    found = reading.exits
    if found.everywhere:
        spans = [Fact("range", WHOLE_AXIS, "trades at every price")]
    else:
        spans = [
            _distance("low end", found.low, found.inside),
            _distance("high end", found.high, found.inside),
        ]
    others = [f"{price(low)} to {price(high)}" for low, high in found.spans if (low, high) != found.nearest]
    more = [Fact("other ranges", "; ".join(others))] if others else []
    return Group("range", (Fact("price now", price(reading.spot), where(found)), *spans, *more))


def _holdings(reading: LpReading) -> Group:
    held, e = reading.holdings, reading.exposure
    leverage = NOT_DEFINED if held.leverage is None else f"{fixed(held.leverage, 2)} x"
    return Group(
        "holdings",
        (
            Fact("value", f"{usd(e.value_usd)} USD", f"accrued fees {usd(held.fees_usd)} USD in it"),
            Fact("holds", f"{amount(held.base)} {reading.factor}", f"and {fixed(held.quote, 2)} of the quote token"),
            Fact("leverage over v2", leverage, "rent per dollar, in units of the whole axis"),
            Fact("delta", f"{usd(e.delta_usd)} USD", f"{amount(held.base)} {reading.factor}"),
            Fact("dollar gamma", f"{usd(reading.gamma_usd_per_pct, 2)} USD", "change of delta for a 1 % move"),
            Fact(
                f"vega to {DAYS} days", f"{usd(e.horizon_vega_usd_per_point, 2)} USD a point",
                "for this horizon only; marked as spot a pool has none",
            ),
        ),
    )  # fmt: skip


def _rent_fact(name: str, rent: Rent) -> Fact:
    note = "volatility unknown" if rent.vol is None else f"at {vol(rent.vol)} points"
    return Fact(f"rent at {name}", f"{usd(rent.usd_per_day, 2)} USD a day", note)


def _needed(name: str, rent: Rent) -> Fact:
    apr = rent.fee_apr_needed
    if apr == 0.0:
        return Fact(f"fees needed at {name}", NOT_DEFINED, "no rent is owed out of range")
    daily = "" if apr is None else f"{percent(apr / 365.0, 3)} a day"
    return Fact(f"fees needed at {name}", f"{percent(apr)} a year", daily)


def _edge(reading: LpReading, level: float | None) -> str:
    if reading.break_even is None or level is None:
        return ""
    gap = reading.break_even - level
    return f"fees pay for {points(abs(100.0 * gap))} points {'more' if gap >= 0.0 else 'less'}"


def _carry(reading: LpReading) -> Group:
    rate = "fee rate unknown" if reading.fee_apr is None else f"{percent(reading.fee_apr)} a year in range"
    fee = reading.fee_usd_per_day
    level = vol(reading.break_even) + " points"
    if reading.break_even is None:
        level = UNKNOWN if reading.break_even_status is Status.UNKNOWN else NOT_DEFINED
    realised = reading.at_realised.vol
    asset = reading.state.asset(reading.factor)
    origin, seen = asset.smile.origin, "" if asset.realised_vol is None else str(asset.realised_vol.origin)
    return Group(
        "fees against rent",
        (
            Fact("fee income", UNKNOWN if fee is None else f"{usd(fee, 2)} USD a day", rate),
            _rent_fact("realised", reading.at_realised),
            _rent_fact("implied", reading.at_implied),
            _needed("realised", reading.at_realised),
            _needed("implied", reading.at_implied),
            Fact("break-even volatility", level, _break_even_note(reading)),
            Fact(
                f"implied, {DAYS} days at the money", f"{vol(reading.implied_vol)} points",
                "; ".join(filter(None, (str(origin), _edge(reading, reading.implied_vol)))),
            ),
            Fact(
                "realised", UNKNOWN if realised is None else f"{vol(realised)} points",
                "; ".join(filter(None, (seen, _edge(reading, realised)))),
            ),
        ),
    )  # fmt: skip


def _break_even_note(reading: LpReading) -> str:
    if reading.break_even is not None:
        return "realised volatility that eats the fees"
    if reading.exposure.gamma_usd == 0.0:
        return "no rent is owed out of range"
    return "fee income is unknown" if reading.fee_usd_per_day is None else "no fees are earned"


def _loss(reading: LpReading) -> Group:
    loss = reading.loss
    if loss.usd is None:
        value, note = UNKNOWN, "the smile's wings are too fat for this density"
    else:
        value, note = f"{usd(loss.usd, 2)} USD", f"{percent(loss.usd / reading.holdings.tokens_usd, 2)} of value"
    fees = reading.horizon_fees_usd
    paid = UNKNOWN if fees is None else f"{usd(fees, 2)} USD"
    cover = "" if not fees or not loss.usd else f"{fixed(fees / loss.usd, 2)} times that price"
    return Group(
        "what options say",
        (
            Fact(f"price of {DAYS}-day loss", value, note),
            Fact("volatility in that price", f"{vol(loss.vol)} points" if loss.vol else UNKNOWN, "off the smile"),
            Fact(f"{DAYS} days of fees", paid, "; ".join(filter(None, (cover, "if the price stays here")))),
            *_mirror(reading),
        ),
    )


def _mirror(reading: LpReading) -> tuple[Fact, ...]:
    """The position in the words of a condor, and the strangle with its gamma (METHOD 4)."""
    found, made = reading.exits, reading.strangle
    facts = []
    if not found.everywhere and found.nearest[0] > 0.0 and math.isfinite(found.nearest[1]):
        half = math.sqrt(found.nearest[1] / found.nearest[0])
        if found.inside:
            state = "between the short strikes"
        else:
            state = f"through the short {'put' if found.low is not None and found.low.move > 0.0 else 'call'}"
        wing = percent(half - 1.0) if half < FAR_MOVE else WHOLE_AXIS
        facts.append(Fact("condor mirror: wing width", wing, f"half-width {half:.5g}; {state}"))
    if made is None:
        facts.append(Fact("equivalent strangle", NOT_DEFINED, "no dollar gamma to match out of range"))
        return tuple(facts)
    strikes = f"{price(made.put.strike)} put, {price(made.call.strike)} call"
    kinds = ["range end" if end else "one standard deviation" for end in made.at_ends]
    at = f"strikes: {kinds[0]}" if kinds[0] == kinds[1] else f"strikes: {kinds[0]} below, {kinds[1]} above"
    facts += [
        Fact("equivalent short strangle", strikes, f"{DAYS} days, {fixed(made.units, 4)} of each; {at}"),
        Fact(
            "its premium", f"{usd(made.premium_usd, 2)} USD",
            f"theta {usd(made.theta_usd_per_day, 2)} USD a day, vega {usd(made.vega_usd_per_point, 2)} USD a point",
        ),
    ]  # fmt: skip
    return tuple(facts)


def _leaving(reading: LpReading) -> Group:
    found = reading.exits
    if found.everywhere:
        return Group("leaving the range", (Fact("leaves", "never", WHOLE_AXIS),))
    verb = "leaves" if found.inside else "comes back"
    facts = [
        Fact(
            f"{verb} within {h.days:g} day{'' if h.days == 1.0 else 's'}", "now" if on_end(found) else chance(h.cross),
            f"outside at that time: {chance(h.outside)}, at {vol(h.vol)} points",
        )
        for h in found.horizons
    ]  # fmt: skip
    side = "" if found.low_first is None or on_end(found) else f"by the low end first: {chance(found.low_first)}"
    expected = NOT_DEFINED if found.expected_days is None else duration(found.expected_days)
    note = side if found.expected_days is not None else str(found.status)
    facts.append(Fact(f"expected time until it {verb}", expected, note))
    return Group("leaving the range" if found.inside else "coming back", tuple(facts))


def _shares(reading: LpReading) -> Group:
    share, shape = reading.share, reading.horizon_shape
    facts = []
    if share is None:
        facts.append(Fact("VIX can reach", NOT_DEFINED, "not short convexity now"))
    else:
        parts = f"shape {percent(share.shape)}, asset {percent(share.asset)}, tenor {percent(share.tenor)}"
        known = share.product is not None
        rest = reading.crypto_native_share
        facts += [
            Fact("VIX can reach", percent(share.product) if known else UNKNOWN,
                 parts if known else f"at most {percent(share.at_most)}: {parts}"),
            Fact("left for its own options or size", percent(rest) if known else UNKNOWN,
                 "1 less the product of the three" if known else f"at least {percent(rest)}"),
        ]  # fmt: skip
    if shape is not None:
        facts.append(
            Fact(
                f"shape to {DAYS} days", percent(shape.share),
                f"against a variance swap of the same price, {usd(shape.vega_notional / 100.0, 2)} USD a point",
            )
        )  # fmt: skip
    return Group("what VIX can hedge", tuple(facts))


def groups(reading: LpReading) -> tuple[Group, ...]:
    """Every fact of a reading, in the order both screens show them."""
    made = (_range, _holdings, _carry, _loss, _leaving, _shares)
    return tuple(one(reading) for one in made)


def remarks(reading: LpReading) -> tuple[str, ...]:
    """The models behind the numbers, and every input that is not observed."""
    name = reading.factor
    inputs = [
        f"{what}: {origin}, {source}"
        for what, _, _, source, origin in reading.state.provenance()
        if what.endswith(f" of {name}") and what != f"funding of {name}" and str(origin) != "observed"
    ]
    return (
        f"leaving and coming back: {MODEL}; distances and the expected time at the {DAYS}-day volatility",
        "rent: half the variance times the short dollar gamma, at today's price",
        f"price of the loss: out-of-the-money options to {DAYS} days off the smile, pivot at the forward",
        "the product of the three shares is exact only when each residual is orthogonal to the next factor",
        *inputs,
    )
