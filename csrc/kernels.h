// Every native kernel, as a table of contents. K(name, (arguments)), or S(...) for one that needs scratch and answers
// whether it could be had; each is written once, in csrc/kernels/<family>.cpp, compiled once per instruction set, and chosen
// once at load (runtime/isa.cpp). Their naive twins, and what each one means, are in minigrad/kernels/reference.py under the
// same names.
//
// Outputs first, then inputs, then sizes. Arrays are dense float32 unless said otherwise; pointers need no alignment.
// Kernels never allocate beyond scratch(), never throw, know no Python, and give the same bits for any thread count.
// Images are channels-last: NHWC, with pointers to the first element; weights are OIHW as PyTorch's.
#pragma once
#include <stdint.h>

namespace mg {

// What a kernel that needs scratch answers. If there was none to be had its outputs are undefined, and it may be called again.
struct [[nodiscard]] Status {
  int64_t missing;  // bytes; 0: all is well
};

struct Conv {  // x (N, H, W, C) , w (O, C/groups, KH, KW), y (N, OH, OW, O)
  int64_t N, C, H, W, O, KH, KW, OH, OW, sh, sw, ph, pw, dh, dw, groups;
};
struct Pool {  // x (N, H, W, C), y (N, OH, OW, C)
  int64_t N, C, H, W, OH, OW, KH, KW, sh, sw, ph, pw;
};

// clang-format off
#define MG_KERNELS(K, S) \
  /* products: gemm.cpp. c (M, N) [+]= a (M, K) b (K, N); element (i, j) of a is a[i * ar + j * ac]; bias (N) or null */ \
  S(gemm, (float* c, int64_t cr, const float* a, int64_t ar, int64_t ac, const float* b, int64_t br, int64_t bc, \
           const float* bias, int64_t M, int64_t N, int64_t K, bool accumulate)) \
  /* convolution: conv2d.cpp; bias (O) or null */ \
  S(conv2d, (float* y, const float* x, const float* w, const float* bias, const Conv* s)) \
  S(conv2d_input_grad, (float* gx, const float* g, const float* w, const Conv* s)) \
  S(conv2d_weight_grad, (float* gw, const float* g, const float* x, const Conv* s)) \
  /* pooling: pool2d.cpp; index (N, OH, OW, C) of bytes, or of int32 where a window has more than 256 places */ \
  K(max_pool2d, (float* y, void* index, const float* x, const Pool* s)) \
  K(max_pool2d_gather, (float* y, const float* x, const void* index, const Pool* s)) \
  K(max_pool2d_scatter, (float* gx, const float* g, const void* index, const Pool* s)) \
  K(avg_pool2d, (float* y, const float* x, const Pool* s)) \
  K(avg_pool2d_backward, (float* gx, const float* g, const Pool* s)) \
  /* batch norm: batch_norm.cpp; x as rows (R, C), channels last; mean, var (C); kept (4, C) for the backward */ \
  S(batch_norm, (float* y, float* mean, float* var, float* kept, const float* x, const float* gamma, const float* beta, \
                 int64_t R, int64_t C, double eps)) \
  S(batch_norm_backward, (float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma, \
                          const float* kept, int64_t R, int64_t C)) \
  S(batch_norm_inference, (float* y, const float* x, const float* mean, const float* var, const float* gamma, \
                           const float* beta, int64_t R, int64_t C, double eps)) \
  /* elementwise: elementwise.cpp; n elements */ \
  K(add, (float* y, const float* a, const float* b, int64_t n)) \
  K(sub, (float* y, const float* a, const float* b, int64_t n)) \
  K(mul, (float* y, const float* a, const float* b, int64_t n)) \
  K(div, (float* y, const float* a, const float* b, int64_t n)) \
  K(pick_mul, (float* y, const float* a, const float* b, int64_t n))  /* mul and div, but 0 where a is 0 */ \
  K(pick_div, (float* y, const float* a, const float* b, int64_t n)) \
  K(maximum, (float* y, const float* a, const float* b, int64_t n)) \
  K(minimum, (float* y, const float* a, const float* b, int64_t n)) \
  /* a (R, C) with b: one number, or a row (C) for every row of a; `op` is an ArrayOp */ \
  K(with_number, (float* y, const float* a, float b, int op, int64_t n)) \
  K(with_row, (float* y, const float* a, const float* b, int op, int64_t R, int64_t C)) \
  K(neg, (float* y, const float* a, int64_t n)) \
  K(abs, (float* y, const float* a, int64_t n)) \
  K(exp, (float* y, const float* a, int64_t n)) \
  K(log, (float* y, const float* a, int64_t n)) \
  K(sqrt, (float* y, const float* a, int64_t n)) \
  K(tanh, (float* y, const float* a, int64_t n)) \
  K(sigmoid, (float* y, const float* a, int64_t n)) \
  K(relu, (float* y, const float* a, int64_t n)) \
  K(relu_backward, (float* ga, const float* g, const float* y, int64_t n)) \
  K(sigmoid_backward, (float* ga, const float* g, const float* y, int64_t n)) \
  K(tanh_backward, (float* ga, const float* g, const float* y, int64_t n)) \
  /* reductions: reduce.cpp; a (R, C): the sum of all, of each row, of each column */ \
  S(sum_all, (float* y, const float* a, int64_t n)) \
  K(sum_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  S(sum_columns, (float* y, const float* a, int64_t R, int64_t C)) \
  K(finite, (bool* yes, const float* a, int64_t n))  /* neither NaN nor infinite, all of them */ \
  K(max_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  K(argmax_rows, (int64_t* y, const float* a, int64_t R, int64_t C)) \
  /* softmax and losses: softmax.cpp; z (R, C) */ \
  K(softmax_rows, (float* y, const float* z, int64_t R, int64_t C)) \
  K(log_softmax_rows, (float* y, const float* z, int64_t R, int64_t C)) \
  K(softmax_backward_rows, (float* gz, const float* g, const float* y, int64_t R, int64_t C)) \
  K(log_softmax_backward_rows, (float* gz, const float* g, const float* y, int64_t R, int64_t C)) \
  /* p = softmax(z) is kept for the backward; rows (R) losses; classes, or dense targets (R, C), the other null. \
     *bad is the first row whose class is not in 0..C-1, or -1 */ \
  K(cross_entropy, (float* rows, float* p, int64_t* bad, const float* z, const int64_t* classes, const float* dense, \
                    int64_t R, int64_t C)) \
  /* gz = (p sum(t) - t) g[row * gs] scale; a sum or a g of 0 picks nothing */ \
  K(cross_entropy_backward, (float* gz, const float* g, int64_t gs, float scale, const float* p, const int64_t* classes, \
                             const float* dense, int64_t R, int64_t C)) \
  S(mse, (float* total, const float* a, const float* b, int64_t n))  /* the sum of squares */ \
  K(mse_backward, (float* ga, float scale, const float* a, const float* b, int64_t n)) \
  /* sums at places: scatter.cpp; y (rows, S) of zeros, g (n, S) added at row (index[0][i], index[1][i] ...) of leading axes \
     of these sizes; *bad: whether a place was out of range */ \
  K(put_floats, (float* y, int64_t* bad, const float* g, const int64_t* const* index, const int64_t* sizes, int64_t axes, \
                 int64_t n, int64_t rows, int64_t S)) \
  K(put_doubles, (double* y, int64_t* bad, const double* g, const int64_t* const* index, const int64_t* sizes, \
                  int64_t axes, int64_t n, int64_t rows, int64_t S)) \
  /* y (A, C, B) of zeros, g (A, K, B) added at index (A, K, B) along the middle axis */ \
  K(put_floats_along, (float* y, int64_t* bad, const float* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
                       int64_t B)) \
  K(put_doubles_along, (double* y, int64_t* bad, const double* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
                        int64_t B)) \
  /* dropout: dropout.cpp; key {seed, stream} */ \
  K(dropout, (float* y, const float* x, const uint64_t* key, double p, int64_t n)) \
  /* optimiser steps, in place: optim.cpp; v null without momentum */ \
  K(sgd_step, (float* p, float* v, const float* g, float lr, float momentum, float weight_decay, bool nesterov, bool keras, \
               int64_t n)) \
  K(adam_step, (float* p, float* m, float* v, const float* g, float lr, double beta1, double beta2, float eps, \
                float weight_decay, bool decoupled, double correction1, double correction2, int64_t n)) \
  /* batches: gather.cpp; rows of S = C * P values, channel-major; scale and shift (C) */ \
  K(gather_bytes, (float* y, const uint8_t* images, const int64_t* index, const float* scale, const float* shift, int64_t B, \
                   int64_t C, int64_t P)) \
  K(gather_floats, (float* y, const float* images, const int64_t* index, const float* scale, const float* shift, int64_t B, \
                    int64_t C, int64_t P))
// clang-format on

enum ArrayOp {
  kAdd, kSub, kMul, kDiv, kReverseSub, kReverseDiv, kPickMul, kPickDiv, kReversePickMul, kReversePickDiv, kMaximum, kMinimum
};

struct Kernels {
  const char* isa;
#define K(name, arguments) void(*name) arguments;
#define S(name, arguments) Status(*name) arguments;
  MG_KERNELS(K, S)
#undef K
#undef S
};

extern const Kernels* kernels;  // the chosen table; set when the module loads

}  // namespace mg
