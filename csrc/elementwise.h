// Every native elementwise operation, one line each. From it come the kernel of every instruction set (kernels/elementwise.cpp,
// compare.cpp), its entry in the table (kernels.h), its binding (bindings/elementwise.inl, compare.inl) and its cost. To add
// one: a line here, and, where it needs a vector function that nothing else uses, that function below.
//
// In the texts x, a, b, low and high are vectors of L floats, g an incoming gradient and y the function's own result or, for silu and the like, its input.
// What each function means is written in numpy, under the same name, in minigrad/kernels/reference/.
#pragma once

#include "costs.h"

// clang-format off
#define MG_UNARY(U) \
  U(neg, kEasy, -x) \
  U(abs, kEasy, abs_of(x)) \
  U(sign, kEasy, sign_of(x)) \
  U(relu, kEasy, relu_of(x)) \
  U(exp, kHard, exp_of(x)) \
  U(expm1, kHard, expm1_of(x)) \
  U(log, kHard, log_of(x)) \
  U(log1p, kHard, log1p_of(x)) \
  U(sqrt, kHard, sqrt_of(x)) \
  U(rsqrt, kHard, 1.0f / sqrt_of(x)) \
  U(square, kEasy, x * x) \
  U(reciprocal, kEasy, 1.0f / x) \
  U(erf, kHard, erf_of(x)) \
  U(erfc, kHard, erfc_of(x)) \
  U(tanh, kHard, tanh_of(x)) \
  U(sigmoid, kHard, sigmoid_of(x)) \
  U(softplus, kHard, softplus_of(x)) \
  U(softsign, kEasy, x / (1.0f + abs_of(x))) \
  U(silu, kHard, x * sigmoid_of(x)) \
  U(gelu, kHard, x * (0.5f * erfc_of(x * -kRootOfHalf))) \
  U(gelu_tanh, kHard, x * sigmoid_of(gelu_inner(x))) \
  U(mish, kHard, x * tanh_of(softplus_of(x)))

// x and a number n
#define MG_WITH_NUMBER(N) \
  N(leaky_relu, kEasy, select(x < 0.0f, x * n, x)) \
  N(elu, kHard, select(x > 0.0f, x, expm1_of(minimum_of(x, splat(0))) * n))

// x between two numbers
#define MG_BETWEEN(T) \
  T(clip, kEasy, minimum_of(maximum_of(x, low), high))

#define MG_BINARY(B) \
  B(add, kEasy, a + b) \
  B(sub, kEasy, a - b) \
  B(mul, kEasy, a * b) \
  B(div, kEasy, a / b) \
  B(pick_mul, kEasy, picked(a, a * b)) \
  B(pick_div, kEasy, picked(a, a / b)) \
  B(pick_both, kEasy, picked(a, picked(b, a * b))) \
  B(maximum, kEasy, maximum_of(a, b)) \
  B(minimum, kEasy, minimum_of(a, b))

// Of int64, too, as are the comparisons: sums and products come out modulo 2^64.
#define MG_INTEGER(I) \
  I(add, a + b) \
  I(sub, a - b) \
  I(mul, a * b)

#define MG_COMPARE(C) \
  C(greater, kEasy, a > b) \
  C(greater_equal, kEasy, a >= b) \
  C(less, kEasy, a < b) \
  C(less_equal, kEasy, a <= b) \
  C(equal, kEasy, a == b) \
  C(not_equal, kEasy, a != b)

#define MG_BACKWARD(G) \
  G(relu_backward, kEasy, select(y <= 0.0f, vf{}, g)) \
  G(sigmoid_backward, kEasy, picked(g, g * (y * (1.0f - y)))) \
  G(tanh_backward, kEasy, picked(g, g * (1.0f - y * y))) \
  G(silu_backward, kHard, picked(g, g * silu_slope(y))) \
  G(gelu_backward, kHard, picked(g, g * gelu_slope(y))) \
  G(gelu_tanh_backward, kHard, picked(g, g * gelu_tanh_slope(y)))

// ... and a number n
#define MG_BACKWARD_WITH_NUMBER(H) \
  H(leaky_relu_backward, kEasy, select(y > 0.0f, g, g * n)) \
  H(elu_backward, kHard, select(y > 0.0f, g, picked(g, g * (exp_of(minimum_of(y, splat(0))) * n))))
// clang-format on

#if defined(MG_ISA) && !defined(MG_NAMES_ONLY)
#include "kernels/vmath.h"

