// Softmax, log-softmax and the losses over the rows of z (R, C). A row's largest finite entry is taken off first, so that
// exponentials stay in range; a row whose largest is not finite is left as it is, as in the reference.
#include "kernels.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"
#include "kernels/workspace.h"

// The C library's scalar logarithm, for one number per row.
extern "C" float logf(float) noexcept;

namespace mg {
namespace MG_ISA {

namespace {

constexpr double kCost = 0.8;  // nanoseconds for an element

// Over the whole vectors of a row of C, then its tail of `left` elements.
#define FOR_ROW(C, i, body_full, body_tail) \
  int64_t i = 0; \
  for (; i + L <= C; i += L) { body_full; } \
  if (i < C) { const int64_t left = C - i; body_tail; }

// NaN is passed over: it makes the sum of exponentials NaN anyway.
MG_INLINE float largest(const float* z, int64_t C) {
  vf m = splat(-kInfinity);
  FOR_ROW(C, i, m = larger(load(z + i), m), m = larger(load_some(z + i, left, -kInfinity), m))
  const float top = max_of_lanes(m);
  return __builtin_fabsf(top) < kInfinity ? top : 0.0f;
}

// exp(z - m) of the first n lanes, 0 in the others. They are filled with m and cleared after: exp of -infinity is a denormal
// on its way to 0, and costs hundreds of cycles.
MG_INLINE vf exp_some(const float* z, float m, int64_t n) {
  return select(lane_numbers() < (int32_t)n, exp_of(load_some(z, n, m) - m), vf{});
}

// The sum of a row's C terms: full(i) gives those from i on, some(i, left) the last ones with zeros behind. Stretches of 64
// vectors are added up in double, so that errors do not grow with the row.
template <class Full, class Some> MG_INLINE float sum_over_row(int64_t C, const Full& full, const Some& some) {
  double total = 0;
  for (int64_t i = 0; i < C;) {
    const int64_t end = C - i > 64 * L ? i + 64 * L : C;
    vf s = vf{};
    for (; i + L <= end; i += L) s += full(i);
    if (i < end) s += some(i, end - i);
    i = end;
    total += (double)sum_of_lanes(s);
  }
  return (float)total;
}

// y = softmax(z), and what a loss needs besides: softmax = exp(z - largest) / sum.
struct Shift { float largest, sum; };

MG_INLINE Shift softmax_row(float* y, const float* z, int64_t C) {
  const float m = largest(z, C);
  if (C <= L) {  // the row stays in a register
    const vf e = C == L ? exp_of(load(z) - m) : exp_some(z, m, C);
    const float sum = sum_of_lanes(e);
    const vf p = e * (1.0f / sum);
    if (C == L)
      store(y, p);
    else
      store_some(y, p, C);
    return {m, sum};
  }
  const auto full = [=](int64_t i) {
    const vf e = exp_of(load(z + i) - m);
    store(y + i, e);
    return e;
  };
  const auto some = [=](int64_t i, int64_t left) {
    const vf e = exp_some(z + i, m, left);
    store_some(y + i, e, left);
    return e;
  };
  const float sum = sum_over_row(C, full, some), scale = 1.0f / sum;
  FOR_ROW(C, j, store(y + j, load(y + j) * scale), store_some(y + j, load_some(y + j, left) * scale, left))
  return {m, sum};
}

MG_INLINE float sum_of_exponentials(const float* z, float m, int64_t C) {
  return sum_over_row(C, [=](int64_t i) { return exp_of(load(z + i) - m); },
                      [=](int64_t i, int64_t left) { return exp_some(z + i, m, left); });
}

// a b, but 0 where a = 0, whatever b is
MG_INLINE vf picked(vf a, vf b) { return select(a == 0.0f, vf{}, a * b); }
MG_INLINE float picked(float a, float b) { return a == 0.0f ? 0.0f : a * b; }

MG_INLINE float dot(const float* a, const float* b, int64_t C) {
  return sum_over_row(C, [=](int64_t i) { return picked(load(a + i), load(b + i)); },
                      [=](int64_t i, int64_t left) { return picked(load_some(a + i, left), load_some(b + i, left)); });
}

MG_INLINE float total(const float* a, int64_t C) {
  return sum_over_row(C, [=](int64_t i) { return load(a + i); },
                      [=](int64_t i, int64_t left) { return load_some(a + i, left); });
}

template <class F>
MG_INLINE void rows_in_parts(int64_t R, int64_t C, const F& f) {
  in_parts(R, rows_per_part(C), (double)C * kCost + 30, [=](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r++) f(r);
  });
}

}  // namespace

void softmax_rows(float* y, const float* z, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) { softmax_row(y + r * C, z + r * C, C); });
}

void log_softmax_rows(float* y, const float* z, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    float* const out = y + r * C;
    const float* const in = z + r * C;
    const float m = largest(in, C), log_sum = logf(sum_of_exponentials(in, m, C));
    FOR_ROW(C, i, store(out + i, (load(in + i) - m) - log_sum),
            store_some(out + i, (load_some(in + i, left) - m) - log_sum, left))
  });
}

