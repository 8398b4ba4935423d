// Softmax and log-softmax over the rows of z (R, C). A row's maximum is taken off first, so that exponentials stay in range;
// where it is infinite, the row is left as it is, as in the reference.
#include "kernels/rows.h"

namespace mg {
namespace MG_ISA {

Status softmax(float* y, const float* z, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) { softmax_row(y + r * C, z + r * C, C); });
  return kDone;
}

Status log_softmax(float* y, const float* z, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    float* const out = y + r * C;
    const float* const in = z + r * C;
    const float m = finite_max(in, C), log_sum = logf(sum_of_exponentials(in, m, C));
    FOR_ROW(C, i, store(out + i, (load(in + i) - m) - log_sum),
            store_some(out + i, (load_some(in + i, left) - m) - log_sum, left))
  });
  return kDone;
}

// gz = y (g - sum(g y))
Status softmax_backward(float* gz, const float* g, const float* y, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const gr = g + r * C;
    const float* const yr = y + r * C;
    float* const out = gz + r * C;
    const float s = dot(gr, yr, C);
    FOR_ROW(C, i, store(out + i, product(load(gr + i) - s, load(yr + i))),
            store_some(out + i, product(load_some(gr + i, left) - s, load_some(yr + i, left)), left))
  });
  return kDone;
}

// gz = g - exp(y) sum(g)
Status log_softmax_backward(float* gz, const float* g, const float* y, int64_t R, int64_t C) {
  rows_in_parts(R, C, [=](int64_t r) {
    const float* const gr = g + r * C;
    const float* const yr = y + r * C;
    float* const out = gz + r * C;
    const float s = total(gr, C);
    const vf sum = splat(s);
    FOR_ROW(C, i, store(out + i, load(gr + i) - product(sum, exp_of(load(yr + i)))),
            store_some(out + i, load_some(gr + i, left) - product(sum, exp_of(load_some(yr + i, left))), left))
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
