// What the convolutions share. conv2d and its gradient in the input are one thing, a Correlation: every pixel of `to`
// is a sum over taps (places of the window) of a pixel of `from`, with a border of zeros, times the tap's matrix:
//
//   to[t * to_step + class] = sum over the class's taps of from[t * from_step + tap's start] matrix
//
// The forward is one class with from_step = stride. The gradient in the input runs the taps backwards with
// to_step = stride: pixels of gx whose places have the same remainder by the stride are reached by the same taps,
// and make a class.
#pragma once
#include "arguments.h"
#include "kernels/matmul.h"

namespace mg {
namespace MG_ISA {

struct Image { int64_t H, W, C; };  // channels last
struct Pair { int64_t h, w; };

// to (HB, WB, C): rows first ... first + HB - 1 and columns -left ... WB - left - 1 of from (H, W, C), zero outside.
static inline void bordered(float* to, int64_t HB, int64_t WB, const float* from, Image s, int64_t first, int64_t left) {
  const int64_t start = left < 0 ? 0 : left < WB ? left : WB;      // the first column inside the image,
  const int64_t stop = left + s.W < WB ? left + s.W : WB;          // and the first beyond it again
  const int64_t row = WB * s.C, inside = start < stop ? start : WB, outside = start < stop ? stop : WB;
  for (int64_t h = first; h < first + HB; h++, to += row) {
    if (h < 0 || h >= s.H || inside == WB) {
      memset(to, 0, (size_t)row * 4);
      continue;
    }
    memset(to, 0, (size_t)(inside * s.C) * 4);
    copy_row(to + inside * s.C, from + (h * s.W + inside - left) * s.C, (outside - inside) * s.C);
    memset(to + outside * s.C, 0, (size_t)((WB - outside) * s.C) * 4);
  }
}

// Rows k = (k1, k2) of a matrix of panels.N columns, at rows + k1 * step1 + k2 * step2, copied into panels.
static inline void pack_rows(float* to, const float* rows, int64_t K1, int64_t step1, int64_t K2, int64_t step2,
                             const Panels& panels) {
  for (int64_t p = 0; p < panels.count; p++) {
    const int64_t j = panels.start(p), width = panels.width(p), padded = ceil_div(width, L) * L;
    for (int64_t k1 = 0; k1 < K1; k1++)
      for (int64_t k2 = 0; k2 < K2; k2++, to += padded) copy_row(to, rows + k1 * step1 + k2 * step2 + j, width);
  }
}

struct Class {        // the pixels of `to` at (t * to_step + place), 0 <= t < count
  Pair place, count;
  int64_t S;          // stretches of k
  const int64_t* starts;  // (S): where they start in the bordered image, for t = 0
  const float* weights;   // by group: panels (S * K, width), or (S, C) for a depthwise convolution
};

struct Correlation {
  float* to;
  const float* from;
  const float* bias;  // (to channels) or null
  Image t, f;         // of to, of from
  Pair to_step, from_step;
  int64_t top, left, WB;   // the border before from; width of the bordered image
  int64_t reach;           // rows of the bordered image that one row needs
  int64_t N, groups, K;    // K: length of a stretch
  int64_t blocks, rows;    // of t, in a part; blocks for each image
  const Class* classes;
  int64_t class_count;
  mutable Status status;
};

// c (M, C) = bias (C) + sum over taps of a's rows, elementwise times w (S, C). One channel in, one out, in each group.
template <int W = L> static void depthwise_row(const Strip& s) {
  typedef typename Lanes<W>::type V;
  if constexpr (W > 1)
    if (s.width < W) return depthwise_row<W / 2>(s);
  for (int64_t i = 0; i < s.M; i++)
    for (int64_t j0 = 0; j0 < s.width; j0 += W) {
      const int64_t j = j0 < s.width - W ? j0 : s.width - W;
      V acc = s.bias ? read<V>(s.bias + j) : V{};
      for (int64_t n = 0; n < s.S; n++) acc += read<V>(s.a + s.starts[n] + i * s.ar + j) * read<V>(s.b + n * s.br + j);
      write(s.c + i * s.cr + j, acc);
    }
}

static inline void correlate_part(void* context, int64_t part) {
  const Correlation& q = *(const Correlation*)context;
  const int64_t n = part / q.blocks, block = part % q.blocks, C = q.t.C / q.groups, D = q.f.C / q.groups;
  const int64_t t0 = cut(q.rows, q.blocks, block), t1 = cut(q.rows, q.blocks, block + 1);
  const float* from = q.from + n * q.f.H * q.f.W * q.f.C;
  const bool copy = q.top != 0 || q.left != 0 || q.WB != q.f.W || (q.rows - 1) * q.from_step.h + q.reach > q.f.H;
  const int64_t first = t0 * q.from_step.h - q.top, rows = (t1 - t0 - 1) * q.from_step.h + q.reach;
  if (copy) {
    float* image = workspace(kConvInput, rows * q.WB * q.f.C, &q.status);
    if (!image) return;
    bordered(image, rows, q.WB, from, q.f, first, q.left);
    from = image;
  } else from += first * q.f.W * q.f.C;
  const Panels panels(C);
  for (int64_t i = 0; i < q.class_count; i++) {
    const Class& k = q.classes[i];
    float* to = q.to + ((n * q.t.H + k.place.h) * q.t.W + k.place.w) * q.t.C;
    const int64_t to_row = q.to_step.h * q.t.W * q.t.C, from_row = q.from_step.h * q.WB * q.f.C;
    const int64_t end = t1 < k.count.h ? t1 : k.count.h;
    Strip s = {};
    s.cr = q.to_step.w * q.t.C, s.ar = q.from_step.w * q.f.C, s.ac = 1, s.M = k.count.w;
    s.S = k.S, s.starts = k.starts, s.K = q.K;
    if (q.groups > 1 && C == 1 && D == 1) {
      s.b = k.weights, s.br = s.width = q.t.C, s.bias = q.bias;
      for (int64_t t = t0; t < end; t++) {
        s.c = to + t * to_row, s.a = from + (t - t0) * from_row;
        depthwise_row(s);
      }
      continue;
    }
    for (int64_t g = 0; g < q.groups; g++)
      for (int64_t p = 0; p < panels.count; p++) {
        const int64_t j = panels.start(p);
        s.width = panels.width(p), s.br = ceil_div(s.width, L) * L;
        s.b = k.weights + k.S * q.K * (g * panels.padded() + j);
        s.bias = q.bias ? q.bias + g * C + j : nullptr;
        for (int64_t t = t0; t < end; t++) {
          s.c = to + t * to_row + g * C + j, s.a = from + (t - t0) * from_row + g * D;
          multiply(s);
        }
      }
  }
}

// Parts are images, or blocks of rows where there are few images or an image is too large for the caches.
static inline Status correlate(Correlation& q, double multiply_adds) {
  const int64_t row = q.from_step.h * q.WB * q.f.C, wanted = ceil_div(16, q.N), fit = ceil_div(q.rows * row, 1 << 17);
  const int64_t worth = (int64_t)(multiply_adds / (double)q.N / 1e6) + 1;
  q.blocks = wanted < worth ? wanted : worth;
  if (q.blocks < fit) q.blocks = fit;
  if (q.blocks > q.rows) q.blocks = q.rows;
  parallel_for(q.N * q.blocks, multiply_adds / (3500.0 * L), correlate_part, &q);
  return q.status;
}

}  // namespace MG_ISA
}  // namespace mg
