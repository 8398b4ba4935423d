// The heart of every product: a tile of c (MB rows, NB vectors of columns) kept in registers while k runs.
//
// One template serves small and large matrices and the convolutions: a is read element by element (a broadcast each)
// at any strides, b vector by vector with contiguous columns. A width that is no multiple of the lanes ends in a vector
// that overlaps its neighbour in the same tile: both write the same numbers; there are no masks and no scalar tails.
#pragma once
#include "kernels/pack.h"

namespace mg {
namespace MG_ISA {

// matmul.cpp; kernels.h says what it means.
Status matmul(float* c, int64_t cr, const float* a, int64_t ar, int64_t ac, const float* b, int64_t br, int64_t bc,
              const float* bias, int64_t M, int64_t N, int64_t K, bool accumulate);

// Accumulators: 6 x 4 of 32 vector registers, 6 x 2 of 16. The rest hold a row of b and one broadcast.
constexpr int MR = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int NR = 4;
#else
constexpr int NR = 2;
#endif

// c (M, width) [+]= a (M, S K) b (S K, width) + bias (width); width <= NR * L
struct Strip {
  float* c;
  int64_t cr;
  const float* a;
  int64_t ar, ac;
  const float* b;
  int64_t br;
  const float* bias;  // or null
  int64_t M, width, K;
  bool accumulate;
  // k may run over S stretches of a, each K long (the rows of a convolution's window), that start at these elements of
  // a; b goes on from where it was.
  int64_t S = 1;
  const int64_t* starts = nullptr;
};

template <class V, int MB, int NB> MG_INLINE void tile(const Strip& s, int64_t row) {
  constexpr int W = sizeof(V) / 4;
  const int64_t last = s.width - W;  // of the last vector
  float* c = s.c + row * s.cr;
  int64_t ar[MB];
  MG_UNROLL for (int i = 0; i < MB; i++) ar[i] = (row + i) * s.ar;
  V acc[MB][NB];
  MG_UNROLL for (int i = 0; i < MB; i++)
    MG_UNROLL for (int j = 0; j < NB; j++) acc[i][j] = V{};
  const float* b = s.b;
  for (int64_t n = 0; n < s.S; n++) {
    const float* a = s.a + (s.starts ? s.starts[n] : 0);
    for (int64_t k = 0; k < s.K; k++, a += s.ac, b += s.br) {
      V v[NB];
      MG_UNROLL for (int j = 0; j < NB; j++) v[j] = read<V>(b + (j < NB - 1 ? j * W : last));
      MG_UNROLL for (int i = 0; i < MB; i++) {
        const float x = a[ar[i]];
        MG_UNROLL for (int j = 0; j < NB; j++) acc[i][j] += x * v[j];
      }
    }
  }
  if (s.bias)
    MG_UNROLL for (int j = 0; j < NB; j++) {
      const V v = read<V>(s.bias + (j < NB - 1 ? j * W : last));
      MG_UNROLL for (int i = 0; i < MB; i++) acc[i][j] += v;
    }
  // All of c is read before any of it is written: its last two vectors may overlap.
  if (s.accumulate)
    MG_UNROLL for (int i = 0; i < MB; i++)
      MG_UNROLL for (int j = 0; j < NB; j++) acc[i][j] += read<V>(c + i * s.cr + (j < NB - 1 ? j * W : last));
  MG_UNROLL for (int i = 0; i < MB; i++)
    MG_UNROLL for (int j = 0; j < NB; j++) write(c + i * s.cr + (j < NB - 1 ? j * W : last), acc[i][j]);
}

template <class V, int NB> static void strip_rows(const Strip& s) {
  const int64_t tiles = ceil_div(s.M, MR);
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t row = cut(s.M, tiles, t);
    switch (cut(s.M, tiles, t + 1) - row) {
      case 6: tile<V, 6, NB>(s, row); break;
      case 5: tile<V, 5, NB>(s, row); break;
      case 4: tile<V, 4, NB>(s, row); break;
      case 3: tile<V, 3, NB>(s, row); break;
      case 2: tile<V, 2, NB>(s, row); break;
      case 1: tile<V, 1, NB>(s, row); break;
    }
  }
}

// Vectors of W lanes; narrower ones if even one is too wide.
template <int W = L> static void multiply(const Strip& s) {
  typedef typename Lanes<W>::type V;
  if constexpr (W == 1) return strip_rows<V, 1>(s);
  else if (s.width < W) return multiply<W / 2>(s);
  else {
    const int64_t vectors = ceil_div(s.width, W);
    if (vectors == 1) return strip_rows<V, 1>(s);
    if (vectors == 2) return strip_rows<V, 2>(s);
    if constexpr (W == L && NR == 4) return vectors == 3 ? strip_rows<V, 3>(s) : strip_rows<V, 4>(s);
  }
}

// N columns cut into panels of at most NR vectors. Only the last one can end in an overlapping vector, and it has two
// vectors or more if it does.
struct Panels {
  int64_t N, vectors, count;
  explicit Panels(int64_t N) : N(N), vectors(ceil_div(N, L)), count(ceil_div(vectors, NR)) {}
  int64_t start(int64_t p) const { return cut(vectors, count, p) * L; }
  int64_t width(int64_t p) const { return (p + 1 == count ? N : start(p + 1)) - start(p); }
  int64_t padded() const { return vectors * L; }  // floats in a row of all packed panels
};

}  // namespace MG_ISA
}  // namespace mg
