// Copying a matrix into the order that a product reads it in: as it is, or transposed through registers.
#pragma once
#include "kernels/lanes.h"
#include "kernels/workspace.h"
#include "runtime/threads.h"

namespace mg {
namespace MG_ISA {

template <int... E> struct Places {};  // 0, 1, ... N - 1, as a type
template <int N, int... E> struct Count : Count<N - 1, N - 1, E...> {};
template <int... E> struct Count<0, E...> { typedef Places<E...> type; };

// The start of part i of n things in `parts` parts of nearly equal size.
MG_INLINE int64_t cut(int64_t n, int64_t parts, int64_t i) { return n * i / parts; }
MG_INLINE int64_t ceil_div(int64_t n, int64_t d) { return (n + d - 1) / d; }

// One round of an in-register transpose: rows a and b, D apart, exchange the halves of each block of 2 D lanes.
template <int D, int W, int... E>
MG_INLINE void exchange(typename Lanes<W>::type& a, typename Lanes<W>::type& b, Places<E...>) {
#ifdef __clang__
  const auto low = __builtin_shufflevector(a, b, (E & D ? W + E - D : E)...);
  const auto high = __builtin_shufflevector(a, b, (E & D ? W + E : E + D)...);
#else
  typedef typename Lanes<W>::mask Mask;
  const auto low = __builtin_shuffle(a, b, Mask{(E & D ? W + E - D : E)...});
  const auto high = __builtin_shuffle(a, b, Mask{(E & D ? W + E : E + D)...});
#endif
  a = low;
  b = high;
}
template <int D, int W> MG_INLINE void exchange(typename Lanes<W>::type& a, typename Lanes<W>::type& b) {
  exchange<D, W>(a, b, typename Count<W>::type());
}

// x (L, L) -> its transpose, in log2(L) rounds.
// clang-format off
template <int D = 1> MG_INLINE void transpose_registers(vf (&x)[L]) {
  if constexpr (D < L) {
    MG_UNROLL for (int i = 0; i < L; i++)
      if (!(i & D)) exchange<D, L>(x[i], x[i + D]);
    transpose_registers<2 * D>(x);
  }
}
// clang-format on

// to (C, R), rows `tr` apart = the transpose of from (R, C), rows `fr` apart.
static inline void transpose(float* to, int64_t tr, const float* from, int64_t fr, int64_t R, int64_t C) {
  if (R < L || C < L) {
    for (int64_t c = 0; c < C; c++)
      for (int64_t r = 0; r < R; r++) to[c * tr + r] = from[r * fr + c];
    return;
  }
  for (int64_t r0 = 0; r0 < R; r0 += L)
    for (int64_t c0 = 0; c0 < C; c0 += L) {
      // The last blocks overlap their neighbours: some elements are written twice, alike.
      const int64_t r = r0 < R - L ? r0 : R - L, c = c0 < C - L ? c0 : C - L;
      vf x[L];
      MG_UNROLL for (int i = 0; i < L; i++) x[i] = load(from + (r + i) * fr + c);
      transpose_registers(x);
      MG_UNROLL for (int i = 0; i < L; i++) store(to + (c + i) * tr + r, x[i]);
    }
}

MG_INLINE void copy_row(float* to, const float* from, int64_t C) {
  int64_t c = 0;
  for (; c + L <= C; c += L) store(to + c, load(from + c));
  for (; c < C; c++) to[c] = from[c];
}

// to (R, C), rows `tr` apart = from (R, C) with any strides.
static inline void pack(float* to, int64_t tr, const float* from, int64_t fr, int64_t fc, int64_t R, int64_t C) {
  if (fc == 1)
    for (int64_t r = 0; r < R; r++) copy_row(to + r * tr, from + r * fr, C);
  else if (fr == 1)
    transpose(to, tr, from, fc, C, R);
  else
    for (int64_t r = 0; r < R; r++)
      for (int64_t c = 0; c < C; c++) to[r * tr + c] = from[r * fr + c * fc];
}

}  // namespace MG_ISA
}  // namespace mg
