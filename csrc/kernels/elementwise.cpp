// Elementwise kernels: each operation is one line over a vector; one loop with a masked tail serves them all.
#include "kernels.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int64_t kGrain = 32768;        // elements in a part
constexpr double kPlain = 0.15, kHard = 0.6;  // nanoseconds for an element: moved and added; with an exponential

// y = f(x...) over n elements; every input is a pointer, read like the others.
template <class F, class... Pointers>
MG_INLINE void map_range(const F& f, float* y, int64_t first, int64_t last, const Pointers*... x) {
  int64_t i = first;
  for (; i + 2 * L <= last; i += 2 * L) {
    const vf u = f(load(x + i)...), v = f(load(x + i + L)...);
    store(y + i, u);
    store(y + i + L, v);
  }
  for (; i + L <= last; i += L) store(y + i, f(load(x + i)...));
  if (i < last) store_some(y + i, f(load_some(x + i, last - i)...), last - i);
}

template <class F, class... Pointers>
MG_INLINE void map(double nanoseconds, const F& f, float* y, int64_t n, const Pointers*... x) {
  in_parts(n, kGrain, nanoseconds, [=](int64_t first, int64_t last) { map_range(f, y, first, last, x...); });
}

// Rows of a (R, C) with one row b (C).
template <class F>
MG_INLINE void map_rows(const F& f, float* y, const float* a, const float* b, int64_t R, int64_t C) {
  in_parts(R, rows_per_part(C), (double)C * kPlain, [=](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r++) map_range(f, y + r * C, 0, C, a + r * C, b);
  });
}

struct Add { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return a + b; } };
struct Sub { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return a - b; } };
struct Mul { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return a * b; } };
struct Div { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return a / b; } };
struct ReverseSub { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return b - a; } };
struct ReverseDiv { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return b / a; } };
struct PickMul { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return select(a == 0.0f, vf{}, a * b); } };
struct PickDiv { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return select(a == 0.0f, vf{}, a / b); } };
struct ReversePickMul { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return PickMul::of(b, a); } };
struct ReversePickDiv { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return PickDiv::of(b, a); } };
struct Maximum { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return maximum_of(a, b); } };
struct Minimum { static inline __attribute__((always_inline)) vf of(vf a, vf b) { return minimum_of(a, b); } };

template <class Op>
void number(float* y, const float* a, float b, int64_t n) {
  const vf row = splat(b);
  map(kPlain, [row](vf x) { return Op::of(x, row); }, y, n, a);
}
template <class Op>
void row(float* y, const float* a, const float* b, int64_t R, int64_t C) {
  map_rows([](vf x, vf r) { return Op::of(x, r); }, y, a, b, R, C);
}

}  // namespace

#define BINARY(name, Op) \
  void name(float* y, const float* a, const float* b, int64_t n) { \
    map(kPlain, [](vf u, vf v) { return Op::of(u, v); }, y, n, a, b); \
  }
BINARY(add, Add)
BINARY(sub, Sub)
BINARY(mul, Mul)
BINARY(div, Div)
BINARY(pick_mul, PickMul)
BINARY(pick_div, PickDiv)
BINARY(maximum, Maximum)
BINARY(minimum, Minimum)

void with_number(float* y, const float* a, float b, int op, int64_t n) {
  switch (op) {
    case kAdd: return number<Add>(y, a, b, n);
    case kSub: return number<Sub>(y, a, b, n);
    case kMul: return number<Mul>(y, a, b, n);
    case kDiv: return number<Div>(y, a, b, n);
    case kReverseSub: return number<ReverseSub>(y, a, b, n);
    case kReverseDiv: return number<ReverseDiv>(y, a, b, n);
    case kPickMul: return number<PickMul>(y, a, b, n);
    case kPickDiv: return number<PickDiv>(y, a, b, n);
    case kReversePickMul: return number<ReversePickMul>(y, a, b, n);
    case kReversePickDiv: return number<ReversePickDiv>(y, a, b, n);
    case kMaximum: return number<Maximum>(y, a, b, n);
    case kMinimum: return number<Minimum>(y, a, b, n);
  }
}

void with_row(float* y, const float* a, const float* b, int op, int64_t R, int64_t C) {
  switch (op) {
    case kAdd: return row<Add>(y, a, b, R, C);
    case kSub: return row<Sub>(y, a, b, R, C);
    case kMul: return row<Mul>(y, a, b, R, C);
    case kDiv: return row<Div>(y, a, b, R, C);
    case kReverseSub: return row<ReverseSub>(y, a, b, R, C);
    case kReverseDiv: return row<ReverseDiv>(y, a, b, R, C);
    case kPickMul: return row<PickMul>(y, a, b, R, C);
    case kPickDiv: return row<PickDiv>(y, a, b, R, C);
    case kReversePickMul: return row<ReversePickMul>(y, a, b, R, C);
    case kReversePickDiv: return row<ReversePickDiv>(y, a, b, R, C);
    case kMaximum: return row<Maximum>(y, a, b, R, C);
    case kMinimum: return row<Minimum>(y, a, b, R, C);
  }
}

#define UNARY(name, cost, expression) \
  void name(float* y, const float* a, int64_t n) { \
    map(cost, [](vf x) { return expression; }, y, n, a); \
  }
UNARY(neg, kPlain, -x)
UNARY(abs, kPlain, abs_of(x))
UNARY(exp, kHard, exp_of(x))
UNARY(log, kHard, log_of(x))
UNARY(sqrt, kHard, sqrt_of(x))
UNARY(tanh, kHard, tanh_of(x))
UNARY(sigmoid, kHard, sigmoid_of(x))
UNARY(relu, kPlain, relu_of(x))

// Backward kernels, from the gradient and the function's own result.
#define BACKWARD(name, expression) \
  void name(float* ga, const float* incoming, const float* result, int64_t n) { \
    map(kPlain, [](vf g, vf y) { return expression; }, ga, n, incoming, result); \
  }
BACKWARD(relu_backward, select(y <= 0.0f, vf{}, g))
BACKWARD(sigmoid_backward, PickMul::of(g, y * (1.0f - y)))
BACKWARD(tanh_backward, PickMul::of(g, 1.0f - y * y))

}  // namespace MG_ISA
}  // namespace mg
