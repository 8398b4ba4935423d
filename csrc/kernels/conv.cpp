// Convolution of channels-last images: x (N, H, W, C), w (O, C/groups, KH, KW), bias (O), y (N, OH, OW, O).
//
// Direct and without a matrix of patches: a tile of output pixels x output channels stays in registers while k runs
// over the window's rows and the channels, which lie one after the other in memory; weights are packed once per call.
// A window of one pixel is a plain product. T is the number of taps, KH * KW. Another algorithm (Winograd's) would
// stand beside `correlate`, chosen by shape.
#include "kernels/conv.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

namespace mg {
namespace MG_ISA {

static bool pointwise(const Conv& s) {
  return s.KH == 1 && s.KW == 1 && s.sh == 1 && s.sw == 1 && !s.ph && !s.pw && s.groups == 1;
}

static double multiply_adds(const Conv& s) { return (double)s.N * s.OH * s.OW * s.O * s.KH * s.KW * (s.C / s.groups); }

Status conv2d(float* y, const float* x, const float* w, const float* bias, Conv s) {
  const int64_t T = s.KH * s.KW, D = s.C / s.groups, O = s.O / s.groups;
  if (!s.N || !s.OH || !s.OW || !s.O) return kDone;
  if (pointwise(s)) return matmul(y, s.O, x, s.C, 1, w, 1, s.C, bias, s.N * s.H * s.W, s.O, s.C, false);

  const bool depthwise = s.groups > 1 && D == 1 && O == 1;
  const Panels panels(O);
  Status status = kDone;
  float* packed = workspace(kPatches, depthwise ? T * s.C : s.groups * panels.padded() * T * D, &status);
  float* rows = workspace(kConvOutput, depthwise ? 0 : D * T * O, &status);  // (D, T, O)
  // A row of the window is one stretch of memory, if its pixels are neighbours and all their channels are wanted.
  const bool whole_rows = s.dw == 1 && s.groups == 1;
  const int64_t WB = s.W + 2 * s.pw, S = whole_rows ? s.KH : T;
  int64_t* starts = workspace_of<int64_t>(kSpare1, S, &status);
  if (status.missing) return status;

  if (depthwise) transpose(packed, s.C, w, T, s.C, T);
  else
    for (int64_t g = 0; g < s.groups; g++) {
      transpose(rows, O, w + g * O * D * T, D * T, O, D * T);
      pack_rows(packed + g * panels.padded() * T * D, rows, T, O, D, T * O, panels);
    }
  for (int64_t i = 0; i < S; i++) starts[i] = whole_rows ? i * s.dh * WB * s.C : (i / s.KW * s.dh * WB + i % s.KW * s.dw) * s.C;
  const Class all = {{0, 0}, {s.OH, s.OW}, S, starts, packed};
  Correlation q = {};
  q.to = y, q.from = x, q.bias = bias, q.t = {s.OH, s.OW, s.O}, q.f = {s.H, s.W, s.C};
  q.to_step = {1, 1}, q.from_step = {s.sh, s.sw};
  q.top = s.ph, q.left = s.pw, q.WB = WB, q.reach = (s.KH - 1) * s.dh + 1;
  q.N = s.N, q.groups = s.groups, q.K = whole_rows ? s.KW * D : D, q.rows = s.OH;
  q.classes = &all, q.class_count = 1;
  return correlate(q, multiply_adds(s));
}

MG_INLINE int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// Which taps of an axis (size K, dilation d) reach the pixels p + t * stride of gx: tap i does if p + padding - i * d
// is a multiple of the stride; it finds its g at t + the quotient. Returns how many.
static int64_t taps_of(int64_t* tap, int64_t* offset, int64_t p, int64_t K, int64_t stride, int64_t padding, int64_t d) {
  int64_t n = 0;
  for (int64_t i = 0; i < K; i++) {
    const int64_t at = p + padding - i * d, q = floor_div(at, stride);
    if (q * stride == at) tap[n] = i, offset[n++] = q;
  }
  return n;
}

// Zero times a finite number is zero, or minus zero; times another it is NaN.
static bool all_finite(const float* a, int64_t n) {
  vf s[4];
  MG_UNROLL for (int k = 0; k < 4; k++) s[k] = vf{};
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) MG_UNROLL for (int k = 0; k < 4; k++) s[k] += load(a + i + k * L) * 0.0f;
  for (; i + L <= n; i += L) s[0] += load(a + i) * 0.0f;
  if (i < n) s[1] += load_some(a + i, n - i) * 0.0f;
  return !any(is_nan((s[0] + s[1]) + (s[2] + s[3])));
}

// Pixel by pixel, each with the taps that it was multiplied with and no other: slow, and right for a weight that is infinite
// or NaN.
static void input_grad_of_taps(float* gx, const float* g, const float* w, const Conv& s) {
  const int64_t D = s.C / s.groups, O = s.O / s.groups;
  in_parts(s.N * s.H, 1, (double)(s.W * s.KH * s.KW) * (double)(s.C * O), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row++)
      for (int64_t v = 0; v < s.W; v++)
        for (int64_t c = 0; c < s.C; c++) {
          const int64_t n = row / s.H, h = row % s.H, group = c / D;
          float sum = 0;
          for (int64_t i = 0; i < s.KH; i++)
            for (int64_t j = 0; j < s.KW; j++) {
              const int64_t down = h + s.ph - i * s.dh, across = v + s.pw - j * s.dw;
              if (down < 0 || across < 0 || down % s.sh || across % s.sw || down / s.sh >= s.OH || across / s.sw >= s.OW)
                continue;
              const float* from = g + ((n * s.OH + down / s.sh) * s.OW + across / s.sw) * s.O + group * O;
              for (int64_t o = 0; o < O; o++) sum += from[o] * w[(((group * O + o) * D + c % D) * s.KH + i) * s.KW + j];
            }
          gx[(row * s.W + v) * s.C + c] = sum;
        }
  });
}

