"""One test a claim: what each needs, and how it is run."""

from types import MappingProxyType
from typing import Final

from seawall.evidence.runners import big_top, calm_rate, context, dealer, identity, offsets, prints, runs, split, vvix

_ALL: Final = (
    identity.RUNNER, offsets.RUNNER, runs.HEDGED, dealer.UNWIND, dealer.SIGN, split.RUNNER, vvix.RUNNER,
    runs.WIDENED, calm_rate.RUNNER, runs.BAND, big_top.RUNNER, prints.RUNNER, context.RUNNER, runs.STEWARD,
)  # fmt: skip
RUNNERS: Final = MappingProxyType({one.id: one for one in _ALL})
