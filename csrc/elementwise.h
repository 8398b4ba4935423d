// Every native elementwise operation, one line each. From it come the kernel of every instruction set (kernels/elementwise.cpp,
// compare.cpp), its entry in the table (kernels.h), its binding (bindings/elementwise.inl, compare.inl) and its cost. To add
// one: a line here, and, where it needs a vector function that nothing else uses, that function below.
//
// In the texts x, a, b, low and high are vectors of L floats, g an incoming gradient and y the function's own result. What each
// function means is written in numpy, under the same name, in minigrad/kernels/reference/.
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
  U(tanh, kHard, tanh_of(x)) \
  U(sigmoid, kHard, sigmoid_of(x)) \
  U(softplus, kHard, maximum_of(x, splat(0)) + log1p_of(exp_of(-abs_of(x))))

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
  G(tanh_backward, kEasy, picked(g, g * (1.0f - y * y)))
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

}  // namespace MG_ISA
}  // namespace mg
#endif
