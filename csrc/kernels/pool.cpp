// Pooling of channels-last images: x (N, H, W, C), y and index (N, OH, OW, C); index: row * KW + column in the window.
//
// Channels are the lanes. Places of a window in the padding take no part in a maximum, and count as zeros in a mean. The
// index is bytes, or int32 for windows of more than 256 places: their backward goes straight to the place, once it has made
// sure that the place lies in the window and in the image.
#include "arguments.h"
#include "kernels/lanes.h"
#include "kernels/parts.h"

namespace mg {
namespace MG_ISA {

// The part of a window that lies inside the image: rows i0 .. i1 - 1 and columns j0 .. j1 - 1 of it. The window's first
// place is at row h and column w of the image, which may be outside.
struct Window { int64_t h, w, i0, i1, j0, j1; };

// K = 2: windows of 2 x 2, all inside the image, which the compiler unrolls (backward: disjoint, too). K = 0: any.
template <int K> MG_INLINE Window window(const Pool& s, int64_t oh, int64_t ow) {
  if constexpr (K) return {oh * s.sh, ow * s.sw, 0, K, 0, K};
  const int64_t h = oh * s.sh - s.ph, w = ow * s.sw - s.pw;
  return {h, w, h < 0 ? -h : 0, h + s.KH > s.H ? s.H - h : s.KH, w < 0 ? -w : 0, w + s.KW > s.W ? s.W - w : s.KW};
}
template <int K> MG_INLINE int64_t columns(const Pool& s) { return K ? K : s.KW; }

static bool large(const Pool& s) { return (double)s.KH * (double)s.KW > 256; }
static bool two_by_two(const Pool& s) { return s.KH == 2 && s.KW == 2 && !s.ph && !s.pw; }

// f(n, oh) for every row of y, in parts.
template <class F> MG_INLINE void for_rows(const Pool& s, double nanoseconds, const F& f) {
  const int64_t row = s.OW * s.C;
  const double work = (double)row * (double)(s.KH < s.H ? s.KH : s.H) * (double)(s.KW < s.W ? s.KW : s.W);
  const int64_t grain = rows_per_part(work < 16384 ? (int64_t)work : 16384);
  in_parts(row ? s.N * s.OH : 0, grain, nanoseconds * (double)row, [&](int64_t first, int64_t end) {
    for (int64_t r = first; r < end; r++) f(r / s.OH, r % s.OH);
  });
}

// Nanoseconds for an element of y.
static double cost(const Pool& s) { return 0.1 * (double)s.KH * (double)s.KW * 16 / L; }

template <int K, class Index> static void max_pool(float* y, Index* index, const float* x, const Pool& s) {
  for_rows(s, cost(s), [&](int64_t n, int64_t oh) {
    for (int64_t ow = 0; ow < s.OW; ow++) {
      const Window v = window<K>(s, oh, ow);
      const float* at = x + ((n * s.H + v.h) * s.W + v.w) * s.C;
      const int64_t to = ((n * s.OH + oh) * s.OW + ow) * s.C;
      for_channels(s.C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        const int64_t first = v.i0 * columns<K>(s) + v.j0;
        typename T::F best =
            v.i0 < v.i1 && v.j0 < v.j1 ? T::read(at + (v.i0 * s.W + v.j0) * s.C + c) : typename T::F{} - __builtin_inff();
        typename T::I place = typename T::I{} + (int32_t)first;
        for (int64_t i = v.i0; i < v.i1; i++)
          for (int64_t j = v.j0; j < v.j1; j++) {
            const typename T::F a = T::read(at + (i * s.W + j) * s.C + c);
            const typename T::I wins = ~(a <= best) & (best == best);  // larger, or the first NaN
            best = T::choose(wins, a, best);
            place = T::choose(wins, typename T::I{} + (int32_t)(i * columns<K>(s) + j), place);
          }
        T::write(y + to + c, best);
        T::write(index + to + c, place);
      });
    }
  });
}

Status max_pool2d(float* y, void* index, const float* x, Pool s) {
  if (large(s)) return max_pool<0>(y, (int32_t*)index, x, s), kDone;
  two_by_two(s) ? max_pool<2>(y, (uint8_t*)index, x, s) : max_pool<0>(y, (uint8_t*)index, x, s);
  return kDone;
}

// Where a winner's element stands in the image, from its first channel on; -1 if the place is in the padding, or is none.
MG_INLINE int64_t winner(const int32_t* index, const Window& v, const Pool& s) {
  const int64_t place = read_once(index), i = place / s.KW, j = place % s.KW;
  return place >= 0 && i >= v.i0 && i < v.i1 && j >= v.j0 && j < v.j1 ? ((v.h + i) * s.W + v.w + j) * s.C : -1;
}

static void max_pool_pick(float* y, const float* x, const int32_t* index, const Pool& s) {
  for_rows(s, 5, [&](int64_t n, int64_t oh) {
    const float* image = x + n * s.H * s.W * s.C;
    for (int64_t ow = 0; ow < s.OW; ow++) {
      const Window v = window<0>(s, oh, ow);
      const int64_t to = ((n * s.OH + oh) * s.OW + ow) * s.C;
      for (int64_t c = 0; c < s.C; c++) {
        const int64_t at = winner(index + to + c, v, s);
        y[to + c] = at < 0 ? 0 : image[at + c];
      }
    }
  });
}

template <int K> static void max_pool_gather(float* y, const float* x, const uint8_t* index, const Pool& s) {
  for_rows(s, cost(s), [&](int64_t n, int64_t oh) {
    for (int64_t ow = 0; ow < s.OW; ow++) {
      const Window v = window<K>(s, oh, ow);
      const float* at = x + ((n * s.H + v.h) * s.W + v.w) * s.C;
      const int64_t to = ((n * s.OH + oh) * s.OW + ow) * s.C;
      for_channels(s.C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        const typename T::I place = T::read(index + to + c);
        typename T::F a = {};
        for (int64_t i = v.i0; i < v.i1; i++)
          for (int64_t j = v.j0; j < v.j1; j++)
            a = T::choose(place == (int32_t)(i * columns<K>(s) + j), T::read(at + (i * s.W + j) * s.C + c), a);
        T::write(y + to + c, a);
      });
    }
  });
}

