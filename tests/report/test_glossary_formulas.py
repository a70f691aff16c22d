"""Formulas of the glossary, read as arithmetic, give what the program computes."""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from seawall.convexity.density import of_short_variance, of_v2
from seawall.convexity.price import break_even_vol, convexity_yield, rent_rate
from seawall.evidence.returns import performance
from seawall.instruments.perp_hedge import band_half_width, rehedged_in_band
from seawall.kernels import amm, impact, lvr, perp
from seawall.kernels.barrier import lower_exit_share
from seawall.kernels.cascade_path import Terms, branching_at
from seawall.kernels.cascade_split import amplification
from seawall.kernels.funding import no_arbitrage_ratio
from seawall.kernels.modelled import vvix_level
from seawall.ledger.capital import temporal_buffer
from seawall.market.scan import box_rate, parity_gap
from seawall.market.smile import tenor_factor
from seawall.report.glossary.registry import find

FUNCTIONS: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt, "cosh": math.cosh, "ln": math.log, "exp": math.exp, "max": max, "abs": abs,
}  # fmt: skip


def value(text: str, **names: float | Callable[[float], float]) -> float:
    """The number a formula gives: ``^`` is a power, a blank between two factors a product, ``Gamma$`` a name."""
    text = text.replace("^", "**").replace("$", "")
    text = re.sub(r"\|(\w+)\|", r"abs(\1)", text)
    text = re.sub(r"sqrt (\w+)", r"sqrt(\1)", text)
    text = re.sub(r"\b(\d+)([A-Za-z])", r"\1*\2", text)
    text = re.sub(r"([\w)]) (?=[A-Za-z(\d])", r"\1*", text)
    return float(eval(text, {"__builtins__": {}}, FUNCTIONS | names))  # noqa: S307  (text of our own tables)


def test_the_reader_of_formulas_knows_its_signs() -> None:
    assert value("2 sqrt x + 3y^2 / (x - |z|)", x=4.0, y=2.0, z=-2.0) == 4.0 + 12.0 / 2.0


P, L, LOW, HIGH, VOL = 1900.0, 120.0, 1500.0, 2500.0, 0.8
V3 = amm.v3(P, L, LOW, HIGH)
V2 = amm.v2(P, L)
BLOCKS = lvr.blocks(0.05, 7200.0, 0.003)
SPLIT = lvr.cpmm_split(BLOCKS)
NAV = np.array([100.0, 90.0, 104.0])
DAYS = np.array(["2020-01-02", "2020-06-01", "2021-03-01"], dtype="datetime64[D]")

