"""Signals: generated from their records in ``signals.registry``, with a typed sentence; planned ones from the words.

A new signal needs one entry in ``signal_words``; a test names those without.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from seawall.report.glossary import signal_words, signal_words_more
from seawall.report.glossary.signals_base import Words
from seawall.report.glossary.term import DEFINITION, NOT_BUILT, UNTESTED, Family, Term
from seawall.signals.contract import Prior, Signal
from seawall.signals.registry import SIGNALS

WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {one.id: one for one in (*signal_words.WORDS, *signal_words_more.WORDS)}
)
SAYS: Final[Mapping[Prior, str]] = MappingProxyType(
    {
        Prior.SUPPORTED: "prior: published support",
        Prior.AGAINST: "prior: published sign against it",
        Prior.NULL: "prior: expected null",
        Prior.UNKNOWN: "prior: unknown",
    }
)


def evidence(prior: Prior | None, note: str) -> str:
    """What is known of a signal before it is tested here."""
    if prior is None:
        return f"{DEFINITION}; {note}" if note else DEFINITION
    return "; ".join(filter(None, (UNTESTED, SAYS[prior], note)))


def planned(words: Words) -> Term:
    """A signal of the method that is not in the registry."""
    return Term(
        name=words.name,
        family=Family.SIGNAL,
        plain=words.plain,
        formula=words.formula,
        unit=words.unit,
        source=words.source,
        enters=NOT_BUILT,
        evidence=evidence(words.prior, words.note),
        aliases=(words.id,),
        ids=words.ids,
        see_also=("signal", "prior"),
    )


def built(words: Words, record: Signal) -> Term:
    """A signal as its record states it, and what stands in for a missing input."""
    stand_in = f"; stand-in: {record.substitute}" if record.substitute else ""
    return Term(
        name=words.name,
        family=Family.SIGNAL,
        plain=words.plain,
        formula=f"{record.name}{stand_in}",
        unit=record.unit,
        source=record.source,
        enters="`signals.registry.SIGNALS`",
        evidence=evidence(record.prior, words.note),
        aliases=(words.id,),
        ids=words.ids,
        see_also=("signal", "prior", "causality law"),
    )


TERMS: Final = tuple(
    built(words, SIGNALS[identity]) if identity in SIGNALS else planned(words) for identity, words in WORDS.items()
)
