"""Signals and cards: generated from their records, with a sentence from ``signal_words``.

A measure taken on several series or bars (``M03.SPX.W``, ``E26.BTC``) has one sentence, under the part of the id they
share; each variant says its record's name after it. A new measure needs one entry in ``signal_words``; a test names
those without.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from seawall.report.glossary import signal_words, signal_words_more, signal_words_others
from seawall.report.glossary.signals_base import Words
from seawall.report.glossary.term import UNTESTED, Family, Term
from seawall.signals import contract
from seawall.signals.cards import Card
from seawall.signals.contract import Prior, Signal
from seawall.signals.registry import CARDS, SIGNALS

Stated = Signal | Card

WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {one.id: one for one in (*signal_words.WORDS, *signal_words_more.WORDS, *signal_words_others.WORDS)}
)
STATED: Final[Mapping[str, Stated]] = MappingProxyType({**SIGNALS, **CARDS})
SAYS: Final[Mapping[Prior, str]] = MappingProxyType(
    {
        Prior.SUPPORTED: "prior: published support",
        Prior.AGAINST: "prior: published sign against it",
        Prior.NULL: "prior: expected null",
        Prior.UNKNOWN: "prior: unknown",
    }
)


def words_of(identity: str) -> Words | None:
    """The words of this id, or of the longest beginning of it that ends at a dot; none is an answer."""
    parts = identity.split(".")
    found = (WORDS.get(".".join(parts[:size])) for size in range(len(parts), 0, -1))
    return next((one for one in found if one is not None), None)


def evidence(record: Stated, note: str) -> str:
    """What a test said, or what is known before one; and what is published."""
    tested = record.evidence or f"{UNTESTED}; {SAYS[record.prior]}"
    return "; ".join(filter(None, (tested, note)))


def formula(record: Stated) -> str:
    """As the record states it, with what stands in for a missing input, or what a card is computed from."""
    if isinstance(record, Card):
        return f"{record.formula}; from: {record.needs}"
    return f"{record.formula}; stand-in: {record.substitute}" if record.substitute else record.formula


def where(record: Stated) -> str:
    """The registry that holds it."""
    return f"`signals.registry.{'CARDS' if isinstance(record, Card) else 'SIGNALS'}`"


def of_record(record: Stated, words: Words, group: str) -> Term:
    """A signal or card: under its words' own name, or as a variant of them under its id."""
    own = record.id == words.id
    return Term(
        name=words.name if own else record.id,
        family=Family.SIGNAL,
        plain=words.plain if own else f"{words.plain} Here: {record.name}.",
        formula=formula(record),
        unit=record.unit,
        source=record.source,
        enters=where(record),
        evidence=evidence(record, words.note),
        aliases=(record.id, *words.aliases) if own else (record.name,),
        ids=tuple(dict.fromkeys((*(words.ids if own else ()), *filter(None, (record.conflict,))))),
        see_also=("signal",) if own else (words.name,),
        would_do=record.would_do,
        group=group,
        variant_of="" if own else words.name,
    )


def shared(words: Words, records: Collection[Stated], group: str) -> Term:
    """What several records measure that have no record of their own: all that they state, each thing once."""
    formulas: dict[str, str] = {}
    for record in records:
        formulas.setdefault(formula(record), record.id)
    first = next(iter(records))
    return Term(
        name=words.name,
        family=Family.SIGNAL,
        plain=words.plain,
        formula="; ".join(f"{identity}: {text}" if len(formulas) > 1 else text for text, identity in formulas.items()),
        unit=" or ".join(dict.fromkeys(record.unit for record in records)),
        source=" / ".join(dict.fromkeys(record.source for record in records)),
        enters=", ".join(dict.fromkeys(where(record) for record in records)),
        evidence=evidence(first, words.note),
        aliases=(words.id, *words.aliases),
        ids=tuple(dict.fromkeys((*words.ids, *filter(None, (record.conflict for record in records))))),
        see_also=("signal",),
        would_do=" ".join(dict.fromkeys(record.would_do for record in records)),
        group=group,
    )


def terms(taken: Collection[str]) -> Iterator[Term]:
    """Every signal and card by family, variants after the one they share words with; not the ids already ``taken``."""
    measured: dict[str, list[Stated]] = {}
    for identity, record in STATED.items():
        words = words_of(identity)
        if words is not None and identity.casefold() not in taken:
            measured.setdefault(words.id, []).append(record)
    heads = {base: next((one for one in found if one.id == base), found[0]) for base, found in measured.items()}
    for family in contract.Family:
        for base, found in measured.items():
            if heads[base].family is family:
                yield from of_measure(WORDS[base], found, str(family))


def of_measure(words: Words, records: Collection[Stated], group: str) -> Iterator[Term]:
    """The term of some words, then their variants."""
    if not any(record.id == words.id for record in records):
        yield shared(words, records, group)
    for record in sorted(records, key=lambda one: one.id != words.id):
        yield of_record(record, words, group)


def with_record(term: Term) -> Term:
    """A term of another table; where its name or an alias is the id of signals or cards, with what these state."""
    keys = {key.casefold() for key in (term.name, *term.aliases)}
    records = [record for identity, record in STATED.items() if identity.casefold() in keys]
    if not records:
        return term
    places = dict.fromkeys(where(record) for record in records)
    return replace(
        term,
        enters=", ".join((*([term.enters] if term.built else []), *places)),
        ids=tuple(dict.fromkeys((*term.ids, *(record.conflict for record in records if record.conflict)))),
        would_do=" ".join(dict.fromkeys(record.would_do for record in records)),
    )
