// Products of matrices, three ways, chosen by shape alone:
//   dots     both operands contiguous along k (x w^T of a small batch): no packing, k across the lanes
//   direct   b's rows contiguous and the work small: no packing, columns across the lanes
//   blocked  everything else: b packed into panels, blocks of k that stay in the caches, disjoint parts of c
// c (M, N), a (M, K), b (K, N), bias (N).
#include "kernels/matmul.h"
#include "arguments.h"

namespace mg {
namespace MG_ISA {

struct Product {
  float* c;
  int64_t cr;
  const float* a;
  int64_t ar, ac;
  const float* b;
  int64_t br, bc;
  const float* bias;
  int64_t M, N, K;
  bool accumulate;
};

static double microseconds(double M, double N, double K) { return M * N * K / (4000.0 * L); }

// Where one way ends and the next begins: measured, and constants, so that the bits depend on shapes alone.
constexpr double kSmall = 1e6;        // multiply-adds; above, packing pays
constexpr int64_t kFewRows = 12;      // of a: packing b, however large, costs more than it brings
constexpr int64_t kDotColumns = 64;   // in a part of dots
constexpr int64_t kDepth = 512;       // of a block of k: a panel of b and a tile's rows of a stay in the nearest caches
constexpr int64_t kRows = 240;        // of a block of c: a's rows stay in the second-level cache
constexpr int64_t kPacked = 1 << 21;  // floats of b that are packed at a time

// ---- dots: a tile of MB x NB dot products, each a vector of W partial sums until the end

constexpr int DM = NR == 4 ? 6 : 3, DN = 4;  // as many accumulators as the registers hold

// sums[j] = the sum of v[j]'s lanes, for four vectors at once.
template <int W> MG_INLINE void sum_lanes(float* sums, typename Lanes<W>::type (&v)[4]) {
  exchange<1, W>(v[0], v[1]);
  exchange<1, W>(v[2], v[3]);
  auto x = v[0] + v[1], y = v[2] + v[3];  // lanes: 0 1 0 1 ... and 2 3 2 3 ...
  exchange<2, W>(x, y);
  x += y;                                 // 0 1 2 3 0 1 2 3 ...
  // clang-format off
  if constexpr (W >= 16) { y = x; exchange<8, W>(x, y); x += y; }
  if constexpr (W >= 8) { y = x; exchange<4, W>(x, y); x += y; }
  // clang-format on
  memcpy(sums, &x, 16);
}

template <int W, int MB, int NB> MG_INLINE void dot_tile(const Product& s, int64_t row, int64_t column) {
  typedef typename Lanes<W>::type V;
  typedef typename Lanes<W>::mask Mask;
  const float *a = s.a + row * s.ar, *b = s.b + column * s.bc;
  V acc[MB][DN];
  MG_UNROLL for (int i = 0; i < MB; i++)
    MG_UNROLL for (int j = 0; j < DN; j++) acc[i][j] = V{};
  int64_t k = 0;
  for (; k + W <= s.K; k += W) {
    V v[NB];
    MG_UNROLL for (int j = 0; j < NB; j++) v[j] = read<V>(b + j * s.bc + k);
    MG_UNROLL for (int i = 0; i < MB; i++) {
      const V x = read<V>(a + i * s.ar + k);
      MG_UNROLL for (int j = 0; j < NB; j++) acc[i][j] += x * v[j];
    }
  }
  if (k < s.K) {  // the last W of k (K >= W) again, those already counted as zero in both, so that a NaN counts once
    Mask fresh;
    MG_UNROLL for (int e = 0; e < W; e++) fresh[e] = e >= k - s.K + W ? -1 : 0;
    k = s.K - W;
    V v[NB];
    MG_UNROLL for (int j = 0; j < NB; j++) v[j] = (V)((Mask)read<V>(b + j * s.bc + k) & fresh);
    MG_UNROLL for (int i = 0; i < MB; i++) {
      const V x = (V)((Mask)read<V>(a + i * s.ar + k) & fresh);
      MG_UNROLL for (int j = 0; j < NB; j++) acc[i][j] += x * v[j];
    }
  }
  MG_UNROLL for (int i = 0; i < MB; i++) {
    float sums[DN], *c = s.c + (row + i) * s.cr + column;
    sum_lanes<W>(sums, acc[i]);
    MG_UNROLL for (int j = 0; j < NB; j++)
      c[j] = sums[j] + (s.bias ? s.bias[column + j] : 0) + (s.accumulate ? c[j] : 0);
  }
}

template <int W, int NB> static void dot_rows(const Product& s, int64_t column) {
  const int64_t tiles = ceil_div(s.M, DM);
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t row = cut(s.M, tiles, t), rows = cut(s.M, tiles, t + 1) - row;
    if constexpr (DM == 6) {
      if (rows == 6) { dot_tile<W, 6, NB>(s, row, column); continue; }
      if (rows == 5) { dot_tile<W, 5, NB>(s, row, column); continue; }
      if (rows == 4) { dot_tile<W, 4, NB>(s, row, column); continue; }
    }
    if (rows == 3) dot_tile<W, 3, NB>(s, row, column);
    else if (rows == 2) dot_tile<W, 2, NB>(s, row, column);
    else dot_tile<W, 1, NB>(s, row, column);
  }
}

template <int W> static void dot_columns(const Product& s, int64_t start, int64_t end) {
  const int64_t N = end - start, tiles = ceil_div(N, DN);
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t column = start + cut(N, tiles, t);
    switch (start + cut(N, tiles, t + 1) - column) {
      case 4: dot_rows<W, 4>(s, column); break;
      case 3: dot_rows<W, 3>(s, column); break;
      case 2: dot_rows<W, 2>(s, column); break;
      case 1: dot_rows<W, 1>(s, column); break;
    }
  }
}

