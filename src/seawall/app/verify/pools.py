"""Published impermanent loss, LVR and fee-implied volatility against `kernels.amm`."""

import math
import re
from typing import Final

from seawall.app.verify.checks import ROUNDING, Case
from seawall.app.verify.files import Outcome, Row, Topic
from seawall.kernels.amm import (
    fee_implied_vol,
    lvr_share,
    quote_depth,
    v2_loss_share,
    v3_expected_il,
    weighted,
    weighted_loss_share,
)

ABSOLUTE: Final = 1e-9
TICK: Final = 1.0001
NUMBER: Final = r"(\d+\.?\d*|\.\d+)"
V2_LOSS: Final = re.compile(rf"v2 IL at price ratio {NUMBER}x?", re.IGNORECASE)
CPMM_LVR: Final = re.compile(rf"CPMM LVR, sigma\s*=\s*{NUMBER}\s*%\s*/\s*day", re.IGNORECASE)


def _compare_expected_loss(row: Row) -> Outcome:
    at = row.inputs
    found = float(v3_expected_il(at["p0"], at["pa"], at["pb"], at["forward"], at["sigma"], at["T_years"]))
    return Outcome(tuple(Case(abs(found - r.value), ABSOLUTE, name) for name, r in row.published.items()))


def _compare_weighted(row: Row) -> Outcome:
    weight, ratio = row.inputs["weight_risky"], row.inputs["price_ratio"]
    found = {
        "IL": float(weighted_loss_share(ratio, weight)),
        "LVR_coeff_times_sigma2": float(lvr_share(weighted(1.0, 1.0, weight).leverage, 1.0)),
    }
    return Outcome(tuple(Case(abs(found[name] - r.value), ABSOLUTE, name) for name, r in row.published.items()))


def headline(what: str, unit: str) -> float | None:
    """The number a headline states, from its text and unit; None for a fact without a formula here."""
    if (loss := V2_LOSS.fullmatch(what)) and unit == "%":
        return 100.0 * float(v2_loss_share(float(loss[1])))
    if (rent := CPMM_LVR.fullmatch(what)) and unit.startswith("bp") and unit.endswith("per day"):
        return 1e4 * float(lvr_share(1.0, float(rent[1]) / 100.0))
    return None


def _compare_headline(row: Row) -> Outcome:
    found = headline(row.words["what"], row.words["unit"])
    if found is None:
        return Outcome((), "not covered: a fact without a formula here")
    value, half_unit = row.published["published"]
    return Outcome((Case(abs(found - value), half_unit * (1.0 + ROUNDING), row.words["what"]),))


def _compare_implied(row: Row) -> Outcome:
    """Break-even vol against Lambert's for the same volume.

    Lambert's ``2 fee sqrt(volume/depth)``, depth the quote token in one tick spacing around the price, states the
    volume; :func:`fee_implied_vol` turns it into the break-even. Per unit of L sqrt P both follow from spacing and fee.
    """
    fee, spacing = row.inputs["fee"], row.inputs["tick_spacing"]
    top = TICK ** (0.5 * spacing)
    depth = float(quote_depth(1.0, top, -math.expm1(-spacing * math.log(TICK))))
    lambert_of_one = 2.0 * fee * math.sqrt(1.0 / depth)
    ratio = lambert_of_one / float(fee_implied_vol(fee, 1.0, 1.0, 1.0))
    given = row.published
    cases = []
    if "ratio" in given:
        cases.append(Case(abs(ratio - given["ratio"].value), given["ratio"].half_unit * (1.0 + ROUNDING), "ratio"))
    if "IV_Lambert_daily" in given and "IV_breakeven_daily" in given:
        lambert, ours = given["IV_Lambert_daily"], given["IV_breakeven_daily"]
        volume = (lambert.value / lambert_of_one) ** 2
        found = float(fee_implied_vol(fee, volume, 1.0, 1.0))
        # both are printed: the rounding of the one travels to the other
        allowed = (ours.half_unit + lambert.half_unit / ratio) * (1.0 + ROUNDING)
        cases.append(Case(abs(found - ours.value), allowed, "IV_breakeven_daily"))
    return Outcome(tuple(cases), "" if cases else "without a published number: one vol alone cannot be checked")


POOL_TOPICS: Final = (
    Topic(
        "il_bsm_reference", ("p0", "pa", "pb", "forward", "sigma", "T_years"), (),
        ("EIL_over_V0_closed_form", "EIL_over_V0_quadrature", "EIL_over_V0_strip"), _compare_expected_loss,
    ),
    Topic(
        "weighted_pool_il", ("weight_risky", "price_ratio"), (), ("IL", "LVR_coeff_times_sigma2"), _compare_weighted
    ),
    Topic("lp_headline_numbers", (), ("what", "unit"), ("published",), _compare_headline),
    Topic(
        "lp_implied_vol_check", ("tick_spacing", "fee"), (), ("IV_Lambert_daily", "IV_breakeven_daily", "ratio"),
        _compare_implied, by_column=True,
    ),
)  # fmt: skip
