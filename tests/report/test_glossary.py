"""The glossary covers what the program shows, points at what exists, and repeats the program's own numbers.

Public names are gathered from the code, so a new one without an entry fails here.
"""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from typing import get_args

import pytest
from tests.conftest import ROOT
from tests.published import SHARED, existing

from seawall.core.datum import Origin
from seawall.core.status import Status
from seawall.data.positions import AnyPosition
from seawall.evidence.verdict import Verdict
from seawall.hedge.charter import PRESETS as POLICIES
from seawall.hedge.charter import Temper
from seawall.hedge.stack.second_engine import SECOND_ENGINES
from seawall.instruments.dealer import Convention
from seawall.instruments.pool_record import FeeModel
from seawall.instruments.pool_shapes import SHAPES
from seawall.instruments.venues import VENUES
from seawall.report.glossary.contradictions import CONTRADICTIONS
from seawall.report.glossary.registry import BY_KEY, TERMS, disagreements, keys_of, normal
from seawall.report.glossary.signals import SAYS, STATED, WORDS, where, words_of
from seawall.report.glossary.term import UNTESTED, Family, Term
from seawall.report.ledger_sections import COLUMNS
from seawall.signals.conflicts import CONFLICTS
from seawall.signals.regime import PRESETS, RULES, Regime
from seawall.signals.registry import CARDS, SIGNALS

SOURCE = ROOT / "src" / "seawall"
METHOD = SHARED / "design" / "METHOD.md"
RULE_ID = re.compile(r"(?:L\d+|LX|CAL|SHIFT)\.[a-z]+")


def tree(*parts: str) -> ast.Module:
    return ast.parse(SOURCE.joinpath(*parts).read_text())


