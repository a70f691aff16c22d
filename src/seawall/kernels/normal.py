"""Normal density, distribution and Mills ratio; exponential and logarithm that vectorise.

A loop over arrays becomes vector code only if its body has no branch and calls no library. Everything here is
therefore arithmetic, selects and bit moves. Y(x) = (1 - N(x)) / n(x) is one polynomial for all x >= -REACH;
`scripts/derive_mills.py` derives its coefficients.
"""

import math
from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from seawall.kernels.compiled import compiled, compiled_inline

SQRT_2PI = 2.5066282746310005
INV_SQRT_2PI = 0.3989422804014327
LN_SQRT_2PI = 0.9189385332046728

REACH = 0.25
"""Y is fitted from -REACH upwards."""
_SHIFT = 5.0
_SPAN = 2.0 * (_SHIFT - REACH)

MILLS = (
    2.019420514199302,
    -1.9003525037805378,
    1.5210769221640645,
    -1.0239946729370486,
    0.5665286051216103,
    -0.2457210120383335,
    0.07443668711704272,
    -0.009340344549339673,
    -0.004013061015752222,
    0.002259275782999016,
    -0.00011597885465165802,
    -0.00026130661817372417,
    6.164208694577698e-05,
    2.8754031839805856e-05,
    -1.2167206057910285e-05,
    -3.6646155368199983e-06,
    2.1208228348725415e-06,
    5.933504951989289e-07,
    -3.581336795264866e-07,
    -1.117325848232072e-07,
    5.666348689199588e-08,
    1.8747052845727662e-08,
    -7.347457643040213e-09,
    -1.8165199931357174e-09,
    5.580001215535017e-10,
)
"""P(t) = (x + 5) Y(x) in powers of t = 1 - 9.5 / (x + 5), lowest first; cut off at 3e-17."""

_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it leaves the nearest whole number in the low bits
_ROUND_BITS = 0x4338000000000000
_ONE_EXPONENT = 52
_HALF_EXPONENT = 1 << 51
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238  # 32 bits, so that a product with an exponent is exact
_LN2_LOW = 1.9082149292705877e-10
_HALF_MASK = -(1 << 27)


