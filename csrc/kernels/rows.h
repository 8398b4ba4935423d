// What softmax and the losses do with a row of C logits: its maximum, its exponentials and their sum.
#pragma once
#include "arguments.h"
#include "costs.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

// The C library's scalar logarithm, for one number per row.
extern "C" float logf(float) noexcept;

namespace mg {
namespace MG_ISA {

// Over the whole vectors of a row of C, then its tail of `left` elements.
// clang-format off
#define FOR_ROW(C, i, body_full, body_tail) \
  int64_t i = 0; \
  for (; i + L <= C; i += L) { body_full; } \
  if (i < C) { const int64_t left = C - i; body_tail; }
// clang-format on

// What is taken off a row before its exponentials: its maximum, or 0 where that is infinite. NaN is passed over: it makes the
// sum of exponentials NaN anyway.
MG_INLINE float finite_max(const float* z, int64_t C) {
  vf m = splat(-kInfinity);
  FOR_ROW(C, i, m = larger(load(z + i), m), m = larger(load_some(z + i, left, -kInfinity), m))
  const float top = max_of_lanes(m);
  return __builtin_fabsf(top) < kInfinity ? top : 0.0f;
}

// exp(z - m) of the first n lanes, 0 in the others. They are filled with m and cleared after: exp of -infinity is a denormal
// on its way to 0, and costs hundreds of cycles.
MG_INLINE vf exp_some(const float* z, float m, int64_t n) {
  return select(lane_numbers() < (int32_t)n, exp_of(load_some(z, n, m) - m), vf{});
}

// The sum of a row's C terms: full(i) gives those from i on, some(i, left) the last ones with zeros behind. Stretches of 64
// vectors are added up in double, so that errors do not grow with the row.
template <class Full, class Some> MG_INLINE float sum_over_row(int64_t C, const Full& full, const Some& some) {
  double total = 0;
  for (int64_t i = 0; i < C;) {
    const int64_t end = C - i > 64 * L ? i + 64 * L : C;
    vf s = vf{};
    for (; i + L <= end; i += L) s += full(i);
    if (i < end) s += some(i, end - i);
    i = end;
    total += (double)sum_of_lanes(s);
  }
  return (float)total;
}

// y = softmax(z) = exp(z - max) / sum, and, for the losses, these two.
struct MaxAndSum { float max, sum; };

MG_INLINE MaxAndSum softmax_row(float* y, const float* z, int64_t C) {
  const float m = finite_max(z, C);
  if (C <= L) {  // the row stays in a register
    const vf e = C == L ? exp_of(load(z) - m) : exp_some(z, m, C);
    const float sum = sum_of_lanes(e);
    const vf p = e * (1.0f / sum);
    if (C == L) store(y, p);
    else store_some(y, p, C);
    return {m, sum};
  }
  const auto full = [=](int64_t i) {
    const vf e = exp_of(load(z + i) - m);
    store(y + i, e);
    return e;
  };
  const auto some = [=](int64_t i, int64_t left) {
    const vf e = exp_some(z + i, m, left);
    store_some(y + i, e, left);
    return e;
  };
  const float sum = sum_over_row(C, full, some), scale = 1.0f / sum;
  FOR_ROW(C, j, store(y + j, load(y + j) * scale), store_some(y + j, load_some(y + j, left) * scale, left))
  return {m, sum};
}

MG_INLINE float sum_of_exponentials(const float* z, float m, int64_t C) {
  return sum_over_row(
      C, [=](int64_t i) { return exp_of(load(z + i) - m); }, [=](int64_t i, int64_t left) { return exp_some(z + i, m, left); });
}

// a b, but 0 where a = 0, whatever b is
MG_INLINE vf product(vf a, vf b) { return select(a == 0.0f, vf{}, a * b); }
MG_INLINE float product(float a, float b) { return a == 0.0f ? 0.0f : a * b; }

MG_INLINE float dot(const float* a, const float* b, int64_t C) {
  return sum_over_row(
      C, [=](int64_t i) { return product(load(a + i), load(b + i)); },
      [=](int64_t i, int64_t left) { return product(load_some(a + i, left), load_some(b + i, left)); });
}

MG_INLINE float total(const float* a, int64_t C) {
  return sum_over_row(
      C, [=](int64_t i) { return load(a + i); }, [=](int64_t i, int64_t left) { return load_some(a + i, left); });
}

template <class F>
MG_INLINE void rows_in_parts(int64_t R, int64_t C, const F& f) {
  in_parts(R, rows_per_part(C), (double)C * kRow + 30, [=](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r++) f(r);
  });
}

}  // namespace MG_ISA
}  // namespace mg
