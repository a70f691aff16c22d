"""Held VIX calls by the rules: sold in tranches in SPIKE, sold out in EXHAUST, rolled before they run off."""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from seawall.core.clock import years_between
from seawall.core.errors import MissingExpiryError
from seawall.hedge.candidates import COMMISSION_USD
from seawall.hedge.charter import Policy, vix_layers
from seawall.hedge.held import HEDGES
from seawall.hedge.layers import session_date
from seawall.hedge.moves import Move, Trade
from seawall.hedge.stack.base import Situation
from seawall.hedge.stack.vix import FRONT, VixCalls
from seawall.hedge.stack.vix_quotes import Quoted, call_leg, calls, month_near, months
from seawall.hedge.ticketing import turned
from seawall.instruments.base import Position
from seawall.instruments.vix import VixOption
from seawall.signals.regime import Regime

SHIFTED: Final = 0.5
"""Share of the front layer that moves to the next tenor (`SHIFT.roll`)."""
FARTHEST: Final = 300
"""Days within which VIX months are looked for."""


def call_moves(at: Situation, policy: Policy) -> list[Move]:
    """One move for every held VIX call that a rule reaches; in SPIKE and EXHAUST also that nothing is there to sell."""
    found: list[Move] = []
    front = False
    for position, option in held_calls(at):
        layer = layer_of(position, option, at, policy)
        days = years_between(at.state.now, option.expires) * 365.0
        if layer.name != FRONT:
            if days <= layer.roll_days:
                why = f"{days:.0f} days left, rolled from {layer.roll_days}"
                found.append(_rolled(position, option, at, (policy, layer), ("L23.refresh", why, 0.0)))
            continue
        front = True
        if at.regime_state is Regime.SPIKE:
            found.append(_monetised(position, option, at, policy, layer))
        elif at.regime_state is Regime.EXHAUST:
            text = f"sell what is left of {position.label}: {position.quantity:g}"
            found.append(_sold(position, option, at, layer, ("L1.exit", text, 0.0)))
        else:
            found += _shifted(position, option, at, policy, layer)
    if not front and at.regime_state is Regime.SPIKE:
        found.append(Move("L1.monetise", "no near VIX call is held: nothing to sell into the spike"))
    if not front and at.regime_state is Regime.EXHAUST:
        found.append(Move("L1.exit", "no near VIX call is left to sell"))
    return found


def held_calls(at: Situation) -> Iterable[tuple[Position, VixOption]]:
    """Long VIX calls of the book that are alive."""
    for one in at.ledger.book.positions:
        option = one.instrument
        if not isinstance(option, VixOption) or option.right != "call":
            continue
        if one.quantity > 0.0 and option.expires > at.state.now:
            yield one, option


def layer_of(position: Position, option: VixOption, at: Situation, policy: Policy) -> VixCalls:
    """The layer a label starts with, as tickets write it, else the one whose target is nearest to its days.

    A policy without VIX calls is read with those of the seed.
    """
    known = vix_layers(policy)
    named = next((one for one in known if position.label.startswith(f"{one.name} ")), None)
    days = years_between(at.state.now, option.expires) * 365.0
    return named or min(known, key=lambda one: abs(one.days - days))


def _bought(position: Position) -> float:
    return position.quantity if position.bought is None else position.bought


def _monetised(position: Position, option: VixOption, at: Situation, policy: Policy, layer: VixCalls) -> Move:
    if not position.entry or position.entry <= 0.0:
        return Move("L1.monetise", f"{position.label}: entry premium unknown, multiples cannot be read")
    gain = float(option.value(at.state.view())[0]) / position.entry
    share = policy.monetise.sold(gain)
    done = ", ".join(f"{part:.0%} at {multiple:g}x" for multiple, part in policy.monetise.steps)
    text = f"{position.label}: {gain:.1f} times its entry premium; {share:.0%} should be sold by now ({done})"
    return _sold(position, option, at, layer, ("L1.monetise", text, 1.0 - share))


def _sold(position: Position, option: VixOption, at: Situation, layer: VixCalls, why: tuple[str, str, float]) -> Move:
    """Sell down to a share of what was bought, in whole contracts."""
    rule, text, keep = why
    units = to_sell(position, keep)
    if units <= 0.0:
        more = "" if keep >= 1.0 else f"; {_bought(position):g} bought, {position.quantity:g} held: no whole one is due"
        return Move(rule, f"{text}{more}")
    quoted = _quote(at, option)
    if quoted.leg.bid <= 0.0:
        return Move(rule, f"{text}; no bid, nothing can be sold")
    left = position.quantity - units
    stays = replace(position, quantity=left, bought=_bought(position)) if left > 0.0 else None
    return Move(rule, text, position.label, (_closing(at, option, layer, rule, units),), stays)


