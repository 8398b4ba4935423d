// Vectors of W floats, W = 1, 2, ... L, for what is narrower than a whole vector: tails and small matrices.
#pragma once
#include "simd.h"

namespace mg {
namespace MG_ISA {

// The types; plain numbers for W = 1.
template <int W> struct Lanes {
  typedef float type __attribute__((vector_size(4 * W)));
  typedef int32_t mask __attribute__((vector_size(4 * W)));  // of comparisons; also integers
  typedef uint8_t bytes __attribute__((vector_size(W)));
};
template <> struct Lanes<1> {
  typedef float type;
  typedef int32_t mask;
};

template <class V> MG_INLINE V read(const float* p) {
  V v;
  memcpy(&v, p, sizeof v);
  return v;
}
template <class V> MG_INLINE void write(float* p, V v) { memcpy(p, &v, sizeof v); }

// W channels at a time: F floats, and I integers, which are bytes or int32 in memory; D doubles, for long sums. One channel is
// a vector, too, whose other lanes are idle: choices stay free of branches.
template <int W> struct Channels {
  typedef typename Lanes<W == 1 ? 4 : W>::type F;
  typedef typename Lanes<W == 1 ? 4 : W>::mask I;
  typedef double D __attribute__((vector_size(8 * (W == 1 ? 4 : W))));

  MG_INLINE F read(const float* p) {
    if constexpr (W == 1) return F{*p};
    else return MG_ISA::read<F>(p);
  }
  MG_INLINE void write(float* p, F v) {
    if constexpr (W == 1) *p = v[0];
    else MG_ISA::write(p, v);
  }
  MG_INLINE I read(const uint8_t* p) {
    if constexpr (W == 1) return I{*p};
    else {
      typename Lanes<W>::bytes v;
      memcpy(&v, p, sizeof v);
      return __builtin_convertvector(v, I);
    }
  }
  MG_INLINE void write(uint8_t* p, I v) {
    if constexpr (W == 1) *p = (uint8_t)v[0];
    else {
      const auto b = __builtin_convertvector(v, typename Lanes<W>::bytes);
      memcpy(p, &b, sizeof b);
    }
  }
  MG_INLINE I read(const int32_t* p) {
    if constexpr (W == 1) return I{*p};
    else {
      I v;
      memcpy(&v, p, sizeof v);
      return v;
    }
  }
  MG_INLINE void write(int32_t* p, I v) {
    if constexpr (W == 1) *p = v[0];
    else memcpy(p, &v, sizeof v);
  }
  template <class V> MG_INLINE V choose(I mask, V a, V b) { return mask ? a : b; }
};

// f(Channels<W>(), c) for 0 <= c < C: vectors of L while they fit, then of L / 2, ... 1. Every channel is covered once.
template <int W = L, class F> MG_INLINE void for_channels(int64_t C, const F& f, int64_t c = 0) {
  for (; c + W <= C; c += W) f(Channels<W>(), c);
  if constexpr (W > 1)
    if (c < C) for_channels<W / 2>(C, f, c);
}

}  // namespace MG_ISA
}  // namespace mg
