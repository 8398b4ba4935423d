// The losses over the rows of z (R, C), and how many of them find their target.
#include "costs.h"
#include "kernels/rows.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

Status sum_all(float* y, const float* a, int64_t n);                                // reduce.cpp
Status argmax_rows(int64_t* y, const float* a, int64_t R, int64_t C);

namespace {

// The first of R classes that is not 0 .. C - 1, counted from 1; or 0.
int64_t bad_class(const int64_t* classes, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++)
    if ((uint64_t)read_once(classes + r) >= (uint64_t)C) return r + 1;
  return 0;
}

void losses_of_rows(float* rows, float* p, const float* z, const int64_t* classes, const float* dense, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const zr = z + r * C;
    const MaxAndSum row = softmax_row(p + r * C, zr, C);
    const float m = row.max, log_sum = logf(row.sum);
    if (classes) {
      const int64_t c = read_once(classes + r);
      rows[r] = (uint64_t)c < (uint64_t)C ? log_sum - (zr[c] - m) : __builtin_nanf("");
      return;
    }
    const float* const t = dense + r * C;
    rows[r] = -sum_over_row(
        C, [=](int64_t i) { return product(load(t + i), (load(zr + i) - m) - log_sum); },
        [=](int64_t i, int64_t left) {  // a lane past the end has a weight of 0
          return product(load_some(t + i, left), (load_some(zr + i, left) - m) - log_sum);
        });
  });
}

}  // namespace

Status cross_entropy(float* loss, float* p, const float* z, const int64_t* classes, const float* dense, int64_t R, int64_t C,
                     Reduction reduction) {
  Status status = kDone;
  if (classes) status.bad = bad_class(classes, R, C);
  if (status.bad) return status;
  if (reduction == kNone) return losses_of_rows(loss, p, z, classes, dense, R, C), kDone;
  float* rows = workspace(kSpare1, R, &status);  // sum_all has need of another
  if (!rows) return status;
  losses_of_rows(rows, p, z, classes, dense, R, C);
  status = sum_all(loss, rows, R);
  if (reduction == kMean) *loss *= 1.0f / (float)R;
  return status;
}

Status cross_entropy_backward(float* gz, const float* g, int64_t gs, float scale, const float* p, const int64_t* classes,
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
      FOR_ROW(C, i, store(out + i, product(weight, load(pr + i))),
              store_some(out + i, product(weight, load_some(pr + i, left)), left))
      out[c] = product(factor, pr[c] - 1.0f);
      return;
    }
    const float* const t = dense + r * C;
    const vf sum = splat(total(t, C)), weight = splat(factor);
    FOR_ROW(C, i, store(out + i, product(weight, product(sum, load(pr + i)) - load(t + i))),
            store_some(out + i, product(weight, product(sum, load_some(pr + i, left)) - load_some(t + i, left)), left))
  });
  return kDone;
}

Status count_correct(int64_t* count, const float* z, const int64_t* classes, const float* dense, int64_t R, int64_t C) {
  Status status = kDone;
  int64_t* found = workspace_of<int64_t>(kSpare1, R, &status);
  int64_t* wanted = dense ? workspace_of<int64_t>(kSpare2, R, &status) : nullptr;
  if (status.missing) return status;
  status = argmax_rows(found, z, R, C);
  if (dense) status = argmax_rows(wanted, dense, R, C);
  int64_t correct = 0;
  for (int64_t r = 0; r < R; r++) correct += found[r] == (dense ? wanted[r] : read_once(classes + r));
  *count = correct;
  return status;
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
  return sum_of_parts(result, n, kEasy,
                      [=](int64_t first, int64_t last) { return squares_range(a + first, b + first, last - first); });
}

Status mse_backward(float* ga, const float* g, float scale, const float* a, const float* b, int64_t n) {
  const float incoming = *g, factor = incoming * scale;
  if (incoming == 0) {  // nothing goes out, also where a - b is infinite
    memset(ga, 0, (size_t)n * 4);
    return kDone;
  }
  in_parts(n, kGrain, kEasy, [=](int64_t first, int64_t last) {
    int64_t i = first;
    for (; i + L <= last; i += L) store(ga + i, (load(a + i) - load(b + i)) * factor);
    if (i < last) store_some(ga + i, (load_some(a + i, last - i) - load_some(b + i, last - i)) * factor, last - i);
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
