"""A condor whose strikes move: the quotes of its expiry are read once, everything else is recomputed at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seawall.app.service.desk import Desk
from seawall.app.service.markets import CondorAsked, condor_of

if TYPE_CHECKING:
    from seawall.app.condor import CondorReport
    from seawall.hedge.condor_maps import CondorMaps, Strikes, Struck
    from seawall.hedge.odds import Outcomes


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """The report of the day and where the price may end."""

    report: "CondorReport"
    witnesses: "tuple[Outcomes, ...]"
    own: "Struck"
    """The signal's own strikes."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """A condor at other strikes; ``contracts``: what fits the rule's risk."""

    found: "Struck"
    maps: "CondorMaps"
    contracts: int


def quoted(desk: Desk, asked: CondorAsked) -> Quoted:
    """What does not change while strikes move, remembered for the day of the clock."""
    report = condor_of(desk, asked)

    def compute() -> Quoted:
        from seawall.app.condor import witnesses_of
        from seawall.hedge.condor_maps import struck

        signal = report.signal
        witnesses = witnesses_of(signal.expiry, report.history, report.conditions.realised)
        low, put, call, high = signal.strikes
        return Quoted(report, witnesses, struck(signal.expiry, signal.rule, (low, put, call, high), witnesses))

    return desk.memo.get(("condor-quotes", asked, desk.clock().date()), compute)


def moved(desk: Desk, asked: CondorAsked, strikes: "Strikes | None") -> Moved:
    """The condor at strikes (the signal's own without them) with its maps; raises a ``SeawallError``."""
    from seawall.hedge.condor_maps import condor_maps, nearest_listed, struck

    have = quoted(desk, asked)
    signal = have.report.signal
    found = have.own
    if strikes is not None:
        listed = nearest_listed(signal.expiry, strikes)
        found = struck(signal.expiry, signal.rule, listed, have.witnesses)
    room = signal.rule.risk * signal.nav_usd
    contracts = int(room / found.max_loss_usd + 1e-9) if found.max_loss_usd > 0.0 else 0
    return Moved(found, condor_maps(signal.expiry, found, signal.rule.commission_usd), contracts)
