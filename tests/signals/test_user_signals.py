"""A user's own signals: the language against plain arithmetic, its bounds, the laws, and what is refused."""

import datetime as dt
import json
import math
import pickle
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import InputError
from seawall.data.signal_plugins import plugin_signals, run_one
from seawall.data.user_signals import declared_signals, own_inputs
from seawall.market.history import History
from seawall.signals.base import evaluate
from seawall.signals.board import board
from seawall.signals.contract import Columns, Computed, Family, Prior, Signal, plain
from seawall.signals.language import BUDGET, FUNCTIONS, LOOKBACK, formula, parse
from seawall.signals.laws import broken_law, made_history
from seawall.signals.registry import SIGNALS
from seawall.signals.user import admit, expressed

RNG = np.random.default_rng(3)
N = 160
X = 20.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.03, N)))
Y = 90.0 * np.exp(np.cumsum(RNG.normal(0.0, 0.05, N)))
DAYS = np.arange(np.datetime64("2015-01-01"), np.datetime64("2015-01-01") + N)


def columns(n: int = N) -> Columns:
    return Columns(DAYS[:n], {"X": X[:n].copy(), "Y": Y[:n].copy()})


def value(text: str, n: int = N) -> np.ndarray:
    names = tuple(name for name in ("X", "Y") if re.search(rf"\b{name}\b", text))
    parsed = parse(text, names)
    return formula(parsed, parsed.back + 1)(columns(n)).values


def ema_by_hand(x: np.ndarray, n: int) -> float:
    """Appel's recursion: weight 2/(n + 1), seeded with the first value."""
    at = x[0]
    for one in x[1:]:
        at += 2.0 / (n + 1.0) * (one - at)
    return float(at)


def rsi_by_hand(x: np.ndarray, n: int) -> float:
    """Wilder 1978: simple means of the first n changes, then ((n - 1) mean + new)/n."""
    change = np.diff(x)
    up, down = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    gain, loss = up[:n].mean(), down[:n].mean()
    for u, d in zip(up[n:], down[n:], strict=True):
        gain, loss = ((n - 1) * gain + u) / n, ((n - 1) * loss + d) / n
    return float(100.0 - 100.0 / (1.0 + gain / loss))


LAST: list[tuple[str, float, int]] = [
    ("X", X[-1], 1),
    ("X + 2 * Y - 1", X[-1] + 2 * Y[-1] - 1, 1),
    ("-X / Y ** 2", -X[-1] / Y[-1] ** 2, 1),
    ("2 ** -1 * X", X[-1] / 2, 1),
    ("log(Y / X)", math.log(Y[-1] / X[-1]), 1),
    ("abs(X - Y)", abs(X[-1] - Y[-1]), 1),
    ("min(X, Y, 50)", min(X[-1], Y[-1], 50.0), 1),
    ("max(X, Y, 50)", max(X[-1], Y[-1], 50.0), 1),
    ("X > Y", float(X[-1] > Y[-1]), 1),
    ("where(X < Y, 3, 4)", 3.0 if X[-1] < Y[-1] else 4.0, 1),
    ("lag(X, 5)", X[-6], 6),
    ("lag(X, 0)", X[-1], 1),
    ("diff(X)", X[-1] - X[-2], 2),
    ("diff(log(X), 10)", math.log(X[-1] / X[-11]), 11),
    ("mean(X, 7)", float(np.mean(X[-7:])), 7),
    ("sd(X, 7)", float(np.std(X[-7:], ddof=1)), 7),
    ("z(X, 30)", (X[-1] - X[-30:].mean()) / X[-30:].std(ddof=1), 30),
    ("pct(X, 30)", float(np.mean(X[-30:] <= X[-1])), 30),
    ("rv(X, 10)", math.sqrt(252.0 / 10.0 * float(np.sum(np.diff(np.log(X[-11:])) ** 2))), 11),
    ("ema(X, 9)", ema_by_hand(X, 9), 9),
    ("rsi(X, 14)", rsi_by_hand(X, 14), 15),
    ("z(lag(X, 3), 20) - mean(Y, 4)",
     (X[-4] - X[-23:-3].mean()) / X[-23:-3].std(ddof=1) - Y[-4:].mean(), 23),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "lookback"), LAST)
