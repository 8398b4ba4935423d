// Every native kernel, as a table of contents. K(name, (arguments)): written once, in csrc/kernels/<family>.cpp, compiled once
// per instruction set, and chosen once at load (runtime/isa.cpp). Elementwise ones are listed in elementwise.h. Their naive
// twins, and what each one means, are in minigrad/kernels/reference/ under the same names.
//
// Outputs first, then inputs, then sizes, plain and by value (arguments.h). Arrays are dense float32 unless said otherwise;
// pointers need no alignment. Kernels never allocate beyond scratch(), never throw, know no Python, and give the same bits
// for any thread count. Images are channels-last: NHWC, with pointers to the first element; weights are OIHW as PyTorch's.
//
// The kernels include arguments.h alone, so that a line more here, or in elementwise.h, does not compile all of them again.
#pragma once
#include "arguments.h"
#include "elementwise.h"

namespace mg {

// clang-format off
#define MG_UNARY_ENTRY(name, cost, text) K(name, (float* y, const float* a, int64_t n))
#define MG_BETWEEN_ENTRY(name, cost, text) K(name, (float* y, const float* a, float low, float high, int64_t n))
#define MG_WITH_NUMBER_ENTRY(name, cost, text) K(name, (float* y, const float* a, float n, int64_t size))
#define MG_BINARY_ENTRY(name, cost, text) K(name, (float* y, Operands s))
#define MG_COMPARE_ENTRY(name, cost, text) K(name, (bool* y, Operands s))
#define MG_INTEGER_ENTRY(name, text) K(name##_int64, (int64_t* y, Integers s))
#define MG_COMPARE_INT64_ENTRY(name, cost, text) K(name##_int64, (bool* y, Integers s))
#define MG_BACKWARD_ENTRY(name, cost, text) K(name, (float* ga, const float* g, const float* y, int64_t n))
#define MG_BACKWARD_WITH_NUMBER_ENTRY(name, cost, text) \
  K(name, (float* ga, const float* g, const float* y, float n, int64_t size))

#define MG_KERNELS(K) \
  MG_UNARY(MG_UNARY_ENTRY) \
  MG_BETWEEN(MG_BETWEEN_ENTRY) \
  MG_WITH_NUMBER(MG_WITH_NUMBER_ENTRY) \
  MG_BINARY(MG_BINARY_ENTRY) \
  MG_COMPARE(MG_COMPARE_ENTRY) \
  MG_INTEGER(MG_INTEGER_ENTRY) \
  MG_COMPARE(MG_COMPARE_INT64_ENTRY) \
  MG_BACKWARD(MG_BACKWARD_ENTRY) \
  MG_BACKWARD_WITH_NUMBER(MG_BACKWARD_WITH_NUMBER_ENTRY) \
  /* a where the condition holds, else b; no rows */ \
  K(where, (float* y, const bool* condition, Operands s)) \
  K(where_int64, (int64_t* y, const bool* condition, Integers s)) \
  /* reduce: a (R, C): the sum of all, of each row, of each column */ \
  K(sum_all, (float* y, const float* a, int64_t n)) \
  K(sum_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  K(sum_columns, (float* y, const float* a, int64_t R, int64_t C)) \
  K(max_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  K(min_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  K(argmax_rows, (int64_t* y, const float* a, int64_t R, int64_t C)) \
  K(argmin_rows, (int64_t* y, const float* a, int64_t R, int64_t C)) \
  /* products, and sums of squares about the mean divided by `divisor`: of the rows, or the columns, of a (R, C) */ \
  K(prod_rows, (float* y, const float* a, int64_t R, int64_t C)) \
  K(prod_columns, (float* y, const float* a, int64_t R, int64_t C)) \
  K(var_rows, (float* y, const float* a, int64_t R, int64_t C, double divisor)) \
  K(var_columns, (float* y, const float* a, int64_t R, int64_t C, double divisor)) \
  /* scan: along the middle axis of a (A, N, C), from its end if `reverse` */ \
  K(cumsum, (float* y, const float* a, int64_t A, int64_t N, int64_t C, bool reverse)) \
  K(cumprod, (float* y, const float* a, int64_t A, int64_t N, int64_t C, bool reverse)) \
  K(cummax, (float* y, const float* a, int64_t A, int64_t N, int64_t C)) \
  K(cummin, (float* y, const float* a, int64_t A, int64_t N, int64_t C)) \
  K(logcumsumexp, (float* y, const float* a, int64_t A, int64_t N, int64_t C)) \
  /* y = b + c times its neighbour, 0 where that is 0 */ \
  K(recurrence, (float* y, const float* b, const float* c, int64_t A, int64_t N, int64_t C, bool reverse)) \
  /* sort: the rows of a (R, C), C < 2^32; stable, NaN last. The first n <= 64 from the largest on, or the smallest */ \
  K(argsort_rows, (int64_t* index, const float* a, int64_t R, int64_t C)) \
  K(topk_rows, (float* y, int64_t* index, const float* a, int64_t R, int64_t C, int64_t n, bool largest)) \
  /* shape: copies */ \
  K(copy_strided, (float* to, const float* from, Strided s)) \
  K(copy_bytes, (void* to, const void* from, int64_t bytes)) \
  K(pad, (float* y, const float* a, Padded s, float value)) \
  /* index: y (rows, S) of zeros, g (n, S) added at the rows that `at` names */ \
  K(put_floats, (float* y, const float* g, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  K(put_doubles, (double* y, const double* g, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  /* y (rows, S): a, but values (n, S) at the rows that `at` names, of repeats the last */ \
  K(overwrite_floats, (float* y, const float* a, const float* values, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  K(overwrite_doubles, (double* y, const double* a, const double* values, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  /* the same, but g added there */ \
  K(add_floats_at, (float* y, const float* a, const float* g, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  K(add_doubles_at, (double* y, const double* a, const double* g, NamedRows at, int64_t n, int64_t rows, int64_t S)) \
  /* y (A, C, B): a, but values (A, K, B) at index (A, K, B) along the middle axis, of repeats the last */ \
  K(overwrite_floats_along, (float* y, const float* a, const float* values, const int64_t* index, int64_t A, int64_t C, \
                             int64_t K, int64_t B)) \
  K(overwrite_doubles_along, (double* y, const double* a, const double* values, const int64_t* index, int64_t A, int64_t C, \
                              int64_t K, int64_t B)) \
  /* y (A, C, B): a, or zeros where that is null, and g (A, K, B) added at index (A, K, B), or g (A, K, S) at index (K) */ \
  K(add_floats_along, (float* y, const float* a, const float* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
     int64_t B)) \
  K(add_doubles_along, (double* y, const double* a, const double* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
     int64_t B)) \
  K(add_floats_slices, (float* y, const float* a, const float* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
     int64_t S)) \
  K(add_doubles_slices, (double* y, const double* a, const double* g, const int64_t* index, int64_t A, int64_t C, int64_t K, \
     int64_t S)) \
  /* y (A, K, B): a (A, C, B) at index (A, K, B) along the middle axis */ \
  K(take_floats_along, (float* y, const float* a, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B)) \
  K(take_doubles_along, (double* y, const double* a, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B)) \
  /* matmul: c (M, N) [+]= a (M, K) b (K, N); element (i, j) of a is a[i * ar + j * ac]; bias (N) or null */ \
  K(matmul, (float* c, int64_t cr, const float* a, int64_t ar, int64_t ac, const float* b, int64_t br, int64_t bc, \
             const float* bias, int64_t M, int64_t N, int64_t K, bool accumulate)) \
  K(matmul_batch, (float* c, const float* a, const float* b, Batch s)) \
  /* conv: bias (O) or null */ \
  K(conv2d, (float* y, const float* x, const float* w, const float* bias, Conv s)) \
  K(conv2d_input_grad, (float* gx, const float* g, const float* w, Conv s)) \
  K(conv2d_weight_grad, (float* gw, const float* g, const float* x, Conv s)) \
  /* pool: index (N, OH, OW, C) of bytes, or of int32 where a window has more than 256 places */ \
  K(max_pool2d, (float* y, void* index, const float* x, Pool s)) \
  K(max_pool2d_gather, (float* y, const float* x, const void* index, Pool s)) \
  K(max_pool2d_scatter, (float* gx, const float* g, const void* index, Pool s)) \
  K(avg_pool2d, (float* y, const float* x, Pool s)) \
  K(avg_pool2d_backward, (float* gx, const float* g, Pool s)) \
  /* norm: x as rows (R, C), channels last; mean, var (C); kept (4, C) for the backward */ \
  K(batch_norm, (float* y, float* mean, float* var, float* kept, const float* x, const float* gamma, const float* beta, \
                 int64_t R, int64_t C, double eps)) \
  K(batch_norm_backward, (float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma, \
                          const float* kept, int64_t R, int64_t C)) \
  K(batch_norm_inference, (float* y, const float* x, const float* mean, const float* var, const float* gamma, \
                           const float* beta, int64_t R, int64_t C, double eps)) \
  /* group_norm: x (N, C, S), the C channels in G groups; gamma, beta (C); kept (4, N G) for the backward */ \
  K(group_norm, (float* y, float* kept, const float* x, const float* gamma, const float* beta, int64_t N, int64_t C, int64_t S, \
                 int64_t G, double eps)) \
  K(group_norm_backward, (float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma, \
                          const float* kept, int64_t N, int64_t C, int64_t S, int64_t G)) \
  K(group_norm_last, (float* y, float* kept, const float* x, const float* gamma, const float* beta, int64_t N, int64_t C, \
                      int64_t S, int64_t G, double eps))  /* the same of x (N, S, C) */ \
  K(group_norm_last_backward, (float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma, \
                               const float* kept, int64_t N, int64_t C, int64_t S, int64_t G)) \
  /* resample: x (A, I, B) -> y (A, O, B), each a sum of K weighted places; index and weight (O, K) */ \
  K(resample, (float* y, const float* x, const int64_t* index, const float* weight, int64_t A, int64_t I, int64_t O, int64_t B, \
               int64_t K)) \
  /* softmax: z (R, C), along its rows */ \
  K(softmax, (float* y, const float* z, int64_t R, int64_t C)) \
  K(log_softmax, (float* y, const float* z, int64_t R, int64_t C)) \
  K(softmax_backward, (float* gz, const float* g, const float* y, int64_t R, int64_t C)) \
  K(log_softmax_backward, (float* gz, const float* g, const float* y, int64_t R, int64_t C)) \
  /* recurrent: gates (T, N, G H), h and c (N, H), w (G H, H), y (T, N, H); kept for the backward alone */ \
  K(lstm, (float* y, float* c_last, float* kept, const float* gates, const float* h, const float* c, const float* w, \
           Sequence s)) \
  K(lstm_backward, (float* ggates, float* gh, float* gc, float* gw, const float* gy, const float* gc_last, const float* h, \
                    const float* c, const float* w, const float* y, const float* kept, Sequence s)) \
  K(gru, (float* y, float* kept, const float* gates, const float* h, const float* w, const float* b, Sequence s)) \
  K(gru_backward, (float* ggates, float* gh, float* gw, float* gb, float* brought, const float* gy, const float* h, \
                   const float* w, const float* y, const float* kept, Sequence s)) \
  K(rnn, (float* y, const float* gates, const float* h, const float* w, bool relu, Sequence s)) \
  K(rnn_backward, (float* ggates, float* gh, float* gw, const float* gy, const float* h, const float* w, const float* y, \
                   bool relu, Sequence s)) \
  /* loss: p = softmax(z) is kept for the backward; one loss, or (R) of them; classes, or dense targets (R, C), the other \
     null. A class that is not in 0..C-1 is bad, and nothing is written */ \
  K(cross_entropy, (float* loss, float* p, const float* z, const int64_t* classes, const float* dense, int64_t R, int64_t C, \
                    Reduction reduction)) \
  /* gz = (p sum(t) - t) g[row * gs] scale; a sum or a g of 0 picks nothing */ \
  K(cross_entropy_backward, (float* gz, const float* g, int64_t gs, float scale, const float* p, const int64_t* classes, \
                             const float* dense, int64_t R, int64_t C)) \
  K(count_correct, (int64_t* count, const float* z, const int64_t* classes, const float* dense, int64_t R, int64_t C)) \
  K(mse, (float* total, const float* a, const float* b, int64_t n))  /* the sum of squares */ \
  K(mse_backward, (float* ga, const float* g, float scale, const float* a, const float* b, int64_t n)) \
  /* dropout: key {seed, stream}, state {seed, the next stream} */ \
  K(dropout, (float* y, const float* x, const uint64_t* key, double p, int64_t n)) \
  K(next_key, (uint64_t* key, uint64_t* state)) \
  /* optim: steps, in place; lr, step and what else is a pointer are read when the kernel runs */ \
  K(count_step, (int64_t* step)) \
  K(sgd_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, float momentum, double dampening, \
               double decay, bool nesterov, bool keras)) \
  K(adam_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, double beta1, double beta2, float eps, \
                float weight_decay)) \
  K(nadam_step, (Parameters of, Gradients how, const int64_t* step, const double* product, const double* lr, double beta1, \
                 double beta2, float eps, float weight_decay, double momentum_decay)) \
  K(nadam_product, (double* product, const int64_t* step, double beta1, double momentum_decay)) \
  K(radam_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, double beta1, double beta2, float eps, \
                 float weight_decay)) \
  K(adamax_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, double beta1, double beta2, float eps)) \
  K(rmsprop_step, (Parameters of, Gradients how, const double* lr, double alpha, float eps, float momentum)) \
  K(adagrad_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, double lr_decay, float eps)) \
  K(adadelta_step, (Parameters of, Gradients how, const double* lr, double rho, float eps)) \
  K(lion_step, (Parameters of, Gradients how, const double* lr, double beta1, double beta2, float weight_decay)) \
  K(rprop_step, (Parameters of, Gradients how, const int64_t* step, const double* lr, float shrink, float grow, \
                 float smallest, float largest)) \
  K(asgd_step, (Parameters of, Gradients how, const int64_t* step, const double* eta, const double* lr, double lambd, \
                double t0)) \
  K(asgd_eta, (double* eta, const int64_t* step, const double* lr, double lambd, double alpha)) \
  K(average_step, (Parameters of, const int64_t* count, double decay))  /* decay < 0: the mean; counted afterwards */ \
  /* clip: y (N) the sum of |a|^order of each array, or its largest, of which the norm is made; order 1, 2, or 0 for inf */ \
  K(power_sum, (float* y, const float* a, int64_t n, int order)) \
  K(norm_of_sums, (float* y, const float* sums, int64_t N, int order)) \
  K(scale_to_norm, (Parameters of, const float* norm, double largest)) \
  K(clip_all, (Parameters of, float bound)) \
  /* batch: index (B) of rows of S = C * P values, channel-major, of images (N, S); scale and shift (C) */ \
  K(gather_bytes, (float* y, const uint8_t* images, const int64_t* index, const float* scale, const float* shift, int64_t N, \
                   int64_t B, int64_t C, int64_t P)) \
  K(gather_floats, (float* y, const float* images, const int64_t* index, const float* scale, const float* shift, int64_t N, \
                    int64_t B, int64_t C, int64_t P)) \
  /* augment: images (B, C, H, W), channel-major; the words (B, n) of samples; windows of images at places (B, 3), each the row \
     and column of its corner, and whether it is mirrored; scale and shift null: as they are */ \
  K(sample_words, (uint32_t* words, const int64_t* index, const uint64_t* key, int64_t B, int64_t n)) \
  K(crop_bytes, (uint8_t* y, const uint8_t* images, const int64_t* places, Windows s)) \
  K(crop_bytes_to_floats, (float* y, const uint8_t* images, const int64_t* places, const float* scale, const float* shift, \
                           Windows s)) \
  K(crop_floats, (float* y, const float* images, const int64_t* places, const float* scale, const float* shift, Windows s)) \
  /* blend: the images, but of the source (C), or (B, C, H, W) if it is whole, within boxes (B, 4) */ \
  K(paste_bytes, (uint8_t* y, const uint8_t* images, const uint8_t* source, const int64_t* boxes, bool whole, int64_t B, \
                  int64_t C, int64_t H, int64_t W)) \
  K(paste_floats, (float* y, const float* images, const float* source, const int64_t* boxes, bool whole, int64_t B, int64_t C, \
                   int64_t H, int64_t W)) \
  /* brightness, contrast and saturation: factors (B, 3), in which order (B) */ \
  K(jitter_bytes, (uint8_t* y, const uint8_t* images, const int64_t* factors, const int64_t* order, int64_t B, int64_t C, \
                   int64_t P)) \
  /* each image F of itself and the rest of another; factors (B), in 1/65536 */ \
  K(mix_bytes, (uint8_t* y, const uint8_t* images, const uint8_t* others, const int64_t* factors, int64_t B, int64_t S)) \
  K(mix_floats, (float* y, const float* images, const float* others, const int64_t* factors, int64_t B, int64_t S)) \
  /* warp: images seen through matrices (B, 6) in 1/65536 of a pixel; sides made anew from weighted places */ \
  K(affine_bytes, (uint8_t* y, const uint8_t* images, const int64_t* matrices, float fill, int64_t B, int64_t C, int64_t H, \
                   int64_t W)) \
  K(affine_floats, (float* y, const float* images, const int64_t* matrices, float fill, int64_t B, int64_t C, int64_t H, \
                    int64_t W)) \
  K(resize_bytes, (uint8_t* y, const uint8_t* images, Weighted rows, Weighted columns, int64_t N, int64_t H, int64_t W)) \
  K(resize_bytes_to_floats, (float* y, const uint8_t* images, Weighted rows, Weighted columns, const float* scale, const float* shift, \
                             int64_t channels, int64_t N, int64_t H, int64_t W))
// clang-format on

struct Kernels {
  const char* isa;
#define K(name, arguments) Status(*name) arguments;
  MG_KERNELS(K)
#undef K
};

extern const Kernels* kernels;  // the chosen table; set when the module loads

}  // namespace mg
