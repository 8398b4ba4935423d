// The norm of many arrays, and what holds them to one. What each one means stands in reference/clip.py.
#include "costs.h"
#include "kernels/steps.h"
#include "kernels/workspace.h"

extern "C" double sqrt(double) noexcept;

namespace mg {
namespace MG_ISA {

namespace {

// The sum of term(a) over 2048 numbers at most; four vectors at once, so that additions do not wait for one another.
template <class F> MG_INLINE float sum_block(const float* a, int64_t n, const F& term) {
  vf s[4] = {};
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L)
    for (int j = 0; j < 4; j++) s[j] += term(load(a + i + j * L));
  for (; i + L <= n; i += L) s[0] += term(load(a + i));
  if (i < n) s[1] += term(load_some(a + i, n - i));
  return sum_of_lanes((s[0] + s[1]) + (s[2] + s[3]));
}

template <class F> MG_INLINE float sum_range(const float* a, int64_t n, const F& term) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += 2048) sum += sum_block(a + i, n - i < 2048 ? n - i : 2048, term);
  return (float)sum;
}

// The largest magnitude, NaN if there is one.
float largest_of(const float* a, int64_t n) {
  vf most = {};
  int64_t i = 0;
  for (; i + L <= n; i += L) most = maximum_of(abs_of(load(a + i)), most);
  if (i < n) most = maximum_of(abs_of(load_some(a + i, n - i)), most);
  for (int j = 0; j < L; j++)
    if (most[j] != most[j]) return most[j];
  return max_of_lanes(most);
}

}  // namespace

Status power_sum(float* y, const float* a, int64_t n, int order) {
  if (order == 0) {
    *y = largest_of(a, n);
    return kDone;
  }
  if (order == 1)
    return sum_of_parts(y, n, kEasy, [=](int64_t first, int64_t last) {
      return sum_range(a + first, last - first, [](vf x) { return abs_of(x); });
    });
  return sum_of_parts(
      y, n, kEasy, [=](int64_t first, int64_t last) { return sum_range(a + first, last - first, [](vf x) { return x * x; }); });
}

Status norm_of_sums(float* y, const float* sums, int64_t N, int order) {
  if (order == 0) {
    *y = largest_of(sums, N);
    return kDone;
  }
  double total = 0;
  for (int64_t i = 0; i < N; i++) total += sums[i];
  *y = (float)(order == 1 ? total : sqrt((double)(float)total));
  return kDone;
}

Status scale_to_norm(Parameters all, const float* norm, double largest) {
  const float over = (float)largest / (*norm + 1e-6f), factor = over > 1 ? 1 : over;
  for (int k = 0; k < all.count; k++) {
    float* const p = all.of[k].p;
    each_vector(all.of[k].n, kEasy,
                [=](auto as, int64_t i, int64_t left) { as.write(p + i, as.read(p + i, left) * factor, left); });
  }
  return kDone;
}

Status clip_all(Parameters all, float bound) {
  for (int k = 0; k < all.count; k++) {
    float* const p = all.of[k].p;
    each_vector(all.of[k].n, kEasy, [=](auto as, int64_t i, int64_t left) {
      as.write(p + i, minimum_of(maximum_of(as.read(p + i, left), splat(-bound)), splat(bound)), left);
    });
  }
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
