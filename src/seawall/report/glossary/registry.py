"""Every term by its name, its aliases and its ids; and the nearest ones to what was asked.

One registry feeds the command line, the documentation and hover texts. A new table is one module with ``TERMS`` and
one place in ``_TYPED`` here.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from seawall.core.errors import UnknownParameterError
from seawall.report.glossary import (
    benchmarks,
    breakevens,
    budgets,
    cascades,
    chains,
    claims,
    columns,
    contradictions,
    finance,
    hedge,
    ideas,
    inference,
    kinds,
    lvr,
    margins,
    perps,
    policies,
    pools,
    practice,
    presets,
    regimes,
    replays,
    rules,
    signals,
    statics,
    statistics,
    statuses,
    swaps,
    testing,
    tickets,
    transitions,
    verbs,
    vix,
)
from seawall.report.glossary.term import Family, Term

_TYPED: Final = tuple(
    signals.with_record(term)
    for table in (
        ideas,
        replays,
        columns,
        tickets,
        kinds,
        lvr,
        pools,
        swaps,
        perps,
        margins,
        cascades,
        chains,
        vix,
        regimes,
        transitions,
        hedge,
        rules,
        budgets,
        policies,
        statics,
        breakevens,
        finance,
        statistics,
        inference,
        testing,
        practice,
        benchmarks,
        claims,
        presets,
        statuses,
        verbs,
        contradictions,
    )
    for term in table.TERMS
)
_TAKEN: Final = frozenset(key.casefold() for term in _TYPED for key in (term.name, *term.aliases))

TERMS: Final[tuple[Term, ...]] = (*_TYPED, *signals.terms(_TAKEN))
"""Every term; families are shown in the order of ``Family``, not in this one."""

SUGGESTIONS: Final = 4
NEARNESS: Final = 0.6
LONGEST: Final = 200
"""Characters of a question that are looked at."""

_GAPS: Final = re.compile(r"[\s_\-]+")


def normal(text: str) -> str:
    """How keys are compared: without case, and with blanks, hyphens and underscores alike."""
    return _GAPS.sub(" ", text.casefold()).strip()


def keys_of(term: Term) -> tuple[str, ...]:
    """Name and aliases as compared, each once."""
    return tuple(dict.fromkeys(normal(key) for key in (term.name, *term.aliases)))


BY_KEY: Final[Mapping[str, Term]] = MappingProxyType({key: term for term in TERMS for key in keys_of(term)})


def by_id(identity: str) -> tuple[Term, ...]:
    """Terms that carry this id of the specification, such as E01 or C07; none is an answer."""
    wanted = identity.strip().upper()
    return tuple(term for term in TERMS if wanted in term.ids)


def of_family(family: Family) -> tuple[Term, ...]:
    """Terms of a family in the order of its tables."""
    return tuple(term for term in TERMS if term.family is family)


def nearest(asked: str) -> tuple[str, ...]:
    """Names of the terms nearest in spelling to what was asked, then of those that contain it; best first."""
    wanted = normal(asked[:LONGEST])
    close = get_close_matches(wanted, BY_KEY, n=SUGGESTIONS, cutoff=NEARNESS)
    part = [key for key in BY_KEY if wanted and wanted in key]
    return tuple(dict.fromkeys(BY_KEY[key].name for key in (*close, *part)))[:SUGGESTIONS]


def find(asked: str) -> tuple[Term, ...]:
    """The term of this name or alias, or every term of an id. Raises ``UnknownParameterError`` with suggestions."""
    term = BY_KEY.get(normal(asked[:LONGEST]))
    if term is not None:
        return (term,)
    found = by_id(asked)
    if found:
        return found
    names = nearest(asked)
    meant = f"did you mean {' / '.join(names)}?" if names else "`seawall glossary` lists all, --search looks inside"
    shown = asked if len(asked) <= LONGEST else f"{asked[:LONGEST]}..."
    raise UnknownParameterError(f"the glossary has no {shown!r}: {meant}")


def search(word: str) -> tuple[Term, ...]:
    """Terms that contain the word anywhere. Raises ``UnknownParameterError`` when none does, or for an empty word."""
    wanted = normal(word[:LONGEST])
    found = tuple(term for term in TERMS if wanted and wanted in normal(" ".join(_text(term))))
    if not found:
        raise UnknownParameterError(f"no term mentions {word[:LONGEST]!r}: try a shorter word, or `seawall glossary`")
    return found


def _text(term: Term) -> Iterable[str]:
    return (
        term.name, *term.aliases, term.plain, term.formula, term.unit, term.source, term.enters, term.evidence,
        *term.ids, term.would_do,
    )  # fmt: skip


def disagreements(term: Term) -> tuple[Term, ...]:
    """Contradictions in the sources that concern a term, each with its resolution."""
    if term.family is Family.CONTRADICTION:
        return ()
    return tuple(one for one in of_family(Family.CONTRADICTION) if one.ids[0] in term.ids)


def hover(key: str) -> str:
    """Tooltip of a name or alias, empty where there is no such term."""
    term = BY_KEY.get(normal(key))
    return "" if term is None else term.hover
