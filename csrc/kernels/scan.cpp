// Running sums, products and extremes along the middle axis of an array (A, N, C). The running number is a double, so that
// a long row is as right at its end as at its beginning.
#include "kernels/parts.h"
#include "kernels/vmath.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr double kCost = 0.6;     // nanoseconds for an element
constexpr double kLog = 3;        // the same with exponentials and a logarithm
constexpr int64_t kWidth = 64;    // columns at a time
constexpr int64_t kBlock = 8192;  // elements of a long row that are summed apart

// y[i] = s, s = op(s, i), for `count` places i, `step` apart, in each of W runs that begin at `begin[k]`: their steps
// are independent, so that they overlap.
template <int W, class S, class Op>
MG_INLINE void runs(float* y, const int64_t* begin, int64_t count, int64_t step, const S* start, const Op& op) {
  S s[W];
  MG_UNROLL for (int k = 0; k < W; k++) s[k] = start[k];
  for (int64_t i = 0; i < count; i++) MG_UNROLL for (int k = 0; k < W; k++) {
      const int64_t at = begin[k] + i * step;
      s[k] = op(s[k], at);
      y[at] = (float)s[k];
    }
}

template <class S, class Op>
MG_INLINE void scan(float* y, int64_t A, int64_t N, int64_t C, bool reverse, S start, const Op& op) {
  const int64_t step = reverse ? -C : C, origin = reverse ? (N - 1) * C : 0;
  if (C == 1) {
    in_parts(A, rows_per_part(N), (double)N * kCost, [=](int64_t first, int64_t last) {
      const S starts[4] = {start, start, start, start};
      int64_t r = first;
      for (; r + 4 <= last; r += 4) {
        const int64_t b = origin + r * N, begin[4] = {b, b + N, b + 2 * N, b + 3 * N};
        runs<4>(y, begin, N, step, starts, op);
      }
      for (; r < last; r++) {
        const int64_t begin = origin + r * N;
        runs<1>(y, &begin, N, step, &start, op);
      }
    });
    return;
  }
  const int64_t chunks = (C + kWidth - 1) / kWidth, width = C < kWidth ? C : kWidth;
  in_parts(A * chunks, rows_per_part(N * width), (double)(N * width) * kCost, [=](int64_t first, int64_t last) {
    S s[kWidth];
    for (int64_t part = first; part < last; part++) {
      const int64_t from = part % chunks * kWidth, n = C - from < kWidth ? C - from : kWidth;
      int64_t at = part / chunks * N * C + from + origin;
      for (int64_t c = 0; c < n; c++) s[c] = start;
      for (int64_t i = 0; i < N; i++, at += step)
        for (int64_t c = 0; c < n; c++) {
          s[c] = op(s[c], at + c);
          y[at + c] = (float)s[c];
        }
    }
  });
}

typedef double vd __attribute__((vector_size(8 * MG_LANES)));

MG_INLINE double sum_of_block(const float* a, int64_t n) {
  vd s[2] = {vd{}, vd{}};
  int64_t i = 0;
  for (; i + 2 * L <= n; i += 2 * L)
    MG_UNROLL for (int k = 0; k < 2; k++) s[k] += __builtin_convertvector(load(a + i + k * L), vd);
  const vd both = s[0] + s[1];
  double total = 0;
  for (int k = 0; k < L; k++) total += both[k];
  for (; i < n; i++) total += (double)a[i];
  return total;
}

// One long row: the sums of its blocks first, then every block from what stands before it, four at a time.
Status cumsum_of_row(float* y, const float* a, int64_t N, bool reverse) {
  const int64_t blocks = (N + kBlock - 1) / kBlock;
  Status status = kDone;
  double* before = workspace_of<double>(kPartial, blocks, &status);
  if (!before) return status;
  const auto length = [=](int64_t b) { return b + 1 < blocks ? kBlock : N - b * kBlock; };
  in_parts(blocks, 4, (double)kBlock * 0.1, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++)
      before[b] = sum_of_block(a + (reverse ? N - b * kBlock - length(b) : b * kBlock), length(b));
  });
  double sum = 0;
  for (int64_t b = 0; b < blocks; b++) {
    const double own = before[b];
    before[b] = sum;
    sum += own;
  }
  const auto op = [=](double s, int64_t i) { return s + (double)a[i]; };
  in_parts((blocks + 3) / 4, 1, (double)(4 * kBlock) * kCost, [=](int64_t group, int64_t) {
    const int64_t first = group * 4, step = reverse ? -1 : 1;
    int64_t begin[4];
    for (int64_t k = 0; k < 4; k++) begin[k] = reverse ? N - 1 - (first + k) * kBlock : (first + k) * kBlock;
    if (first + 4 < blocks) return runs<4>(y, begin, kBlock, step, before + first, op);
    for (int64_t b = first; b < blocks; b++) runs<1>(y, begin + (b - first), length(b), step, before + b, op);
  });
  return kDone;
}

