"""The promises of the house: its walls, its sizes, its doors, and what its pages say."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SOURCE = ROOT / "src" / "seawall"
MODULES = sorted(SOURCE.rglob("*.py"))
MODULE_LINES, FUNCTION_LINES, ARGUMENTS = 300, 60, 7
ONE_PIECE = {"mills_pair": 64}
"""Functions that are truly one piece, and their length: an unrolled polynomial is vectorised only as straight lines."""
ROOMS = (
    "app",
    "report",
    "data",
    "evidence",
    "sim",
    "hedge",
    "signals",
    "ledger",
    "instruments",
    "market",
    "convexity",
    "kernels",
    "core",
)


def name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_is_a_room() -> None:
    assert {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__"} == set(ROOMS)


def test_nothing_inside_imports_the_package_root() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert all(alias.name != "seawall" for alias in node.names), name(path)
            if isinstance(node, ast.ImportFrom):
                assert node.module != "seawall", name(path)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_sizes(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= ONE_PIECE.get(node.name, FUNCTION_LINES), node.name
            args = node.args
            count = len(args.posonlyargs + args.args + args.kwonlyargs)
            own = count - (args.args[:1] != [] and args.args[0].arg in ("self", "cls"))
            assert own <= ARGUMENTS, f"{node.name} takes {own} arguments"


def test_help_imports_nothing_heavy() -> None:
    heavy = ("numpy", "numba", "polars", "plotly", "pydantic", "rich.table", "duckdb", "scipy", "pandas", "arch")
    code = f"import sys, seawall.app.cli; print([m for m in {heavy!r} if m in sys.modules])"
    assert python("-c", code).stdout.strip() == "[]"


def test_package_carries_its_types_and_its_version() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'__version__ = "{declared}"' in (SOURCE / "__init__.py").read_text()
    assert (SOURCE / "py.typed").exists()
    assert f"## {declared}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_dependency_is_explained_and_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pages = (ROOT / "docs" / "dependencies.md").read_text().lower()
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = project["dependencies"] + [d for extra in project["optional-dependencies"].values() for d in extra]
    for requirement in wanted:
        package = re.split(r"[<>=\[ ]", requirement)[0].lower()
        assert f"`{package}`" in pages, f"{package} has no line in docs/dependencies.md"
        assert package in pinned, f"{package} is not in constraints.txt"


def tracked_texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    kinds = (".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".css", ".cfg", "Makefile", "run")
    return [ROOT / line for line in listed.stdout.splitlines() if line.endswith(kinds) and (ROOT / line).exists()]


def test_no_registry_and_no_machine_path_in_the_tree() -> None:
    forbidden = [
        re.compile("py" + "pi[.]org|python" + "hosted|npm" + "js[.]"),
        re.compile(r"/(?:home|root|Users|work)/\w+"),
    ]
    for path in tracked_texts():
        text = path.read_text(errors="ignore")
        for pattern in forbidden:
            assert not pattern.search(text), f"{path}: {pattern.pattern}"


def test_readme_commands_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    verbs = set(re.findall(r"seawall ([a-z]+)", readme))
    helped = python("-m", "seawall.app", "--help").stdout
    assert verbs
    for verb in verbs:
        assert re.search(rf"^\s+{verb}\b", helped, re.MULTILINE), f"README names `seawall {verb}`"
    targets = set(re.findall(r"make ([a-z]+)", readme))
    assert {"demo", "test"} <= targets
    for target in targets:
        assert f"\n{target}:" in (ROOT / "Makefile").read_text()


def test_pictures_and_pages_named_in_the_docs_exist() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} -> {link}"
