"""Grid files: what they may say, and one line with file and line for everything else."""

import datetime as dt
from pathlib import Path

import pytest

from seawall.core.errors import SeawallError
from seawall.data.grids import load_grid
from seawall.data.plans import default_plan
from seawall.sim.grid import Grid, Span

PLAN = default_plan()


def written(tmp_path: Path, text: str, name: str = "g.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_grid_of_every_kind_of_axis(tmp_path: Path) -> None:
    text = """
seawall_grid: 1
axes:
  condor.short_delta: {from: 0.1, to: 0.2, steps: 3}
  hedge.layers.L1.roll_days: {from: 5, to: 7, steps: 3}
  hedge.carry_budget: {from: 0, to: 0.05}
  costs.multiple: [1, 2]
  fill: [next, close]
  start: [2014-01-03, "2015-01-02"]
  lot: 2
sample: 4
seed: 9
"""
    wanted = {
        "condor.short_delta": (0.1, 0.15, 0.2),
        "hedge.layers.L1.roll_days": (5, 6, 7),
        "hedge.carry_budget": Span(0.0, 0.05),
        "costs.multiple": (1.0, 2.0),
        "fill": ("next", "close"),
        "start": (dt.date(2014, 1, 3), dt.date(2015, 1, 2)),
        "lot": (2,),
    }
    assert load_grid(written(tmp_path, text), PLAN) == Grid(wanted, 4, 9)
    same = '{"seawall_grid": 1, "axes": {"lot": [1, 2]}}'
    assert load_grid(written(tmp_path, same, "g.json"), PLAN) == Grid({"lot": (1, 2)})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "axes:\n  condor.shrt_delta: [0.1]",
            "g.yaml:3: the plan has no `condor.shrt_delta`: did you mean `condor.short_",
        ),
        ("axes:\n  lot: [1]\n  capital: [one]", "g.yaml:4: `capital` takes a number, was 'one'"),
        ("axes:\n  lot: {from: 1, to: 3}", "g.yaml:3: `lot` takes no fractions: add `steps`"),
        ("axes:\n  lot: {from: 1, to: 4, steps: 3}", "g.yaml:3: `lot` takes a whole number, was 2.5"),
        ("axes:\n  capital: {from: 1, too: 3}", "unknown key `too`: a range has from, to and steps"),
        ("axes:\n  capital: {from: 1}", "`capital` needs a number for `to`, was None"),
        ("axes:\n  capital: {from: 1, to: 3, steps: 1}", "`steps` of `capital` must be a whole number"),
        ("axes:\n  capital: {from: 1, to: 3, steps:}", "`steps` of `capital` must be a whole number"),
        ("axes:\n  capital: {from: 3, to: 1}", "from 3.0 is not below to 1.0: swap them"),
        ("axes:\n  capital: [.nan]", "`capital` takes a number, was nan"),
        ("axes:\n  capital: [1, 1.0]", "g.yaml:2: `capital` has no value, or one of them twice"),
        ("axes:\n  capital: []", "`capital` has no value"),
        ("axes: {}", "the grid has no axes"),
        ("axes: [1]", "`axes`"),
        ("axs:\n  lot: [1]", "unknown key `axs`: did you mean `axes`?"),
        ("axes:\n  lot: [1]\nsample: 0", "g.yaml:4: `sample`"),
        (
            "axes:\n  lot: [1]\nbootstrap: {lanes: 0, mean_block: 21}",
            "g.yaml:4: `lanes`: input should be greater than 0",
        ),
        ("axes:\n  lot: [1]\nbootstrap: {lanes: 200000}", "g.yaml:4: bootstrap draws 1 to 100,000 histories"),
        ("axes:\n  lot: [1]\nbootstrap: {lanes: 9, mean_block: 0.5}", "g.yaml:4: mean_block must be >= 1 session"),
        ("axes:\n  lot: [1]\nbootstrap: {lanes: 9, mean_blok: 5}", "unknown key `mean_blok`"),
        ("axes:\n  lot: [1]\nbootstrap: {lanes: 9, seed: 99999999999}", "the seed of bootstrap must be 0 to"),
        ("axes:\n  name: [a]", "`name` is a label"),
        ("axes:\n  1: [a]", "g.yaml"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(SeawallError) as fault:
        load_grid(written(tmp_path, f"seawall_grid: 1\n{body}\n"), PLAN)
    assert told in str(fault.value)
    assert str(fault.value).startswith("g.yaml:")
    assert "\n" not in str(fault.value)