static void dots_part(void* context, int64_t part) {
  const Product& s = *(const Product*)context;
  const int64_t start = part * kDotColumns, end = start + kDotColumns < s.N ? start + kDotColumns : s.N;
  s.K < L ? dot_columns<4>(s, start, end) : dot_columns<L>(s, start, end);
}

static void dots(const Product& s) {
  parallel_for(ceil_div(s.N, kDotColumns), microseconds(s.M, s.N, s.K), dots_part, (void*)&s);
}

// ---- direct

static void direct(const Product& s) {
  const Panels panels(s.N);
  for (int64_t p = 0; p < panels.count; p++) {
    const int64_t j = panels.start(p);
    Strip t = {s.c + j, s.cr, s.a, s.ar, s.ac, s.b + j, s.br, s.bias ? s.bias + j : nullptr,
               s.M, panels.width(p), s.K, s.accumulate};
    multiply(t);
  }
}

// ---- blocked: c in blocks of rows x groups of panels, each block one part that runs through k

struct Blocks {
  Product s;
  Panels panels;
  int64_t rows, groups, depths;  // how many
  float* packed;  // b: for each block of k, for each panel, (depth, width); null: each part packs its own
  mutable Status status;

  // Where block r of the rows starts.
  int64_t row(int64_t r) const { return r == rows ? s.M : cut(ceil_div(s.M, MR), rows, r) * MR; }
};

static void pack_panels(const Blocks& t, float* to, int64_t group, int64_t k, int64_t depth) {
  const Product& s = t.s;
  const int64_t first = cut(t.panels.count, t.groups, group), end = cut(t.panels.count, t.groups, group + 1);
  for (int64_t p = first; p < end; p++) {
    const int64_t j = t.panels.start(p), width = t.panels.width(p), vectors = ceil_div(width, L);
    pack(to, vectors * L, s.b + k * s.br + j * s.bc, s.br, s.bc, depth, width);
    to += depth * vectors * L;
  }
}

static void pack_part(void* context, int64_t part) {
  const Blocks& t = *(const Blocks*)context;
  const int64_t group = part % t.groups, d = part / t.groups;
  const int64_t k = cut(t.s.K, t.depths, d), depth = cut(t.s.K, t.depths, d + 1) - k;
  const int64_t j = t.panels.start(cut(t.panels.count, t.groups, group));
  pack_panels(t, t.packed + k * t.panels.padded() + depth * j, group, k, depth);
}

static void block_part(void* context, int64_t part) {
  const Blocks& t = *(const Blocks*)context;
  const Product& s = t.s;
  const int64_t group = part % t.groups, row = t.row(part / t.groups), rows = t.row(part / t.groups + 1) - row;
  const int64_t first = cut(t.panels.count, t.groups, group), end = cut(t.panels.count, t.groups, group + 1);
  const int64_t width = t.panels.start(end - 1) + ceil_div(t.panels.width(end - 1), L) * L - t.panels.start(first);
  for (int64_t d = 0; d < t.depths; d++) {
    const int64_t k = cut(s.K, t.depths, d), depth = cut(s.K, t.depths, d + 1) - k;
    const float* b = t.packed + k * t.panels.padded() + depth * t.panels.start(first);
    if (!t.packed) {
      float* own = workspace(kPackB, depth * width, &t.status);
      if (!own) return;
      pack_panels(t, own, group, k, depth);
      b = own;
    }
    const float* a = s.a + row * s.ar + k * s.ac;
    int64_t ar = s.ar;
    if (s.ac != 1) {
      float* own = workspace(kPackA, rows * depth, &t.status);
      if (!own) return;
      pack(own, depth, a, s.ar, s.ac, rows, depth);
      a = own, ar = depth;
    }
    for (int64_t p = first; p < end; p++) {
      const int64_t j = t.panels.start(p), padded = ceil_div(t.panels.width(p), L) * L;
      Strip strip = {s.c + row * s.cr + j, s.cr, a, ar, 1, b, padded, d == 0 && s.bias ? s.bias + j : nullptr,
                     rows, t.panels.width(p), depth, d > 0 || s.accumulate};
      multiply(strip);
      b += depth * padded;
    }
  }
}

