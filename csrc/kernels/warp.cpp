// Images turned, moved, scaled, and given another size. images (B, C, H, W), channel-major.
//
// Coordinates are integers, in 1/65536 of a pixel, and so are the weights of bytes: every instruction set gives the same.
#include "arguments.h"
#include "kernels/parts.h"
#include "kernels/workspace.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

// ---- affine: four neighbours, weighted in 1/256 along each side; a weight of 0 picks nothing

MG_INLINE uint8_t between(const uint8_t* v, int32_t wx, int32_t wy) {
  const int32_t above = (256 - wx) * v[0] + wx * v[1], below = (256 - wx) * v[2] + wx * v[3];
  return (uint8_t)(((256 - wy) * above + wy * below + 32768) >> 16);
}

MG_INLINE float picked(int32_t weight, float v) { return weight ? (float)weight * (1.0f / 65536) * v : 0.0f; }
MG_INLINE float between(const float* v, int32_t wx, int32_t wy) {
  return picked((256 - wy) * (256 - wx), v[0]) + picked((256 - wy) * wx, v[1]) + picked(wy * (256 - wx), v[2]) +
         picked(wy * wx, v[3]);
}

template <class T>
MG_INLINE Status affine(T* y, const T* images, const int64_t* matrices, T fill, int64_t B, int64_t C, int64_t H, int64_t W) {
  const int64_t P = H * W;
  in_parts(B, rows_per_part(C * P), (double)(C * P) * 2, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      uint64_t m[6];  // unsigned: whatever stands there, nothing overflows
      for (int k = 0; k < 6; k++) m[k] = (uint64_t)read_once(matrices + 6 * b + k);
      const T* const from = images + b * C * P;
      T* const to = y + b * C * P;
      for (int64_t i = 0; i < H; i++)
        for (int64_t j = 0; j < W; j++) {
          const int64_t sx = (int64_t)(m[0] * (uint64_t)j + m[1] * (uint64_t)i + m[2]);
          const int64_t sy = (int64_t)(m[3] * (uint64_t)j + m[4] * (uint64_t)i + m[5]);
          const int64_t x = sx >> 16, row = sy >> 16, at = i * W + j;
          const int32_t wx = (int32_t)(sx >> 8) & 255, wy = (int32_t)(sy >> 8) & 255;
          if (x >= 0 && x < W - 1 && row >= 0 && row < H - 1) {
            for (int64_t c = 0; c < C; c++) {
              const T* const p = from + c * P + row * W + x;
              const T v[4] = {p[0], p[1], p[W], p[W + 1]};
              to[c * P + at] = between(v, wx, wy);
            }
            continue;
          }
          const bool in_x[2] = {x >= 0 && x < W, x >= -1 && x < W - 1},
                     in_y[2] = {row >= 0 && row < H, row >= -1 && row < H - 1};
          for (int64_t c = 0; c < C; c++) {
            const T* const p = from + c * P;
            T v[4];
            for (int k = 0; k < 4; k++) v[k] = in_x[k & 1] && in_y[k >> 1] ? p[(row + (k >> 1)) * W + x + (k & 1)] : fill;
            to[c * P + at] = between(v, wx, wy);
          }
        }
    }
  });
  return kDone;
}

// ---- another size: along the rows first, to 1/64, then along the columns

MG_INLINE vu load_words(const uint32_t* p) { return (vu)load((const float*)p); }

MG_INLINE int64_t first_of(const Weighted& taps, int64_t o, int64_t I) {
  const int64_t start = read_once(taps.start + o);
  return start < 0 ? 0 : start > I - taps.K ? I - taps.K : start;
}

// One row of W bytes -> O numbers in 1/64. Two: K = 2, as where images grow.
template <bool Two> MG_INLINE void across(uint32_t* to, const uint8_t* from, const Weighted& taps, int64_t W) {
  const int64_t K = Two ? 2 : taps.K;
  for (int64_t o = 0; o < taps.O; o++) {
    const uint8_t* const p = from + first_of(taps, o, W);
    const int32_t* const w = taps.weight + o * K;
    uint32_t sum = 128;
    for (int64_t k = 0; k < K; k++) sum += (uint32_t)w[k] * p[k];
    to[o] = sum >> 8;
  }
}