def _lower_to_bits(_typing: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def _lower_from_bits(_typing: Any, _bits: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


_to_bits = cast(Callable[[float], int], intrinsic(_lower_to_bits))
_from_bits = cast(Callable[[int], float], intrinsic(_lower_from_bits))


@compiled_inline
def exp_fast(y: float) -> float:
    """e^y to 2 ulp; 0 below -708, held at e^709 above. Reduction by ln 2, then Taylor."""
    inside = min(max(y, -708.0), 709.0)
    shifted = inside * _LOG2_E + _ROUND
    whole = shifted - _ROUND
    r = inside - whole * _LN2_HIGH
    r = r - whole * _LN2_LOW
    series = 1.6059043836821613e-10
    series = 2.08767569878681e-09 + r * series
    series = 2.505210838544172e-08 + r * series
    series = 2.755731922398589e-07 + r * series
    series = 2.7557319223985893e-06 + r * series
    series = 2.48015873015873e-05 + r * series
    series = 0.0001984126984126984 + r * series
    series = 0.001388888888888889 + r * series
    series = 0.008333333333333333 + r * series
    series = 0.041666666666666664 + r * series
    series = 0.16666666666666666 + r * series
    series = 0.5 + r * series
    series = 1.0 + r * series
    series = 1.0 + r * series
    scaled = _from_bits(_to_bits(series) + (_to_bits(shifted) << _ONE_EXPONENT))
    return scaled if y > -708.0 else 0.0


@compiled_inline
def _two_artanh(z: float) -> float:
    """2 artanh(z) for |z| <= 0.2."""
    w = z * z
    series = 1.0 / 25.0
    series = 1.0 / 23.0 + w * series
    series = 1.0 / 21.0 + w * series
    series = 1.0 / 19.0 + w * series
    series = 1.0 / 17.0 + w * series
    series = 1.0 / 15.0 + w * series
    series = 1.0 / 13.0 + w * series
    series = 1.0 / 11.0 + w * series
    series = 1.0 / 9.0 + w * series
    series = 1.0 / 7.0 + w * series
    series = 1.0 / 5.0 + w * series
    series = 1.0 / 3.0 + w * series
    series = 1.0 / 1.0 + w * series
    return 2.0 * z * series


@compiled_inline
def log_fast(v: float) -> float:
    """ln v to 2 ulp for a positive, normal v (from 2.3e-308)."""
    exponent = (_to_bits(v) - _SQRT_HALF_BITS) >> _ONE_EXPONENT
    m = _from_bits(_to_bits(v) - (exponent << _ONE_EXPONENT))
    whole = _from_bits(exponent + _ROUND_BITS) - _ROUND
    return whole * _LN2_HIGH + (_two_artanh((m - 1.0) / (m + 1.0)) + whole * _LN2_LOW)


@compiled_inline
def log_ratio(a: float, b: float) -> float:
    """ln(a / b) for positive, normal a and b; keeps full relative accuracy where a is close to b.

    b is scaled by a power of two to within a factor 1.5 of a, then a - b is exact.
    """
    exponent = (_to_bits(a) - _to_bits(b) + _HALF_EXPONENT) >> _ONE_EXPONENT
    scaled = _from_bits(_to_bits(b) + (exponent << _ONE_EXPONENT))
    whole = _from_bits(exponent + _ROUND_BITS) - _ROUND
    return whole * _LN2_HIGH + (_two_artanh((a - scaled) / (a + scaled)) + whole * _LN2_LOW)


@compiled_inline
def mills_pair(x: float, gap: float) -> tuple[float, float]:
    """Y(x) and Y(x) - Y(x + gap) for x >= -REACH, gap >= 0; the difference keeps its relative accuracy as gap -> 0.

    With u = 1/(x + 5) the difference is (u1 - u2)(P(t1) - 9.5 u2 Q), Q = (P(t1) - P(t2))/(t1 - t2) by synthetic
    division, and u1 - u2 = gap u1 u2: nothing cancels.
    """
    v1 = x + _SHIFT
    v2 = v1 + gap
    both = 1.0 / (v1 * v2)
    u1 = both * v2
    u2 = both * v1
    near = 1.0 - _SPAN * u1
    far = 1.0 - _SPAN * u2
    slope = MILLS[24]
    value = MILLS[23] + near * slope
    slope = value + far * slope
    value = MILLS[22] + near * value
    slope = value + far * slope
    value = MILLS[21] + near * value
    slope = value + far * slope
    value = MILLS[20] + near * value
    slope = value + far * slope
    value = MILLS[19] + near * value
    slope = value + far * slope
    value = MILLS[18] + near * value
    slope = value + far * slope
    value = MILLS[17] + near * value
    slope = value + far * slope
    value = MILLS[16] + near * value
    slope = value + far * slope
    value = MILLS[15] + near * value
    slope = value + far * slope
    value = MILLS[14] + near * value
    slope = value + far * slope
    value = MILLS[13] + near * value
    slope = value + far * slope
    value = MILLS[12] + near * value
    slope = value + far * slope
    value = MILLS[11] + near * value
    slope = value + far * slope
    value = MILLS[10] + near * value
    slope = value + far * slope
    value = MILLS[9] + near * value
    slope = value + far * slope
    value = MILLS[8] + near * value
    slope = value + far * slope
    value = MILLS[7] + near * value
    slope = value + far * slope
    value = MILLS[6] + near * value
    slope = value + far * slope
    value = MILLS[5] + near * value
    slope = value + far * slope
    value = MILLS[4] + near * value
    slope = value + far * slope
    value = MILLS[3] + near * value
    slope = value + far * slope
    value = MILLS[2] + near * value
    slope = value + far * slope
    value = MILLS[1] + near * value
    slope = value + far * slope
    value = MILLS[0] + near * value
    return u1 * value, gap * both * (value - _SPAN * u2 * slope)


@compiled_inline
def mills(x: float) -> float:
    """Mills ratio Y(x) = (1 - N(x)) / n(x) for x >= -REACH, to 1e-15 relative.

    Source: the map of Shepherd and Laframboise, Math. Comp. 36 (1981), for erfcx; own fit.
    """
    return mills_pair(x, 0.0)[0]


@compiled_inline
def norm_pdf_fast(x: float) -> float:
    """Normal density from one exponential; relative error grows as x^2 2^-53."""
    return INV_SQRT_2PI * exp_fast(-0.5 * x * x)


@compiled
def norm_pdf(x: float) -> float:
    """Normal density n(x), full relative accuracy down to the smallest normal number.

    x^2 is split into an exact part and a rest (Cody, Math. Comp. 23, 1969), else its rounding is magnified by x^2.
    """
    if abs(x) >= 40.0:
        return 0.0
    head = _from_bits(_to_bits(x) & _HALF_MASK)
    return INV_SQRT_2PI * math.exp(-0.5 * head * head) * math.exp(-0.5 * (x - head) * (x + head))


@compiled
def norm_cdf(x: float) -> float:
    """Normal distribution N(x); full relative accuracy in the left tail."""
    if x > 0.0:
        return 1.0 - norm_pdf(x) * mills(min(x, 40.0))
    return norm_pdf(x) * mills(min(-x, 40.0))
