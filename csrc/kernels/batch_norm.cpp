// Batch norm of x as rows (R, C), channels last (Ioffe & Szegedy 2015); mean, var, rstd, gamma, beta (C).
//
// Rows are cut into blocks by shape alone. Each gives its mean and the sum of squares about *that* mean, in float32
// while the block is in the cache; blocks are put together in double, in order (Chan, Golub & LeVeque 1983). One
// pass through memory, no cancellation, and the same bits for any number of threads.
#include "kernels.h"
#include "lanes.h"
#include "pack.h"
#include "parts.h"

namespace mg {
namespace MG_ISA {

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
  for (; r + 4 <= end; r += 4)
    MG_UNROLL for (int i = 0; i < 4; i++) {
      f(r + i, terms);
      MG_UNROLL for (int t = 0; t < Terms; t++) sums[i][t] += terms[t];
    }
  for (; r < end; r++) {
    f(r, terms);
    MG_UNROLL for (int t = 0; t < Terms; t++) sums[0][t] += terms[t];
  }
  MG_UNROLL for (int t = 0; t < Terms; t++) totals[t] = (sums[0][t] + sums[1][t]) + (sums[2][t] + sums[3][t]);
}

// f(number, first row, end row) for every block, in parts.
template <class F> MG_INLINE void for_blocks(int64_t R, int64_t C, const F& f) {
  const int64_t rows = block_rows(C);
  in_parts(ceil_div(R, rows), 1, 0.2 * (double)(rows * C), [&](int64_t first, int64_t end) {
    for (int64_t b = first; b < end; b++) f(b, b * rows, b * rows + rows < R ? b * rows + rows : R);
  });
}

Status batch_norm(float* y, float* mean, float* var, float* rstd, const float* x, const float* gamma, const float* beta,
                int64_t R, int64_t C, float eps) {
  const int64_t rows = block_rows(C), blocks = ceil_div(R, rows);
  Status status = kDone;
  float* partial = workspace(kPartial, 2 * blocks * C, &status);  // (blocks, 2, C): mean, and squares about it
  if (status.missing) return status;
  for_blocks(R, C, [&](int64_t b, int64_t first, int64_t end) {
    float* to = partial + 2 * b * C;
    for_channels(C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      typename T::F m[1], squares[1];
      sum_over(m, first, end, [&](int64_t r, auto* terms) { terms[0] = T::read(x + r * C + c); });
      m[0] *= 1 / (float)(end - first);
      sum_over(squares, first, end, [&](int64_t r, auto* terms) {
        const auto d = T::read(x + r * C + c) - m[0];
        terms[0] = d * d;
      });
      T::write(to + c, m[0]);
      T::write(to + C + c, squares[0]);
    });
  });
  for (int64_t c = 0; c < C; c++) {
    double total = 0, squares = 0;
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t n = b + 1 < blocks ? rows : R - b * rows;
      total += (double)n * (double)partial[2 * b * C + c];
    }
    const double m = total / (double)R;
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t n = b + 1 < blocks ? rows : R - b * rows;
      const double d = (double)partial[2 * b * C + c] - m;
      squares += (double)partial[(2 * b + 1) * C + c] + (double)n * d * d;
    }
    mean[c] = (float)m;
    var[c] = (float)(squares / (double)R);
    rstd[c] = (float)(1 / __builtin_sqrt(squares / (double)R + (double)eps));
  }
  in_parts(R, rows_per_part(C), 0.1 * (double)C, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++)
      for_channels(C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        const auto scale = T::read(gamma + c) * T::read(rstd + c);
        T::write(y + r * C + c, (T::read(x + r * C + c) - T::read(mean + c)) * scale + T::read(beta + c));
      });
  });
  return kDone;
}

// gbeta = sum g, ggamma = rstd sum g (x - mean), gx = gamma rstd (g - gbeta / R - (x - mean) rstd ggamma / R)
Status batch_norm_backward(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                         const float* mean, const float* rstd, int64_t R, int64_t C) {
  const int64_t blocks = ceil_div(R, block_rows(C));
  Status status = kDone;
  float* partial = workspace(kPartial, 2 * blocks * C, &status);  // (blocks, 2, C): sum g, sum g (x - mean)
  float *scale = workspace(kSpare1, 3 * C, &status), *shift = scale + C, *slope = shift + C;
  if (status.missing) return status;
  for_blocks(R, C, [&](int64_t b, int64_t first, int64_t end) {
    float* to = partial + 2 * b * C;
    for_channels(C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      const auto m = T::read(mean + c);
      typename T::F sums[2];
      sum_over(sums, first, end, [&](int64_t r, auto* terms) {
        terms[0] = T::read(g + r * C + c);
        terms[1] = terms[0] * (T::read(x + r * C + c) - m);
      });
      T::write(to + c, sums[0]);
      T::write(to + C + c, sums[1]);
    });
  });
  for (int64_t c = 0; c < C; c++) {
    double sum = 0, product = 0;
    for (int64_t b = 0; b < blocks; b++) {
      sum += (double)partial[2 * b * C + c];
      product += (double)partial[(2 * b + 1) * C + c];
    }
    const double s = (double)rstd[c];
    gbeta[c] = (float)sum;
    ggamma[c] = (float)(product * s);
    scale[c] = gamma[c] * rstd[c];
    shift[c] = (float)(sum / (double)R);
    slope[c] = (float)(product * s * s / (double)R);
  }
  in_parts(R, rows_per_part(C), 0.15 * (double)C, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++)
      for_channels(C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        const auto d = T::read(x + r * C + c) - T::read(mean + c);
        T::write(gx + r * C + c,
                 ((T::read(g + r * C + c) - T::read(shift + c)) - d * T::read(slope + c)) * T::read(scale + c));
      });
  });
  return kDone;
}

void scale_shift(float* y, const float* x, const float* scale, const float* shift, int64_t R, int64_t C) {
  in_parts(R, rows_per_part(C), 0.1 * (double)C, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++)
      for_channels(C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        T::write(y + r * C + c, T::read(x + r * C + c) * T::read(scale + c) + T::read(shift + c));
      });
  });
}

}  // namespace MG_ISA
}  // namespace mg