CASES: list[tuple[str, str, dict[str, float | Callable[[float], float]], ArrayLike]] = [
    ("impermanent loss", "2 sqrt(rho)/(1 + rho) - 1", {"rho": 1.7}, amm.v2_loss_share(1.7)),
    ("LVR", "sigma^2 S^2 g / 2", {"sigma": VOL, "S": P, "g": float(V3.density)}, amm.lvr_rate(P, V3.density, VOL)),
    ("LVR", "sigma^2 V / 8", {"sigma": VOL, "V": float(V2.value)}, amm.lvr_rate(P, V2.density, VOL)),
    ("rent", "sigma^2 S^2 g(S) / 2", {"sigma": VOL, "S": P, "g": lambda s: L / (2.0 * s**1.5)},
     rent_rate(of_v2(L), P, VOL)),
    ("break-even volatility", "sqrt(2 carry / (S^2 g))", {"carry": 30.0, "S": 20.0, "g": 1.25},
     break_even_vol(30.0, 500.0).value),
    ("yield", "carry / (S^2 g)", {"carry": 30.0, "S": 20.0, "g": 1.25}, convexity_yield(30.0, 500.0).value),
    ("leverage over v2", "1 / (1 - (sqrt(pa/P) + sqrt(P/pb))/2)", {"pa": LOW, "pb": HIGH, "P": P}, V3.leverage),
    ("quote depth", "L (sqrt P - sqrt((1 - x) P))", {"L": L, "P": P, "x": 0.02}, amm.quote_depth(L, P, 0.02)),
    ("fee-implied volatility", "2 sqrt(fee volume / (L sqrt P))", {"fee": 0.003, "volume": 9e6, "L": 5e4, "P": P},
     amm.fee_implied_vol(0.003, 9e6, 5e4, P)),
    ("v2_pool", "2 L sqrt P", {"L": L, "P": P}, V2.value),
    ("v2_pool", "L / (2 P^1.5)", {"L": L, "P": P}, V2.density),
    ("v3_pool", "L (2 sqrt P - sqrt pa - P/sqrt pb)", {"L": L, "P": P, "pa": LOW, "pb": HIGH}, V3.value),
    ("weighted pool", "c P^w", {"c": 3.0, "P": P, "w": 0.8}, amm.weighted(P, 3.0, 0.8).value),
    ("ARB", "(sigma^2/8) P_trade cosh(gam/2) / (1 - sigma^2/(8 lam))",
     {"sigma": 0.05, "P_trade": float(SPLIT.trade), "gam": 0.003, "lam": 7200.0}, SPLIT.arb),
    ("trade probability", "1 / (1 + sqrt(2) gam / sigma_b)", {"gam": 0.003, "sigma_b": 0.05 / math.sqrt(7200.0)},
     lvr.trade_probability(BLOCKS)),
    ("short variance", "2N / (T K^2)", {"N": 7.0, "T": 0.25, "K": 90.0}, of_short_variance(7.0, 0.25).at(90.0)),
    ("power perp", "p (p - 1) S^p", {"p": 2.5, "S": 12.0}, perp.power_gamma(1.0, 12.0, 2.5)),
    ("power perp", "p (p - 1) sigma^2 / 2", {"p": 2.0, "sigma": VOL}, perp.power_fair_funding(VOL, 2.0)),
    ("inverse perp", "N (1/P0 - 1/P)", {"N": 5e4, "P0": 1800.0, "P": P}, perp.inverse_pnl(5e4, 1800.0, P)),
    ("inverse perp", "-2N/P^3", {"N": 5e4, "P": P}, perp.inverse_gamma_coin(5e4, P)),
    ("bankruptcy price", "max(p - equity/q, 0)", {"p": 10.0, "equity": 4.0, "q": -2.0},
     perp.bankruptcy_price(-2.0, 10.0, 4.0)),
    ("price impact", "p - alpha dq / 2", {"p": 10.0, "alpha": 0.02, "dq": 3.0}, perp.execution_price(3.0, 10.0, 0.02)),
    ("price impact", "p Y sigma_d sqrt(Q/ADV)", {"p": 100.0, "Y": 0.9, "sigma_d": 0.04, "Q": 50.0, "ADV": 800.0},
     100.0 - impact.price_after(impact.square_root(0.04, 800.0, 100.0, 0.9), 100.0, 50.0, -1.0)),
    ("bad debt", "max(q (p_bk - p_exec), 0)", {"q": 3.0, "p_bk": 95.0, "p_exec": 91.5}, perp.bad_debt(3.0, 95.0, 91.5)),
    ("branching ratio", "1 / (1 - n)", {"n": 0.4}, amplification(0.4)),
    ("vega loop", "lam W kap / p", {"lam": 0.02, "W": 500.0, "kap": 3.0, "p": 100.0},
     branching_at(Terms(0.02, 1.0, 500.0, 3.0), 100.0, 100.0, 0.0)),
    ("withdrawal of depth", "lam0 (sigma/sigma0)^eta",
     {"lam0": 0.02, "sigma": 0.5 + 3.0 * math.log(100.0 / 90.0), "sigma0": 0.5, "eta": 1.5},
     branching_at(Terms(0.02, 0.5, 0.0, 3.0, 1.5), 100.0, 90.0, 1.0)),
    ("first exit below", "(high - S)/(high - low)", {"high": HIGH, "S": P, "low": LOW}, lower_exit_share(P, LOW, HIGH)),
    ("weighted pool", "w (1 - w) c P^(w - 2)", {"c": 3.0, "P": P, "w": 0.8}, amm.weighted(P, 3.0, 0.8).density),
    ("BAND", "(1.5 c Gamma$^2 / a)^(1/3)", {"c": 0.0005, "Gamma": -4e5, "a": 1e-6},
     band_half_width(-4e5, 0.0005, 1e-6)),
    ("perp hedge", "Gamma$^2 sigma^2/(2H)", {"Gamma": -4e5, "sigma": VOL, "H": 9e3},
     rehedged_in_band(-4e5, VOL, 0.0005, 9e3).turnover_usd_per_year),
    ("temporal buffer", "365 C / (|Gamma$| sigma_s^2 / 2 - carry)",
     {"C": 1e4, "Gamma": -4e5, "carry": 2e3, "sigma_s": 2.0 * math.sqrt(2.0 * 2e3 / 4e5)},
     temporal_buffer(1e4, -4e5, 2e3)),
    ("no-arbitrage level of a perp", "(kappa - iota) / (kappa + r_b - r_a)",
     {"kappa": 1095.0, "iota": 0.1, "r_b": 0.04, "r_a": 0.02}, no_arbitrage_ratio(1095.0, 0.1, 0.04, 0.02)),
    ("box rate", "-ln(price / width) / T", {"price": 198.5, "width": 200.0, "T": 0.25}, box_rate(198.5, 200.0, 0.25)),
    ("parity gap", "C - P - D (F - K)", {"C": 2.1, "P": 1.35, "D": 0.997, "F": 18.7, "K": 18.0},
     parity_gap(2.1, 1.35, 18.7, 18.0, 0.997)),
    ("square-root rule", "(30 / days)^0.5", {"days": 60.0}, tenor_factor(60.0 / 365.0)),
    ("VVIX", "80 + 0.75 VIX", {"VIX": 23.0}, vvix_level(23.0)),
    ("growth", "(last/first)^(365/days) - 1", {"last": 104.0, "first": 100.0, "days": 424.0},
     performance(NAV, DAYS).growth),
]  # fmt: skip


@pytest.mark.parametrize(("name", "formula", "names", "program"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_a_formula_gives_what_the_program_computes(
    name: str, formula: str, names: dict[str, float | Callable[[float], float]], program: ArrayLike
) -> None:
    (term,) = find(name)
    assert formula in term.formula
    assert value(formula, **names) == pytest.approx(float(np.asarray(program)), rel=1e-12)
