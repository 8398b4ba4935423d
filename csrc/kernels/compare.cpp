// Comparisons, whose results are bools, and the choice by one: see elementwise.h for the list.
#include "elementwise.h"

#include "kernels/maps.h"

namespace mg {
namespace MG_ISA {

// clang-format off
#define COMPARE(name, cost, text) \
  Status name(bool* y, Operands s) { return map_two(cost, [](vf a, vf b) { return text; }, y, s); }
MG_COMPARE(COMPARE)
// clang-format on

#define COMPARE_INT64(name, cost, text) \
  Status name##_int64(bool* y, Integers s) { \
    return map_integers<int64_t>([](int64_t a, int64_t b) { return text; }, y, s); \
  }
MG_COMPARE(COMPARE_INT64)

namespace {

// A bool is 0 or 1. Spelt out: GCC widens bytes one by one.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vi mask_of(vb b) { return (vi)_mm512_maskz_cvtepu8_epi32(0xffff, (__m128i)b) != 0; }
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vi mask_of(vb b) { return (vi)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)&b)) != 0; }
#else
MG_INLINE vi mask_of(vb b) { return __builtin_convertvector(b, vi) != 0; }
#endif
MG_INLINE vi read(const bool* p) {
  vb b;
  memcpy(&b, p, sizeof b);
  return mask_of(b);
}
MG_INLINE vi read_some(const bool* p, int64_t n) {
  vb b = {};
  memcpy(&b, p, (size_t)n);
  return mask_of(b);
}

template <bool A, bool B>  // which of the two are arrays
MG_INLINE void choose(float* y, const bool* condition, const Operands& s, int64_t first, int64_t last) {
  const vf a = splat(s.a_number), b = splat(s.b_number);
  int64_t i = first;
  for (; i + L <= last; i += L) store(y + i, select(read(condition + i), A ? load(s.a + i) : a, B ? load(s.b + i) : b));
  if (i == last) return;
  const int64_t n = last - i;
  store_some(y + i, select(read_some(condition + i, n), A ? load_some(s.a + i, n) : a, B ? load_some(s.b + i, n) : b), n);
}

// Of integers by their bits, for then the compiler makes vectors of it.
template <bool A, bool B>
MG_INLINE void choose(int64_t* y, const bool* condition, const Integers& s, int64_t first, int64_t last) {
  for (int64_t i = first; i < last; i++) {
    const int64_t mask = -(int64_t)condition[i];
    y[i] = ((A ? s.a[i] : s.a_number) & mask) | ((B ? s.b[i] : s.b_number) & ~mask);
  }
}

template <class Y, class S> MG_INLINE Status choose_all(Y* y, const bool* condition, const S& s, int64_t n, double cost) {
  in_parts(n, kGrain, cost, [&](int64_t first, int64_t last) {
    if (s.a && s.b) return choose<true, true>(y, condition, s, first, last);
    if (s.a) return choose<true, false>(y, condition, s, first, last);
    if (s.b) return choose<false, true>(y, condition, s, first, last);
    choose<false, false>(y, condition, s, first, last);
  });
  return kDone;
}

}  // namespace

Status where(float* y, const bool* condition, Operands s) { return choose_all(y, condition, s, s.C, kEasy); }
Status where_int64(int64_t* y, const bool* condition, Integers s) { return choose_all(y, condition, s, s.n, 2 * kEasy); }

}  // namespace MG_ISA
}  // namespace mg
