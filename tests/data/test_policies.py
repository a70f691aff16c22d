"""Policy files: every kind of layer, what is left out, and every mistake as one line that names file and place."""

from dataclasses import replace
from pathlib import Path

import pytest

from seawall.core.errors import SeawallError
from seawall.data.policies import load_policy, policy_named
from seawall.hedge.charter import LONG, NEAR, PRESETS, RESERVE, Policy, preset
from seawall.hedge.condor import CondorRule
from seawall.hedge.stack.base import Layer
from seawall.hedge.stack.crypto import CryptoNative
from seawall.hedge.stack.financing import FinancingCondor
from seawall.hedge.stack.second_engine import DeepLayers, HedgeRatio, LowCorrelation, MacroLadder, OnchainBuffer
from seawall.hedge.stack.vix import VixCalendar, VixMonths
from seawall.hedge.wrappers import Gate, Hysteresis, Monetise, Staged
from seawall.report.policy_words import policy_lines


def written(folder: Path, body: str) -> Path:
    path = folder / "my.policy.yaml"
    path.write_text(f"seawall_policy: 1\nname: mine\n{body}\n")
    return path


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("{layer: L0}", FinancingCondor()),
        (
            "{layer: L0, by: delta, short: 0.16, wing: 0.04, each: 0.01, total: 0.05, big_top_cap: 0.25}",
            FinancingCondor(CondorRule("delta", 0.16, 0.04, 0.01), 0.01, 0.05, big_top_cap=0.25),
        ),
        ("{layer: L0, skewed: true, full_yield: 0.2}", FinancingCondor(CondorRule(skewed=True), full_yield=0.2)),
        ("{layer: L1}", NEAR),
        ("{layer: L1, delta: 0.5, gate: {onset: 2}}", replace(NEAR, delta=0.5, gate=Gate(onset=2.0))),
        ("{layer: L2, days: 90, roll_days: 30, weight: 3}", replace(LONG, days=90, roll_days=30, weight=3.0)),
        ("{layer: L2, kind: futures, low_days: 70, high_days: 150}", VixMonths("L2", 70, 150)),
        ("{layer: L3, refresh_below: 15}", replace(RESERVE, refresh_below=15.0)),
        ("{layer: L3, kind: engine, engine: macro_ladder, multiples: [1.2, 1.5], clock: pre_print}",
         MacroLadder((1.2, 1.5), clock="pre_print")),
        ("{layer: L3, kind: engine, engine: hedge_ratio, days: 90, ratio: 0.5}", HedgeRatio(90, 0.5)),
        ("{layer: L3, kind: engine, engine: onchain_buffer, share: 0.1}", OnchainBuffer(0.1)),
        ("{layer: L3, kind: engine, engine: low_corr, most: 0.1}", LowCorrelation(0.1)),
        ("{layer: L3, kind: engine, engine: deep_layers, days: [90, 180], staged: [1, 2]}",
         DeepLayers((90, 180), staged=Staged(1.0, 2.0))),
        ("{layer: LX, tools: [perp_delta], trim_below: 0.4}", CryptoNative(("perp_delta",), 0.4)),
        ("{layer: CAL, ratio: 1.3, days: [20, 55], traded: long_near, risk: 0.001}",
         VixCalendar(ratio=1.3, days=(20, 55), traded="long_near", risk=0.001)),
    ],
)  # fmt: skip
def test_every_kind_of_layer(tmp_path: Path, text: str, layer: Layer) -> None:
    found = load_policy(written(tmp_path, f"layers:\n  - {text}"))
    assert found.layers == (layer,)
    assert any(line.startswith(layer.name) for line in policy_lines(found))


def test_what_is_left_out_is_that_of_the_policy_it_is_like(tmp_path: Path) -> None:
    for base in PRESETS:
        found = load_policy(written(tmp_path, f"like: {base.name}"))
        assert found == replace(base, name="mine")
        assert found.digest == base.digest


def test_every_part_can_be_stated(tmp_path: Path) -> None:
    found = load_policy(
        written(
            tmp_path,
            "budgets: {carry: 0.03, coverage: 0.1}\ntriggers: measured\nsizing: stress\ntemper: chase\n"
            "hysteresis: 0.2\nmonetise: [[3, 0.5]]\nwiden: 0.15\nnarrow: 0.05\nroll_gamma: 2\nshift: [14, 0.4]\n"
            "income_tilt: 0.1\nhorizon_days: 10\nconfidence: 0.9\nrecipe: notional_40_40_20\nstress: {jump -20%: 0.1}",
        )
    )
    seed = preset("seed")
    assert found == Policy(
        "mine", seed.layers, replace(seed.budgets, carry=0.03, coverage=0.1), "measured", "stress", "notional_40_40_20",
        "chase", Hysteresis(0.2), Monetise(((3.0, 0.5),)), 0.15, 0.05, 2.0, (14, 0.4), 0.1, (("jump -20%", 0.1),), 10,
        0.9,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "line", "fact"),
    [
        ("layer: []", 3, "`layer`"),
        ("temper: wild", 2, "temper is one of"),
        ("like: sed", 3, "no policy 'sed'"),
        ("layers: []", 2, "no layer"),
        ("layers:\n  - {layer: L7}", 4, "a layer is L0, L1, L2"),
        ("layers:\n  - L1", 4, "a layer is L0, L1, L2"),
        ("layers:\n  - {layer: L1, kind: futures}", 4, "a layer is L0, L1, L2"),
        ("layers:\n  - {layer: L3, kind: engine}", 4, "`engine`"),
        ("layers:\n  - {layer: L1, delta: 2}", 3, "delta"),
        ("layers:\n  - {layer: L1, dleta: 0.3}", 4, "dleta"),
        ("layers:\n  - {layer: L1}\n  - {layer: L1}", 2, "twice"),
        ("layers:\n  - {layer: L3, kind: engine, engine: warp}", 3, "no Second Engine 'warp'"),
        ("layers:\n  - {layer: L3, kind: engine, engine: low_corr, days: 5}", 3, "low_corr has no days"),
        ("layers:\n  - {layer: LX, tools: [swap]}", 3, "no crypto tool 'swap'"),
        ("layers:\n  - {layer: L0, each: 0.05, total: 0.04}", 3, "each"),
        ("budgets: {carry: -1}", 3, "carry"),
        ("budgets: {carry: .inf}", 3, "carry"),
        ("budgets: {coverage: 3}", 3, "coverage"),
        ("hysteresis: 1", 3, "hysteresis"),
        ("monetise: [[4, 0.5], [2, 0.5]]", 3, "must rise"),
        ("widen: 2", 2, "widen"),
        ("stress: {jump -20%: -1}", 2, "stress"),
        ("confidence: 0.2", 2, "confidence"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_place(tmp_path: Path, body: str, line: int, fact: str) -> None:
    path = written(tmp_path, body)
    with pytest.raises(SeawallError) as told:
        load_policy(path)
    text = str(told.value)
    assert "\n" not in text
    assert fact in text
    assert text.startswith(f"{path.name}:{line}: "), text


def test_a_name_is_a_shipped_policy_or_a_file(tmp_path: Path) -> None:
    assert policy_named("steward") is preset("steward")
    assert policy_named(str(written(tmp_path, "like: alvh"))).digest == preset("alvh").digest
    for wrong in ("stewart", "no.policy.yaml", str(tmp_path / "nowhere")):
        with pytest.raises(SeawallError) as told:
            policy_named(wrong)
        assert "\n" not in str(told.value)
