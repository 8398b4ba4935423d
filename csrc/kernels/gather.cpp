// Batches: chosen images, scaled and shifted to floats. images (N, C, P), index (B), y (B, C, P), scale and shift (C).
#include "kernels.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

template <class T>
MG_INLINE void gather(float* y, const T* images, const int64_t* index, const float* scale, const float* shift, int64_t B,
                      int64_t C, int64_t P) {
  in_parts(B, rows_per_part(C * P), (double)(C * P) * 0.2, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++)
      for (int64_t c = 0; c < C; c++) {
        const T* __restrict from = images + (index[b] * C + c) * P;
        float* __restrict to = y + (b * C + c) * P;
        const float s = scale[c], t = shift[c];
        for (int64_t i = 0; i < P; i++) to[i] = (float)from[i] * s + t;
      }
  });
}

}  // namespace

void gather_bytes(float* y, const uint8_t* images, const int64_t* index, const float* scale, const float* shift, int64_t B,
                  int64_t C, int64_t P) {
  gather(y, images, index, scale, shift, B, C, P);
}

void gather_floats(float* y, const float* images, const int64_t* index, const float* scale, const float* shift, int64_t B,
                   int64_t C, int64_t P) {
  gather(y, images, index, scale, shift, B, C, P);
}

}  // namespace MG_ISA
}  // namespace mg
