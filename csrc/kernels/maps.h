// One loop with a masked tail for every elementwise kernel: y = f(x...) over n elements, y of floats or, for comparisons, of
// bools.
#pragma once
#include "arguments.h"
#include "kernels/parts.h"

namespace mg {
namespace MG_ISA {

typedef uint8_t vb __attribute__((vector_size(MG_LANES)));  // L bytes

MG_INLINE void put(float* y, vf v) { store(y, v); }
MG_INLINE void put_some(float* y, vf v, int64_t n) { store_some(y, v, n); }

// Masks as bools, 0 or 1. Spelt out: GCC narrows integers one by one.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vb bytes_of(vi mask) { return (vb)_mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)(mask & 1)); }
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vb bytes_of(vi mask) {
  const __m256i m = (__m256i)(mask & 1);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(m), _mm256_extracti128_si256(m, 1));
  const __m128i bytes = _mm_packs_epi16(words, words);
  vb b;
  memcpy(&b, &bytes, sizeof b);
  return b;
}
#elif MG_LANES == 4 && defined(__SSE2__)
MG_INLINE vb bytes_of(vi mask) {
  const __m128i m = (__m128i)(mask & 1), words = _mm_packs_epi32(m, m), bytes = _mm_packs_epi16(words, words);
  vb b;
  memcpy(&b, &bytes, sizeof b);
  return b;
}
#else
MG_INLINE vb bytes_of(vi mask) { return __builtin_convertvector(mask & 1, vb); }
#endif
MG_INLINE void put(bool* y, vi mask) {
  const vb b = bytes_of(mask);
  memcpy(y, &b, sizeof b);
}
MG_INLINE void put_some(bool* y, vi mask, int64_t n) {
  const vb b = bytes_of(mask);
  memcpy(y, &b, (size_t)n);
}

template <class F, class Y, class... Pointers>
MG_INLINE void map_range(const F& f, Y* y, int64_t first, int64_t last, const Pointers*... x) {
  int64_t i = first;
  for (; i + 2 * L <= last; i += 2 * L) {
    const auto u = f(load(x + i)...), v = f(load(x + i + L)...);
    put(y + i, u);
    put(y + i + L, v);
  }
  for (; i + L <= last; i += L) put(y + i, f(load(x + i)...));
  if (i < last) put_some(y + i, f(load_some(x + i, last - i)...), last - i);
}

template <class F, class... Pointers>
MG_INLINE Status map(double nanoseconds, const F& f, float* y, int64_t n, const Pointers*... x) {
  in_parts(n, kGrain, nanoseconds, [=](int64_t first, int64_t last) { map_range(f, y, first, last, x...); });
  return kDone;
}

// f of two operands. A row is an array that does not advance from one r to the next.
template <class F, class Y> void range_of_two(const F& f, Y* y, const Operands& s, int64_t r, int64_t first, int64_t last) {
  const float* a = s.a && !s.a_row ? s.a + r * s.C : s.a;
  const float* b = s.b && !s.b_row ? s.b + r * s.C : s.b;
  y += r * s.C;
  if (!b) {
    const vf v = splat(s.b_number);
    map_range([=](vf u) { return f(u, v); }, y, first, last, a);
  } else if (!a) {
    const vf u = splat(s.a_number);
    map_range([=](vf v) { return f(u, v); }, y, first, last, b);
  } else {
    map_range(f, y, first, last, a, b);
  }
}

template <class F, class Y>
MG_INLINE Status map_two(double nanoseconds, const F& f, Y* y, const Operands& s) {
  if (s.R == 1) in_parts(s.C, kGrain, nanoseconds, [&](int64_t first, int64_t last) { range_of_two(f, y, s, 0, first, last); });
  else
    in_parts(s.R, rows_per_part(s.C), (double)s.C * nanoseconds, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; r++) range_of_two(f, y, s, r, 0, s.C);
    });
  return kDone;
}

// f of two operands of int64, seen as T. Plain loops: the compiler makes vectors of them.
template <class T, class F, class Y> MG_INLINE Status map_integers(const F& f, Y* y, const Integers& s) {
  in_parts(s.n, kGrain, 2 * kEasy, [&](int64_t first, int64_t last) {
    const T *a = (const T*)s.a, *b = (const T*)s.b, u = (T)s.a_number, v = (T)s.b_number;
    if (!b)
      for (int64_t i = first; i < last; i++) y[i] = (Y)f(a[i], v);
    else if (!a)
      for (int64_t i = first; i < last; i++) y[i] = (Y)f(u, b[i]);
    else
      for (int64_t i = first; i < last; i++) y[i] = (Y)f(a[i], b[i]);
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
