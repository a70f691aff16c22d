"""What a pool loses to the market, and who gets it."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="impermanent loss",
        family=Family.POOL,
        plain=(
            "What a pool position is worth less than the two tokens it was made of, kept as they were. It is the "
            "realised path; rent is what the path was expected to cost."
        ),
        formula="IL = V_LP - V_HODL; for a v2 pool 2 sqrt(rho)/(1 + rho) - 1 with rho the price ratio",
        unit="USD or share of the start; never above zero",
        source="Milionis et al. 2022; closed forms by algebra",
        enters="`kernels.amm.v2_loss_share`, `kernels.amm.v3_loss`, `seawall lp`",
        evidence=(
            "equal mean to LVR in theory; in a simulation of 30 days at 80 % volatility its spread was about 18 times "
            "that of LVR. Its offset by a hedge is not tested yet"
        ),
        aliases=("IL", "divergence loss"),
        ids=("E01", "E05", "E07", "C12"),
        see_also=("LVR", "rent", "price of a density", "OffsetRatio"),
    ),
    Term(
        name="LVR",
        family=Family.POOL,
        plain=(
            "What a pool loses to those who trade against its stale price, measured against a portfolio that makes "
            "the same trades at the market."
        ),
        formula="LVR rate = sigma^2 S^2 g / 2; for a v2 pool sigma^2 V / 8",
        unit="USD per year; a cost, never below zero",
        source="Milionis et al. 2022, arXiv:2208.06046",
        enters="`kernels.amm.lvr_rate`, `kernels.lvr.realised_lvr`, `seawall lp`",
        evidence=(
            "a theorem for a pool that is always arbitraged; who receives it is checked against the papers and by "
            "simulation in the tests"
        ),
        aliases=("loss-versus-rebalancing", "loss versus rebalancing"),
        ids=("E06", "E07", "E14", "C06", "C12"),
        see_also=("rent", "ARB", "impermanent loss"),
    ),
    Term(
        name="ARB",
        family=Family.POOL,
        plain="The part of LVR that arbitrageurs keep, before their gas.",
        formula=(
            "ARB/V = (sigma^2/8) P_trade cosh(gam/2) / (1 - sigma^2/(8 lam)); gam the log fee, lam blocks per unit of "
            "time"
        ),
        unit="share of value per unit of time",
        source="Milionis, Moallemi and Roughgarden 2023, arXiv:2305.14604",
        enters="`kernels.lvr.cpmm_split`",
        evidence=(
            "a model; its closed form is checked against the papers and a simulation in the tests, on real pools not "
            "tested yet"
        ),
        aliases=("arbitrage profit",),
        ids=("E14", "E15", "C19", "C20", "C21"),
        see_also=("LVR", "GAS", "fee recapture", "trade probability"),
    ),
    Term(
        name="GAS",
        family=Family.POOL,
        plain="The part of LVR that arbitrageurs pay for their transactions.",
        formula="count times the gas threshold, exact form with Poisson blocks",
        unit="share of value per unit of time",
        source="exact form of the model of arXiv:2305.14604",
        enters="`kernels.lvr.cpmm_split`",
        ids=("E15", "C21"),
        see_also=("ARB",),
    ),
    Term(
        name="fee recapture",
        family=Family.POOL,
        plain="The part of LVR that comes back to the pool as fees paid by arbitrageurs.",
        formula="LVR = ARB + FEE up to small terms",
        unit="share of value per unit of time",
        source="arXiv:2305.14604",
        enters="`kernels.lvr.cpmm_split`",
        aliases=("FEE",),
        ids=("E15",),
        see_also=("ARB",),
    ),
    Term(
        name="trade probability",
        family=Family.POOL,
        plain="The chance that a block holds an arbitrage at all.",
        formula=(
            "1 / (1 + sqrt(2) gam / sigma_b), sigma_b the volatility of one block; equal intervals between blocks use "
            "another constant"
        ),
        unit="share from 0 to 1",
        source="arXiv:2305.14604; arXiv:2505.05113 for equal intervals",
        enters="`kernels.lvr.trade_probability`, `kernels.lvr.equal_block_share`",
        aliases=("P_trade",),
        ids=("C20", "C21"),
        see_also=("ARB",),
    ),
    Term(
        name="MEV",
        family=Family.POOL,
        plain=(
            "What those who order transactions take from those who send them. In the ledger it is one of the ways in "
            "which rent is collected."
        ),
        formula="ARB + GAS as a share of LVR, by volatility",
        unit="share",
        source="source articles; arXiv:2305.14604",
        enters="`kernels.lvr.cpmm_split`",
        evidence=UNTESTED,
        ids=("E14", "E15", "E32", "A07"),
        see_also=("ARB", "LVR"),
    ),
)
