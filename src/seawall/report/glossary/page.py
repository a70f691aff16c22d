"""The glossary as a page of the documentation: text in, text out."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Final

from seawall.report.glossary.registry import BY_KEY, TERMS, disagreements, normal, of_family
from seawall.report.glossary.term import DEFINITION, NOT_BUILT, Family, Term, formula_heading

HEAD: Final = """# Glossary

Every term the program prints or the method uses: a sentence, the formula this program computes, its unit and sign; then
its source and what the evidence says. What is not built says so, and so does what is not tested; a definition has
nothing to test. `seawall glossary TERM` shows also where a term enters the program, what a rule would do with it, and
related terms. "Source articles" are the texts whose method this program tests. Nothing here is financial advice.

This page is written by `scripts/write_glossary.py`; edit the tables in `src/seawall/report/glossary/` instead.
"""

_MARKS: Final = re.compile(r"([\\*_\[\]<>|#])")
_GAPS: Final = re.compile(r"[^a-z0-9]+")


def _slug(name: str) -> str:
    """Letters and digits of a name, joined by hyphens: the link to a term is the page's address, ``#`` and this."""
    return _GAPS.sub("-", name.casefold()).strip("-")


def _anchors() -> Mapping[str, str]:
    """Anchor by name of a term; a number tells apart names that differ in signs alone, such as t1 and T-1."""
    found: dict[str, str] = {}
    for term in TERMS:
        slug, count = _slug(term.name), 1
        while slug in found.values():
            count += 1
            slug = f"{_slug(term.name)}-{count}"
        found[term.name] = slug
    return MappingProxyType(found)


ANCHORS: Final = _anchors()
"""Names and anchors are unique."""


def _plain(text: str) -> str:
    """Text in which nothing is a mark of Markdown but code between back quotes."""
    return "".join(part if part.startswith("`") else _MARKS.sub(r"\\\1", part) for part in re.split(r"(`[^`]*`)", text))


def _title(term: Term) -> str:
    return f'<a id="{ANCHORS[term.name]}"></a>**{_plain(term.name)}**'


def _known(term: Term) -> str:
    """Source and evidence in a line, and where the sources disagree; nothing is said of a definition."""
    told = [f"Source: {term.source}"]
    if not term.built and term.family is not Family.STATUS:
        told.append(NOT_BUILT.capitalize())
    if term.evidence != DEFINITION:
        told.append(f"Evidence: {term.evidence}")
    told += [f"The sources disagree, see {one.ids[0]}" for one in disagreements(term)]
    return " ".join(_plain(f"{one.rstrip('.')}.") for one in told)


def _entry(term: Term) -> Iterator[str]:
    """Name and sentence; formula and unit; what is known."""
    others = [alias for alias in term.aliases if alias.casefold() != term.name.casefold()]
    also = f" ({_plain(', '.join(others))})" if others else ""
    yield f"* {_title(term)}{also}: {_plain(term.plain)}<br>"
    yield f"    {_heading(term)}`{term.formula}`; {_plain(term.unit)}. {_known(term)}"


def _heading(term: Term) -> str:
    """What the formula is called, where it is not simply one."""
    heading = formula_heading(term)
    return "" if heading == "formula" else f"{heading}: "


def _variant(term: Term) -> str:
    """A variant under the term whose sentence it shares: what it is taken on, and its formula where that is another."""
    own = "" if term.formula == BY_KEY[normal(term.variant_of)].formula else f"; `{term.formula}`"
    return f"    * {_title(term)}: {_plain(term.aliases[0])}{own}; {_plain(term.unit)}"


def _conflict(term: Term) -> str:
    return f"* {_title(term)}. {_plain(term.plain)} Resolved: {_plain(term.formula)}"


def _section(family: Family) -> Iterator[str]:
    yield f"\n## {family}\n"
    for group, terms in groupby(of_family(family), key=lambda term: term.group):
        if group:
            yield f"\n### {group.capitalize()}\n"
        for term in terms:
            if family is Family.CONTRADICTION:
                yield _conflict(term)
            elif term.variant_of:
                yield _variant(term)
            else:
                yield from _entry(term)


def markdown() -> str:
    """The whole page, families in order."""
    return "\n".join((HEAD.rstrip(), *(line for family in Family for line in _section(family)), ""))
