// Group norm of images that lie channels-last, x (N, S, C): see group_norm.cpp. A group's numbers are not side by side here;
// sums run down the rows for every channel, a few rows at a time, which the cache then holds. Those of the blocks, and the
// channels of a group, are put together in double (Chan, Golub & LeVeque 1983).
#include "arguments.h"
#include "kernels/lanes.h"
#include "kernels/moments.h"
#include "kernels/pack.h"
#include "kernels/parts.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

// Room for what a thread needs of an image: sums of two terms for each channel, their parts, and rows of numbers per channel.
struct Room {
  double* totals;  // (2, C)
  float *part, *row;  // (2, C); (kKept + 2, C)
};

MG_INLINE Room room_for(int64_t C, Status* missing) {
  float* const p = workspace(kSpare1, (4 + 2 + kKept + 2) * C, missing);
  return p ? Room{(double*)p, p + 4 * C, p + 6 * C} : Room{};
}

// totals (Terms, C): for each channel the sums over an image's S rows; f(lanes, row, channel, terms) gives a row's terms. A few
// rows at a time, which the cache then holds.
template <int Terms, class F> MG_INLINE void sum_channels(const Room& room, int64_t S, int64_t C, const F& f) {
  double* const totals = room.totals;
  float* const part = room.part;
  for (int64_t i = 0; i < Terms * C; i++) totals[i] = 0;
  for (int64_t chunk = 0; chunk < S; chunk += 512) {
    const int64_t stop = chunk + 512 < S ? chunk + 512 : S;
    for (int64_t i = 0; i < Terms * C; i++) part[i] = 0;
    for (int64_t first = chunk; first < stop; first += 32)
      for_channels(C, [=](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        typename T::F sums[Terms];
        sum_over(sums, first, first + 32 < stop ? first + 32 : stop, [=](int64_t s, auto* terms) { f(lanes, s, c, terms); });
  MG_UNROLL for (int t = 0; t < Terms; t++) T::write(part + t * C + c, T::read(part + t * C + c) + sums[t]);
      });
    for (int64_t i = 0; i < Terms * C; i++) totals[i] += (double)part[i];
  }
}

// (2, C) in room.totals: each channel's mean over an image's S rows, and its sum of squares about that.
MG_INLINE void channel_moments(const Room& room, const float* x, int64_t S, int64_t C) {
  double *const mean = room.totals, *const squares = mean + C;
  float *const shift = room.part, *const about = shift + C;
  for (int64_t c = 0; c < C; c++) mean[c] = squares[c] = 0;
  for (int64_t first = 0; first < S; first += 32) {
    const int64_t end = first + 32 < S ? first + 32 : S;
    const float* const start = x + first * C;
    const float part = 1 / (float)(end - first);
    for (const float* next = start + 32 * C; next < x + S * C && next < start + 64 * C; next += 16) __builtin_prefetch(next);
    for_channels(C, [=](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      typename T::F m[1], sum[1];
      sum_over(m, first, end, [=](int64_t s, auto* t) { t[0] = T::read(x + s * C + c) - T::read(start + c); });
      m[0] *= part;
      sum_over(sum, first, end, [=](int64_t s, auto* t) {
        const auto d = (T::read(x + s * C + c) - T::read(start + c)) - m[0];
        t[0] = d * d;
      });
      T::write(shift + c, m[0]);
      T::write(about + c, sum[0]);
    });
    const double n = (double)(end - first), share = n / (double)end, weight = (double)first * share;
    for (int64_t c = 0; c < C; c++) {
      const double d = ((double)start[c] + (double)shift[c]) - mean[c];
      squares[c] += (double)about[c] + d * d * weight;
      mean[c] += d * share;
    }
  }
}

// Mean and sum of squares of the group of P channels at x in double; see in_double.
void group_in_double(double* mean, double* squares, const float* x, int64_t S, int64_t C, int64_t P) {
  double sum = 0, total = 0;
  for (int64_t s = 0; s < S; s++)
    for (int64_t c = 0; c < P; c++) sum += (double)x[s * C + c];
  *mean = sum / (double)(S * P);
  for (int64_t s = 0; s < S; s++)
    for (int64_t c = 0; c < P; c++) {
      const double d = (double)x[s * C + c] - *mean;
      total += d * d - d * 0;  // infinite d: NaN
    }
  *squares = total;
}

// row (4, C): what is kept of image n, for each channel that of its group.
MG_INLINE void spread(float* row, const float* kept, int64_t n, int64_t R, int64_t G, int64_t C) {
  const int64_t P = C / G;
  for (int i = 0; i < kKept; i++)
    for (int64_t c = 0; c < C; c++) row[i * C + c] = kept[i * R + n * G + c / P];
}