// K rows of `wide` such numbers -> one of whole numbers.
template <bool Two> MG_INLINE void down(uint32_t* to, const uint32_t* from, const int32_t* w, int64_t K, int64_t wide) {
  const int64_t taps = Two ? 2 : K;
  for (int64_t j = 0; j < wide; j += L) {
    vu sum = (1u << 19) + vu{};
    for (int64_t k = 0; k < taps; k++) sum += load_words(from + k * wide + j) * (uint32_t)w[k];
    store((float*)(to + j), (vf)(sum >> 20));
  }
}

// finish(y, line, c): a row of O whole numbers, of channel c, as it is kept
template <class To, class Finish>
MG_INLINE Status resize(To* y, const uint8_t* images, const Weighted& rows, const Weighted& columns, int64_t C, int64_t N,
                        int64_t H, int64_t W, const Finish& finish) {
  Status status = kDone;
  Status* const missing = &status;
  const int64_t wide = (columns.O + L - 1) / L * L, size = rows.O * columns.O;
  const double cost = (double)(H * columns.O * columns.K) * 0.6 + (double)(size * rows.K) * 0.2;
  in_parts(N, rows_per_part(size), cost, [=](int64_t first, int64_t last) {
    uint32_t* const across_all = workspace_of<uint32_t>(kPackA, (H + 1) * wide, missing);  // and behind it, a line
    if (!across_all) return;
    uint32_t* const line = across_all + H * wide;
    memset(across_all, 0, (size_t)((H + 1) * wide) * 4);
    for (int64_t n = first; n < last; n++) {
      for (int64_t i = 0; i < H; i++) {
        const uint8_t* const row = images + (n * H + i) * W;
        if (columns.K == 2) across<true>(across_all + i * wide, row, columns, W);
        else across<false>(across_all + i * wide, row, columns, W);
      }
      for (int64_t o = 0; o < rows.O; o++) {
        const uint32_t* const from = across_all + first_of(rows, o, H) * wide;
        const int32_t* const w = rows.weight + o * rows.K;
        if (rows.K == 2) down<true>(line, from, w, 2, wide);
        else down<false>(line, from, w, rows.K, wide);
        finish(y + n * size + o * columns.O, line, n % C);
      }
    }
  });
  return status;
}

}  // namespace

Status affine_bytes(uint8_t* y, const uint8_t* images, const int64_t* matrices, float fill, int64_t B, int64_t C, int64_t H,
                    int64_t W) {
  return affine(y, images, matrices, (uint8_t)fill, B, C, H, W);
}

Status affine_floats(float* y, const float* images, const int64_t* matrices, float fill, int64_t B, int64_t C, int64_t H,
                     int64_t W) {
  return affine(y, images, matrices, fill, B, C, H, W);
}

Status resize_bytes(uint8_t* y, const uint8_t* images, Weighted rows, Weighted columns, int64_t N, int64_t H, int64_t W) {
  const int64_t O = columns.O;
  return resize(y, images, rows, columns, 1, N, H, W, [=](uint8_t* to, const uint32_t* line, int64_t) {
    for (int64_t j = 0; j < O; j++) to[j] = (uint8_t)line[j];
  });
}

Status resize_bytes_to_floats(float* y, const uint8_t* images, Weighted rows, Weighted columns, const float* scale,
                              const float* shift, int64_t channels, int64_t N, int64_t H, int64_t W) {
  const int64_t O = columns.O;
  return resize(y, images, rows, columns, channels, N, H, W, [=](float* to, const uint32_t* line, int64_t c) {
    const float s = scale[c], t = shift[c];
    for (int64_t j = 0; j < O; j++) to[j] = (float)(int32_t)(line[j] & 255) * s + t;
  });
}

}  // namespace MG_ISA
}  // namespace mg
