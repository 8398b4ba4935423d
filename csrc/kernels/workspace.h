// Scratch for a kernel, and how the lack of it is reported.
#pragma once
#include "kernels.h"
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

}  // namespace MG_ISA
}  // namespace mg