// W channels of a row, normalised.
template <class T> MG_INLINE typename T::F xhat(const float* x, const float* row, int64_t C, int64_t c) {
  const auto centred = T::read(x + c) * T::read(row + kScale * C + c) - T::read(row + kCentre * C + c);
  return (centred - T::read(row + kRest * C + c)) * T::read(row + kSlope * C + c);
}

}  // namespace

Status group_norm_last(float* y, float* kept, const float* x, const float* gamma, const float* beta, int64_t N, int64_t C,
                       int64_t S, int64_t G, double eps) {
  const int64_t R = N * G, P = C / G;
  Status status = kDone;
  Status* const missing = &status;
  in_parts(N, 1, 0.5 * (double)(S * C), [=](int64_t first, int64_t end) {
    const Room room = room_for(C, missing);
    if (!room.part) return;
    const double* const means = room.totals;  // and squares
    float* const row = room.row;
    for (int64_t n = first; n < end; n++) {
      const float* const in = x + n * S * C;
      channel_moments(room, in, S, C);
      for (int64_t k = 0; k < G; k++) {
        double mean = 0, squares = 0;
        for (int64_t c = k * P; c < (k + 1) * P; c++) mean += means[c] - means[k * P];
        mean = means[k * P] + mean / (double)P;
        for (int64_t c = k * P; c < (k + 1) * P; c++) {
          const double d = means[c] - mean;
          squares += means[C + c] + (double)S * d * d;
        }
        if (!(squares < (double)__builtin_inff())) group_in_double(&mean, &squares, in + k * P, S, C, P);
        const double variance = squares / (double)(P * S);
        keep(kept, R, n * G + k, mean, 1 / __builtin_sqrt(variance + eps), scale_for(variance));
      }
      spread(row, kept, n, R, G, C);
      float* const out = y + n * S * C;
      for (int64_t s = 0; s < S; s++)
        for_channels(C, [=](auto lanes, int64_t c) {
          typedef decltype(lanes) T;
          T::write(out + s * C + c, xhat<T>(in + s * C, row, C, c) * T::read(gamma + c) + T::read(beta + c));
        });
    }
  });
  return status;
}

Status group_norm_last_backward(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma,
                                const float* kept, int64_t N, int64_t C, int64_t S, int64_t G) {
  const int64_t R = N * G, P = C / G;
  Status status = kDone;
  Status* const missing = &status;
  float* const partial = workspace(kPartial, 2 * N * C, &status);  // (N, 2, C): sum g, sum g xhat
  if (status.missing) return status;
  in_parts(N, 1, 0.6 * (double)(S * C), [=](int64_t first, int64_t end) {
    const Room room = room_for(C, missing);
    if (!room.part) return;
    const double* const sums = room.totals;
    float *const row = room.row, *const mean = row + kKept * C, *const along = mean + C;
    for (int64_t n = first; n < end; n++) {
      const float *const in = x + n * S * C, *const incoming = g + n * S * C;
      float* const out = gx + n * S * C;
      spread(row, kept, n, R, G, C);
      sum_channels<2>(room, S, C, [=](auto lanes, int64_t s, int64_t c, auto* t) {
        t[0] = lanes.read(incoming + s * C + c);
        t[1] = t[0] * xhat<decltype(lanes)>(in + s * C, row, C, c);
      });
      for (int64_t i = 0; i < 2 * C; i++) partial[2 * n * C + i] = (float)sums[i];
      for (int64_t k = 0; k < G; k++) {
        double total[2] = {0, 0};
        for (int64_t c = k * P; c < (k + 1) * P; c++)
          for (int t = 0; t < 2; t++) total[t] += (double)gamma[c] * sums[t * C + c];
        for (int64_t c = k * P; c < (k + 1) * P; c++) {
          mean[c] = (float)(total[0] / (double)(P * S));
          along[c] = (float)(total[1] / (double)(P * S));
        }
      }
      for (int64_t s = 0; s < S; s++)
        for_channels(C, [=](auto lanes, int64_t c) {
          typedef decltype(lanes) T;
          const auto less = T::read(mean + c) + xhat<T>(in + s * C, row, C, c) * T::read(along + c);
          const auto rstd = T::read(row + kSlope * C + c) * T::read(row + kScale * C + c);
          T::write(out + s * C + c, (T::read(incoming + s * C + c) * T::read(gamma + c) - less) * rstd);
        });
    }
  });
  if (status.missing) return status;
  for (int64_t c = 0; c < C; c++) {
    double sum = 0, product = 0;
    for (int64_t n = 0; n < N; n++) {
      sum += (double)partial[2 * n * C + c];
      product += (double)partial[(2 * n + 1) * C + c];
    }
    gbeta[c] = (float)sum;
    ggamma[c] = (float)product;
  }
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
