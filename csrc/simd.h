// A vector of L floats, on the compiler's vector extensions (GCC and Clang; clang-cl on Windows).
//
// Included by the files that are compiled once per instruction set, inside namespace mg::MG_ISA, so that no function
// of one set can be linked into another. For the same reason these files use no std:: templates.
#pragma once
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // a tenth of the compile time
#endif

#ifndef MG_ISA
#error "compile kernel files with -DMG_ISA=baseline|avx2|avx512|neon and -DMG_LANES=4|8|16"
#endif

#ifdef __clang__
#define MG_UNROLL _Pragma("clang loop unroll(full)")
#else
#define MG_UNROLL _Pragma("GCC unroll 16")
#endif
#define MG_INLINE static inline __attribute__((always_inline))

namespace mg {
namespace MG_ISA {

constexpr int L = MG_LANES;                                           // floats in a vector
typedef float vf __attribute__((vector_size(4 * MG_LANES)));          // L floats
typedef int32_t vi __attribute__((vector_size(4 * MG_LANES)));        // L integers, and the masks of comparisons
typedef uint32_t vu __attribute__((vector_size(4 * MG_LANES)));
typedef float vf_unaligned __attribute__((vector_size(4 * MG_LANES), aligned(4), may_alias));

MG_INLINE vf load(const float* p) { return *(const vf_unaligned*)p; }
MG_INLINE void store(float* p, vf v) { *(vf_unaligned*)p = v; }
MG_INLINE vf splat(float s) { return s - vf{}; }

// 0, 1, 2 ... Written out: a loop over lanes is run, not folded, by GCC 12.
#if MG_LANES == 16
MG_INLINE vi lane_numbers() { return (vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }
#elif MG_LANES == 8
MG_INLINE vi lane_numbers() { return (vi){0, 1, 2, 3, 4, 5, 6, 7}; }
#else
MG_INLINE vi lane_numbers() { return (vi){0, 1, 2, 3}; }
#endif

// The first n (0 < n < L) elements; the others read as `fill`, and are not written.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vf load_some(const float* p, int64_t n, float fill = 0) {
  return (vf)_mm512_mask_loadu_ps((__m512)splat(fill), (__mmask16)((1u << n) - 1), p);
}
MG_INLINE void store_some(float* p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v); }
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vi first_lanes(int64_t n) { return lane_numbers() < (int32_t)n; }
MG_INLINE vf load_some(const float* p, int64_t n, float fill = 0) {
  const vi mask = first_lanes(n);
  const vf v = (vf)_mm256_maskload_ps(p, (__m256i)mask);
  return mask ? v : splat(fill);
}
MG_INLINE void store_some(float* p, vf v, int64_t n) { _mm256_maskstore_ps(p, (__m256i)first_lanes(n), (__m256)v); }
#else
MG_INLINE vf load_some(const float* p, int64_t n, float fill = 0) {
  vf v = splat(fill);
  memcpy(&v, p, (size_t)n * 4);
  return v;
}
MG_INLINE void store_some(float* p, vf v, int64_t n) { memcpy(p, &v, (size_t)n * 4); }
#endif

MG_INLINE vf select(vi mask, vf a, vf b) { return mask ? a : b; }
MG_INLINE vf as_float(vi v) { return (vf)v; }
MG_INLINE vi as_int(vf v) { return (vi)v; }

// A number that another thread may write over, read this once: no compiler may read it again after it was checked.
template <class T> MG_INLINE T read_once(const T* p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }

// Written as 0 > x ? 0 : x, so that NaN stays NaN.
MG_INLINE vf relu_of(vf x) { return select(vf{} > x, vf{}, x); }

}  // namespace MG_ISA
}  // namespace mg
