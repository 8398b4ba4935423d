// Scratch for a kernel, and how the lack of it is reported; sums of many parts, which need some.
#pragma once
#include "arguments.h"
#include "kernels/parts.h"
#include "runtime/scratch.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

// scratch(), or null and what was missing in *status, which the parts of a job may share.
MG_INLINE float* workspace(Slot slot, int64_t floats, Status* status) {
  if (floats < 1) floats = 1;
  float* p = scratch(slot, floats);
  if (!p) __atomic_store_n(&status->missing, floats * 4, __ATOMIC_RELAXED);
  return p;
}

// The same for n integers or structures.
template <class T> MG_INLINE T* workspace_of(Slot slot, int64_t n, Status* status) {
  return (T*)workspace(slot, n * (int64_t)(sizeof(T) / 4), status);
}

// *y = the sum of range(first, last) over pieces of 0 .. n - 1, added in double, in their order.
template <class F> MG_INLINE Status sum_of_parts(float* y, int64_t n, double nanoseconds, const F& range) {
  if (n <= kGrain) {
    *y = range((int64_t)0, n);
    return kDone;
  }
  const int64_t parts = (n + kGrain - 1) / kGrain;
  Status status = kDone;
  float* partial = workspace(kPartial, parts, &status);
  if (!partial) return status;
  in_parts(n, kGrain, nanoseconds, [=](int64_t first, int64_t last) { partial[first / kGrain] = range(first, last); });
  double total = 0;
  for (int64_t i = 0; i < parts; i++) total += partial[i];
  *y = (float)total;
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
