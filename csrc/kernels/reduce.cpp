// Sums and maxima. The order of additions is a tree fixed by the shape: blocks of 2048 elements, each with eight vector
// accumulators, are added in double. So a sum is about as accurate as numpy's pairwise one, and the same for any threads.
#include "arguments.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int64_t kBlock = 2048;  // elements
constexpr double kCost = 0.1;     // nanoseconds for an element

// n <= kBlock
MG_INLINE float sum_block(const float* a, int64_t n) {
  vf s[8];
  MG_UNROLL for (int k = 0; k < 8; k++) s[k] = vf{};
  int64_t i = 0;
  for (; i + 8 * L <= n; i += 8 * L) MG_UNROLL for (int k = 0; k < 8; k++) s[k] += load(a + i + k * L);
  for (; i + L <= n; i += L) s[0] += load(a + i);
  if (i < n) s[1] += load_some(a + i, n - i);
  return sum_of_lanes(((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])));
}

float sum_range(const float* a, int64_t n) {
  if (n <= kBlock) return sum_block(a, n);
  double total = 0;
  for (int64_t i = 0; i < n; i += kBlock) total += sum_block(a + i, n - i < kBlock ? n - i : kBlock);
  return (float)total;
}

// The largest of n numbers, or with MIN the smallest, as the largest of their opposites; NaN wins.
template <bool MIN> MG_INLINE float extreme_range(const float* a, int64_t n) {
  vf m[4];
  vi nan[4];
  MG_UNROLL for (int k = 0; k < 4; k++) m[k] = splat(-kInfinity), nan[k] = vi{};
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) MG_UNROLL for (int k = 0; k < 4; k++) {
      const vf x = MIN ? -load(a + i + k * L) : load(a + i + k * L);
      m[k] = larger(x, m[k]);
      nan[k] |= is_nan(x);
    }
  for (; i + L <= n; i += L) {
    const vf x = MIN ? -load(a + i) : load(a + i);
    m[0] = larger(x, m[0]);
    nan[0] |= is_nan(x);
  }
  if (i < n) {
    const vf x = MIN ? -load_some(a + i, n - i, kInfinity) : load_some(a + i, n - i, -kInfinity);
    m[1] = larger(x, m[1]);
    nan[1] |= is_nan(x);
  }
  if (any((nan[0] | nan[1]) | (nan[2] | nan[3]))) return __builtin_nanf("");
  const float top = max_of_lanes(larger(larger(m[0], m[1]), larger(m[2], m[3])));
  return MIN ? -top : top;
}

// op across each of the rows first .. last - 1 of a (R, C), for short rows: L rows at a time.
template <class Op>
MG_INLINE void short_rows(float* y, const float* a, int64_t first, int64_t last, int64_t C, float nothing, const Op& op) {
  for (int64_t r = first; r < last; r += L) {
    const int64_t rows = last - r < L ? last - r : L;
    vf v[L];
    MG_UNROLL for (int k = 0; k < L; k++) v[k] = splat(nothing);
    for (int64_t k = 0; k < rows; k++) {
      const float* row = a + (r + k) * C;
      int64_t i = 0;
      vf s = splat(nothing);
      for (; i + L <= C; i += L) s = op(s, load(row + i));
      if (i < C) s = op(s, load_some(row + i, C - i, nothing));
      v[k] = s;
    }
    const vf result = across(v, op);
    if (rows == L)
      store(y + r, result);
    else
      store_some(y + r, result, rows);
  }
}
constexpr int64_t kShort = 8 * L;

// The columns c .. c + width - 1 (width <= 4 L) of rows first .. last - 1 of a (R, C), summed to y.
template <int VECTORS>
MG_INLINE void columns_full(float* y, const float* a, int64_t first, int64_t last, int64_t C) {
  vf s[VECTORS];
  MG_UNROLL for (int k = 0; k < VECTORS; k++) s[k] = vf{};
  for (int64_t r = first; r < last; r++) MG_UNROLL for (int k = 0; k < VECTORS; k++) s[k] += load(a + r * C + k * L);
  MG_UNROLL for (int k = 0; k < VECTORS; k++) store(y + k * L, s[k]);
}
void columns_of_rows(float* y, const float* a, int64_t first, int64_t last, int64_t C) {
  int64_t c = 0;
  for (; c + 4 * L <= C; c += 4 * L) columns_full<4>(y + c, a + c, first, last, C);
  for (; c + L <= C; c += L) columns_full<1>(y + c, a + c, first, last, C);
  if (c < C) {
    vf s[2] = {vf{}, vf{}};
    for (int64_t r = first; r < last; r++) s[r & 1] += load_some(a + r * C + c, C - c);
    store_some(y + c, s[0] + s[1], C - c);
  }
}