Status max_pool2d_gather(float* y, const float* x, const void* index, Pool s) {
  if (large(s)) return max_pool_pick(y, x, (const int32_t*)index, s), kDone;
  const uint8_t* bytes = (const uint8_t*)index;
  two_by_two(s) ? max_pool_gather<2>(y, x, bytes, s) : max_pool_gather<0>(y, x, bytes, s);
  return kDone;
}

// K = 1: a window of many places, whose sums of 64 are added up in double.
template <int K> static void avg_pool(float* y, const float* x, const Pool& s) {
  const float share = (float)(1.0 / ((double)s.KH * (double)s.KW));
  constexpr int kTogether = 64;
  for_rows(s, cost(s), [&](int64_t n, int64_t oh) {
    for (int64_t ow = 0; ow < s.OW; ow++) {
      const Window v = window<K == 1 ? 0 : K>(s, oh, ow);
      const float* at = x + ((n * s.H + v.h) * s.W + v.w) * s.C;
      float* to = y + ((n * s.OH + oh) * s.OW + ow) * s.C;
      for_channels(s.C, [&](auto lanes, int64_t c) {
        typedef decltype(lanes) T;
        typename T::F sum = {};
        typename T::D total = {};
        int together = 0;
        for (int64_t i = v.i0; i < v.i1; i++)
          for (int64_t j = v.j0; j < v.j1; j++) {
            sum += T::read(at + (i * s.W + j) * s.C + c);
            if (K == 1 && ++together == kTogether) {
              total += __builtin_convertvector(sum, typename T::D);
              sum = typename T::F{}, together = 0;
            }
          }
        if constexpr (K == 1) sum = __builtin_convertvector(total + __builtin_convertvector(sum, typename T::D), typename T::F);
        T::write(to + c, sum * share);
      });
    }
  });
}

