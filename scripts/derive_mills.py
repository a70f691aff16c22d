"""Derive the coefficients of the Mills ratio in `seawall.kernels.normal`.

    Y(x) = (1 - N(x)) / n(x),   P(t) = (x + K) Y(x),   t = 1 - 2 (K - REACH) / (x + K)

maps x >= -REACH onto t in [-1, 1]; P is smooth there and tends to 1. This is the form that Shepherd and Laframboise
(Math. Comp. 36, 1981) used for erfcx. The Chebyshev series at 50 digits is cut at DEGREE and rewritten in powers of t.

`start` fits the first guess of `seawall.kernels.implied`: for small s an option is priced by the normal model, so
r = |x| / b = z / (n(z) - z N(-z)) with z = |x| / s, and z^2 = y^2 / (y + 4) times a quadratic in y / (y + 4), where
y = ln(1 + 0.8 r). Lawson's reweighting makes the relative error of z equal-ripple.

Run `python scripts/derive_mills.py`: it prints the tuples to type into `normal.py` and `implied.py`, lowest power
first, and what was cut off.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np

K = 5.0
REACH = 0.25
DEGREE = 24
NODES = 64


def mills(x: mp.mpf) -> mp.mpf:
    """Y(x) by the continued fraction of Laplace far out, by erfc elsewhere."""
    if x > 40:
        fraction = mp.mpf(0)
        for n in range(80, 0, -1):
            fraction = n / (x + fraction)
        return 1 / (x + fraction)
    return mp.sqrt(mp.pi / 2) * mp.erfc(x / mp.sqrt(2)) * mp.exp(x * x / 2)


def chebyshev_series(k: float = K, reach: float = REACH, nodes: int = NODES) -> list[mp.mpf]:
    """Chebyshev coefficients of P on [-1, 1]."""
    angles = [mp.pi * (j + mp.mpf(1) / 2) / nodes for j in range(nodes)]
    values = []
    for angle in angles:
        shifted = 2 * (mp.mpf(k) - mp.mpf(reach)) / (1 - mp.cos(angle))
        values.append(shifted * mills(shifted - k))
    series = []
    for n in range(nodes):
        total = mp.fsum(value * mp.cos(n * angle) for value, angle in zip(values, angles, strict=True))
        series.append((2 if n else 1) * total / nodes)
    return series


def powers(series: list[mp.mpf]) -> list[mp.mpf]:
    """The same polynomial in powers of t, lowest first."""
    result = [mp.mpf(0)] * len(series)
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for n, weight in enumerate(series):
        basis = before if n == 0 else now
        for power, value in enumerate(basis):
            result[power] += weight * value
        if n >= 1:
            doubled = [mp.mpf(0)] + [2 * value for value in now]
            for power, value in enumerate(before):
                doubled[power] -= value
            before, now = now, doubled
    return result


def coefficients(degree: int = DEGREE) -> tuple[float, ...]:
    """The polynomial as doubles, lowest power first."""
    with mp.workdps(50):
        return tuple(float(value) for value in powers(chebyshev_series()[: degree + 1]))


def start(scale: float = 0.8, bend: float = 4.0) -> tuple[tuple[float, ...], float]:
    """Coefficients of the first guess and its largest relative error in z, for 1e-4 <= z <= 38."""
    z = np.concatenate([10.0 ** np.linspace(-4.0, 0.0, 120), np.linspace(1.0, 38.0, 300)[1:]])
    with mp.workdps(50):
        log_r = [float(mp.log(v / (mp.npdf(v) * (1 - v * mills(mp.mpf(v)))))) for v in z]
    y = np.logaddexp(0.0, np.log(scale) + np.array(log_r))
    w = y / (y + bend)
    basis = (w[:, None] ** np.arange(3)) * (y * w / z**2)[:, None]
    weight = np.ones_like(w)
    for _ in range(200):
        fitted = np.linalg.lstsq(basis * weight[:, None], weight, rcond=None)[0]
        error = np.abs(basis @ fitted - 1.0)
        weight *= np.sqrt(0.3 + error / error.max())
        weight /= weight.max()
    return tuple(float(value) for value in fitted), float(np.abs(np.sqrt(basis @ fitted) - 1.0).max())


def main() -> None:
    """Print the tuples and the size of what was cut off."""
    print("MILLS = (")
    for value in coefficients():
        print(f"    {value!r},")
    print(")")
    with mp.workdps(50):
        rest = mp.fsum(abs(value) for value in chebyshev_series()[DEGREE + 1 :])
    print(f"# cut off: at most {mp.nstr(rest, 3)}")
    fitted, worst = start()
    print(f"NORMAL_START = {fitted}  # z to {worst:.1e}")


if __name__ == "__main__":
    main()
