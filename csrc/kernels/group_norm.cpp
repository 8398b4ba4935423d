// Group norm of x (N, C, S) (Wu & He 2018): each image's C channels in G groups, each group normalised by its own mean and
// variance; gamma, beta (C). One group and S = 1 is layer norm (Ba, Kiros & Hinton 2016), C groups instance norm.
//
// A group is a row of D = C / G S numbers, without gaps, and stays in the cache while it is gone through three times: for a
// mean that may be off by some digits, for the squares about that and what it is off by, and to be normalised. Stretches of
// float32 sums are put together in double. Where they overflow, the row is gone through again in double.
//
// What is kept (4, N G) for normalising: see moments.h.
#include "kernels/lanes.h"
#include "kernels/moments.h"
#include "kernels/pack.h"
#include "kernels/rows.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

// How the terms of a sum read: whole vectors; or the last n numbers, with `fill` behind them.
struct Whole {
  inline __attribute__((always_inline)) vf operator()(const float* p, float) const { return load(p); }
};
struct Some {
  int64_t n;
  inline __attribute__((always_inline)) vf operator()(const float* p, float fill) const { return load_some(p, n, fill); }
};

// totals[t] = the sum of term t over a row of C: f(read, i, terms) gives those from i on.
template <int Terms, class F> MG_INLINE void sum_row(double (&totals)[Terms], int64_t C, const F& f) {
  MG_UNROLL for (int t = 0; t < Terms; t++) totals[t] = 0;
  for (int64_t i = 0; i < C;) {
    const int64_t end = C - i > 256 * L ? i + 256 * L : C;
    vf sums[4][Terms] = {}, terms[Terms];
    for (; i + 4 * L <= end; i += 4 * L) MG_UNROLL for (int k = 0; k < 4; k++) {
        f(Whole(), i + k * L, terms);
        MG_UNROLL for (int t = 0; t < Terms; t++) sums[k][t] += terms[t];
      }
    for (; i + L <= end; i += L) {
      f(Whole(), i, terms);
      MG_UNROLL for (int t = 0; t < Terms; t++) sums[0][t] += terms[t];
    }
    if (i < end) {
      f(Some{end - i}, i, terms);
      MG_UNROLL for (int t = 0; t < Terms; t++) sums[1][t] += terms[t];
      i = end;
    }
    MG_UNROLL for (int t = 0; t < Terms; t++)
      totals[t] += (double)sum_of_lanes((sums[0][t] + sums[1][t]) + (sums[2][t] + sums[3][t]));
  }
}

// Mean and sum of squares about it of a row. The first number is taken off first, so that equal ones leave exactly nothing.
MG_INLINE void moments(double* mean, double* squares, const float* x, int64_t D) {
  const float first = x[0];
  double shift[1], about[2];
  sum_row(shift, D, [=](auto read, int64_t i, vf(&t)[1]) { t[0] = read(x + i, first) - first; });
  const float centre = (float)((double)first + shift[0] / (double)D);
  sum_row(about, D, [=](auto read, int64_t i, vf(&t)[2]) {
    t[0] = read(x + i, centre) - centre;
    t[1] = t[0] * t[0];
  });
  *mean = (double)centre + about[0] / (double)D;
  *squares = about[1] - about[0] * about[0] / (double)D;
  if (*squares < 0) *squares = 0;
  if (!(*squares < (double)__builtin_inff())) in_double(mean, squares, x, D, 1);
}

struct Row { float scale, centre, rest, slope, mean; };  // mean: what normalises to 0, or almost

MG_INLINE Row row_of(const float* kept, int64_t R, int64_t r) {
  const float scale = kept[kScale * R + r], centre = kept[kCentre * R + r];
  return {scale, centre, kept[kRest * R + r], kept[kSlope * R + r], centre / scale};
}

template <class V> MG_INLINE V xhat(V x, const Row& row) { return ((x * row.scale - row.centre) - row.rest) * row.slope; }

}  // namespace

Status group_norm(float* y, float* kept, const float* x, const float* gamma, const float* beta, int64_t N, int64_t C, int64_t S,
                  int64_t G, double eps) {
  const int64_t R = N * G, P = C / G, D = P * S;
  rows_in_parts(R, D, [=](int64_t r) {
    const float* const in = x + r * D;
    float* const out = y + r * D;
    const float *const slope = gamma + r % G * P, *const shift = beta + r % G * P;
    double mean, squares;
    moments(&mean, &squares, in, D);
    const double variance = squares / (double)D;
    keep(kept, R, r, mean, 1 / __builtin_sqrt(variance + eps), scale_for(variance));
    const Row row = row_of(kept, R, r);
    if (S == 1) {
      FOR_ROW(P, i, store(out + i, xhat(load(in + i), row) * load(slope + i) + load(shift + i)),
              store_some(out + i, xhat(load_some(in + i, left), row) * load_some(slope + i, left) + load_some(shift + i, left),
                         left))
      return;
    }
    for (int64_t c = 0; c < P; c++) {
      const float* const from = in + c * S;
      float* const to = out + c * S;
      const float a = slope[c], b = shift[c];
      FOR_ROW(S, i, store(to + i, xhat(load(from + i), row) * a + b),
              store_some(to + i, xhat(load_some(from + i, left), row) * a + b, left))
    }
  });
  return kDone;
}

// For each group, with gy = g gamma: gx = (gy - (mean(gy) + xhat mean(gy xhat))) rstd; ggamma = sum g xhat, gbeta = sum g.