def test_an_expression_is_its_arithmetic_and_knows_its_lookback(text: str, expected: float, lookback: int) -> None:
    got = value(text)
    assert got[-1] == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert np.isnan(got[: lookback - 1]).all()
    assert np.isfinite(got[lookback - 1 :]).all()


def test_macd_is_its_line_less_its_signal() -> None:
    line = [ema_by_hand(X[: t + 1], 12) - ema_by_hand(X[: t + 1], 26) for t in range(N)]
    assert value("macd(X)")[-1] == pytest.approx(line[-1] - ema_by_hand(np.array(line), 9), rel=1e-9)
    assert int(np.argmax(np.isfinite(value("macd(X)")))) == 26 + 9 - 2


def test_every_function_of_the_language_is_tried() -> None:
    tried = " ".join(text for text, _, _ in LAST) + " macd(X)"
    assert {name for name in FUNCTIONS if f"{name}(" in tried} == set(FUNCTIONS)


@pytest.mark.parametrize(
    "text", ["X / (X - X)", "log(-X)", "((X ** 8) ** 8) ** 8", "X * 1e12 ** 8 * 1e12 ** 8 * 1e12 ** 8"]
)
def test_what_has_no_finite_value_is_unknown_not_infinite(text: str) -> None:
    assert not np.isinf(value(text)).any()


HOSTILE = [
    ("X.__class__", "a dot"),
    ("X.values.base", "a dot"),
    ("X[0]", "an index"),
    ("X[::-1]", "an index"),
    ("__import__('os').system('true')", "a call of no name"),
    ("__import__('os')", "no function '__import__'"),
    ("eval('X')", "no function 'eval'"),
    ("open(X)", "no function 'open'"),
    ("exec", "none of the inputs"),
    ("import os", "cannot be read"),
    ("(lambda: X)()", "a call of no name"),
    ("lambda: X", "a lambda"),
    ("[X for _ in X]", "ListComp"),
    ("(y := X)", "NamedExpr"),
    ("f'{X}'", "JoinedStr"),
    ("X if X else X", "if/else"),
    ("X and X", "and/or"),
    ("1 < X < 2", "more than one comparison"),
    ("X is X", "more than one comparison"),
    ("X @ X", "BinOp"),
    ("X // 2", "BinOp"),
    ("X << 2", "BinOp"),
    ("~X", "UnaryOp"),
    ("'X' * 9", "not a number"),
    ("X * True", "not a number"),
    ("X * 1j", "not a number"),
    ("X * 1e400", "beyond"),
    ("9**9**9**9 * X", "exponent"),
    ("X ** 1000000", "exponent"),
    ("X ** X", "exponent"),
    ("X ** -9", "exponent"),
    ("lag(X, -1)", "would be the future"),
    ("lag(X, --1 - 2)", "whole number written out"),
    ("diff(X, -5)", "would be the future"),
    ("mean(X, -5)", "would be the future"),
    ("mean(X, 0)", "outside 1"),
    ("sd(X, 1)", "outside 2"),
    ("z(X, 1e9)", "outside 2"),
    ("z(X, 2.5)", "whole number"),
    ("lag(X, X)", "whole number"),
    ("z(X, n=3)", "no keywords"),
    ("z(*X)", "Starred"),
    ("z()", "takes 1 to 2"),
    ("lag(X)", "takes 2"),
    ("macd(X, 26, 12)", "must be shorter"),
    ("max(X)", "takes 2 to 8"),
    ("1 + 1", "reads no input"),
    ("", "cannot be read"),
    ("X; X", "cannot be read"),
    ("X\nX", "cannot be read"),
    ("X +" * 400 + "X", "characters"),
    ("(" * 240 + "X" + ")" * 240, "cannot be read"),
    ("-" * 400 + "X", "parts"),
    ("-" * 90 + "X", "nested"),
    ("abs(" * 60 + "X" + ")" * 60, "nested"),
    ("+".join(["X"] * 240), "parts"),
    ("ema(ema(ema(X, 1000), 1000), 1000)", "looks back"),
    ("+".join(["z(X, 999)"] * 6), "steps a row"),
    ("X \x00", "cannot be read"),
    ("9" * 450 + " * X", "beyond"),
]