def words(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def headers() -> Iterator[str]:
    """Headings of the terminal's tables: pairs of a text and where it is aligned, or of a text and what computes it."""
    trees = (tree("report", "tables.py"), tree("report", "hedge_tables.py"))
    for node in (one for each in trees for one in ast.walk(each)):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            name, second = words(node.elts[0]), node.elts[1]
            if name and (words(second) in ("left", "right") or isinstance(second, ast.Lambda)):
                yield name


def page_headers() -> Iterator[str]:
    """Headings of the page: the ledger's columns, and the first of every triple of name, unit and what computes it."""
    yield from (column.name for column in COLUMNS)
    for node in ast.walk(tree("report", "hedge_sections.py")):
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and words(node.elts[1]) is not None:
            yield from filter(None, [words(node.elts[0])])


def calls(name: str, folder: str) -> Iterator[str]:
    """First argument of every call of ``name`` in a room, where it is a text."""
    for path in sorted((SOURCE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
                first = words(node.args[0])
                if first:
                    yield first


def hedge_rules() -> set[str]:
    """Rule ids written anywhere in the room that decides, and the rules of its advice."""
    texts = (words(node) for path in (SOURCE / "hedge").rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return (
        {text for text in texts if text and RULE_ID.fullmatch(text)}
        | set(calls("Advice", "hedge"))
        | set(calls("Note", "hedge"))
    )


def book_kinds() -> set[str]:
    models = get_args(get_args(AnyPosition)[0])
    return {kind for model in models for kind in get_args(model.model_fields["kind"].annotation)}


def ledger_keys() -> Iterator[str]:
    """Keys of a ledger row's JSON that carry a unit."""
    for node in ast.walk(tree("report", "records.py")):
        if isinstance(node, ast.FunctionDef) and node.name == "row_record":
            keys = (words(key) for one in ast.walk(node) if isinstance(one, ast.Dict) for key in one.keys if key)
            yield from (key for key in keys if key and re.search(r"usd|yield|_vol$|hedgeable_share", key))


PUBLIC: dict[str, Iterable[str]] = {
    "signal": SIGNALS,
    "card": CARDS,
    "origin of fees": [str(one) for one in FeeModel],
    "kind of pool": SHAPES,
    "kind in a book file": book_kinds(),
    "heading of a table": set(headers()),
    "heading of the page": set(page_headers()),
    "key of a ledger row": set(ledger_keys()) - {"pnl_by_shock_usd"},
    "status": [status.name for status in Status],
    "text of a status": [str(status) for status in Status],
    "regime": [regime.name for regime in Regime],
    "transition": RULES.values(),
    "trigger": {name for names in PRESETS.values() for name in names},
    "regime preset": PRESETS,
    "hedge policy": [policy.name for policy in POLICIES],
    "hedge layer": {layer.name for policy in POLICIES for layer in policy.layers},
    "hedge temper": get_args(Temper),
    "second engine": SECOND_ENGINES,
    "hedge rule": hedge_rules(),
    "dealer convention": [str(one) for one in Convention],
    "venue": VENUES,
    "origin": [str(one) for one in Origin],
}


def test_the_gathering_finds_what_is_known_to_be_there() -> None:
    """Guards the tests below against a gathering that silently finds nothing."""
    known = {
        "heading of a table": {"rent/yr", "limit", "growth a year"},
        "heading of the page": {"Rent", "Ulcer index"},
        "kind in a book file": {"condor", "linear_perp", "v3_pool"},
        "hedge rule": {"L1.boost", "L0.widen", "L0.cap", "L3.expire", "SHIFT.roll", "LX.trim", "none"},
        "key of a ledger row": {"rent_usd_per_year", "break_even_vol"},
    }
    for what, some in known.items():
        assert some <= set(PUBLIC[what]), what


@pytest.mark.parametrize("what", PUBLIC)
def test_every_public_name_has_an_entry(what: str) -> None:
    missing = sorted(name for name in PUBLIC[what] if normal(name) not in BY_KEY)
    assert not missing, f"no glossary entry for the {what}: add a Term (or an alias) in report/glossary for {missing}"


@pytest.mark.parametrize("what", [what for what in PUBLIC if "status" not in what])
def test_what_the_program_shows_is_not_called_unbuilt(what: str) -> None:
    stale = sorted(name for name in PUBLIC[what] if normal(name) in BY_KEY and not BY_KEY[normal(name)].built)
    assert not stale, f"say in `enters` where the {what} is: {stale}"


def test_every_budget_has_an_entry() -> None:
    names = set(calls("row", "hedge"))
    assert len(names) >= 4
    for name in names:
        found = BY_KEY.get(normal(f"{name} budget"), BY_KEY.get(normal(name)))
        assert found is not None, name
        assert found.family is Family.HEDGE, name


def test_every_signal_and_card_is_told_by_its_record() -> None:
    missing = sorted(identity for identity in STATED if normal(identity) not in BY_KEY)
    assert not missing, f"add Words with a plain sentence in report/glossary/signal_words for {missing}"
    for identity, record in STATED.items():
        term = BY_KEY[normal(identity)]
        assert record.would_do in term.would_do, identity
        assert set(filter(None, [record.conflict])) <= set(term.ids), identity
        assert where(record) in term.enters, identity
        if term.group:
            assert (term.unit, term.source) == (record.unit, record.source)
            assert record.formula in term.formula
            assert (record.evidence or SAYS[record.prior]) in term.evidence
            assert (term.variant_of != "") is (record.name in term.plain)


def test_variants_share_the_sentence_of_the_term_they_name() -> None:
    variants = [term for term in TERMS if term.variant_of]
    assert {"M03.SPX.W", "E26.BTC"} <= {term.name for term in variants}
    for term in variants:
        head = BY_KEY[normal(term.variant_of)]
        assert term.plain.startswith(f"{head.plain} Here: "), term.name
        assert term.group == head.group


def test_no_words_are_left_without_a_signal_or_card() -> None:
    assert {words.id for words in map(words_of, STATED) if words} == set(WORDS)


def test_contradictions_of_signals_are_explained() -> None:
    assert set(CONFLICTS) <= {one.id for one in CONTRADICTIONS}


# What the entries say


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_an_entry_is_complete_and_plain(term: Term) -> None:
    for text in (term.name, term.plain, term.formula, term.unit, term.source, term.enters, term.evidence):
        assert text
        assert text == " ".join(text.split())
    assert term.plain[0].isupper() or term.plain[0].isdigit() or term.plain.startswith("e^(")
    assert term.plain[-1] in ".?"
    assert len(term.plain) <= 320
    assert "`" not in term.formula + term.plain
    assert not term.unit.endswith(".")


def test_no_two_terms_share_a_key() -> None:
    owners: dict[str, str] = {}
    for term in TERMS:
        for key in keys_of(term):
            assert owners.setdefault(key, term.name) == term.name, f"{key!r}: {owners[key]!r} and {term.name!r}"


def test_every_reference_leads_to_another_term() -> None:
    for term in TERMS:
        for other in term.see_also:
            assert normal(other) in BY_KEY, f"{term.name} -> {other}"
            assert BY_KEY[normal(other)] is not term, term.name


def place(dotted: str) -> object:
    """The module or name at a dotted path inside the package; raises where there is none."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        path = SOURCE.joinpath(*parts[:cut])
        if path.is_dir() or path.with_suffix(".py").is_file():
            found: object = importlib.import_module(".".join(("seawall", *parts[:cut])))
            for name in parts[cut:]:
                found = getattr(found, name)
            return found
    raise LookupError(dotted)


def test_where_a_term_enters_exists() -> None:
    for term in TERMS:
        if not term.built:
            continue
        named = re.findall(r"`([^`]+)`", term.enters)
        assert ", ".join(f"`{one}`" for one in named) == term.enters, term.name
        for one in named:
            if not one.startswith("seawall "):
                place(one)


def test_a_status_is_called_not_built_exactly_when_nothing_returns_it() -> None:
    used = set()
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[:2] != ("report", "glossary") and path.parent.name != "core":
            used |= set(re.findall(r"\bStatus\.([A-Z_]+)\b", path.read_text()))
    for status in Status:
        assert BY_KEY[normal(status.name)].built is (status.name in used), status.name


def test_nothing_claims_more_than_the_published_board() -> None:
    board = (ROOT / "docs" / "evidence" / "index.md").read_text()
    for term in TERMS:
        assert not re.search(r"\b(proves?|proven|guarantee[sd]?|always works|risk[- ]free|will profit)\b", term.plain)
        if term.family is Family.CLAIM:
            row = re.search(rf"^\| \[{term.name}\][^|]*\|[^|]*\| ([a-z ]+)", board, re.MULTILINE)
            assert row is not None, term.name
            verdict = row[1].strip()
            untested = verdict == Verdict.NOT_TESTABLE and term.evidence.startswith(UNTESTED)
            assert untested or term.evidence.startswith(verdict), term.name


# The specification's ids


def test_every_id_of_the_specification_is_covered_and_none_is_invented() -> None:
    text = existing(METHOD).read_text()
    coverage = text[text.index("## 10. Seed coverage") :]
    ids = set(re.findall(r"^\| ([EAMC]\d\d) \|", coverage, re.MULTILINE))
    assert {"E01", "E32", "A38", "M42", "C32"} <= ids
    covered = {one for term in TERMS for one in term.ids}
    assert ids - covered == set(), "ids without a term"
    assert covered - ids == set(), "ids the specification does not have"


def test_every_claim_of_the_specification_has_an_entry() -> None:
    claims = re.findall(r"^\| (H-\d\d) \|", existing(METHOD).read_text(), re.MULTILINE)
    assert len(claims) == 14
    assert {term.name for term in TERMS if term.family is Family.CLAIM} == set(claims)


def test_ids_are_numbered_without_gaps() -> None:
    """Holds without the specification: letters E, A, M, C each run from 01 to their last."""
    covered = {one for term in TERMS for one in term.ids}
    for letter in "EAMC":
        numbers = sorted(int(one[1:]) for one in covered if one[0] == letter)
        assert numbers == list(range(1, numbers[-1] + 1)), letter


def test_contradictions_are_shown_with_the_terms_they_concern() -> None:
    shown = {one.ids[0] for term in TERMS for one in disagreements(term)}
    assert shown == {one.id for one in CONTRADICTIONS}