// S = 1: blocks of rows of C; within one ggamma and gbeta are added up channel by channel.
static Status backward_of_rows(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                               const float* kept, int64_t N, int64_t C, int64_t G) {
  const int64_t R = N * G, P = C / G, rows = block_rows(C), blocks = ceil_div(N, rows);
  Status status = kDone;
  float* const partial = workspace(kPartial, 2 * blocks * C, &status);  // (blocks, 2, C): sum g, sum g xhat
  if (status.missing) return status;
  in_parts(blocks, 1, 0.8 * (double)(rows * C), [=](int64_t first_block, int64_t end_block) {
    for (int64_t b = first_block; b < end_block; b++) {
      const int64_t first = b * rows, end = first + rows < N ? first + rows : N;
      for (int64_t r = first * G; r < end * G; r++) {
        const Row row = row_of(kept, R, r);
        const float *const gr = g + r * P, *const xr = x + r * P, *const slope = gamma + r % G * P;
        float* const out = gx + r * P;
        double sums[2];
        sum_row(sums, P, [=](auto read, int64_t i, vf(&t)[2]) {
          t[0] = read(gr + i, 0) * read(slope + i, 0);
          t[1] = t[0] * xhat(read(xr + i, row.mean), row);
        });
        const float mean = (float)(sums[0] / (double)P), along = (float)(sums[1] / (double)P), rstd = row.slope * row.scale;
        FOR_ROW(P, i,
                store(out + i, (load(gr + i) * load(slope + i) - (mean + xhat(load(xr + i), row) * along)) * rstd),
                store_some(out + i, (load_some(gr + i, left) * load_some(slope + i, left) -
                                     (mean + xhat(load_some(xr + i, left), row) * along)) * rstd, left))
      }
      float* const to = partial + 2 * b * C;
      for (int64_t k = 0; k < G; k++)
        for_channels(P, [=](auto lanes, int64_t c) {
          typedef decltype(lanes) T;
          typename T::F sum = {}, product = {};
          for (int64_t n = first; n < end; n++) {
            const int64_t at = n * C + k * P + c;
            const auto incoming = T::read(g + at);
            sum += incoming;
            product += incoming * xhat(T::read(x + at), row_of(kept, R, n * G + k));
          }
          T::write(to + k * P + c, sum);
          T::write(to + C + k * P + c, product);
        });
    }
  });
  for (int64_t c = 0; c < C; c++) {
    double sum = 0, product = 0;
    for (int64_t b = 0; b < blocks; b++) {
      sum += (double)partial[2 * b * C + c];
      product += (double)partial[(2 * b + 1) * C + c];
    }
    gbeta[c] = (float)sum;
    ggamma[c] = (float)product;
  }
  return kDone;
}

// S > 1: a channel of an image has sums of its own, of which those of its group are made.
static Status backward_of_images(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                                 const float* kept, int64_t N, int64_t C, int64_t S, int64_t G) {
  const int64_t R = N * G, P = C / G, D = P * S;
  Status status = kDone;
  float* const sums = workspace(kPartial, 2 * N * C, &status);  // (2, N, C): sum g, sum g xhat
  if (status.missing) return status;
  float* const products = sums + N * C;
  rows_in_parts(R, D, [=](int64_t r) {
    const Row row = row_of(kept, R, r);
    const float* const slope = gamma + r % G * P;
    double total[2] = {0, 0};
    for (int64_t c = 0; c < P; c++) {
      const float *const gc = g + (r * P + c) * S, *const xc = x + (r * P + c) * S;
      double of_channel[2];
      sum_row(of_channel, S, [=](auto read, int64_t i, vf(&t)[2]) {
        t[0] = read(gc + i, 0);
        t[1] = t[0] * xhat(read(xc + i, row.mean), row);
      });
      sums[r * P + c] = (float)of_channel[0];
      products[r * P + c] = (float)of_channel[1];
      for (int t = 0; t < 2; t++) total[t] += (double)slope[c] * of_channel[t];
    }
    const float mean = (float)(total[0] / (double)D), along = (float)(total[1] / (double)D), rstd = row.slope * row.scale;
    for (int64_t c = 0; c < P; c++) {
      const float *const gc = g + (r * P + c) * S, *const xc = x + (r * P + c) * S;
      float* const out = gx + (r * P + c) * S;
      const float a = slope[c];
      FOR_ROW(S, i, store(out + i, (load(gc + i) * a - (mean + xhat(load(xc + i), row) * along)) * rstd),
              store_some(out + i, (load_some(gc + i, left) * a - (mean + xhat(load_some(xc + i, left), row) * along)) * rstd,
                         left))
    }
  });
  for (int64_t c = 0; c < C; c++) {
    double sum = 0, product = 0;
    for (int64_t n = 0; n < N; n++) {
      sum += (double)sums[n * C + c];
      product += (double)products[n * C + c];
    }
    gbeta[c] = (float)sum;
    ggamma[c] = (float)product;
  }
  return kDone;
}

Status group_norm_backward(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                           const float* kept, int64_t N, int64_t C, int64_t S, int64_t G) {
  return S == 1 ? backward_of_rows(gx, ggamma, gbeta, g, x, gamma, kept, N, C, G)
                : backward_of_images(gx, ggamma, gbeta, g, x, gamma, kept, N, C, S, G);
}

}  // namespace MG_ISA
}  // namespace mg
