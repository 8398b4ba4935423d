// Copies between memory orders, such as NCHW to channels-last.
#pragma once
#include <stdint.h>

namespace mg {

constexpr int kMaxAxes = 8;

// to[i...] = from[i...] over `shape`; strides count elements and may be of any sign or zero in `from`. The `to` array is
// dense in some order. axes <= kMaxAxes.
void copy_floats(float* to, const int64_t* to_strides, const float* from, const int64_t* from_strides, int axes,
                 const int64_t* shape);

}  // namespace mg
