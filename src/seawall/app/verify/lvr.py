"""Published splits of loss-versus-rebalancing against `kernels.lvr`, and the Black-Scholes part of a published loss."""

import re
from typing import Final

from seawall.app.verify.checks import Case
from seawall.app.verify.files import Outcome, Row, Topic
from seawall.kernels.amm import v3_expected_il
from seawall.kernels.lvr import Blocks, blocks, cpmm_split, equal_block_share, leading_gas_shares, trade_probability

DAY_SECONDS: Final = 86400.0
BASIS_POINT: Final = 1e-4
PERCENT: Final = 100.0
POINTS: Final = 0.15
"""Percentage points allowed: the published 12 s rows fit blocks of 12.14 s."""
ABSOLUTE: Final = 1e-9
TABLE_2_VOL: Final = 0.05
"""Per day, of the whole of Table 2: the paper states it above the table, the file has no column for it."""

BLACK_SCHOLES: Final = "BSM_same_total? (ours, sigma=0.4862)"
STOCHASTIC: Final = "published_EIL_pct"
NOT_COMPARED: Final = f"whose {STOCHASTIC} is not compared: of a stochastic volatility model this release does not have"
_NUMBER: Final = r"(\d+\.?\d*|\.\d+)"
YEARS: Final = re.compile(rf"{_NUMBER}(?:/{_NUMBER})?")
SIGMA: Final = re.compile(rf"(?:^|\s)sigma0={_NUMBER}(?=\s|$)")


def _per_day(row: Row, vol: float, gas_bp: float = 0.0, *, input_fee: bool = False) -> Blocks:
    """Terms of a row, per day: its ``fee_bp`` is the log fee itself."""
    rate = DAY_SECONDS / row.inputs["block_time_s"]
    fee = row.inputs["log_fee_bp" if "log_fee_bp" in row.inputs else "fee_bp"]
    return blocks(vol, rate, fee * BASIS_POINT, gas_bp * BASIS_POINT, input_fee=input_fee)


def _compared(row: Row, found: dict[str, float], allowed: float) -> Outcome:
    return Outcome(tuple(Case(abs(found[name] - r.value), allowed, name) for name, r in row.published.items()))


def _compare_trades(row: Row) -> Outcome:
    terms = _per_day(row, row.inputs["sigma_daily_pct"] / PERCENT)
    return _compared(row, {"P_trade_pct_published": PERCENT * float(trade_probability(terms))}, POINTS)


def _compare_gas(row: Row) -> Outcome:
    """Printed shares are the leading-order form; the last column is the exact one. All have the fee in the token in."""
    terms = _per_day(row, TABLE_2_VOL, row.inputs["gas_bp"], input_fee=True)
    net, gas = (PERCENT * float(share) for share in leading_gas_shares(terms))
    split = cpmm_split(terms)
    found = {
        "ARB_pct_published": net,
        "GAS_pct_published": gas,
        "ARB_pct_ours_eq19": net,
        "GAS_pct_ours_eq22": gas,
        "ARB_pct_exact_integral": PERCENT * float(split.net / split.lvr),
    }
    return _compared(row, found, POINTS)


def _compare_split(row: Row) -> Outcome:
    terms = _per_day(row, row.inputs["sigma_daily_pct"] / PERCENT)
    split = cpmm_split(terms)
    found = {
        "lvr_bp_per_day": float(split.lvr) / BASIS_POINT,
        "p_trade": float(split.trade),
        "arb_bp_per_day_poisson": float(split.arb) / BASIS_POINT,
        "fee_bp_per_day_poisson": float(split.fee) / BASIS_POINT,
        "arb_bp_per_day_deterministic": float(split.lvr * equal_block_share(terms)) / BASIS_POINT,
    }
    return _compared(row, found, ABSOLUTE)


def _compare_black_scholes(row: Row) -> Outcome:
    """The loss at the model's own start volatility, constant: all of the row that Black-Scholes can say."""
    remark = NOT_COMPARED if STOCHASTIC in row.published else ""
    if BLACK_SCHOLES not in row.published:
        return Outcome((), remark)
    years, sigma = YEARS.fullmatch(row.words["T"]), SIGMA.search(row.words["model_params"])
    if years is None or sigma is None:
        return Outcome((), "unusable: T is no number of years or model_params states no sigma0")
    at = row.inputs
    time = float(years[1]) / float(years[2] or 1.0)
    found = PERCENT * float(v3_expected_il(at["p0=F"], at["pa"], at["pb"], at["p0=F"], float(sigma[1]), time))
    return Outcome((Case(abs(found - row.published[BLACK_SCHOLES].value), ABSOLUTE, "Black-Scholes"),), remark)


LVR_TOPICS: Final = (
    Topic(
        "lvr_ptrade_table1", ("block_time_s", "fee_bp", "sigma_daily_pct"), (), ("P_trade_pct_published",),
        _compare_trades,
    ),
    Topic(
        "lvr_split_table2", ("block_time_s", "fee_bp", "gas_bp"), (),
        ("ARB_pct_published", "GAS_pct_published", "ARB_pct_ours_eq19", "GAS_pct_ours_eq22", "ARB_pct_exact_integral"),
        _compare_gas,
    ),
    Topic(
        "lvr_cpmm_exact", ("log_fee_bp", "block_time_s", "sigma_daily_pct"), (),
        ("lvr_bp_per_day", "p_trade", "arb_bp_per_day_poisson", "fee_bp_per_day_poisson",
         "arb_bp_per_day_deterministic"),
        _compare_split,
    ),
    Topic(
        "il_sepp_logsv", ("p0=F", "pa", "pb"), ("T", "model_params"), (STOCHASTIC, BLACK_SCHOLES),
        _compare_black_scholes, uncomputed="stochastic volatility, or derived from it,",
    ),
)  # fmt: skip
