"""Terms of the glossary are found by name, alias, id and near miss, and shown on one page."""

import importlib
import re
from pathlib import Path

import pytest
import yaml
from tests.conftest import ROOT

from seawall.core.errors import UnknownParameterError
from seawall.report.glossary import registry
from seawall.report.glossary.page import ANCHORS, markdown
from seawall.report.glossary.registry import BY_KEY, TERMS, find, hover, nearest, normal, search
from seawall.report.glossary.term import Family


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("IL", "impermanent loss"),
        ("il", "impermanent loss"),
        ("loss-versus-rebalancing", "LVR"),
        ("Loss Versus  Rebalancing", "LVR"),
        ("gamma_usd_per_pct", "gamma/1%"),
        ("time shifting", "Time-Shifting"),
        ("second engine", "Second Engine"),
        ("expected shortfall", "CVaR"),
        ("not convex in strike", "BUTTERFLY"),
        ("M37", "Big Top score"),
        ("iron condor", "condor"),
        ("c07", "C07: dealers' side"),
    ],
)
def test_a_term_is_found_by_name_alias_or_id(asked: str, name: str) -> None:
    assert [term.name for term in find(asked)] == [name]


def test_an_id_finds_every_term_that_carries_it() -> None:
    found = find("e18")
    assert len(found) > 1
    assert all("E18" in term.ids for term in found)


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("gama", "gamma/1%"),
        ("impermanant los", "impermanent loss"),
        ("zero gama", "zero-gamma level"),
        ("WAC", "WACC"),
        ("liquidaton waterfal", "liquidation waterfall"),
        ("SPIK", "SPIKE"),
        ("offset", "OffsetRatio"),
    ],
)
def test_a_near_miss_is_met_with_a_suggestion(asked: str, suggested: str) -> None:
    assert suggested in nearest(asked)
    with pytest.raises(UnknownParameterError, match=re.escape(suggested)):
        find(asked)


@pytest.mark.parametrize("key", [key for key in BY_KEY if len(key) >= 8][::12])
def test_one_letter_lost_still_suggests_the_term(key: str) -> None:
    middle = len(key) // 2
    assert BY_KEY[key].name in nearest(key[:middle] + key[middle + 1 :])


@pytest.mark.parametrize("asked", ["", "   ", "zzzzqqqq", "\x1b[31m", "a" * 100_000, "[bold]", "%s{}", "\n"])
def test_what_is_no_term_is_refused_in_one_short_line(asked: str) -> None:
    for look in (find, search):
        with pytest.raises(UnknownParameterError) as refused:
            look(asked)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 400
        assert "\x1b" not in str(refused.value)


def test_search_finds_exactly_the_terms_that_mention_a_word() -> None:
    found = {term.name for term in search("Milionis")}
    assert {"LVR", "rent", "impermanent loss"} <= found
    everywhere = {
        term.name
        for term in TERMS
        if "milionis" in repr(term).casefold()  # every field of the record
    }
    assert found == everywhere


def test_hover_text_is_the_sentence_and_its_unit() -> None:
    assert hover("rent/yr") == f"{BY_KEY['rent/yr'].plain} Unit: {BY_KEY['rent/yr'].unit}."
    assert hover("no such thing") == ""


# The page


def test_the_committed_page_is_what_the_registry_says() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert page == markdown(), "run `python scripts/write_glossary.py`"


def test_the_page_shows_every_term_and_hides_no_character() -> None:
    page = markdown()
    lines = page.splitlines()
    assert len(re.findall(r'<a id="', page)) == len(set(re.findall(r'<a id="([^"]+)"', page))) == len(TERMS)
    assert sorted(ANCHORS) == sorted(term.name for term in TERMS)
    for family in Family:
        assert f"## {family}" in lines
    for term in TERMS:
        (start,) = (n for n, line in enumerate(lines) if f'<a id="{ANCHORS[term.name]}">' in line)
        told = "\n".join(lines[start : start + 2])
        if term.family is not Family.CONTRADICTION:
            assert f"`{term.formula}`" in told or term.formula == BY_KEY[normal(term.variant_of)].formula
            if not term.variant_of:
                assert (". Not built yet." in told) is (not term.built and term.family is not Family.STATUS), term.name
    planned = [term for term in TERMS if not term.built and term.family is not Family.STATUS]
    assert page.count(" formula (planned): `") == len(planned)


def test_a_heading_stands_once() -> None:
    headings = re.findall(r"^##+ .*$", markdown(), re.MULTILINE)
    assert len(headings) == len(set(headings)) > len(Family)


def test_variants_follow_the_term_they_belong_to() -> None:
    lines = [line for line in markdown().splitlines() if '<a id="' in line]
    heads = ""
    for line in lines:
        slug = line.split('"')[1]
        (term,) = (term for term in TERMS if ANCHORS[term.name] == slug)
        heads = term.name if not term.variant_of else heads
        assert term.variant_of in ("", heads)


def test_the_page_is_in_the_navigation() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    assert "glossary.md" in {page for entry in nav for page in entry.values()}


def test_every_table_of_the_package_is_in_the_registry() -> None:
    folder = Path(registry.__file__).parent
    for path in folder.glob("*.py"):
        if re.search(r"^TERMS\b", path.read_text(), re.MULTILINE) and path.stem != "registry":
            table = importlib.import_module(f"seawall.report.glossary.{path.stem}").TERMS
            assert {term.name for term in table} <= {term.name for term in TERMS}, path.stem
