"""Replays of liquidity on real swaps, positions read from a chain, and who gets the rent."""

from typing import Final

from seawall.report.glossary.term import UNTESTED, Family, Term

TERMS: Final = (
    Term(
        name="replay of swaps",
        family=Family.POOL,
        plain=(
            "A position taken through every swap or minute of a real pool, with its fees, its losses, its gas and "
            "the hedge beside it."
        ),
        formula="seawall lp POSITION --swaps FILE",
        unit="USD",
        source="files of a pool, named in the report",
        enters="`sim.lp.replay_positions`, `seawall lp`",
        aliases=("swap replay",),
        see_also=("three pool results", "fee model", "re-centring rule", "markout"),
    ),
    Term(
        name="fee model",
        family=Family.POOL,
        plain=(
            "Where the fees of a position are from: the contract itself, every swap, bars shared pro rata, what "
            "you stated, or unknown. It is printed beside them."
        ),
        formula="fee_growth, swap_by_swap, pro_rata, stated, unknown",
        unit="a name",
        source="own definition; Uniswap v3 for fee growth",
        enters="`instruments.pool_record.FeeModel`, `market.flow.FEE_MODELS`, `seawall lp`",
        aliases=("swap_by_swap", "stated"),
        see_also=("pro_rata", "fee growth"),
    ),
    Term(
        name="pro_rata",
        family=Family.POOL,
        plain=(
            "Fees of a bar shared by liquidity, and by how much of the bar's prices lay in the range. The volume "
            "inside a bar is taken as spread evenly."
        ),
        formula="input of the bar times fee times L/(L_pool + L) times the share of its ticks in range",
        unit="USD",
        source="own definition",
        enters="`market.flow.FEE_MODELS`, `seawall lp`",
        evidence=UNTESTED,
        see_also=("fee model",),
    ),
    Term(
        name="re-centring rule",
        family=Family.POOL,
        plain=(
            "When a replayed range is put around the price again: never, once the price has left it, after some "
            "time, or once the price is so far from the middle."
        ),
        formula="hold; exit; time:24h; band:0.5 of the half-width in ln P",
        unit="a rule",
        source="own definition",
        enters="`sim.lp_rules.rule_of`, `seawall lp`",
        evidence=UNTESTED,
        aliases=("Re-centrings", "recentring"),
        see_also=("range", "BAND"),
    ),
    Term(
        name="markout",
        family=Family.POOL,
        plain=(
            "Whether those who traded with the pool were ahead some minutes later, at the pool's own price. It is "
            "observed, not modelled."
        ),
        formula="base bought times price after 300 s + quote received, fee paid, gas not",
        unit="USD; share of the volume that was ahead",
        source="standard practice",
        enters="`sim.lp_markout.Markout`, `seawall lp`",
        see_also=("arbitrage share", "LVR"),
    ),
    Term(
        name="arbitrage share",
        family=Family.POOL,
        plain=(
            "How much of the fees would come from arbitrage if the model of fees and blocks held. Above 100 % it "
            "does not hold."
        ),
        formula="(FEE/LVR of the model) times model LVR / fees earned",
        unit="share",
        source="Milionis, Moallemi and Roughgarden 2023, arXiv:2305.14604",
        enters="`sim.lp_result.ArbShare`, `seawall lp`",
        evidence=UNTESTED,
        aliases=("Arbitrage in the fees, modelled",),
        see_also=("ARB", "fee recapture", "markout"),
    ),
    Term(
        name="link of the three results",
        family=Family.POOL,
        plain=(
            "What turns the result against rebalancing into the result against holding: what the change in tokens "
            "gained on the way."
        ),
        formula="vs holding = vs rebalancing + sum (x_i - x_0)(P_(i+1) - P_i)",
        unit="USD",
        source="algebra of Milionis et al. 2022",
        enters="`sim.lp_result.LpReplay`, `seawall lp`",
        aliases=("Link: drift of the tokens", "drift of the tokens"),
        see_also=("three pool results",),
    ),
    Term(
        name="LVR, realised",
        family=Family.POOL,
        plain=(
            "The loss against rebalancing that the path of a replay really made, with its standard error; beside "
            "it the model's at one volatility."
        ),
        formula="sum from mark to mark of what is lost against holding the tokens of the last mark",
        unit="USD",
        source="Milionis et al. 2022",
        enters="`sim.lp_result.LpReplay`, `seawall lp`",
        aliases=("realised LVR", "LVR, model"),
        see_also=("LVR", "rent"),
    ),
    Term(
        name="rent split",
        family=Family.POOL,
        plain="Who gets the rent of a pool: arbitrageurs, gas, or the pool itself through its fee.",
        formula="rent = arbitrage + gas + recaptured; blocks at equal intervals, with gas Poisson blocks",
        unit="USD per year",
        source="arXiv:2305.14604; arXiv:2505.05113",
        enters="`ledger.rent_split.rent_split`, `seawall lp`",
        aliases=("recaptured",),
        see_also=("ARB", "GAS", "fee recapture"),
    ),
    Term(
        name="first exit below",
        family=Family.POOL,
        plain="The chance that a price which leaves its range leaves it at the low end.",
        formula="(high - S)/(high - low), a martingale",
        unit="share from 0 to 1",
        source="optional stopping",
        enters="`kernels.barrier.lower_exit_share`, `ledger.lp_exit.exits`, `seawall lp`",
        aliases=("lower exit share",),
        see_also=("first exit", "ENDLESS"),
    ),
    Term(
        name="expected exit",
        family=Family.POOL,
        plain="How long a price without drift stays in a range on average. Without a low end it may stay for ever.",
        formula="mean first passage of a lognormal price between two barriers",
        unit="days",
        source="standard first-passage result",
        enters="`kernels.barrier.expected_exit_years`, `seawall lp`",
        aliases=("expected exit time", "barrier"),
        see_also=("first exit", "ENDLESS"),
    ),
    Term(
        name="read from a chain",
        family=Family.POOL,
        plain=(
            "A position read from a node at one block and written as an entry of a book file. What was not "
            "collected, or is not in dollars, is said."
        ),
        formula="liquidity, range, amounts and fees at one block",
        unit="tokens",
        source="contracts of Uniswap, Balancer and Curve",
        enters="`data.chain.positions.ChainPosition`, `seawall data position`",
        aliases=("position from a chain",),
        see_also=("v3_pool", "fee growth"),
    ),
)
