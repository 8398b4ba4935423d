// What kernels take and answer: every argument is plain, a number, a pointer to an array, or one of these structures, given by
// value. So a call can be kept, and made again (bindings/door.h). The kernels themselves are listed in kernels.h.
#pragma once
#include <stdint.h>

namespace mg {

constexpr int kMaxAxes = 8;  // that an array may have for the kernels; arrays of more are the reference's

// What a kernel answers.
struct [[nodiscard]] Status {
  int64_t missing;  // bytes of scratch that were not to be had, or 0. Its outputs are undefined then; it may be called again
  int64_t bad;      // 1 + the first place where an index or a class is out of range, or 0
};
constexpr Status kDone = {0, 0};

// Two operands (R, C) of an elementwise kernel. Each is an array, one row of C for every r, or, where the pointer is null,
// a number.
struct Operands {
  const float *a, *b;
  float a_number, b_number;
  bool a_row, b_row;
  int64_t R, C;
};
struct Integers {  // two operands of int64: each an array of n, or, where the pointer is null, a number
  const int64_t *a, *b;
  int64_t a_number, b_number, n;
};
struct Strided {  // an array of floats whose elements are copied into another memory order; strides count elements
  int axes;
  int64_t shape[kMaxAxes], to[kMaxAxes], from[kMaxAxes];
};
struct Padded {  // an array of floats between constants: its axes, outermost in memory first; strides count elements
  int axes;
  int64_t shape[kMaxAxes], before[kMaxAxes], after[kMaxAxes], from[kMaxAxes];
};
struct Batch {  // of products a (M, K) b (K, N): leading axes, along which strides may be 0
  int axes;
  int64_t count, shape[kMaxAxes], a_stride[kMaxAxes], b_stride[kMaxAxes];
  int64_t ar, ac, br, bc, M, N, K;
};
struct NamedRows {  // rows that an index names: (index[0][i], index[1][i] ...) of leading axes of these sizes
  int axes;
  const int64_t* index[kMaxAxes];
  int64_t sizes[kMaxAxes];
};
struct Conv {  // x (N, H, W, C), w (O, C/groups, KH, KW), y (N, OH, OW, O)
  int64_t N, C, H, W, O, KH, KW, OH, OW, sh, sw, ph, pw, dh, dw, groups;
};
struct Pool {  // x (N, H, W, C), y (N, OH, OW, C)
  int64_t N, C, H, W, OH, OW, KH, KW, sh, sw, ph, pw;
};
struct Sequence {  // of a recurrent layer: T steps of N rows, whose state has H numbers; reverse: from the last to the first
  int64_t T, N, H;
  bool reverse;
};
enum Reduction { kMean, kSum, kNone };
struct Windows {  // of images (B, C, H, W): each OH x OW, from inside and outside; scale and shift (channels), C or 1 of them
  int64_t B, C, H, W, OH, OW, channels;
  bool reflect;
  float fill;  // what is outside, if it does not reflect
};
struct Weighted {  // for each of O places K weights in 1/16384, of the places from start on
  const int64_t* start;
  const int32_t* weight;
  int64_t O, K;
};

constexpr int kTogether = 8;  // parameters that one call steps, at most
struct Parameters {  // state: velocity; or mean and square ...; null where there is none
  int count;
  struct {
    float *p, *state[3];
    const float* g;
    int64_t n;
  } of[kTogether];
};
struct Gradients {  // what a step makes of g first: its sign turned, if it maximizes, then decay p added
  bool turned;
  float decay;
};

}  // namespace mg