// gz = y (g - sum(g y))
void softmax_backward_rows(float* gz, const float* g, const float* y, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const gr = g + r * C;
    const float* const yr = y + r * C;
    float* const out = gz + r * C;
    const float s = dot(gr, yr, C);
    FOR_ROW(C, i, store(out + i, picked(load(gr + i) - s, load(yr + i))),
            store_some(out + i, picked(load_some(gr + i, left) - s, load_some(yr + i, left)), left))
  });
}

// gz = g - exp(y) sum(g)
void log_softmax_backward_rows(float* gz, const float* g, const float* y, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const gr = g + r * C;
    const float* const yr = y + r * C;
    float* const out = gz + r * C;
    const float s = total(gr, C);
    const vf sum = splat(s);
    FOR_ROW(C, i, store(out + i, load(gr + i) - picked(sum, exp_of(load(yr + i)))),
            store_some(out + i, load_some(gr + i, left) - picked(sum, exp_of(load_some(yr + i, left))), left))
  });
}

void cross_entropy(float* rows, float* p, int64_t* bad, const float* z, const int64_t* classes, const float* dense,
                   int64_t R, int64_t C) {
  *bad = -1;
  if (classes)
    for (int64_t r = 0; r < R; r++)
      if ((uint64_t)read_once(classes + r) >= (uint64_t)C) {
        *bad = r;
        return;
      }
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const zr = z + r * C;
    const Shift shift = softmax_row(p + r * C, zr, C);
    const float m = shift.largest, log_sum = logf(shift.sum);
    if (classes) {
      const int64_t c = read_once(classes + r);
      rows[r] = (uint64_t)c < (uint64_t)C ? log_sum - (zr[c] - m) : __builtin_nanf("");
      return;
    }
    const float* const t = dense + r * C;
    rows[r] = -sum_over_row(C, [=](int64_t i) { return picked(load(t + i), (load(zr + i) - m) - log_sum); },
                            [=](int64_t i, int64_t left) {  // a lane past the end has a weight of 0
      return picked(load_some(t + i, left), (load_some(zr + i, left) - m) - log_sum);
    });
  });
}

void cross_entropy_backward(float* gz, const float* g, int64_t gs, float scale, const float* p, const int64_t* classes,
                            const float* dense, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const pr = p + r * C;
    float* const out = gz + r * C;
    const float factor = g[r * gs] * scale;
    if (classes) {
      const int64_t c = read_once(classes + r);
      if ((uint64_t)c >= (uint64_t)C) {  // written over since the forward: no class has no gradient
        FOR_ROW(C, i, store(out + i, vf{}), store_some(out + i, vf{}, left))
        return;
      }
      const vf weight = splat(factor);
      FOR_ROW(C, i, store(out + i, picked(weight, load(pr + i))),
              store_some(out + i, picked(weight, load_some(pr + i, left)), left))
      out[c] = picked(factor, pr[c] - 1.0f);
      return;
    }
    const float* const t = dense + r * C;
    const vf sum = splat(total(t, C)), weight = splat(factor);
    FOR_ROW(C, i, store(out + i, picked(weight, picked(sum, load(pr + i)) - load(t + i))),
            store_some(out + i, picked(weight, picked(sum, load_some(pr + i, left)) - load_some(t + i, left)), left))
  });
}

namespace {

// n <= 2048, as in reduce.cpp
MG_INLINE float squares_block(const float* a, const float* b, int64_t n) {
  vf s[4];
  MG_UNROLL for (int k = 0; k < 4; k++) s[k] = vf{};
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) MG_UNROLL for (int k = 0; k < 4; k++) {
      const vf d = load(a + i + k * L) - load(b + i + k * L);
      s[k] += d * d;
    }
  for (; i + L <= n; i += L) {
    const vf d = load(a + i) - load(b + i);
    s[0] += d * d;
  }
  if (i < n) {
    const vf d = load_some(a + i, n - i) - load_some(b + i, n - i);
    s[1] += d * d;
  }
  return sum_of_lanes((s[0] + s[1]) + (s[2] + s[3]));
}

float squares_range(const float* a, const float* b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += 2048) sum += squares_block(a + i, b + i, n - i < 2048 ? n - i : 2048);
  return (float)sum;
}

}  // namespace

Status mse(float* result, const float* a, const float* b, int64_t n) {
  const int64_t grain = 32768, parts = (n + grain - 1) / grain;
  if (parts <= 1) {
    *result = squares_range(a, b, n);
    return kDone;
  }
  Status status = kDone;
  float* partial = workspace(kPartial, parts, &status);
  if (!partial) return status;
  in_parts(n, grain, 0.15, [=](int64_t first, int64_t last) {
    partial[first / grain] = squares_range(a + first, b + first, last - first);
  });
  double sum = 0;
  for (int64_t i = 0; i < parts; i++) sum += partial[i];
  *result = (float)sum;
  return kDone;
}

void mse_backward(float* ga, float scale, const float* a, const float* b, int64_t n) {
  in_parts(n, 32768, 0.15, [=](int64_t first, int64_t last) {
    int64_t i = first;
    for (; i + L <= last; i += L) store(ga + i, (load(a + i) - load(b + i)) * scale);
    if (i < last) store_some(ga + i, (load_some(a + i, last - i) - load_some(b + i, last - i)) * scale, last - i);
  });
}

}  // namespace MG_ISA
}  // namespace mg
