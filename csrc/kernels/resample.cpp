// Sums of weighted places along the middle axis: x (A, I, B) -> y (A, O, B), y[a, o, b] = sum over k of weight[o, k]
// x[a, index[o, k], b]. A weight of 0 picks nothing. Interpolation, adaptive means, and the adjoints of both are such sums.
//
// Vectors run along B. Where that is 1, L rows at a time are transposed, and their numbers stand side by side.
#include "arguments.h"
#include "kernels/lanes.h"
#include "kernels/pack.h"
#include "kernels/parts.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

struct Taps {
  const int64_t* index;
  const float* weight;
  int64_t K;
};

// y (B) = the sum for one o, x (I, B).
MG_INLINE void one_place(float* y, const float* x, const Taps& at, int64_t o, int64_t B) {
  const int64_t* const index = at.index + o * at.K;
  const float* const weight = at.weight + o * at.K;
  const int64_t K = at.K;
  for_channels(B, [=](auto lanes, int64_t b) {
    typedef decltype(lanes) T;
    typename T::F sum = {};
    for (int64_t k = 0; k < K; k++)
      if (weight[k] != 0) sum += T::read(x + index[k] * B + b) * weight[k];
    T::write(y + b, sum);
  });
}

// Another thread may write over an index: what is checked is what is used.
int64_t checked(int64_t* to, const int64_t* index, int64_t n, int64_t I) {
  for (int64_t i = 0; i < n; i++) {
    to[i] = read_once(index + i);
    if ((uint64_t)to[i] >= (uint64_t)I) return i + 1;
  }
  return 0;
}

}  // namespace

Status resample(float* y, const float* x, const int64_t* index, const float* weight, int64_t A, int64_t I, int64_t O, int64_t B,
                int64_t K) {
  Status status = kDone;
  int64_t* const places = workspace_of<int64_t>(kSpare1, O * K, &status);
  if (status.missing) return status;
  status.bad = checked(places, index, O * K, I);
  if (status.bad) return status;
  const Taps at = {places, weight, K};
  const double cost = 0.1 + 0.1 * (double)K;  // nanoseconds for a number
  if (B > 1) {
    in_parts(A * O, rows_per_part(B * K), cost * (double)B, [=](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; i++) one_place(y + i * B, x + i / O * I * B, at, i % O, B);
    });
    return kDone;
  }
  Status* const missing = &status;
  const int64_t bundles = A / L;
  in_parts(bundles, rows_per_part((I + O * K) * L), cost * (double)((I + O) * L), [=](int64_t first, int64_t end) {
    float* const columns = workspace(kPackA, (I + O) * L, missing);  // (I, L), and behind it (O, L)
    if (!columns) return;
    for (int64_t bundle = first; bundle < end; bundle++) {
      transpose(columns, L, x + bundle * L * I, I, L, I);
      for (int64_t o = 0; o < O; o++) one_place(columns + (I + o) * L, columns, at, o, L);
      transpose(y + bundle * L * O, O, columns + I * L, L, O, L);
    }
  });
  if (status.missing) return status;
  for (int64_t a = bundles * L; a < A; a++)
    for (int64_t o = 0; o < O; o++) one_place(y + a * O + o, x + a * I, at, o, 1);
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
