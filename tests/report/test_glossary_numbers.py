"""A formula of the glossary that quotes a default quotes the program's own."""

import re

import pytest

from seawall.hedge.charter import LONG, NEAR, RESERVE, preset
from seawall.hedge.layers import COMMISSION_USD
from seawall.hedge.stack.financing import BIG_TOP
from seawall.hedge.stack.second_engine import DeepLayers, LowCorrelation, MacroLadder, OnchainBuffer
from seawall.instruments.dealer_gamma import REACH
from seawall.instruments.liquidations_model import LOG_SD, MEDIANS
from seawall.instruments.pool import HORIZON_DAYS
from seawall.kernels import funding, states
from seawall.kernels.cascade_path import CAP
from seawall.kernels.modelled import VVIX_LEVEL, VVIX_PER_VIX
from seawall.kernels.perp import PARTIAL_COOLDOWN, PARTIAL_FROM, PARTIAL_SHARE
from seawall.kernels.spread import VIX_SPREAD
from seawall.ledger.capital import EQUITY_SPREAD, HEDGE_SHARE, STRESS_VOL
from seawall.ledger.lp_hedge import ALLOWED
from seawall.ledger.share import HEDGE_SESSIONS, TENOR_CORRELATION_DECAY
from seawall.market.curve import SHOCK_BETA_DAYS, SHOCK_BETAS
from seawall.market.shock import ETH_PER_SPX, LN_VIX_BETA
from seawall.market.smile import SHOCK_FACTOR_RANGE, SHOCK_FLOOR_DAYS, SHOCK_POWER
from seawall.report.glossary.registry import BY_KEY, normal
from seawall.signals.regime import ONSET_SLOPE, RULES
from seawall.sim.lp_rules import LpPlan, Range
from seawall.sim.plan import DEFAULT_CONDOR, DEFAULT_COSTS


def quoted() -> list[tuple[str, list[float | str]]]:
    policy, layers = preset("seed"), (NEAR, LONG, RESERVE)
    return [
        *((layer.name, [layer.weight, layer.days, layer.roll_days, layer.delta]) for layer in layers),
        ("ALVH", [":".join(f"{layer.weight:g}" for layer in layers), layers[0].delta]),
        ("carry budget", [100.0 * policy.budgets.carry]),
        ("income share", [100.0 * policy.budgets.income]),
        ("premium budget", [100.0 * policy.budgets.premium]),
        ("L1.boost", [NEAR.gate.onset]),
        ("gate", [NEAR.gate.onset]),
        ("L1.monetise", [multiple for multiple, _ in policy.monetise.steps]),
        ("L0.widen", [1.0 + policy.widen]),
        ("L0.narrow", [1.0 - policy.narrow]),
        ("SHIFT.roll", [policy.shift[0], 100.0 * policy.shift[1]]),
        ("L0.open", [BIG_TOP, "half"]),
        ("hysteresis", [100.0 * policy.hysteresis.share]),
        ("macro_ladder", [*MacroLadder().multiples, MacroLadder().low_days, MacroLadder().high_days]),
        ("L3.arm", [MacroLadder().life]),
        ("onchain_buffer", [100.0 * OnchainBuffer().share]),
        ("low_corr", [LowCorrelation().most]),
        ("deep_layers", [*DeepLayers().days]),
        ("L0", [DEFAULT_CONDOR.short_delta, DEFAULT_CONDOR.wing_delta]),
        ("risk fraction", [100.0 * DEFAULT_CONDOR.risk_fraction]),
        ("half-spread", [DEFAULT_COSTS.future_half_spread, DEFAULT_COSTS.commission_per_contract]),
        ("limit", [1e4 * VIX_SPREAD.base, VIX_SPREAD.by_delta, VIX_SPREAD.by_days, VIX_SPREAD.by_vol]),
        ("cost USD", [COMMISSION_USD]),
        ("named shock", [LN_VIX_BETA, ETH_PER_SPX, SHOCK_POWER]),
        ("square-root rule", [SHOCK_POWER, SHOCK_FLOOR_DAYS, *SHOCK_FACTOR_RANGE]),
        ("shock beta", [*SHOCK_BETAS[1:], *SHOCK_BETA_DAYS[1:]]),
        ("VVIX", [VVIX_LEVEL, VVIX_PER_VIX]),
        ("tenor share", [-TENOR_CORRELATION_DECAY]),
        ("shape share", [{5: "five"}[HEDGE_SESSIONS]]),
        ("zero-gamma level", [100.0 * REACH]),
        ("horizon vega", [HORIZON_DAYS]),
        ("cap of the branching ratio", [CAP]),
        ("modelled liquidation book", [*MEDIANS, LOG_SD]),
        ("partial liquidation", [PARTIAL_FROM, 100.0 * PARTIAL_SHARE, PARTIAL_COOLDOWN]),
        ("markout", [LpPlan((Range("one", deposit_usd=1.0),)).markout_seconds]),
        ("allowed shortfall", [100.0 * ALLOWED]),
        ("WACC", [100.0 * EQUITY_SPREAD]),
        ("Hedge P/CF", [HEDGE_SHARE]),
        ("temporal buffer", [STRESS_VOL]),
        ("funding", [100.0 * funding.CLAMP]),
        ("SPIKE", [states.SPIKE_VIX, states.SPIKE_SLOPE]),
        ("EXHAUST", [states.RSI_HIGH]),
        ("t1", [ONSET_SLOPE]),
        (RULES[states.CALM_BY_TIME], [states.EXHAUST_SESSIONS]),
        (RULES[states.EXHAUST_BY_RSI], [states.RSI_HIGH, states.CROSS_WITHIN]),
    ]


@pytest.mark.parametrize(("name", "numbers"), quoted(), ids=lambda one: one if isinstance(one, str) else "")
def test_numbers_in_an_entry_are_the_programs(name: str, numbers: list[float | str]) -> None:
    term = BY_KEY[normal(name)]
    said = f"{term.plain} {term.formula}"
    found = {float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", said)}
    for number in numbers:
        if isinstance(number, str):
            assert number in said
        else:
            assert any(abs(one - number) < 1e-9 for one in found), f"{name}: {number:g} is not in {said!r}"
