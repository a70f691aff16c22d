"""Published values through the public functions: what agrees, how closely, and what is not covered yet.

``run_checks`` compares the values typed in the program and, given a folder, every known table in it. Files keep
their names and columns; rows may be any number, columns in any order, and every row that is not compared is counted.
"""

import re
from pathlib import Path
from typing import Final

from seawall.app.verify.amounts import AMOUNT_TOPICS
from seawall.app.verify.cascade import CASCADE_TOPICS
from seawall.app.verify.checks import Check, as_json, failed, joined, not_covered
from seawall.app.verify.embedded import embedded_checks
from seawall.app.verify.exact import check_exact
from seawall.app.verify.files import check_file
from seawall.app.verify.lvr import LVR_TOPICS
from seawall.app.verify.options import OPTION_TOPICS
from seawall.app.verify.perp_examples import CHITRA_TOPIC
from seawall.app.verify.perps import BITMEX, PERP_TOPICS, check_bitmex
from seawall.app.verify.pools import POOL_TOPICS
from seawall.app.verify.stableswap import STABLESWAP_TOPICS
from seawall.app.verify.surface import SURFACE_TOPICS, VARIANCE_SWAP, check_variance_swap
from seawall.app.verify.uniswap import EXACT_TOPICS
from seawall.app.verify.vix import CHAIN_FILE, PARAMETERS, check_vix
from seawall.core.errors import InputError

__all__ = ["Check", "as_json", "failed", "run_checks"]

COVERED: Final = {
    topic.name: topic
    for topic in (
        *OPTION_TOPICS,
        *POOL_TOPICS,
        *LVR_TOPICS,
        *SURFACE_TOPICS,
        *PERP_TOPICS,
        *CASCADE_TOPICS,
        CHITRA_TOPIC,
    )
}
EXACT: Final = {topic.name: topic for topic in (*EXACT_TOPICS, *STABLESWAP_TOPICS, *AMOUNT_TOPICS)}
NOT_BUILT: Final = (
    "heston_alan_lewis", "heston_fang_oosterlee", "heston_forde_implied_vols", "heston_reference",
    "rough_heston_quantlib",
)  # fmt: skip
"""Files whose topic this release does not compute."""
FACTS: Final = re.compile(r"(adl_waves|event|cboe_index)_.+")
"""Files that are facts for replay and documentation, not pass or fail."""
NO_TOPIC: Final = "this release does not compute it"


def _covered_tables(directory: Path) -> list[Path]:
    """The CSV files of a folder, by name. Raises InputError when there is none, or no folder."""
    if not directory.is_dir():
        raise InputError(f"{directory} is not a folder: --reference takes the folder that holds the tables")
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix == ".csv")
    except OSError as fault:
        raise InputError(f"{directory} cannot be read ({fault.strerror}): check its permissions") from None
    if not any(_is_known(path) for path in paths):
        raise InputError(f"{directory} holds no known table, such as {next(iter(COVERED))}.csv: check the path")
    return paths


def _is_known(path: Path) -> bool:
    return (
        path.stem in COVERED
        or path.stem in EXACT
        or path.stem in NOT_BUILT
        or path.stem in (PARAMETERS, VARIANCE_SWAP, BITMEX)
        or bool(FACTS.fullmatch(path.stem) or CHAIN_FILE.fullmatch(path.name))
    )


def _reference_checks(directory: Path) -> list[Check]:
    paths = _covered_tables(directory)
    checks = [check_file(COVERED[path.stem], path) for path in paths if path.stem in COVERED]
    checks += [check_exact(EXACT[path.stem], path) for path in paths if path.stem in EXACT]
    if any(path.stem == PARAMETERS or CHAIN_FILE.fullmatch(path.name) for path in paths):
        checks.append(check_vix(directory))
    checks += [check_variance_swap(path) for path in paths if path.stem == VARIANCE_SWAP]
    checks += [check_bitmex(path) for path in paths if path.stem == BITMEX]
    checks += [not_covered(path.stem, NO_TOPIC) for path in paths if path.stem in NOT_BUILT]
    checks += [not_covered(path.stem, "facts, nothing to compute") for path in paths if FACTS.fullmatch(path.stem)]
    strange = [path.name for path in paths if not _is_known(path)]
    if strange:
        checks.append(not_covered("other files", joined(f"ignored, unknown names: {', '.join(strange)}")))
    return checks


def run_checks(reference: Path | None) -> list[Check]:
    """The embedded checks, then the tables in the folder ``reference``; without one, the names not covered.

    Raises InputError for a folder without known tables and for a file that cannot be used: unreadable, or a column
    missing. A row that cannot be used is no error: it is counted in the note of its check.
    """
    if reference is None:
        return embedded_checks() + [not_covered(name, NO_TOPIC) for name in NOT_BUILT]
    return embedded_checks() + _reference_checks(reference)
