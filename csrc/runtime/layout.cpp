// See layout.h. Axes that run on in both arrays are merged; then small tiles of the two innermost axes, the one that is
// contiguous in `to` and the one that is contiguous in `from`, are copied one after another.
#include "runtime/layout.h"

#include <string.h>

#include "runtime/threads.h"

namespace mg {
namespace {

constexpr int64_t kTile = 32;

struct Axis {
  int64_t n, to, from;
};

struct Plan {
  float* to;
  const float* from;
  Axis inner, other;     // inner: the smallest stride of `to`; other: the smallest of `from` (n = 1 if it is inner too)
  Axis outer[kMaxAxes];
  int outers;
};

void copy_tile(const Plan& p, float* to, const float* from, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    float* t = to + r * p.other.to;
    const float* f = from + r * p.other.from;
    if (p.inner.to == 1 && p.inner.from == 1)
      memcpy(t, f, (size_t)columns * sizeof(float));
    else if (p.inner.to == 1)
      for (int64_t c = 0; c < columns; c++) t[c] = f[c * p.inner.from];
    else
      for (int64_t c = 0; c < columns; c++) t[c * p.inner.to] = f[c * p.inner.from];
  }
}

void copy_plane(const Plan& p, int64_t plane) {
  float* to = p.to;
  const float* from = p.from;
  for (int i = p.outers - 1; i >= 0; i--) {
    const int64_t k = plane % p.outer[i].n;
    plane /= p.outer[i].n;
    to += k * p.outer[i].to;
    from += k * p.outer[i].from;
  }
  if (p.other.n == 1) return copy_tile(p, to, from, 1, p.inner.n);
  for (int64_t r = 0; r < p.other.n; r += kTile)
    for (int64_t c = 0; c < p.inner.n; c += kTile)
      copy_tile(p, to + r * p.other.to + c * p.inner.to, from + r * p.other.from + c * p.inner.from,
                p.other.n - r < kTile ? p.other.n - r : kTile, p.inner.n - c < kTile ? p.inner.n - c : kTile);
}

int64_t size_of(int64_t stride) { return stride < 0 ? -stride : stride; }

}  // namespace

void copy_floats(float* to, const int64_t* to_strides, const float* from, const int64_t* from_strides, int axes,
                 const int64_t* shape) {
  Axis list[kMaxAxes + 1];
  int count = 0;
  int64_t total = 1;
  for (int i = 0; i < axes; i++) {
    total *= shape[i];
    if (shape[i] == 1) continue;
    const Axis axis{shape[i], to_strides[i], from_strides[i]};
    if (count && list[count - 1].to == axis.n * axis.to && list[count - 1].from == axis.n * axis.from)
      list[count - 1] = Axis{list[count - 1].n * axis.n, axis.to, axis.from};
    else
      list[count++] = axis;
  }
  if (total == 0) return;
  if (count == 0) list[count++] = Axis{1, 1, 1};
  int inner = 0, other = 0;
  for (int i = 1; i < count; i++) {
    if (list[i].to <= list[inner].to) inner = i;
    if (size_of(list[i].from) <= size_of(list[other].from)) other = i;
  }
  Plan plan{to, from, list[inner], other == inner ? Axis{1, 0, 0} : list[other], {}, 0};
  int64_t planes = 1;
  for (int i = 0; i < count; i++)
    if (i != inner && i != other) {
      plan.outer[plan.outers++] = list[i];
      planes *= list[i].n;
    }
  parallel_for(
      planes, (double)total * 5e-4, [](void* p, int64_t plane) { copy_plane(*(const Plan*)p, plane); }, &plan);
}

}  // namespace mg