def to_sell(position: Position, keep: float) -> float:
    """Whole contracts to sell so that ``keep`` of what was bought is left; parts of a contract are kept."""
    gone = _bought(position) - position.quantity
    return max(math.floor(_bought(position) * (1.0 - keep) - gone + 1e-9), 0.0) if keep > 0.0 else position.quantity


def _closing(at: Situation, option: VixOption, layer: VixCalls, rule: str, units: float) -> Trade:
    made = calls(at, layer.name, rule, session_date(option.expires), ((option.strike, 1.0),), 0.0, layer.roll_days)
    return Trade(turned(made), units, True)


def _shifted(position: Position, option: VixOption, at: Situation, policy: Policy, layer: VixCalls) -> list[Move]:
    """`SHIFT.roll`: half when the end is near or most of its time value is gone; the rest at the layer's roll."""
    days_left, lost = policy.shift
    days = years_between(at.state.now, option.expires) * 365.0
    gone = _lost(position, option, at)
    if days <= layer.roll_days:
        return [_rolled(position, option, at, (policy, layer), ("SHIFT.roll", f"{days:.0f} days left", 0.0))]
    if days <= days_left or (gone is not None and gone >= lost):
        why = f"{days:.0f} days left" if days <= days_left else f"{gone:.0%} of its premium is gone"
        return [_rolled(position, option, at, (policy, layer), ("SHIFT.roll", why, 1.0 - SHIFTED))]
    return []


def _lost(position: Position, option: VixOption, at: Situation) -> float | None:
    """Share of the entry premium that the same time value costs no more today, at the ask; None without an entry."""
    if not position.entry:
        return None
    future = float(at.state.view().vix_future(option.expires)[0])
    ask = _quote(at, option).leg.ask + COMMISSION_USD / option.multiplier
    return 1.0 - (ask - max(future - option.strike, 0.0)) * option.multiplier / position.entry


def _rolled(
    position: Position, option: VixOption, at: Situation, of: tuple[Policy, VixCalls], why: tuple[str, str, float]
) -> Move:
    """Sell down to a share of what was bought and buy as many of the next tenor at the layer's delta."""
    policy, layer = of
    rule, words, keep = why
    part = "half of it" if keep > 0.0 else "all of it"
    sold = _sold(position, option, at, layer, (rule, f"{position.label}: {words}; roll {part} to the next tenor", keep))
    if not sold.trades:
        return sold
    if layer not in policy.layers or layer.gate.factor(at.regime_state) == 0.0:
        return Move(rule, f"{position.label}: {words}; policy {policy.name} buys no {layer.name} calls to roll it into")
    try:
        expiry = _next_tenor(at, option, layer, keep)
    except MissingExpiryError as fault:
        return Move(rule, f"{sold.text}: {fault}")
    new = layer.call(at, expiry, rule)
    units = sold.trades[0].units
    paid = new.premium_usd + sold.trades[0].candidate.premium_usd
    net = f"{units:g} into {new.legs[0].name}, {abs(units * paid):,.0f} USD {'paid' if paid > 0.0 else 'received'} net"
    added = Position(new.label, new.instrument, units, HEDGES, new.premium_usd, units)
    return sold._replace(
        text=f"{sold.text}: {net}", trades=(*sold.trades, Trade(new, units, False)), added=(added,)
    )  # fmt: skip


def _next_tenor(at: Situation, option: VixOption, layer: VixCalls, keep: float) -> dt.date:
    """The month after the held one for a part that moves early, else the layer's own tenor."""
    held = session_date(option.expires)
    soonest = max(layer.roll_days, at.shift_days if layer.name == FRONT else 0)
    if keep <= 0.0:
        return month_near(at.today, layer.days, max(soonest, (held - at.today).days), layer.name)
    later = [day for day in months(at.today, soonest + 1, FARTHEST) if day > held]
    if not later:
        raise MissingExpiryError(f"no VIX month after {held} is listed: keep it")
    return later[0]


def _quote(at: Situation, option: VixOption) -> Quoted:
    return call_leg(at, session_date(option.expires), option.strike)