@pytest.mark.parametrize(("text", "said"), HOSTILE, ids=[text[:24] for text, _ in HOSTILE])
def test_what_is_not_in_the_language_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        parse(text, ("X",))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_an_input_that_is_not_read_is_named() -> None:
    with pytest.raises(InputError, match="input Y is not in the expression"):
        parse("X", ("X", "Y"))


leaves = st.sampled_from(["X", "Y", "1.5", "20"])


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    window = st.integers(2, 25)
    return st.one_of(
        st.tuples(st.sampled_from("+-*/"), inner, inner).map(lambda p: f"({p[1]} {p[0]} {p[2]})"),
        st.tuples(st.sampled_from(["<", ">=", "=="]), inner, inner).map(lambda p: f"({p[1]} {p[0]} {p[2]})"),
        st.tuples(st.sampled_from(["lag", "diff", "mean", "sd", "ema", "rsi", "z", "pct", "rv"]), inner, window).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"where({p[0]}, {p[1]}, {p[2]})"),
        inner.map(lambda one: f"log(abs({one}))"),
    )


@given(st.recursive(leaves, deeper, max_leaves=6), st.integers(1, N - 1))
def test_no_expression_of_the_language_sees_the_future(text: str, cut: int) -> None:
    names = tuple(name for name in ("X", "Y") if name in text)
    try:
        parsed = parse(text, names)
    except InputError:
        return
    assert parsed.back < LOOKBACK
    assert parsed.steps <= BUDGET
    whole = formula(parsed, parsed.back + 1)(columns()).values
    np.testing.assert_array_equal(formula(parsed, parsed.back + 1)(columns(cut)).values, whole[:cut])


def mine(compute: Callable[[Columns], Computed], **more: object) -> Signal:
    made = Signal(
        id="MY.ONE", name="mine", family=Family.USER, inputs=("SPX",), lookback=1, unit="ratio", source="me",
        prior=Prior.UNKNOWN, compute=compute, formula="mine", would_do="Nothing.",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def noise(columns: Columns) -> Computed:
    return plain(np.random.default_rng().normal(size=columns.dates.size))


LEAKS: list[Callable[[Columns], Computed]] = [
    lambda c: plain(np.r_[c["SPX"][1:], np.nan]),
    lambda c: plain(c["SPX"] - np.nanmean(c["SPX"])),
    lambda c: plain(c["SPX"] / np.nanmax(c["SPX"])),
    lambda c: plain(np.full(c.dates.size, float(c.dates.size))),
    lambda c: plain(np.interp(np.arange(c.dates.size), [0, c.dates.size - 1], [c["SPX"][0], c["SPX"][-1]])),
    noise,
]


@pytest.mark.parametrize("leak", LEAKS)
def test_a_formula_that_sees_the_future_is_not_admitted(leak: Callable[[Columns], Computed]) -> None:
    with pytest.raises(InputError, match="not causal"):
        admit(mine(leak), frozenset())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"compute": lambda c: 1 / 0}, "ZeroDivisionError"),
        ({"compute": lambda c: plain(np.zeros(3))}, "it"),
        ({"compute": lambda c: None}, "it fails on made series"),
        ({"compute": lambda c: plain(np.where(c["SPX"] > 0, np.inf, 0.0))}, "infinite"),
        ({"id": "slope"}, "cannot be an id"),
        ({"id": "../../x"}, "cannot be an id"),
        ({"id": "TAKEN"}, "TAKEN already"),
        ({"lookback": 0}, "lookback 0"),
        ({"inputs": ()}, "inputs"),
    ],
)
def test_what_breaks_a_law_is_refused_with_its_reason(change: dict[str, object], said: str) -> None:
    good = mine(lambda c: plain(c["SPX"]))
    assert admit(good, frozenset()).id == "MY.ONE"
    with pytest.raises(InputError, match=re.escape(said)):
        admit(replace(good, **change), frozenset({"TAKEN"}))  # type: ignore[arg-type]