Status avg_pool2d(float* y, const float* x, Pool s) {
  if (large(s)) return avg_pool<1>(y, x, s), kDone;
  two_by_two(s) ? avg_pool<2>(y, x, s) : avg_pool<0>(y, x, s);
  return kDone;
}

// ---- the backward kernels write whole images, one part each: windows may overlap

// gx (H, W, C) of an image = 0, then f(g's element, its window, gx at its window's first place) for every window.
template <int K, class F> MG_INLINE void for_images(float* gx, const Pool& s, const F& f) {
  const int64_t image = s.H * s.W * s.C;
  const bool covered = K && s.OH * s.sh == s.H && s.OW * s.sw == s.W;  // every place is written once
  in_parts(image ? s.N : 0, 1, (double)(s.OH * s.OW * s.C) * cost(s), [&](int64_t first, int64_t end) {
    for (int64_t n = first; n < end; n++) {
      if (!covered) memset(gx + n * image, 0, (size_t)image * 4);
      for (int64_t oh = 0; oh < s.OH; oh++)
        for (int64_t ow = 0; ow < s.OW; ow++) {
          const Window v = window<K>(s, oh, ow);
          f(((n * s.OH + oh) * s.OW + ow) * s.C, v, gx + n * image + (v.h * s.W + v.w) * s.C);
        }
    }
  });
}

template <int K> static void max_pool_scatter(float* gx, const float* g, const uint8_t* index, const Pool& s) {
  for_images<K>(gx, s, [&](int64_t from, const Window& v, float* at) {
    for_channels(s.C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      const typename T::I place = T::read(index + from + c);
      const typename T::F a = T::read(g + from + c);
      for (int64_t i = v.i0; i < v.i1; i++)
        for (int64_t j = v.j0; j < v.j1; j++) {
          float* to = at + (i * s.W + j) * s.C + c;
          const typename T::F won = T::choose(place == (int32_t)(i * columns<K>(s) + j), a, typename T::F{});
          T::write(to, K ? won : T::read(to) + won);  // K: the windows are disjoint
        }
    });
  });
}

static void max_pool_put(float* gx, const float* g, const int32_t* index, const Pool& s) {
  for_images<0>(gx, s, [&](int64_t from, const Window& v, float* at) {
    float* image = at - (v.h * s.W + v.w) * s.C;
    for (int64_t c = 0; c < s.C; c++) {
      const int64_t place = winner(index + from + c, v, s);
      if (place >= 0) image[place + c] += g[from + c];
    }
  });
}

static bool disjoint(const Pool& s) { return two_by_two(s) && s.sh == 2 && s.sw == 2; }

Status max_pool2d_scatter(float* gx, const float* g, const void* index, Pool s) {
  if (large(s)) return max_pool_put(gx, g, (const int32_t*)index, s), kDone;
  const uint8_t* bytes = (const uint8_t*)index;
  disjoint(s) ? max_pool_scatter<2>(gx, g, bytes, s) : max_pool_scatter<0>(gx, g, bytes, s);
  return kDone;
}

template <int K> static void avg_pool_backward(float* gx, const float* g, const Pool& s) {
  const float share = (float)(1.0 / ((double)s.KH * (double)s.KW));
  for_images<K>(gx, s, [&](int64_t from, const Window& v, float* at) {
    for_channels(s.C, [&](auto lanes, int64_t c) {
      typedef decltype(lanes) T;
      const typename T::F a = T::read(g + from + c) * share;
      for (int64_t i = v.i0; i < v.i1; i++)
        for (int64_t j = v.j0; j < v.j1; j++) {
          float* to = at + (i * s.W + j) * s.C + c;
          T::write(to, K ? a : T::read(to) + a);
        }
    });
  });
}

Status avg_pool2d_backward(float* gx, const float* g, Pool s) {
  disjoint(s) ? avg_pool_backward<2>(gx, g, s) : avg_pool_backward<0>(gx, g, s);
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