Status conv2d_input_grad(float* gx, const float* g, const float* w, Conv s) {
  // What follows multiplies with zeros beyond g's border, which is nothing only for a finite weight.
  if (!all_finite(w, s.O * (s.C / s.groups) * s.KH * s.KW)) return input_grad_of_taps(gx, g, w, s), kDone;
  const int64_t T = s.KH * s.KW, D = s.C / s.groups, O = s.O / s.groups;
  if (!s.N || !s.H || !s.W || !s.C) return kDone;
  if (pointwise(s)) return matmul(gx, s.C, g, s.O, 1, w, s.C, 1, nullptr, s.N * s.H * s.W, s.C, s.O, false);

  const bool depthwise = s.groups > 1 && D == 1 && O == 1;
  const Panels panels(D);
  const int64_t width = depthwise ? s.C : s.groups * panels.padded() * O;  // floats of packed weights for a tap
  Status status = kDone;
  float* packed = workspace(kPatches, T * width, &status);
  float* rows = workspace(kConvOutput, T * s.O * D, &status);  // (groups, T, O, D); (T, C) if depthwise
  int64_t* starts = workspace_of<int64_t>(kSpare1, T + 2 * (s.KH + s.KW), &status);
  Class* classes = workspace_of<Class>(kSpare2, (s.sh < s.H ? s.sh : s.H) * (s.sw < s.W ? s.sw : s.W), &status);
  if (status.missing) return status;
  for (int64_t k = 0; k < s.groups && !depthwise; k++) transpose(rows + k * T * O * D, O * D, w + k * T * O * D, T, O * D, T);
  if (depthwise) transpose(rows, s.C, w, T, s.C, T);

  const int64_t low_h = floor_div(s.ph - (s.KH - 1) * s.dh, s.sh), high_h = (s.sh - 1 + s.ph) / s.sh;
  const int64_t low_w = floor_div(s.pw - (s.KW - 1) * s.dw, s.sw), high_w = (s.sw - 1 + s.pw) / s.sw;
  const int64_t rows_h = ceil_div(s.H, s.sh), WB = ceil_div(s.W, s.sw) + high_w - low_w;
  int64_t *tap_h = starts + T, *offset_h = tap_h + s.KH, *tap_w = offset_h + s.KH, *offset_w = tap_w + s.KW;
  int64_t count = 0;
  for (int64_t h = 0; h < s.sh && h < s.H; h++)
    for (int64_t v = 0; v < s.sw && v < s.W; v++) {
      const int64_t taps_h = taps_of(tap_h, offset_h, h, s.KH, s.sh, s.ph, s.dh);
      const int64_t taps_w = taps_of(tap_w, offset_w, v, s.KW, s.sw, s.pw, s.dw), S = taps_h * taps_w;
      classes[count++] = {{h, v}, {ceil_div(s.H - h, s.sh), ceil_div(s.W - v, s.sw)}, S, starts, packed};
      for (int64_t n = 0; n < S; n++) {
        const int64_t i = n / taps_w, j = n % taps_w, tap = tap_h[i] * s.KW + tap_w[j];
        starts[n] = ((offset_h[i] - low_h) * WB + offset_w[j] - low_w) * s.O;
        if (depthwise) copy_row(packed + n * s.C, rows + tap * s.C, s.C);
        for (int64_t k = 0; k < s.groups && !depthwise; k++)  // this tap's O rows of each panel
          for (int64_t p = 0; p < panels.count; p++) {
            const int64_t d = panels.start(p), padded = ceil_div(panels.width(p), L) * L;
            pack(packed + S * O * (k * panels.padded() + d) + n * O * padded, padded, rows + (k * T + tap) * O * D + d, D, 1, O,
                 panels.width(p));
          }
      }
      starts += S, packed += S * width;
    }
  Correlation q = {};
  q.to = gx, q.from = g, q.t = {s.H, s.W, s.C}, q.f = {s.OH, s.OW, s.O};
  q.to_step = {s.sh, s.sw}, q.from_step = {1, 1};
  q.top = -low_h, q.left = -low_w, q.WB = WB, q.reach = high_h - low_h + 1;
  q.N = s.N, q.groups = s.groups, q.K = O, q.rows = rows_h;
  q.classes = classes, q.class_count = count;
  return correlate(q, multiply_adds(s));
}