def test_an_admitted_signal_has_no_weight_whatever_it_says() -> None:
    proud = mine(lambda c: plain(c["SPX"]), core=True, seed=True, passed=True, evidence="trust me", family=Family.VOL)
    admitted = admit(proud, frozenset())
    assert {preset: admitted.weight(preset) for preset in ("seed", "measured")} == {"seed": 0.0, "measured": 0.0}
    assert (admitted.family, admitted.evidence) == (Family.USER, "")


def test_every_registered_signal_of_plain_series_keeps_the_same_law() -> None:
    """The law that judges a user's signal must pass those that the whole registry is tested with elsewhere."""
    plainly = [one for one in SIGNALS.values() if not one.carried and not one.optional and one.lookback <= 300]
    assert len(plainly) > 20
    for one in plainly[::6]:
        assert broken_law(one) == "", one.id


def test_a_lookback_that_is_longer_than_needed_is_kept_and_a_shorter_one_refused() -> None:
    bare = mine(lambda c: plain(c["SPX"]))
    longer = expressed(bare, "mean(SPX, 10)", 40)
    values = evaluate(longer, made_history(longer, "positive")).values
    assert np.isnan(values[:39]).all()
    assert np.isfinite(values[39:]).all()
    with pytest.raises(InputError, match="needs 10 rows"):
        expressed(bare, "mean(SPX, 10)", 9)


GOOD = """seawall_signal: 1
id: MY.VVIX
name: VVIX over VIX
inputs: [VVIX, VIX]
expression: z(log(VVIX / VIX), 60)
threshold: 1.5
unit: sd
source: my notes
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEAWALL_SIGNALS", str(tmp_path))
    (tmp_path / "good.yaml").write_text(GOOD)
    return tmp_path


BROKEN = [
    ("not: [yaml", "not valid YAML"),
    ("", "empty"),
    ("- a\n- b\n", "expected keys and values"),
    (GOOD.replace("expression", "expresion"), "`expresion`"),
    (GOOD.replace("source: my notes\n", ""), "`source` is missing"),
    (GOOD.replace("seawall_signal: 1", "seawall_signal: 2"), "seawall_signal"),
    (GOOD.replace("[VVIX, VIX]", "[]"), "inputs"),
    (GOOD.replace("[VVIX, VIX]", "[VVIX, '../VIX']"), "pattern"),
    (GOOD.replace("MY.VVIX", "SLOPE"), "SLOPE already"),
    (GOOD.replace("VVIX over VIX", '"\\e[2Jx"'), "pattern"),
    (GOOD.replace("threshold: 1.5", "threshold: .nan"), "threshold"),
    (GOOD.replace("threshold: 1.5", "lookback: 5"), "needs 60 rows"),
    (GOOD.replace("threshold: 1.5", "carry: {CPI: 60}"), "CPI is carried but no input"),
    (GOOD.replace("threshold: 1.5", "carry: {VIX: 3, VVIX: 3}"), "every input is carried"),
    (GOOD.replace("unit: sd", "unit: !!python/name:os.system sd"), "tags are not read"),
    (GOOD.replace("log(VVIX / VIX)", "lag(VVIX, -1) / VIX"), "would be the future"),
    ("[" * 7000, "nested"),
    ("- " * 3000, "nested"),
    (GOOD + "# long\n" * 2000, "more than 8,000 bytes"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_broken_file_is_named_with_its_reason_and_the_others_stand(text: str, said: str, folder: Path) -> None:
    (folder / "broken.yaml").write_text(text)
    broken, good = declared_signals(SIGNALS)
    assert broken.signal is None
    assert broken.reason.startswith("unavailable: broken.yaml")
    assert said in broken.reason
    assert "\n" not in broken.reason
    assert good.signal is not None
    assert own_inputs([broken, good]) == {"VVIX", "VIX"}


def test_a_second_file_of_one_id_is_refused_and_a_place_that_is_not_there_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "twin.yaml").write_text(GOOD)
    assert [one.reason for one in declared_signals(())] == [
        "",
        "unavailable: twin.yaml:2: there is a signal MY.VVIX already: choose another id",
    ]
    monkeypatch.setenv("SEAWALL_SIGNALS", str(folder / "nowhere"))
    (only,) = declared_signals(())
    assert "which does not exist" in only.reason


def test_a_threshold_fires_at_or_beyond_on_its_side(folder: Path) -> None:
    (one,) = declared_signals(())
    assert one.signal is not None
    history = made_history(one.signal, "positive")
    now = history.get("VIX").known_at[-1].item().replace(tzinfo=dt.UTC)
    for side in ("above", "below"):
        for shift in (-1e-9, 0.0, 1e-9):
            level = evaluate(one.signal, history).values[-1] + shift
            (row,) = board([replace(one.signal, fires=(side, level))], history, now, "seed").rows
            at_or_beyond = shift <= 0.0 if side == "above" else shift >= 0.0
            assert row.state == ("fired" if at_or_beyond else "not fired")


PLUGIN = """
import numpy as np
from seawall.signals.contract import Family, Prior, Signal, plain

