// Copies with a border of constants, and copies, also between memory orders, such as NCHW to channels-last: to[i...] = from[i...] over `shape`. Strides may be of
// any sign, or zero in `from`; `to` is dense in some order.
//
// Axes that run on in both arrays are merged; then small tiles of the two innermost axes, the one that is contiguous in `to`
// and the one that is contiguous in `from`, are copied one after another.
#include "arguments.h"
#include "kernels/pack.h"
#include "kernels/parts.h"

namespace mg {
namespace MG_ISA {
namespace {

constexpr int64_t kTile = 32;

struct Axis { int64_t n, to, from; };

struct Plan {
  float* to;
  const float* from;
  Axis inner, other;  // inner: the smallest stride of `to`; other: the smallest of `from` (n = 1 if it is inner too)
  Axis outer[kMaxAxes];
  int outers;
};

void copy_tile(const Plan& p, float* to, const float* from, int64_t rows, int64_t columns) {
  if (p.inner.to == 1 && p.other.from == 1 && rows > 1) return transpose(to, p.other.to, from, p.inner.from, columns, rows);
  for (int64_t r = 0; r < rows; r++) {
    float* t = to + r * p.other.to;
    const float* f = from + r * p.other.from;
    if (p.inner.to == 1 && p.inner.from == 1) memcpy(t, f, (size_t)columns * sizeof(float));
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

Status copy_strided(float* to, const float* from, Strided s) {
  Axis list[kMaxAxes + 1];
  int count = 0;
  int64_t total = 1;
  for (int i = 0; i < s.axes; i++) {
    total *= s.shape[i];
    if (s.shape[i] == 1) continue;
    const Axis axis{s.shape[i], s.to[i], s.from[i]};
    if (count && list[count - 1].to == axis.n * axis.to && list[count - 1].from == axis.n * axis.from)
      list[count - 1] = Axis{list[count - 1].n * axis.n, axis.to, axis.from};
    else list[count++] = axis;
  }
  if (total == 0) return kDone;
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
  parallel_for(planes, (double)total * 5e-4, [](void* p, int64_t plane) { copy_plane(*(const Plan*)p, plane); }, &plan);
  return kDone;
}

// y, dense, is `a` between constants. Axes without a border that run on are merged into the axis before them; then rows of the
// innermost axis are written one after another: nothing but the constant where an outer axis is in its border.
Status pad(float* y, const float* a, Padded s, float value) {
  Padded p = s;
  p.axes = 0;
  for (int i = 0; i < s.axes; i++) {
    const int last = p.axes - 1;
    if (last >= 0 && !s.before[i] && !s.after[i] && p.from[last] == s.shape[i] * s.from[i]) {
      p.shape[last] *= s.shape[i];
      p.before[last] *= s.shape[i];
      p.after[last] *= s.shape[i];
      p.from[last] = s.from[i];
      continue;
    }
    p.shape[p.axes] = s.shape[i];
    p.before[p.axes] = s.before[i];
    p.after[p.axes] = s.after[i];
    p.from[p.axes++] = s.from[i];
  }
  if (p.axes == 0) return kDone;
  const int inner = p.axes - 1;
  const int64_t n = p.shape[inner], before = p.before[inner], after = p.after[inner], step = p.from[inner];
  const int64_t width = before + n + after;
  int64_t rows = 1;
  for (int i = 0; i < inner; i++) rows *= p.before[i] + p.shape[i] + p.after[i];
  in_parts(rows, rows_per_part(width), (double)width * 0.15 + 5, [=](int64_t first, int64_t end) {
    int64_t place[kMaxAxes] = {};
    int64_t rest = first;
    for (int i = inner - 1; i >= 0; i--) {
      const int64_t side = p.before[i] + p.shape[i] + p.after[i];
      place[i] = rest % side;
      rest /= side;
    }
    for (int64_t row = first; row < end; row++) {
      float* __restrict to = y + row * width;
      const float* __restrict from = a;
      bool inside = true;
      for (int i = 0; i < inner; i++) {
        const int64_t at = place[i] - p.before[i];
        inside &= (uint64_t)at < (uint64_t)p.shape[i];
        from += at * p.from[i];
      }
      for (int64_t c = 0; c < (inside ? before : width); c++) to[c] = value;
      if (inside) {
        if (step == 1)
          for (int64_t c = 0; c < n; c++) to[before + c] = from[c];
        else
          for (int64_t c = 0; c < n; c++) to[before + c] = from[c * step];
        for (int64_t c = before + n; c < width; c++) to[c] = value;
      }
      for (int i = inner - 1; i >= 0; i--) {
        if (++place[i] < p.before[i] + p.shape[i] + p.after[i]) break;
        place[i] = 0;
      }
    }
  });
  return kDone;
}

Status copy_bytes(void* to, const void* from, int64_t bytes) {
  if (bytes > 0) memcpy(to, from, (size_t)bytes);
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
