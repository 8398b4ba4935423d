// Batch norm of x as rows (R, C), channels last (Ioffe & Szegedy 2015); mean, var, gamma, beta (C).
//
// Rows are cut into blocks by shape alone. Each gives its mean, as a difference from its first row, and the sum of squares
// about that mean, in float32 while the block is in the cache; blocks are put together in double, in order (Chan, Golub &
// LeVeque 1983). One pass through memory, no cancellation however far from 0 the numbers lie, and the same bits for any number
// of threads. Where float32's sums overflow, the channel is gone through again in double.
//
// What is kept (4, C) for normalising: see moments.h.
#include "arguments.h"
#include "kernels/lanes.h"
#include "kernels/moments.h"
#include "kernels/pack.h"
#include "kernels/parts.h"

namespace mg {
namespace MG_ISA {

// f(number, first row, end row) for every block, in parts.
template <class F> MG_INLINE void for_blocks(int64_t R, int64_t C, const F& f) {
  const int64_t rows = block_rows(C);
  in_parts(ceil_div(R, rows), 1, 0.2 * (double)(rows * C), [&](int64_t first, int64_t end) {
    for (int64_t b = first; b < end; b++) f(b, b * rows, b * rows + rows < R ? b * rows + rows : R);
  });
}

enum Range { kNear, kFar, kHuge };  // what the channels need: a centre; a rest as well; and a scale

static Range range_of(const float* kept, int64_t C) {
  bool far = false;
  for (int64_t c = 0; c < C; c++) {
    if (kept[kScale * C + c] != 1.0f) return kHuge;
    far |= kept[kRest * C + c] != 0;
  }
  return far ? kFar : kNear;
}

// W channels of x from c on, normalised.
template <Range range, class T> MG_INLINE typename T::F normalised(const float* x, const float* kept, int64_t C, int64_t c) {
  typename T::F a = T::read(x + c);
  if constexpr (range == kHuge) a *= T::read(kept + kScale * C + c);
  a -= T::read(kept + kCentre * C + c);
  if constexpr (range != kNear) a -= T::read(kept + kRest * C + c);
  return a * T::read(kept + kSlope * C + c);
}

template <Range range>
static void normalise_in(float* y, const float* x, const float* kept, const float* gamma, const float* beta, int64_t R,
                         int64_t C) {
  in_parts(R, rows_per_part(C), 0.1 * (double)C, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++)
      for_channels(C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        T::write(y + r * C + c, normalised<range, T>(x + r * C, kept, C, c) * T::read(gamma + c) + T::read(beta + c));
      });
  });
}

static void normalise(float* y, const float* x, const float* kept, const float* gamma, const float* beta, int64_t R,
                      int64_t C) {
  switch (range_of(kept, C)) {
    case kNear: return normalise_in<kNear>(y, x, kept, gamma, beta, R, C);
    case kFar: return normalise_in<kFar>(y, x, kept, gamma, beta, R, C);
    case kHuge: return normalise_in<kHuge>(y, x, kept, gamma, beta, R, C);
  }
}

