"""`seawall glossary` as a user runs it, and that every verb of the command line has an entry."""

import json
from collections.abc import Iterator

import pytest
import typer
from tests.app.test_cli import json_of, seawall
from tests.conftest import ROOT
from typer.core import TyperGroup

from seawall.app.cli import APP, main
from seawall.report.glossary.registry import BY_KEY, TERMS, normal
from seawall.report.glossary.show import NAME_WIDTH
from seawall.report.glossary.term import Family


def verbs() -> Iterator[str]:
    """Every command of the program, groups spelled out."""
    top = typer.main.get_command(APP)
    assert isinstance(top, TyperGroup)
    for name, command in top.commands.items():
        if isinstance(command, TyperGroup):
            if command.invoke_without_command:
                yield f"seawall {name}"
            yield from (f"seawall {name} {inner}" for inner in command.commands)
        else:
            yield f"seawall {name}"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["seawall", "glossary", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_every_verb_has_an_entry_and_every_entry_a_verb() -> None:
    assert {"seawall ledger", "seawall data sync", "seawall glossary"} <= set(verbs())
    described = {term.name for term in TERMS if term.family is Family.VERB}
    assert set(verbs()) - described == set(), "add a row to VERBS in report/glossary/verbs.py"
    assert described - set(verbs()) == set(), "the program has no such verb"


def test_verbs_named_by_entries_exist() -> None:
    known = set(verbs())
    for term in TERMS:
        for part in term.enters.split("`")[1::2]:
            assert not part.startswith("seawall ") or part in known, f"{term.name}: {part}"


def test_help_has_an_example() -> None:
    done = seawall("glossary", "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert "--json" in done.stdout


def test_one_term_as_json_says_where_its_sources_disagree() -> None:
    shown = json_of("glossary", "IL")
    (term,) = shown["terms"]  # type: ignore[index]
    assert term["name"] == "impermanent loss"
    assert {"plain", "formula", "unit", "source", "enters", "evidence", "built"} <= set(term)
    assert [one["id"] for one in term["contradictions"]] == ["C12"]
    assert "advice" in str(shown["notice"])  # type: ignore[index]


def test_all_terms_are_listed_in_aligned_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    for family in Family:
        assert str(family) in lines
    starts = set()
    for term in (term for term in TERMS if len(term.name) <= NAME_WIDTH):
        row = next(line for line in lines if line.startswith(f"{term.name}  "))
        opening = " ".join(term.plain.split()[:2])
        assert opening in row, term.name
        starts.add(row.index(opening, len(term.name)))
    assert len(starts) == 1


def test_a_term_is_shown_with_all_of_its_fields(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "CVaR95,", "--json") == 2
    capsys.readouterr()
    assert run(monkeypatch, "expected shortfall") == 0
    out = " ".join(capsys.readouterr().out.split())
    term = BY_KEY[normal("CVaR")]
    for text in (term.name, term.plain, term.formula, term.unit, term.source, term.evidence, *term.aliases):
        assert text in out
    assert "Not financial advice" in out


def test_planned_formulas_are_called_planned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = next(term for term in TERMS if not term.built and term.family is not Family.STATUS)
    assert run(monkeypatch, planned.name) == 0
    out = capsys.readouterr().out
    assert "formula (planned)" in out
    assert "not built yet" in out


def test_search_lists_what_mentions_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--search", "funding", "--json") == 0
    names = {term["name"] for term in json.loads(capsys.readouterr().out)["terms"]}
    assert {"funding", "crowding", "t3"} <= names
    assert len(names) < len(TERMS) / 2


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("gama",), "did you mean gamma/1%"),
        (("zzzzqqqq",), "--search looks inside"),
        (("",), "the glossary has no ''"),
        (("LVR", "--search", "rent"), "give one of them"),
        (("--search", "zzzzqqqq"), "no term mentions"),
        (("--search", ""), "no term mentions"),
        (("[red]",), "the glossary has no '[red]'"),
        (("one", "two"), "unexpected extra argument"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    words: tuple[str, ...], fact: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert fact in line


def test_the_docs_name_the_verb() -> None:
    for page in ("README.md", "docs/index.md"):
        assert "seawall glossary" in (ROOT / page).read_text()
