"""The words of a signal or card: what its record cannot say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Sentence of one measure, for the signal or card of this id and for all whose id goes on from it after a dot.

    Formula, unit, source, prior, use, evidence and contradiction come from the records in ``signals.registry``.
    ``note``: what is published; ``ids``: ideas and contradictions of the specification.
    """

    id: str
    name: str
    plain: str
    note: str = ""
    ids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
