"""The words of a signal: its sentence, and what to say of it until it is in the registry."""

from dataclasses import dataclass

from seawall.signals.contract import Prior


@dataclass(frozen=True, slots=True)
class Words:
    """Sentence and plan of one signal.

    ``id`` as in ``signals.registry``. Once the signal is there its own unit, source, prior and name replace ``unit``,
    ``source``, ``prior`` and ``formula``. ``prior`` None: a definition, nothing to test. ``note``: what is published.
    """

    id: str
    name: str
    plain: str
    formula: str
    unit: str
    source: str
    prior: Prior | None
    note: str = ""
    ids: tuple[str, ...] = ()