MG_INLINE vf finite(vf m) { return select(abs_of(m) < kInfinity, m, vf{}); }

// logcumsumexp (below) of one row, a block at a time: the largest so far, then exponentials, sums and logarithms.
MG_INLINE void log_of_sums(float* y, const float* a, int64_t n) {
  constexpr int64_t kRun = 512;
  float shift[kRun], term[kRun];
  float largest = -kInfinity, before = 0;
  double sum = 0;
  for (int64_t from = 0; from < n; from += kRun) {
    const int64_t count = n - from < kRun ? n - from : kRun;
    for (int64_t i = 0; i < count; i++) {
      const float x = a[from + i];
      largest = largest >= x || largest != largest ? largest : x;
      shift[i] = largest > -kInfinity && largest < kInfinity ? largest : 0;
    }
    for (int64_t i = 0; i < count; i += L) {
      const int64_t some = count - i < L ? count - i : L;
      store_some(term + i, exp_of(load_some(a + from + i, some) - load_some(shift + i, some)), some);
    }
    for (int64_t i = 0; i < count; i++) {
      if (shift[i] != before) {
        sum *= exp_of(smaller(splat(before - shift[i]), vf{}))[0];
        before = shift[i];
      }
      sum += term[i];
      term[i] = (float)sum;
    }
    for (int64_t i = 0; i < count; i += L) {
      const int64_t some = count - i < L ? count - i : L;
      store_some(y + from + i, load_some(shift + i, some) + log_of(load_some(term + i, some)), some);
    }
  }
}

}  // namespace

Status cumsum(float* y, const float* a, int64_t A, int64_t N, int64_t C, bool reverse) {
  if (C == 1 && A < 4 && N >= 4 * kBlock) {
    Status status = kDone;
    for (int64_t r = 0; r < A && !status.missing; r++) status = cumsum_of_row(y + r * N, a + r * N, N, reverse);
    return status;
  }
  scan(y, A, N, C, reverse, 0.0, [=](double s, int64_t i) { return s + (double)a[i]; });
  return kDone;
}

Status cumprod(float* y, const float* a, int64_t A, int64_t N, int64_t C, bool reverse) {
  scan(y, A, N, C, reverse, 1.0, [=](double s, int64_t i) { return s * (double)a[i]; });
  return kDone;
}

// NaN stays.
Status cummax(float* y, const float* a, int64_t A, int64_t N, int64_t C) {
  scan(y, A, N, C, false, -kInfinity, [=](float s, int64_t i) { return s >= a[i] || s != s ? s : a[i]; });
  return kDone;
}

Status cummin(float* y, const float* a, int64_t A, int64_t N, int64_t C) {
  scan(y, A, N, C, false, kInfinity, [=](float s, int64_t i) { return s <= a[i] || s != s ? s : a[i]; });
  return kDone;
}

// log(exp(a[0]) + ... + exp(a[i])) = m + log(s) with m the largest so far and s the sum of exp(a - m), which is multiplied by
// exp(m before - m) where m grows. An infinite m is not taken off (0 is): the sum is then 0 or infinite,
// and so is its logarithm; going from 0 to a negative m multiplies a sum of 0, by 1 then.
Status logcumsumexp(float* y, const float* a, int64_t A, int64_t N, int64_t C) {
  if (C == 1) {
    in_parts(A, rows_per_part(N), (double)N * kLog, [=](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; r++) log_of_sums(y + r * N, a + r * N, N);
    });
    return kDone;
  }
  const int64_t groups = (C + L - 1) / L, width = C < L ? C : L;
  in_parts(A * groups, rows_per_part(N * width), (double)(N * width) * kLog, [=](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      const int64_t c = part % groups * L, n = C - c < L ? C - c : L;
      int64_t at = part / groups * N * C + c;
      vf largest = splat(-kInfinity), shift = vf{};
      vd sum = vd{};
      for (int64_t i = 0; i < N; i++, at += C) {
        const vf x = load_some(a + at, n);
        largest = maximum_of(largest, x);
        const vf before = shift;
        shift = finite(largest);
        const vd factor = __builtin_convertvector(exp_of(smaller(before - shift, vf{})), vd);
        sum = sum * factor + __builtin_convertvector(exp_of(x - shift), vd);
        store_some(y + at, shift + log_of(__builtin_convertvector(sum, vf)), n);
      }
    }
  });
  return kDone;
}

Status recurrence(float* y, const float* b, const float* c, int64_t A, int64_t N, int64_t C, bool reverse) {
  scan(y, A, N, C, reverse, 0.0,
       [=](double s, int64_t i) { return (double)b[i] + (s == 0.0 ? 0.0 : s * (double)c[i]); });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
