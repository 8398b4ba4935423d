// Products and variances. They are added and multiplied in an order fixed by the shape: blocks of 2048 elements, gathered in
// double.
#include "kernels/parts.h"
#include "kernels/vmath.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

// Half a vector of floats, H of them, as doubles: they fill one register.
constexpr int H = L / 2;
typedef double vd __attribute__((vector_size(8 * H)));
MG_INLINE vd wide(const float* p) {
  float v __attribute__((vector_size(4 * H)));
  memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, vd);
}

constexpr int64_t kBlock = 2048;  // elements
constexpr double kCost = 0.2;     // nanoseconds for an element

// The product of n numbers, in double: it overflows only where hundreds of digits would be needed on the way.
MG_INLINE double product_range(const float* a, int64_t n) {
  vd p[8];
  MG_UNROLL for (int k = 0; k < 8; k++) p[k] = vd{} + 1.0;
  int64_t i = 0;
  for (; i + 8 * H <= n; i += 8 * H) MG_UNROLL for (int k = 0; k < 8; k++) p[k] *= wide(a + i + k * H);
  for (; i + H <= n; i += H) p[0] *= wide(a + i);
  const vd all = ((p[0] * p[1]) * (p[2] * p[3])) * ((p[4] * p[5]) * (p[6] * p[7]));
  double total = 1;
  for (int k = 0; k < H; k++) total *= all[k];
  for (; i < n; i++) total *= (double)a[i];
  return total;
}

constexpr int64_t kShort = 128;  // elements of a row, at most, of which eight are multiplied at a time

MG_INLINE void eight_products(float* y, const float* a, int64_t C) {
  double p[8];
  MG_UNROLL for (int k = 0; k < 8; k++) p[k] = 1;
  for (int64_t i = 0; i < C; i++) MG_UNROLL for (int k = 0; k < 8; k++) p[k] *= (double)a[k * C + i];
  MG_UNROLL for (int k = 0; k < 8; k++) y[k] = (float)p[k];
}

// The sums of x - shift and of (x - shift)^2.
struct Moments { double first, second; };

MG_INLINE Moments moments_of_block(const float* a, int64_t n, float shift) {
  vf s[4], q[4];
  MG_UNROLL for (int k = 0; k < 4; k++) s[k] = q[k] = vf{};
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) MG_UNROLL for (int k = 0; k < 4; k++) {
      const vf d = load(a + i + k * L) - shift;
      s[k] += d;
      q[k] += d * d;
    }
  for (; i + L <= n; i += L) {
    const vf d = load(a + i) - shift;
    s[0] += d;
    q[0] += d * d;
  }
  if (i < n) {
    const vf d = load_some(a + i, n - i, shift) - shift;
    s[1] += d;
    q[1] += select(lane_numbers() < (int32_t)(n - i), d * d, vf{});  // an infinite shift minus itself is NaN
  }
  return {(double)sum_of_lanes((s[0] + s[1]) + (s[2] + s[3])), (double)sum_of_lanes((q[0] + q[1]) + (q[2] + q[3]))};
}

MG_INLINE Moments moments_of_range(const float* a, int64_t n, float shift) {
  Moments total = {0, 0};
  for (int64_t i = 0; i < n; i += kBlock) {
    const Moments m = moments_of_block(a + i, n - i < kBlock ? n - i : kBlock, shift);
    total.first += m.first;
    total.second += m.second;
  }
  return total;
}

// The mean is found from a number of the row on, so that it is exact where all are equal. It rounds; what that adds to the
// squares is taken off again.
MG_INLINE float variance(Moments about_mean, int64_t n, double divisor) {
  const double sum = about_mean.second - about_mean.first * about_mean.first / (double)n;
  return (float)((sum < 0 ? 0 : sum) / divisor);
}

}  // namespace

Status prod_rows(float* y, const float* a, int64_t R, int64_t C) {
  if (R > 1 || C <= kGrain) {
    in_parts(R, rows_per_part(C), (double)C * kCost + 5, [=](int64_t first, int64_t last) {
      int64_t r = first;
      if (C <= kShort)
        for (; r + 8 <= last; r += 8) eight_products(y + r, a + r * C, C);
      for (; r < last; r++) y[r] = (float)product_range(a + r * C, C);
    });
    return kDone;
  }
  const int64_t parts = (C + kGrain - 1) / kGrain;
  Status status = kDone;
  double* partial = workspace_of<double>(kPartial, parts, &status);
  if (!partial) return status;
  in_parts(C, kGrain, kCost, [=](int64_t first, int64_t last) { partial[first / kGrain] = product_range(a + first, last - first); });
  double total = 1;
  for (int64_t i = 0; i < parts; i++) total *= partial[i];
  *y = (float)total;
  return kDone;
}

Status prod_columns(float* y, const float* a, int64_t R, int64_t C) {
  constexpr int64_t width = 64;
  in_parts((C + width - 1) / width, 1, (double)(R * width) * kCost, [=](int64_t part, int64_t) {
    const int64_t from = part * width, n = C - from < width ? C - from : width;
    double p[width];
    for (int64_t c = 0; c < n; c++) p[c] = 1;
    for (int64_t r = 0; r < R; r++)
      for (int64_t c = 0; c < n; c++) p[c] *= (double)a[r * C + from + c];
    for (int64_t c = 0; c < n; c++) y[from + c] = (float)p[c];
  });
  return kDone;
}

Status var_rows(float* y, const float* a, int64_t R, int64_t C, double divisor) {
  if (R > 1 || C <= kGrain) {
    in_parts(R, rows_per_part(C), (double)C * 2 * kCost + 10, [=](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; r++) {
        const float* row = a + r * C;
        const float mean = row[0] + (float)(moments_of_range(row, C, row[0]).first / (double)C);
        y[r] = variance(moments_of_range(row, C, mean), C, divisor);
      }
    });
    return kDone;
  }
  const int64_t parts = (C + kGrain - 1) / kGrain;
  Status status = kDone;
  Moments* partial = workspace_of<Moments>(kPartial, parts, &status);
  if (!partial) return status;
  const auto gathered = [=](float shift) {
    in_parts(C, kGrain, kCost, [=](int64_t first, int64_t last) {
      partial[first / kGrain] = moments_of_range(a + first, last - first, shift);
    });
    Moments total = {0, 0};
    for (int64_t i = 0; i < parts; i++) total.first += partial[i].first, total.second += partial[i].second;
    return total;
  };
  const float first = a[0];
  *y = variance(gathered(first + (float)(gathered(first).first / (double)C)), C, divisor);
  return kDone;
}

Status var_columns(float* y, const float* a, int64_t R, int64_t C, double divisor) {
  constexpr int64_t width = 32;
  in_parts((C + width - 1) / width, 1, (double)(R * width) * 3 * kCost, [=](int64_t part, int64_t) {
    const int64_t from = part * width, n = C - from < width ? C - from : width;
    double s[width] = {}, q[width] = {};
    float mean[width];
    for (int64_t r = 0; r < R; r++)
      for (int64_t c = 0; c < n; c++) s[c] += (double)(a[r * C + from + c] - a[from + c]);
    for (int64_t c = 0; c < n; c++) mean[c] = a[from + c] + (float)(s[c] / (double)R), s[c] = 0;
    for (int64_t r = 0; r < R; r++)
      for (int64_t c = 0; c < n; c++) {
        const double d = (double)(a[r * C + from + c] - mean[c]);
        s[c] += d;
        q[c] += d * d;
      }
    for (int64_t c = 0; c < n; c++) y[from + c] = variance({s[c], q[c]}, R, divisor);
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