// ---- the gradient in the weights: gw^T (T, D, O) = sum over pixels of x's patch (T, D) times g (O). Images are cut
// into parts by shape alone; each has sums of its own, added in order at the end: the bits do not depend on the threads

constexpr int64_t kParts = 8;                 // at most
constexpr int64_t kPartialFloats = 1 << 22;   // of all their sums, at most; more channels out than a panel are sliced
constexpr int64_t kPixels = 256;              // that are multiplied before the sums go back to memory
constexpr int64_t kSumChannels = 16;

struct WeightGrad {
  const float *g, *x;
  float *gw, *partial;                     // partial (parts, groups, T, D, O)
  const Conv& s;
  int64_t groups, D, O, T, parts, slices;  // D, O: channels in and out of a group
  bool whole_rows, depthwise;
  mutable Status status;
};

MG_INLINE void add_row(float* to, const float* from, int64_t n) {
  int64_t i = 0;
  for (; i + L <= n; i += L) store(to + i, load(to + i) + load(from + i));
  for (; i < n; i++) to[i] += from[i];
}

// partial (T, C) [+]= sum over rows and pixels of x, at each tap, times g (rows, OW, C): one channel in, one out.
template <int W = L> static void depthwise_weight_grad(float* partial, const float* x, const int64_t* starts, const float* g,
                                                       int64_t rows, int64_t WB, const Conv& s, bool accumulate) {
  typedef typename Lanes<W>::type V;
  if constexpr (W > 1)
    if (s.C < W) return depthwise_weight_grad<W / 2>(partial, x, starts, g, rows, WB, s, accumulate);
  for (int64_t t = 0; t < s.KH * s.KW; t++) {
    const float* at = x + (t / s.KW * s.dh * WB + t % s.KW * s.dw) * s.C;
    int64_t done = 0;
    for (int64_t c = 0; c < s.C; c += W) {
      if (c > s.C - W) done = c, c = s.C - W;  // the last vector overlaps; what it has in common is written once
      V acc = V{};
      for (int64_t r = 0; r < rows; r++)
        for (int64_t v = 0; v < s.OW; v++)
          acc += read<V>(at + starts[r] + v * s.sw * s.C + c) * read<V>(g + (r * s.OW + v) * s.C + c);
      float sums[W];
      write(sums, acc);
      for (int64_t i = done > c ? done - c : 0; i < W; i++)
        partial[t * s.C + c + i] = accumulate ? partial[t * s.C + c + i] + sums[i] : sums[i];
    }
  }
}

