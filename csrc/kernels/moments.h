// Means and variances that hold whatever the numbers are: what batch norm and group norm share.
//
// kept (4, C) is what normalising needs: xhat = ((x scale - centre) - rest) slope. centre and rest together are the mean, which
// one float need not hold; scale is 1, or a power of two that keeps the differences of huge numbers in range.
#pragma once
#include "simd.h"

namespace mg {
namespace MG_ISA {

enum { kScale, kCentre, kRest, kSlope, kKept };

// A rest that would not count in xhat's last digit is none: most channels then need no more than a centre.
static inline void keep(float* kept, int64_t C, int64_t c, double mean, double rstd, float scale) {
  const float centre = (float)mean, rest = (float)(mean - (double)centre);
  const bool counts = __builtin_fabs((double)rest * rstd) > 0x1p-26;  // not where it is NaN
  kept[kScale * C + c] = scale;
  kept[kCentre * C + c] = centre * scale;
  kept[kRest * C + c] = counts ? rest * scale : 0;
  kept[kSlope * C + c] = (float)(rstd / (double)scale);
}

// The scale for numbers of this variance.
MG_INLINE float scale_for(double variance) { return variance > 0x1p120 ? 0x1p-64f : 1.0f; }

// Mean and sum of squares of R numbers, C apart, in double, whose range float32's numbers cannot leave; NaN if one of them is
// infinite.
static inline void in_double(double* mean, double* squares, const float* x, int64_t R, int64_t C) {
  double sum = 0, total = 0;
  for (int64_t r = 0; r < R && sum == sum; r++) sum += (double)x[r * C];
  *mean = sum / (double)R;
  for (int64_t r = 0; r < R && total == total; r++) {
    const double d = (double)x[r * C] - *mean;
    total += d * d - d * 0;  // infinite d: NaN
  }
  *squares = total;
}

// How many rows of C numbers are added up at a time.
MG_INLINE int64_t block_rows(int64_t C) {
  const int64_t rows = (1 << 15) / (C > 0 ? C : 1);
  return rows < 16 ? 16 : rows > 256 ? 256 : rows;
}

// totals[i] = the sum over rows first .. end - 1 of f's term i: f(row, terms) at some channels. Four running sums each,
// for speed and for accuracy.
template <int Terms, class V, class F>
MG_INLINE void sum_over(V (&totals)[Terms], int64_t first, int64_t end, const F& f) {
  V sums[4][Terms] = {}, terms[Terms];
  int64_t r = first;
  for (; r + 4 <= end; r += 4) MG_UNROLL for (int i = 0; i < 4; i++) {
      f(r + i, terms);
      MG_UNROLL for (int t = 0; t < Terms; t++) sums[i][t] += terms[t];
    }
  for (; r < end; r++) {
    f(r, terms);
    MG_UNROLL for (int t = 0; t < Terms; t++) sums[0][t] += terms[t];
  }
  MG_UNROLL for (int t = 0; t < Terms; t++) totals[t] = (sums[0][t] + sums[1][t]) + (sums[2][t] + sums[3][t]);
}

}  // namespace MG_ISA
}  // namespace mg
