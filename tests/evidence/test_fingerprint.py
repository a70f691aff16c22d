"""Names of runs: equal for equal plans, data and code, and different for anything that could change a number."""

import datetime as dt
import json
from dataclasses import dataclass, make_dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import DomainError
from seawall.data.embedded import embedded_history
from seawall.data.plans import default_plan
from seawall.evidence import fingerprint
from seawall.evidence.fingerprint import Fingerprint, canonical, data_hash, digest, plan_hash
from seawall.market.history import History, Series
from seawall.sim.costs import Costs
from seawall.sim.grid import GridLane, addresses, lane_plan
from seawall.sim.plan import CondorProgram, Plan

STATED = Costs(spx_half_spread=0.10, vix_half_spread_fraction=0.075, vix_half_spread_floor=0.05)
PLAN = replace(default_plan(), costs=STATED, dividend_yield=0.02, assumed_funding=1e-4)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.sampled_from("abcdefgh"), FLOATS, min_size=1), st.randoms())
def test_the_order_of_fields_changes_nothing(values: dict[str, float], chance: object) -> None:
    names = list(values)
    chance.shuffle(names)  # type: ignore[attr-defined]
    one = make_dataclass("Terms", list(values), frozen=True)(**values)
    other = make_dataclass("Terms", names, frozen=True)(**values)
    assert plan_hash(one) == plan_hash(other)


@given(FLOATS)
def test_a_number_is_named_by_its_value_however_it_was_written(value: float) -> None:
    for text in (repr(value), f"{value:.17g}", f"{value:.20e}", value.hex()):
        read = float.fromhex(text) if "0x" in text else float(text)
        assert digest(read) == digest(value)
    assert digest(np.float64(value)) == digest(value)


@given(FLOATS, FLOATS)
def test_different_numbers_have_different_names(one: float, other: float) -> None:
    assert (digest(one) == digest(other)) is (one == other)


def test_whole_numbers_zero_and_the_ends_of_the_line() -> None:
    assert digest(1) == digest(1.0)
    assert digest(0.0) == digest(-0.0)
    assert len({digest(one) for one in (True, 1, "1", None, float("inf"), float("-inf"), float("nan"), "inf")}) == 8
    assert json.loads(json.dumps(canonical(float("nan")))) == {"number": "nan"}


def test_containers_are_told_apart() -> None:
    class Pair(NamedTuple):
        a: float
        b: float

    @dataclass(frozen=True)
    class Other:
        a: float
        b: float

    things = [
        Pair(1, 2),
        Other(1, 2),
        (1, 2),
        {"a": 1, "b": 2},
        frozenset({1, 2}),
        np.array([1, 2]),
        np.array([1.0, 2]),
    ]
    assert len({digest(one) for one in things}) == len(things)
    assert digest((1, 2)) == digest([1, 2])
    with pytest.raises(DomainError, match="cannot be part of a plan"):
        digest(lambda: None)


def test_every_field_of_a_plan_is_in_its_name_but_what_it_is_called() -> None:
    assert plan_hash(replace(PLAN, name="another")) == plan_hash(PLAN)
    moved = {"fill": "close", "start": dt.date(2014, 2, 3), "end": dt.date(2018, 11, 30), "lot": 2}
    moved |= {"margin": "stress", "vix_print": "opening"}
    seen = {plan_hash(PLAN)}
    names = [name for name, _ in addresses(PLAN)]
    assert {"condor.short_delta", "hedge.layers.L3.roll_days", "hedge.monetise.1.0", "costs.multiple"} <= set(names)
    for name in names:
        value = moved.get(name)
        if value is None:
            node: object = PLAN
            for part in name.split("."):
                parts = (
                    {getattr(one, "name", str(at)): one for at, one in enumerate(node)}
                    if isinstance(node, tuple)
                    else {}
                )
                node = parts[part] if parts else getattr(node, part)
            value = node + 1 if isinstance(node, int) else node * 1.0000001  # type: ignore[operator]
        seen.add(plan_hash(lane_plan(PLAN, GridLane(((name, value),)))))
    assert len(seen) == len(names) + 1
    assert plan_hash(PLAN.without_hedge()) not in seen


def test_a_plan_keeps_its_name_in_another_process_and_another_session() -> None:
    """Worked by hand: SHA-256 of the canonical JSON of a small plan, written out as text."""
    text = '{"class":"CondorProgram","fields":{"risk_fraction":0.1,"short_delta":0.2,"wing_delta":0.05}}'
    import hashlib

    assert plan_hash(CondorProgram()) == hashlib.sha256(text.encode()).hexdigest()[:20]


def made(values: list[float], first: str = "2018-01-02", name: str = "SPX", later: int = 0) -> Series:
    dates = np.datetime64(first, "D") + np.arange(len(values))
    known = dates.astype("datetime64[s]") + np.timedelta64(22 + later, "h")
    return Series(name, dates, np.array(values), known, "points", "made")


@given(st.lists(st.floats(1.0, 1e4), min_size=2, max_size=20), st.data())
def test_one_changed_datum_changes_the_name_of_the_data(values: list[float], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(values) - 1))
    other = list(values)
    other[row] = np.nextafter(values[row], np.inf)
    one = data_hash(History.of(made(values)))
    assert data_hash(History.of(made(values))) == one
    assert data_hash(History.of(made(other))) != one
    assert data_hash(History.of(made(values, later=1))) != one
    assert data_hash(History.of(made(values, first="2018-01-03"))) != one
    assert data_hash(History.of(made(values, name="VIX"))) != one
    assert data_hash(History.of(made(values), made(values, name="VIX"))) != one


def test_order_of_series_and_days_after_the_end_change_nothing() -> None:
    spx, vix = made([1.0, 2.0, 3.0]), made([4.0, 5.0], name="VIX")
    assert data_hash(History.of(spx, vix)) == data_hash(History.of(vix, spx))
    longer = made([1.0, 2.0, 3.0, 9.0])
    until = dt.date(2018, 1, 4)
    assert data_hash(History.of(longer), until) == data_hash(History.of(spx), until)
    assert data_hash(History.of(longer), dt.date(2018, 1, 5)) != data_hash(History.of(spx), dt.date(2018, 1, 5))
    shorter = made([1.0, 2.0])
    assert data_hash(History.of(shorter), until) != data_hash(History.of(spx), until)


def test_a_run_is_named_by_all_four() -> None:
    base = Fingerprint(plan_hash(Plan()), data_hash(embedded_history()), "c" * 20)
    assert base.run_id == Fingerprint(*base).run_id
    changed = [base._replace(plan="x"), base._replace(data="x"), base._replace(code="x"), base._replace(seed=1)]
    assert len({base.run_id, *(one.run_id for one in changed)}) == 5


def test_the_name_of_the_code_covers_every_room_up_to_the_engine(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    for room in fingerprint.ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "a.py").write_text(f"# {room}\n")
    (tmp_path / "evidence").mkdir()
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "evidence" / "fingerprint.py"))
    named = fingerprint.code_hash.__wrapped__
    before = named()
    for room in fingerprint.ROOMS:
        file = tmp_path / room / "a.py"
        text = file.read_bytes()
        file.write_bytes(text.replace(b"\n", b"\r\n"))
        assert named() == before
        file.write_bytes(text + b"x = 1\n")
        assert named() != before, room
        file.write_bytes(text)
    (tmp_path / "sim" / "b.py").write_text("")
    assert named() != before
