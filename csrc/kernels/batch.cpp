// Batches: chosen images, scaled and shifted to floats. images (N, C, P), index (B), y (B, C, P), scale and shift (C).
//
// The index is looked through before anything is written; what another thread writes over afterwards reads as the first image.
#include "arguments.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int64_t kAhead = 3;  // images: they lie anywhere, and memory takes as long as it takes to convert about as many

template <class T>
MG_INLINE void fetch(const T* image, int64_t size) {
  for (int64_t i = 0; i < size; i += 64 / sizeof(T)) __builtin_prefetch(image + i, 0, 3);
}

template <class T>
MG_INLINE Status gather(float* y, const T* images, const int64_t* index, const float* scale, const float* shift, int64_t N,
                        int64_t B, int64_t C, int64_t P) {
  for (int64_t b = 0; b < B; b++)
    if ((uint64_t)read_once(index + b) >= (uint64_t)N) return {0, b + 1};
  in_parts(B, rows_per_part(C * P), (double)(C * P) * 0.2, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const int64_t found = read_once(index + b), row = (uint64_t)found < (uint64_t)N ? found : 0;
      if (b + kAhead < last) {
        const int64_t next = read_once(index + b + kAhead);
        if ((uint64_t)next < (uint64_t)N) fetch(images + next * C * P, C * P);
      }
      for (int64_t c = 0; c < C; c++) {
        const T* __restrict from = images + (row * C + c) * P;
        float* __restrict to = y + (b * C + c) * P;
        const float s = scale[c], t = shift[c];
        for (int64_t i = 0; i < P; i++) to[i] = (float)from[i] * s + t;
      }
    }
  });
  return kDone;
}

}  // namespace

Status gather_bytes(float* y, const uint8_t* images, const int64_t* index, const float* scale, const float* shift, int64_t N,
                    int64_t B, int64_t C, int64_t P) {
  return gather(y, images, index, scale, shift, N, B, C, P);
}

Status gather_floats(float* y, const float* images, const int64_t* index, const float* scale, const float* shift, int64_t N,
                     int64_t B, int64_t C, int64_t P) {
  return gather(y, images, index, scale, shift, N, B, C, P);
}

}  // namespace MG_ISA
}  // namespace mg
