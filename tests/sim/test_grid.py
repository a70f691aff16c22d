"""Grids: which lanes there are, in which order, and that a lane changes its fields and nothing else."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import DomainError, InputError, RangeError, UnknownParameterError
from seawall.data.plans import default_plan
from seawall.sim.grid import Grid, GridLane, Span, addresses, fitted, grid_lanes, lane_plan, leaf_of, steps

PLAN = default_plan()


def lane(**values: object) -> GridLane:
    return GridLane(tuple((name.replace("__", "."), value) for name, value in values.items()))  # type: ignore[misc]


def test_all_lanes_in_the_order_of_names_whatever_the_order_of_the_file() -> None:
    axes = {"b": (1, 2), "a": ("x", "y", "z")}
    lanes = grid_lanes(Grid(axes))
    assert [dict(one.parameters) for one in lanes] == [
        {"a": a, "b": b} for a, b in itertools.product(("x", "y", "z"), (1, 2))
    ]
    assert grid_lanes(Grid(dict(reversed(axes.items())))) == lanes


@given(st.integers(1, 60), st.integers(0, 5), st.booleans())
def test_a_sample_is_of_different_lanes_and_the_seed_decides(count: int, seed: int, wide: bool) -> None:
    axes: dict[str, object] = {"a": tuple(range(9)), "b": tuple(range(8)), "c": (0.0,)}
    if wide:
        axes["c"] = Span(0.0, 1.0)
    grid = Grid(axes, count, seed)  # type: ignore[arg-type]
    drawn = grid_lanes(grid)
    assert len(set(drawn)) == count
    assert grid_lanes(grid) == drawn
    for one in drawn:
        values = dict(one.parameters)
        assert values["a"] in range(9)
        assert values["b"] in range(8)
        assert 0.0 <= values["c"] <= 1.0  # type: ignore[operator]
    if count == 60:
        assert set(grid_lanes(replace(grid, seed=seed + 1))) != set(drawn)


def test_a_sample_as_large_as_the_grid_is_the_grid() -> None:
    axes = {"a": (1, 2, 3), "b": (4, 5)}
    assert grid_lanes(Grid(axes, 6)) == grid_lanes(Grid(axes, 900)) == grid_lanes(Grid(axes))


def test_every_lane_of_a_small_grid_is_drawn_about_equally_often() -> None:
    axes = {"a": tuple(range(4)), "b": tuple(range(5))}
    seen = [one for seed in range(400) for one in grid_lanes(Grid(axes, 5, seed))]
    counts = [seen.count(one) for one in grid_lanes(Grid(axes))]
    assert sum(counts) == 2000
    assert all(60 <= one <= 140 for one in counts)  # 100 on average; binomial(400, 1/4) has sd 8.7


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0.1, 0.3, 5, (0.1, 0.15, 0.2, 0.25, 0.3)),
        (0, 6, 4, (0, 2, 4, 6)),
        (1, 2, 3, (1.0, 1.5, 2.0)),
        (0.04, 0.0, 3, (0.04, 0.02, 0.0)),
    ],
)
def test_steps(low: float, high: float, count: int, expected: tuple[float, ...]) -> None:
    found = steps(low, high, count)
    assert found == expected
    assert [type(one) for one in found] == [type(one) for one in expected]


@pytest.mark.parametrize(
    ("grid", "fact"),
    [
        (lambda: Grid({}), "no axes"),
        (lambda: Grid({"a": ()}), "no value"),
        (lambda: Grid({"a": (1, 1.0)}), "twice"),
        (lambda: Grid({"a": (1,)}, 0), "sample must be"),
        (lambda: grid_lanes(Grid({"a": Span(0, 1)})), "add `steps`"),
        (lambda: grid_lanes(Grid({"a": tuple(range(400)), "b": tuple(range(400))})), "160,000 lanes"),
        (lambda: Span(1, 1), "not below"),
        (lambda: steps(1, 1, 3), "no range"),
    ],
)
def test_a_grid_that_is_none(grid: object, fact: str) -> None:
    with pytest.raises(InputError, match=fact):
        grid()  # type: ignore[operator]


def test_a_lane_changes_its_fields_and_nothing_else() -> None:
    made = lane_plan(
        PLAN, lane(condor__short_delta=0.3, condor__wing_delta=0.25, hedge__layers__L2__target_days=90, lot=2)
    )
    assert PLAN.hedge is not None
    layers = tuple(replace(one, target_days=90) if one.name == "L2" else one for one in PLAN.hedge.layers)
    wanted = replace(
        PLAN,
        condor=replace(PLAN.condor, short_delta=0.3, wing_delta=0.25),
        hedge=replace(PLAN.hedge, layers=layers),
        lot=2,
    )
    assert made == wanted
    assert lane_plan(PLAN, lane(hedge__monetise__1__0=5.0)).hedge.monetise == ((2.0, 1 / 3), (5.0, 1 / 3))  # type: ignore[union-attr]
    with pytest.raises(DomainError):
        lane_plan(PLAN, lane(condor__short_delta=0.04))
    with pytest.raises(RangeError):
        lane_plan(PLAN, lane(start=dt.date(2019, 1, 1)))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("condor.shrt_delta", "did you mean `condor.short_delta`"),
        ("short_delta", "did you mean `condor.short_delta`"),
        ("hedge.layers.L9.delta", "did you mean `hedge.layers.L"),
        ("zzzz", "such as `start`"),
        ("name", "a label"),
        ("hedge.layers.L1.name", "a label"),
    ],
)
def test_an_unknown_axis_names_the_near_miss(name: str, hint: str) -> None:
    with pytest.raises(UnknownParameterError, match=hint):
        leaf_of(PLAN, name)


def test_names_that_are_not_names_of_one_part_each_give_way_to_places() -> None:
    assert PLAN.hedge is not None
    twins = replace(PLAN.hedge, layers=(PLAN.hedge.layers[0],) * 2)
    assert {"layers.0.delta", "layers.1.delta"} <= {name for name, _ in addresses(twins)}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("capital", 5, 5.0),
        ("lot", 2.0, 2),
        ("start", "2015-01-02", dt.date(2015, 1, 2)),
        ("start", dt.date(2015, 1, 2), dt.date(2015, 1, 2)),
        ("fill", "close", "close"),
    ],
)
def test_a_value_becomes_what_its_field_takes(name: str, value: object, expected: object) -> None:
    found = fitted(leaf_of(PLAN, name), name, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [("capital", "x"), ("capital", True), ("capital", float("nan")), ("lot", 1.5), ("start", "soon"), ("start", 3),
     ("fill", "never"), ("capital", None), ("capital", [1]), ("lot", float("inf"))],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        fitted(leaf_of(PLAN, name), name, value)