static void weight_grad_part(void* context, int64_t part) {
  const WeightGrad& q = *(const WeightGrad*)context;
  const Conv& s = q.s;
  const bool padded = s.ph || s.pw;
  const int64_t WB = s.W + 2 * s.pw, HB = padded ? (s.OH - 1) * s.sh + (s.KH - 1) * s.dh + 1 : s.H;
  const int64_t image = HB * WB * s.C;  // floats
  const int64_t slice = part % q.slices, start = cut(s.N, q.parts, part / q.slices);
  const int64_t end = cut(s.N, q.parts, part / q.slices + 1);
  const int64_t together = ceil_div(kPixels, s.OH * s.OW), most = ceil_div(kPixels, s.OW);  // images and rows at a time
  const Panels panels(q.O);
  const int64_t first = cut(q.groups * panels.count, q.slices, slice);
  const int64_t last = cut(q.groups * panels.count, q.slices, slice + 1);
  float* partial = q.partial + part / q.slices * q.groups * q.T * q.D * q.O;
  int64_t* starts = workspace_of<int64_t>(kSpare1, most, &q.status);
  if (!starts) return;
  bool accumulate = false;
  for (int64_t n = start; n < end; n += together) {
    const int64_t images = n + together < end ? together : end - n;
    const float* x = q.x + n * image;
    if (padded) {
      float* to = workspace(kConvInput, together * image, &q.status);
      if (!to) return;
      for (int64_t i = 0; i < images; i++)
        bordered(to + i * image, HB, WB, q.x + (n + i) * s.H * s.W * s.C, {s.H, s.W, s.C}, -s.ph, s.pw);
      x = to;
    }
    for (int64_t row = 0; row < images * s.OH; row += most) {
      const int64_t rows = row + most < images * s.OH ? most : images * s.OH - row;
      for (int64_t r = 0; r < rows; r++) starts[r] = (row + r) / s.OH * image + (row + r) % s.OH * s.sh * WB * s.C;
      const float* g = q.g + (n * s.OH + row) * s.OW * s.O;
      if (q.depthwise) {
        depthwise_weight_grad(partial, x, starts, g, rows, WB, s, accumulate);
        accumulate = true;
        continue;
      }
      for (int64_t z = first; z < last; z++) {
        const int64_t group = z / panels.count, j = panels.start(z % panels.count);
        Strip t = {};
        t.width = panels.width(z % panels.count), t.b = g + group * q.O + j, t.br = s.O;
        if (s.O > t.width) {  // pixels of g side by side
          t.br = ceil_div(t.width, L) * L;
          float* to = workspace(kPackB, most * s.OW * t.br, &q.status);
          if (!to) return;
          pack(to, t.br, t.b, s.O, 1, rows * s.OW, t.width);
          t.b = to;
        }
        t.cr = q.O, t.ar = 1, t.ac = s.sw * s.C, t.K = s.OW, t.S = rows, t.starts = starts, t.accumulate = accumulate;
        t.M = q.whole_rows ? s.KW * q.D : q.D;
        for (int64_t k = 0; k < q.T; k += q.whole_rows ? s.KW : 1) {
          t.c = partial + (group * q.T + k) * q.D * q.O + j;
          t.a = x + (k / s.KW * s.dh * WB + k % s.KW * s.dw) * s.C + group * q.D;
          multiply(t);
        }
      }
      accumulate = true;
    }
  }
}

// A block of one group's input channels: the parts' sums, in (O, D, T) order.
static void weight_grad_sum(void* context, int64_t part) {
  const WeightGrad& q = *(const WeightGrad*)context;
  const int64_t blocks = ceil_div(q.D, kSumChannels), group = part / blocks, size = q.groups * q.T * q.D * q.O;
  const int64_t first = part % blocks * kSumChannels, end = first + kSumChannels < q.D ? first + kSumChannels : q.D;
  float* sums = workspace(kConvOutput, kSumChannels * q.T * q.O, &q.status);
  if (!sums) return;
  for (int64_t d = first; d < end; d++)
    for (int64_t t = 0; t < q.T; t++) {
      const float* from = q.partial + ((group * q.T + t) * q.D + d) * q.O;
      float* to = sums + ((d - first) * q.T + t) * q.O;
      copy_row(to, from, q.O);
      for (int64_t p = 1; p < q.parts; p++) add_row(to, from + p * size, q.O);
    }
  transpose(q.gw + (group * q.O * q.D + first) * q.T, q.D * q.T, sums, q.O, (end - first) * q.T, q.O);
}

Status conv2d_weight_grad(float* gw, const float* g, const float* x, Conv s) {
  const int64_t T = s.KH * s.KW, size = s.O * (s.C / s.groups) * T;
  if (!size) return kDone;
  if (!s.N || !s.OH || !s.OW) {
    memset(gw, 0, (size_t)size * 4);
    return kDone;
  }
  WeightGrad q = {g, x, gw, nullptr, s, s.groups, s.C / s.groups, s.O / s.groups, T, 1, 1, false, false, kDone};
  q.depthwise = s.groups > 1 && q.D == 1 && q.O == 1;
  if (q.depthwise) q.groups = 1, q.D = s.C;  // the sums stand as (T, C)
  q.whole_rows = s.dw == 1 && s.groups == 1;
  const int64_t fit = kPartialFloats / size, pieces = q.depthwise ? 1 : q.groups * Panels(q.O).count;
  q.parts = s.N < kParts ? s.N : kParts;
  if (q.parts > fit) q.parts = fit > 0 ? fit : 1;
  q.slices = ceil_div(kParts, q.parts) < pieces ? ceil_div(kParts, q.parts) : pieces;
  if (q.parts == kParts) q.slices = 1;
  q.partial = workspace(kPartial, q.parts * size, &q.status);
  if (!q.partial) return q.status;
  parallel_for(q.parts * q.slices, multiply_adds(s) / (3500.0 * L), weight_grad_part, &q);
  if (q.status.missing) return q.status;
  parallel_for(q.groups * ceil_div(q.D, kSumChannels), (double)size * q.parts / 2000, weight_grad_sum, &q);
  return q.status;
}

}  // namespace MG_ISA
}  // namespace mg
