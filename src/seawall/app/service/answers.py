"""Plain objects on the way out: no number that is none, no frame, no date that JSON does not have."""

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]


def clean(content: Any) -> Any:
    """The same content as JSON has it: NaN and infinities are null, dates are text, arrays are lists."""
    if content is None or isinstance(content, str | bool | int):
        return content
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {str(key): clean(value) for key, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [clean(value) for value in content]
    if hasattr(content, "tolist"):
        return clean(content.tolist())
    return content.isoformat() if isinstance(content, dt.date) else str(content)
