"""Principal components of a panel over trailing windows."""

import numpy as np
from numpy.typing import NDArray

from seawall.core.errors import DomainError
from seawall.kernels.compiled import compiled

Array = NDArray[np.float64]


@compiled
def _covariances(x: Array, window: int) -> tuple[Array, Array]:
    """Mean (n, k) and covariance (n, k, k) of each trailing window; NaN where it is not full or contains NaN."""
    n, k = x.shape
    means, covariances = np.full((n, k), np.nan), np.full((n, k, k), np.nan)
    for t in range(window - 1, n):
        part = x[t + 1 - window : t + 1]
        if np.isnan(part).any():
            continue
        for i in range(k):
            means[t, i] = part[:, i].sum() / window
        for i in range(k):
            for j in range(i + 1):
                total = 0.0
                for s in range(window):
                    total += (part[s, i] - means[t, i]) * (part[s, j] - means[t, j])
                covariances[t, i, j] = total / (window - 1)
                covariances[t, j, i] = covariances[t, i, j]
    return means, covariances


def component_score(panel: Array, window: int, order: int) -> Array:
    """Score of each row on the principal component of ``order`` (0 the largest) of its trailing window, (n,).

    ``panel``: (n, k), columns in the order of their tenor. The component's sign is chosen so that its last loading is
    above its first. NaN where the window is not full or contains NaN. Raises ``DomainError`` if ``order`` is not below
    k, or the window is not longer than k.
    """
    x = np.ascontiguousarray(panel, dtype=np.float64)
    if x.ndim != 2 or not 0 <= order < x.shape[1] < window:
        raise DomainError(f"panel {x.shape}, component {order}, window {window}: need order < columns < window")
    means, covariances = _covariances(x, window)
    out = np.full(x.shape[0], np.nan)
    full = np.isfinite(means[:, 0])
    if full.any():
        vectors = np.linalg.eigh(covariances[full])[1][:, :, x.shape[1] - 1 - order]
        vectors = vectors * np.where(vectors[:, -1] >= vectors[:, 0], 1.0, -1.0)[:, None]
        centred, total = x[full] - means[full], np.zeros(vectors.shape[0])
        for i in range(x.shape[1]):
            total += vectors[:, i] * centred[:, i]
        out[full] = total
    return out