// Narrow arrays (C < L) as rows of L * C elements: element i belongs to column i % C.
MG_INLINE void narrow_columns(float* y, const float* a, int64_t n, int64_t C) {
  vf s[L];
  for (int64_t k = 0; k < C; k++) s[k] = vf{};
  const int64_t period = L * C;
  int64_t i = 0;
  for (; i + period <= n; i += period)
    for (int64_t k = 0; k < C; k++) s[k] += load(a + i + k * L);
  const float* flat = (const float*)s;
  for (int64_t c = 0; c < C; c++) {
    float total = 0;
    for (int64_t j = c; j < period; j += C) total += flat[j];
    for (int64_t j = i + c; j < n; j += C) total += a[j];
    y[c] = total;
  }
}

}  // namespace

Status sum_all(float* y, const float* a, int64_t n) {
  return sum_of_parts(y, n, kCost, [=](int64_t first, int64_t last) { return sum_range(a + first, last - first); });
}

Status sum_rows(float* y, const float* a, int64_t R, int64_t C) {
  in_parts(R, rows_per_part(C), (double)C * kCost + 5, [=](int64_t first, int64_t last) {
    if (C <= kShort) return short_rows(y, a, first, last, C, 0, [](vf s, vf x) { return s + x; });
    for (int64_t r = first; r < last; r++) y[r] = sum_range(a + r * C, C);
  });
  return kDone;
}

Status sum_columns(float* y, const float* a, int64_t R, int64_t C) {
  if (C == 1) return sum_all(y, a, R);
  if (C <= 0) return kDone;
  const int64_t rows = 256;  // in a block; blocks are added in double
  auto block = [=](float* out, int64_t first, int64_t last) {
    if (C < L && last - first >= L)
      narrow_columns(out, a + first * C, (last - first) * C, C);
    else
      columns_of_rows(out, a, first, last, C);
  };
  const int64_t blocks = (R + rows - 1) / rows;
  if (blocks <= 1) return block(y, 0, R), kDone;
  Status status = kDone;
  float* partial = workspace(kPartial, blocks * C, &status);
  if (!partial) return status;
  in_parts(blocks, rows_per_part(rows * C), (double)(rows * C) * kCost, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const int64_t end = (b + 1) * rows;
      block(partial + b * C, b * rows, end < R ? end : R);
    }
  });
  for (int64_t c0 = 0; c0 < C; c0 += 64) {
    const int64_t width = C - c0 < 64 ? C - c0 : 64;
    double total[64] = {};
    for (int64_t b = 0; b < blocks; b++)
      for (int64_t c = 0; c < width; c++) total[c] += partial[b * C + c0 + c];
    for (int64_t c = 0; c < width; c++) y[c0 + c] = (float)total[c];
  }
  return kDone;
}

template <bool MIN> MG_INLINE Status extreme_rows(float* y, const float* a, int64_t R, int64_t C) {
  in_parts(R, rows_per_part(C), (double)C * kCost + 10, [=](int64_t first, int64_t last) {
    if (C <= kShort)
      return short_rows(y, a, first, last, C, MIN ? kInfinity : -kInfinity,
                        [](vf m, vf x) { return MIN ? minimum_of(m, x) : maximum_of(m, x); });
    for (int64_t r = first; r < last; r++) y[r] = extreme_range<MIN>(a + r * C, C);
  });
  return kDone;
}

Status max_rows(float* y, const float* a, int64_t R, int64_t C) { return extreme_rows<false>(y, a, R, C); }
Status min_rows(float* y, const float* a, int64_t R, int64_t C) { return extreme_rows<true>(y, a, R, C); }

// The extreme first, then where it first stands: two cheap passes over a row that is in cache. The second looks no further
// than the row: somebody may have written over what the first one found.
template <bool MIN> MG_INLINE Status place_of_extreme(int64_t* y, const float* a, int64_t R, int64_t C) {
  in_parts(R, rows_per_part(C), (double)C * 2 * kCost + 10, [=](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r++) {
      const float* row = a + r * C;
      const float m = extreme_range<MIN>(row, C);
      int64_t i = 0;
      if (m != m) {
        while (i < C - 1 && row[i] == row[i]) i++;
      } else {
        const vf wanted = splat(m);
        while (i + L <= C && !any(load(row + i) == wanted)) i += L;
        if (i == C) i = C - L;
        while (i < C - 1 && row[i] != m) i++;
      }
      y[r] = i;
    }
  });
  return kDone;
}

Status argmax_rows(int64_t* y, const float* a, int64_t R, int64_t C) { return place_of_extreme<false>(y, a, R, C); }
Status argmin_rows(int64_t* y, const float* a, int64_t R, int64_t C) { return place_of_extreme<true>(y, a, R, C); }

}  // namespace MG_ISA
}  // namespace mg