namespace mg {
namespace MG_ISA {

// y, but 0 where a = 0
MG_INLINE vf picked(vf a, vf y) { return select(a == 0.0f, vf{}, y); }

// -1, 0 or 1; NaN of NaN
MG_INLINE vf sign_of(vf x) { return select(x > 0.0f, splat(1), select(x < 0.0f, splat(-1), select(x == 0.0f, vf{}, x))); }

// log(1 + x): u = 1 + x is rounded, and what that lost is made good by x / (u - 1) (W. Kahan)
MG_INLINE vf log1p_of(vf x) {
  const vf u = 1.0f + x;
  return select((u == 1.0f) | (u == kInfinity), x, log_of(u) * (x / (u - 1.0f)));
}

// exp(x) - 1 = 2^n expm1(r) + (2^n - 1), which for x > 1 loses nothing if it is written out; from -20 on it is -1
MG_INLINE vf expm1_of(vf x) {
  const Reduced e = reduced(larger(splat(-20.0f), smaller(splat(1.0f), x)));
  const vf power = as_float((e.n + 127) << 23);
  return select(x > 1.0f, exp_of(x) - 1.0f, with_sign_of(e.expm1 * power + (power - 1.0f), x));
}

MG_INLINE vf softplus_of(vf x) { return maximum_of(x, splat(0)) + log1p_of(exp_of(-abs_of(x))); }

// erf(x) for |x| up to 0.93 (this one and the next after N. Juffa)
MG_INLINE vf erf_near_0(vf x) {
  const vf s = x * x;
  vf p = splat(-5.96761703e-4f);
  p = p * s + 4.99119423e-3f;
  p = p * s - 2.67681349e-2f;
  p = p * s + 1.12819925e-1f;
  p = p * s - 3.76125336e-1f;
  p = p * s + 1.28379166e-1f;
  return p * x + x;
}
MG_INLINE vi far_from_0(vf x) { return abs_of(x) > 0.927734375f; }  // NaN is not, and stays in erf_near_0

// from there 1 - exp of a polynomial in |x|, which at 10 has long been 1
MG_INLINE vf erf_of(vf x) {
  const vf t = smaller(splat(10.0f), abs_of(x)), r = t * t;
  vf q = -1.72853470e-5f * t + 3.83197126e-4f;
  q = q * r + (-3.88396438e-3f * t + 2.42546219e-2f);
  q = q * t - 1.06777877e-1f;
  q = q * t - 6.34846687e-1f;
  q = q * t - 1.28717512e-1f;
  return select(far_from_0(x), with_sign_of(1.0f - exp_of(q * t - t), x), erf_near_0(x));
}

// erfc(x) = exp(-x x) / x times a polynomial in 1 / (x x) (Cephes), or, below 2, in another one. What x x loses to rounding, made
// up of the high and the low half of x, is put right behind exp.
MG_INLINE vf erfc_of(vf x) {
  const vf t = smaller(splat(10.2f), larger(splat(0.9f), abs_of(x))), squares = t * t;
  const vf high = as_float(as_int(t) & ~0xfff), low = t - high;
  const vf lost = (high * high - squares) + (high * low + high * low) + low * low;
  const vf q = 1.0f / t, y = q * q;
  vf p = splat(1.164291548e-02f);
  p = p * y - 7.917300035e-02f;
  p = p * y + 2.388455877e-01f;
  p = p * y - 4.250957017e-01f;
  p = p * y + 5.054791163e-01f;
  p = p * y - 4.419639225e-01f;
  p = p * y + 3.261023000e-01f;
  p = p * y - 2.719416649e-01f;
  p = p * y + 5.636879427e-01f;
  vf r = splat(-1.047766399936249e+1f);
  r = r * y + 1.297719955372516e+1f;
  r = r * y - 7.495518717768503f;
  r = r * y + 2.921019019210786f;
  r = r * y - 1.015265279202700f;
  r = r * y + 4.218463358204948e-1f;
  r = r * y - 2.820767439740514e-1f;
  r = r * y + 5.641895067754075e-1f;
  const vf rest = exp_of(-squares) * (q * select(t < 2.0f, p, r)) * (1.0f - lost);
  return select(far_from_0(x), select(x < 0.0f, 2.0f - rest, rest), 1.0f - erf_near_0(x));
}

constexpr float kRootOfHalf = 0.707106781f, kRootOf2OverPi = 0.797884561f;

// 2 sqrt(2 / pi) (x + 0.044715 x^3)
MG_INLINE vf gelu_inner(vf x) { return x * ((2.0f + 0.08943f * (x * x)) * kRootOf2OverPi); }

MG_INLINE vf silu_slope(vf x) {
  const vf s = sigmoid_of(x);
  return s * (1.0f + x * (1.0f - s));
}
MG_INLINE vf gelu_slope(vf x) {
  const vf density = exp_of(x * x * -0.5f) * (0.5f * kRootOf2OverPi);
  return 0.5f * erfc_of(x * -kRootOfHalf) + x * density;
}
MG_INLINE vf gelu_tanh_slope(vf x) {
  const vf s = sigmoid_of(gelu_inner(x)), rise = (2.0f + 0.26829f * (x * x)) * kRootOf2OverPi;
  return s * (1.0f + x * (1.0f - s) * rise);
}

}  // namespace MG_ISA
}  // namespace mg
#endif