Status batch_norm(float* y, float* mean, float* var, float* kept, const float* x, const float* gamma, const float* beta,
                  int64_t R, int64_t C, double eps) {
  const int64_t rows = block_rows(C), blocks = ceil_div(R, rows);
  Status status = kDone;
  float* partial = workspace(kPartial, 3 * blocks * C, &status);  // (blocks, 3, C): first row, mean less that, squares
  if (status.missing) return status;
  for_blocks(R, C, [&](int64_t b, int64_t first, int64_t end) {
    float* to = partial + 3 * b * C;
    for_channels(C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      const auto start = T::read(x + first * C + c);
      typename T::F m[1], squares[1];
      sum_over(m, first, end, [&](int64_t r, auto* terms) { terms[0] = T::read(x + r * C + c) - start; });
      m[0] *= 1 / (float)(end - first);
      sum_over(squares, first, end, [&](int64_t r, auto* terms) {
        const auto d = (T::read(x + r * C + c) - start) - m[0];
        terms[0] = d * d;
      });
      T::write(to + c, start);
      T::write(to + C + c, m[0]);
      T::write(to + 2 * C + c, squares[0]);
    });
  });
  for (int64_t c = 0; c < C; c++) {
    const auto mean_of = [=](int64_t b) { return (double)partial[3 * b * C + c] + (double)partial[(3 * b + 1) * C + c]; };
    const auto rows_of = [=](int64_t b) { return (double)(b + 1 < blocks ? rows : R - b * rows); };
    double total = 0, squares = 0;
    for (int64_t b = 1; b < blocks; b++) total += rows_of(b) * (mean_of(b) - mean_of(0));
    double m = mean_of(0) + total / (double)R;
    for (int64_t b = 0; b < blocks; b++) {
      const double d = mean_of(b) - m;
      squares += (double)partial[(3 * b + 2) * C + c] + rows_of(b) * d * d;
    }
    if (!(squares < (double)__builtin_inff())) in_double(&m, &squares, x + c, R, C);
    const double variance = squares / (double)R;
    mean[c] = (float)m;
    var[c] = (float)variance;
    keep(kept, C, c, m, 1 / __builtin_sqrt(variance + eps), scale_for(variance));
  }
  normalise(y, x, kept, gamma, beta, R, C);
  return kDone;
}

// With statistics from elsewhere.
Status batch_norm_inference(float* y, const float* x, const float* mean, const float* var, const float* gamma,
                            const float* beta, int64_t R, int64_t C, double eps) {
  Status status = kDone;
  float* kept = workspace(kSpare1, kKept * C, &status);
  if (status.missing) return status;
  for (int64_t c = 0; c < C; c++)  // the halves of two numbers are never too far apart for a float
    keep(kept, C, c, (double)mean[c], 1 / __builtin_sqrt((double)var[c] + eps),
         __builtin_fabsf(mean[c]) >= 0x1p100f ? 0.5f : 1.0f);
  normalise(y, x, kept, gamma, beta, R, C);
  return kDone;
}

// gbeta = sum g, ggamma = sum g xhat, gx = (g - (gbeta / R + xhat ggamma / R)) rstd gamma, multiplied in this order: a
// large gamma times a large rstd may overflow where gx does not
template <Range range>
static Status backward_in(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                          const float* kept, int64_t R, int64_t C) {
  const int64_t blocks = ceil_div(R, block_rows(C));
  Status status = kDone;
  float* partial = workspace(kPartial, 2 * blocks * C, &status);  // (blocks, 2, C): sum g, sum g xhat
  float *rstd = workspace(kSpare1, 3 * C, &status), *shift = rstd + C, *slope = shift + C;
  if (status.missing) return status;
  for_blocks(R, C, [&](int64_t b, int64_t first, int64_t end) {
    float* to = partial + 2 * b * C;
    for_channels(C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      typename T::F sums[2];
      sum_over(sums, first, end, [&](int64_t r, auto* terms) {
        terms[0] = T::read(g + r * C + c);
        terms[1] = terms[0] * normalised<range, T>(x + r * C, kept, C, c);
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
    gbeta[c] = (float)sum;
    ggamma[c] = (float)product;
    rstd[c] = kept[kSlope * C + c] * kept[kScale * C + c];
    shift[c] = (float)(sum / (double)R);
    slope[c] = (float)(product / (double)R);
  }
  in_parts(R, rows_per_part(C), 0.15 * (double)C, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++)
      for_channels(C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        const auto mean = T::read(shift + c) + normalised<range, T>(x + r * C, kept, C, c) * T::read(slope + c);
        T::write(gx + r * C + c, (T::read(g + r * C + c) - mean) * T::read(rstd + c) * T::read(gamma + c));
      });
  });
  return kDone;
}

Status batch_norm_backward(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                           const float* kept, int64_t R, int64_t C) {
  switch (range_of(kept, C)) {
    case kNear: return backward_in<kNear>(gx, ggamma, gbeta, g, x, gamma, kept, R, C);
    case kFar: return backward_in<kFar>(gx, ggamma, gbeta, g, x, gamma, kept, R, C);
    default: return backward_in<kHuge>(gx, ggamma, gbeta, g, x, gamma, kept, R, C);
  }
}

}  // namespace MG_ISA
}  // namespace mg
