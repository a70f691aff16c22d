"""`seawall backtest --policy`: shipped policies and files in place of the plan's hedge, mistakes in one line."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from seawall.app.cli import main


def seawall(home: Path, *words: str) -> tuple[object, str, str]:
    """Exit code, stdout and stderr of the program in this process, with a store of its own."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(home)
        patch.setenv("SEAWALL_HOME", str(home / "store"))
        patch.setattr(sys, "argv", ["seawall", *words])
        with pytest.raises(SystemExit) as left:
            main()
    told = "".join(line for line in err.getvalue().splitlines(True) if not line.startswith("compiling"))
    return left.value.code, out.getvalue(), told


def test_a_shipped_policy_and_a_file_like_it_run_alike(tmp_path: Path) -> None:
    (tmp_path / "mine.policy.yaml").write_text("seawall_policy: 1\nname: mine\nlike: static-4-4-2\n")
    shipped, own = (
        seawall(tmp_path, "backtest", "--policy", name, "--json") for name in ("static-4-4-2", "mine.policy.yaml")
    )
    assert shipped[0] in (0, None), shipped[2]
    first, second = ({k: v for k, v in json.loads(one[1]).items() if k != "runs"} for one in (shipped, own))
    assert "with static-4-4-2" in shipped[1]
    assert "with mine" in own[1]
    assert json.dumps(first).replace("static-4-4-2", "mine") == json.dumps(second)
    default = json.loads(seawall(tmp_path, "backtest", "--json")[1])
    assert default["nav_usd"] != first["nav_usd"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--policy", "nothing-so-named"), "no policy"),
        (("--policy", "absent.policy.yaml"), "absent.policy.yaml"),
        (("cndr", "--policy", "seed"), "an index has no hedge"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    code, out, err = seawall(tmp_path, "backtest", *words)
    assert code == 2
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "store").exists()