static Status blocked(const Product& s) {
  Blocks t = {s, Panels(s.N), ceil_div(s.M, kRows), 0, ceil_div(s.K, kDepth), nullptr, kDone};
  // One block of rows: each part packs its own b, and the more parts the better. A transposed a is packed once a group.
  t.groups = ceil_div(s.N, t.rows > 1 ? 512 : s.ac == 1 ? 128 : 256);
  if (t.groups > t.panels.count) t.groups = t.panels.count;
  if (t.rows > 1) {
    t.packed = workspace(kPackB, t.panels.padded() * s.K, &t.status);
    if (!t.packed) return t.status;
    parallel_for(t.groups * t.depths, (double)s.K * s.N / 2000, pack_part, &t);
  }
  parallel_for(t.rows * t.groups, microseconds(s.M, s.N, s.K), block_part, &t);
  return t.status;
}

// b too large to be packed at once: by columns, and by stretches of k.
static Status in_pieces(const Product& s) {
  const int64_t deep = ceil_div(s.K, kPacked / (NR * L));
  for (int64_t d = 0; d < deep; d++) {
    const int64_t k = cut(s.K, deep, d), depth = cut(s.K, deep, d + 1) - k;
    const int64_t wide = ceil_div(s.N * depth, kPacked);
    for (int64_t w = 0; w < wide; w++) {
      const int64_t j = cut(s.N, wide, w), width = cut(s.N, wide, w + 1) - j;
      const Status status = blocked({s.c + j, s.cr, s.a + k * s.ac, s.ar, s.ac, s.b + k * s.br + j * s.bc, s.br, s.bc,
                                     s.bias && d == 0 ? s.bias + j : nullptr, s.M, width, depth, s.accumulate || d > 0});
      if (status.missing) return status;
    }
  }
  return kDone;
}

Status matmul(float* c, int64_t cr, const float* a, int64_t ar, int64_t ac, const float* b, int64_t br, int64_t bc,
          const float* bias, int64_t M, int64_t N, int64_t K, bool accumulate) {
  if (!M || !N) return kDone;
  if (K == 1) ac = br = 1;  // a stride nobody takes is as good as any
  if (N == 1 || !K) bc = 1;
  if (N == 1 && cr == 1 && ar == 1 && ac != 1 && !bias)  // a column from columns: as the row b^T a^T
    return matmul(c, M, b, K, br, a, ac, ar, nullptr, 1, M, K, accumulate);
  const Product s = {c, cr, a, ar, ac, b, br, bc, bias, M, N, K, accumulate};
  const bool small = (double)M * N * K <= kSmall;
  if (ac == 1 && br == 1 && K >= 4 && (small || M <= kFewRows)) return dots(s), kDone;
  if (bc == 1 && small) return direct(s), kDone;
  return in_pieces(s);
}

struct Products {
  float* c;
  const float *a, *b;
  const Batch& s;
  mutable Status status;
};

static void one_product(void* context, int64_t part) {
  const Products& q = *(const Products*)context;
  const Batch& s = q.s;
  const float *a = q.a, *b = q.b;
  int64_t rest = part;
  for (int i = s.axes - 1; i >= 0; i--) {
    const int64_t k = rest % s.shape[i];
    rest /= s.shape[i];
    a += k * s.a_stride[i];
    b += k * s.b_stride[i];
  }
  const Status status = matmul(q.c + part * s.M * s.N, s.N, a, s.ar, s.ac, b, s.br, s.bc, nullptr, s.M, s.N, s.K, false);
  if (status.missing) __atomic_store_n(&q.status.missing, status.missing, __ATOMIC_RELAXED);
}

Status matmul_batch(float* c, const float* a, const float* b, Batch s) {
  Products q = {c, a, b, s, kDone};
  parallel_for(s.count, microseconds((double)s.M, (double)s.N, (double)s.K) * (double)s.count, one_product, &q);
  return q.status;
}

}  // namespace MG_ISA
}  // namespace mg