def made(identity, compute):
    return Signal(id=identity, name="own", family=Family.VOL, inputs=("SPX",), lookback=2, unit="ratio", source="me",
                  prior=Prior.UNKNOWN, compute=compute, formula="ln SPX", would_do="Buy!", core=True)

def good(): return [made("MY.GOOD", lambda c: plain(np.r_[np.nan, np.log(c["SPX"])[1:]])),
                    made("MY.LEAK", lambda c: plain(np.r_[c["SPX"][1:], np.nan]))]
def hangs():
    while True: pass
def dies():
    import os; os._exit(3)
def raises(): raise RuntimeError("no")
def chats():
    print("{}" * 9); return made("MY.CHAT", lambda c: plain(c["SPX"]))
number = 7
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install, in a folder of the test's own, a package that names entry points."""

    def install(*points: str) -> None:
        (tmp_path / "made_plugin.py").write_text(PLUGIN)
        about = tmp_path / "made_plugin-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: made-plugin\nVersion: 1\n")
        lines = "\n".join(f"{point} = made_plugin:{point}" for point in points)
        (about / "entry_points.txt").write_text(f"[seawall.signals]\n{lines}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", ":".join(part for part in sys.path if part))

    return install


def spx() -> History:
    return made_history(mine(lambda c: plain(c["SPX"])), "positive")


def test_installed_packages_bring_signals_and_a_bad_one_costs_only_itself(plugin: Callable[..., None]) -> None:
    plugin("good", "dies", "chats")
    history = spx()
    found = {one.id: one for one in plugin_signals(SIGNALS, history, 120.0)}
    signal = found["MY.GOOD"].signal
    assert signal is not None
    assert (signal.weight("seed"), signal.family, signal.would_do.startswith("Shown only")) == (0.0, Family.USER, True)
    np.testing.assert_allclose(evaluate(signal, history).values[1:], np.log(history.get("SPX").values[1:]))
    assert found["MY.CHAT"].signal is not None
    assert "not causal" in found["MY.LEAK"].reason
    assert "code 3" in found["dies"].reason
    assert "made_plugin" not in sys.modules


@pytest.mark.parametrize(
    ("point", "said"),
    [("raises", "RuntimeError: no"), ("number", "TypeError"), ("missing", "AttributeError"), ("good", "not causal")],
)
def test_the_process_of_a_package_answers_with_its_reason(
    point: str, said: str, plugin: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin(point)
    request = tmp_path / "0.request"
    request.write_bytes(pickle.dumps((point, f"made_plugin:{point}", [], [])))
    monkeypatch.delitem(sys.modules, "made_plugin", raising=False)
    run_one(request)
    monkeypatch.delitem(sys.modules, "made_plugin")
    answers = json.loads(request.with_suffix(".json").read_text())
    assert said in answers[-1]["reason"]


def test_a_package_that_hangs_is_ended(plugin: Callable[..., None]) -> None:
    plugin("hangs")
    (one,) = plugin_signals(SIGNALS, spx(), 1.0)
    assert (one.signal, one.id) == (None, "hangs")
    assert "time limit" in one.reason
