"""A linear perp on isolated margin, step by step: P&L, funding, fees, liquidation at the adverse extreme (METHOD 1.6).

``margin`` is what the venue holds for the position, P&L included; its dollars are the position's value. Cash moves
into it and out of it only through the deposits of :func:`perp_trade`. With value = margin, every call obeys

    margin after - margin before = P&L + funding - fees + deposit.

Maintenance is one rate of notional. Sizes are coins, negative when short. No fill has impact.
"""

import math
from typing import NamedTuple

from seawall.core.errors import DomainError
from seawall.kernels.compiled import compiled
from seawall.kernels.margin import flat_liquidation_price
from seawall.kernels.perp import isolated_liquidation_price


class PerpTerms(NamedTuple):
    """``target``: coins per coin of pool delta (-1 hedges it), or notional per dollar of equity; signed.

    ``leverage``: notional over margin after a trade, ``maintenance`` a share of notional, ``fee`` a share of what is
    traded. ``band``: no trade while the size is off its target by at most this share of the larger of both.
    """

    target: float
    leverage: float
    maintenance: float
    fee: float
    band: float = 0.0


class PerpState(NamedTuple):
    """Coins held (signed), margin in dollars at the last price, and totals since the start in dollars.

    ``shortfall_usd``: what liquidations would have lost beyond the margin at the adverse extreme: the venue's loss.
    """

    size: float
    margin: float
    pnl_usd: float
    funding_usd: float
    fees_usd: float
    shortfall_usd: float
    liquidations: float


def checked_perp(terms: PerpTerms) -> PerpTerms:
    """The terms. Raises ``DomainError`` or ``MarginError`` for numbers no position can be opened with."""
    isolated_liquidation_price(1.0, terms.leverage, terms.maintenance, 1.0)
    if not math.isfinite(terms.target):
        raise DomainError(f"target must be a number, negative for a short, was {terms.target}")
    if not (0.0 <= terms.fee < 1.0 and 0.0 <= terms.band < 1.0):
        raise DomainError(f"fee {terms.fee} and band {terms.band} must be in [0, 1): 0.0005 is 5 basis points")
    return terms


@compiled
def perp_flat() -> PerpState:
    """No position, and no history."""
    return PerpState(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@compiled
def delta_target(terms: PerpTerms, delta: float) -> float:
    """Coins that follow the delta of a pool."""
    return terms.target * delta


@compiled
def notional_target(terms: PerpTerms, equity: float, price: float) -> float:
    """Coins whose notional is the target share of ``equity``; none where equity is gone."""
    return terms.target * max(equity, 0.0) / price


@compiled
def perp_due(terms: PerpTerms, state: PerpState, wanted: float) -> bool:
    """True when the size is off its target by more than the band."""
    return abs(wanted - state.size) > terms.band * max(abs(wanted), abs(state.size))


@compiled
def perp_trade(terms: PerpTerms, state: PerpState, price: float, wanted: float) -> tuple[PerpState, float, float]:
    """Trade to ``wanted`` coins and set the margin to notional over leverage; the state, fee and deposit, in dollars.

    A negative deposit is margin paid out. Also opens (from :func:`perp_flat`), closes (0) and, at the size held, tops
    the margin up or pays the excess out.
    """
    fee = terms.fee * abs(wanted - state.size) * price
    margin = abs(wanted) * price / terms.leverage
    deposit = margin - (state.margin - fee)
    traded = PerpState(
        wanted,
        margin,
        state.pnl_usd,
        state.funding_usd,
        state.fees_usd + fee,
        state.shortfall_usd,
        state.liquidations,
    )
    return traded, fee, deposit


@compiled
def perp_open(terms: PerpTerms, price: float, wanted: float) -> tuple[PerpState, float, float]:
    """A new position of ``wanted`` coins: the state, fee and deposit, in dollars."""
    return perp_trade(terms, perp_flat(), price, wanted)


@compiled
def perp_liquidation_price(terms: PerpTerms, state: PerpState, price: float) -> float:
    """Price at which the margin, as it stands at ``price``, falls to maintenance; 0 for a long that never does."""
    return flat_liquidation_price(state.size, price, state.margin, terms.maintenance)


@compiled
def perp_step(
    terms: PerpTerms, state: PerpState, before: float, extremes: tuple[float, float], price: float, funding: float
) -> tuple[PerpState, float, float, bool]:
    """One step of closes: the state, P&L and funding received in dollars, and whether it was liquidated.

    ``extremes``: lowest and highest price since ``before``. Funding is ``-size x before x rate``, the sum of the
    payments at the price of the close before; what is paid counts against the margin from the start of the step, what
    is received only at its end. When the adverse extreme reaches the liquidation price all margin is lost, and the
    position is flat: the P&L is then minus the margin less the funding, the venue's liquidation fee included.
    """
    if state.size == 0.0:
        return state, 0.0, 0.0, False
    received = -state.size * before * funding
    worst = min(extremes[0], before, price) if state.size > 0.0 else max(extremes[1], before, price)
    safe = state.margin + min(received, 0.0)
    edge = flat_liquidation_price(state.size, before, safe, terms.maintenance)
    if (worst - edge) * state.size > 0.0:
        pnl = state.size * (price - before)
        held = PerpState(
            state.size,
            state.margin + pnl + received,
            state.pnl_usd + pnl,
            state.funding_usd + received,
            state.fees_usd,
            state.shortfall_usd,
            state.liquidations,
        )
        return held, pnl, received, False
    pnl = -(state.margin + received)
    beyond = max(-(safe + state.size * (worst - before)), 0.0)
    gone = PerpState(
        0.0,
        0.0,
        state.pnl_usd + pnl,
        state.funding_usd + received,
        state.fees_usd,
        state.shortfall_usd + beyond,
        state.liquidations + 1.0,
    )
    return gone, pnl, received, True
