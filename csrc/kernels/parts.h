// Cutting long vectors and many rows into parts for parallel_for: by size alone, never by the number of threads, so that
// results do not depend on it. Included by the files compiled per instruction set.
#pragma once
#include "runtime/threads.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

constexpr int64_t kGrain = 32768;  // elements in a part, where they are computed one by one

// Calls f(first, last) for the pieces of 0 .. n - 1, each of `grain` items; the whole takes about n * nanoseconds / 1000 us.
template <class F>
MG_INLINE void in_parts(int64_t n, int64_t grain, double nanoseconds, const F& f) {
  if (n <= grain) {
    if (n > 0) f((int64_t)0, n);
    return;
  }
  struct Context {
    const F* f;
    int64_t n, grain;
  } context{&f, n, grain};
  parallel_for((n + grain - 1) / grain, (double)n * nanoseconds * 1e-3,
               [](void* c, int64_t part) {
                 const Context& x = *(const Context*)c;
                 const int64_t first = part * x.grain, end = first + x.grain;
                 (*x.f)(first, end < x.n ? end : x.n);
               },
               &context);
}

// Rows in parts of about 16384 elements.
MG_INLINE int64_t rows_per_part(int64_t row) { return row >= 16384 ? 1 : 16384 / (row > 0 ? row : 1); }

}  // namespace MG_ISA
}  // namespace mg
