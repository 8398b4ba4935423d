// Boxes of images filled, images mixed, colours changed. images (B, C, H, W), channel-major.
//
// Of bytes all arithmetic is of integers, so every instruction set gives the same. Boxes and factors are held to their bounds
// where they are read: another thread may write over them.
#include "arguments.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int32_t kOne = 65536, kHalf = 32768;

MG_INLINE int64_t within(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

// ---- boxes

template <class T>
MG_INLINE Status paste(T* y, const T* images, const T* source, const int64_t* boxes, bool whole, int64_t B, int64_t C,
                       int64_t H, int64_t W) {
  in_parts(B, rows_per_part(C * H * W), (double)(C * H * W) * 0.1, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const int64_t top = within(read_once(boxes + 4 * b), 0, H), left = within(read_once(boxes + 4 * b + 1), 0, W);
      const int64_t bottom = within(read_once(boxes + 4 * b + 2), top, H);
      const int64_t right = within(read_once(boxes + 4 * b + 3), left, W);
      const int64_t start = b * C * H * W;
      memcpy(y + start, images + start, (size_t)(C * H * W) * sizeof(T));
      for (int64_t c = 0; c < C; c++)
        for (int64_t i = top; i < bottom; i++) {
          const int64_t row = start + (c * H + i) * W;
          if (whole) memcpy(y + row + left, source + row + left, (size_t)(right - left) * sizeof(T));
          else
            for (int64_t j = left; j < right; j++) y[row + j] = source[c];
        }
    }
  });
  return kDone;
}

// ---- colours: a factor is F / 65536, and grey is Pillow's

MG_INLINE uint8_t to_byte(int32_t v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }
MG_INLINE int32_t grey(int32_t r, int32_t g, int32_t b) { return (19595 * r + 38470 * g + 7471 * b + kHalf) >> 16; }

// y = y F + other (1 - F)
MG_INLINE void blend(uint8_t* y, int64_t n, int32_t F, int32_t other) {
  const int32_t plus = other * (kOne - F) + kHalf;
  for (int64_t i = 0; i < n; i++) y[i] = to_byte((y[i] * F + plus) >> 16);
}

MG_INLINE int32_t mean_grey(const uint8_t* y, int64_t C, int64_t P) {
  int64_t sum = 0;
  if (C == 3)
    for (int64_t i = 0; i < P; i++) sum += grey(y[i], y[P + i], y[2 * P + i]);
  else
    for (int64_t i = 0; i < P; i++) sum += y[i];
  return (int32_t)((sum + P / 2) / P);
}

MG_INLINE void saturate(uint8_t* __restrict r, uint8_t* __restrict g, uint8_t* __restrict b, int64_t P, int32_t F) {
  for (int64_t i = 0; i < P; i++) {
    const int32_t plus = grey(r[i], g[i], b[i]) * (kOne - F) + kHalf;
    r[i] = to_byte((r[i] * F + plus) >> 16);
    g[i] = to_byte((g[i] * F + plus) >> 16);
    b[i] = to_byte((b[i] * F + plus) >> 16);
  }
}

constexpr int kOrders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

// ---- two images in one

MG_INLINE void mixed(uint8_t* y, const uint8_t* a, const uint8_t* b, int32_t F, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = (uint8_t)((a[i] * F + b[i] * (kOne - F) + kHalf) >> 16);
}

MG_INLINE void mixed(float* y, const float* a, const float* b, int32_t F, int64_t n) {
  const float f = (float)F / kOne, rest = (float)(kOne - F) / kOne;
  for (int64_t i = 0; i < n; i++) y[i] = a[i] * f + b[i] * rest;
}

template <class T>
MG_INLINE Status mix(T* y, const T* a, const T* b, const int64_t* factors, int64_t B, int64_t S) {
  in_parts(B, rows_per_part(S), (double)S * 0.2, [=](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) {
      const int32_t F = (int32_t)within(read_once(factors + i), 0, kOne);
      const T *const p = a + i * S, *const q = b + i * S;
      if (F == 0 || F == kOne) memcpy(y + i * S, F ? p : q, (size_t)S * sizeof(T));  // a weight of 0 picks nothing
      else mixed(y + i * S, p, q, F, S);
    }
  });
  return kDone;
}

}  // namespace

Status paste_bytes(uint8_t* y, const uint8_t* images, const uint8_t* source, const int64_t* boxes, bool whole, int64_t B,
                   int64_t C, int64_t H, int64_t W) {
  return paste(y, images, source, boxes, whole, B, C, H, W);
}

Status paste_floats(float* y, const float* images, const float* source, const int64_t* boxes, bool whole, int64_t B, int64_t C,
                    int64_t H, int64_t W) {
  return paste(y, images, source, boxes, whole, B, C, H, W);
}

Status jitter_bytes(uint8_t* y, const uint8_t* images, const int64_t* factors, const int64_t* order, int64_t B, int64_t C,
                    int64_t P) {
  in_parts(B, rows_per_part(C * P), (double)(C * P) * 1.5, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      uint8_t* const to = y + b * C * P;
      memcpy(to, images + b * C * P, (size_t)(C * P));
      const int64_t which = read_once(order + b);
      for (int step = 0; step < 3; step++) {
        const int what = kOrders[within(which, 0, 5)][step];
        const int32_t F = (int32_t)within(read_once(factors + 3 * b + what), 0, 64 * kOne);
        if (F == kOne) continue;
        if (what == 0) blend(to, C * P, F, 0);
        else if (what == 1) blend(to, C * P, F, mean_grey(to, C, P));
        else if (C == 3) saturate(to, to + P, to + 2 * P, P, F);
      }
    }
  });
  return kDone;
}

Status mix_bytes(uint8_t* y, const uint8_t* images, const uint8_t* others, const int64_t* factors, int64_t B, int64_t S) {
  return mix(y, images, others, factors, B, S);
}

Status mix_floats(float* y, const float* images, const float* others, const int64_t* factors, int64_t B, int64_t S) {
  return mix(y, images, others, factors, B, S);
}

}  // namespace MG_ISA
}  // namespace mg
